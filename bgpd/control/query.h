/*
 * A request in progress, and what commands need to answer it. Commands are rows of a table
 * (command.c); each answers in steps, between which the table may change in any way.
 */
#ifndef BGPD_CONTROL_QUERY_H
#define BGPD_CONTROL_QUERY_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bgpd/core/state.h"

#define QUERY_ERROR_MAX 4096

struct query {
	struct core *core;
	const struct command *command;
	json_t *args;
	void *client;
	uint64_t count;		     /* objects answered */
	char error[QUERY_ERROR_MAX]; /* not "": the answer ends with it */

	/* What the commands keep between steps. */
	uint32_t position;
	struct table_cursor cursor;
	struct prefix prefix; /* of the entry that is being answered */
	uint32_t passed;      /* paths, or told rows, of it that are done */
	uint8_t family;
	int from; /* slot, -1 = any */
	int to;
	bool rejected_only;
	bool is_longest; /* the longest prefix of an address is still looked for */
	bool is_found;
	bool wants_told; /* with `to`: what the peer is told; what is kept from it */
	bool wants_withheld;
	json_t *sum;	 /* what a command adds up over its steps; freed with the query */
	uint64_t ticket; /* of a reload that the parent has yet to answer; 0 = none */
};

enum query_progress {
	QUERY_MORE,
	QUERY_WAIT, /* nothing to do until somebody else has said something */
	QUERY_DONE
};

struct command {
	const char *name;   /* "show peers" */
	const char *answer; /* name of what is answered: "peers" */
	bool is_list;	    /* many objects, or exactly one */
	bool is_read_only;  /* allowed on the restricted socket, too */
	/* Reads the arguments; sets error where they are wrong. May be NULL. */
	void (*start)(struct query *);
	/* Answers a few objects at most; called until it says done or sets error. */
	enum query_progress (*step)(struct query *);
	const char *args; /* the arguments that it takes: "peer text" */
};

/* The row of a name, or NULL. */
const struct command *command_find(const char *name);
bool command_takes(const struct command *, const char *arg);
/* The names of all commands one after another, for an error message. */
const char *command_names(void);

/* ---- control.c ---- */

/* Answers one object and takes it over. */
void query_answer(struct query *, json_t *object);

void query_fail(struct query *, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* ---- arguments ---- */

/* A text argument; NULL if it is not there. Sets error where it is there and no text. */
const char *query_text(struct query *, const char *name);
/* The slot that an address, or an ASN with one peer ("AS42"), names. -1 and error if none. */
int query_peer(struct query *, const char *name);
/* A switch, false if it is not there. Sets error where it is something else. */
bool query_flag(struct query *, const char *name);
/*
 * "prefix" and "match" into the cursor; family becomes FAMILY_COUNT: one pass is all. An address
 * alone asks for the longest match. Without a prefix: the whole of IPv4, family FAMILY_IPV4. Sets
 * error where they are wrong.
 */
void query_prefix(struct query *);
/* The next entry of the pass, after IPv4 that of IPv6; false at the end of all. */
bool query_next_entry(struct query *, struct table_entry_view *);

/* ---- the commands ---- */

void routes_start(struct query *);
enum query_progress routes_step(struct query *);
enum query_progress attributes_step(struct query *);
enum query_progress peers_step(struct query *);
void show_peer_start(struct query *);
enum query_progress show_peer_step(struct query *);
enum query_progress history_step(struct query *);
void explain_start(struct query *);
enum query_progress explain_step(struct query *);
enum query_progress communities_step(struct query *);
void show_policy_start(struct query *);
enum query_progress show_policy_step(struct query *);
void admit_start(struct query *);
enum query_progress admit_step(struct query *);
enum query_progress summary_step(struct query *);
enum query_progress memory_step(struct query *);
enum query_progress alarms_step(struct query *);
enum query_progress processes_step(struct query *);
enum query_progress clear_step(struct query *);
enum query_progress shutdown_step(struct query *);
enum query_progress enable_step(struct query *);
enum query_progress refresh_step(struct query *);
enum query_progress log_level_step(struct query *);
void reload_start(struct query *);
enum query_progress reload_step(struct query *);
/* The parent has answered: so is the query, at its next step. */
void reload_answer(struct query *, const struct channel_reloaded *, int text_fd);

#endif
