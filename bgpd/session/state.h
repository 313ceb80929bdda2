/*
 * What the files of the session worker share. One process, one thread, one libevent base.
 *
 *   parent --orders.c--> peers --peer.c--> two links each --link.c, fsm.c--> OPEN, KEEPALIVE, ...
 *
 *   socket --stream.c--> receive.c --ingress.c, report.c--> ring --> rib
 *   socket <--sender.c-- egress.c <------------------------- log <-- rib
 *
 * A turn of the loop (worker.c): what the ring has taken, timers, the egress scan, then links that
 * have something to read or write, a slice of each, until the slice of time is used up. Callbacks
 * of libevent only note what is ready. So the longest time that a KEEPALIVE waits is one turn.
 *
 * A peer has two links, one per direction, each with the RFC's state machine. A link that has
 * fallen back to Idle stays there while the other one is at OpenSent or beyond; once none is, both
 * begin again: at once where nobody is at fault, after the back-off otherwise.
 */
#ifndef BGPD_SESSION_STATE_H
#define BGPD_SESSION_STATE_H

#include <event2/event.h>
#include <event2/event_struct.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bgpd/conf/compiled.h"
#include "bgpd/event.h"
#include "bgpd/ipc/channel.h"
#include "bgpd/ipc/log.h"
#include "bgpd/ipc/quota.h"
#include "bgpd/ipc/ring.h"
#include "bgpd/ipc/session_table.h"
#include "bgpd/session/egress.h"
#include "bgpd/session/ending.h"
#include "bgpd/session/fsm.h"
#include "bgpd/session/ingress.h"
#include "bgpd/session/negotiate.h"
#include "bgpd/session/report.h"
#include "bgpd/session/rtt.h"
#include "bgpd/session/sender.h"
#include "bgpd/session/stream.h"
#include "bgpd/session/timer.h"
#include "bgpd/wire/notification.h"

#define REASON_MAX     384  /* octets of a line that says why: a text of RFC 9003, and what it is */
#define CLOSING_MAX    256  /* connections that are being closed */
#define CLOSING_MS     2000 /* for the other side to read our last words */
#define DISPLAY_MS     100  /* a tenth of the rows is published in each */
#define DISPLAY_ROUNDS 10

enum link_timer { LINK_RETRY, LINK_HOLD, LINK_KEEPALIVE, LINK_TIMER_COUNT };

enum link_ready { LINK_READABLE = 1 << 0, LINK_WRITABLE = 1 << 1, LINK_BROKEN = 1 << 2 };

enum worker_memory { HAVE_RING = 1 << 0, HAVE_LOG = 1 << 1, HAVE_TABLE = 1 << 2, HAVE_ALL = 7 };

struct peer;

/* One direction of a peer: its state machine, and its connection while it has one. */
struct link {
	struct peer *peer;
	struct link *ready_next; /* ring of the worker's ready list; NULL: not in it */
	struct link *ready_prev;
	uint8_t ready;	   /* enum link_ready */
	uint8_t direction; /* enum direction */
	uint8_t state;	   /* enum session_state */
	bool paused;	   /* not read: no room in the ring */
	bool resumed;	   /* some of the next message is in the ring, its log line written */
	int fd;		   /* -1: none */
	uint32_t epoch;	   /* of the connection */
	int error;	   /* errno of LINK_BROKEN */
	struct sender tx;
	struct stream rx;
	struct ingress_source source;
	struct negotiated nego;
	uint64_t counted_in; /* octets of rx and tx that are in the row's counters */
	uint64_t counted_out;
	uint64_t counted_updates;
	uint64_t counted_refreshes;
	uint64_t acked;	   /* octets that the member's TCP had acknowledged */
	struct rtt rtt;	   /* of this connection */
	uint64_t moved_ms; /* when that last grew, or nothing was outstanding */
	struct channel_address local;
	struct channel_address remote;
	struct timer timer[LINK_TIMER_COUNT];
	struct event read_event;
	struct event write_event;
};

struct worker;

/*
 * A connection of the member that has come while there is a session, and waits for its OPEN: see
 * successor.c.
 */
struct successor {
	struct peer *peer;
	int fd; /* -1: none */
	struct channel_connection connection;
	uint64_t until_ms; /* when it has waited long enough */
	struct event event;
	struct timer timer;
};

struct peer {
	struct worker *worker;
	uint32_t slot;
	struct compiled_slot conf;
	char name[INET6_ADDRSTRLEN];
	struct link link[DIRECTION_COUNT];
	struct successor successor;
	struct fsm_backoff backoff;
	struct timer idle_hold;
	bool resetting;	    /* links fall to Idle and stay there until peer.c says so */
	bool report_listed; /* in the worker's list of those whose report waits */
	struct peer *report_next;
	struct report report;
	uint64_t up_ms; /* when it was last established */
	struct session_row row;
};

/* A connection that is over but for the other side's reading of our last words. */
struct closing {
	struct worker *worker;
	struct closing *next;
	struct closing *prev;
	int fd;
	struct event event;
	struct timer timer;
};

struct worker {
	unsigned index;
	struct event_base *base;
	struct channel *parent;
	struct event parent_event;
	struct event wake_event;
	struct event tick;
	struct timers *timers;
	uint64_t now_ms; /* monotonic, of this turn */
	uint32_t random;

	struct compiled config; /* in force; head NULL until the first COMMIT */
	struct compiled next;	/* announced, not committed */
	uint32_t next_generation;
	uint32_t peer_slots;		    /* length of peers[] */
	struct peer **peers;		    /* by slot; NULL: not ours */
	uint8_t barred[COMPILED_SLOTS_MAX]; /* enum session_flag: may not have sessions */

	struct report_ring ring;
	uint64_t ring_seen; /* the tail when waiting peers were last looked at */
	int rib_wake;	    /* eventfd; -1: none */
	int own_wake;
	struct log *log;
	struct session_table *table;
	struct egress *egress;
	unsigned have;	     /* enum worker_memory: what of it is new */
	bool running;	     /* everything is there: sessions may be */
	uint64_t new_rib_ms; /* when the log of a rib that began anew came; 0: of one that ran */
	bool stopping;
	bool over;	  /* the parent is gone */
	uint64_t stop_ms; /* when to end at the latest */

	struct link ready;	 /* sentinel of the ready list; only its ready_next/prev are used */
	struct peer *reports;	 /* peers whose control records wait */
	struct closing closings; /* sentinel; the oldest is next */
	unsigned closing_count;

	struct timer display_timer;
	uint32_t display_next; /* slot */
	uint64_t beats;
	uint64_t longest_us;

	uint8_t buffer[STREAM_BUFFER_BYTES];
	uint8_t blocks[UPDATE_BLOCKS_MAX];
};

/* ---- link.c: one state machine and its connection ---- */

/* Why an event happens: for the NOTIFICATION, the log and rib. */
struct cause {
	struct wire_error error;	     /* of FSM_DO_NOTIFY */
	const char *text;		     /* NULL: made from the event and the error */
	const char *cease_text;		     /* RFC 9003; NULL: none */
	const struct notification *received; /* that ended it; NULL: none */
	bool keeps_routes; /* 6/4 alone: we restart, and are not to be forgotten (RFC 8538 5.1) */
};

void link_init(struct link *, struct peer *, enum direction);
/* No connection may be left. */
void link_fini(struct link *);
/* The event happens: actions, next state, consequences. cause may be NULL. */
void link_step(struct link *, enum fsm_event, const struct cause *);
/* Takes a connection over, before FSM_CONNECTED. */
void link_take(struct link *, const struct channel_connection *, int fd);
/* Queues a message of ours and sends what can be sent. */
void link_send(struct link *, const uint8_t *message, size_t len);
/* The socket is to be watched for writing, or no longer. */
void link_wait_writable(struct link *, bool wait);
/* Notes what is to be done for the link in this turn. */
void link_make_ready(struct link *, unsigned ready);
/* Does it, a slice of it. */
void link_service(struct link *);
/* The socket is not read until link_resume(). */
void link_pause(struct link *);
void link_resume(struct link *);
/* Adds what has been moved since the last time to the row's counters. */
void link_count(struct link *);

/* ---- receive.c: what the member says ---- */

/* stream_message of a link. */
enum stream_take receive_message(void *arg, const struct msg_header *, const uint8_t *message);

/* ---- peer.c: the two links of a peer ---- */

struct peer *peer_new(struct worker *, const struct compiled_slot *);
/* Its links must be idle. */
void peer_free(struct peer *);
/* Begins: at once, or (damped) with the outgoing connection only after a while. */
void peer_start(struct peer *, bool damped);
/* The same session under a new configuration: what it changes holds from the next one on. */
void peer_configure(struct peer *, const struct compiled_slot *);
/* Ends what there is with a Cease and stays idle. text: RFC 9003 and log; may be NULL. */
void peer_stop(struct peer *, uint8_t cease, const char *text);
/* The same for more prefixes than it may have: the Cease says how many that are (RFC 4486 4). */
void peer_stop_over_limit(struct peer *, enum family, uint32_t limit, const char *text);
/*
 * The table that the member's routes were in is gone, and we come back: what there is ends so that
 * the member keeps our routes, where it can (RFC 4724, RFC 8538), and with Cease 6/4 otherwise.
 */
void peer_drop(struct peer *, const char *text);
/* The link went from a state to its present one. */
void peer_moved(struct peer *, struct link *, enum session_state from, bool penalty);
struct link *peer_other(struct link *);
/* The link in Established; NULL if there is none. */
struct link *peer_established(struct peer *);
/* The parent has a connection: takes it over, whatever becomes of it. */
void peer_connection(struct peer *, const struct channel_connection *, int fd);
/* Closes a connection that was not taken, with a Cease. */
void peer_refuse(struct peer *, const struct channel_connection *, int fd, uint8_t cease);
/* True if the link goes on; false if it has lost against the other one and is gone. */
bool peer_collide(struct link *, const struct negotiated *);
/* Why its last connection ended or could not be made; for the display. */
void peer_note_error(struct peer *, const char *text);
/* A control record of the peer has been written or left waiting. */
void peer_note_report(struct peer *);

/* ---- successor.c: a connection beside a session ---- */

void successor_init(struct successor *, struct peer *);
/* Closes it, if there is one. */
void successor_fini(struct successor *);
/* True if one that comes now may replace this session (RFC 4724 section 5). */
bool successor_is_welcome(const struct link *established);
/* It waits for its OPEN; one that waited before is closed. Takes fd over. */
void successor_wait(struct successor *, const struct channel_connection *, int fd);
/* The session is over: if one waits it is the peer's next connection, soon. */
void successor_go_on(struct successor *);

/* ---- closing.c ---- */

/* Closes, after the other side had a chance to read what we sent last. */
void closing_add(struct worker *, int fd);
void closing_end_all(struct worker *);

/* ---- display.c ---- */

void display_init(struct worker *);
/* Publishes the peer's row. */
void display_peer(struct peer *);

/* ---- orders.c: the parent ---- */

/* Reads what the parent has sent. */
void orders_read(struct worker *);
void orders_send(struct worker *, enum channel_type, const void *body);
/* Ends all sessions; none begins again by itself. */
void orders_stop_all(struct worker *, uint8_t cease, const char *text);
/* The same as peer_drop(), for all. */
void orders_drop_all(struct worker *, const char *text);

/* ---- worker.c ---- */

/* A pseudo-random number, for jitter only. */
uint32_t worker_random(struct worker *);
/*
 * True for a while after rib has begun anew: members may hold what the one before told them, and
 * our OPEN says so (RFC 4724 section 4.1).
 */
bool worker_has_restarted(const struct worker *);
/* The peer of a slot; NULL if it is not ours. */
struct peer *worker_peer(const struct worker *, uint32_t slot);
/* Makes all but what the parent sends; takes the descriptor over. NULL with errno. */
struct worker *worker_new(unsigned index, int channel_fd);
void worker_free(struct worker *);
/* One turn; waits for something to do if there is nothing. False when it is time to end. */
bool worker_turn(struct worker *);

#endif
