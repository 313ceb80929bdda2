/* Limits for displays: see limit.h. policy.md section 10. */
#include "bgpd/control/limit.h"

#include "bgpd/control/settings.h"

/* Where policy_limit() takes the number from. */
static const char *
source_of(const struct core *c, const struct policy_peer *peer, enum family family)
{
	if (peer->limit[family] != 0)
		return "client";
	if ((peer->flags & PEER_LIMIT_PEERING_DB) != 0 &&
	    dataset_network(policy_dataset(c->now->policy), peer->asn) != NULL)
		return "peeringdb";
	return "general";
}

json_t *
limit_render(const struct core *c, uint32_t slot, enum family family)
{
	const struct policy_peer *peer = &c->config.policy.peers[slot];
	uint32_t limit = policy_limit(c->now->policy, (uint16_t)slot, family);
	bool is_limited = limit != 0 && limit != UINT32_MAX;
	struct table_peer_view v;

	table_peer_get_state(c->table, (uint16_t)slot, family, &v);
	return json_pack("{s:s,s:o,s:o,s:o,s:o,s:s,s:I,s:o,s:b}", "family",
	    family == FAMILY_IPV4 ? "ipv4" : "ipv6", "limit",
	    is_limited ? json_integer(limit) : json_null(), "source",
	    is_limited ? json_string(source_of(c, peer, family)) : json_null(), "action",
	    settings_limit_action(peer->limit_action), "restart_after_min",
	    peer->limit_action == LIMIT_RESTART ? json_integer(peer->restart_after_min)
						: json_null(),
	    "counts", (peer->flags & PEER_COUNT_REJECTED) != 0 ? "received" : "accepted", "counted",
	    (json_int_t)v.counted, "percent",
	    is_limited ? json_integer((json_int_t)v.counted * 100 / limit) : json_null(),
	    "exceeded", (int)v.over_limit);
}

bool
limit_is_exceeded(const struct core *c, uint32_t slot, uint32_t session_flags)
{
	struct table_peer_view v;

	if ((session_flags & SESSION_LIMITED) != 0)
		return true;
	for (unsigned f = 0; f < FAMILY_COUNT; f++) {
		table_peer_get_state(c->table, (uint16_t)slot, f, &v);
		if (v.over_limit)
			return true;
	}
	return false;
}
