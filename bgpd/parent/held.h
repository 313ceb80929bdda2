/*
 * Connections of members whose worker is being started or replaced. A member that loses its session
 * because its worker died comes back at once; turned away it would wait for its ConnectRetryTimer
 * (RFC 4271 section 10 suggests 120 s). So it is let in and waits here: one connection per slot,
 * for some seconds. Nothing is read from it: what the member says waits in the kernel for the
 * worker. The parent.
 *
 *   accept --worker does not run--> held --it runs: held_take()--> CONNECTION + fd to the worker
 *                                   | ^                                        |
 *                                   | `--the worker died before-- lent <-------'
 *                                   |                              `-- TAKEN: our copy is closed
 *                                   +-- a newer one comes, its time is over, its slot changes:
 *                                   |   reset, with a log line
 *                                   `-- the member has closed it: closed when it is taken
 *
 * A message that a worker has not read when it dies takes its connection with it: the kernel sends
 * FIN. Members come back in the very moment in which their sessions end, so many meet a worker that
 * is dead and not yet known to be. Therefore the parent keeps a copy of each until it is TAKEN.
 */
#ifndef BGPD_PARENT_HELD_H
#define BGPD_PARENT_HELD_H

#include <event2/event.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bgpd/ipc/channel.h"

#define HELD_MS	     10000
#define HELD_REFUSAL "its worker is being started"

struct held_connection {
	int fd;
	struct channel_address local;
	struct channel_address remote;
};

struct held;

/* For so many slots; at most max connections at once, each for wait_ms. Borrows the event base. */
struct held *held_new(struct event_base *, size_t slots, size_t max, unsigned wait_ms);
/* Resets all, without log lines. NULL is allowed. */
void held_free(struct held *);

/*
 * Takes the connection over. One of the slot that was there before is reset: who connects anew has
 * given it up. False if there is no room for one more: it stays the caller's.
 */
bool held_keep(struct held *, uint32_t slot, const struct held_connection *);

/* Gives the slot's connection away. False if there is none, or the member has closed it since. */
bool held_take(struct held *, uint32_t slot, struct held_connection *out);

/*
 * Resets the slot's connection, if there is one; the log says why. Copies of those that are under
 * way to its worker are closed.
 */
void held_drop(struct held *, uint32_t slot, const char *why);

/* Keeps a copy of a connection that is under way to the slot's worker; takes the descriptor over.
 */
void held_lend(struct held *, uint32_t slot, uint32_t epoch, const struct held_connection *);

/* The worker has it: closes the copy, if there is one. NULL is allowed. */
void held_taken(struct held *, uint32_t slot, uint32_t epoch);

/*
 * The slot's worker is dead: gives one away that it has said nothing on, the oldest first; copies
 * of the others are closed. False if there is none left, and none of the slot is lent any more.
 */
bool held_reclaim(struct held *, uint32_t slot, struct held_connection *out);

#endif
