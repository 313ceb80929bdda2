/*
 * Sharing out (RFC 7947 section 2.3): every receiver gets its own RFC 4271 best path, computed for
 * all receivers at once with sets of slots. For the paths p of an entry in rank order
 *
 *   permitted(p) = reach(p) & fits(form of p) - source(p)
 *   take(p)      = permitted(p) & rest - blocked(p)            then rest -= take(p)
 *
 * where blocked(p) is the union of permitted(q) over all q that beat p by MED (rank.c): a receiver
 * that may have q does not see p in its own decision. That is RFC 4271 section 9.1.2.2 c for each
 * receiver alone; no order of paths that includes MED exists, for
 *
 *   A1 {AS A, MED 10, id 3}   A2 {AS A, MED 20, id 1}   B {AS B, id 2}
 *
 * are a cycle: A1 beats A2 by MED, A2 beats B by id, B beats A1 by id.
 *
 * Receivers with path ids (RFC 7911) get permitted(p) of every path, or of as many as bestn.c
 * grants them. Without mitigation of path hiding, receivers without path ids get the server's own
 * best path or nothing.
 *
 * Tagged paths, which come behind the accepted ones, go to collectors, whom no other reach names:
 * they are shared out in the same way, and always as with mitigation, for the server has no best
 * path among what it rejects. No limit counts them.
 */
#include "rib/share.h"

#include "rib/bestn.h"
#include "rib/rank.h"

static uint16_t
fits_of(struct table *t, attrs_id form, enum family family)
{
	struct attr *attr = attrstore_at(&t->attrs, form);
	const struct rib_policy *policy = &t->config.policy;

	if ((attr->fits_known & (1U << family)) == 0) {
		attr->fits[family] = policy->fits(policy->ctx, attr->block, attr->len, family);
		attr->fits_known |= (uint8_t)(1U << family);
	}
	return attr->fits[family];
}

set_id
share_fit_set(struct table *t, enum family family, uint16_t classes)
{
	struct fit_set *fit = &t->fit[family][classes * 0x9e3779b1U >> 26];
	uint64_t *words = t->scratch[0];

	if (fit->known && fit->classes == classes)
		return fit->set;
	if (fit->known)
		slotset_unref(&t->sets, fit->set);
	fit->classes = classes;
	for (size_t i = 0; i < t->nwords; i++) {
		words[i] = 0;
		for (unsigned class = 0; class < CLASS_COUNT; class ++) {
			if ((classes >> class & 1) != 0)
				words[i] |= t->class[family][class][i];
		}
	}
	fit->set = slotset_intern(&t->sets, words, t->nwords);
	slotset_ref(&t->sets, fit->set);
	fit->known = true;
	return fit->set;
}

void
share_forget_fit_sets(struct table *t, enum family family)
{
	for (unsigned i = 0; i < FIT_SETS; i++) {
		struct fit_set *fit = &t->fit[family][i];

		if (fit->known)
			slotset_unref(&t->sets, fit->set);
		fit->known = false;
	}
	bestn_forget(t, family);
}

static set_id
permitted(
    struct table *t, enum family family, const struct path *path, const struct reach_pair *pair)
{
	set_id fit = share_fit_set(t, family, fits_of(t, pair->form, family));

	return slotset_minus_slot(&t->sets, slotset_and(&t->sets, pair->set, fit), path->slot);
}

/* True if somebody of the set may have the path. */
static bool
is_permitted(struct table *t, enum family family, const struct path *path, set_id set)
{
	for (uint32_t h = reach_at(t, path->reach)->pairs; h != 0; h = pair_at(t, h)->next) {
		set_id all = permitted(t, family, path, pair_at(t, h));

		if (slotset_and(&t->sets, all, set) != SLOTSET_EMPTY)
			return true;
	}
	return false;
}

set_id
share_permitted(struct table *t, enum family family, const struct path *path)
{
	set_id sum = SLOTSET_EMPTY;

	for (uint32_t h = reach_at(t, path->reach)->pairs; h != 0; h = pair_at(t, h)->next)
		sum = slotset_or(&t->sets, sum, permitted(t, family, path, pair_at(t, h)));
	return sum;
}

set_id
share_blocked(struct table *t, enum family family, uint32_t first, const struct path *path)
{
	set_id sum = SLOTSET_EMPTY;

	for (uint32_t h = first; h != 0; h = path_at(t, h)->next) {
		const struct path *other = path_at(t, h);

		if (!rank_ties(t, other, path))
			break;
		if (!rank_beats_by_med(t, other, path))
			continue;
		sum = slotset_or(&t->sets, sum, share_permitted(t, family, other));
	}
	return sum;
}

static void
add_row(struct share_rows *out, uint32_t path_id, attrs_id form, set_id set)
{
	GROW(out->rows, out->room, out->count + 1);
	out->rows[out->count++] = (struct share_row){path_id, form, set};
}

/*
 * Adds the rows of one path: of those without path ids the ones in `may`, of those with path ids
 * the ones in `add_path`. Returns what it gave to the former.
 */
static set_id
share_path(struct table *t, enum family family, const struct path *path, set_id may,
    set_id add_path, struct share_rows *out)
{
	set_id given = SLOTSET_EMPTY;

	for (uint32_t h = reach_at(t, path->reach)->pairs; h != 0; h = pair_at(t, h)->next) {
		const struct reach_pair *pair = pair_at(t, h);
		set_id all = permitted(t, family, path, pair);
		set_id take = slotset_and(&t->sets, all, may);
		set_id row = slotset_or(&t->sets, take, slotset_and(&t->sets, all, add_path));

		given = slotset_or(&t->sets, given, take);
		if (row != SLOTSET_EMPTY)
			add_row(out, path->sent_id, pair->form, row);
	}
	return given;
}

/* Receivers of path ids who get the path at this place in rank order, if they may have it. */
static set_id
with_ids(struct table *t, enum family family, const struct path *path, uint32_t place)
{
	const struct limits *limits = bestn_limits(t, family);

	if (limits->limited == SLOTSET_EMPTY || !path->accepted)
		return share_fit_set(t, family, CLASSES_ADD_PATH);
	return slotset_or(&t->sets, limits->unlimited, bestn_granted(t, place));
}

void
share_entry(struct table *t, const struct entry *e, struct share_rows *out)
{
	enum family family = e->family;
	set_id rest = share_fit_set(t, family, CLASSES_PLAIN);
	bool ids = share_fit_set(t, family, CLASSES_ADD_PATH) != SLOTSET_EMPTY;
	uint32_t tie = e->paths, best = t->config.path_hiding ? 0 : rank_best(t, e), place = 0;

	out->count = 0;
	if (bestn_limits(t, family)->limited != SLOTSET_EMPTY)
		bestn_grant(t, e);
	for (uint32_t h = e->paths; h != 0; h = path_at(t, h)->next, place++) {
		const struct path *path = path_at(t, h);
		bool hidden = !t->config.path_hiding && path->accepted && h != best;
		set_id may = SLOTSET_EMPTY, add_path, given;

		if (path->reach == 0 || (rest == SLOTSET_EMPTY && !ids))
			return;
		add_path = with_ids(t, family, path, place);
		if (!rank_ties(t, path_at(t, tie), path))
			tie = h;
		/* Once all are served but those whom nothing reaches, most paths end here. */
		if (!hidden && is_permitted(t, family, path, rest))
			may = slotset_minus(&t->sets, rest, share_blocked(t, family, tie, path));
		if (may == SLOTSET_EMPTY && add_path == SLOTSET_EMPTY)
			continue;
		given = share_path(t, family, path, may, add_path, out);
		rest = slotset_minus(&t->sets, rest, given);
	}
}
