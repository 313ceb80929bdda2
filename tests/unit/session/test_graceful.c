/*
 * Graceful restart, as far as it is the session's: what rib is told to keep, connections that
 * replace sessions, hard resets, the R bit, words of a shutdown. RFC 4724, 8538, 9003.
 */
#include "tests/unit/session/exchange.h"

/* What the member's OPEN says of graceful restart. */
enum gr { GR_NONE, GR_PLAIN, GR_N };

static struct exchange e;

static void
setup(void)
{
	exchange_init(&e);
	for (unsigned i = 0; i < SLOTS; i++)
		e.slots[i].flags |= SLOT_GRACEFUL_RESTART;
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

static void
send_open(struct member *m, uint32_t slot, enum gr gr, uint8_t gr_families, uint16_t hold_s)
{
	struct open_msg open = {.asn = MEMBER_AS + slot,
	    .bgp_id = 0x0a000001,
	    .hold_s = hold_s,
	    .version = 4,
	    .has_multiprotocol = true,
	    .families = 1u << FAMILY_IPV4,
	    .as4 = true,
	    .refresh = true,
	    .has_gr = gr != GR_NONE,
	    .gr = {.flags = gr == GR_N ? OPEN_GR_NOTIFICATION : 0,
		.time_s = 120,
		.families = gr_families,
		.forwarding = gr_families}};
	uint8_t message[MSG_MAX_BYTES];

	member_send(m, message, open_encode(&open, message, sizeof(message)));
}

/* Up to Established, after the member's connection has come. */
static void
shake_hands(struct member *m, uint32_t slot, enum gr gr, uint8_t gr_families, uint16_t hold_s)
{
	ck_assert_uint_eq(member_receive(m, &e), MSG_OPEN);
	send_open(m, slot, gr, gr_families, hold_s);
	ck_assert_uint_eq(member_receive(m, &e), MSG_KEEPALIVE);
	member_send_keepalive(m);
	ck_assert_int_eq(exchange_record(&e), RECORD_UP);
	ck_assert_uint_eq(((struct record_head *)(void *)e.record)->epoch, m->epoch);
}

static void
establish(struct member *m, uint32_t slot, enum gr gr)
{
	member_connect(m, &e, slot, true);
	shake_hands(m, slot, gr, 1u << FAMILY_IPV4, 90);
}

static const struct record_down *
expect_down(const struct member *m)
{
	const struct record_down *down = (const struct record_down *)(const void *)e.record;

	ck_assert_int_eq(exchange_record(&e), RECORD_DOWN);
	ck_assert_uint_eq(e.record_len, sizeof(*down));
	ck_assert_uint_eq(down->head.epoch, m->epoch);
	return down;
}

static void
expect_end(const struct record_down *down, enum record_end end, unsigned code, unsigned subcode,
    unsigned inner_code, unsigned inner_subcode)
{
	ck_assert_int_eq(down->end, end);
	ck_assert_uint_eq(down->code, code);
	ck_assert_uint_eq(down->subcode, subcode);
	ck_assert_uint_eq(down->inner_code, inner_code);
	ck_assert_uint_eq(down->inner_subcode, inner_subcode);
}

static void
send_notification(struct member *m, const struct wire_error *error, bool hard)
{
	uint8_t message[MSG_MAX_BYTES];

	member_send(m, message,
	    (hard ? notification_encode_hard : notification_encode)(
		error, MSG_MAX_BYTES, message, sizeof(message)));
}

/* ---- what is kept ---- */

static const struct {
	enum gr gr;
	uint8_t families; /* of the member's capability */
	uint8_t kept;
	uint8_t older;
} closed[] = {
    {GR_NONE, 0, 0, 0},
    {GR_PLAIN, 1 << FAMILY_IPV4, 1 << FAMILY_IPV4, 0},
    {GR_PLAIN, 0, 0, 0}, /* it helps others, and keeps nothing itself */
    {GR_PLAIN, 1 << FAMILY_IPV4 | 1 << FAMILY_IPV6, 1 << FAMILY_IPV4, 0}, /* one is not spoken */
    {GR_PLAIN, 1 << FAMILY_IPV6, 0, 0},
    {GR_N, 1 << FAMILY_IPV4, 1 << FAMILY_IPV4, 1},
};

/* RFC 4724 section 4.2: the TCP session terminates. */
START_TEST(test_tcp_closed)
{
	for (unsigned i = 0; i < COUNT(closed); i++) {
		const struct record_down *down;
		struct member m;

		member_connect(&m, &e, 0, true);
		shake_hands(&m, 0, closed[i].gr, closed[i].families, 90);
		member_close(&m);
		down = expect_down(&m);
		ck_assert_uint_eq(down->kept, closed[i].kept);
		ck_assert_uint_eq(down->kept_older, closed[i].older);
		expect_end(down, END_CONNECTION, 0, 0, 0, 0);
	}
}
END_TEST

/* We do not offer it: what the member says of it means nothing. */
START_TEST(test_not_offered)
{
	struct member m;

	e.slots[0].flags &= (uint16_t)~SLOT_GRACEFUL_RESTART;
	exchange_configure(&e);
	establish(&m, 0, GR_N);
	member_close(&m);
	ck_assert_uint_eq(expect_down(&m)->kept, 0);
}
END_TEST

/* RFC 4724 section 4, RFC 8538 section 4. */
START_TEST(test_notification_received)
{
	static const struct wire_error error = {NOTIFICATION_CEASE, CEASE_CONFIG_CHANGE, 0, NULL};
	static const enum gr grs[] = {GR_NONE, GR_PLAIN, GR_N};

	for (unsigned i = 0; i < COUNT(grs); i++) {
		const struct record_down *down;
		struct member m;

		establish(&m, 0, grs[i]);
		send_notification(&m, &error, false);
		down = expect_down(&m);
		ck_assert_uint_eq(down->kept, grs[i] == GR_N ? 1 << FAMILY_IPV4 : 0);
		expect_end(down, END_RECEIVED, NOTIFICATION_CEASE, CEASE_CONFIG_CHANGE, 0, 0);
		member_close(&m);
	}
}
END_TEST

START_TEST(test_notification_sent)
{
	static const enum gr grs[] = {GR_PLAIN, GR_N};

	for (unsigned i = 0; i < COUNT(grs); i++) {
		const struct record_down *down;
		struct member m;

		establish(&m, i, grs[i]);
		send_open(&m, i, GR_NONE, 0, 90);
		member_expect_notification(&m, &e, NOTIFICATION_FSM, FSM_ERROR_ESTABLISHED);
		down = expect_down(&m);
		ck_assert_uint_eq(down->kept, grs[i] == GR_N ? 1 << FAMILY_IPV4 : 0);
		expect_end(down, END_SENT, NOTIFICATION_FSM, FSM_ERROR_ESTABLISHED, 0, 0);
	}
}
END_TEST

START_TEST(test_hold_timer)
{
	static const enum gr grs[] = {GR_PLAIN, GR_N};

	for (unsigned i = 0; i < COUNT(grs); i++) {
		struct link *l = &e.worker->peers[i]->link[DIRECTION_IN];
		struct member m;

		establish(&m, i, grs[i]);
		timer_set(e.worker->timers, &l->timer[LINK_HOLD], e.worker->now_ms + 50);
		member_expect_notification(&m, &e, NOTIFICATION_HOLD_TIMER, 0);
		ck_assert_uint_eq(expect_down(&m)->kept, grs[i] == GR_N ? 1 << FAMILY_IPV4 : 0);
	}
}
END_TEST

/* RFC 8538 section 3.2; the words inside are shown. */
START_TEST(test_hard_reset_received)
{
	uint8_t data[NOTIFICATION_TEXT_MAX];
	struct wire_error error = {NOTIFICATION_CEASE, CEASE_SHUTDOWN, 0, data};
	const struct record_down *down;
	struct member m;

	error.data_len = notification_cease_data(CEASE_SHUTDOWN,
	    "Gr\xc3\xbc\xc3\x9f"
	    "e",
	    128, data);
	establish(&m, 0, GR_N);
	send_notification(&m, &error, true);
	down = expect_down(&m);
	ck_assert_uint_eq(down->kept, 0);
	expect_end(down, END_RECEIVED, NOTIFICATION_CEASE, CEASE_HARD_RESET, NOTIFICATION_CEASE,
	    CEASE_SHUTDOWN);
	ck_assert_str_eq(down->reason,
	    "Gr\xc3\xbc\xc3\x9f"
	    "e");
	ck_assert_str_eq(exchange_row(&e, 0).last_error,
	    "received Hard Reset: Cease (6): Administrative Shutdown (2), \"Gr\xc3\xbc\xc3\x9f"
	    "e\"");
	member_close(&m);
}
END_TEST

/* One without anything inside ends the session for good, too. */
START_TEST(test_hard_reset_cut_short)
{
	static const struct wire_error error = {
	    NOTIFICATION_CEASE, CEASE_HARD_RESET, 1, (const uint8_t *)"\6"};
	const struct record_down *down;
	struct member m;

	establish(&m, 0, GR_N);
	send_notification(&m, &error, false);
	down = expect_down(&m);
	ck_assert_uint_eq(down->kept, 0);
	expect_end(down, END_RECEIVED, NOTIFICATION_CEASE, CEASE_HARD_RESET, 0, 0);
	member_close(&m);
}
END_TEST

/* ---- hard resets that we send ---- */

/* Reads up to a NOTIFICATION; its octets from code to data. */
static void
expect_octets(struct member *m, const void *octets, size_t len)
{
	while (member_receive(m, &e) != MSG_NOTIFICATION)
		ck_assert_uint_ne(m->message[18], 0);
	ck_assert_uint_eq(m->len, MSG_HEADER_BYTES + len);
	ck_assert_mem_eq(m->message + MSG_HEADER_BYTES, octets, len);
	ck_assert_uint_eq(member_receive(m, &e), 0);
	member_close(m);
}

/* 6/2, with words, by the operator. */
START_TEST(test_shutdown_is_hard)
{
	const struct record_down *down;
	struct member m;

	establish(&m, 0, GR_N);
	exchange_admin(&e, 0, CHANNEL_DISABLE, "bye");
	expect_octets(&m, "\6\11\6\2\3bye", 8);
	down = expect_down(&m);
	ck_assert_uint_eq(down->kept, 0);
	expect_end(down, END_SENT, NOTIFICATION_CEASE, CEASE_HARD_RESET, NOTIFICATION_CEASE,
	    CEASE_SHUTDOWN);
	ck_assert_str_eq(down->reason, "bye");
}
END_TEST

/* RFC 8538 section 4: not to who has not said that it knows them. */
START_TEST(test_without_n_nothing_is_hard)
{
	struct member m;

	establish(&m, 0, GR_PLAIN);
	exchange_admin(&e, 0, CHANNEL_DISABLE, "bye");
	expect_octets(&m, "\6\2\3bye", 6);
	ck_assert_uint_eq(expect_down(&m)->kept, 0);
}
END_TEST

/* 6/4 by the operator, 6/1 of a limit, 6/3: the whole row of RFC 8538 section 5.1. */
START_TEST(test_what_else_is_hard)
{
	struct channel_admin limit = {
	    .slot = 1, .act = CHANNEL_LIMIT, .limit = 5, .family = FAMILY_IPV4};
	struct member clear, over, gone;

	establish(&clear, 0, GR_N);
	exchange_admin(&e, 0, CHANNEL_CLEAR, "");
	expect_octets(&clear, "\6\11\6\4\0", 5);
	ck_assert_uint_eq(expect_down(&clear)->kept, 0);
	establish(&over, 1, GR_N);
	exchange_send(&e, CHANNEL_ADMIN, &limit);
	expect_octets(&over, "\6\11\6\1\0\1\1\0\0\0\5", 11);
	ck_assert_uint_eq(expect_down(&over)->kept, 0);
	establish(&gone, 2, GR_N);
	e.slots[2] = (struct compiled_slot){.slot = 2, .flags = SLOT_UNUSED};
	exchange_configure(&e);
	expect_octets(&gone, "\6\11\6\3", 4);
	ck_assert_uint_eq(expect_down(&gone)->kept, 0);
}
END_TEST

/* 6/6 and 6/8 are graceful. */
START_TEST(test_what_is_not_hard)
{
	struct member lags, changed;

	establish(&lags, 0, GR_N);
	exchange_order(&e, LOG_CEASE, 0, lags.epoch, 0x0608, "did not read for too long");
	expect_octets(&lags, "\6\10", 2);
	ck_assert_uint_eq(expect_down(&lags)->kept, 1 << FAMILY_IPV4);
	establish(&changed, 1, GR_N);
	e.slots[1].families |= 1u << FAMILY_IPV6;
	exchange_configure(&e);
	expect_octets(&changed, "\6\6", 2);
	ck_assert_uint_eq(expect_down(&changed)->kept, 1 << FAMILY_IPV4);
}
END_TEST

/* In a handshake nothing was agreed upon yet. */
START_TEST(test_handshake_is_not_hard)
{
	struct member m;

	member_connect(&m, &e, 0, true);
	ck_assert_uint_eq(member_receive(&m, &e), MSG_OPEN);
	send_open(&m, 0, GR_N, 1u << FAMILY_IPV4, 90);
	ck_assert_uint_eq(member_receive(&m, &e), MSG_KEEPALIVE);
	exchange_admin(&e, 0, CHANNEL_DISABLE, "bye");
	expect_octets(&m, "\6\2\3bye", 6);
}
END_TEST

/* ---- our own restart ---- */

/* rib has died: each is told so that it keeps our routes, if it can. */
START_TEST(test_death_of_rib)
{
	struct channel_text text = {.text = "the table died"};
	struct member none, plain, n;

	establish(&none, 0, GR_NONE);
	establish(&plain, 1, GR_PLAIN);
	establish(&n, 2, GR_N);
	exchange_send(&e, CHANNEL_DROP_SESSIONS, &text);
	/* RFC 4724 section 4: any NOTIFICATION would be the end of them. */
	ck_assert_uint_eq(member_receive(&plain, &e), 0);
	expect_octets(&none, "\6\4\16the table died", 17);
	expect_octets(&n, "\6\4\16the table died", 17);
	member_close(&plain);
}
END_TEST

/* The parent has died, and all of the daemon with it. */
START_TEST(test_death_of_the_parent)
{
	static const uint8_t reset[] = {6, 4};
	struct member m;
	ssize_t len;

	establish(&m, 0, GR_N);
	channel_free(e.parent);
	ck_assert(!worker_turn(e.worker));
	worker_free(e.worker);
	len = read(m.fd, m.part, sizeof(m.part));
	ck_assert_int_gt(len, MSG_HEADER_BYTES + 2);
	ck_assert_mem_eq(m.part + MSG_HEADER_BYTES, reset, sizeof(reset));
	member_close(&m);
	free_memory(&e);
	exchange_init(&e); /* for the end of the test */
}
END_TEST

static bool
says_restarted(uint32_t slot)
{
	struct wire_error error;
	struct open_msg open;
	struct member m;

	member_connect(&m, &e, slot, true);
	ck_assert_uint_eq(member_receive(&m, &e), MSG_OPEN);
	ck_assert(
	    open_decode(m.message + MSG_HEADER_BYTES, m.len - MSG_HEADER_BYTES, &open, &error));
	ck_assert(open.has_gr);
	member_close(&m);
	return (open.gr.flags & OPEN_GR_RESTARTED) != 0;
}

/* RFC 4724 section 4.1: the R bit, for a while. */
START_TEST(test_restart_bit)
{
	ck_assert(!says_restarted(0)); /* nobody is waited for: a restart is over at once */
	e.head.deferral_s = 60;
	exchange_configure(&e);
	ck_assert(says_restarted(0));
	e.worker->new_rib_ms -= 61000;
	ck_assert(!says_restarted(0));
	/* A new rib, a new start. */
	exchange_memory(&e, 1 << 20);
	for (unsigned i = 0; i < 4; i++)
		exchange_turn(&e);
	ck_assert(says_restarted(0));
}
END_TEST

/* RFC 4724 section 4.2: a worker that begins beside a rib that ran has not restarted. */
START_TEST(test_no_restart_bit_of_a_rib_that_ran)
{
	int table = session_table_create(SLOTS), log = log_create(e.head.log_size);
	int ring[3] = {ring_create(1 << 20, SLOTS), wake_new(), wake_new()};
	struct exchange other;

	exchange_init(&other);
	other.head.deferral_s = 60;
	other.slots[0].flags |= SLOT_GRACEFUL_RESTART;
	other.ring = ring_map(ring[0]);
	other.log = log_map_writer(log);
	other.table = session_table_map_reader(table);
	other.rib_wake = ring[1];
	other.worker_wake = ring[2];
	exchange_order(&other, LOG_START, 0, 1, 0, NULL);
	ck_assert_int_eq(channel_send(other.parent, CHANNEL_TABLE, NULL, &table, 1), 0);
	ck_assert_int_eq(channel_send(other.parent, CHANNEL_RING, NULL, ring, 3), 0);
	log = memfd_read_only(log);
	ck_assert_int_eq(channel_send(other.parent, CHANNEL_LOG, NULL, &log, 1), 0);
	exchange_configure(&other);
	for (unsigned i = 0; i < 4; i++)
		exchange_turn(&other);
	ck_assert(other.worker->running);
	ck_assert_uint_eq(other.worker->new_rib_ms, 0);
	ck_assert(!worker_has_restarted(other.worker));
	exchange_fini(&other);
}
END_TEST

/* ---- a connection beside the session ---- */

/* The member has restarted and connects again: RFC 4724 section 4.2. */
START_TEST(test_new_connection_replaces)
{
	const struct record_down *down;
	struct member old, new;

	establish(&old, 0, GR_PLAIN);
	member_connect(&new, &e, 0, true);
	for (unsigned i = 0; i < 4; i++)
		exchange_turn(&e);
	/* Whoever connects and says nothing ends nothing. */
	ck_assert_uint_eq(exchange_row(&e, 0).state, SESSION_ESTABLISHED);
	ck_assert(exchange_is_quiet(&e));
	send_open(&new, 0, GR_PLAIN, 1u << FAMILY_IPV4, 90);
	down = expect_down(&old);
	ck_assert_uint_eq(down->kept, 1 << FAMILY_IPV4);
	expect_end(down, END_CONNECTION, 0, 0, 0, 0);
	ck_assert_str_eq(down->reason, "the member has opened a new connection");
	/* No NOTIFICATION: the previous TCP session is simply closed. */
	ck_assert_uint_eq(member_receive(&old, &e), 0);
	ck_assert_uint_eq(member_receive(&new, &e), MSG_OPEN);
	ck_assert_uint_eq(member_receive(&new, &e), MSG_KEEPALIVE);
	member_send_keepalive(&new);
	ck_assert_int_eq(exchange_record(&e), RECORD_UP);
	ck_assert_uint_eq(((struct record_head *)(void *)e.record)->epoch, new.epoch);
	ck_assert_uint_eq(exchange_row(&e, 0).out.notifications, 0);
	ck_assert_uint_eq(e.closed, 1);
	member_close(&old);
	member_close(&new);
}
END_TEST

/* The session has been up for a minute. */
static void
grow_old(uint32_t slot)
{
	e.worker->peers[slot]->up_ms -= 60000;
}

/* The same where the session was of our making. */
START_TEST(test_new_connection_replaces_ours)
{
	struct member old, new;

	while (e.connects[ACTIVE_SLOT] < 1)
		exchange_turn(&e);
	member_connect(&old, &e, ACTIVE_SLOT, false);
	shake_hands(&old, ACTIVE_SLOT, GR_N, 1u << FAMILY_IPV4, 90);
	grow_old(ACTIVE_SLOT);
	member_connect(&new, &e, ACTIVE_SLOT, true);
	send_open(&new, ACTIVE_SLOT, GR_N, 1u << FAMILY_IPV4, 90);
	ck_assert_uint_eq(expect_down(&old)->kept, 1 << FAMILY_IPV4);
	ck_assert_uint_eq(member_receive(&old, &e), 0);
	member_send_keepalive(&new);
	ck_assert_int_eq(exchange_record(&e), RECORD_UP);
	ck_assert_uint_eq(exchange_row(&e, ACTIVE_SLOT).flags & SESSION_INCOMING, SESSION_INCOMING);
	/* It ends, and both directions begin again. */
	member_close(&new);
	expect_down(&new);
	while (e.connects[ACTIVE_SLOT] < 2)
		exchange_turn(&e);
	member_close(&old);
}
END_TEST

/* An OPEN in pieces is waited for. */
START_TEST(test_new_connection_in_pieces)
{
	struct member old, new, pieces;
	int fds[2];

	establish(&old, 0, GR_N);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	pieces = (struct member){.fd = fds[0]};
	send_open(&pieces, 0, GR_N, 1u << FAMILY_IPV4, 90);
	pieces.len = (size_t)read(fds[1], pieces.message, sizeof(pieces.message));
	member_connect(&new, &e, 0, true);
	for (size_t at = 0, n; at < pieces.len; at += n) {
		n = pieces.len - at < 17 ? pieces.len - at : 17;
		ck_assert(exchange_is_quiet(&e));
		member_send(&new, pieces.message + at, n);
		for (unsigned i = 0; i < 4; i++)
			exchange_turn(&e);
	}
	expect_down(&old);
	member_send_keepalive(&new);
	ck_assert_int_eq(exchange_record(&e), RECORD_UP);
	close(fds[0]);
	close(fds[1]);
	member_close(&old);
	member_close(&new);
}
END_TEST

/* What does not speak for the member is turned away, and the session has not noticed. */
START_TEST(test_strangers_replace_nothing)
{
	static const uint8_t http[] = "GET / HTTP/1.0\r\nHost: nobody\r\n\r\n";
	struct member m, stranger;

	establish(&m, 0, GR_N);
	member_connect(&stranger, &e, 0, true);
	member_send(&stranger, http, sizeof(http) - 1);
	member_expect_notification(&stranger, &e, NOTIFICATION_CEASE, CEASE_COLLISION);
	member_connect(&stranger, &e, 0, true);
	send_open(&stranger, 7, GR_N, 1u << FAMILY_IPV4, 90); /* another AS number */
	member_expect_notification(&stranger, &e, NOTIFICATION_CEASE, CEASE_COLLISION);
	member_connect(&stranger, &e, 0, true);
	member_send_keepalive(&stranger);
	member_expect_notification(&stranger, &e, NOTIFICATION_CEASE, CEASE_COLLISION);
	/* It goes away again. */
	e.closed = 0;
	member_connect(&stranger, &e, 0, true);
	exchange_turn(&e);
	member_close(&stranger);
	while (e.closed < 1)
		exchange_turn(&e);
	ck_assert_uint_eq(exchange_row(&e, 0).state, SESSION_ESTABLISHED);
	ck_assert(exchange_is_quiet(&e));
	member_close(&m);
}
END_TEST

/* It says nothing for a minute, which the test does not wait for. */
START_TEST(test_silent_stranger)
{
	struct successor *s = &e.worker->peers[0]->successor;
	struct member m, stranger;

	establish(&m, 0, GR_N);
	member_connect(&stranger, &e, 0, true);
	while (s->fd == -1)
		exchange_turn(&e);
	ck_assert_uint_eq(timer_left_s(&s->timer, e.worker->now_ms), FSM_OPEN_WAIT_S);
	s->until_ms = e.worker->now_ms + 50;
	timer_set(e.worker->timers, &s->timer, s->until_ms);
	member_expect_notification(&stranger, &e, NOTIFICATION_CEASE, CEASE_COLLISION);
	ck_assert_uint_eq(exchange_row(&e, 0).state, SESSION_ESTABLISHED);
	member_close(&m);
}
END_TEST

/* Of two that wait the newer one is meant. */
START_TEST(test_newer_of_two)
{
	struct member m, first, second;

	establish(&m, 0, GR_N);
	member_connect(&first, &e, 0, true);
	exchange_turn(&e);
	member_connect(&second, &e, 0, true);
	member_expect_notification(&first, &e, NOTIFICATION_CEASE, CEASE_COLLISION);
	send_open(&second, 0, GR_N, 1u << FAMILY_IPV4, 90);
	expect_down(&m);
	ck_assert_uint_eq(member_receive(&second, &e), MSG_OPEN);
	member_close(&m);
	member_close(&second);
}
END_TEST

/* Both sides have connected at the same time, theirs came late: RFC 4271 section 6.8. */
START_TEST(test_crossing_connections)
{
	struct member ours, theirs;

	while (e.connects[ACTIVE_SLOT] < 1)
		exchange_turn(&e);
	member_connect(&ours, &e, ACTIVE_SLOT, false);
	shake_hands(&ours, ACTIVE_SLOT, GR_N, 1u << FAMILY_IPV4, 90);
	member_connect(&theirs, &e, ACTIVE_SLOT, true);
	send_open(&theirs, ACTIVE_SLOT, GR_N, 1u << FAMILY_IPV4, 90);
	member_expect_notification(&theirs, &e, NOTIFICATION_CEASE, CEASE_COLLISION);
	ck_assert_uint_eq(exchange_row(&e, ACTIVE_SLOT).state, SESSION_ESTABLISHED);
	ck_assert(exchange_is_quiet(&e));
	member_close(&ours);
}
END_TEST

/* The session ends while one waits, and a newer connection is there first: that one is meant. */
START_TEST(test_newer_than_the_one_that_waits)
{
	struct member old, waits, newer;

	establish(&old, 0, GR_N);
	member_connect(&waits, &e, 0, true);
	exchange_turn(&e);
	member_close(&old);
	expect_down(&old);
	/* Its OPEN and its KEEPALIVE are there before we have said anything. */
	member_connect(&newer, &e, 0, true);
	send_open(&newer, 0, GR_N, 1u << FAMILY_IPV4, 90);
	member_send_keepalive(&newer);
	member_expect_notification(&waits, &e, NOTIFICATION_CEASE, CEASE_COLLISION);
	ck_assert_int_eq(exchange_record(&e), RECORD_UP);
	ck_assert_uint_eq(((struct record_head *)(void *)e.record)->epoch, newer.epoch);
	for (unsigned i = 0; i < 20; i++) {
		usleep(1000);
		exchange_turn(&e);
	}
	ck_assert(exchange_is_quiet(&e));
	ck_assert_uint_eq(exchange_row(&e, 0).state, SESSION_ESTABLISHED);
	member_close(&newer);
}
END_TEST

/* RFC 4724 section 5: without families in the capability, or without it, all is as in RFC 4271. */
START_TEST(test_no_replacing_without_graceful_restart)
{
	struct member m, second;

	establish(&m, 0, GR_NONE);
	member_connect(&second, &e, 0, true);
	member_expect_notification(&second, &e, NOTIFICATION_CEASE, CEASE_COLLISION);
	member_close(&m);
	expect_down(&m);
	member_connect(&m, &e, 1, true);
	shake_hands(&m, 1, GR_N, 0, 90);
	member_connect(&second, &e, 1, true);
	member_expect_notification(&second, &e, NOTIFICATION_CEASE, CEASE_COLLISION);
	member_close(&m);
}
END_TEST

/* The session ends while one waits: it is the next. */
START_TEST(test_session_ends_while_one_waits)
{
	struct member old, new;

	establish(&old, 0, GR_PLAIN);
	member_connect(&new, &e, 0, true);
	exchange_turn(&e);
	member_close(&old);
	expect_down(&old);
	shake_hands(&new, 0, GR_PLAIN, 1u << FAMILY_IPV4, 90);
	/* Not if the peer is shut down meanwhile. */
	member_connect(&old, &e, 0, true);
	exchange_turn(&e);
	exchange_admin(&e, 0, CHANNEL_DISABLE, "");
	member_expect_notification(&old, &e, NOTIFICATION_CEASE, CEASE_REJECTED);
	expect_down(&new);
	member_close(&new);
}
END_TEST

/* ... nor if it is removed. */
START_TEST(test_peer_goes_while_one_waits)
{
	struct member m, second;

	establish(&m, 0, GR_PLAIN);
	member_connect(&second, &e, 0, true);
	exchange_turn(&e);
	e.slots[0] = (struct compiled_slot){.flags = SLOT_UNUSED};
	exchange_configure(&e);
	member_expect_notification(&second, &e, NOTIFICATION_CEASE, CEASE_COLLISION);
	member_close(&m);
}
END_TEST

/* ---- words ---- */

/* RFC 9003 section 3: 128 octets, more only to who is known to take them; whole characters. */
START_TEST(test_long_words_out)
{
	struct channel_admin admin = {.act = CHANNEL_DISABLE};
	struct member m;

	for (unsigned i = 0; i < 85; i++)
		memcpy(admin.text + 3 * i, "\xe2\x82\xac", 3);
	e.slots[1].flags |= SLOT_LONG_SHUTDOWN_TEXT;
	exchange_configure(&e);
	for (unsigned slot = 0; slot < 2; slot++) {
		size_t len = slot == 0 ? 126 : 255;

		establish(&m, slot, GR_NONE);
		admin.slot = slot;
		exchange_send(&e, CHANNEL_ADMIN, &admin);
		while (member_receive(&m, &e) != MSG_NOTIFICATION)
			;
		ck_assert_uint_eq(m.len, MSG_HEADER_BYTES + 3 + len);
		ck_assert_uint_eq(m.message[21], len);
		ck_assert_mem_eq(m.message + 22, admin.text, len);
		ck_assert_str_eq(expect_down(&m)->reason, admin.text);
		member_close(&m);
	}
}
END_TEST

/* Section 2: 255 octets come in whole; section 4: what is no UTF-8 is not interpreted. */
START_TEST(test_long_words_in)
{
	uint8_t data[NOTIFICATION_TEXT_MAX];
	struct wire_error error = {NOTIFICATION_CEASE, CEASE_RESET, sizeof(data), data};
	const struct record_down *down;
	struct member m;

	for (unsigned i = 0; i < 85; i++)
		memcpy(data + 1 + 3 * i, "\xe2\x82\xac", 3);
	data[0] = 255;
	establish(&m, 0, GR_NONE);
	send_notification(&m, &error, false);
	down = expect_down(&m);
	ck_assert_uint_eq(strlen(down->reason), 255);
	ck_assert_mem_eq(down->reason, data + 1, 255);
	/* As much as the row has room for, and no half character at its end. */
	ck_assert_uint_gt(strlen(exchange_row(&e, 0).last_error), SESSION_ERROR_MAX - 4);
	ck_assert_ptr_null(strchr(exchange_row(&e, 0).last_error, '?'));
	member_close(&m);
	memcpy(data, "\5a\n\xff\x1b.", 6);
	error.data_len = 6;
	establish(&m, 1, GR_NONE);
	send_notification(&m, &error, false);
	ck_assert_str_eq(expect_down(&m)->reason, "a???.");
	member_close(&m);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {test_tcp_closed, test_not_offered, test_notification_received,
	    test_notification_sent, test_hold_timer, test_hard_reset_received,
	    test_hard_reset_cut_short, test_shutdown_is_hard, test_without_n_nothing_is_hard,
	    test_what_else_is_hard, test_what_is_not_hard, test_handshake_is_not_hard,
	    test_death_of_rib, test_death_of_the_parent, test_restart_bit,
	    test_no_restart_bit_of_a_rib_that_ran, test_new_connection_replaces,
	    test_new_connection_replaces_ours, test_new_connection_in_pieces,
	    test_strangers_replace_nothing, test_silent_stranger, test_newer_of_two,
	    test_no_replacing_without_graceful_restart, test_session_ends_while_one_waits,
	    test_peer_goes_while_one_waits, test_crossing_connections,
	    test_newer_than_the_one_that_waits, test_long_words_out, test_long_words_in};

	return run_suite_with("graceful", tests, COUNT(tests), setup, teardown);
}
