/* The session table: whole rows however fast they change, and nothing foreign believed. */
#include <check.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bgpd/ipc/memfd.h"
#include "bgpd/ipc/session_table.h"
#include "tests/unit/ipc/helper.h"

#define SLOTS 3000u

static struct session_table *
new_table(int *fd)
{
	struct session_table *t;

	*fd = session_table_create(SLOTS);
	ck_assert_int_ne(*fd, -1);
	t = session_table_map_writer(*fd);
	ck_assert_ptr_nonnull(t);
	return t;
}

/* A row all of whose fields follow from one number. */
static void
row_of(uint64_t number, struct session_row *row)
{
	uint64_t *words = (uint64_t *)(void *)row;

	for (size_t i = 0; i < offsetof(struct session_row, last_error) / 8; i++)
		words[i] = number;
	row->state = (uint32_t)(number % SESSION_STATE_COUNT);
	memset(row->last_error, 'a' + (int)(number % 26), sizeof(row->last_error));
	memset(row->capabilities, 'a' + (int)(number % 26), sizeof(row->capabilities));
	row->last_error[sizeof(row->last_error) - 1] = '\0';
	row->capabilities[sizeof(row->capabilities) - 1] = '\0';
}

static bool
is_whole(const struct session_row *row)
{
	struct session_row want;

	row_of(row->since_s, &want);
	return memcmp(row, &want, sizeof(want)) == 0;
}

START_TEST(test_write_and_read)
{
	int fd;
	struct session_table *t = new_table(&fd), *rib = session_table_map_reader(fd);
	struct session_row row, got;
	struct worker_pulse pulse = {1, 2, 3, 4}, back;
	bool unread;

	ck_assert_uint_eq(session_table_slots(rib), SLOTS);
	ck_assert(!session_table_read(rib, 5, &got)); /* never written */
	row_of(12345, &row);
	session_table_write(t, 5, &row);
	ck_assert(session_table_read(rib, 5, &got));
	ck_assert_mem_eq(&row, &got, sizeof(row));
	ck_assert(!session_table_read(rib, 4, &got));
	ck_assert(!session_table_read(rib, SLOTS, &got));
	ck_assert(!session_table_read(rib, UINT32_MAX, &got));
	ck_assert_uint_eq(got.since_s, 0);

	session_table_set_cursor(t, SLOTS - 1, 4096, true);
	ck_assert_uint_eq(session_table_cursor(rib, SLOTS - 1, &unread), 4096);
	ck_assert(unread);
	session_table_set_cursor(t, SLOTS - 1, 4104, false);
	ck_assert_uint_eq(session_table_cursor(rib, SLOTS - 1, &unread), 4104);
	ck_assert(!unread);
	ck_assert_uint_eq(session_table_cursor(rib, SLOTS, &unread), 0);

	session_table_set_released(t, 8888);
	ck_assert_uint_eq(session_table_released(rib), 8888);
	session_table_set_pulse(t, &pulse);
	session_table_pulse(rib, &back);
	ck_assert_mem_eq(&pulse, &back, sizeof(pulse));
	session_table_unmap(t);
	session_table_unmap(rib);
	close(fd);
}
END_TEST

START_TEST(test_create)
{
	ck_assert_int_eq(session_table_create(0), -1);
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_int_eq(session_table_create(SESSION_TABLE_SLOTS_MAX + 1), -1);
	ck_assert_ptr_null(session_table_map_reader(STDIN_FILENO));
}
END_TEST

/* Somebody else reads whose input the worker died of. */
START_TEST(test_working_on)
{
	int fd;
	struct session_table *t = new_table(&fd), *parent = session_table_map_reader(fd);

	ck_assert_uint_eq(session_table_working_on(parent), SESSION_TABLE_NOBODY);
	session_table_set_working_on(t, 0);
	ck_assert_uint_eq(session_table_working_on(parent), 0);
	session_table_set_working_on(t, SLOTS - 1);
	ck_assert_uint_eq(session_table_working_on(parent), SLOTS - 1);
	session_table_set_working_on(t, SESSION_TABLE_NOBODY);
	ck_assert_uint_eq(session_table_working_on(parent), SESSION_TABLE_NOBODY);
	session_table_unmap(parent);
	session_table_unmap(t);
	close(fd);
}
END_TEST

START_TEST(test_sleep)
{
	int fd;
	struct session_table *t = new_table(&fd), *rib = session_table_map_reader(fd);

	ck_assert(!session_table_is_due(rib));
	session_table_sleep(t);
	ck_assert(session_table_is_due(rib));
	ck_assert(!session_table_is_due(rib));
	session_table_awake(t);
	ck_assert(!session_table_is_due(rib));
	session_table_sleep(t);
	ck_assert(session_table_is_due(rib));
	session_table_unmap(t);
	session_table_unmap(rib);
	close(fd);
}
END_TEST

START_TEST(test_foreign_row_is_cleaned)
{
	int fd;
	struct session_table *t = new_table(&fd);
	struct session_row row, got;

	memset(&row, 0xff, sizeof(row));
	memcpy(row.last_error, "\x1b[31mred\n\"quoted\"", 17);
	session_table_write(t, 0, &row);
	ck_assert(session_table_read(t, 0, &got));
	ck_assert_uint_eq(got.state, SESSION_IDLE);
	ck_assert_uint_eq(strlen(got.last_error), sizeof(got.last_error) - 1);
	ck_assert_int_eq(strncmp(got.last_error, "?[31mred?\"quoted\"?", 18), 0);
	ck_assert_uint_eq(strlen(got.capabilities), sizeof(got.capabilities) - 1);
	ck_assert_uint_eq(strspn(got.capabilities, "?"), sizeof(got.capabilities) - 1);
	/* What members say in their languages stays readable. */
	strcpy(row.last_error,
	    "bis 18 Uhr, Gr\xc3\xbc\xc3\x9f"
	    "e\xe2\x80\xae");
	session_table_write(t, 0, &row);
	ck_assert(session_table_read(t, 0, &got));
	ck_assert_str_eq(got.last_error,
	    "bis 18 Uhr, Gr\xc3\xbc\xc3\x9f"
	    "e?");
	session_table_unmap(t);
	close(fd);
}
END_TEST

/* ---- torn rows ---- */

struct writer {
	struct session_table *table;
	_Atomic bool stop;
};

static void *
write_rows(void *arg)
{
	struct writer *w = arg;
	struct session_row row;

	for (uint64_t i = 1; !atomic_load(&w->stop); i++) {
		row_of(i, &row);
		session_table_write(w->table, 1, &row);
		if (i % 64 == 0)
			usleep(1);
	}
	return NULL;
}

START_TEST(test_no_torn_row)
{
	int fd;
	struct writer w = {.table = new_table(&fd)};
	struct session_row row;
	unsigned whole = 0;
	uint64_t last = 0, changes = 0;
	pthread_t thread;

	ck_assert_int_eq(pthread_create(&thread, NULL, write_rows, &w), 0);
	for (int i = 0; i < ROUNDS(400000); i++) {
		if (!session_table_read(w.table, 1, &row))
			continue;
		whole++;
		ck_assert(is_whole(&row));
		ck_assert_uint_ge(row.since_s, last);
		changes += row.since_s != last;
		last = row.since_s;
	}
	atomic_store(&w.stop, true);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	ck_assert_uint_gt(whole, 100);
	ck_assert_uint_gt(changes, 10);
	session_table_unmap(w.table);
	close(fd);
}
END_TEST

/* A worker stopped in the middle of a row: rib says that it cannot read it, and goes on. */
START_TEST(test_stopped_worker)
{
	int fd, status;
	unsigned unreadable = 0, readable = 0;
	struct session_table *rib;
	struct session_row row;
	pid_t pid;

	fd = session_table_create(SLOTS);
	rib = session_table_map_reader(fd);
	pid = fork();
	if (pid == 0) {
		struct session_table *t = session_table_map_writer(fd);

		for (uint64_t i = 1;; i++) {
			row_of(i, &row);
			session_table_write(t, 1, &row);
		}
	}
	for (int i = 0; i < 300; i++) {
		usleep(200);
		ck_assert_int_eq(kill(pid, SIGSTOP), 0);
		ck_assert_int_eq(waitpid(pid, &status, WUNTRACED), pid);
		if (session_table_read(rib, 1, &row)) {
			readable++;
			ck_assert(is_whole(&row));
		} else {
			unreadable++;
			ck_assert_uint_eq(row.since_s, 0);
		}
		ck_assert_int_eq(kill(pid, SIGCONT), 0);
	}
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_uint_gt(readable, 0);
	ck_assert_uint_gt(unreadable, 0);
	session_table_unmap(rib);
	close(fd);
}
END_TEST

/* A worker that scribbles anywhere: reading ends, and what comes out can be shown. */
START_TEST(test_scribbled)
{
	int fd = session_table_create(64);
	struct session_table *rib = session_table_map_reader(fd);
	struct session_row row;
	size_t size = 64 * 512;
	uint64_t seed = 23, *map;
	unsigned read = 0;
	bool unread;

	map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	for (int i = 0; i < ROUNDS(100000); i++) {
		map[8 + random_below(&seed, size / 8 - 8)] = random_next(&seed);
		uint32_t slot = (uint32_t)random_below(&seed, 64);

		if (session_table_read(rib, slot, &row)) {
			read++;
			ck_assert_uint_lt(row.state, SESSION_STATE_COUNT);
			ck_assert_uint_lt(
			    strnlen(row.last_error, SESSION_ERROR_MAX), SESSION_ERROR_MAX);
			ck_assert_uint_lt(strnlen(row.capabilities, SESSION_CAPABILITIES_MAX),
			    SESSION_CAPABILITIES_MAX);
		}
		ck_assert_uint_eq(session_table_cursor(rib, slot, &unread) % 8, 0);
		session_table_is_due(rib);
	}
	ck_assert_uint_gt(read, 100);
	munmap(map, size);
	session_table_unmap(rib);
	close(fd);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("session_table");
	TCase *tc = tcase_create("session_table");
	SRunner *runner = srunner_create(s);
	int failed;

	suite_add_tcase(s, tc);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, test_create);
	tcase_add_test(tc, test_write_and_read);
	tcase_add_test(tc, test_working_on);
	tcase_add_test(tc, test_sleep);
	tcase_add_test(tc, test_foreign_row_is_cleaned);
	tcase_add_test(tc, test_no_torn_row);
	tcase_add_test(tc, test_stopped_worker);
	tcase_add_test(tc, test_scribbled);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
