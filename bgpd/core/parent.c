/*
 * What the parent says to rib: configuration, workers and their memory, the log, control sockets,
 * alarms of its own, the end. Everything comes from a process that we trust; a message that makes
 * no sense is our own bug.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bgpd/control/control.h"
#include "bgpd/core/state.h"
#include "bgpd/ipc/wake.h"

static void
write_later(evutil_socket_t fd, short what, void *arg)
{
	struct core *c = arg;

	(void)fd;
	(void)what;
	if (channel_flush(c->parent) == -1)
		c->stopping = true;
	else if (channel_has_queue(c->parent))
		event_add(c->parent_write, NULL);
}

void
parent_send(struct core *c, enum channel_type type, const void *body)
{
	if (channel_send(c->parent, type, body, NULL, 0) == -1) {
		event_log(EVENT_STOP, "rib", "the parent is gone or does not listen");
		c->stopping = true;
		c->exit_status = 1;
		return;
	}
	if (channel_has_queue(c->parent) && c->parent_write == NULL)
		c->parent_write =
		    event_new(c->base, channel_fd(c->parent), EV_WRITE, write_later, c);
	if (channel_has_queue(c->parent))
		event_add(c->parent_write, NULL);
}

/* What is answered comes from table and log: before they exist, clients wait in the kernel. */
void
parent_serve_control(struct core *c)
{
	if (c->control != NULL || c->table == NULL || c->log == NULL || c->control_fds[0] == -1)
		return;
	c->control = control_new(c, c->control_fds[0], c->control_fds[1]);
	c->control_fds[0] = c->control_fds[1] = -1;
}

static void
take_data(struct core *c, struct channel_message *m)
{
	generation_take_data(c, m->fds[0]);
}

static void
take_config(struct core *c, struct channel_message *m)
{
	generation_begin(c, m->body.generation.generation, m->fds[0]);
}

static void
take_commit(struct core *c, struct channel_message *m)
{
	generation_commit(c, m->body.generation.generation);
}

static void
take_abandon(struct core *c, struct channel_message *m)
{
	generation_abandon(c, m->body.generation.generation);
}

static void
take_log(struct core *c, struct channel_message *m)
{
	c->log = log_map_writer(m->fds[0]);
	if (c->log == NULL) {
		event_log(EVENT_ENVIRONMENT, "egress log", strerror(errno));
		c->stopping = true;
		c->exit_status = 1;
		return;
	}
	c->log_eighth = log_size(c->log) / 8;
	parent_serve_control(c);
}

/*
 * The member sees its connection end without a word, as if we had restarted: with graceful restart
 * it comes back, and until then its routes stay. What was stale before goes: whether it may stay
 * (RFC 8538) only the worker knew.
 *
 * The ring is gone and with it everything late. So any epoch of the next worker is news, also after
 * one that has told us an epoch which the parent never gave it.
 */
static void
forget_session(struct core *c, uint32_t slot)
{
	bool was_up = c->slots[slot].up;

	/* At the end of the process there is nobody left to wait. */
	ingress_session_lost(c, slot, c->stopping ? 0 : c->slots[slot].session.gr_families, false);
	if (was_up)
		history_lost(c, slot, c->slots[slot].stale.kept, "its session process died");
	room_set(c, slot, SLOT_IN_LOG, false);
	c->slots[slot].epoch = 0;
}

void
parent_drop_worker(struct core *c, uint32_t index)
{
	struct core_worker *w = &c->workers[index];

	if (w->ring == NULL)
		return;
	for (uint32_t slot = 0; c->table != NULL && slot < c->slot_count; slot++)
		if (c->slots[slot].worker == index)
			forget_session(c, slot);
	event_free(w->wake_event);
	ring_unmap(w->ring);
	session_table_unmap(w->sessions);
	close(w->own_wake);
	close(w->worker_wake);
	*w = (struct core_worker){.refused = w->refused};
}

static void
take_worker_died(struct core *c, struct channel_message *m)
{
	if (m->body.number.number < c->worker_count)
		parent_drop_worker(c, (uint32_t)m->body.number.number);
}

static void
woken(evutil_socket_t fd, short what, void *arg)
{
	(void)what;
	(void)arg;
	wake_drain(fd);
}

static void
take_worker(struct core *c, struct channel_message *m)
{
	struct core_worker *w;

	if (m->body.worker.index >= c->worker_count)
		abort();
	parent_drop_worker(c, m->body.worker.index);
	w = &c->workers[m->body.worker.index];
	w->ring = ring_map(m->fds[0]);
	w->sessions = session_table_map_reader(m->fds[1]);
	if (w->ring == NULL || w->sessions == NULL) {
		event_log(EVENT_ENVIRONMENT, "memory of a worker", strerror(errno));
		c->stopping = true;
		c->exit_status = 1;
		return;
	}
	w->own_wake = m->fds[2];
	w->worker_wake = m->fds[3];
	m->nfds = 2; /* the eventfds stay open */
	w->wake_event = event_new(c->base, w->own_wake, EV_READ | EV_PERSIST, woken, c);
	event_add(w->wake_event, NULL);
}

static void
take_sockets(struct core *c, struct channel_message *m)
{
	c->control_fds[0] = m->fds[0];
	c->control_fds[1] = m->fds[1];
	m->nfds = 0;
	parent_serve_control(c);
}

static void
take_alarm(struct core *c, struct channel_message *m)
{
	const struct channel_alarm *a = &m->body.alarm;

	if (a->raise)
		alarm_raise(c->alarms, a->alarm, a->source, "%s", a->text);
	else
		alarm_clear(c->alarms, a->alarm, a->source);
}

static void
take_log_level(struct core *c, struct channel_message *m)
{
	(void)c;
	if (m->body.number.number < LOG_LEVEL_COUNT)
		log_set_level((enum log_level)m->body.number.number);
}

static void
take_stop(struct core *c, struct channel_message *m)
{
	(void)m;
	c->stopping = true;
}

static void
take_reloaded(struct core *c, struct channel_message *m)
{
	control_reloaded(c->control, &m->body.reloaded, m->fds[0]);
}

typedef void (*take_fn)(struct core *, struct channel_message *);

static const take_fn takes[CHANNEL_TYPE_COUNT] = {
    [CHANNEL_CONFIG] = take_config,
    [CHANNEL_DATA] = take_data,
    [CHANNEL_COMMIT] = take_commit,
    [CHANNEL_ABANDON] = take_abandon,
    [CHANNEL_RELOADED] = take_reloaded,
    [CHANNEL_LOG] = take_log,
    [CHANNEL_WORKER] = take_worker,
    [CHANNEL_WORKER_DIED] = take_worker_died,
    [CHANNEL_SOCKETS] = take_sockets,
    [CHANNEL_ALARM] = take_alarm,
    [CHANNEL_LOG_LEVEL] = take_log_level,
    [CHANNEL_STOP] = take_stop,
};

void
parent_read(struct core *c)
{
	struct channel_message m;
	enum channel_result result;

	while ((result = channel_recv(c->parent, &m)) == CHANNEL_MESSAGE ||
	    result == CHANNEL_REFUSED) {
		if (result == CHANNEL_REFUSED)
			continue;
		if (takes[m.type] != NULL)
			takes[m.type](c, &m);
		for (unsigned i = 0; i < m.nfds; i++)
			close(m.fds[i]);
	}
	if (result == CHANNEL_OVER)
		c->stopping = true;
}
