/*
 * The egress log: whole UPDATE messages, each block with the set of slots it is for, and rib's
 * orders to sessions. One writer (rib), many readers (workers, mapped read-only). The lines for the
 * operator are another log: bgpd/log.h.
 *
 * Two spaces of positions, octets since the beginning, 64 bits, they never wrap:
 *
 *   headers  ..|ROUTES {3,7}|ROUTES all|START 5|ROUTES {5}|CEASE 9|..
 *                   |            |                  |
 *   bytes    ..[UPDATE UPDATE][UPDATE][UPDATE UPDATE UPDATE]..
 *
 * Both live in equal chunks of one pool; a table for each space says which chunk holds a position:
 *
 *   memfd:  | control: head, headers[], bytes[] | chunk 0 | chunk 1 | ... | chunk n-1 |
 *
 *            chunk of position p = table[(p / LOG_CHUNK) % n],  offset = p % LOG_CHUNK
 *
 * The memfd has its full size from the start and is sparse: a chunk that was never used costs
 * nothing, a released one goes back to the pool and is used again first, and those that stay free
 * are given back to the kernel by log_trim(). So the log is as large as the slowest reader is
 * behind, up to its maximum.
 *
 * Invariants:
 *   - neither a header nor a block's bytes straddle a chunk; what is left at the end is skipped;
 *   - blocks that follow each other have adjacent bytes unless a chunk ended between them, so a
 *     reader merges them into one iovec by comparing pointers;
 *   - everything below the published head was written before it and is not written again until
 *     log_release() has passed it: readers that publish their position need no lock;
 *   - n chunks serve both spaces together, so no two live positions share a table row.
 *
 * Readers trust rib; chunk numbers and lengths are still checked, for a wrong one shall be an
 * abort and not somebody else's bytes on the wire. rib does not trust readers: positions that come
 * from workers may be anything in log_release() and log_unread(), and are tested by
 * log_is_header() before rib reads there.
 */
#ifndef BGPD_IPC_LOG_H
#define BGPD_IPC_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LOG_CHUNK	(128u * 1024u)
#define LOG_CHUNKS_MIN	8u
#define LOG_CHUNKS_MAX	65536u	  /* 8 GiB */
#define LOG_BLOCK_MAX	LOG_CHUNK /* octets of messages in one block */
#define LOG_SET_WORDS	1024u	  /* slots 0..65535 */
#define LOG_TEXT_MAX	256u	  /* octets of an order's text, terminating zero included */
#define LOG_FAMILY_NONE 0xff

enum log_kind {
	LOG_ROUTES = 1,	 /* bytes for the slots of the set, or for one slot where nwords is 0 */
	LOG_START,	 /* slot, epoch: the session's cursor begins behind this header */
	LOG_CEASE,	 /* slot, epoch: arg = NOTIFICATION code << 8 | subcode; text: reason */
	LOG_ASK_REFRESH, /* slot, epoch, family: send ROUTE-REFRESH if it was negotiated */
	LOG_CUT		 /* set, or slot and epoch: stop at a message boundary (RECORD_CUT) */
};

/*
 * A header as it lies in the log, followed by nwords words of the slot set (slot s is bit s % 64 of
 * word s / 64; words that are missing are zero) and, for an order, its text.
 */
struct log_header {
	uint64_t bytes; /* position in the space of bytes */
	uint32_t len;	/* octets of bytes */
	uint32_t size;	/* octets of this header, set and text included; a multiple of 8 */
	uint16_t kind;	/* enum log_kind */
	uint8_t class;	/* of the receivers, as rib numbers them */
	uint8_t family; /* enum family or LOG_FAMILY_NONE */
	uint16_t count; /* messages in bytes */
	uint16_t nwords;
	uint32_t slot;	/* where nwords is 0 */
	uint32_t epoch; /* where nwords is 0; 0 = whatever session the slot has */
	uint32_t arg; /* of an order; ROUTES: how many of count are ROUTE-REFRESHes (BoRR, EoRR) */
	uint16_t text_len; /* terminating zero included; 0 = none */
	uint16_t zero;
	uint64_t words[];
};

/* What the writer says of a block; becomes a header. words and text are copied. */
struct log_block {
	uint16_t kind;
	uint8_t class;
	uint8_t family;
	uint16_t count;
	uint16_t nwords;
	uint32_t slot;
	uint32_t epoch;
	uint32_t arg;
	const uint64_t *words;
	const char *text; /* NULL = none; cut off at LOG_TEXT_MAX */
};

struct log;

/*
 * Makes a log of at most max_size octets (rounded down to chunks, at least LOG_CHUNKS_MIN of them).
 * Returns its memfd, or -1 with errno. Give readers memfd_read_only() of it.
 */
int log_create(size_t max_size);

/* The descriptor may be closed by readers; the writer keeps a duplicate. NULL with errno. */
struct log *log_map_writer(int fd);
struct log *log_map_reader(int fd);
void log_unmap(struct log *);

/* ---- writer ---- */

/*
 * Octets that can surely be appended: a sequence of blocks fits if the sum of log_cost() over what
 * is reserved for them is no more than this, whatever their sizes. Usually twice as much fits.
 * Orders have room of their own, beyond this.
 */
size_t log_room(const struct log *);
size_t log_cost(size_t len_max, uint16_t nwords);

/*
 * Where the bytes of the next block may be encoded in place: room for len_max octets (1 ..
 * LOG_BLOCK_MAX), and for a header with nwords. NULL while there is no room. Must be followed by
 * log_append() or by another log_reserve(), which replaces it.
 */
uint8_t *log_reserve(struct log *, size_t len_max, uint16_t nwords);

/*
 * Appends a block with the first len_used octets of the reservation (0 for an order, which needs
 * none). Invisible until log_publish(). False if there is no room, which can only happen without a
 * reservation; nothing has changed then.
 */
bool log_append(struct log *, const struct log_block *, size_t len_used);

/*
 * Makes everything appended visible; returns the head. Then wake the readers that sleep:
 * session_table_is_due() for each worker.
 */
uint64_t log_publish(struct log *);

/*
 * Frees what lies below this header position, which no reader needs any more: all of it where that
 * is the published head, otherwise all but some 32 KiB at most. May be any number: going back is
 * ignored, beyond the head is the head.
 */
void log_release(struct log *, uint64_t position);

/*
 * Gives at most max chunks that stayed free since the last call back to the kernel; a few are
 * kept. Some 20 us per chunk; call it once a second with a small max. Returns how many it gave.
 */
unsigned log_trim(struct log *, unsigned max);

/* The header position below which everything has been freed. */
uint64_t log_tail(const struct log *);

/*
 * Octets of headers and bytes between a header position and the end of what was appended; up to
 * 64 KiB too much, never too little. Any number will do.
 */
size_t log_unread(const struct log *, uint64_t position);

/* True if a header begins at this position, or the position is the end of what was appended. */
bool log_is_header(const struct log *, uint64_t position);

size_t log_used(const struct log *);	 /* = log_unread of the tail */
size_t log_size(const struct log *);	 /* maximum, in octets of chunks */
size_t log_resident(const struct log *); /* octets of chunks in use or kept warm */

/* ---- reader, and the writer reading what it wrote (published or not) ---- */

/*
 * Reads the published head; log_header_at() stops there from now on. For the writer: the end of
 * what was appended.
 */
uint64_t log_head_acquire(struct log *);

/*
 * The header at *position, or NULL at the head. Where the chunk's end was padded, *position moves
 * on to the next chunk. The pointer is good until the position is released.
 */
const struct log_header *log_header_at(const struct log *, uint64_t *position);

/* The position behind a header that was found at position. */
uint64_t log_next(const struct log_header *, uint64_t position);

/* The block's messages, h->len octets in one piece. */
const uint8_t *log_bytes(const struct log *, const struct log_header *);

/* True if the block is for the slot: in the set, or the one slot named. */
bool log_has_slot(const struct log_header *, uint32_t slot);

/* An order's text, always terminated; "" if it has none. */
const char *log_text(const struct log_header *);

#endif
