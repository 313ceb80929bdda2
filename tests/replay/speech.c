/*
 * The smaller messages in words, and the choice between all of them: see speech.h.
 */
#include "tests/replay/speech.h"

#include <stdio.h>
#include <string.h>

#define CEASE	       6
#define CEASE_SHUTDOWN 2
#define CEASE_RESET    4

typedef void say_fn(
    struct words *, const struct speaker *, const struct dialect *, struct octets *);

size_t
speech_begin(uint8_t type, struct octets *out)
{
	size_t at = out->len;

	for (unsigned i = 0; i < 16; i++)
		octets_put8(out, 0xff);
	octets_put16(out, 0);
	octets_put8(out, type);
	return at;
}

void
speech_finish(struct octets *out, size_t at)
{
	octets_set16(out, at + 16, out->len - at);
}

/* ---- to octets ---- */

static void
say_open(struct words *w, const struct speaker *s, const struct dialect *d, struct octets *out)
{
	(void)d;
	speech_say_open(w, s, out);
}

static void
say_update(struct words *w, const struct speaker *s, const struct dialect *d, struct octets *out)
{
	speech_say_update(w, true, s, d, out);
}

static void
say_withdraws(struct words *w, const struct speaker *s, const struct dialect *d, struct octets *out)
{
	speech_say_update(w, false, s, d, out);
}

static void
say_keepalive(struct words *w, const struct speaker *s, const struct dialect *d, struct octets *out)
{
	(void)w;
	(void)s;
	(void)d;
	speech_finish(out, speech_begin(SPEECH_KEEPALIVE, out));
}

static void
say_notification(
    struct words *w, const struct speaker *s, const struct dialect *d, struct octets *out)
{
	size_t at = speech_begin(SPEECH_NOTIFICATION, out);
	const char *codes = words_take(w);
	unsigned code, subcode;

	(void)s;
	(void)d;
	if (sscanf(codes, "%3u/%3u", &code, &subcode) != 2)
		words_fault(w, "\"%s\" is no code/subcode", codes);
	else
		octets_put16(out, code << 8 | subcode);
	if (words_is(w, "data")) {
		words_hex(w, out);
	} else if (words_left(w)) {
		const char *text = words_take(w);

		octets_put8(out, (unsigned)strlen(text));
		octets_put(out, text, strlen(text));
	}
	speech_finish(out, at);
}

static void
put_refresh(struct words *w, unsigned subtype, struct octets *out)
{
	size_t at = speech_begin(SPEECH_REFRESH, out);

	octets_put16(out, words_family(w) + 1);
	if (words_is(w, "subtype"))
		subtype = words_number(w, 255);
	octets_put8(out, subtype);
	octets_put8(out, 1);
	speech_finish(out, at);
}

static void
say_refresh(struct words *w, const struct speaker *s, const struct dialect *d, struct octets *out)
{
	(void)s;
	(void)d;
	put_refresh(w, 0, out);
}

static void
say_borr(struct words *w, const struct speaker *s, const struct dialect *d, struct octets *out)
{
	(void)s;
	(void)d;
	put_refresh(w, 1, out);
}

static void
say_eorr(struct words *w, const struct speaker *s, const struct dialect *d, struct octets *out)
{
	(void)s;
	(void)d;
	put_refresh(w, 2, out);
}

static void
say_eor(struct words *w, const struct speaker *s, const struct dialect *d, struct octets *out)
{
	size_t at = speech_begin(SPEECH_UPDATE, out);
	bool v6 = words_family(w) != 0;

	(void)s;
	(void)d;
	octets_put16(out, 0);
	octets_put16(out, v6 ? 6 : 0);
	if (v6)
		attribute_put(0x80, 15, "\0\2\1", 3, out);
	speech_finish(out, at);
}

static void
say_hex(struct words *w, const struct speaker *s, const struct dialect *d, struct octets *out)
{
	(void)s;
	(void)d;
	words_hex(w, out);
}

/* "message 9 0102" */
static void
say_message(struct words *w, const struct speaker *s, const struct dialect *d, struct octets *out)
{
	size_t at = speech_begin((uint8_t)words_number(w, 255), out);

	(void)s;
	(void)d;
	words_hex(w, out);
	speech_finish(out, at);
}

static const struct {
	const char *word;
	say_fn *say;
} rows[] = {
    {"OPEN", say_open},
    {"UPDATE", say_update},
    {"announces", say_update},
    {"withdraws", say_withdraws},
    {"KEEPALIVE", say_keepalive},
    {"NOTIFICATION", say_notification},
    {"ROUTE-REFRESH", say_refresh},
    {"BoRR", say_borr},
    {"EoRR", say_eorr},
    {"End-of-RIB", say_eor},
    {"hex", say_hex},
    {"message", say_message},
};

void
speech_say(struct words *w, const struct speaker *s, const struct dialect *d, struct octets *out)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!words_is(w, rows[i].word))
			continue;
		rows[i].say(w, s, d, out);
		words_end(w);
		return;
	}
	words_fault(w, "\"%s\" is no message", words_peek(w));
}

/* ---- to words ---- */

static void
hear_notification(struct window *r, struct prose *out)
{
	unsigned code = window_take8(r), subcode = window_take8(r);

	prose_add(out, "NOTIFICATION %u/%u", code, subcode);
	if (r->left == 0)
		return;
	if (code == CEASE && (subcode == CEASE_SHUTDOWN || subcode == CEASE_RESET) &&
	    r->left == r->at[0] + 1u) {
		prose_add(out, " \"%.*s\"", (int)r->at[0], (const char *)r->at + 1);
		return;
	}
	prose_add(out, " data ");
	prose_add_hex(out, r->at, r->left);
}

static void
hear_refresh(struct window *r, struct prose *out)
{
	static const char *const names[] = {"ROUTE-REFRESH", "BoRR", "EoRR"};
	unsigned afi = window_take16(r), subtype = window_take8(r);

	if (window_take8(r) != 1 || r->left != 0 || afi < 1 || afi > 2 || subtype > 2)
		prose_add(out, "ROUTE-REFRESH unreadable");
	else
		prose_add(out, "%s %s", names[subtype], afi == 1 ? "ipv4" : "ipv6");
}

void
speech_hear(const uint8_t *message, size_t len, const struct dialect *d, struct prose *out)
{
	struct window r = {.at = message + SPEECH_HEADER, .left = len - SPEECH_HEADER};

	out->len = 0;
	switch (message[18]) {
	case SPEECH_OPEN:
		speech_hear_open(&r, out);
		break;
	case SPEECH_UPDATE:
		speech_hear_update(&r, d, out);
		break;
	case SPEECH_NOTIFICATION:
		hear_notification(&r, out);
		break;
	case SPEECH_KEEPALIVE:
		prose_add(out, "KEEPALIVE");
		break;
	case SPEECH_REFRESH:
		hear_refresh(&r, out);
		break;
	default:
		prose_add(out, "message %u ", message[18]);
		prose_add_hex(out, r.at, r.left);
		break;
	}
}
