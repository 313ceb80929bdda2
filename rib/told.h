/*
 * Told rows: what every synchronised peer holds of an entry; and the step from what is told to what
 * is to be told.
 */
#ifndef RIB_TOLD_H
#define RIB_TOLD_H

#include "rib/state.h"

/*
 * Shares an entry out anew, adds what changes for its audience to the batch (for lagging peers to
 * what they are owed), and keeps the new rows.
 */
void told_commit(struct table *, uint32_t entry);

/* Copies the rows of an entry. */
void told_rows(const struct table *, const struct entry *, struct share_rows *out);

/*
 * The row that names the slot; with path ids only the one of this id. NULL: the slot is told
 * nothing.
 */
const struct told_row *told_find(
    const struct table *, const struct entry *, unsigned slot, bool with_ids, uint32_t path_id);

#endif
