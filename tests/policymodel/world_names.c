/*
 * Random communities and site rules; see world.h. Values are plain as docs/communities.md asks: a
 * fixed value lies in no pattern, but where it says that it may.
 */
#include <string.h>

#include "tests/policymodel/random.h"
#include "tests/policymodel/world.h"

/* ---- patterns ---- */

/* The server's ASN where 16 bits are what there is. */
static uint32_t
short_rs_as(const struct naive_world *w)
{
	return w->rs_as <= 65535 ? w->rs_as : 64990;
}

/* Of each group (class or kind of name) and number another value. */
static struct naive_community
value_of(const struct naive_world *w, enum naive_format format, unsigned group, unsigned number,
    bool is_wild)
{
	struct naive_community c = {.format = format};

	switch (format) {
	case NAIVE_STD:
		c.part[0] = is_wild ? 60000 + number : 59000 + group;
		c.part[1] = number;
		break;
	case NAIVE_LARGE:
		c.part[0] = w->rs_as;
		c.part[1] = is_wild ? 20 + number : group;
		c.part[2] = number;
		break;
	case NAIVE_EXT:
		c.type = (chance(20) ? 0x0202U : 2U) + rnd(2);
		c.part[0] = (c.type > 0x0200 ? 200000 : 40000) + (is_wild ? 100 + number : group);
		c.part[1] = number;
		break;
	case NAIVE_FORMATS:
		break;
	}
	if (is_wild)
		c.part[format == NAIVE_LARGE ? 2 : 1] = 0;
	return c;
}

static bool
is_taken(const struct naive_world *w, const struct naive_community *c)
{
	for (unsigned i = 0; i < w->pattern_count; i++)
		if (w->patterns[i].wild == NAIVE_FIXED &&
		    naive_same_community(&w->patterns[i].value, c))
			return true;
	for (unsigned i = 0; i < w->custom_count; i++)
		if (naive_same_community(&w->customs[i].value, c))
			return true;
	return false;
}

/* A fixed value beside a peer_as pattern: an ASN that nobody has. */
static bool
put_beside_peer_as(const struct naive_world *w, enum naive_format format, unsigned number,
    struct naive_community *out)
{
	for (unsigned i = 0; i < w->pattern_count; i++) {
		const struct naive_pattern *p = &w->patterns[i];
		uint32_t last = chance(40) ? short_rs_as(w) : chance(30) ? 0 : 64600 + number;

		if (p->wild != NAIVE_PEER_AS || p->value.format != format)
			continue;
		*out = naive_fill(p, last);
		return !is_taken(w, out);
	}
	return false;
}

static void
add_pattern(struct naive_world *w, unsigned name, unsigned index, enum naive_format format,
    unsigned group, unsigned number)
{
	struct naive_pattern *p = &w->patterns[w->pattern_count];
	enum naive_wild wild = naive_names[name].wild;
	struct naive_community beside;

	*p = (struct naive_pattern){.name = name,
	    .index = index,
	    .wild = wild,
	    .value = value_of(w, format, group, number, wild != NAIVE_FIXED)};
	if (wild == NAIVE_FIXED && chance(15) && put_beside_peer_as(w, format, number, &beside))
		p->value = beside;
	w->pattern_count++;
}

static void
make_reason_map(struct naive_world *w)
{
	bool share = chance(20);

	for (unsigned code = 1; code <= 22; code++)
		if (chance(50))
			add_pattern(w, NAIVE_REASON_MAP, code, (enum naive_format)rnd(3), 2,
			    share ? code / 2 : code);
}

static void
make_customs(struct naive_world *w)
{
	w->custom_count = 0;
	for (unsigned n = 0; n < NAIVE_CUSTOMS; n++) {
		for (unsigned format = 0; format < NAIVE_FORMATS; format++) {
			struct naive_pattern *p = &w->customs[w->custom_count];
			struct naive_community beside;

			if (chance(50))
				continue;
			*p = (struct naive_pattern){.index = n,
			    .value = value_of(w, (enum naive_format)format, 3, n, false)};
			if (chance(15) &&
			    put_beside_peer_as(w, (enum naive_format)format, 40 + n, &beside))
				p->value = beside;
			w->custom_count++;
		}
	}
}

/* Those with peer_as first: others may lie beside them. */
void
world_make_patterns(struct naive_world *w)
{
	w->pattern_count = w->custom_count = 0;
	for (unsigned pass = 0; pass < 2; pass++) {
		for (unsigned name = 0; name < NAIVE_NAMES; name++) {
			if ((naive_names[name].wild == NAIVE_PEER_AS) != (pass == 0) ||
			    name == NAIVE_REASON_MAP || chance(5))
				continue;
			for (unsigned format = 0; format < NAIVE_FORMATS; format++)
				if (chance(65))
					add_pattern(w, name, 0, (enum naive_format)format, 1, name);
		}
	}
	make_reason_map(w);
	make_customs(w);
}

/* ---- values ---- */

static struct naive_community
std(uint32_t high, uint32_t low)
{
	return (struct naive_community){.format = NAIVE_STD, .part = {high, low}};
}

static uint32_t
last_for(const struct naive_world *w, const struct naive_pattern *p)
{
	const struct naive_peer *peer = &w->peers[rnd(w->peer_count)];
	static const uint32_t edges[] = {
	    0, 1, 64511, 64512, 65001, 65100, 131071, 131072, 4199999999, 4200000000};
	uint32_t last = peer->asn;

	if (p->wild == NAIVE_DYN_VAL)
		last = w->thresholds.count > 0 && chance(80)
		    ? w->thresholds.asn[rnd(w->thresholds.count)]
		    : rnd(30);
	else if (chance(10))
		last = edges[rnd(sizeof(edges) / sizeof(edges[0]))];
	else if (p->value.format == NAIVE_STD && peer->asn > 65535)
		last = peer->mapped;
	if (p->value.format == NAIVE_STD || p->value.type >> 8 == 2)
		last &= 0xffff;
	return last;
}

static struct naive_community
plain_value(void)
{
	static const uint32_t well_known[] = {0, 0, 65281, 65282, 666, 65283};
	struct naive_community c = {.format = NAIVE_EXT};

	switch (rnd(6)) {
	case 0:
		return std(65535, well_known[rnd(6)]);
	case 1:
		return std(700, rnd(4));
	case 2:
		return (struct naive_community){
		    .format = NAIVE_LARGE, .part = {rnd(2) == 0 ? 999 : 700, 1101, rnd(16)}};
	case 3:
		c.type = 0x4300;
		c.part[1] = rnd(4);
		return c;
	case 4:
		c.type = chance(50) ? 0x0002 : 0x4002;
		c.part[0] = 700;
		c.part[1] = rnd(4);
		return c;
	default:
		c.type = 0x0203;
		c.part[0] = 70000;
		c.part[1] = rnd(4);
		return c;
	}
}

struct naive_community
world_community(const struct naive_world *w)
{
	const struct naive_pattern *p;

	for (unsigned tries = 0; tries < 4; tries++) {
		if (chance(15) || w->pattern_count == 0)
			return plain_value();
		if (chance(10) && w->custom_count > 0)
			return w->customs[rnd(w->custom_count)].value;
		p = &w->patterns[rnd(w->pattern_count)];
		/* Mostly what acts, and not always what ends everything. */
		if (naive_names[p->name].verb == NAIVE_NO_VERB && chance(70))
			continue;
		if (p->name == NAIVE_ACTIONS && chance(50))
			continue;
		return naive_fill(p, last_for(w, p));
	}
	return plain_value();
}

/* ---- rules ---- */

static struct naive_pattern
rule_pattern(const struct naive_world *w, bool may_be_wild)
{
	struct naive_pattern p = {.value = world_community(w)};

	while (p.value.format == NAIVE_EXT && (p.value.type & 0xfdfe) != 0x0002)
		p.value = world_community(w);
	if (may_be_wild && chance(40)) {
		p.wild = NAIVE_DYN_VAL;
		p.value.part[p.value.format == NAIVE_LARGE ? 2 : 1] = 0;
	}
	return p;
}

static void
make_asns(struct naive_asns *list, uint32_t (*next)(void))
{
	list->count = 0;
	for (unsigned n = 1 + rnd(5); n > 0; n--)
		world_add_asn(list, next());
}

static void
make_match(const struct naive_world *w, struct naive_match *m)
{
	*m = (struct naive_match){.kind = (enum naive_if)rnd(NAIVE_IFS), .negate = chance(25)};
	switch (m->kind) {
	case NAIVE_IF_PREFIX_LIST:
		world_make_list(&m->prefixes, 4, false);
		break;
	case NAIVE_IF_PEER:
	case NAIVE_IF_NEIGHBOUR:
		make_asns(&m->asns, world_member_asn);
		break;
	case NAIVE_IF_PEER_ADDRESS:
		m->address = w->peers[rnd(w->peer_count)].address;
		break;
	case NAIVE_IF_CONTAINS:
	case NAIVE_IF_ORIGIN:
		make_asns(&m->asns, world_any_asn);
		break;
	case NAIVE_IF_COMMUNITY:
		m->pattern = rule_pattern(w, true);
		break;
	case NAIVE_IF_ROV:
	case NAIVE_IF_IRR:
		m->low = 1 + rnd(15);
		break;
	case NAIVE_IF_LENGTH:
		m->low = rnd(40);
		m->high = m->low + rnd(30);
		break;
	case NAIVE_IF_PATH_LENGTH:
		m->low = rnd(4);
		m->high = m->low + rnd(3);
		break;
	case NAIVE_IF_BLACKHOLE:
	case NAIVE_IF_FAMILY:
		m->low = rnd(2);
		break;
	case NAIVE_IFS:
		break;
	}
}

static void
add_action(const struct naive_world *w, struct naive_rule *rule, enum naive_do kind)
{
	struct naive_action *a = &rule->actions[rule->action_count];

	if (rule->action_count == sizeof(rule->actions) / sizeof(rule->actions[0]))
		return;
	rule->action_count++;
	*a = (struct naive_action){.kind = kind};
	if (kind == NAIVE_DO_REMOVE || kind == NAIVE_DO_ADD)
		a->pattern = rule_pattern(w, kind == NAIVE_DO_REMOVE);
	if (kind == NAIVE_DO_LOCAL_PREF)
		a->value = rnd(3) * 75;
	if (kind == NAIVE_DO_WITHHOLD)
		make_asns(&a->asns, world_member_asn);
	while (kind == NAIVE_DO_ONLY_TO && a->asns.count < 8)
		world_add_asn(&a->asns, world_member_asn());
}

/* In the order in which the configuration brings them. */
static void
make_rule(const struct naive_world *w, struct naive_rule *rule, bool is_import)
{
	memset(rule, 0, sizeof(*rule));
	rule->match_count = chance(8) ? 0 : 1 + rnd(3);
	for (unsigned i = 0; i < rule->match_count; i++)
		make_match(w, &rule->matches[i]);
	if (is_import && rule->match_count > 0 && chance(40)) {
		add_action(w, rule, NAIVE_DO_REJECT);
		return;
	}
	for (unsigned kind = 0; kind < NAIVE_DOS; kind++)
		if (kind != NAIVE_DO_REJECT && (kind != NAIVE_DO_LOCAL_PREF || is_import) &&
		    chance(kind == NAIVE_DO_ACCEPT ? 15 : 30))
			add_action(w, rule, (enum naive_do)kind);
	if (rule->action_count == 0)
		add_action(w, rule, NAIVE_DO_ADD);
}

void
world_make_rules(struct naive_world *w)
{
	w->import_count = chance(50) ? rnd(4) : 0;
	w->export_count = chance(50) ? rnd(4) : 0;
	for (unsigned i = 0; i < w->import_count; i++)
		make_rule(w, &w->import_rules[i], true);
	for (unsigned i = 0; i < w->export_count; i++)
		make_rule(w, &w->export_rules[i], false);
}
