/* Random exchanges: general settings, peers and their lists; see world.h. */
#include "tests/policymodel/world.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "tests/policymodel/random.h"

#define MEMBER_ASNS 8 /* of each kind: 16 bits, mapped, not mapped */

static const char *const prefix_texts[WORLD_PREFIXES] = {"0.0.0.0/0", "::/0", "10.0.0.0/8",
    "2000::/3", "10.1.0.0/16", "2a00::/12", "20.0.0.0/8", "2a00:1::/32", "20.1.0.0/16",
    "2a00:1:1::/48", "20.1.1.0/24", "2a00:1:1:1::/64", "20.1.1.128/25", "2a00:1:1:1::1/128",
    "20.1.1.1/32", "fd00::/8", "20.1.2.0/24", "2001:db8::/32", "20.2.0.0/15", "2001:db8:1::/48",
    "30.0.0.0/22", "2a00:2::/32", "30.0.1.0/24", "2a00:2:1::/48", "30.0.2.0/23", "2a00:2:2::/48",
    "30.0.2.2/32", "2a00:2:2:2::/64", "192.168.0.0/16", "3000::/8", "100.64.0.0/10", "2c00::/20",
    "40.0.0.0/7", "2c00:10::/32", "198.51.100.0/24", "2c00:10:1::/48", "198.51.100.7/32",
    "2c00:10:1::7/128", "40.1.0.0/20", "2c00:10:2::/48", "40.1.1.0/24", "2600::/24", "40.1.2.0/24",
    "2600:1::/40", "50.0.0.0/12", "2600:1:1::/48", "50.1.0.0/16", "2600:1:2::/48", "50.1.1.0/24",
    "2600:2::/32", "50.1.1.1/32", "2600:3::/32", "60.0.0.0/24", "2600:4::/32", "60.0.1.0/24",
    "2600:5::/32"};

struct naive_prefix
world_prefix(unsigned index)
{
	static struct naive_prefix all[WORLD_PREFIXES];
	struct naive_prefix *p = &all[index];
	const char *slash = strchr(prefix_texts[index], '/');
	char address[64] = "";

	if (p->addr[0] != 0 || p->len != 0)
		return *p;
	memcpy(address, prefix_texts[index], (size_t)(slash - prefix_texts[index]));
	p->family = index % 2 == 0 ? NAIVE_IPV4 : NAIVE_IPV6;
	p->len = (uint8_t)atoi(slash + 1);
	if (inet_pton(index % 2 == 0 ? AF_INET : AF_INET6, address, p->addr) != 1)
		abort();
	return *p;
}

/* ---- numbers ---- */

uint32_t
world_member_asn(void)
{
	uint32_t i = rnd(MEMBER_ASNS);

	return chance(50) ? 101 + i : (chance(50) ? 200001 : 200101) + i;
}

uint32_t
world_mapped_asn(uint32_t asn)
{
	return asn >= 200001 && asn < 200001 + MEMBER_ASNS ? asn - 200001 + 65001 : 0;
}

uint32_t
world_origin(void)
{
	return chance(70) ? 301 + rnd(8) : 300001 + rnd(4);
}

uint32_t
world_home(unsigned prefix)
{
	unsigned n = (prefix * 7 + rnd(2) * 3) % 12;

	return n < 8 ? 301 + n : 300001 + n - 8;
}

uint32_t
world_any_asn(void)
{
	return chance(50) ? world_member_asn() : chance(50) ? world_origin() : 401 + rnd(6);
}

void
world_add_asn(struct naive_asns *list, uint32_t asn)
{
	if (list->count < NAIVE_ASNS && !naive_has_asn(list, asn))
		list->asn[list->count++] = asn;
}

static int
compare_asns(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

void
world_sort(struct naive_asns *list)
{
	qsort(list->asn, list->count, sizeof(*list->asn), compare_asns);
}

static void
make_asns(struct naive_asns *list, unsigned max, uint32_t (*next)(void))
{
	list->count = 0;
	for (unsigned n = rnd(max + 1); n > 0; n--)
		world_add_asn(list, next());
}

/* ---- prefix lists ---- */

static void
shorten(struct naive_prefix *p, unsigned len)
{
	for (unsigned bit = len; bit < 128; bit++)
		p->addr[bit / 8] &= (uint8_t) ~(0x80U >> bit % 8);
	p->len = (uint8_t)len;
}

static void
make_entry(struct naive_entry *e, bool with_asn)
{
	unsigned kind = rnd(3), max;

	*e = (struct naive_entry){.prefix = world_prefix(rnd(WORLD_PREFIXES))};
	max = e->prefix.family == NAIVE_IPV4 ? 32 : 128;
	if (chance(25) && e->prefix.len > 8)
		shorten(&e->prefix, e->prefix.len - 1 - rnd(8));
	e->ge = e->prefix.len;
	e->le = kind == 0 ? e->prefix.len : max;
	if (kind == 2) {
		e->ge += rnd(max - e->prefix.len + 1) / 4;
		e->le = e->ge + rnd(max - e->ge + 1);
	}
	e->has_asn = with_asn && chance(50);
	e->asn = e->has_asn ? world_origin() : 0;
}

void
world_make_list(struct naive_list *list, unsigned max, bool with_asn)
{
	list->count = rnd(max + 1);
	for (unsigned i = 0; i < list->count; i++)
		make_entry(&list->entries[i], with_asn);
}

/* Of what nobody may announce: with all more specifics of a default route there would be no
 * routes. */
static void
make_black_list(struct naive_list *list, unsigned max)
{
	world_make_list(list, max, false);
	for (unsigned i = 0; i < list->count; i++) {
		struct naive_entry *e = &list->entries[i];

		if (e->prefix.len < 8)
			e->le = e->ge = e->prefix.len;
	}
}

/* ---- general ---- */

static void
make_switches(struct naive_world *w)
{
	w->path_hiding = chance(70);
	w->path_max = 5 + rnd(5);
	w->communities_max = chance(70) ? 8 + rnd(10) : 0;
	w->reaches_max = chance(20) ? 3 + rnd(10) : 0;
	w->reject_as_set = chance(40);
	w->spares_unfiltered = chance(50);
	w->never_via_peering_db = chance(60);
	w->irr_longer = chance(40);
	w->irr_tag = chance(70);
	w->irr_peering_db = chance(50);
	w->irr_roas = chance(50);
	w->irr_arin = chance(50);
	w->irr_registrobr = chance(50);
	w->rov = chance(75);
	w->aspa = chance(60);
	w->aspa_reject = chance(60);
	w->rtt_measured = chance(50);
	w->euro_ix = chance(30);
}

static void
make_lists(struct naive_world *w)
{
	make_black_list(&w->black_list, 3);
	make_black_list(&w->bogons, 4);
	w->transit_free = (enum naive_transit_free)rnd(3);
	make_asns(&w->transit_free_asns, 3, world_any_asn);
	if (chance(80))
		world_add_asn(&w->transit_free_asns, 401);
	make_asns(&w->never_via_asns, 1, world_any_asn);
	if (chance(80))
		world_add_asn(&w->never_via_asns, 402);
}

static void
make_blackholes(struct naive_world *w)
{
	for (unsigned f = 0; f < 2; f++) {
		w->blackhole[f] = (enum naive_blackhole)rnd(3);
		w->has_blackhole_next_hop[f] = w->blackhole[f] == NAIVE_BH_REWRITE || chance(30);
		memset(w->blackhole_next_hop[f], 0, 16);
		w->blackhole_next_hop[f][0] = f == NAIVE_IPV4 ? 192 : 0x20;
		w->blackhole_next_hop[f][1] = f == NAIVE_IPV4 ? 0 : 1;
		w->blackhole_next_hop[f][3] = (uint8_t)(60 + rnd(3));
	}
	w->blackhole_no_export = chance(60);
}

static void
make_life(struct naive_world *w)
{
	w->gshut = chance(70);
	w->gshut_local_pref = rnd(4) * 40;
	w->shutting_down = chance(10);
	w->rfc1997 = chance(40);
	w->drop_med = chance(15);
	w->drop_extra = chance(30) ? rnd(8) & ~1U : 0;
}

static void
make_thresholds(struct naive_world *w)
{
	static const uint32_t pool[] = {5, 10, 15, 20, 30, 60000};

	w->thresholds.count = 0;
	for (size_t i = 0; i < sizeof(pool) / sizeof(pool[0]); i++)
		if (chance(60))
			world_add_asn(&w->thresholds, pool[i]);
}

/* ---- peers ---- */

static void
make_next_hops(struct naive_world *w, struct naive_peer *p)
{
	p->next_hop = chance(50) ? NAIVE_STRICT : chance(70) ? NAIVE_SAME_AS : NAIVE_AUTHORIZED;
	p->authorized_count = 0;
	if (p->next_hop != NAIVE_AUTHORIZED)
		return;
	if (chance(80))
		p->authorized[p->authorized_count++] = p->address;
	for (unsigned n = rnd(3); n > 0; n--)
		p->authorized[p->authorized_count++] = w->peers[rnd(w->peer_count)].address;
}

static void
make_observed(struct naive_peer *p)
{
	static const unsigned may[] = {
	    1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 18, 19, 22};

	p->observe = 0;
	for (size_t i = 0; i < sizeof(may) / sizeof(may[0]); i++)
		if (chance(25))
			p->observe |= 1U << may[i];
	if (chance(60))
		p->observe = 0;
}

static void
make_filters(struct naive_world *w, struct naive_peer *p)
{
	static const enum naive_role roles[] = {NAIVE_RS, NAIVE_RS, NAIVE_RS, NAIVE_PROVIDER,
	    NAIVE_RS_CLIENT, NAIVE_CUSTOMER, NAIVE_ROLE_PEER};

	p->filters_none = chance(8);
	p->has_policy = chance(98);
	p->quarantine = chance(6);
	p->irr_origin = chance(60);
	p->irr_prefix = chance(50);
	p->invalid_asn = chance(70);
	p->rov_reject = chance(65);
	p->gshut = chance(60);
	p->roles = chance(40);
	p->role = roles[rnd(7)];
	p->reject = chance(60) ? NAIVE_TAG : chance(50) ? NAIVE_REJECT : NAIVE_TAG_AND_REJECT;
	p->length_min[0] = chance(70) ? 8 : rnd(20);
	p->length_max[0] = chance(70) ? 24 : p->length_min[0] + rnd(32 - p->length_min[0] + 1);
	p->length_min[1] = chance(70) ? 12 : rnd(40);
	p->length_max[1] = chance(70) ? 48 : p->length_min[1] + rnd(128 - p->length_min[1] + 1);
	make_observed(p);
	make_next_hops(w, p);
}

static void
make_peer_lists(struct naive_peer *p)
{
	static const char *const names[] = {"AS-ONE", "AS-TWO", "RIPE::AS-TWO", "RADB::AS-ONE",
	    "AS-THREE", "AS64500:AS-FOUR", "AS301", "AS302", "AS200001", "AS-EMPTY", "AS-MISSING"};

	make_black_list(&p->black_list, 2);
	world_make_list(&p->white_prefixes, 3, false);
	world_make_list(&p->white_routes, 3, true);
	make_asns(&p->white_asns, 2, world_origin);
	p->customs.count = 0;
	for (uint32_t i = 0; i < NAIVE_CUSTOMS; i++)
		if (chance(25))
			world_add_asn(&p->customs, i);
	p->object_count = chance(15) ? 0 : 1 + rnd(3);
	for (unsigned i = 0; i < p->object_count; i++)
		p->objects[i] = names[rnd(sizeof(names) / sizeof(names[0]))];
}

static void
make_outbound(struct naive_peer *p)
{
	p->prepend_rs_as = chance(15);
	p->rfc8950 = chance(50);
	p->both = chance(30);
	p->takes_blackhole = chance(70);
	p->takes_invalid = chance(30);
}

static void
make_limits(struct naive_peer *p)
{
	p->limit_action = chance(60) ? NAIVE_LIMIT_NONE : (enum naive_limit)(1 + rnd(4));
	p->count_rejected = chance(50);
	p->limit_peering_db = chance(50);
	p->increment = rnd(4);
	p->increment_percent = rnd(3) * 15;
	for (unsigned f = 0; f < 2; f++) {
		p->limit[f] = chance(40) ? 4 + rnd(20) : 0;
		p->general_limit[f] = chance(80) ? 6 + rnd(20) : 0;
	}
}

static void
make_rtt(struct naive_peer *p)
{
	static const uint32_t pool[] = {0, 0, 0, 1, 5, 6, 10, 11, 15, 20, 25, 30, 31, 60000};

	p->rtt_ms = pool[rnd(sizeof(pool) / sizeof(pool[0]))];
}

static void
make_options(struct naive_world *w, struct naive_peer *p)
{
	make_filters(w, p);
	make_peer_lists(p);
	make_outbound(p);
	make_limits(p);
	make_rtt(p);
}

static bool
has_address(const struct naive_world *w, const struct naive_address *a)
{
	for (unsigned i = 0; i < w->peer_count; i++)
		if (w->peers[i].address.family == a->family &&
		    memcmp(w->peers[i].address.addr, a->addr, 16) == 0)
			return true;
	return false;
}

static struct naive_address
free_address(const struct naive_world *w)
{
	struct naive_address a;

	do {
		a = (struct naive_address){.family = chance(50) ? NAIVE_IPV4 : NAIVE_IPV6};
		if (a.family == NAIVE_IPV4)
			memcpy(a.addr, (uint8_t[4]){192, 0, 2, (uint8_t)(1 + rnd(250))}, 4);
		else
			memcpy(a.addr,
			    (uint8_t[16]){0x20, 1, 0xd, 0xb8, 0xff, [15] = (uint8_t)(1 + rnd(250))},
			    16);
	} while (has_address(w, &a));
	return a;
}

void
world_make_peer(struct naive_world *w, unsigned slot)
{
	struct naive_peer *p = &w->peers[slot];
	struct naive_address address = free_address(w);

	*p = (struct naive_peer){.kind = NAIVE_CLIENT, .address = address};
	p->asn = world_member_asn();
	p->mapped = world_mapped_asn(p->asn);
	make_options(w, p);
}

/* One peer in several worlds is a collector. */
static void
make_peers(struct naive_world *w)
{
	unsigned count = 6 + rnd(NAIVE_PEERS - 6), collector = rnd(count);

	for (w->peer_count = 0; w->peer_count < count;) {
		w->peer_count++;
		world_make_peer(w, w->peer_count - 1);
	}
	if (chance(80)) {
		w->peers[collector].kind = NAIVE_COLLECTOR;
		w->peers[collector].asn = 65100;
		w->peers[collector].mapped = 0;
		w->peers[collector].quarantine = w->peers[collector].filters_none = false;
	}
}

static void
change_some_peers(struct naive_world *w, void (*change)(struct naive_peer *))
{
	for (unsigned i = 0; i < w->peer_count; i++)
		if (w->peers[i].kind == NAIVE_CLIENT && chance(30))
			change(&w->peers[i]);
}

/* ---- all ---- */

void
world_make(struct naive_world *w)
{
	memset(w, 0, sizeof(*w));
	w->rs_as = chance(60) ? 999 : 199999;
	make_switches(w);
	make_lists(w);
	make_blackholes(w);
	make_life(w);
	make_thresholds(w);
	make_peers(w);
	world_make_patterns(w);
	world_make_rules(w);
	world_make_data(w);
}

static void
change_filters(struct naive_world *w)
{
	for (unsigned i = 0; i < w->peer_count; i++)
		if (w->peers[i].kind == NAIVE_CLIENT && chance(30))
			make_filters(w, &w->peers[i]);
}

static void
change_peer_lists(struct naive_world *w)
{
	change_some_peers(w, make_peer_lists);
}

static void
change_outbound(struct naive_world *w)
{
	change_some_peers(w, make_outbound);
}

static void
change_limits(struct naive_world *w)
{
	change_some_peers(w, make_limits);
}

static void
change_rtts(struct naive_world *w)
{
	change_some_peers(w, make_rtt);
	world_make_rtts(w);
}

void
world_change(struct naive_world *w)
{
	static void (*const changes[])(struct naive_world *) = {make_switches, make_lists,
	    make_blackholes, make_life, make_thresholds, world_make_patterns, world_make_rules,
	    world_make_data, change_filters, change_peer_lists, change_outbound, change_limits,
	    change_rtts};

	for (unsigned n = 1 + rnd(3); n > 0; n--)
		changes[rnd(sizeof(changes) / sizeof(changes[0]))](w);
}
