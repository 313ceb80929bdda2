/*
 * Feeding and refresh.
 *
 *   walk {at} -> cohort {start, wrapped} -> slots        who joined at the same place
 *             -> cohort {start, wrapped} -> slots
 *
 * The walk goes round the key space. A cohort is through when the walk, having wrapped, comes to
 * its start. Feeding members become synchronised and get End-of-RIB; refreshing members, who were
 * synchronised all the time, are done. At one key all members need the same rows, so one block
 * serves them all.
 *
 * A refresh of a session with enhanced refresh (RFC 7313 section 4) stands between two markers.
 * BoRR goes out with the first slice that the walk moves after the member has joined, EoRR with
 * the one in which it has been round; within a batch they come first and last:
 *
 *   slice:   [ BoRR  rows ]  [ rows ]  [ rows  EoRR ]
 *
 * Only a member that reads everything may get EoRR: one that is cut off leaves its refresh, and
 * begins a new one when it has caught up (owed.c).
 *
 * Told rows may not yet know the class of a member (peer.c: reshare): then each entry is shared out
 * anew before its rows are sent; only that member's bit can differ. A member to whom everything is
 * told again is sent withdrawals of all entries that have no row for it.
 *
 * While the table is deferred (RFC 4724 section 4.1) no walk moves.
 */
#include "rib/walk.h"

#include <string.h>

#include "rib/audience.h"
#include "rib/batch.h"
#include "rib/owed.h"
#include "rib/told.h"

static struct walk *
walk_at(const struct table *t, uint32_t walk)
{
	return arena_at(&t->walks, walk);
}

static struct cohort *
cohort_at(const struct table *t, uint32_t cohort)
{
	return arena_at(&t->cohorts, cohort);
}

static bool
same_place(const struct place *a, const struct place *b)
{
	return a->any == b->any && (!a->any || prefix_compare(&a->last, &b->last) == 0);
}

/* ---- membership ---- */

static uint32_t
new_walk(struct table *t, enum family family, bool alone)
{
	uint32_t handle = arena_alloc(&t->walks);

	walk_at(t, handle)->family = (uint8_t)family;
	walk_at(t, handle)->alone = alone;
	if (t->walk_last != 0)
		walk_at(t, t->walk_last)->next = handle;
	else
		t->walk_first = handle;
	t->walk_last = handle;
	return handle;
}

static void
free_walk(struct table *t, uint32_t handle)
{
	uint32_t *at = &t->walk_first, before = 0;

	while (*at != handle) {
		before = *at;
		at = &walk_at(t, before)->next;
	}
	*at = walk_at(t, handle)->next;
	if (t->walk_last == handle)
		t->walk_last = before;
	if (t->walk_served == handle)
		t->walk_served = before;
	arena_free(&t->walks, handle);
}

static uint32_t
new_cohort(struct table *t, uint32_t walk, const struct place *start, bool wrapped)
{
	uint32_t handle = arena_alloc(&t->cohorts);

	*cohort_at(t, handle) = (struct cohort){
	    .next = walk_at(t, walk)->cohorts, .walk = walk, .wrapped = wrapped, .start = *start};
	walk_at(t, walk)->cohorts = handle;
	return handle;
}

static void
free_cohort(struct table *t, uint32_t handle)
{
	uint32_t walk = cohort_at(t, handle)->walk;
	uint32_t *at = &walk_at(t, walk)->cohorts;

	while (*at != handle)
		at = &cohort_at(t, *at)->next;
	*at = cohort_at(t, handle)->next;
	arena_free(&t->cohorts, handle);
	if (walk_at(t, walk)->cohorts == 0)
		free_walk(t, walk);
}

void
walk_update_blocked(struct table *t, uint16_t slot, enum family family)
{
	struct peer_family *pf = peer_at(t, slot, family);
	bool blocked = pf->walk != 0 && (t->peers[slot].held || pf->lagging);

	if (blocked == pf->blocked)
		return;
	pf->blocked = blocked;
	if (blocked)
		walk_at(t, pf->walk)->blocked++;
	else
		walk_at(t, pf->walk)->blocked--;
}

static void
add_member(struct table *t, uint16_t slot, enum family family, uint32_t cohort)
{
	struct peer_family *pf = peer_at(t, slot, family);
	struct cohort *c = cohort_at(t, cohort);

	pf->walk = c->walk;
	pf->cohort = cohort;
	pf->cohort_prev = 0;
	pf->cohort_next = c->members;
	if (c->members != 0)
		peer_at(t, c->members - 1, family)->cohort_prev = slot + 1U;
	c->members = slot + 1U;
	walk_update_blocked(t, slot, family);
	t->audience[family].stale = true;
}

static void
remove_member(struct table *t, uint16_t slot, enum family family)
{
	struct peer_family *pf = peer_at(t, slot, family);
	uint32_t cohort = pf->cohort;

	if (pf->blocked)
		walk_at(t, pf->walk)->blocked--;
	pf->blocked = false;
	if (pf->cohort_prev != 0)
		peer_at(t, pf->cohort_prev - 1, family)->cohort_next = pf->cohort_next;
	else
		cohort_at(t, cohort)->members = pf->cohort_next;
	if (pf->cohort_next != 0)
		peer_at(t, pf->cohort_next - 1, family)->cohort_prev = pf->cohort_prev;
	pf->walk = pf->cohort = pf->cohort_prev = pf->cohort_next = 0;
	if (cohort_at(t, cohort)->members == 0)
		free_cohort(t, cohort);
	t->audience[family].stale = true;
}

void
walk_leave(struct table *t, uint16_t slot, enum family family)
{
	struct peer_family *pf = peer_at(t, slot, family);

	if (pf->walk == 0)
		return;
	remove_member(t, slot, family);
	pf->borr_due = pf->eorr_due = false;
}

/* The walk of the family that everybody shares, or 0. */
static uint32_t
shared_walk(const struct table *t, enum family family)
{
	uint32_t w = t->walk_first;

	while (w != 0 && (walk_at(t, w)->family != family || walk_at(t, w)->alone))
		w = walk_at(t, w)->next;
	return w;
}

void
walk_join(struct table *t, uint16_t slot, enum family family)
{
	struct peer_family *pf = peer_at(t, slot, family);
	bool alone = t->peers[slot].held || pf->lagging;
	uint32_t w = alone ? 0 : shared_walk(t, family), c;

	if (w == 0)
		w = new_walk(t, family, alone);
	c = walk_at(t, w)->cohorts;
	if (c == 0 || cohort_at(t, c)->wrapped ||
	    !same_place(&cohort_at(t, c)->start, &walk_at(t, w)->at))
		c = new_cohort(t, w, &walk_at(t, w)->at, false);
	add_member(t, slot, family, c);
	pf->borr_due = pf->eorr_due = pf->synced && t->peers[slot].enhanced_refresh;
}

void
walk_split(struct table *t, uint16_t slot, enum family family)
{
	const struct peer_family *pf = peer_at(t, slot, family);
	struct cohort old;
	struct place at;
	uint32_t w;

	if (pf->walk == 0)
		return;
	at = walk_at(t, pf->walk)->at;
	old = *cohort_at(t, pf->cohort);
	remove_member(t, slot, family);
	w = new_walk(t, family, true);
	walk_at(t, w)->at = at;
	add_member(t, slot, family, new_cohort(t, w, &old.start, old.wrapped));
}

bool
walk_has_passed(const struct table *t, uint16_t slot, const struct prefix *key)
{
	const struct peer_family *pf = peer_at(t, slot, key->family);
	const struct cohort *cohort;
	bool behind_start, behind_walk;

	if (pf->synced || pf->walk == 0)
		return pf->synced;
	cohort = cohort_at(t, pf->cohort);
	behind_start = place_is_before(&cohort->start, key);
	behind_walk = place_is_before(&walk_at(t, pf->walk)->at, key);
	return cohort->wrapped ? behind_start || !behind_walk : behind_start && !behind_walk;
}

/* ---- walking ---- */

/* Who goes along, for the length of one slice. */
struct company {
	set_id class[CLASS_COUNT];
	set_id retell;
	bool reshare;
};

static void
gather(struct table *t, const struct walk *walk, struct company *out)
{
	uint64_t *words = t->scratch[3], *all = t->scratch[1], *retell = t->scratch[2];

	memset(all, 0, t->nwords * sizeof(*all));
	memset(retell, 0, t->nwords * sizeof(*retell));
	*out = (struct company){0};
	for (uint32_t c = walk->cohorts; c != 0; c = cohort_at(t, c)->next) {
		uint32_t m = cohort_at(t, c)->members;

		while (m != 0) {
			const struct peer_family *pf = peer_at(t, m - 1, walk->family);

			slotbits_add(all, m - 1);
			if (pf->retell)
				slotbits_add(retell, m - 1);
			out->reshare = out->reshare || pf->reshare;
			m = pf->cohort_next;
		}
	}
	out->retell = slotset_intern(&t->sets, retell, t->nwords);
	for (unsigned class = 0; class < CLASS_COUNT; class ++) {
		for (size_t i = 0; i < t->nwords; i++)
			words[i] = all[i] & t->class[walk->family][class][i];
		out->class[class] = slotset_intern(&t->sets, words, t->nwords);
	}
}

/* Adds one change for those of the company who are in the set. */
static void
tell(struct table *t, const struct company *company, enum emission_kind kind, set_id set,
    attrs_id form, const struct prefix *prefix, uint32_t path_id)
{
	for (unsigned class = 0; class < CLASS_COUNT; class ++) {
		bool with_ids = (class & CLASS_ADD_PATH) != 0;
		set_id to = slotset_and(&t->sets, set, company->class[class]);

		if (to != SLOTSET_EMPTY)
			batch_add(
			    t, kind, (uint8_t) class, to, form, prefix, with_ids ? path_id : 0);
	}
}

static void
visit(struct table *t, uint32_t handle, const struct prefix *prefix, const struct company *company)
{
	struct entry *e = entry_at(t, handle);
	set_id gone = company->retell;

	if (e->dirty || company->reshare)
		told_commit(t, handle);
	if (e->told.set != SLOTSET_EMPTY) {
		for (const struct told_row *row = &e->told;; row = row_at(t, row->next)) {
			tell(t, company, EMIT_ANNOUNCE, row->set, row->form, prefix, row->path_id);
			gone = slotset_minus(&t->sets, gone, row->set);
			if (row->next == 0)
				break;
		}
	}
	if (gone != SLOTSET_EMPTY)
		tell(t, company, EMIT_WITHDRAW, gone, 0, prefix, 0);
}

/* Adds one marker for these slots. */
static void
add_markers(struct table *t, enum emission_kind kind, enum family family, const uint64_t *slots)
{
	uint64_t *words = t->scratch[3];

	for (unsigned class = 0; class < CLASS_COUNT; class ++) {
		set_id to;

		for (size_t i = 0; i < t->nwords; i++)
			words[i] = slots[i] & t->class[family][class][i];
		to = slotset_intern(&t->sets, words, t->nwords);
		if (to != SLOTSET_EMPTY)
			batch_add_marker(t, kind, family, (uint8_t) class, to);
	}
}

/* BoRR for members whose refresh begins with this slice. */
static void
begin_refreshes(struct table *t, const struct walk *walk)
{
	uint64_t *begun = t->scratch[1];

	memset(begun, 0, t->nwords * sizeof(*begun));
	for (uint32_t c = walk->cohorts; c != 0; c = cohort_at(t, c)->next) {
		uint32_t m = cohort_at(t, c)->members;

		while (m != 0) {
			struct peer_family *pf = peer_at(t, m - 1, walk->family);

			if (pf->borr_due)
				slotbits_add(begun, m - 1);
			pf->borr_due = false;
			m = pf->cohort_next;
		}
	}
	add_markers(t, EMIT_BORR, walk->family, begun);
}

/* A member has been round. */
static void
finish_member(struct table *t, uint16_t slot, enum family family)
{
	struct peer_family *pf = peer_at(t, slot, family);

	walk_leave(t, slot, family);
	if (!pf->synced) {
		pf->synced = true;
		slotbits_add(t->synced[family], slot);
		pf->reshare = false;
		owed_end_retell(t, slot, family);
	}
	if (pf->eor_due) {
		pf->eor_due = false;
		pf->eor_pending = true;
	}
	if (pf->refresh_again) {
		pf->refresh_again = false;
		walk_join(t, slot, family);
	}
}

static void
finish_cohort(struct table *t, uint32_t handle, enum family family)
{
	uint64_t *fed = t->scratch[1], *refreshed = t->scratch[2];
	uint32_t m = cohort_at(t, handle)->members, next;

	memset(fed, 0, t->nwords * sizeof(*fed));
	memset(refreshed, 0, t->nwords * sizeof(*refreshed));
	for (; m != 0; m = next) {
		const struct peer_family *pf = peer_at(t, m - 1, family);

		next = pf->cohort_next;
		if (pf->eor_due)
			slotbits_add(fed, m - 1);
		if (pf->eorr_due)
			slotbits_add(refreshed, m - 1);
		finish_member(t, (uint16_t)(m - 1), family);
	}
	add_markers(t, EMIT_EOR, family, fed);
	add_markers(t, EMIT_EORR, family, refreshed);
}

/* Ends the round of the cohorts whose start lies before the key. True if there were any. */
static bool
finish_before(struct table *t, uint32_t w, const struct prefix *key)
{
	enum family family = key->family;
	bool any = false;
	uint32_t next;

	for (uint32_t c = walk_at(t, w)->cohorts; c != 0; c = next) {
		const struct cohort *cohort = cohort_at(t, c);

		next = cohort->next;
		if (!cohort->wrapped || !place_is_before(&cohort->start, key))
			continue;
		any = true;
		finish_cohort(t, c, family);
	}
	return any;
}

/* The walk has come to the end of the family: back to the beginning. */
static void
wrap(struct table *t, uint32_t w)
{
	enum family family = walk_at(t, w)->family;
	uint32_t c = walk_at(t, w)->cohorts, next;

	walk_at(t, w)->at = (struct place){0};
	for (; c != 0; c = next) {
		struct cohort *cohort = cohort_at(t, c);
		bool through = cohort->wrapped || !cohort->start.any;

		next = cohort->next;
		cohort->wrapped = true;
		if (through)
			finish_cohort(t, c, family);
	}
}

static void
advance(struct table *t, uint32_t w, unsigned max)
{
	struct walk *walk = walk_at(t, w);
	const struct radix *tree = &t->tree[walk->family];
	struct company company;
	struct radix_pass pass;
	struct prefix key;

	begin_refreshes(t, walk);
	gather(t, walk, &company);
	radix_pass_init(&pass, tree, walk->at.any ? &walk->at.last : NULL, false);
	for (; max > 0; max--) {
		uint32_t node = radix_pass_next(&pass);

		if (node == 0) {
			wrap(t, w);
			return;
		}
		radix_prefix(tree, node, &key);
		if (finish_before(t, w, &key))
			return;
		visit(t, radix_at(tree, node)->value, &key, &company);
		walk->at.any = true;
		walk->at.last = key;
	}
}

/* The next walk that can move, after the one that moved last; 0 if none can. */
static uint32_t
next_walk(const struct table *t)
{
	uint32_t after = t->walk_served == 0 ? 0 : walk_at(t, t->walk_served)->next, w;

	if (t->deferred)
		return 0;
	for (w = after; w != 0; w = walk_at(t, w)->next) {
		if (walk_at(t, w)->blocked == 0)
			return w;
	}
	for (w = t->walk_first; w != after; w = walk_at(t, w)->next) {
		if (walk_at(t, w)->blocked == 0)
			return w;
	}
	return 0;
}

void
walk_slice(struct table *t, unsigned max)
{
	uint32_t w = next_walk(t);

	if (w == 0)
		return;
	t->walk_served = w;
	t->audience[walk_at(t, w)->family].stale = true;
	advance(t, w, max);
}

void
table_defer(struct table *t, bool defer)
{
	t->deferred = defer;
}

bool
walk_is_left(const struct table *t)
{
	return next_walk(t) != 0;
}
