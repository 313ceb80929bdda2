/*
 * The parent process: starts the others, makes every socket, issues epochs, watches and replaces.
 * It looks at no byte of a member. One libevent base, one thread.
 */
#ifndef BGPD_PARENT_PARENT_H
#define BGPD_PARENT_PARENT_H

#include "bgpd/conf/conf.h"

struct parent_options {
	const char *conf_path;		  /* for the log */
	struct conf *conf;		  /* taken over */
	const struct conf_report *report; /* of conf: its warnings are told, some stand as alarms */
	int level;			  /* enum log_level, over the configuration's; -1: none */
};

/*
 * Runs the daemon until SIGTERM or SIGINT. Returns the exit status: 0 after a clean stop, 1 where
 * it could not start, with the reason in the log.
 */
int parent_run(const struct parent_options *);

#endif
