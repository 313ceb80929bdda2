/*
 * Debts. A cut peer stops reading the log; the prefixes in blocks that it never had, and whatever
 * changes from then on, are owed to it. Once its socket has drained it is told the current row or a
 * withdrawal for exactly those, whatever it may have had before: a prefix announced in a block it
 * never read and withdrawn since must not stay there for ever.
 *
 *   owed_index: (owner, entry, path id) -> record         found once, owed once
 *   peer.family.owed: record -> record -> ...             told first in, first out
 *   dropped: records whose owner is over                  released in slices
 *
 * A refresh (walk.c) that runs when its peer is cut is given up: nobody knows which of its markers
 * and rows were read. It is done again, with markers of its own, when nothing is owed any more.
 *
 * An owner number names one life of one list, so that debts of a session that is over are not those
 * of the next. Entries stay while somebody is owed them.
 *
 * A receiver without path ids that is owed more than owed_max is told everything again: its debts
 * are dropped, it counts as not fed, and a walk of its own goes over all entries and withdraws
 * those that it is not told. Entries that become empty meanwhile are kept for that ("tombs"), swept
 * when the last such walk is over. For receivers with path ids that would not do, since the ids to
 * be withdrawn are nowhere but in the debts: theirs are never converted, and the caller watches the
 * count and ends the session.
 */
#include "rib/owed.h"

#include "rib/batch.h"
#include "rib/entry.h"
#include "rib/told.h"
#include "rib/walk.h"

static struct owed *
owed_at(const struct table *t, uint32_t handle)
{
	return arena_at(&t->owed, handle);
}

static uint32_t
hash_of(uint32_t owner, uint32_t entry, uint32_t path_id)
{
	uint64_t mix = ((uint64_t)owner << 32 | entry) * UINT64_C(0x9e3779b97f4a7c15) ^
	    (uint64_t)path_id * UINT64_C(0xc2b2ae3d27d4eb4f);

	return (uint32_t)(mix >> 32) ^ (uint32_t)(mix >> 7);
}

static bool
has_ids(const struct peer_family *pf)
{
	return (pf->class & CLASS_ADD_PATH) != 0;
}

static void
set_to_drain(struct table *t, uint16_t slot, enum family family, bool on)
{
	uint64_t *words = t->to_drain[family];

	if (slotbits_has(words, t->nwords, slot) == on)
		return;
	if (on) {
		slotbits_add(words, slot);
		t->to_drain_count++;
	} else {
		slotbits_remove(words, slot);
		t->to_drain_count--;
	}
}

static bool
is_owed(const struct table *t, uint32_t owner, uint32_t entry, uint32_t path_id, uint32_t hash)
{
	uint32_t handle = 0;

	while ((handle = index_find(&t->owed_index, hash, handle)) != 0) {
		const struct owed *o = owed_at(t, handle);

		if (o->owner == owner && o->entry == entry && o->path_id == path_id)
			return true;
	}
	return false;
}

/* Moves all records to the list of the dropped. */
static void
drop_list(struct table *t, struct owed_list *list)
{
	if (list->first != 0) {
		if (t->dropped.last != 0)
			owed_at(t, t->dropped.last)->next = list->first;
		else
			t->dropped.first = list->first;
		t->dropped.last = list->last;
		t->dropped.count += list->count;
	}
	*list = (struct owed_list){.owner = ++t->owed_owner};
}

/* Takes the first record off a list. */
static struct owed
take_first(struct table *t, struct owed_list *list)
{
	uint32_t handle = list->first;
	struct owed o = *owed_at(t, handle);

	list->first = o.next;
	if (list->first == 0)
		list->last = 0;
	list->count--;
	index_remove(&t->owed_index, handle);
	arena_free(&t->owed, handle);
	entry_at(t, o.entry)->owed--;
	return o;
}

/* ---- lagging and not ---- */

/* Nothing is owed any more: it is told again with all others. */
static void
catch_up(struct table *t, uint16_t slot, enum family family)
{
	struct peer_family *pf = peer_at(t, slot, family);

	set_to_drain(t, slot, family, false);
	slotbits_remove(t->lagging[family], slot);
	pf->lagging = pf->drained = false;
	t->audience[family].stale = true;
	walk_update_blocked(t, slot, family);
	if (pf->refresh_again && pf->synced) {
		pf->refresh_again = false;
		walk_join(t, slot, family);
	}
}

void
owed_cut(struct table *t, uint16_t slot, enum family family)
{
	struct peer_family *pf = peer_at(t, slot, family);

	if (!pf->up)
		return;
	pf->drained = false;
	set_to_drain(t, slot, family, false);
	if (pf->lagging)
		return;
	pf->lagging = true;
	slotbits_add(t->lagging[family], slot);
	t->audience[family].stale = true;
	if (pf->synced && pf->walk != 0) {
		walk_leave(t, slot, family);
		pf->refresh_again = true;
	}
	walk_split(t, slot, family);
	walk_update_blocked(t, slot, family);
}

void
owed_drain(struct table *t, uint16_t slot, enum family family)
{
	struct peer_family *pf = peer_at(t, slot, family);

	if (!pf->lagging)
		return;
	pf->drained = true;
	if (pf->owed.count == 0 && !pf->eor_owed)
		catch_up(t, slot, family);
	else
		set_to_drain(t, slot, family, true);
}

void
owed_end_retell(struct table *t, uint16_t slot, enum family family)
{
	struct peer_family *pf = peer_at(t, slot, family);

	if (!pf->retell)
		return;
	pf->retell = false;
	if (--t->retellers[family] == 0) {
		t->sweep[family] = true;
		t->sweep_at[family] = (struct place){0};
	}
}

void
owed_forget(struct table *t, uint16_t slot, enum family family)
{
	struct peer_family *pf = peer_at(t, slot, family);

	drop_list(t, &pf->owed);
	set_to_drain(t, slot, family, false);
	slotbits_remove(t->lagging[family], slot);
	pf->lagging = pf->drained = false;
	pf->eor_due = pf->eor_pending = pf->eor_owed = false;
	owed_end_retell(t, slot, family);
}

/* ---- owing ---- */

/* Too much: it is fed again from here, withdrawals included. */
static void
tell_everything(struct table *t, uint16_t slot, enum family family)
{
	struct peer_family *pf = peer_at(t, slot, family);

	drop_list(t, &pf->owed);
	if (!pf->retell)
		t->retellers[family]++;
	pf->retell = true;
	pf->synced = false;
	slotbits_remove(t->synced[family], slot);
	pf->eor_due = pf->eor_due || pf->eor_owed;
	pf->eor_owed = false;
	/* All of it is a refresh, too, but for who waits for markers. */
	pf->refresh_again = pf->refresh_again && t->peers[slot].enhanced_refresh;
	t->audience[family].stale = true;
	walk_leave(t, slot, family);
	walk_join(t, slot, family);
	if (pf->drained)
		catch_up(t, slot, family);
}

void
owed_add(struct table *t, uint16_t slot, uint32_t entry, uint32_t path_id)
{
	struct entry *e = entry_at(t, entry);
	enum family family = e->family;
	struct peer_family *pf = peer_at(t, slot, family);
	uint32_t hash, handle;
	struct prefix prefix;

	if (pf->retell) {
		entry_prefix(t, e, &prefix);
		if (!walk_has_passed(t, slot, &prefix))
			return;
	}
	if (!has_ids(pf))
		path_id = 0;
	hash = hash_of(pf->owed.owner, entry, path_id);
	if (is_owed(t, pf->owed.owner, entry, path_id, hash))
		return;
	handle = arena_alloc(&t->owed);
	*owed_at(t, handle) =
	    (struct owed){.owner = pf->owed.owner, .entry = entry, .path_id = path_id};
	index_insert(&t->owed_index, handle, hash);
	e->owed++;
	t->debts_made++;
	if (pf->owed.last != 0)
		owed_at(t, pf->owed.last)->next = handle;
	else
		pf->owed.first = handle;
	pf->owed.last = handle;
	pf->owed.count++;
	if (!has_ids(pf) && pf->owed.count > t->config.owed_max)
		tell_everything(t, slot, family);
}

void
owed_add_prefix(struct table *t, uint16_t slot, const struct prefix *prefix, uint32_t path_id)
{
	uint32_t entry = entry_make(t, prefix);

	owed_add(t, slot, entry, path_id);
	entry_release(t, entry);
}

void
owed_add_eor(struct table *t, uint16_t slot, enum family family)
{
	struct peer_family *pf = peer_at(t, slot, family);

	pf->eor_pending = false;
	if (pf->synced)
		pf->eor_owed = true;
	else
		pf->eor_due = true;
}

/* ---- paying ---- */

static void
pay(struct table *t, uint16_t slot, enum family family, const struct owed *o)
{
	const struct peer_family *pf = peer_at(t, slot, family);
	const struct entry *e = entry_at(t, o->entry);
	const struct told_row *row = told_find(t, e, slot, has_ids(pf), o->path_id);
	struct prefix prefix;

	entry_prefix(t, e, &prefix);
	batch_add(t, row != NULL ? EMIT_ANNOUNCE : EMIT_WITHDRAW, pf->class,
	    slotset_of(&t->sets, slot), row != NULL ? row->form : 0, &prefix, o->path_id);
	entry_release(t, o->entry);
}

/* Pays one slot; returns how many of max are left. */
static unsigned
pay_slot(struct table *t, uint16_t slot, enum family family, unsigned max)
{
	struct peer_family *pf = peer_at(t, slot, family);

	for (; max > 0 && pf->owed.count > 0; max--) {
		struct owed o = take_first(t, &pf->owed);

		pay(t, slot, family, &o);
	}
	if (pf->owed.count > 0)
		return max;
	if (pf->eor_owed) {
		pf->eor_owed = false;
		pf->eor_pending = true;
		batch_add_marker(t, EMIT_EOR, family, pf->class, slotset_of(&t->sets, slot));
	}
	catch_up(t, slot, family);
	return max;
}

void
owed_slice(struct table *t, unsigned max)
{
	while (max > 0 && t->to_drain_count > 0) {
		enum family f = t->to_drain_family = (t->to_drain_family + 1) % FAMILY_COUNT;
		unsigned slot = slotbits_next_round(t->to_drain[f], t->nwords, t->to_drain_at[f]);

		if (slot >= t->config.slots)
			continue;
		t->to_drain_at[f] = slot + 1;
		max = pay_slot(t, (uint16_t)slot, f, max);
	}
}

/* ---- sweeping ---- */

static void
sweep_tombs(struct table *t, enum family family, unsigned max)
{
	const struct radix *tree = &t->tree[family];
	struct place *at = &t->sweep_at[family];
	struct radix_pass pass;
	uint32_t node = 0;

	radix_pass_init(&pass, tree, at->any ? &at->last : NULL, false);
	while (max-- > 0 && (node = radix_pass_next(&pass)) != 0) {
		uint32_t entry = radix_at(tree, node)->value;

		at->any = true;
		radix_prefix(tree, node, &at->last);
		if (!entry_is_empty(entry_at(t, entry)))
			continue;
		entry_release(t, entry);
		radix_pass_init(&pass, tree, &at->last, false);
	}
	if (node == 0)
		t->sweep[family] = false;
}

void
owed_sweep_slice(struct table *t, unsigned max)
{
	for (unsigned i = 0; i < max && t->dropped.count > 0; i++) {
		struct owed o = take_first(t, &t->dropped);

		entry_release(t, o.entry);
	}
	for (unsigned f = 0; f < FAMILY_COUNT; f++) {
		if (t->sweep[f] && t->retellers[f] == 0)
			sweep_tombs(t, f, max);
	}
}

bool
owed_sweep_is_left(const struct table *t)
{
	bool left = t->dropped.count > 0;

	for (unsigned f = 0; f < FAMILY_COUNT; f++)
		left = left || (t->sweep[f] && t->retellers[f] == 0);
	return left;
}
