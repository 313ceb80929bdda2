/* Random numbers of the run: the same seed gives the same run. */
#ifndef TESTS_POLICYMODEL_RANDOM_H
#define TESTS_POLICYMODEL_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

void random_seed(uint64_t seed);
/* 0 to below - 1. */
uint32_t rnd(uint32_t below);
/* True in so many of 100 cases. */
bool chance(uint32_t percent);

#endif
