/*
 * The wire baseline, see sender.h.
 *
 * Sends to each session the very UPDATE messages that a real route server sent to it in an earlier
 * run: what is left of the time is sockets and the receiving simulator. A session is ready when its
 * End-of-RIB of every family has come; when as many as were asked for are ready, all are sent to.
 */
#include "tests/sim/sender.h"
#include "tests/sim/codec.h"
#include "tests/sim/listen.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define RX_SIZE (256 * 1024)

struct feed {
	struct feed *next;
	int fd;
	struct address remote;
	struct buf in;
	struct buf out;
	const uint8_t *bytes; /* mapped */
	size_t len;
	size_t sent;
	int families; /* whose End-of-RIB is awaited */
};

struct sender {
	const struct sender_conf *conf;
	struct feed *feeds;
	size_t ready;
	size_t open;
	bool is_started;
	bool has_ended;
	uint64_t start_ns;
	int epoll;
};

static void
map_updates(const struct sender *s, struct feed *f)
{
	char name[INET6_ADDRSTRLEN], path[1024];
	struct stat st;
	int fd;

	address_format(&f->remote, name);
	snprintf(path, sizeof(path), "%s/%s.updates", s->conf->dir, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd == -1 || fstat(fd, &st) == -1)
		err(SIM_USAGE, "%s", path);
	f->len = (size_t)st.st_size;
	if (f->len > 0) {
		void *map = mmap(NULL, f->len, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);

		if (map == MAP_FAILED)
			err(SIM_USAGE, "%s", path);
		f->bytes = map;
	}
	close(fd);
}

static void
watch(const struct sender *s, struct feed *f, uint32_t events, int operation)
{
	struct epoll_event ev = {.events = events, .data.ptr = f};

	if (epoll_ctl(s->epoll, operation, f->fd, &ev) == -1)
		err(SIM_USAGE, "epoll_ctl");
}

static void
feed_send(struct sender *s, struct feed *f)
{
	while (f->sent < f->len) {
		ssize_t n = send(f->fd, f->bytes + f->sent, f->len - f->sent, MSG_NOSIGNAL);

		if (n == -1 && errno == EAGAIN) {
			watch(s, f, EPOLLIN | EPOLLOUT, EPOLL_CTL_MOD);
			return;
		}
		if (n == -1)
			return; /* reading will tell */
		f->sent += (size_t)n;
	}
	watch(s, f, EPOLLIN, EPOLL_CTL_MOD);
}

static void
feed_answer(struct sender *s, struct feed *f, struct view body)
{
	struct open_msg open;
	const char *error = open_decode(body, &open);

	if (error != NULL)
		errx(SIM_PROTOCOL, "OPEN: %s", error);
	f->families = open.families[0] + open.families[1];
	for (int i = 0; i < 2; i++)
		open.addpath[i] = open.addpath[i] != 0 ? 2 : 0;
	open.asn = s->conf->asn;
	open.id = 0x7f000001;
	open.hold_s = 0;
	open.has_role = false;
	open_encode(&open, &f->out);
	keepalive_encode(&f->out);
	if (send(f->fd, f->out.data, f->out.len, MSG_NOSIGNAL) != (ssize_t)f->out.len)
		errx(SIM_PROTOCOL, "the handshake cannot be sent");
}

/* True for the End-of-RIB of any family. */
static bool
is_eor(const uint8_t *msg, size_t len)
{
	return len == 23 || (len == 29 && msg[24] == 15);
}

static void
feed_message(struct sender *s, struct feed *f, const uint8_t *msg, size_t len)
{
	if (msg[18] == MSG_OPEN)
		feed_answer(s, f, (struct view){msg + MSG_HEADER, len - MSG_HEADER, false});
	if (msg[18] != MSG_UPDATE || !is_eor(msg, len) || --f->families != 0)
		return;
	if (++s->ready < s->conf->sessions || s->is_started)
		return;
	s->is_started = true;
	s->start_ns = clock_ns();
	for (struct feed *each = s->feeds; each != NULL; each = each->next)
		feed_send(s, each);
}

static void
feed_read(struct sender *s, struct feed *f)
{
	size_t pos = 0;
	ssize_t n = read(f->fd, buf_reserve(&f->in, RX_SIZE), RX_SIZE);

	if (n == -1 && errno == EAGAIN)
		return;
	if (n <= 0) {
		close(f->fd);
		f->fd = -1;
		s->has_ended = --s->open == 0 && s->is_started;
		return;
	}
	f->in.len += (size_t)n;
	while (f->in.len - pos >= MSG_HEADER) {
		size_t len = get16(f->in.data + pos + 16);

		if (len < MSG_HEADER || len > f->in.len - pos)
			break;
		feed_message(s, f, f->in.data + pos, len);
		pos += len;
	}
	buf_drop(&f->in, pos);
}

static void
take_connections(struct sender *s, int listener)
{
	struct address remote;
	int fd;

	while ((fd = listen_take(listener, &remote)) != -1) {
		struct feed *f = zalloc(1, sizeof(*f));

		f->fd = fd;
		f->remote = remote;
		f->next = s->feeds;
		s->feeds = f;
		s->open++;
		map_updates(s, f);
		watch(s, f, EPOLLIN, EPOLL_CTL_ADD);
	}
}

static void
sender_free(struct sender *s)
{
	while (s->feeds != NULL) {
		struct feed *f = s->feeds;

		s->feeds = f->next;
		buf_fini(&f->in);
		buf_fini(&f->out);
		free(f);
	}
	close(s->epoll);
}

static void
sender_report(const struct sender *s)
{
	struct rusage u;
	uint64_t bytes = 0;

	for (const struct feed *f = s->feeds; f != NULL; f = f->next)
		bytes += f->sent;
	getrusage(RUSAGE_SELF, &u);
	printf("{\"sessions\": %zu, \"bytes_out\": %llu, \"cpu_user_s\": %ld.%06ld, "
	       "\"cpu_system_s\": %ld.%06ld}\n",
	    s->ready, (unsigned long long)bytes, u.ru_utime.tv_sec, u.ru_utime.tv_usec,
	    u.ru_stime.tv_sec, u.ru_stime.tv_usec);
}

int
sender_run(const struct sender_conf *conf)
{
	struct sender s = {.conf = conf, .epoll = epoll_create1(EPOLL_CLOEXEC)};
	struct epoll_event events[256], ev = {.events = EPOLLIN};
	int listener = listen_open(&conf->local, conf->port);

	if (s.epoll == -1 || epoll_ctl(s.epoll, EPOLL_CTL_ADD, listener, &ev) == -1)
		err(SIM_USAGE, "epoll");
	while (!s.has_ended) {
		int count = epoll_wait(s.epoll, events, 256, -1);

		for (int i = 0; i < count; i++) {
			struct feed *f = events[i].data.ptr;

			if (f == NULL) {
				take_connections(&s, listener);
				continue;
			}
			if ((events[i].events & EPOLLOUT) != 0)
				feed_send(&s, f);
			if ((events[i].events & (EPOLLIN | EPOLLERR | EPOLLHUP)) != 0)
				feed_read(&s, f);
		}
	}
	close(listener);
	sender_report(&s);
	sender_free(&s);
	return SIM_OK;
}
