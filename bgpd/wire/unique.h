/*
 * Removes repeated values from a run of equally long ones; for large communities, where RFC 8092
 * section 3 asks the receiver for it. Internal to the UPDATE code and its tests.
 */
#ifndef BGPD_WIRE_UNIQUE_H
#define BGPD_WIRE_UNIQUE_H

#include <stddef.h>
#include <stdint.h>

/* The most values a run can have: 65,535 octets of large communities. */
#define UNIQUE_MAX 5461

/*
 * Copies len octets of values, size octets each and at most UNIQUE_MAX of them, from in to out
 * (which do not overlap), the first of equal ones only, in their order. Returns the octets copied.
 * Takes n log n steps: the run is a stranger's.
 */
size_t unique_copy(const uint8_t *in, size_t len, size_t size, uint8_t *out);

#endif
