/*
 * The routes of one session, see table.h.
 */
#include "tests/sim/table.h"
#include "tests/sim/buf.h"

#include <stdlib.h>
#include <string.h>

void
table_fini(struct table *t)
{
	free(t->attrs);
	*t = (struct table){0};
}

uint32_t
table_set(struct table *t, uint32_t key, uint32_t attrs)
{
	uint32_t old;

	if (key >= t->cap) {
		size_t cap = t->cap > 0 ? t->cap : 1024;

		if (attrs == 0)
			return 0;
		while (cap <= key)
			cap *= 2;
		t->attrs = grow(t->attrs, cap * sizeof(t->attrs[0]));
		memset(t->attrs + t->cap, 0, (cap - t->cap) * sizeof(t->attrs[0]));
		t->cap = cap;
	}
	old = t->attrs[key];
	t->attrs[key] = attrs;
	t->count += (size_t)(attrs != 0) - (size_t)(old != 0);
	return old;
}

uint32_t
table_get(const struct table *t, uint32_t key)
{
	return key < t->cap ? t->attrs[key] : 0;
}

void
offer_fini(struct offer *o)
{
	free(o->slot);
	*o = (struct offer){0};
}

static struct offer_slot *
offer_find(const struct offer *o, uint32_t key)
{
	size_t at = (key * (size_t)0x9e3779b97f4a7c15 >> 20) & o->mask;

	while (o->slot[at].key1 != 0 && o->slot[at].key1 != key + 1)
		at = (at + 1) & o->mask;
	return &o->slot[at];
}

static void
offer_grow(struct offer *o)
{
	struct offer old = *o;
	size_t size = o->slot == NULL ? 64 : 2 * (o->mask + 1);

	o->slot = zalloc(size, sizeof(o->slot[0]));
	o->mask = size - 1;
	if (old.slot == NULL)
		return;
	for (size_t i = 0; i <= old.mask; i++)
		if (old.slot[i].key1 != 0)
			*offer_find(o, old.slot[i].key1 - 1) = old.slot[i];
	free(old.slot);
}

uint32_t
offer_set(struct offer *o, uint32_t key, uint32_t attrs)
{
	struct offer_slot *slot;
	uint32_t old;

	if (o->slot == NULL || 3 * o->used > 2 * o->mask)
		offer_grow(o);
	slot = offer_find(o, key);
	old = slot->key1 != 0 ? slot->attrs : 0;
	if (slot->key1 == 0)
		o->used++;
	*slot = (struct offer_slot){key + 1, attrs};
	o->count += (size_t)(attrs != 0) - (size_t)(old != 0);
	return old;
}

static int
compare_u64(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

uint64_t *
offer_list(const struct offer *o, size_t *count)
{
	uint64_t *list = zalloc(o->count, sizeof(list[0]));
	size_t n = 0;

	for (size_t i = 0; o->slot != NULL && i <= o->mask; i++)
		if (o->slot[i].attrs != 0)
			list[n++] = (uint64_t)o->slot[i].attrs << 32 | (o->slot[i].key1 - 1);
	qsort(list, n, sizeof(list[0]), compare_u64);
	*count = n;
	return list;
}
