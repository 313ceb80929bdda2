/*
 * What the end of a connection means: which words say it, and whether the routes of both sides
 * outlive it. RFC 4724 sections 4.2 and 5, RFC 8538 sections 3 to 5. Runs in a session worker.
 * Pure.
 *
 *                                      no graceful   graceful restart   with the N bit
 *                                      restart                          on both sides
 *   TCP was closed or failed           gone          kept               kept
 *   NOTIFICATION, sent or received     gone          gone               kept
 *   hard reset, sent or received       gone          gone               gone
 *
 * "Kept": of the families that the member's capability lists, and that are negotiated.
 */
#ifndef BGPD_SESSION_ENDING_H
#define BGPD_SESSION_ENDING_H

#include <stdbool.h>
#include <stdint.h>

#include "bgpd/ipc/records.h"
#include "bgpd/session/negotiate.h"
#include "bgpd/wire/notification.h"

/* All zero: without a word. */
struct ending {
	uint8_t end;  /* enum record_end */
	uint8_t code; /* as on the wire: 6/9 where it was a hard reset */
	uint8_t subcode;
	uint8_t inner_code; /* what the hard reset carried; 0: it was none, or carried nothing */
	uint8_t inner_subcode;
};

/* True if graceful restart for NOTIFICATIONs was agreed upon: both sides set the N bit. */
bool ending_has_n(const struct negotiated *);

/*
 * True if the NOTIFICATION is to go out inside of a hard reset (RFC 8538 section 5.1): N is agreed
 * upon, and it is a Cease by which we mean it, 6/1, 6/2, 6/3, or 6/4 unless it is only we who
 * restart (keeps_routes).
 */
bool ending_is_hard(const struct negotiated *, const struct wire_error *, bool keeps_routes);

struct ending ending_sent(const struct wire_error *, bool hard);
struct ending ending_received(const struct notification *);

/* 1 << enum family: the member's routes are to stay as stale ones. */
uint8_t ending_kept(const struct negotiated *, const struct ending *);

#endif
