/* Values that several keys of site rules have: see rules_reader.h. Parent only. */
#include "bgpd/conf/rules_reader.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bgpd/conf/mem.h"
#include "bgpd/conf/nearest.h"
#include "bgpd/conf/pattern.h"
#include "bgpd/conf/value.h"
#include "bgpd/utf8.h"

#define TEXT_OCTETS_MAX 120 /* of a rule's name or reject text */

void
rules_reader_complain(
    const struct rules_reader *reader, const struct node *node, const char *format, ...)
{
	char text[CONF_TEXT_MAX];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	load_complain(reader->loader, CONF_ERROR, node, "%s: %s", reader->label, text);
}

void
rules_reader_label(struct rules_reader *reader, const char *part, const char *key)
{
	snprintf(reader->label, sizeof(reader->label), "rules.%s%s%s%s%.24s",
	    reader->is_import ? "import" : "export", *part == '\0' ? "" : ".", part,
	    *key == '\0' ? "" : ".", key);
}

void
rules_reader_unknown(const struct rules_reader *reader, const struct node *key,
    const char *(*get)(size_t index), const char *expected)
{
	const char *nearest = nearest_find(key->text, get);

	if (nearest != NULL)
		rules_reader_complain(
		    reader, key, "unknown key %.40s; did you mean %s?", key->text, nearest);
	else
		rules_reader_complain(
		    reader, key, "unknown key %.40s; expected %s", key->text, expected);
}

bool
rules_reader_is_map(const struct rules_reader *reader, const struct node *node)
{
	if (node->kind == NODE_MAP && node->count > 0)
		return true;
	rules_reader_complain(reader, node, "got %s, expected a mapping with one key at least",
	    node->kind == NODE_MAP ? "an empty mapping" : node_kind_name(node));
	return false;
}

bool
rules_reader_list(struct rules_reader *reader, const struct node *node, value_reader *read,
    enum value_type type, const char *expected, struct policy_range *out)
{
	struct schema_row row = {.path = reader->label, .type = type};
	struct value_ctx ctx = {.pool = reader->pool, .report = reader->loader->report};

	if (node->kind == NODE_MAP || node_is_null(node) || !read(&row, node, out, &ctx)) {
		if (!ctx.told)
			rules_reader_complain(
			    reader, node, "got %s, expected %s", node_kind_name(node), expected);
		return false;
	}
	if (out->count > 0)
		return true;
	rules_reader_complain(reader, node,
	    "an empty list matches nothing; name one at least, or remove the "
	    "key");
	return false;
}

bool
rules_reader_asns(struct rules_reader *reader, const struct node *node, struct policy_range *out)
{
	return rules_reader_list(
	    reader, node, lists_read_asns, VALUE_ASNS, "an ASN or a list of ASNs", out);
}

int
rules_reader_compare_asns(const void *a, const void *b)
{
	const uint32_t *left = a, *right = b;

	return (*left > *right) - (*left < *right);
}

/* ASNs of members; others get a warning, a list with a typing error does less than it seems to. */
bool
rules_reader_members(struct rules_reader *reader, const struct node *node, struct policy_range *out)
{
	const uint32_t *asns;

	if (!rules_reader_asns(reader, node, out))
		return false;
	asns = (const uint32_t *)reader->pool->arrays[POOL_ASNS].records + out->first;
	for (uint32_t i = 0; i < out->count; i++)
		if (bsearch(&asns[i], reader->members, reader->member_count, sizeof(*asns),
			rules_reader_compare_asns) == NULL)
			load_complain(reader->loader, CONF_WARNING, node,
			    "%s: AS%" PRIu32 " is no client's, so it names nobody", reader->label,
			    asns[i]);
	return true;
}

static bool
read_pattern(struct rules_reader *reader, const struct node *node, bool takes_wild,
    struct policy_community *out)
{
	struct pattern_form form = {.word = takes_wild ? "*" : NULL,
	    .wild = takes_wild ? WILD_ANY : WILD_NONE,
	    .word_is_optional = true,
	    .takes_well_known = true,
	    .rs_as = reader->rs_as};
	char why[PATTERN_WHY_MAX];

	if (node->kind != NODE_SCALAR) {
		rules_reader_complain(reader, node,
		    "got %s, expected a community as A:B, A:B:C or rt:A:B", node_kind_name(node));
		return false;
	}
	form.format = pattern_guess(node->text);
	if (pattern_parse(&form, node->text, out, why)) {
		out->name = NAME_CUSTOM;
		return true;
	}
	rules_reader_complain(reader, node, "\"%.60s\": %s", node->text, why);
	return false;
}

bool
rules_reader_patterns(
    struct rules_reader *reader, const struct node *node, bool takes_wild, struct policy_range *out)
{
	size_t count = node->kind == NODE_LIST ? node->count : 1;
	struct policy_community *patterns = mem_new(count > 0 ? count : 1, sizeof(*patterns));
	bool is_ok = true;

	for (size_t i = 0; i < count; i++)
		if (!read_pattern(reader, node->kind == NODE_LIST ? node->children[i].value : node,
			takes_wild, &patterns[i]))
			is_ok = false;
	if (count == 0) {
		rules_reader_complain(reader, node,
		    "an empty list; name one community at least, or remove the "
		    "key");
		is_ok = false;
	}
	if (is_ok)
		*out = pool_add(reader->pool, POOL_COMMUNITIES, patterns, count);
	free(patterns);
	return is_ok;
}

uint32_t
rules_reader_text(struct rules_reader *reader, const struct node *node, const char *what)
{
	char text[TEXT_OCTETS_MAX + 1];
	bool is_bool;

	if (node->kind != NODE_SCALAR || node_is_null(node) || node->text[0] == '\0' ||
	    (node->is_plain && value_parse_bool(node->text, &is_bool))) {
		rules_reader_complain(reader, node, "expected %s", what);
		return 0;
	}
	if (strlen(node->text) > TEXT_OCTETS_MAX) {
		rules_reader_complain(reader, node,
		    "a text of %zu octets, expected %s of at most %d", strlen(node->text), what,
		    TEXT_OCTETS_MAX);
		return 0;
	}
	utf8_clean(node->text, text, sizeof(text));
	return pool_text(reader->pool, text);
}
