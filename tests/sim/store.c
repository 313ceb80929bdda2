/*
 * Interning of prefixes and attributes, see store.h.
 *
 *   slots (open addressing, 0 = free)      items               bytes
 *   +----+----+----+----+                  +--------+-----+    +------------------...
 *   |  0 | 17 |  0 |  3 |  -- number-1 --> | offset | len | -> | canonical attributes
 *   +----+----+----+----+                  +--------+-----+    +------------------...
 *
 * A route server sends the same prefixes in the same order to everyone, so each key
 * remembers which one followed it last time, and that one is tried before anything is hashed.
 */
#include "tests/sim/store.h"
#include "tests/sim/buf.h"

#include <stdlib.h>
#include <string.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

struct slots {
	uint32_t *slot; /* number + 1 */
	size_t mask;
	size_t count;
};

struct item {
	uint64_t hash;
	uint64_t offset;
	uint32_t len;
};

struct store {
	struct slots key_slots;
	struct key *keys;
	size_t keys_cap;
	uint32_t *followers; /* by key: what was asked for after it */
	uint32_t last;	     /* the key asked for last */

	struct slots attrs_slots;
	struct item *attrs;
	size_t attrs_cap;
	struct buf bytes;
};

_Static_assert(sizeof(struct key) == 24, "keys are compared as bytes");

static void
slots_init(struct slots *t, size_t size)
{
	t->slot = zalloc(size, sizeof(t->slot[0]));
	t->mask = size - 1;
	t->count = 0;
}

static void
slots_insert(struct slots *t, uint64_t hash, uint32_t value)
{
	size_t at = hash & t->mask;

	while (t->slot[at] != 0)
		at = (at + 1) & t->mask;
	t->slot[at] = value;
}

struct store *
store_new(void)
{
	struct store *s = zalloc(1, sizeof(*s));

	slots_init(&s->key_slots, 1 << 16);
	slots_init(&s->attrs_slots, 1 << 12);
	return s;
}

void
store_free(struct store *s)
{
	free(s->key_slots.slot);
	free(s->keys);
	free(s->followers);
	free(s->attrs_slots.slot);
	free(s->attrs);
	buf_fini(&s->bytes);
	free(s);
}

static uint32_t
key_add(struct store *s, const struct key *key, uint64_t hash)
{
	size_t id = s->key_slots.count++;

	if (id == s->keys_cap) {
		s->keys_cap = s->keys_cap > 0 ? 2 * s->keys_cap : 4096;
		s->keys = grow(s->keys, s->keys_cap * sizeof(s->keys[0]));
		s->followers = grow(s->followers, s->keys_cap * sizeof(s->followers[0]));
	}
	s->keys[id] = *key;
	s->followers[id] = 0;
	slots_insert(&s->key_slots, hash, (uint32_t)id + 1);
	if (2 * s->key_slots.count > s->key_slots.mask) {
		size_t size = 4 * (s->key_slots.mask + 1);

		free(s->key_slots.slot);
		s->key_slots.slot = zalloc(size, sizeof(s->key_slots.slot[0]));
		s->key_slots.mask = size - 1;
		for (size_t i = 0; i <= id; i++)
			slots_insert(
			    &s->key_slots, XXH3_64bits(&s->keys[i], sizeof(*key)), (uint32_t)i + 1);
	}
	return (uint32_t)id;
}

static uint32_t
key_find(struct store *s, const struct key *key)
{
	uint64_t hash = XXH3_64bits(key, sizeof(*key));

	for (size_t at = hash & s->key_slots.mask; s->key_slots.slot[at] != 0;
	     at = (at + 1) & s->key_slots.mask) {
		uint32_t id = s->key_slots.slot[at] - 1;

		if (memcmp(&s->keys[id], key, sizeof(*key)) == 0)
			return id;
	}
	return key_add(s, key, hash);
}

uint32_t
store_key(struct store *s, const struct key *key)
{
	uint32_t id;

	if (s->key_slots.count == 0)
		return key_find(s, key);
	id = s->followers[s->last];
	if (memcmp(&s->keys[id], key, sizeof(*key)) != 0) {
		id = key_find(s, key);
		s->followers[s->last] = id;
	}
	s->last = id;
	return id;
}

const struct key *
store_get_key(const struct store *s, uint32_t id)
{
	return &s->keys[id];
}

size_t
store_key_count(const struct store *s)
{
	return s->key_slots.count;
}

static uint32_t
attrs_add(struct store *s, const uint8_t *bytes, size_t len, uint64_t hash)
{
	size_t index = s->attrs_slots.count++;

	if (index == s->attrs_cap) {
		s->attrs_cap = s->attrs_cap > 0 ? 2 * s->attrs_cap : 1024;
		s->attrs = grow(s->attrs, s->attrs_cap * sizeof(s->attrs[0]));
	}
	s->attrs[index] = (struct item){hash, s->bytes.len, (uint32_t)len};
	buf_put(&s->bytes, bytes, len);
	slots_insert(&s->attrs_slots, hash, (uint32_t)index + 1);
	if (2 * s->attrs_slots.count > s->attrs_slots.mask) {
		size_t size = 4 * (s->attrs_slots.mask + 1);

		free(s->attrs_slots.slot);
		s->attrs_slots.slot = zalloc(size, sizeof(s->attrs_slots.slot[0]));
		s->attrs_slots.mask = size - 1;
		for (size_t i = 0; i <= index; i++)
			slots_insert(&s->attrs_slots, s->attrs[i].hash, (uint32_t)i + 1);
	}
	return (uint32_t)index + 1;
}

uint32_t
store_attrs(struct store *s, const uint8_t *bytes, size_t len)
{
	uint64_t hash = XXH3_64bits(bytes, len);

	for (size_t at = hash & s->attrs_slots.mask; s->attrs_slots.slot[at] != 0;
	     at = (at + 1) & s->attrs_slots.mask) {
		uint32_t id = s->attrs_slots.slot[at];
		const struct item *item = &s->attrs[id - 1];

		if (item->hash == hash && item->len == len &&
		    memcmp(s->bytes.data + item->offset, bytes, len) == 0)
			return id;
	}
	return attrs_add(s, bytes, len, hash);
}

const uint8_t *
store_get_attrs(const struct store *s, uint32_t id, size_t *len)
{
	*len = s->attrs[id - 1].len;
	return s->bytes.data + s->attrs[id - 1].offset;
}

size_t
store_attrs_count(const struct store *s)
{
	return s->attrs_slots.count;
}
