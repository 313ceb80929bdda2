/*
 * Verification of AS_PATH by ASPAs (draft-ietf-sidrops-aspa-verification), the procedure for routes
 * from a customer, a peer or a route server's client: the whole path must be a ramp that goes up
 * from the origin to the neighbour.
 *
 *      neighbour  A(N)      each step A(i) -> A(i+1): does A(i) attest that A(i+1) is its provider?
 *             ^                 provider+ ... valid      no attestation ... unknown
 *     A(2) ---'                 not provider+ ... invalid
 *      ^
 *   A(1) origin
 *
 * With max_up_ramp the first step that is "not provider+" and min_up_ramp the first that is not
 * "provider+", the draft's outcomes are: invalid if max_up_ramp < N, unknown if min_up_ramp < N.
 * Which is: one denied step makes it invalid, else one without attestation unknown. Runs in the rib
 * process.
 */
#include "policy/dataset_state.h"

static const struct data_aspa *
aspa_of(const struct dataset *dataset, uint32_t customer)
{
	uint32_t pos = finder_begin(&dataset->aspas, finder_hash_number(customer)), n;

	while ((n = finder_next(&dataset->aspas, &pos)) != 0) {
		if (dataset->data.aspas[n - 1].customer == customer)
			return &dataset->data.aspas[n - 1];
	}
	return NULL;
}

enum policy_hop
dataset_aspa_hop(const struct dataset *dataset, uint32_t customer, uint32_t provider)
{
	const struct data_aspa *aspa = aspa_of(dataset, customer);

	if (aspa == NULL)
		return HOP_NO_ATTESTATION;
	/* AS 0 stands for "no providers", it is none itself. */
	if (provider != 0 && policy_range_has(&dataset->data, aspa->providers, provider))
		return HOP_PROVIDER;
	return HOP_NOT_PROVIDER;
}

enum policy_aspa
dataset_aspa(const struct dataset *dataset, const uint32_t *path, size_t len)
{
	enum policy_aspa outcome = len == 0 ? ASPA_INVALID : ASPA_VALID;

	for (size_t i = len; i > 1; i--) {
		if (path[i - 1] == path[i - 2]) /* prepended */
			continue;
		switch (dataset_aspa_hop(dataset, path[i - 1], path[i - 2])) {
		case HOP_PROVIDER:
			break;
		case HOP_NO_ATTESTATION:
			outcome = ASPA_UNKNOWN;
			break;
		case HOP_NOT_PROVIDER:
			return ASPA_INVALID;
		}
	}
	return outcome;
}
