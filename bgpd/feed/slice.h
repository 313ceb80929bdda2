/*
 * A piece of somebody else's octets, and the values that data files write as text. Nothing here
 * expects a terminating zero or trusts what it reads. Pure.
 */
#ifndef BGPD_FEED_SLICE_H
#define BGPD_FEED_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/config.h"
#include "rib/prefix.h"

struct slice {
	const char *at;
	size_t len;
};

/* For printf's "%.*s": the length of what is quoted, cut where it would be too much to read. */
#define SLICE_QUOTED(s) (int)((s).len > 80 ? 80 : (s).len), (s).at

/* True if they are the same octets. */
bool slice_is(struct slice, const char *text);
/* Likewise, without regard to the case of ASCII letters. */
bool slice_is_word(struct slice, const char *text);
/* Without blanks at both ends. */
struct slice slice_trim(struct slice);

/* Cuts off what stands before the first separator; false where nothing is left. */
bool slice_split(struct slice *rest, char separator, struct slice *out);

/* Decimal digits, at most max. */
bool slice_number(struct slice, uint64_t max, uint64_t *out);
/* "AS64500" or "64500". */
bool slice_asn(struct slice, uint32_t *out);
/* "192.0.2.0/24": with a length and without host bits. */
bool slice_prefix(struct slice, struct prefix *out);
/* "192.0.2.1" */
bool slice_address(struct slice, struct policy_address *out);
/* Milliseconds: normalised as policy has them, POLICY_RTT_UNKNOWN for 0; false if no number. */
bool slice_rtt(struct slice, uint32_t *out);
/* "2025-07-20T09:31:33Z" (RFC 3339, UTC), with or without a fraction, as seconds since 1970. */
bool slice_time(struct slice, uint64_t *out);

#endif
