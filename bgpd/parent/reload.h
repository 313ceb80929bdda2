/*
 * Reload: another configuration and other data, put in force in all processes or in none.
 *
 *   IDLE --SIGHUP, roostctl reload--> READING     the configuration is parsed here; a reader
 *    ^                                   |        process reads the data files
 *    |                                   v
 *    |                                WAITING     until all children run
 *    |                                   v
 *    |                                PREPARING   DATA, CONFIG to rib, CONFIG to workers
 *    |                                   | all are READY
 *    |                                   v
 *    +--refused, put in force--       COMMITTING  COMMIT to rib, COMMITTED, COMMIT to workers
 *
 * Any refusal or too long a wait: ABANDON, and what was in force stays. Where a child dies that
 * should get ready, everything is tried once more from the start. With COMMITTED the next
 * generation is the one in force, whoever dies.
 *
 * One reload at a time. Whoever asks meanwhile may have changed a file after it was read: one more
 * follows, for all of them. Operators are answered by the reload that began after they asked; the
 * ticket of RELOAD and RELOADED says which (bgpd/ipc/channel.h).
 */
#ifndef BGPD_PARENT_RELOAD_H
#define BGPD_PARENT_RELOAD_H

#include <event2/event.h>
#include <stdbool.h>
#include <stdint.h>

#include "bgpd/conf/conf.h"
#include "bgpd/parent/reading.h"

struct parent;
struct child;

enum reload_stage {
	RELOAD_IDLE,
	RELOAD_FIRST, /* reload_read_first() */
	RELOAD_READING,
	RELOAD_WAITING,
	RELOAD_PREPARING,
	RELOAD_COMMITTING
};

struct reload {
	enum reload_stage stage;
	bool again;	   /* asked for once more meanwhile */
	bool is_retry;	   /* a child died in the try before */
	uint64_t ticket;   /* the last one that the present reload answers; 0 = none */
	uint64_t ticket_2; /* the same of the one that follows */
	struct conf *conf; /* of the next generation */
	struct conf_report report;
	int conf_fd;
	int data_fd;
	uint32_t generation;
	uint64_t since_ms;
	struct reading reading;
	struct event *patience;
};

void reload_init(struct parent *);
void reload_fini(struct parent *);

/*
 * Reads the data set of the first generation and waits for it, since without data nothing may
 * begin; signals are taken meanwhile. Returns 0, or -1 after an event or where the parent stops.
 */
int reload_read_first(struct parent *);

/* Asks for a reload. by: "SIGHUP", "roostctl"; ticket: of RELOAD, 0 = nobody is to be told. */
void reload_ask(struct parent *, const char *by, uint64_t ticket);

/* A child is ready with a generation, or refuses it. */
void reload_ready(struct child *, uint32_t generation, const char *refused);
/* rib works with it. */
void reload_committed(struct parent *, uint32_t generation);
/* A child works with the configuration in force. */
void reload_child_runs(struct parent *);
/* A child has died. */
void reload_child_died(const struct child *);
/* The daemon stops: whatever goes on here is dropped. */
void reload_stop(struct parent *);

#endif
