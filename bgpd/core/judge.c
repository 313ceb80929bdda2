/* What the table asks of policy: see judge.h. */
#include "bgpd/core/judge.h"

#include <stdio.h>

#include "bgpd/clock.h"
#include "bgpd/core/state.h"

#define REJECTS_TOLD 20
#define MINUTE_US    60000000u

/* The value that decided, out of the steps of a judgement. */
struct offence {
	char value[POLICY_VALUE_MAX];
};

static void
take_step(void *ctx, const struct policy_step *step)
{
	struct offence *o = ctx;

	if (step->outcome == STEP_REJECT)
		snprintf(o->value, sizeof(o->value), "%s", step->value);
}

/* True for the first ones of a minute: what the limit of the log holds back is not worth a trace.
 */
static bool
is_worth_a_trace(struct core *c, struct core_slot *s)
{
	uint64_t minute = clock_us() / MINUTE_US;

	(void)c;
	if (s->reject_minute != minute) {
		s->reject_minute = minute;
		s->rejects_told = 0;
	}
	return s->rejects_told++ < 2 * REJECTS_TOLD;
}

static void
log_reject(struct core *c, const struct path_view *view, const struct verdict *verdict)
{
	struct core_slot *s = &c->slots[view->slot];
	const struct reason_row *reason = reason_get(verdict->reason);
	struct offence offence = {.value = ""};
	char prefix[PREFIX_TEXT_MAX];
	struct verdict again;

	prefix_format(view->prefix, prefix);
	if (is_worth_a_trace(c, s))
		policy_explain(c->now->policy, view, &again, take_step, &offence);
	event_log(EVENT_ROUTE_REJECTED, s->name, prefix, (unsigned)verdict->reason,
	    reason == NULL ? "" : reason->text, offence.value);
}

static void
judge(void *ctx, const struct path_view *view, struct verdict *out)
{
	struct core *c = ctx;

	policy_judge(c->now->policy, view, out);
	if (!out->accept && c->announcing)
		log_reject(c, view, out);
}

static void
reach(void *ctx, const uint8_t *block, size_t block_len, uint32_t tags, struct reach_out *out)
{
	struct core *c = ctx;

	policy_reach(c->now->policy, block, block_len, tags, out);
}

struct rib_policy
judge_policy(struct core *c)
{
	return (struct rib_policy){.ctx = c, .judge = judge, .reach = reach, .fits = egress_fits};
}
