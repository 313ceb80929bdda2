/* AS paths of both widths; see as_path.h. */
#include "bgpd/wire/as_path.h"

#include "bgpd/wire/msg.h"
#include "rib/attrs.h"

#define SEGMENT_HEADER 2
#define SEGMENT_MAX    255

struct segment {
	uint8_t type;
	uint8_t count;
	const uint8_t *asns;
};

static bool
is_confed(uint8_t type)
{
	return type == AS_CONFED_SEQUENCE || type == AS_CONFED_SET;
}

static uint32_t
asn_at(const uint8_t *asns, unsigned width, size_t i)
{
	return width == 2 ? wire_load_u16(asns + 2 * i) : wire_load_u32(asns + 4 * i);
}

/* Steps through a path that is well-formed. */
static bool
next_segment(const struct as_path *path, size_t *pos, struct segment *out)
{
	const uint8_t *p;

	if (*pos >= path->len)
		return false;
	p = path->value + *pos;
	*out = (struct segment){p[0], p[1], p + SEGMENT_HEADER};
	*pos += SEGMENT_HEADER + (size_t)out->count * path->width;
	return true;
}

static bool
has_as0(const struct segment *s, unsigned width)
{
	for (size_t i = 0; i < s->count; i++) {
		if (asn_at(s->asns, width, i) == 0)
			return true;
	}
	return false;
}

const char *
as_path_check(struct as_path path, bool confed_allowed)
{
	struct wire_reader r = wire_reader_over(path.value, path.len);

	while (wire_left(&r) > 0) {
		struct segment s;

		s.type = wire_get_u8(&r);
		s.count = wire_get_u8(&r);
		s.asns = wire_get_bytes(&r, (size_t)s.count * path.width);
		if (wire_failed(&r))
			return "segment exceeds the attribute";
		if (is_confed(s.type) && !confed_allowed)
			return "confederation segment from an external peer";
		if (s.type < AS_SET || s.type > AS_CONFED_SET)
			return "unknown segment type";
		if (s.count == 0)
			return "empty segment";
		if (has_as0(&s, path.width))
			return "AS 0";
	}
	return NULL;
}

/* What a segment counts for in the length of a path. */
static size_t
segment_worth(const struct segment *s)
{
	if (is_confed(s->type))
		return 0;
	return s->type == AS_SET ? 1 : s->count;
}

size_t
as_path_count(struct as_path path)
{
	struct segment s;
	size_t pos = 0, n = 0;

	while (next_segment(&path, &pos, &s))
		n += segment_worth(&s);
	return n;
}

bool
as_path_needs_4(struct as_path path)
{
	struct segment s;
	size_t pos = 0;

	while (next_segment(&path, &pos, &s)) {
		for (size_t i = 0; i < s.count; i++) {
			if (asn_at(s.asns, path.width, i) > UINT16_MAX)
				return true;
		}
	}
	return false;
}

size_t
as_path_narrow_len(struct as_path path)
{
	struct segment s;
	size_t pos = 0, len = 0;

	while (next_segment(&path, &pos, &s))
		len += SEGMENT_HEADER + 2 * (size_t)s.count;
	return len;
}

void
as_path_narrow(struct as_path path, uint8_t *out)
{
	struct segment s;
	size_t pos = 0;

	while (next_segment(&path, &pos, &s)) {
		*out++ = s.type;
		*out++ = s.count;
		for (size_t i = 0; i < s.count; i++, out += 2) {
			uint32_t asn = asn_at(s.asns, path.width, i);

			wire_store_u16(out, asn > UINT16_MAX ? AS_TRANS : (uint16_t)asn);
		}
	}
}

/* Writes the first count numbers of a segment with 4 octets each. */
static void
put_segment(struct wire_writer *w, const struct segment *s, size_t count, unsigned width)
{
	wire_put_u8(w, s->type);
	wire_put_u8(w, (uint8_t)count);
	for (size_t i = 0; i < count; i++)
		wire_put_u32(w, asn_at(s->asns, width, i));
}

/*
 * Writes the leading part of the path that is worth need numbers, and returns where its last
 * segment begins in the output, NULL if that is no sequence.
 */
static uint8_t *
put_leading(struct as_path path, size_t need, struct wire_writer *w)
{
	uint8_t *last = NULL;
	struct segment s;
	size_t pos = 0;

	while (need > 0 && next_segment(&path, &pos, &s)) {
		size_t worth = segment_worth(&s);
		bool is_sequence = s.type == AS_SEQUENCE;
		size_t count = is_sequence && worth > need ? need : s.count;

		last = is_sequence ? w->pos : NULL;
		put_segment(w, &s, count, path.width);
		need -= worth < need ? worth : need;
	}
	return last;
}

void
as_path_widen(struct as_path path, struct as_path as4, struct wire_writer *w)
{
	size_t total = as_path_count(path);
	size_t known = as_path_count(as4);
	uint8_t *last;
	struct segment s;
	size_t pos = 0;

	if (known > total)
		known = 0; /* RFC 6793 section 4.2.3: AS4_PATH is ignored */
	last = put_leading(path, total - known, w);
	if (known == 0)
		return;
	while (next_segment(&as4, &pos, &s)) {
		if (is_confed(s.type)) /* RFC 6793 section 6: such segments are discarded */
			continue;
		/* a sequence that was cut in two by the old speaker becomes one again */
		if (last != NULL && !w->failed && s.type == AS_SEQUENCE &&
		    last[1] + s.count <= SEGMENT_MAX) {
			last[1] = (uint8_t)(last[1] + s.count);
			wire_put_bytes(w, s.asns, 4 * (size_t)s.count);
		} else {
			put_segment(w, &s, s.count, as4.width);
		}
		last = NULL;
	}
}
