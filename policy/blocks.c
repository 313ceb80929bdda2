/*
 * Arrays of one owner: see blocks.h. The header of an array stands in the line in front of it.
 */
#include "policy/blocks.h"

#include <stdlib.h>

#include "rib/bug.h"

struct block {
	struct block *next;
	struct block *previous;
	void *raw; /* as calloc() gave it */
	uint64_t octets;
};

_Static_assert(sizeof(struct block) <= BLOCKS_LINE, "the header fits into a line");

void *
blocks_alloc(struct blocks *blocks, size_t count, size_t size)
{
	struct block *block;
	unsigned char *raw;
	size_t octets;

	if (count == 0)
		return NULL;
	if (__builtin_mul_overflow(count, size, &octets) || octets > SIZE_MAX / 2)
		bug("a data set is larger than the address space");
	raw = calloc(1, octets + 2 * (size_t)BLOCKS_LINE);
	if (raw == NULL)
		bug("out of memory");
	block = (void *)(raw + (BLOCKS_LINE - (uintptr_t)raw % BLOCKS_LINE));
	*block = (struct block){.next = blocks->first, .raw = raw, .octets = octets};
	if (block->next != NULL)
		block->next->previous = block;
	blocks->first = block;
	blocks->octets += octets + 2 * (uint64_t)BLOCKS_LINE;
	return (unsigned char *)block + BLOCKS_LINE;
}

static void
release(struct blocks *blocks, struct block *block)
{
	if (block->previous != NULL)
		block->previous->next = block->next;
	else
		blocks->first = block->next;
	if (block->next != NULL)
		block->next->previous = block->previous;
	blocks->octets -= block->octets + 2 * (uint64_t)BLOCKS_LINE;
	free(block->raw);
}

void
blocks_release(struct blocks *blocks, void *array)
{
	if (array != NULL)
		release(blocks, (void *)((unsigned char *)array - BLOCKS_LINE));
}

bool
blocks_free_step(struct blocks *blocks, uint64_t max_octets)
{
	uint64_t gone = 0;

	while (blocks->first != NULL && (gone == 0 || gone + blocks->first->octets <= max_octets)) {
		gone += blocks->first->octets;
		release(blocks, blocks->first);
	}
	return blocks->first != NULL;
}
