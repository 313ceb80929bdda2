/*
 * The sockets and what may go wrong on them: requests that are none, too long, many at once;
 * clients that do not read, go away, or are too many; answers that are long.
 */
#include "bgpd/clock.h"
#include "tests/unit/control/client.h"

#define CLIENTS 64 /* of each socket */

static void
fill_table(unsigned count, unsigned paths)
{
	attrs_id attrs;

	bring_up(0);
	attrs = table_attrs_ref(core.table, block, sizeof(block));
	for (unsigned i = 0; i < count; i++) {
		struct prefix p = {FAMILY_IPV4, 24, {10, (uint8_t)(i >> 8), (uint8_t)i}};

		if (i > 0xffff)
			p.addr[0] = 11;
		for (unsigned id = 0; id < paths; id++)
			table_announce(core.table, 0, &p, id, attrs, 1);
	}
	table_attrs_unref(core.table, attrs);
}

static const char all_routes[] = "{\"command\":\"show routes\"}\n";

/* ---- requests ---- */

static const struct {
	const char *request;
	const char *says;
} refusals[] = {
    {"hello", "one JSON object a line"},
    {"", "one JSON object a line"},
    {"[]", "one JSON object a line"},
    {"{\"command\":", "one JSON object a line"},
    {"{\"command\":\"show summary\"} {}", "one JSON object a line"},
    {"{}", "a request is an object with"},
    {"{\"command\":7}", "a request is an object with"},
    {"{\"command\":\"show summary\",\"args\":[]}", "a request is an object with"},
    {"{\"command\":\"show\"}", "no command \"show\"; there are: show summary, show peers"},
    /* Cut off in the middle of a character. */
    {"{\"command\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\xc3\xa4\"}", "no command \"aaaa"},
    {"{\"command\":\"show peers\",\"args\":{\"peer\":\"x\"}}",
	"\"peer\" is no argument of \"show peers\", which takes none"},
    {"{\"command\":\"show routes\",\"args\":{\"pre\":\"x\"}}",
	"which takes prefix match from to rejected withheld all"},
    {"{\"command\":\"show routes\",\"args\":{\"prefix\":\"192.0.2.1/24\"}}", "no host bits"},
    {"{\"command\":\"show routes\",\"args\":{\"prefix\":\"fish\"}}", "\"fish\" is no prefix"},
    {"{\"command\":\"show routes\",\"args\":{\"prefix\":7}}", "\"prefix\" must be a text"},
    {"{\"command\":\"show routes\",\"args\":{\"rejected\":1}}", "must be true or false"},
    {"{\"command\":\"show routes\",\"args\":{\"match\":\"longer\"}}", "need a prefix"},
    {"{\"command\":\"show routes\",\"args\":{\"prefix\":\"192.0.2.0/24\",\"match\":\"wide\"}}",
	"\"wide\" is none of"},
    {"{\"command\":\"show routes\",\"args\":{\"from\":\"192.0.2.77\"}}", "no peer \"192.0.2.77\""},
    {"{\"command\":\"show routes\",\"args\":{\"to\":\"192.0.2.1\"}}", "192.0.2.1 is down"},
    {"{\"command\":\"show peer\"}", "a peer must be named"},
    {"{\"command\":\"show peer\",\"args\":{\"peer\":\"AS7\"}}", "AS7 is not a configured client"},
    {"{\"command\":\"show peer\",\"args\":{\"peer\":\"AS0\"}}", "no peer \"AS0\""},
    {"{\"command\":\"show peer\",\"args\":{\"peer\":\"as100\"}}", "192.0.2.1, 2001:db8::5"},
    {"{\"command\":\"show peer\",\"args\":{\"peer\":\"4294967396\"}}", "no peer"},
    {"{\"command\":\"log level\",\"args\":{\"level\":\"loud\"}}", "a level is one of"},
};

START_TEST(a_bad_request_is_told_why)
{
	const char *error = error_of(ask(0, refusals[_i].request));

	ck_assert_msg(
	    strstr(error, refusals[_i].says) != NULL, "%s -> %s", refusals[_i].request, error);
}
END_TEST

START_TEST(restricted_means_read_only)
{
	static const char *const orders[] = {
	    "{\"command\":\"clear\",\"args\":{\"peer\":\"AS101\"}}",
	    "{\"command\":\"shutdown\",\"args\":{\"peer\":\"AS101\"}}",
	    "{\"command\":\"enable\",\"args\":{\"peer\":\"AS101\"}}",
	    "{\"command\":\"log level\",\"args\":{\"level\":\"debug\"}}"};
	struct channel_message m;

	for (unsigned i = 0; i < 4; i++)
		ck_assert_ptr_nonnull(strstr(error_of(ask(1, orders[i])), "not allowed"));
	while (channel_recv(parent, &m) == CHANNEL_MESSAGE)
		ck_assert(m.type != CHANNEL_ADMIN && m.type != CHANNEL_LOG_LEVEL);
	json_decref(objects_of(ask(1, "{\"command\":\"show peers\"}"), "peers"));
}
END_TEST

START_TEST(orders_reach_the_parent)
{
	static const struct {
		const char *request;
		uint32_t act;
		const char *text;
	} cases[] = {
	    {"{\"command\":\"clear\",\"args\":{\"peer\":\"AS101\"}}", CHANNEL_CLEAR, ""},
	    {"{\"command\":\"shutdown\",\"args\":{\"peer\":\"192.0.2.2\",\"text\":\"new "
	     "router\"}}",
		CHANNEL_DISABLE, "new router"},
	    {"{\"command\":\"enable\",\"args\":{\"peer\":\"101\"}}", CHANNEL_ENABLE, ""},
	};
	struct channel_message m = {0};

	json_decref(objects_of(ask(0, cases[_i].request), "done"));
	while (m.type != CHANNEL_ADMIN)
		ck_assert_int_eq(channel_recv(parent, &m), CHANNEL_MESSAGE);
	ck_assert_uint_eq(m.body.admin.slot, 1);
	ck_assert_uint_eq(m.body.admin.act, cases[_i].act);
	ck_assert_str_eq(m.body.admin.text, cases[_i].text);
}
END_TEST

START_TEST(a_shutdown_text_has_a_limit)
{
	char request[512];

	snprintf(request, sizeof(request),
	    "{\"command\":\"shutdown\",\"args\":{\"peer\":\"AS101\",\"text\":\"%0256d\"}}", 0);
	ck_assert_ptr_nonnull(strstr(error_of(ask(0, request)), "longer than 255"));
}
END_TEST

START_TEST(a_shutdown_text_can_be_seen)
{
	static const char *const texts[] = {
	    "line\\nbreak", "\\u001b[31mred", "\\u202eright to left"};
	char request[256];

	for (unsigned i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		snprintf(request, sizeof(request),
		    "{\"command\":\"shutdown\",\"args\":{\"peer\":\"AS101\",\"text\":\"%s\"}}",
		    texts[i]);
		ck_assert_ptr_nonnull(strstr(error_of(ask(0, request)), "shows nothing"));
	}
}
END_TEST

START_TEST(requests_may_come_in_any_pieces)
{
	static const char request[] = "{\"command\":\"show memory\"}\n";
	struct heard_lines h = {0};
	int fd = connect_to(0);

	for (unsigned n = 0; n < 20; n++)
		say(fd, request);
	for (unsigned n = 0; n < 20; n++)
		json_decref(objects_of(await_answer(fd, &h), "memory"));
	for (size_t i = 0; i < sizeof(request) - 1; i++) {
		ck_assert_int_eq(send(fd, request + i, 1, MSG_NOSIGNAL), 1);
		turn_once();
	}
	json_decref(objects_of(await_answer(fd, &h), "memory"));
	/* Who has said all may still hear the rest. */
	say(fd, request);
	say(fd, request);
	shutdown(fd, SHUT_WR);
	json_decref(objects_of(await_answer(fd, &h), "memory"));
	json_decref(objects_of(await_answer(fd, &h), "memory"));
	turns(3);
	hear_more(&h, fd);
	ck_assert(h.over);
	forget(&h);
	close(fd);
}
END_TEST

/* More at once than the buffer of a client holds, while the first is being answered. */
START_TEST(requests_wait_their_turn)
{
	enum { REQUESTS = 500 };
	struct heard_lines h = {0};
	char *text = malloc(REQUESTS * sizeof(all_routes)), *end = text;
	int fd = connect_to(1);

	fill_table(20, 1);
	for (unsigned n = 0; n < REQUESTS; n++)
		end = stpcpy(end, all_routes);
	ck_assert_int_eq(send(fd, text, (size_t)(end - text), MSG_NOSIGNAL), end - text);
	for (unsigned n = 0; n < REQUESTS; n++) {
		json_t *routes = objects_of(await_answer(fd, &h), "routes");

		ck_assert_uint_eq(json_array_size(routes), 20);
		json_decref(routes);
	}
	ck_assert_uint_eq(h.at, h.len);
	free(text);
	forget(&h);
	close(fd);
}
END_TEST

START_TEST(a_request_has_a_limit)
{
	static char line[8192];
	struct heard_lines h = {0};
	int fd = connect_to(0);

	memset(line, ' ', sizeof(line) - 1);
	say(fd, line);
	ck_assert_ptr_nonnull(strstr(error_of(await_answer(fd, &h)), "too long"));
	turns(3);
	hear_more(&h, fd);
	ck_assert(h.over);
	forget(&h);
	close(fd);
}
END_TEST

START_TEST(clients_have_a_limit_for_each_socket)
{
	int fds[CLIENTS];

	for (unsigned i = 0; i < CLIENTS; i++)
		fds[i] = connect_to(1);
	turns(CLIENTS);
	ck_assert_str_eq(error_of(ask(1, "{\"command\":\"show memory\"}")), "too many clients");
	json_decref(objects_of(ask(0, "{\"command\":\"show memory\"}"), "memory"));
	close(fds[7]);
	turns(2);
	json_decref(objects_of(ask(1, "{\"command\":\"show memory\"}"), "memory"));
	for (unsigned i = 0; i < CLIENTS; i++)
		if (i != 7)
			close(fds[i]);
}
END_TEST

/* ---- long answers ---- */

/* Many turns, few routes in each, and an update that comes meanwhile goes out at once. */
START_TEST(a_long_answer_comes_in_slices)
{
	enum { ROUTES = 50000 };
	uint32_t e0, routes = 0, most = 0;
	unsigned n, told_at = 0;
	struct heard_lines h = {0};
	struct routes r;
	json_t *line = NULL;
	int fd = connect_to(0);

	fill_table(ROUTES, 1);
	core.commit_due_us = clock_us();
	turn();
	e0 = epochs;
	bring_up(1);
	position = log_head_acquire(reader);
	say(fd, all_routes);
	for (n = 1; !ends_answer(line); n++) {
		uint32_t before = routes;

		if (n == 50) {
			r = routes_of(0, e0, ROUTES_ANNOUNCE);
			memcpy(
			    ring_reserve(rings[0], r.r.head.len, RING_CONTROL), &r, r.r.head.len);
			ring_commit(rings[0]);
		}
		turn_once();
		if (told_at == 0 && n >= 50 && hear(1).announced == 2)
			told_at = n;
		hear_more(&h, fd);
		while (!ends_answer(line)) {
			json_t *next = next_line(&h);

			if (next == NULL)
				break;
			json_decref(line);
			line = next;
			routes += json_object_get(line, "prefix") != NULL;
		}
		if (routes - before > most)
			most = routes - before;
	}
	ck_assert_uint_ge(routes, ROUTES);
	ck_assert_uint_gt(n, 40);
	ck_assert_uint_lt(most, 4000);
	ck_assert_uint_ge(told_at, 50);
	ck_assert_uint_le(told_at, 52);
	json_decref(line);
	forget(&h);
	close(fd);
}
END_TEST

START_TEST(a_prefix_with_many_paths_does_too)
{
	json_t *routes;
	bool seen[500] = {false};
	json_t *route;
	size_t i;

	fill_table(3, 500);
	routes = objects_of(
	    ask(0, "{\"command\":\"show routes\",\"args\":{\"prefix\":\"10.0.1.0/24\"}}"),
	    "routes");
	ck_assert_uint_eq(json_array_size(routes), 500);
	json_array_foreach(routes, i, route)
	{
		json_int_t id = json_integer_value(json_object_get(route, "path_id"));

		ck_assert(!seen[id]);
		seen[id] = true;
	}
	json_decref(routes);
	routes = objects_of(ask(0, "{\"command\":\"show routes\"}"), "routes");
	ck_assert_uint_eq(json_array_size(routes), 1500);
	json_decref(routes);
}
END_TEST

/* It costs a bounded buffer; the loop rests; others are served; it gets the rest when it reads. */
START_TEST(who_does_not_read_holds_up_nobody)
{
	struct heard_lines h = {0};
	int fd = connect_to(1);
	json_t *lines;
	unsigned n = 0;

	fill_table(5000, 1);
	say(fd, all_routes);
	turns(2);
	while (turn_once())
		ck_assert_uint_lt(n++, 100000);
	json_decref(objects_of(ask(1, "{\"command\":\"show memory\"}"), "memory"));
	lines = objects_of(await_answer(fd, &h), "routes");
	ck_assert_uint_eq(json_array_size(lines), 5000);
	json_decref(lines);
	forget(&h);
	close(fd);
}
END_TEST

START_TEST(who_goes_away_is_forgotten)
{
	int fds[CLIENTS];

	fill_table(3000, 1);
	for (unsigned round = 0; round < 3; round++) {
		for (unsigned i = 0; i < CLIENTS; i++) {
			fds[i] = connect_to(0);
			say(fds[i], all_routes);
			say(fds[i], all_routes);
		}
		turns(40 * round);
		for (unsigned i = 0; i < CLIENTS; i++)
			close(fds[i]);
		turns(CLIENTS);
		turn();
	}
	json_decref(objects_of(ask(0, "{\"command\":\"show memory\"}"), "memory"));
}
END_TEST

/* The table may lose what an answer has come to. */
START_TEST(a_table_that_changes_does_not_matter)
{
	struct heard_lines h = {0};
	struct record_down down = {.head = {RECORD_DOWN, 0, 0, sizeof(down), 0}};
	int fd = connect_to(0);
	json_t *lines;

	fill_table(1000, 40);
	down.head.epoch = epochs;
	say(fd, all_routes);
	turns(5);
	put(0, &down, sizeof(down));
	lines = await_answer(fd, &h);
	ck_assert_uint_lt(json_array_size(lines), 40000);
	json_decref(objects_of(lines, "routes"));
	forget(&h);
	close(fd);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("control");
	TCase *t = tcase_create("control");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(t, setup_control, teardown);
	tcase_set_timeout(t, 120);
	tcase_add_loop_test(
	    t, a_bad_request_is_told_why, 0, (int)(sizeof(refusals) / sizeof(refusals[0])));
	tcase_add_test(t, restricted_means_read_only);
	tcase_add_loop_test(t, orders_reach_the_parent, 0, 3);
	tcase_add_test(t, a_shutdown_text_has_a_limit);
	tcase_add_test(t, a_shutdown_text_can_be_seen);
	tcase_add_test(t, requests_may_come_in_any_pieces);
	tcase_add_test(t, requests_wait_their_turn);
	tcase_add_test(t, a_request_has_a_limit);
	tcase_add_test(t, clients_have_a_limit_for_each_socket);
	tcase_add_test(t, a_long_answer_comes_in_slices);
	tcase_add_test(t, a_prefix_with_many_paths_does_too);
	tcase_add_test(t, who_does_not_read_holds_up_nobody);
	tcase_add_test(t, who_goes_away_is_forgotten);
	tcase_add_test(t, a_table_that_changes_does_not_matter);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed > 0;
}
