/*
 * A worker in a test: the test is its parent, its rib, and the members that it speaks with, over
 * socket pairs. Everything runs in one thread: who waits for something turns the worker's loop.
 */
#ifndef TESTS_UNIT_SESSION_EXCHANGE_H
#define TESTS_UNIT_SESSION_EXCHANGE_H

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bgpd/clock.h"
#include "bgpd/ipc/memfd.h"
#include "bgpd/ipc/wake.h"
#include "bgpd/session/state.h"
#include "bgpd/wire/open.h"
#include "tests/unit/compiled.h"
#include "tests/unit/session/suite.h"

#define SLOTS	    4
#define ACTIVE_SLOT 3 /* the one that connects */
#define RS_AS	    64500u
#define ROUTER_ID   0xc0000201u /* 192.0.2.1 */
#define MEMBER_AS   65000u	/* of slot 0; the others count on */
#define PATIENCE_MS 10000

struct exchange {
	struct worker *worker;
	struct channel *parent; /* the parent's end */
	struct compiled_head head;
	struct compiled_slot slots[SLOTS];
	uint32_t generation;
	uint32_t epoch;
	/* rib's side */
	struct ring *ring;
	struct log *log;
	struct session_table *table;
	int rib_wake;
	int worker_wake;
	bool ended;	/* worker_turn() said so */
	bool may_sleep; /* exchange_turn() waits for events as the real loop does */
	/* the record taken last */
	_Alignas(8) uint8_t record[131072];
	size_t record_len;
	unsigned closed; /* CLOSED messages seen */
	uint32_t taken;	 /* epoch of the last TAKEN */
	unsigned connects[SLOTS];
};

/* One connection of a member. */
struct member {
	int fd;
	uint32_t epoch;
	uint8_t part[MSG_MAX_BYTES * 2];
	size_t part_len;
	uint8_t message[MSG_MAX_BYTES]; /* the last one received */
	size_t len;
};

static inline void
make_slots(struct exchange *e)
{
	e->head = (struct compiled_head){.rs_as = RS_AS,
	    .router_id = ROUTER_ID,
	    .slots = SLOTS,
	    .workers = 1,
	    .hold_s = 90,
	    .connect_retry_s = 1,
	    .idle_hold_s = 1,
	    .idle_hold_max_s = 60,
	    .log_size = 1 << 22,
	    .ring_size = 1 << 20,
	    .path_hiding = 1,
	    .log_level = LOG_LEVEL_CRITICAL,
	    .instance = "test"};
	for (unsigned i = 0; i < SLOTS; i++)
		e->slots[i] = (struct compiled_slot){.slot = i,
		    .asn = MEMBER_AS + i,
		    .family = FAMILY_IPV4,
		    .families = 1u << FAMILY_IPV4,
		    .flags = i == ACTIVE_SLOT ? 0 : SLOT_PASSIVE,
		    .addr = {192, 0, 2, (uint8_t)(10 + i)},
		    .description = "a member"};
}

/* A worker with everything but a configuration and memory. */
static inline void
exchange_init(struct exchange *e)
{
	int fds[2];

	memset(e, 0, sizeof(*e));
	log_init("test", LOG_LEVEL_CRITICAL);
	ck_assert_int_eq(channel_pair(fds), 0);
	e->parent = channel_new(fds[0], CHANNEL_PARENT_TO_WORKER, CHANNEL_WORKER_TO_PARENT);
	e->worker = worker_new(0, fds[1]);
	ck_assert_ptr_nonnull(e->worker);
	e->rib_wake = e->worker_wake = -1;
	e->epoch = 100;
	make_slots(e);
}

static inline void
free_memory(struct exchange *e)
{
	ring_unmap(e->ring);
	log_unmap(e->log);
	session_table_unmap(e->table);
	if (e->rib_wake != -1) {
		close(e->rib_wake);
		close(e->worker_wake);
	}
}

static inline void
exchange_fini(struct exchange *e)
{
	worker_free(e->worker);
	channel_free(e->parent);
	free_memory(e);
}

static inline void
take_message(struct exchange *e, const struct channel_message *m)
{
	switch (m->type) {
	case CHANNEL_READY:
		ck_assert_uint_eq(m->body.ready.refused, 0);
		break;
	case CHANNEL_TAKEN:
		e->taken = m->body.which.epoch;
		break;
	case CHANNEL_CLOSED:
		e->closed++;
		break;
	case CHANNEL_CONNECT:
		e->connects[m->body.number.number]++;
		break;
	default:
		break;
	}
}

/* One turn of the worker, and what it says to its parent. */
static inline void
exchange_turn(struct exchange *e)
{
	struct channel_message m;

	/* The loop shall not sleep: it would be until its next timer, for we are on its thread. */
	if (!e->may_sleep)
		event_active(&e->worker->parent_event, EV_READ, 0);
	if (!e->ended)
		e->ended = !worker_turn(e->worker);
	while (channel_recv(e->parent, &m) == CHANNEL_MESSAGE)
		take_message(e, &m);
}

static inline void
exchange_send(struct exchange *e, enum channel_type type, const void *body)
{
	ck_assert_int_eq(channel_send(e->parent, type, body, NULL, 0), 0);
}

/* Sends the configuration in e->head, e->slots and commits it. */
static inline void
exchange_configure(struct exchange *e)
{
	struct channel_generation g = {.generation = ++e->generation};
	int fd = seal_plain(&e->head, e->slots);

	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(channel_send(e->parent, CHANNEL_CONFIG, &g, &fd, 1), 0);
	close(fd);
	exchange_send(e, CHANNEL_COMMIT, &g);
}

/* Gives new memory; ring_size octets for the ring. */
static inline void
exchange_memory(struct exchange *e, size_t ring_size)
{
	int table = session_table_create(SLOTS), log = log_create(e->head.log_size);
	int ring[3] = {ring_create(ring_size, SLOTS), wake_new(), wake_new()};
	int log_reader = memfd_read_only(log);

	free_memory(e);
	e->rib_wake = ring[1];
	e->worker_wake = ring[2];
	e->ring = ring_map(ring[0]);
	e->log = log_map_writer(log);
	e->table = session_table_map_reader(table);
	ck_assert(e->ring != NULL && e->log != NULL && e->table != NULL && log_reader != -1);
	ck_assert_int_eq(channel_send(e->parent, CHANNEL_TABLE, NULL, &table, 1), 0);
	ck_assert_int_eq(channel_send(e->parent, CHANNEL_RING, NULL, ring, 3), 0);
	ck_assert_int_eq(channel_send(e->parent, CHANNEL_LOG, NULL, &log_reader, 1), 0);
	close(table);
	close(log);
	close(log_reader);
	close(ring[0]);
}

static inline void
exchange_admin(struct exchange *e, uint32_t slot, enum channel_admin_act act, const char *text)
{
	struct channel_admin admin = {.slot = slot, .act = act};

	snprintf(admin.text, sizeof(admin.text), "%s", text);
	exchange_send(e, CHANNEL_ADMIN, &admin);
}

/* What rib does after it has appended. */
static inline void
publish(struct exchange *e)
{
	log_publish(e->log);
	if (session_table_is_due(e->table))
		wake_send(e->worker_wake);
}

/* An order of rib, published. */
static inline void
exchange_order(struct exchange *e, enum log_kind kind, uint32_t slot, uint32_t epoch, uint32_t arg,
    const char *text)
{
	struct log_block b = {.kind = (uint16_t)kind,
	    .family = FAMILY_IPV4,
	    .slot = slot,
	    .epoch = epoch,
	    .arg = arg,
	    .text = text};

	ck_assert(log_append(e->log, &b, 0));
	publish(e);
}

/* Octets for one slot, published. */
static inline void
exchange_block(struct exchange *e, uint32_t slot, const uint8_t *octets, size_t len)
{
	struct log_block b = {.kind = LOG_ROUTES, .count = 1, .slot = slot};
	uint8_t *out = log_reserve(e->log, len, 0);

	ck_assert_ptr_nonnull(out);
	memcpy(out, octets, len);
	ck_assert(log_append(e->log, &b, len));
	publish(e);
}

/* True if rib has nothing to take. */
static inline bool
exchange_is_quiet(struct exchange *e)
{
	return ring_take(e->ring, e->record, sizeof(e->record), &e->record_len) == RING_EMPTY;
}

/* The next record of the ring into e->record; returns its type. */
static inline enum record_type
exchange_record(struct exchange *e)
{
	uint64_t until_us = clock_us() + PATIENCE_MS * 1000;

	while (exchange_is_quiet(e)) {
		ck_assert_msg(clock_us() < until_us, "no record came");
		exchange_turn(e);
	}
	if (ring_release(e->ring))
		wake_send(e->worker_wake);
	return ((const struct record_head *)(const void *)e->record)->type;
}

/* What the worker shows of a slot. */
static inline struct session_row
exchange_row(const struct exchange *e, uint32_t slot)
{
	struct session_row row;

	ck_assert(session_table_read(e->table, slot, &row));
	return row;
}

static inline void
member_close(struct member *m)
{
	close(m->fd);
	m->fd = -1;
}

/* A connection of the slot's member comes to the worker. */
static inline void
member_connect(struct member *m, struct exchange *e, uint32_t slot, bool incoming)
{
	struct channel_connection c = {.slot = slot, .epoch = ++e->epoch, .incoming = incoming};
	int fds[2];

	memset(m, 0, sizeof(*m));
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
	m->fd = fds[1];
	m->epoch = c.epoch;
	ck_assert_int_eq(channel_send(e->parent, CHANNEL_CONNECTION, &c, &fds[0], 1), 0);
	close(fds[0]);
}

/* Takes one whole message out of what has arrived. */
static inline bool
next_message(struct member *m)
{
	if (m->part_len < MSG_HEADER_BYTES)
		return false;
	m->len = wire_load_u16(m->part + 16);
	ck_assert_uint_le(m->len, MSG_MAX_BYTES);
	if (m->part_len < m->len)
		return false;
	memcpy(m->message, m->part, m->len);
	m->part_len -= m->len;
	memmove(m->part, m->part + m->len, m->part_len);
	return true;
}

/* The next message; returns its type, 0 if the worker has closed. */
static inline unsigned
member_receive(struct member *m, struct exchange *e)
{
	uint64_t until_us = clock_us() + PATIENCE_MS * 1000;

	while (!next_message(m)) {
		ssize_t n = read(m->fd, m->part + m->part_len, sizeof(m->part) - m->part_len);

		if (n == 0 || (n == -1 && errno == ECONNRESET))
			return 0;
		if (n > 0) {
			m->part_len += (size_t)n;
			continue;
		}
		ck_assert_msg(clock_us() < until_us, "no message came");
		exchange_turn(e);
	}
	return m->message[18];
}

/* Expects a NOTIFICATION and then the end. */
static inline void
member_expect_notification(struct member *m, struct exchange *e, unsigned code, unsigned subcode)
{
	unsigned type;

	do {
		type = member_receive(m, e);
	} while (type == MSG_KEEPALIVE || type == MSG_OPEN || type == MSG_UPDATE);
	ck_assert_uint_eq(type, MSG_NOTIFICATION);
	ck_assert_uint_eq(m->message[19], code);
	ck_assert_uint_eq(m->message[20], subcode);
	ck_assert_uint_eq(member_receive(m, e), 0);
	member_close(m);
}

static inline void
member_send(struct member *m, const uint8_t *octets, size_t len)
{
	ck_assert_int_eq(send(m->fd, octets, len, MSG_NOSIGNAL), (ssize_t)len);
}

static inline void
member_send_open(struct member *m, uint32_t asn, uint32_t bgp_id, uint16_t hold_s)
{
	struct open_msg open = {.asn = asn,
	    .bgp_id = bgp_id,
	    .hold_s = hold_s,
	    .version = 4,
	    .has_multiprotocol = true,
	    .families = 1u << FAMILY_IPV4,
	    .as4 = true,
	    .refresh = true};
	uint8_t message[MSG_MAX_BYTES];

	member_send(m, message, open_encode(&open, message, sizeof(message)));
}

static inline void
member_send_keepalive(struct member *m)
{
	uint8_t message[MSG_HEADER_BYTES];

	member_send(m, message, msg_encode_keepalive(message, sizeof(message)));
}

/* Handshake up to Established on both sides, UP taken by rib. */
static inline void
member_establish(struct member *m, struct exchange *e, uint32_t slot)
{
	member_connect(m, e, slot, true);
	ck_assert_uint_eq(member_receive(m, e), MSG_OPEN);
	member_send_open(m, MEMBER_AS + slot, 0x0a000001, 90);
	ck_assert_uint_eq(member_receive(m, e), MSG_KEEPALIVE);
	member_send_keepalive(m);
	ck_assert_int_eq(exchange_record(e), RECORD_UP);
}

#endif
