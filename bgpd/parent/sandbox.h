/*
 * The last step before a child looks at foreign bytes: from then on it can make only the system
 * calls of its role (seccomp, one table in sandbox.c), for good.
 *
 *   worker   reads and writes the descriptors that the parent gave it, waits, maps memory
 *   rib      that, and accepts connections on its control sockets
 *   reader   opens files for reading, makes memory that it can seal and send; waits for nothing
 *
 * No child can open a file but the reader, and that one only to read; none can make a socket,
 * connect, start a program or a process, become somebody else, or map memory that is writable and
 * executable. A refused call fails with EPERM and is noted in the kernel's audit log; with
 * ROOST_SANDBOX=kill in the environment, which tests set, it kills the process instead.
 */
#ifndef BGPD_PARENT_SANDBOX_H
#define BGPD_PARENT_SANDBOX_H

enum sandbox_role { SANDBOX_WORKER, SANDBOX_RIB, SANDBOX_READER };

/*
 * A sanitizer opens files, makes helper threads and unwinds stacks: such builds get a few rows more
 * and keep their root directory.
 */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANDBOX_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANDBOX_SANITIZER 1
#endif
#endif
#ifndef SANDBOX_SANITIZER
#define SANDBOX_SANITIZER 0
#endif

/*
 * Enters the sandbox of the role; there is no way back. Sets no_new_privs. What only a free process
 * can do (reading the time zone, opening files) must be over. Returns 0, or -1 with errno (EINVAL,
 * ENOSYS: a kernel without seccomp filters); the process is as free as before then.
 */
int sandbox_enter(enum sandbox_role);

#endif
