/* TCP MD5 keys of many peers on real sockets: bgpd/parent/keys.h. */
#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bgpd/parent/keys.h"
#include "bgpd/parent/tcp.h"

#define LIMIT_FILE "/proc/sys/net/core/optmem_max"
#define LOW_LIMIT  20480

static char conf_path[64];

static void
setup(void)
{
	int fd;

	snprintf(conf_path, sizeof(conf_path), "/tmp/roost-test-XXXXXX");
	fd = mkstemp(conf_path);
	ck_assert_int_ge(fd, 0);
	close(fd);
}

static void
teardown(void)
{
	unlink(conf_path);
}

/* A configuration with these clients; slots as in the one before, if there is one. */
static struct conf *
load(const char *clients, const struct conf *before)
{
	struct conf_report report;
	struct conf *conf;
	FILE *f = fopen(conf_path, "w");

	ck_assert_ptr_nonnull(f);
	fprintf(f,
	    "daemon: {listen: [127.0.0.1, '::1'], max_peers: 4000}\n"
	    "cfg: {rs_as: 64500, router_id: 192.0.2.1, filters: none}\nclients: [%s]\n",
	    clients);
	fclose(f);
	conf_report_init(&report);
	conf = before == NULL ? conf_load(conf_path, "test", &report)
			      : conf_load_beside(conf_path, "test", before, &report);
	if (conf == NULL)
		conf_report_print(&report, stderr);
	ck_assert_ptr_nonnull(conf);
	conf_report_fini(&report);
	return conf;
}

/* count peers with keys, from 127.net.0.1 on, every one also over IPv6 with is_dual. */
static struct conf *
load_many(unsigned net, unsigned count, bool is_dual, const struct conf *before)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);
	struct conf *conf;

	ck_assert_ptr_nonnull(f);
	for (unsigned i = 0; i < count; i++) {
		fprintf(f, "{asn: %u, ip: [127.%u.%u.%u", 1000 * net + i + 1, net, i / 250,
		    i % 250 + 1);
		if (is_dual)
			fprintf(f, ", '2001:db8:%u::%x'", net, i + 1);
		fprintf(f, "], password: p%u},\n", i);
	}
	fclose(f);
	conf = load(text, before);
	free(text);
	return conf;
}

/* The limit for this process; lowered where that is possible without touching the host's. */
static size_t
limit(void)
{
	size_t is = 0;
	FILE *f;

	if (unshare(CLONE_NEWNET) == 0 && (f = fopen(LIMIT_FILE, "w")) != NULL) {
		fprintf(f, "%d", LOW_LIMIT);
		fclose(f);
		ck_assert_int_eq(system("ip link set lo up"), 0);
	}
	f = fopen(LIMIT_FILE, "r");
	if (f == NULL)
		return 0;
	ck_assert_int_eq(fscanf(f, "%zu", &is), 1);
	fclose(f);
	return is;
}

/* How many keys a socket takes under the limit: measured with a configuration of too many. */
static size_t
room(const struct conf *too_many, enum family family)
{
	struct keys_failure failure = {0};
	int fd = tcp_socket(family);

	ck_assert_int_ge(fd, 0);
	ck_assert(!keys_set(fd, family, too_many, &failure));
	ck_assert_int_eq(failure.error, ENOMEM);
	close(fd);
	return failure.set;
}

static size_t
advised(const char *text)
{
	const char *at = strstr(text, "optmem_max=");

	ck_assert_msg(at != NULL, "%s", text);
	return strtoul(at + strlen("optmem_max="), NULL, 10);
}

/* The number that the text advises is enough, and not much more. */
START_TEST(what_is_advised_is_enough)
{
	size_t is = limit(), fits;
	struct conf *conf = load_many(1, 3000, false, NULL);
	struct keys_failure failure;
	char text[KEYS_TEXT_MAX];
	size_t better;
	FILE *f;

	if (is == 0 || is > 200000) { /* too large to be filled */
		conf_free(conf);
		return;
	}
	fits = room(conf, FAMILY_IPV4);
	ck_assert_uint_eq(room(conf, FAMILY_IPV4), fits);
	failure = (struct keys_failure){conf_peer(conf, fits), fits, 3000, ENOMEM};
	keys_explain_limit(&failure, is, text);
	better = advised(text);
	/* keys cost the same each */
	ck_assert_uint_gt(better / (is / fits + 1), 3000);
	ck_assert_uint_lt(better, 4 * 3000 * (is / fits));
	if (is == LOW_LIMIT && (f = fopen(LIMIT_FILE, "w")) != NULL) {
		int fd;

		fprintf(f, "%zu", better);
		fclose(f);
		fd = tcp_socket(FAMILY_IPV4);
		ck_assert(keys_set(fd, FAMILY_IPV4, conf, &failure));
		close(fd);
	}
	conf_free(conf);
}
END_TEST

START_TEST(what_is_said)
{
	struct conf *conf = load("{asn: 1, ip: '2001:db8::7', password: x}", NULL);
	struct keys_failure failure = {conf_peer(conf, 0), 150, 300, ENOMEM};
	char text[KEYS_TEXT_MAX];

	keys_explain_limit(&failure, 20480, text);
	ck_assert_str_eq(text,
	    "there is no room for the TCP MD5 key of 2001:db8::7: a listening socket needs 300 "
	    "keys, and net.core.optmem_max = 20480 octets lets it have 150; sysctl -w "
	    "net.core.optmem_max=65536, and the same in /etc/sysctl.d for the next boot");
	keys_explain_limit(&failure, 0, text);
	ck_assert_ptr_nonnull(strstr(text, "and net.core.optmem_max lets it have 150"));
	failure.set = 0;
	keys_explain_limit(&failure, 100, text);
	ck_assert_uint_eq(advised(text), 131072);
	failure.error = ENOPROTOOPT;
	keys_explain_limit(&failure, 20480, text);
	ck_assert_ptr_nonnull(strstr(text, "of 2001:db8::7 can not be set: "));
	ck_assert_ptr_nonnull(strstr(text, "CONFIG_TCP_MD5SIG"));
	conf_free(conf);
}
END_TEST

/* The error stands at the first peer that finds no room; each family has sockets of its own. */
START_TEST(too_many_are_found_before)
{
	struct conf *conf, *less;
	struct conf_report report;
	size_t fits;

	if (limit() != LOW_LIMIT)
		return;
	conf = load_many(1, 300, true, NULL);
	fits = room(conf, FAMILY_IPV4);
	ck_assert_uint_eq(room(conf, FAMILY_IPV6), fits);
	ck_assert_uint_eq(keys_count(conf), 300);
	conf_report_init(&report);
	ck_assert(!keys_check(conf, &report));
	ck_assert_uint_eq(report.errors, 1);
	ck_assert_uint_eq(report.notes[0].line, 3 + fits);
	ck_assert_ptr_nonnull(strstr(report.notes[0].text, "a listening socket needs 300 keys"));
	ck_assert_ptr_nonnull(strstr(report.notes[0].text, "= 20480 octets"));
	conf_report_fini(&report);
	conf_free(conf);

	less = load_many(1, (unsigned)fits, true, NULL);
	conf_report_init(&report);
	ck_assert(keys_check(less, &report));
	ck_assert_uint_eq(report.errors, 0);
	conf_report_fini(&report);
	conf_free(less);
}
END_TEST

static unsigned failed_count;
static uint32_t failed_slots[8];

static void
failed(void *arg, const struct conf_peer *peer, const char *text)
{
	ck_assert_ptr_eq(arg, &failed_count);
	ck_assert_uint_gt(advised(text), LOW_LIMIT);
	failed_slots[failed_count++ % 8] = peer->slot;
}

static void
change(int fd, const struct conf *from, const struct conf *to, const bool *again)
{
	failed_count = 0;
	keys_change(fd, FAMILY_IPV4, from, to, again, failed, &failed_count);
}

/* From as many as there is room for to as many others: the old ones leave first. */
START_TEST(change_never_needs_more_room)
{
	struct conf *many, *from, *to, *more;
	struct keys_failure failure;
	unsigned fits;
	bool *again;
	int fd;

	if (limit() != LOW_LIMIT)
		return;
	many = load_many(1, 300, false, NULL);
	fits = (unsigned)room(many, FAMILY_IPV4);
	from = load_many(2, fits, false, NULL);
	to = load_many(3, fits, false, from);
	fd = tcp_socket(FAMILY_IPV4);
	ck_assert(keys_set(fd, FAMILY_IPV4, from, &failure));
	change(fd, from, to, NULL);
	ck_assert_uint_eq(failed_count, 0);
	/* two more than there is room for; they are tried again when asked for */
	more = load_many(3, fits + 2, false, to);
	change(fd, to, more, NULL);
	ck_assert_uint_eq(failed_count, 2);
	change(fd, more, more, NULL);
	ck_assert_uint_eq(failed_count, 0);
	again = calloc(conf_slots(more), sizeof(*again));
	again[failed_slots[0]] = again[failed_slots[1]] = true;
	change(fd, more, more, again);
	ck_assert_uint_eq(failed_count, 2);
	free(again);
	close(fd);
	conf_free(more);
	conf_free(to);
	conf_free(from);
	conf_free(many);
}
END_TEST

/* True if who connects from there with this key (NULL: none) gets an answer. */
static bool
connects(int listener, const uint8_t from[16], const char *key)
{
	struct sockaddr_storage sa;
	struct channel_address own, to, local;
	socklen_t len = sizeof(sa);
	struct pollfd p = {.events = POLLOUT};
	bool is_connected;

	ck_assert_int_eq(getsockname(listener, (struct sockaddr *)&sa, &len), 0);
	ck_assert(tcp_address_decode(&sa, &to));
	tcp_address_set(&own, FAMILY_IPV4, from, 0);
	p.fd = tcp_connect(&own, &to, key, 0, false);
	ck_assert_int_ge(p.fd, 0);
	is_connected = poll(&p, 1, 200) == 1 && tcp_connected(p.fd, &local) == 0;
	tcp_reset(p.fd);
	return is_connected;
}

static int
listen_with(const struct conf *conf)
{
	static const uint8_t loopback[16] = {127, 0, 0, 1};
	struct channel_address address;
	struct keys_failure failure;
	int fd;

	tcp_address_set(&address, FAMILY_IPV4, loopback, 0);
	fd = tcp_bind(&address);
	ck_assert_int_ge(fd, 0);
	ck_assert(keys_set(fd, FAMILY_IPV4, conf, &failure));
	ck_assert_int_eq(tcp_listen(fd), 0);
	return fd;
}

/* An address that goes to a peer in another slot, before its own, does not lose its key. */
START_TEST(keys_go_by_address)
{
	static const uint8_t twelve[16] = {127, 0, 0, 12};
	struct conf *first =
	    load("{asn: 1, ip: 127.0.0.11}, {asn: 2, ip: 127.0.0.12, password: a}", NULL);
	struct conf *second = load("{asn: 2, ip: 127.0.0.12, password: a}", first);
	struct conf *third = load("{asn: 3, ip: 127.0.0.12, password: b}", second);
	struct conf *fourth = load("{asn: 3, ip: 127.0.0.12}", third);
	int fd = listen_with(first);

	ck_assert_int_lt(conf_find_peer(third, FAMILY_IPV4, twelve),
	    conf_find_peer(second, FAMILY_IPV4, twelve));
	ck_assert(connects(fd, twelve, "a"));
	ck_assert(!connects(fd, twelve, NULL));
	change(fd, first, second, NULL);
	ck_assert(connects(fd, twelve, "a"));
	change(fd, second, third, NULL);
	ck_assert(!connects(fd, twelve, NULL));
	ck_assert(!connects(fd, twelve, "a"));
	ck_assert(connects(fd, twelve, "b"));
	change(fd, third, fourth, NULL);
	ck_assert(connects(fd, twelve, NULL));
	ck_assert(!connects(fd, twelve, "b"));
	close(fd);
	conf_free(fourth);
	conf_free(third);
	conf_free(second);
	conf_free(first);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("keys");
	TCase *t = tcase_create("keys");
	SRunner *r;
	int failures;

	tcase_set_timeout(t, 30);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, what_is_advised_is_enough);
	tcase_add_test(t, what_is_said);
	tcase_add_test(t, too_many_are_found_before);
	tcase_add_test(t, change_never_needs_more_room);
	tcase_add_test(t, keys_go_by_address);
	suite_add_tcase(suite, t);
	r = srunner_create(suite);
	srunner_run_all(r, CK_NORMAL);
	failures = srunner_ntests_failed(r);
	srunner_free(r);
	return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
