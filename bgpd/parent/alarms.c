/*
 * Alarms of the parent. They are kept here, silently, over the deaths of rib; rib shows and logs
 * them with its own.
 */
#include <stdio.h>

#include "bgpd/parent/state.h"

static void
tell(struct parent *p, enum alarm alarm, const char *source, bool raise, const char *text)
{
	struct channel_alarm message = {.alarm = alarm, .raise = raise};

	snprintf(message.source, sizeof(message.source), "%s", source);
	snprintf(message.text, sizeof(message.text), "%s", text);
	child_send(&p->rib, CHANNEL_ALARM, &message, NULL, 0);
}

void
alarms_raise(struct parent *p, enum alarm alarm, const char *source, const char *text)
{
	alarm_raise(p->alarms, alarm, source, "%s", text);
	tell(p, alarm, source, true, text);
}

void
alarms_clear(struct parent *p, enum alarm alarm, const char *source)
{
	if (alarm_clear(p->alarms, alarm, source))
		tell(p, alarm, source, false, "");
}

void
alarms_tell(struct parent *p)
{
	size_t i;

	for (i = 0; i < alarm_count(p->alarms); i++) {
		const struct alarm_entry *entry = alarm_get(p->alarms, i);

		tell(p, entry->alarm, entry->source, true, entry->text);
	}
}
