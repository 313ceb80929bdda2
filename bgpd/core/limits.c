/* Limits on prefixes: see limits.h. */
#include "bgpd/core/limits.h"

#include <inttypes.h>
#include <stdio.h>

#include "bgpd/core/state.h"

static const char *const family_names[FAMILY_COUNT] = {"ipv4", "ipv6"};

/* The alarm of a threshold ends when the count has fallen this far below it, in percent. */
#define HYSTERESIS 5

static const struct {
	uint8_t percent;
	enum alarm alarm;
} thresholds[] = {{100, ALARM_LIMIT_REACHED}, {90, ALARM_LIMIT_NEAR}, {80, ALARM_LIMIT_NEAR}};

#define THRESHOLDS (sizeof(thresholds) / sizeof(thresholds[0]))

const char *
limits_action_name(uint8_t action)
{
	static const char *const names[] = {[LIMIT_NONE] = "none",
	    [LIMIT_SHUTDOWN] = "shutdown",
	    [LIMIT_RESTART] = "restart",
	    [LIMIT_BLOCK] = "block",
	    [LIMIT_WARNING] = "warning"};

	return action < sizeof(names) / sizeof(names[0]) ? names[action] : "none";
}

static const struct policy_peer *
settings_of(const struct core *c, uint32_t slot)
{
	return &c->config.policy.peers[slot];
}

void
limits_set(struct core *c, uint32_t slot, struct table_peer *out)
{
	const struct policy_peer *peer = settings_of(c, slot);

	for (unsigned f = 0; f < FAMILY_COUNT; f++)
		out->limit[f] = policy_limit(c->now->policy, (uint16_t)slot, f);
	out->limit_accepted_only = (peer->flags & PEER_COUNT_REJECTED) == 0;
	out->limit_soft = peer->limit_action == LIMIT_WARNING;
}

bool
limits_may_go_on(const struct core *c, uint32_t slot)
{
	return c->slots[slot].up;
}

/* ---- passed ---- */

/*
 * Ends the session: its routes leave now; the parent remembers that the peer stays down, and has
 * its worker say so to the member.
 */
static void
end_session(struct core *c, uint32_t slot, enum family family, uint32_t limit)
{
	const struct policy_peer *peer = settings_of(c, slot);
	struct channel_admin admin = {.slot = slot,
	    .act = CHANNEL_LIMIT,
	    .after_s = peer->limit_action == LIMIT_RESTART ? peer->restart_after_min * 60 : 0,
	    .limit = limit,
	    .family = (uint8_t)family};

	snprintf(admin.text, sizeof(admin.text), "more than %u %s prefixes", limit,
	    family_names[family]);
	ingress_session_over(c, slot);
	parent_send(c, CHANNEL_ADMIN, &admin);
}

/* Once for each time that the limit is passed, and again for another action. */
static void
act(struct core *c, uint32_t slot, enum family family, const struct table_peer_view *v)
{
	struct core_limit *limit = &c->slots[slot].limits[family];
	uint8_t action = settings_of(c, slot)->limit_action;

	if (limit->acted == action)
		return;
	limit->acted = action;
	event_log(EVENT_LIMIT_REACHED, c->slots[slot].name, family_names[family], v->limit,
	    v->counted, limits_action_name(action));
	if (action == LIMIT_SHUTDOWN || action == LIMIT_RESTART)
		end_session(c, slot, family, v->limit);
}

/* ---- alarms ---- */

static uint8_t
threshold_of(const struct table_peer_view *v, uint8_t told)
{
	uint64_t percent = (uint64_t)v->counted * 100 / v->limit;

	for (size_t i = 0; i < THRESHOLDS; i++) {
		uint8_t at = thresholds[i].percent;

		if (percent >= at || (told >= at && percent + HYSTERESIS >= at))
			return at;
	}
	return 0;
}

static void
raise_alarm(struct core *c, uint8_t percent, const char *source, const struct table_peer_view *v)
{
	for (size_t i = 0; i < THRESHOLDS; i++)
		if (percent == thresholds[i].percent)
			alarm_raise(c->alarms, thresholds[i].alarm, source,
			    "%u of at most %u prefixes (%" PRIu64 " %%)", v->counted, v->limit,
			    (uint64_t)v->counted * 100 / v->limit);
}

/* v may be NULL with percent 0. */
static void
tell(struct core *c, uint32_t slot, enum family family, uint8_t percent,
    const struct table_peer_view *v)
{
	struct core_limit *limit = &c->slots[slot].limits[family];
	char source[ALARM_SOURCE_MAX];

	if (percent == limit->percent)
		return;
	snprintf(source, sizeof(source), "%s %s", c->slots[slot].name, family_names[family]);
	if (percent > limit->percent && percent < 100)
		event_log(EVENT_LIMIT_NEAR, c->slots[slot].name, family_names[family],
		    (unsigned)percent, v->limit, v->counted);
	limit->percent = percent;
	if (percent != 100)
		alarm_clear(c->alarms, ALARM_LIMIT_REACHED, source);
	if (percent == 0 || percent == 100)
		alarm_clear(c->alarms, ALARM_LIMIT_NEAR, source);
	raise_alarm(c, percent, source, v);
}

void
limits_session_begins(struct core *c, uint32_t slot, uint8_t kept)
{
	for (unsigned f = 0; f < FAMILY_COUNT; f++) {
		struct core_limit *limit = &c->slots[slot].limits[f];

		if (((kept >> f) & 1) == 0)
			tell(c, slot, f, 0, NULL);
		*limit = (struct core_limit){.percent = limit->percent};
	}
}

void
limits_session_over(struct core *c, uint32_t slot)
{
	for (unsigned f = 0; f < FAMILY_COUNT; f++) {
		tell(c, slot, f, 0, NULL);
		c->slots[slot].limits[f] = (struct core_limit){0};
	}
}

/* ---- looking ---- */

/* Counts of accepted routes mean nothing while they are being judged again. */
static bool
waits_for_verdicts(const struct core *c, uint32_t slot)
{
	return c->judging && (settings_of(c, slot)->flags & PEER_COUNT_REJECTED) == 0;
}

/* Its routes count: it is up, or its stale ones stay. */
static bool
counts(const struct core *c, uint32_t slot)
{
	return c->slots[slot].up || c->slots[slot].stale.kept != 0;
}

void
limits_watch(struct core *c, uint32_t slot, enum family family)
{
	struct core_limit *limit = &c->slots[slot].limits[family];
	struct table_peer_view v;

	if (!counts(c, slot) || waits_for_verdicts(c, slot))
		return;
	table_peer_get_state(c->table, (uint16_t)slot, family, &v);
	if (v.over_limit)
		act(c, slot, family, &v);
	else
		limit->acted = LIMIT_NONE;
	if (counts(c, slot))
		tell(c, slot, family, v.limit == 0 ? 0 : threshold_of(&v, limit->percent), &v);
}

void
limits_refused(struct core *c, uint32_t slot, enum family family)
{
	struct core_limit *limit = &c->slots[slot].limits[family];

	limit->refused++;
	limit->missing = true;
	limits_watch(c, slot, family);
}

/* The member sends once more what was ignored; it may not be able to. */
static void
ask_again(struct core *c, uint32_t slot, enum family family)
{
	struct core_limit *limit = &c->slots[slot].limits[family];
	struct log_block block = {.kind = LOG_ASK_REFRESH,
	    .family = (uint8_t)family,
	    .slot = slot,
	    .epoch = c->slots[slot].epoch};
	struct table_peer_view v;

	if (!c->slots[slot].up || !limit->missing || waits_for_verdicts(c, slot))
		return;
	table_peer_get_state(c->table, (uint16_t)slot, family, &v);
	if ((v.limit != 0 && v.counted >= v.limit) || !log_append(c->log, &block, 0))
		return;
	limit->missing = false;
	c->unpublished = true;
}

void
limits_watch_all(struct core *c)
{
	for (uint32_t slot = 0; slot < c->slot_count; slot++)
		for (unsigned f = 0; f < FAMILY_COUNT; f++) {
			limits_watch(c, slot, f);
			ask_again(c, slot, f);
		}
}
