/*
 * UPDATE to records: one message becomes ROUTES records of at most RECORD_ROUTES_MAX prefixes,
 * withdrawals first, and an EOR record where it was an End-of-RIB. With the routes of a malformed
 * one go what was wrong and its attributes as they were sent. Runs in a session worker.
 *
 *   UPDATE --update_decode--> withdraw[0..1] announce[0..1] eor --> |R|R|R|E| -> ring
 *                                                          records_done ^
 *
 * A message is judged whole before any of it is written. If the ring is full, or the peer holds its
 * share of it, after some of the message's records, the rest follows later: the message is decoded
 * again, which gives the same records in the same order, and the first records_done of them are
 * passed over. So nothing is lost and nothing is written twice, and nothing has to be kept but the
 * message and one number.
 */
#ifndef BGPD_SESSION_INGRESS_H
#define BGPD_SESSION_INGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bgpd/session/report.h"
#include "bgpd/wire/update.h"

/*
 * The least that ring_record_max() of a worker's ring must be: one record of any UPDATE, whose
 * block, or what is kept of a malformed one, is at most RECORD_ATTRS_MAX. The smallest ring that
 * the configuration allows has room for some of them, and a peer's share of it for one.
 */
#define INGRESS_RECORD_MIN                                                                \
	(sizeof(struct record_routes) + RECORD_ROUTES_MAX * sizeof(struct record_route) + \
	    RECORD_ATTRS_MAX)

enum ingress_result {
	INGRESS_DONE, /* all records are written */
	INGRESS_WAIT, /* no room now: call again with the same message */
	INGRESS_RESET /* update->error says why; nothing was written */
};

/* Whose message it is, and how far it has got. */
struct ingress_source {
	uint32_t slot;
	uint32_t epoch;
	struct update_ctx ctx;
	uint32_t records_done; /* 0 before a message; ingress_update() leaves 0 when done */
	uint8_t drop[ATTR_TYPES_BYTES];		  /* what ctx.drop points to */
	uint8_t dropped_before[ATTR_TYPES_BYTES]; /* in this session */
};

/*
 * What is to be dropped (struct update_ctx) from the next message on; copied. Not while a message
 * is under way: it must give the same records when it is decoded again.
 */
void ingress_set_drop(struct ingress_source *, const uint8_t drop[ATTR_TYPES_BYTES]);

/*
 * The types that this message dropped as the first of the session, lowest first; 0 when there are
 * no more of them.
 */
uint8_t ingress_next_dropped(struct ingress_source *, const struct update *);

/*
 * Takes the body of an UPDATE. blocks: UPDATE_BLOCKS_MAX octets, of nobody between two calls.
 * Fills *update in any case.
 */
enum ingress_result ingress_update(struct report_ring *, struct ingress_source *,
    const uint8_t *body, size_t len, uint8_t *blocks, struct update *update,
    enum update_result *outcome);

#endif
