/*
 * The store of attribute blocks: see attrstore.h.
 */
#include "rib/attrstore.h"

#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "rib/bug.h"

static const uint16_t block_sizes[ATTRSTORE_SIZES] = {
    32, 48, 64, 96, 128, 192, 256, 384, 512, 1024};

static size_t
size_class(size_t len)
{
	size_t i = 0;

	while (i < ATTRSTORE_SIZES && block_sizes[i] < len)
		i++;
	return i;
}

void
attrstore_init(struct attrstore *store, uint64_t seed)
{
	*store = (struct attrstore){.seed = seed, .serial = 1};
	arena_init(&store->attrs, sizeof(struct attr));
	for (size_t i = 0; i < ATTRSTORE_SIZES; i++)
		arena_init(&store->blocks[i], block_sizes[i]);
	index_init(&store->index, &store->attrs, offsetof(struct attr, link));
}

void
attrstore_fini(struct attrstore *store)
{
	for (attrs_id id = 0; (id = arena_next(&store->attrs, id)) != 0;) {
		if (attrstore_at(store, id)->octets == 0)
			free(attrstore_at(store, id)->block);
	}
	index_fini(&store->index);
	for (size_t i = 0; i < ATTRSTORE_SIZES; i++)
		arena_fini(&store->blocks[i]);
	arena_fini(&store->attrs);
}

static uint32_t
hash_of(const struct attrstore *store, const uint8_t *block, size_t len)
{
	return (uint32_t)XXH3_64bits_withSeed(block, len, store->seed);
}

static attrs_id
find(const struct attrstore *store, uint32_t hash, const uint8_t *block, size_t len)
{
	attrs_id id = 0;

	while ((id = index_find(&store->index, hash, id)) != 0) {
		const struct attr *attr = attrstore_at(store, id);

		if (attr->len == len && memcmp(attr->block, block, len) == 0)
			return id;
	}
	return 0;
}

attrs_id
attrstore_find(const struct attrstore *store, const uint8_t *block, size_t len)
{
	return find(store, hash_of(store, block, len), block, len);
}

static void
take_block(struct attrstore *store, struct attr *attr, const uint8_t *block, size_t len)
{
	size_t class = size_class(len);

	if (class < ATTRSTORE_SIZES) {
		attr->octets = arena_alloc(&store->blocks[class]);
		attr->block = arena_at(&store->blocks[class], attr->octets);
	} else {
		attr->block = arena_malloc(len);
		store->single_octets += len;
	}
	memcpy(attr->block, block, len);
	attr->len = (uint32_t)len;
	store->block_octets += len;
}

attrs_id
attrstore_intern(struct attrstore *store, const uint8_t *block, size_t len)
{
	uint32_t hash = hash_of(store, block, len);
	attrs_id id = find(store, hash, block, len);
	struct attr *attr;

	if (id != 0) {
		attrstore_ref(store, id);
		return id;
	}
	if (len == 0 || len > ATTRS_MAX)
		rib_bug("an attribute block has no canonical length");
	id = arena_alloc(&store->attrs);
	attr = attrstore_at(store, id);
	take_block(store, attr, block, len);
	attr->serial = store->serial++;
	attr->refs = 1;
	attrs_read_facts(attr->block, len, &attr->facts);
	index_insert(&store->index, id, hash);
	return id;
}

void
attrstore_unref(struct attrstore *store, attrs_id id)
{
	struct attr *attr = attrstore_at(store, id);

	if (attr->refs == 0)
		rib_bug("an attribute block lost a reference that it never had");
	if (--attr->refs != 0)
		return;
	index_remove(&store->index, id);
	store->block_octets -= attr->len;
	if (attr->octets != 0) {
		arena_free(&store->blocks[size_class(attr->len)], attr->octets);
	} else {
		store->single_octets -= attr->len;
		free(attr->block);
	}
	arena_free(&store->attrs, id);
}

uint64_t
attrstore_octets(const struct attrstore *store)
{
	uint64_t octets = arena_octets(&store->attrs) + index_octets(&store->index);

	for (size_t i = 0; i < ATTRSTORE_SIZES; i++)
		octets += arena_octets(&store->blocks[i]);
	return octets + store->single_octets;
}
