/*
 * The ingress ring: records from one session worker (producer) to rib (consumer).
 *
 *   page 0: struct ring_shared             data: size octets, a power of two
 *   +------+------+----------+-------+     +------+--------+------+--------+- - - - -+-------+
 *   | head | tail | consumer | prod. |     | frame| record | frame| record |  free   | pad   |
 *   |      |      | sleeps   | sleeps|     +------+--------+------+--------+- - - - -+-------+
 *   +------+------+----------+-------+     ^ tail % size                   ^ head % size
 *
 * head and tail are positions: octets since the beginning, 64 bits, they never wrap. A frame is
 * {u32 len, u32 kind}; frames begin at multiples of 8. A record never straddles the end of the
 * data: a pad frame fills what is left there.
 *
 * Invariant (honest producer): tail <= head <= tail + size, everything in between is whole frames,
 * and it was written before head was published. A producer that dies in the middle of a record has
 * not published it: it is never seen.
 *
 * The last ring_shared.reserve octets are for RING_CONTROL alone, so that an up, a down and a
 * refresh of every slot find room however busy the ring is.
 *
 * The consumer trusts nothing: it keeps its tail for itself, reads head and every frame once, and
 * checks them against the ring's real size before it copies. What it cannot believe condemns the
 * ring for good: RING_BROKEN. The contents of a record are the caller's to doubt (records.h).
 *
 * One struct ring serves both sides of one process (tests); in production a process is one side.
 */
#ifndef BGPD_IPC_RING_H
#define BGPD_IPC_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RING_SIZE_MIN	  4096
#define RING_SLOT_RESERVE 512 /* octets kept for the control records of one slot */

struct ring;

enum ring_use {
	RING_DATA,   /* leaves the reserve alone */
	RING_CONTROL /* up, down, refresh, ...: may use the reserve */
};

enum ring_result {
	RING_RECORD, /* one record was copied out */
	RING_EMPTY,  /* nothing there */
	RING_BROKEN  /* the producer has damaged the ring; stays so */
};

/*
 * Makes a ring of size octets of data, a power of two of at least RING_SIZE_MIN, with a reserve for
 * that many slots (at most half of the ring). Returns its memfd, or -1 with errno.
 */
int ring_create(size_t size, unsigned slots);

/* Maps a ring; the descriptor may be closed afterwards. NULL with errno, EINVAL if it is none. */
struct ring *ring_map(int fd);
void ring_unmap(struct ring *);

/* Octets of data, and what a record of len octets takes of them, its frame included. */
size_t ring_size(const struct ring *);
size_t ring_cost(size_t len);

/* The longest record that is sure to fit into the ring when it is empty. */
size_t ring_record_max(const struct ring *);

/* ---- producer ---- */

/*
 * Room for a record of exactly len octets (1..ring_record_max, or it aborts), to be filled in
 * place; at an address that is a multiple of 8. NULL while there is not enough. Nothing is visible
 * to the consumer until ring_commit(); a further ring_reserve() before that replaces the
 * reservation.
 */
void *ring_reserve(struct ring *, size_t len, enum ring_use);

/*
 * Publishes the reserved record. True if the consumer sleeps: wake_send() its eventfd, now or after
 * the last record of this round.
 */
bool ring_commit(struct ring *);

/* Position behind the last committed record: what quota_add() wants. */
uint64_t ring_committed(const struct ring *);

/* The consumer's tail: everything below has been taken. */
uint64_t ring_released(const struct ring *);

/*
 * Asks to be woken when the tail moves on. False if it has moved since `seen`, a value of
 * ring_released(): do not sleep, look again. Call ring_awake() when woken.
 */
bool ring_wait_room(struct ring *, uint64_t seen);
void ring_awake(struct ring *);

/* ---- consumer ---- */

/*
 * Copies the next record to buf and writes its length. A record longer than cap is a broken ring:
 * cap must be at least what an honest producer writes.
 */
enum ring_result ring_take(struct ring *, void *buf, size_t cap, size_t *len);

/*
 * Gives the room of all taken records back; may be batched. True if the producer waits for room:
 * wake_send() its eventfd.
 */
bool ring_release(struct ring *);

/*
 * Before waiting for the eventfd: true if the ring is empty and the producer will wake us; false
 * if there is something to take. After waking: wake_drain() the eventfd and ring_take().
 */
bool ring_sleep(struct ring *);

/* Octets published and not yet taken, 0..size whatever the producer wrote. For display. */
size_t ring_used(const struct ring *);

#endif
