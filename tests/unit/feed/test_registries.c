/*
 * ARIN's and Registro.br's data, PeeringDB's networks, round-trip times.
 */
#include "tests/unit/feed/world.h"

static void
load(struct world *w, enum feed_kind kind, const char *text)
{
	world_init(w);
	world_read(w, kind, text);
	world_end(w);
}

static void
is_route(const struct data_route *route, const char *prefix, uint32_t origin)
{
	struct prefix expected = prefix_of(prefix);

	ck_assert_int_eq(prefix_compare(&route->prefix, &expected), 0);
	ck_assert_uint_eq(route->origin, origin);
}

START_TEST(arin)
{
	struct world w;

	load(&w, FEED_ARIN,
	    "{\"json_schema\": \"0.0.1\", \"whois_records\": {\n"
	    "\"v6\": [{\"prefix\": \"2001:db8::/32\", \"originas\": \"AS64500\", \"x\": [1]}],\n"
	    "\"v4\": [{\"originas\": \"AS64501\", \"prefix\": \"192.0.2.0/24\"},\n"
	    "{\"originas\": 64500, \"prefix\": \"192.0.2.0/24\"},\n"
	    "{\"originas\": \"AS64500\", \"prefix\": \"192.0.2.0/24\"}], \"v8\": 7}}");
	ck_assert_ptr_nonnull(w.data);
	ck_assert_uint_eq(w.data->arin_count, 3);
	is_route(&w.data->arin[0], "192.0.2.0/24", 64500);
	is_route(&w.data->arin[1], "192.0.2.0/24", 64501);
	is_route(&w.data->arin[2], "2001:db8::/32", 64500);
	ck_assert_uint_eq(w.data->route_count, 0);
	ck_assert_uint_eq(w.report.notes.count, 0);
	world_fini(&w);
}
END_TEST

static const char *const bad_arin_records[] = {
    "{}",
    "7",
    "{\"prefix\": \"192.0.2.0/24\"}",
    "{\"originas\": \"AS1\"}",
    "{\"originas\": \"AS0\", \"prefix\": \"192.0.2.0/24\"}",
    "{\"originas\": \"AS1 AS2\", \"prefix\": \"192.0.2.0/24\"}",
    "{\"originas\": \"AS1\", \"prefix\": \"192.0.2.1/24\"}",
    "{\"originas\": \"AS1\", \"prefix\": \"2001:db8::/32\"}",
    "{\"originas\": null, \"prefix\": \"192.0.2.0/24\"}",
};

START_TEST(bad_arin_records_are_left_out)
{
	char text[512];
	struct world w;

	snprintf(text, sizeof(text),
	    "{\"whois_records\": {\"v4\": [\n%s,\n{\"originas\": \"AS9\", \"prefix\": "
	    "\"10.0.0.0/8\"}]}}",
	    bad_arin_records[_i]);
	load(&w, FEED_ARIN, text);
	ck_assert_ptr_nonnull(w.data);
	ck_assert_uint_eq(w.data->arin_count, 1);
	is_route(&w.data->arin[0], "10.0.0.0/8", 9);
	world_says(&w, 2, "an IPv4 prefix without host bits}: it was left out");
	world_fini(&w);
}
END_TEST

START_TEST(registrobr)
{
	struct world w;

	load(&w, FEED_REGISTROBR,
	    "# comment\n"
	    "AS64500|Associa\xe7\xe3o|003.508.097/0001-36|192.0.2.0/24|2001:db8::/32\r\n"
	    "\n"
	    "AS64501|No prefixes|1\n"
	    "AS64502|One| 2 | 198.51.100.0/24 |\n");
	ck_assert_ptr_nonnull(w.data);
	ck_assert_uint_eq(w.data->registrobr_count, 3);
	is_route(&w.data->registrobr[0], "192.0.2.0/24", 64500);
	is_route(&w.data->registrobr[1], "198.51.100.0/24", 64502);
	is_route(&w.data->registrobr[2], "2001:db8::/32", 64500);
	ck_assert_uint_eq(w.report.notes.count, 0);
	world_fini(&w);
}
END_TEST

static const struct bad_line {
	const char *text;
	const char *says;
} bad_registrobr_lines[] = {
    {"ASx|a|b|192.0.2.0/24", "expected AS<n>|name|id|prefix"},
    {"AS0|a|b|192.0.2.0/24", "expected AS<n>|name|id|prefix"},
    {"|a|b|192.0.2.0/24", "expected AS<n>|name|id|prefix"},
    {"AS1|a", "expected AS<n>|name|id|prefix"},
    {"AS1", "expected AS<n>|name|id|prefix"},
    {"AS1|a|b|192.0.2.1/24", "\"192.0.2.1/24\" is no prefix without host bits"},
    {"AS1|a|b|192.0.2/24", "\"192.0.2/24\" is no prefix"},
};

START_TEST(bad_registrobr_lines_are_left_out)
{
	char text[256];
	struct world w;

	snprintf(text, sizeof(text), "AS9|a|b|10.0.0.0/8\n%s\nAS9|a|b|11.0.0.0/8\n",
	    bad_registrobr_lines[_i].text);
	load(&w, FEED_REGISTROBR, text);
	ck_assert_ptr_nonnull(w.data);
	ck_assert_uint_eq(w.data->registrobr_count, 2);
	world_says(&w, 2, bad_registrobr_lines[_i].says);
	ck_assert_uint_eq(w.report.sources[0].bad, 1);
	world_fini(&w);
}
END_TEST

static const struct data_network *
network(const struct world *w, uint32_t asn)
{
	for (uint32_t i = 0; i < w->data->network_count; i++)
		if (w->data->networks[i].asn == asn)
			return &w->data->networks[i];
	ck_abort_msg("no network of AS%u", asn);
}

/* Asserts the names of a network's objects, as "A B". */
static void
has_objects(const struct world *w, uint32_t asn, const char *expected)
{
	const struct data_network *n = network(w, asn);
	char text[256] = "";
	size_t len = 0;

	for (uint32_t i = 0; i < n->objects.count; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s", i == 0 ? "" : " ",
		    w->data->text + w->data->names[n->objects.first + i].text);
	ck_assert_str_eq(text, expected);
}

START_TEST(peeringdb)
{
	static const uint32_t wanted[] = {64503, 64500, 64502, 64504};
	struct world w;

	world_init(&w);
	w.request.network_asns = wanted;
	w.request.network_asn_count = COUNT(wanted);
	world_read(&w, FEED_PEERINGDB,
	    "{\"data\": [\n"
	    "{\"id\": 1, \"asn\": 64502, \"info_prefixes4\": null, \"info_prefixes6\": 0,"
	    " \"irr_as_set\": \"RIPE::as-foo, AS-BAR/AS64500&AS-BAZ@RADB AS1:AS-X\","
	    " \"info_never_via_route_servers\": false, \"notes\": \"a\\u00e9\\n\\\"b\\\"\"},\n"
	    "{\"asn\": 64501, \"info_prefixes4\": 100, \"info_prefixes6\": 20,"
	    " \"irr_as_set\": \"AS-NOT-WANTED\", \"info_never_via_route_servers\": true},\n"
	    "{\"asn\": 64500, \"irr_as_set\": null},\n"
	    "{\"asn\": 64503, \"irr_as_set\": \"\"},\n"
	    "{\"asn\": 64504, \"irr_as_set\": \"RS-FOO AS-ANY x\"}\n"
	    "], \"meta\": {}}");
	world_read(&w, FEED_IRR, "as-set: AS-BAR\nmembers: AS7\n");
	world_end(&w);
	ck_assert_ptr_nonnull(w.data);
	ck_assert_uint_eq(w.data->network_count, 5);
	ck_assert_uint_eq(w.data->networks[0].asn, 64500);
	has_objects(&w, 64502, "RIPE::AS-FOO AS-BAR AS64500 RADB::AS-BAZ AS1:AS-X");
	has_objects(&w, 64501, "");
	has_objects(&w, 64500, "");
	has_objects(&w, 64504, "");
	world_says(&w, 6, "RS-FOO is no AS-SET that can be looked up");
	world_expands(&w, "AS-BAR", "7");
	ck_assert_ptr_null(world_object(&w, "AS-NOT-WANTED"));
	ck_assert_uint_eq(network(&w, 64501)->prefixes[FAMILY_IPV4], 100);
	ck_assert_uint_eq(network(&w, 64501)->prefixes[FAMILY_IPV6], 20);
	ck_assert_uint_eq(network(&w, 64501)->has_prefixes[FAMILY_IPV4], 1);
	ck_assert_uint_eq(network(&w, 64501)->never_via_route_servers, 1);
	ck_assert_uint_eq(network(&w, 64502)->has_prefixes[FAMILY_IPV4], 0);
	ck_assert_uint_eq(network(&w, 64502)->has_prefixes[FAMILY_IPV6], 1);
	ck_assert_uint_eq(network(&w, 64502)->prefixes[FAMILY_IPV6], 0);
	ck_assert_uint_eq(network(&w, 64502)->never_via_route_servers, 0);
	world_fini(&w);
}
END_TEST

START_TEST(peeringdb_as_a_list_with_bad_records)
{
	struct world w;

	load(&w, FEED_PEERINGDB,
	    "[{\"asn\": 1}, {\"asn\": 0}, {}, 7, {\"asn\": \"x\"},\n"
	    "{\"asn\": 2, \"info_prefixes4\": -1, \"info_prefixes6\": \"7\"}, {\"asn\": 1}]");
	ck_assert_ptr_nonnull(w.data);
	ck_assert_uint_eq(w.data->network_count, 2);
	ck_assert_uint_eq(network(&w, 2)->has_prefixes[FAMILY_IPV4], 0);
	ck_assert_uint_eq(network(&w, 2)->has_prefixes[FAMILY_IPV6], 0);
	ck_assert_uint_eq(w.report.sources[0].bad, 4);
	world_says(&w, 1, "network without a valid \"asn\"");
	world_says(&w, 0, "one record of each is used, 1 were left out");
	world_fini(&w);
}
END_TEST

START_TEST(names_of_a_network_are_limited)
{
	static const uint32_t wanted[] = {1};
	char text[2048] = "[{\"asn\": 1, \"irr_as_set\": \"";
	struct world w;

	for (unsigned i = 0; i < FEED_NETWORK_OBJECTS + 10; i++)
		strcat(text, "AS-FOO ");
	strcat(text, "\"}]");
	world_init(&w);
	w.request.network_asns = wanted;
	w.request.network_asn_count = 1;
	world_read(&w, FEED_PEERINGDB, text);
	world_end(&w);
	ck_assert_uint_eq(network(&w, 1)->objects.count, FEED_NETWORK_OBJECTS);
	world_says(&w, 1, "irr_as_set: more than 64 names");
	world_fini(&w);
}
END_TEST

static uint32_t
rtt_of(const struct world *w, const char *address)
{
	struct slice s = {address, strlen(address)};
	struct policy_address wanted;

	ck_assert(slice_address(s, &wanted));
	for (uint32_t i = 0; i < w->data->rtt_count; i++)
		if (memcmp(&w->data->rtts[i].address, &wanted, sizeof(wanted)) == 0)
			return w->data->rtts[i].rtt_ms;
	return 0;
}

static const char *const rtt_files[] = {
    "---\n"
    "192.0.2.1: 12.4\n"
    "192.0.2.2 12.5 # measured by hand\n"
    "'192.0.2.3': 0.3\n"
    "\"2001:db8::1\":\t99999\r\n"
    "\n"
    "2001:db8::2: 7\n"
    "2001:db8:::\t8\n"
    "192.0.2.4: null\n"
    "192.0.2.5: 0\n"
    "192.0.2.6: 60000.4\n",
    "{\"192.0.2.1\": 12.4, \"192.0.2.2\": 12.5, \"192.0.2.3\": 3e-1,\n"
    " \"2001:db8::1\": 99999, \"2001:db8::2\": 7.0, \"2001:db8::\": \"8\",\n"
    " \"192.0.2.4\": null, \"192.0.2.5\": 0.0, \"192.0.2.6\": 60000.4}",
};

START_TEST(round_trip_times)
{
	struct world w;

	load(&w, FEED_RTT, rtt_files[_i]);
	ck_assert_ptr_nonnull(w.data);
	ck_assert_uint_eq(w.data->rtt_count, 7);
	ck_assert_uint_eq(rtt_of(&w, "192.0.2.1"), 12);
	ck_assert_uint_eq(rtt_of(&w, "192.0.2.2"), 13);
	ck_assert_uint_eq(rtt_of(&w, "192.0.2.3"), 1);
	ck_assert_uint_eq(rtt_of(&w, "2001:db8::1"), POLICY_RTT_MAX_MS);
	ck_assert_uint_eq(rtt_of(&w, "2001:db8::2"), 7);
	ck_assert_uint_eq(rtt_of(&w, "2001:db8::"), 8);
	ck_assert_uint_eq(rtt_of(&w, "192.0.2.6"), POLICY_RTT_MAX_MS);
	ck_assert_uint_eq(w.report.notes.count, 0);
	world_fini(&w);
}
END_TEST

static const struct bad_line bad_rtt_lines[] = {
    {"192.0.2.1:", "\"\" is no round-trip time"},
    {"192.0.2.1: -1", "\"-1\" is no round-trip time"},
    {"192.0.2.1: nan", "\"nan\" is no round-trip time"},
    {"192.0.2.1: 0x10", "\"0x10\" is no round-trip time"},
    {"192.0.2.1: 1e999", "\"1e999\" is no round-trip time"},
    {"192.0.2.1: 5 6", "\"5 6\" is no round-trip time"},
    {"192.0.2.0/24: 5", "\"192.0.2.0/24\" is no address"},
    {"router1: 5", "\"router1\" is no address"},
};

START_TEST(bad_rtt_lines_are_left_out)
{
	char text[256];
	struct world w;

	snprintf(text, sizeof(text), "192.0.2.9: 9\n%s\n192.0.2.8: 8\n", bad_rtt_lines[_i].text);
	load(&w, FEED_RTT, text);
	ck_assert_ptr_nonnull(w.data);
	ck_assert_uint_eq(w.data->rtt_count, 2);
	world_says(&w, 2, bad_rtt_lines[_i].says);
	world_fini(&w);
}
END_TEST

START_TEST(the_lowest_of_several_times)
{
	struct world w;

	load(&w, FEED_RTT, "192.0.2.1: 9\n192.0.2.1: 7\n192.0.2.1: 8\n");
	ck_assert_uint_eq(w.data->rtt_count, 1);
	ck_assert_uint_eq(rtt_of(&w, "192.0.2.1"), 7);
	world_says(&w, 0, "the lowest time is used, 2 were left out");
	world_fini(&w);
}
END_TEST

START_TEST(no_times_yet_is_no_error)
{
	struct world w;

	load(&w, FEED_RTT, "# nothing measured\n");
	ck_assert_ptr_nonnull(w.data);
	ck_assert_uint_eq(w.data->rtt_count, 0);
	world_fini(&w);
}
END_TEST

static const struct bad_file {
	enum feed_kind kind;
	const char *text;
	const char *says;
} bad_files[] = {
    {FEED_ARIN, "", "expected {\"whois_records\""},
    {FEED_ARIN, "[]", "expected {\"whois_records\""},
    {FEED_ARIN, "{}", "has no \"whois_records\""},
    {FEED_ARIN, "{\"whois_records\": []}", "has no \"whois_records\""},
    {FEED_ARIN, "{\"whois_records\": {\"v4\": {}}}", "a list of records expected"},
    {FEED_ARIN, "{\"whois_records\": {\"v4\": [{\"originas\": ", "the text ends too early"},
    {FEED_REGISTROBR, "", "holds no prefixes"},
    {FEED_REGISTROBR, "<html>\n", "holds no prefixes"},
    {FEED_PEERINGDB, "", "holds no networks"},
    {FEED_PEERINGDB, "{}", "holds no networks"},
    {FEED_PEERINGDB, "[]", "holds no networks"},
    {FEED_PEERINGDB, "{\"data\": {}}", "holds no networks"},
    {FEED_PEERINGDB, "{\"data\": [{\"asn\": 1}, ", "the text ends too early"},
    {FEED_PEERINGDB, "7", "holds no networks"},
    {FEED_RTT, "<html>\n", "holds no round-trip times"},
    {FEED_RTT, "{\"192.0.2.1\": 7", "the text ends too early"},
    {FEED_RTT, "{\"192.0.2.1\" 7}", "':' expected"},
};

START_TEST(useless_files_are_errors)
{
	struct world w;

	load(&w, bad_files[_i].kind, bad_files[_i].text);
	ck_assert_ptr_null(w.data);
	ck_assert_uint_eq(w.report.notes.errors, 1);
	ck_assert_ptr_nonnull(world_note(&w, bad_files[_i].says));
	world_fini(&w);
}
END_TEST

int
main(void)
{
	const struct loop_test tests[] = {
	    {arin, 0},
	    {bad_arin_records_are_left_out, COUNT(bad_arin_records)},
	    {registrobr, 0},
	    {bad_registrobr_lines_are_left_out, COUNT(bad_registrobr_lines)},
	    {peeringdb, 0},
	    {peeringdb_as_a_list_with_bad_records, 0},
	    {names_of_a_network_are_limited, 0},
	    {round_trip_times, COUNT(rtt_files)},
	    {bad_rtt_lines_are_left_out, COUNT(bad_rtt_lines)},
	    {the_lowest_of_several_times, 0},
	    {no_times_yet_is_no_error, 0},
	    {useless_files_are_errors, COUNT(bad_files)},
	};

	return run_suite("registries, networks, times", tests, COUNT(tests));
}
