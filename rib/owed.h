/*
 * What lagging peers are owed: (prefix, sent path id) pairs that they must be told,
 * unconditionally, once they can take messages again.
 */
#ifndef RIB_OWED_H
#define RIB_OWED_H

#include "rib/state.h"

/*
 * Adds one to what a slot is owed, once. The path id counts for receivers of path ids alone. Too
 * many: everything is told again by a walk.
 */
void owed_add(struct table *, uint16_t slot, uint32_t entry, uint32_t path_id);
void owed_add_prefix(struct table *, uint16_t slot, const struct prefix *, uint32_t path_id);
void owed_add_eor(struct table *, uint16_t slot, enum family);

/* The slot lags in a family: blocks name it no more. */
void owed_cut(struct table *, uint16_t slot, enum family);
/* It can take messages: what it is owed comes with the next slices. */
void owed_drain(struct table *, uint16_t slot, enum family);
/* Its session is over: nothing is owed, nothing lags. */
void owed_forget(struct table *, uint16_t slot, enum family);
/* The walk that tells everything again is over for a slot, or its session. */
void owed_end_retell(struct table *, uint16_t slot, enum family);

/* Adds up to max owed changes of drained slots to the batch. */
void owed_slice(struct table *, unsigned max);
/*
 * Releases up to max debts of sessions that are over, and looks at up to max entries for those kept
 * for the withdrawals of a walk.
 */
void owed_sweep_slice(struct table *, unsigned max);
bool owed_sweep_is_left(const struct table *);

#endif
