/*
 * What `cfg` says about policy, as values: in general, or for one client after inheritance. A
 * client's begin as a copy of the general ones, so what it does not give it inherits. Lists are
 * ranges of the pool. inforce.c makes the records of policy/config.h of it. Parent only.
 */
#ifndef BGPD_CONF_SETTINGS_H
#define BGPD_CONF_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "bgpd/conf/conf.h"
#include "policy/config.h"

struct conf_settings {
	/* a client may have its own */
	uint32_t next_hop; /* enum policy_next_hop */
	uint32_t length_min[FAMILY_COUNT];
	uint32_t length_max[FAMILY_COUNT];
	bool rejects_invalid_asn;
	bool irr_origin;
	bool irr_prefix;
	bool rov_rejects;
	uint32_t limit_action; /* enum policy_limit */
	uint32_t restart_after_min;
	bool counts_rejected;
	bool limit_peering_db;
	uint32_t limit_increment;
	uint32_t limit_increment_percent;
	bool has_roles;
	bool role_is_strict;
	uint32_t role;	 /* enum policy_role */
	uint32_t reject; /* enum policy_reject */
	bool takes_blackhole;
	bool graceful_shutdown;
	uint32_t observe; /* 1 << enum reason */

	/* general alone */
	uint32_t path_max;
	uint32_t transit_free; /* enum policy_transit_free */
	uint32_t general_limit[FAMILY_COUNT];
	uint32_t blackhole[FAMILY_COUNT]; /* enum policy_blackhole */
	uint32_t gshut_local_pref;
	uint32_t communities_max;
	uint32_t reaches_max;
	uint32_t rfc1997; /* 0 pass, 1 rfc1997 */
	uint32_t reasons_map;
	uint32_t rpki_source; /* enum conf_rpki_source */
	struct conf_addresses blackhole_next_hop[FAMILY_COUNT];
	struct policy_range black_list;
	struct policy_range transit_free_asns;
	struct policy_range never_via_asns;
	struct policy_range rtt_thresholds;
	bool never_via_peering_db;
	bool irr_longer;
	bool irr_tag;
	bool irr_peering_db;
	bool irr_roas;
	bool irr_arin;
	bool irr_registrobr;
	bool rov;
	bool aspa;
	bool aspa_rejects;
	bool rejects_as_set;
	bool blackhole_no_export;
	bool shutting_down;
	bool rtt_measured;
	uint8_t drop_attributes[ATTR_TYPES_BYTES];

	/* a client alone */
	uint32_t limit[FAMILY_COUNT];
	bool takes_invalid;
	struct policy_range authorized;
	struct policy_range client_black_list;
	struct policy_range objects;
	struct policy_range white_prefixes;
	struct policy_range white_asns;
	struct policy_range white_routes;
};

enum conf_rpki_source { RPKI_SOURCE_FILE, RPKI_SOURCE_RTR, RPKI_SOURCE_RTRLIB };

#endif
