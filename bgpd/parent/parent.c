/*
 * The parent process: start, signals, the end.
 *
 *   start   rights, control sockets (is another one running?), listening sockets and keys,
 *           configuration for the children, children; the doors open when all workers are ready
 *   end     doors closed, children asked to stop (workers send Cease 6/2), STOP_MS later killed,
 *           socket files removed
 *
 * What fails at the start ends the daemon with a line that says what, where and what to do. Later
 * nothing does but SIGTERM and SIGINT.
 */
#include "bgpd/parent/parent.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bgpd/ipc/bug.h"
#include "bgpd/parent/state.h"

#define STOP_MS	  3000
#define HURRY_MS  500
#define MINUTE_MS 60000

/* Alarms of the parent: two per slot, and some per child and listener. */
#define ALARMS_PER_SLOT	 2
#define ALARMS_OTHERS	 1024

#define PEER_DESCRIPTORS 4

enum { CONTROL_FULL, CONTROL_RESTRICTED, CONTROL_COUNT };

/* --- the end --- */

void
parent_child_gone(struct parent *p)
{
	if (p->stopping && children_are_gone(p))
		event_base_loopbreak(p->base);
}

void
parent_stop(struct parent *p, const char *reason)
{
	struct timeval wait = parent_timeval(STOP_MS);
	uint64_t now = parent_now_ms();

	if (p->stopping) {
		/* Asked again: somebody is in a hurry, unless it was the same signal sent twice. */
		if (now - p->stopping_ms >= HURRY_MS)
			children_kill(p);
		return;
	}
	event_log(EVENT_STOP, conf_instance(p->conf), reason);
	p->stopping = true;
	p->stopping_ms = now;
	accept_close(p);
	reload_stop(p);
	children_stop(p, "the route server is being stopped");
	event_add(p->deadline, &wait);
	parent_child_gone(p);
}

static void
deadline_over(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	children_kill(arg);
}

/* --- signals --- */

static void
asked_to_stop(evutil_socket_t number, short what, void *arg)
{
	(void)what;
	parent_stop(arg, number == SIGINT ? "interrupted (SIGINT)" : "terminated (SIGTERM)");
}

static void
asked_to_reload(evutil_socket_t number, short what, void *arg)
{
	(void)number;
	(void)what;
	reload_ask(arg, "SIGHUP", 0);
}

static void
child_ended(evutil_socket_t number, short what, void *arg)
{
	(void)number;
	(void)what;
	children_reap(arg);
}

static void
minute_over(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	event_flush(false);
}

static const struct {
	int number;
	event_callback_fn fn;
} signals[] = {
    {SIGTERM, asked_to_stop},
    {SIGINT, asked_to_stop},
    {SIGHUP, asked_to_reload},
    {SIGCHLD, child_ended},
};

static int
watch_signals(struct parent *p)
{
	struct timeval minute = parent_timeval(MINUTE_MS);
	size_t i;

	signal(SIGPIPE, SIG_IGN);
	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		p->signals[i] = evsignal_new(p->base, signals[i].number, signals[i].fn, p);
		if (p->signals[i] == NULL || event_add(p->signals[i], NULL) == -1)
			return -1;
	}
	p->minute = event_new(p->base, -1, EV_PERSIST, minute_over, p);
	p->deadline = event_new(p->base, -1, 0, deadline_over, p);
	if (p->minute == NULL || p->deadline == NULL)
		return -1;
	return event_add(p->minute, &minute);
}

/* --- the start --- */

static void
find_rights(struct parent *p)
{
	char error[RIGHTS_ERROR_MAX];

	if (rights_find(&p->rights, conf_daemon(p->conf)->user, error))
		return;
	event_log(EVENT_RIGHTS_KEPT, "all", "user", error);
	alarms_raise(p, ALARM_RIGHTS_KEPT, "all", error);
}

/*
 * Whose group may use the full socket: that of our own account. Other programs of a host run as
 * nobody, too: they shall not.
 */
static gid_t
control_group(const struct parent *p)
{
	if (!p->rights.drop_user || strcmp(conf_daemon(p->conf)->user, "nobody") == 0)
		return (gid_t)-1;
	return p->rights.gid;
}

static int
open_control_socket(struct parent *p, unsigned which)
{
	bool restricted = which == CONTROL_RESTRICTED;
	const struct conf_daemon *daemon = conf_daemon(p->conf);
	char standard[sizeof(((struct sockaddr_un *)0)->sun_path)];
	char error[CONTROL_SOCKET_ERROR_MAX];
	struct control_socket_options options = {
	    .path = restricted ? daemon->restricted_socket : daemon->socket,
	    .mode = restricted ? 0666 : 0660,
	    .gid = restricted ? (gid_t)-1 : control_group(p),
	};

	options.make_dir = conf_default_socket(conf_instance(p->conf), restricted, standard) &&
	    strcmp(standard, options.path) == 0;
	if (control_socket_open(&p->control[which], &options, error) == 0)
		return 0;
	event_log(EVENT_CONTROL_FAILED, options.path, error);
	return -1;
}

static int
open_control_sockets(struct parent *p)
{
	unsigned i;

	for (i = 0; i < CONTROL_COUNT; i++)
		if (open_control_socket(p, i) == -1)
			return -1;
	return 0;
}

/* Returns for how many peers there is room. */
static size_t
raise_limits(const struct parent *p)
{
	/* what the children need, and per peer a connection held, under way or being passed on */
	size_t children = 512 + 16 * (size_t)p->worker_count;
	size_t wanted = children + PEER_DESCRIPTORS * conf_slots(p->conf);
	size_t is = rights_limit(wanted);

	if (is < wanted)
		event_log(EVENT_LIMIT_LOW, "open files", is, wanted,
		    "raise LimitNOFILE of the service, or ulimit -n");
	return is > children ? (is - children) / PEER_DESCRIPTORS : 0;
}

static void
make_slots(struct parent *p)
{
	size_t slot, count = conf_slots(p->conf);
	uint32_t *workers = bug_calloc(count + 1, sizeof(*workers));

	for (slot = 0; slot < count; slot++) {
		const struct conf_peer *peer = conf_peer(p->conf, slot);

		workers[slot] = peer == NULL ? SLOTS_NO_WORKER : peer->worker;
	}
	p->slots = slots_new(count, workers);
	p->attempts = bug_calloc(count + 1, sizeof(struct attempt *));
	free(workers);
}

static int
compile(struct parent *p)
{
	p->generation = ++p->generations;
	p->conf_fd = conf_compile(p->conf, p->generation);
	if (p->conf_fd == -1)
		event_log(EVENT_ENVIRONMENT, "configuration memory", strerror(errno));
	return p->conf_fd == -1 ? -1 : 0;
}

static void
init(struct parent *p, const struct parent_options *options)
{
	unsigned i;

	memset(p, 0, sizeof(*p));
	p->conf = options->conf;
	p->conf_path = options->conf_path;
	p->conf_fd = p->data_fd = p->log = -1;
	for (i = 0; i < CONTROL_COUNT; i++)
		p->control[i].fd = -1;
	p->worker_count = conf_daemon(p->conf)->workers;
	p->level_is_given = options->level >= 0;
	p->level = p->level_is_given ? (enum log_level)options->level
				     : (enum log_level)conf_daemon(p->conf)->log_level;
	p->alarms = alarm_set_new(ALARMS_PER_SLOT * conf_slots(p->conf) + ALARMS_OTHERS);
	alarm_set_mute(p->alarms);
	log_init("parent", p->level);
	make_slots(p);
}

static int
open_all(struct parent *p, const struct parent_options *options)
{
	p->base = event_base_new();
	if (p->base == NULL || watch_signals(p) == -1) {
		event_log(EVENT_ENVIRONMENT, "event loop", strerror(errno));
		return -1;
	}
	find_rights(p);
	alarms_of_conf(p, options->report);
	if (open_control_sockets(p) == -1 || accept_open(p) == -1)
		return -1;
	p->held = held_new(p->base, slots_count(p->slots), raise_limits(p), HELD_MS);
	limited_init(p);
	reload_init(p);
	if (compile(p) == -1 || reload_read_first(p) == -1)
		return -1;
	event_log(EVENT_START, conf_instance(p->conf), ROOST_VERSION, (int)getpid());
	event_log(EVENT_CONF_LOADED, options->conf_path, p->generation, conf_peer_count(p->conf),
	    options->report->warnings);
	return children_start(p);
}

static void
free_event(struct event *event)
{
	if (event != NULL)
		event_free(event);
}

static void
fini(struct parent *p)
{
	uint32_t slot;
	size_t i;

	for (slot = 0; slot < slots_count(p->slots); slot++)
		connect_cancel(p, slot);
	accept_close(p);
	children_fini(p);
	limited_fini(p);
	reload_fini(p);
	for (i = 0; i < CONTROL_COUNT; i++)
		control_socket_close(&p->control[i]);
	for (i = 0; i < sizeof(p->signals) / sizeof(p->signals[0]); i++)
		free_event(p->signals[i]);
	free_event(p->minute);
	free_event(p->deadline);
	if (p->conf_fd != -1)
		close(p->conf_fd);
	if (p->data_fd != -1)
		close(p->data_fd);
	if (p->base != NULL)
		event_base_free(p->base);
	slots_free(p->slots);
	free(p->attempts);
	alarm_set_free(p->alarms);
	conf_report_fini(&p->standing);
	conf_free(p->conf);
	event_flush(true);
}

int
parent_run(const struct parent_options *options)
{
	struct parent p;

	init(&p, options);
	if (open_all(&p, options) == -1) {
		bool was_stopped = p.stopping;

		fini(&p);
		return was_stopped ? EXIT_SUCCESS : EXIT_FAILURE;
	}
	event_base_dispatch(p.base);
	fini(&p);
	return EXIT_SUCCESS;
}
