/*
 * Values of the configuration: see value.h. Parent only.
 */
#include "bgpd/conf/value.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bgpd/conf/lists.h"
#include "bgpd/conf/mem.h"
#include "bgpd/conf/report.h"
#include "bgpd/conf/source.h"

#define AS_TRANS 23456u /* RFC 6793 */

static const struct {
	const char *text;
	bool value;
} booleans[] = {
    {"true", true},
    {"True", true},
    {"TRUE", true},
    {"yes", true},
    {"Yes", true},
    {"on", true},
    {"false", false},
    {"False", false},
    {"FALSE", false},
    {"no", false},
    {"No", false},
    {"off", false},
};

/* --- from text; each returns false where the text is none --- */

bool
value_parse_bool(const char *text, bool *out)
{
	size_t i;

	for (i = 0; i < sizeof(booleans) / sizeof(booleans[0]); i++) {
		if (strcmp(text, booleans[i].text) == 0) {
			*out = booleans[i].value;
			return true;
		}
	}
	return false;
}

/* Digits alone; *end is what follows them. */
static bool
parse_digits(const char *text, uint64_t *out, const char **end)
{
	size_t len = strspn(text, "0123456789");

	if (len == 0 || len > 18)
		return false;
	*out = strtoull(text, NULL, 10);
	*end = text + len;
	return true;
}

static bool
parse_number(const char *text, int64_t min, int64_t max, uint32_t *out)
{
	const char *end;
	uint64_t number;

	if (!parse_digits(text, &number, &end) || *end != '\0' || number < (uint64_t)min ||
	    number > (uint64_t)max)
		return false;
	*out = (uint32_t)number;
	return true;
}

static bool
parse_size(const char *text, int64_t min, int64_t max, uint32_t *out)
{
	static const char units[] = "KMG";
	const char *end, *unit;
	uint64_t number;

	if (!parse_digits(text, &number, &end) || number > UINT32_MAX)
		return false;
	if (*end != '\0') {
		unit = strchr(units, *end);
		if (unit == NULL || end[1] != '\0')
			return false;
		number <<= 10 * (unit - units + 1);
	}
	if (number < (uint64_t)min || number > (uint64_t)max || (number & (number - 1)) != 0)
		return false;
	*out = (uint32_t)number;
	return true;
}

static bool
parse_address(const char *text, struct conf_address *out)
{
	memset(out, 0, sizeof(*out));
	if (inet_pton(AF_INET, text, out->addr) == 1) {
		out->family = FAMILY_IPV4;
		return true;
	}
	out->family = FAMILY_IPV6;
	return inet_pton(AF_INET6, text, out->addr) == 1;
}

/* --- one reader per type --- */

static bool
read_bool(const struct schema_row *row, const struct node *node, void *store, struct value_ctx *ctx)
{
	(void)row;
	(void)ctx;
	return value_parse_bool(node->text, store);
}

static bool
read_number(
    const struct schema_row *row, const struct node *node, void *store, struct value_ctx *ctx)
{
	(void)ctx;
	return parse_number(node->text, row->min, row->max, store);
}

static bool
read_size(const struct schema_row *row, const struct node *node, void *store, struct value_ctx *ctx)
{
	(void)ctx;
	return parse_size(node->text, row->min, row->max, store);
}

static bool
read_asn(const struct schema_row *row, const struct node *node, void *store, struct value_ctx *ctx)
{
	uint32_t asn;

	(void)row;
	if (!parse_number(node->text, 0, UINT32_MAX, &asn))
		return false;
	switch (asn) {
	case 0:
		ctx->why = "0 is no network's number (RFC 7607)";
		return false;
	case AS_TRANS:
		ctx->why = "23456 is AS_TRANS, no network's number (RFC 6793)";
		return false;
	case UINT16_MAX:
	case UINT32_MAX:
		ctx->why = "the last number of a range is reserved (RFC 7300)";
		return false;
	default:
		memcpy(store, &asn, sizeof(asn));
		return true;
	}
}

/* 0.0.0.0 is none. *out is in host order. */
static bool
parse_router_id(const struct node *node, uint32_t *out, struct value_ctx *ctx)
{
	uint32_t id;

	if (node->kind != NODE_SCALAR || inet_pton(AF_INET, node->text, &id) != 1)
		return false;
	if (id == 0) {
		ctx->why = "0.0.0.0 is no BGP identifier (RFC 6286)";
		return false;
	}
	*out = ntohl(id);
	return true;
}

/* Of a list the first: ARouteServer has one per daemon that it configures, and this is one. */
static bool
read_router_id(
    const struct schema_row *row, const struct node *node, void *store, struct value_ctx *ctx)
{
	size_t count = node->kind == NODE_LIST ? node->count : 1, i;
	uint32_t id, first = 0;

	for (i = 0; i < count; i++) {
		const struct node *item = node->kind == NODE_LIST ? node->children[i].value : node;

		if (!parse_router_id(item, &id, ctx))
			return false;
		if (i == 0)
			first = id;
	}
	if (count == 0)
		return false;
	memcpy(store, &first, sizeof(first));
	if (count > 1)
		report_add(ctx->report, CONF_NOTE, node->file->name, node->line, node->col,
		    "%s: of %zu router ids the first counts, %s; the others have no effect here",
		    row->path, count, node->children[0].value->text);
	return true;
}

static bool
read_addresses(
    const struct schema_row *row, const struct node *node, void *store, struct value_ctx *ctx)
{
	size_t count = node->kind == NODE_LIST ? node->count : 1, i;
	struct conf_addresses *addresses = store;
	struct conf_address *items;

	if ((int64_t)count < row->min || (int64_t)count > row->max)
		return false;
	items = mem_new(count, sizeof(*items));
	for (i = 0; i < count; i++) {
		const struct node *item = node->kind == NODE_LIST ? node->children[i].value : node;

		if (item->kind != NODE_SCALAR || !parse_address(item->text, &items[i]) ||
		    !value_is_usable_address(&items[i], &ctx->why)) {
			free(items);
			return false;
		}
	}
	free(addresses->items);
	addresses->items = items;
	addresses->count = count;
	return true;
}

static bool
store_text(const struct schema_row *row, char *text, void *store)
{
	char **place = store;

	if ((int64_t)strlen(text) < row->min || (int64_t)strlen(text) > row->max) {
		mem_wipe(text);
		return false;
	}
	mem_wipe(*place);
	*place = text;
	return true;
}

static bool
read_text(const struct schema_row *row, const struct node *node, void *store, struct value_ctx *ctx)
{
	(void)ctx;
	return store_text(row, mem_text(node->text, strlen(node->text)), store);
}

static bool
read_path(const struct schema_row *row, const struct node *node, void *store, struct value_ctx *ctx)
{
	if (node->text[0] == '\0')
		return false;
	ctx->why = "the path, made relative to the file it stands in, is too long";
	return store_text(row, source_beside(node->file->name, node->text), store);
}

static bool
read_word(const struct schema_row *row, const struct node *node, void *store, struct value_ctx *ctx)
{
	uint32_t i;

	(void)ctx;
	for (i = 0; row->words[i] != NULL; i++) {
		if (row->words[i][0] != '\0' && strcmp(row->words[i], node->text) == 0) {
			memcpy(store, &i, sizeof(i));
			return true;
		}
	}
	return false;
}

/* Milliseconds as people and files write them: "0.8", "12". policy.md section 2: RTT. */
static bool
read_rtt(const struct schema_row *row, const struct node *node, void *store, struct value_ctx *ctx)
{
	size_t whole = strspn(node->text, "0123456789"), fraction = 0;
	uint32_t rtt = POLICY_RTT_UNKNOWN;
	double ms;

	(void)row;
	(void)ctx;
	if (node->text[whole] == '.')
		fraction = 1 + strspn(node->text + whole + 1, "0123456789");
	if (whole == 0 || whole > 9 || fraction > 18 || node->text[whole + fraction] != '\0')
		return false;
	ms = strtod(node->text, NULL);
	if (ms >= POLICY_RTT_MAX_MS)
		rtt = POLICY_RTT_MAX_MS;
	else if (ms > 0)
		rtt = ms < 1 ? 1 : (uint32_t)(ms + 0.5);
	memcpy(store, &rtt, sizeof(rtt));
	return true;
}

/* --- in words --- */

static void
say_range(const struct schema_row *row, const char *what, char *out, size_t size)
{
	snprintf(out, size, "%s from %lld to %lld", what, (long long)row->min, (long long)row->max);
}

static void
say_number(const struct schema_row *row, const char *what, char *out, size_t size)
{
	say_range(row, what, out, size);
}

static void
say_size(const struct schema_row *row, const char *what, char *out, size_t size)
{
	snprintf(out, size, "%s from %lldM to %lldM", what, (long long)row->min >> 20,
	    (long long)row->max >> 20);
}

static void
say_text(const struct schema_row *row, const char *what, char *out, size_t size)
{
	snprintf(
	    out, size, "%s of %lld to %lld octets", what, (long long)row->min, (long long)row->max);
}

static void
say_word(const struct schema_row *row, const char *what, char *out, size_t size)
{
	size_t used = (size_t)snprintf(out, size, "%s", what), i;

	for (i = 0; row->words[i] != NULL && used < size; i++) {
		if (row->words[i][0] != '\0')
			used += (size_t)snprintf(out + used, size - used, " %s", row->words[i]);
	}
}

static void
say_plain(const struct schema_row *row, const char *what, char *out, size_t size)
{
	(void)row;
	snprintf(out, size, "%s", what);
}

typedef void value_sayer(const struct schema_row *, const char *what, char *out, size_t size);

static const struct {
	value_reader *read;
	value_sayer *say;
	const char *what;
	bool takes_list;
	bool is_secret; /* messages do not repeat it */
} types[VALUE_TYPE_COUNT] = {
    [VALUE_MAP] = {NULL, say_plain, "a mapping (KEY: VALUE lines, indented)", false, false},
    [VALUE_ANY] = {NULL, say_plain, "anything", false, false},
    [VALUE_BOOL] = {read_bool, say_plain, "true or false", false, false},
    [VALUE_NUMBER] = {read_number, say_number, "a number", false, false},
    [VALUE_SIZE] = {read_size, say_size, "a power of two with K, M or G,", false, false},
    [VALUE_ASN] = {read_asn, say_plain, "an ASN as a plain number from 1 to 4294967294", false,
	false},
    [VALUE_ROUTER_ID] = {read_router_id, say_plain, "an IPv4 address, or a list of them", true,
	false},
    [VALUE_ADDRESSES] = {read_addresses, say_plain, "an IPv4 or IPv6 address, or a list of them",
	true, false},
    [VALUE_TEXT] = {read_text, say_text, "a text", false, true},
    [VALUE_PATH] = {read_path, say_plain, "the path of a file", false, false},
    [VALUE_WORD] = {read_word, say_word, "one of:", false, false},
    [VALUE_RTT] = {read_rtt, say_plain, "milliseconds as 12 or 0.8", false, false},
    [VALUE_ASNS] = {lists_read_asns, say_plain, "a list of ASNs, or a text with commas", true,
	false},
    [VALUE_TIMES] = {lists_read_times, say_plain,
	"ascending milliseconds, a list or a text with commas", true, false},
    [VALUE_PREFIXES] = {lists_read_prefixes, say_plain, "a prefix list (see below)", true, false},
    [VALUE_ROUTES] = {lists_read_routes, say_plain,
	"a prefix list (see below), entries may have asn", true, false},
    [VALUE_HOSTS] = {lists_read_hosts, say_plain, "an IPv4 or IPv6 address, or a list of them",
	true, false},
    [VALUE_OBJECTS] = {lists_read_objects, say_plain,
	"names of IRR objects, a list or a text with commas", true, false},
    [VALUE_REASONS] = {lists_read_reasons, say_plain,
	"names of reject reasons, a list or a text with commas", true, false},
    [VALUE_FAMILIES] = {lists_read_families, say_plain, "ipv4, ipv6, or a list of both", true,
	false},
    [VALUE_ATTRS] = {lists_read_attributes, say_plain,
	"numbers of attributes, a list or a text with commas", true, false},
    [VALUE_PATHS] = {lists_read_paths, say_plain, "the path of a file, or a list of them", true,
	false},
    [VALUE_TEXTS] = {lists_read_texts, say_plain, "a text or a list of them", true, false},
};

void
value_expected(const struct schema_row *row, char *out, size_t size)
{
	types[row->type].say(row, types[row->type].what, out, size);
}

static void
complain(const struct schema_row *row, const struct node *node, const char *why,
    struct conf_report *report)
{
	char expected[256], got[128];

	value_expected(row, expected, sizeof(expected));
	if (node->kind != NODE_SCALAR || node_is_null(node))
		snprintf(got, sizeof(got), "%s", node_kind_name(node));
	else if (types[row->type].is_secret)
		snprintf(got, sizeof(got), "a text of %zu octets", strlen(node->text));
	else
		snprintf(got, sizeof(got), "\"%.60s\"", node->text);
	report_add(report, CONF_ERROR, node->file->name, node->line, node->col,
	    "%s: got %s, expected %s%s%s%s", row->path, got, expected, why == NULL ? "" : " (",
	    why == NULL ? "" : why, why == NULL ? "" : ")");
}

bool
value_read(const struct schema_row *row, const struct node *node, void *base, struct pool *pool,
    struct conf_report *report)
{
	void *store = (char *)base + row->offset;
	struct value_ctx ctx = {.pool = pool, .report = report};

	if ((node->kind == NODE_SCALAR ||
		(node->kind == NODE_LIST && types[row->type].takes_list)) &&
	    types[row->type].read(row, node, store, &ctx))
		return true;
	if (!ctx.told)
		complain(row, node, ctx.why, report);
	return false;
}

#define DEFAULTS_MAX 8

void
value_default(const struct schema_row *row, void *base)
{
	void *store = (char *)base + row->offset;
	struct node items[DEFAULTS_MAX], list = {.kind = NODE_LIST};
	struct child children[DEFAULTS_MAX];
	struct value_ctx ctx = {0};
	char *text, *p, *rest;

	if (row->default_text == NULL || row->default_text[0] == '(')
		return;
	/* "A" or "A, B": the table's own words, as a list where the type takes one. */
	text = mem_text(row->default_text, strlen(row->default_text));
	memset(items, 0, sizeof(items));
	list.children = children;
	for (p = strtok_r(text, ",", &rest); p != NULL && list.count < DEFAULTS_MAX;
	     p = strtok_r(NULL, ",", &rest)) {
		items[list.count].text = p + strspn(p, " ");
		children[list.count] = (struct child){NULL, &items[list.count]};
		list.count++;
	}
	if (!types[row->type].read(
		row, types[row->type].takes_list ? &list : &items[0], store, &ctx))
		abort();
	free(text);
}

bool
value_is_usable_address(const struct conf_address *address, const char **why)
{
	static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
	const uint8_t *addr = address->addr;

	if (address->family == FAMILY_IPV4 && addr[0] >= 224)
		*why = "multicast and reserved addresses are no host's";
	else if (address->family == FAMILY_IPV6 && addr[0] == 0xff)
		*why = "multicast addresses are no host's";
	else if (address->family == FAMILY_IPV6 && addr[0] == 0xfe && (addr[1] & 0xc0) == 0x80)
		*why = "link-local addresses are not supported; use the exchange's LAN addresses";
	else if (address->family == FAMILY_IPV6 && memcmp(addr, mapped, sizeof(mapped)) == 0)
		*why = "write the IPv4 address itself";
	else
		return true;
	return false;
}

void
value_format_address(const struct conf_address *address, char out[VALUE_ADDRESS_TEXT])
{
	inet_ntop(address->family == FAMILY_IPV4 ? AF_INET : AF_INET6, address->addr, out,
	    VALUE_ADDRESS_TEXT);
}
