/*
 * ROUTE-REFRESH. RFC 2918, RFC 7313. Pure; used by workers, rib and tests.
 *
 *   +-----+---------+------+
 *   | AFI | subtype | SAFI |
 *   | 2   | 1       | 1    |
 *   +-----+---------+------+
 */
#ifndef BGPD_WIRE_REFRESH_H
#define BGPD_WIRE_REFRESH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bgpd/wire/msg.h"
#include "rib/prefix.h"

#define REFRESH_MSG_BYTES (MSG_HEADER_BYTES + 4)

enum refresh_subtype {
	REFRESH_REQUEST = 0,
	REFRESH_BEGIN = 1, /* BoRR */
	REFRESH_END = 2	   /* EoRR */
};

enum refresh_result {
	REFRESH_FINE,
	REFRESH_IGNORED, /* a subtype or family that we do not know: to be counted */
	REFRESH_RESET	 /* *error says why */
};

struct refresh_msg {
	enum family family;
	uint8_t subtype; /* enum refresh_subtype; as sent where the result is REFRESH_IGNORED */
	uint16_t afi;	 /* as sent, also where the result is REFRESH_IGNORED */
	uint8_t safi;
};

/*
 * Reads a whole ROUTE-REFRESH message, header included (the error has to quote it). enhanced says
 * that the peer announced enhanced refresh: only then do subtypes 1 and 2 mean something and is a
 * bad length answered with 7/1 (RFC 7313 section 5); otherwise it is 1/2. Without it 1 and 2 are
 * ignored, all others are requests (RFC 2918 section 3: reserved, to be ignored); with it 3 to 255
 * are ignored. What may follow the four octets of a request is an outbound route filter (RFC 5291),
 * which we never offer, and is passed over.
 */
enum refresh_result refresh_decode(const uint8_t *msg, size_t len, bool enhanced,
    struct refresh_msg *out, struct wire_error *error);

/* Writes the whole message; returns REFRESH_MSG_BYTES, or 0 if cap is less. */
size_t refresh_encode(enum family, enum refresh_subtype, uint8_t *out, size_t cap);

#endif
