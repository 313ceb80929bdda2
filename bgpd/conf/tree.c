/*
 * YAML to a tree of nodes: see tree.h. Parent only.
 *
 * libyaml 0.2 gives events; its own document API neither limits aliases nor depth.
 */
#include "bgpd/conf/tree.h"

#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "bgpd/conf/mem.h"
#include "bgpd/conf/report.h"

/* Merging compares keys one by one: what a document may cost. */
#define MERGE_COMPARES_MAX 10000000u

#define CANNOT_START	   "found character that cannot start any token"
#define TAB_TEXT	   "a tab is used for indentation; YAML wants spaces"

struct anchor {
	char *name;
	struct node *node;
	bool is_complete; /* an alias inside its own anchor would never end */
};

struct tree {
	struct node *root;
	struct node **nodes; /* all of them, for tree_free() */
	size_t count;
	size_t room;
	struct anchor anchors[TREE_ANCHORS_MAX];
	unsigned anchor_count;
};

struct builder {
	yaml_parser_t parser;
	struct tree *tree;
	const struct source *source;
	struct conf_report *report;
	unsigned depth;
	uint64_t compared; /* keys, to resolve merges */
};

/* libyaml's words, and ours for people who do not know how a scanner works. */
static const struct {
	const char *problem;
	const char *text;
	bool at_start; /* tell where the thing began, not where it could go no further */
} problems[] = {
    {CANNOT_START, "a value without quotes cannot begin with this character", false},
    {"found a tab character that violates indentation", TAB_TEXT, false},
    {"mapping values are not allowed in this context",
	"a ':' where none can stand: check the indentation, quote values that hold ': '", false},
    {"did not find expected key", "expected another key, KEY: VALUE, indented as those above",
	false},
    {"did not find expected '-' indicator", "expected another list item, indented as those above",
	false},
    {"could not find expected ':'", "expected ':' and a blank behind this key", false},
    {"found unexpected end of stream", "this quoted text never ends", true},
    {"found unexpected document indicator", "this quoted text never ends", true},
    {"block sequence entries are not allowed in this context",
	"a list item where none can stand: check the indentation", false},
    {"did not find expected ',' or ']'", "this list has no end: expected ',' or ']'", true},
    {"did not find expected ',' or '}'", "this mapping has no end: expected ',' or '}'", true},
    {"did not find expected node content", "expected a value here", false},
    {"did not find expected <document start>",
	"this stands behind the end of the document: check the indentation", false},
    {"found unknown escape character",
	"no escape of YAML begins so: in double quotes write \\\\ for a backslash", false},
};

static bool build_node(struct builder *, yaml_event_t *, struct node **);

static void
complain(struct builder *builder, size_t line, size_t col, const char *text)
{
	const struct source_file *file;
	unsigned file_line;

	source_where(builder->source, line, &file, &file_line);
	report_add(
	    builder->report, CONF_ERROR, file->name, file_line, (unsigned)col + 1, "%s", text);
}

/* The character that the parser stumbled over; '\0' where there is none. */
static char
character_at(const struct builder *builder, const yaml_mark_t *mark)
{
	size_t index = mark->index;
	const char *p = builder->source->text;

	/* libyaml counts characters: skip the octets that continue one. */
	for (; *p != '\0' && index > 0; p++)
		index -= ((unsigned char)p[1] & 0xc0) != 0x80;
	return *p;
}

static void
complain_parser(struct builder *builder)
{
	const yaml_parser_t *parser = &builder->parser;
	const yaml_mark_t *mark = &parser->problem_mark;
	const char *text = parser->problem == NULL ? "not YAML" : parser->problem;
	size_t i;

	if (parser->error == YAML_MEMORY_ERROR)
		abort();
	if (strcmp(text, CANNOT_START) == 0 && character_at(builder, &parser->problem_mark) == '\t')
		text = TAB_TEXT;
	for (i = 0; i < sizeof(problems) / sizeof(problems[0]); i++) {
		if (strcmp(text, problems[i].problem) == 0) {
			text = problems[i].text;
			if (problems[i].at_start)
				mark = &parser->context_mark;
			break;
		}
	}
	complain(builder, mark->line, mark->column, text);
}

static bool
next_event(struct builder *builder, yaml_event_t *event)
{
	if (yaml_parser_parse(&builder->parser, event))
		return true;
	complain_parser(builder);
	return false;
}

static void
complain_event(struct builder *builder, const yaml_event_t *event, const char *text)
{
	complain(builder, event->start_mark.line, event->start_mark.column, text);
}

static struct node *
node_new(struct builder *builder, enum node_kind kind, const yaml_mark_t *mark)
{
	struct tree *tree = builder->tree;
	struct node *node = mem_new(1, sizeof(*node));

	node->kind = kind;
	node->weight = 1;
	source_where(builder->source, mark->line, &node->file, &node->line);
	node->col = (unsigned)mark->column + 1;
	tree->nodes = mem_grow(tree->nodes, tree->count, &tree->room, sizeof(*tree->nodes));
	tree->nodes[tree->count++] = node;
	return node;
}

/* Counts a child into its parent; false where the document becomes too large. */
static bool
add_weight(struct builder *builder, const yaml_event_t *event, struct node *parent,
    const struct node *child)
{
	parent->weight += child->weight;
	if (parent->weight <= TREE_NODES_MAX)
		return true;
	complain_event(builder, event,
	    "the document has more than a million values, aliases counted as what they stand for");
	return false;
}

static void
node_add(struct node *node, struct node *key, struct node *value)
{
	node->children =
	    mem_grow(node->children, node->count, &node->room, sizeof(*node->children));
	node->children[node->count].key = key;
	node->children[node->count].value = value;
	node->count++;
}

static bool
add_anchor(
    struct builder *builder, const yaml_event_t *event, const yaml_char_t *name, struct node *node)
{
	struct tree *tree = builder->tree;
	struct anchor *anchor;

	if (name == NULL)
		return true;
	if (tree->anchor_count == TREE_ANCHORS_MAX) {
		complain_event(builder, event, "more than 1000 anchors (&NAME) in one document");
		return false;
	}
	anchor = &tree->anchors[tree->anchor_count++];
	anchor->name = mem_text((const char *)name, strlen((const char *)name));
	anchor->node = node;
	return true;
}

static void
complete_anchor(struct tree *tree, const yaml_char_t *name, const struct node *node)
{
	unsigned i;

	if (name == NULL)
		return;
	for (i = 0; i < tree->anchor_count; i++) {
		if (tree->anchors[i].node == node)
			tree->anchors[i].is_complete = true;
	}
}

static bool
build_alias(struct builder *builder, const yaml_event_t *event, struct node **out)
{
	const char *name = (const char *)event->data.alias.anchor;
	struct tree *tree = builder->tree;
	unsigned i = tree->anchor_count;

	/* The latest anchor of a name counts (YAML 1.1 section 3.2.2.2). */
	while (i > 0 && strcmp(tree->anchors[i - 1].name, name) != 0)
		i--;
	if (i == 0) {
		complain_event(builder, event, "an alias (*NAME) without an anchor (&NAME) above");
		return false;
	}
	if (!tree->anchors[i - 1].is_complete) {
		complain_event(builder, event, "an alias (*NAME) inside of what it stands for");
		return false;
	}
	*out = tree->anchors[i - 1].node;
	return true;
}

/* Core tags such as !!str say what we would guess; others ask for what is not there. */
static bool
check_tag(struct builder *builder, const yaml_event_t *event, const yaml_char_t *tag)
{
	const char *text = (const char *)tag;

	if (text == NULL || text[0] == '\0' || strcmp(text, "!") == 0 ||
	    strncmp(text, "tag:yaml.org,2002:", 18) == 0)
		return true;
	complain_event(builder, event,
	    strcmp(text, "!include") == 0
		? "!include must stand on a line of its own; the other file's text is put there"
		: "a tag (!NAME) has no meaning here; remove it");
	return false;
}

static bool
build_scalar(struct builder *builder, const yaml_event_t *event, struct node **out)
{
	const char *text = (const char *)event->data.scalar.value;
	size_t len = event->data.scalar.length;
	struct node *node;

	if (memchr(text, '\0', len) != NULL) {
		complain_event(builder, event, "a zero octet (\\0) in a text; remove it");
		return false;
	}
	if (!check_tag(builder, event, event->data.scalar.tag))
		return false;
	node = node_new(builder, NODE_SCALAR, &event->start_mark);
	node->text = mem_text(text, len);
	node->is_plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	*out = node;
	if (!add_anchor(builder, event, event->data.scalar.anchor, node))
		return false;
	complete_anchor(builder->tree, event->data.scalar.anchor, node);
	return true;
}

/* Reads the items of a list up to its end. */
static bool
build_items(struct builder *builder, struct node *list)
{
	yaml_event_t event;
	struct node *item;
	bool is_ok = true, is_end = false;

	while (is_ok && !is_end) {
		if (!next_event(builder, &event))
			return false;
		is_end = event.type == YAML_SEQUENCE_END_EVENT;
		if (!is_end) {
			is_ok = build_node(builder, &event, &item) &&
			    add_weight(builder, &event, list, item);
			if (is_ok)
				node_add(list, NULL, item);
		}
		yaml_event_delete(&event);
	}
	return is_ok;
}

/* Reads the value of a key and adds the pair. */
static bool
build_value(struct builder *builder, struct node *map, struct node *key)
{
	yaml_event_t event;
	struct node *value;
	bool is_ok;

	if (!next_event(builder, &event))
		return false;
	is_ok = build_node(builder, &event, &value) && add_weight(builder, &event, map, value);
	if (is_ok)
		node_add(map, key, value);
	yaml_event_delete(&event);
	return is_ok;
}

/* Reads the pairs of a mapping up to its end. */
static bool
build_pairs(struct builder *builder, struct node *map)
{
	yaml_event_t event;
	struct node *key = NULL;
	bool is_ok = true, is_end = false;

	while (is_ok && !is_end) {
		if (!next_event(builder, &event))
			return false;
		is_end = event.type == YAML_MAPPING_END_EVENT;
		if (!is_end && event.type != YAML_SCALAR_EVENT) {
			complain_event(builder, &event, "a key must be a word");
			is_ok = false;
		} else if (!is_end) {
			is_ok = build_node(builder, &event, &key) &&
			    add_weight(builder, &event, map, key) && build_value(builder, map, key);
		}
		yaml_event_delete(&event);
	}
	return is_ok;
}

/* A key with its place among the keys, for sorting. */
struct key_place {
	const struct node *key;
	size_t place;
};

static int
compare_keys(const void *left, const void *right)
{
	const struct key_place *a = left, *b = right;
	int order = strcmp(a->key->text, b->key->text);

	if (order != 0)
		return order;
	return a->place < b->place ? -1 : a->place > b->place;
}

static bool
check_duplicates(struct builder *builder, const struct node *map)
{
	struct key_place *keys = mem_new(map->count, sizeof(*keys));
	size_t i;
	bool is_ok = true;

	for (i = 0; i < map->count; i++)
		keys[i] = (struct key_place){map->children[i].key, i};
	qsort(keys, map->count, sizeof(*keys), compare_keys);
	for (i = 1; i < map->count; i++) {
		const struct node *key = keys[i].key, *first = keys[i - 1].key;

		if (strcmp(key->text, first->text) != 0)
			continue;
		report_add(builder->report, CONF_ERROR, key->file->name, key->line, key->col,
		    "key \"%s\" stands twice in this mapping, first at %s:%u; remove one",
		    key->text, first->file->name, first->line);
		is_ok = false;
	}
	free(keys);
	return is_ok;
}

static bool
merge_one(
    struct builder *builder, const yaml_event_t *event, struct node *map, const struct node *from)
{
	size_t i;

	if (from->kind != NODE_MAP) {
		complain_event(
		    builder, event, "the merge key \"<<\" needs a mapping, as in <<: *NAME");
		return false;
	}
	for (i = 0; i < from->count; i++) {
		const struct child *child = &from->children[i];

		builder->compared += map->count;
		if (builder->compared > MERGE_COMPARES_MAX) {
			complain_event(
			    builder, event, "the merge keys \"<<\" of this document are too large");
			return false;
		}
		if (node_find(map, child->key->text) != NULL)
			continue;
		node_add(map, child->key, child->value);
		if (!add_weight(builder, event, map, child->key) ||
		    !add_weight(builder, event, map, child->value))
			return false;
	}
	return true;
}

/* Takes "<<" out of the map and adds what it names and the map does not have. */
static bool
resolve_merge(struct builder *builder, const yaml_event_t *event, struct node *map)
{
	const struct node *from;
	size_t i, place;

	for (place = 0; place < map->count; place++) {
		if (strcmp(map->children[place].key->text, "<<") == 0)
			break;
	}
	if (place == map->count)
		return true;
	from = map->children[place].value;
	map->count--;
	for (i = place; i < map->count; i++)
		map->children[i] = map->children[i + 1];
	if (from->kind != NODE_LIST)
		return merge_one(builder, event, map, from);
	for (i = 0; i < from->count; i++) {
		if (!merge_one(builder, event, map, from->children[i].value))
			return false;
	}
	return true;
}

static bool
build_collection(struct builder *builder, const yaml_event_t *event, struct node **out)
{
	bool is_map = event->type == YAML_MAPPING_START_EVENT, is_ok;
	const yaml_char_t *anchor =
	    is_map ? event->data.mapping_start.anchor : event->data.sequence_start.anchor;
	const yaml_char_t *tag =
	    is_map ? event->data.mapping_start.tag : event->data.sequence_start.tag;
	struct node *node;

	if (builder->depth == TREE_DEPTH_MAX) {
		complain_event(builder, event, "more than 32 levels of nesting");
		return false;
	}
	if (!check_tag(builder, event, tag))
		return false;
	node = node_new(builder, is_map ? NODE_MAP : NODE_LIST, &event->start_mark);
	*out = node;
	if (!add_anchor(builder, event, anchor, node))
		return false;
	builder->depth++;
	is_ok = is_map ? build_pairs(builder, node) && check_duplicates(builder, node) &&
		resolve_merge(builder, event, node)
		       : build_items(builder, node);
	builder->depth--;
	complete_anchor(builder->tree, anchor, node);
	return is_ok;
}

/* Builds the node that begins with the event, which stays the caller's. */
static bool
build_node(struct builder *builder, yaml_event_t *event, struct node **out)
{
	switch (event->type) {
	case YAML_SCALAR_EVENT:
		return build_scalar(builder, event, out);
	case YAML_ALIAS_EVENT:
		return build_alias(builder, event, out);
	case YAML_MAPPING_START_EVENT:
	case YAML_SEQUENCE_START_EVENT:
		return build_collection(builder, event, out);
	default:
		complain_event(builder, event, "expected a value");
		return false;
	}
}

/* Reads events until the stream ends; one document is enough. */
static bool
build_stream(struct builder *builder)
{
	unsigned documents = 0;
	yaml_event_t event;
	bool is_ok = true, is_end = false;

	while (is_ok && !is_end) {
		if (!next_event(builder, &event))
			return false;
		switch (event.type) {
		case YAML_STREAM_START_EVENT:
		case YAML_DOCUMENT_END_EVENT:
			break;
		case YAML_STREAM_END_EVENT:
			is_end = true;
			break;
		case YAML_DOCUMENT_START_EVENT:
			if (documents++ > 0) {
				complain_event(builder, &event,
				    "a second document begins here (---); one file is one "
				    "document");
				is_ok = false;
			}
			break;
		default:
			is_ok = build_node(builder, &event, &builder->tree->root);
			break;
		}
		yaml_event_delete(&event);
	}
	return is_ok;
}

struct tree *
tree_parse(const struct source *source, struct conf_report *report)
{
	struct builder builder = {.source = source, .report = report};
	bool is_ok;

	if (!yaml_parser_initialize(&builder.parser))
		abort();
	builder.tree = mem_new(1, sizeof(*builder.tree));
	yaml_parser_set_encoding(&builder.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(
	    &builder.parser, (const unsigned char *)source->text, source->len);
	is_ok = build_stream(&builder);
	yaml_parser_delete(&builder.parser);
	if (is_ok)
		return builder.tree;
	tree_free(builder.tree);
	return NULL;
}

void
tree_free(struct tree *tree)
{
	size_t i;

	if (tree == NULL)
		return;
	for (i = 0; i < tree->count; i++) {
		mem_wipe(tree->nodes[i]->text);
		free(tree->nodes[i]->children);
		free(tree->nodes[i]);
	}
	for (i = 0; i < tree->anchor_count; i++)
		free(tree->anchors[i].name);
	free(tree->nodes);
	free(tree);
}

const struct node *
tree_root(const struct tree *tree)
{
	return tree->root;
}

bool
node_is_null(const struct node *node)
{
	static const char *const words[] = {"", "~", "null", "Null", "NULL"};
	size_t i;

	if (node->kind != NODE_SCALAR || !node->is_plain)
		return false;
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(node->text, words[i]) == 0)
			return true;
	}
	return false;
}

const char *
node_kind_name(const struct node *node)
{
	if (node_is_null(node))
		return "nothing";
	switch (node->kind) {
	case NODE_LIST:
		return "a list";
	case NODE_MAP:
		return "a mapping";
	default:
		return "a text";
	}
}

const struct node *
node_find(const struct node *map, const char *key)
{
	size_t i;

	for (i = 0; i < map->count; i++) {
		if (strcmp(map->children[i].key->text, key) == 0)
			return map->children[i].value;
	}
	return NULL;
}
