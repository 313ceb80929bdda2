/*
 * A line of text that is built piece by piece in the caller's buffer: always terminated, cut where
 * the buffer ends. For the formatters of this folder.
 */
#ifndef BGPD_WIRE_TEXT_H
#define BGPD_WIRE_TEXT_H

#include <stddef.h>

struct text {
	char *buf;
	size_t cap;
	size_t len; /* without the terminating zero */
};

/* cap may be 0: then nothing is ever written. */
struct text text_over(char *buf, size_t cap);

void text_add(struct text *, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
