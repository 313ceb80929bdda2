/*
 * Why a path is rejected: one row per reason. Codes 1 to 15 are ARouteServer's, those above are
 * Roost's own. Displays, logs and reject communities read the same rows.
 */
#ifndef POLICY_REASON_H
#define POLICY_REASON_H

#include <stdbool.h>
#include <stdint.h>

enum reason {
	REASON_NONE = 0,
	REASON_PATH_LENGTH = 1,
	REASON_BOGON = 2,
	REASON_GLOBAL_BLACK_LIST = 3,
	REASON_FAMILY = 4,
	REASON_NEXT_HOP = 5,
	REASON_FIRST_AS = 6,
	REASON_INVALID_ASN = 7,
	REASON_TRANSIT_FREE = 8,
	REASON_IRR_ORIGIN = 9,
	REASON_NOT_GLOBAL_UNICAST = 10,
	REASON_CLIENT_BLACK_LIST = 11,
	REASON_IRR_PREFIX = 12,
	REASON_LENGTH = 13,
	REASON_ROV = 14,
	REASON_NEVER_VIA = 15,
	REASON_OWN_AS = 16,
	REASON_MALFORMED = 17,
	REASON_AS_SET = 18,
	REASON_ASPA = 19,
	REASON_LEAK = 20,
	REASON_TOO_MANY = 21,
	REASON_RULE = 22,
	REASON_NO_POLICY = 23,
	REASON_END
};

/* Reasons that no configuration can turn into an observation (RFC 9234 5, RFC 7606, RFC 4271). */
#define REASONS_FIXED                                                     \
	(UINT32_C(1) << REASON_OWN_AS | UINT32_C(1) << REASON_MALFORMED | \
	    UINT32_C(1) << REASON_LEAK | UINT32_C(1) << REASON_TOO_MANY | \
	    UINT32_C(1) << REASON_NO_POLICY)

/* Euro-IX and IXP Manager name a reason by the large community rs_as:1101:n. */
#define REASON_EURO_IX 1101

struct reason_row {
	uint8_t code;
	uint16_t euro_ix; /* n of REASON_EURO_IX; 0 = none */
	const char *name; /* stable, for JSON, metrics and `observe` */
	const char *text; /* for people */
	const char *rfc;  /* the paragraph that asks for it, or "" */
};

/* The row of a code; NULL for REASON_NONE and codes that do not exist. */
const struct reason_row *reason_get(uint8_t code);
/* The row of a name, or NULL. */
const struct reason_row *reason_find(const char *name);

#endif
