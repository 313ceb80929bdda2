/*
 * Origin validation (RFC 6811): a route is valid if one VRP covers it, allows its length and names
 * its origin; invalid if VRPs cover it and none matches; unknown if none covers it. Runs in the rib
 * process.
 */
#include "policy/dataset_state.h"

/* True if one of the node's VRPs matches: its prefix covers the route's already. */
static bool
matches(const struct prefixmap_family *in, const struct prefixmap_node *node, unsigned len,
    uint32_t origin)
{
	for (uint32_t i = node[0].first; i < node[1].first; i++) {
		if (in->values[i] == origin && in->extras[i] >= len)
			return true;
	}
	return false;
}

enum policy_rov
dataset_rov(
    const struct dataset *dataset, const struct prefix *prefix, bool has_origin, uint32_t origin)
{
	const struct prefixmap_family *in = &dataset->vrps.families[prefix->family];
	const struct prefixmap_node *node = prefixmap_longest(&dataset->vrps, prefix);

	if (node == NULL)
		return ROV_UNKNOWN;
	/* AS 0 in a VRP authorises nobody (RFC 6483 section 4), so no route can match by it. */
	if (!has_origin || origin == 0)
		return ROV_INVALID;
	for (; node != NULL; node = prefixmap_up(in, node)) {
		if (matches(in, node, prefix->len, origin))
			return ROV_VALID;
	}
	return ROV_INVALID;
}
