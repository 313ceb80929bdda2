/*
 * Message headers and address families; see msg.h. The table has a row per message type with the
 * lengths that RFC 4271 section 6.1 and RFC 8654 section 4 allow it.
 */
#include "bgpd/wire/msg.h"

#include "bgpd/wire/notification.h"

struct type_row {
	const char *name;
	uint16_t min_len; /* header included */
	uint16_t max_len; /* even where extended messages were announced */
};

/*
 * ROUTE-REFRESH has no lengths of its own in RFC 4271; RFC 7313 section 5 wants another error for a
 * bad one, which is refresh_decode()'s business.
 */
static const struct type_row types[] = {
    [MSG_OPEN] = {"OPEN", 29, MSG_MAX_BYTES},
    [MSG_UPDATE] = {"UPDATE", 23, MSG_EXTENDED_MAX_BYTES},
    [MSG_NOTIFICATION] = {"NOTIFICATION", 21, MSG_EXTENDED_MAX_BYTES},
    [MSG_KEEPALIVE] = {"KEEPALIVE", MSG_HEADER_BYTES, MSG_HEADER_BYTES},
    [MSG_ROUTE_REFRESH] = {"ROUTE-REFRESH", MSG_HEADER_BYTES, MSG_EXTENDED_MAX_BYTES},
};

static const uint8_t marker[16] = {
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

static const struct {
	uint16_t afi;
	const char *name;
} families[FAMILY_COUNT] = {
    [FAMILY_IPV4] = {1, "ipv4"},
    [FAMILY_IPV6] = {2, "ipv6"},
};

static bool
is_known(uint8_t type)
{
	return type >= MSG_OPEN && type <= MSG_ROUTE_REFRESH;
}

static bool
refuse(struct wire_error *error, uint8_t subcode, const uint8_t *data, uint16_t data_len)
{
	*error = (struct wire_error){NOTIFICATION_HEADER, subcode, data_len, data};
	return false;
}

bool
msg_decode_header(const uint8_t header[MSG_HEADER_BYTES], size_t max_len, struct msg_header *out,
    struct wire_error *error)
{
	const uint8_t *len_field = header + sizeof(marker);
	uint16_t len = wire_load_u16(len_field);
	uint8_t type = header[18];

	if (memcmp(header, marker, sizeof(marker)) != 0)
		return refuse(error, HEADER_ERROR_NOT_SYNCHRONIZED, NULL, 0);
	if (len < MSG_HEADER_BYTES || len > max_len)
		return refuse(error, HEADER_ERROR_LENGTH, len_field, 2);
	if (!is_known(type))
		return refuse(error, HEADER_ERROR_TYPE, header + 18, 1);
	if (len < types[type].min_len || len > types[type].max_len)
		return refuse(error, HEADER_ERROR_LENGTH, len_field, 2);
	out->len = len;
	out->type = type;
	return true;
}

const char *
msg_type_name(uint8_t type)
{
	return is_known(type) ? types[type].name : "unknown";
}

void
msg_begin(struct wire_writer *w, uint8_t type)
{
	wire_put_bytes(w, marker, sizeof(marker));
	wire_put_u16(w, 0);
	wire_put_u8(w, type);
}

size_t
msg_end(struct wire_writer *w)
{
	size_t len = wire_written(w);

	if (len < MSG_HEADER_BYTES || len > MSG_EXTENDED_MAX_BYTES)
		return 0;
	wire_store_u16(w->start + sizeof(marker), (uint16_t)len);
	return len;
}

size_t
msg_encode_keepalive(uint8_t *out, size_t cap)
{
	struct wire_writer w = wire_writer_over(out, cap);

	msg_begin(&w, MSG_KEEPALIVE);
	return msg_end(&w);
}

uint16_t
msg_afi(enum family family)
{
	return families[family].afi;
}

bool
msg_family(uint16_t afi, uint8_t safi, enum family *out)
{
	for (unsigned i = 0; i < FAMILY_COUNT; i++) {
		if (families[i].afi == afi && safi == 1) {
			*out = (enum family)i;
			return true;
		}
	}
	return false;
}

const char *
msg_family_name(enum family family)
{
	return families[family].name;
}
