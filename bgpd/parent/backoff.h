/*
 * How long a dead child waits for its successor. Pure; the parent, one per child.
 *
 *   death     1st  2nd  3rd  4th  5th  6th  7th ...
 *   wait, s    0    1    2    4    8   16   30 ...
 *
 * A child that lived for BACKOFF_STABLE_MS begins again at 0.
 */
#ifndef BGPD_PARENT_BACKOFF_H
#define BGPD_PARENT_BACKOFF_H

#include <stdint.h>

#define BACKOFF_STABLE_MS 60000u
#define BACKOFF_MAX_MS	  30000u

struct backoff {
	uint64_t started_ms;
	unsigned deaths; /* in a row */
};

/* The child starts now. */
void backoff_started(struct backoff *, uint64_t now_ms);

/* The child died now: how many milliseconds its successor is to wait. */
unsigned backoff_died(struct backoff *, uint64_t now_ms);

#endif
