/*
 * The hash index: see index.h.
 */
#include "rib/index.h"

#include <stdlib.h>
#include <string.h>

#include "rib/bug.h"

#define CHUNK_BUCKETS 1024

static uint32_t *
bucket_at(const struct index *index, uint32_t bucket)
{
	return &index->chunks[bucket / CHUNK_BUCKETS][bucket % CHUNK_BUCKETS];
}

static uint32_t *
bucket_of(const struct index *index, uint32_t hash)
{
	uint32_t bucket = hash & (2 * index->half - 1);

	if (bucket >= index->buckets)
		bucket -= index->half;
	return bucket_at(index, bucket);
}

static void
add_chunk(struct index *index)
{
	uint32_t *chunk = arena_malloc(CHUNK_BUCKETS * sizeof(*chunk));

	memset(chunk, 0, CHUNK_BUCKETS * sizeof(*chunk));
	index->chunks =
	    arena_realloc(index->chunks, (index->chunk_count + 1) * sizeof(*index->chunks));
	index->chunks[index->chunk_count++] = chunk;
}

void
index_init(struct index *index, const struct arena *arena, size_t link_offset)
{
	*index = (struct index){.arena = arena, .link_offset = link_offset};
	add_chunk(index);
	index->buckets = CHUNK_BUCKETS;
	index->half = CHUNK_BUCKETS;
}

void
index_fini(struct index *index)
{
	for (uint32_t i = 0; i < index->chunk_count; i++)
		free(index->chunks[i]);
	free(index->chunks);
	*index = (struct index){0};
}

uint32_t
index_find(const struct index *index, uint32_t hash, uint32_t after)
{
	uint32_t handle = after == 0 ? *bucket_of(index, hash) : index_link(index, after)->next;

	while (handle != 0 && index_link(index, handle)->hash != hash)
		handle = index_link(index, handle)->next;
	return handle;
}

static void
push(struct index *index, uint32_t handle)
{
	struct index_link *link = index_link(index, handle);
	uint32_t *head = bucket_of(index, link->hash);

	link->next = *head;
	*head = handle;
}

/* Adds one bucket and moves there what belongs to it: half of one other bucket. */
static void
grow(struct index *index)
{
	uint32_t old = index->buckets - index->half, handle, next;

	if (index->buckets == UINT32_C(1) << 31)
		return;
	if (index->buckets / CHUNK_BUCKETS == index->chunk_count)
		add_chunk(index);
	handle = *bucket_at(index, old);
	*bucket_at(index, old) = 0;
	index->buckets++;
	for (; handle != 0; handle = next) {
		next = index_link(index, handle)->next;
		push(index, handle);
	}
	if (index->buckets == 2 * index->half)
		index->half *= 2;
}

void
index_insert(struct index *index, uint32_t handle, uint32_t hash)
{
	index_link(index, handle)->hash = hash;
	push(index, handle);
	if (++index->count > index->buckets)
		grow(index);
}

void
index_remove(struct index *index, uint32_t handle)
{
	struct index_link *link = index_link(index, handle);
	uint32_t *at = bucket_of(index, link->hash);

	while (*at != handle) {
		if (*at == 0)
			rib_bug("an object is not in its index");
		at = &index_link(index, *at)->next;
	}
	*at = link->next;
	index->count--;
}

uint64_t
index_octets(const struct index *index)
{
	return (uint64_t)index->chunk_count *
	    (CHUNK_BUCKETS * sizeof(**index->chunks) + sizeof(*index->chunks));
}
