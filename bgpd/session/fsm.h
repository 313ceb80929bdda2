/*
 * The BGP finite state machine of one connection, RFC 4271 section 8, as a matrix: a state and an
 * event give a list of actions and the next state. Runs in a session worker. Pure: no socket, no
 * clock, no memory; who calls it carries the actions out in the order of their bits.
 *
 *            START            CONNECTED         OPEN            KEEPALIVE
 *   Idle ------------> Connect ------> OpenSent ---> OpenConfirm ---------> Established
 *     \  START_PASSIVE    ^ |             ^
 *      `-----------> Active-'-------------'            any state --(error, STOP)--> Idle
 *
 * A peer has two of these machines, one per direction (peer.h): the outgoing one begins with START,
 * the incoming one with START_PASSIVE. That is how section 6.8 wants it: a connection of each
 * direction may live until the OPEN has told whom to keep.
 *
 * What differs from the RFC's text (docs/rfcs.md):
 *   - a NOTIFICATION is never answered by a NOTIFICATION (the RFC asks for FSM error in OpenSent);
 *   - a TCP failure in Connect leads to Active, as if DelayOpenTimer were running, so that a member
 *     that cannot be reached may still come in;
 *   - DelayOpen (events 12, 20) is not implemented, events 6 and 7 are the caller's back-off.
 */
#ifndef BGPD_SESSION_FSM_H
#define BGPD_SESSION_FSM_H

#include <stdbool.h>
#include <stdint.h>

#include "bgpd/ipc/session_table.h"

/* The numbers of RFC 4271 section 8.1 stand behind. States are enum session_state. */
enum fsm_event {
	FSM_START,	       /* 1, 3: connect */
	FSM_START_PASSIVE,     /* 4, 5: wait for the other side */
	FSM_STOP,	       /* 2: with a Cease of the caller's choice */
	FSM_AUTO_STOP,	       /* 8: by the server, a limit was passed */
	FSM_RETRY_EXPIRED,     /* 9 */
	FSM_HOLD_EXPIRED,      /* 10 */
	FSM_KEEPALIVE_DUE,     /* 11 */
	FSM_SEND_HOLD_EXPIRED, /* 29, RFC 9687 */
	FSM_CONNECTED,	       /* 16, 17 */
	FSM_TCP_FAILED,	       /* 18 */
	FSM_OPEN,	       /* 19, all checks passed */
	FSM_HEADER_BAD,	       /* 21 */
	FSM_OPEN_BAD,	       /* 22 */
	FSM_COLLISION_LOST,    /* 23 */
	FSM_CEASE,	       /* 25 with code 6: the member ends the session, nobody is at fault */
	FSM_NOTIFICATION,      /* 24, 25 with any other code */
	FSM_KEEPALIVE,	       /* 26 */
	FSM_UPDATE,	       /* 27 */
	FSM_UPDATE_BAD,	       /* 28 */
	FSM_REFRESH,	       /* RFC 2918 */
	FSM_REFRESH_BAD,       /* RFC 7313 section 5 */
	FSM_EVENT_COUNT
};

/* In the order in which they are carried out. */
enum fsm_action {
	FSM_DO_REJECT = 1 << 0,	     /* close the connection that has just come, with a Cease */
	FSM_DO_NOTIFY = 1 << 1,	     /* send the NOTIFICATION that came with the event */
	FSM_DO_NOTIFY_FSM = 1 << 2,  /* 5/x of the state, RFC 6608 */
	FSM_DO_NOTIFY_HOLD = 1 << 3, /* 4/0 */
	FSM_DO_NOTIFY_SEND = 1 << 4, /* 8/0 */
	FSM_DO_DOWN = 1 << 5,	     /* the session is over: tell rib */
	FSM_DO_CLOSE = 1 << 6,	     /* close the connection, stop all timers but ConnectRetry */
	FSM_DO_RETRY_STOP = 1 << 7,  /* ConnectRetryTimer */
	FSM_DO_RETRY_START = 1 << 8, /* with jitter */
	FSM_DO_CONNECT = 1 << 9,     /* ask for an outgoing connection */
	FSM_DO_OPEN = 1 << 10,	     /* send OPEN, wait FSM_OPEN_WAIT_S for theirs */
	FSM_DO_KEEPALIVE = 1 << 11,  /* send KEEPALIVE, start the keepalive timer */
	FSM_DO_HOLD = 1 << 12,	     /* (re)start the hold timer with what was negotiated */
	FSM_DO_UP = 1 << 13,	     /* the session is established: tell rib */
	FSM_DO_PENALTY = 1 << 14     /* idle longer before the next try */
};
#define FSM_ACTION_COUNT 15

struct fsm_row {
	uint32_t actions; /* enum fsm_action */
	uint8_t next;	  /* enum session_state */
};

/*
 * How long a connection may be without an OPEN. RFC 4271 suggests a hold timer of four minutes
 * here; a minute is enough for a handshake on one LAN, and a client that never speaks holds its
 * peer's place for that long.
 */
#define FSM_OPEN_WAIT_S 60

/* What happens in a state on an event. Never NULL. */
const struct fsm_row *fsm_row(enum session_state, enum fsm_event);

const char *fsm_state_name(enum session_state); /* "Idle" ... "Established" */
const char *fsm_event_name(enum fsm_event);

/* RFC 4271 section 10: 75 to 100 % of the time, by a random number. */
uint64_t fsm_jitter_ms(uint64_t ms, uint32_t random);

/*
 * The back-off of a peer (DampPeerOscillations): each penalty doubles the time in Idle, from
 * first_s to max_s. A session that stayed up as long as the penalty before it clears it; so does
 * an operator. A clean end by either side is no penalty.
 */
struct fsm_backoff {
	uint32_t idle_s; /* the last penalty, 0 = none */
};

/* Adds a penalty; returns how long to stay Idle, in seconds. */
uint32_t fsm_backoff_add(struct fsm_backoff *, uint32_t first_s, uint32_t max_s);

/* The session has been up for so long. */
void fsm_backoff_up(struct fsm_backoff *, uint64_t up_s);

/* RFC 9687 section 3.2: what was configured, or the larger of eight minutes and twice the hold
 * time; 0 (off) where the hold time is 0. */
uint32_t fsm_send_hold_s(uint32_t configured_s, uint32_t hold_s);

#endif
