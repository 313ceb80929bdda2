/* What the parent remembers of each slot; see slots.h. */
#include "bgpd/parent/slots.h"

#include <stdlib.h>
#include <string.h>

#include "bgpd/ipc/bug.h"

struct slot {
	uint32_t worker;
	uint32_t open;
	uint32_t deaths;
	bool disabled;
	uint32_t spent; /* of the burst, at spent_ms */
	uint64_t spent_ms;
	uint64_t limited_until_ms; /* 0: it is not limited */
	char *limit_text;	   /* NULL = none */
	char *text;		   /* the operator's, NULL = none */
};

struct slots {
	size_t count;
	struct slot items[];
};

struct slots *
slots_new(size_t count, const uint32_t *workers)
{
	struct slots *s = bug_calloc(1, sizeof(*s) + count * sizeof(s->items[0]));
	size_t i;

	s->count = count;
	for (i = 0; i < count; i++)
		s->items[i].worker = workers[i];
	return s;
}

void
slots_free(struct slots *s)
{
	size_t i;

	if (s == NULL)
		return;
	for (i = 0; i < s->count; i++) {
		free(s->items[i].text);
		free(s->items[i].limit_text);
	}
	free(s);
}

size_t
slots_count(const struct slots *s)
{
	return s->count;
}

uint32_t
slots_worker(const struct slots *s, uint32_t slot)
{
	return s->items[slot].worker;
}

void
slots_reset(struct slots *s, uint32_t slot, uint32_t worker)
{
	free(s->items[slot].text);
	free(s->items[slot].limit_text);
	s->items[slot] = (struct slot){.worker = worker};
}

static void
set_text(char **place, const char *text)
{
	free(*place);
	*place = NULL;
	if (text == NULL || text[0] == '\0')
		return;
	*place = strdup(text);
	if (*place == NULL)
		bug("slots", "no memory");
}

void
slots_disable(struct slots *s, uint32_t slot, const char *text)
{
	s->items[slot].disabled = true;
	set_text(&s->items[slot].text, text);
}

void
slots_enable(struct slots *s, uint32_t slot)
{
	s->items[slot].disabled = false;
	s->items[slot].deaths = 0;
	set_text(&s->items[slot].text, NULL);
	slots_limit(s, slot, 0, NULL);
}

void
slots_limit(struct slots *s, uint32_t slot, uint64_t until_ms, const char *text)
{
	s->items[slot].limited_until_ms = until_ms;
	set_text(&s->items[slot].limit_text, text);
}

bool
slots_is_limited(const struct slots *s, uint32_t slot)
{
	return s->items[slot].limited_until_ms != 0;
}

uint64_t
slots_limit_until_ms(const struct slots *s, uint32_t slot)
{
	return s->items[slot].limited_until_ms;
}

const char *
slots_limit_text(const struct slots *s, uint32_t slot)
{
	return s->items[slot].limit_text == NULL ? "" : s->items[slot].limit_text;
}

long
slots_limit_over(struct slots *s, uint32_t from, uint64_t now_ms)
{
	for (size_t i = from; i < s->count; i++) {
		uint64_t until_ms = s->items[i].limited_until_ms;

		if (until_ms == 0 || until_ms > now_ms)
			continue;
		slots_limit(s, (uint32_t)i, 0, NULL);
		return (long)i;
	}
	return -1;
}

bool
slots_is_disabled(const struct slots *s, uint32_t slot)
{
	return s->items[slot].disabled;
}

bool
slots_is_held_down(const struct slots *s, uint32_t slot)
{
	return s->items[slot].deaths >= SLOTS_DEATHS_MAX;
}

const char *
slots_text(const struct slots *s, uint32_t slot)
{
	return s->items[slot].text == NULL ? "" : s->items[slot].text;
}

/* How much of the burst is still spent now. */
static uint32_t
spent_now(const struct slot *slot, uint64_t now_ms)
{
	uint64_t earned = (now_ms - slot->spent_ms) * SLOTS_PER_S / 1000;

	return earned >= slot->spent ? 0 : slot->spent - (uint32_t)earned;
}

const char *
slots_refusal(const struct slots *s, uint32_t slot, uint64_t now_ms)
{
	if (slots_is_disabled(s, slot))
		return "the peer is shut down by the operator";
	if (slots_is_limited(s, slot))
		return "the peer had too many prefixes";
	if (slots_is_held_down(s, slot))
		return "the peer is held down: its input killed its worker";
	if (s->items[slot].open >= SLOTS_CONNECTIONS_MAX)
		return "the peer has too many connections open";
	if (spent_now(&s->items[slot], now_ms) >= SLOTS_BURST_MAX)
		return "the peer connects too often";
	return NULL;
}

void
slots_opened(struct slots *s, uint32_t slot, uint64_t now_ms)
{
	struct slot *item = &s->items[slot];
	uint32_t spent = spent_now(item, now_ms);

	item->open++;
	/* What was earned in part stays earned: the clock moves on in whole units only. */
	if (spent == 0)
		item->spent_ms = now_ms;
	else
		item->spent_ms += (uint64_t)(item->spent - spent) * 1000 / SLOTS_PER_S;
	item->spent = spent + 1;
}

void
slots_closed(struct slots *s, uint32_t slot)
{
	if (s->items[slot].open > 0)
		s->items[slot].open--;
}

bool
slots_worker_died(struct slots *s, uint32_t worker, uint32_t suspect)
{
	size_t i;

	for (i = 0; i < s->count; i++)
		if (s->items[i].worker == worker)
			s->items[i].open = 0;
	/* A worker can accuse its own slots only. */
	if (suspect >= s->count || s->items[suspect].worker != worker)
		return false;
	s->items[suspect].deaths++;
	return s->items[suspect].deaths == SLOTS_DEATHS_MAX;
}
