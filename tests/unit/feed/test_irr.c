/*
 * IRR data: RPSL, JSON of bgpq4, AS-SETs as JSON, and what the wanted objects expand to.
 */
#include "tests/unit/feed/world.h"

/* Reads one IRR file with those objects wanted. */
static void
load(struct world *w, const char *const *objects, size_t count, const char *text)
{
	world_init(w);
	w->request.objects = objects;
	w->request.object_count = count;
	world_read(w, FEED_IRR, text);
	world_end(w);
}

static const char *const foo[] = {"AS-FOO"};

START_TEST(routes_are_read_sorted_and_once)
{
	struct world w;

	load(&w, NULL, 0,
	    "route: 198.51.100.0/24\norigin: AS64501\nsource: RIPE\n\n"
	    "route6:\t2001:db8::/32 # ours\norigin:as64500\n\n"
	    "ROUTE: 192.0.2.0/24\ndescr: x\nOrigin: AS64500\n\n"
	    "route: 192.0.2.0/24\norigin:\n  AS64500 # on a line of its own\nsource: RADB");
	ck_assert_ptr_nonnull(w.data);
	ck_assert_uint_eq(w.data->route_count, 3);
	ck_assert(
	    prefix_compare(&w.data->routes[0].prefix, &(struct prefix){0, 24, {192, 0, 2}}) == 0);
	ck_assert_uint_eq(w.data->routes[0].origin, 64500);
	ck_assert_uint_eq(w.data->routes[1].origin, 64501);
	ck_assert_uint_eq(w.data->routes[2].prefix.family, FAMILY_IPV6);
	ck_assert_uint_eq(w.report.notes.count, 0);
	ck_assert_uint_eq(w.report.sources[0].records, 4);
	world_fini(&w);
}
END_TEST

static const struct bad_object {
	const char *text;
	unsigned line;
	const char *says;
} bad_objects[] = {
    {"route: 192.0.2.1/24\norigin: AS64500\n", 3, "no IPv4 prefix without host bits"},
    {"route: 192.0.2.0\norigin: AS64500\n", 3, "no IPv4 prefix without host bits"},
    {"route: 2001:db8::/32\norigin: AS64500\n", 3, "no IPv4 prefix"},
    {"route6: 192.0.2.0/24\norigin: AS64500\n", 3, "no IPv6 prefix"},
    {"route:\norigin: AS64500\n", 3, "no IPv4 prefix"},
    {"route: 192.0.2.0/24\n", 3, "without a valid origin"},
    {"route: 192.0.2.0/24\norigin: 4294967296\n", 3, "without a valid origin"},
    {"route: 192.0.2.0/24\norigin: AS0\n", 3, "without a valid origin"},
    {"route: 192.0.2.0/24\norigin: AS1.10\n", 3, "without a valid origin"},
    {"as-set: AS64500\nmembers: AS1\n", 3, "has no name of an AS-SET"},
    {"as-set: RIPE::AS-X\nmembers: AS1\n", 3, "has no name of an AS-SET"},
    {"as-set: AS-X:\n", 3, "has no name of an AS-SET"},
    {"as-set:\n", 3, "has no name of an AS-SET"},
    {"<html>\n", 3, "not a line of RPSL"},
    {" continues nothing\n", 3, "not a line of RPSL"},
    {"as-set: AS-X\nmembers: AS1, a@example.net\n", 4, "no AS number and no AS-SET"},
    {"as-set: AS-X\nmembers: AS-ANY\n", 4, "is everybody"},
};

START_TEST(bad_objects_are_left_out_and_told)
{
	const struct bad_object *bad = &bad_objects[_i];
	char text[512];
	struct world w;

	snprintf(text, sizeof(text), "as-set: AS-FOO\n\n%s\nroute: 203.0.113.0/24\norigin: AS1\n",
	    bad->text);
	load(&w, NULL, 0, text);
	ck_assert_ptr_nonnull(w.data);
	world_says(&w, bad->line, bad->says);
	ck_assert_uint_eq(w.data->route_count, 1);
	ck_assert_uint_eq(w.report.sources[0].bad, 1);
	world_fini(&w);
}
END_TEST

static const char *const useless[] = {
    "",
    "\n\n",
    "% comment\n# another\n",
    "<!DOCTYPE html>\n<html>\n",
    "aut-num: AS64500\nas-name: X\n",
    "{}",
    "{\"AS-FOO\": [",
    "{\"AS-FOO\": [64500] , }",
    "{\"as_sets\": []}",
    "{\"NN\": [64500]}",
    "[]",
};

START_TEST(useless_files_are_errors)
{
	struct world w;

	load(&w, foo, 1, useless[_i]);
	ck_assert_ptr_null(w.data);
	ck_assert_uint_eq(w.report.notes.errors, 1);
	ck_assert_str_eq(w.report.notes.notes[w.report.notes.count - 1].file, "file0");
	world_fini(&w);
}
END_TEST

START_TEST(bad_records_are_summed_up)
{
	char text[4096] = "as-set: AS-FOO\nmembers: AS1\n\n";
	struct world w;

	for (int i = 0; i < 20; i++)
		strcat(text, "route: nothing\n\n");
	load(&w, foo, 1, text);
	ck_assert_uint_eq(w.report.sources[0].bad, 20);
	ck_assert_uint_eq(w.report.notes.warnings, INPUT_TOLD_MAX + 1);
	world_says(&w, 0, "17 more records were left out");
	world_fini(&w);
}
END_TEST

START_TEST(members_are_read_in_every_form)
{
	struct world w;

	load(&w, foo, 1,
	    "as-set:    as-foo\r\n"
	    "descr:     of many\r\n"
	    "members:   AS64505, as64501 , AS64502# no AS64599\r\n"
	    "           AS64503,\r\n"
	    "+ AS64504\r\n"
	    "# AS64598\r\n"
	    "+\r\n"
	    "\tAS64506 AS64507,,AS64507\r\n"
	    "members:   AS64508\r\n"
	    "notmembers: AS64597\r\n"
	    "source:    RIPE # Filtered\r\n"
	    "  \r\n"
	    "members:   AS64596\r\n");
	ck_assert_ptr_nonnull(w.data);
	world_expands(&w, "AS-FOO", "64501 64502 64503 64504 64505 64506 64507 64508");
	ck_assert_uint_eq(w.report.notes.count, 0);
	world_fini(&w);
}
END_TEST

START_TEST(sets_within_sets_and_loops)
{
	static const char *const objects[] = {"AS-A", "AS-B", "AS64500:AS-C:AS-D", "as-a"};
	struct world w;

	load(&w, objects, COUNT(objects),
	    "as-set: AS-A\nmembers: AS1, AS-B\n\n"
	    "as-set: AS-B\nmembers: AS2, AS64500:AS-C:AS-D\n\n"
	    "as-set: AS64500:AS-C:AS-D\nmembers: AS3, AS-A, AS64500:AS-C:AS-D\n");
	world_expands(&w, "AS-A", "1 2 3");
	world_expands(&w, "AS-B", "1 2 3");
	world_expands(&w, "AS64500:AS-C:AS-D", "1 2 3");
	world_expands(&w, "as-a", "1 2 3");
	ck_assert_uint_eq(w.data->object_count, 4);
	world_fini(&w);
}
END_TEST

START_TEST(sources_are_merged_unless_one_is_named)
{
	static const char *const objects[] = {
	    "AS-FOO", "RIPE::AS-FOO", "radb::AS-FOO", "ARIN::AS-FOO", "AS-OF-RADB"};
	struct world w;

	load(&w, objects, COUNT(objects),
	    "as-set: AS-FOO\nmembers: AS1\nsource: RIPE\n\n"
	    "as-set: AS-FOO\nmembers: AS2, AS-BAR\nsource: RADB\n\n"
	    "as-set: AS-BAR\nmembers: AS3\nsource: ARIN\n\n"
	    "as-set: AS-OF-RADB\nmembers: RADB::AS-FOO\nsource: RIPE\n");
	world_expands(&w, "AS-FOO", "1 2 3");
	world_expands(&w, "RIPE::AS-FOO", "1");
	world_expands(&w, "radb::AS-FOO", "2 3");
	world_expands(&w, "AS-OF-RADB", "2 3");
	ck_assert_ptr_null(world_object(&w, "ARIN::AS-FOO"));
	world_says(&w, 0, "objects without IRR data authorise nothing");
	world_fini(&w);
}
END_TEST

START_TEST(what_is_missing_is_told)
{
	static const char *const objects[] = {
	    "AS-FOO", "AS-MISSING", "AS-EMPTY", "AS-ANY", "RS-FOO", "AS64500"};
	struct world w;

	load(&w, objects, COUNT(objects),
	    "as-set: AS-FOO\nmembers: AS1, AS-NONE, AS-NONE\nmbrs-by-ref: ANY\n\n"
	    "as-set: AS-EMPTY\n");
	world_says(&w, 0, "authorise nothing; add a file that has them: AS-MISSING");
	world_says(&w, 0, "empty IRR objects authorise nothing: AS-EMPTY");
	world_says(
	    &w, 0, "no AS-SETs that can be looked up: they authorise nothing: AS-ANY, RS-FOO");
	world_says(&w, 0, "(mbrs-by-ref): those are left out: AS-FOO");
	world_says(
	    &w, 0, "AS-SETs without data that others have as members: AS-NONE (member of AS-FOO)");
	world_expands(&w, "AS64500", "64500");
	world_expands(&w, "AS-EMPTY", "");
	ck_assert_ptr_null(world_object(&w, "AS-ANY"));
	ck_assert_ptr_null(world_object(&w, "AS-MISSING"));
	world_fini(&w);
}
END_TEST

START_TEST(depth_is_limited)
{
	static const char *const objects[] = {"AS-1", "AS-2"};
	char text[8192];
	size_t len = 0;
	struct world w;

	for (unsigned i = 1; i <= FEED_AS_SET_DEPTH + 1; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len,
		    "as-set: AS-%u\nmembers: AS-%u, AS%u\n\n", i, i + 1, i);
	load(&w, objects, 2, text);
	ck_assert_uint_eq(world_object(&w, "AS-1")->asns.count, FEED_AS_SET_DEPTH);
	ck_assert_uint_eq(world_object(&w, "AS-2")->asns.count, FEED_AS_SET_DEPTH);
	world_says(&w, 0, "too deep within each other: those are left out: AS-1");
	world_fini(&w);
}
END_TEST

START_TEST(size_is_limited)
{
	static const char *const objects[] = {"AS-MOST", "AS-TOO-MANY"};
	size_t room = (size_t)FEED_AS_SET_MAX * 10 + 100, len;
	char *text = malloc(room);
	struct world w;

	len = (size_t)snprintf(text, room, "as-set: AS-MOST\nmembers: AS%u", 7u);
	for (unsigned i = 1; i < FEED_AS_SET_MAX; i++)
		len += (size_t)snprintf(text + len, room - len, " AS%u", i + 7);
	snprintf(text + len, room - len, "\n\nas-set: AS-TOO-MANY\nmembers: AS-MOST, AS1\n");
	load(&w, objects, 2, text);
	ck_assert_uint_eq(world_object(&w, "AS-MOST")->asns.count, FEED_AS_SET_MAX);
	ck_assert_uint_eq(world_object(&w, "AS-TOO-MANY")->asns.count, 0);
	world_says(&w, 0, "too many members authorise nothing; name smaller AS-SETs: AS-TOO-MANY");
	free(text);
	world_fini(&w);
}
END_TEST

START_TEST(bgpq4_prefixes)
{
	const struct policy_prefix *p;
	const struct data_object *object;
	struct world w;

	load(&w, foo, 1,
	    "{ \"AS-FOO\": [\n"
	    "    { \"prefix\": \"192.0.2.0\\/24\", \"exact\": true },\n"
	    "    { \"prefix\": \"198.51.100.0/22\", \"exact\": false, \"less-equal\": 24 },\n"
	    "    { \"prefix\": \"10.0.0.0/8\", \"exact\": false,\n"
	    "      \"greater-equal\": 16, \"less-equal\": 24 },\n"
	    "    { \"prefix\": \"2001:db8::/32\", \"exact\": false, \"greater-equal\": 48,\n"
	    "      \"less-equal\": 48 }\n"
	    "] }\n");
	ck_assert_ptr_nonnull(w.data);
	object = world_object(&w, "AS-FOO");
	ck_assert_ptr_nonnull(object);
	ck_assert_uint_eq(object->prefixes.count, 4);
	p = w.data->prefixes + object->prefixes.first;
	ck_assert_uint_eq(p[0].ge, 16);
	ck_assert_uint_eq(p[0].le, 24);
	ck_assert_uint_eq(p[1].ge, 24);
	ck_assert_uint_eq(p[1].le, 24);
	ck_assert_uint_eq(p[2].ge, 22);
	ck_assert_uint_eq(p[2].le, 24);
	ck_assert_uint_eq(p[3].ge, 48);
	ck_assert_uint_eq(p[3].le, 48);
	world_fini(&w);
}
END_TEST

static const char *const bad_entries[] = {
    "{}",
    "{\"prefix\": 7}",
    "{\"prefix\": \"192.0.2.1/24\"}",
    "{\"prefix\": \"192.0.2.0/24\", \"less-equal\": 23}",
    "{\"prefix\": \"192.0.2.0/24\", \"less-equal\": 33}",
    "{\"prefix\": \"192.0.2.0/24\", \"greater-equal\": 26, \"less-equal\": 25}",
    "{\"prefix\": \"192.0.2.0/24\", \"greater-equal\": \"26\", \"less-equal\": 27}",
    "\"AS64500\"",
    "[64500]",
    "0",
    "1.5",
    "4294967296",
    "null",
};

START_TEST(bad_bgpq4_entries)
{
	char text[256];
	struct world w;

	snprintf(text, sizeof(text), "{\"AS-FOO\": [\n  64501,\n  %s]}", bad_entries[_i]);
	load(&w, foo, 1, text);
	world_expands(&w, "AS-FOO", "64501");
	ck_assert_uint_eq(world_object(&w, "AS-FOO")->prefixes.count, 0);
	ck_assert_uint_eq(w.report.sources[0].bad, 1);
	world_says(&w, 3, "it was left out");
	world_fini(&w);
}
END_TEST

START_TEST(empty_objects_authorise_nothing)
{
	struct world w;

	load(&w, foo, 1, "{\"AS-FOO\": []}");
	world_expands(&w, "AS-FOO", "");
	world_says(&w, 1, "AS-FOO is empty: it authorises nothing");
	ck_assert_uint_eq(w.report.notes.count, 1);
	world_fini(&w);
}
END_TEST

START_TEST(objects_of_several_files_are_one)
{
	static const char *const objects[] = {"RIPE::AS-FOO", "AS-FOO"};
	struct world w;

	world_init(&w);
	w.request.objects = objects;
	w.request.object_count = 2;
	world_read(&w, FEED_IRR, "{\"AS-FOO\": [64502, 64500]}");
	world_read(&w, FEED_IRR, "{\"as-foo\": [{\"prefix\": \"192.0.2.0/24\", \"exact\": true}]}");
	world_read(&w, FEED_IRR, "as-set: AS-FOO\nmembers: AS64501\nsource: RIPE\n");
	world_read(&w, FEED_IRR,
	    "{\"as_sets\": {\"AS-FOO\": [\"AS64503\", \"AS-BAR\"],"
	    " \"AS-BAR\": [\"AS64504\"]}}");
	world_read(&w, FEED_IRR, "{\"AS64500\": [{\"prefix\": \"10.0.0.0/8\", \"exact\": true}]}");
	world_end(&w);
	world_expands(&w, "AS-FOO", "64500 64501 64502 64503 64504");
	world_expands(&w, "RIPE::AS-FOO", "64500 64501 64502 64503 64504");
	ck_assert_uint_eq(world_object(&w, "AS-FOO")->prefixes.count, 1);
	ck_assert_uint_eq(world_object(&w, "RIPE::AS-FOO")->prefixes.count, 1);
	/* not asked for, but there */
	world_expands(&w, "AS64500", "64500");
	ck_assert_uint_eq(world_object(&w, "AS64500")->prefixes.count, 1);
	ck_assert_uint_eq(w.report.notes.count, 0);
	world_fini(&w);
}
END_TEST

START_TEST(bad_sets_of_json)
{
	struct world w;

	load(&w, foo, 1,
	    "{\"as_sets\": {\n"
	    "\"AS-FOO\": [\"AS1\",\n 7, \"AS-ANY\", null],\n"
	    "\"AS64500\": [\"AS2\"],\n"
	    "\"RIPE::AS-X\": [\"AS2\"],\n"
	    "\"AS-Y\": \"AS3\"}}");
	world_expands(&w, "AS-FOO", "1");
	ck_assert_uint_eq(w.report.sources[0].bad, 6);
	world_says(&w, 3, "no AS number and no AS-SET");
	world_says(&w, 3, "everybody");
	world_says(&w, 4, "an AS-SET and the list of its members expected");
	world_fini(&w);
}
END_TEST

int
main(void)
{
	const struct loop_test tests[] = {
	    {routes_are_read_sorted_and_once, 0},
	    {bad_objects_are_left_out_and_told, COUNT(bad_objects)},
	    {useless_files_are_errors, COUNT(useless)},
	    {bad_records_are_summed_up, 0},
	    {members_are_read_in_every_form, 0},
	    {sets_within_sets_and_loops, 0},
	    {sources_are_merged_unless_one_is_named, 0},
	    {what_is_missing_is_told, 0},
	    {depth_is_limited, 0},
	    {size_is_limited, 0},
	    {bgpq4_prefixes, 0},
	    {bad_bgpq4_entries, COUNT(bad_entries)},
	    {empty_objects_authorise_nothing, 0},
	    {objects_of_several_files_are_one, 0},
	    {bad_sets_of_json, 0},
	};

	return run_suite("IRR data", tests, COUNT(tests));
}
