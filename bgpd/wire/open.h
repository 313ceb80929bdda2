/*
 * OPEN: what a speaker says about itself. RFC 4271 sections 4.2 and 6.2, RFC 5492 (capabilities),
 * RFC 9072 (more than 255 octets of parameters). Pure; used by workers, roostctl and tests.
 *
 * One struct serves both directions: what a peer sent, and what we advertise. Decoding takes
 * everything that is known; encoding writes only what the struct says, so that nothing is
 * advertised that the caller does not act on.
 *
 * Capabilities (each is a row of the table in capability.c):
 *   1 multiprotocol (4760), 2 route refresh (2918), 5 extended next hop (8950), 6 extended message
 *   (8654), 9 role (9234), 64 graceful restart (4724, 8538), 65 4-octet AS (6793), 69 ADD-PATH
 *   (7911), 70 enhanced route refresh (7313), 73 FQDN, 75 software version
 *
 * A known capability of impossible length is passed over and counted as malformed: to lose one
 * feature is better than to lose the session. 4-octet AS is the exception (2/0): without it the
 * peer's number is not known. Unknown ones are counted and the first ones remembered.
 */
#ifndef BGPD_WIRE_OPEN_H
#define BGPD_WIRE_OPEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bgpd/wire/msg.h"
#include "rib/prefix.h"

#define OPEN_UNKNOWN_MAX 16
#define OPEN_NAME_MAX	 100 /* octets we keep of a name, its terminating zero included */

enum open_add_path { OPEN_ADD_PATH_RECEIVE = 1, OPEN_ADD_PATH_SEND = 2 };

enum open_role {
	OPEN_ROLE_PROVIDER = 0,
	OPEN_ROLE_RS = 1,
	OPEN_ROLE_RS_CLIENT = 2,
	OPEN_ROLE_CUSTOMER = 3,
	OPEN_ROLE_PEER = 4
};

enum open_gr_flag {
	OPEN_GR_RESTARTED = 0x8,   /* R, RFC 4724 section 3 */
	OPEN_GR_NOTIFICATION = 0x4 /* N, RFC 8538 section 2 */
};

struct open_gr {
	uint8_t flags;	    /* enum open_gr_flag */
	uint16_t time_s;    /* 0 to 4095 */
	uint8_t families;   /* bit 1 << enum family: listed in the capability */
	uint8_t forwarding; /* bit 1 << enum family: forwarding state was preserved */
};

struct open_msg {
	uint32_t asn;	 /* the 4-octet one where given */
	uint32_t bgp_id; /* host byte order; never 0 */
	uint16_t hold_s; /* 0, or at least 3 */
	uint8_t version; /* 4 */

	bool has_multiprotocol;		/* if not, families is IPv4 (RFC 4760 section 8) */
	uint8_t families;		/* bit 1 << enum family */
	uint8_t other_families;		/* how many families that we do not know */
	uint8_t ext_nh;			/* bit 1 << enum family: IPv6 next hops for it, RFC 8950 */
	uint8_t add_path[FAMILY_COUNT]; /* enum open_add_path, the sender's point of view */
	bool as4;
	bool refresh;
	bool enhanced_refresh;
	bool ext_msg;

	bool has_role;
	bool role_conflict; /* two different ones: 2/11 if we use roles (RFC 9234 section 4.2) */
	uint8_t role;	    /* enum open_role; of the sender */

	bool has_gr;
	struct open_gr gr;

	char host[OPEN_NAME_MAX]; /* texts: printable ASCII, others are '?'; "" where absent */
	char domain[OPEN_NAME_MAX];
	char software[OPEN_NAME_MAX];

	uint8_t malformed;	/* known capabilities passed over because of their length */
	uint8_t malformed_code; /* the first of them */
	uint16_t unknown_count; /* capabilities not in the table */
	uint8_t unknown[OPEN_UNKNOWN_MAX]; /* codes of the first of them */
};

/*
 * Judges and reads the body of an OPEN (what follows the header). Returns true and fills *out, or
 * false and fills *error with code 2: 1 version, 2 AS number 0 or one that contradicts itself, 3
 * identifier 0 (RFC 6286), 4 parameter unknown, 6 hold time 1 or 2, 0 malformed. Whether the AS
 * number is the configured one, and roles fit, is the session's question.
 */
bool open_decode(const uint8_t *body, size_t len, struct open_msg *out, struct wire_error *error);

/*
 * Writes the whole message, header included. Uses the extended form of RFC 9072 only if it must.
 * version, other_families, malformed and unknown are not looked at. With has_multiprotocol unset
 * no family is named. Returns the octets, or 0 if they do not fit (cap, or 4096).
 */
size_t open_encode(const struct open_msg *, uint8_t *out, size_t cap);

/*
 * Writes the capabilities as one line of text, "ipv4, ipv6, 4-octet AS 65001, ...", "none" if there
 * are none. Always terminated and cut to cap; returns the octets of text written.
 */
size_t open_format_capabilities(const struct open_msg *, char *buf, size_t cap);

/* "provider", "rs", "rs-client", "customer", "peer"; "unknown" for others. */
const char *open_role_name(uint8_t role);

#endif
