/*
 * Slots: room for peers, what stays over a reload and what does not.
 */
#include <arpa/inet.h>
#include <check.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bgpd/conf/compiled.h"
#include "bgpd/conf/conf.h"

#define CFG "cfg: {rs_as: 64500, router_id: 192.0.2.1, filters: none}\n"

static struct conf_report report;

static void
setup(void)
{
	conf_report_init(&report);
}

static void
teardown(void)
{
	conf_report_fini(&report);
}

/* Loads beside running, or by itself where that is NULL; NULL where it is refused. */
static struct conf *
try(const struct conf *running, const char *text)
{
	char path[] = "/tmp/test_slots.XXXXXX";
	int fd = mkstemp(path);
	struct conf *conf;

	conf_report_fini(&report);
	conf_report_init(&report);
	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
	conf = conf_load_beside(path, "main", running, &report);
	unlink(path);
	return conf;
}

static struct conf *
load(const struct conf *running, const char *text)
{
	struct conf *conf = try(running, text);

	ck_assert_msg(conf != NULL, "%u: %s", report.notes[0].line, report.notes[0].text);
	return conf;
}

/* The ASN of a slot, 0 = free. */
static uint32_t
asn_at(const struct conf *conf, size_t slot)
{
	const struct conf_peer *peer = conf_peer(conf, slot);
	struct policy_config policy;

	conf_policy(conf, &policy);
	ck_assert_uint_eq(policy.peers[slot].kind, peer == NULL ? PEER_UNUSED : PEER_CLIENT);
	if (peer == NULL)
		return 0;
	ck_assert_uint_eq(peer->slot, slot);
	ck_assert_uint_eq(policy.peers[slot].asn, peer->asn);
	ck_assert_int_eq(
	    conf_find_peer(conf, (enum family)peer->address.family, peer->address.addr),
	    (long)slot);
	return peer->asn;
}

#define THREE                            \
	"clients:\n"                     \
	"  - {asn: 1, ip: 192.0.2.11}\n" \
	"  - {asn: 2, ip: 192.0.2.12}\n" \
	"  - {asn: 3, ip: '2001:db8::13'}\n"

START_TEST(peers_keep_their_slots)
{
	struct conf *before = load(NULL, CFG THREE);
	struct conf *after = load(before,
	    CFG "clients:\n"
		"  - {asn: 9, ip: 192.0.2.9}\n"
		"  - {asn: 3, ip: '2001:db8::13'}\n"
		"  - {asn: 8, ip: 192.0.2.8}\n"
		"  - {asn: 1, ip: 192.0.2.11}\n");

	ck_assert_uint_eq(asn_at(after, 0), 1);
	ck_assert_uint_eq(asn_at(after, 1), 0); /* AS2 has it until this one is in force */
	ck_assert_uint_eq(asn_at(after, 2), 3);
	ck_assert_uint_eq(asn_at(after, 3), 9);
	ck_assert_uint_eq(asn_at(after, 4), 8);
	ck_assert_uint_eq(asn_at(after, 5), 0);
	ck_assert_uint_eq(conf_peer_count(after), 4);
	ck_assert_uint_eq(conf_slots(after), conf_slots(before));
	ck_assert_uint_eq(conf_peer(after, 0)->worker, conf_peer(before, 0)->worker);
	ck_assert_uint_eq(conf_peer(after, 2)->worker, conf_peer(before, 2)->worker);
	conf_free(after);
	conf_free(before);
}
END_TEST

/* A peer keeps its worker even where a fresh start would give it another. */
START_TEST(workers_stay)
{
	struct conf *before = load(NULL,
	    "daemon: {workers: 3}\n" CFG
	    "clients:\n  - {asn: 7, ip: [192.0.2.11, 192.0.2.12, 192.0.2.13]}\n");
	struct conf *after = load(before,
	    "daemon: {workers: 3}\n" CFG "clients:\n  - {asn: 7, ip: [192.0.2.13, 192.0.2.14]}\n");

	ck_assert_uint_eq(asn_at(after, 2), 7);
	ck_assert_uint_eq(conf_peer(after, 2)->worker, conf_peer(before, 2)->worker);
	ck_assert_uint_eq(asn_at(after, 0), 0);
	ck_assert_uint_eq(asn_at(after, 1), 0);
	ck_assert_uint_eq(asn_at(after, 3), 7);
	conf_free(after);
	conf_free(before);
}
END_TEST

START_TEST(removed_peers_leave_holes)
{
	struct conf *before = load(NULL, CFG THREE);
	struct conf *after =
	    load(before, CFG "clients:\n  - {asn: 3, ip: '2001:db8::13', password: new}\n");
	struct compiled compiled;
	int fd = conf_compile(after, 2);

	ck_assert_uint_eq(asn_at(after, 0), 0);
	ck_assert_uint_eq(asn_at(after, 1), 0);
	ck_assert_uint_eq(asn_at(after, 2), 3);
	ck_assert_str_eq(conf_peer(after, 2)->password, "new");
	ck_assert_ptr_null(conf_peer(before, 2)->password);
	ck_assert_int_eq(compiled_map(fd, &compiled), 0);
	close(fd);
	ck_assert_uint_eq(compiled.slots[0].flags, SLOT_UNUSED);
	ck_assert_uint_eq(compiled.slots[2].asn, 3);
	ck_assert_uint_eq(compiled.policy.peers[2].asn, 3);
	compiled_unmap(&compiled);
	conf_free(after);
	conf_free(before);
}
END_TEST

static const struct {
	size_t peers;
	size_t slots;
} rooms[] = {{1, 128}, {64, 128}, {65, 192}, {256, 320}, {400, 512}, {1000, 1280}};

START_TEST(there_is_room_for_more)
{
	char *text = malloc(1 << 20);
	size_t used = (size_t)snprintf(text, 1 << 20, CFG "clients:\n"), i;
	struct conf *conf;

	for (i = 0; i < rooms[_i].peers; i++)
		used += (size_t)snprintf(text + used, (1 << 20) - used,
		    "  - {asn: %zu, ip: 10.0.%zu.%zu}\n", i + 1, i >> 8, i & 255);
	conf = load(NULL, text);
	ck_assert_uint_eq(conf_slots(conf), rooms[_i].slots);
	conf_free(conf);
	free(text);
}
END_TEST

START_TEST(room_can_be_too_small)
{
	struct conf *running = load(NULL, "daemon: {max_peers: 3}\n" CFG THREE);

	ck_assert_ptr_null(
	    try(running, "daemon: {max_peers: 64}\n" CFG THREE "  - {asn: 4, ip: 192.0.2.14}\n"));
	ck_assert_uint_eq(report.errors, 1);
	ck_assert_ptr_nonnull(strstr(report.notes[1].text,
	    "4 peers are configured, but there is room for 3; raise daemon.max_peers and restart"));
	ck_assert_ptr_nonnull(strstr(report.notes[0].text, "daemon.max_peers changes only with"));
	conf_free(running);
}
END_TEST

/* Who has a slot while the children change over is one peer, not two. */
START_TEST(another_asn_is_another_peer)
{
	struct conf *first = load(NULL, CFG THREE);
	struct conf *second = load(first, CFG "clients:\n  - {asn: 7, ip: 192.0.2.11}\n");
	struct conf *third = load(
	    second, CFG "clients:\n  - {asn: 7, ip: 192.0.2.11}\n  - {asn: 8, ip: 192.0.2.18}\n");

	ck_assert_uint_eq(asn_at(second, 0), 0);
	ck_assert_uint_eq(asn_at(second, 3), 7);
	/* what the one before has left is free for the next */
	ck_assert_uint_eq(asn_at(third, 0), 8);
	ck_assert_uint_eq(asn_at(third, 3), 7);
	conf_free(third);
	conf_free(second);
	conf_free(first);
}
END_TEST

START_TEST(places_of_removed_peers_are_free_later)
{
	struct conf *running = load(NULL, "daemon: {max_peers: 3}\n" CFG THREE), *next;
	const char *other =
	    "daemon: {max_peers: 3}\n" CFG
	    "clients:\n  - {asn: 1, ip: 192.0.2.11}\n  - {asn: 4, ip: 192.0.2.14}\n";

	ck_assert_ptr_null(try(running, other));
	ck_assert_ptr_nonnull(strstr(report.notes[0].text, "first reload without the new peers"));
	next = load(
	    running, "daemon: {max_peers: 3}\n" CFG "clients:\n  - {asn: 1, ip: 192.0.2.11}\n");
	conf_free(running);
	running = next;
	next = load(running, other);
	ck_assert_uint_eq(asn_at(next, 1), 4);
	conf_free(next);
	conf_free(running);
}
END_TEST

static const struct {
	const char *line;
	bool warns;
} daemon_keys[] = {
    {"listen: 192.0.2.1", true},
    {"port: 1790", true},
    {"workers: 7", true},
    {"max_peers: 192", true},
    {"socket: /tmp/other.sock", true},
    {"restricted_socket: /tmp/other.ro.sock", true},
    {"state_file: /tmp/other.state", true},
    {"user: daemon", true},
    {"log_size: 512M", true},
    {"ring_size: 4M", true},
    {"hold_time: 30", false},
    {"log_level: debug", false},
    {"local_address: 192.0.2.1", false},
};

/* What a restart alone can change stays as it runs, and says so. */
START_TEST(keys_that_need_a_restart)
{
	struct conf *running = load(NULL, "daemon: {workers: 2, port: 1179}\n" CFG THREE);
	const struct conf_daemon *a = conf_daemon(running), *b;
	bool has_workers = strncmp(daemon_keys[_i].line, "workers", 7) == 0;
	bool has_port = strncmp(daemon_keys[_i].line, "port", 4) == 0;
	char text[1024];
	struct conf *conf;

	snprintf(text, sizeof(text), "daemon: {%s%s%s}\n" CFG THREE,
	    has_workers ? "" : "workers: 2, ", has_port ? "" : "port: 1179, ",
	    daemon_keys[_i].line);
	conf = load(running, text);
	b = conf_daemon(conf);
	ck_assert_uint_ge(report.warnings, daemon_keys[_i].warns);
	if (daemon_keys[_i].warns)
		ck_assert_ptr_nonnull(
		    strstr(report.notes[0].text, "changes only with a restart of the daemon"));
	else
		ck_assert_uint_eq(report.warnings, 0);
	ck_assert_uint_eq(b->listen.count, a->listen.count);
	ck_assert_uint_eq(b->port, a->port);
	ck_assert_uint_eq(b->workers, a->workers);
	ck_assert_uint_eq(b->max_peers, a->max_peers);
	ck_assert_str_eq(b->socket, a->socket);
	ck_assert_str_eq(b->restricted_socket, a->restricted_socket);
	ck_assert_str_eq(b->state_file, a->state_file);
	ck_assert_str_eq(b->user, a->user);
	ck_assert_uint_eq(b->log_size, a->log_size);
	ck_assert_uint_eq(b->ring_size, a->ring_size);
	conf_free(conf);
	conf_free(running);
}
END_TEST

START_TEST(nothing_changed_says_nothing)
{
	struct conf *running = load(NULL, "daemon: {workers: 2}\n" CFG THREE);
	struct conf *conf = load(running, "daemon: {workers: 2}\n" CFG THREE);

	ck_assert_uint_eq(report.count, 0);
	conf_free(conf);
	conf_free(running);
}
END_TEST

/* The room that was made at the start stays, however many peers there are by now. */
START_TEST(room_by_itself_says_nothing)
{
	char text[8192] = CFG "clients:\n";
	struct conf *running = load(NULL, CFG THREE), *conf;

	for (int i = 0; i < 70; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
		    "  - {asn: %d, ip: 192.0.2.%d}\n", i + 1, i + 1);
	conf = load(running, text);
	ck_assert_uint_eq(report.count, 0);
	ck_assert_uint_eq(conf_slots(conf), conf_slots(running));
	conf_free(conf);
	conf_free(running);
}
END_TEST

START_TEST(twice_beside_a_running_one)
{
	struct conf *running = load(NULL, CFG THREE);

	ck_assert_ptr_null(try(running, CFG THREE "  - {asn: 1, ip: 192.0.2.11}\n"));
	ck_assert_ptr_nonnull(strstr(report.notes[0].text, "stands twice"));
	conf_free(running);
}
END_TEST

#define ROWS(array) (int)(sizeof(array) / sizeof((array)[0]))

int
main(void)
{
	Suite *suite = suite_create("slots");
	TCase *tcase = tcase_create("slots");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, peers_keep_their_slots);
	tcase_add_test(tcase, workers_stay);
	tcase_add_test(tcase, removed_peers_leave_holes);
	tcase_add_loop_test(tcase, there_is_room_for_more, 0, ROWS(rooms));
	tcase_add_test(tcase, room_can_be_too_small);
	tcase_add_test(tcase, room_by_itself_says_nothing);
	tcase_add_test(tcase, another_asn_is_another_peer);
	tcase_add_test(tcase, places_of_removed_peers_are_free_later);
	tcase_add_loop_test(tcase, keys_that_need_a_restart, 0, ROWS(daemon_keys));
	tcase_add_test(tcase, nothing_changed_says_nothing);
	tcase_add_test(tcase, twice_beside_a_running_one);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
