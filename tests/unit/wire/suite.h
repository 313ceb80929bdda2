/*
 * What the unit tests of this folder share: running a list of tests, and octets from hexadecimal
 * text in memory of exactly their length, so that the sanitizer sees one step too far.
 */
#ifndef TESTS_UNIT_WIRE_SUITE_H
#define TESTS_UNIT_WIRE_SUITE_H

#include <check.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* What exact() gave out to the running test; freed when it ends. */
static void *owned[1024];
static size_t owned_count;

static inline void
free_owned(void)
{
	while (owned_count > 0)
		free(owned[--owned_count]);
}

/* Runs the tests; returns main()'s value. */
static inline int
run_suite(const char *name, const TTest *const *tests, size_t n)
{
	Suite *suite = suite_create(name);
	TCase *tcase = tcase_create(name);
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_set_timeout(tcase, 60); /* the sanitizers are slow, and so are busy machines */
	tcase_add_checked_fixture(tcase, NULL, free_owned);
	for (size_t i = 0; i < n; i++)
		tcase_add_test(tcase, tests[i]);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* A copy on the heap, of exactly len octets, freed when the test ends; data may be NULL. */
static inline uint8_t *
exact(const void *data, size_t len)
{
	uint8_t *copy = calloc(1, len == 0 ? 1 : len);

	ck_assert_ptr_nonnull(copy);
	ck_assert_uint_lt(owned_count, COUNT(owned));
	owned[owned_count++] = copy;
	if (data != NULL && len > 0)
		memcpy(copy, data, len);
	return copy;
}

/* Hexadecimal text, spaces allowed; returns exactly *len octets on the heap. */
static inline uint8_t *
hex(const char *text, size_t *len)
{
	uint8_t bytes[4096], *copy;
	size_t n = 0;
	int high = -1;

	for (; *text != '\0'; text++) {
		const char *digits = "0123456789abcdef";
		const char *digit = strchr(digits, *text);

		if (*text == ' ')
			continue;
		ck_assert_ptr_nonnull(digit);
		ck_assert_uint_lt(n, sizeof(bytes));
		if (high < 0) {
			high = (int)(digit - digits);
		} else {
			bytes[n++] = (uint8_t)(high << 4 | (int)(digit - digits));
			high = -1;
		}
	}
	ck_assert_int_eq(high, -1);
	copy = exact(bytes, n);
	*len = n;
	return copy;
}

#endif
