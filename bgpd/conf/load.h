/*
 * Loading in steps: what the files below share. Parent only.
 *
 *   load.c         files, rows of the schema -> values
 *   sections.c     the first level: daemon, general, clients, bogons, ...
 *   clients.c      entries of clients and collectors -> peers
 *   inforce.c      values -> records of policy
 *   slots.c        slots and workers of the peers, beside a running configuration or not
 *   defaults.c     values that depend on the host, or on whose files are read
 *   check.c        what concerns several values at once
 *   protection.c   what protects the exchange and is off
 */
#ifndef BGPD_CONF_LOAD_H
#define BGPD_CONF_LOAD_H

#include "bgpd/conf/conf.h"
#include "bgpd/conf/pool.h"
#include "bgpd/conf/schema.h"
#include "bgpd/conf/settings.h"
#include "bgpd/conf/source.h"
#include "bgpd/conf/tree.h"

#define CONF_INSTANCE_MAX 32
#define LOADER_FILES_MAX  8 /* roost.yml and a file per section */
#define SLOT_FREE	  UINT32_MAX

/*
 * Peers stand in the order of the file; a slot leads to its peer and to what policy knows of it.
 *
 *   by_slot    [0][1][ ][2]...        max_peers elements, SLOT_FREE where there is none
 *   peers       0  1  2               and origins, a row of bytes each
 *   policies   [0][1][ ][3]...        by slot
 */
struct conf {
	char instance[CONF_INSTANCE_MAX];
	struct conf_daemon daemon;
	struct conf_cfg cfg;
	struct conf_settings settings;
	struct conf_feeds feeds;
	struct conf_peer *peers;
	size_t peer_count;
	size_t peer_room;
	struct policy_peer *records; /* of the peers, in their order */
	size_t record_room;
	uint8_t *origins; /* enum conf_origin, conf_origin_rows() of each peer */
	size_t origin_room;
	uint32_t *by_slot;	      /* indexes of peers */
	struct policy_peer *policies; /* records by slot */
	uint32_t *by_address;	      /* indexes of peers, sorted by their address */
	struct policy_general general;
	struct pool pool;
};

/* A key without meaning that was given: told once, at its first place. */
struct loader_void {
	const struct node *first;
	size_t count;
};

/* AS-SETs of an ASN, of the section asns. */
struct loader_asn {
	uint32_t asn;
	struct policy_range objects;
};

/* A client's 16bit_mapped_asn. */
struct loader_mapping {
	uint32_t asn;
	uint32_t mapped;
	const struct node *node;
};

enum loader_layer { LAYER_GENERAL, LAYER_CLIENT, LAYER_COUNT };

struct loader {
	struct conf *conf;
	struct conf_report *report;
	struct source *sources[LOADER_FILES_MAX];
	struct tree *trees[LOADER_FILES_MAX]; /* tree i is made of source i */
	unsigned file_count;
	size_t errors_before;	  /* the report may hold earlier ones */
	const char *path;	  /* of roost.yml, for what has no place */
	void *bases[STORE_COUNT]; /* where values go now */
	/* By row: the value that was given, NULL = default. The client's are those of the entry. */
	const struct node **given[LAYER_COUNT];
	const struct source_file *secret_file; /* world-readable with a password, told already */
	const struct conf *running;	       /* beside which this one is loaded, or NULL */
	const struct node *cfg;		       /* the general mapping, NULL where there is none */
	bool implies_rtr;		       /* rpki_roas.source, where it is not given */
	bool is_arouteserver;		       /* it stands under the key general */
	struct loader_void *voids;	       /* by row */
	struct loader_asn *asns;
	size_t asn_count;
	size_t asn_room;
	struct loader_mapping *mappings;
	size_t mapping_count;
	size_t mapping_room;
};

/* Reads the keys of a map at a place; prefix is their path so far ("" or "cfg"). */
void load_map(struct loader *, const struct node *map, const char *prefix, enum schema_place);

/* The value given for a path at a place, or NULL. */
const struct node *load_given(const struct loader *, const char *path, enum schema_place);

/* The client's value of a path stands at a node, under another key. */
void load_note_given(struct loader *, const char *path, const struct node *);

/* Reports at a node; at the configuration file as a whole where node is NULL. */
void load_complain(const struct loader *, enum conf_severity, const struct node *,
    const char *format, ...) __attribute__((format(printf, 4, 5)));

/* True if this configuration has errors by now. */
bool load_has_errors(const struct loader *);

/* Forgets what was given at a place: another client begins. */
void load_forget(struct loader *, enum schema_place);

/*
 * Parses the file that a section names, or gives the section itself. NULL with errors.
 */
const struct node *load_section(struct loader *, const struct node *value);
/* Parses a file into the next place of the loader; NULL with errors or where it is empty. */
const struct node *load_file(struct loader *, const char *path, const struct node *asking);
/* Reads one key of a map. */
void load_key(struct loader *, const char *path, const struct node *key, const struct node *value,
    enum schema_place);

/* True if any key below cfg.filtering was given; checks: one that judges routes. */
bool load_has_filtering(const struct loader *, enum loader_layer, bool checks);

/* sections.c: reads the first level. */
void sections_load(struct loader *, const struct node *root);

/* clients.c: reads a list of clients or collectors into peers. */
void clients_load(struct loader *, const struct node *list, enum schema_place);
/* clients.c: stand-ins of 32-bit ASNs, once all clients are known. */
void clients_map_asns(struct loader *);

/* conf.c: the schema's row of an origin row. */
size_t conf_origin_schema(size_t row);

/* check.c: shortest and longest prefixes; complains where a key was given at the place. */
void check_lengths(const struct loader *, const struct conf_settings *, enum schema_place);

/* inforce.c: the general record of policy; communities and rules stay as they are. */
void inforce_general(struct loader *);
/* inforce.c: the record of a peer, all but mapped_asn. */
struct client;
void inforce_peer(const struct loader *, const struct client *, const struct conf_settings *,
    const struct conf_cfg *, const struct conf_peer *, struct policy_peer *out);

/* slots.c: room for peers, slots, workers; daemon.workers is known. */
void slots_assign(struct loader *);

/* protection.c: warns of each protection that is off, and of data that is missing. */
void protection_check(struct loader *);

/* defaults.c: fills in what has not been given. */
void defaults_fill(struct loader *);
/* defaults.c: those of the general settings, before anything inherits them. */
void defaults_fill_general(struct loader *);

/* check.c: sorts the addresses and reports what does not fit together. */
void check_all(struct loader *);

/* The order of addresses of by_address. */
int conf_compare_addresses(const struct conf_address *, const struct conf_address *);

#endif
