/*
 * JSON (RFC 8259) as a stream: the caller walks through the text in the order in which it stands,
 * and nothing is kept of it. A tree of the 75 MB that a validator writes would be 630 MB.
 *
 *   if (json_enter(&json, JSON_OBJECT))                  { "asn": 64500, "x": [1, 2] }
 *           while (json_next_key(&json, &key))             ^ each value must be read or
 *                   json_value(&json, &value);               entered before the next key
 *   if (!json_end(&json))
 *           ... json.error, json.error_at
 *
 * The error is sticky: after it everything says "no more", so that a reader is written straight and
 * asks once at its end. Pure.
 */
#ifndef BGPD_FEED_JSON_H
#define BGPD_FEED_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bgpd/feed/slice.h"

#define JSON_DEPTH_MAX 64   /* containers within containers */
#define JSON_TEXT_MAX  1024 /* octets of a string with escapes that are decoded */

enum json_type {
	JSON_NOTHING, /* no value can begin here, or there was an error */
	JSON_NULL,
	JSON_FALSE,
	JSON_TRUE,
	JSON_NUMBER,
	JSON_STRING,
	JSON_ARRAY,
	JSON_OBJECT
};

struct json {
	const char *at;
	const char *end;
	const char *error; /* NULL, or a static text that says what is wrong */
	const char *error_at;
	unsigned depth;
	bool is_first; /* nothing has been read in the innermost container */
	char text[JSON_TEXT_MAX];
};

/*
 * One value. Text: of a string its characters, escapes decoded, or nothing where these are more
 * than JSON_TEXT_MAX; of a number what stands there. Good until the next call.
 */
struct json_value {
	enum json_type type;
	const char *at; /* where it begins */
	struct slice text;
};

void json_init(struct json *, const char *octets, size_t len);

/* The type of the value that comes next, without reading it. */
enum json_type json_peek(struct json *);

/* Enters an array or object; false, and nothing is read, if the next value is none. */
bool json_enter(struct json *, enum json_type);
/* The next member of the object that was entered last; false, and it is left, at its end. */
bool json_next_key(struct json *, struct slice *key);
/* The next element of the array that was entered last; false, and it is left, at its end. */
bool json_next(struct json *);

/* Reads a value; arrays and objects are passed over as a whole. */
void json_value(struct json *, struct json_value *out);
void json_skip(struct json *);

/* True if the whole text was read without an error. */
bool json_end(struct json *);

/* A number without fraction, at most max. */
bool json_number(const struct json_value *, uint64_t max, uint64_t *out);
/* A number, or a string "AS64500" or "64500". */
bool json_asn(const struct json_value *, uint32_t *out);
/* A string. */
bool json_prefix(const struct json_value *, struct prefix *out);

#endif
