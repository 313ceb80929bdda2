/*
 * The harness's own clock: it moves when it is told to.
 */
#ifndef TESTS_REPLAY_CLOCK_H
#define TESTS_REPLAY_CLOCK_H

#include <stdint.h>

#define CLOCK_BEGIN_MS 1000000u

void clock_set_ms(uint64_t);
uint64_t clock_ms(void);

#endif
