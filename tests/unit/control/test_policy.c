/*
 * What the operator sees of policy, section 12 of policy.md: what is in force for a peer, the
 * dictionary, admission, reloads, and what is asked wrongly.
 */
#include "tests/unit/control/answers.h"

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
