/*
 * The egress log with one writer and several readers at once: threads that share one mapping, so
 * that ThreadSanitizer sees them, and processes with their own; slow, stopped and killed readers.
 * Every octet of a block follows from its number, so each reader checks all that it reads.
 */
#include <check.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bgpd/ipc/log.h"
#include "bgpd/ipc/log_shared.h"
#include "bgpd/ipc/memfd.h"
#include "bgpd/ipc/session_table.h"
#include "bgpd/ipc/wake.h"
#include "tests/unit/ipc/helper.h"

#define READERS	  4u
#define SET_WORDS 5u

/* A block as its number says. */
struct spec {
	struct log_block block;
	size_t len;
	uint64_t set[SET_WORDS];
};

static void
spec_of(uint32_t number, struct spec *s)
{
	uint64_t seed = number;

	*s = (struct spec){.block = {.arg = number, .class = (uint8_t)(number % 251)}};
	for (unsigned i = 0; i < SET_WORDS; i++)
		s->set[i] = random_next(&seed) & random_next(&seed);
	s->block.nwords = (uint16_t)random_below(&seed, SET_WORDS + 1);
	s->block.words = s->set;
	if (random_below(&seed, 20) == 0) {
		s->block.kind = LOG_START;
		s->block.nwords = 0;
		s->block.slot = number;
		s->block.text = "why";
		return;
	}
	s->block.kind = LOG_ROUTES;
	s->len = 1 + random_below(&seed, random_below(&seed, 200) == 0 ? LOG_BLOCK_MAX : 600);
}

static bool
is_right(const struct log *l, const struct log_header *h, uint32_t number)
{
	struct spec s;
	const uint8_t *bytes;

	spec_of(number, &s);
	if (h->arg != number || h->kind != s.block.kind || h->class != s.block.class ||
	    h->nwords != s.block.nwords || h->len != s.len ||
	    memcmp(h->words, s.set, h->nwords * sizeof(uint64_t)) != 0 ||
	    strcmp(log_text(h), s.block.text == NULL ? "" : "why") != 0)
		return false;
	bytes = log_bytes(l, h);
	for (size_t i = 0; i < s.len; i++)
		if (bytes[i] != (uint8_t)(number * 7))
			return false;
	return true;
}

/* ---- a reader, as a worker is one ---- */

struct reader {
	struct log *log;
	struct session_table *table;
	int wake;
	uint32_t last; /* the number at which it stops */
	bool is_slow;
	bool is_gone; /* killed: rib counts with it no more */
	uint64_t sleeps;
	bool failed;
	pthread_t thread;
	pid_t pid;
};

/* Waits for more than `head`; false if nobody woke us. */
static bool
sleep_until_more(struct reader *r, uint64_t head)
{
	session_table_sleep(r->table);
	if (log_head_acquire(r->log) == head) {
		r->sleeps++;
		if (!wait_readable(r->wake))
			return false;
		wake_drain(r->wake);
	}
	session_table_awake(r->table);
	return true;
}

static void *
read_all(void *arg)
{
	struct reader *r = arg;
	uint64_t position = 0;
	uint32_t number = 0;

	while (number < r->last) {
		uint64_t head = log_head_acquire(r->log);
		const struct log_header *h = log_header_at(r->log, &position);

		session_table_set_released(r->table, position);
		if (h == NULL) {
			if (sleep_until_more(r, head))
				continue;
			r->failed = true;
			break;
		}
		if (!is_right(r->log, h, number++)) {
			r->failed = true;
			break;
		}
		position = log_next(h, position);
		if (r->is_slow && number % 256 == 0)
			usleep(1000);
	}
	session_table_set_released(r->table, UINT64_MAX); /* needs nothing any more */
	return NULL;
}

/* ---- the writer, as rib is one ---- */

struct writer {
	struct log *log;
	struct reader readers[READERS];
	uint32_t number;       /* of the next block */
	uint64_t without_room; /* how often there was no room */
};

static void
release_what_is_read(struct writer *w)
{
	uint64_t released = UINT64_MAX;

	for (unsigned i = 0; i < READERS; i++) {
		uint64_t at = session_table_released(w->readers[i].table);

		if (!w->readers[i].is_gone && at < released)
			released = at;
	}
	log_release(w->log, released);
}

static void
publish(struct writer *w)
{
	log_publish(w->log);
	for (unsigned i = 0; i < READERS; i++)
		if (session_table_is_due(w->readers[i].table))
			wake_send(w->readers[i].wake);
}

/* Appends the next block; false if there is no room. */
static bool
append_next(struct writer *w)
{
	struct spec s;

	spec_of(w->number, &s);
	if (s.len > 0) {
		uint8_t *bytes = log_reserve(w->log, s.len, s.block.nwords);

		if (bytes == NULL)
			return false;
		memset(bytes, (int)(w->number * 7 & 0xff), s.len);
	}
	if (!log_append(w->log, &s.block, s.len))
		return false;
	w->number++;
	return true;
}

static void
write_until(struct writer *w, uint32_t last)
{
	uint64_t seed = 17;

	while (w->number < last) {
		if (!append_next(w)) {
			publish(w);
			release_what_is_read(w);
			w->without_room++;
			usleep(50);
			continue;
		}
		if (random_below(&seed, 8) == 0)
			publish(w);
		if (random_below(&seed, 64) == 0)
			release_what_is_read(w);
		if (random_below(&seed, 4096) == 0)
			usleep(2000); /* all readers come to the head and sleep */
	}
	publish(w);
}

static void
set_up(struct writer *w, size_t size, uint32_t last, int *fd)
{
	memset(w, 0, sizeof(*w));
	*fd = log_create(size);
	w->log = log_map_writer(*fd);
	ck_assert_ptr_nonnull(w->log);
	for (unsigned i = 0; i < READERS; i++) {
		struct reader *r = &w->readers[i];
		int table = session_table_create(4);

		/* One mapping for both sides, again for ThreadSanitizer. */
		r->table = session_table_map_writer(table);
		ck_assert_ptr_nonnull(r->table);
		r->wake = wake_new();
		r->last = last;
	}
}

static void
tear_down(struct writer *w, int fd)
{
	for (unsigned i = 0; i < READERS; i++) {
		session_table_unmap(w->readers[i].table);
		close(w->readers[i].wake);
	}
	log_unmap(w->log);
	close(fd);
}

/* ---- threads ---- */

static void
run_threads(size_t size, uint32_t blocks, unsigned slow)
{
	struct writer w;
	uint64_t sleeps = 0;
	int fd;

	set_up(&w, size, blocks, &fd);
	for (unsigned i = 0; i < READERS; i++) {
		struct reader *r = &w.readers[i];

		r->log = log_borrow(w.log);
		r->is_slow = i < slow;
		ck_assert_int_eq(pthread_create(&r->thread, NULL, read_all, r), 0);
	}
	write_until(&w, blocks);
	for (unsigned i = 0; i < READERS; i++) {
		ck_assert_int_eq(pthread_join(w.readers[i].thread, NULL), 0);
		ck_assert(!w.readers[i].failed);
		sleeps += w.readers[i].sleeps;
		log_unmap(w.readers[i].log);
	}
	ck_assert_uint_gt(sleeps, 0);
	ck_assert(slow == 0 || w.without_room > 0);
	/* Headers alone have been around the page table. */
	ck_assert_uint_gt(log_head_acquire(w.log), size);
	tear_down(&w, fd);
}

START_TEST(test_threads)
{
	run_threads(10 * LOG_CHUNK, ROUNDS(400000), 0);
}
END_TEST

/* The slow one holds the tail in a small log: there is no room, and nothing is overwritten. */
START_TEST(test_slow_reader)
{
	run_threads(LOG_CHUNKS_MIN * LOG_CHUNK, ROUNDS(400000), 1);
}
END_TEST

/* ---- processes ---- */

/* A worker of its own: maps its table, and the log through a read-only descriptor. Never returns.
 */
static void
be_reader(struct reader *r, int log_fd, int table)
{
	r->log = log_map_reader(memfd_read_only(log_fd));
	r->table = session_table_map_writer(table);
	if (r->log == NULL || r->table == NULL)
		_exit(2);
	read_all(r);
	_exit(r->failed ? 1 : 0);
}

static void
fork_readers(struct writer *w, int log_fd)
{
	for (unsigned i = 0; i < READERS; i++) {
		struct reader *r = &w->readers[i];
		int table = session_table_create(4);

		r->pid = fork();
		ck_assert_int_ne(r->pid, -1);
		if (r->pid == 0)
			be_reader(r, log_fd, table);
		session_table_unmap(r->table);
		r->table = session_table_map_reader(table);
		close(table);
	}
}

static void
expect_good_end(const struct reader *r)
{
	int status;

	ck_assert_int_eq(waitpid(r->pid, &status, 0), r->pid);
	ck_assert_int_eq(status, 0);
}

START_TEST(test_processes)
{
	struct writer w;
	int fd;

	set_up(&w, 16 * LOG_CHUNK, ROUNDS(100000), &fd);
	fork_readers(&w, fd);
	write_until(&w, ROUNDS(100000));
	for (unsigned i = 0; i < READERS; i++)
		expect_good_end(&w.readers[i]);
	tear_down(&w, fd);
}
END_TEST

/*
 * A stopped worker: the writer comes to the end of the room, without waiting anywhere; when the
 * worker goes on it still finds what it has not read. A killed one: somebody says so, and the log
 * goes on without it.
 */
START_TEST(test_stopped_and_killed_reader)
{
	struct writer w;
	uint32_t last = ROUNDS(100000);
	int fd, status;

	set_up(&w, 16 * LOG_CHUNK, last, &fd);
	fork_readers(&w, fd);
	write_until(&w, last / 10);
	ck_assert_int_eq(kill(w.readers[0].pid, SIGSTOP), 0);
	ck_assert_int_eq(waitpid(w.readers[0].pid, &status, WUNTRACED), w.readers[0].pid);
	for (unsigned tries = 0; tries < 1000; tries++) {
		while (w.number < last / 2 && append_next(&w))
			;
		publish(&w);
		release_what_is_read(&w);
	}
	ck_assert_uint_eq(log_room(w.log), 0);
	ck_assert_uint_lt(w.number, last / 2);
	ck_assert_int_eq(kill(w.readers[0].pid, SIGCONT), 0);
	write_until(&w, last / 2);

	ck_assert_int_eq(kill(w.readers[3].pid, SIGKILL), 0);
	ck_assert_int_eq(waitpid(w.readers[3].pid, &status, 0), w.readers[3].pid);
	w.readers[3].is_gone = true; /* as WORKER_DIED would say */
	write_until(&w, last);
	for (unsigned i = 0; i < READERS - 1; i++)
		expect_good_end(&w.readers[i]);
	tear_down(&w, fd);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("log_readers");
	TCase *tc = tcase_create("together");
	SRunner *runner = srunner_create(s);
	int failed;

	suite_add_tcase(s, tc);
	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, test_threads);
	tcase_add_test(tc, test_slow_reader);
	tcase_add_test(tc, test_processes);
	tcase_add_test(tc, test_stopped_and_killed_reader);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
