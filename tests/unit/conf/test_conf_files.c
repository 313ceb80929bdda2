/*
 * The files of tests/conf: those in good load, with exactly the warnings of NAME.expected (none
 * where there is no such file); those in bad are refused with exactly its lines.
 */
#include <check.h>
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bgpd/conf/conf.h"

#define FILES_MAX 256

struct files {
	char *names[FILES_MAX];
	size_t count;
};

static struct files good, bad;

static int
is_yaml(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);

	return len > 4 && strcmp(entry->d_name + len - 4, ".yml") == 0;
}

static void
list_files(const char *folder, struct files *files)
{
	struct dirent **entries;
	int i, count = scandir(folder, &entries, is_yaml, alphasort);

	if (count < 1 || count > FILES_MAX) {
		fprintf(stderr, "%s: no test files; run this from the project's root\n", folder);
		exit(EXIT_FAILURE);
	}
	for (i = 0; i < count; i++) {
		files->names[files->count++] = strdup(entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
}

/* The content of NAME.expected beside NAME.yml; "" where there is none. The caller frees it. */
static char *
read_expected(const char *name)
{
	char path[512], *text = calloc(1, 65536);
	FILE *file;

	snprintf(path, sizeof(path), "%.*s.expected", (int)strlen(name) - 4, name);
	file = fopen(path, "r");
	if (file != NULL) {
		ck_assert_uint_lt(fread(text, 1, 65535, file), 65535);
		fclose(file);
	}
	return text;
}

static struct conf *
load_in(const char *folder, const char *name, char **printed, char **expected)
{
	struct conf_report report;
	struct conf *conf;
	size_t size;
	FILE *out;

	ck_assert_int_eq(chdir(folder), 0);
	conf_report_init(&report);
	conf = conf_load(name, "main", &report);
	out = open_memstream(printed, &size);
	conf_report_print(&report, out);
	fclose(out);
	ck_assert_int_eq(conf == NULL, report.errors > 0);
	conf_report_fini(&report);
	*expected = read_expected(name);
	return conf;
}

START_TEST(good_file_loads)
{
	char *printed, *expected;
	struct conf *conf = load_in("tests/conf/good", good.names[_i], &printed, &expected);

	ck_assert_msg(conf != NULL, "%s was refused: %s", good.names[_i], printed);
	ck_assert_str_eq(printed, expected);
	conf_free(conf);
	free(printed);
	free(expected);
}
END_TEST

START_TEST(bad_file_is_refused)
{
	char *printed, *expected;
	struct conf *conf = load_in("tests/conf/bad", bad.names[_i], &printed, &expected);

	ck_assert_msg(conf == NULL, "%s was accepted", bad.names[_i]);
	ck_assert_str_ne(expected, "");
	ck_assert_str_eq(printed, expected);
	free(printed);
	free(expected);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("configuration files");
	TCase *tcase = tcase_create("files");
	SRunner *runner;
	int failed;

	list_files("tests/conf/good", &good);
	list_files("tests/conf/bad", &bad);
	tcase_add_loop_test(tcase, good_file_loads, 0, (int)good.count);
	tcase_add_loop_test(tcase, bad_file_is_refused, 0, (int)bad.count);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	while (good.count > 0)
		free(good.names[--good.count]);
	while (bad.count > 0)
		free(bad.names[--bad.count]);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
