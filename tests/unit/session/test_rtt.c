/* Round-trip times: the least sample counts, a longer path is seen after two windows. */
#include <check.h>
#include <stdlib.h>

#include "bgpd/session/rtt.h"

START_TEST(test_first)
{
	struct rtt r = {0};

	rtt_sample(&r, 0, 1000);
	ck_assert_uint_eq(r.smooth_us, 0);
	ck_assert(!rtt_is_news(&r));
	rtt_sample(&r, 5000, 1000);
	ck_assert_uint_eq(r.smooth_us, 5000);
	ck_assert(rtt_is_news(&r));
}
END_TEST

/* Delays on top do not count; a shorter path does, within a few samples. */
START_TEST(test_least)
{
	struct rtt r = {0};

	rtt_sample(&r, 5000, 0);
	for (unsigned i = 1; i < 100; i++)
		rtt_sample(&r, 45000, i * 1000);
	ck_assert_uint_eq(r.smooth_us, 5000);
	for (unsigned i = 100; i < 160; i++)
		rtt_sample(&r, 2000, i * 1000);
	ck_assert_uint_eq(r.smooth_us, 2000);
}
END_TEST

START_TEST(test_longer_path)
{
	struct rtt r = {0};
	uint64_t now = 0;

	rtt_sample(&r, 5000, now);
	for (unsigned i = 0; i < 4000; i++)
		rtt_sample(&r, 20000, now += 1000);
	ck_assert_uint_eq(r.smooth_us, 20000);
	ck_assert_uint_ge(now, 2 * (uint64_t)RTT_WINDOW_MS);
}
END_TEST

START_TEST(test_news)
{
	struct rtt r = {0};

	rtt_sample(&r, 10000, 0);
	r.told_us = r.smooth_us;
	ck_assert(!rtt_is_news(&r));
	r.smooth_us = 10999;
	ck_assert(!rtt_is_news(&r));
	r.smooth_us = 11100;
	ck_assert(rtt_is_news(&r));
	r.smooth_us = 8900;
	ck_assert(rtt_is_news(&r));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("rtt");
	TCase *tests = tcase_create("rtt");
	SRunner *runner;
	int failed;

	tcase_add_test(tests, test_first);
	tcase_add_test(tests, test_least);
	tcase_add_test(tests, test_longer_path);
	tcase_add_test(tests, test_news);
	suite_add_tcase(suite, tests);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
