/*
 * admit: what is in the way of a peer in quarantine: its routes, which are judged like all others,
 * summed up by reason, with examples. Admitting is a change of the configuration, not an order.
 */
#include <string.h>

#include "bgpd/control/limit.h"
#include "bgpd/control/query.h"
#include "bgpd/control/render.h"
#include "bgpd/control/route.h"

#define EXAMPLES_MAX   5
#define JUDGED_A_STEP  32
#define SEEN_A_STEP    2048 /* paths of anybody */
#define ENTRIES_A_STEP 256

void
admit_start(struct query *q)
{
	q->from = query_peer(q, "peer");
	if (q->error[0] != '\0')
		return;
	if (q->core->config.policy.peers[q->from].kind == PEER_COLLECTOR)
		query_fail(q, "%s is a collector: it announces nothing that could be judged",
		    q->core->slots[q->from].name);
	else if (!q->core->slots[q->from].up)
		query_fail(q, "%s is down: there are no routes of it to judge",
		    q->core->slots[q->from].name);
	if (q->error[0] != '\0')
		return;
	query_prefix(q);
	q->sum = json_pack("{s:i,s:i,s:i,s:i,s:[],s:[]}", "received", 0, "accepted", 0, "rejected",
	    0, "observed", 0, "reasons", "observations");
}

/* ---- the sum ---- */

static void
count(json_t *object, const char *name)
{
	json_t *n = json_object_get(object, name);

	json_integer_set(n, json_integer_value(n) + 1);
}

/* The object of a reason in a list of sums; a new one where there is none. */
static json_t *
reason_sum(json_t *list, uint8_t code)
{
	json_t *sum;
	size_t i;

	json_array_foreach(list, i, sum)
	{
		if (json_integer_value(json_object_get(sum, "code")) == code)
			return sum;
	}
	sum = route_render_reason(code, NULL);
	json_object_del(sum, "value");
	json_object_set_new(sum, "count", json_integer(0));
	json_object_set_new(sum, "examples", json_array());
	json_array_append_new(list, sum);
	return sum;
}

static void
add_example(json_t *sum, const struct prefix *prefix, json_t *value)
{
	json_t *examples = json_object_get(sum, "examples");

	count(sum, "count");
	if (json_array_size(examples) < EXAMPLES_MAX)
		json_array_append_new(examples,
		    json_pack("{s:o,s:O}", "prefix", render_prefix(prefix), "value", value));
}

static void
add_path(struct query *q, const struct table_entry_view *e, const struct table_path_view *p)
{
	struct route_findings findings = {.observations = json_array()};
	json_t *observation, *value;
	size_t i;

	route_find(q->core, e, p, &findings);
	count(q->sum, "received");
	count(q->sum, p->verdict.accept ? "accepted" : "rejected");
	if (!p->verdict.accept) {
		value = findings.value[0] != '\0' ? render_text(findings.value) : json_null();
		add_example(reason_sum(json_object_get(q->sum, "reasons"), p->verdict.reason),
		    &e->prefix, value);
		json_decref(value);
	}
	if (findings.observed != 0)
		count(q->sum, "observed");
	json_array_foreach(findings.observations, i, observation)
	{
		uint8_t code = (uint8_t)json_integer_value(json_object_get(observation, "code"));

		add_example(reason_sum(json_object_get(q->sum, "observations"), code), &e->prefix,
		    json_object_get(observation, "value"));
	}
	json_decref(findings.observations);
}

/* Adds the peer's paths of an entry; *seen grows by all that had to be looked at. */
static unsigned
add_entry(struct query *q, const struct table_entry_view *e, unsigned *seen)
{
	struct table_path_view p;
	uint32_t iter = 0;
	unsigned judged = 0;

	while (table_path_next(q->core->table, e, &iter, &p)) {
		(*seen)++;
		if (p.slot != q->from || p.gone)
			continue;
		add_path(q, e, &p);
		judged++;
	}
	return judged;
}

/* ---- the answer ---- */

static const char *
next_step(bool is_quarantined, bool passes)
{
	if (!is_quarantined)
		return "the peer is not in quarantine";
	return passes ? "remove `quarantine: true` of this client from the configuration, then "
			"`roostctl reload`"
		      : "let the member correct this and ask again; `quarantine: true` stays";
}

static void
answer(struct query *q)
{
	const struct core *c = q->core;
	uint32_t slot = (uint32_t)q->from;
	const struct compiled_slot *conf = &c->config.slots[slot];
	bool is_quarantined = (c->config.policy.peers[slot].flags & PEER_QUARANTINE) != 0;
	bool is_over = limit_is_exceeded(c, slot, 0);
	bool passes = !is_over && json_integer_value(json_object_get(q->sum, "rejected")) == 0;
	struct table_peer_view v;
	json_t *o;

	table_peer_get_state(c->table, (uint16_t)slot, (enum family)conf->family, &v);
	o = json_pack("{s:s,s:I,s:o,s:b,s:b,s:b}", "peer", c->slots[slot].name, "asn",
	    (json_int_t)conf->asn, "description", render_text(conf->description), "quarantine",
	    (int)is_quarantined, "end_of_rib_received", (int)v.eor_received, "passes", (int)passes);
	json_object_update(o, q->sum);
	json_object_set_new(o, "limit", limit_render(c, slot, (enum family)conf->family));
	json_object_set_new(o, "next", json_string(next_step(is_quarantined, passes)));
	query_answer(q, o);
}

enum query_progress
admit_step(struct query *q)
{
	unsigned judged = 0, seen = 0;
	struct table_entry_view e;

	/* What has not been judged by the policy in force says nothing. */
	if (table_rejudge_left(q->core->table) > 0)
		return QUERY_WAIT;
	for (unsigned n = 0; n < ENTRIES_A_STEP && judged < JUDGED_A_STEP && seen < SEEN_A_STEP;
	     n++) {
		if (!query_next_entry(q, &e)) {
			answer(q);
			return QUERY_DONE;
		}
		judged += add_entry(q, &e, &seen);
	}
	return QUERY_MORE;
}
