/*
 * The life of a path: from an announcement to its withdrawal, replacement or purge.
 */
#ifndef RIB_PATH_H
#define RIB_PATH_H

#include "rib/state.h"

/* What a member announces. */
struct announcement {
	const struct prefix *prefix;
	uint32_t path_id;
	attrs_id attrs;
	uint32_t now_s;
	uint16_t slot;
	bool fixed;	/* rejected with this reason, without a look by policy */
	uint8_t reason; /* meaningful with fixed */
};

/* How far a path is from the present; path.c has the picture. */
enum path_age {
	PATH_GONE,  /* counts nothing, waits for its purge */
	PATH_STALE, /* may go if it is not announced again */
	PATH_FRESH
};

enum path_age path_age(const struct table *, const struct path *);
bool path_is_gone(const struct table *, const struct path *);

/* What is fresh in the slot's family becomes stale. */
void path_stale_all(struct table *, uint16_t slot, enum family);
/* What is stale is gone: it counts no more, and is left to the purge. */
void path_drop_stale(struct table *, uint16_t slot, enum family);

/* Removes a path from its entry, its slot's list and the counters, and frees it. */
void path_remove(struct table *, uint32_t path);

/*
 * Judges and keeps a path, in place of the one with its slot and path id, and makes it fresh. The
 * entry becomes dirty if anything that decides has changed.
 */
enum table_result path_put(struct table *, const struct announcement *);

/*
 * Judges a path again, unless it is gone; it stays as old as it is. Its place in the entry may
 * change; the entry becomes dirty as in path_put().
 */
void path_rejudge(struct table *, uint32_t path, const struct prefix *);

/* How many paths of the slot count against its limit. */
uint32_t path_counted(const struct table *, uint16_t slot, enum family);
/* Below the limit, what was refused before is over. */
void path_notice_room(const struct table *, uint16_t slot, enum family);

#endif
