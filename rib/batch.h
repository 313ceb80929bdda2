/*
 * The batch: the changes of one slice, grouped so that one block serves all its receivers.
 */
#ifndef RIB_BATCH_H
#define RIB_BATCH_H

#include "rib/state.h"

/* Adds one change to an open batch. form 0 with EMIT_WITHDRAW. */
void batch_add(struct table *, enum emission_kind, uint8_t class, set_id to, attrs_id form,
    const struct prefix *, uint32_t path_id);
/*
 * Adds End-of-RIB, BoRR or EoRR for these receivers of one class: BoRR before all else of the
 * batch, the others behind it.
 */
void batch_add_marker(struct table *, enum emission_kind, enum family, uint8_t class, set_id to);

/* Offers what is in the batch. True if all was taken: the batch is empty and open again. */
bool batch_flush(struct table *);

/* Takes a slot out of what waits. With owe, the slot is owed what it does not get. */
void batch_drop(struct table *, uint16_t slot, bool owe);

void batch_fini(struct table *);

#endif
