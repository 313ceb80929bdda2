/* Paths as displays have them: see route.h. */
#include "bgpd/control/route.h"

#include <stdio.h>
#include <string.h>

#include "bgpd/control/render.h"
#include "bgpd/core/malformed.h"

void
route_path_init(
    struct route_path *path, const struct table_entry_view *e, const struct table_path_view *p)
{
	attrs_read_facts(p->block, p->block_len, &path->facts);
	path->view = (struct path_view){.prefix = &e->prefix,
	    .block = p->block,
	    .block_len = p->block_len,
	    .facts = &path->facts,
	    .slot = p->slot};
}

json_t *
route_render_reason(uint8_t code, const char *value)
{
	const struct reason_row *row = reason_get(code);

	return json_pack("{s:i,s:s,s:s,s:o}", "code", (int)code, "name",
	    row != NULL ? row->name : "?", "text", row != NULL ? row->text : "?", "value",
	    value != NULL && value[0] != '\0' ? render_text(value) : json_null());
}

static void
hear_nothing(void *ctx, const struct policy_step *step)
{
	(void)ctx;
	(void)step;
}

/*
 * The verdict of the policy in force. The stored one may be of the policy before for as long as
 * paths are judged again, and of a session that is over for good; its tags mean nothing then.
 */
static struct verdict
verdict_in_force(struct core *c, const struct route_path *path, const struct table_path_view *p)
{
	struct verdict verdict = p->verdict;

	if (!p->fixed && (p->gone || table_rejudge_left(c->table) > 0))
		policy_explain(c->now->policy, &path->view, &verdict, hear_nothing, NULL);
	return verdict;
}

/* ---- what policy found ---- */

struct asking {
	uint8_t reason; /* of the verdict that the table has */
	struct route_findings *out;
};

static void
take_step(void *ctx, const struct policy_step *step)
{
	struct asking *a = ctx;

	if (step->outcome == STEP_REJECT && step->reason == a->reason)
		snprintf(a->out->value, sizeof(a->out->value), "%s", step->value);
	if (step->outcome != STEP_OBSERVED)
		return;
	a->out->observed |= UINT32_C(1) << step->reason;
	if (a->out->observations != NULL)
		json_array_append_new(
		    a->out->observations, route_render_reason(step->reason, step->value));
}

/* Nothing to learn by asking: accepted, and no check of this peer only observes. */
static bool
is_plain(const struct core *c, const struct table_path_view *p)
{
	const struct policy_config *config = &c->config.policy;

	return p->verdict.accept && config->peers[p->slot].observe == 0 &&
	    config->general->transit_free != TRANSIT_FREE_WARNING;
}

/* What was never judged has what the decoder said (RFC 7606). */
static void
find_malformed(const struct table_path_view *p, struct route_findings *out)
{
	struct malformed_view m;

	if (malformed_read(p->block, p->block_len, &m))
		snprintf(out->value, sizeof(out->value), "%.*s", (int)m.text_len, m.text);
}

void
route_find(struct core *c, const struct table_entry_view *e, const struct table_path_view *p,
    struct route_findings *out)
{
	struct asking asking = {.reason = p->verdict.reason, .out = out};
	struct route_path path;
	struct verdict verdict;

	out->value[0] = '\0';
	out->observed = 0;
	if (p->fixed)
		find_malformed(p, out);
	if (p->fixed || is_plain(c, p))
		return;
	route_path_init(&path, e, p);
	policy_explain(c->now->policy, &path.view, &verdict, take_step, &asking);
	/* The table counts control combinations, not policy. */
	if (p->verdict.reason == REASON_TOO_MANY && verdict.accept)
		snprintf(out->value, sizeof(out->value),
		    "more than %u distinct control combinations",
		    c->config.policy.general->reaches_max);
}

/* ---- the route object ---- */

static json_t *
state_or_null(const char *const names[4], uint32_t state)
{
	return state == 0 ? json_null() : json_string(names[state]);
}

/* Null where the states are not kept: nothing is tagged with them. */
static json_t *
render_irr(const struct verdict *v)
{
	static const struct {
		uint32_t tag;
		const char *name;
	} rows[] = {{TAG_VALID_ROA, "roa"}, {TAG_VALID_ARIN, "arin"},
	    {TAG_VALID_REGISTROBR, "registrobr"}, {TAG_VALID_WHITE_LIST, "white-list"}};
	bool is_reason = v->reason == REASON_IRR_ORIGIN || v->reason == REASON_IRR_PREFIX;
	json_t *validated = json_array();

	if ((v->tags & TAG_IRR) == 0 && !is_reason) {
		json_decref(validated);
		return json_null();
	}
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if ((v->tags & rows[i].tag) != 0)
			json_array_append_new(validated, json_string(rows[i].name));
	return json_pack("{s:b,s:b,s:o}", "origin", (int)((v->tags & TAG_IRR_ORIGIN) != 0),
	    "prefix", (int)((v->tags & TAG_IRR_PREFIX) != 0), "validated_by", validated);
}

static void
set_states(json_t *route, const struct verdict *v)
{
	static const char *const rov[] = {"", "valid", "unknown", "invalid"};
	static const char *const aspa[] = {"", "valid", "unknown", "invalid"};

	json_object_set_new(route, "blackhole", json_boolean((v->tags & TAG_BLACKHOLE) != 0));
	json_object_set_new(
	    route, "rov", state_or_null(rov, (v->tags & TAG_ROV_MASK) >> TAG_ROV_SHIFT));
	json_object_set_new(
	    route, "aspa", state_or_null(aspa, (v->tags & TAG_ASPA_MASK) >> TAG_ASPA_SHIFT));
	json_object_set_new(route, "irr", render_irr(v));
}

static void
put_community(void *ctx, const struct community_value *value)
{
	uint8_t octets[12];

	community_write(value, octets);
	render_add_community(ctx, (enum community_format)value->format, octets);
}

static json_t *
render_view(struct core *c, const struct table_entry_view *e, const struct table_path_view *p)
{
	json_t *view =
	    json_pack("{s:[],s:[],s:[]}", "communities", "large_communities", "ext_communities");
	struct route_path path;
	struct verdict verdict;

	route_path_init(&path, e, p);
	verdict = verdict_in_force(c, &path, p);
	policy_view(c->now->policy, &path.view, &verdict, put_community, view);
	return view;
}

static void
set_verdict(struct core *c, json_t *route, const struct table_entry_view *e,
    const struct table_path_view *p)
{
	struct route_findings findings = {.observations = json_array()};
	json_t *reasons = json_array();

	route_find(c, e, p, &findings);
	if (!p->verdict.accept)
		json_array_append_new(
		    reasons, route_render_reason(p->verdict.reason, findings.value));
	json_object_set_new(route, "local_pref", json_integer(p->verdict.local_pref));
	json_object_set_new(route, "accepted", json_boolean(p->verdict.accept));
	json_object_set_new(route, "tagged", json_boolean(p->verdict.tagged));
	json_object_set_new(route, "best", json_boolean(p->best));
	json_object_set_new(route, "stale", json_boolean(p->stale));
	json_object_set_new(route, "gone", json_boolean(p->gone));
	json_object_set_new(route, "reject_reasons", reasons);
	json_object_set_new(route, "observed", findings.observations);
}

json_t *
route_render(struct core *c, const struct table_entry_view *e, const struct table_path_view *p,
    const struct table_told_view *told)
{
	json_t *attributes = told != NULL ? render_attributes(told->block, told->block_len)
					  : render_attributes(p->block, p->block_len);
	char text[PREFIX_TEXT_MAX];
	json_t *route;

	prefix_format(&e->prefix, text);
	route = json_pack("{s:s,s:s,s:I,s:I}", "prefix", text, "peer", c->slots[p->slot].name,
	    "peer_asn", (json_int_t)c->config.slots[p->slot].asn, "path_id",
	    (json_int_t)(told != NULL ? told->path_id : p->path_id));
	json_object_update(route, attributes);
	json_decref(attributes);
	set_verdict(c, route, e, p);
	set_states(route, &p->verdict);
	json_object_set_new(route, "view", render_view(c, e, p));
	json_object_set_new(route, "received_at", render_time(p->received_s));
	return route;
}

/* ---- towards one receiver ---- */

/* policy_withheld()'s names, and those of the table and the session. */
static const struct {
	const char *name;
	const char *text;
} withholders[] = {
    {"source", "it came from this peer"},
    {"rejected", "it was rejected on its way in"},
    {"quarantine", "one of the two peers is in quarantine"},
    {"collector", "a collector gets tagged rejects alone"},
    {"next-hop", "the peer cannot use its next hop"},
    {"otc", "Only-to-Customer: it may not go to this peer (RFC 9234)"},
    {"well-known", "NO_EXPORT or NO_ADVERTISE, which this server obeys"},
    {"blackhole", "a blackhole request, and the peer takes none"},
    {"rov-invalid", "RPKI invalid, accepted here but told to nobody"},
    {"control-community", "the announcing member asked for it by community"},
    {"rule", "a site rule keeps it from this peer"},
    {"too-large", "its attributes do not fit one message to the peer"},
    {"not-configured", "the receiver is no configured peer"},
    {"session-down", "the peer is down; policy would let it through"},
    {"session-over", "the session that announced it is over"},
    {"family", "the peer has no session for this address family"},
    {"not-best", "another path of the prefix is sent instead"},
    {"not-among-best", "the peer is sent the best paths of a prefix, and as many as it takes"},
    {"deferred", "the server has just started and waits for its members' routes"},
    {"pending", "it is about to be sent"},
};

static const char *
withholder_text(const char *name)
{
	for (size_t i = 0; i < sizeof(withholders) / sizeof(withholders[0]); i++)
		if (strcmp(withholders[i].name, name) == 0)
			return withholders[i].text;
	return "";
}

static bool
names_slot(const struct table_told_view *t, uint16_t slot)
{
	size_t word = slot / 64;

	return word < t->nwords && (t->words[word] >> (slot % 64) & 1) != 0;
}

/* Looks for the told row of the path; *others: how many the receiver has of other paths. */
static bool
find_told(const struct core *c, const struct table_entry_view *e, uint32_t sent_id,
    uint16_t receiver, struct table_told_view *out, unsigned *others)
{
	uint32_t iter = 0;

	*others = 0;
	while (table_told_next(c->table, e, &iter, out)) {
		if (!names_slot(out, receiver))
			continue;
		if (out->path_id == sent_id)
			return true;
		(*others)++;
	}
	return false;
}

/* What a path would leave as for a class of receivers. */
struct leaving {
	enum family family;
	uint8_t class;
	const char *withheld; /* NULL: a message can carry it */
};

/* By the encoder's arithmetic, as the table asked it. */
static void
try_to_leave(void *ctx, const uint8_t *block, size_t block_len)
{
	struct leaving *l = ctx;
	bool takes_ipv6 = (l->class & CLASS_IPV6_NEXT_HOP) != 0;

	if ((egress_fits(NULL, block, block_len, l->family) >> l->class & 1) != 0)
		return;
	l->withheld =
	    l->family == FAMILY_IPV4 && block[0] != 4 && !takes_ipv6 ? "next-hop" : "too-large";
}

/* What no message to the session can carry: it has not agreed upon what the path needs. */
static const char *
withheld_by_class(struct core *c, const struct table_entry_view *e, const struct table_path_view *p,
    const struct verdict *verdict, uint16_t receiver)
{
	enum family family = e->prefix.family;
	struct leaving l = {.family = family, .class = c->slots[receiver].class[family]};

	policy_leaving(c->now->policy, p->block, p->block_len, verdict, receiver, try_to_leave, &l);
	return l.withheld;
}

/* What policy lets through and is not told all the same. */
static const char *
withheld_by_table(struct core *c, const struct table_entry_view *e, const struct table_path_view *p,
    const struct verdict *verdict, uint16_t receiver, unsigned others)
{
	const struct core_slot *s = &c->slots[receiver];
	bool has_path_ids = (s->session.add_path_tx >> e->prefix.family & 1) != 0;
	uint16_t paths_told = c->config.slots[receiver].paths_told;
	const char *by_class;

	if (!s->up)
		return "session-down";
	if ((s->session.families >> e->prefix.family & 1) == 0)
		return "family";
	by_class = withheld_by_class(c, e, p, verdict, receiver);
	if (by_class != NULL)
		return by_class;
	if (has_path_ids && paths_told != 0 && others >= paths_told)
		return "not-among-best";
	if (!has_path_ids && (others > 0 || (!p->best && !c->config.head->path_hiding)))
		return "not-best";
	return c->deferral.is_on ? "deferred" : "pending";
}

bool
route_is_heard(const struct core *c, uint16_t slot, enum family family)
{
	const struct core_slot *s = &c->slots[slot];
	struct table_peer_view v;

	if (!s->up || (s->session.families >> family & 1) == 0)
		return false;
	table_peer_get_state(c->table, slot, family, &v);
	return !c->deferral.is_on || v.state == PEER_LIVE;
}

void
route_export_get(struct core *c, const struct table_entry_view *e, const struct table_path_view *p,
    uint16_t receiver, struct route_export *out)
{
	bool is_live = route_is_heard(c, receiver, e->prefix.family);
	unsigned others;
	struct route_path path;
	struct verdict verdict;

	*out = (struct route_export){0};
	out->is_told =
	    find_told(c, e, p->sent_id, receiver, &out->told, &others) && is_live && !p->gone;
	if (out->is_told)
		return;
	route_path_init(&path, e, p);
	verdict = verdict_in_force(c, &path, p);
	out->withheld = p->gone ? "session-over"
				: policy_withheld(c->now->policy, p->block, p->block_len,
				      &path.view, &verdict, receiver);
	if (out->withheld == NULL)
		out->withheld = withheld_by_table(c, e, p, &verdict, receiver, others);
	out->text = withholder_text(out->withheld);
}

json_t *
route_render_withheld(const struct route_export *export)
{
	if (export->is_told)
		return json_null();
	return json_pack("{s:s,s:s}", "name", export->withheld, "text", export->text);
}
