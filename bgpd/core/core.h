/*
 * The rib process: owns the table, writes the egress log, answers on the control sockets.
 */
#ifndef BGPD_CORE_CORE_H
#define BGPD_CORE_CORE_H

struct core_start {
	int channel_fd; /* to the parent, taken over */
};

/* Runs until the parent says stop or is gone; returns the exit status. */
int core_main(const struct core_start *);

#endif
