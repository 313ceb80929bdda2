/* The dictionary: an item for each community there is, none for what is off. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/dictionary.h"
#include "policy/reason.h"

#define RS 64500

static const char text[] = "\0colo_a\0no default";
#define TEXT_COLO 1
#define TEXT_RULE 8

static const struct policy_name names[] = {{TEXT_COLO}};

static const struct policy_community communities[] = {
    /* communities */
    {.name = NAME_ANNOUNCE_TO_PEER, .part = {RS}, .wild = WILD_PEER},
    {.name = NAME_DO_NOT_ANNOUNCE_TO_PEER,
	.format = COMMUNITY_LARGE,
	.part = {RS, 0},
	.wild = WILD_PEER},
    {.name = NAME_REJECT_CAUSE, .part = {65520}, .wild = WILD_ANY},
    {.name = NAME_REJECT_CAUSE_MAP, .index = 2, .format = COMMUNITY_LARGE, .part = {RS, 1101, 3}},
    {.name = NAME_REJECT_CAUSE_MAP, .index = 14, .format = COMMUNITY_LARGE, .part = {RS, 1101, 13}},
    {.name = NAME_REJECT_CAUSE_MAP, .index = 10, .format = COMMUNITY_LARGE, .part = {RS, 1101, 3}},
    {.name = NAME_BLACKHOLING, .part = {RS, 666}},
    {.name = NAME_ROV_VALID, .format = COMMUNITY_LARGE, .part = {RS, 1000, 1}},
    {.name = NAME_ROV_VALID, .part = {64512, 51}},
    {.name = NAME_ROV_NOT_PERFORMED, .format = COMMUNITY_LARGE, .part = {RS, 1000, 3}},
    {.name = NAME_ANNOUNCE_TO_RTT_LOWER, .part = {64530}, .wild = WILD_ANY},
    {.name = NAME_ADD_NOEXPORT_TO_PEER,
	.format = COMMUNITY_EXT,
	.ext_type = 0x0002,
	.part = {65281},
	.wild = WILD_PEER},
#define NAMED 12
    /* customs */
    {.name = NAME_CUSTOM, .part = {RS, 9}},
    {.name = NAME_CUSTOM, .format = COMMUNITY_LARGE, .part = {RS, 9, 9}},
#define CUSTOMS 2
    /* of rules */
    {.name = NAME_CUSTOM, .part = {1, 0}, .wild = WILD_ANY},
    {.name = NAME_CUSTOM, .part = {2, 2}},
    {.name = NAME_CUSTOM, .part = {3, 3}},
    {.name = NAME_CUSTOM, .part = {4, 0}, .wild = WILD_ANY},
};

static const struct policy_match matches[] = {
    {.kind = IF_FAMILY},
    {.kind = IF_COMMUNITY, .values = {NAMED + CUSTOMS, 2}},
};

static const struct policy_action actions[] = {
    {.kind = DO_REMOVE_COMMUNITY, .community = NAMED + CUSTOMS + 3},
    {.kind = DO_ADD_COMMUNITY, .community = NAMED + CUSTOMS + 2},
    {.kind = DO_REJECT},
};

static const struct policy_rule rules[] = {
    {.text = TEXT_RULE, .matches = {0, 2}, .actions = {2, 1}},
    {.actions = {0, 2}},
};

static struct policy_general general;
static struct policy_config config;

static void
setup(void)
{
	memset(&general, 0, sizeof(general));
	general.rs_as = RS;
	memset(&config, 0, sizeof(config));
	config.general = &general;
	config.communities = communities;
	config.community_count = sizeof(communities) / sizeof(communities[0]);
	config.names = names;
	config.name_count = 1;
	config.text = text;
	config.text_len = sizeof(text);
	config.matches = matches;
	config.actions = actions;
	config.rules = rules;
}

static void
use_named(void)
{
	general.communities = (struct policy_range){0, NAMED};
}

static size_t
count(void)
{
	struct dictionary_item item;
	size_t iter = 0, n = 0;

	while (dictionary_next(&config, &iter, &item))
		n++;
	return n;
}

/* The item with a pattern and a class; fails if there is none or more than one. */
static struct dictionary_item
find(const char *class, const char *pattern)
{
	struct dictionary_item item, found = {0};
	size_t iter = 0, n = 0;

	while (dictionary_next(&config, &iter, &item)) {
		if (strcmp(item.pattern, pattern) != 0 || strcmp(item.class, class) != 0)
			continue;
		found = item;
		n++;
	}
	ck_assert_msg(n == 1, "%zu items %s %s", n, class, pattern);
	return found;
}

static bool
has(const char *pattern)
{
	struct dictionary_item item;
	size_t iter = 0;

	while (dictionary_next(&config, &iter, &item))
		if (strcmp(item.pattern, pattern) == 0)
			return true;
	return false;
}

START_TEST(nothing_configured)
{
	ck_assert_uint_eq(count(), 0);
}
END_TEST

START_TEST(vocabulary)
{
	struct dictionary_item item;

	use_named();
	item = find("inbound", "64500:peer_as");
	ck_assert_str_eq(item.name, "announce_to_peer");
	ck_assert_str_eq(item.glob, "64500:*");
	ck_assert_str_eq(dictionary_direction(&item), "understood");
	ck_assert_str_eq(dictionary_section(&item), "bgp_communities");
	ck_assert_str_eq(dictionary_key(&item), "64500:*");
	ck_assert_str_eq(item.text, community_row(NAME_ANNOUNCE_TO_PEER)->text);

	item = find("inbound", "64500:0:peer_as");
	ck_assert_str_eq(dictionary_section(&item), "noexport_reasons");
	ck_assert_str_eq(dictionary_key(&item), "64500:0:*");

	item = find("inbound", "rt:65281:peer_as");
	ck_assert_str_eq(item.glob, "rt:65281:*");

	item = find("outbound", "64500:1000:3");
	ck_assert_str_eq(dictionary_direction(&item), "sent");
	ck_assert_str_eq(dictionary_section(&item), "rpki");
	ck_assert_str_eq(dictionary_key(&item), "not_checked");
}
END_TEST

START_TEST(what_is_off_is_said)
{
	struct dictionary_item item;

	use_named();
	item = find("inbound", "64530:dyn_val");
	ck_assert_str_eq(dictionary_direction(&item), "not in effect");
	general.rtt_thresholds.count = 1;
	item = find("inbound", "64530:dyn_val");
	ck_assert_str_eq(dictionary_direction(&item), "understood");

	item = find("inbound", "64500:666");
	ck_assert_str_eq(dictionary_direction(&item), "not in effect");
	ck_assert_str_eq(dictionary_section(&item), "blackhole_communities");
	general.blackhole[FAMILY_IPV6] = BLACKHOLE_UNCHANGED;
	item = find("inbound", "64500:666");
	ck_assert_str_eq(dictionary_direction(&item), "understood");

	item = find("internal", "64500:1000:1");
	ck_assert_str_eq(dictionary_direction(&item), "not in effect");
	general.flags = GENERAL_ROV;
	item = find("internal", "64500:1000:1");
	ck_assert_str_eq(dictionary_direction(&item), "internal");
	ck_assert_str_eq(dictionary_section(&item), "rpki");
	ck_assert_str_eq(dictionary_key(&item), "valid");
	/* Alice-LG wants large ones there */
	item = find("internal", "64512:51");
	ck_assert_str_eq(dictionary_section(&item), "bgp_communities");
}
END_TEST

/* Each name that depends on a feature, off and on. */
START_TEST(features)
{
	static const struct {
		enum community_name name;
		uint32_t flags;
		const char *on;
	} rows[] = {
	    {NAME_PREFIX_PRESENT_IN_AS_SET, GENERAL_IRR_TAG, "sent"},
	    {NAME_ORIGIN_NOT_PRESENT_IN_AS_SET, GENERAL_IRR_TAG, "sent"},
	    {NAME_ROUTE_VALIDATED_VIA_WHITE_LIST, GENERAL_IRR_TAG, "sent"},
	    {NAME_PREFIX_VALIDATED_VIA_RPKI_ROAS, GENERAL_IRR_TAG | GENERAL_IRR_ROAS, "sent"},
	    {NAME_PREFIX_VALIDATED_VIA_ARIN, GENERAL_IRR_TAG | GENERAL_IRR_ARIN, "sent"},
	    {NAME_PREFIX_VALIDATED_VIA_REGISTROBR, GENERAL_IRR_TAG | GENERAL_IRR_REGISTROBR,
		"sent"},
	    {NAME_ROV_UNKNOWN, GENERAL_ROV, "internal"},
	    {NAME_ASPA_VALID, GENERAL_ASPA, "internal"},
	    {NAME_ASPA_INVALID, GENERAL_ASPA, "internal"},
	};
	struct policy_community pattern = {.name = (uint8_t)rows[_i].name, .part = {1, 2}};
	struct dictionary_item item;

	config.communities = &pattern;
	general.communities.count = 1;
	item = find(
	    community_row(rows[_i].name)->class == COMMUNITY_OUTBOUND ? "outbound" : "internal",
	    "1:2");
	ck_assert_str_eq(dictionary_direction(&item), "not in effect");
	for (uint32_t bit = 1; bit != 0 && rows[_i].flags != bit; bit <<= 1) {
		general.flags = rows[_i].flags & bit;
		item = find(item.class, "1:2");
		ck_assert_str_eq(dictionary_direction(&item), "not in effect");
	}
	general.flags = rows[_i].flags;
	item = find(item.class, "1:2");
	ck_assert_str_eq(dictionary_direction(&item), rows[_i].on);
}
END_TEST

START_TEST(reject_codes)
{
	struct dictionary_item item;
	char pattern[32];

	use_named();
	item = find("internal", "65520:0");
	ck_assert_str_eq(item.text, "the route is rejected");
	ck_assert_str_eq(dictionary_section(&item), "rejection_reasons");
	for (uint8_t code = 1; code < REASON_END; code++) {
		snprintf(pattern, sizeof(pattern), "65520:%u", code);
		if (code == REASON_MALFORMED || code == REASON_LEAK) {
			ck_assert(!has(pattern));
			continue;
		}
		item = find("internal", pattern);
		ck_assert_str_eq(item.text, reason_get(code)->text);
		ck_assert_str_eq(item.name, "reject_cause");
		ck_assert_str_eq(dictionary_key(&item), pattern);
		ck_assert_uint_eq(item.reason, code);
	}
	snprintf(pattern, sizeof(pattern), "65520:%u", REASON_END);
	ck_assert(!has(pattern));
	ck_assert(!has("65520:dyn_val"));
}
END_TEST

START_TEST(two_codes_with_one_community)
{
	struct dictionary_item item;

	use_named();
	item = find("internal", "64500:1101:3");
	ck_assert_str_eq(item.text, "bogon prefix; or: IPv6 prefix outside of 2000::/3");
	ck_assert_str_eq(item.name, "reject_cause_map");
	ck_assert_uint_eq(item.reason, 2);
	item = find("internal", "64500:1101:13");
	ck_assert_str_eq(item.text, "RPKI makes the route invalid");
}
END_TEST

/* Every number of the rows once, besides what the configured map has already. */
START_TEST(reasons_of_euro_ix)
{
	struct dictionary_item item;
	char pattern[32];

	ck_assert(!has("64500:1101:3"));
	general.reasons_map = REASONS_EURO_IX;
	for (unsigned n = 1; n < 40; n++) {
		bool is_there = false;

		for (uint8_t code = 1; code < REASON_END; code++)
			is_there = is_there || reason_get(code)->euro_ix == n;
		snprintf(pattern, sizeof(pattern), "64500:1101:%u", n);
		ck_assert_msg(has(pattern) == is_there, "%s", pattern);
		if (!is_there)
			continue;
		item = find("internal", pattern);
		ck_assert_str_eq(dictionary_section(&item), "rejection_reasons");
		ck_assert_uint_eq(reason_get(item.reason)->euro_ix, n);
	}
	item = find("internal", "64500:1101:14");
	ck_assert_ptr_nonnull(strstr(item.text, reason_get(REASON_TRANSIT_FREE)->text));
	ck_assert_ptr_nonnull(strstr(item.text, reason_get(REASON_NEVER_VIA)->text));
	ck_assert_str_eq(item.name, "transit-free");
	use_named();
	item = find("internal", "64500:1101:3");
	ck_assert_str_eq(item.name, "reject_cause_map");
	item = find("internal", "64500:1101:14");
}
END_TEST

START_TEST(custom_communities)
{
	struct dictionary_item item;

	general.customs = (struct policy_range){NAMED, CUSTOMS};
	general.custom_names = (struct policy_range){0, 1};
	ck_assert_uint_eq(count(), 2);
	item = find("custom", "64500:9:9");
	ck_assert_str_eq(item.name, "colo_a");
	ck_assert_str_eq(dictionary_direction(&item), "sent");
	ck_assert_ptr_nonnull(strstr(item.text, "colo_a"));
	item = find("custom", "64500:9");
	ck_assert_str_eq(item.name, "colo_a");
}
END_TEST

static const struct {
	uint32_t flags;
	uint8_t blackhole;
	bool named;
	const char *gshut, *hole, *no_export, *no_advertise, *state;
} well_known[] = {
    {0, BLACKHOLE_OFF, false, "", "", "", "", ""},
    {GENERAL_GRACEFUL_SHUTDOWN, BLACKHOLE_OFF, false, "understood", "", "", "", ""},
    {GENERAL_SHUTTING_DOWN, BLACKHOLE_OFF, false, "sent", "", "", "", ""},
    {GENERAL_RFC1997, BLACKHOLE_OFF, false, "", "", "understood", "understood", ""},
    {GENERAL_RFC1997, BLACKHOLE_OFF, true, "", "", "understood, sent", "understood", ""},
    {0, BLACKHOLE_OFF, true, "", "", "sent", "", ""},
    {0, BLACKHOLE_REWRITE, false, "", "understood, sent", "", "", ""},
    {GENERAL_BLACKHOLE_NO_EXPORT, BLACKHOLE_REWRITE, false, "", "understood, sent", "sent", "", ""},
    {GENERAL_BLACKHOLE_NO_EXPORT, BLACKHOLE_OFF, false, "", "", "", "", ""},
    {GENERAL_ROV, BLACKHOLE_OFF, false, "", "", "", "", "internal"},
};

static void
check_well_known(const char *pattern, const char *direction)
{
	struct dictionary_item item;

	if (*direction == '\0') {
		ck_assert_msg(!has(pattern), "%s", pattern);
		return;
	}
	item = find("well-known", pattern);
	ck_assert_str_eq(dictionary_direction(&item), direction);
}

START_TEST(well_known_communities)
{
	if (well_known[_i].named)
		use_named();
	general.flags = well_known[_i].flags;
	general.blackhole[FAMILY_IPV4] = well_known[_i].blackhole;
	check_well_known("65535:0", well_known[_i].gshut);
	check_well_known("65535:666", well_known[_i].hole);
	check_well_known("65535:65281", well_known[_i].no_export);
	check_well_known("65535:65282", well_known[_i].no_advertise);
	check_well_known("generic:0x43000000:0x00000000", well_known[_i].state);
	check_well_known("generic:0x43000000:0x00000001", well_known[_i].state);
	check_well_known("generic:0x43000000:0x00000002", well_known[_i].state);
}
END_TEST

START_TEST(communities_of_rules)
{
	struct dictionary_item item;

	config.match_count = 2;
	config.action_count = 3;
	config.rule_count = 2;
	ck_assert_uint_eq(count(), 4);
	item = find("rule", "1:dyn_val");
	ck_assert_str_eq(item.name, "no default");
	ck_assert_str_eq(item.glob, "1:*");
	ck_assert_str_eq(dictionary_direction(&item), "understood");
	ck_assert_str_eq(item.text, "a rule of the exchange looks at it: no default");
	item = find("rule", "2:2");
	ck_assert_str_eq(item.name, "no default");
	item = find("rule", "3:3");
	ck_assert_str_eq(item.name, "rule");
	ck_assert_str_eq(dictionary_direction(&item), "sent");
	item = find("rule", "4:dyn_val");
	ck_assert_ptr_nonnull(strstr(item.text, "removes"));
}
END_TEST

/* The end stays the end, and every item is whole. */
START_TEST(all_items_are_whole)
{
	struct dictionary_item item;
	size_t iter = 0, n = 0, wrong = 0;

	use_named();
	general.customs = (struct policy_range){NAMED, CUSTOMS};
	general.custom_names = (struct policy_range){0, 1};
	general.flags = UINT16_MAX;
	general.blackhole[FAMILY_IPV4] = BLACKHOLE_REWRITE;
	general.reasons_map = REASONS_EURO_IX;
	config.match_count = 2;
	config.action_count = 3;
	config.rule_count = 2;
	while (dictionary_next(&config, &iter, &item)) {
		n++;
		wrong += item.name == NULL || item.class == NULL || item.text[0] == '\0' ||
		    item.pattern[0] == '\0' || strchr(item.glob, '_') != NULL ||
		    dictionary_section(&item) == NULL || dictionary_key(&item) == NULL ||
		    strpbrk(item.text, "=\n") != NULL;
	}
	ck_assert_uint_eq(wrong, 0);
	ck_assert_uint_gt(n, 50);
	ck_assert(!dictionary_next(&config, &iter, &item));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("dictionary");
	TCase *tcase = tcase_create("dictionary");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_add_test(tcase, nothing_configured);
	tcase_add_test(tcase, vocabulary);
	tcase_add_test(tcase, what_is_off_is_said);
	tcase_add_loop_test(tcase, features, 0, 9);
	tcase_add_test(tcase, reject_codes);
	tcase_add_test(tcase, two_codes_with_one_community);
	tcase_add_test(tcase, reasons_of_euro_ix);
	tcase_add_test(tcase, custom_communities);
	tcase_add_loop_test(
	    tcase, well_known_communities, 0, (int)(sizeof(well_known) / sizeof(well_known[0])));
	tcase_add_test(tcase, communities_of_rules);
	tcase_add_test(tcase, all_items_are_whole);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
