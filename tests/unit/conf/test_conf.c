/*
 * What a configuration says once it is loaded: values, inheritance, peers, passwords, and files
 * that cannot stand in tests/conf.
 */
#include <arpa/inet.h>
#include <check.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bgpd/conf/conf.h"
#include "bgpd/event.h"

#define HEAD                       \
	"cfg:\n"                   \
	"  rs_as: 64500\n"         \
	"  router_id: 192.0.2.1\n" \
	"  filters: none\n"        \
	"clients:\n"
#define CLIENT             \
	"  - asn: 64501\n" \
	"    ip: 192.0.2.11\n"
#define CLIENT_12          \
	"  - asn: 64502\n" \
	"    ip: 192.0.2.12\n"

static char folder[] = "/tmp/test_conf.XXXXXX";
static struct conf_report report;

static void
setup(void)
{
	strcpy(folder + sizeof(folder) - 7, "XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	ck_assert_int_eq(chdir(folder), 0);
	conf_report_init(&report);
}

static void
teardown(void)
{
	static const char *const names[] = {"roost.yml", "secret", "general.yml", "pipe",
	    "sub/in.yml", "sub/clients.yml", "sub/secret"};
	size_t i;

	conf_report_fini(&report);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unlink(names[i]);
	rmdir("sub");
	ck_assert_int_eq(chdir("/"), 0);
	ck_assert_int_eq(rmdir(folder), 0);
}

static void
write_file(const char *path, mode_t mode, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	ck_assert_int_eq(fchmod(fd, mode), 0);
	close(fd);
}

static struct conf *
load(const char *text)
{
	write_file("roost.yml", 0640, text);
	return conf_load("roost.yml", "main", &report);
}

/* Loads text that must be fine; the first note tells why where it is not. */
static struct conf *
load_fine(const char *text)
{
	struct conf *conf = load(text);

	ck_assert_msg(conf != NULL, "%u: %s", report.notes[0].line, report.notes[0].text);
	return conf;
}

static void
refuse(const char *text, const char *message)
{
	ck_assert_ptr_null(load(text));
	ck_assert_uint_ge(report.errors, 1);
	ck_assert_msg(strstr(report.notes[0].text, message) != NULL, "\"%s\" is not in \"%s\"",
	    message, report.notes[0].text);
}

static long
slot_of(const struct conf *conf, const char *text)
{
	uint8_t addr[16] = {0};
	int is_ipv6 = strchr(text, ':') != NULL;

	ck_assert_int_eq(inet_pton(is_ipv6 ? AF_INET6 : AF_INET, text, addr), 1);
	return conf_find_peer(conf, is_ipv6 ? FAMILY_IPV6 : FAMILY_IPV4, addr);
}

START_TEST(defaults_are_those_of_the_schema)
{
	struct conf *conf = load_fine(HEAD CLIENT);
	const struct conf_daemon *daemon = conf_daemon(conf);
	static const uint8_t wildcard[16];

	ck_assert_uint_eq(daemon->listen.count, 2);
	ck_assert_int_eq(daemon->listen.items[0].family, FAMILY_IPV4);
	ck_assert_int_eq(daemon->listen.items[1].family, FAMILY_IPV6);
	ck_assert_mem_eq(daemon->listen.items[0].addr, wildcard, 16);
	ck_assert_mem_eq(daemon->listen.items[1].addr, wildcard, 16);
	ck_assert_uint_eq(daemon->port, 179);
	ck_assert_uint_ge(daemon->workers, 2);
	ck_assert_uint_eq(daemon->log_level, LOG_LEVEL_INFO);
	ck_assert_uint_eq(daemon->hold_s, 90);
	ck_assert_uint_eq(daemon->connect_retry_s, 30);
	ck_assert_uint_eq(daemon->idle_hold_s, 2);
	ck_assert_uint_eq(daemon->idle_hold_max_s, 60);
	ck_assert_uint_eq(daemon->send_hold_s, 0);
	ck_assert_uint_eq(daemon->log_size, 256u << 20);
	ck_assert_uint_eq(daemon->ring_size, 8u << 20);
	ck_assert_ptr_null(conf_local_address(conf, FAMILY_IPV4));
	ck_assert_ptr_null(conf_local_address(conf, FAMILY_IPV6));
	ck_assert_str_ne(daemon->user, "");
	ck_assert_str_eq(conf_instance(conf), "main");
	ck_assert_uint_eq(conf_cfg(conf)->rs_as, 64500);
	ck_assert_uint_eq(conf_cfg(conf)->router_id, 0xc0000201);
	ck_assert(conf_cfg(conf)->path_hiding);
	ck_assert(conf_cfg(conf)->passive);
	ck_assert(!conf_cfg(conf)->prepend_rs_as);
	ck_assert(!conf_cfg(conf)->add_path);
	ck_assert_uint_eq(report.count, 0);
	conf_free(conf);
}
END_TEST

START_TEST(distances_are_inherited)
{
	struct conf *conf =
	    load_fine("cfg: {rs_as: 64500, router_id: 192.0.2.1, filters: none, gtsm: true}\n"
		      "clients:\n"
		      "  - {asn: 1, ip: 192.0.2.11}\n"
		      "  - {asn: 2, ip: 192.0.2.12, cfg: {multihop: 255}}\n"
		      "  - {asn: 3, ip: 192.0.2.13, cfg: {gtsm: false, multihop: 2}}\n");
	static const struct {
		bool gtsm;
		uint32_t multihop;
	} expected[] = {{true, 0}, {true, 255}, {false, 2}};

	for (size_t i = 0; i < 3; i++) {
		ck_assert_int_eq(conf_peer(conf, i)->cfg.gtsm, expected[i].gtsm);
		ck_assert_uint_eq(conf_peer(conf, i)->cfg.multihop, expected[i].multihop);
	}
	conf_free(conf);
}
END_TEST

START_TEST(of_several_router_ids_the_first_counts)
{
	struct conf *conf =
	    load_fine("cfg: {rs_as: 64500, router_id: [192.0.2.1, 192.0.2.2], filters: none}\n"
		      "clients:\n" CLIENT);

	ck_assert_uint_eq(conf_cfg(conf)->router_id, 0xc0000201);
	ck_assert_uint_eq(report.count, 1);
	ck_assert_int_eq(report.notes[0].severity, CONF_NOTE);
	conf_free(conf);
}
END_TEST

START_TEST(given_values_are_taken)
{
	struct conf *conf = load_fine("daemon:\n"
				      "  listen: [192.0.2.1, '2001:db8::1', 192.0.2.2]\n"
				      "  port: 1790\n"
				      "  workers: 5\n"
				      "  socket: run/x.sock\n"
				      "  user: nobody\n"
				      "  log_level: warning\n"
				      "  hold_time: 0\n"
				      "  connect_retry: 7\n"
				      "  idle_hold: 1\n"
				      "  idle_hold_max: 9\n"
				      "  send_hold: 600\n"
				      "  log_size: 1G\n"
				      "  ring_size: 4096K\n" HEAD CLIENT);
	const struct conf_daemon *daemon = conf_daemon(conf);

	ck_assert_uint_eq(daemon->listen.count, 3);
	ck_assert_uint_eq(daemon->port, 1790);
	ck_assert_uint_eq(daemon->workers, 5);
	ck_assert_str_eq(daemon->socket, "run/x.sock");
	ck_assert_str_eq(daemon->restricted_socket, "run/x.ro.sock");
	ck_assert_str_eq(
	    daemon->state_file, geteuid() == 0 ? "/var/lib/roost/main.state" : "run/x.state");
	ck_assert_str_eq(daemon->user, "nobody");
	ck_assert_uint_eq(daemon->log_level, LOG_LEVEL_WARNING);
	ck_assert_uint_eq(daemon->hold_s, 0);
	ck_assert_uint_eq(daemon->connect_retry_s, 7);
	ck_assert_uint_eq(daemon->idle_hold_s, 1);
	ck_assert_uint_eq(daemon->idle_hold_max_s, 9);
	ck_assert_uint_eq(daemon->send_hold_s, 600);
	ck_assert_uint_eq(daemon->log_size, 1u << 30);
	ck_assert_uint_eq(daemon->ring_size, 4u << 20);
	/* Two IPv4 listeners leave the choice to the kernel, one IPv6 listener does not. */
	ck_assert_ptr_null(conf_local_address(conf, FAMILY_IPV4));
	ck_assert_ptr_nonnull(conf_local_address(conf, FAMILY_IPV6));
	ck_assert_uint_eq(conf_local_address(conf, FAMILY_IPV6)->addr[15], 1);
	conf_free(conf);
}
END_TEST

START_TEST(local_address_wins_over_listeners)
{
	struct conf *conf = load_fine("daemon:\n"
				      "  listen: 192.0.2.1\n"
				      "  local_address: 192.0.2.9\n" HEAD CLIENT);

	ck_assert_uint_eq(conf_local_address(conf, FAMILY_IPV4)->addr[3], 9);
	ck_assert_ptr_null(conf_local_address(conf, FAMILY_IPV6));
	conf_free(conf);
}
END_TEST

START_TEST(every_address_is_a_peer)
{
	struct conf *conf = load_fine(HEAD "  - asn: 64501\n"
					   "    ip: [192.0.2.11, '2001:db8::11']\n"
					   "    description: Two\n" CLIENT_12);

	ck_assert_uint_eq(conf_peer_count(conf), 3);
	ck_assert_int_eq(slot_of(conf, "192.0.2.11"), 0);
	ck_assert_int_eq(slot_of(conf, "2001:db8::11"), 1);
	ck_assert_int_eq(slot_of(conf, "192.0.2.12"), 2);
	ck_assert_int_eq(slot_of(conf, "192.0.2.13"), -1);
	ck_assert_int_eq(slot_of(conf, "2001:db8::12"), -1);
	ck_assert_uint_eq(conf_peer(conf, 1)->asn, 64501);
	ck_assert_str_eq(conf_peer(conf, 1)->description, "Two");
	ck_assert_str_eq(conf_peer(conf, 2)->description, "");
	ck_assert_uint_eq(conf_peer(conf, 1)->line, 7);
	conf_free(conf);
}
END_TEST

START_TEST(find_looks_at_the_family_alone)
{
	struct conf *conf = load_fine(HEAD CLIENT);
	uint8_t addr[16];

	memset(addr, 0xff, sizeof(addr));
	memcpy(addr, "\xc0\x00\x02\x0b", 4);
	ck_assert_int_eq(conf_find_peer(conf, FAMILY_IPV4, addr), 0);
	ck_assert_int_eq(conf_find_peer(conf, FAMILY_IPV6, addr), -1);
	conf_free(conf);
}
END_TEST

START_TEST(clients_inherit_key_by_key)
{
	struct conf *conf =
	    load_fine("clients:\n"
		      "  - {asn: 1, ip: 192.0.2.11}\n"
		      "  - {asn: 2, ip: 192.0.2.12, cfg: {passive: true}}\n"
		      "  - {asn: 3, ip: 192.0.2.13, cfg: {passive: null, add_path: no}}\n"
		      "  - {asn: 4, ip: 192.0.2.14, cfg: null}\n"
		      "cfg:\n"
		      "  rs_as: 64500\n"
		      "  router_id: 192.0.2.1\n"
		      "  passive: false\n"
		      "  add_path: true\n"
		      "  filters: none\n");
	static const struct {
		bool passive;
		bool add_path;
	} expected[] = {{false, true}, {true, true}, {false, false}, {false, true}};
	size_t i;

	for (i = 0; i < 4; i++) {
		ck_assert_int_eq(conf_peer(conf, i)->cfg.passive, expected[i].passive);
		ck_assert_int_eq(conf_peer(conf, i)->cfg.add_path, expected[i].add_path);
		ck_assert_uint_eq(conf_peer(conf, i)->cfg.filters, CONF_FILTERS_NONE);
		ck_assert_uint_eq(conf_peer(conf, i)->cfg.rs_as, 64500);
	}
	conf_free(conf);
}
END_TEST

START_TEST(filters_of_an_entry_count)
{
	struct conf *conf = load_fine("cfg: {rs_as: 64500, router_id: 192.0.2.1}\n"
				      "clients:\n"
				      "  - {asn: 1, ip: 192.0.2.11}\n"
				      "  - {asn: 2, ip: 192.0.2.12, filters: none}\n"
				      "  - {asn: 3, ip: 192.0.2.13, cfg: {filters: none}}\n"
				      "  - {asn: 4, ip: 192.0.2.14}\n");

	ck_assert_uint_eq(conf_peer(conf, 0)->cfg.filters, CONF_FILTERS_UNSET);
	ck_assert_uint_eq(conf_peer(conf, 1)->cfg.filters, CONF_FILTERS_NONE);
	ck_assert_uint_eq(conf_peer(conf, 2)->cfg.filters, CONF_FILTERS_NONE);
	ck_assert_uint_eq(report.warnings, 1);
	ck_assert_int_eq(report.notes[0].alarm, ALARM_NO_POLICY);
	ck_assert_ptr_nonnull(strstr(report.notes[0].text, "(2, first 192.0.2.11)"));
	conf_free(conf);
}
END_TEST

START_TEST(all_spellings_of_booleans)
{
	static const struct {
		const char *text;
		bool value;
	} spellings[] = {{"True", true}, {"true", true}, {"yes", true}, {"on", true},
	    {"False", false}, {"false", false}, {"no", false}, {"\"False\"", false}};
	char text[512];
	struct conf *conf;

	snprintf(text, sizeof(text),
	    "cfg: {rs_as: 64500, router_id: 192.0.2.1, passive: %s, filters: none}\n"
	    "clients: [{asn: 1, ip: 192.0.2.11}]\n",
	    spellings[_i].text);
	conf = load_fine(text);
	ck_assert_int_eq(conf_peer(conf, 0)->cfg.passive, spellings[_i].value);
	conf_free(conf);
}
END_TEST

START_TEST(peers_of_a_member_are_spread)
{
	char text[65536];
	size_t used = (size_t)snprintf(text, sizeof(text), "daemon: {workers: 4}\n" HEAD), i;
	unsigned by_worker[4] = {0};
	struct conf *conf;

	for (i = 0; i < 200; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used,
		    "  - {asn: %zu, ip: [10.0.0.%zu, '2001:db8::%zx']}\n", 64600 + i, i + 1, i + 1);
	conf = load_fine(text);
	for (i = 0; i < 200; i++) {
		uint32_t first = conf_peer(conf, 2 * i)->worker;

		ck_assert_uint_lt(first, 4);
		ck_assert_uint_eq(conf_peer(conf, 2 * i + 1)->worker, (first + 1) % 4);
		by_worker[first]++;
	}
	for (i = 0; i < 4; i++)
		ck_assert_uint_gt(by_worker[i], 25);
	conf_free(conf);
}
END_TEST

START_TEST(new_member_moves_nobody)
{
	struct conf *before = load_fine(HEAD CLIENT CLIENT_12);
	struct conf *after = load_fine(HEAD "  - asn: 64499\n    ip: 192.0.2.9\n" CLIENT CLIENT_12);

	ck_assert_uint_eq(conf_peer(after, 1)->worker, conf_peer(before, 0)->worker);
	ck_assert_uint_eq(conf_peer(after, 2)->worker, conf_peer(before, 1)->worker);
	conf_free(before);
	conf_free(after);
}
END_TEST

START_TEST(password_is_kept)
{
	struct conf *conf = load_fine(
	    HEAD CLIENT "    password: \"s3cret # x\"\n" CLIENT_12 "    password: null\n");

	ck_assert_str_eq(conf_peer(conf, 0)->password, "s3cret # x");
	ck_assert_ptr_null(conf_peer(conf, 1)->password);
	ck_assert_uint_eq(report.warnings, 0);
	conf_free(conf);
}
END_TEST

START_TEST(readable_password_warns_once)
{
	struct conf *conf;

	write_file(
	    "roost.yml", 0644, HEAD CLIENT "    password: a\n" CLIENT_12 "    password: b\n");
	conf = conf_load("roost.yml", "main", &report);
	ck_assert_ptr_nonnull(conf);
	ck_assert_uint_eq(report.warnings, 1);
	ck_assert_int_eq(report.notes[0].alarm, ALARM_SECRET_WORLD_READABLE);
	ck_assert_str_eq(report.notes[0].file, "roost.yml");
	ck_assert_uint_eq(report.notes[0].line, 8);
	ck_assert_ptr_nonnull(strstr(report.notes[0].text, "chmod o-r roost.yml"));
	conf_free(conf);
}
END_TEST

START_TEST(included_password_file_mode_counts)
{
	struct conf *conf;

	ck_assert_int_eq(mkdir("sub", 0700), 0);
	write_file("sub/in.yml", 0640, "    password: a\n");
	write_file("roost.yml", 0644, HEAD CLIENT "!include sub/in.yml\n");
	conf = conf_load("roost.yml", "main", &report);
	ck_assert_ptr_nonnull(conf);
	ck_assert_str_eq(conf_peer(conf, 0)->password, "a");
	ck_assert_uint_eq(report.warnings, 0);
	conf_free(conf);
}
END_TEST

START_TEST(password_file_is_read)
{
	struct conf *conf;

	write_file("secret", 0600, "from a file\r\nsecond line\n");
	conf = load_fine(HEAD CLIENT "    password_file: secret\n");
	ck_assert_str_eq(conf_peer(conf, 0)->password, "from a file");
	ck_assert_uint_eq(report.warnings, 0);
	conf_free(conf);
}
END_TEST

START_TEST(password_file_stands_beside_its_yaml)
{
	struct conf *conf;

	ck_assert_int_eq(mkdir("sub", 0700), 0);
	write_file("sub/secret", 0600, "x");
	write_file("sub/clients.yml", 0644,
	    "clients:\n  - {asn: 1, ip: 192.0.2.11, password_file: secret, filters: none}\n");
	conf = load_fine("cfg: {rs_as: 64500, router_id: 192.0.2.1}\nclients: sub/clients.yml\n");
	ck_assert_str_eq(conf_peer(conf, 0)->password, "x");
	ck_assert_str_eq(conf_peer(conf, 0)->file, "sub/clients.yml");
	ck_assert_uint_eq(report.warnings, 0);
	conf_free(conf);
}
END_TEST

START_TEST(readable_password_file_warns)
{
	struct conf *conf;

	write_file("secret", 0604, "x");
	conf = load_fine(HEAD CLIENT "    password_file: secret\n");
	ck_assert_uint_eq(report.warnings, 1);
	ck_assert_int_eq(report.notes[0].alarm, ALARM_SECRET_WORLD_READABLE);
	conf_free(conf);
}
END_TEST

START_TEST(unfit_password_files)
{
	char longest[CONF_PASSWORD_MAX + 2];

	memset(longest, 'x', sizeof(longest));
	longest[CONF_PASSWORD_MAX + 1] = '\0';
	write_file("secret", 0600, "\n");
	refuse(HEAD CLIENT "    password_file: secret\n", "has 0 octets");
	conf_report_fini(&report);
	conf_report_init(&report);
	write_file("secret", 0600, longest);
	refuse(HEAD CLIENT "    password_file: secret\n", "has 81 octets");
	conf_report_fini(&report);
	conf_report_init(&report);
	refuse(HEAD CLIENT "    password_file: nowhere\n", "cannot be read: No such file");
	conf_report_fini(&report);
	conf_report_init(&report);
	refuse(HEAD CLIENT "    password: a\n    password_file: secret\n", "both password and");
}
END_TEST

START_TEST(passwords_are_never_repeated)
{
	char text[512];
	size_t i;

	snprintf(text, sizeof(text), HEAD CLIENT "    password: %s%080d\n", "hush", 0);
	ck_assert_ptr_null(load(text));
	for (i = 0; i < report.count; i++)
		ck_assert_ptr_null(strstr(report.notes[i].text, "hush"));
}
END_TEST

static void
refuse_path(const char *path, const char *message)
{
	ck_assert_ptr_null(conf_load(path, "main", &report));
	ck_assert_uint_eq(report.errors, 1);
	ck_assert_str_eq(report.notes[0].file, path);
	ck_assert_msg(strstr(report.notes[0].text, message) != NULL, "\"%s\" is not in \"%s\"",
	    message, report.notes[0].text);
}

START_TEST(missing_file_is_named)
{
	refuse_path("nowhere.yml", "cannot be read: No such file or directory");
}
END_TEST

START_TEST(folder_is_no_file)
{
	refuse_path("/tmp", "is a directory; name a file in it");
}
END_TEST

START_TEST(pipe_does_not_block)
{
	ck_assert_int_eq(mkfifo("pipe", 0600), 0);
	refuse_path("pipe", "is not a regular file");
}
END_TEST

START_TEST(huge_file_is_not_read)
{
	write_file("roost.yml", 0600, "");
	ck_assert_int_eq(truncate("roost.yml", 1L << 40), 0);
	refuse_path("roost.yml", "is too large: 1099511627776 octets");
}
END_TEST

START_TEST(many_clients_load)
{
	size_t size = 2 << 20, used, i;
	char *text = malloc(size);
	struct conf *conf;

	used = (size_t)snprintf(text, size, HEAD);
	for (i = 0; i < 5000; i++)
		used += (size_t)snprintf(text + used, size - used,
		    "  - asn: %zu\n    ip: ['10.0.%zu.%zu', '2001:db8::%zx']\n    description: "
		    "M%zu\n",
		    100000 + i, i >> 8, i & 255, i + 1, i);
	conf = load_fine(text);
	ck_assert_uint_eq(conf_peer_count(conf), 10000);
	ck_assert_int_eq(slot_of(conf, "10.0.19.135"), 2 * (19 * 256 + 135));
	conf_free(conf);
	free(text);
}
END_TEST

START_TEST(too_many_clients_are_refused)
{
	size_t size = 2 << 20, used, i;
	char *text = malloc(size);

	used = (size_t)snprintf(text, size, HEAD);
	for (i = 0; i < 17000; i++)
		used += (size_t)snprintf(text + used, size - used,
		    "  - {asn: %zu, ip: 10.0.%zu.%zu}\n", 100000 + i, i >> 8, i & 255);
	refuse(text, "more than 16384 client addresses");
	free(text);
}
END_TEST

static const char *const bad_names[] = {
    "", ".", "..", "a/b", "a b", "12345678901234567890123456789012"};

START_TEST(instance_names)
{
	write_file("roost.yml", 0600, HEAD CLIENT);
	ck_assert_ptr_null(conf_load("roost.yml", bad_names[_i], &report));
	ck_assert_ptr_nonnull(strstr(report.notes[0].text, "is no name for an instance"));
}
END_TEST

START_TEST(default_sockets)
{
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)], long_folder[200];

	if (geteuid() == 0) {
		ck_assert(conf_default_socket("main", false, path));
		ck_assert_str_eq(path, "/run/roost/main.sock");
		ck_assert_int_eq(seteuid(65534), 0);
	}
	setenv("XDG_RUNTIME_DIR", "/run/user/7", 1);
	ck_assert(conf_default_socket("rs1", true, path));
	ck_assert_str_eq(path, "/run/user/7/roost/rs1.ro.sock");
	memset(long_folder, '/', sizeof(long_folder) - 1);
	long_folder[sizeof(long_folder) - 1] = '\0';
	setenv("XDG_RUNTIME_DIR", long_folder, 1);
	ck_assert(!conf_default_socket("rs1", false, path));
	unsetenv("XDG_RUNTIME_DIR");
	ck_assert(conf_default_socket("rs1", false, path));
	ck_assert_ptr_nonnull(strstr(path, "/tmp/roost-"));
	ck_assert_ptr_nonnull(strstr(path, "/rs1.sock"));
	if (getuid() == 0)
		ck_assert_int_eq(seteuid(0), 0);
}
END_TEST

START_TEST(account_must_exist_for_root)
{
	if (geteuid() != 0)
		return;
	refuse("daemon: {user: no-such-account}\n" HEAD CLIENT, "there is no account");
	conf_report_fini(&report);
	conf_report_init(&report);
	refuse("daemon: {user: root}\n" HEAD CLIENT, "is root");
}
END_TEST

START_TEST(passive_peer_without_listener_warns)
{
	struct conf *conf = load_fine(
	    "daemon: {listen: '2001:db8::1'}\n" HEAD CLIENT CLIENT_12 "    cfg: {passive: no}\n");

	ck_assert_uint_eq(report.warnings, 1);
	ck_assert_ptr_nonnull(strstr(report.notes[0].text, "client 192.0.2.11: passive"));
	conf_free(conf);
}
END_TEST

START_TEST(send_hold_should_exceed_hold_time)
{
	struct conf *conf = load_fine("daemon: {send_hold: 90, hold_time: 90}\n" HEAD CLIENT);

	ck_assert_uint_eq(report.warnings, 1);
	ck_assert_ptr_nonnull(strstr(report.notes[0].text, "RFC 9687"));
	conf_free(conf);
}
END_TEST

/* A report counts what it cannot hold, and errors never crowd out warnings. */
START_TEST(reports_are_bounded)
{
	char text[16384];
	size_t used =
		   (size_t)snprintf(text, sizeof(text), "daemon: {listen: '2001:db8::1'}\n" HEAD),
	       i;

	for (i = 0; i < 100; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used,
		    "  - {asn: 0, ip: 10.0.0.%zu}\n  - {asn: 1, ip: 10.0.1.%zu}\n", i, i);
	ck_assert_ptr_null(load(text));
	ck_assert_uint_eq(report.errors, 100);
	ck_assert_uint_eq(report.warnings, 100);
	ck_assert_uint_eq(report.count, CONF_ERRORS_MAX + CONF_WARNINGS_MAX);
}
END_TEST

/* A reload that follows a refused one reports anew. */
START_TEST(earlier_notes_do_not_count)
{
	struct conf *conf;

	refuse("x: 1\n", "unknown key x");
	ck_assert_uint_eq(report.errors, 3);
	conf = load(HEAD CLIENT);
	ck_assert_ptr_nonnull(conf);
	conf_free(conf);
	ck_assert_ptr_null(load("cfg: {passive: no}\nclients: []\n"));
	ck_assert_uint_eq(report.errors, 5);
	ck_assert_ptr_nonnull(strstr(report.notes[3].text, "cfg.rs_as is missing"));
}
END_TEST

START_TEST(foreign_text_is_cleaned_in_messages)
{
	refuse("\"\\e[31mx\": 1\n" HEAD CLIENT, "unknown key ?[31mx;");
}
END_TEST

static Suite *
conf_suite(void)
{
	const TTest *const tests[] = {defaults_are_those_of_the_schema, distances_are_inherited,
	    of_several_router_ids_the_first_counts, given_values_are_taken,
	    local_address_wins_over_listeners, every_address_is_a_peer,
	    find_looks_at_the_family_alone, clients_inherit_key_by_key, filters_of_an_entry_count,
	    peers_of_a_member_are_spread, new_member_moves_nobody, password_is_kept,
	    readable_password_warns_once, included_password_file_mode_counts, password_file_is_read,
	    password_file_stands_beside_its_yaml, readable_password_file_warns,
	    unfit_password_files, passwords_are_never_repeated, missing_file_is_named,
	    folder_is_no_file, pipe_does_not_block, huge_file_is_not_read, many_clients_load,
	    too_many_clients_are_refused, default_sockets, account_must_exist_for_root,
	    passive_peer_without_listener_warns, send_hold_should_exceed_hold_time,
	    reports_are_bounded, earlier_notes_do_not_count, foreign_text_is_cleaned_in_messages};
	Suite *suite = suite_create("configuration");
	TCase *tcase = tcase_create("conf");
	size_t i;

	tcase_add_checked_fixture(tcase, setup, teardown);
	for (i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		tcase_add_test(tcase, tests[i]);
	tcase_add_loop_test(tcase, all_spellings_of_booleans, 0, 8);
	tcase_add_loop_test(tcase, instance_names, 0, sizeof(bad_names) / sizeof(bad_names[0]));
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	SRunner *runner = srunner_create(conf_suite());
	int failed;

	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
