/*
 * Making a child and being one. A child is a fork that executes /proc/self/exe anew, so that it has
 * none of the parent's memory: no passwords, no pointers of ours.
 *
 *   parent: child_spawn --> roostd --role worker --index 2 ... --> child_enter --> worker_main
 *                                descriptor 3 = its end of the channel, all others closed
 *
 * A child ignores the signals of a terminal and of a service manager: it ends when the parent says
 * so, or is gone.
 */
#ifndef BGPD_PARENT_CHILD_H
#define BGPD_PARENT_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "bgpd/parent/rights.h"

#define CHILD_CHANNEL_FD   3
#define CHILD_DESCRIBE_MAX 64
#define CHILD_NAME_MAX	   32

enum child_role { CHILD_RIB, CHILD_WORKER, CHILD_READER, CHILD_ROLE_COUNT };

/* What the command line of a child says. */
struct child_start {
	enum child_role role;
	uint32_t index; /* of a worker */
	uint32_t level; /* enum log_level */
	pid_t parent;	/* filled in by child_spawn() */
	struct rights rights;
};

/* "rib", "worker-2" */
void child_name(enum child_role, uint32_t index, char name[CHILD_NAME_MAX]);

/*
 * Starts one with that end of a channel, which stays the caller's to close, and room for so many
 * descriptors. Returns its process id, or -1 with errno.
 */
pid_t child_spawn(const struct child_start *, int channel_fd, size_t descriptors);

/* Writes how a child ended, from its wait status: "exit status 1", "signal 9 (Killed)". */
void child_describe(int status, char text[CHILD_DESCRIBE_MAX]);

/* True if these are a child's arguments, which nobody but child_spawn() gives. */
bool child_is_meant(int argc, char *const argv[]);
/* Reads them. Returns 0, or -1 where they are none of child_spawn()'s. */
int child_parse(int argc, char *const argv[], struct child_start *out);

/*
 * In the child, before anything else: names the process, gives up rights, ties its life to the
 * parent's. Returns 0, or -1 after an event: the child must not go on.
 */
int child_enter(const struct child_start *);

#endif
