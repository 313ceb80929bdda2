/*
 * Entries and their paths: finding, linking, unlinking, and the dirty list.
 */
#ifndef RIB_ENTRY_H
#define RIB_ENTRY_H

#include "rib/state.h"

/* The entry of a prefix, or 0. */
uint32_t entry_find(const struct table *, const struct prefix *);
/* Finds or makes it; one that stays empty must be given to entry_release(). */
uint32_t entry_make(struct table *, const struct prefix *);
/*
 * Frees the entry if nothing needs it any more: no path, no told row, nothing owed, not dirty, and
 * no walk that tells everything again, withdrawals included, is on its way.
 */
void entry_release(struct table *, uint32_t entry);
/* True if it has neither paths nor told rows: the world does not see it. */
bool entry_is_empty(const struct entry *);
void entry_mark_dirty(struct table *, uint32_t entry);
/* Takes the first off the dirty list; 0 if it is empty. */
uint32_t entry_take_dirty(struct table *);

/* The path of (slot, received id) in an entry, or 0. */
uint32_t entry_path(const struct table *, const struct entry *, uint16_t slot, uint32_t path_id);
/* Puts a path at its place in rank order. */
void entry_link(struct table *, struct entry *, uint32_t path);
void entry_unlink(struct table *, struct entry *, uint32_t path);

#endif
