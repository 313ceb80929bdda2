/*
 * Data files: RPSL and bgpq4 (IRR), VRPs and ASPAs (RPKI), ARIN's and Registro.br's whois data,
 * PeeringDB's networks, round-trip times. Read whole or not at all into one generation of the
 * records that policy works with (policy/data.h).
 *
 *   parent                          feed (a child that lives for one answer)         rib
 *   feed_request_seal --memfd-->  feed_main: feed_load --+--memfd--> parent --memfd--> feed_map
 *                                                        +--memfd--> parent: feed_report
 *
 * A file that cannot be used at its top (unreadable, not the format, cut off) is an error: then
 * there are no data, and whoever asked goes on with those it has. A single bad record is left out,
 * counted and reported. feed_load() may as well be called in-process (roostd -n).
 */
#ifndef BGPD_FEED_FEED_H
#define BGPD_FEED_FEED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bgpd/conf/conf.h"
#include "bgpd/ipc/flat.h"
#include "policy/data.h"

enum feed_kind {
	FEED_IRR,	 /* RPSL; bgpq4's JSON, {"as_sets": {NAME: [members]}}: told by a '{' */
	FEED_RPKI,	 /* JSON of rpki-client, Routinator, StayRTR */
	FEED_ARIN,	 /* {"whois_records": {"v4": [{"originas", "prefix"}], "v6": [...]}} */
	FEED_REGISTROBR, /* AS<n>|name|id|prefix|prefix... */
	FEED_PEERINGDB,	 /* PeeringDB's answer to /api/net: {"data": [...]} */
	FEED_RTT,	 /* lines "ADDRESS: MS", or JSON {"ADDRESS": MS} */
	FEED_KINDS
};

#define FEED_FILE_MAX	     ((size_t)2 << 30) /* octets of one file */
#define FEED_RECORDS_MAX     ((1u << 24) - 2)  /* prefixes of a kind: VRPs, route objects, ... */
#define FEED_AS_SET_MAX	     1000000	       /* ASNs that one object may expand to */
#define FEED_AS_SET_DEPTH    64		       /* AS-SETs within AS-SETs */
#define FEED_ASNS_MAX	     50000000	       /* ASNs of all objects together */
#define FEED_NETWORK_OBJECTS 64		       /* names in one irr_as_set */

const char *feed_kind_name(enum feed_kind);

struct feed_file {
	enum feed_kind kind;
	const char *path;
};

/*
 * What is to be read and what of it is wanted. Objects: names as the configuration has them, each
 * once: "AS-FOO", "AS1:AS-FOO", "RIPE::AS-FOO", "AS64500". They come back under the same text.
 *
 * Anchors: trust anchors whose VRPs and ASPAs count; none = all. Compared without case;
 * ARouteServer says "RIPE NCC RPKI Root" where rpki-client says "ripe": what holds "RPKI Root"
 * stands for its first word. Records without a trust anchor (local exceptions of the validator)
 * always count.
 */
struct feed_request {
	const struct feed_file *files;
	const char *const *objects;
	const char *const *anchors;
	const uint32_t *network_asns; /* whose irr_as_set in PeeringDB is wanted as well */
	size_t file_count;
	size_t object_count;
	size_t anchor_count;
	size_t network_asn_count;
	uint64_t now_s;	     /* since 1970: expiry and age are measured by it */
	uint64_t rpki_age_s; /* older RPKI files do not count; 0 = any age is good */
};

/*
 * What a configuration asks for. Its texts are the configuration's, which must live as long; free
 * it with feed_request_free().
 */
struct feed_request *feed_request_new(const struct conf *, uint64_t now_s);
void feed_request_free(struct feed_request *);

/* How one file was found. */
struct feed_source {
	uint64_t time_s; /* when the data were made: what the file says, or its modification time */
	uint64_t octets;
	uint32_t kind;	   /* enum feed_kind */
	uint32_t records;  /* taken */
	uint32_t bad;	   /* left out: wrong */
	uint32_t expired;  /* left out: too old by their own date */
	uint32_t excluded; /* left out: of a trust anchor that is not allowed */
	uint32_t is_stale; /* an RPKI file older than rpki_age_s: left out altogether */
	char path[CONF_FILE_MAX];
};

struct feed_report {
	struct conf_report notes; /* file, line, column, what was wrong, what to do */
	struct feed_source *sources;
	size_t source_count;
};

void feed_report_init(struct feed_report *);
void feed_report_fini(struct feed_report *);

/*
 * Reads all files. Returns a sealed memfd for feed_map(), the caller's to close; -1 with errors in
 * the report, which the caller has initialised.
 */
int feed_load(const struct feed_request *, struct feed_report *);

#define FEED_DATA_MAGIC	  0x52444154u /* "RDAT" */
#define FEED_DATA_VERSION 1

struct feed_map {
	struct policy_data data; /* points into the memory */
	struct flat flat;
};

/*
 * Maps the records read-only. Returns 0; -1 with errno, EINVAL where they are none or
 * policy_data_error() finds fault. The descriptor may be closed afterwards.
 */
int feed_map(int fd, struct feed_map *out);
void feed_unmap(struct feed_map *);

/* ---- the child ---- */

/* A request that was mapped; the arrays of request are ours, the texts lie in the memory. */
struct feed_request_map {
	struct feed_request request;
	struct flat flat;
};

/* A sealed memfd of the request, the caller's to close; -1 with errno. */
int feed_request_seal(const struct feed_request *);
/* Returns 0, or -1 with errno (EINVAL: no such memfd, or numbers and texts that do not fit). */
int feed_request_map(int fd, struct feed_request_map *out);
void feed_request_unmap(struct feed_request_map *);

/*
 * The child's life: takes one request from the socket, loads, answers, returns the exit status.
 * Opens the files of the request and memfds, nothing else.
 */
int feed_main(int socket_fd);

/*
 * The parent's side of the same socket pair (SOCK_SEQPACKET). feed_ask() sends the request's memfd,
 * which stays the caller's. feed_answer() takes the answer: *data_fd is the memfd of the data, or
 * -1 where there are errors in the report; it fills the report, which the caller has initialised
 * and finishes in any case. Both return 0, or -1 with errno: EAGAIN where the socket does not block
 * and nothing is there, EPIPE where the child is gone, EPROTO for what is no answer.
 */
int feed_ask(int socket_fd, int request_fd);
int feed_answer(int socket_fd, struct feed_report *, int *data_fd);

#endif
