/* The worker's account of its ingress ring: see quota.h. */
#include "bgpd/ipc/quota.h"

#include <stdlib.h>

#include "bgpd/ipc/bug.h"

#define ENTRIES_MIN 64u
#define NONE	    UINT32_MAX

struct entry {
	uint64_t end;
	uint32_t slot;
	uint32_t len;
};

struct slot {
	size_t used;
	uint32_t prev, next; /* in the list of those that wait */
	bool is_waiting;
};

struct quota {
	size_t ring_size;
	size_t total; /* sum of used */

	/* FIFO: entries[(first + i) % capacity], i < count; capacity is a power of two. */
	struct entry *entries;
	size_t capacity, first, count;

	unsigned slots;
	struct slot *slot;
	uint32_t first_waiting, last_waiting;
	unsigned waiting;
};

struct quota *
quota_new(size_t ring_size, unsigned slots)
{
	struct quota *q = bug_calloc(1, sizeof(*q));

	q->ring_size = ring_size;
	q->capacity = ENTRIES_MIN;
	q->entries = bug_calloc(q->capacity, sizeof(*q->entries));
	q->slots = slots;
	q->slot = bug_calloc(slots, sizeof(*q->slot));
	q->first_waiting = q->last_waiting = NONE;
	return q;
}

void
quota_free(struct quota *q)
{
	if (q == NULL)
		return;
	free(q->entries);
	free(q->slot);
	free(q);
}

static struct slot *
slot_at(const struct quota *q, uint32_t slot)
{
	if (slot >= q->slots)
		bug("quota", "no such slot");
	return &q->slot[slot];
}

bool
quota_may(const struct quota *q, uint32_t slot)
{
	return slot_at(q, slot)->used < q->ring_size / QUOTA_SHARE;
}

/* Doubles the FIFO; the ring's size bounds it: a record costs at least 16 octets. */
static void
grow(struct quota *q)
{
	struct entry *bigger = bug_calloc(q->capacity * 2, sizeof(*bigger));

	for (size_t i = 0; i < q->count; i++)
		bigger[i] = q->entries[(q->first + i) & (q->capacity - 1)];
	free(q->entries);
	q->entries = bigger;
	q->capacity *= 2;
	q->first = 0;
}

void
quota_add(struct quota *q, uint32_t slot, uint64_t end, size_t len)
{
	struct slot *s = slot_at(q, slot);

	if (q->count == q->capacity)
		grow(q);
	q->entries[(q->first + q->count) & (q->capacity - 1)] =
	    (struct entry){.end = end, .slot = slot, .len = (uint32_t)len};
	q->count++;
	s->used += len;
	q->total += len;
}

void
quota_wait(struct quota *q, uint32_t slot)
{
	struct slot *s = slot_at(q, slot);

	if (s->is_waiting)
		return;
	s->is_waiting = true;
	s->next = NONE;
	s->prev = q->last_waiting;
	if (s->prev == NONE)
		q->first_waiting = slot;
	else
		q->slot[s->prev].next = slot;
	q->last_waiting = slot;
	q->waiting++;
}

void
quota_forget(struct quota *q, uint32_t slot)
{
	struct slot *s = slot_at(q, slot);

	if (!s->is_waiting)
		return;
	s->is_waiting = false;
	if (s->prev == NONE)
		q->first_waiting = s->next;
	else
		q->slot[s->prev].next = s->next;
	if (s->next == NONE)
		q->last_waiting = s->prev;
	else
		q->slot[s->next].prev = s->prev;
	q->waiting--;
}

bool
quota_is_waiting(const struct quota *q, uint32_t slot)
{
	return slot_at(q, slot)->is_waiting;
}

unsigned
quota_waiting(const struct quota *q)
{
	return q->waiting;
}

static void
pop_below(struct quota *q, uint64_t tail)
{
	while (q->count > 0) {
		const struct entry *e = &q->entries[q->first];

		if (e->end > tail)
			return;
		q->slot[e->slot].used -= e->len;
		q->total -= e->len;
		q->first = (q->first + 1) & (q->capacity - 1);
		q->count--;
	}
}

void
quota_release(struct quota *q, uint64_t tail, quota_resume *resume, void *arg)
{
	/* Those who begin to wait again while they are resumed have their turn next time. */
	unsigned left = q->waiting;
	uint32_t next = q->first_waiting;

	pop_below(q, tail);
	while (left-- > 0 && next != NONE && q->total <= q->ring_size / 2) {
		uint32_t slot = next;

		/* resume() ended this one's session: the rest has its turn next time, too. */
		if (!q->slot[slot].is_waiting)
			return;
		next = q->slot[slot].next;
		if (q->slot[slot].used > q->ring_size / QUOTA_SHARE / 2)
			continue;
		quota_forget(q, slot);
		resume(slot, arg);
	}
}

size_t
quota_used(const struct quota *q, uint32_t slot)
{
	return slot_at(q, slot)->used;
}
