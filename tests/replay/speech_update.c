/*
 * UPDATE in words, see speech.h. Attributes go out in the order of the words, behind those that
 * need no words; IPv6, and IPv4 with the word `mp`, in MP_REACH_NLRI and MP_UNREACH_NLRI.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/replay/speech.h"

#define HEARD_MAX 2048 /* prefixes of a message */

/* ---- to octets ---- */

/* An UPDATE in the making: fields by [0] outside of the attributes, [1] inside. */
struct draft {
	struct octets announce[2];
	struct octets withdraw[2];
	struct octets attrs;
	struct octets next_hop; /* of MP_REACH_NLRI, as was said */
	uint8_t mp_afi;
	bool mp; /* IPv4 goes there, too */
	bool has_mp_announce, has_mp_withdraw;
	bool origin, path, plain_next_hop; /* need no adding */
};

static void
put_prefix(const uint8_t *addr, unsigned bits, bool has_id, uint32_t id, struct octets *out)
{
	if (has_id)
		octets_put32(out, id);
	octets_put8(out, bits);
	octets_put(out, addr, (bits + 7) / 8);
}

/* The next prefix of the same length. */
static void
step_prefix(uint8_t *addr, unsigned bits)
{
	for (unsigned i = bits; i > 0; i--) {
		uint8_t bit = (uint8_t)(0x80 >> (i - 1) % 8);

		addr[(i - 1) / 8] ^= bit;
		if ((addr[(i - 1) / 8] & bit) != 0)
			return;
	}
}

/* "10.0.0.0/24", "10.0.0.0/24#7", "2001:db8::/32"; "10.0.0.0/24 x 300" for 300 in a row. */
static void
say_prefix(struct words *w, const struct dialect *d, struct draft *u, bool announce)
{
	char text[128], *slash, *hash;
	uint8_t addr[16] = {0};
	uint32_t id = 0, count = 1;
	unsigned bits, v6, mp;

	snprintf(text, sizeof(text), "%s", words_take(w));
	slash = strchr(text, '/');
	hash = strchr(text, '#');
	if (slash == NULL)
		return;
	*slash = '\0';
	bits = (unsigned)strtoul(slash + 1, NULL, 10);
	if (hash != NULL)
		id = (uint32_t)strtoul(hash + 1, NULL, 10);
	v6 = strchr(text, ':') != NULL;
	if (inet_pton(v6 ? AF_INET6 : AF_INET, text, addr) != 1 || bits > (v6 ? 128 : 32))
		words_fault(w, "\"%s\" is no prefix", text);
	if (words_is(w, "x"))
		count = words_number(w, 1000);
	mp = v6 || u->mp;
	if (mp) {
		u->mp_afi = v6 ? 2 : 1;
		u->has_mp_announce |= announce;
		u->has_mp_withdraw |= !announce;
	}
	for (; count > 0; count--, step_prefix(addr, bits))
		put_prefix(addr, bits, (d->add_path >> v6 & 1) != 0, id,
		    announce ? &u->announce[mp] : &u->withdraw[mp]);
}

/* A next hop of IPv6, of 32 octets too, belongs into MP_REACH_NLRI. */
static bool
say_mp_next_hop(struct words *w, struct draft *u)
{
	uint8_t a[16];
	size_t len;

	if (strchr(words_peek(w), ':') == NULL && !u->mp)
		return false;
	u->next_hop.len = 0;
	do {
		len = words_address(w, a);
		octets_put(&u->next_hop, a, len);
	} while (len == 16 && strchr(words_peek(w), ':') != NULL);
	return true;
}

static void
say_without(struct words *w, struct draft *u)
{
	if (words_is(w, "origin"))
		u->origin = true;
	else if (words_is(w, "path"))
		u->path = true;
	else if (words_is(w, "next-hop"))
		u->plain_next_hop = true;
	else
		words_fault(w, "an UPDATE can not be without \"%s\"", words_peek(w));
}

static void
say_words(struct words *w, const struct dialect *d, bool announce, struct draft *u)
{
	while (words_left(w)) {
		if (words_is(w, "announce")) {
			announce = true;
		} else if (words_is(w, "withdraw")) {
			announce = false;
		} else if (words_is(w, "mp")) {
			u->mp = true;
		} else if (words_is(w, "without")) {
			say_without(w, u);
		} else if (strchr(words_peek(w), '/') != NULL) {
			say_prefix(w, d, u, announce);
		} else {
			u->origin |= strcmp(words_peek(w), "origin") == 0;
			u->path |= strcmp(words_peek(w), "path") == 0;
			if (strcmp(words_peek(w), "next-hop") == 0) {
				w->at++;
				if (say_mp_next_hop(w, u))
					continue;
				w->at--;
				u->plain_next_hop = true;
			}
			if (!attribute_say(w, d, &u->attrs))
				words_fault(w, "\"%s\" is nothing of an UPDATE", words_peek(w));
		}
	}
}

static void
put_defaults(
    const struct draft *u, const struct speaker *s, const struct dialect *d, struct octets *out)
{
	uint8_t path[6] = {2, 1};

	if (u->announce[0].len + u->announce[1].len == 0)
		return;
	if (!u->origin)
		attribute_put(0x40, 1, "", 1, out);
	if (s == NULL)
		return;
	for (unsigned i = 0; i < (d->as4 ? 4u : 2u); i++)
		path[2 + i] = (uint8_t)((d->as4			 ? s->asn
						: s->asn > 65535 ? 23456
								 : s->asn) >>
		    (8 * ((d->as4 ? 3 : 1) - i)));
	if (!u->path)
		attribute_put(0x40, 2, path, d->as4 ? 6 : 4, out);
	if (!u->plain_next_hop && u->announce[0].len > 0)
		attribute_put(0x40, 3, s->next_hop4, 4, out);
}

static void
put_mp(const struct draft *u, const struct speaker *s, struct octets *out)
{
	struct octets value = {0};

	if (u->has_mp_withdraw) {
		octets_put16(&value, u->mp_afi);
		octets_put8(&value, 1);
		octets_put(&value, u->withdraw[1].data, u->withdraw[1].len);
		attribute_put(0x80, 15, value.data, value.len, out);
	}
	value.len = 0;
	if (u->has_mp_announce) {
		const uint8_t *nh = u->next_hop.data;
		size_t len = u->next_hop.len;

		if (len == 0 && s != NULL) {
			nh = s->next_hop6;
			len = 16;
		}
		octets_put16(&value, u->mp_afi);
		octets_put8(&value, 1);
		octets_put8(&value, (unsigned)len);
		octets_put(&value, nh, len);
		octets_put8(&value, 0);
		octets_put(&value, u->announce[1].data, u->announce[1].len);
		attribute_put(0x80, 14, value.data, value.len, out);
	}
	octets_fini(&value);
}

void
speech_say_update(struct words *w, bool announce, const struct speaker *s, const struct dialect *d,
    struct octets *out)
{
	size_t at = speech_begin(SPEECH_UPDATE, out), attrs_at;
	struct draft u = {0};

	say_words(w, d, announce, &u);
	octets_put16(out, (unsigned)u.withdraw[0].len);
	octets_put(out, u.withdraw[0].data, u.withdraw[0].len);
	attrs_at = out->len;
	octets_put16(out, 0);
	put_mp(&u, s, out);
	put_defaults(&u, s, d, out);
	octets_put(out, u.attrs.data, u.attrs.len);
	octets_set16(out, attrs_at, out->len - attrs_at - 2);
	octets_put(out, u.announce[0].data, u.announce[0].len);
	speech_finish(out, at);
	for (unsigned i = 0; i < 2; i++) {
		octets_fini(&u.announce[i]);
		octets_fini(&u.withdraw[i]);
	}
	octets_fini(&u.attrs);
	octets_fini(&u.next_hop);
}

/* ---- to words ---- */

struct heard_prefix {
	uint8_t v6;
	uint8_t addr[16];
	uint8_t bits;
	bool has_id;
	uint8_t id[4]; /* big endian, so that octets sort */
};

struct heard_list {
	struct heard_prefix p[HEARD_MAX];
	unsigned count;
};

struct heard_attr {
	uint8_t flags, type;
	struct window value;
};

static int
compare_prefixes(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct heard_prefix));
}

static void
hear_prefixes(struct window *r, bool v6, const struct dialect *d, struct heard_list *list)
{
	while (r->left > 0 && list->count < HEARD_MAX) {
		struct heard_prefix *p = &list->p[list->count];
		const uint8_t *octets;

		memset(p, 0, sizeof(*p));
		p->v6 = v6;
		p->has_id = (d->add_path >> v6 & 1) != 0;
		if (p->has_id && (octets = window_take(r, 4)) != NULL)
			memcpy(p->id, octets, 4);
		p->bits = window_take8(r);
		if (p->bits > (v6 ? 128 : 32))
			r->bad = true;
		octets = window_take(r, (p->bits + 7u) / 8);
		if (r->bad)
			return;
		memcpy(p->addr, octets, (p->bits + 7u) / 8);
		list->count++;
	}
}

static void
add_prefixes(const char *verb, struct heard_list *list, struct prose *out)
{
	char s[INET6_ADDRSTRLEN];

	if (list->count == 0)
		return;
	qsort(list->p, list->count, sizeof(list->p[0]), compare_prefixes);
	prose_add(out, " %s", verb);
	for (unsigned i = 0; i < list->count; i++) {
		const struct heard_prefix *p = &list->p[i];
		const uint8_t *id = p->id;

		inet_ntop(p->v6 ? AF_INET6 : AF_INET, p->addr, s, sizeof(s));
		prose_add(out, " %s/%u", s, p->bits);
		if (p->has_id)
			prose_add(out, "#%u",
			    (unsigned)id[0] << 24 | (unsigned)id[1] << 16 | (unsigned)id[2] << 8 |
				id[3]);
	}
}

/* MP_REACH_NLRI and MP_UNREACH_NLRI; false if it is of no family that we know. */
static bool
hear_mp(const struct heard_attr *a, const struct dialect *d, struct heard_list *list,
    struct window *next_hop, bool *mp4)
{
	struct window r = a->value;
	uint16_t afi = window_take16(&r);

	if ((afi != 1 && afi != 2) || window_take8(&r) != 1)
		return false;
	*mp4 |= afi == 1;
	if (a->type == 14) {
		*next_hop = window_child(&r, window_take8(&r));
		window_take8(&r);
	}
	hear_prefixes(&r, afi == 2, d, list);
	return !r.bad;
}

static unsigned
read_attributes(struct window *attrs, struct heard_attr *list, unsigned max)
{
	unsigned n = 0;

	while (attrs->left > 0 && n < max) {
		struct heard_attr *a = &list[n];

		a->flags = window_take8(attrs);
		a->type = window_take8(attrs);
		a->value = window_child(
		    attrs, (a->flags & 0x10) != 0 ? window_take16(attrs) : window_take8(attrs));
		if (attrs->bad)
			return n;
		a->flags &= 0xef;
		n++;
	}
	return n;
}

static void
add_next_hop(const struct window *next_hop, struct prose *out)
{
	if (next_hop->at == NULL)
		return;
	prose_add(out, " next-hop");
	attribute_hear_address(next_hop->at, next_hop->left, out);
}

/* True if the message is an End-of-RIB and was written as one. */
static bool
hear_eor(const struct heard_attr *a, unsigned n, size_t others, struct prose *out)
{
	if (others > 0 || n > 1)
		return false;
	if (n == 1 && (a->type != 15 || a->value.left != 3))
		return false;
	out->len = 0;
	prose_add(out, "End-of-RIB %s", n == 0 || a->value.at[1] == 1 ? "ipv4" : "ipv6");
	if (n == 1 && a->value.at[1] == 1)
		prose_add(out, " mp");
	return true;
}

void
speech_hear_update(struct window *r, const struct dialect *d, struct prose *out)
{
	static struct heard_list announced, withdrawn;
	struct heard_attr attr[64];
	struct window whole = *r, fields, attrs, next_hop = {0};
	bool mp4 = false, good = true;
	unsigned n;

	announced.count = withdrawn.count = 0;
	fields = window_child(r, window_take16(r));
	attrs = window_child(r, window_take16(r));
	hear_prefixes(&fields, false, d, &withdrawn);
	hear_prefixes(r, false, d, &announced);
	n = read_attributes(&attrs, attr, 64);
	if (!r->bad && !fields.bad && !attrs.bad &&
	    hear_eor(attr, n, withdrawn.count + announced.count, out))
		return;
	for (unsigned i = 0; i < n; i++)
		if (attr[i].type == 14 || attr[i].type == 15)
			good &= hear_mp(&attr[i], d, attr[i].type == 14 ? &announced : &withdrawn,
			    &next_hop, &mp4);
	prose_add(out, "UPDATE");
	if (r->bad || fields.bad || attrs.bad || !good) {
		prose_add(out, " unreadable ");
		prose_add_hex(out, whole.at, whole.left);
		return;
	}
	prose_add(out, "%s", mp4 ? " mp" : "");
	add_prefixes("withdraw", &withdrawn, out);
	add_prefixes("announce", &announced, out);
	for (unsigned type = 0; type < 256; type++) {
		if (type == 3)
			add_next_hop(&next_hop, out);
		for (unsigned i = 0; i < n; i++)
			if (attr[i].type == type && type != 14 && type != 15)
				attribute_hear(attr[i].flags, (uint8_t)type, attr[i].value, d, out);
	}
}
