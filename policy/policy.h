/*
 * Policy as the table asks for it: judge() for import, reach() for export. Pure functions over a
 * configuration that stays the same while the policy lives.
 *
 *   struct policy_config --policy_new()--> struct policy --judge(path)--> verdict
 *                                                        --reach(attributes)--> (out-form, set)[]
 *
 * Until filters exist, a peer either accepts everything that is well-formed and free of loops
 * (filters: none) or nothing at all (RFC 8212).
 */
#ifndef POLICY_POLICY_H
#define POLICY_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rib/table.h"

struct policy_peer {
	bool filters_none;  /* accept without filters */
	bool prepend_rs_as; /* the server's ASN in front of what this peer is told */
};

struct policy_config {
	uint32_t rs_as;
	const struct policy_peer *peers; /* by slot; copied */
	size_t peer_count;
};

struct policy;

/* Returns a policy to be freed with policy_free(); aborts without memory. */
struct policy *policy_new(const struct policy_config *);
void policy_free(struct policy *);

/* For struct rib_policy, with ctx the policy. */
void policy_judge(void *ctx, const struct path_view *, struct verdict *out);
void policy_reach(
    void *ctx, const uint8_t *block, size_t block_len, uint16_t tags, struct reach_out *out);

#endif
