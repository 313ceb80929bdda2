/*
 * Feeding and refresh: late joiners, circular walks, End-of-RIB at one's own turn, hold and split.
 */
#include "tests/unit/rib/main.h"
#include "tests/unit/rib/world.h"

#define ROUTES 100

static const struct world_attrs attrs[] = {
    {"a", "1", 0, -1, {{0}}},
    {"b", "1 2", 0, -1, {{0}}},
    {"ext", "1", 0, -1, {{FITS, 1 << (CLASS_AS4 | CLASS_EXT_MSG)}}},
};

static const char *
route(unsigned i)
{
	static char text[32];

	snprintf(text, sizeof(text), "10.%u.0.0/16", i);
	return text;
}

/* Slot 0 has announced 10.0.0.0/16 and so on; nobody else is up. */
static struct world *
new_world(void)
{
	struct world *w = world_new(10, true);

	for (size_t i = 0; i < sizeof(attrs) / sizeof(attrs[0]); i++)
		world_name(w, &attrs[i]);
	world_up(w, 0);
	for (unsigned i = 0; i < ROUTES; i++)
		world_announce(w, 0, route(i), "a");
	world_settle(w);
	w->log[0] = '\0';
	return w;
}

/* A session of IPv4 alone, so that there is one walk. */
static void
up(struct world *w, unsigned slot)
{
	struct table_session session = {
	    .bgp_id = 100 + slot, .families = 1 << FAMILY_IPV4, .class = {CLASS_AS4}};

	world_forget(&w->views[slot]);
	table_peer_up(w->t, (uint16_t)slot, &session);
}

static void
walk(struct world *w, unsigned entries)
{
	table_step(w->t, TABLE_WALK, entries);
	world_check(w);
}

START_TEST(a_new_peer_is_fed_and_then_gets_end_of_rib)
{
	struct world *w = new_world();
	struct table_peer_view view;

	up(w, 1);
	ck_assert_int_eq(world_peer(w, 1).state, PEER_FEEDING);
	walk(w, ROUTES / 2);
	ck_assert_uint_eq(w->views[1].count, ROUTES / 2);
	ck_assert_uint_eq(w->views[1].eors, 0);
	world_settle(w);
	ck_assert_uint_eq(w->views[1].count, ROUTES);
	ck_assert_uint_eq(w->views[1].messages, ROUTES);
	ck_assert_uint_eq(w->views[1].eors, 1);
	ck_assert_int_eq(world_peer(w, 1).state, PEER_LIVE);
	ck_assert_uint_eq(world_peer(w, 1).sent, ROUTES);
	table_peer_get_state(w->t, 1, FAMILY_IPV4, &view);
	ck_assert_int_eq(view.state, PEER_LIVE);
	ck_assert_uint_eq(view.sent, 0);
	world_free(w);
}
END_TEST

/* Each gets every route once and End-of-RIB when it has been round, the early one first. */
START_TEST(late_joiners_share_the_walk)
{
	struct world *w = new_world();

	up(w, 1);
	walk(w, 30);
	up(w, 2);
	walk(w, 30);
	walk(w, 30);
	up(w, 3);
	w->log[0] = '\0';
	for (unsigned i = 0; i < 40 && w->views[1].eors < 1; i++)
		walk(w, 5);
	ck_assert_uint_eq(w->views[1].count, ROUTES);
	ck_assert_uint_eq(w->views[2].count, ROUTES - 30);
	ck_assert_int_eq(world_peer(w, 1).state, PEER_LIVE);
	ck_assert_int_eq(world_peer(w, 2).state, PEER_FEEDING);
	/* One block for all three: nobody walks alone. */
	ck_assert_ptr_nonnull(strstr(w->log, "10.95.0.0/16 10.96.0.0/16 "));
	ck_assert_ptr_nonnull(strstr(w->log, " to 1 2 3;"));
	world_settle(w);
	for (unsigned slot = 1; slot <= 3; slot++) {
		ck_assert_uint_eq(w->views[slot].count, ROUTES);
		ck_assert_uint_eq(w->views[slot].messages, ROUTES);
		ck_assert_uint_eq(w->views[slot].eors, 1);
	}
	world_free(w);
}
END_TEST

/* Behind the walk a change is told at once, before it not at all: the walk will tell it. */
START_TEST(changes_meet_a_walk)
{
	struct world *w = new_world();

	up(w, 1);
	walk(w, 50);
	world_announce(w, 0, route(10), "b");
	world_withdraw(w, 0, route(11));
	world_announce(w, 0, route(90), "b");
	world_withdraw(w, 0, route(91));
	w->log[0] = '\0';
	table_step(w->t, TABLE_COMMIT, 100);
	ck_assert_log(w, "withdraw 10.11.0.0/16 to 1; announce b 10.10.0.0/16 to 1");
	world_settle(w);
	ck_assert_uint_eq(w->views[1].count, ROUTES - 2);
	ck_assert_str_eq(world_has(w, 1, route(90)), "b");
	ck_assert_uint_eq(w->views[1].messages, ROUTES + 1);
	world_free(w);
}
END_TEST

START_TEST(a_refresh_sends_everything_again_once_and_once_more)
{
	struct world *w = new_world();

	up(w, 1);
	world_settle(w);
	w->views[1].messages = 0;
	table_refresh(w->t, 1, FAMILY_IPV4);
	walk(w, 40);
	ck_assert(world_peer(w, 1).refreshing);
	ck_assert_int_eq(world_peer(w, 1).state, PEER_LIVE);
	/* Live changes go on, ahead of the walk too. */
	world_announce(w, 0, route(90), "b");
	table_step(w->t, TABLE_COMMIT, 100);
	ck_assert_str_eq(world_has(w, 1, route(90)), "b");
	/* Two more wishes while one is running are one. */
	table_refresh(w->t, 1, FAMILY_IPV4);
	table_refresh(w->t, 1, FAMILY_IPV4);
	world_settle(w);
	ck_assert_uint_eq(w->views[1].messages, 2 * ROUTES + 1);
	ck_assert_uint_eq(w->views[1].eors, 1);
	ck_assert(!world_peer(w, 1).refreshing);
	world_free(w);
}
END_TEST

START_TEST(a_refresh_while_being_fed_comes_after)
{
	struct world *w = new_world();

	up(w, 1);
	walk(w, 40);
	table_refresh(w->t, 1, FAMILY_IPV4);
	world_settle(w);
	ck_assert_uint_eq(w->views[1].messages, 2 * ROUTES);
	ck_assert_uint_eq(w->views[1].eors, 1);
	world_free(w);
}
END_TEST

/* A held member stops all who share its walk, until it is split off; then it alone stands. */
START_TEST(hold_and_split)
{
	struct world *w = new_world();

	up(w, 1);
	up(w, 2);
	walk(w, 20);
	table_walk_hold(w->t, 1, true);
	ck_assert_int_eq(table_step(w->t, TABLE_WALK, 100), TABLE_IDLE);
	ck_assert_uint_eq(w->views[2].count, 20);
	table_walk_split(w->t, 1);
	world_settle(w);
	ck_assert_uint_eq(w->views[2].count, ROUTES);
	ck_assert_int_eq(world_peer(w, 2).state, PEER_LIVE);
	ck_assert_uint_eq(w->views[1].count, 20);
	/* A third one starts without waiting for the first. */
	up(w, 3);
	world_settle(w);
	ck_assert_uint_eq(w->views[3].count, ROUTES);
	world_announce(w, 0, route(5), "b");
	world_announce(w, 0, route(50), "b");
	world_settle(w);
	ck_assert_str_eq(world_has(w, 1, route(5)), "b");
	ck_assert_str_eq(world_has(w, 1, route(50)), "-");
	table_walk_hold(w->t, 1, false);
	world_settle(w);
	ck_assert_uint_eq(w->views[1].count, ROUTES);
	ck_assert_str_eq(world_has(w, 1, route(50)), "b");
	ck_assert_uint_eq(w->views[1].messages, ROUTES + 1);
	ck_assert_int_eq(world_peer(w, 1).state, PEER_LIVE);
	world_free(w);
}
END_TEST

/* Told rows were made for a receiver of another class: the walk makes them anew. */
START_TEST(a_class_that_changes_is_shared_out_by_the_walk)
{
	struct world *w = new_world();

	world_announce(w, 0, route(3), "ext");
	world_up(w, 2);
	world_announce(w, 2, route(4), "b");
	world_settle(w);
	world_up(w, 1);
	world_settle(w);
	ck_assert_str_eq(world_has(w, 1, route(3)), "-");
	ck_assert_uint_eq(w->views[1].count, ROUTES - 1);
	w->log[0] = '\0';
	world_up_as(w, 1, 101, CLASS_AS4 | CLASS_ADD_PATH | CLASS_EXT_MSG);
	world_settle(w);
	ck_assert_ptr_null(strstr(w->log, " 2"));
	ck_assert_str_eq(world_has_id(w, 1, route(3), 1), "-");
	ck_assert_uint_eq(w->views[1].count, ROUTES);
	ck_assert_str_eq(world_has_id(w, 1, route(4), 1), "a");
	ck_assert_str_eq(world_has_id(w, 1, route(4), 3), "b");
	world_up_as(w, 1, 101, CLASS_AS4 | CLASS_EXT_MSG);
	world_settle(w);
	ck_assert_str_eq(world_has(w, 1, route(3)), "ext");
	ck_assert_uint_eq(w->views[1].count, ROUTES);
	world_free(w);
}
END_TEST

/* A peer that goes down in the middle of its walk and comes back is fed from the beginning. */
START_TEST(down_in_the_middle_of_a_walk)
{
	struct world *w = new_world();

	up(w, 1);
	up(w, 2);
	walk(w, 40);
	world_down(w, 1);
	walk(w, 10);
	up(w, 1);
	world_settle(w);
	ck_assert_uint_eq(w->views[1].count, ROUTES);
	ck_assert_uint_eq(w->views[1].eors, 1);
	ck_assert_uint_eq(w->views[2].messages, ROUTES);
	world_free(w);
}
END_TEST

START_TEST(an_empty_table_feeds_with_end_of_rib_alone)
{
	struct world *w = world_new(4, true);
	struct table_session session = {.bgp_id = 1, .families = 1 << FAMILY_IPV6};

	table_peer_up(w->t, 2, &session);
	world_settle(w);
	ck_assert_log(w, "eor to 2");
	ck_assert_int_eq(world_peer(w, 2).state, PEER_DOWN);
	world_free(w);
}
END_TEST

int
main(void)
{
	RUN_SUITE("rib/walk", a_new_peer_is_fed_and_then_gets_end_of_rib,
	    late_joiners_share_the_walk, changes_meet_a_walk,
	    a_refresh_sends_everything_again_once_and_once_more,
	    a_refresh_while_being_fed_comes_after, hold_and_split,
	    a_class_that_changes_is_shared_out_by_the_walk, down_in_the_middle_of_a_walk,
	    an_empty_table_feeds_with_end_of_rib_alone);
}
