/* Unit tests of bgpd/utf8.h: foreign text for displays, and where it may be cut. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "bgpd/utf8.h"

static const struct {
	const char *text;
	size_t size;
	const char *clean;
	bool was_clean;
} texts[] = {
    {"", 1, "", true},
    {"back at six", 20, "back at six", true},
    {"Z\xc3\xbcrich \xe2\x82\xac \xf0\x9f\x98\x80", 32,
	"Z\xc3\xbcrich \xe2\x82\xac \xf0\x9f\x98\x80", true},
    {"a\nb\x1b[31m\x7f", 32, "a?b?[31m?", false},
    {"\xc2\x9b\x41", 16, "?A", false},		  /* C1: an order to the terminal */
    {"\xe2\x80\xae\x61", 16, "?a", false},	  /* runs right to left */
    {"\xc0\x80\xed\xa0\x80", 16, "?????", false}, /* no shortest form, a surrogate */
    {"a\xc3", 16, "a?", false},			  /* ends in the middle of a character */
    {"abcdef", 4, "abc", true},			  /* no terminating zero in its octets */
    {"ab\xc3\xa4zz", 4, "ab", true}, /* cut there, too: the character's other half is gone */
    {"ab\xff\xa4zz", 4, "ab?", false},
    {"a\xe2\x82\xac", 4, "a", true},
};

START_TEST(foreign_text_is_disarmed)
{
	char octets[64];
	bool was_clean;

	memset(octets, 'z', sizeof(octets));
	memcpy(octets, texts[_i].text, strlen(texts[_i].text) + 1);
	was_clean = utf8_disarm(octets, texts[_i].size);
	ck_assert_str_eq(octets, texts[_i].clean);
	ck_assert_int_eq(was_clean, texts[_i].was_clean);
	ck_assert_uint_lt(strlen(octets), texts[_i].size);
}
END_TEST

START_TEST(text_is_cut_between_characters)
{
	const char *text = "a\xc3\xa4\xe2\x82\xac";
	static const size_t lengths[] = {0, 1, 1, 3, 3, 3, 6, 6};

	for (size_t max = 0; max < sizeof(lengths) / sizeof(lengths[0]); max++)
		ck_assert_uint_eq(utf8_cut(text, max), lengths[max]);
	ck_assert_uint_eq(utf8_cut("", 5), 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("utf8");
	TCase *tcase = tcase_create("utf8");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(
	    tcase, foreign_text_is_disarmed, 0, (int)(sizeof(texts) / sizeof(texts[0])));
	tcase_add_test(tcase, text_is_cut_between_characters);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
