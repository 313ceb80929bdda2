/*
 * The round-trip time of one session, out of what the kernel measures on its TCP connection.
 *
 *   sample -> floor: least of this window and the one before -> smoothed by 1/8 a sample
 *
 * Delays only add to what a path takes (queues, a delayed acknowledgement of up to 200 ms where a
 * quiet session sends one KEEPALIVE at a time), so the least sample is the one to believe. Windows
 * of WINDOW_MS make sure that a path which has become longer is seen, after two of them. Pure.
 */
#ifndef BGPD_SESSION_RTT_H
#define BGPD_SESSION_RTT_H

#include <stdbool.h>
#include <stdint.h>

#define RTT_WINDOW_MS 1800000u

/* All zero: nothing measured. */
struct rtt {
	uint64_t window_ms; /* when this window began */
	uint32_t least_us;  /* in this window; 0 = no sample */
	uint32_t before_us; /* in the one before; 0 = there was none */
	uint32_t smooth_us;
	uint32_t told_us; /* what rib knows */
};

/* A sample; 0 is none. */
void rtt_sample(struct rtt *, uint32_t sample_us, uint64_t now_ms);
/* True if rib should hear of it: it is new, or a tenth away from what it heard last. */
bool rtt_is_news(const struct rtt *);

#endif
