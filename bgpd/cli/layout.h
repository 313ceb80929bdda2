/*
 * Answers as people read them: lists as tables (table.h), some single objects as pages (page.h),
 * others as "key  value" lines.
 *
 *   layout_begin(name) -> layout_add(object) ... -> layout_end()
 *
 * A table's columns are as wide as its first LOOK_AHEAD rows need, within limits; so a list of any
 * length streams.
 */
#ifndef BGPD_CLI_LAYOUT_H
#define BGPD_CLI_LAYOUT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

struct layout;

/*
 * name: of a table or a page, mostly that of the answer ("peers"); what has neither, or is asked
 * for in detail, is shown as keys and values.
 */
struct layout *layout_begin(const char *name, bool is_detailed, FILE *out);
/* Shows one object; takes a reference of its own if it keeps it. */
void layout_add(struct layout *, json_t *object);
/* Prints what is left, a line where there was nothing, and frees. */
void layout_end(struct layout *);

#endif
