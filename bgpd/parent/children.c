/*
 * Starting children, giving them their memory, and replacing the ones that die.
 *
 *   a worker dies   rib is told WORKER_DIED, then, when the next worker is there, WORKER with a
 *                   new ring and session table; the other workers notice nothing
 *   rib dies        a new log, new rings, new tables at once; workers are told to drop their
 *                   sessions (Cease) and attach to the new memory; the next rib gets all of it
 *
 * A child says once a second that it lives. One that is silent for SILENT_TICKS is replaced too: it
 * hangs, or somebody has stopped it, and its members would lose their sessions to that anyway.
 *
 * The parent never ends because a child did: it waits longer each time (backoff.h), raises alarms,
 * and goes on. A slot whose input kills its worker twice is held down (slots.h).
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bgpd/clock.h"
#include "bgpd/ipc/bug.h"
#include "bgpd/ipc/log.h"
#include "bgpd/ipc/memfd.h"
#include "bgpd/ipc/ring.h"
#include "bgpd/ipc/wake.h"
#include "bgpd/parent/state.h"

/* Above this wait an operator should look: the child-held-down alarm. */
#define HELD_DOWN_MS 8000u
#define STABLE_MS    300000u
#define SILENT_TICKS 10 /* of a second, counted while the parent itself runs */
#define RIB_DIED     "the table process died and is being replaced"

/* --- memory --- */

static const struct shared no_memory = {.ring = -1, .table = -1, .rib_wake = -1, .worker_wake = -1};

static void
close_if_open(int fd)
{
	if (fd != -1)
		close(fd);
}

static void
shared_free(struct shared *s)
{
	session_table_unmap(s->sessions);
	close_if_open(s->ring);
	close_if_open(s->table);
	close_if_open(s->rib_wake);
	close_if_open(s->worker_wake);
	*s = no_memory;
}

/* Its own, and all that have no peer: any of these may become its own by a reload. */
static unsigned
slots_it_may_have(const struct child *worker)
{
	const struct parent *p = worker->parent;
	unsigned count = 0;
	uint32_t slot;

	for (slot = 0; slot < slots_count(p->slots); slot++)
		count += conf_peer(p->conf, slot) == NULL ||
		    slots_worker(p->slots, slot) == worker->index;
	return count;
}

/* Makes what a worker and rib share. Returns 0, or -1 with errno and nothing made. */
static int
shared_make(struct child *worker)
{
	struct parent *p = worker->parent;
	struct shared *s = &worker->shared;
	size_t all = slots_count(p->slots);
	int saved;

	s->ring = ring_create(conf_daemon(p->conf)->ring_size, slots_it_may_have(worker) + 1);
	s->table = session_table_create(all > 0 ? (unsigned)all : 1);
	s->rib_wake = wake_new();
	s->worker_wake = wake_new();
	if (s->table != -1)
		s->sessions = session_table_map_reader(s->table);
	if (s->ring != -1 && s->rib_wake != -1 && s->worker_wake != -1 && s->sessions != NULL)
		return 0;
	saved = errno;
	shared_free(s);
	errno = saved;
	return -1;
}

/* --- one child --- */

uint64_t
parent_now_ms(void)
{
	return clock_us() / 1000;
}

struct timeval
parent_timeval(uint64_t ms)
{
	struct timeval tv = {
	    .tv_sec = (time_t)(ms / 1000), .tv_usec = (suseconds_t)(ms % 1000 * 1000)};

	return tv;
}

void
child_kill(struct child *c, const char *reason)
{
	if (c->pid == 0)
		return;
	event_log(EVENT_WORKER_KILLED, c->name, (int)c->pid, reason);
	kill(c->pid, SIGKILL);
}

static void
watch_queue(struct child *c)
{
	if (channel_has_queue(c->channel))
		event_add(c->writable, NULL);
}

bool
child_send(struct child *c, enum channel_type type, const void *body, const int *fds, unsigned nfds)
{
	if (c->channel == NULL)
		return false;
	if (channel_send(c->channel, type, body, fds, nfds) == 0) {
		watch_queue(c);
		return true;
	}
	if (errno != EPIPE) /* one that has gone is reaped */
		child_kill(c, "it does not take its messages");
	return false;
}

static void
writable(evutil_socket_t fd, short what, void *arg)
{
	struct child *c = arg;

	(void)fd;
	(void)what;
	if (channel_flush(c->channel) == 0)
		watch_queue(c);
	else if (errno != EPIPE)
		child_kill(c, "it does not take its messages");
}

static void
readable(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	messages_read(arg);
}

/* Its replacement has lived long enough: what happened is over. */
static void
stable(evutil_socket_t fd, short what, void *arg)
{
	struct child *c = arg;

	(void)fd;
	(void)what;
	alarms_clear(c->parent, ALARM_CHILD_DIED, c->name);
	alarms_clear(c->parent, ALARM_CHILD_HELD_DOWN, c->name);
}

static void
give_up(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	child_kill(arg, "it has left its channel but does not end");
}

static void
child_release(struct child *c)
{
	event_free(c->readable);
	event_free(c->writable);
	c->readable = c->writable = NULL;
	channel_free(c->channel);
	c->channel = NULL;
	event_del(c->stable);
	event_del(c->give_up);
	c->state = CHILD_DEAD;
	c->pid = 0;
}

/* --- what a new child is given --- */

static void
send_worker_to_rib(struct parent *p, const struct child *w)
{
	struct channel_worker message = {.index = w->index, .pid = (uint32_t)w->pid};
	const int fds[] = {
	    w->shared.ring, w->shared.table, w->shared.rib_wake, w->shared.worker_wake};

	if (w->pid != 0 && w->shared.ring != -1)
		child_send(&p->rib, CHANNEL_WORKER, &message, fds, 4);
}

/* The memory that a worker works on: at its start, and again after a death of rib. */
static void
send_memory(struct child *w)
{
	struct parent *p = w->parent;
	const int ring[] = {w->shared.ring, w->shared.rib_wake, w->shared.worker_wake};
	int log = memfd_read_only(p->log);

	if (log == -1) {
		event_log(EVENT_ENVIRONMENT, "read-only log", strerror(errno));
		child_kill(w, "it cannot be given the log");
		return;
	}
	child_send(w, CHANNEL_TABLE, NULL, &w->shared.table, 1);
	child_send(w, CHANNEL_RING, NULL, ring, 3);
	child_send(w, CHANNEL_LOG, NULL, &log, 1);
	close(log);
}

void
child_send_config(struct child *c, uint32_t generation, int conf_fd, int data_fd)
{
	struct channel_generation message = {.generation = generation};

	if (c->role == CHILD_RIB)
		child_send(c, CHANNEL_DATA, NULL, &data_fd, 1);
	child_send(c, CHANNEL_CONFIG, &message, &conf_fd, 1);
}

static void
send_config(struct child *c)
{
	struct parent *p = c->parent;
	struct channel_number level = {.number = p->level};

	child_send_config(c, p->generation, p->conf_fd, p->data_fd);
	child_send(c, CHANNEL_LOG_LEVEL, &level, NULL, 0);
}

static void
equip_rib(struct parent *p)
{
	const int sockets[] = {p->control[0].fd, p->control[1].fd};
	uint32_t i;

	send_config(&p->rib);
	child_send(&p->rib, CHANNEL_LOG, NULL, &p->log, 1);
	child_send(&p->rib, CHANNEL_SOCKETS, NULL, sockets, 2);
	alarms_tell(p);
	for (i = 0; i < p->worker_count; i++)
		send_worker_to_rib(p, &p->workers[i]);
}

static void
equip_worker(struct child *w)
{
	/*
	 * rib first: from when it knows the session table it frees nothing of the log until the
	 * worker has said where it begins to read.
	 */
	send_worker_to_rib(w->parent, w);
	send_config(w);
	send_memory(w);
}

/* What the parent remembers of a worker's slots, before any session begins. */
static void
send_orders(struct child *w)
{
	struct parent *p = w->parent;
	struct channel_admin admin;
	uint32_t slot;

	for (slot = 0; slot < slots_count(p->slots); slot++) {
		bool disabled = slots_is_disabled(p->slots, slot);
		bool limited = slots_is_limited(p->slots, slot);

		if (slots_worker(p->slots, slot) != w->index ||
		    (!disabled && !limited && !slots_is_held_down(p->slots, slot)))
			continue;
		memset(&admin, 0, sizeof(admin));
		admin.slot = slot;
		admin.act = disabled ? CHANNEL_DISABLE
		    : limited	     ? CHANNEL_LIMIT
				     : CHANNEL_HOLD_DOWN;
		snprintf(admin.text, sizeof(admin.text), "%s",
		    admin.act == CHANNEL_LIMIT ? slots_limit_text(p->slots, slot)
					       : slots_text(p->slots, slot));
		child_send(w, CHANNEL_ADMIN, &admin, NULL, 0);
	}
}

/* Nobody is let in before the table and all workers run. */
static void
open_doors(struct parent *p)
{
	uint32_t i;

	if (p->rib.state != CHILD_COMMITTED)
		return;
	for (i = 0; i < p->worker_count; i++)
		if (p->workers[i].state != CHILD_COMMITTED)
			return;
	accept_start(p);
}

void
child_commit(struct child *c)
{
	struct channel_generation generation = {.generation = c->parent->generation};

	if (c->state != CHILD_STARTED || c->parent->stopping)
		return;
	c->state = CHILD_COMMITTED;
	c->silent_ticks = 0;
	if (c->role == CHILD_WORKER)
		send_orders(c);
	child_send(c, CHANNEL_COMMIT, &generation, NULL, 0);
	if (c->role == CHILD_WORKER)
		accept_pass_held(c->parent, c->index);
	open_doors(c->parent);
	reload_child_runs(c->parent);
}

/* --- starting --- */

/* Descriptors that a child may have to hold at once. */
static size_t
descriptors_of(const struct child *c)
{
	if (c->role == CHILD_WORKER)
		return 512 + SLOTS_CONNECTIONS_MAX * slots_it_may_have(c);
	return 1024 + 8 * (size_t)c->parent->worker_count;
}

static int
make_memory(struct child *c)
{
	struct parent *p = c->parent;

	if (p->log == -1)
		p->log = log_create(conf_daemon(p->conf)->log_size);
	if (p->log == -1)
		return -1;
	if (c->role == CHILD_WORKER && c->shared.ring == -1)
		return shared_make(c);
	return 0;
}

/* Starts the process and takes its channel. Returns 0, or -1 with errno. */
static int
spawn(struct child *c)
{
	struct parent *p = c->parent;
	struct child_start start = {
	    .role = c->role, .index = c->index, .level = p->level, .rights = p->rights};
	bool is_worker = c->role == CHILD_WORKER;
	pid_t pid;
	int fds[2];

	if (channel_pair(fds) == -1)
		return -1;
	pid = child_spawn(&start, fds[1], descriptors_of(c));
	close(fds[1]);
	if (pid == -1) {
		close(fds[0]);
		return -1;
	}
	c->pid = pid;
	c->prepared = 0;
	c->state = CHILD_STARTED;
	c->channel =
	    channel_new(fds[0], is_worker ? CHANNEL_PARENT_TO_WORKER : CHANNEL_PARENT_TO_RIB,
		is_worker ? CHANNEL_WORKER_TO_PARENT : CHANNEL_RIB_TO_PARENT);
	c->readable = event_new(p->base, fds[0], EV_READ | EV_PERSIST, readable, c);
	c->writable = event_new(p->base, fds[0], EV_WRITE, writable, c);
	if (c->readable == NULL || c->writable == NULL)
		bug("children", "no memory");
	event_add(c->readable, NULL);
	return 0;
}

static void
report_start(struct child *c)
{
	uint64_t now = parent_now_ms();
	struct timeval wait = parent_timeval(STABLE_MS);

	backoff_started(&c->backoff, now);
	if (!c->has_died) {
		event_log(EVENT_CHILD_STARTED, c->name, (int)c->pid);
		return;
	}
	event_log(EVENT_CHILD_RESTARTED, c->name, (int)c->pid, (unsigned)(now - c->died_ms));
	event_add(c->stable, &wait);
}

static void
start_later(struct child *c)
{
	uint64_t now = parent_now_ms();
	unsigned wait_ms = backoff_died(&c->backoff, now);
	struct timeval wait = parent_timeval(wait_ms);
	char text[CHANNEL_TEXT_MAX];

	c->died_ms = now;
	c->has_died = true;
	event_add(c->restart, &wait);
	if (wait_ms < HELD_DOWN_MS)
		return;
	event_log(EVENT_CHILD_HELD_DOWN, c->name, c->backoff.deaths, wait_ms / 1000);
	snprintf(text, sizeof(text), "died %u times in a row; next start in %u s",
	    c->backoff.deaths, wait_ms / 1000);
	alarms_raise(c->parent, ALARM_CHILD_HELD_DOWN, c->name, text);
}

static void
start(struct child *c)
{
	if (make_memory(c) == -1 || spawn(c) == -1) {
		event_log(EVENT_ENVIRONMENT, c->name, strerror(errno));
		backoff_started(&c->backoff, parent_now_ms());
		start_later(c);
		return;
	}
	report_start(c);
	if (c->role == CHILD_RIB)
		equip_rib(c->parent);
	else
		equip_worker(c);
}

static void
restart(evutil_socket_t fd, short what, void *arg)
{
	struct child *c = arg;

	(void)fd;
	(void)what;
	if (!c->parent->stopping)
		start(c);
}

/* --- deaths --- */

static void
hold_down(struct parent *p, uint32_t slot, const char *how)
{
	char peer[ALARM_SOURCE_MAX], text[CHANNEL_TEXT_MAX];

	peer_format(p, slot, peer);
	snprintf(text, sizeof(text), "its input ended its worker %d times, at last by %s",
	    SLOTS_DEATHS_MAX, how);
	connect_cancel(p, slot);
	event_log(EVENT_PEER_HELD_DOWN, peer, text);
	alarms_raise(p, ALARM_PEER_HELD_DOWN, peer, text);
}

static void
bury_worker(struct child *w, const char *how)
{
	struct parent *p = w->parent;
	struct channel_number number = {.number = w->index};
	uint32_t suspect = w->shared.sessions != NULL ? session_table_working_on(w->shared.sessions)
						      : SESSION_TABLE_NOBODY;

	connect_cancel_worker(p, w->index);
	if (slots_worker_died(p->slots, w->index, suspect))
		hold_down(p, suspect, how);
	accept_reclaim(p, w->index);
	child_send(&p->rib, CHANNEL_WORKER_DIED, &number, NULL, 0);
	shared_free(&w->shared);
}

/* Workers go over to new memory at once, so that nothing waits for the next rib. */
static void
bury_rib(struct parent *p)
{
	struct channel_text text = {.text = RIB_DIED};
	uint32_t i;

	close_if_open(p->log);
	p->log = -1;
	for (i = 0; i < p->worker_count; i++) {
		struct child *w = &p->workers[i];

		shared_free(&w->shared);
		if (w->pid == 0)
			continue;
		child_send(w, CHANNEL_DROP_SESSIONS, &text, NULL, 0);
		if (make_memory(w) == 0) {
			send_memory(w);
			continue;
		}
		event_log(EVENT_ENVIRONMENT, w->name, strerror(errno));
		child_kill(w, "there is no memory to share");
	}
}

static void
died(struct child *c, int status)
{
	struct parent *p = c->parent;
	char how[CHILD_DESCRIBE_MAX];
	pid_t pid = c->pid;

	child_describe(status, how);
	child_release(c);
	if (p->stopping) {
		if (status != 0)
			event_log(EVENT_CHILD_DIED, c->name, (int)pid, how);
		parent_child_gone(p);
		return;
	}
	event_log(EVENT_CHILD_DIED, c->name, (int)pid, how);
	alarms_raise(p, ALARM_CHILD_DIED, c->name, how);
	if (c->role == CHILD_WORKER)
		bury_worker(c, how);
	else
		bury_rib(p);
	reload_child_died(c);
	start_later(c);
}

/* --- all of them --- */

struct child *
children_next(struct parent *p, struct child *c)
{
	uint32_t next;

	if (c == &p->rib || p->workers == NULL)
		return NULL;
	next = c == NULL ? 0 : c->index + 1;
	return next < p->worker_count ? &p->workers[next] : &p->rib;
}

void
children_reap(struct parent *p)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		struct child *c = NULL;

		while ((c = children_next(p, c)) != NULL && c->pid != pid)
			continue;
		if (c != NULL)
			died(c, status);
		else
			reading_ended(&p->reload.reading, pid, status);
	}
}

bool
children_are_gone(const struct parent *p)
{
	uint32_t i;

	for (i = 0; p->workers != NULL && i < p->worker_count; i++)
		if (p->workers[i].pid != 0)
			return false;
	return p->rib.pid == 0;
}

void
children_stop(struct parent *p, const char *reason)
{
	struct channel_text text = {{0}};
	struct child *c = NULL;

	snprintf(text.text, sizeof(text.text), "%s", reason);
	while ((c = children_next(p, c)) != NULL) {
		event_del(c->restart);
		child_send(c, CHANNEL_STOP, &text, NULL, 0);
	}
}

void
children_kill(struct parent *p)
{
	struct child *c = NULL;

	while ((c = children_next(p, c)) != NULL)
		child_kill(c, "it did not end in time");
}

/*
 * Counts ticks instead of reading the clock: after a pause of the whole machine the parent sees one
 * tick, and nobody is taken for dead.
 */
static void
listen_for_life(evutil_socket_t fd, short what, void *arg)
{
	struct parent *p = arg;
	struct child *c = NULL;

	(void)fd;
	(void)what;
	while ((c = children_next(p, c)) != NULL)
		if (c->state == CHILD_COMMITTED && ++c->silent_ticks == SILENT_TICKS)
			child_kill(c, "it has not said for 10 s that it lives");
	limited_end_due(p);
}

static void
init(struct parent *p, struct child *c, enum child_role role, uint32_t index)
{
	c->parent = p;
	c->role = role;
	c->index = index;
	c->shared = no_memory;
	child_name(role, index, c->name);
	c->restart = event_new(p->base, -1, 0, restart, c);
	c->stable = event_new(p->base, -1, 0, stable, c);
	c->give_up = event_new(p->base, -1, 0, give_up, c);
	if (c->restart == NULL || c->stable == NULL || c->give_up == NULL)
		bug("children", "no memory");
}

/* The first start is less patient than a restart: what fails now is told and ends the daemon. */
int
children_start(struct parent *p)
{
	static const struct timeval second = {.tv_sec = 1};
	struct child *c = NULL;
	uint32_t i;

	init(p, &p->rib, CHILD_RIB, 0);
	p->workers = bug_calloc(p->worker_count, sizeof(*p->workers));
	for (i = 0; i < p->worker_count; i++)
		init(p, &p->workers[i], CHILD_WORKER, i);
	while ((c = children_next(p, c)) != NULL) {
		if (make_memory(c) == 0)
			continue;
		event_log(EVENT_ENVIRONMENT, "shared memory", strerror(errno));
		return -1;
	}
	start(&p->rib);
	for (i = 0; i < p->worker_count; i++)
		start(&p->workers[i]);
	p->pulse = event_new(p->base, -1, EV_PERSIST, listen_for_life, p);
	if (p->pulse == NULL)
		bug("children", "no memory");
	event_add(p->pulse, &second);
	return 0;
}

void
children_fini(struct parent *p)
{
	struct child *c = NULL;

	if (p->workers == NULL)
		return;
	while ((c = children_next(p, c)) != NULL) {
		shared_free(&c->shared);
		event_free(c->restart);
		event_free(c->stable);
		event_free(c->give_up);
	}
	if (p->pulse != NULL)
		event_free(p->pulse);
	close_if_open(p->log);
	free(p->workers);
}
