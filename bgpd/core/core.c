/*
 * The rib process: its start, and the loop that gives each kind of work a slice of time.
 *
 *   one turn:  records in (SLICE_US) -> commit, when rings are drained or a record has waited
 *              COMMIT_DELAY -> walks and owed -> blocks of cut peers -> answers -> publish, wake
 *
 * Nothing works longer than SLICE_US before the others have their turn; the longest slice is a
 * metric. With nothing to do the process sleeps until a ring, a socket or the tick wakes it.
 */
#include "bgpd/core/core.h"

#include <stdlib.h>

#include "bgpd/clock.h"
#include "bgpd/control/control.h"
#include "bgpd/core/state.h"
#include "bgpd/parent/sandbox.h"

#define SLICE_US	1000u
#define STEP_ENTRIES	256
#define TICK_US		100000
#define ROOM_TICK_US	2000 /* while something waits for readers of the log */
#define HOUSEKEEPING_US 1000000u
#define ALARMS_MAX	1000
#define TRIM_CHUNKS	32

/* Steps the table until the deadline. True if there is more. */
static bool
step_table(struct core *c, unsigned what, uint64_t deadline_us)
{
	enum table_progress progress;

	do {
		progress = table_step(c->table, what, STEP_ENTRIES);
	} while (progress == TABLE_MORE && clock_us() < deadline_us);
	if (progress == TABLE_NO_ROOM)
		c->waits_for_room = true;
	return progress == TABLE_MORE;
}

/* Shares out what has changed, once the rings are drained or the oldest change has waited. */
static bool
commit(struct core *c, bool more_records, uint64_t now_us)
{
	bool more;

	if (!c->committing) {
		if (c->commit_due_us == 0 || (more_records && now_us < c->commit_due_us))
			return false;
		c->committing = true;
		c->commit_due_us = 0;
		c->counters.commits++;
	}
	more = step_table(c, TABLE_COMMIT, now_us + SLICE_US);
	c->committing = more || c->waits_for_room;
	return more;
}

/* What needs no more than a look now and then, however busy we are. */
static void
keep_house(struct core *c, uint64_t now_us)
{
	if (now_us - c->housekeeping_us < HOUSEKEEPING_US)
		return;
	c->housekeeping_us = now_us;
	parent_send(c, CHANNEL_ALIVE, &(struct channel_number){.number = ++c->beats});
	room_release(c);
	generation_look_at_rtt(c, now_us);
	restart_watch(c, now_us);
	log_trim(c->log, TRIM_CHUNKS);
	event_flush(false);
}

/* Owed prefixes are told only while the log is not what made them owed. */
static unsigned
pay_debts(struct core *c, uint64_t now_us)
{
	bool has_room = log_used(c->log) < 4 * c->log_eighth;

	if (has_room || !table_is_left(c->table, TABLE_OWED))
		c->owed_since_us = 0;
	else if (c->owed_since_us == 0)
		c->owed_since_us = now_us;
	return has_room ? TABLE_OWED : 0;
}

bool
core_turn(struct core *c)
{
	uint64_t start_us = clock_us(), now_us;
	bool busy = ingress_slice(c, start_us + SLICE_US);

	c->waits_for_room = false;
	busy |= commit(c, busy, clock_us());
	busy |= step_table(c, TABLE_WALK | pay_debts(c, clock_us()), clock_us() + SLICE_US);
	busy |= step_table(c, TABLE_REJUDGE, clock_us() + SLICE_US);
	/* What was judged anew is shared out, too, if nothing else comes. */
	if (c->commit_due_us == 0 && !c->committing && table_is_left(c->table, TABLE_COMMIT))
		c->commit_due_us = clock_us();
	busy |= room_scan_slice(c, clock_us() + SLICE_US);
	busy |= generation_slice(c, clock_us() + SLICE_US);
	if (c->control != NULL)
		busy |= control_slice(c->control, clock_us() + SLICE_US);
	egress_publish(c);
	now_us = clock_us();
	room_watch_walks(c, now_us);
	room_make(c, now_us);
	restart_look(c, now_us);
	keep_house(c, now_us);
	egress_publish(c);
	if (now_us - start_us > c->counters.longest_slice_us)
		c->counters.longest_slice_us = now_us - start_us;
	/* room_make() may have ended a session. A commit that waits for room is not to be hurried.
	 */
	return busy || (c->commit_due_us != 0 && !c->committing);
}

/* That the loop turns is all that is wanted. */
static void
tick(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
}

static void
readable(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	parent_read(arg);
}

/* True if the loop may block: nothing to do, and every ring will wake us. */
static bool
may_sleep(struct core *c, bool busy)
{
	return !busy && ingress_sleep(c);
}

static void
wait_for_events(struct core *c, bool block)
{
	struct timeval wait = {.tv_usec = TICK_US};

	bool has_walks = c->feeding_count > 0 && !c->deferral.is_on;

	/* Readers of the log do not wake us: look again soon while something waits for them. */
	if (c->waits_for_room || c->trouble_count > 0 || has_walks)
		wait.tv_usec = ROOM_TICK_US;
	if (block)
		event_add(c->tick, &wait);
	/* ONCE: without it libevent goes on for as long as a descriptor stays readable. */
	event_base_loop(c->base, block ? EVLOOP_ONCE : EVLOOP_ONCE | EVLOOP_NONBLOCK);
}

int
core_init(struct core *c, int channel_fd_of_parent)
{
	c->start_s = clock_wall_ms() / 1000;
	c->start_us = clock_us();
	c->base = event_base_new();
	if (c->base == NULL)
		return -1;
	c->alarms = alarm_set_new(ALARMS_MAX);
	c->data_fd = c->control_fds[0] = c->control_fds[1] = -1;
	c->parent = channel_new(channel_fd_of_parent, CHANNEL_RIB_TO_PARENT, CHANNEL_PARENT_TO_RIB);
	c->parent_read =
	    event_new(c->base, channel_fd(c->parent), EV_READ | EV_PERSIST, readable, c);
	c->tick = event_new(c->base, -1, 0, tick, c);
	event_add(c->parent_read, NULL);
	return 0;
}

void
core_fini(struct core *c)
{
	if (c->control != NULL)
		control_free(c->control);
	for (uint32_t i = 0; i < c->worker_count; i++)
		parent_drop_worker(c, i);
	for (uint32_t slot = 0; slot < c->slot_count; slot++)
		history_forget(c, slot);
	table_free(c->table);
	if (c->log != NULL)
		log_unmap(c->log);
	alarm_set_free(c->alarms);
	event_free(c->parent_read);
	if (c->parent_write != NULL)
		event_free(c->parent_write);
	event_free(c->tick);
	event_base_free(c->base);
	channel_free(c->parent);
	generation_fini(c);
	free(c->workers);
	free(c->slots);
	free(c->feeding);
	free(c->scan.words);
	event_flush(true);
}

int
core_main(const struct core_start *start)
{
	static struct core core;
	struct core *c = &core;

	log_init("rib", LOG_LEVEL_INFO);
	if (core_init(c, start->channel_fd) == -1)
		return 1;
	if (sandbox_enter(SANDBOX_RIB) == -1)
		event_log(EVENT_RIGHTS_KEPT, "rib", "seccomp", "no filter could be set");
	parent_send(c, CHANNEL_READY, &(struct channel_ready){0});
	while (!c->stopping) {
		bool ready = c->table != NULL && c->log != NULL;
		bool busy = ready ? core_turn(c) : generation_slice(c, clock_us() + SLICE_US);

		wait_for_events(c, ready ? may_sleep(c, busy) : !busy);
	}
	core_fini(c);
	return c->exit_status;
}
