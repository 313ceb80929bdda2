/* Another generation: policy, data, peers and limits change while the table runs. See run.h. */
#include <string.h>

#include "tests/policymodel/random.h"
#include "tests/policymodel/run.h"

/* How messages are encoded is not what is tested here. */
static uint16_t
fits(void *ctx, const uint8_t *block, size_t len, enum family family)
{
	(void)ctx;
	(void)block;
	(void)len;
	(void)family;
	return UINT16_MAX;
}

struct rib_policy
generation_policy(void)
{
	return (struct rib_policy){.ctx = compiled_policy(run.compiled),
	    .judge = policy_judge,
	    .reach = policy_reach,
	    .fits = fits};
}

void
generation_describe(unsigned slot)
{
	const struct naive_peer *from = &run.world.peers[slot];
	struct table_peer peer = {.asn = from->asn,
	    .addr_family = from->address.family,
	    .limit_accepted_only = !from->count_rejected,
	    .limit_soft = from->limit_action == NAIVE_LIMIT_WARNING};

	memcpy(peer.addr, from->address.addr, sizeof(peer.addr));
	if (from->kind == NAIVE_NOBODY)
		return;
	for (unsigned f = 0; f < 2; f++) {
		uint32_t limit =
		    policy_limit(compiled_policy(run.compiled), (uint16_t)slot, (enum family)f);

		if (limit != naive_prefix_limit(&run.world, slot, f))
			run_fail("a limit differs from the naive policy's", slot, f);
		peer.limit[f] = run.sessions[slot].limit[f] = limit;
	}
	table_peer_set(run.table, (uint16_t)slot, &peer);
}

/* Somebody leaves; what was left before may be somebody else's now. */
static void
change_slots(void)
{
	unsigned slot = rnd(run.world.peer_count);

	if (chance(30) && run.world.peers[slot].kind == NAIVE_CLIENT) {
		run_down(slot);
		table_peer_remove(run.table, (uint16_t)slot);
		run.world.peers[slot].kind = NAIVE_NOBODY;
	}
	for (slot = 0; slot < run.world.peer_count; slot++)
		if (run.world.peers[slot].kind == NAIVE_NOBODY && chance(50) &&
		    table_peer_is_clean(run.table, (uint16_t)slot))
			world_make_peer(&run.world, slot);
}

static void
rejudge(void)
{
	struct rib_policy policy = generation_policy();

	totals.rejudged_meanwhile += run.compares && run.rejudging;
	table_set_policy(run.table, &policy);
	table_rejudge(run.table, NULL, NULL, 0);
	run.rejudging = true;
}

void
generation_change(void)
{
	struct compiled *before = run.compiled;

	world_change(&run.world);
	change_slots();
	run.compiled = compile(&run.world, 1 + rnd(400));
	for (unsigned slot = 0; slot < run.world.peer_count; slot++)
		generation_describe(slot);
	table_set_path_hiding(run.table, run.world.path_hiding);
	table_set_reach_limit(run.table, run.world.reaches_max);
	rejudge();
	compiled_free(before);
	totals.generations += run.compares;
}

/* A round-trip time as measured on the session. */
void
generation_measure(unsigned slot)
{
	static const uint32_t pool[] = {0, 4, 5, 6, 9, 10, 11, 15, 16, 20, 21, 30, 31, 60000};
	uint32_t rtt_ms = pool[rnd(sizeof(pool) / sizeof(pool[0]))];

	/* Often by one: to either side of a threshold. */
	if (run.world.peers[slot].measured_ms > 1 && chance(50))
		rtt_ms = run.world.peers[slot].measured_ms - 1 + rnd(3);
	/* Normalised as those of the configuration. */
	run.world.peers[slot].measured_ms = rtt_ms <= 60000 ? rtt_ms : 60000;
	if (policy_set_measured_rtt(compiled_policy(run.compiled), (uint16_t)slot, rtt_ms))
		rejudge();
}
