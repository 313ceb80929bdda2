/*
 * NOTIFICATION: why a session ends. RFC 4271 section 4.5, RFC 4486 and 9003 (Cease), RFC 6608
 * (FSM), RFC 7313 (refresh), RFC 8538 (hard reset). Pure; used by workers, roostctl and tests.
 *
 *   +------+---------+------+      a hard reset (6/9) carries another one in its data:
 *   | code | subcode | data |      | 6 | 9 | code | subcode | data |
 *   +------+---------+------+
 */
#ifndef BGPD_WIRE_NOTIFICATION_H
#define BGPD_WIRE_NOTIFICATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bgpd/wire/msg.h"

/* RFC 9003: 255 octets of text; every bad octet becomes one '?', so it never grows. */
#define NOTIFICATION_TEXT_MAX 256
/* RFC 9003 section 3: longer ones may be an error to a receiver that knows RFC 8203 only */
#define NOTIFICATION_TEXT_SEND_MAX 128
#define NOTIFICATION_TEXT_LONG_MAX 255 /* to those that are known to take them */

enum notification_code {
	NOTIFICATION_HEADER = 1,
	NOTIFICATION_OPEN = 2,
	NOTIFICATION_UPDATE = 3,
	NOTIFICATION_HOLD_TIMER = 4,
	NOTIFICATION_FSM = 5,
	NOTIFICATION_CEASE = 6,
	NOTIFICATION_REFRESH = 7,
	NOTIFICATION_SEND_HOLD = 8
};

enum header_error_subcode {
	HEADER_ERROR_NOT_SYNCHRONIZED = 1,
	HEADER_ERROR_LENGTH = 2,
	HEADER_ERROR_TYPE = 3
};

enum open_error_subcode {
	OPEN_ERROR_MALFORMED = 0,
	OPEN_ERROR_VERSION = 1,
	OPEN_ERROR_PEER_AS = 2,
	OPEN_ERROR_BGP_ID = 3,
	OPEN_ERROR_PARAMETER = 4,
	OPEN_ERROR_HOLD_TIME = 6,
	OPEN_ERROR_CAPABILITY = 7,
	OPEN_ERROR_ROLE = 11
};

enum update_error_subcode {
	UPDATE_ERROR_ATTRIBUTE_LIST = 1,
	UPDATE_ERROR_OPTIONAL_ATTRIBUTE = 9,
	UPDATE_ERROR_NETWORK_FIELD = 10
};

enum fsm_error_subcode { /* RFC 6608: a message that the state does not expect */
	FSM_ERROR_OPEN_SENT = 1,
	FSM_ERROR_OPEN_CONFIRM = 2,
	FSM_ERROR_ESTABLISHED = 3
};

enum refresh_error_subcode { REFRESH_ERROR_LENGTH = 1 };

enum cease_subcode {
	CEASE_MAX_PREFIXES = 1,
	CEASE_SHUTDOWN = 2,
	CEASE_DECONFIGURED = 3,
	CEASE_RESET = 4,
	CEASE_REJECTED = 5,
	CEASE_CONFIG_CHANGE = 6,
	CEASE_COLLISION = 7,
	CEASE_OUT_OF_RESOURCES = 8,
	CEASE_HARD_RESET = 9,
	CEASE_BFD_DOWN = 10
};

struct notification {
	uint8_t code;
	uint8_t subcode;
	bool hard;     /* came inside a hard reset; code, subcode and data are the inner ones */
	bool bad_text; /* the text was cut short or was not UTF-8 (RFC 9003 section 4) */
	uint16_t data_len;
	const uint8_t *data;		  /* borrowed from the body that was read */
	char text[NOTIFICATION_TEXT_MAX]; /* of 6/2 and 6/4: UTF-8, nothing invisible */
};

/*
 * Reads the body of a NOTIFICATION. There is no answer to a bad one (RFC 4271 section 6.4): false,
 * with *out as it is known so far, means fewer than two octets.
 */
bool notification_decode(const uint8_t *body, size_t len, struct notification *out);

/*
 * Writes the whole message. Data that would make it longer than max_len (4096, or 65535 for who
 * announced extended messages, RFC 8654 section 5) is cut. Returns the octets, 0 if cap is too
 * small.
 */
size_t notification_encode(
    const struct wire_error *error, size_t max_len, uint8_t *out, size_t cap);

/*
 * The same inside of a hard reset (RFC 8538 section 3.1): 6/9 outside, what error says within.
 */
size_t notification_encode_hard(
    const struct wire_error *error, size_t max_len, uint8_t *out, size_t cap);

/*
 * Makes the data of a Cease with a text (RFC 9003 section 2). text is cut between two characters to
 * text_max octets (128, or 255); NULL or "" is an empty one. Returns the octets of data, 0 for a
 * subcode that bears no text: all but shutdown and reset.
 */
uint16_t notification_cease_data(
    uint8_t subcode, const char *text, size_t text_max, uint8_t out[NOTIFICATION_TEXT_MAX]);

/* Writes a Cease with a text of up to 128 octets. Returns as notification_encode(). */
size_t notification_encode_cease(uint8_t subcode, const char *text, uint8_t *out, size_t cap);

/* Names as registered with IANA; "unknown" for those that are not. */
const char *notification_code_name(uint8_t code);
const char *notification_subcode_name(uint8_t code, uint8_t subcode);

/*
 * Writes "Cease: Administrative Shutdown, \"text\"" or the like; always terminated, cut to cap;
 * returns the octets of text written.
 */
size_t notification_format(const struct notification *, char *buf, size_t cap);

/*
 * Copies len octets of text that must be UTF-8 in its shortest form: a bad octet and every
 * character that shows nothing or moves others (controls, bidi) becomes '?'. out needs len + 1
 * octets and is terminated. Returns true if nothing had to be replaced.
 */
bool notification_clean_text(const uint8_t *text, size_t len, char *out);

#endif
