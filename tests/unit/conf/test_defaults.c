/*
 * Defaults that depend on whose file is read: AS_SETs are rejected by ours, not by ARouteServer's.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bgpd/conf/conf.h"

static struct conf_report report;

static void
setup(void)
{
	conf_report_init(&report);
}

static void
teardown(void)
{
	conf_report_fini(&report);
}

#define FILTERED_ALONE (GENERAL_REJECT_AS_SET | GENERAL_AS_SET_IF_FILTERED)

static const struct {
	bool is_arouteserver;
	const char *line;
	uint32_t flags;
	enum conf_origin origin;
} as_sets[] = {
    {true, "filtering: {max_as_path_len: 9}", 0, CONF_OF_DEFAULT},
    {true, "filtering: {reject_as_set: null}", 0, CONF_OF_DEFAULT},
    {true, "filtering: {reject_as_set: no}", 0, CONF_OF_GENERAL},
    {true, "filtering: {reject_as_set: yes}", GENERAL_REJECT_AS_SET, CONF_OF_GENERAL},
    {false, "passive: yes", FILTERED_ALONE, CONF_OF_DEFAULT},
    {false, "filters: none", FILTERED_ALONE, CONF_OF_DEFAULT},
    {false, "filtering: {max_as_path_len: 9}", FILTERED_ALONE, CONF_OF_DEFAULT},
    {false, "filtering: {reject_as_set: null}", FILTERED_ALONE, CONF_OF_DEFAULT},
    {false, "filtering: {reject_as_set: no}", 0, CONF_OF_GENERAL},
    {false, "filtering: {reject_as_set: yes}", GENERAL_REJECT_AS_SET, CONF_OF_GENERAL},
};

static enum conf_origin
origin_of(const struct conf *conf, const char *path)
{
	size_t i;

	for (i = 0; i < conf_origin_rows(); i++) {
		if (strcmp(conf_origin_name(i), path) == 0)
			return conf_origin(conf, 0, i);
	}
	ck_abort_msg("no row %s", path);
}

static struct conf *
load(bool is_arouteserver, const char *line)
{
	char path[] = "/tmp/test_defaults.XXXXXX", text[512];
	int fd = mkstemp(path);
	struct conf *conf;

	snprintf(text, sizeof(text),
	    "%s{rs_as: 64500, router_id: 192.0.2.1, %s}%s\n"
	    "clients: [{asn: 64501, ip: 192.0.2.11}]\n",
	    is_arouteserver ? "general: {cfg: " : "cfg: ", line, is_arouteserver ? "}" : "");
	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
	conf = conf_load(path, "main", &report);
	unlink(path);
	ck_assert_ptr_nonnull(conf);
	return conf;
}

START_TEST(as_sets_by_whose_file_it_is)
{
	struct conf *conf = load(as_sets[_i].is_arouteserver, as_sets[_i].line);
	struct policy_config policy;

	conf_policy(conf, &policy);
	ck_assert_uint_eq(policy.general->flags & FILTERED_ALONE, as_sets[_i].flags);
	ck_assert_int_eq(origin_of(conf, "cfg.filtering.reject_as_set"), as_sets[_i].origin);
	conf_free(conf);
}
END_TEST

/* What is off is noted. */
START_TEST(notes_say_that_they_are_not_rejected)
{
	static const char off[] = "AS_SET (RFC 9774, filtering.reject_as_set)";
	struct conf *conf = load(as_sets[_i].is_arouteserver, as_sets[_i].line);
	bool is_filtered =
	    as_sets[_i].is_arouteserver || strstr(as_sets[_i].line, "filtering") != NULL;
	size_t i, noted = 0;

	for (i = 0; i < report.count; i++)
		noted += strstr(report.notes[i].text, off) != NULL;
	ck_assert_uint_eq(noted, is_filtered && as_sets[_i].flags == 0);
	conf_free(conf);
}
END_TEST

int
main(void)
{
	const int count = sizeof(as_sets) / sizeof(as_sets[0]);
	Suite *suite = suite_create("defaults");
	TCase *tcase = tcase_create("by whose file it is");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, as_sets_by_whose_file_it_is, 0, count);
	tcase_add_loop_test(tcase, notes_say_that_they_are_not_rejected, 0, count);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
