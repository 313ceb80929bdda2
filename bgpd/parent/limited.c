/*
 * Peers that are down because they had too many prefixes: until a time, or until an operator says
 * so, over reloads and restarts of the daemon. The parent.
 *
 *   rib: LIMIT --> slots.h: limited, until when --SAVE_MS--> state file --next start--> slots.h
 *                     |
 *                     +-- its time is over, CLEAR, ENABLE, peer removed --> may come back
 *
 * Time runs by the monotonic clock here and by the wall clock in the file: what was left of a time
 * when the daemon ended goes on while it does not run.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bgpd/clock.h"
#include "bgpd/ipc/bug.h"
#include "bgpd/parent/state.h"
#include "bgpd/parent/statefile.h"

#define SAVE_MS	      20    /* one write for many that change together */
#define SAVE_AGAIN_MS 60000 /* after a failure */
/* The longest restart_after: a clock that was wrong when the file was written adds no more. */
#define LEFT_MAX_S (10080u * 60u)

/* ---- the file ---- */

static uint64_t
wall_s(void)
{
	return clock_wall_ms() / 1000;
}

static void
save_later(struct parent *p, uint64_t ms)
{
	struct timeval wait = parent_timeval(ms);

	event_add(p->save_state, &wait);
}

static void
add_limit(const struct parent *p, uint32_t slot, struct statefile_limit *out)
{
	const struct conf_peer *peer = conf_peer(p->conf, slot);
	uint64_t until_ms = slots_limit_until_ms(p->slots, slot), now_ms = parent_now_ms();

	out->address = peer->address;
	out->asn = peer->asn;
	if (until_ms != UINT64_MAX)
		out->until_s = wall_s() + (until_ms > now_ms ? (until_ms - now_ms) / 1000 : 0) + 1;
	snprintf(out->text, sizeof(out->text), "%s", slots_limit_text(p->slots, slot));
}

static void
save(struct parent *p)
{
	const char *path = conf_daemon(p->conf)->state_file;
	char error[STATEFILE_ERROR_MAX];
	struct statefile state = {0};

	event_del(p->save_state);
	state.limits = bug_calloc(slots_count(p->slots) + 1, sizeof(*state.limits));
	for (uint32_t slot = 0; slot < slots_count(p->slots); slot++)
		if (slots_is_limited(p->slots, slot) && conf_peer(p->conf, slot) != NULL)
			add_limit(p, slot, &state.limits[state.count++]);
	if (statefile_write(path, &state, error) == 0) {
		alarms_clear(p, ALARM_STATE_NOT_KEPT, path);
	} else {
		event_log(EVENT_STATE_FILE, path, error);
		alarms_raise(p, ALARM_STATE_NOT_KEPT, path, error);
		save_later(p, SAVE_AGAIN_MS);
	}
	statefile_fini(&state);
}

static void
save_is_due(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	save(arg);
}

/* ---- down ---- */

/* after_s: 0 = until an operator says so. */
static void
keep_down(struct parent *p, uint32_t slot, uint64_t after_s, const char *text)
{
	char peer[ALARM_SOURCE_MAX];

	peer_format(p, slot, peer);
	slots_limit(
	    p->slots, slot, after_s == 0 ? UINT64_MAX : parent_now_ms() + after_s * 1000, text);
	event_log(EVENT_PEER_LIMITED, peer, (unsigned)after_s, text);
	alarms_raise(p, ALARM_PEER_LIMITED, peer, text);
}

void
limited_begin(struct parent *p, const struct channel_admin *admin)
{
	keep_down(p, admin->slot, admin->after_s, admin->text);
	connect_cancel(p, admin->slot);
	save_later(p, SAVE_MS);
}

bool
limited_lift(struct parent *p, uint32_t slot, const char *peer)
{
	if (!slots_is_limited(p->slots, slot))
		return false;
	slots_limit(p->slots, slot, 0, NULL);
	alarms_clear(p, ALARM_PEER_LIMITED, peer);
	save_later(p, SAVE_MS);
	return true;
}

void
limited_end_due(struct parent *p)
{
	struct channel_admin admin = {.act = CHANNEL_ENABLE};
	char peer[ALARM_SOURCE_MAX];
	long slot = -1;

	while ((slot = slots_limit_over(p->slots, (uint32_t)(slot + 1), parent_now_ms())) != -1) {
		admin.slot = (uint32_t)slot;
		peer_format(p, admin.slot, peer);
		alarms_clear(p, ALARM_PEER_LIMITED, peer);
		save_later(p, SAVE_MS);
		/* Others may have closed the door, too. */
		if (!slots_is_disabled(p->slots, admin.slot) &&
		    !slots_is_held_down(p->slots, admin.slot))
			child_send(&p->workers[slots_worker(p->slots, admin.slot)], CHANNEL_ADMIN,
			    &admin, NULL, 0);
	}
}

/* ---- from one daemon to the next ---- */

static void
take_over(struct parent *p, const struct statefile_limit *l)
{
	long slot = conf_find_peer(p->conf, (enum family)l->address.family, l->address.addr);
	uint64_t now_s = wall_s(), left_s = 0;

	if (slot < 0 || conf_peer(p->conf, (size_t)slot)->asn != l->asn)
		return;
	if (l->until_s != 0) {
		if (l->until_s <= now_s)
			return;
		left_s = l->until_s - now_s < LEFT_MAX_S ? l->until_s - now_s : LEFT_MAX_S;
	}
	keep_down(p, (uint32_t)slot, left_s, l->text);
}

void
limited_init(struct parent *p)
{
	const char *path = conf_daemon(p->conf)->state_file;
	char error[STATEFILE_ERROR_MAX];
	struct statefile state;

	p->save_state = event_new(p->base, -1, 0, save_is_due, p);
	if (p->save_state == NULL)
		bug("limited", "no memory");
	if (statefile_read(path, &state, error) == -1) {
		event_log(EVENT_STATE_FILE, path, error);
		alarms_raise(p, ALARM_STATE_NOT_KEPT, path, error);
	}
	for (size_t i = 0; i < state.count; i++)
		take_over(p, &state.limits[i]);
	statefile_fini(&state);
}

void
limited_fini(struct parent *p)
{
	if (p->save_state == NULL)
		return;
	if (event_pending(p->save_state, EV_TIMEOUT, NULL))
		save(p);
	event_free(p->save_state);
}
