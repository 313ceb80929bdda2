/* The worker's account of its ring, against a naive one. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "bgpd/ipc/quota.h"
#include "tests/unit/ipc/helper.h"

#define RING  65536u
#define SHARE (RING / QUOTA_SHARE)
#define SLOTS 40u

struct resumed {
	struct quota *q;
	uint32_t slots[SLOTS * 2];
	unsigned count;
	bool waits_again;
};

static void
resume(uint32_t slot, void *arg)
{
	struct resumed *r = arg;

	ck_assert(!quota_is_waiting(r->q, slot));
	ck_assert_uint_lt(r->count, SLOTS * 2);
	r->slots[r->count++] = slot;
	if (r->waits_again)
		quota_wait(r->q, slot);
}

START_TEST(test_share)
{
	struct quota *q = quota_new(RING, SLOTS);
	struct resumed r = {.q = q};

	ck_assert(quota_may(q, 7));
	quota_add(q, 7, SHARE - 16, SHARE - 16);
	ck_assert(quota_may(q, 7));
	quota_add(q, 7, SHARE, 16);
	ck_assert(!quota_may(q, 7));
	ck_assert(quota_may(q, 8));
	quota_wait(q, 7);
	quota_wait(q, 7);
	ck_assert_uint_eq(quota_waiting(q), 1);

	quota_release(q, SHARE - 17, resume, &r); /* not even the first record is taken */
	ck_assert_uint_eq(quota_used(q, 7), SHARE);
	ck_assert_uint_eq(r.count, 0);
	quota_release(q, SHARE - 16, resume, &r);
	ck_assert_uint_eq(quota_used(q, 7), 16);
	ck_assert_uint_eq(r.count, 1);
	ck_assert_uint_eq(r.slots[0], 7);
	quota_release(q, SHARE, resume, &r);
	ck_assert_uint_eq(r.count, 1); /* told once */
	ck_assert_uint_eq(quota_used(q, 7), 0);
	quota_free(q);
}
END_TEST

/* A slot that holds nothing waits for a full ring; it is not told before half of it is free. */
START_TEST(test_full_ring)
{
	struct quota *q = quota_new(RING, SLOTS);
	struct resumed r = {.q = q};
	uint64_t end = 0;

	for (uint32_t i = 0; i < 16; i++)
		quota_add(q, i, end += SHARE, SHARE);
	quota_wait(q, 30);
	quota_wait(q, 3);
	quota_wait(q, 31);
	for (uint64_t tail = SHARE; tail < RING / 2; tail += SHARE)
		quota_release(q, tail, resume, &r);
	ck_assert_uint_eq(r.count, 0);
	quota_release(q, RING / 2, resume, &r);
	ck_assert_uint_eq(r.count, 3); /* in the order in which they began to wait */
	ck_assert_uint_eq(r.slots[0], 30);
	ck_assert_uint_eq(r.slots[1], 3);
	ck_assert_uint_eq(r.slots[2], 31);
	quota_free(q);
}
END_TEST

START_TEST(test_who_waits_again_is_told_next_time)
{
	struct quota *q = quota_new(RING, SLOTS);
	struct resumed r = {.q = q, .waits_again = true};

	for (uint32_t i = 0; i < 5; i++)
		quota_wait(q, i);
	quota_release(q, 0, resume, &r);
	ck_assert_uint_eq(r.count, 5);
	ck_assert_uint_eq(quota_waiting(q), 5);
	r.waits_again = false;
	quota_release(q, 0, resume, &r);
	ck_assert_uint_eq(r.count, 10);
	ck_assert_uint_eq(quota_waiting(q), 0);
	quota_free(q);
}
END_TEST

static void
forget_all(uint32_t slot, void *arg)
{
	struct resumed *r = arg;

	r->count++;
	for (uint32_t i = 0; i < SLOTS; i++)
		quota_forget(r->q, i);
	(void)slot;
}

START_TEST(test_forget)
{
	struct quota *q = quota_new(RING, SLOTS);
	struct resumed r = {.q = q};

	for (uint32_t i = 0; i < 5; i++)
		quota_wait(q, i);
	quota_forget(q, 0);
	quota_forget(q, 2);
	quota_forget(q, 4);
	quota_forget(q, 4);
	quota_release(q, 0, resume, &r);
	ck_assert_uint_eq(r.count, 2);
	ck_assert_uint_eq(r.slots[0], 1);
	ck_assert_uint_eq(r.slots[1], 3);

	for (uint32_t i = 0; i < 5; i++)
		quota_wait(q, i);
	r.count = 0;
	quota_release(q, 0, forget_all, &r);
	ck_assert_uint_eq(r.count, 1);
	ck_assert_uint_eq(quota_waiting(q), 0);
	quota_free(q);
}
END_TEST

/* Random records and tails: what a slot holds is what a plain list says. */
START_TEST(test_random)
{
	enum { RECORDS = 20000 };
	static struct {
		uint64_t end;
		uint32_t slot;
		size_t len;
	} list[RECORDS];
	struct quota *q = quota_new(RING, SLOTS);
	struct resumed r = {.q = q};
	uint64_t seed = 1, end = 0, tail = 0;
	size_t first = 0;

	for (size_t i = 0; i < RECORDS; i++) {
		list[i].slot = (uint32_t)random_below(&seed, SLOTS);
		list[i].len = 16 + random_below(&seed, 100) * 8;
		end += list[i].len + random_below(&seed, 2) * 64; /* a pad now and then */
		list[i].end = end;
		quota_add(q, list[i].slot, end, list[i].len);
		if (random_below(&seed, 50) == 0)
			tail += random_below(&seed, end - tail + 1);
		quota_release(q, tail, resume, &r);
		while (first <= i && list[first].end <= tail)
			first++;
		if (i % 64 == 0) {
			uint32_t slot = (uint32_t)random_below(&seed, SLOTS);
			size_t used = 0;

			for (size_t j = first; j <= i; j++)
				used += list[j].slot == slot ? list[j].len : 0;
			ck_assert_uint_eq(quota_used(q, slot), used);
			ck_assert_int_eq(quota_may(q, slot), used < SHARE);
		}
	}
	quota_free(q);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("quota");
	TCase *tc = tcase_create("quota");
	SRunner *runner = srunner_create(s);
	int failed;

	suite_add_tcase(s, tc);
	tcase_add_test(tc, test_share);
	tcase_add_test(tc, test_full_ring);
	tcase_add_test(tc, test_who_waits_again_is_told_next_time);
	tcase_add_test(tc, test_forget);
	tcase_add_test(tc, test_random);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
