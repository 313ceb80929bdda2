/*
 * Attributes in the making, see attr_list.h.
 *
 * The entries are kept sorted by type while they are added: messages hold few attributes and
 * mostly in order.
 */
#include "tests/sim/attr_list.h"

#include <string.h>

void
attr_list_clear(struct attr_list *list)
{
	list->count = 0;
	list->widened.len = 0;
}

const char *
attr_list_add(struct attr_list *list, uint8_t flags, uint8_t type, const uint8_t *value, size_t len)
{
	size_t at = list->count;

	if (list->count == ATTR_LIST_MAX)
		return "too many attributes";
	while (at > 0 && list->entry[at - 1].type > type) {
		list->entry[at] = list->entry[at - 1];
		at--;
	}
	if (at > 0 && list->entry[at - 1].type == type)
		return "the same attribute twice";
	list->entry[at] = (struct attr_entry){value, (uint16_t)len, flags, type};
	list->count++;
	return NULL;
}

static struct attr_entry *
list_find(struct attr_list *list, uint8_t type)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->entry[i].type == type)
			return &list->entry[i];
	return NULL;
}

static void
list_remove(struct attr_list *list, uint8_t type)
{
	struct attr_entry *e = list_find(list, type);

	if (e == NULL)
		return;
	list->count--;
	memmove(e, e + 1, (size_t)(list->entry + list->count - e) * sizeof(*e));
}

/* ASNs of a path, a set counts 1; width is the octets of one ASN. */
static size_t
path_length(const struct attr_entry *e, size_t width)
{
	size_t length = 0;

	for (size_t pos = 0; pos < e->len; pos += 2 + width * e->value[pos + 1])
		length += e->value[pos] == 1 ? 1 : e->value[pos + 1];
	return length;
}

/* Appends the first keep hops of a 2-octet path in 4 octets. */
static void
widen_path(const struct attr_entry *e, size_t keep, struct buf *out)
{
	for (size_t pos = 0; pos < e->len && keep > 0; pos += 2u + 2u * e->value[pos + 1]) {
		size_t count = e->value[pos + 1];

		if (e->value[pos] == 1) {
			keep--;
		} else {
			count = count < keep ? count : keep;
			keep -= count;
		}
		buf_put8(out, e->value[pos]);
		buf_put8(out, (unsigned)count);
		for (size_t i = 0; i < count; i++)
			buf_put32(out, get16(e->value + pos + 2 + 2 * i));
	}
}

static void
merge_path(struct attr_list *list, size_t *path_at, size_t *path_len)
{
	struct attr_entry *path = list_find(list, ATTR_AS_PATH);
	const struct attr_entry *wide = list_find(list, ATTR_AS4_PATH);
	size_t keep, have;

	*path_at = list->widened.len;
	*path_len = 0;
	if (path == NULL)
		return;
	keep = path_length(path, 2);
	have = wide != NULL ? path_length(wide, 4) : 0;
	if (have > keep)
		wide = NULL;
	widen_path(path, wide != NULL ? keep - have : keep, &list->widened);
	if (wide != NULL)
		buf_put(&list->widened, wide->value, wide->len);
	*path_len = list->widened.len - *path_at;
}

void
attr_list_widen(struct attr_list *list)
{
	struct attr_entry *aggregator = list_find(list, ATTR_AGGREGATOR);
	const struct attr_entry *wide = list_find(list, ATTR_AS4_AGGREGATOR);
	size_t path_at, path_len;

	merge_path(list, &path_at, &path_len);
	if (aggregator != NULL) {
		buf_put32(&list->widened, get16(aggregator->value));
		buf_put(&list->widened, aggregator->value + 2, 4);
		aggregator->value = list->widened.data + path_at + path_len;
		if (wide != NULL && get16(list->widened.data + path_at + path_len + 2) == 23456)
			aggregator->value = wide->value;
		aggregator->len = 8;
	}
	if (path_len > 0) {
		struct attr_entry *path = list_find(list, ATTR_AS_PATH);

		path->value = list->widened.data + path_at;
		path->len = (uint16_t)path_len;
	}
	list_remove(list, ATTR_AS4_PATH);
	list_remove(list, ATTR_AS4_AGGREGATOR);
}

void
attr_list_emit(const struct attr_list *list, struct buf *out)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct attr_entry *e = &list->entry[i];

		buf_put8(out, e->flags);
		buf_put8(out, e->type);
		buf_put16(out, e->len);
		buf_put(out, e->value, e->len);
	}
}
