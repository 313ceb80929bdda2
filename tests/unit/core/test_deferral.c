/*
 * Graceful restart: our own start, after which nobody is told anything before members have told
 * what they have, or for too long.
 */
#include "tests/unit/core/restart.h"

static void
setup_start(void)
{
	deferral_s = 120;
	change_slots = with_restart;
	setup();
}

static void
look_after(uint32_t seconds)
{
	restart_look(&core, clock_us() + seconds * S);
	turn();
}

START_TEST(nobody_is_told_before_all_have_told)
{
	uint32_t e[3];
	struct record_up up;

	for (uint16_t i = 0; i < 2; i++)
		e[i] = bring_up_restarter(i);
	bring_up(3);
	announce(0, e[0], 2);
	ck_assert_uint_eq(hear(1).start, 1);
	ck_assert_uint_eq(hear(1).announced + hear(1).eor, 0);
	ck_assert_uint_eq(restart_missing(&core), 3);
	ck_assert_uint_eq(alarm_count(core.alarms), 1);
	say_eor(0, e[0]);
	look_after(1);
	ck_assert_uint_eq(restart_missing(&core), 2);
	say_eor(1, e[1]);
	look_after(2);
	ck_assert_uint_eq(restart_missing(&core), 1);
	ck_assert_uint_eq(hear(3).announced, 0);
	/* Restarted itself: it waits for us, we do not wait for it. */
	up = restarter_of(2);
	up.gr_restarted = 1;
	put(0, &up, sizeof(up));
	look_after(3);
	ck_assert(!core.deferral.is_on);
	ck_assert_uint_eq(hear(1).announced, 2);
	ck_assert_uint_eq(hear(3).announced, 2);
	ck_assert_uint_eq(hear(1).eor, 1);
	ck_assert_uint_eq(event_count(EVENT_TELLING_BEGUN), 1);
	ck_assert_uint_eq(alarm_count(core.alarms), 0);
}
END_TEST

START_TEST(the_wait_has_an_end)
{
	uint32_t e = bring_up_restarter(0);

	bring_up(1);
	announce(0, e, 2);
	look_after(1);
	look_after(40);
	ck_assert_uint_eq(restart_missing(&core), 2); /* and member 2 may be on its way */
	look_after(42);
	ck_assert_uint_eq(restart_missing(&core), 1);
	ck_assert_uint_eq(hear(1).announced, 0);
	look_after(118);
	ck_assert_uint_eq(hear(1).announced, 0);
	look_after(121);
	ck_assert_uint_eq(hear(1).announced, 2);
	ck_assert_uint_eq(hear(1).eor, 1);
}
END_TEST

/* For a while after the last one has come, and not for the whole time. */
START_TEST(who_never_comes_is_not_waited_for)
{
	uint32_t e;

	look_after(38);
	ck_assert_uint_eq(restart_missing(&core), 3);
	e = bring_up_restarter(0);
	announce(0, e, 2);
	say_eor(0, e);
	look_after(39);
	ck_assert_uint_eq(restart_missing(&core), 2);
	/* One that comes and goes does not come again and again. */
	for (unsigned i = 0; i < 3; i++) {
		e = bring_up_restarter(1);
		look_after(45 + i);
		lose(1, e, 0, false);
	}
	bring_up(3);
	look_after(84);
	ck_assert_uint_eq(restart_missing(&core), 2);
	ck_assert_uint_eq(hear(3).announced, 0);
	look_after(86);
	ck_assert(!core.deferral.is_on);
	ck_assert_uint_eq(hear(3).announced, 2);
}
END_TEST

/* Who has said all and is gone again, who has no graceful restart, who is kept down. */
START_TEST(who_is_not_waited_for)
{
	uint32_t e = bring_up_restarter(0);

	say_eor(0, e);
	look_after(1);
	lose(0, e, 0, false);
	bring_up(1);
	mark_barred(2);
	look_after(2);
	ck_assert(!core.deferral.is_on);
	ck_assert_uint_eq(hear(1).eor, 1);
}
END_TEST

START_TEST(without_graceful_restart_nothing_is_deferred)
{
	ck_assert(!core.deferral.is_on);
	bring_up(1);
	ck_assert_uint_eq(hear(1).eor, 1);
}
END_TEST

static void
setup_plain_start(void)
{
	deferral_s = 60;
	change_slots = without_restart;
	setup();
}

int
main(void)
{
	Suite *s = suite_create("core/deferral");
	TCase *start = case_of("start", setup_start),
	      *plain = case_of("plain start", setup_plain_start);
	SRunner *r;
	int failed;

	tcase_add_test(start, nobody_is_told_before_all_have_told);
	tcase_add_test(start, the_wait_has_an_end);
	tcase_add_test(start, who_never_comes_is_not_waited_for);
	tcase_add_test(start, who_is_not_waited_for);
	suite_add_tcase(s, start);
	tcase_add_test(plain, without_graceful_restart_nothing_is_deferred);
	suite_add_tcase(s, plain);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed > 0;
}
