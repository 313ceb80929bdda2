/*
 * Connections that are over. Closing a socket in which octets are unread makes the kernel answer
 * with a reset, which may overtake the NOTIFICATION that we have just sent. So sending is shut
 * down, what still comes is read and thrown away until the other side closes, and after CLOSING_MS
 * the socket is closed anyway. At most CLOSING_MAX of them; one more ends the oldest.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bgpd/ipc/bug.h"
#include "bgpd/session/state.h"

#define READS_MAX 16 /* system calls for one event: it may never stop sending */

static void
end(struct closing *c)
{
	event_del(&c->event);
	timer_stop(&c->timer);
	close(c->fd);
	c->next->prev = c->prev;
	c->prev->next = c->next;
	c->worker->closing_count--;
	free(c);
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct closing *c = arg;

	(void)what;
	for (unsigned i = 0; i < READS_MAX; i++) {
		ssize_t n = recv(fd, c->worker->buffer, sizeof(c->worker->buffer), MSG_DONTWAIT);

		if (n > 0 || (n == -1 && errno == EINTR))
			continue;
		if (n == 0 || (errno != EAGAIN && errno != EWOULDBLOCK))
			end(c);
		return;
	}
}

static void
on_timer(void *arg, unsigned kind, uint64_t now_ms)
{
	(void)kind;
	(void)now_ms;
	end(arg);
}

void
closing_add(struct worker *w, int fd)
{
	struct closing *c, *head = &w->closings;

	if (shutdown(fd, SHUT_WR) == -1) {
		close(fd);
		return;
	}
	if (w->closing_count == CLOSING_MAX)
		end(head->next);
	c = bug_calloc(1, sizeof(*c));
	c->worker = w;
	c->fd = fd;
	c->next = head;
	c->prev = head->prev;
	head->prev->next = c;
	head->prev = c;
	w->closing_count++;
	event_assign(&c->event, w->base, fd, EV_READ | EV_PERSIST, on_readable, c);
	event_add(&c->event, NULL);
	timer_init(&c->timer, on_timer, c, 0);
	timer_set(w->timers, &c->timer, w->now_ms + CLOSING_MS);
}

void
closing_end_all(struct worker *w)
{
	while (w->closings.next != &w->closings)
		end(w->closings.next);
}
