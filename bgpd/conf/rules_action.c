/*
 * The actions of site rules: a row per key with its reader. They are stored in the order of the
 * rows, whatever the order of the keys: removing comes before adding, what ends the rules is last.
 * See rules_reader.h. Parent only.
 */
#include <string.h>

#include "bgpd/conf/rules_reader.h"
#include "bgpd/conf/value.h"

/* Reads the value of an action and adds its records; the reject text goes to the rule. */
typedef void action_reader(
    struct rules_reader *, const struct node *, struct policy_action *, struct policy_rule *);

static void
add_action(struct rules_reader *reader, const struct policy_action *action)
{
	pool_add(reader->pool, POOL_ACTIONS, action, 1);
}

static void
action_communities(struct rules_reader *reader, const struct node *node,
    struct policy_action *action, struct policy_rule *rule)
{
	struct policy_range range;

	(void)rule;
	if (!rules_reader_patterns(reader, node, action->kind == DO_REMOVE_COMMUNITY, &range))
		return;
	for (uint32_t i = 0; i < range.count; i++) {
		action->community = range.first + i;
		add_action(reader, action);
	}
}

static void
action_local_pref(struct rules_reader *reader, const struct node *node,
    struct policy_action *action, struct policy_rule *rule)
{
	(void)rule;
	if (node->kind == NODE_SCALAR && lists_parse_number(node->text, UINT32_MAX, &action->value))
		add_action(reader, action);
	else
		rules_reader_complain(reader, node, "expected a number from 0 to 4294967295");
}

static void
action_members(struct rules_reader *reader, const struct node *node, struct policy_action *action,
    struct policy_rule *rule)
{
	(void)rule;
	if (rules_reader_members(reader, node, &action->values))
		add_action(reader, action);
}

static void
action_reject(struct rules_reader *reader, const struct node *node, struct policy_action *action,
    struct policy_rule *rule)
{
	rule->text =
	    rules_reader_text(reader, node, "the reason, a text that members and operators see");
	add_action(reader, action);
}

static void
action_accept(struct rules_reader *reader, const struct node *node, struct policy_action *action,
    struct policy_rule *rule)
{
	bool value;

	(void)rule;
	if (node->kind == NODE_SCALAR && value_parse_bool(node->text, &value) && value)
		add_action(reader, action);
	else
		rules_reader_complain(
		    reader, node, "expected true; leave the key out where it is not");
}

/* In the order in which they act. */
static const struct {
	const char *key;
	enum policy_action_kind kind;
	action_reader *read;
	const char *not_in_export; /* what to do there instead, NULL = it may stand there */
} action_rows[DO_KINDS] = {
    {"remove_community", DO_REMOVE_COMMUNITY, action_communities, NULL},
    {"add_community", DO_ADD_COMMUNITY, action_communities, NULL},
    {"local_pref", DO_LOCAL_PREF, action_local_pref, "set it in import, members never see it"},
    {"withhold_from", DO_WITHHOLD_FROM, action_members, NULL},
    {"only_to", DO_ONLY_TO, action_members, NULL},
    {"reject", DO_REJECT, action_reject, "reject in import, or use withhold_from or only_to"},
    {"accept", DO_ACCEPT, action_accept, NULL},
};

static const char *
get_action_key(size_t index)
{
	return index < DO_KINDS ? action_rows[index].key : NULL;
}

static void
check_action_keys(struct rules_reader *reader, const struct node *map)
{
	const struct node *reject = node_find(map, "reject");

	for (size_t i = 0; i < map->count; i++) {
		const struct node *key = map->children[i].key;
		size_t row;

		for (row = 0; row < DO_KINDS; row++)
			if (strcmp(action_rows[row].key, key->text) == 0)
				break;
		if (row == DO_KINDS)
			rules_reader_unknown(reader, key, get_action_key,
			    "reject, accept, add_community, remove_community, local_pref, "
			    "withhold_from or only_to");
		else if (!reader->is_import && action_rows[row].not_in_export != NULL)
			rules_reader_complain(reader, key, "%s does not exist in export; %s",
			    key->text, action_rows[row].not_in_export);
		else if (reject != NULL && action_rows[row].kind != DO_REJECT)
			rules_reader_complain(reader, key,
			    "%s stands beside reject, which leaves nothing to do; keep one of them",
			    key->text);
	}
}

void
rules_action_read(struct rules_reader *reader, const struct node *map, struct policy_rule *rule)
{
	rules_reader_label(reader, "action", "");
	if (!rules_reader_is_map(reader, map))
		return;
	check_action_keys(reader, map);
	for (size_t i = 0; i < DO_KINDS; i++) {
		const struct node *value = node_find(map, action_rows[i].key);
		struct policy_action action = {.kind = (uint8_t)action_rows[i].kind};

		rules_reader_label(reader, "action", action_rows[i].key);
		if (value != NULL)
			action_rows[i].read(reader, value, &action, rule);
	}
}
