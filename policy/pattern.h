/*
 * From a community to what it means, without looking at every pattern: a hash of all patterns of
 * the configuration by their value, the last part left out where it is wild.
 *
 *   value 64500:1:7 --hash(large, 64500, 1, 7)-----> patterns that are this value
 *                   --hash(large, 64500, 1, wild)--> patterns of 64500:1:anything
 *
 * Open addressing, at most half full, made once: a look costs the same however many patterns there
 * are, and what strangers send can lengthen no cluster.
 */
#ifndef POLICY_PATTERN_H
#define POLICY_PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/community.h"

struct pattern_cell {
	const struct policy_community *pattern; /* NULL: free */
	uint32_t hash;
};

struct pattern_index {
	struct pattern_cell *cells;
	size_t mask;	 /* cells - 1; a power of two */
	uint64_t looked; /* cells looked at since the beginning: what looking costs */
};

/* Room for `count` patterns. */
void pattern_index_init(struct pattern_index *, size_t count);
void pattern_index_fini(struct pattern_index *);
/* The pattern is borrowed. No more than init was told. */
void pattern_index_add(struct pattern_index *, const struct policy_community *);

/* A pass over the patterns that a value belongs to. */
struct pattern_pass {
	const struct community_value *value;
	size_t cell;
	uint32_t hash;
	bool wild; /* in the second half */
};

void pattern_pass_init(
    const struct pattern_index *, struct pattern_pass *, const struct community_value *);
/* The next pattern, *last being the value's last part; NULL at the end. */
const struct policy_community *pattern_pass_next(
    struct pattern_index *, struct pattern_pass *, uint32_t *last);

#endif
