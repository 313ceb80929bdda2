/*
 * The readers of data files, one per kind: octets in, records out. A reader returns 0, or -1 after
 * an error that says why the file cannot be used. Pure but for the report.
 */
#ifndef BGPD_FEED_READER_H
#define BGPD_FEED_READER_H

#include "bgpd/feed/build.h"
#include "bgpd/feed/feed.h"
#include "bgpd/feed/input.h"
#include "bgpd/feed/objects.h"

/* What one feed_load() gathers. */
struct reader {
	const struct feed_request *request;
	struct feed_report *report;
	struct build build;
	struct objects objects;
};

int irr_read(struct reader *, struct input *);
int rpsl_read(struct reader *, struct input *);
int rpki_read(struct reader *, struct input *);
int arin_read(struct reader *, struct input *);
int registrobr_read(struct reader *, struct input *);
int peeringdb_read(struct reader *, struct input *);
int rtt_read(struct reader *, struct input *);

/* The steps of feed_load(). The request and the report must live as long. */
void reader_init(struct reader *, const struct feed_request *, struct feed_report *);
void reader_fini(struct reader *);
/* Reads one file that lies in memory; changed_s is the time of its last change. */
void reader_take(
    struct reader *, const struct feed_file *, const char *octets, size_t len, uint64_t changed_s);
/* A sealed memfd; -1 where there were errors. */
int reader_end(struct reader *);

#endif
