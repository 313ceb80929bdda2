/*
 * The rib process turned by hand: a parent at the other end of a channel, workers that write
 * records to real rings and read the real log. Honest workers, and hostile ones.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bgpd/core/state.h"
#include "bgpd/ipc/memfd.h"
#include "bgpd/ipc/wake.h"
#include "bgpd/wire/update.h"

#define SLOTS	  4
#define WORKERS	  2
#define RING_SIZE (256 * 1024)
#define LOG_SIZE  (16 * LOG_CHUNK)

static struct core core;
static struct channel *parent;
static struct ring *rings[WORKERS];
static struct session_table *sessions[WORKERS];
static struct log *reader;
static uint64_t position; /* of the reader */
static uint32_t epochs;

static int
make_config(void)
{
	static struct {
		struct compiled_head head;
		struct compiled_slot slots[SLOTS];
	} conf;

	memset(&conf, 0, sizeof(conf));
	conf.head = (struct compiled_head){.magic = COMPILED_MAGIC,
	    .version = COMPILED_VERSION,
	    .size = sizeof(conf),
	    .generation = 1,
	    .rs_as = 64500,
	    .router_id = 0xc0000201,
	    .slots = SLOTS,
	    .workers = WORKERS,
	    .hold_s = 90,
	    .log_size = LOG_SIZE,
	    .ring_size = RING_SIZE,
	    .path_hiding = 1,
	    .log_level = LOG_LEVEL_CRITICAL,
	    .instance = "test"};
	for (uint32_t i = 0; i < SLOTS; i++)
		conf.slots[i] = (struct compiled_slot){.slot = i,
		    .worker = i % WORKERS,
		    .asn = 100 + i,
		    .family = FAMILY_IPV4,
		    .families = 1 << FAMILY_IPV4,
		    .flags = i == 3 ? 0 : SLOT_FILTERS_NONE,
		    .addr = {192, 0, 2, (uint8_t)(i + 1)}};
	return memfd_new_const("config", &conf, sizeof(conf));
}

static void
give_worker(uint32_t index)
{
	struct channel_worker worker = {.index = index, .pid = 1};
	int fds[4] = {
	    ring_create(RING_SIZE, SLOTS), session_table_create(SLOTS), wake_new(), wake_new()};

	ck_assert_int_eq(channel_send(parent, CHANNEL_WORKER, &worker, fds, 4), 0);
	parent_read(&core);
	rings[index] = ring_map(fds[0]);
	sessions[index] = session_table_map_writer(fds[1]);
	for (unsigned i = 0; i < 4; i++)
		close(fds[i]);
}

static void
setup(void)
{
	struct channel_generation generation = {.generation = 1};
	int ends[2], fd;

	memset(&core, 0, sizeof(core));
	epochs = 0;
	position = 0;
	log_init("test", LOG_LEVEL_CRITICAL);
	ck_assert_int_eq(channel_pair(ends), 0);
	parent = channel_new(ends[0], CHANNEL_PARENT_TO_RIB, CHANNEL_RIB_TO_PARENT);
	ck_assert_int_eq(core_init(&core, ends[1]), 0);
	fd = make_config();
	ck_assert_int_eq(channel_send(parent, CHANNEL_CONFIG, &generation, &fd, 1), 0);
	close(fd);
	fd = log_create(LOG_SIZE);
	ck_assert_int_eq(channel_send(parent, CHANNEL_LOG, NULL, &fd, 1), 0);
	reader = log_map_reader(memfd_read_only(fd));
	close(fd);
	parent_read(&core);
	ck_assert_ptr_nonnull(core.table);
	ck_assert_ptr_nonnull(core.log);
	for (uint32_t i = 0; i < WORKERS; i++)
		give_worker(i);
}

static void
teardown(void)
{
	core_fini(&core);
	channel_free(parent);
	log_unmap(reader);
	for (uint32_t i = 0; i < WORKERS; i++) {
		ring_unmap(rings[i]);
		session_table_unmap(sessions[i]);
	}
}

static void
turn(void)
{
	for (unsigned i = 0; i < 1000 && core_turn(&core); i++)
		;
}

/* Writes a record to a ring and gives rib a turn. */
static void
put(uint32_t worker, const void *record, size_t len)
{
	void *room = ring_reserve(rings[worker], len, RING_CONTROL);

	ck_assert_ptr_nonnull(room);
	memcpy(room, record, len);
	ring_commit(rings[worker]);
	turn();
}

static struct record_up
up_of(uint16_t slot)
{
	return (struct record_up){.head = {RECORD_UP, slot, ++epochs, sizeof(struct record_up), 0},
	    .bgp_id = 1000u + slot,
	    .asn = 100u + slot,
	    .hold_s = 90,
	    .families = 1 << FAMILY_IPV4,
	    .as4 = 1};
}

static uint32_t
bring_up(uint16_t slot)
{
	struct record_up up = up_of(slot);

	put(slot % WORKERS, &up, sizeof(up));
	return up.head.epoch;
}

/* next hop 192.0.2.9, ORIGIN IGP, AS_PATH 100 */
static const uint8_t block[] = {4, 192, 0, 2, 9, 0x40, ATTR_ORIGIN, 0, 1, 0, 0x40, ATTR_AS_PATH, 0,
    6, AS_SEQUENCE, 1, 0, 0, 0, 100};

struct routes {
	struct record_routes r;
	struct record_route route[2];
	uint8_t attrs[64];
};

static struct routes
routes_of(uint16_t slot, uint32_t epoch, enum record_routes_kind kind)
{
	struct routes r = {.r = {.head = {RECORD_ROUTES, slot, epoch, 0, 0},
			       .kind = (uint8_t)kind,
			       .family = FAMILY_IPV4,
			       .count = 2}};

	r.route[0].prefix = (struct prefix){FAMILY_IPV4, 24, {198, 51, 100}};
	r.route[1].prefix = (struct prefix){FAMILY_IPV4, 24, {203, 0, 113}};
	if (kind == ROUTES_ANNOUNCE) {
		memcpy(r.attrs, block, sizeof(block));
		r.r.attrs_len = sizeof(block);
	}
	r.r.head.len = (uint32_t)(offsetof(struct routes, attrs) + r.r.attrs_len);
	return r;
}

static unsigned
received(uint16_t slot)
{
	struct table_peer_view v;

	table_peer_get(core.table, slot, FAMILY_IPV4, &v);
	return v.received;
}

/* What the log says to one slot from the reader's position on. */
struct heard {
	unsigned start, announced, withdrawn, eor, cease, cut;
};

static struct heard
hear(uint32_t slot)
{
	static uint8_t blocks[UPDATE_BLOCKS_MAX];
	struct update_ctx ctx = {.as4 = true, .families = 1 << FAMILY_IPV4};
	struct heard heard = {0};
	const struct log_header *h;
	uint64_t at = position;

	log_head_acquire(reader);
	for (; (h = log_header_at(reader, &at)) != NULL; at = log_next(h, at)) {
		const uint8_t *octets = log_bytes(reader, h);

		if (!log_has_slot(h, slot))
			continue;
		heard.start += h->kind == LOG_START;
		heard.cease += h->kind == LOG_CEASE;
		heard.cut += h->kind == LOG_CUT;
		for (size_t pos = 0; h->kind == LOG_ROUTES && pos < h->len;) {
			size_t len = (size_t)octets[pos + 16] << 8 | octets[pos + 17];
			struct update u;

			ck_assert_int_eq(update_decode(octets + pos + MSG_HEADER_BYTES,
					     len - MSG_HEADER_BYTES, &ctx, blocks, &u),
			    UPDATE_FINE);
			for (unsigned i = 0; i < u.announce_count; i++)
				heard.announced += (unsigned)u.announce[i].count;
			for (unsigned i = 0; i < u.withdraw_count; i++)
				heard.withdrawn += (unsigned)u.withdraw[i].count;
			heard.eor += u.eor != 0;
			pos += len;
		}
	}
	return heard;
}

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
	ck_assert_uint_eq(received(0), 0);
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
	ck_assert_uint_eq(alarm_count(core.alarms), 1);
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
	put(0, &r, _i == HARM_SHORT ? 8 : (size_t)(offsetof(struct routes, attrs) + sizeof(block)));
	ck_assert_uint_eq(core.workers[0].refused, 1);
	ck_assert_uint_eq(received(0) + received(1), 0);
	ck_assert_uint_eq(hear(2).announced, 0);
	/* An honest record after it is taken as ever. */
	r = routes_of(0, e0, ROUTES_ANNOUNCE);
	put(0, &r, r.r.head.len);
	ck_assert_uint_eq(hear(2).announced, 2);
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
			room_make(&core, core_now_us());
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
	room_make(&core, core_now_us());
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
	room_make(&core, core_now_us());
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
	tcase_add_loop_test(t, harm_is_refused, 0, HARMS);
	tcase_add_test(t, up_is_doubted);
	tcase_add_loop_test(t, scribbling_harms_nobody_else, 0, 4);
	tcase_add_test(t, a_slow_peer_is_cut_and_owed);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed > 0;
}
