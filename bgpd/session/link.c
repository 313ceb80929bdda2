/*
 * One link: carries out what the matrix of fsm.c says, owns the connection and its timers.
 *
 * The actions of a step run in the order of their bits while the link is still in the old state;
 * none of them makes another step. What follows from the new state (the other link, starting
 * again) is peer.c's, called last. A socket that fails while something is being sent is only noted
 * (LINK_BROKEN): the step for it comes in the link's turn.
 */
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bgpd/session/state.h"
#include "bgpd/utf8.h"

#define KEEPALIVE_MIN_MS 1000 /* RFC 4271 section 4.4: not more than one per second */

struct step {
	enum fsm_event event;
	const struct cause *cause; /* never NULL */
	char reason[REASON_MAX];
	struct ending ending;
	bool notified;
};

typedef void action(struct link *, struct step *);

static void
set_timer(struct link *l, enum link_timer kind, uint64_t ms)
{
	timer_set(l->peer->worker->timers, &l->timer[kind], l->peer->worker->now_ms + ms);
}

/* ---- sending ---- */

void
link_wait_writable(struct link *l, bool wait)
{
	if (wait)
		event_add(&l->write_event, NULL);
	else
		event_del(&l->write_event);
}

/* Sends what waits while the link is not in the log yet. */
static void
flush(struct link *l)
{
	switch (sender_flush(&l->tx, NULL, 0, SENDER_OWN_MAX)) {
	case SENDER_DONE:
		link_wait_writable(l, false);
		break;
	case SENDER_BLOCKED:
	case SENDER_MORE:
		link_wait_writable(l, true);
		break;
	case SENDER_FAILED:
		l->error = errno;
		link_make_ready(l, LINK_BROKEN);
		break;
	}
}

static bool
is_in_egress(const struct link *l)
{
	return l->state == SESSION_ESTABLISHED &&
	    egress_is_attached(l->peer->worker->egress, l->peer->slot);
}

void
link_send(struct link *l, const uint8_t *message, size_t len)
{
	if (l->fd == -1 || (l->ready & LINK_BROKEN) != 0)
		return;
	if (!sender_queue(&l->tx, message, len)) {
		l->error = ENOBUFS;
		link_make_ready(l, LINK_BROKEN);
		return;
	}
	l->peer->row.out.messages++;
	if (is_in_egress(l))
		egress_send(l->peer->worker->egress, l->peer->slot);
	else
		flush(l);
}

/* The name of what was sent or received; a hard reset is shown as what it carries. */
static const char *
ending_name(const struct ending *e)
{
	return e->inner_code != 0 ? notification_subcode_name(e->inner_code, e->inner_subcode)
				  : notification_subcode_name(e->code, e->subcode);
}

static void
send_notification(struct link *l, struct step *s, struct wire_error error)
{
	bool long_text = (l->peer->conf.flags & SLOT_LONG_SHUTDOWN_TEXT) != 0;
	/* RFC 8654 section 5: more than 4,096 octets only to who takes them. */
	size_t max_len = l->nego.ext_msg ? MSG_EXTENDED_MAX_BYTES : MSG_MAX_BYTES;
	uint8_t message[MSG_EXTENDED_MAX_BYTES], words[NOTIFICATION_TEXT_MAX];
	bool hard = l->state == SESSION_ESTABLISHED &&
	    ending_is_hard(&l->nego, &error, s->cause->keeps_routes);
	char data[65] = "";
	size_t n;

	if (error.code == NOTIFICATION_CEASE && error.data_len == 0) {
		error.data_len = notification_cease_data(error.subcode, s->cause->cease_text,
		    long_text ? NOTIFICATION_TEXT_LONG_MAX : NOTIFICATION_TEXT_SEND_MAX, words);
		error.data = words;
	}
	n = (hard ? notification_encode_hard : notification_encode)(
	    &error, max_len, message, sizeof(message));
	for (unsigned i = 0; i < error.data_len && i < (sizeof(data) - 1) / 2; i++)
		snprintf(data + 2 * i, 3, "%02x", error.data[i]);
	s->ending = ending_sent(&error, hard);
	event_log(EVENT_NOTIFICATION_SENT, l->peer->name, (unsigned)s->ending.code,
	    (unsigned)s->ending.subcode, ending_name(&s->ending), data);
	/* The last words may only follow a whole message: see sender.h. */
	link_send(l, message, n);
	l->peer->row.out.notifications++;
	s->notified = true;
}

/* ---- actions, in the order of enum fsm_action ---- */

static void
notify(struct link *l, struct step *s)
{
	send_notification(l, s, s->cause->error);
}

static void
notify_fsm(struct link *l, struct step *s)
{
	static const uint8_t subcode[SESSION_STATE_COUNT] = {
	    [SESSION_OPENSENT] = FSM_ERROR_OPEN_SENT,
	    [SESSION_OPENCONFIRM] = FSM_ERROR_OPEN_CONFIRM,
	    [SESSION_ESTABLISHED] = FSM_ERROR_ESTABLISHED,
	};
	struct wire_error error = {NOTIFICATION_FSM, subcode[l->state], 0, NULL};

	send_notification(l, s, error);
}

static void
notify_hold(struct link *l, struct step *s)
{
	struct wire_error error = {NOTIFICATION_HOLD_TIMER, 0, 0, NULL};

	send_notification(l, s, error);
}

/* RFC 9687 section 3.3: only if it can go out; the socket is full, so most often it can not. */
static void
notify_send(struct link *l, struct step *s)
{
	struct wire_error error = {NOTIFICATION_SEND_HOLD, 0, 0, NULL};

	send_notification(l, s, error);
}

/* Why it ended, for rib: the words of who ended it, where there are any. */
static void
put_reason(const struct step *s, char out[RECORD_TEXT_MAX])
{
	const struct notification *received = s->cause->received;
	const char *text = s->reason;

	if (received != NULL && received->text[0] != '\0')
		text = received->text;
	snprintf(out, RECORD_TEXT_MAX, "%.*s", (int)utf8_cut(text, RECORD_TEXT_MAX - 1), text);
}

static void
down(struct link *l, struct step *s)
{
	struct peer *p = l->peer;
	struct record_down record = {.head = {.slot = (uint16_t)p->slot, .epoch = l->epoch},
	    .kept = ending_kept(&l->nego, &s->ending),
	    .kept_older = ending_has_n(&l->nego),
	    .end = s->ending.end,
	    .code = s->ending.code,
	    .subcode = s->ending.subcode,
	    .inner_code = s->ending.inner_code,
	    .inner_subcode = s->ending.inner_subcode};

	put_reason(s, record.reason);
	event_log(EVENT_SESSION_DOWN, p->name, (unsigned)p->conf.asn, s->reason);
	egress_detach(p->worker->egress, p->slot);
	quota_forget(p->worker->ring.quota, p->slot);
	report_down(&p->report, &p->worker->ring, &record);
	peer_note_report(p);
	fsm_backoff_up(&p->backoff, (p->worker->now_ms - p->up_ms) / 1000);
}

/*
 * For the member's history: a handshake that a NOTIFICATION has ended. Collisions are no news, both
 * sides begin with one.
 */
static void
note(struct link *l, const struct step *s)
{
	const struct ending *e = &s->ending;
	struct peer *p = l->peer;
	struct record_note record = {.head = {.slot = (uint16_t)p->slot, .epoch = l->epoch},
	    .end = e->end,
	    .code = e->code,
	    .subcode = e->subcode,
	    .inner_code = e->inner_code,
	    .inner_subcode = e->inner_subcode};

	if (l->state == SESSION_ESTABLISHED || e->end == END_CONNECTION ||
	    (e->code == NOTIFICATION_CEASE && e->subcode == CEASE_COLLISION))
		return;
	put_reason(s, record.reason);
	report_note(&p->report, &p->worker->ring, &record);
}

static void
close_connection(struct link *l, struct step *s)
{
	struct worker *w = l->peer->worker;
	struct channel_which closed = {.slot = l->peer->slot, .epoch = l->epoch};

	timer_stop(&l->timer[LINK_HOLD]);
	timer_stop(&l->timer[LINK_KEEPALIVE]);
	if (l->fd == -1)
		return;
	link_count(l);
	event_del(&l->read_event);
	event_del(&l->write_event);
	sender_fini(&l->tx);
	stream_fini(&l->rx);
	if (s->notified)
		closing_add(w, l->fd);
	else
		close(l->fd);
	l->fd = -1;
	l->paused = l->resumed = false;
	if (l->ready_next != NULL) {
		l->ready_next->ready_prev = l->ready_prev;
		l->ready_prev->ready_next = l->ready_next;
		l->ready_next = l->ready_prev = NULL;
	}
	l->ready = 0;
	orders_send(w, CHANNEL_CLOSED, &closed);
	peer_note_error(l->peer, s->reason);
	note(l, s);
}

static void
retry_stop(struct link *l, struct step *s)
{
	(void)s;
	timer_stop(&l->timer[LINK_RETRY]);
}

static void
retry_start(struct link *l, struct step *s)
{
	struct worker *w = l->peer->worker;

	(void)s;
	if (l->direction == DIRECTION_OUT)
		set_timer(l, LINK_RETRY,
		    fsm_jitter_ms(
			(uint64_t)w->config.head->connect_retry_s * 1000, worker_random(w)));
}

static void
ask_connection(struct link *l, struct step *s)
{
	struct channel_number slot = {.number = l->peer->slot};

	(void)s;
	orders_send(l->peer->worker, CHANNEL_CONNECT, &slot);
}

static void
send_open(struct link *l, struct step *s)
{
	struct worker *w = l->peer->worker;
	uint8_t message[MSG_MAX_BYTES];
	struct open_msg open;

	(void)s;
	negotiate_open(w->config.head, &l->peer->conf, worker_has_restarted(w), &open);
	/* RFC 8654 section 4: what we say here we must take, whatever they say. */
	l->rx.max_len = open.ext_msg ? MSG_EXTENDED_MAX_BYTES : MSG_MAX_BYTES;
	link_send(l, message, open_encode(&open, message, sizeof(message)));
	set_timer(l, LINK_HOLD, (uint64_t)FSM_OPEN_WAIT_S * 1000);
}

static void
send_keepalive(struct link *l, struct step *s)
{
	struct worker *w = l->peer->worker;
	uint32_t every_ms = negotiate_keepalive_ms(l->nego.hold_s);
	uint64_t jittered_ms;
	uint8_t message[MSG_HEADER_BYTES];

	(void)s;
	/* One that waits already is as good as two; the first one is the answer to OPEN. */
	if (l->state == SESSION_OPENSENT || !sender_has_own(&l->tx))
		link_send(l, message, msg_encode_keepalive(message, sizeof(message)));
	if (every_ms == 0)
		return;
	jittered_ms = fsm_jitter_ms(every_ms, worker_random(w));
	set_timer(
	    l, LINK_KEEPALIVE, jittered_ms < KEEPALIVE_MIN_MS ? KEEPALIVE_MIN_MS : jittered_ms);
}

static void
hold(struct link *l, struct step *s)
{
	(void)s;
	if (l->nego.hold_s != 0)
		set_timer(l, LINK_HOLD, (uint64_t)l->nego.hold_s * 1000);
	else if (l->state == SESSION_OPENCONFIRM)
		timer_stop(&l->timer[LINK_HOLD]); /* no more waiting: it is established */
}

/* What was agreed upon, for rib. */
static struct record_up
make_record_up(const struct link *l)
{
	const struct negotiated *n = &l->nego;

	/* Without graceful restart n->gr is all zero. */
	return (struct record_up){.head = {.slot = (uint16_t)l->peer->slot, .epoch = l->epoch},
	    .bgp_id = n->bgp_id,
	    .asn = n->asn,
	    .hold_s = n->hold_s,
	    .families = n->families,
	    .as4 = n->as4,
	    .add_path_tx = n->add_path_tx,
	    .refresh = n->refresh,
	    .enhanced_refresh = n->enhanced_refresh,
	    .ext_msg = n->ext_msg,
	    .ext_nh = n->ext_nh,
	    .add_path_rx = n->add_path_rx,
	    .gr = n->has_gr,
	    .gr_restarted = (n->gr.flags & OPEN_GR_RESTARTED) != 0,
	    .gr_notification = (n->gr.flags & OPEN_GR_NOTIFICATION) != 0,
	    .gr_families = n->gr.families,
	    .gr_forwarding = n->gr.forwarding,
	    .gr_time_s = n->gr.time_s};
}

static void
up(struct link *l, struct step *s)
{
	struct peer *p = l->peer;
	struct worker *w = p->worker;
	struct record_up record = make_record_up(l);

	(void)s;
	l->source = (struct ingress_source){.slot = p->slot,
	    .epoch = l->epoch,
	    .ctx = {.as4 = l->nego.as4,
		.families = l->nego.families,
		.add_path = l->nego.add_path_rx,
		.ext_nh = l->nego.ext_nh}};
	l->moved_ms = p->up_ms = w->now_ms;
	event_log(
	    EVENT_SESSION_UP, p->name, (unsigned)l->nego.asn, (unsigned)l->nego.hold_s, w->index);
	/* Before rib knows: START must find it. */
	egress_attach(w->egress, p->slot, l->epoch, &l->tx);
	report_up(&p->report, &w->ring, &record);
	peer_note_report(p);
}

/* FSM_DO_REJECT and FSM_DO_PENALTY are peer.c's: peer_connection(), peer_moved(). */
static action *const actions[FSM_ACTION_COUNT] = {NULL, notify, notify_fsm, notify_hold,
    notify_send, down, close_connection, retry_stop, retry_start, ask_connection, send_open,
    send_keepalive, hold, up, NULL};

/* ---- steps ---- */

/* What the log, the display and rib are told of the end of a connection. */
static void
explain(const struct link *l, struct step *s)
{
	const struct wire_error *error = &s->cause->error;

	if (s->cause->text != NULL && s->cause->text[0] != '\0')
		snprintf(s->reason, sizeof(s->reason), "%s", s->cause->text);
	else if (error->code != 0)
		snprintf(s->reason, sizeof(s->reason), "%s: %s",
		    notification_code_name(error->code),
		    notification_subcode_name(error->code, error->subcode));
	else if (s->event == FSM_HOLD_EXPIRED && l->state == SESSION_OPENSENT)
		snprintf(s->reason, sizeof(s->reason), "no OPEN for %u s", FSM_OPEN_WAIT_S);
	else if (s->event == FSM_HOLD_EXPIRED || s->event == FSM_SEND_HOLD_EXPIRED)
		snprintf(s->reason, sizeof(s->reason), "%s expired", fsm_event_name(s->event));
	else
		snprintf(s->reason, sizeof(s->reason), "%s in state %s", fsm_event_name(s->event),
		    fsm_state_name(l->state));
}

/* The rows of the event table that belong to an end before Established, and to timers. */
static void
tell_end(const struct link *l, const struct step *s)
{
	const char *name = l->peer->name;

	switch (s->event) {
	case FSM_OPEN_BAD:
		event_log(EVENT_OPEN_REFUSED, name, (unsigned)l->peer->conf.asn, s->reason);
		break;
	case FSM_HEADER_BAD:
		event_log(EVENT_GARBAGE, name, s->reason, "");
		break;
	case FSM_COLLISION_LOST:
		event_log(EVENT_COLLISION, name,
		    l->direction == DIRECTION_OUT ? "incoming" : "outgoing", s->reason);
		break;
	case FSM_HOLD_EXPIRED:
		if (l->state == SESSION_OPENSENT)
			event_log(EVENT_OPEN_MISSING, name, (unsigned)FSM_OPEN_WAIT_S);
		else
			event_log(EVENT_HOLD_EXPIRED, name, (unsigned)l->nego.hold_s);
		break;
	case FSM_SEND_HOLD_EXPIRED:
		event_log(EVENT_SEND_HOLD_EXPIRED, name,
		    (unsigned)fsm_send_hold_s(
			l->peer->worker->config.head->send_hold_s, l->nego.hold_s));
		break;
	default:
		break;
	}
}

void
link_step(struct link *l, enum fsm_event event, const struct cause *cause)
{
	static const struct cause none;
	const struct fsm_row *row = fsm_row(l->state, event);
	enum session_state from = l->state;
	struct step s = {.event = event, .cause = cause == NULL ? &none : cause};

	if (s.cause->received != NULL)
		s.ending = ending_received(s.cause->received);
	if (row->actions & FSM_DO_CLOSE) {
		explain(l, &s);
		if (l->fd != -1)
			tell_end(l, &s);
	}
	for (unsigned i = 0; i < FSM_ACTION_COUNT; i++)
		if ((row->actions >> i & 1) != 0 && actions[i] != NULL)
			actions[i](l, &s);
	if (row->next == from)
		return;
	l->state = row->next;
	event_log(EVENT_SESSION_STATE, l->peer->name, fsm_state_name(from),
	    fsm_state_name(l->state), fsm_event_name(event));
	peer_moved(l->peer, l, from, (row->actions & FSM_DO_PENALTY) != 0);
}

/* ---- timers ---- */

static void
fire(void *arg, unsigned kind, uint64_t now_ms)
{
	static const enum fsm_event events[LINK_TIMER_COUNT] = {
	    [LINK_RETRY] = FSM_RETRY_EXPIRED,
	    [LINK_HOLD] = FSM_HOLD_EXPIRED,
	    [LINK_KEEPALIVE] = FSM_KEEPALIVE_DUE,
	};
	struct link *l = arg;

	(void)now_ms;
	/* A second connection would only collide with the one that is on its way. */
	if (kind == LINK_RETRY && peer_other(l)->state >= SESSION_OPENSENT) {
		set_timer(l, LINK_RETRY, 1000);
		return;
	}
	/*
	 * Unread octets are life (a deviation from RFC 4271 section 6.5): that we have not looked
	 * at them is our fault, or the ring's, and no reason to end the session.
	 */
	if (kind == LINK_HOLD && l->fd != -1 && (l->paused || stream_has_unread(l->fd))) {
		set_timer(l, LINK_HOLD, 1000);
		return;
	}
	link_step(l, events[kind], NULL);
}

/* ---- the connection ---- */

static void
on_socket(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	link_make_ready(arg,
	    ((what & EV_READ) != 0 ? LINK_READABLE : 0u) |
		((what & EV_WRITE) != 0 ? LINK_WRITABLE : 0u));
}

void
link_init(struct link *l, struct peer *p, enum direction direction)
{
	memset(l, 0, sizeof(*l));
	l->peer = p;
	l->direction = (uint8_t)direction;
	l->state = SESSION_IDLE;
	l->fd = -1;
	for (unsigned i = 0; i < LINK_TIMER_COUNT; i++)
		timer_init(&l->timer[i], fire, l, i);
}

void
link_fini(struct link *l)
{
	for (unsigned i = 0; i < LINK_TIMER_COUNT; i++)
		timer_stop(&l->timer[i]);
}

void
link_take(struct link *l, const struct channel_connection *c, int fd)
{
	int on = 1;

	l->rtt = (struct rtt){0};
	l->nego = (struct negotiated){0};
	l->fd = fd;
	l->epoch = c->epoch;
	l->local = c->local;
	l->remote = c->remote;
	l->counted_in = l->counted_out = l->counted_updates = l->counted_refreshes = l->acked = 0;
	sender_init(&l->tx, fd, l->peer->slot);
	stream_init(&l->rx);
	/* KEEPALIVEs and single withdrawals must not wait for an acknowledgement. */
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	event_assign(&l->read_event, l->peer->worker->base, fd, EV_READ | EV_PERSIST, on_socket, l);
	event_assign(
	    &l->write_event, l->peer->worker->base, fd, EV_WRITE | EV_PERSIST, on_socket, l);
	event_add(&l->read_event, NULL);
}

void
link_make_ready(struct link *l, unsigned ready)
{
	struct link *head = &l->peer->worker->ready;

	if (l->fd == -1)
		return;
	l->ready |= (uint8_t)ready;
	if (l->ready_next != NULL)
		return;
	l->ready_next = head;
	l->ready_prev = head->ready_prev;
	head->ready_prev->ready_next = l;
	head->ready_prev = l;
}

void
link_pause(struct link *l)
{
	if (l->paused)
		return;
	l->paused = true;
	event_del(&l->read_event);
	quota_wait(l->peer->worker->ring.quota, l->peer->slot);
}

void
link_resume(struct link *l)
{
	if (!l->paused)
		return;
	l->paused = false;
	event_add(&l->read_event, NULL);
	/* What was left over waits here, not in the socket. */
	link_make_ready(l, LINK_READABLE);
}

void
link_count(struct link *l)
{
	struct session_row *row = &l->peer->row;

	row->in.bytes += l->rx.received_bytes - l->counted_in;
	row->out.bytes += l->tx.sent_bytes - l->counted_out;
	row->out.updates += l->tx.sent_updates - l->counted_updates;
	row->out.refreshes += l->tx.sent_refreshes - l->counted_refreshes;
	row->out.messages +=
	    l->tx.sent_updates - l->counted_updates + l->tx.sent_refreshes - l->counted_refreshes;
	l->counted_in = l->rx.received_bytes;
	l->counted_out = l->tx.sent_bytes;
	l->counted_updates = l->tx.sent_updates;
	l->counted_refreshes = l->tx.sent_refreshes;
}

static void
read_socket(struct link *l)
{
	struct worker *w = l->peer->worker;
	struct cause cause = {0};
	enum stream_result result;

	session_table_set_working_on(w->table, l->peer->slot);
	result = stream_read(&l->rx, l->fd, w->buffer, receive_message, l, &cause.error);
	session_table_set_working_on(w->table, SESSION_TABLE_NOBODY);
	switch (result) {
	case STREAM_EMPTY:
	case STREAM_GONE:
		break;
	case STREAM_MORE:
		link_make_ready(l, LINK_READABLE);
		break;
	case STREAM_PAUSED:
		link_pause(l);
		break;
	case STREAM_BAD:
		link_step(l, FSM_HEADER_BAD, &cause);
		break;
	case STREAM_CLOSED:
		cause.text = "the member closed the connection";
		link_step(l, FSM_TCP_FAILED, &cause);
		break;
	case STREAM_FAILED:
		cause.text = strerror(errno);
		link_step(l, FSM_TCP_FAILED, &cause);
		break;
	}
}

void
link_service(struct link *l)
{
	unsigned ready = l->ready;
	uint32_t epoch = l->epoch;

	l->ready = 0;
	if ((ready & LINK_BROKEN) != 0) {
		struct cause cause = {.text = strerror(l->error)};

		link_step(l, FSM_TCP_FAILED, &cause);
		return;
	}
	if ((ready & LINK_WRITABLE) != 0) {
		if (is_in_egress(l))
			egress_writable(l->peer->worker->egress, l->peer->slot);
		else
			flush(l);
	}
	if ((ready & LINK_READABLE) != 0 && l->fd != -1 && l->epoch == epoch && !l->paused)
		read_socket(l);
}
