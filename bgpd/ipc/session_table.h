/*
 * What a worker publishes about itself: its sessions for display, and for rib the position in the
 * egress log below which none of its peers needs anything. One memfd per worker.
 *
 *   +--------------------------------------+-------+-------+-----+-----------+
 *   | head: released, sleeps, pulse        | row 0 | row 1 | ... | row n-1   |
 *   +--------------------------------------+-------+-------+-----+-----------+
 *   row of slot s: | seq | cursor, unread | session_row, as words |
 *
 * There is a row for every slot, so a slot is its own index; a worker touches only the rows of its
 * own slots, and pages that are not touched cost nothing.
 *
 * A row is a seqlock: odd while it is written. A reader takes a copy that was whole, or gives up
 * after a few tries (a stopped worker must not stop rib). All of it is atomics, so no torn value
 * can be shown. What decides travels in the up record; here are only numbers to look at, plus
 * released and cursor, which can harm nobody but the worker's own peers: rib overwrites what the
 * worker itself said it no longer needs.
 *
 * The worker writes, rib reads (mapped read-only). rib trusts nothing: strings are terminated and
 * cleaned, enums checked, by session_table_read().
 */
#ifndef BGPD_IPC_SESSION_TABLE_H
#define BGPD_IPC_SESSION_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SESSION_ERROR_MAX	 128 /* terminating zero included */
#define SESSION_CAPABILITIES_MAX 256
#define SESSION_TABLE_SLOTS_MAX	 65536u
#define SESSION_TABLE_NOBODY	 UINT32_MAX

/* RFC 4271 section 8.2.2. */
enum session_state {
	SESSION_IDLE,
	SESSION_CONNECT,
	SESSION_ACTIVE,
	SESSION_OPENSENT,
	SESSION_OPENCONFIRM,
	SESSION_ESTABLISHED,
	SESSION_STATE_COUNT
};

enum session_flag {
	SESSION_DISABLED = 1 << 0,  /* by the operator */
	SESSION_HELD_DOWN = 1 << 1, /* its input killed the worker twice */
	SESSION_LIMITED = 1 << 5,   /* it had too many prefixes */
	SESSION_PAUSED = 1 << 2,    /* its socket is not read: no room in the ring */
	SESSION_CUT = 1 << 3,	    /* cut off the log, draining */
	SESSION_INCOMING = 1 << 4   /* the member connected to us */
};

/* What both sides have: it holds for the session. */
enum session_agreed {
	AGREED_IPV4 = 1 << 0,
	AGREED_IPV6 = 1 << 1,
	AGREED_AS4 = 1 << 2,		  /* RFC 6793 */
	AGREED_REFRESH = 1 << 3,	  /* RFC 2918 */
	AGREED_ENHANCED_REFRESH = 1 << 4, /* RFC 7313 */
	AGREED_ADD_PATH_IN_IPV4 = 1 << 5, /* RFC 7911: the member may send several paths */
	AGREED_ADD_PATH_IN_IPV6 = 1 << 6,
	AGREED_ADD_PATH_OUT_IPV4 = 1 << 7, /* we may */
	AGREED_ADD_PATH_OUT_IPV6 = 1 << 8,
	AGREED_IPV6_NEXT_HOPS = 1 << 9,	    /* RFC 8950, for IPv4 */
	AGREED_EXTENDED_MESSAGES = 1 << 10, /* RFC 8654 */
	AGREED_GRACEFUL_RESTART = 1 << 11,  /* RFC 4724 */
	AGREED_GR_NOTIFICATION = 1 << 12    /* RFC 8538 */
};

/* The flags of a peer that may not have a session. */
#define SESSION_BARRED (SESSION_DISABLED | SESSION_HELD_DOWN | SESSION_LIMITED)

/* One direction of a session. */
struct session_counters {
	uint64_t messages;
	uint64_t bytes;
	uint64_t updates;
	uint64_t notifications;
	uint64_t refreshes;
};

struct session_row {
	uint32_t epoch;
	uint32_t state;	  /* enum session_state */
	uint64_t since_s; /* Unix time of the last change to or from Established */
	uint32_t flags;	  /* enum session_flag */
	uint32_t bgp_id;  /* of the member, host order */
	uint32_t asn;	  /* as its OPEN said */
	uint32_t rtt_us;  /* 0 = not measured */
	uint16_t hold_s;  /* negotiated */
	uint16_t keepalive_s;
	uint16_t local_port; /* host order */
	uint16_t remote_port;
	uint32_t hold_left_s; /* what remains of the timers; 0 = not running */
	uint32_t keepalive_left_s;
	uint32_t retry_left_s;	    /* ConnectRetryTimer or IdleHoldTimer */
	uint32_t established_count; /* transitions to Established */
	uint32_t agreed;	    /* enum session_agreed; 0 before both OPENs */
	uint32_t zero;
	uint64_t dropped_attributes; /* as configured (drop_attributes), of all its UPDATEs */
	struct session_counters in;
	struct session_counters out;
	char last_error[SESSION_ERROR_MAX];
	char capabilities[SESSION_CAPABILITIES_MAX]; /* of the member, as printed text */
};

/* How the worker itself is. */
struct worker_pulse {
	uint64_t beats;		   /* grows as long as the worker's loop turns */
	uint64_t cpu_us;	   /* user and system */
	uint64_t longest_slice_us; /* of its loop, since it was last published */
	uint64_t pid;
};

struct session_table;

/* Makes a table with rows for slots 0..slots-1. Returns its memfd, or -1 with errno. */
int session_table_create(unsigned slots);

struct session_table *session_table_map_writer(int fd);
struct session_table *session_table_map_reader(int fd);
void session_table_unmap(struct session_table *);

unsigned session_table_slots(const struct session_table *);

/* ---- worker ---- */

/* Publishes a row. For changes of state and once a second, not per message. */
void session_table_write(struct session_table *, uint32_t slot, const struct session_row *);

/* Publishes the peer's cursor in the log: position of the first header it has not had whole. */
void session_table_set_cursor(
    struct session_table *, uint32_t slot, uint64_t position, bool has_unread);

/* Publishes the log position below which no peer of this worker needs anything. */
void session_table_set_released(struct session_table *, uint64_t position);

/*
 * Publishes which slot's input the worker is about to look at, or SESSION_TABLE_NOBODY when it is
 * done: if the worker dies of it, the parent knows whose input it was. One plain store.
 */
void session_table_set_working_on(struct session_table *, uint32_t slot);

void session_table_set_pulse(struct session_table *, const struct worker_pulse *);

/*
 * Before waiting for the eventfd: says so. Then log_head_acquire(), ring_released() and whatever
 * else may have come must be looked at once more (wake.h). session_table_awake() after waking.
 */
void session_table_sleep(struct session_table *);
void session_table_awake(struct session_table *);

/* ---- rib ---- */

/*
 * Copies a row: whole, strings terminated and printable UTF-8, state in range. False if there is no
 * such row, it was never written, or it did not hold still; *out is all zero then.
 */
bool session_table_read(const struct session_table *, uint32_t slot, struct session_row *out);

/* The peer's cursor; 0 and false where there is no such row. */
uint64_t session_table_cursor(const struct session_table *, uint32_t slot, bool *has_unread);

uint64_t session_table_released(const struct session_table *);
/* Whose input the worker looks at or died of (also the parent); SESSION_TABLE_NOBODY for none. */
uint32_t session_table_working_on(const struct session_table *);

void session_table_pulse(const struct session_table *, struct worker_pulse *out);

/* After log_publish(): true if the worker sleeps and must be woken, once per sleep. */
bool session_table_is_due(struct session_table *);

#endif
