/* Unit tests of bgpd/wire/unique.h. */
#include "bgpd/wire/unique.h"

#include "tests/unit/wire/suite.h"

#define SIZE 12

/* What unique_copy() has to do, done slowly. */
static size_t
naive_copy(const uint8_t *in, size_t len, uint8_t *out)
{
	size_t kept = 0;

	for (size_t i = 0; i < len; i += SIZE) {
		size_t j = 0;

		while (j < kept && memcmp(out + j, in + i, SIZE) != 0)
			j += SIZE;
		if (j == kept) {
			memcpy(out + kept, in + i, SIZE);
			kept += SIZE;
		}
	}
	return kept;
}

START_TEST(same_as_the_slow_way)
{
	static const size_t counts[] = {0, 1, 2, 3, 15, 16, 17, 18, 40, 300};
	uint32_t random = 1;

	for (size_t i = 0; i < 50 * COUNT(counts); i++) {
		size_t len = counts[i % COUNT(counts)] * SIZE, kept;
		uint8_t *in = exact(NULL, len), *out = exact(NULL, len), *wanted = exact(NULL, len);

		for (size_t j = 0; j < len; j += SIZE) {
			random = random * 1664525 + 1013904223;
			in[j + random % SIZE] = (uint8_t)(random >> 28);
		}
		kept = unique_copy(in, len, SIZE, out);
		ck_assert_uint_eq(kept, naive_copy(in, len, wanted));
		ck_assert(kept == 0 || memcmp(out, wanted, kept) == 0);
		free_owned();
	}
}
END_TEST

START_TEST(the_longest_run)
{
	size_t len = UNIQUE_MAX * SIZE;
	uint8_t *in = exact(NULL, len), *out = exact(NULL, len);

	ck_assert_uint_eq(unique_copy(in, len, SIZE, out), SIZE);
	for (size_t i = 0; i < UNIQUE_MAX; i++) {
		in[i * SIZE + 10] = (uint8_t)(i >> 8);
		in[i * SIZE + 11] = (uint8_t)i;
	}
	ck_assert_uint_eq(unique_copy(in, len, SIZE, out), len);
	ck_assert_mem_eq(in, out, len);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {same_as_the_slow_way, the_longest_run};

	return run_suite("wire/unique", tests, COUNT(tests));
}
