/* OPEN: fixed fields and optional parameters; see open.h. */
#include "bgpd/wire/open.h"

#include "bgpd/wire/capability.h"
#include "bgpd/wire/notification.h"
#include "bgpd/wire/text.h"

#define VERSION		       4
#define PARAMETER_CAPABILITIES 2
#define PARAMETER_EXTENDED     255 /* RFC 9072: not a parameter but the mark of the other form */

/* More than all capabilities that we can write take: see struct open_msg. */
#define CAPABILITIES_MAX 512

static const uint8_t supported_version[2] = {0, VERSION};

static bool
refuse(struct wire_error *error, uint8_t subcode)
{
	*error = (struct wire_error){NOTIFICATION_OPEN, subcode, 0, NULL};
	return false;
}

static bool
decode_capabilities(struct wire_reader r, struct open_msg *out)
{
	while (wire_left(&r) > 0) {
		uint8_t code = wire_get_u8(&r);
		uint8_t len = wire_get_u8(&r);
		struct wire_reader value = wire_get_child(&r, len);

		if (wire_failed(&r) || !capability_decode(code, value, out))
			return false;
	}
	return true;
}

static bool
decode_parameters(
    struct wire_reader r, bool extended, struct open_msg *out, struct wire_error *error)
{
	while (wire_left(&r) > 0) {
		uint8_t type = wire_get_u8(&r);
		size_t len = extended ? wire_get_u16(&r) : wire_get_u8(&r);
		struct wire_reader value = wire_get_child(&r, len);

		if (wire_failed(&r))
			return refuse(error, OPEN_ERROR_MALFORMED);
		if (type != PARAMETER_CAPABILITIES)
			return refuse(error, OPEN_ERROR_PARAMETER);
		if (!decode_capabilities(value, out))
			return refuse(error, OPEN_ERROR_MALFORMED);
	}
	return true;
}

/* Finds out which of the two forms the parameters have (RFC 9072 section 2), and reads them. */
static bool
decode_optional(struct wire_reader *r, struct open_msg *out, struct wire_error *error)
{
	size_t len = wire_get_u8(r);
	bool extended = len != 0 && wire_left(r) > 0 && r->pos[0] == PARAMETER_EXTENDED;
	struct wire_reader parameters;

	if (extended) {
		wire_get_u8(r);
		len = wire_get_u16(r);
	}
	parameters = wire_get_child(r, len);
	if (wire_failed(r) || wire_left(r) > 0)
		return refuse(error, OPEN_ERROR_MALFORMED);
	return decode_parameters(parameters, extended, out, error);
}

/* The number that counts; 0 if there is none or the two fields contradict each other. */
static uint32_t
choose_asn(uint16_t field, const struct open_msg *m)
{
	if (!m->as4)
		return field;
	return field == m->asn || field == AS_TRANS ? m->asn : 0;
}

bool
open_decode(const uint8_t *body, size_t len, struct open_msg *out, struct wire_error *error)
{
	struct wire_reader r = wire_reader_over(body, len);
	uint16_t asn_field;

	memset(out, 0, sizeof(*out));
	out->version = wire_get_u8(&r);
	if (!wire_failed(&r) && out->version != VERSION) {
		*error = (struct wire_error){NOTIFICATION_OPEN, OPEN_ERROR_VERSION,
		    sizeof(supported_version), supported_version};
		return false;
	}
	asn_field = wire_get_u16(&r);
	out->hold_s = wire_get_u16(&r);
	out->bgp_id = wire_get_u32(&r);
	if (!decode_optional(&r, out, error))
		return false;
	if (!out->has_multiprotocol)
		out->families = 1U << FAMILY_IPV4;
	out->asn = choose_asn(asn_field, out);
	if (out->asn == 0 || asn_field == 0) /* RFC 7607 */
		return refuse(error, OPEN_ERROR_PEER_AS);
	if (out->hold_s == 1 || out->hold_s == 2)
		return refuse(error, OPEN_ERROR_HOLD_TIME);
	if (out->bgp_id == 0) /* RFC 6286 section 2.2 */
		return refuse(error, OPEN_ERROR_BGP_ID);
	return true;
}

/* All capabilities in one parameter; in the form of RFC 9072 only if the old one is too small. */
static void
encode_optional(const struct open_msg *m, struct wire_writer *w)
{
	uint8_t capabilities[CAPABILITIES_MAX];
	struct wire_writer c = wire_writer_over(capabilities, sizeof(capabilities));
	size_t len;

	capability_encode_all(m, &c);
	len = wire_written(&c);
	if (c.failed) {
		w->failed = true;
	} else if (len == 0) {
		wire_put_u8(w, 0);
	} else if (len + 2 <= UINT8_MAX) {
		wire_put_u8(w, (uint8_t)(len + 2));
		wire_put_u8(w, PARAMETER_CAPABILITIES);
		wire_put_u8(w, (uint8_t)len);
	} else {
		wire_put_u8(w, UINT8_MAX);
		wire_put_u8(w, PARAMETER_EXTENDED);
		wire_put_u16(w, (uint16_t)(len + 3));
		wire_put_u8(w, PARAMETER_CAPABILITIES);
		wire_put_u16(w, (uint16_t)len);
	}
	wire_put_bytes(w, capabilities, len);
}

size_t
open_encode(const struct open_msg *m, uint8_t *out, size_t cap)
{
	struct wire_writer w = wire_writer_over(out, cap < MSG_MAX_BYTES ? cap : MSG_MAX_BYTES);

	msg_begin(&w, MSG_OPEN);
	wire_put_u8(&w, VERSION);
	wire_put_u16(&w, m->asn > UINT16_MAX ? AS_TRANS : (uint16_t)m->asn);
	wire_put_u16(&w, m->hold_s);
	wire_put_u32(&w, m->bgp_id);
	encode_optional(m, &w);
	return msg_end(&w);
}

size_t
open_format_capabilities(const struct open_msg *m, char *buf, size_t cap)
{
	char line[1024];
	struct text all = text_over(line, sizeof(line));
	struct text out = text_over(buf, cap);
	size_t named = m->unknown_count < OPEN_UNKNOWN_MAX ? m->unknown_count : OPEN_UNKNOWN_MAX;

	capability_print_all(m, &all);
	for (size_t i = 0; i < named; i++)
		text_add(&all, ", unknown %u", m->unknown[i]);
	if (m->unknown_count > named)
		text_add(&all, ", %zu more unknown", m->unknown_count - named);
	text_add(&out, "%s", all.len == 0 ? "none" : line + 2);
	return out.len;
}

const char *
open_role_name(uint8_t role)
{
	static const char *const names[] = {"provider", "rs", "rs-client", "customer", "peer"};

	return role < sizeof(names) / sizeof(names[0]) ? names[role] : "unknown";
}
