/*
 * OPEN in words, see speech.h. What is heard is a list of phrases, "version 4, as 64500, hold 90";
 * an expectation names some of them.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "tests/replay/speech.h"

#define AS_TRANS 23456

enum capability {
	CAP_MULTIPROTOCOL = 1,
	CAP_REFRESH = 2,
	CAP_NEXT_HOPS = 5,
	CAP_EXTENDED = 6,
	CAP_ROLE = 9,
	CAP_RESTART = 64,
	CAP_AS4 = 65,
	CAP_ADD_PATH = 69,
	CAP_ENHANCED = 70
};

static const char *const roles[] = {"provider", "rs", "rs-client", "customer", "peer"};
static const char *const modes[] = {"nothing", "receive", "send", "both"};
static const char *const families[] = {"nothing", "ipv4", "ipv6", "ipv4,ipv6"};

/* ---- to octets ---- */

/* An OPEN in the making. */
struct draft {
	unsigned version;
	uint32_t asn, as4;
	uint16_t hold_s;
	uint32_t id;
	uint8_t families;
	bool has_as4, refresh;
	struct octets caps;	  /* others, as they were said */
	struct octets parameters; /* likewise */
};

static void
put_cap(uint8_t code, const void *value, size_t len, struct octets *out)
{
	octets_put8(out, code);
	octets_put8(out, (unsigned)len);
	octets_put(out, value, len);
}

static unsigned
take_name(struct words *w, const char *const *names, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		if (words_is(w, names[i]))
			return i;
	return words_number(w, 255);
}

/* "restart 120 restarted notification keeps ipv4 kept ipv4" */
static void
say_restart(struct words *w, struct octets *out)
{
	unsigned time_s = words_number(w, 4095), flags = 0;
	uint8_t keeps = 0, kept = 0;
	struct octets v = {0};

	if (words_is(w, "restarted"))
		flags |= 0x8;
	if (words_is(w, "notification"))
		flags |= 0x4;
	if (words_is(w, "keeps"))
		keeps = words_families(w);
	if (words_is(w, "kept"))
		kept = words_families(w);
	octets_put16(&v, flags << 12 | time_s);
	for (unsigned f = 0; f < 2; f++) {
		if ((keeps >> f & 1) == 0)
			continue;
		octets_put16(&v, f + 1);
		octets_put8(&v, 1);
		octets_put8(&v, (kept >> f & 1) != 0 ? 0x80 : 0);
	}
	put_cap(CAP_RESTART, v.data, v.len, out);
	octets_fini(&v);
}

static void
say_add_path(struct words *w, struct octets *out)
{
	uint8_t v[4] = {0, (uint8_t)(words_family(w) + 1), 1, 0};

	v[3] = (uint8_t)take_name(w, modes, 4);
	put_cap(CAP_ADD_PATH, v, sizeof(v), out);
}

/* "capability 99 0102", "parameter 1 00" */
static void
say_other(struct words *w, struct octets *out)
{
	struct octets value = {0};
	uint8_t code = (uint8_t)words_number(w, 255);

	words_hex(w, &value);
	put_cap(code, value.data, value.len, out);
	octets_fini(&value);
}

static void
say_capability(struct words *w, struct draft *o)
{
	if (words_is(w, "role")) {
		uint8_t role = (uint8_t)take_name(w, roles, 5);

		put_cap(CAP_ROLE, &role, 1, &o->caps);
	} else if (words_is(w, "restart")) {
		say_restart(w, &o->caps);
	} else if (words_is(w, "add-path")) {
		say_add_path(w, &o->caps);
	} else if (words_is(w, "enhanced-refresh")) {
		put_cap(CAP_ENHANCED, NULL, 0, &o->caps);
	} else if (words_is(w, "extended-messages")) {
		put_cap(CAP_EXTENDED, NULL, 0, &o->caps);
	} else if (words_is(w, "ipv6-next-hops")) {
		put_cap(CAP_NEXT_HOPS, "\0\1\0\1\0\2", 6, &o->caps);
	} else if (words_is(w, "capability")) {
		say_other(w, &o->caps);
	} else if (words_is(w, "parameter")) {
		say_other(w, &o->parameters);
	} else {
		words_fault(w, "\"%s\" is nothing of an OPEN", words_peek(w));
	}
}

static void
say_without(struct words *w, struct draft *o)
{
	if (words_is(w, "as4"))
		o->has_as4 = false;
	else if (words_is(w, "refresh"))
		o->refresh = false;
	else if (words_is(w, "families"))
		o->families = 0;
	else
		words_fault(w, "an OPEN can not be without \"%s\"", words_peek(w));
}

static void
say_words(struct words *w, struct draft *o)
{
	while (words_left(w)) {
		if (words_is(w, "version"))
			o->version = words_number(w, 255);
		else if (words_is(w, "as"))
			o->asn = o->as4 = words_number(w, UINT32_MAX);
		else if (words_is(w, "as4"))
			o->as4 = words_number(w, UINT32_MAX);
		else if (words_is(w, "hold"))
			o->hold_s = (uint16_t)words_number(w, 65535);
		else if (words_is(w, "id"))
			o->id = words_address4(w);
		else if (words_is(w, "families"))
			o->families = words_families(w);
		else if (words_is(w, "refresh"))
			o->refresh = true;
		else if (words_is(w, "without"))
			say_without(w, o);
		else
			say_capability(w, o);
	}
}

static void
put_known(const struct draft *o, struct octets *caps)
{
	for (unsigned f = 0; f < 2; f++)
		if ((o->families >> f & 1) != 0)
			put_cap(CAP_MULTIPROTOCOL, f == 0 ? "\0\1\0\1" : "\0\2\0\1", 4, caps);
	if (o->refresh)
		put_cap(CAP_REFRESH, NULL, 0, caps);
	if (o->has_as4) {
		octets_put16(caps, CAP_AS4 << 8 | 4);
		octets_put32(caps, o->as4);
	}
}

void
speech_say_open(struct words *w, const struct speaker *s, struct octets *out)
{
	struct draft o = {.version = 4,
	    .asn = s->asn,
	    .as4 = s->asn,
	    .hold_s = s->hold_s,
	    .id = s->id,
	    .families = s->families,
	    .has_as4 = true,
	    .refresh = true};
	size_t at = speech_begin(SPEECH_OPEN, out);
	struct octets caps = {0};

	say_words(w, &o);
	put_known(&o, &caps);
	octets_put(&caps, o.caps.data, o.caps.len);
	octets_put8(out, o.version);
	octets_put16(out, o.asn > 65535 ? AS_TRANS : o.asn);
	octets_put16(out, o.hold_s);
	octets_put32(out, o.id);
	octets_put8(out, (unsigned)(o.parameters.len + caps.len + (caps.len > 0 ? 2 : 0)));
	octets_put(out, o.parameters.data, o.parameters.len);
	if (caps.len > 0) {
		octets_put8(out, 2);
		octets_put8(out, (unsigned)caps.len);
		octets_put(out, caps.data, caps.len);
	}
	speech_finish(out, at);
	octets_fini(&caps);
	octets_fini(&o.caps);
	octets_fini(&o.parameters);
}

/* ---- to words ---- */

static void
hear_restart(struct window v, struct prose *out)
{
	unsigned head = window_take16(&v);
	unsigned keeps = 0, kept = 0;

	prose_add(out, "restart %u%s%s", head & 0xfff, head & 0x8000 ? " restarted" : "",
	    head & 0x4000 ? " notification" : "");
	while (v.left >= 4) {
		unsigned afi = window_take16(&v);
		unsigned bit = afi == 1 ? 1 : 2;

		window_take8(&v);
		keeps |= bit;
		kept |= (window_take8(&v) & 0x80) != 0 ? bit : 0;
	}
	if (keeps != 0)
		prose_add(out, " keeps %s", families[keeps]);
	if (kept != 0)
		prose_add(out, " kept %s", families[kept]);
	prose_add(out, ", ");
}

static void
hear_add_path(struct window v, struct prose *out)
{
	while (v.left >= 4) {
		unsigned afi = window_take16(&v), mode;

		window_take8(&v);
		mode = window_take8(&v);
		prose_add(out, "add-path %s %s, ", afi == 1 ? "ipv4" : "ipv6",
		    mode < 4 ? modes[mode] : "?");
	}
}

static void
hear_capability(uint8_t code, struct window v, uint8_t *mask, struct prose *out)
{
	unsigned n;

	switch (code) {
	case CAP_MULTIPROTOCOL:
		n = window_take16(&v);
		*mask |= n == 1 ? 1 : n == 2 ? 2 : 0;
		break;
	case CAP_REFRESH:
		prose_add(out, "refresh, ");
		break;
	case CAP_NEXT_HOPS:
		prose_add(out, "ipv6-next-hops, ");
		break;
	case CAP_EXTENDED:
		prose_add(out, "extended-messages, ");
		break;
	case CAP_ROLE:
		n = window_take8(&v);
		prose_add(out, "role %s, ", n < 5 ? roles[n] : "?");
		break;
	case CAP_RESTART:
		hear_restart(v, out);
		break;
	case CAP_AS4:
		prose_add(out, "as4 %u, ", window_take32(&v));
		break;
	case CAP_ADD_PATH:
		hear_add_path(v, out);
		break;
	case CAP_ENHANCED:
		prose_add(out, "enhanced-refresh, ");
		break;
	default:
		prose_add(out, "capability %u ", code);
		prose_add_hex(out, v.at, v.left);
		prose_add(out, ", ");
		break;
	}
}

static void
hear_parameters(struct window *r, struct prose *out)
{
	uint8_t mask = 0;

	while (r->left > 0) {
		uint8_t type = window_take8(r);
		struct window p = window_child(r, window_take8(r));

		if (type != 2) {
			prose_add(out, "parameter %u, ", type);
			continue;
		}
		while (p.left > 0) {
			uint8_t code = window_take8(&p);
			struct window v = window_child(&p, window_take8(&p));

			hear_capability(code, v, &mask, out);
		}
	}
	if (mask != 0)
		prose_add(out, "families %s, ", families[mask]);
}

void
speech_hear_open(struct window *r, struct prose *out)
{
	unsigned version = window_take8(r), asn = window_take16(r), hold = window_take16(r);
	const uint8_t *id = window_take(r, 4);
	char s[INET_ADDRSTRLEN] = "?";

	if (id != NULL)
		inet_ntop(AF_INET, id, s, sizeof(s));
	window_take8(r);
	prose_add(out, "OPEN, version %u, as %u, hold %u, id %s, ", version, asn, hold, s);
	hear_parameters(r, out);
	prose_add(out, "%s", r->bad ? "unreadable" : "that is all");
}

/* ---- expectations ---- */

static bool
is_keyword(const char *word)
{
	static const char *const keywords[] = {"version", "as", "hold", "id", "families", "refresh",
	    "as4", "role", "restart", "add-path", "enhanced-refresh", "extended-messages",
	    "ipv6-next-hops", "capability", "without"};

	for (size_t i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++)
		if (strcmp(word, keywords[i]) == 0)
			return true;
	return false;
}

/* One phrase, ", hold 90,"; of one that is not to be there ", role " alone. */
static bool
has_phrase(struct words *w, const char *heard, struct prose *missing)
{
	bool without = words_is(w, "without"), found;
	struct prose phrase = {0};

	if (!is_keyword(words_peek(w)))
		words_fault(w, "\"%s\" is nothing of an OPEN", words_peek(w));
	prose_add(&phrase, ", %s", words_take(w));
	while (!without && words_left(w) && !is_keyword(words_peek(w)))
		prose_add(&phrase, " %s", words_take(w));
	if (!without)
		prose_add(&phrase, ",");
	found = strstr(heard, phrase.s) != NULL;
	if (found == without)
		prose_add(missing, "%s%s", without ? "not without" : "no", phrase.s + 1);
	prose_fini(&phrase);
	return found != without;
}

bool
speech_open_has(struct words *w, const char *heard, struct prose *missing)
{
	while (words_left(w))
		if (!has_phrase(w, heard, missing))
			return false;
	return true;
}

static void
read_capability(uint8_t code, struct window v, struct speech_open *out)
{
	out->as4 |= code == CAP_AS4;
	while (code == CAP_ADD_PATH && v.left >= 4) {
		unsigned afi = window_take16(&v), mode;

		window_take8(&v);
		mode = window_take8(&v);
		if (afi == 1 || afi == 2)
			out->add_path[afi - 1] = (uint8_t)mode;
	}
}

void
speech_open_read(const uint8_t *message, size_t len, struct speech_open *out)
{
	struct window r = {.at = message + SPEECH_HEADER, .left = len - SPEECH_HEADER};

	*out = (struct speech_open){0};
	window_take(&r, 3);
	out->hold_s = window_take16(&r);
	window_take(&r, 5);
	while (r.left > 0) {
		uint8_t type = window_take8(&r);
		struct window p = window_child(&r, window_take8(&r));

		while (type == 2 && p.left > 0) {
			uint8_t code = window_take8(&p);
			struct window v = window_child(&p, window_take8(&p));

			read_capability(code, v, out);
		}
	}
}
