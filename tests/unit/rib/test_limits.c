/*
 * What a peer may bring: limits on paths, received or accepted, hard or soft; distinct control
 * combinations; and paths that are kept for display alone.
 */
#include "tests/unit/rib/main.h"
#include "tests/unit/rib/world.h"

static const struct world_attrs attrs[] = {
    {"a", "1", 0, -1, {{0}}},
    {"b", "1 2", 0, -1, {{0}}},
    {"rejected", "1", 0, -1, {{REJECT, 7}}},
    {"tagged", "1", 0, -1, {{TAG, 7}}},
    {"later rejected", "1", 0, -1, {{REJECT_SINCE, 1}}},
    {"not 1", "1", 0, -1, {{NOT_TO, 1}}},
    {"not 1, longer", "1 2", 0, -1, {{NOT_TO, 1}}},
    {"not 2", "1", 0, -1, {{NOT_TO, 2}}},
    {"bare 1", "1", 0, -1, {{STRIPPED_TO, 1}}},
    {"bare 2", "1", 0, -1, {{STRIPPED_TO, 2}}},
};

enum { NAMES = sizeof(attrs) / sizeof(attrs[0]) };

static struct world *
new_world(uint32_t reach_limit)
{
	struct world *w = world_new_as(
	    (struct table_config){.slots = 6, .path_hiding = true, .reach_limit = reach_limit});

	for (size_t i = 0; i < NAMES; i++)
		world_name(w, &attrs[i]);
	for (unsigned slot = 0; slot < 6; slot++)
		world_up(w, slot);
	world_settle(w);
	return w;
}

static void
set_limit(struct world *w, uint32_t limit, bool accepted_only, bool soft)
{
	struct table_peer peer = {.asn = 64500,
	    .addr = {192, 0, 2, 0},
	    .limit = {limit, limit},
	    .limit_accepted_only = accepted_only,
	    .limit_soft = soft};

	table_peer_set(w->t, 0, &peer);
}

/* ---- limits on paths ---- */

/* With "block" the session goes on: what was there stays, and what leaves makes room. */
START_TEST(withdrawals_make_room)
{
	struct world *w = new_world(0);

	set_limit(w, 2, false, false);
	ck_assert_int_eq(world_announce(w, 0, "10.0.0.0/24", "a"), TABLE_OK);
	ck_assert_int_eq(world_announce(w, 0, "10.0.1.0/24", "rejected"), TABLE_OK);
	ck_assert(!world_peer(w, 0).over_limit);
	ck_assert_int_eq(world_announce(w, 0, "10.0.2.0/24", "a"), TABLE_OVER_LIMIT);
	ck_assert(world_peer(w, 0).over_limit);
	ck_assert_uint_eq(world_peer(w, 0).counted, 2);
	world_settle(w);
	ck_assert_str_eq(world_has(w, 1, "10.0.0.0/24"), "a");
	ck_assert_str_eq(world_has(w, 1, "10.0.2.0/24"), "-");
	ck_assert(world_withdraw(w, 0, "10.0.1.0/24"));
	ck_assert(!world_peer(w, 0).over_limit);
	ck_assert_int_eq(world_announce(w, 0, "10.0.2.0/24", "a"), TABLE_OK);
	ck_assert(!world_peer(w, 0).over_limit);
	world_settle(w);
	ck_assert_str_eq(world_has(w, 1, "10.0.2.0/24"), "a");
	world_free(w);
}
END_TEST

/* What was refused at a lower limit is no offence at a higher one. */
START_TEST(a_higher_limit_makes_room)
{
	struct world *w = new_world(0);

	set_limit(w, 1, false, false);
	ck_assert_int_eq(world_announce(w, 0, "10.0.0.0/24", "a"), TABLE_OK);
	ck_assert_int_eq(world_announce(w, 0, "10.0.1.0/24", "a"), TABLE_OVER_LIMIT);
	set_limit(w, 2, false, false);
	ck_assert(!world_peer(w, 0).over_limit);
	ck_assert_int_eq(world_announce(w, 0, "10.0.1.0/24", "a"), TABLE_OK);
	ck_assert(!world_peer(w, 0).over_limit);
	world_free(w);
}
END_TEST

START_TEST(only_accepted_paths_count)
{
	static const char *const bad[] = {"rejected", "tagged"};
	struct world *w = new_world(0);
	char text[32];

	set_limit(w, 2, true, false);
	for (unsigned i = 0; i < 10; i++) {
		snprintf(text, sizeof(text), "10.1.%u.0/24", i);
		ck_assert_int_eq(world_announce(w, 0, text, bad[i % 2]), TABLE_OK);
	}
	ck_assert_int_eq(world_announce(w, 0, "10.0.0.0/24", "a"), TABLE_OK);
	ck_assert_int_eq(world_announce(w, 0, "10.0.1.0/24", "a"), TABLE_OK);
	ck_assert_int_eq(world_announce(w, 0, "10.0.2.0/24", "a"), TABLE_OVER_LIMIT);
	ck_assert_int_eq(world_announce(w, 0, "10.0.2.0/24", "rejected"), TABLE_OK);
	ck_assert_int_eq(world_announce(w, 0, "10.0.1.0/24", "b"), TABLE_OK);
	ck_assert_uint_eq(world_peer(w, 0).received, 13);
	ck_assert_uint_eq(world_peer(w, 0).rejected, 11);
	ck_assert_uint_eq(world_peer(w, 0).counted, 2);
	ck_assert(world_peer(w, 0).over_limit);
	/* The other family has its own. */
	ck_assert_int_eq(world_announce(w, 0, "2001:db8::/32", "a"), TABLE_OK);
	world_settle(w);
	/* Accepted to rejected makes room. */
	ck_assert_int_eq(world_announce(w, 0, "10.0.1.0/24", "rejected"), TABLE_OK);
	ck_assert(!world_peer(w, 0).over_limit);
	ck_assert_int_eq(world_announce(w, 0, "10.0.2.0/24", "a"), TABLE_OK);
	world_settle(w);
	ck_assert_str_eq(world_has(w, 1, "10.0.2.0/24"), "a");
	world_free(w);
}
END_TEST

/* An accepted path over the limit still ends the rejected one that it replaces. */
START_TEST(over_the_limit_what_was_rejected_goes)
{
	struct world *w = new_world(0);
	struct table_memory memory;

	set_limit(w, 1, true, false);
	world_announce(w, 0, "10.0.0.0/24", "a");
	world_announce(w, 0, "10.0.1.0/24", "rejected");
	ck_assert_int_eq(world_announce(w, 0, "10.0.1.0/24", "b"), TABLE_OVER_LIMIT);
	ck_assert_int_eq(world_announce(w, 0, "10.0.2.0/24", "b"), TABLE_OVER_LIMIT);
	world_settle(w);
	ck_assert_uint_eq(world_peer(w, 0).received, 1);
	ck_assert(!world_withdraw(w, 0, "10.0.1.0/24"));
	table_memory_get(w->t, &memory);
	ck_assert_uint_eq(memory.entries[0], 1);
	ck_assert_uint_eq(memory.attrs, 1);
	/* What an older session left is its purge's. */
	world_up(w, 0);
	world_announce(w, 0, "10.0.2.0/24", "a");
	ck_assert_int_eq(world_announce(w, 0, "10.0.0.0/24", "a"), TABLE_OVER_LIMIT);
	world_settle(w);
	ck_assert_str_eq(world_has(w, 1, "10.0.0.0/24"), "-");
	world_free(w);
}
END_TEST

START_TEST(a_soft_limit_refuses_nothing)
{
	struct world *w = new_world(0);
	char text[32];

	set_limit(w, 2, false, true);
	for (unsigned i = 0; i < 5; i++) {
		ck_assert_int_eq(world_peer(w, 0).over_limit, i > 2);
		snprintf(text, sizeof(text), "10.0.%u.0/24", i);
		ck_assert_int_eq(world_announce(w, 0, text, "a"), TABLE_OK);
	}
	ck_assert_uint_eq(world_peer(w, 0).counted, 5);
	/* A limit that is lowered is passed at once; what is there stays. */
	set_limit(w, 1, false, false);
	ck_assert(world_peer(w, 0).over_limit);
	ck_assert_int_eq(world_announce(w, 0, "10.0.9.0/24", "a"), TABLE_OVER_LIMIT);
	world_settle(w);
	ck_assert_uint_eq(w->views[1].count, 5);
	world_free(w);
}
END_TEST

/* Policy may accept more than the limit when it judges again: shown, not refused. */
START_TEST(judging_again_may_pass_the_limit)
{
	struct world *w = new_world(0);

	world_set_version(w, 1);
	set_limit(w, 1, true, false);
	world_announce(w, 0, "10.0.0.0/24", "a");
	world_announce(w, 0, "10.0.1.0/24", "later rejected");
	world_set_version(w, 0);
	table_rejudge(w->t, NULL, NULL, 0);
	world_settle(w);
	ck_assert_uint_eq(world_peer(w, 0).counted, 2);
	ck_assert(world_peer(w, 0).over_limit);
	ck_assert_str_eq(world_has(w, 1, "10.0.1.0/24"), "later rejected");
	world_free(w);
}
END_TEST

/* ---- control combinations ---- */

START_TEST(combinations_are_counted)
{
	struct world *w = new_world(2);

	world_announce(w, 0, "10.0.0.0/24", "a");
	ck_assert_uint_eq(world_peer(w, 0).reaches, 0);
	world_announce(w, 0, "10.0.1.0/24", "not 1");
	world_announce(w, 0, "10.0.2.0/24", "not 1");
	world_announce(w, 0, "10.0.3.0/24", "not 1, longer");
	ck_assert_uint_eq(world_peer(w, 0).reaches, 1);
	world_announce(w, 0, "2001:db8::/32", "bare 1");
	ck_assert_uint_eq(world_peer(w, 0).reaches, 2);
	world_announce(w, 0, "10.0.4.0/24", "not 2");
	ck_assert_uint_eq(world_path(w, 0, "10.0.4.0/24").verdict.reason, REASON_REACHES);
	ck_assert(!world_path(w, 0, "10.0.4.0/24").verdict.accept);
	ck_assert_uint_eq(world_peer(w, 0).over_reach, 1);
	ck_assert_uint_eq(world_peer(w, 0).rejected, 1);
	/* What is rejected or tagged takes no room, another slot has its own. */
	world_announce(w, 0, "10.0.5.0/24", "tagged");
	world_announce(w, 3, "10.0.4.0/24", "not 2");
	ck_assert(world_path(w, 3, "10.0.4.0/24").verdict.accept);
	ck_assert_uint_eq(world_peer(w, 0).reaches, 2);
	world_announce(w, 3, "10.0.1.0/24", "not 1");
	ck_assert_uint_eq(world_peer(w, 3).reaches, 2);
	world_check(w);
	world_settle(w);
	ck_assert_str_eq(world_has(w, 1, "10.0.4.0/24"), "not 2");
	ck_assert_str_eq(world_has(w, 1, "2001:db8::/32"), "a"); /* stripped */
	world_free(w);
}
END_TEST

/* What no control community shaped is none, whatever its sets are. */
START_TEST(plain_answers_are_no_combinations)
{
	struct world *w = new_world(1);

	w->is_plain = true;
	world_announce(w, 0, "10.0.0.0/24", "not 1");
	world_announce(w, 0, "10.0.1.0/24", "not 2");
	ck_assert_uint_eq(world_peer(w, 0).reaches, 0);
	w->is_plain = false;
	world_announce(w, 0, "10.0.2.0/24", "bare 1");
	ck_assert_uint_eq(world_peer(w, 0).reaches, 1);
	world_announce(w, 0, "10.0.3.0/24", "not 1");
	ck_assert(world_path(w, 0, "10.0.3.0/24").verdict.accept);
	world_settle(w);
	ck_assert_str_eq(world_has(w, 2, "10.0.0.0/24"), "not 1");
	world_free(w);
}
END_TEST

START_TEST(combinations_are_freed)
{
	struct world *w = new_world(1);

	world_announce(w, 0, "10.0.0.0/24", "not 1");
	world_announce(w, 0, "10.0.1.0/24", "not 1");
	/* A path may take the place of the last one of another combination. */
	world_withdraw(w, 0, "10.0.0.0/24");
	world_announce(w, 0, "10.0.1.0/24", "not 2");
	ck_assert(world_path(w, 0, "10.0.1.0/24").verdict.accept);
	world_announce(w, 0, "10.0.2.0/24", "bare 1");
	ck_assert(!world_path(w, 0, "10.0.2.0/24").verdict.accept);
	world_withdraw(w, 0, "10.0.1.0/24");
	ck_assert_uint_eq(world_peer(w, 0).reaches, 0);
	/* Room is found when the path is judged anew. */
	ck_assert(!world_path(w, 0, "10.0.2.0/24").verdict.accept);
	world_announce(w, 0, "10.0.2.0/24", "bare 1");
	ck_assert(world_path(w, 0, "10.0.2.0/24").verdict.accept);
	ck_assert_uint_eq(world_peer(w, 0).over_reach, 0);
	world_settle(w);
	/* Paths of the session before take no room of the next one, purged or not. */
	world_up(w, 0);
	world_announce(w, 0, "10.0.3.0/24", "bare 2");
	ck_assert(world_path(w, 0, "10.0.3.0/24").verdict.accept);
	world_check(w);
	world_settle(w);
	ck_assert_uint_eq(world_peer(w, 0).reaches, 1);
	world_down(w, 0);
	world_settle(w);
	ck_assert_uint_eq(world_peer(w, 0).reaches, 0);
	world_free(w);
}
END_TEST

/* A reload takes no room twice: what is judged again counts, what is not yet does not. */
START_TEST(combinations_and_a_new_policy)
{
	struct world *w = new_world(2);
	char text[32];

	for (unsigned i = 0; i < 20; i++) {
		snprintf(text, sizeof(text), "10.0.%u.0/24", i);
		world_announce(w, 0, text, i % 2 == 0 ? "not 1" : "bare 2");
	}
	world_settle(w);
	world_set_version(w, 2);
	table_rejudge(w->t, NULL, NULL, 0);
	table_step(w->t, TABLE_REJUDGE, 5);
	world_check(w);
	world_announce(w, 0, "10.0.19.0/24", "bare 2");
	w->log[0] = '\0';
	world_settle(w);
	ck_assert_log(w, "");
	ck_assert_uint_eq(world_peer(w, 0).reaches, 2);
	ck_assert_uint_eq(world_peer(w, 0).over_reach, 0);
	world_free(w);
}
END_TEST

START_TEST(the_limit_of_combinations_changes)
{
	struct world *w = new_world(0);

	world_announce(w, 0, "10.0.0.0/24", "not 1");
	world_announce(w, 0, "10.0.1.0/24", "not 2");
	table_set_reach_limit(w->t, 1);
	world_check(w);
	ck_assert_uint_eq(world_peer(w, 0).reaches, 0);
	table_rejudge(w->t, NULL, NULL, 0);
	world_settle(w);
	ck_assert(world_path(w, 0, "10.0.0.0/24").verdict.accept);
	ck_assert_uint_eq(world_path(w, 0, "10.0.1.0/24").verdict.reason, REASON_REACHES);
	ck_assert_str_eq(world_has(w, 3, "10.0.1.0/24"), "-");
	table_set_reach_limit(w->t, 2);
	table_rejudge(w->t, NULL, NULL, 0);
	world_settle(w);
	ck_assert_str_eq(world_has(w, 3, "10.0.1.0/24"), "not 2");
	world_free(w);
}
END_TEST

/* ---- kept for display ---- */

START_TEST(kept_as_rejected)
{
	struct world *w = new_world(0);
	struct prefix prefix = world_prefix("10.0.0.0/24");
	attrs_id a = world_attrs_ref(w, "a");
	unsigned judged;

	world_announce(w, 0, "10.0.0.0/24", "a");
	world_settle(w);
	judged = w->judge_calls;
	ck_assert_int_eq(table_announce_rejected(w->t, 0, &prefix, 0, a, 17, 5), TABLE_OK);
	world_settle(w);
	ck_assert_str_eq(world_has(w, 1, "10.0.0.0/24"), "-");
	ck_assert_uint_eq(world_path(w, 0, "10.0.0.0/24").verdict.reason, 17);
	ck_assert(world_path(w, 0, "10.0.0.0/24").fixed);
	ck_assert_uint_eq(world_path(w, 0, "10.0.0.0/24").received_s, 5);
	ck_assert_uint_eq(world_peer(w, 0).received, 1);
	ck_assert_uint_eq(world_peer(w, 0).rejected, 1);
	world_set_version(w, 2);
	table_rejudge(w->t, NULL, NULL, 0);
	world_settle(w);
	ck_assert_uint_eq(w->judge_calls, judged);
	ck_assert_uint_eq(world_path(w, 0, "10.0.0.0/24").verdict.reason, 17);
	world_announce(w, 0, "10.0.0.0/24", "a");
	world_settle(w);
	ck_assert_str_eq(world_has(w, 1, "10.0.0.0/24"), "a");
	ck_assert(!world_path(w, 0, "10.0.0.0/24").fixed);
	table_announce_rejected(w->t, 0, &prefix, 0, a, 17, 5);
	ck_assert(world_withdraw(w, 0, "10.0.0.0/24"));
	ck_assert_uint_eq(world_peer(w, 0).received, 0);
	/* It counts like all that was received. */
	set_limit(w, 1, false, false);
	table_announce_rejected(w->t, 0, &prefix, 1, a, 17, 5);
	ck_assert_int_eq(table_announce_rejected(w->t, 0, &prefix, 2, a, 17, 5), TABLE_OVER_LIMIT);
	set_limit(w, 1, true, false);
	ck_assert_int_eq(table_announce_rejected(w->t, 0, &prefix, 2, a, 17, 5), TABLE_OK);
	table_attrs_unref(w->t, a);
	world_settle(w);
	world_free(w);
}
END_TEST

int
main(void)
{
	RUN_SUITE("rib/limits", withdrawals_make_room, a_higher_limit_makes_room,
	    only_accepted_paths_count, over_the_limit_what_was_rejected_goes,
	    a_soft_limit_refuses_nothing, judging_again_may_pass_the_limit,
	    combinations_are_counted, plain_answers_are_no_combinations, combinations_are_freed,
	    combinations_and_a_new_policy, the_limit_of_combinations_changes, kept_as_rejected);
}
