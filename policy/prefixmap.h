/*
 * Which records of a large, fixed list cover a prefix. Built once, in slices, from records in any
 * order; never changes afterwards.
 *
 * Distinct prefixes are nodes, sorted by address and length. The last node whose address is not
 * behind that of the prefix asked for is found in a tree of cache lines, and all that covers the
 * prefix is that node or stands above it:
 *
 *   sample    [ 10.0.0.0 ........................ 80.0.0.0 ... ]   every 8th of the line below
 *             [ 10.0.0.0 ........ ] [ 80.0.0.0 .............. ]
 *   keys      [ 10.0.0.0, 10.0.0.0, 10.0.1.0, 10.0.2.0, ...   ]   the addresses' first 64 bits
 *   nodes     [   /8    ,   /16   ,   /24   ,   /24   , ...   ]   length, first value, up
 *                  ^---up----'^--up----'                up: the longest other node that covers it
 *   values    [ 64500 | 64501, 64502 | 64503 | ...            ]   what the records say
 *   extras    [    24 |    16,    24 |    24 | ...            ]   e.g. a VRP's longest length
 *
 * Since an ancestor of a node covers it, the bits that the prefix shares with the node found say
 * how far up to go; no other key is read. The records themselves are not touched by look-ups unless
 * the value is their number. About 17 octets per distinct prefix (IPv6: 25) and 4 per record.
 *
 * Invariant: nodes ascend strictly; values of a node stand in the order of their records. Runs in
 * the rib process.
 */
#ifndef POLICY_PREFIXMAP_H
#define POLICY_PREFIXMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/blocks.h"
#include "rib/prefix.h"

#define PREFIXMAP_RECORDS_MAX ((1U << 24) - 2)
#define PREFIXMAP_LINE	      8 /* keys in a cache line */
#define PREFIXMAP_LEVELS      8 /* 8 to the power of 8 nodes */

/* Where the records are and what of them is kept. They are borrowed until the map is built; with
 * value_at 0 their numbers are what the map answers. */
struct prefixmap_source {
	const void *records; /* each begins with a struct prefix that is valid */
	uint32_t count;	     /* at most PREFIXMAP_RECORDS_MAX */
	uint32_t stride;     /* octets from one to the next */
	uint32_t value_at;   /* offset of a uint32_t; 0: the number of the record */
	uint32_t extra_at;   /* offset of a uint8_t; 0: none */
};

struct prefixmap_node {
	uint32_t first;	  /* of its values; those of the next node end them */
	uint32_t up : 24; /* number + 1 of the next shorter node that covers it; 0 = none */
	uint32_t len : 8; /* bits of its prefix */
};

struct prefixmap_family {
	uint64_t *keys; /* all levels, the nodes' own first, each a whole number of lines */
	uint64_t *lows; /* the other 64 bits; NULL for IPv4 */
	struct prefixmap_node *nodes; /* count, and one that ends the last */
	uint32_t *values;
	uint8_t *extras; /* NULL where the source has none */
	uint32_t count;
	uint32_t levels;
	uint32_t level_at[PREFIXMAP_LEVELS];	/* where each begins in keys */
	uint32_t level_count[PREFIXMAP_LEVELS]; /* keys of each */
};

struct prefixmap_build;

struct prefixmap {
	struct prefixmap_family families[FAMILY_COUNT];
	struct prefixmap_build *build; /* NULL once it is ready */
	struct blocks *blocks;	       /* all arrays are taken from here */
};

/* The blocks must outlive the map and are what gives its memory back. */
void prefixmap_init(struct prefixmap *, const struct prefixmap_source *, struct blocks *);
/* Looks at about max records; true while there is more to do. */
bool prefixmap_step(struct prefixmap *, unsigned max);

/* The longest node that is or covers the prefix, or NULL. */
const struct prefixmap_node *prefixmap_longest(const struct prefixmap *, const struct prefix *);

/* The next shorter node that covers this one, or NULL. */
static inline const struct prefixmap_node *
prefixmap_up(const struct prefixmap_family *in, const struct prefixmap_node *node)
{
	return node->up == 0 ? NULL : &in->nodes[node->up - 1];
}

/* Checks the invariants of a map that is ready: NULL, or a static text naming the broken one. */
const char *prefixmap_check(const struct prefixmap *);

#endif
