/*
 * What the worker shows of its sessions: rows of the session table, the pulse. Rows are written
 * when a state changes and, a part of them at a time, once a second; then the socket is asked too:
 * the round-trip time, and whether what we sent is being acknowledged (RFC 9687).
 */
#include <linux/tcp.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bgpd/session/state.h"

static struct link *
shown_link(struct peer *p)
{
	struct link *in = &p->link[DIRECTION_IN], *out = &p->link[DIRECTION_OUT];

	if (in->state >= SESSION_OPENSENT || out->state >= SESSION_OPENSENT)
		return in->state > out->state ? in : out;
	return out->state == SESSION_IDLE ? in : out;
}

static void
show_timers(struct peer *p, const struct link *l)
{
	uint64_t now = p->worker->now_ms;
	const struct timer *retry = &p->link[DIRECTION_OUT].timer[LINK_RETRY];

	p->row.hold_left_s = timer_left_s(&l->timer[LINK_HOLD], now);
	p->row.keepalive_left_s = timer_left_s(&l->timer[LINK_KEEPALIVE], now);
	p->row.retry_left_s =
	    timer_left_s(timer_is_running(&p->idle_hold) ? &p->idle_hold : retry, now);
}

void
display_peer(struct peer *p)
{
	struct worker *w = p->worker;
	struct session_row *row = &p->row;
	struct link *l = shown_link(p);

	if (w->table == NULL)
		return;
	for (unsigned d = 0; d < DIRECTION_COUNT; d++)
		if (p->link[d].fd != -1)
			link_count(&p->link[d]);
	row->state = l->state;
	row->epoch = l->epoch;
	row->flags = w->barred[p->slot];
	if (l->fd != -1) {
		row->flags |= (l->paused ? SESSION_PAUSED : 0u) |
		    (l->tx.mode == SENDER_CUT ? SESSION_CUT : 0u) |
		    (l->direction == DIRECTION_IN ? SESSION_INCOMING : 0u);
		row->local_port = l->local.port;
		row->remote_port = l->remote.port;
	}
	row->hold_s = l->state >= SESSION_OPENCONFIRM ? l->nego.hold_s : 0;
	row->agreed = l->state >= SESSION_OPENCONFIRM ? negotiate_agreed(&l->nego) : 0;
	row->keepalive_s = (uint16_t)(row->hold_s / 3);
	show_timers(p, l);
	session_table_write(w->table, p->slot, row);
}

/*
 * RFC 9687: if the member's TCP has acknowledged nothing of what is outstanding for the send hold
 * time, its window is shut and the session is dead, however long we could go on filling our own
 * buffer. True if the session is to be ended.
 */
static bool
is_stuck(struct link *l, bool outstanding, uint64_t acked)
{
	struct worker *w = l->peer->worker;
	uint32_t limit_s = fsm_send_hold_s(w->config.head->send_hold_s, l->nego.hold_s);

	if (!outstanding || acked != l->acked) {
		l->acked = acked;
		l->moved_ms = w->now_ms;
		return false;
	}
	return limit_s != 0 && w->now_ms - l->moved_ms >= (uint64_t)limit_s * 1000;
}

/* Tells rib what is news; without room in the ring it is still news at the next look. */
static void
tell_rtt(struct link *l)
{
	struct worker *w = l->peer->worker;
	struct record_rtt *record;

	if (!rtt_is_news(&l->rtt) || w->ring.ring == NULL || report_is_waiting(&l->peer->report) ||
	    !quota_may(w->ring.quota, l->peer->slot))
		return;
	record = report_reserve(
	    &w->ring, RING_DATA, RECORD_RTT, l->peer->slot, l->epoch, (uint32_t)sizeof(*record));
	if (record == NULL)
		return;
	record->rtt_us = l->rtt.smooth_us;
	report_commit(&w->ring, record);
	l->rtt.told_us = l->rtt.smooth_us;
}

static void
take_rtt(struct link *l, const struct tcp_info *info)
{
	bool has_least = info->tcpi_min_rtt != 0 && info->tcpi_min_rtt != UINT32_MAX;

	rtt_sample(
	    &l->rtt, has_least ? info->tcpi_min_rtt : info->tcpi_rtt, l->peer->worker->now_ms);
	l->peer->row.rtt_us = l->rtt.smooth_us;
	tell_rtt(l);
}

static void
ask_socket(struct link *l)
{
	struct tcp_info info;
	socklen_t len = sizeof(info);
	int unsent = 0;

	memset(&info, 0, sizeof(info));
	if (getsockopt(l->fd, IPPROTO_TCP, TCP_INFO, &info, &len) == -1)
		info.tcpi_bytes_acked = l->tx.sent_bytes;
	take_rtt(l, &info);
	/* SIOCOUTQ under its portable name: octets that were not acknowledged */
	ioctl(l->fd, TIOCOUTQ, &unsent);
	if (is_stuck(l, unsent > 0 || sender_has_own(&l->tx), info.tcpi_bytes_acked))
		link_step(l, FSM_SEND_HOLD_EXPIRED, NULL);
}

static void
show_pulse(struct worker *w)
{
	struct channel_number beats = {.number = ++w->beats};
	struct worker_pulse pulse = {
	    .beats = w->beats, .longest_slice_us = w->longest_us, .pid = (uint64_t)getpid()};
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	pulse.cpu_us = (uint64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000 +
	    (uint64_t)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
	session_table_set_pulse(w->table, &pulse);
	orders_send(w, CHANNEL_ALIVE, &beats);
	w->longest_us = 0;
	event_flush(false);
}

static void
on_timer(void *arg, unsigned kind, uint64_t now_ms)
{
	struct worker *w = arg;
	uint32_t count = w->peer_slots / DISPLAY_ROUNDS + 1;

	(void)kind;
	timer_set(w->timers, &w->display_timer, now_ms + DISPLAY_MS);
	if (w->table == NULL)
		return;
	for (; count > 0 && w->display_next < w->peer_slots; count--) {
		struct peer *p = w->peers[w->display_next++];
		struct link *l = p == NULL ? NULL : peer_established(p);

		if (l != NULL)
			ask_socket(l);
		if (p != NULL)
			display_peer(p);
	}
	if (w->display_next < w->peer_slots)
		return;
	w->display_next = 0;
	show_pulse(w);
}

void
display_init(struct worker *w)
{
	timer_init(&w->display_timer, on_timer, w, 0);
	timer_set(w->timers, &w->display_timer, w->now_ms + DISPLAY_MS);
}
