/*
 * Answers as people read them: lists as tables, single objects as "key  value" lines.
 *
 *   layout_begin(answer) -> layout_add(object) ... -> layout_end()
 *
 * A table's columns are as wide as its first LOOK_AHEAD rows need; so a list of any length streams.
 */
#ifndef BGPD_CLI_LAYOUT_H
#define BGPD_CLI_LAYOUT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

struct layout;

/* answer: the name that the server gave ("peers"); an unknown one is shown as key and value. */
struct layout *layout_begin(const char *answer, FILE *out);
/* Shows one object; takes a reference of its own if it keeps it. */
void layout_add(struct layout *, json_t *object);
/* Prints what is left, a line where there was nothing, and frees. */
void layout_end(struct layout *);

#endif
