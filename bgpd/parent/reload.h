/*
 * Reload: another configuration and other data, put in force in all processes or in none.
 *
 *   IDLE --SIGHUP, roostctl reload, start--> READING    the configuration is parsed here; a reader
 *                                              |        process reads the data files
 *                                              v
 *                                           PREPARING   DATA, CONFIG to rib, CONFIG to workers
 *                                              | all are READY
 *                                              v
 *                                           COMMITTING  COMMIT to rib, COMMITTED, COMMIT to workers
 *
 * Any refusal, a child that dies meanwhile, or too long a wait: ABANDON, and what was in force
 * stays. One reload at a time; one more is remembered.
 */
#ifndef BGPD_PARENT_RELOAD_H
#define BGPD_PARENT_RELOAD_H

#include <event2/event.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "bgpd/conf/conf.h"

struct parent;
struct child;

enum reload_stage { RELOAD_IDLE, RELOAD_READING, RELOAD_PREPARING, RELOAD_COMMITTING };

struct reload {
	enum reload_stage stage;
	bool again;	   /* asked for once more meanwhile */
	bool answer;	   /* rib waits for RELOADED */
	struct conf *conf; /* of the next generation */
	struct conf_report report;
	int conf_fd;
	int data_fd;
	uint32_t generation;
	uint64_t since_ms;
	pid_t reader;
	int reader_fd;
	struct event *reader_event;
	struct event *patience;
};

void reload_init(struct parent *);
void reload_fini(struct parent *);

/*
 * Reads the data set of the first generation and waits for it, since without data nothing may
 * begin. Returns 0, or -1 after an event.
 */
int reload_read_first(struct parent *);

/* Asks for a reload. by: "SIGHUP", "roostctl"; answer: rib is to be told what became of it. */
void reload_ask(struct parent *, const char *by, bool answer);

/* A child is ready with a generation, or refuses it. */
void reload_ready(struct child *, uint32_t generation, const char *refused);
/* rib works with it. */
void reload_committed(struct parent *, uint32_t generation);
/* A child has died: what it should have prepared is abandoned and tried again. */
void reload_child_died(struct parent *, const char *name);
/* Takes note of the reader's end (SIGCHLD). */
void reload_reap(struct parent *);

#endif
