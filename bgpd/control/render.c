/* Text, time; attributes: a row for each that has a form of its own, hexadecimal for the rest. */
#include "bgpd/control/render.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bgpd/core/malformed.h"
#include "bgpd/wire/msg.h"
#include "rib/attrs.h"

#define ASN_TEXT 12 /* "4294967295", a separator, the terminating zero */

json_t *
render_text(const char *text)
{
	json_t *json = json_string(text);
	char *ascii;

	if (json != NULL)
		return json;
	ascii = strdup(text);
	if (ascii == NULL)
		abort();
	for (char *p = ascii; *p != '\0'; p++)
		if (((unsigned char)*p & 0x80) != 0)
			*p = '?';
	json = json_string(ascii);
	free(ascii);
	return json;
}

json_t *
render_time(uint64_t unix_s)
{
	time_t t = (time_t)unix_s;
	struct tm tm;
	char text[32];

	if (unix_s == 0 || gmtime_r(&t, &tm) == NULL)
		return json_null();
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
	return json_string(text);
}

json_t *
render_families(uint8_t families)
{
	json_t *list = json_array();

	for (unsigned f = 0; f < FAMILY_COUNT; f++)
		if ((families >> f & 1) != 0)
			json_array_append_new(list, json_string(msg_family_name(f)));
	return list;
}

json_t *
render_address(enum family family, const uint8_t *addr)
{
	char text[INET6_ADDRSTRLEN];

	inet_ntop(family == FAMILY_IPV4 ? AF_INET : AF_INET6, addr, text, sizeof(text));
	return json_string(text);
}

json_t *
render_prefix(const struct prefix *prefix)
{
	char text[PREFIX_TEXT_MAX];

	prefix_format(prefix, text);
	return json_string(text);
}

static uint32_t
u32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static unsigned
u16(const uint8_t *p)
{
	return (unsigned)(p[0] << 8 | p[1]);
}

static void
set_origin(json_t *to, const struct attr_view *a)
{
	static const char *const names[] = {"IGP", "EGP", "incomplete"};

	json_object_set_new(to, "origin", json_string(a->value[0] < 3 ? names[a->value[0]] : "?"));
}

/* Sequences in as_path, with spaces; sets in as_set, with commas. */
static void
set_path(json_t *to, const struct attr_view *a)
{
	size_t room = (size_t)a->len / 4 * ASN_TEXT + 1, len[2] = {0, 0};
	char *text[2] = {malloc(room), malloc(room)};

	if (text[0] == NULL || text[1] == NULL)
		abort();
	text[0][0] = text[1][0] = '\0';
	for (size_t pos = 0; pos + 2 <= a->len; pos += 2 + (size_t)a->value[pos + 1] * 4) {
		unsigned set = a->value[pos] == AS_SET;

		for (unsigned i = 0; i < a->value[pos + 1]; i++)
			len[set] +=
			    (size_t)snprintf(text[set] + len[set], room - len[set], "%s%" PRIu32,
				len[set] == 0 ? ""
				    : set     ? ","
					      : " ",
				u32(a->value + pos + 2 + (size_t)i * 4));
	}
	json_object_set_new(to, "as_path", json_string(text[0]));
	json_object_set_new(to, "as_set", len[1] > 0 ? json_string(text[1]) : json_null());
	free(text[0]);
	free(text[1]);
}

static void
set_med(json_t *to, const struct attr_view *a)
{
	json_object_set_new(to, "med", json_integer(u32(a->value)));
}

static void
set_otc(json_t *to, const struct attr_view *a)
{
	json_object_set_new(to, "otc", json_integer(u32(a->value)));
}

static void
set_atomic(json_t *to, const struct attr_view *a)
{
	(void)a;
	json_object_set_new(to, "atomic_aggregate", json_true());
}

static void
set_aggregator(json_t *to, const struct attr_view *a)
{
	char addr[INET_ADDRSTRLEN], text[ASN_TEXT + INET_ADDRSTRLEN];

	inet_ntop(AF_INET, a->value + 4, addr, sizeof(addr));
	snprintf(text, sizeof(text), "%" PRIu32 " %s", u32(a->value), addr);
	json_object_set_new(to, "aggregator", json_string(text));
}

/* RFC 4360, 5668: rt and ro of the AS-specific and address-specific types; others in hex. */
static void
format_ext(const uint8_t *c, char *text, size_t size)
{
	const char *kind = c[1] == 2 ? "rt" : c[1] == 3 ? "ro" : NULL;
	char addr[INET_ADDRSTRLEN];

	if (kind != NULL && c[0] == 0)
		snprintf(text, size, "%s:%u:%" PRIu32, kind, u16(c + 2), u32(c + 4));
	else if (kind != NULL && c[0] == 2)
		snprintf(text, size, "%s:%" PRIu32 ":%u", kind, u32(c + 2), u16(c + 6));
	else if (kind != NULL && c[0] == 1)
		snprintf(text, size, "%s:%s:%u", kind,
		    inet_ntop(AF_INET, c + 2, addr, sizeof(addr)), u16(c + 6));
	else
		snprintf(text, size, "generic:0x%08" PRIx32 ":0x%08" PRIx32, u32(c), u32(c + 4));
}

static json_t *
render_community(enum community_format format, const uint8_t *octets)
{
	char text[64];

	if (format == COMMUNITY_STD)
		snprintf(text, sizeof(text), "%u:%u", u16(octets), u16(octets + 2));
	else if (format == COMMUNITY_LARGE)
		snprintf(text, sizeof(text), "%" PRIu32 ":%" PRIu32 ":%" PRIu32, u32(octets),
		    u32(octets + 4), u32(octets + 8));
	else
		format_ext(octets, text, sizeof(text));
	return json_string(text);
}

static const struct {
	const char *key;
	const char *left_out;
} lists[COMMUNITY_FORMATS] = {
    [COMMUNITY_STD] = {"communities", "communities_left_out"},
    [COMMUNITY_LARGE] = {"large_communities", "large_communities_left_out"},
    [COMMUNITY_EXT] = {"ext_communities", "ext_communities_left_out"},
};

void
render_add_community(json_t *to, enum community_format format, const uint8_t *octets)
{
	json_t *list = json_object_get(to, lists[format].key);
	json_int_t left_out;

	if (json_array_size(list) < RENDER_COMMUNITIES_MAX) {
		json_array_append_new(list, render_community(format, octets));
		return;
	}
	left_out = json_integer_value(json_object_get(to, lists[format].left_out));
	json_object_set_new(to, lists[format].left_out, json_integer(left_out + 1));
}

static void
add_communities(json_t *to, enum community_format format, const struct attr_view *a)
{
	size_t bytes = community_bytes(format), count = a->len / bytes;
	size_t shown = count < RENDER_COMMUNITIES_MAX ? count : RENDER_COMMUNITIES_MAX;

	for (size_t i = 0; i < shown; i++)
		render_add_community(to, format, a->value + i * bytes);
	if (shown < count)
		json_object_set_new(
		    to, lists[format].left_out, json_integer((json_int_t)(count - shown)));
}

static void
set_communities(json_t *to, const struct attr_view *a)
{
	add_communities(to, COMMUNITY_STD, a);
}

static void
set_large(json_t *to, const struct attr_view *a)
{
	add_communities(to, COMMUNITY_LARGE, a);
}

static void
set_ext(json_t *to, const struct attr_view *a)
{
	add_communities(to, COMMUNITY_EXT, a);
}

static const struct {
	uint8_t type;
	uint16_t least; /* octets of value */
	void (*set)(json_t *to, const struct attr_view *);
} rows[] = {
    {ATTR_ORIGIN, 1, set_origin},
    {ATTR_AS_PATH, 0, set_path},
    {ATTR_MED, 4, set_med},
    {ATTR_ATOMIC_AGGREGATE, 0, set_atomic},
    {ATTR_AGGREGATOR, 8, set_aggregator},
    {ATTR_COMMUNITIES, 0, set_communities},
    {ATTR_EXT_COMMUNITIES, 0, set_ext},
    {ATTR_LARGE_COMMUNITIES, 0, set_large},
    {ATTR_OTC, 4, set_otc},
};

static json_t *
render_hex(const uint8_t *octets, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	char *hex = malloc(len * 2 + 1);
	json_t *json;

	if (hex == NULL)
		abort();
	for (size_t i = 0; i < len; i++) {
		hex[2 * i] = digits[octets[i] >> 4];
		hex[2 * i + 1] = digits[octets[i] & 15];
	}
	hex[2 * len] = '\0';
	json = json_string(hex);
	free(hex);
	return json;
}

static void
set_other(json_t *to, const struct attr_view *a)
{
	json_t *list = json_object_get(to, "other_attributes");

	if (list == NULL) {
		list = json_array();
		json_object_set_new(to, "other_attributes", list);
	}
	json_array_append_new(list,
	    json_pack("{s:i,s:i,s:o}", "type", (int)a->type, "flags", (int)a->flags, "hex",
		render_hex(a->value, a->len)));
}

/* Of a malformed UPDATE nothing is known but what was wrong and what was sent. */
static void
set_malformed(json_t *to, const struct malformed_view *m)
{
	char text[256];

	snprintf(text, sizeof(text), "%.*s", (int)m->text_len, m->text);
	json_object_set_new(to, "malformed",
	    json_pack("{s:i,s:o,s:o}", "attribute", (int)m->attribute, "text", render_text(text),
		"octets", render_hex(m->octets, m->octets_len)));
}

static void
set_next_hop(json_t *to, const uint8_t *block)
{
	char text[INET6_ADDRSTRLEN] = "";

	if (block[0] > 0)
		inet_ntop(block[0] == 4 ? AF_INET : AF_INET6, block + 1, text, sizeof(text));
	json_object_set_new(to, "next_hop", json_string(text));
	if (block[0] != 32)
		return;
	inet_ntop(AF_INET6, block + 17, text, sizeof(text));
	json_object_set_new(to, "next_hop_link_local", json_string(text));
}

json_t *
render_attributes(const uint8_t *block, size_t len)
{
	json_t *to = json_pack("{s:s,s:n,s:s,s:s,s:n,s:[],s:[],s:[],s:n}", "as_path", "", "as_set",
	    "next_hop", "", "origin", "", "med", "communities", "large_communities",
	    "ext_communities", "otc");
	struct malformed_view malformed;
	struct attr_view a;
	size_t pos = 0;

	if (malformed_read(block, len, &malformed)) {
		set_malformed(to, &malformed);
		return to;
	}
	set_next_hop(to, block);
	while (attrs_next(block, len, &pos, &a)) {
		size_t i = 0;

		while (i < sizeof(rows) / sizeof(rows[0]) &&
		    (rows[i].type != a.type || a.len < rows[i].least))
			i++;
		if (i < sizeof(rows) / sizeof(rows[0]))
			rows[i].set(to, &a);
		else
			set_other(to, &a);
	}
	return to;
}
