/*
 * Who gets which path: slots 1, 2, 3 announce, 10 and above listen.
 */
#include "tests/unit/rib/main.h"
#include "tests/unit/rib/world.h"

#define P "203.0.113.0/24"

static struct world *
new_world(bool path_hiding, const struct world_attrs *attrs, size_t count)
{
	struct world *w = world_new(24, path_hiding);

	for (size_t i = 0; i < count; i++)
		world_name(w, &attrs[i]);
	for (unsigned slot = 0; slot < 24; slot++)
		world_up(w, slot);
	world_settle(w);
	return w;
}

START_TEST(everybody_but_the_source_gets_the_best)
{
	static const struct world_attrs attrs[] = {
	    {"best", "1", 0, -1, {{0}}}, {"second", "1 2", 0, -1, {{0}}}};
	struct world *w = new_world(true, attrs, 2);

	world_announce(w, 1, P, "second");
	world_announce(w, 2, P, "best");
	world_settle(w);
	ck_assert_str_eq(world_has(w, 10, P), "best");
	ck_assert_str_eq(world_has(w, 1, P), "best");
	ck_assert_str_eq(world_has(w, 2, P), "second");
	world_withdraw(w, 2, P);
	world_settle(w);
	ck_assert_str_eq(world_has(w, 10, P), "second");
	ck_assert_str_eq(world_has(w, 1, P), "-");
	world_withdraw(w, 1, P);
	world_settle(w);
	ck_assert_str_eq(world_has(w, 10, P), "-");
	ck_assert_str_eq(world_has(w, 2, P), "-");
	world_free(w);
}
END_TEST

/* RFC 7947 section 2.3: a member that may not have the best path gets the next one. */
START_TEST(path_hiding_is_cured_or_not)
{
	static const struct world_attrs attrs[] = {
	    {"best", "1", 0, -1, {{NOT_TO, 10}, {NOT_TO, 11}}},
	    {"second", "1 2", 0, -1, {{NOT_TO, 11}}}};

	for (unsigned cured = 0; cured < 2; cured++) {
		struct world *w = new_world(cured != 0, attrs, 2);

		world_announce(w, 1, P, "best");
		world_announce(w, 2, P, "second");
		world_settle(w);
		ck_assert_str_eq(world_has(w, 12, P), "best");
		ck_assert_str_eq(world_has(w, 10, P), cured ? "second" : "-");
		ck_assert_str_eq(world_has(w, 1, P), cured ? "second" : "-");
		ck_assert_str_eq(world_has(w, 11, P), "-");
		world_free(w);
	}
}
END_TEST

/*
 * A1 beats A2 by MED, A2 beats B by id, B beats A1 by id. RFC 4271 9.1.2.2 for each receiver alone:
 * with all three, A2 falls to A1 and B wins by id; without B (its source) A1; without A1 (its
 * source, or not permitted) A2.
 */
START_TEST(med_cycle)
{
	static const struct world_attrs attrs[] = {
	    {"A1", "1 9", 0, 10, {{NOT_TO, 11}}},
	    {"A2", "1 9", 0, 20, {{0}}},
	    {"B", "2 9", 0, 99, {{NOT_TO, 12}}},
	};
	static const uint32_t ids[] = {3, 1, 2};

	for (unsigned first = 0; first < 3; first++) {
		struct world *w = new_world(true, attrs, 3);

		for (unsigned i = 0; i < 3; i++) {
			world_up_as(w, i + 1, ids[i], CLASS_AS4);
			world_settle(w);
		}
		for (unsigned i = 0; i < 3; i++) {
			unsigned k = (first + i) % 3;

			world_announce(w, k + 1, P, attrs[k].name);
			world_settle(w);
		}
		ck_assert_str_eq(world_has(w, 10, P), "B");
		ck_assert_str_eq(world_has(w, 1, P), "A2");
		ck_assert_str_eq(world_has(w, 2, P), "B");
		ck_assert_str_eq(world_has(w, 3, P), "A1");
		ck_assert_str_eq(world_has(w, 11, P), "A2");
		ck_assert_str_eq(world_has(w, 12, P), "A1");
		world_free(w);
	}
}
END_TEST

/* A path that beats by MED keeps back only those receivers that may have it and can carry it. */
START_TEST(med_of_a_path_that_does_not_fit_blocks_nobody)
{
	static const struct world_attrs attrs[] = {
	    {"low", "1 9", 0, 1, {{FITS, 1 << (CLASS_AS4 | CLASS_EXT_MSG)}}},
	    {"high", "1 9", 0, 2, {{0}}}};
	struct world *w = new_world(true, attrs, 2);

	world_up_as(w, 10, 1, CLASS_AS4 | CLASS_EXT_MSG);
	world_announce(w, 1, P, "low");
	world_announce(w, 2, P, "high");
	world_settle(w);
	ck_assert_str_eq(world_has(w, 10, P), "low");
	ck_assert_str_eq(world_has(w, 11, P), "high");
	ck_assert_str_eq(world_has(w, 1, P), "high");
	ck_assert_str_eq(world_has(w, 2, P), "-");
	world_free(w);
}
END_TEST

START_TEST(med_of_another_neighbour_or_length_does_not_count)
{
	static const struct world_attrs attrs[] = {{"1, MED 9", "1 5", 0, 9, {{0}}},
	    {"2, MED 1", "2 5", 0, 1, {{0}}}, {"longer, MED 0", "1 5 5", 0, 0, {{0}}}};
	struct world *w = new_world(true, attrs, 3);

	for (unsigned i = 0; i < 3; i++)
		world_announce(w, i + 1, P, attrs[i].name);
	world_settle(w);
	ck_assert_str_eq(world_has(w, 10, P), "1, MED 9");
	world_free(w);
}
END_TEST

/* RFC 7911: every permitted path, each with an id of its own that stays. */
START_TEST(receivers_of_path_ids_get_all_in_both_modes)
{
	static const struct world_attrs attrs[] = {{"best", "1", 0, -1, {{0}}},
	    {"second", "1 2", 0, -1, {{NOT_TO, 11}}}, {"third", "1 2 3", 0, -1, {{0}}}};

	for (unsigned cured = 0; cured < 2; cured++) {
		struct world *w = new_world(cured != 0, attrs, 3);

		world_up_as(w, 10, 1, CLASS_AS4 | CLASS_ADD_PATH);
		world_up_as(w, 11, 1, CLASS_AS4 | CLASS_ADD_PATH);
		world_up_as(w, 1, 1, CLASS_AS4 | CLASS_ADD_PATH);
		for (unsigned i = 0; i < 3; i++)
			world_announce(w, i + 1, P, attrs[i].name);
		world_settle(w);
		ck_assert_str_eq(world_has_id(w, 10, P, 2), "best");
		ck_assert_str_eq(world_has_id(w, 10, P, 3), "second");
		ck_assert_str_eq(world_has_id(w, 10, P, 4), "third");
		ck_assert_uint_eq(w->views[10].count, 3);
		ck_assert_uint_eq(w->views[11].count, 2);
		ck_assert_str_eq(world_has_id(w, 1, P, 2), "-");
		ck_assert_uint_eq(w->views[1].count, 2);
		ck_assert_str_eq(world_has(w, 12, P), "best");
		ck_assert_uint_eq(world_peer(w, 10).sent, 3);
		world_free(w);
	}
}
END_TEST

START_TEST(what_does_not_fit_gives_way_to_the_next)
{
	static const struct world_attrs attrs[] = {
	    {"large", "1", 0, -1, {{FITS, 1 << (CLASS_AS4 | CLASS_EXT_MSG)}}},
	    {"small", "1 2", 0, -1, {{0}}}};
	struct world *w = new_world(true, attrs, 2);

	world_up_as(w, 10, 1, CLASS_AS4 | CLASS_EXT_MSG);
	world_announce(w, 1, P, "large");
	world_settle(w);
	ck_assert_str_eq(world_has(w, 10, P), "large");
	ck_assert_str_eq(world_has(w, 11, P), "-");
	world_announce(w, 2, P, "small");
	world_settle(w);
	ck_assert_str_eq(world_has(w, 10, P), "large");
	ck_assert_str_eq(world_has(w, 11, P), "small");
	world_free(w);
}
END_TEST

START_TEST(out_forms_and_rejection)
{
	static const struct world_attrs attrs[] = {
	    {"mixed", "1", 0, -1, {{STRIPPED_TO, 10}, {STRIPPED_TO, 11}, {NOT_TO, 12}}},
	    {"rejected", "1", 0, -1, {{REJECT, 3}}}};
	struct world *w = new_world(true, attrs, 2);

	world_announce(w, 1, P, "mixed");
	world_announce(w, 2, P, "rejected");
	world_settle(w);
	ck_assert_str_eq(world_has(w, 10, P), "bare");
	ck_assert_str_eq(world_has(w, 11, P), "bare");
	ck_assert_str_eq(world_has(w, 12, P), "-");
	ck_assert_str_eq(world_has(w, 13, P), "mixed");
	world_announce(w, 1, P, "rejected");
	world_settle(w);
	ck_assert_str_eq(world_has(w, 13, P), "-");
	ck_assert_uint_eq(world_peer(w, 1).rejected, 1);
	ck_assert_uint_eq(world_peer(w, 1).received, 1);
	world_free(w);
}
END_TEST

/* Policy is asked once per attributes and tags, as long as a path uses the answer. */
START_TEST(reach_is_asked_once)
{
	static const struct world_attrs attrs[] = {{"one", "1", 0, -1, {{0}}}};
	struct world *w = new_world(true, attrs, 1);

	world_announce(w, 1, P, "one");
	world_announce(w, 2, P, "one");
	world_announce(w, 1, "2001:db8::/32", "one");
	world_settle(w);
	ck_assert_uint_eq(w->reach_calls, 1);
	world_withdraw(w, 1, P);
	world_withdraw(w, 2, P);
	world_withdraw(w, 1, "2001:db8::/32");
	world_settle(w);
	world_announce(w, 1, P, "one");
	ck_assert_uint_eq(w->reach_calls, 2);
	world_free(w);
}
END_TEST

/* ---- tagged paths ---- */

static const struct world_attrs tagged_attrs[] = {
    {"good", "1 2 3", 0, -1, {{0}}},
    {"short", "1", 0, -1, {{TAG, 5}}},
    {"long", "1 2", 0, -1, {{TAG, 7}}},
    {"plain reject", "1", 0, -1, {{REJECT, 9}}},
};

/* Slot 10 collects with path ids, slot 11 without. */
static struct world *
new_collected_world(bool cured)
{
	struct world *w = world_new(20, cured);

	w->collectors = UINT64_C(3) << 10;
	for (size_t i = 0; i < 4; i++)
		world_name(w, &tagged_attrs[i]);
	for (unsigned slot = 0; slot < 20; slot++)
		world_up_as(
		    w, slot, 100 + slot, slot == 10 ? CLASS_AS4 | CLASS_ADD_PATH : CLASS_AS4);
	world_settle(w);
	return w;
}

START_TEST(tagged_paths_go_to_collectors_alone)
{
	for (unsigned cured = 0; cured < 2; cured++) {
		struct world *w = new_collected_world(cured != 0);

		world_announce(w, 1, P, "plain reject");
		world_announce(w, 2, P, "long");
		world_announce(w, 3, P, "short");
		world_announce(w, 4, P, "good");
		world_settle(w);
		ck_assert_str_eq(world_has(w, 12, P), "good");
		ck_assert_str_eq(world_has(w, 2, P), "good");
		ck_assert_str_eq(world_has_id(w, 10, P, 3), "long");
		ck_assert_str_eq(world_has_id(w, 10, P, 4), "short");
		ck_assert_uint_eq(w->views[10].count, 2);
		ck_assert_str_eq(world_has(w, 11, P), "short");
		ck_assert_uint_eq(world_peer(w, 2).accepted, 0);
		ck_assert_uint_eq(world_peer(w, 2).rejected, 1);
		world_withdraw(w, 3, P);
		world_withdraw(w, 4, P);
		world_settle(w);
		ck_assert_str_eq(world_has(w, 11, P), "long");
		ck_assert_str_eq(world_has(w, 12, P), "-");
		ck_assert_uint_eq(w->views[10].count, 1);
		world_withdraw(w, 2, P);
		world_settle(w);
		ck_assert_str_eq(world_has(w, 11, P), "-");
		ck_assert_uint_eq(w->views[10].count, 0);
		world_free(w);
	}
}
END_TEST

/* Accepted ones first, then tagged, then rejected ones; the best is none of the latter. */
START_TEST(order_and_looks_of_tagged_paths)
{
	static const char *const order[] = {"good", "short", "long", "plain reject"};
	struct world *w = new_collected_world(true);
	struct prefix prefix = world_prefix(P);
	struct table_cursor cursor;
	struct table_entry_view entry;
	struct table_path_view path;
	uint32_t iter = 0;

	for (unsigned i = 0; i < 4; i++)
		world_announce(w, 4 - i, P, order[i]);
	table_cursor_init(&cursor, &prefix, MATCH_EXACT);
	ck_assert(table_cursor_next(w->t, &cursor, &entry));
	for (unsigned i = 0; i < 4; i++) {
		ck_assert(table_path_next(w->t, &entry, &iter, &path));
		ck_assert_str_eq(world_name_of(w, path.block, path.block_len), order[i]);
		ck_assert_int_eq(path.verdict.accept, i == 0);
		ck_assert_int_eq(path.best, i == 0);
		ck_assert_int_eq(path.verdict.tagged, i == 1 || i == 2);
	}
	world_withdraw(w, 4, P);
	iter = 0;
	ck_assert(table_path_next(w->t, &entry, &iter, &path));
	ck_assert(!path.best);
	world_free(w);
}
END_TEST

int
main(void)
{
	RUN_SUITE("rib/share", everybody_but_the_source_gets_the_best, path_hiding_is_cured_or_not,
	    med_cycle, med_of_a_path_that_does_not_fit_blocks_nobody,
	    med_of_another_neighbour_or_length_does_not_count,
	    receivers_of_path_ids_get_all_in_both_modes, what_does_not_fit_gives_way_to_the_next,
	    out_forms_and_rejection, reach_is_asked_once, tagged_paths_go_to_collectors_alone,
	    order_and_looks_of_tagged_paths);
}
