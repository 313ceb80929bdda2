/*
 * The tree of prefixes of one family: binary, path-compressed, in an arena.
 *
 *            10.0.0.0/8*                * bears a value; a node without one ("glue") joins two
 *            /         \                  subtrees and has always both children
 *     10.0.0.0/9    10.128.0.0/16*
 *      /      \
 *  10.0.0.0/24*  10.64.0.0/24*
 *
 * Invariant: a child's prefix is longer than its parent's, is covered by it, and hangs on the side
 * of its first bit behind the parent's length. So a walk "node, left, right" is prefix_compare()'s
 * order. Nodes keep their handle as long as they bear a value. Nodes hold as many octets of address
 * as the family needs. No parent links: whoever goes up came down before.
 */
#ifndef RIB_RADIX_H
#define RIB_RADIX_H

#include <stdbool.h>
#include <stdint.h>

#include "rib/arena.h"
#include "rib/prefix.h"

struct radix_node {
	uint32_t child[2];
	uint32_t value; /* 0: glue */
	uint8_t len;
	uint8_t key[]; /* 4 or 16 octets */
};

struct radix {
	struct arena nodes;
	uint32_t root;
	enum family family;
};

void radix_init(struct radix *, enum family);
void radix_fini(struct radix *);

static inline struct radix_node *
radix_at(const struct radix *radix, uint32_t node)
{
	return arena_at(&radix->nodes, node);
}

/* The prefix of a node. */
void radix_prefix(const struct radix *, uint32_t node, struct prefix *out);

/* The node of exactly this prefix that bears a value, or 0. */
uint32_t radix_find(const struct radix *, const struct prefix *);

/*
 * The node of exactly this prefix, made if it is not there; then, or if it was glue, its value is
 * 0, and the caller must set one before the next call.
 */
uint32_t radix_insert(struct radix *, const struct prefix *);

/* Removes a node that bears a value. */
void radix_remove(struct radix *, const struct prefix *);

/*
 * The next node with a value that covers the prefix (itself included) and has at least min_len
 * bits; 0 if there is none.
 */
uint32_t radix_covering(const struct radix *, const struct prefix *, unsigned min_len);
/* The longest node with a value that covers the prefix (itself included), or 0. */
uint32_t radix_longest(const struct radix *, const struct prefix *);

/* A pass in order. Valid until the tree changes; a pass across changes begins anew at a key. */
struct radix_pass {
	const struct radix *radix;
	unsigned depth;
	uint32_t stack[130];
};

/* Begins at the first prefix behind key (or at key itself); key NULL: at the first of all. */
void radix_pass_init(
    struct radix_pass *, const struct radix *, const struct prefix *key, bool inclusive);
/* The next node with a value; 0 at the end. */
uint32_t radix_pass_next(struct radix_pass *);

/* Checks the invariants: NULL, or a static text naming the broken one. */
const char *radix_check(const struct radix *);

#endif
