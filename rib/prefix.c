/*
 * Prefixes: order, cover and text. Pure functions, used by every process.
 *
 * Texts of addresses are those of RFC 5952; reading is strict, because what is read comes from
 * configuration and command lines, where 192.0.2.1/24 is more often a mistake than a wish.
 */
#include "rib/prefix.h"

#include <arpa/inet.h>
#include <string.h>

/* The bits of the octet in which a prefix of len bits ends that belong to the prefix. */
static uint8_t
last_octet_mask(unsigned len)
{
	return (uint8_t)(0xff00U >> (len % 8));
}

static size_t
address_bytes(unsigned family)
{
	return family == FAMILY_IPV4 ? 4 : 16;
}

unsigned
prefix_max_len(enum family family)
{
	return family == FAMILY_IPV4 ? 32 : 128;
}

bool
prefix_is_valid(const struct prefix *p)
{
	size_t full = p->len / 8;

	if (p->family >= FAMILY_COUNT || p->len > prefix_max_len(p->family))
		return false;
	if (p->len % 8 != 0) {
		if ((p->addr[full] & (uint8_t)~last_octet_mask(p->len)) != 0)
			return false;
		full++;
	}
	for (size_t i = full; i < sizeof(p->addr); i++) {
		if (p->addr[i] != 0)
			return false;
	}
	return true;
}

int
prefix_compare(const struct prefix *a, const struct prefix *b)
{
	int order;

	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	order = memcmp(a->addr, b->addr, sizeof(a->addr));
	if (order != 0)
		return order;
	return (int)a->len - (int)b->len;
}

bool
prefix_covers(const struct prefix *outer, const struct prefix *inner)
{
	size_t full = outer->len / 8;

	if (outer->family != inner->family || outer->len > inner->len)
		return false;
	if (memcmp(outer->addr, inner->addr, full) != 0)
		return false;
	if (outer->len % 8 == 0)
		return true;
	return ((outer->addr[full] ^ inner->addr[full]) & last_octet_mask(outer->len)) == 0;
}

/* One to three decimal digits without a leading zero, at most max; -1 for anything else. */
static int
parse_len(const char *text, unsigned max)
{
	unsigned value = 0;
	size_t n = strlen(text);

	if (n == 0 || n > 3 || (text[0] == '0' && n > 1))
		return -1;
	for (size_t i = 0; i < n; i++) {
		if (text[i] < '0' || text[i] > '9')
			return -1;
		value = value * 10 + (unsigned)(text[i] - '0');
	}
	return value <= max ? (int)value : -1;
}

int
prefix_parse(const char *text, struct prefix *out)
{
	struct prefix p = {0};
	char address[INET6_ADDRSTRLEN];
	const char *slash = strchr(text, '/');
	size_t n = slash == NULL ? strlen(text) : (size_t)(slash - text);
	int len;

	if (n >= sizeof(address))
		return -1;
	memcpy(address, text, n);
	address[n] = '\0';
	p.family = strchr(address, ':') == NULL ? FAMILY_IPV4 : FAMILY_IPV6;
	if (inet_pton(p.family == FAMILY_IPV4 ? AF_INET : AF_INET6, address, p.addr) != 1)
		return -1;
	len = (int)prefix_max_len(p.family);
	if (slash != NULL && (len = parse_len(slash + 1, (unsigned)len)) == -1)
		return -1;
	p.len = (uint8_t)len;
	if (!prefix_is_valid(&p))
		return -1;
	*out = p;
	return 0;
}

/* Writes one to three digits, no zero behind them; returns how many. */
static size_t
format_decimal(unsigned value, char *out)
{
	size_t n = 0;

	if (value >= 100)
		out[n++] = (char)('0' + value / 100);
	if (value >= 10)
		out[n++] = (char)('0' + value / 10 % 10);
	out[n++] = (char)('0' + value % 10);
	return n;
}

static size_t
format_ipv4(const uint8_t *addr, char *out)
{
	size_t n = 0;

	for (size_t i = 0; i < address_bytes(FAMILY_IPV4); i++) {
		if (i > 0)
			out[n++] = '.';
		n += format_decimal(addr[i], out + n);
	}
	return n;
}

size_t
prefix_format(const struct prefix *p, char buf[PREFIX_TEXT_MAX])
{
	size_t n;

	if (p->family == FAMILY_IPV4) {
		n = format_ipv4(p->addr, buf);
	} else {
		inet_ntop(AF_INET6, p->addr, buf, PREFIX_TEXT_MAX);
		n = strlen(buf);
	}
	buf[n++] = '/';
	n += format_decimal(p->len, buf + n);
	buf[n] = '\0';
	return n;
}
