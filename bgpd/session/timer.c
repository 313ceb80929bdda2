/*
 * The timer wheel, see timer.h. A bucket is a ring of timers around a sentinel; a bitmap tells
 * which buckets are not empty, so that the next time to wake is found by words.
 */
#include "bgpd/session/timer.h"

#include <stddef.h>
#include <stdlib.h>

#include "bgpd/ipc/bug.h"

struct timers {
	uint64_t hand; /* number of the next bucket to look at, since the beginning of time */
	struct timer bucket[TIMER_BUCKETS]; /* sentinels */
	uint64_t used[TIMER_BUCKETS / 64];  /* may be set for an empty bucket, never unset */
};

struct timers *
timers_new(uint64_t now_ms)
{
	struct timers *w = bug_calloc(1, sizeof(*w));

	w->hand = now_ms / TIMER_BUCKET_MS;
	for (unsigned i = 0; i < TIMER_BUCKETS; i++)
		w->bucket[i].next = w->bucket[i].prev = &w->bucket[i];
	return w;
}

void
timers_free(struct timers *w)
{
	free(w);
}

void
timer_init(struct timer *t, timer_fire *fire, void *arg, unsigned kind)
{
	*t = (struct timer){.fire = fire, .arg = arg, .kind = kind};
}

static void
unhang(struct timer *t)
{
	if (t->next == NULL)
		return;
	t->next->prev = t->prev;
	t->prev->next = t->next;
	t->next = t->prev = NULL;
}

/* Hangs it where it is due, or as far ahead as the wheel reaches. */
static void
hang(struct timers *w, struct timer *t)
{
	uint64_t number = (t->due_ms + TIMER_BUCKET_MS - 1) / TIMER_BUCKET_MS;
	struct timer *head;

	if (number < w->hand)
		number = w->hand;
	if (number - w->hand >= TIMER_BUCKETS)
		number = w->hand + TIMER_BUCKETS - 1;
	head = &w->bucket[number % TIMER_BUCKETS];
	t->hangs_ms = number * TIMER_BUCKET_MS;
	t->next = head;
	t->prev = head->prev;
	head->prev->next = t;
	head->prev = t;
	w->used[number % TIMER_BUCKETS / 64] |= (uint64_t)1 << (number % 64);
}

void
timer_set(struct timers *w, struct timer *t, uint64_t due_ms)
{
	t->due_ms = due_ms == 0 ? 1 : due_ms;
	if (t->next != NULL && t->hangs_ms <= t->due_ms)
		return;
	unhang(t);
	hang(w, t);
}

void
timer_stop(struct timer *t)
{
	unhang(t);
	t->due_ms = 0;
}

uint32_t
timer_left_s(const struct timer *t, uint64_t now_ms)
{
	if (t->due_ms <= now_ms)
		return t->due_ms == 0 ? 0 : 1;
	return (uint32_t)((t->due_ms - now_ms + 999) / 1000);
}

/*
 * Empties one bucket. Its timers are first moved to a list of their own: what fires may hang timers
 * into this bucket again.
 */
static void
run_bucket(struct timers *w, struct timer *head, uint64_t now_ms)
{
	struct timer due;

	if (head->next == head)
		return;
	due.next = head->next;
	due.prev = head->prev;
	due.next->prev = &due;
	due.prev->next = &due;
	head->next = head->prev = head;
	while (due.next != &due) {
		struct timer *t = due.next;

		unhang(t);
		if (t->due_ms > now_ms) {
			hang(w, t);
			continue;
		}
		t->due_ms = 0;
		t->fire(t->arg, t->kind, now_ms);
	}
}

void
timers_run(struct timers *w, uint64_t now_ms)
{
	uint64_t until = now_ms / TIMER_BUCKET_MS;

	/* After a sleep of more than a revolution once around is enough. */
	if (until >= w->hand + TIMER_BUCKETS)
		w->hand = until - TIMER_BUCKETS + 1;
	while (w->hand <= until) {
		unsigned i = (unsigned)(w->hand % TIMER_BUCKETS);

		w->hand++;
		if ((w->used[i / 64] >> (i % 64) & 1) == 0)
			continue;
		w->used[i / 64] &= ~((uint64_t)1 << (i % 64));
		run_bucket(w, &w->bucket[i], now_ms);
	}
}

uint64_t
timers_next_ms(const struct timers *w)
{
	for (uint64_t n = w->hand; n < w->hand + TIMER_BUCKETS;) {
		unsigned i = (unsigned)(n % TIMER_BUCKETS);
		uint64_t word = w->used[i / 64] >> (i % 64);

		if (word == 0) {
			n += 64 - i % 64;
			continue;
		}
		n += (unsigned)__builtin_ctzll(word);
		return n * TIMER_BUCKET_MS;
	}
	return UINT64_MAX;
}
