/*
 * Attributes in the making: a list in any order that becomes the own form of attr.h.
 * Inner to attr.c and attr_text.c.
 */
#ifndef SIM_ATTR_LIST_H
#define SIM_ATTR_LIST_H

#include "tests/sim/buf.h"

#include <stdint.h>

enum attr_type {
	ATTR_ORIGIN = 1,
	ATTR_AS_PATH = 2,
	ATTR_NEXT_HOP = 3,
	ATTR_MED = 4,
	ATTR_LOCAL_PREF = 5,
	ATTR_ATOMIC = 6,
	ATTR_AGGREGATOR = 7,
	ATTR_COMMUNITIES = 8,
	ATTR_ORIGINATOR = 9,
	ATTR_CLUSTERS = 10,
	ATTR_MP_REACH = 14,
	ATTR_MP_UNREACH = 15,
	ATTR_EXT = 16,
	ATTR_AS4_PATH = 17,
	ATTR_AS4_AGGREGATOR = 18,
	ATTR_EXT6 = 25,
	ATTR_LARGE = 32,
	ATTR_OTC = 35
};

#define ATTR_LIST_MAX 64

struct attr_entry {
	const uint8_t *value;
	uint16_t len;
	uint8_t flags;
	uint8_t type;
};

struct attr_list {
	struct attr_entry entry[ATTR_LIST_MAX];
	size_t count;
	struct buf widened; /* values that are not in the message as they are kept */
};

void attr_list_clear(struct attr_list *list);
/* Keeps the pointer. Returns NULL, or why it cannot be added. */
const char *attr_list_add(
    struct attr_list *list, uint8_t flags, uint8_t type, const uint8_t *value, size_t len);
/*
 * AS_PATH and AGGREGATOR from 2 to 4 octets, AS4_PATH and AS4_AGGREGATOR merged and removed
 * (RFC 6793 section 4.2.3).
 */
void attr_list_widen(struct attr_list *list);
/* Appends the own form. */
void attr_list_emit(const struct attr_list *list, struct buf *out);

#endif
