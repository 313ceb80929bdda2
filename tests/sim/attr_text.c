/*
 * Path attributes from and to text, see attr.h for the fields.
 *
 * The text is that of the data set and of the dumps: both must come out the same whether a route
 * was read from a file or received, so next hops are printed by inet_ntop() and numbers without
 * leading zeros, and nothing is sorted: the order of communities is the member's business.
 */
#include "tests/sim/attr.h"
#include "tests/sim/attr_list.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Values of one route in the making; the list points into bytes, which must not move. */
struct maker {
	struct attr_list list;
	struct buf bytes;
};

/* A decimal number of at most max, moving *p behind it. */
static bool
take_number(const char **p, uint32_t max, uint32_t *value)
{
	uint64_t n = 0;
	const char *start = *p;

	for (; **p >= '0' && **p <= '9' && *p - start < 11; (*p)++)
		n = 10 * n + (uint64_t)(**p - '0');
	*value = (uint32_t)n;
	return *p > start && n <= max;
}

/* Exactly digits hexadecimal digits, as octets. */
static bool
take_hex(const char **p, size_t digits, struct buf *out)
{
	for (size_t i = 0; i < digits; i += 2) {
		char pair[3] = {(*p)[0], (*p)[0] != '\0' ? (*p)[1] : '\0', '\0'};
		char *end;
		unsigned long value = strtoul(pair, &end, 16);

		if (end != pair + 2 || pair[0] == '-' || pair[0] == '+' || pair[0] == ' ')
			return false;
		buf_put8(out, (unsigned)value);
		*p += 2;
	}
	return true;
}

static const char *
add_since(struct maker *m, uint8_t flags, uint8_t type, size_t since)
{
	return attr_list_add(&m->list, flags, type, m->bytes.data + since, m->bytes.len - since);
}

/* "1 2 {3,4} 5": runs of numbers are sequences of at most 255, braces are sets. */
static const char *
make_path(struct maker *m, const char *text)
{
	size_t since = m->bytes.len, count_at = 0;
	bool in_set = false, open = false;

	for (const char *p = text; *p != '\0';) {
		uint32_t asn;

		if (*p == ' ' || *p == ',') {
			p++;
			continue;
		}
		if (*p == '{' || *p == '}') {
			if ((*p == '{') == in_set)
				return "braces of an AS_SET do not match";
			in_set = *p++ == '{';
			open = false;
			continue;
		}
		if (!take_number(&p, UINT32_MAX, &asn))
			return "AS path holds something that is no AS number";
		if (!open || m->bytes.data[count_at] == 255) {
			buf_put8(&m->bytes, in_set ? 1 : 2);
			count_at = m->bytes.len;
			buf_put8(&m->bytes, 0);
			open = true;
		}
		m->bytes.data[count_at]++;
		buf_put32(&m->bytes, asn);
	}
	return in_set ? "an AS_SET is not closed" : add_since(m, 0x40, ATTR_AS_PATH, since);
}

static const char *
make_origin(struct maker *m, const char *text)
{
	static const char letters[] = "ie?";
	size_t since = m->bytes.len;
	size_t value = strcspn(letters, text);

	if (strlen(text) != 1 || value > 2)
		return "origin is none of i, e, ?";
	buf_put8(&m->bytes, (unsigned)value);
	return add_since(m, 0x40, ATTR_ORIGIN, since);
}

/* One address, or a global and a link-local IPv6 address with a space between. */
static const char *
make_next_hop(struct maker *m, const char *text)
{
	size_t since = m->bytes.len;
	char copy[2 * INET6_ADDRSTRLEN];
	char *second;
	uint8_t addr[16];

	if (strlen(text) >= sizeof(copy))
		return "next hop is too long";
	strcpy(copy, text);
	second = strchr(copy, ' ');
	if (second != NULL)
		*second++ = '\0';
	if (second == NULL && inet_pton(AF_INET, copy, addr) == 1) {
		buf_put(&m->bytes, addr, 4);
		return add_since(m, 0x40, ATTR_NEXT_HOP, since);
	}
	if (inet_pton(AF_INET6, copy, addr) != 1)
		return "next hop is no address";
	buf_put(&m->bytes, addr, 16);
	if (second != NULL) {
		if (inet_pton(AF_INET6, second, addr) != 1)
			return "link-local next hop is no address";
		buf_put(&m->bytes, addr, 16);
	}
	return add_since(m, 0x40, ATTR_NEXT_HOP, since);
}

static const char *
make_number(struct maker *m, uint8_t flags, uint8_t type, const char *text)
{
	size_t since = m->bytes.len;
	uint32_t value;

	if (!take_number(&text, UINT32_MAX, &value) || *text != '\0')
		return "MED or OTC is no number";
	buf_put32(&m->bytes, value);
	return add_since(m, flags, type, since);
}

static const char *
make_med(struct maker *m, const char *text)
{
	return make_number(m, 0x80, ATTR_MED, text);
}

static const char *
make_otc(struct maker *m, const char *text)
{
	return make_number(m, 0xc0, ATTR_OTC, text);
}

static const char *
make_communities(struct maker *m, const char *p)
{
	size_t since = m->bytes.len;

	for (; *p != '\0'; p += *p == ' ') {
		uint32_t high, low;

		if (!take_number(&p, 65535, &high) || *p++ != ':' ||
		    !take_number(&p, 65535, &low) || (*p != ' ' && *p != '\0'))
			return "a community is not of the form a:b";
		buf_put32(&m->bytes, high << 16 | low);
	}
	return add_since(m, 0xc0, ATTR_COMMUNITIES, since);
}

static const char *
make_ext(struct maker *m, const char *p)
{
	size_t since = m->bytes.len;

	for (; *p != '\0'; p += *p == ' ')
		if (!take_hex(&p, 16, &m->bytes) || (*p != ' ' && *p != '\0'))
			return "an extended community is not 16 hex digits";
	return add_since(m, 0xc0, ATTR_EXT, since);
}

static const char *
make_large(struct maker *m, const char *p)
{
	size_t since = m->bytes.len;

	for (; *p != '\0'; p += *p == ' ') {
		for (int part = 0; part < 3; part++) {
			uint32_t value;

			if (!take_number(&p, UINT32_MAX, &value) || (part < 2 && *p++ != ':'))
				return "a large community is not of the form a:b:c";
			buf_put32(&m->bytes, value);
		}
		if (*p != ' ' && *p != '\0')
			return "a large community is not of the form a:b:c";
	}
	return add_since(m, 0xc0, ATTR_LARGE, since);
}

/* "c0:63:00ff 40:06:": flags, type and value of each, in hexadecimal. */
static const char *
make_other(struct maker *m, const char *p)
{
	const char *error = NULL;

	for (; *p != '\0' && error == NULL; p += *p == ' ') {
		size_t since = m->bytes.len;

		if (!take_hex(&p, 2, &m->bytes) || *p++ != ':' || !take_hex(&p, 2, &m->bytes) ||
		    *p++ != ':' || !take_hex(&p, strcspn(p, " "), &m->bytes))
			return "another attribute is not of the form flags:type:value";
		error = add_since(m, m->bytes.data[since], m->bytes.data[since + 1], since + 2);
	}
	return error;
}

static const struct {
	const char *(*make)(struct maker *m, const char *text);
	bool is_needed;
} makers[ATTR_TEXT_FIELDS] = {
    {make_path, true},
    {make_origin, true},
    {make_next_hop, true},
    {make_med, false},
    {make_communities, false},
    {make_ext, false},
    {make_large, false},
    {make_otc, false},
    {make_other, false},
};

const char *
attr_from_text(char *fields[], size_t count, struct buf *out)
{
	static struct maker m;
	size_t room = 0;

	attr_list_clear(&m.list);
	m.bytes.len = 0;
	for (size_t i = 0; i < count; i++)
		room += strlen(fields[i]);
	/* No field needs more octets than this, so nothing that is pointed at moves. */
	buf_reserve(&m.bytes, 8 * room + 64);
	for (size_t i = 0; i < ATTR_TEXT_FIELDS; i++) {
		const char *text = i < count ? fields[i] : "";
		const char *error = NULL;

		if (*text != '\0' || makers[i].is_needed)
			error = makers[i].make(&m, text);
		if (error != NULL)
			return error;
	}
	out->len = 0;
	attr_list_emit(&m.list, out);
	return out->len <= 65535 ? NULL : "the attributes are too long";
}

static void __attribute__((format(printf, 2, 3))) print(struct buf *out, const char *format, ...)
{
	char text[64];
	va_list ap;
	int n;

	va_start(ap, format);
	n = vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	buf_put(out, text, (size_t)n);
}

static void
print_path(const uint8_t *value, size_t len, struct buf *out)
{
	struct view v = {value, len, false};

	while (v.len > 0) {
		bool is_set = view_take8(&v) == 1;
		size_t count = view_take8(&v);

		if (v.data > value + 2)
			buf_put8(out, ' ');
		if (is_set)
			buf_put8(out, '{');
		for (size_t i = 0; i < count; i++)
			print(out,
			    i == 0	 ? "%" PRIu32
				: is_set ? ",%" PRIu32
					 : " %" PRIu32,
			    view_take32(&v));
		if (is_set)
			buf_put8(out, '}');
	}
}

static void
print_origin(const uint8_t *value, size_t len, struct buf *out)
{
	(void)len;
	buf_put(out, &"ie?"[value[0]], 1);
}

static void
print_next_hop(const uint8_t *value, size_t len, struct buf *out)
{
	char text[INET6_ADDRSTRLEN];

	inet_ntop(len == 4 ? AF_INET : AF_INET6, value, text, sizeof(text));
	buf_put(out, text, strlen(text));
	if (len == 32) {
		inet_ntop(AF_INET6, value + 16, text, sizeof(text));
		print(out, " %s", text);
	}
}

static void
print_number(const uint8_t *value, size_t len, struct buf *out)
{
	(void)len;
	print(out, "%" PRIu32, get32(value));
}

static void
print_communities(const uint8_t *value, size_t len, struct buf *out)
{
	for (size_t i = 0; i < len; i += 4)
		print(out, "%s%u:%u", i > 0 ? " " : "", get16(value + i), get16(value + i + 2));
}

static void
print_hex(const uint8_t *value, size_t len, struct buf *out)
{
	for (size_t i = 0; i < len; i++)
		print(out, "%02x", value[i]);
}

static void
print_ext(const uint8_t *value, size_t len, struct buf *out)
{
	for (size_t i = 0; i < len; i += 8) {
		if (i > 0)
			buf_put8(out, ' ');
		print_hex(value + i, 8, out);
	}
}

static void
print_large(const uint8_t *value, size_t len, struct buf *out)
{
	for (size_t i = 0; i < len; i += 12)
		print(out, "%s%" PRIu32 ":%" PRIu32 ":%" PRIu32, i > 0 ? " " : "", get32(value + i),
		    get32(value + i + 4), get32(value + i + 8));
}

static const struct {
	uint8_t type;
	void (*print)(const uint8_t *value, size_t len, struct buf *out);
} printers[ATTR_TEXT_FIELDS - 1] = {
    {ATTR_AS_PATH, print_path},
    {ATTR_ORIGIN, print_origin},
    {ATTR_NEXT_HOP, print_next_hop},
    {ATTR_MED, print_number},
    {ATTR_COMMUNITIES, print_communities},
    {ATTR_EXT, print_ext},
    {ATTR_LARGE, print_large},
    {ATTR_OTC, print_number},
};

static bool
has_field(uint8_t type)
{
	for (size_t i = 0; i < ATTR_TEXT_FIELDS - 1; i++)
		if (printers[i].type == type)
			return true;
	return false;
}

void
attr_to_text(const uint8_t *own, size_t len, struct buf *out)
{
	const char *between = "";

	for (size_t i = 0; i < ATTR_TEXT_FIELDS - 1; i++) {
		for (size_t pos = 0; pos < len; pos += 4u + get16(own + pos + 2))
			if (own[pos + 1] == printers[i].type)
				printers[i].print(own + pos + 4, get16(own + pos + 2), out);
		buf_put8(out, '|');
	}
	for (size_t pos = 0; pos < len; pos += 4u + get16(own + pos + 2)) {
		if (has_field(own[pos + 1]))
			continue;
		print(out, "%s%02x:%02x:", between, own[pos], own[pos + 1]);
		print_hex(own + pos + 4, get16(own + pos + 2), out);
		between = " ";
	}
}
