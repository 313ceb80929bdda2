/*
 * Every row of the table of checks with a path that passes and one that does not, and the order of
 * the rows.
 */
#include "tests/unit/policy/fixture.h"
#include "tests/unit/policy/noreach.h"
#include "tests/unit/rib/main.h"

static struct fix *f;

static struct verdict
judge(const struct fix_route *route)
{
	static struct fix_path path;
	struct verdict v;

	memset(&v, 0xff, sizeof(v));
	fix_path(f, &path, route);
	policy_judge(f->policy, &path.view, &v);
	return v;
}

#define ROUTE(...)                      \
	{                               \
		.med = "0", __VA_ARGS__ \
	}

/* ---- one row at a time ---- */

static void
set_nothing(void)
{
}

static void
set_as_set(void)
{
	f->general.flags |= GENERAL_REJECT_AS_SET;
}

/* As it is where nobody wrote the key; slot 0 is filtered. */
static void
set_as_set_default(void)
{
	f->general.flags |= GENERAL_REJECT_AS_SET | GENERAL_AS_SET_IF_FILTERED;
	f->peers[1].flags |= PEER_FILTERS_NONE;
	f->peers[1].flags &= ~(uint32_t)PEER_HAS_POLICY;
	f->peers[2].flags &= ~(uint32_t)PEER_HAS_POLICY;
}

static void
set_as_set_default_collector(void)
{
	set_as_set_default();
	f->peers[0].kind = PEER_COLLECTOR;
}

static void
set_roles(uint8_t role)
{
	for (unsigned slot = 0; slot < FIX_PEERS; slot++) {
		f->peers[slot].flags |= PEER_ROLES;
		f->peers[slot].role = role;
	}
}

static void
set_role_rs(void)
{
	set_roles(ROLE_RS);
}

static void
set_role_provider(void)
{
	set_roles(ROLE_PROVIDER);
}

static void
set_role_peer(void)
{
	set_roles(ROLE_PEER);
}

static void
set_role_customer(void)
{
	set_roles(ROLE_CUSTOMER);
}

static void
set_role_rs_client(void)
{
	set_roles(ROLE_RS_CLIENT);
}

static void
set_communities_max(void)
{
	f->general.communities_max = 3;
}

static void
set_no_policy(void)
{
	f->peers[1].flags = 0;
	f->peers[2].kind = PEER_COLLECTOR;
	f->peers[3].kind = PEER_UNUSED;
}

static void
set_rfc8950(void)
{
	fix_both_families(&f->peers[5], PEER_IPV6_NEXT_HOPS);
}

/*
 * Both families (RFC 4760). Slots 0 and 4 are AS101; slots 1 and 5 AS102, 5 with RFC 8950 beside;
 * 6 of AS103 has RFC 8950 alone; 7 of AS104 has no client with an IPv4 address beside it.
 */
static void
set_families(void)
{
	fix_both_families(&f->peers[0], 0);
	fix_both_families(&f->peers[4], PEER_IPV4_NEXT_HOPS);
	fix_both_families(&f->peers[5], PEER_IPV4_NEXT_HOPS | PEER_IPV6_NEXT_HOPS);
	fix_both_families(&f->peers[6], PEER_IPV6_NEXT_HOPS);
	fix_both_families(&f->peers[7], PEER_IPV4_NEXT_HOPS);
	f->peers[3].kind = PEER_UNUSED;
	f->peers[4].black_list = fix_prefixes(f, "198.51.0.0/16 2a00:66::/32");
}

static void
set_families_same_as(void)
{
	set_families();
	for (unsigned slot = 0; slot < FIX_PEERS; slot++)
		f->peers[slot].next_hop = NEXT_HOP_SAME_AS;
}

static void
set_families_authorized(void)
{
	set_families();
	f->peers[7].next_hop = NEXT_HOP_AUTHORIZED;
	f->peers[7].authorized = fix_addresses(f, "192.0.2.44 2001:db8::4");
}

/* Slot 3 becomes a second router of AS101, which slots 0 and 4 are of. */
static void
set_same_as(void)
{
	for (unsigned slot = 0; slot < FIX_PEERS; slot++)
		f->peers[slot].next_hop = NEXT_HOP_SAME_AS;
	f->peers[3].asn = 101;
	fix_both_families(&f->peers[4], PEER_IPV6_NEXT_HOPS);
}

static void
set_authorized(void)
{
	f->peers[0].next_hop = NEXT_HOP_AUTHORIZED;
	f->peers[0].authorized = fix_addresses(f, "192.0.2.77 192.0.2.78");
}

static void
set_path_max(void)
{
	f->general.path_max = 4;
}

static void
set_invalid_asn(void)
{
	f->peers[0].flags |= PEER_INVALID_ASN;
}

static void
set_transit_free(void)
{
	f->general.transit_free = TRANSIT_FREE_REJECT;
	f->general.transit_free_asns = fix_asns(f, "174 3356 101");
}

static void
set_never_via(void)
{
	f->general.flags |= GENERAL_NEVER_VIA_PEERING_DB;
	f->general.never_via_asns = fix_asns(f, "666");
	fix_network(f, 777)->never_via_route_servers = 1;
	fix_network(f, 778);
}

static void
set_never_via_configured(void)
{
	set_never_via();
	f->general.flags &= ~(uint32_t)GENERAL_NEVER_VIA_PEERING_DB;
}

static void
set_black_list(void)
{
	f->general.black_list = fix_prefixes(f, "192.0.2.0/24 203.0.113.0/24=");
}

static void
set_client_black_list(void)
{
	f->peers[0].black_list = fix_prefixes(f, "192.0.2.0/24");
}

static void
set_bogons(void)
{
	f->general.bogons = fix_prefixes(f, "10.0.0.0/8 0.0.0.0/0= 2001:db8::/32");
}

static void
set_length(void)
{
	fix_both_families(&f->peers[5], PEER_IPV6_NEXT_HOPS);
	f->peers[5].length_max[FAMILY_IPV4] = 23;
}

static const struct row_case {
	void (*set)(void);
	struct fix_route route;
	uint8_t reason;
} row_cases[] = {
    {set_nothing, ROUTE(), REASON_NONE},
    /* 0: own ASN */
    {set_nothing, ROUTE(.path = "101 998 1000"), REASON_NONE},
    {set_nothing, ROUTE(.path = "101 999"), REASON_OWN_AS},
    {set_nothing, ROUTE(.path = "101 201 {1,999}"), REASON_OWN_AS},
    /* 0: AS_SET */
    {set_nothing, ROUTE(.path = "101 {1,2}"), REASON_NONE},
    {set_as_set, ROUTE(), REASON_NONE},
    {set_as_set, ROUTE(.path = "101 {1,2}"), REASON_AS_SET},
    {set_as_set, ROUTE(.path = "{101} 2"), REASON_AS_SET},
    {set_as_set_default, ROUTE(), REASON_NONE},
    {set_as_set_default, ROUTE(.path = "101 {1,2}"), REASON_AS_SET},
    {set_as_set_default, ROUTE(.slot = 1, .path = "102 {1,2}"), REASON_NONE},
    {set_as_set_default, ROUTE(.slot = 2, .path = "103 {1,2}"), REASON_NO_POLICY},
    {set_as_set_default_collector, ROUTE(.path = "101 {1,2}"), REASON_NO_POLICY},
    /* 0: OTC */
    {set_nothing, ROUTE(.otc = "5"), REASON_NONE},
    {set_role_rs, ROUTE(), REASON_NONE},
    {set_role_rs, ROUTE(.otc = "101"), REASON_LEAK},
    {set_role_provider, ROUTE(), REASON_NONE},
    {set_role_provider, ROUTE(.otc = "101"), REASON_LEAK},
    {set_role_peer, ROUTE(), REASON_NONE},
    {set_role_peer, ROUTE(.otc = "101"), REASON_NONE},
    {set_role_peer, ROUTE(.otc = "5"), REASON_LEAK},
    {set_role_peer, ROUTE(.otc = "0"), REASON_LEAK},
    {set_role_customer, ROUTE(), REASON_NONE},
    {set_role_customer, ROUTE(.otc = "5"), REASON_NONE},
    {set_role_rs_client, ROUTE(), REASON_NONE},
    {set_role_rs_client, ROUTE(.otc = "5"), REASON_NONE},
    /* 0: number of communities, of all kinds together */
    {set_communities_max, ROUTE(.std = "1:1", .large = "1:1:1", .ext = "rt:1:1"), REASON_NONE},
    {set_communities_max, ROUTE(.std = "1:1 1:2", .large = "1:1:1", .ext = "rt:1:1"),
	REASON_TOO_MANY},
    /* RFC 8212, and who is no client */
    {set_no_policy, ROUTE(), REASON_NONE},
    {set_no_policy, ROUTE(.slot = 1, .path = "102 1"), REASON_NO_POLICY},
    {set_no_policy, ROUTE(.slot = 2, .path = "103 1"), REASON_NO_POLICY},
    {set_no_policy, ROUTE(.slot = 3, .path = "104 1"), REASON_NO_POLICY},
    /* 1 */
    {set_nothing, ROUTE(.slot = 4, .prefix = "2a00::/32"), REASON_NONE},
    {set_nothing, ROUTE(.slot = 4), REASON_FAMILY},
    {set_nothing, ROUTE(.prefix = "2a00::/32"), REASON_FAMILY},
    {set_rfc8950, ROUTE(.slot = 5, .path = "102 1"), REASON_NONE},
    {set_rfc8950, ROUTE(.slot = 4), REASON_FAMILY},
    {set_families, ROUTE(.prefix = "2a00::/32", .next_hop = "2001:db8::1"), REASON_NONE},
    {set_families, ROUTE(.slot = 4, .prefix = "20.0.0.0/24", .next_hop = "192.0.2.1"), REASON_NONE},
    {set_families, ROUTE(.slot = 1, .path = "102", .prefix = "2a00::/32"), REASON_FAMILY},
    /* 4: strict, both families: the other family's are addresses of the ASN's clients */
    {set_families, ROUTE(), REASON_NONE},
    {set_families, ROUTE(.prefix = "2a00::/32", .next_hop = "2001:db8::2"), REASON_NEXT_HOP},
    {set_families, ROUTE(.slot = 4, .prefix = "2a00::/32"), REASON_NONE},
    {set_families, ROUTE(.slot = 4, .prefix = "20.0.0.0/24", .next_hop = "192.0.2.2"),
	REASON_NEXT_HOP},
    {set_families, ROUTE(.slot = 4, .prefix = "20.0.0.0/24"), REASON_NEXT_HOP}, /* its IPv6 one */
    {set_families, ROUTE(.slot = 5, .path = "102 1"), REASON_NONE},		/* by RFC 8950 */
    {set_families, ROUTE(.slot = 5, .path = "102 1", .next_hop = "192.0.2.2"), REASON_NONE},
    {set_families, ROUTE(.slot = 6, .path = "103 1"), REASON_NONE},
    {set_families, ROUTE(.slot = 6, .path = "103 1", .next_hop = "192.0.2.3"), REASON_NEXT_HOP},
    {set_families, ROUTE(.slot = 7, .path = "104 1", .next_hop = "192.0.2.4"), REASON_NEXT_HOP},
    /* ... same-as, authorized */
    {set_families_same_as, ROUTE(.prefix = "2a00::/32", .next_hop = "2001:db8::1"), REASON_NONE},
    {set_families_same_as, ROUTE(.next_hop = "2001:db8::1"), REASON_NEXT_HOP},
    {set_families_same_as, ROUTE(.slot = 4, .prefix = "20.0.0.0/24", .next_hop = "192.0.2.1"),
	REASON_NONE},
    {set_families_same_as, ROUTE(.slot = 4, .prefix = "20.0.0.0/24"), REASON_NEXT_HOP},
    {set_families_same_as, ROUTE(.slot = 6, .path = "103 1", .next_hop = "192.0.2.3"), REASON_NONE},
    {set_families_authorized, ROUTE(.slot = 7, .path = "104 1", .next_hop = "192.0.2.44"),
	REASON_NONE},
    {set_families_authorized, ROUTE(.slot = 7, .path = "104 1"), REASON_NEXT_HOP},
    {set_families_authorized, ROUTE(.slot = 7, .path = "104 1", .prefix = "2a00::/32"),
	REASON_NONE},
    /* 11, 15: by the family of the prefix */
    {set_families, ROUTE(.slot = 4, .next_hop = "192.0.2.1"), REASON_CLIENT_BLACK_LIST},
    {set_families, ROUTE(.slot = 4, .prefix = "2a00:66::/32"), REASON_CLIENT_BLACK_LIST},
    {set_families, ROUTE(.slot = 4, .prefix = "20.0.0.0/25", .next_hop = "192.0.2.1"),
	REASON_LENGTH},
    {set_families, ROUTE(.prefix = "2a00::/48", .next_hop = "2001:db8::1"), REASON_NONE},
    {set_families, ROUTE(.prefix = "2a00::/49", .next_hop = "2001:db8::1"), REASON_LENGTH},
    /* 4: strict */
    {set_nothing, ROUTE(.next_hop = "192.0.2.1"), REASON_NONE},
    {set_nothing, ROUTE(.next_hop = "192.0.2.2"), REASON_NEXT_HOP},
    {set_nothing, ROUTE(.slot = 4, .prefix = "2a00::/32", .link_local = "fe80::1"), REASON_NONE},
    {set_nothing,
	ROUTE(.slot = 4, .prefix = "2a00::/32", .next_hop = "2001:db8::2",
	    .link_local = "2001:db8::1"),
	REASON_NEXT_HOP},
    {set_rfc8950, ROUTE(.slot = 5, .path = "102 1", .next_hop = "192.0.2.2"), REASON_NEXT_HOP},
    /* 4: same-as; slots 0, 3 and 4 are AS101 */
    {set_same_as, ROUTE(.next_hop = "192.0.2.4"), REASON_NONE},
    {set_same_as, ROUTE(.next_hop = "192.0.2.1"), REASON_NONE},
    {set_same_as, ROUTE(.next_hop = "192.0.2.2"), REASON_NEXT_HOP},
    {set_same_as, ROUTE(.slot = 1, .path = "102 1", .next_hop = "192.0.2.4"), REASON_NEXT_HOP},
    {set_same_as, ROUTE(.slot = 4, .next_hop = "192.0.2.4"), REASON_NONE},
    {set_same_as, ROUTE(.next_hop = "2001:db8::1"), REASON_NEXT_HOP}, /* of slot 4, no RFC 8950 */
    /* 4: authorized: its own address only if it is listed */
    {set_authorized, ROUTE(.next_hop = "192.0.2.78"), REASON_NONE},
    {set_authorized, ROUTE(.next_hop = "192.0.2.1"), REASON_NEXT_HOP},
    {set_authorized, ROUTE(.next_hop = "192.0.2.79"), REASON_NEXT_HOP},
    /* 5: repeats count, an AS_SET counts 1 */
    {set_path_max, ROUTE(.path = "101 101 101 201"), REASON_NONE},
    {set_path_max, ROUTE(.path = "101 101 101 101 201"), REASON_PATH_LENGTH},
    {set_path_max, ROUTE(.path = "101 1 2 {3,4,5}"), REASON_NONE},
    {set_path_max, ROUTE(.path = "101 1 2 3 {4,5}"), REASON_PATH_LENGTH},
    /* 6 */
    {set_nothing, ROUTE(.path = "101"), REASON_NONE},
    {set_nothing, ROUTE(.path = "102 101"), REASON_FIRST_AS},
    {set_nothing, ROUTE(.path = ""), REASON_FIRST_AS},
    {set_nothing, ROUTE(.path = "{101} 1"), REASON_FIRST_AS},
    /* 7: the borders of the ranges */
    {set_nothing, ROUTE(.path = "101 64512"), REASON_NONE},
    {set_invalid_asn, ROUTE(.path = "101 1 64495"), REASON_NONE},
    {set_invalid_asn, ROUTE(.path = "101 131072"), REASON_NONE},
    {set_invalid_asn, ROUTE(.path = "101 4199999999"), REASON_NONE},
    {set_invalid_asn, ROUTE(.path = "101 23455 23457"), REASON_NONE},
    {set_invalid_asn, ROUTE(.path = "101 23456"), REASON_INVALID_ASN},
    {set_invalid_asn, ROUTE(.path = "101 64496 1"), REASON_INVALID_ASN},
    {set_invalid_asn, ROUTE(.path = "101 65535"), REASON_INVALID_ASN},
    {set_invalid_asn, ROUTE(.path = "101 65536"), REASON_INVALID_ASN},
    {set_invalid_asn, ROUTE(.path = "101 131071"), REASON_INVALID_ASN},
    {set_invalid_asn, ROUTE(.path = "101 4200000000"), REASON_INVALID_ASN},
    {set_invalid_asn, ROUTE(.path = "101 4294967295"), REASON_INVALID_ASN},
    {set_invalid_asn, ROUTE(.path = "101 1 {2,64500}"), REASON_INVALID_ASN},
    {set_nothing, ROUTE(.path = "101 0"), REASON_INVALID_ASN}, /* RFC 7607 */
    /* 8: the client's own ASN is no transit for itself */
    {set_nothing, ROUTE(.path = "101 174"), REASON_NONE},
    {set_transit_free, ROUTE(.path = "101 201"), REASON_NONE},
    {set_transit_free, ROUTE(.path = "101 101 1"), REASON_NONE},
    {set_transit_free, ROUTE(.path = "101 174"), REASON_TRANSIT_FREE},
    {set_transit_free, ROUTE(.path = "101 1 {3356,2}"), REASON_TRANSIT_FREE},
    {set_transit_free, ROUTE(.slot = 1, .path = "102 101"), REASON_TRANSIT_FREE},
    /* 9 */
    {set_never_via, ROUTE(.path = "101 778"), REASON_NONE},
    {set_never_via, ROUTE(.path = "101 666 1"), REASON_NEVER_VIA},
    {set_never_via, ROUTE(.path = "101 1 777"), REASON_NEVER_VIA},
    {set_never_via_configured, ROUTE(.path = "101 1 777"), REASON_NONE},
    {set_never_via_configured, ROUTE(.path = "101 1 {666}"), REASON_NEVER_VIA},
    /* 10 */
    {set_nothing, ROUTE(.slot = 4, .prefix = "2000::/12"), REASON_NONE},
    {set_nothing, ROUTE(.slot = 4, .prefix = "3fff:ff00::/24"), REASON_NONE},
    {set_nothing, ROUTE(.slot = 4, .prefix = "4000::/12"), REASON_NOT_GLOBAL_UNICAST},
    {set_nothing, ROUTE(.slot = 4, .prefix = "1fff::/16"), REASON_NOT_GLOBAL_UNICAST},
    {set_nothing, ROUTE(.slot = 4, .prefix = "::/0"), REASON_NOT_GLOBAL_UNICAST},
    /* 11 */
    {set_black_list, ROUTE(), REASON_NONE},
    {set_black_list, ROUTE(.prefix = "192.0.2.128/25"), REASON_GLOBAL_BLACK_LIST},
    {set_black_list, ROUTE(.prefix = "203.0.113.0/24"), REASON_GLOBAL_BLACK_LIST},
    {set_black_list, ROUTE(.prefix = "203.0.113.128/25"), REASON_LENGTH},
    {set_client_black_list, ROUTE(), REASON_NONE},
    {set_client_black_list, ROUTE(.prefix = "192.0.2.0/24"), REASON_CLIENT_BLACK_LIST},
    {set_client_black_list, ROUTE(.slot = 1, .path = "102", .prefix = "192.0.2.0/24"), REASON_NONE},
    {set_bogons, ROUTE(), REASON_NONE},
    {set_bogons, ROUTE(.prefix = "10.1.0.0/16"), REASON_BOGON},
    {set_bogons, ROUTE(.prefix = "0.0.0.0/0"), REASON_BOGON},
    {set_bogons, ROUTE(.slot = 4, .prefix = "2001:db8::/32"), REASON_BOGON},
    {set_bogons, ROUTE(.slot = 4, .prefix = "::/0"), REASON_NOT_GLOBAL_UNICAST},
    /* 15: both bounds are allowed */
    {set_nothing, ROUTE(.prefix = "20.0.0.0/8"), REASON_NONE},
    {set_nothing, ROUTE(.prefix = "20.0.0.0/7"), REASON_LENGTH},
    {set_nothing, ROUTE(.prefix = "20.0.0.0/25"), REASON_LENGTH},
    {set_nothing, ROUTE(.slot = 4, .prefix = "2a00::/48"), REASON_NONE},
    {set_nothing, ROUTE(.slot = 4, .prefix = "2a00::/49"), REASON_LENGTH},
    {set_nothing, ROUTE(.slot = 4, .prefix = "2a00::/11"), REASON_LENGTH},
    {set_length, ROUTE(.slot = 5, .path = "102 1", .prefix = "20.0.0.0/24"), REASON_LENGTH},
    {set_length, ROUTE(.slot = 5, .path = "102 1", .prefix = "20.0.0.0/23"), REASON_NONE},
};

START_TEST(rows)
{
	unsigned wrong = 0;

	for (size_t i = 0; i < sizeof(row_cases) / sizeof(row_cases[0]); i++) {
		const struct row_case *c = &row_cases[i];
		struct verdict v;

		f = fix_init();
		c->set();
		fix_open(f);
		v = judge(&c->route);
		if (v.reason != c->reason || v.accept != (c->reason == REASON_NONE) || v.tagged ||
		    v.local_pref != 100) {
			fprintf(stderr, "case %zu: %s via %s: reason %u, expected %u\n", i,
			    c->route.prefix != NULL ? c->route.prefix : "-",
			    c->route.path != NULL ? c->route.path : "-", v.reason, c->reason);
			wrong++;
		}
		fix_close(f);
	}
	ck_assert_uint_eq(wrong, 0);
}
END_TEST

START_TEST(unknown_slot)
{
	static struct fix_path path;
	struct fix_route route = ROUTE();
	struct verdict v;

	f = fix_init();
	fix_open(f);
	fix_path(f, &path, &route);
	path.view.slot = FIX_PEERS;
	policy_judge(f->policy, &path.view, &v);
	ck_assert_uint_eq(v.reason, REASON_NO_POLICY);
	fix_path(f, &path, &(struct fix_route)ROUTE(.path = "101 999"));
	path.view.slot = 60000;
	policy_judge(f->policy, &path.view, &v);
	ck_assert_uint_eq(v.reason, REASON_OWN_AS);
	fix_close(f);
}
END_TEST

/* filters: none leaves what protects the protocol, and the exchange's own rules. */
START_TEST(unfiltered)
{
	static const struct {
		struct fix_route route;
		uint8_t reason;
	} cases[] = {
	    {ROUTE(.path = "101 999"), REASON_OWN_AS},
	    {ROUTE(.path = "101 {1}"), REASON_AS_SET},
	    {ROUTE(.otc = "1"), REASON_LEAK},
	    {ROUTE(.std = "1:1 1:2 1:3 1:4"), REASON_TOO_MANY},
	    {ROUTE(.prefix = "10.1.0.0/32", .path = "174 64512 102", .next_hop = "192.0.2.9"),
		REASON_NONE},
	    {ROUTE(.prefix = "2a00::/64", .path = ""), REASON_NONE},
	};
	unsigned wrong = 0;

	f = fix_init();
	f->peers[0].flags |= PEER_FILTERS_NONE | PEER_IRR_ORIGIN | PEER_IRR_PREFIX;
	set_as_set();
	set_role_rs();
	set_communities_max();
	set_invalid_asn();
	set_transit_free();
	set_bogons();
	f->general.blackhole[FAMILY_IPV4] = BLACKHOLE_UNCHANGED;
	fix_open(f);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		wrong += judge(&cases[i].route).reason != cases[i].reason;
	ck_assert_uint_eq(wrong, 0);
	ck_assert_uint_eq(judge(&(struct fix_route)ROUTE(.std = "65535:666")).tags, 0);
	fix_close(f);
}
END_TEST

/* ---- order ---- */

static void
set_everything(void)
{
	set_as_set();
	set_role_rs();
	set_communities_max();
	set_path_max();
	set_transit_free();
	set_never_via();
	for (unsigned slot = 0; slot < FIX_PEERS; slot++)
		f->peers[slot].flags |=
		    PEER_INVALID_ASN | PEER_IRR_ORIGIN | PEER_IRR_PREFIX | PEER_ROV_REJECT;
	f->general.black_list = fix_prefixes(f, "fc00::/7 2a00::/16");
	f->peers[4].black_list = fix_prefixes(f, "fc00::/7 2a00::/16 2a01::/16");
	f->general.bogons = fix_prefixes(f, "fc00::/7 2a00::/16 2a01::/16 2a02::/16");
	f->general.flags |= GENERAL_ROV | GENERAL_ASPA | GENERAL_ASPA_REJECT;
	fix_vrp(f, "::/0", 0, 1);
	fix_route_object(f, 'i', "2a03:1::/64", 101);
	fix_aspa(f, 201, "202");
	fix_object(f, "AS-ONE", "101 201", "2a03:2::/64=");
	fix_vrp(f, "2a03:2::/64", 64, 201);
	fix_vrp(f, "2a03:2::/64", 64, 101);
	fix_object(f, "AS-LONG", "", "2a03:2::/32=");
	f->peers[4].objects = fix_names(f, "AS-ONE");
	f->config.rule_count = 1;
	f->general.import_rules = (struct policy_range){0, 1};
	f->rules[0] = (struct policy_rule){
	    .text = fix_text(f, "no more"), .matches = {0, 0}, .actions = {0, 1}};
	f->actions[0] = (struct policy_action){.kind = DO_REJECT};
	f->config.action_count = 1;
}

/* Each route fails the check that is named and, up to the next change, every later one too. */
#define BAD_STD .std = "1:1 1:2 1:3 1:4"
#define BAD_OTC .otc = "1"
#define BAD_HOP .next_hop = "2001:db8::99"
static const struct {
	struct fix_route route;
	uint8_t reason;
} steps_to_take[] = {
    {{.slot = 0,
	 .prefix = "fc00:1::/64",
	 .path = "102 999 64500 174 666 {5}",
	 BAD_HOP,
	 BAD_OTC,
	 BAD_STD},
	REASON_OWN_AS},
    {{.slot = 0,
	 .prefix = "fc00:1::/64",
	 .path = "102 1 64500 174 666 {5}",
	 BAD_HOP,
	 BAD_OTC,
	 BAD_STD},
	REASON_AS_SET},
    {{.slot = 0,
	 .prefix = "fc00:1::/64",
	 .path = "102 1 64500 174 666 5",
	 BAD_HOP,
	 BAD_OTC,
	 BAD_STD},
	REASON_LEAK},
    {{.slot = 0, .prefix = "fc00:1::/64", .path = "102 1 64500 174 666 5", BAD_HOP, BAD_STD},
	REASON_TOO_MANY},
    {{.slot = 0, .prefix = "fc00:1::/64", .path = "102 1 64500 174 666 5", BAD_HOP}, REASON_FAMILY},
    {{.slot = 4, .prefix = "fc00:1::/64", .path = "102 1 64500 174 666 5", BAD_HOP},
	REASON_NEXT_HOP},
    {{.slot = 4, .prefix = "fc00:1::/64", .path = "102 1 64500 174 666 5"}, REASON_PATH_LENGTH},
    {{.slot = 4, .prefix = "fc00:1::/64", .path = "102 64500 174 666"}, REASON_FIRST_AS},
    {{.slot = 4, .prefix = "fc00:1::/64", .path = "101 64500 174 666"}, REASON_INVALID_ASN},
    {{.slot = 4, .prefix = "fc00:1::/64", .path = "101 174 666"}, REASON_TRANSIT_FREE},
    {{.slot = 4, .prefix = "fc00:1::/64", .path = "101 666"}, REASON_NEVER_VIA},
    {{.slot = 4, .prefix = "fc00:1::/64", .path = "101 5"}, REASON_NOT_GLOBAL_UNICAST},
    {{.slot = 4, .prefix = "2a00:1::/64", .path = "101 5"}, REASON_GLOBAL_BLACK_LIST},
    {{.slot = 4, .prefix = "2a01:1::/64", .path = "101 5"}, REASON_CLIENT_BLACK_LIST},
    {{.slot = 4, .prefix = "2a02:1::/64", .path = "101 5"}, REASON_BOGON},
    {{.slot = 4, .prefix = "2a03::/64", .path = "101 5"}, REASON_IRR_ORIGIN},
    {{.slot = 4, .prefix = "2a03::/64", .path = "101 201"}, REASON_IRR_PREFIX},
    {{.slot = 4, .prefix = "2a03:1::/64", .path = "101 201"}, REASON_ROV},
    {{.slot = 4, .prefix = "2a03:2::/64", .path = "101 201"}, REASON_ASPA},
    {{.slot = 4, .prefix = "2a03:2::/64", .path = "101"}, REASON_LENGTH},
};

START_TEST(order)
{
	unsigned wrong = 0;

	f = fix_init();
	set_everything();
	fix_open(f);
	for (size_t i = 0; i < sizeof(steps_to_take) / sizeof(steps_to_take[0]); i++) {
		uint8_t reason = judge(&steps_to_take[i].route).reason;

		if (reason != steps_to_take[i].reason) {
			fprintf(stderr, "step %zu: reason %u, expected %u\n", i, reason,
			    steps_to_take[i].reason);
			wrong++;
		}
	}
	ck_assert_uint_eq(wrong, 0);
	/* A peer without policy is told of loops first. */
	fix_shut(f);
	f->peers[4].flags = 0;
	f->peers[4].length_max[FAMILY_IPV6] = 64;
	fix_open(f);
	ck_assert_uint_eq(
	    judge(&(struct fix_route){.slot = 4, .prefix = "2a03::/64", .path = "999"}).reason,
	    REASON_OWN_AS);
	ck_assert_uint_eq(
	    judge(&(struct fix_route){.slot = 4, .prefix = "fc00::/64", .path = "102"}).reason,
	    REASON_NO_POLICY);
	fix_shut(f);
	f->peers[4].flags = PEER_HAS_POLICY;
	fix_open(f);
	ck_assert_uint_eq(
	    judge(&(struct fix_route){.slot = 4, .prefix = "2a03:2::/64", .path = "101"}).reason,
	    REASON_RULE);
	fix_close(f);
}
END_TEST

START_TEST(long_path)
{
	static char text[20000] = "101";
	size_t n = 3;
	struct fix_route route = ROUTE(.path = text);

	for (unsigned i = 0; i < 1000; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, " %u", 2000 + i);
	f = fix_init();
	f->general.flags |= GENERAL_ASPA;
	fix_open(f);
	ck_assert_uint_eq(judge(&route).reason, REASON_PATH_LENGTH);
	/* Only observed, it goes through everything else. */
	fix_shut(f);
	f->peers[0].observe = 1U << REASON_PATH_LENGTH;
	fix_open(f);
	ck_assert_uint_eq(judge(&route).reason, REASON_NONE);
	ck_assert_uint_eq(policy_observed(f->policy, 0, REASON_PATH_LENGTH), 1);
	fix_close(f);
}
END_TEST

int
main(void)
{
	RUN_SUITE("judge", rows, unknown_slot, unfiltered, order, long_path);
}
