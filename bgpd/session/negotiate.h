/*
 * What two OPENs make of a session. RFC 4271 sections 4.2, 6.2 and 6.8, RFC 4724 section 3,
 * RFC 4760 section 8, RFC 5492, RFC 6286, RFC 6793, RFC 7313, RFC 7911, RFC 8538 section 2,
 * RFC 8654, RFC 8950 section 4, RFC 9234 section 4. Runs in a session worker. Pure.
 *
 * We advertise what the code acts on, and nothing else: multiprotocol for the slot's families,
 * route refresh, enhanced route refresh, 4-octet AS, and where the slot is configured for them
 * ADD-PATH (sending, receiving), IPv6 next hops for IPv4, extended messages, graceful restart and
 * our role. A role decides whether there is a session and nothing in it: what OTC does to routes
 * follows the configured role (policy), whether or not the member has sent one.
 */
#ifndef BGPD_SESSION_NEGOTIATE_H
#define BGPD_SESSION_NEGOTIATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bgpd/conf/compiled.h"
#include "bgpd/ipc/session_table.h"
#include "bgpd/wire/open.h"

struct negotiated {
	uint32_t asn;	     /* of the member */
	uint32_t bgp_id;     /* of the member, host order */
	uint16_t hold_s;     /* the smaller of both; 0 = none */
	uint8_t families;    /* 1 << enum family: both have it */
	uint8_t add_path_tx; /* 1 << enum family: we may send several paths */
	uint8_t add_path_rx; /* 1 << enum family: the member may, and its NLRI has path ids */
	uint8_t ext_nh;	     /* 1 << enum family: IPv6 next hops for IPv4 routes (RFC 8950) */
	bool as4;
	bool refresh;
	bool enhanced_refresh; /* RFC 7313 */
	/*
	 * Both sides take messages of up to 65,535 octets (RFC 8654). What we accept goes by our
	 * own OPEN alone (section 4), what we send by this.
	 */
	bool ext_msg;
	/* Both sides have graceful restart (RFC 4724); then gr is theirs, of our families. */
	bool has_gr;
	struct open_gr gr;
};

enum direction { DIRECTION_OUT, DIRECTION_IN, DIRECTION_COUNT };

/*
 * Fills in the OPEN that we send to the slot. restarted: rib began so short a time ago that members
 * may still hold what the one before has told them (RFC 4724 section 4.1, the R bit).
 */
void negotiate_open(const struct compiled_head *, const struct compiled_slot *, bool restarted,
    struct open_msg *out);

/*
 * Judges their OPEN, which open_decode() has accepted, and works out what holds for the session.
 * Returns true and fills *out, or false and fills *error: 2/2 not the configured AS number, 2/3 our
 * own identifier and AS number (RFC 6286 section 2.2), 2/7 no family in common, with the
 * capabilities that we miss as data (RFC 5492 section 5), 2/11 with SLOT_ROLES roles that do not
 * pair, several that differ, one that is unknown, or with SLOT_ROLE_STRICT none (RFC 9234 section
 * 4.2). error->data lives until the next call.
 */
bool negotiate(const struct compiled_head *, const struct compiled_slot *,
    const struct open_msg *theirs, struct negotiated *out, struct wire_error *error);

/* The same as bits for the display: enum session_agreed. */
uint32_t negotiate_agreed(const struct negotiated *);

/*
 * Why negotiate() refused, for the log and the display: what they said, and what it should be.
 * Always terminated.
 */
void negotiate_explain(const struct compiled_slot *, const struct open_msg *theirs,
    const struct wire_error *, char *buf, size_t size);

/* RFC 4271 section 10: a third of the hold time, in ms; 0 = no KEEPALIVEs. */
uint32_t negotiate_keepalive_ms(uint16_t hold_s);

/*
 * Which of two connections is kept (RFC 4271 section 6.8): the one made by the side with the larger
 * identifier; where they are equal by the side with the larger AS number (RFC 6286 section 2.3).
 * All in host order, identifiers compared as unsigned numbers.
 */
enum direction negotiate_survivor(
    uint32_t our_id, uint32_t our_as, uint32_t their_id, uint32_t their_as);

#endif
