/*
 * Policy changes under a table that lives on.
 *
 *   table_set_policy()   new functions answer; serial + 1: no reach of before is found any more
 *   table_rejudge()      jobs:  [ scope, slots | at ] [ scope, slots ] ...   the first one works
 *                                          |
 *                        each entry behind `at`: verdict and reach of its paths anew --> dirty list
 *
 * A job goes through the key space like a walk and remembers a key, so that anything may happen to
 * the table between two slices. Paths announced behind its back have been judged by the present
 * policy anyway. It never starts over: what is to be judged once more is another job, and one that
 * covers others takes their place.
 */
#include "rib/rejudge.h"

#include <stdlib.h>
#include <string.h>

#include "rib/entry.h"
#include "rib/partition.h"
#include "rib/path.h"

static void
begin_partitions(struct table *t)
{
	for (uint32_t slot = 0; slot < t->config.slots; slot++)
		partition_begin(t, (uint16_t)slot);
}

void
table_set_policy(struct table *t, const struct rib_policy *policy)
{
	t->config.policy = *policy;
	t->policy_serial++;
	begin_partitions(t);
}

void
table_set_reach_limit(struct table *t, uint32_t limit)
{
	if (limit == t->config.reach_limit)
		return;
	t->config.reach_limit = limit;
	begin_partitions(t);
}

/* ---- the jobs ---- */

static void
remove_job(struct table *t, uint32_t i)
{
	free(t->jobs[i].slots);
	t->job_count--;
	memmove(&t->jobs[i], &t->jobs[i + 1], (t->job_count - i) * sizeof(t->jobs[0]));
}

/* True if all that b does is done by a. */
static bool
covers(const struct table *t, const struct rejudge_job *a, const struct rejudge_job *b)
{
	if (a->share != b->share)
		return false;
	if (a->scoped && (!b->scoped || !prefix_covers(&a->scope, &b->scope)))
		return false;
	if (a->slots == NULL || b->slots == NULL)
		return a->slots == NULL;
	for (size_t i = 0; i < t->nwords; i++) {
		if ((b->slots[i] & ~a->slots[i]) != 0)
			return false;
	}
	return true;
}

/* Two jobs over everything that differ in slots can be one. */
static bool
joins(const struct table *t, struct rejudge_job *into, const struct rejudge_job *job)
{
	if (into->started || into->scoped || job->scoped || into->slots == NULL ||
	    job->slots == NULL)
		return false;
	for (size_t i = 0; i < t->nwords; i++)
		into->slots[i] |= job->slots[i];
	return true;
}

static void
remove_covered(struct table *t, const struct rejudge_job *by)
{
	for (uint32_t i = t->job_count; i > 0; i--) {
		if (covers(t, by, &t->jobs[i - 1]))
			remove_job(t, i - 1);
	}
}

/* There are too many: all that judge become one. A job that shares stays one of its own. */
static void
join_all(struct table *t, struct rejudge_job *job)
{
	static const struct rejudge_job all = {0};

	remove_covered(t, &all);
	if (job->share) {
		t->jobs[t->job_count++] = all;
		return;
	}
	free(job->slots);
	*job = all;
}

/* Takes over the job's slots. There is never more than one job that shares. */
static void
add_job(struct table *t, struct rejudge_job *job)
{
	for (uint32_t i = 0; i < t->job_count; i++) {
		if ((!t->jobs[i].started && covers(t, &t->jobs[i], job)) ||
		    joins(t, &t->jobs[i], job)) {
			free(job->slots);
			return;
		}
	}
	remove_covered(t, job);
	if (t->job_count == REJUDGE_JOBS)
		join_all(t, job);
	t->jobs[t->job_count++] = *job;
}

void
table_rejudge(struct table *t, const struct prefix *scope, const uint64_t *slots, size_t nwords)
{
	struct rejudge_job job = {.scoped = scope != NULL};

	if (scope != NULL) {
		job.scope = *scope;
		job.family = scope->family;
	}
	if (slots != NULL) {
		job.slots = arena_malloc(t->nwords * sizeof(*job.slots));
		for (size_t i = 0; i < t->nwords; i++)
			job.slots[i] = i < nwords ? slots[i] : 0;
	}
	add_job(t, &job);
}

void
rejudge_share_anew(struct table *t)
{
	struct rejudge_job job = {.share = true};

	add_job(t, &job);
}

void
table_set_path_hiding(struct table *t, bool mitigate)
{
	if (mitigate == t->config.path_hiding)
		return;
	t->config.path_hiding = mitigate;
	rejudge_share_anew(t);
}

/* Of a scope it is guessed that prefixes lie evenly. */
static uint64_t
job_left(const struct table *t, const struct rejudge_job *job)
{
	uint64_t all = t->entry_count[job->family];

	if (job->scoped)
		all >>= job->scope.len < 63 ? job->scope.len : 63;
	else
		all = (uint64_t)t->entry_count[FAMILY_IPV4] + t->entry_count[FAMILY_IPV6];
	return all > job->seen ? all - job->seen : 1;
}

uint64_t
table_rejudge_left(const struct table *t)
{
	uint64_t left = 0;

	for (uint32_t i = 0; i < t->job_count; i++)
		left += job_left(t, &t->jobs[i]);
	return left;
}

/* ---- the work ---- */

/* Does one entry: judges its paths that the job is about; returns how many. */
static unsigned
rejudge_entry(
    struct table *t, const struct rejudge_job *job, uint32_t entry, const struct prefix *key)
{
	unsigned count = 0;

	if (job->share) {
		entry_mark_dirty(t, entry);
		return 0;
	}
	/* Ranks may change on the way: first who, then what. */
	for (uint32_t h = entry_at(t, entry)->paths; h != 0; h = path_at(t, h)->next) {
		if (job->slots != NULL && !slotbits_has(job->slots, t->nwords, path_at(t, h)->slot))
			continue;
		GROW(t->path_handles, t->path_handle_room, count + 1);
		t->path_handles[count++] = h;
	}
	for (unsigned i = 0; i < count; i++)
		path_rejudge(t, t->path_handles[i], key);
	return count;
}

/* The pass of a job from where it is; it stays valid in a slice, for no key comes or goes in it. */
static void
begin_pass(const struct table *t, const struct rejudge_job *job, struct radix_pass *pass)
{
	const struct radix *tree = &t->tree[job->family];

	if (job->at.any)
		radix_pass_init(pass, tree, &job->at.last, false);
	else
		radix_pass_init(pass, tree, job->scoped ? &job->scope : NULL, true);
}

/* The next entry of the job, or 0. */
static uint32_t
next_entry(struct table *t, struct rejudge_job *job, struct radix_pass *pass, struct prefix *key)
{
	const struct radix *tree = &t->tree[job->family];
	uint32_t node = radix_pass_next(pass);

	if (node == 0)
		return 0;
	radix_prefix(tree, node, key);
	if (job->scoped && !prefix_covers(&job->scope, key))
		return 0;
	job->at.any = true;
	job->at.last = *key;
	job->seen++;
	return radix_at(tree, node)->value;
}

/* Goes on with the first job; returns how much of max is left, more than 0 only at its end. */
static unsigned
advance(struct table *t, struct rejudge_job *job, unsigned max)
{
	struct radix_pass pass;
	struct prefix key;

	begin_pass(t, job, &pass);
	while (max > 0) {
		uint32_t entry = next_entry(t, job, &pass, &key);
		unsigned cost;

		if (entry == 0 && !job->scoped && job->family == FAMILY_IPV4) {
			job->family = FAMILY_IPV6;
			job->at = (struct place){0};
			begin_pass(t, job, &pass);
			continue;
		}
		if (entry == 0) {
			remove_job(t, 0);
			return max;
		}
		cost = 1 + rejudge_entry(t, job, entry, &key);
		max -= cost < max ? cost : max;
	}
	return 0;
}

void
rejudge_slice(struct table *t, unsigned max)
{
	while (max > 0 && t->job_count > 0) {
		t->jobs[0].started = true;
		max = advance(t, &t->jobs[0], max);
	}
}

bool
rejudge_is_left(const struct table *t)
{
	return t->job_count > 0;
}

bool
rejudge_is_sharing(const struct table *t)
{
	for (uint32_t i = 0; i < t->job_count; i++) {
		if (t->jobs[i].share)
			return true;
	}
	return false;
}

void
rejudge_fini(struct table *t)
{
	while (t->job_count > 0)
		remove_job(t, t->job_count - 1);
}
