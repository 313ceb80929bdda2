/*
 * Control combinations per slot: see partition.h. Without a limit nothing is counted.
 */
#include "rib/partition.h"

#include "rib/bug.h"
#include "rib/path.h"

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
	struct peer *peer = &t->peers[slot];

	peer->era = ++t->era;
	peer->partitions = peer->partition_first = 0;
}

static uint32_t
hash_of(uint32_t era, uint64_t key)
{
	return (uint32_t)(mix(key + era) >> 32);
}

static bool
is_held(const struct partition *p)
{
	return p->held[FAMILY_IPV4] != 0 || p->held[FAMILY_IPV6] != 0;
}

static uint32_t
find(const struct table *t, uint32_t era, uint64_t key, uint32_t hash)
{
	uint32_t handle = 0;

	while ((handle = index_find(&t->partition_index, hash, handle)) != 0) {
		const struct partition *p = partition_at(t, handle);

		if (p->key == key && p->era == era)
			break;
	}
	return handle;
}

static uint32_t
make(struct table *t, uint16_t slot, uint64_t key, uint32_t hash)
{
	struct peer *peer = &t->peers[slot];
	uint32_t handle = arena_alloc(&t->partitions);

	*partition_at(t, handle) = (struct partition){
	    .key = key, .era = peer->era, .next = peer->partition_first, .slot = slot};
	if (peer->partition_first != 0)
		partition_at(t, peer->partition_first)->prev = handle;
	peer->partition_first = handle;
	index_insert(&t->partition_index, handle, hash);
	return handle;
}

static void
count(const struct table *t, struct partition *p, const struct path *path, int change)
{
	enum family family = entry_at(t, path->entry)->family;
	enum path_age age = path_age(t, path);

	p->refs += (uint32_t)change;
	if (p->era != t->peers[p->slot].era)
		return;
	if (age != PATH_GONE)
		p->held[family] += (uint32_t)change;
	if (age == PATH_STALE)
		p->stale[family] += (uint32_t)change;
}

bool
partition_take(struct table *t, struct path *path)
{
	struct peer *peer = &t->peers[path->slot];
	uint64_t key = reach_at(t, path->reach)->partition;
	uint32_t hash = hash_of(peer->era, key), handle;

	path->partition = 0;
	if (t->config.reach_limit == 0 || key == 0)
		return true;
	handle = find(t, peer->era, key, hash);
	if (handle == 0 || !is_held(partition_at(t, handle))) {
		if (peer->partitions >= t->config.reach_limit)
			return false;
		peer->partitions++;
	}
	if (handle == 0)
		handle = make(t, path->slot, key, hash);
	count(t, partition_at(t, handle), path, 1);
	path->partition = handle;
	return true;
}

static void
unlink_of_era(struct table *t, struct peer *peer, const struct partition *p)
{
	if (p->prev != 0)
		partition_at(t, p->prev)->next = p->next;
	else
		peer->partition_first = p->next;
	if (p->next != 0)
		partition_at(t, p->next)->prev = p->prev;
}

void
partition_give(struct table *t, struct path *path)
{
	struct peer *peer = &t->peers[path->slot];
	uint32_t handle = path->partition;
	struct partition *p;
	bool was_held;

	if (handle == 0)
		return;
	path->partition = 0;
	p = partition_at(t, handle);
	if (p->refs == 0)
		rib_bug("a control combination lost a path that it never had");
	was_held = is_held(p);
	count(t, p, path, -1);
	if (was_held && !is_held(p))
		peer->partitions--;
	if (p->refs != 0)
		return;
	if (p->era == peer->era)
		unlink_of_era(t, peer, p);
	index_remove(&t->partition_index, handle);
	arena_free(&t->partitions, handle);
}

void
partition_stale_all(struct table *t, uint16_t slot, enum family family)
{
	for (uint32_t h = t->peers[slot].partition_first; h != 0; h = partition_at(t, h)->next)
		partition_at(t, h)->stale[family] = partition_at(t, h)->held[family];
}

void
partition_drop_stale(struct table *t, uint16_t slot, enum family family)
{
	struct peer *peer = &t->peers[slot];

	for (uint32_t h = peer->partition_first; h != 0; h = partition_at(t, h)->next) {
		struct partition *p = partition_at(t, h);
		bool was_held = is_held(p);

		p->held[family] -= p->stale[family];
		p->stale[family] = 0;
		peer->partitions -= was_held && !is_held(p);
	}
}
