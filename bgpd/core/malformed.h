/*
 * Routes that a member lost by a malformed UPDATE (RFC 7606 treat-as-withdraw, reason 17): kept in
 * the table as rejected, so that an operator sees what was wrong and the octets that were sent.
 * Pure but for the table; runs in rib.
 *
 * The table keeps canonical blocks, and of such an UPDATE there is none. So one is made that no
 * member can have sent, for it has no next hop, and that nobody is ever told, for the path is fixed
 * as rejected:
 *
 *   next hop: none | ORIGIN incomplete | AS_PATH empty | type 255: attribute, text_len, text,
 * octets
 */
#ifndef BGPD_CORE_MALFORMED_H
#define BGPD_CORE_MALFORMED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Of a block made here; borrows it. */
struct malformed_view {
	uint8_t attribute; /* type; 0 if it was none in particular */
	uint8_t text_len;
	const char *text;      /* what was wrong, not terminated, of a worker: not to be trusted */
	const uint8_t *octets; /* the path attributes of the message */
	size_t octets_len;     /* 0 where too many had been kept */
};

/* Octets of a block that keeps so many others. */
size_t malformed_block_bytes(size_t text_len, size_t octets_len);

/* Makes the block of the view in out, which has room for malformed_block_bytes(). */
void malformed_make(const struct malformed_view *, uint8_t *out);

/* False if the canonical block was not made here: all others have a next hop. */
bool malformed_read(const uint8_t *block, size_t len, struct malformed_view *out);

#endif
