/* show history, its last lines in show peer, and refresh. */
#include "tests/unit/control/client.h"

#define HISTORY(name) "{\"command\":\"show history\",\"args\":{\"peer\":\"" name "\"}}"
#define REFRESH(args) "{\"command\":\"refresh\",\"args\":{" args "}}"

static void
end_session(uint16_t slot, uint32_t epoch, struct record_down down)
{
	down.head = (struct record_head){RECORD_DOWN, slot, epoch, sizeof(down), 0};
	put(slot % WORKERS, &down, sizeof(down));
}

static const char *
text_at(const json_t *list, size_t i, const char *key)
{
	return json_string_value(json_object_get(json_array_get(list, i), key));
}

START_TEST(a_history_from_the_oldest_on)
{
	struct record_note note = {.head = {RECORD_NOTE, 0, 99, sizeof(note), 0},
	    .end = END_SENT,
	    .code = 2,
	    .subcode = 2};
	json_t *list, *n;
	const char *unused;
	int count, code, subcode;

	end_session(0, bring_up(0),
	    (struct record_down){.end = END_RECEIVED,
		.code = 6,
		.subcode = 9,
		.inner_code = 6,
		.inner_subcode = 2,
		.reason = "bis sp\xc3\xa4ter"});
	put(0, &note, sizeof(note));
	put(0, &note, sizeof(note));
	/* Reading is for everybody. */
	list = objects_of(ask(1, HISTORY("192.0.2.1")), "history");
	ck_assert_uint_eq(json_array_size(list), 3);
	ck_assert_str_eq(text_at(list, 0, "event"), "up");
	ck_assert_ptr_null(text_at(list, 0, "by"));
	ck_assert_str_eq(text_at(list, 1, "event"), "down");
	ck_assert_str_eq(text_at(list, 1, "by"), "member");
	ck_assert_str_eq(text_at(list, 1, "text"), "bis sp\xc3\xa4ter");
	ck_assert_uint_eq(strlen(text_at(list, 1, "time")), strlen("2026-11-23T11:00:00Z"));
	ck_assert_int_eq(
	    json_unpack(json_array_get(list, 1), "{s:{s:i,s:i,s:s,s:s},s:{s:i,s:i,s:s,s:s}}",
		"notification", "code", &code, "subcode", &subcode, "name", &unused, "subcode_name",
		&unused, "carried", "code", &code, "subcode", &count, "name", &unused,
		"subcode_name", &unused),
	    0);
	ck_assert_int_eq(subcode, 9);
	ck_assert_int_eq(count, 2);
	ck_assert_str_eq(unused, "Administrative Shutdown");
	ck_assert_str_eq(text_at(list, 2, "event"), "refused");
	ck_assert_str_eq(text_at(list, 2, "by"), "server");
	n = json_object_get(json_array_get(list, 2), "count");
	ck_assert_int_eq(json_integer_value(n), 2);
	ck_assert(json_is_null(json_object_get(json_array_get(list, 2), "carried")));
	json_decref(list);
	list = objects_of(ask(1, HISTORY("192.0.2.2")), "history");
	ck_assert_uint_eq(json_array_size(list), 0);
	json_decref(list);
}
END_TEST

START_TEST(the_last_three_beside_the_peer)
{
	json_t *list, *history;

	for (unsigned i = 0; i < 3; i++)
		end_session(0, bring_up(0), (struct record_down){.reason = "closed"});
	list = objects_of(
	    ask(1, "{\"command\":\"show peer\",\"args\":{\"peer\":\"192.0.2.1\"}}"), "peer");
	history = json_object_get(json_array_get(list, 0), "history");
	ck_assert_uint_eq(json_array_size(history), 3);
	ck_assert_str_eq(text_at(history, 0, "event"), "down");
	ck_assert_str_eq(text_at(history, 1, "event"), "up");
	ck_assert_str_eq(text_at(history, 2, "event"), "down");
	ck_assert_ptr_null(text_at(history, 2, "by"));
	json_decref(list);
}
END_TEST

/* ---- refresh ---- */

static unsigned
asked(uint32_t slot, enum family family, uint32_t epoch)
{
	const struct log_header *h;
	uint64_t at = position;
	unsigned count = 0;

	log_head_acquire(reader);
	for (; (h = log_header_at(reader, &at)) != NULL; at = log_next(h, at))
		count += h->kind == LOG_ASK_REFRESH && log_has_slot(h, slot) &&
		    h->family == family && h->epoch == epoch;
	return count;
}

static uint32_t
bring_up_refreshing(uint16_t slot)
{
	struct record_up up = up_of(slot);

	up.refresh = 1;
	put(slot % WORKERS, &up, sizeof(up));
	return up.head.epoch;
}

START_TEST(a_member_is_asked)
{
	uint32_t epoch = bring_up_refreshing(0);
	json_t *list = objects_of(ask(0, REFRESH("\"peer\":\"192.0.2.1\"")), "done");

	ck_assert_str_eq(text_at(list, 0, "done"), "refresh");
	ck_assert_str_eq(json_string_value(json_array_get(
			     json_object_get(json_array_get(list, 0), "families"), 0)),
	    "ipv4");
	json_decref(list);
	turn();
	ck_assert_uint_eq(asked(0, FAMILY_IPV4, epoch), 1);
	ck_assert_uint_eq(asked(0, FAMILY_IPV6, epoch), 0);
	json_decref(
	    objects_of(ask(0, REFRESH("\"peer\":\"192.0.2.1\",\"family\":\"ipv4\"")), "done"));
	turn();
	ck_assert_uint_eq(asked(0, FAMILY_IPV4, epoch), 2);
}
END_TEST

static const struct {
	unsigned socket; /* 0 full, 1 restricted */
	const char *args;
	const char *says;
} refusals[] = {
    {1, "\"peer\":\"192.0.2.1\"", "not allowed on the restricted socket"},
    {0, "", "a peer must be named"},
    {0, "\"peer\":\"192.0.2.77\"", "no peer"},
    {0, "\"peer\":\"192.0.2.3\"", "192.0.2.3 is down"},
    {0, "\"peer\":\"192.0.2.2\"", "has no route refresh"},
    {0, "\"peer\":\"192.0.2.1\",\"family\":\"ipv6\"", "does not carry ipv6 routes"},
    {0, "\"peer\":\"192.0.2.1\",\"family\":\"vpnv4\"", "\"vpnv4\" is no family"},
    {0, "\"peer\":\"192.0.2.1\",\"family\":4", "must be a text"},
};

START_TEST(a_refusal_says_why)
{
	uint32_t epoch = bring_up_refreshing(0);
	char request[200];
	const char *error;

	bring_up(1);
	snprintf(request, sizeof(request), REFRESH("%s"), refusals[_i].args);
	error = error_of(ask(refusals[_i].socket, request));
	ck_assert_msg(strstr(error, refusals[_i].says) != NULL, "%s -> %s", request, error);
	turn();
	for (unsigned f = 0; f < FAMILY_COUNT; f++)
		ck_assert_uint_eq(asked(0, f, epoch), 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("control/history");
	TCase *t = tcase_create("history");
	SRunner *r;
	int failed;

	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, setup_control, teardown);
	tcase_add_test(t, a_history_from_the_oldest_on);
	tcase_add_test(t, the_last_three_beside_the_peer);
	tcase_add_test(t, a_member_is_asked);
	tcase_add_loop_test(
	    t, a_refusal_says_why, 0, (int)(sizeof(refusals) / sizeof(refusals[0])));
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed > 0;
}
