/*
 * A growing byte buffer, big-endian writers into it, and a bounded reader.
 *
 * Used by every part of the simulator: messages being built, bytes waiting for a socket, the rest
 * of a half-received message. Running out of memory ends the program with a message.
 */
#ifndef SIM_BUF_H
#define SIM_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf {
	uint8_t *data;
	size_t len;
	size_t cap;
};

/* A window on foreign bytes; a read past its end sets bad and gives zeros. */
struct view {
	const uint8_t *data;
	size_t len;
	bool bad;
};

void buf_fini(struct buf *b);
/* Makes room for len more octets and returns where they begin; b->len stays. */
uint8_t *buf_reserve(struct buf *b, size_t len);
void buf_put(struct buf *b, const void *data, size_t len);
void buf_put8(struct buf *b, unsigned value);
void buf_put16(struct buf *b, unsigned value);
void buf_put32(struct buf *b, uint32_t value);
/* Overwrites two octets that are already there. */
void buf_set16(struct buf *b, size_t pos, size_t value);
/* Forgets the first len octets. */
void buf_drop(struct buf *b, size_t len);

uint8_t view_take8(struct view *v);
uint16_t view_take16(struct view *v);
uint32_t view_take32(struct view *v);
const uint8_t *view_take(struct view *v, size_t len);
/* The next len octets as a view of their own. */
struct view view_child(struct view *v, size_t len);

static inline uint16_t
get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t
get32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* malloc and friends that end the program instead of failing. */
void *grow(void *old, size_t size);
void *zalloc(size_t count, size_t size);
char *copy_text(const char *text);

#endif
