/*
 * Export policy against a naive evaluation, receiver by receiver, of random configurations and
 * routes: every form octet by octet. The naive side reads policy.md section 8 line by line and
 * shares nothing with policy/ but its records; it knows no sets, no hashes and no effects.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/effect.h"
#include "policy/policy.h"
#include "policy/state.h"
#include "rib/attrs.h"

#define SLOTS	    130
#define NWORDS	    3
#define CONFIGS	    60
#define ROUTES	    400
#define COMMUNITIES 400 /* patterns of a configuration, at most */
#define VALUES_MAX  120 /* communities of a route, of one format */
#define BLOCK_MAX   4096
#define RS_AS	    999

static uint64_t seed = 88172645463325252u;

static uint32_t
rnd(uint32_t below)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32_t)((seed >> 11) % below);
}

static bool
chance(unsigned percent)
{
	return rnd(100) < percent;
}

/* ---- a route as plain numbers ---- */

struct com {
	uint16_t type; /* ext: the first two octets */
	uint32_t part[3];
};

struct coms {
	unsigned count;
	struct com com[VALUES_MAX];
};

struct route {
	uint8_t next_hop[32];
	uint8_t next_hop_len;
	unsigned path_len;
	uint32_t path[12];
	bool ends_in_set; /* the last two ASNs */
	bool begins_with_set;
	bool is_rs_in_front; /* of the set */
	bool has_med;
	bool partial; /* flag of its community attributes */
	struct coms coms[COMMUNITY_FORMATS];
	uint32_t otc;
};

static void
put32(uint8_t *out, size_t *len, uint32_t n)
{
	for (int shift = 24; shift >= 0; shift -= 8)
		out[(*len)++] = (uint8_t)(n >> shift);
}

static size_t
write_com(enum community_format format, const struct com *c, uint8_t *out)
{
	size_t len = 0;

	if (format == COMMUNITY_STD) {
		put32(out, &len, c->part[0] << 16 | c->part[1]);
	} else if (format == COMMUNITY_LARGE) {
		for (int i = 0; i < 3; i++)
			put32(out, &len, c->part[i]);
	} else if (c->type >> 8 == 2) { /* four-octet AS */
		put32(out, &len, (uint32_t)c->type << 16 | c->part[0] >> 16);
		put32(out, &len, c->part[0] << 16 | c->part[1]);
	} else {
		put32(out, &len, (uint32_t)c->type << 16 | c->part[0]);
		put32(out, &len, c->part[1]);
	}
	return len;
}

static void
write_attr(uint8_t *out, size_t *len, uint8_t flags, uint8_t type, const uint8_t *value, size_t n)
{
	out[(*len)++] = flags;
	out[(*len)++] = type;
	out[(*len)++] = (uint8_t)(n >> 8);
	out[(*len)++] = (uint8_t)n;
	memcpy(out + *len, value, n);
	*len += n;
}

static void
write_coms(uint8_t *out, size_t *len, const struct route *r, const struct route *received,
    enum community_format format, uint8_t type)
{
	uint8_t value[VALUES_MAX * 12];
	size_t n = 0;
	bool partial = received->partial && received->coms[format].count > 0;

	for (unsigned i = 0; i < r->coms[format].count; i++)
		n += write_com(format, &r->coms[format].com[i], value + n);
	if (n > 0)
		write_attr(out, len, partial ? 0xe0 : 0xc0, type, value, n);
}

static size_t
write_path(const struct route *r, uint8_t *out)
{
	unsigned set = r->ends_in_set ? 2 : 0, head = r->begins_with_set ? 1 : 0;
	size_t len = 0;

	if (r->is_rs_in_front) {
		out[len++] = AS_SEQUENCE;
		out[len++] = 1;
		put32(out, &len, RS_AS);
	}
	if (head > 0) {
		out[len++] = AS_SET;
		out[len++] = 1;
		put32(out, &len, 77);
	}
	if (r->path_len > set) {
		out[len++] = AS_SEQUENCE;
		out[len++] = (uint8_t)(r->path_len - set);
	}
	for (unsigned i = 0; i < r->path_len; i++) {
		if (set > 0 && i == r->path_len - set) {
			out[len++] = AS_SET;
			out[len++] = (uint8_t)set;
		}
		put32(out, &len, r->path[i]);
	}
	return len;
}

/* received: what the flags of attributes are taken from. */
static size_t
write_route(const struct route *r, const struct route *received, uint8_t *out)
{
	uint8_t value[BLOCK_MAX];
	size_t len = 0, n;

	out[len++] = r->next_hop_len;
	memcpy(out + len, r->next_hop, r->next_hop_len);
	len += r->next_hop_len;
	write_attr(out, &len, 0x40, ATTR_ORIGIN, (const uint8_t[]){2}, 1);
	n = write_path(r, value);
	write_attr(out, &len, 0x40, ATTR_AS_PATH, value, n);
	if (r->has_med)
		write_attr(out, &len, 0x80, ATTR_MED, (const uint8_t[]){0, 0, 0, 9}, 4);
	write_coms(out, &len, r, received, COMMUNITY_STD, ATTR_COMMUNITIES);
	write_coms(out, &len, r, received, COMMUNITY_EXT, ATTR_EXT_COMMUNITIES);
	if (r->has_med)
		write_attr(out, &len, 0xe0, 28, (const uint8_t[]){1, 2, 3}, 3);
	write_coms(out, &len, r, received, COMMUNITY_LARGE, ATTR_LARGE_COMMUNITIES);
	if (r->otc != 0) {
		n = 0;
		put32(value, &n, r->otc);
		write_attr(out, &len, 0xc0, ATTR_OTC, value, n);
	}
	if (r->has_med)
		write_attr(out, &len, 0xe0, 250, (const uint8_t[]){0}, 1);
	return len;
}

static bool
same_com(enum community_format format, const struct com *a, const struct com *b)
{
	return a->type == b->type && a->part[0] == b->part[0] && a->part[1] == b->part[1] &&
	    (format != COMMUNITY_LARGE || a->part[2] == b->part[2]);
}

static bool
has_com(const struct coms *coms, enum community_format format, const struct com *c)
{
	for (unsigned i = 0; i < coms->count; i++)
		if (same_com(format, &coms->com[i], c))
			return true;
	return false;
}

static void
add_com(struct route *r, enum community_format format, struct com c)
{
	struct coms *coms = &r->coms[format];

	if (coms->count < VALUES_MAX && !has_com(coms, format, &c))
		coms->com[coms->count++] = c;
}

static void
add_std(struct route *r, uint32_t a, uint32_t b)
{
	add_com(r, COMMUNITY_STD, (struct com){.part = {a, b}});
}

/* ---- a configuration ---- */

struct world {
	struct policy_config config;
	struct policy_general general;
	struct policy_peer peers[SLOTS];
	struct policy_community communities[COMMUNITIES];
	uint32_t asns[256];
	struct policy_rule rules[8];
	struct policy_action actions[24];
	struct policy_match matches[1];
	struct policy policy;
	struct dataset *dataset;
	struct policy_data data;
};

static uint32_t
last_of(enum community_format format, const struct com *c)
{
	return format == COMMUNITY_LARGE ? c->part[2] : c->part[1];
}

static void
add_pattern(struct world *w, enum community_name name, enum community_format format,
    enum community_wild wild, uint32_t index, uint32_t number)
{
	struct policy_community *p = &w->communities[w->config.community_count++];

	*p = (struct policy_community){.name = (uint8_t)name,
	    .format = (uint8_t)format,
	    .wild = (uint8_t)wild,
	    .index = index};
	switch (format) {
	case COMMUNITY_LARGE:
		p->part[0] = RS_AS;
		p->part[1] = wild == WILD_NONE ? 5000 : 1000 + number;
		p->part[2] = wild == WILD_NONE ? number : 0;
		break;
	case COMMUNITY_STD:
		p->part[0] = wild == WILD_NONE ? 60000 : 1000 + number;
		p->part[1] = wild == WILD_NONE ? number : 0;
		break;
	default:
		p->ext_type = chance(20) ? 0x0203 : chance(50) ? 2 : 3;
		p->part[0] =
		    (wild == WILD_NONE ? 61000 : 1000 + number) + (p->ext_type > 255 ? 70000 : 0);
		p->part[1] = wild == WILD_NONE ? number : 0;
		break;
	}
}

static enum community_wild
wild_of(enum community_name name)
{
	switch (name) {
	case NAME_REJECT_CAUSE:
	case NAME_REJECTED_ROUTE_ANNOUNCED_BY:
	case NAME_DO_NOT_ANNOUNCE_TO_RTT_LOWER:
	case NAME_DO_NOT_ANNOUNCE_TO_RTT_HIGHER:
	case NAME_ANNOUNCE_TO_RTT_LOWER:
	case NAME_ANNOUNCE_TO_RTT_HIGHER:
	case NAME_PREPEND_ONCE_TO_RTT_LOWER:
	case NAME_PREPEND_TWICE_TO_RTT_LOWER:
	case NAME_PREPEND_THRICE_TO_RTT_LOWER:
	case NAME_PREPEND_ONCE_TO_RTT_HIGHER:
	case NAME_PREPEND_TWICE_TO_RTT_HIGHER:
	case NAME_PREPEND_THRICE_TO_RTT_HIGHER:
		return WILD_ANY;
	case NAME_DO_NOT_ANNOUNCE_TO_PEER:
	case NAME_ANNOUNCE_TO_PEER:
	case NAME_PREPEND_ONCE_TO_PEER:
	case NAME_PREPEND_TWICE_TO_PEER:
	case NAME_PREPEND_THRICE_TO_PEER:
	case NAME_ADD_NOEXPORT_TO_PEER:
	case NAME_ADD_NOADVERTISE_TO_PEER:
		return WILD_PEER;
	default:
		return WILD_NONE;
	}
}

static void
make_patterns(struct world *w)
{
	struct policy_general *g = &w->general;

	for (unsigned name = 0; name < NAME_CUSTOM; name++) {
		enum community_name n = (enum community_name)name;

		for (unsigned format = 0; format < COMMUNITY_FORMATS; format++) {
			if (!chance(75))
				continue;
			if (n == NAME_REJECT_CAUSE_MAP)
				for (uint32_t code = 1; code < REASON_END; code += 4)
					add_pattern(w, n, (enum community_format)format, WILD_NONE,
					    code, 400 + code);
			else
				add_pattern(
				    w, n, (enum community_format)format, wild_of(n), 0, name);
		}
	}
	/* The usual pair: 0:rs_as is everybody, 0:peer_as a member. */
	for (uint32_t i = 0; i < w->config.community_count; i++) {
		struct policy_community *p = &w->communities[i];

		if (p->format == COMMUNITY_STD && p->name == NAME_DO_NOT_ANNOUNCE_TO_ANY)
			p->part[0] = 0, p->part[1] = RS_AS;
		if (p->format == COMMUNITY_STD && p->name == NAME_DO_NOT_ANNOUNCE_TO_PEER)
			p->part[0] = 0;
	}
	g->communities.count = w->config.community_count;
	g->customs.first = w->config.community_count;
	for (uint32_t custom = 0; custom < 4; custom++)
		for (unsigned format = 0; format < COMMUNITY_FORMATS; format++)
			if (chance(60))
				add_pattern(w, NAME_CUSTOM, (enum community_format)format,
				    WILD_NONE, custom, 600 + custom);
	g->customs.count = w->config.community_count - g->customs.first;
}

static void
make_peer(struct policy_peer *p, unsigned slot)
{
	unsigned member = rnd(60);

	*p = (struct policy_peer){.kind = PEER_CLIENT};
	p->kind = chance(5) ? PEER_UNUSED : chance(5) ? PEER_COLLECTOR : PEER_CLIENT;
	if (member < 30) {
		p->asn = 1 + member * 1000;
		p->mapped_asn = (uint16_t)p->asn;
	} else {
		p->asn = 200000 + member;
		p->mapped_asn = (uint16_t)(member < 45 ? 64512 + member : 0);
	}
	p->family = slot % 3 == 0 ? FAMILY_IPV6 : FAMILY_IPV4;
	p->rtt_ms = chance(20) ? POLICY_RTT_UNKNOWN : 1 + rnd(60);
	p->role = (uint8_t)(chance(70) ? ROLE_RS : rnd(5));
	for (unsigned bit = 0; bit < 15; bit++)
		if (chance(bit == 2 ? 5 : 50))
			p->flags |= 1U << bit;
}

static void
make_rules(struct world *w)
{
	struct policy_general *g = &w->general;

	g->import_rules = (struct policy_range){0, 4};
	g->export_rules = (struct policy_range){4, 4};
	w->config.rule_count = 8;
	w->config.action_count = 24;
	for (unsigned i = 0; i < 8; i++)
		w->rules[i].actions = (struct policy_range){i * 3, 1 + rnd(3)};
	for (unsigned i = 0; i < 24; i++) {
		struct policy_action *a = &w->actions[i];

		a->kind = (uint8_t)(DO_ADD_COMMUNITY + rnd(5));
		if (a->kind == DO_LOCAL_PREF)
			a->kind = DO_ADD_COMMUNITY;
		do
			a->community = rnd(w->config.community_count);
		while (
		    a->kind == DO_ADD_COMMUNITY && w->communities[a->community].wild != WILD_NONE);
		a->values = (struct policy_range){w->config.asn_count, 8 + rnd(8)};
		if (a->kind != DO_WITHHOLD_FROM && a->kind != DO_ONLY_TO)
			a->values.count = 0;
		for (uint32_t n = 0; n < a->values.count; n++)
			w->asns[w->config.asn_count++] = w->peers[rnd(SLOTS)].asn;
	}
}

static struct world *
make_world(void)
{
	struct world *w = calloc(1, sizeof(*w));
	struct policy_general *g = &w->general;
	unsigned threshold = 5;

	ck_assert_ptr_nonnull(w);
	w->config = (struct policy_config){.general = g,
	    .peers = w->peers,
	    .peer_count = SLOTS,
	    .communities = w->communities,
	    .asns = w->asns,
	    .rules = w->rules,
	    .matches = w->matches,
	    .actions = w->actions,
	    .text = ""};
	g->rs_as = RS_AS;
	g->flags = rnd(1 << 16);
	if (chance(60))
		g->flags &= ~(uint32_t)GENERAL_RFC1997;
	g->reasons_map = (uint8_t)rnd(2);
	for (unsigned f = 0; f < FAMILY_COUNT; f++) {
		g->blackhole[f] = (uint8_t)rnd(3);
		if (g->blackhole[f] == BLACKHOLE_REWRITE)
			memset(g->blackhole_next_hop[f], 0x66 + (int)f, f == FAMILY_IPV4 ? 4 : 16);
	}
	for (; chance(80) && w->config.asn_count < 8; threshold += 5 + rnd(15))
		w->asns[w->config.asn_count++] = threshold;
	g->rtt_thresholds.count = w->config.asn_count;
	for (unsigned slot = 0; slot < SLOTS; slot++)
		make_peer(&w->peers[slot], slot);
	make_patterns(w);
	make_rules(w);
	w->data.text = "";
	w->data.text_len = 1;
	w->dataset = dataset_new(&w->data);
	while (dataset_step(w->dataset, 100))
		continue;
	w->policy = (struct policy){.config = &w->config, .general = g, .data = w->dataset};
	w->policy.measured_rtt_ms = calloc(SLOTS, sizeof(uint32_t));
	w->policy.effects = effects_new(&w->policy);
	w->policy.rules = rules_new(&w->policy);
	w->policy.exports = exports_new(&w->policy);
	return w;
}

static void
free_world(struct world *w)
{
	exports_free(w->policy.exports);
	rules_free(w->policy.rules);
	effects_free(w->policy.effects);
	dataset_free(w->dataset);
	free(w->policy.measured_rtt_ms);
	free(w);
}

/* ---- a random route ---- */

static struct com
com_of(const struct policy_community *p, uint32_t last)
{
	struct com c = {.type = p->ext_type, .part = {p->part[0], p->part[1], p->part[2]}};

	if (p->wild != WILD_NONE)
		c.part[p->format == COMMUNITY_LARGE ? 2 : 1] = last;
	return c;
}

static uint32_t
random_last(const struct world *w, const struct policy_community *p)
{
	const struct policy_peer *peer = &w->peers[rnd(SLOTS)];
	uint32_t most =
	    p->format == COMMUNITY_STD || (p->format == COMMUNITY_EXT && p->ext_type >> 8 == 2)
	    ? 65535
	    : UINT32_MAX;
	uint32_t last;

	if (p->wild == WILD_ANY && w->general.rtt_thresholds.count > 0 && chance(80))
		return w->asns[rnd(w->general.rtt_thresholds.count)];
	switch (rnd(8)) {
	case 0:
		last = rnd(70000);
		break;
	case 1:
		last = 64400 + rnd(300);
		break;
	case 2:
		last = (uint32_t[]){
		    0, 64511, 64512, 65535, 131071, 131072, 4199999999u, 4200000000u}[rnd(8)];
		break;
	case 3:
		last = peer->mapped_asn;
		break;
	default:
		last = p->format == COMMUNITY_STD && peer->mapped_asn != 0 ? peer->mapped_asn
									   : peer->asn;
		break;
	}
	return last > most ? last & most : last;
}

/* Communities as members send them: some repeated. */
static void
random_coms(const struct world *w, struct route *r)
{
	unsigned count = chance(15) ? 0 : rnd(chance(20) ? 40 : 8);

	for (unsigned i = 0; i < count; i++) {
		const struct policy_community *p = &w->communities[rnd(w->config.community_count)];
		struct coms *coms = &r->coms[p->format];

		coms->com[coms->count++] = com_of(p, random_last(w, p));
		if (chance(10))
			coms->com[coms->count++] = coms->com[0];
	}
	for (unsigned i = rnd(4); i > 0; i--) {
		struct coms *std = &r->coms[COMMUNITY_STD], *ext = &r->coms[COMMUNITY_EXT];
		struct coms *large = &r->coms[COMMUNITY_LARGE];

		switch (rnd(5)) {
		case 0:
			std->com[std->count++] = (struct com){
			    .part = {65535, (uint32_t[]){0, 666, 65281, 65282, 65284}[rnd(5)]}};
			break;
		case 1:
			ext->com[ext->count++] = (struct com){.type = 0x4300, .part = {0, rnd(3)}};
			break;
		case 2:
			ext->com[ext->count++] =
			    (struct com){.type = (uint16_t)rnd(65536) & 0xfdff, .part = {7, 8}};
			break;
		case 3:
			large->com[large->count++] = (struct com){.part = {RS_AS, 1101, rnd(20)}};
			break;
		default:
			std->com[std->count++] = (struct com){.part = {3356, rnd(9)}};
			large->com[large->count++] = (struct com){.part = {3356, 1, rnd(9)}};
			break;
		}
	}
}

static struct route
random_route(const struct world *w)
{
	struct route r = {.path_len = 1 + rnd(6), .has_med = chance(30), .partial = chance(20)};

	r.next_hop_len = chance(60) ? 4 : chance(80) ? 16 : 32;
	for (unsigned i = 0; i < r.next_hop_len; i++)
		r.next_hop[i] = (uint8_t)(1 + rnd(200));
	for (unsigned i = 0; i < r.path_len; i++)
		r.path[i] = 1 + rnd(400000);
	r.ends_in_set = r.path_len > 2 && chance(10);
	r.begins_with_set = chance(3);
	r.otc = chance(20) ? 1 + rnd(70000) : 0;
	random_coms(w, &r);
	return r;
}

static uint32_t
random_tags(void)
{
	uint32_t tags = rnd(1 << 15) & ~(uint32_t)(TAG_BLACKHOLE | TAG_REJECTED | TAG_GSHUT_STRIP);

	if (chance(60))
		tags &= ~(uint32_t)TAG_ROV_MASK;
	if (chance(15))
		tags = (tags & ~(uint32_t)TAG_ROV_MASK) | TAG_BLACKHOLE;
	if (chance(15))
		tags |= TAG_REJECTED;
	if (chance(20))
		tags |= TAG_GSHUT_STRIP;
	return tags;
}

/* What judge would have found beside the tags. */
struct found {
	uint32_t customs[3];
	uint32_t custom_count;
	uint32_t rules[8];
	uint32_t rule_count;
	bool quarantined;
	bool ipv4_by_ipv6;
	uint32_t otc;
	uint8_t reason;
	uint32_t announcer;
	uint16_t mapped;
};

static struct found
random_found(const struct world *w, const struct route *r, uint32_t tags)
{
	struct found f = {.quarantined = chance(3)};
	const struct policy_peer *peer = &w->peers[rnd(SLOTS)];

	for (uint32_t i = 0; i < 4 && f.custom_count < 3; i++)
		if (chance(25))
			f.customs[f.custom_count++] = i;
	for (uint32_t i = 0; i < 8 && chance(60); i++)
		if (chance(25))
			f.rules[f.rule_count++] = i;
	f.ipv4_by_ipv6 = r->next_hop_len != 4 && chance(40);
	if ((tags & TAG_REJECTED) != 0) {
		f.reason = (uint8_t)(1 + rnd(REASON_END - 1));
		f.announcer = peer->asn;
		f.mapped = peer->mapped_asn;
	} else if (r->otc == 0 && chance(15)) {
		f.otc = 1 + rnd(300000);
	}
	return f;
}

static uint32_t
intern_found(struct world *w, const struct found *f)
{
	struct effect e = {.customs = f->customs,
	    .custom_count = f->custom_count,
	    .rules = f->rules,
	    .rule_count = f->rule_count,
	    .otc = f->otc,
	    .announcer = f->announcer,
	    .mapped = f->mapped,
	    .reason = f->reason};
	uint32_t number;

	e.flags = (uint8_t)((f->quarantined ? EFFECT_QUARANTINE : 0) |
	    (f->ipv4_by_ipv6 ? EFFECT_IPV4_BY_IPV6 : 0));
	ck_assert(effect_intern(w->policy.effects, &e, &number));
	return number << TAG_EFFECT_SHIFT;
}

/* ---- the naive evaluation ---- */

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
	if (f->ipv4_by_ipv6 &&
	    (n->to->family != FAMILY_IPV6 || (n->to->flags & PEER_IPV6_NEXT_HOPS) == 0))
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
	bool by_ipv6 = to->family == FAMILY_IPV6 && (to->flags & PEER_IPV6_NEXT_HOPS) != 0;
	bool has_ipv4 = to->family == FAMILY_IPV4;

	for (unsigned slot = 0; slot < SLOTS && by_ipv6; slot++)
		has_ipv4 |= n->w->peers[slot].asn == to->asn &&
		    n->w->peers[slot].kind == PEER_CLIENT &&
		    n->w->peers[slot].family == FAMILY_IPV4;
	if ((n->tags & TAG_BLACKHOLE) != 0 &&
	    g->blackhole[ipv4 ? FAMILY_IPV4 : FAMILY_IPV6] == BLACKHOLE_REWRITE) {
		unsigned f = !ipv4 ||
			(to->family == FAMILY_IPV6 &&
			    g->blackhole[FAMILY_IPV6] == BLACKHOLE_REWRITE)
		    ? FAMILY_IPV6
		    : FAMILY_IPV4;

		r->next_hop_len = f == FAMILY_IPV4 ? 4 : 16;
		memcpy(r->next_hop, g->blackhole_next_hop[f], 16);
	}
	if (!ipv4)
		return to->family == FAMILY_IPV6;
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

/* Section 8 for one receiver; false: not announced. */
static bool
evaluate(const struct naive *n, struct route *r)
{
	const struct policy_general *g = &n->w->general;
	struct route view;
	uint32_t first = n->received->path[0];
	unsigned times;

	*r = *n->received;
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

/* ---- what policy says ---- */

struct reach_out {
	const uint8_t *received;
	size_t received_len;
	bool is_sent[SLOTS];
	uint8_t block[SLOTS][BLOCK_MAX];
	size_t len[SLOTS];
	unsigned groups;
	unsigned twice;	 /* slots named by two groups */
	unsigned beyond; /* bits that are no slot */
	unsigned bad;	 /* forms that are not canonical */
};

void
reach_add(struct reach_out *out, const uint8_t *block, size_t block_len, const uint64_t *words,
    size_t nwords)
{
	out->groups++;
	out->bad += block != NULL && !attrs_is_canonical(block, block_len);
	out->beyond += nwords != NWORDS;
	for (unsigned bit = 0; bit < nwords * 64; bit++) {
		if ((words[bit / 64] >> bit % 64 & 1) == 0)
			continue;
		if (bit >= SLOTS) {
			out->beyond++;
			continue;
		}
		out->twice += out->is_sent[bit];
		out->is_sent[bit] = true;
		out->len[bit] = block != NULL ? block_len : out->received_len;
		ck_assert_uint_le(out->len[bit], BLOCK_MAX);
		memcpy(out->block[bit], block != NULL ? block : out->received, out->len[bit]);
	}
}

static struct reach_out out;
static uint64_t sent_count, group_count, differences, withheld_wrong;

static void
print_block(const char *what, const uint8_t *block, size_t len)
{
	fprintf(stderr, "  %s", what);
	for (size_t i = 0; i < len; i++)
		fprintf(stderr, "%s%02x", i % 4 == 0 ? " " : "", block[i]);
	fprintf(stderr, "\n");
}

static void
report(const struct world *w, const struct naive *n, unsigned slot, bool expected,
    const struct reach_out *o, const uint8_t *form, size_t form_len)
{
	if (differences++ > 3)
		return;
	print_block("received", o->received, o->received_len);
	print_block("naive   ", form, form_len);
	print_block("reach   ", o->block[slot], o->is_sent[slot] ? o->len[slot] : 0);
	fprintf(stderr, "slot %u asn %u kind %u: naive %s, reach %s, tags %x, rejected %u\n", slot,
	    w->peers[slot].asn, w->peers[slot].kind, expected ? "sends" : "withholds",
	    o->is_sent[slot] ? "sends" : "withholds", n->tags, n->found->reason);
}

static void
compare(struct world *w, unsigned number, const struct route *r, const struct found *found,
    uint32_t tags)
{
	static uint8_t block[BLOCK_MAX], expected[BLOCK_MAX];
	size_t len = write_route(r, r, block);
	uint32_t all_tags = tags | intern_found(w, found);
	struct verdict verdict = {.accept = (tags & TAG_REJECTED) == 0,
	    .tagged = (tags & TAG_REJECTED) != 0,
	    .tags = all_tags};
	struct path_view path = {.block = block, .block_len = len, .slot = SLOTS + 1};
	struct route form;

	ck_assert(attrs_is_canonical(block, len));
	memset(out.is_sent, 0, sizeof(out.is_sent));
	out.received = block;
	out.received_len = len;
	policy_reach(&w->policy, block, len, all_tags, &out);
	for (unsigned slot = 0; slot < SLOTS; slot++) {
		struct naive n = {
		    .w = w, .received = r, .found = found, .tags = tags, .to = &w->peers[slot]};
		bool sends;
		size_t expected_len;

		/* Every receiver of some routes, some receivers of every route. */
		if (number % 16 != 0 && slot % 13 != number % 13)
			continue;
		sends = w->peers[slot].kind != PEER_UNUSED && evaluate(&n, &form);
		expected_len = sends ? write_route(&form, r, expected) : 0;

		sent_count += sends;
		if (sends != out.is_sent[slot] ||
		    (sends &&
			(expected_len != out.len[slot] ||
			    memcmp(expected, out.block[slot], expected_len) != 0)))
			report(w, &n, slot, sends, &out, expected, expected_len);
		if (slot % 13 == number % 13)
			withheld_wrong += sends !=
			    (policy_withheld(
				 &w->policy, block, len, &path, &verdict, (uint16_t)slot) == NULL);
	}
}

START_TEST(every_receiver_gets_what_the_naive_evaluation_says)
{
	for (unsigned c = 0; c < CONFIGS; c++) {
		struct world *w = make_world();

		for (unsigned i = 0; i < ROUTES; i++) {
			struct route r = random_route(w);
			uint32_t tags = random_tags();
			struct found found = random_found(w, &r, tags);

			compare(w, i, &r, &found, tags);
		}
		group_count += out.groups;
		out.groups = 0;
		free_world(w);
	}
	ck_assert_uint_eq(differences, 0);
	ck_assert_uint_eq(withheld_wrong, 0);
	ck_assert_uint_eq(out.twice, 0);
	ck_assert_uint_eq(out.beyond, 0);
	ck_assert_uint_eq(out.bad, 0);
	/* The routes have something to decide: many are sent, in several forms. */
	ck_assert_uint_gt(sent_count, CONFIGS * ROUTES * 2);
	ck_assert_uint_gt(group_count, CONFIGS * ROUTES * 2);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("reach_random");
	TCase *tc = tcase_create("reach_random");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, every_receiver_gets_what_the_naive_evaluation_says);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
