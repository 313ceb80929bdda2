/* The egress log: contract, room, growth and shrinking, positions from hostile readers. */
#include <check.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bgpd/ipc/log.h"
#include "bgpd/ipc/memfd.h"
#include "tests/unit/ipc/helper.h"

#define SMALL (LOG_CHUNKS_MIN * LOG_CHUNK)

static struct log *
new_log(size_t size, int *fd)
{
	struct log *l;

	*fd = log_create(size);
	ck_assert_int_ne(*fd, -1);
	l = log_map_writer(*fd);
	ck_assert_ptr_nonnull(l);
	return l;
}

/* Appends len octets of value for one slot; false if there is no room. */
static bool
append(struct log *l, size_t len, uint8_t value, uint32_t slot)
{
	struct log_block b = {.kind = LOG_ROUTES, .count = 1, .slot = slot};
	uint8_t *bytes = log_reserve(l, len, 0);

	if (bytes == NULL)
		return false;
	memset(bytes, value, len);
	ck_assert(log_append(l, &b, len));
	return true;
}

START_TEST(test_create)
{
	int fd, reader_fd;
	struct log *l = new_log(1, &fd), *reader;

	ck_assert_uint_eq(log_size(l), SMALL);
	ck_assert_uint_eq(log_resident(l), 0);
	ck_assert_uint_eq(log_used(l), 0);
	reader_fd = memfd_read_only(fd);
	ck_assert_ptr_null(log_map_writer(reader_fd));
	reader = log_map_reader(reader_fd);
	ck_assert_ptr_nonnull(reader);
	ck_assert_uint_eq(log_head_acquire(reader), 0);
	log_unmap(reader);

	append(l, 10, 1, 1);
	log_publish(l);
	ck_assert_ptr_null(log_map_writer(fd)); /* one writer in its life */
	ck_assert_int_eq(errno, EBUSY);
	log_unmap(l);
	close(reader_fd);
	close(fd);
	/* More chunks than one for the tables. */
	l = new_log((size_t)40000 * LOG_CHUNK, &fd);
	ck_assert_uint_eq(log_size(l), (size_t)40000 * LOG_CHUNK);
	log_unmap(l);
	close(fd);
}
END_TEST

START_TEST(test_one_block)
{
	int fd;
	struct log *l = new_log(SMALL, &fd), *reader = log_map_reader(fd);
	uint64_t set[3] = {1, 0, (uint64_t)1 << 63}, position = 0;
	struct log_block b = {.kind = LOG_ROUTES,
	    .class = 5,
	    .family = 1,
	    .count = 2,
	    .nwords = 3,
	    .arg = 77,
	    .words = set};
	const struct log_header *h;

	memcpy(log_reserve(l, 4096, 3), "two messages", 12);
	ck_assert(log_append(l, &b, 12));
	log_head_acquire(reader);
	ck_assert_ptr_null(log_header_at(reader, &position)); /* not published */
	ck_assert_uint_eq(log_publish(l), log_head_acquire(reader));
	h = log_header_at(reader, &position);
	ck_assert_ptr_nonnull(h);
	ck_assert_uint_eq(h->kind, LOG_ROUTES);
	ck_assert_uint_eq(h->class, 5);
	ck_assert_uint_eq(h->family, 1);
	ck_assert_uint_eq(h->count, 2);
	ck_assert_uint_eq(h->arg, 77);
	ck_assert_uint_eq(h->len, 12);
	ck_assert_mem_eq(log_bytes(reader, h), "two messages", 12);
	ck_assert_str_eq(log_text(h), "");
	for (uint32_t slot = 0; slot < 300; slot++)
		ck_assert_int_eq(log_has_slot(h, slot), slot == 0 || slot == 191);
	position = log_next(h, position);
	ck_assert_uint_eq(position, log_head_acquire(reader));
	ck_assert_ptr_null(log_header_at(reader, &position));
	log_unmap(reader);
	log_unmap(l);
	close(fd);
}
END_TEST

START_TEST(test_order)
{
	int fd;
	struct log *l = new_log(SMALL, &fd);
	char long_text[400];
	uint64_t position = 0;
	struct log_block b = {.kind = LOG_CEASE,
	    .family = LOG_FAMILY_NONE,
	    .slot = 9,
	    .epoch = 4,
	    .arg = 6 << 8 | 1,
	    .text = "maximum number of prefixes"};
	const struct log_header *h;

	memset(long_text, 'x', sizeof(long_text));
	long_text[399] = '\0';
	ck_assert(log_append(l, &b, 0));
	b.text = long_text;
	ck_assert(log_append(l, &b, 0));
	h = log_header_at(l, &position);
	ck_assert_uint_eq(h->epoch, 4);
	ck_assert_str_eq(log_text(h), "maximum number of prefixes");
	ck_assert(log_has_slot(h, 9));
	ck_assert(!log_has_slot(h, 8));
	position = log_next(h, position);
	h = log_header_at(l, &position);
	ck_assert_uint_eq(strlen(log_text(h)), LOG_TEXT_MAX - 1);
	log_unmap(l);
	close(fd);
}
END_TEST

/* Blocks that follow each other touch, but where a chunk ends; none straddles. */
START_TEST(test_adjacent)
{
	int fd;
	struct log *l = new_log(SMALL, &fd);
	const uint8_t *end = NULL;
	unsigned gaps = 0, blocks = 0;
	uint64_t position = 0;
	const struct log_header *h;

	for (unsigned i = 0; i < 900; i++)
		ck_assert(append(l, 19 + i % 700, (uint8_t)i, i));
	for (; (h = log_header_at(l, &position)) != NULL; position = log_next(h, position)) {
		const uint8_t *bytes = log_bytes(l, h);

		ck_assert_uint_eq(h->slot, blocks);
		ck_assert_uint_eq(h->len, 19 + blocks % 700);
		ck_assert_uint_eq(bytes[0], (uint8_t)blocks);
		ck_assert_uint_eq(bytes[h->len - 1], (uint8_t)blocks);
		ck_assert_uint_le(h->bytes % LOG_CHUNK + h->len, LOG_CHUNK);
		gaps += end != NULL && bytes != end;
		end = bytes + h->len;
		blocks++;
	}
	ck_assert_uint_eq(blocks, 900);
	ck_assert_uint_le(gaps, 3);
	log_unmap(l);
	close(fd);
}
END_TEST

START_TEST(test_largest_block)
{
	int fd;
	struct log *l = new_log(SMALL, &fd);
	uint64_t all[LOG_SET_WORDS], position = 0;
	struct log_block b = {.kind = LOG_ROUTES, .nwords = LOG_SET_WORDS, .words = all};
	const struct log_header *h;

	memset(all, 0xff, sizeof(all));
	append(l, 1, 1, 1);
	ck_assert_ptr_nonnull(log_reserve(l, LOG_BLOCK_MAX, LOG_SET_WORDS));
	ck_assert(log_append(l, &b, LOG_BLOCK_MAX));
	h = log_header_at(l, &position);
	position = log_next(h, position);
	h = log_header_at(l, &position);
	ck_assert_uint_eq(h->len, LOG_BLOCK_MAX);
	ck_assert(log_has_slot(h, 65535));
	ck_assert(!log_has_slot(h, 65536));
	log_bytes(l, h);
	log_unmap(l);
	close(fd);
}
END_TEST

START_TEST(test_more_than_reserved_aborts)
{
	int fd;
	struct log *l = new_log(SMALL, &fd);
	struct log_block b = {.kind = LOG_ROUTES};

	log_reserve(l, 10, 0);
	log_append(l, &b, 11);
}
END_TEST

/* ---- room ---- */

/* log_room() is a promise: blocks that cost no more in sum do fit, however they are cut. */
START_TEST(test_room_is_a_promise)
{
	int fd;
	struct log *l = new_log(4 * SMALL, &fd);
	uint64_t seed = (uint64_t)_i, set[LOG_SET_WORDS] = {0};
	size_t largest = _i % 3 == 0 ? LOG_BLOCK_MAX : _i % 3 == 1 ? 5000 : LOG_CHUNK / 2 + 100;

	for (int lap = 0; lap < 20; lap++) {
		size_t room = log_room(l);

		for (size_t spent = 0;;) {
			size_t len = largest / 2 + random_below(&seed, largest / 2 + 1);
			uint16_t nwords = (uint16_t)random_below(&seed, LOG_SET_WORDS);
			struct log_block b = {.kind = LOG_ROUTES, .nwords = nwords, .words = set};

			spent += log_cost(len, nwords);
			if (spent > room)
				break;
			ck_assert_ptr_nonnull(log_reserve(l, len, nwords));
			/* Often less is used than was reserved. */
			ck_assert(log_append(l, &b, 1 + random_below(&seed, len)));
		}
		log_publish(l);
		log_release(l, log_head_acquire(l));
		ck_assert_uint_gt(log_room(l), 0);
	}
	log_unmap(l);
	close(fd);
}
END_TEST

START_TEST(test_orders_have_room_of_their_own)
{
	int fd;
	struct log *l = new_log(SMALL, &fd);
	struct log_block order = {.kind = LOG_CUT, .slot = 1, .text = "no room"};
	unsigned orders = 0;

	while (append(l, 4000, 1, 1))
		;
	ck_assert_uint_eq(log_room(l), 0);
	while (log_append(l, &order, 0))
		orders++;
	ck_assert_uint_gt(orders, LOG_CHUNK / 100);
	ck_assert(!append(l, 4000, 1, 1));
	log_publish(l);
	log_release(l, log_head_acquire(l));
	ck_assert_uint_eq(log_used(l), 0);
	ck_assert(append(l, 4000, 1, 1));
	ck_assert(log_append(l, &order, 0));
	log_unmap(l);
	close(fd);
}
END_TEST

START_TEST(test_no_room_changes_nothing)
{
	int fd;
	struct log *l = new_log(SMALL, &fd);
	uint64_t head;
	size_t used;

	while (append(l, 60000, 1, 1))
		;
	head = log_head_acquire(l);
	used = log_used(l);
	for (int i = 0; i < 10; i++)
		ck_assert(!append(l, 60000, 1, 1));
	ck_assert_uint_eq(log_head_acquire(l), head);
	ck_assert_uint_eq(log_used(l), used);
	log_unmap(l);
	close(fd);
}
END_TEST

static size_t
octets_of_memory(int fd)
{
	struct stat st;

	ck_assert_int_eq(fstat(fd, &st), 0);
	return (size_t)st.st_blocks * 512;
}

START_TEST(test_grows_and_shrinks)
{
	int fd;
	size_t max = 256 * (size_t)LOG_CHUNK, full;
	struct log *l = new_log(max, &fd);
	unsigned given = 0;

	ck_assert_uint_lt(octets_of_memory(fd), 65536);
	for (int i = 0; i < 20; i++) { /* in step with its readers it stays small */
		for (int j = 0; j < 100; j++)
			ck_assert(append(l, 4000, 1, 1));
		log_publish(l);
		log_release(l, log_head_acquire(l));
	}
	ck_assert_uint_lt(octets_of_memory(fd), 8 * LOG_CHUNK);

	while (append(l, 4000, 2, 1)) /* a reader lags: it grows to its maximum */
		;
	full = octets_of_memory(fd);
	ck_assert_uint_gt(full, max * 8 / 10);
	log_publish(l);
	log_release(l, log_head_acquire(l));
	ck_assert_uint_eq(log_trim(l, 1000), 0); /* only what stayed free since the last call */
	ck_assert_uint_gt(octets_of_memory(fd), full / 2);
	ck_assert_uint_eq(log_trim(l, 10), 10); /* in slices */
	for (unsigned n; (n = log_trim(l, 50)) > 0; given += n)
		ck_assert_uint_le(n, 50);
	ck_assert_uint_gt(given, 150);
	ck_assert_uint_lt(octets_of_memory(fd), 24 * LOG_CHUNK);
	ck_assert_uint_lt(log_resident(l), 24 * LOG_CHUNK);

	while (append(l, 4000, 3, 1)) /* and once more, with the same chunks */
		;
	ck_assert_uint_gt(octets_of_memory(fd), max * 8 / 10);
	log_unmap(l);
	close(fd);
}
END_TEST

/* ---- releasing: readers may say anything ---- */

/* Everything from a position to the end is still what was written. */
static void
check_from(const struct log *l, uint64_t position, uint32_t number)
{
	const struct log_header *h;

	for (; (h = log_header_at(l, &position)) != NULL; position = log_next(h, position)) {
		const uint8_t *bytes = log_bytes(l, h);

		ck_assert_uint_eq(h->slot, number);
		ck_assert_uint_eq(bytes[0], (uint8_t)number);
		ck_assert_uint_eq(bytes[h->len - 1], (uint8_t)number);
		number++;
	}
}

/*
 * An honest reader stands somewhere, a hostile one gives any number; rib releases the smaller one.
 * What the honest one still has to read is never overwritten.
 */
START_TEST(test_hostile_positions)
{
	int fd;
	struct log *l = new_log(2 * SMALL, &fd);
	uint64_t seed = 11, honest = 0;
	uint32_t written = 0, read = 0, released = 0;

	for (int i = 0; i < ROUNDS(20000); i++) {
		uint64_t hostile = log_head_acquire(l) + random_below(&seed, 20000) - 10000;
		uint64_t before = log_tail(l);
		const struct log_header *h;

		while (random_below(&seed, 4) != 0 &&
		    append(l, 1 + random_below(&seed, 20000), (uint8_t)written, written))
			written++;
		log_publish(l);
		while (random_below(&seed, 8) != 0 && (h = log_header_at(l, &honest)) != NULL) {
			honest = log_next(h, honest);
			read++;
		}
		if (random_below(&seed, 4) == 0)
			hostile = random_next(&seed);
		log_release(l, hostile < honest ? hostile : honest);
		ck_assert_uint_ge(log_tail(l), before);
		ck_assert_uint_le(log_tail(l), honest);
		ck_assert(log_is_header(l, log_tail(l)));
		ck_assert_uint_le(log_used(l), log_size(l) + LOG_CHUNK);
		released += log_tail(l) != before;
		if (i % 16 == 0)
			check_from(l, honest, read);
	}
	ck_assert_uint_gt(released, 100);
	log_release(l, UINT64_MAX);
	ck_assert_uint_eq(log_tail(l), log_head_acquire(l));
	ck_assert_uint_eq(log_used(l), 0);
	log_unmap(l);
	close(fd);
}
END_TEST

/* Released to the head everything is free; to anywhere else, all but a little. */
START_TEST(test_release_frees)
{
	int fd;
	struct log *l = new_log(4 * SMALL, &fd);
	uint64_t position = 0;
	const struct log_header *h;

	while (append(l, 3000, 1, 1))
		;
	log_publish(l);
	while ((h = log_header_at(l, &position)) != NULL) {
		size_t exact = (size_t)(log_head_acquire(l) - position), used;
		uint64_t at = position;
		const struct log_header *rest;

		for (; (rest = log_header_at(l, &at)) != NULL; at = log_next(rest, at))
			exact += rest->len;
		log_release(l, position);
		used = log_used(l);
		ck_assert_uint_ge(used + 1, exact);
		ck_assert_uint_le(used, exact + LOG_CHUNK);
		for (int i = 0; i < 20 && (h = log_header_at(l, &position)) != NULL; i++)
			position = log_next(h, position);
	}
	log_unmap(l);
	close(fd);
}
END_TEST

START_TEST(test_is_header)
{
	int fd;
	struct log *l = new_log(SMALL, &fd);
	uint64_t seed = 13, position = 0, at = 0, head;
	const struct log_header *h;
	unsigned found = 0;

	/* More headers than one chunk holds, so that there are pads. */
	for (unsigned i = 0; i < 3500; i++)
		ck_assert(append(l, 1 + random_below(&seed, 60), 1, i));
	log_publish(l);
	head = log_head_acquire(l);
	ck_assert_uint_gt(head, LOG_CHUNK);
	h = log_header_at(l, &position);
	for (; at <= head + 64; at += 4) {
		bool is_one = at == position || at == head;

		/* A position behind a header is one too, if the pad begins there. */
		if (!is_one && at % LOG_CHUNK > LOG_CHUNK - 200)
			continue;
		ck_assert_int_eq(log_is_header(l, at), is_one);
		if (at == position && h != NULL) {
			found++;
			position = log_next(h, position);
			h = log_header_at(l, &position);
		}
	}
	ck_assert_uint_eq(found, 3500);
	log_release(l, head / 2);
	ck_assert(!log_is_header(l, 0));
	ck_assert(!log_is_header(l, UINT64_MAX));
	ck_assert_uint_eq(log_unread(l, UINT64_MAX), 0);
	ck_assert_uint_eq(log_unread(l, 0), log_used(l));
	log_unmap(l);
	close(fd);
}
END_TEST

START_TEST(test_readers_check_what_they_read)
{
	int fd;
	struct log *l = new_log(SMALL, &fd);
	uint64_t position = 0;
	const struct log_header *h;
	struct log_header bad;

	append(l, 100, 1, 1);
	h = log_header_at(l, &position);
	bad = *h;
	bad.bytes = LOG_CHUNK - 10; /* 100 octets from there would be somebody else's */
	log_bytes(l, &bad);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("log");
	TCase *tc = tcase_create("log");
	TCase *room = tcase_create("room");
	TCase *release = tcase_create("release");
	SRunner *runner = srunner_create(s);
	int failed;

	suite_add_tcase(s, tc);
	tcase_add_test(tc, test_create);
	tcase_add_test(tc, test_one_block);
	tcase_add_test(tc, test_order);
	tcase_add_test(tc, test_adjacent);
	tcase_add_test(tc, test_largest_block);
	tcase_add_test_raise_signal(tc, test_more_than_reserved_aborts, SIGABRT);
	tcase_add_test_raise_signal(tc, test_readers_check_what_they_read, SIGABRT);

	suite_add_tcase(s, room);
	tcase_set_timeout(room, 60);
	tcase_add_loop_test(room, test_room_is_a_promise, 0, 12);
	tcase_add_test(room, test_orders_have_room_of_their_own);
	tcase_add_test(room, test_no_room_changes_nothing);
	tcase_add_test(room, test_grows_and_shrinks);

	suite_add_tcase(s, release);
	tcase_set_timeout(release, 60);
	tcase_add_test(release, test_hostile_positions);
	tcase_add_test(release, test_release_frees);
	tcase_add_test(release, test_is_header);

	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
