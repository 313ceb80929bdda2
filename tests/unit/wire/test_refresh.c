/* Unit tests of bgpd/wire/refresh.h. */
#include "bgpd/wire/refresh.h"

#include "tests/unit/wire/suite.h"

#define HEADER "ffffffffffffffffffffffffffffffff "

static const struct {
	const char *msg;
	bool enhanced;
	int result;
	int subtype; /* where it is fine */
	int family;
	int code, subcode; /* of a reset */
} cases[] = {
    {HEADER "001705 0001 00 01", false, REFRESH_FINE, 0, FAMILY_IPV4, 0, 0},
    {HEADER "001705 0002 00 01", true, REFRESH_FINE, 0, FAMILY_IPV6, 0, 0},
    {HEADER "001705 0001 01 01", true, REFRESH_FINE, 1, FAMILY_IPV4, 0, 0},
    {HEADER "001705 0002 02 01", true, REFRESH_FINE, 2, FAMILY_IPV6, 0, 0},
    /* without RFC 7313 the octet is reserved, but for those that say who did not listen */
    {HEADER "001705 0001 01 01", false, REFRESH_IGNORED, 0, 0, 0, 0},
    {HEADER "001705 0002 02 01", false, REFRESH_IGNORED, 0, 0, 0, 0},
    {HEADER "001805 0001 01 01 00", false, REFRESH_IGNORED, 0, 0, 0, 0},
    {HEADER "001705 0001 07 01", false, REFRESH_FINE, 0, FAMILY_IPV4, 0, 0},
    {HEADER "001705 0001 03 01", true, REFRESH_IGNORED, 0, 0, 0, 0},
    {HEADER "001705 0001 ff 01", true, REFRESH_IGNORED, 0, 0, 0, 0},
    {HEADER "001805 0001 03 01 00", true, REFRESH_IGNORED, 0, 0, 0, 0},
    {HEADER "001705 0001 00 02", true, REFRESH_IGNORED, 0, 0, 0, 0},
    {HEADER "001705 0019 00 41", false, REFRESH_IGNORED, 0, 0, 0, 0},
    /* a filter follows */
    {HEADER "001b05 0001 00 01 01400000", false, REFRESH_FINE, 0, FAMILY_IPV4, 0, 0},
    {HEADER "001b05 0001 00 01 01400000", true, REFRESH_FINE, 0, FAMILY_IPV4, 0, 0},
    {HEADER "001805 0001 01 01 00", true, REFRESH_RESET, 0, 0, 7, 1},
    {HEADER "001805 0001 02 01 00", true, REFRESH_RESET, 0, 0, 7, 1},
    {HEADER "001605 0001 00", true, REFRESH_RESET, 0, 0, 7, 1},
    {HEADER "001305", true, REFRESH_RESET, 0, 0, 7, 1},
    {HEADER "001605 0001 00", false, REFRESH_RESET, 0, 0, 1, 2},
    {HEADER "001305", false, REFRESH_RESET, 0, 0, 1, 2},
};

START_TEST(messages_are_judged)
{
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct wire_error error = {0};
		struct refresh_msg out;
		size_t len;
		uint8_t *msg = hex(cases[i].msg, &len);
		enum refresh_result result =
		    refresh_decode(msg, len, cases[i].enhanced, &out, &error);

		ck_assert_msg((int)result == cases[i].result, "%s: %d", cases[i].msg, result);
		if (result == REFRESH_FINE) {
			ck_assert_int_eq(out.subtype, cases[i].subtype);
			ck_assert_int_eq((int)out.family, cases[i].family);
		}
		ck_assert_int_eq(error.code, cases[i].code);
		ck_assert_int_eq(error.subcode, cases[i].subcode);
		if (error.code == 7) {
			ck_assert_uint_eq(error.data_len, len);
			ck_assert_mem_eq(error.data, msg, len);
		} else if (error.code == 1) {
			ck_assert_uint_eq(error.data_len, 2);
			ck_assert_mem_eq(error.data, msg + 16, 2);
		}
	}
}
END_TEST

START_TEST(what_is_written_can_be_read)
{
	for (unsigned family = 0; family < FAMILY_COUNT; family++) {
		for (unsigned subtype = 0; subtype <= REFRESH_END; subtype++) {
			uint8_t out[REFRESH_MSG_BYTES];
			struct refresh_msg read;
			struct wire_error error;
			struct msg_header header;
			size_t len = refresh_encode(
			    (enum family)family, (enum refresh_subtype)subtype, out, sizeof(out));

			ck_assert_uint_eq(len, REFRESH_MSG_BYTES);
			ck_assert(msg_decode_header(out, MSG_MAX_BYTES, &header, &error));
			ck_assert_uint_eq(header.type, MSG_ROUTE_REFRESH);
			ck_assert_uint_eq(
			    refresh_decode(out, len, true, &read, &error), REFRESH_FINE);
			ck_assert_uint_eq(read.family, family);
			ck_assert_uint_eq(read.subtype, subtype);
			ck_assert_uint_eq(refresh_encode((enum family)family, REFRESH_REQUEST, out,
					      sizeof(out) - 1),
			    0);
		}
	}
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {messages_are_judged, what_is_written_can_be_read};

	return run_suite("wire/refresh", tests, COUNT(tests));
}
