/* What two OPENs make of a session, and which of two connections is kept. */
#include <string.h>

#include "bgpd/session/negotiate.h"
#include "bgpd/wire/notification.h"
#include "tests/unit/session/suite.h"

#define V4 (1u << FAMILY_IPV4)
#define V6 (1u << FAMILY_IPV6)

static const struct compiled_head head = {
    .rs_as = 4200000000, .router_id = 0xc0000201, .hold_s = 90};

static struct compiled_slot
slot(void)
{
	return (struct compiled_slot){.asn = 65001, .families = V4 | V6};
}

static struct open_msg
theirs(void)
{
	return (struct open_msg){.asn = 65001,
	    .bgp_id = 0xc0000202,
	    .hold_s = 180,
	    .version = 4,
	    .has_multiprotocol = true,
	    .families = V4 | V6,
	    .as4 = true,
	    .refresh = true};
}

START_TEST(test_our_open)
{
	struct compiled_slot s = slot();
	struct open_msg open, again;
	struct wire_error error;
	uint8_t message[MSG_MAX_BYTES];
	size_t len;

	s.families = V6;
	negotiate_open(&head, &s, false, &open);
	len = open_encode(&open, message, sizeof(message));
	ck_assert_uint_gt(len, 0);
	ck_assert_uint_eq(wire_load_u16(message + 20), AS_TRANS);
	ck_assert(open_decode(message + MSG_HEADER_BYTES, len - MSG_HEADER_BYTES, &again, &error));
	ck_assert_uint_eq(again.asn, 4200000000);
	ck_assert_uint_eq(again.bgp_id, 0xc0000201);
	ck_assert_uint_eq(again.hold_s, 90);
	ck_assert_uint_eq(again.families, V6);
	ck_assert(again.as4 && again.refresh && again.has_multiprotocol);
	ck_assert(again.enhanced_refresh);
	/* Nothing else was configured, so nothing else is said. */
	ck_assert(!again.ext_msg && !again.has_gr && !again.has_role);
	ck_assert_uint_eq(again.ext_nh, 0);
	ck_assert_uint_eq(again.add_path[FAMILY_IPV6], 0);
}
END_TEST

/* The octets of what is configured, between two capabilities that are always there or the end. */
START_TEST(test_what_is_offered)
{
	static const struct {
		uint32_t flags;
		uint16_t paths_kept;
		uint8_t families;
		bool restarted;
		uint8_t octets[20];
		size_t len;
	} cases[] = {
	    /* RFC 4760 section 8: a capability per family */
	    {0, 0, V4, false, {1, 4, 0, 1, 0, 1, 2, 0, 65}, 9},
	    {0, 0, V6, false, {1, 4, 0, 2, 0, 1, 2, 0, 65}, 9},
	    {0, 0, V4 | V6, false, {1, 4, 0, 1, 0, 1, 1, 4, 0, 2, 0, 1, 2, 0, 65}, 15},
	    /* RFC 8950 section 4: <1, 1, 2>, where there is IPv4 */
	    {SLOT_IPV6_NEXT_HOPS, 0, V4 | V6, false, {2, 0, 5, 6, 0, 1, 0, 1, 0, 2, 65}, 11},
	    {SLOT_IPV6_NEXT_HOPS, 0, V6, false, {2, 0, 65}, 3},
	    /* RFC 8654 section 3 */
	    {SLOT_EXTENDED_MESSAGES, 0, V4, false, {2, 0, 6, 0, 65}, 5},
	    /* RFC 7911 section 4: all families in one, 1 receive | 2 send */
	    {SLOT_ADD_PATH, 0, V4, false, {69, 4, 0, 1, 1, 2, 70, 0}, 8},
	    {SLOT_ADD_PATH, 1, V4, false, {69, 4, 0, 1, 1, 2, 70, 0}, 8},
	    {0, 2, V6, false, {69, 4, 0, 2, 1, 1, 70, 0}, 8},
	    {SLOT_ADD_PATH, 2, V4 | V6, false, {69, 8, 0, 1, 1, 3, 0, 2, 1, 3, 70, 0}, 12},
	    /* RFC 4724 section 3: R only after a restart, 120 s, F always; RFC 8538 section 2: N */
	    {SLOT_GRACEFUL_RESTART, 0, V6, false, {2, 0, 64, 6, 0x40, 120, 0, 2, 1, 0x80, 65}, 11},
	    {SLOT_GRACEFUL_RESTART, 0, V4 | V6, true,
		{2, 0, 64, 10, 0xc0, 120, 0, 1, 1, 0x80, 0, 2, 1, 0x80, 65}, 15},
	};
	struct compiled_head h = head;

	h.restart_s = 120;
	for (unsigned i = 0; i < COUNT(cases); i++) {
		struct compiled_slot s = slot();
		uint8_t message[MSG_MAX_BYTES];
		struct open_msg open;
		size_t len;

		s.flags = (uint16_t)cases[i].flags;
		s.paths_kept = cases[i].paths_kept;
		s.families = cases[i].families;
		negotiate_open(&h, &s, cases[i].restarted, &open);
		len = open_encode(&open, message, sizeof(message));
		ck_assert_msg(memmem(message, len, cases[i].octets, cases[i].len) != NULL,
		    "what case %u offers", i);
	}
}
END_TEST

/* RFC 4724 section 3: 12 bits. */
START_TEST(test_restart_time)
{
	static const struct {
		uint16_t configured_s, said_s;
	} cases[] = {{0, 0}, {1, 1}, {4095, 4095}, {4096, 4095}, {UINT16_MAX, 4095}};
	struct compiled_slot s = slot();
	struct compiled_head h = head;
	struct open_msg open;

	s.flags = SLOT_GRACEFUL_RESTART;
	for (unsigned i = 0; i < COUNT(cases); i++) {
		h.restart_s = cases[i].configured_s;
		negotiate_open(&h, &s, false, &open);
		ck_assert_uint_eq(open.gr.time_s, cases[i].said_s);
		ck_assert_uint_eq(open.gr.flags, OPEN_GR_NOTIFICATION);
	}
}
END_TEST

START_TEST(test_agreed)
{
	struct compiled_slot s = slot();
	struct open_msg open = theirs();
	struct negotiated n;
	struct wire_error error;

	ck_assert(negotiate(&head, &s, &open, &n, &error));
	ck_assert_uint_eq(n.hold_s, 90);
	ck_assert_uint_eq(n.families, V4 | V6);
	ck_assert_uint_eq(n.asn, 65001);
	ck_assert_uint_eq(n.bgp_id, 0xc0000202);
	ck_assert(n.as4 && n.refresh);
	ck_assert_uint_eq(n.add_path_tx, 0);
	open.hold_s = 9;
	open.families = V4;
	open.as4 = open.refresh = false;
	ck_assert(negotiate(&head, &s, &open, &n, &error));
	ck_assert_uint_eq(n.hold_s, 9);
	ck_assert_uint_eq(n.families, V4);
	ck_assert(!n.as4 && !n.refresh);
	open.hold_s = 0;
	ck_assert(negotiate(&head, &s, &open, &n, &error));
	ck_assert_uint_eq(n.hold_s, 0);
}
END_TEST

/* RFC 7911 section 5: all that both sides may say, for both families. */
START_TEST(test_add_path)
{
	unsigned wrong = 0;

	for (unsigned i = 0; i < 4 * 4 * 4; i++) {
		unsigned ours = i & 3, v4 = i >> 2 & 3, v6 = i >> 4;
		struct compiled_slot s = slot();
		struct open_msg open = theirs();
		struct negotiated n;
		struct wire_error error;
		uint8_t tx = (uint8_t)((v4 & 1) | (v6 & 1) << 1);
		uint8_t rx = (uint8_t)((v4 >> 1 & 1) | (v6 >> 1 & 1) << 1);

		s.flags = (ours & OPEN_ADD_PATH_SEND) != 0 ? SLOT_ADD_PATH : 0;
		s.paths_kept = (ours & OPEN_ADD_PATH_RECEIVE) != 0 ? 8 : 1;
		open.add_path[FAMILY_IPV4] = (uint8_t)v4;
		open.add_path[FAMILY_IPV6] = (uint8_t)v6;
		wrong += !negotiate(&head, &s, &open, &n, &error);
		wrong += n.add_path_tx != ((ours & OPEN_ADD_PATH_SEND) != 0 ? tx : 0);
		wrong += n.add_path_rx != ((ours & OPEN_ADD_PATH_RECEIVE) != 0 ? rx : 0);
		/* nothing of a family that is not carried */
		open.families = V4;
		wrong += !negotiate(&head, &s, &open, &n, &error);
		wrong += ((n.add_path_tx | n.add_path_rx) & V6) != 0;
	}
	ck_assert_uint_eq(wrong, 0);
}
END_TEST

/* RFC 5492 section 3: what one side alone has is not used. */
START_TEST(test_both_sides)
{
	static const uint16_t flags =
	    SLOT_IPV6_NEXT_HOPS | SLOT_EXTENDED_MESSAGES | SLOT_GRACEFUL_RESTART;
	struct compiled_slot s = slot();
	struct open_msg all = theirs(), none = theirs();
	struct negotiated n;
	struct wire_error error;

	all.ext_nh = V4;
	all.ext_msg = all.enhanced_refresh = all.has_gr = true;
	all.gr = (struct open_gr){.flags = OPEN_GR_RESTARTED | OPEN_GR_NOTIFICATION,
	    .time_s = 77,
	    .families = V4 | V6,
	    .forwarding = V6};
	ck_assert(negotiate(&head, &s, &all, &n, &error));
	ck_assert_uint_eq(n.ext_nh, 0);
	ck_assert(!n.ext_msg && !n.has_gr && n.enhanced_refresh);
	s.flags = flags;
	ck_assert(negotiate(&head, &s, &none, &n, &error));
	ck_assert_uint_eq(n.ext_nh, 0);
	ck_assert(!n.ext_msg && !n.has_gr && !n.enhanced_refresh);
	ck_assert(negotiate(&head, &s, &all, &n, &error));
	ck_assert_uint_eq(n.ext_nh, V4);
	ck_assert(n.ext_msg && n.has_gr && n.enhanced_refresh);
	ck_assert_uint_eq(n.gr.flags, OPEN_GR_RESTARTED | OPEN_GR_NOTIFICATION);
	ck_assert_uint_eq(n.gr.time_s, 77);
	ck_assert_uint_eq(n.gr.families, V4 | V6);
	ck_assert_uint_eq(n.gr.forwarding, V6);
	/* RFC 8950 section 4: MP decides whether there is the family at all; so it is for restarts
	 */
	all.families = V6;
	ck_assert(negotiate(&head, &s, &all, &n, &error));
	ck_assert_uint_eq(n.ext_nh, 0);
	ck_assert_uint_eq(n.gr.families, V6);
}
END_TEST

/* Each bit for its own field. */
START_TEST(test_agreed_bits)
{
	static const struct {
		struct negotiated n;
		uint32_t bits;
	} cases[] = {
	    {{.families = 0}, 0},
	    {{.families = V4}, AGREED_IPV4},
	    {{.families = V6}, AGREED_IPV6},
	    {{.as4 = true}, AGREED_AS4},
	    {{.refresh = true}, AGREED_REFRESH},
	    {{.enhanced_refresh = true}, AGREED_ENHANCED_REFRESH},
	    {{.add_path_rx = V4}, AGREED_ADD_PATH_IN_IPV4},
	    {{.add_path_rx = V6}, AGREED_ADD_PATH_IN_IPV6},
	    {{.add_path_tx = V4}, AGREED_ADD_PATH_OUT_IPV4},
	    {{.add_path_tx = V6}, AGREED_ADD_PATH_OUT_IPV6},
	    {{.ext_nh = V4}, AGREED_IPV6_NEXT_HOPS},
	    {{.ext_msg = true}, AGREED_EXTENDED_MESSAGES},
	    {{.has_gr = true}, AGREED_GRACEFUL_RESTART},
	    {{.has_gr = true, .gr = {.flags = OPEN_GR_NOTIFICATION}},
		AGREED_GRACEFUL_RESTART | AGREED_GR_NOTIFICATION},
	    {{.families = V4 | V6, .as4 = true, .ext_msg = true},
		AGREED_IPV4 | AGREED_IPV6 | AGREED_AS4 | AGREED_EXTENDED_MESSAGES},
	};

	for (unsigned i = 0; i < COUNT(cases); i++)
		ck_assert_uint_eq(negotiate_agreed(&cases[i].n), cases[i].bits);
}
END_TEST

/* RFC 9234 section 4.1: our role where there is one, once. */
START_TEST(test_our_role)
{
	struct compiled_slot s = slot();
	struct open_msg open;
	uint8_t message[MSG_MAX_BYTES];

	for (uint8_t role = 0; role <= ROLE_PEER; role++) {
		const uint8_t capability[] = {9, 1, role};
		size_t len, at = 0, found = 0;

		s.flags = SLOT_ROLES;
		s.role = role;
		negotiate_open(&head, &s, false, &open);
		ck_assert(open.has_role);
		ck_assert_uint_eq(open.role, role);
		len = open_encode(&open, message, sizeof(message));
		/* 29 octets of fields, then the one parameter's type and length */
		for (at = 31; at < len; at += 2u + message[at + 1])
			found +=
			    memcmp(message + at, capability, 2) == 0 && message[at + 2] == role;
		ck_assert_uint_eq(at, len);
		ck_assert_uint_eq(found, 1);
		s.flags = SLOT_ROLE_STRICT;
		negotiate_open(&head, &s, false, &open);
		ck_assert(!open.has_role);
	}
}
END_TEST

/* Sends what a member says of its role through the decoder to negotiate(); true: there is a
 * session. */
static bool
is_accepted(uint16_t flags, uint8_t ours, const uint8_t *roles, size_t count)
{
	uint8_t body[64] = {4, 0xfd, 0xe9, 0, 90, 192, 0, 2, 2};
	struct compiled_slot s = slot();
	struct wire_error error = {0};
	struct open_msg open;
	struct negotiated n;
	char text[128];
	bool fine;

	s.flags = flags;
	s.role = ours;
	body[9] = (uint8_t)(2 + 3 * count);
	body[10] = 2;
	body[11] = (uint8_t)(3 * count);
	for (size_t i = 0; i < count; i++) {
		body[12 + 3 * i] = 9;
		body[13 + 3 * i] = 1;
		body[14 + 3 * i] = roles[i];
	}
	ck_assert(open_decode(body, 12 + 3 * count, &open, &error));
	fine = negotiate(&head, &s, &open, &n, &error);
	if (!fine) {
		ck_assert_uint_eq(error.code, NOTIFICATION_OPEN);
		ck_assert_uint_eq(error.subcode, OPEN_ERROR_ROLE);
		ck_assert_uint_eq(error.data_len, 0);
		negotiate_explain(&s, &open, &error, text, sizeof(text));
		ck_assert_ptr_nonnull(strstr(text, open_role_name(ours)));
	}
	return fine;
}

/* Section 4.2, table 2, with all 256 values, one and twice, strict and not. */
START_TEST(test_roles_pair)
{
	static const uint8_t pairs[] = {3, 2, 1, 0, 4};
	unsigned wrong = 0;

	for (unsigned ours = 0; ours <= ROLE_PEER; ours++)
		for (unsigned role = 0; role <= UINT8_MAX; role++) {
			const uint8_t twice[] = {(uint8_t)role, (uint8_t)role};
			bool fits = role == pairs[ours];

			for (size_t count = 1; count <= 2; count++) {
				wrong +=
				    fits != is_accepted(SLOT_ROLES, (uint8_t)ours, twice, count);
				wrong += fits !=
				    is_accepted(
					SLOT_ROLES | SLOT_ROLE_STRICT, (uint8_t)ours, twice, count);
			}
		}
	ck_assert_uint_eq(wrong, 0);
}
END_TEST

/* Section 4.2: several with different values, whichever comes first and whether or not one fits. */
START_TEST(test_roles_differ)
{
	static const uint8_t cases[][3] = {{2, 3, 2}, {3, 2, 2}, {2, 2, 3}, {2, 255, 2}, {0, 1, 4}};

	for (unsigned i = 0; i < COUNT(cases); i++) {
		ck_assert(!is_accepted(SLOT_ROLES, ROLE_RS, cases[i], 3));
		ck_assert(!is_accepted(SLOT_ROLES | SLOT_ROLE_STRICT, ROLE_RS, cases[i], 3));
		ck_assert(is_accepted(0, 0, cases[i], 3));
	}
}
END_TEST

/* Section 4.2: its absence is ignored, but in strict mode. Without a role of ours all is. */
START_TEST(test_role_absent)
{
	for (uint8_t ours = 0; ours <= ROLE_PEER; ours++) {
		ck_assert(is_accepted(SLOT_ROLES, ours, NULL, 0));
		ck_assert(!is_accepted(SLOT_ROLES | SLOT_ROLE_STRICT, ours, NULL, 0));
	}
	ck_assert(is_accepted(0, 0, NULL, 0));
	for (unsigned role = 0; role <= UINT8_MAX; role++)
		ck_assert(is_accepted(0, 0, &(const uint8_t){(uint8_t)role}, 1));
}
END_TEST

/* What is said of a refusal: what they sent, what it should have been. */
START_TEST(test_explained)
{
	static const struct {
		struct wire_error error;
		struct open_msg theirs;
		const char *text;
	} cases[] = {
	    {{NOTIFICATION_OPEN, OPEN_ERROR_PEER_AS, 0, NULL}, {.asn = 65002},
		"the member's AS number is 65002, not 65001"},
	    {{NOTIFICATION_OPEN, OPEN_ERROR_CAPABILITY, 0, NULL}, {.asn = 65001},
		"OPEN Message Error: Unsupported Capability"},
	    {{NOTIFICATION_OPEN, OPEN_ERROR_ROLE, 0, NULL}, {.has_role = true, .role = 3},
		"the member's role is customer (3), it must be rs-client (ours is rs)"},
	    {{NOTIFICATION_OPEN, OPEN_ERROR_ROLE, 0, NULL}, {.has_role = true, .role = 77},
		"the member's role is unknown (77), it must be rs-client (ours is rs)"},
	    {{NOTIFICATION_OPEN, OPEN_ERROR_ROLE, 0, NULL},
		{.has_role = true, .role = 2, .role_conflict = true},
		"the member sends several roles that differ, it must be rs-client alone (ours is "
		"rs)"},
	    {{NOTIFICATION_OPEN, OPEN_ERROR_ROLE, 0, NULL}, {.has_role = false},
		"the member sends no role and strict_mode asks for rs-client (ours is rs)"},
	};
	struct compiled_slot s = slot();
	char text[128];

	s.flags = SLOT_ROLES | SLOT_ROLE_STRICT;
	s.role = ROLE_RS;
	for (unsigned i = 0; i < COUNT(cases); i++) {
		negotiate_explain(&s, &cases[i].theirs, &cases[i].error, text, sizeof(text));
		ck_assert_str_eq(text, cases[i].text);
	}
}
END_TEST

START_TEST(test_refused)
{
	static const uint8_t both[] = {1, 4, 0, 1, 0, 1, 1, 4, 0, 2, 0, 1};
	struct compiled_slot s = slot();
	struct open_msg open = theirs();
	struct negotiated n;
	struct wire_error error;

	open.asn = 65002;
	ck_assert(!negotiate(&head, &s, &open, &n, &error));
	ck_assert_uint_eq(error.code, NOTIFICATION_OPEN);
	ck_assert_uint_eq(error.subcode, OPEN_ERROR_PEER_AS);
	open = theirs();
	open.families = 0;
	open.other_families = 1;
	ck_assert(!negotiate(&head, &s, &open, &n, &error));
	ck_assert_uint_eq(error.subcode, OPEN_ERROR_CAPABILITY);
	ck_assert_uint_eq(error.data_len, sizeof(both));
	ck_assert_mem_eq(error.data, both, sizeof(both));
	/* RFC 6286: the same identifier is fine from another AS, and wrong inside one. */
	open = theirs();
	open.bgp_id = head.router_id;
	ck_assert(negotiate(&head, &s, &open, &n, &error));
	s.asn = open.asn = head.rs_as;
	ck_assert(!negotiate(&head, &s, &open, &n, &error));
	ck_assert_uint_eq(error.subcode, OPEN_ERROR_BGP_ID);
}
END_TEST

START_TEST(test_survivor)
{
	static const struct {
		uint32_t our_id, our_as, their_id, their_as;
		enum direction kept;
	} cases[] = {
	    {1, 1, 2, 1, DIRECTION_IN},
	    {2, 1, 1, 1, DIRECTION_OUT},
	    /* unsigned, and all four octets */
	    {0x80000000, 1, 0x7fffffff, 1, DIRECTION_OUT},
	    {0x7fffffff, 1, 0xffffffff, 1, DIRECTION_IN},
	    /* equal: the AS number decides, unsigned too */
	    {5, 65000, 5, 65001, DIRECTION_IN},
	    {5, 4200000000, 5, 65001, DIRECTION_OUT},
	};

	for (unsigned i = 0; i < COUNT(cases); i++) {
		ck_assert_int_eq(negotiate_survivor(cases[i].our_id, cases[i].our_as,
				     cases[i].their_id, cases[i].their_as),
		    cases[i].kept);
		/* The other side comes to the same: it keeps what it calls the other direction. */
		ck_assert_int_ne(negotiate_survivor(cases[i].their_id, cases[i].their_as,
				     cases[i].our_id, cases[i].our_as),
		    cases[i].kept);
	}
}
END_TEST

START_TEST(test_keepalive)
{
	ck_assert_uint_eq(negotiate_keepalive_ms(90), 30000);
	ck_assert_uint_eq(negotiate_keepalive_ms(3), 1000);
	ck_assert_uint_eq(negotiate_keepalive_ms(65535), 21845000);
	ck_assert_uint_eq(negotiate_keepalive_ms(0), 0);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {test_our_open, test_what_is_offered, test_restart_time,
	    test_agreed, test_add_path, test_both_sides, test_agreed_bits, test_our_role,
	    test_roles_pair, test_roles_differ, test_role_absent, test_explained, test_refused,
	    test_survivor, test_keepalive};

	return run_suite("negotiate", tests, COUNT(tests));
}
