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
    {SCHEMA_FEEDS, "feeds",
	"The section `feeds` of roost.yml. Names are relative to the file they stand in. The files "
	"are read at the start and with every reload."},
    {SCHEMA_GENERAL, "general",
	"The file that `general` names, or `cfg` in roost.yml: ARouteServer's general.yml."},
    {SCHEMA_CLIENT, "clients",
	"An entry of `clients`: ARouteServer's clients.yml. What an entry leaves out or sets to "
	"null takes the general value. A list or a value that it does give stands instead of the "
	"general one, key by key: `ipv4_pref_len: {max: 25}` keeps the general `min`."},
    {SCHEMA_COLLECTOR, "collectors",
	"An entry of `collectors`. It announces nothing and gets all tagged routes with their "
	"reject "
	"communities; `passive` is the general value."},
};

static const char prefix_list[] =
    "\n## Prefix lists\n\n"
    "Bogons, black lists and white lists are lists of mappings with these keys:\n\n"
    "- `prefix`: an address without bits behind the length; `192.0.2.0/24` may stand for both\n"
    "- `length`: its length\n"
    "- `exact`: true = this prefix alone; otherwise its more specifics, too\n"
    "- `ge`, `le`: shortest and longest prefix meant, by default `length` and 32 or 128\n"
    "- `asn`: in `white_list_route`, this origin alone\n"
    "- `comment`: for people\n"
    "\nThe file that a line `!include NAME` names is put there as it is.\n";

static const char *const status_words[] = {
    [SCHEMA_ACTED_ON] = "yes",
    [SCHEMA_NOT_YET] = "refused",
    [SCHEMA_NO_MEANING] = "no effect",
    [SCHEMA_OLDER] = "yes",
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
	fputs(prefix_list, out);
}
