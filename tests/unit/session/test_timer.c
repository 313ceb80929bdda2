/* The timer wheel on a clock of its own. */
#include <string.h>

#include "bgpd/session/timer.h"
#include "tests/unit/session/suite.h"

#define MANY 200

static uint64_t fired_ms[MANY];
static unsigned fired;

static void
fire(void *arg, unsigned kind, uint64_t now_ms)
{
	(void)arg;
	ck_assert_uint_lt(kind, MANY);
	fired_ms[kind] = now_ms;
	fired++;
}

/* Time goes on millisecond by millisecond. */
static void
run(struct timers *w, uint64_t *now, uint64_t until)
{
	for (; *now <= until; (*now)++)
		timers_run(w, *now);
}

START_TEST(test_fires_in_time)
{
	static const uint64_t after[] = {1, 15, 16, 17, 999, 65535, 65536, 65537, 200000};
	uint64_t now = 1000003;
	struct timers *w = timers_new(now);
	struct timer t[COUNT(after)];

	for (unsigned i = 0; i < COUNT(after); i++) {
		timer_init(&t[i], fire, NULL, i);
		timer_set(w, &t[i], now + after[i]);
		ck_assert(timer_is_running(&t[i]));
	}
	run(w, &now, now + 210000);
	ck_assert_uint_eq(fired, COUNT(after));
	for (unsigned i = 0; i < COUNT(after); i++) {
		ck_assert_uint_ge(fired_ms[i], 1000003 + after[i]);
		ck_assert_uint_le(fired_ms[i], 1000003 + after[i] + TIMER_BUCKET_MS);
		ck_assert(!timer_is_running(&t[i]));
	}
	timers_free(w);
}
END_TEST

START_TEST(test_pushed_back_and_forward)
{
	uint64_t now = 5000;
	struct timers *w = timers_new(now);
	struct timer t;

	timer_init(&t, fire, NULL, 0);
	timer_set(w, &t, now + 100);
	for (unsigned i = 0; i < 50; i++) {
		run(w, &now, now + 50);
		timer_set(w, &t, now + 100);
	}
	ck_assert_uint_eq(fired, 0);
	timer_set(w, &t, now + 20);
	run(w, &now, now + 40);
	ck_assert_uint_eq(fired, 1);
	timer_set(w, &t, now + 20);
	timer_stop(&t);
	run(w, &now, now + 200);
	ck_assert_uint_eq(fired, 1);
	timers_free(w);
}
END_TEST

START_TEST(test_long_sleep)
{
	struct timers *w = timers_new(0);
	struct timer t[3];

	for (unsigned i = 0; i < 3; i++) {
		timer_init(&t[i], fire, NULL, i);
		timer_set(w, &t[i], 1000 + i * 100000);
	}
	timers_run(w, 1000000);
	ck_assert_uint_eq(fired, 3);
	ck_assert_uint_eq(timers_next_ms(w), UINT64_MAX);
	timers_free(w);
}
END_TEST

START_TEST(test_left)
{
	struct timers *w = timers_new(0);
	struct timer t;

	timer_init(&t, fire, NULL, 0);
	ck_assert_uint_eq(timer_left_s(&t, 0), 0);
	timer_set(w, &t, 2500);
	ck_assert_uint_eq(timer_left_s(&t, 1000), 2);
	ck_assert_uint_eq(timer_left_s(&t, 3000), 1);
	timer_stop(&t);
	timers_free(w);
}
END_TEST

struct pair {
	struct timers *wheel;
	struct timer a, b;
};

static void
stop_other(void *arg, unsigned kind, uint64_t now_ms)
{
	struct pair *p = arg;

	fire(NULL, kind, now_ms);
	timer_stop(kind == 0 ? &p->b : &p->a);
	timer_set(p->wheel, kind == 0 ? &p->a : &p->b, now_ms + 1000);
}

START_TEST(test_fire_may_change_timers)
{
	uint64_t now = 160;
	struct pair p = {.wheel = timers_new(now)};

	timer_init(&p.a, stop_other, &p, 0);
	timer_init(&p.b, stop_other, &p, 1);
	timer_set(p.wheel, &p.a, 200);
	timer_set(p.wheel, &p.b, 200);
	run(p.wheel, &now, 300);
	ck_assert_uint_eq(fired, 1);
	run(p.wheel, &now, 1300);
	ck_assert_uint_eq(fired, 2);
	timer_stop(&p.a);
	timer_stop(&p.b);
	timers_free(p.wheel);
}
END_TEST

/* Random setting and stopping, the loop sleeping until timers_next_ms() as the worker's does. */
START_TEST(test_random)
{
	uint64_t seed = 7, now = 12345, due[MANY] = {0};
	struct timers *w = timers_new(now);
	struct timer t[MANY];

	for (unsigned i = 0; i < MANY; i++)
		timer_init(&t[i], fire, NULL, i);
	for (unsigned round = 0; round < 4000; round++) {
		unsigned i = (unsigned)random_below(&seed, MANY);
		uint64_t next;

		if (random_below(&seed, 4) == 0) {
			timer_stop(&t[i]);
			due[i] = 0;
		} else {
			due[i] = now + random_below(&seed, 100000);
			timer_set(w, &t[i], due[i]);
		}
		next = timers_next_ms(w);
		for (unsigned k = 0; k < MANY; k++)
			if (due[k] != 0)
				ck_assert_uint_le(next, due[k] + TIMER_BUCKET_MS);
		now += random_below(&seed, 200);
		memset(fired_ms, 0, sizeof(fired_ms));
		timers_run(w, now);
		for (unsigned k = 0; k < MANY; k++) {
			if (fired_ms[k] != 0) {
				ck_assert_uint_ne(due[k], 0);
				ck_assert_uint_le(due[k], now);
				due[k] = 0;
			}
			ck_assert(due[k] == 0 || due[k] + TIMER_BUCKET_MS > now);
		}
	}
	for (unsigned i = 0; i < MANY; i++)
		timer_stop(&t[i]);
	timers_free(w);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {test_fires_in_time, test_pushed_back_and_forward,
	    test_long_sleep, test_left, test_fire_may_change_timers, test_random};

	return run_suite("timer", tests, COUNT(tests));
}
