/*
 * Capabilities of an OPEN: a row for each that is known. RFC 5492 and the RFCs in the rows.
 * Internal to the OPEN code; see open.h.
 */
#ifndef BGPD_WIRE_CAPABILITY_H
#define BGPD_WIRE_CAPABILITY_H

#include "bgpd/wire/buf.h"
#include "bgpd/wire/open.h"
#include "bgpd/wire/text.h"

struct capability_row {
	uint8_t code;
	bool is_vital;	 /* a malformed one makes the OPEN malformed */
	uint8_t min_len; /* of the value, octets */
	uint8_t max_len;
	uint8_t multiple; /* the length less min_len is a multiple of this */
	const char *name;
	/* Reads a value of a length that is allowed; false if it is malformed all the same. */
	bool (*decode)(struct wire_reader *, struct open_msg *);
	/* Writes the whole capability, as often as there is need, or nothing. */
	void (*encode)(const struct open_msg *, struct wire_writer *);
	/* Adds ", " and its text for each time that it is there. */
	void (*print)(const struct open_msg *, struct text *);
};

/* Reads one capability; false if the OPEN is malformed because of it. */
bool capability_decode(uint8_t code, struct wire_reader value, struct open_msg *);

/* Writes all capabilities that the message has. */
void capability_encode_all(const struct open_msg *, struct wire_writer *);

/* Adds all of them as text, each with ", " in front. */
void capability_print_all(const struct open_msg *, struct text *);

#endif
