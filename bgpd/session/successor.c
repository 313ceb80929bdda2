/*
 * A connection of the member that comes while there is a session. RFC 4724 sections 4.2 and 5: a
 * member with graceful restart that connects again has restarted, however well its old connection
 * may look, so the new one replaces it and the old one is closed without a word.
 *
 *   peer_connection() --> waits --OPEN that would do--> old session: as if TCP had failed
 *                           |                           then it is the peer's connection, and the
 *                           |                           OPEN is read once more, as any other
 *                           '-- something else, or nothing for FSM_OPEN_WAIT_S --> Cease 6/7
 *
 * The RFC lets the mere connection end the session. Here it has to say first what only the member
 * says, an OPEN that negotiate() accepts: whoever can make TCP connections from the member's
 * address but does not speak for it ends nothing (with a password, nobody else gets this far).
 * Until then the socket is looked into and not read, and nothing is sent. Another connection closes
 * the one that waits: a member has one that it means.
 *
 * Where we have connected and the session is young, theirs is no restart: the two have crossed, as
 * in RFC 4271 section 6.8, and the one that is established stays.
 */
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bgpd/session/state.h"

#define CROSSING_MS   5000 /* more than a connection is on its way, to us and to this process */
#define LOOK_AGAIN_MS 100  /* where some of the OPEN is missing: looking does not make it unread */

enum look { LOOK_WAIT, LOOK_GOOD, LOOK_BAD, LOOK_GONE };

/* Judges what has come of the OPEN, in the worker's buffer. */
static enum look
judge(const struct peer *p, const uint8_t *octets, size_t len)
{
	struct negotiated unused;
	struct msg_header header;
	struct wire_error error;
	struct open_msg open;

	if (len < MSG_HEADER_BYTES)
		return LOOK_WAIT;
	if (!msg_decode_header(octets, MSG_MAX_BYTES, &header, &error) || header.type != MSG_OPEN)
		return LOOK_BAD;
	if (len < header.len)
		return LOOK_WAIT;
	if (!open_decode(
		octets + MSG_HEADER_BYTES, (size_t)header.len - MSG_HEADER_BYTES, &open, &error) ||
	    !negotiate(p->worker->config.head, &p->conf, &open, &unused, &error))
		return LOOK_BAD;
	return LOOK_GOOD;
}

static enum look
look(const struct successor *s)
{
	struct worker *w = s->peer->worker;
	enum look found;
	ssize_t n;

	do {
		n = recv(s->fd, w->buffer, MSG_MAX_BYTES, MSG_PEEK | MSG_DONTWAIT);
	} while (n == -1 && errno == EINTR);
	if (n == -1 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return LOOK_WAIT;
	if (n <= 0)
		return LOOK_GONE;
	session_table_set_working_on(w->table, s->peer->slot);
	found = judge(s->peer, w->buffer, (size_t)n);
	session_table_set_working_on(w->table, SESSION_TABLE_NOBODY);
	return found;
}

/* It waits no longer; its descriptor is the caller's. */
static int
take(struct successor *s)
{
	int fd = s->fd;

	event_del(&s->event);
	timer_stop(&s->timer);
	s->fd = -1;
	return fd;
}

static void
refuse(struct successor *s)
{
	peer_refuse(s->peer, &s->connection, take(s), CEASE_COLLISION);
}

/* The other side has closed it. */
static void
drop(struct successor *s)
{
	struct channel_which closed = {.slot = s->connection.slot, .epoch = s->connection.epoch};

	close(take(s));
	orders_send(s->peer->worker, CHANNEL_CLOSED, &closed);
}

static void
replace_session(struct successor *s)
{
	struct cause cause = {.text = "the member has opened a new connection"};
	struct peer *p = s->peer;
	struct link *old = peer_established(p);
	int fd = take(s);

	if (old != NULL) {
		p->resetting = true; /* what follows is known: the new connection */
		link_step(old, FSM_TCP_FAILED, &cause);
		p->resetting = false;
	}
	peer_connection(p, &s->connection, fd);
}

static void
watch(struct successor *s)
{
	switch (look(s)) {
	case LOOK_WAIT:
		break;
	case LOOK_GOOD:
		replace_session(s);
		return;
	case LOOK_BAD:
		refuse(s);
		return;
	case LOOK_GONE:
		drop(s);
		return;
	}
	if (s->peer->worker->now_ms >= s->until_ms) {
		refuse(s);
		return;
	}
	timer_set(s->peer->worker->timers, &s->timer, s->peer->worker->now_ms + LOOK_AGAIN_MS);
}

static void
on_timer(void *arg, unsigned kind, uint64_t now_ms)
{
	struct successor *s = arg;

	(void)kind;
	(void)now_ms;
	if (peer_established(s->peer) == NULL)
		peer_connection(s->peer, &s->connection, take(s));
	else
		watch(s);
}

/* Something has come; from here on it is looked for by the timer. */
static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct successor *s = arg;

	(void)fd;
	(void)what;
	event_del(&s->event);
	watch(s);
}

void
successor_init(struct successor *s, struct peer *p)
{
	s->peer = p;
	s->fd = -1;
	timer_init(&s->timer, on_timer, s, 0);
}

void
successor_fini(struct successor *s)
{
	if (s->fd != -1)
		refuse(s);
}

bool
successor_is_welcome(const struct link *established)
{
	const struct peer *p = established->peer;
	bool may_cross =
	    established->direction == DIRECTION_OUT && p->worker->now_ms - p->up_ms < CROSSING_MS;

	return established->nego.has_gr && established->nego.gr.families != 0 && !may_cross;
}

void
successor_wait(struct successor *s, const struct channel_connection *c, int fd)
{
	struct worker *w = s->peer->worker;

	if (s->fd != -1)
		refuse(s);
	s->fd = fd;
	s->connection = *c;
	s->until_ms = w->now_ms + (uint64_t)FSM_OPEN_WAIT_S * 1000;
	event_assign(&s->event, w->base, fd, EV_READ | EV_PERSIST, on_readable, s);
	event_add(&s->event, NULL);
	timer_set(w->timers, &s->timer, s->until_ms);
}

void
successor_go_on(struct successor *s)
{
	/* Not now: whoever has ended the session is still at work on the link. */
	if (s->fd != -1)
		timer_set(s->peer->worker->timers, &s->timer, s->peer->worker->now_ms);
}
