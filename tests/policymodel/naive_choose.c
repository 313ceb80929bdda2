/*
 * Which paths one receiver is sent: policy.md section 9 and the steps of RFC 4271 section 9.1.2.2,
 * each time from the beginning.
 */
#include <string.h>

#include "tests/policymodel/naive_policy.h"

#define CANDIDATES 256

struct candidate {
	const struct naive_path *path;
	const struct naive_address *address;
	size_t number;
	bool out; /* lost */
};

static int
compare_numbers(uint32_t a, uint32_t b)
{
	return (a > b) - (a < b);
}

static int
by_local_pref(const struct candidate *a, const struct candidate *b)
{
	return compare_numbers(b->path->verdict->local_pref, a->path->verdict->local_pref);
}

static int
by_path_length(const struct candidate *a, const struct candidate *b)
{
	return compare_numbers(
	    naive_path_length(a->path->attrs), naive_path_length(b->path->attrs));
}

static int
by_origin(const struct candidate *a, const struct candidate *b)
{
	return compare_numbers(a->path->attrs->origin, b->path->attrs->origin);
}

/* Absent is 0; compared within one neighbouring AS alone. */
static int
by_med(const struct candidate *a, const struct candidate *b)
{
	uint32_t a_med = a->path->attrs->has_med ? a->path->attrs->med : 0;
	uint32_t b_med = b->path->attrs->has_med ? b->path->attrs->med : 0;

	if (naive_neighbour(a->path->attrs) != naive_neighbour(b->path->attrs))
		return 0;
	return compare_numbers(a_med, b_med);
}

static int
by_bgp_id(const struct candidate *a, const struct candidate *b)
{
	return compare_numbers(a->path->bgp_id, b->path->bgp_id);
}

static int
by_address(const struct candidate *a, const struct candidate *b)
{
	if (a->address->family != b->address->family)
		return compare_numbers(a->address->family, b->address->family);
	return memcmp(a->address->addr, b->address->addr, 16);
}

static int
by_path_id(const struct candidate *a, const struct candidate *b)
{
	return compare_numbers(a->path->id, b->path->id);
}

static size_t
count_left(const struct candidate *c, size_t n)
{
	size_t left = 0;

	for (size_t i = 0; i < n; i++)
		left += !c[i].out;
	return left;
}

/* Who is worse than another one that was left before this step loses. */
static void
drop_worse(struct candidate *c, size_t n,
    int (*compare)(const struct candidate *, const struct candidate *))
{
	bool worse[CANDIDATES] = {false};

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < n && !c[i].out && !worse[i]; k++)
			worse[i] = !c[k].out && compare(&c[i], &c[k]) > 0;
	for (size_t i = 0; i < n; i++)
		c[i].out = c[i].out || worse[i];
}

static const struct candidate *
decide(struct candidate *c, size_t n, enum naive_decided *decided)
{
	static int (*const steps[])(const struct candidate *, const struct candidate *) = {
	    [DECIDED_LOCAL_PREF] = by_local_pref,
	    [DECIDED_PATH_LENGTH] = by_path_length,
	    [DECIDED_ORIGIN] = by_origin,
	    [DECIDED_MED] = by_med,
	    [DECIDED_BGP_ID] = by_bgp_id,
	    [DECIDED_ADDRESS] = by_address,
	    [DECIDED_PATH_ID] = by_path_id};

	*decided = DECIDED_ONLY;
	for (unsigned i = DECIDED_LOCAL_PREF; i < DECIDED_COUNT && count_left(c, n) > 1; i++) {
		drop_worse(c, n, steps[i]);
		*decided = (enum naive_decided)i;
	}
	for (size_t i = 0; i < n; i++)
		if (!c[i].out)
			return &c[i];
	return NULL;
}

/* Those that may go to the receiver; with hidden all accepted ones, whoever may have them. */
static size_t
gather(const struct naive_world *w, unsigned receiver, const struct naive_prefix *prefix,
    const struct naive_path *paths, size_t count, bool hidden, struct candidate *c)
{
	size_t n = 0;

	for (size_t i = 0; i < count; i++) {
		if (hidden ? !paths[i].verdict->accept
			   : naive_allows(w, receiver, prefix, &paths[i]) < BY_WITHHELD)
			continue;
		c[n++] = (struct candidate){
		    .path = &paths[i], .address = &w->peers[paths[i].slot].address, .number = i};
	}
	return n;
}

size_t
naive_choose(const struct naive_world *w, unsigned receiver, const struct naive_prefix *prefix,
    const struct naive_path *paths, size_t count, bool several, size_t *chosen,
    enum naive_decided *decided)
{
	static struct candidate c[CANDIDATES];
	bool hidden = !w->path_hiding && !several && w->peers[receiver].kind == NAIVE_CLIENT;
	size_t n = gather(w, receiver, prefix, paths, count, hidden, c);
	const struct candidate *best;

	*decided = DECIDED_ONLY;
	for (size_t i = 0; several && i < n; i++)
		chosen[i] = c[i].number;
	if (several || n == 0)
		return n;
	best = decide(c, n, decided);
	if (best == NULL || naive_allows(w, receiver, prefix, best->path) < BY_WITHHELD)
		return 0;
	chosen[0] = best->number;
	return 1;
}
