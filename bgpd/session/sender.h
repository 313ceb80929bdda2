/*
 * The sending side of one connection: our own messages, and a cursor into the egress log.
 * Runs in a session worker.
 *
 *   own:  | KEEPALIVE | NOTIFICATION |          copied, small
 *   log:  ..[UPDATE UPDATE UPDATE][UPDATE UPDATE]..   never copied, written straight from the log
 *               ^ header (of the block), offset (octets of it that were sent)
 *
 * Invariant: what has gone into the socket is a sequence of whole messages and at most one begun
 * one, and the next octet that goes is the next one of that message. So our own messages, which
 * may be queued at any time, begin only where a message of the log has ended, and once the first
 * octet of them has gone nothing else goes before the last.
 *
 * Modes:
 *   OFF     not in the log: before START, or without a session
 *   PACK    has had everything up to the worker's scan; what the scan meets next is collected in
 *           runs[] and sent together (header = first block in runs)
 *   BEHIND  the socket did not take all: goes on by itself from header and offset
 *   CUT     off the log since LOG_CUT: only own has to drain
 */
#ifndef BGPD_SESSION_SENDER_H
#define BGPD_SESSION_SENDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "bgpd/ipc/log.h"

#define SENDER_RUNS	64	     /* iovecs of one system call */
#define SENDER_OWN_MAX	(256 * 1024) /* octets of own messages that may wait */
#define SENDER_LOOK_MAX 4096	     /* headers looked at in one call of sender_flush() */

enum sender_mode { SENDER_OFF, SENDER_PACK, SENDER_BEHIND, SENDER_CUT };

enum sender_result {
	SENDER_DONE,	/* nothing left to send */
	SENDER_BLOCKED, /* the socket takes no more now */
	SENDER_MORE,	/* the budget is used up, the socket is not full */
	SENDER_FAILED	/* errno */
};

struct sender {
	int fd;
	uint32_t slot;
	uint8_t mode;	   /* enum sender_mode */
	uint64_t header;   /* BEHIND: first block not had whole; PACK: of the first run */
	uint32_t offset;   /* BEHIND: octets of that block that were sent */
	uint32_t own_len;  /* octets of own messages */
	uint32_t own_sent; /* of them; != 0: they must all go before anything else */
	uint32_t own_cap;
	uint8_t *own;
	size_t runs_len; /* octets in runs[] */
	unsigned runs_count;
	unsigned runs_updates;
	unsigned runs_refreshes;
	struct iovec *runs; /* SENDER_RUNS, PACK only; NULL until first needed */
	uint64_t sent_bytes;
	uint64_t sent_updates; /* messages from the log, but for those */
	uint64_t sent_refreshes;
};

/* For a non-blocking socket, which stays the caller's. */
void sender_init(struct sender *, int fd, uint32_t slot);
void sender_fini(struct sender *);

/*
 * Queues one whole message of ours; it is sent by sender_flush(). False where too much waits
 * already: the connection is beyond help.
 */
bool sender_queue(struct sender *, const uint8_t *message, size_t len);

static inline bool
sender_has_own(const struct sender *s)
{
	return s->own_len > 0;
}

/* The worker's scan has met this block at position, it is for this peer, which is in PACK. False
 * if runs[] is full: sender_flush() first. */
bool sender_push(struct sender *, const struct log *, const struct log_header *, uint64_t position);

/*
 * Sends what there is: the runs of PACK, or own messages and blocks from the cursor up to limit
 * (the worker's scan), about budget octets of them. PACK becomes BEHIND where the socket did not
 * take all, or cannot take an own message; the cursor of one with no runs is then at limit.
 * BEHIND and DONE means that it has caught up: header >= limit, the caller makes it PACK. log may
 * be NULL in OFF.
 */
enum sender_result sender_flush(struct sender *, const struct log *, uint64_t limit, size_t budget);

/*
 * Takes the connection off the log (PACK without runs, or BEHIND) at a message boundary: what is
 * left of a half-sent message is copied. Returns the position of the first header that it has not
 * had whole; limit if it had all. The log may be overwritten from now on.
 */
uint64_t sender_cut(struct sender *, const struct log *, uint64_t limit);

#endif
