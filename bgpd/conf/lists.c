/*
 * Values that are lists: see lists.h. Parent only.
 *
 * A list may be long and is read to its end: every entry that is wrong is told at its own line.
 */
#include "bgpd/conf/lists.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "bgpd/conf/mem.h"
#include "bgpd/conf/report.h"
#include "bgpd/conf/source.h"
#include "bgpd/conf/value.h"
#include "policy/droppable.h"
#include "policy/reason.h"
#include "rib/attr_types.h"

#define OBJECT_MAX 127 /* octets of an IRR object's name */
#define TEXT_MAX   4096
#define BLANKS	   " \t\n"

static void complain(struct value_ctx *ctx, const struct node *node, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void
complain(struct value_ctx *ctx, const struct node *node, const char *format, ...)
{
	char text[CONF_TEXT_MAX];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	report_add(ctx->report, CONF_ERROR, node->file->name, node->line, node->col, "%s", text);
	ctx->told = true;
}

bool
lists_parse_number(const char *text, uint32_t max, uint32_t *out)
{
	size_t len = strspn(text, "0123456789");
	unsigned long long number;

	if (len == 0 || len > 10 || text[len] != '\0')
		return false;
	number = strtoull(text, NULL, 10);
	if (number > max)
		return false;
	*out = (uint32_t)number;
	return true;
}

bool
lists_parse_asn(const char *text, uint32_t *out)
{
	if ((text[0] == 'A' || text[0] == 'a') && (text[1] == 'S' || text[1] == 's'))
		text += 2;
	return lists_parse_number(text, UINT32_MAX, out) && *out != 0;
}

/* --- lists of words: one record per word --- */

/* Reads one word into a record; false where it is none, which the caller tells. */
typedef bool word_reader(const struct schema_row *, const struct node *, const char *word,
    struct value_ctx *, void *record);

struct words {
	const struct schema_row *row;
	struct value_ctx *ctx;
	word_reader *read;
	size_t record_bytes;
	char *records;
	size_t count;
	size_t room;
	const char *what; /* for the message */
};

static void
add_word(struct words *words, const struct node *node, const char *word)
{
	char *record;

	words->records = mem_grow(words->records, words->count, &words->room, words->record_bytes);
	record = words->records + words->count * words->record_bytes;
	if (words->read(words->row, node, word, words->ctx, record))
		words->count++;
	else
		complain(words->ctx, node, "%s: \"%.60s\" is not %s", words->row->path, word,
		    words->what);
}

/* A text may hold several words, with commas or blanks between. */
static void
add_words(struct words *words, const struct node *node)
{
	char *text = mem_text(node->text, strlen(node->text)), *word, *rest;

	for (word = strtok_r(text, "," BLANKS, &rest); word != NULL;
	     word = strtok_r(NULL, "," BLANKS, &rest))
		add_word(words, node, word);
	free(text);
}

static bool
read_words(struct words *words, const struct node *node)
{
	size_t i;

	if (node->kind == NODE_MAP)
		return false;
	if (node->kind == NODE_SCALAR)
		add_words(words, node);
	for (i = 0; node->kind == NODE_LIST && i < node->count; i++) {
		const struct node *item = node->children[i].value;

		if (item->kind != NODE_SCALAR)
			complain(words->ctx, item, "%s: got %s, expected %s", words->row->path,
			    node_kind_name(item), words->what);
		else if (!node_is_null(item))
			add_words(words, item);
	}
	return !words->ctx->told;
}

/* Puts the words into the pool and their range into the store. */
static bool
store_words(struct words *words, const struct node *node, enum pool_kind kind, void *store)
{
	bool is_ok = read_words(words, node);
	struct policy_range range;

	if (is_ok) {
		range = pool_add(words->ctx->pool, kind, words->records, words->count);
		memcpy(store, &range, sizeof(range));
	}
	free(words->records);
	return is_ok;
}

static bool
read_asn_word(const struct schema_row *row, const struct node *node, const char *word,
    struct value_ctx *ctx, void *record)
{
	(void)row;
	(void)node;
	(void)ctx;
	return lists_parse_asn(word, record);
}

bool
lists_read_asns(
    const struct schema_row *row, const struct node *node, void *store, struct value_ctx *ctx)
{
	struct words words = {.row = row,
	    .ctx = ctx,
	    .read = read_asn_word,
	    .record_bytes = sizeof(uint32_t),
	    .what = "an ASN from 1 to 4294967295"};

	return store_words(&words, node, POOL_ASNS, store);
}

static bool
read_time_word(const struct schema_row *row, const struct node *node, const char *word,
    struct value_ctx *ctx, void *record)
{
	uint32_t ms;

	(void)row;
	(void)node;
	(void)ctx;
	if (!lists_parse_number(word, POLICY_RTT_MAX_MS, &ms) || ms == 0)
		return false;
	memcpy(record, &ms, sizeof(ms));
	return true;
}

bool
lists_read_times(
    const struct schema_row *row, const struct node *node, void *store, struct value_ctx *ctx)
{
	struct words words = {.row = row,
	    .ctx = ctx,
	    .read = read_time_word,
	    .record_bytes = sizeof(uint32_t),
	    .what = "a number of milliseconds from 1 to 60000"};
	const uint32_t *ms;
	struct policy_range range;
	uint32_t i;

	if (!store_words(&words, node, POOL_ASNS, store))
		return false;
	memcpy(&range, store, sizeof(range));
	ms = (const uint32_t *)ctx->pool->arrays[POOL_ASNS].records + range.first;
	for (i = 1; i < range.count; i++) {
		if (ms[i] > ms[i - 1])
			continue;
		complain(ctx, node, "%s: %u stands behind %u; expected ascending values", row->path,
		    ms[i], ms[i - 1]);
		return false;
	}
	return true;
}

static bool
read_host_word(const struct schema_row *row, const struct node *node, const char *word,
    struct value_ctx *ctx, void *record)
{
	struct policy_address address = {.family = FAMILY_IPV4};

	(void)row;
	(void)node;
	(void)ctx;
	if (inet_pton(AF_INET, word, address.addr) != 1) {
		address.family = FAMILY_IPV6;
		if (inet_pton(AF_INET6, word, address.addr) != 1)
			return false;
	}
	memcpy(record, &address, sizeof(address));
	return true;
}

bool
lists_read_hosts(
    const struct schema_row *row, const struct node *node, void *store, struct value_ctx *ctx)
{
	struct words words = {.row = row,
	    .ctx = ctx,
	    .read = read_host_word,
	    .record_bytes = sizeof(struct policy_address),
	    .what = "an IPv4 or IPv6 address"};

	return store_words(&words, node, POOL_ADDRESSES, store);
}

static bool
is_object_name(const char *name)
{
	static const char letters[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_:";
	size_t len = strlen(name);

	return len <= OBJECT_MAX && strspn(name, letters) == len && isalpha((unsigned char)*name);
}

/* RPSL names are the same in capitals (RFC 2622 section 2): so they are here. */
static bool
read_object_word(const struct schema_row *row, const struct node *node, const char *word,
    struct value_ctx *ctx, void *record)
{
	char name[OBJECT_MAX + 1] = "";
	struct policy_name text;
	size_t i;

	(void)row;
	(void)node;
	if (!is_object_name(word))
		return false;
	for (i = 0; word[i] != '\0'; i++)
		name[i] = (char)toupper((unsigned char)word[i]);
	text.text = pool_text(ctx->pool, name);
	memcpy(record, &text, sizeof(text));
	return true;
}

bool
lists_read_objects(
    const struct schema_row *row, const struct node *node, void *store, struct value_ctx *ctx)
{
	struct words words = {.row = row,
	    .ctx = ctx,
	    .read = read_object_word,
	    .record_bytes = sizeof(struct policy_name),
	    .what = "the name of an IRR object as AS-FOO, AS64500:AS-FOO or SOURCE::AS-FOO"};

	return store_words(&words, node, POOL_NAMES, store);
}

static bool
read_reason_word(const struct schema_row *row, const struct node *node, const char *word,
    struct value_ctx *ctx, void *record)
{
	const struct reason_row *reason = reason_find(word);
	uint32_t bit;

	if (reason == NULL)
		return false;
	bit = UINT32_C(1) << reason->code;
	memcpy(record, &bit, sizeof(bit));
	if ((bit & REASONS_FIXED) == 0)
		return true;
	complain(ctx, node,
	    "%s: %s cannot be observed only: it keeps the protocol or this server sound%s%s%s; "
	    "remove it",
	    row->path, word, reason->rfc[0] == '\0' ? "" : " (", reason->rfc,
	    reason->rfc[0] == '\0' ? "" : ")");
	return true;
}

/* Words that are bits of a number: their union. */
static bool
store_bits(struct words *words, const struct node *node, void *store)
{
	bool is_ok = read_words(words, node);
	uint32_t bits = 0, bit;
	size_t i;

	for (i = 0; i < words->count; i++) {
		memcpy(&bit, words->records + i * sizeof(bit), sizeof(bit));
		bits |= bit;
	}
	free(words->records);
	if (is_ok)
		memcpy(store, &bits, sizeof(bits));
	return is_ok;
}

bool
lists_read_reasons(
    const struct schema_row *row, const struct node *node, void *store, struct value_ctx *ctx)
{
	struct words words = {.row = row,
	    .ctx = ctx,
	    .read = read_reason_word,
	    .record_bytes = sizeof(uint32_t),
	    .what = "the name of a reject reason; docs/policy.md lists them"};

	return store_bits(&words, node, store);
}

static bool
read_family_word(const struct schema_row *row, const struct node *node, const char *word,
    struct value_ctx *ctx, void *record)
{
	static const char *const names[FAMILY_COUNT] = {
	    [FAMILY_IPV4] = "ipv4", [FAMILY_IPV6] = "ipv6"};
	uint32_t family = 0, bit;

	(void)row;
	(void)node;
	(void)ctx;
	while (family < FAMILY_COUNT && strcmp(names[family], word) != 0)
		family++;
	bit = UINT32_C(1) << family;
	memcpy(record, &bit, sizeof(bit));
	return family < FAMILY_COUNT;
}

bool
lists_read_families(
    const struct schema_row *row, const struct node *node, void *store, struct value_ctx *ctx)
{
	struct words words = {.row = row,
	    .ctx = ctx,
	    .read = read_family_word,
	    .record_bytes = sizeof(uint32_t),
	    .what = "ipv4 or ipv6"};
	uint32_t bits;

	if (!store_bits(&words, node, &bits))
		return false;
	if (bits == 0) {
		complain(ctx, node, "%s: names no family; expected ipv4, ipv6 or both", row->path);
		return false;
	}
	memcpy(store, &bits, sizeof(bits));
	return true;
}

static bool
read_attribute_word(const struct schema_row *row, const struct node *node, const char *word,
    struct value_ctx *ctx, void *record)
{
	const char *why;
	uint32_t type;

	if (!lists_parse_number(word, UINT8_MAX, &type))
		return false;
	memcpy(record, &type, sizeof(type));
	why = droppable_why_not((uint8_t)type);
	if (why != NULL)
		complain(ctx, node, "%s: attribute %u cannot be dropped: %s; remove it", row->path,
		    type, why);
	return true;
}

bool
lists_read_attributes(
    const struct schema_row *row, const struct node *node, void *store, struct value_ctx *ctx)
{
	struct words words = {.row = row,
	    .ctx = ctx,
	    .read = read_attribute_word,
	    .record_bytes = sizeof(uint32_t),
	    .what = "the number of an attribute from 1 to 255"};
	uint8_t types[ATTR_TYPES_BYTES] = {0};
	uint32_t type;
	size_t i;

	read_words(&words, node);
	for (i = 0; i < words.count; i++) {
		memcpy(&type, words.records + i * sizeof(type), sizeof(type));
		if (attr_types_have(types, (uint8_t)type))
			complain(ctx, node, "%s: attribute %u stands twice; remove one of them",
			    row->path, type);
		attr_types_add(types, (uint8_t)type);
	}
	free(words.records);
	if (!ctx->told)
		memcpy(store, types, sizeof(types));
	return !ctx->told;
}

/* --- prefix lists --- */

/* An entry while it is read: what stands under each of its keys. */
enum entry_key {
	ENTRY_PREFIX,
	ENTRY_LENGTH,
	ENTRY_COMMENT,
	ENTRY_EXACT,
	ENTRY_GE,
	ENTRY_LE,
	ENTRY_ASN,
	ENTRY_KEYS
};

static const char *const entry_keys[ENTRY_KEYS] = {
    [ENTRY_PREFIX] = "prefix",
    [ENTRY_LENGTH] = "length",
    [ENTRY_COMMENT] = "comment",
    [ENTRY_EXACT] = "exact",
    [ENTRY_GE] = "ge",
    [ENTRY_LE] = "le",
    [ENTRY_ASN] = "asn",
};

struct entry {
	const struct schema_row *row;
	const struct node *node;
	const struct node *given[ENTRY_KEYS]; /* NULL = left out or null */
	struct value_ctx *ctx;
	bool is_wrong;
};

static void entry_complain(struct entry *entry, enum entry_key key, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void
entry_complain(struct entry *entry, enum entry_key key, const char *format, ...)
{
	const struct node *node = entry->given[key] != NULL ? entry->given[key] : entry->node;
	char text[256];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	complain(entry->ctx, node, "%s: %s", entry->row->path, text);
	entry->is_wrong = true;
}

/* Sorts the keys of an entry. */
static void
entry_keys_read(struct entry *entry)
{
	bool takes_asn = entry->row->type == VALUE_ROUTES;
	size_t i, key;

	for (i = 0; i < entry->node->count; i++) {
		const struct child *child = &entry->node->children[i];

		for (key = 0; key < ENTRY_KEYS; key++) {
			if (strcmp(child->key->text, entry_keys[key]) == 0 &&
			    (key != ENTRY_ASN || takes_asn))
				break;
		}
		if (key == ENTRY_KEYS) {
			complain(entry->ctx, child->key,
			    "%s: unknown key %.60s; expected prefix, length, comment, exact, ge, "
			    "le%s",
			    entry->row->path, child->key->text, takes_asn ? ", asn" : "");
			entry->is_wrong = true;
		} else if (child->value->kind != NODE_SCALAR) {
			complain(entry->ctx, child->value, "%s: %s: got %s, expected a text",
			    entry->row->path, entry_keys[key], node_kind_name(child->value));
			entry->is_wrong = true;
		} else if (!node_is_null(child->value))
			entry->given[key] = child->value;
	}
}

/* The number under a key, or fallback. */
static uint8_t
entry_length(struct entry *entry, enum entry_key key, unsigned min, unsigned max, unsigned fallback)
{
	uint32_t number;

	if (entry->given[key] == NULL)
		return (uint8_t)fallback;
	if (lists_parse_number(entry->given[key]->text, max, &number) && number >= min)
		return (uint8_t)number;
	entry_complain(entry, key, "%s: got \"%.20s\", expected a number from %u to %u",
	    entry_keys[key], entry->given[key]->text, min, max);
	return (uint8_t)fallback;
}

/* Clears the bits behind the length; true if any was set. */
static bool
clear_host_bits(struct prefix *prefix)
{
	unsigned bit, max = prefix_max_len((enum family)prefix->family);
	bool found = false;

	for (bit = prefix->len; bit < max; bit++) {
		uint8_t mask = (uint8_t)(0x80 >> bit % 8);

		found = found || (prefix->addr[bit / 8] & mask) != 0;
		prefix->addr[bit / 8] &= (uint8_t)~mask;
	}
	return found;
}

/* "192.0.2.0" and a length, or "192.0.2.0/24". */
static bool
entry_address(struct entry *entry, struct prefix *prefix, const char **length_text)
{
	const char *text = entry->given[ENTRY_PREFIX]->text, *slash = strchr(text, '/');
	size_t len = slash == NULL ? strlen(text) : (size_t)(slash - text);
	char address[INET6_ADDRSTRLEN] = "";

	if (len >= sizeof(address))
		return false;
	memcpy(address, text, len);
	*length_text = slash == NULL ? NULL : slash + 1;
	prefix->family = FAMILY_IPV4;
	if (inet_pton(AF_INET, address, prefix->addr) == 1)
		return true;
	prefix->family = FAMILY_IPV6;
	return inet_pton(AF_INET6, address, prefix->addr) == 1;
}

static void
entry_prefix(struct entry *entry, struct prefix *prefix)
{
	const char *length_text = NULL;
	char text[PREFIX_TEXT_MAX];
	unsigned max;
	uint32_t len;

	if (entry->given[ENTRY_PREFIX] == NULL) {
		entry_complain(entry, ENTRY_PREFIX, "this entry has no prefix");
		return;
	}
	if (!entry_address(entry, prefix, &length_text)) {
		entry_complain(entry, ENTRY_PREFIX, "prefix: got \"%.60s\", expected an address",
		    entry->given[ENTRY_PREFIX]->text);
		return;
	}
	max = prefix_max_len((enum family)prefix->family);
	if (length_text != NULL && entry->given[ENTRY_LENGTH] == NULL) {
		if (!lists_parse_number(length_text, max, &len)) {
			entry_complain(entry, ENTRY_PREFIX,
			    "prefix: got \"%.60s\", expected a length of 0 to %u",
			    entry->given[ENTRY_PREFIX]->text, max);
			return;
		}
		prefix->len = (uint8_t)len;
	} else if (entry->given[ENTRY_LENGTH] == NULL || length_text != NULL) {
		entry_complain(entry, ENTRY_LENGTH,
		    length_text != NULL ? "the length is given twice; keep it under length"
					: "this entry has no length");
		return;
	} else
		prefix->len = entry_length(entry, ENTRY_LENGTH, 0, max, max);
	if (entry->is_wrong || !clear_host_bits(prefix))
		return;
	prefix_format(prefix, text);
	entry_complain(entry, ENTRY_PREFIX,
	    "prefix: %.60s has bits set behind length %u; did you mean %s?",
	    entry->given[ENTRY_PREFIX]->text, prefix->len, text);
}

/* What lengths it matches. */
static void
entry_lengths(struct entry *entry, struct policy_prefix *out)
{
	unsigned len = out->prefix.len, max = prefix_max_len((enum family)out->prefix.family);
	bool exact = false;

	if (entry->given[ENTRY_EXACT] != NULL &&
	    !value_parse_bool(entry->given[ENTRY_EXACT]->text, &exact))
		entry_complain(entry, ENTRY_EXACT, "exact: got \"%.20s\", expected true or false",
		    entry->given[ENTRY_EXACT]->text);
	if (exact && (entry->given[ENTRY_GE] != NULL || entry->given[ENTRY_LE] != NULL))
		entry_complain(entry, entry->given[ENTRY_GE] != NULL ? ENTRY_GE : ENTRY_LE,
		    "exact stands beside ge or le; keep one of them");
	out->ge = entry_length(entry, ENTRY_GE, len, max, len);
	out->le = entry_length(entry, ENTRY_LE, len, max, exact ? len : max);
	if (out->le < out->ge)
		entry_complain(entry, ENTRY_LE, "le %u is less than ge %u", out->le, out->ge);
}

static bool
read_entry(const struct schema_row *row, const struct node *node, struct value_ctx *ctx,
    struct policy_prefix *out)
{
	struct entry entry = {.row = row, .node = node, .ctx = ctx};

	memset(out, 0, sizeof(*out));
	if (node->kind != NODE_MAP) {
		complain(ctx, node,
		    "%s: got %s, expected a mapping (prefix, length; perhaps exact, ge, le, "
		    "comment)",
		    row->path, node_kind_name(node));
		return false;
	}
	entry_keys_read(&entry);
	if (!entry.is_wrong)
		entry_prefix(&entry, &out->prefix);
	if (!entry.is_wrong)
		entry_lengths(&entry, out);
	if (entry.given[ENTRY_ASN] == NULL)
		return !entry.is_wrong;
	out->has_asn = 1;
	if (!lists_parse_asn(entry.given[ENTRY_ASN]->text, &out->asn))
		entry_complain(&entry, ENTRY_ASN, "asn: got \"%.20s\", expected an ASN",
		    entry.given[ENTRY_ASN]->text);
	return !entry.is_wrong;
}

bool
lists_read_prefixes(
    const struct schema_row *row, const struct node *node, void *store, struct value_ctx *ctx)
{
	struct policy_prefix *entries;
	struct policy_range range;
	size_t i;

	if (node->kind != NODE_LIST)
		return false;
	entries = mem_new(node->count, sizeof(*entries));
	for (i = 0; i < node->count; i++)
		read_entry(row, node->children[i].value, ctx, &entries[i]);
	if (!ctx->told) {
		range = pool_add(ctx->pool, POOL_PREFIXES, entries, node->count);
		memcpy(store, &range, sizeof(range));
	}
	free(entries);
	return !ctx->told;
}

bool
lists_read_routes(
    const struct schema_row *row, const struct node *node, void *store, struct value_ctx *ctx)
{
	return lists_read_prefixes(row, node, store, ctx);
}

/* --- texts --- */

static void
free_texts(char **items, size_t count)
{
	while (count > 0)
		free(items[--count]);
	free(items);
}

/* One or a list; make() turns an item into its text, NULL where it is none. */
static bool
read_texts(const struct node *node, struct conf_texts *store, char *(*make)(const struct node *))
{
	size_t count = node->kind == NODE_LIST ? node->count : 1, i;
	char **items = mem_new(count, sizeof(*items));

	for (i = 0; i < count; i++) {
		const struct node *item = node->kind == NODE_LIST ? node->children[i].value : node;

		if (item->kind == NODE_SCALAR && item->text[0] != '\0')
			items[i] = make(item);
		if (items[i] == NULL || strlen(items[i]) > TEXT_MAX) {
			free_texts(items, i + 1);
			return false;
		}
	}
	free_texts(store->items, store->count);
	store->items = items;
	store->count = count;
	return true;
}

static char *
make_path(const struct node *item)
{
	return source_beside(item->file->name, item->text);
}

static char *
make_text(const struct node *item)
{
	return mem_text(item->text, strlen(item->text));
}

bool
lists_read_paths(
    const struct schema_row *row, const struct node *node, void *store, struct value_ctx *ctx)
{
	(void)row;
	(void)ctx;
	return read_texts(node, store, make_path);
}

bool
lists_read_texts(
    const struct schema_row *row, const struct node *node, void *store, struct value_ctx *ctx)
{
	(void)row;
	(void)ctx;
	return read_texts(node, store, make_text);
}
