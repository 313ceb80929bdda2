/*
 * Interned attribute blocks: equal blocks have equal handles, are kept once, counted by plain
 * references, and what the decision process needs of them is read once.
 *
 *   attrs_id -> struct attr { hash link, block --> octets, references, serial, facts, fits }
 *
 * Octets live in arenas of a few sizes; blocks longer than the largest are taken singly.
 */
#ifndef RIB_ATTRSTORE_H
#define RIB_ATTRSTORE_H

#include <stddef.h>
#include <stdint.h>

#include "rib/arena.h"
#include "rib/attrs.h"
#include "rib/index.h"
#include "rib/prefix.h"
#include "rib/table.h"

#define ATTRSTORE_SIZES 10

struct attr {
	struct index_link link;
	uint8_t *block;
	uint64_t serial; /* sorts where an order is needed */
	uint32_t len;
	uint32_t refs;
	uint32_t octets; /* handle of the block in its arena; 0: taken singly */
	struct attrs_facts facts;
	uint16_t fits[FAMILY_COUNT]; /* classes whose messages can carry it */
	uint8_t fits_known;	     /* 1 << family */
};

struct attrstore {
	struct arena attrs;
	struct arena blocks[ATTRSTORE_SIZES];
	struct index index;
	uint64_t seed;
	uint64_t serial;
	uint64_t block_octets; /* of blocks held */
	uint64_t single_octets;
};

void attrstore_init(struct attrstore *, uint64_t seed);
void attrstore_fini(struct attrstore *);

static inline struct attr *
attrstore_at(const struct attrstore *store, attrs_id id)
{
	return arena_at(&store->attrs, id);
}

/* 0 if there is none. Counts no reference. */
attrs_id attrstore_find(const struct attrstore *, const uint8_t *block, size_t len);
/* Finds or copies a canonical block and counts one reference. */
attrs_id attrstore_intern(struct attrstore *, const uint8_t *block, size_t len);

static inline void
attrstore_ref(struct attrstore *store, attrs_id id)
{
	attrstore_at(store, id)->refs++;
}

void attrstore_unref(struct attrstore *, attrs_id);

uint64_t attrstore_octets(const struct attrstore *);

#endif
