/*
 * The audience of a key: who is told a change of it at once.
 */
#ifndef RIB_AUDIENCE_H
#define RIB_AUDIENCE_H

#include "rib/state.h"

/*
 * Call before a slice: takes up what has changed. Regions stay as they are until the next call,
 * whatever happens to peers during the slice.
 */
void audience_refresh(struct table *);
/* The region that a key of the family is in, with its sets. */
const struct region *audience_at(struct table *, const struct prefix *key);
void audience_fini(struct table *);

#endif
