/*
 * Judging again, in slices, what was judged before policy or its data changed.
 */
#ifndef RIB_REJUDGE_H
#define RIB_REJUDGE_H

#include "rib/state.h"

/* Looks at entries and judges paths, about max of both together. */
void rejudge_slice(struct table *, unsigned max);
bool rejudge_is_left(const struct table *);
/* Every entry is shared out anew: a job for TABLE_REJUDGE that asks policy nothing. */
void rejudge_share_anew(struct table *);
/*
 * True while told rows of entries that are not dirty may be of another mode of path hiding, or of
 * other limits of receivers.
 */
bool rejudge_is_sharing(const struct table *);
void rejudge_fini(struct table *);

#endif
