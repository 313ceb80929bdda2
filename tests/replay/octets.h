/*
 * Growing buffers of octets and of text, and a bounded window: what the replay harness builds
 * messages in, takes them apart with and writes its transcript into.
 *
 * Shares nothing with the daemon, which is what it judges. Running out of memory aborts.
 */
#ifndef TESTS_REPLAY_OCTETS_H
#define TESTS_REPLAY_OCTETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct octets {
	uint8_t *data;
	size_t len;
	size_t cap;
};

/* A window on foreign octets; a read past its end sets bad and gives zeros. */
struct window {
	const uint8_t *at;
	size_t left;
	bool bad;
};

/* Always terminated once something was added; s is NULL before. */
struct prose {
	char *s;
	size_t len;
	size_t cap;
};

void octets_fini(struct octets *);
void octets_put(struct octets *, const void *data, size_t len);
void octets_put8(struct octets *, unsigned value);
void octets_put16(struct octets *, unsigned value);
void octets_put32(struct octets *, uint32_t value);
/* Overwrites two octets that are there. */
void octets_set16(struct octets *, size_t at, size_t value);
/* Forgets the first len octets. */
void octets_drop(struct octets *, size_t len);

uint8_t window_take8(struct window *);
uint16_t window_take16(struct window *);
uint32_t window_take32(struct window *);
/* len octets; NULL and bad if there are fewer. */
const uint8_t *window_take(struct window *, size_t len);
/* The next len octets as a window of their own. */
struct window window_child(struct window *, size_t len);

void prose_fini(struct prose *);
void prose_add(struct prose *, const char *format, ...) __attribute__((format(printf, 2, 3)));
void prose_add_hex(struct prose *, const uint8_t *data, size_t len);

#endif
