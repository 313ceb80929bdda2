/*
 * The rib process turned by hand: a parent at the other end of a channel, workers that write
 * records to real rings and read the real log. Slots 0 to 3 are IPv4 peers 192.0.2.1 to .4 of AS100
 * to AS103, 3 without `filters: none`; slot 4 is the IPv6 peer 2001:db8::5 of AS100, too.
 */
#ifndef TESTS_UNIT_CORE_FIXTURE_H
#define TESTS_UNIT_CORE_FIXTURE_H

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bgpd/clock.h"
#include "bgpd/core/state.h"
#include "bgpd/ipc/memfd.h"
#include "bgpd/ipc/wake.h"
#include "bgpd/wire/refresh.h"
#include "bgpd/wire/update.h"
#include "tests/unit/compiled.h"

#define SLOTS	  5
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

/* What a test has otherwise in the configuration; set before setup(). */
static void (*change_slots)(struct compiled_head *, struct compiled_slot *);

static inline int
make_config(void)
{
	static struct {
		struct compiled_head head;
		struct compiled_slot slots[SLOTS];
	} conf;

	memset(&conf, 0, sizeof(conf));
	conf.head = (struct compiled_head){.generation = 1,
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
	for (uint32_t i = 0; i < 4; i++)
		conf.slots[i] = (struct compiled_slot){.slot = i,
		    .worker = i % WORKERS,
		    .asn = 100 + i,
		    .family = FAMILY_IPV4,
		    .families = 1 << FAMILY_IPV4,
		    .flags = i == 3 ? 0 : SLOT_FILTERS_NONE,
		    .addr = {192, 0, 2, (uint8_t)(i + 1)}};
	conf.slots[4] = (struct compiled_slot){.slot = 4,
	    .worker = 0,
	    .asn = 100,
	    .family = FAMILY_IPV6,
	    .families = 1 << FAMILY_IPV6,
	    .flags = SLOT_FILTERS_NONE | SLOT_PASSIVE,
	    .addr = {0x20, 0x01, 0x0d, 0xb8, [15] = 5},
	    .description = "B\xc3\xbcro Z\xc3\xbcrich"};
	if (change_slots != NULL)
		change_slots(&conf.head, conf.slots);
	return seal_plain(&conf.head, conf.slots);
}

/* A generation: the configuration with a data set that has nothing in it. */
static inline void
send_generation(uint32_t number, int config_fd)
{
	struct channel_generation generation = {.generation = number};
	struct feed_report report;
	int data_fd;

	feed_report_init(&report);
	data_fd = feed_load(&(struct feed_request){0}, &report);
	feed_report_fini(&report);
	ck_assert_int_ge(data_fd, 0);
	ck_assert_int_eq(channel_send(parent, CHANNEL_DATA, NULL, &data_fd, 1), 0);
	ck_assert_int_eq(channel_send(parent, CHANNEL_CONFIG, &generation, &config_fd, 1), 0);
	close(data_fd);
	close(config_fd);
}

static inline void
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

static inline void
setup(void)
{
	int ends[2], fd;

	memset(&core, 0, sizeof(core));
	epochs = 0;
	position = 0;
	log_init("test", LOG_LEVEL_CRITICAL);
	ck_assert_int_eq(channel_pair(ends), 0);
	parent = channel_new(ends[0], CHANNEL_PARENT_TO_RIB, CHANNEL_RIB_TO_PARENT);
	ck_assert_int_eq(core_init(&core, ends[1]), 0);
	send_generation(1, make_config());
	fd = log_create(LOG_SIZE);
	ck_assert_int_eq(channel_send(parent, CHANNEL_LOG, NULL, &fd, 1), 0);
	reader = log_map_reader(memfd_read_only(fd));
	close(fd);
	parent_read(&core);
	while (generation_slice(&core, clock_us() + 1000))
		continue;
	ck_assert_ptr_nonnull(core.table);
	ck_assert_ptr_nonnull(core.log);
	for (uint32_t i = 0; i < WORKERS; i++)
		give_worker(i);
}

static inline void
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

/* What rib counts as trouble is what there is. */
static inline void
check_trouble(void)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < SLOTS; i++)
		n += core.slots[i].cut != SLOT_IN_LOG || core.slots[i].cease_pending;
	ck_assert_uint_eq(core.trouble_count, n);
}

/* Turns until there is nothing left to do. */
static inline void
turn(void)
{
	unsigned n = 0;

	while (core_turn(&core))
		ck_assert_uint_lt(n++, 100000);
	check_trouble();
}

/* Writes a record to a ring and gives rib a turn. */
static inline void
put(uint32_t worker, const void *record, size_t len)
{
	void *room = ring_reserve(rings[worker], len, RING_CONTROL);

	ck_assert_ptr_nonnull(room);
	memcpy(room, record, len);
	ring_commit(rings[worker]);
	turn();
}

static inline struct record_up
up_of(uint16_t slot)
{
	return (struct record_up){.head = {RECORD_UP, slot, ++epochs, sizeof(struct record_up), 0},
	    .bgp_id = 1000u + slot,
	    .asn = slot == 4 ? 100 : 100u + slot,
	    .hold_s = 90,
	    .families = slot == 4 ? 1 << FAMILY_IPV6 : 1 << FAMILY_IPV4,
	    .as4 = 1};
}

static inline uint32_t
bring_up(uint16_t slot)
{
	struct record_up up = up_of(slot);

	put(slot % WORKERS, &up, sizeof(up));
	return up.head.epoch;
}

/* next hop 192.0.2.9, ORIGIN IGP, AS_PATH 100 */
static const uint8_t block[] = {4, 192, 0, 2, 9, 0x40, ATTR_ORIGIN, 0, 1, 0, 0x40, ATTR_AS_PATH, 0,
    6, AS_SEQUENCE, 1, 0, 0, 0, 100};

/* ORIGIN, 3 octets of text, an attribute as it was sent */
static const uint8_t finding[] = {ATTR_ORIGIN, 3, 'b', 'a', 'd', 0x40, ATTR_ORIGIN, 1, 7};

struct routes {
	struct record_routes r;
	struct record_route route[2];
	uint8_t attrs[64];
};

static inline struct routes
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
	if (kind == ROUTES_MALFORMED) {
		memcpy(r.attrs, finding, sizeof(finding));
		r.r.attrs_len = sizeof(finding);
	}
	r.r.head.len = (uint32_t)(offsetof(struct routes, attrs) + r.r.attrs_len);
	return r;
}

static inline unsigned
received(uint16_t slot)
{
	struct table_peer_view v;

	table_peer_get(core.table, slot, FAMILY_IPV4, &v);
	return v.received;
}

/* What the log says to one slot from the reader's position on. */
struct heard {
	unsigned start, announced, withdrawn, eor, cease, cut, borr, eorr;
};

static inline struct heard
hear(uint32_t slot)
{
	static uint8_t blocks[UPDATE_BLOCKS_MAX];
	struct update_ctx ctx = {
	    .as4 = true, .families = 1 << FAMILY_IPV4, .ext_nh = 1 << FAMILY_IPV4};
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
			struct update u = {0};

			if (octets[pos + 18] == MSG_ROUTE_REFRESH) {
				heard.borr += octets[pos + 21] == REFRESH_BEGIN;
				heard.eorr += octets[pos + 21] == REFRESH_END;
				pos += len;
				continue;
			}
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

#endif
