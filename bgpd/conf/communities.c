/*
 * Patterns of the configuration's communities, and what they have in common: see communities.h.
 * Parent only.
 *
 *   map --read--> entries, each with its node --compare each pair--> pool
 */
#include "bgpd/conf/communities.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bgpd/conf/mem.h"
#include "bgpd/conf/nearest.h"
#include "bgpd/conf/pattern.h"
#include "policy/reason.h"

#define MAP_KEY	      "reject_cause_map"
#define EURO_IX_RPKI  1000	  /* rs_as:1000:n: states of RPKI in Euro-IX's list */
#define CODE_MAX      REASON_RULE /* codes that a route can be rejected with by policy */
#define NAME_TEXT_MAX 64	  /* octets of a custom community's name */
#define LABEL_MAX     (NAME_TEXT_MAX + 32)

/* A pattern and where it stands. */
struct entry {
	struct policy_community pattern;
	const struct node *node;
	char label[LABEL_MAX]; /* its name as the user wrote it */
};

struct reader {
	struct loader *loader;
	struct pool *pool;
	uint32_t rs_as;
	struct entry *entries;
	size_t count;
	size_t room;
	/* the name that is being read */
	const char *label;
	enum community_name name;
	uint32_t index;
};

static void
append(struct reader *reader, const struct policy_community *pattern, const struct node *node)
{
	struct entry *entry;

	reader->entries =
	    mem_grow(reader->entries, reader->count, &reader->room, sizeof(*reader->entries));
	entry = &reader->entries[reader->count++];
	memset(entry, 0, sizeof(*entry));
	entry->pattern = *pattern;
	entry->pattern.name = (uint8_t)reader->name;
	entry->pattern.index = reader->index;
	entry->node = node;
	snprintf(entry->label, sizeof(entry->label), "%s", reader->label);
}

/* ---- from text ---- */

static void
read_pattern(struct reader *reader, enum community_format format, const struct node *node)
{
	static const char *const words[] = {
	    [WILD_NONE] = NULL, [WILD_PEER] = "peer_as", [WILD_ANY] = "dyn_val"};
	const struct community_row *row = community_row(reader->name);
	struct pattern_form form = {
	    .format = format, .wild = row->wild, .word = words[row->wild], .rs_as = reader->rs_as};
	struct policy_community pattern;
	char why[PATTERN_WHY_MAX];

	if (node->kind != NODE_SCALAR) {
		load_complain(reader->loader, CONF_ERROR, node, "%s.%s: got %s, expected a text",
		    reader->label, pattern_format_key(format), node_kind_name(node));
		return;
	}
	if (node->text[strspn(node->text, " ")] == '\0' ||
	    (reader->rs_as == 0 && strstr(node->text, "rs_as") != NULL))
		return;
	if (!pattern_parse(&form, node->text, &pattern, why)) {
		load_complain(reader->loader, CONF_ERROR, node, "%s.%s: \"%.60s\": %s",
		    reader->label, pattern_format_key(format), node->text, why);
		return;
	}
	if (pattern.wild == WILD_PEER && pattern.format == COMMUNITY_EXT &&
	    pattern.part[0] > UINT16_MAX)
		load_complain(reader->loader, CONF_NOTE, node,
		    "%s.ext: its first number is above 65535, so 16 bits are left for peer_as; "
		    "members with a larger ASN need lrg",
		    reader->label);
	append(reader, &pattern, node);
}

/* {std: ..., lrg: ..., ext: ...} of the current name. */
static void
read_formats(struct reader *reader, const struct node *value)
{
	if (node_is_null(value))
		return;
	if (value->kind != NODE_MAP) {
		load_complain(reader->loader, CONF_ERROR, value,
		    "%s: got %s, expected a mapping with std, lrg or ext", reader->label,
		    node_kind_name(value));
		return;
	}
	for (size_t i = 0; i < value->count; i++) {
		const struct child *child = &value->children[i];
		unsigned format;

		for (format = 0; format < COMMUNITY_FORMATS; format++)
			if (strcmp(child->key->text,
				pattern_format_key((enum community_format)format)) == 0)
				break;
		if (format == COMMUNITY_FORMATS)
			load_complain(reader->loader, CONF_ERROR, child->key,
			    "%s: unknown key %.40s; expected std, lrg or ext", reader->label,
			    child->key->text);
		else if (!node_is_null(child->value))
			read_pattern(reader, (enum community_format)format, child->value);
	}
}

/* A reject code, or 0. */
static uint32_t
read_code(const char *text)
{
	unsigned long code;

	if (text[0] == '0' || text[strspn(text, "0123456789")] != '\0' || strlen(text) > 2)
		return 0;
	code = strtoul(text, NULL, 10);
	return code <= CODE_MAX ? (uint32_t)code : 0;
}

static void
read_reject_cause_map(struct reader *reader, const struct node *map)
{
	char label[LABEL_MAX];

	if (node_is_null(map))
		return;
	if (map->kind != NODE_MAP) {
		load_complain(reader->loader, CONF_ERROR, map,
		    MAP_KEY ": got %s, expected a mapping from reject codes to communities",
		    node_kind_name(map));
		return;
	}
	for (size_t i = 0; i < map->count; i++) {
		const struct node *key = map->children[i].key;

		reader->index = read_code(key->text);
		if (reader->index == 0) {
			load_complain(reader->loader, CONF_ERROR, key,
			    MAP_KEY ": \"%.40s\" is no reject code; expected a number from 1 to %d",
			    key->text, CODE_MAX);
			continue;
		}
		snprintf(label, sizeof(label), MAP_KEY ".%" PRIu32, reader->index);
		reader->label = label;
		reader->name = NAME_REJECT_CAUSE_MAP;
		read_formats(reader, map->children[i].value);
	}
}

/* The names a user may have meant. */
static const char *
get_key(size_t index)
{
	const char *key;

	if (index >= NAME_COUNT)
		return NULL;
	key = community_row((enum community_name)index)->key;
	return key != NULL ? key : index == NAME_REJECT_CAUSE_MAP ? MAP_KEY : "";
}

static void
complain_unknown(const struct reader *reader, const struct node *key)
{
	const char *nearest = nearest_find(key->text, get_key);

	load_complain(reader->loader, CONF_ERROR, key, "communities: unknown name %.60s; %s%s%s",
	    key->text, nearest != NULL ? "did you mean " : "one of the site's own belongs into ",
	    nearest != NULL ? nearest : "custom_communities", nearest != NULL ? "?" : "");
}

static bool
is_map(const struct reader *reader, const struct node *node, const char *key)
{
	if (node == NULL || node_is_null(node))
		return false;
	if (node->kind == NODE_MAP)
		return true;
	load_complain(reader->loader, CONF_ERROR, node,
	    "%s: got %s, expected a mapping from names to {std, lrg, ext}", key,
	    node_kind_name(node));
	return false;
}

static void
read_named(struct reader *reader, const struct node *map)
{
	if (!is_map(reader, map, "communities"))
		return;
	for (size_t i = 0; i < map->count; i++) {
		const struct child *child = &map->children[i];

		if (strcmp(child->key->text, MAP_KEY) == 0) {
			read_reject_cause_map(reader, child->value);
			continue;
		}
		reader->name = community_find(child->key->text);
		reader->label = child->key->text;
		reader->index = 0;
		if (reader->name == NAME_COUNT)
			complain_unknown(reader, child->key);
		else
			read_formats(reader, child->value);
	}
}

/* ---- custom communities ---- */

static bool
is_good_name(const struct reader *reader, const struct node *key, size_t so_far)
{
	size_t len = strlen(key->text);

	if (community_find(key->text) != NAME_COUNT || strcmp(key->text, MAP_KEY) == 0)
		load_complain(reader->loader, CONF_ERROR, key,
		    "custom_communities: %s is a name of communities; choose another", key->text);
	else if (len == 0 || len > NAME_TEXT_MAX)
		load_complain(reader->loader, CONF_ERROR, key,
		    "custom_communities: a name of %zu octets, expected 1 to %d", len,
		    NAME_TEXT_MAX);
	else if (so_far == COMMUNITIES_CUSTOM_MAX)
		load_complain(reader->loader, CONF_ERROR, key,
		    "custom_communities: more than %d of them", COMMUNITIES_CUSTOM_MAX);
	else
		return true;
	return false;
}

static struct policy_range
read_customs(struct reader *reader, const struct node *map)
{
	struct policy_range names = pool_add(reader->pool, POOL_NAMES, NULL, 0);

	if (!is_map(reader, map, "custom_communities"))
		return names;
	reader->name = NAME_CUSTOM;
	for (size_t i = 0; i < map->count; i++) {
		const struct child *child = &map->children[i];
		struct policy_name name;

		if (!is_good_name(reader, child->key, names.count))
			continue;
		name.text = pool_text(reader->pool, child->key->text);
		pool_add(reader->pool, POOL_NAMES, &name, 1);
		reader->label = child->key->text;
		reader->index = names.count++;
		read_formats(reader, child->value);
	}
	return names;
}

/* ---- what two patterns have in common ---- */

static size_t
last_index(const struct policy_community *pattern)
{
	return pattern->format == COMMUNITY_LARGE ? 2 : 1;
}

static bool
is_same_family(const struct policy_community *a, const struct policy_community *b)
{
	return a->format == b->format && a->ext_type == b->ext_type && a->part[0] == b->part[0] &&
	    (a->format != COMMUNITY_LARGE || a->part[1] == b->part[1]);
}

/*
 * Numbers that no member is named by in "to peer": ARouteServer's exceptions, on which the
 * configurations that it proposes rely (0:peer_as beside 0:rs_as).
 */
static bool
is_nobody(uint32_t number, uint32_t rs_as)
{
	return number == 0 || number == rs_as || (number >= 64512 && number <= 65534) ||
	    (number >= 4200000000u && number <= 4294967294u);
}

static bool
has_common(const struct policy_community *a, const struct policy_community *b, uint32_t rs_as)
{
	size_t last = last_index(a);

	if (!is_same_family(a, b))
		return false;
	if (a->wild == WILD_NONE && b->wild == WILD_NONE)
		return a->part[last] == b->part[last];
	if (a->wild == WILD_NONE && b->wild == WILD_PEER)
		return !is_nobody(a->part[last], rs_as);
	if (a->wild == WILD_PEER && b->wild == WILD_NONE)
		return !is_nobody(b->part[last], rs_as);
	return true;
}

static bool
is_equal(const struct policy_community *a, const struct policy_community *b)
{
	size_t last = last_index(a);

	return is_same_family(a, b) && a->wild == b->wild && a->part[last] == b->part[last];
}

static void
compare(const struct reader *reader, const struct entry *a, const struct entry *b)
{
	char a_text[COMMUNITY_TEXT_MAX], b_text[COMMUNITY_TEXT_MAX];
	bool are_internal = community_row(a->pattern.name)->class == COMMUNITY_INTERNAL &&
	    community_row(b->pattern.name)->class == COMMUNITY_INTERNAL;

	if (a->pattern.name == NAME_REJECT_CAUSE_MAP && b->pattern.name == NAME_REJECT_CAUSE_MAP)
		return; /* two codes may share a community */
	if (!has_common(&a->pattern, &b->pattern, reader->rs_as))
		return;
	community_format_pattern(&a->pattern, a_text);
	community_format_pattern(&b->pattern, b_text);
	if (is_equal(&a->pattern, &b->pattern))
		load_complain(reader->loader, CONF_ERROR, b->node,
		    "%s.%s: %s is used already, by %s at line %u; give one of them another value",
		    b->label, pattern_format_key(b->pattern.format), b_text, a->label,
		    a->node->line);
	else
		load_complain(reader->loader, are_internal ? CONF_WARNING : CONF_ERROR, b->node,
		    "%s.%s: %s overlaps with %s of %s at line %u, so a value can mean both; give "
		    "one of them another value",
		    b->label, pattern_format_key(b->pattern.format), b_text, a_text, a->label,
		    a->node->line);
}

/*
 * An outbound community that is also "to peer" with the server's own ASN goes in, but is scrubbed
 * like any value of the family when the route leaves.
 */
static void
warn_scrubbed(const struct reader *reader, const struct entry *sent, const struct entry *asked)
{
	enum community_class class = community_row(sent->pattern.name)->class;

	if ((class != COMMUNITY_OUTBOUND && class != COMMUNITY_CUSTOM) ||
	    asked->pattern.wild != WILD_PEER || !is_same_family(&sent->pattern, &asked->pattern) ||
	    sent->pattern.part[last_index(&sent->pattern)] != reader->rs_as)
		return;
	load_complain(reader->loader, CONF_WARNING, sent->node,
	    "%s.%s: a value of %s, which is scrubbed on output, so no member will see it; give it "
	    "another value",
	    sent->label, pattern_format_key(sent->pattern.format), asked->label);
}

/*
 * At most 3 x (names + codes + COMMUNITIES_CUSTOM_MAX) entries, each compared with each: some
 * milliseconds at the very most.
 */
static void
compare_all(const struct reader *reader)
{
	for (size_t i = 0; i < reader->count; i++) {
		for (size_t j = 0; j < i; j++) {
			compare(reader, &reader->entries[j], &reader->entries[i]);
			warn_scrubbed(reader, &reader->entries[j], &reader->entries[i]);
			warn_scrubbed(reader, &reader->entries[i], &reader->entries[j]);
		}
	}
}

/* ---- Euro-IX's map of reasons ---- */

/* With that map rs_as:1101:n says why a route is rejected, and is scrubbed as a whole. */
static void
check_euro_ix(const struct reader *reader)
{
	char text[COMMUNITY_TEXT_MAX];

	for (size_t i = 0; i < reader->count; i++) {
		const struct entry *entry = &reader->entries[i];

		if (entry->pattern.format != COMMUNITY_LARGE ||
		    entry->pattern.part[0] != reader->rs_as ||
		    entry->pattern.part[1] != REASON_EURO_IX ||
		    entry->pattern.name == NAME_REJECT_CAUSE ||
		    entry->pattern.name == NAME_REJECT_CAUSE_MAP)
			continue;
		community_format_pattern(&entry->pattern, text);
		load_complain(reader->loader, CONF_ERROR, entry->node,
		    "%s.lrg: %s says why a route is rejected while the reasons are those of "
		    "Euro-IX; give it another value",
		    entry->label, text);
	}
}

/* True if the pattern can be added: its name has none of the format, nobody has its value. */
static bool
is_free(const struct reader *reader, const struct policy_community *pattern)
{
	for (size_t i = 0; i < reader->count; i++) {
		const struct policy_community *other = &reader->entries[i].pattern;

		if ((other->name == pattern->name && other->format == pattern->format) ||
		    has_common(other, pattern, reader->rs_as))
			return false;
	}
	return true;
}

/*
 * And rs_as:1000:n is the state of RPKI, where the configuration says nothing else. All are
 * internal: nothing more is sent by it.
 */
static uint32_t
add_euro_ix_states(const struct reader *reader)
{
	static const struct {
		uint8_t name;
		uint32_t number;
	} states[] = {{NAME_ROV_VALID, 1}, {NAME_ROV_UNKNOWN, 2}, {NAME_ROV_INVALID, 4}};
	uint32_t count = 0;

	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		struct policy_community pattern = {.format = COMMUNITY_LARGE,
		    .name = states[i].name,
		    .part = {reader->rs_as, EURO_IX_RPKI, states[i].number}};

		if (is_free(reader, &pattern))
			count += pool_add(reader->pool, POOL_COMMUNITIES, &pattern, 1).count;
	}
	return count;
}

/* ---- public ---- */

static struct policy_range
store(const struct reader *reader, size_t first, size_t end)
{
	struct policy_range range = pool_add(reader->pool, POOL_COMMUNITIES, NULL, 0);

	for (size_t i = first; i < end; i++)
		pool_add(reader->pool, POOL_COMMUNITIES, &reader->entries[i].pattern, 1);
	range.count = (uint32_t)(end - first);
	return range;
}

void
communities_load(struct loader *loader, const struct node *communities, const struct node *customs,
    uint32_t rs_as, struct pool *pool, struct policy_general *general)
{
	struct reader reader = {.loader = loader, .pool = pool, .rs_as = rs_as};
	bool has_euro_ix = general->reasons_map == REASONS_EURO_IX && rs_as != 0;
	size_t named;

	read_named(&reader, communities);
	named = reader.count;
	general->custom_names = read_customs(&reader, customs);
	compare_all(&reader);
	general->communities = store(&reader, 0, named);
	if (has_euro_ix) {
		check_euro_ix(&reader);
		general->communities.count += add_euro_ix_states(&reader);
	}
	general->customs = store(&reader, named, reader.count);
	free(reader.entries);
}

long
communities_custom(const struct pool *pool, const struct policy_general *general, const char *name)
{
	struct policy_config view;

	pool_view(pool, &view);
	for (uint32_t i = 0; i < general->custom_names.count; i++)
		if (strcmp(view.text + view.names[general->custom_names.first + i].text, name) == 0)
			return (long)i;
	return -1;
}

/* The first std pattern of a range that is a fixed value with the number in this family. */
static const struct policy_community *
find_fixed(const struct policy_community *family, uint32_t number,
    const struct policy_community *patterns, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (patterns[i].wild == WILD_NONE && is_same_family(family, &patterns[i]) &&
		    patterns[i].part[last_index(family)] == number)
			return &patterns[i];
	return NULL;
}

void
communities_check_mapped(struct loader *loader, const struct node *node, uint32_t mapped_asn,
    const struct pool *pool, const struct policy_general *general)
{
	const struct policy_community *named, *customs, *other;
	struct policy_config view;
	char text[COMMUNITY_TEXT_MAX];

	if (general->communities.count == 0)
		return;
	pool_view(pool, &view);
	named = view.communities + general->communities.first;
	customs = view.communities + general->customs.first;
	for (uint32_t i = 0; i < general->communities.count; i++) {
		if (named[i].wild != WILD_PEER || named[i].format != COMMUNITY_STD)
			continue;
		other = find_fixed(&named[i], mapped_asn, named, general->communities.count);
		if (other == NULL)
			other = find_fixed(&named[i], mapped_asn, customs, general->customs.count);
		if (other == NULL)
			continue;
		community_format_pattern(other, text);
		load_complain(loader, CONF_ERROR, node,
		    "16bit_mapped_asn: %" PRIu32 " makes %s of this client %s, which means %s "
		    "already; choose another number",
		    mapped_asn, community_row(named[i].name)->key, text,
		    other->name == NAME_CUSTOM
			? view.text + view.names[general->custom_names.first + other->index].text
			: other->name == NAME_REJECT_CAUSE_MAP ? MAP_KEY
							       : community_row(other->name)->key);
		return;
	}
}
