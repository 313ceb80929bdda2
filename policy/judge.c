/*
 * Judging: one path through the table of checks. policy.md sections 4 to 7. Runs in rib.
 *
 *   path --> rows in order --+-- one rejects --> reject policy: discarded, or kept for collectors
 *                            +-- none does ----> effect, tags, LOCAL_PREF
 *
 * The same loop judges and explains; with a trace it tells each row and counts nothing.
 */
#include <stdio.h>
#include <string.h>

#include "policy/check.h"
#include "policy/effect.h"

/* Who may be told that a route was rejected for this: nobody of a leak (RFC 9234 section 5) or of
 * attributes that could not be read. */
#define REASONS_NEVER_TAGGED (UINT32_C(1) << REASON_MALFORMED | UINT32_C(1) << REASON_LEAK)

#define TAG_IRR_STATES	     (TAG_IRR_ORIGIN | TAG_IRR_PREFIX)

/* A slot that the configuration does not have is a peer without policy. */
static const struct policy_peer nobody = {.kind = PEER_UNUSED};

struct trace {
	policy_trace_fn tell;
	void *ctx;
};

static const char *
why_skipped(uint32_t skip)
{
	return (skip & SKIP_UNFILTERED) != 0 ? "filters: none" : "a blackhole request";
}

/* True if the row's reason is one that the peer only observes. */
static bool
is_observed(const struct judging *j, uint8_t reason)
{
	uint32_t observe = j->peer->observe & ~REASONS_FIXED;

	/* RFC 7607: AS 0 is as malformed as anything. */
	if (reason == REASON_INVALID_ASN && (j->facts->flags & FACT_AS0) != 0)
		return false;
	return (observe >> reason & 1) != 0;
}

static enum policy_outcome
ask_row(struct judging *j, const struct check *row)
{
	enum policy_outcome outcome;

	if ((row->skip & j->skip) != 0)
		return check_skip(j, why_skipped(row->skip & j->skip));
	outcome = row->ask(j);
	if (outcome == STEP_REJECT && is_observed(j, row->reason))
		return STEP_OBSERVED;
	return outcome;
}

static void
tell_row(const struct judging *j, const struct check *row, enum policy_outcome outcome,
    const struct trace *trace)
{
	char value[POLICY_VALUE_MAX] = "";
	struct policy_step step = {.reason = row->reason,
	    .outcome = (uint8_t)outcome,
	    .check = check_name(row),
	    .value = value};

	if (outcome == STEP_SKIPPED)
		step.value = j->why;
	else
		row->say(j, value, sizeof(value));
	trace->tell(trace->ctx, &step);
}

/* Returns the reason of the first row that rejects. */
static enum reason
ask_rows(struct judging *j, const struct trace *trace)
{
	for (size_t i = 0; i < check_row_count; i++) {
		const struct check *row = &check_rows[i];
		enum policy_outcome outcome = ask_row(j, row);

		if (trace != NULL)
			tell_row(j, row, outcome, trace);
		else if (outcome == STEP_OBSERVED)
			j->policy->observed[j->path->slot][row->reason]++;
		if (outcome == STEP_REJECT)
			return (enum reason)row->reason;
	}
	return REASON_NONE;
}

/* The number of the effect; by the memo where only the block and the peer decide. */
static bool
find_effect(struct judging *j, uint32_t *number)
{
	bool is_plain = j->rules.rule_count == 0;

	if (is_plain && j->facts->has_effect) {
		*number = j->facts->effect;
		return true;
	}
	if (!effect_of(j->policy, j->path, &j->rules, REASON_NONE, number))
		return false;
	if (is_plain) {
		j->facts->effect = *number;
		j->facts->has_effect = true;
	}
	return true;
}

static void
reject(struct judging *j, enum reason reason, struct verdict *out)
{
	bool is_kept = j->peer->kind == PEER_CLIENT && j->peer->reject == REJECT_TAG &&
	    (REASONS_NEVER_TAGGED >> reason & 1) == 0;
	uint32_t effect;

	*out = (struct verdict){
	    .local_pref = LOCAL_PREF_DEFAULT, .tags = j->tags, .reason = (uint8_t)reason};
	if (!is_kept || !effect_of(j->policy, j->path, &j->rules, reason, &effect))
		return;
	out->local_pref = LOCAL_PREF_REJECTED;
	out->tags |= TAG_REJECTED | effect << TAG_EFFECT_SHIFT;
	out->tagged = true;
}

/* An effect too many: counted and shown as a control combination too many. */
static void
tell_no_effect(const struct trace *trace)
{
	struct policy_step step = {.reason = REASON_TOO_MANY,
	    .outcome = STEP_REJECT,
	    .check = reason_get(REASON_TOO_MANY)->name,
	    .value = "all numbers for combinations of rules and communities are in use"};

	if (trace != NULL)
		trace->tell(trace->ctx, &step);
}

static void
accept(struct judging *j, const struct trace *trace, struct verdict *out)
{
	uint32_t effect;

	/* Rules have seen these; where they are not to be tagged, paths that differ in them alone
	 * share one answer of reach. */
	if ((j->tags & TAG_IRR) == 0)
		j->tags &= ~(uint32_t)TAG_IRR_STATES;
	if (!find_effect(j, &effect)) {
		tell_no_effect(trace);
		reject(j, REASON_TOO_MANY, out);
		return;
	}
	*out = (struct verdict){.local_pref = j->local_pref,
	    .tags = j->tags | effect << TAG_EFFECT_SHIFT,
	    .accept = true};
	/* Its routes reach nobody: they must not be the best where only the best is sent. */
	if ((j->peer->flags & PEER_QUARANTINE) != 0)
		out->local_pref = 0;
}

static void
judge(struct policy *policy, const struct path_view *path, const struct trace *trace,
    struct verdict *out)
{
	const struct policy_peer *peer = policy_peer(policy, path->slot);
	uint32_t peer_count = policy->config->peer_count;
	struct judging j = {.policy = policy,
	    .general = policy->general,
	    .peer = peer != NULL ? peer : &nobody,
	    .lists = &policy->checks->peers[peer != NULL ? path->slot : peer_count],
	    .path = path,
	    .facts = blockfacts_get(policy, path),
	    .local_pref = LOCAL_PREF_DEFAULT};
	enum reason reason;

	if ((j.peer->flags & PEER_FILTERS_NONE) != 0)
		j.skip |= SKIP_UNFILTERED;
	reason = ask_rows(&j, trace);
	if (reason == REASON_NONE)
		accept(&j, trace, out);
	else
		reject(&j, reason, out);
}

void
policy_judge(void *ctx, const struct path_view *path, struct verdict *out)
{
	judge(ctx, path, NULL, out);
}

void
policy_explain(struct policy *policy, const struct path_view *path, struct verdict *out,
    policy_trace_fn tell, void *trace_ctx)
{
	struct trace trace = {.tell = tell, .ctx = trace_ctx};

	judge(policy, path, &trace, out);
}
