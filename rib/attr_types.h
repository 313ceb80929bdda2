/*
 * A set of types of path attributes: type t is bit t % 8 of octet t / 8. Flat, so that it can stand
 * in records. Pure; any process.
 */
#ifndef RIB_ATTR_TYPES_H
#define RIB_ATTR_TYPES_H

#include <stdbool.h>
#include <stdint.h>

#define ATTR_TYPES_BYTES 32

static inline bool
attr_types_have(const uint8_t types[ATTR_TYPES_BYTES], uint8_t type)
{
	return (types[type / 8] >> type % 8 & 1) != 0;
}

static inline void
attr_types_add(uint8_t types[ATTR_TYPES_BYTES], uint8_t type)
{
	types[type / 8] |= (uint8_t)(1U << type % 8);
}

#endif
