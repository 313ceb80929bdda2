/*
 * The schema's rows are sound, found and suggested; its Markdown; UTF-8 and source texts.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bgpd/conf/conf.h"
#include "bgpd/conf/schema.h"
#include "bgpd/conf/source.h"
#include "bgpd/conf/value.h"
#include "bgpd/utf8.h"

START_TEST(rows_are_sound)
{
	char expected[256];
	size_t i, j;

	ck_assert_uint_gt(schema_count(), 50);
	for (i = 0; i < schema_count(); i++) {
		const struct schema_row *row = schema_row(i);

		ck_assert_str_ne(row->path, "");
		ck_assert_uint_ne(row->places, 0);
		ck_assert_msg(
		    row->type == VALUE_MAP || strlen(row->help) > 3, "%s has no help", row->path);
		ck_assert_msg(row->min <= row->max, "%s", row->path);
		ck_assert_msg(row->type != VALUE_WORD || row->words != NULL, "%s", row->path);
		value_expected(row, expected, sizeof(expected));
		ck_assert_uint_gt(strlen(expected), 3);
		for (j = 0; j < i; j++)
			ck_assert_msg(strcmp(schema_row(j)->path, row->path) != 0 ||
				(schema_row(j)->places & row->places) == 0,
			    "%s stands twice", row->path);
	}
	ck_assert_ptr_null(schema_row(schema_count()));
}
END_TEST

/* A row of a key inside of a mapping needs the mapping's row, or nobody ever comes to it. */
START_TEST(rows_can_be_reached)
{
	size_t i, len;
	char path[256];

	for (i = 0; i < schema_count(); i++) {
		const struct schema_row *row = schema_row(i);
		const char *dot = strrchr(row->path, '.');
		unsigned place;

		if (dot == NULL)
			continue;
		len = (size_t)(dot - row->path);
		memcpy(path, row->path, len);
		path[len] = '\0';
		for (place = SCHEMA_DAEMON; place <= SCHEMA_FEEDS; place <<= 1) {
			bool is_section = place == SCHEMA_DAEMON || place == SCHEMA_FEEDS;
			const struct schema_row *above =
			    schema_find(path, is_section ? SCHEMA_TOP : (enum schema_place)place);

			ck_assert_msg((row->places & place) == 0 ||
				(above != NULL && above->type == VALUE_MAP),
			    "%s: no mapping %s", row->path, path);
		}
	}
}
END_TEST

START_TEST(rows_are_found_at_their_place)
{
	ck_assert_ptr_nonnull(schema_find("daemon.port", SCHEMA_DAEMON));
	ck_assert_ptr_null(schema_find("daemon.port", SCHEMA_GENERAL));
	ck_assert_ptr_nonnull(schema_find("cfg.passive", SCHEMA_GENERAL));
	ck_assert_ptr_nonnull(schema_find("cfg.passive", SCHEMA_CLIENT));
	ck_assert_ptr_null(schema_find("cfg.rs_as", SCHEMA_CLIENT));
	ck_assert_ptr_nonnull(schema_find("feeds.irr", SCHEMA_FEEDS));
	ck_assert_ptr_nonnull(schema_find("asn", SCHEMA_COLLECTOR));
	ck_assert_ptr_null(schema_find("rtt", SCHEMA_COLLECTOR));
	ck_assert_ptr_null(schema_find("cfg.filtering.observe", SCHEMA_TOP));
	ck_assert_ptr_null(schema_find("", SCHEMA_GENERAL));
}
END_TEST

static const struct {
	const char *written;
	enum schema_place place;
	const char *meant; /* NULL = nothing is near */
} guesses[] = {
    {"daemon.prot", SCHEMA_DAEMON, "daemon.port"},
    {"daemon.worker", SCHEMA_DAEMON, "daemon.workers"},
    {"daemon.hold-time", SCHEMA_DAEMON, "daemon.hold_time"},
    {"daemon.holdtime", SCHEMA_DAEMON, "daemon.hold_time"},
    {"cfg.rs_sa", SCHEMA_GENERAL, "cfg.rs_as"},
    {"cfg.filtring", SCHEMA_GENERAL, "cfg.filtering"},
    {"cfg.filtering.nexthop", SCHEMA_GENERAL, "cfg.filtering.next_hop"},
    {"ips", SCHEMA_CLIENT, "ip"},
    {"as", SCHEMA_CLIENT, "asn"},
    {"passive", SCHEMA_CLIENT, "cfg.passive"},
    {"rs_as", SCHEMA_GENERAL, "cfg.rs_as"},
    {"daemon.nothing_like_it", SCHEMA_DAEMON, NULL},
    {"", SCHEMA_TOP, NULL},
    {"a-key-that-is-longer-than-forty-eight-characters-so-it-is-none", SCHEMA_TOP, NULL},
};

START_TEST(nearest_key_is_suggested)
{
	const char *guess = schema_nearest(guesses[_i].written, guesses[_i].place);

	if (guesses[_i].meant == NULL)
		ck_assert_msg(guess == NULL, "%s: %s", guesses[_i].written, guess);
	else
		ck_assert_pstr_eq(guess, guesses[_i].meant);
}
END_TEST

/* The table for docs/configuration.md has every key, and every line as many cells as its head. */
START_TEST(markdown_has_every_key)
{
	char *text, *line, *rest, cell[256];
	size_t size, i;
	FILE *out = open_memstream(&text, &size);

	conf_write_schema(out);
	fclose(out);
	for (i = 0; i < schema_count(); i++) {
		if (schema_row(i)->type == VALUE_MAP)
			continue;
		snprintf(cell, sizeof(cell), "| `%s` |", schema_row(i)->path);
		ck_assert_msg(strstr(text, cell) != NULL, "%s", cell);
	}
	ck_assert_ptr_nonnull(
	    strstr(text, "| `daemon.port` | a number from 1 to 65535 | 179 | yes |"));
	for (line = strtok_r(text, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest)) {
		size_t bars = 0;

		for (i = 0; line[0] == '|' && line[i] != '\0'; i++)
			bars += line[i] == '|';
		ck_assert_msg(bars == 0 || bars == 6, "%s", line);
	}
	free(text);
}
END_TEST

static const struct {
	const char *octets;
	size_t len;
	size_t consumed; /* 0 = not UTF-8 */
	uint32_t character;
} characters[] = {
    {"a", 1, 1, 'a'},
    {"\xc3\xbc", 2, 2, 0xfc},
    {"\xe2\x82\xac", 3, 3, 0x20ac},
    {"\xf0\x9f\x98\x80", 4, 4, 0x1f600},
    {"\xf4\x8f\xbf\xbf", 4, 4, 0x10ffff},
    {"\xc3", 1, 0, 0},		   /* cut */
    {"\xc3\x28", 2, 0, 0},	   /* no continuation */
    {"\x80", 1, 0, 0},		   /* continuation alone */
    {"\xc0\xaf", 2, 0, 0},	   /* overlong */
    {"\xe0\x80\xaf", 3, 0, 0},	   /* overlong */
    {"\xed\xa0\x80", 3, 0, 0},	   /* surrogate */
    {"\xf4\x90\x80\x80", 4, 0, 0}, /* behind the last */
    {"\xff", 1, 0, 0},
};

START_TEST(utf8_is_read_strictly)
{
	uint32_t character = 0;

	ck_assert_uint_eq(utf8_decode(characters[_i].octets, characters[_i].len, &character),
	    characters[_i].consumed);
	ck_assert_uint_eq(character, characters[_i].character);
}
END_TEST

static const struct {
	const char *text;
	size_t size;
	const char *cleaned;
} cleanings[] = {
    {"plain", 32, "plain"},
    {"  a \t b\n\nc  ", 32, "a b c"},
    {"\x1b[2J", 32, "?[2J"},
    {"a\xff\xfe"
     "b",
	32, "a??b"},
    {"\xe2\x80\xae"
     "rtl",
	32, "?rtl"},
    {"\xc3\xbc\xc3\xbc\xc3\xbc", 6, "\xc3\xbc\xc3\xbc"},
    {"abcdef", 4, "abc"},
    {"", 1, ""},
    {"x", 1, ""},
};

START_TEST(text_is_cleaned)
{
	char out[32];

	utf8_clean(cleanings[_i].text, out, cleanings[_i].size);
	ck_assert_str_eq(out, cleanings[_i].cleaned);
}
END_TEST

START_TEST(lines_remember_where_they_come_from)
{
	struct conf_report report;
	const struct source_file *file;
	struct source *source;
	unsigned line;

	conf_report_init(&report);
	source = source_read("tests/conf/good/include.yml", "", 0, 0, &report);
	ck_assert_ptr_nonnull(source);
	ck_assert_ptr_nonnull(strstr(source->text, "  filters: none\nclients:\n  - asn: 64501\n"));
	source_where(source, 0, &file, &line);
	ck_assert_str_eq(file->name, "tests/conf/good/include.yml");
	ck_assert_uint_eq(line, 1);
	source_where(source, 3, &file, &line);
	ck_assert_str_eq(file->name, "tests/conf/good/parts/filters.txt");
	ck_assert_uint_eq(line, 1);
	source_where(source, 6, &file, &line);
	ck_assert_str_eq(file->name, "tests/conf/good/parts/clients_list.txt");
	ck_assert_uint_eq(line, 2);
	source_where(source, 7, &file, &line);
	ck_assert_str_eq(file->name, "tests/conf/good/include.yml");
	ck_assert_uint_eq(line, 5);
	source_where(source, 1000, &file, &line);
	ck_assert_uint_eq(line, 6);
	source_free(source);
	conf_report_fini(&report);
}
END_TEST

static Suite *
schema_suite(void)
{
	Suite *suite = suite_create("schema");
	TCase *tcase = tcase_create("schema");

	tcase_add_test(tcase, rows_are_sound);
	tcase_add_test(tcase, rows_can_be_reached);
	tcase_add_test(tcase, rows_are_found_at_their_place);
	tcase_add_loop_test(
	    tcase, nearest_key_is_suggested, 0, (int)(sizeof(guesses) / sizeof(guesses[0])));
	tcase_add_test(tcase, markdown_has_every_key);
	tcase_add_loop_test(
	    tcase, utf8_is_read_strictly, 0, (int)(sizeof(characters) / sizeof(characters[0])));
	tcase_add_loop_test(
	    tcase, text_is_cleaned, 0, (int)(sizeof(cleanings) / sizeof(cleanings[0])));
	tcase_add_test(tcase, lines_remember_where_they_come_from);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	SRunner *runner = srunner_create(schema_suite());
	int failed;

	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
