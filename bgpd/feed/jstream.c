/* A stream of JSON; see jstream.h. RFC 8259. */
#include "bgpd/feed/jstream.h"

#include <string.h>

static void
fail(struct jstream *json, const char *error)
{
	if (json->error != NULL)
		return;
	json->error = error;
	json->error_at = json->at;
}

static void
skip_blanks(struct jstream *json)
{
	while (json->at < json->end &&
	    (*json->at == ' ' || *json->at == '\n' || *json->at == '\t' || *json->at == '\r'))
		json->at++;
}

/* The next octet that is no blank; '\0' at the end and after an error. */
static char
look(struct jstream *json)
{
	if (json->error != NULL)
		return '\0';
	skip_blanks(json);
	return json->at < json->end ? *json->at : '\0';
}

void
jstream_init(struct jstream *json, const char *octets, size_t len)
{
	*json = (struct jstream){.at = octets, .end = octets + len, .is_first = true};
	if (len >= 3 && memcmp(octets, "\xef\xbb\xbf", 3) == 0)
		json->at += 3; /* the byte order mark some tools write */
}

enum jstream_type
jstream_peek(struct jstream *json)
{
	char c = look(json);

	switch (c) {
	case 'n':
		return JSTREAM_NULL;
	case 'f':
		return JSTREAM_FALSE;
	case 't':
		return JSTREAM_TRUE;
	case '"':
		return JSTREAM_STRING;
	case '[':
		return JSTREAM_ARRAY;
	case '{':
		return JSTREAM_OBJECT;
	default:
		return c == '-' || (c >= '0' && c <= '9') ? JSTREAM_NUMBER : JSTREAM_NOTHING;
	}
}

bool
jstream_enter(struct jstream *json, enum jstream_type type)
{
	if (jstream_peek(json) != type)
		return false;
	if (json->depth == JSTREAM_DEPTH_MAX) {
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
advance(struct jstream *json, char closing)
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
decode(struct jstream *json, const char *at, const char *end)
{
	size_t len = 0;

	while (at < end) {
		uint32_t c;

		if (len + 4 > JSTREAM_TEXT_MAX)
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
read_string(struct jstream *json)
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
jstream_next_key(struct jstream *json, struct slice *key)
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
jstream_next(struct jstream *json)
{
	return advance(json, ']');
}

/* Passes over at least one digit; false if there is none. */
static bool
skip_digits(struct jstream *json)
{
	const char *start = json->at;

	while (json->at < json->end && *json->at >= '0' && *json->at <= '9')
		json->at++;
	return json->at > start;
}

static bool
skip_octet(struct jstream *json, const char *of)
{
	if (json->at == json->end || *json->at == '\0' || strchr(of, *json->at) == NULL)
		return false;
	json->at++;
	return true;
}

/* -?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)? */
static struct slice
read_number(struct jstream *json)
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
read_word(struct jstream *json, const char *word)
{
	size_t len = strlen(word);

	if ((size_t)(json->end - json->at) < len || memcmp(json->at, word, len) != 0)
		fail(json, "a value expected");
	else
		json->at += len;
}

void
jstream_skip(struct jstream *json)
{
	struct jstream_value value;

	jstream_value(json, &value);
}

/* Calls itself at most JSTREAM_DEPTH_MAX deep: jstream_enter() sees to it. */
static void
skip_container(struct jstream *json, enum jstream_type type)
{
	struct slice key;

	if (!jstream_enter(json, type))
		return;
	if (type == JSTREAM_ARRAY)
		while (jstream_next(json))
			jstream_skip(json);
	else
		while (jstream_next_key(json, &key))
			jstream_skip(json);
}

void
jstream_value(struct jstream *json, struct jstream_value *out)
{
	*out = (struct jstream_value){.type = jstream_peek(json), .at = json->at};
	switch (out->type) {
	case JSTREAM_NULL:
		read_word(json, "null");
		break;
	case JSTREAM_FALSE:
		read_word(json, "false");
		break;
	case JSTREAM_TRUE:
		read_word(json, "true");
		break;
	case JSTREAM_NUMBER:
		out->text = read_number(json);
		break;
	case JSTREAM_STRING:
		out->text = read_string(json);
		break;
	case JSTREAM_ARRAY:
	case JSTREAM_OBJECT:
		skip_container(json, out->type);
		break;
	case JSTREAM_NOTHING:
		fail(json, json->at == json->end ? "the text ends too early" : "a value expected");
		break;
	}
	json->is_first = false;
}

bool
jstream_end(struct jstream *json)
{
	look(json);
	if (json->at < json->end)
		fail(json, "the text goes on behind its end");
	if (json->depth > 0)
		fail(json, "the text ends too early");
	return json->error == NULL;
}

bool
jstream_number(const struct jstream_value *value, uint64_t max, uint64_t *out)
{
	return value->type == JSTREAM_NUMBER && slice_number(value->text, max, out);
}

bool
jstream_asn(const struct jstream_value *value, uint32_t *out)
{
	uint64_t number;

	if (value->type == JSTREAM_STRING)
		return slice_asn(value->text, out);
	if (!jstream_number(value, UINT32_MAX, &number))
		return false;
	*out = (uint32_t)number;
	return true;
}

bool
jstream_prefix(const struct jstream_value *value, struct prefix *out)
{
	return value->type == JSTREAM_STRING && slice_prefix(value->text, out);
}
