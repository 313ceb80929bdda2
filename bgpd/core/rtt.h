/*
 * When a measured round-trip time steers: policy sorts receivers by thresholds, and a time that
 * wavers around one must not move routes. The first value counts at once; after that the class
 * changes only when a threshold has been crossed by a fifth of it for ten minutes on end. Time is a
 * parameter; pure.
 */
#ifndef BGPD_CORE_RTT_H
#define BGPD_CORE_RTT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RTT_PATIENCE_S 600

struct rtt_steer {
	uint32_t measured_us; /* the latest; 0 = none */
	uint32_t steer_us;    /* what policy goes by; 0 = none */
	uint64_t since_s;     /* a threshold is crossed since then; 0 = none is */
};

/* Looks at measured_us; true if steer_us has changed. thresholds in ms. */
bool rtt_steer(struct rtt_steer *, const uint32_t *thresholds, size_t count, uint64_t now_s);

#endif
