/* Limits on prefixes: see limits.h. */
#include "bgpd/core/limits.h"

#include <stdio.h>

#include "bgpd/core/state.h"

static const char *const family_names[FAMILY_COUNT] = {"ipv4", "ipv6"};

/* The alarm of a threshold ends when the count has fallen this far below it, in percent. */
#define HYSTERESIS 5

static const struct {
	uint8_t percent;
	enum alarm alarm;
} thresholds[] = {{100, ALARM_LIMIT_REACHED}, {90, ALARM_LIMIT_NEAR}, {80, ALARM_LIMIT_NEAR}};

void
limits_set(struct core *c, uint32_t slot, struct table_peer *out)
{
	const struct policy_peer *peer = &c->config.policy.peers[slot];

	for (unsigned f = 0; f < FAMILY_COUNT; f++)
		out->limit[f] = policy_limit(c->now->policy, (uint16_t)slot, f);
	out->limit_accepted_only = (peer->flags & PEER_COUNT_REJECTED) == 0;
	out->limit_soft = peer->limit_action == LIMIT_WARNING;
}

/* Ends the session; the parent keeps the peer down for as long as the action says. */
static void
end_session(struct core *c, uint32_t slot, uint32_t after_s)
{
	struct channel_admin admin = {.slot = slot, .act = CHANNEL_LIMIT, .after_s = after_s};

	snprintf(admin.text, sizeof(admin.text), "maximum number of prefixes reached");
	egress_cease(c, slot, 6, 1, "maximum number of prefixes reached");
	parent_send(c, CHANNEL_ADMIN, &admin);
}

void
limits_reached(struct core *c, uint32_t slot, enum family family)
{
	const struct policy_peer *peer = &c->config.policy.peers[slot];

	event_log(EVENT_LIMIT_REACHED, c->slots[slot].name, family_names[family],
	    (uint64_t)policy_limit(c->now->policy, (uint16_t)slot, family));
	limits_watch(c, slot, family);
	if (peer->limit_action == LIMIT_SHUTDOWN)
		end_session(c, slot, 0);
	else if (peer->limit_action == LIMIT_RESTART)
		end_session(c, slot, peer->restart_after_min * 60);
}

bool
limits_may_go_on(const struct core *c, uint32_t slot)
{
	return c->slots[slot].up;
}

static uint8_t
threshold_of(const struct table_peer_view *v, uint8_t told)
{
	uint64_t percent = (uint64_t)v->counted * 100 / v->limit;

	for (size_t i = 0; i < sizeof(thresholds) / sizeof(thresholds[0]); i++) {
		uint8_t at = thresholds[i].percent;

		if (percent >= at || (told >= at && percent + HYSTERESIS >= at))
			return at;
	}
	return 0;
}

static void
tell(struct core *c, uint32_t slot, enum family family, const struct table_peer_view *v)
{
	struct core_limit *limit = &c->slots[slot].limits[family];
	char source[ALARM_SOURCE_MAX];

	snprintf(source, sizeof(source), "%s %s", c->slots[slot].name, family_names[family]);
	if (limit->percent != 100)
		alarm_clear(c->alarms, ALARM_LIMIT_REACHED, source);
	if (limit->percent == 0 || limit->percent == 100)
		alarm_clear(c->alarms, ALARM_LIMIT_NEAR, source);
	for (size_t i = 0; i < sizeof(thresholds) / sizeof(thresholds[0]); i++)
		if (limit->percent == thresholds[i].percent)
			alarm_raise(c->alarms, thresholds[i].alarm, source,
			    "%u of at most %u prefixes", v->counted, v->limit);
}

void
limits_watch(struct core *c, uint32_t slot, enum family family)
{
	struct core_limit *limit = &c->slots[slot].limits[family];
	struct table_peer_view v;
	uint8_t percent;

	table_peer_get_state(c->table, (uint16_t)slot, family, &v);
	percent = v.limit == 0 ? 0 : threshold_of(&v, limit->percent);
	if (percent == limit->percent)
		return;
	limit->percent = percent;
	tell(c, slot, family, &v);
}

void
limits_look(struct core *c, uint32_t slot, enum family family)
{
	uint8_t action = c->config.policy.peers[slot].limit_action;
	struct table_peer_view v;

	limits_watch(c, slot, family);
	table_peer_get_state(c->table, (uint16_t)slot, family, &v);
	if (v.limit != 0 && v.counted > v.limit &&
	    (action == LIMIT_SHUTDOWN || action == LIMIT_RESTART))
		limits_reached(c, slot, family);
}

void
limits_forget(struct core *c, uint32_t slot)
{
	for (unsigned f = 0; f < FAMILY_COUNT; f++) {
		c->slots[slot].limits[f].percent = 0;
		tell(c, slot, f, &(struct table_peer_view){0});
	}
}
