/*
 * What reach works with: the configuration as sets of slots, made once per policy, and the scratch
 * of the one answer that is being worked on. Private to policy/; runs in rib.
 *
 *   configuration --exports_new()--> struct exports
 *                                      | patterns    community -> what it means      pattern.h
 *                                      | names       name -> patterns to attach
 *                                      | sets[]      who takes what (enum export_set)
 *                                      | rtt_lower, rtt_higher   by threshold
 *                                      | slots_by_asn[]          real, mapped
 *                                      | withheld    of rules' actions, by action
 *                                      + lists, actions, split   scratch
 *
 * Every set has `nwords` words, bit (slot % 64) of word (slot / 64); bits beyond the configured
 * slots are 0.
 */
#ifndef POLICY_EXPORTS_H
#define POLICY_EXPORTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/action.h"
#include "policy/outform.h"
#include "policy/pattern.h"
#include "policy/state.h"

enum export_set {
	SET_CLIENTS,
	SET_COLLECTORS,
	SET_QUARANTINED,
	SET_TAKES_BLACKHOLE,
	SET_TAKES_INVALID,
	SET_PREPEND_RS_AS,
	SET_IPV6_SESSIONS,  /* carry IPv6 */
	SET_IPV4_NEXT_HOPS, /* can use an IPv4 next hop of an IPv4 route */
	SET_IPV4_BY_IPV6,   /* can use an IPv6 next hop of an IPv4 route (RFC 8950) */
	SET_IPV6_HOP_FIRST, /* of the latter, who has no IPv4 next hops by the operator's word */
	SET_OTC_ADD,	/* gets our ASN as OTC where absent: customers, peers, clients of the RS */
	SET_OTC_REFUSE, /* gets nothing that came with OTC: providers, peers, route servers */
	SET_COUNT
};

/* Which slots an ASN stands for: a range of an array of slots, found by hash. */
struct export_asn {
	uint32_t asn;
	uint32_t first;
	uint32_t count; /* 0: a free cell */
};

struct export_asns {
	struct export_asn *cells; /* open addressing, at most half full */
	uint32_t mask;
	uint16_t *slots;
};

enum export_asn_kind { ASN_REAL, ASN_MAPPED, ASN_KINDS };

#define EXPORT_SPLIT_MAX 8 /* ways in which receivers of one path differ, see reach.c */

struct exports {
	const struct policy *policy;
	size_t nwords;
	uint64_t *words; /* what all sets below point into */
	uint64_t *sets[SET_COUNT];
	uint32_t used_sets;   /* 1 << enum export_set: those that are not empty */
	uint64_t *rtt_lower;  /* nwords for each threshold: RTT known and <= it */
	uint64_t *rtt_higher; /* likewise: known and > it */
	struct export_asns slots_by_asn[ASN_KINDS];
	uint64_t mapped_asns[65536 / 64]; /* mapped for a 32-bit ASN: scrubbed with peer_as */

	struct pattern_index patterns;
	bool drops_any;	 /* general.drop_attributes names some */
	bool scrubs_own; /* some of what is attached lies in a pattern that is scrubbed */
	/* Patterns by name: names[name_first[n] .. name_first[n + 1]); custom ones likewise by
	 * number. */
	const struct policy_community **names;
	uint32_t name_first[NAME_COUNT + 1];
	const struct policy_community **customs;
	uint32_t *custom_first;
	uint32_t custom_numbers;
	uint64_t **withheld; /* by index of a rule's action: members it names, or NULL */

	/* scratch */
	struct actions actions;
	uint64_t *allowed;
	uint64_t *decided;
	uint64_t *split[EXPORT_SPLIT_MAX];     /* who differs in this way */
	uint64_t *receivers[EXPORT_SPLIT_MAX]; /* of the group, after so many ways */
	struct outform_list lists[COMMUNITY_FORMATS];
	uint8_t block[ATTRS_MAX];
};

/* The slots of an ASN; returns how many. */
uint32_t exports_slots_of(
    const struct exports *, enum export_asn_kind, uint32_t asn, const uint16_t **slots);

/* Patterns of a name, or of a custom community; returns how many. */
uint32_t exports_patterns_of(
    const struct exports *, enum community_name, const struct policy_community *const **patterns);
uint32_t exports_custom_patterns_of(
    const struct exports *, uint32_t number, const struct policy_community *const **patterns);

#endif
