/*
 * Policy's configuration: flat records without pointers, so that the parent can put them into a
 * sealed memfd and rib can use them where they lie. What refers to several records of another kind
 * is a range of an array.
 *
 *   struct policy_config
 *     general  1            what holds for everybody
 *     peers    by slot      what is in force for a peer after inheritance
 *       | ranges
 *       v
 *     prefixes   asns   addresses   communities   names   rules -> matches, actions   text
 *
 * Every value is the one in force: defaults filled in, inheritance done, older spellings gone.
 * Whoever builds it has checked it (bgpd/conf); policy_config_error() finds what would harm us.
 * docs/policy.md says what each means.
 */
#ifndef POLICY_CONFIG_H
#define POLICY_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/community.h"
#include "rib/attr_types.h"
#include "rib/prefix.h"

struct policy_range {
	uint32_t first;
	uint32_t count;
};

#define POLICY_RTT_UNKNOWN     0
#define POLICY_RTT_MAX_MS      60000
#define POLICY_REACHES_MAX     1000 /* default of general.reaches_max */
#define POLICY_COMMUNITIES_MAX 512  /* default of general.communities_max */

enum policy_transit_free { TRANSIT_FREE_OFF, TRANSIT_FREE_REJECT, TRANSIT_FREE_WARNING };
enum policy_blackhole { BLACKHOLE_OFF, BLACKHOLE_UNCHANGED, BLACKHOLE_REWRITE };
enum policy_next_hop { NEXT_HOP_STRICT, NEXT_HOP_SAME_AS, NEXT_HOP_AUTHORIZED };
enum policy_reject { REJECT_REJECT, REJECT_TAG, REJECT_TAG_AND_REJECT };
enum policy_limit { LIMIT_NONE, LIMIT_SHUTDOWN, LIMIT_RESTART, LIMIT_BLOCK, LIMIT_WARNING };
enum policy_reasons_map { REASONS_AROUTESERVER, REASONS_EURO_IX };

/* The server's role on a session (RFC 9234 section 4.1), numbers as in the capability. */
enum policy_role {
	ROLE_PROVIDER = 0,
	ROLE_RS = 1,
	ROLE_RS_CLIENT = 2,
	ROLE_CUSTOMER = 3,
	ROLE_PEER = 4,
	ROLE_NONE = 255
};

enum policy_peer_kind { PEER_UNUSED, PEER_CLIENT, PEER_COLLECTOR };

enum policy_general_flag {
	GENERAL_IRR_LONGER = 1 << 0,	 /* irrdb.allow_longer_prefixes */
	GENERAL_IRR_TAG = 1 << 1,	 /* irrdb.tag_as_set */
	GENERAL_IRR_PEERING_DB = 1 << 2, /* irrdb.peering_db: AS-SETs of members without any */
	GENERAL_IRR_ROAS = 1 << 3,	 /* irrdb.use_rpki_roas_as_route_objects */
	GENERAL_IRR_ARIN = 1 << 4,
	GENERAL_IRR_REGISTROBR = 1 << 5,
	GENERAL_ROV = 1 << 6, /* rpki_bgp_origin_validation.enabled */
	GENERAL_ASPA = 1 << 7,
	GENERAL_ASPA_REJECT = 1 << 8,	/* aspa.reject_invalid */
	GENERAL_REJECT_AS_SET = 1 << 9, /* reject_as_set (RFC 9774) */
	GENERAL_BLACKHOLE_NO_EXPORT = 1 << 10,
	GENERAL_GRACEFUL_SHUTDOWN = 1 << 11, /* act on 65535:0 from members */
	GENERAL_SHUTTING_DOWN = 1 << 12,     /* add 65535:0 to everything sent */
	GENERAL_RFC1997 = 1 << 13,	     /* obey NO_EXPORT and NO_ADVERTISE from members */
	GENERAL_NEVER_VIA_PEERING_DB = 1 << 14,
	GENERAL_RTT_MEASURED = 1 << 15, /* rtt.use_measured */
	/* reject_as_set is on by default: for clients that are filtered, and for nobody else. */
	GENERAL_AS_SET_IF_FILTERED = 1 << 16
};

struct policy_general {
	uint32_t rs_as;
	uint32_t flags;	   /* enum policy_general_flag */
	uint32_t path_max; /* longest AS_PATH, ASNs; a set counts 1 */
	uint32_t gshut_local_pref;
	uint32_t reaches_max;	  /* distinct control combinations per member; 0 = no limit */
	uint32_t communities_max; /* communities of one route, all kinds; 0 = no limit */
	uint8_t transit_free;	  /* enum policy_transit_free */
	uint8_t reasons_map;	  /* enum policy_reasons_map */
	uint8_t blackhole[FAMILY_COUNT]; /* enum policy_blackhole */
	uint8_t blackhole_next_hop[FAMILY_COUNT][16];
	/* A set of types (rib/attr_types.h); which: policy/droppable.h. */
	uint8_t drop_attributes[ATTR_TYPES_BYTES];
	struct policy_range transit_free_asns; /* asns */
	struct policy_range never_via_asns;    /* asns */
	struct policy_range black_list;	       /* prefixes */
	struct policy_range bogons;	       /* prefixes */
	struct policy_range rtt_thresholds;    /* asns: ms, ascending */
	struct policy_range communities;       /* communities: all patterns but custom ones */
	struct policy_range customs;	       /* communities: patterns of NAME_CUSTOM */
	struct policy_range custom_names;      /* names: by the index of such a pattern */
	struct policy_range import_rules;      /* rules */
	struct policy_range export_rules;      /* rules */
};

enum policy_peer_flag {
	PEER_FILTERS_NONE = 1 << 0, /* filters: none: only what protects the protocol */
	PEER_PREPEND_RS_AS = 1 << 1,
	PEER_QUARANTINE = 1 << 2,      /* judged and shown; gives and gets nothing */
	PEER_IRR_ORIGIN = 1 << 3,      /* irrdb.enforce_origin_in_as_set */
	PEER_IRR_PREFIX = 1 << 4,      /* irrdb.enforce_prefix_in_as_set */
	PEER_INVALID_ASN = 1 << 5,     /* reject_invalid_as_in_as_path */
	PEER_ROV_REJECT = 1 << 6,      /* rpki_bgp_origin_validation.reject_invalid */
	PEER_TAKES_BLACKHOLE = 1 << 7, /* blackhole_filtering.announce_to_client */
	PEER_GRACEFUL_SHUTDOWN = 1 << 8,
	PEER_TAKES_INVALID = 1 << 9,   /* is sent RPKI-invalid routes that were accepted */
	PEER_IPV6_NEXT_HOPS = 1 << 10, /* on an IPv6 session IPv4 by IPv6 next hops, both ways */
	PEER_COUNT_REJECTED = 1 << 11, /* max_prefix.count_rejected_routes */
	PEER_LIMIT_PEERING_DB = 1 << 12,
	PEER_ROLES = 1 << 13,	   /* roles.enabled: Role capability and OTC (RFC 9234) */
	PEER_HAS_POLICY = 1 << 14, /* it is filtered: false and no FILTERS_NONE = RFC 8212 */
	/*
	 * On an IPv6 session IPv4 with IPv4 next hops, too: `families` says so, which is the
	 * operator's word that the member has an IPv4 address on the LAN.
	 */
	PEER_IPV4_NEXT_HOPS = 1 << 15
};

struct policy_peer {
	uint32_t asn;
	uint32_t flags;		      /* enum policy_peer_flag */
	uint32_t observe;	      /* 1 << reason code: counted and shown, not applied */
	uint32_t rtt_ms;	      /* configured, normalised; POLICY_RTT_UNKNOWN */
	uint32_t limit[FAMILY_COUNT]; /* limit_ipv4/6 of the client, 0 = not given */
	uint32_t general_limit[FAMILY_COUNT];
	uint32_t limit_increment;	  /* peering_db.increment.absolute */
	uint32_t limit_increment_percent; /* .relative */
	uint32_t restart_after_min;
	uint16_t mapped_asn;  /* its ASN in standard communities: itself or mapped; 0 = none */
	uint8_t kind;	      /* enum policy_peer_kind */
	uint8_t family;	      /* enum family of addr */
	uint8_t addr[16];     /* network order, IPv4 in the first four */
	uint8_t next_hop;     /* enum policy_next_hop */
	uint8_t reject;	      /* enum policy_reject */
	uint8_t role;	      /* enum policy_role: ours on its sessions */
	uint8_t limit_action; /* enum policy_limit */
	uint8_t length_min[FAMILY_COUNT];
	uint8_t length_max[FAMILY_COUNT];
	/*
	 * 1 << enum family: what its session carries; that of the address is among them. IPv4 on an
	 * IPv6 session has one of PEER_IPV6_NEXT_HOPS and PEER_IPV4_NEXT_HOPS, or both.
	 */
	uint8_t families;
	uint8_t zero[3];
	struct policy_range authorized;	    /* addresses */
	struct policy_range black_list;	    /* prefixes */
	struct policy_range objects;	    /* names: its AS-SETs; none: see peering_db */
	struct policy_range white_prefixes; /* prefixes */
	struct policy_range white_asns;	    /* asns */
	struct policy_range white_routes;   /* prefixes */
	struct policy_range customs;	    /* asns: indexes of custom communities */
	struct policy_range limit_sources;  /* unused, 0 */
};

/*
 * An entry of a prefix list: matches prefixes that `prefix` covers, of length ge to le. An exact
 * entry has both equal to its length. Host bits of prefix are 0.
 */
struct policy_prefix {
	struct prefix prefix;
	uint8_t ge;
	uint8_t le;
	uint32_t asn; /* white_list_route: the origin, if has_asn */
	uint32_t has_asn;
};

struct policy_address {
	uint8_t family; /* enum family */
	uint8_t zero[3];
	uint8_t addr[16];
};

/* A text of the pool: terminated, at an offset. */
struct policy_name {
	uint32_t text;
};

/* ---- site rules ---- */

enum policy_match_kind {
	IF_PREFIX_LIST,	  /* range: prefixes */
	IF_PEER,	  /* range: asns of announcing members */
	IF_PEER_ADDRESS,  /* range: addresses of announcing peers */
	IF_PATH_CONTAINS, /* range: asns */
	IF_PATH_ORIGIN,	  /* range: asns */
	IF_PATH_NEIGHBOR, /* range: asns, left-most */
	IF_COMMUNITY,	  /* range: communities (patterns; index unused) as received */
	IF_ROV,		  /* low, high: bits 1 << enum policy_rov in low */
	IF_IRR,		  /* bits of enum policy_irr_match in low */
	IF_LENGTH,	  /* low..high, prefix length */
	IF_PATH_LENGTH,	  /* low..high, as in path_max */
	IF_BLACKHOLE,	  /* low: 1 it is a request, 0 it is none */
	IF_FAMILY,	  /* low: enum family */
	IF_KINDS
};

enum policy_irr_match {
	IF_IRR_ORIGIN = 1 << 0, /* origin authorised */
	IF_IRR_NO_ORIGIN = 1 << 1,
	IF_IRR_PREFIX = 1 << 2, /* prefix authorised */
	IF_IRR_NO_PREFIX = 1 << 3
};

/* All matches of a rule must hold; of the values within one match any. */
struct policy_match {
	uint8_t kind; /* enum policy_match_kind */
	uint8_t negate;
	uint8_t zero[2];
	uint32_t low, high;
	struct policy_range values;
};

enum policy_action_kind {
	DO_REJECT,	     /* import: reason 22 with the rule's text; ends the rules */
	DO_ACCEPT,	     /* ends the rules */
	DO_ADD_COMMUNITY,    /* community: index in communities, WILD_NONE */
	DO_REMOVE_COMMUNITY, /* community: likewise, wild allowed */
	DO_LOCAL_PREF,	     /* import: value */
	DO_WITHHOLD_FROM,    /* values: asns of members */
	DO_ONLY_TO,	     /* values: asns of members */
	DO_KINDS
};

struct policy_action {
	uint8_t kind; /* enum policy_action_kind */
	uint8_t zero[3];
	uint32_t value;
	uint32_t community;
	struct policy_range values;
};

/*
 * Rules of one direction are tried in order; each that matches acts, one with reject or accept is
 * the last.
 */
struct policy_rule {
	uint32_t text; /* pool: name or reject text; "" = none */
	uint32_t line; /* where it stands, for displays */
	struct policy_range matches;
	struct policy_range actions;
};

struct policy_config {
	const struct policy_general *general;
	const struct policy_peer *peers; /* by slot */
	const struct policy_prefix *prefixes;
	const uint32_t *asns;
	const struct policy_address *addresses;
	const struct policy_community *communities;
	const struct policy_name *names;
	const struct policy_rule *rules;
	const struct policy_match *matches;
	const struct policy_action *actions;
	const char *text; /* pool of terminated texts; offset 0 is "" */
	uint32_t peer_count;
	uint32_t prefix_count;
	uint32_t asn_count;
	uint32_t address_count;
	uint32_t community_count;
	uint32_t name_count;
	uint32_t rule_count;
	uint32_t match_count;
	uint32_t action_count;
	uint32_t text_len;
};

/*
 * Looks at every number, range and text. NULL if policy_new() can take it, otherwise a static text
 * that names what is wrong.
 */
const char *policy_config_error(const struct policy_config *);

#endif
