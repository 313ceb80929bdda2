/*
 * The auditor: walks everything and compares it with what is kept. Takes time proportional to the
 * table; tests call it after every few events, production now and then in a forked copy.
 *
 * First come the objects (here), then who is told what (check_peers.c has slots, walks and debts),
 * last the reference counts that all of them have added up in a tally.
 */
#include "rib/check.h"

#include <stdlib.h>
#include <string.h>

#include "rib/entry.h"
#include "rib/path.h"
#include "rib/rank.h"
#include "rib/rejudge.h"
#include "rib/share.h"
#include "rib/told.h"

/* ---- trees and entries ---- */

static const char *
check_tree(const struct table *t, enum family family)
{
	const struct radix *tree = &t->tree[family];
	const char *broken = radix_check(tree);
	struct radix_pass pass;
	uint32_t count = 0, node;

	if (broken != NULL)
		return broken;
	radix_pass_init(&pass, tree, NULL, true);
	for (; (node = radix_pass_next(&pass)) != 0; count++) {
		uint32_t entry = radix_at(tree, node)->value;

		if (!arena_is_live(&t->entries, entry))
			return "tree: a node without its entry";
		if (entry_at(t, entry)->node != node || entry_at(t, entry)->family != family)
			return "tree: an entry with another node";
	}
	return count == t->entry_count[family] ? NULL : "tree: the count of entries is wrong";
}

const char *
check_trees(struct table *t, struct tally *tally)
{
	const char *broken = check_tree(t, FAMILY_IPV4);

	(void)tally;
	if (broken == NULL)
		broken = check_tree(t, FAMILY_IPV6);
	if (broken == NULL && t->entry_count[0] + t->entry_count[1] != t->entries.live)
		broken = "entries that no tree has";
	return broken;
}

static void
tally_partition(const struct table *t, const struct path *path, struct tally *tally)
{
	enum path_age age = path_age(t, path);

	tally->partitions[path->partition]++;
	tally->partitions_held[path->partition] += age != PATH_GONE;
	tally->partitions_stale[path->partition] += age == PATH_STALE;
}

static const char *
check_path(const struct table *t, uint32_t entry, const struct path *path, struct tally *tally)
{
	const struct reach *reach;

	if (path->entry != entry)
		return "path: of another entry";
	if ((path->accepted || path->tagged) != (path->reach != 0))
		return "path: a reach without acceptance or tags, or the other way";
	if (path->accepted && (path->tagged || path->fixed || path->over_reach))
		return "path: accepted and rejected at once";
	if (path->next != 0 && rank_compare(t, path, path_at(t, path->next)) >= 0)
		return "path: out of rank order";
	tally->attrs[path->attrs]++;
	if (path->sent_id > TABLE_SLOTS_MAX)
		tally->pathids[path->sent_id - TABLE_SLOTS_MAX]++;
	if (path->reach == 0)
		return NULL;
	tally->reaches[path->reach]++;
	if (path->partition != 0) {
		const struct partition *p = arena_at(&t->partitions, path->partition);

		tally_partition(t, path, tally);
		if (!path->accepted || p->slot != path->slot ||
		    p->key != reach_at(t, path->reach)->partition)
			return "path: counted in a control combination that is not its own";
	}
	reach = reach_at(t, path->reach);
	if (reach->attrs != path->attrs || reach->tags != path->tags)
		return "path: another one's reach";
	return NULL;
}

static void
tally_told(const struct table *t, const struct entry *e, struct tally *tally)
{
	if (e->told.set == SLOTSET_EMPTY)
		return;
	for (const struct told_row *row = &e->told;; row = row_at(t, row->next)) {
		tally->attrs[row->form]++;
		tally->sets[row->set]++;
		tally->uses[e->family][row->set]++;
		if (row->path_id > TABLE_SLOTS_MAX)
			tally->pathids[row->path_id - TABLE_SLOTS_MAX]++;
		if (row->next == 0)
			return;
	}
}

static const char *
check_dirty_list(const struct table *t)
{
	uint32_t count = 0, last = 0;

	for (uint32_t h = t->dirty_first; h != 0; h = entry_at(t, h)->dirty_next) {
		if (!arena_is_live(&t->entries, h) || !entry_at(t, h)->dirty)
			return "dirty: an entry that is not";
		if (++count > t->dirty_count)
			return "dirty: the list is too long";
		last = h;
	}
	if (count != t->dirty_count || last != t->dirty_last)
		return "dirty: the list is too short";
	return NULL;
}

const char *
check_entries(struct table *t, struct tally *tally)
{
	uint32_t dirty = 0, paths = 0;

	for (uint32_t h = 0; (h = arena_next(&t->entries, h)) != 0;) {
		const struct entry *e = entry_at(t, h);

		dirty += e->dirty;
		for (uint32_t p = e->paths; p != 0; p = path_at(t, p)->next) {
			const char *broken = check_path(t, h, path_at(t, p), tally);

			if (broken != NULL)
				return broken;
			paths++;
		}
		tally_told(t, e, tally);
		if (entry_is_empty(e) && e->owed == 0 && !e->dirty &&
		    t->retellers[e->family] == 0 && !t->sweep[e->family])
			return "an entry that nobody needs";
	}
	if (paths != t->paths.live)
		return "paths that no entry has";
	if (dirty != t->dirty_count)
		return "dirty: entries that are not on the list";
	return check_dirty_list(t);
}

/* ---- told equals what a fresh computation gives ---- */

/* The slots whose bits in told rows mean nothing: not yet, or no longer. */
static set_id
unsettled(struct table *t, enum family family)
{
	uint64_t words[SLOTSET_WORDS_MAX] = {0};

	for (uint32_t slot = 0; slot < t->config.slots; slot++) {
		if (peer_at(t, slot, family)->reshare || !peer_at(t, slot, family)->able)
			slotbits_add(words, slot);
	}
	return slotset_intern(&t->sets, words, t->nwords);
}

/* Takes the unsettled slots out of all rows, and rows without anybody out of the array. */
static void
settle(struct table *t, struct share_rows *rows, set_id without)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < rows->count; i++) {
		struct share_row row = rows->rows[i];

		row.set = slotset_minus(&t->sets, row.set, without);
		if (row.set != SLOTSET_EMPTY)
			rows->rows[kept++] = row;
	}
	rows->count = kept;
}

static const char *
check_rows(struct table *t, const struct entry *e, set_id without)
{
	share_entry(t, e, &t->fresh);
	told_rows(t, e, &t->old);
	settle(t, &t->fresh, without);
	settle(t, &t->old, without);
	if (t->fresh.count != t->old.count)
		return "told: rows too many or too few";
	for (uint32_t i = 0; i < t->fresh.count; i++) {
		const struct share_row *a = &t->fresh.rows[i], *b = &t->old.rows[i];

		if (a->path_id != b->path_id || a->form != b->form || a->set != b->set)
			return "told: a row is not what a fresh computation gives";
	}
	return NULL;
}

/* Without share.c's help: rows come of accepted or tagged paths, and none goes to its source. */
static const char *
check_sources(const struct table *t, const struct entry *e, const struct share_rows *rows)
{
	for (uint32_t i = 0; i < rows->count; i++) {
		uint32_t p = e->paths;

		while (p != 0 && path_at(t, p)->sent_id != rows->rows[i].path_id)
			p = path_at(t, p)->next;
		if (p == 0 || (!path_at(t, p)->accepted && !path_at(t, p)->tagged))
			return "told: a row of no path that is shared out";
		if (slotset_has(&t->sets, rows->rows[i].set, path_at(t, p)->slot))
			return "told: a path to its own source";
	}
	return NULL;
}

const char *
check_told(struct table *t, struct tally *tally)
{
	set_id without[FAMILY_COUNT];

	(void)tally;
	if (rejudge_is_sharing(t))
		return NULL;
	slotset_trim(&t->sets);
	for (unsigned f = 0; f < FAMILY_COUNT; f++) {
		without[f] = unsettled(t, f);
		slotset_ref(&t->sets, without[f]);
	}
	for (uint32_t h = 0; (h = arena_next(&t->entries, h)) != 0;) {
		const struct entry *e = entry_at(t, h);
		const char *broken;

		if (e->dirty)
			continue;
		broken = check_rows(t, e, without[e->family]);
		if (broken == NULL)
			broken = check_sources(t, e, &t->old);
		if (broken != NULL)
			return broken;
		slotset_trim(&t->sets);
	}
	for (unsigned f = 0; f < FAMILY_COUNT; f++)
		slotset_unref(&t->sets, without[f]);
	return NULL;
}

/* ---- references ---- */

static void
tally_limits(const struct limits *limits, struct tally *tally)
{
	if (!limits->known)
		return;
	tally->sets[limits->unlimited]++;
	tally->sets[limits->limited]++;
	for (unsigned d = 0; d < LIMIT_DIGITS; d++)
		tally->sets[limits->digit[d]]++;
}

static void
tally_kept_sets(const struct table *t, struct tally *tally)
{
	tally->sets[t->sets.everyone]++;
	for (uint32_t i = 0; i < t->batch.group_count; i++) {
		tally->sets[t->batch.groups[i].set]++;
		if (t->batch.groups[i].form != 0)
			tally->attrs[t->batch.groups[i].form]++;
	}
	for (unsigned f = 0; f < FAMILY_COUNT; f++) {
		for (unsigned i = 0; i < FIT_SETS; i++) {
			if (t->fit[f][i].known)
				tally->sets[t->fit[f][i].set]++;
		}
		tally_limits(&t->limits[f], tally);
		for (uint32_t i = 0; i < t->audience[f].count; i++) {
			const struct region *region = &t->audience[f].regions[i];

			for (unsigned class = 0; region->ready && class < CLASS_COUNT; class ++)
				tally->sets[region->to[class]]++;
			for (unsigned ids = 0; region->ready && ids < 2; ids++)
				tally->sets[region->lagging[ids]]++;
		}
	}
}

static const char *
check_reaches(const struct table *t, struct tally *tally)
{
	uint32_t pairs = 0;

	for (uint32_t h = 0; (h = arena_next(&t->reaches, h)) != 0;) {
		const struct reach *reach = reach_at(t, h);

		if (reach->refs != tally->reaches[h])
			return "reach: the reference count is wrong";
		tally->attrs[reach->attrs]++;
		for (uint32_t p = reach->pairs; p != 0; p = pair_at(t, p)->next) {
			tally->attrs[pair_at(t, p)->form]++;
			tally->sets[pair_at(t, p)->set]++;
			pairs++;
		}
	}
	return pairs == t->pairs.live ? NULL : "reach: pairs that nobody has";
}

static const char *
check_sets(const struct table *t, const struct tally *tally)
{
	for (set_id id = 0; (id = arena_next(&t->sets.sets, id)) != 0;) {
		if (slotset_refs(&t->sets, id) != tally->sets[id])
			return "slotset: the reference count is wrong";
		for (unsigned f = 0; f < FAMILY_COUNT; f++) {
			if (slotset_uses(&t->sets, id, f) != tally->uses[f][id])
				return "slotset: the count of told rows is wrong";
		}
	}
	return slotset_check(&t->sets);
}

/* The caller of the table may hold references of its own. */
static const char *
check_attrs(const struct table *t, const struct tally *tally)
{
	for (attrs_id id = 0; (id = arena_next(&t->attrs.attrs, id)) != 0;) {
		const struct attr *attr = attrstore_at(&t->attrs, id);

		if (attr->refs == 0 || attr->refs < tally->attrs[id])
			return "attributes: too few references";
		if (attrstore_find(&t->attrs, attr->block, attr->len) != id)
			return "attributes: a block that is not found, or twice";
	}
	return NULL;
}

static const char *
check_pathids(const struct table *t, const struct tally *tally)
{
	for (uint32_t h = 0; (h = arena_next(&t->pathids, h)) != 0;) {
		const struct pathid *id = arena_at(&t->pathids, h);

		if (id->refs == 0 || id->refs != tally->pathids[h])
			return "path id: the reference count is wrong";
	}
	return NULL;
}

/* Those of the slot's era stand in its list, and their counters are kept. */
static const char *
check_combinations(const struct table *t, uint32_t slot, const struct tally *tally, uint32_t *found)
{
	const struct peer *peer = &t->peers[slot];
	uint32_t before = 0, held = 0;

	for (uint32_t h = peer->partition_first; h != 0; (*found)++) {
		const struct partition *p = arena_at(&t->partitions, h);

		if (p->slot != slot || p->era != peer->era || p->prev != before)
			return "control combination: a slot's list is broken";
		if (p->held[0] + p->held[1] != tally->partitions_held[h] ||
		    p->stale[0] + p->stale[1] != tally->partitions_stale[h])
			return "control combination: a counter is wrong";
		held += tally->partitions_held[h] > 0;
		before = h;
		h = p->next;
	}
	if (held != peer->partitions)
		return "control combination: a slot's count is wrong";
	return held > t->config.reach_limit ? "control combination: a slot has too many" : NULL;
}

static const char *
check_partitions(const struct table *t, const struct tally *tally)
{
	uint32_t current = 0, found = 0;

	for (uint32_t h = 0; (h = arena_next(&t->partitions, h)) != 0;) {
		const struct partition *p = arena_at(&t->partitions, h);

		if (p->refs == 0 || p->refs != tally->partitions[h])
			return "control combination: the count of paths is wrong";
		current += p->era == t->peers[p->slot].era;
	}
	for (uint32_t slot = 0; slot < t->config.slots; slot++) {
		const char *broken = check_combinations(t, slot, tally, &found);

		if (broken != NULL)
			return broken;
	}
	return current == found ? NULL : "control combination: in no slot's list";
}

const char *
check_references(struct table *t, struct tally *tally)
{
	const char *broken = check_reaches(t, tally);

	tally_kept_sets(t, tally);
	if (broken == NULL)
		broken = check_sets(t, tally);
	if (broken == NULL)
		broken = check_attrs(t, tally);
	if (broken == NULL)
		broken = check_pathids(t, tally);
	if (broken == NULL)
		broken = check_partitions(t, tally);
	for (uint32_t h = 0; broken == NULL && (h = arena_next(&t->entries, h)) != 0;) {
		if (entry_at(t, h)->owed != tally->owed[h])
			broken = "owed: an entry's count is wrong";
	}
	return broken;
}

/* ---- all together ---- */

static uint32_t *
new_counts(const struct arena *arena)
{
	uint32_t *counts = arena_malloc(arena->next * sizeof(*counts));

	memset(counts, 0, arena->next * sizeof(*counts));
	return counts;
}

const char *
table_check(struct table *t)
{
	/* check_told() makes sets: it comes before sets are counted. */
	static const char *(*const checks[])(struct table *, struct tally *) = {
	    check_trees, check_entries, check_peers, check_walks, check_owed, check_references};
	const char *broken = check_told(t, NULL);
	struct tally tally = {.sets = new_counts(&t->sets.sets),
	    .uses = {new_counts(&t->sets.sets), new_counts(&t->sets.sets)},
	    .attrs = new_counts(&t->attrs.attrs),
	    .reaches = new_counts(&t->reaches),
	    .pathids = new_counts(&t->pathids),
	    .partitions = new_counts(&t->partitions),
	    .partitions_held = new_counts(&t->partitions),
	    .partitions_stale = new_counts(&t->partitions),
	    .owed = new_counts(&t->entries)};

	for (size_t i = 0; broken == NULL && i < sizeof(checks) / sizeof(checks[0]); i++)
		broken = checks[i](t, &tally);
	free(tally.sets);
	free(tally.uses[0]);
	free(tally.uses[1]);
	free(tally.attrs);
	free(tally.reaches);
	free(tally.pathids);
	free(tally.partitions);
	free(tally.partitions_held);
	free(tally.partitions_stale);
	free(tally.owed);
	return broken;
}
