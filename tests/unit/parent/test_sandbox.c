/*
 * The sandbox from inside: each case runs in a child of its own that enters it and then tries.
 * bgpd/parent/sandbox.h.
 */
#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bgpd/parent/sandbox.h"

/* Made before the sandbox is entered: what the parent would have given. */
static int pair[2];
static int tcp;
static int listener;

static void
prepare(void)
{
	struct sockaddr_un any = {.sun_family = AF_UNIX};

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	tcp = socket(AF_INET, SOCK_STREAM, 0);
	ck_assert_int_ge(tcp, 0);
	listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	ck_assert_int_eq(bind(listener, (struct sockaddr *)&any, sizeof(any.sun_family)), 0);
	ck_assert_int_eq(listen(listener, 1), 0);
}

/* Returns the wait status of a child in the sandbox that exits with attempt()'s result. */
static int
run(enum sandbox_role role, int (*attempt)(void), const char *mode)
{
	int status;
	pid_t pid;

	prepare();
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		setenv("ROOST_SANDBOX", mode, 1);
		if (sandbox_enter(role) == -1)
			_exit(100);
		_exit(attempt());
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	close(pair[0]);
	close(pair[1]);
	close(tcp);
	close(listener);
	return status;
}

/* 0 where the call failed with EPERM, 1 where it went through or failed otherwise. */
#define REFUSED(call) ((call) == -1 && errno == EPERM ? 0 : 1)

static int
try_open(void)
{
	return REFUSED(open("/dev/null", O_RDWR));
}

static int
try_create(void)
{
	return REFUSED(open("/tmp/roost-sandbox-test", O_WRONLY | O_CREAT, 0600));
}

static int
try_socket(void)
{
	return REFUSED(socket(AF_INET, SOCK_STREAM, 0));
}

static int
try_connect(void)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(9)};

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return REFUSED(connect(tcp, (struct sockaddr *)&a, sizeof(a)));
}

static int
try_bind(void)
{
	struct sockaddr_in a = {.sin_family = AF_INET};

	return REFUSED(bind(tcp, (struct sockaddr *)&a, sizeof(a)));
}

static int
try_execve(void)
{
	char *argv[] = {NULL};

	return REFUSED(execve("/bin/true", argv, argv));
}

static int
try_unlink(void)
{
	return REFUSED(unlink("/tmp/roost-sandbox-test"));
}

static int
try_setuid(void)
{
	return REFUSED(setuid(getuid()));
}

static int
try_md5(void)
{
	struct tcp_md5sig key = {.tcpm_keylen = 1};

	return REFUSED(setsockopt(tcp, IPPROTO_TCP, TCP_MD5SIG, &key, sizeof(key)));
}

static int
try_sendto(void)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(9)};

	return REFUSED((int)sendto(pair[0], "x", 1, 0, (struct sockaddr *)&a, sizeof(a)));
}

#if !SANDBOX_SANITIZER
static int
try_kill(void)
{
	return REFUSED(kill(getppid(), 0));
}

static int
try_ptrace(void)
{
	return REFUSED((int)ptrace(PTRACE_TRACEME, 0, NULL, NULL));
}

static int
try_executable(void)
{
	void *p = mmap(
	    NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED && errno == EPERM ? 0 : 1;
}

static int
try_fork(void)
{
	return REFUSED(fork());
}
#endif

static int
try_accept(void)
{
	return REFUSED(accept4(listener, NULL, NULL, SOCK_CLOEXEC));
}

static int
try_fallocate(void)
{
	return REFUSED(fallocate(pair[0], 0, 0, 1));
}

/* What a session does all day; 0 if all of it works. */
static int
try_work(void)
{
	struct epoll_event e = {.events = EPOLLIN};
	struct timespec now;
	struct tm tm;
	int size = 65536, unread = 0, ep;
	char c;
	void *p;

	if ((ep = epoll_create1(EPOLL_CLOEXEC)) == -1 ||
	    epoll_ctl(ep, EPOLL_CTL_ADD, pair[1], &e) == -1)
		return 1;
	if (write(pair[0], "x", 1) != 1 || epoll_wait(ep, &e, 1, 1000) != 1)
		return 2;
	if (ioctl(pair[1], FIONREAD, &unread) == -1 || unread != 1 || read(pair[1], &c, 1) != 1)
		return 3;
	if (setsockopt(tcp, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size)) == -1)
		return 4;
	p = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED || madvise(p, 1 << 20, MADV_DONTNEED) == -1 || munmap(p, 1 << 20) == -1)
		return 5;
	if (clock_gettime(CLOCK_MONOTONIC, &now) == -1 || localtime_r(&now.tv_sec, &tm) == NULL)
		return 6;
	free(malloc(8 << 20));
	return fcntl(pair[0], F_SETFL, O_NONBLOCK) == -1 || shutdown(pair[0], SHUT_RDWR) == -1 ? 7
											       : 0;
}

static int
try_abort(void)
{
	abort();
}

static int
try_accept_works(void)
{
	return accept4(listener, NULL, NULL, SOCK_CLOEXEC) == -1 && errno == EAGAIN ? 0 : 1;
}

/* What reading files for the parent takes; 0 if all of it works. */
static int
try_reading(void)
{
	int file = open("/proc/version", O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY), memory;
	struct stat st;
	char c;

	if (file == -1 || stat("/proc/version", &st) == -1 || fstat(file, &st) == -1)
		return 1;
	if (read(file, &c, 1) != 1 || close(file) == -1)
		return 2;
	memory = memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (memory == -1 || ftruncate(memory, 4096) == -1 || pwrite(memory, "x", 1, 9) != 1)
		return 3;
	return fcntl(memory, F_ADD_SEALS, F_SEAL_WRITE) == -1 ? 4 : 0;
}

static int
try_to_look(void)
{
	return REFUSED(open("/dev/null", O_RDONLY));
}

static int
try_epoll(void)
{
	return REFUSED(epoll_create1(0));
}

struct attempt {
	const char *name;
	int (*attempt)(void);
};

static const struct attempt refused[] = {
    {"open", try_open},
    {"create", try_create},
    {"socket", try_socket},
    {"connect", try_connect},
    {"bind", try_bind},
    {"execve", try_execve},
    {"unlink", try_unlink},
    {"setuid", try_setuid},
    {"md5", try_md5},
    {"sendto", try_sendto},
#if !SANDBOX_SANITIZER
    {"kill", try_kill},
    {"ptrace", try_ptrace},
    {"executable memory", try_executable},
    {"fork", try_fork},
#endif
};

#define REFUSED_COUNT ((int)(sizeof(refused) / sizeof(refused[0])))

START_TEST(test_refused)
{
	enum sandbox_role role = (enum sandbox_role)(_i / REFUSED_COUNT);
	const struct attempt *a = &refused[_i % REFUSED_COUNT];
	int status = run(role, a->attempt, "");

	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0,
	    "%s is not refused in role %d: status 0x%x", a->name, (int)role, (unsigned)status);
}
END_TEST

/* The same attempts succeed outside: what the cases above show is the sandbox. */
START_TEST(test_free)
{
	prepare();
	ck_assert_int_ne(try_open(), 0);
	ck_assert_int_ne(try_socket(), 0);
	ck_assert_int_ne(try_connect(), 0);
	ck_assert_int_ne(try_setuid(), 0);
}
END_TEST

START_TEST(test_work)
{
	enum sandbox_role role = _i == 0 ? SANDBOX_WORKER : SANDBOX_RIB;
	int status = run(role, try_work, "kill");

	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "role %d: status 0x%x",
	    (int)role, (unsigned)status);
}
END_TEST

START_TEST(test_rib_accepts_workers_do_not)
{
	int status = run(SANDBOX_RIB, try_accept_works, "kill");

	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	status = run(SANDBOX_WORKER, try_accept, "");
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	status = run(SANDBOX_WORKER, try_fallocate, "");
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}
END_TEST

START_TEST(test_the_reader_reads_and_nothing_else)
{
	int status = run(SANDBOX_READER, try_reading, "kill");

	ck_assert_msg(
	    WIFEXITED(status) && WEXITSTATUS(status) == 0, "status 0x%x", (unsigned)status);
	status = run(SANDBOX_READER, try_accept, "");
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	status = run(SANDBOX_READER, try_epoll, "");
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	/* sanitizers read files in every role */
	status = run(SANDBOX_WORKER, try_to_look, "");
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == SANDBOX_SANITIZER);
}
END_TEST

START_TEST(test_kills_where_told)
{
	int status = run(SANDBOX_WORKER, try_socket, "kill");

	ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS);
}
END_TEST

/* An own bug must still end in a core of the right name: SIGABRT, not a refused signal. */
START_TEST(test_abort_works)
{
	int status = run(SANDBOX_WORKER, try_abort, "kill");

	ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("sandbox");
	TCase *t = tcase_create("sandbox");
	SRunner *r;
	int failed;

	tcase_add_loop_test(t, test_refused, 0, 3 * REFUSED_COUNT);
	tcase_add_test(t, test_free);
	tcase_add_loop_test(t, test_work, 0, 2);
	tcase_add_test(t, test_rib_accepts_workers_do_not);
	tcase_add_test(t, test_the_reader_reads_and_nothing_else);
	tcase_add_test(t, test_kills_where_told);
	tcase_add_test(t, test_abort_works);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
