/* Complaints about a data file; see input.h. */
#include "bgpd/feed/input.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "bgpd/conf/report.h"

static const char *const more_text[COMPLAINT_KINDS] = {
    [COMPLAINT_RECORD] = "records were left out",
    [COMPLAINT_MEMBER] = "members were left out",
    [COMPLAINT_EMPTY] = "objects are empty: they authorise nothing",
    [COMPLAINT_LINE] = "lines were left out",
};

void
input_init(struct input *in, const char *octets, size_t len, struct feed_source *source,
    struct conf_report *notes)
{
	*in = (struct input){
	    .octets = octets,
	    .len = len,
	    .source = source,
	    .notes = notes,
	    .line_at = octets,
	    .line = 1,
	};
}

void
input_where(struct input *in, const char *at, unsigned *line, unsigned *col)
{
	const char *newline;

	if (at < in->line_at) {
		in->line_at = in->octets;
		in->line = 1;
	}
	while ((newline = memchr(in->line_at, '\n', (size_t)(at - in->line_at))) != NULL) {
		in->line_at = newline + 1;
		in->line++;
	}
	*line = in->line;
	*col = (unsigned)(at - in->line_at) + 1;
}

static void
add(struct input *in, enum conf_severity severity, const char *at, const char *format, va_list args)
{
	unsigned line = 0, col = 0;
	char text[CONF_TEXT_MAX];

	if (at != NULL)
		input_where(in, at, &line, &col);
	vsnprintf(text, sizeof(text), format, args);
	report_add(in->notes, severity, in->source->path, line, col, "%s", text);
}

void
input_complain(struct input *in, enum complaint complaint, const char *at, const char *format, ...)
{
	va_list args;

	if (complaint != COMPLAINT_EMPTY)
		in->source->bad++;
	if (in->complaints[complaint]++ >= INPUT_TOLD_MAX)
		return;
	va_start(args, format);
	add(in, CONF_WARNING, at, format, args);
	va_end(args);
}

void
input_warn(struct input *in, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add(in, CONF_WARNING, NULL, format, args);
	va_end(args);
}

int
input_fail(struct input *in, const char *at, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add(in, CONF_ERROR, at, format, args);
	va_end(args);
	return -1;
}

int
input_end_json(struct input *in, struct jstream *json)
{
	if (jstream_end(json))
		return 0;
	return input_fail(in, json->error_at,
	    "not JSON: %s; is the file whole, and the right one? Have it written again",
	    json->error);
}

void
input_end(struct input *in)
{
	for (int i = 0; i < COMPLAINT_KINDS; i++)
		if (in->complaints[i] > INPUT_TOLD_MAX)
			input_warn(
			    in, "%zu more %s", in->complaints[i] - INPUT_TOLD_MAX, more_text[i]);
}
