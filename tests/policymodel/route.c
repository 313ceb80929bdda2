/*
 * Routes that members might announce: mostly what policy lets pass, with one thing or another that
 * a check is about.
 */
#include <string.h>

#include "tests/policymodel/random.h"
#include "tests/policymodel/world.h"

static void
set_next_hop(struct naive_attrs *a, const struct naive_address *address)
{
	a->next_hop_len = address->family == NAIVE_IPV4 ? 4 : chance(30) ? 32 : 16;
	memcpy(a->next_hop, address->addr, 16);
	if (a->next_hop_len == 32)
		memcpy(a->next_hop + 16, (uint8_t[16]){0xfe, 0x80, [15] = (uint8_t)rnd(3)}, 16);
}

/* The first address of the family that a client of its ASN has, or its own. */
static const struct naive_address *
address_of_asn(const struct naive_world *w, const struct naive_peer *peer, unsigned family)
{
	for (unsigned i = 0; i < w->peer_count; i++)
		if (w->peers[i].kind == NAIVE_CLIENT && w->peers[i].asn == peer->asn &&
		    w->peers[i].address.family == family)
			return &w->peers[i].address;
	return &peer->address;
}

/* Its own, that of another peer of its ASN, or of anybody; of IPv6 routes an IPv6 one. */
static void
make_next_hop(const struct naive_world *w, const struct naive_peer *peer, unsigned family,
    struct naive_attrs *a)
{
	static const struct naive_address ipv6 = {NAIVE_IPV6, {0x20, 1, 0xd, 0xb8, [15] = 251}};

	unsigned at = rnd(w->peer_count);

	set_next_hop(
	    a, peer->both && chance(60) ? address_of_asn(w, peer, family) : &peer->address);
	for (unsigned i = 0; i < w->peer_count && chance(80); i++, at = (at + 1) % w->peer_count)
		if (w->peers[at].asn == peer->asn)
			break;
	if (chance(8))
		set_next_hop(a, &w->peers[at].address);
	if (family == NAIVE_IPV6 && a->next_hop_len == 4)
		set_next_hop(a, &ipv6);
}

static void
add_hop(struct naive_attrs *a, uint32_t asn, uint32_t set)
{
	if (a->hop_count < NAIVE_HOPS - 8)
		a->hops[a->hop_count++] = (struct naive_hop){asn, set};
}

static uint32_t
bad_asn(const struct naive_world *w)
{
	static const uint32_t bad[] = {0, 23456, 64495, 64496, 65000, 65535, 65536, 131071, 131072,
	    4199999999, 4200000000, 4294967295, 401, 402, 403};

	return chance(15) ? w->rs_as : bad[rnd(sizeof(bad) / sizeof(bad[0]))];
}

static void
make_path(const struct naive_world *w, const struct naive_peer *peer, unsigned prefix,
    struct naive_attrs *a)
{
	uint32_t origin = chance(80) ? world_home(prefix) : world_any_asn();
	unsigned repeats = chance(20) ? 1 + rnd(5) : 1;

	if (chance(2))
		return;
	if (chance(2))
		add_hop(a, chance(50) ? peer->asn : world_any_asn(), 1);
	if (chance(3))
		add_hop(a, chance(30) ? bad_asn(w) : world_any_asn(), 0);
	for (; repeats > 0; repeats--)
		add_hop(a, peer->asn, 0);
	for (unsigned n = chance(50) ? 0 : rnd(3); n > 0; n--)
		add_hop(a, world_any_asn(), 0);
	if (chance(6))
		add_hop(a, bad_asn(w), 0);
	if (chance(3)) {
		add_hop(a, world_any_asn(), 2);
		add_hop(a, chance(10) ? bad_asn(w) : world_origin(), 2);
	}
	if (chance(85))
		add_hop(a, origin, chance(3) ? 3 : 0);
	for (unsigned n = chance(3) ? rnd(12) : 0; n > 0; n--)
		add_hop(a, origin, 0);
}

/* Sets are numbered in their order. */
static void
number_sets(struct naive_attrs *a)
{
	uint32_t from = 0, number = 0;

	for (unsigned i = 0; i < a->hop_count; i++) {
		uint32_t set = a->hops[i].set;

		if (set != 0 && (i == 0 || set != from))
			number++;
		from = set;
		if (set != 0)
			a->hops[i].set = number;
	}
}

static void
make_communities(const struct naive_world *w, struct naive_attrs *a)
{
	unsigned count = chance(30) ? 0 : chance(90) ? rnd(6) : rnd(12);

	if (chance(1))
		count = 30;
	for (unsigned tries = 0; a->communities.count < count && tries < 2 * count; tries++) {
		struct naive_community c = world_community(w);

		naive_add(&a->communities, &c);
	}
	if (chance(4))
		naive_add_std(&a->communities, 65535, 666);
	if (chance(4))
		naive_add_std(&a->communities, 65535, 0);
}

void
world_route(const struct naive_world *w, unsigned slot, unsigned prefix, struct naive_attrs *a)
{
	const struct naive_peer *peer = &w->peers[slot];

	memset(a, 0, sizeof(*a));
	make_next_hop(w, peer, world_prefix(prefix).family, a);
	make_path(w, peer, prefix, a);
	number_sets(a);
	make_communities(w, a);
	a->origin = chance(85) ? 0 : rnd(3);
	a->has_med = chance(40);
	a->med = a->has_med ? rnd(3) * 10 : 0;
	a->has_otc = chance(8);
	if (a->has_otc)
		a->otc = chance(50) ? peer->asn : chance(50) ? w->rs_as : world_any_asn();
	a->extra = chance(10) ? rnd(8) : 0;
}
