/*
 * The ingress ring: contract, real concurrency between threads and processes, a stopped, a killed
 * and a hostile worker. Threads share one mapping, so that ThreadSanitizer sees them.
 */
#include <check.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bgpd/ipc/ring.h"
#include "bgpd/ipc/wake.h"
#include "tests/unit/ipc/helper.h"

#define SIZE	65536u
#define PAGE	4096u
#define HEAD_AT 64u /* where head lies in the first page; test_layout checks it */

enum { PAD = 2, RECORD = 1 };

static struct ring *
new_ring(size_t size, unsigned slots, int *fd)
{
	struct ring *r;

	*fd = ring_create(size, slots);
	ck_assert_int_ne(*fd, -1);
	r = ring_map(*fd);
	ck_assert_ptr_nonnull(r);
	return r;
}

/* ---- a record that can be checked: its length and every octet follow from its number ---- */

static size_t
record_len(uint64_t number, size_t max)
{
	uint64_t seed = number;
	uint64_t dice = random_below(&seed, 100);
	size_t bound = dice < 80 ? 100 : dice < 99 ? max / 16 : max - 8;

	return 8 + (size_t)random_below(&seed, bound + 1);
}

static void
fill(uint8_t *record, size_t len, uint64_t number)
{
	memcpy(record, &number, 8);
	memset(record + 8, (int)(number * 7 & 0xff), len - 8);
}

static bool
is_right(const uint8_t *record, size_t len, uint64_t number, size_t max)
{
	uint64_t found;

	if (len != record_len(number, max))
		return false;
	memcpy(&found, record, 8);
	if (found != number)
		return false;
	for (size_t i = 8; i < len; i++)
		if (record[i] != (uint8_t)(number * 7))
			return false;
	return true;
}

/* ---- both sides with their real sleeping and waking ---- */

struct sides {
	struct ring *ring;
	int consumer_wake, producer_wake;
	uint64_t records;
	bool is_lazy; /* pause, so that the other side sleeps */
	uint64_t consumer_sleeps, producer_sleeps;
	bool failed;
};

static void *
reserve_or_wait(struct sides *s, size_t len)
{
	for (;;) {
		uint64_t seen = ring_released(s->ring);
		void *record = ring_reserve(s->ring, len, RING_DATA);

		if (record != NULL)
			return record;
		if (!ring_wait_room(s->ring, seen))
			continue;
		s->producer_sleeps++;
		if (!wait_readable(s->producer_wake))
			return NULL;
		wake_drain(s->producer_wake);
		ring_awake(s->ring);
	}
}

static void *
produce(void *arg)
{
	struct sides *s = arg;
	uint64_t seed = 1;

	for (uint64_t i = 0; i < s->records; i++) {
		size_t len = record_len(i, ring_record_max(s->ring));
		uint8_t *record = reserve_or_wait(s, len);

		if (record == NULL) {
			s->failed = true;
			return NULL;
		}
		fill(record, len, i);
		if (ring_commit(s->ring))
			wake_send(s->consumer_wake);
		if (s->is_lazy && random_below(&seed, 4) == 0)
			sched_yield();
	}
	return NULL;
}

/* Takes all records of `records`, checks each; false if one is wrong or a wake-up was lost. */
static bool
consume(struct sides *s)
{
	size_t max = ring_record_max(s->ring), len;
	uint8_t *buf = malloc(max);
	uint64_t next = 0;
	bool good = true;

	while (good && next < s->records) {
		enum ring_result result = ring_take(s->ring, buf, max, &len);

		if (result == RING_RECORD) {
			good = is_right(buf, len, next++, max);
			if (s->is_lazy && next % 200 == 0)
				usleep(200); /* the ring fills, the producer sleeps */
			if (next % 16 != 0)
				continue;
		} else if (result == RING_BROKEN)
			good = false;
		if (ring_release(s->ring))
			wake_send(s->producer_wake);
		if (result == RING_RECORD || !ring_sleep(s->ring))
			continue;
		s->consumer_sleeps++;
		good = good && wait_readable(s->consumer_wake);
		wake_drain(s->consumer_wake);
	}
	if (ring_release(s->ring))
		wake_send(s->producer_wake);
	free(buf);
	return good;
}

static void
run_threads(struct sides *s, void *(*producer_main)(void *))
{
	pthread_t producer;
	bool good;

	s->consumer_wake = wake_new();
	s->producer_wake = wake_new();
	ck_assert_int_eq(pthread_create(&producer, NULL, producer_main, s), 0);
	good = consume(s);
	ck_assert_int_eq(pthread_join(producer, NULL), 0);
	ck_assert(good);
	ck_assert(!s->failed);
	close(s->consumer_wake);
	close(s->producer_wake);
}

/* ---- contract ---- */

START_TEST(test_create)
{
	int fd;

	ck_assert_int_eq(ring_create(SIZE - 1, 1), -1);
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_int_eq(ring_create(RING_SIZE_MIN / 2, 1), -1);
	ck_assert_ptr_null(ring_map(STDIN_FILENO));
	struct ring *r = new_ring(SIZE, 4, &fd);
	ck_assert_uint_eq(ring_size(r), SIZE);
	ck_assert_uint_eq(ring_cost(1), 16);
	ck_assert_uint_eq(ring_cost(8), 16);
	ck_assert_uint_eq(ring_cost(9), 24);
	ck_assert_uint_eq(ring_record_max(r), (SIZE - 5 * RING_SLOT_RESERVE) / 2 - 8);
	ring_unmap(r);
	close(fd);
}
END_TEST

START_TEST(test_one_record)
{
	int fd;
	struct ring *r = new_ring(SIZE, 0, &fd);
	uint8_t buf[64];
	size_t len;
	void *record;

	ck_assert_int_eq(ring_take(r, buf, sizeof(buf), &len), RING_EMPTY);
	record = ring_reserve(r, 5, RING_DATA);
	memcpy(record, "hello", 5);
	ck_assert_int_eq(ring_take(r, buf, sizeof(buf), &len), RING_EMPTY);
	ck_assert_uint_eq(ring_used(r), 0);
	ck_assert(!ring_commit(r));
	ck_assert_uint_eq(ring_committed(r), 16);
	ck_assert_uint_eq(ring_used(r), 16);
	ck_assert_int_eq(ring_take(r, buf, sizeof(buf), &len), RING_RECORD);
	ck_assert_uint_eq(len, 5);
	ck_assert_mem_eq(buf, "hello", 5);
	ck_assert_uint_eq(ring_released(r), 0);
	ck_assert(!ring_release(r));
	ck_assert_uint_eq(ring_released(r), 16);
	ck_assert_int_eq(ring_take(r, buf, sizeof(buf), &len), RING_EMPTY);
	ring_unmap(r);
	close(fd);
}
END_TEST

START_TEST(test_reserving_again_replaces)
{
	int fd;
	struct ring *r = new_ring(SIZE, 0, &fd);
	uint8_t buf[64];
	size_t len;

	memset(ring_reserve(r, 64, RING_DATA), 1, 64);
	memset(ring_reserve(r, 8, RING_DATA), 2, 8);
	ring_commit(r);
	ck_assert_int_eq(ring_take(r, buf, sizeof(buf), &len), RING_RECORD);
	ck_assert_uint_eq(len, 8);
	ck_assert_uint_eq(buf[7], 2);
	ck_assert_int_eq(ring_take(r, buf, sizeof(buf), &len), RING_EMPTY);
	ring_unmap(r);
	close(fd);
}
END_TEST

/* Every record size at every place in the ring: the pad is right wherever the end falls. */
START_TEST(test_every_place)
{
	int fd;
	struct ring *r = new_ring(RING_SIZE_MIN, 0, &fd);
	uint8_t buf[RING_SIZE_MIN];
	size_t len;

	for (size_t size = 1; size <= ring_record_max(r); size += 5) {
		for (size_t i = 0; i < RING_SIZE_MIN / size + 2; i++) {
			uint8_t *record = ring_reserve(r, size, RING_DATA);

			ck_assert_ptr_nonnull(record);
			ck_assert_uint_eq((uintptr_t)record % 8, 0);
			memset(record, (int)(i & 0xff), size);
			ring_commit(r);
			ck_assert_int_eq(ring_take(r, buf, sizeof(buf), &len), RING_RECORD);
			ck_assert_uint_eq(len, size);
			ck_assert_uint_eq(buf[0], i & 0xff);
			ck_assert_uint_eq(buf[size - 1], i & 0xff);
			ring_release(r);
		}
	}
	ring_unmap(r);
	close(fd);
}
END_TEST

/* A full ring has room for two records of each slot, and the largest record fits an empty one. */
START_TEST(test_reserve_for_control)
{
	int fd;
	unsigned slots = 20, in = 0, out = 0;
	struct ring *r = new_ring(SIZE, slots, &fd);
	uint8_t *buf = malloc(SIZE);
	size_t len;

	for (int lap = 0; lap < 50; lap++) {
		for (; ring_reserve(r, 200, RING_DATA) != NULL; in++)
			ring_commit(r);
		for (unsigned i = 0; i < slots; i++) {
			ck_assert_ptr_nonnull(ring_reserve(r, 400, RING_CONTROL));
			ring_commit(r);
			ck_assert_ptr_nonnull(ring_reserve(r, 80, RING_CONTROL));
			ring_commit(r);
			in += 2;
		}
		ck_assert_ptr_null(ring_reserve(r, 200, RING_DATA));
		while (ring_take(r, buf, SIZE, &len) == RING_RECORD)
			out++;
		ck_assert_ptr_null(ring_reserve(r, 200, RING_DATA)); /* not released yet */
		ring_release(r);
		ck_assert_uint_eq(in, out);
		ck_assert_ptr_nonnull(ring_reserve(r, ring_record_max(r), RING_DATA));
	}
	free(buf);
	ring_unmap(r);
	close(fd);
}
END_TEST

START_TEST(test_sleep_flags)
{
	int fd;
	struct ring *r = new_ring(SIZE, 0, &fd);
	uint8_t buf[64];
	size_t len;

	ck_assert(ring_sleep(r));
	ck_assert_ptr_nonnull(ring_reserve(r, 8, RING_DATA));
	ck_assert(ring_commit(r)); /* the consumer sleeps: wake it, once */
	ck_assert_ptr_nonnull(ring_reserve(r, 8, RING_DATA));
	ck_assert(!ring_commit(r));
	ck_assert(!ring_sleep(r)); /* there is something to take */
	ck_assert_ptr_nonnull(ring_reserve(r, 8, RING_DATA));
	ck_assert(!ring_commit(r));

	ck_assert(ring_wait_room(r, ring_released(r)));
	ck_assert_int_eq(ring_take(r, buf, sizeof(buf), &len), RING_RECORD);
	ck_assert(ring_release(r)); /* the producer waits: wake it, once */
	ck_assert(!ring_release(r));
	ck_assert(!ring_wait_room(r, 0)); /* it has moved since */
	ck_assert_int_eq(ring_take(r, buf, sizeof(buf), &len), RING_RECORD);
	ck_assert(!ring_release(r));
	ring_unmap(r);
	close(fd);
}
END_TEST

START_TEST(test_too_long_aborts)
{
	int fd;
	struct ring *r = new_ring(SIZE, 0, &fd);

	ring_reserve(r, ring_record_max(r) + 1, RING_DATA);
}
END_TEST

/* ---- concurrency ---- */

START_TEST(test_threads)
{
	int fd;
	struct sides s = {.ring = new_ring(SIZE, 8, &fd), .records = ROUNDS(1000000)};

	run_threads(&s, produce);
	ring_unmap(s.ring);
	close(fd);
}
END_TEST

/* Small ring, both sides sleep often. */
START_TEST(test_threads_that_sleep)
{
	int fd;
	struct sides s = {
	    .ring = new_ring(RING_SIZE_MIN, 0, &fd), .is_lazy = true, .records = ROUNDS(300000)};

	run_threads(&s, produce);
	ck_assert_uint_gt(s.consumer_sleeps, 10);
	ck_assert_uint_gt(s.producer_sleeps, 10);
	ring_unmap(s.ring);
	close(fd);
}
END_TEST

/* Sleeps until the consumer has released everything. */
static bool
wait_until_taken(struct sides *s)
{
	uint64_t seen;

	while ((seen = ring_released(s->ring)) != ring_committed(s->ring)) {
		if (!ring_wait_room(s->ring, seen))
			continue;
		if (!wait_readable(s->producer_wake))
			return false;
		wake_drain(s->producer_wake);
		ring_awake(s->ring);
	}
	return true;
}

/* One record, and not the next before this one is taken: no later wake-up mends a lost one. */
static void *
produce_one_by_one(void *arg)
{
	struct sides *s = arg;
	uint64_t seed = 9;

	for (uint64_t i = 0; i < s->records && !s->failed; i++) {
		size_t len = record_len(i, ring_record_max(s->ring));

		fill(ring_reserve(s->ring, len, RING_DATA), len, i);
		/* Meet the consumer at another point of its falling asleep each time. */
		for (uint64_t spin = random_below(&seed, 400); spin > 0; spin--)
			atomic_signal_fence(memory_order_seq_cst);
		if (ring_commit(s->ring))
			wake_send(s->consumer_wake);
		s->failed = !wait_until_taken(s);
	}
	return NULL;
}

START_TEST(test_no_lost_wake_up)
{
	int fd;
	struct sides s = {.ring = new_ring(SIZE, 0, &fd), .records = ROUNDS(100000)};

	run_threads(&s, produce_one_by_one);
	ring_unmap(s.ring);
	close(fd);
}
END_TEST

/* A worker of its own: maps the ring itself. */
static pid_t
fork_producer(int fd, const struct sides *parent)
{
	pid_t pid = fork();

	if (pid == 0) {
		struct sides s = *parent;

		s.ring = ring_map(fd);
		if (s.ring == NULL)
			_exit(2);
		produce(&s);
		_exit(s.failed ? 1 : 0);
	}
	ck_assert_int_ne(pid, -1);
	return pid;
}

static struct sides
process_sides(int *fd, uint64_t records)
{
	struct sides s = {.consumer_wake = wake_new(), .producer_wake = wake_new()};

	s.ring = new_ring(SIZE, 8, fd);
	s.records = records;
	return s;
}

START_TEST(test_processes)
{
	int fd, status;
	struct sides s = process_sides(&fd, ROUNDS(500000));
	pid_t pid = fork_producer(fd, &s);

	ck_assert(consume(&s));
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	ring_unmap(s.ring);
	close(fd);
}
END_TEST

/* Takes what is there, checks it, returns how many; the ring is sound and empty afterwards. */
static uint64_t
take_all(struct sides *s, uint64_t next)
{
	size_t max = ring_record_max(s->ring), len;
	uint8_t *buf = malloc(max);
	uint64_t first = next;
	enum ring_result result;

	while ((result = ring_take(s->ring, buf, max, &len)) == RING_RECORD)
		ck_assert(is_right(buf, len, next++, max));
	ck_assert_int_eq(result, RING_EMPTY);
	if (ring_release(s->ring))
		wake_send(s->producer_wake);
	free(buf);
	return next - first;
}

START_TEST(test_stopped_and_killed_worker)
{
	int fd, status;
	uint64_t next = 0, seed = 3;
	struct sides s = process_sides(&fd, UINT64_MAX);
	pid_t pid = fork_producer(fd, &s);

	for (int i = 0; i < 100; i++) {
		usleep((useconds_t)random_below(&seed, 500));
		ck_assert_int_eq(kill(pid, SIGSTOP), 0);
		ck_assert_int_eq(waitpid(pid, &status, WUNTRACED), pid);
		ck_assert(WIFSTOPPED(status));
		next += take_all(&s, next);
		ck_assert_uint_eq(take_all(&s, next), 0); /* it stands, we do not */
		ck_assert(ring_sleep(s.ring));
		ck_assert_int_eq(kill(pid, SIGCONT), 0);
	}
	ck_assert_uint_gt(next, 100);
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	next += take_all(&s, next);
	ck_assert_uint_eq(take_all(&s, next), 0);
	ring_unmap(s.ring);
	close(fd);
}
END_TEST

START_TEST(test_half_a_record_is_never_seen)
{
	int fd, status;
	struct ring *r = new_ring(SIZE, 0, &fd);
	pid_t pid = fork();
	uint8_t buf[64];
	size_t len;

	if (pid == 0) {
		struct ring *mine = ring_map(fd);

		memset(ring_reserve(mine, 64, RING_DATA), 1, 64);
		ring_commit(mine);
		memset(ring_reserve(mine, 64, RING_DATA), 2, 32);
		raise(SIGKILL);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFSIGNALED(status));
	ck_assert_int_eq(ring_take(r, buf, sizeof(buf), &len), RING_RECORD);
	ck_assert_uint_eq(buf[63], 1);
	ck_assert_int_eq(ring_take(r, buf, sizeof(buf), &len), RING_EMPTY);
	ring_unmap(r);
	close(fd);
}
END_TEST

/* ---- a hostile worker ---- */

struct raw {
	uint8_t *map;
	struct ring *ring; /* the consumer */
	int fd;
};

static struct raw
raw_ring(void)
{
	struct raw w;

	w.ring = new_ring(RING_SIZE_MIN, 0, &w.fd);
	w.map = mmap(NULL, PAGE + RING_SIZE_MIN, PROT_READ | PROT_WRITE, MAP_SHARED, w.fd, 0);
	ck_assert_ptr_ne(w.map, MAP_FAILED);
	return w;
}

static void
raw_end(struct raw *w)
{
	munmap(w->map, PAGE + RING_SIZE_MIN);
	ring_unmap(w->ring);
	close(w->fd);
}

static void
put(struct raw *w, size_t at, uint64_t value)
{
	memcpy(w->map + at, &value, sizeof(value));
}

START_TEST(test_layout)
{
	struct raw w = raw_ring();
	uint64_t head, frame;

	ck_assert_ptr_nonnull(ring_reserve(w.ring, 5, RING_DATA));
	ring_commit(w.ring);
	memcpy(&head, w.map + HEAD_AT, 8);
	memcpy(&frame, w.map + PAGE, 8);
	ck_assert_uint_eq(head, 16);
	ck_assert_uint_eq(frame, (uint64_t)RECORD << 32 | 5);
	raw_end(&w);
}
END_TEST

#define FRAME(kind, len) ((uint64_t)(kind) << 32 | (len))

/* The consumer stands at 16; what is written there, and what head claims. */
static const struct {
	const char *what;
	uint64_t head;
	uint64_t frame;
	size_t cap; /* of the caller's buffer */
} lies[] = {
    {"head beyond the ring", 16 + RING_SIZE_MIN + 8, FRAME(RECORD, 8), 8192},
    {"head far away", UINT64_MAX & ~(uint64_t)7, FRAME(RECORD, 8), 8192},
    {"head goes back", 8, FRAME(RECORD, 8), 8192},
    {"head at nothing", 0, FRAME(RECORD, 8), 8192},
    {"head is odd", 35, FRAME(RECORD, 8), 8192},
    {"no length", 32, FRAME(RECORD, 0), 8192},
    {"longer than the head says", 32, FRAME(RECORD, 9), 8192},
    {"longer than the caller's buffer", 16 + 4000, FRAME(RECORD, 257), 256},
    {"longer than the ring", 16 + RING_SIZE_MIN, FRAME(RECORD, RING_SIZE_MIN), 8192},
    {"as long as can be", 16 + RING_SIZE_MIN, FRAME(RECORD, UINT32_MAX), 8192},
    {"straddles the end", 16 + RING_SIZE_MIN, FRAME(RECORD, RING_SIZE_MIN - 16), 8192},
    {"no kind", 32, FRAME(0, 8), 8192},
    {"unknown kind", 32, FRAME(3, 8), 8192},
    {"pad not to the end", 16 + RING_SIZE_MIN, FRAME(PAD, 64), 8192},
    {"pad beyond the end", 16 + RING_SIZE_MIN, FRAME(PAD, RING_SIZE_MIN), 8192},
    {"pad beyond the head", 32, FRAME(PAD, RING_SIZE_MIN - 16 - 8), 8192},
};

START_TEST(test_lies)
{
	struct raw w = raw_ring();
	static uint8_t buf[8192];
	size_t len;

	ck_assert_ptr_nonnull(ring_reserve(w.ring, 8, RING_DATA));
	ring_commit(w.ring);
	ck_assert_int_eq(ring_take(w.ring, buf, lies[_i].cap, &len), RING_RECORD);
	put(&w, PAGE + 16, lies[_i].frame);
	put(&w, HEAD_AT, lies[_i].head);
	ck_assert_msg(
	    ring_take(w.ring, buf, lies[_i].cap, &len) == RING_BROKEN, "%s", lies[_i].what);
	ck_assert_uint_le(ring_used(w.ring), RING_SIZE_MIN);

	/* Once broken, broken for good, even if it is mended. */
	put(&w, PAGE + 16, FRAME(RECORD, 8));
	put(&w, HEAD_AT, 32);
	ck_assert_int_eq(ring_take(w.ring, buf, lies[_i].cap, &len), RING_BROKEN);
	ck_assert(ring_sleep(w.ring));
	raw_end(&w);
}
END_TEST

START_TEST(test_pad_at_the_start)
{
	struct raw w = raw_ring();
	uint8_t buf[256];
	size_t len;

	put(&w, PAGE, FRAME(PAD, RING_SIZE_MIN - 8));
	put(&w, HEAD_AT, RING_SIZE_MIN);
	ck_assert_int_eq(ring_take(w.ring, buf, sizeof(buf), &len), RING_BROKEN);
	raw_end(&w);
}
END_TEST

START_TEST(test_odd_tail_before_we_map)
{
	struct raw w = raw_ring();
	struct ring *late;
	uint8_t buf[256];
	size_t len;

	put(&w, HEAD_AT + 64, RING_SIZE_MIN - 1);
	put(&w, HEAD_AT, RING_SIZE_MIN + 31);
	late = ring_map(w.fd);
	ck_assert_int_eq(ring_take(late, buf, sizeof(buf), &len), RING_BROKEN);
	ring_unmap(late);
	raw_end(&w);
}
END_TEST

/* Something that is likely to get past one check and into the next. */
static uint64_t
plausible(uint64_t *seed)
{
	switch (random_below(seed, 4)) {
	case 0:
		return random_next(seed);
	case 1:
		return random_below(seed, RING_SIZE_MIN * 2);
	case 2:
		return FRAME(1 + random_below(seed, 2), random_below(seed, 300));
	default:
		return random_below(seed, RING_SIZE_MIN * 4) & ~(uint64_t)7;
	}
}

static void
scribble(uint8_t *map, uint64_t *seed)
{
	size_t at =
	    random_below(seed, 3) == 0 ? HEAD_AT : PAGE + random_below(seed, RING_SIZE_MIN / 8) * 8;
	uint64_t value = plausible(seed);

	memcpy(map + at, &value, sizeof(value));
}

/* Takes until the ring is broken or empty; what comes out is bounded, whatever was scribbled. */
static enum ring_result
take_garbage(struct ring *r, uint64_t *records)
{
	uint8_t buf[256];
	enum ring_result result;

	for (int i = 0; i < 1000; i++) {
		size_t len = 0;

		result = ring_take(r, buf, sizeof(buf), &len);
		if (result != RING_RECORD)
			break;
		ck_assert_uint_ge(len, 1);
		ck_assert_uint_le(len, sizeof(buf));
		(*records)++;
	}
	ck_assert_uint_le(ring_used(r), RING_SIZE_MIN);
	ring_release(r);
	return result;
}

START_TEST(test_scribbled)
{
	struct raw w = raw_ring();
	uint64_t seed = 5, records = 0, broken = 0;

	for (int i = 0; i < ROUNDS(200000); i++) {
		struct ring *fresh = ring_map(w.fd); /* a broken one stays broken */

		for (int j = 0; j < 8; j++)
			scribble(w.map, &seed);
		if (take_garbage(fresh, &records) == RING_BROKEN)
			broken++;
		ring_unmap(fresh);
		put(&w, HEAD_AT, random_below(&seed, 1000) * 8);
		put(&w, HEAD_AT + 64, random_below(&seed, 1000) * 8);
	}
	ck_assert_uint_gt(broken, 100);
	ck_assert_uint_gt(records, 100);
	raw_end(&w);
}
END_TEST

START_TEST(test_scribbling_worker)
{
	struct raw w = raw_ring();
	uint64_t seed = 7, records = 0, broken = 0;
	int status;
	pid_t pid = fork();

	if (pid == 0)
		for (;;)
			scribble(w.map, &seed);
	for (int i = 0; i < ROUNDS(50000); i++) {
		struct ring *fresh = ring_map(w.fd);

		if (take_garbage(fresh, &records) == RING_BROKEN)
			broken++;
		ring_unmap(fresh);
	}
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_uint_gt(broken, 10);
	raw_end(&w);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ring");
	TCase *tc = tcase_create("contract");
	TCase *together = tcase_create("concurrency");
	TCase *hostile = tcase_create("hostile");
	SRunner *runner = srunner_create(s);
	int failed;

	suite_add_tcase(s, tc);
	tcase_add_test(tc, test_create);
	tcase_add_test(tc, test_one_record);
	tcase_add_test(tc, test_reserving_again_replaces);
	tcase_add_test(tc, test_every_place);
	tcase_add_test(tc, test_reserve_for_control);
	tcase_add_test(tc, test_sleep_flags);
	tcase_add_test_raise_signal(tc, test_too_long_aborts, SIGABRT);

	suite_add_tcase(s, together);
	tcase_set_timeout(together, 120);
	tcase_add_test(together, test_threads);
	tcase_add_test(together, test_threads_that_sleep);
	tcase_add_test(together, test_no_lost_wake_up);
	tcase_add_test(together, test_processes);
	tcase_add_test(together, test_stopped_and_killed_worker);
	tcase_add_test(together, test_half_a_record_is_never_seen);

	suite_add_tcase(s, hostile);
	tcase_set_timeout(hostile, 120);
	tcase_add_test(hostile, test_layout);
	tcase_add_loop_test(hostile, test_lies, 0, sizeof(lies) / sizeof(lies[0]));
	tcase_add_test(hostile, test_pad_at_the_start);
	tcase_add_test(hostile, test_odd_tail_before_we_map);
	tcase_add_test(hostile, test_scribbled);
	tcase_add_test(hostile, test_scribbling_worker);

	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
