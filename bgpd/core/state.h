/*
 * What the files of the rib process share. One process, one thread, one libevent base; nothing here
 * is seen by another process.
 *
 *   ring 1..n --ingress.c--> table --egress.c--> log --> workers
 *                 ^            |  no room: room.c releases, cuts, scans for what is owed
 *                 |            v
 *   parent <--parent.c-->   loop.c gives each its slice of time     control sockets (control/)
 *
 * A slot's session, as rib sees it:
 *
 *   down --UP--> up --DOWN, worker died, over limit--> down, or away for a while (restart.h)
 *   up: IN_LOG --LOG_CUT sent--> CUT_ASKED --CUT--> SCANNING --all unread blocks read--> CUT
 *       CUT + drained --START appended--> IN_LOG (the table still owes; told from here on)
 *
 * In trouble is a slot with cut != IN_LOG or an order to end its session that found no room;
 * room_set() alone changes either, so that trouble_count is right.
 */
#ifndef BGPD_CORE_STATE_H
#define BGPD_CORE_STATE_H

#include <event2/event.h>
#include <stdbool.h>
#include <stdint.h>

#include "bgpd/conf/compiled.h"
#include "bgpd/core/generation.h"
#include "bgpd/core/history.h"
#include "bgpd/core/limits.h"
#include "bgpd/core/restart.h"
#include "bgpd/core/rtt.h"
#include "bgpd/event.h"
#include "bgpd/ipc/channel.h"
#include "bgpd/ipc/log.h"
#include "bgpd/ipc/records.h"
#include "bgpd/ipc/ring.h"
#include "bgpd/ipc/session_table.h"
#include "bgpd/wire/update.h"
#include "policy/policy.h"
#include "rib/table.h"

enum slot_cut {
	SLOT_IN_LOG,
	SLOT_CUT_ASKED, /* LOG_CUT is in the log, the worker has not answered */
	SLOT_SCANNING,	/* out of the log; what it never read is being looked up */
	SLOT_CUT	/* out of the log; waits to drain and for room for START */
};

struct core_slot {
	uint32_t epoch;	 /* of the present or the last session; 0 = never */
	uint32_t worker; /* also after the peer was removed: for records on their way */
	bool up;
	bool drained;	    /* SCANNING, CUT: the socket is empty again */
	bool cease_pending; /* the order to end the session `epoch` found no room yet */
	bool watched;	    /* stands in feeding[] */
	bool held;	    /* its walk is held because it does not read */
	enum slot_cut cut;
	uint16_t cease;		/* code << 8 | subcode */
	const char *cease_text; /* static */
	/* CUT_ASKED, SCANNING: it may not have had the blocks from here on. */
	uint64_t cut_position;
	uint64_t since_us; /* CUT_ASKED: when asked; SCANNING, CUT: when it began to lag */
	uint64_t held_since_us;
	struct record_up session;    /* of the last one while none is up */
	uint8_t class[FAMILY_COUNT]; /* of the session, as a receiver: enum class_bit */
	struct core_stale stale;
	bool has_come;	   /* since our start, once: see restart_look() */
	bool has_told_all; /* likewise */
	struct core_limit limits[FAMILY_COUNT];
	uint64_t reject_minute; /* that rejects_told counts in */
	uint32_t rejects_told;
	struct rtt_steer rtt;
	struct history *history; /* NULL until something has happened; history.h */
	uint64_t malformed;	 /* prefixes treated as withdrawn (RFC 7606) */
	uint32_t malformed_kept; /* octets that its session has left in the table */
	char name[56];		 /* the peer's address, for log and display */
};

struct core_worker {
	struct ring *ring; /* NULL: none now */
	struct session_table *sessions;
	int own_wake;	 /* eventfd that wakes us */
	int worker_wake; /* eventfd that wakes it */
	struct event *wake_event;
	bool broken;		     /* its ring is condemned, the parent has been told */
	uint64_t refused;	     /* records */
	uint64_t released;	     /* as room.c last saw it, while room is short */
	uint64_t released_change_us; /* when it saw that it had moved */
};

/* Peers cut together: their unread blocks are read once. */
struct core_scan {
	bool active;
	uint64_t position;
	uint64_t end;
	uint32_t next_slot; /* of those in the set of the block at position; lower ones have it */
	uint64_t *words;    /* slots of this pass */
};

struct core_counters {
	uint64_t records;
	uint64_t prefixes_in;
	uint64_t blocks;
	uint64_t messages;
	uint64_t prefixes_out;
	uint64_t octets_out;
	uint64_t emission_refused; /* by the strict decoder: must stay 0 */
	uint64_t cuts;
	uint64_t log_full;	   /* times that a commit or a walk found no room */
	uint64_t longest_slice_us; /* a whole turn */
	uint64_t commits;
};

struct control;

struct core {
	struct event_base *base;
	struct channel *parent;
	struct event *parent_read;
	struct event *parent_write;
	struct event *tick;
	bool stopping;
	int exit_status;

	struct generation *now;	 /* in force; NULL until the first one is built */
	struct generation *next; /* being built, or waiting for its COMMIT; or NULL */
	struct generation *gone; /* being taken apart, with those behind it; or NULL */
	struct compiled config;	 /* that of now */
	bool announcing;	 /* a member's routes are coming in: rejects are logged */
	bool judging;		 /* what is in the table is being judged again */
	int data_fd;		 /* data set of the next CONFIG; -1: none has come */
	int control_fds[2];	 /* listening; -1: they serve, or have not come */
	struct table *table;
	struct log *log;
	size_t log_eighth; /* octets */

	struct core_slot *slots;
	uint32_t slot_count;
	struct core_worker *workers;
	uint32_t worker_count;
	size_t words; /* of a slot set */

	uint32_t next_ring;	/* round robin */
	uint64_t commit_due_us; /* 0: nothing waits for a commit */
	bool committing;
	bool waits_for_room;
	bool unpublished;	/* appended to the log since the last publish */
	uint32_t feeding_count; /* slots in feeding[] */
	uint32_t *feeding;	/* slots whose walks are watched for slow readers */
	uint32_t trouble_count;
	uint64_t short_since_us; /* room in the log is short since then; 0: it is not */
	uint64_t owed_since_us;	 /* debts wait for room in the log since then; 0: they do not */
	uint64_t full_since_us;	 /* there has been none since then; 0: there is */
	struct core_scan scan;

	struct alarm_set *alarms;
	struct control *control;
	uint64_t reloads_asked; /* tickets given to operators who wait for a reload */
	struct core_counters counters;
	uint64_t housekeeping_us; /* when it was last done */
	uint64_t beats;		  /* what the parent hears once a second */
	struct core_deferral deferral;
	uint64_t start_us; /* monotonic */
	uint64_t start_s;  /* Unix time */
};

/* ---- core.c; core_main() and the tests, which turn the loop by hand ---- */

/* Returns 0, or -1 where libevent has no base to give. Takes the descriptor over. */
int core_init(struct core *, int channel_fd_of_parent);
/* One turn of the loop, without waiting. True if there is more to do at once. */
bool core_turn(struct core *);
void core_fini(struct core *);

/* ---- ingress.c ---- */

/* Takes records from the rings, fairly, until the deadline. True if there is more. */
bool ingress_slice(struct core *, uint64_t deadline_us);
/* Asks every ring to wake us. False if one has something already. */
bool ingress_sleep(struct core *);
/*
 * The session of a slot is over, for whatever reason, and nothing of it stays, stale routes of a
 * member that is away neither; safe to call for one that is down.
 */
void ingress_session_over(struct core *, uint32_t slot);
/*
 * It is over, but its member may come back: routes of these families stay as stale ones where that
 * was negotiated (restart.h). older: those that are stale already may stay, too.
 */
void ingress_session_lost(struct core *, uint32_t slot, uint8_t families, bool older);

/* ---- egress.c ---- */

/* emit_fn of the table. */
size_t egress_emit(void *ctx, const struct emission *);
/* What a receiver of the class has agreed upon: how messages to it are read again. */
struct update_ctx egress_ctx(enum family, uint8_t class);
/* fits of the policy: which classes can carry the out-form, by the encoder's own arithmetic. */
uint16_t egress_fits(void *ctx, const uint8_t *block, size_t block_len, enum family);
/* Appends an order to one session. False without room. */
bool egress_order(struct core *, enum log_kind, uint32_t slot, uint32_t arg, const char *text);
/*
 * Ends a session of rib's own will; its routes leave at once. Where the log has no room even for
 * the order, it follows as soon as there is. text is static.
 */
void egress_cease(struct core *, uint32_t slot, uint8_t code, uint8_t subcode, const char *text);
/* Gives an order that waits another try. */
void egress_cease_again(struct core *, uint32_t slot);
/* Makes what was appended visible and wakes the workers that sleep. */
void egress_publish(struct core *);

/* ---- room.c ---- */

/* Changes what makes a slot one in trouble. */
void room_set(struct core *, uint32_t slot, enum slot_cut, bool cease_pending);
/* A record CUT has come; false where the position is none that the log could have said. */
bool room_cut(struct core *, uint32_t slot, uint64_t position);
/* A record DRAINED has come. */
void room_drained(struct core *, uint32_t slot);
/* The slot's session begins: START goes to the log, or the slot waits cut off until it can. */
void room_start_session(struct core *, uint32_t slot);
void room_session_over(struct core *, uint32_t slot);
/* Releases what all have read. */
void room_release(struct core *);
/*
 * Once a turn: releases where that is worth it; asks for cuts where it is not enough; watches who
 * answers.
 */
void room_make(struct core *, uint64_t now_us);
/* Reads blocks that cut peers never had, until the deadline. True if there is more. */
bool room_scan_slice(struct core *, uint64_t deadline_us);
/* The slot's walks are watched from now on, until they end. */
void room_watch(struct core *, uint32_t slot);
/* Holds walks whose readers are behind, lets them go on. */
void room_watch_walks(struct core *, uint64_t now_us);
/* Octets of the log that the slot has not read. */
size_t room_unread(const struct core *, uint32_t slot);

/* ---- parent.c ---- */

/* Reads what the parent has sent. */
void parent_read(struct core *);
/* Forgets a worker: its sessions are over, its memory is unmapped. */
void parent_drop_worker(struct core *, uint32_t index);
/* Serves the control sockets, once everything that answers is there. */
void parent_serve_control(struct core *);
/* Sends, or ends the process: without its parent it is of no use. */
void parent_send(struct core *, enum channel_type, const void *body);

#endif
