/*
 * The path ids that we send (RFC 7911): a stable function of the source, so that an id never means
 * two things while it is told. One path per prefix from a slot: slot + 1. A slot that sends path
 * ids itself: an id above TABLE_SLOTS_MAX per (slot, received id), kept while a path or a told row
 * names it. Never 0.
 *
 * Debts and blocks in the log may name an id that has another meaning by the time they are read.
 * That does no harm: to a receiver an id is a key beside the prefix, blocks come in order, and a
 * debt is paid with what the id means then, or a withdrawal.
 */
#ifndef RIB_PATHID_H
#define RIB_PATHID_H

#include "rib/state.h"

/* The sent id of a path of this source; counts one reference. */
uint32_t pathid_take(struct table *, uint16_t slot, uint32_t received);
/* One more, one less reference to a sent id; nothing for ids that need none (0 too). */
void pathid_ref(struct table *, uint32_t sent);
void pathid_unref(struct table *, uint32_t sent);

#endif
