/*
 * Graceful restart: members that are away and come back or do not, and refreshes of theirs.
 */
#include "tests/unit/core/restart.h"

/* ---- members that are away ---- */

static uint32_t e0;

/* Member 0 has announced two routes, member 1 has been told them; then 0 is lost. */
static void
setup_away(void)
{
	setup_restart();
	e0 = bring_up_restarter(0);
	bring_up(1);
	announce(0, e0, 2);
	say_eor(0, e0);
	ck_assert_uint_eq(hear(1).announced, 2);
	position = log_head_acquire(reader);
	lose(0, e0, IPV4, false);
}

START_TEST(routes_of_a_member_that_is_away_stay)
{
	ck_assert_uint_eq(stale(0), 2);
	ck_assert_uint_eq(hear(1).withdrawn, 0);
	ck_assert_uint_eq(restart_away_s(&core, 0, clock_us()), RESTART_S);
	ck_assert_uint_eq(restart_left_s(&core, 0, FAMILY_IPV4, clock_us()), RESTART_S);
	e0 = bring_up_restarter(0);
	ck_assert_uint_eq(stale(0), 2);
	ck_assert_uint_eq(restart_away_s(&core, 0, clock_us()), 0);
	/* One comes again, which nobody hears of; End-of-RIB, and the other one goes. */
	announce(0, e0, 1);
	ck_assert_uint_eq(stale(0), 1);
	ck_assert_uint_eq(hear(1).announced + hear(1).withdrawn, 0);
	say_eor(0, e0);
	ck_assert_uint_eq(hear(1).withdrawn, 1);
	ck_assert_uint_eq(received(0), 1);
	ck_assert_uint_eq(restart_left_s(&core, 0, FAMILY_IPV4, clock_us()), 0);
	/* Nothing is waited for any more. */
	watch_after(2 * STALE_S);
	ck_assert_uint_eq(received(0), 1);
	ck_assert(core.slots[0].up);
}
END_TEST

/* What the history of member 0 has at this place. */
static void
expect_given_up(unsigned i, const char *text)
{
	const struct history *h = core.slots[0].history;

	ck_assert_uint_gt(history_count(h), i);
	ck_assert_int_eq(history_get(h, i)->what, HISTORY_GIVEN_UP);
	ck_assert_str_eq(history_get(h, i)->text, text);
}

START_TEST(who_does_not_come_back_in_time_is_given_up)
{
	watch_after(RESTART_S - 2);
	ck_assert_uint_eq(hear(1).withdrawn, 0);
	watch_after(RESTART_S + 1);
	ck_assert_uint_eq(hear(1).withdrawn, 2);
	ck_assert_uint_eq(received(0), 0);
	ck_assert_uint_eq(core.slots[0].stale.kept, 0);
	ck_assert_uint_eq(event_count(EVENT_PEER_GIVEN_UP), 1);
	expect_given_up(2, "its stale routes have gone: it has not come back in time");
}
END_TEST

/* RFC 4724 section 4.2: no F bit, not listed, no capability. */
START_TEST(without_forwarding_state_they_go_at_once)
{
	struct record_up up = restarter_of(0);

	up.gr_forwarding = 0;
	if (_i > 0)
		up.gr_families = 0;
	if (_i > 1)
		up.gr = 0, up.gr_time_s = 0;
	put(0, &up, sizeof(up));
	ck_assert(core.slots[0].up);
	ck_assert_uint_eq(hear(1).withdrawn, 2);
	ck_assert_uint_eq(received(0), 0);
	ck_assert_uint_eq(restart_left_s(&core, 0, FAMILY_IPV4, clock_us()), 0);
	expect_given_up(2, "its stale routes have gone: it is back without its forwarding state");
	ck_assert_int_eq(history_get(core.slots[0].history, 3)->what, HISTORY_UP);
}
END_TEST

START_TEST(without_end_of_rib_they_go_in_the_end)
{
	e0 = bring_up_restarter(0);
	announce(0, e0, 1);
	watch_after(STALE_S - 2);
	ck_assert_uint_eq(hear(1).withdrawn, 0);
	watch_after(STALE_S + 1);
	ck_assert_uint_eq(hear(1).withdrawn, 1);
	ck_assert_uint_eq(received(0), 1);
	ck_assert(core.slots[0].up);
	ck_assert_uint_eq(event_count(EVENT_STALE_SWEPT), 1);
}
END_TEST

START_TEST(a_second_loss_sweeps_unless_older_may_stay)
{
	bool older = _i != 0;

	e0 = bring_up_restarter(0);
	announce(0, e0, 1);
	lose(0, e0, IPV4, older);
	ck_assert_uint_eq(hear(1).withdrawn, older ? 0 : 1);
	ck_assert_uint_eq(stale(0), older ? 2 : 1);
}
END_TEST

/* However often it goes: what was never confirmed has the deadline of the first time. */
START_TEST(older_ones_keep_their_deadline)
{
	uint64_t first_us = core.slots[0].stale.until_us[FAMILY_IPV4];

	for (unsigned i = 0; i < 3; i++) {
		e0 = bring_up_restarter(0);
		usleep(1000);
		lose(0, e0, IPV4, true);
	}
	ck_assert_uint_eq(core.slots[0].stale.until_us[FAMILY_IPV4], first_us);
	/* End-of-RIB confirms: the next loss begins anew. */
	e0 = bring_up_restarter(0);
	announce(0, e0, 2);
	say_eor(0, e0);
	lose(0, e0, IPV4, true);
	ck_assert_uint_gt(core.slots[0].stale.until_us[FAMILY_IPV4], first_us);
	ck_assert_uint_eq(hear(1).withdrawn, 0);
}
END_TEST

START_TEST(an_operator_is_obeyed_at_once)
{
	if (_i == 0)
		restart_give_up(&core, 0, "test");
	else
		egress_cease(&core, 0, 6, 4, "test");
	turn();
	ck_assert_uint_eq(hear(1).withdrawn, 2);
	ck_assert_uint_eq(restart_away_s(&core, 0, clock_us()), 0);
}
END_TEST

/* Disabled, held down or limited elsewhere: it will not come back. */
START_TEST(who_is_kept_down_is_given_up)
{
	mark_barred(0);
	watch_after(1);
	ck_assert_uint_eq(hear(1).withdrawn, 2);
	ck_assert_uint_eq(core.slots[0].stale.kept, 0);
	ck_assert_uint_eq(event_count(EVENT_PEER_GIVEN_UP), 1);
}
END_TEST

static void
change_nothing(struct policy_peer *peer)
{
	(void)peer;
}

START_TEST(a_reload_that_takes_it_away)
{
	change_slots = without_restart;
	change_config(1, change_nothing);
	turn();
	ck_assert_uint_eq(hear(1).withdrawn, 2);
}
END_TEST

/* ---- what a session's end may keep ---- */

/* rib has the new configuration before the worker ends the session with 6/6, which keeps. */
START_TEST(a_session_that_a_reload_ends)
{
	uint32_t e = bring_up_restarter(0);

	bring_up(1);
	announce(0, e, 2);
	change_slots = without_restart;
	change_config(1, change_nothing);
	turn();
	ck_assert_uint_eq(hear(1).withdrawn, 0);
	lose(0, e, IPV4, true);
	ck_assert_uint_eq(hear(1).withdrawn, 2);
	ck_assert_uint_eq(core.slots[0].stale.kept, 0);
	ck_assert_uint_eq(core.workers[0].refused, 0);
}
END_TEST

/* The IPv6 peer speaks IPv4, too. */
static void
with_both(struct compiled_head *head, struct compiled_slot *slots)
{
	with_restart(head, slots);
	slots[4].families = BOTH;
	slots[4].flags |= SLOT_GRACEFUL_RESTART;
}

static void
with_ipv6_alone(struct compiled_head *head, struct compiled_slot *slots)
{
	with_both(head, slots);
	slots[4].families = 1 << FAMILY_IPV6;
}

static void
setup_both(void)
{
	deferral_s = 0;
	change_slots = with_both;
	setup();
}

/* Member 4 has announced two IPv4 routes, member 1 has been told them. */
static uint32_t
bring_up_both(void)
{
	struct record_up up = restarter_of(4);

	up.families = up.gr_families = up.gr_forwarding = BOTH;
	put(0, &up, sizeof(up));
	bring_up(1);
	announce(4, up.head.epoch, 2);
	ck_assert_uint_eq(hear(1).announced, 2);
	return up.head.epoch;
}

/* A reload takes one of the families away: before the session is lost, or while it is away. */
START_TEST(a_reload_that_takes_a_family_away)
{
	uint32_t e = bring_up_both();

	if (_i == 0)
		lose(4, e, BOTH, true);
	ck_assert_uint_eq(hear(1).withdrawn, 0);
	change_slots = with_ipv6_alone;
	change_config(1, change_nothing);
	turn();
	if (_i == 1)
		lose(4, e, BOTH, true);
	ck_assert_uint_eq(hear(1).withdrawn, 2);
	ck_assert_uint_eq(core.slots[4].stale.kept, 1 << FAMILY_IPV6);
	ck_assert_uint_eq(restart_away_s(&core, 4, clock_us()), RESTART_S);
}
END_TEST

START_TEST(only_what_was_agreed_upon_is_kept)
{
	uint32_t e = bring_up(0);

	bring_up(1);
	announce(0, e, 2);
	lose(0, e, IPV4, false);
	ck_assert_uint_eq(hear(1).withdrawn, 2);
	ck_assert_uint_eq(core.slots[0].stale.kept, 0);
	ck_assert_uint_eq(core.workers[0].refused, 1);
	/* What was agreed upon, and the worker says that nothing stays. */
	e = bring_up_restarter(0);
	announce(0, e, 2);
	lose(0, e, 0, false);
	ck_assert_uint_eq(hear(1).withdrawn, 4);
	ck_assert_uint_eq(core.workers[0].refused, 1);
}
END_TEST

START_TEST(a_worker_that_dies_leaves_stale_routes)
{
	struct channel_number died = {.number = 0};
	uint32_t e = bring_up_restarter(0);

	bring_up(1);
	announce(0, e, 2);
	ck_assert_int_eq(channel_send(parent, CHANNEL_WORKER_DIED, &died, NULL, 0), 0);
	parent_read(&core);
	turn();
	ck_assert_uint_eq(hear(1).withdrawn, 0);
	ck_assert_uint_eq(stale(0), 2);
	ring_unmap(rings[0]);
	session_table_unmap(sessions[0]);
	give_worker(0);
	e = bring_up_restarter(0);
	ck_assert_uint_eq(stale(0), 2);
	say_eor(0, e);
	ck_assert_uint_eq(hear(1).withdrawn, 2);
}
END_TEST

static void
limit_to_2(struct policy_peer *peer)
{
	peer->limit[FAMILY_IPV4] = 2;
	peer->limit_action = LIMIT_WARNING;
}

static bool
has_limit_alarm(void)
{
	const struct alarm_entry *a;

	for (size_t i = 0; (a = alarm_get(core.alarms, i)) != NULL; i++)
		if (a->alarm == ALARM_LIMIT_REACHED)
			return true;
	return false;
}

START_TEST(stale_routes_count_against_the_limit)
{
	uint32_t e;

	change_config(0, limit_to_2);
	e = bring_up_restarter(0);
	announce(0, e, 2);
	ck_assert(has_limit_alarm());
	lose(0, e, IPV4, false);
	ck_assert(has_limit_alarm());
	bring_up_restarter(0);
	ck_assert(has_limit_alarm());
	watch_after(STALE_S + 1);
	ck_assert(!has_limit_alarm());
}
END_TEST

static void
shut_down_at_2(struct policy_peer *peer)
{
	peer->limit[FAMILY_IPV4] = 2;
	peer->limit_action = LIMIT_SHUTDOWN;
}

/* It has other routes now, or other path ids: old and new ones together are not what it has. */
START_TEST(stale_routes_make_room)
{
	struct routes r;
	uint32_t e;

	change_config(0, shut_down_at_2);
	e = bring_up_restarter(0);
	announce(0, e, 2);
	lose(0, e, IPV4, false);
	e = bring_up_restarter(0);
	r = routes_of(0, e, _i == 0 ? ROUTES_ANNOUNCE : ROUTES_MALFORMED);
	r.route[0].prefix.addr[0]++;
	r.route[1].prefix.addr[0]++;
	put(0, &r, r.r.head.len);
	ck_assert(core.slots[0].up);
	ck_assert_uint_eq(stale(0), 0);
	ck_assert_uint_eq(received(0), 2);
	ck_assert_uint_eq(event_count(EVENT_LIMIT_REACHED), 0);
	/* One more is one too many. */
	r.route[0].prefix.addr[1]++;
	put(0, &r, r.r.head.len);
	ck_assert(!core.slots[0].up);
	ck_assert_uint_eq(event_count(EVENT_LIMIT_REACHED), 1);
}
END_TEST

/* Those that a refresh has yet to confirm are the member's all the same. */
START_TEST(a_refresh_makes_no_room)
{
	struct routes r;
	uint32_t e;

	change_config(0, shut_down_at_2);
	e = bring_up_restarter(0);
	announce(0, e, 2);
	say_eor(0, e);
	say_refresh(0, e, REFRESH_BEGIN);
	r = routes_of(0, e, ROUTES_ANNOUNCE);
	r.route[0].prefix.addr[0]++;
	put(0, &r, r.r.head.len);
	ck_assert(!core.slots[0].up);
}
END_TEST

/* What is stale for the second time is late before its member is: that is its end, too. */
START_TEST(late_while_it_is_away)
{
	uint32_t e;

	change_config(0, limit_to_2);
	e = bring_up_restarter(0);
	announce(0, e, 2);
	lose(0, e, IPV4, false);
	e = bring_up_restarter(0);
	core.slots[0].stale.until_us[FAMILY_IPV4] = clock_us() + 10 * S;
	lose(0, e, IPV4, true);
	ck_assert_uint_eq(restart_away_s(&core, 0, clock_us()), RESTART_S);
	ck_assert_uint_eq(restart_left_s(&core, 0, FAMILY_IPV4, clock_us()), 10);
	watch_after(11);
	ck_assert_uint_eq(received(0), 0);
	ck_assert_uint_eq(restart_away_s(&core, 0, clock_us()), 0);
	ck_assert_uint_eq(core.slots[0].stale.back_by_us, 0);
	expect_given_up(4, "its stale routes have gone: they have been stale for too long");
	ck_assert(!has_limit_alarm());
}
END_TEST

/* ---- refreshes of a member (RFC 7313) ---- */

static void
setup_refresh(void)
{
	setup_restart();
	e0 = bring_up_restarter(0);
	bring_up(1);
	announce(0, e0, 2);
}

START_TEST(what_a_refresh_does_not_bring_goes)
{
	say_eor(0, e0);
	say_refresh(0, e0, REFRESH_BEGIN);
	ck_assert_uint_eq(stale(0), 2);
	ck_assert_uint_eq(restart_left_s(&core, 0, FAMILY_IPV4, clock_us()), STALE_S);
	announce(0, e0, 1);
	ck_assert_uint_eq(hear(1).withdrawn, 0);
	say_refresh(0, e0, REFRESH_END);
	ck_assert_uint_eq(hear(1).withdrawn, 1);
	ck_assert_uint_eq(restart_left_s(&core, 0, FAMILY_IPV4, clock_us()), 0);
	ck_assert_uint_eq(event_count(EVENT_REFRESH_IGNORED), 0);
}
END_TEST

START_TEST(a_refresh_that_does_not_end_is_ended)
{
	say_eor(0, e0);
	say_refresh(0, e0, REFRESH_BEGIN);
	announce(0, e0, 1);
	watch_after(STALE_S + 1);
	ck_assert_uint_eq(hear(1).withdrawn, 1);
	ck_assert_uint_eq(event_count(EVENT_STALE_SWEPT), 1);
	/* Its EoRR comes too late to sweep what came since. */
	say_refresh(0, e0, REFRESH_END);
	ck_assert_uint_eq(received(0), 1);
	ck_assert_uint_eq(event_count(EVENT_REFRESH_IGNORED), 1);
}
END_TEST

/* Nothing is stale by it, and nobody hears of what is not there. */
START_TEST(a_refresh_of_nothing)
{
	uint32_t e;

	lose(0, e0, 0, false);
	e = bring_up_restarter(0);
	say_eor(0, e);
	say_refresh(0, e, REFRESH_BEGIN);
	ck_assert_uint_eq(restart_left_s(&core, 0, FAMILY_IPV4, clock_us()), 0);
	watch_after(STALE_S + 1);
	ck_assert_uint_eq(event_count(EVENT_STALE_SWEPT), 0);
	ck_assert_uint_eq(core.slots[0].stale.until_us[FAMILY_IPV4], 0);
}
END_TEST

/* However often it begins: what it does not send again stays no longer than from the first time. */
START_TEST(a_refresh_that_begins_again_and_again)
{
	uint64_t first_us;

	say_eor(0, e0);
	say_refresh(0, e0, REFRESH_BEGIN);
	first_us = core.slots[0].stale.until_us[FAMILY_IPV4];
	usleep(1000);
	say_refresh(0, e0, REFRESH_BEGIN);
	ck_assert_uint_eq(core.slots[0].stale.until_us[FAMILY_IPV4], first_us);
	say_refresh(0, e0, REFRESH_END);
	say_refresh(0, e0, REFRESH_BEGIN);
	ck_assert_uint_gt(core.slots[0].stale.until_us[FAMILY_IPV4], first_us);
}
END_TEST

/* RFC 7313 section 4: else EoRR would sweep what waits for End-of-RIB. */
START_TEST(no_refresh_before_end_of_rib)
{
	lose(0, e0, IPV4, false);
	e0 = bring_up_restarter(0);
	announce(0, e0, 1);
	say_refresh(0, e0, REFRESH_BEGIN);
	say_refresh(0, e0, REFRESH_END);
	ck_assert_uint_eq(event_count(EVENT_REFRESH_IGNORED), 2);
	ck_assert_uint_eq(stale(0), 1);
	ck_assert_uint_eq(hear(1).withdrawn, 0);
}
END_TEST

/* Without graceful restart it may; then End-of-RIB is not the end of the refresh. */
START_TEST(end_of_rib_within_a_refresh)
{
	struct record_up up = up_of(2);
	struct table_peer_view v;

	up.refresh = up.enhanced_refresh = 1;
	put(0, &up, sizeof(up));
	announce(2, up.head.epoch, 2);
	say_refresh(2, up.head.epoch, REFRESH_BEGIN);
	say_eor(2, up.head.epoch);
	ck_assert_uint_eq(stale(2), 2);
	announce(2, up.head.epoch, 1);
	say_refresh(2, up.head.epoch, REFRESH_END);
	ck_assert_uint_eq(received(2), 1);
	table_peer_get(core.table, 2, FAMILY_IPV4, &v);
	ck_assert(v.eor_received);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("core/restart");
	TCase *away = case_of("away", setup_away), *ends = case_of("ends", setup_restart);
	TCase *refresh = case_of("refresh", setup_refresh);
	TCase *both = case_of("both families", setup_both);
	SRunner *r;
	int failed;

	tcase_add_test(away, routes_of_a_member_that_is_away_stay);
	tcase_add_test(away, who_does_not_come_back_in_time_is_given_up);
	tcase_add_loop_test(away, without_forwarding_state_they_go_at_once, 0, 3);
	tcase_add_test(away, without_end_of_rib_they_go_in_the_end);
	tcase_add_loop_test(away, a_second_loss_sweeps_unless_older_may_stay, 0, 2);
	tcase_add_test(away, older_ones_keep_their_deadline);
	tcase_add_loop_test(away, an_operator_is_obeyed_at_once, 0, 2);
	tcase_add_test(away, who_is_kept_down_is_given_up);
	tcase_add_test(away, a_reload_that_takes_it_away);
	suite_add_tcase(s, away);
	tcase_add_test(ends, only_what_was_agreed_upon_is_kept);
	tcase_add_test(ends, a_worker_that_dies_leaves_stale_routes);
	tcase_add_test(ends, stale_routes_count_against_the_limit);
	tcase_add_test(ends, a_session_that_a_reload_ends);
	tcase_add_loop_test(ends, stale_routes_make_room, 0, 2);
	tcase_add_test(ends, a_refresh_makes_no_room);
	tcase_add_test(ends, late_while_it_is_away);
	suite_add_tcase(s, ends);
	tcase_add_loop_test(both, a_reload_that_takes_a_family_away, 0, 2);
	suite_add_tcase(s, both);
	tcase_add_test(refresh, what_a_refresh_does_not_bring_goes);
	tcase_add_test(refresh, a_refresh_that_does_not_end_is_ended);
	tcase_add_test(refresh, a_refresh_of_nothing);
	tcase_add_test(refresh, a_refresh_that_begins_again_and_again);
	tcase_add_test(refresh, no_refresh_before_end_of_rib);
	tcase_add_test(refresh, end_of_rib_within_a_refresh);
	suite_add_tcase(s, refresh);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed > 0;
}
