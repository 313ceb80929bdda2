/*
 * Looks at the table: for the command line, the looking glass and tests. Nothing here changes it,
 * and nothing a caller keeps is a pointer: a cursor is a key.
 */
#include <string.h>

#include "rib/entry.h"
#include "rib/path.h"
#include "rib/rank.h"
#include "rib/state.h"
#include "rib/table.h"

void
table_peer_get_state(
    const struct table *t, uint16_t slot, enum family family, struct table_peer_view *out)
{
	const struct peer_family *pf = peer_at(t, slot, family);
	uint32_t counted = path_counted(t, slot, family);
	uint32_t limit = t->peers[slot].config.limit[family];

	*out = (struct table_peer_view){.lagging = pf->lagging,
	    .eor_received = pf->eor_received,
	    .owed = pf->owed.count,
	    .received = pf->held.received,
	    .accepted = pf->held.accepted,
	    .rejected = pf->held.received - pf->held.accepted,
	    .limit = limit,
	    .counted = counted,
	    .over_limit = limit != 0 && (counted > limit || (pf->refused && counted == limit)),
	    .reaches = t->peers[slot].partitions,
	    .over_reach = pf->held.over_reach,
	    .stale = pf->stale.received,
	    .over_paths = pf->over_paths};
	if (!pf->up)
		return;
	out->state = PEER_FEEDING;
	if (pf->synced && !pf->eor_pending && !pf->eor_owed)
		out->state = PEER_LIVE;
	out->refreshing = pf->refresh_again || (pf->synced && pf->walk != 0);
}

void
table_peer_get(
    const struct table *t, uint16_t slot, enum family family, struct table_peer_view *out)
{
	table_peer_get_state(t, slot, family, out);
	if (peer_at(t, slot, family)->up)
		out->sent = slotset_uses_of(&t->sets, slot, family);
}

/* ---- entries ---- */

void
table_cursor_init(struct table_cursor *cursor, const struct prefix *scope, enum table_match match)
{
	*cursor = (struct table_cursor){.scope = *scope, .match = match};
}

static bool
is_visible(const struct table *t, const struct radix *tree, uint32_t node)
{
	return !entry_is_empty(entry_at(t, radix_at(tree, node)->value));
}

static uint32_t
next_longer(const struct table *t, const struct radix *tree, const struct table_cursor *cursor)
{
	const struct prefix *from = cursor->started ? &cursor->last : &cursor->scope;
	struct radix_pass pass;
	struct prefix key;
	uint32_t node;

	radix_pass_init(&pass, tree, from, !cursor->started);
	do {
		node = radix_pass_next(&pass);
	} while (node != 0 && !is_visible(t, tree, node));
	if (node == 0)
		return 0;
	radix_prefix(tree, node, &key);
	return prefix_covers(&cursor->scope, &key) ? node : 0;
}

static uint32_t
next_shorter(const struct table *t, const struct radix *tree, const struct table_cursor *cursor)
{
	unsigned min_len = cursor->started ? cursor->last.len + 1U : 0;
	uint32_t node;

	while ((node = radix_covering(tree, &cursor->scope, min_len)) != 0) {
		if (is_visible(t, tree, node))
			return node;
		min_len = radix_at(tree, node)->len + 1U;
	}
	return 0;
}

static uint32_t
exact(const struct table *t, const struct radix *tree, const struct table_cursor *cursor)
{
	uint32_t node = cursor->started ? 0 : radix_find(tree, &cursor->scope);

	return node != 0 && is_visible(t, tree, node) ? node : 0;
}

static uint32_t
longest(const struct table *t, const struct radix *tree, const struct table_cursor *cursor)
{
	struct table_cursor pass = *cursor;
	uint32_t node, found = 0;

	if (cursor->started)
		return 0;
	while ((node = next_shorter(t, tree, &pass)) != 0) {
		found = node;
		pass.started = true;
		radix_prefix(tree, node, &pass.last);
	}
	return found;
}

bool
table_cursor_next(const struct table *t, struct table_cursor *cursor, struct table_entry_view *out)
{
	static uint32_t (*const next[])(
	    const struct table *, const struct radix *, const struct table_cursor *) = {
	    [MATCH_EXACT] = exact,
	    [MATCH_LONGER] = next_longer,
	    [MATCH_SHORTER] = next_shorter,
	    [MATCH_LONGEST] = longest,
	};
	const struct radix *tree = &t->tree[cursor->scope.family];
	uint32_t node;

	if (cursor->ended)
		return false;
	node = next[cursor->match](t, tree, cursor);
	if (node == 0) {
		cursor->ended = true;
		return false;
	}
	cursor->started = true;
	radix_prefix(tree, node, &cursor->last);
	out->prefix = cursor->last;
	out->entry = radix_at(tree, node)->value;
	return true;
}

/* ---- what is in an entry ---- */

bool
table_path_next(const struct table *t, const struct table_entry_view *view, uint32_t *iter,
    struct table_path_view *out)
{
	const struct entry *e = entry_at(t, view->entry);
	uint32_t handle = *iter == 0 ? e->paths : path_at(t, *iter)->next;
	const struct path *path;
	const struct attr *attr;

	if (handle == 0)
		return false;
	*iter = handle;
	path = path_at(t, handle);
	attr = attrstore_at(&t->attrs, path->attrs);
	*out = (struct table_path_view){.slot = path->slot,
	    .path_id = path->path_id,
	    .sent_id = path->sent_id,
	    .block = attr->block,
	    .block_len = attr->len,
	    .attrs = path->attrs,
	    .verdict = {.local_pref = path->local_pref,
		.tags = path->tags,
		.reason = path->reason,
		.accept = path->accepted,
		.tagged = path->tagged},
	    .received_s = path->received_s,
	    .fixed = path->fixed,
	    .best = handle == rank_best(t, e),
	    .stale = path_age(t, path) == PATH_STALE,
	    .gone = path_is_gone(t, path)};
	return true;
}

/* The iterator is 1 behind the row inside the entry, then a row's handle + 1. */
bool
table_told_next(const struct table *t, const struct table_entry_view *view, uint32_t *iter,
    struct table_told_view *out)
{
	const struct entry *e = entry_at(t, view->entry);
	const struct told_row *row = &e->told;
	const struct attr *attr;

	if (*iter != 0) {
		uint32_t next = *iter == 1 ? row->next : row_at(t, *iter - 1)->next;

		if (next == 0)
			return false;
		*iter = next + 1;
		row = row_at(t, next);
	} else {
		if (row->set == SLOTSET_EMPTY)
			return false;
		*iter = 1;
	}
	attr = attrstore_at(&t->attrs, row->form);
	*out = (struct table_told_view){
	    .path_id = row->path_id, .block = attr->block, .block_len = attr->len};
	out->words = slotset_words(&t->sets, row->set, &out->nwords);
	return true;
}

bool
table_attrs_next(
    const struct table *t, attrs_id *id, const uint8_t **block, size_t *len, uint32_t *refs)
{
	const struct attr *attr;

	*id = arena_next(&t->attrs.attrs, *id);
	if (*id == 0)
		return false;
	attr = attrstore_at(&t->attrs, *id);
	*block = attr->block;
	*len = attr->len;
	*refs = attr->refs;
	return true;
}

/* ---- memory ---- */

static uint64_t
batch_octets(const struct batch *b)
{
	return b->change_room * sizeof(*b->changes) + b->sorted_room * sizeof(*b->sorted) +
	    b->group_room * sizeof(*b->groups) + b->order_room * sizeof(*b->order) +
	    b->prefix_room * (sizeof(*b->prefixes) + sizeof(*b->path_ids));
}

static uint64_t
all_octets(const struct table *t)
{
	const struct arena *const arenas[] = {&t->entries, &t->paths, &t->rows, &t->reaches,
	    &t->pairs, &t->pathids, &t->walks, &t->cohorts, &t->owed, &t->partitions,
	    &t->tree[0].nodes, &t->tree[1].nodes};
	uint64_t words = FAMILY_COUNT * (4 + CLASS_COUNT) + 4, octets;

	octets = sizeof(*t) + t->config.slots * sizeof(*t->peers) +
	    words * t->nwords * sizeof(uint64_t) + batch_octets(&t->batch);
	for (size_t i = 0; i < sizeof(arenas) / sizeof(arenas[0]); i++)
		octets += arena_octets(arenas[i]);
	for (unsigned f = 0; f < FAMILY_COUNT; f++)
		octets += t->audience[f].room * sizeof(struct region);
	octets += index_octets(&t->reach_index) + index_octets(&t->pathid_index) +
	    index_octets(&t->owed_index) + index_octets(&t->partition_index);
	octets += t->path_handle_room * sizeof(*t->path_handles);
	octets += (t->fresh.room + t->old.room) * sizeof(struct share_row) +
	    t->grant_room * sizeof(*t->grants);
	return octets + attrstore_octets(&t->attrs) + slotset_octets(&t->sets);
}

static uint64_t
told_row_count(const struct table *t)
{
	uint64_t count = 0;

	for (set_id id = 0; (id = arena_next(&t->sets.sets, id)) != 0;)
		count += slotset_uses(&t->sets, id, FAMILY_IPV4) +
		    (uint64_t)slotset_uses(&t->sets, id, FAMILY_IPV6);
	return count;
}

void
table_memory_get(const struct table *t, struct table_memory *out)
{
	*out = (struct table_memory){.paths = t->paths.live,
	    .attrs = t->attrs.attrs.live,
	    .attrs_octets = t->attrs.block_octets,
	    .sets = t->sets.sets.live,
	    .reaches = t->reaches.live,
	    .told_rows = told_row_count(t),
	    .owed = t->owed.live,
	    .dirty = t->dirty_count,
	    .octets = all_octets(t)};
	for (unsigned f = 0; f < FAMILY_COUNT; f++)
		out->entries[f] = t->entry_count[f];
}
