/*
 * What all sessions share: every distinct (prefix, path id) and every distinct set of attributes
 * is kept once and named by a small number, so that a session's table is an array of numbers.
 *
 *   keys   0, 1, 2 ...  the index into struct table; in order of first appearance
 *   attrs  1, 2, 3 ...  0 means "no route"
 *
 * Nothing is ever removed: the simulator lives as long as one run.
 */
#ifndef SIM_STORE_H
#define SIM_STORE_H

#include <stddef.h>
#include <stdint.h>

/* Compared as 24 octets, so every octet must be set. */
struct key {
	uint8_t addr[16]; /* IPv4 in the first four octets, the rest zero */
	uint32_t path_id; /* 0 without ADD-PATH */
	uint16_t family;  /* 4 or 6 */
	uint16_t len;	  /* bits */
};

struct store;

struct store *store_new(void);
void store_free(struct store *s);

uint32_t store_key(struct store *s, const struct key *key);
const struct key *store_get_key(const struct store *s, uint32_t id);
size_t store_key_count(const struct store *s);

/* The bytes are copied. */
uint32_t store_attrs(struct store *s, const uint8_t *bytes, size_t len);
/* Borrowed until the next store_attrs(). */
const uint8_t *store_get_attrs(const struct store *s, uint32_t id, size_t *len);
size_t store_attrs_count(const struct store *s);

#endif
