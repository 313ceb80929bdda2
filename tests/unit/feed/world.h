/*
 * What the tests of data readers share: texts in memory are read as files, and the records that
 * came of them are looked at where they lie in the memfd.
 */
#ifndef TESTS_UNIT_FEED_WORLD_H
#define TESTS_UNIT_FEED_WORLD_H

#include <check.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bgpd/feed/feed.h"
#include "bgpd/feed/reader.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct world {
	struct feed_request request;
	struct feed_report report;
	struct reader reader;
	struct feed_file files[16];
	int fd;
	struct feed_map map;
	const struct policy_data *data; /* NULL where there were errors */
};

static inline void
world_init(struct world *w)
{
	memset(w, 0, sizeof(*w));
	w->request.files = w->files;
	w->request.now_s = 1800000000;
	feed_report_init(&w->report);
	reader_init(&w->reader, &w->request, &w->report);
	w->fd = -1;
}

/* Reads len octets as the next file; they lie in memory of exactly that length. */
static inline void
world_read_octets(struct world *w, enum feed_kind kind, const char *octets, size_t len)
{
	static const char *const paths[] = {
	    "file0", "file1", "file2", "file3", "file4", "file5", "file6", "file7"};
	struct feed_file *file = &w->files[w->request.file_count];
	char *copy = malloc(len == 0 ? 1 : len);

	ck_assert_ptr_nonnull(copy);
	ck_assert_uint_lt(w->request.file_count, COUNT(paths));
	memcpy(copy, octets, len);
	*file = (struct feed_file){kind, paths[w->request.file_count++]};
	reader_take(&w->reader, file, copy, len, w->request.now_s - 60);
	free(copy);
}

static inline void
world_read(struct world *w, enum feed_kind kind, const char *text)
{
	world_read_octets(w, kind, text, strlen(text));
}

/* Everything is read: data points at the records, or is NULL. */
static inline void
world_end(struct world *w)
{
	w->fd = reader_end(&w->reader);
	if (w->fd == -1) {
		ck_assert_uint_gt(w->report.notes.errors, 0);
		return;
	}
	ck_assert_uint_eq(w->report.notes.errors, 0);
	ck_assert_int_eq(feed_map(w->fd, &w->map), 0);
	w->data = &w->map.data;
}

static inline void
world_fini(struct world *w)
{
	if (w->data != NULL)
		feed_unmap(&w->map);
	if (w->fd != -1)
		close(w->fd);
	reader_fini(&w->reader);
	feed_report_fini(&w->report);
}

/* The note that has the text, or NULL. */
static inline const struct conf_note *
world_note(const struct world *w, const char *text)
{
	for (size_t i = 0; i < w->report.notes.count; i++)
		if (strstr(w->report.notes.notes[i].text, text) != NULL)
			return &w->report.notes.notes[i];
	return NULL;
}

/* Asserts that one note has the text, and where it stands; line 0 = the file as a whole. */
static inline void
world_says(const struct world *w, unsigned line, const char *text)
{
	const struct conf_note *note = world_note(w, text);

	for (size_t i = 0; note == NULL && i < w->report.notes.count; i++)
		fprintf(stderr, "%u: %s\n", w->report.notes.notes[i].line,
		    w->report.notes.notes[i].text);
	ck_assert_msg(note != NULL, "nobody says \"%s\"", text);
	ck_assert_uint_eq(note->line, line);
}

/* "192.0.2.0/24" */
static inline struct prefix
prefix_of(const char *text)
{
	struct prefix prefix;

	ck_assert_int_eq(prefix_parse(text, &prefix), 0);
	return prefix;
}

static inline const struct data_object *
world_object(const struct world *w, const char *name)
{
	for (uint32_t i = 0; i < w->data->object_count; i++)
		if (strcmp(w->data->text + w->data->objects[i].name, name) == 0)
			return &w->data->objects[i];
	return NULL;
}

/* Asserts the object's ASNs, as "1 2 3". */
static inline void
world_expands(const struct world *w, const char *name, const char *asns)
{
	const struct data_object *object = world_object(w, name);
	char text[512] = "";
	size_t len = 0;

	ck_assert_msg(object != NULL, "%s has no data", name);
	for (uint32_t i = 0; i < object->asns.count; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%u", i == 0 ? "" : " ",
		    w->data->asns[object->asns.first + i]);
	ck_assert_str_eq(text, asns);
}

struct loop_test {
	const TTest *test;
	int count; /* calls with 0 .. count - 1; 0 = one call */
};

/* Runs the tests; returns main()'s value. */
static inline int
run_suite(const char *name, const struct loop_test *tests, size_t n)
{
	Suite *suite = suite_create(name);
	TCase *tcase = tcase_create(name);
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_set_timeout(tcase, 60);
	for (size_t i = 0; i < n; i++)
		tcase_add_loop_test(
		    tcase, tests[i].test, 0, tests[i].count == 0 ? 1 : tests[i].count);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

#endif
