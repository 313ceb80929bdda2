/*
 * Sharing out: which receiver of an entry is to have which path in which form.
 */
#ifndef RIB_SHARE_H
#define RIB_SHARE_H

#include "rib/state.h"

/*
 * Computes the rows of an entry anew, in rank order. The sets bear no references: they are good
 * until slotset_trim().
 */
void share_entry(struct table *, const struct entry *, struct share_rows *out);

/* Who may have a path of the family that has a reach: the sum of its pairs. */
set_id share_permitted(struct table *, enum family, const struct path *);
/* Whom the paths that beat this one by MED keep it from; `first` begins its tie. */
set_id share_blocked(struct table *, enum family, uint32_t first, const struct path *);

/* The slots able to have a family whose class is in the mask. A reference is held by the table. */
set_id share_fit_set(struct table *, enum family, uint16_t classes);
/* Forgets these sets, and those by limits: a class has changed. */
void share_forget_fit_sets(struct table *, enum family);

#endif
