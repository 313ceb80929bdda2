/*
 * Repeated values; see unique.h. Short runs, which is all that honest members send, are compared
 * value by value; long ones are sorted by index (heap sort: no allocation, no bad case).
 */
#include "bgpd/wire/unique.h"

#include <stdbool.h>
#include <string.h>

#define SHORT_RUN 16

struct run {
	const uint8_t *values;
	size_t size;
};

/* Orders by value, equal ones by where they stand. */
static bool
comes_before(const struct run *run, uint16_t a, uint16_t b)
{
	int order = memcmp(run->values + a * run->size, run->values + b * run->size, run->size);

	return order < 0 || (order == 0 && a < b);
}

static void
sift_down(const struct run *run, uint16_t *heap, size_t at, size_t n)
{
	uint16_t moving = heap[at];
	size_t child;

	while ((child = 2 * at + 1) < n) {
		if (child + 1 < n && comes_before(run, heap[child], heap[child + 1]))
			child++;
		if (!comes_before(run, moving, heap[child]))
			break;
		heap[at] = heap[child];
		at = child;
	}
	heap[at] = moving;
}

static void
sort_indices(const struct run *run, uint16_t *index, size_t n)
{
	for (size_t i = n / 2; i-- > 0;)
		sift_down(run, index, i, n);
	for (size_t left = n; left-- > 1;) {
		uint16_t largest = index[0];

		index[0] = index[left];
		index[left] = largest;
		sift_down(run, index, 0, left);
	}
}

static bool
stands_in(const uint8_t *value, const uint8_t *values, size_t n, size_t size)
{
	for (size_t i = 0; i < n; i++) {
		if (memcmp(value, values + i * size, size) == 0)
			return true;
	}
	return false;
}

static size_t
copy_short(const struct run *run, size_t n, uint8_t *out)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++) {
		const uint8_t *value = run->values + i * run->size;

		if (!stands_in(value, out, kept, run->size))
			memcpy(out + kept++ * run->size, value, run->size);
	}
	return kept * run->size;
}

static size_t
copy_long(const struct run *run, size_t n, uint8_t *out)
{
	uint16_t index[UNIQUE_MAX];
	uint8_t repeated[UNIQUE_MAX] = {0};
	size_t kept = 0;

	for (size_t i = 0; i < n; i++)
		index[i] = (uint16_t)i;
	sort_indices(run, index, n);
	for (size_t i = 1; i < n; i++) {
		repeated[index[i]] = memcmp(run->values + index[i] * run->size,
					 run->values + index[i - 1] * run->size, run->size) == 0;
	}
	for (size_t i = 0; i < n; i++) {
		if (!repeated[i])
			memcpy(out + kept++ * run->size, run->values + i * run->size, run->size);
	}
	return kept * run->size;
}

size_t
unique_copy(const uint8_t *in, size_t len, size_t size, uint8_t *out)
{
	struct run run = {in, size};
	size_t n = len / size;

	return n <= SHORT_RUN ? copy_short(&run, n, out) : copy_long(&run, n, out);
}
