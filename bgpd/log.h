/*
 * Lines to standard error, one write() each, in every process.
 *
 *   2026-11-23T11:00:00.123Z warning session-down in=worker-1 peer=192.0.2.10 as=42 reason="..."
 *   time, UTC, milliseconds  level   name         who         source and fields (bgpd/event.h)
 *
 * Nobody writes a line but event.c: every line is a row of its table. A line is at most
 * LOG_LINE_MAX octets with its newline, so that lines of several processes do not mix; what does
 * not fit is cut and ends in "...". UTF-8 stands as it is; octets that are none, and characters
 * that show nothing or move others (controls, bidi), are escaped as \xNN. Nothing but write() on
 * descriptor 2 is needed, so it works in a sandboxed child; a descriptor that cannot take the line
 * loses it, and the loss is counted.
 *
 * The level, the name and the lost count are the global state of a process, set by its main().
 */
#ifndef BGPD_LOG_H
#define BGPD_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LOG_LINE_MAX 1024
#define LOG_NAME_MAX 32

enum log_level {
	LOG_LEVEL_DEBUG,
	LOG_LEVEL_INFO,
	LOG_LEVEL_NOTICE,
	LOG_LEVEL_WARNING,
	LOG_LEVEL_ERROR,
	LOG_LEVEL_CRITICAL,
	LOG_LEVEL_COUNT
};

/* A line under construction. Its fields belong to log.c. */
struct log_line {
	size_t len;
	bool cut;    /* something did not fit */
	bool quoted; /* ... inside quotes, which log_end() closes */
	char text[LOG_LINE_MAX];
};

/* Sets the process's name ("" or NULL = no "in=" field) and its level. */
void log_init(const char *name, enum log_level level);

/* Lines below the level are not written. The default is LOG_LEVEL_INFO. */
void log_set_level(enum log_level level);
enum log_level log_get_level(void);
bool log_is_on(enum log_level level);

/* "debug" ... "critical"; never NULL. */
const char *log_level_name(enum log_level level);
/* Returns false, and leaves *out alone, where text is no level's name. */
bool log_level_parse(const char *text, enum log_level *out);

/* Lines that standard error did not take. */
uint64_t log_lost(void);

/* Starts a line: time (wall_ms since 1970), level, name, process. */
void log_begin(struct log_line *, enum log_level, const char *name, uint64_t wall_ms);
/* Adds text as it is, escaping only what could break the line. */
void log_add(struct log_line *, const char *text);
/*
 * Adds a field's value: as it is where it is one plain word, otherwise in double quotes with
 * '"' and '\' escaped, so that foreign text cannot pass for a field. NULL becomes "".
 */
void log_add_value(struct log_line *, const char *text);
/* Writes the line, with its newline, in one write(). */
void log_end(struct log_line *);

#endif
