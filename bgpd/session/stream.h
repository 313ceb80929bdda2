/*
 * The receiving side of one connection: octets from the socket, cut into messages. RFC 4271
 * section 4.1, RFC 8654. Runs in a session worker.
 *
 *   carry (of the connection)      buffer (one for all connections of the worker)
 *   | what was left last time | -> | carry | what the socket gives .......... |
 *                                  | message | message | message | mess|        -> carry
 *
 * Messages are judged where they lie in the buffer; only what is left over is copied. A consumer
 * that cannot take a message now (no room in the ring) gets the same one first next time; nothing
 * more is read from the socket until then, so a connection never holds more than
 * STREAM_READ_BYTES and one message.
 *
 * A long message (RFC 8654) is collected in carry, which grows with what has come of it: a
 * connection has memory for one only while one is on its way, and one that comes in small pieces is
 * not copied for each of them.
 */
#ifndef BGPD_SESSION_STREAM_H
#define BGPD_SESSION_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bgpd/wire/msg.h"

#define STREAM_READ_BYTES   (32 * 1024) /* of one connection in one turn */
#define STREAM_BUFFER_BYTES (2 * STREAM_READ_BYTES + MSG_EXTENDED_MAX_BYTES)

enum stream_take {
	STREAM_TAKEN,
	STREAM_LATER, /* the same message again next time */
	STREAM_DROP   /* the connection is gone, with its stream */
};

enum stream_result {
	STREAM_EMPTY,  /* the socket has no more now */
	STREAM_MORE,   /* it may have */
	STREAM_PAUSED, /* the consumer said STREAM_LATER */
	STREAM_BAD,    /* *error of the header; nothing behind it can be read */
	STREAM_GONE,   /* the consumer said STREAM_DROP */
	STREAM_CLOSED, /* the other side has closed */
	STREAM_FAILED  /* errno */
};

/* Gets a whole message, header included; borrowed. */
typedef enum stream_take stream_message(
    void *arg, const struct msg_header *, const uint8_t *message);

struct stream {
	uint8_t *carry; /* NULL while there is nothing left over */
	uint32_t carry_len;
	uint32_t carry_cap;
	uint32_t max_len; /* of a message: MSG_MAX_BYTES, or MSG_EXTENDED_MAX_BYTES if we said so */
	uint64_t received_bytes;
};

/* max_len is MSG_MAX_BYTES; it is the caller's to set when it announces more (RFC 8654). */
void stream_init(struct stream *);
void stream_fini(struct stream *);

/*
 * Gives the consumer what is left over, then reads the socket once and gives it that. buffer has
 * STREAM_BUFFER_BYTES and belongs to nobody between two calls. After STREAM_BAD and STREAM_GONE
 * the stream is not to be read any more. *error borrows the buffer.
 */
enum stream_result stream_read(struct stream *, int fd, uint8_t *buffer, stream_message *,
    void *arg, struct wire_error *error);

/* True if octets have arrived that nobody has read. */
bool stream_has_unread(int fd);

#endif
