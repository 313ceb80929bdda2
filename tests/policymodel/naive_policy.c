/*
 * Import: one path through policy.md sections 5 to 7 and 11, one check after another. Where the
 * text leaves something open:
 *
 *   - an empty path and one that begins with an AS_SET are 6 where the left-most ASN is asked
 *   - AS 0 in a filtered peer's path is 7, whatever the peer's switches say
 *   - the number of communities (21) comes behind step 0, then a peer without policy (23)
 *   - site rules (22) come last and hold for everybody; a reject that is only observed is passed
 *     over, so the rules behind it are asked
 *   - with filters: none steps 1 and 4 to 16 are left out, states and tags with them
 *   - accepted paths of a quarantined member have LOCAL_PREF 0
 *   - a leak (20) is never tagged
 */
#include "tests/policymodel/naive_policy.h"

/* A path on its way. */
struct judging {
	const struct naive_world *w;
	const struct naive_peer *peer;
	const struct naive_prefix *prefix;
	const struct naive_attrs *a;
	struct naive_verdict *v;
	bool scrubbed, origin_ok, prefix_ok, validated;
};

static void
attach(struct judging *j, unsigned name)
{
	for (unsigned i = 0; i < j->w->pattern_count; i++) {
		const struct naive_pattern *p = &j->w->patterns[i];
		struct naive_community c = naive_fill(p, 0);

		if (p->name == name)
			naive_add(&j->v->view, &c);
	}
}

/* True if the check rejects; what the peer only observes does not. */
static bool
rejects(struct judging *j, unsigned reason, bool fails)
{
	if (!fails || (j->peer->observe >> reason & 1) != 0)
		return false;
	j->v->reason = reason;
	return true;
}

/* ---- step 0 ---- */

static bool
path_has(const struct naive_attrs *a, uint32_t asn)
{
	for (unsigned i = 0; i < a->hop_count; i++)
		if (a->hops[i].asn == asn)
			return true;
	return false;
}

static bool
has_as_set(const struct naive_attrs *a)
{
	for (unsigned i = 0; i < a->hop_count; i++)
		if (a->hops[i].set != 0)
			return true;
	return false;
}

/* Section 11. */
static bool
is_leak(const struct judging *j)
{
	if (!j->peer->roles || !j->a->has_otc)
		return false;
	if (j->peer->role == NAIVE_RS || j->peer->role == NAIVE_PROVIDER)
		return true;
	return j->peer->role == NAIVE_ROLE_PEER && j->a->otc != j->peer->asn;
}

static unsigned
count_communities(const struct naive_attrs *a)
{
	return a->communities.count + ((a->extra & NAIVE_EXTRA_IPV6_COMMUNITY) != 0);
}

static bool
is_rejected_by_protocol(struct judging *j)
{
	bool has_policy =
	    j->peer->kind == NAIVE_CLIENT && (j->peer->has_policy || j->peer->filters_none);
	bool may_have_sets = !j->w->reject_as_set ||
	    (j->w->spares_unfiltered && (!has_policy || j->peer->filters_none));

	return rejects(j, 16, path_has(j->a, j->w->rs_as)) ||
	    rejects(j, 18, !may_have_sets && has_as_set(j->a)) || rejects(j, 20, is_leak(j)) ||
	    rejects(j, 21,
		j->w->communities_max != 0 && count_communities(j->a) > j->w->communities_max) ||
	    rejects(j, 23, !has_policy);
}

/* ---- steps 1 to 3 ---- */

static bool
is_wrong_family(const struct judging *j)
{
	return !naive_carries(j->peer, j->prefix->family);
}

/* Outbound, internal and custom ones are the server's to say; so are RFC 8097's and Euro-IX's. */
static bool
is_scrubbed_on_input(const struct naive_world *w, const struct naive_community *c)
{
	uint32_t last;

	if (c->format == NAIVE_EXT && c->type == 0x4300)
		return true;
	if (w->euro_ix && c->format == NAIVE_LARGE && c->part[0] == w->rs_as && c->part[1] == 1101)
		return true;
	for (unsigned i = 0; i < w->custom_count; i++)
		if (naive_matches(&w->customs[i], c, &last))
			return true;
	for (unsigned i = 0; i < w->pattern_count; i++)
		if (naive_names[w->patterns[i].name].class != NAIVE_INBOUND &&
		    naive_matches(&w->patterns[i], c, &last))
			return true;
	return false;
}

static void
scrub_input(const struct judging *j, struct naive_set *out)
{
	out->count = 0;
	for (unsigned i = 0; i < j->a->communities.count; i++)
		if (!is_scrubbed_on_input(j->w, &j->a->communities.all[i]))
			naive_add(out, &j->a->communities.all[i]);
}

static void
attach_customs(struct judging *j)
{
	for (unsigned i = 0; i < j->w->custom_count; i++)
		if (naive_has_asn(&j->peer->customs, j->w->customs[i].index))
			naive_add(&j->v->view, &j->w->customs[i].value);
}

/* ---- steps 4 to 9 ---- */

static bool
is_next_hop(const struct naive_attrs *a, const struct naive_address *address)
{
	unsigned len = address->family == NAIVE_IPV4 ? 4 : 16;

	if (a->next_hop_len != len && !(len == 16 && a->next_hop_len == 32))
		return false;
	for (unsigned i = 0; i < len; i++)
		if (a->next_hop[i] != address->addr[i])
			return false;
	return true;
}

/* An address of a configured client with the same ASN, in this family. */
static bool
is_next_hop_of_asn(const struct judging *j, unsigned family)
{
	for (unsigned i = 0; i < j->w->peer_count; i++) {
		const struct naive_peer *other = &j->w->peers[i];

		if (other->kind == NAIVE_CLIENT && other->asn == j->peer->asn &&
		    other->address.family == family && is_next_hop(j->a, &other->address))
			return true;
	}
	return false;
}

static bool
is_next_hop_allowed(const struct judging *j)
{
	const struct naive_peer *peer = j->peer;
	unsigned own = peer->address.family, other = own == NAIVE_IPV4 ? NAIVE_IPV6 : NAIVE_IPV4;

	/* IPv6 next hops of IPv4 are RFC 8950's. */
	if (j->prefix->family == NAIVE_IPV4 && j->a->next_hop_len != 4 &&
	    !naive_is_ipv4_by_ipv6(peer))
		return false;
	switch (peer->next_hop) {
	case NAIVE_STRICT:
		return is_next_hop(j->a, &peer->address) ||
		    (peer->both && is_next_hop_of_asn(j, other));
	case NAIVE_AUTHORIZED:
		for (unsigned i = 0; i < peer->authorized_count; i++)
			if (is_next_hop(j->a, &peer->authorized[i]))
				return true;
		return false;
	case NAIVE_SAME_AS:
		break;
	}
	return is_next_hop_of_asn(j, own) ||
	    ((peer->both || naive_is_ipv4_by_ipv6(peer)) && is_next_hop_of_asn(j, other));
}

static bool
is_invalid_asn(uint32_t asn)
{
	return asn == 0 || asn == 23456 || (asn >= 64496 && asn <= 65535) ||
	    (asn >= 65536 && asn <= 131071) || asn >= 4200000000;
}

static bool
has_invalid_asn(const struct judging *j)
{
	for (unsigned i = 0; i < j->a->hop_count; i++)
		if (is_invalid_asn(j->a->hops[i].asn))
			return true;
	return false;
}

static bool
has_transit_free(const struct judging *j)
{
	for (unsigned i = 0; i < j->a->hop_count; i++)
		if (j->a->hops[i].asn != j->peer->asn &&
		    naive_has_asn(&j->w->transit_free_asns, j->a->hops[i].asn))
			return true;
	return false;
}

/* PeeringDB's flags are a list: one record with the flag is enough. */
static bool
is_flagged(const struct naive_world *w, uint32_t asn)
{
	for (unsigned i = 0; i < w->data.network_count; i++)
		if (w->data.networks[i].asn == asn && w->data.networks[i].never_via)
			return true;
	return false;
}

static bool
has_never_via(const struct judging *j)
{
	for (unsigned i = 0; i < j->a->hop_count; i++)
		if (naive_has_asn(&j->w->never_via_asns, j->a->hops[i].asn) ||
		    (j->w->never_via_peering_db && is_flagged(j->w, j->a->hops[i].asn)))
			return true;
	return false;
}

static bool
is_rejected_by_attributes(struct judging *j)
{
	if (rejects(j, 5, !is_next_hop_allowed(j)) ||
	    rejects(j, 1, naive_path_length(j->a) > j->w->path_max) ||
	    rejects(j, 6, naive_neighbour(j->a) != j->peer->asn))
		return true;
	if (path_has(j->a, 0)) {
		j->v->reason = 7;
		return true;
	}
	return rejects(j, 7, j->peer->invalid_asn && has_invalid_asn(j)) ||
	    rejects(j, 8, j->w->transit_free == NAIVE_TF_REJECT && has_transit_free(j)) ||
	    rejects(j, 15, has_never_via(j));
}

/* ---- steps 10 to 12 ---- */

static bool
is_rejected_by_prefix(struct judging *j)
{
	bool outside =
	    j->prefix->family == NAIVE_IPV6 && (j->prefix->len < 3 || j->prefix->addr[0] >> 5 != 1);

	return rejects(j, 10, outside) ||
	    rejects(j, 3, naive_find(&j->w->black_list, j->prefix) != NULL) ||
	    rejects(j, 11, naive_find(&j->peer->black_list, j->prefix) != NULL) ||
	    rejects(j, 2, naive_find(&j->w->bogons, j->prefix) != NULL);
}

static void
attach_irr(struct judging *j, unsigned name)
{
	if (j->w->irr_tag)
		attach(j, name);
}

static void
validate(struct judging *j, bool by_it, unsigned name)
{
	if (!by_it)
		return;
	j->validated = true;
	attach_irr(j, name);
}

static void
look_at_white_routes(struct judging *j)
{
	for (unsigned i = 0; i < j->peer->white_routes.count; i++) {
		const struct naive_entry *e = &j->peer->white_routes.entries[i];
		struct naive_list one = {.count = 1, .entries = {*e}};

		if (naive_find(&one, j->prefix) == NULL ||
		    (e->has_asn && naive_origin(j->a) != e->asn))
			continue;
		validate(j, true, NAIVE_VIA_WHITE_LIST);
		return;
	}
}

/* Section 6. */
static bool
is_rejected_by_irr(struct judging *j)
{
	const struct naive_world *w = j->w;
	uint32_t origin = naive_origin(j->a);

	if (!j->peer->irr_origin && !j->peer->irr_prefix && !w->irr_tag)
		return false;
	attach_irr(j, j->origin_ok ? NAIVE_ORIGIN_PRESENT : NAIVE_ORIGIN_NOT_PRESENT);
	attach_irr(j, j->prefix_ok ? NAIVE_PREFIX_PRESENT : NAIVE_PREFIX_NOT_PRESENT);
	if (j->origin_ok) {
		validate(j, w->irr_roas && naive_rov_state(w, j->prefix, origin) == NAIVE_VALID,
		    NAIVE_VIA_ROA);
		validate(j,
		    w->irr_arin &&
			naive_whois_has(
			    w->data.arin, w->data.arin_count, j->prefix, origin, w->irr_longer),
		    NAIVE_VIA_ARIN);
		validate(j,
		    w->irr_registrobr &&
			naive_whois_has(w->data.registrobr, w->data.registrobr_count, j->prefix,
			    origin, w->irr_longer),
		    NAIVE_VIA_REGISTROBR);
	}
	if (!j->validated)
		look_at_white_routes(j);
	return rejects(j, 9, j->peer->irr_origin && !j->validated && !j->origin_ok) ||
	    rejects(j, 12, j->peer->irr_prefix && !j->validated && !j->prefix_ok);
}

/* ---- steps 13 to 16 ---- */

static bool
asks_for_blackhole(const struct judging *j)
{
	uint32_t last;

	if (j->w->blackhole[j->prefix->family] == NAIVE_BH_OFF)
		return false;
	if (naive_has_std(&j->a->communities, 65535, 666))
		return true;
	for (unsigned i = 0; i < j->w->pattern_count; i++)
		for (unsigned k = 0; k < j->a->communities.count; k++)
			if (j->w->patterns[i].name == NAIVE_BLACKHOLING &&
			    naive_matches(&j->w->patterns[i], &j->a->communities.all[k], &last))
				return true;
	return false;
}

static bool
is_rejected_by_rov(struct judging *j)
{
	static const unsigned names[] = {[NAIVE_VALID] = NAIVE_ROV_VALID,
	    [NAIVE_UNKNOWN] = NAIVE_ROV_UNKNOWN,
	    [NAIVE_INVALID] = NAIVE_ROV_INVALID};
	struct naive_community c = {.format = NAIVE_EXT, .type = 0x4300};

	if (!j->w->rov) {
		attach(j, NAIVE_ROV_NOT_PERFORMED);
		return false;
	}
	j->v->rov = naive_rov_state(j->w, j->prefix, naive_origin(j->a));
	c.part[1] = j->v->rov - NAIVE_VALID;
	naive_add(&j->v->view, &c);
	attach(j, names[j->v->rov]);
	return rejects(j, 14, j->v->rov == NAIVE_INVALID && j->peer->rov_reject);
}

static bool
is_rejected_by_aspa(struct judging *j)
{
	static const unsigned names[] = {[NAIVE_VALID] = NAIVE_ASPA_VALID,
	    [NAIVE_UNKNOWN] = NAIVE_ASPA_UNKNOWN,
	    [NAIVE_INVALID] = NAIVE_ASPA_INVALID};
	enum naive_rov state;

	if (!j->w->aspa)
		return false;
	state = naive_aspa_state(j->w, j->peer, j->a);
	attach(j, names[state]);
	return rejects(j, 19, state == NAIVE_INVALID && j->w->aspa_reject);
}

static bool
is_rejected_by_length(struct judging *j)
{
	unsigned family = j->prefix->family;

	return rejects(j, 13,
	    j->prefix->len < j->peer->length_min[family] ||
		j->prefix->len > j->peer->length_max[family]);
}

static void
shut_down_gracefully(struct judging *j)
{
	struct naive_pattern gshut = {
	    .value = {.format = NAIVE_STD, .part = {65535, 0}}, .wild = NAIVE_FIXED};

	if (!j->w->gshut || !naive_has_std(&j->a->communities, 65535, 0))
		return;
	if (j->peer->gshut)
		j->v->local_pref = j->w->gshut_local_pref;
	else
		naive_remove(&j->v->view, &gshut);
}

/* Steps 4 to 16. */
static bool
is_rejected_by_filters(struct judging *j)
{
	if (is_rejected_by_attributes(j) || is_rejected_by_prefix(j) || is_rejected_by_irr(j))
		return true;
	if (asks_for_blackhole(j)) {
		j->v->blackhole = true;
		attach(j, NAIVE_ROV_NOT_PERFORMED);
		return false;
	}
	if (is_rejected_by_rov(j) || is_rejected_by_aspa(j) || is_rejected_by_length(j))
		return true;
	shut_down_gracefully(j);
	return false;
}

/* ---- rules ---- */

static void
change_by_rule(struct judging *j, const struct naive_rule *rule)
{
	for (unsigned i = 0; i < rule->action_count; i++) {
		const struct naive_action *a = &rule->actions[i];

		if (a->kind == NAIVE_DO_REMOVE)
			naive_remove(&j->v->view, &a->pattern);
		else if (a->kind == NAIVE_DO_ADD)
			naive_add(&j->v->view, &a->pattern.value);
		else if (a->kind == NAIVE_DO_LOCAL_PREF)
			j->v->local_pref = a->value;
	}
}

static bool
is_rejected_by_rules(struct judging *j)
{
	const struct naive_world *w = j->w;
	struct naive_question q = {.peer = j->peer,
	    .prefix = j->prefix,
	    .attrs = j->a,
	    .rov = j->v->rov,
	    .blackhole = j->v->blackhole,
	    .origin_ok = j->origin_ok,
	    .prefix_ok = j->prefix_ok};

	for (unsigned i = 0; i < w->import_count; i++) {
		if (!naive_rule_matches(&w->import_rules[i], &q))
			continue;
		if (naive_action_of(&w->import_rules[i], NAIVE_DO_REJECT) != NULL &&
		    rejects(j, 22, true))
			return true;
		j->v->import_matched |= 1U << i;
		change_by_rule(j, &w->import_rules[i]);
		if (naive_action_of(&w->import_rules[i], NAIVE_DO_ACCEPT) != NULL)
			break;
	}
	for (unsigned i = 0; i < w->export_count; i++) {
		if (!naive_rule_matches(&w->export_rules[i], &q))
			continue;
		j->v->export_matched |= 1U << i;
		if (naive_action_of(&w->export_rules[i], NAIVE_DO_ACCEPT) != NULL)
			break;
	}
	return false;
}

/* ---- the end ---- */

/* The number in the place of a pattern's last part; false if it has no room for it. */
static bool
has_room(const struct naive_community *c, uint32_t number)
{
	return number <= 65535 || c->format == NAIVE_LARGE ||
	    (c->format == NAIVE_EXT && c->type != 0x0202 && c->type != 0x0203);
}

static uint32_t
asn_in(const struct naive_peer *peer, enum naive_format format)
{
	if (format != NAIVE_STD)
		return peer->asn;
	return peer->asn <= 65535 ? peer->asn : peer->mapped;
}

/* Numbers of Euro-IX's list by code; 0: none. */
static uint32_t
euro_ix_of(unsigned reason)
{
	static const uint32_t numbers[] = {
	    0, 5, 3, 0, 0, 8, 7, 4, 14, 10, 3, 0, 9, 1, 13, 14, 0, 0, 0, 0, 0, 15, 0, 0};

	return numbers[reason];
}

/* Section 4: the communities of a reject that is tagged. */
static void
tag(const struct judging *j, struct naive_set *out)
{
	for (unsigned i = 0; i < j->w->pattern_count; i++) {
		const struct naive_pattern *p = &j->w->patterns[i];
		struct naive_community zero = naive_fill(p, 0), code = naive_fill(p, j->v->reason);
		uint32_t asn = asn_in(j->peer, p->value.format);
		struct naive_community by = naive_fill(p, asn);

		if (p->name == NAIVE_REJECT_CAUSE) {
			naive_add(out, &zero);
			naive_add(out, &code);
		} else if (p->name == NAIVE_REASON_MAP && p->index == j->v->reason) {
			naive_add(out, &p->value);
		} else if (p->name == NAIVE_ANNOUNCED_BY && asn != 0 && has_room(&by, asn)) {
			naive_add(out, &by);
		}
	}
}

/*
 * Of what was rejected before it was scrubbed the server's view has all that the member sent; a
 * collector has it scrubbed all the same, since no member is to write in our name.
 */
static void
reject(struct judging *j)
{
	struct naive_community euro_ix = {
	    .format = NAIVE_LARGE, .part = {j->w->rs_as, 1101, euro_ix_of(j->v->reason)}};
	bool may_be_tagged = j->peer->kind == NAIVE_CLIENT && j->v->reason != 20;
	struct naive_verdict *v = j->v;

	v->local_pref = 100;
	v->collected = v->view;
	if (!j->scrubbed)
		scrub_input(j, &v->collected);
	if (may_be_tagged && j->peer->reject != NAIVE_REJECT) {
		tag(j, &v->view);
		tag(j, &v->collected);
	}
	if (j->w->euro_ix && euro_ix.part[2] != 0) {
		naive_add(&v->view, &euro_ix);
		naive_add(&v->collected, &euro_ix);
	}
	if (may_be_tagged && j->peer->reject == NAIVE_TAG) {
		v->tagged = true;
		v->local_pref = 1;
	}
}

/* Section 11: what comes from a provider, a peer or a route server is marked on receipt. */
static uint32_t
otc_on_receipt(const struct judging *j)
{
	if (j->a->has_otc)
		return j->a->otc;
	if (j->peer->roles &&
	    (j->peer->role == NAIVE_CUSTOMER || j->peer->role == NAIVE_ROLE_PEER ||
		j->peer->role == NAIVE_RS_CLIENT))
		return j->peer->asn;
	return 0;
}

static void
note_meanings(struct judging *j)
{
	struct naive_verdict *v = j->v;

	for (unsigned i = 0; i < v->view.count; i++) {
		for (unsigned k = 0; k < j->w->pattern_count; k++) {
			const struct naive_pattern *p = &j->w->patterns[k];
			uint32_t last;

			if (naive_names[p->name].verb == NAIVE_NO_VERB ||
			    !naive_matches(p, &v->view.all[i], &last))
				continue;
			v->meanings[v->meaning_count].name = p->name;
			v->meanings[v->meaning_count].format = p->value.format;
			v->meanings[v->meaning_count++].last = last;
		}
	}
}

static bool
is_rejected(struct judging *j)
{
	if (is_rejected_by_protocol(j))
		return true;
	if (!j->peer->filters_none && rejects(j, 4, is_wrong_family(j)))
		return true;
	scrub_input(j, &j->v->view);
	j->scrubbed = true;
	attach_customs(j);
	if (j->peer->filters_none)
		attach(j, NAIVE_ROV_NOT_PERFORMED);
	else if (is_rejected_by_filters(j))
		return true;
	return is_rejected_by_rules(j);
}

void
naive_judge(const struct naive_world *w, unsigned slot, const struct naive_prefix *prefix,
    const struct naive_attrs *a, struct naive_verdict *out)
{
	struct judging j = {.w = w, .peer = &w->peers[slot], .prefix = prefix, .a = a, .v = out};

	*out = (struct naive_verdict){.local_pref = 100, .view = a->communities};
	out->quarantine = j.peer->quarantine;
	j.origin_ok = naive_origin_authorised(w, j.peer, naive_origin(a));
	j.prefix_ok = naive_prefix_authorised(w, j.peer, prefix);
	if (is_rejected(&j)) {
		reject(&j);
		return;
	}
	out->accept = true;
	out->otc = otc_on_receipt(&j);
	if (out->quarantine)
		out->local_pref = 0;
	note_meanings(&j);
}
