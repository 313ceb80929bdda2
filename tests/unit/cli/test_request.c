/* Words on the command line to requests, and answers to tables. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "bgpd/cli/layout.h"
#include "bgpd/cli/request.h"

#define WORDS_MAX 12

static struct request_display display;

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
	return request_parse(words, n, &display, error);
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
    {"show routes from AS5 10.0.0.0/8 rejected",
	"{\"args\":{\"from\":\"AS5\",\"prefix\":\"10.0.0.0/8\",\"rejected\":true},"
	"\"command\":\"show routes\"}",
	NULL},
    {"show routes 10.0.0.0/8 to AS5 withheld",
	"{\"args\":{\"prefix\":\"10.0.0.0/8\",\"to\":\"AS5\",\"withheld\":true},"
	"\"command\":\"show routes\"}",
	NULL},
    {"explain 10.0.0.0/8 from AS5 to 2001:db8::1",
	"{\"args\":{\"from\":\"AS5\",\"prefix\":\"10.0.0.0/8\",\"to\":\"2001:db8::1\"},"
	"\"command\":\"explain\"}",
	NULL},
    {"admit AS5 --check", "{\"args\":{\"peer\":\"AS5\"},\"command\":\"admit\"}", NULL},
    {"admit --check AS5", "{\"args\":{\"peer\":\"AS5\"},\"command\":\"admit\"}", NULL},
    {"show policy peer AS5", "{\"args\":{\"peer\":\"AS5\"},\"command\":\"show policy\"}", NULL},
    {"sh pol AS5", "{\"args\":{\"peer\":\"AS5\"},\"command\":\"show policy\"}", NULL},
    {"show communities", "{\"args\":{},\"command\":\"show communities\"}", NULL},
    {"sh com alice", "{\"args\":{},\"command\":\"show communities\"}", NULL},
    {"show routes rejected 10", NULL, "\"10\" is none of from, to, longer"},
    {"show routes withheld", NULL, "want `to`"},
    {"show routes 10.0.0.0/8 11.0.0.0/8", NULL, "contradicts"},
    {"explain", NULL, "expected: explain PREFIX from PEER"},
    {"explain 10.0.0.0/8", NULL, "expected: explain PREFIX from PEER"},
    {"explain 10.0.0.0/8 from AS5 longer", NULL, "\"longer\" is none of from, to, detail"},
    {"admit AS5", NULL, "remove `quarantine: true`"},
    {"admit --check", NULL, "name a peer"},
    {"show policy peer", NULL, "name a peer"},
    {"show communities bob", NULL, "show communities [alice]"},
    {"shutdown 192.0.2.1 maintenance",
	"{\"args\":{\"peer\":\"192.0.2.1\",\"text\":\"maintenance\"},\"command\":\"shutdown\"}",
	NULL},
    {"show history AS5", "{\"args\":{\"peer\":\"AS5\"},\"command\":\"show history\"}", NULL},
    {"show history", NULL, "name a peer"},
    {"refresh AS5", "{\"args\":{\"peer\":\"AS5\"},\"command\":\"refresh\"}", NULL},
    {"refresh AS5 ipv6",
	"{\"args\":{\"family\":\"ipv6\",\"peer\":\"AS5\"},\"command\":\"refresh\"}", NULL},
    {"refresh", NULL, "name a peer"},
    {"refresh AS5 vpnv4", NULL, "\"vpnv4\" is no family"},
    {"refresh AS5 ipv4 ipv6", NULL, "\"ipv6\" is one word too many"},
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

	ck_assert(display.is_detailed);
	ck_assert_uint_eq(json_object_size(json_object_get(request, "args")), 1);
	json_decref(request);
	json_decref(request_of("show routes 10.0.0.0/8", error));
	ck_assert(!display.is_detailed);
	ck_assert_ptr_null(request_of("show routes detail detail", error));
}
END_TEST

static const struct {
	const char *line;
	const char *layout; /* NULL: that of the answer's name */
} layouts[] = {
    {"show routes", NULL},
    {"show routes rejected", "rejected"},
    {"show routes to AS5", NULL},
    {"show routes to AS5 withheld", "withheld"},
    {"show routes to AS5 all", "withheld"},
    {"show communities", NULL},
    {"show communities alice", "alice"},
};

START_TEST(what_is_asked_says_how_it_is_shown)
{
	char error[REQUEST_ERROR_MAX];
	json_t *request = request_of(layouts[_i].line, error);

	ck_assert_ptr_nonnull(request);
	if (layouts[_i].layout == NULL)
		ck_assert_ptr_null(display.layout);
	else
		ck_assert_str_eq(display.layout, layouts[_i].layout);
	ck_assert_ptr_null(display.waits_for);
	json_decref(request);
	json_decref(request_of("reload", error));
	ck_assert_ptr_nonnull(display.waits_for);
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

START_TEST(rejected_routes_say_why)
{
	char out[1024] = "";

	show("rejected",
	    "[{\"prefix\":\"192.0.2.0/24\",\"peer\":\"10.0.0.1\",\"as_path\":\"1 2\","
	    "\"as_set\":null,\"origin\":\"IGP\",\"accepted\":false,\"reject_reasons\":"
	    "[{\"name\":\"irr-origin\",\"value\":\"AS2\"}]},"
	    "{\"prefix\":\"192.0.0.0/22\",\"peer\":\"10.0.0.1\","
	    "\"as_path\":\"64500 64501 64502 64503 64504 64505 64506\",\"as_set\":null,"
	    "\"origin\":\"IGP\",\"accepted\":false,\"reject_reasons\":"
	    "[{\"name\":\"own-as\",\"value\":null}]}]",
	    out, sizeof(out));
	ck_assert_str_eq(out,
	    "PREFIX        PEER      AS PATH                  REASON      VALUE\n"
	    "192.0.2.0/24  10.0.0.1  1 2 i                    irr-origin  AS2\n"
	    "192.0.0.0/22  10.0.0.1  64500 64501 ... 64506 i  own-as\n");
}
END_TEST

START_TEST(what_is_withheld_says_by_what)
{
	char out[1024] = "";

	show("withheld",
	    "[{\"prefix\":\"192.0.2.0/24\",\"peer\":\"10.0.0.1\",\"as_path\":\"1\","
	    "\"as_set\":null,\"origin\":\"IGP\",\"accepted\":true,\"told\":false,"
	    "\"withheld\":{\"name\":\"source\",\"text\":\"it came from this peer\"}},"
	    "{\"prefix\":\"192.0.2.0/24\",\"peer\":\"10.0.0.2\",\"as_path\":\"2\","
	    "\"as_set\":null,\"origin\":\"IGP\",\"accepted\":true,\"best\":true,\"told\":true,"
	    "\"withheld\":null}]",
	    out, sizeof(out));
	ck_assert_str_eq(out,
	    "   PREFIX        PEER      AS PATH  TOLD  WITHHELD BY  WHY\n"
	    "   192.0.2.0/24  10.0.0.1  1 i      no    source       it came from this peer\n"
	    "*  192.0.2.0/24  10.0.0.2  2 i      yes\n");
}
END_TEST

START_TEST(an_explanation_is_a_page)
{
	char out[2048] = "";

	show("explain",
	    "[{\"prefix\":\"192.0.2.0/24\",\"peer\":\"10.0.0.1\",\"peer_asn\":1,"
	    "\"as_path\":\"1 2\",\"as_set\":null,\"origin\":\"IGP\",\"next_hop\":\"10.0.0.1\","
	    "\"med\":null,\"otc\":null,\"communities\":[\"1:2\"],\"accepted\":false,"
	    "\"tagged\":true,\"local_pref\":1,\"reject_reasons\":[{\"code\":9,"
	    "\"name\":\"irr-origin\",\"text\":\"origin not in the AS-SETs\",\"value\":\"AS2\"}],"
	    "\"observed\":[{\"code\":5,\"name\":\"next-hop\",\"value\":\"x\"}],"
	    "\"view\":{\"communities\":[\"1:2\"],\"large_communities\":[\"5:6:9\"]},"
	    "\"checks\":[{\"check\":\"own-as\",\"code\":16,\"outcome\":\"pass\",\"value\":\"1 2\"},"
	    "{\"check\":\"irr\",\"code\":null,\"outcome\":\"note\",\"value\":\"origin\"},"
	    "{\"check\":\"irr-origin\",\"code\":9,\"outcome\":\"reject\",\"value\":\"AS2\"}],"
	    "\"export\":{\"to\":\"10.0.0.2\",\"to_asn\":2,\"told\":false,\"withheld\":"
	    "{\"name\":\"rejected\",\"text\":\"it was rejected on its way in\"}}}]",
	    out, sizeof(out));
	ck_assert_str_eq(out,
	    "192.0.2.0/24 from 10.0.0.1 (AS1)\n"
	    "  rejected: 9 irr-origin, origin not in the AS-SETs; kept for collectors\n"
	    "  looked at     AS2\n"
	    "  only observed: 5 next-hop: x\n"
	    "  AS path       1 2 i\n"
	    "  next hop      10.0.0.1\n"
	    "  received      1:2\n"
	    "  server's view 1:2 5:6:9\n"
	    "  LOCAL_PREF    1\n"
	    "\n"
	    "   CODE  CHECK       OUTCOME  LOOKED AT\n"
	    "     16  own-as      pass     1 2\n"
	    "         irr         note     origin\n"
	    "x     9  irr-origin  reject   AS2\n"
	    "\n"
	    "to 10.0.0.2 (AS2): not told, rejected: it was rejected on its way in\n");
}
END_TEST

START_TEST(a_check_before_admission_is_a_page)
{
	char out[2048] = "";

	show("admit",
	    "[{\"peer\":\"10.0.0.1\",\"asn\":1,\"description\":\"One\",\"passes\":false,"
	    "\"end_of_rib_received\":false,\"received\":4,\"accepted\":1,\"rejected\":3,"
	    "\"observed\":0,\"reasons\":[{\"code\":9,\"name\":\"irr-origin\",\"count\":3,"
	    "\"examples\":[{\"prefix\":\"192.0.2.0/24\",\"value\":\"AS2\"},"
	    "{\"prefix\":\"192.0.3.0/24\",\"value\":null}]}],\"observations\":[],"
	    "\"limit\":{\"limit\":null},\"next\":\"let it wait\"}]",
	    out, sizeof(out));
	ck_assert_str_eq(out,
	    "10.0.0.1 (AS1) One\n"
	    "4 routes: 1 pass, 3 rejected, 0 only observed\n"
	    "the peer has not said that these are all (End-of-RIB): more may come\n"
	    "\nRejected\n"
	    "ROUTES  CODE  REASON      EXAMPLE       VALUE\n"
	    "     3     9  irr-origin  192.0.2.0/24  AS2\n"
	    "                          192.0.3.0/24\n"
	    "\nFAILS\nlet it wait\n");
}
END_TEST

START_TEST(policy_is_a_page)
{
	char out[2048] = "";

	show("policy",
	    "[{\"peer\":\"10.0.0.1\",\"asn\":1,\"description\":\"\",\"kind\":\"client\","
	    "\"quarantine\":true,\"role\":\"rs\",\"irr\":{\"origins\":3,\"as_sets_from\":"
	    "\"configuration\",\"as_sets\":[{\"name\":\"AS-A\",\"has_data\":false,"
	    "\"origins\":null,\"prefixes\":null}]},\"limits\":[{\"family\":\"ipv4\","
	    "\"limit\":10,\"source\":\"client\",\"action\":\"block\",\"counts\":\"received\","
	    "\"counted\":8,\"percent\":80,\"exceeded\":false}],\"rtt\":{\"configured_ms\":12,"
	    "\"file_ms\":null,\"measured_ms\":0.25,\"steers_ms\":12,\"source\":\"client\"},"
	    "\"observe\":[\"length\"],\"observed\":[{\"reason\":\"length\",\"judged\":4}],"
	    "\"rules\":[],\"settings\":[{\"key\":\"cfg.passive\",\"origin\":\"default\","
	    "\"value\":true},{\"key\":\"cfg.x\",\"origin\":\"client\",\"count\":3,"
	    "\"value\":[1,2]}]}]",
	    out, sizeof(out));
	ck_assert_str_eq(out,
	    "10.0.0.1 (AS1)\n"
	    "client, in quarantine, our role rs\n"
	    "only observed: length\n"
	    "  length would have rejected 4 times\n"
	    "\nLimits\n"
	    "FAMILY  LIMIT  FROM    ACTION  COUNTS    NOW  USED  EXCEEDED\n"
	    "ipv4       10  client  block   received    8   80%  no\n"
	    "\nIRR: 3 origins authorised, AS-SETs from configuration\n"
	    "AS-SET  ORIGINS  PREFIXES  DATA\n"
	    "AS-A          -         -  no\n"
	    "\nRTT: configured 12 ms, measured 0.25 ms, 12 ms steers (client)\n"
	    "\nSite rules that name it\n"
	    "no rule names it\n"
	    "\nSettings in force (server: one value for everybody)\n"
	    "KEY          FROM     VALUE\n"
	    "cfg.passive  default  yes\n"
	    "cfg.x        client   1 2 (3 in all)\n");
}
END_TEST

START_TEST(a_reload_says_what_has_changed)
{
	char out[1024] = "";

	show("reload",
	    "[{\"generation\":3,\"took_ms\":12,\"peers\":{\"added\":1,\"removed\":0,\"reset\":2},"
	    "\"warnings\":1,\"messages\":[\"a.yml:1:2: warning: x\"]}]",
	    out, sizeof(out));
	ck_assert_str_eq(out,
	    "generation 3 is in force after 12 ms\n"
	    "peers: 1 added, 0 removed, 2 reset by changed settings\n"
	    "\nwarnings and notes: 1\n"
	    "  a.yml:1:2: warning: x\n");
}
END_TEST

START_TEST(sections_for_alice)
{
	char out[1024] = "";

	show("alice",
	    "[{\"section\":\"bgp_communities\",\"key\":\"1:*\",\"meaning\":\"told; to # one\","
	    "\"direction\":\"understood\"},"
	    "{\"section\":\"rpki\",\"key\":\"valid\",\"pattern\":\"1:1000:1\","
	    "\"meaning\":\"m\",\"direction\":\"internal\"},"
	    "{\"section\":\"blackhole_communities\",\"key\":\"65535:666\",\"meaning\":\"m\","
	    "\"direction\":\"understood, sent\"},"
	    "{\"section\":\"rejection_reasons\",\"key\":\"1:1101:9\",\"meaning\":\"IRR\","
	    "\"direction\":\"internal\"},"
	    "{\"section\":\"bgp_communities\",\"key\":\"2:2\",\"meaning\":\"off\","
	    "\"direction\":\"not in effect\"},"
	    "{\"section\":\"bgp_communities\",\"key\":\"generic:0x43000000:0x00000000\","
	    "\"meaning\":\"m\",\"direction\":\"internal\"}]",
	    out, sizeof(out));
	ck_assert_str_eq(out,
	    "[rejection_reasons]\n1:1101:9 = IRR\n"
	    "\n[rpki]\nenabled = true\nvalid = 1:1000:1\n"
	    "\n[blackhole_communities]\n65535:666\n"
	    "\n[bgp_communities]\n1:* = told, to , one\n");
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
	show("peers",
	    "[{\"address\":\"192.0.2.1\",\"asn\":42,\"state\":\"idle\",\"disabled\":true,"
	    "\"over_limit\":true,\"quarantine\":true}]",
	    out, sizeof(out));
	ck_assert_ptr_nonnull(strstr(out, "192.0.2.1  42  limit"));
	ck_assert_ptr_nonnull(strstr(out, "quarantine, over limit"));
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

static const char history[] =
    "[{\"time\":\"2026-11-23T11:00:00Z\",\"last\":\"2026-11-23T11:00:00Z\",\"count\":1,\"others\":"
    "0,"
    "\"event\":\"down\",\"by\":\"member\",\"notification\":{\"code\":6,\"subcode\":9,"
    "\"name\":\"Cease\",\"subcode_name\":\"Hard Reset\"},\"carried\":{\"code\":6,\"subcode\":2,"
    "\"name\":\"Cease\",\"subcode_name\":\"Administrative Shutdown\"},\"kept_stale\":[],"
    "\"text\":\"bis später\"},"
    "{\"time\":\"2026-11-23T11:05:00Z\",\"last\":\"2026-11-23T11:09:00Z\",\"count\":7,\"others\":2,"
    "\"event\":\"refused\",\"by\":\"server\",\"notification\":{\"code\":4,\"subcode\":0,"
    "\"name\":\"Hold Timer Expired\",\"subcode_name\":null},\"carried\":null,\"kept_stale\":[],"
    "\"text\":\"no OPEN\"},"
    "{\"time\":\"2026-11-23T11:10:00Z\",\"last\":\"2026-11-23T11:10:00Z\",\"count\":1,\"others\":0,"
    "\"event\":\"down\",\"by\":null,\"notification\":null,\"carried\":null,"
    "\"kept_stale\":[\"ipv4\"],\"text\":\"closed\"}]";

/* By itself, and as a table among the keys of a peer. */
START_TEST(a_history_is_a_table)
{
	static const char first[] =
	    "2026-11-23T11:00:00Z  down     member  6/9 Hard Reset (6/2 Administrative Shutdown)  "
	    "bis später\n";
	static char out[4096], peer[4096];
	const char *lines[] = {first,
	    "2026-11-23T11:05:00Z  refused  server  4/0 Hold Timer Expired  ",
	    "no OPEN  x 7, last 2026-11-23T11:09:00Z; then 2 others within minutes\n",
	    "closed; its routes stayed, as stale\n"};

	show("history", history, out, sizeof(out));
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		ck_assert_msg(strstr(out, lines[i]) != NULL, "%s", out);
	snprintf(peer, sizeof(peer), "[{\"address\":\"192.0.2.1\",\"history\":%s}]", history);
	memset(out, 0, sizeof(out));
	show("peer", peer, out, sizeof(out));
	ck_assert_ptr_nonnull(strstr(out, "\nhistory\n  TIME "));
	ck_assert_ptr_nonnull(strstr(out, "\n  2026-11-23T11:10:00Z  down "));
	memset(out, 0, sizeof(out));
	show("peer", "[{\"history\":[]}]", out, sizeof(out));
	ck_assert_str_eq(out, "history\n  nothing has happened since the table process started\n");
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
	tcase_add_loop_test(
	    t, what_is_asked_says_how_it_is_shown, 0, (int)(sizeof(layouts) / sizeof(layouts[0])));
	tcase_add_test(t, routes_are_a_table);
	tcase_add_test(t, rejected_routes_say_why);
	tcase_add_test(t, what_is_withheld_says_by_what);
	tcase_add_test(t, an_explanation_is_a_page);
	tcase_add_test(t, a_check_before_admission_is_a_page);
	tcase_add_test(t, policy_is_a_page);
	tcase_add_test(t, a_reload_says_what_has_changed);
	tcase_add_test(t, sections_for_alice);
	tcase_add_test(t, details_are_keys_and_values);
	tcase_add_test(t, a_column_has_a_limit);
	tcase_add_test(t, text_is_aligned_and_harmless);
	tcase_add_test(t, a_disabled_peer_shows_it);
	tcase_add_test(t, nothing_says_so);
	tcase_add_test(t, a_history_is_a_table);
	tcase_add_test(t, objects_are_keys_and_values);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed > 0;
}
