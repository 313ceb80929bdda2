/*
 * policy_config_error(): a sound configuration is taken, and each way to spoil one is found before
 * it can lead out of the arrays.
 */
#include <check.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "policy/config.h"
#include "policy/reason.h"

/* Something of every kind, to spoil. */
struct image {
	struct policy_config config;
	struct policy_general general;
	struct policy_peer peers[3];
	struct policy_prefix prefixes[2];
	uint32_t asns[3];
	struct policy_address addresses[1];
	struct policy_community communities[3];
	struct policy_name names[1];
	struct policy_rule rules[1];
	struct policy_match matches[2];
	struct policy_action actions[2];
	char text[6];
};

static struct image image;

static void
fill_peer(void)
{
	image.peers[0] = (struct policy_peer){.asn = 64501,
	    .flags = PEER_HAS_POLICY,
	    .observe = UINT32_C(1) << REASON_LENGTH,
	    .kind = PEER_CLIENT,
	    .family = FAMILY_IPV4,
	    .families = 1 << FAMILY_IPV4 | 1 << FAMILY_IPV6,
	    .addr = {192, 0, 2, 1},
	    .role = ROLE_NONE,
	    .length_min = {8, 12},
	    .length_max = {24, 48},
	    .authorized = {0, 1},
	    .black_list = {0, 2},
	    .objects = {0, 1},
	    .white_prefixes = {1, 1},
	    .white_asns = {0, 2},
	    .white_routes = {2, 0},
	    .customs = {2, 1}};
	image.peers[1] = (struct policy_peer){.asn = 64502,
	    .kind = PEER_COLLECTOR,
	    .flags = PEER_IPV6_NEXT_HOPS,
	    .family = FAMILY_IPV6,
	    .families = 1 << FAMILY_IPV4 | 1 << FAMILY_IPV6,
	    .addr = {0x20, 1, [15] = 1},
	    .role = ROLE_RS};
}

static void
setup(void)
{
	memset(&image, 0, sizeof(image));
	image.general = (struct policy_general){.rs_as = 64500,
	    .flags = GENERAL_RTT_MEASURED | GENERAL_ROV,
	    .drop_attributes = {[28 / 8] = 1 << 28 % 8, [31] = 1 << 7},
	    .transit_free_asns = {0, 2},
	    .never_via_asns = {0, 1},
	    .black_list = {0, 1},
	    .bogons = {0, 2},
	    .rtt_thresholds = {0, 2},
	    .communities = {0, 1},
	    .customs = {1, 1},
	    .custom_names = {0, 1},
	    .import_rules = {0, 1}};
	fill_peer();
	image.prefixes[0] =
	    (struct policy_prefix){.prefix = {FAMILY_IPV4, 8, {10}}, .ge = 8, .le = 32};
	image.prefixes[1] =
	    (struct policy_prefix){.prefix = {FAMILY_IPV6, 0, {0}}, .ge = 0, .le = 0};
	image.asns[0] = 5;
	image.asns[1] = 10;
	image.addresses[0] = (struct policy_address){.family = FAMILY_IPV4, .addr = {192, 0, 2, 9}};
	image.communities[0] = (struct policy_community){
	    .part = {64500}, .name = NAME_ANNOUNCE_TO_PEER, .wild = WILD_PEER};
	image.communities[1] = (struct policy_community){
	    .part = {64500, 1, 2}, .name = NAME_CUSTOM, .format = COMMUNITY_LARGE};
	image.communities[2] = (struct policy_community){
	    .part = {70000, 1}, .ext_type = 0x0202, .format = COMMUNITY_EXT};
	image.names[0].text = 1;
	memcpy(image.text, "\0name", 6);
	image.rules[0] = (struct policy_rule){.text = 1, .matches = {0, 2}, .actions = {0, 2}};
	image.matches[0] = (struct policy_match){.kind = IF_PEER, .values = {0, 1}};
	image.matches[1] = (struct policy_match){.kind = IF_LENGTH, .low = 0, .high = 8};
	image.actions[0] = (struct policy_action){.kind = DO_ADD_COMMUNITY, .community = 1};
	image.actions[1] = (struct policy_action){.kind = DO_ONLY_TO, .values = {0, 1}};
	image.config = (struct policy_config){.general = &image.general,
	    .peers = image.peers,
	    .prefixes = image.prefixes,
	    .asns = image.asns,
	    .addresses = image.addresses,
	    .communities = image.communities,
	    .names = image.names,
	    .rules = image.rules,
	    .matches = image.matches,
	    .actions = image.actions,
	    .text = image.text,
	    .peer_count = 3,
	    .prefix_count = 2,
	    .asn_count = 3,
	    .address_count = 1,
	    .community_count = 3,
	    .name_count = 1,
	    .rule_count = 1,
	    .match_count = 2,
	    .action_count = 2,
	    .text_len = 6};
}

START_TEST(sound_configuration_is_taken)
{
	const char *error = policy_config_error(&image.config);

	ck_assert_msg(error == NULL, "%s", error);
}
END_TEST

START_TEST(least_configuration_is_taken)
{
	struct policy_general general = {.rs_as = 1};
	struct policy_config config = {.general = &general};

	ck_assert_ptr_null(policy_config_error(&config));
}
END_TEST

#define AT(member)	offsetof(struct image, member)
#define GENERAL(member) (AT(general) + offsetof(struct policy_general, member))
#define PEER(member)	(AT(peers) + offsetof(struct policy_peer, member))
#define COLLECTOR(m)	(AT(peers[1]) + offsetof(struct policy_peer, m))
#define COMMUNITY(i)	AT(communities[i])
#define FIRST(at)	((at) + offsetof(struct policy_range, first))
#define COUNT(at)	((at) + offsetof(struct policy_range, count))
#define PART(i, n)	(COMMUNITY(i) + offsetof(struct policy_community, part[n]))
#define OF_COMMUNITY(m) offsetof(struct policy_community, m)
#define ACTION(i, m)	(AT(actions[i]) + offsetof(struct policy_action, m))
#define MATCH(i, m)	(AT(matches[i]) + offsetof(struct policy_match, m))
#define RULE(m)		(AT(rules) + offsetof(struct policy_rule, m))
#define PREFIX(i, m)	(AT(prefixes[i]) + offsetof(struct policy_prefix, m))
#define WIDE(what, at, n)      \
	{                      \
		what, at, 4, n \
	}
#define NARROW(what, at, n)    \
	{                      \
		what, at, 1, n \
	}

static const struct {
	const char *what;
	size_t at;
	size_t octets; /* of a number in our byte order */
	uint32_t number;
} spoils[] = {
    WIDE("rs_as", GENERAL(rs_as), 0),
    WIDE("a general flag", GENERAL(flags), 1u << 17),
    NARROW("transit_free", GENERAL(transit_free), 3),
    NARROW("reasons_map", GENERAL(reasons_map), 2),
    NARROW("blackhole", GENERAL(blackhole), 3),
    WIDE("transit_free_asns", COUNT(GENERAL(transit_free_asns)), 4),
    WIDE("never_via_asns", FIRST(GENERAL(never_via_asns)), 3),
    WIDE("black_list", COUNT(GENERAL(black_list)), UINT32_MAX),
    WIDE("bogons", FIRST(GENERAL(bogons)), UINT32_MAX),
    WIDE("rtt_thresholds", FIRST(GENERAL(rtt_thresholds)), 2),
    WIDE("communities", COUNT(GENERAL(communities)), 4),
    WIDE("customs", FIRST(GENERAL(customs)), 3),
    WIDE("custom_names", COUNT(GENERAL(custom_names)), 2),
    WIDE("import_rules", COUNT(GENERAL(import_rules)), 2),
    WIDE("export_rules", FIRST(GENERAL(export_rules)), 2),
    WIDE("no custom name", COUNT(GENERAL(custom_names)), 0),
    WIDE("a custom community among the others", COUNT(GENERAL(communities)), 2),
    WIDE("another among the custom ones", FIRST(GENERAL(customs)), 0),
    WIDE("thresholds that do not ascend", AT(asns[1]), 5),
    WIDE("a threshold of 0", AT(asns[0]), 0),
    WIDE("a threshold of more than a minute", AT(asns[1]), POLICY_RTT_MAX_MS + 1),
    NARROW("kind", PEER(kind), PEER_COLLECTOR + 1),
    WIDE("asn", PEER(asn), 0),
    WIDE("a flag", PEER(flags), 1u << 16),
    NARROW("a family that does not exist", PEER(families), 7),
    NARROW("not the family of the address", PEER(families), 1 << FAMILY_IPV6),
    NARROW("no family", PEER(families), 0),
    NARROW("zero of a peer", PEER(zero), 1),
    WIDE("IPv6 next hops on an IPv4 session", PEER(flags), PEER_IPV6_NEXT_HOPS),
    WIDE("IPv4 next hops of an IPv4 session", PEER(flags), PEER_IPV4_NEXT_HOPS),
    WIDE("IPv4 on an IPv6 session without next hops", COLLECTOR(flags), 0),
    NARROW("next hops of IPv4 that is not there", COLLECTOR(families), 1 << FAMILY_IPV6),
    NARROW("attribute 0 dropped", GENERAL(drop_attributes), 1 << 0),
    NARROW("AS_PATH dropped", GENERAL(drop_attributes), 1 << 2),
    NARROW("communities dropped", GENERAL(drop_attributes) + 1, 1 << 0),
    NARROW("OTC dropped", GENERAL(drop_attributes) + 4, 1 << 3),
    NARROW("family", PEER(family), FAMILY_COUNT),
    NARROW("octets behind an IPv4 address", PEER(addr) + 4, 1),
    WIDE("own-as observed", PEER(observe), UINT32_C(1) << REASON_OWN_AS),
    WIDE("no reason observed", PEER(observe), 1),
    WIDE("an unknown reason observed", PEER(observe), UINT32_C(1) << REASON_END),
    WIDE("rtt_ms", PEER(rtt_ms), POLICY_RTT_MAX_MS + 1),
    NARROW("next_hop", PEER(next_hop), 3),
    NARROW("reject", PEER(reject), 3),
    NARROW("role", PEER(role), 5),
    NARROW("limit_action", PEER(limit_action), 5),
    NARROW("length_min", PEER(length_min), 25),
    NARROW("length_max", PEER(length_max), 33),
    WIDE("authorized", COUNT(PEER(authorized)), 2),
    WIDE("client black_list", COUNT(PEER(black_list)), 3),
    WIDE("objects", FIRST(PEER(objects)), 1),
    WIDE("white_prefixes", FIRST(PEER(white_prefixes)), 2),
    WIDE("white_asns", COUNT(PEER(white_asns)), 4),
    WIDE("white_routes", COUNT(PEER(white_routes)), 1),
    WIDE("customs of a client", FIRST(PEER(customs)), 3),
    WIDE("an unknown custom community", AT(asns[2]), 1),
    NARROW("family of a prefix", PREFIX(0, prefix), FAMILY_COUNT),
    NARROW("length of a prefix", PREFIX(0, prefix.len), 33),
    NARROW("host bits", PREFIX(0, prefix.addr[1]), 1),
    NARROW("ge below the length", PREFIX(0, ge), 7),
    NARROW("le above the family", PREFIX(0, le), 33),
    NARROW("le below ge", PREFIX(0, ge), 33),
    WIDE("has_asn", PREFIX(0, has_asn), 2),
    NARROW("family of an address", AT(addresses), FAMILY_COUNT),
    NARROW("octets of an address", AT(addresses) + offsetof(struct policy_address, addr[4]), 1),
    NARROW("name of a community", COMMUNITY(0) + OF_COMMUNITY(name), NAME_COUNT),
    NARROW("format", COMMUNITY(0) + OF_COMMUNITY(format), COMMUNITY_FORMATS),
    NARROW("wild", COMMUNITY(0) + OF_COMMUNITY(wild), 3),
    WIDE("first part of a standard one", PART(0, 0), 65536),
    WIDE("second part of a standard one", PART(0, 1), 65536),
    WIDE("local part behind four octets", PART(2, 1), 65536),
    NARROW("type of an extended one", COMMUNITY(2) + OF_COMMUNITY(ext_type), 5),
    WIDE("a name behind the texts", AT(names), 6),
    NARROW("texts that begin with no zero", AT(text[0]), 'x'),
    NARROW("texts without an end", AT(text[5]), 'x'),
    WIDE("text of a rule", RULE(text), 6),
    WIDE("matches of a rule", COUNT(RULE(matches)), 3),
    WIDE("actions of a rule", FIRST(RULE(actions)), 1),
    NARROW("kind of a match", MATCH(0, kind), IF_KINDS),
    NARROW("negate", MATCH(0, negate), 2),
    WIDE("values of a match", COUNT(MATCH(0, values)), 4),
    NARROW("kind of an action", ACTION(0, kind), DO_KINDS),
    WIDE("community of an action", ACTION(0, community), 3),
    WIDE("a wild community to add", ACTION(0, community), 0),
    WIDE("members of an action", COUNT(ACTION(1, values)), 4),
};

START_TEST(each_spoiled_value_is_found)
{
	memcpy((char *)&image + spoils[_i].at, &spoils[_i].number, spoils[_i].octets);
	ck_assert_msg(
	    policy_config_error(&image.config) != NULL, "%s was accepted", spoils[_i].what);
}
END_TEST

/* Values are those of the kind's own array. */
START_TEST(values_of_a_match_are_of_its_kind)
{
	static const struct {
		enum policy_match_kind kind;
		uint32_t count; /* of the array */
	} kinds[] = {{IF_PREFIX_LIST, 2}, {IF_PEER_ADDRESS, 1}, {IF_COMMUNITY, 3},
	    {IF_PATH_CONTAINS, 3}, {IF_PATH_ORIGIN, 3}, {IF_PATH_NEIGHBOR, 3}};

	image.matches[0].kind = (uint8_t)kinds[_i].kind;
	image.matches[0].values = (struct policy_range){0, kinds[_i].count};
	ck_assert_ptr_null(policy_config_error(&image.config));
	image.matches[0].values.count++;
	ck_assert_ptr_nonnull(policy_config_error(&image.config));
}
END_TEST

/* An unused slot may hold anything: nobody looks at it. */
START_TEST(unused_slots_are_not_looked_at)
{
	memset(&image.peers[2], 0xff, sizeof(image.peers[2]));
	image.peers[2].kind = PEER_UNUSED;
	ck_assert_ptr_null(policy_config_error(&image.config));
}
END_TEST

START_TEST(missing_arrays_are_found)
{
	image.config.asns = NULL;
	ck_assert_ptr_nonnull(policy_config_error(&image.config));
	image.config.general = NULL;
	ck_assert_ptr_nonnull(policy_config_error(&image.config));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("configuration of policy");
	TCase *tcase = tcase_create("config");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_add_test(tcase, sound_configuration_is_taken);
	tcase_add_test(tcase, least_configuration_is_taken);
	tcase_add_loop_test(
	    tcase, each_spoiled_value_is_found, 0, (int)(sizeof(spoils) / sizeof(spoils[0])));
	tcase_add_loop_test(tcase, values_of_a_match_are_of_its_kind, 0, 6);
	tcase_add_test(tcase, unused_slots_are_not_looked_at);
	tcase_add_test(tcase, missing_arrays_are_found);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
