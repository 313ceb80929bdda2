/*
 * RFC 4271 section 9.1.2.2, step by step, and what we do:
 *
 *   -                                accepted before tagged before rejected
 *   (9.1.1) degree of preference     LOCAL_PREF, as import policy gave it, the highest
 *   a) shortest AS path              an AS_SET counts one
 *   b) lowest ORIGIN
 *   c) lowest MED of one neighbour   not here: it is no order (see share.c). Paths without a
 *                                    left-most ASN count as of one neighbour, as in BIRD, OpenBGPD
 *   d) external over internal        all sessions are external
 *   e) lowest interior cost          all next hops are on the exchange's LAN
 *   f) lowest BGP identifier
 *   g) lowest peer address           IPv4 before IPv6
 *   -  lowest received path id       RFC 7911 leaves it open
 *
 * Route age never counts: the same paths give the same order. A pure function of paths.
 */
#include "rib/rank.h"

#include <string.h>

static const struct attrs_facts *
facts_of(const struct table *t, const struct path *path)
{
	return &attrstore_at(&t->attrs, path->attrs)->facts;
}

static int
order(uint32_t a, uint32_t b)
{
	return (a > b) - (a < b);
}

/* The steps up to MED. */
static int
compare_before_med(const struct table *t, const struct path *a, const struct path *b)
{
	const struct attrs_facts *x, *y;

	if (a->accepted != b->accepted)
		return a->accepted ? -1 : 1;
	if (a->tagged != b->tagged)
		return a->tagged ? -1 : 1;
	if (a->local_pref != b->local_pref)
		return order(b->local_pref, a->local_pref);
	if (a->attrs == b->attrs)
		return 0;
	x = facts_of(t, a);
	y = facts_of(t, b);
	if (x->path_len != y->path_len)
		return order(x->path_len, y->path_len);
	return order(x->origin, y->origin);
}

static int
compare_address(const struct table_peer *a, const struct table_peer *b)
{
	if (a->addr_family != b->addr_family)
		return order(a->addr_family, b->addr_family);
	return memcmp(a->addr, b->addr, sizeof(a->addr));
}

int
rank_compare(const struct table *t, const struct path *a, const struct path *b)
{
	int result = compare_before_med(t, a, b);

	if (result == 0)
		result = order(a->bgp_id, b->bgp_id);
	if (result == 0 && a->slot != b->slot)
		result = compare_address(&t->peers[a->slot].config, &t->peers[b->slot].config);
	if (result == 0)
		result = order(a->path_id, b->path_id);
	return result != 0 ? result : order(a->slot, b->slot);
}

bool
rank_ties(const struct table *t, const struct path *a, const struct path *b)
{
	return compare_before_med(t, a, b) == 0;
}

bool
rank_beats_by_med(const struct table *t, const struct path *a, const struct path *b)
{
	const struct attrs_facts *x = facts_of(t, a), *y = facts_of(t, b);

	return x->neighbour_as == y->neighbour_as && x->med < y->med && rank_ties(t, a, b);
}

/* True if a path of the tie that begins at first beats this one. */
static bool
is_beaten(const struct table *t, uint32_t first, const struct path *path)
{
	for (uint32_t h = first; h != 0; h = path_at(t, h)->next) {
		const struct path *other = path_at(t, h);

		if (!rank_ties(t, other, path))
			return false;
		if (rank_beats_by_med(t, other, path))
			return true;
	}
	return false;
}

/* The lowest MED of a tie is never beaten, so the best is always in the first tie. */
uint32_t
rank_best(const struct table *t, const struct entry *e)
{
	uint32_t h = e->paths;

	if (h == 0 || !path_at(t, h)->accepted)
		return 0;
	while (is_beaten(t, e->paths, path_at(t, h)))
		h = path_at(t, h)->next;
	return h;
}
