/*
 * See world.h.
 */
#include "tests/replay/world.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bgpd/clock.h"
#include "bgpd/feed/feed.h"
#include "bgpd/ipc/memfd.h"
#include "bgpd/ipc/wake.h"
#include "tests/replay/clock.h"

#define TICK_MS	   100 /* rib looks around at least as often */
#define ROUNDS_MAX 20000
#define QUIET	   3 /* rounds without anything: an input needs so many to be seen */

/* ---- words to the reader ---- */

void
world_note(struct world *w, const char *format, ...)
{
	uint64_t ms = clock_ms() - CLOCK_BEGIN_MS;
	char line[256];
	va_list ap;

	va_start(ap, format);
	if (vsnprintf(line, sizeof(line), format, ap) >= (int)sizeof(line))
		memcpy(line + sizeof(line) - 4, "...", 4);
	va_end(ap);
	prose_add(
	    &w->transcript, "%7u.%03u  %s\n", (unsigned)(ms / 1000), (unsigned)(ms % 1000), line);
}

void
world_fault(struct world *w, const char *format, ...)
{
	va_list ap;

	if (w->fault[0] != '\0')
		return;
	va_start(ap, format);
	vsnprintf(w->fault, sizeof(w->fault), format, ap);
	va_end(ap);
}

/* What can not go wrong unless the machine is at its end. */
static void
need(bool good, const char *what)
{
	if (good)
		return;
	perror(what);
	abort();
}

/* ---- memory ---- */

static void
give(struct channel *c, enum channel_type type, const void *body, const int *fds, unsigned n)
{
	need(channel_send(c, type, body, fds, n) == 0, channel_type_name(type));
}

void
world_order(struct world *w, enum channel_type type, const void *body)
{
	give(w->to_worker, type, body, NULL, 0);
}

/* One log, one ring and one session table, for both processes. */
static void
give_memory(struct world *w)
{
	struct channel_worker worker = {.index = 0, .pid = 1};
	int log = log_create(w->head.log_size), log_reader = memfd_read_only(log);
	int table = session_table_create(w->head.slots);
	int ring = ring_create(w->head.ring_size, w->head.slots);
	int rib_wake = wake_new(), worker_wake = wake_new();
	int of_rib[] = {ring, table, rib_wake, worker_wake};
	int of_worker[] = {ring, rib_wake, worker_wake};

	need(log != -1 && log_reader != -1 && table != -1 && ring != -1, "shared memory");
	give(w->to_rib, CHANNEL_LOG, NULL, &log, 1);
	give(w->to_rib, CHANNEL_WORKER, &worker, of_rib, 4);
	give(w->to_worker, CHANNEL_TABLE, NULL, &table, 1);
	give(w->to_worker, CHANNEL_RING, NULL, of_worker, 3);
	give(w->to_worker, CHANNEL_LOG, NULL, &log_reader, 1);
	for (unsigned i = 0; i < 4; i++)
		close(of_rib[i]);
	close(log);
	close(log_reader);
}

static void
send_to_rib(struct world *w, int config)
{
	struct channel_generation g = {.generation = w->generation};
	struct feed_report report;
	int data;

	feed_report_init(&report);
	data = feed_load(&(struct feed_request){0}, &report);
	feed_report_fini(&report);
	need(data != -1, "data set");
	give(w->to_rib, CHANNEL_DATA, NULL, &data, 1);
	give(w->to_rib, CHANNEL_CONFIG, &g, &config, 1);
	close(data);
}

static void
start_rib(struct world *w, int config)
{
	int fds[2];

	memset(&w->core, 0, sizeof(w->core));
	need(channel_pair(fds) == 0, "channel");
	w->to_rib = channel_new(fds[0], CHANNEL_PARENT_TO_RIB, CHANNEL_RIB_TO_PARENT);
	need(core_init(&w->core, fds[1]) == 0, "rib");
	send_to_rib(w, config);
	parent_read(&w->core);
	while (generation_slice(&w->core, clock_us() + 1))
		continue;
	need(w->core.table != NULL, "the first generation of rib");
}

/* ---- life ---- */

struct world *
world_new(bool talks)
{
	struct world *w = calloc(1, sizeof(*w));

	if (w == NULL)
		abort();
	clock_set_ms(CLOCK_BEGIN_MS);
	log_init("replay", talks ? LOG_LEVEL_DEBUG : LOG_LEVEL_CRITICAL);
	settings_defaults(w);
	return w;
}

void
world_start(struct world *w)
{
	struct channel_generation g = {.generation = ++w->generation};
	int fds[2], config;

	w->started = true;
	w->head.slots = w->player_count;
	config = settings_seal(w);
	start_rib(w, config);
	need(channel_pair(fds) == 0, "channel");
	w->to_worker = channel_new(fds[0], CHANNEL_PARENT_TO_WORKER, CHANNEL_WORKER_TO_PARENT);
	w->worker = worker_new(0, fds[1]);
	need(w->worker != NULL, "worker");
	give(w->to_worker, CHANNEL_CONFIG, &g, &config, 1);
	close(config);
	give_memory(w);
	parent_read(&w->core);
	need(w->core.log != NULL, "egress log");
	world_order(w, CHANNEL_COMMIT, &g);
	world_settle(w);
}

void
world_reload(struct world *w)
{
	struct channel_generation g = {.generation = ++w->generation};
	int config = settings_seal(w);

	send_to_rib(w, config);
	give(w->to_worker, CHANNEL_CONFIG, &g, &config, 1);
	close(config);
	world_settle(w);
	give(w->to_rib, CHANNEL_COMMIT, &g, NULL, 0);
	world_settle(w);
	world_order(w, CHANNEL_COMMIT, &g);
	world_settle(w);
}

void
world_restart_rib(struct world *w)
{
	struct channel_text why = {.text = "the route table was restarted"};
	int config = settings_seal(w);

	core_fini(&w->core);
	channel_free(w->to_rib);
	world_order(w, CHANNEL_DROP_SESSIONS, &why);
	start_rib(w, config);
	close(config);
	give_memory(w);
	parent_read(&w->core);
	world_settle(w);
}

void
world_free(struct world *w)
{
	for (unsigned i = 0; i < w->connection_count; i++)
		connection_close(&w->connections[i]);
	if (w->started) {
		worker_free(w->worker);
		core_fini(&w->core);
		channel_free(w->to_worker);
		channel_free(w->to_rib);
	}
	prose_fini(&w->transcript);
	free(w);
}

/* ---- the parent ---- */

static void
take_limit(struct world *w, const struct channel_admin *admin)
{
	for (unsigned i = 0; i < w->player_count; i++) {
		struct player *p = &w->players[i];

		if (p->slot != admin->slot)
			continue;
		p->limited = true;
		p->limit_over_ms = admin->after_s == 0 ? 0 : clock_ms() + admin->after_s * 1000;
	}
	world_order(w, CHANNEL_ADMIN, admin);
}

static void
take_connect(struct world *w, uint64_t slot)
{
	for (unsigned i = 0; i < w->player_count; i++) {
		struct player *p = &w->players[i];

		if (p->slot != slot)
			continue;
		world_note(w, "server connects to %s", p->name);
		p->wanted = true;
	}
}

/* What both children say. True if it was something. */
static bool
hear_children(struct world *w)
{
	struct channel *channels[] = {w->to_worker, w->to_rib};
	struct channel_message m;
	bool any = false;

	for (unsigned i = 0; i < 2; i++)
		while (channel_recv(channels[i], &m) == CHANNEL_MESSAGE) {
			any |= m.type != CHANNEL_ALIVE;
			if (m.type == CHANNEL_CONNECT)
				take_connect(w, m.body.number.number);
			else if (m.type == CHANNEL_ADMIN)
				take_limit(w, &m.body.admin);
			else if (m.type == CHANNEL_READY && m.body.ready.refused != 0)
				world_fault(
				    w, "a child refuses its configuration: %s", m.body.ready.text);
		}
	return any;
}

static void
end_limits(struct world *w)
{
	for (unsigned i = 0; i < w->player_count; i++) {
		struct player *p = &w->players[i];
		struct channel_admin admin = {.slot = p->slot, .act = CHANNEL_ENABLE};

		if (!p->limited || p->limit_over_ms == 0 || p->limit_over_ms > clock_ms())
			continue;
		p->limited = false;
		world_order(w, CHANNEL_ADMIN, &admin);
	}
}

/* ---- turns ---- */

static bool
turn_worker(struct world *w)
{
	if (w->worker_over)
		return false;
	/* An event that is ready at once: the loop must not wait. */
	event_active(&w->worker->parent_event, EV_READ, 0);
	w->worker_over = !worker_turn(w->worker);
	return w->worker->ready.ready_next != &w->worker->ready ||
	    egress_has_more(w->worker->egress);
}

static bool
turn_rib(struct world *w)
{
	const struct core_counters *n = &w->core.counters;
	bool busy;

	event_base_loop(w->core.base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
	busy = core_turn(&w->core);
	busy |= w->seen != n->records + n->blocks + n->messages;
	w->seen = n->records + n->blocks + n->messages;
	return busy;
}

static bool
turn(struct world *w)
{
	bool busy = turn_worker(w);

	busy |= turn_rib(w);
	busy |= hear_children(w);
	for (unsigned i = 0; i < w->connection_count; i++)
		busy |= connection_read(w, &w->connections[i]);
	return busy;
}

/* Until so many rounds in a row had nothing to do. */
static void
settle(struct world *w, unsigned quiet)
{
	unsigned still = 0;

	for (unsigned n = 0; still < quiet; n++) {
		if (n == ROUNDS_MAX) {
			world_fault(w, "the server does not come to rest");
			return;
		}
		if (!turn(w)) {
			still++;
			continue;
		}
		still = 0;
		quiet = QUIET;
	}
}

void
world_settle(struct world *w)
{
	settle(w, QUIET);
}

static uint64_t
next_ms(const struct world *w, uint64_t until_ms)
{
	uint64_t now_ms = clock_ms(), next = now_ms + TICK_MS, timer;

	timer = w->worker_over ? UINT64_MAX : timers_next_ms(w->worker->timers);
	if (timer < next)
		next = timer;
	for (unsigned i = 0; i < w->connection_count; i++)
		if (connection_keep_ms(&w->connections[i]) < next)
			next = connection_keep_ms(&w->connections[i]);
	if (next > until_ms)
		next = until_ms;
	return next > now_ms ? next : now_ms + 1;
}

void
world_step(struct world *w, uint64_t until_ms)
{
	unsigned quiet = 1; /* timers fire within one round */

	clock_set_ms(next_ms(w, until_ms));
	for (unsigned i = 0; i < w->connection_count; i++)
		if (connection_keep_ms(&w->connections[i]) <= clock_ms()) {
			connection_keep(w, &w->connections[i]);
			quiet = QUIET;
		}
	end_limits(w);
	settle(w, quiet);
}

void
world_pass(struct world *w, uint64_t ms)
{
	uint64_t until_ms = clock_ms() + ms;

	world_settle(w);
	while (clock_ms() < until_ms && w->fault[0] == '\0')
		world_step(w, until_ms);
}

/* ---- looking ---- */

struct player *
world_player(struct world *w, const char *name)
{
	for (unsigned i = 0; i < w->player_count; i++)
		if (strcmp(w->players[i].name, name) == 0)
			return &w->players[i];
	return NULL;
}

enum session_state
world_state(const struct world *w, const struct player *p)
{
	const struct peer *peer = worker_peer(w->worker, p->slot);
	enum session_state in, out;

	if (peer == NULL)
		return SESSION_IDLE;
	in = peer->link[DIRECTION_IN].state;
	out = peer->link[DIRECTION_OUT].state;
	if (in < SESSION_OPENSENT && out < SESSION_OPENSENT)
		return out == SESSION_IDLE ? in : out;
	return in > out ? in : out;
}
