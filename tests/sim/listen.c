/*
 * Listening sockets, see listen.h.
 *
 * A connection belongs to the passive member whose local address, port and peer address it has;
 * others are closed. TCP MD5 keys are set on the listening socket, one per peer.
 */
#include "tests/sim/listen.h"
#include "tests/sim/address.h"

#include <arpa/inet.h>
#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG 4096

struct listener {
	struct source source;
	struct listener *next;
	struct address local;
	uint16_t port;
};

int
listen_open(const struct address *local, uint16_t port)
{
	struct sockaddr_storage addr;
	socklen_t len = address_fill(local, port, &addr);
	int on = 1;
	int fd = socket(addr.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd == -1)
		err(SIM_USAGE, "socket");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (local->family == 6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&addr, len) == -1 || listen(fd, BACKLOG) == -1)
		err(SIM_USAGE, "cannot listen on port %u", port);
	return fd;
}

int
listen_take(int fd, struct address *remote)
{
	struct sockaddr_storage addr;
	socklen_t len = sizeof(addr);
	int client = accept4(fd, (struct sockaddr *)&addr, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (client != -1)
		address_take(&addr, remote);
	return client;
}

static void
listener_ready(struct sim *sim, struct source *source, uint32_t events)
{
	struct listener *l = (struct listener *)source;
	struct address remote;
	int fd;

	(void)events;
	while ((fd = listen_take(source->fd, &remote)) != -1) {
		struct member *m = NULL;

		for (size_t i = 0; i < sim->member_count && m == NULL; i++) {
			const struct member_conf *c = &sim->members[i].conf;

			if (c->passive && c->port == l->port &&
			    address_equal(&c->local, &l->local) && address_equal(&c->peer, &remote))
				m = &sim->members[i];
		}
		if (m != NULL)
			member_accept(sim, m, fd);
		else
			close(fd);
	}
}

static struct listener *
find_listener(struct sim *sim, const struct member_conf *c)
{
	struct listener *l;

	for (l = sim->listeners; l != NULL; l = l->next)
		if (l->port == c->port && address_equal(&l->local, &c->local))
			return l;
	l = zalloc(1, sizeof(*l));
	l->source = (struct source){listener_ready, listen_open(&c->local, c->port)};
	l->local = c->local;
	l->port = c->port;
	l->next = sim->listeners;
	sim->listeners = l;
	sim_watch(sim, &l->source, EPOLLIN, true);
	return l;
}

void
listen_start(struct sim *sim)
{
	for (size_t i = 0; i < sim->member_count; i++) {
		const struct member_conf *c = &sim->members[i].conf;
		const struct listener *l;

		if (!c->passive)
			continue;
		l = find_listener(sim, c);
		if (c->md5 != NULL)
			address_set_md5(l->source.fd, &c->peer, c->md5);
	}
}

void
listen_stop(struct sim *sim)
{
	while (sim->listeners != NULL) {
		struct listener *l = sim->listeners;

		sim->listeners = l->next;
		close(l->source.fd);
		free(l);
	}
}
