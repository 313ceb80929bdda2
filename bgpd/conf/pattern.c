/* Community patterns from text: see pattern.h. Pure; parent only. */
#include "bgpd/conf/pattern.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define PIECES_MAX 4
#define PIECE_SIZE 16 /* with the terminating zero; no number or word is longer */

#define WELL_KNOWN UINT16_MAX /* std 65535:... is IANA's */

#define EXT_RT	   0x0002
#define EXT_RO	   0x0003
#define EXT_FOUR   0x0200 /* added where the AS has four octets */

static const struct {
	const char *key;
	size_t pieces;
	const char *shape;
} formats[COMMUNITY_FORMATS] = {
    [COMMUNITY_STD] = {"std", 2, "A:B, each a number up to 65535"},
    [COMMUNITY_LARGE] = {"lrg", 3, "A:B:C, each a number up to 4294967295"},
    [COMMUNITY_EXT] = {"ext", 3, "rt:A:B or ro:A:B, only one of the numbers above 65535"},
};

static bool __attribute__((format(printf, 2, 3)))
refuse(char why[PATTERN_WHY_MAX], const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(why, PATTERN_WHY_MAX, format, args);
	va_end(args);
	return false;
}

/* Splits at colons, blanks around the pieces dropped. 0 where a piece is empty or too long. */
static size_t
split(const char *text, char pieces[PIECES_MAX][PIECE_SIZE])
{
	size_t count = 0;

	for (;;) {
		size_t len;

		if (count == PIECES_MAX)
			return count;
		text += strspn(text, " \t");
		len = strcspn(text, ": \t");
		if (len == 0 || len >= PIECE_SIZE)
			return 0;
		memcpy(pieces[count], text, len);
		pieces[count++][len] = '\0';
		text += len;
		text += strspn(text, " \t");
		if (*text == '\0')
			return count;
		if (*text++ != ':')
			return 0;
	}
}

/* Digits alone. */
static bool
read_number(const char *piece, uint32_t max, uint32_t *out)
{
	uint64_t number;

	if (piece[strspn(piece, "0123456789")] != '\0')
		return false;
	number = strtoull(piece, NULL, 10);
	if (number > max)
		return false;
	*out = (uint32_t)number;
	return true;
}

/* A number or the word rs_as; wild words have been looked at. */
static bool
read_part(const struct pattern_form *form, const char *piece, uint32_t max, uint32_t *out,
    char why[PATTERN_WHY_MAX])
{
	bool is_own = strcmp(piece, "rs_as") == 0;

	if (is_own && form->rs_as <= max) {
		*out = form->rs_as;
		return true;
	}
	if (is_own)
		return refuse(why,
		    "rs_as is %" PRIu32 " and does not fit 16 bits; write a private number (64512 "
		    "to 65534) in its place, or use lrg",
		    form->rs_as);
	if (read_number(piece, max, out))
		return true;
	if (piece[strspn(piece, "0123456789")] == '\0')
		return refuse(why, "%s is too large for its place, at most %" PRIu32, piece, max);
	if (strcmp(piece, "peer_as") == 0 || strcmp(piece, "dyn_val") == 0 ||
	    strcmp(piece, "*") == 0)
		return refuse(why, "the word %s %s", piece,
		    form->word != NULL && strcmp(form->word, piece) == 0
			? "can only be the last part"
			: "is not allowed here");
	return refuse(
	    why, "\"%s\" is no number%s", piece, form->rs_as != 0 ? " and not the word rs_as" : "");
}

/* The first two octets of an extended community, for an AS of two octets. */
static bool
read_kind(const char *piece, uint16_t *out, char why[PATTERN_WHY_MAX])
{
	if (strcasecmp(piece, "rt") == 0)
		*out = EXT_RT;
	else if (strcasecmp(piece, "ro") == 0)
		*out = EXT_RO;
	else
		return refuse(why, "it begins with \"%s\", expected rt or ro", piece);
	return true;
}

/* The last part: a number, or the form's word. */
static bool
read_last(const struct pattern_form *form, const char *piece, uint32_t max,
    struct policy_community *out, uint32_t *part, char why[PATTERN_WHY_MAX])
{
	if (form->word != NULL && strcmp(piece, form->word) == 0) {
		out->wild = (uint8_t)form->wild;
		return true;
	}
	if (form->word != NULL && !form->word_is_optional)
		return refuse(
		    why, "its last part is \"%s\", expected the word %s", piece, form->word);
	return read_part(form, piece, max, part, why);
}

bool
pattern_parse(const struct pattern_form *form, const char *text, struct policy_community *out,
    char why[PATTERN_WHY_MAX])
{
	struct policy_community pattern = {.format = (uint8_t)form->format};
	uint32_t max = form->format == COMMUNITY_STD ? UINT16_MAX : UINT32_MAX;
	char pieces[PIECES_MAX][PIECE_SIZE];
	size_t count = split(text, pieces), first = form->format == COMMUNITY_EXT ? 1 : 0, i;

	if (count != formats[form->format].pieces)
		return refuse(why, "expected %s", formats[form->format].shape);
	if (first == 1 && !read_kind(pieces[0], &pattern.ext_type, why))
		return false;
	for (i = first; i + 1 < count; i++)
		if (!read_part(form, pieces[i], max, &pattern.part[i - first], why))
			return false;
	if (form->format == COMMUNITY_EXT && pattern.part[0] > UINT16_MAX) {
		pattern.ext_type |= EXT_FOUR;
		max = UINT16_MAX;
	}
	if (!read_last(form, pieces[i], max, &pattern, &pattern.part[i - first], why))
		return false;
	if (form->format == COMMUNITY_STD && pattern.part[0] == WELL_KNOWN &&
	    !form->takes_well_known)
		return refuse(
		    why, "65535:0 to 65535:65535 are reserved for well-known communities");
	*out = pattern;
	return true;
}

enum community_format
pattern_guess(const char *text)
{
	const char *colon = strchr(text, ':');

	text += strspn(text, " \t");
	if (strncasecmp(text, "rt", 2) == 0 || strncasecmp(text, "ro", 2) == 0)
		return COMMUNITY_EXT;
	return colon != NULL && strchr(colon + 1, ':') != NULL ? COMMUNITY_LARGE : COMMUNITY_STD;
}

const char *
pattern_format_key(enum community_format format)
{
	return formats[format].key;
}
