/*
 * Control records of a worker's sessions on their way into the ingress ring: UP, DOWN, REFRESH,
 * CUT, DRAINED. They have room of their own in the ring; should even that be used up, they wait
 * here, one place for each kind and slot. Runs in a session worker.
 *
 *   what waits of a slot goes in this order:  DOWN (old epoch)  UP (new epoch)  REFRESH  CUT
 * DRAINED
 *
 * Invariant: rib sees an UP before anything else of its epoch and the DOWN after it, and for every
 * UP that it sees a DOWN or an UP of a later epoch. While something waits nothing else of the slot
 * may be written (report_is_waiting()). A session that ends before its UP was written leaves no
 * trace, but that a DOWN which waits keeps no more stale routes than it would have. A NOTE is the
 * member's to cause and for display alone: it never waits, and is lost where it would have to.
 */
#ifndef BGPD_SESSION_REPORT_H
#define BGPD_SESSION_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "bgpd/ipc/quota.h"
#include "bgpd/ipc/records.h"
#include "bgpd/ipc/ring.h"

/* The ring with its account; wake is set when the consumer has to be woken. */
struct report_ring {
	struct ring *ring;
	struct quota *quota;
	bool wake;
};

/* What waits of one slot. All zero at the start. */
struct report {
	bool down, up, cut, drained;
	uint64_t cut_position;
	struct record_down record_down;
	struct record_up record_up;
	uint8_t refresh; /* 1 << family, REFRESH of subtype 0 */
};

/*
 * Room for a record of len octets; NULL if there is none. Its head is filled in, the rest is zero;
 * report_commit() writes it. Used for data records too.
 */
void *report_reserve(struct report_ring *, enum ring_use, uint16_t type, uint32_t slot,
    uint32_t epoch, uint32_t len);
void report_commit(struct report_ring *, const void *record);

/*
 * Each writes its record now, or leaves it waiting. Of the heads of UP and DOWN slot and epoch are
 * given, the rest is filled in.
 */
void report_up(struct report *, struct report_ring *, const struct record_up *);
void report_down(struct report *, struct report_ring *, const struct record_down *);
void report_refresh(
    struct report *, struct report_ring *, uint32_t slot, uint32_t epoch, uint8_t family);
void report_cut(
    struct report *, struct report_ring *, uint32_t slot, uint32_t epoch, uint64_t position);
void report_drained(struct report *, struct report_ring *, uint32_t slot, uint32_t epoch);

/* Writes the record now, or not at all: false. Its head as above. */
bool report_note(const struct report *, struct report_ring *, const struct record_note *);

/* Writes what waits, as far as there is room. True if nothing waits any more. */
bool report_flush(struct report *, struct report_ring *, uint32_t slot, uint32_t epoch);
bool report_is_waiting(const struct report *);

#endif
