/*
 * Effects: what judge found about a path that its attributes do not say and that changes what
 * leaves. The number of an interned effect is the upper half of `tags` (policy/policy.h); number 0
 * is no effect at all.
 *
 *   judge --effect_of(path, rules, reason)--> number --tags--> reach --effect_get()--> effect
 *
 * Numbers are given in the order of first use and stay until the policy goes: reach() answers for
 * (attributes, tags) are kept by them. There is one per distinct combination of custom communities,
 * matched rules, and for tagged rejects reason and announcing member; a stranger can lengthen this
 * list by no more than the configuration allows, and EFFECTS_MAX bounds it.
 */
#ifndef POLICY_EFFECT_H
#define POLICY_EFFECT_H

#include <stdbool.h>
#include <stdint.h>

#include "policy/rules.h"
#include "policy/state.h"

#define EFFECTS_MAX 65535 /* numbers fit the upper half of tags */

enum effect_flag {
	EFFECT_QUARANTINE = 1 << 0,  /* the announcer gives nothing */
	EFFECT_IPV4_BY_IPV6 = 1 << 1 /* an IPv4 route with an IPv6 next hop (RFC 8950) */
};

struct effect {
	const uint32_t *customs; /* numbers of custom communities to attach */
	const uint32_t *rules;	 /* indexes of matched rules, in order, import before export */
	uint32_t custom_count;
	uint32_t rule_count;
	uint32_t otc;	    /* OTC as put in on receipt where absent (RFC 9234 5); 0 = none */
	uint32_t announcer; /* of a tagged reject: the member's ASN, 0 otherwise */
	uint16_t mapped;    /* and its ASN in standard communities */
	uint8_t reason;	    /* of a tagged reject: enum reason */
	uint8_t flags;	    /* enum effect_flag */
};

/*
 * The number of what holds for a path: its announcer's custom communities, quarantine and role, the
 * rules that matched, and for a path that is kept as a tagged reject its reason (REASON_NONE for an
 * accepted one). False if all numbers are taken: the path is then to be rejected
 * (REASON_TOO_MANY).
 */
bool effect_of(struct policy *, const struct path_view *, const struct rules_result *,
    enum reason reason, uint32_t *number);

/* Interns a copy. False if all numbers are taken. */
bool effect_intern(struct effects *, const struct effect *, uint32_t *number);
/* Borrowed until the effects go; the empty effect for 0 and for numbers that were never given. */
const struct effect *effect_get(const struct effects *, uint32_t number);
uint32_t effect_count(const struct effects *);

#endif
