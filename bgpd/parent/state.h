/*
 * What the files of the parent process share.
 *
 *   parent.c    start, signals, the end
 *   children.c  starting children, their memory, what it takes to replace one
 *   messages.c  what children say
 *   limited.c   peers that are down for having had too many prefixes
 *   accept.c    listening sockets, connections that come in
 *   held.c      those of them that wait for their worker to be replaced
 *   addresses.c listening addresses that the host does not have yet
 *   connect.c   connections that we make
 *   reload.c    another configuration while everything goes on
 *   reading.c   the process that reads data files for it
 *   alarms.c    alarms of the parent, which rib shows
 *
 * A child:
 *
 *   DEAD --restart timer--> STARTED --READY(generation)--> COMMITTED
 *     ^                        |                                |
 *     +------------------ reaped (SIGCHLD) <--------------------+
 *
 * Memory that children share is made anew whenever one of its users dies: ring, session table and
 * eventfds of a worker with that worker; with rib all of them and the log. Nobody ever attaches to
 * memory that a dead process may have left half-written.
 */
#ifndef BGPD_PARENT_STATE_H
#define BGPD_PARENT_STATE_H

#include <event2/event.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "bgpd/conf/conf.h"
#include "bgpd/event.h"
#include "bgpd/ipc/channel.h"
#include "bgpd/ipc/session_table.h"
#include "bgpd/parent/backoff.h"
#include "bgpd/parent/child.h"
#include "bgpd/parent/control_socket.h"
#include "bgpd/parent/held.h"
#include "bgpd/parent/reload.h"
#include "bgpd/parent/rights.h"
#include "bgpd/parent/slots.h"

enum child_state { CHILD_DEAD, CHILD_STARTED, CHILD_COMMITTED };

/* What a worker and rib share. Descriptors are -1 where there is none. */
struct shared {
	int ring;
	int table;
	int rib_wake;
	int worker_wake;
	struct session_table *sessions; /* read-only: whose input the worker looks at */
};

struct child {
	struct parent *parent;
	enum child_role role;
	uint32_t index;
	uint32_t prepared; /* the last generation that it was ready with */
	char name[CHILD_NAME_MAX];
	enum child_state state;
	pid_t pid; /* 0: none */
	struct channel *channel;
	struct event *readable;
	struct event *writable;
	struct event *restart; /* DEAD: when to start the next one */
	struct event *stable;  /* it has lived for a while: its alarms are over */
	struct event *give_up; /* it has closed its channel but does not end */
	unsigned silent_ticks; /* since it last said that it lives */
	struct backoff backoff;
	uint64_t died_ms;
	bool has_died; /* the next start is a replacement */
	struct shared shared;
};

struct listener {
	struct parent *parent;
	struct channel_address address;
	int fd;
	bool is_missing; /* this host does not have the address */
	struct event *acceptable;
	struct event *resume; /* after the descriptors were used up */
};

struct attempt; /* connect.c */

struct parent {
	struct event_base *base;
	const char *conf_path;
	struct conf *conf;
	int conf_fd;		     /* sealed memfd of the checked configuration */
	int data_fd;		     /* sealed memfd of the data set */
	uint32_t generations;	     /* numbers given away */
	struct conf_report standing; /* whose alarms stand as long as it is in force */
	struct reload reload;
	uint32_t generation;
	uint32_t epoch; /* the last one issued: grows for ever, over all deaths of children */
	struct rights rights;
	enum log_level level;
	bool level_is_given; /* on the command line: the configuration's does not count */

	struct slots *slots;
	struct attempt **attempts; /* by slot; NULL: none under way */
	struct event *pulse;	   /* once a second: who is silent? */
	struct event *save_state;  /* a change is to be written to the state file */
	struct listener *listeners;
	size_t listener_count;
	struct held *held;  /* connections that wait for their worker; NULL: the doors are shut */
	struct event *look; /* every few seconds: which of their addresses are there? */
	bool *keyless;	    /* by slot: its MD5 key stands not on every listening socket */
	struct control_socket control[2]; /* full, restricted */

	struct child rib;
	struct child *workers;
	uint32_t worker_count;
	int log; /* memfd of the egress log */
	struct alarm_set *alarms;

	struct event *signals[4];
	struct event *minute;
	bool stopping;
	uint64_t stopping_ms;	/* since when */
	struct event *deadline; /* of stopping */
};

uint64_t parent_now_ms(void); /* monotonic */
/* Milliseconds as libevent wants them. */
struct timeval parent_timeval(uint64_t ms);

/* ---- parent.c ---- */

/* Ends the daemon: children are asked, and killed when they take too long. */
void parent_stop(struct parent *, const char *reason);
/* A child is gone for good; the last one ends the loop. */
void parent_child_gone(struct parent *);

/* ---- children.c ---- */

/* Prepares and starts all of them. Returns 0, or -1 after an event. */
int children_start(struct parent *);
void children_fini(struct parent *);
/* Looks which of them have ended (SIGCHLD). */
void children_reap(struct parent *);
bool children_are_gone(const struct parent *);
void children_stop(struct parent *, const char *reason);
void children_kill(struct parent *);
/* For each worker and rib in turn; NULL behind the last. */
struct child *children_next(struct parent *, struct child *);
/* Sends a generation that is to be prepared; rib gets its data set before it. */
void child_send_config(struct child *, uint32_t generation, int conf_fd, int data_fd);
/* One that is ready has its configuration: it may begin. */
void child_commit(struct child *);
/* Ends one by force; its death is then seen like any other. */
void child_kill(struct child *, const char *reason);
/*
 * Sends, queues what does not go at once. A child that is dead gets nothing; one that does not
 * listen any more is killed. False if it does not get the message.
 */
bool child_send(struct child *, enum channel_type, const void *body, const int *fds, unsigned nfds);

/* ---- messages.c ---- */

/* The channel has something to read. */
void messages_read(struct child *);

/* ---- limited.c ---- */

/* Takes over what the state file knows, before any child starts. */
void limited_init(struct parent *);
void limited_fini(struct parent *);
/* rib has ended the peer's session for its limit: it stays down as long as rib says. */
void limited_begin(struct parent *, const struct channel_admin *);
/* The peer may come back, or is gone. True if it was down for its limit. No worker is told. */
bool limited_lift(struct parent *, uint32_t slot, const char *peer);
/* Lets those come back whose time is over, and tells their workers. */
void limited_end_due(struct parent *);

/* ---- accept.c ---- */

/* Opens all listening sockets with their MD5 keys. Returns 0, or -1 after an event. */
int accept_open(struct parent *);
/*
 * The keys of the listening sockets go from one configuration to the next. A peer whose key can not
 * be set is not let in until a later reload can, with an alarm.
 */
void accept_change_keys(struct parent *, const struct conf *from, const struct conf *to);
/* Gives the listening sockets the TTL that the configuration in force asks for (RFC 5082). */
void accept_change_hops(struct parent *);
/* Gives a connection of the slot, which has a peer, its TTLs. Returns 0, or -1 with errno. */
int accept_set_hops(const struct parent *, uint32_t slot, int fd);
/* Lets connections in; before that they wait in the kernel. */
void accept_start(struct parent *);
void accept_close(struct parent *);
/*
 * Gives a connection to the slot's worker under a new epoch; takes fd over, whatever happens. An
 * incoming one that the worker does not live to take is held for the next worker.
 */
void accept_pass(struct parent *, uint32_t slot, int fd, bool incoming,
    const struct channel_address *local, const struct channel_address *remote);
/* The worker runs: passes on what was held for it, unless its peer is not to connect by now. */
void accept_pass_held(struct parent *, uint32_t worker);
/* The worker is dead: holds for the next one what it was sent and has not taken. */
void accept_reclaim(struct parent *, uint32_t worker);
/* Resets a connection, with a log line; takes fd over. */
void accept_refuse(int fd, const struct channel_address *remote, const char *why);

/* ---- addresses.c ---- */

/* Looks which listening addresses are on this host, now and every few seconds. */
void addresses_watch(struct parent *);
void addresses_unwatch(struct parent *);

/* ---- connect.c ---- */

/* The slot's worker wants a connection; its answer is CONNECTION or CONNECT_FAILED. */
void connect_begin(struct parent *, uint32_t slot);
/* Forgets the attempt of one slot, or of all slots of a worker that is gone. */
void connect_cancel(struct parent *, uint32_t slot);
void connect_cancel_worker(struct parent *, uint32_t worker);

/* ---- alarms.c ---- */

/* Raise and clear: kept here over the deaths of rib, shown and logged by rib. */
void alarms_raise(struct parent *, enum alarm, const char *source, const char *text);
void alarms_clear(struct parent *, enum alarm, const char *source);
/* Tells all that stand to a new rib. */
void alarms_tell(struct parent *);

/* Those of a configuration's report: instead of the ones before, or beside them. */
void alarms_of_conf(struct parent *, const struct conf_report *);
void alarms_of_conf_add(struct parent *, const struct conf_report *);

void peer_format_conf(const struct conf_peer *, char text[ALARM_SOURCE_MAX]);
/* The address of a slot as text. */
void peer_format(const struct parent *, uint32_t slot, char text[ALARM_SOURCE_MAX]);

#endif
