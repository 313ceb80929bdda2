/*
 * What there is to say about a configuration: see report.h and conf.h. Parent only.
 */
#include "bgpd/conf/report.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "bgpd/conf/mem.h"
#include "bgpd/utf8.h"

static const char *const severity_names[] = {
    [CONF_ERROR] = "error",
    [CONF_WARNING] = "warning",
    [CONF_NOTE] = "note",
};

void
conf_report_init(struct conf_report *report)
{
	memset(report, 0, sizeof(*report));
	report->notes = mem_new(CONF_ERRORS_MAX + CONF_WARNINGS_MAX, sizeof(*report->notes));
}

void
conf_report_fini(struct conf_report *report)
{
	free(report->notes);
	memset(report, 0, sizeof(*report));
}

/* Counts a note; returns where to put it, or NULL where its kind is full. */
static struct conf_note *
note_new(struct conf_report *report, enum conf_severity severity)
{
	struct conf_note *note;
	size_t i, of_kind = 0;
	bool is_error = severity == CONF_ERROR;

	if (is_error)
		report->errors++;
	else
		report->warnings++;
	for (i = 0; i < report->count; i++)
		of_kind += (report->notes[i].severity == CONF_ERROR) == is_error;
	if (of_kind >= (is_error ? CONF_ERRORS_MAX : CONF_WARNINGS_MAX))
		return NULL;
	note = &report->notes[report->count++];
	note->severity = severity;
	note->alarm = -1;
	return note;
}

static void
note_fill(struct conf_note *note, const char *file, unsigned line, unsigned col, const char *format,
    va_list args)
{
	char text[2 * CONF_TEXT_MAX];

	note->line = line;
	note->col = col;
	utf8_clean(file, note->file, sizeof(note->file));
	vsnprintf(text, sizeof(text), format, args);
	/* The text quotes the file: it must be fit for a terminal. */
	utf8_clean(text, note->text, sizeof(note->text));
}

void
report_add(struct conf_report *report, enum conf_severity severity, const char *file, unsigned line,
    unsigned col, const char *format, ...)
{
	struct conf_note *note = note_new(report, severity);
	va_list args;

	if (note == NULL)
		return;
	va_start(args, format);
	note_fill(note, file, line, col, format, args);
	va_end(args);
}

void
report_alarm(struct conf_report *report, int alarm, const char *file, unsigned line, unsigned col,
    const char *format, ...)
{
	struct conf_note *note = note_new(report, CONF_WARNING);
	va_list args;

	if (note == NULL)
		return;
	note->alarm = alarm;
	va_start(args, format);
	note_fill(note, file, line, col, format, args);
	va_end(args);
}

static void
print_kind(const struct conf_report *report, bool errors, FILE *out)
{
	size_t i;

	for (i = 0; i < report->count; i++) {
		const struct conf_note *note = &report->notes[i];

		if ((note->severity == CONF_ERROR) != errors)
			continue;
		fprintf(out, "%s:", note->file);
		if (note->line > 0)
			fprintf(out, "%u:%u:", note->line, note->col);
		fprintf(out, " %s: %s\n", severity_names[note->severity], note->text);
	}
}

void
conf_report_print(const struct conf_report *report, FILE *out)
{
	print_kind(report, true, out);
	print_kind(report, false, out);
	if (report->errors > CONF_ERRORS_MAX)
		fprintf(out, "and %zu more errors\n", report->errors - CONF_ERRORS_MAX);
	if (report->warnings > CONF_WARNINGS_MAX)
		fprintf(out, "and %zu more warnings\n", report->warnings - CONF_WARNINGS_MAX);
}
