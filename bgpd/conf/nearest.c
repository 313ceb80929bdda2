/* Edit distance: see nearest.h. Pure; parent only. */
#include "bgpd/conf/nearest.h"

#include <string.h>

static size_t
least(size_t a, size_t b, size_t c)
{
	size_t min = a < b ? a : b;

	return min < c ? min : c;
}

size_t
nearest_distance(const char *a, const char *b)
{
	size_t rows_of[3][NEAREST_WORD_MAX + 1] = {{0}};
	size_t a_len = strlen(a), b_len = strlen(b), i, j;

	if (a_len > NEAREST_WORD_MAX || b_len > NEAREST_WORD_MAX)
		return NEAREST_WORD_MAX;
	for (j = 0; j <= b_len; j++)
		rows_of[0][j] = j;
	for (i = 1; i <= a_len; i++) {
		size_t *now = rows_of[i % 3];
		const size_t *before = rows_of[(i + 2) % 3], *two_before = rows_of[(i + 1) % 3];

		now[0] = i;
		for (j = 1; j <= b_len; j++) {
			now[j] = least(
			    before[j] + 1, now[j - 1] + 1, before[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    two_before[j - 2] + 1 < now[j])
				now[j] = two_before[j - 2] + 1;
		}
	}
	return rows_of[a_len % 3][b_len];
}

size_t
nearest_limit(const char *word)
{
	return strlen(word) < 3 ? 1 : strlen(word) / 3 + 1;
}

const char *
nearest_find(const char *word, const char *(*get)(size_t index))
{
	size_t best = nearest_limit(word);
	const char *nearest = NULL, *known;

	for (size_t i = 0; (known = get(i)) != NULL; i++) {
		size_t distance = *known == '\0' ? NEAREST_WORD_MAX : nearest_distance(word, known);

		if (distance < best || (distance == best && nearest == NULL)) {
			best = distance;
			nearest = known;
		}
	}
	return nearest;
}
