/*
 * A growing array of records of one size, for readers of data. Without memory it aborts.
 */
#ifndef BGPD_FEED_ARRAY_H
#define BGPD_FEED_ARRAY_H

#include <stddef.h>

struct array {
	void *records;
	size_t count;
	size_t room;
	size_t size; /* octets of a record */
};

void array_init(struct array *, size_t size);
void array_fini(struct array *);

/* Appends copies of count records, which may be 0. */
void array_add(struct array *, const void *records, size_t count);

/* i < count */
void *array_at(const struct array *, size_t i);

/* Forgets the records from count on. */
void array_cut(struct array *, size_t count);

/* Sorts, and drops all but one of those that compare equal. */
void array_sort_unique(struct array *, int (*compare)(const void *, const void *));
void array_sort(struct array *, int (*compare)(const void *, const void *));
/* Of sorted records that compare equal the first stays; returns how many went. */
size_t array_unique(struct array *, int (*compare)(const void *, const void *));

/* A sorted record that is equal to the key, or NULL. */
void *array_find(const struct array *, const void *key, int (*compare)(const void *, const void *));

#endif
