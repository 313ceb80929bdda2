/*
 * For tests of the readers of single sections: a loader with a report, a pool and a YAML text.
 */
#ifndef TESTS_UNIT_CONF_FIXTURE_H
#define TESTS_UNIT_CONF_FIXTURE_H

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bgpd/conf/load.h"
#include "bgpd/conf/pool.h"

static char fixture_path[] = "/tmp/test_conf_section.XXXXXX";
static struct conf_report report;
static struct loader loader;
static struct source *source;
static struct tree *tree;
static struct pool pool;
static struct policy_general general;
static struct policy_config view; /* of the pool */

static void
fixture_begin(void)
{
	conf_report_init(&report);
	memset(&loader, 0, sizeof(loader));
	loader.report = &report;
	loader.path = fixture_path;
	pool_init(&pool);
	memset(&general, 0, sizeof(general));
	source = NULL;
	tree = NULL;
}

static void
fixture_end(void)
{
	if (tree != NULL)
		tree_free(tree);
	if (source != NULL)
		source_free(source);
	pool_fini(&pool);
	conf_report_fini(&report);
}

static void
setup(void)
{
	strcpy(fixture_path + sizeof(fixture_path) - 7, "XXXXXX");
	close(mkstemp(fixture_path));
	fixture_begin();
}

static void
teardown(void)
{
	fixture_end();
	unlink(fixture_path);
}

/* The root of a text; forgets what was loaded before. */
static const struct node *
parse(const char *text)
{
	FILE *file = fopen(fixture_path, "w");

	fixture_end();
	fixture_begin();
	ck_assert_ptr_nonnull(file);
	fputs(text, file);
	fclose(file);
	source = source_read(fixture_path, fixture_path, 0, 0, &report);
	ck_assert_ptr_nonnull(source);
	tree = tree_parse(source, &report);
	ck_assert_ptr_nonnull(tree);
	return tree_root(tree);
}

/* Complains with the first note where there is any. */
static void
no_complaint(void)
{
	ck_assert_msg(report.count == 0, "line %u: %s", report.count > 0 ? report.notes[0].line : 0,
	    report.count > 0 ? report.notes[0].text : "");
}

/* Policy would take what has been read. */
static void
sound(void)
{
	const char *error;

	pool_view(&pool, &view);
	view.general = &general;
	general.rs_as = 64500;
	error = policy_config_error(&view);
	ck_assert_msg(error == NULL, "%s", error);
}

/* Note i is at the line and holds the text. */
static void
complaint(size_t i, unsigned line, const char *text)
{
	ck_assert_uint_lt(i, report.count);
	ck_assert_msg(strstr(report.notes[i].text, text) != NULL, "\"%s\" is not in \"%s\"", text,
	    report.notes[i].text);
	ck_assert_uint_eq(report.notes[i].line, line);
}

/* Runs a suite of one case with the fixture. */
static int
run(TCase *tcase, const char *name)
{
	Suite *suite = suite_create(name);
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tcase, setup, teardown);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

#endif
