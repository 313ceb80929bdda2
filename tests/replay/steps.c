/*
 * Sentences that are not about a member, and who the others are about: see steps.h.
 */
#include "tests/replay/steps.h"

#include <stdio.h>
#include <string.h>

#include "tests/replay/clock.h"

typedef void take_fn(struct world *, struct words *);

struct when
when_take(struct words *s)
{
	struct words rest = *s;
	struct when when = {0};

	for (rest.at = s->at; rest.at < s->end; rest.at++) {
		const char *word = s->line->word[rest.at];

		if (strcmp(word, "within") != 0 && strcmp(word, "between") != 0)
			continue;
		s->end = rest.at++;
		if (word[0] == 'b') {
			when.from_ms = words_time_ms(&rest);
			words_want(&rest, "and");
		}
		when.to_ms = words_time_ms(&rest);
		words_end(&rest);
		if (rest.fault[0] != '\0')
			words_fault(s, "%s", rest.fault);
		return when;
	}
	return when;
}

/* ---- declarations ---- */

static struct player *
take_player(struct world *w, struct words *s)
{
	const char *name = words_take(s);
	struct player *p = world_player(w, name);

	if (p == NULL)
		words_fault(s, "there is no peer \"%s\"", name);
	return p;
}

static void
take_peer(struct world *w, struct words *s)
{
	if (w->started)
		words_fault(s, "the server runs already: \"reload peer\" changes it");
	else
		settings_peer(w, s);
}

/* ---- the server's connections ---- */

static void
expect_connect(struct world *w, struct words *s)
{
	struct when when = when_take(s);
	struct player *p = take_player(w, s);
	uint64_t begin_ms = clock_ms();

	words_end(s);
	if (p == NULL)
		return;
	if (when.from_ms > 0) {
		if (p->wanted)
			words_fault(s, "the server wants a connection already");
		world_pass(w, when.from_ms);
		if (p->wanted)
			words_fault(s, "the server connected too early");
	}
	while (!p->wanted && clock_ms() < begin_ms + when.to_ms && w->fault[0] == '\0')
		world_step(w, begin_ms + when.to_ms);
	if (!p->wanted)
		words_fault(s, "the server did not connect to %s", p->name);
	p->wanted = false;
}

/* "server does not connect to A for 5 s" */
static void
expect_no_connect(struct world *w, struct words *s)
{
	struct player *p;

	words_want(s, "not");
	words_want(s, "connect");
	words_want(s, "to");
	p = take_player(w, s);
	words_want(s, "for");
	if (p == NULL)
		return;
	world_pass(w, words_time_ms(s));
	words_end(s);
	if (p->wanted)
		words_fault(s, "the server connects to %s", p->name);
}

static void
take_server(struct world *w, struct words *s)
{
	const char *verb = words_peek(s);

	if (!w->started && (strcmp(verb, "connects") == 0 || strcmp(verb, "does") == 0))
		world_start(w);
	if (words_is(s, "connects")) {
		words_want(s, "to");
		expect_connect(w, s);
	} else if (words_is(s, "does")) {
		expect_no_connect(w, s);
	} else if (w->started) {
		words_fault(s, "the server runs already: \"reload server\" changes it");
	} else {
		settings_server(w, s);
	}
}

/* ---- time, operators, reloads ---- */

static void
take_time(struct world *w, struct words *s)
{
	uint64_t ms;

	words_want(s, "passes");
	ms = words_time_ms(s);
	words_end(s);
	if (s->fault[0] == '\0')
		world_pass(w, ms);
}

static void
stop_server(struct world *w, struct words *s)
{
	struct channel_text text = {0};

	words_want(s, "the");
	words_want(s, "server");
	if (words_left(s))
		snprintf(text.text, sizeof(text.text), "%s", words_take(s));
	world_order(w, CHANNEL_STOP, &text);
}

static void
take_operator(struct world *w, struct words *s)
{
	static const struct {
		const char *verb;
		enum channel_admin_act act;
	} acts[] = {{"disables", CHANNEL_DISABLE}, {"enables", CHANNEL_ENABLE},
	    {"clears", CHANNEL_CLEAR}, {"holds-down", CHANNEL_HOLD_DOWN}};
	struct channel_admin admin = {0};
	struct player *p;

	if (words_is(s, "stops")) {
		stop_server(w, s);
		world_settle(w);
		return;
	}
	for (unsigned i = 0; i < 4; i++) {
		if (!words_is(s, acts[i].verb))
			continue;
		p = take_player(w, s);
		if (p == NULL)
			return;
		admin.slot = p->slot;
		admin.act = acts[i].act;
		if (words_left(s))
			snprintf(admin.text, sizeof(admin.text), "%s", words_take(s));
		words_end(s);
		world_order(w, CHANNEL_ADMIN, &admin);
		world_settle(w);
		return;
	}
	words_fault(s, "an operator does not \"%s\"", words_peek(s));
}

static void
take_reload(struct world *w, struct words *s)
{
	struct player *p;

	if (words_is(s, "server")) {
		settings_server(w, s);
	} else if (words_is(s, "peer")) {
		settings_peer(w, s);
	} else {
		words_want(s, "without");
		p = take_player(w, s);
		if (p != NULL)
			settings_remove(w, p);
	}
	words_end(s);
	if (s->fault[0] == '\0')
		world_reload(w);
}

static void
take_rib(struct world *w, struct words *s)
{
	words_want(s, "restarts");
	words_end(s);
	if (s->fault[0] == '\0')
		world_restart_rib(w);
}

/* ---- all of them ---- */

static const struct {
	const char *word;
	take_fn *take;
	bool before; /* may stand before the server has started */
} rows[] = {
    {"server", take_server, true},
    {"peer", take_peer, true},
    {"time", take_time, false},
    {"operator", take_operator, false},
    {"reload", take_reload, false},
    {"rib", take_rib, false},
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

/* A name is that of a peer or of a connection, and each peer's first connection has its name. */
static void
take_member(struct world *w, struct words *s)
{
	struct actor actor = {.name = words_take(s)};
	const struct member_step *step;

	actor.connection = connection_find(w, actor.name);
	actor.player =
	    actor.connection != NULL ? actor.connection->player : world_player(w, actor.name);
	if (actor.player == NULL) {
		words_fault(s, "nobody is called \"%s\"", actor.name);
		return;
	}
	step = member_step_find(words_peek(s));
	if (step == NULL) {
		words_fault(s, "a member does not \"%s\"", words_peek(s));
		return;
	}
	words_take(s);
	step->take(w, s, &actor);
}

void
steps_take(struct world *w, struct words *s)
{
	for (size_t i = 0; i < ROWS; i++) {
		if (!words_is(s, rows[i].word))
			continue;
		if (!w->started && !rows[i].before)
			world_start(w);
		rows[i].take(w, s);
		return;
	}
	if (!w->started)
		world_start(w);
	take_member(w, s);
}

bool
steps_end(struct world *w)
{
	if (w->started)
		world_settle(w);
	for (unsigned i = 0; i < w->connection_count; i++) {
		const struct connection *c = &w->connections[i];

		if (c->queue_count > 0)
			world_fault(w, "%s heard what nobody expected: %s", c->name,
			    c->queue[0].text == NULL ? "closed" : c->queue[0].text);
	}
	for (unsigned i = 0; i < w->player_count; i++)
		if (w->players[i].wanted)
			world_fault(w, "the server connected to %s, which nobody expected",
			    w->players[i].name);
	return w->fault[0] == '\0';
}
