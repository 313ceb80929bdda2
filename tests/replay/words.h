/*
 * Scenario files: lines of words, and a cursor that takes words off a line.
 *
 *   # a comment
 *   scenario "4271 6.5: the hold timer expires"
 *       peer A as 65001 passive            # everything up to the next scenario belongs to it
 *       A expects NOTIFICATION 6/2 "a text of several words"
 *
 * Errors stick: the first one is kept, all later takes give 0 or "". Who takes words asks once at
 * the end.
 */
#ifndef TESTS_REPLAY_WORDS_H
#define TESTS_REPLAY_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/replay/octets.h"

struct line {
	unsigned number;
	char *text; /* as it stands in the file */
	char **word;
	unsigned count;
};

struct scenario {
	const char *file;
	char *name;
	unsigned number; /* of its first line */
	struct line *lines;
	unsigned count;
};

struct scenarios {
	struct scenario *all;
	unsigned count;
};

/* Adds the scenarios of a file. NULL, or what is wrong with it, in static memory. */
const char *scenarios_read(struct scenarios *, const char *path);
void scenarios_free(struct scenarios *);

struct words {
	const struct line *line;
	unsigned at;
	unsigned end; /* words from here on are not seen */
	char fault[256];
};

struct words words_of(const struct line *);
bool words_left(const struct words *);
/* The next word, which stays; "" at the end. */
const char *words_peek(const struct words *);
const char *words_take(struct words *);
/* Takes the next word if it is this one. */
bool words_is(struct words *, const char *word);
/* The next word must be this one. */
void words_want(struct words *, const char *word);
/* Nothing may be left. */
void words_end(struct words *);
/* Notes the first fault. */
void words_fault(struct words *, const char *format, ...) __attribute__((format(printf, 2, 3)));

bool words_is_number(const struct words *);
uint32_t words_number(struct words *, uint32_t max);
/* "8 s", "100 ms", "2 min": milliseconds. */
uint64_t words_time_ms(struct words *);
/* An address; returns its octets, 4 or 16. */
size_t words_address(struct words *, uint8_t out[16]);
/* Host order. */
uint32_t words_address4(struct words *);
/* Hexadecimal words to the end of the line, or to one that is none; "marker" is 16 times ff. */
void words_hex(struct words *, struct octets *out);
/* "ipv4" 0, "ipv6" 1. */
unsigned words_family(struct words *);
/* "ipv4", "ipv6" or "ipv4,ipv6" as bits. */
uint8_t words_families(struct words *);

#endif
