/*
 * Reload in the parent, with children that refuse, die, or take their time: bgpd/parent/reload.c.
 *
 * This program is its own roostd, as in test_supervision.c. What a child is to do next stands in a
 * file that all of them map: a letter per role, taken by the first child of the role that it is
 * meant for. Children write what they see to standard error, into the parent's own log.
 */
#include <arpa/inet.h>
#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bgpd/feed/feed.h"
#include "bgpd/ipc/channel.h"
#include "bgpd/parent/child.h"
#include "bgpd/parent/parent.h"

#define WAIT_MS	    8000
#define SLOW_MS	    300
#define ALL_SECONDS 30
#define TAIL	    3000

enum wish {
	NOTHING = 0,
	REFUSE = 'r',	     /* the next CONFIG */
	DIE_OF_CONFIG = 'd', /* of the next one */
	DIE_OF_ALL = 'D',    /* of this one and every later one */
	DIE_OF_COMMIT = 'c', /* of the next one but the first of a life */
	SLOW_COMMIT = 's',   /* rib: COMMITTED comes late */
	DIE = 'x',	     /* at once */
	READER_DIES = 'a',   /* without an answer */
	READER_HANGS = 'h',  /* for ever */
	READER_IS_SLOW = 'l' /* SLOW_MS */
};

/* What the test wants of the children; shared by all processes. */
static struct orders {
	volatile char wishes[CHILD_ROLE_COUNT];
	volatile uint64_t tickets; /* rib asks for reloads up to this one */
} * orders;

static bool
is_wished(enum child_role role, char wish)
{
	if (orders->wishes[role] != wish)
		return false;
	orders->wishes[role] = NOTHING;
	return true;
}

static void
nap(unsigned ms)
{
	struct timespec wait = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

	nanosleep(&wait, NULL);
}

/* ---- the children ---- */

struct stub {
	struct channel *channel;
	enum child_role role;
	uint64_t tickets;
	unsigned commits;
	char name[CHILD_NAME_MAX];
};

__attribute__((format(printf, 2, 3))) static void
say(const struct stub *s, const char *format, ...)
{
	char line[256];
	va_list args;
	int n, m;

	n = snprintf(line, sizeof(line), "<%s> ", s->name);
	va_start(args, format);
	m = vsnprintf(line + n, sizeof(line) - (size_t)n - 1, format, args);
	va_end(args);
	n += m;
	line[n++] = '\n';
	if (write(STDERR_FILENO, line, (size_t)n) != n)
		abort();
}

static void
take_config(struct stub *s, uint32_t generation)
{
	struct channel_ready ready = {.generation = generation};

	if (generation > 1 &&
	    (orders->wishes[s->role] == DIE_OF_ALL || is_wished(s->role, DIE_OF_CONFIG)))
		_exit(9);
	if (is_wished(s->role, REFUSE)) {
		ready.refused = 1;
		snprintf(ready.text, sizeof(ready.text), "the stub says no");
	}
	channel_send(s->channel, CHANNEL_READY, &ready, NULL, 0);
}

static void
take_commit(struct stub *s, uint32_t generation)
{
	struct channel_generation committed = {.generation = generation};

	if (s->commits++ > 0 && is_wished(s->role, DIE_OF_COMMIT))
		_exit(9);
	if (s->role != CHILD_RIB)
		return;
	if (is_wished(s->role, SLOW_COMMIT))
		nap(SLOW_MS);
	channel_send(s->channel, CHANNEL_COMMITTED, &committed, NULL, 0);
}

static void
take(struct stub *s, struct channel_message *m)
{
	switch (m->type) {
	case CHANNEL_CONFIG:
	case CHANNEL_COMMIT:
	case CHANNEL_ABANDON:
		say(s, "%s %u", channel_type_name(m->type), m->body.generation.generation);
		break;
	case CHANNEL_ADMIN:
		say(s, "admin slot=%u act=%u", m->body.admin.slot, m->body.admin.act);
		break;
	case CHANNEL_ALARM:
		say(s, "alarm raise=%u source=%s", m->body.alarm.raise, m->body.alarm.source);
		break;
	case CHANNEL_RELOADED:
		say(s, "reloaded ticket=%u refused=%u added=%u removed=%u reset=%u",
		    (unsigned)m->body.reloaded.ticket, m->body.reloaded.refused,
		    m->body.reloaded.added, m->body.reloaded.removed, m->body.reloaded.changed);
		break;
	default:
		break;
	}
	while (m->nfds > 0)
		close(m->fds[--m->nfds]);
	if (m->type == CHANNEL_CONFIG)
		take_config(s, m->body.generation.generation);
	else if (m->type == CHANNEL_COMMIT)
		take_commit(s, m->body.generation.generation);
	else if (m->type == CHANNEL_STOP)
		_exit(0);
}

static void
obey(struct stub *s)
{
	struct channel_number ticket;

	if (is_wished(s->role, DIE))
		_exit(9);
	while (s->role == CHILD_RIB && s->tickets < orders->tickets) {
		ticket.number = ++s->tickets;
		channel_send(s->channel, CHANNEL_RELOAD, &ticket, NULL, 0);
	}
}

static int
read_data(void)
{
	if (is_wished(CHILD_READER, READER_DIES))
		return EXIT_FAILURE;
	if (is_wished(CHILD_READER, READER_HANGS))
		pause();
	if (is_wished(CHILD_READER, READER_IS_SLOW))
		nap(SLOW_MS);
	return feed_main(CHILD_CHANNEL_FD);
}

static void
map_orders(void)
{
	int fd = open(getenv("ROOST_TEST_ORDERS"), O_RDWR | O_CLOEXEC);

	orders = mmap(NULL, sizeof(*orders), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (orders == MAP_FAILED)
		abort();
	close(fd);
}

static int
stub_main(const struct child_start *start)
{
	struct stub s = {.role = start->role};
	bool is_rib = start->role == CHILD_RIB;
	struct channel_message m;

	map_orders(); /* before rights go */
	child_name(start->role, start->index, s.name);
	if (child_enter(start) == -1)
		return 1;
	if (start->role == CHILD_READER)
		return read_data();
	s.channel =
	    channel_new(CHILD_CHANNEL_FD, is_rib ? CHANNEL_RIB_TO_PARENT : CHANNEL_WORKER_TO_PARENT,
		is_rib ? CHANNEL_PARENT_TO_RIB : CHANNEL_PARENT_TO_WORKER);
	for (;;) {
		struct pollfd p = {.fd = CHILD_CHANNEL_FD, .events = POLLIN};
		enum channel_result result = channel_recv(s.channel, &m);

		if (result == CHANNEL_OVER)
			_exit(3);
		if (result == CHANNEL_MESSAGE)
			take(&s, &m);
		obey(&s);
		if (result == CHANNEL_EMPTY)
			poll(&p, 1, 10);
	}
}

/* ---- the test ---- */

static char dir[64];
static pid_t parent;
static unsigned port;

#define FIRST  "{asn: 64501, ip: 127.0.0.11}"
#define SECOND "{asn: 64502, ip: 127.0.0.12}"

static char *
slurp(void)
{
	static char text[1 << 18];
	char path[96];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "%s/log", dir);
	fd = open(path, O_RDONLY);
	n = fd == -1 ? 0 : read(fd, text, sizeof(text) - 1);
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	return text;
}

/* As much of the log as a message of check takes. */
static const char *
tail(void)
{
	const char *text = slurp();
	size_t len = strlen(text);

	return text + (len > TAIL ? len - TAIL : 0);
}

static unsigned
count(const char *needle)
{
	const char *at = slurp();
	unsigned n = 0;

	while ((at = strstr(at, needle)) != NULL) {
		at += strlen(needle);
		n++;
	}
	return n;
}

static void
await(const char *needle, unsigned times)
{
	for (unsigned i = 0; i < WAIT_MS / 10; i++) {
		if (count(needle) >= times)
			return;
		nap(10);
	}
	ck_abort_msg("no %s (%u times) in:\n%s", needle, times, tail());
}

/* The first stands before the second. */
static void
in_order(const char *first, const char *second)
{
	const char *text = slurp(), *at = strstr(text, first);

	ck_assert_msg(at != NULL && strstr(at, second) != NULL, "no %s after %s in:\n%s", second,
	    first, tail());
}

static void
write_conf(const char *rs_as, const char *clients)
{
	char path[96], new[96];
	FILE *f;

	snprintf(path, sizeof(path), "%s/roost.yml", dir);
	snprintf(new, sizeof(new), "%s/new", dir);
	f = fopen(new, "w");
	ck_assert_ptr_nonnull(f);
	fprintf(f,
	    "daemon: {listen: [127.0.0.1], port: %u, workers: 2, socket: %s/s, "
	    "restricted_socket: %s/r, state_file: %s/state, log_level: debug}\n"
	    "cfg: {rs_as: %s, router_id: 192.0.2.1, filters: none}\nclients: [%s]\n",
	    port, dir, dir, dir, rs_as, clients);
	fclose(f);
	chmod(new, 0600);
	ck_assert_int_eq(rename(new, path), 0);
}

static unsigned
free_port(void)
{
	struct sockaddr_in a = {.sin_family = AF_INET};
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&a, &len), 0);
	close(fd);
	return ntohs(a.sin_port);
}

_Noreturn static void
run_parent(void)
{
	struct parent_options options = {.level = -1};
	struct conf_report report;
	char conf[96], log[96];
	int fd, status;

	snprintf(conf, sizeof(conf), "%s/roost.yml", dir);
	snprintf(log, sizeof(log), "%s/log", dir);
	fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
	dup2(fd, STDERR_FILENO);
	close(fd);
	conf_report_init(&report);
	options.conf_path = conf;
	options.conf = conf_load(conf, "test", &report);
	if (options.conf == NULL) {
		conf_report_print(&report, stderr);
		_exit(9);
	}
	options.report = &report;
	status = parent_run(&options);
	conf_report_fini(&report);
	_exit(status);
}

static void
start(void)
{
	parent = fork();
	ck_assert_int_ge(parent, 0);
	if (parent == 0)
		run_parent();
}

static void
prepare(void)
{
	char path[96];
	int fd;

	snprintf(dir, sizeof(dir), "/tmp/roost-test-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/orders", dir);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	ck_assert_int_eq(ftruncate(fd, sizeof(*orders)), 0);
	close(fd);
	setenv("ROOST_TEST_ORDERS", path, 1);
	map_orders();
	port = free_port();
	write_conf("64500", FIRST ", " SECOND);
}

static void
setup(void)
{
	prepare();
	start();
	await(" listening ", 1);
	await("commit 1", 3);
}

static void
stop(void)
{
	int status;

	kill(parent, SIGTERM);
	ck_assert_int_eq(waitpid(parent, &status, 0), parent);
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "status 0x%x:\n%s",
	    (unsigned)status, tail());
}

static void
teardown(void)
{
	static const char *const files[] = {"roost.yml", "log", "orders", "state"};
	char path[96];

	stop();
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, files[i]);
		unlink(path);
	}
	ck_assert_msg(rmdir(dir) == 0, "%s", strerror(errno));
	munmap(orders, sizeof(*orders));
}

static void
wish(enum child_role role, char what)
{
	orders->wishes[role] = what;
}

static void
hup(void)
{
	ck_assert_int_eq(kill(parent, SIGHUP), 0);
}

static unsigned
descriptors(void)
{
	char path[32];
	unsigned n = 0;
	DIR *d;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)parent);
	d = opendir(path);
	ck_assert_ptr_nonnull(d);
	while (readdir(d) != NULL)
		n++;
	closedir(d);
	return n;
}

START_TEST(rib_first_then_the_workers)
{
	hup();
	await("conf-loaded in=parent", 2);
	await("commit 2", 3);
	in_order("<rib> config 2", "<rib> commit 2");
	in_order("<worker-0> config 2", "<rib> commit 2");
	in_order("<worker-1> config 2", "<rib> commit 2");
	in_order("<rib> commit 2", "<worker-0> commit 2");
	in_order("<rib> commit 2", "<worker-1> commit 2");
	/* nobody waits for an answer */
	ck_assert_uint_eq(count("reloaded"), 0);
}
END_TEST

START_TEST(a_refusal_changes_nothing)
{
	enum child_role role = _i == 0 ? CHILD_WORKER : CHILD_RIB;

	wish(role, REFUSE);
	hup();
	await("conf-refused", 1);
	await("abandon 2", 3);
	ck_assert_uint_eq(count("commit 2"), 0);
	ck_assert_uint_eq(count("the stub says no"), 1);
	await("<rib> alarm raise=1 source=", 1);
	hup();
	await("commit 3", 3);
	await("<rib> alarm raise=0 source=", 1);
}
END_TEST

/* A child that dies of it, or by chance: once more from the start. */
START_TEST(a_death_is_tried_again)
{
	static const struct {
		enum child_role role;
		char wish;
	} rows[] = {
	    {CHILD_WORKER, DIE_OF_CONFIG}, {CHILD_RIB, DIE_OF_CONFIG}, {CHILD_RIB, DIE_OF_COMMIT}};

	wish(rows[_i].role, rows[_i].wish);
	hup();
	await("child-died", 1);
	await("conf-loaded in=parent", 2);
	await("abandon 2", 1);
	await("commit 3", 3);
	ck_assert_uint_eq(count("conf-refused"), 0);
}
END_TEST

/* But not for ever: who dies of this configuration would do so again. */
START_TEST(what_kills_is_refused)
{
	enum child_role role = _i == 0 ? CHILD_WORKER : CHILD_RIB;

	wish(role, DIE_OF_ALL);
	hup();
	await("conf-refused", 1);
	ck_assert_uint_ge(count("died while the configuration was being changed"), 1);
	wish(role, NOTHING);
	ck_assert_uint_eq(count("conf-loaded in=parent"), 1);
	/* the replacement has what was in force */
	await("commit 1", 4);
	hup();
	await("conf-loaded in=parent", 2);
}
END_TEST

/* From COMMIT on rib's word counts alone: a worker that dies then is given what it turns out to be.
 */
START_TEST(a_worker_dies_while_rib_commits)
{
	wish(CHILD_RIB, SLOW_COMMIT);
	hup();
	await("<rib> commit 2", 1);
	wish(CHILD_WORKER, DIE);
	await("child-restarted", 1);
	await("commit 1", 4); /* it begins with what is in force */
	await("conf-loaded in=parent", 2);
	await("config 2", 4);
	await("commit 2", 3);
	ck_assert_uint_eq(count("conf-refused"), 0);
	hup();
	await("commit 3", 3);
}
END_TEST

START_TEST(a_worker_that_is_being_replaced_is_waited_for)
{
	wish(CHILD_WORKER, DIE);
	await("child-died", 1);
	hup();
	await("conf-loaded in=parent", 2);
	await("commit 2", 3);
	ck_assert_uint_eq(count("conf-refused"), 0);
}
END_TEST

START_TEST(without_an_answer_nothing_changes)
{
	wish(CHILD_READER, READER_DIES);
	hup();
	await("conf-refused", 1);
	ck_assert_uint_ge(count("ended without an answer"), 1);
	await("child-died in=parent process=reader", 1);
	hup();
	await("commit 2", 3);
}
END_TEST

/* Operators are answered by the reload that began after they asked. */
START_TEST(who_asks_later_is_answered_later)
{
	wish(CHILD_READER, READER_IS_SLOW);
	orders->tickets = 1;
	await(" reload in=parent by=roostctl", 1);
	write_conf("64500", FIRST);
	orders->tickets = 3;
	hup();
	await("reloaded ticket=3", 1);
	in_order("reloaded ticket=1 refused=0 added=0 removed=0 reset=0",
	    "reloaded ticket=3 refused=0 added=0 removed=1 reset=0");
	ck_assert_uint_eq(count("reloaded"), 2);
	ck_assert_uint_eq(count(" reload in=parent"), 2);
}
END_TEST

START_TEST(a_dead_rib_is_not_answered)
{
	wish(CHILD_READER, READER_IS_SLOW);
	orders->tickets = 1;
	await(" reload in=parent by=roostctl", 1);
	orders->tickets = 0;
	wish(CHILD_RIB, DIE);
	await("child-restarted", 1);
	await("commit 2", 3);
	ck_assert_uint_eq(count("reloaded"), 0);
	orders->tickets = 1;
	await("reloaded ticket=1", 1);
}
END_TEST

START_TEST(a_hanging_reader_does_not_keep_us)
{
	wish(CHILD_READER, READER_HANGS);
	hup();
	await(" reload in=parent", 1);
	nap(100);
	/* teardown: SIGTERM ends it, and the reader with it */
}
END_TEST

START_TEST(the_end_before_the_start)
{
	prepare();
	wish(CHILD_READER, READER_HANGS);
	start();
	for (unsigned i = 0; i < WAIT_MS / 10 && orders->wishes[CHILD_READER] != NOTHING; i++)
		nap(10);
	hup(); /* is remembered, and forgotten */
	nap(50);
	teardown();
	ck_assert_ptr_null(strstr(slurp(), "child-started"));
}
END_TEST

START_TEST(a_reload_before_the_start_comes_after_it)
{
	prepare();
	wish(CHILD_READER, READER_IS_SLOW);
	start();
	for (unsigned i = 0; i < WAIT_MS / 10 && orders->wishes[CHILD_READER] != NOTHING; i++)
		nap(10);
	hup();
	await("commit 1", 3);
	await("commit 2", 3);
	await("conf-loaded in=parent", 2);
	ck_assert_uint_eq(count("conf-refused"), 0);
	teardown();
}
END_TEST

START_TEST(peers_come_and_go)
{
	orders->tickets = 1;
	await("reloaded ticket=1", 1);
	write_conf("64500", "{asn: 64509, ip: 127.0.0.11}, " SECOND ", {asn: 3, ip: 127.0.0.13}");
	orders->tickets = 2;
	/* another ASN at an address is another peer */
	await("reloaded ticket=2 refused=0 added=2 removed=1 reset=0", 1);
	write_conf(
	    "64500", "{asn: 64509, ip: 127.0.0.11}, {asn: 64502, ip: 127.0.0.12, password: x}");
	orders->tickets = 3;
	await("reloaded ticket=3 refused=0 added=0 removed=1 reset=1", 1);
	await("admin slot=1 act=2", 1);
	write_conf(
	    "64511", "{asn: 64509, ip: 127.0.0.11}, {asn: 64502, ip: 127.0.0.12, password: x}");
	orders->tickets = 4;
	await("reloaded ticket=4 refused=0 added=0 removed=0 reset=2", 1);
	await("cfg.rs_as has changed: every session is reset", 1);
}
END_TEST

START_TEST(nothing_is_left_open)
{
	unsigned before;

	hup();
	await("commit 2", 3);
	nap(50);
	before = descriptors();
	for (unsigned n = 0; n < 12; n++) {
		unsigned ends = count("conf-loaded in=parent") + count("conf-refused");

		if (n % 4 == 1)
			wish(CHILD_WORKER, REFUSE);
		if (n % 4 == 2)
			wish(CHILD_READER, READER_DIES);
		hup();
		while (count("conf-loaded in=parent") + count("conf-refused") == ends)
			nap(5);
	}
	await("conf-refused", 6);
	nap(50);
	ck_assert_uint_eq(descriptors(), before);
}
END_TEST

static int
run_tests(void)
{
	Suite *s = suite_create("reload");
	TCase *t = tcase_create("reload"), *bare = tcase_create("start");
	SRunner *r;
	int failed;

	tcase_set_timeout(t, ALL_SECONDS);
	tcase_set_timeout(bare, ALL_SECONDS);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, rib_first_then_the_workers);
	tcase_add_loop_test(t, a_refusal_changes_nothing, 0, 2);
	tcase_add_loop_test(t, a_death_is_tried_again, 0, 3);
	tcase_add_loop_test(t, what_kills_is_refused, 0, 2);
	tcase_add_test(t, a_worker_dies_while_rib_commits);
	tcase_add_test(t, a_worker_that_is_being_replaced_is_waited_for);
	tcase_add_test(t, without_an_answer_nothing_changes);
	tcase_add_test(t, who_asks_later_is_answered_later);
	tcase_add_test(t, a_dead_rib_is_not_answered);
	tcase_add_test(t, a_hanging_reader_does_not_keep_us);
	tcase_add_test(t, peers_come_and_go);
	tcase_add_test(t, nothing_is_left_open);
	tcase_add_test(bare, the_end_before_the_start);
	tcase_add_test(bare, a_reload_before_the_start_comes_after_it);
	suite_add_tcase(s, t);
	suite_add_tcase(s, bare);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int
main(int argc, char *argv[])
{
	struct child_start request;

	if (child_is_meant(argc, argv))
		return child_parse(argc, argv, &request) == 0 ? stub_main(&request) : 2;
	return run_tests();
}
