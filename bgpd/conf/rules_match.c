/*
 * The matches of site rules: a row per key with its reader. See rules_reader.h. Parent only.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "bgpd/conf/rules_reader.h"
#include "bgpd/conf/value.h"
#include "policy/data.h"

#define PATH_LEN_MAX 65535

/* ---- values; each complains itself and returns false ---- */

/* A word's bit of a list of words. */
struct word_bit {
	const char *word;
	uint32_t bit;
};

static bool
read_word_bit(struct rules_reader *reader, const struct node *node, const struct word_bit *words,
    size_t count, uint32_t *out)
{
	char expected[128];
	size_t len = 0;

	for (size_t i = 0; i < count; i++) {
		if (node->kind == NODE_SCALAR && strcmp(node->text, words[i].word) == 0) {
			*out |= words[i].bit;
			return true;
		}
		len +=
		    (size_t)snprintf(expected + len, sizeof(expected) - len, " %s", words[i].word);
	}
	if (node->kind == NODE_SCALAR)
		rules_reader_complain(reader, node, "got \"%.40s\", expected one or more of:%s",
		    node->text, expected);
	else
		rules_reader_complain(reader, node, "got %s, expected one or more of:%s",
		    node_kind_name(node), expected);
	return false;
}

static bool
read_word_bits(struct rules_reader *reader, const struct node *node, const struct word_bit *words,
    size_t count, uint32_t *out)
{
	bool is_ok = true;

	*out = 0;
	if (node->kind != NODE_LIST)
		return read_word_bit(reader, node, words, count, out);
	for (size_t i = 0; i < node->count; i++)
		if (!read_word_bit(reader, node->children[i].value, words, count, out))
			is_ok = false;
	if (*out != 0 || !is_ok)
		return is_ok;
	rules_reader_complain(reader, node,
	    "an empty list matches nothing; name one at least, or remove the "
	    "key");
	return false;
}

/* key: "min: ", "max: " or "". */
static bool
read_bound(struct rules_reader *reader, const struct node *node, const char *key, uint32_t max,
    uint32_t *out)
{
	if (node->kind == NODE_SCALAR && lists_parse_number(node->text, max, out))
		return true;
	rules_reader_complain(reader, node, "%sexpected a number from 0 to %" PRIu32, key, max);
	return false;
}

/* {min, max}, one of them at least, or a number that is both. */
static bool
read_bounds(
    struct rules_reader *reader, const struct node *node, uint32_t max, struct policy_match *out)
{
	out->low = 0;
	out->high = max;
	if (node->kind == NODE_SCALAR && read_bound(reader, node, "", max, &out->low)) {
		out->high = out->low;
		return true;
	}
	if (node->kind == NODE_SCALAR)
		return false;
	if (node->kind != NODE_MAP || node->count == 0) {
		rules_reader_complain(
		    reader, node, "expected a number, or a mapping with min, max or both");
		return false;
	}
	for (size_t i = 0; i < node->count; i++) {
		const struct child *child = &node->children[i];
		bool is_min = strcmp(child->key->text, "min") == 0;

		if (!is_min && strcmp(child->key->text, "max") != 0) {
			rules_reader_complain(reader, child->key,
			    "unknown key %.40s; expected min or max", child->key->text);
			return false;
		}
		if (!read_bound(reader, child->value, is_min ? "min: " : "max: ", max,
			is_min ? &out->low : &out->high))
			return false;
	}
	if (out->low <= out->high)
		return true;
	rules_reader_complain(reader, node,
	    "min %" PRIu32 " is above max %" PRIu32 ", which matches nothing", out->low, out->high);
	return false;
}

/* ---- match ---- */

typedef bool match_reader(struct rules_reader *, const struct node *, struct policy_match *);

static bool
match_prefix_list(struct rules_reader *reader, const struct node *node, struct policy_match *out)
{
	return rules_reader_list(reader, node, lists_read_prefixes, VALUE_PREFIXES,
	    "a list of entries (prefix, length; perhaps exact, ge, le)", &out->values);
}

static bool
match_members(struct rules_reader *reader, const struct node *node, struct policy_match *out)
{
	return rules_reader_members(reader, node, &out->values);
}

static bool
match_addresses(struct rules_reader *reader, const struct node *node, struct policy_match *out)
{
	return rules_reader_list(reader, node, lists_read_hosts, VALUE_HOSTS,
	    "an address or a list of addresses", &out->values);
}

static bool
match_asns(struct rules_reader *reader, const struct node *node, struct policy_match *out)
{
	return rules_reader_asns(reader, node, &out->values);
}

static bool
match_communities(struct rules_reader *reader, const struct node *node, struct policy_match *out)
{
	return rules_reader_patterns(reader, node, true, &out->values);
}

static bool
match_rov(struct rules_reader *reader, const struct node *node, struct policy_match *out)
{
	static const struct word_bit words[] = {
	    {"valid", 1 << ROV_VALID},
	    {"unknown", 1 << ROV_UNKNOWN},
	    {"invalid", 1 << ROV_INVALID},
	    {"not_performed", 1 << ROV_NOT_PERFORMED},
	};

	return read_word_bits(reader, node, words, sizeof(words) / sizeof(words[0]), &out->low);
}

static bool
match_irr(struct rules_reader *reader, const struct node *node, struct policy_match *out)
{
	static const struct word_bit words[] = {
	    {"origin", IF_IRR_ORIGIN},
	    {"no_origin", IF_IRR_NO_ORIGIN},
	    {"prefix", IF_IRR_PREFIX},
	    {"no_prefix", IF_IRR_NO_PREFIX},
	};

	return read_word_bits(reader, node, words, sizeof(words) / sizeof(words[0]), &out->low);
}

static bool
match_length(struct rules_reader *reader, const struct node *node, struct policy_match *out)
{
	return read_bounds(reader, node, prefix_max_len(FAMILY_IPV6), out);
}

static bool
match_path_length(struct rules_reader *reader, const struct node *node, struct policy_match *out)
{
	return read_bounds(reader, node, PATH_LEN_MAX, out);
}

static bool
match_blackhole(struct rules_reader *reader, const struct node *node, struct policy_match *out)
{
	bool value;

	if (node->kind != NODE_SCALAR || !value_parse_bool(node->text, &value)) {
		rules_reader_complain(reader, node, "expected true or false");
		return false;
	}
	out->low = value;
	return true;
}

static bool
match_family(struct rules_reader *reader, const struct node *node, struct policy_match *out)
{
	static const char *const words[FAMILY_COUNT] = {
	    [FAMILY_IPV4] = "ipv4", [FAMILY_IPV6] = "ipv6"};

	for (uint32_t i = 0; node->kind == NODE_SCALAR && i < FAMILY_COUNT; i++) {
		if (strcmp(node->text, words[i]) == 0) {
			out->low = i;
			return true;
		}
	}
	rules_reader_complain(reader, node, "expected ipv4 or ipv6");
	return false;
}

static const struct {
	const char *key;
	match_reader *read;
} match_rows[IF_KINDS] = {
    [IF_PREFIX_LIST] = {"prefix_list", match_prefix_list},
    [IF_PEER] = {"peer", match_members},
    [IF_PEER_ADDRESS] = {"peer_address", match_addresses},
    [IF_PATH_CONTAINS] = {"as_path_contains", match_asns},
    [IF_PATH_ORIGIN] = {"as_path_origin", match_asns},
    [IF_PATH_NEIGHBOR] = {"as_path_neighbor", match_asns},
    [IF_COMMUNITY] = {"community", match_communities},
    [IF_ROV] = {"rov", match_rov},
    [IF_IRR] = {"irr", match_irr},
    [IF_LENGTH] = {"length", match_length},
    [IF_PATH_LENGTH] = {"as_path_length", match_path_length},
    [IF_BLACKHOLE] = {"blackhole", match_blackhole},
    [IF_FAMILY] = {"family", match_family},
};

static const char *
get_negated_key(size_t index)
{
	return index < IF_KINDS ? match_rows[index].key : NULL;
}

static const char *
get_key(size_t index)
{
	return index == IF_KINDS ? "not" : get_negated_key(index);
}

static void read_matches(struct rules_reader *, const struct node *, const char *part, bool negate);

static void
read_match(struct rules_reader *reader, const struct child *child, const char *part, bool negate)
{
	struct policy_match match = {.negate = negate};
	size_t kind;

	if (!negate && strcmp(child->key->text, "not") == 0) {
		read_matches(reader, child->value, "match.not", true);
		return;
	}
	for (kind = 0; kind < IF_KINDS; kind++)
		if (strcmp(match_rows[kind].key, child->key->text) == 0)
			break;
	if (kind == IF_KINDS) {
		rules_reader_label(reader, part, "");
		rules_reader_unknown(reader, child->key, negate ? get_negated_key : get_key,
		    "one of prefix_list, peer, peer_address, as_path_contains, as_path_origin, "
		    "as_path_neighbor, community, rov, irr, length, as_path_length, blackhole, "
		    "family, and in match also not");
		return;
	}
	match.kind = (uint8_t)kind;
	rules_reader_label(reader, part, match_rows[kind].key);
	if (match_rows[kind].read(reader, child->value, &match))
		pool_add(reader->pool, POOL_MATCHES, &match, 1);
}

static void
read_matches(struct rules_reader *reader, const struct node *map, const char *part, bool negate)
{
	rules_reader_label(reader, part, "");
	if (!rules_reader_is_map(reader, map))
		return;
	for (size_t i = 0; i < map->count; i++)
		read_match(reader, &map->children[i], part, negate);
}

void
rules_match_read(struct rules_reader *reader, const struct node *map)
{
	read_matches(reader, map, "match", false);
}
