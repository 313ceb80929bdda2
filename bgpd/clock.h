/*
 * The clocks of the daemon's processes, in a file of their own so that a test may put a clock that
 * it turns itself in their place. rib and policy know none: time is a parameter there.
 */
#ifndef BGPD_CLOCK_H
#define BGPD_CLOCK_H

#include <stdint.h>

/* Monotonic time in microseconds, of no particular beginning, the same in all processes. */
uint64_t clock_us(void);

/* Unix time in milliseconds. */
uint64_t clock_wall_ms(void);

#endif
