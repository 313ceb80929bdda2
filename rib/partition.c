/*
 * Control combinations per slot: see partition.h. Without a limit nothing is counted.
 */
#include "rib/partition.h"

#include "rib/bug.h"

static struct partition *
partition_at(const struct table *t, uint32_t handle)
{
	return arena_at(&t->partitions, handle);
}

static uint64_t
mix(uint64_t x)
{
	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

uint64_t
partition_key(const struct table *t, uint32_t pairs)
{
	uint64_t key = 0;

	if (pairs == 0 || pair_at(t, pairs)->set == t->sets.everyone)
		return 0;
	for (uint32_t h = pairs; h != 0; h = pair_at(t, h)->next)
		key += mix(slotset_serial(&t->sets, pair_at(t, h)->set) + 1);
	return key == 0 ? 1 : key;
}

void
partition_begin(struct table *t, uint16_t slot)
{
	t->peers[slot].era = ++t->era;
	t->peers[slot].partitions = 0;
}

static uint32_t
hash_of(uint32_t era, uint64_t key)
{
	return (uint32_t)(mix(key + era) >> 32);
}

bool
partition_take(struct table *t, uint16_t slot, uint32_t reach, uint32_t *out)
{
	struct peer *peer = &t->peers[slot];
	uint64_t key = reach_at(t, reach)->partition;
	uint32_t hash = hash_of(peer->era, key), handle = 0;

	*out = 0;
	if (t->config.reach_limit == 0 || key == 0)
		return true;
	while ((handle = index_find(&t->partition_index, hash, handle)) != 0) {
		const struct partition *p = partition_at(t, handle);

		if (p->key == key && p->era == peer->era)
			break;
	}
	if (handle == 0) {
		if (peer->partitions >= t->config.reach_limit)
			return false;
		handle = arena_alloc(&t->partitions);
		partition_at(t, handle)->key = key;
		partition_at(t, handle)->era = peer->era;
		partition_at(t, handle)->slot = slot;
		index_insert(&t->partition_index, handle, hash);
		peer->partitions++;
	}
	partition_at(t, handle)->refs++;
	*out = handle;
	return true;
}

void
partition_give(struct table *t, uint32_t handle)
{
	struct partition *p;
	struct peer *peer;

	if (handle == 0)
		return;
	p = partition_at(t, handle);
	peer = &t->peers[p->slot];
	if (p->refs == 0)
		bug("a control combination lost a path that it never had");
	if (--p->refs != 0)
		return;
	if (p->era == peer->era)
		peer->partitions--;
	index_remove(&t->partition_index, handle);
	arena_free(&t->partitions, handle);
}
