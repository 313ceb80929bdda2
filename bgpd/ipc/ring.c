/* The ingress ring: see ring.h for the drawing and the contract. */
#include "bgpd/ipc/ring.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bgpd/ipc/bug.h"
#include "bgpd/ipc/memfd.h"
#include "bgpd/ipc/wake.h"

#define RING_MAGIC   0x526f5269u /* "RoRi" */
#define RING_VERSION 1u
#define RING_PAGE    4096u
#define FRAME_SIZE   sizeof(uint64_t)

enum frame_kind { FRAME_RECORD = 1, FRAME_PAD };

/* The first page. head is written by the producer, tail by the consumer: one cache line each. */
struct ring_shared {
	struct memfd_head memfd;
	uint64_t reserve;
	_Alignas(64) _Atomic uint64_t head;
	_Alignas(64) _Atomic uint64_t tail;
	struct wake_line consumer;
	struct wake_line producer;
};

_Static_assert(sizeof(struct ring_shared) <= RING_PAGE, "the head fits its page");

/* This process's view. The two sides share nothing in it that is ever written. */
struct ring {
	struct ring_shared *shared;
	uint8_t *data;
	size_t map_size;
	uint64_t size;
	uint64_t reserve;

	struct {
		_Alignas(64) uint64_t head;
		uint64_t tail_seen;
		uint64_t pad;  /* of the reservation, its frame included; 0 = none */
		uint64_t cost; /* of the reservation; 0 = there is none */
		uint64_t len;
		uint32_t woken;
	} producer;

	struct {
		_Alignas(64) uint64_t tail;
		uint64_t released; /* tail as last published */
		uint64_t head_seen;
		uint32_t woken;
		bool broken;
	} consumer;
};

static uint64_t
round8(uint64_t n)
{
	return (n + 7) & ~(uint64_t)7;
}

static bool
is_ring_size(size_t size)
{
	return size >= RING_SIZE_MIN && size <= (size_t)1 << 31 && (size & (size - 1)) == 0;
}

/* Frames are single atomic words, so that the consumer's one look at them cannot be torn. */
static _Atomic uint64_t *
frame_at(const struct ring *r, uint64_t position)
{
	return (_Atomic uint64_t *)(void *)(r->data + (position & (r->size - 1)));
}

int
ring_create(size_t size, unsigned slots)
{
	uint64_t reserve = ((uint64_t)slots + 1) * RING_SLOT_RESERVE;
	int fd;

	if (!is_ring_size(size)) {
		errno = EINVAL;
		return -1;
	}
	if (reserve > size / 2)
		reserve = size / 2;
	fd = memfd_new("roost-ring", RING_MAGIC, RING_VERSION, RING_PAGE + size);
	if (fd == -1)
		return -1;
	if (pwrite(fd, &reserve, sizeof(reserve), offsetof(struct ring_shared, reserve)) !=
	    sizeof(reserve)) {
		close(fd);
		return -1;
	}
	return fd;
}

struct ring *
ring_map(int fd)
{
	size_t map_size;
	struct ring_shared *shared = memfd_map(fd, PROT_READ | PROT_WRITE, RING_MAGIC, RING_VERSION,
	    RING_PAGE + RING_SIZE_MIN, &map_size);
	struct ring *r;

	if (shared == NULL)
		return NULL;
	if (!is_ring_size(map_size - RING_PAGE)) {
		memfd_unmap(shared, map_size);
		errno = EINVAL;
		return NULL;
	}
	r = aligned_alloc(_Alignof(struct ring), sizeof(*r));
	if (r == NULL)
		bug("ring_map", "no memory");
	memset(r, 0, sizeof(*r));
	r->shared = shared;
	r->data = (uint8_t *)shared + RING_PAGE;
	r->map_size = map_size;
	r->size = map_size - RING_PAGE;
	r->reserve = shared->reserve < r->size / 2 ? shared->reserve : r->size / 2;
	r->producer.head = atomic_load_explicit(&shared->head, memory_order_acquire);
	r->producer.tail_seen = atomic_load_explicit(&shared->tail, memory_order_acquire);
	r->consumer.tail = r->producer.tail_seen;
	r->consumer.released = r->consumer.tail;
	r->consumer.head_seen = r->consumer.tail;
	/* The producer may have been here before us: an odd tail would read past the end. */
	r->consumer.broken = (r->consumer.tail & 7) != 0;
	return r;
}

void
ring_unmap(struct ring *r)
{
	if (r == NULL)
		return;
	memfd_unmap(r->shared, r->map_size);
	free(r);
}

size_t
ring_size(const struct ring *r)
{
	return (size_t)r->size;
}

size_t
ring_cost(size_t len)
{
	return FRAME_SIZE + (size_t)round8(len);
}

size_t
ring_record_max(const struct ring *r)
{
	/* Half: in the worst place of an empty ring the same again is padded away before it. */
	return (size_t)(((r->size - r->reserve) / 2 - FRAME_SIZE) & ~(uint64_t)7);
}

/* ---- producer ---- */

static bool
has_room(const struct ring *r, uint64_t need)
{
	return r->size - (r->producer.head - r->producer.tail_seen) >= need;
}

void *
ring_reserve(struct ring *r, size_t len, enum ring_use use)
{
	uint64_t offset = r->producer.head & (r->size - 1);
	uint64_t cost = ring_cost(len);
	uint64_t pad = offset + cost > r->size ? r->size - offset : 0;
	uint64_t need = pad + cost + (use == RING_DATA ? r->reserve : 0);

	if (len == 0 || len > ring_record_max(r))
		bug("ring_reserve", "a record that can never fit");
	r->producer.cost = 0;
	if (!has_room(r, need)) {
		/* acquire: the consumer has copied what was here before it released it. */
		r->producer.tail_seen =
		    atomic_load_explicit(&r->shared->tail, memory_order_acquire);
		if (!has_room(r, need))
			return NULL;
	}
	r->producer.pad = pad;
	r->producer.cost = cost;
	r->producer.len = len;
	return r->data + ((r->producer.head + pad + FRAME_SIZE) & (r->size - 1));
}

static void
put_frame(struct ring *r, enum frame_kind kind, uint64_t len)
{
	/* relaxed: head's store below is what publishes it. */
	atomic_store_explicit(
	    frame_at(r, r->producer.head), (uint64_t)kind << 32 | len, memory_order_relaxed);
}

bool
ring_commit(struct ring *r)
{
	if (r->producer.cost == 0)
		bug("ring_commit", "nothing is reserved");
	if (r->producer.pad != 0) {
		put_frame(r, FRAME_PAD, r->producer.pad - FRAME_SIZE);
		r->producer.head += r->producer.pad;
	}
	put_frame(r, FRAME_RECORD, r->producer.len);
	r->producer.head += r->producer.cost;
	r->producer.cost = 0;
	/*
	 * seq_cst: releases the record to the consumer, and stays before the look at its sleep
	 * flag that follows (wake.h).
	 */
	atomic_store_explicit(&r->shared->head, r->producer.head, memory_order_seq_cst);
	return wake_line_is_due(&r->shared->consumer, &r->producer.woken);
}

uint64_t
ring_committed(const struct ring *r)
{
	return r->producer.head;
}

uint64_t
ring_released(const struct ring *r)
{
	return atomic_load_explicit(&r->shared->tail, memory_order_acquire);
}

bool
ring_wait_room(struct ring *r, uint64_t seen)
{
	wake_line_sleep(&r->shared->producer);
	/* seq_cst: the re-check after the flag was set; ring_release() does the mirror image. */
	if (atomic_load_explicit(&r->shared->tail, memory_order_seq_cst) == seen)
		return true;
	ring_awake(r);
	return false;
}

void
ring_awake(struct ring *r)
{
	wake_line_awake(&r->shared->producer);
}

/* ---- consumer: nothing of what it reads is believed ---- */

static enum ring_result
condemn(struct ring *r)
{
	r->consumer.broken = true;
	return RING_BROKEN;
}

/* Looks for more to take: RING_RECORD if there is. */
static enum ring_result
look_at_head(struct ring *r)
{
	/* acquire: what was written before head was published is seen. */
	uint64_t head = atomic_load_explicit(&r->shared->head, memory_order_acquire);
	uint64_t ahead = head - r->consumer.tail;

	if (ahead > r->size || (ahead & 7) != 0)
		return condemn(r);
	r->consumer.head_seen = head;
	return ahead == 0 ? RING_EMPTY : RING_RECORD;
}

/* Skips a pad frame; true if it is one that an honest producer would write. */
static bool
skip_pad(struct ring *r, uint64_t len)
{
	uint64_t offset = r->consumer.tail & (r->size - 1);
	uint64_t rest = r->size - offset;

	/* A pad at offset 0 would be the whole ring: never needed, and an endless loop. */
	if (offset == 0 || len != rest - FRAME_SIZE ||
	    rest > r->consumer.head_seen - r->consumer.tail)
		return false;
	r->consumer.tail += rest;
	return true;
}

static enum ring_result
copy_out(struct ring *r, uint64_t len, void *buf, size_t cap, size_t *out_len)
{
	uint64_t offset = r->consumer.tail & (r->size - 1);
	uint64_t cost = FRAME_SIZE + round8(len);

	if (len == 0 || len > cap || cost > r->size - offset ||
	    cost > r->consumer.head_seen - r->consumer.tail)
		return condemn(r);
	memcpy(buf, r->data + offset + FRAME_SIZE, (size_t)len);
	*out_len = (size_t)len;
	r->consumer.tail += cost;
	return RING_RECORD;
}

enum ring_result
ring_take(struct ring *r, void *buf, size_t cap, size_t *len)
{
	if (r->consumer.broken)
		return RING_BROKEN;
	for (;;) {
		uint64_t frame;

		if (r->consumer.tail == r->consumer.head_seen) {
			enum ring_result found = look_at_head(r);

			if (found != RING_RECORD)
				return found;
		}
		/* Read once: the producer could change it between a check and its use. */
		frame = atomic_load_explicit(frame_at(r, r->consumer.tail), memory_order_relaxed);
		if (frame >> 32 == FRAME_RECORD)
			return copy_out(r, frame & UINT32_MAX, buf, cap, len);
		if (frame >> 32 != FRAME_PAD || !skip_pad(r, frame & UINT32_MAX))
			return condemn(r);
	}
}

bool
ring_release(struct ring *r)
{
	if (r->consumer.released == r->consumer.tail)
		return false;
	r->consumer.released = r->consumer.tail;
	/*
	 * seq_cst: releases the room, after the copies were made, and stays before the look at
	 * the producer's sleep flag.
	 */
	atomic_store_explicit(&r->shared->tail, r->consumer.tail, memory_order_seq_cst);
	return wake_line_is_due(&r->shared->producer, &r->consumer.woken);
}

bool
ring_sleep(struct ring *r)
{
	if (r->consumer.broken)
		return true;
	wake_line_sleep(&r->shared->consumer);
	/* seq_cst: the re-check after the flag was set; ring_commit() does the mirror image. */
	if (atomic_load_explicit(&r->shared->head, memory_order_seq_cst) == r->consumer.tail)
		return true;
	wake_line_awake(&r->shared->consumer);
	return false;
}

size_t
ring_used(const struct ring *r)
{
	uint64_t used =
	    atomic_load_explicit(&r->shared->head, memory_order_relaxed) - r->consumer.tail;

	return (size_t)(used < r->size ? used : r->size);
}
