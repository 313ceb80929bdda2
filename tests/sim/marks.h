/*
 * Markers: one member announces one prefix again and again, each time with another MED, and every
 * other session's moment of hearing it gives a sample of the propagation time.
 *
 * The prefix is of the ranges for benchmarks (RFC 2544, RFC 5180): 198.18.0.0/24, 2001:2::/48. A
 * route server may skip a version that was replaced before it was sent; the skipped version then
 * counts until the moment a newer one arrives, so that skipping does not look fast.
 */
#ifndef SIM_MARKS_H
#define SIM_MARKS_H

#include "tests/sim/sim.h"

/*
 * Announces every period_ms, count times, and then withdraws. One member at a time marks; samples
 * of several markings add up.
 */
void marks_start(struct sim *sim, struct member *m, uint32_t period_ms, uint32_t count);
/* Announces what is due; returns when the next is, UINT64_MAX if none. */
uint64_t marks_step(struct sim *sim);
/* To be told of every route that arrives. */
void marks_arrive(struct sim *sim, struct member *m, uint32_t key, uint32_t med);
/* All announced and withdrawn again, or nothing ever was. */
bool marks_is_done(const struct sim *sim);
/* Sorted samples in microseconds, borrowed. */
const uint32_t *marks_samples(struct sim *sim, size_t *count);

#endif
