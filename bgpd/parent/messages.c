/*
 * What children say to the parent. A worker may be in a stranger's hands: it may speak of its own
 * slots only, and a few messages are read at a time, so that it cannot keep the parent busy.
 * bgpd/ipc/channel.h has checked form and direction.
 */
#include <stdio.h>
#include <unistd.h>

#include "bgpd/parent/state.h"

#define BATCH	   64
#define GIVE_UP_MS 2000 /* between closing the channel and ending */

typedef void take_fn(struct child *, const struct channel_message *);

static void
refuse(struct child *c, uint32_t slot, enum channel_type type, const char *why)
{
	event_log(EVENT_RECORD_REFUSED, c->name, slot, (unsigned)type, why);
}

/* True if the worker may speak of the slot. */
static bool
owns(struct child *c, uint64_t slot, enum channel_type type)
{
	if (slot < slots_count(c->parent->slots) &&
	    slots_worker(c->parent->slots, (uint32_t)slot) == c->index)
		return true;
	refuse(c, slot > UINT32_MAX ? UINT32_MAX : (uint32_t)slot, type,
	    "a message about a slot that is not its own");
	return false;
}

static void
take_connect(struct child *c, const struct channel_message *m)
{
	if (owns(c, m->body.number.number, m->type))
		connect_begin(c->parent, (uint32_t)m->body.number.number);
}

static void
take_taken(struct child *c, const struct channel_message *m)
{
	const struct channel_which *which = &m->body.which;

	if (owns(c, which->slot, m->type))
		held_taken(c->parent->held, which->slot, which->epoch);
}

static void
take_closed(struct child *c, const struct channel_message *m)
{
	const struct channel_which *which = &m->body.which;

	if (!owns(c, which->slot, m->type))
		return;
	/* a copy that a worker does not take and yet closes is not to stay with us */
	held_taken(c->parent->held, which->slot, which->epoch);
	slots_closed(c->parent->slots, which->slot);
}

static void
take_ready(struct child *c, const struct channel_message *m)
{
	const struct channel_ready *ready = &m->body.ready;

	if (c->state == CHILD_COMMITTED)
		reload_ready(c, ready->generation, ready->refused ? ready->text : NULL);
	else if (ready->refused)
		child_kill(c, ready->text);
	else if (ready->generation == c->parent->generation)
		child_commit(c);
}

static void
take_committed(struct child *c, const struct channel_message *m)
{
	reload_committed(c->parent, m->body.generation.generation);
}

static void
take_reload(struct child *c, const struct channel_message *m)
{
	reload_ask(c->parent, "roostctl", m->body.number.number);
}

static void
take_alive(struct child *c, const struct channel_message *m)
{
	(void)m;
	c->silent_ticks = 0;
}

static void
take_disable(struct parent *p, const struct channel_admin *admin, const char *peer)
{
	slots_disable(p->slots, admin->slot, admin->text);
	connect_cancel(p, admin->slot);
	event_log(EVENT_PEER_SHUTDOWN, peer, "roostctl", admin->text);
	alarms_raise(p, ALARM_PEER_DISABLED, peer, admin->text);
}

static void
take_enable(struct parent *p, const struct channel_admin *admin, const char *peer)
{
	limited_lift(p, admin->slot, peer);
	slots_enable(p->slots, admin->slot);
	event_log(EVENT_PEER_ENABLED, peer, "roostctl");
	alarms_clear(p, ALARM_PEER_DISABLED, peer);
	alarms_clear(p, ALARM_PEER_HELD_DOWN, peer);
}

/* To clear a peer that is down for its limit is to let it come back. */
static void
take_clear(struct parent *p, struct channel_admin *admin, const char *peer)
{
	event_log(EVENT_PEER_CLEARED, peer, "roostctl");
	if (limited_lift(p, admin->slot, peer) && !slots_is_disabled(p->slots, admin->slot) &&
	    !slots_is_held_down(p->slots, admin->slot))
		admin->act = CHANNEL_ENABLE;
}

/* The operator's word about a peer: remembered here, acted on by its worker. */
static void
take_admin(struct child *c, const struct channel_message *m)
{
	const struct channel_admin *admin = &m->body.admin;
	struct channel_admin order = *admin;
	struct parent *p = c->parent;
	char peer[ALARM_SOURCE_MAX];

	if (admin->slot >= slots_count(p->slots)) {
		refuse(c, admin->slot, m->type, "no such slot");
		return;
	}
	/* a reload has removed it, while rib did not know yet */
	if (conf_peer(p->conf, admin->slot) == NULL)
		return;
	peer_format(p, admin->slot, peer);
	switch (admin->act) {
	case CHANNEL_DISABLE:
		take_disable(p, admin, peer);
		break;
	case CHANNEL_ENABLE:
		take_enable(p, admin, peer);
		break;
	case CHANNEL_CLEAR:
		take_clear(p, &order, peer);
		break;
	case CHANNEL_LIMIT:
		limited_begin(p, admin);
		break;
	default:
		refuse(c, admin->slot, m->type, "no such order");
		return;
	}
	child_send(
	    &p->workers[slots_worker(p->slots, admin->slot)], CHANNEL_ADMIN, &order, NULL, 0);
}

static void
take_kill_worker(struct child *c, const struct channel_message *m)
{
	const struct channel_kill_worker *kill_worker = &m->body.kill_worker;

	if (kill_worker->index >= c->parent->worker_count)
		refuse(c, 0, m->type, "no such worker");
	else
		child_kill(&c->parent->workers[kill_worker->index], kill_worker->text);
}

static void
take_log_level(struct child *c, const struct channel_message *m)
{
	struct parent *p = c->parent;
	struct child *other = NULL;

	if (m->body.number.number >= LOG_LEVEL_COUNT) {
		refuse(c, 0, m->type, "no such level");
		return;
	}
	p->level = (enum log_level)m->body.number.number;
	log_set_level(p->level);
	while ((other = children_next(p, other)) != NULL)
		if (other != c)
			child_send(other, CHANNEL_LOG_LEVEL, &m->body.number, NULL, 0);
}

static take_fn *const takes[CHANNEL_TYPE_COUNT] = {
    [CHANNEL_CONNECT] = take_connect,
    [CHANNEL_TAKEN] = take_taken,
    [CHANNEL_CLOSED] = take_closed,
    [CHANNEL_READY] = take_ready,
    [CHANNEL_COMMITTED] = take_committed,
    [CHANNEL_RELOAD] = take_reload,
    [CHANNEL_ALIVE] = take_alive,
    [CHANNEL_ADMIN] = take_admin,
    [CHANNEL_KILL_WORKER] = take_kill_worker,
    [CHANNEL_LOG_LEVEL] = take_log_level,
};

static void
take(struct child *c, const struct channel_message *m)
{
	unsigned i;

	takes[m->type](c, m);
	for (i = 0; i < m->nfds; i++)
		close(m->fds[i]);
}

void
messages_read(struct child *c)
{
	struct timeval wait = parent_timeval(GIVE_UP_MS);
	struct channel_message m;
	int i;

	/* A message may end the child, and with it the channel. */
	for (i = 0; i < BATCH && c->channel != NULL; i++) {
		switch (channel_recv(c->channel, &m)) {
		case CHANNEL_MESSAGE:
			take(c, &m);
			break;
		case CHANNEL_EMPTY:
			return;
		case CHANNEL_REFUSED:
			refuse(c, 0, 0, "a message that does not fit its form");
			break;
		case CHANNEL_OVER:
			/* It is about to end: SIGCHLD follows, or force. */
			event_del(c->readable);
			event_add(c->give_up, &wait);
			return;
		}
	}
}
