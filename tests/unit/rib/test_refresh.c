/*
 * Refreshes between markers (RFC 7313 section 4), and walks that are deferred (RFC 4724 section
 * 4.1). Slot 0 announces, slots 1 and 2 understand markers, slot 3 does not.
 */
#include "tests/unit/rib/main.h"
#include "tests/unit/rib/world.h"

#define ROUTES 20

static const struct world_attrs attrs[] = {
    {"a", "1", 0, -1, {{0}}},
    {"b", "1 2", 0, -1, {{0}}},
};

static const char *
route(unsigned i)
{
	static char text[32];

	snprintf(text, sizeof(text), "10.%u.0.0/16", i);
	return text;
}

/* A session of IPv4 alone, so that there is one walk. */
static void
up_as(struct world *w, unsigned slot, uint8_t class)
{
	struct table_session session = {.bgp_id = 100 + slot,
	    .families = 1 << FAMILY_IPV4,
	    .class = {class},
	    .enhanced_refresh = slot != 3};

	world_forget(&w->views[slot]);
	table_peer_up(w->t, (uint16_t)slot, &session);
}

static void
up(struct world *w, unsigned slot)
{
	up_as(w, slot, CLASS_AS4);
}

static struct world *
new_world(unsigned routes, uint32_t owed_max)
{
	struct world *w = world_new_owing(10, true, owed_max);

	for (size_t i = 0; i < sizeof(attrs) / sizeof(attrs[0]); i++)
		world_name(w, &attrs[i]);
	world_up(w, 0);
	for (unsigned i = 0; i < routes; i++)
		world_announce(w, 0, route(i), "a");
	world_settle(w);
	w->log[0] = '\0';
	return w;
}

/* The same with slots 1, 2, 3 live. */
static struct world *
new_live_world(unsigned routes, uint32_t owed_max)
{
	struct world *w = new_world(routes, owed_max);

	for (unsigned slot = 1; slot <= 3; slot++)
		up(w, slot);
	world_settle(w);
	w->log[0] = '\0';
	return w;
}

static void
walk(struct world *w, unsigned entries)
{
	table_step(w->t, TABLE_WALK, entries);
	world_check(w);
}

static void
refresh(struct world *w, unsigned slot)
{
	table_refresh(w->t, (uint16_t)slot, FAMILY_IPV4);
	world_check(w);
}

/* Everything is back in order: what has come since BoRR is all that there is. */
static void
assert_refreshed(const struct world *w, unsigned slot, unsigned times, unsigned routes)
{
	ck_assert_uint_eq(w->views[slot].borrs, times);
	ck_assert_uint_eq(w->views[slot].eorrs, times);
	ck_assert_uint_eq(w->views[slot].swept, 0);
	ck_assert_uint_eq(w->views[slot].count, routes);
	ck_assert(!world_peer(w, slot).refreshing);
}

START_TEST(a_refresh_stands_between_its_markers)
{
	struct world *w = new_live_world(3, 0);

	refresh(w, 1);
	world_settle(w);
	ck_assert_log(
	    w, "borr to 1; announce a 10.0.0.0/16 10.1.0.0/16 10.2.0.0/16 to 1; eorr to 1");
	assert_refreshed(w, 1, 1, 3);
	world_free(w);
}
END_TEST

START_TEST(without_enhanced_refresh_there_are_no_markers)
{
	struct world *w = new_live_world(3, 0);

	refresh(w, 3);
	world_settle(w);
	ck_assert_log(w, "announce a 10.0.0.0/16 10.1.0.0/16 10.2.0.0/16 to 3");
	assert_refreshed(w, 3, 0, 3);
	world_free(w);
}
END_TEST

START_TEST(slices_of_a_refresh_share_one_pair_of_markers)
{
	struct world *w = new_live_world(3, 0);

	refresh(w, 1);
	walk(w, 2);
	ck_assert_log(w, "borr to 1; announce a 10.0.0.0/16 10.1.0.0/16 to 1");
	world_announce(w, 0, route(2), "b");
	table_step(w->t, TABLE_COMMIT, 10);
	ck_assert_log(w, "announce b 10.2.0.0/16 to 1 2 3");
	walk(w, 1);
	ck_assert_log(w, "announce b 10.2.0.0/16 to 1");
	walk(w, 1);
	ck_assert_log(w, "eorr to 1");
	assert_refreshed(w, 1, 1, 3);
	world_free(w);
}
END_TEST

/* Withdrawals come before announcements, but BoRR before both. */
START_TEST(the_marker_stands_before_withdrawals)
{
	struct world *w = new_live_world(2, 0);

	world_withdraw(w, 0, route(0));
	refresh(w, 1);
	walk(w, 10);
	ck_assert_log(
	    w, "borr to 1; withdraw 10.0.0.0/16 to 1 2 3; announce a 10.1.0.0/16 to 1; eorr to 1");
	world_free(w);
}
END_TEST

START_TEST(an_empty_table_is_refreshed_by_markers_alone)
{
	struct world *w = new_live_world(0, 0);

	refresh(w, 1);
	world_settle(w);
	ck_assert_log(w, "borr to 1; eorr to 1");
	world_free(w);
}
END_TEST

START_TEST(those_who_refresh_together_share_markers)
{
	struct world *w = new_live_world(2, 0);

	for (unsigned slot = 1; slot <= 3; slot++)
		refresh(w, slot);
	world_settle(w);
	ck_assert_log(w, "borr to 1 2; announce a 10.0.0.0/16 10.1.0.0/16 to 1 2 3; eorr to 1 2");
	world_free(w);
}
END_TEST

/* Who joins later has markers of its own around its own round. */
START_TEST(a_late_joiner_has_markers_of_its_own)
{
	struct world *w = new_live_world(4, 0);

	refresh(w, 1);
	walk(w, 2);
	refresh(w, 2);
	w->log[0] = '\0';
	world_settle(w);
	ck_assert_log(w,
	    "borr to 2; announce a 10.2.0.0/16 10.3.0.0/16 to 1 2; eorr to 1; "
	    "announce a 10.0.0.0/16 10.1.0.0/16 to 2; eorr to 2");
	assert_refreshed(w, 1, 1, 4);
	assert_refreshed(w, 2, 1, 4);
	world_free(w);
}
END_TEST

/* RFC 7313 section 4: no BoRR before End-of-RIB. */
START_TEST(a_refresh_asked_while_feeding_waits_for_end_of_rib)
{
	struct world *w = new_world(3, 0);

	up(w, 1);
	walk(w, 1);
	refresh(w, 1);
	world_settle(w);
	ck_assert_log(w,
	    "announce a 10.0.0.0/16 to 1; announce a 10.1.0.0/16 10.2.0.0/16 to 1; eor to 1; "
	    "borr to 1; announce a 10.0.0.0/16 10.1.0.0/16 10.2.0.0/16 to 1; eorr to 1");
	world_free(w);
}
END_TEST

/* Also where End-of-RIB is decided, but there is no room for it yet. */
START_TEST(end_of_rib_that_waits_for_room_comes_first)
{
	struct world *w = new_world(2, 0);

	up(w, 1);
	walk(w, 1);
	walk(w, 1);
	w->room = 0;
	walk(w, 1);
	refresh(w, 1);
	w->log[0] = '\0';
	w->room = SIZE_MAX;
	world_settle(w);
	ck_assert_log(w, "eor to 1; borr to 1; announce a 10.0.0.0/16 10.1.0.0/16 to 1; eorr to 1");
	world_free(w);
}
END_TEST

START_TEST(a_second_wish_is_answered_afterwards)
{
	struct world *w = new_live_world(2, 0);

	refresh(w, 1);
	walk(w, 1);
	refresh(w, 1);
	refresh(w, 1);
	world_settle(w);
	ck_assert_log(w,
	    "borr to 1; announce a 10.0.0.0/16 to 1; announce a 10.1.0.0/16 to 1; eorr to 1; "
	    "borr to 1; announce a 10.0.0.0/16 10.1.0.0/16 to 1; eorr to 1");
	assert_refreshed(w, 1, 2, 2);
	world_free(w);
}
END_TEST

/* Without room nothing overtakes: not the rows their BoRR, not EoRR the rows. */
START_TEST(order_holds_without_room)
{
	struct world *w = new_live_world(3, 0);

	w->room = 0;
	refresh(w, 1);
	walk(w, 10);
	world_announce(w, 0, route(1), "b");
	ck_assert_int_eq(table_step(w->t, WORLD_ALL, 10), TABLE_NO_ROOM);
	ck_assert_log(w, "");
	/* Room is counted in prefixes: the marker finds some, and then one prefix does. */
	w->room = 1;
	ck_assert_int_eq(table_step(w->t, WORLD_ALL, 10), TABLE_NO_ROOM);
	ck_assert_log(w, "borr to 1; announce a 10.0.0.0/16 to 1");
	w->room = 2;
	ck_assert_int_eq(table_step(w->t, WORLD_ALL, 10), TABLE_NO_ROOM);
	ck_assert_log(w, "announce a 10.1.0.0/16 10.2.0.0/16 to 1");
	w->room = SIZE_MAX;
	world_settle(w);
	ck_assert_log(w, "eorr to 1; announce b 10.1.0.0/16 to 1 2 3");
	assert_refreshed(w, 1, 1, 3);
	world_free(w);
}
END_TEST

/* ---- cut off ---- */

START_TEST(cut_in_the_middle_it_is_done_again_from_the_start)
{
	struct world *w = new_live_world(4, 0);

	refresh(w, 1);
	walk(w, 2);
	w->views[1].deaf = true;
	walk(w, 1);
	world_cut(w, 1);
	world_check(w);
	w->log[0] = '\0';
	world_settle(w);
	ck_assert_log(w, "");
	ck_assert(world_peer(w, 1).refreshing);
	world_drained(w, 1);
	world_settle(w);
	ck_assert_log(w,
	    "announce a 10.2.0.0/16 to 1; borr to 1; "
	    "announce a 10.0.0.0/16 10.1.0.0/16 10.2.0.0/16 10.3.0.0/16 to 1; eorr to 1");
	ck_assert_uint_eq(w->views[1].borrs, 2);
	ck_assert_uint_eq(w->views[1].eorrs, 1);
	ck_assert_uint_eq(w->views[1].count, 4);
	ck_assert_uint_eq(w->views[1].swept, 0);
	world_free(w);
}
END_TEST

/* The others go on as if nothing had happened. */
START_TEST(who_is_cut_holds_up_nobody)
{
	struct world *w = new_live_world(4, 0);

	refresh(w, 1);
	refresh(w, 2);
	walk(w, 2);
	world_cut(w, 1);
	w->log[0] = '\0';
	world_settle(w);
	ck_assert_log(w, "announce a 10.2.0.0/16 10.3.0.0/16 to 2; eorr to 2");
	assert_refreshed(w, 2, 1, 4);
	world_free(w);
}
END_TEST

/* The table has sent all of it, but the peer never read the end: it would wait for it for ever. */
START_TEST(a_marker_that_was_not_read)
{
	struct world *w = new_live_world(2, 0);

	refresh(w, 1);
	walk(w, 1);
	w->views[1].deaf = true;
	world_settle(w);
	w->log[0] = '\0';
	world_cut(w, 1);
	world_drained(w, 1);
	world_settle(w);
	ck_assert_log(w,
	    "announce a 10.1.0.0/16 to 1; borr to 1; announce a 10.0.0.0/16 10.1.0.0/16 to 1; "
	    "eorr to 1");
	ck_assert_uint_eq(w->views[1].eorrs, 1);
	ck_assert_uint_eq(w->views[1].count, 2);
	world_free(w);
}
END_TEST

/* Markers that wait for room when the peer is cut are not told, nor forgotten. */
START_TEST(cut_while_markers_wait_for_room)
{
	for (unsigned room = 0; room < 3; room++) {
		struct world *w = new_live_world(2, 0);

		w->room = room;
		refresh(w, 1);
		walk(w, 10);
		w->room = SIZE_MAX;
		world_cut(w, 1);
		world_check(w);
		w->log[0] = '\0';
		world_settle(w);
		ck_assert_log(w, "");
		world_drained(w, 1);
		world_settle(w);
		ck_assert_ptr_nonnull(strstr(
		    w->log, "borr to 1; announce a 10.0.0.0/16 10.1.0.0/16 to 1; eorr to 1"));
		ck_assert_uint_eq(w->views[1].eorrs, 1);
		ck_assert_uint_eq(w->views[1].count, 2);
		world_free(w);
	}
}
END_TEST

/* End-of-RIB is owed: it comes before the BoRR of a refresh that was asked for meanwhile. */
START_TEST(owed_end_of_rib_comes_before_the_marker)
{
	struct world *w = new_world(2, 0);

	up(w, 1);
	w->views[1].deaf = true;
	world_settle(w);
	refresh(w, 1);
	walk(w, 1);
	world_cut(w, 1);
	w->log[0] = '\0';
	world_drained(w, 1);
	world_settle(w);
	ck_assert_log(w,
	    "announce a 10.0.0.0/16 10.1.0.0/16 to 1; eor to 1; borr to 1; "
	    "announce a 10.0.0.0/16 10.1.0.0/16 to 1; eorr to 1");
	world_free(w);
}
END_TEST

/* Told everything again for too many debts, it still gets the answer that it waits for. */
START_TEST(fed_anew_it_is_refreshed_afterwards)
{
	struct world *w = new_live_world(ROUTES, 5);

	refresh(w, 1);
	refresh(w, 3);
	walk(w, 3);
	world_cut(w, 1);
	world_cut(w, 3);
	for (unsigned i = 0; i < 10; i++)
		world_announce(w, 0, route(i), "b");
	world_settle(w);
	world_drained(w, 1);
	world_drained(w, 3);
	world_settle(w);
	ck_assert_uint_eq(w->views[1].borrs, 2);
	ck_assert_uint_eq(w->views[1].eorrs, 1);
	ck_assert_uint_eq(w->views[1].swept, 0);
	ck_assert_uint_eq(w->views[1].count, ROUTES);
	ck_assert_uint_eq(w->views[3].messages, w->views[1].messages - ROUTES);
	ck_assert_uint_eq(w->views[3].borrs, 0);
	world_free(w);
}
END_TEST

START_TEST(held_and_split_it_keeps_its_markers)
{
	struct world *w = new_live_world(3, 0);

	refresh(w, 1);
	refresh(w, 2);
	table_walk_hold(w->t, 1, true);
	table_walk_split(w->t, 1);
	world_settle(w);
	ck_assert_log(
	    w, "borr to 2; announce a 10.0.0.0/16 10.1.0.0/16 10.2.0.0/16 to 2; eorr to 2");
	table_walk_hold(w->t, 1, false);
	walk(w, 1);
	table_walk_split(w->t, 1);
	world_settle(w);
	ck_assert_log(w,
	    "borr to 1; announce a 10.0.0.0/16 to 1; announce a 10.1.0.0/16 10.2.0.0/16 to 1; "
	    "eorr to 1");
	world_free(w);
}
END_TEST

/* With its session a refresh is forgotten, the wish for another, and markers that wait. */
START_TEST(the_end_of_a_session_ends_its_refresh)
{
	for (unsigned room = 0; room < 2; room++) {
		struct world *w = new_live_world(2, 0);

		w->room = room;
		refresh(w, 1);
		walk(w, 1);
		refresh(w, 1);
		world_down(w, 1);
		w->room = SIZE_MAX;
		world_check(w);
		w->log[0] = '\0';
		world_settle(w);
		ck_assert_log(w, "");
		up(w, 1);
		world_settle(w);
		ck_assert_log(w, "announce a 10.0.0.0/16 10.1.0.0/16 to 1; eor to 1");
		world_free(w);
	}
}
END_TEST

/* What the next session settles counts, not what the one before did. */
START_TEST(markers_are_the_session_s)
{
	struct world *w = new_live_world(1, 0);
	struct table_session session = {
	    .bgp_id = 1, .families = 1 << FAMILY_IPV4, .class = {CLASS_AS4}};

	table_peer_up(w->t, 1, &session);
	world_settle(w);
	w->log[0] = '\0';
	refresh(w, 1);
	world_settle(w);
	ck_assert_log(w, "announce a 10.0.0.0/16 to 1");
	world_free(w);
}
END_TEST

/* Markers come per class; rows with path ids are refreshed, each id. */
START_TEST(receivers_of_path_ids_are_refreshed)
{
	struct world *w = new_live_world(1, 0);

	world_up(w, 4);
	world_announce(w, 4, route(0), "b");
	up_as(w, 1, CLASS_AS4 | CLASS_ADD_PATH);
	world_settle(w);
	w->log[0] = '\0';
	refresh(w, 1);
	refresh(w, 2);
	world_settle(w);
	ck_assert_log(w,
	    "borr to 2; borr to 1; announce a 10.0.0.0/16 to 2; announce a 10.0.0.0/16#1 to 1; "
	    "announce b 10.0.0.0/16#5 to 1; eorr to 2; eorr to 1");
	ck_assert_uint_eq(w->views[1].swept, 0);
	world_free(w);
}
END_TEST

/* ---- deferral ---- */

START_TEST(while_deferred_nobody_is_fed)
{
	struct world *w = new_world(3, 0);

	table_defer(w->t, true);
	up(w, 1);
	ck_assert(!table_is_left(w->t, TABLE_WALK));
	ck_assert_int_eq(table_step(w->t, WORLD_ALL, 10), TABLE_IDLE);
	world_announce(w, 0, route(3), "b");
	world_settle(w);
	ck_assert_log(w, "");
	ck_assert_int_eq(world_peer(w, 1).state, PEER_FEEDING);
	table_defer(w->t, false);
	ck_assert(table_is_left(w->t, TABLE_WALK));
	world_settle(w);
	ck_assert_log(w,
	    "announce a 10.0.0.0/16 10.1.0.0/16 10.2.0.0/16 to 1; announce b 10.3.0.0/16 to 1; "
	    "eor to 1");
	world_free(w);
}
END_TEST

/* Entries are shared out all the same: the end of the deferral has only rows to send. */
START_TEST(while_deferred_entries_are_shared_out)
{
	struct world *w = new_world(0, 0);
	struct table_memory memory;

	up(w, 1);
	table_defer(w->t, true);
	world_announce(w, 0, route(0), "a");
	world_settle(w);
	table_memory_get(w->t, &memory);
	ck_assert_uint_eq(memory.dirty, 0);
	ck_assert_uint_eq(memory.told_rows, 1);
	ck_assert_log(w, "");
	world_free(w);
}
END_TEST

START_TEST(while_deferred_the_live_hear_of_changes_but_no_refresh)
{
	struct world *w = new_live_world(2, 0);

	table_defer(w->t, true);
	refresh(w, 1);
	world_announce(w, 0, route(0), "b");
	world_settle(w);
	ck_assert_log(w, "announce b 10.0.0.0/16 to 1 2 3");
	table_defer(w->t, false);
	world_settle(w);
	ck_assert_log(
	    w, "borr to 1; announce a 10.1.0.0/16 to 1; announce b 10.0.0.0/16 to 1; eorr to 1");
	world_free(w);
}
END_TEST

/* In the middle: half of a walk stands, changes behind it are told, the rest comes later. */
START_TEST(deferred_in_the_middle_of_a_walk)
{
	struct world *w = new_world(4, 0);

	up(w, 1);
	walk(w, 2);
	table_defer(w->t, true);
	table_defer(w->t, true);
	w->log[0] = '\0';
	world_announce(w, 0, route(1), "b");
	world_announce(w, 0, route(2), "b");
	world_settle(w);
	ck_assert_log(w, "announce b 10.1.0.0/16 to 1");
	ck_assert_uint_eq(w->views[1].eors, 0);
	table_defer(w->t, false);
	world_settle(w);
	ck_assert_log(w, "announce a 10.3.0.0/16 to 1; announce b 10.2.0.0/16 to 1; eor to 1");
	world_free(w);
}
END_TEST

int
main(void)
{
	RUN_SUITE("rib/refresh", a_refresh_stands_between_its_markers,
	    without_enhanced_refresh_there_are_no_markers,
	    slices_of_a_refresh_share_one_pair_of_markers, the_marker_stands_before_withdrawals,
	    an_empty_table_is_refreshed_by_markers_alone, those_who_refresh_together_share_markers,
	    a_late_joiner_has_markers_of_its_own,
	    a_refresh_asked_while_feeding_waits_for_end_of_rib,
	    end_of_rib_that_waits_for_room_comes_first, a_second_wish_is_answered_afterwards,
	    order_holds_without_room, cut_in_the_middle_it_is_done_again_from_the_start,
	    who_is_cut_holds_up_nobody, a_marker_that_was_not_read, cut_while_markers_wait_for_room,
	    owed_end_of_rib_comes_before_the_marker, fed_anew_it_is_refreshed_afterwards,
	    held_and_split_it_keeps_its_markers, the_end_of_a_session_ends_its_refresh,
	    markers_are_the_session_s, receivers_of_path_ids_are_refreshed,
	    while_deferred_nobody_is_fed, while_deferred_entries_are_shared_out,
	    while_deferred_the_live_hear_of_changes_but_no_refresh,
	    deferred_in_the_middle_of_a_walk);
}
