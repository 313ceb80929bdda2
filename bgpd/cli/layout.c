/* Lists as tables, single objects as keys and values or as pages: see layout.h. */
#include "bgpd/cli/layout.h"

#include <stdlib.h>
#include <string.h>

#include "bgpd/cli/page.h"
#include "bgpd/cli/table.h"

#define LOOK_AHEAD  200
#define INNER_TABLE "history" /* a list within an object that is a table all the same */

struct layout {
	FILE *out;
	const struct table_row *row; /* NULL: no table has this name */
	const struct page *page;     /* NULL: no page has */
	bool is_table;		     /* or keys and values */
	struct table table;
	json_t *rows; /* kept until the widths are known */
	bool measured;
	size_t count;
};

struct layout *
layout_begin(const char *name, bool is_detailed, FILE *out)
{
	struct layout *l = calloc(1, sizeof(*l));

	if (l == NULL)
		abort();
	l->out = out;
	l->rows = json_array();
	l->row = table_find(name);
	l->page = is_detailed ? NULL : page_find(name);
	l->is_table = l->row != NULL && !is_detailed;
	if (l->is_table)
		table_init(&l->table, l->row, out, 0);
	return l;
}

/* Finds the widths of the rows at hand, prints the title and these rows. */
static void
measure(struct layout *l)
{
	json_t *object;
	size_t i;

	table_begin(&l->table, l->rows);
	json_array_foreach(l->rows, i, object) table_put(&l->table, object);
	json_array_clear(l->rows);
	l->measured = true;
}

static void put_object(struct layout *, json_t *object, int indent);

/* A key and its value; objects, alone or in a list, stand below it. */
static void
put_value(struct layout *l, const char *key, json_t *value, int indent)
{
	char cell[CELL_MAX];
	json_t *item;
	size_t i;

	if (strcmp(key, INNER_TABLE) == 0 && json_is_array(value)) {
		fprintf(l->out, "%*s%s\n", indent, "", key);
		table_print(key, value, l->out, indent + 2);
	} else if (json_is_object(value)) {
		fprintf(l->out, "%*s%s\n", indent, "", key);
		put_object(l, value, indent + 2);
	} else if (json_is_object(json_array_get(value, 0))) {
		json_array_foreach(value, i, item) put_value(l, key, item, indent);
	} else {
		cell_any(value, cell);
		fprintf(l->out, "%*s%-*s  %s\n", indent, "", 24 - indent, key, cell);
	}
}

static void
put_object(struct layout *l, json_t *object, int indent)
{
	const char *key;
	json_t *value;

	json_object_foreach(object, key, value) put_value(l, key, value, indent);
}

void
layout_add(struct layout *l, json_t *object)
{
	l->count++;
	if (l->page != NULL && l->page->collects) {
		json_array_append(l->rows, object);
		return;
	}
	if (!l->is_table) {
		if (l->count > 1)
			fputc('\n', l->out);
		if (l->page != NULL)
			l->page->put(object, l->out);
		else
			put_object(l, object, 0);
		return;
	}
	if (l->measured) {
		table_put(&l->table, object);
		return;
	}
	json_array_append(l->rows, object);
	if (json_array_size(l->rows) >= LOOK_AHEAD)
		measure(l);
}

void
layout_end(struct layout *l)
{
	if (l->page != NULL && l->page->collects)
		l->page->put(l->rows, l->out);
	else if (l->row != NULL && l->count == 0)
		fprintf(l->out, "%s\n", l->row->none);
	else if (l->is_table && !l->measured)
		measure(l);
	json_decref(l->rows);
	free(l);
}
