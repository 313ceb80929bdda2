/*
 * What a child may ask of the kernel: one table, a row per system call (or per allowed value of
 * its arguments), each with the roles that need it. Children, once; see sandbox.h.
 *
 * A call that is no row is refused. Rows are as narrow as their use: sending only to where the
 * descriptor leads, options of sockets by name, signals only to oneself, no executable memory.
 */
#include "bgpd/parent/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* linux/sockios.h collides with nothing but says more than is needed here */
#ifndef SIOCOUTQ
#define SIOCOUTQ TIOCOUTQ
#endif

#define RULE_ARGS_MAX 2
#define WORKER	      (1u << SANDBOX_WORKER)
#define RIB	      (1u << SANDBOX_RIB)
#define READER	      (1u << SANDBOX_READER)
#define BOTH	      (WORKER | RIB)
#define ALL	      (WORKER | RIB | READER)

struct rule {
	int call;
	unsigned roles;
	unsigned nargs;
	struct scmp_arg_cmp args[RULE_ARGS_MAX];
};

#define CALL(roles, name)                 \
	{                                 \
		SCMP_SYS(name), roles, 0, \
		{                         \
			{                 \
				0         \
			}                 \
		}                         \
	}
#define CALL1(roles, name, a)             \
	{                                 \
		SCMP_SYS(name), roles, 1, \
		{                         \
			a                 \
		}                         \
	}
#define CALL2(roles, name, a, b)          \
	{                                 \
		SCMP_SYS(name), roles, 2, \
		{                         \
			a, b              \
		}                         \
	}
#define IS(arg, value)                                     \
	{                                                  \
		arg, SCMP_CMP_EQ, (scmp_datum_t)(value), 0 \
	}
#define LACKS(arg, bits)                                         \
	{                                                        \
		arg, SCMP_CMP_MASKED_EQ, (scmp_datum_t)(bits), 0 \
	}
#define OPTION(roles, level, optname) CALL2(roles, setsockopt, IS(1, level), IS(2, optname))

static const struct rule rules[] = {
    /* descriptors that we have */
    CALL(ALL, read),
    CALL(ALL, write),
    CALL(BOTH, readv),
    CALL(ALL, writev),
    CALL(ALL, recvmsg),
    CALL(ALL, sendmsg),
    CALL(BOTH, recvfrom),
    CALL1(BOTH, sendto, IS(4, 0)),
    CALL(ALL, close),
    CALL(BOTH, shutdown),
    CALL(ALL, lseek),
    CALL(ALL, fstat),
    CALL1(ALL, newfstatat, IS(3, AT_EMPTY_PATH)),
    CALL(BOTH, dup),
    CALL1(BOTH, fcntl, IS(1, F_DUPFD_CLOEXEC)),
    CALL1(BOTH, fcntl, IS(1, F_GETFD)),
    CALL1(BOTH, fcntl, IS(1, F_SETFD)),
    CALL1(BOTH, fcntl, IS(1, F_GETFL)),
    CALL1(BOTH, fcntl, IS(1, F_SETFL)),
    CALL1(ALL, fcntl, IS(1, F_GET_SEALS)),
    CALL1(BOTH, ioctl, IS(1, FIONREAD)),
    CALL1(BOTH, ioctl, IS(1, SIOCOUTQ)),
    CALL1(BOTH, ioctl, IS(1, FIONBIO)),

    /* sockets that we have */
    CALL(BOTH, getsockname),
    CALL(BOTH, getpeername),
    CALL(BOTH, getsockopt),
    OPTION(BOTH, SOL_SOCKET, SO_SNDBUF),
    OPTION(BOTH, SOL_SOCKET, SO_RCVBUF),
    OPTION(BOTH, SOL_SOCKET, SO_RCVLOWAT),
    OPTION(BOTH, SOL_SOCKET, SO_LINGER),
    OPTION(WORKER, SOL_SOCKET, SO_PRIORITY),
    OPTION(WORKER, IPPROTO_TCP, TCP_NODELAY),
    OPTION(WORKER, IPPROTO_TCP, TCP_CORK),
    OPTION(WORKER, IPPROTO_TCP, TCP_QUICKACK),
    OPTION(WORKER, IPPROTO_TCP, TCP_NOTSENT_LOWAT),
    OPTION(WORKER, IPPROTO_TCP, TCP_USER_TIMEOUT),
    CALL(RIB, accept4),
    CALL(RIB, pread64), /* the report of a reload */

    /* files to be read, and what came of them */
    CALL1(READER, openat, LACKS(2, O_ACCMODE | O_CREAT | O_TRUNC)),
    CALL(READER, newfstatat),
    CALL(READER, memfd_create),
    CALL(READER, ftruncate),
    CALL(READER, pwrite64),
    CALL1(READER, fcntl, IS(1, F_ADD_SEALS)),

    /* waiting */
    CALL(BOTH, epoll_create1),
    CALL(BOTH, epoll_ctl),
    CALL(BOTH, epoll_wait),
    CALL(BOTH, epoll_pwait),
    CALL(BOTH, epoll_pwait2),
    CALL(BOTH, poll),
    CALL(BOTH, ppoll),
    CALL(BOTH, pipe2), /* libevent's own */
    CALL(BOTH, eventfd2),
    CALL(BOTH, timerfd_create),
    CALL(BOTH, timerfd_settime),
    CALL(BOTH, timerfd_gettime),
    CALL(BOTH, clock_nanosleep),
    CALL(BOTH, restart_syscall),
    CALL(BOTH, sched_yield),
    CALL(ALL, futex),

    /* memory */
    CALL(ALL, brk),
    CALL(ALL, munmap),
    CALL(ALL, mremap),
    CALL(ALL, madvise),
    CALL1(ALL, mmap, LACKS(2, PROT_EXEC)),
    CALL1(ALL, mprotect, LACKS(2, PROT_EXEC)),
    CALL(RIB, fallocate), /* gives room of the log back */

    /* time and ourselves */
    CALL(ALL, clock_gettime),
    CALL(BOTH, clock_getres),
    CALL(ALL, gettimeofday),
    CALL(ALL, time),
    CALL(ALL, getrandom),
    CALL(BOTH, getrusage),
    CALL(ALL, sysinfo), /* qsort() asks how much memory there is */
    CALL(BOTH, sched_getaffinity),
    CALL1(BOTH, prlimit64, IS(2, 0)),
    CALL(ALL, getpid),
    CALL(BOTH, getppid),
    CALL(ALL, gettid),
    CALL(BOTH, getuid),
    CALL(BOTH, geteuid),
    CALL(ALL, rt_sigaction),
    CALL(ALL, rt_sigprocmask),
    CALL(ALL, rt_sigreturn),
    CALL(BOTH, sigaltstack),
    CALL(ALL, exit),
    CALL(ALL, exit_group),

#if SANDBOX_SANITIZER
    CALL1(BOTH, openat, LACKS(2, O_ACCMODE | O_CREAT | O_TRUNC)),
    CALL1(ALL, open, LACKS(1, O_ACCMODE | O_CREAT | O_TRUNC)),
    CALL(BOTH, newfstatat),
    CALL(ALL, stat),
    CALL(ALL, readlink),
    CALL(ALL, readlinkat),
    CALL(ALL, getdents),
    CALL(ALL, getdents64),
    CALL(ALL, mmap),
    CALL(ALL, mprotect),
    CALL(ALL, clone),
    CALL(ALL, wait4),
    CALL(ALL, ptrace),
    CALL(ALL, prctl),
    CALL(ALL, arch_prctl),
    CALL(ALL, kill),
    CALL(ALL, tgkill),
    CALL(ALL, tkill),
    CALL(READER, readv),
    CALL(READER, sched_yield),
    CALL(READER, sigaltstack),
    CALL(READER, getrusage),
    CALL(READER, getppid),
    CALL1(READER, prlimit64, IS(2, 0)),
    CALL(READER, fcntl),
    CALL(READER, sched_getaffinity),
    CALL(READER, clock_getres),
    CALL(READER, clock_nanosleep),
#endif
};

static bool
is_to_kill(void)
{
	const char *wish = getenv("ROOST_SANDBOX");

	return wish != NULL && strcmp(wish, "kill") == 0;
}

/* Returns 0 or a negative errno, as libseccomp does. */
static int
add_rules(scmp_filter_ctx filter, enum sandbox_role role)
{
	/* abort() signals itself, nobody else */
	struct scmp_arg_cmp self = IS(0, getpid());
	size_t i;
	int rc;

	for (i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		const struct rule *r = &rules[i];

		if ((r->roles & 1u << role) == 0)
			continue;
		rc = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, r->call, r->nargs, r->args);
		if (rc != 0)
			return rc;
	}
	if (SANDBOX_SANITIZER)
		return 0;
	return seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1, &self);
}

int
sandbox_enter(enum sandbox_role role)
{
	scmp_filter_ctx filter;
	int rc;

	/* gmtime_r() and the like open the zone file at their first call */
	tzset();
	filter = seccomp_init(is_to_kill() ? SCMP_ACT_KILL_PROCESS : SCMP_ACT_ERRNO(EPERM));
	if (filter == NULL)
		abort();
	/* Kernels that cannot note refused calls, or sort the filter, still filter. */
	(void)seccomp_attr_set(filter, SCMP_FLTATR_CTL_LOG, 1);
	(void)seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	rc = add_rules(filter, role);
	if (rc == 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		rc = -errno;
	if (rc == 0)
		rc = seccomp_load(filter);
	seccomp_release(filter);
	if (rc == 0)
		return 0;
	errno = -rc;
	return -1;
}
