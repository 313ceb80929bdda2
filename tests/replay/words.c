/*
 * See words.h.
 */
#include "tests/replay/words.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *
grow(void *old, size_t size)
{
	old = realloc(old, size);
	if (old == NULL)
		abort();
	return old;
}

static char *
copy(const char *s, size_t len)
{
	char *c = grow(NULL, len + 1);

	memcpy(c, s, len);
	c[len] = '\0';
	return c;
}

/* ---- files ---- */

static const char *
refuse(const char *path, unsigned line, const char *what)
{
	static char text[512];

	snprintf(text, sizeof(text), "%s:%u: %s", path, line, what);
	return text;
}

static void
add_word(struct line *l, const char *s, size_t len)
{
	l->word = grow(l->word, (l->count + 1) * sizeof(*l->word));
	l->word[l->count++] = copy(s, len);
}

/* NULL, or what is wrong. */
static const char *
split(struct line *l)
{
	const char *p = l->text;

	for (;;) {
		size_t len;

		p += strspn(p, " \t");
		if (*p == '\0' || *p == '#')
			return NULL;
		if (*p == '"') {
			len = strcspn(p + 1, "\"");
			if (p[1 + len] == '\0')
				return "the quote is not closed";
			add_word(l, p + 1, len);
			p += len + 2;
			continue;
		}
		len = strcspn(p, " \t");
		add_word(l, p, len);
		p += len;
	}
}

static void
free_line(struct line *l)
{
	for (unsigned i = 0; i < l->count; i++)
		free(l->word[i]);
	free(l->word);
	free(l->text);
}

/* Takes the line over. NULL, or what is wrong. */
static const char *
add_line(struct scenarios *all, const char *path, unsigned number, struct line *l)
{
	struct scenario *s = all->count == 0 ? NULL : &all->all[all->count - 1];

	if (strcmp(l->word[0], "scenario") == 0) {
		if (l->count != 2)
			return "a scenario has one name, in quotes";
		all->all = grow(all->all, (all->count + 1) * sizeof(*all->all));
		all->all[all->count++] = (struct scenario){
		    .file = path, .name = copy(l->word[1], strlen(l->word[1])), .number = number};
		free_line(l);
		return NULL;
	}
	if (s == NULL || strcmp(s->file, path) != 0)
		return "a file begins with a scenario";
	s->lines = grow(s->lines, (s->count + 1) * sizeof(*s->lines));
	s->lines[s->count++] = *l;
	return NULL;
}

const char *
scenarios_read(struct scenarios *all, const char *path)
{
	FILE *f = fopen(path, "r");
	const char *wrong = NULL;
	char buffer[1024];

	if (f == NULL)
		return refuse(path, 0, strerror(errno));
	for (unsigned number = 1; wrong == NULL && fgets(buffer, sizeof(buffer), f) != NULL;
	     number++) {
		struct line l = {.number = number};

		if (strchr(buffer, '\n') == NULL) {
			wrong = refuse(path, number, "the line is too long or not ended");
			break;
		}
		buffer[strcspn(buffer, "\n")] = '\0';
		l.text =
		    copy(buffer + strspn(buffer, " \t"), strlen(buffer + strspn(buffer, " \t")));
		wrong = split(&l);
		if (wrong == NULL && l.count > 0)
			wrong = add_line(all, path, number, &l);
		else
			free_line(&l);
		if (wrong != NULL)
			wrong = refuse(path, number, wrong);
	}
	fclose(f);
	return wrong;
}

void
scenarios_free(struct scenarios *all)
{
	for (unsigned i = 0; i < all->count; i++) {
		struct scenario *s = &all->all[i];

		for (unsigned j = 0; j < s->count; j++)
			free_line(&s->lines[j]);
		free(s->lines);
		free(s->name);
	}
	free(all->all);
	*all = (struct scenarios){0};
}

/* ---- words ---- */

struct words
words_of(const struct line *l)
{
	return (struct words){.line = l, .end = l->count};
}

void
words_fault(struct words *w, const char *format, ...)
{
	va_list ap;

	if (w->fault[0] != '\0')
		return;
	va_start(ap, format);
	vsnprintf(w->fault, sizeof(w->fault), format, ap);
	va_end(ap);
}

bool
words_left(const struct words *w)
{
	return w->fault[0] == '\0' && w->at < w->end;
}

const char *
words_peek(const struct words *w)
{
	return words_left(w) ? w->line->word[w->at] : "";
}

const char *
words_take(struct words *w)
{
	if (!words_left(w)) {
		words_fault(w, "a word is missing at the end");
		return "";
	}
	return w->line->word[w->at++];
}

bool
words_is(struct words *w, const char *word)
{
	if (!words_left(w) || strcmp(words_peek(w), word) != 0)
		return false;
	w->at++;
	return true;
}

void
words_want(struct words *w, const char *word)
{
	if (!words_is(w, word))
		words_fault(w, "\"%s\" instead of \"%s\"", words_peek(w), word);
}

void
words_end(struct words *w)
{
	if (words_left(w))
		words_fault(w, "\"%s\" is not understood here", words_peek(w));
}

bool
words_is_number(const struct words *w)
{
	const char *s = words_peek(w);

	return *s != '\0' && s[strspn(s, "0123456789")] == '\0';
}

uint32_t
words_number(struct words *w, uint32_t max)
{
	const char *s = words_peek(w);
	unsigned long n;

	if (!words_is_number(w) || strlen(s) > 10 || (n = strtoul(s, NULL, 10)) > max) {
		words_fault(w, "\"%s\" is no number up to %u", s, max);
		return 0;
	}
	w->at++;
	return (uint32_t)n;
}

uint64_t
words_time_ms(struct words *w)
{
	static const struct {
		const char *unit;
		double ms;
	} units[] = {{"ms", 1}, {"s", 1000}, {"min", 60000}};
	const char *s = words_take(w), *unit = words_take(w);
	char *end;
	double n = strtod(s, &end);

	for (unsigned i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (strcmp(unit, units[i].unit) == 0 && end != s && *end == '\0' && n >= 0 &&
		    n <= 1000000)
			return (uint64_t)(n * units[i].ms + 0.5);
	words_fault(w, "\"%s %s\" is no time such as 8 s, 100 ms, 2 min", s, unit);
	return 0;
}

size_t
words_address(struct words *w, uint8_t out[16])
{
	const char *s = words_take(w);

	memset(out, 0, 16);
	if (inet_pton(AF_INET, s, out) == 1)
		return 4;
	if (inet_pton(AF_INET6, s, out) == 1)
		return 16;
	words_fault(w, "\"%s\" is no address", s);
	return 4;
}

uint32_t
words_address4(struct words *w)
{
	uint8_t a[16];

	if (words_address(w, a) != 4)
		words_fault(w, "an IPv4 address is wanted");
	return (uint32_t)a[0] << 24 | (uint32_t)a[1] << 16 | (uint32_t)a[2] << 8 | a[3];
}

static bool
is_hex(const char *s)
{
	size_t digits = strspn(s, "0123456789abcdef");

	return digits > 0 && digits % 2 == 0 && s[digits] == '\0';
}

void
words_hex(struct words *w, struct octets *out)
{
	for (;;) {
		if (words_is(w, "marker")) {
			for (unsigned i = 0; i < 16; i++)
				octets_put8(out, 0xff);
			continue;
		}
		if (!is_hex(words_peek(w)))
			return;
		for (const char *s = words_take(w); *s != '\0'; s += 2) {
			char pair[3] = {s[0], s[1], '\0'};

			octets_put8(out, (unsigned)strtoul(pair, NULL, 16));
		}
	}
}

unsigned
words_family(struct words *w)
{
	const char *s = words_take(w);

	if (strcmp(s, "ipv4") != 0 && strcmp(s, "ipv6") != 0)
		words_fault(w, "\"%s\" is neither ipv4 nor ipv6", s);
	return strcmp(s, "ipv6") == 0;
}

uint8_t
words_families(struct words *w)
{
	const char *s = words_take(w);

	if (strcmp(s, "ipv4") == 0)
		return 1;
	if (strcmp(s, "ipv6") == 0)
		return 2;
	if (strcmp(s, "ipv4,ipv6") != 0)
		words_fault(w, "\"%s\" is none of ipv4, ipv6, ipv4,ipv6", s);
	return 3;
}
