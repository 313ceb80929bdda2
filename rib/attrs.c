/*
 * Reads canonical attribute blocks; see rib/attrs.h for the form and its invariants.
 *
 * attrs_is_canonical() trusts nothing: rib calls it on what a worker handed over. Everything else
 * here trusts its answer and steps through a block without looking back.
 */
#include "rib/attrs.h"

#include <string.h>

/* flags, type and two octets of length in front of each value */
#define HEADER_BYTES 4

static uint16_t
load_be16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static uint32_t
load_be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* One segment of an AS_PATH of 4-octet numbers. */
struct segment {
	uint8_t type;
	uint8_t count;
	const uint8_t *asns; /* count numbers of 4 octets, network byte order */
};

/* Steps through a well-formed AS_PATH. */
static bool
next_segment(const struct attr_view *path, size_t *pos, struct segment *out)
{
	const uint8_t *p = path->value + *pos;

	if (*pos >= path->len)
		return false;
	out->type = p[0];
	out->count = p[1];
	out->asns = p + 2;
	*pos += 2 + 4 * (size_t)out->count;
	return true;
}

/* RFC 7606 section 7.2: no unknown segment type, no empty segment, no overrun, no underrun. */
static bool
has_good_segments(const uint8_t *value, size_t len)
{
	size_t pos = 0;

	while (pos < len) {
		if (len - pos < 2)
			return false;
		if (value[pos] != AS_SET && value[pos] != AS_SEQUENCE)
			return false;
		if (value[pos + 1] == 0)
			return false;
		pos += 2 + 4 * (size_t)value[pos + 1];
	}
	return pos == len;
}

static bool
has_good_value(const struct attr_view *attr)
{
	switch (attr->type) {
	case ATTR_ORIGIN:
		return attr->len == 1 && attr->value[0] <= 2;
	case ATTR_AS_PATH:
		return has_good_segments(attr->value, attr->len);
	case ATTR_MED:
		return attr->len == 4;
	case ATTR_AGGREGATOR:
		return attr->len == 8;
	case ATTR_NEXT_HOP:
	case ATTR_LOCAL_PREF:
	case ATTR_MP_REACH_NLRI:
	case ATTR_MP_UNREACH_NLRI:
	case ATTR_AS4_PATH:
	case ATTR_AS4_AGGREGATOR:
		return false;
	default:
		return true;
	}
}

/* Octets of the next hop and its length octet; 0 if the length is none that exists. */
static size_t
next_hop_part(uint8_t nh_len)
{
	return nh_len == 0 || nh_len == 4 || nh_len == 16 || nh_len == 32 ? 1 + (size_t)nh_len : 0;
}

bool
attrs_is_canonical(const uint8_t *block, size_t len)
{
	struct attr_view attr;
	size_t pos;
	int last = -1;
	unsigned mandatory = 0;

	if (len == 0 || len > ATTRS_MAX)
		return false;
	pos = next_hop_part(block[0]);
	if (pos == 0 || pos > len)
		return false;
	while (pos < len) {
		if (len - pos < HEADER_BYTES)
			return false;
		attr.flags = block[pos];
		attr.type = block[pos + 1];
		attr.len = load_be16(block + pos + 2);
		attr.value = block + pos + HEADER_BYTES;
		pos += HEADER_BYTES;
		if (attr.len > len - pos || attr.type <= last)
			return false;
		if ((attr.flags & (ATTR_FLAG_EXTENDED | 0x0f)) != 0 || !has_good_value(&attr))
			return false;
		mandatory += attr.type == ATTR_ORIGIN || attr.type == ATTR_AS_PATH;
		last = attr.type;
		pos += attr.len;
	}
	return mandatory == 2;
}

bool
attrs_next(const uint8_t *block, size_t len, size_t *pos, struct attr_view *out)
{
	const uint8_t *p;

	if (*pos == 0)
		*pos = 1 + (size_t)block[0];
	if (*pos >= len)
		return false;
	p = block + *pos;
	out->flags = p[0];
	out->type = p[1];
	out->len = load_be16(p + 2);
	out->value = p + HEADER_BYTES;
	*pos += HEADER_BYTES + (size_t)out->len;
	return true;
}

bool
attrs_find(const uint8_t *block, size_t len, uint8_t type, struct attr_view *out)
{
	size_t pos = 0;
	struct attr_view attr;

	while (attrs_next(block, len, &pos, &attr) && attr.type <= type) {
		if (attr.type == type) {
			*out = attr;
			return true;
		}
	}
	return false;
}

static void
read_path_facts(const struct attr_view *path, struct attrs_facts *out)
{
	struct segment segment;
	size_t pos = 0;
	bool first = true;

	while (next_segment(path, &pos, &segment)) {
		bool is_sequence = segment.type == AS_SEQUENCE;

		out->path_len += is_sequence ? segment.count : 1;
		if (first && is_sequence)
			out->neighbour_as = load_be32(segment.asns);
		out->origin_as =
		    is_sequence ? load_be32(segment.asns + 4 * ((size_t)segment.count - 1)) : 0;
		first = false;
	}
}

void
attrs_read_facts(const uint8_t *block, size_t len, struct attrs_facts *out)
{
	struct attr_view attr;
	size_t pos = 0;

	memset(out, 0, sizeof(*out));
	out->nh_len = block[0];
	while (attrs_next(block, len, &pos, &attr) && attr.type <= ATTR_MED) {
		switch (attr.type) {
		case ATTR_ORIGIN:
			out->origin = attr.value[0];
			break;
		case ATTR_AS_PATH:
			read_path_facts(&attr, out);
			break;
		case ATTR_MED:
			out->med = load_be32(attr.value);
			out->has_med = true;
			break;
		}
	}
}

bool
attrs_path_has(const uint8_t *block, size_t len, uint32_t asn)
{
	struct attr_view path;
	struct segment segment;
	size_t pos = 0;

	if (!attrs_find(block, len, ATTR_AS_PATH, &path))
		return false;
	while (next_segment(&path, &pos, &segment)) {
		for (size_t i = 0; i < segment.count; i++) {
			if (load_be32(segment.asns + 4 * i) == asn)
				return true;
		}
	}
	return false;
}
