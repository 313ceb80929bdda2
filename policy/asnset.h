/*
 * A set of ASNs that answers in one look: open addressing, between 3/8 and 3/4 full.
 *
 *   slots  [ 0 | 64500 | 0 | 64502 | 64501 | 0 | ... ]   0 = empty; the set never has AS 0
 *
 * Made once from a known number of ASNs, never changed afterwards. The same ASNs in the same order
 * give the same slots. Runs in the rib process.
 */
#ifndef POLICY_ASNSET_H
#define POLICY_ASNSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct asnset {
	uint32_t *slots; /* NULL: room for none */
	uint32_t mask;	 /* number of slots - 1 */
	uint32_t shift;
	uint32_t count;
};

/* An empty set with room for this many ASNs. Aborts without memory. */
void asnset_init(struct asnset *, size_t room);
void asnset_fini(struct asnset *);
/* Adds an ASN; AS 0 and what it has already change nothing. */
void asnset_add(struct asnset *, uint32_t asn);
/* The ASNs one after another, in no order: *iter from 0; 0 at the end. */
uint32_t asnset_next(const struct asnset *, size_t *iter);
uint64_t asnset_octets(const struct asnset *);

/* Where the search for an ASN begins. */
static inline uint32_t
asnset_slot(const struct asnset *set, uint32_t asn)
{
	return (asn * UINT32_C(2654435769)) >> set->shift;
}

static inline bool
asnset_has(const struct asnset *set, uint32_t asn)
{
	if (set->slots == NULL || asn == 0)
		return false;
	for (uint32_t at = asnset_slot(set, asn);; at = (at + 1) & set->mask) {
		if (set->slots[at] == asn)
			return true;
		if (set->slots[at] == 0)
			return false;
	}
}

#endif
