/*
 * A prefix as the table knows it: family, length in bits, address in network byte order.
 *
 * Invariant of every struct prefix that enters the table: len is at most 32 or 128, host bits
 * are zero, and the octets of addr behind the family's size are zero, so that two prefixes are
 * equal exactly when their octets are.
 */
#ifndef RIB_PREFIX_H
#define RIB_PREFIX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum family {
	FAMILY_IPV4, /* AFI 1, SAFI 1 */
	FAMILY_IPV6, /* AFI 2, SAFI 1 */
	FAMILY_COUNT
};

struct prefix {
	uint8_t family; /* enum family */
	uint8_t len;	/* in bits */
	uint8_t addr[16];
};

/* The longest text of a prefix, "/128" and the terminating zero included. */
#define PREFIX_TEXT_MAX 52

/* Bits of an address of the family: 32 or 128. */
unsigned prefix_max_len(enum family);

/* True if the invariant above holds. */
bool prefix_is_valid(const struct prefix *);

/*
 * Orders by family, then address, then length: the order of a walk over the table.
 * Returns <0, 0, >0.
 */
int prefix_compare(const struct prefix *, const struct prefix *);

/* True if outer covers inner: same family, outer no longer, equal in outer's bits. */
bool prefix_covers(const struct prefix *outer, const struct prefix *inner);

/*
 * Reads "192.0.2.0/24" or "2001:db8::/32"; an address alone is a host prefix. Host bits that are
 * not zero are an error. Returns 0, or -1 and leaves *out alone.
 */
int prefix_parse(const char *text, struct prefix *out);

/* Writes the text, always terminated; returns its length. RFC 5952 for IPv6. */
size_t prefix_format(const struct prefix *, char buf[PREFIX_TEXT_MAX]);

#endif
