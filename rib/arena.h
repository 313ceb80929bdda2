/*
 * An arena: a pool of objects of one size behind 32-bit handles.
 *
 *   chunks --> [0] -> | object | object | ... | live bits |      64 KiB or so each
 *              [1] -> | object | object | ... | live bits |
 *                          free objects: the first 4 octets hold the next free handle
 *
 * Half the size of a pointer per link, no word of a general allocator per object, and chunks never
 * move, so that a pointer to a live object stays valid while the arena grows. Handle 0 is none.
 * Handles are given out again in the reverse order of their release: the same calls give the same
 * handles. Runs in the rib process (and in tests).
 */
#ifndef RIB_ARENA_H
#define RIB_ARENA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena {
	unsigned char **chunks;
	size_t size;	      /* octets of one object, a multiple of its alignment */
	uint32_t shift;	      /* a chunk holds 1 << shift objects */
	uint32_t chunk_count; /* chunks that exist */
	uint32_t chunk_room;  /* entries of chunks[] */
	uint32_t next;	      /* the lowest handle never given out */
	uint32_t free;	      /* head of the list of released ones */
	uint32_t live;	      /* objects in use */
};

/* Makes an empty arena of objects of this size: at least 4 and at most 32768 octets. */
void arena_init(struct arena *, size_t size);
void arena_fini(struct arena *);

/* Gives a zeroed object. Aborts without memory. */
uint32_t arena_alloc(struct arena *);
/* Takes it back. Aborts if it is not in use. */
void arena_free(struct arena *, uint32_t handle);

bool arena_is_live(const struct arena *, uint32_t handle);
/* The lowest live handle above this one, 0 at the end: for looks and checks. */
uint32_t arena_next(const struct arena *, uint32_t handle);

/* Octets taken from the system. */
uint64_t arena_octets(const struct arena *);

/* The object behind a live handle. */
static inline void *
arena_at(const struct arena *arena, uint32_t handle)
{
	uint32_t in_chunk = handle & ((1U << arena->shift) - 1);

	return arena->chunks[handle >> arena->shift] + in_chunk * arena->size;
}

/* malloc() and realloc() that abort instead of failing. */
void *arena_malloc(size_t octets);
void *arena_realloc(void *, size_t octets);

#endif
