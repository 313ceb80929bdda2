/*
 * Walks: circular passes over a family that feed new peers and answer refreshes, shared by all who
 * can share them.
 */
#ifndef RIB_WALK_H
#define RIB_WALK_H

#include "rib/state.h"

/* The slot starts a round where the shared walk of the family is now. */
void walk_join(struct table *, uint16_t slot, enum family);
/* Leaves its walk, if it is in one, without finishing. */
void walk_leave(struct table *, uint16_t slot, enum family);
/* Takes the slot to a walk of its own at the same place; nobody joins it. */
void walk_split(struct table *, uint16_t slot, enum family);
/* A held or lagging member blocks its walk: call when either has changed. */
void walk_update_blocked(struct table *, uint16_t slot, enum family);

/* True if changes of this key concern the slot already: it is synchronised, or its walk passed. */
bool walk_has_passed(const struct table *, uint16_t slot, const struct prefix *);

/* Moves one walk on by up to max entries and adds its rows to the batch. */
void walk_slice(struct table *, unsigned max);
/* True if a walk can move. */
bool walk_is_left(const struct table *);

#endif
