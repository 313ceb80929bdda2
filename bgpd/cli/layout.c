/* Tables and key-value lines, see layout.h. A table is a row of `tables`, a column a row of it. */
#include "bgpd/cli/layout.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define LOOK_AHEAD  200
#define CELL_MAX    2048
#define COLUMNS_MAX 12
#define WIDTH_MAX   48

typedef void (*cell_fn)(const json_t *value, char out[CELL_MAX]);

struct column {
	const char *title;
	const char *path; /* "routes.accepted" */
	cell_fn cell;	  /* NULL: the value as it is */
	bool is_right;	  /* numbers stand right */
};

struct table_row {
	const char *answer;
	const char *none; /* what an empty list says */
	struct column columns[COLUMNS_MAX];
};

static void
cell_value(const json_t *v, char out[CELL_MAX])
{
	if (json_is_string(v))
		snprintf(out, CELL_MAX, "%s", json_string_value(v));
	else if (json_is_integer(v))
		snprintf(out, CELL_MAX, "%" JSON_INTEGER_FORMAT, json_integer_value(v));
	else if (json_is_real(v))
		snprintf(out, CELL_MAX, "%.1f", json_real_value(v));
	else if (json_is_boolean(v))
		snprintf(out, CELL_MAX, "%s", json_is_true(v) ? "yes" : "no");
	else
		snprintf(out, CELL_MAX, "%s", "-");
}

/* A list of texts with spaces between. */
static void
cell_list(const json_t *v, char out[CELL_MAX])
{
	size_t len = 0, i;
	json_t *item;

	out[0] = '\0';
	json_array_foreach(v, i, item)
	{
		const char *text = json_string_value(item);

		if (text == NULL || len + strlen(text) + 2 > CELL_MAX)
			break;
		len += (size_t)snprintf(out + len, CELL_MAX - len, "%s%s", i > 0 ? " " : "", text);
	}
}

/* How long ago: 3d04h, 2h05m, 1m07s. */
static void
cell_age(const json_t *v, char out[CELL_MAX])
{
	struct tm tm = {0};
	long age_s;

	if (!json_is_string(v) ||
	    strptime(json_string_value(v), "%Y-%m-%dT%H:%M:%SZ", &tm) == NULL) {
		snprintf(out, CELL_MAX, "-");
		return;
	}
	age_s = (long)(time(NULL) - timegm(&tm));
	if (age_s < 0)
		age_s = 0;
	if (age_s >= 86400)
		snprintf(out, CELL_MAX, "%ldd%02ldh", age_s / 86400, age_s / 3600 % 24);
	else if (age_s >= 3600)
		snprintf(out, CELL_MAX, "%ldh%02ldm", age_s / 3600, age_s / 60 % 60);
	else
		snprintf(out, CELL_MAX, "%ldm%02lds", age_s / 60, age_s % 60);
}

/* The whole peer: its state, or why it has none. */
static void
cell_state(const json_t *v, char out[CELL_MAX])
{
	if (json_is_true(json_object_get(v, "disabled")))
		snprintf(out, CELL_MAX, "shutdown");
	else
		cell_value(json_object_get(v, "state"), out);
}

/* The whole route: * best, x rejected, s stale. */
static void
cell_flags(const json_t *v, char out[CELL_MAX])
{
	snprintf(out, CELL_MAX, "%s%s%s", json_is_true(json_object_get(v, "best")) ? "*" : "",
	    json_is_false(json_object_get(v, "accepted")) ? "x" : "",
	    json_is_true(json_object_get(v, "stale")) ? "s" : "");
}

/* The whole route: sequence, then set, then the origin's letter as routers print it. */
static void
cell_path(const json_t *v, char out[CELL_MAX])
{
	const char *path = json_string_value(json_object_get(v, "as_path"));
	const char *set = json_string_value(json_object_get(v, "as_set"));
	const char *origin = json_string_value(json_object_get(v, "origin"));
	char letter = origin == NULL ? '?' : origin[0] == 'I' ? 'i' : origin[0] == 'E' ? 'e' : '?';

	snprintf(out, CELL_MAX, "%s%s%s%s%s%c", path != NULL ? path : "", set != NULL ? " {" : "",
	    set != NULL ? set : "", set != NULL ? "}" : "", path != NULL || set != NULL ? " " : "",
	    letter);
}

static void
cell_communities(const json_t *v, char out[CELL_MAX])
{
	static const char *const keys[] = {"communities", "large_communities", "ext_communities"};
	char part[CELL_MAX];
	size_t len = 0;

	out[0] = '\0';
	for (size_t i = 0; i < 3; i++) {
		cell_list(json_object_get(v, keys[i]), part);
		if (part[0] != '\0' && len + strlen(part) + 2 < CELL_MAX)
			len += (size_t)snprintf(
			    out + len, CELL_MAX - len, "%s%s", len > 0 ? " " : "", part);
	}
}

static void
cell_reason(const json_t *v, char out[CELL_MAX])
{
	cell_value(json_object_get(json_array_get(v, 0), "name"), out);
	if (json_array_size(v) == 0)
		out[0] = '\0';
}

static const struct table_row tables[] = {
    {"peers", "no peers are configured",
	{{"PEER", "address", NULL, false}, {"AS", "asn", NULL, true},
	    {"STATE", "", cell_state, false}, {"SINCE", "since", cell_age, true},
	    {"RECEIVED", "routes.received", NULL, true},
	    {"ACCEPTED", "routes.accepted", NULL, true},
	    {"REJECTED", "routes.rejected", NULL, true}, {"SENT", "routes.sent", NULL, true},
	    {"RTT", "rtt_ms", NULL, true}, {"DESCRIPTION", "description", NULL, false},
	    {"LAST ERROR", "last_error", NULL, false}}},
    {"routes", "no route matches",
	{{"", "", cell_flags, false}, {"PREFIX", "prefix", NULL, false},
	    {"PEER", "peer", NULL, false}, {"NEXT HOP", "next_hop", NULL, false},
	    {"MED", "med", NULL, true}, {"AS PATH", "", cell_path, false},
	    {"COMMUNITIES", "", cell_communities, false},
	    {"REJECTED", "reject_reasons", cell_reason, false}}},
    {"attributes", "no attributes are held",
	{{"USED", "references", NULL, true}, {"OCTETS", "octets", NULL, true},
	    {"NEXT HOP", "next_hop", NULL, false}, {"MED", "med", NULL, true},
	    {"AS PATH", "", cell_path, false}, {"COMMUNITIES", "", cell_communities, false}}},
    {"alarms", "no alarm stands",
	{{"SINCE", "since", cell_age, true}, {"SEVERITY", "severity", NULL, false},
	    {"ALARM", "alarm", NULL, false}, {"SOURCE", "source", NULL, false},
	    {"TEXT", "text", NULL, false}, {"WHAT TO DO", "advice", NULL, false}}},
};

struct layout {
	FILE *out;
	const struct table_row *table; /* NULL: there is none for such an answer */
	bool is_table;		       /* or keys and values */
	size_t columns;
	size_t width[COLUMNS_MAX];
	json_t *rows; /* kept until the widths are known */
	bool measured;
	size_t count;
};

static const json_t *
value_at(const json_t *object, const char *path)
{
	char key[64];

	while (*path != '\0' && object != NULL) {
		size_t len = strcspn(path, ".");

		snprintf(key, sizeof(key), "%.*s", (int)len, path);
		object = json_object_get(object, key);
		path += len;
		path += *path == '.';
	}
	return object;
}

/* Control characters, also those of two octets (C1), would be orders to the terminal. */
static void
disarm(char *text)
{
	for (unsigned char *p = (unsigned char *)text; *p != '\0'; p++) {
		if (*p < ' ' || *p == 0x7f)
			*p = '?';
		if (*p == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0)
			p[0] = p[1] = '?';
	}
}

/* Characters, not octets; UTF-8. */
static size_t
width_of(const char *text)
{
	size_t n = 0;

	for (; *text != '\0'; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

static void
make_cell(const struct column *c, const json_t *object, char out[CELL_MAX])
{
	const json_t *v = value_at(object, c->path);

	(c->cell != NULL ? c->cell : cell_value)(v, out);
	disarm(out);
}

struct layout *
layout_begin(const char *answer, bool is_detailed, FILE *out)
{
	struct layout *l = calloc(1, sizeof(*l));

	if (l == NULL)
		abort();
	l->out = out;
	l->rows = json_array();
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		if (strcmp(tables[i].answer, answer) == 0)
			l->table = &tables[i];
	l->is_table = l->table != NULL && !is_detailed;
	while (l->table != NULL && l->columns < COLUMNS_MAX &&
	    l->table->columns[l->columns].title != NULL)
		l->columns++;
	return l;
}

/* Writes one line of cells; the last one is not padded. */
static void
put_cells(struct layout *l, char cells[COLUMNS_MAX][CELL_MAX])
{
	size_t last = l->columns;

	while (last > 0 && cells[last - 1][0] == '\0')
		last--;
	for (size_t i = 0; i < last; i++) {
		bool is_right = l->table->columns[i].is_right;
		size_t width = width_of(cells[i]);
		int pad = width < l->width[i] ? (int)(l->width[i] - width) : 0;

		fprintf(l->out, "%s%*s%s%*s", i > 0 ? "  " : "", is_right ? pad : 0, "", cells[i],
		    is_right || i + 1 == last ? 0 : pad, "");
	}
	fputc('\n', l->out);
}

static void
put_row(struct layout *l, const json_t *object)
{
	static char cells[COLUMNS_MAX][CELL_MAX];

	for (size_t i = 0; i < l->columns; i++)
		make_cell(&l->table->columns[i], object, cells[i]);
	put_cells(l, cells);
}

/* Finds the widths of the rows at hand, prints the title and these rows. */
static void
measure(struct layout *l)
{
	static char cells[COLUMNS_MAX][CELL_MAX];
	json_t *object;
	size_t i;

	for (size_t c = 0; c < l->columns; c++) {
		l->width[c] = strlen(l->table->columns[c].title);
		snprintf(cells[c], CELL_MAX, "%s", l->table->columns[c].title);
		json_array_foreach(l->rows, i, object)
		{
			char cell[CELL_MAX];

			make_cell(&l->table->columns[c], object, cell);
			if (width_of(cell) > l->width[c])
				l->width[c] = width_of(cell);
		}
		if (l->width[c] > WIDTH_MAX)
			l->width[c] = WIDTH_MAX;
	}
	put_cells(l, cells);
	json_array_foreach(l->rows, i, object) put_row(l, object);
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

	if (json_is_object(value)) {
		fprintf(l->out, "%*s%s\n", indent, "", key);
		put_object(l, value, indent + 2);
	} else if (json_is_object(json_array_get(value, 0))) {
		json_array_foreach(value, i, item) put_value(l, key, item, indent);
	} else {
		(json_array_size(value) > 0 ? cell_list : cell_value)(value, cell);
		disarm(cell);
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
	if (!l->is_table) {
		if (l->count > 1)
			fputc('\n', l->out);
		put_object(l, object, 0);
		return;
	}
	if (l->measured) {
		put_row(l, object);
		return;
	}
	json_array_append(l->rows, object);
	if (json_array_size(l->rows) >= LOOK_AHEAD)
		measure(l);
}

void
layout_end(struct layout *l)
{
	if (l->table != NULL && l->count == 0)
		fprintf(l->out, "%s\n", l->table->none);
	else if (l->is_table && !l->measured)
		measure(l);
	json_decref(l->rows);
	free(l);
}
