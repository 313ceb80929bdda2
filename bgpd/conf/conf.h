/*
 * The configuration, read and checked. The parent alone uses this: it is the only process that
 * reads YAML and the only one that knows passwords. Children get compiled.h.
 *
 *   roost.yml --+-- daemon:                       (ours)
 *               +-- general: general.yml | {...}  (ARouteServer's, key cfg)      -> struct conf
 *               +-- clients: clients.yml | [...]  (ARouteServer's, key clients)     | conf_compile
 *               +-- cfg: {...}                    (the same, in one file)           v
 *                                                                               sealed memfd
 *
 * What may be written is the table of schema.h and nothing else. Every complaint names file,
 * line and column, what was wrong, what was expected and what to do.
 */
#ifndef BGPD_CONF_CONF_H
#define BGPD_CONF_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/un.h>

#include "bgpd/log.h"
#include "policy/config.h"
#include "rib/prefix.h"

#define CONF_ERRORS_MAX	  20 /* errors told; further ones are counted */
#define CONF_WARNINGS_MAX 50 /* warnings and notes together, likewise */
#define CONF_TEXT_MAX	  512
#define CONF_FILE_MAX	  512
#define CONF_PASSWORD_MAX 80 /* TCP_MD5SIG_MAXKEYLEN */
#define CONF_USER_MAX	  33

enum conf_severity { CONF_ERROR, CONF_WARNING, CONF_NOTE };

struct conf_note {
	enum conf_severity severity;
	unsigned line; /* from 1; 0 = the file as a whole */
	unsigned col;  /* from 1 */
	int alarm;     /* enum alarm that should stand while this configuration runs, or -1 */
	char file[CONF_FILE_MAX];
	char text[CONF_TEXT_MAX];
};

/* What there is to say about a configuration, in the order of discovery. */
struct conf_report {
	size_t errors;	 /* found, told or not */
	size_t warnings; /* warnings and notes found, told or not */
	size_t count;	 /* elements of notes */
	struct conf_note *notes;
};

void conf_report_init(struct conf_report *);
void conf_report_fini(struct conf_report *);
/* Writes "FILE:LINE:COL: error: TEXT" lines, and how many were left out. */
void conf_report_print(const struct conf_report *, FILE *);

struct conf_address {
	uint8_t family;	  /* enum family */
	uint8_t addr[16]; /* network order, IPv4 in the first four */
};

/* An address list; all zeros is a wildcard. */
struct conf_addresses {
	size_t count;
	struct conf_address *items;
};

/* daemon: everything filled in, defaults included. */
struct conf_daemon {
	struct conf_addresses listen; /* at least one */
	uint32_t port;
	uint32_t workers;
	uint32_t max_peers;	 /* slots are below it */
	char *socket;		 /* fits a sockaddr_un */
	char *restricted_socket; /* fits a sockaddr_un */
	char *state_file;	 /* what outlives the daemon: bgpd/parent/statefile.h */
	char *user;		 /* account to drop to when started as root; exists then */
	uint32_t log_level;	 /* enum log_level */
	uint32_t hold_s;
	uint32_t connect_retry_s;
	uint32_t idle_hold_s;
	uint32_t idle_hold_max_s;
	uint32_t send_hold_s;
	uint32_t log_size;		     /* octets, a power of two */
	uint32_t ring_size;		     /* octets, a power of two */
	struct conf_addresses local_address; /* as configured: at most one per family */
};

/* Texts or paths. */
struct conf_texts {
	size_t count;
	char **items;
};

/* feeds: files with data; NULL or none = not given. Paths are relative to the working directory. */
struct conf_feeds {
	struct conf_texts irr;
	struct conf_texts rpki;
	char *arin;
	char *registrobr;
	char *peeringdb;
	char *rtt;
	bool any_trust_anchor;		 /* trust_anchors does not apply (rpki_roas.source: rtr) */
	struct conf_texts trust_anchors; /* VRPs of no other one count */
	uint32_t rpki_max_age_s;
};

/* cfg, but for policy: general values, or those of one client after inheritance. */
struct conf_cfg {
	uint32_t rs_as;
	uint32_t router_id; /* host order */
	bool path_hiding;
	bool passive;
	bool prepend_rs_as;
	bool add_path;
	uint32_t add_path_paths;   /* with add_path: at most so many paths of a prefix; 0 = all */
	uint32_t add_path_receive; /* paths of a prefix that it may announce; 0 or 1: no ADD-PATH */
	bool rfc8950;
	uint32_t families; /* 1 << enum family, as given; 0 = not given */
	bool extended_messages;
	bool graceful_restart;
	bool long_shutdown_text;
	uint32_t restart_s; /* general alone: these three */
	uint32_t stale_s;
	uint32_t deferral_s;
	bool gtsm;	   /* TTL security (RFC 5082) */
	uint32_t multihop; /* hops to the peer, at most 255; 0 = not said */
	uint32_t filters;  /* enum conf_filters */
	bool has_policy;   /* of a client: it is filtered; without it and filters, RFC 8212 */
};

enum conf_filters { CONF_FILTERS_UNSET, CONF_FILTERS_NONE };

/* One configured neighbour address. */
struct conf_peer {
	uint32_t asn;
	uint32_t slot;
	uint32_t worker;     /* see conf_load() */
	bool is_collector;   /* announces nothing, gets tagged routes */
	uint8_t role;	     /* enum policy_role of the server; ROLE_NONE = no roles */
	bool role_is_strict; /* the peer must send a role */
	uint8_t families;    /* 1 << enum family: what its session carries */
	bool ipv6_next_hops; /* on an IPv6 session: IPv4 with IPv6 next hops (RFC 8950) */
	bool ipv4_next_hops; /* on an IPv6 session: IPv4 with IPv4 next hops */
	struct conf_address address;
	char *description; /* "" where there is none; not yet fit for display */
	char *password;	   /* NULL = no TCP MD5; at most CONF_PASSWORD_MAX octets */
	struct conf_cfg cfg;
	char *file; /* where it stands */
	unsigned line;
	unsigned col;
};

struct conf;

/*
 * Reads and checks the configuration. instance names this daemon among several of a host (default
 * socket paths, displays): letters, digits, '-', '_', '.', at most 31. Returns NULL with errors in
 * the report; a configuration may come with warnings. The report is initialised by the caller and
 * may hold earlier notes.
 *
 * A peer's worker is (hash of its ASN + how many of that ASN came before it) modulo workers: the
 * peers of a member are spread, and a new member moves nobody else's.
 */
struct conf *conf_load(const char *path, const char *instance, struct conf_report *report);

/*
 * The same for a daemon that runs with another configuration: peers whose address was there before
 * with the same ASN keep slot and worker, new ones get the lowest slots that nobody has in either;
 * no slot is at or above the running daemon.max_peers. Keys of daemon that need a restart keep the
 * running value, with a warning where they differ. running is only read.
 */
struct conf *conf_load_beside(
    const char *path, const char *instance, const struct conf *running, struct conf_report *report);
void conf_free(struct conf *); /* wipes passwords */

const char *conf_instance(const struct conf *);
const struct conf_daemon *conf_daemon(const struct conf *);
const struct conf_cfg *conf_cfg(const struct conf *);
/* Slots: all of them below daemon.max_peers; as many as that. */
size_t conf_slots(const struct conf *);
/* The peer of a slot below conf_slots(), NULL where it has none. */
const struct conf_peer *conf_peer(const struct conf *, size_t slot);
/* Configured peers. After conf_load() theirs are the slots from 0 without gaps. */
size_t conf_peer_count(const struct conf *);
const struct conf_feeds *conf_feeds(const struct conf *);
/*
 * Where a value comes from: of a peer, one per key that a client may have of its own or whose
 * default depends on the rest. The keys are numbered 0 .. conf_origin_rows() - 1;
 * conf_origin_name() is their path.
 */
enum conf_origin { CONF_OF_DEFAULT, CONF_OF_GENERAL, CONF_OF_CLIENT };
size_t conf_origin_rows(void);
const char *conf_origin_name(size_t row);
/* slot has a peer. */
enum conf_origin conf_origin(const struct conf *, size_t slot, size_t row);

/* What policy is told; points into the configuration. peers has conf_slots() elements. */
void conf_policy(const struct conf *, struct policy_config *out);
/* The slot of an address, or -1. */
long conf_find_peer(const struct conf *, enum family, const uint8_t addr[16]);
/* The address to connect from, NULL = the kernel's choice. */
const struct conf_address *conf_local_address(const struct conf *, enum family);

/*
 * Writes the records of compiled.h into a sealed memfd (close-on-exec). The owner of the returned
 * descriptor is the caller. -1 with errno.
 */
int conf_compile(const struct conf *, uint32_t generation);

/*
 * Default control socket path of an instance: /run/roost/INSTANCE.sock for root, otherwise
 * $XDG_RUNTIME_DIR/roost/INSTANCE.sock or /tmp/roost-UID/INSTANCE.sock; ".ro.sock" for the
 * restricted one. Returns false if it does not fit.
 */
bool conf_default_socket(
    const char *instance, bool restricted, char out[sizeof(((struct sockaddr_un *)0)->sun_path)]);

/* Writes the schema as the Markdown table of docs/configuration.md. */
void conf_write_schema(FILE *);

#endif
