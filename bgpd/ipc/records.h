/*
 * What a session worker tells rib: the records of an ingress ring.
 *
 *   worker --[UP | ROUTES | EOR | REFRESH | CUT | DRAINED | DOWN | ALARM | RTT | NOTE]--> rib
 *
 * Every record begins with struct record_head. rib copies a record out of the ring before it looks
 * at it and believes nothing: the slot must belong to the ring's worker, the epoch must be the
 * slot's current one (UP: newer than any before), lengths must add up, prefixes must satisfy
 * prefix_is_valid(), a block must be canonical (rib/attrs.h). A record that fails is dropped and
 * counted; one that breaks the ring's framing condemns the worker.
 *
 * Order within a slot is the order in which the member's messages arrived. Integers are in host
 * order: both ends are one machine and one build (RECORDS_VERSION is checked when a ring is
 * mapped).
 */
#ifndef BGPD_IPC_RECORDS_H
#define BGPD_IPC_RECORDS_H

#include <stdint.h>

#include "rib/prefix.h"

#define RECORDS_VERSION	  4
#define RECORD_ROUTES_MAX 256	/* prefixes in one ROUTES record */
#define RECORD_TEXT_MAX	  256	/* octets of a reason, the terminating zero included */
#define RECORD_ATTRS_MAX  65535 /* octets of a canonical block */

enum record_type {
	RECORD_UP = 1,	/* struct record_up: session established */
	RECORD_DOWN,	/* struct record_down: session over */
	RECORD_ROUTES,	/* struct record_routes: announced or withdrawn prefixes */
	RECORD_EOR,	/* struct record_family: End-of-RIB from the member */
	RECORD_REFRESH, /* struct record_refresh: the member asks for its routes again */
	RECORD_CUT,	/* struct record_cut: the peer has been cut off the egress log */
	RECORD_DRAINED, /* struct record_head alone: a cut peer's socket is empty again */
	RECORD_ALARM,	/* struct record_alarm: raise or clear a row of the alarm table */
	RECORD_RTT,	/* struct record_rtt: a round-trip time that is news */
	RECORD_NOTE	/* struct record_note: a connection ended before it was established */
};

/* Who ended a connection. */
enum record_end {
	END_CONNECTION, /* closed or failed without a word */
	END_RECEIVED,	/* the member sent a NOTIFICATION */
	END_SENT	/* we did */
};

struct record_head {
	uint16_t type;
	uint16_t slot;
	uint32_t epoch;
	uint32_t len; /* of the whole record, this head included */
	uint32_t zero;
};

/* Everything that rib decides by travels here; the session table is for display. */
struct record_up {
	struct record_head head;
	uint32_t bgp_id;	  /* host order, RFC 6286 */
	uint32_t asn;		  /* as the OPEN said, 4-octet */
	uint16_t hold_s;	  /* negotiated */
	uint8_t families;	  /* 1 << enum family, negotiated */
	uint8_t as4;		  /* RFC 6793 */
	uint8_t add_path_tx;	  /* 1 << enum family: we may send several paths (RFC 7911) */
	uint8_t refresh;	  /* RFC 2918 negotiated */
	uint8_t enhanced_refresh; /* RFC 7313 negotiated */
	uint8_t ext_msg;	  /* RFC 8654: it takes long messages */
	uint8_t ext_nh;		  /* 1 << enum family: IPv6 next hops for it (RFC 8950) */
	uint8_t add_path_rx;	  /* 1 << enum family: it may send several paths */
	/* RFC 4724: what its capability says; all 0 unless both sides have graceful restart. */
	uint8_t gr;		 /* 1: they have */
	uint8_t gr_restarted;	 /* 1: it has restarted (R) */
	uint8_t gr_families;	 /* 1 << enum family: listed */
	uint8_t gr_forwarding;	 /* 1 << enum family: forwarding state was preserved (F) */
	uint16_t gr_time_s;	 /* how long until it is back */
	uint8_t gr_notification; /* 1: its routes stay over a NOTIFICATION, too (N, RFC 8538) */
	uint8_t zero[3];
};

struct record_down {
	struct record_head head;
	/* 1 << enum family: the member's routes stay as stale (RFC 4724, RFC 8538). */
	uint8_t kept;
	uint8_t kept_older; /* 1: those that were stale already may stay, too (RFC 8538 4.1) */
	uint8_t end;	    /* enum record_end */
	uint8_t code;	    /* of the NOTIFICATION; 0 without one */
	uint8_t subcode;
	uint8_t inner_code; /* of what a hard reset (6/9) carried; 0: it was none */
	uint8_t inner_subcode;
	uint8_t zero[1];
	char reason[RECORD_TEXT_MAX]; /* the words of who ended it, or why it ended */
};

/* For the member's history alone. */
struct record_note {
	struct record_head head;
	uint8_t end; /* enum record_end */
	uint8_t code;
	uint8_t subcode;
	uint8_t inner_code;
	uint8_t inner_subcode;
	uint8_t zero[3];
	char reason[RECORD_TEXT_MAX];
};

struct record_route {
	uint32_t path_id; /* as received, 0 without ADD-PATH (RFC 7911) */
	struct prefix prefix;
	uint8_t zero[2];
};

enum record_routes_kind {
	ROUTES_ANNOUNCE,
	ROUTES_WITHDRAW,
	ROUTES_MALFORMED /* RFC 7606 treat-as-withdraw: kept as rejected (17), to be shown */
};

/*
 * Followed by count struct record_route, then attrs_len octets: of a canonical block (ANNOUNCE), or
 * (MALFORMED) of struct record_finding, the text, and the path attributes as they were sent.
 */
struct record_routes {
	struct record_head head;
	uint8_t kind; /* enum record_routes_kind */
	uint8_t family;
	uint16_t count; /* 1..RECORD_ROUTES_MAX */
	uint32_t attrs_len;
};

/* What was wrong with an UPDATE. */
struct record_finding {
	uint8_t attribute; /* type; 0 if it was none in particular */
	uint8_t text_len;  /* octets of text that follow, no terminating zero */
};

struct record_family {
	struct record_head head;
	uint8_t family;
	uint8_t zero[7];
};

struct record_refresh {
	struct record_head head;
	uint8_t family;
	uint8_t subtype; /* RFC 7313: 0 request, 1 BoRR, 2 EoRR */
	uint8_t zero[6];
};

struct record_cut {
	struct record_head head;
	uint64_t position; /* header position of the first block the peer has not had whole */
};

struct record_alarm {
	struct record_head head;
	uint16_t alarm; /* enum alarm, bgpd/event.h */
	uint8_t raise;	/* 1 raise, 0 clear */
	uint8_t zero[5];
	char text[RECORD_TEXT_MAX];
};

struct record_rtt {
	struct record_head head;
	uint32_t rtt_us; /* smoothed minimum, not 0 */
	uint32_t zero;
};

#endif
