/*
 * A route server and its members in one process, one thread and no time of its own.
 *
 *   member A ===socket pair===.                                   .--- configuration, orders,
 *   member B ===socket pair===[ session worker ]--ring--> [ rib ]-+    connections: the harness
 *                                     ^-------- log --------'          is their parent
 *
 * Worker (bgpd/session) and rib (bgpd/core, policy, rib) are the daemon's own code, turned by hand
 * until nothing is left to do; only then does the clock move, to whatever is next: a timer of the
 * worker, the tick of rib, the end of a wait. So each run of a scenario is the same.
 */
#ifndef TESTS_REPLAY_WORLD_H
#define TESTS_REPLAY_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bgpd/core/state.h"
#include "bgpd/session/state.h"
#include "tests/replay/speech.h"

#define PEERS_MAX	8
#define CONNECTIONS_MAX 32
#define NAME_SIZE	16

/* What a member has heard on a connection, in order; the last thing may be its end. */
struct heard {
	char *text; /* as speech_hear() wrote it; NULL: the server has closed */
	uint64_t at_ms;
};

struct player;

struct connection {
	char name[NAME_SIZE];
	struct player *player;
	int fd; /* -1: over */
	bool incoming;
	bool deaf;	   /* does not read */
	bool keeps_alive;  /* sends KEEPALIVEs by itself and does not mention those it gets */
	uint64_t spoke_ms; /* when it sent something last */
	bool has_said_open;
	struct speech_open said; /* in the OPENs of both sides */
	struct speech_open told;
	struct dialect to_server;
	struct dialect from_server;
	struct octets part; /* of a message */
	struct heard *queue;
	unsigned queue_count;
};

/* A member: what it would say of itself, and what the server is told of it. */
struct player {
	char name[NAME_SIZE];
	uint32_t slot;
	struct speaker speaker;
	bool small_window;	/* its end of a connection takes little before it blocks */
	bool wanted;		/* the server asks for a connection to it */
	bool limited;		/* rib has ended it for its limit */
	uint64_t limit_over_ms; /* 0: only an operator ends that */
};

struct world {
	/* what the processes are given */
	struct compiled_head head;
	struct policy_general general;
	struct compiled_slot slots[PEERS_MAX];
	struct policy_peer policies[PEERS_MAX];
	struct player players[PEERS_MAX];
	unsigned player_count;
	bool started;

	struct core core;
	struct worker *worker;
	bool worker_over;
	struct channel *to_rib; /* the parent's ends */
	struct channel *to_worker;
	uint32_t generation;
	uint32_t epoch;
	uint64_t seen; /* what rib has moved so far */

	struct connection connections[CONNECTIONS_MAX];
	unsigned connection_count;

	struct prose transcript;
	char fault[512]; /* the world itself does not go on; "" = it does */
};

struct world *world_new(bool talks);
void world_free(struct world *);

/* Starts the processes with what was configured. */
void world_start(struct world *);
/* What was configured has changed: a new generation goes its way. */
void world_reload(struct world *);
/* The rib process dies and another one is started. */
void world_restart_rib(struct world *);
/* An order of the parent to the worker. */
void world_order(struct world *, enum channel_type, const void *body);

/* Turns until nothing is left to do. */
void world_settle(struct world *);
/* Moves the clock to what is next, at most to until_ms, and settles. */
void world_step(struct world *, uint64_t until_ms);
void world_pass(struct world *, uint64_t ms);

void world_note(struct world *, const char *format, ...) __attribute__((format(printf, 2, 3)));
void world_fault(struct world *, const char *format, ...) __attribute__((format(printf, 2, 3)));

struct player *world_player(struct world *, const char *name);
/* Of its two state machines the one with a connection; without any the outgoing one, if it runs. */
enum session_state world_state(const struct world *, const struct player *);

/* ---- connection.c ---- */

/* The last connection of this name; NULL if there is none. */
struct connection *connection_find(struct world *, const char *name);
/* A connection comes about; the worker gets its end. Faults go to the world. */
struct connection *connection_open(
    struct world *, struct player *, const char *name, bool incoming);
void connection_send(struct world *, struct connection *, const uint8_t *octets, size_t len);
/* Takes what has arrived. True if something had. */
bool connection_read(struct world *, struct connection *);
/* Sends a KEEPALIVE if it is time. */
void connection_keep(struct world *, struct connection *);
/* When that is; UINT64_MAX: never. */
uint64_t connection_keep_ms(const struct connection *);
void connection_close(struct connection *);
/* Forgets the first thing heard. */
void connection_pop(struct connection *);

/* ---- settings.c ---- */

void settings_defaults(struct world *);
/* "hold 30 id 192.0.2.1 ..." */
void settings_server(struct world *, struct words *);
/* "A as 65001 passive ...": a new peer, or another definition of one. */
void settings_peer(struct world *, struct words *);
/* The peer is configured no more. */
void settings_remove(struct world *, struct player *);
/* What children map. Returns the descriptor; aborts where it is not valid. */
int settings_seal(const struct world *);

#endif
