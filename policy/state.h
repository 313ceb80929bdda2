/*
 * struct policy as the files of policy/ see it; nobody else includes this.
 *
 *   policy_config (borrowed) --+
 *                              +--> struct policy
 *   dataset (borrowed) --------+      | checks    lists, authorities, memo of judge    check.c
 *                                     | effects   what a tag's upper half stands for   effect.c
 *                                     | rules     compiled site rules                  rules.c
 *                                     | exports   slot sets of actions, out-forms      reach.c
 *                                     + measured_rtt_ms, observed                      policy.c
 *
 * policy_begin() fills in the first three, then calls X_new(policy) for effects, rules, checks and
 * exports, in this order: each may use what stands before it. What members may announce is compiled
 * after that, member by member: checks_step(). X_free() are called the other way round. Only judge
 * counts in observed; only policy_set_measured_rtt() writes measured_rtt_ms.
 */
#ifndef POLICY_STATE_H
#define POLICY_STATE_H

#include <stdint.h>

#include "policy/policy.h"

#define LOCAL_PREF_DEFAULT  100
#define LOCAL_PREF_REJECTED 1 /* of what is kept for collectors */

struct checks;
struct effects;
struct rules;
struct exports;

struct policy {
	const struct policy_config *config;
	const struct policy_general *general;
	struct dataset *data;
	struct effects *effects;
	struct rules *rules;
	struct checks *checks;
	struct exports *exports;
	uint32_t *measured_rtt_ms;	  /* by slot; POLICY_RTT_UNKNOWN */
	uint64_t (*observed)[REASON_END]; /* by slot and reason */
};

/* The configured peer of a slot; NULL for a slot that the configuration does not have. */
static inline const struct policy_peer *
policy_peer(const struct policy *policy, uint16_t slot)
{
	return slot < policy->config->peer_count ? &policy->config->peers[slot] : NULL;
}

/*
 * True if a path that is rejected for `reason` was rejected before the row of `other` was asked:
 * what that row would have attached (custom communities at REASON_NEXT_HOP, IRR states at
 * REASON_IRR_ORIGIN, ROV states at REASON_ROV, ...) is not there. False for REASON_NONE.
 */
bool check_is_before(enum reason reason, enum reason other);

/* ---- what policy_begin() and what follows it call ---- */

struct effects *effects_new(const struct policy *);
void effects_free(struct effects *);
struct rules *rules_new(const struct policy *);
void rules_free(struct rules *);
struct checks *checks_new(const struct policy *);
/* Compiles the next member; true while there are more. */
bool checks_step(struct checks *, const struct policy *);
/* Gives back the lists of up to max slots; true while there are more, the last call frees all. */
bool checks_free_step(struct checks *, unsigned max);
struct exports *exports_new(const struct policy *);
void exports_free(struct exports *);

/* policy_rtt() of the slot has changed: the sets by RTT are made anew. */
void exports_rtt_changed(struct policy *, uint16_t slot);

#endif
