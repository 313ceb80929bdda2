/* Unit tests of rib/prefix.h. */
#include "rib/prefix.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static struct prefix
parsed(const char *text)
{
	struct prefix p;

	ck_assert_msg(prefix_parse(text, &p) == 0, "%s is not read", text);
	return p;
}

START_TEST(text_comes_back_as_it_was_read)
{
	static const char *const texts[] = {"0.0.0.0/0", "192.0.2.0/24", "10.0.0.0/8",
	    "255.255.255.255/32", "128.0.0.0/1", "192.0.2.128/25", "::/0", "2001:db8::/32",
	    "2001:db8::1/128", "2001:db8:0:1:1:1:1:1/128", "2001:0:0:1::/64", "fe80::/10",
	    "8000::/1"};
	char buf[PREFIX_TEXT_MAX];

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct prefix p = parsed(texts[i]);

		ck_assert(prefix_is_valid(&p));
		ck_assert_uint_eq(prefix_format(&p, buf), strlen(texts[i]));
		ck_assert_str_eq(buf, texts[i]);
	}
}
END_TEST

START_TEST(address_alone_is_a_host_prefix)
{
	struct prefix p = parsed("192.0.2.1");

	ck_assert_uint_eq(p.family, FAMILY_IPV4);
	ck_assert_uint_eq(p.len, 32);
	ck_assert_mem_eq(p.addr, "\xc0\x00\x02\x01\0\0\0\0\0\0\0\0\0\0\0\0", 16);
	p = parsed("2001:DB8:0::1");
	ck_assert_uint_eq(p.family, FAMILY_IPV6);
	ck_assert_uint_eq(p.len, 128);
}
END_TEST

START_TEST(longest_text_fits)
{
	struct prefix p = {.family = FAMILY_IPV6, .len = 128};
	char buf[PREFIX_TEXT_MAX];

	memset(p.addr, 0xff, sizeof(p.addr));
	ck_assert_uint_lt(prefix_format(&p, buf), sizeof(buf));
	ck_assert_str_eq(buf, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128");
}
END_TEST

START_TEST(bad_text_is_refused_and_leaves_the_result_alone)
{
	static const char *const texts[] = {"", "/", "/24", "192.0.2.0/", "192.0.2.0/33",
	    "192.0.2.1/24", "192.0.2/24", "192.0.2.0/024", "192.0.2.0/+24", "192.0.2.0/24 ",
	    " 192.0.2.0/24", "192.0.2.0/2a", "192.0.2.0/99999999999", "256.0.0.0/8",
	    "2001:db8::/129", "2001:db8::1/64", "2001:db8::/64/64", "2001:db8:::/64",
	    "1:2:3:4:5:6:7:8:9/128", "0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000/1",
	    "roost"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct prefix p, before;

		memset(&p, 0x5a, sizeof(p));
		before = p;
		ck_assert_msg(prefix_parse(texts[i], &p) == -1, "%s is read", texts[i]);
		ck_assert_mem_eq(&p, &before, sizeof(p));
	}
}
END_TEST

START_TEST(validity)
{
	struct prefix p = parsed("192.0.2.0/24");

	ck_assert(prefix_is_valid(&p));
	p.len = 22; /* bit 22 is set in octet 2 */
	ck_assert(!prefix_is_valid(&p));
	p.len = 33;
	ck_assert(!prefix_is_valid(&p));
	p.len = 24;
	p.addr[4] = 1; /* behind the family's size */
	ck_assert(!prefix_is_valid(&p));
	p.addr[4] = 0;
	p.family = FAMILY_COUNT;
	ck_assert(!prefix_is_valid(&p));
	p = parsed("2001:db8::1");
	p.len = 127;
	ck_assert(!prefix_is_valid(&p));
	p.len = 129;
	ck_assert(!prefix_is_valid(&p));
	ck_assert_uint_eq(prefix_max_len(FAMILY_IPV4), 32);
	ck_assert_uint_eq(prefix_max_len(FAMILY_IPV6), 128);
}
END_TEST

START_TEST(order_is_family_address_length)
{
	static const char *const texts[] = {"0.0.0.0/0", "10.0.0.0/8", "10.0.0.0/9", "10.0.0.0/32",
	    "10.0.0.1/32", "10.128.0.0/9", "192.0.2.0/24", "::/0", "2001:db8::/32", "2001:db8::/33",
	    "ffff::/16"};
	size_t n = sizeof(texts) / sizeof(texts[0]);

	for (size_t i = 0; i < n; i++) {
		for (size_t j = 0; j < n; j++) {
			struct prefix a = parsed(texts[i]), b = parsed(texts[j]);
			int order = prefix_compare(&a, &b);

			ck_assert_int_eq((order > 0) - (order < 0), (i > j) - (i < j));
		}
	}
}
END_TEST

START_TEST(cover)
{
	static const struct {
		const char *outer, *inner;
		bool covers;
	} cases[] = {
	    {"0.0.0.0/0", "255.0.0.0/8", true},
	    {"0.0.0.0/0", "::/0", false},
	    {"192.0.2.0/24", "192.0.2.0/24", true},
	    {"192.0.2.0/24", "192.0.2.128/25", true},
	    {"192.0.2.0/25", "192.0.2.128/25", false},
	    {"192.0.2.0/25", "192.0.2.0/24", false},
	    {"192.0.2.4/30", "192.0.2.7/32", true},
	    {"192.0.2.4/30", "192.0.2.8/32", false},
	    {"192.0.2.1/32", "192.0.2.1/32", true},
	    {"2001:db8::/29", "2001:dbf::/32", true},
	    {"2001:db8::/29", "2001:dc0::/32", false},
	    {"::1/128", "::1/128", true},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct prefix outer = parsed(cases[i].outer), inner = parsed(cases[i].inner);

		ck_assert_msg(prefix_covers(&outer, &inner) == cases[i].covers, "%s %s",
		    cases[i].outer, cases[i].inner);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("rib/prefix");
	TCase *tests = tcase_create("prefix");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(tests, text_comes_back_as_it_was_read);
	tcase_add_test(tests, address_alone_is_a_host_prefix);
	tcase_add_test(tests, longest_text_fits);
	tcase_add_test(tests, bad_text_is_refused_and_leaves_the_result_alone);
	tcase_add_test(tests, validity);
	tcase_add_test(tests, order_is_family_address_length);
	tcase_add_test(tests, cover);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
