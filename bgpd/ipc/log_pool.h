/*
 * The chunks of the egress log that hold nothing: which to take next, which to give back.
 *
 *   warm: [ 7 | 3 | 12 ]  were used and still have memory; the last one given is taken first
 *             ^ low        fewest since the last trim: what lies below has not been needed
 *   cold: [ 40 | 41 | ... ]  have no memory
 *
 * Runs in rib, for the log's writer. Pure.
 */
#ifndef BGPD_IPC_LOG_POOL_H
#define BGPD_IPC_LOG_POOL_H

#include <stdint.h>

struct log_pool {
	uint32_t *warm, *cold;
	uint32_t warm_count, cold_count, warm_low;
};

/* All chunks 0..chunks-1 are cold. */
void log_pool_init(struct log_pool *, uint32_t chunks);
void log_pool_fini(struct log_pool *);

uint32_t log_pool_free(const struct log_pool *);

/* Takes a chunk; there must be one. */
uint32_t log_pool_take(struct log_pool *);
void log_pool_give(struct log_pool *, uint32_t chunk);

/* How many chunks may be cooled: warm ones not needed since the last log_pool_rest(), but keep. */
uint32_t log_pool_idle(const struct log_pool *, uint32_t keep);

/* Makes the warm chunk that was longest unused a cold one; returns it. There must be one. */
uint32_t log_pool_cool(struct log_pool *);

/* Begins a new interval of observation. */
void log_pool_rest(struct log_pool *);

#endif
