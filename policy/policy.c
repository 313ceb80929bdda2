/*
 * A policy as a whole: its parts, and the numbers that are in force for a peer; see state.h for the
 * drawing. Runs in rib.
 */
#include "policy/policy.h"

#include <limits.h>
#include <stdlib.h>

#include "policy/check.h"
#include "policy/state.h"
#include "rib/bug.h"

static void *
take_memory(size_t count, size_t size)
{
	void *p = calloc(count > 0 ? count : 1, size);

	if (p == NULL)
		rib_bug("no memory for a policy");
	return p;
}

struct policy *
policy_begin(const struct policy_config *config, struct dataset *data)
{
	struct policy *policy = take_memory(1, sizeof(*policy));

	policy->config = config;
	policy->general = config->general;
	policy->data = data;
	policy->measured_rtt_ms = take_memory(config->peer_count, sizeof(uint32_t));
	policy->observed = take_memory(config->peer_count, sizeof(*policy->observed));
	policy->effects = effects_new(policy);
	policy->rules = rules_new(policy);
	policy->checks = checks_new(policy);
	policy->exports = exports_new(policy);
	return policy;
}

bool
policy_step(struct policy *policy)
{
	return checks_step(policy->checks, policy);
}

struct policy *
policy_new(const struct policy_config *config, struct dataset *data)
{
	struct policy *policy = policy_begin(config, data);

	while (policy_step(policy))
		continue;
	return policy;
}

bool
policy_free_step(struct policy *policy, unsigned max)
{
	if (checks_free_step(policy->checks, max))
		return true;
	exports_free(policy->exports);
	rules_free(policy->rules);
	effects_free(policy->effects);
	free(policy->observed);
	free(policy->measured_rtt_ms);
	free(policy);
	return false;
}

void
policy_free(struct policy *policy)
{
	while (policy != NULL && policy_free_step(policy, UINT_MAX))
		continue;
}

uint64_t
policy_observed(const struct policy *policy, uint16_t slot, enum reason reason)
{
	if (policy_peer(policy, slot) == NULL || reason >= REASON_END)
		return 0;
	return policy->observed[slot][reason];
}

const struct policy_config *
policy_config(const struct policy *policy)
{
	return policy->config;
}

const struct dataset *
policy_dataset(const struct policy *policy)
{
	return policy->data;
}

const struct authority *
policy_authority(const struct policy *policy, uint16_t slot)
{
	if (policy_peer(policy, slot) == NULL)
		return NULL;
	return policy->checks->peers[slot].authority;
}

/* ---- limits ---- */

/* (prefixes + absolute) * (1 + relative / 100), half of one counts as one. */
static uint32_t
with_increment(uint32_t prefixes, const struct policy_peer *peer)
{
	uint64_t sum = (uint64_t)prefixes + peer->limit_increment;
	uint64_t factor = UINT64_C(100) + peer->limit_increment_percent;
	uint64_t limit;

	if (sum > UINT64_MAX / factor - 50)
		return UINT32_MAX;
	limit = (sum * factor + 50) / 100;
	return limit < UINT32_MAX ? (uint32_t)limit : UINT32_MAX;
}

uint32_t
policy_limit(const struct policy *policy, uint16_t slot, enum family family)
{
	const struct policy_peer *peer = policy_peer(policy, slot);
	const struct data_network *network = NULL;
	uint32_t general;

	if (peer == NULL || peer->limit_action == LIMIT_NONE)
		return 0;
	if (peer->limit[family] != 0)
		return peer->limit[family];
	general = peer->general_limit[family];
	if ((peer->flags & PEER_LIMIT_PEERING_DB) != 0)
		network = dataset_network(policy->data, peer->asn);
	if (network == NULL)
		return general;
	if (network->has_prefixes[family])
		return with_increment(network->prefixes[family], peer);
	/* No limit in general is none for who gave no number. */
	return general == 0 ? 0 : with_increment(general, peer);
}

/* ---- round-trip times ---- */

/* The RTT that a configuration or a file gives; POLICY_RTT_UNKNOWN if none does. */
static uint32_t
given_rtt(const struct policy *policy, const struct policy_peer *peer)
{
	if (peer->rtt_ms != POLICY_RTT_UNKNOWN)
		return peer->rtt_ms;
	return dataset_rtt(policy->data, (enum family)peer->family, peer->addr);
}

uint32_t
policy_rtt(const struct policy *policy, uint16_t slot)
{
	const struct policy_peer *peer = policy_peer(policy, slot);
	uint32_t rtt_ms;

	if (peer == NULL)
		return POLICY_RTT_UNKNOWN;
	rtt_ms = given_rtt(policy, peer);
	if (rtt_ms == POLICY_RTT_UNKNOWN && (policy->general->flags & GENERAL_RTT_MEASURED) != 0)
		rtt_ms = policy->measured_rtt_ms[slot];
	return rtt_ms;
}

/* Peers with the same number are alike to every threshold; 0 is an unknown RTT. */
static uint32_t
rtt_class(const struct policy *policy, uint32_t rtt_ms)
{
	const struct policy_range *range = &policy->general->rtt_thresholds;
	uint32_t class = 1;

	if (rtt_ms == POLICY_RTT_UNKNOWN)
		return 0;
	for (uint32_t i = 0; i < range->count; i++)
		class += rtt_ms > policy->config->asns[range->first + i];
	return class;
}

bool
policy_set_measured_rtt(struct policy *policy, uint16_t slot, uint32_t rtt_ms)
{
	uint32_t before;
	uint32_t after;

	if (policy_peer(policy, slot) == NULL)
		return false;
	before = policy_rtt(policy, slot);
	policy->measured_rtt_ms[slot] = rtt_ms > POLICY_RTT_MAX_MS ? POLICY_RTT_MAX_MS : rtt_ms;
	after = policy_rtt(policy, slot);
	if (rtt_class(policy, before) == rtt_class(policy, after))
		return false;
	exports_rtt_changed(policy, slot);
	return true;
}
