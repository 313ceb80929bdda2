/*
 * A hash index over objects of an arena, growing by one bucket at a time (linear hashing), so that
 * no insertion ever stops to move a whole table.
 *
 *   buckets [0] -> handle -> handle        The object bears the link (next, hash) itself.
 *           [1] -> none                    Bucket of a hash: hash mod 2^(k+1) if that bucket
 *           ...                            exists already, else hash mod 2^k.
 *
 * The order inside a chain means nothing to anybody: an index finds, it never enumerates.
 */
#ifndef RIB_INDEX_H
#define RIB_INDEX_H

#include <stddef.h>
#include <stdint.h>

#include "rib/arena.h"

struct index_link {
	uint32_t next; /* handle */
	uint32_t hash;
};

struct index {
	const struct arena *arena;
	size_t link_offset; /* of the struct index_link in an object */
	uint32_t **chunks;  /* of buckets */
	uint32_t chunk_count;
	uint32_t buckets; /* in use, a bucket for each object or more */
	uint32_t half;	  /* the largest power of two that is not above buckets */
	uint32_t count;	  /* objects */
};

void index_init(struct index *, const struct arena *, size_t link_offset);
void index_fini(struct index *);

static inline struct index_link *
index_link(const struct index *index, uint32_t handle)
{
	return (void *)((unsigned char *)arena_at(index->arena, handle) + index->link_offset);
}

/* The next object of this hash: after == 0 begins; 0 at the end. */
uint32_t index_find(const struct index *, uint32_t hash, uint32_t after);
void index_insert(struct index *, uint32_t handle, uint32_t hash);
void index_remove(struct index *, uint32_t handle);

uint64_t index_octets(const struct index *);

#endif
