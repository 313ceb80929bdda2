/*
 * Paths in expected order, whatever the order they came in.
 */
#include <string.h>

#include "tests/unit/rib/main.h"
#include "tests/unit/rib/world.h"

#define P "203.0.113.0/24"

/* Each row differs from the one above in the step that it names. */
static const struct {
	struct world_attrs attrs;
	unsigned slot;
	uint32_t bgp_id;
	uint32_t path_id;
} ordered[] = {
    {{"preferred", "1 2 3 4", 2, 50, {{LOCAL_PREF, 200}}}, 20, 900, 0},
    {{"short", "1", 0, 50, {{0}}}, 19, 800, 0},
    {{"short, EGP", "1", 1, 50, {{0}}}, 18, 700, 0},
    {{"short, incomplete", "1", 2, 50, {{0}}}, 17, 600, 0},
    {{"id 10", "1 2", 0, 50, {{0}}}, 16, 10, 0},
    {{"id 11, lower address", "1 2", 0, 40, {{0}}}, 14, 11, 0},
    {{"id 11, higher address", "1 2", 0, 30, {{0}}}, 15, 11, 0},
    {{"id 11, IPv6 address", "1 2", 0, 20, {{0}}}, 3, 11, 0},
    {{"path id 1", "1 2", 0, 10, {{0}}}, 3, 11, 1},
    {{"path id 2", "1 2", 0, -1, {{0}}}, 3, 11, 2},
    {{"longer", "1 2 3", 0, 0, {{0}}}, 2, 1, 0},
    {{"worst", "1", 0, 0, {{LOCAL_PREF, 90}}}, 1, 1, 0},
    {{"rejected", "1", 0, 0, {{LOCAL_PREF, 300}, {REJECT, 7}}}, 0, 1, 0},
};

enum { COUNT = sizeof(ordered) / sizeof(ordered[0]) };

static struct world *
new_world(bool path_hiding)
{
	struct world *w = world_new(24, path_hiding);
	struct table_peer ipv6 = {.addr_family = FAMILY_IPV6};

	table_peer_set(w->t, 3, &ipv6);
	for (size_t i = 0; i < COUNT; i++) {
		world_name(w, &ordered[i].attrs);
		if (ordered[i].path_id == 0)
			world_up_as(w, ordered[i].slot, ordered[i].bgp_id, CLASS_AS4);
	}
	return w;
}

static void
assert_order(struct world *w)
{
	struct prefix prefix = world_prefix(P);
	struct table_cursor cursor;
	struct table_entry_view entry;
	struct table_path_view path;
	uint32_t iter = 0;

	table_cursor_init(&cursor, &prefix, MATCH_EXACT);
	ck_assert(table_cursor_next(w->t, &cursor, &entry));
	for (size_t i = 0; i < COUNT; i++) {
		ck_assert(table_path_next(w->t, &entry, &iter, &path));
		ck_assert_str_eq(
		    world_name_of(w, path.block, path.block_len), ordered[i].attrs.name);
		ck_assert_uint_eq(path.slot, ordered[i].slot);
		ck_assert_uint_eq(path.path_id, ordered[i].path_id);
		ck_assert_int_eq(path.best, i == 0);
		ck_assert_int_eq(path.verdict.accept, i != COUNT - 1);
		ck_assert_uint_eq(path.verdict.reason, i == COUNT - 1 ? 7 : 0);
	}
	ck_assert(!table_path_next(w->t, &entry, &iter, &path));
}

START_TEST(order_of_paths)
{
	uint64_t state = 1;

	for (unsigned round = 0; round < 30; round++) {
		struct world *w = new_world(true);
		unsigned order[COUNT];

		for (unsigned i = 0; i < COUNT; i++) {
			unsigned k = test_random(&state, i + 1);

			order[i] = order[k];
			order[k] = i;
		}
		for (unsigned i = 0; i < COUNT; i++)
			world_announce_id(w, ordered[order[i]].slot, P, ordered[order[i]].path_id,
			    ordered[order[i]].attrs.name);
		world_settle(w);
		assert_order(w);
		world_free(w);
	}
}
END_TEST

/* MED orders nothing by itself, but the best path is one that MED leaves. */
START_TEST(best_is_not_beaten_by_med)
{
	static const struct world_attrs attrs[] = {
	    {"A1", "1 9", 0, 10, {{0}}},
	    {"A2", "1 9", 0, 20, {{0}}},
	    {"B", "2 9", 0, 99, {{0}}},
	    {"longer", "1 9 9", 0, 0, {{0}}},
	};
	static const uint32_t ids[] = {3, 1, 2, 1};
	struct world *w = world_new(24, true);
	struct prefix prefix = world_prefix(P);
	struct table_cursor cursor;
	struct table_entry_view entry;
	struct table_path_view path;
	uint32_t iter = 0;

	for (unsigned i = 0; i < 4; i++) {
		world_name(w, &attrs[i]);
		world_up_as(w, i, ids[i], CLASS_AS4);
		world_announce(w, i, P, attrs[i].name);
	}
	table_cursor_init(&cursor, &prefix, MATCH_EXACT);
	ck_assert(table_cursor_next(w->t, &cursor, &entry));
	for (unsigned i = 0; i < 4; i++) {
		static const unsigned slots[] = {1, 2, 0, 3};

		ck_assert(table_path_next(w->t, &entry, &iter, &path));
		ck_assert_uint_eq(path.slot, slots[i]);
		ck_assert_int_eq(path.best, slots[i] == 2);
	}
	world_free(w);
}
END_TEST

int
main(void)
{
	RUN_SUITE("rib/rank", order_of_paths, best_is_not_beaten_by_med);
}
