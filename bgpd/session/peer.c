/*
 * A peer: when its two links begin and end, which of two connections is kept, what a penalty is.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bgpd/clock.h"
#include "bgpd/ipc/bug.h"
#include "bgpd/session/state.h"
#include "bgpd/utf8.h"

static struct cause
cease(uint8_t subcode, const char *text)
{
	return (struct cause){
	    .error = {NOTIFICATION_CEASE, subcode, 0, NULL}, .text = text, .cease_text = text};
}

static bool
may_run(const struct peer *p)
{
	return p->worker->running && !p->worker->stopping && !p->resetting &&
	    p->worker->barred[p->slot] == 0;
}

/* ---- life ---- */

static void
on_idle_hold(void *arg, unsigned kind, uint64_t now_ms)
{
	(void)kind;
	(void)now_ms;
	peer_start(arg, false);
}

struct peer *
peer_new(struct worker *w, const struct compiled_slot *conf)
{
	struct peer *p = bug_calloc(1, sizeof(*p));

	p->worker = w;
	p->slot = conf->slot;
	p->conf = *conf;
	inet_ntop(
	    conf->family == FAMILY_IPV4 ? AF_INET : AF_INET6, conf->addr, p->name, sizeof(p->name));
	for (unsigned d = 0; d < DIRECTION_COUNT; d++)
		link_init(&p->link[d], p, d);
	successor_init(&p->successor, p);
	timer_init(&p->idle_hold, on_idle_hold, p, 0);
	p->row.since_s = clock_wall_ms() / 1000;
	return p;
}

void
peer_free(struct peer *p)
{
	struct peer **at = &p->worker->reports;

	if (p->report_listed) {
		while (*at != p)
			at = &(*at)->report_next;
		*at = p->report_next;
	}
	timer_stop(&p->idle_hold);
	successor_fini(&p->successor);
	for (unsigned d = 0; d < DIRECTION_COUNT; d++)
		link_fini(&p->link[d]);
	free(p);
}

struct link *
peer_other(struct link *l)
{
	return &l->peer->link[l->direction == DIRECTION_OUT ? DIRECTION_IN : DIRECTION_OUT];
}

struct link *
peer_established(struct peer *p)
{
	for (unsigned d = 0; d < DIRECTION_COUNT; d++)
		if (p->link[d].state == SESSION_ESTABLISHED)
			return &p->link[d];
	return NULL;
}

static uint64_t
idle_hold_ms(struct peer *p, uint32_t seconds)
{
	return fsm_jitter_ms((uint64_t)seconds * 1000, worker_random(p->worker));
}

void
peer_start(struct peer *p, bool damped)
{
	struct worker *w = p->worker;
	struct link *out = &p->link[DIRECTION_OUT];

	if (!may_run(p))
		return;
	timer_stop(&p->idle_hold);
	link_step(&p->link[DIRECTION_IN], FSM_START_PASSIVE, NULL);
	if ((p->conf.flags & SLOT_PASSIVE) != 0 || out->state != SESSION_IDLE)
		return;
	if (!damped) {
		link_step(out, FSM_START, NULL);
		return;
	}
	link_step(out, FSM_START_PASSIVE, NULL);
	timer_set(w->timers, &out->timer[LINK_RETRY],
	    w->now_ms + idle_hold_ms(p, w->config.head->idle_hold_s));
}

static void
stop_links(struct peer *p, const struct cause *cause)
{
	p->resetting = true;
	for (unsigned d = 0; d < DIRECTION_COUNT; d++)
		link_step(&p->link[d], FSM_STOP, cause);
	p->resetting = false;
}

static void
stop(struct peer *p, const struct cause *cause)
{
	timer_stop(&p->idle_hold);
	stop_links(p, cause);
	p->backoff.idle_s = 0;
	display_peer(p);
}

void
peer_stop(struct peer *p, uint8_t subcode, const char *text)
{
	struct cause cause = cease(subcode, text);

	stop(p, &cause);
}

void
peer_stop_over_limit(struct peer *p, enum family family, uint32_t limit, const char *text)
{
	struct cause cause = cease(CEASE_MAX_PREFIXES, text);
	uint8_t data[7];
	struct wire_writer w = wire_writer_over(data, sizeof(data));

	wire_put_u16(&w, msg_afi(family));
	wire_put_u8(&w, 1 /* SAFI: unicast */);
	wire_put_u32(&w, limit);
	cause.error.data = data;
	cause.error.data_len = sizeof(data);
	stop(p, &cause);
}

void
peer_drop(struct peer *p, const char *text)
{
	struct cause lost = {.text = text}, reset = cease(CEASE_RESET, text);
	struct link *l = peer_established(p);

	/* Without the N bit any NOTIFICATION would have our routes forgotten (RFC 4724 section 4).
	 */
	if (l != NULL && l->nego.has_gr && !ending_has_n(&l->nego)) {
		p->resetting = true;
		link_step(l, FSM_TCP_FAILED, &lost);
		p->resetting = false;
	}
	reset.keeps_routes = true;
	stop(p, &reset);
}

void
peer_configure(struct peer *p, const struct compiled_slot *conf)
{
	struct link *out = &p->link[DIRECTION_OUT];

	p->conf = *conf;
	if ((conf->flags & SLOT_PASSIVE) != 0 && out->state < SESSION_OPENSENT) {
		p->resetting = true;
		link_step(out, FSM_STOP, NULL);
		p->resetting = false;
	} else if (!timer_is_running(&p->idle_hold) && peer_established(p) == NULL) {
		peer_start(p, true);
	}
}

/* ---- what follows when a link has moved ---- */

/* Neither link has a connection any more: begin again. */
static void
begin_again(struct peer *p, bool penalty)
{
	struct worker *w = p->worker;
	uint32_t idle_s;

	if (!may_run(p))
		return;
	if (!penalty) {
		peer_start(p, true);
		return;
	}
	stop_links(p, NULL);
	idle_s = fsm_backoff_add(
	    &p->backoff, w->config.head->idle_hold_s, w->config.head->idle_hold_max_s);
	timer_set(w->timers, &p->idle_hold, w->now_ms + idle_hold_ms(p, idle_s));
}

void
peer_moved(struct peer *p, struct link *l, enum session_state from, bool penalty)
{
	struct link *other = peer_other(l);

	if ((from == SESSION_ESTABLISHED) != (l->state == SESSION_ESTABLISHED))
		p->row.since_s = clock_wall_ms() / 1000;
	if (from == SESSION_ESTABLISHED)
		successor_go_on(&p->successor);
	if (l->state == SESSION_ESTABLISHED) {
		struct cause lost = cease(CEASE_COLLISION, "the other connection is established");

		p->row.established_count++;
		lost.cease_text = NULL;
		link_step(other, FSM_COLLISION_LOST, &lost);
	} else if (l->state < SESSION_OPENSENT && other->state < SESSION_OPENSENT &&
	    (l->state == SESSION_IDLE || from >= SESSION_OPENSENT)) {
		begin_again(p, penalty);
	}
	display_peer(p);
}

bool
peer_collide(struct link *l, const struct negotiated *theirs)
{
	const struct compiled_head *head = l->peer->worker->config.head;
	struct cause lost = cease(CEASE_COLLISION, "connection collision");
	struct link *other = peer_other(l);
	enum direction kept;

	if (other->state < SESSION_OPENCONFIRM)
		return true;
	kept = negotiate_survivor(head->router_id, head->rs_as, theirs->bgp_id, theirs->asn);
	lost.cease_text = NULL;
	if (other->state == SESSION_ESTABLISHED || kept != l->direction) {
		link_step(l, FSM_COLLISION_LOST, &lost);
		return false;
	}
	link_step(other, FSM_COLLISION_LOST, &lost);
	return true;
}

/* ---- connections from the parent ---- */

void
peer_refuse(struct peer *p, const struct channel_connection *c, int fd, uint8_t subcode)
{
	struct channel_which closed = {.slot = p->slot, .epoch = c->epoch};
	uint8_t message[MSG_MAX_BYTES];
	size_t n = notification_encode_cease(subcode, NULL, message, sizeof(message));

	event_log(EVENT_CONNECTION_REFUSED, p->name,
	    notification_subcode_name(NOTIFICATION_CEASE, subcode));
	if (send(fd, message, n, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)n)
		closing_add(p->worker, fd);
	else
		close(fd);
	p->row.out.notifications++;
	orders_send(p->worker, CHANNEL_CLOSED, &closed);
}

/*
 * The member has opened another connection while one of its earlier ones is still in the
 * handshake. A speaker has one outgoing connection, so it has given up the older one: that goes.
 */
static void
give_up_older(struct peer *p, struct link *l)
{
	struct cause older = cease(CEASE_COLLISION, "the member has opened a newer connection");

	older.cease_text = NULL;
	p->resetting = true;
	link_step(l, FSM_COLLISION_LOST, &older);
	p->resetting = false;
}

void
peer_connection(struct peer *p, const struct channel_connection *c, int fd)
{
	struct link *l = &p->link[c->incoming != 0 ? DIRECTION_IN : DIRECTION_OUT];

	const struct link *established = peer_established(p);

	if (established != NULL && l->direction == DIRECTION_IN &&
	    successor_is_welcome(established)) {
		successor_wait(&p->successor, c, fd);
		return;
	}
	if (established != NULL) {
		/* RFC 4271 section 6.8 */
		peer_refuse(p, c, fd, CEASE_COLLISION);
		return;
	}
	/* One that waited for the end of the session is older, too, and so is its epoch. */
	if (l->direction == DIRECTION_IN)
		successor_fini(&p->successor);
	if (l->direction == DIRECTION_IN && l->state >= SESSION_OPENSENT)
		give_up_older(p, l);
	/* A link that lost a collision waits in Idle; it has no penalty to sit out. */
	if (l->direction == DIRECTION_IN && may_run(p) && !timer_is_running(&p->idle_hold))
		link_step(l, FSM_START_PASSIVE, NULL);
	if ((fsm_row(l->state, FSM_CONNECTED)->actions & FSM_DO_REJECT) != 0) {
		peer_refuse(p, c, fd, CEASE_REJECTED);
		return;
	}
	link_take(l, c, fd);
	link_step(l, FSM_CONNECTED, NULL);
}

/* ---- what is kept to be told ---- */

void
peer_note_error(struct peer *p, const char *text)
{
	snprintf(p->row.last_error, sizeof(p->row.last_error), "%.*s",
	    (int)utf8_cut(text, sizeof(p->row.last_error) - 1), text);
}

void
peer_note_report(struct peer *p)
{
	if (p->report_listed || !report_is_waiting(&p->report))
		return;
	p->report_listed = true;
	p->report_next = p->worker->reports;
	p->worker->reports = p;
}
