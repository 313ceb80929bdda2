/*
 * The auditor's second half: slots, their lists and counters, walks and debts.
 */
#include "rib/check.h"
#include "rib/path.h"

/* ---- slots ---- */

static const char *
check_words(const struct table *t, uint32_t slot, unsigned family)
{
	const struct peer_family *pf = peer_at(t, slot, family);
	bool to_drain = pf->drained && (pf->owed.count > 0 || pf->eor_owed);

	if (slotbits_has(t->synced[family], t->nwords, slot) != pf->synced)
		return "peer: the set of the synchronised is wrong";
	if (slotbits_has(t->lagging[family], t->nwords, slot) != pf->lagging)
		return "peer: the set of the lagging is wrong";
	if (slotbits_has(t->to_drain[family], t->nwords, slot) != to_drain)
		return "peer: the set of those to be paid is wrong";
	for (unsigned class = 0; class < CLASS_COUNT; class ++) {
		if (slotbits_has(t->class[family][class], t -> nwords, slot) !=
		    (pf->able && pf->class == class))
			return "peer: the set of a class is wrong";
	}
	return NULL;
}

static const char *
check_states(const struct table *t, uint32_t slot, unsigned family)
{
	const struct peer_family *pf = peer_at(t, slot, family);

	if (pf->up && (!t->peers[slot].up || !pf->able))
		return "peer: a family without a session";
	if (!pf->up &&
	    (pf->synced || pf->walk != 0 || pf->lagging || pf->retell || pf->owed.count != 0))
		return "peer: something is left of a session";
	if (pf->up && !pf->synced && pf->walk == 0)
		return "peer: nobody feeds it";
	if ((pf->reshare || pf->up) && !pf->able)
		return "peer: receives what it is not able to have";
	if (pf->drained && !pf->lagging)
		return "peer: drained, but not lagging";
	if ((pf->retell || pf->reshare) && pf->synced)
		return "peer: synchronised before its walk is over";
	return NULL;
}

static void
tally_path(struct path_counts *counts, const struct path *path)
{
	counts->received++;
	counts->accepted += path->accepted;
	counts->over_reach += path->over_reach;
}

static bool
same_counts(const struct path_counts *a, const struct path_counts *b)
{
	return a->received == b->received && a->accepted == b->accepted &&
	    a->over_reach == b->over_reach;
}

static const char *
check_ages(const struct table *t, uint32_t slot, unsigned family)
{
	const struct peer_family *pf = peer_at(t, slot, family);
	struct path_counts held = {0}, stale = {0};
	uint32_t gone = 0;

	for (uint32_t h = pf->paths_first; h != 0; h = path_at(t, h)->peer_next) {
		const struct path *path = path_at(t, h);
		enum path_age age = path_age(t, path);

		gone += age == PATH_GONE;
		if (age != PATH_GONE)
			tally_path(&held, path);
		if (age == PATH_STALE)
			tally_path(&stale, path);
		if (age == PATH_FRESH && !t->peers[slot].up)
			return "peer: a fresh path without a session";
	}
	if (!same_counts(&held, &pf->held) || !same_counts(&stale, &pf->stale))
		return "peer: a counter is wrong";
	if (gone > 0 && !slotbits_has(t->purge[family], t->nwords, slot))
		return "peer: nobody purges what is gone";
	return NULL;
}

/* Refreshes, and what the slot waits for behind its walk. */
static const char *
check_markers(const struct table *t, uint32_t slot, unsigned family)
{
	const struct peer_family *pf = peer_at(t, slot, family);
	bool refreshed = pf->synced && pf->walk != 0;

	if (pf->eorr_due != (refreshed && t->peers[slot].enhanced_refresh))
		return "peer: a refresh without its EoRR, or EoRR without refresh";
	if (pf->borr_due && !pf->eorr_due)
		return "peer: BoRR without EoRR";
	if (refreshed && (pf->lagging || pf->eor_due || pf->eor_owed))
		return "peer: refreshed before it has what came before";
	if (pf->refresh_again && !pf->lagging && pf->walk == 0)
		return "peer: a refresh that nobody begins";
	return NULL;
}

static const char *
check_list(const struct table *t, uint32_t slot, unsigned family, uint32_t *paths)
{
	const struct peer_family *pf = peer_at(t, slot, family);
	uint32_t before = 0;

	for (uint32_t h = pf->paths_first; h != 0; h = path_at(t, h)->peer_next) {
		const struct path *path = path_at(t, h);

		if (path->slot != slot || entry_at(t, path->entry)->family != family)
			return "peer: another one's path";
		if (path->peer_prev != before)
			return "peer: the list of paths is broken";
		if (before != 0 && (int32_t)(path->generation - path_at(t, before)->generation) < 0)
			return "peer: generations do not ascend";
		before = h;
		(*paths)++;
	}
	if (before != pf->paths_last)
		return "peer: the list of paths has another end";
	return check_ages(t, slot, family);
}

const char *
check_peers(struct table *t, struct tally *tally)
{
	const char *broken = NULL;
	uint32_t paths = 0;

	(void)tally;
	for (uint32_t i = 0; broken == NULL && i < t->config.slots * FAMILY_COUNT; i++) {
		uint32_t slot = i / FAMILY_COUNT, family = i % FAMILY_COUNT;

		broken = check_words(t, slot, family);
		if (broken == NULL)
			broken = check_states(t, slot, family);
		if (broken == NULL)
			broken = check_markers(t, slot, family);
		if (broken == NULL)
			broken = check_list(t, slot, family, &paths);
	}
	if (broken == NULL && paths != t->paths.live)
		broken = "peer: paths that no list has";
	return broken;
}

/* ---- walks ---- */

static const char *
check_cohort(const struct table *t, uint32_t w, uint32_t c, uint32_t *blocked, uint32_t *members)
{
	const struct walk *walk = arena_at(&t->walks, w);
	const struct cohort *cohort = arena_at(&t->cohorts, c);
	uint32_t before = 0;

	if (cohort->walk != w)
		return "walk: another one's cohort";
	if (cohort->members == 0)
		return "walk: a cohort of nobody";
	for (uint32_t m = cohort->members; m != 0;) {
		const struct peer_family *pf = peer_at(t, m - 1, walk->family);

		if (!pf->up || pf->walk != w || pf->cohort != c || pf->cohort_prev != before)
			return "walk: a member that is none";
		if (pf->blocked != (t->peers[m - 1].held || pf->lagging))
			return "walk: a member that blocks or does not";
		*blocked += pf->blocked;
		(*members)++;
		before = m;
		m = pf->cohort_next;
	}
	return NULL;
}

const char *
check_walks(struct table *t, struct tally *tally)
{
	uint32_t walks = 0, cohorts = 0, members = 0, expected = 0;

	(void)tally;
	for (uint32_t w = t->walk_first; w != 0;) {
		const struct walk *walk = arena_at(&t->walks, w);
		uint32_t blocked = 0;

		for (uint32_t c = walk->cohorts; c != 0;) {
			const char *broken = check_cohort(t, w, c, &blocked, &members);

			if (broken != NULL)
				return broken;
			cohorts++;
			c = ((const struct cohort *)arena_at(&t->cohorts, c))->next;
		}
		if (blocked != walk->blocked)
			return "walk: the count of who blocks it is wrong";
		walks++;
		w = walk->next;
	}
	for (uint32_t i = 0; i < t->config.slots * FAMILY_COUNT; i++)
		expected += peer_at(t, i / FAMILY_COUNT, i % FAMILY_COUNT)->walk != 0;
	if (walks != t->walks.live || cohorts != t->cohorts.live || members != expected)
		return "walk: somebody is in a walk that is not there";
	return NULL;
}

/* ---- debts ---- */

static const char *
check_owed_list(
    const struct table *t, const struct owed_list *list, bool of_owner, struct tally *tally)
{
	uint32_t count = 0, last = 0;

	for (uint32_t h = list->first; h != 0; count++) {
		const struct owed *o = arena_at(&t->owed, h);

		if (of_owner && o->owner != list->owner)
			return "owed: another one's debt";
		if (!arena_is_live(&t->entries, o->entry))
			return "owed: of an entry that is gone";
		tally->owed[o->entry]++;
		last = h;
		h = o->next;
	}
	if (count != list->count || last != list->last)
		return "owed: the list is broken";
	return NULL;
}

const char *
check_owed(struct table *t, struct tally *tally)
{
	const char *broken = check_owed_list(t, &t->dropped, false, tally);
	uint32_t count = t->dropped.count, retellers[FAMILY_COUNT] = {0};

	for (uint32_t i = 0; broken == NULL && i < t->config.slots * FAMILY_COUNT; i++) {
		const struct peer_family *pf = peer_at(t, i / FAMILY_COUNT, i % FAMILY_COUNT);

		broken = check_owed_list(t, &pf->owed, true, tally);
		count += pf->owed.count;
		retellers[i % FAMILY_COUNT] += pf->retell;
		if (pf->owed.count > 0 && !pf->lagging)
			broken = "owed: to one that does not lag";
	}
	if (broken == NULL && (count != t->owed.live || count != t->owed_index.count))
		broken = "owed: debts of nobody";
	if (broken == NULL && (retellers[0] != t->retellers[0] || retellers[1] != t->retellers[1]))
		broken = "owed: the count of those told everything again is wrong";
	return broken;
}
