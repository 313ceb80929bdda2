/*
 * The naive policy: what import and export policy must say of a path, worked out in the plainest
 * way, check by check and receiver by receiver, with linear scans. It is the judge of policy/ and
 * shares no header and no source with it, nor with rib/.
 *
 *   world (this header)  what the exchange is configured to do and what its data say
 *   naive_policy.c       one path through the checks, in their order
 *   naive_data.c         ROV, ASPA, IRR, whois and RTT by looking at every record
 *   naive_rules.c        site rules
 *   naive_export.c       what one receiver is sent of one path, and by which rule
 *   naive_choose.c       which of the paths it is sent (RFC 4271 section 9.1.2.2)
 */
#ifndef TESTS_POLICYMODEL_NAIVE_POLICY_H
#define TESTS_POLICYMODEL_NAIVE_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NAIVE_PEERS	  24
#define NAIVE_LIST	  8
#define NAIVE_ASNS	  12
#define NAIVE_PATTERNS	  200
#define NAIVE_CUSTOMS	  6
#define NAIVE_RULES	  6
#define NAIVE_OBJECTS	  10
#define NAIVE_RECORDS	  160
#define NAIVE_HOPS	  40
#define NAIVE_COMMUNITIES 96

enum { NAIVE_IPV4, NAIVE_IPV6 };

/* Bits behind len and octets behind the family's size are 0. */
struct naive_prefix {
	uint8_t family;
	uint8_t len;
	uint8_t addr[16];
};

struct naive_address {
	uint8_t family;
	uint8_t addr[16];
};

/* Of a prefix list: prefixes inside `prefix` of length ge to le. */
struct naive_entry {
	struct naive_prefix prefix;
	unsigned ge, le;
	bool has_asn;
	uint32_t asn;
};

struct naive_list {
	unsigned count;
	struct naive_entry entries[NAIVE_LIST];
};

struct naive_asns {
	unsigned count;
	uint32_t asn[NAIVE_ASNS];
};

/* ---- communities ---- */

enum naive_format { NAIVE_STD, NAIVE_LARGE, NAIVE_EXT, NAIVE_FORMATS };

/*
 * std a:b, large a:b:c, ext type:a:b. The last number is the last part of a pattern. Of types
 * 0x0202 and 0x0203 a has 32 bits and b 16, of all others it is the other way round.
 */
struct naive_community {
	uint32_t format;
	uint32_t type; /* ext alone */
	uint32_t part[3];
};

enum naive_class { NAIVE_OUTBOUND, NAIVE_INTERNAL, NAIVE_INBOUND, NAIVE_CUSTOM };
enum naive_wild { NAIVE_FIXED, NAIVE_PEER_AS, NAIVE_DYN_VAL };
enum naive_verb {
	NAIVE_NO_VERB,
	NAIVE_DENY,
	NAIVE_ALLOW,
	NAIVE_PREPEND,
	NAIVE_ADD_NO_EXPORT,
	NAIVE_ADD_NO_ADVERTISE
};
enum naive_target { NAIVE_ANY, NAIVE_PEER, NAIVE_RTT_LOWER, NAIVE_RTT_HIGHER };

/* Where naive_names[] has what. */
enum naive_name {
	NAIVE_PREFIX_PRESENT,
	NAIVE_PREFIX_NOT_PRESENT,
	NAIVE_ORIGIN_PRESENT,
	NAIVE_ORIGIN_NOT_PRESENT,
	NAIVE_VIA_ROA,
	NAIVE_VIA_ARIN,
	NAIVE_VIA_REGISTROBR,
	NAIVE_VIA_WHITE_LIST,
	NAIVE_ROV_NOT_PERFORMED,
	NAIVE_ROV_VALID,
	NAIVE_ROV_UNKNOWN,
	NAIVE_ROV_INVALID,
	NAIVE_ASPA_VALID,
	NAIVE_ASPA_UNKNOWN,
	NAIVE_ASPA_INVALID,
	NAIVE_REJECT_CAUSE,
	NAIVE_ANNOUNCED_BY,
	NAIVE_REASON_MAP, /* index: the code; has no key */
	NAIVE_BLACKHOLING,
	NAIVE_ACTIONS, /* the first of those with a verb */
	NAIVE_NAMES = NAIVE_ACTIONS + 23
};

struct naive_row {
	const char *key; /* of cfg.communities */
	enum naive_class class;
	enum naive_wild wild;
	enum naive_verb verb;
	enum naive_target target;
	unsigned times;
};

extern const struct naive_row naive_names[NAIVE_NAMES];

struct naive_pattern {
	unsigned name;
	unsigned index; /* of NAIVE_REASON_MAP the code, of a custom community its number */
	enum naive_wild wild;
	struct naive_community value; /* last part 0 where it is wild */
};

/* ---- rules ---- */

enum naive_if {
	NAIVE_IF_PREFIX_LIST,
	NAIVE_IF_PEER,
	NAIVE_IF_PEER_ADDRESS,
	NAIVE_IF_CONTAINS,
	NAIVE_IF_ORIGIN,
	NAIVE_IF_NEIGHBOUR,
	NAIVE_IF_COMMUNITY,
	NAIVE_IF_ROV,
	NAIVE_IF_IRR,
	NAIVE_IF_LENGTH,
	NAIVE_IF_PATH_LENGTH,
	NAIVE_IF_BLACKHOLE,
	NAIVE_IF_FAMILY,
	NAIVE_IFS
};

enum {
	NAIVE_IRR_ORIGIN = 1,
	NAIVE_IRR_NO_ORIGIN = 2,
	NAIVE_IRR_PREFIX = 4,
	NAIVE_IRR_NO_PREFIX = 8
};

struct naive_match {
	enum naive_if kind;
	bool negate;
	uint32_t low, high;
	struct naive_list prefixes;
	struct naive_asns asns;
	struct naive_address address;
	struct naive_pattern pattern; /* name is unused */
};

enum naive_do {
	NAIVE_DO_REMOVE,
	NAIVE_DO_ADD,
	NAIVE_DO_LOCAL_PREF,
	NAIVE_DO_WITHHOLD,
	NAIVE_DO_ONLY_TO,
	NAIVE_DO_REJECT,
	NAIVE_DO_ACCEPT,
	NAIVE_DOS
};

struct naive_action {
	enum naive_do kind;
	uint32_t value;
	struct naive_pattern pattern;
	struct naive_asns asns;
};

struct naive_rule {
	unsigned match_count, action_count;
	struct naive_match matches[3];
	struct naive_action actions[3];
};

/* ---- the exchange ---- */

enum naive_kind { NAIVE_NOBODY, NAIVE_CLIENT, NAIVE_COLLECTOR };
enum naive_next_hop { NAIVE_STRICT, NAIVE_SAME_AS, NAIVE_AUTHORIZED };
enum naive_reject { NAIVE_REJECT, NAIVE_TAG, NAIVE_TAG_AND_REJECT };
enum naive_transit_free { NAIVE_TF_OFF, NAIVE_TF_REJECT, NAIVE_TF_WARNING };
enum naive_blackhole { NAIVE_BH_OFF, NAIVE_BH_UNCHANGED, NAIVE_BH_REWRITE };
enum naive_limit {
	NAIVE_LIMIT_NONE,
	NAIVE_LIMIT_SHUTDOWN,
	NAIVE_LIMIT_RESTART,
	NAIVE_LIMIT_BLOCK,
	NAIVE_LIMIT_WARNING
};
/* Ours on the session; numbers of RFC 9234 section 4.1. */
enum naive_role { NAIVE_PROVIDER, NAIVE_RS, NAIVE_RS_CLIENT, NAIVE_CUSTOMER, NAIVE_ROLE_PEER };

struct naive_peer {
	enum naive_kind kind;
	uint32_t asn;
	uint32_t mapped; /* 16bit_mapped_asn, 0: none */
	struct naive_address address;
	uint32_t rtt_ms;      /* configured; 0: not */
	uint32_t measured_ms; /* 0: not */
	bool filters_none, has_policy, quarantine;
	bool prepend_rs_as;
	bool rfc8950; /* on an IPv6 session IPv4, too, with IPv6 next hops both ways */
	bool both;    /* families: [ipv4, ipv6] */
	bool irr_origin, irr_prefix, invalid_asn, rov_reject, gshut;
	bool takes_blackhole, takes_invalid;
	bool roles;
	enum naive_role role;
	uint32_t observe; /* 1 << reason */
	enum naive_next_hop next_hop;
	enum naive_reject reject;
	unsigned length_min[2], length_max[2];
	unsigned authorized_count;
	struct naive_address authorized[4];
	struct naive_list black_list, white_prefixes, white_routes;
	struct naive_asns white_asns, customs;
	unsigned object_count;
	const char *objects[3];
	enum naive_limit limit_action;
	bool count_rejected, limit_peering_db;
	uint32_t limit[2], general_limit[2], increment, increment_percent;
};

struct naive_vrp {
	struct naive_prefix prefix;
	unsigned max_len;
	uint32_t asn;
};

struct naive_aspa {
	uint32_t customer;
	struct naive_asns providers; /* ascending */
};

struct naive_route_object {
	struct naive_prefix prefix;
	uint32_t origin;
};

struct naive_object {
	const char *name;
	struct naive_asns asns; /* ascending */
	struct naive_list prefixes;
};

struct naive_network {
	uint32_t asn;
	bool has_prefixes[2], never_via;
	uint32_t prefixes[2];
	unsigned object_count;
	const char *objects[2];
};

struct naive_rtt {
	struct naive_address address;
	uint32_t rtt_ms;
};

struct naive_data {
	unsigned vrp_count, aspa_count, route_count, arin_count, registrobr_count;
	unsigned object_count, network_count, rtt_count;
	struct naive_vrp vrps[NAIVE_RECORDS];
	struct naive_aspa aspas[NAIVE_RECORDS];
	struct naive_route_object routes[NAIVE_RECORDS];
	struct naive_route_object arin[NAIVE_RECORDS];
	struct naive_route_object registrobr[NAIVE_RECORDS];
	struct naive_object objects[NAIVE_OBJECTS];
	struct naive_network networks[NAIVE_PEERS];
	struct naive_rtt rtts[NAIVE_PEERS];
};

struct naive_world {
	uint32_t rs_as;
	bool path_hiding; /* mitigation */
	unsigned path_max, communities_max, reaches_max;
	bool reject_as_set, spares_unfiltered; /* the latter of AS_SETs */
	enum naive_transit_free transit_free;
	struct naive_asns transit_free_asns, never_via_asns;
	bool never_via_peering_db;
	struct naive_list black_list, bogons;
	bool irr_longer, irr_tag, irr_peering_db, irr_roas, irr_arin, irr_registrobr;
	bool rov, aspa, aspa_reject;
	enum naive_blackhole blackhole[2];
	bool has_blackhole_next_hop[2];
	uint8_t blackhole_next_hop[2][16];
	bool blackhole_no_export;
	bool gshut, shutting_down, rfc1997, rtt_measured, euro_ix;
	uint32_t gshut_local_pref;
	bool drop_med;
	uint32_t drop_extra;	      /* bits of naive_attrs.extra */
	struct naive_asns thresholds; /* ms, ascending */
	unsigned pattern_count;
	struct naive_pattern patterns[NAIVE_PATTERNS];
	unsigned custom_count; /* of patterns */
	struct naive_pattern customs[NAIVE_CUSTOMS * NAIVE_FORMATS];
	unsigned import_count, export_count;
	struct naive_rule import_rules[NAIVE_RULES], export_rules[NAIVE_RULES];
	unsigned peer_count;
	struct naive_peer peers[NAIVE_PEERS]; /* by slot */
	struct naive_data data;
};

/* ---- attributes ---- */

struct naive_hop {
	uint32_t asn;
	uint32_t set; /* 0: of a sequence; otherwise the number of the AS_SET, from 1 */
};

struct naive_set {
	unsigned count;
	struct naive_community all[NAIVE_COMMUNITIES];
};

/* A bit of naive_attrs.extra: an IPv6 address specific extended community (RFC 5701). */
#define NAIVE_EXTRA_IPV6_COMMUNITY 2

struct naive_attrs {
	uint32_t next_hop_len; /* 4, 16 or 32 */
	uint8_t next_hop[32];
	uint32_t origin;
	uint32_t has_med, med;
	uint32_t has_otc, otc;
	uint32_t extra; /* bits of other attributes that are there, as they came */
	uint32_t hop_count;
	struct naive_hop hops[NAIVE_HOPS];
	struct naive_set communities;
};

/* No order, no duplicates. */
bool naive_same_community(const struct naive_community *, const struct naive_community *);
bool naive_has(const struct naive_set *, const struct naive_community *);
void naive_add(struct naive_set *, const struct naive_community *);
void naive_add_std(struct naive_set *, uint32_t high, uint32_t low);
void naive_remove(struct naive_set *, const struct naive_pattern *);
bool naive_has_std(const struct naive_set *, uint32_t high, uint32_t low);
/* True if the pattern has the value; *last is its last part. */
bool naive_matches(const struct naive_pattern *, const struct naive_community *, uint32_t *last);
struct naive_community naive_fill(const struct naive_pattern *, uint32_t last);

uint32_t naive_neighbour(const struct naive_attrs *); /* 0: none */
uint32_t naive_origin(const struct naive_attrs *);    /* 0: none */
unsigned naive_path_length(const struct naive_attrs *);

/* Section 3: what the sessions of a peer carry; IPv4 with IPv6 next hops. */
bool naive_carries(const struct naive_peer *, unsigned family);
bool naive_is_ipv4_by_ipv6(const struct naive_peer *);

bool naive_covers(const struct naive_prefix *outer, const struct naive_prefix *inner);
bool naive_same_prefix(const struct naive_prefix *, const struct naive_prefix *);
const struct naive_entry *naive_find(const struct naive_list *, const struct naive_prefix *);
bool naive_has_asn(const struct naive_asns *, uint32_t asn);

/* ---- data ---- */

enum naive_rov { NAIVE_NOT_PERFORMED, NAIVE_VALID, NAIVE_UNKNOWN, NAIVE_INVALID };

enum naive_rov naive_rov_state(
    const struct naive_world *, const struct naive_prefix *, uint32_t origin);
/* In the numbers of enum naive_rov. */
enum naive_rov naive_aspa_state(
    const struct naive_world *, const struct naive_peer *, const struct naive_attrs *);
bool naive_origin_authorised(
    const struct naive_world *, const struct naive_peer *, uint32_t origin);
bool naive_prefix_authorised(
    const struct naive_world *, const struct naive_peer *, const struct naive_prefix *);
bool naive_whois_has(const struct naive_route_object *, unsigned count, const struct naive_prefix *,
    uint32_t origin, bool longer);
const struct naive_network *naive_network_of(const struct naive_world *, uint32_t asn);
uint32_t naive_rtt(const struct naive_world *, unsigned slot);
uint32_t naive_prefix_limit(const struct naive_world *, unsigned slot, unsigned family);

/* ---- import ---- */

/* Our own sum of what happened to a path, and what export needs to know of it. */
struct naive_verdict {
	bool accept, tagged;
	unsigned reason; /* codes of policy.md section 4, 23 for RFC 8212 */
	uint32_t local_pref;
	bool blackhole, quarantine;
	enum naive_rov rov;
	uint32_t otc;				 /* as on receipt: received or put in; 0: none */
	struct naive_set view;			 /* communities in the server's own view */
	struct naive_set collected;		 /* of a tagged reject: what collectors have */
	uint32_t import_matched, export_matched; /* bits of rules that matched */
	/* What the inbound communities of the view mean. */
	unsigned meaning_count;
	struct {
		unsigned name;
		uint32_t format, last;
	} meanings[NAIVE_COMMUNITIES];
};

struct naive_path {
	unsigned slot;
	uint32_t id; /* as received */
	uint32_t bgp_id;
	const struct naive_attrs *attrs;
	const struct naive_verdict *verdict;
};

void naive_judge(const struct naive_world *, unsigned slot, const struct naive_prefix *,
    const struct naive_attrs *, struct naive_verdict *out);

/* What a rule may ask about. */
struct naive_question {
	const struct naive_peer *peer;
	const struct naive_prefix *prefix;
	const struct naive_attrs *attrs;
	enum naive_rov rov;
	bool blackhole, origin_ok, prefix_ok;
};

bool naive_rule_matches(const struct naive_rule *, const struct naive_question *);
const struct naive_action *naive_action_of(const struct naive_rule *, enum naive_do);
/* True if the rules that matched keep the path from members of this ASN. */
bool naive_rules_withhold(const struct naive_world *, const struct naive_verdict *, uint32_t asn);

/* ---- export ---- */

/* What decides for one path and receiver, and what was done to the form. */
enum naive_step {
	BY_SOURCE,
	BY_REJECTED,
	BY_COLLECTOR,
	BY_QUARANTINE,
	BY_NEXT_HOP,
	BY_BLACKHOLE,
	BY_ROV_INVALID,
	BY_WELL_KNOWN,
	BY_OTC,
	BY_DENY_PEER,
	BY_DENY_RTT_HIGHER,
	BY_DENY_RTT_LOWER,
	BY_DENY_ANY,
	BY_RULE,
	BY_WITHHELD, /* those before are reasons why not */
	BY_ALLOW_PEER = BY_WITHHELD,
	BY_ALLOW_RTT_HIGHER,
	BY_ALLOW_RTT_LOWER,
	BY_ALLOWED,
	BY_TAGGED, /* to a collector */
	BY_FORMS,
	BY_PREPEND_PEER = BY_FORMS, /* once, twice, thrice */
	BY_PREPEND_RTT_HIGHER = BY_PREPEND_PEER + 3,
	BY_PREPEND_RTT_LOWER = BY_PREPEND_RTT_HIGHER + 3,
	BY_PREPEND_ANY = BY_PREPEND_RTT_LOWER + 3,
	BY_PREPEND_RS_AS = BY_PREPEND_ANY + 3,
	BY_NO_EXPORT_ANY,
	BY_NO_EXPORT_PEER,
	BY_NO_ADVERTISE_ANY,
	BY_NO_ADVERTISE_PEER,
	BY_SCRUB_INBOUND,
	BY_SCRUB_INTERNAL,
	BY_BLACKHOLE_SENT,
	BY_BLACKHOLE_NO_EXPORT,
	BY_BLACKHOLE_NEXT_HOP,
	BY_OTC_ADDED,
	BY_OTC_ON_RECEIPT,
	BY_INVALID_SENT,
	BY_SHUTTING_DOWN,
	BY_RULE_CHANGED,
	BY_DROPPED,
	BY_COUNT
};

extern const char *const naive_step_names[BY_COUNT];

/* Which step decides whether the receiver may have the path; below BY_WITHHELD: no. */
enum naive_step naive_allows(const struct naive_world *, unsigned receiver,
    const struct naive_prefix *, const struct naive_path *);
/* The attributes that a receiver who may have it is sent; counts steps if used is not NULL. */
void naive_form(const struct naive_world *, unsigned receiver, const struct naive_prefix *,
    const struct naive_path *, struct naive_attrs *out, uint64_t *used);

/* ---- choice ---- */

enum naive_decided {
	DECIDED_ONLY,
	DECIDED_LOCAL_PREF,
	DECIDED_PATH_LENGTH,
	DECIDED_ORIGIN,
	DECIDED_MED,
	DECIDED_BGP_ID,
	DECIDED_ADDRESS,
	DECIDED_PATH_ID,
	DECIDED_COUNT
};

/*
 * Which of the paths of a prefix the receiver is sent: their numbers into chosen, ascending.
 * several: it takes all that it may have (RFC 7911).
 */
size_t naive_choose(const struct naive_world *, unsigned receiver, const struct naive_prefix *,
    const struct naive_path *paths, size_t count, bool several, size_t *chosen,
    enum naive_decided *decided);

#endif
