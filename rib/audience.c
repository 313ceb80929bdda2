/*
 * Audience: told rows do not depend on who is up; blocks do. Told at once are the synchronised
 * peers and those feeding peers whose own walk has passed the key, without the lagging ones, who
 * are owed it instead.
 *
 * Walks are circular, so "passed" is an arc of the key space that begins where the peer's cohort
 * started and ends where its walk is. The ends of all arcs cut the key space into regions with one
 * audience each:
 *
 *   begin ----- s1 ------ at ---------- s2 -------- end
 *       live     live+c1      live         live+c2 (wrapped: c2 has [s2, end) and [begin, at))
 *
 * Mostly nobody is feeding, and there is one region whose sets stay for a long time.
 */
#include "rib/audience.h"

#include <stdlib.h>
#include <string.h>

static int
place_compare(const struct place *a, const struct place *b)
{
	if (!a->any || !b->any)
		return (int)a->any - (int)b->any;
	return prefix_compare(&a->last, &b->last);
}

static int
compare_regions(const void *a, const void *b)
{
	return place_compare(&((const struct region *)a)->from, &((const struct region *)b)->from);
}

static void
forget(struct table *t, struct region *region)
{
	if (!region->ready)
		return;
	for (unsigned class = 0; class < CLASS_COUNT; class ++)
		slotset_unref(&t->sets, region->to[class]);
	slotset_unref(&t->sets, region->lagging[0]);
	slotset_unref(&t->sets, region->lagging[1]);
	region->ready = false;
}

static void
add_region(struct audience *a, const struct place *from)
{
	GROW(a->regions, a->room, a->count + 1);
	a->regions[a->count++] = (struct region){.from = *from};
}

static bool
has_feeding_member(const struct table *t, const struct cohort *cohort, unsigned family)
{
	for (uint32_t m = cohort->members; m != 0; m = peer_at(t, m - 1, family)->cohort_next) {
		if (!peer_at(t, m - 1, family)->synced)
			return true;
	}
	return false;
}

static void
rebuild(struct table *t, unsigned family)
{
	struct audience *a = &t->audience[family];
	uint32_t kept = 1;

	for (uint32_t i = 0; i < a->count; i++)
		forget(t, &a->regions[i]);
	a->count = 0;
	add_region(a, &(struct place){0});
	for (uint32_t w = t->walk_first; w != 0;) {
		const struct walk *walk = arena_at(&t->walks, w);

		w = walk->next;
		if (walk->family != family)
			continue;
		add_region(a, &walk->at);
		for (uint32_t c = walk->cohorts; c != 0;) {
			const struct cohort *cohort = arena_at(&t->cohorts, c);

			c = cohort->next;
			if (has_feeding_member(t, cohort, family))
				add_region(a, &cohort->start);
		}
	}
	qsort(a->regions, a->count, sizeof(*a->regions), compare_regions);
	for (uint32_t i = 1; i < a->count; i++) {
		if (place_compare(&a->regions[i].from, &a->regions[kept - 1].from) != 0)
			a->regions[kept++] = a->regions[i];
	}
	a->count = kept;
	a->stale = false;
}

void
audience_refresh(struct table *t)
{
	for (unsigned family = 0; family < FAMILY_COUNT; family++) {
		if (t->audience[family].stale)
			rebuild(t, family);
	}
}

/* True if the walk of a cohort has passed the region that begins at this place. */
static bool
has_passed(const struct walk *walk, const struct cohort *cohort, const struct place *from)
{
	bool behind_start = place_compare(from, &cohort->start) >= 0;
	bool behind_walk = place_compare(from, &walk->at) >= 0;

	return cohort->wrapped ? behind_start || !behind_walk : behind_start && !behind_walk;
}

/* Adds the members of the walks that have passed the region. */
static void
add_passed(const struct table *t, unsigned family, const struct place *from, uint64_t *words)
{
	for (uint32_t w = t->walk_first; w != 0;) {
		const struct walk *walk = arena_at(&t->walks, w);

		w = walk->next;
		if (walk->family != family)
			continue;
		for (uint32_t c = walk->cohorts; c != 0;) {
			const struct cohort *cohort = arena_at(&t->cohorts, c);

			c = cohort->next;
			if (!has_passed(walk, cohort, from))
				continue;
			for (uint32_t m = cohort->members; m != 0;
			     m = peer_at(t, m - 1, family)->cohort_next)
				slotbits_add(words, m - 1);
		}
	}
}

static set_id
intern_ref(struct table *t, const uint64_t *words)
{
	set_id set = slotset_intern(&t->sets, words, t->nwords);

	slotset_ref(&t->sets, set);
	return set;
}

static void
fill(struct table *t, unsigned family, struct region *region)
{
	uint64_t *base = t->scratch[1], *out = t->scratch[2];
	const uint64_t *lagging = t->lagging[family];

	memcpy(base, t->synced[family], t->nwords * sizeof(*base));
	add_passed(t, family, &region->from, base);
	region->classes = 0;
	for (unsigned class = 0; class < CLASS_COUNT; class ++) {
		for (size_t i = 0; i < t->nwords; i++)
			out[i] = base[i] & t->class[family][class][i] & ~lagging[i];
		region->to[class] = intern_ref(t, out);
		if (region->to[class] != SLOTSET_EMPTY)
			region->classes |= (uint16_t)(1U << class);
	}
	for (unsigned ids = 0; ids < 2; ids++) {
		memset(out, 0, t->nwords * sizeof(*out));
		for (unsigned class = 0; class < CLASS_COUNT; class ++) {
			if (((class & CLASS_ADD_PATH) != 0) != (ids != 0))
				continue;
			for (size_t i = 0; i < t->nwords; i++)
				out[i] |= base[i] & t->class[family][class][i] & lagging[i];
		}
		region->lagging[ids] = intern_ref(t, out);
	}
	region->ready = true;
}

const struct region *
audience_at(struct table *t, const struct prefix *key)
{
	struct audience *a = &t->audience[key->family];
	uint32_t low = 0, high = a->count;

	while (high - low > 1) {
		uint32_t middle = low + (high - low) / 2;

		if (place_is_before(&a->regions[middle].from, key))
			low = middle;
		else
			high = middle;
	}
	if (!a->regions[low].ready)
		fill(t, key->family, &a->regions[low]);
	return &a->regions[low];
}

void
audience_fini(struct table *t)
{
	for (unsigned family = 0; family < FAMILY_COUNT; family++)
		free(t->audience[family].regions);
}
