/*
 * Best N: receivers of path ids that are told at most so many paths of a prefix.
 */
#ifndef RIB_BESTN_H
#define RIB_BESTN_H

#include "rib/state.h"

/* The receivers of path ids in a family, by their limits. */
const struct limits *bestn_limits(struct table *, enum family);
/* Forgets these sets: a class or a limit has changed. */
void bestn_forget(struct table *, enum family);

/*
 * Finds who of the limited receivers gets which accepted path of an entry: bestn_granted(). The
 * sets are good until slotset_trim().
 */
void bestn_grant(struct table *, const struct entry *);
/* Those who get the path at this place in rank order, from 0, since bestn_grant(). */
set_id bestn_granted(const struct table *, uint32_t place);

/* After paths_told of a slot has changed: its told rows are made anew by a job of TABLE_REJUDGE. */
void bestn_limit_changed(struct table *, uint16_t slot);

#endif
