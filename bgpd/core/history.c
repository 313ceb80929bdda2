/* See history.h. */
#include "bgpd/core/history.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bgpd/clock.h"
#include "bgpd/core/state.h"
#include "bgpd/ipc/bug.h"
#include "bgpd/utf8.h"

#define MINUTE_S    60
#define REFUSED_MAX (HISTORY_MAX / 2) /* refusals, where there is more to be kept */

struct history {
	unsigned count;
	struct history_entry entries[HISTORY_MAX]; /* the oldest first */
};

static void
drop_text(struct history_entry *e)
{
	free((void *)(uintptr_t)e->text); /* ours: history_add() has copied it */
}

void
history_free(struct history *h)
{
	for (unsigned i = 0; h != NULL && i < h->count; i++)
		drop_text(&h->entries[i]);
	free(h);
}

unsigned
history_count(const struct history *h)
{
	return h == NULL ? 0 : h->count;
}

const struct history_entry *
history_get(const struct history *h, unsigned i)
{
	return &h->entries[i];
}

static bool
is_alike(const struct history_entry *a, const struct history_entry *b)
{
	return a->end == b->end && a->code == b->code && a->subcode == b->subcode &&
	    a->inner_code == b->inner_code && a->inner_subcode == b->inner_subcode &&
	    strcmp(a->text, b->text) == 0;
}

/*
 * True if a handshake that was refused needs no entry: its like is counted once more, or too many
 * have begun one in this minute.
 */
static bool
is_counted(struct history *h, const struct history_entry *e, uint64_t now_s)
{
	unsigned recent = 0;

	for (unsigned i = h->count; i-- > 0;) {
		struct history_entry *old = &h->entries[i];

		if (old->what != HISTORY_REFUSED)
			break;
		recent += old->first_s + MINUTE_S > now_s;
		if (!is_alike(old, e))
			continue;
		old->count++;
		old->last_s = now_s;
		return true;
	}
	if (recent < HISTORY_NOTES_MAX)
		return false;
	h->entries[h->count - 1].others++;
	return true;
}

/* The oldest goes; for one refusal more than REFUSED_MAX the oldest of them. */
static void
make_room(struct history *h, const struct history_entry *e)
{
	unsigned refused = 0, gone = 0;

	if (h->count < HISTORY_MAX)
		return;
	for (unsigned i = 0; i < h->count; i++)
		refused += h->entries[i].what == HISTORY_REFUSED;
	if (e->what == HISTORY_REFUSED && refused >= REFUSED_MAX)
		while (h->entries[gone].what != HISTORY_REFUSED)
			gone++;
	drop_text(&h->entries[gone]);
	h->count--;
	memmove(
	    &h->entries[gone], &h->entries[gone + 1], (h->count - gone) * sizeof(h->entries[0]));
}

static const char *
copy_text(const char *text)
{
	char *copy = strdup(text);

	if (copy == NULL)
		bug("history", "no memory");
	return copy;
}

void
history_add(struct history **history, const struct history_entry *e, uint64_t now_s)
{
	struct history *h = *history;
	struct history_entry *new;

	if (h == NULL)
		h = *history = bug_calloc(1, sizeof(*h));
	if (e->what == HISTORY_REFUSED && is_counted(h, e, now_s))
		return;
	make_room(h, e);
	new = &h->entries[h->count++];
	*new = *e;
	new->first_s = new->last_s = now_s;
	new->count = 1;
	new->others = 0;
	new->text = copy_text(e->text);
}

/* ---- a slot's ---- */

static void
add(struct core *c, uint32_t slot, const struct history_entry *e)
{
	if ((c->config.slots[slot].flags & SLOT_UNUSED) == 0)
		history_add(&c->slots[slot].history, e, clock_wall_ms() / 1000);
}

void
history_up(struct core *c, uint32_t slot, const struct record_up *up)
{
	static const char *const families[] = {"no family", "IPv4", "IPv6", "IPv4 and IPv6"};
	char text[96];

	snprintf(text, sizeof(text), "%s, hold time %u s%s", families[up->families & 3],
	    (unsigned)up->hold_s, up->gr_restarted ? ", it has restarted" : "");
	add(c, slot, &(struct history_entry){.what = HISTORY_UP, .text = text});
}

void
history_down(struct core *c, uint32_t slot, const struct record_down *down, uint8_t kept)
{
	char text[RECORD_TEXT_MAX];

	memcpy(text, down->reason, sizeof(text));
	utf8_disarm(text, sizeof(text));
	add(c, slot,
	    &(struct history_entry){.what = HISTORY_DOWN,
		.end = down->end,
		.code = down->code,
		.subcode = down->subcode,
		.inner_code = down->inner_code,
		.inner_subcode = down->inner_subcode,
		.kept = kept,
		.text = text});
}

void
history_lost(struct core *c, uint32_t slot, uint8_t kept, const char *text)
{
	add(c, slot,
	    &(struct history_entry){
		.what = HISTORY_DOWN, .end = END_CONNECTION, .kept = kept, .text = text});
}

void
history_given_up(struct core *c, uint32_t slot, const char *why)
{
	char text[96];

	snprintf(text, sizeof(text), "its stale routes have gone: %s", why);
	add(c, slot, &(struct history_entry){.what = HISTORY_GIVEN_UP, .text = text});
}

void
history_note(struct core *c, uint32_t slot, const struct record_note *note)
{
	char text[RECORD_TEXT_MAX];

	memcpy(text, note->reason, sizeof(text));
	utf8_disarm(text, sizeof(text));
	add(c, slot,
	    &(struct history_entry){.what = HISTORY_REFUSED,
		.end = note->end,
		.code = note->code,
		.subcode = note->subcode,
		.inner_code = note->inner_code,
		.inner_subcode = note->inner_subcode,
		.text = text});
}

void
history_forget(struct core *c, uint32_t slot)
{
	history_free(c->slots[slot].history);
	c->slots[slot].history = NULL;
}
