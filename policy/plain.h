/*
 * Policy as the table asks for it: judge() for import, reach() for export. Pure functions over a
 * configuration that stays the same while the policy lives.
 *
 *   struct plain_config --plain_new()--> struct plain --judge(path)--> verdict
 *                                                        --reach(attributes)--> (out-form, set)[]
 *
 * Until filters exist, a peer either accepts everything that is well-formed and free of loops
 * (filters: none) or nothing at all (RFC 8212).
 */
#ifndef POLICY_PLAIN_H
#define POLICY_PLAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rib/table.h"

struct plain_peer {
	bool filters_none;  /* accept without filters */
	bool prepend_rs_as; /* the server's ASN in front of what this peer is told */
};

struct plain_config {
	uint32_t rs_as;
	const struct plain_peer *peers; /* by slot; copied */
	size_t peer_count;
};

struct plain;

/* Returns a policy to be freed with plain_free(); aborts without memory. */
struct plain *plain_new(const struct plain_config *);
void plain_free(struct plain *);

/* For struct rib_policy, with ctx the policy. */
void plain_judge(void *ctx, const struct path_view *, struct verdict *out);
void plain_reach(
    void *ctx, const uint8_t *block, size_t block_len, uint32_t tags, struct reach_out *out);

#endif
