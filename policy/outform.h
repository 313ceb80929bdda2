/*
 * Making out-forms: canonical blocks changed on their way to a set of receivers. Pure; the input
 * stays as it is, the result goes to a buffer of the caller.
 */
#ifndef POLICY_OUTFORM_H
#define POLICY_OUTFORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/community.h"
#include "rib/attrs.h"

#define OUTFORM_PREPEND_MAX 16 /* ASNs put in front of a path */

/* The communities of one format, as their attribute has them. */
struct outform_list {
	size_t len; /* octets */
	uint8_t octets[ATTRS_MAX];
};

/* True if the list has these octets of one community. */
bool outform_list_has(const struct outform_list *, enum community_format, const uint8_t *octets);
/* Puts a community at the end unless it is there; false if there is no room. */
bool outform_list_add(struct outform_list *, const struct community_value *);
/* Removes what a pattern of the list's format matches. */
void outform_list_remove(struct outform_list *, const struct policy_community *);

/* What is different about a form; all zero: nothing. */
struct outform {
	uint32_t prepend[OUTFORM_PREPEND_MAX]; /* left-most first */
	unsigned prepend_count;
	const uint8_t *next_hop; /* NULL: as it came */
	uint8_t next_hop_len;	 /* 4 or 16 */
	uint32_t otc;		 /* added where absent (RFC 9234 section 5); 0: not */
	/* By format, in place of those of the block, the attribute being left out where the list is
	 * empty; NULL: as they came. */
	const struct outform_list *lists;
	/* Attributes left out, a set of types; NULL: none. None of those that a form may add. */
	const uint8_t *drop;
	uint32_t std[2]; /* further standard communities, added where absent */
	unsigned std_count;
};

/*
 * Copies a canonical block changed so. out has ATTRS_MAX octets. Returns the length, or 0 if it
 * would not fit.
 */
size_t outform_build(const struct outform *, const uint8_t *block, size_t block_len, uint8_t *out);

#endif
