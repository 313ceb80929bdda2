/* UPDATEs to records, with room, without room, and a part at a time; control records that wait. */
#include <string.h>
#include <unistd.h>

#include "bgpd/session/ingress.h"
#include "rib/attrs.h"
#include "tests/unit/session/suite.h"

#define SLOT  3
#define EPOCH 77

static uint8_t blocks[UPDATE_BLOCKS_MAX];
_Alignas(8) static uint8_t record[65536 + 16384];
static size_t record_len;

struct world {
	struct report_ring r;
	struct ingress_source source;
};

static struct world
world_new(size_t size)
{
	struct world w = {.source = {.slot = SLOT, .epoch = EPOCH}};
	int fd = ring_create(size, 1);

	ck_assert_int_ne(fd, -1);
	w.r.ring = ring_map(fd);
	close(fd);
	ck_assert_ptr_nonnull(w.r.ring);
	w.r.quota = quota_new(size, 16);
	w.source.ctx.as4 = true;
	w.source.ctx.families = 1u << FAMILY_IPV4 | 1u << FAMILY_IPV6;
	return w;
}

static void
world_free(struct world *w)
{
	ring_unmap(w->r.ring);
	quota_free(w->r.quota);
}

/* What rib does: takes one record, gives its room back. */
static bool
take(struct world *w)
{
	if (ring_take(w->r.ring, record, sizeof(record), &record_len) != RING_RECORD)
		return false;
	ring_release(w->r.ring);
	return true;
}

static void
resume(uint32_t slot, void *arg)
{
	(void)arg;
	ck_assert_uint_eq(slot, SLOT);
}

static void
put_attribute(struct wire_writer *w, uint8_t flags, uint8_t type, const void *value, uint8_t len)
{
	wire_put_u8(w, flags);
	wire_put_u8(w, type);
	wire_put_u8(w, len);
	wire_put_bytes(w, value, len);
}

/* Body of an UPDATE: withdraws and announces that many IPv4 prefixes 10.x.y.0/24, from first on. */
static size_t
make_update(uint8_t *out, size_t cap, unsigned withdrawn, unsigned announced, bool bad_origin)
{
	static const uint8_t path[] = {2, 1, 0, 0, 0xfd, 0xe9}, next_hop[] = {192, 0, 2, 1};
	struct wire_writer w = wire_writer_over(out, cap);
	uint8_t origin = bad_origin ? 7 : 0, *field = wire_put_len_u16(&w);

	for (unsigned i = 0; i < withdrawn; i++) {
		const uint8_t p[] = {24, 11, (uint8_t)(i >> 8), (uint8_t)i};

		wire_put_bytes(&w, p, sizeof(p));
	}
	wire_patch_u16(&w, field);
	field = wire_put_len_u16(&w);
	if (announced > 0) {
		put_attribute(&w, 0x40, ATTR_ORIGIN, &origin, 1);
		put_attribute(&w, 0x40, ATTR_AS_PATH, path, sizeof(path));
		put_attribute(&w, 0x40, ATTR_NEXT_HOP, next_hop, sizeof(next_hop));
	}
	wire_patch_u16(&w, field);
	for (unsigned i = 0; i < announced; i++) {
		const uint8_t p[] = {24, 10, (uint8_t)(i >> 8), (uint8_t)i};

		wire_put_bytes(&w, p, sizeof(p));
	}
	return wire_written(&w);
}

static enum ingress_result
give(struct world *w, const uint8_t *body, size_t len, enum update_result *outcome)
{
	struct update u;

	return ingress_update(&w->r, &w->source, body, len, blocks, &u, outcome);
}

/* Checks a ROUTES record whose prefixes begin with number first of (10|11).x.y.0/24. */
static void
check_routes(enum record_routes_kind kind, uint8_t octet, unsigned first, unsigned count)
{
	const struct record_routes *r = (const struct record_routes *)(const void *)record;
	const struct record_route *route = (const struct record_route *)(const void *)(r + 1);

	ck_assert_uint_eq(r->head.type, RECORD_ROUTES);
	ck_assert_uint_eq(r->head.slot, SLOT);
	ck_assert_uint_eq(r->head.epoch, EPOCH);
	ck_assert_uint_eq(r->head.len, record_len);
	ck_assert_uint_eq(r->kind, kind);
	ck_assert_uint_eq(r->family, FAMILY_IPV4);
	ck_assert_uint_eq(r->count, count);
	ck_assert_uint_eq(record_len, sizeof(*r) + count * sizeof(*route) + r->attrs_len);
	ck_assert_int_eq(r->attrs_len > 0, kind != ROUTES_WITHDRAW);
	for (unsigned i = 0; i < count; i++) {
		ck_assert(prefix_is_valid(&route[i].prefix));
		ck_assert_uint_eq(route[i].prefix.addr[0], octet);
		ck_assert_uint_eq(route[i].prefix.addr[1], (first + i) >> 8);
		ck_assert_uint_eq(route[i].prefix.addr[2], (first + i) & 0xff);
	}
	if (kind == ROUTES_ANNOUNCE)
		ck_assert(attrs_is_canonical((const uint8_t *)(route + count), r->attrs_len));
}

START_TEST(test_records)
{
	struct world w = world_new(1 << 20);
	enum update_result outcome;
	uint8_t body[4096];
	size_t len = make_update(body, sizeof(body), 300, 600, false);

	ck_assert_int_eq(give(&w, body, len, &outcome), INGRESS_DONE);
	ck_assert_int_eq(outcome, UPDATE_FINE);
	ck_assert_uint_eq(w.source.records_done, 0);
	ck_assert(take(&w));
	check_routes(ROUTES_WITHDRAW, 11, 0, 256);
	ck_assert(take(&w));
	check_routes(ROUTES_WITHDRAW, 11, 256, 44);
	ck_assert(take(&w));
	check_routes(ROUTES_ANNOUNCE, 10, 0, 256);
	ck_assert(take(&w));
	check_routes(ROUTES_ANNOUNCE, 10, 256, 256);
	ck_assert(take(&w));
	check_routes(ROUTES_ANNOUNCE, 10, 512, 88);
	ck_assert(!take(&w));
	world_free(&w);
}
END_TEST

/* What rib is to show of a malformed UPDATE: what was wrong, and its attributes as they are. */
static void
check_explanation(const uint8_t *attrs, size_t attrs_len)
{
	const struct record_routes *r = (const struct record_routes *)(const void *)record;
	const struct record_route *route = (const struct record_route *)(const void *)(r + 1);
	const uint8_t *at = (const uint8_t *)(route + r->count);
	struct record_finding finding;

	memcpy(&finding, at, sizeof(finding));
	ck_assert_uint_eq(finding.attribute, ATTR_ORIGIN);
	ck_assert_uint_gt(finding.text_len, 0);
	ck_assert_uint_eq(r->attrs_len, sizeof(finding) + finding.text_len + attrs_len);
	ck_assert_mem_eq(at + sizeof(finding) + finding.text_len, attrs, attrs_len);
}

START_TEST(test_malformed)
{
	struct world w = world_new(1 << 18);
	enum update_result outcome;
	uint8_t body[4096];
	size_t len = make_update(body, sizeof(body), 1, 3, true);
	const size_t attrs_len = 4 + 9 + 7;

	ck_assert_int_eq(give(&w, body, len, &outcome), INGRESS_DONE);
	ck_assert_int_eq(outcome, UPDATE_WITHDRAW);
	ck_assert(take(&w));
	check_routes(ROUTES_WITHDRAW, 11, 0, 1);
	ck_assert(take(&w));
	check_routes(ROUTES_MALFORMED, 10, 0, 3);
	check_explanation(body + 2 + 4 + 2, attrs_len);
	ck_assert(!take(&w));
	/* A length that points behind the message: nothing of it may be applied. */
	body[0] = 0xff;
	ck_assert_int_eq(give(&w, body, len, &outcome), INGRESS_RESET);
	ck_assert(!take(&w));
	world_free(&w);
}
END_TEST

START_TEST(test_end_of_rib)
{
	const struct record_family *r = (const struct record_family *)(const void *)record;
	struct world w = world_new(1 << 18);
	enum update_result outcome;
	uint8_t body[16];

	ck_assert_int_eq(
	    give(&w, body, make_update(body, sizeof(body), 0, 0, false), &outcome), INGRESS_DONE);
	ck_assert(take(&w));
	ck_assert_uint_eq(r->head.type, RECORD_EOR);
	ck_assert_uint_eq(r->family, FAMILY_IPV4);
	ck_assert(!take(&w));
	world_free(&w);
}
END_TEST

/* ---- the longest UPDATEs (RFC 8654) in the smallest ring that there may be ---- */

#define SMALLEST_RING (2u << 20) /* daemon.ring_size */
#define BODY_MAX      (MSG_EXTENDED_MAX_BYTES - MSG_HEADER_BYTES)

/* As much of it as possible kept for the control records of others. */
static struct world
world_smallest(bool as4)
{
	struct world w = {.source = {.slot = SLOT, .epoch = EPOCH}};
	int fd = ring_create(SMALLEST_RING, SMALLEST_RING / 2 / RING_SLOT_RESERVE);

	ck_assert_int_ne(fd, -1);
	w.r.ring = ring_map(fd);
	close(fd);
	ck_assert_ptr_nonnull(w.r.ring);
	ck_assert_uint_ge(ring_record_max(w.r.ring), INGRESS_RECORD_MIN);
	ck_assert_uint_ge(SMALLEST_RING / QUOTA_SHARE, INGRESS_RECORD_MIN);
	w.r.quota = quota_new(SMALLEST_RING, 16);
	w.source.ctx.as4 = as4;
	w.source.ctx.families = 1u << FAMILY_IPV4 | 1u << FAMILY_IPV6;
	return w;
}

/*
 * A body of exactly BODY_MAX octets that announces that many 10.x.y.0/24; the rest is an AS path of
 * asns numbers in segments of 100, and an attribute that nobody knows.
 */
static void
make_longest(uint8_t *out, unsigned announced, unsigned asns, bool as4, uint8_t origin)
{
	static const uint8_t next_hop[] = {192, 0, 2, 1};
	struct wire_writer w = wire_writer_over(out, BODY_MAX);
	size_t attrs_len = BODY_MAX - 4 - 4 * (size_t)announced, width = as4 ? 4 : 2, len;

	wire_put_u16(&w, 0);
	wire_put_u16(&w, (uint16_t)attrs_len);
	put_attribute(&w, 0x40, ATTR_ORIGIN, &origin, 1);
	wire_put_u16(&w, 0x5002);
	wire_put_u16(&w, (uint16_t)(asns / 100 * (2 + 100 * width)));
	for (unsigned i = 0; i < asns / 100; i++) {
		wire_put_u16(&w, 0x0200 | 100);
		memset(wire_put_room(&w, 100 * width), 1, 100 * width);
	}
	put_attribute(&w, 0x40, ATTR_NEXT_HOP, next_hop, sizeof(next_hop));
	wire_put_u16(&w, 0xd063);
	len = 4 + attrs_len - wire_written(&w) - 2;
	wire_put_u16(&w, (uint16_t)len);
	memset(wire_put_room(&w, len), 2, len);
	for (unsigned i = 0; i < announced; i++) {
		const uint8_t p[] = {24, 10, (uint8_t)(i >> 8), (uint8_t)i};

		wire_put_bytes(&w, p, sizeof(p));
	}
	ck_assert(!w.failed);
	ck_assert_uint_eq(wire_written(&w), BODY_MAX);
}

/* Takes the message in, with rib taking records only where there is no room left. */
static unsigned
give_longest(struct world *w, const uint8_t *body, enum update_result wanted)
{
	enum update_result outcome;
	unsigned waits = 0;

	while (give(w, body, BODY_MAX, &outcome) == INGRESS_WAIT) {
		ck_assert_uint_lt(waits++, 1000);
		quota_wait(w->r.quota, SLOT);
		ck_assert(take(w));
		quota_release(w->r.quota, ring_released(w->r.ring), resume, NULL);
	}
	ck_assert_int_eq(outcome, wanted);
	ck_assert_uint_eq(w->source.records_done, 0);
	return waits;
}

START_TEST(test_longest_updates)
{
	static const struct {
		unsigned announced, asns;
		bool as4;
		uint8_t origin;
		enum update_result outcome;
		enum record_routes_kind kind;
	} cases[] = {
	    {1, 100, true, 0, UPDATE_FINE, ROUTES_ANNOUNCE},
	    {256, 16000, true, 0, UPDATE_FINE, ROUTES_ANNOUNCE},
	    {256, 16000, true, 7, UPDATE_WITHDRAW, ROUTES_MALFORMED},
	    {16300, 0, true, 0, UPDATE_FINE, ROUTES_ANNOUNCE},
	    {16300, 0, true, 7, UPDATE_WITHDRAW, ROUTES_MALFORMED},
	    /* 2-octet numbers: what grows by less than what the prefixes leave, and by more */
	    {8000, 8000, false, 0, UPDATE_FINE, ROUTES_ANNOUNCE},
	    {256, 30000, false, 0, UPDATE_WITHDRAW, ROUTES_MALFORMED},
	    {256, 100, false, 7, UPDATE_WITHDRAW, ROUTES_MALFORMED},
	};
	static uint8_t body[BODY_MAX];

	for (unsigned i = 0; i < COUNT(cases); i++) {
		struct world w = world_smallest(cases[i].as4);
		unsigned left = cases[i].announced, first = 0;

		make_longest(
		    body, cases[i].announced, cases[i].asns, cases[i].as4, cases[i].origin);
		give_longest(&w, body, cases[i].outcome);
		/* those of the last share are still there; what came before was like them */
		while (take(&w)) {
			const struct record_routes *r =
			    (const struct record_routes *)(void *)record;

			ck_assert_int_eq(r->kind, cases[i].kind);
			ck_assert_uint_le(record_len, INGRESS_RECORD_MIN);
			ck_assert_uint_le(r->attrs_len, RECORD_ATTRS_MAX);
			first += r->count;
		}
		ck_assert_uint_gt(first, 0);
		ck_assert_uint_le(first, left);
		world_free(&w);
	}
}
END_TEST

/* Every octet of the attributes is there, and every prefix, though it takes many shares. */
START_TEST(test_longest_update_is_whole)
{
	static uint8_t body[BODY_MAX];
	struct world w = world_smallest(true);
	enum update_result outcome;
	enum ingress_result result;
	unsigned next = 0, waits = 0;

	make_longest(body, 3000, 1000, true, 0);
	do {
		result = give(&w, body, BODY_MAX, &outcome);
		waits += result == INGRESS_WAIT;
		quota_wait(w.r.quota, SLOT);
		while (take(&w)) {
			unsigned count = next + 256 <= 3000 ? 256 : 3000 - next;

			check_routes(ROUTES_ANNOUNCE, 10, next, count);
			next += count;
		}
		quota_release(w.r.quota, ring_released(w.r.ring), resume, NULL);
	} while (result == INGRESS_WAIT);
	ck_assert_uint_eq(next, 3000);
	ck_assert_uint_gt(waits, 2);
	world_free(&w);
}
END_TEST

/* What is kept of a malformed one: all of its attributes but for what rib's block needs. */
START_TEST(test_longest_malformed)
{
	static uint8_t body[BODY_MAX];
	const struct record_routes *r = (const struct record_routes *)(const void *)record;
	struct world w = world_smallest(true);
	const uint8_t *at;
	struct record_finding finding;
	size_t kept;

	make_longest(body, 1, 0, true, 7);
	ck_assert_uint_eq(give_longest(&w, body, UPDATE_WITHDRAW), 0);
	ck_assert(take(&w));
	ck_assert_int_eq(r->kind, ROUTES_MALFORMED);
	at = (const uint8_t *)(r + 1) + sizeof(struct record_route);
	memcpy(&finding, at, sizeof(finding));
	kept = r->attrs_len - sizeof(finding) - finding.text_len;
	ck_assert_uint_ge(kept, BODY_MAX - 4 - 4 - 150);
	ck_assert_uint_le(r->attrs_len, RECORD_ATTRS_MAX - 64);
	ck_assert_mem_eq(at + sizeof(finding) + finding.text_len, body + 4, kept);
	ck_assert(!take(&w));
	world_free(&w);
}
END_TEST

/* ---- what the operator has dropped ---- */

static unsigned
count_dropped(struct world *w, const struct update *u)
{
	unsigned n = 0;

	while (ingress_next_dropped(&w->source, u) != 0)
		n++;
	return n;
}

/* From message to message; each type is news once in a session. */
START_TEST(test_drop)
{
	uint8_t none[ATTR_TYPES_BYTES] = {0}, large[ATTR_TYPES_BYTES] = {0};
	struct world w = world_new(1 << 18);
	enum update_result outcome;
	struct update u;
	uint8_t body[256];
	struct wire_writer out = wire_writer_over(body, sizeof(body));
	size_t len = make_update(body + 3, sizeof(body) - 3, 0, 1, false);

	/* a large community of no octets, and one twice, in front of the others */
	memmove(body + 4 + 6, body + 7, len - 4);
	wire_put_u16(&out, 0);
	wire_put_u16(&out, 20 + 6);
	wire_put_bytes(&out, "\xc0\x20\0\xc0\x20\0", 6);
	len += 6;
	large[32 / 8] = 1u << (32 % 8);
	ingress_set_drop(&w.source, none);
	ck_assert_ptr_null(w.source.ctx.drop);
	ck_assert_int_eq(
	    ingress_update(&w.r, &w.source, body, len, blocks, &u, &outcome), INGRESS_DONE);
	ck_assert_int_eq(outcome, UPDATE_WITHDRAW);
	ck_assert_uint_eq(count_dropped(&w, &u), 0);
	ingress_set_drop(&w.source, large);
	for (unsigned i = 0; i < 3; i++) {
		ck_assert_int_eq(
		    ingress_update(&w.r, &w.source, body, len, blocks, &u, &outcome), INGRESS_DONE);
		ck_assert_int_eq(outcome, UPDATE_FINE);
		ck_assert_uint_eq(u.dropped, 2);
		ck_assert_uint_eq(count_dropped(&w, &u), i == 0);
	}
	ingress_set_drop(&w.source, none);
	ck_assert_int_eq(
	    ingress_update(&w.r, &w.source, body, len, blocks, &u, &outcome), INGRESS_DONE);
	ck_assert_int_eq(outcome, UPDATE_WITHDRAW);
	world_free(&w);
}
END_TEST

/*
 * A ring that is too small for the message, and a consumer that takes one record at a time: every
 * record once, in order.
 */
START_TEST(test_a_part_at_a_time)
{
	struct world w = world_new(1 << 15);
	enum update_result outcome;
	uint8_t body[4096];
	size_t len = make_update(body, sizeof(body), 300, 600, false);
	static const struct {
		enum record_routes_kind kind;
		uint8_t octet;
		unsigned first, count;
	} expected[] = {{ROUTES_WITHDRAW, 11, 0, 256}, {ROUTES_WITHDRAW, 11, 256, 44},
	    {ROUTES_ANNOUNCE, 10, 0, 256}, {ROUTES_ANNOUNCE, 10, 256, 256},
	    {ROUTES_ANNOUNCE, 10, 512, 88}};
	unsigned next = 0, waits = 0;

	for (unsigned message = 0; message < 50; message++) {
		while (give(&w, body, len, &outcome) == INGRESS_WAIT) {
			waits++;
			quota_wait(w.r.quota, SLOT);
			ck_assert(take(&w));
			check_routes(expected[next].kind, expected[next].octet,
			    expected[next].first, expected[next].count);
			next = (next + 1) % COUNT(expected);
			quota_release(w.r.quota, ring_released(w.r.ring), resume, NULL);
		}
		ck_assert_uint_eq(w.source.records_done, 0);
	}
	while (take(&w)) {
		check_routes(expected[next].kind, expected[next].octet, expected[next].first,
		    expected[next].count);
		next = (next + 1) % COUNT(expected);
	}
	ck_assert_uint_eq(next, 0);
	ck_assert_uint_gt(waits, 50);
	world_free(&w);
}
END_TEST

/* One peer gets its share of the ring and no more, the room that is left is for the others. */
START_TEST(test_share)
{
	struct world w = world_new(1 << 20);
	enum update_result outcome;
	uint8_t body[4096];
	size_t len = make_update(body, sizeof(body), 0, 256, false);
	unsigned messages = 0;

	while (give(&w, body, len, &outcome) == INGRESS_DONE)
		messages++;
	ck_assert_uint_gt(messages, 5);
	ck_assert_uint_lt(quota_used(w.r.quota, SLOT), (1 << 20) / QUOTA_SHARE + 16384);
	w.source.slot = SLOT + 1;
	w.source.records_done = 0;
	ck_assert_int_eq(give(&w, body, len, &outcome), INGRESS_DONE);
	world_free(&w);
}
END_TEST

/* ---- control records ---- */

static uint16_t
taken_type(void)
{
	return ((const struct record_head *)(const void *)record)->type;
}

static uint32_t
taken_epoch(void)
{
	return ((const struct record_head *)(const void *)record)->epoch;
}

/* Fills the ring to the last octet, the reserve too. Returns how many records that took. */
static unsigned
fill(struct world *w)
{
	unsigned n = 0;

	for (uint32_t len = 4096; len >= sizeof(struct record_head); len /= 2) {
		void *r;

		while ((r = report_reserve(&w->r, RING_CONTROL, RECORD_ALARM, 9, 1, len)) != NULL) {
			report_commit(&w->r, r);
			n++;
		}
	}
	return n;
}

START_TEST(test_control_records_wait)
{
	struct world w = world_new(1 << 15);
	struct record_up up = {.head = {.slot = SLOT, .epoch = 6}, .asn = 65001};
	struct record_down down = {
	    .head = {.slot = SLOT, .epoch = 5}, .kept = 2, .reason = "it went away"};
	struct report p = {0};
	unsigned filled = fill(&w);

	report_down(&p, &w.r, &down);
	report_up(&p, &w.r, &up);
	report_refresh(&p, &w.r, SLOT, 6, FAMILY_IPV6);
	report_drained(&p, &w.r, SLOT, 6);
	report_cut(&p, &w.r, SLOT, 6, 4711);
	ck_assert(report_is_waiting(&p));
	ck_assert(!report_flush(&p, &w.r, SLOT, 6));
	for (; filled > 0; filled--)
		ck_assert(take(&w));
	quota_release(w.r.quota, ring_released(w.r.ring), resume, NULL);
	ck_assert(report_flush(&p, &w.r, SLOT, 6));
	ck_assert(take(&w));
	ck_assert_uint_eq(taken_type(), RECORD_DOWN);
	ck_assert_uint_eq(taken_epoch(), 5);
	ck_assert_str_eq(((struct record_down *)(void *)record)->reason, "it went away");
	ck_assert_uint_eq(((struct record_down *)(void *)record)->kept, 2);
	ck_assert(take(&w));
	ck_assert_uint_eq(taken_type(), RECORD_UP);
	ck_assert_uint_eq(taken_epoch(), 6);
	ck_assert_uint_eq(((struct record_up *)(void *)record)->asn, 65001);
	ck_assert_uint_eq(record_len, sizeof(struct record_up));
	ck_assert(take(&w));
	ck_assert_uint_eq(taken_type(), RECORD_CUT);
	ck_assert_uint_eq(((struct record_cut *)(void *)record)->position, 4711);
	ck_assert(take(&w));
	ck_assert_uint_eq(taken_type(), RECORD_DRAINED);
	ck_assert(take(&w));
	ck_assert_uint_eq(taken_type(), RECORD_REFRESH);
	ck_assert_uint_eq(((struct record_refresh *)(void *)record)->family, FAMILY_IPV6);
	ck_assert(!take(&w));
	ck_assert(!report_is_waiting(&p));
	world_free(&w);
}
END_TEST

/* Asking for everything again and again uses up the member's own share, nothing else. */
START_TEST(test_refresh_flood)
{
	struct world w = world_new(1 << 15);
	struct report p = {0};
	unsigned taken = 0;

	for (unsigned i = 0; i < 10000; i++)
		report_refresh(&p, &w.r, SLOT, 6, FAMILY_IPV4);
	ck_assert(report_is_waiting(&p));
	ck_assert_uint_le(quota_used(w.r.quota, SLOT), (1 << 15) / QUOTA_SHARE + 64);
	report_cut(&p, &w.r, SLOT, 6, 1);
	while (take(&w) && taken_type() == RECORD_REFRESH)
		taken++;
	ck_assert_uint_lt(taken, 100);
	ck_assert_uint_eq(taken_type(), RECORD_CUT);
	quota_release(w.r.quota, ring_released(w.r.ring), resume, NULL);
	ck_assert(report_flush(&p, &w.r, SLOT, 6));
	ck_assert(take(&w));
	ck_assert_uint_eq(taken_type(), RECORD_REFRESH);
	ck_assert(!take(&w));
	world_free(&w);
}
END_TEST

/* A session that ended before rib could hear of it leaves no trace. */
START_TEST(test_unheard_session)
{
	struct world w = world_new(1 << 15);
	struct record_up up = {.head = {.slot = SLOT, .epoch = 6}};
	struct record_down down = {.head = {.slot = SLOT, .epoch = 6}, .reason = "gone"};
	struct report p = {0};
	unsigned filled = fill(&w);

	report_up(&p, &w.r, &up);
	report_refresh(&p, &w.r, SLOT, 6, FAMILY_IPV4);
	report_down(&p, &w.r, &down);
	ck_assert(!report_is_waiting(&p));
	for (; filled > 0; filled--)
		ck_assert(take(&w));
	ck_assert(!take(&w));
	/* With room both are told at once. */
	report_up(&p, &w.r, &up);
	report_down(&p, &w.r, &down);
	ck_assert(take(&w));
	ck_assert_uint_eq(taken_type(), RECORD_UP);
	ck_assert(take(&w));
	ck_assert_uint_eq(taken_type(), RECORD_DOWN);
	ck_assert(!take(&w));
	world_free(&w);
}
END_TEST

/* ... but that of the session before, which waits still, keeps no more than both would have kept.
 */
START_TEST(test_unheard_session_keeps_nothing)
{
	static const struct {
		uint8_t kept, older, forwarding, want;
	} rows[] = {
	    {0, 0, 3, 0}, /* a hard reset */
	    {3, 0, 3, 0}, /* what was stale goes with another loss (RFC 4724 section 4.2) */
	    {3, 1, 3, 3}, /* unless both have the N bit (RFC 8538 section 4.1) */
	    {1, 1, 3, 1}, {3, 1, 2, 2}, /* it came back without its forwarding state */
	};

	for (unsigned i = 0; i < COUNT(rows); i++) {
		struct world w = world_new(1 << 15);
		struct record_down first = {
		    .head = {.slot = SLOT, .epoch = 5}, .kept = 3, .kept_older = 1};
		struct record_up up = {
		    .head = {.slot = SLOT, .epoch = 6}, .gr_forwarding = rows[i].forwarding};
		struct record_down second = {.head = {.slot = SLOT, .epoch = 6},
		    .kept = rows[i].kept,
		    .kept_older = rows[i].older};
		struct report p = {0};
		unsigned filled = fill(&w);

		report_down(&p, &w.r, &first);
		report_up(&p, &w.r, &up);
		report_down(&p, &w.r, &second);
		for (; filled > 0; filled--)
			ck_assert(take(&w));
		ck_assert(report_flush(&p, &w.r, SLOT, 0));
		ck_assert(take(&w));
		ck_assert_uint_eq(taken_type(), RECORD_DOWN);
		ck_assert_uint_eq(taken_epoch(), 5);
		ck_assert_uint_eq(((struct record_down *)(void *)record)->kept, rows[i].want);
		ck_assert(!take(&w));
		world_free(&w);
	}
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {test_records, test_malformed, test_end_of_rib,
	    test_a_part_at_a_time, test_longest_updates, test_longest_update_is_whole,
	    test_longest_malformed, test_drop, test_share, test_control_records_wait,
	    test_refresh_flood, test_unheard_session, test_unheard_session_keeps_nothing};

	return run_suite("ingress", tests, COUNT(tests));
}
