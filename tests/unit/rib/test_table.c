/*
 * The table as a whole: memory, sessions against purges, limits, room, looks, and random life under
 * the eyes of table_check().
 */
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/rib/main.h"
#include "tests/unit/rib/world.h"

static const struct world_attrs attrs[] = {
    {"a", "1", 0, 5, {{0}}},
    {"b", "1 2", 0, -1, {{STRIPPED_TO, 4}}},
    {"c", "1 2 3", 0, 4, {{NOT_TO, 3}, {NOT_TO, 5}}},
    {"d", "1 9", 0, 7, {{ONLY_TO, 2}, {ONLY_TO, 4}}},
    {"e", "1 8", 0, 3, {{FITS, 0xcccc}}},
    {"f", "1", 1, 5, {{LOCAL_PREF, 150}}},
    {"rejected", "1", 0, -1, {{REJECT, 7}}},
};

enum { NAMES = sizeof(attrs) / sizeof(attrs[0]) };

static struct world *
new_world(unsigned slots, uint32_t owed_max)
{
	struct world *w = world_new_owing(slots, true, owed_max);

	for (size_t i = 0; i < NAMES; i++)
		world_name(w, &attrs[i]);
	for (unsigned slot = 0; slot < slots; slot++)
		world_up(w, slot);
	world_settle(w);
	w->log[0] = '\0';
	return w;
}

/* ---- memory ---- */

static size_t
take_all(void *ctx, const struct emission *e)
{
	(void)ctx;
	return e->kind == EMIT_EOR ? 1 : e->count;
}

static void
accept_all(void *ctx, const struct path_view *path, struct verdict *out)
{
	(void)ctx;
	(void)path;
	out->accept = true;
}

static void
reach_all(void *ctx, const uint8_t *block, size_t len, uint32_t tags, struct reach_out *out)
{
	(void)ctx;
	(void)block;
	(void)len;
	(void)tags;
	reach_add(out, NULL, 0, NULL, 0);
}

static uint16_t
fits_all(void *ctx, const uint8_t *block, size_t len, enum family family)
{
	(void)ctx;
	(void)block;
	(void)len;
	(void)family;
	return UINT16_MAX;
}

static void
announce_scattered(struct table *t, enum family family, unsigned count)
{
	struct world_attrs one = {"one", "1", 0, -1, {{0}}};
	uint8_t block[256];
	attrs_id id = table_attrs_ref(t, block, world_block(&one, block));

	for (uint32_t i = 0; i < count; i++) {
		/* An odd factor scatters and never meets itself: the tree has all the glue it can.
		 */
		uint32_t at = i * UINT32_C(2654435761);
		struct prefix prefix = {.family = (uint8_t)family,
		    .len = family == FAMILY_IPV4 ? 32 : 48,
		    .addr = {
			(uint8_t)(at >> 24), (uint8_t)(at >> 16), (uint8_t)(at >> 8), (uint8_t)at}};

		ck_assert_int_eq(table_announce(t, 0, &prefix, 0, id, i), TABLE_OK);
		if (i % 1000 == 0)
			table_step(t, TABLE_COMMIT, 2000);
	}
	while (table_step(t, WORLD_ALL, 2000) == TABLE_MORE)
		;
	table_attrs_unref(t, id);
}

/* 160 octets for a prefix with one path and one told row, in both families. */
START_TEST(a_prefix_costs_160_octets_at_most)
{
	enum { COUNT = 100000 };

	for (unsigned f = 0; f < FAMILY_COUNT; f++) {
		struct table_config config = {.slots = 200,
		    .path_hiding = true,
		    .emit = take_all,
		    .policy = {NULL, accept_all, reach_all, fits_all}};
		struct table *t = table_new(&config);
		struct table_peer peer = {.addr_family = (uint8_t)f};
		struct table_session session = {.families = 3};
		struct table_memory before, after;

		for (uint16_t slot = 0; slot < 2; slot++) {
			peer.addr[3] = (uint8_t)slot;
			table_peer_set(t, slot, &peer);
			table_peer_up(t, slot, &session);
		}
		while (table_step(t, WORLD_ALL, 100) == TABLE_MORE)
			;
		table_memory_get(t, &before);
		announce_scattered(t, f, COUNT);
		table_memory_get(t, &after);
		ck_assert_uint_eq(after.entries[f], COUNT);
		ck_assert_uint_eq(after.paths, COUNT);
		ck_assert_uint_eq(after.told_rows, COUNT);
		ck_assert_uint_eq(after.attrs, 1);
		ck_assert_uint_le((after.octets - before.octets) / COUNT, 160);
		ck_assert_ptr_null(table_check(t));
		table_free(t);
	}
}
END_TEST

START_TEST(nothing_stays_behind)
{
	struct world *w = new_world(6, 0);
	struct table_memory memory;

	for (unsigned i = 0; i < 100; i++) {
		char text[32];

		snprintf(text, sizeof(text), "10.0.%u.0/24", i);
		world_announce_id(w, i % 3, text, i % 5, attrs[i % NAMES].name);
	}
	world_settle(w);
	for (unsigned slot = 0; slot < 3; slot++)
		world_down(w, slot);
	world_settle(w);
	table_memory_get(w->t, &memory);
	ck_assert_uint_eq(memory.entries[0] + memory.entries[1], 0);
	ck_assert_uint_eq(memory.paths, 0);
	ck_assert_uint_eq(memory.attrs, 0);
	ck_assert_uint_eq(memory.attrs_octets, 0);
	ck_assert_uint_eq(memory.reaches, 0);
	ck_assert_uint_eq(memory.told_rows, 0);
	ck_assert_uint_eq(memory.dirty, 0);
	ck_assert_uint_eq(w->views[5].count, 0);
	world_free(w);
}
END_TEST

/* ---- sessions ---- */

/* The purge of an old session goes on in slices while the new one announces: it takes nothing new.
 */
START_TEST(purge_spares_what_a_newer_session_announced)
{
	struct world *w = new_world(4, 0);
	char text[32];

	for (unsigned i = 0; i < 50; i++) {
		snprintf(text, sizeof(text), "10.0.%u.0/24", i);
		world_announce(w, 0, text, "a");
	}
	world_settle(w);
	w->views[1].messages = 0;
	world_up(w, 0);
	ck_assert_uint_eq(world_peer(w, 0).received, 0);
	ck_assert(!world_withdraw(w, 0, "10.0.49.0/24"));
	for (unsigned i = 0; i < 20; i += 2) {
		snprintf(text, sizeof(text), "10.0.%u.0/24", i);
		world_announce(w, 0, text, "a");
	}
	ck_assert_uint_eq(world_peer(w, 0).received, 10);
	table_step(w->t, TABLE_COMMIT, 5);
	world_check(w);
	for (unsigned i = 20; i < 40; i += 2) {
		snprintf(text, sizeof(text), "10.0.%u.0/24", i);
		world_announce(w, 0, text, "b");
		table_step(w->t, TABLE_COMMIT, 1);
		world_check(w);
	}
	world_settle(w);
	ck_assert_uint_eq(w->views[1].count, 20);
	ck_assert_uint_eq(world_peer(w, 0).received, 20);
	ck_assert_str_eq(world_has(w, 1, "10.0.18.0/24"), "a");
	ck_assert_str_eq(world_has(w, 1, "10.0.20.0/24"), "b");
	ck_assert_str_eq(world_has(w, 1, "10.0.19.0/24"), "-");
	/* What was announced again as it was before is no news to anybody. */
	ck_assert_uint_le(w->views[1].messages, 40);
	world_free(w);
}
END_TEST

START_TEST(a_path_that_is_gone_says_so)
{
	struct world *w = new_world(4, 0);
	struct prefix prefix = world_prefix("10.0.0.0/8");
	struct table_cursor cursor;
	struct table_entry_view entry;
	struct table_path_view path;
	uint32_t iter = 0;

	world_announce(w, 0, "10.0.0.0/8", "a");
	table_cursor_init(&cursor, &prefix, MATCH_EXACT);
	ck_assert(table_cursor_next(w->t, &cursor, &entry));
	ck_assert(table_path_next(w->t, &entry, &iter, &path));
	ck_assert(!path.gone);
	ck_assert_uint_eq(path.received_s, 1000);
	ck_assert_uint_eq(path.sent_id, 1);
	world_up(w, 0);
	iter = 0;
	ck_assert(table_path_next(w->t, &entry, &iter, &path));
	ck_assert(path.gone && !path.stale);
	world_free(w);
}
END_TEST

START_TEST(end_of_rib_of_the_member)
{
	struct world *w = new_world(4, 0);

	ck_assert(!world_peer(w, 1).eor_received);
	table_end_of_rib(w->t, 1, FAMILY_IPV4);
	ck_assert(world_peer(w, 1).eor_received);
	world_up(w, 1);
	ck_assert(!world_peer(w, 1).eor_received);
	world_free(w);
}
END_TEST

/* Rejected paths count, replaced ones do not twice, those of an older session not at all. */
START_TEST(limit_of_a_peer)
{
	struct world *w = world_new(4, true);
	struct table_peer peer = {.asn = 64500, .addr = {192, 0, 2, 0}, .limit = {3, 1}};

	for (size_t i = 0; i < NAMES; i++)
		world_name(w, &attrs[i]);
	table_peer_set(w->t, 0, &peer);
	world_up(w, 0);
	ck_assert_int_eq(world_announce(w, 0, "10.0.0.0/24", "a"), TABLE_OK);
	ck_assert_int_eq(world_announce(w, 0, "10.0.1.0/24", "rejected"), TABLE_OK);
	ck_assert_int_eq(world_announce(w, 0, "10.0.2.0/24", "a"), TABLE_OK);
	ck_assert_int_eq(world_announce(w, 0, "10.0.3.0/24", "a"), TABLE_OVER_LIMIT);
	ck_assert_int_eq(world_announce_id(w, 0, "10.0.2.0/24", 5, "a"), TABLE_OVER_LIMIT);
	ck_assert_int_eq(world_announce(w, 0, "10.0.2.0/24", "b"), TABLE_OK);
	ck_assert_int_eq(world_announce(w, 0, "2001:db8::/32", "a"), TABLE_OK);
	ck_assert_int_eq(world_announce(w, 0, "2001:db9::/32", "a"), TABLE_OVER_LIMIT);
	ck_assert_uint_eq(world_peer(w, 0).received, 3);
	ck_assert_uint_eq(world_peer(w, 0).limit, 3);
	world_settle(w);
	world_up(w, 0);
	ck_assert_int_eq(world_announce(w, 0, "10.0.3.0/24", "a"), TABLE_OK);
	ck_assert_int_eq(world_announce(w, 0, "10.0.4.0/24", "a"), TABLE_OK);
	ck_assert_int_eq(world_announce(w, 0, "10.0.0.0/24", "a"), TABLE_OK);
	ck_assert_int_eq(world_announce(w, 0, "10.0.2.0/24", "a"), TABLE_OVER_LIMIT);
	world_settle(w);
	ck_assert_uint_eq(world_peer(w, 0).received, 3);
	world_free(w);
}
END_TEST

START_TEST(our_own_bugs_abort)
{
	struct world *w = world_new(4, true);
	struct prefix prefix = world_prefix("10.0.0.0/8");
	struct table_peer moved = {.addr = {192, 0, 2, 99}};

	world_name(w, &attrs[0]);
	ck_assert(ABORTS(world_announce(w, 0, "10.0.0.0/8", "a")));
	ck_assert(ABORTS(table_withdraw(w->t, 0, &prefix, 0)));
	ck_assert(ABORTS(table_peer_down(w->t, 4)));
	world_up(w, 0);
	ck_assert(ABORTS(table_peer_set(w->t, 0, &moved)));
	world_free(w);
}
END_TEST

/* ---- room ---- */

/* However little room there is, nothing is lost, doubled or out of order. */
START_TEST(work_goes_on_where_room_ended)
{
	struct world *w = new_world(4, 0);
	char text[32];

	for (unsigned i = 0; i < 60; i++) {
		snprintf(text, sizeof(text), "10.0.%u.0/24", i);
		world_announce(w, i % 2, text, attrs[i / 2 % 3].name);
	}
	for (unsigned i = 0;; i++) {
		enum table_progress progress;

		w->room = i % 3;
		progress = table_step(w->t, WORLD_ALL, 25);
		world_check(w);
		if (progress == TABLE_IDLE && i >= 100)
			break;
		/* Changes go on meanwhile. */
		if (i % 10 == 0 && i < 100) {
			snprintf(text, sizeof(text), "10.0.%u.0/24", i / 2);
			world_announce(w, 1, text, "f");
		}
	}
	for (unsigned i = 0; i < 60; i++) {
		snprintf(text, sizeof(text), "10.0.%u.0/24", i);
		ck_assert_str_eq(
		    world_has(w, 2, text), i % 5 == 0 && i < 50 ? "f" : attrs[i / 2 % 3].name);
	}
	world_free(w);
}
END_TEST

/* ---- looks ---- */

static void
assert_match(const struct world *w, const char *scope, enum table_match match, const char *expected)
{
	struct prefix prefix = world_prefix(scope);
	struct table_cursor cursor;
	struct table_entry_view entry;
	char text[512] = "";

	table_cursor_init(&cursor, &prefix, match);
	while (table_cursor_next(w->t, &cursor, &entry)) {
		char one[PREFIX_TEXT_MAX];

		prefix_format(&entry.prefix, one);
		strcat(text, text[0] == '\0' ? "" : " ");
		strcat(text, one);
	}
	ck_assert(!table_cursor_next(w->t, &cursor, &entry));
	ck_assert_str_eq(text, expected);
}

START_TEST(cursors)
{
	static const char *const texts[] = {"10.0.0.0/8", "10.1.0.0/16", "10.1.0.0/24",
	    "10.1.1.0/24", "10.2.0.0/16", "0.0.0.0/0", "2001:db8::/32"};
	struct world *w = new_world(4, 0);
	struct prefix debt = world_prefix("10.1.2.0/24");

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		world_announce(w, 0, texts[i], i == 2 ? "rejected" : "a");
	world_settle(w);
	world_cut(w, 3);
	table_owe(w->t, 3, &debt, 0); /* an entry of nothing is not seen */
	assert_match(w, "0.0.0.0/0", MATCH_LONGER,
	    "0.0.0.0/0 10.0.0.0/8 10.1.0.0/16 10.1.0.0/24 10.1.1.0/24 10.2.0.0/16");
	assert_match(w, "::/0", MATCH_LONGER, "2001:db8::/32");
	assert_match(w, "10.1.0.0/16", MATCH_LONGER, "10.1.0.0/16 10.1.0.0/24 10.1.1.0/24");
	assert_match(w, "10.1.0.0/17", MATCH_LONGER, "10.1.0.0/24 10.1.1.0/24");
	assert_match(
	    w, "10.1.1.0/24", MATCH_SHORTER, "0.0.0.0/0 10.0.0.0/8 10.1.0.0/16 10.1.1.0/24");
	assert_match(w, "10.1.2.0/24", MATCH_SHORTER, "0.0.0.0/0 10.0.0.0/8 10.1.0.0/16");
	assert_match(w, "10.1.2.3/32", MATCH_LONGEST, "10.1.0.0/16");
	assert_match(w, "10.1.2.0/24", MATCH_EXACT, "");
	assert_match(w, "10.1.0.0/16", MATCH_EXACT, "10.1.0.0/16");
	assert_match(w, "2001:db9::/32", MATCH_LONGEST, "");
	world_free(w);
}
END_TEST

/* A pass goes on behind the last key, whatever came and went. */
START_TEST(a_cursor_survives_changes)
{
	struct world *w = new_world(4, 0);
	struct prefix all = world_prefix("0.0.0.0/0");
	struct table_cursor cursor;
	struct table_entry_view entry;

	for (unsigned i = 0; i < 20; i++) {
		char text[32];

		snprintf(text, sizeof(text), "10.%u.0.0/16", i);
		world_announce(w, 0, text, "a");
	}
	world_settle(w);
	table_cursor_init(&cursor, &all, MATCH_LONGER);
	for (unsigned i = 0; i < 10; i++)
		ck_assert(table_cursor_next(w->t, &cursor, &entry));
	world_withdraw(w, 0, "10.9.0.0/16");
	world_withdraw(w, 0, "10.10.0.0/16");
	world_announce(w, 0, "10.9.128.0/17", "a");
	world_settle(w);
	ck_assert(table_cursor_next(w->t, &cursor, &entry));
	ck_assert_int_eq(entry.prefix.len, 17);
	ck_assert(table_cursor_next(w->t, &cursor, &entry));
	ck_assert_int_eq(entry.prefix.addr[1], 11);
	world_free(w);
}
END_TEST

START_TEST(told_rows_and_attributes_are_seen)
{
	struct world *w = new_world(6, 0);
	struct prefix prefix = world_prefix("10.0.0.0/8");
	struct table_cursor cursor;
	struct table_entry_view entry;
	struct table_told_view row;
	const uint8_t *block;
	attrs_id id = 0;
	uint32_t iter = 0, refs;
	size_t len;

	world_announce(w, 0, "10.0.0.0/8", "a");
	world_announce(w, 1, "10.0.0.0/8", "b");
	world_settle(w);
	table_cursor_init(&cursor, &prefix, MATCH_EXACT);
	ck_assert(table_cursor_next(w->t, &cursor, &entry));
	ck_assert(table_told_next(w->t, &entry, &iter, &row));
	ck_assert_str_eq(world_name_of(w, row.block, row.block_len), "a");
	ck_assert_uint_eq(row.nwords, 1);
	ck_assert_uint_eq(row.words[0], 0x3e);
	ck_assert_uint_eq(row.path_id, 1);
	ck_assert(table_told_next(w->t, &entry, &iter, &row));
	ck_assert_str_eq(world_name_of(w, row.block, row.block_len), "b");
	ck_assert_uint_eq(row.words[0], 1);
	ck_assert(!table_told_next(w->t, &entry, &iter, &row));
	for (unsigned i = 0; i < 3; i++) {
		static const char *const names[] = {"a", "b", "bare"};

		ck_assert(table_attrs_next(w->t, &id, &block, &len, &refs));
		ck_assert_str_eq(world_name_of(w, block, len), names[i]);
		ck_assert_uint_gt(refs, 0);
		ck_assert_uint_eq(table_attrs_find(w->t, block, len), id);
	}
	ck_assert(!table_attrs_next(w->t, &id, &block, &len, &refs));
	world_free(w);
}
END_TEST

/* ---- random life ---- */

static void
random_route(struct world *w, uint64_t *state, unsigned slot)
{
	struct prefix p = {.family = (uint8_t)test_random(state, 2)};
	uint32_t id = test_random(state, 4) == 0 ? 1 + test_random(state, 2) : 0;
	attrs_id a;

	p.len = (uint8_t)(8 + test_random(state, 17));
	p.addr[0] = 10;
	p.addr[1] = p.len >= 16 ? (uint8_t)test_random(state, 4) : 0;
	p.addr[2] = p.len == 24 ? (uint8_t)test_random(state, 16) : 0;
	if (!w->views[slot].cut && test_random(state, 3) == 0) {
		table_withdraw(w->t, (uint16_t)slot, &p, id);
		return;
	}
	a = world_attrs_ref(w, attrs[test_random(state, NAMES)].name);
	table_announce(w->t, (uint16_t)slot, &p, id, a, 1);
	table_attrs_unref(w->t, a);
}

static void
random_event(struct world *w, uint64_t *state, bool up[WORLD_SLOTS])
{
	unsigned slot = test_random(state, 8);
	struct world_view *v = &w->views[slot];

	switch (test_random(state, 40)) {
	case 0:
		world_down(w, slot);
		up[slot] = false;
		return;
	case 1:
		world_up_as(w, slot, 1 + test_random(state, 3), (uint8_t)test_random(state, 8));
		up[slot] = true;
		return;
	case 2:
		v->deaf = up[slot] && !v->cut;
		return;
	case 3:
		if (up[slot])
			world_cut(w, slot);
		return;
	case 4:
		if (v->cut)
			world_drained(w, slot);
		return;
	case 5:
		table_refresh(w->t, (uint16_t)slot, test_random(state, 2));
		return;
	case 6:
		table_walk_hold(w->t, (uint16_t)slot, test_random(state, 2) == 0);
		return;
	case 7:
		table_walk_split(w->t, (uint16_t)slot);
		return;
	case 8:
		w->room = test_random(state, 10);
		table_step(w->t, test_random(state, 8), 1 + test_random(state, 40));
		w->room = SIZE_MAX;
		return;
	case 9:
		table_step(w->t, test_random(state, 8), 1 + test_random(state, 40));
		return;
	default:
		if (up[slot])
			random_route(w, state, slot);
	}
}

/* Every receiver that is live holds exactly the told rows that name it. */
static void
assert_views_are_told(struct world *w)
{
	size_t told[WORLD_SLOTS] = {0};

	for (unsigned f = 0; f < FAMILY_COUNT; f++) {
		struct prefix all = {.family = (uint8_t)f};
		struct table_cursor cursor;
		struct table_entry_view entry;

		table_cursor_init(&cursor, &all, MATCH_LONGER);
		while (table_cursor_next(w->t, &cursor, &entry)) {
			struct table_told_view row;
			uint32_t iter = 0;

			while (table_told_next(w->t, &entry, &iter, &row)) {
				for (unsigned slot = 0; slot < 8; slot++)
					told[slot] += row.words[0] >> slot & 1;
			}
		}
	}
	for (unsigned slot = 0; slot < 8; slot++) {
		if (world_peer(w, slot).state != PEER_DOWN)
			ck_assert_uint_eq(w->views[slot].count, told[slot]);
	}
}

static void
live(struct world *w, uint64_t seed, unsigned events)
{
	uint64_t state = seed;
	bool up[WORLD_SLOTS] = {false};

	for (size_t i = 0; i < NAMES; i++)
		world_name(w, &attrs[i]);
	for (unsigned i = 1; i <= events; i++) {
		random_event(w, &state, up);
		world_check(w);
		if (i % 500 != 0)
			continue;
		for (unsigned slot = 0; slot < 8; slot++) {
			table_walk_hold(w->t, (uint16_t)slot, false);
			if (up[slot])
				world_cut(w, slot);
			if (w->views[slot].cut)
				world_drained(w, slot);
		}
		world_settle(w);
		assert_views_are_told(w);
	}
}

START_TEST(random_life)
{
	static const uint32_t owed_max[] = {0, 3, 25};

	for (unsigned i = 0; i < 3; i++) {
		struct world *w = world_new_owing(8, i != 1, owed_max[i]);

		live(w, i + 1, 4000);
		world_free(w);
	}
}
END_TEST

/* The same calls give the same emissions; the seed of the hashes is not seen. */
START_TEST(the_same_life_twice)
{
	char *logs[2];

	for (unsigned i = 0; i < 2; i++) {
		struct world *w = world_new_owing(8, true, 10);

		live(w, 99, 1500);
		ck_assert_uint_gt(strlen(w->log), 10000);
		logs[i] = strdup(w->log);
		world_free(w);
	}
	ck_assert_str_eq(logs[0], logs[1]);
	free(logs[0]);
	free(logs[1]);
}
END_TEST

/* An auditor that finds nothing is worth nothing. */
START_TEST(the_auditor_finds_what_is_broken)
{
	struct table_config config = {
	    .slots = 4, .emit = take_all, .policy = {NULL, accept_all, reach_all, fits_all}};
	struct world_attrs one = {"one", "1", 0, -1, {{0}}};
	struct table_peer peer = {.addr = {1}};
	struct table_session session = {.families = 1};
	struct prefix prefix = world_prefix("10.0.0.0/8");
	struct table *t = table_new(&config);
	uint8_t block[256];
	attrs_id id;

	for (uint16_t slot = 0; slot < 4; slot++) {
		peer.addr[3] = (uint8_t)slot;
		table_peer_set(t, slot, &peer);
		table_peer_up(t, slot, &session);
	}
	id = table_attrs_ref(t, block, world_block(&one, block));
	table_announce(t, 0, &prefix, 0, id, 0);
	while (table_step(t, WORLD_ALL, 100) == TABLE_MORE)
		;
	ck_assert_ptr_null(table_check(t));
	/* One reference more given back than taken: the path's own. */
	table_attrs_unref(t, id);
	ck_assert_ptr_null(table_check(t));
	table_attrs_unref(t, id);
	ck_assert_str_eq(table_check(t), "attributes: too few references");
	table_free(t);
}
END_TEST

int
main(void)
{
	RUN_SUITE("rib/table", a_prefix_costs_160_octets_at_most, nothing_stays_behind,
	    purge_spares_what_a_newer_session_announced, a_path_that_is_gone_says_so,
	    end_of_rib_of_the_member, limit_of_a_peer, our_own_bugs_abort,
	    work_goes_on_where_room_ended, cursors, a_cursor_survives_changes,
	    told_rows_and_attributes_are_seen, random_life, the_same_life_twice,
	    the_auditor_finds_what_is_broken);
}
