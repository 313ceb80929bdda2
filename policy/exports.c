/* The configuration as sets of slots, see exports.h. Runs once per policy, in rib. */
#include "policy/exports.h"

#include <stdlib.h>
#include <string.h>

#include "policy/scrub.h"
#include "rib/bug.h"
#include "rib/slotset.h"

static void *
take_memory(size_t count, size_t size)
{
	void *p = calloc(count > 0 ? count : 1, size);

	if (p == NULL)
		rib_bug("no memory for the sets of export policy");
	return p;
}

/* ---- ASN -> slots ---- */

static uint32_t
hash_of(uint32_t asn)
{
	return (uint32_t)((asn * UINT64_C(0x9e3779b97f4a7c15)) >> 32);
}

static uint32_t
asn_of(const struct policy_peer *peer, enum export_asn_kind kind)
{
	return kind == ASN_REAL ? peer->asn : peer->mapped_asn;
}

/* The cell of the ASN, or the free one where it belongs. */
static struct export_asn *
cell_of(const struct export_asns *asns, uint32_t asn)
{
	uint32_t at = hash_of(asn) & asns->mask;

	while (asns->cells[at].count != 0 && asns->cells[at].asn != asn)
		at = (at + 1) & asns->mask;
	return &asns->cells[at];
}

/* Counts the slots of each ASN, gives each a range, then fills the ranges. */
static void
index_asns(const struct policy_config *config, enum export_asn_kind kind, struct export_asns *asns)
{
	uint32_t cells = 16, first = 0;

	while (cells < config->peer_count * 2)
		cells *= 2;
	asns->cells = take_memory(cells, sizeof(*asns->cells));
	asns->mask = cells - 1;
	asns->slots = take_memory(config->peer_count, sizeof(*asns->slots));
	for (uint32_t slot = 0; slot < config->peer_count; slot++) {
		const struct policy_peer *peer = &config->peers[slot];
		struct export_asn *cell = cell_of(asns, asn_of(peer, kind));

		if (peer->kind != PEER_CLIENT || asn_of(peer, kind) == 0)
			continue;
		cell->asn = asn_of(peer, kind);
		cell->count++;
	}
	for (uint32_t i = 0; i < cells; i++) {
		asns->cells[i].first = first;
		first += asns->cells[i].count;
	}
	for (uint32_t slot = 0; slot < config->peer_count; slot++) {
		const struct policy_peer *peer = &config->peers[slot];

		if (peer->kind == PEER_CLIENT && asn_of(peer, kind) != 0)
			asns->slots[cell_of(asns, asn_of(peer, kind))->first++] = (uint16_t)slot;
	}
	for (uint32_t i = 0; i < cells; i++)
		asns->cells[i].first -= asns->cells[i].count;
}

uint32_t
exports_slots_of(
    const struct exports *x, enum export_asn_kind kind, uint32_t asn, const uint16_t **slots)
{
	const struct export_asn *cell = cell_of(&x->slots_by_asn[kind], asn);

	*slots = x->slots_by_asn[kind].slots + cell->first;
	return cell->count;
}

/* ---- sets ---- */

/*
 * An IPv4 session, or an IPv6 session that carries IPv4 of a member who has an IPv4 address on the
 * LAN too: `families` says so, or it has an IPv4 session beside this one.
 */
static bool
takes_ipv4_next_hop(const struct exports *x, const struct policy_peer *peer)
{
	const uint16_t *slots;
	uint32_t count;

	if (peer->family == FAMILY_IPV4 || (peer->flags & PEER_IPV4_NEXT_HOPS) != 0)
		return true;
	if ((peer->flags & PEER_IPV6_NEXT_HOPS) == 0)
		return false;
	count = exports_slots_of(x, ASN_REAL, peer->asn, &slots);
	for (uint32_t i = 0; i < count; i++)
		if (x->policy->config->peers[slots[i]].family == FAMILY_IPV4)
			return true;
	return false;
}

static bool
has_role(const struct policy_peer *peer, unsigned roles)
{
	return (peer->flags & PEER_ROLES) != 0 && peer->role <= ROLE_PEER &&
	    (roles >> peer->role & 1) != 0;
}

static bool
is_in_set(const struct exports *x, enum export_set set, const struct policy_peer *peer)
{
	switch (set) {
	case SET_CLIENTS:
		return peer->kind == PEER_CLIENT;
	case SET_COLLECTORS:
		return peer->kind == PEER_COLLECTOR;
	case SET_QUARANTINED:
		return (peer->flags & PEER_QUARANTINE) != 0;
	case SET_TAKES_BLACKHOLE:
		return (peer->flags & PEER_TAKES_BLACKHOLE) != 0;
	case SET_TAKES_INVALID:
		return (peer->flags & PEER_TAKES_INVALID) != 0;
	case SET_PREPEND_RS_AS:
		return (peer->flags & PEER_PREPEND_RS_AS) != 0;
	case SET_IPV6_SESSIONS:
		return (peer->families >> FAMILY_IPV6 & 1) != 0;
	case SET_IPV4_NEXT_HOPS:
		return takes_ipv4_next_hop(x, peer);
	case SET_IPV4_BY_IPV6:
		return (peer->flags & PEER_IPV6_NEXT_HOPS) != 0;
	case SET_IPV6_HOP_FIRST:
		return (peer->flags & (PEER_IPV6_NEXT_HOPS | PEER_IPV4_NEXT_HOPS)) ==
		    PEER_IPV6_NEXT_HOPS;
	case SET_OTC_ADD:
		return has_role(peer, 1U << ROLE_PROVIDER | 1U << ROLE_RS | 1U << ROLE_PEER);
	case SET_OTC_REFUSE:
		return has_role(peer, 1U << ROLE_CUSTOMER | 1U << ROLE_RS_CLIENT | 1U << ROLE_PEER);
	case SET_COUNT:
		break;
	}
	return false;
}

static void
fill_sets(struct exports *x)
{
	const struct policy_config *config = x->policy->config;

	for (uint32_t slot = 0; slot < config->peer_count; slot++) {
		const struct policy_peer *peer = &config->peers[slot];

		for (unsigned set = 0; set < SET_COUNT; set++)
			if (peer->kind != PEER_UNUSED && is_in_set(x, (enum export_set)set, peer)) {
				slotbits_add(x->sets[set], slot);
				x->used_sets |= UINT32_C(1) << set;
			}
		if (peer->kind == PEER_CLIENT && peer->mapped_asn != 0 &&
		    peer->mapped_asn != peer->asn)
			x->mapped_asns[peer->mapped_asn / 64] |= UINT64_C(1)
			    << peer->mapped_asn % 64;
	}
}

void
exports_rtt_changed(struct policy *policy, uint16_t slot)
{
	struct exports *x = policy->exports;
	const uint32_t *ms = policy->config->asns + policy->general->rtt_thresholds.first;
	uint32_t rtt_ms = policy_rtt(policy, slot);

	if (slot >= policy->config->peer_count)
		return;
	for (uint32_t i = 0; i < policy->general->rtt_thresholds.count; i++) {
		uint64_t *lower = x->rtt_lower + i * x->nwords;
		uint64_t *higher = x->rtt_higher + i * x->nwords;

		slotbits_remove(lower, slot);
		slotbits_remove(higher, slot);
		if (rtt_ms != POLICY_RTT_UNKNOWN)
			slotbits_add(rtt_ms <= ms[i] ? lower : higher, slot);
	}
}

static void
fill_rtt(struct exports *x)
{
	const struct policy_config *config = x->policy->config;
	const uint32_t *ms = config->asns + x->policy->general->rtt_thresholds.first;

	for (uint32_t slot = 0; slot < config->peer_count; slot++) {
		uint32_t rtt_ms = policy_rtt(x->policy, (uint16_t)slot);

		for (uint32_t i = 0; i < x->policy->general->rtt_thresholds.count; i++)
			if (rtt_ms != POLICY_RTT_UNKNOWN)
				slotbits_add((rtt_ms <= ms[i] ? x->rtt_lower : x->rtt_higher) +
					i * x->nwords,
				    slot);
	}
}

/* The slots of an array of words, given out one set after another. */
static uint64_t *
next_set(const struct exports *x, uint64_t **words, size_t sets)
{
	uint64_t *set = *words;

	*words += sets * x->nwords;
	return set;
}

static void
lay_out_sets(struct exports *x)
{
	uint32_t thresholds = x->policy->general->rtt_thresholds.count;
	size_t sets = SET_COUNT + 2 * (size_t)thresholds + ACTION_COUNT + 2 + 2 * EXPORT_SPLIT_MAX;
	uint64_t *words;

	x->nwords = (x->policy->config->peer_count + 63) / 64;
	words = x->words = take_memory(sets * x->nwords, sizeof(uint64_t));
	for (unsigned i = 0; i < SET_COUNT; i++)
		x->sets[i] = next_set(x, &words, 1);
	x->rtt_lower = next_set(x, &words, thresholds);
	x->rtt_higher = next_set(x, &words, thresholds);
	for (unsigned i = 0; i < ACTION_COUNT; i++)
		x->actions.peers[i] = next_set(x, &words, 1);
	x->allowed = next_set(x, &words, 1);
	x->decided = next_set(x, &words, 1);
	for (unsigned i = 0; i < EXPORT_SPLIT_MAX; i++) {
		x->split[i] = next_set(x, &words, 1);
		x->receivers[i] = next_set(x, &words, 1);
	}
	x->actions.lower = take_memory(thresholds, 1);
	x->actions.higher = take_memory(thresholds, 1);
}

/* ---- patterns ---- */

/* Sorts patterns by name: counts, then fills. */
static void
sort_by_name(struct exports *x, const struct policy_community *patterns, uint32_t count)
{
	x->names = take_memory(count, sizeof(*x->names));
	for (uint32_t i = 0; i < count; i++)
		x->name_first[patterns[i].name + 1]++;
	for (unsigned name = 0; name < NAME_COUNT; name++)
		x->name_first[name + 1] += x->name_first[name];
	for (uint32_t i = count; i-- > 0;)
		x->names[--x->name_first[patterns[i].name + 1]] = &patterns[i];
	/* Each is now the first of the name that it stood behind. */
	memmove(x->name_first, x->name_first + 1, NAME_COUNT * sizeof(*x->name_first));
	x->name_first[NAME_COUNT] = count;
}

/* Likewise by number of the custom community. */
static void
sort_by_number(struct exports *x, const struct policy_community *patterns, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		if (patterns[i].index >= x->custom_numbers)
			x->custom_numbers = patterns[i].index + 1;
	x->customs = take_memory(count, sizeof(*x->customs));
	x->custom_first = take_memory((size_t)x->custom_numbers + 1, sizeof(*x->custom_first));
	for (uint32_t i = 0; i < count; i++)
		x->custom_first[patterns[i].index]++;
	for (uint32_t i = 1; i <= x->custom_numbers; i++)
		x->custom_first[i] += x->custom_first[i - 1];
	for (uint32_t i = count; i-- > 0;)
		x->customs[--x->custom_first[patterns[i].index]] = &patterns[i];
}

uint32_t
exports_patterns_of(const struct exports *x, enum community_name name,
    const struct policy_community *const **patterns)
{
	*patterns = x->names + x->name_first[name];
	return x->name_first[name + 1] - x->name_first[name];
}

uint32_t
exports_custom_patterns_of(
    const struct exports *x, uint32_t number, const struct policy_community *const **patterns)
{
	if (number >= x->custom_numbers)
		return 0;
	*patterns = x->customs + x->custom_first[number];
	return x->custom_first[number + 1] - x->custom_first[number];
}

static void
index_patterns(struct exports *x)
{
	const struct policy_config *config = x->policy->config;
	struct policy_range names = x->policy->general->communities;
	struct policy_range customs = x->policy->general->customs;

	pattern_index_init(&x->patterns, (size_t)names.count + customs.count);
	for (uint32_t i = 0; i < names.count; i++)
		pattern_index_add(&x->patterns, &config->communities[names.first + i]);
	for (uint32_t i = 0; i < customs.count; i++)
		pattern_index_add(&x->patterns, &config->communities[customs.first + i]);
	sort_by_name(x, config->communities + names.first, names.count);
	sort_by_number(x, config->communities + customs.first, customs.count);
}

/*
 * True if what members are to see is also a value of a pattern that is taken off on the way out,
 * such as rs_as:rs_as beside rs_as:peer_as.
 */
static bool
is_scrubbed_again(struct exports *x, const struct policy_community *pattern)
{
	enum community_class class = community_row((enum community_name)pattern->name)->class;
	struct community_value value;

	if (class != COMMUNITY_OUTBOUND && class != COMMUNITY_CUSTOM)
		return false;
	community_fill(pattern, 0, &value);
	return (scrub_look(x, &value, false) & SCRUB_OUTPUT) != 0;
}

static void
find_scrubbed_again(struct exports *x)
{
	const struct policy_config *config = x->policy->config;
	struct policy_range names = x->policy->general->communities;
	struct policy_range customs = x->policy->general->customs;

	for (uint32_t i = 0; i < names.count; i++)
		x->scrubs_own |= is_scrubbed_again(x, &config->communities[names.first + i]);
	for (uint32_t i = 0; i < customs.count; i++)
		x->scrubs_own |= is_scrubbed_again(x, &config->communities[customs.first + i]);
}

/* ---- rules ---- */

/* The members that a rule withholds a route from, or gives it to alone. */
static uint64_t *
members_of(const struct exports *x, const struct policy_action *action)
{
	uint64_t *set = take_memory(x->nwords, sizeof(*set));
	const uint16_t *slots;

	for (uint32_t i = 0; i < action->values.count; i++) {
		uint32_t asn = x->policy->config->asns[action->values.first + i];
		uint32_t count = exports_slots_of(x, ASN_REAL, asn, &slots);

		for (uint32_t n = 0; n < count; n++)
			slotbits_add(set, slots[n]);
	}
	return set;
}

static void
compile_actions(struct exports *x)
{
	const struct policy_config *config = x->policy->config;

	x->withheld = take_memory(config->action_count, sizeof(*x->withheld));
	for (uint32_t i = 0; i < config->action_count; i++)
		if (config->actions[i].kind == DO_WITHHOLD_FROM ||
		    config->actions[i].kind == DO_ONLY_TO)
			x->withheld[i] = members_of(x, &config->actions[i]);
}

/* ---- life ---- */

struct exports *
exports_new(const struct policy *policy)
{
	struct exports *x = take_memory(1, sizeof(*x));

	x->policy = policy;
	for (size_t i = 0; i < sizeof(policy->general->drop_attributes); i++)
		x->drops_any |= policy->general->drop_attributes[i] != 0;
	for (unsigned kind = 0; kind < ASN_KINDS; kind++)
		index_asns(policy->config, (enum export_asn_kind)kind, &x->slots_by_asn[kind]);
	lay_out_sets(x);
	fill_sets(x);
	fill_rtt(x);
	index_patterns(x);
	find_scrubbed_again(x);
	compile_actions(x);
	return x;
}

void
exports_free(struct exports *x)
{
	if (x == NULL)
		return;
	for (uint32_t i = 0; i < x->policy->config->action_count; i++)
		free(x->withheld[i]);
	free(x->withheld);
	free(x->customs);
	free(x->custom_first);
	free(x->names);
	pattern_index_fini(&x->patterns);
	for (unsigned kind = 0; kind < ASN_KINDS; kind++) {
		free(x->slots_by_asn[kind].cells);
		free(x->slots_by_asn[kind].slots);
	}
	free(x->actions.lower);
	free(x->actions.higher);
	free(x->words);
	free(x);
}
