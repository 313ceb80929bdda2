/*
 * explain: what became of the paths of one peer for one prefix, row by row of policy's table of
 * checks, and then towards one receiver. It is policy's own judgement, told while it is made.
 *
 *   an address: pass over what covers it --> the longest prefix that the peer announces
 *   a prefix:   that prefix              --> its paths of the peer, an answer each
 */
#include <string.h>

#include "bgpd/control/query.h"
#include "bgpd/control/render.h"
#include "bgpd/control/route.h"

#define PATHS_A_STEP  8
#define OCTETS_A_STEP 16384 /* of attributes */

void
explain_start(struct query *q)
{
	const char *text = query_text(q, "prefix");

	if (q->error[0] == '\0' && text == NULL)
		query_fail(q, "a prefix or an address must be named: explain PREFIX from PEER");
	if (q->error[0] == '\0' && json_object_get(q->args, "from") == NULL)
		query_fail(q, "say who announces it: explain PREFIX from PEER [to PEER]");
	if (q->error[0] == '\0')
		q->from = query_peer(q, "from");
	if (q->error[0] == '\0' && json_object_get(q->args, "to") != NULL)
		q->to = query_peer(q, "to");
	if (q->error[0] != '\0')
		return;
	query_prefix(q);
	q->is_longest = q->error[0] == '\0' && strchr(text, '/') == NULL;
	if (q->is_longest)
		q->cursor.match = MATCH_SHORTER;
}

/* ---- the checks ---- */

static const char *const outcomes[] = {
    [STEP_PASS] = "pass",
    [STEP_REJECT] = "reject",
    [STEP_OBSERVED] = "observed",
    [STEP_SKIPPED] = "skipped",
    [STEP_NOTE] = "note",
};

static void
add_check(json_t *checks, const char *name, uint8_t reason, const char *outcome, const char *value)
{
	json_array_append_new(checks,
	    json_pack("{s:s,s:o,s:s,s:o}", "check", name, "code",
		reason != REASON_NONE ? json_integer(reason) : json_null(), "outcome", outcome,
		"value", value[0] != '\0' ? render_text(value) : json_null()));
}

static void
take_step(void *ctx, const struct policy_step *step)
{
	add_check(ctx, step->check, step->reason, outcomes[step->outcome], step->value);
}

/* What the table or the decoder decided, where policy was not the one. */
static void
add_other_reason(struct query *q, const struct table_entry_view *e, const struct table_path_view *p,
    const struct verdict *verdict, json_t *checks)
{
	const struct reason_row *row = reason_get(p->verdict.reason);
	bool is_over_limit = p->verdict.reason == REASON_TOO_MANY && verdict->accept;
	struct route_findings findings = {0};

	if (row == NULL || (!p->fixed && !is_over_limit))
		return;
	route_find(q->core, e, p, &findings);
	add_check(checks, row->name, row->code, "reject", findings.value);
}

static json_t *
render_checks(struct query *q, const struct table_entry_view *e, const struct table_path_view *p)
{
	json_t *checks = json_array();
	struct verdict verdict = p->verdict;
	struct route_path path;

	route_path_init(&path, e, p);
	if (!p->fixed)
		policy_explain(q->core->now->policy, &path.view, &verdict, take_step, checks);
	add_other_reason(q, e, p, &verdict, checks);
	return checks;
}

/* ---- towards the receiver ---- */

static json_t *
render_export(struct query *q, const struct table_entry_view *e, const struct table_path_view *p)
{
	const struct core *c = q->core;
	struct route_export export;

	route_export_get(q->core, e, p, (uint16_t)q->to, &export);
	return json_pack("{s:s,s:I,s:b,s:o,s:o}", "to", c->slots[q->to].name, "to_asn",
	    (json_int_t)c->config.slots[q->to].asn, "told", (int)export.is_told, "withheld",
	    route_render_withheld(&export), "attributes",
	    export.is_told ? render_attributes(export.told.block, export.told.block_len)
			   : json_null());
}

/* ---- answers ---- */

static void
answer_path(struct query *q, const struct table_entry_view *e, const struct table_path_view *p)
{
	json_t *route = route_render(q->core, e, p, NULL);

	/* Its verdict may still be that of the policy before. */
	json_object_set_new(route, "is_judged_again",
	    json_boolean(!p->gone && table_rejudge_left(q->core->table) > 0));
	json_object_set_new(route, "checks", render_checks(q, e, p));
	json_object_set_new(route, "export", q->to != -1 ? render_export(q, e, p) : json_null());
	query_answer(q, route);
}

static bool
has_path(const struct query *q, const struct table_entry_view *e)
{
	struct table_path_view p;
	uint32_t iter = 0;

	while (table_path_next(q->core->table, e, &iter, &p))
		if (p.slot == q->from)
			return true;
	return false;
}

/* One entry that covers the address. */
static enum query_progress
look_for_longest(struct query *q)
{
	struct table_entry_view e;

	if (query_next_entry(q, &e)) {
		if (has_path(q, &e)) {
			q->prefix = e.prefix;
			q->is_found = true;
		}
		return QUERY_MORE;
	}
	q->is_longest = false;
	if (q->is_found)
		table_cursor_init(&q->cursor, &q->prefix, MATCH_EXACT);
	return QUERY_MORE;
}

/* Answers some of the entry and returns true when that was the last. */
static bool
answer_entry(struct query *q, const struct table_entry_view *e)
{
	struct table_path_view p;
	uint32_t iter = 0, answered = 0, n = 0;
	size_t octets = 0;

	while (table_path_next(q->core->table, e, &iter, &p)) {
		if (p.slot != q->from || n++ < q->passed)
			continue;
		if (answered == PATHS_A_STEP || octets > OCTETS_A_STEP) {
			q->passed += answered;
			return false;
		}
		answered++;
		octets += p.block_len;
		answer_path(q, e, &p);
	}
	return true;
}

enum query_progress
explain_step(struct query *q)
{
	struct table_cursor before = q->cursor;
	struct table_entry_view e;

	if (q->is_longest)
		return look_for_longest(q);
	if (query_next_entry(q, &e)) {
		if (!answer_entry(q, &e))
			q->cursor = before;
		return QUERY_MORE;
	}
	if (q->count == 0)
		query_fail(q,
		    "%s has announced no route for %.60s; `show routes %.60s` says who has",
		    q->core->slots[q->from].name, query_text(q, "prefix"), query_text(q, "prefix"));
	return QUERY_DONE;
}
