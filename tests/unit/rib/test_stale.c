/*
 * Stale paths: a member that is lost and comes back (RFC 4724, RFC 8538), and one that announces
 * everything again between BoRR and EoRR (RFC 7313).
 */
#include "rib/state.h"
#include "tests/unit/rib/main.h"
#include "tests/unit/rib/world.h"

static const struct world_attrs attrs[] = {
    {"a", "1", 0, -1, {{0}}},
    {"b", "1 2", 0, -1, {{0}}},
    {"c", "3", 0, -1, {{0}}},
    {"later rejected", "1", 0, -1, {{REJECT_SINCE, 1}}},
    {"rejected", "1", 0, -1, {{REJECT, 7}}},
    {"not 1", "1", 0, -1, {{NOT_TO, 1}}},
    {"not 2", "1", 0, -1, {{NOT_TO, 2}}},
    {"bare 1", "1", 0, -1, {{STRIPPED_TO, 1}}},
};

enum { BOTH = 1 << FAMILY_IPV4 | 1 << FAMILY_IPV6, ID = 100 };

static struct world *
new_world(uint32_t reach_limit)
{
	struct world *w = world_new_as(
	    (struct table_config){.slots = 6, .path_hiding = true, .reach_limit = reach_limit});

	for (size_t i = 0; i < sizeof(attrs) / sizeof(attrs[0]); i++)
		world_name(w, &attrs[i]);
	for (unsigned slot = 0; slot < 6; slot++)
		world_up(w, slot);
	world_settle(w);
	w->log[0] = '\0';
	return w;
}

/* Three routes of slot 0; the middle one has a second best, of slot 3. */
static struct world *
world_of_routes(void)
{
	struct world *w = new_world(0);

	world_announce(w, 0, "10.0.0.0/24", "a");
	world_announce(w, 0, "10.0.1.0/24", "a");
	world_announce(w, 3, "10.0.1.0/24", "b");
	world_announce(w, 0, "2001:db8::/32", "a");
	world_settle(w);
	w->log[0] = '\0';
	return w;
}

static void
lose(struct world *w, unsigned slot, uint8_t families, bool older)
{
	table_peer_lost(w->t, (uint16_t)slot, families, older);
	world_forget(&w->views[slot]);
}

/* The member is back, and its first table is over: of no interest here. */
static void
back_as(struct world *w, unsigned slot, uint8_t families, uint8_t kept, uint32_t bgp_id)
{
	struct table_session session = {
	    .bgp_id = bgp_id, .families = families, .class = {CLASS_AS4, CLASS_AS4}, .kept = kept};

	table_peer_up(w->t, (uint16_t)slot, &session);
	world_settle(w);
	w->log[0] = '\0';
}

static void
back(struct world *w, unsigned slot, uint8_t kept)
{
	back_as(w, slot, BOTH, kept, ID + slot);
}

static struct table_peer_view
peer_of(const struct world *w, unsigned slot, enum family family)
{
	struct table_peer_view view;

	table_peer_get(w->t, (uint16_t)slot, family, &view);
	return view;
}

static uint64_t
path_count(const struct world *w)
{
	struct table_memory memory;

	table_memory_get(w->t, &memory);
	return memory.paths;
}

/* ---- told as before ---- */

START_TEST(a_lost_member_s_routes_stay)
{
	struct world *w = world_of_routes();

	ck_assert(!world_path(w, 0, "10.0.0.0/24").stale);
	lose(w, 0, BOTH, false);
	world_settle(w);
	ck_assert_log(w, "");
	ck_assert_str_eq(world_has(w, 1, "10.0.1.0/24"), "a");
	ck_assert(world_path(w, 0, "10.0.0.0/24").stale);
	ck_assert(!world_path(w, 0, "10.0.0.0/24").gone);
	ck_assert_uint_eq(world_peer(w, 0).state, PEER_DOWN);
	ck_assert_uint_eq(world_peer(w, 0).stale, 2);
	ck_assert_uint_eq(world_peer(w, 0).received, 2);
	ck_assert_uint_eq(world_peer(w, 0).accepted, 2);
	ck_assert_uint_eq(peer_of(w, 0, FAMILY_IPV6).stale, 1);
	ck_assert(!table_peer_is_clean(w->t, 0));
	/* Who comes up meanwhile is fed with them; the lost one is told nothing. */
	world_up(w, 5);
	world_announce(w, 4, "10.0.9.0/24", "a");
	world_settle(w);
	ck_assert_str_eq(world_has(w, 5, "10.0.0.0/24"), "a");
	ck_assert_uint_eq(w->views[0].messages, 0);
	world_free(w);
}
END_TEST

START_TEST(announced_again_it_is_not_told)
{
	struct world *w = world_of_routes();

	lose(w, 0, BOTH, false);
	back(w, 0, BOTH);
	ck_assert_uint_eq(world_peer(w, 0).stale, 2);
	world_announce(w, 0, "10.0.0.0/24", "a");
	world_announce(w, 0, "10.0.1.0/24", "a");
	ck_assert_uint_eq(world_peer(w, 0).stale, 0);
	ck_assert_uint_eq(world_peer(w, 0).received, 2);
	ck_assert(!world_path(w, 0, "10.0.0.0/24").stale);
	ck_assert(!table_is_left(w->t, WORLD_ALL));
	world_check(w);
	table_end_of_rib(w->t, 0, FAMILY_IPV4);
	world_settle(w);
	ck_assert_log(w, "");
	ck_assert_uint_eq(world_peer(w, 0).received, 2);
	ck_assert_str_eq(world_has(w, 1, "10.0.0.0/24"), "a");
	world_free(w);
}
END_TEST

START_TEST(differences_are_told)
{
	struct world *w = world_of_routes();

	lose(w, 0, BOTH, false);
	back(w, 0, BOTH);
	world_announce(w, 0, "10.0.0.0/24", "b");
	world_announce(w, 0, "10.0.2.0/24", "a");
	world_announce(w, 0, "10.0.1.0/24", "rejected");
	world_settle(w);
	ck_assert_str_eq(world_has(w, 1, "10.0.0.0/24"), "b");
	ck_assert_str_eq(world_has(w, 1, "10.0.2.0/24"), "a");
	ck_assert_str_eq(world_has(w, 1, "10.0.1.0/24"), "b");
	ck_assert_uint_eq(world_peer(w, 0).stale, 0);
	ck_assert_uint_eq(world_peer(w, 0).received, 3);
	ck_assert_uint_eq(world_peer(w, 0).accepted, 2);
	world_free(w);
}
END_TEST

START_TEST(a_stale_path_can_be_withdrawn)
{
	struct world *w = world_of_routes();

	lose(w, 0, BOTH, false);
	back(w, 0, BOTH);
	ck_assert(world_withdraw(w, 0, "10.0.0.0/24"));
	ck_assert(!world_withdraw(w, 0, "10.0.0.0/24"));
	ck_assert_uint_eq(world_peer(w, 0).stale, 1);
	world_settle(w);
	ck_assert_log(w, "withdraw 10.0.0.0/24 to 1 2 3 4 5");
	table_sweep(w->t, 0, FAMILY_IPV4);
	ck_assert(!world_withdraw(w, 0, "10.0.1.0/24"));
	world_settle(w);
	world_free(w);
}
END_TEST

/* What stays stale keeps the identifier of its session in the decision, the rest has the new one.
 */
START_TEST(another_identifier_ranks_anew)
{
	struct world *w = new_world(0);

	world_announce(w, 1, "10.0.0.0/24", "a"); /* 101 */
	world_announce(w, 1, "10.0.1.0/24", "a");
	world_announce(w, 3, "10.0.0.0/24", "c"); /* 103 */
	world_announce(w, 3, "10.0.1.0/24", "c");
	world_settle(w);
	lose(w, 1, BOTH, false);
	back_as(w, 1, BOTH, BOTH, 200);
	ck_assert_str_eq(world_has(w, 2, "10.0.0.0/24"), "a");
	world_announce(w, 1, "10.0.0.0/24", "a");
	world_settle(w);
	ck_assert_str_eq(world_has(w, 2, "10.0.0.0/24"), "c");
	ck_assert_str_eq(world_has(w, 2, "10.0.1.0/24"), "a");
	/* Where it makes no difference, none is told. */
	world_announce(w, 4, "10.0.2.0/24", "a");
	world_settle(w);
	lose(w, 4, BOTH, false);
	back_as(w, 4, BOTH, BOTH, 50);
	world_announce(w, 4, "10.0.2.0/24", "a");
	world_settle(w);
	ck_assert_log(w, "");
	world_free(w);
}
END_TEST

/* ---- the end of it ---- */

START_TEST(a_sweep_falls_back)
{
	struct world *w = world_of_routes();

	lose(w, 0, BOTH, false);
	table_sweep(w->t, 0, FAMILY_IPV4);
	ck_assert_uint_eq(world_peer(w, 0).received, 0);
	ck_assert_uint_eq(world_peer(w, 0).stale, 0);
	ck_assert(world_path(w, 0, "10.0.0.0/24").gone);
	ck_assert(!world_path(w, 0, "10.0.0.0/24").stale);
	world_check(w);
	world_settle(w);
	ck_assert_str_eq(world_has(w, 1, "10.0.0.0/24"), "-");
	ck_assert_str_eq(world_has(w, 1, "10.0.1.0/24"), "b");
	ck_assert_str_eq(world_has(w, 1, "2001:db8::/32"), "a");
	ck_assert(!table_peer_is_clean(w->t, 0));
	table_sweep(w->t, 0, FAMILY_IPV6);
	world_settle(w);
	ck_assert(table_peer_is_clean(w->t, 0));
	ck_assert_str_eq(world_has(w, 1, "2001:db8::/32"), "-");
	world_free(w);
}
END_TEST

START_TEST(end_of_rib_ends_it)
{
	struct world *w = world_of_routes();

	lose(w, 0, BOTH, false);
	back(w, 0, BOTH);
	world_announce(w, 0, "10.0.1.0/24", "a");
	table_end_of_rib(w->t, 0, FAMILY_IPV4);
	ck_assert(world_peer(w, 0).eor_received);
	world_settle(w);
	ck_assert_log(w, "withdraw 10.0.0.0/24 to 1 2 3 4 5");
	ck_assert_uint_eq(world_peer(w, 0).received, 1);
	ck_assert_uint_eq(peer_of(w, 0, FAMILY_IPV6).stale, 1);
	/* Another End-of-RIB finds nothing, and one without a session is none. */
	table_end_of_rib(w->t, 0, FAMILY_IPV4);
	world_settle(w);
	ck_assert_log(w, "");
	lose(w, 0, BOTH, false);
	table_end_of_rib(w->t, 0, FAMILY_IPV4);
	ck_assert(!world_peer(w, 0).eor_received);
	ck_assert_uint_eq(world_peer(w, 0).stale, 1);
	world_free(w);
}
END_TEST

START_TEST(a_family_not_kept_goes_at_once)
{
	struct world *w = world_of_routes();

	lose(w, 0, 1 << FAMILY_IPV4, false);
	ck_assert_uint_eq(peer_of(w, 0, FAMILY_IPV6).received, 0);
	world_settle(w);
	ck_assert_str_eq(world_has(w, 1, "2001:db8::/32"), "-");
	ck_assert_str_eq(world_has(w, 1, "10.0.0.0/24"), "a");
	/* Back without having kept its forwarding state. */
	back(w, 0, 1 << FAMILY_IPV6);
	ck_assert_uint_eq(world_peer(w, 0).received, 0);
	ck_assert_str_eq(world_has(w, 1, "10.0.0.0/24"), "-");
	ck_assert_str_eq(world_has(w, 1, "10.0.1.0/24"), "b");
	/* Nor can a family be kept that the session does not have. */
	world_announce(w, 0, "10.0.0.0/24", "a");
	world_announce(w, 0, "2001:db8::/32", "a");
	lose(w, 0, BOTH, false);
	back_as(w, 0, 1 << FAMILY_IPV6, BOTH, ID);
	ck_assert_uint_eq(world_peer(w, 0).received, 0);
	ck_assert_uint_eq(peer_of(w, 0, FAMILY_IPV6).stale, 1);
	world_free(w);
}
END_TEST

START_TEST(down_or_up_without_loss_keeps_nothing)
{
	struct world *w = world_of_routes();

	lose(w, 0, BOTH, false);
	world_down(w, 0);
	ck_assert_uint_eq(world_peer(w, 0).received, 0);
	world_settle(w);
	ck_assert(table_peer_is_clean(w->t, 0));
	ck_assert_str_eq(world_has(w, 1, "10.0.0.0/24"), "-");
	back(w, 0, BOTH);
	world_announce(w, 0, "10.0.0.0/24", "a");
	/* Nobody has said that it was lost. */
	back(w, 0, BOTH);
	ck_assert_uint_eq(world_peer(w, 0).received, 0);
	ck_assert_uint_eq(path_count(w), 1);
	world_free(w);
}
END_TEST

START_TEST(a_second_loss)
{
	struct world *w = world_of_routes();

	lose(w, 0, BOTH, false);
	back(w, 0, BOTH);
	world_announce(w, 0, "10.0.1.0/24", "a");
	lose(w, 0, BOTH, false);
	ck_assert_uint_eq(world_peer(w, 0).received, 1);
	ck_assert_uint_eq(world_peer(w, 0).stale, 1);
	world_settle(w);
	ck_assert_str_eq(world_has(w, 1, "10.0.0.0/24"), "-");
	ck_assert_str_eq(world_has(w, 1, "10.0.1.0/24"), "a");
	ck_assert_str_eq(world_has(w, 1, "2001:db8::/32"), "-");
	back(w, 0, BOTH);
	world_announce(w, 0, "10.0.0.0/24", "a");
	world_settle(w);
	w->log[0] = '\0';
	lose(w, 0, BOTH, true);
	ck_assert_uint_eq(world_peer(w, 0).stale, 2);
	/* A session that did not get far may be lost, too. */
	lose(w, 0, BOTH, true);
	world_settle(w);
	ck_assert_log(w, "");
	back(w, 0, BOTH);
	ck_assert_uint_eq(world_peer(w, 0).stale, 2);
	lose(w, 0, BOTH, false);
	world_settle(w);
	ck_assert(table_peer_is_clean(w->t, 0));
	world_free(w);
}
END_TEST

START_TEST(a_slot_is_removed_while_stale)
{
	struct world *w = world_of_routes();
	struct table_peer other = {.asn = 64999, .addr = {192, 0, 2, 99}};

	lose(w, 0, BOTH, false);
	table_peer_remove(w->t, 0);
	ck_assert(!table_peer_is_clean(w->t, 0));
	world_check(w);
	world_settle(w);
	ck_assert(table_peer_is_clean(w->t, 0));
	ck_assert_str_eq(world_has(w, 1, "10.0.0.0/24"), "-");
	table_peer_set(w->t, 0, &other);
	back(w, 0, BOTH);
	ck_assert_uint_eq(world_peer(w, 0).received, 0);
	world_free(w);
}
END_TEST

START_TEST(the_purge_is_sliced)
{
	struct world *w = new_world(0);
	char text[32];

	for (unsigned i = 0; i < 100; i++) {
		snprintf(text, sizeof(text), "10.0.%u.0/24", i);
		world_announce(w, 0, text, "a");
	}
	world_settle(w);
	lose(w, 0, BOTH, false);
	back(w, 0, BOTH);
	world_announce(w, 0, "10.0.0.0/24", "a");
	table_end_of_rib(w->t, 0, FAMILY_IPV4);
	ck_assert_uint_eq(world_peer(w, 0).received, 1);
	ck_assert_int_eq(table_step(w->t, TABLE_COMMIT, 10), TABLE_MORE);
	ck_assert_uint_eq(path_count(w), 90);
	world_check(w);
	/* What comes before the purge has come by was never away. */
	ck_assert(world_path(w, 0, "10.0.99.0/24").gone);
	world_announce(w, 0, "10.0.99.0/24", "a");
	ck_assert(!world_path(w, 0, "10.0.99.0/24").gone);
	world_settle(w);
	ck_assert_uint_eq(path_count(w), 2);
	ck_assert_uint_eq(w->views[1].count, 2);
	ck_assert_ptr_null(strstr(w->log, "announce"));
	ck_assert_ptr_null(strstr(w->log, "10.0.99.0/24"));
	world_free(w);
}
END_TEST

/* One that keeps the purge busy holds up nobody else's, nor its own other family's. */
START_TEST(the_purge_goes_round)
{
	struct world *w = new_world(0);
	char text[32];

	for (unsigned i = 0; i < 100; i++) {
		snprintf(text, sizeof(text), "10.0.%u.0/24", i);
		world_announce(w, 0, text, "a");
	}
	world_announce(w, 0, "2001:db8::/32", "a");
	world_announce(w, 3, "10.1.0.0/24", "a");
	world_announce(w, 3, "2001:db8:1::/48", "a");
	world_settle(w);
	world_down(w, 0);
	world_down(w, 3);
	for (unsigned i = 0; i < 5; i++)
		table_step(w->t, TABLE_COMMIT, 10);
	ck_assert_uint_ge(path_count(w), 50);
	ck_assert_str_eq(world_has(w, 1, "2001:db8::/32"), "-");
	ck_assert_str_eq(world_has(w, 1, "10.1.0.0/24"), "-");
	ck_assert_str_eq(world_has(w, 1, "2001:db8:1::/48"), "-");
	world_settle(w);
	ck_assert_uint_eq(path_count(w), 0);
	world_free(w);
}
END_TEST

static void
announce_at(struct world *w, unsigned slot, const char *text, uint32_t now_s)
{
	struct prefix prefix = world_prefix(text);
	attrs_id a = world_attrs_ref(w, "a");

	ck_assert_int_eq(table_announce(w->t, (uint16_t)slot, &prefix, 0, a, now_s), TABLE_OK);
	table_attrs_unref(w->t, a);
}

/* A path that is announced again is as old as it was, but not that of a session that is over. */
START_TEST(the_time_of_receipt)
{
	struct world *w = new_world(0);

	announce_at(w, 0, "10.0.0.0/24", 1000);
	announce_at(w, 0, "10.0.0.0/24", 2000);
	ck_assert_uint_eq(world_path(w, 0, "10.0.0.0/24").received_s, 1000);
	lose(w, 0, BOTH, false);
	back(w, 0, BOTH);
	announce_at(w, 0, "10.0.0.0/24", 3000);
	ck_assert_uint_eq(world_path(w, 0, "10.0.0.0/24").received_s, 1000);
	/* Whether the purge has come by or not. */
	world_up(w, 0);
	announce_at(w, 0, "10.0.0.0/24", 4000);
	ck_assert_uint_eq(world_path(w, 0, "10.0.0.0/24").received_s, 4000);
	world_settle(w);
	world_free(w);
}
END_TEST

/* ---- refresh ---- */

START_TEST(a_refresh_of_the_member)
{
	struct world *w = world_of_routes();

	table_refresh_begin(w->t, 0, FAMILY_IPV4);
	ck_assert_uint_eq(world_peer(w, 0).stale, 2);
	ck_assert_uint_eq(peer_of(w, 0, FAMILY_IPV6).stale, 0);
	world_announce(w, 0, "10.0.1.0/24", "a");
	world_announce(w, 0, "10.0.2.0/24", "a");
	world_settle(w);
	ck_assert_log(w, "announce a 10.0.2.0/24 to 1 2 3 4 5");
	table_sweep(w->t, 0, FAMILY_IPV4);
	world_settle(w);
	ck_assert_log(w, "withdraw 10.0.0.0/24 to 1 2 3 4 5");
	ck_assert_uint_eq(world_peer(w, 0).received, 2);
	world_free(w);
}
END_TEST

/* The second BoRR makes stale what the first round had brought. */
START_TEST(a_refresh_begins_twice)
{
	struct world *w = world_of_routes();

	table_refresh_begin(w->t, 0, FAMILY_IPV4);
	world_announce(w, 0, "10.0.0.0/24", "a");
	ck_assert_uint_eq(world_peer(w, 0).stale, 1);
	table_refresh_begin(w->t, 0, FAMILY_IPV4);
	table_refresh_begin(w->t, 0, FAMILY_IPV4);
	ck_assert_uint_eq(world_peer(w, 0).stale, 2);
	world_announce(w, 0, "10.0.1.0/24", "a");
	world_check(w);
	table_sweep(w->t, 0, FAMILY_IPV4);
	world_settle(w);
	ck_assert_log(w, "withdraw 10.0.0.0/24 to 1 2 3 4 5");
	ck_assert_uint_eq(world_peer(w, 0).received, 1);
	/* Of nothing, and of a family without a session. */
	table_refresh_begin(w->t, 5, FAMILY_IPV4);
	ck_assert_uint_eq(world_peer(w, 5).stale, 0);
	world_free(w);
}
END_TEST

START_TEST(a_refresh_ends_that_never_began)
{
	struct world *w = world_of_routes();

	table_sweep(w->t, 0, FAMILY_IPV4);
	table_end_of_rib(w->t, 0, FAMILY_IPV4);
	world_settle(w);
	ck_assert_log(w, "");
	ck_assert_uint_eq(world_peer(w, 0).received, 2);
	world_free(w);
}
END_TEST

/* Lost in the middle of a refresh: what had come in it is as old as what had not. */
START_TEST(lost_while_it_refreshes)
{
	struct world *w = world_of_routes();

	table_refresh_begin(w->t, 0, FAMILY_IPV4);
	world_announce(w, 0, "10.0.0.0/24", "a");
	lose(w, 0, BOTH, true);
	ck_assert_uint_eq(world_peer(w, 0).stale, 2);
	back(w, 0, BOTH);
	world_announce(w, 0, "10.0.1.0/24", "a");
	table_end_of_rib(w->t, 0, FAMILY_IPV4);
	world_settle(w);
	ck_assert_log(w, "withdraw 10.0.0.0/24 to 1 2 3 4 5");
	world_free(w);
}
END_TEST

/* A stranger's BoRRs may let the numbers wrap. */
START_TEST(generations_wrap)
{
	struct world *w = new_world(0);
	struct peer_family *pf = peer_at(w->t, 0, FAMILY_IPV4);

	pf->generation = pf->keep = UINT32_MAX - 2;
	world_announce(w, 0, "10.0.1.0/24", "a");
	for (unsigned i = 0; i < 6; i++) {
		table_refresh_begin(w->t, 0, FAMILY_IPV4);
		world_announce(w, 0, "10.0.0.0/24", "a");
		ck_assert_uint_eq(world_peer(w, 0).stale, 1);
		world_settle(w);
	}
	ck_assert_uint_lt(pf->generation, 10);
	table_sweep(w->t, 0, FAMILY_IPV4);
	world_settle(w);
	ck_assert_uint_eq(world_peer(w, 0).received, 1);
	/* Before their distance is too large to tell old from new, what is oldest goes. */
	world_announce(w, 0, "10.0.1.0/24", "a");
	world_announce(w, 0, "10.0.0.0/24", "a");
	table_refresh_begin(w->t, 0, FAMILY_IPV4);
	pf->generation = pf->keep + (1U << 30) - 1;
	for (unsigned i = 0; i < 6; i++) {
		world_announce(w, 0, "10.0.0.0/24", "a");
		table_refresh_begin(w->t, 0, FAMILY_IPV4);
		world_settle(w);
	}
	ck_assert_uint_eq(world_peer(w, 0).received, 1);
	ck_assert_uint_eq(world_peer(w, 0).stale, 1);
	world_announce(w, 0, "10.0.0.0/24", "a");
	/* Where nothing stays stale they may go on for ever. */
	for (unsigned i = 0; i < 6; i++) {
		table_refresh_begin(w->t, 0, FAMILY_IPV4);
		world_announce(w, 0, "10.0.0.0/24", "a");
		ck_assert_uint_eq(pf->generation - pf->keep, 1);
	}
	world_free(w);
}
END_TEST

/* ---- judged, limited, counted ---- */

START_TEST(stale_paths_are_judged_again)
{
	struct world *w = new_world(0);

	world_announce(w, 0, "10.0.0.0/24", "later rejected");
	world_announce(w, 0, "10.0.1.0/24", "a");
	world_announce(w, 0, "10.0.2.0/24", "later rejected");
	world_settle(w);
	lose(w, 0, BOTH, false);
	world_set_version(w, 1);
	table_rejudge(w->t, NULL, NULL, 0);
	world_settle(w);
	ck_assert_str_eq(world_has(w, 1, "10.0.0.0/24"), "-");
	ck_assert_str_eq(world_has(w, 1, "10.0.1.0/24"), "a");
	ck_assert_uint_eq(world_path(w, 0, "10.0.0.0/24").verdict.reason, REASON_VERSION);
	ck_assert(world_path(w, 0, "10.0.0.0/24").stale);
	ck_assert_uint_eq(world_peer(w, 0).stale, 3);
	ck_assert_uint_eq(world_peer(w, 0).accepted, 1);
	/* Judged while some are stale and some are not, each keeps its age. */
	back(w, 0, BOTH);
	world_announce(w, 0, "10.0.2.0/24", "later rejected");
	world_set_version(w, 0);
	table_rejudge(w->t, NULL, NULL, 0);
	world_settle(w);
	ck_assert(world_path(w, 0, "10.0.0.0/24").stale);
	ck_assert(!world_path(w, 0, "10.0.2.0/24").stale);
	ck_assert_uint_eq(world_peer(w, 0).accepted, 3);
	table_end_of_rib(w->t, 0, FAMILY_IPV4);
	world_settle(w);
	ck_assert_uint_eq(world_peer(w, 0).accepted, 1);
	ck_assert_str_eq(world_has(w, 1, "10.0.2.0/24"), "later rejected");
	world_free(w);
}
END_TEST

/* Stale paths take room, announced again no more of it, and give it back when they are swept. */
static void
fill_to_the_limit(bool accepted_only)
{
	struct world *w = new_world(0);
	struct table_peer peer = {.asn = 64500,
	    .addr = {192, 0, 2, 0},
	    .limit = {2, 2},
	    .limit_accepted_only = accepted_only};

	table_peer_set(w->t, 0, &peer);
	world_announce(w, 0, "10.0.0.0/24", "a");
	world_announce(w, 0, "10.0.1.0/24", "a");
	lose(w, 0, BOTH, false);
	back(w, 0, BOTH);
	ck_assert_uint_eq(world_peer(w, 0).counted, 2);
	ck_assert_int_eq(world_announce(w, 0, "10.0.2.0/24", "a"), TABLE_OVER_LIMIT);
	ck_assert(world_peer(w, 0).over_limit);
	ck_assert_int_eq(world_announce(w, 0, "10.0.0.0/24", "a"), TABLE_OK);
	ck_assert_uint_eq(world_peer(w, 0).counted, 2);
	table_end_of_rib(w->t, 0, FAMILY_IPV4);
	ck_assert(!world_peer(w, 0).over_limit);
	ck_assert_uint_eq(world_peer(w, 0).counted, 1);
	/* The purge is still to come, and what is gone does not count. */
	ck_assert_int_eq(world_announce(w, 0, "10.0.2.0/24", "a"), TABLE_OK);
	ck_assert(!world_peer(w, 0).over_limit);
	ck_assert_int_eq(world_announce(w, 0, "10.0.1.0/24", "a"), TABLE_OVER_LIMIT);
	world_settle(w);
	ck_assert_uint_eq(w->views[1].count, 2);
	/* What was refused is the session's, and over with it. */
	ck_assert(world_peer(w, 0).over_limit);
	lose(w, 0, BOTH, false);
	ck_assert_uint_eq(world_peer(w, 0).counted, 2);
	ck_assert(!world_peer(w, 0).over_limit);
	world_free(w);
}

START_TEST(stale_paths_and_the_limit)
{
	fill_to_the_limit(false);
	fill_to_the_limit(true);
}
END_TEST

START_TEST(stale_paths_and_control_combinations)
{
	struct world *w = new_world(2);

	world_announce(w, 0, "10.0.0.0/24", "not 1");
	world_announce(w, 0, "10.0.1.0/24", "not 1");
	world_announce(w, 0, "2001:db8::/32", "bare 1");
	world_announce(w, 0, "10.0.2.0/24", "not 2");
	ck_assert_uint_eq(world_peer(w, 0).over_reach, 1);
	/* A loss counts nothing twice, and nothing anew. */
	lose(w, 0, BOTH, false);
	world_check(w);
	ck_assert_uint_eq(world_peer(w, 0).reaches, 2);
	ck_assert_uint_eq(world_peer(w, 0).over_reach, 1);
	back(w, 0, BOTH);
	world_announce(w, 0, "10.0.0.0/24", "not 1");
	world_announce(w, 0, "10.0.3.0/24", "not 2");
	ck_assert(!world_path(w, 0, "10.0.3.0/24").verdict.accept);
	/* What is swept makes room before it is purged, and one combination held by both families
	 * stays. */
	table_end_of_rib(w->t, 0, FAMILY_IPV6);
	ck_assert_uint_eq(world_peer(w, 0).reaches, 1);
	ck_assert_int_eq(world_announce(w, 0, "10.0.3.0/24", "not 2"), TABLE_OK);
	ck_assert(world_path(w, 0, "10.0.3.0/24").verdict.accept);
	world_check(w);
	table_end_of_rib(w->t, 0, FAMILY_IPV4);
	ck_assert_uint_eq(world_peer(w, 0).reaches, 2);
	ck_assert_uint_eq(world_peer(w, 0).over_reach, 0);
	world_settle(w);
	/* One that only what is gone still has is taken again. */
	world_down(w, 0);
	ck_assert_uint_eq(world_peer(w, 0).reaches, 0);
	world_up(w, 0);
	world_announce(w, 0, "10.0.4.0/24", "not 2");
	ck_assert_uint_eq(world_peer(w, 0).reaches, 1);
	world_check(w);
	world_settle(w);
	ck_assert_uint_eq(world_peer(w, 0).reaches, 1);
	world_down(w, 0);
	world_settle(w);
	world_free(w);
}
END_TEST

/* A path that is kept for display is stale like others, and never judged. */
START_TEST(kept_for_display_and_stale)
{
	struct world *w = new_world(0);
	struct prefix prefix = world_prefix("10.0.0.0/24");
	attrs_id a = world_attrs_ref(w, "a");

	table_announce_rejected(w->t, 0, &prefix, 0, a, 17, 5);
	lose(w, 0, BOTH, false);
	ck_assert_uint_eq(world_peer(w, 0).stale, 1);
	ck_assert_uint_eq(world_peer(w, 0).rejected, 1);
	back(w, 0, BOTH);
	table_announce_rejected(w->t, 0, &prefix, 0, a, 17, 5);
	ck_assert_uint_eq(world_peer(w, 0).stale, 0);
	table_refresh_begin(w->t, 0, FAMILY_IPV4);
	table_sweep(w->t, 0, FAMILY_IPV4);
	table_attrs_unref(w->t, a);
	world_settle(w);
	ck_assert_uint_eq(path_count(w), 0);
	world_free(w);
}
END_TEST

int
main(void)
{
	RUN_SUITE("rib/stale", a_lost_member_s_routes_stay, announced_again_it_is_not_told,
	    differences_are_told, a_stale_path_can_be_withdrawn, another_identifier_ranks_anew,
	    a_sweep_falls_back, end_of_rib_ends_it, a_family_not_kept_goes_at_once,
	    down_or_up_without_loss_keeps_nothing, a_second_loss, a_slot_is_removed_while_stale,
	    the_purge_is_sliced, the_purge_goes_round, the_time_of_receipt, a_refresh_of_the_member,
	    a_refresh_begins_twice, a_refresh_ends_that_never_began, lost_while_it_refreshes,
	    generations_wrap, stale_paths_are_judged_again, stale_paths_and_the_limit,
	    stale_paths_and_control_combinations, kept_for_display_and_stale);
}
