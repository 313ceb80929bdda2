/*
 * Graceful restart as rib does it: routes of a member that is away stay, as stale ones, for a
 * while; and after a start of our own nobody is told anything before the members have had time to
 * say what they have. Runs in rib. RFC 4724 section 4, RFC 8538 section 4.1, RFC 7313 section 4.
 *
 *            DOWN, kept              UP, family listed with F          End-of-RIB
 *    up --------------------> away ---------------------------> up, stale ----------> up
 *                              | Restart Time or stale_s over,     | stale_s over: they go
 *                              | UP without F, operator, limit,    v
 *                              v reload that takes it away         up
 *                             down
 *
 *    up ---- BoRR ----> up, stale ---- EoRR, or stale_s over: what did not come again goes ----> up
 *
 * Every stale route has a deadline, at most stale_s after it became stale, and what a member has
 * not confirmed by then goes: stale routes at an exchange draw traffic to who may be gone.
 */
#ifndef BGPD_CORE_RESTART_H
#define BGPD_CORE_RESTART_H

#include <stdbool.h>
#include <stdint.h>

#include "rib/prefix.h"

struct core;
struct record_up;

/* Of a slot. All masks have the bits 1 << enum family; times are clock_us(). */
struct core_stale {
	uint8_t kept;	     /* away: families with stale routes; 0 = it is not awaited */
	uint8_t refreshing;  /* up: between its BoRR and its EoRR */
	uint8_t eor_late;    /* End-of-RIB came meanwhile; it counts once the refresh is over */
	uint64_t back_by_us; /* away: then everything goes */
	uint64_t until_us[FAMILY_COUNT]; /* stale routes of the family go then; 0 = it has none */
};

/* After a start: nobody is told anything yet. */
struct core_deferral {
	bool is_on;
	bool is_closed; /* who is not up now is not waited for any more */
	uint64_t since_us;
	uint64_t arrived_us; /* when the last one came of those that are waited for */
	uint64_t looked_us;
};

/* ---- members that are away ---- */

/*
 * The slot's session is over and its member may come back for these families. False if nothing of
 * it can stay, by what was negotiated and configured: then the session is over like any other.
 */
bool restart_lost(struct core *, uint32_t slot, uint8_t families, bool older);
/*
 * The member is back: the families whose stale routes it may confirm (table_session.kept). RFC 4724
 * section 4.2: those that its capability lists with the F bit.
 */
uint8_t restart_back(struct core *, uint32_t slot, const struct record_up *);
/* Whatever was awaited of the slot is not any more; the table has been or will be told. */
void restart_forget(struct core *, uint32_t slot);
/* The member is not to come back as if nothing had happened: its stale routes go now. */
void restart_give_up(struct core *, uint32_t slot, const char *why);
/* The slot has another configuration: stale routes that it does not let stay go now. */
void restart_configure(struct core *, uint32_t slot);

/* ---- what confirms, and what is late ---- */

void restart_end_of_rib(struct core *, uint32_t slot, enum family);
/* BoRR and EoRR. NULL, or why it is ignored. */
const char *restart_refresh_begin(struct core *, uint32_t slot, enum family);
const char *restart_refresh_end(struct core *, uint32_t slot, enum family);
/*
 * The member's limit is about to be passed. True if stale routes of the session before went for it:
 * old and new ones together, under other path ids maybe (RFC 7911 section 5), are not what it has.
 */
bool restart_make_room(struct core *, uint32_t slot, enum family);
/* Once a second: what is late goes. */
void restart_watch(struct core *, uint64_t now_us);

/* Seconds until stale routes of the family go, counted up; 0 = it has none. */
uint32_t restart_left_s(const struct core *, uint32_t slot, enum family, uint64_t now_us);
/* Seconds for which a member that is away is still awaited; 0 = it is not. */
uint32_t restart_away_s(const struct core *, uint32_t slot, uint64_t now_us);

/* ---- our own start ---- */

/* The table has just been made: defers what is told if any member can do with that. */
void restart_defer(struct core *, uint64_t now_us);
/*
 * Ends the deferral once those who are waited for have told everything, or for too long. Waited for
 * is who has a session with graceful restart, and, until none has come for a while, who is
 * configured for it: they may be on their way, or gone for good.
 */
void restart_look(struct core *, uint64_t now_us);
/* How many peers are waited for; 0 without a deferral. */
unsigned restart_missing(const struct core *);

#endif
