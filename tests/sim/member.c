/*
 * Sessions: connecting, accepting, reading, writing, timers.
 *
 *   DOWN --up--> IDLE --connect()--> CONNECTING --> OPEN_SENT --> OPEN_CONFIRM --> ESTABLISHED
 *     ^           ^  \--accept()-----------------^                                     |
 *     |           +------------- lost: tried again after RETRY_NS ---------------------+
 *     +------------------------- by order ---------------------------------------------+
 *
 * A message is handed on when it is complete; what is left over is kept in the member until more
 * comes. All members read into the same large buffer. Hold time and keepalives are those of
 * RFC 4271 section 4.4; a stalled member stops reading but goes on saying KEEPALIVE.
 */
#include "tests/sim/address.h"
#include "tests/sim/sim.h"

#include <err.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define RX_SIZE	 (256 * 1024)
#define RETRY_NS (500 * NS_PER_MS)
/*
 * A SYN that found the listen queue full is lost, and the kernel sends it again after 1, 2, 4, ...
 * s: with BIRD's queue of 8 some of 200 members would wait for minutes. A new socket asks anew.
 */
#define CONNECT_NS (500 * NS_PER_MS)
#define LOST_SHOWN 20
#define RX_ROUNDS  4 /* reads in a row before others get their turn */

static void member_ready(struct sim *sim, struct source *source, uint32_t events);

static void
close_socket(struct sim *sim, struct member *m)
{
	if (m->state == MEMBER_ESTABLISHED)
		sim->established--;
	if (m->source.fd >= 0)
		close(m->source.fd);
	m->source.fd = -1;
	m->rest.len = 0;
	m->out.len = 0;
	m->out_sent = 0;
	m->is_writing = false;
	m->has_announced = false;
	m->eor[0] = m->eor[1] = false;
	m->eor_ns = 0;
	m->state = MEMBER_IDLE;
	m->retry_ns = sim->now_ns + RETRY_NS;
	receive_forget(sim, m);
}

void
member_lose(struct sim *sim, struct member *m, const char *why)
{
	if (m->state >= MEMBER_OPEN_SENT) {
		m->count.lost++;
		if (++sim->lost <= LOST_SHOWN)
			fprintf(stderr, "roost-sim: %s: session lost: %s\n", m->conf.name, why);
		if (sim->lost == LOST_SHOWN)
			fprintf(stderr, "roost-sim: further lost sessions are only counted\n");
	}
	close_socket(sim, m);
}

static void
say_open(struct sim *sim, struct member *m)
{
	const struct member_conf *c = &m->conf;
	uint8_t addpath = c->addpath ? 1 : 0;
	struct open_msg open = {
	    .asn = c->asn,
	    .id = c->id,
	    .hold_s = c->hold_s,
	    .families = {c->families[0], c->families[1]},
	    .addpath = {c->families[0] ? addpath : 0, c->families[1] ? addpath : 0},
	    .as4 = c->as4,
	    .refresh = true,
	    .enhanced = c->enhanced,
	    .extended = c->extended,
	    .restart = true,
	    .has_role = c->has_role,
	    .role = c->role,
	};

	open_encode(&open, &m->out);
	m->state = MEMBER_OPEN_SENT;
	m->heard_ns = m->said_ns = sim->now_ns;
	member_flush(sim, m);
}

static void
open_record(struct sim *sim, struct member *m)
{
	char path[512];

	if (sim->record_dir == NULL || m->record != NULL)
		return;
	snprintf(path, sizeof(path), "%s/%s.updates", sim->record_dir, m->conf.name);
	m->record = fopen(path, "w");
	if (m->record == NULL)
		err(SIM_USAGE, "%s", path);
}

static void
connect_out(struct sim *sim, struct member *m)
{
	const struct member_conf *c = &m->conf;
	struct sockaddr_storage local, peer;
	socklen_t local_len = address_fill(&c->local, 0, &local);
	socklen_t peer_len = address_fill(&c->peer, c->port, &peer);
	int on = 1, fd;

	fd = socket(local.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd == -1)
		err(SIM_USAGE, "socket");
	setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on));
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (c->rcvbuf > 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &c->rcvbuf, sizeof(c->rcvbuf));
	if (bind(fd, (struct sockaddr *)&local, local_len) == -1)
		err(SIM_USAGE, "%s: cannot use this address", c->name);
	if (c->md5 != NULL)
		address_set_md5(fd, &c->peer, c->md5);
	m->source = (struct source){member_ready, fd};
	if (connect(fd, (struct sockaddr *)&peer, peer_len) == -1 && errno != EINPROGRESS) {
		close_socket(sim, m);
		return;
	}
	m->state = MEMBER_CONNECTING;
	m->heard_ns = sim->now_ns;
	sim_watch(sim, &m->source, EPOLLOUT, true);
}

static void
begin_session(struct sim *sim, struct member *m)
{
	open_record(sim, m);
	m->is_writing = false;
	sim_watch(sim, &m->source, m->is_stalled ? 0 : EPOLLIN, false);
	say_open(sim, m);
}

void
member_accept(struct sim *sim, struct member *m, int fd)
{
	int on = 1;

	if (m->state != MEMBER_IDLE) {
		close(fd);
		return;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (m->conf.rcvbuf > 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &m->conf.rcvbuf, sizeof(m->conf.rcvbuf));
	m->source = (struct source){member_ready, fd};
	sim_watch(sim, &m->source, 0, true);
	begin_session(sim, m);
}

size_t
member_pending(const struct member *m)
{
	return m->out.len - m->out_sent;
}

void
member_flush(struct sim *sim, struct member *m)
{
	bool want;

	while (m->out_sent < m->out.len) {
		ssize_t n = send(m->source.fd, m->out.data + m->out_sent, m->out.len - m->out_sent,
		    MSG_NOSIGNAL);

		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1 && errno != EAGAIN) {
			member_lose(sim, m, strerror(errno));
			return;
		}
		if (n == -1)
			break;
		m->out_sent += (size_t)n;
		m->count.bytes_out += (uint64_t)n;
	}
	if (m->out_sent == m->out.len)
		m->out.len = m->out_sent = 0;
	want = m->out.len > 0;
	if (want == m->is_writing)
		return;
	m->is_writing = want;
	sim_watch(sim, &m->source,
	    (m->is_stalled ? 0 : (uint32_t)EPOLLIN) | (want ? (uint32_t)EPOLLOUT : 0), false);
}

/* The length of the message that begins here, 0 if its header is not there yet. */
static size_t
check_header(struct sim *sim, struct member *m, const uint8_t *p, size_t len)
{
	static const uint8_t marker[16] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
	static const size_t shortest[] = {0, 29, 23, 21, 19, 23};
	size_t length, max;

	if (len < MSG_HEADER)
		return 0;
	length = get16(p + 16);
	max = m->caps.extended && p[18] != MSG_OPEN && p[18] != MSG_KEEPALIVE ? MSG_MAX_EXTENDED
									      : MSG_MAX;
	if (memcmp(p, marker, sizeof(marker)) != 0)
		sim_accuse(sim, m, "the marker is not all ones", p, MSG_HEADER);
	else if (p[18] < MSG_OPEN || p[18] > MSG_REFRESH)
		sim_accuse(sim, m, "unknown message type", p, MSG_HEADER);
	else if (length < shortest[p[18]] || length > max ||
	    (p[18] == MSG_KEEPALIVE && length != MSG_HEADER))
		sim_accuse(sim, m, "bad message length", p, MSG_HEADER);
	return length;
}

/* Hands on all complete messages; returns the octets used. */
static size_t
take_messages(struct sim *sim, struct member *m, const uint8_t *p, size_t len)
{
	size_t pos = 0;
	int fd = m->source.fd;

	while (!sim->is_stopping && m->source.fd == fd) {
		size_t length = check_header(sim, m, p + pos, len - pos);

		if (length == 0 || length > len - pos || sim->is_stopping)
			break;
		m->count.messages_in++;
		receive_message(sim, m, p + pos, length);
		pos += length;
	}
	return pos;
}

/* False when there is nothing more to read now. */
static bool
read_once(struct sim *sim, struct member *m)
{
	size_t had = m->rest.len, len, used;
	ssize_t n;

	if (had > 0)
		memcpy(sim->rx, m->rest.data, had);
	n = read(m->source.fd, sim->rx + had, RX_SIZE);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (n <= 0) {
		member_lose(sim, m, n == 0 ? "closed by the other side" : strerror(errno));
		return false;
	}
	m->count.bytes_in += (uint64_t)n;
	m->heard_ns = sim->now_ns;
	len = had + (size_t)n;
	used = take_messages(sim, m, sim->rx, len);
	if (m->source.fd == -1 || sim->is_stopping)
		return false;
	m->rest.len = 0;
	buf_put(&m->rest, sim->rx + used, len - used);
	return n == RX_SIZE;
}

static void
member_ready(struct sim *sim, struct source *source, uint32_t events)
{
	struct member *m = (struct member *)source;
	int fd = source->fd, error = 0;
	socklen_t size = sizeof(error);

	if (m->state == MEMBER_CONNECTING) {
		getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
		if (error != 0)
			close_socket(sim, m);
		else if ((events & EPOLLOUT) != 0)
			begin_session(sim, m);
		return;
	}
	if ((events & EPOLLOUT) != 0)
		member_flush(sim, m);
	if (m->is_stalled && (events & (EPOLLERR | EPOLLHUP)) != 0) {
		member_lose(sim, m, "reset while stalled");
		return;
	}
	if ((events & (EPOLLIN | EPOLLERR | EPOLLHUP)) == 0)
		return;
	for (int i = 0; i < RX_ROUNDS && m->source.fd == fd; i++)
		if (!read_once(sim, m))
			break;
	if (m->source.fd == fd)
		receive_judge(sim, m);
}

void
member_up(struct sim *sim, struct member *m)
{
	if (m->state != MEMBER_DOWN)
		return;
	m->state = MEMBER_IDLE;
	m->retry_ns = sim->now_ns;
	if (!m->conf.passive)
		connect_out(sim, m);
}

void
member_down(struct sim *sim, struct member *m, bool is_hard)
{
	static const struct linger at_once = {1, 0};

	if (m->source.fd >= 0 && is_hard)
		setsockopt(m->source.fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	if (m->state >= MEMBER_OPEN_SENT && !is_hard) {
		notification_encode(6, 2, &m->out); /* Cease, Administrative Shutdown */
		member_flush(sim, m);
	}
	close_socket(sim, m);
	m->state = MEMBER_DOWN;
}

void
member_stall(struct sim *sim, struct member *m, bool is_stalled)
{
	m->is_stalled = is_stalled;
	if (m->state < MEMBER_OPEN_SENT)
		return;
	sim_watch(sim, &m->source,
	    (is_stalled ? 0 : (uint32_t)EPOLLIN) | (m->is_writing ? (uint32_t)EPOLLOUT : 0), false);
}

static void
tick_session(struct sim *sim, struct member *m)
{
	uint64_t hold_ns = (m->state == MEMBER_ESTABLISHED ? m->hold_s : 240) * NS_PER_S;

	if (hold_ns == 0)
		return;
	if (!m->is_stalled && sim->now_ns - m->heard_ns > hold_ns) {
		notification_encode(4, 0, &m->out);
		member_flush(sim, m);
		if (m->source.fd >= 0)
			member_lose(sim, m, "hold timer expired");
		return;
	}
	if (m->state == MEMBER_ESTABLISHED && sim->now_ns - m->said_ns > hold_ns / 3 &&
	    member_pending(m) == 0) {
		keepalive_encode(&m->out);
		m->said_ns = sim->now_ns;
		member_flush(sim, m);
	}
}

void
member_tick(struct sim *sim)
{
	for (size_t i = 0; i < sim->member_count; i++) {
		struct member *m = &sim->members[i];

		if (m->state == MEMBER_IDLE && !m->conf.passive && sim->now_ns >= m->retry_ns)
			connect_out(sim, m);
		else if (m->state == MEMBER_CONNECTING && sim->now_ns - m->heard_ns > CONNECT_NS)
			close_socket(sim, m);
		else if (m->state >= MEMBER_OPEN_SENT)
			tick_session(sim, m);
	}
}
