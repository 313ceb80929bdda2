/*
 * Answers as people read them: lists as tables, single objects as "key  value" lines.
 *
 *   layout_begin(answer) -> layout_add(object) ... -> layout_end()
 *
 * A table's columns are as wide as its first LOOK_AHEAD rows need, but not wider than WIDTH_MAX; so
 * a list of any length streams, and one long path does not push the rest off the screen. What came
 * from members is shown without the octets that a terminal obeys.
 */
#ifndef BGPD_CLI_LAYOUT_H
#define BGPD_CLI_LAYOUT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

struct layout;

/*
 * answer: the name that the server gave ("peers"); one that has no table, or is asked for in
 * detail, is shown as keys and values.
 */
struct layout *layout_begin(const char *answer, bool is_detailed, FILE *out);
/* Shows one object; takes a reference of its own if it keeps it. */
void layout_add(struct layout *, json_t *object);
/* Prints what is left, a line where there was nothing, and frees. */
void layout_end(struct layout *);

#endif
