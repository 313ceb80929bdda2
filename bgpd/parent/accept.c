/*
 * Connections that come in. The parent looks at the source address and at nothing else: an address
 * that is no peer's is closed at once, a peer's goes to the worker of its slot under a new epoch.
 *
 *   listening socket -> a batch of accept4() -> conf_find_peer()
 *                          nobody's: reset, counted (connection-unknown)
 *                          a slot's: slots_refusal()? reset : CONNECTION + fd to the worker,
 *                                    a copy is kept until it is TAKEN;
 *                                    or held until that runs (held.h)
 *
 * RFC 4271 section 8 (TcpConnectionConfirmed), RFC 2385 (MD5 keys stand before we listen), RFC 5082
 * (what came too far is not heard from the moment on that the connection is known to be a peer's).
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bgpd/ipc/bug.h"
#include "bgpd/parent/keys.h"
#include "bgpd/parent/state.h"
#include "bgpd/parent/tcp.h"

/* Then other events have their turn: a flood must not keep the parent from its children. */
#define BATCH	 64
#define PAUSE_MS 200 /* when descriptors are used up */

void
peer_format_conf(const struct conf_peer *peer, char text[ALARM_SOURCE_MAX])
{
	const struct conf_address *a = &peer->address;
	struct channel_address address;
	char buf[TCP_ADDRESS_TEXT_MAX];

	tcp_address_set(&address, a->family, a->addr, 0);
	tcp_address_format(&address, buf);
	snprintf(text, ALARM_SOURCE_MAX, "%s", buf);
}

void
peer_format(const struct parent *p, uint32_t slot, char text[ALARM_SOURCE_MAX])
{
	const struct conf_peer *peer = conf_peer(p->conf, slot);

	if (peer != NULL)
		peer_format_conf(peer, text);
	else
		snprintf(text, ALARM_SOURCE_MAX, "slot %" PRIu32, slot);
}

/* --- opening --- */

static void
report_failure(const struct channel_address *a, int error)
{
	char address[TCP_ADDRESS_TEXT_MAX], text[256];

	tcp_address_format(a, address);
	snprintf(text, sizeof(text), "%s; %s", strerror(error), tcp_bind_advice(error));
	event_log(EVENT_LISTEN_FAILED, address, a->port, text);
}

/* Gives the socket the key of every peer of its family that has one. False after an event. */
static bool
set_keys(const struct parent *p, const struct listener *l)
{
	struct keys_failure failure;
	char address[TCP_ADDRESS_TEXT_MAX], text[KEYS_TEXT_MAX];

	if (keys_set(l->fd, (enum family)l->address.family, p->conf, &failure))
		return true;
	tcp_address_format(&l->address, address);
	keys_explain(&failure, text);
	event_log(EVENT_LISTEN_FAILED, address, l->address.port, text);
	errno = failure.error;
	return false;
}

struct key_change {
	struct parent *parent;
	bool *keyless; /* by slot, as it is found now */
};

/* No session without its key: the peer stays out. */
static void
key_failed(void *arg, const struct conf_peer *peer, const char *text)
{
	struct key_change *change = arg;
	char source[ALARM_SOURCE_MAX];

	change->keyless[peer->slot] = true;
	peer_format_conf(peer, source);
	event_log(EVENT_ENVIRONMENT, source, text);
	alarms_raise(change->parent, ALARM_KEY_NOT_SET, source, text);
}

/* Their alarms go, unless it failed once more. */
static void
clear_keyless(struct parent *p, const struct conf *from, const bool *keyless)
{
	char source[ALARM_SOURCE_MAX];

	for (uint32_t slot = 0; slot < slots_count(p->slots); slot++) {
		const struct conf_peer *was = conf_peer(from, slot);

		if (!p->keyless[slot] || keyless[slot] || was == NULL)
			continue;
		peer_format_conf(was, source);
		alarms_clear(p, ALARM_KEY_NOT_SET, source);
	}
}

void
accept_change_keys(struct parent *p, const struct conf *from, const struct conf *to)
{
	struct key_change change = {p, bug_calloc(slots_count(p->slots) + 1, sizeof(bool))};

	for (size_t i = 0; i < p->listener_count; i++) {
		const struct listener *l = &p->listeners[i];

		keys_change(l->fd, (enum family)l->address.family, from, to, p->keyless, key_failed,
		    &change);
	}
	clear_keyless(p, from, change.keyless);
	free(p->keyless);
	p->keyless = change.keyless;
}

/*
 * Gives what the socket sends before it is known to whom, SYN and ACK, a TTL that a peer with gtsm
 * lets through. Connections off it get their own: accept_set_hops().
 */
static int
set_listener_hops(const struct parent *p, const struct listener *l)
{
	enum family family = (enum family)l->address.family;
	size_t slot, count = conf_slots(p->conf);
	bool any = false;

	for (slot = 0; slot < count && !any; slot++) {
		const struct conf_peer *peer = conf_peer(p->conf, slot);

		any = peer != NULL && peer->cfg.gtsm && peer->address.family == family;
	}
	return tcp_set_hops(l->fd, family, any ? 255 : 0, false);
}

void
accept_change_hops(struct parent *p)
{
	for (size_t i = 0; i < p->listener_count; i++)
		if (set_listener_hops(p, &p->listeners[i]) == -1)
			event_log(EVENT_ENVIRONMENT, "TTL of a listening socket", strerror(errno));
}

int
accept_set_hops(const struct parent *p, uint32_t slot, int fd)
{
	const struct conf_peer *peer = conf_peer(p->conf, slot);

	return tcp_set_hops(
	    fd, (enum family)peer->address.family, (uint8_t)peer->cfg.multihop, peer->cfg.gtsm);
}

static bool
is_wildcard(const struct channel_address *a)
{
	static const uint8_t zero[16];

	return memcmp(a->addr, zero, sizeof(zero)) == 0;
}

/* Returns 0, or the error after an event; there is no socket then. */
static int
open_listener(struct parent *p, struct listener *l)
{
	int error;

	l->fd = tcp_bind(&l->address);
	if (l->fd == -1) {
		error = errno;
		report_failure(&l->address, error);
		return error;
	}
	if (!set_keys(p, l)) {
		error = errno;
	} else if (set_listener_hops(p, l) == -1 || tcp_listen(l->fd) == -1) {
		error = errno;
		report_failure(&l->address, error);
	} else {
		return 0;
	}
	close(l->fd);
	return error;
}

/* A host without the family altogether can do without its wildcard, with an alarm. */
static bool
can_do_without(struct parent *p, const struct listener *l, int error)
{
	char address[TCP_ADDRESS_TEXT_MAX];

	if (error != EAFNOSUPPORT || !is_wildcard(&l->address))
		return false;
	tcp_address_format(&l->address, address);
	alarms_raise(p, ALARM_LISTEN_FAILED, address, tcp_bind_advice(error));
	return true;
}

/* The kernel cuts our backlog silently; thousands of members come back in the same second. */
static void
warn_of_short_backlog(size_t peers)
{
	size_t wanted = peers < TCP_BACKLOG ? peers : TCP_BACKLOG, is;
	FILE *f = fopen("/proc/sys/net/core/somaxconn", "re");

	if (f == NULL)
		return;
	if (fscanf(f, "%zu", &is) == 1 && is < wanted)
		event_log(EVENT_LIMIT_LOW, "listen backlog", is, wanted,
		    "sysctl -w net.core.somaxconn=4096");
	fclose(f);
}

int
accept_open(struct parent *p)
{
	const struct conf_daemon *daemon = conf_daemon(p->conf);
	size_t i;
	int error;

	p->listeners = bug_calloc(daemon->listen.count, sizeof(*p->listeners));
	p->keyless = bug_calloc(slots_count(p->slots) + 1, sizeof(bool));
	for (i = 0; i < daemon->listen.count; i++) {
		const struct conf_address *address = &daemon->listen.items[i];
		struct listener *l = &p->listeners[p->listener_count];

		l->parent = p;
		tcp_address_set(
		    &l->address, address->family, address->addr, (uint16_t)daemon->port);
		error = open_listener(p, l);
		if (error == 0)
			p->listener_count++;
		else if (!can_do_without(p, l, error))
			return -1;
	}
	addresses_watch(p);
	warn_of_short_backlog(conf_peer_count(p->conf));
	return p->listener_count > 0 ? 0 : -1;
}

void
accept_close(struct parent *p)
{
	size_t i;

	held_free(p->held);
	p->held = NULL;
	for (i = 0; i < p->listener_count; i++) {
		struct listener *l = &p->listeners[i];

		if (l->acceptable != NULL)
			event_free(l->acceptable);
		if (l->resume != NULL)
			event_free(l->resume);
		close(l->fd);
	}
	addresses_unwatch(p);
	p->listener_count = 0;
	free(p->listeners);
	free(p->keyless);
	p->listeners = NULL;
	p->keyless = NULL;
}

/* --- accepting --- */

void
accept_refuse(int fd, const struct channel_address *remote, const char *why)
{
	char from[TCP_ADDRESS_TEXT_MAX];

	tcp_address_format(remote, from);
	event_log(EVENT_CONNECTION_REFUSED, from, why);
	tcp_reset(fd);
}

/* Until the worker of the slot runs. */
static void
hold(struct parent *p, uint32_t slot, const struct held_connection *connection)
{
	if (!held_keep(p->held, slot, connection))
		accept_refuse(connection->fd, &connection->remote, HELD_REFUSAL);
}

void
accept_pass(struct parent *p, uint32_t slot, int fd, bool incoming,
    const struct channel_address *local, const struct channel_address *remote)
{
	struct child *worker = &p->workers[slots_worker(p->slots, slot)];
	struct channel_connection message = {
	    .slot = slot, .incoming = incoming, .local = *local, .remote = *remote};
	struct held_connection connection = {fd, *local, *remote};
	bool sent;

	if (p->epoch == UINT32_MAX)
		bug("accept", "no epochs are left");
	message.epoch = ++p->epoch;
	slots_opened(p->slots, slot, parent_now_ms());
	sent = child_send(worker, CHANNEL_CONNECTION, &message, &fd, 1);
	if (!incoming || p->held == NULL)
		close(fd);
	else if (sent)
		held_lend(p->held, slot, message.epoch, &connection);
	else /* it has died, and SIGCHLD is to come */
		hold(p, slot, &connection);
}

static const char *
find_refusal(const struct parent *p, uint32_t slot)
{
	if (p->keyless[slot])
		return "its TCP MD5 key could not be set; see the alarm key-not-set";
	return slots_refusal(p->slots, slot, parent_now_ms());
}

static void
admit(struct parent *p, int fd, const struct channel_address *local,
    const struct channel_address *remote)
{
	long slot = conf_find_peer(p->conf, remote->family, remote->addr);
	char from[TCP_ADDRESS_TEXT_MAX], to[TCP_ADDRESS_TEXT_MAX];
	const char *refusal;

	if (slot < 0) {
		tcp_address_format(remote, from);
		tcp_address_format_port(local, to);
		event_log(EVENT_CONNECTION_UNKNOWN, from, to);
		tcp_reset(fd);
		return;
	}
	refusal = find_refusal(p, (uint32_t)slot);
	if (refusal == NULL && accept_set_hops(p, (uint32_t)slot, fd) == -1)
		refusal = strerror(errno);
	if (refusal != NULL)
		accept_refuse(fd, remote, refusal);
	else if (p->workers[slots_worker(p->slots, (uint32_t)slot)].state == CHILD_COMMITTED)
		accept_pass(p, (uint32_t)slot, fd, true, local, remote);
	else
		hold(p, (uint32_t)slot, &(struct held_connection){fd, *local, *remote});
}

void
accept_pass_held(struct parent *p, uint32_t worker)
{
	struct held_connection c;

	for (uint32_t slot = 0; slot < slots_count(p->slots); slot++) {
		const char *refusal;

		if (slots_worker(p->slots, slot) != worker || !held_take(p->held, slot, &c))
			continue;
		/* An operator may have come between. */
		refusal = find_refusal(p, slot);
		if (refusal != NULL)
			accept_refuse(c.fd, &c.remote, refusal);
		else
			accept_pass(p, slot, c.fd, true, &c.local, &c.remote);
	}
}

void
accept_reclaim(struct parent *p, uint32_t worker)
{
	struct held_connection c;

	for (uint32_t slot = 0; slot < slots_count(p->slots); slot++) {
		if (slots_worker(p->slots, slot) != worker)
			continue;
		while (held_reclaim(p->held, slot, &c))
			hold(p, slot, &c);
	}
}

/* True if the next connection may be there already. */
static bool
is_passing(int error)
{
	return error == ECONNABORTED || error == EINTR || error == EPROTO || error == EAFNOSUPPORT;
}

static void
pause_listener(struct listener *l, int error)
{
	struct timeval wait = parent_timeval(PAUSE_MS);

	event_log(EVENT_ENVIRONMENT, "accept", strerror(error));
	event_del(l->acceptable);
	event_add(l->resume, &wait);
}

static void
acceptable(evutil_socket_t fd, short what, void *arg)
{
	struct listener *l = arg;
	struct channel_address local, remote;
	int i, conn;

	(void)what;
	for (i = 0; i < BATCH; i++) {
		conn = tcp_accept(fd, &local, &remote);
		if (conn >= 0)
			admit(l->parent, conn, &local, &remote);
		else if (errno == EAGAIN)
			return;
		else if (!is_passing(errno)) {
			pause_listener(l, errno);
			return;
		}
	}
}

static void
resume(evutil_socket_t fd, short what, void *arg)
{
	struct listener *l = arg;

	(void)fd;
	(void)what;
	event_add(l->acceptable, NULL);
}

void
accept_start(struct parent *p)
{
	size_t i;

	for (i = 0; i < p->listener_count; i++) {
		struct listener *l = &p->listeners[i];
		char address[TCP_ADDRESS_TEXT_MAX];

		if (l->acceptable != NULL)
			continue;
		l->acceptable = event_new(p->base, l->fd, EV_READ | EV_PERSIST, acceptable, l);
		l->resume = event_new(p->base, -1, 0, resume, l);
		if (l->acceptable == NULL || l->resume == NULL)
			bug("accept", "no memory");
		event_add(l->acceptable, NULL);
		tcp_address_format(&l->address, address);
		event_log(EVENT_LISTENING, address, l->address.port);
	}
}
