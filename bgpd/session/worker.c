/*
 * The worker process: its loop, and the joints between its parts. See state.h.
 *
 * The loop never works longer than about SLICE_US without looking at its timers and the log again;
 * the longest turn is published. Before it sleeps it says so to rib (session table, ring) and looks
 * once more, so that no wake-up is lost.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "bgpd/clock.h"
#include "bgpd/ipc/bug.h"
#include "bgpd/ipc/wake.h"
#include "bgpd/session/state.h"
#include "bgpd/wire/refresh.h"

#define SLICE_US       1000
#define SENDS_PER_TURN 64
#define SLEEP_MAX_MS   1000

/* xorshift: nobody gains anything by guessing it. */
uint32_t
worker_random(struct worker *w)
{
	w->random ^= w->random << 13;
	w->random ^= w->random >> 17;
	w->random ^= w->random << 5;
	return w->random;
}

struct peer *
worker_peer(const struct worker *w, uint32_t slot)
{
	return slot < w->peer_slots ? w->peers[slot] : NULL;
}

bool
worker_has_restarted(const struct worker *w)
{
	return w->new_rib_ms != 0 &&
	    w->now_ms - w->new_rib_ms < (uint64_t)w->config.head->deferral_s * 1000;
}

/* ---- what the scan of the log asks for ---- */

static struct link *
session_of(struct worker *w, uint32_t slot)
{
	struct peer *p = worker_peer(w, slot);

	return p == NULL ? NULL : peer_established(p);
}

static void
on_cease(void *ctx, uint32_t slot, uint8_t code, uint8_t subcode, const char *text)
{
	struct link *l = session_of(ctx, slot);
	struct cause cause = {.error = {code, subcode, 0, NULL},
	    .text = text[0] == '\0' ? NULL : text,
	    .cease_text = text};

	if (l != NULL)
		link_step(l, FSM_AUTO_STOP, &cause);
}

static void
on_ask_refresh(void *ctx, uint32_t slot, uint8_t family)
{
	struct link *l = session_of(ctx, slot);
	uint8_t message[REFRESH_MSG_BYTES];

	if (l == NULL || !l->nego.refresh || family >= FAMILY_COUNT)
		return;
	l->peer->row.out.refreshes++;
	link_send(l, message, refresh_encode(family, REFRESH_REQUEST, message, sizeof(message)));
}

static void
on_cut(void *ctx, uint32_t slot, uint64_t position)
{
	struct worker *w = ctx;
	struct link *l = session_of(w, slot);

	if (l == NULL)
		return;
	report_cut(&l->peer->report, &w->ring, slot, l->epoch, position);
	peer_note_report(l->peer);
}

static void
on_drained(void *ctx, uint32_t slot)
{
	struct worker *w = ctx;
	struct link *l = session_of(w, slot);

	if (l == NULL)
		return;
	report_drained(&l->peer->report, &w->ring, slot, l->epoch);
	peer_note_report(l->peer);
}

static void
on_failed(void *ctx, uint32_t slot, int error)
{
	struct link *l = session_of(ctx, slot);

	if (l == NULL)
		return;
	l->error = error;
	link_make_ready(l, LINK_BROKEN);
}

static void
on_wait_writable(void *ctx, uint32_t slot, bool wait)
{
	struct link *l = session_of(ctx, slot);

	if (l != NULL && l->fd != -1)
		link_wait_writable(l, wait);
}

static const struct egress_ops ops = {
    .cease = on_cease,
    .ask_refresh = on_ask_refresh,
    .cut = on_cut,
    .drained = on_drained,
    .failed = on_failed,
    .wait_writable = on_wait_writable,
};

/* ---- the turn ---- */

static void
resume_peer(uint32_t slot, void *arg)
{
	struct link *l = session_of(arg, slot);

	if (l != NULL)
		link_resume(l);
}

/* The ring has taken something: control records that wait go first, then peers are read again. */
static void
look_at_ring(struct worker *w)
{
	uint64_t tail = ring_released(w->ring.ring);
	struct peer *p = w->reports;

	if (tail == w->ring_seen)
		return;
	w->ring_seen = tail;
	w->reports = NULL;
	while (p != NULL) {
		struct peer *next = p->report_next;
		struct link *l = peer_established(p);

		p->report_listed = false;
		report_flush(&p->report, &w->ring, p->slot, l == NULL ? 0 : l->epoch);
		peer_note_report(p);
		p = next;
	}
	quota_release(w->ring.quota, tail, resume_peer, w);
}

static void
serve_ready(struct worker *w, uint64_t until_us)
{
	do {
		struct link *l = w->ready.ready_next;

		if (l == &w->ready)
			return;
		l->ready_next->ready_prev = l->ready_prev;
		l->ready_prev->ready_next = l->ready_next;
		l->ready_next = l->ready_prev = NULL;
		link_service(l);
	} while (clock_us() < until_us);
}

static void
wake_rib(struct worker *w)
{
	if (!w->ring.wake)
		return;
	w->ring.wake = false;
	wake_send(w->rib_wake);
}

/* Says that it is about to sleep. True if there is something to do after all. */
static bool
is_kept_awake(struct worker *w)
{
	bool waits =
	    w->reports != NULL || (w->ring.quota != NULL && quota_waiting(w->ring.quota) > 0);

	if (w->table != NULL)
		session_table_sleep(w->table);
	if (egress_has_more(w->egress))
		return true;
	return waits && w->ring.ring != NULL && !ring_wait_room(w->ring.ring, w->ring_seen);
}

static void
on_tick(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
}

static void
wait_for_events(struct worker *w, bool more)
{
	uint64_t next = timers_next_ms(w->timers), now = clock_us() / 1000, wait_ms;
	struct timeval tv;

	if (more || is_kept_awake(w)) {
		/* ONCE: without it libevent goes on for as long as a socket stays readable. */
		event_base_loop(w->base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
	} else {
		wait_ms = next <= now ? 0 : next - now;
		if (wait_ms > SLEEP_MAX_MS)
			wait_ms = SLEEP_MAX_MS;
		tv = (struct timeval){.tv_sec = (time_t)(wait_ms / 1000),
		    .tv_usec = (suseconds_t)(wait_ms % 1000 * 1000)};
		event_add(&w->tick, &tv);
		event_base_loop(w->base, EVLOOP_ONCE);
	}
	if (w->table != NULL)
		session_table_awake(w->table);
	if (w->ring.ring != NULL)
		ring_awake(w->ring.ring);
}

static bool
is_time_to_end(const struct worker *w)
{
	return w->over || (w->stopping && (w->closing_count == 0 || w->now_ms >= w->stop_ms));
}

bool
worker_turn(struct worker *w)
{
	uint64_t begin_us = clock_us(), took_us;
	bool more;

	w->now_ms = begin_us / 1000;
	if (w->ring.ring != NULL)
		look_at_ring(w);
	timers_run(w->timers, w->now_ms);
	more = egress_turn(w->egress, SENDS_PER_TURN);
	serve_ready(w, begin_us + SLICE_US);
	more |= w->ready.ready_next != &w->ready;
	egress_tell(w->egress);
	wake_rib(w);
	if (channel_has_queue(w->parent) && channel_flush(w->parent) == -1)
		w->over = true;
	took_us = clock_us() - begin_us;
	if (took_us > w->longest_us)
		w->longest_us = took_us;
	if (is_time_to_end(w))
		return false;
	wait_for_events(w, more);
	return !w->over;
}

/* ---- beginning and end ---- */

static void
on_parent(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	orders_read(arg);
}

struct worker *
worker_new(unsigned index, int channel_fd)
{
	struct worker *w = bug_calloc(1, sizeof(*w));

	w->index = index;
	w->base = event_base_new();
	if (w->base == NULL) {
		free(w);
		return NULL;
	}
	if (getrandom(&w->random, sizeof(w->random), 0) != sizeof(w->random) || w->random == 0)
		w->random = 1 + index;
	w->now_ms = clock_us() / 1000;
	w->timers = timers_new(w->now_ms);
	w->egress = egress_new(&ops, w);
	w->own_wake = w->rib_wake = -1;
	w->ready.ready_next = w->ready.ready_prev = &w->ready;
	w->closings.next = w->closings.prev = &w->closings;
	w->parent = channel_new(channel_fd, CHANNEL_WORKER_TO_PARENT, CHANNEL_PARENT_TO_WORKER);
	event_assign(&w->parent_event, w->base, channel_fd, EV_READ | EV_PERSIST, on_parent, w);
	event_add(&w->parent_event, NULL);
	event_assign(&w->tick, w->base, -1, 0, on_tick, w);
	display_init(w);
	return w;
}

static void
free_memory(struct worker *w)
{
	egress_free(w->egress);
	log_unmap(w->log);
	session_table_unmap(w->table);
	ring_unmap(w->ring.ring);
	quota_free(w->ring.quota);
	if (w->own_wake != -1) {
		event_del(&w->wake_event);
		close(w->own_wake);
		close(w->rib_wake);
	}
}

void
worker_free(struct worker *w)
{
	/* Unless it was stopped on purpose, it is the daemon that died. */
	if (w->stopping)
		orders_stop_all(w, CEASE_SHUTDOWN, NULL);
	w->stopping = true;
	orders_drop_all(w, "the server is being restarted");
	for (uint32_t s = 0; s < w->peer_slots; s++)
		if (w->peers[s] != NULL)
			peer_free(w->peers[s]);
	free(w->peers);
	closing_end_all(w);
	free_memory(w);
	compiled_unmap(&w->config);
	compiled_unmap(&w->next);
	event_del(&w->parent_event);
	event_del(&w->tick);
	channel_free(w->parent);
	timer_stop(&w->display_timer);
	timers_free(w->timers);
	event_base_free(w->base);
	free(w);
}
