/* Connections that wait for a worker: see held.h. */
#include "bgpd/parent/held.h"

#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "bgpd/ipc/bug.h"
#include "bgpd/parent/state.h"
#include "bgpd/parent/tcp.h"

struct entry {
	struct held *held;
	uint32_t slot;
	struct held_connection connection;
	struct event *over;
};

struct held {
	struct event_base *base;
	struct timeval wait;
	size_t slots;
	size_t count;
	size_t max;
	struct entry *entries[]; /* by slot; NULL: none */
};

struct held *
held_new(struct event_base *base, size_t slots, size_t max, unsigned wait_ms)
{
	struct held *h = bug_calloc(1, sizeof(*h) + slots * sizeof(struct entry *));

	h->base = base;
	h->wait = parent_timeval(wait_ms);
	h->slots = slots;
	h->max = max;
	return h;
}

/* The slot has none any more. Returns what it had, the caller's now. */
static struct held_connection
release(struct entry *e)
{
	struct held_connection connection = e->connection;

	e->held->entries[e->slot] = NULL;
	e->held->count--;
	event_free(e->over);
	free(e);
	return connection;
}

void
held_free(struct held *h)
{
	if (h == NULL)
		return;
	for (size_t slot = 0; slot < h->slots; slot++)
		if (h->entries[slot] != NULL)
			tcp_reset(release(h->entries[slot]).fd);
	free(h);
}

void
held_drop(struct held *h, uint32_t slot, const char *why)
{
	struct held_connection c;

	if (h->entries[slot] == NULL)
		return;
	c = release(h->entries[slot]);
	accept_refuse(c.fd, &c.remote, why);
}

static void
over(evutil_socket_t fd, short what, void *arg)
{
	struct entry *e = arg;

	(void)fd;
	(void)what;
	held_drop(e->held, e->slot, HELD_REFUSAL);
}

bool
held_keep(struct held *h, uint32_t slot, const struct held_connection *connection)
{
	struct entry *e;

	held_drop(h, slot, "the peer has opened a newer connection");
	if (h->count >= h->max)
		return false;
	e = bug_calloc(1, sizeof(*e));
	e->held = h;
	e->slot = slot;
	e->connection = *connection;
	e->over = event_new(h->base, -1, 0, over, e);
	if (e->over == NULL)
		bug("held", "no memory");
	event_add(e->over, &h->wait);
	h->entries[slot] = e;
	h->count++;
	return true;
}

/* Looks at the state of the connection, not at what has come in. */
static bool
is_closed_by_member(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLRDHUP};

	return poll(&p, 1, 0) == 1;
}

bool
held_take(struct held *h, uint32_t slot, struct held_connection *out)
{
	if (h->entries[slot] == NULL)
		return false;
	*out = release(h->entries[slot]);
	if (!is_closed_by_member(out->fd))
		return true;
	close(out->fd);
	return false;
}
