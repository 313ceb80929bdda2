/*
 * Finds records by a key: a table of record numbers by the hash of what the caller looks for. It
 * knows neither keys nor records; the caller compares.
 *
 *   hash --> slots [ 0 | 4 + 1 | 0 | 9 + 1 | 7 + 1 | 0 | ... ]    0 = empty: the search ends
 *
 *   for (pos = finder_begin(finder, hash); (n = finder_next(finder, &pos)) != 0;)
 *           if (records[n - 1] is it) ...
 *
 * At most half full. Records come out in the order in which they were put in. Runs in the rib
 * process.
 */
#ifndef POLICY_FINDER_H
#define POLICY_FINDER_H

#include <stddef.h>
#include <stdint.h>

#include "policy/blocks.h"

struct finder {
	uint32_t *slots; /* NULL: no records */
	uint32_t mask;
};

/* Takes room for count records, at most 2^30, from the blocks. */
void finder_init(struct finder *, uint32_t count, struct blocks *);
/* Puts in a record; at most as many as there is room for. */
void finder_put(struct finder *, uint32_t hash, uint32_t number);

uint32_t finder_hash_number(uint32_t);
uint32_t finder_hash_octets(const void *, size_t);

static inline uint32_t
finder_begin(const struct finder *finder, uint32_t hash)
{
	return hash & finder->mask;
}

/* The number + 1 of the next record with about this hash; 0 at the end. */
static inline uint32_t
finder_next(const struct finder *finder, uint32_t *pos)
{
	uint32_t found = finder->slots == NULL ? 0 : finder->slots[*pos];

	*pos = (*pos + 1) & finder->mask;
	return found;
}

#endif
