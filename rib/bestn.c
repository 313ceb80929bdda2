/*
 * Best N of ADD-PATH (RFC 7911; which paths are sent is a matter of the sender). A receiver with a
 * limit of N is told the first N of the paths that it may have, in this order:
 *
 *   those that no other path it may have beats by MED, in rank order;   then the beaten ones
 *
 * so that the first is the receiver's own RFC 4271 best path (share.c), whatever its N.
 *
 * How many paths a receiver may still be told is a number, and all these numbers together are one
 * set of slots for each binary digit. A path is counted for all who get it by one subtraction:
 *
 *   slot        7 6 5 4 3 2 1 0      granted     1 1 0 0 1 0 0 1
 *   digit[1]    1 0 1 1 0 0 1 0  ->  digit[1]    0 0 1 1 0 0 1 0      7 may have one more; 6, 3 and
 *   digit[0]    0 1 1 0 1 0 1 1      digit[0]    1 0 1 0 0 0 1 0      0 have had all: not open
 *
 * No limit is too large, and nothing depends on how many different ones there are.
 */
#include "rib/bestn.h"

#include <string.h>

#include "rib/rank.h"
#include "rib/rejudge.h"
#include "rib/share.h"

/* ---- limits ---- */

/* Slots of `of` whose limit has one of these bits. */
static set_id
with_bits(struct table *t, set_id of, unsigned bits)
{
	uint64_t *words = t->scratch[0];
	size_t nwords;
	const uint64_t *all = slotset_words(&t->sets, of, &nwords);

	memset(words, 0, t->nwords * sizeof(*words));
	for (unsigned slot = slotbits_next(all, nwords, 0); slot < nwords * 64;
	     slot = slotbits_next(all, nwords, slot + 1)) {
		if ((t->peers[slot].config.paths_told & bits) != 0)
			slotbits_add(words, slot);
	}
	return slotset_intern(&t->sets, words, t->nwords);
}

const struct limits *
bestn_limits(struct table *t, enum family family)
{
	struct limits *limits = &t->limits[family];
	set_id all;

	if (limits->known)
		return limits;
	all = share_fit_set(t, family, CLASSES_ADD_PATH);
	*limits = (struct limits){.known = true, .limited = with_bits(t, all, UINT16_MAX)};
	limits->unlimited = slotset_minus(&t->sets, all, limits->limited);
	for (unsigned d = 0; d < LIMIT_DIGITS; d++) {
		limits->digit[d] = with_bits(t, limits->limited, 1U << d);
		slotset_ref(&t->sets, limits->digit[d]);
		if (limits->digit[d] != SLOTSET_EMPTY)
			limits->digits = d + 1;
	}
	slotset_ref(&t->sets, limits->limited);
	slotset_ref(&t->sets, limits->unlimited);
	return limits;
}

void
bestn_forget(struct table *t, enum family family)
{
	struct limits *limits = &t->limits[family];

	if (!limits->known)
		return;
	for (unsigned d = 0; d < LIMIT_DIGITS; d++)
		slotset_unref(&t->sets, limits->digit[d]);
	slotset_unref(&t->sets, limits->limited);
	slotset_unref(&t->sets, limits->unlimited);
	limits->known = false;
}

void
bestn_limit_changed(struct table *t, uint16_t slot)
{
	bool told_by_it = false;

	for (unsigned f = 0; f < FAMILY_COUNT; f++) {
		const struct peer_family *pf = peer_at(t, slot, f);

		bestn_forget(t, f);
		told_by_it = told_by_it || (pf->able && (pf->class & CLASS_ADD_PATH) != 0);
	}
	if (told_by_it)
		rejudge_share_anew(t);
}

/* ---- granting ---- */

/* How many paths each receiver may still be told. */
struct budget {
	struct slotsets *sets;
	unsigned digits;
	set_id digit[LIMIT_DIGITS];
	set_id open; /* who may be told any */
};

/* Counts one path for these, all of them open. */
static void
spend(struct budget *b, set_id who)
{
	set_id borrow = who, left = SLOTSET_EMPTY;

	for (unsigned d = 0; d < b->digits; d++) {
		set_id digit = b->digit[d];

		b->digit[d] = slotset_or(b->sets, slotset_minus(b->sets, digit, borrow),
		    slotset_minus(b->sets, borrow, digit));
		borrow = slotset_minus(b->sets, borrow, digit);
		left = slotset_or(b->sets, left, b->digit[d]);
	}
	b->open = left;
}

/* Grants paths to those for whom they are not beaten, and notes for whom they are. */
static void
grant_unbeaten(struct table *t, const struct entry *e, struct budget *b)
{
	uint32_t tie = e->paths;

	for (uint32_t h = e->paths; h != 0 && b->open != SLOTSET_EMPTY; h = path_at(t, h)->next) {
		const struct path *path = path_at(t, h);
		set_id may, beaten, get;

		if (!path->accepted)
			return;
		if (!rank_ties(t, path_at(t, tie), path))
			tie = h;
		may = slotset_and(b->sets, share_permitted(t, e->family, path), b->open);
		/* Nobody's business: a look at all that ties with it would be for nothing. */
		beaten = may == SLOTSET_EMPTY
		    ? SLOTSET_EMPTY
		    : slotset_and(b->sets, may, share_blocked(t, e->family, tie, path));
		get = slotset_minus(b->sets, may, beaten);
		GROW(t->grants, t->grant_room, t->grant_count + 1);
		t->grants[t->grant_count++] = (struct grant){get, beaten};
		if (get != SLOTSET_EMPTY)
			spend(b, get);
	}
}

void
bestn_grant(struct table *t, const struct entry *e)
{
	const struct limits *limits = bestn_limits(t, e->family);
	struct budget b = {.sets = &t->sets, .digits = limits->digits, .open = limits->limited};

	memcpy(b.digit, limits->digit, sizeof(b.digit));
	t->grant_count = 0;
	grant_unbeaten(t, e, &b);
	for (uint32_t i = 0; i < t->grant_count && b.open != SLOTSET_EMPTY; i++) {
		struct grant *grant = &t->grants[i];
		set_id more = slotset_and(b.sets, grant->beaten, b.open);

		if (more == SLOTSET_EMPTY)
			continue;
		grant->get = slotset_or(b.sets, grant->get, more);
		spend(&b, more);
	}
}

set_id
bestn_granted(const struct table *t, uint32_t place)
{
	return place < t->grant_count ? t->grants[place].get : SLOTSET_EMPTY;
}
