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
	uint8_t got[4 * MSG_EXTENDED_MAX_BYTES];
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

static size_t
make_message(uint8_t *out, uint8_t type, size_t len)
{
	memset(out, 0xff, 16);
	wire_store_u16(out + 16, (uint16_t)len);
	out[18] = type;
	for (size_t i = MSG_HEADER_BYTES; i < len; i++)
		out[i] = (uint8_t)(i * 7 + i / 256);
	return len;
}

/* Writes in pieces, all of which are read; the most memory that the stream had in between. */
static size_t
feed(struct stream *s, int fds[2], const uint8_t *octets, size_t len, size_t piece,
    struct consumer *c)
{
	enum stream_result result = STREAM_EMPTY;
	size_t most = 0;

	for (size_t at = 0; at < len && result == STREAM_EMPTY; at += piece) {
		size_t n = piece < len - at ? piece : len - at;

		if (write(fds[1], octets + at, n) != (ssize_t)n)
			return SIZE_MAX;
		while ((result = stream_read(s, fds[0], buffer, consume, c, &error)) == STREAM_MORE)
			;
		if (s->carry_cap > most)
			most = s->carry_cap;
		if (s->carry_cap > MSG_MAX_BYTES + 2 * s->carry_len)
			return SIZE_MAX;
	}
	return most;
}

/* RFC 8654 section 4: up to 65,535 octets, between short ones, however they come. */
START_TEST(test_long_messages)
{
	static const size_t pieces[] = {1, 18, 19, 20, 1000, 4096, 4097, 40000, 100000};
	static uint8_t octets[3 * MSG_EXTENDED_MAX_BYTES];
	size_t len = make_message(octets, MSG_UPDATE, 60);

	len += make_message(octets + len, MSG_UPDATE, MSG_EXTENDED_MAX_BYTES);
	len += make_message(octets + len, MSG_KEEPALIVE, MSG_HEADER_BYTES);
	len += make_message(octets + len, MSG_UPDATE, MSG_MAX_BYTES + 1);
	len += make_message(octets + len, MSG_ROUTE_REFRESH, 5000);
	len += make_message(octets + len, MSG_UPDATE, 23);
	for (unsigned i = 0; i < COUNT(pieces); i++) {
		static struct consumer c;
		struct stream s;
		int fds[2];
		size_t most;

		consumer_init(&c);
		stream_init(&s);
		s.max_len = MSG_EXTENDED_MAX_BYTES;
		make_pair(fds);
		most = feed(&s, fds, octets, len, pieces[i], &c);
		ck_assert_uint_le(most, MSG_EXTENDED_MAX_BYTES);
		ck_assert_uint_eq(c.messages, 6);
		ck_assert_mem_eq(c.got, octets, len);
		ck_assert_uint_eq(s.received_bytes, len);
		ck_assert_ptr_null(s.carry);
		stream_fini(&s);
		close(fds[0]);
		close(fds[1]);
	}
}
END_TEST

/* One that has only been announced costs no more than a short one. */
START_TEST(test_long_message_begun)
{
	static uint8_t octets[MSG_EXTENDED_MAX_BYTES];
	static struct consumer c;
	struct stream s;
	int fds[2];

	make_message(octets, MSG_UPDATE, sizeof(octets));
	consumer_init(&c);
	stream_init(&s);
	s.max_len = MSG_EXTENDED_MAX_BYTES;
	make_pair(fds);
	ck_assert_uint_le(feed(&s, fds, octets, MSG_HEADER_BYTES, 1, &c), 2 * MSG_MAX_BYTES);
	ck_assert_uint_eq(s.carry_len, MSG_HEADER_BYTES);
	close(fds[1]);
	ck_assert_int_eq(stream_read(&s, fds[0], buffer, consume, &c, &error), STREAM_CLOSED);
	ck_assert_uint_eq(c.messages, 0);
	stream_fini(&s);
	close(fds[0]);
}
END_TEST

/* Paused at a long message, with others behind it: all come, once, in order. */
START_TEST(test_long_message_paused)
{
	static uint8_t octets[2 * MSG_EXTENDED_MAX_BYTES];
	size_t len = make_message(octets, MSG_UPDATE, MSG_EXTENDED_MAX_BYTES);

	for (unsigned i = 1; i < MESSAGES; i++)
		len += make_message(octets + len, MSG_UPDATE, 5000 + i);
	for (unsigned at = 0; at < MESSAGES; at++) {
		static struct consumer c;
		struct stream s;
		int fds[2];
		enum stream_result result = STREAM_EMPTY;
		unsigned paused = 0;

		consumer_init(&c);
		c.later_at = at;
		c.later_times = 3;
		stream_init(&s);
		s.max_len = MSG_EXTENDED_MAX_BYTES;
		make_pair(fds);
		for (size_t sent = 0; sent < len || result != STREAM_EMPTY;) {
			size_t n = sent < len ? (len - sent < 9000 ? len - sent : 9000) : 0;

			/* while it is paused nothing is read, and here nothing more is written */
			if (result == STREAM_EMPTY && n > 0) {
				ck_assert_int_eq(write(fds[1], octets + sent, n), (ssize_t)n);
				sent += n;
			}
			result = stream_read(&s, fds[0], buffer, consume, &c, &error);
			paused += result == STREAM_PAUSED;
		}
		ck_assert_uint_eq(paused, 3);
		ck_assert_uint_eq(c.messages, MESSAGES);
		ck_assert_mem_eq(c.got, octets, len);
		ck_assert_ptr_null(s.carry);
		stream_fini(&s);
		close(fds[0]);
		close(fds[1]);
	}
}
END_TEST

/* RFC 8654 sections 4 and 5: 1/2 with the length for what we did not announce, or never may be. */
START_TEST(test_length_limits)
{
	static const struct {
		uint32_t max_len;
		uint8_t type;
		uint16_t len;
		bool fine;
	} cases[] = {
	    {MSG_MAX_BYTES, MSG_UPDATE, 4096, true},
	    {MSG_MAX_BYTES, MSG_UPDATE, 4097, false},
	    {MSG_MAX_BYTES, MSG_NOTIFICATION, 4097, false},
	    {MSG_MAX_BYTES, MSG_ROUTE_REFRESH, 65535, false},
	    {MSG_EXTENDED_MAX_BYTES, MSG_UPDATE, 4097, true},
	    {MSG_EXTENDED_MAX_BYTES, MSG_UPDATE, 65535, true},
	    {MSG_EXTENDED_MAX_BYTES, MSG_NOTIFICATION, 65535, true},
	    {MSG_EXTENDED_MAX_BYTES, MSG_ROUTE_REFRESH, 65535, true},
	    {MSG_EXTENDED_MAX_BYTES, MSG_OPEN, 4096, true},
	    {MSG_EXTENDED_MAX_BYTES, MSG_OPEN, 4097, false},
	    {MSG_EXTENDED_MAX_BYTES, MSG_KEEPALIVE, 20, false},
	    {MSG_EXTENDED_MAX_BYTES, MSG_KEEPALIVE, 65535, false},
	};
	static uint8_t octets[MSG_EXTENDED_MAX_BYTES];

	for (unsigned i = 0; i < COUNT(cases); i++) {
		static struct consumer c;
		struct stream s;
		int fds[2];
		const uint8_t length[] = {
		    (uint8_t)(cases[i].len >> 8), (uint8_t)(cases[i].len & 0xff)};

		make_message(octets, cases[i].type, cases[i].len);
		consumer_init(&c);
		stream_init(&s);
		s.max_len = cases[i].max_len;
		make_pair(fds);
		feed(&s, fds, octets, cases[i].len, 10000, &c);
		ck_assert_uint_eq(c.messages, cases[i].fine);
		if (!cases[i].fine) {
			ck_assert_uint_eq(error.code, NOTIFICATION_HEADER);
			ck_assert_uint_eq(error.subcode, HEADER_ERROR_LENGTH);
			ck_assert_uint_eq(error.data_len, 2);
			ck_assert_mem_eq(error.data, length, 2);
		}
		stream_fini(&s);
		close(fds[0]);
		close(fds[1]);
	}
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
	    test_paused_every_time, test_dropped, test_bad_headers, test_fair, test_long_messages,
	    test_long_message_begun, test_long_message_paused, test_length_limits, test_reset};

	return run_suite("stream", tests, COUNT(tests));
}
