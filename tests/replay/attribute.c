/*
 * Path attributes in words: a table, a row per attribute. See speech.h.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "tests/replay/speech.h"

typedef void say_fn(struct words *, const struct dialect *, struct octets *);
typedef void hear_fn(struct window *, const struct dialect *, struct prose *);

void
attribute_put(uint8_t flags, uint8_t type, const void *value, size_t len, struct octets *out)
{
	octets_put8(out, len > 255 ? flags | 0x10u : flags);
	octets_put8(out, type);
	if (len > 255)
		octets_put16(out, (unsigned)len);
	else
		octets_put8(out, (unsigned)len);
	octets_put(out, value, len);
}

void
attribute_hear_address(const uint8_t *octets, size_t len, struct prose *out)
{
	char s[INET6_ADDRSTRLEN];

	for (size_t i = 0; i + 16 <= len || (len == 4 && i == 0); i += 16)
		prose_add(
		    out, " %s", inet_ntop(len == 4 ? AF_INET : AF_INET6, octets + i, s, sizeof(s)));
}

/* ---- single values ---- */

static const char *const origins[] = {"igp", "egp", "incomplete"};

static void
say_origin(struct words *w, const struct dialect *d, struct octets *out)
{
	(void)d;
	for (unsigned i = 0; i < 3; i++)
		if (words_is(w, origins[i])) {
			octets_put8(out, i);
			return;
		}
	octets_put8(out, words_number(w, 255));
}

static void
hear_origin(struct window *r, const struct dialect *d, struct prose *out)
{
	uint8_t origin = window_take8(r);

	(void)d;
	if (origin < 3)
		prose_add(out, " %s", origins[origin]);
	else
		prose_add(out, " %u", origin);
}

static void
say_number(struct words *w, const struct dialect *d, struct octets *out)
{
	(void)d;
	octets_put32(out, words_number(w, UINT32_MAX));
}

static void
hear_number(struct window *r, const struct dialect *d, struct prose *out)
{
	(void)d;
	prose_add(out, " %u", window_take32(r));
}

static void
say_nothing(struct words *w, const struct dialect *d, struct octets *out)
{
	(void)w;
	(void)d;
	(void)out;
}

static void
hear_nothing(struct window *r, const struct dialect *d, struct prose *out)
{
	(void)r;
	(void)d;
	(void)out;
}

static void
say_address(struct words *w, const struct dialect *d, struct octets *out)
{
	uint8_t a[16];

	(void)d;
	octets_put(out, a, words_address(w, a));
}

static void
hear_address(struct window *r, const struct dialect *d, struct prose *out)
{
	(void)d;
	if (r->left == 4 || r->left == 16 || r->left == 32)
		attribute_hear_address(r->at, r->left, out);
	else
		r->bad = true;
	r->left = 0;
}

static bool
is_address(const struct words *w)
{
	uint8_t a[4];

	return inet_pton(AF_INET, words_peek(w), a) == 1;
}

static void
say_addresses(struct words *w, const struct dialect *d, struct octets *out)
{
	while (is_address(w))
		say_address(w, d, out);
}

static void
hear_addresses(struct window *r, const struct dialect *d, struct prose *out)
{
	(void)d;
	while (r->left >= 4)
		attribute_hear_address(window_take(r, 4), 4, out);
}

/* ---- AS numbers ---- */

static void
put_asn(uint32_t asn, bool as4, struct octets *out)
{
	if (as4)
		octets_put32(out, asn);
	else
		octets_put16(out, asn);
}

/* One word of a path: "65001", "{65001", "65001}", "{65001}". */
static bool
take_asn(struct words *w, uint32_t *asn, bool *opens, bool *closes)
{
	const char *s = words_peek(w);
	unsigned n = 0;
	int used = 0;

	*opens = *s == '{';
	s += *opens;
	if (sscanf(s, "%10u%n", &n, &used) != 1)
		return false;
	*closes = s[used] == '}';
	if (s[used + *closes] != '\0')
		return false;
	*asn = n;
	words_take(w);
	return true;
}

static void
say_path_of(struct words *w, bool as4, struct octets *out)
{
	size_t count_at = 0;
	bool in_set = false, opens, closes;
	uint32_t asn;

	while (take_asn(w, &asn, &opens, &closes)) {
		if (count_at == 0 || opens || out->data[count_at] == 255) {
			in_set |= opens;
			octets_put8(out, in_set ? 1 : 2);
			count_at = out->len;
			octets_put8(out, 0);
		}
		out->data[count_at]++;
		put_asn(asn, as4, out);
		if (closes) {
			in_set = false;
			count_at = 0;
		}
	}
	words_is(w, "empty");
}

static void
hear_path_of(struct window *r, bool as4, struct prose *out)
{
	if (r->left == 0)
		prose_add(out, " empty");
	while (r->left > 0) {
		uint8_t type = window_take8(r), count = window_take8(r);

		if ((type != 1 && type != 2) || count == 0) {
			r->bad = true;
			return;
		}
		for (unsigned i = 0; i < count; i++)
			prose_add(out, type == 1 && i == 0 ? " {%u%s" : " %u%s",
			    as4 ? window_take32(r) : window_take16(r),
			    type == 1 && i + 1u == count ? "}" : "");
	}
}

static void
say_path(struct words *w, const struct dialect *d, struct octets *out)
{
	say_path_of(w, d->as4, out);
}

static void
hear_path(struct window *r, const struct dialect *d, struct prose *out)
{
	hear_path_of(r, d->as4, out);
}

static void
say_as4_path(struct words *w, const struct dialect *d, struct octets *out)
{
	(void)d;
	say_path_of(w, true, out);
}

static void
hear_as4_path(struct window *r, const struct dialect *d, struct prose *out)
{
	(void)d;
	hear_path_of(r, true, out);
}

static void
say_aggregator_of(struct words *w, bool as4, struct octets *out)
{
	put_asn(words_number(w, UINT32_MAX), as4, out);
	octets_put32(out, words_address4(w));
}

static void
hear_aggregator_of(struct window *r, bool as4, struct prose *out)
{
	const uint8_t *a;

	prose_add(out, " %u", as4 ? window_take32(r) : window_take16(r));
	a = window_take(r, 4);
	if (a != NULL)
		attribute_hear_address(a, 4, out);
}

static void
say_aggregator(struct words *w, const struct dialect *d, struct octets *out)
{
	say_aggregator_of(w, d->as4, out);
}

static void
hear_aggregator(struct window *r, const struct dialect *d, struct prose *out)
{
	hear_aggregator_of(r, d->as4, out);
}

static void
say_as4_aggregator(struct words *w, const struct dialect *d, struct octets *out)
{
	(void)d;
	say_aggregator_of(w, true, out);
}

static void
hear_as4_aggregator(struct window *r, const struct dialect *d, struct prose *out)
{
	(void)d;
	hear_aggregator_of(r, true, out);
}

/* ---- communities ---- */

/* The next word as parts numbers with ':' between. */
static bool
take_parts(struct words *w, unsigned parts, uint32_t *out)
{
	const char *s = words_peek(w);

	for (unsigned i = 0; i < parts; i++) {
		unsigned n = 0;
		int used = 0;

		if (sscanf(s, "%10u%n", &n, &used) != 1 || s[used] != (i + 1 < parts ? ':' : '\0'))
			return false;
		out[i] = n;
		s += used + 1;
	}
	words_take(w);
	return true;
}

/* "65001:1 x 300": so many, the last part counted on. */
static uint32_t
take_count(struct words *w)
{
	return words_is(w, "x") ? words_number(w, 20000) : 1;
}

static void
say_community(struct words *w, const struct dialect *d, struct octets *out)
{
	uint32_t part[2];

	(void)d;
	while (take_parts(w, 2, part))
		for (uint32_t n = take_count(w); n > 0; n--)
			octets_put32(out, part[0] << 16 | part[1]++);
}

static void
hear_community(struct window *r, const struct dialect *d, struct prose *out)
{
	(void)d;
	while (r->left > 0) {
		uint16_t high = window_take16(r);

		prose_add(out, " %u:%u", high, window_take16(r));
	}
}

static void
say_large(struct words *w, const struct dialect *d, struct octets *out)
{
	uint32_t part[3];

	(void)d;
	while (take_parts(w, 3, part))
		for (uint32_t n = take_count(w); n > 0; n--, part[2]++)
			for (unsigned i = 0; i < 3; i++)
				octets_put32(out, part[i]);
}

static void
hear_large(struct window *r, const struct dialect *d, struct prose *out)
{
	(void)d;
	while (r->left > 0) {
		uint32_t a = window_take32(r), b = window_take32(r);

		prose_add(out, " %u:%u:%u", a, b, window_take32(r));
	}
}

static void
say_ext(struct words *w, const struct dialect *d, struct octets *out)
{
	(void)d;
	words_hex(w, out);
}

static void
hear_ext(struct window *r, const struct dialect *d, struct prose *out)
{
	(void)d;
	while (r->left >= 8) {
		prose_add(out, " ");
		prose_add_hex(out, window_take(r, 8), 8);
	}
}

/* ---- the table ---- */

static const struct row {
	const char *word;
	say_fn *say;
	hear_fn *hear;
	uint8_t type;
	uint8_t flags;
} rows[] = {
    {"origin", say_origin, hear_origin, 1, 0x40},
    {"path", say_path, hear_path, 2, 0x40},
    {"next-hop", say_address, hear_address, 3, 0x40},
    {"med", say_number, hear_number, 4, 0x80},
    {"local-pref", say_number, hear_number, 5, 0x40},
    {"atomic", say_nothing, hear_nothing, 6, 0x40},
    {"aggregator", say_aggregator, hear_aggregator, 7, 0xc0},
    {"community", say_community, hear_community, 8, 0xc0},
    {"originator-id", say_address, hear_address, 9, 0x80},
    {"cluster-list", say_addresses, hear_addresses, 10, 0x80},
    {"ext", say_ext, hear_ext, 16, 0xc0},
    {"as4-path", say_as4_path, hear_as4_path, 17, 0xc0},
    {"as4-aggregator", say_as4_aggregator, hear_as4_aggregator, 18, 0xc0},
    {"large", say_large, hear_large, 32, 0xc0},
    {"otc", say_number, hear_number, 35, 0xc0},
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

/* "attribute c0 63 0102" */
static void
say_other(struct words *w, struct octets *out)
{
	struct octets all = {0};

	words_hex(w, &all);
	if (all.len < 2)
		words_fault(w, "an attribute is flags, type and value in hexadecimal");
	else
		attribute_put(all.data[0], all.data[1], all.data + 2, all.len - 2, out);
	octets_fini(&all);
}

bool
attribute_say(struct words *w, const struct dialect *d, struct octets *out)
{
	struct octets value = {0};

	if (words_is(w, "attribute")) {
		say_other(w, out);
		return true;
	}
	if (words_is(w, "raw")) {
		words_hex(w, out);
		return true;
	}
	for (size_t i = 0; i < ROWS; i++) {
		if (!words_is(w, rows[i].word))
			continue;
		rows[i].say(w, d, &value);
		attribute_put(rows[i].flags, rows[i].type, value.data, value.len, out);
		octets_fini(&value);
		return true;
	}
	return false;
}

void
attribute_hear(
    uint8_t flags, uint8_t type, struct window value, const struct dialect *d, struct prose *out)
{
	struct window r = value;
	size_t since = out->len;

	for (size_t i = 0; i < ROWS; i++) {
		if (rows[i].type != type || rows[i].flags != flags)
			continue;
		prose_add(out, " %s", rows[i].word);
		rows[i].hear(&r, d, out);
		if (!r.bad && r.left == 0)
			return;
		out->len = since;
	}
	prose_add(out, " attribute %02x %02x ", flags, type);
	prose_add_hex(out, value.at, value.left);
}
