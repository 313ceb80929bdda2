/* Making a child and being one; see child.h. */
#include "bgpd/parent/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bgpd/event.h"
#include "bgpd/log.h"
#include "bgpd/parent/sandbox.h"

#define ROLE_OPTION  "--role"
#define ARG_TEXT_MAX 16

static const char *const role_names[CHILD_ROLE_COUNT] = {
    [CHILD_RIB] = "rib",
    [CHILD_WORKER] = "worker",
    [CHILD_READER] = "reader",
};

void
child_name(enum child_role role, uint32_t index, char name[CHILD_NAME_MAX])
{
	if (role == CHILD_WORKER)
		snprintf(name, CHILD_NAME_MAX, "%s-%u", role_names[role], index);
	else
		snprintf(name, CHILD_NAME_MAX, "%s", role_names[role]);
}

/* The numbers of a command line, in this order. */
enum number {
	NUMBER_INDEX,
	NUMBER_LEVEL,
	NUMBER_PARENT,
	NUMBER_CHROOT,
	NUMBER_DROP,
	NUMBER_UID,
	NUMBER_GID,
	NUMBER_COUNT
};

static void
put_numbers(const struct child_start *start, char texts[NUMBER_COUNT][ARG_TEXT_MAX])
{
	const uint32_t numbers[NUMBER_COUNT] = {
	    [NUMBER_INDEX] = start->index,
	    [NUMBER_LEVEL] = start->level,
	    [NUMBER_PARENT] = (uint32_t)start->parent,
	    [NUMBER_CHROOT] = start->rights.chroot,
	    [NUMBER_DROP] = start->rights.drop_user,
	    [NUMBER_UID] = start->rights.uid,
	    [NUMBER_GID] = start->rights.gid,
	};
	size_t i;

	for (i = 0; i < NUMBER_COUNT; i++)
		snprintf(texts[i], ARG_TEXT_MAX, "%" PRIu32, numbers[i]);
}

static bool
get_numbers(char *const texts[NUMBER_COUNT], uint32_t numbers[NUMBER_COUNT])
{
	size_t i;

	for (i = 0; i < NUMBER_COUNT; i++) {
		char *end;
		unsigned long long number;

		errno = 0;
		number = strtoull(texts[i], &end, 10);
		if (errno != 0 || *end != '\0' || end == texts[i] || number > UINT32_MAX)
			return false;
		numbers[i] = (uint32_t)number;
	}
	return true;
}

bool
child_is_meant(int argc, char *const argv[])
{
	return argc > 1 && strcmp(argv[1], ROLE_OPTION) == 0;
}

int
child_parse(int argc, char *const argv[], struct child_start *out)
{
	uint32_t numbers[NUMBER_COUNT];
	size_t role;

	if (argc != 3 + NUMBER_COUNT || !get_numbers(argv + 3, numbers))
		return -1;
	for (role = 0; role < CHILD_ROLE_COUNT; role++)
		if (strcmp(argv[2], role_names[role]) == 0)
			break;
	if (role == CHILD_ROLE_COUNT)
		return -1;
	memset(out, 0, sizeof(*out));
	out->role = (enum child_role)role;
	out->index = numbers[NUMBER_INDEX];
	out->level = numbers[NUMBER_LEVEL];
	out->parent = (pid_t)numbers[NUMBER_PARENT];
	out->rights.chroot = numbers[NUMBER_CHROOT] != 0;
	out->rights.drop_user = numbers[NUMBER_DROP] != 0;
	out->rights.uid = numbers[NUMBER_UID];
	out->rights.gid = numbers[NUMBER_GID];
	return 0;
}

/* Between fork and exec: only what is safe there. */
_Noreturn static void
become(char *const argv[], int channel_fd, size_t descriptors)
{
	static const int ignored[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGQUIT};
	sigset_t none;
	size_t i;

	for (i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		signal(ignored[i], SIG_IGN);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (channel_fd == CHILD_CHANNEL_FD)
		fcntl(channel_fd, F_SETFD, 0);
	else if (dup2(channel_fd, CHILD_CHANNEL_FD) == -1)
		_exit(EXIT_FAILURE);
	/* All are close-on-exec; this is for those that somebody else left open for us. */
	close_range(CHILD_CHANNEL_FD + 1, ~0u, 0);
	rights_limit(descriptors);
	execv("/proc/self/exe", argv);
	_exit(127);
}

pid_t
child_spawn(const struct child_start *request, int channel_fd, size_t descriptors)
{
	char name[CHILD_NAME_MAX], title[CHILD_NAME_MAX + 8], role[CHILD_NAME_MAX];
	char option[] = ROLE_OPTION;
	char texts[NUMBER_COUNT][ARG_TEXT_MAX];
	char *argv[3 + NUMBER_COUNT + 1] = {title, option, role};
	struct child_start start = *request;
	pid_t pid;
	size_t i;

	start.parent = getpid();
	child_name(start.role, start.index, name);
	snprintf(title, sizeof(title), "roostd: %s", name);
	snprintf(role, sizeof(role), "%s", role_names[start.role]);
	put_numbers(&start, texts);
	for (i = 0; i < NUMBER_COUNT; i++)
		argv[3 + i] = texts[i];
	pid = fork();
	if (pid == 0)
		become(argv, channel_fd, descriptors);
	return pid;
}

void
child_describe(int status, char text[CHILD_DESCRIBE_MAX])
{
	if (WIFSIGNALED(status))
		snprintf(text, CHILD_DESCRIBE_MAX, "signal %d (%s)", WTERMSIG(status),
		    strsignal(WTERMSIG(status)));
	else
		snprintf(text, CHILD_DESCRIBE_MAX, "exit status %d", WEXITSTATUS(status));
}

/*
 * The kernel kills us when the parent dies; a change of user cancels that, so this comes after it.
 * If the parent died before, nobody tells us: look.
 */
static int
tie_to_parent(pid_t parent)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == -1)
		return -1;
	if (getppid() == parent)
		return 0;
	errno = ESRCH;
	return -1;
}

int
child_enter(const struct child_start *start)
{
	char name[CHILD_NAME_MAX], title[16];
	struct rights rights = start->rights;
	const char *failed;

	child_name(start->role, start->index, name);
	log_init(name, start->level < LOG_LEVEL_COUNT ? start->level : LOG_LEVEL_INFO);
	snprintf(title, sizeof(title), "roost-%.8s", name);
	prctl(PR_SET_NAME, title, 0, 0, 0);
	/* A sanitizer reads /proc until its last report. */
	rights.chroot = rights.chroot && !SANDBOX_SANITIZER;
	failed = rights_give_up(&rights);
	if (failed != NULL) {
		event_log(EVENT_RIGHTS_KEPT, name, failed, strerror(errno));
		return -1;
	}
	prctl(PR_SET_DUMPABLE, SANDBOX_SANITIZER, 0, 0, 0);
	if (tie_to_parent(start->parent) == -1) {
		event_log(EVENT_STOP, name, "the parent is gone");
		return -1;
	}
	return 0;
}
