/* Origin validation: RFC 6811, the use cases of RFC 6907 by number, and a naive search. */
#include "tests/unit/policy/generation.h"

#define AS_SET UINT32_MAX /* as origin: the path ends in one */

struct use_case {
	const char *section; /* of RFC 6907 */
	struct {
		const char *prefix;
		unsigned max_len;
		uint32_t asn;
	} roas[5];
	const char *prefix;
	uint32_t origin;
	enum policy_rov expected;
};

static const struct use_case use_cases[] = {
    {"3.1", {{"10.1.2.0/24", 24, 64496}}, "10.1.2.0/24", 64496, ROV_VALID},
    {"3.2", {{"10.1.0.0/16", 16, 64496}, {"10.1.0.0/20", 20, 64496}}, "10.1.0.0/16", 64496,
	ROV_VALID},
    {"3.2", {{"10.1.0.0/16", 16, 64496}, {"10.1.0.0/20", 20, 64496}}, "10.1.0.0/20", 64496,
	ROV_VALID},
    {"3.3", {{"10.1.0.0/16", 16, 64496}, {"10.1.0.0/20", 20, 64511}}, "10.1.0.0/16", 64496,
	ROV_VALID},
    {"3.3", {{"10.1.0.0/16", 16, 64496}, {"10.1.0.0/20", 20, 64511}}, "10.1.0.0/20", 64511,
	ROV_VALID},
    {"3.3", {{"10.1.0.0/16", 16, 64496}, {"10.1.0.0/20", 20, 64511}}, "10.1.0.0/20", 64496,
	ROV_INVALID},
    {"3.4", {{"10.1.0.0/16", 16, 64496}, {"10.1.0.0/20", 20, 64496}, {"10.1.16.0/20", 20, 64511}},
	"10.1.16.0/20", 64511, ROV_VALID},
    {"3.5", {{"10.1.0.0/16", 32, 0}}, "10.1.0.0/16", 64496, ROV_INVALID},
    {"3.5", {{"10.1.0.0/16", 32, 0}}, "10.1.17.0/24", 64511, ROV_INVALID},
    {"3.5", {{"10.1.0.0/16", 32, 0}}, "10.1.0.0/20", 0, ROV_INVALID},
    {"3.7", {{"10.1.0.0/17", 17, 64496}, {"10.1.128.0/17", 32, 0}}, "10.1.0.0/17", 64496,
	ROV_VALID},
    {"3.7", {{"10.1.0.0/17", 17, 64496}, {"10.1.128.0/17", 32, 0}}, "10.1.128.0/24", 64496,
	ROV_INVALID},
    {"3.8", {{"10.1.0.0/16", 20, 64496}}, "10.1.128.0/20", 64496, ROV_VALID},
    {"3.8", {{"10.1.0.0/16", 20, 64496}}, "10.1.0.0/21", 64496, ROV_INVALID},
    {"3.9", {{"10.1.0.0/16", 16, 64496}, {"10.1.0.0/20", 22, 64501}, {"10.1.128.0/20", 22, 64499}},
	"10.1.4.0/22", 64501, ROV_VALID},
    {"3.9", {{"10.1.0.0/16", 16, 64496}, {"10.1.0.0/20", 22, 64501}, {"10.1.128.0/20", 22, 64499}},
	"10.1.128.0/24", 64499, ROV_INVALID},
    {"3.9", {{"10.1.0.0/16", 16, 64496}, {"10.1.0.0/20", 22, 64501}, {"10.1.128.0/20", 22, 64499}},
	"10.1.0.0/23", 64496, ROV_INVALID},
    {"3.10", {{"10.1.0.0/24", 24, 64496}, {"10.1.3.0/24", 24, 64505}}, "10.1.0.0/22", 64497,
	ROV_UNKNOWN},
    {"5.1", {{"10.1.0.0/20", 20, 64511}}, "10.1.0.0/16", 64496, ROV_UNKNOWN},
    {"5.2",
	{{"10.1.0.0/16", 16, 64496}, {"10.1.0.0/20", 20, 64496}, {"10.1.16.0/20", 20, 64511},
	    {"10.1.32.0/20", 20, 64502}},
	"10.1.32.0/20", 64502, ROV_VALID},
    {"5.3",
	{{"10.1.0.0/16", 16, 64496}, {"10.1.0.0/20", 20, 64496}, {"10.1.16.0/20", 20, 64511},
	    {"10.1.17.0/24", 24, 64505}},
	"10.1.17.0/24", 64505, ROV_VALID},
    {"6.3", {{"10.1.0.0/16", 16, 64507}, {"10.1.4.0/24", 24, 64496}}, "10.1.4.0/24", 64496,
	ROV_VALID},
    {"7.1.1", {{"10.1.0.0/16", 20, 64496}}, "10.1.0.0/17", 64496, ROV_VALID},
    {"7.1.2", {{"10.1.0.0/16", 20, 64496}}, "10.1.0.0/22", 64496, ROV_INVALID},
    {"7.1.3", {{"10.1.0.0/16", 24, 64496}}, "10.1.88.0/24", 64511, ROV_INVALID},
    {"7.1.4", {{"10.1.0.0/16", 22, 64496}}, "10.1.88.0/24", 64511, ROV_INVALID},
    {"7.1.5", {{NULL, 0, 0}}, "10.1.3.0/24", 64511, ROV_UNKNOWN},
    {"7.1.6", {{"10.1.0.0/16", 32, 0}}, "10.1.5.0/24", 64511, ROV_INVALID},
    {"7.1.7",
	{{"10.1.0.0/18", 20, 64496}, {"10.1.64.0/18", 20, 64496}, {"10.1.128.0/18", 20, 64496},
	    {"10.1.192.0/18", 20, 64496}},
	"10.1.0.0/16", 64496, ROV_UNKNOWN},
    {"7.1.8", {{NULL, 0, 0}}, "10.1.0.0/16", AS_SET, ROV_UNKNOWN},
    {"7.1.9", {{"10.1.0.0/22", 24, 64496}}, "10.1.0.0/24", AS_SET, ROV_INVALID},
    {"7.1.10", {{"10.1.0.0/22", 24, 64511}}, "10.1.0.0/24", AS_SET, ROV_INVALID},
    {"7.1.11", {{"10.1.0.0/22", 24, 64509}}, "10.1.0.0/22", AS_SET, ROV_INVALID},
    {"7.1.12",
	{{"10.1.0.0/18", 20, 64496}, {"10.1.64.0/18", 20, 64497}, {"10.1.128.0/18", 20, 64498},
	    {"10.1.192.0/18", 20, 64499}},
	"10.1.0.0/16", AS_SET, ROV_UNKNOWN},
    {"7.2.1", {{"10.1.0.0/24", 24, 64496}}, "10.1.0.0/22", 64496, ROV_UNKNOWN},
    {"7.2.2", {{"10.1.0.0/22", 24, 64511}}, "10.1.0.0/24", 64496, ROV_INVALID},
};

START_TEST(use_cases_of_rfc_6907)
{
	const struct use_case *c = &use_cases[_i];
	struct generation g = {0};
	struct prefix prefix = gen_prefix(c->prefix);
	struct dataset *dataset;
	enum policy_rov state;

	for (size_t i = 0; i < 5 && c->roas[i].prefix != NULL; i++)
		gen_vrp(&g, c->roas[i].prefix, c->roas[i].max_len, c->roas[i].asn);
	dataset = gen_open(&g, 1);
	state =
	    dataset_rov(dataset, &prefix, c->origin != AS_SET, c->origin == AS_SET ? 0 : c->origin);
	ck_assert_msg(state == c->expected, "section %s, %s of AS%u: %d, not %d", c->section,
	    c->prefix, c->origin, state, c->expected);
	gen_close(&g, dataset);
}
END_TEST

/* One valid VRP is enough, wherever it stands among the others. */
START_TEST(one_match_of_many_is_enough)
{
	struct generation g = {0};
	struct prefix prefix = gen_prefix("2001:db8:1::/48");
	struct dataset *dataset;

	gen_vrp(&g, "2001:db8::/32", 32, 1);
	gen_vrp(&g, "2001:db8::/32", 48, 0);
	gen_vrp(&g, "2001:db8:1::/48", 48, 2);
	gen_vrp(&g, "2001:db8::/29", 48, 3);
	gen_vrp(&g, "2001:db8:1::/48", 64, 4);
	gen_vrp(&g, "2001:db8:1:1::/64", 64, 5);
	gen_vrp(&g, "::/0", 0, 6);
	dataset = gen_open(&g, 2);
	for (uint32_t origin = 0; origin < 8; origin++)
		ck_assert_int_eq(dataset_rov(dataset, &prefix, true, origin),
		    origin >= 2 && origin <= 4 ? ROV_VALID : ROV_INVALID);
	/* The number of an origin that is not there does not count. */
	ck_assert_int_eq(dataset_rov(dataset, &prefix, false, 2), ROV_INVALID);
	gen_close(&g, dataset);
}
END_TEST

static enum policy_rov
naive_rov(const struct generation *g, const struct prefix *prefix, bool has_origin, uint32_t origin)
{
	enum policy_rov state = ROV_UNKNOWN;

	for (uint32_t i = 0; i < g->data.vrp_count; i++) {
		const struct data_vrp *vrp = &g->data.vrps[i];

		if (!prefix_covers(&vrp->prefix, prefix))
			continue;
		if (has_origin && vrp->asn == origin && vrp->asn != 0 &&
		    prefix->len <= vrp->max_len)
			return ROV_VALID;
		state = ROV_INVALID;
	}
	return state;
}

START_TEST(agrees_with_a_naive_search)
{
	struct generation g = {.seed = (uint64_t)_i + 1};
	unsigned differences = 0, seen[4] = {0};
	struct dataset *dataset;

	for (unsigned i = 0; i < 100 + (unsigned)_i * 100; i++) {
		struct prefix prefix = gen_random_prefix(&g);
		unsigned max = prefix_max_len(prefix.family);
		unsigned len = prefix.len == 0 && i % 8 != 0 ? 1 : prefix.len;

		prefix = gen_cut(prefix, len);
		gen_vrp_of(&g, prefix, len + gen_random(&g, max - len + 1), gen_random(&g, 4));
	}
	dataset = gen_open(&g, 17);
	for (unsigned i = 0; i < 2000; i++) {
		struct prefix prefix = gen_random_prefix(&g);
		uint32_t origin = gen_random(&g, 5);
		bool has_origin = gen_random(&g, 8) != 0;
		enum policy_rov state = dataset_rov(dataset, &prefix, has_origin, origin);

		differences += state != naive_rov(&g, &prefix, has_origin, origin);
		seen[state]++;
	}
	ck_assert_uint_eq(differences, 0);
	ck_assert_uint_gt(seen[ROV_VALID], 20);
	ck_assert_uint_gt(seen[ROV_INVALID], 20);
	gen_close(&g, dataset);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("rov");
	TCase *tcase = tcase_create("rov");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(
	    tcase, use_cases_of_rfc_6907, 0, (int)(sizeof(use_cases) / sizeof(use_cases[0])));
	tcase_add_test(tcase, one_match_of_many_is_enough);
	tcase_add_loop_test(tcase, agrees_with_a_naive_search, 0, 10);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
