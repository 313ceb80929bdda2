/* clear, shutdown, enable, log level: orders, passed to the parent, which keeps the state. */
#include <stdio.h>
#include <string.h>

#include "bgpd/control/query.h"
#include "bgpd/utf8.h"
#include "bgpd/wire/notification.h"

/* True for a text that would write into the terminal of whoever reads it at the other end. */
static bool
has_invisible(const char *text)
{
	size_t left = strlen(text), len;
	uint32_t character;

	for (; left > 0; text += len, left -= len) {
		len = utf8_decode(text, left, &character);
		if (len == 0 || utf8_is_invisible(character))
			return true;
	}
	return false;
}

/* What the operator does not see otherwise: that the member is not sent all of the text. */
static void
note_cut_text(const struct core *c, uint32_t slot, const char *text, json_t *answer)
{
	bool is_long = (c->config.slots[slot].flags & SLOT_LONG_SHUTDOWN_TEXT) != 0;
	size_t sent = utf8_cut(text, NOTIFICATION_TEXT_SEND_MAX);

	if (c->slots[slot].up && !is_long && sent < strlen(text))
		json_object_set_new(answer, "note",
		    json_sprintf("the member is sent the first %zu octets of the text, what every "
				 "router takes; long_shutdown_text lets it have %d",
			sent, NOTIFICATION_TEXT_LONG_MAX));
}

static enum query_progress
send_admin(struct query *q, enum channel_admin_act act, const char *text)
{
	struct channel_admin admin = {.act = act};
	int slot = query_peer(q, "peer");
	json_t *answer;

	if (slot == -1)
		return QUERY_DONE;
	if (text != NULL && strlen(text) >= sizeof(admin.text)) {
		query_fail(q, "the text is longer than %zu octets", sizeof(admin.text) - 1);
		return QUERY_DONE;
	}
	if (text != NULL && has_invisible(text)) {
		query_fail(q,
		    "the text has a line break, a tab or another character that shows "
		    "nothing; leave it out");
		return QUERY_DONE;
	}
	admin.slot = (uint32_t)slot;
	snprintf(admin.text, sizeof(admin.text), "%s", text != NULL ? text : "");
	/* The worker of a member that is away has no session to end. */
	if (act != CHANNEL_ENABLE)
		restart_give_up(q->core, admin.slot, "an operator ended it");
	parent_send(q->core, CHANNEL_ADMIN, &admin);
	answer =
	    json_pack("{s:s,s:s}", "peer", q->core->slots[slot].name, "done", q->command->name);
	note_cut_text(q->core, admin.slot, admin.text, answer);
	query_answer(q, answer);
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
