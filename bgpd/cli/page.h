/*
 * Answers that are neither a plain table nor plain keys and values: what a command has to say of
 * one thing, on one screen.
 */
#ifndef BGPD_CLI_PAGE_H
#define BGPD_CLI_PAGE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

struct page {
	const char *name;
	bool collects; /* wants all objects at once, as an array */
	void (*put)(const json_t *, FILE *out);
};

/* The page of a name, or NULL. */
const struct page *page_find(const char *name);

/*
 * Writes a template: "{prefix} from {peer}" with the values at these paths of the object, harmless
 * to a terminal.
 */
void page_say(FILE *out, const json_t *object, const char *template);

#endif
