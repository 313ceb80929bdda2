/*
 * Making out-forms, see outform.h. Blocks are written from left to right: the attributes of the
 * input in their order, between them those that the form adds.
 */
#include "policy/outform.h"

#include <string.h>

#define ASN_LEN	       4
#define SEGMENT_HEAD   2
#define SEGMENT_MAX    255 /* ASNs in one segment */
#define ATTR_HEAD      4

#define FLAGS_OPTIONAL (ATTR_FLAG_OPTIONAL | ATTR_FLAG_TRANSITIVE)

/* The attributes that a form may add, ascending by type. */
static const uint8_t added_types[] = {
    ATTR_COMMUNITIES, ATTR_EXT_COMMUNITIES, ATTR_LARGE_COMMUNITIES, ATTR_OTC};

#define ADDED_COUNT sizeof(added_types)

/* Where the result goes; overflow is sticky. */
struct sink {
	uint8_t *out;
	size_t len;
	bool overflow;
};

static void
put_u32(uint8_t *out, uint32_t number)
{
	out[0] = (uint8_t)(number >> 24);
	out[1] = (uint8_t)(number >> 16);
	out[2] = (uint8_t)(number >> 8);
	out[3] = (uint8_t)number;
}

/* Room for an attribute of value_len octets behind its header; NULL if there is none. */
static uint8_t *
put_attr(struct sink *sink, uint8_t flags, uint8_t type, size_t value_len)
{
	uint8_t *head = sink->out + sink->len;

	if (sink->overflow || value_len > UINT16_MAX ||
	    sink->len + ATTR_HEAD + value_len > ATTRS_MAX) {
		sink->overflow = true;
		return NULL;
	}
	head[0] = flags;
	head[1] = type;
	head[2] = (uint8_t)(value_len >> 8);
	head[3] = (uint8_t)value_len;
	sink->len += ATTR_HEAD + value_len;
	return head + ATTR_HEAD;
}

/* AS_PATH with the ASNs in front. */
static void
put_path(struct sink *sink, const struct attr_view *path, const uint32_t *asns, unsigned count)
{
	const uint8_t *rest = path->value;
	size_t rest_len = path->len;
	unsigned in_segment = count;
	uint8_t *value;

	if (path->len >= SEGMENT_HEAD && rest[0] == AS_SEQUENCE && rest[1] + count <= SEGMENT_MAX) {
		in_segment += rest[1];
		rest += SEGMENT_HEAD;
		rest_len -= SEGMENT_HEAD;
	}
	value = put_attr(
	    sink, path->flags, path->type, SEGMENT_HEAD + (size_t)count * ASN_LEN + rest_len);
	if (value == NULL)
		return;
	*value++ = AS_SEQUENCE;
	*value++ = (uint8_t)in_segment;
	for (unsigned i = 0; i < count; i++, value += ASN_LEN)
		put_u32(value, asns[i]);
	if (rest_len > 0)
		memcpy(value, rest, rest_len);
}

/* ---- communities ---- */

bool
outform_list_has(
    const struct outform_list *list, enum community_format format, const uint8_t *octets)
{
	size_t bytes = community_bytes(format);

	for (size_t at = 0; at + bytes <= list->len; at += bytes)
		if (memcmp(list->octets + at, octets, bytes) == 0)
			return true;
	return false;
}

bool
outform_list_add(struct outform_list *list, const struct community_value *value)
{
	enum community_format format = (enum community_format)value->format;
	size_t bytes = community_bytes(format);
	uint8_t octets[16];

	community_write(value, octets);
	if (outform_list_has(list, format, octets))
		return true;
	if (list->len + bytes > sizeof(list->octets))
		return false;
	memcpy(list->octets + list->len, octets, bytes);
	list->len += bytes;
	return true;
}

void
outform_list_remove(struct outform_list *list, const struct policy_community *pattern)
{
	enum community_format format = (enum community_format)pattern->format;
	size_t bytes = community_bytes(format), kept = 0;

	for (size_t at = 0; at + bytes <= list->len; at += bytes) {
		struct community_value value;
		uint32_t last;

		community_read(format, list->octets + at, &value);
		if (community_matches(pattern, &value, &last))
			continue;
		memmove(list->octets + kept, list->octets + at, bytes);
		kept += bytes;
	}
	list->len = kept;
}

/* Communities of a format: what the block had or the list in place of it, and the further ones. */
static void
put_communities(struct sink *sink, const struct outform *form, const struct attr_view *old,
    enum community_format format, uint8_t type)
{
	const struct outform_list *list = form->lists != NULL ? &form->lists[format] : NULL;
	const uint8_t *base = list != NULL ? list->octets : old != NULL ? old->value : NULL;
	size_t base_len = list != NULL ? list->len : old != NULL ? old->len : 0;
	unsigned std_count = format == COMMUNITY_STD ? form->std_count : 0;
	uint8_t more[sizeof(form->std)];
	size_t more_len = 0;
	uint8_t *value;

	for (unsigned i = 0; i < std_count; i++) {
		size_t at = 0;

		put_u32(more + more_len, form->std[i]);
		while (at + 4 <= base_len && memcmp(base + at, more + more_len, 4) != 0)
			at += 4;
		if (at + 4 > base_len)
			more_len += 4;
	}
	if (base_len + more_len == 0)
		return;
	value =
	    put_attr(sink, old != NULL ? old->flags : FLAGS_OPTIONAL, type, base_len + more_len);
	if (value == NULL)
		return;
	if (base_len > 0)
		memcpy(value, base, base_len);
	memcpy(value + base_len, more, more_len);
}

/* One of added_types: old is what the block has of it, or NULL. */
static void
put_added(struct sink *sink, const struct outform *form, const struct attr_view *old, uint8_t type)
{
	uint8_t *value;

	switch (type) {
	case ATTR_COMMUNITIES:
		put_communities(sink, form, old, COMMUNITY_STD, type);
		break;
	case ATTR_EXT_COMMUNITIES:
		put_communities(sink, form, old, COMMUNITY_EXT, type);
		break;
	case ATTR_LARGE_COMMUNITIES:
		put_communities(sink, form, old, COMMUNITY_LARGE, type);
		break;
	case ATTR_OTC:
		if (form->otc == 0)
			break;
		value = put_attr(sink, FLAGS_OPTIONAL, type, ASN_LEN);
		if (value != NULL)
			put_u32(value, form->otc);
		break;
	}
}

/* ---- whole blocks ---- */

static void
put_as_it_is(struct sink *sink, const struct attr_view *attr)
{
	uint8_t *value = put_attr(sink, attr->flags, attr->type, attr->len);

	if (value != NULL && attr->len > 0)
		memcpy(value, attr->value, attr->len);
}

static bool
is_dropped(const struct outform *form, uint8_t type)
{
	return form->drop != NULL && attr_types_have(form->drop, type);
}

static void
put_next_hop(struct sink *sink, const struct outform *form, const uint8_t *block)
{
	bool is_new = form->next_hop != NULL;

	sink->out[0] = is_new ? form->next_hop_len : block[0];
	memcpy(sink->out + 1, is_new ? form->next_hop : block + 1, sink->out[0]);
	sink->len = 1 + (size_t)sink->out[0];
}

size_t
outform_build(const struct outform *form, const uint8_t *block, size_t block_len, uint8_t *out)
{
	struct sink sink = {.out = out};
	struct attr_view attr;
	size_t pos = 0, added = 0;
	bool has_path = form->prepend_count == 0;

	put_next_hop(&sink, form, block);
	while (attrs_next(block, block_len, &pos, &attr)) {
		while (added < ADDED_COUNT && added_types[added] < attr.type)
			put_added(&sink, form, NULL, added_types[added++]);
		if (added < ADDED_COUNT && added_types[added] == attr.type) {
			added++;
			if (attr.type != ATTR_OTC) {
				put_added(&sink, form, &attr, attr.type);
				continue;
			}
		}
		if (attr.type == ATTR_AS_PATH && form->prepend_count > 0) {
			put_path(&sink, &attr, form->prepend, form->prepend_count);
			has_path = true;
		} else if (!is_dropped(form, attr.type)) {
			put_as_it_is(&sink, &attr);
		}
	}
	while (added < ADDED_COUNT)
		put_added(&sink, form, NULL, added_types[added++]);
	return sink.overflow || !has_path ? 0 : sink.len;
}
