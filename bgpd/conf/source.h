/*
 * A configuration file as text, its `!include NAME` lines replaced by the files they name, and for
 * every line the file and line it comes from.
 *
 *   general.yml            text                      lines
 *   1 cfg:                 cfg:                      general.yml 1
 *   2   !include rs.yml    ..rs_as: 64500            rs.yml      1
 *   3   passive: no        ..passive: no             general.yml 3
 *
 * The text is UTF-8 without control characters, line ends are LF, so a line of the text is what
 * libyaml counts as one. As with ARouteServer, an included text is put as it is, without
 * indentation of its own, and every relative name is looked up beside the first file. Parent only.
 */
#ifndef BGPD_CONF_SOURCE_H
#define BGPD_CONF_SOURCE_H

#include <stdbool.h>
#include <stddef.h>

#include "bgpd/conf/conf.h"

#define SOURCE_SIZE_MAX	 (32u << 20) /* octets, includes and all */
#define SOURCE_DEPTH_MAX 8	     /* includes within includes */
#define SOURCE_FILES_MAX 256	     /* files of one source */

struct source_file {
	char *name;
	bool is_world_readable;
};

struct source_line {
	unsigned file; /* index */
	unsigned line; /* from 1 */
};

struct source {
	char *text;
	size_t len;
	size_t text_room;
	struct source_line *lines;
	size_t line_count;
	size_t line_room;
	struct source_file files[SOURCE_FILES_MAX]; /* the first is the one that was asked for */
	unsigned file_count;
};

/*
 * Reads path and what it includes. That it cannot be read is reported at the place that asked for
 * it; line 0 = nobody did, it is the configuration file itself. NULL with errors in the report.
 */
struct source *source_read(
    const char *path, const char *asking_file, unsigned line, unsigned col, struct conf_report *);
/* Wipes the text, which may hold passwords. */
void source_free(struct source *);

/* Where a line of the text (from 0) comes from; the last line for what lies behind it. */
void source_where(
    const struct source *, size_t line, const struct source_file **file, unsigned *file_line);

/*
 * The path of name beside the file base: name itself where it is absolute. The caller frees it.
 */
char *source_beside(const char *base, const char *name);

/*
 * Reads a whole regular file of at most max octets. NULL with *why, a sentence for the user.
 * The caller frees the terminated text.
 */
char *source_slurp(
    const char *path, size_t max, size_t *len, bool *is_world_readable, char why[CONF_TEXT_MAX]);

#endif
