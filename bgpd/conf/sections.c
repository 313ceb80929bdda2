/*
 * The first level of roost.yml: each section in the order in which others need it. See load.h.
 * Parent only.
 */
#include <stdlib.h>
#include <string.h>

#include "bgpd/conf/communities.h"
#include "bgpd/conf/lists.h"
#include "bgpd/conf/load.h"
#include "bgpd/conf/mem.h"
#include "bgpd/conf/rules.h"

static void
load_keys(
    struct loader *loader, const struct node *value, const char *name, enum schema_place place)
{
	if (value->kind == NODE_MAP)
		load_map(loader, value, name, place);
	else
		load_complain(loader, CONF_ERROR, value,
		    "%s: got %s, expected a mapping (KEY: VALUE lines, indented)", name,
		    node_kind_name(value));
}

static void
load_daemon(struct loader *loader, const struct node *value)
{
	load_keys(loader, value, "daemon", SCHEMA_DAEMON);
}

static void
load_feeds(struct loader *loader, const struct node *value)
{
	load_keys(loader, value, "feeds", SCHEMA_FEEDS);
}

static void
load_general(struct loader *loader, const struct node *value)
{
	const struct node *root = load_section(loader, value);

	if (root == NULL)
		return;
	loader->is_arouteserver = true;
	if (root->kind != NODE_MAP) {
		load_complain(loader, CONF_ERROR, root,
		    "general: got %s, expected a mapping with the key cfg", node_kind_name(root));
		return;
	}
	loader->cfg = node_find(root, "cfg");
	load_map(loader, root, "", SCHEMA_GENERAL);
}

static void
load_cfg(struct loader *loader, const struct node *value)
{
	if (loader->is_arouteserver)
		return; /* told: both are given */
	loader->cfg = value;
	load_keys(loader, value, "cfg", SCHEMA_GENERAL);
}

/* ---- asns ---- */

static bool
has_asn(const struct loader *loader, uint32_t asn)
{
	size_t i;

	for (i = 0; i < loader->asn_count; i++) {
		if (loader->asns[i].asn == asn)
			return true;
	}
	return false;
}

static void
load_asn(struct loader *loader, const struct node *key, const struct node *value)
{
	const struct schema_row *row = schema_find("cfg.filtering.irrdb.as_sets", SCHEMA_CLIENT);
	struct value_ctx ctx = {.pool = &loader->conf->pool, .report = loader->report};
	const struct node *sets = value->kind == NODE_MAP ? node_find(value, "as_sets") : NULL;
	struct loader_asn item = {0};

	if (!lists_parse_asn(key->text, &item.asn) || has_asn(loader, item.asn)) {
		load_complain(loader, CONF_ERROR, key,
		    "asns: got \"%.40s\", expected AS<number>, each once", key->text);
		return;
	}
	if (node_is_null(value) || (sets != NULL && node_is_null(sets)))
		return;
	if (sets == NULL || value->count != 1) {
		load_complain(loader, CONF_ERROR, value,
		    "asns.%s: expected a mapping with the key as_sets alone", key->text);
		return;
	}
	if (!lists_read_objects(row, sets, &item.objects, &ctx)) {
		if (!ctx.told)
			load_complain(loader, CONF_ERROR, sets,
			    "asns.%s.as_sets: expected a list of names", key->text);
		return;
	}
	loader->asns = mem_grow(loader->asns, loader->asn_count, &loader->asn_room, sizeof(item));
	loader->asns[loader->asn_count++] = item;
}

static void
load_asns(struct loader *loader, const struct node *value)
{
	const struct node *root = load_section(loader, value);
	size_t i;

	if (root == NULL)
		return;
	if (root->kind != NODE_MAP) {
		load_complain(loader, CONF_ERROR, root,
		    "asns: got %s, expected a mapping of AS<number> to as_sets",
		    node_kind_name(root));
		return;
	}
	for (i = 0; i < root->count; i++)
		load_asn(loader, root->children[i].key, root->children[i].value);
}

/* ---- bogons ---- */

/* A list, or a mapping that holds it under its own name and nothing else. NULL with errors. */
static const struct node *
find_list(struct loader *loader, const struct node *root, const char *name)
{
	const struct node *list = root;

	if (root->kind == NODE_MAP)
		list = root->count == 1 ? node_find(root, name) : NULL;
	if (list != NULL && list->kind == NODE_LIST)
		return list;
	load_complain(loader, CONF_ERROR, list == NULL ? root : list,
	    "%s: got %s, expected a list, or the key %s with one", name,
	    node_kind_name(list == NULL ? root : list), name);
	return NULL;
}

static void
load_bogons(struct loader *loader, const struct node *value)
{
	struct value_ctx ctx = {.pool = &loader->conf->pool, .report = loader->report};
	const struct node *root = load_section(loader, value), *list;

	list = root == NULL ? NULL : find_list(loader, root, "bogons");
	if (list != NULL)
		lists_read_prefixes(
		    schema_find("bogons", SCHEMA_TOP), list, &loader->conf->general.bogons, &ctx);
}

/* ---- clients and collectors ---- */

/* Reads asns, which may stand beside the list in clients.yml; complains about all else. */
static void
read_beside_clients(struct loader *loader, const struct node *root)
{
	size_t i;

	for (i = 0; i < root->count; i++) {
		const struct child *child = &root->children[i];

		if (strcmp(child->key->text, "clients") == 0)
			continue;
		if (strcmp(child->key->text, "asns") != 0)
			load_complain(loader, CONF_ERROR, child->key,
			    "unknown key %s; expected clients and its list", child->key->text);
		else if (!node_is_null(child->value))
			load_asns(loader, child->value);
	}
}

/* clients is a list, or a file or mapping that holds the list under its key clients. */
static void
load_clients(struct loader *loader, const struct node *value)
{
	const struct node *root = load_section(loader, value), *list;

	if (root == NULL)
		return;
	list = root;
	if (root->kind == NODE_MAP) {
		read_beside_clients(loader, root);
		list = node_find(root, "clients");
	}
	if (list == NULL)
		load_complain(loader, CONF_ERROR, root,
		    "no clients; expected the key clients with a list ('- asn: ...' items)");
	else if (list->kind != NODE_LIST)
		load_complain(loader, CONF_ERROR, list,
		    "clients: got %s, expected a list ('- asn: ...' items)", node_kind_name(list));
	else
		clients_load(loader, list, SCHEMA_CLIENT);
}

static void
load_collectors(struct loader *loader, const struct node *value)
{
	const struct node *root = load_section(loader, value), *list;

	list = root == NULL ? NULL : find_list(loader, root, "collectors");
	if (list != NULL)
		clients_load(loader, list, SCHEMA_COLLECTOR);
}

static void
load_rules(struct loader *loader, const struct node *value)
{
	const struct node *root = load_section(loader, value);

	if (root != NULL)
		rules_load(loader, root, &loader->conf->pool, &loader->conf->general);
}

/* ---- the first level ---- */

/* The order counts: clients inherit from cfg, name its communities and the AS-SETs of asns. */
static const struct {
	const char *key;
	void (*load)(struct loader *, const struct node *);
} sections[] = {
    {"daemon", load_daemon},
    {"feeds", load_feeds},
    {"general", load_general},
    {"cfg", load_cfg},
    {"asns", load_asns},
    {"bogons", load_bogons},
    {"clients", load_clients},
    {"collectors", load_collectors},
    {"rules", load_rules},
};

#define SECTION_COUNT (sizeof(sections) / sizeof(sections[0]))

static const struct node *
find_given(const struct node *root, const char *key)
{
	const struct node *value = node_find(root, key);

	return value == NULL || node_is_null(value) ? NULL : value;
}

static void
check_sections(struct loader *loader, const struct node *root)
{
	const struct node *general = find_given(root, "general"), *cfg = find_given(root, "cfg");

	if (general != NULL && cfg != NULL)
		load_complain(
		    loader, CONF_ERROR, cfg, "both general and cfg are given; keep one of them");
	if (general == NULL && cfg == NULL)
		load_complain(loader, CONF_ERROR, NULL,
		    "no general settings; expected \"general: FILE\" or \"cfg:\" with rs_as and "
		    "router_id");
	if (find_given(root, "clients") == NULL)
		load_complain(loader, CONF_ERROR, NULL,
		    "no clients; expected \"clients: FILE\" or a list of clients");
}

/* Keys that are no section: unknown, or refused by their rows. */
static void
check_keys(struct loader *loader, const struct node *root)
{
	size_t i, j;

	for (i = 0; i < root->count; i++) {
		const struct child *child = &root->children[i];

		for (j = 0; j < SECTION_COUNT; j++) {
			if (strcmp(child->key->text, sections[j].key) == 0)
				break;
		}
		if (j == SECTION_COUNT)
			load_key(loader, child->key->text, child->key, child->value, SCHEMA_TOP);
	}
}

/* What clients refer to is complete once cfg has been read. */
static void
finish_general(struct loader *loader)
{
	struct conf *conf = loader->conf;

	defaults_fill_general(loader);
	inforce_general(loader);
	communities_load(loader, load_given(loader, "cfg.communities", SCHEMA_GENERAL),
	    load_given(loader, "cfg.custom_communities", SCHEMA_GENERAL), conf->cfg.rs_as,
	    &conf->pool, &conf->general);
}

void
sections_load(struct loader *loader, const struct node *root)
{
	size_t i;

	if (root->kind != NODE_MAP) {
		load_complain(loader, CONF_ERROR, root,
		    "got %s, expected a mapping with the keys daemon, general and clients",
		    node_kind_name(root));
		return;
	}
	check_keys(loader, root);
	check_sections(loader, root);
	for (i = 0; i < SECTION_COUNT; i++) {
		const struct node *value = find_given(root, sections[i].key);

		if (value != NULL)
			sections[i].load(loader, value);
		if (sections[i].load == load_cfg)
			finish_general(loader);
	}
	clients_map_asns(loader);
}
