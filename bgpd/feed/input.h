/*
 * A data file that is being read: its octets, what was found in it so far, and complaints with
 * their places. Of each kind of complaint the first few are told one by one, the rest as a sum.
 */
#ifndef BGPD_FEED_INPUT_H
#define BGPD_FEED_INPUT_H

#include <stddef.h>
#include <stdint.h>

#include "bgpd/feed/feed.h"
#include "bgpd/feed/jstream.h"

#define INPUT_TOLD_MAX 3

enum complaint {
	COMPLAINT_RECORD, /* a record is wrong and left out */
	COMPLAINT_MEMBER, /* a member of an AS-SET is */
	COMPLAINT_EMPTY,  /* an object authorises nothing */
	COMPLAINT_LINE,	  /* a line is */
	COMPLAINT_KINDS
};

struct input {
	const char *octets;
	size_t len;
	struct feed_source *source; /* kind, path and time are filled in */
	struct conf_report *notes;
	size_t complaints[COMPLAINT_KINDS];
	const char *line_at; /* where line begins */
	unsigned line;
};

void input_init(
    struct input *, const char *octets, size_t len, struct feed_source *, struct conf_report *);

/* Counts one and says so, with the place: at points into the octets, or is NULL. */
void input_complain(struct input *, enum complaint, const char *at, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Something about the file as a whole. */
void input_warn(struct input *, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The file cannot be used: an error. Always returns -1. */
int input_fail(struct input *, const char *at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The end of a file of JSON: 0, or -1 with an error for what is none. */
int input_end_json(struct input *, struct jstream *);

/* Sums up what was not told. */
void input_end(struct input *);

/* From 1: the line and column of a place. */
void input_where(struct input *, const char *at, unsigned *line, unsigned *col);

#endif
