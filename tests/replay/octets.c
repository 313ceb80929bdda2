/*
 * See octets.h.
 */
#include "tests/replay/octets.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *
grow(void *old, size_t *cap, size_t need)
{
	size_t size = *cap == 0 ? 64 : *cap;

	if (need <= *cap)
		return old;
	while (size < need)
		size *= 2;
	old = realloc(old, size);
	if (old == NULL)
		abort();
	*cap = size;
	return old;
}

void
octets_fini(struct octets *o)
{
	free(o->data);
	*o = (struct octets){0};
}

void
octets_put(struct octets *o, const void *data, size_t len)
{
	o->data = grow(o->data, &o->cap, o->len + len);
	if (len > 0)
		memcpy(o->data + o->len, data, len);
	o->len += len;
}

void
octets_put8(struct octets *o, unsigned value)
{
	uint8_t octet = (uint8_t)value;

	octets_put(o, &octet, 1);
}

void
octets_put16(struct octets *o, unsigned value)
{
	octets_put8(o, value >> 8);
	octets_put8(o, value);
}

void
octets_put32(struct octets *o, uint32_t value)
{
	octets_put16(o, value >> 16);
	octets_put16(o, value);
}

void
octets_set16(struct octets *o, size_t at, size_t value)
{
	o->data[at] = (uint8_t)(value >> 8);
	o->data[at + 1] = (uint8_t)value;
}

void
octets_drop(struct octets *o, size_t len)
{
	memmove(o->data, o->data + len, o->len - len);
	o->len -= len;
}

const uint8_t *
window_take(struct window *r, size_t len)
{
	const uint8_t *at = r->at;

	if (r->bad || len > r->left) {
		r->bad = true;
		r->left = 0;
		return NULL;
	}
	r->at += len;
	r->left -= len;
	return at;
}

uint8_t
window_take8(struct window *r)
{
	const uint8_t *at = window_take(r, 1);

	return at == NULL ? 0 : at[0];
}

uint16_t
window_take16(struct window *r)
{
	const uint8_t *at = window_take(r, 2);

	return (uint16_t)(at == NULL ? 0 : at[0] << 8 | at[1]);
}

uint32_t
window_take32(struct window *r)
{
	uint32_t high = window_take16(r);

	return high << 16 | window_take16(r);
}

struct window
window_child(struct window *r, size_t len)
{
	const uint8_t *at = window_take(r, len);

	return at == NULL ? (struct window){.bad = true} : (struct window){.at = at, .left = len};
}

void
prose_fini(struct prose *t)
{
	free(t->s);
	*t = (struct prose){0};
}

void
prose_add(struct prose *t, const char *format, ...)
{
	va_list ap;
	int n;

	va_start(ap, format);
	n = vsnprintf(NULL, 0, format, ap);
	va_end(ap);
	if (n < 0)
		abort();
	t->s = grow(t->s, &t->cap, t->len + (size_t)n + 1);
	va_start(ap, format);
	vsnprintf(t->s + t->len, (size_t)n + 1, format, ap);
	va_end(ap);
	t->len += (size_t)n;
}

void
prose_add_hex(struct prose *t, const uint8_t *data, size_t len)
{
	prose_add(t, "%s", "");
	for (size_t i = 0; i < len; i++)
		prose_add(t, "%02x", data[i]);
}
