/*
 * See report.h.
 */
#include "bgpd/session/report.h"

#include <string.h>

void *
report_reserve(struct report_ring *r, enum ring_use use, uint16_t type, uint32_t slot,
    uint32_t epoch, uint32_t len)
{
	struct record_head *head = ring_reserve(r->ring, len, use);

	if (head == NULL)
		return NULL;
	memset(head, 0, len);
	head->type = type;
	head->slot = (uint16_t)slot;
	head->epoch = epoch;
	head->len = len;
	return head;
}

void
report_commit(struct report_ring *r, const void *record)
{
	const struct record_head *head = record;
	uint32_t slot = head->slot;
	size_t cost = ring_cost(head->len);

	if (ring_commit(r->ring))
		r->wake = true;
	quota_add(r->quota, slot, ring_committed(r->ring), cost);
}

static bool
put_down(struct report *p, struct report_ring *r)
{
	struct record_down *d = ring_reserve(r->ring, sizeof(*d), RING_CONTROL);

	if (d == NULL)
		return false;
	*d = p->record_down;
	d->head.type = RECORD_DOWN;
	d->head.len = (uint32_t)sizeof(*d);
	report_commit(r, d);
	return true;
}

static bool
put_up(struct report *p, struct report_ring *r)
{
	struct record_up *u = ring_reserve(r->ring, sizeof(*u), RING_CONTROL);

	if (u == NULL)
		return false;
	*u = p->record_up;
	u->head.type = RECORD_UP;
	u->head.len = (uint32_t)sizeof(*u);
	report_commit(r, u);
	return true;
}

static bool
put_refresh(struct report *p, struct report_ring *r, uint32_t slot, uint32_t epoch)
{
	for (unsigned f = 0; f < FAMILY_COUNT; f++) {
		struct record_refresh *q;

		if ((p->refresh >> f & 1) == 0)
			continue;
		/* The member's to ask for, as often as it likes: that room is not reserved. */
		if (!quota_may(r->quota, slot))
			return false;
		q = report_reserve(r, RING_DATA, RECORD_REFRESH, slot, epoch, (uint32_t)sizeof(*q));
		if (q == NULL)
			return false;
		q->family = (uint8_t)f;
		report_commit(r, q);
		p->refresh &= (uint8_t) ~(1u << f);
	}
	return true;
}

static bool
put_cut(struct report *p, struct report_ring *r, uint32_t slot, uint32_t epoch)
{
	struct record_cut *c =
	    report_reserve(r, RING_CONTROL, RECORD_CUT, slot, epoch, (uint32_t)sizeof(*c));

	if (c == NULL)
		return false;
	c->position = p->cut_position;
	report_commit(r, c);
	return true;
}

static bool
put_drained(struct report_ring *r, uint32_t slot, uint32_t epoch)
{
	struct record_head *h =
	    report_reserve(r, RING_CONTROL, RECORD_DRAINED, slot, epoch, (uint32_t)sizeof(*h));

	if (h == NULL)
		return false;
	report_commit(r, h);
	return true;
}

bool
report_flush(struct report *p, struct report_ring *r, uint32_t slot, uint32_t epoch)
{
	if (!report_is_waiting(p))
		return true;
	if (r->ring == NULL || (p->down && !put_down(p, r)))
		return false;
	p->down = false;
	if (p->up && !put_up(p, r))
		return false;
	p->up = false;
	if (p->cut && !put_cut(p, r, slot, epoch))
		return false;
	p->cut = false;
	if (p->drained && !put_drained(r, slot, epoch))
		return false;
	p->drained = false;
	return put_refresh(p, r, slot, epoch);
}

bool
report_is_waiting(const struct report *p)
{
	return p->down || p->up || p->cut || p->drained || p->refresh != 0;
}

void
report_up(struct report *p, struct report_ring *r, const struct record_up *up)
{
	p->record_up = *up;
	p->up = true;
	report_flush(p, r, up->head.slot, up->head.epoch);
}

/* The families that stay stale over another session, too, of which rib has not heard. */
static uint8_t
kept_over(const struct report *p, const struct record_down *down)
{
	uint8_t stay = down->kept_older != 0 ? down->kept & p->record_up.gr_forwarding : 0;

	return p->record_down.kept & stay;
}

void
report_down(struct report *p, struct report_ring *r, const struct record_down *down)
{
	bool known = !p->up;

	p->up = p->cut = p->drained = false;
	p->refresh = 0;
	if (!known) {
		p->record_down.kept = kept_over(p, down);
		return;
	}
	p->down = true;
	p->record_down = *down;
	report_flush(p, r, down->head.slot, down->head.epoch);
}

bool
report_note(const struct report *p, struct report_ring *r, const struct record_note *note)
{
	struct record_note *n;

	if (r->ring == NULL || report_is_waiting(p) || !quota_may(r->quota, note->head.slot))
		return false;
	n = ring_reserve(r->ring, sizeof(*n), RING_DATA);
	if (n == NULL)
		return false;
	*n = *note;
	n->head.type = RECORD_NOTE;
	n->head.len = (uint32_t)sizeof(*n);
	report_commit(r, n);
	return true;
}

void
report_refresh(
    struct report *p, struct report_ring *r, uint32_t slot, uint32_t epoch, uint8_t family)
{
	p->refresh |= (uint8_t)(1u << family);
	report_flush(p, r, slot, epoch);
}

void
report_cut(
    struct report *p, struct report_ring *r, uint32_t slot, uint32_t epoch, uint64_t position)
{
	p->cut = true;
	p->cut_position = position;
	report_flush(p, r, slot, epoch);
}

void
report_drained(struct report *p, struct report_ring *r, uint32_t slot, uint32_t epoch)
{
	p->drained = true;
	report_flush(p, r, slot, epoch);
}
