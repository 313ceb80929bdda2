/* refresh: asks a member to send its routes again (RFC 2918), all families or one of them. */
#include <string.h>

#include "bgpd/control/query.h"
#include "bgpd/wire/msg.h"

/* The families that are asked for, of those that the session has; 0 and error where none is. */
static uint8_t
families_wanted(struct query *q, const struct core_slot *s)
{
	const char *text = query_text(q, "family");

	if (q->error[0] != '\0')
		return 0;
	if (text == NULL)
		return s->session.families;
	for (unsigned f = 0; f < FAMILY_COUNT; f++) {
		if (strcmp(text, msg_family_name(f)) != 0)
			continue;
		if ((s->session.families >> f & 1) == 0)
			query_fail(
			    q, "the session with %s does not carry %s routes", s->name, text);
		return s->session.families & (uint8_t)(1u << f);
	}
	query_fail(q, "\"%.40s\" is no family: ipv4 or ipv6, or nothing for all", text);
	return 0;
}

static const struct core_slot *
session_to_ask(struct query *q, int slot)
{
	const struct core_slot *s = &q->core->slots[slot];

	if (!s->up)
		query_fail(q, "%s is down: it sends all its routes once it is up", s->name);
	else if (!s->session.refresh)
		query_fail(q,
		    "%s has no route refresh (RFC 2918); `roostctl clear %s` has its routes sent "
		    "again, by a new session",
		    s->name, s->name);
	return q->error[0] == '\0' ? s : NULL;
}

static bool
ask(struct core *c, uint32_t slot, enum family family)
{
	struct log_block block = {.kind = LOG_ASK_REFRESH,
	    .family = (uint8_t)family,
	    .slot = slot,
	    .epoch = c->slots[slot].epoch};

	if (!log_append(c->log, &block, 0))
		return false;
	c->unpublished = true;
	return true;
}

enum query_progress
refresh_step(struct query *q)
{
	int slot = query_peer(q, "peer");
	const struct core_slot *s = slot == -1 ? NULL : session_to_ask(q, slot);
	uint8_t wanted = s == NULL ? 0 : families_wanted(q, s);
	json_t *asked;

	if (q->error[0] != '\0')
		return QUERY_DONE;
	asked = json_array();
	for (unsigned f = 0; f < FAMILY_COUNT; f++) {
		if ((wanted >> f & 1) == 0)
			continue;
		if (!ask(q->core, (uint32_t)slot, f)) {
			json_decref(asked);
			query_fail(q, "the egress log has no room now; see `roostctl show alarms`");
			return QUERY_DONE;
		}
		json_array_append_new(asked, json_string(msg_family_name(f)));
	}
	query_answer(
	    q, json_pack("{s:s,s:s,s:o}", "peer", s->name, "done", "refresh", "families", asked));
	return QUERY_DONE;
}
