/* Unit tests of bgpd/wire/nlri.h. */
#include "bgpd/wire/nlri.h"

#include "tests/unit/wire/suite.h"

static struct nlri_cursor
over(const char *text, enum family family, bool add_path)
{
	size_t len;
	uint8_t *data = hex(text, &len);

	return nlri_over(data, len, family, add_path);
}

/* The run as text: "192.0.2.0/24 10.0.0.0/8@7". */
static void
show(struct nlri_cursor c, char *out, size_t cap)
{
	struct prefix p;
	uint32_t id;
	size_t at = 0;

	out[0] = '\0';
	while (nlri_next(&c, &p, &id)) {
		char text[PREFIX_TEXT_MAX];

		ck_assert(prefix_is_valid(&p));
		prefix_format(&p, text);
		at += (size_t)snprintf(out + at, cap - at, "%s%s", at == 0 ? "" : " ", text);
		if (c.add_path)
			at += (size_t)snprintf(out + at, cap - at, "@%u", id);
	}
}

static const struct {
	const char *bytes;
	enum family family;
	bool add_path;
	const char *text;
	size_t count;
} good[] = {
    {"", FAMILY_IPV4, false, "", 0},
    {"", FAMILY_IPV6, true, "", 0},
    {"00", FAMILY_IPV4, false, "0.0.0.0/0", 1},
    {"18 c00002 08 0a", FAMILY_IPV4, false, "192.0.2.0/24 10.0.0.0/8", 2},
    {"20 c0000201", FAMILY_IPV4, false, "192.0.2.1/32", 1},
    {"01 ff 17 c00003", FAMILY_IPV4, false, "128.0.0.0/1 192.0.2.0/23", 2}, /* host bits set */
    {"1f ffffffff", FAMILY_IPV4, false, "255.255.255.254/31", 1},
    {"00000007 08 0a 00000000 00", FAMILY_IPV4, true, "10.0.0.0/8@7 0.0.0.0/0@0", 2},
    {"ffffffff 20 c0000201", FAMILY_IPV4, true, "192.0.2.1/32@4294967295", 1},
    {"20 20010db8 00", FAMILY_IPV6, false, "2001:db8::/32 ::/0", 2},
    {"80 20010db8000000000000000000000001", FAMILY_IPV6, false, "2001:db8::1/128", 1},
    {"1d 20010dbf", FAMILY_IPV6, false, "2001:db8::/29", 1},
    {"00000001 30 20010db80001", FAMILY_IPV6, true, "2001:db8:1::/48@1", 1},
};

START_TEST(good_runs)
{
	for (size_t i = 0; i < COUNT(good); i++) {
		struct nlri_cursor c = over(good[i].bytes, good[i].family, good[i].add_path);
		char text[200];
		size_t count = 99;

		ck_assert_msg(nlri_verify(c, &count), "%s", good[i].bytes);
		ck_assert_uint_eq(count, good[i].count);
		ck_assert(nlri_is_empty(&c) == (count == 0));
		show(c, text, sizeof(text));
		ck_assert_str_eq(text, good[i].text);
	}
}
END_TEST

static const struct {
	const char *bytes;
	enum family family;
	bool add_path;
} bad[] = {
    {"21 c000020100", FAMILY_IPV4, false},
    {"ff 00", FAMILY_IPV4, false},
    {"18 c000", FAMILY_IPV4, false},
    {"18", FAMILY_IPV4, false},
    {"18 c00002 01", FAMILY_IPV4, false},
    {"00000001", FAMILY_IPV4, true},
    {"000000", FAMILY_IPV4, true},
    {"00000001 18 c000", FAMILY_IPV4, true},
    {"00000001 21 c000020100", FAMILY_IPV4, true},
    {"81 20010db8000000000000000000000001 00", FAMILY_IPV6, false},
    {"80 20010db80000000000000000000000", FAMILY_IPV6, false},
};

START_TEST(bad_runs)
{
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct nlri_cursor c = over(bad[i].bytes, bad[i].family, bad[i].add_path);
		struct prefix p;
		uint32_t id;

		ck_assert_msg(!nlri_verify(c, NULL), "%s", bad[i].bytes);
		while (nlri_next(&c, &p, &id))
			ck_assert(prefix_is_valid(&p));
		ck_assert(!nlri_is_empty(&c));
	}
}
END_TEST

START_TEST(every_length_comes_back)
{
	for (unsigned family = 0; family < FAMILY_COUNT; family++) {
		for (unsigned len = 0; len <= prefix_max_len((enum family)family); len++) {
			struct prefix p = {.family = (uint8_t)family, .len = (uint8_t)len}, read;
			uint8_t out[NLRI_MAX_BYTES];
			struct nlri_cursor c;
			uint32_t id;
			size_t n;

			for (unsigned i = 0; i < len; i++)
				p.addr[i / 8] |= (uint8_t)(0x80 >> (i % 8));
			n = nlri_encode(&p, true, 0x01020304, out);
			ck_assert_uint_eq(n, nlri_bytes(&p, true));
			c = nlri_over(out, n, (enum family)family, true);
			ck_assert(nlri_verify(c, NULL));
			ck_assert(nlri_next(&c, &read, &id));
			ck_assert_uint_eq(id, 0x01020304);
			ck_assert_int_eq(prefix_compare(&p, &read), 0);
			ck_assert_uint_eq(nlri_encode(&p, false, 0, out), n - 4);
			ck_assert_uint_eq(nlri_bytes(&p, false), n - 4);
		}
	}
}
END_TEST

START_TEST(zero_cursor_is_empty)
{
	struct nlri_cursor c = {0};
	struct prefix p;
	uint32_t id;
	size_t count;

	ck_assert(nlri_is_empty(&c));
	ck_assert(nlri_verify(c, &count));
	ck_assert_uint_eq(count, 0);
	ck_assert(!nlri_next(&c, &p, &id));
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
	    good_runs, bad_runs, every_length_comes_back, zero_cursor_is_empty};

	return run_suite("wire/nlri", tests, COUNT(tests));
}
