/* Unit tests of rib/attrs.h. */
#include "rib/attrs.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define NEXT_HOP_4 4, 192, 0, 2, 1
#define ORIGIN_IGP 0x40, ATTR_ORIGIN, 0, 1, 0
#define PATH_65001 0x40, ATTR_AS_PATH, 0, 6, AS_SEQUENCE, 1, 0, 0, 0xfd, 0xe9
#define MED_7	   0x80, ATTR_MED, 0, 4, 0, 0, 0, 7

struct sample {
	const char *why;
	uint8_t bytes[80];
	size_t len;
};

#define SAMPLE(why, ...)                                                   \
	{                                                                  \
		why, {__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}) \
	}

static const struct sample good[] = {
    SAMPLE("least", 0, ORIGIN_IGP, 0x40, ATTR_AS_PATH, 0, 0),
    SAMPLE("IPv4", NEXT_HOP_4, ORIGIN_IGP, PATH_65001),
    SAMPLE("MED", NEXT_HOP_4, ORIGIN_IGP, PATH_65001, MED_7),
    SAMPLE("16 octets of next hop", 16, 0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1,
	ORIGIN_IGP, PATH_65001),
    SAMPLE("AGGREGATOR", NEXT_HOP_4, ORIGIN_IGP, PATH_65001, 0xc0, ATTR_AGGREGATOR, 0, 8, 0, 0, 0,
	1, 192, 0, 2, 9),
    SAMPLE("unknown with Partial", NEXT_HOP_4, ORIGIN_IGP, PATH_65001, 0xe0, 255, 0, 0),
};

static const struct sample bad[] = {
    SAMPLE("next hop of 5 octets", 5, 1, 2, 3, 4, 5, ORIGIN_IGP, PATH_65001),
    SAMPLE("next hop cut", 4, 192, 0, 2),
    SAMPLE("no attributes", NEXT_HOP_4),
    SAMPLE("no ORIGIN", NEXT_HOP_4, PATH_65001),
    SAMPLE("no AS_PATH", NEXT_HOP_4, ORIGIN_IGP),
    SAMPLE("ORIGIN twice", NEXT_HOP_4, ORIGIN_IGP, ORIGIN_IGP, PATH_65001),
    SAMPLE("descending", NEXT_HOP_4, PATH_65001, ORIGIN_IGP),
    SAMPLE("ORIGIN 3", NEXT_HOP_4, 0x40, ATTR_ORIGIN, 0, 1, 3, PATH_65001),
    SAMPLE("ORIGIN of 2 octets", NEXT_HOP_4, 0x40, ATTR_ORIGIN, 0, 2, 0, 0, PATH_65001),
    SAMPLE("header cut", NEXT_HOP_4, ORIGIN_IGP, PATH_65001, 0xc0, 8, 0),
    SAMPLE("value cut", NEXT_HOP_4, ORIGIN_IGP, PATH_65001, 0xc0, 8, 0, 4, 0, 0, 0),
    SAMPLE("Extended Length", NEXT_HOP_4, ORIGIN_IGP, PATH_65001, 0xd0, 8, 0, 4, 0, 0, 0, 0),
    SAMPLE("low flags", NEXT_HOP_4, ORIGIN_IGP, PATH_65001, 0xc1, 8, 0, 4, 0, 0, 0, 0),
    SAMPLE("path: empty segment", NEXT_HOP_4, ORIGIN_IGP, 0x40, 2, 0, 2, AS_SEQUENCE, 0),
    SAMPLE("path: type 3", NEXT_HOP_4, ORIGIN_IGP, 0x40, 2, 0, 6, 3, 1, 0, 0, 0, 1),
    SAMPLE("path: underrun", NEXT_HOP_4, ORIGIN_IGP, 0x40, 2, 0, 7, 2, 1, 0, 0, 0, 1, 2),
    SAMPLE("path: overrun", NEXT_HOP_4, ORIGIN_IGP, 0x40, 2, 0, 6, 2, 2, 0, 0, 0, 1),
    SAMPLE("path: 2-octet numbers", NEXT_HOP_4, ORIGIN_IGP, 0x40, 2, 0, 4, 2, 1, 0, 1),
    SAMPLE("MED of 3 octets", NEXT_HOP_4, ORIGIN_IGP, PATH_65001, 0x80, 4, 0, 3, 0, 0, 0),
    SAMPLE("AGGREGATOR of 6", NEXT_HOP_4, ORIGIN_IGP, PATH_65001, 0xc0, 7, 0, 6, 0, 1, 1, 1, 1, 1),
    SAMPLE("NEXT_HOP", NEXT_HOP_4, ORIGIN_IGP, PATH_65001, 0x40, 3, 0, 4, 192, 0, 2, 1),
    SAMPLE("LOCAL_PREF", NEXT_HOP_4, ORIGIN_IGP, PATH_65001, 0x40, 5, 0, 4, 0, 0, 0, 1),
    SAMPLE("MP_REACH_NLRI", NEXT_HOP_4, ORIGIN_IGP, PATH_65001, 0x80, 14, 0, 0),
    SAMPLE("MP_UNREACH_NLRI", NEXT_HOP_4, ORIGIN_IGP, PATH_65001, 0x80, 15, 0, 0),
    SAMPLE("AS4_PATH", NEXT_HOP_4, ORIGIN_IGP, PATH_65001, 0xc0, 17, 0, 0),
    SAMPLE("AS4_AGGREGATOR", NEXT_HOP_4, ORIGIN_IGP, PATH_65001, 0xc0, 18, 0, 0),
};

/* A copy of exactly len octets, so that the sanitizer sees a step too far. */
static bool
is_canonical(const uint8_t *bytes, size_t len)
{
	uint8_t *copy = malloc(len == 0 ? 1 : len);
	bool answer;

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, bytes, len);
	answer = attrs_is_canonical(copy, len);
	free(copy);
	return answer;
}

START_TEST(good_blocks_are_canonical)
{
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		ck_assert_msg(is_canonical(good[i].bytes, good[i].len), "%s", good[i].why);
}
END_TEST

START_TEST(bad_blocks_are_not)
{
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(!is_canonical(bad[i].bytes, bad[i].len), "%s", bad[i].why);
	ck_assert(!is_canonical(good[0].bytes, 0));
}
END_TEST

START_TEST(cut_blocks_are_never_read_too_far)
{
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		for (size_t len = 0; len < good[i].len; len++)
			(void)is_canonical(good[i].bytes, len);
	}
}
END_TEST

START_TEST(too_long_a_block_is_not_canonical)
{
	size_t len = ATTRS_MAX + 1;
	uint8_t *block = calloc(1, len);
	static const uint8_t head[] = {0, ORIGIN_IGP, 0x40, ATTR_AS_PATH, 0, 0, 0xc0, 255};
	size_t rest;

	ck_assert_ptr_nonnull(block);
	memcpy(block, head, sizeof(head));
	rest = len - sizeof(head) - 2;
	block[sizeof(head)] = (uint8_t)(rest >> 8);
	block[sizeof(head) + 1] = (uint8_t)rest;
	ck_assert(!attrs_is_canonical(block, len));
	rest--;
	block[sizeof(head)] = (uint8_t)(rest >> 8);
	block[sizeof(head) + 1] = (uint8_t)rest;
	ck_assert(attrs_is_canonical(block, len - 1));
	free(block);
}
END_TEST

START_TEST(stepping_and_finding)
{
	static const uint8_t block[] = {NEXT_HOP_4, ORIGIN_IGP, PATH_65001, MED_7};
	static const uint8_t types[] = {ATTR_ORIGIN, ATTR_AS_PATH, ATTR_MED};
	struct attr_view attr;
	size_t pos = 0, n = 0;

	while (attrs_next(block, sizeof(block), &pos, &attr)) {
		ck_assert_uint_lt(n, 3);
		ck_assert_uint_eq(attr.type, types[n++]);
	}
	ck_assert_uint_eq(n, 3);
	ck_assert(attrs_find(block, sizeof(block), ATTR_MED, &attr));
	ck_assert_uint_eq(attr.flags, 0x80);
	ck_assert_uint_eq(attr.len, 4);
	ck_assert_ptr_eq(attr.value, block + sizeof(block) - 4);
	ck_assert(!attrs_find(block, sizeof(block), ATTR_COMMUNITIES, &attr));
	ck_assert(!attrs_find(block, sizeof(block), ATTR_NEXT_HOP, &attr));
}
END_TEST

START_TEST(facts_of_a_long_path)
{
	static const uint8_t block[] = {NEXT_HOP_4, 0x40, ATTR_ORIGIN, 0, 1, 2, 0x40, ATTR_AS_PATH,
	    0, 26, AS_SEQUENCE, 2, 0, 0, 0xfd, 0xe9, 0, 1, 0, 0, AS_SET, 2, 0, 0, 0, 5, 0, 0, 0, 6,
	    AS_SEQUENCE, 1, 0x80, 0, 0, 7, MED_7};
	struct attrs_facts facts;

	ck_assert(attrs_is_canonical(block, sizeof(block)));
	attrs_read_facts(block, sizeof(block), &facts);
	ck_assert_uint_eq(facts.path_len, 4);
	ck_assert_uint_eq(facts.neighbour_as, 65001);
	ck_assert_uint_eq(facts.origin_as, 0x80000007);
	ck_assert_uint_eq(facts.med, 7);
	ck_assert(facts.has_med);
	ck_assert_uint_eq(facts.origin, 2);
	ck_assert_uint_eq(facts.nh_len, 4);
}
END_TEST

START_TEST(facts_of_sets_and_of_an_empty_path)
{
	static const uint8_t empty[] = {0, ORIGIN_IGP, 0x40, ATTR_AS_PATH, 0, 0};
	static const uint8_t sets[] = {0, ORIGIN_IGP, 0x40, ATTR_AS_PATH, 0, 18, AS_SET, 1, 0, 0, 0,
	    5, AS_SEQUENCE, 1, 0, 0, 0, 6, AS_SET, 1, 0, 0, 0, 7};
	struct attrs_facts facts;

	attrs_read_facts(empty, sizeof(empty), &facts);
	ck_assert_uint_eq(facts.path_len, 0);
	ck_assert_uint_eq(facts.neighbour_as, 0);
	ck_assert_uint_eq(facts.origin_as, 0);
	ck_assert(!facts.has_med);
	ck_assert_uint_eq(facts.nh_len, 0);
	ck_assert(attrs_is_canonical(sets, sizeof(sets)));
	attrs_read_facts(sets, sizeof(sets), &facts);
	ck_assert_uint_eq(facts.path_len, 3);
	ck_assert_uint_eq(facts.neighbour_as, 0);
	ck_assert_uint_eq(facts.origin_as, 0);
}
END_TEST

START_TEST(path_has)
{
	static const uint8_t block[] = {0, ORIGIN_IGP, 0x40, ATTR_AS_PATH, 0, 16, AS_SEQUENCE, 1, 0,
	    0, 0, 5, AS_SET, 2, 0, 0, 0, 6, 0x12, 0x34, 0x56, 0x78};

	ck_assert(attrs_is_canonical(block, sizeof(block)));
	ck_assert(attrs_path_has(block, sizeof(block), 5));
	ck_assert(attrs_path_has(block, sizeof(block), 6));
	ck_assert(attrs_path_has(block, sizeof(block), 0x12345678));
	ck_assert(!attrs_path_has(block, sizeof(block), 7));
	ck_assert(!attrs_path_has(block, sizeof(block), 0));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("rib/attrs");
	TCase *tests = tcase_create("attrs");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(tests, good_blocks_are_canonical);
	tcase_add_test(tests, bad_blocks_are_not);
	tcase_add_test(tests, cut_blocks_are_never_read_too_far);
	tcase_add_test(tests, too_long_a_block_is_not_canonical);
	tcase_add_test(tests, stepping_and_finding);
	tcase_add_test(tests, facts_of_a_long_path);
	tcase_add_test(tests, facts_of_sets_and_of_an_empty_path);
	tcase_add_test(tests, path_has);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
