/*
 * What members do: a row per verb, see steps.h.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tests/replay/clock.h"
#include "tests/replay/steps.h"

static struct connection *
need_connection(struct words *s, struct actor *a)
{
	if (a->connection == NULL)
		words_fault(s, "%s has no connection", a->name);
	return a->connection;
}

/* ---- connections ---- */

static struct connection *
open_connection(struct world *w, struct words *s, struct actor *a, bool incoming)
{
	const char *name = words_is(s, "as") ? words_take(s) : a->name;

	if (s->fault[0] != '\0')
		return NULL;
	a->connection = connection_open(w, a->player, name, incoming);
	return a->connection;
}

static void
connects(struct world *w, struct words *s, struct actor *a)
{
	open_connection(w, s, a, true);
	words_end(s);
}

static void
accepts(struct world *w, struct words *s, struct actor *a)
{
	open_connection(w, s, a, false);
	words_end(s);
}

static void
refuses(struct world *w, struct words *s, struct actor *a)
{
	struct channel_connect_failed failed = {.slot = a->player->slot, .error = ECONNREFUSED};

	words_end(s);
	world_note(w, "%s refuses", a->name);
	world_order(w, CHANNEL_CONNECT_FAILED, &failed);
	world_settle(w);
}

static void
closes(struct world *w, struct words *s, struct actor *a)
{
	struct connection *c = need_connection(s, a);

	words_end(s);
	if (c == NULL)
		return;
	if (c->queue_count > 0)
		words_fault(s, "%s closes, but has not expected: %s", a->name,
		    c->queue[0].text == NULL ? "closed" : c->queue[0].text);
	world_note(w, "%s closes", a->name);
	connection_close(c);
	world_settle(w);
}

/* ---- sending ---- */

static void
say(struct world *w, struct words *s, struct actor *a)
{
	struct connection *c = need_connection(s, a);
	struct octets o = {0};

	if (c == NULL)
		return;
	speech_say(s, &a->player->speaker, &c->to_server, &o);
	if (s->fault[0] == '\0') {
		connection_send(w, c, o.data, o.len);
		world_settle(w);
	}
	octets_fini(&o);
}

/* "announces" is a message's name, too. */
static void
say_verb(struct world *w, struct words *s, struct actor *a)
{
	s->at--;
	say(w, s, a);
}

static void
keeps(struct world *w, struct words *s, struct actor *a)
{
	struct connection *c = need_connection(s, a);

	(void)w;
	words_want(s, "alive");
	words_end(s);
	if (c == NULL)
		return;
	c->keeps_alive = true;
	while (c->queue_count > 0 && c->queue[0].text != NULL &&
	    strcmp(c->queue[0].text, "KEEPALIVE") == 0)
		connection_pop(c);
}

/* ---- expecting ---- */

static const char *
heard_text(const struct connection *c)
{
	return c->queue[0].text == NULL ? "closed" : c->queue[0].text;
}

/* Waits for something to be heard: not before from, not after to. */
static bool
await(struct world *w, struct words *s, struct connection *c, const struct when *when)
{
	uint64_t begin_ms = clock_ms();

	while (c->queue_count == 0 && clock_ms() < begin_ms + when->to_ms && w->fault[0] == '\0')
		world_step(w, begin_ms + when->to_ms);
	if (w->fault[0] != '\0')
		return false;
	if (c->queue_count == 0) {
		words_fault(s, "%s hears nothing", c->name);
		return false;
	}
	if (when->from_ms > 0 && c->queue[0].at_ms < begin_ms + when->from_ms) {
		words_fault(s, "%s hears %s after %u ms already", c->name, heard_text(c),
		    (unsigned)(c->queue[0].at_ms - begin_ms));
		return false;
	}
	return true;
}

/* The message of the words, in words. */
static void
rewrite(struct words *s, const struct connection *c, struct prose *out)
{
	struct octets o = {0};

	speech_say(s, NULL, &c->from_server, &o);
	if (s->fault[0] == '\0')
		speech_hear(o.data, o.len, &c->from_server, out);
	octets_fini(&o);
}

static bool
is_notification(struct words *s, const struct connection *c, struct prose *expected)
{
	bool whole;

	whole = s->end - s->at > 2;
	if (whole && strcmp(s->line->word[s->end - 2], "without") == 0)
		s->end -= 2;
	rewrite(s, c, expected);
	if (s->fault[0] != '\0')
		return false;
	if (whole)
		return strcmp(expected->s, heard_text(c)) == 0;
	return strncmp(expected->s, heard_text(c), expected->len) == 0 &&
	    (heard_text(c)[expected->len] == '\0' || heard_text(c)[expected->len] == ' ');
}

static bool
is_as_expected(struct words *s, const struct connection *c, struct prose *expected)
{
	if (words_is(s, "closed")) {
		prose_add(expected, "closed");
		words_end(s);
		return c->queue[0].text == NULL;
	}
	if (strcmp(words_peek(s), "OPEN") == 0) {
		words_take(s);
		if (strncmp(heard_text(c), "OPEN,", 5) != 0) {
			prose_add(expected, "OPEN");
			return false;
		}
		return speech_open_has(s, heard_text(c), expected);
	}
	if (strcmp(words_peek(s), "NOTIFICATION") == 0)
		return is_notification(s, c, expected);
	rewrite(s, c, expected);
	return s->fault[0] == '\0' && strcmp(expected->s, heard_text(c)) == 0;
}

static void
expects(struct world *w, struct words *s, struct actor *a)
{
	struct connection *c = need_connection(s, a);
	struct when when = when_take(s);
	struct prose expected = {0};

	if (c == NULL || !await(w, s, c, &when))
		return;
	if (is_as_expected(s, c, &expected))
		connection_pop(c);
	else if (s->fault[0] == '\0')
		words_fault(s, "expected %s; heard %s",
		    expected.s == NULL ? "something else" : expected.s, heard_text(c));
	prose_fini(&expected);
}

static void
hears(struct world *w, struct words *s, struct actor *a)
{
	struct connection *c = need_connection(s, a);
	bool keepalives = false;
	uint64_t until_ms;

	if (words_is(s, "only")) {
		words_want(s, "KEEPALIVE");
		keepalives = true;
	} else {
		words_want(s, "nothing");
	}
	words_want(s, "for");
	until_ms = clock_ms() + words_time_ms(s);
	words_end(s);
	if (c == NULL || s->fault[0] != '\0')
		return;
	world_settle(w);
	for (;;) {
		while (keepalives && c->queue_count > 0 && strcmp(heard_text(c), "KEEPALIVE") == 0)
			connection_pop(c);
		if (c->queue_count > 0)
			words_fault(s, "%s hears %s", c->name, heard_text(c));
		if (clock_ms() >= until_ms || s->fault[0] != '\0' || w->fault[0] != '\0')
			return;
		world_step(w, until_ms);
	}
}

static void
stops(struct world *w, struct words *s, struct actor *a)
{
	struct connection *c = need_connection(s, a);

	words_want(s, "reading");
	words_end(s);
	if (c == NULL)
		return;
	world_note(w, "%s stops reading", a->name);
	c->deaf = true;
}

static void
reads(struct world *w, struct words *s, struct actor *a)
{
	struct connection *c = need_connection(s, a);

	words_want(s, "again");
	words_end(s);
	if (c == NULL)
		return;
	world_note(w, "%s reads again", a->name);
	c->deaf = false;
	world_settle(w);
}

/* ---- looking ---- */

static void
is_in_state(struct world *w, struct words *s, struct actor *a)
{
	const char *state = words_take(s), *is = fsm_state_name(world_state(w, a->player));

	words_end(s);
	if (strcmp(state, is) != 0)
		words_fault(s, "%s is %s", a->name, is);
}

static void
has(struct world *w, struct words *s, struct actor *a)
{
	uint32_t count = words_number(s, UINT32_MAX);
	enum family family = FAMILY_IPV4;
	struct table_peer_view v;

	if (!words_is(s, "route"))
		words_want(s, "routes");
	if (words_left(s))
		family = words_family(s) == 0 ? FAMILY_IPV4 : FAMILY_IPV6;
	words_end(s);
	table_peer_get(w->core.table, (uint16_t)a->player->slot, family, &v);
	if (s->fault[0] == '\0' && v.received != count)
		words_fault(s, "%s has %u routes", a->name, v.received);
}

/* ---- sentences that stand for several ---- */

/* A line of the harness's own. */
static void
run(struct world *w, struct words *s, const char *verb, struct actor *a, const char *rest)
{
	struct line l = {0};
	struct words own;
	char text[64];
	char *word[8];

	snprintf(text, sizeof(text), "%s", rest);
	for (char *p = strtok(text, " "); p != NULL && l.count < 8; p = strtok(NULL, " "))
		word[l.count++] = p;
	l.word = word;
	own = words_of(&l);
	member_step_find(verb)->take(w, &own, a);
	if (own.fault[0] != '\0')
		words_fault(s, "%s %s %s: %s", a->name, verb, rest, own.fault);
}

static void
establishes(struct world *w, struct words *s, struct actor *a)
{
	struct connection *c = connection_open(w, a->player, a->name, true);
	struct octets o = {0};

	a->connection = c;
	if (c == NULL)
		return;
	run(w, s, "expects", a, "OPEN");
	speech_say_open(s, &a->player->speaker, &o);
	if (s->fault[0] == '\0')
		connection_send(w, c, o.data, o.len);
	octets_fini(&o);
	world_settle(w);
	run(w, s, "expects", a, "KEEPALIVE");
	run(w, s, "sends", a, "KEEPALIVE");
	run(w, s, "is", a, "Established");
}

/* End-of-RIB comes in the order of the families. */
static void
joins(struct world *w, struct words *s, struct actor *a)
{
	uint8_t families = w->slots[a->player->slot].families;

	establishes(w, s, a);
	if ((families & 1) != 0 && s->fault[0] == '\0')
		run(w, s, "expects", a, "End-of-RIB ipv4");
	if ((families & 2) != 0 && s->fault[0] == '\0')
		run(w, s, "expects", a, "End-of-RIB ipv6");
}

static const struct member_step rows[] = {
    {"connects", connects},
    {"accepts", accepts},
    {"refuses", refuses},
    {"establishes", establishes},
    {"joins", joins},
    {"sends", say},
    {"announces", say_verb},
    {"withdraws", say_verb},
    {"expects", expects},
    {"hears", hears},
    {"keeps", keeps},
    {"stops", stops},
    {"reads", reads},
    {"closes", closes},
    {"is", is_in_state},
    {"has", has},
};

const struct member_step *
member_step_find(const char *verb)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strcmp(rows[i].verb, verb) == 0)
			return &rows[i];
	return NULL;
}
