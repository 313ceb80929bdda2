/*
 * See sender.h. What is sent in one system call is a plan: the rest of a message of the log, then
 * our own messages, or our own messages and then blocks; what the socket took is then accounted in
 * the same order.
 */
#include "bgpd/session/sender.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "bgpd/ipc/bug.h"
#include "bgpd/wire/buf.h"
#include "bgpd/wire/msg.h"

#define OWN_CAP_FIRST 64

struct plan {
	struct iovec iov[SENDER_RUNS];
	unsigned count;
	size_t before; /* octets of the log in front of our own */
	size_t own;
	size_t after;	 /* octets of the log behind */
	bool is_cut_off; /* the budget or the look limit ended it */
};

void
sender_init(struct sender *s, int fd, uint32_t slot)
{
	memset(s, 0, sizeof(*s));
	s->fd = fd;
	s->slot = slot;
}

void
sender_fini(struct sender *s)
{
	free(s->own);
	free(s->runs);
	s->own = NULL;
	s->runs = NULL;
	s->own_len = s->own_sent = s->own_cap = 0;
	s->runs_count = 0;
	s->runs_len = 0;
	s->mode = SENDER_OFF;
}

static void
reserve_own(struct sender *s, size_t len)
{
	size_t cap = s->own_cap == 0 ? OWN_CAP_FIRST : s->own_cap;

	while (cap < s->own_len + len)
		cap *= 2;
	if (cap == s->own_cap)
		return;
	s->own = bug_reallocarray(s->own, cap, 1);
	s->own_cap = (uint32_t)cap;
}

bool
sender_queue(struct sender *s, const uint8_t *message, size_t len)
{
	if (s->own_len + len > SENDER_OWN_MAX)
		return false;
	reserve_own(s, len);
	memcpy(s->own + s->own_len, message, len);
	s->own_len += (uint32_t)len;
	return true;
}

/* Adds octets of the log, as part of the last iovec where they follow it. False if there is no
 * room. */
static bool
add_run(struct iovec *iov, unsigned *count, const uint8_t *octets, size_t len)
{
	struct iovec *last = *count == 0 ? NULL : &iov[*count - 1];

	if (last != NULL && (const uint8_t *)last->iov_base + last->iov_len == octets) {
		last->iov_len += len;
		return true;
	}
	if (*count == SENDER_RUNS)
		return false;
	/* struct iovec has no const; nothing is written through it. */
	iov[*count].iov_base = (void *)(uintptr_t)octets;
	iov[*count].iov_len = len;
	(*count)++;
	return true;
}

bool
sender_push(struct sender *s, const struct log *log, const struct log_header *h, uint64_t position)
{
	if (s->runs == NULL)
		s->runs = bug_calloc(SENDER_RUNS, sizeof(*s->runs));
	if (!add_run(s->runs, &s->runs_count, log_bytes(log, h), h->len))
		return false;
	if (s->runs_len == 0) {
		s->header = position;
		s->offset = 0;
	}
	s->runs_len += h->len;
	s->runs_updates += h->count - h->arg;
	s->runs_refreshes += h->arg;
	return true;
}

/* The next block for this peer at or behind its cursor, which moves there; NULL at the limit. */
static const struct log_header *
next_block(struct sender *s, const struct log *log, uint64_t limit)
{
	const struct log_header *h;

	while (s->header < limit && (h = log_header_at(log, &s->header)) != NULL &&
	    s->header < limit) {
		if (h->kind == LOG_ROUTES && log_has_slot(h, s->slot))
			return h;
		s->header = log_next(h, s->header);
	}
	return NULL;
}

/* Octets that are left of the message in whose middle the cursor is; 0 at a boundary. */
static size_t
rest_of_message(struct sender *s, const struct log *log, const uint8_t **octets)
{
	const struct log_header *h;
	const uint8_t *block;
	size_t pos = 0;

	if (s->mode != SENDER_BEHIND || s->offset == 0)
		return 0;
	h = log_header_at(log, &s->header);
	if (h == NULL)
		bug("sender", "the cursor is behind the head");
	block = log_bytes(log, h);
	while (pos < s->offset) {
		size_t len = pos + MSG_HEADER_BYTES > h->len ? 0 : wire_load_u16(block + pos + 16);

		if (len < MSG_HEADER_BYTES || len > h->len - pos)
			bug("sender", "a block of the log is not whole messages");
		pos += len;
	}
	*octets = block + s->offset;
	return pos - s->offset;
}

/* Adds blocks from the cursor on; passes over what is not for this peer. */
static void
plan_blocks(struct sender *s, const struct log *log, uint64_t limit, size_t budget, struct plan *p)
{
	uint64_t position = s->header;
	uint32_t offset = s->offset;

	for (unsigned looks = 0; position < limit; looks++) {
		const struct log_header *h = log_header_at(log, &position);

		if (h == NULL || position >= limit)
			break;
		if (looks == SENDER_LOOK_MAX || p->after >= budget) {
			p->is_cut_off = true;
			break;
		}
		if (h->kind == LOG_ROUTES && log_has_slot(h, s->slot)) {
			if (!add_run(
				p->iov, &p->count, log_bytes(log, h) + offset, h->len - offset)) {
				p->is_cut_off = true;
				break;
			}
			p->after += h->len - offset;
			offset = 0;
		}
		position = log_next(h, position);
		if (p->after == 0)
			s->header = position;
	}
	if (p->after == 0 && !p->is_cut_off)
		s->header = position;
}

static void
make_plan(struct sender *s, const struct log *log, uint64_t limit, size_t budget, struct plan *p)
{
	const uint8_t *octets = NULL;

	p->count = 0;
	p->before = p->own = p->after = 0;
	p->is_cut_off = false;
	if (s->own_len > 0) {
		if (s->own_sent == 0)
			p->before = rest_of_message(s, log, &octets);
		if (p->before > 0)
			add_run(p->iov, &p->count, octets, p->before);
		p->own = s->own_len - s->own_sent;
		add_run(p->iov, &p->count, s->own + s->own_sent, p->own);
		if (p->before > 0) {
			p->is_cut_off = true;
			return;
		}
	}
	if (s->mode == SENDER_BEHIND)
		plan_blocks(s, log, limit, budget, p);
}

/* The socket took n octets of blocks from the cursor on. */
static void
advance(struct sender *s, const struct log *log, size_t n)
{
	while (n > 0) {
		const struct log_header *h = next_block(s, log, UINT64_MAX);
		size_t left;

		if (h == NULL)
			bug("sender", "more was sent than the log holds");
		left = h->len - s->offset;
		if (n < left) {
			s->offset += (uint32_t)n;
			return;
		}
		n -= left;
		s->offset = 0;
		s->sent_updates += h->count - h->arg;
		s->sent_refreshes += h->arg;
		s->header = log_next(h, s->header);
	}
}

static size_t
smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

static void
account(struct sender *s, const struct log *log, const struct plan *p, size_t n)
{
	size_t before = smaller(n, p->before), own = smaller(n - before, p->own);

	s->sent_bytes += n;
	advance(s, log, before);
	s->own_sent += (uint32_t)own;
	if (s->own_sent == s->own_len)
		s->own_sent = s->own_len = 0;
	advance(s, log, n - before - own);
}

/* sendmsg() rather than writev(): a closed socket must not be a signal. Octets, or -1 with errno.
 */
static ssize_t
put(const struct sender *s, struct iovec *iov, unsigned count)
{
	struct msghdr m = {.msg_iov = iov, .msg_iovlen = count};
	ssize_t n;

	do {
		n = sendmsg(s->fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT);
	} while (n == -1 && errno == EINTR);
	if (n == -1 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return 0;
	return n;
}

/* Sends the runs of a peer in PACK. What the socket did not take makes it BEHIND. */
static enum sender_result
flush_runs(struct sender *s, const struct log *log)
{
	ssize_t n = put(s, s->runs, s->runs_count);
	size_t len = s->runs_len;
	unsigned updates = s->runs_updates, refreshes = s->runs_refreshes;

	s->runs_count = 0;
	s->runs_len = 0;
	s->runs_updates = s->runs_refreshes = 0;
	if (n == -1)
		return SENDER_FAILED;
	s->sent_bytes += (size_t)n;
	if ((size_t)n == len) {
		s->sent_updates += updates;
		s->sent_refreshes += refreshes;
		return SENDER_DONE;
	}
	s->mode = SENDER_BEHIND;
	advance(s, log, (size_t)n);
	return SENDER_BLOCKED;
}

enum sender_result
sender_flush(struct sender *s, const struct log *log, uint64_t limit, size_t budget)
{
	struct plan p;
	size_t sent = 0;
	ssize_t n;

	if (s->runs_count > 0 && flush_runs(s, log) != SENDER_DONE)
		return s->mode == SENDER_BEHIND ? SENDER_BLOCKED : SENDER_FAILED;
	if (s->mode == SENDER_PACK && s->own_len > 0) {
		s->mode = SENDER_BEHIND;
		s->header = limit;
		s->offset = 0;
	}
	for (;;) {
		make_plan(s, log, limit, budget - sent, &p);
		if (p.count == 0)
			return p.is_cut_off ? SENDER_MORE : SENDER_DONE;
		n = put(s, p.iov, p.count);
		if (n == -1)
			return SENDER_FAILED;
		account(s, log, &p, (size_t)n);
		if ((size_t)n < p.before + p.own + p.after)
			return SENDER_BLOCKED;
		sent += (size_t)n;
		if (sent >= budget)
			return SENDER_MORE;
	}
}

uint64_t
sender_cut(struct sender *s, const struct log *log, uint64_t limit)
{
	const uint8_t *octets = NULL;
	uint64_t position = limit;
	size_t rest;

	if (s->mode == SENDER_BEHIND) {
		rest = rest_of_message(s, log, &octets);
		if (rest > 0) {
			/* In front of our own, none of which can have begun. */
			reserve_own(s, rest);
			memmove(s->own + rest, s->own, s->own_len);
			memcpy(s->own, octets, rest);
			s->own_len += (uint32_t)rest;
		}
		if (next_block(s, log, limit) != NULL)
			position = s->header;
	}
	s->mode = SENDER_CUT;
	s->offset = 0;
	return position;
}
