/*
 * The process that reads data files for the parent: started, asked, heard, given up.
 *
 *   reading_begin --> reader (bgpd/feed/feed.h), request by socket
 *                         | answers, or ends
 *                         v
 *   the caller's function --> reading_take: data set, notes for the report
 *
 * One at a time. A reader that hangs is killed; as a disk that hangs can keep it from dying, those
 * are counted and do not become many. Parent only.
 */
#ifndef BGPD_PARENT_READING_H
#define BGPD_PARENT_READING_H

#include <event2/event.h>
#include <stdbool.h>
#include <sys/types.h>

#include "bgpd/conf/conf.h"
#include "bgpd/parent/rights.h"

/* All zero but for the first three: nothing is being read. */
struct reading {
	struct event_base *base;
	const struct rights *rights;
	const char *conf_path; /* for errors that are of no file */
	struct event *event;   /* NULL: nothing is being read */
	int fd;
	pid_t pid;
	unsigned alive; /* readers that have not ended, those given up included */
};

/*
 * Begins to read what the configuration names; answered is called with ctx once there is something
 * for reading_take(). Returns 0, or -1 with the reason in the report.
 */
int reading_begin(struct reading *, const struct conf *, enum log_level, struct conf_report *,
    event_callback_fn answered, void *ctx);
/* Takes the answer: the memfd of the data set, -1 with errors in the report. The notes join it. */
int reading_take(struct reading *, struct conf_report *);
/* Kills the reader if there is one: no answer is wanted any more. */
void reading_give_up(struct reading *);
/* A process that is none of the children has ended, with that status of waitpid(). */
void reading_ended(struct reading *, pid_t, int status);

#endif
