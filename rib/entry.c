/*
 * Entries: one per prefix that has a path, a told row or a debt. See the drawing in state.h.
 *
 * Invariant: an entry exists exactly as long as entry_release() finds a reason for it, so the tree
 * does not grow with what was once announced.
 */
#include "rib/entry.h"

#include "rib/bug.h"
#include "rib/rank.h"

uint32_t
entry_find(const struct table *t, const struct prefix *prefix)
{
	const struct radix *tree = &t->tree[prefix->family];
	uint32_t node = radix_find(tree, prefix);

	return node == 0 ? 0 : radix_at(tree, node)->value;
}

uint32_t
entry_make(struct table *t, const struct prefix *prefix)
{
	struct radix *tree = &t->tree[prefix->family];
	uint32_t node = radix_insert(tree, prefix), handle;
	struct entry *e;

	handle = radix_at(tree, node)->value;
	if (handle != 0)
		return handle;
	handle = arena_alloc(&t->entries);
	e = entry_at(t, handle);
	e->node = node;
	e->family = prefix->family & 1U;
	radix_at(tree, node)->value = handle;
	t->entry_count[prefix->family]++;
	return handle;
}

bool
entry_is_empty(const struct entry *e)
{
	return e->paths == 0 && e->told.set == SLOTSET_EMPTY;
}

void
entry_release(struct table *t, uint32_t handle)
{
	struct entry *e = entry_at(t, handle);
	struct prefix prefix;

	if (!entry_is_empty(e) || e->owed != 0 || e->dirty || t->retellers[e->family] != 0)
		return;
	entry_prefix(t, e, &prefix);
	t->entry_count[e->family]--;
	radix_remove(&t->tree[e->family], &prefix);
	arena_free(&t->entries, handle);
}

void
entry_mark_dirty(struct table *t, uint32_t handle)
{
	struct entry *e = entry_at(t, handle);

	if (e->dirty)
		return;
	e->dirty = 1;
	e->dirty_next = 0;
	if (t->dirty_last != 0)
		entry_at(t, t->dirty_last)->dirty_next = handle;
	else
		t->dirty_first = handle;
	t->dirty_last = handle;
	t->dirty_count++;
}

uint32_t
entry_take_dirty(struct table *t)
{
	uint32_t handle = t->dirty_first;
	struct entry *e;

	if (handle == 0)
		return 0;
	e = entry_at(t, handle);
	t->dirty_first = e->dirty_next;
	if (t->dirty_first == 0)
		t->dirty_last = 0;
	t->dirty_count--;
	e->dirty = 0;
	return handle;
}

uint32_t
entry_path(const struct table *t, const struct entry *e, uint16_t slot, uint32_t path_id)
{
	for (uint32_t h = e->paths; h != 0; h = path_at(t, h)->next) {
		if (path_at(t, h)->slot == slot && path_at(t, h)->path_id == path_id)
			return h;
	}
	return 0;
}

void
entry_link(struct table *t, struct entry *e, uint32_t handle)
{
	struct path *path = path_at(t, handle);
	uint32_t *at = &e->paths;

	while (*at != 0 && rank_compare(t, path_at(t, *at), path) < 0)
		at = &path_at(t, *at)->next;
	path->next = *at;
	*at = handle;
}

void
entry_unlink(struct table *t, struct entry *e, uint32_t handle)
{
	uint32_t *at = &e->paths;

	while (*at != handle) {
		if (*at == 0)
			rib_bug("a path is not in its entry");
		at = &path_at(t, *at)->next;
	}
	*at = path_at(t, handle)->next;
}
