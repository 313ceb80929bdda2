/*
 * UTF-8: see utf8.h.
 */
#include "bgpd/utf8.h"

#include <string.h>

/* The form of a first octet: (octet & mask) == bits, and how much follows. */
static const struct {
	uint8_t mask;
	uint8_t bits;
	size_t len;
	uint32_t min; /* smaller characters have a shorter form */
} forms[] = {
    {0x80, 0x00, 1, 0},
    {0xe0, 0xc0, 2, 0x80},
    {0xf0, 0xe0, 3, 0x800},
    {0xf8, 0xf0, 4, 0x10000},
};

static const struct {
	uint32_t first;
	uint32_t last;
} invisible[] = {
    {0x00, 0x1f},	/* C0 controls */
    {0x7f, 0x9f},	/* DEL, C1 controls */
    {0xad, 0xad},	/* soft hyphen */
    {0x200b, 0x200f},	/* zero width, direction marks */
    {0x2028, 0x202e},	/* line separators, direction overrides */
    {0x2060, 0x206f},	/* word joiner, isolates */
    {0xfe00, 0xfe0f},	/* variation selectors */
    {0xfeff, 0xfeff},	/* byte order mark */
    {0xfff0, 0xffff},	/* specials */
    {0xe0000, 0xe0fff}, /* tags */
};

size_t
utf8_decode(const char *octets, size_t len, uint32_t *out)
{
	uint8_t first = (uint8_t)octets[0];
	uint32_t character;
	size_t i, form;

	for (form = 0; form < 4 && (first & forms[form].mask) != forms[form].bits; form++)
		continue;
	if (form == 4 || forms[form].len > len)
		return 0;
	character = (uint32_t)(first & (uint8_t)~forms[form].mask);
	for (i = 1; i < forms[form].len; i++) {
		uint8_t octet = (uint8_t)octets[i];

		if ((octet & 0xc0) != 0x80)
			return 0;
		character = character << 6 | (octet & 0x3f);
	}
	if (character < forms[form].min || character > 0x10ffff ||
	    (character >= 0xd800 && character <= 0xdfff))
		return 0;
	*out = character;
	return forms[form].len;
}

bool
utf8_is_invisible(uint32_t character)
{
	size_t i;

	for (i = 0; i < sizeof(invisible) / sizeof(invisible[0]); i++) {
		if (character >= invisible[i].first && character <= invisible[i].last)
			return true;
	}
	return false;
}

void
utf8_clean(const char *text, char *out, size_t size)
{
	size_t left = strlen(text), used = 0, len;
	uint32_t character;
	bool blank = true; /* none in front */

	while (left > 0) {
		len = utf8_decode(text, left, &character);
		if (len == 0)
			character = '?';
		else if (character == ' ' || character == '\t' || character == '\n')
			character = ' ';
		else if (utf8_is_invisible(character))
			character = '?';
		if (used + (len > 0 ? len : 1) >= size)
			break;
		if (character == ' ' ? !blank : character == '?')
			out[used++] = (char)character;
		else if (character != ' ') {
			memcpy(out + used, text, len);
			used += len;
		}
		blank = character == ' ';
		text += len > 0 ? len : 1;
		left -= len > 0 ? len : 1;
	}
	while (used > 0 && out[used - 1] == ' ')
		used--;
	out[used] = '\0';
}

size_t
utf8_cut(const char *text, size_t max)
{
	size_t len = strnlen(text, max + 1);

	if (len <= max)
		return len;
	for (len = max; len > 0 && ((uint8_t)text[len] & 0xc0) == 0x80;)
		len--;
	return len;
}

/* True if the octets are the beginning of a character whose rest is missing. */
static bool
is_torn(const char *octets, size_t len)
{
	size_t form, i;

	for (form = 1; form < 4 && ((uint8_t)octets[0] & forms[form].mask) != forms[form].bits;)
		form++;
	if (form == 4 || forms[form].len <= len)
		return false;
	for (i = 1; i < len; i++)
		if (((uint8_t)octets[i] & 0xc0) != 0x80)
			return false;
	return true;
}

bool
utf8_disarm(char *text, size_t size)
{
	size_t left = strnlen(text, size), used = 0, len;
	bool is_cut = left == size, is_clean = true;
	const char *from = text;
	uint32_t character;

	if (is_cut)
		left--;
	for (; left > 0; from += len, left -= len) {
		len = utf8_decode(from, left, &character);
		if (len == 0 && is_cut && is_torn(from, left))
			break;
		if (len > 0 && !utf8_is_invisible(character)) {
			memmove(text + used, from, len);
			used += len;
			continue;
		}
		is_clean = false;
		text[used++] = '?';
		len += len == 0;
	}
	text[used] = '\0';
	return is_clean;
}
