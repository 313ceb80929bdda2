/* A stream of JSON; see json.h. RFC 8259. */
#include "bgpd/feed/json.h"

#include <string.h>

static void
fail(struct json *json, const char *error)
{
	if (json->error != NULL)
		return;
	json->error = error;
	json->error_at = json->at;
}

static void
skip_blanks(struct json *json)
{
	while (json->at < json->end &&
	    (*json->at == ' ' || *json->at == '\n' || *json->at == '\t' || *json->at == '\r'))
		json->at++;
}

/* The next octet that is no blank; '\0' at the end and after an error. */
static char
look(struct json *json)
{
	if (json->error != NULL)
		return '\0';
	skip_blanks(json);
	return json->at < json->end ? *json->at : '\0';
}

void
json_init(struct json *json, const char *octets, size_t len)
{
	*json = (struct json){.at = octets, .end = octets + len, .is_first = true};
	if (len >= 3 && memcmp(octets, "\xef\xbb\xbf", 3) == 0)
		json->at += 3; /* the byte order mark some tools write */
}

enum json_type
json_peek(struct json *json)
{
	char c = look(json);

	switch (c) {
	case 'n':
		return JSON_NULL;
	case 'f':
		return JSON_FALSE;
	case 't':
		return JSON_TRUE;
	case '"':
		return JSON_STRING;
	case '[':
		return JSON_ARRAY;
	case '{':
		return JSON_OBJECT;
	default:
		return c == '-' || (c >= '0' && c <= '9') ? JSON_NUMBER : JSON_NOTHING;
	}
}

bool
json_enter(struct json *json, enum json_type type)
{
	if (json_peek(json) != type)
		return false;
	if (json->depth == JSON_DEPTH_MAX) {
		fail(json, "too many arrays and objects within each other");
		return false;
	}
	json->at++;
	json->depth++;
	json->is_first = true;
	return true;
}

/* At the end of the container, or before its next member. False at the end and after errors. */
static bool
advance(struct json *json, char closing)
{
	char c = look(json);

	if (json->error != NULL)
		return false;
	if (c == closing) {
		json->at++;
		json->depth--;
		json->is_first = false;
		return false;
	}
	if (!json->is_first) {
		if (c != ',') {
			fail(json,
			    json->at == json->end ? "the text ends too early" : "',' expected");
			return false;
		}
		json->at++;
	}
	json->is_first = false;
	return true;
}

static unsigned
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0');
	if (c >= 'a' && c <= 'f')
		return (unsigned)(c - 'a' + 10);
	if (c >= 'A' && c <= 'F')
		return (unsigned)(c - 'A' + 10);
	return 16;
}

/* Four hexadecimal digits; UINT32_MAX if there are none. */
static uint32_t
hex4(const char *at, const char *end)
{
	uint32_t value = 0;

	if (end - at < 4)
		return UINT32_MAX;
	for (int i = 0; i < 4; i++) {
		unsigned digit = hex_digit(at[i]);

		if (digit > 15)
			return UINT32_MAX;
		value = value << 4 | digit;
	}
	return value;
}

/* Appends the character as UTF-8; half a surrogate pair becomes '?'. Returns the octets. */
static size_t
put_character(uint32_t c, char out[4])
{
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xc0 | c >> 6);
		out[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c >= 0xd800 && c < 0xe000) {
		out[0] = '?';
		return 1;
	}
	if (c < 0x10000) {
		out[0] = (char)(0xe0 | c >> 12);
		out[1] = (char)(0x80 | (c >> 6 & 0x3f));
		out[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | c >> 18);
	out[1] = (char)(0x80 | (c >> 12 & 0x3f));
	out[2] = (char)(0x80 | (c >> 6 & 0x3f));
	out[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

/* at is behind a backslash. Returns the octets read, 0 for what is no escape. */
static size_t
read_escape(const char *at, const char *end, uint32_t *out)
{
	static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
	const char *name;
	uint32_t low;

	if (at == end)
		return 0;
	if (*at != 'u') {
		name = *at == '\0' ? NULL : strchr(names, *at);
		*out = name == NULL ? 0 : (uint32_t)values[name - names];
		return name == NULL ? 0 : 1;
	}
	*out = hex4(at + 1, end);
	if (*out == UINT32_MAX)
		return 0;
	if (*out < 0xd800 || *out >= 0xdc00 || end - at < 11 || at[5] != '\\' || at[6] != 'u')
		return 5;
	low = hex4(at + 7, end);
	if (low < 0xdc00 || low >= 0xe000)
		return 5;
	*out = 0x10000 + ((*out - 0xd800) << 10) + (low - 0xdc00);
	return 11;
}

/* The characters of a string with escapes, from at on; an empty slice where they are too many. */
static struct slice
decode(struct json *json, const char *at, const char *end)
{
	size_t len = 0;

	while (at < end) {
		uint32_t c;

		if (len + 4 > JSON_TEXT_MAX)
			return (struct slice){json->text, 0};
		if (*at != '\\') {
			json->text[len++] = *at++;
			continue;
		}
		at++;
		at += read_escape(at, end, &c);
		len += put_character(c, json->text + len);
	}
	return (struct slice){json->text, len};
}

/* The string at the quotation mark under the cursor. */
static struct slice
read_string(struct json *json)
{
	const char *start = ++json->at;
	bool has_escapes = false;
	uint32_t c;
	size_t len;

	for (; json->at < json->end; json->at++) {
		if (*json->at == '"') {
			const char *end = json->at++;

			return has_escapes ? decode(json, start, end)
					   : (struct slice){start, (size_t)(end - start)};
		}
		if ((unsigned char)*json->at < 0x20) {
			fail(json, "control character in a string");
			return (struct slice){0};
		}
		if (*json->at != '\\')
			continue;
		len = read_escape(json->at + 1, json->end, &c);
		if (len == 0) {
			fail(json, "unknown escape in a string");
			return (struct slice){0};
		}
		has_escapes = true;
		json->at += len;
	}
	fail(json, "a string does not end");
	return (struct slice){0};
}

bool
json_next_key(struct json *json, struct slice *key)
{
	if (!advance(json, '}'))
		return false;
	if (look(json) != '"') {
		fail(json, "a key in quotation marks expected");
		return false;
	}
	*key = read_string(json);
	if (look(json) != ':') {
		fail(json, "':' expected");
		return false;
	}
	json->at++;
	return true;
}

bool
json_next(struct json *json)
{
	return advance(json, ']');
}

/* Passes over at least one digit; false if there is none. */
static bool
skip_digits(struct json *json)
{
	const char *start = json->at;

	while (json->at < json->end && *json->at >= '0' && *json->at <= '9')
		json->at++;
	return json->at > start;
}

static bool
skip_octet(struct json *json, const char *of)
{
	if (json->at == json->end || *json->at == '\0' || strchr(of, *json->at) == NULL)
		return false;
	json->at++;
	return true;
}

/* -?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)? */
static struct slice
read_number(struct json *json)
{
	const char *start = json->at;
	bool good;

	skip_octet(json, "-");
	good = skip_octet(json, "0") || skip_digits(json);
	if (good && skip_octet(json, "."))
		good = skip_digits(json);
	if (good && skip_octet(json, "eE")) {
		skip_octet(json, "+-");
		good = skip_digits(json);
	}
	if (!good)
		fail(json, "wrong number");
	return (struct slice){start, (size_t)(json->at - start)};
}

static void
read_word(struct json *json, const char *word)
{
	size_t len = strlen(word);

	if ((size_t)(json->end - json->at) < len || memcmp(json->at, word, len) != 0)
		fail(json, "a value expected");
	else
		json->at += len;
}

void
json_skip(struct json *json)
{
	struct json_value value;

	json_value(json, &value);
}

/* Calls itself at most JSON_DEPTH_MAX deep: json_enter() sees to it. */
static void
skip_container(struct json *json, enum json_type type)
{
	struct slice key;

	if (!json_enter(json, type))
		return;
	if (type == JSON_ARRAY)
		while (json_next(json))
			json_skip(json);
	else
		while (json_next_key(json, &key))
			json_skip(json);
}

void
json_value(struct json *json, struct json_value *out)
{
	*out = (struct json_value){.type = json_peek(json), .at = json->at};
	switch (out->type) {
	case JSON_NULL:
		read_word(json, "null");
		break;
	case JSON_FALSE:
		read_word(json, "false");
		break;
	case JSON_TRUE:
		read_word(json, "true");
		break;
	case JSON_NUMBER:
		out->text = read_number(json);
		break;
	case JSON_STRING:
		out->text = read_string(json);
		break;
	case JSON_ARRAY:
	case JSON_OBJECT:
		skip_container(json, out->type);
		break;
	case JSON_NOTHING:
		fail(json, json->at == json->end ? "the text ends too early" : "a value expected");
		break;
	}
	json->is_first = false;
}

bool
json_end(struct json *json)
{
	look(json);
	if (json->at < json->end)
		fail(json, "the text goes on behind its end");
	if (json->depth > 0)
		fail(json, "the text ends too early");
	return json->error == NULL;
}

bool
json_number(const struct json_value *value, uint64_t max, uint64_t *out)
{
	return value->type == JSON_NUMBER && slice_number(value->text, max, out);
}

bool
json_asn(const struct json_value *value, uint32_t *out)
{
	uint64_t number;

	if (value->type == JSON_STRING)
		return slice_asn(value->text, out);
	if (!json_number(value, UINT32_MAX, &number))
		return false;
	*out = (uint32_t)number;
	return true;
}

bool
json_prefix(const struct json_value *value, struct prefix *out)
{
	return value->type == JSON_STRING && slice_prefix(value->text, out);
}
