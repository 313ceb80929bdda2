/*
 * Cursors over octets: how every message is read and written. Used by workers, rib and tests.
 *
 *   data            pos                          end
 *    |  already read |  not read yet              |
 *
 * A reader has a sticky error: after the first get that finds too little, every later get gives
 * zero and wire_failed() is true, so a whole structure is read straight and tested once.
 * A child view is cut out of its parent by the length field; the parent has moved behind it before
 * the child's octets are looked at, so a bad value can not desynchronise what follows it.
 *
 * A writer refuses what does not fit and stays refused; lengths that are known later are patched.
 * Everything is in network byte order. Nothing here allocates.
 */
#ifndef BGPD_WIRE_BUF_H
#define BGPD_WIRE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct wire_reader {
	const uint8_t *pos;
	const uint8_t *end;
	bool failed;
};

struct wire_writer {
	uint8_t *start;
	uint8_t *pos;
	uint8_t *end;
	bool failed;
};

/* Loads and stores of unaligned octets; the caller knows that they are there. */
static inline uint16_t
wire_load_u16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t
wire_load_u32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static inline void
wire_store_u16(uint8_t *p, uint16_t value)
{
	p[0] = (uint8_t)(value >> 8);
	p[1] = (uint8_t)value;
}

static inline void
wire_store_u32(uint8_t *p, uint32_t value)
{
	p[0] = (uint8_t)(value >> 24);
	p[1] = (uint8_t)(value >> 16);
	p[2] = (uint8_t)(value >> 8);
	p[3] = (uint8_t)value;
}

static inline struct wire_reader
wire_reader_over(const uint8_t *data, size_t len)
{
	return (struct wire_reader){data, data + len, false};
}

static inline bool
wire_failed(const struct wire_reader *r)
{
	return r->failed;
}

/* Octets not read yet; 0 once failed. */
static inline size_t
wire_left(const struct wire_reader *r)
{
	return r->failed ? 0 : (size_t)(r->end - r->pos);
}

/* The next n octets, borrowed; NULL if there are fewer. */
static inline const uint8_t *
wire_get_bytes(struct wire_reader *r, size_t n)
{
	const uint8_t *p = r->pos;

	if (r->failed || (size_t)(r->end - r->pos) < n) {
		r->failed = true;
		return NULL;
	}
	r->pos += n;
	return p;
}

static inline uint8_t
wire_get_u8(struct wire_reader *r)
{
	const uint8_t *p = wire_get_bytes(r, 1);

	return p == NULL ? 0 : p[0];
}

static inline uint16_t
wire_get_u16(struct wire_reader *r)
{
	const uint8_t *p = wire_get_bytes(r, 2);

	return p == NULL ? 0 : wire_load_u16(p);
}

static inline uint32_t
wire_get_u32(struct wire_reader *r)
{
	const uint8_t *p = wire_get_bytes(r, 4);

	return p == NULL ? 0 : wire_load_u32(p);
}

/* A view of the next n octets; the parent moves behind them. Failed, both, if there are fewer. */
static inline struct wire_reader
wire_get_child(struct wire_reader *r, size_t n)
{
	const uint8_t *p = wire_get_bytes(r, n);

	return (struct wire_reader){p, p == NULL ? NULL : p + n, p == NULL};
}

static inline struct wire_writer
wire_writer_over(uint8_t *data, size_t cap)
{
	return (struct wire_writer){data, data, data + cap, false};
}

/* Octets written; 0 once something did not fit. */
static inline size_t
wire_written(const struct wire_writer *w)
{
	return w->failed ? 0 : (size_t)(w->pos - w->start);
}

/* Room for n octets that the caller fills; NULL if they do not fit. */
static inline uint8_t *
wire_put_room(struct wire_writer *w, size_t n)
{
	uint8_t *p = w->pos;

	if (w->failed || (size_t)(w->end - w->pos) < n) {
		w->failed = true;
		return NULL;
	}
	w->pos += n;
	return p;
}

static inline void
wire_put_bytes(struct wire_writer *w, const void *data, size_t n)
{
	uint8_t *p = wire_put_room(w, n);

	if (p != NULL && n > 0)
		memcpy(p, data, n);
}

static inline void
wire_put_u8(struct wire_writer *w, uint8_t value)
{
	wire_put_bytes(w, &value, 1);
}

static inline void
wire_put_u16(struct wire_writer *w, uint16_t value)
{
	uint8_t *p = wire_put_room(w, 2);

	if (p != NULL)
		wire_store_u16(p, value);
}

static inline void
wire_put_u32(struct wire_writer *w, uint32_t value)
{
	uint8_t *p = wire_put_room(w, 4);

	if (p != NULL)
		wire_store_u32(p, value);
}

/*
 * Leaves room for a length field and returns it; the matching patch stores how many octets were
 * written behind the field, and fails the writer if the number does not fit into the field.
 */
static inline uint8_t *
wire_put_len_u8(struct wire_writer *w)
{
	return wire_put_room(w, 1);
}

static inline uint8_t *
wire_put_len_u16(struct wire_writer *w)
{
	return wire_put_room(w, 2);
}

static inline void
wire_patch_u8(struct wire_writer *w, uint8_t *field)
{
	if (w->failed || (size_t)(w->pos - field) - 1 > UINT8_MAX)
		w->failed = true;
	else
		*field = (uint8_t)((w->pos - field) - 1);
}

static inline void
wire_patch_u16(struct wire_writer *w, uint8_t *field)
{
	if (w->failed || (size_t)(w->pos - field) - 2 > UINT16_MAX)
		w->failed = true;
	else
		wire_store_u16(field, (uint16_t)((w->pos - field) - 2));
}

#endif
