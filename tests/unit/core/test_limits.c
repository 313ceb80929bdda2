/* Limits on prefixes: bgpd/core/limits.h, the rib process turned by hand. */
#include "tests/unit/core/limits.h"

/* Announces (or withdraws) 10.0.first.0/24 and so on, one record. */
static void
send_routes(uint16_t slot, uint32_t epoch, enum record_routes_kind kind, unsigned first, unsigned n)
{
	static struct {
		struct record_routes r;
		struct record_route route[RECORD_ROUTES_MAX];
		uint8_t attrs[sizeof(block)];
	} m;
	size_t len = sizeof(m.r) + n * sizeof(m.route[0]);

	memset(&m, 0, sizeof(m));
	m.r = (struct record_routes){.head = {RECORD_ROUTES, slot, epoch, 0, 0},
	    .kind = (uint8_t)kind,
	    .family = FAMILY_IPV4,
	    .count = (uint16_t)n};
	for (unsigned i = 0; i < n; i++)
		m.route[i].prefix = (struct prefix){FAMILY_IPV4, 24, {10, 0, (uint8_t)(first + i)}};
	if (kind == ROUTES_ANNOUNCE) {
		memcpy(m.route + n, block, sizeof(block));
		m.r.attrs_len = sizeof(block);
		len += sizeof(block);
	}
	m.r.head.len = (uint32_t)len;
	put(slot % WORKERS, &m, len);
}

static struct table_peer_view
view(uint16_t slot)
{
	struct table_peer_view v;

	table_peer_get(core.table, slot, FAMILY_IPV4, &v);
	return v;
}

/* The text of an alarm of 192.0.2.(slot + 1), NULL where none stands. */
static const char *
alarm_of(enum alarm alarm, uint16_t slot)
{
	const struct alarm_entry *entry;
	char source[ALARM_SOURCE_MAX];

	snprintf(source, sizeof(source), "192.0.2.%u ipv4", slot + 1u);
	for (size_t i = 0; (entry = alarm_get(core.alarms, i)) != NULL; i++)
		if (entry->alarm == alarm && strcmp(entry->source, source) == 0)
			return entry->text;
	return NULL;
}

/* The next order that rib gives to the parent about a peer; act is -1 if there is none. */
static struct channel_admin
next_order(void)
{
	struct channel_message m;

	while (channel_recv(parent, &m) == CHANNEL_MESSAGE)
		if (m.type == CHANNEL_ADMIN)
			return m.body.admin;
	return (struct channel_admin){.act = UINT32_MAX};
}

/* Orders to the slot's worker to ask for routes again. */
static unsigned
refreshes_asked(uint32_t slot)
{
	const struct log_header *h;
	uint64_t at = position;
	unsigned n = 0;

	egress_publish(&core);
	log_head_acquire(reader);
	for (; (h = log_header_at(reader, &at)) != NULL; at = log_next(h, at))
		n += h->kind == LOG_ASK_REFRESH && h->slot == slot && h->family == FAMILY_IPV4 &&
		    h->epoch == core.slots[slot].epoch;
	return n;
}

static enum policy_limit action;
static uint32_t limit;
static bool accepted_only;

static void
set_limit(struct policy_peer *p)
{
	p->limit_action = (uint8_t)action;
	p->limit[FAMILY_IPV4] = limit;
	p->restart_after_min = 3;
	if (accepted_only)
		p->flags &= ~(uint32_t)PEER_COUNT_REJECTED;
}

static void
give_limit(uint16_t slot, enum policy_limit a, uint32_t number)
{
	action = a;
	limit = number;
	change_config(slot, set_limit);
}

static void
setup_limits(void)
{
	accepted_only = false;
	setup();
}

/* ---- actions ---- */

static const struct {
	enum policy_limit action;
	uint32_t after_s;
} ends[] = {{LIMIT_SHUTDOWN, 0}, {LIMIT_RESTART, 180}};

START_TEST(the_session_ends)
{
	struct channel_admin order;
	uint32_t epoch;

	give_limit(0, ends[_i].action, 3);
	turn();
	epoch = bring_up(0);
	bring_up(1);
	send_routes(0, epoch, ROUTES_ANNOUNCE, 0, 3);
	ck_assert_uint_eq(view(0).received, 3);
	ck_assert_uint_eq(next_order().act, UINT32_MAX);
	send_routes(0, epoch, ROUTES_ANNOUNCE, 0, 3); /* once more, the same */
	ck_assert(core.slots[0].up);
	send_routes(0, epoch, ROUTES_ANNOUNCE, 3, 3);
	ck_assert(!core.slots[0].up);
	ck_assert_uint_eq(view(0).received, 0);
	ck_assert_uint_eq(hear(1).withdrawn, 3);
	order = next_order();
	ck_assert_uint_eq(order.act, CHANNEL_LIMIT);
	ck_assert_uint_eq(order.slot, 0);
	ck_assert_uint_eq(order.after_s, ends[_i].after_s);
	ck_assert_uint_eq(order.limit, 3);
	ck_assert_uint_eq(order.family, FAMILY_IPV4);
	ck_assert_str_eq(order.text, "more than 3 ipv4 prefixes");
	/* once; what is still on its way is nobody's, and no offence */
	send_routes(0, epoch, ROUTES_ANNOUNCE, 6, 3);
	ck_assert_uint_eq(next_order().act, UINT32_MAX);
	ck_assert_uint_eq(core.workers[0].refused, 0);
	ck_assert_uint_eq(alarm_count(core.alarms), 0);
	ck_assert_uint_eq(event_count(EVENT_LIMIT_REACHED), 1);
	/* when it comes back it begins with nothing */
	epoch = bring_up(0);
	send_routes(0, epoch, ROUTES_ANNOUNCE, 0, 3);
	ck_assert(core.slots[0].up);
	send_routes(0, epoch, ROUTES_ANNOUNCE, 3, 1);
	ck_assert_uint_eq(next_order().act, CHANNEL_LIMIT);
}
END_TEST

START_TEST(further_routes_are_ignored)
{
	uint32_t epoch;

	give_limit(0, LIMIT_BLOCK, 3);
	turn();
	epoch = bring_up(0);
	bring_up(1);
	send_routes(0, epoch, ROUTES_ANNOUNCE, 0, 5);
	ck_assert(core.slots[0].up);
	ck_assert_uint_eq(view(0).received, 3);
	ck_assert_uint_eq(view(0).rejected, 0);
	ck_assert(view(0).over_limit);
	ck_assert_uint_eq(hear(1).announced, 3);
	ck_assert_uint_eq(core.slots[0].limits[FAMILY_IPV4].refused, 2);
	ck_assert_str_eq(alarm_of(ALARM_LIMIT_REACHED, 0), "3 of at most 3 prefixes (100 %)");
	ck_assert_uint_eq(event_count(EVENT_LIMIT_REACHED), 1);
	send_routes(0, epoch, ROUTES_ANNOUNCE, 5, 5);
	ck_assert_uint_eq(event_count(EVENT_LIMIT_REACHED), 1);
	/* withdrawals make room */
	send_routes(0, epoch, ROUTES_WITHDRAW, 0, 2);
	ck_assert_ptr_null(alarm_of(ALARM_LIMIT_REACHED, 0));
	ck_assert(!view(0).over_limit);
	send_routes(0, epoch, ROUTES_ANNOUNCE, 7, 3);
	ck_assert_uint_eq(view(0).received, 3);
	ck_assert_uint_eq(event_count(EVENT_LIMIT_REACHED), 2);
	ck_assert_uint_eq(next_order().act, UINT32_MAX);
	ck_assert_uint_eq(refreshes_asked(0), 0);
}
END_TEST

START_TEST(a_warning_is_all)
{
	uint32_t epoch;

	give_limit(0, LIMIT_WARNING, 3);
	turn();
	epoch = bring_up(0);
	send_routes(0, epoch, ROUTES_ANNOUNCE, 0, 3);
	ck_assert_uint_eq(event_count(EVENT_LIMIT_REACHED), 0); /* it may have three */
	send_routes(0, epoch, ROUTES_ANNOUNCE, 3, 7);
	ck_assert(core.slots[0].up);
	ck_assert_uint_eq(view(0).accepted, 10);
	ck_assert(view(0).over_limit);
	ck_assert_ptr_nonnull(alarm_of(ALARM_LIMIT_REACHED, 0));
	ck_assert_uint_eq(event_count(EVENT_LIMIT_REACHED), 1);
	ck_assert_uint_eq(next_order().act, UINT32_MAX);
}
END_TEST

START_TEST(without_an_action_there_is_no_limit)
{
	uint32_t epoch;

	give_limit(0, LIMIT_NONE, 1);
	turn();
	epoch = bring_up(0);
	send_routes(0, epoch, ROUTES_ANNOUNCE, 0, 200);
	ck_assert_uint_eq(view(0).received, 200);
	ck_assert_uint_eq(alarm_count(core.alarms), 0);
}
END_TEST

/* ---- alarms ---- */

/* Prefixes held one after another, and the alarms that stand then. */
static const struct {
	unsigned count;
	bool near, reached;
	const char *text;
} levels[] = {
    {79, false, false, NULL},
    {80, true, false, "80 of at most 100 prefixes (80 %)"},
    {76, true, false, "80 of at most 100 prefixes (80 %)"},
    {75, true, false, "80 of at most 100 prefixes (80 %)"},
    {74, false, false, NULL},
    {79, false, false, NULL},
    {90, true, false, "90 of at most 100 prefixes (90 %)"},
    {85, true, false, "90 of at most 100 prefixes (90 %)"},
    {84, true, false, "84 of at most 100 prefixes (84 %)"},
    {100, false, true, "100 of at most 100 prefixes (100 %)"},
    {95, false, true, "100 of at most 100 prefixes (100 %)"},
    {94, true, false, "94 of at most 100 prefixes (94 %)"},
    {99, true, false, "94 of at most 100 prefixes (94 %)"},
    {10, false, false, NULL},
};

START_TEST(alarms_rise_and_fall)
{
	unsigned has = 0;
	uint32_t epoch;

	give_limit(0, LIMIT_BLOCK, 100);
	turn();
	epoch = bring_up(0);
	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
		unsigned n = levels[i].count;
		const char *near, *reached;

		if (n > has)
			send_routes(0, epoch, ROUTES_ANNOUNCE, has, n - has);
		else
			send_routes(0, epoch, ROUTES_WITHDRAW, n, has - n);
		has = n;
		near = alarm_of(ALARM_LIMIT_NEAR, 0);
		reached = alarm_of(ALARM_LIMIT_REACHED, 0);
		ck_assert_msg(
		    (near != NULL) == levels[i].near && (reached != NULL) == levels[i].reached,
		    "row %zu: %s, %s", i, near, reached);
		if (levels[i].text != NULL)
			ck_assert_str_eq(near != NULL ? near : reached, levels[i].text);
	}
	/* 80, 90, and 80 and 90 again; falling to one is none */
	ck_assert_uint_eq(event_count(EVENT_LIMIT_NEAR), 2);
	ck_assert_uint_eq(event_count(EVENT_LIMIT_REACHED), 0);
}
END_TEST

/* With the session everything ends that it counted for. */
START_TEST(alarms_end_with_the_session)
{
	struct record_down down = {.head = {RECORD_DOWN, 0, 0, sizeof(down), 0}};
	uint32_t epoch;

	give_limit(0, LIMIT_BLOCK, 10);
	turn();
	epoch = bring_up(0);
	send_routes(0, epoch, ROUTES_ANNOUNCE, 0, 9);
	ck_assert_ptr_nonnull(alarm_of(ALARM_LIMIT_NEAR, 0));
	down.head.epoch = epoch;
	put(0, &down, sizeof(down));
	ck_assert_uint_eq(alarm_count(core.alarms), 0);
	epoch = bring_up(0);
	send_routes(0, epoch, ROUTES_ANNOUNCE, 0, 12);
	ck_assert_ptr_nonnull(alarm_of(ALARM_LIMIT_REACHED, 0));
	epoch = bring_up(0);
	ck_assert_uint_eq(alarm_count(core.alarms), 0);
	ck_assert_uint_eq(core.slots[0].limits[FAMILY_IPV4].refused, 0);
}
END_TEST

/* ---- what counts ---- */

/* Slot 3 has no policy: all that it announces is rejected. */
START_TEST(rejected_routes_count)
{
	uint32_t epoch;

	give_limit(3, LIMIT_SHUTDOWN, 3);
	turn();
	epoch = bring_up(3);
	send_routes(3, epoch, ROUTES_ANNOUNCE, 0, 3);
	ck_assert_uint_eq(view(3).rejected, 3);
	ck_assert_uint_eq(view(3).counted, 3);
	send_routes(3, epoch, ROUTES_ANNOUNCE, 3, 1);
	ck_assert_uint_eq(next_order().act, CHANNEL_LIMIT);
}
END_TEST

START_TEST(rejected_routes_need_not_count)
{
	uint32_t epoch;

	accepted_only = true;
	give_limit(3, LIMIT_SHUTDOWN, 3);
	turn();
	epoch = bring_up(3);
	send_routes(3, epoch, ROUTES_ANNOUNCE, 0, 200);
	ck_assert_uint_eq(view(3).rejected, 200); /* all visible */
	ck_assert_uint_eq(view(3).counted, 0);
	ck_assert(core.slots[3].up);
	ck_assert_uint_eq(alarm_count(core.alarms), 0);
	give_limit(0, LIMIT_SHUTDOWN, 3);
	turn();
	epoch = bring_up(0);
	send_routes(0, epoch, ROUTES_ANNOUNCE, 0, 4);
	ck_assert_uint_eq(next_order().slot, 0);
}
END_TEST

/* ---- another configuration ---- */

START_TEST(a_lower_limit_acts_at_once)
{
	uint32_t epoch = bring_up(0);
	struct channel_admin order;

	send_routes(0, epoch, ROUTES_ANNOUNCE, 0, 10);
	give_limit(0, LIMIT_SHUTDOWN, 10);
	ck_assert(core.slots[0].up);
	ck_assert_ptr_nonnull(alarm_of(ALARM_LIMIT_REACHED, 0));
	give_limit(0, LIMIT_SHUTDOWN, 9);
	ck_assert(!core.slots[0].up); /* before anything was judged again */
	order = next_order();
	ck_assert_uint_eq(order.act, CHANNEL_LIMIT);
	ck_assert_str_eq(order.text, "more than 9 ipv4 prefixes");
	turn();
	ck_assert_uint_eq(next_order().act, UINT32_MAX);
}
END_TEST

START_TEST(a_higher_limit_ends_alarms_at_once)
{
	uint32_t epoch;

	give_limit(0, LIMIT_WARNING, 10);
	turn();
	epoch = bring_up(0);
	send_routes(0, epoch, ROUTES_ANNOUNCE, 0, 11);
	ck_assert_ptr_nonnull(alarm_of(ALARM_LIMIT_REACHED, 0));
	give_limit(0, LIMIT_WARNING, 100);
	ck_assert_uint_eq(alarm_count(core.alarms), 0);
	give_limit(0, LIMIT_NONE, 1);
	ck_assert_uint_eq(alarm_count(core.alarms), 0);
	ck_assert_uint_eq(view(0).limit, 0);
	/* another action for who is beyond it already */
	give_limit(0, LIMIT_WARNING, 10);
	ck_assert(core.slots[0].up);
	give_limit(0, LIMIT_SHUTDOWN, 10);
	ck_assert(!core.slots[0].up);
}
END_TEST

/* What was ignored under the old limit is asked for under the new one. */
START_TEST(a_higher_limit_asks_for_what_was_ignored)
{
	uint32_t epoch;

	give_limit(0, LIMIT_BLOCK, 3);
	turn();
	epoch = bring_up(0);
	send_routes(0, epoch, ROUTES_ANNOUNCE, 0, 5);
	give_limit(0, LIMIT_BLOCK, 3);
	turn();
	ck_assert_uint_eq(refreshes_asked(0), 0);
	give_limit(0, LIMIT_BLOCK, 5);
	turn();
	ck_assert_uint_eq(refreshes_asked(0), 1);
	/* at the limit, and nothing refused since: not beyond it */
	send_routes(0, epoch, ROUTES_ANNOUNCE, 3, 2);
	ck_assert_uint_eq(view(0).received, 5);
	ck_assert(!view(0).over_limit);
	give_limit(0, LIMIT_SHUTDOWN, 5);
	turn();
	ck_assert(core.slots[0].up);
	ck_assert_uint_eq(refreshes_asked(0), 1);
}
END_TEST

static void
no_filters(struct policy_peer *p)
{
	set_limit(p);
	p->flags |= PEER_FILTERS_NONE;
}

/* Accepted routes alone count: known only when all are judged again. */
START_TEST(verdicts_come_first)
{
	uint32_t epoch;

	accepted_only = true;
	give_limit(3, LIMIT_SHUTDOWN, 3);
	turn();
	epoch = bring_up(3);
	send_routes(3, epoch, ROUTES_ANNOUNCE, 0, 4);
	ck_assert(core.slots[3].up);
	change_config(3, no_filters);
	ck_assert(core.judging && core.slots[3].up);
	turn();
	ck_assert(!core.judging && !core.slots[3].up);
	ck_assert_uint_eq(next_order().slot, 3);
}
END_TEST

/* Where the same reload makes them too many and rejects them, nobody has too many. */
START_TEST(verdicts_may_save)
{
	uint32_t epoch;

	accepted_only = true;
	limit = 10;
	action = LIMIT_SHUTDOWN;
	change_config(3, no_filters);
	turn();
	epoch = bring_up(3);
	send_routes(3, epoch, ROUTES_ANNOUNCE, 0, 4);
	ck_assert_uint_eq(view(3).counted, 4);
	give_limit(3, LIMIT_SHUTDOWN, 3); /* without FILTERS_NONE */
	ck_assert(core.slots[3].up);
	turn();
	ck_assert(core.slots[3].up);
	ck_assert_uint_eq(view(3).counted, 0);
	ck_assert_uint_eq(view(3).rejected, 4);
	ck_assert_uint_eq(next_order().act, UINT32_MAX);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("limits");
	TCase *t = tcase_create("limits");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(t, setup_limits, teardown);
	tcase_add_loop_test(t, the_session_ends, 0, sizeof(ends) / sizeof(ends[0]));
	tcase_add_test(t, further_routes_are_ignored);
	tcase_add_test(t, a_warning_is_all);
	tcase_add_test(t, without_an_action_there_is_no_limit);
	tcase_add_test(t, alarms_rise_and_fall);
	tcase_add_test(t, alarms_end_with_the_session);
	tcase_add_test(t, rejected_routes_count);
	tcase_add_test(t, rejected_routes_need_not_count);
	tcase_add_test(t, a_lower_limit_acts_at_once);
	tcase_add_test(t, a_higher_limit_ends_alarms_at_once);
	tcase_add_test(t, a_higher_limit_asks_for_what_was_ignored);
	tcase_add_test(t, verdicts_come_first);
	tcase_add_test(t, verdicts_may_save);
	suite_add_tcase(suite, t);
	r = srunner_create(suite);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
