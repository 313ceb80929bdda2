/* When a measured round-trip time steers: at once, then only after a fifth for ten minutes. */
#include <check.h>
#include <stdlib.h>

#include "bgpd/core/rtt.h"

static const uint32_t thresholds[] = {10, 50};

static bool
look(struct rtt_steer *s, uint32_t us, uint64_t now_s)
{
	s->measured_us = us;
	return rtt_steer(s, thresholds, 2, now_s);
}

START_TEST(test_first)
{
	struct rtt_steer s = {0};

	ck_assert(!look(&s, 0, 1));
	ck_assert(look(&s, 11000, 2));
	ck_assert_uint_eq(s.steer_us, 11000);
	ck_assert(!look(&s, 11000, 3));
}
END_TEST

/* 10 ms is crossed upwards at 12 ms, downwards at 8 ms. */
START_TEST(test_a_fifth)
{
	struct rtt_steer s = {0};

	ck_assert(look(&s, 9000, 0));
	ck_assert(!look(&s, 12000, 1000));
	ck_assert(!look(&s, 12000, 1000 + 2 * RTT_PATIENCE_S));
	ck_assert(!look(&s, 12100, 5000));
	ck_assert(look(&s, 12100, 5000 + RTT_PATIENCE_S));
	ck_assert(!look(&s, 8000, 10000));
	ck_assert(!look(&s, 8000, 10000 + 2 * RTT_PATIENCE_S));
	ck_assert(!look(&s, 7900, 20000));
	ck_assert(look(&s, 7900, 20000 + RTT_PATIENCE_S));
}
END_TEST

START_TEST(test_patience)
{
	struct rtt_steer s = {0};

	ck_assert(look(&s, 9000, 0));
	ck_assert(!look(&s, 60000, 100));
	ck_assert(!look(&s, 60000, 99 + RTT_PATIENCE_S));
	/* One look at its old side: the time begins anew. */
	ck_assert(!look(&s, 9000, 100 + RTT_PATIENCE_S));
	ck_assert(!look(&s, 60000, 101 + RTT_PATIENCE_S));
	ck_assert(!look(&s, 60000, 100 + 2 * RTT_PATIENCE_S));
	ck_assert(look(&s, 60000, 101 + 2 * RTT_PATIENCE_S));
	ck_assert_uint_eq(s.steer_us, 60000);
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
	tcase_add_test(tests, test_a_fifth);
	tcase_add_test(tests, test_patience);
	suite_add_tcase(suite, tests);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
