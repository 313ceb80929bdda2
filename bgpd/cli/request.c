/* Commands and their words, see request.h. */
#include "bgpd/cli/request.h"

#include <stdio.h>
#include <string.h>

/* Not the server's: taken out of the arguments again. */
#define DETAIL "detail"
#define LAYOUT "layout"

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
parse_refresh(char **words, size_t count, json_t *args, char *error)
{
	if (count > 2)
		return fail(error, "\"%s\" is one word too many", words[2]);
	if (count == 2 && strcmp(words[1], "ipv4") != 0 && strcmp(words[1], "ipv6") != 0)
		return fail(error, "\"%s\" is no family: ipv4 or ipv6", words[1]);
	if (count == 2)
		json_object_set_new(args, "family", json_string(words[1]));
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

/* A word that takes the next word as its value, or stands alone for one. */
struct word {
	const char *word;
	const char *arg;
	const char *value; /* NULL: the next word; "": true */
};

static const struct word route_words[] = {
    {"from", "from", NULL},
    {"to", "to", NULL},
    {"longer", "match", "longer"},
    {"shorter", "match", "shorter"},
    {"exact", "match", "exact"},
    {"longest", "match", "longest"},
    {"rejected", "rejected", ""},
    {"withheld", "withheld", ""},
    {"all", "all", ""},
    {"detail", DETAIL, ""},
    {NULL, NULL, NULL},
};

static const struct word explain_words[] = {
    {"from", "from", NULL},
    {"to", "to", NULL},
    {"detail", DETAIL, ""},
    {NULL, NULL, NULL},
};

/* True for what is meant as a prefix or an address, right or wrong. */
static bool
looks_like_prefix(const char *word)
{
	return strpbrk(word, ".:/") != NULL;
}

static bool
fail_word(char *error, const char *word, const struct word *known)
{
	size_t len = (size_t)snprintf(error, REQUEST_ERROR_MAX, "\"%.100s\" is none of ", word);

	for (; known->word != NULL && len < REQUEST_ERROR_MAX; known++)
		len += (size_t)snprintf(error + len, REQUEST_ERROR_MAX - len, "%s%s", known->word,
		    known[1].word != NULL ? ", " : "");
	return false;
}

/* Words in any order, and a prefix among them. */
static bool
parse_words(const struct word *known, char **words, size_t count, json_t *args, char *error)
{
	for (size_t i = 0; i < count; i++) {
		const struct word *row = known;
		const char *arg = "prefix", *value = words[i];

		while (row->word != NULL && strcmp(row->word, words[i]) != 0)
			row++;
		if (row->word != NULL) {
			arg = row->arg;
			value = row->value;
		} else if (i > 0 && !looks_like_prefix(words[i])) {
			return fail_word(error, words[i], known);
		}
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

static bool
has(const json_t *args, const char *arg)
{
	return json_object_get(args, arg) != NULL;
}

static bool
parse_routes(char **words, size_t count, json_t *args, char *error)
{
	if (!parse_words(route_words, words, count, args, error))
		return false;
	if ((has(args, "withheld") || has(args, "all")) && !has(args, "to"))
		return fail(
		    error, "withheld and all want `to` and the peer that is not told%s", "");
	if (has(args, "rejected"))
		json_object_set_new(args, LAYOUT, json_string("rejected"));
	else if (has(args, "withheld") || has(args, "all"))
		json_object_set_new(args, LAYOUT, json_string("withheld"));
	return true;
}

static bool
parse_explain(char **words, size_t count, json_t *args, char *error)
{
	if (!parse_words(explain_words, words, count, args, error))
		return false;
	if (!has(args, "prefix") || !has(args, "from"))
		return fail(error, "expected: explain PREFIX from PEER [to PEER]%s", "");
	return true;
}

/* "show policy peer X", as one says it; "show policy X" is as clear. */
static bool
parse_policy(char **words, size_t count, json_t *args, char *error)
{
	bool has_word = count > 0 && strcmp(words[0], "peer") == 0;

	return parse_peer(words + has_word, count - has_word, args, error);
}

static bool
parse_communities(char **words, size_t count, json_t *args, char *error)
{
	if (count == 0)
		return true;
	if (count > 1 || strcmp(words[0], "alice") != 0)
		return fail(error, "\"%s\" is one word too many: show communities [alice]",
		    words[count - 1]);
	json_object_set_new(args, LAYOUT, json_string("alice"));
	return true;
}

/* Nothing is changed by the command, which its name could make one believe. */
static bool
parse_admit(char **words, size_t count, json_t *args, char *error)
{
	size_t n = 0;

	for (size_t i = 0; i < count; i++)
		if (strcmp(words[i], "--check") != 0 && strcmp(words[i], "check") != 0)
			words[n++] = words[i];
	if (n == count && count > 0)
		return fail(error,
		    "`roostctl admit %s --check` says what would fail; to admit it, remove "
		    "`quarantine: true` from the configuration and `roostctl reload`",
		    words[0]);
	return parse_peer(words, n, args, error);
}

static const struct cli_command rows[] = {
    {"show summary", "", "the server in a few lines", NULL, NULL},
    {"show peers", "", "all peers, a line each", NULL, NULL},
    {"show peer", "PEER", "everything about one peer", parse_peer, NULL},
    {"show history", "PEER", "when a peer's sessions began and ended, who said what; newest last",
	parse_peer, NULL},
    {"show policy", "peer PEER",
	"everything in force for one peer, and where each value comes from", parse_policy, NULL},
    {"show routes",
	"[PREFIX] [from PEER] [to PEER [withheld|all]] [longer|shorter|exact] [rejected] [detail]",
	"paths as received, or with `to` as the peer is told; with `withheld` those that it is "
	"not\n      told, and why; of an address: the longest match",
	parse_routes, NULL},
    {"explain", "PREFIX from PEER [to PEER] [detail]",
	"every check of a route in order, with what it looked at; then who is told", parse_explain,
	NULL},
    {"admit", "PEER --check",
	"what would fail if the peer left quarantine; exit status 1 if something would",
	parse_admit, NULL},
    {"show communities", "[alice]",
	"every community that the server understands or sends; as sections for Alice-LG",
	parse_communities, NULL},
    {"show attributes", "", "interned path attributes and how often they are used", NULL, NULL},
    {"show memory", "", "what the table and the egress log hold", NULL, NULL},
    {"show alarms", "", "what stands, and what to do", NULL, NULL},
    {"show processes", "", "rib and the session workers", NULL, NULL},
    {"clear", "PEER", "end the session; it comes back by itself", parse_peer, NULL},
    {"shutdown", "PEER [\"TEXT\"]", "end the session and keep it down (RFC 9003 text)",
	parse_shutdown, NULL},
    {"enable", "PEER", "let a peer that was shut down come back", parse_peer, NULL},
    {"refresh", "PEER [ipv4|ipv6]", "ask a peer to send its routes again", parse_refresh, NULL},
    {"reload", "", "read configuration and data again; sessions that it does not touch stay", NULL,
	"reading and checking configuration and data"},
    {"log level", "LEVEL", "debug, info, notice, warning, error or critical", parse_level, NULL},
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

/* The static text of a layout that the arguments name; takes it out of them. */
static const char *
take_layout(json_t *args)
{
	static const char *const names[] = {"rejected", "withheld", "alice"};
	const char *name = json_string_value(json_object_get(args, LAYOUT)), *found = NULL;

	for (size_t i = 0; name != NULL && i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i], name) == 0)
			found = names[i];
	json_object_del(args, LAYOUT);
	return found;
}

json_t *
request_parse(
    char **words, size_t count, struct request_display *display, char error[REQUEST_ERROR_MAX])
{
	const struct cli_command *command;
	json_t *args;
	size_t used = 0;

	error[0] = '\0';
	*display = (struct request_display){0};
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
	display->is_detailed = json_object_del(args, DETAIL) == 0;
	display->layout = take_layout(args);
	display->waits_for = command->waits_for;
	return json_pack("{s:s,s:o}", "command", command->words, "args", args);
}
