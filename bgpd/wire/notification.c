/*
 * NOTIFICATION; see notification.h. The names of codes and subcodes are rows of one table, as the
 * IANA registry "BGP Error Subcodes" has them.
 */
#include "bgpd/wire/notification.h"

#include "bgpd/utf8.h"
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

bool
notification_clean_text(const uint8_t *text, size_t len, char *out)
{
	bool clean = true;
	uint32_t character;
	size_t bytes;

	for (size_t pos = 0; pos < len; pos += bytes) {
		bytes = utf8_decode((const char *)text + pos, len - pos, &character);
		if (bytes == 0 || utf8_is_invisible(character)) {
			clean = false;
			*out++ = '?';
			bytes += bytes == 0;
			continue;
		}
		memcpy(out, text + pos, bytes);
		out += bytes;
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

size_t
notification_encode_hard(const struct wire_error *error, size_t max_len, uint8_t *out, size_t cap)
{
	struct wire_writer w = wire_writer_over(out, cap);
	size_t room = max_len - MSG_HEADER_BYTES - 4;

	msg_begin(&w, MSG_NOTIFICATION);
	wire_put_u8(&w, NOTIFICATION_CEASE);
	wire_put_u8(&w, CEASE_HARD_RESET);
	wire_put_u8(&w, error->code);
	wire_put_u8(&w, error->subcode);
	wire_put_bytes(&w, error->data, error->data_len < room ? error->data_len : room);
	return msg_end(&w);
}

uint16_t
notification_cease_data(
    uint8_t subcode, const char *text, size_t text_max, uint8_t out[NOTIFICATION_TEXT_MAX])
{
	size_t len = text == NULL ? 0 : utf8_cut(text, text_max);

	if (!bears_text(NOTIFICATION_CEASE, subcode))
		return 0;
	out[0] = (uint8_t)len;
	if (len > 0)
		memcpy(out + 1, text, len);
	return (uint16_t)(1 + len);
}

size_t
notification_encode_cease(uint8_t subcode, const char *text, uint8_t *out, size_t cap)
{
	uint8_t data[NOTIFICATION_TEXT_MAX];
	struct wire_error error = {.code = NOTIFICATION_CEASE,
	    .subcode = subcode,
	    .data_len = notification_cease_data(subcode, text, NOTIFICATION_TEXT_SEND_MAX, data),
	    .data = data};

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
