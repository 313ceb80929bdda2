/*
 * From files to values: sections, rows of the schema. See load.h and conf.h. Parent only.
 */
#include "bgpd/conf/load.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "bgpd/conf/mem.h"
#include "bgpd/conf/report.h"
#include "bgpd/conf/value.h"

#define PATH_MAX_LEN 256

void
load_complain(const struct loader *loader, enum conf_severity severity, const struct node *node,
    const char *format, ...)
{
	char text[CONF_TEXT_MAX];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (node == NULL)
		report_add(loader->report, severity, loader->path, 0, 0, "%s", text);
	else
		report_add(
		    loader->report, severity, node->file->name, node->line, node->col, "%s", text);
}

bool
load_has_errors(const struct loader *loader)
{
	return loader->report->errors > loader->errors_before;
}

static size_t
row_index(const struct schema_row *row)
{
	return (size_t)(row - schema_row(0));
}

const struct node *
load_given(const struct loader *loader, const char *path, enum schema_place place)
{
	return loader->given[row_index(schema_find(path, place))];
}

void
load_forget(struct loader *loader, enum schema_place place)
{
	size_t i;

	for (i = 0; i < schema_count(); i++) {
		if ((schema_row(i)->places & place) != 0)
			loader->given[i] = NULL;
	}
}

static void
complain_unknown(
    const struct loader *loader, const struct node *key, const char *path, enum schema_place place)
{
	const char *nearest = schema_nearest(path, place);
	size_t i;

	for (i = 0; i < schema_count(); i++) {
		if (strcmp(schema_row(i)->path, path) == 0) {
			load_complain(loader, CONF_ERROR, key,
			    "key %s does not belong into %s; remove it", path,
			    schema_place_name(place));
			return;
		}
	}
	if (nearest != NULL)
		load_complain(
		    loader, CONF_ERROR, key, "unknown key %s; did you mean %s?", path, nearest);
	else
		load_complain(loader, CONF_ERROR, key,
		    "unknown key %s; docs/configuration.md lists all keys", path);
}

/* Reads one key whose row is acted on. */
static void
load_value(struct loader *loader, const struct schema_row *row, const struct node *value,
    enum schema_place place)
{
	if (row->type == VALUE_MAP) {
		if (value->kind == NODE_MAP)
			load_map(loader, value, row->path, place);
		else
			load_complain(loader, CONF_ERROR, value,
			    "%s: got %s, expected a mapping (KEY: VALUE lines, indented)",
			    row->path, node_kind_name(value));
		return;
	}
	if (row->store == STORE_NONE)
		return; /* read by its section's own loader */
	if (value_read(row, value, loader->bases[row->store], loader->report))
		loader->given[row_index(row)] = value;
}

static void
load_key(struct loader *loader, const char *path, const struct node *key, const struct node *value,
    enum schema_place place)
{
	const struct schema_row *row = schema_find(path, place);

	if (row == NULL) {
		complain_unknown(loader, key, path, place);
		return;
	}
	if (node_is_null(value))
		return; /* as if left out */
	switch (row->status) {
	case SCHEMA_ACTED_ON:
		load_value(loader, row, value, place);
		break;
	case SCHEMA_NOT_YET:
		load_complain(loader, CONF_ERROR, key,
		    "%s is known but not acted on in this version; remove it (it is refused rather "
		    "than silently ignored)",
		    path);
		break;
	case SCHEMA_NO_MEANING:
		load_complain(
		    loader, CONF_WARNING, key, "%s has no effect here: %s", path, row->help);
		break;
	}
}

void
load_map(struct loader *loader, const struct node *map, const char *prefix, enum schema_place place)
{
	char path[PATH_MAX_LEN];
	size_t i;

	for (i = 0; i < map->count; i++) {
		const struct child *child = &map->children[i];
		int len = snprintf(path, sizeof(path), "%s%s%s", prefix, *prefix == '\0' ? "" : ".",
		    child->key->text);

		if (len >= (int)sizeof(path))
			load_complain(loader, CONF_ERROR, child->key,
			    "unknown key, longer than any known one");
		else
			load_key(loader, path, child->key, child->value, place);
	}
}

/* Parses a file into the next place of the loader; NULL with errors or where it is empty. */
static const struct node *
load_file(struct loader *loader, const char *path, const struct node *asking)
{
	unsigned i = loader->file_count++;
	const struct node *root;

	loader->sources[i] = asking == NULL
	    ? source_read(path, path, 0, 0, loader->report)
	    : source_read(path, asking->file->name, asking->line, asking->col, loader->report);
	if (loader->sources[i] == NULL)
		return NULL;
	loader->trees[i] = tree_parse(loader->sources[i], loader->report);
	if (loader->trees[i] == NULL)
		return NULL;
	root = tree_root(loader->trees[i]);
	if (root == NULL || node_is_null(root)) {
		report_add(loader->report, CONF_ERROR, path, 0, 0, "the file is empty");
		return NULL;
	}
	return root;
}

/* What a section says: the file it names, or itself. NULL with errors. */
static const struct node *
load_section(struct loader *loader, const struct node *value)
{
	const struct node *root;
	char *path;

	if (value->kind != NODE_SCALAR)
		return value;
	path = source_beside(value->file->name, value->text);
	root = load_file(loader, path, value);
	free(path);
	return root;
}

static void
load_daemon(struct loader *loader, const struct node *value)
{
	if (value->kind == NODE_MAP)
		load_map(loader, value, "daemon", SCHEMA_DAEMON);
	else
		load_complain(loader, CONF_ERROR, value,
		    "daemon: got %s, expected a mapping (KEY: VALUE lines, indented)",
		    node_kind_name(value));
}

static void
load_general(struct loader *loader, const struct node *value)
{
	const struct node *root = load_section(loader, value);

	if (root == NULL)
		return;
	if (root->kind == NODE_MAP)
		load_map(loader, root, "", SCHEMA_GENERAL);
	else
		load_complain(loader, CONF_ERROR, root,
		    "general: got %s, expected a mapping with the key cfg", node_kind_name(root));
}

static void
load_cfg(struct loader *loader, const struct node *value)
{
	if (value->kind == NODE_MAP)
		load_map(loader, value, "cfg", SCHEMA_GENERAL);
	else
		load_complain(loader, CONF_ERROR, value,
		    "cfg: got %s, expected a mapping (KEY: VALUE lines, indented)",
		    node_kind_name(value));
}

/* Complains about what stands beside the list in clients.yml. */
static void
check_beside_clients(struct loader *loader, const struct node *root)
{
	size_t i;

	for (i = 0; i < root->count; i++) {
		const struct child *child = &root->children[i];
		const struct schema_row *row = schema_find(child->key->text, SCHEMA_TOP);

		if (strcmp(child->key->text, "clients") == 0)
			continue;
		if (row != NULL && row->status == SCHEMA_NOT_YET)
			load_key(loader, row->path, child->key, child->value, SCHEMA_TOP);
		else
			load_complain(loader, CONF_ERROR, child->key,
			    "unknown key %s; expected clients and its list", child->key->text);
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
		check_beside_clients(loader, root);
		list = node_find(root, "clients");
	}
	if (list == NULL)
		load_complain(loader, CONF_ERROR, root,
		    "no clients; expected the key clients with a list ('- asn: ...' items)");
	else if (list->kind != NODE_LIST)
		load_complain(loader, CONF_ERROR, list,
		    "clients: got %s, expected a list ('- asn: ...' items)", node_kind_name(list));
	else
		clients_load(loader, list);
}

/* The order counts: clients inherit from cfg. */
static const struct {
	const char *key;
	void (*load)(struct loader *, const struct node *);
} sections[] = {
    {"daemon", load_daemon},
    {"general", load_general},
    {"cfg", load_cfg},
    {"clients", load_clients},
};

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

static void
load_root(struct loader *loader, const struct node *root)
{
	size_t i, j, sections_known = sizeof(sections) / sizeof(sections[0]);

	if (root->kind != NODE_MAP) {
		load_complain(loader, CONF_ERROR, root,
		    "got %s, expected a mapping with the keys daemon, general and clients",
		    node_kind_name(root));
		return;
	}
	for (i = 0; i < root->count; i++) {
		const struct child *child = &root->children[i];
		for (j = 0; j < sections_known; j++) {
			if (strcmp(child->key->text, sections[j].key) == 0)
				break;
		}
		if (j == sections_known)
			load_key(loader, child->key->text, child->key, child->value, SCHEMA_TOP);
	}
	check_sections(loader, root);
	for (i = 0; i < sections_known; i++) {
		const struct node *value = find_given(root, sections[i].key);

		if (value != NULL)
			sections[i].load(loader, value);
	}
}

static bool
is_instance_name(const char *name)
{
	static const char letters[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
	size_t len = strlen(name);

	return len > 0 && len < CONF_INSTANCE_MAX && strspn(name, letters) == len && name[0] != '.';
}

static void
load_defaults(struct loader *loader)
{
	size_t i;

	for (i = 0; i < schema_count(); i++) {
		const struct schema_row *row = schema_row(i);

		if (row->store == STORE_DAEMON || row->store == STORE_CFG)
			value_default(row, loader->bases[row->store]);
	}
}

static void
loader_fini(struct loader *loader)
{
	unsigned i;

	for (i = 0; i < loader->file_count; i++) {
		tree_free(loader->trees[i]);
		source_free(loader->sources[i]);
	}
	free(loader->given);
}

struct conf *
conf_load(const char *path, const char *instance, struct conf_report *report)
{
	struct loader loader = {.report = report, .path = path, .errors_before = report->errors};
	const struct node *root;

	if (!is_instance_name(instance)) {
		report_add(report, CONF_ERROR, "--instance", 0, 0,
		    "\"%.60s\" is no name for an instance; expected 1 to 31 letters, digits, '-', "
		    "'_' or '.', not beginning with '.'",
		    instance);
		return NULL;
	}
	loader.conf = mem_new(1, sizeof(*loader.conf));
	memcpy(loader.conf->instance, instance, strlen(instance));
	loader.given = mem_new(schema_count(), sizeof(*loader.given));
	loader.bases[STORE_DAEMON] = &loader.conf->daemon;
	loader.bases[STORE_CFG] = &loader.conf->cfg;
	load_defaults(&loader);
	root = load_file(&loader, path, NULL);
	if (root != NULL)
		load_root(&loader, root);
	if (root != NULL) {
		defaults_fill(&loader);
		clients_assign_workers(loader.conf);
		check_all(&loader);
	}
	loader_fini(&loader);
	if (!load_has_errors(&loader))
		return loader.conf;
	conf_free(loader.conf);
	return NULL;
}
