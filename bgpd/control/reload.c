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

#define TEXT_MAX (QUERY_ERROR_MAX - 128)

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

/* The report's text as far as it fits, terminated. */
static void
read_text(int fd, char text[TEXT_MAX])
{
	ssize_t len = pread(fd, text, TEXT_MAX - 1, 0);

	text[len < 0 ? 0 : len] = '\0';
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

void
reload_answer(struct query *q, const struct channel_reloaded *r, int text_fd)
{
	char text[TEXT_MAX];

	q->ticket = 0;
	read_text(text_fd, text);
	if (r->refused) {
		query_fail(q, "the configuration was refused, nothing has changed:\n%s", text);
		return;
	}
	query_answer(q,
	    json_pack("{s:I,s:{s:I,s:I,s:I},s:I,s:I,s:o}", "generation", (json_int_t)r->generation,
		"peers", "added", (json_int_t)r->added, "removed", (json_int_t)r->removed, "reset",
		(json_int_t)r->changed, "took_ms", (json_int_t)r->took_ms, "warnings",
		(json_int_t)r->warnings, "messages", render_lines(text)));
}
