/*
 * Addresses of daemon.listen that this host does not have (yet): at boot, before the interface of
 * the peering LAN is up, and whenever it is taken down. Listening sockets wait for them, as they
 * are bound freely (tcp_bind()); an alarm stands meanwhile. The parent.
 *
 *   every LOOK_MS: tcp_is_local()?   no: listen-address-missing   yes again: cleared
 */
#include "bgpd/ipc/bug.h"
#include "bgpd/parent/state.h"
#include "bgpd/parent/tcp.h"

#define LOOK_MS 2000

static void
look_at(struct parent *p, struct listener *l)
{
	char address[TCP_ADDRESS_TEXT_MAX];
	bool is_missing = !tcp_is_local(&l->address);

	if (is_missing == l->is_missing)
		return;
	l->is_missing = is_missing;
	tcp_address_format(&l->address, address);
	if (is_missing)
		alarms_raise(p, ALARM_LISTEN_ADDRESS_MISSING, address,
		    "this host does not have the address: no member gets in there until it has");
	else
		alarms_clear(p, ALARM_LISTEN_ADDRESS_MISSING, address);
}

static void
look(evutil_socket_t fd, short what, void *arg)
{
	struct parent *p = arg;

	(void)fd;
	(void)what;
	for (size_t i = 0; i < p->listener_count; i++)
		look_at(p, &p->listeners[i]);
}

void
addresses_watch(struct parent *p)
{
	struct timeval wait = parent_timeval(LOOK_MS);

	p->look = event_new(p->base, -1, EV_PERSIST, look, p);
	if (p->look == NULL)
		bug("addresses", "no memory");
	event_add(p->look, &wait);
	look(-1, 0, p);
}

void
addresses_unwatch(struct parent *p)
{
	if (p->look != NULL)
		event_free(p->look);
	p->look = NULL;
}
