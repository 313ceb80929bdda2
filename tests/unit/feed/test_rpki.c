/*
 * VRPs and ASPAs in the JSON of every validator: what is taken, left out, refused.
 */
#include "tests/unit/feed/world.h"

static void
load(struct world *w, const char *text)
{
	world_init(w);
	world_read(w, FEED_RPKI, text);
	world_end(w);
}

/* Asserts VRP i. */
static void
is_vrp(const struct world *w, uint32_t i, const char *prefix, uint8_t max_len, uint32_t asn)
{
	struct prefix expected = prefix_of(prefix);

	ck_assert_uint_lt(i, w->data->vrp_count);
	ck_assert_int_eq(prefix_compare(&w->data->vrps[i].prefix, &expected), 0);
	ck_assert_uint_eq(w->data->vrps[i].max_len, max_len);
	ck_assert_uint_eq(w->data->vrps[i].asn, asn);
}

/* Asserts ASPA i: its providers as "1 2". */
static void
is_aspa(const struct world *w, uint32_t i, uint32_t customer, const char *providers)
{
	char text[256] = "";
	size_t len = 0;

	ck_assert_uint_lt(i, w->data->aspa_count);
	ck_assert_uint_eq(w->data->aspas[i].customer, customer);
	for (uint32_t k = 0; k < w->data->aspas[i].providers.count; k++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%u", k == 0 ? "" : " ",
		    w->data->asns[w->data->aspas[i].providers.first + k]);
	ck_assert_str_eq(text, providers);
}

static const char *const producers[] = {
    /* rpki-client */
    "{ \"metadata\": { \"buildtime\": \"2027-01-15T07:59:00Z\", \"talfiles\": [\"a\"] },\n"
    " \"roas\": [ { \"asn\": 64501, \"prefix\": \"198.51.100.0/22\", \"maxLength\": 24, "
    "\"ta\": \"ripe\", \"expires\": 1800000000 },\n"
    " { \"asn\": 0, \"prefix\": \"2001:db8::/32\", \"maxLength\": 128, \"ta\": \"apnic\" } ],\n"
    " \"bgpsec_keys\": [ { \"asn\": 1, \"ski\": \"5D\" } ],\n"
    " \"aspas\": [ { \"customer_asid\": 64500, \"expires\": 1800000001, "
    "\"providers\": [ 64501, 64502 ] } ] }",
    /* Routinator json */
    "{\"metadata\": {\"generated\": 1799999940, \"generatedTime\": \"2027-01-15T07:59:00Z\"},\n"
    "\"roas\": [{\"asn\": \"AS64501\", \"prefix\": \"198.51.100.0/22\", \"maxLength\": 24, "
    "\"ta\": \"ripe\"}, {\"asn\": \"AS0\", \"prefix\": \"2001:db8::/32\", \"maxLength\": 128, "
    "\"ta\": \"apnic\"}],\n"
    "\"routerKeys\": [], \"aspas\": [{\"customer\": \"AS64500\", \"providers\": [\"AS64502\", "
    "\"AS64501\"], \"ta\": \"ripe\"}]}",
    /* Routinator jsonext */
    "{\"metadata\": {\"generated\": 1799999940}, \"roas\": [{\"asn\": \"AS64501\", \"prefix\": "
    "\"198.51.100.0/22\", \"maxLength\": 24, \"source\": [{\"type\": \"roa\", \"uri\": "
    "\"rsync://x\", \"tal\": \"ripe\", \"validity\": {\"notBefore\": \"x\"}}]}, {\"asn\": "
    "\"AS0\", \"prefix\": \"2001:db8::/32\", \"maxLength\": 128, \"source\": [{\"type\": "
    "\"roa\", \"tal\": \"arin\"}, {\"type\": \"roa\", \"tal\": \"apnic\"}]}], \"aspas\": "
    "[{\"customer\": \"AS64500\", \"providers\": [\"AS64501\", \"AS64502\"], \"source\": "
    "[{\"type\": \"aspa\", \"tal\": \"ripe\"}]}]}",
    /* StayRTR */
    "{\"metadata\": {\"vrps\": 2, \"buildtime\": \"2027-01-15T07:59:00.25Z\"}, \"roas\": "
    "[{\"prefix\": \"198.51.100.0/22\", \"maxLength\": 24, \"asn\": \"AS64501\", \"ta\": "
    "\"RIPE\", \"expires\": 1800000010}, {\"prefix\": \"2001:db8::/32\", \"maxLength\": 128, "
    "\"asn\": 0, \"ta\": \"APNIC\"}], \"aspas\": [{\"customer_asid\": \"64500\", "
    "\"providers\": [64501, 64502]}]}",
};

START_TEST(producers_agree)
{
	static const char *const anchors[] = {"APNIC RPKI Root", "RIPE NCC RPKI Root"};
	struct world w;

	world_init(&w);
	w.request.anchors = anchors;
	w.request.anchor_count = 2;
	w.request.rpki_age_s = 60;
	world_read(&w, FEED_RPKI, producers[_i]);
	world_end(&w);
	ck_assert_ptr_nonnull(w.data);
	ck_assert_uint_eq(w.data->vrp_count, 2);
	is_vrp(&w, 0, "198.51.100.0/22", 24, 64501);
	is_vrp(&w, 1, "2001:db8::/32", 128, 0);
	ck_assert_uint_eq(w.data->aspa_count, 1);
	is_aspa(&w, 0, 64500, "64501 64502");
	ck_assert_uint_eq(w.report.sources[0].records, 3);
	ck_assert_uint_eq(w.report.sources[0].time_s, 1799999940);
	world_fini(&w);
}
END_TEST

static const struct bad_record {
	const char *text;
	const char *says;
} bad_records[] = {
    {"{}", "\"prefix\" is missing"},
    {"7", "no object"},
    {"[]", "no object"},
    {"{\"asn\": 1}", "\"prefix\" is missing"},
    {"{\"asn\": 1, \"prefix\": \"192.0.2.1/24\"}", "has host bits"},
    {"{\"asn\": 1, \"prefix\": \"192.0.2.0\"}", "\"prefix\""},
    {"{\"asn\": 1, \"prefix\": 7}", "\"prefix\""},
    {"{\"prefix\": \"192.0.2.0/24\"}", "\"asn\" is missing"},
    {"{\"prefix\": \"192.0.2.0/24\", \"asn\": 4294967296}", "\"asn\""},
    {"{\"prefix\": \"192.0.2.0/24\", \"asn\": -1}", "\"asn\""},
    {"{\"prefix\": \"192.0.2.0/24\", \"asn\": 1.0}", "\"asn\""},
    {"{\"prefix\": \"192.0.2.0/24\", \"asn\": \"ASx\"}", "\"asn\""},
    {"{\"prefix\": \"192.0.2.0/24\", \"asn\": 1, \"maxLength\": 23}", "\"maxLength\""},
    {"{\"prefix\": \"192.0.2.0/24\", \"asn\": 1, \"maxLength\": 33}", "\"maxLength\""},
    {"{\"prefix\": \"2001:db8::/32\", \"asn\": 1, \"maxLength\": 129}", "\"maxLength\""},
    {"{\"prefix\": \"192.0.2.0/24\", \"asn\": 1, \"maxLength\": \"24\"}", "\"maxLength\""},
    {"{\"prefix\": \"192.0.2.0/24\", \"asn\": 1, \"expires\": \"soon\"}", "\"expires\""},
};

START_TEST(bad_vrps_are_left_out_and_told)
{
	char text[512];
	struct world w;

	snprintf(text, sizeof(text),
	    "{\"roas\": [{\"prefix\": \"10.0.0.0/8\", \"asn\": 1},\n%s,\n"
	    "{\"prefix\": \"11.0.0.0/8\", \"asn\": 1, \"maxLength\": null}]}",
	    bad_records[_i].text);
	load(&w, text);
	ck_assert_ptr_nonnull(w.data);
	ck_assert_uint_eq(w.data->vrp_count, 2);
	is_vrp(&w, 0, "10.0.0.0/8", 8, 1);
	is_vrp(&w, 1, "11.0.0.0/8", 8, 1);
	world_says(&w, 2, bad_records[_i].says);
	ck_assert_uint_eq(w.report.sources[0].bad, 1);
	world_fini(&w);
}
END_TEST

static const struct bad_record bad_aspas[] = {
    {"{\"providers\": [1]}", "\"customer_asid\" is missing"},
    {"{\"customer_asid\": 0, \"providers\": [1]}", "the customer is AS 0"},
    {"{\"customer\": \"AS0\", \"providers\": [1]}", "the customer is AS 0"},
    {"{\"customer_asid\": 2}", "\"providers\""},
    {"{\"customer_asid\": 2, \"providers\": []}", "\"providers\""},
    {"{\"customer_asid\": 2, \"providers\": {}}", "\"providers\""},
    {"{\"customer_asid\": 2, \"providers\": [1, null]}", "\"providers\""},
    {"\"AS2\"", "no object"},
};

START_TEST(bad_aspas_are_left_out_and_told)
{
	char text[512];
	struct world w;

	snprintf(text, sizeof(text),
	    "{\"roas\": [],\n\"aspas\": [\n%s,\n{\"customer_asid\": 3, \"providers\": [4]}]}",
	    bad_aspas[_i].text);
	load(&w, text);
	ck_assert_ptr_nonnull(w.data);
	ck_assert_uint_eq(w.data->aspa_count, 1);
	is_aspa(&w, 0, 3, "4");
	world_says(&w, 3, bad_aspas[_i].says);
	world_fini(&w);
}
END_TEST

START_TEST(aspas_of_a_customer_are_merged)
{
	struct world w;

	world_init(&w);
	world_read(&w, FEED_RPKI,
	    "{\"roas\": [], \"aspas\": [{\"customer_asid\": 9, \"providers\": [3, 1, 3]},"
	    "{\"customer_asid\": 8, \"providers\": [0]},"
	    "{\"customer_asid\": 7, \"providers\": [0, 5]},"
	    "{\"customer_asid\": 9, \"providers\": [2]}]}");
	world_read(&w, FEED_RPKI,
	    "{\"roas\": [], \"aspas\": [{\"customer_asid\": 9, \"providers\": [0, 4]}]}");
	world_end(&w);
	ck_assert_uint_eq(w.data->aspa_count, 3);
	is_aspa(&w, 0, 7, "5");
	is_aspa(&w, 1, 8, "0");
	is_aspa(&w, 2, 9, "1 2 3 4");
	world_fini(&w);
}
END_TEST

START_TEST(equal_vrps_are_one)
{
	struct world w;

	load(&w,
	    "{\"roas\": [{\"prefix\": \"10.0.0.0/8\", \"asn\": 1, \"ta\": \"ripe\"},"
	    "{\"prefix\": \"10.0.0.0/8\", \"asn\": \"AS1\", \"maxLength\": 8},"
	    "{\"prefix\": \"10.0.0.0/8\", \"asn\": 1, \"maxLength\": 9},"
	    "{\"prefix\": \"10.0.0.0/8\", \"asn\": 0}]}");
	ck_assert_uint_eq(w.data->vrp_count, 3);
	is_vrp(&w, 0, "10.0.0.0/8", 8, 0);
	is_vrp(&w, 1, "10.0.0.0/8", 8, 1);
	is_vrp(&w, 2, "10.0.0.0/8", 9, 1);
	world_fini(&w);
}
END_TEST

static const char three_anchors[] =
    "{\"roas\": [{\"prefix\": \"10.0.0.0/8\", \"asn\": 1, \"ta\": \"ripe\"},"
    "{\"prefix\": \"11.0.0.0/8\", \"asn\": 1, \"ta\": \"arin\"},"
    "{\"prefix\": \"12.0.0.0/8\", \"asn\": 1, \"ta\": \"N/A\"},"
    "{\"prefix\": \"13.0.0.0/8\", \"asn\": 1}]}";

static const struct anchor_case {
	const char *anchor; /* NULL = all */
	uint32_t vrps;
} anchor_cases[] = {
    {NULL, 4},
    {"ripe", 3},
    {"RIPE", 3},
    {"RIPE NCC RPKI Root", 3},
    {"ARIN", 3},
    {"LACNIC RPKI Root", 2},
    {"ripe-ncc", 2},
    {"", 2},
};

START_TEST(trust_anchors)
{
	const struct anchor_case *c = &anchor_cases[_i];
	struct world w;

	world_init(&w);
	w.request.anchors = &c->anchor;
	w.request.anchor_count = c->anchor != NULL;
	world_read(&w, FEED_RPKI, three_anchors);
	world_end(&w);
	ck_assert_uint_eq(w.data->vrp_count, c->vrps);
	ck_assert_uint_eq(w.report.sources[0].excluded, 4 - c->vrps);
	if (c->anchor == NULL)
		ck_assert_uint_eq(w.report.notes.count, 0);
	else
		world_says(&w, 0, "2 records name no trust anchor");
	world_fini(&w);
}
END_TEST

START_TEST(what_has_expired_is_counted)
{
	struct world w;

	load(&w,
	    "{\"roas\": [{\"prefix\": \"10.0.0.0/8\", \"asn\": 1, \"expires\": 1799999999},"
	    "{\"prefix\": \"11.0.0.0/8\", \"asn\": 1, \"expires\": 1800000000},"
	    "{\"prefix\": \"12.0.0.0/8\", \"asn\": 1, \"expires\": null}],"
	    "\"aspas\": [{\"customer_asid\": 1, \"providers\": [2], \"expires\": 1}]}");
	ck_assert_uint_eq(w.data->vrp_count, 2);
	ck_assert_uint_eq(w.data->aspa_count, 0);
	ck_assert_uint_eq(w.report.sources[0].expired, 2);
	world_fini(&w);
}
END_TEST

START_TEST(nothing_left_is_told)
{
	struct world w;

	load(&w, "{\"roas\": [{\"prefix\": \"10.0.0.0/8\", \"asn\": 1, \"expires\": 7}]}");
	ck_assert_ptr_nonnull(w.data);
	world_says(&w, 0, "no VRP and no ASPA is left: 0 wrong, 1 expired, 0 of trust anchors");
	world_fini(&w);
}
END_TEST

#define ONE_VRP "\"roas\": [{\"prefix\": \"10.0.0.0/8\", \"asn\": 1}]"

static const struct age_case {
	const char *text;
	uint64_t age_s;
	bool is_stale;
} age_cases[] = {
    {"{" ONE_VRP "}", 60, false}, /* by the time of the file: 60 s */
    {"{" ONE_VRP "}", 59, true},
    {"{" ONE_VRP ", \"metadata\": {\"generated\": 1799999900}}", 100, false},
    {"{" ONE_VRP ", \"metadata\": {\"generated\": 1799999900}}", 99, true},
    {"{" ONE_VRP ", \"metadata\": {\"generated\": 1799999900}}", 0, false},
    {"{" ONE_VRP ", \"metadata\": {\"generated\": 1900000000}}", 1, false},
    {"{" ONE_VRP ", \"metadata\": {\"buildtime\": \"2027-01-15T06:00:00Z\"}}", 7200, false},
    {"{" ONE_VRP ", \"metadata\": {\"buildtime\": \"2027-01-15T05:59:59Z\"}}", 7200, true},
    {"{" ONE_VRP ", \"metadata\": {\"buildtime\": \"yesterday\"}}", 59, true},
    {"{" ONE_VRP ", \"metadata\": {\"generatedTime\": \"2027-01-15T08:00:00+00:00\"}}", 1, false},
};

START_TEST(files_that_are_too_old_are_refused)
{
	const struct age_case *c = &age_cases[_i];
	struct world w;

	world_init(&w);
	w.request.rpki_age_s = c->age_s;
	world_read(&w, FEED_RPKI, c->text);
	world_end(&w);
	ck_assert_int_eq(w.data == NULL, c->is_stale);
	ck_assert_uint_eq(w.report.sources[0].is_stale, c->is_stale);
	if (c->is_stale) {
		world_says(&w, 0, "left out; see that the validator runs");
		world_says(&w, 0, "all RPKI files are too old");
	}
	world_fini(&w);
}
END_TEST

START_TEST(one_fresh_file_is_enough)
{
	struct world w;

	world_init(&w);
	w.request.rpki_age_s = 3600;
	world_read(&w, FEED_RPKI,
	    "{\"roas\": [{\"prefix\": \"10.0.0.0/8\", \"asn\": 1}], \"aspas\": "
	    "[{\"customer_asid\": 1, \"providers\": [2]}], \"metadata\": {\"generated\": 7}}");
	world_read(&w, FEED_RPKI, "{\"roas\": [{\"prefix\": \"11.0.0.0/8\", \"asn\": 1}]}");
	world_end(&w);
	ck_assert_ptr_nonnull(w.data);
	ck_assert_uint_eq(w.data->vrp_count, 1);
	is_vrp(&w, 0, "11.0.0.0/8", 8, 1);
	ck_assert_uint_eq(w.data->aspa_count, 0);
	world_fini(&w);
}
END_TEST

static const struct bad_file {
	const char *text;
	unsigned line;
	const char *says;
} bad_files[] = {
    {"", 1, "expected {\"roas\""},
    {"[]", 1, "expected {\"roas\""},
    {"{}", 0, "has no \"roas\""},
    {"{\"aspas\": []}", 0, "has no \"roas\""},
    {"{\"roas\": {}}", 1, "\"roas\" is no list"},
    {"{\"roas\": [],\n \"aspas\": {\"ipv4\": []}}", 2, "\"aspas\" is no list"},
    {"{\"roas\": [\n{\"prefix\": \"10.0.0.0/8\", \"asn\": 1},\n{\"pre", 3, "a string does not end"},
    {"{\"roas\": [\n{\"prefix\": \"10.0.0.0/8\", \"asn\": 1}\n", 3, "the text ends too early"},
    {"{\"roas\": [] }\n}", 2, "goes on behind its end"},
    {"{\"roas\": [{\"source\": [{\"tal\": }]}]}", 1, "a value expected"},
};

START_TEST(useless_files_are_errors)
{
	struct world w;

	load(&w, bad_files[_i].text);
	ck_assert_ptr_null(w.data);
	ck_assert_uint_eq(w.report.notes.errors, 1);
	world_says(&w, bad_files[_i].line, bad_files[_i].says);
	world_fini(&w);
}
END_TEST

int
main(void)
{
	const struct loop_test tests[] = {
	    {producers_agree, COUNT(producers)},
	    {bad_vrps_are_left_out_and_told, COUNT(bad_records)},
	    {bad_aspas_are_left_out_and_told, COUNT(bad_aspas)},
	    {aspas_of_a_customer_are_merged, 0},
	    {equal_vrps_are_one, 0},
	    {trust_anchors, COUNT(anchor_cases)},
	    {what_has_expired_is_counted, 0},
	    {nothing_left_is_told, 0},
	    {files_that_are_too_old_are_refused, COUNT(age_cases)},
	    {one_fresh_file_is_enough, 0},
	    {useless_files_are_errors, COUNT(bad_files)},
	};

	return run_suite("RPKI data", tests, COUNT(tests));
}
