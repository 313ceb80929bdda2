/*
 * show policy: everything in force for one peer: keys of the configuration with their values and
 * origins, what the data say of its AS-SETs, limits and how far it is from them, round-trip time,
 * role, rules that name it.
 */
#include <string.h>

#include "bgpd/control/limit.h"
#include "bgpd/control/query.h"
#include "bgpd/control/render.h"
#include "bgpd/control/settings.h"

#define NAMES_MAX 200 /* AS-SETs told one by one */
#define RULES_MAX 200 /* rules, likewise */

void
show_policy_start(struct query *q)
{
	q->from = query_peer(q, "peer");
}

/* ---- IRR ---- */

/* The names of its AS-SETs: the client's own, else those that PeeringDB has. */
struct names {
	const struct policy_name *names;
	const char *text;
	uint32_t count;
	const char *source; /* of the list; NULL: there is none */
};

static void
find_names(const struct core *c, const struct policy_peer *peer, struct names *out)
{
	const struct policy_config *config = &c->config.policy;
	const struct dataset *data = policy_dataset(c->now->policy);
	const struct data_network *network;

	*out = (struct names){.names = config->names + peer->objects.first,
	    .text = config->text,
	    .count = peer->objects.count,
	    .source = peer->objects.count > 0 ? "configuration" : NULL};
	if (out->count > 0 || (config->general->flags & GENERAL_IRR_PEERING_DB) == 0)
		return;
	network = dataset_network(data, peer->asn);
	if (network == NULL || network->objects.count == 0)
		return;
	out->names = dataset_records(data)->names + network->objects.first;
	out->text = dataset_records(data)->text;
	out->count = network->objects.count;
	out->source = "peeringdb";
}

static bool
is_missing(const struct authority *authority, const char *name)
{
	const char *missing;
	size_t iter = 0;

	while ((missing = authority_next_missing(authority, &iter)) != NULL)
		if (strcmp(missing, name) == 0)
			return true;
	return false;
}

/* The record of a name; NULL where there is none under the very text. */
static const struct data_object *
find_object(const struct policy_data *data, const char *name)
{
	for (uint32_t i = 0; i < data->object_count; i++)
		if (strcmp(data->text + data->objects[i].name, name) == 0)
			return &data->objects[i];
	return NULL;
}

static json_t *
render_as_set(const struct core *c, const struct authority *authority, const char *name)
{
	const struct policy_data *data = dataset_records(policy_dataset(c->now->policy));
	const struct data_object *object = find_object(data, name);

	return json_pack("{s:o,s:b,s:o,s:o}", "name", render_text(name), "has_data",
	    (int)!is_missing(authority, name), "origins",
	    object != NULL ? json_integer(object->asns.count) : json_null(), "prefixes",
	    object != NULL ? json_integer(object->prefixes.count) : json_null());
}

static json_t *
render_irr(const struct core *c, uint32_t slot)
{
	const struct authority *authority = policy_authority(c->now->policy, (uint16_t)slot);
	json_t *sets = json_array();
	struct names names;

	if (authority == NULL) {
		json_decref(sets);
		return json_null();
	}
	find_names(c, &c->config.policy.peers[slot], &names);
	for (uint32_t i = 0; i < names.count && i < NAMES_MAX; i++)
		json_array_append_new(
		    sets, render_as_set(c, authority, names.text + names.names[i].text));
	return json_pack("{s:I,s:o,s:I,s:o}", "origins",
	    (json_int_t)authority_origin_count(authority), "as_sets_from",
	    names.source != NULL ? json_string(names.source) : json_null(), "as_set_count",
	    (json_int_t)names.count, "as_sets", sets);
}

/* ---- round-trip time, role, what only observes ---- */

static json_t *
ms_or_null(uint32_t ms)
{
	return ms == POLICY_RTT_UNKNOWN ? json_null() : json_integer(ms);
}

static json_t *
render_rtt(const struct core *c, uint32_t slot)
{
	const struct policy_peer *peer = &c->config.policy.peers[slot];
	uint32_t measured_us = c->slots[slot].rtt.measured_us;
	uint32_t file =
	    dataset_rtt(policy_dataset(c->now->policy), (enum family)peer->family, peer->addr);
	uint32_t steers = policy_rtt(c->now->policy, (uint16_t)slot);
	const char *source = steers == POLICY_RTT_UNKNOWN ? NULL
	    : peer->rtt_ms != POLICY_RTT_UNKNOWN	  ? "client"
	    : file != POLICY_RTT_UNKNOWN		  ? "file"
							  : "measured";

	return json_pack("{s:o,s:o,s:o,s:o,s:o}", "configured_ms", ms_or_null(peer->rtt_ms),
	    "file_ms", ms_or_null(file), "measured_ms",
	    measured_us > 0 ? json_real(measured_us / 1000.0) : json_null(), "steers_ms",
	    ms_or_null(steers), "source", source != NULL ? json_string(source) : json_null());
}

static json_t *
render_observed(const struct core *c, uint32_t slot)
{
	json_t *list = json_array();

	for (uint8_t code = 1; code < REASON_END; code++) {
		uint64_t count = policy_observed(c->now->policy, (uint16_t)slot, code);

		if (count > 0)
			json_array_append_new(list,
			    json_pack("{s:s,s:I}", "reason", reason_get(code)->name, "judged",
				(json_int_t)count));
	}
	return list;
}

/* ---- rules ---- */

static bool
has_asn(const struct policy_config *config, struct policy_range range, uint32_t asn)
{
	for (uint32_t i = 0; i < range.count; i++)
		if (config->asns[range.first + i] == asn)
			return true;
	return false;
}

static bool
has_address(
    const struct policy_config *config, struct policy_range range, const struct policy_peer *peer)
{
	for (uint32_t i = 0; i < range.count; i++) {
		const struct policy_address *a = &config->addresses[range.first + i];

		if (a->family == peer->family && memcmp(a->addr, peer->addr, 16) == 0)
			return true;
	}
	return false;
}

/* How a rule names the peer; NULL if it does not. */
static const char *
names_peer(const struct policy_config *config, const struct policy_rule *rule,
    const struct policy_peer *peer)
{
	for (uint32_t i = 0; i < rule->matches.count; i++) {
		const struct policy_match *m = &config->matches[rule->matches.first + i];

		if ((m->kind == IF_PEER && has_asn(config, m->values, peer->asn)) ||
		    (m->kind == IF_PEER_ADDRESS && has_address(config, m->values, peer)))
			return m->negate ? "all routes but its own" : "its routes";
	}
	for (uint32_t i = 0; i < rule->actions.count; i++) {
		const struct policy_action *a = &config->actions[rule->actions.first + i];

		if ((a->kind == DO_WITHHOLD_FROM || a->kind == DO_ONLY_TO) &&
		    has_asn(config, a->values, peer->asn))
			return a->kind == DO_ONLY_TO ? "routes for it" : "routes kept from it";
	}
	return NULL;
}

static void
add_rules(const struct policy_config *config, struct policy_range range, const char *direction,
    const struct policy_peer *peer, json_t *list)
{
	for (uint32_t i = 0; i < range.count && json_array_size(list) < RULES_MAX; i++) {
		const struct policy_rule *rule = &config->rules[range.first + i];
		const char *about = names_peer(config, rule, peer);

		if (about != NULL)
			json_array_append_new(list,
			    json_pack("{s:s,s:I,s:I,s:s,s:o}", "direction", direction, "number",
				(json_int_t)i + 1, "line", (json_int_t)rule->line, "about", about,
				"text", render_text(config->text + rule->text)));
	}
}

static json_t *
render_rules(const struct core *c, uint32_t slot)
{
	const struct policy_config *config = &c->config.policy;
	json_t *list = json_array();

	add_rules(config, config->general->import_rules, "import", &config->peers[slot], list);
	add_rules(config, config->general->export_rules, "export", &config->peers[slot], list);
	return list;
}

/* ---- all of it ---- */

static json_t *
render_limits(const struct core *c, uint32_t slot)
{
	json_t *list = json_array();

	for (unsigned f = 0; f < FAMILY_COUNT; f++)
		if ((c->config.slots[slot].families >> f & 1) != 0)
			json_array_append_new(list, limit_render(c, slot, f));
	return list;
}

enum query_progress
show_policy_step(struct query *q)
{
	const struct core *c = q->core;
	uint32_t slot = (uint32_t)q->from;
	const struct compiled_slot *conf = &c->config.slots[slot];
	const struct policy_peer *peer = &c->config.policy.peers[slot];

	query_answer(q,
	    json_pack("{s:s,s:I,s:o,s:s,s:b,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o}", "peer",
		c->slots[slot].name, "asn", (json_int_t)conf->asn, "description",
		render_text(conf->description), "kind",
		peer->kind == PEER_COLLECTOR ? "collector" : "client", "quarantine",
		(int)((peer->flags & PEER_QUARANTINE) != 0), "role", settings_role(peer->role),
		"irr", render_irr(c, slot), "limits", render_limits(c, slot), "rtt",
		render_rtt(c, slot), "observe", settings_reasons(peer->observe), "observed",
		render_observed(c, slot), "rules", render_rules(c, slot), "settings",
		settings_render(c, slot)));
	return QUERY_DONE;
}
