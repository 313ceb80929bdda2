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

/* A copy of what is under way to the worker. */
struct loan {
	struct loan *next; /* younger */
	uint32_t epoch;
	struct held_connection connection;
};

struct place {
	struct entry *entry; /* NULL: none */
	struct loan *loans;
};

struct held {
	struct event_base *base;
	struct timeval wait;
	size_t slots;
	size_t count; /* of entries */
	size_t max;
	struct place places[]; /* by slot */
};

struct held *
held_new(struct event_base *base, size_t slots, size_t max, unsigned wait_ms)
{
	struct held *h = bug_calloc(1, sizeof(*h) + slots * sizeof(struct place));

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

	e->held->places[e->slot].entry = NULL;
	e->held->count--;
	event_free(e->over);
	free(e);
	return connection;
}

/* Takes the loan out of its list. Returns what it was of, the caller's now. */
static struct held_connection
unlend(struct loan **at)
{
	struct loan *loan = *at;
	struct held_connection connection = loan->connection;

	*at = loan->next;
	free(loan);
	return connection;
}

static void
unlend_all(struct place *place)
{
	while (place->loans != NULL)
		close(unlend(&place->loans).fd);
}

void
held_free(struct held *h)
{
	if (h == NULL)
		return;
	for (size_t slot = 0; slot < h->slots; slot++) {
		unlend_all(&h->places[slot]);
		if (h->places[slot].entry != NULL)
			tcp_reset(release(h->places[slot].entry).fd);
	}
	free(h);
}

static void
refuse(struct entry *e, const char *why)
{
	struct held_connection c = release(e);

	accept_refuse(c.fd, &c.remote, why);
}

void
held_drop(struct held *h, uint32_t slot, const char *why)
{
	unlend_all(&h->places[slot]);
	if (h->places[slot].entry != NULL)
		refuse(h->places[slot].entry, why);
}

static void
over(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	refuse(arg, HELD_REFUSAL);
}

bool
held_keep(struct held *h, uint32_t slot, const struct held_connection *connection)
{
	struct entry *e;

	if (h->places[slot].entry != NULL)
		refuse(h->places[slot].entry, "the peer has opened a newer connection");
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
	h->places[slot].entry = e;
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
	if (h->places[slot].entry == NULL)
		return false;
	*out = release(h->places[slot].entry);
	if (!is_closed_by_member(out->fd))
		return true;
	close(out->fd);
	return false;
}

/* --- lent --- */

void
held_lend(struct held *h, uint32_t slot, uint32_t epoch, const struct held_connection *connection)
{
	struct loan *loan = bug_calloc(1, sizeof(*loan)), **at = &h->places[slot].loans;

	loan->epoch = epoch;
	loan->connection = *connection;
	while (*at != NULL)
		at = &(*at)->next;
	*at = loan;
}

void
held_taken(struct held *h, uint32_t slot, uint32_t epoch)
{
	struct loan **at;

	if (h == NULL)
		return;
	at = &h->places[slot].loans;
	while (*at != NULL && (*at)->epoch != epoch)
		at = &(*at)->next;
	if (*at != NULL)
		close(unlend(at).fd);
}

bool
held_reclaim(struct held *h, uint32_t slot, struct held_connection *out)
{
	struct place *place = &h->places[slot];

	while (place->loans != NULL) {
		*out = unlend(&place->loans);
		/* TAKEN may have been lost: two OPENs on one connection would end it. */
		if (tcp_is_unspoken(out->fd))
			return true;
		close(out->fd);
	}
	return false;
}
