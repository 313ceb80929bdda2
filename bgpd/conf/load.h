/*
 * Loading in steps: what load.c, clients.c, defaults.c and check.c share. Parent only.
 *
 *   load.c       files and sections, rows of the schema -> values
 *   clients.c    entries of clients -> peers
 *   defaults.c   values that depend on the host
 *   check.c      what concerns several values at once
 */
#ifndef BGPD_CONF_LOAD_H
#define BGPD_CONF_LOAD_H

#include "bgpd/conf/conf.h"
#include "bgpd/conf/schema.h"
#include "bgpd/conf/source.h"
#include "bgpd/conf/tree.h"

#define CONF_INSTANCE_MAX 32
#define LOADER_FILES_MAX  3 /* roost.yml, general, clients */

struct conf {
	char instance[CONF_INSTANCE_MAX];
	struct conf_daemon daemon;
	struct conf_cfg cfg;
	struct conf_peer *peers; /* index = slot */
	size_t peer_count;
	size_t peer_room;
	uint32_t *by_address; /* slots, sorted by their address */
};

struct loader {
	struct conf *conf;
	struct conf_report *report;
	struct source *sources[LOADER_FILES_MAX];
	struct tree *trees[LOADER_FILES_MAX]; /* tree i is made of source i */
	unsigned file_count;
	size_t errors_before;	   /* the report may hold earlier ones */
	const char *path;	   /* of roost.yml, for what has no place */
	void *bases[STORE_COUNT];  /* where values go now */
	const struct node **given; /* by row: the value that was given, NULL = default */
	const struct source_file *secret_file; /* world-readable with a password, told already */
};

/* Reads the keys of a map at a place; prefix is their path so far ("" or "cfg"). */
void load_map(struct loader *, const struct node *map, const char *prefix, enum schema_place);

/* The value given for a path at a place, or NULL. */
const struct node *load_given(const struct loader *, const char *path, enum schema_place);

/* Reports at a node; at the configuration file as a whole where node is NULL. */
void load_complain(const struct loader *, enum conf_severity, const struct node *,
    const char *format, ...) __attribute__((format(printf, 4, 5)));

/* True if this configuration has errors by now. */
bool load_has_errors(const struct loader *);

/* Forgets what was given at a place: another client begins. */
void load_forget(struct loader *, enum schema_place);

/* clients.c: reads a list of clients into peers. */
void clients_load(struct loader *, const struct node *list);

/* clients.c: gives every peer its worker; daemon.workers is known. */
void clients_assign_workers(struct conf *);

/* defaults.c: fills in what has not been given. */
void defaults_fill(struct loader *);

/* check.c: sorts the addresses and reports what does not fit together. */
void check_all(struct loader *);

/* The order of addresses of by_address. */
int conf_compare_addresses(const struct conf_address *, const struct conf_address *);

#endif
