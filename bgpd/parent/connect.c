/*
 * Connections that we make. A worker cannot make a socket: it asks for one for its slot, the parent
 * connects, with the peer's MD5 key, and passes on the established connection under a new epoch.
 *
 *   CONNECT --> attempt under way --writable--> established --> CONNECTION
 *                     |                 `-----> failed -------> CONNECT_FAILED + errno
 *                     `--timeout------------------------------> CONNECT_FAILED ETIMEDOUT
 *
 * One attempt per slot; when to try again is the worker's to say (RFC 4271 section 8,
 * ConnectRetryTimer): another CONNECT takes the place of the attempt under way.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bgpd/ipc/bug.h"
#include "bgpd/parent/state.h"
#include "bgpd/parent/tcp.h"

#define TIMEOUT_MS 60000

struct attempt {
	struct parent *parent;
	uint32_t slot;
	int fd;
	struct event *decided;
	struct channel_address remote;
};

void
connect_cancel(struct parent *p, uint32_t slot)
{
	struct attempt *a = p->attempts[slot];

	if (a == NULL)
		return;
	p->attempts[slot] = NULL;
	event_free(a->decided);
	if (a->fd != -1)
		close(a->fd);
	free(a);
}

void
connect_cancel_worker(struct parent *p, uint32_t worker)
{
	uint32_t slot;

	for (slot = 0; slot < slots_count(p->slots); slot++)
		if (slots_worker(p->slots, slot) == worker)
			connect_cancel(p, slot);
}

static void
report_failure(struct parent *p, uint32_t slot, int error)
{
	struct channel_connect_failed message = {.slot = slot, .error = error};
	char peer[ALARM_SOURCE_MAX];

	peer_format(p, slot, peer);
	event_log(EVENT_CONNECT_FAILED, peer, channel_connect_error_text(error));
	child_send(
	    &p->workers[slots_worker(p->slots, slot)], CHANNEL_CONNECT_FAILED, &message, NULL, 0);
}

static void
decided(evutil_socket_t fd, short what, void *arg)
{
	struct attempt *a = arg;
	struct parent *p = a->parent;
	struct channel_address local, remote = a->remote;
	uint32_t slot = a->slot;

	if ((what & EV_TIMEOUT) != 0) {
		connect_cancel(p, slot);
		report_failure(p, slot, ETIMEDOUT);
		return;
	}
	/* A reload may have come between: what counts is what is in force now. */
	if (tcp_connected(fd, &local) == -1 || accept_set_hops(p, slot, fd) == -1) {
		int error = errno;

		connect_cancel(p, slot);
		report_failure(p, slot, error);
		return;
	}
	a->fd = -1; /* the worker's now */
	connect_cancel(p, slot);
	accept_pass(p, slot, fd, false, &local, &remote);
}

/* Returns the socket of a connection under way, or -1 with errno. */
static int
begin(const struct parent *p, uint32_t slot, struct channel_address *remote)
{
	const struct conf_peer *peer = conf_peer(p->conf, slot);
	const struct conf_address *own = conf_local_address(p->conf, peer->address.family);
	uint8_t multihop = (uint8_t)peer->cfg.multihop;
	struct channel_address local;

	tcp_address_set(
	    remote, peer->address.family, peer->address.addr, (uint16_t)conf_daemon(p->conf)->port);
	if (own == NULL)
		return tcp_connect(NULL, remote, peer->password, multihop, peer->cfg.gtsm);
	tcp_address_set(&local, own->family, own->addr, 0);
	return tcp_connect(&local, remote, peer->password, multihop, peer->cfg.gtsm);
}

void
connect_begin(struct parent *p, uint32_t slot)
{
	struct timeval wait = parent_timeval(TIMEOUT_MS);
	struct channel_address remote;
	struct attempt *a;
	int fd;

	connect_cancel(p, slot);
	/* a reload has removed it; its worker does not know yet */
	if (conf_peer(p->conf, slot) == NULL)
		return;
	if (slots_refusal(p->slots, slot, parent_now_ms()) != NULL) {
		report_failure(p, slot, ECANCELED);
		return;
	}
	fd = begin(p, slot, &remote);
	if (fd == -1) {
		report_failure(p, slot, errno);
		return;
	}
	a = bug_calloc(1, sizeof(*a));
	a->parent = p;
	a->slot = slot;
	a->fd = fd;
	a->remote = remote;
	a->decided = event_new(p->base, fd, EV_WRITE, decided, a);
	if (a->decided == NULL)
		bug("connect", "no memory");
	event_add(a->decided, &wait);
	p->attempts[slot] = a;
}
