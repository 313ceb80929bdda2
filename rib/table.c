/*
 * The table's life, routes in, and the slices of work: see table.h and the drawing in state.h.
 * Runs in the rib process and in tests.
 */
#include "rib/table.h"

#include <stdlib.h>
#include <string.h>

#include "rib/audience.h"
#include "rib/batch.h"
#include "rib/bug.h"
#include "rib/entry.h"
#include "rib/owed.h"
#include "rib/path.h"
#include "rib/peer.h"
#include "rib/rejudge.h"
#include "rib/state.h"
#include "rib/told.h"
#include "rib/walk.h"

#define OWED_MAX_DEFAULT 65536
#define DEBTS_PER_ENTRY	 4

/* ---- life ---- */

static uint64_t *
new_words(const struct table *t)
{
	uint64_t *words = arena_malloc(t->nwords * sizeof(*words));

	memset(words, 0, t->nwords * sizeof(*words));
	return words;
}

static void
init_arenas(struct table *t)
{
	arena_init(&t->entries, sizeof(struct entry));
	arena_init(&t->paths, sizeof(struct path));
	arena_init(&t->rows, sizeof(struct told_row));
	arena_init(&t->reaches, sizeof(struct reach));
	arena_init(&t->pairs, sizeof(struct reach_pair));
	arena_init(&t->pathids, sizeof(struct pathid));
	arena_init(&t->walks, sizeof(struct walk));
	arena_init(&t->cohorts, sizeof(struct cohort));
	arena_init(&t->owed, sizeof(struct owed));
	arena_init(&t->partitions, sizeof(struct partition));
	index_init(&t->reach_index, &t->reaches, offsetof(struct reach, link));
	index_init(&t->pathid_index, &t->pathids, offsetof(struct pathid, link));
	index_init(&t->owed_index, &t->owed, offsetof(struct owed, link));
	index_init(&t->partition_index, &t->partitions, offsetof(struct partition, link));
	attrstore_init(&t->attrs, t->config.hash_seed);
	slotset_init(&t->sets, t->config.slots, t->config.hash_seed);
}

static void
init_family(struct table *t, enum family family)
{
	radix_init(&t->tree[family], family);
	t->synced[family] = new_words(t);
	t->lagging[family] = new_words(t);
	t->purge[family] = new_words(t);
	t->to_drain[family] = new_words(t);
	for (unsigned class = 0; class < CLASS_COUNT; class ++)
		t->class[family][class] = new_words(t);
	t->audience[family].stale = true;
}

struct table *
table_new(const struct table_config *config)
{
	struct table *t = arena_malloc(sizeof(*t));

	if (config->slots == 0 || config->slots > TABLE_SLOTS_MAX)
		rib_bug("a table of no slots, or too many");
	memset(t, 0, sizeof(*t));
	t->config = *config;
	if (t->config.owed_max == 0)
		t->config.owed_max = OWED_MAX_DEFAULT;
	t->nwords = (config->slots + 63) / 64;
	init_arenas(t);
	for (unsigned f = 0; f < FAMILY_COUNT; f++)
		init_family(t, f);
	for (size_t i = 0; i < sizeof(t->scratch) / sizeof(t->scratch[0]); i++)
		t->scratch[i] = new_words(t);
	t->peers = arena_malloc(config->slots * sizeof(*t->peers));
	memset(t->peers, 0, config->slots * sizeof(*t->peers));
	for (uint32_t i = 0; i < config->slots * FAMILY_COUNT; i++)
		peer_at(t, i / FAMILY_COUNT, i % FAMILY_COUNT)->owed.owner = ++t->owed_owner;
	return t;
}

static void
fini_family(struct table *t, enum family family)
{
	radix_fini(&t->tree[family]);
	free(t->synced[family]);
	free(t->lagging[family]);
	free(t->purge[family]);
	free(t->to_drain[family]);
	for (unsigned class = 0; class < CLASS_COUNT; class ++)
		free(t->class[family][class]);
}

void
table_free(struct table *t)
{
	if (t == NULL)
		return;
	batch_fini(t);
	audience_fini(t);
	rejudge_fini(t);
	for (unsigned f = 0; f < FAMILY_COUNT; f++)
		fini_family(t, f);
	index_fini(&t->reach_index);
	index_fini(&t->pathid_index);
	index_fini(&t->owed_index);
	index_fini(&t->partition_index);
	arena_fini(&t->entries);
	arena_fini(&t->paths);
	arena_fini(&t->rows);
	arena_fini(&t->reaches);
	arena_fini(&t->pairs);
	arena_fini(&t->pathids);
	arena_fini(&t->walks);
	arena_fini(&t->cohorts);
	arena_fini(&t->owed);
	arena_fini(&t->partitions);
	attrstore_fini(&t->attrs);
	slotset_fini(&t->sets);
	for (size_t i = 0; i < sizeof(t->scratch) / sizeof(t->scratch[0]); i++)
		free(t->scratch[i]);
	free(t->fresh.rows);
	free(t->old.rows);
	free(t->grants);
	free(t->path_handles);
	free(t->peers);
	free(t);
}

/* ---- routes ---- */

attrs_id
table_attrs_find(const struct table *t, const uint8_t *block, size_t len)
{
	return attrstore_find(&t->attrs, block, len);
}

attrs_id
table_attrs_ref(struct table *t, const uint8_t *block, size_t len)
{
	return attrstore_intern(&t->attrs, block, len);
}

void
table_attrs_unref(struct table *t, attrs_id attrs)
{
	attrstore_unref(&t->attrs, attrs);
}

static void
check_announcer(const struct table *t, uint16_t slot)
{
	if (slot >= t->config.slots || !t->peers[slot].up)
		rib_bug("a route of a slot that is not up");
}

enum table_result
table_announce(struct table *t, uint16_t slot, const struct prefix *prefix, uint32_t path_id,
    attrs_id attrs, uint32_t now_s)
{
	struct announcement a = {
	    .prefix = prefix, .path_id = path_id, .attrs = attrs, .now_s = now_s, .slot = slot};

	check_announcer(t, slot);
	return path_put(t, &a);
}

enum table_result
table_announce_rejected(struct table *t, uint16_t slot, const struct prefix *prefix,
    uint32_t path_id, attrs_id attrs, uint8_t reason, uint32_t now_s)
{
	struct announcement a = {.prefix = prefix,
	    .path_id = path_id,
	    .attrs = attrs,
	    .now_s = now_s,
	    .slot = slot,
	    .fixed = true,
	    .reason = reason};

	check_announcer(t, slot);
	return path_put(t, &a);
}

bool
table_withdraw(struct table *t, uint16_t slot, const struct prefix *prefix, uint32_t path_id)
{
	uint32_t entry, path;

	check_announcer(t, slot);
	entry = entry_find(t, prefix);
	path = entry == 0 ? 0 : entry_path(t, entry_at(t, entry), slot, path_id);
	if (path == 0 || path_is_gone(t, path_at(t, path)))
		return false;
	path_remove(t, path);
	return true;
}

/* ---- work ---- */

/*
 * Purge, release, and dirty entries. Where many peers lag, an entry makes a debt for each of them:
 * debts count too, so that a slice stays short.
 */
static void
commit_slice(struct table *t, unsigned max)
{
	uint32_t entry;

	peer_purge_slice(t, max);
	owed_sweep_slice(t, max);
	t->debts_made = 0;
	for (unsigned i = 0; i + t->debts_made / DEBTS_PER_ENTRY < max; i++) {
		entry = entry_take_dirty(t);
		if (entry == 0)
			break;
		told_commit(t, entry);
		entry_release(t, entry);
	}
}

static bool
commit_is_left(const struct table *t)
{
	return t->purge_count > 0 || t->dirty_first != 0 || owed_sweep_is_left(t);
}

static bool
owed_is_left(const struct table *t)
{
	return t->to_drain_count > 0;
}

static const struct {
	enum table_work work;
	void (*slice)(struct table *, unsigned max);
	bool (*is_left)(const struct table *);
} works[] = {
    {TABLE_REJUDGE, rejudge_slice, rejudge_is_left},
    {TABLE_COMMIT, commit_slice, commit_is_left},
    {TABLE_OWED, owed_slice, owed_is_left},
    {TABLE_WALK, walk_slice, walk_is_left},
};

enum { WORKS = sizeof(works) / sizeof(works[0]) };

bool
table_is_left(const struct table *t, unsigned what)
{
	for (size_t i = 0; i < WORKS; i++) {
		if ((what & works[i].work) != 0 && works[i].is_left(t))
			return true;
	}
	return false;
}

enum table_progress
table_step(struct table *t, unsigned what, unsigned max_entries)
{
	if (!batch_flush(t))
		return TABLE_NO_ROOM;
	for (size_t i = 0; i < WORKS; i++) {
		if ((what & works[i].work) == 0)
			continue;
		audience_refresh(t);
		works[i].slice(t, max_entries);
		if (!batch_flush(t))
			return TABLE_NO_ROOM;
	}
	/* Asked at the end: one kind of work makes another. */
	return table_is_left(t, what) ? TABLE_MORE : TABLE_IDLE;
}
