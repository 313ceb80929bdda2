/* Communities, paths, sessions and prefix lists of the naive policy, see naive_policy.h. */
#include <string.h>

#include "tests/policymodel/naive_policy.h"

/* What an action name says beside its class. */
#define ACTION(key, wild, verb, target, times)                          \
	{                                                               \
		(key), NAIVE_INBOUND, (wild), (verb), (target), (times) \
	}
#define PLAIN(key, class, wild)                                     \
	{                                                           \
		(key), (class), (wild), NAIVE_NO_VERB, NAIVE_ANY, 0 \
	}

/* clang-format off */
const struct naive_row naive_names[NAIVE_NAMES] = {
    [NAIVE_PREFIX_PRESENT] = PLAIN("prefix_present_in_as_set", NAIVE_OUTBOUND, NAIVE_FIXED),
    [NAIVE_PREFIX_NOT_PRESENT] =
	PLAIN("prefix_not_present_in_as_set", NAIVE_OUTBOUND, NAIVE_FIXED),
    [NAIVE_ORIGIN_PRESENT] = PLAIN("origin_present_in_as_set", NAIVE_OUTBOUND, NAIVE_FIXED),
    [NAIVE_ORIGIN_NOT_PRESENT] =
	PLAIN("origin_not_present_in_as_set", NAIVE_OUTBOUND, NAIVE_FIXED),
    [NAIVE_VIA_ROA] = PLAIN("prefix_validated_via_rpki_roas", NAIVE_OUTBOUND, NAIVE_FIXED),
    [NAIVE_VIA_ARIN] =
	PLAIN("prefix_validated_via_arin_whois_db_dump", NAIVE_OUTBOUND, NAIVE_FIXED),
    [NAIVE_VIA_REGISTROBR] =
	PLAIN("prefix_validated_via_registrobr_whois_db_dump", NAIVE_OUTBOUND, NAIVE_FIXED),
    [NAIVE_VIA_WHITE_LIST] =
	PLAIN("route_validated_via_white_list", NAIVE_OUTBOUND, NAIVE_FIXED),
    [NAIVE_ROV_NOT_PERFORMED] =
	PLAIN("rpki_bgp_origin_validation_not_performed", NAIVE_OUTBOUND, NAIVE_FIXED),
    [NAIVE_ROV_VALID] =
	PLAIN("rpki_bgp_origin_validation_valid", NAIVE_INTERNAL, NAIVE_FIXED),
    [NAIVE_ROV_UNKNOWN] =
	PLAIN("rpki_bgp_origin_validation_unknown", NAIVE_INTERNAL, NAIVE_FIXED),
    [NAIVE_ROV_INVALID] =
	PLAIN("rpki_bgp_origin_validation_invalid", NAIVE_INTERNAL, NAIVE_FIXED),
    [NAIVE_ASPA_VALID] = PLAIN("aspa_valid", NAIVE_INTERNAL, NAIVE_FIXED),
    [NAIVE_ASPA_UNKNOWN] = PLAIN("aspa_unknown", NAIVE_INTERNAL, NAIVE_FIXED),
    [NAIVE_ASPA_INVALID] = PLAIN("aspa_invalid", NAIVE_INTERNAL, NAIVE_FIXED),
    [NAIVE_REJECT_CAUSE] = PLAIN("reject_cause", NAIVE_INTERNAL, NAIVE_DYN_VAL),
    [NAIVE_ANNOUNCED_BY] =
	PLAIN("rejected_route_announced_by", NAIVE_INTERNAL, NAIVE_DYN_VAL),
    [NAIVE_REASON_MAP] = PLAIN(NULL, NAIVE_INTERNAL, NAIVE_FIXED),
    [NAIVE_BLACKHOLING] = PLAIN("blackholing", NAIVE_INBOUND, NAIVE_FIXED),
    [NAIVE_ACTIONS] =
	ACTION("do_not_announce_to_any", NAIVE_FIXED, NAIVE_DENY, NAIVE_ANY, 0),
	ACTION("do_not_announce_to_peer", NAIVE_PEER_AS, NAIVE_DENY, NAIVE_PEER, 0),
	ACTION("do_not_announce_to_peers_with_rtt_lower_than", NAIVE_DYN_VAL, NAIVE_DENY,
	    NAIVE_RTT_LOWER, 0),
	ACTION("do_not_announce_to_peers_with_rtt_higher_than", NAIVE_DYN_VAL, NAIVE_DENY,
	    NAIVE_RTT_HIGHER, 0),
	ACTION("announce_to_peer", NAIVE_PEER_AS, NAIVE_ALLOW, NAIVE_PEER, 0),
	ACTION("announce_to_peers_with_rtt_lower_than", NAIVE_DYN_VAL, NAIVE_ALLOW,
	    NAIVE_RTT_LOWER, 0),
	ACTION("announce_to_peers_with_rtt_higher_than", NAIVE_DYN_VAL, NAIVE_ALLOW,
	    NAIVE_RTT_HIGHER, 0),
	ACTION("prepend_once_to_any", NAIVE_FIXED, NAIVE_PREPEND, NAIVE_ANY, 1),
	ACTION("prepend_twice_to_any", NAIVE_FIXED, NAIVE_PREPEND, NAIVE_ANY, 2),
	ACTION("prepend_thrice_to_any", NAIVE_FIXED, NAIVE_PREPEND, NAIVE_ANY, 3),
	ACTION("prepend_once_to_peer", NAIVE_PEER_AS, NAIVE_PREPEND, NAIVE_PEER, 1),
	ACTION("prepend_twice_to_peer", NAIVE_PEER_AS, NAIVE_PREPEND, NAIVE_PEER, 2),
	ACTION("prepend_thrice_to_peer", NAIVE_PEER_AS, NAIVE_PREPEND, NAIVE_PEER, 3),
	ACTION("prepend_once_to_peers_with_rtt_lower_than", NAIVE_DYN_VAL, NAIVE_PREPEND,
	    NAIVE_RTT_LOWER, 1),
	ACTION("prepend_twice_to_peers_with_rtt_lower_than", NAIVE_DYN_VAL, NAIVE_PREPEND,
	    NAIVE_RTT_LOWER, 2),
	ACTION("prepend_thrice_to_peers_with_rtt_lower_than", NAIVE_DYN_VAL, NAIVE_PREPEND,
	    NAIVE_RTT_LOWER, 3),
	ACTION("prepend_once_to_peers_with_rtt_higher_than", NAIVE_DYN_VAL, NAIVE_PREPEND,
	    NAIVE_RTT_HIGHER, 1),
	ACTION("prepend_twice_to_peers_with_rtt_higher_than", NAIVE_DYN_VAL, NAIVE_PREPEND,
	    NAIVE_RTT_HIGHER, 2),
	ACTION("prepend_thrice_to_peers_with_rtt_higher_than", NAIVE_DYN_VAL, NAIVE_PREPEND,
	    NAIVE_RTT_HIGHER, 3),
	ACTION("add_noexport_to_any", NAIVE_FIXED, NAIVE_ADD_NO_EXPORT, NAIVE_ANY, 0),
	ACTION("add_noadvertise_to_any", NAIVE_FIXED, NAIVE_ADD_NO_ADVERTISE, NAIVE_ANY, 0),
	ACTION("add_noexport_to_peer", NAIVE_PEER_AS, NAIVE_ADD_NO_EXPORT, NAIVE_PEER, 0),
	ACTION("add_noadvertise_to_peer", NAIVE_PEER_AS, NAIVE_ADD_NO_ADVERTISE, NAIVE_PEER, 0),
};
/* clang-format on */

/* ---- communities ---- */

static unsigned
last_part(const struct naive_community *c)
{
	return c->format == NAIVE_LARGE ? 2 : 1;
}

bool
naive_same_community(const struct naive_community *a, const struct naive_community *b)
{
	return a->format == b->format && a->type == b->type && a->part[0] == b->part[0] &&
	    a->part[1] == b->part[1] && a->part[2] == b->part[2];
}

bool
naive_has(const struct naive_set *set, const struct naive_community *c)
{
	for (unsigned i = 0; i < set->count; i++)
		if (naive_same_community(&set->all[i], c))
			return true;
	return false;
}

void
naive_add(struct naive_set *set, const struct naive_community *c)
{
	if (!naive_has(set, c))
		set->all[set->count++] = *c;
}

void
naive_add_std(struct naive_set *set, uint32_t high, uint32_t low)
{
	struct naive_community c = {.format = NAIVE_STD, .part = {high, low}};

	naive_add(set, &c);
}

bool
naive_has_std(const struct naive_set *set, uint32_t high, uint32_t low)
{
	struct naive_community c = {.format = NAIVE_STD, .part = {high, low}};

	return naive_has(set, &c);
}

void
naive_remove(struct naive_set *set, const struct naive_pattern *pattern)
{
	uint32_t last;
	unsigned kept = 0;

	for (unsigned i = 0; i < set->count; i++)
		if (!naive_matches(pattern, &set->all[i], &last))
			set->all[kept++] = set->all[i];
	set->count = kept;
}

bool
naive_matches(const struct naive_pattern *p, const struct naive_community *c, uint32_t *last)
{
	unsigned at = last_part(c);

	if (p->value.format != c->format || p->value.type != c->type)
		return false;
	for (unsigned i = 0; i < at; i++)
		if (p->value.part[i] != c->part[i])
			return false;
	*last = c->part[at];
	return p->wild != NAIVE_FIXED || p->value.part[at] == c->part[at];
}

struct naive_community
naive_fill(const struct naive_pattern *p, uint32_t last)
{
	struct naive_community c = p->value;

	if (p->wild != NAIVE_FIXED)
		c.part[last_part(&c)] = last;
	return c;
}

/* ---- paths ---- */

uint32_t
naive_neighbour(const struct naive_attrs *a)
{
	return a->hop_count > 0 && a->hops[0].set == 0 ? a->hops[0].asn : 0;
}

uint32_t
naive_origin(const struct naive_attrs *a)
{
	if (a->hop_count == 0 || a->hops[a->hop_count - 1].set != 0)
		return 0;
	return a->hops[a->hop_count - 1].asn;
}

unsigned
naive_path_length(const struct naive_attrs *a)
{
	unsigned length = 0;

	for (unsigned i = 0; i < a->hop_count; i++)
		length += a->hops[i].set == 0 || i == 0 || a->hops[i - 1].set != a->hops[i].set;
	return length;
}

/* ---- sessions ---- */

bool
naive_is_ipv4_by_ipv6(const struct naive_peer *peer)
{
	return peer->address.family == NAIVE_IPV6 && peer->rfc8950;
}

bool
naive_carries(const struct naive_peer *peer, unsigned family)
{
	return family == peer->address.family || peer->both ||
	    (family == NAIVE_IPV4 && naive_is_ipv4_by_ipv6(peer));
}

/* ---- prefixes ---- */

bool
naive_covers(const struct naive_prefix *outer, const struct naive_prefix *inner)
{
	unsigned whole = outer->len / 8, bits = outer->len % 8;

	if (outer->family != inner->family || outer->len > inner->len ||
	    memcmp(outer->addr, inner->addr, whole) != 0)
		return false;
	return bits == 0 || ((unsigned)outer->addr[whole] ^ inner->addr[whole]) >> (8 - bits) == 0;
}

bool
naive_same_prefix(const struct naive_prefix *a, const struct naive_prefix *b)
{
	return naive_covers(a, b) && a->len == b->len;
}

static bool
entry_matches(const struct naive_entry *e, const struct naive_prefix *prefix)
{
	return naive_covers(&e->prefix, prefix) && prefix->len >= e->ge && prefix->len <= e->le;
}

const struct naive_entry *
naive_find(const struct naive_list *list, const struct naive_prefix *prefix)
{
	for (unsigned i = 0; i < list->count; i++)
		if (entry_matches(&list->entries[i], prefix))
			return &list->entries[i];
	return NULL;
}

bool
naive_has_asn(const struct naive_asns *list, uint32_t asn)
{
	for (unsigned i = 0; i < list->count; i++)
		if (list->asn[i] == asn)
			return true;
	return false;
}
