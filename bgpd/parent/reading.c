/* The process that reads data files: see reading.h. */
#include "bgpd/parent/reading.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bgpd/clock.h"
#include "bgpd/conf/report.h"
#include "bgpd/event.h"
#include "bgpd/feed/feed.h"
#include "bgpd/ipc/bug.h"
#include "bgpd/parent/child.h"

#define ALIVE_MAX   4
#define DESCRIPTORS 64

static int
seal_request(const struct conf *conf)
{
	struct feed_request *request = feed_request_new(conf, clock_wall_ms() / 1000);
	int fd = feed_request_seal(request);

	feed_request_free(request);
	return fd;
}

/* Starts the reader and asks it. Returns 0, or -1 with errno. */
static int
ask(struct reading *r, enum log_level level, int request, const int fds[2])
{
	struct child_start start = {.role = CHILD_READER, .level = level, .rights = *r->rights};

	start.rights.chroot = false; /* it opens files by the names of the configuration */
	r->pid = child_spawn(&start, fds[1], DESCRIPTORS);
	if (r->pid == -1)
		return -1;
	r->alive++;
	return feed_ask(fds[0], request);
}

/* The same with all that it takes. The answer comes to r->fd. */
static int
start(struct reading *r, enum log_level level, const struct conf *conf)
{
	int fds[2], result, saved, request = seal_request(conf);

	if (request == -1)
		return -1;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) == -1) {
		saved = errno;
		close(request);
		errno = saved;
		return -1;
	}
	result = ask(r, level, request, fds);
	saved = errno;
	close(fds[1]);
	close(request);
	if (result == 0)
		r->fd = fds[0];
	else
		close(fds[0]);
	errno = saved;
	return result;
}

int
reading_begin(struct reading *r, const struct conf *conf, enum log_level level,
    struct conf_report *report, event_callback_fn answered, void *ctx)
{
	if (r->alive >= ALIVE_MAX) {
		report_add(report, CONF_ERROR, r->conf_path, 0, 0,
		    "%u processes still hang that were to read data files for earlier reloads; is "
		    "a "
		    "disk or a file server gone?",
		    r->alive);
		return -1;
	}
	if (start(r, level, conf) == -1) {
		report_add(report, CONF_ERROR, r->conf_path, 0, 0,
		    "no process can be started to read the data files: %s", strerror(errno));
		return -1;
	}
	r->event = event_new(r->base, r->fd, EV_READ, answered, ctx);
	if (r->event == NULL)
		bug("reading", "no memory");
	event_add(r->event, NULL);
	return 0;
}

static void
end(struct reading *r)
{
	event_free(r->event);
	r->event = NULL;
	close(r->fd);
	r->pid = 0;
}

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

int
reading_take(struct reading *r, struct conf_report *report)
{
	struct feed_report found;
	int data_fd = -1;

	feed_report_init(&found);
	if (feed_answer(r->fd, &found, &data_fd) == -1)
		report_add(report, CONF_ERROR, r->conf_path, 0, 0,
		    "the process that reads the data files ended without an answer (%s)",
		    strerror(errno));
	add_notes(report, &found.notes);
	feed_report_fini(&found);
	end(r);
	return data_fd;
}

void
reading_give_up(struct reading *r)
{
	if (r->event == NULL)
		return;
	if (r->pid > 0)
		kill(r->pid, SIGKILL);
	end(r);
}

void
reading_ended(struct reading *r, pid_t pid, int status)
{
	char how[CHILD_DESCRIBE_MAX];

	child_describe(status, how);
	if (status != 0)
		event_log(EVENT_CHILD_DIED, "reader", (int)pid, how);
	/* Its answer, or the end of its socket, is still to be read; its number may be another's.
	 */
	if (pid == r->pid)
		r->pid = 0;
	if (r->alive > 0)
		r->alive--;
}
