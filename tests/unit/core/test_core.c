/*
 * The rib process turned by hand: honest workers, hostile ones, and peers that do not read.
 */
#include "bgpd/clock.h"
#include "tests/unit/core/fixture.h"

START_TEST(a_route_goes_to_the_others)
{
	uint32_t e0 = bring_up(0);
	struct routes r;

	bring_up(1);
	ck_assert_uint_eq(hear(0).start, 1);
	ck_assert_uint_eq(hear(0).eor, 1);
	r = routes_of(0, e0, ROUTES_ANNOUNCE);
	put(0, &r, r.r.head.len);
	ck_assert_uint_eq(received(0), 2);
	ck_assert_uint_eq(hear(1).announced, 2);
	ck_assert_uint_eq(hear(0).announced, 0);
	bring_up(2); /* late: gets all, then End-of-RIB */
	ck_assert_uint_eq(hear(2).announced, 2);
	ck_assert_uint_eq(hear(2).eor, 1);
	r = routes_of(0, e0, ROUTES_MALFORMED);
	put(0, &r, r.r.head.len);
	ck_assert_uint_eq(hear(1).withdrawn, 2);
	ck_assert_uint_eq(core.slots[0].malformed, 2);
}
END_TEST

START_TEST(down_withdraws)
{
	struct routes r = routes_of(0, bring_up(0), ROUTES_ANNOUNCE);
	struct record_down down = {.head = {RECORD_DOWN, 0, r.r.head.epoch, sizeof(down), 0}};

	bring_up(1);
	put(0, &r, r.r.head.len);
	put(0, &down, sizeof(down));
	ck_assert_uint_eq(hear(1).withdrawn, 2);
	put(0, &r, r.r.head.len); /* late, of the dead session: passed over, no offence */
	ck_assert_uint_eq(received(0), 0);
	ck_assert_uint_eq(core.workers[0].refused, 0);
}
END_TEST

START_TEST(no_policy_no_routes)
{
	struct routes r = routes_of(3, bring_up(3), ROUTES_ANNOUNCE);
	struct table_peer_view v;

	bring_up(1);
	put(1, &r, r.r.head.len);
	table_peer_get(core.table, 3, FAMILY_IPV4, &v);
	ck_assert_uint_eq(v.rejected, 2);
	ck_assert_uint_eq(hear(1).announced, 0);
}
END_TEST

START_TEST(a_dead_worker_takes_its_sessions)
{
	struct routes r = routes_of(0, bring_up(0), ROUTES_ANNOUNCE);
	struct channel_number died = {.number = 0};

	bring_up(1);
	put(0, &r, r.r.head.len);
	ck_assert_int_eq(channel_send(parent, CHANNEL_WORKER_DIED, &died, NULL, 0), 0);
	parent_read(&core);
	turn();
	ck_assert_uint_eq(hear(1).withdrawn, 2);
	ck_assert(!core.slots[0].up);
	ring_unmap(rings[0]);
	session_table_unmap(sessions[0]);
	give_worker(0);
	bring_up(0);
	ck_assert(core.slots[0].up);
}
END_TEST

static void
with_long_messages(struct compiled_head *head, struct compiled_slot *slots)
{
	(void)head;
	slots[1].flags |= SLOT_EXTENDED_MESSAGES;
}

static void
setup_long(void)
{
	change_slots = with_long_messages;
	setup();
}

/* A receiver of long messages costs no more of the log than the octets that it is sent. */
START_TEST(long_messages_do_not_waste_the_log)
{
	uint32_t e0 = bring_up(0);
	struct record_up up = up_of(1);
	uint64_t from;

	up.ext_msg = 1;
	put(1, &up, sizeof(up));
	from = log_head_acquire(reader);
	for (unsigned i = 0; i < 50; i++) {
		struct routes r = routes_of(0, e0, i % 2 ? ROUTES_WITHDRAW : ROUTES_ANNOUNCE);

		put(0, &r, r.r.head.len);
	}
	ck_assert_uint_eq(hear(1).announced, 50);
	ck_assert_uint_lt(log_unread(core.log, from), LOG_CHUNK);
}
END_TEST

/* What is refused or passed over must not keep the loop from sleeping, nor what is done. */
START_TEST(with_nothing_to_do_it_rests)
{
	struct routes r = routes_of(0, bring_up(0), ROUTES_ANNOUNCE);

	bring_up(1);
	put(0, &r, r.r.head.len);
	ck_assert(!core_turn(&core));
	ck_assert(ingress_sleep(&core));
	r.r.head.type = 99;
	put(0, &r, r.r.head.len);
	ck_assert(!core_turn(&core));
	ck_assert(ingress_sleep(&core));
	ck_assert_uint_eq(core.feeding_count, 0);
}
END_TEST

/* Small changes under load are told together: the rings are not drained, so the delay counts. */
START_TEST(changes_under_load_wait_for_each_other)
{
	struct routes r = routes_of(0, bring_up(0), ROUTES_ANNOUNCE);
	uint64_t commits;

	bring_up(1);
	commits = core.counters.commits;
	for (unsigned i = 0; i < 1000; i++) {
		void *room = ring_reserve(rings[0], r.r.head.len, RING_DATA);

		ck_assert_ptr_nonnull(room);
		memcpy(room, &r, r.r.head.len);
		ring_commit(rings[0]);
	}
	turn();
	ck_assert_uint_lt(core.counters.commits - commits, 100);
	ck_assert_uint_eq(core.counters.records, 2 + 1000);
	ck_assert_uint_eq(hear(1).announced, 2);
}
END_TEST

/* ---- hostile workers ---- */

enum harm {
	HARM_FOREIGN_SLOT,
	HARM_NO_SLOT,
	HARM_TYPE,
	HARM_LEN,
	HARM_SHORT,
	HARM_COUNT,
	HARM_FAMILY,
	HARM_HOST_BITS,
	HARM_ATTRS_LEN,
	HARM_NOT_CANONICAL,
	HARM_NOT_ACCEPTABLE, /* canonical, but no member could have sent it */
	HARM_NO_ATTRS,
	HARMS
};

static void
do_harm(struct routes *r, enum harm harm)
{
	switch (harm) {
	case HARM_FOREIGN_SLOT:
		r->r.head.slot = 1;
		break;
	case HARM_NO_SLOT:
		r->r.head.slot = 60000;
		break;
	case HARM_TYPE:
		r->r.head.type = 77;
		break;
	case HARM_LEN:
		r->r.head.len += 8;
		break;
	case HARM_COUNT:
		r->r.count = 3;
		break;
	case HARM_FAMILY:
		r->r.family = FAMILY_IPV6;
		break;
	case HARM_HOST_BITS:
		r->route[1].prefix.addr[3] = 1;
		break;
	case HARM_ATTRS_LEN:
		r->r.attrs_len = RECORD_ATTRS_MAX + 1;
		break;
	case HARM_NOT_CANONICAL:
		r->attrs[0] = 7;
		break;
	case HARM_NOT_ACCEPTABLE:
		r->attrs[9] = 9; /* ORIGIN 9 */
		break;
	case HARM_NO_ATTRS:
		r->r.head.len -= r->r.attrs_len;
		r->r.attrs_len = 0;
		break;
	default:
		break;
	}
}

START_TEST(harm_is_refused)
{
	uint32_t e0 = bring_up(0);
	struct routes r = routes_of(0, e0, ROUTES_ANNOUNCE);

	bring_up(1);
	bring_up(2);
	do_harm(&r, (enum harm)_i);
	put(0, &r,
	    _i == HARM_SHORT	      ? 8
		: _i == HARM_NO_ATTRS ? r.r.head.len
				      : (size_t)(offsetof(struct routes, attrs) + sizeof(block)));
	ck_assert_uint_eq(core.workers[0].refused, 1);
	ck_assert_uint_eq(received(0) + received(1), 0);
	ck_assert_uint_eq(hear(2).announced, 0);
	/* An honest record after it is taken as ever. */
	r = routes_of(0, e0, ROUTES_ANNOUNCE);
	put(0, &r, r.r.head.len);
	ck_assert_uint_eq(hear(2).announced, 2);
}
END_TEST

/* Attributes that were found good with one family are not so with the other. */
START_TEST(a_next_hop_must_fit_the_family)
{
	struct routes r = routes_of(0, bring_up(0), ROUTES_ANNOUNCE);

	bring_up(1);
	put(0, &r, r.r.head.len);
	ck_assert_uint_eq(hear(1).announced, 2);
	r.r.head.slot = 4;
	r.r.head.epoch = bring_up(4);
	r.r.family = FAMILY_IPV6;
	r.r.count = 1;
	r.route[0].prefix = (struct prefix){FAMILY_IPV6, 32, {0x20, 0x01, 0x0d, 0xb8}};
	memmove(&r.route[1], r.attrs, sizeof(block));
	r.r.head.len -= (uint32_t)sizeof(r.route[1]);
	put(0, &r, r.r.head.len);
	ck_assert_uint_eq(core.workers[0].refused, 1);
}
END_TEST

/* A worker that was taken over says an epoch that nobody gave it; its successor is believed. */
START_TEST(epochs_begin_anew_with_a_worker)
{
	struct record_up up = up_of(0);
	struct channel_number died = {.number = 0};

	up.head.epoch = UINT32_MAX;
	put(0, &up, sizeof(up));
	ck_assert(core.slots[0].up);
	ck_assert_int_eq(channel_send(parent, CHANNEL_WORKER_DIED, &died, NULL, 0), 0);
	parent_read(&core);
	ring_unmap(rings[0]);
	session_table_unmap(sessions[0]);
	give_worker(0);
	bring_up(0);
	ck_assert(core.slots[0].up);
	ck_assert_uint_eq(core.slots[0].epoch, epochs);
}
END_TEST

START_TEST(up_is_doubted)
{
	struct record_up good = up_of(0), up = good;

	up.asn = 7;
	put(0, &up, sizeof(up));
	up = good;
	up.families = 2;
	put(0, &up, sizeof(up));
	up = good;
	up.head.epoch = 0;
	put(0, &up, sizeof(up));
	ck_assert_uint_eq(core.workers[0].refused, 3);
	ck_assert(!core.slots[0].up);
	put(0, &good, sizeof(good));
	ck_assert(core.slots[0].up);
	put(0, &good, sizeof(good)); /* not newer */
	ck_assert_uint_eq(core.workers[0].refused, 4);
}
END_TEST

/* Random octets in every record and in the ring's own head: rib goes on, others notice nothing. */
START_TEST(scribbling_harms_nobody_else)
{
	struct routes r = routes_of(1, bring_up(1), ROUTES_ANNOUNCE);
	unsigned seed = (unsigned)_i;

	bring_up(0);
	bring_up(3);
	for (unsigned n = 0; n < 2000; n++) {
		size_t len = 1 + (size_t)rand_r(&seed) % 200;
		uint8_t *room = ring_reserve(rings[0], len, RING_CONTROL);
		struct record_head head = {(uint16_t)(rand_r(&seed) % 10),
		    (uint16_t)(rand_r(&seed) % 5), (uint32_t)(rand_r(&seed) % 4), (uint32_t)len, 0};

		if (room == NULL)
			break;
		for (size_t i = 0; i < len; i++)
			room[i] = (uint8_t)rand_r(&seed);
		if (len >= sizeof(head) && n % 2 == 0)
			memcpy(room, &head, sizeof(head));
		ring_commit(rings[0]);
		turn();
	}
	ck_assert_ptr_null(table_check(core.table));
	ck_assert(core.slots[1].up);
	put(1, &r, r.r.head.len);
	ck_assert_uint_eq(received(1), 2);
}
END_TEST

/* ---- a peer that does not read ---- */

/* Peer 1 publishes that it has read nothing since its START; peer 0 changes routes for ever. */
START_TEST(a_slow_peer_is_cut_and_owed)
{
	uint32_t e0 = bring_up(0), e1;
	uint64_t unread_from;
	struct record_cut cut;
	struct record_head drained;
	struct routes r;
	unsigned turns = 0;

	e1 = bring_up(1);
	bring_up(2);
	unread_from = log_head_acquire(reader);
	session_table_set_cursor(sessions[1], 1, unread_from, true);
	session_table_set_released(sessions[1], unread_from);
	position = unread_from;
	for (; core.slots[1].cut == SLOT_IN_LOG && turns < 100000; turns++) {
		r = routes_of(0, e0, turns % 2 ? ROUTES_WITHDRAW : ROUTES_ANNOUNCE);
		put(0, &r, r.r.head.len);
		session_table_set_released(sessions[0], log_head_acquire(reader));
		if (turns % 512 == 0)
			room_make(&core, clock_us());
	}
	ck_assert_uint_eq(hear(1).cut, 1);
	ck_assert_int_eq(core.slots[1].cut, SLOT_CUT_ASKED);
	/* The worker answers; what it never read is owed, and the tail moves on. */
	cut = (struct record_cut){
	    .head = {RECORD_CUT, 1, e1, sizeof(cut), 0}, .position = unread_from};
	put(1, &cut, sizeof(cut));
	session_table_set_cursor(sessions[1], 1, 0, false);
	session_table_set_released(sessions[1], log_head_acquire(reader));
	turn();
	room_make(&core, clock_us());
	ck_assert_uint_gt(log_tail(core.log), unread_from);
	ck_assert_int_eq(core.slots[1].cut, SLOT_CUT);
	/* While cut, nothing is said to it. Drained: START, then the present state of what is owed.
	 */
	position = log_head_acquire(reader);
	r = routes_of(0, e0, ROUTES_WITHDRAW);
	put(0, &r, r.r.head.len);
	ck_assert_uint_eq(hear(1).withdrawn, 0);
	drained = (struct record_head){RECORD_DRAINED, 1, e1, sizeof(drained), 0};
	put(1, &drained, sizeof(drained));
	room_make(&core, clock_us());
	turn();
	ck_assert_uint_eq(hear(1).start, 1);
	ck_assert_uint_eq(hear(1).withdrawn, 2);
	ck_assert_uint_eq(hear(1).announced, 0);
	ck_assert_int_eq(core.slots[1].cut, SLOT_IN_LOG);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("core");
	TCase *t = tcase_create("core");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, a_route_goes_to_the_others);
	tcase_add_test(t, down_withdraws);
	tcase_add_test(t, no_policy_no_routes);
	tcase_add_test(t, a_dead_worker_takes_its_sessions);
	tcase_add_test(t, with_nothing_to_do_it_rests);
	tcase_add_test(t, changes_under_load_wait_for_each_other);
	tcase_add_test(t, a_next_hop_must_fit_the_family);
	tcase_add_test(t, epochs_begin_anew_with_a_worker);
	tcase_add_loop_test(t, harm_is_refused, 0, HARMS);
	tcase_add_test(t, up_is_doubted);
	tcase_add_loop_test(t, scribbling_harms_nobody_else, 0, 4);
	tcase_add_test(t, a_slow_peer_is_cut_and_owed);
	suite_add_tcase(s, t);
	t = tcase_create("long messages");
	tcase_add_checked_fixture(t, setup_long, teardown);
	tcase_add_test(t, long_messages_do_not_waste_the_log);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed > 0;
}
