/* How long a dead child waits: bgpd/parent/backoff.h. */
#include <check.h>
#include <stdlib.h>

#include "bgpd/parent/backoff.h"

START_TEST(test_steps)
{
	static const unsigned wants[] = {0, 1000, 2000, 4000, 8000, 16000, 30000, 30000};
	struct backoff b = {0};
	uint64_t now = 5000000;
	size_t i;

	for (i = 0; i < sizeof(wants) / sizeof(wants[0]); i++) {
		backoff_started(&b, now);
		now += 10;
		ck_assert_uint_eq(backoff_died(&b, now), wants[i]);
	}
}
END_TEST

START_TEST(test_stays_at_the_most)
{
	struct backoff b = {0};
	unsigned i;

	for (i = 0; i < 1000; i++) {
		backoff_started(&b, i);
		backoff_died(&b, i);
	}
	ck_assert_uint_eq(backoff_died(&b, 1000), BACKOFF_MAX_MS);
}
END_TEST

START_TEST(test_forgets_after_a_long_life)
{
	struct backoff b = {0};

	backoff_started(&b, 0);
	ck_assert_uint_eq(backoff_died(&b, 10), 0);
	backoff_started(&b, 10);
	ck_assert_uint_eq(backoff_died(&b, 10 + BACKOFF_STABLE_MS - 1), 1000);
	backoff_started(&b, 100000);
	ck_assert_uint_eq(backoff_died(&b, 100000 + BACKOFF_STABLE_MS), 0);
	backoff_started(&b, 200000);
	ck_assert_uint_eq(backoff_died(&b, 200000), 1000);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("backoff");
	TCase *t = tcase_create("backoff");
	SRunner *r;
	int failed;

	tcase_add_test(t, test_steps);
	tcase_add_test(t, test_stays_at_the_most);
	tcase_add_test(t, test_forgets_after_a_long_life);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
