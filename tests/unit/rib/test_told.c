/*
 * What is emitted for a change: no more than what changed, grouped, in order.
 */
#include "tests/unit/rib/main.h"
#include "tests/unit/rib/world.h"

static const struct world_attrs attrs[] = {
    {"a", "1", 0, -1, {{0}}},
    {"b", "1 2", 0, -1, {{0}}},
    {"c", "1 2 3", 0, -1, {{NOT_TO, 3}}},
    {"a not to 3", "1", 0, -1, {{NOT_TO, 3}}},
};

static struct world *
new_world(void)
{
	struct world *w = world_new(5, true);

	for (size_t i = 0; i < sizeof(attrs) / sizeof(attrs[0]); i++)
		world_name(w, &attrs[i]);
	for (unsigned slot = 0; slot < 5; slot++)
		world_up(w, slot);
	world_settle(w);
	w->log[0] = '\0';
	return w;
}

/* Prefixes of one form and one set of receivers share a block, in prefix order, IPv6 apart. */
START_TEST(changes_are_grouped)
{
	struct world *w = new_world();

	world_announce(w, 0, "10.2.0.0/16", "a");
	world_announce(w, 0, "2001:db8:2::/48", "a");
	world_announce(w, 0, "10.1.0.0/24", "a");
	world_announce(w, 0, "10.1.0.0/16", "a");
	world_announce(w, 0, "2001:db8:1::/48", "a");
	world_announce(w, 0, "10.0.0.0/8", "b");
	world_announce(w, 1, "10.3.0.0/16", "a");
	world_settle(w);
	ck_assert_log(w,
	    "announce a 10.1.0.0/16 10.1.0.0/24 10.2.0.0/16 to 1 2 3 4; "
	    "announce a 2001:db8:1::/48 2001:db8:2::/48 to 1 2 3 4; "
	    "announce b 10.0.0.0/8 to 1 2 3 4; announce a 10.3.0.0/16 to 0 2 3 4");
	world_free(w);
}
END_TEST

START_TEST(nothing_changed_says_nothing)
{
	struct world *w = new_world();

	world_announce(w, 0, "10.0.0.0/8", "a");
	world_settle(w);
	w->log[0] = '\0';
	world_announce(w, 0, "10.0.0.0/8", "a");
	world_settle(w);
	ck_assert_log(w, "");
	/* There and back between two commits. */
	world_announce(w, 0, "10.0.0.0/8", "b");
	world_announce(w, 0, "10.0.0.0/8", "a");
	world_withdraw(w, 0, "10.0.0.0/8");
	world_announce(w, 0, "10.0.0.0/8", "a");
	world_settle(w);
	ck_assert_log(w, "");
	ck_assert(!world_withdraw(w, 1, "10.0.0.0/8"));
	ck_assert(!world_withdraw(w, 0, "10.0.0.0/9"));
	world_free(w);
}
END_TEST

/* Only those hear of a change whom it changes. */
START_TEST(only_what_changes_is_told)
{
	struct world *w = new_world();

	world_announce(w, 0, "10.0.0.0/8", "b");
	world_announce(w, 1, "10.0.0.0/8", "c");
	world_settle(w);
	ck_assert_log(w, "announce b 10.0.0.0/8 to 1 2 3 4; announce c 10.0.0.0/8 to 0");
	world_announce(w, 2, "10.0.0.0/8", "a");
	world_settle(w);
	ck_assert_log(w, "announce a 10.0.0.0/8 to 0 1 3 4");
	world_announce(w, 2, "10.0.0.0/8", "a not to 3");
	world_settle(w);
	ck_assert_log(w, "announce a not to 3 10.0.0.0/8 to 0 1 4; announce b 10.0.0.0/8 to 3");
	world_withdraw(w, 0, "10.0.0.0/8");
	world_settle(w);
	ck_assert_log(w, "withdraw 10.0.0.0/8 to 3; announce c 10.0.0.0/8 to 2");
	world_free(w);
}
END_TEST

/* Another source with the same out-form: nothing for those without path ids. */
START_TEST(a_path_id_alone_is_no_change_for_those_without)
{
	struct world *w = new_world();

	world_up_as(w, 4, 104, CLASS_AS4 | CLASS_ADD_PATH);
	world_settle(w);
	world_announce(w, 1, "10.0.0.0/8", "a");
	world_settle(w);
	w->log[0] = '\0';
	/* Slot 0 has the lower identifier: its path becomes the best. */
	world_announce(w, 0, "10.0.0.0/8", "a");
	world_settle(w);
	ck_assert_log(w, "announce a 10.0.0.0/8 to 1; announce a 10.0.0.0/8#1 to 4");
	world_withdraw(w, 1, "10.0.0.0/8");
	world_settle(w);
	ck_assert_log(w, "withdraw 10.0.0.0/8 to 0; withdraw 10.0.0.0/8#2 to 4");
	world_free(w);
}
END_TEST

START_TEST(withdrawals_come_first)
{
	struct world *w = new_world();

	world_announce(w, 0, "10.0.0.0/8", "a");
	world_announce(w, 1, "11.0.0.0/8", "b");
	world_settle(w);
	w->log[0] = '\0';
	world_announce(w, 1, "11.0.0.0/8", "a");
	world_withdraw(w, 0, "10.0.0.0/8");
	world_settle(w);
	ck_assert_log(w, "withdraw 10.0.0.0/8 to 1 2 3 4; announce a 11.0.0.0/8 to 0 2 3 4");
	world_free(w);
}
END_TEST

/* One block never mixes classes. */
START_TEST(classes_have_blocks_of_their_own)
{
	struct world *w = new_world();

	world_up_as(w, 3, 103, 0);
	world_up_as(w, 4, 104, CLASS_AS4 | CLASS_EXT_MSG);
	world_settle(w);
	w->log[0] = '\0';
	world_announce(w, 0, "10.0.0.0/8", "a");
	world_settle(w);
	ck_assert_log(w,
	    "announce a 10.0.0.0/8 to 3; announce a 10.0.0.0/8 to 1 2; "
	    "announce a 10.0.0.0/8 to 4");
	world_free(w);
}
END_TEST

/* A peer that sends several paths: the received id is a key, the sent id is ours and stays. */
START_TEST(sent_ids_of_several_paths_of_one_peer)
{
	struct world *w = new_world();
	struct prefix prefix = world_prefix("10.0.0.0/8");

	world_up_as(w, 4, 104, CLASS_AS4 | CLASS_ADD_PATH);
	world_settle(w);
	w->log[0] = '\0';
	world_announce_id(w, 0, "10.0.0.0/8", 70, "b");
	world_announce_id(w, 0, "10.0.0.0/8", 80, "a");
	world_announce_id(w, 1, "10.0.0.0/8", 70, "c");
	world_settle(w);
	ck_assert_str_eq(world_has_id(w, 4, "10.0.0.0/8", TABLE_SLOTS_MAX + 1), "b");
	ck_assert_str_eq(world_has_id(w, 4, "10.0.0.0/8", TABLE_SLOTS_MAX + 2), "a");
	ck_assert_str_eq(world_has_id(w, 4, "10.0.0.0/8", TABLE_SLOTS_MAX + 3), "c");
	ck_assert_uint_eq(w->views[4].count, 3);
	ck_assert_str_eq(world_has(w, 2, "10.0.0.0/8"), "a");
	/* Withdrawn, but still told until the commit: the id is not given to another path. */
	ck_assert(table_withdraw(w->t, 0, &prefix, 80));
	world_announce_id(w, 1, "10.0.0.0/8", 90, "a");
	world_settle(w);
	ck_assert_str_eq(world_has_id(w, 4, "10.0.0.0/8", TABLE_SLOTS_MAX + 2), "-");
	ck_assert_str_eq(world_has_id(w, 4, "10.0.0.0/8", TABLE_SLOTS_MAX + 4), "a");
	/* Now nobody knows it any more. */
	world_announce_id(w, 1, "10.0.0.0/8", 91, "b");
	world_settle(w);
	ck_assert_str_eq(world_has_id(w, 4, "10.0.0.0/8", TABLE_SLOTS_MAX + 2), "b");
	world_free(w);
}
END_TEST

int
main(void)
{
	RUN_SUITE("rib/told", changes_are_grouped, nothing_changed_says_nothing,
	    only_what_changes_is_told, a_path_id_alone_is_no_change_for_those_without,
	    withdrawals_come_first, classes_have_blocks_of_their_own,
	    sent_ids_of_several_paths_of_one_peer);
}
