/*
 * The end of every test program of rib/: one suite from a table of tests.
 */
#ifndef TESTS_UNIT_RIB_MAIN_H
#define TESTS_UNIT_RIB_MAIN_H

#include <check.h>
#include <stdlib.h>

/* Runs the tests; returns main()'s value. */
static inline int
run_suite(const char *name, const TTest *const tests[], size_t count)
{
	Suite *suite = suite_create(name);
	TCase *tcase = tcase_create(name);
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_set_timeout(tcase, 60);
	for (size_t i = 0; i < count; i++)
		tcase_add_test(tcase, tests[i]);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

#define RUN_SUITE(name, ...)                                                          \
	do {                                                                          \
		const TTest *const tests_[] = {__VA_ARGS__};                          \
                                                                                      \
		return run_suite((name), tests_, sizeof(tests_) / sizeof(tests_[0])); \
	} while (0)

/* True if running the code in a child ends in abort(): for our own bugs, which must not pass. */
#define ABORTS(code)                                                   \
	__extension__({                                                \
		pid_t child_ = fork();                                 \
		int status_ = 0;                                       \
                                                                       \
		if (child_ == 0) {                                     \
			if (freopen("/dev/null", "w", stderr) == NULL) \
				_exit(1);                              \
			code;                                          \
			_exit(0);                                      \
		}                                                      \
		waitpid(child_, &status_, 0);                          \
		WIFSIGNALED(status_) && WTERMSIG(status_) == SIGABRT;  \
	})

/* The same numbers in every run. */
static inline uint32_t
test_random(uint64_t *state, uint32_t below)
{
	*state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)((*state >> 33) % below);
}

#endif
