/* Site rules: each kind of match both ways, order, ends, what is remembered of a block. */
#include "policy/rules.h"
#include "tests/unit/policy/fixture.h"
#include "tests/unit/policy/noreach.h"
#include "tests/unit/rib/main.h"

static struct fix *f;
static struct fix_path path;

/* A rule of one match and one action. */
static void
add_rule(struct policy_match match, enum policy_action_kind kind, uint32_t value)
{
	f->matches[f->config.match_count] = match;
	f->actions[f->config.action_count] =
	    (struct policy_action){.kind = (uint8_t)kind, .value = value};
	f->rules[f->config.rule_count++] = (struct policy_rule){
	    .matches = {f->config.match_count++, 1}, .actions = {f->config.action_count++, 1}};
}

static struct rules_result
judge(const struct fix_route *route, uint32_t tags)
{
	struct rules_result result;

	fix_path(f, &path, route);
	rules_judge(f->policy, &path.view, tags, &result);
	return result;
}

static struct policy_range
patterns(const char *first, const char *second)
{
	uint32_t at = fix_rule_community(f, first);

	fix_rule_community(f, second);
	return (struct policy_range){at, 2};
}

/* ---- matches ---- */

enum values { NONE, PREFIXES, ASNS, ADDRESSES, PATTERNS };

static const struct {
	uint8_t kind;
	enum values values;
	const char *text; /* of the values; of patterns two */
	const char *more;
	uint32_t low, high;
	struct fix_route yes, no;
	uint32_t yes_tags, no_tags;
} matches[] = {
    {IF_PREFIX_LIST, PREFIXES, "10.0.0.0/8+9-24 2001:db8::/32", NULL, 0, 0,
	{.prefix = "10.1.0.0/16", .path = "101"}, {.prefix = "10.0.0.0/8", .path = "101"}, 0, 0},
    {IF_PREFIX_LIST, PREFIXES, "10.0.0.0/8+9-24", NULL, 0, 0,
	{.prefix = "10.1.1.0/24", .path = "101"}, {.prefix = "11.1.0.0/16", .path = "101"}, 0, 0},
    {IF_PEER, ASNS, "103 102", NULL, 0, 0, {.slot = 5, .prefix = "1.0.0.0/8", .path = "7"},
	{.slot = 0, .prefix = "1.0.0.0/8", .path = "102"}, 0, 0},
    {IF_PEER_ADDRESS, ADDRESSES, "192.0.2.9 2001:db8::2", NULL, 0, 0,
	{.slot = 5, .prefix = "1.0.0.0/8", .path = "7"},
	{.slot = 1, .prefix = "1.0.0.0/8", .path = "7"}, 0, 0},
    {IF_PATH_CONTAINS, ASNS, "8 9", NULL, 0, 0, {.prefix = "1.0.0.0/8", .path = "101 7 {5 9} 6"},
	{.prefix = "1.0.0.0/8", .path = "101 7 {5} 6"}, 0, 0},
    {IF_PATH_ORIGIN, ASNS, "6", NULL, 0, 0, {.prefix = "1.0.0.0/8", .path = "101 7 6"},
	{.prefix = "1.0.0.0/8", .path = "6 7 {6}"}, 0, 0},
    {IF_PATH_NEIGHBOR, ASNS, "6", NULL, 0, 0, {.prefix = "1.0.0.0/8", .path = "6 7"},
	{.prefix = "1.0.0.0/8", .path = "7 6"}, 0, 0},
    {IF_COMMUNITY, PATTERNS, "3356:dyn_val", "1:2:3", 0, 0,
	{.prefix = "1.0.0.0/8", .path = "6", .std = "1:1 3356:9"},
	{.prefix = "1.0.0.0/8", .path = "6", .std = "1:1", .large = "1:2:4"}, 0, 0},
    {IF_COMMUNITY, PATTERNS, "rt:5:6", "1:2:3", 0, 0,
	{.prefix = "1.0.0.0/8", .path = "6", .large = "1:2:3"},
	{.prefix = "1.0.0.0/8", .path = "6", .ext = "ro:5:6"}, 0, 0},
    {IF_ROV, NONE, NULL, NULL, 1 << ROV_UNKNOWN | 1 << ROV_INVALID, 0,
	{.prefix = "1.0.0.0/8", .path = "6"}, {.prefix = "1.0.0.0/8", .path = "6"},
	ROV_INVALID << TAG_ROV_SHIFT, ROV_VALID << TAG_ROV_SHIFT},
    {IF_ROV, NONE, NULL, NULL, 1 << ROV_NOT_PERFORMED, 0, {.prefix = "1.0.0.0/8", .path = "6"},
	{.prefix = "1.0.0.0/8", .path = "6"}, 0, ROV_UNKNOWN << TAG_ROV_SHIFT},
    {IF_IRR, NONE, NULL, NULL, IF_IRR_NO_ORIGIN | IF_IRR_PREFIX, 0,
	{.prefix = "1.0.0.0/8", .path = "6"}, {.prefix = "1.0.0.0/8", .path = "6"},
	TAG_IRR_PREFIX | TAG_IRR_ORIGIN, TAG_IRR_ORIGIN},
    {IF_LENGTH, NONE, NULL, NULL, 9, 10, {.prefix = "1.0.0.0/10", .path = "6"},
	{.prefix = "1.0.0.0/11", .path = "6"}, 0, 0},
    {IF_PATH_LENGTH, NONE, NULL, NULL, 3, 3, {.prefix = "1.0.0.0/10", .path = "6 6 {1 2}"},
	{.prefix = "1.0.0.0/10", .path = "6 {1 2}"}, 0, 0},
    {IF_BLACKHOLE, NONE, NULL, NULL, 1, 0, {.prefix = "1.0.0.0/10", .path = "6"},
	{.prefix = "1.0.0.0/10", .path = "6"}, TAG_BLACKHOLE, 0},
    {IF_BLACKHOLE, NONE, NULL, NULL, 0, 0, {.prefix = "1.0.0.0/10", .path = "6"},
	{.prefix = "1.0.0.0/10", .path = "6"}, 0, TAG_BLACKHOLE},
    {IF_FAMILY, NONE, NULL, NULL, FAMILY_IPV6, 0, {.prefix = "2001:db8::/32", .path = "6"},
	{.prefix = "1.0.0.0/10", .path = "6"}, 0, 0},
};

#define MATCH_COUNT (sizeof(matches) / sizeof(matches[0]))

static void
add_match_rule(size_t i, uint8_t negate)
{
	struct policy_match match = {
	    .kind = matches[i].kind, .negate = negate, .low = matches[i].low};

	match.high = matches[i].high;
	switch (matches[i].values) {
	case NONE:
		break;
	case PREFIXES:
		match.values = fix_prefixes(f, matches[i].text);
		break;
	case ASNS:
		match.values = fix_asns(f, matches[i].text);
		break;
	case ADDRESSES:
		match.values = fix_addresses(f, matches[i].text);
		break;
	case PATTERNS:
		match.values = patterns(matches[i].text, matches[i].more);
		break;
	}
	add_rule(match, DO_REJECT, 0);
	f->general.import_rules.count = 1;
}

START_TEST(every_kind_of_match)
{
	unsigned kinds = 0;

	for (size_t i = 0; i < MATCH_COUNT; i++) {
		for (uint8_t negate = 0; negate < 2; negate++) {
			f = fix_init();
			add_match_rule(i, negate);
			fix_open(f);
			ck_assert_msg(judge(&matches[i].yes, matches[i].yes_tags).reject == !negate,
			    "match %zu, negated %u", i, negate);
			ck_assert_msg(judge(&matches[i].no, matches[i].no_tags).reject == negate,
			    "no match %zu, negated %u", i, negate);
			fix_close(f);
		}
		kinds |= 1U << matches[i].kind;
	}
	ck_assert_uint_eq(kinds, (1U << IF_KINDS) - 1);
}
END_TEST

/* ---- order ---- */

static const struct fix_route route = {.prefix = "10.0.0.0/9", .path = "101 7"};
static const struct policy_match always = {.kind = IF_LENGTH, .low = 0, .high = 128};
static const struct policy_match never = {.kind = IF_LENGTH, .low = 99, .high = 99};

START_TEST(no_rules_no_result)
{
	struct rules_result r;

	f = fix_init();
	fix_open(f);
	r = judge(&route, 0);
	ck_assert(!r.reject && !r.has_local_pref && r.rule_count == 0);
	fix_close(f);
}
END_TEST

START_TEST(in_order_until_one_ends)
{
	struct rules_result r;

	f = fix_init();
	add_rule(always, DO_LOCAL_PREF, 50);
	add_rule(never, DO_REJECT, 0);
	add_rule(always, DO_ADD_COMMUNITY, 0);
	add_rule(always, DO_LOCAL_PREF, 60);
	add_rule(always, DO_ACCEPT, 0);
	add_rule(always, DO_REJECT, 0);
	add_rule(always, DO_ONLY_TO, 0); /* export */
	add_rule(always, DO_ACCEPT, 0);
	add_rule(always, DO_WITHHOLD_FROM, 0);
	fix_rule_community(f, "1:1");
	f->general.import_rules = (struct policy_range){0, 6};
	f->general.export_rules = (struct policy_range){6, 3};
	fix_open(f);
	r = judge(&route, 0);
	ck_assert(!r.reject && r.has_local_pref);
	ck_assert_uint_eq(r.local_pref, 60);
	ck_assert_uint_eq(r.rule_count, 2); /* those that change what leaves */
	ck_assert_uint_eq(r.rules[0], 2);
	ck_assert_uint_eq(r.rules[1], 6);
	ck_assert(rules_is_import(&f->general, 2) && !rules_is_import(&f->general, 6));
	fix_close(f);
}
END_TEST

START_TEST(reject_names_the_rule_and_ends_all)
{
	struct rules_result r;

	f = fix_init();
	add_rule(always, DO_ADD_COMMUNITY, 0);
	add_rule(always, DO_REJECT, 0);
	add_rule(always, DO_ONLY_TO, 0);
	add_rule(always, DO_WITHHOLD_FROM, 0); /* export */
	fix_rule_community(f, "1:1");
	f->general.import_rules = (struct policy_range){0, 3};
	f->general.export_rules = (struct policy_range){3, 1};
	fix_open(f);
	r = judge(&route, 0);
	ck_assert(r.reject);
	ck_assert_uint_eq(r.reject_rule, 1);
	ck_assert_uint_eq(r.rule_count, 1);
	fix_close(f);
}
END_TEST

START_TEST(reject_that_is_observed_ends_nothing)
{
	struct rules_result r;

	f = fix_init();
	add_rule(always, DO_REJECT, 0);
	add_rule(always, DO_ONLY_TO, 0);
	add_rule(always, DO_REJECT, 0);
	add_rule(always, DO_WITHHOLD_FROM, 0); /* export */
	f->general.import_rules = (struct policy_range){0, 3};
	f->general.export_rules = (struct policy_range){3, 1};
	f->peers[0].observe = UINT32_C(1) << REASON_RULE;
	fix_open(f);
	r = judge(&route, 0);
	ck_assert(r.reject); /* to be counted and shown */
	ck_assert_uint_eq(r.reject_rule, 0);
	ck_assert_uint_eq(r.rule_count, 2);
	ck_assert_uint_eq(r.rules[0], 1);
	ck_assert_uint_eq(r.rules[1], 3);
	fix_close(f);
}
END_TEST

START_TEST(all_matches_of_a_rule_must_hold)
{
	f = fix_init();
	f->matches[0] = always;
	f->matches[1] = (struct policy_match){.kind = IF_FAMILY, .low = FAMILY_IPV6};
	f->config.match_count = 2;
	f->actions[0].kind = DO_REJECT;
	f->config.action_count = 1;
	f->rules[0] = (struct policy_rule){.matches = {0, 2}, .actions = {0, 1}};
	f->config.rule_count = 1;
	f->general.import_rules.count = 1;
	fix_open(f);
	ck_assert(!judge(&route, 0).reject);
	ck_assert(judge(&(struct fix_route){.prefix = "2001:db8::/32", .path = "1"}, 0).reject);
	fix_close(f);
}
END_TEST

START_TEST(blocks_are_not_mixed_up)
{
	struct fix_route with = {.prefix = "10.0.0.0/9", .path = "101 7", .std = "3356:1"};
	struct rules_result r;

	f = fix_init();
	add_rule((struct policy_match){.kind = IF_COMMUNITY, .values = patterns("3356:1", "1:2")},
	    DO_REJECT, 0);
	f->general.import_rules.count = 1;
	fix_open(f);
	for (unsigned round = 0; round < 3; round++) {
		static const uint64_t serials[3][2] = {{5, 6}, {0, 0}, {7, 0}};

		fix_path(f, &path, &with);
		path.view.block_serial = serials[round][0];
		rules_judge(f->policy, &path.view, 0, &r);
		ck_assert(r.reject);
		rules_judge(f->policy, &path.view, 0, &r);
		ck_assert(r.reject);
		fix_path(f, &path, &route);
		path.view.block_serial = serials[round][1];
		rules_judge(f->policy, &path.view, 0, &r);
		ck_assert(!r.reject);
	}
	fix_close(f);
}
END_TEST

int
main(void)
{
	RUN_SUITE("rules", every_kind_of_match, no_rules_no_result, in_order_until_one_ends,
	    reject_names_the_rule_and_ends_all, reject_that_is_observed_ends_nothing,
	    all_matches_of_a_rule_must_hold, blocks_are_not_mixed_up);
}
