/*
 * Site rules from YAML: see rules.h. Parent only.
 *
 *   rules.c          directions, rules, what follows a last word
 *   rules_match.c    a table of what may stand in match
 *   rules_action.c   a table of what may stand in action
 *   rules_reader.c   values of several keys
 */
#include "bgpd/conf/rules.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bgpd/conf/mem.h"
#include "bgpd/conf/rules_reader.h"

static const char *const rule_keys[] = {"name", "match", "action"};

static const char *
get_rule_key(size_t index)
{
	return index < sizeof(rule_keys) / sizeof(rule_keys[0]) ? rule_keys[index] : NULL;
}

/* The value of a key of a rule, NULL where it is left out or null. */
static const struct node *
get_part(const struct node *map, const char *key)
{
	const struct node *value = node_find(map, key);

	return value != NULL && node_is_null(value) ? NULL : value;
}

static void
check_rule_keys(const struct rules_reader *reader, const struct node *map)
{
	for (size_t i = 0; i < map->count; i++) {
		const struct node *key = map->children[i].key;
		const char *known;
		size_t row;

		for (row = 0; (known = get_rule_key(row)) != NULL; row++)
			if (strcmp(known, key->text) == 0)
				break;
		if (known == NULL)
			rules_reader_unknown(reader, key, get_rule_key, "name, match or action");
	}
}

static uint32_t
pool_count(const struct rules_reader *reader, enum pool_kind kind)
{
	return (uint32_t)reader->pool->arrays[kind].count;
}

/* Everything behind a rule that matches all routes and ends the rules is never asked. */
static bool
is_last_word(const struct rules_reader *reader, const struct policy_rule *rule)
{
	const struct policy_action *actions = reader->pool->arrays[POOL_ACTIONS].records;
	uint8_t kind;

	if (rule->matches.count > 0 || rule->actions.count == 0)
		return false;
	kind = actions[rule->actions.first + rule->actions.count - 1].kind;
	return kind == DO_REJECT || kind == DO_ACCEPT;
}

static void
read_rule(struct rules_reader *reader, const struct node *map, struct policy_rule *rule)
{
	const struct node *name, *match, *action;
	uint32_t name_text = 0;

	rules_reader_label(reader, "", "");
	rule->line = map->line;
	rule->matches.first = pool_count(reader, POOL_MATCHES);
	rule->actions.first = pool_count(reader, POOL_ACTIONS);
	if (!rules_reader_is_map(reader, map))
		return;
	check_rule_keys(reader, map);
	name = get_part(map, "name");
	match = get_part(map, "match");
	action = get_part(map, "action");
	if (name != NULL) {
		rules_reader_label(reader, "", "name");
		name_text = rules_reader_text(reader, name, "a name");
	}
	if (match != NULL)
		rules_match_read(reader, match);
	rules_reader_label(reader, "", "");
	if (action == NULL)
		rules_reader_complain(
		    reader, map, "this rule has no action, so it would do nothing");
	else
		rules_action_read(reader, action, rule);
	if (rule->text == 0)
		rule->text = name_text;
	rule->matches.count = pool_count(reader, POOL_MATCHES) - rule->matches.first;
	rule->actions.count = pool_count(reader, POOL_ACTIONS) - rule->actions.first;
}

static struct policy_range
read_rules(struct rules_reader *reader, const struct node *list)
{
	struct policy_range range = pool_add(reader->pool, POOL_RULES, NULL, 0);
	bool is_over = false;

	rules_reader_label(reader, "", "");
	if (list->kind != NODE_LIST) {
		rules_reader_complain(reader, list,
		    "got %s, expected a list of rules ('- name: ...' items)", node_kind_name(list));
		return range;
	}
	for (size_t i = 0; i < list->count; i++) {
		const struct node *item = list->children[i].value;
		struct policy_rule rule = {0};

		if (reader->rule_count == RULES_MAX) {
			rules_reader_label(reader, "", "");
			rules_reader_complain(reader, item, "more than %d rules", RULES_MAX);
			break;
		}
		reader->rule_count++;
		if (is_over)
			load_complain(reader->loader, CONF_WARNING, item,
			    "this rule is never tried: an earlier one matches all routes and ends "
			    "the rules");
		read_rule(reader, item, &rule);
		is_over = is_over || is_last_word(reader, &rule);
		pool_add(reader->pool, POOL_RULES, &rule, 1);
		range.count++;
	}
	return range;
}

/* The ASNs of all members, ascending; the caller frees them. */
static uint32_t *
sort_members(const struct conf *conf)
{
	uint32_t *asns = mem_new(conf->peer_count + 1, sizeof(*asns));

	for (size_t i = 0; i < conf->peer_count; i++)
		asns[i] = conf->peers[i].asn;
	qsort(asns, conf->peer_count, sizeof(*asns), rules_reader_compare_asns);
	return asns;
}

static const char *
get_direction(size_t index)
{
	static const char *const keys[] = {"import", "export"};

	return index < sizeof(keys) / sizeof(keys[0]) ? keys[index] : NULL;
}

void
rules_load(struct loader *loader, const struct node *section, struct pool *pool,
    struct policy_general *general)
{
	uint32_t *members = sort_members(loader->conf);
	struct rules_reader reader = {.loader = loader,
	    .pool = pool,
	    .members = members,
	    .member_count = loader->conf->peer_count,
	    .rs_as = general->rs_as,
	    .label = "rules"};

	if (section != NULL && !node_is_null(section) && section->kind != NODE_MAP)
		rules_reader_complain(&reader, section,
		    "got %s, expected a mapping with import, export or both",
		    node_kind_name(section));
	for (size_t i = 0; section != NULL && section->kind == NODE_MAP && i < section->count;
	     i++) {
		const struct child *child = &section->children[i];

		reader.is_import = strcmp(child->key->text, "import") == 0;
		if (!reader.is_import && strcmp(child->key->text, "export") != 0) {
			snprintf(reader.label, sizeof(reader.label), "rules");
			rules_reader_unknown(
			    &reader, child->key, get_direction, "import or export");
		} else if (!node_is_null(child->value)) {
			*(reader.is_import ? &general->import_rules : &general->export_rules) =
			    read_rules(&reader, child->value);
		}
	}
	free(members);
}
