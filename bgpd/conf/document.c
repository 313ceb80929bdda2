/*
 * The schema as documentation: see conf.h. Parent only.
 */
#include "bgpd/conf/conf.h"
#include "bgpd/conf/schema.h"
#include "bgpd/conf/value.h"

static const struct {
	enum schema_place place;
	const char *title;
	const char *text;
} chapters[] = {
    {SCHEMA_TOP, "roost.yml", "The first level of the configuration file."},
    {SCHEMA_DAEMON, "daemon", "The section `daemon` of roost.yml."},
    {SCHEMA_GENERAL, "general",
	"The file that `general` names, or `cfg` in roost.yml: ARouteServer's general.yml."},
    {SCHEMA_CLIENT, "clients",
	"An entry of `clients`: ARouteServer's clients.yml. What an entry leaves out or sets to "
	"null "
	"takes the general value."},
};

static const char *const status_words[] = {
    [SCHEMA_ACTED_ON] = "yes",
    [SCHEMA_NOT_YET] = "refused",
    [SCHEMA_NO_MEANING] = "no effect",
};

/* Text of a table cell: '|' would end it. */
static void
write_cell(const char *text, FILE *out)
{
	for (; *text != '\0'; text++) {
		if (*text == '|')
			fputc('\\', out);
		fputc(*text, out);
	}
}

static void
write_row(const struct schema_row *row, FILE *out)
{
	char expected[256];

	value_expected(row, expected, sizeof(expected));
	fprintf(out, "| `%s` | ", row->path);
	write_cell(row->type == VALUE_ANY ? "" : expected, out);
	fputs(" | ", out);
	write_cell(row->default_text == NULL ? "" : row->default_text, out);
	fprintf(out, " | %s | ", status_words[row->status]);
	write_cell(row->help, out);
	fputs(" |\n", out);
}

void
conf_write_schema(FILE *out)
{
	size_t i, j;

	fputs("# Configuration keys\n\n"
	      "Made by `roostd --schema`. *Acted on*: `refused` = known, but an error in this "
	      "version.\n",
	    out);
	for (i = 0; i < sizeof(chapters) / sizeof(chapters[0]); i++) {
		fprintf(out, "\n## %s\n\n%s\n\n", chapters[i].title, chapters[i].text);
		fputs(
		    "| key | value | default | acted on | meaning |\n|---|---|---|---|---|\n", out);
		for (j = 0; j < schema_count(); j++) {
			const struct schema_row *row = schema_row(j);

			if ((row->places & chapters[i].place) != 0 &&
			    (row->type != VALUE_MAP || chapters[i].place == SCHEMA_TOP))
				write_row(row, out);
		}
	}
}
