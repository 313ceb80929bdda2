/*
 * Parent and child talk over a socketpair(AF_UNIX, SOCK_SEQPACKET): small typed messages, some with
 * descriptors.
 *
 *   one packet:  | u16 type | u16 zero | u32 len | payload, len octets |  + SCM_RIGHTS
 *
 * One table, a row per type, says which way it may go, how long its payload is and how many
 * descriptors come with it. What does not fit its row is dropped and counted, its descriptors are
 * closed: a hostile worker gets nothing into the parent but the few messages of its row.
 *
 *           CONFIG COMMIT ABANDON RING LOG TABLE CONNECTION CONNECT_FAILED
 *           ADMIN DROP_SESSIONS LOG_LEVEL STOP
 *   parent ------------------------------------------------------------------> worker
 *          <------------------------------------------------------------------
 *           CONNECT TAKEN CLOSED READY ALIVE
 *
 *           DATA CONFIG COMMIT ABANDON WORKER WORKER_DIED LOG SOCKETS ALARM LOG_LEVEL
 *           RELOADED STOP
 *   parent ------------------------------------------------------------------> rib
 *          <------------------------------------------------------------------
 *           ADMIN KILL_WORKER READY COMMITTED RELOAD ALIVE LOG_LEVEL
 *
 * A generation of the configuration: CONFIG to all (rib: DATA before it); each answers READY, rib
 * once its data are built; then COMMIT to rib, which answers COMMITTED, then COMMIT to the workers:
 * so no session of a peer begins before rib knows the peer. ABANDON instead of COMMIT drops it.
 *
 * Sending never blocks: a stopped child must not stop the parent. What the socket does not take is
 * queued, up to a limit; then sending fails and the peer is to be given up. Texts arrive
 * terminated. Messages of one direction arrive in order.
 */
#ifndef BGPD_IPC_CHANNEL_H
#define BGPD_IPC_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CHANNEL_FDS_MAX	    4
#define CHANNEL_PAYLOAD_MAX 512
#define CHANNEL_TEXT_MAX    256	  /* terminating zero included */
#define CHANNEL_SOURCE_MAX  64	  /* likewise; of an alarm */
#define CHANNEL_QUEUE_MAX   16384 /* messages that wait for the socket */

enum channel_type {
	CHANNEL_CONFIG = 1,	/* channel_generation + compiled configuration; answer READY */
	CHANNEL_COMMIT,		/* channel_generation: it holds from now on */
	CHANNEL_ABANDON,	/* channel_generation: somebody refused, forget it */
	CHANNEL_RING,		/* nothing + ring, eventfd of rib, eventfd of the worker */
	CHANNEL_LOG,		/* nothing + log (read-only for a worker) */
	CHANNEL_TABLE,		/* nothing + session table */
	CHANNEL_CONNECTION,	/* channel_connection + TCP socket */
	CHANNEL_CONNECT_FAILED, /* channel_connect_failed */
	CHANNEL_ADMIN,		/* channel_admin */
	CHANNEL_DROP_SESSIONS,	/* channel_text: end all sessions, this is why */
	CHANNEL_LOG_LEVEL,	/* channel_number: the level */
	CHANNEL_STOP,		/* channel_text: end sessions, then exit */
	CHANNEL_CONNECT,	/* channel_number: a slot wants an outgoing connection */
	CHANNEL_TAKEN,	/* channel_which: a connection has arrived; nothing was sent on it yet */
	CHANNEL_CLOSED, /* channel_which: a connection is over */
	CHANNEL_READY,	/* channel_ready */
	CHANNEL_ALIVE,	/* channel_number: beats */
	CHANNEL_WORKER, /* channel_worker + ring, table, eventfd of rib, of the worker */
	CHANNEL_WORKER_DIED, /* channel_number: index */
	CHANNEL_SOCKETS,     /* nothing + listening control sockets: full, restricted */
	CHANNEL_ALARM,	     /* channel_alarm */
	CHANNEL_KILL_WORKER, /* channel_kill_worker */
	CHANNEL_DATA,	     /* nothing + data set: belongs to the next CONFIG */
	CHANNEL_COMMITTED,   /* channel_generation: rib works with it */
	CHANNEL_RELOAD,	     /* channel_number: ticket of an operator's wish to reload; they grow */
	CHANNEL_RELOADED,    /* channel_reloaded + its messages as text, a line each */
	CHANNEL_TYPE_COUNT
};

/* Which way a channel receives; the table allows each type some of them. */
enum channel_way {
	CHANNEL_PARENT_TO_WORKER = 1 << 0,
	CHANNEL_WORKER_TO_PARENT = 1 << 1,
	CHANNEL_PARENT_TO_RIB = 1 << 2,
	CHANNEL_RIB_TO_PARENT = 1 << 3
};

enum channel_admin_act {
	CHANNEL_ENABLE, /* ends a DISABLE and a HOLD_DOWN */
	CHANNEL_DISABLE,
	CHANNEL_CLEAR,
	CHANNEL_HOLD_DOWN, /* as DISABLE, by the parent: the slot's input killed its worker twice */
	CHANNEL_LIMIT /* as DISABLE, by rib: too many prefixes; ends after a while or with CLEAR */
};

struct channel_generation {
	uint32_t generation;
};

struct channel_number {
	uint64_t number;
};

struct channel_text {
	char text[CHANNEL_TEXT_MAX];
};

struct channel_address {
	uint8_t family;	  /* enum family, rib/prefix.h */
	uint8_t addr[16]; /* network order, IPv4 in the first four */
	uint8_t zero;
	uint16_t port; /* host order */
};

struct channel_connection {
	uint32_t slot;
	uint32_t epoch;
	uint32_t incoming; /* 1: the member connected to us; 0: we to it, it is established */
	struct channel_address local;
	struct channel_address remote;
};

struct channel_connect_failed {
	uint32_t slot;
	int32_t error; /* errno */
};

struct channel_admin {
	uint32_t slot;
	uint32_t act;	  /* enum channel_admin_act */
	uint32_t after_s; /* LIMIT: when it may come back; 0 = when an operator says so */
	uint32_t limit;	  /* LIMIT: how many prefixes were too many; 0 = not known any more */
	uint8_t family;	  /* LIMIT: of which family, enum family */
	uint8_t zero[3];
	char text[CHANNEL_TEXT_MAX];
};

/* One of the connections that a slot has had. */
struct channel_which {
	uint32_t slot;
	uint32_t epoch;
};

struct channel_ready {
	uint32_t generation; /* 0: the child has started and waits for its configuration */
	uint32_t refused;    /* 1: the child cannot live with it; text says why */
	char text[CHANNEL_TEXT_MAX];
};

struct channel_worker {
	uint32_t index;
	uint32_t pid;
};

struct channel_alarm {
	uint32_t alarm; /* enum alarm, bgpd/event.h */
	uint32_t raise; /* 1 raise, 0 clear */
	char source[CHANNEL_SOURCE_MAX];
	char text[CHANNEL_TEXT_MAX];
};

struct channel_kill_worker {
	uint32_t index;
	uint32_t zero;
	char text[CHANNEL_TEXT_MAX]; /* why, for the log */
};

/* What became of a reload: the answer to all tickets up to this one that have none yet. */
struct channel_reloaded {
	uint64_t ticket;
	uint32_t generation; /* in force now */
	uint32_t refused;    /* 1: nothing has changed */
	uint32_t errors;
	uint32_t warnings;
	uint32_t added; /* peers */
	uint32_t removed;
	uint32_t changed;
	uint32_t took_ms;
};

union channel_payload {
	struct channel_generation generation;
	struct channel_number number;
	struct channel_text text;
	struct channel_connection connection;
	struct channel_connect_failed connect_failed;
	struct channel_admin admin;
	struct channel_which which;
	struct channel_ready ready;
	struct channel_worker worker;
	struct channel_alarm alarm;
	struct channel_kill_worker kill_worker;
	struct channel_reloaded reloaded;
};

struct channel_message {
	enum channel_type type;
	unsigned nfds;
	int fds[CHANNEL_FDS_MAX]; /* the receiver's to close; close-on-exec */
	union channel_payload body;
};

enum channel_result {
	CHANNEL_MESSAGE, /* *out is one message */
	CHANNEL_EMPTY,	 /* nothing there now */
	CHANNEL_REFUSED, /* something that does not fit its row was dropped; go on */
	CHANNEL_OVER	 /* the other end is gone: a child exits, the parent reaps */
};

struct channel;

/* Two connected ends, non-blocking, close-on-exec. Returns 0, or -1 with errno. */
int channel_pair(int fds[2]);

/*
 * Takes one end. sends and receives: what this side may do, e.g. a worker's are
 * CHANNEL_WORKER_TO_PARENT and CHANNEL_PARENT_TO_WORKER.
 */
struct channel *channel_new(int fd, enum channel_way sends, enum channel_way receives);

/* Closes the descriptor, drops what is queued. */
void channel_free(struct channel *);

/* For the event loop: always wait for reading, for writing while channel_has_queue(). */
int channel_fd(const struct channel *);
bool channel_has_queue(const struct channel *);

/*
 * Sends or queues one message; body may be NULL for a type without payload. fds stay the caller's,
 * to close whenever it likes. A message that does not fit its row aborts: our own bug. Returns 0,
 * or -1 with errno: EPIPE where the other end is gone, ENOBUFS where the queue is full.
 */
int channel_send(
    struct channel *, enum channel_type, const void *body, const int *fds, unsigned nfds);

/* Sends of the queue what the socket takes. Returns 0, or -1 with errno as above. */
int channel_flush(struct channel *);

/*
 * Takes one message out of the socket. The parent takes a few and goes back to its event loop,
 * which will call again: a worker that floods it must not keep it.
 */
enum channel_result channel_recv(struct channel *, struct channel_message *out);

/* Messages dropped because they did not fit their row. */
uint64_t channel_refused(const struct channel *);

const char *channel_type_name(enum channel_type);

/* What the error of a channel_connect_failed means to an operator; static or strerror()'s. */
const char *channel_connect_error_text(int error);

#endif
