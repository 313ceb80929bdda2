/*
 * From values to what policy is told: see load.h and policy/config.h. Parent only.
 *
 * A switch is a row: where it stands among the values, and its bit in the record.
 */
#include <string.h>

#include "bgpd/conf/client.h"
#include "bgpd/conf/load.h"

struct flag_row {
	size_t offset; /* of a bool of struct conf_settings */
	uint32_t flag;
};

#define FLAG(member, flag)                                   \
	{                                                    \
		offsetof(struct conf_settings, member), flag \
	}

static const struct flag_row general_flags[] = {
    FLAG(irr_longer, GENERAL_IRR_LONGER),
    FLAG(irr_tag, GENERAL_IRR_TAG),
    FLAG(irr_peering_db, GENERAL_IRR_PEERING_DB),
    FLAG(irr_roas, GENERAL_IRR_ROAS),
    FLAG(irr_arin, GENERAL_IRR_ARIN),
    FLAG(irr_registrobr, GENERAL_IRR_REGISTROBR),
    FLAG(rov, GENERAL_ROV),
    FLAG(aspa, GENERAL_ASPA),
    FLAG(aspa_rejects, GENERAL_ASPA_REJECT),
    FLAG(rejects_as_set, GENERAL_REJECT_AS_SET),
    FLAG(blackhole_no_export, GENERAL_BLACKHOLE_NO_EXPORT),
    FLAG(graceful_shutdown, GENERAL_GRACEFUL_SHUTDOWN),
    FLAG(shutting_down, GENERAL_SHUTTING_DOWN),
    FLAG(never_via_peering_db, GENERAL_NEVER_VIA_PEERING_DB),
    FLAG(rtt_measured, GENERAL_RTT_MEASURED),
};

static const struct flag_row peer_flags[] = {
    FLAG(irr_origin, PEER_IRR_ORIGIN),
    FLAG(irr_prefix, PEER_IRR_PREFIX),
    FLAG(rejects_invalid_asn, PEER_INVALID_ASN),
    FLAG(rov_rejects, PEER_ROV_REJECT),
    FLAG(takes_blackhole, PEER_TAKES_BLACKHOLE),
    FLAG(graceful_shutdown, PEER_GRACEFUL_SHUTDOWN),
    FLAG(takes_invalid, PEER_TAKES_INVALID),
    FLAG(counts_rejected, PEER_COUNT_REJECTED),
    FLAG(limit_peering_db, PEER_LIMIT_PEERING_DB),
    FLAG(has_roles, PEER_ROLES),
};

static uint32_t
gather_flags(const struct conf_settings *settings, const struct flag_row *rows, size_t count)
{
	uint32_t flags = 0;
	size_t i;

	for (i = 0; i < count; i++) {
		bool is_on;

		memcpy(&is_on, (const char *)settings + rows[i].offset, sizeof(is_on));
		if (is_on)
			flags |= rows[i].flag;
	}
	return flags;
}

#define ROWS(array) (sizeof(array) / sizeof((array)[0]))

void
inforce_general(struct loader *loader)
{
	const struct conf_settings *settings = &loader->conf->settings;
	struct policy_general *general = &loader->conf->general;
	size_t family;

	general->rs_as = loader->conf->cfg.rs_as;
	general->flags = gather_flags(settings, general_flags, ROWS(general_flags));
	if (settings->rfc1997 != 0)
		general->flags |= GENERAL_RFC1997;
	if (settings->rejects_as_set &&
	    load_given(loader, "cfg.filtering.reject_as_set", SCHEMA_GENERAL) == NULL)
		general->flags |= GENERAL_AS_SET_IF_FILTERED;
	general->path_max = settings->path_max;
	general->gshut_local_pref = settings->gshut_local_pref;
	general->reaches_max = settings->reaches_max;
	general->communities_max = settings->communities_max;
	general->transit_free = (uint8_t)settings->transit_free;
	general->reasons_map = (uint8_t)settings->reasons_map;
	for (family = 0; family < FAMILY_COUNT; family++) {
		general->blackhole[family] = (uint8_t)settings->blackhole[family];
		if (settings->blackhole_next_hop[family].count > 0)
			memcpy(general->blackhole_next_hop[family],
			    settings->blackhole_next_hop[family].items[0].addr, 16);
	}
	memcpy(
	    general->drop_attributes, settings->drop_attributes, sizeof(general->drop_attributes));
	general->transit_free_asns = settings->transit_free_asns;
	general->never_via_asns = settings->never_via_asns;
	general->black_list = settings->black_list;
	general->rtt_thresholds = settings->rtt_thresholds;
	loader->conf->feeds.any_trust_anchor =
	    load_given(loader, "cfg.rpki_roas.source", SCHEMA_GENERAL) == NULL
	    ? loader->implies_rtr
	    : settings->rpki_source != RPKI_SOURCE_FILE;
}

/* A client's own limit of 0 says that it has none; in the record 0 says that it has no own. */
static uint32_t
own_limit(const struct loader *loader, const struct conf_settings *settings, enum family family)
{
	static const char *const paths[FAMILY_COUNT] = {
	    [FAMILY_IPV4] = "cfg.filtering.max_prefix.limit_ipv4",
	    [FAMILY_IPV6] = "cfg.filtering.max_prefix.limit_ipv6",
	};

	if (settings->limit[family] == 0 &&
	    load_given(loader, paths[family], SCHEMA_CLIENT) != NULL)
		return UINT32_MAX;
	return settings->limit[family];
}

static uint32_t
client_flags(
    const struct client *client, const struct conf_settings *settings, const struct conf_cfg *cfg)
{
	uint32_t flags = gather_flags(settings, peer_flags, ROWS(peer_flags));

	if (cfg->filters == CONF_FILTERS_NONE)
		flags |= PEER_FILTERS_NONE;
	if (cfg->has_policy)
		flags |= PEER_HAS_POLICY;
	if (cfg->prepend_rs_as)
		flags |= PEER_PREPEND_RS_AS;
	if (client->quarantine)
		flags |= PEER_QUARANTINE;
	return flags;
}

void
inforce_peer(const struct loader *loader, const struct client *client,
    const struct conf_settings *settings, const struct conf_cfg *cfg, const struct conf_peer *peer,
    struct policy_peer *out)
{
	size_t family;

	memset(out, 0, sizeof(*out));
	out->asn = client->asn;
	out->flags = client_flags(client, settings, cfg);
	if (peer->ipv6_next_hops)
		out->flags |= PEER_IPV6_NEXT_HOPS;
	if (peer->ipv4_next_hops)
		out->flags |= PEER_IPV4_NEXT_HOPS;
	out->observe = settings->observe;
	out->rtt_ms = client->rtt_ms;
	out->limit_increment = settings->limit_increment;
	out->limit_increment_percent = settings->limit_increment_percent;
	out->restart_after_min = settings->restart_after_min;
	out->kind = client->is_collector ? PEER_COLLECTOR : PEER_CLIENT;
	out->family = peer->address.family;
	out->families = peer->families;
	memcpy(out->addr, peer->address.addr, sizeof(out->addr));
	out->next_hop = (uint8_t)settings->next_hop;
	out->reject = (uint8_t)settings->reject;
	out->role = peer->role;
	out->limit_action = (uint8_t)settings->limit_action;
	for (family = 0; family < FAMILY_COUNT; family++) {
		out->limit[family] = own_limit(loader, settings, (enum family)family);
		out->general_limit[family] = settings->general_limit[family];
		out->length_min[family] = (uint8_t)settings->length_min[family];
		out->length_max[family] = (uint8_t)settings->length_max[family];
	}
	out->authorized = settings->authorized;
	out->black_list = settings->client_black_list;
	out->objects = settings->objects;
	out->white_prefixes = settings->white_prefixes;
	out->white_asns = settings->white_asns;
	out->white_routes = settings->white_routes;
	out->customs = client->customs;
}
