/* Another configuration while everything goes on: see reload.h. */
#include "bgpd/parent/reload.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bgpd/conf/compiled.h"
#include "bgpd/conf/report.h"
#include "bgpd/ipc/bug.h"
#include "bgpd/ipc/memfd.h"
#include "bgpd/parent/keys.h"
#include "bgpd/parent/state.h"

#define READING_MS  300000 /* large registries on a slow disk */
#define WAITING_MS  60000  /* for children that are being replaced */
#define CHANGING_MS 60000  /* PREPARING and COMMITTING together */
#define TEXT_MAX    (64 * 1024)

/* What changes for peers. */
struct difference {
	uint32_t added;
	uint32_t removed;
	uint32_t reset;
};

static void
close_if_open(int *fd)
{
	if (*fd != -1)
		close(*fd);
	*fd = -1;
}

static void
wait_at_most(struct reload *r, uint64_t ms)
{
	struct timeval wait = parent_timeval(ms);

	event_add(r->patience, &wait);
}

/* ---- what the operator hears ---- */

static void
log_notes(const struct conf_report *report)
{
	char at[CONF_FILE_MAX + 32];

	for (size_t i = 0; i < report->count; i++) {
		const struct conf_note *n = &report->notes[i];

		snprintf(at, sizeof(at), "%s:%u:%u", n->file, n->line, n->col);
		if (n->severity == CONF_ERROR)
			event_log(EVENT_CONF_ERROR, at, n->text);
		else if (n->severity == CONF_WARNING)
			event_log(EVENT_CONF_WARNING, at, n->text);
		else
			event_log(EVENT_CONF_NOTE, at, n->text);
	}
}

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

/* Answers the operators whose reload this was, if there are any. */
static void
tell_rib(struct parent *p, bool refused, const struct difference *d)
{
	struct reload *r = &p->reload;
	struct channel_reloaded message = {.ticket = r->ticket,
	    .generation = p->generation,
	    .refused = refused,
	    .errors = (uint32_t)r->report.errors,
	    .warnings = (uint32_t)r->report.warnings,
	    .added = d->added,
	    .removed = d->removed,
	    .changed = d->reset,
	    .took_ms = (uint32_t)(parent_now_ms() - r->since_ms)};
	int fd;

	if (r->ticket == 0)
		return;
	fd = report_text(&r->report);
	if (fd == -1) {
		event_log(EVENT_ENVIRONMENT, "report of a reload", strerror(errno));
		return;
	}
	child_send(&p->rib, CHANNEL_RELOADED, &message, &fd, 1);
	close(fd);
}

/* ---- the end of one ---- */

/* Drops what this try has made. */
static void
drop(struct parent *p)
{
	struct reload *r = &p->reload;

	event_del(r->patience);
	if (r->conf != NULL)
		conf_free(r->conf);
	r->conf = NULL;
	close_if_open(&r->conf_fd);
	close_if_open(&r->data_fd);
	conf_report_fini(&r->report);
	r->stage = RELOAD_IDLE;
}

static void
end(struct parent *p)
{
	struct reload *r = &p->reload;
	bool again = r->again;

	drop(p);
	r->again = r->is_retry = false;
	r->ticket = 0;
	if (again)
		reload_ask(p, "a request meanwhile", r->ticket_2);
}

/* Children forget what they have got ready. */
static void
abandon(struct parent *p)
{
	struct channel_generation generation = {.generation = p->reload.generation};
	struct child *c = NULL;

	if (p->reload.stage < RELOAD_PREPARING)
		return;
	while ((c = children_next(p, c)) != NULL)
		child_send(c, CHANNEL_ABANDON, &generation, NULL, 0);
}

/* The alarm stands for the configuration's file, of whose path the end says more. */
static const char *
alarm_source(const struct parent *p)
{
	size_t len = strlen(p->conf_path);

	return p->conf_path + (len < ALARM_SOURCE_MAX ? 0 : len - ALARM_SOURCE_MAX + 1);
}

static void
raise_refused(struct parent *p)
{
	const struct conf_report *report = &p->reload.report;
	char text[CHANNEL_TEXT_MAX] = "see the log";

	for (size_t i = report->count; i > 0; i--) {
		const struct conf_note *n = &report->notes[i - 1];
		const char *slash = strrchr(n->file, '/');
		const char *name = slash == NULL ? n->file : slash + 1;

		if (n->severity == CONF_ERROR)
			snprintf(text, sizeof(text), "%.64s:%u: %.170s", name, n->line, n->text);
	}
	alarms_raise(p, ALARM_RELOAD_REFUSED, alarm_source(p), text);
}

/* Nothing has changed. The report says why, or gets `why` for its last line. */
static void
refuse(struct parent *p, const char *why)
{
	struct reload *r = &p->reload;

	if (why != NULL)
		report_add(&r->report, CONF_ERROR, p->conf_path, 0, 0, "%s", why);
	abandon(p);
	log_notes(&r->report);
	event_log(EVENT_CONF_REFUSED, p->conf_path, r->report.errors);
	raise_refused(p);
	tell_rib(p, true, &(struct difference){0});
	end(p);
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
	struct channel_admin admin = {
	    .slot = slot, .act = CHANNEL_CLEAR, .text = "the password has changed"};

	connect_cancel(p, slot);
	child_send(&p->workers[slots_worker(p->slots, slot)], CHANNEL_ADMIN, &admin, NULL, 0);
}

/* What was remembered of a peer, and stands as an alarm, goes with it. */
static void
forget_peer(struct parent *p, uint32_t slot, const struct conf_peer *was)
{
	char peer[ALARM_SOURCE_MAX];

	connect_cancel(p, slot);
	peer_format_conf(was, peer);
	alarms_clear(p, ALARM_PEER_DISABLED, peer);
	alarms_clear(p, ALARM_PEER_HELD_DOWN, peer);
	limited_lift(p, slot, peer);
	slots_reset(p->slots, slot, slots_worker(p->slots, slot));
}

/* What a connection was let in with is not what it would be let in with now. */
static bool
is_other_socket(const struct conf_peer *was, const struct conf_peer *is)
{
	return is == NULL || !same_text(was->password, is->password) ||
	    was->cfg.gtsm != is->cfg.gtsm || was->cfg.multihop != is->cfg.multihop;
}

/* Slots as the new configuration has them. */
static void
change_slots(struct parent *p, const struct conf *from)
{
	for (uint32_t slot = 0; slot < slots_count(p->slots); slot++) {
		const struct conf_peer *was = conf_peer(from, slot), *is = conf_peer(p->conf, slot);

		if (was != NULL && is_other_socket(was, is))
			held_drop(p->held, slot, "the peer's configuration has changed");
		if (was != NULL && is == NULL)
			forget_peer(p, slot, was);
		else if (was == NULL && is != NULL)
			slots_reset(p->slots, slot, is->worker);
		else if (is != NULL && !same_text(was->password, is->password))
			clear_slot(p, slot);
	}
}

/* Counts what happens to peers; resets by the workers' own rule. */
static struct difference
find_difference(const struct parent *p)
{
	const struct reload *r = &p->reload;
	struct compiled old, new;
	struct difference d = {0};
	bool all;

	if (compiled_map(p->conf_fd, &old) == -1 || compiled_map(r->conf_fd, &new) == -1)
		bug("reload", "a configuration that was compiled can not be mapped");
	all = compiled_is_other_server(old.head, new.head);
	for (uint32_t slot = 0; slot < slots_count(p->slots); slot++) {
		const struct conf_peer *was = conf_peer(p->conf, slot);
		const struct conf_peer *is = conf_peer(r->conf, slot);

		d.removed += was != NULL && is == NULL;
		d.added += was == NULL && is != NULL;
		if (was != NULL && is != NULL)
			d.reset += all ||
			    compiled_is_other_session(&old.slots[slot], &new.slots[slot]) ||
			    !same_text(was->password, is->password);
	}
	compiled_unmap(&old);
	compiled_unmap(&new);
	return d;
}

static void
send_commit(struct child *c, uint32_t generation)
{
	struct channel_generation message = {.generation = generation};

	child_send(c, CHANNEL_COMMIT, &message, NULL, 0);
}

/* One that was replaced since it got ready begins with the generation before: it gets this one. */
static void
commit_worker(struct child *c)
{
	struct parent *p = c->parent;

	if (c->prepared != p->generation)
		child_send_config(c, p->generation, p->conf_fd, p->data_fd);
	if (c->state == CHILD_COMMITTED)
		send_commit(c, p->generation);
}

static void
change_log_level(struct parent *p, const struct conf *from)
{
	struct channel_number level = {.number = conf_daemon(p->conf)->log_level};
	struct child *c = NULL;

	if (p->level_is_given || level.number == conf_daemon(from)->log_level)
		return;
	p->level = (enum log_level)level.number;
	log_set_level(p->level);
	while ((c = children_next(p, c)) != NULL)
		child_send(c, CHANNEL_LOG_LEVEL, &level, NULL, 0);
}

/* Takes what was prepared for its own; returns what was in force. */
static struct conf *
take_over(struct parent *p)
{
	struct reload *r = &p->reload;
	struct conf *from = p->conf;

	p->conf = r->conf;
	p->generation = r->generation;
	close_if_open(&p->conf_fd);
	close_if_open(&p->data_fd);
	p->conf_fd = r->conf_fd;
	p->data_fd = r->data_fd;
	r->conf = NULL;
	r->conf_fd = r->data_fd = -1;
	return from;
}

/*
 * rib has the new generation: from here on it is the one in force, whoever dies. Keys first: a
 * member that connects from now on has the new ones.
 */
static void
put_in_force(struct parent *p)
{
	struct reload *r = &p->reload;
	struct difference d = find_difference(p);
	struct conf *from = take_over(p);

	accept_change_keys(p, from, p->conf);
	accept_change_hops(p);
	for (uint32_t i = 0; i < p->worker_count; i++)
		commit_worker(&p->workers[i]);
	change_slots(p, from);
	change_log_level(p, from);
	conf_free(from);
	log_notes(&r->report);
	alarms_of_conf(p, &r->report);
	alarms_clear(p, ALARM_RELOAD_REFUSED, alarm_source(p));
	event_log(EVENT_CONF_LOADED, p->conf_path, p->generation, conf_peer_count(p->conf),
	    r->report.warnings);
	tell_rib(p, false, &d);
	end(p);
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

	/* One that has the generation in force only now, see commit_worker(). */
	if (refused != NULL && generation == p->generation) {
		child_kill(c, refused);
		return;
	}
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

static bool
all_children_run(struct parent *p)
{
	struct child *c = NULL;

	while ((c = children_next(p, c)) != NULL)
		if (c->state != CHILD_COMMITTED)
			return false;
	return p->workers != NULL;
}

static void
prepare(struct parent *p)
{
	struct reload *r = &p->reload;
	struct child *c = NULL;

	r->generation = ++p->generations;
	r->conf_fd = conf_compile(r->conf, r->generation);
	if (r->conf_fd == -1) {
		refuse(p, strerror(errno));
		return;
	}
	r->stage = RELOAD_PREPARING;
	wait_at_most(r, CHANGING_MS);
	while ((c = children_next(p, c)) != NULL)
		child_send_config(c, r->generation, r->conf_fd, r->data_fd);
}

void
reload_child_runs(struct parent *p)
{
	if (p->reload.stage == RELOAD_WAITING && all_children_run(p))
		prepare(p);
}

/* Of what an operator may not expect. */
static void
warn_of_resets(struct parent *p)
{
	const struct conf_cfg *old = conf_cfg(p->conf), *new = conf_cfg(p->reload.conf);
	static const char text[] =
	    "%s has changed: every session is reset, as members have agreed to the old one";

	if (old->rs_as != new->rs_as)
		report_add(&p->reload.report, CONF_WARNING, p->conf_path, 0, 0, text, "cfg.rs_as");
	if (old->router_id != new->router_id)
		report_add(
		    &p->reload.report, CONF_WARNING, p->conf_path, 0, 0, text, "cfg.router_id");
}

static void
wait_for_children(struct parent *p)
{
	warn_of_resets(p);
	p->reload.stage = RELOAD_WAITING;
	wait_at_most(&p->reload, WAITING_MS);
	reload_child_runs(p);
}

/* ---- reading ---- */

static void
reader_answers(evutil_socket_t fd, short what, void *arg)
{
	struct parent *p = arg;

	(void)fd;
	(void)what;
	event_del(p->reload.patience);
	p->reload.data_fd = reading_take(&p->reload.reading, &p->reload.report);
	if (p->reload.data_fd == -1)
		refuse(p, NULL);
	else
		wait_for_children(p);
}

static void
read_all(struct parent *p)
{
	struct reload *r = &p->reload;

	r->stage = RELOAD_READING;
	conf_report_init(&r->report);
	r->conf = conf_load_beside(p->conf_path, conf_instance(p->conf), p->conf, &r->report);
	if (r->conf == NULL || !keys_check(r->conf, &r->report) ||
	    reading_begin(&r->reading, r->conf, p->level, &r->report, reader_answers, p) == -1)
		refuse(p, NULL);
	else
		wait_at_most(r, READING_MS);
}

/* ---- from outside ---- */

void
reload_ask(struct parent *p, const char *by, uint64_t ticket)
{
	struct reload *r = &p->reload;

	if (p->stopping)
		return;
	if (r->stage != RELOAD_IDLE) {
		r->again = true;
		if (ticket != 0)
			r->ticket_2 = ticket;
		return;
	}
	event_log(EVENT_RELOAD, by, p->conf_path);
	r->ticket = ticket;
	r->ticket_2 = 0;
	r->since_ms = parent_now_ms();
	read_all(p);
}

/* A child died that others waited for: once more from the start, but not for ever. */
static void
try_again(struct parent *p, const char *name)
{
	char why[CHANNEL_TEXT_MAX];

	snprintf(why, sizeof(why), "%s died while the configuration was being changed", name);
	if (p->reload.is_retry) {
		refuse(p, why);
		return;
	}
	abandon(p);
	drop(p);
	p->reload.is_retry = true;
	event_log(EVENT_RELOAD, why, p->conf_path);
	read_all(p);
}

void
reload_child_died(const struct child *c)
{
	struct parent *p = c->parent;
	struct reload *r = &p->reload;
	bool is_rib = c->role == CHILD_RIB;

	/* Operators who waited were connected to this rib. */
	if (is_rib)
		r->ticket = r->ticket_2 = 0;
	/* Without rib's COMMITTED nothing counts; a worker is given what it turns out to be. */
	if (r->stage == RELOAD_PREPARING || (is_rib && r->stage == RELOAD_COMMITTING))
		try_again(p, c->name);
}

static const char late_text[] =
    "the data files could not be read in 5 minutes; are disk and files well?";

static void
out_of_patience(evutil_socket_t fd, short what, void *arg)
{
	struct parent *p = arg;
	struct reload *r = &p->reload;

	(void)fd;
	(void)what;
	switch (r->stage) {
	case RELOAD_READING:
		reading_give_up(&r->reading);
		refuse(p, late_text);
		break;
	case RELOAD_FIRST:
		event_base_loopbreak(p->base);
		break;
	case RELOAD_WAITING:
		refuse(p, "a process of the daemon is being replaced; reload once it runs");
		break;
	case RELOAD_PREPARING:
		refuse(p, "the processes did not get ready with the new configuration in time");
		break;
	case RELOAD_COMMITTING:
		child_kill(&p->rib, "it does not put the new configuration in force");
		break;
	default:
		break;
	}
}

void
reload_stop(struct parent *p)
{
	struct reload *r = &p->reload;

	if (r->patience == NULL)
		return;
	reading_give_up(&r->reading);
	drop(p);
}

/* ---- the first one ---- */

static void
first_answer(evutil_socket_t fd, short what, void *arg)
{
	struct parent *p = arg;

	(void)fd;
	(void)what;
	p->data_fd = reading_take(&p->reload.reading, &p->reload.report);
	event_base_loopbreak(p->base);
}

/* Returns 0, or -1 with the reason in the report. */
static int
await_first(struct parent *p)
{
	struct reload *r = &p->reload;

	if (reading_begin(&r->reading, p->conf, p->level, &r->report, first_answer, p) == -1)
		return -1;
	wait_at_most(r, READING_MS);
	event_base_dispatch(p->base);
	if (!p->stopping && r->reading.event != NULL) {
		reading_give_up(&r->reading);
		report_add(&r->report, CONF_ERROR, p->conf_path, 0, 0, "%s", late_text);
	}
	return p->data_fd == -1 ? -1 : 0;
}

int
reload_read_first(struct parent *p)
{
	struct reload *r = &p->reload;
	int result;

	r->stage = RELOAD_FIRST;
	conf_report_init(&r->report);
	result = await_first(p);
	if (p->stopping)
		return -1;
	if (result == -1) {
		conf_report_print(&r->report, stderr);
		event_log(EVENT_CONF_REFUSED, p->conf_path, r->report.errors);
	} else {
		log_notes(&r->report);
		alarms_of_conf_add(p, &r->report);
	}
	end(p);
	return result;
}

void
reload_init(struct parent *p)
{
	struct reload *r = &p->reload;

	r->conf_fd = r->data_fd = -1;
	r->reading = (struct reading){
	    .base = p->base, .rights = &p->rights, .conf_path = p->conf_path, .fd = -1};
	r->patience = event_new(p->base, -1, 0, out_of_patience, p);
	if (r->patience == NULL)
		bug("reload", "no memory");
}

void
reload_fini(struct parent *p)
{
	struct reload *r = &p->reload;

	reload_stop(p);
	if (r->patience != NULL)
		event_free(r->patience);
	r->patience = NULL;
}
