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
 * Each world runs twice with the same seed: the emissions must be the same to the last octet.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rib/table.h"
#include "tests/model/naive.h"

#define ATTRS	      64
#define FORMS_OF_ATTR 4
#define FORMS	      (ATTRS * FORMS_OF_ATTR)
#define QUIET_EVERY   1500
#define WORLD_EVENTS  50000
#define OWED_MAX      40 /* small, so that overflow happens */
#define PREFIXES      96
#define LIMIT	      60

/* ---- randomness, attributes, policy ---- */

static uint64_t random_state;

static uint32_t
rnd(uint32_t below)
{
	random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)((random_state >> 33) % below);
}

static uint32_t
mix(uint32_t a, uint32_t b)
{
	uint64_t x = ((uint64_t)a << 32 | b) * UINT64_C(0x9e3779b97f4a7c15);

	x ^= x >> 29;
	x *= UINT64_C(0xbf58476d1ce4e5b9);
	return (uint32_t)(x >> 32);
}

struct block {
	uint8_t octets[128];
	size_t len;
};

/* One emission as receivers read it. */
struct unread {
	struct unread *next;
	enum emission_kind kind;
	unsigned family;
	int form;
	size_t count;
	uint32_t *prefixes;
	uint32_t *ids;
};

struct held {
	uint32_t id;
	int form;
};

/* What a receiver has of one prefix. */
struct holding {
	size_t count, room;
	struct held *paths;
};

struct receiver {
	struct unread *first, **last;
	size_t unread;
	struct holding holds[PREFIXES];
	unsigned eor[2];
	bool cut;
	bool was_cut;
	bool held;
	unsigned paths[2]; /* announced by it */
	uint32_t limit;
};

struct run {
	struct table *table;
	struct naive_world world;
	struct naive_attrs attrs[ATTRS];
	struct block blocks[ATTRS][FORMS_OF_ATTR];
	struct receiver receivers[NAIVE_SLOTS];
	unsigned short_emits; /* of 100: how often emit() takes less than all */
	uint64_t digest;
	uint64_t checked;
	uint64_t steps[NAIVE_STEPS];
	uint64_t events[16];
};

static struct run run;

static void
die(const char *what, unsigned slot, unsigned prefix)
{
	fprintf(stderr, "model: %s (slot %u, prefix %u)\n", what, slot, prefix);
	abort();
}

static struct prefix
prefix_of(unsigned index)
{
	struct prefix p = {0};

	/* Nested ones: /8, /16 and /24 below few first octets. */
	p.family = (uint8_t)(index % 2 ? FAMILY_IPV6 : FAMILY_IPV4);
	p.len = (uint8_t)(8 + index / 2 % 3 * 8);
	p.addr[0] = (uint8_t)(index / 6 % 8 + 16);
	if (p.len >= 16)
		p.addr[1] = (uint8_t)(index / 48 + 1);
	if (p.len >= 24)
		p.addr[2] = (uint8_t)(index / 6 + 1);
	if (p.len == 8)
		p.addr[0] = (uint8_t)(index / 6 + 32);
	return p;
}

static unsigned
index_of(const struct prefix *p)
{
	for (unsigned i = 0; i < PREFIXES; i++) {
		struct prefix q = prefix_of(i);

		if (memcmp(&q, p, sizeof(q)) == 0)
			return i;
	}
	die("an emission names a prefix that nobody announced", 0, 0);
	return 0;
}

static void
put_block(struct block *b, const struct naive_attrs *a, bool has_med, int form)
{
	uint8_t *o = b->octets;
	size_t n = 0;

	memcpy(o, "\x04\xc0\x00\x02\x01\x40\x01\x00\x01", 9);
	n = 9;
	o[n++] = (uint8_t)a->origin;
	memcpy(o + n, "\x40\x02\x00", 3);
	n += 3;
	o[n++] = (uint8_t)(a->path_len == 0 ? 0 : 2 + 4 * a->path_len);
	if (a->path_len > 0) {
		o[n++] = AS_SEQUENCE;
		o[n++] = (uint8_t)a->path_len;
	}
	for (unsigned i = 0; i < a->path_len; i++, n += 4)
		memcpy(o + n, (uint8_t[4]){0, 0, 0, (uint8_t)(i == 0 ? a->neighbour_as : 9)}, 4);
	if (has_med) {
		memcpy(o + n, (uint8_t[8]){0x80, 4, 0, 4, 0, 0, 0, (uint8_t)a->med}, 8);
		n += 8;
	}
	memcpy(o + n, (uint8_t[8]){0xc0, 8, 0, 4, 0, 1, (uint8_t)(form >> 8), (uint8_t)form}, 8);
	b->len = n + 8;
}

static int
form_of(const uint8_t *block, size_t len)
{
	struct attr_view a;

	if (!attrs_find(block, len, ATTR_COMMUNITIES, &a))
		die("an out-form without the test's community", 0, 0);
	return a.value[2] << 8 | a.value[3];
}

/* Some fit only wide classes, some only one family. */
static bool
fits_class(int form, unsigned class, unsigned family)
{
	unsigned attr = (unsigned)form / FORMS_OF_ATTR;

	if (attr % 7 == 3 && (class & CLASS_AS4) == 0)
		return false;
	if (attr % 11 == 5 && (class & CLASS_EXT_MSG) == 0)
		return false;
	return attr % 13 != 6 || family == FAMILY_IPV4;
}

static void
make_attrs(unsigned i)
{
	struct naive_attrs *a = &run.attrs[i];
	bool has_med = rnd(4) != 0, to_all = rnd(3) == 0;

	a->path_len = rnd(4);
	a->neighbour_as = a->path_len == 0 ? 0 : 1 + rnd(3);
	a->origin = rnd(8) == 0 ? 2 : 0;
	a->med = has_med ? rnd(3) * 10 : 0;
	a->local_pref = rnd(10) == 0 ? 0 : 100;
	a->accepted = rnd(10) != 0;
	for (unsigned slot = 0; slot < NAIVE_SLOTS; slot++) {
		uint32_t h = to_all ? 2 : mix(i, slot) % 8;

		a->out_form[slot] =
		    h < 2 ? NAIVE_NOTHING : (int)(i * FORMS_OF_ATTR + (h < 5 ? 0 : h - 4));
	}
	for (int f = 0; f < FORMS_OF_ATTR; f++)
		put_block(&run.blocks[i][f], a, has_med, (int)i * FORMS_OF_ATTR + f);
}

static void
judge(void *ctx, const struct path_view *path, struct verdict *out)
{
	const struct naive_attrs *a =
	    &run.attrs[form_of(path->block, path->block_len) / FORMS_OF_ATTR];

	(void)ctx;
	out->accept = a->accepted;
	out->reason = a->accepted ? 0 : 7;
	out->local_pref = a->local_pref;
	out->tags = (uint16_t)(a->local_pref + 1);
}

static void
reach(void *ctx, const uint8_t *block, size_t len, uint16_t tags, struct reach_out *out)
{
	unsigned i = (unsigned)form_of(block, len) / FORMS_OF_ATTR;

	(void)ctx;
	if (tags != run.attrs[i].local_pref + 1)
		die("reach() got other tags than judge() gave", 0, 0);
	for (int f = 0; f < FORMS_OF_ATTR; f++) {
		uint64_t words[(NAIVE_SLOTS + 63) / 64] = {0};
		bool any = false;

		for (unsigned slot = 0; slot < run.world.slots; slot++) {
			if (run.attrs[i].out_form[slot] != (int)i * FORMS_OF_ATTR + f)
				continue;
			words[slot / 64] |= UINT64_C(1) << (slot % 64);
			any = true;
		}
		if (any)
			reach_add(out, f == 0 ? NULL : run.blocks[i][f].octets,
			    f == 0 ? 0 : run.blocks[i][f].len, words, (run.world.slots + 63) / 64);
	}
}

static uint8_t
fits(void *ctx, const uint8_t *block, size_t len, enum family family)
{
	int form = form_of(block, len);
	uint8_t mask = 0;

	(void)ctx;
	for (unsigned class = 0; class < CLASS_COUNT; class ++)
		if (fits_class(form, class, family))
			mask |= (uint8_t)(1u << class);
	return mask;
}

/* ---- receivers ---- */

static void
digest_add(const void *data, size_t len)
{
	const uint8_t *p = data;

	for (size_t i = 0; i < len; i++)
		run.digest = (run.digest ^ p[i]) * UINT64_C(0x100000001b3);
}

static void
free_unread(struct unread *u)
{
	free(u->prefixes);
	free(u->ids);
	free(u);
}

static void
queue_reset(struct receiver *r)
{
	while (r->first != NULL) {
		struct unread *u = r->first;

		r->first = u->next;
		free_unread(u);
	}
	r->last = &r->first;
	r->unread = 0;
}

static void *
need(size_t count, size_t size)
{
	void *p = calloc(count > 0 ? count : 1, size);

	if (p == NULL)
		abort();
	return p;
}

static void
enqueue(unsigned slot, const struct emission *e, size_t take)
{
	struct receiver *r = &run.receivers[slot];
	struct unread *u = need(1, sizeof(*u));

	u->kind = e->kind;
	u->family = e->family;
	u->form = e->kind == EMIT_ANNOUNCE ? form_of(e->block, e->block_len) : 0;
	u->count = e->kind == EMIT_EOR ? 0 : take;
	u->prefixes = need(u->count, sizeof(*u->prefixes));
	u->ids = need(u->count, sizeof(*u->ids));
	for (size_t i = 0; i < u->count; i++) {
		u->prefixes[i] = index_of(&e->prefixes[i]);
		u->ids[i] = (e->class & CLASS_ADD_PATH) != 0 ? e->path_ids[i] : 0;
	}
	*r->last = u;
	r->last = &u->next;
	r->unread++;
}

static void
check_emission(const struct emission *e, unsigned slot)
{
	const struct naive_peer *peer = &run.world.peers[slot];

	if (slot >= run.world.slots || !peer->up)
		die("an emission names a peer that is down", slot, 0);
	if (!peer->wants[e->family])
		die("an emission names a peer without the family", slot, 0);
	if (run.receivers[slot].cut)
		die("an emission names a peer that is cut", slot, 0);
	if (e->kind != EMIT_EOR && peer->class[e->family] != e->class)
		die("an emission has another class than the peer", slot, 0);
}

static size_t
emit(void *ctx, const struct emission *e)
{
	size_t take = e->kind == EMIT_EOR ? 1 : e->count;
	bool any = false;

	(void)ctx;
	if (run.short_emits > 0 && rnd(100) < run.short_emits)
		take = e->kind == EMIT_EOR ? 0 : rnd((uint32_t)e->count);
	for (size_t i = 1; i < e->count; i++)
		if (prefix_compare(&e->prefixes[i - 1], &e->prefixes[i]) > 0)
			die("prefixes of an emission are not in order", 0, 0);
	digest_add(&e->kind, sizeof(e->kind));
	digest_add(&take, sizeof(take));
	digest_add(e->words, e->nwords * sizeof(*e->words));
	if (e->kind != EMIT_EOR)
		digest_add(e->prefixes, take * sizeof(*e->prefixes));
	if (e->kind == EMIT_ANNOUNCE)
		digest_add(e->block, e->block_len);
	for (unsigned slot = 0; slot < e->nwords * 64; slot++) {
		if (((e->words[slot / 64] >> (slot % 64)) & 1) == 0)
			continue;
		any = true;
		check_emission(e, slot);
		if (take > 0)
			enqueue(slot, e, take);
	}
	if (!any)
		die("an emission without receivers", 0, 0);
	return take;
}

static void
hold_put(struct holding *h, uint32_t id, int form)
{
	for (size_t i = 0; i < h->count; i++) {
		if (h->paths[i].id == id) {
			h->paths[i].form = form;
			return;
		}
	}
	if (h->count == h->room) {
		h->room = h->room * 2 + 4;
		h->paths = realloc(h->paths, h->room * sizeof(*h->paths));
		if (h->paths == NULL)
			abort();
	}
	h->paths[h->count++] = (struct held){id, form};
}

static void
hold_drop(struct holding *h, uint32_t id)
{
	for (size_t i = 0; i < h->count; i++)
		if (h->paths[i].id == id)
			h->paths[i--] = h->paths[--h->count];
}

static void
read_one(struct receiver *r)
{
	struct unread *u = r->first;

	r->first = u->next;
	if (r->first == NULL)
		r->last = &r->first;
	r->unread--;
	if (u->kind == EMIT_EOR)
		r->eor[u->family]++;
	for (size_t i = 0; i < u->count; i++) {
		if (u->kind == EMIT_ANNOUNCE)
			hold_put(&r->holds[u->prefixes[i]], u->ids[i], u->form);
		else
			hold_drop(&r->holds[u->prefixes[i]], u->ids[i]);
	}
	free_unread(u);
}

static int
compare_ints(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

static void
check_view(unsigned slot, unsigned prefix)
{
	const struct holding *h = &run.receivers[slot].holds[prefix];
	int want[NAIVE_SLOTS * NAIVE_IDS], have[NAIVE_SLOTS * NAIVE_IDS];
	enum naive_step step;
	size_t n = naive_view(&run.world, slot, prefix, want, &step);

	if (n > 0 && !run.world.peers[slot].add_path)
		run.steps[step]++;
	run.checked++;
	if (h->count == n) {
		for (size_t i = 0; i < n; i++)
			have[i] = h->paths[i].form;
		qsort(have, n, sizeof(*have), compare_ints);
		if (n == 0 || memcmp(have, want, n * sizeof(*have)) == 0)
			return;
	}
	fprintf(stderr, "model: has %zu", h->count);
	for (size_t i = 0; i < h->count; i++)
		fprintf(stderr, " id %u form %d", h->paths[i].id, h->paths[i].form);
	fprintf(stderr, ", wants %zu", n);
	for (size_t i = 0; i < n; i++)
		fprintf(stderr, " form %d", want[i]);
	fprintf(stderr, ", decided by %s\n", naive_step_name(step));
	die("a view differs from the model's", slot, prefix);
}

static void
check_peer(unsigned slot)
{
	const struct receiver *r = &run.receivers[slot];
	const struct naive_peer *peer = &run.world.peers[slot];

	for (unsigned family = 0; family < 2; family++) {
		struct table_peer_view v;

		table_peer_get(run.table, (uint16_t)slot, family, &v);
		if (v.received != r->paths[family])
			die("the count of received paths is wrong", slot, family);
		if (v.accepted + v.rejected != v.received)
			die("accepted and rejected do not add up", slot, family);
		if (!peer->up || !peer->wants[family])
			continue;
		if (v.state != PEER_LIVE || v.lagging)
			die("a peer is not live after a quiet moment", slot, family);
		if (r->eor[family] < 1 || (!r->was_cut && r->eor[family] != 1))
			die("End-of-RIB did not come exactly once", slot, family);
	}
	for (unsigned prefix = 0; prefix < run.world.prefixes; prefix++)
		check_view(slot, prefix);
}

/* ---- events ---- */

static void
forget_session(unsigned slot)
{
	struct receiver *r = &run.receivers[slot];

	run.world.peers[slot].up = false;
	naive_forget(&run.world, slot);
	queue_reset(r);
	for (unsigned p = 0; p < PREFIXES; p++)
		r->holds[p].count = 0;
	r->cut = r->was_cut = r->held = false;
	r->eor[0] = r->eor[1] = 0;
	r->paths[0] = r->paths[1] = 0;
}

static void
event_down(unsigned slot)
{
	if (!run.world.peers[slot].up)
		return;
	table_peer_down(run.table, (uint16_t)slot);
	forget_session(slot);
}

static void
event_up(unsigned slot)
{
	struct naive_peer *peer = &run.world.peers[slot];
	struct table_session s = {0};
	unsigned as4 = rnd(5) == 0 ? 0 : CLASS_AS4, ext = rnd(4) == 0 ? CLASS_EXT_MSG : 0;

	if (rnd(2) == 0)
		event_down(slot);
	forget_session(slot); /* the new session implies that the old one is over */
	s.families = (uint8_t)(rnd(4) == 0 ? 3 : 1 + rnd(2));
	s.bgp_id = 1 + rnd(5); /* few, so that addresses decide too */
	peer->add_path = rnd(5) == 0;
	for (unsigned f = 0; f < 2; f++) {
		s.class[f] = (uint8_t)(as4 | ext | (peer->add_path ? CLASS_ADD_PATH : 0));
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

static unsigned
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
	struct receiver *r = &run.receivers[slot];
	unsigned p, id, i = rnd(ATTRS);
	struct prefix prefix;
	int *path;
	enum table_result result;
	attrs_id attrs;

	if (!run.world.peers[slot].up)
		return;
	p = prefix_for(slot);
	id = slot % 5 == 0 ? rnd(NAIVE_IDS) : 0;
	prefix = prefix_of(p);
	path = &run.world.path[p][slot][id];
	attrs = table_attrs_ref(run.table, run.blocks[i][0].octets, run.blocks[i][0].len);
	result = table_announce(run.table, (uint16_t)slot, &prefix, id, attrs, 0);
	table_attrs_unref(run.table, attrs);
	if (result == TABLE_OVER_LIMIT) {
		if (r->limit == 0 || r->paths[p % 2] < r->limit || *path != NAIVE_NOTHING)
			die("over limit too early", slot, p);
		event_down(slot);
		return;
	}
	if (*path == NAIVE_NOTHING)
		r->paths[p % 2]++;
	if (r->limit > 0 && r->paths[p % 2] > r->limit)
		die("the limit was passed", slot, p);
	*path = (int)i;
	run.world.path_bgp_id[p][slot][id] = run.world.peers[slot].bgp_id;
}

static void
event_withdraw(unsigned slot)
{
	unsigned p, id;
	struct prefix prefix;
	int *path;

	if (!run.world.peers[slot].up)
		return;
	p = prefix_for(slot);
	id = slot % 5 == 0 ? rnd(NAIVE_IDS) : 0;
	prefix = prefix_of(p);
	path = &run.world.path[p][slot][id];
	if (table_withdraw(run.table, (uint16_t)slot, &prefix, id) != (*path != NAIVE_NOTHING))
		die("withdraw knows another path than was announced", slot, p);
	if (*path != NAIVE_NOTHING)
		run.receivers[slot].paths[p % 2]--;
	*path = NAIVE_NOTHING;
}

static void
event_read(unsigned slot)
{
	struct receiver *r = &run.receivers[slot];

	for (unsigned n = rnd(8); n > 0 && r->first != NULL; n--)
		read_one(r);
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
event_refresh(unsigned slot)
{
	unsigned family = rnd(2);

	if (run.world.peers[slot].up && run.world.peers[slot].wants[family])
		table_refresh(run.table, (uint16_t)slot, family);
}

static void
event_step(unsigned slot)
{
	unsigned what = 1 + rnd(7);

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
    {"announce", 500, event_announce},
    {"withdraw", 160, event_withdraw},
    {"read", 160, event_read},
    {"step", 130, event_step},
    {"flap", 12, event_flap},
    {"cut", 8, event_cut},
    {"drained", 16, event_drained},
    {"refresh", 8, event_refresh},
    {"walk", 6, event_walk},
};

#define EVENTS (sizeof(events) / sizeof(events[0]))

static void
random_event(void)
{
	uint32_t dice = rnd(1000);
	unsigned i = 0;

	for (; i + 1 < EVENTS && dice >= events[i].weight; i++)
		dice -= events[i].weight;
	events[i].run(rnd(run.world.slots));
	run.events[i]++;
}

static void
quiet_moment(void)
{
	unsigned saved = run.short_emits;
	enum table_progress progress;
	const char *broken;
	unsigned turns = 0;

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
	do {
		progress =
		    table_step(run.table, TABLE_COMMIT | TABLE_WALK | TABLE_OWED, 1 + rnd(200));
		if (++turns > 100000)
			die("the table does not come to rest", 0, 0);
	} while (progress != TABLE_IDLE);
	for (unsigned slot = 0; slot < run.world.slots; slot++)
		while (run.receivers[slot].first != NULL)
			read_one(&run.receivers[slot]);
	broken = table_check(run.table);
	if (broken != NULL)
		die(broken, 0, 0);
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
		struct table_peer peer = {.asn = 100 + i, .addr_family = FAMILY_IPV4};

		run.world.peers[i].address_rank = order[i];
		peer.addr[0] = 10;
		peer.addr[3] = (uint8_t)(order[i] + 1);
		run.receivers[i].limit = rnd(6) == 0 ? LIMIT / 2 + rnd(LIMIT) : 0;
		peer.limit[0] = peer.limit[1] = run.receivers[i].limit;
		table_peer_set(run.table, (uint16_t)i, &peer);
	}
}

static void
world_begin(uint64_t seed)
{
	struct table_config config = {
	    .hash_seed = seed,
	    .owed_max = OWED_MAX,
	    .policy = {.judge = judge, .reach = reach, .fits = fits},
	    .emit = emit,
	};
	uint64_t checked = run.checked, steps[NAIVE_STEPS], counts[16];

	memcpy(steps, run.steps, sizeof(steps));
	memcpy(counts, run.events, sizeof(counts));
	memset(&run, 0, sizeof(run));
	memcpy(run.steps, steps, sizeof(steps));
	memcpy(run.events, counts, sizeof(counts));
	run.checked = checked;
	run.digest = UINT64_C(0xcbf29ce484222325);
	random_state = seed;
	run.world.slots = 3 + rnd(rnd(3) == 0 ? NAIVE_SLOTS - 3 : 20);
	run.world.prefixes = PREFIXES;
	run.world.path_hiding_cured = rnd(4) != 0;
	run.world.attrs = run.attrs;
	run.world.fits = fits_class;
	run.short_emits = rnd(2) * 20;
	naive_clear(&run.world);
	for (unsigned i = 0; i < ATTRS; i++)
		make_attrs(i);
	for (unsigned i = 0; i < NAIVE_SLOTS; i++)
		run.receivers[i].last = &run.receivers[i].first;
	config.slots = run.world.slots;
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
	for (unsigned slot = 0; slot < run.world.slots; slot++) {
		struct table_session s = {
		    .families = 1, .class = {CLASS_AS4, CLASS_AS4}, .bgp_id = 50 + slot};

		if (slot < 3)
			s.bgp_id = paths[slot].bgp_id;
		run.world.peers[slot].up = run.world.peers[slot].wants[0] = true;
		run.world.peers[slot].class[0] = CLASS_AS4;
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
	    (unsigned long long)run.checked);
	for (unsigned i = 0; i < NAIVE_STEPS; i++)
		printf(" %s %llu%s", naive_step_name(i), (unsigned long long)run.steps[i],
		    i + 1 < NAIVE_STEPS ? "," : "\nmodel:");
	for (unsigned i = 0; i < EVENTS; i++)
		printf(" %s %llu%s", events[i].name, (unsigned long long)run.events[i],
		    i + 1 < EVENTS ? "," : "\n");
	return 0;
}
