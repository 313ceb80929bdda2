/*
 * What the operator sees of a route, section 12 of policy.md: why it was rejected, who is not told
 * and why, every check in order.
 */
#include "bgpd/core/malformed.h"
#include "tests/unit/control/answers.h"

/* ---- rejected routes ---- */

static const struct {
	const char *prefix;
	int code;
	const char *value;
} rejects[] = {
    {"193.0.10.0/24", 14, "AS3333"},
    {"193.0.13.0/24", 5, "192.0.2.77"},
    {"8.8.8.0/24", 9, "AS15169"},
    {"9.1.0.0/16", 22, "no nines please"},
};

START_TEST(a_rejected_route_has_its_reason_and_value)
{
	json_t *list = list_of("show routes", "\"rejected\":true,\"from\":\"AS3333\"", "routes");
	json_t *route = find_in(list, "prefix", rejects[_i].prefix), *reason;

	ck_assert_uint_eq(json_array_size(list), COUNT(rejects));
	ck_assert_ptr_nonnull(route);
	reason = json_array_get(json_object_get(route, "reject_reasons"), 0);
	ck_assert_int_eq(number_at(reason, "code"), rejects[_i].code);
	ck_assert_msg(strstr(text_at(reason, "value"), rejects[_i].value) != NULL, "%s",
	    text_at(reason, "value"));
	ck_assert(json_is_false(json_object_get(route, "accepted")));
	ck_assert(json_is_true(json_object_get(route, "tagged")));
	ck_assert_int_eq(number_at(route, "local_pref"), 1);
	json_decref(list);
}
END_TEST

START_TEST(a_route_shows_what_was_found)
{
	json_t *route =
	    one_of("show routes", "\"prefix\":\"193.0.0.0/21\",\"from\":\"AS3333\"", "routes");
	json_t *view = json_object_get(json_object_get(route, "view"), "large_communities");

	ck_assert_str_eq(text_at(route, "rov"), "valid");
	ck_assert(json_is_null(json_object_get(route, "aspa")));
	ck_assert(json_is_true(json_object_get(json_object_get(route, "irr"), "origin")));
	ck_assert(json_is_true(json_object_get(json_object_get(route, "irr"), "prefix")));
	ck_assert_uint_eq(
	    json_array_size(json_object_get(json_object_get(route, "irr"), "validated_by")), 0);
	/* Received none; here it has those of the server. */
	ck_assert_uint_eq(json_array_size(json_object_get(route, "large_communities")), 0);
	ck_assert(has_text(view, "64500:1000:1"));
	ck_assert(has_text(view, "64500:64512:11"));
	ck_assert(has_text(view, "64500:9:1"));
	json_decref(route);
	route = one_of("show routes", "\"prefix\":\"193.0.10.0/24\"", "routes");
	view = json_object_get(json_object_get(route, "view"), "large_communities");
	ck_assert_str_eq(text_at(route, "rov"), "invalid");
	ck_assert(has_text(view, "64500:65520:14"));
	json_decref(route);
}
END_TEST

START_TEST(tagged_routes_are_not_accepted_ones)
{
	json_t *peer = one_of("show peer", "\"peer\":\"AS3333\"", "peer");
	json_t *routes = json_object_get(peer, "routes");

	ck_assert_int_eq(number_at(routes, "received"), 6);
	ck_assert_int_eq(number_at(routes, "accepted"), 2);
	ck_assert_int_eq(number_at(routes, "rejected"), 4);
	json_decref(peer);
}
END_TEST

START_TEST(what_only_observes_is_shown)
{
	json_t *route = one_of("show routes", "\"prefix\":\"193.0.20.0/24\"", "routes");
	json_t *observed = json_object_get(route, "observed");

	ck_assert(json_is_true(json_object_get(route, "accepted")));
	ck_assert_uint_eq(json_array_size(observed), 1);
	ck_assert_str_eq(text_at(route, "observed.0.name"), "rpki-invalid");
	ck_assert_ptr_nonnull(strstr(text_at(route, "observed.0.value"), "AS2121"));
	json_decref(route);
}
END_TEST

/* ---- who is told, who is not ---- */

static const struct {
	const char *prefix;
	const char *from;
	const char *to;
	const char *withheld; /* "": it is told */
} exports[] = {
    {"193.0.12.0/24", "AS3333", "AS1200", ""},
    {"193.0.12.0/24", "AS3333", "AS8859", "control-community"},
    {"193.0.12.0/24", "AS3333", "AS3333", "source"},
    {"193.0.12.0/24", "AS3333", "AS2121", "quarantine"},
    {"193.0.12.0/24", "AS3333", "AS5607", "session-down"},
    {"193.0.12.0/24", "AS3333", "192.0.2.9", "collector"},
    {"193.0.0.0/21", "AS3333", "AS1200", ""},
    {"193.0.0.0/21", "AS8859", "AS1200", "not-best"},
    {"193.0.0.0/21", "AS8859", "AS3333", ""},
    {"193.0.20.0/24", "AS2121", "AS1200", "quarantine"},
    {"193.0.10.0/24", "AS3333", "AS1200", "rejected"},
    {"193.0.10.0/24", "AS3333", "192.0.2.9", ""},
};

static const char *
withheld_of(const char *args)
{
	static char name[64];
	json_t *list = list_of("show routes", args, "routes");

	ck_assert_uint_le(json_array_size(list), 1);
	snprintf(name, sizeof(name), "%s",
	    json_array_size(list) == 0 ? "(none)" : text_at(list, "0.withheld.name"));
	if (json_array_size(list) == 1)
		ck_assert_int_eq(json_is_true(json_object_get(json_array_get(list, 0), "told")),
		    name[0] == '\0');
	json_decref(list);
	return name;
}

START_TEST(who_is_not_told_and_why)
{
	char args[256], base[200];
	bool is_told = exports[_i].withheld[0] == '\0';

	snprintf(base, sizeof(base), "\"prefix\":\"%s\",\"from\":\"%s\",\"to\":\"%s\"",
	    exports[_i].prefix, exports[_i].from, exports[_i].to);
	snprintf(args, sizeof(args), "%s,\"all\":true", base);
	ck_assert_str_eq(withheld_of(args), exports[_i].withheld);
	snprintf(args, sizeof(args), "%s,\"withheld\":true", base);
	ck_assert_str_eq(withheld_of(args), is_told ? "(none)" : exports[_i].withheld);
	if (strcmp(exports[_i].withheld, "session-down") != 0)
		ck_assert_str_eq(withheld_of(base), is_told ? "" : "(none)");
}
END_TEST

START_TEST(explain_agrees_with_show_routes)
{
	char args[256];
	json_t *route;

	snprintf(args, sizeof(args), "\"prefix\":\"%s\",\"from\":\"%s\",\"to\":\"%s\"",
	    exports[_i].prefix, exports[_i].from, exports[_i].to);
	route = one_of("explain", args, "explain");
	ck_assert_str_eq(text_at(route, "export.withheld.name"), exports[_i].withheld);
	if (exports[_i].withheld[0] != '\0') {
		ck_assert_str_ne(text_at(route, "export.withheld.text"), "");
		ck_assert(
		    json_is_null(json_object_get(json_object_get(route, "export"), "attributes")));
	} else {
		ck_assert_str_ne(text_at(route, "export.attributes.as_path"), "");
	}
	json_decref(route);
}
END_TEST

/* The custom community is sent, the control community is not. */
START_TEST(a_told_route_is_shown_as_it_leaves)
{
	json_t *route =
	    one_of("show routes", "\"prefix\":\"193.0.12.0/24\",\"to\":\"AS1200\"", "routes");

	ck_assert_uint_eq(json_array_size(json_object_get(route, "communities")), 0);
	ck_assert(has_text(json_object_get(route, "large_communities"), "64500:9:1"));
	ck_assert(
	    has_text(json_object_get(json_object_get(route, "view"), "communities"), "0:8859"));
	json_decref(route);
}
END_TEST

/* ---- explain ---- */

START_TEST(every_check_in_order)
{
	static const char *const order[] = {"own-as", "as-set", "otc-leak", "too-many", "no-policy",
	    "family", "custom-communities", "next-hop", "path-length", "first-as", "invalid-asn",
	    "transit-free", "never-via", "not-global-unicast", "global-black-list",
	    "client-black-list", "bogon", "irr", "irr-origin", "irr-prefix", "blackhole",
	    "rpki-invalid"};
	json_t *route =
	    one_of("explain", "\"prefix\":\"193.0.10.0/24\",\"from\":\"192.0.2.1\"", "explain");
	json_t *checks = json_object_get(route, "checks");
	char path[32];

	ck_assert_uint_eq(json_array_size(checks), COUNT(order));
	for (int i = 0; i < COUNT(order); i++) {
		snprintf(path, sizeof(path), "%d.check", i);
		ck_assert_str_eq(text_at(checks, path), order[i]);
	}
	ck_assert_str_eq(text_at(checks, "7.outcome"), "pass");
	ck_assert_str_eq(text_at(checks, "21.outcome"), "reject");
	ck_assert_int_eq(number_at(json_array_get(checks, 21), "code"), 14);
	ck_assert(json_is_false(json_object_get(route, "is_judged_again")));
	ck_assert(json_is_null(json_object_get(route, "export")));
	json_decref(route);
}
END_TEST

START_TEST(an_observed_check_does_not_end_them)
{
	json_t *route =
	    one_of("explain", "\"prefix\":\"193.0.20.0/24\",\"from\":\"AS2121\"", "explain");
	json_t *check = find_in(json_object_get(route, "checks"), "check", "rpki-invalid");

	ck_assert_str_eq(text_at(check, "outcome"), "observed");
	ck_assert_ptr_nonnull(find_in(json_object_get(route, "checks"), "check", "rule"));
	json_decref(route);
}
END_TEST

START_TEST(explain_finds_the_route_of_an_address)
{
	json_t *route =
	    one_of("explain", "\"prefix\":\"193.0.1.2\",\"from\":\"AS3333\"", "explain");

	ck_assert_str_eq(text_at(route, "prefix"), "193.0.0.0/21");
	json_decref(route);
}
END_TEST

/* The longest match of all is somebody else's. */
START_TEST(explain_finds_the_longest_of_this_peer)
{
	json_t *route;

	announce_as(2, "193.0.1.0/24", PATH(8859, 3333), 0, 0);
	settle();
	route = one_of("explain", "\"prefix\":\"193.0.1.2\",\"from\":\"AS3333\"", "explain");
	ck_assert_str_eq(text_at(route, "prefix"), "193.0.0.0/21");
	json_decref(route);
	route = one_of("explain", "\"prefix\":\"193.0.1.2\",\"from\":\"AS8859\"", "explain");
	ck_assert_str_eq(text_at(route, "prefix"), "193.0.1.0/24");
	json_decref(route);
}
END_TEST

/* What the decoder gave up is never judged (RFC 7606). */
START_TEST(a_malformed_route_is_explained_by_that)
{
	static const struct malformed_view what = {.attribute = ATTR_ORIGIN,
	    .text = "ORIGIN is 7",
	    .text_len = 11,
	    .octets = (const uint8_t *)"\x40\x01\x01\x07",
	    .octets_len = 4};
	uint8_t octets[256];
	struct prefix prefix;
	attrs_id attrs;
	json_t *route;

	malformed_make(&what, octets);
	attrs = table_attrs_ref(
	    core.table, octets, malformed_block_bytes(what.text_len, what.octets_len));

	prefix_parse("193.0.12.0/24", &prefix);
	table_announce_rejected(core.table, 0, &prefix, 0, attrs, REASON_MALFORMED, 1);
	table_attrs_unref(core.table, attrs);
	settle();
	route = one_of("explain",
	    "\"prefix\":\"193.0.12.0/24\",\"from\":\"AS3333\",\"to\":\"AS1200\"", "explain");
	ck_assert_uint_eq(json_array_size(json_object_get(route, "checks")), 1);
	ck_assert_str_eq(text_at(route, "checks.0.check"), "malformed");
	ck_assert_str_eq(text_at(route, "checks.0.value"), "ORIGIN is 7");
	ck_assert_str_eq(text_at(route, "reject_reasons.0.value"), "ORIGIN is 7");
	ck_assert_str_eq(text_at(route, "malformed.octets"), "40010107");
	ck_assert_str_eq(text_at(route, "export.withheld.name"), "rejected");
	json_decref(route);
}
END_TEST

/* A member can send 16,000 communities; showing them all would keep rib from its work. */
START_TEST(a_flood_of_communities_is_cut)
{
	static uint8_t octets[65536];
	size_t len = make_block(octets, 1, PATH(3333), 0);
	json_t *route, *view;
	struct prefix prefix;
	attrs_id attrs;

	octets[len++] = 0xc0;
	octets[len++] = ATTR_COMMUNITIES;
	octets[len++] = 8000 >> 8;
	octets[len++] = 8000 & 255;
	for (unsigned i = 0; i < 2000; i++, len += 4)
		memcpy(octets + len, &(uint32_t){htonl(i << 16 | 1)}, 4);
	attrs = table_attrs_ref(core.table, octets, len);
	prefix_parse("193.0.12.0/24", &prefix);
	table_announce(core.table, 0, &prefix, 0, attrs, 1);
	table_attrs_unref(core.table, attrs);
	settle();
	route = one_of("show routes", "\"prefix\":\"193.0.12.0/24\"", "routes");
	view = json_object_get(route, "view");
	ck_assert_str_eq(text_at(route, "reject_reasons.0.name"), "too-many");
	ck_assert_uint_eq(json_array_size(json_object_get(route, "communities")), 1024);
	ck_assert_int_eq(number_at(route, "communities_left_out"), 976);
	ck_assert_uint_eq(json_array_size(json_object_get(view, "communities")), 1024);
	ck_assert_int_eq(number_at(view, "communities_left_out"), 976);
	json_decref(route);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("explain");
	TCase *t = tcase_create("explain");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(t, setup_routes, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, a_rejected_route_has_its_reason_and_value, 0, COUNT(rejects));
	tcase_add_test(t, a_route_shows_what_was_found);
	tcase_add_test(t, tagged_routes_are_not_accepted_ones);
	tcase_add_test(t, what_only_observes_is_shown);
	tcase_add_loop_test(t, who_is_not_told_and_why, 0, COUNT(exports));
	tcase_add_loop_test(t, explain_agrees_with_show_routes, 0, COUNT(exports));
	tcase_add_test(t, a_told_route_is_shown_as_it_leaves);
	tcase_add_test(t, every_check_in_order);
	tcase_add_test(t, an_observed_check_does_not_end_them);
	tcase_add_test(t, explain_finds_the_route_of_an_address);
	tcase_add_test(t, explain_finds_the_longest_of_this_peer);
	tcase_add_test(t, a_malformed_route_is_explained_by_that);
	tcase_add_test(t, a_flood_of_communities_is_cut);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed > 0;
}
