/*
 * Connections between members and the server: socket pairs whose other end the worker has. What
 * the server says is cut into messages, put into words and kept until the scenario asks for it.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/replay/clock.h"
#include "tests/replay/world.h"

#define SMALL_WINDOW 4096 /* octets; the kernel's least is a little more */
#define PORT	     179
#define PART_MAX     (1 << 20)

struct connection *
connection_find(struct world *w, const char *name)
{
	for (unsigned i = w->connection_count; i > 0; i--)
		if (strcmp(w->connections[i - 1].name, name) == 0)
			return &w->connections[i - 1];
	return NULL;
}

static struct channel_connection
describe(struct world *w, const struct player *p, bool incoming)
{
	const struct compiled_slot *slot = &w->slots[p->slot];
	struct channel_connection c = {.slot = p->slot, .epoch = ++w->epoch, .incoming = incoming};

	c.remote.family = c.local.family = slot->family;
	memcpy(c.remote.addr, slot->addr, sizeof(c.remote.addr));
	c.remote.port = incoming ? (uint16_t)(40000 + w->epoch) : PORT;
	c.local.port = incoming ? PORT : (uint16_t)(50000 + w->epoch);
	return c;
}

struct connection *
connection_open(struct world *w, struct player *p, const char *name, bool incoming)
{
	struct channel_connection body = describe(w, p, incoming);
	struct connection *c = connection_find(w, name);
	int fds[2], small = SMALL_WINDOW;

	if (c != NULL && (c->fd != -1 || c->queue_count > 0)) {
		world_fault(w,
		    "%s has a connection, or did not hear all of its end: another one "
		    "needs a name, \"as %s2\"",
		    name, name);
		return NULL;
	}
	if (w->connection_count == CONNECTIONS_MAX || strlen(name) >= NAME_SIZE) {
		world_fault(w, "too many connections, or too long a name");
		return NULL;
	}
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds) == -1)
		abort();
	if (p->small_window)
		setsockopt(fds[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof(small));
	c = &w->connections[w->connection_count++];
	*c = (struct connection){.player = p, .fd = fds[1], .incoming = incoming};
	snprintf(c->name, sizeof(c->name), "%s", name);
	if (channel_send(w->to_worker, CHANNEL_CONNECTION, &body, &fds[0], 1) == -1)
		abort();
	close(fds[0]);
	world_note(w, incoming ? "%s connects" : "%s accepts", name);
	world_settle(w);
	return c;
}

/* ---- what the member says ---- */

/* Path identifiers go the way that one side offers and the other takes. */
static void
agree(struct connection *c)
{
	c->to_server.as4 = c->from_server.as4 = c->said.as4 && c->told.as4;
	c->to_server.add_path = c->from_server.add_path = 0;
	for (unsigned f = 0; f < 2; f++) {
		if ((c->said.add_path[f] & 2) != 0 && (c->told.add_path[f] & 1) != 0)
			c->to_server.add_path |= (uint8_t)(1u << f);
		if ((c->said.add_path[f] & 1) != 0 && (c->told.add_path[f] & 2) != 0)
			c->from_server.add_path |= (uint8_t)(1u << f);
	}
}

static bool
is_message(const uint8_t *octets, size_t len)
{
	return len >= SPEECH_HEADER && len == (size_t)(octets[16] << 8 | octets[17]);
}

void
connection_send(struct world *w, struct connection *c, const uint8_t *octets, size_t len)
{
	struct prose t = {0};

	if (c->fd == -1) {
		world_fault(w, "%s has no connection", c->name);
		return;
	}
	if (is_message(octets, len)) {
		if (octets[18] == SPEECH_OPEN && len >= SPEECH_HEADER + 10) {
			speech_open_read(octets, len, &c->said);
			c->has_said_open = true;
			agree(c);
		}
		speech_hear(octets, len, &c->to_server, &t);
	} else {
		prose_add(&t, "hex ");
		prose_add_hex(&t, octets, len);
	}
	world_note(w, "%s -> %s", c->name, t.s);
	prose_fini(&t);
	c->spoke_ms = clock_ms();
	if (write(c->fd, octets, len) != (ssize_t)len)
		world_fault(w, "%s can not send: %s", c->name, strerror(errno));
}

/* A third of the hold time that both agreed upon. */
uint64_t
connection_keep_ms(const struct connection *c)
{
	uint64_t hold_s = c->said.hold_s < c->told.hold_s ? c->said.hold_s : c->told.hold_s;

	if (!c->keeps_alive || c->fd == -1 || hold_s == 0)
		return UINT64_MAX;
	return c->spoke_ms + hold_s * 1000 / 3;
}

void
connection_keep(struct world *w, struct connection *c)
{
	struct octets o = {0};

	speech_finish(&o, speech_begin(SPEECH_KEEPALIVE, &o));
	connection_send(w, c, o.data, o.len);
	octets_fini(&o);
}

/* ---- what it hears ---- */

static void
push(struct connection *c, char *text)
{
	c->queue = realloc(c->queue, (c->queue_count + 1) * sizeof(*c->queue));
	if (c->queue == NULL)
		abort();
	c->queue[c->queue_count++] = (struct heard){.text = text, .at_ms = clock_ms()};
}

void
connection_pop(struct connection *c)
{
	free(c->queue[0].text);
	c->queue_count--;
	memmove(c->queue, c->queue + 1, c->queue_count * sizeof(*c->queue));
}

static void
hear_message(struct world *w, struct connection *c, const uint8_t *m, size_t len)
{
	struct prose t = {0};

	speech_hear(m, len, &c->from_server, &t);
	if (m[18] == SPEECH_OPEN) {
		speech_open_read(m, len, &c->told);
		agree(c);
	}
	world_note(w, "%s <- %s", c->name, t.s);
	if (c->keeps_alive && m[18] == SPEECH_KEEPALIVE)
		prose_fini(&t);
	else
		push(c, t.s);
}

static void
hear_messages(struct world *w, struct connection *c)
{
	while (c->part.len >= SPEECH_HEADER) {
		size_t len = (size_t)(c->part.data[16] << 8 | c->part.data[17]);

		if (len < SPEECH_HEADER) {
			world_fault(w, "%s hears a message of %zu octets", c->name, len);
			c->part.len = 0;
			return;
		}
		if (len > c->part.len)
			return;
		hear_message(w, c, c->part.data, len);
		octets_drop(&c->part, len);
	}
}

static void
hear_end(struct world *w, struct connection *c)
{
	if (c->part.len > 0)
		world_fault(w, "%s hears only part of a message", c->name);
	world_note(w, "%s <- closed", c->name);
	close(c->fd);
	c->fd = -1;
	push(c, NULL);
}

bool
connection_read(struct world *w, struct connection *c)
{
	static uint8_t buffer[65536];
	bool any = false;
	ssize_t n;

	if (c->fd == -1 || c->deaf)
		return false;
	while ((n = read(c->fd, buffer, sizeof(buffer))) > 0) {
		any = true;
		octets_put(&c->part, buffer, (size_t)n);
		if (c->part.len > PART_MAX)
			break;
	}
	hear_messages(w, c);
	if (n == 0 || (n == -1 && errno != EAGAIN)) {
		hear_end(w, c);
		any = true;
	}
	return any;
}

void
connection_close(struct connection *c)
{
	if (c->fd != -1)
		close(c->fd);
	c->fd = -1;
	while (c->queue_count > 0)
		connection_pop(c);
	free(c->queue);
	c->queue = NULL;
	octets_fini(&c->part);
}
