/* What the tests of this folder share: running a list of tests, random numbers. */
#ifndef TESTS_UNIT_SESSION_SUITE_H
#define TESTS_UNIT_SESSION_SUITE_H

#include <check.h>
#include <stdint.h>
#include <stdlib.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Runs the tests, each between begin and end (NULL: nothing to do); returns main()'s value. */
static inline int
run_suite_with(
    const char *name, const TTest *const *tests, size_t n, void (*begin)(void), void (*end)(void))
{
	Suite *suite = suite_create(name);
	TCase *tcase = tcase_create(name);
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_set_timeout(tcase, 60); /* the sanitizers are slow, and so are busy machines */
	tcase_add_checked_fixture(tcase, begin, end);
	for (size_t i = 0; i < n; i++)
		tcase_add_test(tcase, tests[i]);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

static inline int
run_suite(const char *name, const TTest *const *tests, size_t n)
{
	return run_suite_with(name, tests, n, NULL, NULL);
}

/* splitmix64 */
static inline uint64_t
random_below(uint64_t *state, uint64_t bound)
{
	uint64_t z = (*state += 0x9e3779b97f4a7c15u);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return (z ^ (z >> 31)) % bound;
}

#endif
