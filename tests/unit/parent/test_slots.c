/* What the parent remembers of slots: bgpd/parent/slots.h. */
#include <check.h>
#include <stdlib.h>

#include "bgpd/parent/slots.h"

static const uint32_t workers[] = {0, 1, 0, 1};
static struct slots *s;

static void
setup(void)
{
	s = slots_new(4, workers);
}

static void
teardown(void)
{
	slots_free(s);
}

START_TEST(test_connections_are_limited)
{
	unsigned i;

	for (i = 0; i < SLOTS_CONNECTIONS_MAX; i++) {
		ck_assert_ptr_null(slots_refusal(s, 1, 0));
		slots_opened(s, 1, 0);
	}
	ck_assert_ptr_nonnull(slots_refusal(s, 1, 0));
	ck_assert_ptr_null(slots_refusal(s, 3, 0));
	slots_closed(s, 1);
	ck_assert_ptr_null(slots_refusal(s, 1, 0));
}
END_TEST

START_TEST(test_attempts_are_limited)
{
	unsigned i;

	for (i = 0; i < SLOTS_BURST_MAX; i++) {
		ck_assert_ptr_null(slots_refusal(s, 1, 5000));
		slots_opened(s, 1, 5000);
		slots_closed(s, 1);
	}
	ck_assert_ptr_nonnull(slots_refusal(s, 1, 5000));
	ck_assert_ptr_null(slots_refusal(s, 2, 5000));
	ck_assert_ptr_nonnull(slots_refusal(s, 1, 5000 + 1000 / SLOTS_PER_S - 1));
	ck_assert_ptr_null(slots_refusal(s, 1, 5000 + 1000 / SLOTS_PER_S));
	/* over a long time: no more than are earned */
	for (i = 0; i < 1000; i++) {
		uint64_t now = 5000 + 10 * (uint64_t)i;

		if (slots_refusal(s, 1, now) == NULL) {
			slots_opened(s, 1, now);
			slots_closed(s, 1);
			ck_assert_uint_ge(now, 5000 + 1000 / SLOTS_PER_S);
		}
	}
	ck_assert_ptr_nonnull(slots_refusal(s, 1, 5000 + 9999));
	ck_assert_ptr_null(slots_refusal(s, 1, 5000 + 10000 + 1000 / SLOTS_PER_S));
}
END_TEST

/* A worker that reports too many ends does not make room for ever. */
START_TEST(test_too_many_ends)
{
	unsigned i;

	slots_closed(s, 0);
	slots_closed(s, 0);
	for (i = 0; i < SLOTS_CONNECTIONS_MAX; i++)
		slots_opened(s, 0, 0);
	ck_assert_ptr_nonnull(slots_refusal(s, 0, 0));
}
END_TEST

START_TEST(test_death_closes_connections_of_that_worker)
{
	unsigned i;

	for (i = 0; i < SLOTS_CONNECTIONS_MAX; i++) {
		slots_opened(s, 0, 0);
		slots_opened(s, 1, 0);
	}
	ck_assert(!slots_worker_died(s, 0, UINT32_MAX));
	ck_assert_ptr_null(slots_refusal(s, 0, 0));
	ck_assert_ptr_nonnull(slots_refusal(s, 1, 0));
}
END_TEST

START_TEST(test_operator_words_stay)
{
	slots_disable(s, 2, "maintenance");
	ck_assert(slots_is_disabled(s, 2));
	ck_assert_ptr_nonnull(slots_refusal(s, 2, 0));
	slots_worker_died(s, 0, UINT32_MAX);
	ck_assert(slots_is_disabled(s, 2));
	ck_assert_str_eq(slots_text(s, 2), "maintenance");
	slots_disable(s, 2, NULL);
	ck_assert_str_eq(slots_text(s, 2), "");
	slots_enable(s, 2);
	ck_assert_ptr_null(slots_refusal(s, 2, 0));
}
END_TEST

START_TEST(test_second_death_holds_down)
{
	ck_assert(!slots_worker_died(s, 1, 3));
	ck_assert(!slots_is_held_down(s, 3));
	ck_assert(!slots_worker_died(s, 1, 1));
	ck_assert(slots_worker_died(s, 1, 3));
	ck_assert(slots_is_held_down(s, 3));
	ck_assert_ptr_nonnull(slots_refusal(s, 3, 0));
	ck_assert(!slots_is_held_down(s, 1));
	/* told once */
	ck_assert(!slots_worker_died(s, 1, 3));
	slots_enable(s, 3);
	ck_assert_ptr_null(slots_refusal(s, 3, 0));
	ck_assert(!slots_worker_died(s, 1, 3));
}
END_TEST

START_TEST(test_worker_accuses_its_own_only)
{
	ck_assert(!slots_worker_died(s, 1, 0));
	ck_assert(!slots_worker_died(s, 1, 0));
	ck_assert(!slots_worker_died(s, 1, 4));
	ck_assert(!slots_is_held_down(s, 0));
}
END_TEST

/* Too many prefixes: for a time, or until somebody says so. */
START_TEST(test_limit_has_an_end)
{
	slots_limit(s, 0, 5000, "more than 10 ipv4 prefixes");
	slots_limit(s, 1, UINT64_MAX, "more than 20 ipv4 prefixes");
	slots_limit(s, 3, 4000, NULL);
	ck_assert_str_eq(slots_refusal(s, 0, 0), "the peer had too many prefixes");
	ck_assert_str_eq(slots_limit_text(s, 0), "more than 10 ipv4 prefixes");
	ck_assert_uint_eq(slots_limit_until_ms(s, 0), 5000);
	ck_assert_str_eq(slots_limit_text(s, 3), "");
	ck_assert_int_eq(slots_limit_over(s, 0, 3999), -1);
	ck_assert_int_eq(slots_limit_over(s, 0, 4999), 3);
	ck_assert(!slots_is_limited(s, 3));
	ck_assert_int_eq(slots_limit_over(s, 0, 5000), 0);
	ck_assert_str_eq(slots_limit_text(s, 0), "");
	ck_assert_int_eq(slots_limit_over(s, 0, UINT64_MAX - 1), -1);
	ck_assert(slots_is_limited(s, 1));
	ck_assert_ptr_null(slots_refusal(s, 0, 5000));
	ck_assert_ptr_nonnull(slots_refusal(s, 1, 5000));
	slots_enable(s, 1);
	ck_assert_ptr_null(slots_refusal(s, 1, 5000));
}
END_TEST

/* What the operator said and what the limit says do not end each other. */
START_TEST(test_limit_beside_the_operator)
{
	slots_disable(s, 0, "maintenance");
	slots_limit(s, 0, UINT64_MAX, "too many");
	slots_limit(s, 0, 0, NULL);
	ck_assert(slots_is_disabled(s, 0));
	ck_assert_str_eq(slots_text(s, 0), "maintenance");
	slots_limit(s, 0, UINT64_MAX, "too many");
	slots_reset(s, 0, 1);
	ck_assert(!slots_is_limited(s, 0));
	ck_assert_str_eq(slots_limit_text(s, 0), "");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("slots");
	TCase *t = tcase_create("slots");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, test_connections_are_limited);
	tcase_add_test(t, test_attempts_are_limited);
	tcase_add_test(t, test_too_many_ends);
	tcase_add_test(t, test_death_closes_connections_of_that_worker);
	tcase_add_test(t, test_operator_words_stay);
	tcase_add_test(t, test_second_death_holds_down);
	tcase_add_test(t, test_worker_accuses_its_own_only);
	tcase_add_test(t, test_limit_has_an_end);
	tcase_add_test(t, test_limit_beside_the_operator);
	suite_add_tcase(suite, t);
	r = srunner_create(suite);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
