/*
 * The egress log's readers: a real log, real sockets with small buffers, and a model that knows
 * what each peer must get. Every message carries its own number, so one octet lost, doubled or from
 * a place that was overwritten is seen.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bgpd/session/egress.h"
#include "bgpd/wire/msg.h"
#include "tests/unit/session/suite.h"

#define PEERS	 9
#define LOG_SIZE (LOG_CHUNKS_MIN * LOG_CHUNK)
#define OWN	 0 /* number of a message of our own */

/* One member: what it has read and what it is to have. */
struct member {
	struct sender sender;
	int fd; /* its end */
	bool attached;
	bool started;
	bool waits;
	uint32_t epoch;
	uint8_t part[65536]; /* of a message */
	size_t part_len;
	uint32_t got[1 << 15]; /* numbers of whole messages, ours left out */
	unsigned got_count;
	unsigned want_refreshes;
	unsigned own;
	uint32_t want[1 << 15];
	uint64_t want_position[1 << 15]; /* of their block's header */
	unsigned want_count;
	unsigned cuts, drained, failed;
	uint64_t cut_position;
	unsigned wanted_at_cut;
	uint16_t cease;
	char text[LOG_TEXT_MAX];
	unsigned refreshes;
};

struct world {
	struct log *writer;
	struct log *reader;
	struct egress *egress;
	struct session_table *table;
	struct session_table *table_reader;
	struct member member[PEERS];
	uint32_t number; /* of the next message */
	uint64_t seed;
};

static struct world world;

/* ---- what egress calls ---- */

static void
on_cease(void *ctx, uint32_t slot, uint8_t code, uint8_t subcode, const char *text)
{
	struct world *w = ctx;

	w->member[slot].cease = (uint16_t)(code << 8 | subcode);
	snprintf(w->member[slot].text, sizeof(w->member[slot].text), "%s", text);
}

static void
on_ask_refresh(void *ctx, uint32_t slot, uint8_t family)
{
	struct world *w = ctx;

	ck_assert_uint_eq(family, 1);
	w->member[slot].refreshes++;
}

static void
on_cut(void *ctx, uint32_t slot, uint64_t position)
{
	struct world *w = ctx;

	w->member[slot].cuts++;
	w->member[slot].cut_position = position;
}

static void
on_drained(void *ctx, uint32_t slot)
{
	struct world *w = ctx;

	w->member[slot].drained++;
}

static void
on_failed(void *ctx, uint32_t slot, int error)
{
	struct world *w = ctx;

	ck_assert_int_ne(error, 0);
	w->member[slot].failed++;
}

static void
on_wait(void *ctx, uint32_t slot, bool wait)
{
	struct world *w = ctx;

	ck_assert_int_ne(w->member[slot].waits, wait);
	w->member[slot].waits = wait;
}

static const struct egress_ops ops = {
    on_cease, on_ask_refresh, on_cut, on_drained, on_failed, on_wait};

/* ---- the world ---- */

static void
setup(void)
{
	struct world *w = &world;
	int fd = log_create(LOG_SIZE);

	memset(w, 0, sizeof(*w));
	ck_assert_int_ne(fd, -1);
	w->writer = log_map_writer(fd);
	w->reader = log_map_reader(fd);
	ck_assert(w->writer != NULL && w->reader != NULL);
	close(fd);
	fd = session_table_create(PEERS);
	w->table = session_table_map_writer(fd);
	w->table_reader = session_table_map_reader(fd);
	ck_assert(w->table != NULL && w->table_reader != NULL);
	close(fd);
	w->egress = egress_new(&ops, w);
	egress_set_slots(w->egress, PEERS);
	egress_set_table(w->egress, w->table);
	egress_set_log(w->egress, w->reader);
	w->number = OWN + 1;
	w->seed = 1;
	for (unsigned i = 0; i < PEERS; i++) {
		int fds[2], size = 4096;

		ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
		setsockopt(fds[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
		sender_init(&w->member[i].sender, fds[0], i);
		w->member[i].fd = fds[1];
	}
}

static void
teardown(void)
{
	struct world *w = &world;

	for (unsigned i = 0; i < PEERS; i++) {
		egress_detach(w->egress, i);
		close(w->member[i].sender.fd);
		close(w->member[i].fd);
		sender_fini(&w->member[i].sender);
	}
	egress_free(w->egress);
	log_unmap(w->writer);
	log_unmap(w->reader);
	session_table_unmap(w->table);
	session_table_unmap(w->table_reader);
}

/* A message of len octets that says its number all over. */
static void
put_message(uint8_t *out, size_t len, uint32_t number)
{
	memset(out, 0xff, 16);
	wire_store_u16(out + 16, (uint16_t)len);
	out[18] = number == OWN ? MSG_KEEPALIVE : MSG_UPDATE;
	for (size_t i = MSG_HEADER_BYTES; i + 4 <= len; i += 4)
		wire_store_u32(out + i, number);
	for (size_t i = len - (len - MSG_HEADER_BYTES) % 4; i < len; i++)
		out[i] = (uint8_t)number;
}

/* The position that the next header will have. */
static uint64_t
next_position(struct world *w)
{
	return log_head_acquire(w->writer);
}

static void
want(struct world *w, uint64_t set, uint64_t position, uint32_t number)
{
	for (unsigned i = 0; i < PEERS; i++) {
		struct member *m = &w->member[i];

		if ((set >> i & 1) == 0 || !m->started)
			continue;
		m->want_position[m->want_count] = position;
		m->want[m->want_count++] = number;
	}
}

/* Appends a block of that many messages of lengths up to max. False if there is no room. */
static bool
append(struct world *w, uint64_t set, unsigned messages, size_t max)
{
	struct log_block b = {.kind = LOG_ROUTES,
	    .count = (uint16_t)messages,
	    .arg = w->number % 3 == 0, /* one of them is counted as a refresh */
	    .nwords = 1,
	    .words = &set};
	uint8_t *out = log_reserve(w->writer, messages * max, 1);
	uint32_t first = w->number;
	size_t len = 0;

	if (out == NULL)
		return false;
	for (unsigned i = 0; i < messages; i++) {
		size_t n = 23 + random_below(&w->seed, max - 22);

		put_message(out + len, n, w->number++);
		len += n;
	}
	ck_assert(log_append(w->writer, &b, len));
	log_publish(w->writer);
	/* Its header's position is known only now: a chunk's end may lie before it. */
	for (uint32_t n = first; n < w->number; n++)
		want(w, set, next_position(w) - 1, n);
	for (unsigned i = 0; i < PEERS; i++)
		if ((set >> i & 1) != 0 && w->member[i].started)
			w->member[i].want_refreshes += b.arg;
	return true;
}

static void
order(struct world *w, enum log_kind kind, uint32_t slot, uint32_t epoch, uint32_t arg,
    const char *text)
{
	struct log_block b = {.kind = (uint16_t)kind,
	    .family = 1,
	    .slot = slot,
	    .epoch = epoch,
	    .arg = arg,
	    .text = text};

	ck_assert(log_append(w->writer, &b, 0));
	log_publish(w->writer);
}

static void
attach(struct world *w, uint32_t slot, uint32_t epoch)
{
	w->member[slot].attached = true;
	w->member[slot].epoch = epoch;
	egress_attach(w->egress, slot, epoch, &w->member[slot].sender);
}

static void
start(struct world *w, uint32_t slot)
{
	order(w, LOG_START, slot, w->member[slot].epoch, 0, NULL);
	w->member[slot].started = true;
}

/* Turns until there is nothing to do; publishes the release. */
static void
scan(struct world *w)
{
	while (egress_turn(w->egress, 4))
		;
	ck_assert(!egress_has_more(w->egress));
	egress_tell(w->egress);
}

static void
take_message(struct member *m, const uint8_t *message, size_t len)
{
	uint8_t expected[65536];
	uint32_t number =
	    message[18] == MSG_KEEPALIVE ? OWN : wire_load_u32(message + MSG_HEADER_BYTES);

	put_message(expected, len, number);
	ck_assert_mem_eq(message, expected, len);
	if (number == OWN)
		m->own++;
	else
		m->got[m->got_count++] = number;
}

/* The member reads at most max octets. */
static size_t
member_read(struct member *m, size_t max)
{
	size_t room = sizeof(m->part) - m->part_len, len, used = 0;
	ssize_t n = read(m->fd, m->part + m->part_len, max < room ? max : room);

	if (n <= 0)
		return 0;
	m->part_len += (size_t)n;
	while (m->part_len - used >= MSG_HEADER_BYTES) {
		len = wire_load_u16(m->part + used + 16);
		ck_assert_uint_ge(len, MSG_HEADER_BYTES);
		if (len > m->part_len - used)
			break;
		take_message(m, m->part + used, len);
		used += len;
	}
	memmove(m->part, m->part + used, m->part_len - used);
	m->part_len -= used;
	return (size_t)n;
}

static void
serve_writable(struct world *w, uint32_t slot)
{
	struct pollfd p = {.fd = w->member[slot].sender.fd, .events = POLLOUT};

	if (w->member[slot].waits && poll(&p, 1, 0) == 1)
		egress_writable(w->egress, slot);
}

/* All read until nothing moves any more. */
static void
settle(struct world *w)
{
	bool moved;

	do {
		moved = false;
		scan(w);
		for (unsigned i = 0; i < PEERS; i++) {
			if (w->member[i].attached)
				serve_writable(w, i);
			moved |= member_read(&w->member[i], SIZE_MAX) > 0;
		}
	} while (moved);
}

static void
check_all(struct world *w)
{
	for (unsigned i = 0; i < PEERS; i++) {
		struct member *m = &w->member[i];

		ck_assert_uint_eq(m->part_len, 0);
		ck_assert_uint_eq(m->got_count, m->want_count);
		ck_assert_mem_eq(m->got, m->want, m->want_count * sizeof(m->want[0]));
		ck_assert_uint_eq(m->sender.sent_updates + m->sender.sent_refreshes, m->got_count);
		ck_assert_uint_eq(m->sender.sent_refreshes, m->want_refreshes);
	}
}

static void
keepalive(struct world *w, uint32_t slot)
{
	uint8_t message[MSG_HEADER_BYTES];

	put_message(message, sizeof(message), OWN);
	ck_assert(sender_queue(&w->member[slot].sender, message, sizeof(message)));
	egress_send(w->egress, slot);
}

/* ---- tests ---- */

START_TEST(test_start)
{
	struct world *w = &world;

	attach(w, 1, 10);
	attach(w, 2, 20);
	append(w, 0x6, 1, 100);		    /* before START: not theirs */
	order(w, LOG_START, 1, 9, 0, NULL); /* an older session's */
	append(w, 0x6, 1, 100);
	start(w, 1);
	append(w, 0x6, 3, 100);
	start(w, 2);
	append(w, 0x6, 2, 100);
	append(w, 0x4, 1, 100);
	settle(w);
	check_all(w);
	ck_assert_uint_eq(w->member[1].got_count, 5);
	ck_assert_uint_eq(w->member[2].got_count, 3);
	ck_assert_uint_eq(egress_pack(w->egress), 2);
	ck_assert_uint_eq(egress_behind(w->egress), 0);
	ck_assert_uint_eq(session_table_released(w->table_reader), next_position(w));
}
END_TEST

START_TEST(test_orders)
{
	struct world *w = &world;
	struct member *m = &w->member[3];

	attach(w, 3, 7);
	order(w, LOG_CEASE, 3, 6, 0x0608, "not for this one");
	order(w, LOG_ASK_REFRESH, 3, 6, 0, NULL);
	order(w, LOG_CEASE, PEERS + 100, 0, 0x0608, "nobody");
	scan(w);
	ck_assert_uint_eq(m->cease, 0);
	ck_assert_uint_eq(m->refreshes, 0);
	start(w, 3);
	append(w, 0x8, 1, 100);
	order(w, LOG_ASK_REFRESH, 3, 7, 0, NULL);
	order(w, LOG_CEASE, 3, 7, 0x0601, "too many prefixes");
	scan(w);
	ck_assert_uint_eq(m->refreshes, 1);
	ck_assert_uint_eq(m->cease, 0x0601);
	ck_assert_str_eq(m->text, "too many prefixes");
	/* What stood before the order was sent before it. */
	member_read(m, SIZE_MAX);
	ck_assert_uint_eq(m->got_count, 1);
	m->cease = 0;
	order(w, LOG_CEASE, 3, 0, 0x0604, NULL);
	scan(w);
	ck_assert_uint_eq(m->cease, 0x0604);
}
END_TEST

START_TEST(test_leave_and_rejoin)
{
	struct world *w = &world;
	struct member *slow = &w->member[0];
	uint64_t released;
	bool has_unread;

	for (unsigned i = 0; i < 3; i++) {
		attach(w, i, 1);
		start(w, i);
	}
	scan(w);
	released = egress_released(w->egress);
	for (unsigned n = 0; n < 40; n++) {
		append(w, 0x7, 4, 4096);
		scan(w);
		for (unsigned i = 1; i < 3; i++) {
			while (member_read(&w->member[i], SIZE_MAX) > 0)
				serve_writable(w, i);
			serve_writable(w, i);
		}
	}
	ck_assert_uint_eq(egress_behind(w->egress), 1);
	ck_assert_uint_eq(egress_pack(w->egress), 2);
	ck_assert_int_eq(slow->sender.mode, SENDER_BEHIND);
	ck_assert(slow->waits);
	/* The log is held where the slow one stands, and rib sees it. */
	ck_assert_uint_ge(slow->sender.header, released);
	ck_assert_uint_eq(session_table_released(w->table_reader), slow->sender.header);
	ck_assert_uint_eq(
	    session_table_cursor(w->table_reader, 0, &has_unread), slow->sender.header);
	ck_assert(has_unread);
	settle(w);
	check_all(w);
	ck_assert_uint_eq(egress_pack(w->egress), 3);
	ck_assert_uint_eq(egress_behind(w->egress), 0);
	ck_assert(!slow->waits);
	session_table_cursor(w->table_reader, 0, &has_unread);
	ck_assert(!has_unread);
	ck_assert_uint_eq(session_table_released(w->table_reader), next_position(w));
}
END_TEST

/* A KEEPALIVE goes between two messages, wherever the socket has stopped. */
START_TEST(test_own_messages_between)
{
	struct world *w = &world;
	struct member *m = &w->member[0];

	attach(w, 0, 1);
	keepalive(w, 0);
	start(w, 0);
	for (unsigned n = 0; n < 30; n++) {
		append(w, 1, 3, 4096);
		scan(w);
		keepalive(w, 0);
		for (unsigned i = 0; i < random_below(&w->seed, 4); i++) {
			member_read(m, 1 + random_below(&w->seed, 3000));
			serve_writable(w, 0);
		}
	}
	settle(w);
	check_all(w);
	ck_assert_uint_eq(m->own, 31);
}
END_TEST

/* Positions of blocks are model values here: position - 1 is inside the header before. */
static void
check_cut(struct member *m)
{
	/* It has had every block before the position whole, and of the one there whole messages. */
	for (unsigned i = 0; i < m->want_count; i++) {
		bool had = i < m->got_count;

		if (had)
			ck_assert_uint_eq(m->got[i], m->want[i]);
		if (m->want_position[i] < m->cut_position)
			ck_assert_msg(had, "message %u was before the cut and is missing", i);
	}
	ck_assert_uint_le(m->got_count, m->want_count);
	/* The model goes on with what it really had. */
	m->want_count = m->got_count;
}

/* Short ones, and those of RFC 8654: what is left of one is kept whole. */
START_TEST(test_cut_in_the_middle_of_a_message)
{
	struct world *w = &world;
	struct member *m = &w->member[0];
	unsigned kept = 0;

	attach(w, 0, 5);
	for (unsigned round = 0; round < 30; round++) {
		size_t max = round % 3 == 1 ? MSG_EXTENDED_MAX_BYTES : MSG_MAX_BYTES;
		unsigned messages = round % 3 == 1 ? 1 : 3;
		uint64_t held;

		start(w, 0);
		while (m->sender.mode != SENDER_BEHIND) {
			ck_assert(append(w, 1, messages, max));
			scan(w);
		}
		ck_assert(append(w, 1, messages, max));
		held = m->sender.header;
		for (uint64_t n = random_below(&w->seed, 3); n > 0; n--) {
			member_read(m, 1 + random_below(&w->seed, 2000));
			serve_writable(w, 0);
		}
		if (round % 3 == 0)
			keepalive(w, 0);
		order(w, LOG_CUT, 0, round % 2 == 0 ? 5 : 0, 0, NULL);
		m->started = false;
		append(w, 1, 1, 100);
		scan(w);
		ck_assert_uint_eq(m->cuts, round + 1);
		kept += m->sender.own_len > MSG_MAX_BYTES + MSG_HEADER_BYTES;
		ck_assert_uint_ge(m->cut_position, held);
		ck_assert_uint_eq(m->drained, round);
		ck_assert_uint_eq(egress_released(w->egress), next_position(w));
		/* Nothing of the log is needed now: it may be overwritten. */
		log_release(w->writer, egress_released(w->egress));
		for (unsigned n = 0; n < 300; n++)
			append(w, 2, 1, 4000);
		scan(w);
		log_release(w->writer, egress_released(w->egress));
		settle(w);
		ck_assert_uint_eq(m->drained, round + 1);
		ck_assert_uint_eq(m->part_len, 0);
		ck_assert(!m->waits);
		check_cut(m);
	}
	start(w, 0);
	append(w, 1, 3, 4096);
	settle(w);
	ck_assert_uint_eq(m->got_count, m->want_count);
	ck_assert_uint_eq(m->own, 10);
	ck_assert_uint_gt(kept, 0);
}
END_TEST

/* One that has had everything is cut where the scan stands, and has drained at once. */
START_TEST(test_cut_of_a_set)
{
	struct world *w = &world;
	uint64_t set = 0x5;
	struct log_block b = {.kind = LOG_CUT, .nwords = 1, .words = &set};

	for (unsigned i = 0; i < 3; i++) {
		attach(w, i, 5);
		start(w, i);
	}
	append(w, 0x7, 3, 200);
	scan(w);
	ck_assert(log_append(w->writer, &b, 0));
	log_publish(w->writer);
	w->member[0].started = w->member[2].started = false;
	append(w, 0x7, 3, 200);
	settle(w);
	check_all(w);
	for (unsigned i = 0; i < 3; i++) {
		ck_assert_uint_eq(w->member[i].cuts, i != 1);
		ck_assert_uint_eq(w->member[i].drained, i != 1);
	}
	ck_assert_uint_eq(egress_pack(w->egress), 1);
}
END_TEST

START_TEST(test_failed)
{
	struct world *w = &world;

	attach(w, 0, 1);
	attach(w, 1, 1);
	start(w, 0);
	start(w, 1);
	shutdown(w->member[0].sender.fd, SHUT_WR);
	append(w, 0x3, 1, 100);
	scan(w);
	ck_assert_uint_eq(w->member[0].failed, 1);
	ck_assert_uint_eq(w->member[1].failed, 0);
	egress_detach(w->egress, 0);
	w->member[0].attached = false;
	append(w, 0x3, 1, 100);
	settle(w);
	ck_assert_uint_eq(w->member[1].got_count, 2);
	ck_assert_uint_eq(w->member[0].failed, 1);
}
END_TEST

/* What has been collected and not sent is still needed. */
START_TEST(test_release_waits_for_sending)
{
	struct world *w = &world;
	uint64_t first;

	attach(w, 0, 1);
	start(w, 0);
	scan(w);
	first = next_position(w);
	append(w, 1, 1, 100);
	append(w, 1, 1, 100);
	ck_assert(egress_turn(w->egress, 1)); /* scans, sends nothing yet */
	ck_assert_uint_eq(egress_released(w->egress), first);
	ck_assert(egress_has_more(w->egress));
	scan(w);
	ck_assert_uint_eq(egress_released(w->egress), next_position(w));
}
END_TEST

/* A budget of one system call a turn, other things between: nothing is lost or out of order. */
START_TEST(test_small_turns)
{
	struct world *w = &world;

	for (unsigned i = 0; i < PEERS; i++) {
		attach(w, i, 1);
		start(w, i);
	}
	for (unsigned n = 0; n < 400; n++) {
		append(w, random_below(&w->seed, 1 << PEERS),
		    1 + (unsigned)random_below(&w->seed, 3), 600);
		egress_turn(w->egress, 1);
		keepalive(w, (uint32_t)random_below(&w->seed, PEERS));
		if (n % 16 == 0)
			settle(w);
		log_release(w->writer, egress_released(w->egress));
	}
	settle(w);
	check_all(w);
}
END_TEST

/* Everything at once, over a log that is overwritten many times. */
START_TEST(test_random)
{
	struct world *w = &world;
	bool cut[PEERS] = {false};
	uint64_t octets = 0;

	for (unsigned i = 0; i < PEERS; i++) {
		attach(w, i, i + 1);
		start(w, i);
	}
	for (unsigned n = 0; n < 6000; n++) {
		bool is_long = random_below(&w->seed, 20) == 0;
		uint32_t slot = (uint32_t)random_below(&w->seed, PEERS);
		struct member *m = &w->member[slot];

		if (!append(w, random_below(&w->seed, 1 << PEERS),
			is_long ? 1 : 1 + (unsigned)random_below(&w->seed, 4),
			is_long ? MSG_EXTENDED_MAX_BYTES : 2000))
			settle(w);
		switch (random_below(&w->seed, 8)) {
		case 0:
			scan(w);
			break;
		case 1:
			keepalive(w, slot);
			break;
		case 2:
			if (!cut[slot] && m->started && random_below(&w->seed, 20) == 0) {
				order(w, LOG_CUT, slot, m->epoch, 0, NULL);
				m->started = false;
				cut[slot] = true;
			}
			break;
		case 3:
			if (cut[slot] && m->drained == m->cuts && m->cuts > 0) {
				while (member_read(m, SIZE_MAX) > 0)
					;
				if (m->part_len == 0 && m->cut_position != 0) {
					check_cut(m);
					m->cut_position = 0;
					cut[slot] = false;
					start(w, slot);
				}
			}
			break;
		default:
			octets += member_read(m, random_below(&w->seed, 20000));
			serve_writable(w, slot);
			egress_turn(w->egress, 2);
			break;
		}
		egress_tell(w->egress);
		log_release(w->writer, session_table_released(w->table_reader));
	}
	settle(w);
	for (unsigned i = 0; i < PEERS; i++) {
		struct member *m = &w->member[i];

		ck_assert_uint_eq(m->part_len, 0);
		if (cut[i]) {
			ck_assert_uint_eq(m->cuts, m->drained);
			check_cut(m);
		}
		ck_assert_uint_eq(m->got_count, m->want_count);
		ck_assert_mem_eq(m->got, m->want, m->want_count * sizeof(m->want[0]));
		ck_assert_uint_gt(m->got_count, 100);
	}
	ck_assert_uint_gt(octets, 4 * (uint64_t)LOG_SIZE);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {test_start, test_orders, test_leave_and_rejoin,
	    test_own_messages_between, test_cut_in_the_middle_of_a_message, test_cut_of_a_set,
	    test_failed, test_release_waits_for_sending, test_small_turns, test_random};

	return run_suite_with("egress", tests, COUNT(tests), setup, teardown);
}
