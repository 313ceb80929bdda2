/*
 * Alarms of the parent. They are kept here, silently, over the deaths of rib; rib shows and logs
 * them with its own.
 */
#include <stdio.h>
#include <string.h>

#include "bgpd/conf/report.h"
#include "bgpd/parent/state.h"

#define FILE_SHOWN 48 /* octets of a path in the source of an alarm */

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

/* Where a note of a configuration stands: of a long path its end says more. */
static void
note_source(const struct conf_note *note, char source[ALARM_SOURCE_MAX])
{
	size_t len = strlen(note->file);

	snprintf(source, ALARM_SOURCE_MAX, "%.*s:%u", FILE_SHOWN,
	    note->file + (len > FILE_SHOWN ? len - FILE_SHOWN : 0), note->line);
}

static bool
has_note(const struct conf_report *report, const struct conf_note *note)
{
	for (size_t i = 0; i < report->count; i++)
		if (report->notes[i].alarm == note->alarm && report->notes[i].line == note->line &&
		    strcmp(report->notes[i].file, note->file) == 0)
			return true;
	return false;
}

void
alarms_of_conf_add(struct parent *p, const struct conf_report *report)
{
	char source[ALARM_SOURCE_MAX];

	for (size_t i = 0; i < report->count; i++) {
		const struct conf_note *note = &report->notes[i];

		if (note->alarm == -1)
			continue;
		note_source(note, source);
		alarms_raise(p, (enum alarm)note->alarm, source, note->text);
		report_alarm(
		    &p->standing, note->alarm, note->file, note->line, note->col, "%s", note->text);
	}
}

void
alarms_of_conf(struct parent *p, const struct conf_report *report)
{
	struct conf_report before = p->standing;
	char source[ALARM_SOURCE_MAX];

	conf_report_init(&p->standing);
	alarms_of_conf_add(p, report);
	for (size_t i = 0; i < before.count; i++) {
		if (has_note(report, &before.notes[i]))
			continue;
		note_source(&before.notes[i], source);
		alarms_clear(p, (enum alarm)before.notes[i].alarm, source);
	}
	conf_report_fini(&before);
}
