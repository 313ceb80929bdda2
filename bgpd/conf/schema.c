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
#include "bgpd/conf/nearest.h"
#include "bgpd/conf/settings.h"

#define ROWS(array) (sizeof(array) / sizeof((array)[0]))

/* The order is that of the enumerations that the values become; "" cannot be written. */
static const char *const log_level_words[] = {
    "debug", "info", "notice", "warning", "error", "critical", NULL};
static const char *const filters_words[] = {"", "none", NULL};
static const char *const next_hop_words[] = {"strict", "same-as", "authorized_addresses", NULL};
static const char *const transit_free_words[] = {"", "reject", "warning", NULL};
static const char *const limit_words[] = {"", "shutdown", "restart", "block", "warning", NULL};
static const char *const role_words[] = {"provider", "rs", "rs-client", "customer", "peer", NULL};
static const char *const reject_words[] = {"reject", "tag", "tag_and_reject", NULL};
static const char *const blackhole_words[] = {"", "propagate-unchanged", "rewrite-next-hop", NULL};
static const char *const rfc1997_words[] = {"pass", "rfc1997", NULL};
static const char *const reasons_words[] = {"arouteserver", "euro-ix", NULL};
static const char *const rpki_source_words[] = {"ripe-rpki-validator-cache", "rtr", "rtrlib", NULL};

#define BOTH	(SCHEMA_GENERAL | SCHEMA_CLIENT)
#define GENERAL SCHEMA_GENERAL

#define TRUST_ANCHORS                                                                       \
	"APNIC RPKI Root, AfriNIC RPKI Root, LACNIC RPKI Root, RIPE NCC RPKI Root, apnic, " \
	"afrinic, lacnic, ripe"

/* clang-format off */
#define ROW(path, places, type, status, store, offset, min, max, words, default_text, help) \
	{path, places, type, status, store, offset, min, max, words, default_text, help, NULL}
#define TOP(path, type, status, help) \
	ROW(path, SCHEMA_TOP, type, status, STORE_NONE, 0, 0, 0, NULL, NULL, help)
#define DAEMON(key, type, member, min, max, words, default_text, help) \
	ROW("daemon." key, SCHEMA_DAEMON, type, SCHEMA_ACTED_ON, STORE_DAEMON, \
	    offsetof(struct conf_daemon, member), min, max, words, default_text, help)
#define FEED(key, type, member, help) \
	ROW("feeds." key, SCHEMA_FEEDS, type, SCHEMA_ACTED_ON, STORE_FEEDS, \
	    offsetof(struct conf_feeds, member), 1, 4096, NULL, NULL, help)
#define CFG(key, places, type, member, words, default_text, help) \
	ROW("cfg." key, places, type, SCHEMA_ACTED_ON, STORE_CFG, \
	    offsetof(struct conf_cfg, member), 0, 0, words, default_text, help)
#define CFG_NUMBER(key, places, member, min, max, default_text, help) \
	ROW("cfg." key, places, VALUE_NUMBER, SCHEMA_ACTED_ON, STORE_CFG, \
	    offsetof(struct conf_cfg, member), min, max, NULL, default_text, help)
/* Of struct conf_settings: numbers, switches, words, lists. */
#define SET(key, places, type, member, min, max, words, default_text, help) \
	ROW("cfg." key, places, type, SCHEMA_ACTED_ON, STORE_SETTINGS, \
	    offsetof(struct conf_settings, member), min, max, words, default_text, help)
#define NUMBER(key, places, member, min, max, default_text, help) \
	SET(key, places, VALUE_NUMBER, member, min, max, NULL, default_text, help)
#define SWITCH(key, places, member, default_text, help) \
	SET(key, places, VALUE_BOOL, member, 0, 0, NULL, default_text, help)
#define WORD(key, places, member, words, default_text, help) \
	SET(key, places, VALUE_WORD, member, 0, 0, words, default_text, help)
#define LIST(key, places, type, member, help) \
	SET(key, places, type, member, 0, 0, NULL, NULL, help)
#define CLIENT(key, places, type, member, min, max, words, default_text, help) \
	ROW(key, places, type, SCHEMA_ACTED_ON, STORE_CLIENT, \
	    offsetof(struct client, member), min, max, words, default_text, help)
/* A mapping; a scalar in its place may stand for one of its keys. */
#define MAP(path, places) \
	ROW(path, places, VALUE_MAP, SCHEMA_ACTED_ON, STORE_NONE, 0, 0, 0, NULL, NULL, "")
#define MAP_OR(path, places, target) \
	{path, places, VALUE_MAP, SCHEMA_ACTED_ON, STORE_NONE, 0, 0, 0, NULL, NULL, "", target}
/* Read by its own loader. */
#define OWN(path, places, help) \
	ROW(path, places, VALUE_ANY, SCHEMA_ACTED_ON, STORE_NONE, 0, 0, 0, NULL, NULL, help)
#define VOID(path, places, help) \
	ROW(path, places, VALUE_ANY, SCHEMA_NO_MEANING, STORE_NONE, 0, 0, 0, NULL, NULL, help)
#define OLDER(path, places, target) \
	{path, places, VALUE_ANY, SCHEMA_OLDER, STORE_NONE, 0, 0, 0, NULL, NULL, \
	    "Older spelling of `" target "`.", target}

#define ROV "cfg.filtering.rpki_bgp_origin_validation"
#define IRR "filtering.irrdb."

static const struct schema_row rows[] = {
	/* roost.yml */
	TOP("daemon", VALUE_MAP, SCHEMA_ACTED_ON, "Settings of this daemon."),
	TOP("general", VALUE_ANY, SCHEMA_ACTED_ON,
	    "Name of an ARouteServer general.yml, or its content. With it every client is filtered, "
	    "by ARouteServer's defaults where the file says nothing."),
	TOP("clients", VALUE_ANY, SCHEMA_ACTED_ON,
	    "Name of an ARouteServer clients.yml, or its list of clients."),
	TOP("cfg", VALUE_MAP, SCHEMA_ACTED_ON,
	    "The content of general.yml, in this file. Without any key below `filtering`, here or "
	    "at the client, and without `filters: none` a client's routes are rejected (RFC 8212); "
	    "one such key is enough for all checks with their defaults."),
	TOP("asns", VALUE_ANY, SCHEMA_ACTED_ON,
	    "AS-SETs by ASN, for clients without any: `AS64500: {as_sets: [AS-FOO]}`. May stand in "
	    "clients.yml, too."),
	TOP("bogons", VALUE_ANY, SCHEMA_ACTED_ON,
	    "Prefixes that nobody may announce: a prefix list (see below), or the name of a file "
	    "that holds it under the key `bogons`."),
	TOP("collectors", VALUE_ANY, SCHEMA_ACTED_ON,
	    "Sessions that get the tagged routes (`reject_policy: tag`) and announce nothing."),
	TOP("feeds", VALUE_MAP, SCHEMA_ACTED_ON, "Files with IRR, RPKI and other data."),
	TOP("rules", VALUE_ANY, SCHEMA_ACTED_ON,
	    "Rules of the exchange for what the keys of `cfg` cannot say, by direction; see docs/rules.md."),
	TOP("looking_glass", VALUE_ANY, SCHEMA_NOT_YET, "The looking glass."),

	/* daemon */
	DAEMON("listen", VALUE_ADDRESSES, listen, 1, 64, NULL, "0.0.0.0, ::",
	    "Addresses that members connect to. The wildcards take every address of the host."),
	DAEMON("port", VALUE_NUMBER, port, 1, 65535, NULL, "179",
	    "TCP port, listened on and connected to."),
	DAEMON("workers", VALUE_NUMBER, workers, 1, 256, NULL, "(cores - 1, at least 2)",
	    "Session worker processes. The peers of one member are spread over different ones."),
	DAEMON("max_peers", VALUE_NUMBER, max_peers, 1, 16384, NULL,
	    "(those configured at the start and a quarter more, at least 64 more)",
	    "Room for peers, those that a reload adds included; a change needs a restart."),
	DAEMON("socket", VALUE_PATH, socket, 1, 107, NULL,
	    "(/run/roost/INSTANCE.sock; not as root $XDG_RUNTIME_DIR/roost/ or /tmp/roost-UID/)",
	    "Control socket with all commands, mode 0660."),
	DAEMON("restricted_socket", VALUE_PATH, restricted_socket, 1, 107, NULL,
	    "(beside the control socket, ending in .ro.sock)",
	    "Control socket with commands that only read."),
	DAEMON("state_file", VALUE_PATH, state_file, 1, 4096, NULL,
	    "(/var/lib/roost/INSTANCE.state; not as root beside the control socket, ending in .state)",
	    "File with what outlives a restart: peers that are down for having had too many prefixes. "
	    "Its directory is made if only that is missing."),
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

	/* feeds */
	FEED("irr", VALUE_PATHS, irr,
	    "Files with AS-SETs and route objects: RPSL or bgpq4 JSON."),
	FEED("rpki", VALUE_PATHS, rpki, "Files with VRPs and ASPAs: JSON of a validator."),
	FEED("arin", VALUE_PATH, arin, "File with ARIN's bulk whois data, JSON."),
	FEED("registrobr", VALUE_PATH, registrobr, "File with Registro.br's data."),
	FEED("peeringdb", VALUE_PATH, peeringdb,
	    "File with PeeringDB's networks: prefix limits, AS-SETs, never-via-route-servers."),
	FEED("rtt", VALUE_PATH, rtt, "File with round-trip times by client address."),

	MAP("cfg", GENERAL),

	/* general.yml, and what a client may override: sessions */
	CFG("rs_as", GENERAL, VALUE_ASN, rs_as, NULL, "(required)",
	    "ASN of the route server."),
	CFG("router_id", GENERAL, VALUE_ROUTER_ID, router_id, NULL, "(required)",
	    "BGP identifier, written as an IPv4 address. Of a list the first counts."),
	CFG("path_hiding", GENERAL, VALUE_BOOL, path_hiding, NULL, "true",
	    "Mitigate path hiding (RFC 7947 2.3): a client that may not have the best path gets "
	    "the next one."),
	CFG("passive", BOTH, VALUE_BOOL, passive, NULL, "true",
	    "Never connect to the client, wait for it."),
	CFG("prepend_rs_as", BOTH, VALUE_BOOL, prepend_rs_as, NULL, "false",
	    "Put the server's ASN in front of the AS path (RFC 7947 2.2.2.1 advises against it)."),
	CFG("add_path", BOTH, VALUE_BOOL, add_path, NULL, "false",
	    "Offer to send several paths per prefix (RFC 7911)."),
	CFG_NUMBER("add_path_paths", BOTH, add_path_paths, 0, 255, "0",
	    "With `add_path`: at most the best so many paths of a prefix; 0 = all."),
	CFG_NUMBER("add_path_receive", BOTH, add_path_receive, 0, 64, "0",
	    "How many paths of one prefix the client may announce (RFC 7911); 0 and 1 = no ADD-PATH "
	    "from it. Off because further paths may be inactive or worse ones, which cost others "
	    "their way (RFC 7947 2.3.2.2.2)."),
	CFG("filters", BOTH, VALUE_WORD, filters, filters_words, NULL,
	    "none = accept the client's routes unfiltered, but for what protects the protocol. "
	    "Does not stand beside checks below `filtering`; a client's own checks win over a "
	    "general none."),
	ROW("cfg.multihop", BOTH, VALUE_NUMBER, SCHEMA_ACTED_ON, STORE_CFG,
	    offsetof(struct conf_cfg, multihop), 1, 255, NULL, NULL,
	    "TTL of sessions that are not direct: how many hops away the client may be."),
	CFG("gtsm", BOTH, VALUE_BOOL, gtsm, NULL, "false",
	    "TTL security (RFC 5082): send with TTL 255, and hear nothing that comes from further "
	    "than `multihop` hops, 1 if it is not given. The client must do the same."),
	CFG("rfc8950", BOTH, VALUE_BOOL, rfc8950, NULL, "false",
	    "On an IPv6 session IPv4, too, with IPv6 next hops both ways (RFC 8950). On an IPv4 "
	    "session it means nothing."),
	CFG("families", SCHEMA_CLIENT, VALUE_FAMILIES, families, NULL,
	    "(that of the address; with `rfc8950` on IPv6 both)",
	    "Families of the client's sessions: `[ipv4, ipv6]` carries both on each of them (RFC "
	    "4760). The other family's next hops are those of the same ASN's other clients; with "
	    "ipv4 on an IPv6 session the client has an IPv4 address on the LAN by your word. The "
	    "family of the address must be among them."),
	CFG("extended_messages", BOTH, VALUE_BOOL, extended_messages, NULL, "false",
	    "Messages of up to 65,535 octets (RFC 8654). Off because a route too large for 4,096 "
	    "reaches those members alone that have them, too."),
	MAP("cfg.graceful_restart", BOTH),
	CFG("graceful_restart.enabled", BOTH, VALUE_BOOL, graceful_restart, NULL, "false",
	    "Graceful restart (RFC 4724, RFC 8538). Off because routes that are kept while a "
	    "member is away blackhole traffic at an exchange: the server cannot know whether its "
	    "router still forwards."),
	CFG_NUMBER("graceful_restart.restart_time", GENERAL, restart_s, 1, 4095, "120",
	    "Seconds that a restart of this server takes at most, as members are told."),
	CFG_NUMBER("graceful_restart.stale_time", GENERAL, stale_s, 1, 3600, "180",
	    "Seconds that routes of a member that is away are kept at most, whatever it says."),
	CFG_NUMBER("graceful_restart.deferral_time", GENERAL, deferral_s, 1, 3600, "120",
	    "Seconds that members are waited for at most after a start of the server, before any "
	    "is told routes."),
	CFG("long_shutdown_text", BOTH, VALUE_BOOL, long_shutdown_text, NULL, "false",
	    "Send shutdown texts of up to 255 octets (RFC 9003) instead of 128 (RFC 8203), which "
	    "every router takes."),

	/* checks */
	MAP("cfg.filtering", BOTH),
	MAP("cfg.filtering.next_hop", BOTH),
	WORD("filtering.next_hop.policy", BOTH, next_hop, next_hop_words, "strict",
	    "Next hops that are allowed: the client's own address, those of any client with the "
	    "same ASN, or those of its list (RFC 7948 4.8)."),
	LIST("filtering.next_hop.authorized_addresses_list", SCHEMA_CLIENT, VALUE_HOSTS, authorized,
	    "That list; its own address counts only if it is in it."),
	OLDER("cfg.filtering.next_hop_policy", BOTH, "cfg.filtering.next_hop.policy"),
	MAP("cfg.filtering.ipv4_pref_len", BOTH),
	NUMBER("filtering.ipv4_pref_len.min", BOTH, length_min[FAMILY_IPV4], 0, 32, "8",
	    "Shortest IPv4 prefix."),
	NUMBER("filtering.ipv4_pref_len.max", BOTH, length_max[FAMILY_IPV4], 0, 32, "24",
	    "Longest IPv4 prefix."),
	MAP("cfg.filtering.ipv6_pref_len", BOTH),
	NUMBER("filtering.ipv6_pref_len.min", BOTH, length_min[FAMILY_IPV6], 0, 128, "12",
	    "Shortest IPv6 prefix."),
	NUMBER("filtering.ipv6_pref_len.max", BOTH, length_max[FAMILY_IPV6], 0, 128, "48",
	    "Longest IPv6 prefix."),
	LIST("filtering.global_black_list_pref", GENERAL, VALUE_PREFIXES, black_list,
	    "Prefixes never accepted, the peering LAN's for example."),
	LIST("filtering.black_list_pref", SCHEMA_CLIENT, VALUE_PREFIXES, client_black_list,
	    "Prefixes never accepted from this client."),
	NUMBER("filtering.max_as_path_len", GENERAL, path_max, 1, 64, "32",
	    "Longest AS path; repeats count, a set counts 1."),
	VOID("cfg.filtering.max_as_path_len", SCHEMA_CLIENT, "the general value counts for all"),
	SWITCH("filtering.reject_invalid_as_in_as_path", BOTH, rejects_invalid_asn, "true",
	    "Reject paths with private, reserved or documentation ASNs."),
	SWITCH("filtering.reject_as_set", GENERAL, rejects_as_set,
	    "(true below `cfg`; false below `general`, as in ARouteServer)",
	    "Reject paths with AS_SETs (RFC 9774). By default nobody's who has no filters; `true` "
	    "means `filters: none`, too."),
	LIST("filtering.drop_attributes", GENERAL, VALUE_ATTRS, drop_attributes,
	    "Numbers of attributes that are taken off routes on receipt, `[28, 40]` for example; "
	    "docs/policy.md says which may be."),
	MAP("cfg.filtering.transit_free", GENERAL),
	WORD("filtering.transit_free.action", GENERAL, transit_free, transit_free_words, NULL,
	    "What happens to a path with a transit-free ASN that is not the client's; without it "
	    "the list is not applied."),
	LIST("filtering.transit_free.asns", GENERAL, VALUE_ASNS, transit_free_asns,
	    "Those ASNs."),
	MAP("cfg.filtering.never_via_route_servers", GENERAL),
	SWITCH("filtering.never_via_route_servers.peering_db", GENERAL, never_via_peering_db,
	    "true", "Reject paths with an ASN that PeeringDB flags so (`feeds.peeringdb`)."),
	LIST("filtering.never_via_route_servers.asns", GENERAL, VALUE_ASNS, never_via_asns,
	    "Further such ASNs."),
	MAP("cfg.filtering.irrdb", BOTH),
	SWITCH(IRR "enforce_origin_in_as_set", BOTH, irr_origin, "true",
	    "The origin ASN must be in the client's AS-SETs."),
	SWITCH(IRR "enforce_prefix_in_as_set", BOTH, irr_prefix, "true",
	    "The prefix must have a route object of an origin in the client's AS-SETs."),
	SWITCH(IRR "allow_longer_prefixes", GENERAL, irr_longer, "false",
	    "More specifics of such prefixes, too."),
	SWITCH(IRR "tag_as_set", GENERAL, irr_tag, "true",
	    "Tag routes with the outcome, where communities are configured."),
	SWITCH(IRR "peering_db", GENERAL, irr_peering_db, "false",
	    "Clients without AS-SETs get those of PeeringDB (`feeds.peeringdb`)."),
	MAP("cfg." IRR "use_rpki_roas_as_route_objects", GENERAL),
	SWITCH(IRR "use_rpki_roas_as_route_objects.enabled", GENERAL, irr_roas, "false",
	    "A ROA of an authorised origin stands for a route object."),
	OLDER("cfg." IRR "use_rpki_roas_as_route_objects.source", GENERAL, "cfg.rpki_roas.source"),
	OLDER("cfg." IRR "use_rpki_roas_as_route_objects.ripe_rpki_validator_url", GENERAL,
	    "cfg.rpki_roas.ripe_rpki_validator_url"),
	OLDER("cfg." IRR "use_rpki_roas_as_route_objects.allowed_trust_anchors", GENERAL,
	    "cfg.rpki_roas.allowed_trust_anchors"),
	MAP("cfg." IRR "use_arin_bulk_whois_data", GENERAL),
	SWITCH(IRR "use_arin_bulk_whois_data.enabled", GENERAL, irr_arin, "false",
	    "A record of ARIN's does, too (`feeds.arin`)."),
	VOID("cfg." IRR "use_arin_bulk_whois_data.source", GENERAL,
	    "nothing is downloaded; feeds.arin names the file"),
	MAP("cfg." IRR "use_registrobr_bulk_whois_data", GENERAL),
	SWITCH(IRR "use_registrobr_bulk_whois_data.enabled", GENERAL, irr_registrobr, "false",
	    "A record of Registro.br's does, too (`feeds.registrobr`)."),
	VOID("cfg." IRR "use_registrobr_bulk_whois_data.source", GENERAL,
	    "nothing is downloaded; feeds.registrobr names the file"),
	LIST(IRR "as_sets", SCHEMA_CLIENT, VALUE_OBJECTS, objects,
	    "The client's AS-SETs; AS<asn> always belongs to them. An empty list authorises "
	    "nothing else."),
	LIST(IRR "white_list_pref", SCHEMA_CLIENT, VALUE_PREFIXES, white_prefixes,
	    "Prefixes as if route objects of its AS-SETs had them."),
	LIST(IRR "white_list_asn", SCHEMA_CLIENT, VALUE_ASNS, white_asns,
	    "Origins as if its AS-SETs had them."),
	LIST(IRR "white_list_route", SCHEMA_CLIENT, VALUE_ROUTES, white_routes,
	    "Routes that need neither; an entry may name an origin as `asn`."),
	MAP(ROV, BOTH),
	SWITCH("filtering.rpki_bgp_origin_validation.enabled", GENERAL, rov, "false",
	    "Origin validation (RFC 6811) by the VRPs of `feeds.rpki`."),
	VOID(ROV ".enabled", SCHEMA_CLIENT, "the general value counts for all"),
	SWITCH("filtering.rpki_bgp_origin_validation.reject_invalid", BOTH, rov_rejects, "true",
	    "Reject invalid routes; otherwise they are kept, but sent to nobody."),
	SWITCH("filtering.rpki_bgp_origin_validation.announce_invalid_to_client", SCHEMA_CLIENT,
	    takes_invalid, "false", "This client is sent invalid routes that were accepted."),
	OLDER("cfg.filtering.rpki", BOTH, ROV),
	MAP("cfg.filtering.aspa", GENERAL),
	SWITCH("filtering.aspa.enabled", GENERAL, aspa, "false",
	    "ASPA verification by the data of `feeds.rpki`."),
	SWITCH("filtering.aspa.reject_invalid", GENERAL, aspa_rejects, "false",
	    "Reject routes that ASPA makes invalid."),
	LIST("filtering.observe", BOTH, VALUE_REASONS, observe,
	    "Checks that only count and show what they would reject, by the names of reject "
	    "reasons."),
	NUMBER("filtering.max_communities", GENERAL, communities_max, 0, 16384, "512",
	    "Communities of one route, all kinds together; 0 = no limit."),
	NUMBER("filtering.max_control_combinations", GENERAL, reaches_max, 0, 1000000, "1000",
	    "Distinct sets of control communities per client; 0 = no limit."),

	/* limits, roles, what becomes of rejected routes */
	MAP("cfg.filtering.max_prefix", BOTH),
	WORD("filtering.max_prefix.action", BOTH, limit_action, limit_words, NULL,
	    "What happens at the limit; without it there is none."),
	NUMBER("filtering.max_prefix.restart_after", BOTH, restart_after_min, 1, 10080, "15",
	    "Minutes until a restart."),
	SWITCH("filtering.max_prefix.count_rejected_routes", BOTH, counts_rejected, "true",
	    "Every route received counts, not only accepted ones."),
	MAP_OR("cfg.filtering.max_prefix.peering_db", BOTH,
	    "cfg.filtering.max_prefix.peering_db.enabled"),
	SWITCH("filtering.max_prefix.peering_db.enabled", BOTH, limit_peering_db, "true",
	    "Limits from PeeringDB (`feeds.peeringdb`) for clients without their own. "
	    "`peering_db: true` is the older spelling."),
	MAP("cfg.filtering.max_prefix.peering_db.increment", BOTH),
	NUMBER("filtering.max_prefix.peering_db.increment.absolute", BOTH, limit_increment, 0,
	    1000000, "100", "Added to PeeringDB's number."),
	NUMBER("filtering.max_prefix.peering_db.increment.relative", BOTH, limit_increment_percent,
	    0, 1000, "15", "Then added, in percent."),
	NUMBER("filtering.max_prefix.general_limit_ipv4", GENERAL, general_limit[FAMILY_IPV4], 0,
	    UINT32_MAX, "170000", "IPv4 limit where there is no other; 0 = none."),
	NUMBER("filtering.max_prefix.general_limit_ipv6", GENERAL, general_limit[FAMILY_IPV6], 0,
	    UINT32_MAX, "12000", "IPv6 limit where there is no other; 0 = none."),
	NUMBER("filtering.max_prefix.limit_ipv4", SCHEMA_CLIENT, limit[FAMILY_IPV4], 0, UINT32_MAX,
	    NULL, "The client's IPv4 limit; 0 = none."),
	NUMBER("filtering.max_prefix.limit_ipv6", SCHEMA_CLIENT, limit[FAMILY_IPV6], 0, UINT32_MAX,
	    NULL, "The client's IPv6 limit; 0 = none."),
	MAP("cfg.filtering.roles", BOTH),
	SWITCH("filtering.roles.enabled", BOTH, has_roles, "false",
	    "BGP roles and the Only-to-Customer attribute (RFC 9234)."),
	SWITCH("filtering.roles.strict_mode", BOTH, role_is_strict, "false",
	    "Refuse clients that send no role."),
	WORD("filtering.roles.local_role", BOTH, role, role_words, "rs",
	    "The server's role on the session."),
	MAP("cfg.filtering.reject_policy", BOTH),
	WORD("filtering.reject_policy.policy", BOTH, reject, reject_words, "reject",
	    "What becomes of rejected routes: discarded, kept with communities that tell why (for "
	    "collectors and displays), or both."),
	WORD("reasons", GENERAL, reasons_map, reasons_words, "arouteserver",
	    "Numbers of reject reasons: ARouteServer's, or large communities of Euro-IX and IXP "
	    "Manager."),

	/* data */
	MAP("cfg.rpki_roas", GENERAL),
	WORD("rpki_roas.source", GENERAL, rpki_source, rpki_source_words,
	    "ripe-rpki-validator-cache",
	    "VRPs always come from `feeds.rpki`; with rtr the list of trust anchors does not "
	    "apply. rtrlib is an older spelling of rtr."),
	VOID("cfg.rpki_roas.ripe_rpki_validator_url", GENERAL,
	    "nothing is downloaded; feeds.rpki names the files"),
	ROW("cfg.rpki_roas.allowed_trust_anchors", GENERAL, VALUE_TEXTS, SCHEMA_ACTED_ON,
	    STORE_FEEDS, offsetof(struct conf_feeds, trust_anchors), 0, 64, NULL, TRUST_ANCHORS,
	    "Trust anchors whose VRPs count."),
	ROW("cfg.rpki_roas.ignore_cache_files_older_than", GENERAL, VALUE_NUMBER, SCHEMA_ACTED_ON,
	    STORE_FEEDS, offsetof(struct conf_feeds, rpki_max_age_s), 1, UINT32_MAX, NULL, "21600",
	    "Seconds after which a file of `feeds.rpki` is too old, by the time it says that it was "
	    "made."),

	/* requests of clients */
	MAP("cfg.blackhole_filtering", BOTH),
	WORD("blackhole_filtering.policy_ipv4", GENERAL, blackhole[FAMILY_IPV4], blackhole_words,
	    NULL, "IPv4 blackhole requests (RFC 7999); without it there are none."),
	WORD("blackhole_filtering.policy_ipv6", GENERAL, blackhole[FAMILY_IPV6], blackhole_words,
	    NULL, "IPv6 blackhole requests."),
	SET("blackhole_filtering.rewrite_next_hop_ipv4", GENERAL, VALUE_ADDRESSES,
	    blackhole_next_hop[FAMILY_IPV4], 1, 1, NULL, NULL, "Next hop for rewrite-next-hop."),
	SET("blackhole_filtering.rewrite_next_hop_ipv6", GENERAL, VALUE_ADDRESSES,
	    blackhole_next_hop[FAMILY_IPV6], 1, 1, NULL, NULL, "Next hop for rewrite-next-hop."),
	SWITCH("blackhole_filtering.announce_to_client", BOTH, takes_blackhole, "true",
	    "The client is sent blackhole routes."),
	SWITCH("blackhole_filtering.add_noexport", GENERAL, blackhole_no_export, "true",
	    "Add NO_EXPORT to them."),
	MAP("cfg.graceful_shutdown", BOTH),
	SWITCH("graceful_shutdown.enabled", BOTH, graceful_shutdown, "false",
	    "Lower LOCAL_PREF of routes with 65535:0 (RFC 8326)."),
	NUMBER("graceful_shutdown.local_pref", GENERAL, gshut_local_pref, 0, UINT32_MAX, "0",
	    "To this value."),
	SWITCH("graceful_shutdown.perform", GENERAL, shutting_down, "false",
	    "This server is about to go: 65535:0 is added to everything it sends."),
	MAP("cfg.rfc1997_wellknown_communities", GENERAL),
	WORD("rfc1997_wellknown_communities.policy", GENERAL, rfc1997, rfc1997_words, "pass",
	    "NO_EXPORT and NO_ADVERTISE from clients: passed on, or obeyed here."),
	LIST("rtt_thresholds", GENERAL, VALUE_TIMES, rtt_thresholds,
	    "Thresholds for control communities by round-trip time."),
	MAP("cfg.rtt", GENERAL),
	SWITCH("rtt.use_measured", GENERAL, rtt_measured, "false",
	    "Where neither the client nor `feeds.rtt` gives a round-trip time, the one measured on "
	    "its session counts."),
	OWN("cfg.communities", GENERAL,
	    "Communities by what they mean, each a mapping of std, lrg and ext to a pattern; "
	    "docs/policy.md has their names."),
	OWN("cfg.custom_communities", GENERAL,
	    "Communities of the exchange by name, for `attach_custom_communities`."),
	OWN("cfg.attach_custom_communities", SCHEMA_CLIENT,
	    "Names of custom communities that the client's routes get."),

	/* an entry of clients, or of collectors */
	CLIENT("asn", SCHEMA_CLIENT | SCHEMA_COLLECTOR, VALUE_ASN, asn, 0, 0, NULL, "(required)",
	    "Its ASN."),
	CLIENT("ip", SCHEMA_CLIENT | SCHEMA_COLLECTOR, VALUE_ADDRESSES, ip, 1, 64, NULL,
	    "(required)", "Its address or addresses; each is a peer of its own."),
	CLIENT("description", SCHEMA_CLIENT | SCHEMA_COLLECTOR, VALUE_TEXT, description, 0, 4096,
	    NULL, NULL, "Free text for displays, shown up to 127 octets."),
	CLIENT("password", SCHEMA_CLIENT | SCHEMA_COLLECTOR, VALUE_TEXT, password, 1,
	    CONF_PASSWORD_MAX, NULL, NULL, "TCP MD5 password (RFC 2385)."),
	CLIENT("password_file", SCHEMA_CLIENT | SCHEMA_COLLECTOR, VALUE_PATH, password_file, 1,
	    4096, NULL, NULL, "File whose first line is the password."),
	CLIENT("filters", SCHEMA_CLIENT, VALUE_WORD, filters, 0, 0, filters_words, NULL,
	    "As cfg.filters."),
	CLIENT("16bit_mapped_asn", SCHEMA_CLIENT, VALUE_NUMBER, mapped_asn, 64512, 65534, NULL, NULL,
	    "Stand-in for a 32-bit ASN in standard communities; counts for all entries of the "
	    "ASN."),
	CLIENT("rtt", SCHEMA_CLIENT, VALUE_RTT, rtt_ms, 0, 0, NULL, NULL,
	    "Round-trip time in milliseconds, before all other sources; 0 = unknown."),
	CLIENT("quarantine", SCHEMA_CLIENT, VALUE_BOOL, quarantine, 0, 0, NULL, "false",
	    "Its routes are judged and shown; it gets none and nobody gets its."),
	MAP("cfg", SCHEMA_CLIENT),
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

const char *
schema_nearest(const char *path, enum schema_place place)
{
	const char *word = last_part(path), *elsewhere = NULL, *nearest = NULL;
	size_t best = nearest_limit(word);
	const struct schema_row *row;

	for (row = rows; row < rows + ROWS(rows); row++) {
		size_t distance;

		if (elsewhere == NULL && strcmp(last_part(row->path), word) == 0)
			elsewhere = row->path;
		if ((row->places & place) == 0 || !is_sibling(row->path, path) ||
		    strcmp(last_part(row->path), "*") == 0)
			continue;
		distance = nearest_distance(word, last_part(row->path));
		if (distance <= best && (nearest == NULL || distance < best)) {
			best = distance;
			nearest = row->path;
		}
	}
	return nearest != NULL ? nearest : elsewhere;
}

bool
schema_is_check(const struct schema_row *row)
{
	static const char prefix[] = "cfg.filtering.";
	static const char *const others[] = {"max_prefix.", "roles.", "reject_policy.",
	    "max_communities", "max_control_", "observe", "drop_attributes"};
	const char *key = row->path + sizeof(prefix) - 1;
	size_t i;

	if (strncmp(row->path, prefix, sizeof(prefix) - 1) != 0)
		return false;
	for (i = 0; i < ROWS(others); i++) {
		if (strncmp(key, others[i], strlen(others[i])) == 0)
			return false;
	}
	return true;
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
	    {SCHEMA_COLLECTOR, "a collector"},
	    {SCHEMA_FEEDS, "feeds"},
	};
	size_t i;

	for (i = 0; i < ROWS(names); i++) {
		if (names[i].place == place)
			return names[i].name;
	}
	return "nowhere";
}
