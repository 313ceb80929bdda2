/* From the naive policy's world to records of policy/, see compile.h. */
#include "tests/policymodel/compile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RECORDS	   4096
#define TEXT_BYTES 8192

struct compiled {
	struct policy_general general;
	struct policy_peer peers[NAIVE_PEERS];
	struct policy_prefix prefixes[RECORDS]; /* this and the next two serve both */
	uint32_t asns[RECORDS];
	struct policy_name names[RECORDS];
	struct policy_address addresses[RECORDS];
	struct policy_community communities[RECORDS];
	struct policy_rule rules[RECORDS];
	struct policy_match matches[RECORDS];
	struct policy_action actions[RECORDS];
	char text[TEXT_BYTES];
	struct data_vrp vrps[NAIVE_RECORDS];
	struct data_aspa aspas[NAIVE_RECORDS];
	struct data_route routes[3][NAIVE_RECORDS];
	struct data_object objects[NAIVE_OBJECTS];
	struct data_network networks[NAIVE_PEERS];
	struct data_rtt rtts[NAIVE_PEERS];
	struct policy_config config;
	struct policy_data data;
	struct dataset *dataset;
	struct policy *policy;
};

static void
fail(const char *what)
{
	fprintf(stderr, "policymodel: %s\n", what);
	abort();
}

static uint32_t
take(uint32_t *count, uint32_t room)
{
	if (*count == room)
		fail("more records than there is room for");
	return (*count)++;
}

struct prefix
compile_prefix(const struct naive_prefix *from)
{
	struct prefix p = {.family = from->family, .len = from->len};

	memcpy(p.addr, from->addr, sizeof(p.addr));
	return p;
}

/* ---- lists ---- */

static struct policy_range
put_list(struct compiled *c, const struct naive_list *list)
{
	struct policy_range range = {c->config.prefix_count, list->count};

	for (unsigned i = 0; i < list->count; i++) {
		const struct naive_entry *e = &list->entries[i];

		c->prefixes[take(&c->config.prefix_count, RECORDS)] =
		    (struct policy_prefix){.prefix = compile_prefix(&e->prefix),
			.ge = (uint8_t)e->ge,
			.le = (uint8_t)e->le,
			.asn = e->asn,
			.has_asn = e->has_asn};
	}
	return range;
}

static struct policy_range
put_asns(struct compiled *c, const struct naive_asns *list)
{
	struct policy_range range = {c->config.asn_count, list->count};

	for (unsigned i = 0; i < list->count; i++)
		c->asns[take(&c->config.asn_count, RECORDS)] = list->asn[i];
	return range;
}

static struct policy_address
address_of(const struct naive_address *from)
{
	struct policy_address a = {.family = from->family};

	memcpy(a.addr, from->addr, sizeof(a.addr));
	return a;
}

static struct policy_range
put_addresses(struct compiled *c, const struct naive_address *list, unsigned count)
{
	struct policy_range range = {c->config.address_count, count};

	for (unsigned i = 0; i < count; i++)
		c->addresses[take(&c->config.address_count, RECORDS)] = address_of(&list[i]);
	return range;
}

static uint32_t
put_text(struct compiled *c, const char *text)
{
	uint32_t at = c->config.text_len;
	size_t len = strlen(text) + 1;

	if (at + len > TEXT_BYTES)
		fail("more text than there is room for");
	memcpy(c->text + at, text, len);
	c->config.text_len += (uint32_t)len;
	return at;
}

static struct policy_range
put_names(struct compiled *c, const char *const *list, unsigned count)
{
	struct policy_range range = {c->config.name_count, count};

	for (unsigned i = 0; i < count; i++)
		c->names[take(&c->config.name_count, RECORDS)].text = put_text(c, list[i]);
	return range;
}

/* ---- communities ---- */

static uint8_t
name_of(const struct naive_pattern *p, bool is_custom)
{
	unsigned name = NAME_CUSTOM;

	if (!is_custom)
		name = p->name == NAIVE_REASON_MAP ? NAME_REJECT_CAUSE_MAP
						   : community_find(naive_names[p->name].key);
	if (name == NAME_COUNT)
		fail("a community that policy does not know");
	return (uint8_t)name;
}

static uint32_t
put_community(struct compiled *c, const struct naive_pattern *p, bool is_custom)
{
	static const uint8_t formats[] = {[NAIVE_STD] = COMMUNITY_STD,
	    [NAIVE_LARGE] = COMMUNITY_LARGE,
	    [NAIVE_EXT] = COMMUNITY_EXT};
	static const uint8_t wilds[] = {
	    [NAIVE_FIXED] = WILD_NONE, [NAIVE_PEER_AS] = WILD_PEER, [NAIVE_DYN_VAL] = WILD_ANY};
	uint32_t at = take(&c->config.community_count, RECORDS);

	c->communities[at] = (struct policy_community){.index = p->index,
	    .part = {p->value.part[0], p->value.part[1], p->value.part[2]},
	    .ext_type = (uint16_t)p->value.type,
	    .name = name_of(p, is_custom),
	    .format = formats[p->value.format],
	    .wild = wilds[p->wild]};
	return at;
}

static struct policy_range
put_communities(struct compiled *c, const struct naive_pattern *p, unsigned count, bool is_custom)
{
	struct policy_range range = {c->config.community_count, count};

	for (unsigned i = 0; i < count; i++)
		put_community(c, &p[i], is_custom);
	return range;
}

/* ---- rules ---- */

static uint32_t
rov_bits(uint32_t bits)
{
	static const unsigned states[] = {[NAIVE_NOT_PERFORMED] = ROV_NOT_PERFORMED,
	    [NAIVE_VALID] = ROV_VALID,
	    [NAIVE_UNKNOWN] = ROV_UNKNOWN,
	    [NAIVE_INVALID] = ROV_INVALID};
	uint32_t out = 0;

	for (unsigned i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		out |= (bits >> i & 1) << states[i];
	return out;
}

static uint32_t
irr_bits(uint32_t bits)
{
	return ((bits & NAIVE_IRR_ORIGIN) != 0 ? IF_IRR_ORIGIN : 0U) |
	    ((bits & NAIVE_IRR_NO_ORIGIN) != 0 ? IF_IRR_NO_ORIGIN : 0U) |
	    ((bits & NAIVE_IRR_PREFIX) != 0 ? IF_IRR_PREFIX : 0U) |
	    ((bits & NAIVE_IRR_NO_PREFIX) != 0 ? IF_IRR_NO_PREFIX : 0U);
}

static const struct {
	uint8_t kind;
	enum { OF_NOTHING, OF_PREFIXES, OF_ASNS, OF_ADDRESS, OF_PATTERN } values;
} match_kinds[NAIVE_IFS] = {
    [NAIVE_IF_PREFIX_LIST] = {IF_PREFIX_LIST, OF_PREFIXES},
    [NAIVE_IF_PEER] = {IF_PEER, OF_ASNS},
    [NAIVE_IF_PEER_ADDRESS] = {IF_PEER_ADDRESS, OF_ADDRESS},
    [NAIVE_IF_CONTAINS] = {IF_PATH_CONTAINS, OF_ASNS},
    [NAIVE_IF_ORIGIN] = {IF_PATH_ORIGIN, OF_ASNS},
    [NAIVE_IF_NEIGHBOUR] = {IF_PATH_NEIGHBOR, OF_ASNS},
    [NAIVE_IF_COMMUNITY] = {IF_COMMUNITY, OF_PATTERN},
    [NAIVE_IF_ROV] = {IF_ROV, OF_NOTHING},
    [NAIVE_IF_IRR] = {IF_IRR, OF_NOTHING},
    [NAIVE_IF_LENGTH] = {IF_LENGTH, OF_NOTHING},
    [NAIVE_IF_PATH_LENGTH] = {IF_PATH_LENGTH, OF_NOTHING},
    [NAIVE_IF_BLACKHOLE] = {IF_BLACKHOLE, OF_NOTHING},
    [NAIVE_IF_FAMILY] = {IF_FAMILY, OF_NOTHING},
};

static struct policy_range
put_values(struct compiled *c, const struct naive_match *m)
{
	switch (match_kinds[m->kind].values) {
	case OF_PREFIXES:
		return put_list(c, &m->prefixes);
	case OF_ASNS:
		return put_asns(c, &m->asns);
	case OF_ADDRESS:
		return put_addresses(c, &m->address, 1);
	case OF_PATTERN:
		return put_communities(c, &m->pattern, 1, false);
	case OF_NOTHING:
		break;
	}
	return (struct policy_range){0, 0};
}

static void
put_match(struct compiled *c, const struct naive_match *m)
{
	struct policy_match out = {.kind = match_kinds[m->kind].kind,
	    .negate = m->negate,
	    .low = m->low,
	    .high = m->high,
	    .values = put_values(c, m)};

	if (m->kind == NAIVE_IF_ROV)
		out.low = rov_bits(m->low);
	else if (m->kind == NAIVE_IF_IRR)
		out.low = irr_bits(m->low);
	c->matches[take(&c->config.match_count, RECORDS)] = out;
}

static void
put_action(struct compiled *c, const struct naive_action *a)
{
	static const uint8_t kinds[NAIVE_DOS] = {[NAIVE_DO_REMOVE] = DO_REMOVE_COMMUNITY,
	    [NAIVE_DO_ADD] = DO_ADD_COMMUNITY,
	    [NAIVE_DO_LOCAL_PREF] = DO_LOCAL_PREF,
	    [NAIVE_DO_WITHHOLD] = DO_WITHHOLD_FROM,
	    [NAIVE_DO_ONLY_TO] = DO_ONLY_TO,
	    [NAIVE_DO_REJECT] = DO_REJECT,
	    [NAIVE_DO_ACCEPT] = DO_ACCEPT};
	struct policy_action out = {.kind = kinds[a->kind], .value = a->value};

	if (a->kind == NAIVE_DO_REMOVE || a->kind == NAIVE_DO_ADD)
		out.community = put_community(c, &a->pattern, false);
	if (a->kind == NAIVE_DO_WITHHOLD || a->kind == NAIVE_DO_ONLY_TO)
		out.values = put_asns(c, &a->asns);
	c->actions[take(&c->config.action_count, RECORDS)] = out;
}

static struct policy_range
put_rules(struct compiled *c, const struct naive_rule *rules, unsigned count)
{
	struct policy_range range = {c->config.rule_count, count};

	for (unsigned i = 0; i < count; i++) {
		struct policy_rule *out = &c->rules[take(&c->config.rule_count, RECORDS)];

		out->line = i + 1;
		out->matches = (struct policy_range){c->config.match_count, rules[i].match_count};
		for (unsigned k = 0; k < rules[i].match_count; k++)
			put_match(c, &rules[i].matches[k]);
		out->actions = (struct policy_range){c->config.action_count, rules[i].action_count};
		for (unsigned k = 0; k < rules[i].action_count; k++)
			put_action(c, &rules[i].actions[k]);
	}
	return range;
}

/* ---- general and peers ---- */

static uint32_t
flag(bool on, uint32_t bit)
{
	return on ? bit : 0;
}

static uint32_t
general_flags(const struct naive_world *w)
{
	return flag(w->irr_longer, GENERAL_IRR_LONGER) | flag(w->irr_tag, GENERAL_IRR_TAG) |
	    flag(w->irr_peering_db, GENERAL_IRR_PEERING_DB) | flag(w->irr_roas, GENERAL_IRR_ROAS) |
	    flag(w->irr_arin, GENERAL_IRR_ARIN) | flag(w->irr_registrobr, GENERAL_IRR_REGISTROBR) |
	    flag(w->rov, GENERAL_ROV) | flag(w->aspa, GENERAL_ASPA) |
	    flag(w->aspa_reject, GENERAL_ASPA_REJECT) |
	    flag(w->reject_as_set, GENERAL_REJECT_AS_SET) |
	    flag(w->spares_unfiltered, GENERAL_AS_SET_IF_FILTERED) |
	    flag(w->blackhole_no_export, GENERAL_BLACKHOLE_NO_EXPORT) |
	    flag(w->gshut, GENERAL_GRACEFUL_SHUTDOWN) |
	    flag(w->shutting_down, GENERAL_SHUTTING_DOWN) | flag(w->rfc1997, GENERAL_RFC1997) |
	    flag(w->never_via_peering_db, GENERAL_NEVER_VIA_PEERING_DB) |
	    flag(w->rtt_measured, GENERAL_RTT_MEASURED);
}

/* By the bits of naive_attrs.extra; the first stays. */
static void
put_dropped(const struct naive_world *w, uint8_t types[32])
{
	static const uint8_t extras[] = {0, 25, 200};

	if (w->drop_med)
		types[0] |= 1 << 4;
	for (unsigned i = 1; i < sizeof(extras); i++)
		if ((w->drop_extra >> i & 1) != 0)
			types[extras[i] / 8] |= (uint8_t)(1 << extras[i] % 8);
}

static void
put_general(struct compiled *c, const struct naive_world *w)
{
	static const uint8_t transit_free[] = {[NAIVE_TF_OFF] = TRANSIT_FREE_OFF,
	    [NAIVE_TF_REJECT] = TRANSIT_FREE_REJECT,
	    [NAIVE_TF_WARNING] = TRANSIT_FREE_WARNING};
	static const uint8_t blackhole[] = {[NAIVE_BH_OFF] = BLACKHOLE_OFF,
	    [NAIVE_BH_UNCHANGED] = BLACKHOLE_UNCHANGED,
	    [NAIVE_BH_REWRITE] = BLACKHOLE_REWRITE};
	static const char *const custom_names[NAIVE_CUSTOMS] = {"a", "b", "c", "d", "e", "f"};
	struct policy_general *g = &c->general;

	g->rs_as = w->rs_as;
	g->flags = general_flags(w);
	g->path_max = w->path_max;
	g->gshut_local_pref = w->gshut_local_pref;
	g->reaches_max = w->reaches_max;
	g->communities_max = w->communities_max;
	g->transit_free = transit_free[w->transit_free];
	g->reasons_map = w->euro_ix ? REASONS_EURO_IX : REASONS_AROUTESERVER;
	for (unsigned f = 0; f < 2; f++) {
		g->blackhole[f] = blackhole[w->blackhole[f]];
		if (w->has_blackhole_next_hop[f])
			memcpy(g->blackhole_next_hop[f], w->blackhole_next_hop[f], 16);
	}
	put_dropped(w, g->drop_attributes);
	g->transit_free_asns = put_asns(c, &w->transit_free_asns);
	g->never_via_asns = put_asns(c, &w->never_via_asns);
	g->black_list = put_list(c, &w->black_list);
	g->bogons = put_list(c, &w->bogons);
	g->rtt_thresholds = put_asns(c, &w->thresholds);
	g->communities = put_communities(c, w->patterns, w->pattern_count, false);
	g->customs = put_communities(c, w->customs, w->custom_count, true);
	g->custom_names = put_names(c, custom_names, NAIVE_CUSTOMS);
	g->import_rules = put_rules(c, w->import_rules, w->import_count);
	g->export_rules = put_rules(c, w->export_rules, w->export_count);
}

static uint32_t
peer_flags(const struct naive_peer *p)
{
	return flag(p->filters_none, PEER_FILTERS_NONE) |
	    flag(p->prepend_rs_as, PEER_PREPEND_RS_AS) | flag(p->quarantine, PEER_QUARANTINE) |
	    flag(p->irr_origin, PEER_IRR_ORIGIN) | flag(p->irr_prefix, PEER_IRR_PREFIX) |
	    flag(p->invalid_asn, PEER_INVALID_ASN) | flag(p->rov_reject, PEER_ROV_REJECT) |
	    flag(p->takes_blackhole, PEER_TAKES_BLACKHOLE) |
	    flag(p->gshut, PEER_GRACEFUL_SHUTDOWN) | flag(p->takes_invalid, PEER_TAKES_INVALID) |
	    flag(p->count_rejected, PEER_COUNT_REJECTED) |
	    flag(p->limit_peering_db, PEER_LIMIT_PEERING_DB) | flag(p->roles, PEER_ROLES) |
	    flag(p->has_policy, PEER_HAS_POLICY);
}

static void
put_peer_lists(struct compiled *c, const struct naive_peer *p, struct policy_peer *out)
{
	out->authorized = put_addresses(c, p->authorized, p->authorized_count);
	out->black_list = put_list(c, &p->black_list);
	out->objects = put_names(c, p->objects, p->object_count);
	out->white_prefixes = put_list(c, &p->white_prefixes);
	out->white_asns = put_asns(c, &p->white_asns);
	out->white_routes = put_list(c, &p->white_routes);
	out->customs = put_asns(c, &p->customs);
}

static void
put_peer(struct compiled *c, const struct naive_peer *p, struct policy_peer *out)
{
	static const uint8_t kinds[] = {[NAIVE_NOBODY] = PEER_UNUSED,
	    [NAIVE_CLIENT] = PEER_CLIENT,
	    [NAIVE_COLLECTOR] = PEER_COLLECTOR};
	static const uint8_t next_hops[] = {[NAIVE_STRICT] = NEXT_HOP_STRICT,
	    [NAIVE_SAME_AS] = NEXT_HOP_SAME_AS,
	    [NAIVE_AUTHORIZED] = NEXT_HOP_AUTHORIZED};
	static const uint8_t rejects[] = {[NAIVE_REJECT] = REJECT_REJECT,
	    [NAIVE_TAG] = REJECT_TAG,
	    [NAIVE_TAG_AND_REJECT] = REJECT_TAG_AND_REJECT};
	static const uint8_t limits[] = {[NAIVE_LIMIT_NONE] = LIMIT_NONE,
	    [NAIVE_LIMIT_SHUTDOWN] = LIMIT_SHUTDOWN,
	    [NAIVE_LIMIT_RESTART] = LIMIT_RESTART,
	    [NAIVE_LIMIT_BLOCK] = LIMIT_BLOCK,
	    [NAIVE_LIMIT_WARNING] = LIMIT_WARNING};

	out->kind = kinds[p->kind];
	if (p->kind == NAIVE_NOBODY)
		return;
	out->asn = p->asn;
	out->mapped_asn = (uint16_t)(p->asn <= 65535 ? p->asn : p->mapped);
	out->flags = peer_flags(p);
	out->observe = p->observe;
	out->rtt_ms = p->rtt_ms;
	out->family = p->address.family;
	out->families = (uint8_t)(1 << FAMILY_IPV4 | 1 << FAMILY_IPV6);
	if (!p->both && (p->address.family == NAIVE_IPV4 || !p->rfc8950))
		out->families = (uint8_t)(1 << p->address.family);
	if (p->address.family == NAIVE_IPV6)
		out->flags |=
		    flag(p->rfc8950, PEER_IPV6_NEXT_HOPS) | flag(p->both, PEER_IPV4_NEXT_HOPS);
	memcpy(out->addr, p->address.addr, sizeof(out->addr));
	out->next_hop = next_hops[p->next_hop];
	out->reject = rejects[p->reject];
	out->role = (uint8_t)p->role;
	out->limit_action = limits[p->limit_action];
	out->limit_increment = p->increment;
	out->limit_increment_percent = p->increment_percent;
	for (unsigned f = 0; f < 2; f++) {
		out->limit[f] = p->limit[f];
		out->general_limit[f] = p->general_limit[f];
		out->length_min[f] = (uint8_t)p->length_min[f];
		out->length_max[f] = (uint8_t)p->length_max[f];
	}
	put_peer_lists(c, p, out);
}

/* ---- data ---- */

static uint32_t
put_routes(struct data_route *out, const struct naive_route_object *from, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		out[i] = (struct data_route){
		    .prefix = compile_prefix(&from[i].prefix), .origin = from[i].origin};
	return count;
}

static void
put_rpki(struct compiled *c, const struct naive_data *d)
{
	for (unsigned i = 0; i < d->vrp_count; i++)
		c->vrps[i] = (struct data_vrp){.prefix = compile_prefix(&d->vrps[i].prefix),
		    .max_len = (uint8_t)d->vrps[i].max_len,
		    .asn = d->vrps[i].asn};
	for (unsigned i = 0; i < d->aspa_count; i++)
		c->aspas[i] = (struct data_aspa){.customer = d->aspas[i].customer,
		    .providers = put_asns(c, &d->aspas[i].providers)};
	c->data.vrp_count = d->vrp_count;
	c->data.aspa_count = d->aspa_count;
}

static void
put_networks(struct compiled *c, const struct naive_data *d)
{
	for (unsigned i = 0; i < d->network_count; i++) {
		const struct naive_network *n = &d->networks[i];

		c->networks[i] = (struct data_network){.asn = n->asn,
		    .prefixes = {n->prefixes[0], n->prefixes[1]},
		    .has_prefixes = {n->has_prefixes[0], n->has_prefixes[1]},
		    .never_via_route_servers = n->never_via,
		    .objects = put_names(c, n->objects, n->object_count)};
	}
	for (unsigned i = 0; i < d->rtt_count; i++)
		c->rtts[i] = (struct data_rtt){
		    .address = address_of(&d->rtts[i].address), .rtt_ms = d->rtts[i].rtt_ms};
	c->data.network_count = d->network_count;
	c->data.rtt_count = d->rtt_count;
}

static void
put_data(struct compiled *c, const struct naive_data *d)
{
	put_rpki(c, d);
	c->data.route_count = put_routes(c->routes[0], d->routes, d->route_count);
	c->data.arin_count = put_routes(c->routes[1], d->arin, d->arin_count);
	c->data.registrobr_count = put_routes(c->routes[2], d->registrobr, d->registrobr_count);
	for (unsigned i = 0; i < d->object_count; i++)
		c->objects[i] = (struct data_object){.name = put_text(c, d->objects[i].name),
		    .asns = put_asns(c, &d->objects[i].asns),
		    .prefixes = put_list(c, &d->objects[i].prefixes)};
	c->data.object_count = d->object_count;
	put_networks(c, d);
}

/* ---- all of it ---- */

static void
point_at_records(struct compiled *c)
{
	struct policy_config *config = &c->config;
	struct policy_data *data = &c->data;

	config->general = &c->general;
	config->peers = c->peers;
	config->prefixes = data->prefixes = c->prefixes;
	config->asns = data->asns = c->asns;
	config->names = data->names = c->names;
	config->text = data->text = c->text;
	config->addresses = c->addresses;
	config->communities = c->communities;
	config->rules = c->rules;
	config->matches = c->matches;
	config->actions = c->actions;
	data->vrps = c->vrps;
	data->aspas = c->aspas;
	data->routes = c->routes[0];
	data->arin = c->routes[1];
	data->registrobr = c->routes[2];
	data->objects = c->objects;
	data->networks = c->networks;
	data->rtts = c->rtts;
}

/* Only data may not have origins in their lists: theirs are a copy of the counts before. */
static void
fill(struct compiled *c, const struct naive_world *w)
{
	put_text(c, "");
	put_data(c, &w->data);
	c->data.prefix_count = c->config.prefix_count;
	c->data.asn_count = c->config.asn_count;
	c->data.name_count = c->config.name_count;
	c->data.text_len = c->config.text_len;
	put_general(c, w);
	for (unsigned i = 0; i < w->peer_count; i++)
		put_peer(c, &w->peers[i], &c->peers[i]);
	c->config.peer_count = w->peer_count;
}

struct compiled *
compile(const struct naive_world *w, unsigned step)
{
	struct compiled *c = calloc(1, sizeof(*c));
	const char *error;

	if (c == NULL)
		abort();
	point_at_records(c);
	fill(c, w);
	error = policy_config_error(&c->config);
	if (error == NULL)
		error = policy_data_error(&c->data);
	if (error != NULL)
		fail(error);
	c->dataset = dataset_new(&c->data);
	while (dataset_step(c->dataset, step))
		;
	c->policy = policy_new(&c->config, c->dataset);
	for (unsigned i = 0; i < w->peer_count; i++)
		policy_set_measured_rtt(c->policy, (uint16_t)i, w->peers[i].measured_ms);
	return c;
}

void
compiled_free(struct compiled *c)
{
	policy_free(c->policy);
	dataset_free(c->dataset);
	free(c);
}

struct policy *
compiled_policy(const struct compiled *c)
{
	return c->policy;
}
