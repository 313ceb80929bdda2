/*
 * Random exchanges, routes and findings of judge, as plain numbers, and the octets of a route: what
 * the random test of export policy gives to policy and to the naive evaluation.
 */
#ifndef TESTS_UNIT_POLICY_RANDOM_H
#define TESTS_UNIT_POLICY_RANDOM_H

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "policy/effect.h"
#include "policy/policy.h"
#include "policy/state.h"
#include "rib/attrs.h"

#define SLOTS	    130
#define NWORDS	    3
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
	bool has_28, has_250; /* attributes that nobody looks at */
	bool partial;	      /* flag of its community attributes */
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
	if (r->has_28)
		write_attr(out, &len, 0xe0, 28, (const uint8_t[]){1, 2, 3}, 3);
	write_coms(out, &len, r, received, COMMUNITY_LARGE, ATTR_LARGE_COMMUNITIES);
	if (r->otc != 0) {
		n = 0;
		put32(value, &n, r->otc);
		write_attr(out, &len, 0xc0, ATTR_OTC, value, n);
	}
	if (r->has_250)
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

/* What the session carries, as its flags say, and IPv6 over some IPv4 sessions. */
static void
make_families(struct policy_peer *p)
{
	const uint32_t how = PEER_IPV6_NEXT_HOPS | PEER_IPV4_NEXT_HOPS;

	p->families = (uint8_t)(1 << p->family);
	if (p->family == FAMILY_IPV4)
		p->flags &= ~how;
	if (p->family == FAMILY_IPV4 ? chance(30) : (p->flags & how) != 0)
		p->families = 3;
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
	for (unsigned bit = 0; bit < 16; bit++)
		if (chance(bit == 2 ? 5 : 50))
			p->flags |= 1U << bit;
	make_families(p);
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
	static const uint8_t droppable[] = {ATTR_MED, 28, 250};
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
	for (unsigned i = 0; i < 3; i++)
		if (chance(30))
			g->drop_attributes[droppable[i] / 8] |= (uint8_t)(1 << droppable[i] % 8);
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

	r.has_28 = r.has_250 = r.has_med;

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

#endif
