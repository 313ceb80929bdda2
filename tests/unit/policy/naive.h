/*
 * Export policy evaluated naively, for one receiver: policy.md section 8 read line by line, and of
 * sections 1.5, 4, 7 and 11 what concerns sending. Shares nothing with policy/ but its records; it
 * knows no sets, no hashes and no effects.
 */
#ifndef TESTS_UNIT_POLICY_NAIVE_H
#define TESTS_UNIT_POLICY_NAIVE_H

#include "tests/unit/policy/random.h"

struct naive {
	const struct world *w;
	const struct route *received;
	const struct found *found;
	uint32_t tags;
	const struct policy_peer *to;
};

static bool
is_of(const struct policy_community *p, enum community_format format, const struct com *c)
{
	struct com filled = com_of(p, last_of(format, c));

	return p->format == format && same_com(format, &filled, c);
}

/* Is there a community of this name, with this last part unless it is any? */
static bool
asks(const struct naive *n, const struct route *r, enum community_name name, const uint32_t *lasts)
{
	const struct world *w = n->w;

	for (uint32_t i = 0; i < w->general.communities.count; i++) {
		const struct policy_community *p = &w->communities[i];
		const struct coms *coms = &r->coms[p->format];

		if (p->name != name)
			continue;
		for (unsigned c = 0; c < coms->count; c++)
			if (is_of(p, (enum community_format)p->format, &coms->com[c]) &&
			    (lasts == NULL ||
				(lasts[p->format] != 0 &&
				    last_of((enum community_format)p->format, &coms->com[c]) ==
					lasts[p->format])))
				return true;
	}
	return false;
}

static bool
asks_peer(const struct naive *n, const struct route *r, enum community_name name)
{
	uint32_t lasts[COMMUNITY_FORMATS] = {[COMMUNITY_STD] = n->to->mapped_asn,
	    [COMMUNITY_LARGE] = n->to->asn,
	    [COMMUNITY_EXT] = n->to->asn};

	return asks(n, r, name, lasts);
}

static bool
asks_rtt(
    const struct naive *n, const struct route *r, enum community_name name, uint32_t ms, bool lower)
{
	uint32_t lasts[COMMUNITY_FORMATS] = {ms, ms, ms};

	if (n->to->rtt_ms == POLICY_RTT_UNKNOWN)
		return false;
	return (lower ? n->to->rtt_ms <= ms : n->to->rtt_ms > ms) && asks(n, r, name, lasts);
}

static bool
asks_any_rtt(const struct naive *n, const struct route *r, enum community_name name, bool lower)
{
	for (uint32_t i = 0; i < n->w->general.rtt_thresholds.count; i++)
		if (asks_rtt(n, r, name, n->w->asns[i], lower))
			return true;
	return false;
}

/* 8.3 */
static bool
may_be_announced(const struct naive *n, const struct route *r)
{
	if (asks_peer(n, r, NAME_DO_NOT_ANNOUNCE_TO_PEER))
		return false;
	if (asks_peer(n, r, NAME_ANNOUNCE_TO_PEER))
		return true;
	if (asks_any_rtt(n, r, NAME_DO_NOT_ANNOUNCE_TO_RTT_HIGHER, false))
		return false;
	if (asks_any_rtt(n, r, NAME_DO_NOT_ANNOUNCE_TO_RTT_LOWER, true))
		return false;
	if (asks_any_rtt(n, r, NAME_ANNOUNCE_TO_RTT_HIGHER, false))
		return true;
	if (asks_any_rtt(n, r, NAME_ANNOUNCE_TO_RTT_LOWER, true))
		return true;
	return !asks(n, r, NAME_DO_NOT_ANNOUNCE_TO_ANY, NULL);
}

/* 8.4: how many times */
static unsigned
prepends(const struct naive *n, const struct route *r)
{
	static const enum community_name peer[] = {
	    NAME_PREPEND_ONCE_TO_PEER, NAME_PREPEND_TWICE_TO_PEER, NAME_PREPEND_THRICE_TO_PEER};
	static const enum community_name higher[] = {NAME_PREPEND_ONCE_TO_RTT_HIGHER,
	    NAME_PREPEND_TWICE_TO_RTT_HIGHER, NAME_PREPEND_THRICE_TO_RTT_HIGHER};
	static const enum community_name lower[] = {NAME_PREPEND_ONCE_TO_RTT_LOWER,
	    NAME_PREPEND_TWICE_TO_RTT_LOWER, NAME_PREPEND_THRICE_TO_RTT_LOWER};
	static const enum community_name any[] = {
	    NAME_PREPEND_ONCE_TO_ANY, NAME_PREPEND_TWICE_TO_ANY, NAME_PREPEND_THRICE_TO_ANY};
	uint32_t thresholds = n->w->general.rtt_thresholds.count;

	for (unsigned i = 0; i < 3; i++)
		if (asks_peer(n, r, peer[i]))
			return i + 1;
	for (uint32_t t = thresholds; t > 0; t--)
		for (unsigned i = 0; i < 3; i++)
			if (asks_rtt(n, r, higher[i], n->w->asns[t - 1], false))
				return i + 1;
	for (uint32_t t = 0; t < thresholds; t++)
		for (unsigned i = 0; i < 3; i++)
			if (asks_rtt(n, r, lower[i], n->w->asns[t], true))
				return i + 1;
	for (unsigned i = 0; i < 3; i++)
		if (asks(n, r, any[i], NULL))
			return i + 1;
	return 0;
}

/* 1.5: what of a class is scrubbed of this community? */
static bool
is_scrubbed(const struct naive *n, enum community_format format, const struct com *c, bool input)
{
	const struct world *w = n->w;
	uint32_t last = last_of(format, c);

	if (format == COMMUNITY_EXT && c->type == 0x4300)
		return true;
	if (format == COMMUNITY_LARGE && w->general.reasons_map == REASONS_EURO_IX &&
	    c->part[0] == RS_AS && c->part[1] == 1101)
		return true;
	for (uint32_t i = 0; i < w->general.customs.first + w->general.customs.count; i++) {
		const struct policy_community *p = &w->communities[i];

		if (!is_of(p, format, c))
			continue;
		if (p->name >= NAME_ROV_VALID && p->name < NAME_BLACKHOLING)
			return true;
		if (p->name < NAME_ROV_VALID || p->name == NAME_CUSTOM) {
			if (input)
				return true;
			continue;
		}
		if (input)
			continue;
		if (p->wild != WILD_PEER || (last >= 1 && last <= 64511))
			return true;
		if (format != COMMUNITY_STD && last >= 131072 && last <= 4199999999u)
			return true;
		for (unsigned slot = 0; slot < SLOTS && format == COMMUNITY_STD; slot++)
			if (w->peers[slot].kind == PEER_CLIENT && w->peers[slot].asn > 65535 &&
			    last != 0 && w->peers[slot].mapped_asn == last)
				return true;
	}
	return false;
}

static void
scrub(const struct naive *n, struct route *r, bool input)
{
	for (unsigned format = 0; format < COMMUNITY_FORMATS; format++) {
		struct coms old = r->coms[format];

		r->coms[format].count = 0;
		for (unsigned i = 0; i < old.count; i++) {
			bool strip = input && (n->tags & TAG_GSHUT_STRIP) != 0 &&
			    format == COMMUNITY_STD && old.com[i].part[0] == 65535 &&
			    old.com[i].part[1] == 0;

			if (!strip &&
			    !is_scrubbed(n, (enum community_format)format, &old.com[i], input))
				r->coms[format].com[r->coms[format].count++] = old.com[i];
		}
	}
}

static void
add_name(
    const struct naive *n, struct route *r, enum community_name name, uint32_t index, uint32_t last)
{
	for (uint32_t i = 0; i < n->w->config.community_count; i++) {
		const struct policy_community *p = &n->w->communities[i];

		if (p->name == name && p->index == index)
			add_com(r, (enum community_format)p->format, com_of(p, last));
	}
}

static void
run_rules(const struct naive *n, struct route *r, bool import)
{
	for (uint32_t i = 0; i < n->found->rule_count; i++) {
		const struct policy_rule *rule = &n->w->rules[n->found->rules[i]];

		if ((n->found->rules[i] < 4) != import)
			continue;
		for (uint32_t a = 0; a < rule->actions.count; a++) {
			const struct policy_action *action =
			    &n->w->actions[rule->actions.first + a];
			const struct policy_community *p = &n->w->communities[action->community];
			struct coms old = r->coms[p->format];

			if (action->kind == DO_ADD_COMMUNITY)
				add_com(r, (enum community_format)p->format, com_of(p, 0));
			if (action->kind != DO_REMOVE_COMMUNITY)
				continue;
			r->coms[p->format].count = 0;
			for (unsigned c = 0; c < old.count; c++)
				if (!is_of(p, (enum community_format)p->format, &old.com[c]))
					r->coms[p->format].com[r->coms[p->format].count++] =
					    old.com[c];
		}
	}
}

static bool
rules_allow(const struct naive *n)
{
	for (uint32_t i = 0; i < n->found->rule_count; i++) {
		const struct policy_rule *rule = &n->w->rules[n->found->rules[i]];

		for (uint32_t a = 0; a < rule->actions.count; a++) {
			const struct policy_action *action =
			    &n->w->actions[rule->actions.first + a];
			bool named = false;

			for (uint32_t v = 0; v < action->values.count; v++)
				named |= n->w->asns[action->values.first + v] == n->to->asn;
			if ((action->kind == DO_WITHHOLD_FROM && named) ||
			    (action->kind == DO_ONLY_TO && !named))
				return false;
		}
	}
	return true;
}

/* 5.3, 5.14, 5.14a, 6: what the server knows, put on the route in its own view. */
static void
add_states(const struct naive *n, struct route *r)
{
	static const enum community_name rov[] = {
	    NAME_ROV_NOT_PERFORMED, NAME_ROV_VALID, NAME_ROV_UNKNOWN, NAME_ROV_INVALID};
	static const enum community_name aspa[] = {
	    NAME_COUNT, NAME_ASPA_VALID, NAME_ASPA_UNKNOWN, NAME_ASPA_INVALID};
	uint32_t state = (n->tags & TAG_ROV_MASK) >> TAG_ROV_SHIFT;
	uint32_t t = n->tags;

	for (uint32_t i = 0; i < n->found->custom_count; i++)
		add_name(n, r, NAME_CUSTOM, n->found->customs[i], 0);
	if ((t & TAG_IRR) != 0) {
		add_name(n, r,
		    (t & TAG_IRR_ORIGIN) ? NAME_ORIGIN_PRESENT_IN_AS_SET
					 : NAME_ORIGIN_NOT_PRESENT_IN_AS_SET,
		    0, 0);
		add_name(n, r,
		    (t & TAG_IRR_PREFIX) ? NAME_PREFIX_PRESENT_IN_AS_SET
					 : NAME_PREFIX_NOT_PRESENT_IN_AS_SET,
		    0, 0);
		if ((t & TAG_VALID_ROA) != 0)
			add_name(n, r, NAME_PREFIX_VALIDATED_VIA_RPKI_ROAS, 0, 0);
		if ((t & TAG_VALID_ARIN) != 0)
			add_name(n, r, NAME_PREFIX_VALIDATED_VIA_ARIN, 0, 0);
		if ((t & TAG_VALID_REGISTROBR) != 0)
			add_name(n, r, NAME_PREFIX_VALIDATED_VIA_REGISTROBR, 0, 0);
		if ((t & TAG_VALID_WHITE_LIST) != 0)
			add_name(n, r, NAME_ROUTE_VALIDATED_VIA_WHITE_LIST, 0, 0);
	}
	if (state != ROV_NOT_PERFORMED || n->found->reason == 0 ||
	    !check_is_before((enum reason)n->found->reason, REASON_ROV))
		add_name(n, r, rov[state], 0, 0);
	add_name(n, r, aspa[(t & TAG_ASPA_MASK) >> TAG_ASPA_SHIFT], 0, 0);
}

/* Section 4: to a collector. */
static bool
to_collector(const struct naive *n, struct route *r)
{
	const struct found *f = n->found;
	const struct reason_row *row = reason_get(f->reason);

	if (f->quarantined || (n->to->flags & PEER_QUARANTINE) != 0)
		return false;
	if (f->ipv4_by_ipv6 && (n->to->flags & PEER_IPV6_NEXT_HOPS) == 0)
		return false;
	scrub(n, r, true);
	add_states(n, r);
	run_rules(n, r, true);
	add_name(n, r, NAME_REJECT_CAUSE, 0, 0);
	if (f->reason != REASON_LEAK) {
		add_name(n, r, NAME_REJECT_CAUSE, 0, f->reason);
		add_name(n, r, NAME_REJECT_CAUSE_MAP, f->reason, 0);
		if (n->w->general.reasons_map == REASONS_EURO_IX && row->euro_ix != 0)
			add_com(
			    r, COMMUNITY_LARGE, (struct com){.part = {RS_AS, 1101, row->euro_ix}});
	}
	for (uint32_t i = 0; i < n->w->general.communities.count; i++) {
		const struct policy_community *p = &n->w->communities[i];
		uint32_t asn = p->format == COMMUNITY_STD ? f->mapped : f->announcer;

		if (p->name != NAME_REJECTED_ROUTE_ANNOUNCED_BY || asn == 0)
			continue;
		if (p->format == COMMUNITY_EXT && p->ext_type == 0x0203 && asn > 65535)
			continue;
		add_com(r, (enum community_format)p->format, com_of(p, asn));
	}
	return true;
}

/* 8.0, with the rewriting of section 7 by the receiver's family. */
static bool
next_hop_for(const struct naive *n, struct route *r)
{
	const struct policy_general *g = &n->w->general;
	const struct policy_peer *to = n->to;
	bool ipv4 = r->next_hop_len == 4 || n->found->ipv4_by_ipv6;
	bool by_ipv6 = (to->flags & PEER_IPV6_NEXT_HOPS) != 0;
	bool has_ipv4 = to->family == FAMILY_IPV4 || (to->flags & PEER_IPV4_NEXT_HOPS) != 0;
	bool by_word = has_ipv4;

	for (unsigned slot = 0; slot < SLOTS && by_ipv6; slot++)
		has_ipv4 |= n->w->peers[slot].asn == to->asn &&
		    n->w->peers[slot].kind == PEER_CLIENT &&
		    n->w->peers[slot].family == FAMILY_IPV4;
	if ((n->tags & TAG_BLACKHOLE) != 0 &&
	    g->blackhole[ipv4 ? FAMILY_IPV4 : FAMILY_IPV6] == BLACKHOLE_REWRITE) {
		unsigned f = !ipv4 || (!by_word && g->blackhole[FAMILY_IPV6] == BLACKHOLE_REWRITE)
		    ? FAMILY_IPV6
		    : FAMILY_IPV4;

		r->next_hop_len = f == FAMILY_IPV4 ? 4 : 16;
		memcpy(r->next_hop, g->blackhole_next_hop[f], 16);
	}
	if (!ipv4)
		return (to->families >> FAMILY_IPV6 & 1) != 0;
	return r->next_hop_len == 4 ? has_ipv4 : by_ipv6;
}

/* Section 11; the role is ours. */
static bool
otc_for(const struct naive *n, struct route *r)
{
	const struct policy_peer *to = n->to;

	if (n->found->otc != 0)
		r->otc = n->found->otc;
	if ((to->flags & PEER_ROLES) == 0)
		return true;
	if (r->otc != 0)
		return to->role != ROLE_CUSTOMER && to->role != ROLE_PEER &&
		    to->role != ROLE_RS_CLIENT;
	if (to->role == ROLE_PROVIDER || to->role == ROLE_RS || to->role == ROLE_PEER)
		r->otc = RS_AS;
	return true;
}

static void
prepend(struct route *r, uint32_t asn)
{
	if (r->begins_with_set) {
		r->is_rs_in_front = true;
		return;
	}
	memmove(r->path + 1, r->path, r->path_len * sizeof(r->path[0]));
	r->path[0] = asn;
	r->path_len++;
}

static bool
is_dropped(const struct naive *n, unsigned type)
{
	return (n->w->general.drop_attributes[type / 8] & 1 << type % 8) != 0;
}

/* Section 8 for one receiver; false: not announced. */
static bool
evaluate(const struct naive *n, struct route *r)
{
	const struct policy_general *g = &n->w->general;
	struct route view;
	uint32_t first = n->received->path[0];
	unsigned times;

	*r = *n->received;
	r->has_med = r->has_med && !is_dropped(n, ATTR_MED);
	r->has_28 = r->has_28 && !is_dropped(n, 28);
	r->has_250 = r->has_250 && !is_dropped(n, 250);
	if ((n->tags & TAG_REJECTED) != 0)
		return n->to->kind == PEER_COLLECTOR && to_collector(n, r);
	if (n->to->kind != PEER_CLIENT || n->found->quarantined ||
	    (n->to->flags & PEER_QUARANTINE) != 0)
		return false;
	if (!next_hop_for(n, r))
		return false;
	if ((n->tags & TAG_BLACKHOLE) != 0) {
		if ((n->to->flags & PEER_TAKES_BLACKHOLE) == 0)
			return false;
	} else if ((n->tags & TAG_ROV_MASK) >> TAG_ROV_SHIFT == ROV_INVALID &&
	    (n->to->flags & PEER_TAKES_INVALID) == 0) {
		return false;
	}
	for (unsigned i = 0; i < r->coms[COMMUNITY_STD].count; i++)
		if ((g->flags & GENERAL_RFC1997) != 0 &&
		    r->coms[COMMUNITY_STD].com[i].part[0] == 65535 &&
		    (r->coms[COMMUNITY_STD].com[i].part[1] == 65281 ||
			r->coms[COMMUNITY_STD].com[i].part[1] == 65282))
			return false;
	scrub(n, r, true);
	add_states(n, r);
	run_rules(n, r, true);
	view = *r;
	if (!otc_for(n, r) || !may_be_announced(n, &view) || !rules_allow(n))
		return false;
	scrub(n, r, false);
	run_rules(n, r, false);
	if ((n->tags & TAG_BLACKHOLE) != 0) {
		add_std(r, 65535, 666);
		if ((g->flags & GENERAL_BLACKHOLE_NO_EXPORT) != 0)
			add_std(r, 65535, 65281);
	}
	if ((g->flags & GENERAL_SHUTTING_DOWN) != 0)
		add_std(r, 65535, 0);
	for (times = n->received->begins_with_set ? 0 : prepends(n, &view); times > 0; times--)
		prepend(r, first);
	if ((n->to->flags & PEER_PREPEND_RS_AS) != 0)
		prepend(r, RS_AS);
	if (asks(n, &view, NAME_ADD_NOEXPORT_TO_ANY, NULL) ||
	    asks_peer(n, &view, NAME_ADD_NOEXPORT_TO_PEER))
		add_std(r, 65535, 65281);
	if (asks(n, &view, NAME_ADD_NOADVERTISE_TO_ANY, NULL) ||
	    asks_peer(n, &view, NAME_ADD_NOADVERTISE_TO_PEER))
		add_std(r, 65535, 65282);
	return true;
}

#endif
