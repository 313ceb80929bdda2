/*
 * Timers of a worker: thousands of peers with a handful each, most of them pushed back long before
 * they expire (every message restarts a hold timer). Runs in a session worker; time is a parameter.
 *
 *   buckets of 16 ms:   [ ]-[t t]-[ ]-[t]-[ ] ... 4096 of them, a revolution is 65 s
 *                            ^ due / 16 % 4096
 *
 * Lazy: to push a timer back is one store. It stays in the bucket where it hangs, and when the hand
 * comes by it is hung up again where it is due. Only a timer that becomes due earlier than it
 * hangs is moved at once. Timers due in more than a revolution hang in the last bucket and are
 * moved on from there.
 *
 * Invariant: a running timer hangs in a bucket whose time is not after its due time; a timer never
 * fires early, and at most one bucket late if timers_run() is called at timers_next_ms().
 */
#ifndef BGPD_SESSION_TIMER_H
#define BGPD_SESSION_TIMER_H

#include <stdbool.h>
#include <stdint.h>

#define TIMER_BUCKET_MS 16
#define TIMER_BUCKETS	4096

/* Called with the timer stopped; it may set, stop or free any timer. */
typedef void timer_fire(void *arg, unsigned kind, uint64_t now_ms);

/* Embedded in its owner; all fields are timer.c's. */
struct timer {
	struct timer *next; /* NULL: hangs nowhere */
	struct timer *prev;
	uint64_t due_ms;   /* 0: not running */
	uint64_t hangs_ms; /* time of its bucket */
	timer_fire *fire;
	void *arg;
	unsigned kind;
};

struct timers;

struct timers *timers_new(uint64_t now_ms);
/* All timers must have been stopped. */
void timers_free(struct timers *);

void timer_init(struct timer *, timer_fire *, void *arg, unsigned kind);
/* Starts it or changes when it is due. A time in the past fires at the next run. */
void timer_set(struct timers *, struct timer *, uint64_t due_ms);
/* After this the memory may go. */
void timer_stop(struct timer *);
static inline bool
timer_is_running(const struct timer *t)
{
	return t->due_ms != 0;
}
/* What is left, in seconds rounded up; 0 if it does not run. */
uint32_t timer_left_s(const struct timer *, uint64_t now_ms);

/* Fires what is due. */
void timers_run(struct timers *, uint64_t now_ms);
/* When to call timers_run() next; UINT64_MAX if nothing runs. */
uint64_t timers_next_ms(const struct timers *);

#endif
