/*
 * The schema's rows and how to find one: see schema.h. Parent only.
 *
 * Keys and defaults of cfg and clients are those of ARouteServer 1.23 (general.yml, clients.yml),
 * with the older spellings that configurations in use still have.
 */
#include "bgpd/conf/schema.h"

#include <string.h>

#include "bgpd/conf/client.h"
#include "bgpd/conf/conf.h"

#define ROWS(array) (sizeof(array) / sizeof((array)[0]))

/* The order is that of enum log_level and enum conf_filters. */
static const char *const log_level_words[] = {
    "debug", "info", "notice", "warning", "error", "critical", NULL};
static const char *const filters_words[] = {"", "none", NULL};

#define BOTH (SCHEMA_GENERAL | SCHEMA_CLIENT)

/* clang-format off */
#define TOP(path, type, status, help) \
	{path, SCHEMA_TOP, type, status, STORE_NONE, 0, 0, 0, NULL, NULL, help}
#define DAEMON(key, type, member, min, max, words, default_text, help) \
	{"daemon." key, SCHEMA_DAEMON, type, SCHEMA_ACTED_ON, STORE_DAEMON, \
	    offsetof(struct conf_daemon, member), min, max, words, default_text, help}
#define CFG(key, places, type, member, words, default_text, help) \
	{"cfg." key, places, type, SCHEMA_ACTED_ON, STORE_CFG, \
	    offsetof(struct conf_cfg, member), 0, 0, words, default_text, help}
#define CLIENT(key, type, member, min, max, words, default_text, help) \
	{key, SCHEMA_CLIENT, type, SCHEMA_ACTED_ON, STORE_CLIENT, \
	    offsetof(struct client, member), min, max, words, default_text, help}
/* A mapping, and a key that nothing acts on yet. */
#define MAP(path, places) \
	{path, places, VALUE_MAP, SCHEMA_ACTED_ON, STORE_NONE, 0, 0, 0, NULL, NULL, ""}
#define LATER(path, places, help) \
	{path, places, VALUE_ANY, SCHEMA_NOT_YET, STORE_NONE, 0, 0, 0, NULL, NULL, help}
#define VOID(path, places, help) \
	{path, places, VALUE_ANY, SCHEMA_NO_MEANING, STORE_NONE, 0, 0, 0, NULL, NULL, help}

static const struct schema_row rows[] = {
	/* roost.yml */
	TOP("daemon", VALUE_MAP, SCHEMA_ACTED_ON, "Settings of this daemon."),
	TOP("general", VALUE_ANY, SCHEMA_ACTED_ON,
	    "Name of an ARouteServer general.yml, or its content."),
	TOP("clients", VALUE_ANY, SCHEMA_ACTED_ON,
	    "Name of an ARouteServer clients.yml, or its list of clients."),
	TOP("cfg", VALUE_MAP, SCHEMA_ACTED_ON, "The content of general.yml, in this file."),
	TOP("feeds", VALUE_ANY, SCHEMA_NOT_YET, "Sources of IRR, RPKI and PeeringDB data."),
	TOP("looking_glass", VALUE_ANY, SCHEMA_NOT_YET, "The looking glass."),
	TOP("asns", VALUE_ANY, SCHEMA_NOT_YET, "AS-SETs by ASN."),
	TOP("bogons", VALUE_ANY, SCHEMA_NOT_YET, "Bogon prefixes."),

	/* daemon */
	DAEMON("listen", VALUE_ADDRESSES, listen, 1, 64, NULL, "0.0.0.0, ::",
	    "Addresses that members connect to. The wildcards take every address of the host."),
	DAEMON("port", VALUE_NUMBER, port, 1, 65535, NULL, "179",
	    "TCP port, listened on and connected to."),
	DAEMON("workers", VALUE_NUMBER, workers, 1, 256, NULL, "(cores - 1, at least 2)",
	    "Session worker processes. The peers of one member are spread over different ones."),
	DAEMON("socket", VALUE_PATH, socket, 1, 107, NULL,
	    "(/run/roost/INSTANCE.sock; not as root $XDG_RUNTIME_DIR/roost/ or /tmp/roost-UID/)",
	    "Control socket with all commands, mode 0660."),
	DAEMON("restricted_socket", VALUE_PATH, restricted_socket, 1, 107, NULL,
	    "(beside the control socket, ending in .ro.sock)",
	    "Control socket with commands that only read."),
	DAEMON("user", VALUE_TEXT, user, 1, CONF_USER_MAX - 1, NULL,
	    "(roost, or nobody where there is no such account)",
	    "Account that the processes run as when the daemon was started as root."),
	DAEMON("log_level", VALUE_WORD, log_level, 0, 0, log_level_words, "info",
	    "Least level of the lines on standard error."),
	DAEMON("hold_time", VALUE_NUMBER, hold_s, 0, 65535, NULL, "90",
	    "Hold time offered, in seconds; 0 = no keepalives (RFC 4271 4.2 forbids 1 and 2)."),
	DAEMON("connect_retry", VALUE_NUMBER, connect_retry_s, 1, 65535, NULL, "30",
	    "Seconds between attempts to connect (RFC 4271 ConnectRetryTime)."),
	DAEMON("idle_hold", VALUE_NUMBER, idle_hold_s, 1, 65535, NULL, "2",
	    "Seconds a peer stays idle after an error; doubles with each further one."),
	DAEMON("idle_hold_max", VALUE_NUMBER, idle_hold_max_s, 1, 65535, NULL, "60",
	    "Limit of that doubling, in seconds."),
	DAEMON("send_hold", VALUE_NUMBER, send_hold_s, 0, 86400, NULL, "0",
	    "Seconds after which a session whose peer reads nothing ends (RFC 9687); "
	    "0 = the larger of 8 minutes and twice the hold time."),
	DAEMON("log_size", VALUE_SIZE, log_size, 4 << 20, 1 << 30, NULL, "256M",
	    "Largest size of the egress log: what slow peers have not read yet, once for all."),
	DAEMON("ring_size", VALUE_SIZE, ring_size, 2 << 20, 256 << 20, NULL, "8M",
	    "Size of a worker's ingress ring."),
	DAEMON("local_address", VALUE_ADDRESSES, local_address, 0, 2, NULL,
	    "(the listen address of the family if there is one; otherwise the kernel's choice)",
	    "Address to connect from, at most one per family."),

	MAP("cfg", SCHEMA_GENERAL),

	/* general.yml, and what a client may override */
	CFG("rs_as", SCHEMA_GENERAL, VALUE_ASN, rs_as, NULL, "(required)",
	    "ASN of the route server."),
	CFG("router_id", SCHEMA_GENERAL, VALUE_ROUTER_ID, router_id, NULL, "(required)",
	    "BGP identifier, written as an IPv4 address."),
	CFG("path_hiding", SCHEMA_GENERAL, VALUE_BOOL, path_hiding, NULL, "true",
	    "Mitigate path hiding (RFC 7947 2.3): a client that may not have the best path gets "
	    "the next one."),
	CFG("passive", BOTH, VALUE_BOOL, passive, NULL, "true",
	    "Never connect to the client, wait for it."),
	CFG("prepend_rs_as", BOTH, VALUE_BOOL, prepend_rs_as, NULL, "false",
	    "Put the server's ASN in front of the AS path (RFC 7947 2.2.2.1 advises against it)."),
	CFG("add_path", BOTH, VALUE_BOOL, add_path, NULL, "false",
	    "Offer to send several paths per prefix (RFC 7911)."),
	CFG("filters", BOTH, VALUE_WORD, filters, filters_words, NULL,
	    "none = accept the client's routes without any policy; without it they are rejected "
	    "(RFC 8212)."),

	LATER("cfg.multihop", BOTH, "TTL of sessions that are not direct."),
	LATER("cfg.gtsm", BOTH, "TTL security (RFC 5082)."),
	LATER("cfg.rfc8950", BOTH, "IPv4 routes with IPv6 next hops."),
	MAP("cfg.filtering", BOTH),
	MAP("cfg.filtering.next_hop", BOTH),
	LATER("cfg.filtering.next_hop.policy", BOTH, "Next hops that are allowed."),
	LATER("cfg.filtering.next_hop.authorized_addresses_list", SCHEMA_CLIENT,
	    "Next hops that are allowed."),
	LATER("cfg.filtering.next_hop_policy", BOTH, "Older spelling of next_hop.policy."),
	LATER("cfg.filtering.ipv4_pref_len", BOTH, "IPv4 prefix lengths."),
	LATER("cfg.filtering.ipv6_pref_len", BOTH, "IPv6 prefix lengths."),
	LATER("cfg.filtering.global_black_list_pref", SCHEMA_GENERAL, "Prefixes never accepted."),
	LATER("cfg.filtering.black_list_pref", SCHEMA_CLIENT, "Prefixes not accepted from it."),
	LATER("cfg.filtering.max_as_path_len", SCHEMA_GENERAL, "Longest AS path."),
	VOID("cfg.filtering.max_as_path_len", SCHEMA_CLIENT, "the general value counts for all"),
	LATER("cfg.filtering.reject_invalid_as_in_as_path", BOTH, "ASNs not in public use."),
	MAP("cfg.filtering.transit_free", SCHEMA_GENERAL),
	LATER("cfg.filtering.transit_free.action", SCHEMA_GENERAL, "Transit-free ASNs."),
	LATER("cfg.filtering.transit_free.asns", SCHEMA_GENERAL, "Transit-free ASNs."),
	MAP("cfg.filtering.never_via_route_servers", SCHEMA_GENERAL),
	LATER("cfg.filtering.never_via_route_servers.peering_db", SCHEMA_GENERAL,
	    "ASNs that PeeringDB flags."),
	LATER("cfg.filtering.never_via_route_servers.asns", SCHEMA_GENERAL, "Further ASNs."),
	MAP("cfg.filtering.irrdb", BOTH),
	LATER("cfg.filtering.irrdb.enforce_origin_in_as_set", BOTH, "IRR: origin ASN."),
	LATER("cfg.filtering.irrdb.enforce_prefix_in_as_set", BOTH, "IRR: prefix."),
	LATER("cfg.filtering.irrdb.allow_longer_prefixes", SCHEMA_GENERAL, "IRR: more specifics."),
	LATER("cfg.filtering.irrdb.tag_as_set", SCHEMA_GENERAL, "IRR: tag the outcome."),
	LATER("cfg.filtering.irrdb.peering_db", SCHEMA_GENERAL, "IRR: AS-SETs from PeeringDB."),
	LATER("cfg.filtering.irrdb.use_rpki_roas_as_route_objects", SCHEMA_GENERAL, "IRR: ROAs."),
	LATER("cfg.filtering.irrdb.use_arin_bulk_whois_data", SCHEMA_GENERAL, "IRR: ARIN."),
	LATER("cfg.filtering.irrdb.use_registrobr_bulk_whois_data", SCHEMA_GENERAL,
	    "IRR: Registro.br."),
	LATER("cfg.filtering.irrdb.as_sets", SCHEMA_CLIENT, "IRR: the client's AS-SETs."),
	LATER("cfg.filtering.irrdb.white_list_pref", SCHEMA_CLIENT, "IRR: further prefixes."),
	LATER("cfg.filtering.irrdb.white_list_asn", SCHEMA_CLIENT, "IRR: further origins."),
	LATER("cfg.filtering.irrdb.white_list_route", SCHEMA_CLIENT, "IRR: further routes."),
	MAP("cfg.filtering.rpki_bgp_origin_validation", BOTH),
	LATER("cfg.filtering.rpki_bgp_origin_validation.enabled", SCHEMA_GENERAL,
	    "Origin validation."),
	VOID("cfg.filtering.rpki_bgp_origin_validation.enabled", SCHEMA_CLIENT,
	    "the general value counts for all"),
	LATER("cfg.filtering.rpki_bgp_origin_validation.reject_invalid", BOTH,
	    "Reject routes that RPKI makes invalid."),
	LATER("cfg.filtering.rpki", BOTH, "Older spelling of rpki_bgp_origin_validation."),
	MAP("cfg.filtering.aspa", SCHEMA_GENERAL),
	LATER("cfg.filtering.aspa.enabled", SCHEMA_GENERAL, "ASPA verification."),
	LATER("cfg.filtering.aspa.reject_invalid", SCHEMA_GENERAL, "Reject ASPA-invalid routes."),
	LATER("cfg.filtering.reject_as_set", SCHEMA_GENERAL, "Reject AS_SETs (RFC 9774)."),
	MAP("cfg.filtering.max_prefix", BOTH),
	LATER("cfg.filtering.max_prefix.action", BOTH, "What happens at the limit."),
	LATER("cfg.filtering.max_prefix.restart_after", BOTH, "Minutes until a restart."),
	LATER("cfg.filtering.max_prefix.count_rejected_routes", BOTH, "What counts."),
	LATER("cfg.filtering.max_prefix.peering_db", BOTH, "Limits from PeeringDB."),
	LATER("cfg.filtering.max_prefix.general_limit_ipv4", SCHEMA_GENERAL, "IPv4 limit."),
	LATER("cfg.filtering.max_prefix.general_limit_ipv6", SCHEMA_GENERAL, "IPv6 limit."),
	LATER("cfg.filtering.max_prefix.limit_ipv4", SCHEMA_CLIENT, "The client's IPv4 limit."),
	LATER("cfg.filtering.max_prefix.limit_ipv6", SCHEMA_CLIENT, "The client's IPv6 limit."),
	MAP("cfg.filtering.roles", BOTH),
	LATER("cfg.filtering.roles.enabled", BOTH, "BGP roles (RFC 9234)."),
	LATER("cfg.filtering.roles.strict_mode", BOTH, "Refuse clients without a role."),
	LATER("cfg.filtering.roles.local_role", BOTH, "The server's role."),
	MAP("cfg.filtering.reject_policy", BOTH),
	LATER("cfg.filtering.reject_policy.policy", BOTH, "What becomes of rejected routes."),
	LATER("cfg.rpki_roas", SCHEMA_GENERAL, "Source of ROAs."),
	LATER("cfg.rpki_aspas", SCHEMA_GENERAL, "Source of ASPAs."),
	MAP("cfg.blackhole_filtering", BOTH),
	LATER("cfg.blackhole_filtering.policy_ipv4", SCHEMA_GENERAL, "Blackhole requests."),
	LATER("cfg.blackhole_filtering.policy_ipv6", SCHEMA_GENERAL, "Blackhole requests."),
	LATER("cfg.blackhole_filtering.rewrite_next_hop_ipv4", SCHEMA_GENERAL, "Their next hop."),
	LATER("cfg.blackhole_filtering.rewrite_next_hop_ipv6", SCHEMA_GENERAL, "Their next hop."),
	LATER("cfg.blackhole_filtering.announce_to_client", BOTH, "Who gets them."),
	LATER("cfg.blackhole_filtering.add_noexport", SCHEMA_GENERAL, "Add NO_EXPORT to them."),
	MAP("cfg.graceful_shutdown", BOTH),
	LATER("cfg.graceful_shutdown.enabled", BOTH, "Graceful shutdown (RFC 8326)."),
	LATER("cfg.graceful_shutdown.local_pref", SCHEMA_GENERAL, "LOCAL_PREF for it."),
	MAP("cfg.rfc1997_wellknown_communities", SCHEMA_GENERAL),
	LATER("cfg.rfc1997_wellknown_communities.policy", SCHEMA_GENERAL,
	    "NO_EXPORT and NO_ADVERTISE from clients."),
	LATER("cfg.rtt_thresholds", SCHEMA_GENERAL, "Thresholds for control by round-trip time."),
	MAP("cfg.communities", SCHEMA_GENERAL),
	LATER("cfg.communities.*", SCHEMA_GENERAL, "Communities by what they mean."),
	MAP("cfg.custom_communities", SCHEMA_GENERAL),
	LATER("cfg.custom_communities.*", SCHEMA_GENERAL, "Communities for clients to carry."),
	LATER("cfg.attach_custom_communities", SCHEMA_CLIENT, "Communities for its routes."),

	/* an entry of clients */
	CLIENT("asn", VALUE_ASN, asn, 0, 0, NULL, "(required)", "The client's ASN."),
	CLIENT("ip", VALUE_ADDRESSES, ip, 1, 64, NULL, "(required)",
	    "Its address or addresses; each is a peer of its own."),
	CLIENT("description", VALUE_TEXT, description, 0, 4096, NULL, NULL,
	    "Free text for displays, shown up to 127 octets."),
	CLIENT("password", VALUE_TEXT, password, 1, CONF_PASSWORD_MAX, NULL, NULL,
	    "TCP MD5 password (RFC 2385)."),
	CLIENT("password_file", VALUE_PATH, password_file, 1, 4096, NULL, NULL,
	    "File whose first line is the password."),
	CLIENT("filters", VALUE_WORD, filters, 0, 0, filters_words, NULL, "As cfg.filters."),
	MAP("cfg", SCHEMA_CLIENT),
	LATER("16bit_mapped_asn", SCHEMA_CLIENT, "Stand-in for a 32-bit ASN in communities."),
};
/* clang-format on */

size_t
schema_count(void)
{
	return ROWS(rows);
}

const struct schema_row *
schema_row(size_t index)
{
	return index < ROWS(rows) ? &rows[index] : NULL;
}

/* The part behind the last dot. */
static const char *
last_part(const char *path)
{
	const char *dot = strrchr(path, '.');

	return dot == NULL ? path : dot + 1;
}

/* True if the paths have the same parts in front of the last. */
static bool
is_sibling(const char *a, const char *b)
{
	size_t len = (size_t)(last_part(a) - a);

	return len == (size_t)(last_part(b) - b) && memcmp(a, b, len) == 0;
}

const struct schema_row *
schema_find(const char *path, enum schema_place place)
{
	const struct schema_row *row;

	for (row = rows; row < rows + ROWS(rows); row++) {
		if ((row->places & place) == 0)
			continue;
		if (strcmp(row->path, path) == 0)
			return row;
		if (strcmp(last_part(row->path), "*") == 0 && is_sibling(row->path, path))
			return row;
	}
	return NULL;
}

#define WORD_MAX 48

static size_t
least(size_t a, size_t b, size_t c)
{
	size_t min = a < b ? a : b;

	return min < c ? min : c;
}

/* Optimal string alignment: insertions, deletions, substitutions, swapped neighbours. */
static size_t
edit_distance(const char *a, const char *b)
{
	size_t rows_of[3][WORD_MAX + 1] = {{0}};
	size_t a_len = strlen(a), b_len = strlen(b), i, j;

	if (a_len > WORD_MAX || b_len > WORD_MAX)
		return WORD_MAX;
	for (j = 0; j <= b_len; j++)
		rows_of[0][j] = j;
	for (i = 1; i <= a_len; i++) {
		size_t *now = rows_of[i % 3];
		const size_t *before = rows_of[(i + 2) % 3], *two_before = rows_of[(i + 1) % 3];

		now[0] = i;
		for (j = 1; j <= b_len; j++) {
			now[j] = least(
			    before[j] + 1, now[j - 1] + 1, before[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    two_before[j - 2] + 1 < now[j])
				now[j] = two_before[j - 2] + 1;
		}
	}
	return rows_of[a_len % 3][b_len];
}

const char *
schema_nearest(const char *path, enum schema_place place)
{
	const char *word = last_part(path), *elsewhere = NULL, *nearest = NULL;
	size_t best = strlen(word) < 3 ? 1 : strlen(word) / 3 + 1;
	const struct schema_row *row;

	for (row = rows; row < rows + ROWS(rows); row++) {
		size_t distance;

		if (elsewhere == NULL && strcmp(last_part(row->path), word) == 0)
			elsewhere = row->path;
		if ((row->places & place) == 0 || !is_sibling(row->path, path) ||
		    strcmp(last_part(row->path), "*") == 0)
			continue;
		distance = edit_distance(word, last_part(row->path));
		if (distance <= best && (nearest == NULL || distance < best)) {
			best = distance;
			nearest = row->path;
		}
	}
	return nearest != NULL ? nearest : elsewhere;
}

const char *
schema_place_name(enum schema_place place)
{
	static const struct {
		enum schema_place place;
		const char *name;
	} names[] = {
	    {SCHEMA_TOP, "the first level"},
	    {SCHEMA_DAEMON, "daemon"},
	    {SCHEMA_GENERAL, "general"},
	    {SCHEMA_CLIENT, "a client"},
	};
	size_t i;

	for (i = 0; i < ROWS(names); i++) {
		if (names[i].place == place)
			return names[i].name;
	}
	return "nowhere";
}
