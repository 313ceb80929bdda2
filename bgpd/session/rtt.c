/* The round-trip time of one session: see rtt.h. */
#include "bgpd/session/rtt.h"

static uint32_t
floor_us(const struct rtt *r)
{
	return r->before_us != 0 && r->before_us < r->least_us ? r->before_us : r->least_us;
}

void
rtt_sample(struct rtt *r, uint32_t sample_us, uint64_t now_ms)
{
	if (sample_us == 0)
		return;
	if (r->least_us == 0) {
		*r =
		    (struct rtt){.window_ms = now_ms, .least_us = sample_us, .told_us = r->told_us};
		r->smooth_us = sample_us;
		return;
	}
	if (now_ms - r->window_ms >= RTT_WINDOW_MS) {
		r->before_us = r->least_us;
		r->least_us = sample_us;
		r->window_ms = now_ms;
	}
	if (sample_us < r->least_us)
		r->least_us = sample_us;
	/* Rounded towards the floor, so that it gets there. */
	if (floor_us(r) < r->smooth_us)
		r->smooth_us -= (r->smooth_us - floor_us(r) + 7) / 8;
	else
		r->smooth_us += (floor_us(r) - r->smooth_us + 7) / 8;
}

bool
rtt_is_news(const struct rtt *r)
{
	uint32_t a = r->smooth_us, b = r->told_us, off = a > b ? a - b : b - a;

	return a != 0 && (b == 0 || off > b / 10);
}
