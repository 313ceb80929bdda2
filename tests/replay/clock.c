/*
 * What differs from one run to the next, and here does not: the time and the kernel's randomness.
 * Linked in front of the daemon's libraries, so that bgpd/clock.c stays in its archive.
 */
#include "tests/replay/clock.h"

#include <string.h>
#include <sys/random.h>

#include "bgpd/clock.h"

#define WALL_MS 1700000000000u /* when the clock begins */

static uint64_t now_ms = CLOCK_BEGIN_MS;

void
clock_set_ms(uint64_t ms)
{
	now_ms = ms;
}

uint64_t
clock_ms(void)
{
	return now_ms;
}

uint64_t
clock_us(void)
{
	return now_ms * 1000;
}

uint64_t
clock_wall_ms(void)
{
	return WALL_MS + now_ms;
}

/* Seeds of jitter and of hashes: always the same. */
ssize_t
getrandom(void *buf, size_t len, unsigned flags)
{
	(void)flags;
	memset(buf, 0x5a, len);
	return (ssize_t)len;
}
