/*
 * Interned slot sets against plain words, and the store of attribute blocks.
 */
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rib/attrstore.h"
#include "rib/slotset.h"
#include "tests/unit/rib/main.h"

#define WORDS 4

static void
assert_words(const struct slotsets *s, set_id id, const uint64_t expected[WORDS])
{
	size_t n;
	const uint64_t *words = slotset_words(s, id, &n);

	for (size_t i = 0; i < WORDS; i++)
		ck_assert_uint_eq(i < n ? words[i] : 0, expected[i]);
}

START_TEST(equal_sets_have_equal_handles)
{
	struct slotsets s;
	uint64_t words[WORDS] = {0};
	set_id a, b;
	size_t n;

	slotset_init(&s, 200, 7);
	ck_assert_uint_eq(slotset_intern(&s, words, WORDS), SLOTSET_EMPTY);
	words[1] = 5;
	a = slotset_intern(&s, words, WORDS);
	b = slotset_intern(&s, words, 2);
	ck_assert_uint_eq(a, b);
	slotset_words(&s, a, &n);
	ck_assert_uint_eq(n, 2);
	ck_assert_uint_eq(slotset_of(&s, 64), slotset_minus_slot(&s, a, 66));
	memset(words, 0xff, sizeof(words));
	ck_assert_uint_eq(slotset_intern(&s, words, WORDS), s.everyone);
	ck_assert(slotset_has(&s, s.everyone, 255));
	ck_assert(!slotset_has(&s, s.everyone, 256));
	ck_assert_ptr_null(slotset_check(&s));
	slotset_fini(&s);
}
END_TEST

static set_id
random_set(struct slotsets *s, uint64_t *state, uint64_t words[WORDS])
{
	for (size_t i = 0; i < WORDS; i++) {
		uint64_t word =
		    (uint64_t)test_random(state, UINT32_MAX) << 32 | test_random(state, UINT32_MAX);

		words[i] = test_random(state, 3) == 0 ? 0 : word & (0xf0fULL << i * 8);
	}
	return slotset_intern(s, words, WORDS);
}

/*
 * Operations are right the first time, when they are remembered, and when the remembered result has
 * been released and its handle bears another set.
 */
START_TEST(operations_are_those_of_words)
{
	struct slotsets s;
	uint64_t state = 3;

	slotset_init(&s, WORDS * 64, 7);
	for (unsigned round = 0; round < 3000; round++) {
		uint64_t x[WORDS], y[WORDS], and[WORDS], or [WORDS], minus[WORDS], without[WORDS];
		set_id a = random_set(&s, &state, x), b = random_set(&s, &state, y);
		unsigned slot = test_random(&state, WORDS * 64);

		for (size_t i = 0; i < WORDS; i++) {
			and[i] = x[i] & y[i];
			or [i] = x[i] | y[i];
			minus[i] = x[i] & ~y[i];
			without[i] = x[i];
		}
		slotbits_remove(without, slot);
		for (unsigned again = 0; again < 2; again++) {
			assert_words(&s, slotset_and(&s, a, b), and);
			assert_words(&s, slotset_or(&s, a, b), or);
			assert_words(&s, slotset_minus(&s, a, b), minus);
			assert_words(&s, slotset_minus_slot(&s, a, slot), without);
		}
		ck_assert_uint_eq(slotset_and(&s, a, s.everyone), a);
		if (round % 50 == 0) {
			slotset_trim(&s);
			ck_assert_ptr_null(slotset_check(&s));
		}
	}
	slotset_fini(&s);
}
END_TEST

/* Thousands of other sets push an idle set out; one with a reference stays, and so do its words. */
START_TEST(sets_without_references_are_released_at_last)
{
	struct slotsets s;
	uint64_t words[WORDS] = {1, 2, 3, 4};
	uint64_t serial;
	set_id kept, idle;

	slotset_init(&s, WORDS * 64, 7);
	kept = slotset_intern(&s, words, WORDS);
	slotset_ref(&s, kept);
	words[0] = 9;
	idle = slotset_intern(&s, words, WORDS);
	serial = slotset_serial(&s, idle);
	slotset_trim(&s);
	ck_assert_uint_eq(slotset_intern(&s, words, WORDS), idle);
	ck_assert_uint_eq(slotset_serial(&s, idle), serial);
	for (uint64_t i = 0; i < 10000; i++) {
		uint64_t other[WORDS] = {i, 0, 0, 77};

		slotset_intern(&s, other, WORDS);
	}
	slotset_trim(&s);
	ck_assert_uint_lt(s.sets.live, 9000);
	ck_assert_uint_ne(slotset_serial(&s, slotset_intern(&s, words, WORDS)), serial);
	assert_words(&s, kept, (uint64_t[WORDS]){1, 2, 3, 4});
	slotset_unref(&s, kept);
	ck_assert(ABORTS(slotset_unref(&s, kept)));
	ck_assert_ptr_null(slotset_check(&s));
	slotset_fini(&s);
}
END_TEST

START_TEST(uses_are_summed_up_per_slot)
{
	struct slotsets s;
	set_id a, b;

	slotset_init(&s, 100, 7);
	a = slotset_intern(&s, (uint64_t[]){6}, 1);
	b = slotset_intern(&s, (uint64_t[]){12}, 1);
	slotset_ref(&s, a);
	slotset_ref(&s, b);
	slotset_use(&s, a, FAMILY_IPV4, 3);
	slotset_use(&s, b, FAMILY_IPV4, 1);
	slotset_use(&s, b, FAMILY_IPV6, 5);
	slotset_use(&s, a, FAMILY_IPV4, -1);
	ck_assert_uint_eq(slotset_uses_of(&s, 1, FAMILY_IPV4), 2);
	ck_assert_uint_eq(slotset_uses_of(&s, 2, FAMILY_IPV4), 3);
	ck_assert_uint_eq(slotset_uses_of(&s, 3, FAMILY_IPV4), 1);
	ck_assert_uint_eq(slotset_uses_of(&s, 3, FAMILY_IPV6), 5);
	ck_assert_uint_eq(slotset_uses_of(&s, 0, FAMILY_IPV4), 0);
	slotset_fini(&s);
}
END_TEST

START_TEST(bits_of_words)
{
	uint64_t words[2] = {0};

	ck_assert_uint_eq(slotbits_next(words, 2, 0), 128);
	slotbits_add(words, 0);
	slotbits_add(words, 63);
	slotbits_add(words, 64);
	ck_assert_uint_eq(slotbits_next(words, 2, 0), 0);
	ck_assert_uint_eq(slotbits_next(words, 2, 1), 63);
	ck_assert_uint_eq(slotbits_next(words, 2, 64), 64);
	ck_assert_uint_eq(slotbits_next(words, 2, 65), 128);
	ck_assert_uint_eq(slotbits_next(words, 2, 128), 128);
	ck_assert(slotbits_has(words, 2, 63) && !slotbits_has(words, 1, 64));
	slotbits_remove(words, 63);
	ck_assert(!slotbits_has(words, 2, 63));
}
END_TEST

/* A canonical block padded with communities to about this many octets. */
static size_t
make_block(uint8_t *block, size_t len, uint8_t mark)
{
	static const uint8_t head[] = {
	    4, 192, 0, 2, 1, 0x40, 1, 0, 1, 0, 0x40, 2, 0, 6, 2, 1, 0, 0, 0xfc, 0, 0xc0, 8};
	size_t value = (len - sizeof(head) - 2) / 4 * 4;

	memcpy(block, head, sizeof(head));
	block[9] = 1;
	block[sizeof(head)] = (uint8_t)(value >> 8);
	block[sizeof(head) + 1] = (uint8_t)value;
	memset(block + sizeof(head) + 2, mark, value);
	ck_assert(attrs_is_canonical(block, sizeof(head) + 2 + value));
	return sizeof(head) + 2 + value;
}

START_TEST(blocks_of_all_sizes_are_kept_once)
{
	static const size_t sizes[] = {28, 32, 33, 48, 49, 100, 500, 1024, 1025, 4096, 65000};
	static uint8_t block[70000];
	enum { COUNT = sizeof(sizes) / sizeof(sizes[0]) };
	struct attrstore store;
	attrs_id ids[COUNT];

	attrstore_init(&store, 5);
	for (size_t i = 0; i < COUNT; i++) {
		size_t len = make_block(block, sizes[i], (uint8_t)i);

		ck_assert_uint_eq(attrstore_find(&store, block, len), 0);
		ids[i] = attrstore_intern(&store, block, len);
		ck_assert_uint_eq(attrstore_intern(&store, block, len), ids[i]);
		ck_assert_uint_eq(attrstore_find(&store, block, len), ids[i]);
		ck_assert_uint_eq(attrstore_at(&store, ids[i])->refs, 2);
		ck_assert_uint_eq(attrstore_at(&store, ids[i])->facts.origin, 1);
		ck_assert_uint_eq(attrstore_at(&store, ids[i])->facts.path_len, 1);
	}
	for (size_t i = 0; i < COUNT; i++) {
		size_t len = make_block(block, sizes[i], (uint8_t)i);

		attrstore_unref(&store, ids[i]);
		ck_assert_mem_eq(attrstore_at(&store, ids[i])->block, block, len);
		attrstore_unref(&store, ids[i]);
		ck_assert_uint_eq(attrstore_find(&store, block, len), 0);
	}
	ck_assert_uint_eq(store.block_octets, 0);
	ck_assert_uint_eq(store.single_octets, 0);
	ck_assert_uint_eq(store.attrs.live, 0);
	attrstore_fini(&store);
}
END_TEST

int
main(void)
{
	RUN_SUITE("rib/slotset", equal_sets_have_equal_handles, operations_are_those_of_words,
	    sets_without_references_are_released_at_last, uses_are_summed_up_per_slot,
	    bits_of_words, blocks_of_all_sizes_are_kept_once);
}
