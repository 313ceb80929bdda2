/*
 * JSON (RFC 8259) as a stream: the caller walks through the text in the order in which it stands,
 * and nothing is kept of it. A tree of the 75 MB that a validator writes would be 630 MB.
 *
 *   if (jstream_enter(&json, JSTREAM_OBJECT))                { "asn": 64500, "x": [1, 2] }
 *           while (jstream_next_key(&json, &key))              ^ each value must be read or
 *                   jstream_value(&json, &value);                entered before the next key
 *   if (!jstream_end(&json))
 *           ... json.error, json.error_at
 *
 * The error is sticky: after it everything says "no more", so that a reader is written straight and
 * asks once at its end. Pure.
 */
#ifndef BGPD_FEED_JSTREAM_H
#define BGPD_FEED_JSTREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bgpd/feed/slice.h"

#define JSTREAM_DEPTH_MAX 64   /* containers within containers */
#define JSTREAM_TEXT_MAX  1024 /* octets of a string with escapes that are decoded */

enum jstream_type {
	JSTREAM_NOTHING, /* no value can begin here, or there was an error */
	JSTREAM_NULL,
	JSTREAM_FALSE,
	JSTREAM_TRUE,
	JSTREAM_NUMBER,
	JSTREAM_STRING,
	JSTREAM_ARRAY,
	JSTREAM_OBJECT
};

struct jstream {
	const char *at;
	const char *end;
	const char *error; /* NULL, or a static text that says what is wrong */
	const char *error_at;
	unsigned depth;
	bool is_first; /* nothing has been read in the innermost container */
	char text[JSTREAM_TEXT_MAX];
};

/*
 * One value. Text: of a string its characters, escapes decoded, or nothing where these are more
 * than JSTREAM_TEXT_MAX; of a number what stands there. Good until the next call.
 */
struct jstream_value {
	enum jstream_type type;
	const char *at; /* where it begins */
	struct slice text;
};

void jstream_init(struct jstream *, const char *octets, size_t len);

/* The type of the value that comes next, without reading it. */
enum jstream_type jstream_peek(struct jstream *);

/* Enters an array or object; false, and nothing is read, if the next value is none. */
bool jstream_enter(struct jstream *, enum jstream_type);
/* The next member of the object that was entered last; false, and it is left, at its end. */
bool jstream_next_key(struct jstream *, struct slice *key);
/* The next element of the array that was entered last; false, and it is left, at its end. */
bool jstream_next(struct jstream *);

/* Reads a value; arrays and objects are passed over as a whole. */
void jstream_value(struct jstream *, struct jstream_value *out);
void jstream_skip(struct jstream *);

/* True if the whole text was read without an error. */
bool jstream_end(struct jstream *);

/* A number without fraction, at most max. */
bool jstream_number(const struct jstream_value *, uint64_t max, uint64_t *out);
/* A number, or a string "AS64500" or "64500". */
bool jstream_asn(const struct jstream_value *, uint32_t *out);
/* A string. */
bool jstream_prefix(const struct jstream_value *, struct prefix *out);

#endif
