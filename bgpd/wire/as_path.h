/*
 * AS_PATH and AS4_PATH values with numbers of 2 and of 4 octets. RFC 4271 section 4.3, RFC 6793,
 * RFC 7606 section 7.2, RFC 7607. Pure; internal to the UPDATE code and its tests.
 *
 *   +------+-------+--------------------------+
 *   | type | count | count numbers of 2 or 4  |  repeated
 *   | 1    | 1     |                          |
 *   +------+-------+--------------------------+
 */
#ifndef BGPD_WIRE_AS_PATH_H
#define BGPD_WIRE_AS_PATH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bgpd/wire/buf.h"

/* RFC 5065: only inside a confederation, so never from an external peer. */
enum as_confed_segment { AS_CONFED_SEQUENCE = 3, AS_CONFED_SET = 4 };

/* A run of octets that is a path; width says how many octets a number has. */
struct as_path {
	const uint8_t *value;
	size_t len;
	unsigned width; /* 2 or 4 */
};

/*
 * NULL if the path is well-formed and has no AS 0, else what is wrong, as static text. Segments of
 * confederations are wrong too unless allowed.
 */
const char *as_path_check(struct as_path, bool confed_allowed);

/* The functions below want a path that as_path_check() found good. */

/* Numbers in the path, a set counting as one, confederations as none: RFC 4271 9.1.2.2, RFC 5065.
 */
size_t as_path_count(struct as_path);

/* True if a number does not fit into 2 octets. */
bool as_path_needs_4(struct as_path);

/* Octets of a path of 4-octet numbers when written with 2 octets each. */
size_t as_path_narrow_len(struct as_path);

/* Writes a path of 4-octet numbers with 2 octets each, AS_TRANS where that is too small. */
void as_path_narrow(struct as_path, uint8_t *out);

/*
 * Writes the path with 4-octet numbers. as4 is the AS4_PATH that came along, or has no octets:
 * then RFC 6793 section 4.2.3 puts the two together.
 */
void as_path_widen(struct as_path, struct as_path as4, struct wire_writer *);

#endif
