/*
 * Room in the log: peers that are cut, what ends in the middle of it, workers that do not answer,
 * orders that wait for room.
 */
#include "bgpd/clock.h"
#include "tests/unit/core/fixture.h"

#define S UINT64_C(1000000) /* us */

/* Writes a record to a worker's ring; rib does not look at it yet. */
static void
write_record(uint32_t worker, const void *record, size_t len)
{
	void *room = ring_reserve(rings[worker], len, RING_CONTROL);

	ck_assert_ptr_nonnull(room);
	memcpy(room, record, len);
	ring_commit(rings[worker]);
}

static void
take_records(void)
{
	ingress_slice(&core, clock_us() + S);
}

/* Both workers have read everything. */
static void
read_all(void)
{
	for (uint32_t i = 0; i < WORKERS; i++)
		session_table_set_released(sessions[i], log_head_acquire(reader));
}

/* A slot says that it has not had the log from `from` on, and its worker needs it from there. */
static void
fall_behind(uint16_t slot, uint64_t from)
{
	session_table_set_cursor(sessions[slot % WORKERS], slot, from, true);
	session_table_set_released(sessions[slot % WORKERS], from);
}

static void
change_routes(uint32_t epoch, unsigned times)
{
	for (unsigned i = 0; i < times; i++) {
		struct routes r = routes_of(0, epoch, i % 2 ? ROUTES_WITHDRAW : ROUTES_ANNOUNCE);

		put(0, &r, r.r.head.len);
	}
}

/* As when the log is full: rib looks for room. Worker 0 has read everything. */
static void
press(uint64_t now_us)
{
	session_table_set_released(sessions[0], log_head_acquire(reader));
	core.waits_for_room = true;
	room_make(&core, now_us);
	egress_publish(&core);
}

static struct record_cut
cut_of(uint16_t slot, uint32_t epoch, uint64_t from)
{
	return (struct record_cut){
	    .head = {RECORD_CUT, slot, epoch, sizeof(struct record_cut), 0}, .position = from};
}

static bool
is_worker_killed(uint32_t index)
{
	struct channel_message m;

	while (channel_recv(parent, &m) == CHANNEL_MESSAGE)
		if (m.type == CHANNEL_KILL_WORKER && m.body.kill_worker.index == index)
			return true;
	return false;
}

/* What a slot goes through; peer 0 announces, peer 1 does not read. */
static uint32_t e0, e1;
static uint64_t unread_from;

static void
setup_slow(void)
{
	setup();
	e0 = bring_up(0);
	e1 = bring_up(1);
	unread_from = log_head_acquire(reader);
	position = unread_from;
	fall_behind(1, unread_from);
	change_routes(e0, 9);
	session_table_set_released(sessions[0], log_head_acquire(reader));
}

/* Takes slot 1 as far as a state; SCANNING is in the middle of it. */
static void
bring_to(enum slot_cut cut)
{
	struct record_cut record = cut_of(1, e1, unread_from);

	if (cut == SLOT_IN_LOG)
		return;
	press(clock_us());
	ck_assert_int_eq(core.slots[1].cut, SLOT_CUT_ASKED);
	if (cut == SLOT_CUT_ASKED)
		return;
	write_record(1, &record, sizeof(record));
	take_records();
	ck_assert(room_scan_slice(&core, 0));
	ck_assert_int_eq(core.slots[1].cut, SLOT_SCANNING);
	while (cut == SLOT_CUT && room_scan_slice(&core, 0))
		;
	ck_assert_int_eq(core.slots[1].cut, cut);
	check_trouble();
}

/*
 * The worker releases as soon as it has written its answer, and the answer is behind other records:
 * what the peer never had must not be freed before it has been looked up.
 */
START_TEST(the_tail_waits_for_the_answer)
{
	struct record_cut record = cut_of(1, e1, unread_from);
	struct table_peer_view v;

	bring_to(SLOT_CUT_ASKED);
	session_table_set_cursor(sessions[1], 1, 0, false);
	read_all();
	press(clock_us());
	ck_assert_uint_le(log_tail(core.log), unread_from);
	write_record(1, &record, sizeof(record));
	turn();
	ck_assert_int_eq(core.slots[1].cut, SLOT_CUT);
	table_peer_get_state(core.table, 1, FAMILY_IPV4, &v);
	ck_assert_uint_eq(v.owed, 2);
	read_all();
	room_release(&core);
	ck_assert_uint_eq(log_tail(core.log), log_head_acquire(reader));
}
END_TEST

/* The pass is for nobody then; one that stayed would hold the tail for ever. */
START_TEST(an_end_in_any_state_leaves_nothing_behind)
{
	struct record_down down = {.head = {RECORD_DOWN, 1, 0, sizeof(down), 0}};

	bring_to((enum slot_cut)(_i / 2));
	down.head.epoch = e1;
	if (_i % 2 == 0) {
		write_record(1, &down, sizeof(down));
	} else {
		struct channel_number died = {.number = 1};

		ck_assert_int_eq(channel_send(parent, CHANNEL_WORKER_DIED, &died, NULL, 0), 0);
		parent_read(&core);
	}
	turn();
	ck_assert(!core.slots[1].up);
	ck_assert_uint_eq(core.trouble_count, 0);
	ck_assert_uint_eq(alarm_count(core.alarms), 0);
	if (_i % 2 != 0) {
		ring_unmap(rings[1]);
		session_table_unmap(sessions[1]);
		give_worker(1);
	}
	read_all();
	room_release(&core);
	ck_assert_uint_eq(log_tail(core.log), log_head_acquire(reader));
	position = log_head_acquire(reader);
	bring_up(1);
	ck_assert_uint_eq(hear(1).start, 1);
	ck_assert_uint_eq(hear(1).announced, 2);
	ck_assert_uint_eq(hear(1).eor, 1);
	ck_assert_ptr_null(table_check(core.table));
}
END_TEST

/* Each is owed its own, however small the slices. */
START_TEST(a_scan_goes_slot_by_slot)
{
	struct record_cut one = cut_of(1, e1, unread_from), two;
	struct table_peer_view v;
	unsigned slices = 0;
	uint32_t e2 = bring_up(2);

	fall_behind(2, unread_from);
	two = cut_of(2, e2, unread_from);
	change_routes(e0, 4);
	press(clock_us());
	ck_assert_int_eq(core.slots[2].cut, SLOT_CUT_ASKED);
	write_record(1, &one, sizeof(one));
	write_record(0, &two, sizeof(two));
	take_records();
	while (room_scan_slice(&core, 0))
		slices++;
	ck_assert_uint_gt(slices, 4);
	for (uint16_t slot = 1; slot <= 2; slot++) {
		ck_assert_int_eq(core.slots[slot].cut, SLOT_CUT);
		table_peer_get_state(core.table, slot, FAMILY_IPV4, &v);
		ck_assert_uint_eq(v.owed, 2);
	}
	ck_assert_ptr_null(table_check(core.table));
}
END_TEST

START_TEST(who_does_not_answer_is_killed)
{
	struct routes r = routes_of(1, e1, ROUTES_ANNOUNCE);

	bring_to(SLOT_CUT_ASKED);
	press(clock_us() + S);
	ck_assert(!is_worker_killed(1));
	/* Something is in its ring: it may be the answer, and late because of us. */
	write_record(1, &r, r.r.head.len);
	press(clock_us() + 3 * S);
	ck_assert(!is_worker_killed(1));
	take_records();
	press(clock_us() + 3 * S);
	ck_assert(is_worker_killed(1));
	ck_assert(!core.workers[0].broken);
}
END_TEST

START_TEST(a_full_ring_is_no_excuse)
{
	struct routes r = routes_of(1, e1, ROUTES_ANNOUNCE);

	bring_to(SLOT_CUT_ASKED);
	write_record(1, &r, r.r.head.len);
	press(clock_us() + 11 * S);
	ck_assert(is_worker_killed(1));
}
END_TEST

/* No peer of it is behind, so there is nobody to cut: the worker itself stands still. */
START_TEST(a_worker_that_stands_still_is_killed)
{
	uint64_t now_us = clock_us();

	session_table_set_cursor(sessions[1], 1, 0, false);
	press(now_us);
	press(now_us + S);
	core.waits_for_room = false; /* no hurry for a moment: its time begins anew */
	room_make(&core, now_us + 2 * S);
	press(now_us + 3 * S);
	press(now_us + 4 * S);
	ck_assert(!is_worker_killed(1));
	press(now_us + 6 * S);
	ck_assert(is_worker_killed(1));
	ck_assert(!is_worker_killed(0));
}
END_TEST

START_TEST(no_room_for_long_is_an_alarm)
{
	uint64_t now_us = clock_us();

	press(now_us);
	ck_assert_uint_eq(alarm_count(core.alarms), 0);
	press(now_us + 2 * S);
	ck_assert_uint_eq(alarm_count(core.alarms), 1);
	ck_assert_int_eq(alarm_get(core.alarms, 0)->alarm, ALARM_LOG_FULL);
	core.waits_for_room = false;
	room_make(&core, now_us + 3 * S);
	ck_assert_uint_eq(alarm_count(core.alarms), 0);
}
END_TEST

/* Its routes must leave at once, not when something else wakes rib up. */
START_TEST(who_lags_for_too_long_is_ended)
{
	struct routes gone = routes_of(0, e0, ROUTES_WITHDRAW);
	struct routes r = routes_of(1, e1, ROUTES_ANNOUNCE);

	bring_up(2);
	put(0, &gone, gone.r.head.len);
	put(1, &r, r.r.head.len);
	bring_to(SLOT_CUT);
	position = log_head_acquire(reader);
	core.slots[1].since_us = clock_us() - 481 * S;
	turn();
	ck_assert(!core.slots[1].up);
	ck_assert_uint_eq(hear(1).cease, 1);
	ck_assert_uint_eq(hear(2).withdrawn, 2);
}
END_TEST

/* ---- orders that wait ---- */

static const char long_text[] =
    "................................................................................"
    "................................................................................";

/* No room even for an order. */
static void
fill_log(void)
{
	while (egress_order(&core, LOG_START, 3, 0, long_text))
		;
	egress_publish(&core);
	position = log_head_acquire(reader);
}

START_TEST(an_order_that_waits_is_given_later)
{
	fill_log();
	egress_cease(&core, 0, 6, 1, "too much");
	ck_assert(core.slots[0].cease_pending);
	ck_assert(!core.slots[0].up);
	check_trouble();
	turn();
	ck_assert_uint_eq(hear(0).cease, 0);
	session_table_set_cursor(sessions[1], 1, 0, false);
	read_all();
	turn();
	turn();
	ck_assert_uint_eq(hear(0).cease, 1);
	ck_assert_uint_eq(core.trouble_count, 0);
}
END_TEST

/*
 * A log half full does not have peers cut, but debts are not paid into it: those who are owed
 * something must not wait for as long as somebody does not read.
 */
START_TEST(debts_do_not_wait_for_who_does_not_read)
{
	bring_up(2);
	table_cut(core.table, 2);
	change_routes(e0, 9);
	turn();
	table_drained(core.table, 2);
	session_table_set_released(sessions[0], log_head_acquire(reader));
	core.log_eighth = log_used(core.log) / 5;
	turn();
	ck_assert(table_is_left(core.table, TABLE_OWED));
	ck_assert_int_eq(core.slots[1].cut, SLOT_IN_LOG);
	room_make(&core, clock_us() + 2 * S);
	ck_assert_int_eq(core.slots[1].cut, SLOT_CUT_ASKED);
}
END_TEST

/* It was for a session that is over: the next one must not pay for it. */
START_TEST(an_order_that_waits_dies_with_its_session)
{
	fill_log();
	egress_cease(&core, 0, 6, 1, "too much");
	session_table_set_cursor(sessions[1], 1, 0, false);
	if (_i == 0) {
		/* There is no room for START either: it waits like one that has been cut. */
		bring_up(0);
		ck_assert_int_eq(core.slots[0].cut, SLOT_CUT);
		/* The same again counts once. */
		egress_cease(&core, 0, 6, 1, "too much");
		bring_up(0);
		check_trouble();
	} else if (_i == 1) {
		/* Room comes, and the new session with it. */
		read_all();
		room_release(&core);
		bring_up(0);
	} else {
		parent_drop_worker(&core, 0);
		ring_unmap(rings[0]);
		session_table_unmap(sessions[0]);
		give_worker(0);
	}
	read_all();
	turn();
	turn();
	if (_i == 2)
		bring_up(0);
	ck_assert_uint_eq(hear(0).cease, 0);
	ck_assert_uint_eq(hear(0).start, 1);
	ck_assert_uint_eq(hear(0).eor, 1);
	ck_assert_uint_eq(core.trouble_count, 0);
	ck_assert(core.slots[0].up);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("room");
	TCase *t = tcase_create("room");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(t, setup_slow, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, the_tail_waits_for_the_answer);
	tcase_add_loop_test(t, an_end_in_any_state_leaves_nothing_behind, 0, 2 * (SLOT_CUT + 1));
	tcase_add_test(t, a_scan_goes_slot_by_slot);
	tcase_add_test(t, who_does_not_answer_is_killed);
	tcase_add_test(t, a_full_ring_is_no_excuse);
	tcase_add_test(t, a_worker_that_stands_still_is_killed);
	tcase_add_test(t, no_room_for_long_is_an_alarm);
	tcase_add_test(t, who_lags_for_too_long_is_ended);
	tcase_add_test(t, an_order_that_waits_is_given_later);
	tcase_add_test(t, debts_do_not_wait_for_who_does_not_read);
	tcase_add_loop_test(t, an_order_that_waits_dies_with_its_session, 0, 3);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed > 0;
}
