/*
 * Looks at every record of a configuration before anybody relies on it: policy_config_error().
 *
 * The records come from the parent through memory that nobody can write any more. What is looked
 * for is what would harm the process that uses them (an index, offset or range that leads out of
 * the arrays, an address or length that no prefix has) or make policy wrong in silence (values that
 * no enumeration has, thresholds that do not ascend). Whether the values are wise is bgpd/conf's
 * business. Runs in every process that maps a configuration.
 */
#include "policy/config.h"

#include <string.h>

#include "policy/droppable.h"
#include "policy/reason.h"

#define GENERAL_FLAGS ((GENERAL_AS_SET_IF_FILTERED << 1) - 1)
#define PEER_FLAGS    ((PEER_IPV4_NEXT_HOPS << 1) - 1)

/* The arrays that ranges refer to. */
static bool
fits(struct policy_range range, uint32_t count)
{
	return range.first <= count && range.count <= count - range.first;
}

static const char *
arrays_error(const struct policy_config *config)
{
	const struct {
		const void *records;
		uint32_t count;
	} arrays[] = {
	    {config->general, 1},
	    {config->peers, config->peer_count},
	    {config->prefixes, config->prefix_count},
	    {config->asns, config->asn_count},
	    {config->addresses, config->address_count},
	    {config->communities, config->community_count},
	    {config->names, config->name_count},
	    {config->rules, config->rule_count},
	    {config->matches, config->match_count},
	    {config->actions, config->action_count},
	    {config->text, config->text_len},
	};

	for (size_t i = 0; i < sizeof(arrays) / sizeof(arrays[0]); i++)
		if (arrays[i].count > 0 && arrays[i].records == NULL)
			return "records that are counted but not there";
	return NULL;
}

/* True if an offset is that of a text. */
static bool
is_text(const struct policy_config *config, uint32_t offset)
{
	return offset < config->text_len;
}

static bool
is_zero(const uint8_t *octets, size_t len)
{
	while (len > 0 && octets[len - 1] == 0)
		len--;
	return len == 0;
}

static bool
is_address(uint8_t family, const uint8_t addr[16])
{
	return family < FAMILY_COUNT && (family == FAMILY_IPV6 || is_zero(addr + 4, 12));
}

/* ---- the arrays' records ---- */

static const char *
text_error(const struct policy_config *config)
{
	if (config->text_len > 0 &&
	    (config->text[0] != '\0' || config->text[config->text_len - 1] != '\0'))
		return "the texts do not begin and end with a zero";
	for (uint32_t i = 0; i < config->name_count; i++)
		if (!is_text(config, config->names[i].text))
			return "a name behind the texts";
	return NULL;
}

static const char *
prefixes_error(const struct policy_config *config)
{
	for (uint32_t i = 0; i < config->prefix_count; i++) {
		const struct policy_prefix *p = &config->prefixes[i];

		if (!prefix_is_valid(&p->prefix))
			return "an entry of a prefix list that is no prefix";
		if (p->ge < p->prefix.len || p->le < p->ge ||
		    p->le > prefix_max_len((enum family)p->prefix.family))
			return "an entry of a prefix list with impossible lengths";
		if (p->has_asn > 1)
			return "an entry of a prefix list with an unknown flag";
	}
	for (uint32_t i = 0; i < config->address_count; i++)
		if (!is_address(config->addresses[i].family, config->addresses[i].addr))
			return "an address that is none";
	return NULL;
}

static bool
is_ext(const struct policy_community *c)
{
	switch (c->ext_type) {
	case 0x0002:
	case 0x0003:
		return c->part[0] <= UINT16_MAX;
	case 0x0202:
	case 0x0203:
		return c->part[1] <= UINT16_MAX;
	default:
		return false;
	}
}

static bool
is_community(const struct policy_community *c)
{
	if (c->name >= NAME_COUNT || c->wild > WILD_ANY)
		return false;
	switch (c->format) {
	case COMMUNITY_STD:
		return c->part[0] <= UINT16_MAX && c->part[1] <= UINT16_MAX;
	case COMMUNITY_LARGE:
		return true;
	case COMMUNITY_EXT:
		return is_ext(c);
	default:
		return false;
	}
}

static const char *
communities_error(const struct policy_config *config)
{
	const struct policy_general *general = config->general;

	for (uint32_t i = 0; i < config->community_count; i++)
		if (!is_community(&config->communities[i]))
			return "a community pattern that is none";
	for (uint32_t i = 0; i < general->customs.count; i++) {
		const struct policy_community *c = &config->communities[general->customs.first + i];

		if (c->name != NAME_CUSTOM || c->index >= general->custom_names.count)
			return "a custom community without a name";
	}
	for (uint32_t i = 0; i < general->communities.count; i++)
		if (config->communities[general->communities.first + i].name == NAME_CUSTOM)
			return "a custom community among the others";
	return NULL;
}

/* ---- rules ---- */

/* The array that the values of a match are of: its length; 0 for a match without values. */
static uint32_t
match_values(const struct policy_config *config, enum policy_match_kind kind)
{
	switch (kind) {
	case IF_PREFIX_LIST:
		return config->prefix_count;
	case IF_PEER_ADDRESS:
		return config->address_count;
	case IF_COMMUNITY:
		return config->community_count;
	case IF_PEER:
	case IF_PATH_CONTAINS:
	case IF_PATH_ORIGIN:
	case IF_PATH_NEIGHBOR:
		return config->asn_count;
	default:
		return UINT32_MAX;
	}
}

static const char *
actions_error(const struct policy_config *config)
{
	for (uint32_t i = 0; i < config->action_count; i++) {
		const struct policy_action *a = &config->actions[i];

		if (a->kind >= DO_KINDS)
			return "a rule with an unknown action";
		if ((a->kind == DO_ADD_COMMUNITY || a->kind == DO_REMOVE_COMMUNITY) &&
		    a->community >= config->community_count)
			return "an action with a community that is not there";
		if (a->kind == DO_ADD_COMMUNITY &&
		    config->communities[a->community].wild != WILD_NONE)
			return "an action that adds a pattern of communities";
		if ((a->kind == DO_WITHHOLD_FROM || a->kind == DO_ONLY_TO) &&
		    !fits(a->values, config->asn_count))
			return "an action with members that are not there";
	}
	return NULL;
}

static const char *
rules_error(const struct policy_config *config)
{
	for (uint32_t i = 0; i < config->match_count; i++) {
		const struct policy_match *m = &config->matches[i];
		uint32_t values;

		if (m->kind >= IF_KINDS || m->negate > 1)
			return "a rule with an unknown match";
		values = match_values(config, (enum policy_match_kind)m->kind);
		if (values != UINT32_MAX && !fits(m->values, values))
			return "a match with values that are not there";
	}
	for (uint32_t i = 0; i < config->rule_count; i++) {
		const struct policy_rule *rule = &config->rules[i];

		if (!is_text(config, rule->text) || !fits(rule->matches, config->match_count) ||
		    !fits(rule->actions, config->action_count))
			return "a rule with matches, actions or a text that are not there";
	}
	return actions_error(config);
}

/* ---- general and peers ---- */

static const char *
general_ranges_error(const struct policy_config *config)
{
	const struct policy_general *g = config->general;

	if (!fits(g->transit_free_asns, config->asn_count) ||
	    !fits(g->never_via_asns, config->asn_count) ||
	    !fits(g->rtt_thresholds, config->asn_count) ||
	    !fits(g->black_list, config->prefix_count) || !fits(g->bogons, config->prefix_count) ||
	    !fits(g->communities, config->community_count) ||
	    !fits(g->customs, config->community_count) ||
	    !fits(g->custom_names, config->name_count) ||
	    !fits(g->import_rules, config->rule_count) ||
	    !fits(g->export_rules, config->rule_count))
		return "a general list that leads out of the records";
	return NULL;
}

static const char *
general_error(const struct policy_config *config)
{
	const struct policy_general *g = config->general;
	uint32_t last = 0;

	if (g->rs_as == 0)
		return "no ASN of the server";
	if ((g->flags & ~(uint32_t)GENERAL_FLAGS) != 0 || g->transit_free > TRANSIT_FREE_WARNING ||
	    g->reasons_map > REASONS_EURO_IX)
		return "a general value that does not exist";
	for (size_t family = 0; family < FAMILY_COUNT; family++)
		if (g->blackhole[family] > BLACKHOLE_REWRITE)
			return "an unknown blackhole policy";
	for (unsigned type = 0; type <= UINT8_MAX; type++)
		if (attr_types_have(g->drop_attributes, (uint8_t)type) &&
		    droppable_why_not((uint8_t)type) != NULL)
			return "an attribute is to be dropped that has to stay";
	for (uint32_t i = 0; i < g->rtt_thresholds.count; i++) {
		uint32_t ms = config->asns[g->rtt_thresholds.first + i];

		if (ms <= last || ms > POLICY_RTT_MAX_MS)
			return "RTT thresholds that do not ascend";
		last = ms;
	}
	return NULL;
}

static const char *
peer_ranges_error(const struct policy_config *config, const struct policy_peer *p)
{
	if (!fits(p->authorized, config->address_count) ||
	    !fits(p->black_list, config->prefix_count) || !fits(p->objects, config->name_count) ||
	    !fits(p->white_prefixes, config->prefix_count) ||
	    !fits(p->white_asns, config->asn_count) ||
	    !fits(p->white_routes, config->prefix_count) || !fits(p->customs, config->asn_count))
		return "a list of a peer that leads out of the records";
	for (uint32_t i = 0; i < p->customs.count; i++)
		if (config->asns[p->customs.first + i] >= config->general->custom_names.count)
			return "a peer with a custom community that is not there";
	return NULL;
}

/* The families of a session, and how IPv4 goes over an IPv6 session. */
static bool
is_family_of_peer(const struct policy_peer *p)
{
	bool has_ipv4 = (p->families >> FAMILY_IPV4 & 1) != 0;
	bool says_how = (p->flags & (PEER_IPV6_NEXT_HOPS | PEER_IPV4_NEXT_HOPS)) != 0;

	return p->families < 1 << FAMILY_COUNT && (p->families >> p->family & 1) != 0 &&
	    says_how == (p->family == FAMILY_IPV6 && has_ipv4);
}

static const char *
peer_error(const struct policy_config *config, const struct policy_peer *p)
{
	const uint32_t reasons = (UINT32_C(1) << REASON_END) - 2;

	if (p->kind == PEER_UNUSED)
		return NULL;
	if (p->kind > PEER_COLLECTOR || p->asn == 0 || !is_address(p->family, p->addr))
		return "a peer without ASN or address";
	if (!is_family_of_peer(p) || !is_zero(p->zero, sizeof(p->zero)))
		return "a peer whose session does not carry what its address and flags say";
	if ((p->flags & ~(uint32_t)PEER_FLAGS) != 0 || p->next_hop > NEXT_HOP_AUTHORIZED ||
	    p->reject > REJECT_TAG_AND_REJECT || p->limit_action > LIMIT_WARNING ||
	    (p->role > ROLE_PEER && p->role != ROLE_NONE) || p->rtt_ms > POLICY_RTT_MAX_MS)
		return "a value of a peer that does not exist";
	if ((p->observe & ~reasons) != 0 || (p->observe & REASONS_FIXED) != 0)
		return "a check that cannot be observed only";
	for (size_t family = 0; family < FAMILY_COUNT; family++)
		if (p->length_min[family] > p->length_max[family] ||
		    p->length_max[family] > prefix_max_len((enum family)family))
			return "impossible prefix lengths of a peer";
	return peer_ranges_error(config, p);
}

static const char *
peers_error(const struct policy_config *config)
{
	for (uint32_t i = 0; i < config->peer_count; i++) {
		const char *error = peer_error(config, &config->peers[i]);

		if (error != NULL)
			return error;
	}
	return NULL;
}

const char *
policy_config_error(const struct policy_config *config)
{
	/* In an order in which each may rely on those before it. */
	static const char *(*const checks[])(const struct policy_config *) = {
	    arrays_error,
	    general_ranges_error,
	    text_error,
	    prefixes_error,
	    communities_error,
	    rules_error,
	    general_error,
	    peers_error,
	};

	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		const char *error = checks[i](config);

		if (error != NULL)
			return error;
	}
	return NULL;
}
