/* Octets to messages: split at every place, paused, dropped, broken. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bgpd/session/stream.h"
#include "bgpd/wire/notification.h"
#include "tests/unit/session/suite.h"

#define MESSAGES 6

static uint8_t buffer[STREAM_BUFFER_BYTES];
static struct wire_error error;

struct consumer {
	uint8_t got[16384];
	size_t len;
	unsigned messages;
	unsigned later_at; /* say LATER to this one, that many times */
	unsigned later_times;
	unsigned drop_at;
};

static enum stream_take
consume(void *arg, const struct msg_header *header, const uint8_t *message)
{
	struct consumer *c = arg;

	if (c->messages == c->later_at && c->later_times > 0) {
		c->later_times--;
		return STREAM_LATER;
	}
	ck_assert_uint_le(c->len + header->len, sizeof(c->got));
	memcpy(c->got + c->len, message, header->len);
	c->len += header->len;
	if (c->messages++ == c->drop_at)
		return STREAM_DROP;
	return STREAM_TAKEN;
}

static void
consumer_init(struct consumer *c)
{
	memset(c, 0, sizeof(*c));
	c->later_at = c->drop_at = UINT32_MAX;
}

/* KEEPALIVEs and UPDATEs of different lengths. Returns their octets. */
static size_t
make_messages(uint8_t *out, unsigned count, size_t step)
{
	size_t len = 0;

	for (unsigned i = 0; i < count; i++) {
		size_t n = i == 0 ? MSG_HEADER_BYTES : 23 + i * step;

		memset(out + len, 0xff, 16);
		wire_store_u16(out + len + 16, (uint16_t)n);
		out[len + 18] = i == 0 ? MSG_KEEPALIVE : MSG_UPDATE;
		memset(out + len + MSG_HEADER_BYTES, (int)i, n - MSG_HEADER_BYTES);
		len += n;
	}
	return len;
}

static void
make_pair(int fds[2])
{
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
}

static enum stream_result
read_all(struct stream *s, int fd, struct consumer *c)
{
	enum stream_result result;

	do {
		result = stream_read(s, fd, buffer, consume, c, &error);
		/* What lies in the shared buffer between two calls must not matter. */
		memset(buffer, 0xaa, sizeof(buffer));
	} while (result == STREAM_MORE);
	return result;
}

START_TEST(test_split_everywhere)
{
	uint8_t octets[1024];
	size_t len = make_messages(octets, MESSAGES, 7);

	for (size_t at = 0; at <= len; at++) {
		struct consumer c;
		struct stream s;
		int fds[2];

		consumer_init(&c);
		stream_init(&s);
		make_pair(fds);
		ck_assert_int_eq(write(fds[1], octets, at), (ssize_t)at);
		ck_assert_int_eq(read_all(&s, fds[0], &c), STREAM_EMPTY);
		ck_assert(!stream_has_unread(fds[0]));
		ck_assert_int_eq(write(fds[1], octets + at, len - at), (ssize_t)(len - at));
		ck_assert_int_eq(read_all(&s, fds[0], &c), STREAM_EMPTY);
		ck_assert_uint_eq(c.messages, MESSAGES);
		ck_assert_mem_eq(c.got, octets, len);
		ck_assert_uint_eq(s.received_bytes, len);
		ck_assert_ptr_null(s.carry);
		close(fds[1]);
		ck_assert_int_eq(read_all(&s, fds[0], &c), STREAM_CLOSED);
		stream_fini(&s);
		close(fds[0]);
	}
}
END_TEST

START_TEST(test_octet_by_octet)
{
	uint8_t octets[1024];
	size_t len = make_messages(octets, MESSAGES, 7);
	struct consumer c;
	struct stream s;
	int fds[2];

	consumer_init(&c);
	stream_init(&s);
	make_pair(fds);
	for (size_t i = 0; i < len; i++) {
		ck_assert_int_eq(write(fds[1], octets + i, 1), 1);
		ck_assert_int_eq(read_all(&s, fds[0], &c), STREAM_EMPTY);
	}
	ck_assert_uint_eq(c.messages, MESSAGES);
	ck_assert_mem_eq(c.got, octets, len);
	stream_fini(&s);
	close(fds[0]);
	close(fds[1]);
}
END_TEST

START_TEST(test_paused)
{
	uint8_t octets[1024];
	size_t len = make_messages(octets, MESSAGES, 7);

	for (unsigned at = 0; at < MESSAGES; at++) {
		struct consumer c;
		struct stream s;
		int fds[2];

		consumer_init(&c);
		c.later_at = at;
		c.later_times = 3;
		stream_init(&s);
		make_pair(fds);
		ck_assert_int_eq(write(fds[1], octets, len), (ssize_t)len);
		for (unsigned i = 0; i < 3; i++) {
			ck_assert_int_eq(read_all(&s, fds[0], &c), STREAM_PAUSED);
			ck_assert_uint_eq(c.messages, at);
			/* While it waits nothing more is read. */
			ck_assert_int_eq(write(fds[1], octets, 10), 10);
			ck_assert(stream_has_unread(fds[0]));
		}
		ck_assert_int_eq(read_all(&s, fds[0], &c), STREAM_BAD);
		ck_assert_uint_eq(c.messages, MESSAGES);
		ck_assert_mem_eq(c.got, octets, len);
		stream_fini(&s);
		close(fds[0]);
		close(fds[1]);
	}
}
END_TEST

/* Paused before each message anew: what is left over shrinks from the front. */
START_TEST(test_paused_every_time)
{
	uint8_t octets[1024];
	size_t len = make_messages(octets, MESSAGES, 7);
	struct consumer c;
	struct stream s;
	int fds[2];

	consumer_init(&c);
	stream_init(&s);
	make_pair(fds);
	ck_assert_int_eq(write(fds[1], octets, len), (ssize_t)len);
	for (unsigned at = 0; at < MESSAGES; at++) {
		c.later_at = at;
		c.later_times = 1;
		ck_assert_int_eq(read_all(&s, fds[0], &c), STREAM_PAUSED);
		ck_assert_uint_eq(c.messages, at);
	}
	ck_assert_int_eq(read_all(&s, fds[0], &c), STREAM_EMPTY);
	ck_assert_uint_eq(c.messages, MESSAGES);
	ck_assert_mem_eq(c.got, octets, len);
	stream_fini(&s);
	close(fds[0]);
	close(fds[1]);
}
END_TEST

START_TEST(test_dropped)
{
	uint8_t octets[1024];
	size_t len = make_messages(octets, MESSAGES, 7);
	struct consumer c;
	struct stream s;
	int fds[2];

	consumer_init(&c);
	c.drop_at = 2;
	stream_init(&s);
	make_pair(fds);
	ck_assert_int_eq(write(fds[1], octets, len), (ssize_t)len);
	ck_assert_int_eq(read_all(&s, fds[0], &c), STREAM_GONE);
	ck_assert_uint_eq(c.messages, 3);
	stream_fini(&s);
	close(fds[0]);
	close(fds[1]);
}
END_TEST

START_TEST(test_bad_headers)
{
	static const struct {
		size_t at;
		uint8_t value, subcode;
	} cases[] = {
	    {0, 0, HEADER_ERROR_NOT_SYNCHRONIZED},
	    {15, 0xfe, HEADER_ERROR_NOT_SYNCHRONIZED},
	    {16, 0x10, HEADER_ERROR_LENGTH}, /* 4115 octets */
	    {17, 18, HEADER_ERROR_LENGTH},
	    {18, 0, HEADER_ERROR_TYPE},
	    {18, 6, HEADER_ERROR_TYPE},
	};

	for (unsigned i = 0; i < COUNT(cases); i++) {
		uint8_t octets[64];
		size_t len = make_messages(octets, 1, 0);
		struct consumer c;
		struct stream s;
		int fds[2];

		octets[cases[i].at] = cases[i].value;
		consumer_init(&c);
		stream_init(&s);
		make_pair(fds);
		ck_assert_int_eq(write(fds[1], octets, len), (ssize_t)len);
		ck_assert_int_eq(stream_read(&s, fds[0], buffer, consume, &c, &error), STREAM_BAD);
		ck_assert_uint_eq(error.code, NOTIFICATION_HEADER);
		ck_assert_uint_eq(error.subcode, cases[i].subcode);
		ck_assert_uint_eq(c.messages, 0);
		stream_fini(&s);
		close(fds[0]);
		close(fds[1]);
	}
}
END_TEST

static enum stream_take
count_only(void *arg, const struct msg_header *header, const uint8_t *message)
{
	struct consumer *c = arg;

	(void)message;
	ck_assert_uint_eq(header->len, MSG_HEADER_BYTES);
	c->messages++;
	return STREAM_TAKEN;
}

/* Never more than one read of it: others have their turn too. */
START_TEST(test_fair)
{
	static uint8_t octets[3 * STREAM_READ_BYTES];
	struct consumer c;
	struct stream s;
	size_t len = 0;
	int fds[2], size = 4 * STREAM_READ_BYTES;

	make_pair(fds);
	ck_assert_int_eq(setsockopt(fds[1], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size)), 0);
	while (len + MSG_HEADER_BYTES <= sizeof(octets))
		len += make_messages(octets + len, 1, 0);
	ck_assert_int_ge(write(fds[1], octets, len), 2 * STREAM_READ_BYTES);
	consumer_init(&c);
	stream_init(&s);
	for (unsigned i = 1; i <= 2; i++) {
		ck_assert_int_eq(
		    stream_read(&s, fds[0], buffer, count_only, &c, &error), STREAM_MORE);
		ck_assert_uint_eq(s.received_bytes, i * (uint64_t)STREAM_READ_BYTES);
		ck_assert_uint_eq(c.messages, i * (uint64_t)STREAM_READ_BYTES / MSG_HEADER_BYTES);
	}
	stream_fini(&s);
	close(fds[0]);
	close(fds[1]);
}
END_TEST

START_TEST(test_reset)
{
	struct consumer c;
	struct stream s;

	consumer_init(&c);
	stream_init(&s);
	ck_assert_int_eq(stream_read(&s, -1, buffer, consume, &c, &error), STREAM_FAILED);
	ck_assert_int_eq(errno, EBADF);
	stream_fini(&s);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {test_split_everywhere, test_octet_by_octet, test_paused,
	    test_paused_every_time, test_dropped, test_bad_headers, test_fair, test_reset};

	return run_suite("stream", tests, COUNT(tests));
}
