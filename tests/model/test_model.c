/*
 * Random members, routes, flaps, slow readers and refreshes against the real table; after every
 * quiet moment each receiver's view, built from the emissions it read, must equal what the naive
 * model says, and table_check() must find nothing.
 *
 *   test_model [EVENTS [SEED]]
 *
 *   random event --> table (rib/) --emissions--> one queue per receiver --read--> its view
 *              \--> naive world (naive.c) ------------------------------> wanted    == ?
 *
 * Policy is the test's own and told to both sides: attributes are numbered, the number stands in
 * the block as a community, and a hash of (attributes, receiver) decides what the receiver gets.
 * It has versions; a path is numbered by its attributes and the version that judged it (reload.c).
 * Each world runs twice with the same seed: the emissions must be the same to the last octet.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/model/run.h"

#define QUIET_EVERY  1500
#define WORLD_EVENTS 25000
#define OWED_MAX     40 /* small, so that overflow happens */
#define ALL_WORK     (TABLE_COMMIT | TABLE_WALK | TABLE_OWED | TABLE_REJUDGE)

void
forget_receiver(unsigned slot)
{
	struct receiver *r = &run.receivers[slot];

	run.world.peers[slot].up = false;
	queue_reset(r);
	for (unsigned p = 0; p < PREFIXES; p++)
		r->holds[p].count = 0;
	r->cut = r->was_cut = r->held = false;
	r->eor[0] = r->eor[1] = 0;
	refresh_forget(slot);
}

void
forget_session(unsigned slot)
{
	forget_receiver(slot);
	run.receivers[slot].lost = false;
	for (unsigned p = 0; p < PREFIXES; p++)
		for (unsigned id = 0; id < NAIVE_IDS; id++)
			drop_path(slot, p, id);
}

static void
event_down(unsigned slot)
{
	if (!run.world.peers[slot].up && !run.receivers[slot].lost)
		return;
	table_peer_down(run.table, (uint16_t)slot);
	forget_session(slot);
}

void
event_up(unsigned slot)
{
	struct naive_peer *peer = &run.world.peers[slot];
	struct table_session s = {0};
	unsigned as4 = rnd(5) == 0 ? 0 : CLASS_AS4, ext = rnd(4) == 0 ? CLASS_EXT_MSG : 0;

	if (run.receivers[slot].removed)
		return;
	if (rnd(8) == 0)
		event_down(slot);
	if (run.receivers[slot].lost)
		forget_receiver(slot);
	else
		forget_session(slot); /* the new session implies that the old one is over */
	s.families = (uint8_t)(rnd(4) == 0 ? 3 : 1 + rnd(2));
	s.kept = (uint8_t)rnd(4);
	note_back(slot, s.families & s.kept);
	s.enhanced_refresh = run.receivers[slot].enhanced = rnd(3) != 0;
	s.bgp_id = 1 + rnd(5); /* few, so that addresses decide too */
	peer->add_path = rnd(5) == 0;
	for (unsigned f = 0; f < 2; f++) {
		s.class[f] = (uint8_t)(as4 | ext | (peer->add_path ? CLASS_ADD_PATH : 0));
		if (f == FAMILY_IPV4 && rnd(4) == 0)
			s.class[f] |= CLASS_IPV6_NEXT_HOP;
		peer->class[f] = s.class[f];
		peer->wants[f] = (s.families >> f) & 1;
	}
	peer->bgp_id = s.bgp_id;
	peer->up = true;
	table_peer_up(run.table, (uint16_t)slot, &s);
}

static void
event_flap(unsigned slot)
{
	if (run.world.peers[slot].up && rnd(2) == 0)
		event_down(slot);
	else
		event_up(slot);
}

unsigned
prefix_for(unsigned slot)
{
	const struct naive_peer *peer = &run.world.peers[slot];
	unsigned p = rnd(run.world.prefixes);

	if (!peer->wants[p % 2])
		p ^= 1;
	return p;
}

static void
event_announce(unsigned slot)
{
	unsigned p, id, i = rnd(ATTRS);
	struct prefix prefix;
	enum table_result result;
	attrs_id attrs;
	bool has_room;

	if (!run.world.peers[slot].up || slot == run.collector)
		return;
	p = prefix_for(slot);
	id = slot % 5 == 0 ? rnd(NAIVE_IDS) : 0;
	prefix = prefix_of(p);
	has_room = has_path_room(slot, p, id);
	attrs = table_attrs_ref(run.table, run.blocks[i][0].octets, run.blocks[i][0].len);
	result = table_announce(run.table, (uint16_t)slot, &prefix, id, attrs, 0);
	table_attrs_unref(run.table, attrs);
	if (has_room != (result != TABLE_OVER_PATHS))
		die("a path too many of one prefix, or not", slot, p);
	if (!has_room)
		return;
	if (result == TABLE_OK) {
		note_announced(slot, p, id, attrs_now(i));
		return;
	}
	note_over_limit(slot, p, id, attrs_now(i));
	if (!run.receivers[slot].blocks)
		event_down(slot);
}

static void
event_withdraw(unsigned slot)
{
	unsigned p, id;
	struct prefix prefix;
	bool known;

	if (!run.world.peers[slot].up)
		return;
	p = prefix_for(slot);
	id = slot % 5 == 0 ? rnd(NAIVE_IDS) : 0;
	prefix = prefix_of(p);
	known = run.world.path[p][slot][id] != NAIVE_NOTHING;
	if (table_withdraw(run.table, (uint16_t)slot, &prefix, id) != known)
		die("withdraw knows another path than was announced", slot, p);
	drop_path(slot, p, id);
}

static void
event_read(unsigned slot)
{
	struct receiver *r = &run.receivers[slot];

	for (unsigned n = rnd(8); n > 0 && r->first != NULL; n--)
		read_one(slot);
}

static void
event_cut(unsigned slot)
{
	struct receiver *r = &run.receivers[slot];

	if (!run.world.peers[slot].up || r->cut)
		return;
	table_cut(run.table, (uint16_t)slot);
	for (const struct unread *u = r->first; u != NULL; u = u->next) {
		if (u->kind == EMIT_EOR)
			table_owe_eor(run.table, (uint16_t)slot, u->family);
		for (size_t i = 0; i < u->count; i++) {
			struct prefix prefix = prefix_of(u->prefixes[i]);

			table_owe(run.table, (uint16_t)slot, &prefix, u->ids[i]);
		}
	}
	break_refreshes(slot);
	queue_reset(r);
	r->cut = r->was_cut = true;
}

static void
event_drained(unsigned slot)
{
	if (!run.receivers[slot].cut)
		return;
	run.receivers[slot].cut = false;
	table_drained(run.table, (uint16_t)slot);
}

static void
event_step(unsigned slot)
{
	unsigned what = 1 + rnd(15);

	(void)slot;
	table_step(run.table, what, 1 + rnd(40));
}

static void
event_walk(unsigned slot)
{
	struct receiver *r = &run.receivers[slot];

	if (!run.world.peers[slot].up)
		return;
	if (rnd(3) == 0)
		table_walk_split(run.table, (uint16_t)slot);
	r->held = !r->held;
	table_walk_hold(run.table, (uint16_t)slot, r->held);
}

static const struct {
	const char *name;
	unsigned weight;
	void (*run)(unsigned slot);
} events[] = {
    {"announce", 1000, event_announce},
    {"withdraw", 320, event_withdraw},
    {"read", 320, event_read},
    {"step", 260, event_step},
    {"flap", 24, event_flap},
    {"cut", 16, event_cut},
    {"drained", 32, event_drained},
    {"refresh", 40, event_refresh},
    {"walk", 12, event_walk},
    {"malformed", 20, event_malformed},
    {"policy", 1, event_policy},
    {"rejudge", 1, event_rejudge},
    {"hiding", 1, event_hiding},
    {"leave", 2, event_leave},
    {"return", 20, event_return},
    {"limit", 4, event_limit},
    {"defer", 6, event_defer},
    {"lost", 12, event_lost},
    {"back", 48, event_back},
    {"sweep", 4, event_sweep},
    {"end of RIB", 8, event_end_of_rib},
    {"refresh begin", 8, event_refresh_begin},
};

#define EVENTS (sizeof(events) / sizeof(events[0]))

static void
random_event(void)
{
	static uint32_t sum;
	uint32_t dice;
	unsigned i = 0;

	if (sum == 0)
		for (unsigned k = 0; k < EVENTS; k++)
			sum += events[k].weight;
	for (dice = rnd(sum); dice >= events[i].weight; i++)
		dice -= events[i].weight;
	events[i].run(rnd(run.world.slots));
	totals.events[i]++;
}

static void
come_to_rest(void)
{
	enum table_progress progress;
	unsigned turns = 0;

	do {
		progress = table_step(run.table, ALL_WORK, 1 + rnd(200));
		if (++turns > 100000)
			die("the table does not come to rest", 0, 0);
	} while (progress != TABLE_IDLE);
}

static void
quiet_moment(void)
{
	unsigned saved = run.short_emits;
	const char *broken;

	run.short_emits = 0;
	for (unsigned slot = 0; slot < run.world.slots; slot++) {
		event_drained(slot);
		if (run.receivers[slot].held)
			event_walk(slot);
	}
	for (unsigned slot = 0; slot < run.world.slots; slot++) {
		table_walk_hold(run.table, (uint16_t)slot, false);
		run.receivers[slot].held = false;
	}
	come_to_rest();
	end_deferral();
	come_to_rest();
	/* On its own, for elsewhere so much happens that every entry is shared out anyway. */
	event_limit(rnd(run.world.slots));
	come_to_rest();
	for (unsigned slot = 0; slot < run.world.slots; slot++)
		while (run.receivers[slot].first != NULL)
			read_one(slot);
	note_rejudged();
	broken = table_check(run.table);
	if (broken != NULL)
		die(broken, 0, 0);
	check_verdicts();
	for (unsigned slot = 0; slot < run.world.slots; slot++)
		check_peer(slot);
	run.short_emits = saved;
}

/* ---- worlds ---- */

static void
make_peers(void)
{
	unsigned order[NAIVE_SLOTS];

	for (unsigned i = 0; i < run.world.slots; i++)
		order[i] = i;
	for (unsigned i = run.world.slots; i > 1; i--) {
		unsigned k = rnd(i), t = order[i - 1];

		order[i - 1] = order[k];
		order[k] = t;
	}
	for (unsigned i = 0; i < run.world.slots; i++) {
		run.world.peers[i].address_rank = order[i];
		run.world.peers[i].collector = i == run.collector;
		random_limit(i);
		describe_peer(i);
	}
	run.next_rank = run.world.slots;
}

static void
world_begin(uint64_t seed)
{
	struct table_config config = {
	    .hash_seed = seed,
	    .owed_max = OWED_MAX,
	    .reach_limit_reason = REASON_REACH,
	    .policy = {.ctx = run.versions, .judge = judge, .reach = reach, .fits = fits},
	    .emit = emit,
	};

	memset(&run, 0, sizeof(run));
	run.digest = UINT64_C(0xcbf29ce484222325);
	random_seed(seed);
	run.world.slots = 3 + rnd(rnd(8) == 0 ? NAIVE_SLOTS - 3 : 20);
	run.world.prefixes = PREFIXES;
	run.world.path_hiding_cured = rnd(4) != 0;
	run.world.attrs = run.attrs;
	run.world.fits = fits_class;
	run.short_emits = rnd(2) * 20;
	run.collector = rnd(2) == 0 ? 1 : NAIVE_SLOTS;
	run.reach_limit = rnd(3) == 0 ? 4 + rnd(20) : 0;
	naive_clear(&run.world);
	for (unsigned i = 0; i < ATTRS; i++)
		make_attrs(i);
	for (unsigned i = 0; i < NAIVE_SLOTS; i++)
		run.receivers[i].last = &run.receivers[i].first;
	config.slots = run.world.slots;
	config.reach_limit = run.reach_limit;
	config.path_hiding = run.world.path_hiding_cured;
	run.table = table_new(&config);
	make_peers();
}

/* Everything leaves: nothing may remain in the table. */
static void
world_end(void)
{
	struct table_memory m;

	for (unsigned slot = 0; slot < run.world.slots; slot++)
		event_down(slot);
	quiet_moment();
	table_memory_get(run.table, &m);
	if (m.paths != 0 || m.entries[0] + m.entries[1] != 0 || m.attrs != 0 || m.told_rows != 0 ||
	    m.owed != 0 || m.dirty != 0 || m.reaches != 0)
		die("something remains in an empty table", 0, 0);
	table_free(run.table);
	for (unsigned slot = 0; slot < NAIVE_SLOTS; slot++)
		for (unsigned p = 0; p < PREFIXES; p++)
			free(run.receivers[slot].holds[p].paths);
}

static uint64_t
play_world(uint64_t seed, unsigned count)
{
	world_begin(seed);
	for (unsigned slot = 0; slot < run.world.slots; slot++)
		if (rnd(4) != 0)
			event_up(slot);
	for (unsigned i = 1; i <= count; i++) {
		random_event();
		if (i % QUIET_EVERY == 0)
			quiet_moment();
	}
	world_end();
	return run.digest;
}

/*
 * The cycle that no total order can rank: A1 {AS 1, MED 10, id 3}, A2 {AS 1, MED 20, id 1},
 * B {AS 2, id 2}. A1 beats A2 by MED, A2 beats B and B beats A1 by identifier.
 */
static void
med_cycle(void)
{
	static const struct {
		uint32_t neighbour_as, med, bgp_id;
	} paths[3] = {{1, 10, 3}, {1, 20, 1}, {2, 0, 2}};
	struct prefix prefix = prefix_of(0);

	world_begin(1);
	run.short_emits = 0;
	run.collector = NAIVE_SLOTS;
	for (unsigned slot = 0; slot < run.world.slots; slot++) {
		struct table_session s = {
		    .families = 1, .class = {CLASS_AS4, CLASS_AS4}, .bgp_id = 50 + slot};

		if (slot < 3)
			s.bgp_id = paths[slot].bgp_id;
		run.world.peers[slot].up = run.world.peers[slot].wants[0] = true;
		run.world.peers[slot].class[0] = CLASS_AS4;
		run.world.peers[slot].collector = false;
		run.world.peers[slot].bgp_id = s.bgp_id;
		table_peer_up(run.table, (uint16_t)slot, &s);
	}
	for (unsigned slot = 0; slot < 3; slot++) {
		struct naive_attrs *a = &run.attrs[slot];
		attrs_id attrs;

		*a = (struct naive_attrs){.path_len = 2,
		    .neighbour_as = paths[slot].neighbour_as,
		    .med = paths[slot].med,
		    .local_pref = 100,
		    .accepted = true};
		for (unsigned r = 0; r < NAIVE_SLOTS; r++)
			a->out_form[r] = (int)slot * FORMS_OF_ATTR;
		put_block(&run.blocks[slot][0], a, true, (int)slot * FORMS_OF_ATTR);
		attrs =
		    table_attrs_ref(run.table, run.blocks[slot][0].octets, run.blocks[slot][0].len);
		table_announce(run.table, (uint16_t)slot, &prefix, 0, attrs, 0);
		table_attrs_unref(run.table, attrs);
		run.receivers[slot].paths[0] = 1;
		run.world.path[0][slot][0] = (int)slot;
		run.world.path_bgp_id[0][slot][0] = paths[slot].bgp_id;
		quiet_moment();
	}
	world_end();
}

int
main(int argc, char **argv)
{
	unsigned long total = argc > 1 ? strtoul(argv[1], NULL, 10) : 1000000;
	uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
	unsigned long done = 0;

	med_cycle();
	for (; done < total; done += 2 * WORLD_EVENTS, seed++) {
		uint64_t first = play_world(seed, WORLD_EVENTS);

		if (play_world(seed, WORLD_EVENTS) != first)
			die("the same seed gave other emissions", (unsigned)seed, 0);
		fprintf(stderr, "model: seed %llu good, %lu events\n", (unsigned long long)seed,
		    done + 2 * WORLD_EVENTS);
	}
	printf("model: %lu events, %llu views compared; decided by", done,
	    (unsigned long long)totals.checked);
	for (unsigned i = 0; i < NAIVE_STEPS; i++)
		printf(" %s %llu%s", naive_step_name(i), (unsigned long long)totals.steps[i],
		    i + 1 < NAIVE_STEPS ? "," : "\nmodel:");
	for (unsigned i = 0; i < EVENTS; i++)
		printf(" %s %llu%s", events[i].name, (unsigned long long)totals.events[i],
		    i + 1 < EVENTS ? "," : "\n");
	printf("model: over a limit %llu, with a combination too many %llu, judged again %llu\n",
	    (unsigned long long)totals.over_limit, (unsigned long long)totals.over_reach,
	    (unsigned long long)totals.rejudged);
	printf("model: refreshed between markers %llu, deferred %llu, best N of more paths %llu\n",
	    (unsigned long long)totals.refreshes, (unsigned long long)totals.deferred,
	    (unsigned long long)totals.best_n);
	printf(
	    "model: stale paths swept %llu; over the paths of a prefix %llu, stale ones made room "
	    "%llu\n",
	    (unsigned long long)totals.swept, (unsigned long long)totals.over_paths,
	    (unsigned long long)totals.made_room);
	return 0;
}
