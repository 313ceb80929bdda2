/*
 * Listening sockets: those of passive members, and of the trivial sender.
 */
#ifndef SIM_LISTEN_H
#define SIM_LISTEN_H

#include "tests/sim/sim.h"

/* A non-blocking listening socket; ends the program if the address cannot be had. */
int listen_open(const struct address *local, uint16_t port);
/* Takes one connection and tells who it is; -1 if there is none. */
int listen_take(int fd, struct address *remote);
/* Opens one socket for every (local address, port) that passive members have. */
void listen_start(struct sim *sim);
void listen_stop(struct sim *sim);

#endif
