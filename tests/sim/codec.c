/*
 * UPDATE and the small messages, see codec.h.
 */
#include "tests/sim/codec.h"

#include <string.h>

static size_t
begin(uint8_t type, struct buf *out)
{
	size_t at = out->len;

	memset(buf_reserve(out, 16), 0xff, 16);
	out->len += 16;
	buf_put16(out, 0);
	buf_put8(out, type);
	return at;
}

static void
end(struct buf *out, size_t at)
{
	buf_set16(out, at + 16, out->len - at);
}

void
keepalive_encode(struct buf *out)
{
	end(out, begin(MSG_KEEPALIVE, out));
}

void
notification_encode(uint8_t code, uint8_t subcode, struct buf *out)
{
	size_t at = begin(MSG_NOTIFICATION, out);

	buf_put8(out, code);
	buf_put8(out, subcode);
	end(out, at);
}

void
refresh_encode(uint16_t family, uint8_t subtype, struct buf *out)
{
	size_t at = begin(MSG_REFRESH, out);

	buf_put16(out, family == 4 ? 1 : 2);
	buf_put8(out, subtype);
	buf_put8(out, 1);
	end(out, at);
}

/* RFC 4724 section 2. */
void
eor_encode(uint16_t family, struct buf *out)
{
	size_t at = begin(MSG_UPDATE, out);

	buf_put16(out, 0);
	buf_put16(out, family == 4 ? 0 : 6);
	if (family == 6)
		buf_put(out, "\x80\x0f\x03\x00\x02\x01", 6);
	end(out, at);
}

/* What a message announces must have its attributes, and what has attributes must announce. */
static const char *
check_announcement(const struct update *u, const struct buf *attrs)
{
	bool announces = u->nlri.len > 0 || u->mp.reach_family != 0;

	if (!announces)
		return u->mp.count > 0 ? "attributes without a prefix" : NULL;
	if (u->nlri.len > 0 && !u->mp.has_next_hop)
		return "IPv4 prefixes without NEXT_HOP";
	return attr_check_mandatory(attrs->data, attrs->len);
}

static const char *
check_families(const struct update *u, const struct session_caps *caps)
{
	if ((u->nlri.len > 0 || u->withdrawn.len > 0) && !caps->families[0])
		return "IPv4 prefixes on a session without IPv4";
	if (u->mp.reach_family != 0 && !caps->families[family_index(u->mp.reach_family)])
		return "MP_REACH_NLRI of a family that was not negotiated";
	if (u->mp.unreach_family != 0 && !caps->families[family_index(u->mp.unreach_family)])
		return "MP_UNREACH_NLRI of a family that was not negotiated";
	return NULL;
}

const char *
update_decode(
    struct view body, const struct session_caps *caps, struct update *update, struct buf *attrs)
{
	struct view wire;
	const char *error;

	attrs->len = 0;
	*update = (struct update){0};
	update->withdrawn = view_child(&body, view_take16(&body));
	wire = view_child(&body, view_take16(&body));
	if (body.bad)
		return "lengths inside UPDATE do not fit";
	update->nlri = body;
	error = attr_decode(wire, &caps->rules, &update->mp, attrs);
	if (error == NULL)
		error = check_announcement(update, attrs);
	if (error == NULL)
		error = check_families(update, caps);
	if (error != NULL)
		return error;
	if (update->withdrawn.len > 0 || update->nlri.len > 0 || update->mp.reach_family != 0)
		return NULL;
	if (update->mp.unreach_family == 0)
		update->eor_family = 4;
	else if (update->mp.unreach.len == 0)
		update->eor_family = update->mp.unreach_family;
	if (update->eor_family == 4 && !caps->families[0])
		return "End-of-RIB of a family that was not negotiated";
	return NULL;
}

const char *
nlri_take(struct view *v, uint16_t family, bool addpath, struct key *key)
{
	uint32_t path_id = addpath ? view_take32(v) : 0;
	size_t bits = view_take8(v), octets = (bits + 7) / 8;
	const uint8_t *p;

	if (bits > (family == 4 ? 32 : 128))
		return "a prefix is longer than its family allows";
	p = view_take(v, octets);
	if (v->bad)
		return "a prefix runs over the end";
	*key = (struct key){.path_id = path_id, .family = family, .len = (uint16_t)bits};
	memcpy(key->addr, p, octets);
	if (bits % 8 != 0 && (key->addr[octets - 1] & (0xff >> bits % 8)) != 0)
		return "a prefix has host bits set";
	return NULL;
}

static void
put_prefix(const struct key *key, struct buf *out)
{
	buf_put8(out, key->len);
	buf_put(out, key->addr, (key->len + 7u) / 8);
}

void
withdraw_encode(const struct key *key, struct buf *out)
{
	size_t at = begin(MSG_UPDATE, out);
	size_t octets = 1 + (key->len + 7u) / 8;

	buf_put16(out, key->family == 4 ? (unsigned)octets : 0);
	if (key->family == 4)
		put_prefix(key, out);
	buf_put16(out, key->family == 4 ? 0 : (unsigned)(6 + octets));
	if (key->family == 6) {
		buf_put8(out, 0x80);
		buf_put8(out, 15);
		buf_put8(out, (unsigned)(3 + octets));
		buf_put(out, "\x00\x02\x01", 3);
		put_prefix(key, out);
	}
	end(out, at);
}

/*
 * One message: as many routes from the front as have the first one's attributes and family and
 * fit. The prefixes of MP_REACH_NLRI stand inside the attributes, those of IPv4 behind them.
 */
static size_t
encode_message(
    const struct store *store, const uint64_t *routes, size_t count, bool as4, struct buf *out)
{
	size_t at = begin(MSG_UPDATE, out);
	uint32_t attrs = (uint32_t)(routes[0] >> 32);
	uint16_t family = store_get_key(store, (uint32_t)routes[0])->family;
	size_t own_len, nh_len, attrs_at, reach_at = 0, n;
	const uint8_t *own = store_get_attrs(store, attrs, &own_len);
	const uint8_t *nh = attr_get_next_hop(own, own_len, &nh_len);
	bool mp = family == 6 || nh_len != 4;

	buf_put16(out, 0);
	attrs_at = out->len;
	buf_put16(out, 0);
	attr_encode(own, own_len, as4, mp, out);
	if (mp) {
		buf_put16(out, 0x900e);
		reach_at = out->len;
		buf_put16(out, 0);
		buf_put16(out, family == 4 ? 1 : 2);
		buf_put8(out, 1);
		buf_put8(out, (unsigned)nh_len);
		buf_put(out, nh, nh_len);
		buf_put8(out, 0);
	} else {
		buf_set16(out, attrs_at, out->len - attrs_at - 2);
	}
	for (n = 0; n < count; n++) {
		const struct key *key = store_get_key(store, (uint32_t)routes[n]);

		if (routes[n] >> 32 != attrs || key->family != family)
			break;
		if (n > 0 && out->len - at + 1 + (key->len + 7u) / 8 > MSG_MAX)
			break;
		put_prefix(key, out);
	}
	if (mp) {
		buf_set16(out, reach_at, out->len - reach_at - 2);
		buf_set16(out, attrs_at, out->len - attrs_at - 2);
	}
	end(out, at);
	return n;
}

size_t
update_encode(
    const struct store *store, const uint64_t *routes, size_t count, bool as4, struct buf *out)
{
	size_t messages = 0;

	for (size_t i = 0; i < count; messages++)
		i += encode_message(store, routes + i, count - i, as4, out);
	return messages;
}
