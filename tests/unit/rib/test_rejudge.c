/*
 * A policy that changes under the table: what is judged again, what is asked, what is told; and
 * slots that come and go with a reload.
 */
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/rib/main.h"
#include "tests/unit/rib/world.h"

static const struct world_attrs attrs[] = {
    {"a", "1", 0, -1, {{0}}},
    {"b", "1 2", 0, -1, {{STRIPPED_TO, 4}}},
    {"goes", "1", 0, -1, {{REJECT_SINCE, 1}}},
    {"not to 3 when odd", "1", 0, -1, {{NOT_TO_WHEN_ODD, 3}}},
};

enum { NAMES = sizeof(attrs) / sizeof(attrs[0]), ROUTES = 60 };

static struct world *
new_world(void)
{
	struct world *w = world_new(6, true);

	for (size_t i = 0; i < NAMES; i++)
		world_name(w, &attrs[i]);
	for (unsigned slot = 0; slot < 6; slot++)
		world_up(w, slot);
	world_settle(w);
	return w;
}

static const char *
route(unsigned i)
{
	static char text[32];

	snprintf(text, sizeof(text), "10.0.%u.0/24", i);
	return text;
}

/* ROUTES prefixes, of slots 0, 1 and 2 in turn, all with these attributes. */
static void
announce_all(struct world *w, const char *name)
{
	for (unsigned i = 0; i < ROUTES; i++)
		world_announce(w, i % 3, route(i), name);
	world_settle(w);
	w->log[0] = '\0';
	w->judge_calls = w->reach_calls = 0;
}

/* ---- judging again ---- */

START_TEST(nothing_new_tells_nothing)
{
	struct world *w = new_world();

	announce_all(w, "b");
	world_announce(w, 3, "2001:db8::/32", "a");
	world_settle(w);
	w->log[0] = '\0';
	w->judge_calls = w->reach_calls = 0;
	world_set_version(w, 2);
	ck_assert_uint_eq(table_rejudge_left(w->t), 0);
	ck_assert(!table_is_left(w->t, TABLE_REJUDGE));
	table_rejudge(w->t, NULL, NULL, 0);
	ck_assert_uint_eq(table_rejudge_left(w->t), ROUTES + 1);
	ck_assert(table_is_left(w->t, TABLE_REJUDGE));
	world_settle(w);
	ck_assert_uint_eq(table_rejudge_left(w->t), 0);
	ck_assert_log(w, "");
	ck_assert_uint_eq(w->judge_calls, ROUTES + 1);
	ck_assert_uint_eq(w->reach_calls, 2); /* once for each block */
	world_free(w);
}
END_TEST

START_TEST(differences_are_told)
{
	struct world *w = new_world();

	announce_all(w, "b");
	world_announce(w, 0, "10.1.0.0/16", "goes");
	world_announce(w, 1, "10.1.0.0/16", "b");
	world_announce(w, 0, "10.2.0.0/16", "not to 3 when odd");
	world_announce(w, 0, "10.3.0.0/16", "goes");
	world_settle(w);
	w->log[0] = '\0';
	world_set_version(w, 1);
	ck_assert_str_eq(world_has(w, 3, "10.3.0.0/16"), "goes");
	table_rejudge(w->t, NULL, NULL, 0);
	world_settle(w);
	ck_assert_log(w,
	    "withdraw 10.3.0.0/16 to 1 2 3 4 5; withdraw 10.1.0.0/16 to 1; "
	    "withdraw 10.2.0.0/16 to 3; announce bare 10.1.0.0/16 to 4; "
	    "announce b 10.1.0.0/16 to 2 3 5");
	ck_assert_uint_eq(world_path(w, 0, "10.3.0.0/16").verdict.reason, REASON_VERSION);
	ck_assert_uint_eq(world_peer(w, 0).rejected, 2);
	world_set_version(w, 2);
	table_rejudge(w->t, NULL, NULL, 0);
	world_settle(w);
	ck_assert_log(w, "announce not to 3 when odd 10.2.0.0/16 to 3");
	world_set_version(w, 0);
	table_rejudge(w->t, NULL, NULL, 0);
	world_settle(w);
	ck_assert_str_eq(world_has(w, 3, "10.3.0.0/16"), "goes");
	ck_assert_str_eq(world_has(w, 3, "10.1.0.0/16"), "goes");
	ck_assert_uint_eq(world_peer(w, 0).rejected, 0);
	world_free(w);
}
END_TEST

static void
dead_judge(void *ctx, const struct path_view *path, struct verdict *out)
{
	ck_assert_msg(!*(bool *)ctx, "judge() of a policy that is gone");
	(void)path;
	out->accept = true;
}

static void
dead_reach(void *ctx, const uint8_t *block, size_t len, uint32_t tags, struct reach_out *out)
{
	ck_assert_msg(!*(bool *)ctx, "reach() of a policy that is gone");
	(void)block;
	(void)len;
	(void)tags;
	reach_add(out, NULL, 0, NULL, 0);
}

static uint16_t
dead_fits(void *ctx, const uint8_t *block, size_t len, enum family family)
{
	ck_assert_msg(!*(bool *)ctx, "fits() of a policy that is gone");
	(void)block;
	(void)len;
	(void)family;
	return UINT16_MAX;
}

START_TEST(the_old_policy_is_never_asked)
{
	struct world *w = new_world();
	bool is_gone = false;
	struct rib_policy dead = {&is_gone, dead_judge, dead_reach, dead_fits};

	table_set_policy(w->t, &dead);
	announce_all(w, "b");
	is_gone = true;
	world_set_version(w, 1);
	world_announce(w, 3, route(1), "goes");
	world_announce(w, 3, route(2), "b");
	world_up(w, 5);
	world_withdraw(w, 2, route(2));
	world_settle(w);
	/* What nobody judged again is as it was. */
	ck_assert_str_eq(world_has(w, 4, route(0)), "b");
	ck_assert_str_eq(world_has(w, 4, route(2)), "bare");
	table_rejudge(w->t, NULL, NULL, 0);
	world_settle(w);
	ck_assert_str_eq(world_has(w, 4, route(0)), "bare");
	ck_assert_uint_eq(w->reach_calls, 1);
	world_free(w);
}
END_TEST

START_TEST(scopes_and_slots)
{
	struct world *w = new_world();
	struct prefix low = world_prefix("10.0.0.0/19"), other = world_prefix("2001::/16");
	uint64_t one = UINT64_C(1) << 1;

	announce_all(w, "goes");
	for (unsigned i = 0; i < 3; i++)
		world_announce(w, i, "2001:db8::/32", "goes");
	world_settle(w);
	world_set_version(w, 1);
	table_rejudge(w->t, &low, &one, 1);
	world_settle(w);
	for (unsigned i = 0; i < ROUTES; i++)
		ck_assert_str_eq(world_has(w, 5, route(i)), i < 32 && i % 3 == 1 ? "-" : "goes");
	table_rejudge(w->t, &low, NULL, 0);
	world_settle(w);
	for (unsigned i = 0; i < ROUTES; i++)
		ck_assert_str_eq(world_has(w, 5, route(i)), i < 32 ? "-" : "goes");
	table_rejudge(w->t, NULL, &one, 1);
	world_settle(w);
	for (unsigned i = 0; i < ROUTES; i++)
		ck_assert_str_eq(world_has(w, 5, route(i)), i < 32 || i % 3 == 1 ? "-" : "goes");
	ck_assert_uint_eq(world_peer(w, 1).accepted, 0);
	ck_assert(!world_path(w, 1, "2001:db8::/32").verdict.accept);
	ck_assert(world_path(w, 2, "2001:db8::/32").verdict.accept);
	table_rejudge(w->t, &other, NULL, 0);
	world_settle(w);
	ck_assert_str_eq(world_has(w, 5, "2001:db8::/32"), "-");
	world_free(w);
}
END_TEST

/* A job goes on by key, whatever comes and goes; what comes is judged by the new policy anyway. */
START_TEST(changes_between_slices)
{
	struct world *w = new_world();
	uint64_t left;

	announce_all(w, "goes");
	world_set_version(w, 1);
	table_rejudge(w->t, NULL, NULL, 0);
	for (unsigned i = 0; i < 10; i++) {
		left = table_rejudge_left(w->t);
		table_step(w->t, TABLE_REJUDGE, 4);
		ck_assert_uint_lt(table_rejudge_left(w->t), left);
		world_check(w);
		world_withdraw(w, (2 * i) % 3, route(2 * i));
		table_step(w->t, TABLE_COMMIT, 1);
		world_announce(w, 3, route(ROUTES + i), "goes");
		world_announce(w, 4, route(i), "a");
		world_announce(w, 3, route(ROUTES - 1 - i), "b");
	}
	ck_assert_uint_eq(world_peer(w, 3).rejected, 10);
	/* A session that is over is left to its purge. */
	world_down(w, 0);
	world_settle(w);
	for (unsigned i = 0; i < ROUTES + 10; i++)
		ck_assert_str_eq(world_has(w, 5, route(i)),
		    i < 10				 ? "a"
			: i >= ROUTES - 10 && i < ROUTES ? "b"
							 : "-");
	world_free(w);
}
END_TEST

/* Jobs that are covered are swallowed, more than there is room for become one for everything. */
START_TEST(jobs_are_few)
{
	struct world *w = new_world();
	struct prefix scope = world_prefix("10.0.0.0/24");
	uint64_t slots = 1;

	announce_all(w, "a");
	for (unsigned i = 0; i < 50; i++) {
		scope.addr[2] = (uint8_t)i;
		table_rejudge(w->t, &scope, NULL, 0);
		table_rejudge(w->t, &scope, &slots, 1);
	}
	world_settle(w);
	ck_assert_uint_eq(w->judge_calls, 50);
	for (unsigned i = 0; i < 3; i++, slots <<= 1)
		table_rejudge(w->t, NULL, &slots, 1);
	ck_assert_uint_eq(table_rejudge_left(w->t), ROUTES);
	world_settle(w);
	ck_assert_uint_eq(w->judge_calls, 50 + ROUTES);
	table_rejudge(w->t, NULL, NULL, 0);
	table_step(w->t, TABLE_REJUDGE, 20);
	ck_assert_uint_eq(w->judge_calls, 50 + ROUTES + 10);
	/* One more of those that are at work begins anew; in its stead, not behind it. */
	table_rejudge(w->t, NULL, NULL, 0);
	ck_assert_uint_eq(table_rejudge_left(w->t), ROUTES);
	world_settle(w);
	ck_assert_uint_eq(w->judge_calls, 50 + 2 * ROUTES + 10);
	for (unsigned i = 0; i < 200; i++) {
		scope.addr[0] = 11;
		scope.addr[2] = (uint8_t)i;
		table_rejudge(w->t, &scope, NULL, 0);
	}
	world_settle(w);
	/* The 65th made it all of them, in whose place came scopes with nothing in them. */
	ck_assert_uint_eq(w->judge_calls, 50 + 3 * ROUTES + 10);
	world_free(w);
}
END_TEST

/* A job at work can neither take in another one nor stand for it: part of the way is behind it. */
START_TEST(jobs_at_work_are_left_alone)
{
	struct world *w = new_world();
	uint64_t first = 1, second = 2;

	announce_all(w, "goes");
	table_rejudge(w->t, NULL, &first, 1);
	table_step(w->t, TABLE_REJUDGE, ROUTES / 2);
	world_set_version(w, 1);
	table_rejudge(w->t, NULL, &second, 1);
	table_rejudge(w->t, NULL, &first, 1);
	world_settle(w);
	for (unsigned i = 0; i < ROUTES; i++)
		ck_assert_str_eq(world_has(w, 5, route(i)), i % 3 == 2 ? "goes" : "-");
	world_free(w);
}
END_TEST

/* The mode of path hiding is another way to share out: nobody is judged for it. */
START_TEST(path_hiding_changes)
{
	static const struct world_attrs best = {"best, not to 5", "1", 0, -1, {{NOT_TO, 5}}};
	struct world *w = new_world();

	world_name(w, &best);
	for (unsigned i = 0; i < ROUTES; i++) {
		world_announce(w, 0, route(i), best.name);
		world_announce(w, 1, route(i), "b");
	}
	world_settle(w);
	w->judge_calls = 0;
	w->views[3].messages = 0;
	table_set_path_hiding(w->t, true);
	ck_assert(!table_is_left(w->t, TABLE_REJUDGE));
	table_set_path_hiding(w->t, false);
	ck_assert_uint_eq(table_rejudge_left(w->t), ROUTES);
	table_step(w->t, TABLE_REJUDGE, 10);
	table_rejudge(w->t, NULL, NULL, 0);
	world_check(w);
	world_settle(w);
	ck_assert_uint_eq(w->views[5].count, 0);
	ck_assert_uint_eq(w->views[3].messages, 0);
	ck_assert_uint_eq(w->judge_calls, 2 * ROUTES);
	table_set_path_hiding(w->t, true);
	table_step(w->t, TABLE_REJUDGE, 10);
	table_set_path_hiding(w->t, false);
	table_set_path_hiding(w->t, true);
	world_settle(w);
	ck_assert_uint_eq(w->views[5].count, ROUTES);
	ck_assert_uint_eq(w->judge_calls, 2 * ROUTES);
	world_free(w);
}
END_TEST

/* A block keeps its serial while it lives; the same octets later are another block. */
START_TEST(serials_are_not_used_again)
{
	struct world *w = new_world();
	uint64_t first, second;

	world_announce(w, 0, route(0), "a");
	first = w->judged_serial;
	world_announce(w, 1, route(0), "a");
	ck_assert_uint_eq(w->judged_serial, first);
	world_announce(w, 1, route(1), "b");
	second = w->judged_serial;
	ck_assert_uint_ne(second, first);
	world_withdraw(w, 0, route(0));
	world_withdraw(w, 1, route(0));
	world_settle(w);
	world_announce(w, 0, route(0), "a");
	ck_assert_uint_gt(w->judged_serial, second);
	world_free(w);
}
END_TEST

/* ---- slots over a reload ---- */

static void
give_slot(struct world *w, unsigned slot, uint8_t host)
{
	struct table_peer peer = {.asn = 65000, .addr = {192, 0, 2, host}};

	table_peer_set(w->t, (uint16_t)slot, &peer);
}

static bool
told_names(const struct world *w, unsigned slot, const char *text)
{
	struct prefix prefix = world_prefix(text);
	struct table_cursor cursor;
	struct table_entry_view entry;
	struct table_told_view row;
	uint32_t iter = 0;

	table_cursor_init(&cursor, &prefix, MATCH_EXACT);
	ck_assert(table_cursor_next(w->t, &cursor, &entry));
	while (table_told_next(w->t, &entry, &iter, &row)) {
		if ((row.words[0] >> slot & 1) != 0)
			return true;
	}
	return false;
}

START_TEST(a_slot_that_is_removed)
{
	struct world *w = new_world();

	announce_all(w, "a");
	w->views[5].messages = 0;
	table_peer_remove(w->t, 0);
	world_forget(&w->views[0]);
	world_check(w);
	ck_assert(!table_peer_is_clean(w->t, 0));
	ck_assert_int_eq(world_peer(w, 0).state, PEER_DOWN);
	table_step(w->t, TABLE_COMMIT, 7);
	world_check(w);
	ck_assert(!table_peer_is_clean(w->t, 0));
	world_settle(w);
	ck_assert(table_peer_is_clean(w->t, 0));
	ck_assert_uint_eq(w->views[5].messages, ROUTES / 3);
	/* Not able to have anything: no row names it that was made since. */
	world_announce(w, 4, route(1), "b");
	world_withdraw(w, 1, route(1));
	world_settle(w);
	ck_assert_uint_eq(w->views[0].count, 0);
	ck_assert(!told_names(w, 0, route(1)));
	ck_assert(told_names(w, 3, route(1)));
	world_free(w);
}
END_TEST

/* What told rows say of the slot was of another receiver. */
START_TEST(a_slot_that_is_used_again)
{
	struct world *w = new_world();

	world_up_as(w, 0, 1, CLASS_AS4 | CLASS_ADD_PATH);
	for (unsigned i = 0; i < ROUTES; i++) {
		world_announce(w, 1, route(i), "b");
		world_announce(w, 2, route(i), "a");
	}
	world_settle(w);
	table_peer_remove(w->t, 0);
	world_forget(&w->views[0]);
	ck_assert(ABORTS(world_up(w, 0)));
	ck_assert(table_peer_is_clean(w->t, 0));
	give_slot(w, 0, 77);
	world_check(w);
	/* Changes before it comes up, and while it is fed. */
	world_withdraw(w, 2, route(0));
	table_step(w->t, TABLE_COMMIT, 100);
	world_check(w);
	world_up_as(w, 0, 9, CLASS_AS4);
	for (unsigned i = 0; i < 10; i++) {
		table_step(w->t, TABLE_WALK, 5);
		world_withdraw(w, 2, route(50 - i));
		table_step(w->t, TABLE_COMMIT, 1);
		world_check(w);
	}
	world_settle(w);
	ck_assert_uint_eq(w->views[0].count, ROUTES);
	ck_assert_uint_eq(world_peer(w, 0).sent, ROUTES);
	ck_assert_str_eq(world_has(w, 0, route(0)), "b");
	ck_assert_str_eq(world_has(w, 0, route(45)), "b");
	ck_assert_str_eq(world_has(w, 0, route(1)), "a");
	ck_assert_uint_eq(w->views[0].eors, 2);
	/* Its own paths rank by the new address. */
	world_announce(w, 0, route(1), "a");
	world_settle(w);
	ck_assert_str_eq(world_has(w, 2, route(1)), "a");
	world_free(w);
}
END_TEST

START_TEST(a_slot_in_use_keeps_its_address)
{
	struct world *w = new_world();

	ck_assert(ABORTS(give_slot(w, 0, 77)));
	announce_all(w, "a");
	world_down(w, 0);
	ck_assert(ABORTS(give_slot(w, 0, 77)));
	table_peer_remove(w->t, 0);
	ck_assert(ABORTS(give_slot(w, 0, 77)));
	world_settle(w);
	give_slot(w, 0, 77);
	world_settle(w);
	world_up(w, 0);
	world_settle(w);
	ck_assert_uint_eq(w->views[0].count, ROUTES / 3 * 2);
	world_free(w);
}
END_TEST

int
main(void)
{
	RUN_SUITE("rib/rejudge", nothing_new_tells_nothing, differences_are_told,
	    the_old_policy_is_never_asked, scopes_and_slots, changes_between_slices, jobs_are_few,
	    jobs_at_work_are_left_alone, path_hiding_changes, serials_are_not_used_again,
	    a_slot_that_is_removed, a_slot_that_is_used_again, a_slot_in_use_keeps_its_address);
}
