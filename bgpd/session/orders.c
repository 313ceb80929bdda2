/*
 * What the parent says, one function per message, and what it is told.
 *
 * Sessions need a configuration that was committed and the three shared memories. After a death of
 * rib the parent says DROP_SESSIONS and sends new memory: sessions end (the members' routes are in
 * a table that is gone), gracefully where the member can keep ours meanwhile, and begin anew, with
 * new epochs, once all three have come. New memory without DROP_SESSIONS means the same.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bgpd/clock.h"
#include "bgpd/ipc/bug.h"
#include "bgpd/ipc/wake.h"
#include "bgpd/session/state.h"

#define BATCH 64 /* messages in one turn */

typedef void order(struct worker *, struct channel_message *);

void
orders_send(struct worker *w, enum channel_type type, const void *body)
{
	/* Without its parent a worker is of no use. */
	if (channel_send(w->parent, type, body, NULL, 0) == -1)
		w->over = true;
}

static void
answer(struct worker *w, uint32_t generation, const char *refused)
{
	struct channel_ready ready = {.generation = generation, .refused = refused != NULL};

	if (refused != NULL)
		snprintf(ready.text, sizeof(ready.text), "%s", refused);
	orders_send(w, CHANNEL_READY, &ready);
}

/* Memory or descriptors that we can not use: our end, the parent starts another worker. */
static void
give_up(struct worker *w, const char *what)
{
	event_log(EVENT_ENVIRONMENT, what, strerror(errno));
	w->over = true;
}

void
orders_stop_all(struct worker *w, uint8_t cease, const char *text)
{
	for (uint32_t s = 0; s < w->peer_slots; s++)
		if (w->peers[s] != NULL)
			peer_stop(w->peers[s], cease, text);
}

void
orders_drop_all(struct worker *w, const char *text)
{
	for (uint32_t s = 0; s < w->peer_slots; s++)
		if (w->peers[s] != NULL)
			peer_drop(w->peers[s], text);
}

static void
run_if_complete(struct worker *w)
{
	if (w->running || w->have != HAVE_ALL || w->config.head == NULL)
		return;
	w->running = true;
	for (uint32_t s = 0; s < w->peer_slots; s++)
		if (w->peers[s] != NULL)
			peer_start(w->peers[s], false);
}

/* ---- configuration ---- */

static void
take_config(struct worker *w, struct channel_message *m)
{
	compiled_unmap(&w->next);
	w->next.head = NULL;
	w->next_generation = m->body.generation.generation;
	if (compiled_map(m->fds[0], &w->next) == -1) {
		w->next.head = NULL;
		answer(w, w->next_generation, "the compiled configuration cannot be mapped");
		return;
	}
	answer(w, w->next_generation, NULL);
}

static void
take_abandon(struct worker *w, struct channel_message *m)
{
	if (w->next.head == NULL || m->body.generation.generation != w->next_generation)
		return;
	compiled_unmap(&w->next);
	w->next.head = NULL;
}

static void
set_slots(struct worker *w, uint32_t slots)
{
	if (slots <= w->peer_slots)
		return;
	w->peers = bug_reallocarray(w->peers, slots, sizeof(struct peer *));
	for (uint32_t s = w->peer_slots; s < slots; s++)
		w->peers[s] = NULL;
	w->peer_slots = slots;
	egress_set_slots(w->egress, slots);
}

/* What the slot is now; NULL: not ours any more. */
static void
apply_slot(struct worker *w, uint32_t slot, const struct compiled_slot *conf, bool all_new)
{
	struct peer *p = w->peers[slot];

	if (p != NULL && (conf == NULL || all_new || compiled_is_other_session(&p->conf, conf))) {
		if (conf == NULL)
			peer_stop(p, CEASE_DECONFIGURED, "the peer has been removed");
		else
			peer_stop(p, CEASE_CONFIG_CHANGE, "the configuration has changed");
		peer_free(p);
		p = w->peers[slot] = NULL;
	}
	if (conf == NULL) {
		/* What the operator said about it was about this peer, not about the next one. */
		w->barred[slot] = 0;
		return;
	}
	if (p == NULL) {
		w->peers[slot] = peer_new(w, conf);
		peer_start(w->peers[slot], false);
		return;
	}
	peer_configure(p, conf);
}

static void
take_commit(struct worker *w, struct channel_message *m)
{
	struct compiled old = w->config;
	bool all_new;

	if (w->next.head == NULL || m->body.generation.generation != w->next_generation)
		return;
	all_new = old.head == NULL || compiled_is_other_server(old.head, w->next.head);
	w->config = w->next;
	w->next.head = NULL;
	set_slots(w, w->config.head->slots);
	for (uint32_t s = 0; s < w->peer_slots; s++) {
		bool ours = s < w->config.head->slots &&
		    (w->config.slots[s].flags & SLOT_UNUSED) == 0 &&
		    w->config.slots[s].worker == w->index;

		apply_slot(w, s, ours ? &w->config.slots[s] : NULL, all_new);
	}
	if (old.head != NULL)
		compiled_unmap(&old);
	run_if_complete(w);
}

/* ---- shared memory ---- */

static void
drop(struct worker *w, const char *text)
{
	if (w->running)
		orders_drop_all(w, text);
	w->running = false;
	w->have = 0;
}

/* A piece of memory has come. */
static void
note_memory(struct worker *w, enum worker_memory piece)
{
	w->have |= (unsigned)piece;
	run_if_complete(w);
}

static void
forget_waiting_reports(struct worker *w)
{
	for (struct peer *p = w->reports; p != NULL; p = p->report_next)
		p->report_listed = false;
	w->reports = NULL;
	for (uint32_t s = 0; s < w->peer_slots; s++)
		if (w->peers[s] != NULL)
			memset(&w->peers[s]->report, 0, sizeof(w->peers[s]->report));
}

static void
on_wake(evutil_socket_t fd, short what, void *arg)
{
	(void)what;
	(void)arg;
	wake_drain(fd); /* that the loop turns is all that was wanted */
}

static void
take_ring(struct worker *w, struct channel_message *m)
{
	if ((w->have & HAVE_RING) != 0)
		drop(w, "the route table was restarted");
	forget_waiting_reports(w);
	ring_unmap(w->ring.ring);
	quota_free(w->ring.quota);
	if (w->own_wake != -1) {
		event_del(&w->wake_event);
		close(w->own_wake);
		close(w->rib_wake);
	}
	w->ring.quota = NULL;
	w->rib_wake = m->fds[1];
	w->own_wake = m->fds[2];
	m->fds[1] = m->fds[2] = -1;
	event_assign(&w->wake_event, w->base, w->own_wake, EV_READ | EV_PERSIST, on_wake, w);
	event_add(&w->wake_event, NULL);
	w->ring.ring = ring_map(m->fds[0]);
	if (w->ring.ring == NULL) {
		give_up(w, "ingress ring");
		return;
	}
	if (ring_record_max(w->ring.ring) < INGRESS_RECORD_MIN)
		bug("worker", "the ingress ring is too small for an UPDATE");
	w->ring.quota = quota_new(ring_size(w->ring.ring), COMPILED_SLOTS_MAX);
	w->ring_seen = ring_released(w->ring.ring);
	note_memory(w, HAVE_RING);
}

static void
take_log(struct worker *w, struct channel_message *m)
{
	if ((w->have & HAVE_LOG) != 0)
		drop(w, "the route table was restarted");
	egress_set_log(w->egress, NULL);
	log_unmap(w->log);
	w->log = log_map_reader(m->fds[0]);
	if (w->log == NULL) {
		give_up(w, "egress log");
		return;
	}
	/* Nothing has been told yet: this rib has begun anew, and not only this worker. */
	w->new_rib_ms = log_head_acquire(w->log) == 0 ? clock_us() / 1000 : 0;
	egress_set_log(w->egress, w->log);
	egress_tell(w->egress);
	note_memory(w, HAVE_LOG);
}

static void
take_table(struct worker *w, struct channel_message *m)
{
	if ((w->have & HAVE_TABLE) != 0)
		drop(w, "the route table was restarted");
	egress_set_table(w->egress, NULL);
	session_table_unmap(w->table);
	w->table = session_table_map_writer(m->fds[0]);
	if (w->table == NULL) {
		give_up(w, "session table");
		return;
	}
	session_table_set_working_on(w->table, SESSION_TABLE_NOBODY);
	egress_set_table(w->egress, w->table);
	egress_tell(w->egress);
	note_memory(w, HAVE_TABLE);
}

static void
take_drop(struct worker *w, struct channel_message *m)
{
	drop(w, m->body.text.text);
}

/* ---- connections ---- */

static void
take_connection(struct worker *w, struct channel_message *m)
{
	const struct channel_connection *c = &m->body.connection;
	struct channel_which which = {.slot = c->slot, .epoch = c->epoch};
	struct peer *p = worker_peer(w, c->slot);

	orders_send(w, CHANNEL_TAKEN, &which); /* from now on it dies with us */
	if (p == NULL) {
		orders_send(w, CHANNEL_CLOSED, &which);
		return; /* the descriptor is closed by orders_read() */
	}
	peer_connection(p, c, m->fds[0]);
	m->fds[0] = -1;
}

static void
take_connect_failed(struct worker *w, struct channel_message *m)
{
	struct peer *p = worker_peer(w, m->body.connect_failed.slot);
	struct cause cause = {.text = channel_connect_error_text(m->body.connect_failed.error)};

	if (p == NULL || p->link[DIRECTION_OUT].state != SESSION_CONNECT)
		return;
	peer_note_error(p, cause.text);
	link_step(&p->link[DIRECTION_OUT], FSM_TCP_FAILED, &cause);
}

/* ---- the operator ---- */

static void
bar(struct worker *w, uint32_t slot, uint8_t flag, uint8_t cease, const char *text)
{
	struct peer *p = worker_peer(w, slot);

	w->barred[slot] |= flag;
	if (p != NULL)
		peer_stop(p, cease, text);
}

static void
take_admin(struct worker *w, struct channel_message *m)
{
	const struct channel_admin *admin = &m->body.admin;
	struct peer *p = worker_peer(w, admin->slot);

	if (admin->slot >= COMPILED_SLOTS_MAX)
		return;
	switch (admin->act) {
	case CHANNEL_DISABLE:
		bar(w, admin->slot, SESSION_DISABLED, CEASE_SHUTDOWN, admin->text);
		break;
	case CHANNEL_HOLD_DOWN:
		bar(w, admin->slot, SESSION_HELD_DOWN, CEASE_SHUTDOWN, admin->text);
		break;
	case CHANNEL_LIMIT:
		w->barred[admin->slot] |= SESSION_LIMITED;
		if (p != NULL && admin->family < FAMILY_COUNT)
			peer_stop_over_limit(p, admin->family, admin->limit, admin->text);
		break;
	case CHANNEL_ENABLE:
		w->barred[admin->slot] = 0;
		if (p != NULL && !timer_is_running(&p->idle_hold))
			peer_start(p, false);
		break;
	case CHANNEL_CLEAR:
		if (p == NULL)
			break;
		peer_stop(p, CEASE_RESET, admin->text);
		peer_start(p, true);
		break;
	default:
		break;
	}
}

static void
take_log_level(struct worker *w, struct channel_message *m)
{
	(void)w;
	if (m->body.number.number < LOG_LEVEL_COUNT)
		log_set_level((enum log_level)m->body.number.number);
}

static void
take_stop(struct worker *w, struct channel_message *m)
{
	w->stopping = true;
	w->stop_ms = w->now_ms + CLOSING_MS / 2;
	orders_stop_all(w, CEASE_SHUTDOWN, m->body.text.text);
}

static order *const orders[CHANNEL_TYPE_COUNT] = {
    [CHANNEL_CONFIG] = take_config,
    [CHANNEL_COMMIT] = take_commit,
    [CHANNEL_ABANDON] = take_abandon,
    [CHANNEL_RING] = take_ring,
    [CHANNEL_LOG] = take_log,
    [CHANNEL_TABLE] = take_table,
    [CHANNEL_CONNECTION] = take_connection,
    [CHANNEL_CONNECT_FAILED] = take_connect_failed,
    [CHANNEL_ADMIN] = take_admin,
    [CHANNEL_DROP_SESSIONS] = take_drop,
    [CHANNEL_LOG_LEVEL] = take_log_level,
    [CHANNEL_STOP] = take_stop,
};

void
orders_read(struct worker *w)
{
	struct channel_message m;

	for (unsigned n = 0; n < BATCH && !w->over; n++) {
		enum channel_result result = channel_recv(w->parent, &m);

		if (result == CHANNEL_EMPTY)
			return;
		if (result == CHANNEL_OVER)
			w->over = true;
		if (result != CHANNEL_MESSAGE)
			continue;
		if (orders[m.type] != NULL)
			orders[m.type](w, &m);
		for (unsigned i = 0; i < m.nfds; i++)
			if (m.fds[i] != -1)
				close(m.fds[i]);
	}
}
