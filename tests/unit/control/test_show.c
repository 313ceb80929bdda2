/*
 * What the commands answer: every field of routes and peers, and which routes a question finds.
 */
#include "bgpd/clock.h"
#include "tests/unit/control/client.h"

/* Everything that has a form of its own, and one attribute that nobody knows. */
static const uint8_t rich[] = {4, 192, 0, 2, 9,				     /* next hop */
    0x40, ATTR_ORIGIN, 0, 1, 2,						     /* incomplete */
    0x40, ATTR_AS_PATH, 0, 20, AS_SEQUENCE, 2, 0, 0, 0, 100, 0, 3, 0, 0,     /* 100 196608 */
    AS_SET, 2, 0, 0, 0, 7, 0, 0, 0, 8,					     /* {7,8} */
    0x80, ATTR_MED, 0, 4, 0xff, 0xff, 0xff, 0xff,			     /* 4294967295 */
    0x40, ATTR_ATOMIC_AGGREGATE, 0, 0,					     /* */
    0xc0, ATTR_AGGREGATOR, 0, 8, 0, 0, 0, 8, 10, 0, 0, 1,		     /* 8 10.0.0.1 */
    0xc0, ATTR_COMMUNITIES, 0, 8, 0, 100, 0, 1, 0xff, 0xff, 0xff, 0x01,	     /* */
    0xc0, ATTR_EXT_COMMUNITIES, 0, 32, 0, 2, 0, 100, 0, 0, 0, 5,	     /* rt:100:5 */
    2, 3, 0, 3, 0, 0, 0, 9,						     /* ro:196608:9 */
    1, 2, 10, 0, 0, 1, 0, 4,						     /* rt:10.0.0.1:4 */
    0x43, 0, 0, 0, 0, 0, 0, 1,						     /* ROV, RFC 8097 */
    0xc0, ATTR_LARGE_COMMUNITIES, 0, 12, 0, 3, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2, /* */
    0xc0, ATTR_OTC, 0, 4, 0, 0, 0, 100,					     /* */
    0xe0, 99, 0, 3, 0xde, 0xad, 0x01};

/* Global and link-local next hop, ORIGIN IGP, AS_PATH 100, nothing else. */
static const uint8_t plain6[] = {32, 0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5,
    0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5, 0x40, ATTR_ORIGIN, 0, 1, 0, 0x40,
    ATTR_AS_PATH, 0, 6, AS_SEQUENCE, 1, 0, 0, 0, 100};

static void
announce(uint16_t slot, const char *text, const uint8_t *attributes, size_t len)
{
	attrs_id attrs = table_attrs_ref(core.table, attributes, len);
	struct prefix prefix;

	ck_assert_int_eq(prefix_parse(text, &prefix), 0);
	ck_assert_int_eq(table_announce(core.table, slot, &prefix, 0, attrs, 1767225600), TABLE_OK);
	table_attrs_unref(core.table, attrs);
}

/* Peers 0, 1, 3 and 4 are up; 3 has no policy, so what it announces is rejected. */
static void
setup_routes(void)
{
	setup_control();
	for (uint16_t slot = 0; slot < SLOTS; slot++)
		if (slot != 2)
			bring_up(slot);
	announce(0, "10.0.0.0/8", rich, sizeof(rich));
	announce(0, "10.1.0.0/16", block, sizeof(block));
	announce(1, "10.1.0.0/16", block, sizeof(block));
	announce(3, "10.1.0.0/16", block, sizeof(block));
	announce(1, "10.1.2.0/24", block, sizeof(block));
	announce(3, "192.168.0.0/16", block, sizeof(block));
	announce(4, "2001:db8:1::/48", plain6, sizeof(plain6));
	core.commit_due_us = clock_us();
	turn();
}

static json_t *
only_object(const char *request, const char *answer)
{
	json_t *objects = objects_of(ask(1, request), answer);
	json_t *object;

	ck_assert_uint_eq(json_array_size(objects), 1);
	object = json_incref(json_array_get(objects, 0));
	json_decref(objects);
	return object;
}

/* Compares with what is expected, as JSON; says both where they differ. */
static void
ck_assert_json(const json_t *object, const char *text)
{
	json_t *want = json_loads(text, 0, NULL);

	ck_assert_ptr_nonnull(want);
	ck_assert_msg(json_equal(object, want), "%s", json_dumps(object, JSON_SORT_KEYS));
	json_decref(want);
}

START_TEST(a_route_in_full)
{
	json_t *route = only_object(
	    "{\"command\":\"show routes\",\"args\":{\"prefix\":\"10.0.0.0/8\"}}", "routes");

	ck_assert_json(route,
	    "{\"prefix\":\"10.0.0.0/8\",\"peer\":\"192.0.2.1\",\"peer_asn\":100,\"path_id\":0,"
	    "\"as_path\":\"100 196608\",\"as_set\":\"7,8\",\"next_hop\":\"192.0.2.9\","
	    "\"origin\":\"incomplete\",\"med\":4294967295,\"local_pref\":100,"
	    "\"communities\":[\"100:1\",\"65535:65281\"],"
	    "\"large_communities\":[\"196608:1:2\"],"
	    "\"ext_communities\":[\"rt:100:5\",\"ro:196608:9\",\"rt:10.0.0.1:4\","
	    "\"generic:0x43000000:0x00000001\"],\"otc\":100,\"atomic_aggregate\":true,"
	    "\"aggregator\":\"8 10.0.0.1\","
	    "\"other_attributes\":[{\"type\":99,\"flags\":224,\"hex\":\"dead01\"}],"
	    "\"accepted\":true,\"tagged\":false,\"best\":true,\"stale\":false,\"gone\":false,"
	    "\"reject_reasons\":[],\"observed\":[],\"blackhole\":false,\"rov\":null,"
	    "\"aspa\":null,\"irr\":null,"
	    /* RFC 8097 communities of a member are not believed. */
	    "\"view\":{\"communities\":[\"100:1\",\"65535:65281\"],"
	    "\"large_communities\":[\"196608:1:2\"],"
	    "\"ext_communities\":[\"rt:100:5\",\"ro:196608:9\",\"rt:10.0.0.1:4\"]},"
	    "\"received_at\":\"2026-01-01T00:00:00Z\"}");
	json_decref(route);
}
END_TEST

START_TEST(what_is_not_there_is_null)
{
	json_t *route = only_object(
	    "{\"command\":\"show routes\",\"args\":{\"from\":\"2001:db8::5\"}}", "routes");

	ck_assert_json(route,
	    "{\"prefix\":\"2001:db8:1::/48\",\"peer\":\"2001:db8::5\",\"peer_asn\":100,"
	    "\"path_id\":0,\"as_path\":\"100\",\"as_set\":null,\"next_hop\":\"2001:db8::5\","
	    "\"next_hop_link_local\":\"fe80::5\",\"origin\":\"IGP\",\"med\":null,"
	    "\"local_pref\":100,\"communities\":[],\"large_communities\":[],"
	    "\"ext_communities\":[],\"otc\":null,\"accepted\":true,\"tagged\":false,"
	    "\"best\":true,\"stale\":false,\"gone\":false,\"reject_reasons\":[],\"observed\":[],"
	    "\"blackhole\":false,\"rov\":null,\"aspa\":null,\"irr\":null,"
	    "\"view\":{\"communities\":[],\"large_communities\":[],\"ext_communities\":[]},"
	    "\"received_at\":\"2026-01-01T00:00:00Z\"}");
	json_decref(route);
}
END_TEST

START_TEST(a_rejected_route_says_why)
{
	json_t *route = only_object("{\"command\":\"show routes\",\"args\":"
				    "{\"prefix\":\"192.168.0.0/16\"}}",
	    "routes");
	json_t *reason = json_array_get(json_object_get(route, "reject_reasons"), 0);

	ck_assert(json_is_false(json_object_get(route, "accepted")));
	ck_assert(json_is_false(json_object_get(route, "best")));
	ck_assert_int_eq(json_integer_value(json_object_get(reason, "code")), 23);
	ck_assert_str_eq(json_string_value(json_object_get(reason, "name")), "no-policy");
	ck_assert(json_is_string(json_object_get(reason, "text")));
	json_decref(route);
}
END_TEST

static const struct {
	const char *args;
	const char *found; /* peer's last digit and prefix, in order */
} questions[] = {
    {"",
	"1 10.0.0.0/8, 1 10.1.0.0/16, 2 10.1.0.0/16, 4 10.1.0.0/16, 2 10.1.2.0/24, "
	"4 192.168.0.0/16, 5 2001:db8:1::/48"},
    {"\"prefix\":\"10.1.0.0/16\"", "1 10.1.0.0/16, 2 10.1.0.0/16, 4 10.1.0.0/16"},
    {"\"prefix\":\"10.1.0.0/16\",\"match\":\"exact\",\"from\":\"AS101\"", "2 10.1.0.0/16"},
    {"\"prefix\":\"10.1.0.0/16\",\"match\":\"longer\",\"from\":\"AS101\"",
	"2 10.1.0.0/16, 2 10.1.2.0/24"},
    {"\"prefix\":\"10.1.2.0/24\",\"match\":\"shorter\",\"from\":\"192.0.2.1\"",
	"1 10.0.0.0/8, 1 10.1.0.0/16"},
    {"\"prefix\":\"10.1.2.128/25\"", ""}, {"\"prefix\":\"10.1.2.3\"", "2 10.1.2.0/24"},
    {"\"prefix\":\"10.1.2.3\",\"match\":\"exact\"", ""},
    {"\"prefix\":\"0.0.0.0/0\",\"match\":\"longer\",\"rejected\":true",
	"4 10.1.0.0/16, 4 192.168.0.0/16"},
    {"\"rejected\":true,\"from\":\"AS100\"", NULL}, /* two peers: which? */
    {"\"prefix\":\"::/0\",\"match\":\"longer\"", "5 2001:db8:1::/48"},
    {"\"prefix\":\"2001:db8:1::7\"", "5 2001:db8:1::/48"},
    {"\"prefix\":\"2001:db8:1:2::/64\",\"match\":\"shorter\"", "5 2001:db8:1::/48"},
    /* Told: the best of the others; nothing rejected, nothing of one's own, one's own families. */
    {"\"to\":\"192.0.2.1\"", "2 10.1.0.0/16, 2 10.1.2.0/24"},
    {"\"to\":\"AS101\"", "1 10.0.0.0/8, 1 10.1.0.0/16"},
    {"\"to\":\"AS103\",\"from\":\"AS101\"", "2 10.1.2.0/24"}, {"\"to\":\"2001:db8::5\"", ""},
    {"\"to\":\"AS102\"", NULL}, /* down */
};

START_TEST(questions_find_routes)
{
	char request[256], found[512] = "";
	json_t *lines, *route;
	size_t i, len = 0;

	snprintf(request, sizeof(request), "{\"command\":\"show routes\",\"args\":{%s}}",
	    questions[_i].args);
	lines = ask(1, request);
	if (questions[_i].found == NULL) {
		ck_assert_str_ne(error_of(lines), "");
		return;
	}
	lines = objects_of(lines, "routes");
	json_array_foreach(lines, i, route)
	{
		const char *peer = json_string_value(json_object_get(route, "peer"));

		len += (size_t)snprintf(found + len, sizeof(found) - len, "%s%c %s",
		    i > 0 ? ", " : "", peer[strlen(peer) - 1],
		    json_string_value(json_object_get(route, "prefix")));
	}
	ck_assert_str_eq(found, questions[_i].found);
	json_decref(lines);
}
END_TEST

/* The worker's row of a session, as the display has it. */
static void
show_session(uint16_t slot)
{
	struct session_row row = {.epoch = 7,
	    .state = SESSION_ESTABLISHED,
	    .since_s = 1767225600,
	    .rtt_us = 1500,
	    .bgp_id = 0x0a000001,
	    .hold_s = 90,
	    .last_error = "hold timer \xff expired",
	    .capabilities = "route-refresh"};

	session_table_write(sessions[slot % WORKERS], slot, &row);
}

START_TEST(a_peer_as_a_neighbour_object)
{
	json_t *peers;

	show_session(0);
	peers = objects_of(ask(1, "{\"command\":\"show peers\"}"), "peers");
	ck_assert_uint_eq(json_array_size(peers), SLOTS);
	ck_assert_json(json_array_get(peers, 0),
	    "{\"address\":\"192.0.2.1\",\"asn\":100,\"description\":\"\",\"up\":true,"
	    "\"collector\":false,\"quarantine\":false,\"over_limit\":false,"
	    "\"state\":\"established\",\"away\":null,\"disabled\":false,\"since\":\"2026-01-01T00:"
	    "00:00Z\","
	    "\"routes\":{\"received\":2,\"accepted\":2,\"rejected\":0,\"sent\":2},"
	    "\"rtt_ms\":1.5,\"last_error\":\"hold timer ? expired\"}");
	ck_assert_json(json_array_get(peers, 2),
	    "{\"address\":\"192.0.2.3\",\"asn\":102,\"description\":\"\",\"up\":false,"
	    "\"collector\":false,\"quarantine\":false,\"over_limit\":false,"
	    "\"state\":\"idle\",\"away\":null,\"disabled\":false,\"since\":null,"
	    "\"routes\":{\"received\":0,\"accepted\":0,\"rejected\":0,\"sent\":0},"
	    "\"rtt_ms\":null,\"last_error\":null}");
	ck_assert_str_eq(
	    json_string_value(json_object_get(json_array_get(peers, 4), "description")),
	    "B\xc3\xbcro Z\xc3\xbcrich");
	json_decref(peers);
}
END_TEST

START_TEST(a_peer_in_full)
{
	json_t *peer, *family;

	show_session(3);
	peer = only_object("{\"command\":\"show peer\",\"args\":{\"peer\":\"AS103\"}}", "peer");
	family = json_object_get(json_object_get(peer, "families"), "ipv4");
	ck_assert_str_eq(json_string_value(json_object_get(family, "state")), "live");
	ck_assert_int_eq(json_integer_value(json_object_get(family, "rejected")), 2);
	ck_assert_json(json_object_get(family, "limit"),
	    "{\"family\":\"ipv4\",\"limit\":null,\"source\":null,\"action\":null,"
	    "\"restart_after_min\":null,\"counts\":\"received\",\"counted\":2,"
	    "\"percent\":null,\"exceeded\":false}");
	ck_assert_str_eq(
	    json_string_value(json_object_get(json_object_get(peer, "session"), "bgp_id")),
	    "10.0.0.1");
	ck_assert(
	    json_is_false(json_object_get(json_object_get(peer, "configured"), "filters_none")));
	json_decref(peer);
}
END_TEST

START_TEST(the_server_in_a_few_lines)
{
	json_t *o = only_object("{\"command\":\"show summary\"}", "summary");

	ck_assert_int_eq(json_integer_value(json_object_get(o, "asn")), 64500);
	ck_assert_str_eq(json_string_value(json_object_get(o, "router_id")), "192.0.2.1");
	ck_assert_json(json_object_get(o, "peers"),
	    "{\"configured\":5,\"up\":4,\"away\":0,\"feeding\":0,\"lagging\":0,\"disabled\":0,"
	    "\"quarantine\":0,\"over_limit\":0,\"collectors\":0}");
	ck_assert_json(json_object_get(o, "prefixes"), "{\"ipv4\":4,\"ipv6\":1}");
	ck_assert_int_eq(json_integer_value(json_object_get(o, "paths")), 7);
	ck_assert_int_eq(
	    json_integer_value(json_object_get(json_object_get(o, "configuration"), "generation")),
	    1);
	ck_assert(
	    json_is_string(json_object_get(json_object_get(o, "configuration"), "in_force_since")));
	ck_assert_int_eq(
	    json_integer_value(json_object_get(json_object_get(o, "data"), "vrps")), 0);
	json_decref(o);
	o = only_object("{\"command\":\"show memory\"}", "memory");
	ck_assert_int_eq(json_integer_value(json_object_get(o, "paths")), 7);
	ck_assert_int_gt(json_integer_value(json_object_get(o, "table_octets")), 0);
	json_decref(o);
}
END_TEST

/* A worker's words may be any octets. */
START_TEST(alarms_are_shown_whatever_they_say)
{
	struct record_alarm a = {.head = {RECORD_ALARM, 0, 0, sizeof(a), 0},
	    .alarm = ALARM_PEER_DISABLED,
	    .raise = 1,
	    .text = "caf\xe9 \x01"};
	json_t *alarms, *alarm;

	put(0, &a, sizeof(a));
	alarms = objects_of(ask(1, "{\"command\":\"show alarms\"}"), "alarms");
	ck_assert_uint_eq(json_array_size(alarms), 1);
	alarm = json_array_get(alarms, 0);
	ck_assert_str_eq(json_string_value(json_object_get(alarm, "alarm")), "peer-disabled");
	ck_assert_str_eq(json_string_value(json_object_get(alarm, "source")), "192.0.2.1");
	ck_assert_str_eq(json_string_value(json_object_get(alarm, "text")), "caf? \x01");
	json_decref(alarms);
}
END_TEST

START_TEST(processes_and_attributes)
{
	json_t *list = objects_of(ask(1, "{\"command\":\"show processes\"}"), "processes");

	ck_assert_uint_eq(json_array_size(list), 1 + WORKERS);
	ck_assert_int_eq(
	    json_integer_value(json_object_get(json_array_get(list, 1), "peers_up")), 2);
	json_decref(list);
	list = objects_of(ask(1, "{\"command\":\"show attributes\"}"), "attributes");
	ck_assert_uint_eq(json_array_size(list), 4);
	json_decref(list);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("show");
	TCase *t = tcase_create("show");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(t, setup_routes, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, a_route_in_full);
	tcase_add_test(t, what_is_not_there_is_null);
	tcase_add_test(t, a_rejected_route_says_why);
	tcase_add_loop_test(
	    t, questions_find_routes, 0, (int)(sizeof(questions) / sizeof(questions[0])));
	tcase_add_test(t, a_peer_as_a_neighbour_object);
	tcase_add_test(t, a_peer_in_full);
	tcase_add_test(t, the_server_in_a_few_lines);
	tcase_add_test(t, alarms_are_shown_whatever_they_say);
	tcase_add_test(t, processes_and_attributes);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed > 0;
}
