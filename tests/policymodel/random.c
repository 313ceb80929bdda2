/* Random numbers, see random.h. */
#include "tests/policymodel/random.h"

static uint64_t state;

/* Neighbouring seeds begin far apart, or their worlds would be all alike. */
void
random_seed(uint64_t seed)
{
	seed = (seed ^ seed >> 30) * UINT64_C(0xbf58476d1ce4e5b9) + UINT64_C(0x9e3779b97f4a7c15);
	state = (seed ^ seed >> 27) * UINT64_C(0x94d049bb133111eb);
}

uint32_t
rnd(uint32_t below)
{
	state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)((state >> 33) % below);
}

bool
chance(uint32_t percent)
{
	return rnd(100) < percent;
}
