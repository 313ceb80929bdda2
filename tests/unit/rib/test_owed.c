/*
 * Lagging peers: what they never read is owed, and told unconditionally. A deaf receiver of the
 * test leaves blocks unread; world_cut() owes them, as the scan of the log does.
 */
#include "tests/unit/rib/main.h"
#include "tests/unit/rib/world.h"

static const struct world_attrs attrs[] = {
    {"a", "1", 0, -1, {{0}}},
    {"b", "1 2", 0, -1, {{0}}},
    {"c", "1 2 3", 0, -1, {{0}}},
};

static struct world *
new_world(uint32_t owed_max)
{
	struct world *w = world_new_owing(10, true, owed_max);

	for (size_t i = 0; i < sizeof(attrs) / sizeof(attrs[0]); i++)
		world_name(w, &attrs[i]);
	for (unsigned slot = 0; slot < 5; slot++)
		world_up(w, slot);
	world_settle(w);
	w->log[0] = '\0';
	return w;
}

static const char *
route(unsigned i)
{
	static char text[32];

	snprintf(text, sizeof(text), "10.%u.%u.0/24", i / 256, i % 256);
	return text;
}

static void
announce_many(struct world *w, unsigned from, unsigned to, const char *name)
{
	for (unsigned i = from; i < to; i++)
		world_announce(w, 0, route(i), name);
	world_settle(w);
}

/* Slot 1 and slot 2 hold the same. */
static void
assert_same_views(const struct world *w)
{
	const struct world_view *a = &w->views[1], *b = &w->views[2];

	ck_assert_uint_eq(a->count, b->count);
	for (size_t i = 0; i < a->count; i++) {
		const struct world_held *held =
		    world_find(b->held, b->count, &a->held[i].prefix, a->held[i].id);

		ck_assert_ptr_nonnull(held);
		ck_assert_str_eq(held->name, a->held[i].name);
	}
}

START_TEST(what_was_not_read_is_told_as_it_is_now)
{
	struct world *w = new_world(0);

	announce_many(w, 0, 10, "a");
	w->views[1].deaf = true;
	announce_many(w, 5, 15, "b");
	w->views[1].unread_count -= 2; /* the last two blocks are never scanned: owed below */
	world_cut(w, 1);
	ck_assert(world_peer(w, 1).lagging);
	ck_assert_uint_eq(world_peer(w, 1).owed, 8);
	announce_many(w, 12, 16, "c");
	ck_assert_uint_eq(world_peer(w, 1).owed, 11);
	world_withdraw(w, 0, route(6));
	w->log[0] = '\0';
	world_settle(w);
	ck_assert_log(w, "withdraw 10.0.6.0/24 to 2 3 4");
	world_drained(w, 1);
	world_settle(w);
	ck_assert(!world_peer(w, 1).lagging);
	ck_assert_int_eq(world_peer(w, 1).state, PEER_LIVE);
	ck_assert_str_eq(world_has(w, 1, route(6)), "-");
	ck_assert_str_eq(world_has(w, 1, route(7)), "b");
	ck_assert_str_eq(world_has(w, 1, route(15)), "c");
	assert_same_views(w);
	world_free(w);
}
END_TEST

/* Announced in a block that it never read, withdrawn since: it is withdrawn all the same. */
START_TEST(what_came_and_went_is_withdrawn)
{
	struct world *w = new_world(0);
	struct table_memory memory;

	w->views[1].deaf = true;
	announce_many(w, 0, 3, "a");
	w->views[1].unread_count = 0;
	w->views[1].deaf = false;
	world_withdraw(w, 0, route(0));
	world_settle(w);
	table_memory_get(w->t, &memory);
	ck_assert_uint_eq(memory.entries[FAMILY_IPV4], 2);
	world_cut(w, 1);
	for (unsigned i = 0; i < 3; i++) {
		struct prefix prefix = world_prefix(route(i));

		table_owe(w->t, 1, &prefix, 0);
		table_owe(w->t, 1, &prefix, 9);
	}
	ck_assert_uint_eq(world_peer(w, 1).owed, 3);
	table_memory_get(w->t, &memory);
	ck_assert_uint_eq(memory.entries[FAMILY_IPV4], 3);
	world_check(w);
	world_drained(w, 1);
	w->log[0] = '\0';
	world_settle(w);
	ck_assert_log(w, "withdraw 10.0.0.0/24 to 1; announce a 10.0.1.0/24 10.0.2.0/24 to 1");
	table_memory_get(w->t, &memory);
	ck_assert_uint_eq(memory.entries[FAMILY_IPV4], 2);
	ck_assert_uint_eq(memory.owed, 0);
	world_free(w);
}
END_TEST

/* Debts are paid in slices; what changes meanwhile joins them; a second cut keeps the rest. */
START_TEST(paid_in_slices_and_cut_again)
{
	struct world *w = new_world(0);

	w->views[1].deaf = true;
	announce_many(w, 0, 100, "a");
	world_cut(w, 1);
	world_drained(w, 1);
	table_step(w->t, TABLE_OWED, 30);
	ck_assert_uint_eq(world_peer(w, 1).owed, 70);
	ck_assert_uint_eq(w->views[1].count, 30);
	world_announce(w, 0, route(5), "b");
	world_announce(w, 0, route(95), "b");
	table_step(w->t, TABLE_COMMIT, 30);
	world_check(w);
	ck_assert_str_eq(world_has(w, 1, route(5)), "a");
	ck_assert_uint_eq(world_peer(w, 1).owed, 71);
	world_cut(w, 1);
	world_settle(w);
	ck_assert_uint_eq(w->views[1].count, 30);
	world_drained(w, 1);
	world_settle(w);
	assert_same_views(w);
	ck_assert_uint_eq(w->views[1].messages, 101);
	world_free(w);
}
END_TEST

/* Of its family: the other one, where nothing else is owed, has its turn meanwhile. */
START_TEST(end_of_rib_follows_the_last_debt)
{
	struct world *w = new_world(0);

	announce_many(w, 0, 5, "a");
	world_up(w, 1);
	w->views[1].deaf = true;
	world_settle(w);
	world_cut(w, 1);
	ck_assert_uint_eq(w->views[1].eors, 0);
	ck_assert_int_eq(world_peer(w, 1).state, PEER_FEEDING);
	world_drained(w, 1);
	w->log[0] = '\0';
	table_step(w->t, TABLE_OWED, 2);
	table_step(w->t, TABLE_OWED, 2);
	ck_assert_log(w,
	    "announce a 10.0.0.0/24 10.0.1.0/24 to 1; eor to 1; "
	    "announce a 10.0.2.0/24 10.0.3.0/24 to 1");
	world_settle(w);
	ck_assert_log(w, "announce a 10.0.4.0/24 to 1; eor to 1");
	ck_assert_int_eq(world_peer(w, 1).state, PEER_LIVE);
	world_free(w);
}
END_TEST

/* A peer that is owed much does not hold up one that is owed little. */
START_TEST(debts_are_paid_in_turns)
{
	struct world *w = new_world(0);

	world_up(w, 1);
	world_up(w, 2);
	world_settle(w);
	world_cut(w, 1);
	announce_many(w, 0, 100, "a");
	world_settle(w);
	world_cut(w, 2);
	announce_many(w, 0, 2, "b");
	world_settle(w);
	world_drained(w, 1);
	world_drained(w, 2);
	table_step(w->t, TABLE_OWED, 10);
	table_step(w->t, TABLE_OWED, 10);
	ck_assert_uint_eq(world_peer(w, 2).owed, 0);
	ck_assert_uint_ge(world_peer(w, 1).owed, 80);
	world_settle(w);
	ck_assert_uint_eq(w->views[1].count, 100);
	world_free(w);
}
END_TEST

/* Cut while it is fed: its walk stands still, keys behind it are owed, then it goes on. */
START_TEST(cut_in_the_middle_of_a_walk)
{
	struct world *w = new_world(0);

	announce_many(w, 0, 100, "a");
	world_up(w, 1);
	world_up(w, 2);
	table_step(w->t, TABLE_WALK, 40);
	w->views[1].deaf = true;
	table_step(w->t, TABLE_WALK, 40); /* IPv6 */
	table_step(w->t, TABLE_WALK, 20);
	world_cut(w, 1);
	world_settle(w);
	ck_assert_uint_eq(world_peer(w, 1).owed, 20);
	ck_assert_uint_eq(w->views[2].count, 100);
	world_announce(w, 0, route(10), "b");
	world_announce(w, 0, route(90), "b");
	world_settle(w);
	ck_assert_uint_eq(world_peer(w, 1).owed, 21);
	world_drained(w, 1);
	world_settle(w);
	assert_same_views(w);
	ck_assert_uint_eq(w->views[1].eors, 2);
	ck_assert_uint_eq(w->views[1].messages, 101);
	world_free(w);
}
END_TEST

/* What waits for room is offered first, shortened by who was cut; they are owed it. */
START_TEST(cut_while_the_batch_waits_for_room)
{
	struct world *w = new_world(0);

	for (unsigned i = 0; i < 10; i++)
		world_announce(w, 0, route(i), "a");
	w->room = 4;
	ck_assert_int_eq(table_step(w->t, WORLD_ALL, 100), TABLE_NO_ROOM);
	world_check(w);
	world_withdraw(w, 0, route(2));
	table_cut(w->t, 1);
	table_peer_down(w->t, 3);
	w->views[1].cut = true;
	ck_assert_uint_eq(world_peer(w, 1).owed, 6);
	w->room = SIZE_MAX;
	w->log[0] = '\0';
	world_settle(w);
	ck_assert_log(w,
	    "announce a 10.0.4.0/24 10.0.5.0/24 10.0.6.0/24 10.0.7.0/24 10.0.8.0/24 10.0.9.0/24 "
	    "to 2 4; withdraw 10.0.2.0/24 to 2 4");
	world_drained(w, 1);
	world_settle(w);
	assert_same_views(w);
	world_free(w);
}
END_TEST

START_TEST(end_of_rib_waits_for_room_too)
{
	struct world *w = new_world(0);

	announce_many(w, 0, 3, "a");
	world_up(w, 1);
	w->room = 3;
	while (table_step(w->t, WORLD_ALL, 100) == TABLE_MORE)
		;
	ck_assert_uint_eq(w->views[1].count, 3);
	ck_assert_int_eq(world_peer(w, 1).state, PEER_FEEDING);
	ck_assert_int_eq(table_step(w->t, WORLD_ALL, 100), TABLE_NO_ROOM);
	world_cut(w, 1);
	world_check(w);
	w->room = SIZE_MAX;
	world_settle(w);
	ck_assert_uint_eq(w->views[1].eors, 0);
	world_drained(w, 1);
	world_settle(w);
	ck_assert_uint_eq(w->views[1].eors, 2);
	ck_assert_int_eq(world_peer(w, 1).state, PEER_LIVE);
	world_free(w);
}
END_TEST

/*
 * Too much is owed: everything is told again, and withdrawals for what is gone, whether it is gone
 * before or after the debts were dropped. Then the tombs are swept.
 */
START_TEST(too_much_owed_tells_everything_again)
{
	struct world *w = new_world(20);
	struct table_memory memory;

	announce_many(w, 0, 60, "a");
	w->views[1].deaf = true;
	announce_many(w, 0, 10, "b");
	world_cut(w, 1);
	for (unsigned i = 0; i < 15; i++)
		world_withdraw(w, 0, route(i));
	world_settle(w);
	ck_assert_uint_eq(world_peer(w, 1).owed, 15);
	for (unsigned i = 20; i < 30; i++)
		world_withdraw(w, 0, route(i));
	world_settle(w);
	ck_assert_uint_eq(world_peer(w, 1).owed, 0);
	ck_assert_int_eq(world_peer(w, 1).state, PEER_FEEDING);
	for (unsigned i = 30; i < 35; i++)
		world_withdraw(w, 0, route(i));
	world_settle(w);
	table_memory_get(w->t, &memory);
	ck_assert_uint_eq(memory.entries[FAMILY_IPV4], 60);
	world_drained(w, 1);
	world_settle(w);
	ck_assert_uint_eq(w->views[1].count, 30);
	assert_same_views(w);
	ck_assert_uint_eq(w->views[1].eors, 2);
	ck_assert_int_eq(world_peer(w, 1).state, PEER_LIVE);
	table_memory_get(w->t, &memory);
	ck_assert_uint_eq(memory.entries[FAMILY_IPV4], 30);
	world_free(w);
}
END_TEST

START_TEST(going_down_ends_all_debts)
{
	struct world *w = new_world(20);
	struct table_memory memory;

	announce_many(w, 0, 10, "a");
	world_cut(w, 1);
	world_cut(w, 2);
	for (unsigned i = 0; i < 10; i++)
		world_withdraw(w, 0, route(i));
	world_settle(w);
	ck_assert_uint_eq(world_peer(w, 1).owed, 10);
	announce_many(w, 100, 130, "a");
	ck_assert_uint_eq(world_peer(w, 2).owed, 0);
	world_down(w, 1);
	world_up(w, 2);
	world_settle(w);
	table_memory_get(w->t, &memory);
	ck_assert_uint_eq(memory.owed, 0);
	ck_assert_uint_eq(memory.entries[FAMILY_IPV4], 30);
	ck_assert_uint_eq(w->views[2].count, 30);
	world_free(w);
}
END_TEST

/* Ids that are gone are nowhere but in the debts: more than owed_max of them are kept. */
START_TEST(path_ids_are_owed_one_by_one)
{
	struct world *w = new_world(5);

	world_up_as(w, 1, 101, CLASS_AS4 | CLASS_ADD_PATH);
	announce_many(w, 0, 20, "a");
	world_announce(w, 3, route(0), "b");
	world_settle(w);
	ck_assert_uint_eq(w->views[1].count, 21);
	world_cut(w, 1);
	for (unsigned i = 0; i < 20; i++)
		world_withdraw(w, 0, route(i));
	world_withdraw(w, 3, route(0));
	world_announce(w, 4, route(0), "c");
	world_settle(w);
	ck_assert_uint_eq(world_peer(w, 1).owed, 22);
	world_drained(w, 1);
	world_settle(w);
	ck_assert_uint_eq(w->views[1].count, 1);
	ck_assert_str_eq(world_has_id(w, 1, route(0), 5), "c");
	world_free(w);
}
END_TEST

/* A debt that comes to light when the peer has long caught up is paid too. */
START_TEST(a_late_debt)
{
	struct world *w = new_world(0);
	struct prefix prefix = world_prefix(route(1));

	announce_many(w, 0, 3, "a");
	w->views[1].messages = 0;
	w->log[0] = '\0';
	table_owe(w->t, 1, &prefix, 0);
	table_owe_eor(w->t, 2, FAMILY_IPV4);
	table_owe(w->t, 9, &prefix, 0);
	world_settle(w);
	ck_assert_log(w, "announce a 10.0.1.0/24 to 1; eor to 2");
	ck_assert(!world_peer(w, 1).lagging);
	world_free(w);
}
END_TEST

/* Each of many lagging peers takes its share of a slice. */
START_TEST(debts_count_as_work)
{
	struct world *w = new_world(0);
	struct table_memory memory;

	for (unsigned slot = 1; slot < 5; slot++)
		world_cut(w, slot);
	for (unsigned i = 0; i < 100; i++)
		world_announce(w, 0, route(i), "a");
	ck_assert_int_eq(table_step(w->t, TABLE_COMMIT, 100), TABLE_MORE);
	table_memory_get(w->t, &memory);
	ck_assert_uint_eq(memory.owed, 200);
	ck_assert_uint_eq(memory.dirty, 50);
	world_settle(w);
	ck_assert_uint_eq(world_peer(w, 4).owed, 100);
	world_free(w);
}
END_TEST

START_TEST(a_refresh_wish_of_a_lagging_peer_waits)
{
	struct world *w = new_world(0);

	announce_many(w, 0, 10, "a");
	world_cut(w, 1);
	table_refresh(w->t, 1, FAMILY_IPV4);
	world_announce(w, 0, route(3), "b");
	world_settle(w);
	w->views[1].messages = 0;
	world_drained(w, 1);
	world_settle(w);
	ck_assert_uint_eq(w->views[1].messages, 11);
	assert_same_views(w);
	world_free(w);
}
END_TEST

int
main(void)
{
	RUN_SUITE("rib/owed", what_was_not_read_is_told_as_it_is_now,
	    what_came_and_went_is_withdrawn, paid_in_slices_and_cut_again,
	    end_of_rib_follows_the_last_debt, debts_are_paid_in_turns, cut_in_the_middle_of_a_walk,
	    cut_while_the_batch_waits_for_room, end_of_rib_waits_for_room_too,
	    too_much_owed_tells_everything_again, going_down_ends_all_debts,
	    path_ids_are_owed_one_by_one, a_late_debt, debts_count_as_work,
	    a_refresh_wish_of_a_lagging_peer_waits);
}
