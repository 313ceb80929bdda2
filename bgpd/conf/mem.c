/*
 * Allocation for the configuration: see mem.h. Parent only.
 */
#include "bgpd/conf/mem.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Noreturn void
no_memory(void)
{
	fputs("roostd: no memory for the configuration\n", stderr);
	abort();
}

void *
mem_new(size_t count, size_t size)
{
	void *memory = calloc(count == 0 ? 1 : count, size);

	if (memory == NULL)
		no_memory();
	return memory;
}

void *
mem_grow(void *array, size_t count, size_t *room, size_t size)
{
	void *moved;

	if (count < *room)
		return array;
	*room = *room == 0 ? 8 : *room * 2;
	if (*room > SIZE_MAX / size)
		no_memory();
	/* Not realloc(): the old place may hold secrets. */
	moved = mem_new(*room, size);
	if (array != NULL) {
		memcpy(moved, array, count * size);
		explicit_bzero(array, count * size);
		free(array);
	}
	return moved;
}

char *
mem_text(const char *octets, size_t len)
{
	char *text = mem_new(len + 1, 1);

	memcpy(text, octets, len);
	return text;
}

void
mem_wipe(char *text)
{
	if (text == NULL)
		return;
	explicit_bzero(text, strlen(text));
	free(text);
}
