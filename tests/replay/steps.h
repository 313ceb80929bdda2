/*
 * The sentences of a scenario: what each of them does.
 *
 *   server hold 30 id 192.0.2.1 as 64500 connect-retry 30 idle-hold 2 idle-hold-max 60 ...
 *   peer A as 65001 passive families ipv4,ipv6 role rs limit ipv4 3 shutdown ...   (settings.c)
 *   time passes 8 s
 *   operator disables A "text" | enables A | clears A "text" | stops the server "text"
 *   reload peer A as 65001 ... | reload without A | reload server hold 30
 *   rib restarts
 *
 *   A connects [as A2]                   the member opens a connection; A2 is the name of one more
 *   server connects to A [WHEN]          the worker asks for a connection; then:
 *   A accepts [as A2] | A refuses
 *   server does not connect to A for 5 s
 *   A establishes [OPEN words]           connects, and the handshake up to Established
 *   A joins [OPEN words]                 the same, and End-of-RIB of an empty table
 *   A sends MESSAGE | A announces ... | A withdraws ...                           (speech.h)
 *   A expects MESSAGE [WHEN] | A expects closed [WHEN]
 *   A hears nothing for 5 s | A hears only KEEPALIVE for 30 s
 *   A keeps alive                        from now on by itself, in both directions
 *   A stops reading | A reads again | A closes
 *   A is Established                     of the peer's two state machines see world_state()
 *   A has 3 routes [ipv6]                in the table, accepted or not
 *
 *   WHEN: within 3 s | between 2 s and 3 s; without it the message must be there at once
 *
 * What a member hears must be expected, in order. An OPEN is expected by some of its phrases, a
 * NOTIFICATION without its data unless "data", "text" or "without data" says more, all else whole.
 */
#ifndef TESTS_REPLAY_STEPS_H
#define TESTS_REPLAY_STEPS_H

#include "tests/replay/world.h"

/* Carries a line out; faults go to the words. */
void steps_take(struct world *, struct words *);
/* What is left unheard at the end of a scenario; false with a fault in the world. */
bool steps_end(struct world *);

/* Who a sentence is about: a peer, and the connection of that name if there is one. */
struct actor {
	const char *name;
	struct player *player;
	struct connection *connection; /* NULL: none */
};

/* A row of the table of what members do; see members.c. */
struct member_step {
	const char *verb;
	void (*take)(struct world *, struct words *, struct actor *);
};

/* NULL if members do nothing of that name. */
const struct member_step *member_step_find(const char *verb);
/* "within 3 s", "between 2 s and 3 s": takes it off the end of the words. */
struct when {
	uint64_t from_ms;
	uint64_t to_ms;
};
struct when when_take(struct words *);

#endif
