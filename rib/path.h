/*
 * The life of a path: from an announcement to its withdrawal, replacement or purge.
 */
#ifndef RIB_PATH_H
#define RIB_PATH_H

#include "rib/state.h"

/* True if the session that announced it is over. */
bool path_is_stale(const struct table *, const struct path *);

/* Removes a path from its entry, its slot's list and the counters, and frees it. */
void path_remove(struct table *, uint32_t path);

/*
 * Judges and keeps a path: in place of `old` if that is not 0. The entry becomes dirty if anything
 * that decides has changed.
 */
void path_put(struct table *, uint16_t slot, uint32_t entry, uint32_t old, const struct prefix *,
    uint32_t path_id, attrs_id, uint32_t now_s);

#endif
