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
}

void
stream_fini(struct stream *s)
{
	free(s->carry);
	s->carry = NULL;
	s->carry_len = 0;
}

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
	s->carry_len = (uint32_t)len;
}

/* Hands over the whole messages of the buffer; *used is where the rest begins. */
static enum stream_result
deliver(const uint8_t *buffer, size_t len, size_t *used, stream_message *message, void *arg,
    struct wire_error *error)
{
	*used = 0;
	while (len - *used >= MSG_HEADER_BYTES) {
		const uint8_t *m = buffer + *used;
		struct msg_header header;

		if (!msg_decode_header(m, MSG_MAX_BYTES, &header, error))
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

enum stream_result
stream_read(struct stream *s, int fd, uint8_t *buffer, stream_message *message, void *arg,
    struct wire_error *error)
{
	size_t have = s->carry_len, used = 0;
	enum stream_result result;
	ssize_t n;

	if (have > 0) {
		memcpy(buffer, s->carry, have);
		result = deliver(buffer, have, &used, message, arg, error);
		if (result != STREAM_MORE) {
			if (result == STREAM_PAUSED && used > 0)
				keep(s, buffer + used, have - used);
			return result;
		}
	}
	n = receive(fd, buffer + have, STREAM_READ_BYTES);
	if (n <= 0) {
		bool is_empty = n == -1 && (errno == EAGAIN || errno == EWOULDBLOCK);

		if (used > 0)
			keep(s, buffer + used, have - used);
		return is_empty ? STREAM_EMPTY : n == 0 ? STREAM_CLOSED : STREAM_FAILED;
	}
	s->received_bytes += (size_t)n;
	buffer += used;
	have = have - used + (size_t)n;
	result = deliver(buffer, have, &used, message, arg, error);
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
