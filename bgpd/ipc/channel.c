/* Messages between parent and children: see channel.h. */
#include "bgpd/ipc/channel.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bgpd/ipc/bug.h"

#define TO_WORKER   CHANNEL_PARENT_TO_WORKER
#define FROM_WORKER CHANNEL_WORKER_TO_PARENT
#define TO_RIB	    CHANNEL_PARENT_TO_RIB
#define FROM_RIB    CHANNEL_RIB_TO_PARENT

struct row {
	const char *name;
	unsigned ways;	/* enum channel_way, or-ed */
	size_t len;	/* octets of payload, exactly */
	size_t zero[2]; /* where in it the last octets of texts are: made zero; 0 = no text */
	unsigned nfds;	/* exactly */
};

#define NO_TEXT   \
	{         \
		0 \
	}
#define LAST_OF(type, m) (offsetof(struct type, m) + sizeof(((struct type *)0)->m) - 1)
#define PLAIN(type)	 sizeof(struct type), NO_TEXT
#define WITH_TEXT(type)             \
	sizeof(struct type),        \
	{                           \
		LAST_OF(type, text) \
	}
#define WITH_BOTH(type)                                    \
	sizeof(struct type),                               \
	{                                                  \
		LAST_OF(type, text), LAST_OF(type, source) \
	}

/* clang-format off */
static const struct row rows[CHANNEL_TYPE_COUNT] = {
	[CHANNEL_CONFIG] = {"config", TO_WORKER | TO_RIB, PLAIN(channel_generation), 1},
	[CHANNEL_COMMIT] = {"commit", TO_WORKER | TO_RIB, PLAIN(channel_generation), 0},
	[CHANNEL_ABANDON] = {"abandon", TO_WORKER | TO_RIB, PLAIN(channel_generation), 0},
	[CHANNEL_RING] = {"ring", TO_WORKER, 0, NO_TEXT, 3},
	[CHANNEL_LOG] = {"log", TO_WORKER | TO_RIB, 0, NO_TEXT, 1},
	[CHANNEL_TABLE] = {"table", TO_WORKER, 0, NO_TEXT, 1},
	[CHANNEL_CONNECTION] = {"connection", TO_WORKER, PLAIN(channel_connection), 1},
	[CHANNEL_CONNECT_FAILED] = {"connect-failed", TO_WORKER, PLAIN(channel_connect_failed), 0},
	[CHANNEL_ADMIN] = {"admin", TO_WORKER | FROM_RIB, WITH_TEXT(channel_admin), 0},
	[CHANNEL_DROP_SESSIONS] = {"drop-sessions", TO_WORKER, WITH_TEXT(channel_text), 0},
	[CHANNEL_LOG_LEVEL] = {"log-level", TO_WORKER | TO_RIB | FROM_RIB, PLAIN(channel_number), 0},
	[CHANNEL_STOP] = {"stop", TO_WORKER | TO_RIB, WITH_TEXT(channel_text), 0},
	[CHANNEL_CONNECT] = {"connect", FROM_WORKER, PLAIN(channel_number), 0},
	[CHANNEL_TAKEN] = {"taken", FROM_WORKER, PLAIN(channel_which), 0},
	[CHANNEL_CLOSED] = {"closed", FROM_WORKER, PLAIN(channel_which), 0},
	[CHANNEL_READY] = {"ready", FROM_WORKER | FROM_RIB, WITH_TEXT(channel_ready), 0},
	[CHANNEL_ALIVE] = {"alive", FROM_WORKER | FROM_RIB, PLAIN(channel_number), 0},
	[CHANNEL_WORKER] = {"worker", TO_RIB, PLAIN(channel_worker), 4},
	[CHANNEL_WORKER_DIED] = {"worker-died", TO_RIB, PLAIN(channel_number), 0},
	[CHANNEL_SOCKETS] = {"sockets", TO_RIB, 0, NO_TEXT, 2},
	[CHANNEL_ALARM] = {"alarm", TO_RIB, WITH_BOTH(channel_alarm), 0},
	[CHANNEL_KILL_WORKER] = {"kill-worker", FROM_RIB, WITH_TEXT(channel_kill_worker), 0},
	[CHANNEL_DATA] = {"data", TO_RIB, 0, NO_TEXT, 1},
	[CHANNEL_COMMITTED] = {"committed", FROM_RIB, PLAIN(channel_generation), 0},
	[CHANNEL_RELOAD] = {"reload", FROM_RIB, PLAIN(channel_number), 0},
	[CHANNEL_RELOADED] = {"reloaded", TO_RIB, PLAIN(channel_reloaded), 1},
};
/* clang-format on */

_Static_assert(sizeof(union channel_payload) <= CHANNEL_PAYLOAD_MAX, "every payload fits");

struct packet {
	struct {
		uint16_t type;
		uint16_t zero;
		uint32_t len;
	} head;
	uint8_t body[CHANNEL_PAYLOAD_MAX];
};

union control {
	struct cmsghdr align;
	char space[CMSG_SPACE(CHANNEL_FDS_MAX * sizeof(int))];
};

/* A message that the socket did not take yet; fds are duplicates of its own. */
struct queued {
	struct queued *next;
	unsigned nfds;
	int fds[CHANNEL_FDS_MAX];
	size_t len; /* of the packet */
	uint8_t packet[];
};

struct channel {
	int fd;
	enum channel_way sends, receives;
	struct queued *first, **last;
	unsigned queued;
	uint64_t refused;
};

int
channel_pair(int fds[2])
{
	return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds);
}

struct channel *
channel_new(int fd, enum channel_way sends, enum channel_way receives)
{
	struct channel *c = bug_calloc(1, sizeof(*c));

	c->fd = fd;
	c->sends = sends;
	c->receives = receives;
	c->last = &c->first;
	return c;
}

static void
close_all(const int *fds, unsigned nfds)
{
	for (unsigned i = 0; i < nfds; i++)
		close(fds[i]);
}

static void
drop_first(struct channel *c)
{
	struct queued *q = c->first;

	c->first = q->next;
	if (c->first == NULL)
		c->last = &c->first;
	c->queued--;
	close_all(q->fds, q->nfds);
	free(q);
}

void
channel_free(struct channel *c)
{
	if (c == NULL)
		return;
	while (c->first != NULL)
		drop_first(c);
	close(c->fd);
	free(c);
}

int
channel_fd(const struct channel *c)
{
	return c->fd;
}

bool
channel_has_queue(const struct channel *c)
{
	return c->first != NULL;
}

uint64_t
channel_refused(const struct channel *c)
{
	return c->refused;
}

const char *
channel_type_name(enum channel_type type)
{
	return type > 0 && type < CHANNEL_TYPE_COUNT ? rows[type].name : "unknown";
}

const char *
channel_connect_error_text(int error)
{
	if (error == EADDRNOTAVAIL)
		return "this host does not have the address to connect from";
	return strerror(error);
}

/* ---- sending ---- */

/* Returns 1 if the socket took it, 0 if it is full, -1 with errno. */
static int
send_packet(int fd, const void *packet, size_t len, const int *fds, unsigned nfds)
{
	/* const is cast away for the iovec only: sendmsg() does not write. */
	struct iovec iov = {.iov_base = (void *)(uintptr_t)packet, .iov_len = len};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
	union control control;

	if (nfds > 0) {
		memset(&control, 0, sizeof(control));
		msg.msg_control = control.space;
		msg.msg_controllen = CMSG_SPACE(nfds * sizeof(int));
		CMSG_FIRSTHDR(&msg)->cmsg_level = SOL_SOCKET;
		CMSG_FIRSTHDR(&msg)->cmsg_type = SCM_RIGHTS;
		CMSG_FIRSTHDR(&msg)->cmsg_len = CMSG_LEN(nfds * sizeof(int));
		memcpy(CMSG_DATA(CMSG_FIRSTHDR(&msg)), fds, nfds * sizeof(int));
	}
	while (sendmsg(fd, &msg, MSG_NOSIGNAL | MSG_DONTWAIT) == -1) {
		if (errno == EINTR)
			continue;
		/* ETOOMANYREFS: too many descriptors are under way; they will arrive. */
		if (errno == EAGAIN || errno == ENOBUFS || errno == ETOOMANYREFS)
			return 0;
		if (errno == ECONNRESET)
			errno = EPIPE;
		return -1;
	}
	return 1;
}

static int
enqueue(struct channel *c, const void *packet, size_t len, const int *fds, unsigned nfds)
{
	struct queued *q;

	if (c->queued >= CHANNEL_QUEUE_MAX) {
		errno = ENOBUFS;
		return -1;
	}
	q = bug_calloc(1, sizeof(*q) + len);
	for (; q->nfds < nfds; q->nfds++) {
		q->fds[q->nfds] = fcntl(fds[q->nfds], F_DUPFD_CLOEXEC, 0);
		if (q->fds[q->nfds] == -1) {
			int saved = errno;

			close_all(q->fds, q->nfds);
			free(q);
			errno = saved;
			return -1;
		}
	}
	q->len = len;
	memcpy(q->packet, packet, len);
	*c->last = q;
	c->last = &q->next;
	c->queued++;
	return 0;
}

int
channel_send(
    struct channel *c, enum channel_type type, const void *body, const int *fds, unsigned nfds)
{
	struct packet packet = {.head.type = (uint16_t)type};
	const struct row *row;
	size_t len;

	if (type <= 0 || type >= CHANNEL_TYPE_COUNT || (rows[type].ways & c->sends) == 0 ||
	    nfds != rows[type].nfds)
		bug("channel_send", "a message that does not fit its row");
	row = &rows[type];
	packet.head.len = (uint32_t)row->len;
	if (row->len > 0)
		memcpy(packet.body, body, row->len);
	len = sizeof(packet.head) + row->len;
	if (c->first == NULL) {
		int taken = send_packet(c->fd, &packet, len, fds, nfds);

		if (taken != 0)
			return taken == 1 ? 0 : -1;
	}
	return enqueue(c, &packet, len, fds, nfds);
}

int
channel_flush(struct channel *c)
{
	while (c->first != NULL) {
		const struct queued *q = c->first;
		int taken = send_packet(c->fd, q->packet, q->len, q->fds, q->nfds);

		if (taken != 1)
			return taken;
		drop_first(c);
	}
	return 0;
}

/* ---- receiving ---- */

/* Collects the descriptors that came with a packet; there is room for no more than fds holds. */
static unsigned
take_fds(struct msghdr *msg, int fds[CHANNEL_FDS_MAX])
{
	unsigned nfds = 0;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c != NULL; c = CMSG_NXTHDR(msg, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		nfds = (unsigned)((c->cmsg_len - CMSG_LEN(0)) / sizeof(int));
		memcpy(fds, CMSG_DATA(c), nfds * sizeof(int));
	}
	return nfds;
}

static bool
fits_row(const struct channel *c, const struct packet *p, size_t len, unsigned nfds)
{
	const struct row *row;

	if (len < sizeof(p->head) || p->head.type == 0 || p->head.type >= CHANNEL_TYPE_COUNT)
		return false;
	row = &rows[p->head.type];
	return (row->ways & c->receives) != 0 && p->head.len == row->len &&
	    len == sizeof(p->head) + row->len && nfds == row->nfds;
}

enum channel_result
channel_recv(struct channel *c, struct channel_message *out)
{
	struct packet packet;
	union control control;
	struct iovec iov = {.iov_base = &packet, .iov_len = sizeof(packet)};
	struct msghdr msg = {.msg_iov = &iov,
	    .msg_iovlen = 1,
	    .msg_control = control.space,
	    .msg_controllen = sizeof(control.space)};
	ssize_t n;

	/*
	 * ECONNRESET says, once, that the other end died without reading all that we sent. It comes
	 * before the last messages that the other end had sent; those are still to be heard.
	 */
	do
		n = recvmsg(c->fd, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	while (n == -1 && (errno == EINTR || errno == ECONNRESET));
	if (n == -1 && errno == EAGAIN)
		return CHANNEL_EMPTY;
	if (n <= 0)
		return CHANNEL_OVER;
	memset(out, 0, sizeof(*out));
	out->nfds = take_fds(&msg, out->fds);
	if ((msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0 ||
	    !fits_row(c, &packet, (size_t)n, out->nfds)) {
		close_all(out->fds, out->nfds);
		out->nfds = 0;
		c->refused++;
		return CHANNEL_REFUSED;
	}
	out->type = packet.head.type;
	memcpy(&out->body, packet.body, packet.head.len);
	for (size_t i = 0; i < 2; i++)
		if (rows[out->type].zero[i] != 0)
			((char *)&out->body)[rows[out->type].zero[i]] = '\0';
	return CHANNEL_MESSAGE;
}
