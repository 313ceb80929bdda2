/*
 * Arrays of one owner: see blocks.h. The header of an array stands in the line in front of it.
 */
#include "policy/blocks.h"

#include <stdlib.h>
#include <sys/mman.h>

#include "rib/bug.h"

#define HUGE_PAGE ((size_t)2 << 20)

struct block {
	struct block *next;
	struct block *previous;
	void *raw; /* as calloc() gave it */
	uint64_t octets;
};

_Static_assert(sizeof(struct block) <= BLOCKS_LINE, "the header fits into a line");

static void
append(struct blocks *blocks, struct block *block, void *raw, size_t octets)
{
	*block = (struct block){.next = blocks->first, .raw = raw, .octets = octets};
	if (block->next != NULL)
		block->next->previous = block;
	blocks->first = block;
	blocks->octets += octets + 2 * (uint64_t)BLOCKS_LINE;
}

void *
blocks_alloc(struct blocks *blocks, size_t count, size_t size)
{
	size_t octets, boundary;
	unsigned char *raw, *array;

	if (count == 0)
		return NULL;
	if (__builtin_mul_overflow(count, size, &octets) || octets > SIZE_MAX / 2)
		rib_bug("a data set is larger than the address space");
	boundary = octets < HUGE_PAGE ? BLOCKS_LINE : HUGE_PAGE;
	raw = calloc(1, octets + boundary + BLOCKS_LINE);
	if (raw == NULL)
		rib_bug("out of memory");
	array = raw + BLOCKS_LINE;
	array += (boundary - (uintptr_t)array % boundary) % boundary;
	/* A look-up jumps through several arrays: with small pages it waits for page tables as
	 * long as for memory. Without huge pages it works as well, so a refusal does not count. */
	if (boundary == HUGE_PAGE)
		(void)madvise(array, octets, MADV_HUGEPAGE);
	append(blocks, (void *)(array - BLOCKS_LINE), raw, octets);
	return array;
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
