/*
 * The header that every BGP message begins with, and KEEPALIVE, which is nothing but the header.
 * RFC 4271 sections 4.1, 4.4 and 6.1, RFC 8654. Pure; used by workers, rib and tests.
 *
 *   +------------------+--------+------+------------------+
 *   | marker, all ones | length | type | body             |
 *   | 16               | 2      | 1    | length - 19      |
 *   +------------------+--------+------+------------------+
 */
#ifndef BGPD_WIRE_MSG_H
#define BGPD_WIRE_MSG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bgpd/wire/buf.h"
#include "rib/prefix.h"

#define MSG_HEADER_BYTES       19
#define MSG_MAX_BYTES	       4096  /* RFC 4271; OPEN and KEEPALIVE always */
#define MSG_EXTENDED_MAX_BYTES 65535 /* RFC 8654 */

#define AS_TRANS	       23456 /* RFC 6793: stands for an ASN that needs 4 octets */

enum msg_type {
	MSG_OPEN = 1,
	MSG_UPDATE = 2,
	MSG_NOTIFICATION = 3,
	MSG_KEEPALIVE = 4,
	MSG_ROUTE_REFRESH = 5
};

/*
 * Why a session has to end: what goes into the NOTIFICATION. data borrows the octets of the
 * message that was read (or constants) and lives as long as those.
 */
struct wire_error {
	uint8_t code;
	uint8_t subcode;
	uint16_t data_len;
	const uint8_t *data;
};

struct msg_header {
	uint16_t len; /* of the whole message, header included */
	uint8_t type; /* enum msg_type */
};

/*
 * Judges the 19 octets at header. max_len is what we announced that we can receive: MSG_MAX_BYTES
 * or MSG_EXTENDED_MAX_BYTES (RFC 8654 section 5). Returns true and fills *out, or false and fills
 * *error with code 1 (RFC 4271 section 6.1).
 */
bool msg_decode_header(const uint8_t header[MSG_HEADER_BYTES], size_t max_len,
    struct msg_header *out, struct wire_error *error);

/* "OPEN", "UPDATE", ...; "unknown" for a type that does not exist. */
const char *msg_type_name(uint8_t type);

/* Writes a header whose length msg_end() patches. A message starts at the writer's start. */
void msg_begin(struct wire_writer *, uint8_t type);

/* Patches the length; returns the octets of the message, 0 if something did not fit. */
size_t msg_end(struct wire_writer *);

/* Returns 19, or 0 if cap is less. */
size_t msg_encode_keepalive(uint8_t *out, size_t cap);

/* AFI of the family; SAFI is 1, unicast, for all. */
uint16_t msg_afi(enum family);

/* The family of an AFI and SAFI as registered with IANA; false for one we do not know. */
bool msg_family(uint16_t afi, uint8_t safi, enum family *out);

/* "ipv4" or "ipv6". */
const char *msg_family_name(enum family);

#endif
