/*
 * What is shown of a session: what was agreed upon, stale routes and how long they stay, paths that
 * the session cannot carry. Slots 0 and 1 are IPv4 peers that may have everything, 2 and 4 IPv6
 * peers with both families, of which 2 and 4 may have IPv6 next hops for IPv4.
 */
#include "tests/unit/control/client.h"

static void
with_everything(struct compiled_head *head, struct compiled_slot *slots)
{
	head->stale_s = 180;
	for (unsigned i = 0; i < 2; i++) {
		slots[i].flags |= SLOT_ADD_PATH | SLOT_EXTENDED_MESSAGES | SLOT_GRACEFUL_RESTART;
		slots[i].paths_kept = 2;
		slots[i].paths_told = 1;
	}
	slots[1].flags |= SLOT_LONG_SHUTDOWN_TEXT;
	slots[2].family = FAMILY_IPV6;
	memset(slots[2].addr, 0, sizeof(slots[2].addr));
	memcpy(slots[2].addr, (uint8_t[]){0x20, 0x01, 0x0d, 0xb8}, 4);
	slots[2].addr[15] = 3;
	for (unsigned i = 2; i <= 4; i += 2) {
		slots[i].families = 1 << FAMILY_IPV4 | 1 << FAMILY_IPV6;
		slots[i].flags |= SLOT_IPV6_NEXT_HOPS;
	}
}

static void
setup_sessions(void)
{
	change_slots = with_everything;
	setup_control();
}

static uint32_t
bring_up_with(uint16_t slot, void (*change)(struct record_up *))
{
	struct record_up up = up_of(slot);

	change(&up);
	put(slot % WORKERS, &up, sizeof(up));
	ck_assert(core.slots[slot].up);
	return up.head.epoch;
}

static void
restarter(struct record_up *up)
{
	up->gr = 1;
	up->gr_families = up->gr_forwarding = up->families;
	up->gr_time_s = 120;
	up->gr_notification = 1;
	up->refresh = up->enhanced_refresh = up->ext_msg = 1;
	up->add_path_rx = up->families;
}

static void
with_path_ids(struct record_up *up)
{
	up->add_path_tx = up->families;
}

static void
both_families(struct record_up *up)
{
	up->families = 1 << FAMILY_IPV4 | 1 << FAMILY_IPV6;
	up->ext_nh = 1 << FAMILY_IPV4;
}

static void
without_next_hops(struct record_up *up)
{
	both_families(up);
	up->ext_nh = 0;
}

/* The value at a path like "agreed.add_path_send" of the only object of an answer. */
static json_t *
value_at(json_t *object, const char *path)
{
	char key[64];

	while (*path != '\0') {
		size_t len = strcspn(path, ".");

		snprintf(key, sizeof(key), "%.*s", (int)len, path);
		object = json_is_array(object) ? json_array_get(object, (size_t)atoi(key))
					       : json_object_get(object, key);
		path += len;
		path += *path == '.';
	}
	return object;
}

/* Compares what stands at the path of the first object of an answer, as JSON. Takes it over. */
static void
expect_in(json_t *lines, const char *answer, const char *path, const char *wanted)
{
	json_t *objects = objects_of(lines, answer);
	json_t *value = value_at(json_array_get(objects, 0), path);
	char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT | JSON_SORT_KEYS);

	ck_assert_msg(
	    text != NULL && strcmp(text, wanted) == 0, "%s: %s, not %s", path, text, wanted);
	free(text);
	json_decref(objects);
}

static void
expect(const char *request, const char *answer, const char *path, const char *wanted)
{
	expect_in(ask(1, request), answer, path, wanted);
}

#define PEER(name) "{\"command\":\"show peer\",\"args\":{\"peer\":\"" name "\"}}"

START_TEST(what_was_agreed_upon)
{
	bring_up_with(0, restarter);
	bring_up_with(1, with_path_ids);
	expect(PEER("192.0.2.1"), "peer", "agreed",
	    "{\"add_path_receive\":[\"ipv4\"],\"add_path_send\":[],\"as4\":true,"
	    "\"enhanced_refresh\":true,\"extended_messages\":true,\"families\":[\"ipv4\"],"
	    "\"graceful_restart\":{\"families\":[\"ipv4\"],\"forwarding\":[\"ipv4\"],"
	    "\"notifications\":true,\"restarted\":false,\"time_s\":120},\"ipv6_next_hops\":[],"
	    "\"refresh\":true}");
	expect(PEER("AS101"), "peer", "agreed.graceful_restart", "null");
	expect(PEER("AS101"), "peer", "agreed.add_path_send", "[\"ipv4\"]");
	expect(PEER("AS101"), "peer", "agreed.as4", "true");
	expect(PEER("AS102"), "peer", "agreed", "null");
	bring_up_with(2, both_families);
	expect(PEER("AS102"), "peer", "agreed.ipv6_next_hops", "[\"ipv4\"]");
	expect(PEER("AS102"), "peer", "configured.ipv6_next_hops", "true");
	expect(PEER("192.0.2.1"), "peer", "configured.add_path_receive", "2");
	expect(PEER("192.0.2.1"), "peer", "configured.families", "[\"ipv4\"]");
	expect(PEER("192.0.2.1"), "peer", "configured.long_shutdown_text", "false");
}
END_TEST

/* The answer to a shutdown with a text of so many octets. */
static json_t *
shut_down(const char *peer, int octets)
{
	char request[512];

	snprintf(request, sizeof(request),
	    "{\"command\":\"shutdown\",\"args\":{\"peer\":\"%s\",\"text\":\"%0*d\"}}", peer, octets,
	    0);
	return ask(0, request);
}

START_TEST(a_text_that_is_cut_is_said)
{
	bring_up_with(0, restarter);
	bring_up_with(1, restarter);
	expect_in(shut_down("192.0.2.1", 128), "done", "",
	    "{\"done\":\"shutdown\",\"peer\":\"192.0.2.1\"}");
	expect_in(shut_down("192.0.2.1", 129), "done", "note",
	    "\"the member is sent the first 128 octets of the text, what every router takes; "
	    "long_shutdown_text lets it have 255\"");
	expect_in(
	    shut_down("AS101", 129), "done", "", "{\"done\":\"shutdown\",\"peer\":\"192.0.2.2\"}");
	expect_in(shut_down("AS102", 129), "done", "",
	    "{\"done\":\"shutdown\",\"peer\":\"2001:db8::3\"}");
}
END_TEST

static void
announce_from(uint16_t slot, uint32_t epoch, uint32_t path_id)
{
	struct routes r = routes_of(slot, epoch, ROUTES_ANNOUNCE);

	r.route[0].path_id = r.route[1].path_id = path_id;
	put(slot % WORKERS, &r, r.r.head.len);
}

START_TEST(paths_that_were_refused)
{
	uint32_t e = bring_up_with(0, restarter);

	for (uint32_t id = 0; id < 4; id++)
		announce_from(0, e, id);
	expect(PEER("192.0.2.1"), "peer", "families.ipv4.paths_refused", "4");
	expect(PEER("192.0.2.1"), "peer", "families.ipv4.received", "4");
}
END_TEST

/* ---- away ---- */

static void
lose_slot_0(void)
{
	uint32_t e = bring_up_with(0, restarter);
	struct record_down down = {
	    .head = {RECORD_DOWN, 0, e, sizeof(down), 0}, .kept = 1 << FAMILY_IPV4};

	bring_up(1);
	announce_from(0, e, 0);
	put(0, &down, sizeof(down));
}

START_TEST(a_member_that_is_away)
{
	lose_slot_0();
	expect(PEER("192.0.2.1"), "peer", "away", "{\"left_s\":120,\"stale\":2}");
	expect(PEER("192.0.2.1"), "peer", "up", "false");
	expect(PEER("192.0.2.1"), "peer", "families.ipv4.stale", "2");
	expect(PEER("192.0.2.1"), "peer", "families.ipv4.stale_left_s", "120");
	expect(PEER("AS101"), "peer", "away", "null");
	expect(PEER("AS101"), "peer", "families.ipv4.stale_left_s", "null");
	expect("{\"command\":\"show peers\"}", "peers", "away.stale", "2");
	expect("{\"command\":\"show summary\"}", "summary", "peers.away", "1");
	expect("{\"command\":\"show summary\"}", "summary", "deferral", "null");
	expect("{\"command\":\"show routes\"}", "routes", "stale", "true");
	expect("{\"command\":\"show routes\"}", "routes", "gone", "false");
	expect(
	    "{\"command\":\"show routes\",\"args\":{\"to\":\"AS101\"}}", "routes", "told", "true");
}
END_TEST

/* Its worker has no session that it could end. */
START_TEST(an_operator_ends_the_wait)
{
	static const char *const commands[] = {"shutdown", "clear", "enable"};
	char request[128];

	lose_slot_0();
	snprintf(request, sizeof(request), "{\"command\":\"%s\",\"args\":{\"peer\":\"192.0.2.1\"}}",
	    commands[_i]);
	json_decref(objects_of(ask(0, request), "done"));
	turn();
	expect(
	    PEER("192.0.2.1"), "peer", "away", _i == 2 ? "{\"left_s\":120,\"stale\":2}" : "null");
	ck_assert_uint_eq(hear(1).withdrawn, _i == 2 ? 0 : 2);
}
END_TEST

/* ---- what a session cannot carry ---- */

/* next hop 2001:db8::9, ORIGIN IGP, AS_PATH 100 */
static const uint8_t by_ipv6[] = {16, 0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9,
    0x40, ATTR_ORIGIN, 0, 1, 0, 0x40, ATTR_AS_PATH, 0, 6, AS_SEQUENCE, 1, 0, 0, 0, 100};

static void
announce_block(uint16_t slot, const char *text, const uint8_t *octets, size_t len)
{
	attrs_id attrs = table_attrs_ref(core.table, octets, len);
	struct prefix prefix;

	ck_assert_int_eq(prefix_parse(text, &prefix), 0);
	ck_assert_int_eq(table_announce(core.table, slot, &prefix, 0, attrs, 1767225600), TABLE_OK);
	table_attrs_unref(core.table, attrs);
	core.commit_due_us = clock_us();
	turn();
}

#define WITHHELD(to)                                                             \
	"{\"command\":\"show routes\",\"args\":{\"to\":\"" to "\",\"all\":true," \
	"\"prefix\":\"198.51.100.0/24\"}}"
#define EXPLAIN(to)                                                          \
	"{\"command\":\"explain\",\"args\":{\"prefix\":\"198.51.100.0/24\"," \
	"\"from\":\"2001:db8::5\",\"to\":\"" to "\"}}"

/* Policy lets it through by what is configured; the session has not agreed upon it. */
START_TEST(a_next_hop_that_the_session_does_not_take)
{
	bring_up_with(4, both_families);
	bring_up_with(2, without_next_hops);
	bring_up(1);
	announce_block(4, "198.51.100.0/24", by_ipv6, sizeof(by_ipv6));
	expect(WITHHELD("AS102"), "routes", "withheld.name", "\"next-hop\"");
	expect(EXPLAIN("AS102"), "explain", "export.withheld.name", "\"next-hop\"");
	expect(WITHHELD("AS101"), "routes", "withheld.name", "\"next-hop\""); /* by policy */
	bring_up_with(2, both_families);
	expect(WITHHELD("AS102"), "routes", "told", "true");
}
END_TEST

START_TEST(attributes_that_fit_no_message_of_the_session)
{
	static uint8_t large[4200];
	size_t len = sizeof(block), value = sizeof(large) - sizeof(block) - 4;

	memcpy(large, block, sizeof(block));
	large[len] = 0xe0;
	large[len + 1] = 200;
	large[len + 2] = (uint8_t)(value >> 8);
	large[len + 3] = (uint8_t)value;
	bring_up_with(4, both_families);
	bring_up(1);
	bring_up_with(0, restarter); /* takes long messages */
	announce_block(4, "198.51.100.0/24", large, sizeof(large));
	expect(WITHHELD("AS101"), "routes", "withheld.name", "\"too-large\"");
	expect(WITHHELD("192.0.2.1"), "routes", "told", "true");
}
END_TEST

START_TEST(paths_beyond_those_that_are_told)
{
	uint32_t e3 = bring_up_with(4, both_families);

	(void)e3;
	bring_up_with(1, with_path_ids);
	announce_from(0, bring_up(0), 0);
	announce_block(4, "198.51.100.0/24", block, sizeof(block));
	expect("{\"command\":\"show routes\",\"args\":{\"to\":\"AS101\",\"withheld\":true,"
	       "\"prefix\":\"198.51.100.0/24\"}}",
	    "routes", "withheld.name", "\"not-among-best\"");
}
END_TEST

/* ---- our own start ---- */

static void
with_deferral(struct compiled_head *head, struct compiled_slot *slots)
{
	with_everything(head, slots);
	head->deferral_s = 60;
}

static void
setup_deferral(void)
{
	change_slots = with_deferral;
	setup_control();
}

START_TEST(nobody_is_told_yet)
{
	announce_from(0, bring_up_with(0, restarter), 0);
	bring_up(3);
	expect("{\"command\":\"show summary\"}", "summary", "deferral",
	    "{\"at_most_s\":60,\"peers_missing\":2,\"since_s\":0}");
	expect(WITHHELD("AS103"), "routes", "withheld.name", "\"deferred\"");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("control/session");
	TCase *t = tcase_create("sessions"), *deferral = tcase_create("deferral");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(t, setup_sessions, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, what_was_agreed_upon);
	tcase_add_test(t, a_text_that_is_cut_is_said);
	tcase_add_test(t, paths_that_were_refused);
	tcase_add_test(t, a_member_that_is_away);
	tcase_add_loop_test(t, an_operator_ends_the_wait, 0, 3);
	tcase_add_test(t, a_next_hop_that_the_session_does_not_take);
	tcase_add_test(t, attributes_that_fit_no_message_of_the_session);
	tcase_add_test(t, paths_beyond_those_that_are_told);
	suite_add_tcase(s, t);
	tcase_add_checked_fixture(deferral, setup_deferral, teardown);
	tcase_set_timeout(deferral, 60);
	tcase_add_test(deferral, nobody_is_told_yet);
	suite_add_tcase(s, deferral);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed > 0;
}
