/* The naive model, see naive.h. Slow on purpose: every question is answered from the beginning. */
#include "tests/model/naive.h"

#include <stdlib.h>

struct candidate {
	const struct naive_attrs *attrs;
	int out_form;
	uint32_t bgp_id;
	unsigned address_rank;
	unsigned path_id;
	bool out;    /* lost */
	bool beaten; /* by MED */
};

#define CANDIDATES (NAIVE_SLOTS * NAIVE_IDS)

const char *
naive_step_name(enum naive_step step)
{
	static const char *const names[NAIVE_STEPS] = {"only one", "local preference",
	    "AS path length", "origin", "MED", "BGP identifier", "peer address", "path id"};

	return names[step];
}

void
naive_clear(struct naive_world *w)
{
	for (unsigned slot = 0; slot < NAIVE_SLOTS; slot++)
		naive_forget(w, slot);
}

void
naive_forget(struct naive_world *w, unsigned slot)
{
	for (unsigned p = 0; p < NAIVE_PREFIXES; p++)
		for (unsigned id = 0; id < NAIVE_IDS; id++) {
			w->path[p][slot][id] = NAIVE_NOTHING;
			w->barred[p][slot][id] = false;
		}
}

bool
naive_accepts(const struct naive_world *w, unsigned slot, unsigned prefix, unsigned id)
{
	int index = w->path[prefix][slot][id];

	return index != NAIVE_NOTHING && !w->barred[prefix][slot][id] && w->attrs[index].accepted;
}

unsigned
naive_accepted(const struct naive_world *w, unsigned slot, unsigned family)
{
	unsigned count = 0;

	for (unsigned p = family; p < w->prefixes; p += 2)
		for (unsigned id = 0; id < NAIVE_IDS; id++)
			count += naive_accepts(w, slot, p, id);
	return count;
}

unsigned
naive_partitions(const struct naive_world *w, unsigned slot, int from, unsigned prefix, unsigned id,
    unsigned partition, bool *has)
{
	unsigned seen[NAIVE_PREFIXES * NAIVE_IDS], count = 0, k;

	*has = false;
	for (unsigned p = 0; p < w->prefixes; p++) {
		for (unsigned i = 0; i < NAIVE_IDS; i++) {
			int index = w->path[p][slot][i];

			if (index < from || (p == prefix && i == id) ||
			    !naive_accepts(w, slot, p, i) || w->attrs[index].partition == 0)
				continue;
			*has = *has || w->attrs[index].partition == partition;
			for (k = 0; k < count && seen[k] != w->attrs[index].partition; k++)
				;
			if (k == count)
				seen[count++] = w->attrs[index].partition;
		}
	}
	return count;
}

static unsigned
left(const struct candidate *c, size_t n)
{
	unsigned count = 0;

	for (size_t i = 0; i < n; i++)
		count += !c[i].out;
	return count;
}

typedef uint64_t (*measure_fn)(const struct candidate *);

static uint64_t
by_local_pref(const struct candidate *c)
{
	return UINT32_MAX - (uint64_t)c->attrs->local_pref;
}

static uint64_t
by_path_len(const struct candidate *c)
{
	return c->attrs->path_len;
}

static uint64_t
by_origin(const struct candidate *c)
{
	return c->attrs->origin;
}

static uint64_t
by_bgp_id(const struct candidate *c)
{
	return c->bgp_id;
}

static uint64_t
by_address(const struct candidate *c)
{
	return c->address_rank;
}

static uint64_t
by_path_id(const struct candidate *c)
{
	return c->path_id;
}

/* Keeps those with the smallest measure. */
static void
keep_smallest(struct candidate *c, size_t n, measure_fn measure)
{
	uint64_t smallest = UINT64_MAX;

	for (size_t i = 0; i < n; i++)
		if (!c[i].out && measure(&c[i]) < smallest)
			smallest = measure(&c[i]);
	for (size_t i = 0; i < n; i++)
		if (measure(&c[i]) > smallest)
			c[i].out = true;
}

/* RFC 4271 9.1.2.2 c: within each neighbouring AS, those with the lowest MED stay. */
static void
keep_lowest_med(struct candidate *c, size_t n)
{
	bool lost[CANDIDATES] = {false};

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < n; k++)
			if (!c[i].out && !c[k].out &&
			    c[i].attrs->neighbour_as == c[k].attrs->neighbour_as &&
			    c[k].attrs->med < c[i].attrs->med)
				lost[i] = true;
	for (size_t i = 0; i < n; i++)
		c[i].out |= lost[i];
}

static const struct {
	enum naive_step step;
	measure_fn measure; /* NULL: MED, which is not a measure */
} decision[] = {{NAIVE_LOCAL_PREF, by_local_pref}, {NAIVE_PATH_LEN, by_path_len},
    {NAIVE_ORIGIN, by_origin}, {NAIVE_MED, NULL}, {NAIVE_BGP_ID, by_bgp_id},
    {NAIVE_ADDRESS, by_address}, {NAIVE_PATH_ID, by_path_id}};

#define STEPS (sizeof(decision) / sizeof(decision[0]))

static const struct candidate *
decide(struct candidate *c, size_t n, enum naive_step *step)
{
	*step = NAIVE_ONLY;
	for (size_t i = 0; i < STEPS && left(c, n) > 1; i++) {
		if (decision[i].measure != NULL)
			keep_smallest(c, n, decision[i].measure);
		else
			keep_lowest_med(c, n);
		*step = decision[i].step;
	}
	for (size_t i = 0; i < n; i++)
		if (!c[i].out)
			return &c[i];
	return NULL;
}

/* True if another path of the same neighbour is as good up to MED, and has a lower one. */
static bool
is_beaten(const struct candidate *c, const struct candidate *by)
{
	return c->attrs->local_pref == by->attrs->local_pref &&
	    c->attrs->path_len == by->attrs->path_len && c->attrs->origin == by->attrs->origin &&
	    c->attrs->neighbour_as == by->attrs->neighbour_as && by->attrs->med < c->attrs->med;
}

/* True if a comes before b: not beaten before beaten, then by the steps without MED. */
static bool
is_better(const struct candidate *a, const struct candidate *b)
{
	if (a->beaten != b->beaten)
		return b->beaten;
	for (size_t i = 0; i < STEPS; i++) {
		measure_fn measure = decision[i].measure;

		if (measure != NULL && measure(a) != measure(b))
			return measure(a) < measure(b);
	}
	return false;
}

/* Puts the best `most` of them in front, one after the other; returns how many these are. */
static size_t
keep_best(struct candidate *c, size_t n, size_t most)
{
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < n; k++)
			c[i].beaten = c[i].beaten || is_beaten(&c[i], &c[k]);
	for (size_t i = 0; i < n && i < most; i++) {
		size_t best = i;
		struct candidate t = c[i];

		for (size_t k = i + 1; k < n; k++)
			if (is_better(&c[k], &c[best]))
				best = k;
		c[i] = c[best];
		c[best] = t;
	}
	return n < most ? n : most;
}

/* Paths of the prefix; with a receiver only those that it may have: of a collector, tagged ones. */
static size_t
collect(const struct naive_world *w, unsigned prefix, int receiver, struct candidate *c)
{
	unsigned family = prefix % 2;
	bool collector = receiver >= 0 && w->peers[receiver].collector;
	size_t n = 0;

	for (unsigned slot = 0; slot < w->slots; slot++) {
		for (unsigned id = 0; id < NAIVE_IDS; id++) {
			int index = w->path[prefix][slot][id], form = NAIVE_NOTHING;

			if (index == NAIVE_NOTHING || w->barred[prefix][slot][id])
				continue;
			if (collector ? !w->attrs[index].tagged : !w->attrs[index].accepted)
				continue;
			if (receiver >= 0) {
				form = w->attrs[index].out_form[receiver];
				if (slot == (unsigned)receiver || form == NAIVE_NOTHING ||
				    !w->fits(form, w->peers[receiver].class[family], family))
					continue;
			}
			c[n++] = (struct candidate){.attrs = &w->attrs[index],
			    .out_form = form,
			    .bgp_id = w->path_bgp_id[prefix][slot][id],
			    .address_rank = w->peers[slot].address_rank,
			    .path_id = id};
		}
	}
	return n;
}

static int
compare_ints(const void *a, const void *b)
{
	int x = *(const int *)a, y = *(const int *)b;

	return (x > y) - (x < y);
}

/* The server's one best path for everybody: to this receiver if it may have it, or nothing. */
static size_t
hidden_view(const struct naive_world *w, unsigned receiver, unsigned prefix, int *out,
    enum naive_step *step)
{
	static struct candidate c[CANDIDATES];
	size_t n = collect(w, prefix, -1, c);
	const struct candidate *best = n > 0 ? decide(c, n, step) : NULL;
	unsigned family = prefix % 2;
	int form;

	if (best == NULL || best->address_rank == w->peers[receiver].address_rank)
		return 0;
	form = best->attrs->out_form[receiver];
	if (form == NAIVE_NOTHING || !w->fits(form, w->peers[receiver].class[family], family))
		return 0;
	out[0] = form;
	return 1;
}

size_t
naive_view(const struct naive_world *w, unsigned receiver, unsigned prefix,
    int out[NAIVE_SLOTS * NAIVE_IDS], enum naive_step *step, size_t *all)
{
	static struct candidate c[CANDIDATES];
	const struct naive_peer *r = &w->peers[receiver];
	size_t n;

	*step = NAIVE_ONLY;
	*all = 0;
	if (!r->up || !r->wants[prefix % 2])
		return 0;
	if (!w->path_hiding_cured && !r->add_path && !r->collector)
		return hidden_view(w, receiver, prefix, out, step);
	n = *all = collect(w, prefix, (int)receiver, c);
	if (n == 0)
		return 0;
	/* With a limit of one as without path ids: that is what the limit promises. */
	if (!r->add_path || (r->paths_told == 1 && !r->collector)) {
		out[0] = decide(c, n, step)->out_form;
		return 1;
	}
	if (r->paths_told != 0 && !r->collector)
		n = keep_best(c, n, r->paths_told);
	for (size_t i = 0; i < n; i++)
		out[i] = c[i].out_form;
	qsort(out, n, sizeof(*out), compare_ints);
	return n;
}
