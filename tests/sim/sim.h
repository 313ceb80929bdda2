/*
 * The simulator's own objects: one run (struct sim) and its members (struct member).
 *
 *   plan, --synthetic --> members ---- epoll ----> their sockets
 *   script, stdin -----> commands          \----> listeners of passive members, stdin
 *                            |
 *                     store: prefixes and attributes, each once, named by numbers
 *
 * One process, one thread. Every file descriptor that epoll watches belongs to a struct source,
 * whose function is called with what happened.
 */
#ifndef SIM_SIM_H
#define SIM_SIM_H

#include "tests/sim/address.h"
#include "tests/sim/codec.h"
#include "tests/sim/store.h"
#include "tests/sim/table.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define NS_PER_MS 1000000ull
#define NS_PER_S  1000000000ull

/* Exit codes. */
enum sim_exit {
	SIM_OK = 0,
	SIM_PROTOCOL = 1, /* the other side broke the protocol */
	SIM_USAGE = 2,	  /* a wrong option, plan, script or file */
	SIM_TIMEOUT = 3	  /* something waited for did not come */
};

struct sim;

struct source {
	void (*ready)(struct sim *sim, struct source *source, uint32_t events);
	int fd;
};

/* One session as the plan says it. */
struct member_conf {
	char *name; /* unique; the local address unless given */
	struct address local;
	struct address peer;
	uint16_t port; /* to connect to, or to listen on */
	uint32_t asn;
	uint32_t peer_asn; /* 0 = any */
	uint32_t id;
	uint16_t hold_s;
	bool families[2];
	bool as4;
	bool addpath;
	bool extended;
	bool enhanced;
	bool allow_as0; /* AS 0 in a path is no error */
	bool passive;
	bool has_role;
	uint8_t role;
	uint32_t rcvbuf; /* SO_RCVBUF in octets, 0 = the kernel's choice */
	char *md5;	 /* NULL = none */
	char *routes;	 /* file of routes, NULL = none */
};

enum member_state {
	MEMBER_DOWN, /* by order */
	MEMBER_IDLE, /* waits to connect or to be connected to */
	MEMBER_CONNECTING,
	MEMBER_OPEN_SENT,
	MEMBER_OPEN_CONFIRM,
	MEMBER_ESTABLISHED
};

struct counters {
	uint64_t bytes_in;
	uint64_t bytes_out;
	uint64_t messages_in;
	uint64_t updates_in;
	uint64_t announced_in; /* prefixes */
	uint64_t withdrawn_in;
	uint64_t repeated_in; /* announced with the attributes they had already */
	uint64_t spurious_in; /* withdrawn but never announced */
	uint64_t updates_out;
	uint64_t announced_out;
	uint64_t withdrawn_out;
	uint64_t refresh_in;
	uint64_t established;
	uint64_t lost; /* sessions that ended without our order */
};

struct member {
	struct source source;
	struct member_conf conf;
	enum member_state state;
	struct session_caps caps;
	uint16_t hold_s; /* negotiated, 0 = no timers */
	bool is_stalled; /* does not read, by order */
	bool is_writing; /* epoll watches for room */
	bool has_announced;
	bool eor[2];
	struct buf rest; /* of a message that is not complete */
	struct buf out;
	size_t out_sent;
	struct table table;
	struct offer offer;
	bool is_refreshing[2]; /* between BoRR and EoRR */
	struct buf fresh[2];   /* bit set of the keys seen since BoRR */
	FILE *record;

	size_t expected;
	bool is_expecting; /* expected is set */
	bool is_satisfied;

	struct counters count;
	uint64_t retry_ns; /* IDLE: when to connect */
	uint64_t heard_ns;
	uint64_t said_ns; /* last KEEPALIVE or UPDATE of ours */
	uint64_t established_ns;
	uint64_t eor_ns; /* End-of-RIB of all families */
	uint64_t satisfied_ns;
	uint64_t mark_seen; /* last marker of the sequence */
	uint8_t last_notification[2];
};

struct listener;
struct script;
struct churn;
struct marks;

struct sim {
	struct store *store;
	struct member *members;
	size_t member_count;
	int epoll;
	uint64_t start_ns;
	uint64_t now_ns;
	uint8_t *rx; /* what read() fills, shared by all */

	bool count_only;  /* keep counters, no tables */
	bool is_together; /* announce only when all are established */
	bool is_released; /* all were, so announcing has begun */
	const char *record_dir;

	uint64_t first_announce_ns;
	uint64_t last_update_ns; /* last UPDATE received by anyone */
	uint64_t complete_ns;	 /* all expectations met for the first time */
	size_t expecting;
	size_t satisfied;
	size_t established; /* now */
	uint64_t lost;	    /* sessions, by all members */

	struct listener *listeners;
	struct script *script;
	struct churn *churn;
	struct marks *marks;

	bool is_stopping;
	int exit_code;
};

uint64_t clock_ns(void);

/* Says on stderr what the other side did wrong, and ends the run with SIM_PROTOCOL. */
void sim_accuse(
    struct sim *sim, struct member *m, const char *what, const uint8_t *bytes, size_t len);
struct member *sim_find(struct sim *sim, const char *name);
void sim_watch(struct sim *sim, struct source *source, uint32_t events, bool is_new);

/* member.c: sessions. */
void member_up(struct sim *sim, struct member *m);
/* Ends a session by order; is_hard: with a TCP reset instead of a NOTIFICATION. */
void member_down(struct sim *sim, struct member *m, bool is_hard);
void member_stall(struct sim *sim, struct member *m, bool is_stalled);
/* The session is gone or to be given up, but not by order: it will be tried again. */
void member_lose(struct sim *sim, struct member *m, const char *why);
void member_flush(struct sim *sim, struct member *m);
/* Takes over a connection for a passive member. */
void member_accept(struct sim *sim, struct member *m, int fd);
/* Timers of all members; to be called some ten times a second. */
void member_tick(struct sim *sim);
size_t member_pending(const struct member *m);

/* announce.c: what a member says. */
void announce_all(struct sim *sim, struct member *m);
void announce_one(struct sim *sim, struct member *m, uint32_t key, uint32_t attrs);
/* Begins for everyone when all are established and that was wished for. */
void announce_release(struct sim *sim);

/* receive.c: what a member hears. One whole message, header included. */
void receive_message(struct sim *sim, struct member *m, const uint8_t *msg, size_t len);
void receive_forget(struct sim *sim, struct member *m);
void receive_judge(struct sim *sim, struct member *m);

#endif
