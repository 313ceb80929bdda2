/* ROUTE-REFRESH; see refresh.h. */
#include "bgpd/wire/refresh.h"

#include "bgpd/wire/notification.h"

#define BODY_BYTES 4

static enum refresh_result
refuse_length(const uint8_t *msg, size_t len, bool enhanced, struct wire_error *error)
{
	if (enhanced)
		*error = (struct wire_error){
		    NOTIFICATION_REFRESH, REFRESH_ERROR_LENGTH, (uint16_t)len, msg};
	else
		*error = (struct wire_error){NOTIFICATION_HEADER, HEADER_ERROR_LENGTH, 2, msg + 16};
	return REFRESH_RESET;
}

enum refresh_result
refresh_decode(const uint8_t *msg, size_t len, bool enhanced, struct refresh_msg *out,
    struct wire_error *error)
{
	struct wire_reader r = wire_reader_over(msg + MSG_HEADER_BYTES, len - MSG_HEADER_BYTES);

	out->afi = wire_get_u16(&r);
	out->subtype = wire_get_u8(&r);
	out->safi = wire_get_u8(&r);
	if (wire_failed(&r))
		return refuse_length(msg, len, enhanced, error);
	/* RFC 7313 section 4: its subtypes are only for who has said that it knows them. */
	if (!enhanced && (out->subtype == REFRESH_BEGIN || out->subtype == REFRESH_END))
		return REFRESH_IGNORED;
	if (!enhanced)
		out->subtype = REFRESH_REQUEST;
	if (out->subtype > REFRESH_END)
		return REFRESH_IGNORED;
	if (out->subtype != REFRESH_REQUEST && len != MSG_HEADER_BYTES + BODY_BYTES)
		return refuse_length(msg, len, enhanced, error);
	return msg_family(out->afi, out->safi, &out->family) ? REFRESH_FINE : REFRESH_IGNORED;
}

size_t
refresh_encode(enum family family, enum refresh_subtype subtype, uint8_t *out, size_t cap)
{
	struct wire_writer w = wire_writer_over(out, cap);

	msg_begin(&w, MSG_ROUTE_REFRESH);
	wire_put_u16(&w, msg_afi(family));
	wire_put_u8(&w, (uint8_t)subtype);
	wire_put_u8(&w, 1);
	return msg_end(&w);
}
