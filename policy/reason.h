/*
 * Why a path is rejected: one row per reason. Codes 1 to 15 are ARouteServer's, those above are
 * Roost's own. Displays, logs and reject communities read the same rows.
 */
#ifndef POLICY_REASON_H
#define POLICY_REASON_H

#include <stdint.h>

enum reason { REASON_NONE = 0, REASON_OWN_AS = 16, REASON_MALFORMED = 17, REASON_NO_POLICY = 23 };

struct reason_row {
	uint8_t code;
	const char *name; /* stable, for JSON */
	const char *text; /* for people */
	const char *rfc;  /* the paragraph that asks for it */
};

/* The row of a code; NULL for REASON_NONE and codes that do not exist. */
const struct reason_row *reason_get(uint8_t code);

#endif
