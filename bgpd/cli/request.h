/*
 * From words on the command line to a request on the control socket. A command is a row; so help,
 * parsing and the rendering of the answer read the same table.
 */
#ifndef BGPD_CLI_REQUEST_H
#define BGPD_CLI_REQUEST_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#define REQUEST_ERROR_MAX 512

/* How the answer is to be shown. */
struct request_display {
	bool is_detailed;      /* as keys and values, not as a table or a page */
	const char *layout;    /* table or page; NULL: that of the answer's name */
	const char *waits_for; /* what may take long, to be said meanwhile; NULL: nothing does */
};

struct cli_command {
	const char *words; /* "show peers": request's name and the words typed */
	const char *args;  /* for the help */
	const char *help;
	/*
	 * Reads the words behind the command into args; false and a text where they are wrong.
	 * NULL: none are allowed.
	 */
	bool (*parse)(char **words, size_t count, json_t *args, char error[REQUEST_ERROR_MAX]);
	const char *waits_for; /* see struct request_display */
};

/* All commands; *count says how many. */
const struct cli_command *request_commands(size_t *count);

/*
 * Makes the request {"command", "args"} of the words. Returns a new reference, or NULL and a text
 * that says what was expected. Words of a command may be shortened as long as they stay unique
 * ("sh pe").
 */
json_t *request_parse(
    char **words, size_t count, struct request_display *, char error[REQUEST_ERROR_MAX]);

#endif
