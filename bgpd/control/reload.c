/*
 * reload: passed to the parent, which reads the configuration; the answer comes when all processes
 * work with it, or none does.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bgpd/control/query.h"
#include "bgpd/control/render.h"

#define TEXT_MAX    (64 * 1024)		    /* of a report, as the parent has it */
#define REFUSAL_MAX (QUERY_ERROR_MAX - 256) /* of one that was refused: all of it is the error */

void
reload_start(struct query *q)
{
	struct channel_number number = {.number = ++q->core->reloads_asked};

	q->ticket = number.number;
	parent_send(q->core, CHANNEL_RELOAD, &number);
}

enum query_progress
reload_step(struct query *q)
{
	return q->ticket != 0 ? QUERY_WAIT : QUERY_DONE;
}

/* The report's text, whole lines of it where it is longer than max. *is_cut: it was. */
static char *
read_text(int fd, size_t max, bool *is_cut)
{
	char *text = malloc(max + 1), *end;
	ssize_t len;

	if (text == NULL)
		abort();
	len = pread(fd, text, max, 0);
	text[len < 0 ? 0 : len] = '\0';
	*is_cut = len == (ssize_t)max;
	end = strrchr(text, '\n');
	if (*is_cut && end != NULL)
		end[1] = '\0';
	return text;
}

static json_t *
render_lines(const char *text)
{
	json_t *lines = json_array();

	while (*text != '\0') {
		size_t len = strcspn(text, "\n");
		char *line = strndup(text, len);

		if (line == NULL)
			abort();
		json_array_append_new(lines, render_text(line));
		free(line);
		text += len + (text[len] != '\0');
	}
	return lines;
}

static void
refuse(struct query *q, int text_fd)
{
	bool is_cut;
	char *text = read_text(text_fd, REFUSAL_MAX, &is_cut);
	size_t len = strlen(text);

	if (len > 0 && text[len - 1] == '\n')
		text[len - 1] = '\0';
	query_fail(q, "the configuration was refused, nothing has changed:\n%s%s", text,
	    is_cut ? "\nthere is more to say: `roostd -n` with the same options says all of it"
		   : "");
	free(text);
}

void
reload_answer(struct query *q, const struct channel_reloaded *r, int text_fd)
{
	bool is_cut;
	char *text;

	q->ticket = 0;
	if (r->refused) {
		refuse(q, text_fd);
		return;
	}
	text = read_text(text_fd, TEXT_MAX, &is_cut);
	query_answer(q,
	    json_pack("{s:I,s:{s:I,s:I,s:I},s:I,s:I,s:o}", "generation", (json_int_t)r->generation,
		"peers", "added", (json_int_t)r->added, "removed", (json_int_t)r->removed, "reset",
		(json_int_t)r->changed, "took_ms", (json_int_t)r->took_ms, "warnings",
		(json_int_t)r->warnings, "messages", render_lines(text)));
	free(text);
}
