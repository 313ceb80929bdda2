/*
 * See egress.h. Three places hold a slot: the bit set of the pack, the list of those BEHIND, and
 * the list of those that have to send ("touched"); place() keeps the first two in step with the
 * sender's mode.
 */
#include "bgpd/session/egress.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bgpd/ipc/bug.h"

#define WORD_BITS 64
/* What is scanned before those that have something collected send, and this counts as one send. */
#define SCAN_HEADERS 256
#define SCAN_BYTES   (128 * 1024)
#define SEND_BYTES   (16 * 1024)
#define NOWHERE	     UINT32_MAX

struct seat {
	struct sender *sender; /* NULL: no session */
	uint32_t epoch;
	uint32_t behind_at; /* index in behind[], or NOWHERE */
	bool touched;
	bool waits; /* for its socket to be writable */
	bool cursor_shown;
};

struct egress {
	struct egress_ops ops;
	void *ctx;
	struct log *log;
	struct session_table *table;
	uint64_t scan; /* the next header to look at */
	unsigned slots;
	unsigned words;
	struct seat *seats;
	uint64_t *pack;
	uint32_t *behind;
	unsigned behind_count;
	uint32_t *touched;
	unsigned touched_count;
	unsigned pack_count;
};

struct egress *
egress_new(const struct egress_ops *ops, void *ctx)
{
	struct egress *e = bug_calloc(1, sizeof(*e));

	e->ops = *ops;
	e->ctx = ctx;
	return e;
}

void
egress_free(struct egress *e)
{
	if (e == NULL)
		return;
	free(e->seats);
	free(e->pack);
	free(e->behind);
	free(e->touched);
	free(e);
}

void
egress_set_slots(struct egress *e, unsigned slots)
{
	unsigned words = (slots + WORD_BITS - 1) / WORD_BITS;

	if (slots <= e->slots)
		return;
	e->seats = bug_reallocarray(e->seats, slots, sizeof(*e->seats));
	e->behind = bug_reallocarray(e->behind, slots, sizeof(*e->behind));
	e->touched = bug_reallocarray(e->touched, slots, sizeof(*e->touched));
	e->pack = bug_reallocarray(e->pack, words, sizeof(*e->pack));
	for (unsigned s = e->slots; s < slots; s++)
		e->seats[s] = (struct seat){.behind_at = NOWHERE};
	memset(e->pack + e->words, 0, (words - e->words) * sizeof(*e->pack));
	e->slots = slots;
	e->words = words;
}

void
egress_set_log(struct egress *e, struct log *log)
{
	assert(e->pack_count == 0 && e->behind_count == 0);
	e->log = log;
	e->scan = log == NULL ? 0 : log_head_acquire(log);
}

/* ---- who stands where ---- */

static bool
is_in_pack(const struct egress *e, uint32_t slot)
{
	return (e->pack[slot / WORD_BITS] >> (slot % WORD_BITS) & 1) != 0;
}

static void
set_pack(struct egress *e, uint32_t slot, bool in)
{
	if (is_in_pack(e, slot) == in)
		return;
	e->pack[slot / WORD_BITS] ^= (uint64_t)1 << (slot % WORD_BITS);
	if (in)
		e->pack_count++;
	else
		e->pack_count--;
}

static void
set_behind(struct egress *e, uint32_t slot, bool in)
{
	struct seat *seat = &e->seats[slot];
	uint32_t last;

	if ((seat->behind_at != NOWHERE) == in)
		return;
	if (in) {
		seat->behind_at = e->behind_count;
		e->behind[e->behind_count++] = slot;
		return;
	}
	if (e->table != NULL && seat->cursor_shown)
		session_table_set_cursor(e->table, slot, e->scan, false);
	seat->cursor_shown = false;
	last = e->behind[--e->behind_count];
	e->behind[seat->behind_at] = last;
	e->seats[last].behind_at = seat->behind_at;
	seat->behind_at = NOWHERE;
}

/* Puts the slot where its sender's mode says. */
static void
place(struct egress *e, uint32_t slot)
{
	const struct sender *s = e->seats[slot].sender;

	set_pack(e, slot, s != NULL && s->mode == SENDER_PACK);
	set_behind(e, slot, s != NULL && s->mode == SENDER_BEHIND);
}

static void
wait_writable(struct egress *e, uint32_t slot, bool wait)
{
	if (e->seats[slot].waits == wait)
		return;
	e->seats[slot].waits = wait;
	e->ops.wait_writable(e->ctx, slot, wait);
}

void
egress_attach(struct egress *e, uint32_t slot, uint32_t epoch, struct sender *s)
{
	struct seat *seat = &e->seats[slot];

	assert(slot < e->slots && seat->sender == NULL);
	seat->sender = s;
	seat->epoch = epoch;
	seat->waits = sender_has_own(s);
	place(e, slot);
}

void
egress_detach(struct egress *e, uint32_t slot)
{
	struct seat *seat;

	if (slot >= e->slots || e->seats[slot].sender == NULL)
		return;
	seat = &e->seats[slot];
	seat->sender->runs_count = 0;
	seat->sender->runs_len = 0;
	seat->sender->mode = SENDER_OFF;
	seat->sender = NULL;
	place(e, slot);
}

bool
egress_is_attached(const struct egress *e, uint32_t slot)
{
	return slot < e->slots && e->seats[slot].sender != NULL;
}

/* ---- sending ---- */

/* Sends what the slot has, and puts it where it belongs then. */
static void
flush(struct egress *e, uint32_t slot)
{
	struct seat *seat = &e->seats[slot];
	struct sender *s = seat->sender;
	enum sender_result result = sender_flush(s, e->log, e->scan, EGRESS_BUDGET_BYTES);

	if (result == SENDER_FAILED) {
		place(e, slot);
		e->ops.failed(e->ctx, slot, errno);
		return;
	}
	if (result == SENDER_DONE && s->mode == SENDER_BEHIND)
		s->mode = SENDER_PACK;
	place(e, slot);
	/* More to send and room in the socket: the event loop comes back at once. */
	wait_writable(e, slot, result != SENDER_DONE || s->mode == SENDER_CUT);
}

void
egress_send(struct egress *e, uint32_t slot)
{
	if (!egress_is_attached(e, slot))
		return;
	if (e->seats[slot].waits && e->seats[slot].sender->mode != SENDER_CUT)
		return; /* goes out in its turn */
	flush(e, slot);
}

void
egress_writable(struct egress *e, uint32_t slot)
{
	struct seat *seat;

	if (!egress_is_attached(e, slot))
		return;
	seat = &e->seats[slot];
	flush(e, slot);
	if (seat->sender == NULL || seat->sender->mode != SENDER_CUT ||
	    sender_has_own(seat->sender))
		return;
	seat->sender->mode = SENDER_OFF;
	wait_writable(e, slot, false);
	e->ops.drained(e->ctx, slot);
}

/* ---- orders ---- */

static void
start(struct egress *e, uint32_t slot, uint64_t next)
{
	struct sender *s = e->seats[slot].sender;

	if (s->mode == SENDER_PACK || s->mode == SENDER_BEHIND)
		return;
	s->header = next;
	s->offset = 0;
	s->mode = sender_has_own(s) ? SENDER_BEHIND : SENDER_PACK;
	place(e, slot);
}

static void
cut(struct egress *e, uint32_t slot)
{
	struct sender *s = e->seats[slot].sender;
	uint64_t position;

	if (s->mode == SENDER_PACK && s->runs_count > 0)
		flush(e, slot);
	if (e->seats[slot].sender == NULL || (s->mode != SENDER_PACK && s->mode != SENDER_BEHIND))
		return;
	position = sender_cut(s, e->log, e->scan);
	place(e, slot);
	e->ops.cut(e->ctx, slot, position);
	if (e->seats[slot].sender != NULL)
		wait_writable(e, slot, true);
}

/* An order for one slot. next: the position behind its header. */
static void
obey(struct egress *e, const struct log_header *h, uint32_t slot, uint64_t next)
{
	struct seat *seat = &e->seats[slot];

	if (slot >= e->slots || seat->sender == NULL || (h->epoch != 0 && h->epoch != seat->epoch))
		return;
	switch (h->kind) {
	case LOG_START:
		start(e, slot, next);
		break;
	case LOG_CUT:
		cut(e, slot);
		break;
	case LOG_CEASE:
		if (seat->sender->runs_count > 0)
			flush(e, slot);
		if (seat->sender != NULL)
			e->ops.cease(
			    e->ctx, slot, (uint8_t)(h->arg >> 8), (uint8_t)h->arg, log_text(h));
		break;
	case LOG_ASK_REFRESH:
		e->ops.ask_refresh(e->ctx, slot, h->family);
		break;
	default:
		break;
	}
}

static void
obey_set(struct egress *e, const struct log_header *h, uint64_t next)
{
	unsigned words = h->nwords < e->words ? h->nwords : e->words;

	if (h->nwords == 0) {
		obey(e, h, h->slot, next);
		return;
	}
	for (unsigned w = 0; w < words; w++)
		for (uint64_t bits = h->words[w]; bits != 0; bits &= bits - 1)
			obey(e, h, w * WORD_BITS + (unsigned)__builtin_ctzll(bits), next);
}

/* ---- the scan ---- */

static void
give(struct egress *e, const struct log_header *h, uint32_t slot)
{
	struct seat *seat = &e->seats[slot];

	if (!sender_push(seat->sender, e->log, h, e->scan)) {
		flush(e, slot);
		if (!is_in_pack(e, slot))
			return; /* its own cursor is before this header */
		sender_push(seat->sender, e->log, h, e->scan);
	}
	if (!seat->touched) {
		seat->touched = true;
		e->touched[e->touched_count++] = slot;
	}
}

static void
share(struct egress *e, const struct log_header *h)
{
	unsigned words = h->nwords < e->words ? h->nwords : e->words;

	if (h->nwords == 0) {
		if (h->slot < e->slots && is_in_pack(e, h->slot))
			give(e, h, h->slot);
		return;
	}
	for (unsigned w = 0; w < words; w++)
		for (uint64_t bits = h->words[w] & e->pack[w]; bits != 0; bits &= bits - 1)
			give(e, h, w * WORD_BITS + (unsigned)__builtin_ctzll(bits));
}

/* Looks at some headers; false if there was none. */
static bool
scan_some(struct egress *e)
{
	const struct log_header *h;
	unsigned n = 0;
	size_t bytes = 0;

	if (e->log == NULL)
		return false;
	log_head_acquire(e->log);
	while (n < SCAN_HEADERS && bytes < SCAN_BYTES &&
	    (h = log_header_at(e->log, &e->scan)) != NULL) {
		uint64_t next = log_next(h, e->scan);

		if (h->kind == LOG_ROUTES)
			share(e, h);
		else
			obey_set(e, h, next);
		e->scan = next;
		bytes += h->len;
		n++;
	}
	return n > 0;
}

/* Lets the next of those that have something collected send; returns what it was worth. */
static unsigned
send_one(struct egress *e)
{
	uint32_t slot = e->touched[--e->touched_count];
	struct seat *seat = &e->seats[slot];
	size_t bytes;

	seat->touched = false;
	if (seat->sender == NULL || seat->sender->runs_count == 0)
		return 0;
	bytes = seat->sender->runs_len;
	flush(e, slot);
	return 1 + (unsigned)(bytes / SEND_BYTES);
}

bool
egress_turn(struct egress *e, unsigned max_sends)
{
	for (unsigned sends = 0; sends < max_sends;) {
		if (e->touched_count > 0)
			sends += send_one(e);
		else if (scan_some(e))
			sends++;
		else
			return false;
	}
	return true;
}

bool
egress_has_more(struct egress *e)
{
	if (e->log == NULL)
		return false;
	log_head_acquire(e->log);
	return e->touched_count > 0 || log_header_at(e->log, &e->scan) != NULL;
}

/* ---- what is told to rib ---- */

uint64_t
egress_released(const struct egress *e)
{
	uint64_t lowest = e->scan;

	for (unsigned i = 0; i < e->touched_count; i++) {
		const struct sender *s = e->seats[e->touched[i]].sender;

		if (s != NULL && s->runs_count > 0 && s->header < lowest)
			lowest = s->header;
	}
	for (unsigned i = 0; i < e->behind_count; i++) {
		const struct sender *s = e->seats[e->behind[i]].sender;

		if (s->header < lowest)
			lowest = s->header;
	}
	return lowest;
}

void
egress_set_table(struct egress *e, struct session_table *table)
{
	e->table = table;
}

void
egress_tell(struct egress *e)
{
	if (e->table == NULL || e->log == NULL)
		return;
	session_table_set_released(e->table, egress_released(e));
	for (unsigned i = 0; i < e->behind_count; i++) {
		uint32_t slot = e->behind[i];

		session_table_set_cursor(e->table, slot, e->seats[slot].sender->header, true);
		e->seats[slot].cursor_shown = true;
	}
}

unsigned
egress_pack(const struct egress *e)
{
	return e->pack_count;
}

unsigned
egress_behind(const struct egress *e)
{
	return e->behind_count;
}
