/*
 * Making out-forms: canonical blocks changed on their way to a set of receivers. Pure; the input
 * stays as it is, the result goes to a buffer of the caller.
 */
#ifndef POLICY_OUTFORM_H
#define POLICY_OUTFORM_H

#include <stddef.h>
#include <stdint.h>

/*
 * Copies a canonical block with `asn` put `times` times (1..16) in front of AS_PATH: into the first
 * segment where that is an AS_SEQUENCE with room, as a segment of its own otherwise (RFC 4271
 * section 5.1.2). out has ATTRS_MAX octets. Returns the length, or 0 if it would not fit.
 */
size_t outform_prepend(
    const uint8_t *block, size_t block_len, uint32_t asn, unsigned times, uint8_t *out);

#endif
