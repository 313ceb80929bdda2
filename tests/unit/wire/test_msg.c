/* Unit tests of bgpd/wire/buf.h and bgpd/wire/msg.h. */
#include "bgpd/wire/msg.h"

#include "tests/unit/wire/suite.h"

#define MARKER "ffffffffffffffffffffffffffffffff "

START_TEST(reader_error_is_sticky)
{
	uint8_t *data = exact("\1\2\3\4\5\6\7\10", 8);
	struct wire_reader r = wire_reader_over(data, 8), child;

	ck_assert_uint_eq(wire_get_u8(&r), 1);
	ck_assert_uint_eq(wire_get_u16(&r), 0x0203);
	ck_assert_uint_eq(wire_get_u32(&r), 0x04050607);
	ck_assert_uint_eq(wire_left(&r), 1);
	ck_assert_uint_eq(wire_get_u16(&r), 0);
	ck_assert(wire_failed(&r));
	ck_assert_uint_eq(wire_get_u8(&r), 0);
	ck_assert_uint_eq(wire_left(&r), 0);
	child = wire_get_child(&r, 1);
	ck_assert(wire_failed(&child));
}
END_TEST

START_TEST(child_moves_its_parent_first)
{
	uint8_t *data = exact("\1\2\3\4", 4);
	struct wire_reader r = wire_reader_over(data, 4);
	struct wire_reader child = wire_get_child(&r, 2);

	ck_assert_uint_eq(wire_get_u32(&child), 0);
	ck_assert(wire_failed(&child));
	ck_assert_uint_eq(wire_get_u16(&r), 0x0304);
	ck_assert(!wire_failed(&r));
	child = wire_get_child(&r, 1);
	ck_assert(wire_failed(&child));
	ck_assert(wire_failed(&r));
}
END_TEST

START_TEST(writer_refuses_what_does_not_fit)
{
	uint8_t *data = exact("........", 8);
	struct wire_writer w = wire_writer_over(data, 8);
	uint8_t *len8, *len16;

	len16 = wire_put_len_u16(&w);
	len8 = wire_put_len_u8(&w);
	wire_put_u16(&w, 0x0102);
	wire_patch_u8(&w, len8);
	wire_patch_u16(&w, len16);
	ck_assert_mem_eq(data, "\0\3\2\1\2", 5);
	ck_assert_uint_eq(wire_written(&w), 5);
	wire_put_u32(&w, 1);
	ck_assert(w.failed);
	wire_put_u8(&w, 1);
	wire_patch_u16(&w, len16);
	ck_assert_uint_eq(wire_written(&w), 0);
	ck_assert_mem_eq(data + 5, "...", 3);
}
END_TEST

START_TEST(patch_refuses_a_length_too_long_for_its_field)
{
	uint8_t data[300] = {0};
	struct wire_writer w = wire_writer_over(data, sizeof(data));
	uint8_t *len = wire_put_len_u8(&w);

	wire_put_room(&w, 256);
	wire_patch_u8(&w, len);
	ck_assert(w.failed);
}
END_TEST

static const struct {
	const char *header;
	size_t max_len;
	int subcode; /* -1: fine */
	const char *data;
} headers[] = {
    {MARKER "001d 01", 4096, -1, ""},
    {MARKER "1000 01", 4096, -1, ""},
    {MARKER "1000 01", 65535, -1, ""},
    {MARKER "0017 02", 4096, -1, ""},
    {MARKER "ffff 02", 65535, -1, ""},
    {MARKER "0015 03", 4096, -1, ""},
    {MARKER "1001 03", 65535, -1, ""},
    {MARKER "0013 04", 4096, -1, ""},
    {MARKER "0017 05", 4096, -1, ""},
    {MARKER "1001 05", 65535, -1, ""},
    {"fffffffffffffffffffffffffffffffe 0013 04", 4096, 1, ""},
    {"00000000000000000000000000000000 0013 04", 4096, 1, ""},
    {MARKER "0012 04", 4096, 2, "0012"},
    {MARKER "0000 02", 4096, 2, "0000"},
    {MARKER "1001 02", 4096, 2, "1001"},
    {MARKER "ffff 09", 4096, 2, "ffff"},
    {MARKER "001c 01", 4096, 2, "001c"},
    {MARKER "1001 01", 65535, 2, "1001"}, /* RFC 8654 section 4: not OPEN */
    {MARKER "0016 02", 4096, 2, "0016"},
    {MARKER "0014 03", 4096, 2, "0014"},
    {MARKER "0014 04", 4096, 2, "0014"},
    {MARKER "1001 04", 65535, 2, "1001"}, /* nor KEEPALIVE */
    {MARKER "0013 00", 4096, 3, "00"},
    {MARKER "0013 06", 4096, 3, "06"},
    {MARKER "0013 ff", 4096, 3, "ff"},
};

START_TEST(headers_are_judged)
{
	for (size_t i = 0; i < COUNT(headers); i++) {
		struct wire_error error = {0};
		struct msg_header header = {0};
		size_t len, data_len;
		uint8_t *bytes = hex(headers[i].header, &len);
		uint8_t *data = hex(headers[i].data, &data_len);
		bool fine = msg_decode_header(bytes, headers[i].max_len, &header, &error);

		ck_assert_msg(fine == (headers[i].subcode < 0), "%s", headers[i].header);
		if (fine) {
			ck_assert_uint_eq(header.len, wire_load_u16(bytes + 16));
			ck_assert_uint_eq(header.type, bytes[18]);
		} else {
			ck_assert_uint_eq(error.code, 1);
			ck_assert_int_eq(error.subcode, headers[i].subcode);
			ck_assert_uint_eq(error.data_len, data_len);
			ck_assert(data_len == 0 || memcmp(error.data, data, data_len) == 0);
		}
	}
}
END_TEST

START_TEST(keepalive)
{
	uint8_t out[MSG_HEADER_BYTES];
	struct wire_error error;
	struct msg_header header;
	size_t len;
	uint8_t *wanted = hex(MARKER "0013 04", &len);

	ck_assert_uint_eq(msg_encode_keepalive(out, sizeof(out)), len);
	ck_assert_mem_eq(out, wanted, len);
	ck_assert(msg_decode_header(out, MSG_MAX_BYTES, &header, &error));
	ck_assert_uint_eq(msg_encode_keepalive(out, sizeof(out) - 1), 0);
}
END_TEST

START_TEST(names_and_families)
{
	enum family family;

	ck_assert_str_eq(msg_type_name(MSG_OPEN), "OPEN");
	ck_assert_str_eq(msg_type_name(MSG_ROUTE_REFRESH), "ROUTE-REFRESH");
	ck_assert_str_eq(msg_type_name(0), "unknown");
	ck_assert_str_eq(msg_type_name(6), "unknown");
	for (unsigned i = 0; i < FAMILY_COUNT; i++) {
		ck_assert(msg_family(msg_afi((enum family)i), 1, &family));
		ck_assert_uint_eq(family, i);
	}
	ck_assert(!msg_family(1, 2, &family));
	ck_assert(!msg_family(25, 1, &family));
	ck_assert_str_eq(msg_family_name(FAMILY_IPV4), "ipv4");
	ck_assert_str_eq(msg_family_name(FAMILY_IPV6), "ipv6");
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {reader_error_is_sticky, child_moves_its_parent_first,
	    writer_refuses_what_does_not_fit, patch_refuses_a_length_too_long_for_its_field,
	    headers_are_judged, keepalive, names_and_families};

	return run_suite("wire/msg", tests, COUNT(tests));
}
