/*
 * The routes of one session.
 *
 * struct table is what the session has received: one number of attributes per key number, a plain
 * array, because most members of a route server hear almost every prefix. struct offer is what it
 * announces: few of the keys, so a small hash map that keeps nothing for the others.
 *
 *   table.attrs[key number] = attributes number, 0 = no route
 *   offer: slots of (key number + 1, attributes number), attributes 0 = was withdrawn
 */
#ifndef SIM_TABLE_H
#define SIM_TABLE_H

#include <stddef.h>
#include <stdint.h>

struct table {
	uint32_t *attrs;
	size_t cap;
	size_t count;
};

struct offer_slot {
	uint32_t key1;
	uint32_t attrs;
};

struct offer {
	struct offer_slot *slot;
	size_t mask;
	size_t used;
	size_t count;
};

void table_fini(struct table *t);
/* Sets or, with attrs 0, removes; returns what was there before, 0 if nothing. */
uint32_t table_set(struct table *t, uint32_t key, uint32_t attrs);
uint32_t table_get(const struct table *t, uint32_t key);

void offer_fini(struct offer *o);
uint32_t offer_set(struct offer *o, uint32_t key, uint32_t attrs);
/*
 * All routes as (attributes << 32 | key), ascending, so that equal attributes are neighbours.
 * The caller frees.
 */
uint64_t *offer_list(const struct offer *o, size_t *count);

#endif
