/*
 * Tables: a row of `tables` each, a column a row of it. Columns are as wide as the rows at hand
 * need, but not wider than their limit; so one long path does not push the rest off the screen.
 */
#ifndef BGPD_CLI_TABLE_H
#define BGPD_CLI_TABLE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "bgpd/cli/cell.h"

#define COLUMNS_MAX 12

struct column {
	const char *title;
	const char *path; /* "routes.accepted"; "": the whole object */
	cell_fn cell;	  /* NULL: the value as it is */
	bool is_right;	  /* numbers stand right */
	size_t max;	  /* characters; 0 = 48 */
};

struct table_row {
	const char *name;
	const char *none; /* what an empty list says */
	struct column columns[COLUMNS_MAX];
};

/* The table of a name, or NULL. */
const struct table_row *table_find(const char *name);

/* A table that is being written. */
struct table {
	const struct table_row *row;
	FILE *out;
	int indent;
	size_t columns;
	size_t width[COLUMNS_MAX];
};

void table_init(struct table *, const struct table_row *, FILE *out, int indent);
/* Finds the widths by these rows and prints the title. */
void table_begin(struct table *, const json_t *rows);
void table_put(struct table *, const json_t *object);

/* A whole table; what an empty list says. */
void table_print(const char *name, const json_t *rows, FILE *out, int indent);

/* The value at a path of keys; NULL where there is none. */
const json_t *table_value(const json_t *object, const char *path);

#endif
