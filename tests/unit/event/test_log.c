/*
 * Log lines: form, escaping, cutting, levels.
 */
#include <check.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bgpd/log.h"

/* 2026-11-23T11:00:00.123Z */
#define WALL_MS 1795431600123u

static const char *
body(struct log_line *line)
{
	line->text[line->len] = '\0';
	return line->text;
}

START_TEST(line_has_time_level_and_name)
{
	struct log_line line;

	log_begin(&line, LOG_LEVEL_WARNING, "session-down", WALL_MS);
	ck_assert_str_eq(body(&line), "2026-11-23T11:00:00.123Z warning session-down");
}
END_TEST

START_TEST(line_has_the_process)
{
	struct log_line line;

	log_init("worker-1", LOG_LEVEL_INFO);
	log_begin(&line, LOG_LEVEL_INFO, "x", WALL_MS);
	ck_assert_str_eq(body(&line), "2026-11-23T11:00:00.123Z info x in=worker-1");
	log_init(NULL, LOG_LEVEL_INFO);
	log_begin(&line, LOG_LEVEL_INFO, "x", WALL_MS);
	ck_assert_str_eq(body(&line), "2026-11-23T11:00:00.123Z info x");
}
END_TEST

static const struct {
	const char *value;
	const char *written;
} values[] = {
    {"plain", "plain"},
    {"192.0.2.0/24", "192.0.2.0/24"},
    {"", "\"\""},
    {NULL, "\"\""},
    {"two words", "\"two words\""},
    {"a=b", "\"a=b\""},
    {"say \"hi\"", "\"say \\\"hi\\\"\""},
    {"back\\slash", "\"back\\\\slash\""},
    {"line\nbreak", "\"line\\x0abreak\""},
    {"\x1b[31mred", "\"\\x1b[31mred\""},
    {"\x7f", "\"\\x7f\""},
    {"caf\xc3\xa9", "\"caf\xc3\xa9\""},
    {"\xf0\x9f\x98\x80", "\"\xf0\x9f\x98\x80\""},
    {"caf\xc3", "\"caf\\xc3\""},
    {"\xc3\xa9\xff", "\"\xc3\xa9\\xff\""},
    {"\xc2\x9b", "\"\\xc2\\x9b\""},	     /* C1 */
    {"\xe2\x80\xae", "\"\\xe2\\x80\\xae\""}, /* what follows runs right to left */
    {"\xed\xa0\x80", "\"\\xed\\xa0\\x80\""}, /* a surrogate */
    {"x as=1 reason=\"forged\"", "\"x as=1 reason=\\\"forged\\\"\""},
};

START_TEST(value_is_quoted_where_needed)
{
	struct log_line line;

	memset(&line, 0, sizeof(line));
	log_add_value(&line, values[_i].value);
	ck_assert_str_eq(body(&line), values[_i].written);
}
END_TEST

/* Writes the line into a pipe that stands for standard error; returns what came out. */
static size_t
written(struct log_line *line, char out[2 * LOG_LINE_MAX])
{
	int ends[2], saved = dup(STDERR_FILENO);
	ssize_t len;

	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_ge(dup2(ends[1], STDERR_FILENO), 0);
	log_end(line);
	ck_assert_int_ge(dup2(saved, STDERR_FILENO), 0);
	len = read(ends[0], out, 2 * LOG_LINE_MAX - 1);
	ck_assert_int_gt(len, 0);
	out[len] = '\0';
	close(ends[0]);
	close(ends[1]);
	close(saved);
	return (size_t)len;
}

START_TEST(long_line_is_cut_and_closed)
{
	char text[3000], out[2 * LOG_LINE_MAX];
	struct log_line line;
	size_t len;

	memset(text, 'a', sizeof(text));
	text[0] = ' ';
	text[sizeof(text) - 1] = '\0';
	log_begin(&line, LOG_LEVEL_INFO, "x", WALL_MS);
	log_add(&line, " reason=");
	log_add_value(&line, text);
	log_add(&line, " never=1");
	len = written(&line, out);
	ck_assert_uint_eq(len, LOG_LINE_MAX);
	ck_assert_str_eq(out + len - 6, "a...\"\n");
	ck_assert_ptr_eq(strchr(out, '\n'), out + len - 1);
	ck_assert_ptr_null(strstr(out, "never"));
}
END_TEST

START_TEST(escape_is_never_cut_in_half)
{
	char text[LOG_LINE_MAX], out[2 * LOG_LINE_MAX];
	struct log_line line;
	size_t pad, len;

	for (pad = 0; pad < 8; pad++) {
		memset(text, '\n', sizeof(text));
		memset(text, 'a', pad);
		text[sizeof(text) - 1] = '\0';
		log_begin(&line, LOG_LEVEL_INFO, "x", WALL_MS);
		log_add_value(&line, text);
		len = written(&line, out);
		ck_assert_uint_le(len, LOG_LINE_MAX);
		ck_assert_str_eq(out + len - 9, "\\x0a...\"\n");
	}
}
END_TEST

START_TEST(lost_lines_are_counted)
{
	struct log_line line;
	int saved = dup(STDERR_FILENO);
	uint64_t before = log_lost();

	log_begin(&line, LOG_LEVEL_INFO, "x", WALL_MS);
	close(STDERR_FILENO);
	log_end(&line);
	ck_assert_int_ge(dup2(saved, STDERR_FILENO), 0);
	close(saved);
	ck_assert_uint_eq(log_lost(), before + 1);
}
END_TEST

START_TEST(levels_have_names_and_an_order)
{
	enum log_level level;
	int i;

	for (i = 0; i < LOG_LEVEL_COUNT; i++) {
		ck_assert(log_level_parse(log_level_name((enum log_level)i), &level));
		ck_assert_int_eq((int)level, i);
	}
	ck_assert(!log_level_parse("loud", &level));
	log_set_level(LOG_LEVEL_WARNING);
	ck_assert_int_eq((int)log_get_level(), LOG_LEVEL_WARNING);
	ck_assert(log_is_on(LOG_LEVEL_WARNING));
	ck_assert(log_is_on(LOG_LEVEL_CRITICAL));
	ck_assert(!log_is_on(LOG_LEVEL_NOTICE));
	log_set_level(LOG_LEVEL_COUNT);
	ck_assert_int_eq((int)log_get_level(), LOG_LEVEL_WARNING);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("log");
	TCase *tcase = tcase_create("log");
	SRunner *runner;
	int failed;

	tcase_add_test(tcase, line_has_time_level_and_name);
	tcase_add_test(tcase, line_has_the_process);
	tcase_add_loop_test(
	    tcase, value_is_quoted_where_needed, 0, (int)(sizeof(values) / sizeof(values[0])));
	tcase_add_test(tcase, long_line_is_cut_and_closed);
	tcase_add_test(tcase, escape_is_never_cut_in_half);
	tcase_add_test(tcase, lost_lines_are_counted);
	tcase_add_test(tcase, levels_have_names_and_an_order);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
