/* Tables and their columns: see table.h. */
#include "bgpd/cli/table.h"

#include <string.h>

#define WIDTH_MAX 48

#define LEFT(title, path, cell)             \
	{                                   \
		title, path, cell, false, 0 \
	}
#define RIGHT(title, path, cell)           \
	{                                  \
		title, path, cell, true, 0 \
	}
#define TEXT(title, path)                   \
	{                                   \
		title, path, NULL, false, 0 \
	}
#define NUMBER(title, path)                \
	{                                  \
		title, path, NULL, true, 0 \
	}
#define WIDE(title, path, max)                \
	{                                     \
		title, path, NULL, false, max \
	}

/* clang-format off */
static const struct table_row tables[] = {
    {"peers", "no peers are configured",
	{TEXT("PEER", "address"), NUMBER("AS", "asn"), LEFT("STATE", "", cell_state),
	    RIGHT("SINCE", "since", cell_age), NUMBER("RECEIVED", "routes.received"),
	    NUMBER("ACCEPTED", "routes.accepted"),
	    NUMBER("REJECTED", "routes.rejected"), NUMBER("SENT", "routes.sent"),
	    NUMBER("RTT", "rtt_ms"), LEFT("MARKS", "", cell_marks),
	    TEXT("DESCRIPTION", "description"), TEXT("LAST ERROR", "last_error")}},
    {"routes", "no route matches",
	{LEFT("", "", cell_flags), TEXT("PREFIX", "prefix"), TEXT("PEER", "peer"), TEXT("NEXT HOP", "next_hop"),
	    NUMBER("MED", "med"), LEFT("AS PATH", "", cell_path),
	    LEFT("COMMUNITIES", "", cell_communities), LEFT("REJECTED", "reject_reasons", cell_reason)}},
    {"rejected", "no rejected route matches",
	{TEXT("PREFIX", "prefix"), TEXT("PEER", "peer"), LEFT("AS PATH", "", cell_short_path),
	    LEFT("REASON", "reject_reasons", cell_reason),
	    LEFT("VALUE", "reject_reasons", cell_reason_value)}},
    {"withheld", "no route matches",
	{LEFT("", "", cell_flags), TEXT("PREFIX", "prefix"), TEXT("PEER", "peer"),
	    LEFT("AS PATH", "", cell_short_path), TEXT("TOLD", "told"),
	    LEFT("WITHHELD BY", "withheld.name", cell_text), LEFT("WHY", "withheld.text", cell_text)}},
    {"attributes", "no attributes are held",
	{NUMBER("USED", "references"), NUMBER("OCTETS", "octets"),
	    TEXT("NEXT HOP", "next_hop"), NUMBER("MED", "med"), LEFT("AS PATH", "", cell_path),
	    LEFT("COMMUNITIES", "", cell_communities)}},
    {"alarms", "no alarm stands",
	{RIGHT("SINCE", "since", cell_age), TEXT("SEVERITY", "severity"), TEXT("ALARM", "alarm"),
	    TEXT("SOURCE", "source"), TEXT("TEXT", "text"), TEXT("WHAT TO DO", "advice")}},
    {"communities", "no community is configured",
	{TEXT("PATTERN", "pattern"), TEXT("FORMAT", "format"), TEXT("CLASS", "class"),
	    TEXT("DIRECTION", "direction"), TEXT("NAME", "name"), TEXT("MEANING", "meaning")}},
    {"checks", "it was never judged",
	{LEFT("", "outcome", cell_outcome), RIGHT("CODE", "code", cell_text), TEXT("CHECK", "check"),
	    TEXT("OUTCOME", "outcome"), LEFT("LOOKED AT", "value", cell_text)}},
    {"settings", "",
	{WIDE("KEY", "key", 68), TEXT("FROM", "origin"), LEFT("VALUE", "", cell_setting)}},
    {"history", "nothing has happened since the table process started",
	{TEXT("TIME", "time"), TEXT("EVENT", "event"), LEFT("BY", "by", cell_text),
	    LEFT("NOTIFICATION", "", cell_notification), LEFT("TEXT", "", cell_words)}},
    {"limits", "",
	{TEXT("FAMILY", "family"), NUMBER("LIMIT", "limit"), TEXT("FROM", "source"),
	    TEXT("ACTION", "action"), TEXT("COUNTS", "counts"), NUMBER("NOW", "counted"),
	    RIGHT("USED", "percent", cell_percent), TEXT("EXCEEDED", "exceeded")}},
    {"as_sets", "no AS-SET is known for it: its own ASN alone is authorised",
	{TEXT("AS-SET", "name"), NUMBER("ORIGINS", "origins"),
	    NUMBER("PREFIXES", "prefixes"), TEXT("DATA", "has_data")}},
    {"rules", "no rule names it",
	{TEXT("DIRECTION", "direction"), NUMBER("NUMBER", "number"),
	    NUMBER("LINE", "line"), TEXT("ABOUT", "about"), TEXT("TEXT", "text")}},
    {"sums", "",
	{RIGHT("ROUTES", "count", cell_text), RIGHT("CODE", "code", cell_text),
	    LEFT("REASON", "name", cell_text), TEXT("EXAMPLE", "prefix"), LEFT("VALUE", "value", cell_text)}},
};
/* clang-format on */

const struct table_row *
table_find(const char *name)
{
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		if (strcmp(tables[i].name, name) == 0)
			return &tables[i];
	return NULL;
}

const json_t *
table_value(const json_t *object, const char *path)
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
	const json_t *v = table_value(object, c->path);

	(c->cell != NULL ? c->cell : cell_value)(v, out);
	cell_disarm(out);
}

void
table_init(struct table *t, const struct table_row *row, FILE *out, int indent)
{
	*t = (struct table){.row = row, .out = out, .indent = indent};
	while (t->columns < COLUMNS_MAX && row->columns[t->columns].title != NULL)
		t->columns++;
}

/* Writes one line of cells; the last one is not padded. */
static void
put_cells(struct table *t, char cells[COLUMNS_MAX][CELL_MAX])
{
	size_t last = t->columns;

	while (last > 0 && cells[last - 1][0] == '\0')
		last--;
	fprintf(t->out, "%*s", t->indent, "");
	for (size_t i = 0; i < last; i++) {
		bool is_right = t->row->columns[i].is_right;
		size_t width = width_of(cells[i]);
		int pad = width < t->width[i] ? (int)(t->width[i] - width) : 0;

		fprintf(t->out, "%s%*s%s%*s", i > 0 ? "  " : "", is_right ? pad : 0, "", cells[i],
		    is_right || i + 1 == last ? 0 : pad, "");
	}
	fputc('\n', t->out);
}

void
table_put(struct table *t, const json_t *object)
{
	static char cells[COLUMNS_MAX][CELL_MAX];

	for (size_t i = 0; i < t->columns; i++)
		make_cell(&t->row->columns[i], object, cells[i]);
	put_cells(t, cells);
}

void
table_begin(struct table *t, const json_t *rows)
{
	static char cells[COLUMNS_MAX][CELL_MAX];
	static char cell[CELL_MAX];
	const json_t *object;
	size_t i;

	for (size_t c = 0; c < t->columns; c++) {
		const struct column *column = &t->row->columns[c];
		size_t max = column->max > 0 ? column->max : WIDTH_MAX;

		t->width[c] = strlen(column->title);
		snprintf(cells[c], CELL_MAX, "%s", column->title);
		json_array_foreach(rows, i, object)
		{
			make_cell(column, object, cell);
			if (width_of(cell) > t->width[c])
				t->width[c] = width_of(cell);
		}
		if (t->width[c] > max)
			t->width[c] = max;
	}
	put_cells(t, cells);
}

void
table_print(const char *name, const json_t *rows, FILE *out, int indent)
{
	struct table table;
	const json_t *object;
	size_t i;

	table_init(&table, table_find(name), out, indent);
	if (json_array_size(rows) == 0) {
		fprintf(out, "%*s%s\n", indent, "", table.row->none);
		return;
	}
	table_begin(&table, rows);
	json_array_foreach(rows, i, object) table_put(&table, object);
}
