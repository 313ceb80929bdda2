/* When a measured round-trip time steers: see rtt.h. */
#include "bgpd/core/rtt.h"

/* True if the measured value lies beyond a threshold on the other side, by a fifth of it. */
static bool
has_crossed(const struct rtt_steer *s, const uint32_t *thresholds, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		uint64_t t_us = (uint64_t)thresholds[i] * 1000;
		bool was_below = s->steer_us <= t_us;

		if (was_below ? (uint64_t)s->measured_us * 5 > t_us * 6
			      : (uint64_t)s->measured_us * 5 < t_us * 4)
			return true;
	}
	return false;
}

bool
rtt_steer(struct rtt_steer *s, const uint32_t *thresholds, size_t count, uint64_t now_s)
{
	if (s->measured_us == 0)
		return false;
	if (s->steer_us != 0) {
		if (!has_crossed(s, thresholds, count)) {
			s->since_s = 0;
			return false;
		}
		if (s->since_s == 0)
			s->since_s = now_s;
		if (now_s - s->since_s < RTT_PATIENCE_S)
			return false;
	}
	s->steer_us = s->measured_us;
	s->since_s = 0;
	return true;
}
