/*
 * Paths. Import never rewrites: a path is what the member sent plus the verdict of import policy,
 * rejected paths stay with their reason.
 *
 *   announcement --> fresh path: verdict --> reach --> control combination --> limit
 *   job of rejudge.c --/                                                          |
 *                         nothing decisive differs from the path there was:  adopt()
 *                         else:                          detach() the old, attach() the fresh
 *
 * A slot's paths of a family form a list in which generations ascend:
 *
 *      1 1 1 1 2 2 2 3 3 3 3 3 3 4 4 4 4      what is announced, or announced again, moves to the
 *      gone    | stale         | fresh        tail and becomes of the present generation
 *              keep = 2        generation = 4
 *
 * To make everything stale is a new generation, to sweep what is stale a new `keep`, and nothing is
 * looked at for either: the purge takes from the head what is gone, in slices. Stale paths are
 * told, ranked, judged and counted like fresh ones. Gone ones count nothing, so they do not eat
 * into the limit of what comes next, but are told until the purge comes by: one that is announced
 * again before is the same path to everybody.
 *
 * Generations grow only over paths, and their distances count, not their size, for a stranger may
 * let them wrap. Where nothing is stale, `keep` follows; where something always is, all that is
 * stale goes before the distance is too large to tell before from after.
 */
#include "rib/path.h"

#include "rib/entry.h"
#include "rib/partition.h"
#include "rib/pathid.h"
#include "rib/reach.h"

#define GENERATIONS_MAX (UINT32_C(1) << 30) /* from keep to the present one */

static enum family
family_of(const struct table *t, const struct path *path)
{
	return entry_at(t, path->entry)->family;
}

static bool
is_before(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) < 0;
}

enum path_age
path_age(const struct table *t, const struct path *path)
{
	const struct peer_family *pf = peer_at(t, path->slot, family_of(t, path));

	if (is_before(path->generation, pf->keep))
		return PATH_GONE;
	return path->generation == pf->generation ? PATH_FRESH : PATH_STALE;
}

bool
path_is_gone(const struct table *t, const struct path *path)
{
	return path_age(t, path) == PATH_GONE;
}

/* ---- the list of a slot ---- */

static void
list_append(struct table *t, struct peer_family *pf, uint32_t handle)
{
	struct path *path = path_at(t, handle);

	path->peer_prev = pf->paths_last;
	path->peer_next = 0;
	if (pf->paths_last != 0)
		path_at(t, pf->paths_last)->peer_next = handle;
	else
		pf->paths_first = handle;
	pf->paths_last = handle;
}

static void
list_remove(struct table *t, struct peer_family *pf, uint32_t handle)
{
	const struct path *path = path_at(t, handle);

	if (path->peer_prev != 0)
		path_at(t, path->peer_prev)->peer_next = path->peer_next;
	else
		pf->paths_first = path->peer_next;
	if (path->peer_next != 0)
		path_at(t, path->peer_next)->peer_prev = path->peer_prev;
	else
		pf->paths_last = path->peer_prev;
}

void
path_drop_stale(struct table *t, uint16_t slot, enum family family)
{
	struct peer_family *pf = peer_at(t, slot, family);

	if (pf->stale.received == 0)
		return;
	pf->keep = pf->generation;
	pf->held.received -= pf->stale.received;
	pf->held.accepted -= pf->stale.accepted;
	pf->held.over_reach -= pf->stale.over_reach;
	pf->stale = (struct path_counts){0};
	partition_drop_stale(t, slot, family);
	path_notice_room(t, slot, family);
	if (!slotbits_has(t->purge[family], t->nwords, slot)) {
		slotbits_add(t->purge[family], slot);
		t->purge_count++;
	}
}

void
path_stale_all(struct table *t, uint16_t slot, enum family family)
{
	struct peer_family *pf = peer_at(t, slot, family);

	if (pf->held.received == pf->stale.received)
		return;
	if (pf->generation - pf->keep >= GENERATIONS_MAX)
		path_drop_stale(t, slot, family);
	if (pf->stale.received == 0)
		pf->keep = pf->generation;
	pf->generation++;
	pf->stale = pf->held;
	partition_stale_all(t, slot, family);
}

/* ---- in and out of everything ---- */

static void
count_in(struct path_counts *counts, const struct path *path, int change)
{
	counts->received += (uint32_t)change;
	if (path->accepted)
		counts->accepted += (uint32_t)change;
	if (path->over_reach)
		counts->over_reach += (uint32_t)change;
}

static void
count(const struct table *t, const struct path *path, enum family family, int change)
{
	struct peer_family *pf = peer_at(t, path->slot, family);
	enum path_age age = path_age(t, path);

	if (age != PATH_GONE)
		count_in(&pf->held, path, change);
	if (age == PATH_STALE)
		count_in(&pf->stale, path, change);
}

/* Takes a path out of everything but its memory and its slot's list. */
static void
detach(struct table *t, uint32_t handle)
{
	struct path *path = path_at(t, handle);
	struct entry *e = entry_at(t, path->entry);

	entry_unlink(t, e, handle);
	count(t, path, e->family, -1);
	if (path->reach != 0) {
		entry_mark_dirty(t, path->entry);
		reach_unref(t, path->reach);
	}
	partition_give(t, path);
	attrstore_unref(&t->attrs, path->attrs);
}

void
path_notice_room(const struct table *t, uint16_t slot, enum family family)
{
	if (path_counted(t, slot, family) < t->peers[slot].config.limit[family])
		peer_at(t, slot, family)->refused = false;
}

void
path_remove(struct table *t, uint32_t handle)
{
	uint32_t entry = path_at(t, handle)->entry;
	uint16_t slot = path_at(t, handle)->slot;
	enum family family = entry_at(t, entry)->family;

	detach(t, handle);
	list_remove(t, peer_at(t, slot, family), handle);
	path_notice_room(t, slot, family);
	pathid_unref(t, path_at(t, handle)->sent_id);
	arena_free(&t->paths, handle);
	entry_release(t, entry);
}

/* Links a filled path, which has its reach and partition, into everything else. */
static void
attach(struct table *t, uint32_t handle)
{
	const struct path *path = path_at(t, handle);
	struct entry *e = entry_at(t, path->entry);

	attrstore_ref(&t->attrs, path->attrs);
	entry_link(t, e, handle);
	count(t, path, e->family, 1);
	if (path->reach != 0)
		entry_mark_dirty(t, path->entry);
}

/* ---- what policy says of it ---- */

/*
 * Fills in the verdict, and for what is shared out a counted reach; in a copy of a path that was
 * judged before, the one that it had may still be good.
 */
static void
judge(struct table *t, struct path *path, const struct prefix *prefix)
{
	uint32_t likely = path->reach;
	const struct attr *attr = attrstore_at(&t->attrs, path->attrs);
	struct path_view view = {.prefix = prefix,
	    .block = attr->block,
	    .block_len = attr->len,
	    .facts = &attr->facts,
	    .block_serial = attr->serial,
	    .slot = path->slot};
	struct verdict verdict = {.local_pref = 100};

	t->config.policy.judge(t->config.policy.ctx, &view, &verdict);
	path->local_pref = verdict.local_pref;
	path->tags = verdict.tags;
	path->accepted = verdict.accept;
	path->tagged = !verdict.accept && verdict.tagged;
	path->reason = verdict.accept ? TABLE_REASON_NONE : verdict.reason;
	path->over_reach = false;
	path->partition = 0;
	path->reach = 0;
	if (path->accepted || path->tagged)
		path->reach = reach_ref(t, likely, path->attrs, path->tags);
}

/*
 * Counts an accepted path in its control combination, or rejects it. The old path's place is free
 * for it: what it was counted in is given back first.
 */
static void
claim(struct table *t, struct path *fresh, struct path *old)
{
	if (old != NULL)
		partition_give(t, old);
	if (!fresh->accepted || partition_take(t, fresh))
		return;
	reach_unref(t, fresh->reach);
	fresh->reach = 0;
	fresh->accepted = false;
	fresh->over_reach = true;
	fresh->reason = t->config.reach_limit_reason;
}

/* True if what decides, and what is shown, is as it was; its age may differ. */
static bool
is_unchanged(const struct table *t, const struct path *path, const struct path *fresh)
{
	return path->bgp_id == fresh->bgp_id && path->attrs == fresh->attrs &&
	    path->local_pref == fresh->local_pref && path->tags == fresh->tags &&
	    path->reason == fresh->reason && path->accepted == fresh->accepted &&
	    path->tagged == fresh->tagged && path->fixed == fresh->fixed &&
	    path->over_reach == fresh->over_reach && reach_is_equal(t, path->reach, fresh->reach);
}

/*
 * An unchanged path takes over the age and the references of the fresh one; the time of receipt
 * only where the member had not said it in this session, nor kept it.
 */
static void
adopt(struct table *t, struct path *path, const struct path *fresh)
{
	enum family family = family_of(t, path);

	if (path->reach != 0)
		reach_unref(t, path->reach);
	path->reach = fresh->reach;
	path->partition = fresh->partition;
	if (path_is_gone(t, path))
		path->received_s = fresh->received_s;
	count(t, path, family, -1);
	path->generation = fresh->generation;
	count(t, path, family, 1);
}

/* Puts the fresh path in place of an old one. */
static void
replace(struct table *t, uint32_t old, struct path *fresh)
{
	attrstore_ref(&t->attrs, fresh->attrs);
	detach(t, old);
	fresh->peer_prev = path_at(t, old)->peer_prev;
	fresh->peer_next = path_at(t, old)->peer_next;
	*path_at(t, old) = *fresh;
	attach(t, old);
	attrstore_unref(&t->attrs, fresh->attrs);
}

/* ---- limits ---- */

uint32_t
path_counted(const struct table *t, uint16_t slot, enum family family)
{
	const struct peer_family *pf = peer_at(t, slot, family);

	return t->peers[slot].config.limit_accepted_only ? pf->held.accepted : pf->held.received;
}

/* True if one path more that counts would pass the limit. */
static bool
is_at_limit(const struct table *t, uint16_t slot, enum family family)
{
	const struct table_peer *config = &t->peers[slot].config;

	return config->limit[family] != 0 && !config->limit_soft &&
	    path_counted(t, slot, family) >= config->limit[family];
}

/* Before the verdict: where every path counts, one that replaces none. */
static bool
is_over_received(const struct table *t, const struct announcement *a)
{
	uint32_t entry, old;

	if (t->peers[a->slot].config.limit_accepted_only ||
	    !is_at_limit(t, a->slot, a->prefix->family))
		return false;
	entry = entry_find(t, a->prefix);
	old = entry == 0 ? 0 : entry_path(t, entry_at(t, entry), a->slot, a->path_id);
	return old == 0 || path_is_gone(t, path_at(t, old));
}

/* Behind it: where accepted paths count, an accepted one that replaces none. */
static bool
is_over_accepted(const struct table *t, const struct path *fresh, uint32_t old, enum family family)
{
	if (!t->peers[fresh->slot].config.limit_accepted_only || !fresh->accepted ||
	    !is_at_limit(t, fresh->slot, family))
		return false;
	return old == 0 || !path_at(t, old)->accepted || path_is_gone(t, path_at(t, old));
}

/* Gives up a fresh path, and what it would have replaced: a rejected one, or one that is gone. */
static void
give_up(struct table *t, struct path *fresh, uint32_t old)
{
	reach_unref(t, fresh->reach);
	partition_give(t, fresh);
	if (old != 0)
		path_remove(t, old);
	else
		entry_release(t, fresh->entry);
}

/*
 * True if the prefix may have one more path of the slot. Path ids may mean other paths after a
 * restart (RFC 7911 section 5): where it has no room, the last in rank of those that are stale
 * makes room, for else nothing would be left when they are swept.
 */
static bool
make_path_room(struct table *t, const struct announcement *a)
{
	unsigned most = t->peers[a->slot].config.paths_kept, others = 0, fresh = 0;
	uint32_t entry = most == 0 ? 0 : entry_find(t, a->prefix), stale = 0;

	if (entry == 0)
		return true;
	for (uint32_t h = entry_at(t, entry)->paths; h != 0; h = path_at(t, h)->next) {
		const struct path *path = path_at(t, h);
		enum path_age age;

		if (path->slot != a->slot || (age = path_age(t, path)) == PATH_GONE)
			continue;
		if (path->path_id == a->path_id)
			return true;
		others++;
		if (age == PATH_STALE)
			stale = h;
		else
			fresh++;
	}
	if (fresh < most && others >= most)
		path_remove(t, stale);
	return fresh < most;
}

/* ---- announced, or judged again ---- */

/* A path as announced, with its verdict, not linked into anything. */
static struct path
fresh_path(struct table *t, const struct announcement *a, uint32_t entry)
{
	struct path fresh = {.entry = entry,
	    .attrs = a->attrs,
	    .path_id = a->path_id,
	    .bgp_id = t->peers[a->slot].bgp_id,
	    .local_pref = 100,
	    .received_s = a->now_s,
	    .generation = peer_at(t, a->slot, a->prefix->family)->generation,
	    .slot = a->slot,
	    .fixed = a->fixed,
	    .reason = a->reason};

	if (!a->fixed)
		judge(t, &fresh, a->prefix);
	return fresh;
}

static void
put(struct table *t, struct path *fresh, uint32_t handle)
{
	enum family family = family_of(t, fresh);
	struct peer_family *pf = peer_at(t, fresh->slot, family);
	bool is_renewed;

	if (handle == 0) {
		fresh->sent_id = pathid_take(t, fresh->slot, fresh->path_id);
		handle = arena_alloc(&t->paths);
		*path_at(t, handle) = *fresh;
		attach(t, handle);
		list_append(t, pf, handle);
		return;
	}
	fresh->sent_id = path_at(t, handle)->sent_id;
	is_renewed = path_at(t, handle)->generation != fresh->generation;
	if (is_unchanged(t, path_at(t, handle), fresh))
		adopt(t, path_at(t, handle), fresh);
	else
		replace(t, handle, fresh);
	if (is_renewed) {
		list_remove(t, pf, handle);
		list_append(t, pf, handle);
	}
	path_notice_room(t, fresh->slot, family);
}

enum table_result
path_put(struct table *t, const struct announcement *a)
{
	enum family family = a->prefix->family;
	struct path fresh;
	uint32_t entry, old;

	if (!make_path_room(t, a)) {
		peer_at(t, a->slot, family)->over_paths++;
		return TABLE_OVER_PATHS;
	}
	if (is_over_received(t, a)) {
		peer_at(t, a->slot, family)->refused = true;
		return TABLE_OVER_LIMIT;
	}
	entry = entry_make(t, a->prefix);
	old = entry_path(t, entry_at(t, entry), a->slot, a->path_id);
	fresh = fresh_path(t, a, entry);
	claim(t, &fresh, old == 0 ? NULL : path_at(t, old));
	if (is_over_accepted(t, &fresh, old, family)) {
		give_up(t, &fresh, old);
		peer_at(t, a->slot, family)->refused = true;
		return TABLE_OVER_LIMIT;
	}
	put(t, &fresh, old);
	return TABLE_OK;
}

void
path_rejudge(struct table *t, uint32_t handle, const struct prefix *prefix)
{
	struct path *path = path_at(t, handle), fresh = *path;

	if (path->fixed || path_is_gone(t, path))
		return;
	judge(t, &fresh, prefix);
	claim(t, &fresh, path);
	put(t, &fresh, handle);
}
