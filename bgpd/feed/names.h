/*
 * Names of IRR objects and sources, each once, as small numbers. Names differ no more by case:
 * texts are in capitals.
 *
 *   slots  [ 0 | 3 | 0 | 1 | 2 | ... ]       open addressing, hashed with a seed of the process:
 *                v                           anybody can register names
 *   places [ offset of 1, of 2, of 3, ... ]
 *                v
 *   text   "" "AS-FOO" "RIPE" "AS1:AS-BAR" ...
 */
#ifndef BGPD_FEED_NAMES_H
#define BGPD_FEED_NAMES_H

#include <stddef.h>
#include <stdint.h>

#include "bgpd/feed/slice.h"

struct names;

struct names *names_new(void);
void names_free(struct names *);

/* The number of a name, from 1; it is taken in where it is new. "" is 0. */
uint32_t names_intern(struct names *, struct slice);
/* Numbers in use, 0 among them: all are less. */
uint32_t names_count(const struct names *);
/* Terminated; good until the next name is taken in. */
const char *names_text(const struct names *, uint32_t name);

#endif
