/* clear, shutdown, enable, log level: orders, passed to the parent, which keeps the state. */
#include <stdio.h>
#include <string.h>

#include "bgpd/control/query.h"

static enum query_progress
send_admin(struct query *q, enum channel_admin_act act, const char *text)
{
	struct channel_admin admin = {.act = act};
	int slot = query_peer(q, "peer");

	if (slot == -1)
		return QUERY_DONE;
	if (text != NULL && strlen(text) >= sizeof(admin.text)) {
		query_fail(q, "the text is longer than %zu octets", sizeof(admin.text) - 1);
		return QUERY_DONE;
	}
	admin.slot = (uint32_t)slot;
	snprintf(admin.text, sizeof(admin.text), "%s", text != NULL ? text : "");
	/* The worker of a member that is away has no session to end. */
	if (act != CHANNEL_ENABLE)
		restart_give_up(q->core, admin.slot, "an operator ended it");
	parent_send(q->core, CHANNEL_ADMIN, &admin);
	query_answer(
	    q, json_pack("{s:s,s:s}", "peer", q->core->slots[slot].name, "done", q->command->name));
	return QUERY_DONE;
}

enum query_progress
clear_step(struct query *q)
{
	return send_admin(q, CHANNEL_CLEAR, NULL);
}

enum query_progress
shutdown_step(struct query *q)
{
	const char *text = query_text(q, "text");

	return q->error[0] != '\0' ? QUERY_DONE : send_admin(q, CHANNEL_DISABLE, text);
}

enum query_progress
enable_step(struct query *q)
{
	return send_admin(q, CHANNEL_ENABLE, NULL);
}

enum query_progress
log_level_step(struct query *q)
{
	const char *text = query_text(q, "level");
	struct channel_number number;
	enum log_level level;

	if (text == NULL || !log_level_parse(text, &level)) {
		query_fail(q, "a level is one of debug, info, notice, warning, error, critical");
		return QUERY_DONE;
	}
	event_log(EVENT_LOG_LEVEL, "roostctl", log_level_name(log_get_level()), text);
	log_set_level(level);
	number.number = level;
	parent_send(q->core, CHANNEL_LOG_LEVEL, &number);
	query_answer(q, json_pack("{s:s}", "level", text));
	return QUERY_DONE;
}
