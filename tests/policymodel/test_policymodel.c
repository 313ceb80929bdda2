/*
 * Random exchanges with all of policy against the naive policy: routes, sessions and generations
 * of policy and data change at random; after every quiet moment each path's verdict and reason,
 * the server's view of it and what every receiver holds must equal what the naive policy says, and
 * table_check() must find nothing.
 *
 *   test_policymodel [EVENTS [SEED]]
 *
 *                  world (naive_policy.h, from a seed)
 *                 /                                   \
 *   compile.c: records --> policy/ --> rib/        naive_*.c
 *                              \                      /
 *                               emissions --> held == wanted ?
 *
 * Every exchange runs twice, the second time without looking: the emissions must be the same to
 * the last octet. A difference names the seed; `test_policymodel N SEED` with N up to the number
 * of the event comes to it again. It is a failure, too, if a reason or a rule was never met.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/policymodel/random.h"
#include "tests/policymodel/run.h"

#define WORLD_EVENTS 3000
#define QUIET_EVERY  400
#define ALL_WORK     (TABLE_COMMIT | TABLE_WALK | TABLE_OWED | TABLE_REJUDGE)
/* With fewer events than this nothing is said about what was not met. */
#define COVERING_EVENTS 50000

struct run run;
struct run_totals totals;

void
run_fail(const char *what, unsigned slot, unsigned prefix)
{
	struct naive_prefix p = world_prefix(prefix);

	fprintf(stderr, "policymodel: %s\n  seed %" PRIu64 ", event %lu, slot %u, prefix %u (",
	    what, run.seed, run.event, slot, prefix);
	for (unsigned i = 0; i < (p.family == NAIVE_IPV4 ? 4 : 8); i++)
		fprintf(stderr, "%02x", p.addr[i]);
	fprintf(stderr, "/%u)\n", p.len);
	abort();
}

unsigned
run_prefix_index(const struct prefix *p)
{
	unsigned i = 0;

	for (; i < WORLD_PREFIXES; i++) {
		struct naive_prefix key = world_prefix(i);

		if (key.family == p->family && key.len == p->len &&
		    memcmp(key.addr, p->addr, 16) == 0)
			return i;
	}
	run_fail("an emission names a prefix that nobody announced", 0, 0);
}

/* ---- sessions ---- */

void
run_down(unsigned slot)
{
	if (run.sessions[slot].up)
		table_peer_down(run.table, (uint16_t)slot);
	run.sessions[slot].up = false;
	receive_forget(slot);
	for (unsigned p = 0; p < WORLD_PREFIXES; p++)
		for (unsigned id = 0; id < RUN_IDS; id++)
			run.paths[p][slot][id].is = false;
}

/* The families of its configuration; some settle both, to be refused them (4). */
void
run_up(unsigned slot)
{
	struct run_session *s = &run.sessions[slot];
	const struct naive_peer *peer = &run.world.peers[slot];
	struct table_session session = {.bgp_id = 1 + rnd(5)};

	if (peer->kind == NAIVE_NOBODY)
		return;
	run_down(slot);
	s->up = true;
	s->bgp_id = session.bgp_id;
	s->add_path = chance(20);
	for (unsigned f = 0; f < 2; f++) {
		s->families[f] =
		    naive_carries(peer, f) || peer->kind == NAIVE_COLLECTOR || chance(10);
		session.families |= (uint8_t)(s->families[f] << f);
		session.class[f] = s->add_path ? CLASS_AS4 | CLASS_ADD_PATH : CLASS_AS4;
	}
	table_peer_up(run.table, (uint16_t)slot, &session);
}

static void
event_flap(unsigned slot)
{
	if (run.sessions[slot].up && chance(40))
		run_down(slot);
	else
		run_up(slot);
}

/* ---- routes ---- */

static bool
pick_path(unsigned slot, unsigned *prefix, unsigned *id)
{
	*prefix = rnd(WORLD_PREFIXES);
	*id = slot % 4 == 0 ? rnd(RUN_IDS) : 0;
	if (!run.sessions[slot].families[*prefix % 2])
		*prefix ^= 1;
	return run.sessions[slot].up && run.world.peers[slot].kind == NAIVE_CLIENT;
}

static uint32_t
count_paths(unsigned slot, unsigned family, bool accepted_only)
{
	static struct naive_verdict v;
	uint32_t count = 0;

	for (unsigned p = family; p < WORLD_PREFIXES; p += 2) {
		for (unsigned id = 0; id < RUN_IDS; id++) {
			if (!run.paths[p][slot][id].is)
				continue;
			if (accepted_only)
				compare_judge(slot, p, id, &v);
			count += !accepted_only || v.accept;
		}
	}
	return count;
}

/* True if the limit of section 10 speaks against the path that takes the place of `old`. */
static bool
is_over_limit(
    unsigned slot, unsigned prefix, unsigned id, const struct run_path *old, bool accepted)
{
	const struct naive_peer *peer = &run.world.peers[slot];
	uint32_t limit = run.sessions[slot].limit[prefix % 2];
	static struct naive_verdict v;

	if (limit == 0 || peer->limit_action == NAIVE_LIMIT_WARNING)
		return false;
	if (peer->count_rejected)
		return !old->is && count_paths(slot, prefix % 2, false) >= limit;
	if (!accepted)
		return false;
	if (old->is)
		compare_judge(slot, prefix, id, &v);
	return !(old->is && v.accept) && count_paths(slot, prefix % 2, true) >= limit;
}

/* What the table said; while paths are judged again nobody else knows how many are accepted. */
static void
note_announced(unsigned slot, unsigned prefix, unsigned id, const struct run_path *path,
    enum table_result result)
{
	struct run_path *old = &run.paths[prefix][slot][id];
	struct naive_prefix key = world_prefix(prefix);
	static struct naive_verdict v;
	bool is_sure =
	    run.world.peers[slot].count_rejected || (!run.rejudging && run.world.reaches_max == 0);

	if (run.compares && is_sure) {
		if (!path->malformed)
			naive_judge(&run.world, slot, &key, &path->attrs, &v);
		if (is_over_limit(slot, prefix, id, old, !path->malformed && v.accept) !=
		    (result == TABLE_OVER_LIMIT))
			run_fail("a limit acts otherwise", slot, prefix);
	}
	*old = *path;
	if (result == TABLE_OK)
		return;
	totals.over_limit += run.compares;
	old->is = false;
	if (run.world.peers[slot].limit_action != NAIVE_LIMIT_BLOCK)
		run_down(slot);
}

static void
announce(unsigned slot, unsigned p, unsigned id, const struct naive_attrs *attrs, bool malformed)
{
	static uint8_t block[OCTETS_MAX];
	static struct run_path path;
	struct naive_prefix key = world_prefix(p);
	struct prefix prefix = compile_prefix(&key);
	enum table_result result;
	attrs_id interned;

	path.is = true;
	path.malformed = malformed;
	path.bgp_id = run.sessions[slot].bgp_id;
	path.attrs = *attrs;
	interned = table_attrs_ref(run.table, block, octets_write(attrs, block));
	if (malformed)
		result = table_announce_rejected(
		    run.table, (uint16_t)slot, &prefix, id, interned, RUN_MALFORMED, 0);
	else
		result = table_announce(run.table, (uint16_t)slot, &prefix, id, interned, 0);
	table_attrs_unref(run.table, interned);
	note_announced(slot, p, id, &path, result);
}

static void
event_announce(unsigned slot)
{
	static struct naive_attrs attrs;
	unsigned prefix, id;

	if (!pick_path(slot, &prefix, &id))
		return;
	world_route(&run.world, slot, prefix, &attrs);
	announce(slot, prefix, id, &attrs, false);
}

/* Several prefixes of one UPDATE, and now and then another member who sends the same. */
static void
event_update(unsigned slot)
{
	static struct naive_attrs attrs;
	unsigned prefix, id;

	if (!pick_path(slot, &prefix, &id))
		return;
	world_route(&run.world, slot, prefix, &attrs);
	for (unsigned n = 2 + rnd(5); n > 0; n--) {
		if (chance(20))
			slot = rnd(run.world.peer_count);
		if (!pick_path(slot, &prefix, &id))
			continue;
		if (prefix % 2 == NAIVE_IPV6 && attrs.next_hop_len == 4)
			continue;
		announce(slot, prefix, id, &attrs, false);
	}
}

static void
event_malformed(unsigned slot)
{
	static struct naive_attrs attrs;
	unsigned prefix, id;

	if (!pick_path(slot, &prefix, &id))
		return;
	world_route(&run.world, slot, prefix, &attrs);
	announce(slot, prefix, id, &attrs, true);
}

static void
event_withdraw(unsigned slot)
{
	struct naive_prefix key;
	struct prefix prefix;
	unsigned p, id;

	if (!pick_path(slot, &p, &id))
		return;
	key = world_prefix(p);
	prefix = compile_prefix(&key);
	if (table_withdraw(run.table, (uint16_t)slot, &prefix, id) != run.paths[p][slot][id].is)
		run_fail("a withdrawal knows another path than was announced", slot, p);
	run.paths[p][slot][id].is = false;
}

static void
event_step(unsigned slot)
{
	(void)slot;
	table_step(run.table, 1 + rnd(ALL_WORK), 1 + rnd(20));
}

static void
event_generation(unsigned slot)
{
	(void)slot;
	generation_change();
}

static void
event_refresh(unsigned slot)
{
	unsigned family = rnd(2);

	if (run.sessions[slot].up && run.sessions[slot].families[family])
		table_refresh(run.table, (uint16_t)slot, (enum family)family);
}

static const struct {
	unsigned weight;
	void (*run)(unsigned slot);
} events[] = {
    {700, event_announce},
    {80, event_update},
    {150, event_withdraw},
    {200, event_step},
    {20, event_malformed},
    {12, event_flap},
    {4, event_refresh},
    {12, generation_measure},
    {5, event_generation},
};

#define EVENTS (sizeof(events) / sizeof(events[0]))

static void
random_event(void)
{
	uint32_t sum = 0, dice;
	unsigned i = 0;

	for (size_t k = 0; k < EVENTS; k++)
		sum += events[k].weight;
	for (dice = rnd(sum); dice >= events[i].weight; i++)
		dice -= events[i].weight;
	events[i].run(rnd(run.world.peer_count));
}

static void
quiet_moment(void)
{
	unsigned saved = run.short_emits, turns = 0;
	const char *broken;

	run.short_emits = 0;
	while (table_step(run.table, ALL_WORK, 1 + rnd(200)) != TABLE_IDLE)
		if (++turns > 100000)
			run_fail("the table does not come to rest", 0, 0);
	run.rejudging = false;
	broken = table_check(run.table); /* the table's memory is laid out otherwise by it */
	if (broken != NULL)
		run_fail(broken, 0, 0);
	if (run.compares)
		compare_all();
	run.short_emits = saved;
}

/* ---- exchanges ---- */

static void
begin(uint64_t seed, bool compares)
{
	struct table_config config = {
	    .hash_seed = seed, .reach_limit_reason = RUN_TOO_MANY, .emit = receive};

	memset(&run, 0, sizeof(run));
	run.seed = seed;
	run.compares = compares;
	run.digest = UINT64_C(0xcbf29ce484222325);
	random_seed(seed);
	world_make(&run.world);
	run.compiled = compile(&run.world, 100);
	run.short_emits = rnd(2) * 20;
	config.slots = run.world.peer_count;
	config.path_hiding = run.world.path_hiding;
	config.reach_limit = run.world.reaches_max;
	config.policy = generation_policy();
	run.table = table_new(&config);
	for (unsigned slot = 0; slot < run.world.peer_count; slot++) {
		generation_describe(slot);
		if (chance(85))
			run_up(slot);
	}
}

static void
finish(void)
{
	struct table_memory m;

	for (unsigned slot = 0; slot < run.world.peer_count; slot++)
		run_down(slot);
	quiet_moment();
	table_memory_get(run.table, &m);
	if (m.paths != 0 || m.entries[0] + m.entries[1] != 0 || m.attrs != 0 || m.told_rows != 0)
		run_fail("something remains in an empty table", 0, 0);
	table_free(run.table);
	compiled_free(run.compiled);
}

static uint64_t
play(uint64_t seed, unsigned long count, bool compares)
{
	begin(seed, compares);
	for (run.event = 1; run.event <= count; run.event++) {
		random_event();
		if (run.event % QUIET_EVERY == 0)
			quiet_moment();
	}
	quiet_moment();
	finish();
	return run.digest;
}

/* ---- the end ---- */

static void
print_totals(unsigned long done, unsigned worlds)
{
	printf("policymodel: %lu events, %u exchanges, %" PRIu64 " generations (%" PRIu64
	       " while paths were judged again), %" PRIu64 " views\n",
	    done, worlds, totals.generations, totals.rejudged_meanwhile, totals.views);
	printf("policymodel: accepted %" PRIu64 ", tagged %" PRIu64 ", observed %" PRIu64
	       ", over a limit %" PRIu64 ", a combination too many %" PRIu64 "\n",
	    totals.accepted, totals.tagged, totals.observed, totals.over_limit, totals.over_reach);
	printf("policymodel: reasons");
	for (unsigned i = 1; i < RUN_REASONS; i++)
		printf(" %u: %" PRIu64 "%s", i, totals.reasons[i],
		    i + 1 < RUN_REASONS ? "," : "\npolicymodel: rules");
	for (unsigned i = 0; i < BY_COUNT; i++)
		printf(" %s %" PRIu64 "%s", naive_step_names[i], totals.steps[i],
		    i + 1 < BY_COUNT ? "," : "\npolicymodel: decided by step");
	for (unsigned i = 0; i < DECIDED_COUNT; i++)
		printf(" %" PRIu64 "%s", totals.decided[i], i + 1 < DECIDED_COUNT ? "," : "\n");
}

/* Reasons and rules that this run was to meet and has not. */
static unsigned
count_missed(void)
{
	unsigned missed = 0;

	for (unsigned i = 1; i < RUN_REASONS; i++) {
		if (totals.reasons[i] == 0 && i != RUN_MALFORMED && i != RUN_NO_POLICY) {
			fprintf(stderr, "policymodel: reason %u was never met\n", i);
			missed++;
		}
	}
	for (unsigned i = 0; i < BY_COUNT; i++) {
		if (totals.steps[i] == 0) {
			fprintf(stderr, "policymodel: never: %s\n", naive_step_names[i]);
			missed++;
		}
	}
	return missed;
}

int
main(int argc, char **argv)
{
	unsigned long total = argc > 1 ? strtoul(argv[1], NULL, 10) : 100000, done = 0;
	uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
	unsigned worlds = 0;

	for (; done < total; worlds++, seed++) {
		unsigned long count = total - done < WORLD_EVENTS ? total - done : WORLD_EVENTS;
		uint64_t first = play(seed, count, true);

		if (play(seed, count, false) != first)
			run_fail("the same seed gave other emissions", 0, 0);
		done += count;
	}
	print_totals(done, worlds);
	return done >= COVERING_EVENTS && count_missed() > 0;
}
