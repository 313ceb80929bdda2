/* Canonical blocks of the naive policy's attributes, see octets.h. */
#include "tests/policymodel/octets.h"

#include <stdlib.h>
#include <string.h>

#include "rib/attrs.h"

/* Attributes that nobody looks at, by the bits of naive_attrs.extra. */
static const struct {
	uint8_t type, flags, len;
	uint8_t value[20];
} extras[] = {
    {ATTR_AGGREGATOR, 0xc0, 8, {0, 0, 1, 45, 192, 0, 2, 1}},
    {ATTR_IPV6_EXT_COMMUNITIES, 0xc0, 20,
	{0, 2, 32, 1, 13, 184, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}},
    {200, 0xe0, 3, {1, 2, 3}},
};

#define EXTRAS (sizeof(extras) / sizeof(extras[0]))

struct out {
	uint8_t *octets;
	size_t len;
};

static void
put(struct out *o, uint32_t number, unsigned bytes)
{
	for (unsigned i = bytes; i > 0; i--)
		o->octets[o->len++] = (uint8_t)(number >> (8 * (i - 1)));
}

static size_t
begin(struct out *o, uint8_t flags, uint8_t type)
{
	put(o, flags, 1);
	put(o, type, 1);
	put(o, 0, 2);
	return o->len;
}

static void
end(struct out *o, size_t start)
{
	size_t len = o->len - start;

	o->octets[start - 2] = (uint8_t)(len >> 8);
	o->octets[start - 1] = (uint8_t)len;
}

static void
put_number(struct out *o, uint8_t flags, uint8_t type, uint32_t number, unsigned bytes)
{
	size_t start = begin(o, flags, type);

	put(o, number, bytes);
	end(o, start);
}

static void
put_path(struct out *o, const struct naive_attrs *a)
{
	size_t start = begin(o, 0x40, ATTR_AS_PATH), count = 0;

	for (unsigned i = 0; i < a->hop_count; i++) {
		if (i == 0 || a->hops[i - 1].set != a->hops[i].set) {
			put(o, a->hops[i].set != 0 ? AS_SET : AS_SEQUENCE, 1);
			put(o, 0, 1);
			count = o->len - 1;
		}
		o->octets[count]++;
		put(o, a->hops[i].asn, 4);
	}
	end(o, start);
}

static void
put_community(struct out *o, const struct naive_community *c)
{
	bool four = c->type == 0x0202 || c->type == 0x0203;

	if (c->format == NAIVE_EXT) {
		put(o, c->type, 2);
		put(o, c->part[0], four ? 4 : 2);
		put(o, c->part[1], four ? 2 : 4);
		return;
	}
	for (unsigned i = 0; i < (c->format == NAIVE_STD ? 2 : 3); i++)
		put(o, c->part[i], c->format == NAIVE_STD ? 2 : 4);
}

static void
put_communities(struct out *o, const struct naive_set *set, uint8_t type, uint32_t format)
{
	size_t at = o->len, start = begin(o, 0xc0, type);

	for (unsigned i = 0; i < set->count; i++)
		if (set->all[i].format == format)
			put_community(o, &set->all[i]);
	end(o, start);
	if (o->len == start)
		o->len = at;
}

static void
put_extras(struct out *o, uint32_t bits, uint8_t from, uint8_t to)
{
	for (size_t i = 0; i < EXTRAS; i++) {
		size_t start;

		if ((bits >> i & 1) == 0 || extras[i].type < from || extras[i].type > to)
			continue;
		start = begin(o, extras[i].flags, extras[i].type);
		memcpy(o->octets + o->len, extras[i].value, extras[i].len);
		o->len += extras[i].len;
		end(o, start);
	}
}

size_t
octets_write(const struct naive_attrs *a, uint8_t out[OCTETS_MAX])
{
	struct out o = {.octets = out};

	put(&o, a->next_hop_len, 1);
	memcpy(out + 1, a->next_hop, a->next_hop_len);
	o.len += a->next_hop_len;
	put_number(&o, 0x40, ATTR_ORIGIN, a->origin, 1);
	put_path(&o, a);
	if (a->has_med)
		put_number(&o, 0x80, ATTR_MED, a->med, 4);
	put_extras(&o, a->extra, 0, ATTR_AGGREGATOR);
	put_communities(&o, &a->communities, ATTR_COMMUNITIES, NAIVE_STD);
	put_communities(&o, &a->communities, ATTR_EXT_COMMUNITIES, NAIVE_EXT);
	put_extras(&o, a->extra, ATTR_EXT_COMMUNITIES, ATTR_IPV6_EXT_COMMUNITIES);
	put_communities(&o, &a->communities, ATTR_LARGE_COMMUNITIES, NAIVE_LARGE);
	if (a->has_otc)
		put_number(&o, 0xc0, ATTR_OTC, a->otc, 4);
	put_extras(&o, a->extra, ATTR_OTC, 255);
	return o.len;
}

/* ---- reading ---- */

static uint32_t
get(const uint8_t *p, unsigned bytes)
{
	uint32_t number = 0;

	while (bytes-- > 0)
		number = number << 8 | *p++;
	return number;
}

static bool
read_path(const struct attr_view *v, struct naive_attrs *out)
{
	uint32_t sets = 0;

	for (size_t at = 0; at < v->len;) {
		uint32_t set = v->value[at] == AS_SET ? ++sets : 0, count = v->value[at + 1];

		at += 2;
		for (; count > 0; count--, at += 4) {
			if (out->hop_count == NAIVE_HOPS)
				return false;
			out->hops[out->hop_count++] =
			    (struct naive_hop){get(v->value + at, 4), set};
		}
	}
	return true;
}

struct naive_community
octets_community(const struct community_value *value)
{
	static const uint32_t formats[] = {[COMMUNITY_STD] = NAIVE_STD,
	    [COMMUNITY_LARGE] = NAIVE_LARGE,
	    [COMMUNITY_EXT] = NAIVE_EXT};

	return (struct naive_community){.format = formats[value->format],
	    .type = value->ext_type,
	    .part = {value->part[0], value->part[1], value->part[2]}};
}

static bool
read_communities(const struct attr_view *v, uint32_t format, struct naive_set *out)
{
	unsigned bytes = format == NAIVE_STD ? 4 : format == NAIVE_LARGE ? 12 : 8;

	for (size_t at = 0; at < v->len; at += bytes) {
		const uint8_t *p = v->value + at;
		struct naive_community c = {.format = format};
		bool four;

		if (format == NAIVE_EXT) {
			c.type = get(p, 2);
			four = c.type == 0x0202 || c.type == 0x0203;
			c.part[0] = get(p + 2, four ? 4 : 2);
			c.part[1] = get(p + (four ? 6 : 4), four ? 2 : 4);
		} else {
			for (unsigned i = 0; i < (format == NAIVE_STD ? 2 : 3); i++)
				c.part[i] = get(p + i * (bytes == 4 ? 2 : 4), bytes == 4 ? 2 : 4);
		}
		if (out->count == NAIVE_COMMUNITIES || naive_has(out, &c))
			return false;
		out->all[out->count++] = c;
	}
	return v->len > 0;
}

static bool
read_extra(const struct attr_view *v, struct naive_attrs *out)
{
	for (size_t i = 0; i < EXTRAS; i++) {
		if (extras[i].type != v->type || extras[i].flags != v->flags ||
		    extras[i].len != v->len || memcmp(extras[i].value, v->value, v->len) != 0)
			continue;
		out->extra |= 1U << i;
		return true;
	}
	return false;
}

static bool
read_attribute(const struct attr_view *v, struct naive_attrs *out)
{
	switch (v->type) {
	case ATTR_ORIGIN:
		out->origin = v->value[0];
		return v->len == 1;
	case ATTR_AS_PATH:
		return read_path(v, out);
	case ATTR_MED:
		out->has_med = 1;
		out->med = get(v->value, 4);
		return v->len == 4;
	case ATTR_COMMUNITIES:
		return read_communities(v, NAIVE_STD, &out->communities);
	case ATTR_EXT_COMMUNITIES:
		return read_communities(v, NAIVE_EXT, &out->communities);
	case ATTR_LARGE_COMMUNITIES:
		return read_communities(v, NAIVE_LARGE, &out->communities);
	case ATTR_OTC:
		out->has_otc = 1;
		out->otc = get(v->value, 4);
		return v->len == 4;
	default:
		return read_extra(v, out);
	}
}

bool
octets_read(const uint8_t *block, size_t len, struct naive_attrs *out)
{
	struct attr_view v;
	size_t pos = 0;

	memset(out, 0, sizeof(*out));
	if (!attrs_is_canonical(block, len))
		return false;
	out->next_hop_len = block[0];
	memcpy(out->next_hop, block + 1, block[0]);
	while (attrs_next(block, len, &pos, &v))
		if (!read_attribute(&v, out))
			return false;
	octets_sort(&out->communities);
	return true;
}

static int
compare_communities(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct naive_community));
}

void
octets_sort(struct naive_set *set)
{
	qsort(set->all, set->count, sizeof(*set->all), compare_communities);
}

bool
octets_same(const struct naive_attrs *a, const struct naive_attrs *b)
{
	return a->next_hop_len == b->next_hop_len &&
	    memcmp(a->next_hop, b->next_hop, a->next_hop_len) == 0 && a->origin == b->origin &&
	    a->has_med == b->has_med && (!a->has_med || a->med == b->med) &&
	    a->has_otc == b->has_otc && (!a->has_otc || a->otc == b->otc) && a->extra == b->extra &&
	    a->hop_count == b->hop_count &&
	    memcmp(a->hops, b->hops, a->hop_count * sizeof(*a->hops)) == 0 &&
	    a->communities.count == b->communities.count &&
	    memcmp(a->communities.all, b->communities.all,
		a->communities.count * sizeof(*a->communities.all)) == 0;
}
