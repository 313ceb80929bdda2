/*
 * Who holds how much of an ingress ring: the worker's account, so that one busy peer cannot fill
 * the ring for all, and the list of slots that may not be read until there is room again.
 *
 *   FIFO of what was committed, popped as the ring's tail moves on:
 *     +----------------+----------------+----------------+
 *     | end, slot, len | end, slot, len | end, slot, len |   ends ascend
 *     +----------------+----------------+----------------+
 *   used[slot] = sum of its len in the FIFO, at most 1/16 of the ring (plus one record)
 *   waiting: slots in the order in which they began to wait
 *
 * Invariant: sum of used[] = sum of len in the FIFO. A waiting slot is told once, when it holds at
 * most half of its quota and the ring is at most half full; then it waits no longer.
 *
 * Runs in a session worker. Pure: knows no socket and no ring.
 */
#ifndef BGPD_IPC_QUOTA_H
#define BGPD_IPC_QUOTA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define QUOTA_SHARE 16 /* a slot may hold 1/16 of the ring */

struct quota;

/* Called for a slot that may be read again. It may call all but quota_release(). */
typedef void quota_resume(uint32_t slot, void *arg);

/* For a ring of ring_size octets of data and slots 0..slots-1. */
struct quota *quota_new(size_t ring_size, unsigned slots);
void quota_free(struct quota *);

/* True if the slot holds less than its share: one more DATA record may be written. */
bool quota_may(const struct quota *, uint32_t slot);

/* A record of the slot was committed: len = ring_cost(), end = ring_committed(). */
void quota_add(struct quota *, uint32_t slot, uint64_t end, size_t len);

/* The slot is not read until quota_release() says so. Waiting twice is waiting once. */
void quota_wait(struct quota *, uint32_t slot);

/* The slot is gone or its session is over: it waits no longer. What it holds stays accounted. */
void quota_forget(struct quota *, uint32_t slot);

bool quota_is_waiting(const struct quota *, uint32_t slot);

/* Slots that wait: while not zero, the worker must be woken by the ring (ring_wait_room). */
unsigned quota_waiting(const struct quota *);

/* The ring's tail has come to this position: pops the FIFO and resumes slots in order. */
void quota_release(struct quota *, uint64_t tail, quota_resume *, void *arg);

/* Octets of the ring that the slot holds. */
size_t quota_used(const struct quota *, uint32_t slot);

#endif
