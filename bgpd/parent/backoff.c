/*
 * How long a dead child waits for its successor; see backoff.h. Zeroed memory is a child that has
 * never died.
 */
#include "bgpd/parent/backoff.h"

#define STEPS_MAX 5 /* 2^5 s would be beyond the maximum */

void
backoff_started(struct backoff *backoff, uint64_t now_ms)
{
	backoff->started_ms = now_ms;
}

unsigned
backoff_died(struct backoff *backoff, uint64_t now_ms)
{
	unsigned step;

	if (now_ms - backoff->started_ms >= BACKOFF_STABLE_MS)
		backoff->deaths = 0;
	backoff->deaths++;
	if (backoff->deaths == 1)
		return 0;
	step = backoff->deaths - 2;
	return step >= STEPS_MAX ? BACKOFF_MAX_MS : 1000u << step;
}
