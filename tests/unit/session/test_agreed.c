/*
 * What both OPENs agreed upon, on a live session: what rib and the display are told of it, and what
 * the member may send then: long messages (RFC 8654), several paths (RFC 7911), IPv6 next hops for
 * IPv4 (RFC 8950), marks of a refresh (RFC 7313); and what the operator drops of it.
 *
 * Slot 0 has an IPv4 address and nothing but what is always offered, slot 1 an IPv6 address and
 * everything.
 */
#include "bgpd/wire/refresh.h"
#include "tests/unit/session/exchange.h"

#define PLAIN 0
#define ALL   1
#define V4    (1u << FAMILY_IPV4)
#define V6    (1u << FAMILY_IPV6)

#define ATTRIBUTES                                          \
	0x40, 1, 1, 0,			       /* ORIGIN */ \
	    0x40, 2, 6, 2, 1, 0, 0, 0xfd, 0xe8 /* AS_PATH: 65000 */
#define NEXT_HOP 0x40, 3, 4, 192, 0, 2, 10
#define IPV6_NH	 0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1

static struct exchange e;

static void
setup(void)
{
	exchange_init(&e);
	e.head.restart_s = 120;
	e.slots[ALL].family = FAMILY_IPV6;
	e.slots[ALL].families = V4 | V6;
	memcpy(e.slots[ALL].addr, (const uint8_t[16]){IPV6_NH}, 16);
	e.slots[ALL].addr[15] = 0x11;
	e.slots[ALL].flags |=
	    SLOT_IPV6_NEXT_HOPS | SLOT_EXTENDED_MESSAGES | SLOT_GRACEFUL_RESTART | SLOT_ADD_PATH;
	e.slots[ALL].paths_kept = 8;
	exchange_memory(&e, 2 << 20);
	exchange_configure(&e);
	for (unsigned i = 0; i < 4; i++)
		exchange_turn(&e);
}

static void
teardown(void)
{
	exchange_fini(&e);
}

/* What a member with nothing but MP and AS numbers of 4 octets says. */
static struct open_msg
plain_open(uint32_t slot)
{
	return (struct open_msg){.asn = MEMBER_AS + slot,
	    .bgp_id = 0x0a000001,
	    .hold_s = 90,
	    .has_multiprotocol = true,
	    .families = e.slots[slot].families,
	    .as4 = true,
	    .refresh = true};
}

static struct open_msg
full_open(uint32_t slot)
{
	struct open_msg open = plain_open(slot);

	open.enhanced_refresh = open.ext_msg = open.has_gr = true;
	open.ext_nh = V4;
	open.add_path[FAMILY_IPV4] = OPEN_ADD_PATH_SEND | OPEN_ADD_PATH_RECEIVE;
	open.add_path[FAMILY_IPV6] = OPEN_ADD_PATH_RECEIVE;
	open.gr = (struct open_gr){.flags = OPEN_GR_RESTARTED | OPEN_GR_NOTIFICATION,
	    .time_s = 77,
	    .families = V4 | V6,
	    .forwarding = V6};
	return open;
}

/* Up to Established; UP is the record. */
static void
establish(struct member *m, uint32_t slot, const struct open_msg *open)
{
	uint8_t message[MSG_MAX_BYTES];

	member_connect(m, &e, slot, true);
	ck_assert_uint_eq(member_receive(m, &e), MSG_OPEN);
	member_send(m, message, open_encode(open, message, sizeof(message)));
	ck_assert_uint_eq(member_receive(m, &e), MSG_KEEPALIVE);
	member_send_keepalive(m);
	ck_assert_int_eq(exchange_record(&e), RECORD_UP);
}

/* Sends all of it, whatever the socket takes at once. */
static void
send_all(struct member *m, const uint8_t *octets, size_t len)
{
	for (size_t at = 0; at < len;) {
		ssize_t n = send(m->fd, octets + at, len - at, MSG_NOSIGNAL);

		if (n == -1) {
			ck_assert_int_eq(errno, EAGAIN);
			exchange_turn(&e);
			continue;
		}
		at += (size_t)n;
	}
}

/* A message of these attributes and NLRI, or of these withdrawn routes where there are none. */
static void
send_update(struct member *m, const void *withdrawn, size_t withdrawn_len, const void *attributes,
    size_t attributes_len, const void *nlri, size_t nlri_len)
{
	static uint8_t message[MSG_EXTENDED_MAX_BYTES];
	struct wire_writer w = wire_writer_over(message, sizeof(message));

	msg_begin(&w, MSG_UPDATE);
	wire_put_u16(&w, (uint16_t)withdrawn_len);
	wire_put_bytes(&w, withdrawn, withdrawn_len);
	wire_put_u16(&w, (uint16_t)attributes_len);
	wire_put_bytes(&w, attributes, attributes_len);
	wire_put_bytes(&w, nlri, nlri_len);
	ck_assert(!w.failed);
	send_all(m, message, msg_end(&w));
}

static void
announce(struct member *m, uint8_t octet)
{
	static const uint8_t attributes[] = {ATTRIBUTES, NEXT_HOP};
	const uint8_t nlri[] = {8, octet};

	send_update(m, NULL, 0, attributes, sizeof(attributes), nlri, sizeof(nlri));
}

static const struct record_routes *
routes(void)
{
	return (const struct record_routes *)(const void *)e.record;
}

static const struct record_route *
route(unsigned i)
{
	return (const struct record_route *)(routes() + 1) + i;
}

static const uint8_t *
behind_routes(void)
{
	return (const uint8_t *)route(routes()->count);
}

START_TEST(test_nothing_agreed)
{
	const struct record_up *up = (const struct record_up *)(const void *)e.record;
	struct open_msg theirs = full_open(PLAIN);
	struct member m;

	establish(&m, PLAIN, &theirs);
	ck_assert(up->as4 && up->refresh && up->enhanced_refresh && !up->ext_msg && !up->gr);
	ck_assert_uint_eq(up->ext_nh | up->add_path_tx | up->add_path_rx, 0);
	ck_assert_uint_eq(
	    up->gr_families | up->gr_forwarding | up->gr_restarted | up->gr_notification, 0);
	ck_assert_uint_eq(up->gr_time_s, 0);
	ck_assert_uint_eq(exchange_row(&e, PLAIN).agreed,
	    AGREED_IPV4 | AGREED_AS4 | AGREED_REFRESH | AGREED_ENHANCED_REFRESH);
	member_close(&m);
	ck_assert_int_eq(exchange_record(&e), RECORD_DOWN);
	exchange_turn(&e);
	ck_assert_uint_eq(exchange_row(&e, PLAIN).agreed, 0);
}
END_TEST

START_TEST(test_all_agreed)
{
	const struct record_up *up = (const struct record_up *)(const void *)e.record;
	struct open_msg theirs = full_open(ALL), ours;
	struct wire_error error;
	struct member m;

	member_connect(&m, &e, ALL, true);
	ck_assert_uint_eq(member_receive(&m, &e), MSG_OPEN);
	ck_assert(
	    open_decode(m.message + MSG_HEADER_BYTES, m.len - MSG_HEADER_BYTES, &ours, &error));
	ck_assert(ours.ext_msg && ours.enhanced_refresh && ours.has_gr);
	ck_assert_uint_eq(ours.gr.time_s, 120);
	member_close(&m);
	establish(&m, ALL, &theirs);
	ck_assert_uint_eq(up->families, V4 | V6);
	ck_assert(up->enhanced_refresh && up->ext_msg && up->gr && up->gr_restarted);
	ck_assert(up->gr_notification);
	ck_assert_uint_eq(up->ext_nh, V4);
	ck_assert_uint_eq(up->add_path_tx, V4 | V6);
	ck_assert_uint_eq(up->add_path_rx, V4);
	ck_assert_uint_eq(up->gr_families, V4 | V6);
	ck_assert_uint_eq(up->gr_forwarding, V6);
	ck_assert_uint_eq(up->gr_time_s, 77);
	ck_assert_uint_eq(exchange_row(&e, ALL).agreed,
	    (AGREED_GR_NOTIFICATION << 1) - 1 - AGREED_ADD_PATH_IN_IPV6);
	member_close(&m);
}
END_TEST

/* One message of 65,535 octets: 16,000 prefixes and an attribute that nobody knows. */
static void
send_longest(struct member *m, unsigned prefixes)
{
	static const uint8_t attributes[] = {ATTRIBUTES, NEXT_HOP};
	static uint8_t all[MSG_EXTENDED_MAX_BYTES], nlri[MSG_EXTENDED_MAX_BYTES];
	size_t room = MSG_EXTENDED_MAX_BYTES - MSG_HEADER_BYTES - 4 - 4 * (size_t)prefixes;

	memset(all, 1, sizeof(all));
	memcpy(all, attributes, sizeof(attributes));
	wire_store_u16(all + sizeof(attributes), 0xd063);
	wire_store_u16(all + sizeof(attributes) + 2, (uint16_t)(room - sizeof(attributes) - 4));
	for (unsigned i = 0; i < prefixes; i++)
		memcpy(nlri + 4 * i, (uint8_t[]){24, 10, (uint8_t)(i >> 8), (uint8_t)i}, 4);
	send_update(m, NULL, 0, all, room, nlri, 4 * (size_t)prefixes);
}

/*
 * RFC 8654 section 4: what we announced is what we take, from a member that takes none itself, too.
 * The ring has room for few of the records; all come.
 */
START_TEST(test_long_updates)
{
	struct open_msg theirs = plain_open(ALL);
	struct member m;
	unsigned got = 0, wrong = 0;

	establish(&m, ALL, &theirs);
	ck_assert(!((const struct record_up *)(const void *)e.record)->ext_msg);
	for (unsigned i = 0; i < 3; i++)
		send_longest(&m, 4000);
	announce(&m, 11);
	while (got < 12000) {
		ck_assert_int_eq(exchange_record(&e), RECORD_ROUTES);
		for (unsigned i = 0; i < routes()->count; i++, got++) {
			wrong += route(i)->prefix.addr[1] != (uint8_t)(got % 4000 >> 8);
			wrong += route(i)->prefix.addr[2] != (uint8_t)(got % 4000);
		}
		wrong += routes()->attrs_len < 49000;
	}
	ck_assert_uint_eq(wrong, 0);
	ck_assert_int_eq(exchange_record(&e), RECORD_ROUTES);
	ck_assert_uint_eq(route(0)->prefix.addr[0], 11);
	ck_assert_uint_eq(exchange_row(&e, ALL).state, SESSION_ESTABLISHED);
	member_close(&m);
}
END_TEST

/* Section 5: not from where we have not announced it, whatever the member has. */
START_TEST(test_long_update_refused)
{
	struct open_msg theirs = full_open(PLAIN);
	struct member m;

	establish(&m, PLAIN, &theirs);
	send_longest(&m, 4000);
	member_expect_notification(&m, &e, NOTIFICATION_HEADER, HEADER_ERROR_LENGTH);
	ck_assert_uint_eq(m.len, MSG_HEADER_BYTES + 4);
	ck_assert_uint_eq(wire_load_u16(m.message + 21), MSG_EXTENDED_MAX_BYTES);
	ck_assert_int_eq(exchange_record(&e), RECORD_DOWN);
}
END_TEST

/* RFC 7911 section 3: announced and withdrawn, in all four fields. */
START_TEST(test_several_paths)
{
	static const uint8_t attributes[] = {
	    ATTRIBUTES, NEXT_HOP, 0x80, 15, 9, 0, 1, 1, 0, 0, 0, 9, 8, 12};
	static const uint8_t withdrawn[] = {0, 0, 0, 3, 8, 10};
	static const uint8_t nlri[] = {0xff, 0, 0, 1, 8, 11, 0, 0, 0, 2, 8, 11};
	struct open_msg theirs = full_open(ALL);
	struct member m;

	establish(&m, ALL, &theirs);
	send_update(
	    &m, withdrawn, sizeof(withdrawn), attributes, sizeof(attributes), nlri, sizeof(nlri));
	ck_assert_int_eq(exchange_record(&e), RECORD_ROUTES);
	ck_assert_uint_eq(routes()->kind, ROUTES_WITHDRAW);
	ck_assert_uint_eq(route(0)->path_id, 3);
	ck_assert_int_eq(exchange_record(&e), RECORD_ROUTES);
	ck_assert_uint_eq(routes()->kind, ROUTES_WITHDRAW);
	ck_assert_uint_eq(route(0)->path_id, 9);
	ck_assert_uint_eq(route(0)->prefix.addr[0], 12);
	ck_assert_int_eq(exchange_record(&e), RECORD_ROUTES);
	ck_assert_uint_eq(routes()->kind, ROUTES_ANNOUNCE);
	ck_assert_uint_eq(routes()->count, 2);
	ck_assert_uint_eq(route(0)->path_id, 0xff000001);
	ck_assert_uint_eq(route(1)->path_id, 2);
	member_close(&m);
}
END_TEST

/* RFC 8950 section 3, and 3/9 by RFC 7606 section 7.11 where it was not agreed upon. */
START_TEST(test_ipv6_next_hops)
{
	static const uint8_t attributes[] = {
	    0x80, 14, 23, 0, 1, 1, 16, IPV6_NH, 0, 8, 11, ATTRIBUTES};
	struct open_msg theirs = full_open(ALL);
	struct member m;

	theirs.add_path[FAMILY_IPV4] = 0;
	establish(&m, ALL, &theirs);
	send_update(&m, NULL, 0, attributes, sizeof(attributes), NULL, 0);
	ck_assert_int_eq(exchange_record(&e), RECORD_ROUTES);
	ck_assert_uint_eq(routes()->family, FAMILY_IPV4);
	ck_assert_uint_eq(behind_routes()[0], 16);
	ck_assert_mem_eq(behind_routes() + 1, ((const uint8_t[]){IPV6_NH}), 16);
	member_close(&m);
	ck_assert_int_eq(exchange_record(&e), RECORD_DOWN);
	theirs.ext_nh = 0;
	establish(&m, ALL, &theirs);
	send_update(&m, NULL, 0, attributes, sizeof(attributes), NULL, 0);
	member_expect_notification(&m, &e, NOTIFICATION_UPDATE, UPDATE_ERROR_OPTIONAL_ATTRIBUTE);
}
END_TEST

static void
send_refresh(struct member *m, uint8_t family, uint8_t subtype)
{
	uint8_t message[REFRESH_MSG_BYTES];

	member_send(m, message,
	    refresh_encode(family, (enum refresh_subtype)subtype, message, sizeof(message)));
}

static void
expect_mark(uint8_t family, uint8_t subtype)
{
	const struct record_refresh *r = (const struct record_refresh *)(const void *)e.record;

	ck_assert_int_eq(exchange_record(&e), RECORD_REFRESH);
	ck_assert_uint_eq(r->family, family);
	ck_assert_uint_eq(r->subtype, subtype);
}

static void
expect_route(uint8_t octet)
{
	ck_assert_int_eq(exchange_record(&e), RECORD_ROUTES);
	ck_assert_uint_eq(route(0)->prefix.addr[0], octet);
}

/* RFC 7313 section 4: marks stand among the routes where they were. */
START_TEST(test_marks_of_a_refresh)
{
	struct open_msg theirs = full_open(PLAIN);
	struct member m;

	establish(&m, PLAIN, &theirs);
	announce(&m, 11);
	send_refresh(&m, FAMILY_IPV4, REFRESH_BEGIN);
	announce(&m, 12);
	send_refresh(&m, FAMILY_IPV4, REFRESH_END);
	announce(&m, 13);
	/* of a family that is not carried, and of no known kind: passed over (section 5) */
	send_refresh(&m, FAMILY_IPV6, REFRESH_BEGIN);
	send_refresh(&m, FAMILY_IPV4, 3);
	send_refresh(&m, FAMILY_IPV4, REFRESH_REQUEST);
	expect_route(11);
	expect_mark(FAMILY_IPV4, REFRESH_BEGIN);
	expect_route(12);
	expect_mark(FAMILY_IPV4, REFRESH_END);
	expect_route(13);
	expect_mark(FAMILY_IPV4, REFRESH_REQUEST);
	exchange_turn(&e);
	ck_assert(exchange_is_quiet(&e));
	ck_assert_uint_eq(e.worker->peers[PLAIN]->row.in.refreshes, 5);
	member_close(&m);
}
END_TEST

static void
wait_until_paused(void)
{
	uint64_t until_us = clock_us() + PATIENCE_MS * 1000;

	while (!e.worker->peers[ALL]->link[DIRECTION_IN].paused) {
		ck_assert_msg(clock_us() < until_us, "it is read on");
		exchange_turn(&e);
	}
}

/* Without room they wait like routes: the order stays, nothing is lost or doubled. */
START_TEST(test_marks_without_room)
{
	struct open_msg theirs = full_open(ALL);
	struct member m;
	unsigned got = 0;

	theirs.add_path[FAMILY_IPV4] = 0;
	establish(&m, ALL, &theirs);
	send_longest(&m, 1000);
	send_refresh(&m, FAMILY_IPV4, REFRESH_BEGIN);
	announce(&m, 12);
	send_refresh(&m, FAMILY_IPV4, REFRESH_END);
	wait_until_paused();
	while (got < 1000) {
		ck_assert_int_eq(exchange_record(&e), RECORD_ROUTES);
		got += routes()->count;
	}
	expect_mark(FAMILY_IPV4, REFRESH_BEGIN);
	expect_route(12);
	expect_mark(FAMILY_IPV4, REFRESH_END);
	exchange_turn(&e);
	ck_assert(exchange_is_quiet(&e));
	ck_assert_uint_eq(e.worker->peers[ALL]->row.in.refreshes, 2);
	member_close(&m);
}
END_TEST

/* As many of them as the member likes use up its own share of the ring, nothing else. */
START_TEST(test_marks_flood)
{
	enum { FLOOD = 8000 };
	static uint8_t marks[FLOOD * REFRESH_MSG_BYTES];
	struct open_msg theirs = full_open(ALL);
	size_t share = (2 << 20) / QUOTA_SHARE;
	struct member m;

	for (size_t i = 0; i < FLOOD; i++)
		refresh_encode(
		    FAMILY_IPV4, REFRESH_BEGIN, marks + i * REFRESH_MSG_BYTES, REFRESH_MSG_BYTES);
	establish(&m, ALL, &theirs);
	send_all(&m, marks, sizeof(marks));
	wait_until_paused();
	ck_assert_uint_ge(quota_used(e.worker->ring.quota, ALL), share);
	ck_assert_uint_lt(quota_used(e.worker->ring.quota, ALL), share + 64);
	member_close(&m);
}
END_TEST

/* A mark of five octets. */
static const uint8_t long_mark[] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 24, MSG_ROUTE_REFRESH, 0, 1, 1, 1, 0};

/* Section 5: 7/1 with the whole message. */
START_TEST(test_bad_mark)
{
	struct open_msg theirs = full_open(PLAIN);
	struct member m;

	establish(&m, PLAIN, &theirs);
	member_send(&m, long_mark, sizeof(long_mark));
	member_expect_notification(&m, &e, NOTIFICATION_REFRESH, REFRESH_ERROR_LENGTH);
	ck_assert_uint_eq(m.len, MSG_HEADER_BYTES + 2 + sizeof(long_mark));
	ck_assert_mem_eq(m.message + MSG_HEADER_BYTES + 2, long_mark, sizeof(long_mark));
	ck_assert_int_eq(exchange_record(&e), RECORD_DOWN);
}
END_TEST

/* Reads all that comes until the end; returns the octets. */
static size_t
read_to_end(struct member *m, uint8_t *out, size_t cap)
{
	uint64_t until_us = clock_us() + PATIENCE_MS * 1000;
	size_t len = 0;

	for (;;) {
		ssize_t n = read(m->fd, out + len, cap - len);

		if (n == 0)
			return len;
		if (n > 0)
			len += (size_t)n;
		ck_assert_msg(clock_us() < until_us, "the connection stays");
		exchange_turn(&e);
	}
}

/*
 * RFC 8654 section 5: the NOTIFICATION that quotes a long message is as long as the member takes;
 * all of it, or what fits 4,096 octets.
 */
static void
check_quotation(bool takes_long, size_t quoted)
{
	static uint8_t mark[5000], out[MSG_EXTENDED_MAX_BYTES];
	struct open_msg theirs = full_open(ALL);
	struct member m;

	memcpy(mark, long_mark, sizeof(long_mark));
	wire_store_u16(mark + 16, sizeof(mark));
	theirs.ext_msg = takes_long;
	theirs.has_gr = false;
	establish(&m, ALL, &theirs);
	send_all(&m, mark, sizeof(mark));
	ck_assert_uint_eq(read_to_end(&m, out, sizeof(out)), MSG_HEADER_BYTES + 2 + quoted);
	ck_assert_uint_eq(wire_load_u16(out + 16), MSG_HEADER_BYTES + 2 + quoted);
	ck_assert_uint_eq(out[18], MSG_NOTIFICATION);
	ck_assert_mem_eq(out + MSG_HEADER_BYTES + 2, mark, quoted);
	member_close(&m);
}

START_TEST(test_long_quotation)
{
	check_quotation(true, 5000);
}
END_TEST

START_TEST(test_short_quotation)
{
	check_quotation(false, MSG_MAX_BYTES - MSG_HEADER_BYTES - 2);
}
END_TEST

/* Sections 4 and 5 are about those that have the capability: marks of others are passed over. */
START_TEST(test_marks_not_agreed)
{
	struct open_msg theirs = plain_open(PLAIN);
	struct member m;

	establish(&m, PLAIN, &theirs);
	member_send(&m, long_mark, sizeof(long_mark));
	send_refresh(&m, FAMILY_IPV4, REFRESH_BEGIN);
	send_refresh(&m, FAMILY_IPV4, REFRESH_END);
	announce(&m, 11);
	expect_route(11);
	exchange_turn(&e);
	ck_assert(exchange_is_quiet(&e));
	member_close(&m);
}
END_TEST

/* A new configuration that differs in what is dropped. */
static void
configure_drop(uint8_t type)
{
	struct channel_generation g = {.generation = ++e.generation};
	struct policy_general general = plain_general(&e.head);
	int fd;

	if (type != 0)
		general.drop_attributes[type / 8] = (uint8_t)(1u << (type % 8));
	fd = seal_general(&e.head, e.slots, &general);
	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(channel_send(e.parent, CHANNEL_CONFIG, &g, &fd, 1), 0);
	close(fd);
	exchange_send(&e, CHANNEL_COMMIT, &g);
	for (unsigned i = 0; i < 4; i++)
		exchange_turn(&e);
}

/* Attribute 99, well-known by its flags, which nobody can know, is malformed until it is dropped.
 */
START_TEST(test_dropped_as_configured)
{
	static const uint8_t attributes[] = {0x40, 99, 1, 0, ATTRIBUTES, NEXT_HOP};
	static const uint8_t nlri[] = {8, 11};
	struct open_msg theirs = plain_open(PLAIN);
	struct member m;

	establish(&m, PLAIN, &theirs);
	for (unsigned i = 0; i < 3; i++) {
		if (i > 0)
			configure_drop(i == 1 ? 99 : 0);
		send_update(&m, NULL, 0, attributes, sizeof(attributes), nlri, sizeof(nlri));
		ck_assert_int_eq(exchange_record(&e), RECORD_ROUTES);
		ck_assert_uint_eq(routes()->kind, i == 1 ? ROUTES_ANNOUNCE : ROUTES_MALFORMED);
	}
	ck_assert_uint_eq(e.worker->peers[PLAIN]->row.dropped_attributes, 1);
	member_close(&m);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {test_nothing_agreed, test_all_agreed, test_long_updates,
	    test_long_update_refused, test_several_paths, test_ipv6_next_hops,
	    test_marks_of_a_refresh, test_marks_without_room, test_marks_flood, test_bad_mark,
	    test_long_quotation, test_short_quotation, test_marks_not_agreed,
	    test_dropped_as_configured};

	return run_suite_with("agreed", tests, COUNT(tests), setup, teardown);
}
