/*
 * At most N paths of a prefix for receivers of path ids (RFC 7911): slots 1 to 6 announce, 10 to 19
 * take N = slot - 10 paths, 0 being all; 20 takes one without path ids.
 */
#include "tests/unit/rib/main.h"
#include "tests/unit/rib/world.h"

#define P     "203.0.113.0/24"
#define SLOTS 24

static void
set_limit(struct world *w, unsigned slot, unsigned limit)
{
	struct table_peer peer = {
	    .asn = 64500 + slot, .addr = {192, 0, 2, (uint8_t)slot}, .paths_told = (uint16_t)limit};

	table_peer_set(w->t, (uint16_t)slot, &peer);
}

static struct world *
new_world(bool path_hiding, const struct world_attrs *attrs, size_t count)
{
	struct world *w = world_new(SLOTS, path_hiding);

	for (size_t i = 0; i < count; i++)
		world_name(w, &attrs[i]);
	for (unsigned slot = 0; slot < SLOTS; slot++) {
		bool takes_ids = slot >= 10 && slot < 20;

		if (takes_ids)
			set_limit(w, slot, slot - 10);
		world_up_as(
		    w, slot, 100 + slot, takes_ids ? CLASS_AS4 | CLASS_ADD_PATH : CLASS_AS4);
	}
	world_settle(w);
	return w;
}

/* The slots whose paths a receiver has, as digits in ascending order: path ids are slot + 1. */
static const char *
has(struct world *w, unsigned slot)
{
	static char text[16];
	size_t n = 0;

	for (uint32_t id = 1; id < 10; id++) {
		if (strcmp(world_has_id(w, slot, P, id), "-") != 0)
			text[n++] = (char)('0' + id - 1);
	}
	text[n] = '\0';
	return text;
}

static const struct world_attrs by_length[] = {
    {"1", "1", 0, -1, {{0}}},
    {"2", "1 2", 0, -1, {{NOT_TO, 12}}},
    {"3", "1 2 3", 0, -1, {{0}}},
    {"4", "1 2 3 4", 0, -1, {{0}}},
    {"5", "1 2 3 4 5", 0, -1, {{0}}},
};

/* Announced from the worst to the best: each better one drives one out. */
START_TEST(the_best_n_of_all)
{
	for (unsigned cured = 0; cured < 2; cured++) {
		struct world *w = new_world(cured != 0, by_length, 5);

		for (unsigned slot = 5; slot >= 1; slot--) {
			world_announce(w, slot, P, by_length[slot - 1].name);
			world_settle(w);
		}
		ck_assert_str_eq(has(w, 10), "12345");
		ck_assert_str_eq(has(w, 11), "1");
		ck_assert_str_eq(has(w, 12), "13");
		ck_assert_str_eq(has(w, 13), "123");
		ck_assert_str_eq(has(w, 14), "1234");
		ck_assert_str_eq(has(w, 15), "12345");
		ck_assert_str_eq(has(w, 19), "12345");
		ck_assert_str_eq(world_has(w, 20, P), "1");
		world_withdraw(w, 1, P);
		world_settle(w);
		ck_assert_str_eq(has(w, 11), "2");
		ck_assert_str_eq(has(w, 12), "34");
		ck_assert_str_eq(has(w, 13), "234");
		ck_assert_str_eq(has(w, 19), "2345");
		world_free(w);
	}
}
END_TEST

/* What comes or goes behind the last place is none of its business. */
START_TEST(a_path_beyond_the_limit_is_not_told)
{
	struct world *w = new_world(true, by_length, 5);

	for (unsigned slot = 1; slot <= 3; slot++)
		world_announce(w, slot, P, by_length[slot - 1].name);
	world_settle(w);
	w->log[0] = '\0';
	world_announce(w, 5, P, "5");
	world_settle(w);
	ck_assert_ptr_null(strstr(w->log, " 13"));
	ck_assert_ptr_nonnull(strstr(w->log, " to 10 14 15 16 17 18 19"));
	world_free(w);
}
END_TEST

/* A receiver that announces a path itself has N others. */
START_TEST(its_own_path_does_not_count)
{
	struct world *w = new_world(true, by_length, 5);

	world_announce(w, 12, P, "1");
	world_announce(w, 1, P, "3");
	world_announce(w, 2, P, "4");
	world_announce(w, 3, P, "5");
	world_settle(w);
	ck_assert_str_eq(has(w, 12), "12");
	ck_assert_str_eq(has(w, 11), "");
	ck_assert_str_eq(world_has_id(w, 11, P, 13), "1");
	world_free(w);
}
END_TEST

/*
 * The cycle of share.c: A1 {MED 10, id 3} beats A2 {MED 20, id 1}, A2 beats B {id 2} by id, B beats
 * A1. In rank order A2, B, A1; A2 is beaten by whoever may have A1.
 */
START_TEST(paths_beaten_by_med_come_last)
{
	static const struct world_attrs attrs[] = {
	    {"A1", "1 9", 0, 10, {{NOT_TO, 17}}},
	    {"A2", "1 9", 0, 20, {{0}}},
	    {"B", "2 9", 0, 99, {{NOT_TO, 18}}},
	    {"worse", "3 9 9", 0, 0, {{0}}},
	};
	static const uint32_t ids[] = {3, 1, 2};
	struct world *w = new_world(true, attrs, 4);

	for (unsigned i = 0; i < 3; i++)
		world_up_as(w, i + 1, ids[i], CLASS_AS4);
	for (unsigned i = 0; i < 4; i++)
		world_announce(w, i + 1, P, attrs[i].name);
	set_limit(w, 17, 1);
	set_limit(w, 18, 2);
	world_settle(w);
	ck_assert_str_eq(world_has(w, 20, P), "B");
	ck_assert_str_eq(has(w, 11), "3");
	ck_assert_str_eq(has(w, 12), "13");
	/* The longer one is not beaten by MED, so it is before A2. */
	ck_assert_str_eq(has(w, 13), "134");
	ck_assert_str_eq(has(w, 14), "1234");
	ck_assert_str_eq(has(w, 10), "1234");
	/* Without A1, which it may not have, A2 is its best. */
	ck_assert_str_eq(has(w, 17), "2");
	ck_assert_str_eq(has(w, 18), "14");
	world_free(w);
}
END_TEST

/* Of the beaten ones, too, only as many as there is room for. */
START_TEST(beaten_paths_are_counted)
{
	static const struct world_attrs attrs[] = {{"low", "1 9", 0, 1, {{0}}},
	    {"high", "1 9", 0, 2, {{0}}}, {"higher", "1 9", 0, 3, {{0}}}};
	struct world *w = new_world(true, attrs, 3);

	for (unsigned i = 0; i < 3; i++)
		world_announce(w, 3 - i, P, attrs[i].name);
	world_settle(w);
	ck_assert_str_eq(has(w, 11), "3");
	ck_assert_str_eq(has(w, 12), "13");
	ck_assert_str_eq(has(w, 13), "123");
	world_free(w);
}
END_TEST

/* In another form it is still one path; one that does not fit takes no place. */
START_TEST(forms_and_sizes)
{
	static const struct world_attrs attrs[] = {
	    {"large", "1", 0, -1, {{FITS, 1 << (CLASS_AS4 | CLASS_EXT_MSG)}}},
	    {"mixed", "1 2", 0, -1, {{STRIPPED_TO, 11}, {STRIPPED_TO, 12}}},
	    {"last", "1 2 3", 0, -1, {{0}}}};
	struct world *w = new_world(true, attrs, 3);

	for (unsigned i = 0; i < 3; i++)
		world_announce(w, i + 1, P, attrs[i].name);
	world_settle(w);
	ck_assert_str_eq(has(w, 11), "2");
	ck_assert_str_eq(world_has_id(w, 11, P, 3), "bare");
	ck_assert_str_eq(has(w, 12), "23");
	ck_assert_str_eq(world_has_id(w, 12, P, 3), "bare");
	ck_assert_str_eq(world_has_id(w, 13, P, 3), "mixed");
	world_free(w);
}
END_TEST

/* With the session up, in both directions; nobody else hears of it. */
START_TEST(a_limit_that_changes_takes_effect)
{
	struct world *w = new_world(true, by_length, 5);

	for (unsigned slot = 1; slot <= 5; slot++)
		world_announce(w, slot, P, by_length[slot - 1].name);
	world_settle(w);
	w->log[0] = '\0';
	set_limit(w, 13, 1);
	world_settle(w);
	ck_assert_log(w, "withdraw 203.0.113.0/24#3 203.0.113.0/24#4 to 13");
	set_limit(w, 13, 2);
	world_settle(w);
	ck_assert_log(w, "announce 2 203.0.113.0/24#3 to 13");
	set_limit(w, 13, 0);
	world_settle(w);
	ck_assert_str_eq(has(w, 13), "12345");
	w->log[0] = '\0';
	/* Of no interest: a limit above all that there is, and one of a peer without path ids. */
	set_limit(w, 13, UINT16_MAX);
	world_settle(w);
	ck_assert_log(w, "");
	set_limit(w, 20, 1);
	ck_assert(!table_is_left(w->t, WORLD_ALL));
	/* One that changes while the session is down, or its class is another. */
	world_down(w, 13);
	set_limit(w, 13, 3);
	world_up_as(w, 13, 113, CLASS_AS4 | CLASS_ADD_PATH);
	world_settle(w);
	ck_assert_str_eq(has(w, 13), "123");
	world_up_as(w, 20, 120, CLASS_AS4 | CLASS_ADD_PATH);
	world_settle(w);
	ck_assert_str_eq(has(w, 20), "1");
	world_free(w);
}
END_TEST

/* Also where so many jobs wait that they become one for everything. */
START_TEST(a_limit_that_changes_behind_many_jobs)
{
	struct world *w = new_world(true, by_length, 5);

	for (unsigned slot = 1; slot <= 5; slot++)
		world_announce(w, slot, P, by_length[slot - 1].name);
	world_settle(w);
	for (unsigned i = 0; i < 64; i++) {
		struct prefix scope = world_prefix("10.0.0.0/16");

		scope.addr[1] = (uint8_t)i;
		table_rejudge(w->t, &scope, NULL, 0);
	}
	set_limit(w, 13, 1);
	world_settle(w);
	ck_assert_str_eq(has(w, 13), "1");
	world_free(w);
}
END_TEST

/* A change of the limit while the peer is being fed. */
START_TEST(a_limit_that_changes_under_a_walk)
{
	struct world *w = new_world(true, by_length, 5);
	char route[32];

	for (unsigned i = 0; i < 10; i++) {
		snprintf(route, sizeof(route), "10.%u.0.0/16", i);
		for (unsigned slot = 1; slot <= 5; slot++)
			world_announce(w, slot, route, by_length[slot - 1].name);
	}
	world_settle(w);
	world_up_as(w, 19, 119, CLASS_AS4 | CLASS_ADD_PATH);
	table_step(w->t, TABLE_WALK, 5);
	set_limit(w, 19, 2);
	table_step(w->t, TABLE_WALK, 2);
	world_settle(w);
	ck_assert_uint_eq(w->views[19].count, 20);
	world_free(w);
}
END_TEST

/* Tagged paths are for collectors, who want to see all of them. */
START_TEST(tagged_paths_are_not_limited)
{
	static const struct world_attrs attrs[] = {{"good", "1", 0, -1, {{0}}},
	    {"t1", "1", 0, -1, {{TAG, 5}}}, {"t2", "1 2", 0, -1, {{TAG, 5}}}};
	struct world *w = world_new(SLOTS, true);

	w->collectors = UINT64_C(1) << 11;
	for (size_t i = 0; i < 3; i++)
		world_name(w, &attrs[i]);
	set_limit(w, 11, 1);
	for (unsigned slot = 0; slot < SLOTS; slot++)
		world_up_as(
		    w, slot, 100 + slot, slot == 11 ? CLASS_AS4 | CLASS_ADD_PATH : CLASS_AS4);
	for (unsigned i = 0; i < 3; i++)
		world_announce(w, i + 1, P, attrs[i].name);
	world_settle(w);
	ck_assert_str_eq(has(w, 11), "23");
	world_free(w);
}
END_TEST

/* What is owed is what it may have now, each id for itself; so is what a refresh sends. */
START_TEST(debts_and_refreshes_keep_the_limit)
{
	struct world *w = new_world(true, by_length, 5);

	for (unsigned slot = 3; slot <= 5; slot++)
		world_announce(w, slot, P, by_length[slot - 1].name);
	world_settle(w);
	ck_assert_str_eq(has(w, 12), "34");
	w->views[12].deaf = true;
	world_announce(w, 1, P, "1");
	world_settle(w);
	world_cut(w, 12);
	world_withdraw(w, 3, P);
	world_settle(w);
	world_drained(w, 12);
	world_settle(w);
	ck_assert_str_eq(has(w, 12), "14");
	w->log[0] = '\0';
	table_refresh(w->t, 12, FAMILY_IPV4);
	world_settle(w);
	ck_assert_log(w, "announce 4 203.0.113.0/24#5 to 12; announce 1 203.0.113.0/24#2 to 12");
	world_free(w);
}
END_TEST

int
main(void)
{
	RUN_SUITE("rib/best_n", the_best_n_of_all, a_path_beyond_the_limit_is_not_told,
	    its_own_path_does_not_count, paths_beaten_by_med_come_last, beaten_paths_are_counted,
	    forms_and_sizes, a_limit_that_changes_takes_effect,
	    a_limit_that_changes_behind_many_jobs, a_limit_that_changes_under_a_walk,
	    tagged_paths_are_not_limited, debts_and_refreshes_keep_the_limit);
}
