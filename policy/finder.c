/*
 * Records by the hash of a key: see finder.h.
 */
#include "policy/finder.h"

#include "rib/bug.h"

void
finder_init(struct finder *finder, uint32_t count, struct blocks *blocks)
{
	uint32_t slots = 4;

	*finder = (struct finder){0};
	if (count == 0)
		return;
	if (count > UINT32_C(1) << 30)
		rib_bug("more records than a finder can hold");
	while (slots < count * 2)
		slots *= 2;
	finder->slots = blocks_alloc(blocks, slots, sizeof(*finder->slots));
	finder->mask = slots - 1;
}

void
finder_put(struct finder *finder, uint32_t hash, uint32_t number)
{
	uint32_t at = hash & finder->mask;

	while (finder->slots[at] != 0)
		at = (at + 1) & finder->mask;
	finder->slots[at] = number + 1;
}

/* Every bit of the number changes about half of the hash's. */
uint32_t
finder_hash_number(uint32_t number)
{
	number ^= number >> 16;
	number *= UINT32_C(0x85ebca6b);
	number ^= number >> 13;
	number *= UINT32_C(0xc2b2ae35);
	return number ^ number >> 16;
}

uint32_t
finder_hash_octets(const void *octets, size_t n)
{
	const uint8_t *at = octets;
	uint32_t hash = UINT32_C(2166136261);

	for (size_t i = 0; i < n; i++)
		hash = (hash ^ at[i]) * UINT32_C(16777619);
	return finder_hash_number(hash);
}
