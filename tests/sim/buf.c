/*
 * Byte buffers of the simulator, see buf.h.
 */
#include "tests/sim/buf.h"

#include <err.h>
#include <stdlib.h>
#include <string.h>

void *
grow(void *old, size_t size)
{
	void *p = realloc(old, size);

	if (p == NULL)
		err(2, "out of memory");
	return p;
}

void *
zalloc(size_t count, size_t size)
{
	void *p = calloc(count > 0 ? count : 1, size);

	if (p == NULL)
		err(2, "out of memory");
	return p;
}

char *
copy_text(const char *text)
{
	size_t size = strlen(text) + 1;

	return memcpy(grow(NULL, size), text, size);
}

void
buf_fini(struct buf *b)
{
	free(b->data);
	*b = (struct buf){0};
}

uint8_t *
buf_reserve(struct buf *b, size_t len)
{
	if (b->len + len > b->cap) {
		size_t need = b->len + len > 64 ? b->len + len : 64;

		b->cap = need > 2 * b->cap ? need : 2 * b->cap;
		b->data = grow(b->data, b->cap);
	}
	return b->data + b->len;
}

void
buf_put(struct buf *b, const void *data, size_t len)
{
	if (len == 0)
		return;
	memcpy(buf_reserve(b, len), data, len);
	b->len += len;
}

void
buf_put8(struct buf *b, unsigned value)
{
	*buf_reserve(b, 1) = (uint8_t)value;
	b->len++;
}

void
buf_put16(struct buf *b, unsigned value)
{
	buf_put8(b, value >> 8);
	buf_put8(b, value & 0xff);
}

void
buf_put32(struct buf *b, uint32_t value)
{
	buf_put16(b, value >> 16);
	buf_put16(b, value & 0xffff);
}

void
buf_set16(struct buf *b, size_t pos, size_t value)
{
	b->data[pos] = (uint8_t)(value >> 8);
	b->data[pos + 1] = (uint8_t)value;
}

void
buf_drop(struct buf *b, size_t len)
{
	b->len -= len;
	if (b->len > 0)
		memmove(b->data, b->data + len, b->len);
}

const uint8_t *
view_take(struct view *v, size_t len)
{
	static const uint8_t zeros[16];
	const uint8_t *p = v->data;

	if (v->bad || len > v->len) {
		v->bad = true;
		v->len = 0;
		return zeros;
	}
	v->data += len;
	v->len -= len;
	return p;
}

uint8_t
view_take8(struct view *v)
{
	return *view_take(v, 1);
}

uint16_t
view_take16(struct view *v)
{
	return get16(view_take(v, 2));
}

uint32_t
view_take32(struct view *v)
{
	return get32(view_take(v, 4));
}

struct view
view_child(struct view *v, size_t len)
{
	struct view child = {view_take(v, len), len, v->bad};

	if (child.bad)
		child.len = 0;
	return child;
}
