/*
 * Export to one receiver: policy.md sections 7, 8 and 11, step by step. Where the text leaves
 * something open:
 *
 *   - site rules withhold behind the control communities; what import rules do to communities is
 *     part of the server's view, so an action they add acts; export rules change what is left
 *     after the scrubbing, and what sections 7 and 8 add comes behind them
 *   - of a blackhole request that is rewritten the next hop that the receiver would be given must
 *     be one that it can use: IPv4's, but IPv6's to who has IPv4 by RFC 8950 alone, where there is
 * one
 *   - a path without left-most ASN is not prepended for control communities
 */
#include <string.h>

#include "tests/policymodel/naive_policy.h"

const char *const naive_step_names[BY_COUNT] = {
    [BY_SOURCE] = "source",
    [BY_REJECTED] = "rejected",
    [BY_COLLECTOR] = "collector",
    [BY_QUARANTINE] = "quarantine",
    [BY_NEXT_HOP] = "next hop",
    [BY_BLACKHOLE] = "blackhole",
    [BY_ROV_INVALID] = "RPKI invalid",
    [BY_WELL_KNOWN] = "well-known",
    [BY_OTC] = "OTC",
    [BY_DENY_PEER] = "deny to peer",
    [BY_DENY_RTT_HIGHER] = "deny RTT higher",
    [BY_DENY_RTT_LOWER] = "deny RTT lower",
    [BY_DENY_ANY] = "deny to any",
    [BY_RULE] = "site rule",
    [BY_ALLOW_PEER] = "announce to peer",
    [BY_ALLOW_RTT_HIGHER] = "announce RTT higher",
    [BY_ALLOW_RTT_LOWER] = "announce RTT lower",
    [BY_ALLOWED] = "announce",
    [BY_TAGGED] = "tagged to a collector",
    [BY_PREPEND_PEER] = "1 to peer",
    [BY_PREPEND_PEER + 1] = "2 to peer",
    [BY_PREPEND_PEER + 2] = "3 to peer",
    [BY_PREPEND_RTT_HIGHER] = "1 RTT higher",
    [BY_PREPEND_RTT_HIGHER + 1] = "2 RTT higher",
    [BY_PREPEND_RTT_HIGHER + 2] = "3 RTT higher",
    [BY_PREPEND_RTT_LOWER] = "1 RTT lower",
    [BY_PREPEND_RTT_LOWER + 1] = "2 RTT lower",
    [BY_PREPEND_RTT_LOWER + 2] = "3 RTT lower",
    [BY_PREPEND_ANY] = "1 to any",
    [BY_PREPEND_ANY + 1] = "2 to any",
    [BY_PREPEND_ANY + 2] = "3 to any",
    [BY_PREPEND_RS_AS] = "rs_as",
    [BY_NO_EXPORT_ANY] = "noexport to any",
    [BY_NO_EXPORT_PEER] = "noexport to peer",
    [BY_NO_ADVERTISE_ANY] = "noadvertise to any",
    [BY_NO_ADVERTISE_PEER] = "noadvertise to peer",
    [BY_SCRUB_INBOUND] = "scrub inbound",
    [BY_SCRUB_INTERNAL] = "scrub internal",
    [BY_BLACKHOLE_SENT] = "blackhole sent",
    [BY_BLACKHOLE_NO_EXPORT] = "blackhole NO_EXPORT",
    [BY_BLACKHOLE_NEXT_HOP] = "blackhole next hop",
    [BY_OTC_ADDED] = "OTC added",
    [BY_OTC_ON_RECEIPT] = "OTC on receipt",
    [BY_INVALID_SENT] = "RPKI invalid sent",
    [BY_SHUTTING_DOWN] = "65535:0 added",
    [BY_RULE_CHANGED] = "changed by rule",
    [BY_DROPPED] = "attribute dropped",
};

/* One path and one receiver. */
struct sending {
	const struct naive_world *w;
	const struct naive_peer *to;
	const struct naive_prefix *prefix;
	const struct naive_path *path;
	const struct naive_verdict *v;
	uint32_t rtt_ms; /* 0: unknown */
};

/* ---- steps 0 to 2 ---- */

static bool
is_ipv4_session(const struct naive_peer *peer)
{
	return peer->address.family == NAIVE_IPV4;
}

/*
 * IPv4 goes over the session, and one of the member's addresses on the LAN is an IPv4 address: the
 * operator has said so by families, or there is an IPv4 session.
 */
static bool
can_use_ipv4(const struct sending *s)
{
	if (is_ipv4_session(s->to) || s->to->both)
		return true;
	for (unsigned i = 0; i < s->w->peer_count && naive_is_ipv4_by_ipv6(s->to); i++)
		if (s->w->peers[i].kind == NAIVE_CLIENT && s->w->peers[i].asn == s->to->asn &&
		    is_ipv4_session(&s->w->peers[i]))
			return true;
	return false;
}

static bool
is_rewritten(const struct sending *s)
{
	return s->v->blackhole && s->w->blackhole[s->prefix->family] == NAIVE_BH_REWRITE;
}

/* The family of the next hop that the receiver would be given. */
static unsigned
next_hop_family(const struct sending *s)
{
	if (s->prefix->family == NAIVE_IPV6)
		return NAIVE_IPV6;
	if (!is_rewritten(s))
		return s->path->attrs->next_hop_len == 4 ? NAIVE_IPV4 : NAIVE_IPV6;
	return naive_is_ipv4_by_ipv6(s->to) && !s->to->both &&
		s->w->has_blackhole_next_hop[NAIVE_IPV6]
	    ? NAIVE_IPV6
	    : NAIVE_IPV4;
}

static bool
can_use_next_hop(const struct sending *s)
{
	if (s->prefix->family == NAIVE_IPV6)
		return naive_carries(s->to, NAIVE_IPV6);
	return next_hop_family(s) == NAIVE_IPV4 ? can_use_ipv4(s) : naive_is_ipv4_by_ipv6(s->to);
}

/* Section 11: what came with OTC goes to no provider, peer or route server. */
static bool
refuses_otc(const struct sending *s)
{
	return s->to->roles && s->v->otc != 0 &&
	    (s->to->role == NAIVE_CUSTOMER || s->to->role == NAIVE_ROLE_PEER ||
		s->to->role == NAIVE_RS_CLIENT);
}

static bool
is_well_known(const struct sending *s)
{
	const struct naive_set *received = &s->path->attrs->communities;

	return s->w->rfc1997 &&
	    (naive_has_std(received, 65535, 65281) || naive_has_std(received, 65535, 65282));
}

/* ---- steps 3, 4 and 6: control communities ---- */

static bool
is_this_client(const struct naive_peer *peer, uint32_t format, uint32_t number)
{
	if (format != NAIVE_STD)
		return number == peer->asn;
	if (peer->asn <= 65535)
		return number == peer->asn;
	return peer->mapped != 0 && number == peer->mapped;
}

/* Does the path say so of this receiver? Thresholds count with this one alone, 0: with any. */
static bool
says(const struct sending *s, enum naive_verb verb, enum naive_target target, unsigned times,
    uint32_t threshold)
{
	for (unsigned i = 0; i < s->v->meaning_count; i++) {
		const struct naive_row *row = &naive_names[s->v->meanings[i].name];
		uint32_t last = s->v->meanings[i].last;

		if (row->verb != verb || row->target != target || row->times != times)
			continue;
		if (target == NAIVE_ANY)
			return true;
		if (target == NAIVE_PEER) {
			if (is_this_client(s->to, s->v->meanings[i].format, last))
				return true;
			continue;
		}
		if (s->rtt_ms == 0 || !naive_has_asn(&s->w->thresholds, last) ||
		    (threshold != 0 && threshold != last))
			continue;
		if (target == NAIVE_RTT_LOWER ? s->rtt_ms <= last : s->rtt_ms > last)
			return true;
	}
	return false;
}

static enum naive_step
decide_by_communities(const struct sending *s)
{
	if (says(s, NAIVE_DENY, NAIVE_PEER, 0, 0))
		return BY_DENY_PEER;
	if (says(s, NAIVE_ALLOW, NAIVE_PEER, 0, 0))
		return BY_ALLOW_PEER;
	if (says(s, NAIVE_DENY, NAIVE_RTT_HIGHER, 0, 0))
		return BY_DENY_RTT_HIGHER;
	if (says(s, NAIVE_DENY, NAIVE_RTT_LOWER, 0, 0))
		return BY_DENY_RTT_LOWER;
	if (says(s, NAIVE_ALLOW, NAIVE_RTT_HIGHER, 0, 0))
		return BY_ALLOW_RTT_HIGHER;
	if (says(s, NAIVE_ALLOW, NAIVE_RTT_LOWER, 0, 0))
		return BY_ALLOW_RTT_LOWER;
	if (says(s, NAIVE_DENY, NAIVE_ANY, 0, 0))
		return BY_DENY_ANY;
	return BY_ALLOWED;
}

/* BY_COUNT: not at all. */
static enum naive_step
find_prepend(const struct sending *s)
{
	const struct naive_asns *thresholds = &s->w->thresholds;

	for (unsigned n = 1; n <= 3; n++)
		if (says(s, NAIVE_PREPEND, NAIVE_PEER, n, 0))
			return BY_PREPEND_PEER + n - 1;
	for (unsigned i = thresholds->count; i > 0; i--)
		for (unsigned n = 1; n <= 3; n++)
			if (says(s, NAIVE_PREPEND, NAIVE_RTT_HIGHER, n, thresholds->asn[i - 1]))
				return BY_PREPEND_RTT_HIGHER + n - 1;
	for (unsigned i = 0; i < thresholds->count; i++)
		for (unsigned n = 1; n <= 3; n++)
			if (says(s, NAIVE_PREPEND, NAIVE_RTT_LOWER, n, thresholds->asn[i]))
				return BY_PREPEND_RTT_LOWER + n - 1;
	for (unsigned n = 1; n <= 3; n++)
		if (says(s, NAIVE_PREPEND, NAIVE_ANY, n, 0))
			return BY_PREPEND_ANY + n - 1;
	return BY_COUNT;
}

static struct sending
sending(const struct naive_world *w, unsigned receiver, const struct naive_prefix *prefix,
    const struct naive_path *path)
{
	return (struct sending){.w = w,
	    .to = &w->peers[receiver],
	    .prefix = prefix,
	    .path = path,
	    .v = path->verdict,
	    .rtt_ms = naive_rtt(w, receiver)};
}

/* A collector has the tagged routes, as far as it can take their next hops. */
static enum naive_step
collect(const struct sending *s)
{
	bool is_ipv6_hop = s->prefix->family == NAIVE_IPV4 && s->path->attrs->next_hop_len != 4;

	if (s->v->quarantine || s->to->quarantine)
		return BY_QUARANTINE;
	return is_ipv6_hop && !naive_is_ipv4_by_ipv6(s->to) ? BY_NEXT_HOP : BY_TAGGED;
}

enum naive_step
naive_allows(const struct naive_world *w, unsigned receiver, const struct naive_prefix *prefix,
    const struct naive_path *path)
{
	struct sending s = sending(w, receiver, prefix, path);
	enum naive_step step;

	if (path->slot == receiver)
		return BY_SOURCE;
	if (s.v->tagged)
		return s.to->kind == NAIVE_COLLECTOR ? collect(&s) : BY_REJECTED;
	if (!s.v->accept)
		return BY_REJECTED;
	if (s.to->kind == NAIVE_COLLECTOR)
		return BY_COLLECTOR;
	if (s.v->quarantine || s.to->quarantine)
		return BY_QUARANTINE;
	if (!can_use_next_hop(&s))
		return BY_NEXT_HOP;
	if (s.v->blackhole && !s.to->takes_blackhole)
		return BY_BLACKHOLE;
	if (!s.v->blackhole && s.v->rov == NAIVE_INVALID && !s.to->takes_invalid)
		return BY_ROV_INVALID;
	if (is_well_known(&s))
		return BY_WELL_KNOWN;
	if (refuses_otc(&s))
		return BY_OTC;
	step = decide_by_communities(&s);
	if (step >= BY_WITHHELD && naive_rules_withhold(w, s.v, s.to->asn))
		return BY_RULE;
	return step;
}

/* ---- forms ---- */

/* Step 7; section 1.5. */
static bool
is_scrubbed_inbound(const struct naive_world *w, const struct naive_pattern *p, uint32_t last)
{
	if (naive_names[p->name].class != NAIVE_INBOUND)
		return false;
	if (p->wild != NAIVE_PEER_AS || (last >= 1 && last <= 64511))
		return true;
	if (p->value.format != NAIVE_STD)
		return last >= 131072 && last <= 4199999999;
	for (unsigned i = 0; i < w->peer_count; i++)
		if (w->peers[i].kind == NAIVE_CLIENT && w->peers[i].asn > 65535 &&
		    w->peers[i].mapped != 0 && w->peers[i].mapped == last)
			return true;
	return false;
}

static bool
is_internal(const struct naive_world *w, const struct naive_community *c)
{
	return (c->format == NAIVE_EXT && c->type == 0x4300) ||
	    (w->euro_ix && c->format == NAIVE_LARGE && c->part[0] == w->rs_as &&
		c->part[1] == 1101);
}

/* BY_COUNT: it stays. */
static enum naive_step
scrub(const struct naive_world *w, const struct naive_community *c)
{
	enum naive_step step = is_internal(w, c) ? BY_SCRUB_INTERNAL : BY_COUNT;
	uint32_t last;

	for (unsigned i = 0; i < w->pattern_count; i++) {
		const struct naive_pattern *p = &w->patterns[i];

		if (!naive_matches(p, c, &last))
			continue;
		if (naive_names[p->name].class == NAIVE_INTERNAL)
			step = BY_SCRUB_INTERNAL;
		else if (is_scrubbed_inbound(w, p, last))
			step = BY_SCRUB_INBOUND;
	}
	return step;
}

static void
count(uint64_t *used, enum naive_step step)
{
	if (used != NULL)
		used[step]++;
}

static void
scrub_all(const struct sending *s, struct naive_set *out, uint64_t *used)
{
	out->count = 0;
	for (unsigned i = 0; i < s->v->view.count; i++) {
		enum naive_step step = scrub(s->w, &s->v->view.all[i]);

		if (step == BY_COUNT)
			naive_add(out, &s->v->view.all[i]);
		else
			count(used, step);
	}
}

static void
change_by_rules(const struct sending *s, struct naive_set *out, uint64_t *used)
{
	for (unsigned i = 0; i < s->w->export_count; i++) {
		const struct naive_rule *rule = &s->w->export_rules[i];

		for (unsigned k = 0; k < rule->action_count; k++) {
			const struct naive_action *a = &rule->actions[k];

			if ((s->v->export_matched >> i & 1) == 0)
				continue;
			if (a->kind == NAIVE_DO_REMOVE)
				naive_remove(out, &a->pattern);
			else if (a->kind == NAIVE_DO_ADD)
				naive_add(out, &a->pattern.value);
			count(used, BY_RULE_CHANGED);
		}
	}
}

static void
mark_blackhole(const struct sending *s, struct naive_attrs *out, uint64_t *used)
{
	unsigned family = next_hop_family(s);

	naive_add_std(&out->communities, 65535, 666);
	count(used, BY_BLACKHOLE_SENT);
	if (s->w->blackhole_no_export) {
		naive_add_std(&out->communities, 65535, 65281);
		count(used, BY_BLACKHOLE_NO_EXPORT);
	}
	if (!is_rewritten(s))
		return;
	out->next_hop_len = family == NAIVE_IPV4 ? 4 : 16;
	memset(out->next_hop, 0, sizeof(out->next_hop));
	memcpy(out->next_hop, s->w->blackhole_next_hop[family], out->next_hop_len);
	count(used, BY_BLACKHOLE_NEXT_HOP);
}

static void
prepend(struct naive_attrs *out, uint32_t asn, unsigned times)
{
	memmove(out->hops + times, out->hops, out->hop_count * sizeof(*out->hops));
	out->hop_count += times;
	for (unsigned i = 0; i < times; i++)
		out->hops[i] = (struct naive_hop){.asn = asn};
}

/* Steps 4 and 5. */
static void
prepend_all(const struct sending *s, struct naive_attrs *out, uint64_t *used)
{
	enum naive_step step = find_prepend(s);
	uint32_t neighbour = naive_neighbour(out);

	if (step != BY_COUNT && neighbour != 0) {
		prepend(out, neighbour, (unsigned)(step - BY_PREPEND_PEER) % 3 + 1);
		count(used, step);
	}
	if (s->to->prepend_rs_as) {
		prepend(out, s->w->rs_as, 1);
		count(used, BY_PREPEND_RS_AS);
	}
}

/* Step 6. */
static void
mark_by_communities(const struct sending *s, struct naive_attrs *out, uint64_t *used)
{
	static const struct {
		enum naive_verb verb;
		enum naive_target target;
		enum naive_step step;
		uint32_t low;
	} rows[] = {
	    {NAIVE_ADD_NO_EXPORT, NAIVE_ANY, BY_NO_EXPORT_ANY, 65281},
	    {NAIVE_ADD_NO_EXPORT, NAIVE_PEER, BY_NO_EXPORT_PEER, 65281},
	    {NAIVE_ADD_NO_ADVERTISE, NAIVE_ANY, BY_NO_ADVERTISE_ANY, 65282},
	    {NAIVE_ADD_NO_ADVERTISE, NAIVE_PEER, BY_NO_ADVERTISE_PEER, 65282},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!says(s, rows[i].verb, rows[i].target, 0, 0))
			continue;
		naive_add_std(&out->communities, 65535, rows[i].low);
		count(used, rows[i].step);
	}
}

/* Section 11. */
static void
mark_otc(const struct sending *s, struct naive_attrs *out, uint64_t *used)
{
	if (out->has_otc)
		return;
	if (s->v->otc != 0) {
		out->has_otc = 1;
		out->otc = s->v->otc;
		count(used, BY_OTC_ON_RECEIPT);
	} else if (s->to->roles &&
	    (s->to->role == NAIVE_RS || s->to->role == NAIVE_PROVIDER ||
		s->to->role == NAIVE_ROLE_PEER)) {
		out->has_otc = 1;
		out->otc = s->w->rs_as;
		count(used, BY_OTC_ADDED);
	}
}

/* A collector's: nothing is scrubbed but what is not transitive (RFC 8097). */
static void
form_of_reject(const struct sending *s, struct naive_attrs *out)
{
	out->communities.count = 0;
	for (unsigned i = 0; i < s->v->collected.count; i++) {
		const struct naive_community *c = &s->v->collected.all[i];

		if (c->format != NAIVE_EXT || c->type != 0x4300)
			naive_add(&out->communities, c);
	}
}

/* What the operator has dropped nobody gets, a collector neither. */
static void
drop_attributes(const struct naive_world *w, struct naive_attrs *out, uint64_t *used)
{
	if ((w->drop_med && out->has_med) || (w->drop_extra & out->extra) != 0)
		count(used, BY_DROPPED);
	out->extra &= ~w->drop_extra;
	if (w->drop_med)
		out->has_med = 0;
}

void
naive_form(const struct naive_world *w, unsigned receiver, const struct naive_prefix *prefix,
    const struct naive_path *path, struct naive_attrs *out, uint64_t *used)
{
	struct sending s = sending(w, receiver, prefix, path);

	*out = *path->attrs;
	drop_attributes(w, out, used);
	if (s.v->tagged) {
		form_of_reject(&s, out);
		return;
	}
	scrub_all(&s, &out->communities, used);
	change_by_rules(&s, &out->communities, used);
	if (s.v->blackhole)
		mark_blackhole(&s, out, used);
	else if (s.v->rov == NAIVE_INVALID)
		count(used, BY_INVALID_SENT);
	prepend_all(&s, out, used);
	mark_by_communities(&s, out, used);
	mark_otc(&s, out, used);
	if (w->shutting_down) {
		naive_add_std(&out->communities, 65535, 0);
		count(used, BY_SHUTTING_DOWN);
	}
}
