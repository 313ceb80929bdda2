/*
 * Keys of the configuration and where policy's records have their values: a row each. See
 * settings.h. The names are those of the schema (bgpd/conf); a test compares the two.
 */
#include "bgpd/control/settings.h"

#include <string.h>

#include "bgpd/control/render.h"

struct sight {
	const struct policy_config *config;
	const struct policy_peer *peer;
	const struct compiled_slot *slot;
	const struct compiled_head *head;
};

enum place { OF_PEER, OF_GENERAL, OF_SLOT, OF_HEAD };

struct row {
	const char *key;
	enum place place;
	uint32_t offset; /* of the value in the record of its place */
	uint32_t flag;
	const char *const *words;
	json_t *(*get)(const struct sight *, const struct row *);
};

static const char *const next_hops[] = {"strict", "same-as", "authorized_addresses"};
static const char *const rejects[] = {"reject", "tag", "tag_and_reject"};
static const char *const limits[] = {NULL, "shutdown", "restart", "block", "warning"};
static const char *const transit_frees[] = {NULL, "reject", "warning"};
static const char *const blackholes[] = {NULL, "propagate-unchanged", "rewrite-next-hop"};
static const char *const maps[] = {"arouteserver", "euro-ix"};
static const char *const roles[] = {"provider", "rs", "rs-client", "customer", "peer"};

/* ---- one value ---- */

static const char *
record_of(const struct sight *s, enum place place)
{
	return place == OF_PEER	  ? (const char *)s->peer
	    : place == OF_GENERAL ? (const char *)s->config->general
	    : place == OF_SLOT	  ? (const char *)s->slot
				  : (const char *)s->head;
}

static json_t *
get_flag(const struct sight *s, const struct row *row)
{
	const char *at = record_of(s, row->place) + row->offset;
	uint32_t flags;
	uint16_t half;

	if (row->place == OF_SLOT) {
		memcpy(&half, at, sizeof(half));
		return json_boolean((half & row->flag) != 0);
	}
	memcpy(&flags, at, sizeof(flags));
	return json_boolean((flags & row->flag) != 0);
}

static json_t *
get_number(const struct sight *s, const struct row *row)
{
	uint32_t number;

	memcpy(&number, record_of(s, row->place) + row->offset, sizeof(number));
	return json_integer(number);
}

/* 0 says that there is none. */
static json_t *
get_number_if(const struct sight *s, const struct row *row)
{
	uint32_t number;

	memcpy(&number, record_of(s, row->place) + row->offset, sizeof(number));
	return number == 0 ? json_null() : json_integer(number);
}

static json_t *
get_half(const struct sight *s, const struct row *row)
{
	uint16_t number;

	memcpy(&number, record_of(s, row->place) + row->offset, sizeof(number));
	return json_integer(number);
}

static json_t *
get_octet(const struct sight *s, const struct row *row)
{
	return json_integer(*(const uint8_t *)(record_of(s, row->place) + row->offset));
}

/* 0 says that there is none. */
static json_t *
get_octet_if(const struct sight *s, const struct row *row)
{
	uint8_t octet = *(const uint8_t *)(record_of(s, row->place) + row->offset);

	return octet == 0 ? json_null() : json_integer(octet);
}

static json_t *
get_word(const struct sight *s, const struct row *row)
{
	uint8_t number = *(const uint8_t *)(record_of(s, row->place) + row->offset);

	return row->words[number] == NULL ? json_null() : json_string(row->words[number]);
}

static json_t *
get_role(const struct sight *s, const struct row *row)
{
	(void)row;
	return settings_role(s->peer->role);
}

/* A client's own limit; the record says "none" of a configured 0 by the largest number. */
static json_t *
get_limit(const struct sight *s, const struct row *row)
{
	uint32_t limit;

	memcpy(&limit, record_of(s, row->place) + row->offset, sizeof(limit));
	return limit == 0 ? json_null() : json_integer(limit == UINT32_MAX ? 0 : limit);
}

static json_t *
get_filters(const struct sight *s, const struct row *row)
{
	(void)row;
	if ((s->peer->flags & PEER_FILTERS_NONE) != 0)
		return json_string("none");
	return (s->peer->flags & PEER_HAS_POLICY) != 0 ? json_string("checks") : json_null();
}

static json_t *
get_rfc1997(const struct sight *s, const struct row *row)
{
	(void)row;
	return json_string((s->config->general->flags & GENERAL_RFC1997) != 0 ? "rfc1997" : "pass");
}

static json_t *
get_mapped(const struct sight *s, const struct row *row)
{
	(void)row;
	if (s->peer->mapped_asn == 0 || s->peer->mapped_asn == s->peer->asn)
		return json_null();
	return json_integer(s->peer->mapped_asn);
}

static json_t *
get_observe(const struct sight *s, const struct row *row)
{
	(void)row;
	return settings_reasons(s->peer->observe);
}

static json_t *
get_blackhole_next_hop(const struct sight *s, const struct row *row)
{
	const struct policy_general *general = s->config->general;
	enum family family = row->flag;

	if (general->blackhole[family] != BLACKHOLE_REWRITE)
		return json_null();
	return render_address(family, general->blackhole_next_hop[family]);
}

/* ---- lists ---- */

static struct policy_range
range_of(const struct sight *s, const struct row *row)
{
	struct policy_range range;

	memcpy(&range, record_of(s, row->place) + row->offset, sizeof(range));
	return range;
}

static uint32_t
shown(struct policy_range range)
{
	return range.count < SETTINGS_LIST_MAX ? range.count : SETTINGS_LIST_MAX;
}

/* "10.0.0.0/8", "10.0.0.0/8 ge 16 le 24", "10.0.0.0/8 AS64500". */
static json_t *
render_entry(const struct policy_prefix *entry)
{
	char text[PREFIX_TEXT_MAX], lengths[24] = "", origin[20] = "";

	prefix_format(&entry->prefix, text);
	if (entry->ge != entry->prefix.len || entry->le != entry->prefix.len)
		snprintf(lengths, sizeof(lengths), " ge %u le %u", entry->ge, entry->le);
	if (entry->has_asn)
		snprintf(origin, sizeof(origin), " AS%u", entry->asn);
	return json_sprintf("%s%s%s", text, lengths, origin);
}

static json_t *
get_prefixes(const struct sight *s, const struct row *row)
{
	struct policy_range range = range_of(s, row);
	json_t *list = json_array();

	for (uint32_t i = 0; i < shown(range); i++)
		json_array_append_new(list, render_entry(&s->config->prefixes[range.first + i]));
	return list;
}

/* ASNs, and numbers that stand with them. */
static json_t *
get_numbers(const struct sight *s, const struct row *row)
{
	struct policy_range range = range_of(s, row);
	json_t *list = json_array();

	for (uint32_t i = 0; i < shown(range); i++)
		json_array_append_new(list, json_integer(s->config->asns[range.first + i]));
	return list;
}

static json_t *
get_addresses(const struct sight *s, const struct row *row)
{
	struct policy_range range = range_of(s, row);
	json_t *list = json_array();

	for (uint32_t i = 0; i < shown(range); i++) {
		const struct policy_address *a = &s->config->addresses[range.first + i];

		json_array_append_new(list, render_address((enum family)a->family, a->addr));
	}
	return list;
}

static json_t *
get_names(const struct sight *s, const struct row *row)
{
	struct policy_range range = range_of(s, row);
	json_t *list = json_array();

	for (uint32_t i = 0; i < shown(range); i++)
		json_array_append_new(
		    list, render_text(s->config->text + s->config->names[range.first + i].text));
	return list;
}

static json_t *
get_customs(const struct sight *s, const struct row *row)
{
	struct policy_range range = range_of(s, row);
	struct policy_range names = s->config->general->custom_names;
	json_t *list = json_array();

	for (uint32_t i = 0; i < shown(range); i++) {
		uint32_t number = s->config->asns[range.first + i];

		if (number < names.count)
			json_array_append_new(list,
			    render_text(
				s->config->text + s->config->names[names.first + number].text));
	}
	return list;
}

static json_t *
get_families(const struct sight *s, const struct row *row)
{
	(void)row;
	return render_families(s->slot->families);
}

/* Numbers of attributes, from a record's set of them. */
static json_t *
get_attributes(const struct sight *s, const struct row *row)
{
	const uint8_t *types = (const uint8_t *)(record_of(s, row->place) + row->offset);
	json_t *list = json_array();

	for (unsigned type = 0; type <= UINT8_MAX; type++)
		if (attr_types_have(types, (uint8_t)type))
			json_array_append_new(list, json_integer((json_int_t)type));
	return list;
}

/* ---- the rows ---- */

#define PEER_FLAG(key, bit)                                                                   \
	{                                                                                     \
		"cfg." key, OF_PEER, offsetof(struct policy_peer, flags), bit, NULL, get_flag \
	}
#define SLOT_FLAG(key, bit)                                                                     \
	{                                                                                       \
		"cfg." key, OF_SLOT, offsetof(struct compiled_slot, flags), bit, NULL, get_flag \
	}
#define SLOT_AT(key, member, get)                                                         \
	{                                                                                 \
		"cfg." key, OF_SLOT, offsetof(struct compiled_slot, member), 0, NULL, get \
	}
#define HEAD_AT(key, member, get)                                                         \
	{                                                                                 \
		"cfg." key, OF_HEAD, offsetof(struct compiled_head, member), 0, NULL, get \
	}
#define SERVER_FLAG(key, bit)                                                              \
	{                                                                                  \
		"cfg." key, OF_GENERAL, offsetof(struct policy_general, flags), bit, NULL, \
		    get_flag                                                               \
	}
#define PEER_AT(key, member, get)                                                       \
	{                                                                               \
		"cfg." key, OF_PEER, offsetof(struct policy_peer, member), 0, NULL, get \
	}
#define SERVER_AT(key, member, get)                                                           \
	{                                                                                     \
		"cfg." key, OF_GENERAL, offsetof(struct policy_general, member), 0, NULL, get \
	}
#define PEER_WORD(key, member, words)                                                         \
	{                                                                                     \
		"cfg." key, OF_PEER, offsetof(struct policy_peer, member), 0, words, get_word \
	}
#define SERVER_WORD(key, member, words)                                                    \
	{                                                                                  \
		"cfg." key, OF_GENERAL, offsetof(struct policy_general, member), 0, words, \
		    get_word                                                               \
	}
#define IRR "filtering.irrdb."
#define ROV "filtering.rpki_bgp_origin_validation."
#define MAX "filtering.max_prefix."

/* In the order of the schema. */
static const struct row rows[] = {
    SLOT_FLAG("passive", SLOT_PASSIVE),
    SLOT_FLAG("prepend_rs_as", SLOT_PREPEND_RS_AS),
    SLOT_FLAG("add_path", SLOT_ADD_PATH),
    SLOT_AT("add_path_paths", paths_told, get_half),
    SLOT_AT("add_path_receive", paths_kept, get_half),
    PEER_AT("filters", flags, get_filters),
    SLOT_AT("multihop", multihop, get_octet_if),
    SLOT_FLAG("gtsm", SLOT_GTSM),
    SLOT_FLAG("rfc8950", SLOT_IPV6_NEXT_HOPS),
    SLOT_AT("families", families, get_families),
    SLOT_FLAG("extended_messages", SLOT_EXTENDED_MESSAGES),
    SLOT_FLAG("graceful_restart.enabled", SLOT_GRACEFUL_RESTART),
    HEAD_AT("graceful_restart.restart_time", restart_s, get_half),
    HEAD_AT("graceful_restart.stale_time", stale_s, get_half),
    HEAD_AT("graceful_restart.deferral_time", deferral_s, get_half),
    SLOT_FLAG("long_shutdown_text", SLOT_LONG_SHUTDOWN_TEXT),
    PEER_WORD("filtering.next_hop.policy", next_hop, next_hops),
    PEER_AT("filtering.next_hop.authorized_addresses_list", authorized, get_addresses),
    PEER_AT("filtering.ipv4_pref_len.min", length_min[FAMILY_IPV4], get_octet),
    PEER_AT("filtering.ipv4_pref_len.max", length_max[FAMILY_IPV4], get_octet),
    PEER_AT("filtering.ipv6_pref_len.min", length_min[FAMILY_IPV6], get_octet),
    PEER_AT("filtering.ipv6_pref_len.max", length_max[FAMILY_IPV6], get_octet),
    SERVER_AT("filtering.global_black_list_pref", black_list, get_prefixes),
    PEER_AT("filtering.black_list_pref", black_list, get_prefixes),
    SERVER_AT("filtering.max_as_path_len", path_max, get_number),
    PEER_FLAG("filtering.reject_invalid_as_in_as_path", PEER_INVALID_ASN),
    SERVER_FLAG("filtering.reject_as_set", GENERAL_REJECT_AS_SET),
    SERVER_AT("filtering.drop_attributes", drop_attributes, get_attributes),
    SERVER_WORD("filtering.transit_free.action", transit_free, transit_frees),
    SERVER_AT("filtering.transit_free.asns", transit_free_asns, get_numbers),
    SERVER_FLAG("filtering.never_via_route_servers.peering_db", GENERAL_NEVER_VIA_PEERING_DB),
    SERVER_AT("filtering.never_via_route_servers.asns", never_via_asns, get_numbers),
    PEER_FLAG(IRR "enforce_origin_in_as_set", PEER_IRR_ORIGIN),
    PEER_FLAG(IRR "enforce_prefix_in_as_set", PEER_IRR_PREFIX),
    SERVER_FLAG(IRR "allow_longer_prefixes", GENERAL_IRR_LONGER),
    SERVER_FLAG(IRR "tag_as_set", GENERAL_IRR_TAG),
    SERVER_FLAG(IRR "peering_db", GENERAL_IRR_PEERING_DB),
    SERVER_FLAG(IRR "use_rpki_roas_as_route_objects.enabled", GENERAL_IRR_ROAS),
    SERVER_FLAG(IRR "use_arin_bulk_whois_data.enabled", GENERAL_IRR_ARIN),
    SERVER_FLAG(IRR "use_registrobr_bulk_whois_data.enabled", GENERAL_IRR_REGISTROBR),
    PEER_AT(IRR "as_sets", objects, get_names),
    PEER_AT(IRR "white_list_pref", white_prefixes, get_prefixes),
    PEER_AT(IRR "white_list_asn", white_asns, get_numbers),
    PEER_AT(IRR "white_list_route", white_routes, get_prefixes),
    SERVER_FLAG(ROV "enabled", GENERAL_ROV),
    PEER_FLAG(ROV "reject_invalid", PEER_ROV_REJECT),
    PEER_FLAG(ROV "announce_invalid_to_client", PEER_TAKES_INVALID),
    SERVER_FLAG("filtering.aspa.enabled", GENERAL_ASPA),
    SERVER_FLAG("filtering.aspa.reject_invalid", GENERAL_ASPA_REJECT),
    PEER_AT("filtering.observe", observe, get_observe),
    SERVER_AT("filtering.max_communities", communities_max, get_number),
    SERVER_AT("filtering.max_control_combinations", reaches_max, get_number),
    PEER_WORD(MAX "action", limit_action, limits),
    PEER_AT(MAX "restart_after", restart_after_min, get_number),
    PEER_FLAG(MAX "count_rejected_routes", PEER_COUNT_REJECTED),
    PEER_FLAG(MAX "peering_db.enabled", PEER_LIMIT_PEERING_DB),
    PEER_AT(MAX "peering_db.increment.absolute", limit_increment, get_number),
    PEER_AT(MAX "peering_db.increment.relative", limit_increment_percent, get_number),
    {"cfg." MAX "general_limit_ipv4", OF_PEER,
	offsetof(struct policy_peer, general_limit[FAMILY_IPV4]), 0, NULL, get_number},
    {"cfg." MAX "general_limit_ipv6", OF_PEER,
	offsetof(struct policy_peer, general_limit[FAMILY_IPV6]), 0, NULL, get_number},
    PEER_AT(MAX "limit_ipv4", limit[FAMILY_IPV4], get_limit),
    PEER_AT(MAX "limit_ipv6", limit[FAMILY_IPV6], get_limit),
    PEER_FLAG("filtering.roles.enabled", PEER_ROLES),
    SLOT_FLAG("filtering.roles.strict_mode", SLOT_ROLE_STRICT),
    PEER_AT("filtering.roles.local_role", role, get_role),
    PEER_WORD("filtering.reject_policy.policy", reject, rejects),
    SERVER_WORD("reasons", reasons_map, maps),
    SERVER_WORD("blackhole_filtering.policy_ipv4", blackhole[FAMILY_IPV4], blackholes),
    SERVER_WORD("blackhole_filtering.policy_ipv6", blackhole[FAMILY_IPV6], blackholes),
    {"cfg.blackhole_filtering.rewrite_next_hop_ipv4", OF_GENERAL, 0, FAMILY_IPV4, NULL,
	get_blackhole_next_hop},
    {"cfg.blackhole_filtering.rewrite_next_hop_ipv6", OF_GENERAL, 0, FAMILY_IPV6, NULL,
	get_blackhole_next_hop},
    PEER_FLAG("blackhole_filtering.announce_to_client", PEER_TAKES_BLACKHOLE),
    SERVER_FLAG("blackhole_filtering.add_noexport", GENERAL_BLACKHOLE_NO_EXPORT),
    PEER_FLAG("graceful_shutdown.enabled", PEER_GRACEFUL_SHUTDOWN),
    SERVER_AT("graceful_shutdown.local_pref", gshut_local_pref, get_number),
    SERVER_FLAG("graceful_shutdown.perform", GENERAL_SHUTTING_DOWN),
    SERVER_AT("rfc1997_wellknown_communities.policy", flags, get_rfc1997),
    SERVER_AT("rtt_thresholds", rtt_thresholds, get_numbers),
    SERVER_FLAG("rtt.use_measured", GENERAL_RTT_MEASURED),
    PEER_AT("attach_custom_communities", customs, get_customs),
    {"16bit_mapped_asn", OF_PEER, 0, 0, NULL, get_mapped},
    {"rtt", OF_PEER, offsetof(struct policy_peer, rtt_ms), 0, NULL, get_number_if},
    {"quarantine", OF_PEER, offsetof(struct policy_peer, flags), PEER_QUARANTINE, NULL, get_flag},
};

#define ROW_COUNT (sizeof(rows) / sizeof(rows[0]))

/* ---- where a value comes from ---- */

/* Number of the key among those that have an origin; -1 if it is none of them. */
static long
find_origin(const struct compiled_origins *origins, const char *key)
{
	const char *name = origins->names;

	for (uint32_t i = 0; i < origins->rows; i++) {
		if (strcmp(name, key) == 0)
			return (long)i;
		name += strlen(name) + 1;
	}
	return -1;
}

/* A value that says nothing: what a client's own key is without the client's word. */
static bool
is_empty(const json_t *value)
{
	return json_is_null(value) || json_is_false(value) ||
	    (json_is_array(value) && json_array_size(value) == 0);
}

static const char *
origin_of(const struct core *c, uint32_t slot, const struct row *row, const json_t *value)
{
	static const char *const names[] = {"default", "general", "client"};
	const struct compiled_origins *origins = &c->config.origins;
	long at = find_origin(origins, row->key);

	if (at != -1)
		return names[origins->origins[(size_t)slot * origins->rows + (size_t)at]];
	if (row->place == OF_GENERAL || row->place == OF_HEAD ||
	    strstr(row->key, "general_limit") != NULL)
		return "server";
	return is_empty(value) ? "default" : "client";
}

/* Lists that are cut short when they are long, and say how long. */
static bool
is_range(const struct row *row)
{
	return row->get == get_prefixes || row->get == get_numbers || row->get == get_addresses ||
	    row->get == get_names || row->get == get_customs;
}

json_t *
settings_render(const struct core *c, uint32_t slot)
{
	struct sight sight = {.config = &c->config.policy,
	    .peer = &c->config.policy.peers[slot],
	    .slot = &c->config.slots[slot],
	    .head = c->config.head};
	json_t *list = json_array();

	for (size_t i = 0; i < ROW_COUNT; i++) {
		json_t *value, *setting;
		uint32_t count;

		if (sight.peer->kind == PEER_COLLECTOR && rows[i].place != OF_SLOT)
			continue;
		value = rows[i].get(&sight, &rows[i]);
		setting = json_pack(
		    "{s:s,s:s}", "key", rows[i].key, "origin", origin_of(c, slot, &rows[i], value));
		if (is_range(&rows[i])) {
			count = range_of(&sight, &rows[i]).count;
			json_object_set_new(setting, "count", json_integer(count));
		}
		json_object_set_new(setting, "value", value);
		json_array_append_new(list, setting);
	}
	return list;
}

/* ---- words for others ---- */

json_t *
settings_reasons(uint32_t mask)
{
	json_t *list = json_array();

	for (uint8_t code = 1; code < REASON_END; code++)
		if ((mask >> code & 1) != 0 && reason_get(code) != NULL)
			json_array_append_new(list, json_string(reason_get(code)->name));
	return list;
}

json_t *
settings_limit_action(uint8_t action)
{
	return limits[action] == NULL ? json_null() : json_string(limits[action]);
}

json_t *
settings_role(uint8_t role)
{
	return role == ROLE_NONE ? json_null() : json_string(roles[role]);
}
