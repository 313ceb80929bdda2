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

/* The slots able to have a family whose class is in the mask. A reference is held by the table. */
set_id share_fit_set(struct table *, enum family, uint16_t classes);
/* Forgets these sets: a class has changed. */
void share_forget_fit_sets(struct table *, enum family);

#endif
