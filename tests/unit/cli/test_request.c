/* Words on the command line to requests, and answers to tables. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "bgpd/cli/layout.h"
#include "bgpd/cli/request.h"

#define WORDS_MAX 12

static bool detailed;

/* Splits at spaces. */
static json_t *
request_of(const char *line, char error[REQUEST_ERROR_MAX])
{
	static char text[256];
	char *words[WORDS_MAX];
	size_t n = 0;

	snprintf(text, sizeof(text), "%s", line);
	for (char *w = strtok(text, " "); w != NULL && n < WORDS_MAX; w = strtok(NULL, " "))
		words[n++] = w;
	return request_parse(words, n, &detailed, error);
}

static const struct {
	const char *line;
	const char *json; /* NULL: refused */
	const char *says;
} cases[] = {
    {"show peers", "{\"args\":{},\"command\":\"show peers\"}", NULL},
    {"sh sum", "{\"args\":{},\"command\":\"show summary\"}", NULL},
    {"show peer AS42", "{\"args\":{\"peer\":\"AS42\"},\"command\":\"show peer\"}", NULL},
    {"show routes", "{\"args\":{},\"command\":\"show routes\"}", NULL},
    {"show routes 10.0.0.0/8 longer from 192.0.2.1 to AS5",
	"{\"args\":{\"from\":\"192.0.2.1\",\"match\":\"longer\",\"prefix\":\"10.0.0.0/8\","
	"\"to\":\"AS5\"},\"command\":\"show routes\"}",
	NULL},
    {"show routes rejected from AS5",
	"{\"args\":{\"from\":\"AS5\",\"rejected\":true},\"command\":\"show routes\"}", NULL},
    {"shutdown 192.0.2.1 maintenance",
	"{\"args\":{\"peer\":\"192.0.2.1\",\"text\":\"maintenance\"},\"command\":\"shutdown\"}",
	NULL},
    {"log level debug", "{\"args\":{\"level\":\"debug\"},\"command\":\"log level\"}", NULL},
    {"", NULL, "a command is missing"},
    {"show", NULL, "no command"},
    {"show nothing", NULL, "no command \"show nothing\""},
    {"show p", NULL, "may be"},
    {"show peer", NULL, "name a peer"},
    {"show peers now", NULL, "\"now\" is one word too many"},
    {"show routes from", NULL, "wants a peer"},
    {"show routes 10.0.0.0/8 what", NULL, "\"what\" is none of"},
    {"show routes longer exact", NULL, "contradicts"},
    {"shutdown AS5 two words", NULL, "quotes"},
    {"log level", NULL, "expected one of debug"},
};

START_TEST(words_to_request)
{
	char error[REQUEST_ERROR_MAX];
	json_t *request = request_of(cases[_i].line, error);
	char *text;

	if (cases[_i].json == NULL) {
		ck_assert_ptr_null(request);
		ck_assert_msg(
		    strstr(error, cases[_i].says) != NULL, "%s: %s", cases[_i].line, error);
		return;
	}
	ck_assert_msg(request != NULL, "%s: %s", cases[_i].line, error);
	text = json_dumps(request, JSON_COMPACT | JSON_SORT_KEYS);
	ck_assert_str_eq(text, cases[_i].json);
	free(text);
	json_decref(request);
}
END_TEST

START_TEST(detail_is_for_the_display)
{
	char error[REQUEST_ERROR_MAX];
	json_t *request = request_of("show routes 10.0.0.0/8 detail", error);

	ck_assert(detailed);
	ck_assert_uint_eq(json_object_size(json_object_get(request, "args")), 1);
	json_decref(request);
	json_decref(request_of("show routes 10.0.0.0/8", error));
	ck_assert(!detailed);
	ck_assert_ptr_null(request_of("show routes detail detail", error));
}
END_TEST

/* Shows objects, given as one JSON array, as the answer of that name. */
static void
show_as(bool is_detailed, const char *answer, const char *objects, char *out, size_t size)
{
	FILE *file = fmemopen(out, size, "w");
	json_t *list = json_loads(objects, 0, NULL), *object;
	struct layout *l = layout_begin(answer, is_detailed, file);
	size_t i;

	ck_assert_ptr_nonnull(list);
	json_array_foreach(list, i, object) layout_add(l, object);
	layout_end(l);
	fclose(file);
	json_decref(list);
}

static void
show(const char *answer, const char *objects, char *out, size_t size)
{
	show_as(false, answer, objects, out, size);
}

START_TEST(routes_are_a_table)
{
	char out[1024] = "";

	show("routes",
	    "[{\"prefix\":\"192.0.2.0/"
	    "24\",\"peer\":\"10.0.0.1\",\"next_hop\":\"10.0.0.1\",\"med\":5,"
	    "\"as_path\":\"1 2\",\"as_set\":\"7,8\",\"origin\":\"IGP\",\"communities\":[\"1:2\"],"
	    "\"large_communities\":[\"1:2:3\"],\"ext_communities\":[],\"best\":true,"
	    "\"accepted\":true,\"reject_reasons\":[]},"
	    "{\"prefix\":\"10.0.0.0/8\",\"peer\":\"10.0.0.2\",\"next_hop\":\"10.0.0.2\","
	    "\"med\":null,\"as_path\":\"3\",\"as_set\":null,\"origin\":\"incomplete\","
	    "\"communities\":[],\"best\":false,\"accepted\":false,"
	    "\"reject_reasons\":[{\"name\":\"own-as\"}]}]",
	    out, sizeof(out));
	ck_assert_str_eq(out,
	    "   PREFIX        PEER      NEXT HOP  MED  AS PATH      COMMUNITIES  REJECTED\n"
	    "*  192.0.2.0/24  10.0.0.1  10.0.0.1    5  1 2 {7,8} i  1:2 1:2:3\n"
	    "x  10.0.0.0/8    10.0.0.2  10.0.0.2    -  3 ?                       own-as\n");
}
END_TEST

START_TEST(a_disabled_peer_shows_it)
{
	char out[1024] = "";

	show("peers",
	    "[{\"address\":\"192.0.2.1\",\"asn\":42,\"state\":\"idle\",\"disabled\":true,"
	    "\"routes\":{\"received\":1,\"accepted\":1,\"rejected\":0,\"sent\":9},"
	    "\"rtt_ms\":0.25,\"description\":\"Alice\",\"last_error\":null}]",
	    out, sizeof(out));
	ck_assert_ptr_nonnull(strstr(out, "192.0.2.1  42  shutdown"));
	ck_assert_ptr_nonnull(strstr(out, "Alice        -\n"));
}
END_TEST

START_TEST(nothing_says_so)
{
	char out[256] = "";

	show("alarms", "[]", out, sizeof(out));
	ck_assert_str_eq(out, "no alarm stands\n");
	memset(out, 0, sizeof(out));
	show_as(true, "routes", "[]", out, sizeof(out));
	ck_assert_str_eq(out, "no route matches\n");
}
END_TEST

START_TEST(details_are_keys_and_values)
{
	char out[512] = "";

	show_as(true, "routes",
	    "[{\"prefix\":\"10.0.0.0/8\",\"med\":null,\"communities\":[\"1:2\",\"3:4\"],"
	    "\"otc\":[],\"reject_reasons\":[{\"code\":16},{\"code\":17}]},"
	    "{\"prefix\":\"11.0.0.0/8\"}]",
	    out, sizeof(out));
	ck_assert_str_eq(out,
	    "prefix                    10.0.0.0/8\n"
	    "med                       -\n"
	    "communities               1:2 3:4\n"
	    "otc                       -\n"
	    "reject_reasons\n"
	    "  code                    16\n"
	    "reject_reasons\n"
	    "  code                    17\n"
	    "\n"
	    "prefix                    11.0.0.0/8\n");
}
END_TEST

/* One route with everything on it does not push the others' columns off the screen. */
START_TEST(a_column_has_a_limit)
{
	char out[2048] = "", objects[1024];

	snprintf(objects, sizeof(objects),
	    "[{\"prefix\":\"10.0.0.0/8\",\"as_path\":\"%0100d\",\"origin\":\"IGP\","
	    "\"communities\":[\"1:1\"]},"
	    "{\"prefix\":\"11.0.0.0/8\",\"as_path\":\"1\",\"origin\":\"IGP\","
	    "\"communities\":[\"1:1\"]}]",
	    0);
	show("routes", objects, out, sizeof(out));
	ck_assert_uint_lt(strlen(strstr(out, "11.0.0.0/8")), 110);
}
END_TEST

START_TEST(text_is_aligned_and_harmless)
{
	char out[1024] = "";

	show("alarms",
	    "[{\"severity\":\"\xc3\xbc\",\"alarm\":\"a\",\"source\":\"s\","
	    "\"text\":\"a\\u001b[2Jb\\u009bc\",\"advice\":\"x\"}]",
	    out, sizeof(out));
	ck_assert_str_eq(out,
	    "SINCE  SEVERITY  ALARM  SOURCE  TEXT       WHAT TO DO\n"
	    "    -  \xc3\xbc         a      s       a?[2Jb??c  x\n");
}
END_TEST

START_TEST(objects_are_keys_and_values)
{
	char out[256] = "";

	show("summary", "[{\"asn\":64500,\"peers\":{\"up\":2}}]", out, sizeof(out));
	ck_assert_str_eq(out,
	    "asn                       64500\n"
	    "peers\n"
	    "  up                      2\n");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("cli");
	TCase *t = tcase_create("cli");
	SRunner *r;
	int failed;

	tcase_add_loop_test(t, words_to_request, 0, (int)(sizeof(cases) / sizeof(cases[0])));
	tcase_add_test(t, detail_is_for_the_display);
	tcase_add_test(t, routes_are_a_table);
	tcase_add_test(t, details_are_keys_and_values);
	tcase_add_test(t, a_column_has_a_limit);
	tcase_add_test(t, text_is_aligned_and_harmless);
	tcase_add_test(t, a_disabled_peer_shows_it);
	tcase_add_test(t, nothing_says_so);
	tcase_add_test(t, objects_are_keys_and_values);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed > 0;
}
