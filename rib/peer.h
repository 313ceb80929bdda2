/*
 * Slots: sessions that come and go, what they may have, and the purge of what they leave.
 */
#ifndef RIB_PEER_H
#define RIB_PEER_H

#include "rib/state.h"

/* End-of-RIB has been taken for these slots. */
void peer_eor_emitted(struct table *, enum family, set_id);

/* Removes up to max paths of sessions that are over. */
void peer_purge_slice(struct table *, unsigned max);

#endif
