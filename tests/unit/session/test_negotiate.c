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
	negotiate_open(&head, &s, &open);
	len = open_encode(&open, message, sizeof(message));
	ck_assert_uint_gt(len, 0);
	ck_assert_uint_eq(wire_load_u16(message + 20), AS_TRANS);
	ck_assert(open_decode(message + MSG_HEADER_BYTES, len - MSG_HEADER_BYTES, &again, &error));
	ck_assert_uint_eq(again.asn, 4200000000);
	ck_assert_uint_eq(again.bgp_id, 0xc0000201);
	ck_assert_uint_eq(again.hold_s, 90);
	ck_assert_uint_eq(again.families, V6);
	ck_assert(again.as4 && again.refresh && again.has_multiprotocol);
	/* Nothing else is acted on, so nothing else is said. */
	ck_assert(!again.enhanced_refresh && !again.ext_msg && !again.has_gr && !again.has_role);
	ck_assert_uint_eq(again.ext_nh, 0);
	ck_assert_uint_eq(again.add_path[FAMILY_IPV6], 0);
	s.flags = SLOT_ADD_PATH;
	negotiate_open(&head, &s, &open);
	ck_assert_uint_eq(open.add_path[FAMILY_IPV6], OPEN_ADD_PATH_SEND);
	ck_assert_uint_eq(open.add_path[FAMILY_IPV4], 0);
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

START_TEST(test_add_path)
{
	struct compiled_slot s = slot();
	struct open_msg open = theirs();
	struct negotiated n;
	struct wire_error error;

	open.add_path[FAMILY_IPV4] = OPEN_ADD_PATH_RECEIVE | OPEN_ADD_PATH_SEND;
	open.add_path[FAMILY_IPV6] = OPEN_ADD_PATH_SEND;
	ck_assert(negotiate(&head, &s, &open, &n, &error));
	ck_assert_uint_eq(n.add_path_tx, 0);
	s.flags = SLOT_ADD_PATH;
	ck_assert(negotiate(&head, &s, &open, &n, &error));
	ck_assert_uint_eq(n.add_path_tx, V4);
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
	const TTest *const tests[] = {
	    test_our_open, test_agreed, test_add_path, test_refused, test_survivor, test_keepalive};

	return run_suite("negotiate", tests, COUNT(tests));
}
