/* Another configuration while everything goes on: see reload.h. */
#include "bgpd/parent/reload.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bgpd/conf/report.h"
#include "bgpd/feed/feed.h"
#include "bgpd/ipc/bug.h"
#include "bgpd/ipc/memfd.h"
#include "bgpd/parent/state.h"

#define READING_MS   300000 /* large registries on a slow disk */
#define PREPARING_MS 60000
#define TEXT_MAX     (64 * 1024)

/* What changes for peers. */
struct difference {
	uint32_t added;
	uint32_t removed;
	uint32_t changed;
};

static void
close_if_open(int *fd)
{
	if (*fd != -1)
		close(*fd);
	*fd = -1;
}

/* ---- what the operator hears ---- */

/* The report's lines in memory that can be sent; -1 where there is none. */
static int
report_text(const struct conf_report *report)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	int fd;

	if (out == NULL)
		return -1;
	conf_report_print(report, out);
	fclose(out);
	fd = memfd_new_const("roost-report", text, len < TEXT_MAX ? len : TEXT_MAX);
	free(text);
	return fd;
}

static void
tell_rib(struct parent *p, bool refused, const struct difference *d)
{
	struct reload *r = &p->reload;
	struct channel_reloaded message = {.generation = p->generation,
	    .refused = refused,
	    .errors = (uint32_t)r->report.errors,
	    .warnings = (uint32_t)r->report.warnings,
	    .added = d->added,
	    .removed = d->removed,
	    .changed = d->changed,
	    .took_ms = (uint32_t)(parent_now_ms() - r->since_ms)};
	int fd = report_text(&r->report);

	if (fd == -1)
		return;
	child_send(&p->rib, CHANNEL_RELOADED, &message, &fd, 1);
	close(fd);
}

/* ---- the end of one ---- */

static void
forget(struct parent *p)
{
	struct reload *r = &p->reload;
	bool again = r->again, answer = r->answer && r->again;

	event_del(r->patience);
	if (r->conf != NULL)
		conf_free(r->conf);
	r->conf = NULL;
	close_if_open(&r->conf_fd);
	close_if_open(&r->data_fd);
	conf_report_fini(&r->report);
	r->stage = RELOAD_IDLE;
	r->again = r->answer = false;
	if (again && !p->stopping)
		reload_ask(p, "reload asked for meanwhile", answer);
}

/* Nothing has changed. The report says why, or gets `why` for its last line. */
static void
refuse(struct parent *p, const char *why)
{
	struct reload *r = &p->reload;
	struct channel_generation generation = {.generation = r->generation};
	struct child *c = NULL;

	if (why != NULL)
		report_add(&r->report, CONF_ERROR, p->conf_path, 0, 0, "%s", why);
	if (r->stage == RELOAD_PREPARING)
		while ((c = children_next(p, c)) != NULL)
			child_send(c, CHANNEL_ABANDON, &generation, NULL, 0);
	for (size_t i = 0; i < r->report.count; i++) {
		const struct conf_note *n = &r->report.notes[i];
		char at[CONF_FILE_MAX + 32];

		snprintf(at, sizeof(at), "%s:%u:%u", n->file, n->line, n->col);
		if (n->severity == CONF_ERROR)
			event_log(EVENT_CONF_ERROR, at, n->text);
	}
	event_log(EVENT_CONF_REFUSED, p->conf_path, r->report.errors);
	alarms_raise(p, ALARM_RELOAD_REFUSED, p->conf_path,
	    r->report.count > 0 ? r->report.notes[0].text : "see the log");
	tell_rib(p, true, &(struct difference){0});
	forget(p);
}

/* ---- in force ---- */

static bool
same_text(const char *a, const char *b)
{
	return (a == NULL) == (b == NULL) && (a == NULL || strcmp(a, b) == 0);
}

/* A session whose password has changed begins anew: the kernel has the old one on its socket. */
static void
clear_slot(struct parent *p, uint32_t slot)
{
	struct channel_admin admin = {.slot = slot, .act = CHANNEL_CLEAR};

	child_send(&p->workers[slots_worker(p->slots, slot)], CHANNEL_ADMIN, &admin, NULL, 0);
}

/* Slots as the new configuration has them; what was remembered of peers that are gone goes. */
static void
change_slots(struct parent *p, const struct conf *from, struct difference *d)
{
	for (uint32_t slot = 0; slot < slots_count(p->slots); slot++) {
		const struct conf_peer *was = conf_peer(from, slot), *is = conf_peer(p->conf, slot);
		char peer[ALARM_SOURCE_MAX];

		if (was != NULL && is == NULL) {
			d->removed++;
			connect_cancel(p, slot);
			peer_format_conf(was, peer);
			alarms_clear(p, ALARM_PEER_DISABLED, peer);
			alarms_clear(p, ALARM_PEER_HELD_DOWN, peer);
			limited_lift(p, slot, peer);
		} else if (was == NULL && is != NULL) {
			d->added++;
			slots_reset(p->slots, slot, is->worker);
		} else if (is != NULL && !same_text(was->password, is->password)) {
			d->changed++;
			connect_cancel(p, slot);
			clear_slot(p, slot);
		}
	}
}

static void
send_commit(struct child *c, uint32_t generation)
{
	struct channel_generation message = {.generation = generation};

	child_send(c, CHANNEL_COMMIT, &message, NULL, 0);
}

/* rib has the new generation: from here on it is the one in force, whoever dies. */
static void
put_in_force(struct parent *p)
{
	struct reload *r = &p->reload;
	struct difference d = {0};
	struct conf *from = p->conf;

	p->conf = r->conf;
	r->conf = NULL;
	p->generation = r->generation;
	close_if_open(&p->conf_fd);
	close_if_open(&p->data_fd);
	p->conf_fd = r->conf_fd;
	p->data_fd = r->data_fd;
	r->conf_fd = r->data_fd = -1;
	accept_change_keys(p, from, p->conf);
	for (uint32_t i = 0; i < p->worker_count; i++)
		send_commit(&p->workers[i], p->generation);
	change_slots(p, from, &d);
	conf_free(from);
	alarms_of_conf(p, &r->report);
	alarms_clear(p, ALARM_RELOAD_REFUSED, p->conf_path);
	event_log(EVENT_CONF_LOADED, p->conf_path, p->generation, conf_peer_count(p->conf),
	    r->report.warnings);
	tell_rib(p, false, &d);
	forget(p);
}

void
reload_committed(struct parent *p, uint32_t generation)
{
	if (p->reload.stage == RELOAD_COMMITTING && generation == p->reload.generation)
		put_in_force(p);
}

/* ---- preparing ---- */

static bool
all_are_ready(struct parent *p)
{
	struct child *c = NULL;

	while ((c = children_next(p, c)) != NULL)
		if (c->prepared != p->reload.generation)
			return false;
	return true;
}

void
reload_ready(struct child *c, uint32_t generation, const char *refused)
{
	struct parent *p = c->parent;
	struct reload *r = &p->reload;

	if (r->stage != RELOAD_PREPARING || generation != r->generation)
		return;
	if (refused != NULL) {
		refuse(p, refused);
		return;
	}
	c->prepared = generation;
	if (!all_are_ready(p))
		return;
	r->stage = RELOAD_COMMITTING;
	send_commit(&p->rib, generation);
}

static void
prepare(struct parent *p)
{
	struct reload *r = &p->reload;
	struct timeval wait = parent_timeval(PREPARING_MS);
	struct child *c = NULL;

	r->generation = ++p->generations;
	r->conf_fd = conf_compile(r->conf, r->generation);
	if (r->conf_fd == -1) {
		refuse(p, strerror(errno));
		return;
	}
	while ((c = children_next(p, c)) != NULL) {
		if (c->state == CHILD_COMMITTED)
			continue;
		refuse(p, "a process of the daemon is being started; reload once it runs");
		return;
	}
	r->stage = RELOAD_PREPARING;
	event_add(r->patience, &wait);
	while ((c = children_next(p, c)) != NULL)
		child_send_config(c, r->generation, r->conf_fd, r->data_fd);
}

void
reload_child_died(struct parent *p, const char *name)
{
	char why[CHANNEL_TEXT_MAX];

	if (p->reload.stage != RELOAD_PREPARING && p->reload.stage != RELOAD_COMMITTING)
		return;
	/* rib may or may not have had the COMMIT: the next rib gets what is in force here. */
	snprintf(why, sizeof(why), "%s died while the configuration was being changed", name);
	p->reload.again = true;
	refuse(p, why);
}

static void
out_of_patience(evutil_socket_t fd, short what, void *arg)
{
	struct parent *p = arg;
	struct reload *r = &p->reload;

	(void)fd;
	(void)what;
	if (r->stage == RELOAD_READING)
		kill(r->reader, SIGKILL);
	else if (r->stage == RELOAD_PREPARING)
		refuse(p, "the processes did not get ready with the new configuration in time");
	else if (r->stage == RELOAD_COMMITTING)
		child_kill(&p->rib, "it does not put the new configuration in force");
}

/* ---- reading ---- */

static size_t
descriptors_of_reader(void)
{
	return 64;
}

static int
seal_request(const struct conf *conf)
{
	struct feed_request *request = feed_request_new(conf, log_wall_ms() / 1000);
	int fd = feed_request_seal(request);

	feed_request_free(request);
	return fd;
}

/* Starts the reader with what the configuration wants. Returns its socket, or -1 with errno. */
static int
start_reader(struct parent *p, const struct conf *conf, pid_t *pid)
{
	struct child_start start = {.role = CHILD_READER, .level = p->level, .rights = p->rights};
	int fds[2], request = seal_request(conf), saved;

	if (request == -1)
		return -1;
	start.rights.chroot = false; /* it opens files by the names of the configuration */
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) == -1) {
		close(request);
		return -1;
	}
	*pid = child_spawn(&start, fds[1], descriptors_of_reader());
	saved = errno;
	close(fds[1]);
	if (*pid != -1 && feed_ask(fds[0], request) == 0) {
		close(request);
		return fds[0];
	}
	saved = *pid == -1 ? saved : errno;
	close(fds[0]);
	close(request);
	errno = saved;
	return -1;
}

/* What the reader found joins the report of the configuration. */
static void
add_notes(struct conf_report *to, const struct conf_report *from)
{
	for (size_t i = 0; i < from->count; i++) {
		const struct conf_note *n = &from->notes[i];

		if (n->alarm == -1)
			report_add(to, n->severity, n->file, n->line, n->col, "%s", n->text);
		else
			report_alarm(to, n->alarm, n->file, n->line, n->col, "%s", n->text);
	}
}

/* Takes the reader's answer. Returns the data set, -1 with errors in the report. */
static int
take_answer(int socket_fd, struct conf_report *report, const char *conf_path)
{
	struct feed_report found;
	int data_fd = -1;

	feed_report_init(&found);
	if (feed_answer(socket_fd, &found, &data_fd) == -1)
		report_add(report, CONF_ERROR, conf_path, 0, 0,
		    "the process that reads the data files ended without an answer (%s)",
		    strerror(errno));
	add_notes(report, &found.notes);
	feed_report_fini(&found);
	return data_fd;
}

static void
end_reading(struct parent *p)
{
	struct reload *r = &p->reload;

	event_free(r->reader_event);
	r->reader_event = NULL;
	close_if_open(&r->reader_fd);
	event_del(r->patience);
}

static void
reader_answers(evutil_socket_t fd, short what, void *arg)
{
	struct parent *p = arg;
	struct reload *r = &p->reload;

	(void)what;
	r->data_fd = take_answer(fd, &r->report, p->conf_path);
	end_reading(p);
	if (r->data_fd == -1)
		refuse(p, NULL);
	else
		prepare(p);
}

static void
read_data(struct parent *p)
{
	struct reload *r = &p->reload;
	struct timeval wait = parent_timeval(READING_MS);

	r->reader_fd = start_reader(p, r->conf, &r->reader);
	if (r->reader_fd == -1) {
		refuse(p, strerror(errno));
		return;
	}
	r->reader_event = event_new(p->base, r->reader_fd, EV_READ, reader_answers, p);
	if (r->reader_event == NULL)
		bug("reload", "no memory");
	event_add(r->reader_event, NULL);
	event_add(r->patience, &wait);
}

void
reload_ask(struct parent *p, const char *by, bool answer)
{
	struct reload *r = &p->reload;

	if (p->stopping)
		return;
	r->answer |= answer;
	if (r->stage != RELOAD_IDLE) {
		r->again = true;
		return;
	}
	event_log(EVENT_RELOAD, by, p->conf_path);
	r->stage = RELOAD_READING;
	r->since_ms = parent_now_ms();
	conf_report_init(&r->report);
	r->conf = conf_load_beside(p->conf_path, conf_instance(p->conf), p->conf, &r->report);
	if (r->conf == NULL)
		refuse(p, NULL);
	else
		read_data(p);
}

int
reload_read_first(struct parent *p)
{
	struct conf_report report;
	pid_t pid;
	int fd = start_reader(p, p->conf, &pid), status;

	if (fd == -1) {
		event_log(EVENT_ENVIRONMENT, "reader of data files", strerror(errno));
		return -1;
	}
	conf_report_init(&report);
	p->data_fd = take_answer(fd, &report, p->conf_path);
	close(fd);
	waitpid(pid, &status, 0);
	conf_report_print(&report, stderr);
	alarms_of_conf_add(p, &report);
	if (p->data_fd == -1)
		event_log(EVENT_CONF_REFUSED, p->conf_path, report.errors);
	conf_report_fini(&report);
	return p->data_fd == -1 ? -1 : 0;
}

void
reload_reap(struct parent *p)
{
	struct reload *r = &p->reload;
	int status;

	if (r->reader > 0 && waitpid(r->reader, &status, WNOHANG) == r->reader)
		r->reader = 0;
}

void
reload_init(struct parent *p)
{
	struct reload *r = &p->reload;

	r->conf_fd = r->data_fd = r->reader_fd = -1;
	r->patience = event_new(p->base, -1, 0, out_of_patience, p);
	if (r->patience == NULL)
		bug("reload", "no memory");
}

void
reload_fini(struct parent *p)
{
	struct reload *r = &p->reload;

	if (r->patience == NULL)
		return;
	if (r->reader_event != NULL)
		end_reading(p);
	if (r->reader > 0)
		kill(r->reader, SIGKILL);
	if (r->conf != NULL)
		conf_free(r->conf);
	close_if_open(&r->conf_fd);
	close_if_open(&r->data_fd);
	conf_report_fini(&r->report);
	event_free(r->patience);
}
