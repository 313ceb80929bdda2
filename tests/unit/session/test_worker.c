/* The worker and its parent: configuration, memory, the operator's words, rib's orders, the end. */
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

static void
wait_for_state(uint32_t slot, enum session_state state)
{
	while (exchange_row(&e, slot).state != state)
		exchange_turn(&e);
}

/* ---- the operator ---- */

START_TEST(test_disable_and_enable)
{
	struct member m;

	member_establish(&m, &e, 0);
	exchange_admin(&e, 0, CHANNEL_DISABLE, "moving to a new port");
	while (member_receive(&m, &e) != MSG_NOTIFICATION)
		;
	ck_assert_uint_eq(m.message[19], NOTIFICATION_CEASE);
	ck_assert_uint_eq(m.message[20], CEASE_SHUTDOWN);
	ck_assert_uint_eq(m.message[21], strlen("moving to a new port"));
	ck_assert_mem_eq(m.message + 22, "moving to a new port", m.message[21]);
	ck_assert_int_eq(exchange_record(&e), RECORD_DOWN);
	ck_assert_str_eq(((struct record_down *)(void *)e.record)->reason, "moving to a new port");
	member_close(&m);
	wait_for_state(0, SESSION_IDLE);
	ck_assert_uint_eq(exchange_row(&e, 0).flags, SESSION_DISABLED);
	member_connect(&m, &e, 0, true);
	member_expect_notification(&m, &e, NOTIFICATION_CEASE, CEASE_REJECTED);
	exchange_admin(&e, 0, CHANNEL_ENABLE, "");
	wait_for_state(0, SESSION_ACTIVE);
	member_establish(&m, &e, 0);
	member_close(&m);
}
END_TEST

START_TEST(test_clear)
{
	struct member m;

	member_establish(&m, &e, 0);
	exchange_admin(&e, 0, CHANNEL_CLEAR, "");
	member_expect_notification(&m, &e, NOTIFICATION_CEASE, CEASE_RESET);
	ck_assert_int_eq(exchange_record(&e), RECORD_DOWN);
	/* An order without words is explained by its code. */
	ck_assert_str_eq(
	    ((struct record_down *)(void *)e.record)->reason, "Cease: Administrative Reset");
	member_establish(&m, &e, 0);
	member_close(&m);
}
END_TEST

/* What the parent remembers of a slot comes before the configuration is committed. */
START_TEST(test_held_down_before_commit)
{
	struct exchange other;
	struct member m;

	exchange_init(&other);
	exchange_memory(&other, 1 << 20);
	exchange_admin(&other, 2, CHANNEL_HOLD_DOWN, "");
	exchange_configure(&other);
	member_connect(&m, &other, 2, true);
	member_expect_notification(&m, &other, NOTIFICATION_CEASE, CEASE_REJECTED);
	member_establish(&m, &other, 1);
	member_close(&m);
	exchange_fini(&other);
}
END_TEST

/* ---- rib ---- */

START_TEST(test_cease_of_rib)
{
	struct member m;

	member_establish(&m, &e, 0);
	exchange_order(&e, LOG_CEASE, 0, m.epoch - 1, 0x0608, "for an older session");
	exchange_order(&e, LOG_CEASE, 0, m.epoch, 0x0601, "maximum number of prefixes reached");
	member_expect_notification(&m, &e, NOTIFICATION_CEASE, CEASE_MAX_PREFIXES);
	ck_assert_int_eq(exchange_record(&e), RECORD_DOWN);
	/* The member would only do it again: it sits out a penalty. */
	ck_assert_uint_eq(exchange_row(&e, 0).state, SESSION_IDLE);
	wait_for_state(0, SESSION_ACTIVE);
}
END_TEST

START_TEST(test_cut_and_drained)
{
	const struct record_cut *cut = (const struct record_cut *)(const void *)e.record;
	uint8_t octets[MSG_MAX_BYTES];
	struct member m;
	unsigned updates = 0;

	memset(octets, 0xff, sizeof(octets));
	wire_store_u16(octets + 16, sizeof(octets));
	octets[18] = MSG_UPDATE;
	member_establish(&m, &e, 0);
	exchange_order(&e, LOG_START, 0, m.epoch, 0, NULL);
	for (unsigned i = 0; i < 300; i++)
		exchange_block(&e, 0, octets, sizeof(octets));
	for (unsigned i = 0; i < 20; i++)
		exchange_turn(&e);
	ck_assert_uint_lt(session_table_released(e.table), log_head_acquire(e.log));
	exchange_order(&e, LOG_CUT, 0, m.epoch, 0, NULL);
	ck_assert_int_eq(exchange_record(&e), RECORD_CUT);
	ck_assert_uint_eq(cut->head.epoch, m.epoch);
	ck_assert_uint_lt(cut->position, log_head_acquire(e.log));
	exchange_turn(&e);
	ck_assert_uint_eq(session_table_released(e.table), log_head_acquire(e.log));
	ck_assert(exchange_is_quiet(&e));
	/* It reads again: the rest of its last message, then DRAINED. */
	for (unsigned quiet = 0; quiet < 20;) {
		ssize_t n = recv(m.fd, m.part, sizeof(m.part), MSG_DONTWAIT);

		updates += n > 0 ? (unsigned)n : 0;
		quiet = n > 0 ? 0 : quiet + 1;
		exchange_turn(&e);
	}
	ck_assert_uint_eq(updates % sizeof(octets), 0);
	ck_assert_int_eq(exchange_record(&e), RECORD_DRAINED);
	exchange_order(&e, LOG_START, 0, m.epoch, 0, NULL);
	exchange_block(&e, 0, octets, sizeof(octets));
	ck_assert_uint_eq(member_receive(&m, &e), MSG_UPDATE);
	member_close(&m);
}
END_TEST

/* Not even UP finds room: what the member says waits behind it. */
START_TEST(test_up_waits)
{
	struct report_ring *r = &e.worker->ring;
	uint8_t octets[MSG_MAX_BYTES];
	unsigned filled = 0;
	struct member m;
	void *record;

	for (uint32_t len = 4096; len >= sizeof(struct record_head); len /= 2)
		while ((record = report_reserve(r, RING_CONTROL, RECORD_ALARM, 1, 1, len))) {
			report_commit(r, record);
			filled++;
		}
	member_connect(&m, &e, 0, true);
	ck_assert_uint_eq(member_receive(&m, &e), MSG_OPEN);
	member_send_open(&m, MEMBER_AS, 0x0a000001, 90);
	member_send_keepalive(&m);
	ck_assert_uint_eq(member_receive(&m, &e), MSG_KEEPALIVE);
	memset(octets, 0xff, 16);
	wire_store_u16(octets + 16, 23);
	octets[18] = MSG_UPDATE;
	memset(octets + 19, 0, 4);
	member_send(&m, octets, 23); /* End-of-RIB */
	wait_for_state(0, SESSION_ESTABLISHED);
	for (; filled > 0; filled--)
		ck_assert_int_eq(exchange_record(&e), RECORD_ALARM);
	ck_assert_int_eq(exchange_record(&e), RECORD_UP);
	ck_assert_int_eq(exchange_record(&e), RECORD_EOR);
	member_close(&m);
	ck_assert_int_eq(exchange_record(&e), RECORD_DOWN);
}
END_TEST

/* A note is for display: without room it is lost, and nothing waits for it. */
START_TEST(test_note_does_not_wait)
{
	struct report_ring *r = &e.worker->ring;
	unsigned filled = 0;
	struct member m;
	void *record;

	for (uint32_t len = 4096; len >= sizeof(struct record_head); len /= 2)
		while ((record = report_reserve(r, RING_DATA, RECORD_ALARM, 1, 1, len))) {
			report_commit(r, record);
			filled++;
		}
	member_connect(&m, &e, 0, true);
	member_send_keepalive(&m);
	member_expect_notification(&m, &e, NOTIFICATION_FSM, FSM_ERROR_OPEN_SENT);
	ck_assert_ptr_null(e.worker->reports);
	for (; filled > 0; filled--)
		ck_assert_int_eq(exchange_record(&e), RECORD_ALARM);
	for (unsigned i = 0; i < 4; i++)
		exchange_turn(&e);
	ck_assert(exchange_is_quiet(&e));
	/* With room the next one is told. */
	wait_for_state(0, SESSION_ACTIVE);
	member_connect(&m, &e, 0, true);
	member_send_keepalive(&m);
	member_expect_notification(&m, &e, NOTIFICATION_FSM, FSM_ERROR_OPEN_SENT);
	ck_assert_int_eq(exchange_record(&e), RECORD_NOTE);
}
END_TEST

/* rib has died: the parent says so and sends new memory; sessions begin anew there. */
START_TEST(test_death_of_rib)
{
	struct channel_text text = {.text = "the table process died and is being replaced"};
	struct member m;

	member_establish(&m, &e, 0);
	exchange_order(&e, LOG_START, 0, m.epoch, 0, NULL);
	exchange_turn(&e);
	exchange_send(&e, CHANNEL_DROP_SESSIONS, &text);
	member_expect_notification(&m, &e, NOTIFICATION_CEASE, CEASE_RESET);
	/* Nothing begins on memory that nobody reads. */
	member_connect(&m, &e, 0, true);
	member_expect_notification(&m, &e, NOTIFICATION_CEASE, CEASE_REJECTED);
	exchange_memory(&e, 1 << 20);
	for (unsigned i = 0; i < 4; i++)
		exchange_turn(&e);
	ck_assert(exchange_is_quiet(&e));
	member_establish(&m, &e, 0);
	exchange_order(&e, LOG_START, 0, m.epoch, 0, NULL);
	exchange_order(&e, LOG_ASK_REFRESH, 0, m.epoch, 0, NULL);
	ck_assert_uint_eq(member_receive(&m, &e), MSG_ROUTE_REFRESH);
	/* New memory alone means the same. */
	exchange_memory(&e, 1 << 20);
	member_expect_notification(&m, &e, NOTIFICATION_CEASE, CEASE_RESET);
	member_establish(&m, &e, 0);
	member_close(&m);
}
END_TEST

/* ---- configuration ---- */

START_TEST(test_reload)
{
	struct member same, changed, moved;
	uint32_t asn = e.slots[1].asn;

	member_establish(&same, &e, 0);
	member_establish(&changed, &e, 1);
	member_establish(&moved, &e, 2);
	e.head.workers = 2;
	e.slots[0].description[0] = 'A';
	e.slots[1].families |= 1u << FAMILY_IPV6;
	e.slots[2].worker = 1;
	exchange_configure(&e);
	member_expect_notification(&changed, &e, NOTIFICATION_CEASE, CEASE_CONFIG_CHANGE);
	member_expect_notification(&moved, &e, NOTIFICATION_CEASE, CEASE_DECONFIGURED);
	ck_assert_uint_eq(exchange_row(&e, 0).state, SESSION_ESTABLISHED);
	ck_assert_int_eq(exchange_record(&e), RECORD_DOWN);
	ck_assert_int_eq(exchange_record(&e), RECORD_DOWN);
	ck_assert(exchange_is_quiet(&e));
	ck_assert_uint_eq(e.slots[1].asn, asn);
	member_establish(&changed, &e, 1);
	/* Not this worker's any more: closed, and the parent told. */
	e.closed = 0;
	member_connect(&moved, &e, 2, true);
	ck_assert_uint_eq(member_receive(&moved, &e), 0);
	ck_assert_uint_eq(e.taken, moved.epoch);
	ck_assert_uint_eq(e.closed, 1);
	member_close(&same);
	member_close(&changed);
	member_close(&moved);
}
END_TEST

/* Whatever is announced and not committed changes nothing. */
START_TEST(test_abandon)
{
	struct channel_generation g = {.generation = 9};
	struct member m;
	int fd;

	member_establish(&m, &e, 0);
	e.slots[0].asn++;
	fd = seal_plain(&e.head, e.slots);
	ck_assert_int_eq(channel_send(e.parent, CHANNEL_CONFIG, &g, &fd, 1), 0);
	close(fd);
	exchange_send(&e, CHANNEL_ABANDON, &g);
	exchange_send(&e, CHANNEL_COMMIT, &g);
	for (unsigned i = 0; i < 4; i++)
		exchange_turn(&e);
	ck_assert_uint_eq(exchange_row(&e, 0).state, SESSION_ESTABLISHED);
	member_close(&m);
}
END_TEST

/* ---- the end ---- */

START_TEST(test_stop)
{
	struct channel_text text = {.text = "the daemon is stopped"};
	struct member m[2];

	member_establish(&m[0], &e, 0);
	member_establish(&m[1], &e, 1);
	exchange_send(&e, CHANNEL_STOP, &text);
	member_expect_notification(&m[0], &e, NOTIFICATION_CEASE, CEASE_SHUTDOWN);
	member_expect_notification(&m[1], &e, NOTIFICATION_CEASE, CEASE_SHUTDOWN);
	for (unsigned i = 0; i < 1000 && !e.ended; i++)
		exchange_turn(&e);
	ck_assert(e.ended);
}
END_TEST

/* A member that does not close its side does not hold us up. */
START_TEST(test_stop_is_bounded)
{
	struct channel_text text = {.text = "the daemon is stopped"};
	uint64_t begin_us = clock_us();
	struct member m;

	member_establish(&m, &e, 0);
	exchange_send(&e, CHANNEL_STOP, &text);
	while (!e.ended)
		exchange_turn(&e);
	ck_assert_uint_lt(clock_us() - begin_us, CLOSING_MS * 1000);
	member_close(&m);
}
END_TEST

START_TEST(test_parent_gone)
{
	channel_free(e.parent);
	ck_assert(!worker_turn(e.worker));
	e.parent = channel_new(dup(0), CHANNEL_PARENT_TO_WORKER, CHANNEL_WORKER_TO_PARENT);
}
END_TEST

/* Connections that are being closed are few, however many are refused. */
START_TEST(test_closing_is_bounded)
{
	static struct member m[CLOSING_MAX + 20];
	uint64_t until_us;

	exchange_admin(&e, 0, CHANNEL_DISABLE, "");
	for (unsigned i = 0; i < COUNT(m); i++) {
		member_connect(&m[i], &e, 0, true);
		exchange_turn(&e);
		ck_assert_uint_le(e.worker->closing_count, CLOSING_MAX);
	}
	while (e.closed < COUNT(m))
		exchange_turn(&e);
	ck_assert_uint_eq(e.worker->closing_count, CLOSING_MAX);
	/* Nobody closes their side; time does. */
	until_us = clock_us() + (CLOSING_MS + 1000) * 1000;
	while (e.worker->closing_count > 0 && clock_us() < until_us)
		exchange_turn(&e);
	ck_assert_uint_eq(e.worker->closing_count, 0);
	for (unsigned i = 0; i < COUNT(m); i++)
		member_close(&m[i]);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {test_disable_and_enable, test_clear,
	    test_held_down_before_commit, test_cease_of_rib, test_cut_and_drained, test_up_waits,
	    test_note_does_not_wait, test_death_of_rib, test_reload, test_abandon, test_stop,
	    test_stop_is_bounded, test_parent_gone, test_closing_is_bounded};

	return run_suite_with("worker", tests, COUNT(tests), setup, teardown);
}
