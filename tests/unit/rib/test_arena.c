/*
 * Arenas and hash indexes.
 */
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rib/arena.h"
#include "rib/index.h"
#include "tests/unit/rib/main.h"

START_TEST(handles_are_given_again_in_reverse_order)
{
	struct arena a;

	arena_init(&a, 8);
	ck_assert_uint_eq(arena_alloc(&a), 1);
	ck_assert_uint_eq(arena_alloc(&a), 2);
	ck_assert_uint_eq(arena_alloc(&a), 3);
	arena_free(&a, 1);
	arena_free(&a, 3);
	ck_assert_uint_eq(a.live, 1);
	ck_assert_uint_eq(arena_alloc(&a), 3);
	ck_assert_uint_eq(arena_alloc(&a), 1);
	ck_assert_uint_eq(arena_alloc(&a), 4);
	arena_fini(&a);
}
END_TEST

START_TEST(objects_stay_in_place_and_begin_zeroed)
{
	enum { COUNT = 50000 };
	static uint32_t *at[COUNT + 1];
	struct arena a;

	arena_init(&a, 20);
	for (uint32_t i = 1; i <= COUNT; i++) {
		ck_assert_uint_eq(arena_alloc(&a), i);
		at[i] = arena_at(&a, i);
		for (size_t k = 0; k < 5; k++) {
			ck_assert_uint_eq(at[i][k], 0);
			at[i][k] = i * 7 + (uint32_t)k;
		}
	}
	for (uint32_t i = 1; i <= COUNT; i++) {
		ck_assert_ptr_eq(arena_at(&a, i), at[i]);
		ck_assert_uint_eq(at[i][4], i * 7 + 4);
	}
	arena_free(&a, 77);
	ck_assert_uint_eq(arena_alloc(&a), 77);
	for (size_t k = 0; k < 5; k++)
		ck_assert_uint_eq(at[77][k], 0);
	arena_fini(&a);
}
END_TEST

START_TEST(live_objects_are_walked_in_order)
{
	struct arena a;
	uint32_t h = 0;

	arena_init(&a, 4096);
	for (unsigned i = 0; i < 100; i++)
		arena_alloc(&a);
	for (uint32_t i = 1; i <= 100; i++) {
		if (i % 3 != 0)
			arena_free(&a, i);
	}
	for (uint32_t i = 3; i <= 99; i += 3) {
		h = arena_next(&a, h);
		ck_assert_uint_eq(h, i);
	}
	ck_assert_uint_eq(arena_next(&a, h), 0);
	ck_assert(!arena_is_live(&a, 0));
	ck_assert(!arena_is_live(&a, 100));
	ck_assert(!arena_is_live(&a, 101));
	arena_fini(&a);
}
END_TEST

START_TEST(octets_are_those_of_the_chunks)
{
	struct arena a;

	arena_init(&a, 16);
	ck_assert_uint_eq(arena_octets(&a), 0);
	for (unsigned i = 0; i < 100000; i++)
		arena_alloc(&a);
	ck_assert_uint_ge(arena_octets(&a), 1600000);
	ck_assert_uint_le(arena_octets(&a), 1600000 + 100000 / 8 + 2 * 65536);
	arena_fini(&a);
}
END_TEST

START_TEST(releasing_twice_is_a_bug)
{
	struct arena a;

	arena_init(&a, 16);
	arena_alloc(&a);
	arena_free(&a, 1);
	ck_assert(ABORTS(arena_free(&a, 1)));
	ck_assert(ABORTS(arena_free(&a, 0)));
	ck_assert(ABORTS(arena_free(&a, 5)));
	arena_fini(&a);
}
END_TEST

struct thing {
	uint32_t value;
	struct index_link link;
};

static uint32_t
find_thing(const struct index *index, uint32_t hash, uint32_t value)
{
	uint32_t h = 0;

	while ((h = index_find(index, hash, h)) != 0) {
		if (((struct thing *)arena_at(index->arena, h))->value == value)
			return h;
	}
	return 0;
}

/* Three things share each hash; the index grows far beyond its first chunk and finds all. */
START_TEST(index_finds_what_it_has_while_it_grows)
{
	enum { COUNT = 20000 };
	struct arena a;
	struct index index;

	arena_init(&a, sizeof(struct thing));
	index_init(&index, &a, offsetof(struct thing, link));
	for (uint32_t i = 1; i <= COUNT; i++) {
		uint32_t h = arena_alloc(&a);

		((struct thing *)arena_at(&a, h))->value = i;
		index_insert(&index, h, i / 3 * 2654435761U);
		if (i % 1000 == 0) {
			for (uint32_t k = 1; k <= i; k++)
				ck_assert_uint_eq(find_thing(&index, k / 3 * 2654435761U, k), k);
		}
	}
	ck_assert_uint_ge(index.buckets, COUNT);
	for (uint32_t i = 1; i <= COUNT; i += 2)
		index_remove(&index, i);
	for (uint32_t i = 1; i <= COUNT; i++)
		ck_assert_uint_eq(find_thing(&index, i / 3 * 2654435761U, i), i % 2 == 0 ? i : 0);
	ck_assert(ABORTS(index_remove(&index, 1)));
	index_fini(&index);
	arena_fini(&a);
}
END_TEST

int
main(void)
{
	RUN_SUITE("rib/arena", handles_are_given_again_in_reverse_order,
	    objects_stay_in_place_and_begin_zeroed, live_objects_are_walked_in_order,
	    octets_are_those_of_the_chunks, releasing_twice_is_a_bug,
	    index_finds_what_it_has_while_it_grows);
}
