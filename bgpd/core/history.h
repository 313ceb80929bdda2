/*
 * What has become of each peer's sessions: the last HISTORY_MAX beginnings and ends, for operators.
 * Runs in rib.
 *
 *   slot --> NULL until something has happened
 *        \-> list:  | up | down | given up | refused x 7 | up | ...    the oldest goes first
 *
 * A handshake that a NOTIFICATION ended is the member's to repeat as often as it likes. So one that
 * has its like among the newest, with nothing between but its kind, is counted there; and of
 * different ones HISTORY_NOTES_MAX begin an entry in a minute, others are only counted; and they
 * push out one another before sessions once they have half of the places.
 *
 * Nothing that a worker says is believed: texts are cleaned, numbers are looked up in tables. Kept
 * over reloads for as long as the slot is the same peer's; it dies with rib.
 */
#ifndef BGPD_CORE_HISTORY_H
#define BGPD_CORE_HISTORY_H

#include <stdint.h>

#include "bgpd/ipc/records.h"

#define HISTORY_MAX	  16
#define HISTORY_NOTES_MAX 4 /* entries of handshakes that begin within a minute */

struct core;
struct history;

enum history_what {
	HISTORY_UP,
	HISTORY_DOWN,
	HISTORY_REFUSED, /* a handshake ended by a NOTIFICATION */
	HISTORY_GIVEN_UP /* routes that had stayed are gone: nobody came back for them */
};

struct history_entry {
	uint64_t first_s; /* Unix time */
	uint64_t last_s;  /* of the last that is counted here */
	uint32_t count;
	uint32_t others; /* REFUSED: different ones since, too many to be kept */
	uint8_t what;	 /* enum history_what */
	uint8_t end;	 /* enum record_end; nothing for UP */
	uint8_t code;	 /* of the NOTIFICATION; 0 without one */
	uint8_t subcode;
	uint8_t inner_code; /* carried by a hard reset; 0: it was none */
	uint8_t inner_subcode;
	uint8_t kept;	  /* DOWN: families whose routes stayed as stale ones */
	const char *text; /* UTF-8, nothing invisible; "" for none; the entry's own */
};

/* ---- one list ---- */

/* Adds an entry; *history is made where it is NULL. text is copied, times and counts are filled in.
 */
void history_add(struct history **, const struct history_entry *, uint64_t now_s);
void history_free(struct history *);
/* How many there are; none of NULL. */
unsigned history_count(const struct history *);
/* Entry i, the oldest is 0. Borrowed until the next history_add(). */
const struct history_entry *history_get(const struct history *, unsigned i);

/* ---- a slot's; each does nothing for a slot without a peer ---- */

void history_up(struct core *, uint32_t slot, const struct record_up *);
/* kept: the families whose routes have stayed. */
void history_down(struct core *, uint32_t slot, const struct record_down *, uint8_t kept);
/* The session is over, and its worker has not said why: text does. */
void history_lost(struct core *, uint32_t slot, uint8_t kept, const char *text);
/* Routes that had stayed have gone; why has neither capital nor full stop. */
void history_given_up(struct core *, uint32_t slot, const char *why);
void history_note(struct core *, uint32_t slot, const struct record_note *);
/* Another peer begins with nothing. */
void history_forget(struct core *, uint32_t slot);

#endif
