/*
 * The order of an entry's paths: RFC 4271 section 9.1.2.2 without MED and without receivers.
 */
#ifndef RIB_RANK_H
#define RIB_RANK_H

#include <stdbool.h>

#include "rib/state.h"

/*
 * <0 if a comes before b. Accepted paths come first, then tagged ones, then the other rejected
 * ones; never 0 for two paths of one entry.
 */
int rank_compare(const struct table *, const struct path *a, const struct path *b);

/* True if both are equal up to the step in which MED counts: LOCAL_PREF, path length, origin. */
bool rank_ties(const struct table *, const struct path *a, const struct path *b);

/* True if b loses against a by MED: rank_ties(), the same neighbour AS, a lower MED at a. */
bool rank_beats_by_med(const struct table *, const struct path *a, const struct path *b);

/* The server's own best path of an entry: the first accepted one not beaten by MED; 0 if none. */
uint32_t rank_best(const struct table *, const struct entry *);

#endif
