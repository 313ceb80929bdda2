/*
 * The session worker process: speaks BGP with the members of its slots. It makes no socket and
 * opens no file; connections, memory and orders come from the parent.
 */
#ifndef BGPD_SESSION_WORKER_H
#define BGPD_SESSION_WORKER_H

struct worker_start {
	int channel_fd; /* to the parent, taken over */
	unsigned index;
};

/* Runs until the parent says stop or is gone; returns the exit status. */
int worker_main(const struct worker_start *);

#endif
