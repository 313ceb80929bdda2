/*
 * How many paths of one prefix a member may bring (RFC 7911, table_peer.paths_kept).
 */
#include "tests/unit/rib/main.h"
#include "tests/unit/rib/world.h"

static const struct world_attrs attrs[] = {
    {"a", "1", 0, -1, {{0}}},
    {"b", "1 2", 0, -1, {{0}}},
    {"c", "1 2 3", 0, -1, {{0}}},
    {"rejected", "1", 0, -1, {{REJECT, 7}}},
};

static void
set_paths_kept(struct world *w, uint16_t paths_kept)
{
	struct table_peer peer = {
	    .asn = 64500, .addr = {192, 0, 2, 0}, .paths_kept = paths_kept, .limit = {100, 100}};

	table_peer_set(w->t, 0, &peer);
}

static struct world *
new_world(uint16_t paths_kept)
{
	struct world *w = world_new(4, true);

	for (size_t i = 0; i < sizeof(attrs) / sizeof(attrs[0]); i++)
		world_name(w, &attrs[i]);
	set_paths_kept(w, paths_kept);
	for (unsigned slot = 0; slot < 4; slot++)
		world_up(w, slot);
	world_settle(w);
	return w;
}

static enum table_result
announce(struct world *w, uint32_t path_id, const char *name)
{
	return world_announce_id(w, 0, "10.0.0.0/24", path_id, name);
}

/* Which of path ids 0 to 7 the slot has of the prefix, as a mask. */
static unsigned
ids_of(const struct world *w)
{
	struct prefix prefix = world_prefix("10.0.0.0/24");
	struct table_cursor cursor;
	struct table_entry_view entry;
	struct table_path_view path;
	uint32_t iter = 0;
	unsigned ids = 0;

	table_cursor_init(&cursor, &prefix, MATCH_EXACT);
	if (!table_cursor_next(w->t, &cursor, &entry))
		return 0;
	while (table_path_next(w->t, &entry, &iter, &path)) {
		if (path.slot == 0 && !path.gone)
			ids |= 1U << path.path_id;
	}
	return ids;
}

START_TEST(one_more_is_refused)
{
	struct world *w = new_world(2);

	ck_assert_int_eq(announce(w, 1, "a"), TABLE_OK);
	ck_assert_int_eq(announce(w, 2, "rejected"), TABLE_OK);
	ck_assert_int_eq(announce(w, 3, "b"), TABLE_OVER_PATHS);
	ck_assert_uint_eq(ids_of(w), 1 << 1 | 1 << 2);
	ck_assert_uint_eq(world_peer(w, 0).over_paths, 1);
	ck_assert_uint_eq(world_peer(w, 0).received, 2);
	ck_assert(!world_peer(w, 0).over_limit);
	/* What is there may be replaced, and makes room when it leaves. */
	ck_assert_int_eq(announce(w, 2, "b"), TABLE_OK);
	ck_assert_int_eq(announce(w, 1, "b"), TABLE_OK);
	ck_assert(world_withdraw(w, 0, "10.0.0.0/24") == false);
	ck_assert_int_eq(announce(w, 0, "c"), TABLE_OVER_PATHS);
	table_withdraw(
	    w->t, 0, &(struct prefix){.family = FAMILY_IPV4, .len = 24, .addr = {10}}, 1);
	ck_assert_int_eq(announce(w, 0, "c"), TABLE_OK);
	ck_assert_uint_eq(ids_of(w), 1 << 0 | 1 << 2);
	ck_assert_uint_eq(world_peer(w, 0).over_paths, 2);
	/* Each prefix, and each member, has its own. */
	ck_assert_int_eq(world_announce_id(w, 0, "10.0.1.0/24", 3, "a"), TABLE_OK);
	for (uint32_t id = 1; id < 5; id++)
		ck_assert_int_eq(world_announce_id(w, 1, "10.0.0.0/24", id, "a"), TABLE_OK);
	ck_assert_int_eq(announce(w, 0, "b"), TABLE_OK);
	world_settle(w);
	world_free(w);
}
END_TEST

/* A refused path leaves nothing behind, and policy was not asked. */
START_TEST(refused_without_a_trace)
{
	struct world *w = new_world(1);
	struct prefix prefix = world_prefix("10.0.0.0/24");
	struct table_memory memory;
	unsigned judged;
	attrs_id b;

	announce(w, 1, "a");
	judged = w->judge_calls;
	ck_assert_int_eq(announce(w, 2, "b"), TABLE_OVER_PATHS);
	ck_assert_uint_eq(w->judge_calls, judged);
	b = world_attrs_ref(w, "b");
	ck_assert_int_eq(table_announce_rejected(w->t, 0, &prefix, 2, b, 17, 5), TABLE_OVER_PATHS);
	table_attrs_unref(w->t, b);
	world_settle(w);
	table_memory_get(w->t, &memory);
	ck_assert_uint_eq(memory.paths, 1);
	ck_assert_uint_eq(memory.attrs, 1);
	/* Counted since the session began. */
	ck_assert_uint_eq(world_peer(w, 0).over_paths, 2);
	world_up(w, 0);
	ck_assert_uint_eq(world_peer(w, 0).over_paths, 0);
	/* What is left of that session takes no room. */
	ck_assert_int_eq(announce(w, 3, "a"), TABLE_OK);
	ck_assert_int_eq(announce(w, 1, "a"), TABLE_OVER_PATHS);
	world_settle(w);
	ck_assert_uint_eq(ids_of(w), 1 << 3);
	world_free(w);
}
END_TEST

START_TEST(the_limit_changes)
{
	struct world *w = new_world(0);

	for (uint32_t id = 1; id < 5; id++)
		ck_assert_int_eq(announce(w, id, "a"), TABLE_OK);
	set_paths_kept(w, 2);
	ck_assert_int_eq(announce(w, 5, "a"), TABLE_OVER_PATHS);
	ck_assert_int_eq(announce(w, 4, "b"), TABLE_OK);
	ck_assert_uint_eq(ids_of(w), 0x1e);
	set_paths_kept(w, 5);
	ck_assert_int_eq(announce(w, 5, "a"), TABLE_OK);
	world_settle(w);
	world_free(w);
}
END_TEST

/*
 * Path identifiers may be others after a restart (RFC 7911 section 5). Stale paths count, but the
 * worst of them makes room: were the new ones refused, none would be left after End-of-RIB.
 */
START_TEST(stale_paths_make_room)
{
	struct world *w = new_world(2);
	struct table_session session = {
	    .bgp_id = 100, .families = 3, .class = {CLASS_AS4, CLASS_AS4}, .kept = 3};

	announce(w, 1, "b");
	announce(w, 2, "a");
	world_settle(w);
	table_peer_lost(w->t, 0, 3, false);
	table_peer_up(w->t, 0, &session);
	/* One that is replaced needs no room. */
	ck_assert_int_eq(announce(w, 1, "b"), TABLE_OK);
	ck_assert_uint_eq(ids_of(w), 1 << 1 | 1 << 2);
	ck_assert_int_eq(announce(w, 3, "c"), TABLE_OK);
	ck_assert_uint_eq(ids_of(w), 1 << 1 | 1 << 3);
	ck_assert_uint_eq(world_peer(w, 0).stale, 0);
	ck_assert_uint_eq(world_peer(w, 0).received, 2);
	ck_assert_int_eq(announce(w, 4, "a"), TABLE_OVER_PATHS);
	world_settle(w);
	ck_assert_str_eq(world_has(w, 1, "10.0.0.0/24"), "b");
	/* The worst goes first. */
	table_refresh_begin(w->t, 0, FAMILY_IPV4);
	ck_assert_int_eq(announce(w, 4, "a"), TABLE_OK);
	ck_assert_uint_eq(ids_of(w), 1 << 1 | 1 << 4);
	table_sweep(w->t, 0, FAMILY_IPV4);
	world_settle(w);
	ck_assert_uint_eq(ids_of(w), 1 << 4);
	ck_assert_uint_eq(world_peer(w, 0).over_paths, 1);
	world_free(w);
}
END_TEST

/* A limit that was lowered meanwhile holds for what comes, however much there is to make room. */
START_TEST(many_stale_paths_make_room_for_few)
{
	struct world *w = new_world(0);

	for (uint32_t id = 1; id < 5; id++)
		ck_assert_int_eq(announce(w, id, "a"), TABLE_OK);
	set_paths_kept(w, 2);
	table_refresh_begin(w->t, 0, FAMILY_IPV4);
	ck_assert_int_eq(announce(w, 5, "a"), TABLE_OK);
	ck_assert_int_eq(announce(w, 6, "a"), TABLE_OK);
	ck_assert_int_eq(announce(w, 7, "a"), TABLE_OVER_PATHS);
	ck_assert_uint_eq(ids_of(w), 1 << 1 | 1 << 2 | 1 << 5 | 1 << 6);
	table_sweep(w->t, 0, FAMILY_IPV4);
	ck_assert_uint_eq(ids_of(w), 1 << 5 | 1 << 6);
	world_settle(w);
	world_free(w);
}
END_TEST

/* The only path of a prefix, and one that nobody was told, makes room as well. */
START_TEST(the_last_stale_path_makes_room)
{
	struct world *w = new_world(1);

	announce(w, 1, "rejected");
	world_settle(w);
	table_refresh_begin(w->t, 0, FAMILY_IPV4);
	ck_assert_int_eq(announce(w, 2, "rejected"), TABLE_OK);
	ck_assert_uint_eq(ids_of(w), 1 << 2);
	world_check(w);
	world_settle(w);
	world_free(w);
}
END_TEST

int
main(void)
{
	RUN_SUITE("rib/paths_kept", one_more_is_refused, refused_without_a_trace, the_limit_changes,
	    stale_paths_make_room, many_stale_paths_make_room_for_few,
	    the_last_stale_path_makes_room);
}
