/*
 * A parent under test whose children do what the test wants: test_reload.c, test_supervision.c.
 *
 * The test program is its own roostd: the parent runs in a fork of it and executes /proc/self/exe
 * for its children, which is the same program again, with --role. Those children are stubs; what
 * they say goes to standard error, into the file of the parent's own log, which the test reads.
 *
 *   test --fork--> parent --exec--> stubs         dir/roost.yml, dir/log
 *     `------ await("<rib> commit 2", 1) <----------------'
 */
#ifndef TESTS_UNIT_PARENT_STUB_H
#define TESTS_UNIT_PARENT_STUB_H

#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bgpd/ipc/channel.h"
#include "bgpd/parent/child.h"
#include "bgpd/parent/parent.h"

#define WAIT_MS	     10000
#define TEST_SECONDS 30
#define TAIL	     3000

static inline void
nap(unsigned ms)
{
	struct timespec wait = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

	nanosleep(&wait, NULL);
}

/* ---- the children ---- */

struct stub {
	struct channel *channel;
	enum child_role role;
	char name[CHILD_NAME_MAX];
};

/* What a test program's children do. */
struct stub_conduct {
	void (*prepare)(struct stub *); /* before rights go: opens what the test shares with it */
	int (*read_data)(void);		/* the reader's part; its exit status */
	/* one message, whose descriptors are closed behind it unless nfds becomes 0 */
	void (*take)(struct stub *, struct channel_message *);
	void (*obey)(struct stub *); /* now and then: what does the test want? */
	bool is_numbered;	     /* say "<worker-0>" and not "<worker>" */
};

__attribute__((format(printf, 2, 3))) static inline void
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

static inline void
stub_loop(struct stub *s, const struct stub_conduct *conduct)
{
	struct pollfd p = {.fd = CHILD_CHANNEL_FD, .events = POLLIN};
	struct channel_message m;

	for (;;) {
		enum channel_result result = channel_recv(s->channel, &m);

		if (result == CHANNEL_OVER)
			_exit(3);
		if (result == CHANNEL_MESSAGE) {
			conduct->take(s, &m);
			while (m.nfds > 0)
				close(m.fds[--m.nfds]);
			if (m.type == CHANNEL_STOP)
				_exit(0);
		}
		conduct->obey(s);
		if (result == CHANNEL_EMPTY)
			poll(&p, 1, 10);
	}
}

static inline int
stub_main(const struct child_start *start, const struct stub_conduct *conduct)
{
	struct stub s = {.role = start->role};
	bool is_rib = start->role == CHILD_RIB;

	child_name(start->role, start->index, s.name);
	if (!conduct->is_numbered)
		s.name[strcspn(s.name, "-")] = '\0';
	conduct->prepare(&s);
	if (child_enter(start) == -1)
		return 1;
	if (start->role == CHILD_READER)
		return conduct->read_data();
	s.channel =
	    channel_new(CHILD_CHANNEL_FD, is_rib ? CHANNEL_RIB_TO_PARENT : CHANNEL_WORKER_TO_PARENT,
		is_rib ? CHANNEL_PARENT_TO_RIB : CHANNEL_PARENT_TO_WORKER);
	stub_loop(&s, conduct);
	return 0;
}

/* main() of a test program: one of the children, or the tests. */
static inline int
stub_or_tests(int argc, char *argv[], const struct stub_conduct *conduct, int (*run_tests)(void))
{
	struct child_start start;

	if (child_is_meant(argc, argv))
		return child_parse(argc, argv, &start) == 0 ? stub_main(&start, conduct) : 2;
	return run_tests();
}

/* ---- the parent ---- */

static char dir[64]; /* of the running test */
static pid_t parent;
static uint16_t port;

static inline void
in_dir(const char *name, char path[96])
{
	snprintf(path, 96, "%s/%s", dir, name);
}

/* An IPv4 socket that is not bound, and an address of loopback: 127.0.0.host. */
static inline int
loopback(uint32_t host, uint16_t at, struct sockaddr_in *out)
{
	*out = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(at)};
	out->sin_addr.s_addr = htonl(INADDR_LOOPBACK - 1 + host);
	return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

static inline uint16_t
free_port(void)
{
	struct sockaddr_in a;
	socklen_t len = sizeof(a);
	int fd = loopback(1, 0, &a);

	ck_assert_int_eq(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&a, &len), 0);
	close(fd);
	return ntohs(a.sin_port);
}

/* A folder and a port for the test. */
static inline void
make_dir(void)
{
	snprintf(dir, sizeof(dir), "/tmp/roost-test-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	port = free_port();
}

/* Removes these files and the folder, in which there must be nothing else: no socket file. */
static inline void
remove_dir(const char *const *files, size_t count)
{
	char path[96];

	for (size_t i = 0; i < count; i++) {
		in_dir(files[i], path);
		unlink(path);
	}
	ck_assert_msg(rmdir(dir) == 0, "%s: %s", dir, strerror(errno));
}

/* Puts a configuration in place at once: a parent that reads meanwhile has one or the other. */
static inline void
write_conf(const char *rs_as, const char *clients)
{
	char path[96], new[96];
	FILE *f;

	in_dir("roost.yml", path);
	in_dir("new", new);
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

_Noreturn static inline void
run_parent(void)
{
	struct parent_options options = {.level = -1};
	struct conf_report report;
	char conf[96], log[96];
	int fd, status;

	in_dir("roost.yml", conf);
	in_dir("log", log);
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

static inline void
fork_parent(void)
{
	parent = fork();
	ck_assert_int_ge(parent, 0);
	if (parent == 0)
		run_parent();
}

/* ---- what was said ---- */

static inline char *
slurp(void)
{
	static char text[1 << 18];
	char path[96];
	ssize_t n;
	int fd;

	in_dir("log", path);
	fd = open(path, O_RDONLY);
	n = fd == -1 ? 0 : read(fd, text, sizeof(text) - 1);
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	return text;
}

/* As much of the log as a message of check takes. */
static inline const char *
tail(void)
{
	const char *text = slurp();
	size_t len = strlen(text);

	return text + (len > TAIL ? len - TAIL : 0);
}

static inline unsigned
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

static inline void
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
static inline void
in_order(const char *first, const char *second)
{
	const char *text = slurp(), *at = strstr(text, first);

	ck_assert_msg(at != NULL && strstr(at, second) != NULL, "no %s after %s in:\n%s", second,
	    first, tail());
}

static inline void
stop_parent(void)
{
	int status;

	kill(parent, SIGTERM);
	ck_assert_int_eq(waitpid(parent, &status, 0), parent);
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "status 0x%x:\n%s",
	    (unsigned)status, tail());
}

/* Runs the suite; returns the value of run_tests(). */
static inline int
run_suite(Suite *s)
{
	SRunner *r = srunner_create(s);
	int failed;

	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

#endif
