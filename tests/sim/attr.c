/*
 * Path attributes from and to the wire, see attr.h.
 *
 * RFC 4271 sections 4.3, 5 and 6.3, RFC 1997, 4360, 4760, 5701, 6793, 8092, 9234.
 */
#include "tests/sim/attr.h"
#include "tests/sim/attr_list.h"

#include <string.h>

#define AS_TRANS 23456

struct row {
	const char *name;
	const char *(*check)(const uint8_t *value, size_t len, const struct attr_rules *rules);
	uint8_t flags; /* Optional and Transitive, as they must be */
};

static const char *
check_origin(const uint8_t *value, size_t len, const struct attr_rules *rules)
{
	(void)rules;
	return len == 1 && value[0] <= 2 ? NULL : "ORIGIN is malformed";
}

/* Well-formed segments of the given AS width, none empty, no AS 0 (RFC 7607). */
static const char *
check_segments(const uint8_t *value, size_t len, size_t width, bool allow_as0)
{
	struct view v = {value, len, false};

	while (v.len > 0) {
		uint8_t type = view_take8(&v);
		size_t count = view_take8(&v);

		if (type != 1 && type != 2)
			return "AS_PATH has a segment that is neither set nor sequence";
		if (count == 0)
			return "AS_PATH has an empty segment";
		for (size_t i = 0; i < count; i++)
			if ((width == 4 ? view_take32(&v) : view_take16(&v)) == 0 && !v.bad &&
			    !allow_as0)
				return "AS_PATH holds AS 0";
		if (v.bad)
			return "AS_PATH ends inside a segment";
	}
	return NULL;
}

static const char *
check_as_path(const uint8_t *value, size_t len, const struct attr_rules *rules)
{
	if (len == 0)
		return "AS_PATH is empty on an external session";
	return check_segments(value, len, rules->as4 ? 4 : 2, rules->allow_as0);
}

static const char *
check_as4_path(const uint8_t *value, size_t len, const struct attr_rules *rules)
{
	if (rules->as4)
		return "AS4_PATH between two speakers of 4-octet AS numbers";
	return check_segments(value, len, 4, rules->allow_as0);
}

static const char *
check_next_hop(const uint8_t *value, size_t len, const struct attr_rules *rules)
{
	(void)rules;
	if (len != 4)
		return "NEXT_HOP has a wrong length";
	if (get32(value) == 0 || value[0] >= 224)
		return "NEXT_HOP is no host address";
	return NULL;
}

static const char *
check_four(const uint8_t *value, size_t len, const struct attr_rules *rules)
{
	(void)value;
	(void)rules;
	return len == 4 ? NULL : "an attribute of 4 octets has a wrong length";
}

static const char *
check_internal(const uint8_t *value, size_t len, const struct attr_rules *rules)
{
	(void)value;
	(void)len;
	(void)rules;
	return "an attribute of internal BGP on an external session";
}

static const char *
check_atomic(const uint8_t *value, size_t len, const struct attr_rules *rules)
{
	(void)value;
	(void)rules;
	return len == 0 ? NULL : "ATOMIC_AGGREGATE is not empty";
}

static const char *
check_aggregator(const uint8_t *value, size_t len, const struct attr_rules *rules)
{
	(void)value;
	return len == (rules->as4 ? 8 : 6) ? NULL : "AGGREGATOR has a wrong length";
}

static const char *
check_as4_aggregator(const uint8_t *value, size_t len, const struct attr_rules *rules)
{
	(void)value;
	if (rules->as4)
		return "AS4_AGGREGATOR between two speakers of 4-octet AS numbers";
	return len == 8 ? NULL : "AS4_AGGREGATOR has a wrong length";
}

static const char *
check_communities(const uint8_t *value, size_t len, const struct attr_rules *rules)
{
	(void)value;
	(void)rules;
	return len > 0 && len % 4 == 0 ? NULL : "COMMUNITIES has a wrong length";
}

static const char *
check_ext(const uint8_t *value, size_t len, const struct attr_rules *rules)
{
	(void)value;
	(void)rules;
	return len > 0 && len % 8 == 0 ? NULL : "EXTENDED COMMUNITIES has a wrong length";
}

static const char *
check_ext6(const uint8_t *value, size_t len, const struct attr_rules *rules)
{
	(void)value;
	(void)rules;
	return len > 0 && len % 20 == 0 ? NULL : "IPv6 EXTENDED COMMUNITIES has a wrong length";
}

static const char *
check_large(const uint8_t *value, size_t len, const struct attr_rules *rules)
{
	(void)value;
	(void)rules;
	return len > 0 && len % 12 == 0 ? NULL : "LARGE_COMMUNITY has a wrong length";
}

static const struct row rows[256] = {
    [ATTR_ORIGIN] = {"ORIGIN", check_origin, 0x40},
    [ATTR_AS_PATH] = {"AS_PATH", check_as_path, 0x40},
    [ATTR_NEXT_HOP] = {"NEXT_HOP", check_next_hop, 0x40},
    [ATTR_MED] = {"MULTI_EXIT_DISC", check_four, 0x80},
    [ATTR_LOCAL_PREF] = {"LOCAL_PREF", check_internal, 0x40},
    [ATTR_ATOMIC] = {"ATOMIC_AGGREGATE", check_atomic, 0x40},
    [ATTR_AGGREGATOR] = {"AGGREGATOR", check_aggregator, 0xc0},
    [ATTR_COMMUNITIES] = {"COMMUNITIES", check_communities, 0xc0},
    [ATTR_ORIGINATOR] = {"ORIGINATOR_ID", check_internal, 0x80},
    [ATTR_CLUSTERS] = {"CLUSTER_LIST", check_internal, 0x80},
    [ATTR_EXT] = {"EXTENDED COMMUNITIES", check_ext, 0xc0},
    [ATTR_AS4_PATH] = {"AS4_PATH", check_as4_path, 0xc0},
    [ATTR_AS4_AGGREGATOR] = {"AS4_AGGREGATOR", check_as4_aggregator, 0xc0},
    [ATTR_EXT6] = {"IPv6 EXTENDED COMMUNITIES", check_ext6, 0xc0},
    [ATTR_LARGE] = {"LARGE_COMMUNITY", check_large, 0xc0},
    [ATTR_OTC] = {"ONLY_TO_CUSTOMER", check_four, 0xc0},
};

static const char *
check_flags(uint8_t flags, uint8_t type)
{
	uint8_t expected = rows[type].name != NULL ? rows[type].flags : 0xc0;

	if ((flags & 0x0f) != 0)
		return "an attribute has unused flags set";
	if ((flags & 0xc0) != expected)
		return "an attribute's Optional or Transitive flag is wrong";
	if ((flags & 0x20) != 0 && expected != 0xc0)
		return "Partial on an attribute that is not optional transitive";
	return NULL;
}

/* AFI, SAFI, next hop, reserved octet; RFC 4760 section 3, RFC 2545, RFC 8950. */
static const char *
decode_reach(struct view v, struct attr_found *found, struct attr_list *list)
{
	uint16_t afi = view_take16(&v);
	uint8_t safi = view_take8(&v);
	struct view nh = view_child(&v, view_take8(&v));

	if (found->reach_family != 0)
		return "MP_REACH_NLRI twice";
	if (view_take8(&v) != 0 || v.bad)
		return "MP_REACH_NLRI is malformed";
	if ((afi != 1 && afi != 2) || safi != 1)
		return "MP_REACH_NLRI of an unknown family";
	if (nh.len != 16 && nh.len != 32 && !(afi == 1 && nh.len == 4))
		return "MP_REACH_NLRI's next hop has a wrong length";
	if (v.len == 0)
		return "MP_REACH_NLRI without prefixes";
	if (nh.len >= 16 && (nh.data[0] == 0xff || memcmp(nh.data, (uint8_t[16]){0}, 16) == 0))
		return "MP_REACH_NLRI's next hop is no host address";
	found->reach_family = afi == 1 ? 4 : 6;
	found->reach = v;
	return attr_list_add(list, 0x40, ATTR_NEXT_HOP, nh.data, nh.len);
}

static const char *
decode_unreach(struct view v, struct attr_found *found)
{
	uint16_t afi = view_take16(&v);
	uint8_t safi = view_take8(&v);

	if (found->unreach_family != 0)
		return "MP_UNREACH_NLRI twice";
	if (v.bad)
		return "MP_UNREACH_NLRI is malformed";
	if ((afi != 1 && afi != 2) || safi != 1)
		return "MP_UNREACH_NLRI of an unknown family";
	found->unreach_family = afi == 1 ? 4 : 6;
	found->unreach = v;
	return NULL;
}

static const char *
decode_one(struct view *v, const struct attr_rules *rules, struct attr_found *found,
    struct attr_list *list)
{
	uint8_t flags = view_take8(v), type = view_take8(v);
	size_t len = (flags & 0x10) != 0 ? view_take16(v) : view_take8(v);
	struct view value = view_child(v, len);
	const char *error;

	if (v->bad)
		return "an attribute runs over the end of the attributes";
	if (type == ATTR_MP_REACH || type == ATTR_MP_UNREACH) {
		if ((flags & 0xe0) != 0x80)
			return "flags of a multiprotocol attribute are wrong";
		return type == ATTR_MP_REACH ? decode_reach(value, found, list)
					     : decode_unreach(value, found);
	}
	error = check_flags(flags, type);
	if (error == NULL && rows[type].check != NULL)
		error = rows[type].check(value.data, value.len, rules);
	if (error != NULL)
		return error;
	found->count++;
	if (type == ATTR_NEXT_HOP) {
		found->has_next_hop = true;
		/* One message for one next hop; the other order ends in "twice". */
		if (found->reach_family != 0)
			return "NEXT_HOP beside MP_REACH_NLRI";
	}
	return attr_list_add(list, flags & 0xe0, type, value.data, value.len);
}

const char *
attr_decode(
    struct view wire, const struct attr_rules *rules, struct attr_found *found, struct buf *out)
{
	static struct attr_list list;
	const char *error = NULL;

	*found = (struct attr_found){0};
	attr_list_clear(&list);
	while (wire.len > 0 && error == NULL)
		error = decode_one(&wire, rules, found, &list);
	if (error != NULL)
		return error;
	if (!rules->as4)
		attr_list_widen(&list);
	out->len = 0;
	attr_list_emit(&list, out);
	return NULL;
}

const char *
attr_check_mandatory(const uint8_t *own, size_t len)
{
	/* The list ascends, so the three stand first. */
	for (uint8_t type = ATTR_ORIGIN; type <= ATTR_NEXT_HOP; type++) {
		if (len < 4 || own[1] != type)
			return "ORIGIN, AS_PATH or NEXT_HOP is missing";
		len -= 4u + get16(own + 2);
		own += 4u + get16(own + 2);
	}
	return NULL;
}

static void
encode_one(uint8_t flags, uint8_t type, const uint8_t *value, size_t len, struct buf *out)
{
	buf_put8(out, len > 255 ? flags | 0x10u : flags);
	buf_put8(out, type);
	if (len > 255)
		buf_put16(out, (unsigned)len);
	else
		buf_put8(out, (unsigned)len);
	buf_put(out, value, len);
}

/* The path in 2 octets and, where a number does not fit, AS4_PATH beside it. */
static void
encode_narrow_path(const uint8_t *value, size_t len, struct buf *out, bool *wide)
{
	static struct buf narrow;
	struct view v = {value, len, false};

	narrow.len = 0;
	*wide = false;
	while (v.len > 0) {
		size_t count;

		buf_put8(&narrow, view_take8(&v));
		count = view_take8(&v);
		buf_put8(&narrow, (unsigned)count);
		for (size_t i = 0; i < count; i++) {
			uint32_t asn = view_take32(&v);

			*wide |= asn > 65535;
			buf_put16(&narrow, asn > 65535 ? AS_TRANS : asn);
		}
	}
	encode_one(0x40, ATTR_AS_PATH, narrow.data, narrow.len, out);
}

static void
encode_narrow_aggregator(uint8_t flags, const uint8_t *value, struct buf *out)
{
	uint32_t asn = get32(value);
	uint8_t narrow[6];

	narrow[0] = (uint8_t)((asn > 65535 ? AS_TRANS : asn) >> 8);
	narrow[1] = (uint8_t)(asn > 65535 ? AS_TRANS : asn);
	memcpy(narrow + 2, value + 4, 4);
	encode_one(flags, ATTR_AGGREGATOR, narrow, sizeof(narrow), out);
	if (asn > 65535)
		encode_one(0xc0, ATTR_AS4_AGGREGATOR, value, 8, out);
}

void
attr_encode(const uint8_t *own, size_t len, bool as4, bool mp, struct buf *out)
{
	const uint8_t *path = NULL;
	size_t path_len = 0;
	bool wide = false;

	for (size_t pos = 0; pos < len; pos += 4u + get16(own + pos + 2)) {
		const uint8_t *value = own + pos + 4;
		uint8_t flags = own[pos], type = own[pos + 1];
		size_t value_len = get16(own + pos + 2);

		if (type == ATTR_NEXT_HOP && mp)
			continue;
		if (type == ATTR_AS_PATH && !as4) {
			encode_narrow_path(value, value_len, out, &wide);
			path = value;
			path_len = value_len;
		} else if (type == ATTR_AGGREGATOR && !as4) {
			encode_narrow_aggregator(flags, value, out);
		} else {
			encode_one(flags, type, value, value_len, out);
		}
	}
	if (wide)
		encode_one(0xc0, ATTR_AS4_PATH, path, path_len, out);
}

static const uint8_t *
attr_find(const uint8_t *own, size_t len, uint8_t type, size_t *value_len)
{
	for (size_t pos = 0; pos < len; pos += 4u + get16(own + pos + 2)) {
		if (own[pos + 1] != type)
			continue;
		*value_len = get16(own + pos + 2);
		return own + pos + 4;
	}
	return NULL;
}

const uint8_t *
attr_get_next_hop(const uint8_t *own, size_t len, size_t *nh_len)
{
	return attr_find(own, len, ATTR_NEXT_HOP, nh_len);
}

uint32_t
attr_get_med(const uint8_t *own, size_t len)
{
	size_t value_len;
	const uint8_t *value = attr_find(own, len, ATTR_MED, &value_len);

	return value != NULL ? get32(value) : 0;
}
