/* show history: when a peer's sessions began and ended, and who said what. The last ones are a part
 * of show peer, too. */
#include "bgpd/control/history.h"

#include "bgpd/control/query.h"
#include "bgpd/control/render.h"
#include "bgpd/core/history.h"
#include "bgpd/wire/notification.h"

static json_t *
render_notification(uint8_t code, uint8_t subcode)
{
	if (code == 0)
		return json_null();
	return json_pack("{s:i,s:i,s:s,s:o}", "code", (int)code, "subcode", (int)subcode, "name",
	    notification_code_name(code), "subcode_name",
	    subcode == 0 ? json_null() : json_string(notification_subcode_name(code, subcode)));
}

/* Who ended it; nobody where a connection just failed. */
static json_t *
render_who(const struct history_entry *e)
{
	if (e->what == HISTORY_UP || e->code == 0)
		return json_null();
	return json_string(e->end == END_RECEIVED ? "member" : "server");
}

static json_t *
render_entry(const struct history_entry *e)
{
	static const char *const events[] = {[HISTORY_UP] = "up",
	    [HISTORY_DOWN] = "down",
	    [HISTORY_REFUSED] = "refused",
	    [HISTORY_GIVEN_UP] = "given up"};

	return json_pack("{s:o,s:o,s:I,s:I,s:s,s:o,s:o,s:o,s:o,s:o}", "time",
	    render_time(e->first_s), "last", render_time(e->last_s), "count", (json_int_t)e->count,
	    "others", (json_int_t)e->others, "event", events[e->what], "by", render_who(e),
	    "notification", render_notification(e->code, e->subcode), "carried",
	    render_notification(e->inner_code, e->inner_subcode), "kept_stale",
	    render_families(e->kept), "text", render_text(e->text));
}

json_t *
history_render(const struct core *c, uint32_t slot, unsigned last)
{
	const struct history *h = c->slots[slot].history;
	unsigned count = history_count(h);
	json_t *list = json_array();

	for (unsigned i = count > last ? count - last : 0; i < count; i++)
		json_array_append_new(list, render_entry(history_get(h, i)));
	return list;
}

enum query_progress
history_step(struct query *q)
{
	json_t *list = history_render(q->core, (uint32_t)q->from, HISTORY_MAX), *entry;
	size_t i;

	json_array_foreach(list, i, entry) query_answer(q, json_incref(entry));
	json_decref(list);
	return QUERY_DONE;
}
