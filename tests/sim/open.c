/*
 * OPEN and its capabilities, see codec.h.
 *
 * RFC 4271 section 4.2, capabilities of RFC 5492: multiprotocol (1), route refresh (2), extended
 * messages (6), role (9), graceful restart (64), 4-octet AS (65), ADD-PATH (69), enhanced route
 * refresh (70); optional parameters in the long form of RFC 9072 are read.
 */
#include "tests/sim/codec.h"

#include <string.h>

#define AS_TRANS     23456
#define FAMILY_COUNT 2

static void
put_families(const struct open_msg *open, struct buf *caps)
{
	for (unsigned i = 0; i < FAMILY_COUNT; i++) {
		if (!open->families[i])
			continue;
		buf_put16(caps, 0x0104);
		buf_put16(caps, i + 1);
		buf_put16(caps, 1);
	}
}

static void
put_addpath(const struct open_msg *open, struct buf *caps)
{
	unsigned count = (open->addpath[0] != 0 ? 1u : 0) + (open->addpath[1] != 0 ? 1u : 0);

	if (count == 0)
		return;
	buf_put8(caps, 69);
	buf_put8(caps, 4 * count);
	for (unsigned i = 0; i < FAMILY_COUNT; i++) {
		if (open->addpath[i] == 0)
			continue;
		buf_put16(caps, i + 1);
		buf_put8(caps, 1);
		buf_put8(caps, open->addpath[i]);
	}
}

void
open_encode(const struct open_msg *open, struct buf *out)
{
	struct buf caps = {0};

	put_families(open, &caps);
	if (open->refresh)
		buf_put16(&caps, 2 << 8);
	if (open->extended)
		buf_put16(&caps, 6 << 8);
	if (open->has_role) {
		buf_put16(&caps, 0x0901);
		buf_put8(&caps, open->role);
	}
	if (open->restart)
		buf_put32(&caps, 0x40020000);
	if (open->as4) {
		buf_put16(&caps, 0x4104);
		buf_put32(&caps, open->asn);
	}
	put_addpath(open, &caps);
	if (open->enhanced)
		buf_put16(&caps, 70 << 8);

	memset(buf_reserve(out, 16), 0xff, 16);
	out->len += 16;
	buf_put16(out, (unsigned)(MSG_HEADER + 12 + caps.len));
	buf_put8(out, MSG_OPEN);
	buf_put8(out, 4);
	buf_put16(out, open->asn > 65535 ? AS_TRANS : open->asn);
	buf_put16(out, open->hold_s);
	buf_put32(out, open->id);
	buf_put8(out, (unsigned)caps.len + 2);
	buf_put8(out, 2);
	buf_put8(out, (unsigned)caps.len);
	buf_put(out, caps.data, caps.len);
	buf_fini(&caps);
}

static const char *
take_family(struct view v, struct open_msg *open)
{
	uint16_t afi = view_take16(&v);

	view_take8(&v);
	if (view_take8(&v) == 1 && (afi == 1 || afi == 2))
		open->families[afi - 1] = true;
	return v.bad || v.len > 0 ? "multiprotocol capability has a wrong length" : NULL;
}

static const char *
take_addpath(struct view v, struct open_msg *open)
{
	while (v.len > 0) {
		uint16_t afi = view_take16(&v);
		uint8_t safi = view_take8(&v), mode = view_take8(&v);

		if (v.bad)
			return "ADD-PATH capability has a wrong length";
		if (safi == 1 && (afi == 1 || afi == 2) && mode <= 3)
			open->addpath[afi - 1] = mode;
	}
	return NULL;
}

static const char *
take_capability(uint8_t code, struct view v, struct open_msg *open)
{
	switch (code) {
	case 1:
		return take_family(v, open);
	case 2:
		open->refresh = true;
		return v.len == 0 ? NULL : "route refresh capability is not empty";
	case 6:
		open->extended = true;
		return v.len == 0 ? NULL : "extended message capability is not empty";
	case 9:
		open->has_role = true;
		open->role = view_take8(&v);
		return v.bad || v.len > 0 ? "role capability has a wrong length" : NULL;
	case 64:
		open->restart = true;
		return v.len % 4 == 2 ? NULL : "graceful restart capability has a wrong length";
	case 65:
		open->as4 = true;
		open->asn = view_take32(&v);
		return v.bad || v.len > 0 ? "4-octet AS capability has a wrong length" : NULL;
	case 69:
		return take_addpath(v, open);
	case 70:
		open->enhanced = true;
		return v.len == 0 ? NULL : "enhanced refresh capability is not empty";
	default:
		return NULL;
	}
}

static const char *
take_parameter(struct view v, struct open_msg *open)
{
	const char *error = NULL;

	while (v.len > 0 && error == NULL) {
		uint8_t code = view_take8(&v);
		struct view value = view_child(&v, view_take8(&v));

		error =
		    v.bad ? "a capability runs over its end" : take_capability(code, value, open);
	}
	return error;
}

const char *
open_decode(struct view body, struct open_msg *open)
{
	bool is_long;
	size_t len;
	const char *error = NULL;

	*open = (struct open_msg){0};
	if (view_take8(&body) != 4)
		return "BGP version is not 4";
	open->asn = view_take16(&body);
	open->hold_s = view_take16(&body);
	open->id = view_take32(&body);
	len = view_take8(&body);
	is_long = len == 255 && body.len > 2 && body.data[0] == 255;
	if (is_long) {
		view_take8(&body);
		len = view_take16(&body);
	}
	if (body.bad || body.len != len)
		return "optional parameters have a wrong length";
	while (body.len > 0 && error == NULL) {
		uint8_t type = view_take8(&body);
		struct view v = view_child(&body, is_long ? view_take16(&body) : view_take8(&body));

		if (body.bad)
			return "an optional parameter runs over its end";
		error = type == 2 ? take_parameter(v, open) : "an unknown optional parameter";
	}
	if (error != NULL)
		return error;
	if (open->hold_s == 1 || open->hold_s == 2)
		return "hold time is 1 or 2 s";
	return open->id == 0 ? "BGP identifier is 0" : NULL;
}
