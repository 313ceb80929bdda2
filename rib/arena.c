/*
 * Arenas: see the drawing in arena.h. Objects that are not in use are poisoned under
 * AddressSanitizer, so that a stale handle is found like a stale pointer.
 */
#include "rib/arena.h"

#include <stdlib.h>
#include <string.h>

#include "rib/bug.h"

#if defined(__SANITIZE_ADDRESS__)
#define ARENA_POISONS 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_POISONS 1
#endif
#endif

#ifdef ARENA_POISONS
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(address, octets)   ((void)(address), (void)(octets))
#define ASAN_UNPOISON_MEMORY_REGION(address, octets) ((void)(address), (void)(octets))
#endif

#define CHUNK_OCTETS 65536

void *
arena_malloc(size_t octets)
{
	void *p = malloc(octets);

	if (p == NULL)
		rib_bug("out of memory");
	return p;
}

void *
arena_realloc(void *old, size_t octets)
{
	void *p = realloc(old, octets);

	if (p == NULL)
		rib_bug("out of memory");
	return p;
}

static size_t
objects_octets(const struct arena *arena)
{
	return arena->size << arena->shift;
}

static size_t
live_octets(const struct arena *arena)
{
	return arena->shift < 3 ? 1 : (size_t)1 << (arena->shift - 3);
}

void
arena_init(struct arena *arena, size_t size)
{
	*arena = (struct arena){.size = size, .next = 1};
	while ((size << (arena->shift + 1)) <= CHUNK_OCTETS)
		arena->shift++;
}

void
arena_fini(struct arena *arena)
{
	for (uint32_t i = 0; i < arena->chunk_count; i++) {
		ASAN_UNPOISON_MEMORY_REGION(arena->chunks[i], objects_octets(arena));
		free(arena->chunks[i]);
	}
	free(arena->chunks);
	*arena = (struct arena){0};
}

static void
add_chunk(struct arena *arena)
{
	size_t octets = objects_octets(arena) + live_octets(arena);
	unsigned char *chunk = arena_malloc(octets);

	if (arena->chunk_count == arena->chunk_room) {
		arena->chunk_room = arena->chunk_room == 0 ? 4 : arena->chunk_room * 2;
		arena->chunks =
		    arena_realloc(arena->chunks, arena->chunk_room * sizeof(*arena->chunks));
	}
	memset(chunk + objects_octets(arena), 0, live_octets(arena));
	ASAN_POISON_MEMORY_REGION(chunk, objects_octets(arena));
	arena->chunks[arena->chunk_count++] = chunk;
}

/* The octet that holds the live bit of a handle. */
static unsigned char *
live_octet(const struct arena *arena, uint32_t handle)
{
	uint32_t in_chunk = handle & ((1U << arena->shift) - 1);

	return arena->chunks[handle >> arena->shift] + objects_octets(arena) + in_chunk / 8;
}

uint32_t
arena_alloc(struct arena *arena)
{
	uint32_t handle = arena->free;
	void *object;

	if (handle == 0) {
		handle = arena->next++;
		if (handle == UINT32_MAX)
			rib_bug("an arena is full");
		if (handle >> arena->shift == arena->chunk_count)
			add_chunk(arena);
	}
	object = arena_at(arena, handle);
	ASAN_UNPOISON_MEMORY_REGION(object, arena->size);
	if (handle == arena->free)
		memcpy(&arena->free, object, sizeof(arena->free));
	memset(object, 0, arena->size);
	*live_octet(arena, handle) |= (unsigned char)(1U << (handle % 8));
	arena->live++;
	return handle;
}

void
arena_free(struct arena *arena, uint32_t handle)
{
	void *object;

	if (!arena_is_live(arena, handle))
		rib_bug("an arena object was released twice");
	object = arena_at(arena, handle);
	*live_octet(arena, handle) &= (unsigned char)~(1U << (handle % 8));
	memcpy(object, &arena->free, sizeof(arena->free));
	ASAN_POISON_MEMORY_REGION(object, arena->size);
	arena->free = handle;
	arena->live--;
}

bool
arena_is_live(const struct arena *arena, uint32_t handle)
{
	if (handle == 0 || handle >= arena->next)
		return false;
	return (*live_octet(arena, handle) >> (handle % 8) & 1) != 0;
}

uint32_t
arena_next(const struct arena *arena, uint32_t handle)
{
	for (handle++; handle < arena->next; handle++) {
		if (arena_is_live(arena, handle))
			return handle;
	}
	return 0;
}

uint64_t
arena_octets(const struct arena *arena)
{
	return (uint64_t)arena->chunk_count * (objects_octets(arena) + live_octets(arena)) +
	    arena->chunk_room * sizeof(*arena->chunks);
}
