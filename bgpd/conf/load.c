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

static enum loader_layer
layer_of(enum schema_place place)
{
	return place == SCHEMA_CLIENT || place == SCHEMA_COLLECTOR ? LAYER_CLIENT : LAYER_GENERAL;
}

const struct node *
load_given(const struct loader *loader, const char *path, enum schema_place place)
{
	return loader->given[layer_of(place)][row_index(schema_find(path, place))];
}

void
load_note_given(struct loader *loader, const char *path, const struct node *node)
{
	loader->given[LAYER_CLIENT][row_index(schema_find(path, SCHEMA_CLIENT))] = node;
}

void
load_forget(struct loader *loader, enum schema_place place)
{
	memset(loader->given[layer_of(place)], 0, schema_count() * sizeof(*loader->given[0]));
}

bool
load_has_filtering(const struct loader *loader, enum loader_layer layer, bool checks)
{
	static const char prefix[] = "cfg.filtering.";
	size_t i;

	for (i = 0; i < schema_count(); i++) {
		const struct schema_row *row = schema_row(i);

		if (loader->given[layer][i] != NULL &&
		    strncmp(row->path, prefix, sizeof(prefix) - 1) == 0 &&
		    (!checks || schema_is_check(row)))
			return true;
	}
	return false;
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

/* Reads a mapping, or the scalar that stands for one of its keys. */
static void
load_inner_map(struct loader *loader, const struct schema_row *row, const struct node *key,
    const struct node *value, enum schema_place place)
{
	if (value->kind == NODE_MAP)
		load_map(loader, value, row->path, place);
	else if (value->kind == NODE_SCALAR && row->target != NULL)
		load_key(loader, row->target, key, value, place);
	else
		load_complain(loader, CONF_ERROR, value,
		    "%s: got %s, expected a mapping (KEY: VALUE lines, indented)", row->path,
		    node_kind_name(value));
}

/* Reads one key whose row is acted on. */
static void
load_value(struct loader *loader, const struct schema_row *row, const struct node *key,
    const struct node *value, enum schema_place place)
{
	const struct node **given = &loader->given[layer_of(place)][row_index(row)];

	if (row->type == VALUE_MAP) {
		load_inner_map(loader, row, key, value, place);
		return;
	}
	if (*given != NULL) {
		load_complain(loader, CONF_ERROR, key,
		    "%s is given twice, by its older spelling in line %u or here; keep one",
		    row->path, (*given)->line);
		return;
	}
	if (row->store == STORE_NONE || /* read by its section's own loader */
	    value_read(row, value, loader->bases[row->store], &loader->conf->pool, loader->report))
		*given = value;
}

static bool
says_false(const struct node *value)
{
	bool is = true;

	return value->kind == NODE_SCALAR && value_parse_bool(value->text, &is) && !is;
}

static void
note_void(struct loader *loader, const struct schema_row *row, const struct node *key)
{
	struct loader_void *told = &loader->voids[row_index(row)];

	if (told->count++ == 0)
		told->first = key;
}

/* Once all has been read: a key that every client has is told once. */
static void
tell_voids(const struct loader *loader)
{
	char also[64] = "";
	size_t i;

	for (i = 0; i < schema_count(); i++) {
		const struct loader_void *told = &loader->voids[i];

		if (told->count == 0)
			continue;
		if (told->count > 1)
			snprintf(also, sizeof(also), " (and %zu more)", told->count - 1);
		load_complain(loader, CONF_NOTE, told->first, "%s has no effect here: %s%s",
		    schema_row(i)->path, schema_row(i)->help, told->count > 1 ? also : "");
	}
}

/* filtering.rpki is from the time when origin validation always spoke RTR. */
static void
note_older(struct loader *loader, const struct schema_row *row, const struct node *value)
{
	const struct node *enabled = value->kind == NODE_MAP ? node_find(value, "enabled") : NULL;
	bool is_on;

	if (strcmp(row->path, "cfg.filtering.rpki") == 0 && enabled != NULL &&
	    enabled->kind == NODE_SCALAR && value_parse_bool(enabled->text, &is_on) && is_on)
		loader->implies_rtr = true;
}

void
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
		load_value(loader, row, key, value, place);
		break;
	case SCHEMA_NOT_YET:
		if (!says_false(value))
			load_complain(loader, CONF_ERROR, key,
			    "%s is known but not acted on in this version; remove it (it is "
			    "refused rather than silently ignored)",
			    path);
		break;
	case SCHEMA_NO_MEANING:
		note_void(loader, row, key);
		break;
	case SCHEMA_OLDER:
		note_older(loader, row, value);
		load_key(loader, row->target, key, value, place);
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

const struct node *
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

const struct node *
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

		if (row->store != STORE_NONE && row->store != STORE_CLIENT)
			value_default(row, loader->bases[row->store]);
	}
}

static void
loader_init(struct loader *loader)
{
	struct conf *conf = loader->conf;
	size_t i;

	for (i = 0; i < LAYER_COUNT; i++)
		loader->given[i] = mem_new(schema_count(), sizeof(*loader->given[i]));
	loader->voids = mem_new(schema_count(), sizeof(*loader->voids));
	loader->bases[STORE_DAEMON] = &conf->daemon;
	loader->bases[STORE_CFG] = &conf->cfg;
	loader->bases[STORE_SETTINGS] = &conf->settings;
	loader->bases[STORE_FEEDS] = &conf->feeds;
	pool_init(&conf->pool);
	load_defaults(loader);
}

static void
loader_fini(struct loader *loader)
{
	unsigned i;

	for (i = 0; i < loader->file_count; i++) {
		tree_free(loader->trees[i]);
		source_free(loader->sources[i]);
	}
	for (i = 0; i < LAYER_COUNT; i++)
		free(loader->given[i]);
	free(loader->voids);
	free(loader->asns);
	free(loader->mappings);
}

struct conf *
conf_load_beside(
    const char *path, const char *instance, const struct conf *running, struct conf_report *report)
{
	struct loader loader = {
	    .report = report, .path = path, .errors_before = report->errors, .running = running};
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
	loader_init(&loader);
	root = load_file(&loader, path, NULL);
	if (root != NULL) {
		sections_load(&loader, root);
		defaults_fill(&loader);
		slots_assign(&loader);
		check_all(&loader);
		tell_voids(&loader);
	}
	loader_fini(&loader);
	if (!load_has_errors(&loader))
		return loader.conf;
	conf_free(loader.conf);
	return NULL;
}

struct conf *
conf_load(const char *path, const char *instance, struct conf_report *report)
{
	return conf_load_beside(path, instance, NULL, report);
}
