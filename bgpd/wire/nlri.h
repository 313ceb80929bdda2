/*
 * NLRI: prefixes as they stand in messages. RFC 4271 section 4.3, RFC 4760 section 5, RFC 7911
 * section 3. Pure; used by workers, rib and tests.
 *
 *   +-----------------+--------+---------------------+
 *   | path identifier | length | (length + 7) / 8    |   repeated; the identifier only where
 *   | 0 or 4          | 1      | octets of address   |   ADD-PATH was agreed upon
 *   +-----------------+--------+---------------------+
 */
#ifndef BGPD_WIRE_NLRI_H
#define BGPD_WIRE_NLRI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rib/prefix.h"

/* The most octets that one prefix takes: identifier, length, an IPv6 address. */
#define NLRI_MAX_BYTES 21

/* A walk over a run of NLRI; copy it to walk again. {0} is an empty run. */
struct nlri_cursor {
	const uint8_t *pos;
	const uint8_t *end;
	uint8_t family; /* enum family */
	bool add_path;
};

struct nlri_cursor nlri_over(const uint8_t *data, size_t len, enum family, bool add_path);

/*
 * True if the rest of the run is whole and no length exceeds the family's (RFC 7606 section 5.3);
 * *count, unless NULL, gets the number of prefixes.
 */
bool nlri_verify(struct nlri_cursor, size_t *count);

/*
 * Gives the next prefix, host bits cleared (their value is irrelevant, RFC 4271 section 4.3), and
 * its path identifier, 0 without ADD-PATH. False at the end, and at the first entry that
 * nlri_verify() would refuse.
 */
bool nlri_next(struct nlri_cursor *, struct prefix *out, uint32_t *id);

static inline bool
nlri_is_empty(const struct nlri_cursor *c)
{
	return c->pos == c->end;
}

/* Octets that the prefix takes. */
static inline size_t
nlri_bytes(const struct prefix *p, bool add_path)
{
	return (add_path ? 5U : 1U) + (p->len + 7U) / 8;
}

/* Writes one prefix into room for nlri_bytes() octets, which are returned. */
size_t nlri_encode(const struct prefix *, bool add_path, uint32_t id, uint8_t *out);

#endif
