/*
 * Site rules: what the schema of the configuration cannot say. Both directions are matched once per
 * path, by judge: no match looks at a receiver. What a matched rule does to the route and its
 * receivers is done by reach, which learns of it by the effect.
 *
 *   import rules --in order--> each that matches acts; reject or accept is the last
 *   export rules --in order--> likewise (not asked after a reject that is not only observed)
 *        |
 *        v
 *   struct rules_result: reject? local preference? and the rules that change what leaves
 *
 * Lists of prefixes and numbers are compiled to hashes and sorted arrays. What depends on
 * attributes alone is remembered for the last block, which many prefixes of an UPDATE share.
 */
#ifndef POLICY_RULES_H
#define POLICY_RULES_H

#include <stdbool.h>
#include <stdint.h>

#include "policy/state.h"

struct rules_result {
	const uint32_t *rules; /* indexes into the configuration's rules; until the next call */
	uint32_t rule_count;
	bool reject;
	uint32_t reject_rule; /* index of the rule, if reject */
	bool has_local_pref;
	uint32_t local_pref;
};

/*
 * tags: what judge has found so far (IRR, ROV, blackhole). With neither import nor export rules
 * this costs two comparisons.
 */
void rules_judge(
    struct policy *, const struct path_view *, uint32_t tags, struct rules_result *out);

/* True if the index belongs to an import rule. */
bool rules_is_import(const struct policy_general *, uint32_t index);

#endif
