/* Sessions of a whole worker: handshake, collision, errors, timers, octets both ways. */
#include "bgpd/clock.h"
#include "tests/unit/session/exchange.h"

static struct exchange e;

static void
setup(void)
{
	exchange_init(&e);
	exchange_memory(&e, 1 << 20);
	exchange_configure(&e);
	for (unsigned i = 0; i < 4; i++)
		exchange_turn(&e);
}

static void
teardown(void)
{
	exchange_fini(&e);
}

static struct record_head *
head(void)
{
	return (struct record_head *)(void *)e.record;
}

/* rib hears, for the history, of a handshake that a NOTIFICATION has ended. */
static void
expect_note(
    const struct member *m, uint32_t slot, enum record_end end, unsigned code, unsigned subcode)
{
	const struct record_note *note = (const struct record_note *)(const void *)e.record;

	ck_assert_int_eq(exchange_record(&e), RECORD_NOTE);
	ck_assert_uint_eq(e.record_len, sizeof(*note));
	ck_assert_uint_eq(note->head.slot, slot);
	ck_assert_uint_eq(note->head.epoch, m->epoch);
	ck_assert_int_eq(note->end, end);
	ck_assert_uint_eq(note->code, code);
	ck_assert_uint_eq(note->subcode, subcode);
	ck_assert_str_ne(note->reason, "");
}

/* An UPDATE that withdraws count prefixes 10.x.y.0/24 from first on. */
static size_t
make_withdrawal(uint8_t *out, unsigned first, unsigned count)
{
	struct wire_writer w = wire_writer_over(out, MSG_MAX_BYTES);
	uint8_t *field;

	msg_begin(&w, MSG_UPDATE);
	field = wire_put_len_u16(&w);
	for (unsigned i = first; i < first + count; i++) {
		const uint8_t p[] = {24, 10, (uint8_t)(i >> 8), (uint8_t)i};

		wire_put_bytes(&w, p, sizeof(p));
	}
	wire_patch_u16(&w, field);
	wire_put_u16(&w, 0);
	return msg_end(&w);
}

START_TEST(test_handshake)
{
	const struct record_up *up = (const struct record_up *)(const void *)e.record;
	uint8_t update[MSG_MAX_BYTES];
	struct wire_error error;
	struct open_msg open;
	struct session_row row;
	struct member m;
	size_t len;

	member_connect(&m, &e, 1, true);
	ck_assert_uint_eq(member_receive(&m, &e), MSG_OPEN);
	ck_assert(
	    open_decode(m.message + MSG_HEADER_BYTES, m.len - MSG_HEADER_BYTES, &open, &error));
	ck_assert_uint_eq(open.asn, RS_AS);
	ck_assert_uint_eq(open.bgp_id, ROUTER_ID);
	ck_assert_uint_eq(exchange_row(&e, 1).state, SESSION_OPENSENT);
	member_send_open(&m, MEMBER_AS + 1, 0x0a000002, 30);
	ck_assert_uint_eq(member_receive(&m, &e), MSG_KEEPALIVE);
	ck_assert(exchange_is_quiet(&e));
	member_send_keepalive(&m);
	ck_assert_int_eq(exchange_record(&e), RECORD_UP);
	ck_assert_uint_eq(e.record_len, sizeof(*up));
	ck_assert_uint_eq(up->head.slot, 1);
	ck_assert_uint_eq(up->head.epoch, m.epoch);
	ck_assert_uint_eq(up->bgp_id, 0x0a000002);
	ck_assert_uint_eq(up->asn, MEMBER_AS + 1);
	ck_assert_uint_eq(up->hold_s, 30);
	ck_assert_uint_eq(up->families, 1u << FAMILY_IPV4);
	ck_assert(up->as4 && up->refresh && !up->enhanced_refresh && !up->ext_msg);
	row = exchange_row(&e, 1);
	ck_assert_uint_eq(row.state, SESSION_ESTABLISHED);
	ck_assert_uint_eq(row.established_count, 1);
	ck_assert_uint_eq(row.flags, SESSION_INCOMING);
	ck_assert_str_ne(row.capabilities, "");

	/* rib to the member */
	exchange_order(&e, LOG_START, 1, m.epoch, 0, NULL);
	len = make_withdrawal(update, 0, 5);
	exchange_block(&e, 1, update, len);
	ck_assert_uint_eq(member_receive(&m, &e), MSG_UPDATE);
	ck_assert_uint_eq(m.len, len);
	ck_assert_mem_eq(m.message, update, len);
	exchange_order(&e, LOG_ASK_REFRESH, 1, m.epoch, 0, NULL);
	ck_assert_uint_eq(member_receive(&m, &e), MSG_ROUTE_REFRESH);

	/* the member to rib */
	member_send(&m, update, len);
	ck_assert_int_eq(exchange_record(&e), RECORD_ROUTES);
	ck_assert_uint_eq(head()->epoch, m.epoch);
	member_send(&m, m.message, m.len); /* ROUTE-REFRESH as it came */
	ck_assert_int_eq(exchange_record(&e), RECORD_REFRESH);
	member_close(&m);
	ck_assert_int_eq(exchange_record(&e), RECORD_DOWN);
	ck_assert_uint_eq(head()->epoch, m.epoch);
	exchange_turn(&e);
	ck_assert_uint_eq(e.closed, 1);
	ck_assert_uint_eq(e.taken, m.epoch);
	row = exchange_row(&e, 1);
	ck_assert_uint_eq(row.state, SESSION_ACTIVE);
	ck_assert_str_eq(row.last_error, "the member closed the connection");
	ck_assert_uint_eq(row.in.messages, 4);
	ck_assert_uint_eq(row.in.updates, 1);
	ck_assert_uint_eq(row.in.refreshes, 1);
	ck_assert_uint_eq(row.out.messages, 4);
	ck_assert_uint_eq(row.out.updates, 1);
	/* Nobody was at fault: it may come back at once. */
	member_establish(&m, &e, 1);
	member_close(&m);
}
END_TEST

START_TEST(test_refused_opens)
{
	struct member m;

	member_connect(&m, &e, 0, true);
	member_send_open(&m, MEMBER_AS + 7, 0x0a000002, 90);
	member_expect_notification(&m, &e, NOTIFICATION_OPEN, OPEN_ERROR_PEER_AS);
	expect_note(&m, 0, END_SENT, NOTIFICATION_OPEN, OPEN_ERROR_PEER_AS);
	member_connect(&m, &e, 1, true);
	member_send_open(&m, MEMBER_AS + 1, 0x0a000002, 2);
	member_expect_notification(&m, &e, NOTIFICATION_OPEN, OPEN_ERROR_HOLD_TIME);
	expect_note(&m, 1, END_SENT, NOTIFICATION_OPEN, OPEN_ERROR_HOLD_TIME);
	member_connect(&m, &e, 2, true);
	member_send_open(&m, MEMBER_AS + 2, 0, 90);
	member_expect_notification(&m, &e, NOTIFICATION_OPEN, OPEN_ERROR_BGP_ID);
	expect_note(&m, 2, END_SENT, NOTIFICATION_OPEN, OPEN_ERROR_BGP_ID);
	/* An error is followed by a pause; a connection that comes in it is turned away. */
	ck_assert_uint_eq(exchange_row(&e, 2).state, SESSION_IDLE);
	ck_assert_uint_gt(exchange_row(&e, 2).retry_left_s, 0);
	member_connect(&m, &e, 2, true);
	member_expect_notification(&m, &e, NOTIFICATION_CEASE, CEASE_REJECTED);
	ck_assert(exchange_is_quiet(&e));
	while (exchange_row(&e, 2).state != SESSION_ACTIVE)
		exchange_turn(&e);
	member_establish(&m, &e, 2);
	member_close(&m);
}
END_TEST

START_TEST(test_garbage)
{
	static const uint8_t http[] = "GET / HTTP/1.0\r\nHost: nobody\r\n\r\n";
	struct member m;

	member_connect(&m, &e, 0, true);
	member_send(&m, http, sizeof(http) - 1);
	member_expect_notification(&m, &e, NOTIFICATION_HEADER, HEADER_ERROR_NOT_SYNCHRONIZED);
	expect_note(&m, 0, END_SENT, NOTIFICATION_HEADER, HEADER_ERROR_NOT_SYNCHRONIZED);
	ck_assert_uint_eq(exchange_row(&e, 0).state, SESSION_IDLE);
	ck_assert(exchange_is_quiet(&e));
}
END_TEST

START_TEST(test_unexpected_messages)
{
	uint8_t update[MSG_MAX_BYTES];
	struct member m;

	member_connect(&m, &e, 0, true);
	member_send_keepalive(&m);
	member_expect_notification(&m, &e, NOTIFICATION_FSM, FSM_ERROR_OPEN_SENT);
	expect_note(&m, 0, END_SENT, NOTIFICATION_FSM, FSM_ERROR_OPEN_SENT);
	member_connect(&m, &e, 1, true);
	member_send_open(&m, MEMBER_AS + 1, 0x0a000002, 90);
	member_send(&m, update, make_withdrawal(update, 0, 1));
	member_expect_notification(&m, &e, NOTIFICATION_FSM, FSM_ERROR_OPEN_CONFIRM);
	expect_note(&m, 1, END_SENT, NOTIFICATION_FSM, FSM_ERROR_OPEN_CONFIRM);
	member_establish(&m, &e, 2);
	member_send_open(&m, MEMBER_AS + 2, 0x0a000002, 90);
	member_expect_notification(&m, &e, NOTIFICATION_FSM, FSM_ERROR_ESTABLISHED);
	ck_assert_int_eq(exchange_record(&e), RECORD_DOWN);
}
END_TEST

START_TEST(test_malformed_update)
{
	uint8_t update[MSG_MAX_BYTES];
	struct member m;
	size_t len = make_withdrawal(update, 0, 1);

	member_establish(&m, &e, 0);
	update[MSG_HEADER_BYTES] = 0xff; /* more withdrawn octets than there are */
	member_send(&m, update, len);
	member_expect_notification(&m, &e, NOTIFICATION_UPDATE, UPDATE_ERROR_ATTRIBUTE_LIST);
	ck_assert_int_eq(exchange_record(&e), RECORD_DOWN);
}
END_TEST

START_TEST(test_cease_of_the_member)
{
	uint8_t message[MSG_MAX_BYTES];
	struct member m;

	member_establish(&m, &e, 0);
	member_send(&m, message,
	    notification_encode_cease(
		CEASE_SHUTDOWN, "maintenance until six", message, sizeof(message)));
	ck_assert_int_eq(exchange_record(&e), RECORD_DOWN);
	ck_assert_ptr_nonnull(
	    strstr(((struct record_down *)(void *)e.record)->reason, "maintenance until six"));
	/* Not answered by another NOTIFICATION, and no penalty. */
	ck_assert_uint_eq(member_receive(&m, &e), 0);
	ck_assert_uint_eq(exchange_row(&e, 0).state, SESSION_ACTIVE);
	ck_assert_uint_eq(exchange_row(&e, 0).out.notifications, 0);
	member_close(&m);
}
END_TEST

/* It refuses us in the handshake, with words. */
START_TEST(test_refused_by_the_member)
{
	uint8_t message[MSG_MAX_BYTES];
	struct member m;

	member_connect(&m, &e, 0, true);
	ck_assert_uint_eq(member_receive(&m, &e), MSG_OPEN);
	member_send(&m, message,
	    notification_encode_cease(CEASE_SHUTDOWN, "not today", message, sizeof(message)));
	expect_note(&m, 0, END_RECEIVED, NOTIFICATION_CEASE, CEASE_SHUTDOWN);
	ck_assert_str_eq(((struct record_note *)(void *)e.record)->reason, "not today");
	member_close(&m);
	/* Collisions and mere closing are no news. */
	member_connect(&m, &e, 0, true);
	ck_assert_uint_eq(member_receive(&m, &e), MSG_OPEN);
	member_close(&m);
	for (unsigned i = 0; i < 4; i++)
		exchange_turn(&e);
	ck_assert(exchange_is_quiet(&e));
}
END_TEST

/* ---- outgoing connections and collisions ---- */

static void
wait_for_connect(unsigned count)
{
	while (e.connects[ACTIVE_SLOT] < count)
		exchange_turn(&e);
	ck_assert_uint_eq(e.connects[ACTIVE_SLOT], count);
}

START_TEST(test_outgoing)
{
	struct channel_connect_failed failed = {.slot = ACTIVE_SLOT, .error = ECONNREFUSED};
	struct member m;

	wait_for_connect(1);
	ck_assert_uint_eq(exchange_row(&e, ACTIVE_SLOT).state, SESSION_CONNECT);
	exchange_send(&e, CHANNEL_CONNECT_FAILED, &failed);
	while (exchange_row(&e, ACTIVE_SLOT).state != SESSION_ACTIVE)
		exchange_turn(&e);
	ck_assert_str_eq(exchange_row(&e, ACTIVE_SLOT).last_error, "Connection refused");
	wait_for_connect(2);
	member_connect(&m, &e, ACTIVE_SLOT, false);
	ck_assert_uint_eq(member_receive(&m, &e), MSG_OPEN);
	member_send_open(&m, MEMBER_AS + ACTIVE_SLOT, 0x0a000001, 90);
	member_send_keepalive(&m);
	ck_assert_int_eq(exchange_record(&e), RECORD_UP);
	ck_assert_uint_eq(exchange_row(&e, ACTIVE_SLOT).flags, 0);
	member_close(&m);
	ck_assert_int_eq(exchange_record(&e), RECORD_DOWN);
	/* It ended cleanly: no connecting in a frenzy, but some time later. */
	ck_assert_uint_eq(e.connects[ACTIVE_SLOT], 2);
	wait_for_connect(3);
}
END_TEST

/* Both connections reach OpenConfirm or would; the identifier decides which one is kept. */
static void
collide(uint32_t member_id, bool keeps_incoming, bool incoming_first)
{
	struct member out, in, *kept = keeps_incoming ? &in : &out,
			       *lost = keeps_incoming ? &out : &in;

	wait_for_connect(1);
	member_connect(&out, &e, ACTIVE_SLOT, false);
	member_connect(&in, &e, ACTIVE_SLOT, true);
	ck_assert_uint_eq(member_receive(&out, &e), MSG_OPEN);
	ck_assert_uint_eq(member_receive(&in, &e), MSG_OPEN);
	member_send_open(incoming_first ? &in : &out, MEMBER_AS + ACTIVE_SLOT, member_id, 90);
	ck_assert_uint_eq(member_receive(incoming_first ? &in : &out, &e), MSG_KEEPALIVE);
	member_send_open(incoming_first ? &out : &in, MEMBER_AS + ACTIVE_SLOT, member_id, 90);
	member_expect_notification(lost, &e, NOTIFICATION_CEASE, CEASE_COLLISION);
	member_send_keepalive(kept);
	ck_assert_int_eq(exchange_record(&e), RECORD_UP);
	ck_assert_uint_eq(head()->epoch, kept->epoch);
	ck_assert_uint_eq(exchange_row(&e, ACTIVE_SLOT).state, SESSION_ESTABLISHED);
	ck_assert(exchange_is_quiet(&e));
	member_close(kept);
	ck_assert_int_eq(exchange_record(&e), RECORD_DOWN);
}

START_TEST(test_collision_member_wins)
{
	collide(ROUTER_ID + 1, true, false);
}
END_TEST

START_TEST(test_collision_member_wins_incoming_first)
{
	collide(ROUTER_ID + 1, true, true);
}
END_TEST

START_TEST(test_collision_we_win)
{
	collide(ROUTER_ID - 1, false, false);
}
END_TEST

START_TEST(test_collision_we_win_incoming_first)
{
	collide(ROUTER_ID - 1, false, true);
}
END_TEST

START_TEST(test_collision_equal_ids)
{
	/* RFC 6286: the larger AS number, the member's, keeps its connection. */
	collide(ROUTER_ID, true, false);
}
END_TEST

START_TEST(test_collision_with_established)
{
	struct member m, second;

	member_establish(&m, &e, 0);
	member_connect(&second, &e, 0, true);
	member_expect_notification(&second, &e, NOTIFICATION_CEASE, CEASE_COLLISION);
	ck_assert_uint_eq(exchange_row(&e, 0).state, SESSION_ESTABLISHED);
	ck_assert(exchange_is_quiet(&e));
	member_close(&m);
}
END_TEST

/* A member that was restarted during the handshake is not kept out by its former self. */
START_TEST(test_newer_connection_wins)
{
	struct member old, new;

	member_connect(&old, &e, 0, true);
	ck_assert_uint_eq(member_receive(&old, &e), MSG_OPEN);
	member_establish(&new, &e, 0);
	ck_assert_uint_eq(head()->epoch, new.epoch);
	member_expect_notification(&old, &e, NOTIFICATION_CEASE, CEASE_COLLISION);
	member_close(&new);
}
END_TEST

/* The outgoing one is lost in the handshake, then the incoming one too: it tries again. */
START_TEST(test_both_lost)
{
	struct member out, in;

	wait_for_connect(1);
	member_connect(&out, &e, ACTIVE_SLOT, false);
	member_connect(&in, &e, ACTIVE_SLOT, true);
	ck_assert_uint_eq(member_receive(&out, &e), MSG_OPEN);
	ck_assert_uint_eq(member_receive(&in, &e), MSG_OPEN);
	member_send_keepalive(&out);
	member_expect_notification(&out, &e, NOTIFICATION_FSM, FSM_ERROR_OPEN_SENT);
	ck_assert_uint_eq(exchange_row(&e, ACTIVE_SLOT).state, SESSION_OPENSENT);
	member_close(&in);
	wait_for_connect(2);
}
END_TEST

/* ---- timers ---- */

START_TEST(test_hold_timer)
{
	struct member m;
	uint64_t begin_us;

	member_connect(&m, &e, 0, true);
	ck_assert_uint_eq(member_receive(&m, &e), MSG_OPEN);
	member_send_open(&m, MEMBER_AS, 0x0a000001, 3);
	member_send_keepalive(&m);
	ck_assert_int_eq(exchange_record(&e), RECORD_UP);
	begin_us = clock_us();
	/* Ours come at least every second, theirs do not. */
	ck_assert_uint_eq(member_receive(&m, &e), MSG_KEEPALIVE);
	ck_assert_uint_eq(member_receive(&m, &e), MSG_KEEPALIVE);
	ck_assert_uint_eq(member_receive(&m, &e), MSG_KEEPALIVE);
	ck_assert_uint_lt(clock_us() - begin_us, 2500000);
	member_expect_notification(&m, &e, NOTIFICATION_HOLD_TIMER, 0);
	ck_assert_uint_ge(clock_us() - begin_us, 2900000);
	ck_assert_uint_lt(clock_us() - begin_us, 4500000);
	ck_assert_int_eq(exchange_record(&e), RECORD_DOWN);
	ck_assert_str_eq(((struct record_down *)(void *)e.record)->reason, "hold timer expired");
}
END_TEST

/* A client that never speaks is closed after a minute; the test does not wait for that. */
START_TEST(test_no_open)
{
	struct link *l = &e.worker->peers[0]->link[DIRECTION_IN];
	struct member m;

	member_connect(&m, &e, 0, true);
	ck_assert_uint_eq(member_receive(&m, &e), MSG_OPEN);
	ck_assert_uint_eq(timer_left_s(&l->timer[LINK_HOLD], e.worker->now_ms), FSM_OPEN_WAIT_S);
	/* A part of a message is no life. */
	member_send(&m, m.message, 10);
	timer_set(e.worker->timers, &l->timer[LINK_HOLD], e.worker->now_ms + 50);
	member_expect_notification(&m, &e, NOTIFICATION_HOLD_TIMER, 0);
	ck_assert_str_eq(exchange_row(&e, 0).last_error, "no OPEN for 60 s");
	ck_assert_uint_eq(exchange_row(&e, 0).state, SESSION_IDLE);
}
END_TEST

/* A member that is told UPDATEs and sends KEEPALIVEs, but does not read, until it is given up. */
static void
starve(struct member *m, unsigned updates)
{
	uint8_t update[MSG_MAX_BYTES];
	size_t len = make_withdrawal(update, 0, 1000);

	e.head.send_hold_s = 2;
	exchange_configure(&e);
	member_establish(m, &e, 0);
	exchange_order(&e, LOG_START, 0, m->epoch, 0, NULL);
	for (unsigned i = 0; i < updates; i++)
		exchange_block(&e, 0, update, len);
	while (exchange_row(&e, 0).state == SESSION_ESTABLISHED) {
		member_send_keepalive(m);
		exchange_turn(&e);
		usleep(20000);
	}
	ck_assert_int_eq(exchange_record(&e), RECORD_DOWN);
	ck_assert_str_eq(
	    ((struct record_down *)(void *)e.record)->reason, "send hold timer expired");
}

START_TEST(test_send_hold_timer)
{
	struct member m;

	starve(&m, 500);
	member_close(&m);
}
END_TEST

/* The socket has room for the reason. */
START_TEST(test_send_hold_is_said)
{
	struct member m;

	starve(&m, 1);
	member_expect_notification(&m, &e, NOTIFICATION_SEND_HOLD, 0);
}
END_TEST

/* ---- sleeping and waking ---- */

/* Turns in which nothing happens take until the next timer; what rib does ends them. */
START_TEST(test_woken)
{
	uint8_t update[MSG_MAX_BYTES];
	size_t len = make_withdrawal(update, 0, 3);
	struct member m;

	member_establish(&m, &e, 0);
	exchange_order(&e, LOG_START, 0, m.epoch, 0, NULL);
	exchange_turn(&e);
	e.may_sleep = true;
	for (unsigned i = 0; i < 8; i++) {
		uint64_t begin_us;

		/* It has gone to sleep once, with nothing to do. */
		exchange_turn(&e);
		exchange_block(&e, 0, update, len);
		begin_us = clock_us();
		exchange_turn(&e); /* sends, or sleeps and is woken */
		if (recv(m.fd, m.part, sizeof(m.part), MSG_PEEK | MSG_DONTWAIT) <= 0)
			ck_assert_uint_lt(clock_us() - begin_us, 50000);
		ck_assert_uint_eq(member_receive(&m, &e), MSG_UPDATE);
	}
	member_close(&m);
}
END_TEST

/* ---- no room in the ring ---- */

static void
wait_for_pause(bool paused)
{
	while (((exchange_row(&e, 0).flags & SESSION_PAUSED) != 0) != paused)
		exchange_turn(&e);
}

START_TEST(test_ring_full)
{
	struct member m, other;
	uint8_t update[MSG_MAX_BYTES];
	unsigned sent = 0, got = 0, prefix = 0;

	member_establish(&m, &e, 0);
	member_establish(&other, &e, 1);
	/* Until nothing is taken any more: ring share, its buffer and the socket are full. */
	for (unsigned idle = 0; idle < 5; idle++) {
		size_t len = make_withdrawal(update, sent * 100, 100);

		while (send(m.fd, update, len, MSG_NOSIGNAL) == (ssize_t)len) {
			len = make_withdrawal(update, ++sent * 100, 100);
			idle = 0;
		}
		exchange_turn(&e);
	}
	wait_for_pause(true);
	/* Nobody else is held up. */
	member_send(&other, update, make_withdrawal(update, 0, 1));
	exchange_turn(&e);
	exchange_turn(&e);
	ck_assert_uint_eq(exchange_row(&e, 1).flags & SESSION_PAUSED, 0);
	while (got < sent || prefix < 1) {
		const struct record_routes *r = (const struct record_routes *)(void *)e.record;
		const struct record_route *route = (const struct record_route *)(r + 1);

		ck_assert_int_eq(exchange_record(&e), RECORD_ROUTES);
		if (r->head.slot == 1) {
			prefix++;
			continue;
		}
		ck_assert_uint_eq(r->count, 100);
		ck_assert_uint_eq(route[0].prefix.addr[1], (got * 100 >> 8) & 0xff);
		ck_assert_uint_eq(route[0].prefix.addr[2], got * 100 & 0xff);
		got++;
	}
	ck_assert_uint_gt(sent, 30);
	ck_assert(exchange_is_quiet(&e));
	member_send(&m, update, make_withdrawal(update, 0, 1));
	ck_assert_int_eq(exchange_record(&e), RECORD_ROUTES);
	wait_for_pause(false);
	member_close(&m);
	member_close(&other);
}
END_TEST

/* What waits unread is life: no hold timer while it is our fault. */
START_TEST(test_paused_is_alive)
{
	struct member m;
	uint8_t update[MSG_MAX_BYTES];
	size_t len = make_withdrawal(update, 0, 1000);
	uint64_t until_us;

	member_connect(&m, &e, 0, true);
	ck_assert_uint_eq(member_receive(&m, &e), MSG_OPEN);
	member_send_open(&m, MEMBER_AS, 0x0a000001, 3);
	member_send_keepalive(&m);
	ck_assert_int_eq(exchange_record(&e), RECORD_UP);
	while ((exchange_row(&e, 0).flags & SESSION_PAUSED) == 0) {
		(void)!send(m.fd, update, len, MSG_NOSIGNAL);
		exchange_turn(&e);
	}
	until_us = clock_us() + 4500000;
	while (clock_us() < until_us)
		exchange_turn(&e);
	ck_assert_uint_eq(exchange_row(&e, 0).state, SESSION_ESTABLISHED);
	member_close(&m);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {test_handshake, test_refused_opens, test_garbage,
	    test_unexpected_messages, test_malformed_update, test_cease_of_the_member,
	    test_refused_by_the_member, test_outgoing, test_collision_member_wins,
	    test_collision_member_wins_incoming_first, test_collision_we_win,
	    test_collision_we_win_incoming_first, test_collision_equal_ids,
	    test_collision_with_established, test_newer_connection_wins, test_both_lost,
	    test_hold_timer, test_no_open, test_send_hold_timer, test_send_hold_is_said, test_woken,
	    test_ring_full, test_paused_is_alive};

	return run_suite_with("session", tests, COUNT(tests), setup, teardown);
}
