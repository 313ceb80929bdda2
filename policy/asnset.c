/*
 * Sets of ASNs: see asnset.h.
 */
#include "policy/asnset.h"

#include <stdlib.h>
#include <string.h>

#include "rib/arena.h"
#include "rib/bug.h"

void
asnset_init(struct asnset *set, size_t room)
{
	unsigned bits = 2;

	*set = (struct asnset){0};
	if (room == 0)
		return;
	while (((size_t)3 << bits) / 4 < room)
		bits++;
	if (bits > 31)
		rib_bug("a set of more ASNs than there are");
	set->mask = (UINT32_C(1) << bits) - 1;
	set->shift = 32 - bits;
	set->slots = arena_malloc(sizeof(*set->slots) << bits);
	memset(set->slots, 0, sizeof(*set->slots) << bits);
}

void
asnset_fini(struct asnset *set)
{
	free(set->slots);
	*set = (struct asnset){0};
}

void
asnset_add(struct asnset *set, uint32_t asn)
{
	uint32_t at;

	if (asn == 0 || asnset_has(set, asn))
		return;
	if (set->slots == NULL || set->count == set->mask)
		rib_bug("a set of ASNs has no room");
	for (at = asnset_slot(set, asn); set->slots[at] != 0;)
		at = (at + 1) & set->mask;
	set->slots[at] = asn;
	set->count++;
}

uint32_t
asnset_next(const struct asnset *set, size_t *iter)
{
	while (set->slots != NULL && *iter <= set->mask) {
		uint32_t asn = set->slots[(*iter)++];

		if (asn != 0)
			return asn;
	}
	return 0;
}

uint64_t
asnset_octets(const struct asnset *set)
{
	return set->slots == NULL ? 0 : sizeof(*set->slots) * ((uint64_t)set->mask + 1);
}
