/*
 * NOTIFICATION; see notification.h. The names of codes and subcodes are rows of one table, as the
 * IANA registry "BGP Error Subcodes" has them.
 */
#include "bgpd/wire/notification.h"

#include "bgpd/wire/text.h"

struct subcode_row {
	uint8_t code;
	uint8_t subcode;
	const char *name;
};

static const char *const codes[] = {
    [NOTIFICATION_HEADER] = "Message Header Error",
    [NOTIFICATION_OPEN] = "OPEN Message Error",
    [NOTIFICATION_UPDATE] = "UPDATE Message Error",
    [NOTIFICATION_HOLD_TIMER] = "Hold Timer Expired",
    [NOTIFICATION_FSM] = "Finite State Machine Error",
    [NOTIFICATION_CEASE] = "Cease",
    [NOTIFICATION_REFRESH] = "ROUTE-REFRESH Message Error",
    [NOTIFICATION_SEND_HOLD] = "Send Hold Timer Expired",
};

static const struct subcode_row subcodes[] = {
    {NOTIFICATION_HEADER, 1, "Connection Not Synchronized"},
    {NOTIFICATION_HEADER, 2, "Bad Message Length"},
    {NOTIFICATION_HEADER, 3, "Bad Message Type"},
    {NOTIFICATION_OPEN, 1, "Unsupported Version Number"},
    {NOTIFICATION_OPEN, 2, "Bad Peer AS"},
    {NOTIFICATION_OPEN, 3, "Bad BGP Identifier"},
    {NOTIFICATION_OPEN, 4, "Unsupported Optional Parameter"},
    {NOTIFICATION_OPEN, 5, "Authentication Failure"},
    {NOTIFICATION_OPEN, 6, "Unacceptable Hold Time"},
    {NOTIFICATION_OPEN, 7, "Unsupported Capability"},
    {NOTIFICATION_OPEN, 11, "Role Mismatch"},
    {NOTIFICATION_UPDATE, 1, "Malformed Attribute List"},
    {NOTIFICATION_UPDATE, 2, "Unrecognized Well-known Attribute"},
    {NOTIFICATION_UPDATE, 3, "Missing Well-known Attribute"},
    {NOTIFICATION_UPDATE, 4, "Attribute Flags Error"},
    {NOTIFICATION_UPDATE, 5, "Attribute Length Error"},
    {NOTIFICATION_UPDATE, 6, "Invalid ORIGIN Attribute"},
    {NOTIFICATION_UPDATE, 7, "AS Routing Loop"},
    {NOTIFICATION_UPDATE, 8, "Invalid NEXT_HOP Attribute"},
    {NOTIFICATION_UPDATE, 9, "Optional Attribute Error"},
    {NOTIFICATION_UPDATE, 10, "Invalid Network Field"},
    {NOTIFICATION_UPDATE, 11, "Malformed AS_PATH"},
    {NOTIFICATION_FSM, 1, "Receive Unexpected Message in OpenSent State"},
    {NOTIFICATION_FSM, 2, "Receive Unexpected Message in OpenConfirm State"},
    {NOTIFICATION_FSM, 3, "Receive Unexpected Message in Established State"},
    {NOTIFICATION_CEASE, CEASE_MAX_PREFIXES, "Maximum Number of Prefixes Reached"},
    {NOTIFICATION_CEASE, CEASE_SHUTDOWN, "Administrative Shutdown"},
    {NOTIFICATION_CEASE, CEASE_DECONFIGURED, "Peer De-configured"},
    {NOTIFICATION_CEASE, CEASE_RESET, "Administrative Reset"},
    {NOTIFICATION_CEASE, CEASE_REJECTED, "Connection Rejected"},
    {NOTIFICATION_CEASE, CEASE_CONFIG_CHANGE, "Other Configuration Change"},
    {NOTIFICATION_CEASE, CEASE_COLLISION, "Connection Collision Resolution"},
    {NOTIFICATION_CEASE, CEASE_OUT_OF_RESOURCES, "Out of Resources"},
    {NOTIFICATION_CEASE, CEASE_HARD_RESET, "Hard Reset"},
    {NOTIFICATION_CEASE, CEASE_BFD_DOWN, "BFD Down"},
    {NOTIFICATION_REFRESH, REFRESH_ERROR_LENGTH, "Invalid Message Length"},
};

const char *
notification_code_name(uint8_t code)
{
	if (code < NOTIFICATION_HEADER || code > NOTIFICATION_SEND_HOLD)
		return "unknown";
	return codes[code];
}

const char *
notification_subcode_name(uint8_t code, uint8_t subcode)
{
	for (size_t i = 0; i < sizeof(subcodes) / sizeof(subcodes[0]); i++) {
		if (subcodes[i].code == code && subcodes[i].subcode == subcode)
			return subcodes[i].name;
	}
	return subcode == 0 ? "unspecific" : "unknown";
}

/*
 * The octets of the character at p: 1 to 4, or 0 if it is not UTF-8 in its shortest form
 * (RFC 3629 section 4: no surrogates, nothing above U+10FFFF).
 */
static size_t
utf8_bytes(const uint8_t *p, size_t left)
{
	static const struct {
		uint8_t first, last;		/* range of the first octet */
		uint8_t second_min, second_max; /* range of the second one */
		uint8_t bytes;
	} forms[] = {
	    {0x00, 0x7f, 0x00, 0xff, 1},
	    {0xc2, 0xdf, 0x80, 0xbf, 2},
	    {0xe0, 0xe0, 0xa0, 0xbf, 3},
	    {0xe1, 0xec, 0x80, 0xbf, 3},
	    {0xed, 0xed, 0x80, 0x9f, 3},
	    {0xee, 0xef, 0x80, 0xbf, 3},
	    {0xf0, 0xf0, 0x90, 0xbf, 4},
	    {0xf1, 0xf3, 0x80, 0xbf, 4},
	    {0xf4, 0xf4, 0x80, 0x8f, 4},
	};

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (p[0] < forms[i].first || p[0] > forms[i].last)
			continue;
		if (forms[i].bytes > left)
			return 0;
		if (forms[i].bytes == 1)
			return 1;
		if (p[1] < forms[i].second_min || p[1] > forms[i].second_max)
			return 0;
		for (size_t j = 2; j < forms[i].bytes; j++) {
			if ((p[j] & 0xc0) != 0x80)
				return 0;
		}
		return forms[i].bytes;
	}
	return 0;
}

/* Control characters would let a member write into an operator's terminal: C0, DEL and C1. */
static bool
is_control(const uint8_t *p, size_t bytes)
{
	if (bytes == 1)
		return p[0] < 0x20 || p[0] == 0x7f;
	return bytes == 2 && p[0] == 0xc2 && p[1] < 0xa0;
}

bool
notification_clean_text(const uint8_t *text, size_t len, char *out)
{
	bool clean = true;
	size_t pos = 0;

	while (pos < len) {
		size_t bytes = utf8_bytes(text + pos, len - pos);

		if (bytes == 0 || is_control(text + pos, bytes)) {
			clean = false;
			*out++ = '?';
			pos += bytes == 0 ? 1 : bytes;
			continue;
		}
		memcpy(out, text + pos, bytes);
		out += bytes;
		pos += bytes;
	}
	*out = '\0';
	return clean;
}

static bool
bears_text(uint8_t code, uint8_t subcode)
{
	return code == NOTIFICATION_CEASE && (subcode == CEASE_SHUTDOWN || subcode == CEASE_RESET);
}

static void
decode_text(struct notification *out)
{
	struct wire_reader r = wire_reader_over(out->data, out->data_len);
	size_t len;

	if (out->data_len == 0) /* RFC 4486: from a speaker that does not know RFC 9003 */
		return;
	len = wire_get_u8(&r);
	if (len > wire_left(&r)) {
		out->bad_text = true;
		len = wire_left(&r);
	}
	if (!notification_clean_text(wire_get_bytes(&r, len), len, out->text))
		out->bad_text = true;
}

bool
notification_decode(const uint8_t *body, size_t len, struct notification *out)
{
	struct wire_reader r = wire_reader_over(body, len);

	memset(out, 0, sizeof(*out));
	out->code = wire_get_u8(&r);
	out->subcode = wire_get_u8(&r);
	if (wire_failed(&r))
		return false;
	/* RFC 8538 section 3.1; one without the inner code and subcode stays as it is */
	if (out->code == NOTIFICATION_CEASE && out->subcode == CEASE_HARD_RESET &&
	    wire_left(&r) >= 2) {
		out->hard = true;
		out->code = wire_get_u8(&r);
		out->subcode = wire_get_u8(&r);
	}
	out->data_len = (uint16_t)wire_left(&r);
	out->data = wire_get_bytes(&r, out->data_len);
	if (bears_text(out->code, out->subcode))
		decode_text(out);
	return true;
}

size_t
notification_encode(const struct wire_error *error, size_t max_len, uint8_t *out, size_t cap)
{
	struct wire_writer w = wire_writer_over(out, cap);
	size_t room = max_len - MSG_HEADER_BYTES - 2;

	msg_begin(&w, MSG_NOTIFICATION);
	wire_put_u8(&w, error->code);
	wire_put_u8(&w, error->subcode);
	wire_put_bytes(&w, error->data, error->data_len < room ? error->data_len : room);
	return msg_end(&w);
}

/* The length of the text when cut to at most max octets without splitting a character. */
static size_t
cut_len(const char *text, size_t max)
{
	size_t len = strnlen(text, max + 1);

	if (len <= max)
		return len;
	len = max;
	while (len > 0 && ((uint8_t)text[len] & 0xc0) == 0x80)
		len--;
	return len;
}

size_t
notification_encode_cease(uint8_t subcode, const char *text, uint8_t *out, size_t cap)
{
	uint8_t data[1 + NOTIFICATION_TEXT_SEND_MAX];
	struct wire_error error = {NOTIFICATION_CEASE, subcode, 0, data};
	size_t len = text == NULL ? 0 : cut_len(text, NOTIFICATION_TEXT_SEND_MAX);

	if (bears_text(error.code, subcode)) {
		data[0] = (uint8_t)len;
		if (len > 0)
			memcpy(data + 1, text, len);
		error.data_len = (uint16_t)(1 + len);
	}
	return notification_encode(&error, MSG_MAX_BYTES, out, cap);
}

size_t
notification_format(const struct notification *n, char *buf, size_t cap)
{
	struct text t = text_over(buf, cap);

	if (n->hard)
		text_add(&t, "Hard Reset: ");
	text_add(&t, "%s (%u)", notification_code_name(n->code), n->code);
	if (n->subcode != 0)
		text_add(
		    &t, ": %s (%u)", notification_subcode_name(n->code, n->subcode), n->subcode);
	if (n->text[0] != '\0')
		text_add(&t, ", \"%s\"", n->text);
	return t.len;
}
