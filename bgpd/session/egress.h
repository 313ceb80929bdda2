/*
 * The worker's side of the egress log: one scan over the headers for all peers that keep up, own
 * cursors for those that do not, and rib's orders on the way. Runs in a session worker.
 *
 *   log:  ......[B1]......[B2][B3]....[B4][START 7][B5]|  <- head
 *               ^          ^                           ^
 *            peer 4      peer 9 (BEHIND, own cursors)  scan: the pack = peers 1 2 3 5 7 8
 *
 * For a header the scan goes through (slot set & pack), word by word, and hands the block to those
 * peers; they send when the scan has come to the head, or before if their iovecs are full. A peer
 * whose socket does not take everything leaves the pack and comes back when its cursor has reached
 * the scan. Orders are carried out when the scan meets them, also for a peer that is far behind:
 * its end or its cut must not wait until it reads.
 *
 * Invariant: nobody needs what lies below egress_released(): the scan and every cursor of a peer
 * BEHIND are at or above it. Nothing is collected for a peer (runs) that is not in the list of
 * those that have to send before the scan goes on.
 *
 * Sessions stand here from Established on; START in the log, with the session's epoch, is where
 * their cursor begins. After LOG_CUT a session waits for its next START.
 */
#ifndef BGPD_SESSION_EGRESS_H
#define BGPD_SESSION_EGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bgpd/ipc/log.h"
#include "bgpd/ipc/session_table.h"
#include "bgpd/session/sender.h"

#define EGRESS_BUDGET_BYTES (256 * 1024) /* for one peer in one turn */

/* What the caller does. Every one of them may call egress_detach() and egress_send(). */
struct egress_ops {
	/* LOG_CEASE: end the session with this NOTIFICATION. */
	void (*cease)(void *ctx, uint32_t slot, uint8_t code, uint8_t subcode, const char *text);
	/* LOG_ASK_REFRESH */
	void (*ask_refresh)(void *ctx, uint32_t slot, uint8_t family);
	/* LOG_CUT was done: the peer has had nothing from position on. */
	void (*cut)(void *ctx, uint32_t slot, uint64_t position);
	/* A peer that was cut has taken everything and its socket has room again. */
	void (*drained)(void *ctx, uint32_t slot);
	/* Sending failed with this errno. */
	void (*failed)(void *ctx, uint32_t slot, int error);
	/* Call egress_writable() when the socket can be written, or no longer. */
	void (*wait_writable)(void *ctx, uint32_t slot, bool wait);
};

struct egress;

struct egress *egress_new(const struct egress_ops *, void *ctx);
void egress_free(struct egress *);

/* For slots 0..slots-1; may only grow. */
void egress_set_slots(struct egress *, unsigned slots);

/*
 * Takes a log (not owned; NULL = none) and scans it from its present head: what lies before is of
 * sessions that are over. No session may be attached.
 */
void egress_set_log(struct egress *, struct log *);

/*
 * A session is established: its sender (the caller's) waits for START of this epoch. Where own
 * messages wait in it, the caller is waiting for the socket already.
 */
void egress_attach(struct egress *, uint32_t slot, uint32_t epoch, struct sender *);
/* The session is over. What was collected for it and not sent is dropped. */
void egress_detach(struct egress *, uint32_t slot);
bool egress_is_attached(const struct egress *, uint32_t slot);

/* Sends what waits for an attached slot, after a message of ours was queued for it. */
void egress_send(struct egress *, uint32_t slot);

/* The socket of an attached slot can be written. */
void egress_writable(struct egress *, uint32_t slot);

/*
 * Sends for peers that have something collected, and scans on when none is left; at most about
 * max_sends system calls, large ones counting for several. True if there is more to do at once.
 */
bool egress_turn(struct egress *, unsigned max_sends);

/* True if egress_turn() has something to do; looks at the head anew. */
bool egress_has_more(struct egress *);

/* The header position below which nothing is needed. */
uint64_t egress_released(const struct egress *);

/* Where to publish (not owned; NULL = nowhere). */
void egress_set_table(struct egress *, struct session_table *);

/* Publishes the release and the cursors of peers BEHIND. Once per turn of the loop. */
void egress_tell(struct egress *);

/* Peers in the pack, and peers with a cursor of their own. */
unsigned egress_pack(const struct egress *);
unsigned egress_behind(const struct egress *);

#endif
