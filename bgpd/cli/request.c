/* Commands and their words, see request.h. */
#include "bgpd/cli/request.h"

#include <stdio.h>
#include <string.h>

/* Not the server's: taken out of the arguments again. */
#define DETAIL "detail"

static bool
fail(char *error, const char *text, const char *word)
{
	snprintf(error, REQUEST_ERROR_MAX, text, word);
	return false;
}

static bool
parse_peer(char **words, size_t count, json_t *args, char *error)
{
	if (count == 0)
		return fail(error, "name a peer: its address, or its AS if it has one peer%s", "");
	if (count > 1)
		return fail(error, "\"%s\" is one word too many", words[1]);
	json_object_set_new(args, "peer", json_string(words[0]));
	return true;
}

static bool
parse_shutdown(char **words, size_t count, json_t *args, char *error)
{
	if (count > 2)
		return fail(error, "\"%s\" is one word too many: put the text in quotes", words[2]);
	if (count == 2)
		json_object_set_new(args, "text", json_string(words[1]));
	return parse_peer(words, count > 0 ? 1 : 0, args, error);
}

static bool
parse_level(char **words, size_t count, json_t *args, char *error)
{
	if (count != 1)
		return fail(
		    error, "expected one of debug, info, notice, warning, error, critical%s", "");
	json_object_set_new(args, "level", json_string(words[0]));
	return true;
}

/* A word of show routes that takes the next word as its value, or stands alone for one. */
static const struct {
	const char *word;
	const char *arg;
	const char *value; /* NULL: the next word */
} route_words[] = {
    {"from", "from", NULL},
    {"to", "to", NULL},
    {"longer", "match", "longer"},
    {"shorter", "match", "shorter"},
    {"exact", "match", "exact"},
    {"longest", "match", "longest"},
    {"rejected", "rejected", ""},
    {"detail", DETAIL, ""},
};

#define ROUTE_WORDS (sizeof(route_words) / sizeof(route_words[0]))

static size_t
find_route_word(const char *word)
{
	size_t i = 0;

	while (i < ROUTE_WORDS && strcmp(route_words[i].word, word) != 0)
		i++;
	return i;
}

static bool
parse_routes(char **words, size_t count, json_t *args, char *error)
{
	for (size_t i = 0; i < count; i++) {
		size_t row = find_route_word(words[i]);
		const char *arg = row < ROUTE_WORDS ? route_words[row].arg : "prefix";
		const char *value = row < ROUTE_WORDS ? route_words[row].value : words[i];

		if (row == ROUTE_WORDS && i > 0)
			return fail(error,
			    "\"%s\" is none of from, to, longer, shorter, exact, longest, "
			    "rejected, detail",
			    words[i]);
		if (json_object_get(args, arg) != NULL)
			return fail(error, "\"%s\" contradicts a word before it", words[i]);
		if (value == NULL && ++i >= count)
			return fail(error, "\"%s\" wants a peer behind it", words[i - 1]);
		if (value == NULL)
			value = words[i];
		json_object_set_new(args, arg, value[0] == '\0' ? json_true() : json_string(value));
	}
	return true;
}

static const struct cli_command rows[] = {
    {"show summary", "", "the server in a few lines", NULL},
    {"show peers", "", "all peers, a line each", NULL},
    {"show peer", "PEER", "everything about one peer", parse_peer},
    {"show routes", "[PREFIX] [from PEER] [to PEER] [longer|shorter|exact] [rejected] [detail]",
	"paths as received, or with `to` as the peer is told; of an address: the longest match",
	parse_routes},
    {"show attributes", "", "interned path attributes and how often they are used", NULL},
    {"show memory", "", "what the table and the egress log hold", NULL},
    {"show alarms", "", "what stands, and what to do", NULL},
    {"show processes", "", "rib and the session workers", NULL},
    {"clear", "PEER", "end the session; it comes back by itself", parse_peer},
    {"shutdown", "PEER [\"TEXT\"]", "end the session and keep it down (RFC 9003 text)",
	parse_shutdown},
    {"enable", "PEER", "let a peer that was shut down come back", parse_peer},
    {"reload", "", "read configuration and data again; sessions that it does not touch stay", NULL},
    {"log level", "LEVEL", "debug, info, notice, warning, error or critical", parse_level},
};

const struct cli_command *
request_commands(size_t *count)
{
	*count = sizeof(rows) / sizeof(rows[0]);
	return rows;
}

/* How well words begin a command's name: words of the name if they match, 0 if not. */
static size_t
match_words(const char *name, char **words, size_t count, bool *exact)
{
	size_t n = 0;

	*exact = true;
	for (; *name != '\0'; n++) {
		size_t len = strcspn(name, " "), typed = n < count ? strlen(words[n]) : 0;

		if (typed == 0 || typed > len || strncmp(name, words[n], typed) != 0)
			return 0;
		if (typed != len)
			*exact = false;
		name += len;
		name += *name == ' ';
	}
	return n;
}

static const struct cli_command *
find_command(char **words, size_t count, size_t *used, char *error)
{
	const struct cli_command *found = NULL;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		bool exact;
		size_t n = match_words(rows[i].words, words, count, &exact);

		if (n == 0 || n < *used)
			continue;
		if (exact) {
			*used = n;
			return &rows[i];
		}
		/* "sh sum" also begins like shutdown; the name that explains more words wins. */
		if (found != NULL && n == *used) {
			snprintf(error, REQUEST_ERROR_MAX, "\"%s%s%s\" may be \"%s\" or \"%s\"",
			    words[0], n > 1 ? " " : "", n > 1 ? words[1] : "", found->words,
			    rows[i].words);
			return NULL;
		}
		*used = n;
		found = &rows[i];
	}
	if (found == NULL)
		snprintf(error, REQUEST_ERROR_MAX,
		    "there is no command \"%s%s%s\"; roostctl --help lists them", words[0],
		    count > 1 ? " " : "", count > 1 ? words[1] : "");
	return found;
}

json_t *
request_parse(char **words, size_t count, bool *is_detailed, char error[REQUEST_ERROR_MAX])
{
	const struct cli_command *command;
	json_t *args;
	size_t used = 0;

	error[0] = '\0';
	*is_detailed = false;
	if (count == 0) {
		fail(error, "a command is missing; roostctl --help lists them%s", "");
		return NULL;
	}
	command = find_command(words, count, &used, error);
	if (command == NULL)
		return NULL;
	args = json_object();
	if (command->parse == NULL ? count > used
				   : !command->parse(words + used, count - used, args, error)) {
		if (error[0] == '\0')
			fail(error, "\"%s\" is one word too many", words[used]);
		json_decref(args);
		return NULL;
	}
	*is_detailed = json_object_del(args, DETAIL) == 0;
	return json_pack("{s:s,s:o}", "command", command->words, "args", args);
}
