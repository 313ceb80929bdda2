/*
 * Configuration files as text: see source.h. Parent only.
 */
#include "bgpd/conf/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bgpd/conf/mem.h"
#include "bgpd/conf/report.h"
#include "bgpd/utf8.h"

#define INCLUDE "!include"

/* Who asks for a file: a key, an include line (depth > 0), or nobody (line 0). */
struct asker {
	const char *file;
	unsigned line;
	unsigned col;
	unsigned depth;
};

static bool expand(struct source *, const char *path, const struct asker *, struct conf_report *);

char *
source_beside(const char *base, const char *name)
{
	const char *slash = strrchr(base, '/');
	size_t dir_len = slash == NULL ? 0 : (size_t)(slash - base) + 1;
	char *path;

	if (name[0] == '/')
		return mem_text(name, strlen(name));
	path = mem_new(dir_len + strlen(name) + 1, 1);
	memcpy(path, base, dir_len);
	memcpy(path + dir_len, name, strlen(name));
	return path;
}

/* Says why the open file cannot be a configuration file; false if it can. */
static bool
is_unfit(const struct stat *st, size_t max, char why[CONF_TEXT_MAX])
{
	if (S_ISDIR(st->st_mode))
		snprintf(why, CONF_TEXT_MAX, "is a directory; name a file in it");
	else if (!S_ISREG(st->st_mode))
		snprintf(why, CONF_TEXT_MAX, "is not a regular file; name a file on disk");
	else if ((uintmax_t)st->st_size > max)
		snprintf(why, CONF_TEXT_MAX,
		    "is too large: %ju octets, expected at most %zu; is this the right file?",
		    (uintmax_t)st->st_size, max);
	else
		return false;
	return true;
}

/* Reads until the end or max + 1 octets. Returns the length, or -1 with errno. */
static ssize_t
read_all(int fd, char *out, size_t max)
{
	size_t len = 0;
	ssize_t got;

	while (len <= max) {
		got = read(fd, out + len, max + 1 - len);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -1;
		if (got == 0)
			break;
		len += (size_t)got;
	}
	return (ssize_t)len;
}

char *
source_slurp(
    const char *path, size_t max, size_t *len, bool *is_world_readable, char why[CONF_TEXT_MAX])
{
	/* Not blocking: a named pipe must not hold up the daemon. */
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	struct stat st;
	ssize_t got;
	char *text;

	if (fd < 0 || fstat(fd, &st) < 0) {
		snprintf(why, CONF_TEXT_MAX, "cannot be read: %s", strerror(errno));
		if (fd >= 0)
			close(fd);
		return NULL;
	}
	if (is_unfit(&st, max, why)) {
		close(fd);
		return NULL;
	}
	/* One octet more than the size said: a file that grows meanwhile is read as it was. */
	text = mem_new((size_t)st.st_size + 2, 1);
	got = read_all(fd, text, (size_t)st.st_size);
	if (got < 0) {
		snprintf(why, CONF_TEXT_MAX, "cannot be read: %s", strerror(errno));
		free(text);
		close(fd);
		return NULL;
	}
	close(fd);
	*len = (size_t)got > (size_t)st.st_size ? (size_t)st.st_size : (size_t)got;
	text[*len] = '\0';
	*is_world_readable = (st.st_mode & S_IROTH) != 0;
	return text;
}

/*
 * Finds the first octet that cannot stand in a configuration file; *why says what is wrong. libyaml
 * takes lone CRs and Unicode's line separators for line ends: those would shift every line number.
 */
static const char *
find_bad_character(const char *text, size_t len, char why[CONF_TEXT_MAX])
{
	const char *p = text, *end = text + len;
	uint32_t character;
	size_t octets;

	for (; p < end; p += octets) {
		octets = utf8_decode(p, (size_t)(end - p), &character);
		if (octets == 0) {
			snprintf(why, CONF_TEXT_MAX,
			    "octet 0x%02x is not UTF-8; save the file as UTF-8 without BOM",
			    (unsigned)(unsigned char)*p);
			return p;
		}
		if (character == '\n' || character == '\t' ||
		    (character == '\r' && p + 1 < end && p[1] == '\n'))
			continue;
		if (character < 0x20 || (character >= 0x7f && character < 0xa0) ||
		    character == 0x2028 || character == 0x2029 || character == 0xfeff ||
		    character == 0xfffe || character == 0xffff) {
			snprintf(why, CONF_TEXT_MAX, "control character U+%04X; remove it",
			    (unsigned)character);
			return p;
		}
	}
	return NULL;
}

static bool
check_characters(const char *path, const char *text, size_t len, struct conf_report *report)
{
	char why[CONF_TEXT_MAX];
	const char *bad = find_bad_character(text, len, why);
	unsigned line = 1, col = 1;

	if (bad == NULL)
		return true;
	for (; text < bad; text++, col++) {
		if (*text == '\n') {
			line++;
			col = 0;
		}
	}
	report_add(report, CONF_ERROR, path, line, col, "%s", why);
	return false;
}

static void
append_line(struct source *source, const char *text, size_t len, unsigned file, unsigned line)
{
	struct source_line *slot;

	while (source->len + len + 2 > source->text_room)
		source->text = mem_grow(source->text, source->text_room, &source->text_room, 1);
	memcpy(source->text + source->len, text, len);
	source->len += len;
	source->text[source->len++] = '\n';
	source->text[source->len] = '\0';
	source->lines =
	    mem_grow(source->lines, source->line_count, &source->line_room, sizeof(*source->lines));
	slot = &source->lines[source->line_count++];
	slot->file = file;
	slot->line = line;
}

/* If the line is an include line, returns the column of "!include", from 1, otherwise 0. */
static unsigned
include_col(const char *line, size_t len)
{
	size_t col = 0, word = strlen(INCLUDE);

	while (col < len && (line[col] == ' ' || line[col] == '\t'))
		col++;
	if (len - col < word || memcmp(line + col, INCLUDE, word) != 0)
		return 0;
	if (len - col > word && line[col + word] != ' ' && line[col + word] != '\t')
		return 0;
	return (unsigned)col + 1;
}

/* The name behind "!include": up to the next blank, quotes taken off. NULL if there is none. */
static char *
include_name(const char *line, size_t len, unsigned col)
{
	size_t start = col - 1 + strlen(INCLUDE), end;

	while (start < len && (line[start] == ' ' || line[start] == '\t'))
		start++;
	end = start;
	while (end < len && line[end] != ' ' && line[end] != '\t')
		end++;
	if (end - start >= 2 && (line[start] == '"' || line[start] == '\'') &&
	    line[end - 1] == line[start]) {
		start++;
		end--;
	}
	return end > start ? mem_text(line + start, end - start) : NULL;
}

static bool
expand_include(struct source *source, const char *line, size_t len, struct asker *asker,
    struct conf_report *report)
{
	char *name = include_name(line, len, asker->col), *path;
	bool is_ok;

	if (name == NULL) {
		report_add(report, CONF_ERROR, asker->file, asker->line, asker->col,
		    "!include names no file; expected: !include NAME");
		return false;
	}
	path = source_beside(source->files[0].name, name);
	is_ok = expand(source, path, asker, report);
	free(path);
	free(name);
	return is_ok;
}

/* Appends the lines of a file, following its includes. */
static bool
expand_lines(struct source *source, const char *text, size_t len, unsigned file, unsigned depth,
    struct conf_report *report)
{
	const char *end = text + len, *next;
	unsigned line;
	size_t line_len;

	for (line = 1; text < end; text = next, line++) {
		const char *lf = memchr(text, '\n', (size_t)(end - text));
		struct asker asker = {source->files[file].name, line, 0, depth + 1};

		next = lf == NULL ? end : lf + 1;
		line_len = (size_t)((lf == NULL ? end : lf) - text);
		if (line_len > 0 && text[line_len - 1] == '\r')
			line_len--;
		asker.col = include_col(text, line_len);
		if (asker.col > 0) {
			if (!expand_include(source, text, line_len, &asker, report))
				return false;
			continue;
		}
		if (source->len + line_len + 1 > SOURCE_SIZE_MAX) {
			report_add(report, CONF_ERROR, asker.file, line, 1,
			    "the file with its includes is longer than %u octets", SOURCE_SIZE_MAX);
			return false;
		}
		append_line(source, text, line_len, file, line);
	}
	return true;
}

/* Enters the file in the list of files; false with an error where a limit is reached. */
static bool
enter_file(struct source *source, const char *path, bool is_world_readable,
    const struct asker *asker, struct conf_report *report)
{
	struct source_file *file;

	if (asker->depth > SOURCE_DEPTH_MAX || source->file_count == SOURCE_FILES_MAX) {
		report_add(report, CONF_ERROR, asker->file, asker->line, asker->col,
		    "!include %s: more than %u files within each other or %u in all; does a file "
		    "include itself?",
		    path, SOURCE_DEPTH_MAX, SOURCE_FILES_MAX);
		return false;
	}
	file = &source->files[source->file_count++];
	file->name = mem_text(path, strlen(path));
	file->is_world_readable = is_world_readable;
	return true;
}

static bool
expand(
    struct source *source, const char *path, const struct asker *asker, struct conf_report *report)
{
	bool is_world_readable = false, is_ok;
	char why[CONF_TEXT_MAX];
	const char *body;
	size_t len = 0;
	char *text;

	text = source_slurp(path, SOURCE_SIZE_MAX, &len, &is_world_readable, why);
	if (text == NULL) {
		report_add(report, CONF_ERROR, asker->file, asker->line, asker->col, "%s%s %s",
		    asker->depth > 0 ? "!include " : "",
		    asker->line == 0 ? "the configuration file" : path, why);
		return false;
	}
	body = text;
	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		body += 3; /* the byte order mark some editors write */
	len -= (size_t)(body - text);
	is_ok = check_characters(path, body, len, report) &&
	    enter_file(source, path, is_world_readable, asker, report) &&
	    expand_lines(source, body, len, source->file_count - 1, asker->depth, report);
	mem_wipe(text);
	return is_ok;
}

struct source *
source_read(const char *path, const char *asking_file, unsigned line, unsigned col,
    struct conf_report *report)
{
	struct source *source = mem_new(1, sizeof(*source));
	struct asker asker = {asking_file, line, col, 0};

	source->text_room = 4096;
	source->text = mem_new(source->text_room, 1);
	if (!expand(source, path, &asker, report)) {
		source_free(source);
		return NULL;
	}
	return source;
}

void
source_free(struct source *source)
{
	unsigned i;

	if (source == NULL)
		return;
	mem_wipe(source->text);
	for (i = 0; i < source->file_count; i++)
		free(source->files[i].name);
	free(source->lines);
	free(source);
}

void
source_where(
    const struct source *source, size_t line, const struct source_file **file, unsigned *file_line)
{
	if (source->line_count == 0) {
		*file = &source->files[0];
		*file_line = 1;
		return;
	}
	if (line >= source->line_count)
		line = source->line_count - 1;
	*file = &source->files[source->lines[line].file];
	*file_line = source->lines[line].line;
}
