/*
 * Export policy line by line: policy.md section 8 and what of sections 1.5, 4 and 7 concerns
 * sending, each with the form that a receiver gets, as text.
 */
#include "tests/unit/policy/reach_exchange.h"

/* ---- nothing to do ---- */

START_TEST(plain_route_is_one_group_as_it_came)
{
	fix_open(f);
	reach(ROUTE(.std = "3356:1 3356:1", .large = "1:2:3", .ext = "rt:5:6"), UNKNOWN);
	ck_assert_uint_eq(out.groups, 1);
	ck_assert(out.as_it_came[0] && out.as_it_came[3]);
	IS(4, "-"); /* has no use for an IPv4 next hop */
	ck_assert(out.is_plain);
	reach(ROUTE(.std = "0:102"), UNKNOWN);
	ck_assert(!out.is_plain);
	reach(ROUTE(.large = "999:0:0"), UNKNOWN);
	ck_assert(!out.is_plain);
}
END_TEST

/* ---- 8.0 ---- */

START_TEST(next_hop_must_be_of_use)
{
	struct fix_route ipv4 = {.prefix = "198.51.100.0/24", .path = "101 7"};

	fix_both_families(&f->peers[4], PEER_IPV6_NEXT_HOPS);
	fix_both_families(&f->peers[5], PEER_IPV6_NEXT_HOPS);
	f->peers[1].kind = PEER_UNUSED; /* AS102 has no IPv4 address on the LAN */
	f->peers[0].flags |= PEER_FILTERS_NONE;
	f->peers[4].flags |= PEER_FILTERS_NONE;
	fix_open(f);
	judge_and_reach(&ipv4);
	ck_assert(out.is_sent[0] && out.is_sent[3] && out.is_sent[4]);
	ck_assert(!out.is_sent[5] && !out.is_sent[6] && !out.is_sent[1]);
	ck_assert_str_eq(withheld(5), "next-hop");
	ipv4.slot = 4;
	ipv4.link_local = "fe80::1";
	judge_and_reach(&ipv4); /* IPv4 with an IPv6 next hop */
	ck_assert(out.is_sent[4] && out.is_sent[5] && !out.is_sent[6] && !out.is_sent[0]);
	ck_assert_str_eq(withheld(0), "next-hop");
	ck_assert_str_eq(withheld(4), "source");
	ck_assert_str_eq(withheld(1), "not-configured");
	ipv4.prefix = "2001:db8:1::/48";
	judge_and_reach(&ipv4); /* IPv6: every IPv6 session */
	ck_assert(out.is_sent[4] && out.is_sent[6] && out.is_sent[7] && !out.is_sent[0]);
	ck_assert_mem_eq(out.block[6], path.block, 33); /* the link-local half goes along */
}
END_TEST

START_TEST(quarantined_gets_and_gives_nothing)
{
	f->peers[1].flags |= PEER_QUARANTINE;
	f->peers[0].flags |= PEER_FILTERS_NONE;
	f->peers[1].flags |= PEER_FILTERS_NONE;
	fix_open(f);
	judge_and_reach(ROUTE(.slot = 0));
	ck_assert(out.is_sent[0] && !out.is_sent[1] && out.is_sent[2]);
	ck_assert_str_eq(withheld(1), "quarantine");
	judge_and_reach(ROUTE(.slot = 1));
	ck_assert_uint_eq(out.groups, 0);
	ck_assert_str_eq(withheld(2), "quarantine");
}
END_TEST

/* ---- 8.1, section 4 ---- */

START_TEST(rejected_goes_to_collectors_alone)
{
	f->peers[3].kind = PEER_COLLECTOR;
	f->peers[3].flags |= PEER_PREPEND_RS_AS;
	f->peers[0].reject = REJECT_TAG;
	f->peers[0].customs = fix_asns(f, "0");
	f->peers[2].reject = REJECT_TAG;
	f->peers[3].flags |= PEER_ROLES;
	f->peers[3].role = ROLE_RS;
	fix_open(f);
	/* too long: 13 */
	judge_and_reach(
	    ROUTE(.prefix = "198.51.100.0/25", .std = "0:102 65520:4 64512:1 3356:1 65530:2",
		.large = "999:77:13 999:0:102", .ext = "4300000000000000 rt:0:102"));
	ck_assert_uint_eq(out.groups, 1);
	IS(3,
	    "101 7 0:102 3356:1 65530:1 64512:9 65520:0 65520:13 65521:101 x00020000:66 "
	    "x0002fff1:65 999:0:102 999:65530:1 999:65520:0 999:65520:13 999:77:13");
	IS(0, "-");
	ck_assert_str_eq(withheld(1), "rejected");
	ck_assert_str_eq(withheld(3), "sent");
	/* a 32-bit ASN: mapped in the standard form, real elsewhere */
	judge_and_reach(ROUTE(.slot = 2, .prefix = "198.51.100.0/25", .path = "200103 7"));
	IS(3,
	    "200103 7 64512:9 65520:0 65520:13 65521:64603 x0002fff1:30da7 999:65520:0 "
	    "999:65520:13 999:77:13");
	judge_and_reach(ROUTE(.slot = 2, .path = "200103 7"));
	IS(3, "-"); /* nothing that was accepted */
	ck_assert_str_eq(withheld(3), "collector");
}
END_TEST

START_TEST(rejected_of_a_member_without_standard_number)
{
	f->peers[0].kind = PEER_COLLECTOR;
	f->peers[3].reject = REJECT_TAG;
	f->general.reasons_map = REASONS_EURO_IX;
	fix_open(f);
	judge_and_reach(ROUTE(.slot = 3, .path = "200104 7", .prefix = "198.51.100.0/25",
	    .large = "999:1101:9"));
	IS(0,
	    "200104 7 64512:9 65520:0 65520:13 x0002fff1:30da8 999:65520:0 999:65520:13 999:77:13 "
	    "999:1101:1");
}
END_TEST

START_TEST(rejected_blackhole_request_keeps_its_next_hop)
{
	struct effect e = {.reason = REASON_RULE, .announcer = 101, .mapped = 101};
	uint32_t number;

	f->peers[3].kind = PEER_COLLECTOR;
	f->general.blackhole[FAMILY_IPV4] = BLACKHOLE_REWRITE;
	f->general.blackhole_next_hop[FAMILY_IPV4][0] = 10;
	fix_open(f);
	ck_assert(effect_intern(f->policy->effects, &e, &number));
	reach(ROUTE(.std = "65535:666"),
	    TAG_REJECTED | TAG_BLACKHOLE | UNKNOWN | number << TAG_EFFECT_SHIFT);
	IS(3,
	    "101 7 65535:666 64512:11 65520:0 65520:22 65521:101 x0002fff1:65 999:65520:0 "
	    "999:65520:22");
}
END_TEST

START_TEST(leak_is_no_community)
{
	struct effect e = {.reason = REASON_LEAK, .announcer = 101, .mapped = 101};
	uint32_t number;

	f->peers[3].kind = PEER_COLLECTOR;
	fix_open(f);
	ck_assert(effect_intern(f->policy->effects, &e, &number));
	reach(ROUTE(.otc = "7"), TAG_REJECTED | number << TAG_EFFECT_SHIFT);
	IS(3, "101 7 65520:0 65521:101 x0002fff1:65 999:65520:0 otc 7");
}
END_TEST

/* ---- 8.2, section 7 ---- */

START_TEST(blackhole_is_marked_and_goes_to_who_wants_it)
{
	f->peers[1].flags &= ~(uint32_t)PEER_TAKES_BLACKHOLE;
	f->general.flags |= GENERAL_BLACKHOLE_NO_EXPORT;
	fix_open(f);
	reach(ROUTE(.large = "999:666:0"), UNKNOWN | TAG_BLACKHOLE);
	all_are("101 7 65535:666 65535:65281", "-", "101 7 65535:666 65535:65281",
	    "101 7 65535:666 65535:65281");
	ck_assert_str_eq(withheld(1), "blackhole");
	reach(ROUTE(.std = "65535:666 0:101 65502:999"), UNKNOWN | TAG_BLACKHOLE);
	all_are(
	    "-", "-", "101 101 101 7 65535:666 65535:65281", "101 101 101 7 65535:666 65535:65281");
}
END_TEST

START_TEST(blackhole_next_hop_is_rewritten_by_the_receivers_family)
{
	f->general.blackhole[FAMILY_IPV4] = BLACKHOLE_REWRITE;
	f->general.blackhole_next_hop[FAMILY_IPV4][0] = 10;
	fix_both_families(&f->peers[4], PEER_IPV6_NEXT_HOPS);
	fix_open(f);
	reach(ROUTE(.std = "65535:666"), UNKNOWN | TAG_BLACKHOLE);
	IS(1, "via 0a00 101 7 65535:666");
	IS(4, "via 0a00 101 7 65535:666");
	IS(5, "-");
	fix_shut(f);
	f->general.blackhole[FAMILY_IPV6] = BLACKHOLE_REWRITE;
	f->general.blackhole_next_hop[FAMILY_IPV6][0] = 0xfd;
	fix_open(f);
	reach(ROUTE(.std = "65535:666"), UNKNOWN | TAG_BLACKHOLE);
	IS(1, "via 0a00 101 7 65535:666");
	IS(4, "via fd00 101 7 65535:666");
	IS(5, "-");
	reach(ROUTE(.slot = 4, .std = "65535:666"), UNKNOWN | TAG_BLACKHOLE); /* IPv6 */
	IS(5, "via fd00 101 7 65535:666");
	IS(1, "-");
}
END_TEST

START_TEST(rpki_invalid_goes_to_nobody_but_who_takes_it)
{
	f->peers[2].flags |= PEER_TAKES_INVALID;
	fix_open(f);
	reach(ROUTE(.med = NULL), (uint32_t)ROV_INVALID << TAG_ROV_SHIFT);
	all_are("-", "-", "101 7", "-");
	ck_assert_str_eq(withheld(1), "rov-invalid");
}
END_TEST

/* ---- 8.3 ---- */

START_TEST(who_may_have_it)
{
	static const struct {
		const char *std, *large, *ext;
		const char *sent; /* by slot */
	} cases[] = {
	    /* a: each format, each kind of ASN */
	    {"0:102", NULL, NULL, "1011"},
	    {NULL, "999:0:102", NULL, "1011"},
	    {NULL, NULL, "rt:0:102", "1011"},
	    {"0:64603", NULL, NULL, "1101"},
	    {NULL, "999:0:64603", NULL, "1111"},
	    {NULL, "999:0:200103", NULL, "1101"},
	    {NULL, NULL, "rt:0:200103", "1101"},
	    {"0:0", NULL, NULL, "1111"}, /* is nobody's number */
	    {NULL, "999:0:200104", NULL, "1110"},
	    /* a before b, b before d */
	    {"0:102 999:102 0:999", NULL, NULL, "0000"},
	    {"999:102 0:999", NULL, NULL, "0100"},
	    {"0:999", "999:1:200104", NULL, "0001"},
	    {"999:64603", "999:0:0", NULL, "0010"},
	    /* c: thresholds of the configuration alone; unknown is never meant */
	    {"60:10", NULL, NULL, "0111"},
	    {"60:30", NULL, NULL, "0111"},
	    {"60:60", NULL, NULL, "0011"},
	    {"60:59", NULL, NULL, "1111"},
	    {"61:10", NULL, NULL, "1010"},
	    {"61:60", NULL, NULL, "1110"},
	    {"62:10 0:999", NULL, NULL, "1000"},
	    {"62:60 0:999", NULL, NULL, "1100"},
	    {"63:60 0:999", NULL, NULL, "0001"},
	    {"63:30 0:999", NULL, NULL, "0101"},
	    {"61:30 62:60 0:999", NULL, NULL, "1000"}, /* no before yes */
	    {"60:30 63:60 0:999", NULL, NULL, "0001"},
	    {"60:10 999:101", NULL, NULL, "1111"}, /* b before c */
	    {"0:101 62:10", NULL, NULL, "0111"},   /* a before c */
	    /* d, e */
	    {"0:999", NULL, NULL, "0000"},
	    {NULL, "999:0:0", NULL, "0000"},
	    {NULL, NULL, NULL, "1111"},
	};

	fix_open(f);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char sent[5] = "";

		reach(ROUTE(.std = cases[i].std, .large = cases[i].large, .ext = cases[i].ext),
		    UNKNOWN);
		for (uint16_t slot = 0; slot < 4; slot++) {
			sent[slot] = out.is_sent[slot] ? '1' : '0';
			ck_assert_str_eq(withheld(slot),
			    slot == 0		    ? "source"
				: out.is_sent[slot] ? "sent"
						    : "control-community");
		}
		ck_assert_msg(strcmp(sent, cases[i].sent) == 0, "case %zu: %s, not %s", i, sent,
		    cases[i].sent);
	}
}
END_TEST

/* ---- 8.4, 8.5, 8.6 ---- */

START_TEST(first_prepend_that_matches)
{
	static const struct {
		const char *std;
		const char *times; /* by slot */
	} cases[] = {
	    {"65511:102", "0100"},
	    {"65511:102 65512:102 65513:102", "0100"},
	    {"65513:64603 65512:64603", "0020"},
	    {"65513:101", "3000"},
	    {"65501:999", "1111"},
	    {"65503:999 65502:999", "2222"},
	    {"65513:102 65501:999", "1311"},
	    {"74:30", "0101"},
	    {"74:10 76:60", "0103"}, /* higher-than: thresholds descending */
	    {"76:60 75:60 74:10", "0102"},
	    {"71:60 73:10", "3100"}, /* lower-than: ascending */
	    {"73:60 74:30", "3101"}, /* higher before lower */
	    {"65501:999 75:30", "1212"},
	    {"65511:102 75:30", "0102"}, /* to a peer before RTT */
	    {"74:31", "0000"},
	};

	fix_open(f);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		reach(ROUTE(.std = cases[i].std), UNKNOWN);
		for (unsigned slot = 0; slot < 4; slot++) {
			struct attrs_facts facts;

			attrs_read_facts(out.block[slot], out.len[slot], &facts);
			ck_assert_msg(facts.path_len - 2 == (uint32_t)(cases[i].times[slot] - '0'),
			    "case %zu, slot %u: %s", i, slot, form(slot));
		}
	}
	IS(0, "101 7");
}
END_TEST

START_TEST(servers_own_number_goes_in_front)
{
	f->peers[1].flags |= PEER_PREPEND_RS_AS;
	f->peers[2].flags |= PEER_PREPEND_RS_AS;
	fix_open(f);
	reach(ROUTE(.std = "65512:102"), UNKNOWN);
	all_are("101 7", "999 101 101 101 7", "999 101 7", "101 7");
	/* a path that begins with a set has no left-most ASN to prepend */
	reach(ROUTE(.std = "65501:999", .path = "{101 102} 7"), UNKNOWN);
	ck_assert_str_eq(form(0), "{ 101 102 } 7");
}
END_TEST

START_TEST(well_known_communities_are_added)
{
	fix_open(f);
	reach(ROUTE(.std = "65281:999 3356:1 65284:102"), UNKNOWN);
	all_are("101 7 3356:1 65535:65281", "101 7 3356:1 65535:65281 65535:65282",
	    "101 7 3356:1 65535:65281", "101 7 3356:1 65535:65281");
	reach(ROUTE(.std = "65283:64603 65282:999 65535:65281"), UNKNOWN);
	all_are("101 7 65535:65281 65535:65282", "101 7 65535:65281 65535:65282",
	    "101 7 65535:65281 65535:65282", "101 7 65535:65281 65535:65282");
	ck_assert_uint_eq(path.facts.path_len, 2);
}
END_TEST

/* ---- 8.7, section 1.5 ---- */

START_TEST(scrubbed_on_the_way_out)
{
	fix_open(f);
	/* inbound and internal go, what is no member's and all others stay; RFC 8097 never leaves
	 */
	reach(ROUTE(.std = "3356:7 0:64511 0:64512 0:64603 0:65000 60:5 64512:10 65520:3 65530:2",
		  .large = "999:0:65000 999:0:131072 999:0:4200000000 999:666:0 3356:1:1",
		  .ext = "4300000000000002 rt:0:3 rt:7:7 4000000000000001"),
	    UNKNOWN);
	IS(0,
	    "101 7 3356:7 0:64512 0:65000 x00020007:7 x40000000:1 999:0:65000 999:0:4200000000 "
	    "3356:1:1");
	/* an attribute that scrubbing empties is gone */
	reach(ROUTE(.std = "0:4", .large = "999:0:4", .ext = "rt:0:4"), UNKNOWN);
	IS(0, "101 7");
	ck_assert_uint_eq(out.len[0], path.len - 8 - 16 - 12);
}
END_TEST

/* ---- 8.8, and what the server says ---- */

START_TEST(shutting_down_is_told_to_everybody)
{
	f->general.flags |= GENERAL_SHUTTING_DOWN;
	fix_open(f);
	reach(ROUTE(.std = "3356:1"), UNKNOWN);
	all_are("101 7 3356:1 65535:0", "101 7 3356:1 65535:0", "101 7 3356:1 65535:0",
	    "101 7 3356:1 65535:0");
}
END_TEST

START_TEST(graceful_shutdown_stays_or_is_stripped)
{
	fix_open(f);
	reach(ROUTE(.std = "65535:0"), UNKNOWN | TAG_GSHUT);
	IS(1, "101 7 65535:0");
	reach(ROUTE(.std = "65535:0 1:1"), UNKNOWN | TAG_GSHUT_STRIP);
	IS(1, "101 7 1:1");
}
END_TEST

START_TEST(states_are_told)
{
	fix_open(f);
	reach(ROUTE(.std = "64512:1"), TAG_IRR | UNKNOWN);
	IS(1, "101 7 64512:2 64512:4");
	reach(ROUTE(.std = "64512:1"), TAG_IRR | TAG_IRR_ORIGIN | TAG_IRR_PREFIX);
	IS(1, "101 7 64512:1 64512:3 64512:9");
	reach(ROUTE(.med = NULL),
	    TAG_IRR | TAG_VALID_ROA | TAG_VALID_ARIN | TAG_VALID_REGISTROBR | TAG_VALID_WHITE_LIST |
		UNKNOWN);
	IS(1, "101 7 64512:2 64512:4 64512:5 64512:6 64512:7 64512:8");
	/* not to be tagged */
	reach(ROUTE(.med = NULL), TAG_IRR_ORIGIN | TAG_VALID_ROA | UNKNOWN);
	IS(1, "101 7");
	/* internal states are not sent */
	reach(ROUTE(.med = NULL),
	    (uint32_t)ROV_VALID << TAG_ROV_SHIFT | (uint32_t)ASPA_UNKNOWN << TAG_ASPA_SHIFT);
	IS(1, "101 7");
	ck_assert_uint_eq(out.groups, 1);
	ck_assert(out.as_it_came[1]);
}
END_TEST

START_TEST(custom_communities_are_scrubbed_and_attached)
{
	f->peers[0].customs = fix_asns(f, "0");
	f->peers[0].flags |= PEER_FILTERS_NONE;
	f->peers[1].flags |= PEER_FILTERS_NONE;
	fix_open(f);
	judge_and_reach(ROUTE(.std = "65530:1 65530:2 1:1", .large = "999:65530:1"));
	IS(2, "101 7 1:1 65530:1 64512:9 999:65530:1");
	judge_and_reach(
	    ROUTE(.slot = 1, .path = "102 7", .std = "65530:1 1:1", .large = "999:65530:1"));
	IS(2, "102 7 1:1 64512:9");
}
END_TEST

/* docs/communities.md: a value of our own may be one of a peer_as pattern, and is scrubbed then. */
START_TEST(own_values_beside_peer_as_are_scrubbed_where_they_are_members_numbers)
{
	fix_custom(f, 0, "999:999");
	fix_custom(f, 0, "999:64700");
	f->peers[0].customs = fix_asns(f, "0");
	f->peers[0].flags |= PEER_FILTERS_NONE;
	fix_open(f);
	judge_and_reach(ROUTE(.std = "1:1"));
	IS(1, "101 7 1:1 65530:1 999:64700 64512:9 999:65530:1");
}
END_TEST

START_TEST(well_known_received)
{
	fix_open(f);
	reach(ROUTE(.std = "65535:65281"), UNKNOWN);
	ck_assert(out.as_it_came[1]);
	fix_shut(f);
	f->general.flags |= GENERAL_RFC1997;
	fix_open(f);
	reach(ROUTE(.std = "65535:65281"), UNKNOWN);
	ck_assert_uint_eq(out.groups, 0);
	ck_assert_str_eq(withheld(1), "well-known");
	reach(ROUTE(.std = "65535:65282"), UNKNOWN);
	ck_assert_uint_eq(out.groups, 0);
	/* asked for with an action community, it is sent */
	reach(ROUTE(.std = "65281:999"), UNKNOWN);
	IS(1, "101 7 65535:65281");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("reach");
	TCase *tcase = tcase_create("reach");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, plain_route_is_one_group_as_it_came);
	tcase_add_test(tcase, next_hop_must_be_of_use);
	tcase_add_test(tcase, quarantined_gets_and_gives_nothing);
	tcase_add_test(tcase, rejected_goes_to_collectors_alone);
	tcase_add_test(tcase, rejected_of_a_member_without_standard_number);
	tcase_add_test(tcase, rejected_blackhole_request_keeps_its_next_hop);
	tcase_add_test(tcase, leak_is_no_community);
	tcase_add_test(tcase, blackhole_is_marked_and_goes_to_who_wants_it);
	tcase_add_test(tcase, blackhole_next_hop_is_rewritten_by_the_receivers_family);
	tcase_add_test(tcase, rpki_invalid_goes_to_nobody_but_who_takes_it);
	tcase_add_test(tcase, who_may_have_it);
	tcase_add_test(tcase, first_prepend_that_matches);
	tcase_add_test(tcase, servers_own_number_goes_in_front);
	tcase_add_test(tcase, well_known_communities_are_added);
	tcase_add_test(tcase, scrubbed_on_the_way_out);
	tcase_add_test(tcase, shutting_down_is_told_to_everybody);
	tcase_add_test(tcase, graceful_shutdown_stays_or_is_stripped);
	tcase_add_test(tcase, states_are_told);
	tcase_add_test(tcase, custom_communities_are_scrubbed_and_attached);
	tcase_add_test(
	    tcase, own_values_beside_peer_as_are_scrubbed_where_they_are_members_numbers);
	tcase_add_test(tcase, well_known_received);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
