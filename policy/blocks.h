/*
 * The arrays of one owner: zeroed, aligned to cache lines, counted, and given back one by one.
 *
 *   blocks --> [ octets | array ..... ] --> [ octets | array ... ] --> NULL
 *
 * A data set of a million records is a few dozen large arrays. Their pages come from the system
 * untouched, so that taking an array costs nothing before it is filled, and are huge where the
 * system has such; giving one back is one call to the system, so that an old generation can go in
 * slices. Runs in the rib process.
 */
#ifndef POLICY_BLOCKS_H
#define POLICY_BLOCKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BLOCKS_LINE 64 /* octets of a cache line */

struct block;

struct blocks {
	struct block *first;
	uint64_t octets;
};

/* count * size zeroed octets at a multiple of BLOCKS_LINE, NULL for none; aborts without memory. */
void *blocks_alloc(struct blocks *, size_t count, size_t size);
/* Gives back one array; NULL is none. */
void blocks_release(struct blocks *, void *array);
/* Gives back arrays until about max octets are gone, at least one; true while there are more. */
bool blocks_free_step(struct blocks *, uint64_t max_octets);

#endif
