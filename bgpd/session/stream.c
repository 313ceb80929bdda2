/*
 * See stream.h.
 */
#include "bgpd/session/stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "bgpd/ipc/bug.h"

void
stream_init(struct stream *s)
{
	memset(s, 0, sizeof(*s));
	s->max_len = MSG_MAX_BYTES;
}

void
stream_fini(struct stream *s)
{
	free(s->carry);
	s->carry = NULL;
	s->carry_len = s->carry_cap = 0;
}

/* Keeps what is left over, and no memory where that is nothing. */
static void
keep(struct stream *s, const uint8_t *octets, size_t len)
{
	uint8_t *carry = NULL;

	if (len > 0) {
		carry = bug_calloc(len, 1);
		memcpy(carry, octets, len);
	}
	free(s->carry);
	s->carry = carry;
	s->carry_len = s->carry_cap = (uint32_t)len;
}

/* Hands over the whole messages of the buffer; *used is where the rest begins. */
static enum stream_result
deliver(const struct stream *s, const uint8_t *buffer, size_t len, size_t *used,
    stream_message *message, void *arg, struct wire_error *error)
{
	size_t max_len = s->max_len; /* the consumer may end the stream */

	*used = 0;
	while (len - *used >= MSG_HEADER_BYTES) {
		const uint8_t *m = buffer + *used;
		struct msg_header header;

		if (!msg_decode_header(m, max_len, &header, error))
			return STREAM_BAD;
		if (header.len > len - *used)
			break;
		switch (message(arg, &header, m)) {
		case STREAM_TAKEN:
			break;
		case STREAM_LATER:
			return STREAM_PAUSED;
		case STREAM_DROP:
			return STREAM_GONE;
		}
		*used += header.len;
	}
	return STREAM_MORE;
}

static ssize_t
receive(int fd, uint8_t *buffer, size_t cap)
{
	ssize_t n;

	do {
		n = recv(fd, buffer, cap, MSG_DONTWAIT);
	} while (n == -1 && errno == EINTR);
	return n;
}

/* What is missing of the long message that is being collected; 0 if none is. */
static size_t
missing_of_long(const struct stream *s)
{
	size_t len = s->carry_len < MSG_HEADER_BYTES ? 0 : wire_load_u16(s->carry + 16);

	return len > MSG_MAX_BYTES && len > s->carry_len ? len - s->carry_len : 0;
}

/* What is no message: nothing to read now, the end, or an error. */
static enum stream_result
not_received(ssize_t n)
{
	if (n == 0)
		return STREAM_CLOSED;
	return errno == EAGAIN || errno == EWOULDBLOCK ? STREAM_EMPTY : STREAM_FAILED;
}

/* Room for more of a message of which `missing` octets are to come: as much again as there is. */
static void
grow(struct stream *s, size_t missing)
{
	size_t more = s->carry_len < MSG_MAX_BYTES ? MSG_MAX_BYTES : s->carry_len;

	s->carry_cap = s->carry_len + (uint32_t)(more < missing ? more : missing);
	s->carry = bug_reallocarray(s->carry, s->carry_cap, 1);
}

/* Reads some of what is missing behind what there is. */
static enum stream_result
collect(struct stream *s, int fd, size_t missing)
{
	size_t room;
	ssize_t n;

	if (s->carry_len == s->carry_cap)
		grow(s, missing);
	room = s->carry_cap - s->carry_len;
	if (room > STREAM_READ_BYTES)
		room = STREAM_READ_BYTES;
	n = receive(fd, s->carry + s->carry_len, room);
	if (n <= 0)
		return not_received(n);
	s->received_bytes += (size_t)n;
	s->carry_len += (uint32_t)n;
	return (size_t)n < room ? STREAM_EMPTY : STREAM_MORE;
}

enum stream_result
stream_read(struct stream *s, int fd, uint8_t *buffer, stream_message *message, void *arg,
    struct wire_error *error)
{
	size_t missing = missing_of_long(s), have, used = 0;
	enum stream_result result;
	ssize_t n;

	if (missing > 0) {
		result = collect(s, fd, missing);
		if (missing_of_long(s) > 0)
			return result;
	}
	have = s->carry_len;
	if (have > 0) {
		memcpy(buffer, s->carry, have);
		result = deliver(s, buffer, have, &used, message, arg, error);
		if (result != STREAM_MORE) {
			if (result == STREAM_PAUSED && used > 0)
				keep(s, buffer + used, have - used);
			return result;
		}
	}
	n = receive(fd, buffer + have, STREAM_READ_BYTES);
	if (n <= 0) {
		result = not_received(n);
		if (used > 0)
			keep(s, buffer + used, have - used);
		return result;
	}
	s->received_bytes += (size_t)n;
	buffer += used;
	have = have - used + (size_t)n;
	result = deliver(s, buffer, have, &used, message, arg, error);
	if (result != STREAM_GONE)
		keep(s, buffer + used, have - used);
	return result == STREAM_MORE && n < STREAM_READ_BYTES ? STREAM_EMPTY : result;
}

bool
stream_has_unread(int fd)
{
	int n = 0;

	return ioctl(fd, FIONREAD, &n) == 0 && n > 0;
}
