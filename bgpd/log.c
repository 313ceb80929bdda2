/*
 * Lines to standard error: see log.h. Any process.
 */
#include "bgpd/log.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bgpd/utf8.h"

/* What log_end() may still have to add to a line that was cut: three dots, quote, newline. */
#define LINE_TAIL 5

static enum log_level current_level = LOG_LEVEL_INFO;
static char process_name[LOG_NAME_MAX];
static uint64_t lost;

static const char *const level_names[LOG_LEVEL_COUNT] = {
    [LOG_LEVEL_DEBUG] = "debug",
    [LOG_LEVEL_INFO] = "info",
    [LOG_LEVEL_NOTICE] = "notice",
    [LOG_LEVEL_WARNING] = "warning",
    [LOG_LEVEL_ERROR] = "error",
    [LOG_LEVEL_CRITICAL] = "critical",
};

void
log_init(const char *name, enum log_level level)
{
	snprintf(process_name, sizeof(process_name), "%s", name == NULL ? "" : name);
	log_set_level(level);
}

void
log_set_level(enum log_level level)
{
	if (level < LOG_LEVEL_COUNT)
		current_level = level;
}

enum log_level
log_get_level(void)
{
	return current_level;
}

bool
log_is_on(enum log_level level)
{
	return level >= current_level;
}

const char *
log_level_name(enum log_level level)
{
	return level < LOG_LEVEL_COUNT ? level_names[level] : "unknown";
}

bool
log_level_parse(const char *text, enum log_level *out)
{
	unsigned i;

	for (i = 0; i < LOG_LEVEL_COUNT; i++) {
		if (strcmp(text, level_names[i]) == 0) {
			*out = (enum log_level)i;
			return true;
		}
	}
	return false;
}

uint64_t
log_lost(void)
{
	return lost;
}

/* Adds octets all or none, so that no escape is cut in half. */
static void
put(struct log_line *line, const char *octets, size_t len)
{
	if (line->cut || line->len + len > LOG_LINE_MAX - LINE_TAIL) {
		line->cut = true;
		return;
	}
	memcpy(line->text + line->len, octets, len);
	line->len += len;
}

static void
put_escaped(struct log_line *line, const char *text, bool in_quotes)
{
	size_t left = strlen(text), len;
	uint32_t character;
	char escape[5];

	for (; left > 0; text += len, left -= len) {
		len = utf8_decode(text, left, &character);
		if (len == 0 || utf8_is_invisible(character)) {
			len = 1; /* what follows in a character is no beginning: escaped, too */
			snprintf(escape, sizeof(escape), "\\x%02x", (unsigned)(unsigned char)*text);
			put(line, escape, 4);
			continue;
		}
		if (in_quotes && (character == '"' || character == '\\'))
			put(line, "\\", 1);
		put(line, text, len);
	}
}

void
log_begin(struct log_line *line, enum log_level level, const char *name, uint64_t wall_ms)
{
	time_t seconds = (time_t)(wall_ms / 1000);
	struct tm tm;
	char head[64];

	line->len = 0;
	line->cut = false;
	line->quoted = false;
	if (gmtime_r(&seconds, &tm) == NULL)
		memset(&tm, 0, sizeof(tm));
	strftime(head, sizeof(head), "%Y-%m-%dT%H:%M:%S", &tm);
	log_add(line, head);
	snprintf(
	    head, sizeof(head), ".%03uZ %s ", (unsigned)(wall_ms % 1000), log_level_name(level));
	log_add(line, head);
	log_add(line, name);
	if (process_name[0] != '\0') {
		log_add(line, " in=");
		log_add_value(line, process_name);
	}
}

void
log_add(struct log_line *line, const char *text)
{
	put_escaped(line, text, false);
}

static bool
is_plain_word(const char *text)
{
	if (*text == '\0')
		return false;
	for (; *text != '\0'; text++) {
		if (*text <= ' ' || *text > 0x7e || strchr("\"'\\=", *text) != NULL)
			return false;
	}
	return true;
}

void
log_add_value(struct log_line *line, const char *text)
{
	if (text == NULL)
		text = "";
	if (is_plain_word(text)) {
		put(line, text, strlen(text));
		return;
	}
	if (line->cut)
		return;
	put(line, "\"", 1);
	line->quoted = !line->cut;
	put_escaped(line, text, true);
	put(line, "\"", 1);
	if (!line->cut)
		line->quoted = false;
}

void
log_end(struct log_line *line)
{
	ssize_t written;

	if (line->cut) {
		memcpy(line->text + line->len, "...", 3);
		line->len += 3;
	}
	if (line->quoted)
		line->text[line->len++] = '"';
	line->text[line->len++] = '\n';
	written = write(STDERR_FILENO, line->text, line->len);
	if (written != (ssize_t)line->len)
		lost++;
}
