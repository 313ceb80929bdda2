/*
 * Export policy: both families on one session, dropped attributes, OTC (RFC 9234), site rules, and
 * what becomes too long or too many.
 */
#include "tests/unit/policy/reach_exchange.h"

/* ---- both families on one session ---- */

START_TEST(families_of_the_session_count)
{
	fix_both_families(&f->peers[1], 0);
	fix_both_families(&f->peers[5], PEER_IPV4_NEXT_HOPS);
	fix_both_families(&f->peers[7], PEER_IPV6_NEXT_HOPS);
	f->peers[1].asn = f->peers[3].asn = 64999; /* no IPv4 session of AS102 and AS200104 */
	fix_open(f);
	reach(ROUTE(.med = NULL), UNKNOWN); /* IPv4 */
	IS(1, "101 7");
	IS(5, "101 7"); /* families says that it has an IPv4 address */
	IS(6, "-");
	IS(7, "-"); /* RFC 8950 does not */
	ck_assert_str_eq(withheld(7), "next-hop");
	reach(ROUTE(.slot = 4), UNKNOWN); /* IPv6 */
	IS(1, "101 7");
	IS(2, "-");
	ck_assert_str_eq(withheld(2), "next-hop");
	IS(5, "101 7");
	IS(6, "101 7");
}
END_TEST

/* IPv6's where IPv4 goes by RFC 8950 alone: whoever has an IPv4 address can use IPv4's. */
START_TEST(blackhole_next_hop_by_what_the_operator_says)
{
	for (unsigned family = 0; family < FAMILY_COUNT; family++)
		f->general.blackhole[family] = BLACKHOLE_REWRITE;
	f->general.blackhole_next_hop[FAMILY_IPV4][0] = 10;
	f->general.blackhole_next_hop[FAMILY_IPV6][0] = 0xfd;
	fix_both_families(&f->peers[1], 0);
	fix_both_families(&f->peers[5], PEER_IPV4_NEXT_HOPS);
	fix_both_families(&f->peers[6], PEER_IPV4_NEXT_HOPS | PEER_IPV6_NEXT_HOPS);
	fix_both_families(&f->peers[7], PEER_IPV6_NEXT_HOPS);
	fix_open(f);
	reach(ROUTE(.std = "65535:666"), UNKNOWN | TAG_BLACKHOLE);
	IS(1, "via 0a00 101 7 65535:666");
	IS(5, "via 0a00 101 7 65535:666");
	IS(6, "via 0a00 101 7 65535:666");
	IS(7, "via fd00 101 7 65535:666");
	reach(ROUTE(.slot = 4, .std = "65535:666"), UNKNOWN | TAG_BLACKHOLE); /* IPv6 */
	IS(1, "via fd00 101 7 65535:666");
	IS(2, "-");
}
END_TEST

/* ---- attributes that are dropped ---- */

START_TEST(dropped_attributes_are_told_to_nobody)
{
	struct attr_view med;

	f->general.drop_attributes[0] = 1 << ATTR_MED;
	fix_open(f);
	reach(ROUTE(.med = "5"), UNKNOWN);
	ck_assert(attrs_find(path.block, path.len, ATTR_MED, &med));
	ck_assert(out.is_sent[1] && !out.as_it_came[1]);
	ck_assert(!attrs_find(out.block[1], out.len[1], ATTR_MED, &med));
	ck_assert_uint_eq(out.len[1], path.len - 4 - 4);
	/* Routes without it are told as they were: a reload tells none of them again. */
	reach(ROUTE(.med = NULL), UNKNOWN);
	ck_assert(out.is_sent[1] && out.as_it_came[1]);
}
END_TEST

/* ---- section 11 ---- */

static void
set_role(unsigned slot, uint8_t role)
{
	f->peers[slot].flags |= PEER_ROLES | PEER_FILTERS_NONE;
	f->peers[slot].role = role;
}

START_TEST(otc_by_role)
{
	set_role(0, ROLE_RS);
	set_role(1, ROLE_PROVIDER);
	set_role(2, ROLE_PEER);
	set_role(3, ROLE_CUSTOMER);
	fix_open(f);
	reach(ROUTE(.med = NULL), UNKNOWN);
	all_are("101 7 otc 999", "101 7 otc 999", "101 7 otc 999", "101 7");
	reach(ROUTE(.otc = "7"), UNKNOWN);
	all_are("101 7 otc 7", "101 7 otc 7", "-", "-");
	ck_assert_str_eq(withheld(2), "otc");
	fix_shut(f);
	set_role(3, ROLE_RS_CLIENT);
	f->peers[2].flags &= ~(uint32_t)PEER_ROLES; /* roles off: nothing is looked at */
	fix_open(f);
	reach(ROUTE(.med = NULL), UNKNOWN);
	all_are("101 7 otc 999", "101 7 otc 999", "101 7", "101 7");
	reach(ROUTE(.otc = "7"), UNKNOWN);
	all_are("101 7 otc 7", "101 7 otc 7", "101 7 otc 7", "-");
}
END_TEST

START_TEST(otc_is_put_in_on_receipt)
{
	static const struct {
		uint8_t role;
		const char *got[3]; /* by a customer, a peer, a provider */
	} cases[] = {
	    {ROLE_CUSTOMER, {"101 7 64512:9 otc 101", "-", "-"}},
	    {ROLE_PEER, {"101 7 64512:9 otc 101", "-", "-"}},
	    {ROLE_RS_CLIENT, {"101 7 64512:9 otc 101", "-", "-"}},
	    {ROLE_PROVIDER, {"101 7 64512:9 otc 999", "101 7 64512:9 otc 999", "101 7 64512:9"}},
	    {ROLE_RS, {"101 7 64512:9 otc 999", "101 7 64512:9 otc 999", "101 7 64512:9"}},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		set_role(0, cases[i].role);
		set_role(1, ROLE_PROVIDER);
		set_role(2, ROLE_PEER);
		set_role(3, ROLE_CUSTOMER);
		fix_open(f);
		judge_and_reach(ROUTE(.slot = 0));
		for (unsigned slot = 1; slot < 4; slot++)
			ck_assert_str_eq(form(slot), cases[i].got[slot - 1]);
		fix_shut(f);
	}
	fix_open(f);
}
END_TEST

/* ---- site rules ---- */

/* A rule without conditions; actions from f->actions. */
static void
add_rule(unsigned actions)
{
	f->rules[f->config.rule_count++] =
	    (struct policy_rule){.actions = {f->config.action_count, actions}};
}

static void
add_action(enum policy_action_kind kind, const char *text)
{
	struct policy_action *a = &f->actions[f->config.action_count++];

	*a = (struct policy_action){.kind = (uint8_t)kind};
	if (kind == DO_WITHHOLD_FROM || kind == DO_ONLY_TO)
		a->values = fix_asns(f, text);
	else if (text != NULL)
		a->community = fix_rule_community(f, text);
}

START_TEST(rules_change_communities_and_receivers)
{
	f->peers[0].flags |= PEER_FILTERS_NONE;
	add_rule(2);
	add_action(DO_ADD_COMMUNITY, "65502:999"); /* import: acts as if the member had sent it */
	add_action(DO_REMOVE_COMMUNITY, "3356:dyn_val");
	add_rule(1);
	add_action(DO_WITHHOLD_FROM, "102");
	add_rule(3);
	add_action(DO_ADD_COMMUNITY, "0:101"); /* export: only seen by who gets it */
	add_action(DO_ONLY_TO, "101 102 200103");
	add_action(DO_REMOVE_COMMUNITY, "64512:9");
	f->general.import_rules = (struct policy_range){0, 2};
	f->general.export_rules = (struct policy_range){2, 1};
	fix_open(f);
	judge_and_reach(ROUTE(.std = "3356:1 3356:2 3357:1"));
	all_are("101 101 101 7 3357:1 0:101", "-", "101 101 101 7 3357:1 0:101", "-");
	ck_assert_str_eq(withheld(1), "rule");
	ck_assert_str_eq(withheld(3), "rule");
}
END_TEST

/* ---- limits ---- */

START_TEST(what_becomes_too_long_is_not_told)
{
	static char large[ATTRS_MAX];
	size_t len = 0;

	f->peers[1].flags |= PEER_PREPEND_RS_AS;
	for (unsigned i = 0; i < 5458; i++)
		len += (size_t)snprintf(large + len, sizeof(large) - len, "%u:0:0 ", i % 900);
	fix_open(f);
	reach(ROUTE(.med = NULL), UNKNOWN);
	ck_assert(out.is_sent[1]);
	make_path(ROUTE(.path = "101 7 8 9", .large = large));
	ck_assert_uint_gt(path.len + 4, ATTRS_MAX);
	verdict = (struct verdict){.accept = true, .tags = UNKNOWN};
	ck_assert_str_eq(withheld(1), "too-large");
	ck_assert_str_eq(withheld(2), "sent");
}
END_TEST

static uint64_t
looks(unsigned communities)
{
	static char std[ATTRS_MAX];
	size_t len = 0;
	uint64_t before = f->policy->exports->patterns.looked;

	for (unsigned i = 0; i < communities; i++)
		len += (size_t)snprintf(
		    std + len, sizeof(std) - len, "%u:%u ", i % 3 == 0 ? 0 : 60 + i % 4, i);
	reach(ROUTE(.std = std), UNKNOWN);
	return f->policy->exports->patterns.looked - before;
}

START_TEST(flood_costs_by_its_length_alone)
{
	uint64_t few, many;

	fix_open(f);
	few = looks(100);
	many = looks(5000);
	ck_assert_uint_gt(few, 0);
	ck_assert_uint_lt(many, few * 60);
	ck_assert_uint_lt(many, 5000 * 8);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("reach_more");
	TCase *tcase = tcase_create("reach");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, families_of_the_session_count);
	tcase_add_test(tcase, blackhole_next_hop_by_what_the_operator_says);
	tcase_add_test(tcase, dropped_attributes_are_told_to_nobody);
	tcase_add_test(tcase, otc_by_role);
	tcase_add_test(tcase, otc_is_put_in_on_receipt);
	tcase_add_test(tcase, rules_change_communities_and_receivers);
	tcase_add_test(tcase, what_becomes_too_long_is_not_told);
	tcase_add_test(tcase, flood_costs_by_its_length_alone);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
