/*
 * Sent path ids: see pathid.h.
 */
#include "rib/pathid.h"

#include "rib/bug.h"

static uint32_t
hash_of(uint16_t slot, uint32_t received)
{
	uint64_t mix = ((uint64_t)received << 16 | slot) * UINT64_C(0x9e3779b97f4a7c15);

	return (uint32_t)(mix >> 32);
}

static struct pathid *
pathid_at(const struct table *t, uint32_t handle)
{
	return arena_at(&t->pathids, handle);
}

uint32_t
pathid_take(struct table *t, uint16_t slot, uint32_t received)
{
	uint32_t hash = hash_of(slot, received), handle = 0;

	if (received == 0)
		return slot + 1U;
	while ((handle = index_find(&t->pathid_index, hash, handle)) != 0) {
		const struct pathid *id = pathid_at(t, handle);

		if (id->slot == slot && id->received == received)
			break;
	}
	if (handle == 0) {
		handle = arena_alloc(&t->pathids);
		pathid_at(t, handle)->slot = slot;
		pathid_at(t, handle)->received = received;
		index_insert(&t->pathid_index, handle, hash);
	}
	pathid_at(t, handle)->refs++;
	return TABLE_SLOTS_MAX + handle;
}

void
pathid_ref(struct table *t, uint32_t sent)
{
	if (sent > TABLE_SLOTS_MAX)
		pathid_at(t, sent - TABLE_SLOTS_MAX)->refs++;
}

void
pathid_unref(struct table *t, uint32_t sent)
{
	struct pathid *id;

	if (sent <= TABLE_SLOTS_MAX)
		return;
	id = pathid_at(t, sent - TABLE_SLOTS_MAX);
	if (id->refs == 0)
		rib_bug("a path id lost a reference that it never had");
	if (--id->refs != 0)
		return;
	index_remove(&t->pathid_index, sent - TABLE_SLOTS_MAX);
	arena_free(&t->pathids, sent - TABLE_SLOTS_MAX);
}
