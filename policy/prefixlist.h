/*
 * A list of prefixes with lengths from ge to le, as bogons, black lists and white lists are: made
 * once, then asked for every route.
 *
 *   entries in prefix_compare() order, each with the number of the nearest one that covers it:
 *
 *     0  10.0.0.0/8     parent -          what covers P stands before P and covers, or is, the
 *     1  10.1.0.0/16    parent 0          last entry that is not behind P. So: one binary search,
 *     2  10.1.2.0/24    parent 1          then up the parents; each that covers P and has
 *     3  192.0.2.0/24   parent -          ge <= length of P <= le matches.
 *
 * Entries with equal prefixes are each other's parents. One family after the other.
 */
#ifndef POLICY_PREFIXLIST_H
#define POLICY_PREFIXLIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/config.h"

struct prefixlist;

/* NULL for no entries; aborts without memory. The entries are borrowed. */
struct prefixlist *prefixlist_new(const struct policy_prefix *entries, size_t count);
void prefixlist_free(struct prefixlist *);

/* The longest entry that matches, or NULL; a NULL list matches nothing. Says nothing of origins. */
const struct policy_prefix *prefixlist_match(const struct prefixlist *, const struct prefix *);

/* The same among entries without an origin and, if has_origin, those with this one. */
const struct policy_prefix *prefixlist_match_origin(
    const struct prefixlist *, const struct prefix *, bool has_origin, uint32_t origin);

#endif
