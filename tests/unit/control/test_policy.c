/*
 * What the operator sees of policy, section 12 of policy.md: why a route was rejected, who is not
 * told, every check in order, what is in force for a peer, the dictionary, admission.
 */
#include <arpa/inet.h>

#include "bgpd/core/malformed.h"
#include "tests/unit/control/exchange.h"

#define COUNT(array) (int)(sizeof(array) / sizeof((array)[0]))

static void
setup_routes(void)
{
	setup_exchange();
	announce_as(0, "193.0.0.0/21", PATH(3333), 0, 0);
	announce_as(0, "193.0.10.0/24", PATH(3333), 0, 0);
	announce_as(0, "193.0.12.0/24", PATH(3333), 0, 8859); /* 0:8859 */
	announce_as(0, "193.0.13.0/24", PATH(3333), 77, 0);
	announce_as(0, "8.8.8.0/24", PATH(3333, 15169), 0, 0);
	announce_as(0, "9.1.0.0/16", PATH(3333), 0, 0);
	announce_as(1, "193.0.20.0/24", PATH(2121), 0, 0);
	announce_as(1, "8.8.4.0/24", PATH(2121, 15169), 0, 0);
	announce_as(2, "193.0.0.0/21", PATH(8859, 3333), 0, 0);
	settle();
}

/* The objects of an answer to a command with these arguments, which are the inside of an object. */
static json_t *
list_of(const char *command, const char *args, const char *answer)
{
	char request[512];

	snprintf(request, sizeof(request), "{\"command\":\"%s\",\"args\":{%s}}", command, args);
	return objects_of(ask(1, request), answer);
}

static json_t *
one_of(const char *command, const char *args, const char *answer)
{
	json_t *list = list_of(command, args, answer), *object;

	ck_assert_uint_eq(json_array_size(list), 1);
	object = json_incref(json_array_get(list, 0));
	json_decref(list);
	return object;
}

/* The text at a path like "withheld.name" or "checks.3.value"; "" where there is none. */
static const char *
text_at(const json_t *object, const char *path)
{
	char key[64];

	while (*path != '\0' && object != NULL) {
		size_t len = strcspn(path, ".");

		snprintf(key, sizeof(key), "%.*s", (int)len, path);
		object = json_is_array(object) ? json_array_get(object, (size_t)atoi(key))
					       : json_object_get(object, key);
		path += len;
		path += *path == '.';
	}
	return json_is_string(object) ? json_string_value(object) : "";
}

static json_int_t
number_at(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

/* The element of a list whose key has this text. */
static json_t *
find_in(const json_t *list, const char *key, const char *text)
{
	json_t *item;
	size_t i;

	json_array_foreach(list, i, item)
	{
		if (strcmp(text_at(item, key), text) == 0)
			return item;
	}
	return NULL;
}

static bool
has_text(const json_t *list, const char *text)
{
	json_t *item;
	size_t i;

	json_array_foreach(list, i, item)
	{
		if (strcmp(json_string_value(item), text) == 0)
			return true;
	}
	return false;
}

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

/* ---- the dictionary ---- */

START_TEST(every_community_is_in_the_dictionary)
{
	static const struct {
		const char *name, *pattern, *format, *class, *direction, *section;
	} want[] = {
	    {"do_not_announce_to_peer", "0:peer_as", "std", "inbound", "understood",
		"noexport_reasons"},
	    {"do_not_announce_to_peer", "64500:0:peer_as", "lrg", "inbound", "understood",
		"noexport_reasons"},
	    {"colo_berlin", "64500:9:1", "lrg", "custom", "sent", "bgp_communities"},
	    {"reject_cause", "64500:65520:9", "lrg", "internal", "internal", "rejection_reasons"},
	    {"rpki_bgp_origin_validation_valid", "64500:1000:1", "lrg", "internal", "internal",
		"rpki"},
	};
	json_t *list = list_of("show communities", "", "communities"), *item;
	unsigned found = 0;
	size_t i;

	json_array_foreach(list, i, item)
	{
		ck_assert_str_ne(text_at(item, "meaning"), "");
		for (int n = 0; n < COUNT(want); n++)
			found += strcmp(text_at(item, "name"), want[n].name) == 0 &&
			    strcmp(text_at(item, "pattern"), want[n].pattern) == 0 &&
			    strcmp(text_at(item, "format"), want[n].format) == 0 &&
			    strcmp(text_at(item, "class"), want[n].class) == 0 &&
			    strcmp(text_at(item, "direction"), want[n].direction) == 0 &&
			    strcmp(text_at(item, "section"), want[n].section) == 0;
	}
	ck_assert_uint_eq(found, COUNT(want));
	json_decref(list);
}
END_TEST

/* ---- show policy ---- */

static const struct {
	const char *key;
	const char *value; /* JSON */
	const char *origin;
} settings[] = {
    {"cfg.passive", "true", "default"},
    {"cfg.filters", "\"checks\"", "default"},
    {"cfg.add_path_paths", "0", "default"},
    {"cfg.add_path_receive", "4", "client"},
    {"cfg.rfc8950", "false", "default"},
    {"cfg.families", "[\"ipv4\",\"ipv6\"]", "client"},
    {"cfg.extended_messages", "true", "general"},
    {"cfg.graceful_restart.enabled", "true", "client"},
    {"cfg.graceful_restart.restart_time", "120", "server"},
    {"cfg.graceful_restart.stale_time", "60", "server"},
    {"cfg.long_shutdown_text", "false", "default"},
    {"cfg.filtering.reject_as_set", "true", "default"},
    {"cfg.filtering.drop_attributes", "[28,40]", "server"},
    {"cfg.filtering.next_hop.policy", "\"strict\"", "default"},
    {"cfg.filtering.ipv4_pref_len.max", "24", "default"},
    {"cfg.filtering.global_black_list_pref", "[\"192.0.2.0/24 ge 24 le 32\"]", "server"},
    {"cfg.filtering.irrdb.as_sets", "[\"AS-RIPE\"]", "client"},
    {"cfg.filtering.irrdb.white_list_asn", "[]", "default"},
    {"cfg.filtering.rpki_bgp_origin_validation.enabled", "true", "server"},
    {"cfg.filtering.rpki_bgp_origin_validation.reject_invalid", "true", "general"},
    {"cfg.filtering.max_prefix.action", "\"block\"", "general"},
    {"cfg.filtering.max_prefix.limit_ipv4", "8", "client"},
    {"cfg.filtering.max_prefix.general_limit_ipv4", "100", "server"},
    {"cfg.filtering.reject_policy.policy", "\"tag\"", "general"},
    {"cfg.filtering.roles.local_role", "null", "default"},
    {"cfg.attach_custom_communities", "[\"colo_berlin\"]", "client"},
    {"cfg.rtt_thresholds", "[10,50]", "server"},
    {"quarantine", "false", "default"},
};

START_TEST(a_setting_and_where_it_comes_from)
{
	json_t *policy = one_of("show policy", "\"peer\":\"AS3333\"", "policy");
	json_t *setting = find_in(json_object_get(policy, "settings"), "key", settings[_i].key);
	char *value;

	ck_assert_ptr_nonnull(setting);
	value = json_dumps(json_object_get(setting, "value"), JSON_COMPACT | JSON_ENCODE_ANY);
	ck_assert_str_eq(value, settings[_i].value);
	ck_assert_str_eq(text_at(setting, "origin"), settings[_i].origin);
	free(value);
	json_decref(policy);
}
END_TEST

/* A key that a client may have of its own and nobody sees would be forgotten sooner or later. */
START_TEST(no_key_of_the_schema_is_left_out)
{
	json_t *policy = one_of("show policy", "\"peer\":\"AS3333\"", "policy");
	json_t *list = json_object_get(policy, "settings");

	for (size_t row = 0; row < conf_origin_rows(); row++)
		ck_assert_msg(find_in(list, "key", conf_origin_name(row)) != NULL, "%s",
		    conf_origin_name(row));
	json_decref(policy);
}
END_TEST

START_TEST(what_the_data_say_of_a_peer)
{
	json_t *policy = one_of("show policy", "\"peer\":\"AS3333\"", "policy");
	json_t *irr = json_object_get(policy, "irr"), *limit;

	ck_assert_int_eq(number_at(irr, "origins"), 2);
	ck_assert_str_eq(text_at(irr, "as_sets.0.name"), "AS-RIPE");
	ck_assert(json_is_true(
	    json_object_get(json_array_get(json_object_get(irr, "as_sets"), 0), "has_data")));
	limit = json_array_get(json_object_get(policy, "limits"), 0);
	ck_assert_int_eq(number_at(limit, "limit"), 8);
	ck_assert_int_eq(number_at(limit, "counted"), 6);
	ck_assert_int_eq(number_at(limit, "percent"), 75);
	ck_assert_str_eq(text_at(limit, "source"), "client");
	ck_assert_str_eq(text_at(limit, "action"), "block");
	ck_assert_str_eq(text_at(policy, "rules.0.about"), "its routes");
	json_decref(policy);
	policy = one_of("show policy", "\"peer\":\"AS2121\"", "policy");
	irr = json_object_get(policy, "irr");
	ck_assert_int_eq(number_at(irr, "origins"), 1);
	ck_assert(json_is_false(
	    json_object_get(json_array_get(json_object_get(irr, "as_sets"), 0), "has_data")));
	ck_assert(json_is_true(json_object_get(policy, "quarantine")));
	ck_assert(has_text(json_object_get(policy, "observe"), "rpki-invalid"));
	ck_assert_str_eq(text_at(policy, "observed.0.reason"), "rpki-invalid");
	ck_assert_uint_eq(json_array_size(json_object_get(policy, "rules")), 0);
	json_decref(policy);
}
END_TEST

START_TEST(rtt_and_collector)
{
	json_t *policy = one_of("show policy", "\"peer\":\"AS1200\"", "policy");
	json_t *rtt = json_object_get(policy, "rtt");

	ck_assert_int_eq(number_at(rtt, "configured_ms"), 12);
	ck_assert_int_eq(number_at(rtt, "steers_ms"), 12);
	ck_assert_str_eq(text_at(rtt, "source"), "client");
	json_decref(policy);
	policy = one_of("show policy", "\"peer\":\"192.0.2.9\"", "policy");
	ck_assert_str_eq(text_at(policy, "kind"), "collector");
	ck_assert_ptr_nonnull(find_in(json_object_get(policy, "settings"), "key", "cfg.add_path"));
	ck_assert_ptr_null(find_in(json_object_get(policy, "settings"), "key", "quarantine"));
	json_decref(policy);
}
END_TEST

/* ---- admit ---- */

START_TEST(what_would_fail_if_a_peer_were_admitted)
{
	json_t *o = one_of("admit", "\"peer\":\"AS2121\"", "admit");

	ck_assert(json_is_true(json_object_get(o, "quarantine")));
	ck_assert(json_is_false(json_object_get(o, "passes")));
	ck_assert_int_eq(number_at(o, "received"), 2);
	ck_assert_int_eq(number_at(o, "accepted"), 1);
	ck_assert_int_eq(number_at(o, "rejected"), 1);
	ck_assert_int_eq(number_at(o, "observed"), 1);
	ck_assert_str_eq(text_at(o, "reasons.0.name"), "irr-origin");
	ck_assert_str_eq(text_at(o, "reasons.0.examples.0.prefix"), "8.8.4.0/24");
	ck_assert_ptr_nonnull(strstr(text_at(o, "reasons.0.examples.0.value"), "AS15169"));
	ck_assert_str_eq(text_at(o, "observations.0.name"), "rpki-invalid");
	ck_assert_ptr_nonnull(strstr(text_at(o, "next"), "quarantine: true"));
	json_decref(o);
}
END_TEST

START_TEST(nothing_stands_in_the_way)
{
	struct prefix prefix;
	json_t *o;

	prefix_parse("8.8.4.0/24", &prefix);
	table_withdraw(core.table, 1, &prefix, 0);
	settle();
	o = one_of("admit", "\"peer\":\"192.0.2.2\"", "admit");
	ck_assert(json_is_true(json_object_get(o, "passes")));
	ck_assert_int_eq(number_at(o, "rejected"), 0);
	ck_assert_ptr_nonnull(strstr(text_at(o, "next"), "remove `quarantine: true`"));
	json_decref(o);
}
END_TEST

START_TEST(examples_are_few_and_all_are_counted)
{
	json_t *o, *reason;
	char text[32];

	for (unsigned i = 0; i < 90; i++) {
		snprintf(text, sizeof(text), "8.9.%u.0/24", i);
		announce_as(1, text, PATH(2121, 15169), 0, 0);
	}
	settle();
	o = one_of("admit", "\"peer\":\"AS2121\"", "admit");
	reason = json_array_get(json_object_get(o, "reasons"), 0);
	ck_assert_int_eq(number_at(reason, "count"), 91);
	ck_assert_uint_eq(json_array_size(json_object_get(reason, "examples")), 5);
	json_decref(o);
}
END_TEST

/* ---- a policy that changes ---- */

/*
 * While paths are judged again the table has verdicts of the policy before: what is shown of the
 * server's own view and of receivers is that of the policy in force, and says so.
 */
START_TEST(verdicts_of_the_policy_before)
{
	struct channel_message m;
	json_t *route;

	give_exchange(2, exchange_yml);
	generation_commit(&core, 2);
	ck_assert_uint_gt(table_rejudge_left(core.table), 0);
	/* In the very turn that asks; the job goes on afterwards. */
	for (unsigned i = 0; i < 40; i++) {
		route = one_of("explain",
		    "\"prefix\":\"193.0.12.0/24\",\"from\":\"AS3333\",\"to\":\"AS8859\"",
		    "explain");
		ck_assert_str_eq(text_at(route, "export.withheld.name"), "control-community");
		json_decref(route);
	}
	settle();
	ck_assert_uint_eq(table_rejudge_left(core.table), 0);
	ck_assert_uint_eq(core.now->number, 2);
	while (channel_recv(parent, &m) == CHANNEL_MESSAGE)
		continue;
}
END_TEST

/* ---- reload ---- */

static void
answer_reload(bool refused, const char *text)
{
	struct channel_reloaded r = {.ticket = 1,
	    .generation = 4,
	    .refused = refused,
	    .warnings = 2,
	    .added = 1,
	    .took_ms = 30};
	int fd = memfd_new_const("report", text, strlen(text));

	ck_assert_int_eq(channel_send(parent, CHANNEL_RELOADED, &r, &fd, 1), 0);
	close(fd);
}

static json_t *
ask_reload(bool refused, const char *text)
{
	struct heard_lines h = {0};
	struct channel_message m = {0};
	int fd = connect_to(0);
	json_t *lines;

	say(fd, "{\"command\":\"reload\"}\n");
	turns(3);
	while (m.type != CHANNEL_RELOAD)
		ck_assert_int_eq(channel_recv(parent, &m), CHANNEL_MESSAGE);
	hear_more(&h, fd);
	ck_assert_uint_eq(h.len, 0); /* it waits */
	answer_reload(refused, text);
	lines = await_answer(fd, &h);
	forget(&h);
	close(fd);
	return lines;
}

START_TEST(reload_says_what_has_changed)
{
	json_t *list = objects_of(ask_reload(false, "a.yml:1:2: warning: x\nnote\n"), "reload");
	json_t *o = json_array_get(list, 0);

	ck_assert_int_eq(number_at(o, "generation"), 4);
	ck_assert_int_eq(number_at(json_object_get(o, "peers"), "added"), 1);
	ck_assert_uint_eq(json_array_size(json_object_get(o, "messages")), 2);
	ck_assert_str_eq(text_at(o, "messages.0"), "a.yml:1:2: warning: x");
	json_decref(list);
}
END_TEST

START_TEST(a_refused_reload_says_where)
{
	ck_assert_str_eq(error_of(ask_reload(true, "a.yml:1:2: error: x\n")),
	    "the configuration was refused, nothing has changed:\na.yml:1:2: error: x");
}
END_TEST

/* Whole lines, and that there are more. */
START_TEST(a_long_refusal_is_cut)
{
	char text[9000];
	const char *error, *cut;
	json_t *lines;

	for (unsigned i = 0; i < 100; i++)
		snprintf(text + (size_t)i * 80, 100, "a.yml:%03u:1: error: %059d\n", i, 0);
	lines = ask_reload(true, text);
	error = json_string_value(json_object_get(json_array_get(lines, 0), "error"));
	ck_assert_ptr_nonnull(error);
	cut = strstr(error, "\nthere is more to say: `roostd -n`");
	ck_assert_ptr_nonnull(cut);
	ck_assert_uint_eq((size_t)(cut - strstr(error, "a.yml")) % 80, 79);
	json_decref(lines);
}
END_TEST

/* ---- what is asked wrongly ---- */

static const struct {
	const char *command;
	const char *args;
	const char *says;
} refusals[] = {
    {"explain", "", "a prefix or an address must be named"},
    {"explain", "\"prefix\":\"193.0.0.0/21\"", "say who announces it"},
    {"explain", "\"prefix\":\"193.0.0.1/21\",\"from\":\"AS3333\"", "no host bits"},
    {"explain", "\"prefix\":\"fish\",\"from\":\"AS3333\"", "is no prefix"},
    {"explain", "\"prefix\":7,\"from\":\"AS3333\"", "must be a text"},
    {"explain", "\"prefix\":\"193.0.0.0/21\",\"from\":\"AS7\"", "not a configured client"},
    {"explain", "\"prefix\":\"193.0.0.0/21\",\"from\":\"AS3333\",\"to\":\"AS7\"",
	"not a configured client"},
    {"explain", "\"prefix\":\"10.0.0.0/8\",\"from\":\"AS3333\"", "192.0.2.1 has announced no"},
    {"explain", "\"prefix\":\"10.1.2.3\",\"from\":\"AS3333\"", "192.0.2.1 has announced no"},
    {"explain", "\"prefix\":\"193.0.12.0/24\",\"from\":\"AS8859\"", "192.0.2.3 has announced no"},
    {"explain", "\"match\":\"longer\"", "no argument of \"explain\", which takes prefix from to"},
    {"show routes", "\"withheld\":true", "need `to`"},
    {"show routes", "\"all\":true,\"from\":\"AS3333\"", "need `to`"},
    {"show routes", "\"withheld\":1,\"to\":\"AS3333\"", "must be true or false"},
    {"show routes", "\"to\":\"AS5607\"", "192.0.2.5 is down"},
    {"show routes", "\"rejected\":true,\"to\":\"AS3333\"", "told to nobody"},
    {"show policy", "", "a peer must be named"},
    {"show policy", "\"peer\":\"AS7\"", "not a configured client"},
    {"show policy", "\"peer\":7", "must be a text"},
    {"show communities", "\"peer\":\"AS3333\"", "which takes none"},
    {"admit", "", "a peer must be named"},
    {"admit", "\"peer\":\"AS5607\"", "192.0.2.5 is down"},
    {"admit", "\"peer\":\"192.0.2.9\"", "is a collector"},
    {"admit", "\"peer\":\"192.0.2.1\",\"check\":true", "\"check\" is no argument"},
};

START_TEST(a_wrong_question_is_told_why)
{
	char request[512];
	const char *error;

	snprintf(request, sizeof(request), "{\"command\":\"%s\",\"args\":{%s}}",
	    refusals[_i].command, refusals[_i].args);
	error = error_of(ask(1, request));
	ck_assert_msg(strstr(error, refusals[_i].says) != NULL, "%s -> %s", request, error);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("policy");
	TCase *t = tcase_create("policy");
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
	tcase_add_test(t, every_community_is_in_the_dictionary);
	tcase_add_loop_test(t, a_setting_and_where_it_comes_from, 0, COUNT(settings));
	tcase_add_test(t, no_key_of_the_schema_is_left_out);
	tcase_add_test(t, what_the_data_say_of_a_peer);
	tcase_add_test(t, rtt_and_collector);
	tcase_add_test(t, what_would_fail_if_a_peer_were_admitted);
	tcase_add_test(t, nothing_stands_in_the_way);
	tcase_add_test(t, examples_are_few_and_all_are_counted);
	tcase_add_test(t, verdicts_of_the_policy_before);
	tcase_add_test(t, reload_says_what_has_changed);
	tcase_add_test(t, a_refused_reload_says_where);
	tcase_add_test(t, a_long_refusal_is_cut);
	tcase_add_loop_test(t, a_wrong_question_is_told_why, 0, COUNT(refusals));
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed > 0;
}
