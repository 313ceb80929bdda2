/*
 * A child that reads data files for the parent, and how the parent asks it; see feed.h.
 *
 *   parent --{magic, version}, memfd of the request---------------> child
 *   parent <-{magic, version}, memfd of the report [, of the data]- child, which exits
 *
 * The report comes as flat records too: counts, notes, sources.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bgpd/feed/feed.h"
#include "bgpd/ipc/bug.h"

#define MESSAGE_MAGIC	0x52464d53u /* "RFMS" */
#define REPORT_MAGIC	0x52465250u /* "RFRP" */
#define CHILD_VERSION	1
#define MESSAGE_FDS_MAX 2

struct message {
	uint32_t magic;
	uint32_t version;
};

struct report_head {
	uint64_t errors;
	uint64_t warnings;
};

enum { HEAD, NOTES, SOURCES, SECTIONS };

static const uint32_t record_bytes[SECTIONS] = {
    [HEAD] = sizeof(struct report_head),
    [NOTES] = sizeof(struct conf_note),
    [SOURCES] = sizeof(struct feed_source),
};

union control {
	struct cmsghdr align;
	char space[CMSG_SPACE(MESSAGE_FDS_MAX * sizeof(int))];
};

static int
send_fds(int socket_fd, const int *fds, unsigned nfds)
{
	struct message message = {MESSAGE_MAGIC, CHILD_VERSION};
	struct iovec iov = {.iov_base = &message, .iov_len = sizeof(message)};
	union control control = {0};
	struct msghdr msg = {
	    .msg_iov = &iov,
	    .msg_iovlen = 1,
	    .msg_control = control.space,
	    .msg_controllen = CMSG_SPACE(nfds * sizeof(int)),
	};
	ssize_t sent;

	CMSG_FIRSTHDR(&msg)->cmsg_level = SOL_SOCKET;
	CMSG_FIRSTHDR(&msg)->cmsg_type = SCM_RIGHTS;
	CMSG_FIRSTHDR(&msg)->cmsg_len = CMSG_LEN(nfds * sizeof(int));
	memcpy(CMSG_DATA(CMSG_FIRSTHDR(&msg)), fds, nfds * sizeof(int));
	do {
		sent = sendmsg(socket_fd, &msg, MSG_NOSIGNAL);
	} while (sent == -1 && errno == EINTR);
	if (sent == -1 && errno == ECONNRESET)
		errno = EPIPE;
	return sent == -1 ? -1 : 0;
}

static void
close_all(const int *fds, unsigned nfds)
{
	for (unsigned i = 0; i < nfds; i++)
		close(fds[i]);
}

/* The descriptors that came along; returns how many. */
static unsigned
take_fds(struct msghdr *msg, int fds[MESSAGE_FDS_MAX])
{
	struct cmsghdr *c = CMSG_FIRSTHDR(msg);
	unsigned nfds;

	if (c == NULL || c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
		return 0;
	nfds = (unsigned)((c->cmsg_len - CMSG_LEN(0)) / sizeof(int));
	memcpy(fds, CMSG_DATA(c), nfds * sizeof(int));
	return nfds;
}

/* Takes one message. Returns the number of its descriptors, the caller's to close; -1 with errno.
 */
static int
recv_fds(int socket_fd, int fds[MESSAGE_FDS_MAX])
{
	struct message message = {0};
	struct iovec iov = {.iov_base = &message, .iov_len = sizeof(message)};
	union control control;
	struct msghdr msg = {
	    .msg_iov = &iov,
	    .msg_iovlen = 1,
	    .msg_control = control.space,
	    .msg_controllen = sizeof(control.space),
	};
	unsigned nfds;
	ssize_t got;

	do {
		got = recvmsg(socket_fd, &msg, MSG_CMSG_CLOEXEC);
	} while (got == -1 && errno == EINTR);
	if (got == -1)
		return -1;
	nfds = take_fds(&msg, fds);
	if (got == sizeof(message) && nfds > 0 && message.magic == MESSAGE_MAGIC &&
	    message.version == CHILD_VERSION && (msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) == 0)
		return (int)nfds;
	close_all(fds, nfds);
	errno = got == 0 && nfds == 0 ? EPIPE : EPROTO;
	return -1;
}

static int
seal_report(const struct feed_report *report)
{
	struct report_head head = {report->notes.errors, report->notes.warnings};
	const struct flat_section sections[SECTIONS] = {
	    [HEAD] = {&head, sizeof(head), 1},
	    [NOTES] = {report->notes.notes, record_bytes[NOTES], (uint32_t)report->notes.count},
	    [SOURCES] = {report->sources, record_bytes[SOURCES], (uint32_t)report->source_count},
	};

	return flat_seal("roost-report", REPORT_MAGIC, CHILD_VERSION, sections, SECTIONS);
}

static bool
is_sound_note(const struct conf_note *note)
{
	return (unsigned)note->severity <= CONF_NOTE &&
	    memchr(note->file, '\0', sizeof(note->file)) != NULL &&
	    memchr(note->text, '\0', sizeof(note->text)) != NULL;
}

static bool
is_sound_report(const struct flat_section sections[SECTIONS])
{
	const struct conf_note *notes = sections[NOTES].records;
	const struct feed_source *sources = sections[SOURCES].records;

	if (sections[HEAD].count != 1 ||
	    sections[NOTES].count > CONF_ERRORS_MAX + CONF_WARNINGS_MAX)
		return false;
	for (uint32_t i = 0; i < sections[NOTES].count; i++)
		if (!is_sound_note(&notes[i]))
			return false;
	for (uint32_t i = 0; i < sections[SOURCES].count; i++)
		if (sources[i].kind >= FEED_KINDS ||
		    memchr(sources[i].path, '\0', sizeof(sources[i].path)) == NULL)
			return false;
	return true;
}

/* Copies the report out of the memory. Returns 0, or -1 with errno. */
static int
open_report(int fd, struct feed_report *out)
{
	struct flat_section sections[SECTIONS] = {0};
	const struct report_head *head;
	struct flat flat;

	for (int i = 0; i < SECTIONS; i++)
		sections[i].record_bytes = record_bytes[i];
	if (flat_map(fd, REPORT_MAGIC, CHILD_VERSION, sections, SECTIONS, &flat) == -1)
		return -1;
	if (!is_sound_report(sections)) {
		flat_unmap(&flat);
		errno = EPROTO;
		return -1;
	}
	head = sections[HEAD].records;
	out->notes.errors = head->errors;
	out->notes.warnings = head->warnings;
	out->notes.count = sections[NOTES].count;
	memcpy(out->notes.notes, sections[NOTES].records,
	    sections[NOTES].count * sizeof(struct conf_note));
	out->source_count = sections[SOURCES].count;
	out->sources = bug_calloc(out->source_count + 1, sizeof(*out->sources));
	memcpy(out->sources, sections[SOURCES].records, out->source_count * sizeof(*out->sources));
	flat_unmap(&flat);
	return 0;
}

/* Loads and answers. Returns 0, or -1 with errno. */
static int
answer(int socket_fd, const struct feed_request *request)
{
	struct feed_report report;
	int fds[MESSAGE_FDS_MAX], result = -1, data_fd;

	feed_report_init(&report);
	data_fd = feed_load(request, &report);
	fds[0] = seal_report(&report);
	fds[1] = data_fd;
	if (fds[0] != -1)
		result = send_fds(socket_fd, fds, data_fd == -1 ? 1 : 2);
	feed_report_fini(&report);
	close_all(fds, data_fd == -1 ? 1 : 2);
	return result;
}

int
feed_main(int socket_fd)
{
	struct feed_request_map map;
	int fds[MESSAGE_FDS_MAX], nfds = recv_fds(socket_fd, fds), result;

	if (nfds == -1)
		return EXIT_FAILURE;
	result = nfds == 1 ? feed_request_map(fds[0], &map) : -1;
	close_all(fds, (unsigned)nfds);
	if (result == -1)
		return EXIT_FAILURE;
	result = answer(socket_fd, &map.request);
	feed_request_unmap(&map);
	return result == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int
feed_ask(int socket_fd, int request_fd)
{
	return send_fds(socket_fd, &request_fd, 1);
}

int
feed_answer(int socket_fd, struct feed_report *report, int *data_fd)
{
	int fds[MESSAGE_FDS_MAX], nfds = recv_fds(socket_fd, fds), result;

	*data_fd = -1;
	if (nfds == -1)
		return -1;
	result = open_report(fds[0], report);
	close(fds[0]);
	if (nfds == 1)
		return result;
	/* Data and errors exclude each other. */
	if (result == 0 && report->notes.errors == 0)
		*data_fd = fds[1];
	else
		close(fds[1]);
	return result;
}
