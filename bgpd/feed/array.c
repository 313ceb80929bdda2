/* A growing array; see array.h. */
#include "bgpd/feed/array.h"

#include <stdlib.h>
#include <string.h>

#include "bgpd/ipc/bug.h"

#define ROOM_MIN 64

void
array_init(struct array *array, size_t size)
{
	*array = (struct array){.size = size};
}

void
array_fini(struct array *array)
{
	free(array->records);
	array_init(array, array->size);
}

void
array_add(struct array *array, const void *records, size_t count)
{
	size_t room = array->room < ROOM_MIN ? ROOM_MIN : array->room;

	while (room - array->count < count)
		room *= 2;
	if (room != array->room) {
		array->records = bug_reallocarray(array->records, room, array->size);
		array->room = room;
	}
	if (count > 0)
		memcpy((char *)array->records + array->count * array->size, records,
		    count * array->size);
	array->count += count;
}

void *
array_at(const struct array *array, size_t i)
{
	return (char *)array->records + i * array->size;
}

void
array_cut(struct array *array, size_t count)
{
	array->count = count;
}

void
array_sort(struct array *array, int (*compare)(const void *, const void *))
{
	if (array->count > 1)
		qsort(array->records, array->count, array->size, compare);
}

size_t
array_unique(struct array *array, int (*compare)(const void *, const void *))
{
	size_t kept = 0, gone;

	for (size_t i = 0; i < array->count; i++) {
		if (kept > 0 && compare(array_at(array, kept - 1), array_at(array, i)) == 0)
			continue;
		if (kept != i)
			memcpy(array_at(array, kept), array_at(array, i), array->size);
		kept++;
	}
	gone = array->count - kept;
	array->count = kept;
	return gone;
}

void
array_sort_unique(struct array *array, int (*compare)(const void *, const void *))
{
	array_sort(array, compare);
	array_unique(array, compare);
}

void *
array_find(const struct array *array, const void *key, int (*compare)(const void *, const void *))
{
	if (array->count == 0)
		return NULL;
	return bsearch(key, array->records, array->count, array->size, compare);
}
