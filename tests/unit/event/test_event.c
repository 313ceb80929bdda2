/*
 * The event and alarm tables, their lines, the limiter, the set of standing alarms.
 */
#include <check.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bgpd/event.h"

#define MINUTE 60000u

static int capture_ends[2], capture_saved;

static void
capture_start(void)
{
	capture_saved = dup(STDERR_FILENO);
	ck_assert_int_eq(pipe(capture_ends), 0);
	ck_assert_int_ge(dup2(capture_ends[1], STDERR_FILENO), 0);
	close(capture_ends[1]);
}

/* What has been written since capture_start(), the time of the first line cut off. */
static const char *
capture_stop(void)
{
	static char out[65536];
	ssize_t got;
	size_t len = 0;

	ck_assert_int_ge(dup2(capture_saved, STDERR_FILENO), 0);
	close(capture_saved);
	while ((got = read(capture_ends[0], out + len, sizeof(out) - 1 - len)) > 0)
		len += (size_t)got;
	close(capture_ends[0]);
	out[len] = '\0';
	return len > 25 ? out + 25 : out;
}

static size_t
lines_of(const char *text)
{
	size_t lines = 0;

	for (; *text != '\0'; text++)
		lines += *text == '\n';
	return lines;
}

static bool
is_name(const char *text)
{
	return *text != '\0' && strspn(text, "abcdefghijklmnopqrstuvwxyz-") == strlen(text);
}

/* Every row's fields are "key=%conversion" with a conversion that event.c knows. */
static bool
fields_are_known(const char *fields)
{
	while (*fields != '\0') {
		size_t key = strspn(fields, "abcdefghijklmnopqrstuvwxyz_");

		if (key == 0 || fields[key] != '=' || fields[key + 1] != '%')
			return false;
		fields += key + 2;
		fields += strspn(fields, "hlz");
		if (*fields == '\0' || strchr("diuxcs", *fields) == NULL)
			return false;
		fields++;
		if (*fields == ' ')
			fields++;
		else if (*fields != '\0')
			return false;
	}
	return true;
}

START_TEST(event_rows_are_sound)
{
	int i, j;

	for (i = 0; i < EVENT_COUNT; i++) {
		const struct event_row *row = event_row((enum event_kind)i);

		ck_assert_msg(is_name(row->name), "%s", row->name);
		ck_assert_msg(is_name(row->source_key), "%s", row->name);
		ck_assert_msg(fields_are_known(row->fields), "%s: %s", row->name, row->fields);
		ck_assert(row->level < LOG_LEVEL_COUNT);
		for (j = 0; j < i; j++)
			ck_assert_str_ne(row->name, event_row((enum event_kind)j)->name);
	}
	ck_assert_ptr_null(event_row(EVENT_COUNT));
}
END_TEST

START_TEST(alarm_rows_are_sound)
{
	int i, j;

	for (i = 0; i < ALARM_COUNT; i++) {
		const struct alarm_row *row = alarm_row((enum alarm)i);

		ck_assert_msg(is_name(row->name), "%s", row->name);
		ck_assert_uint_gt(strlen(row->text), 10);
		ck_assert_uint_gt(strlen(row->advice), 10);
		for (j = 0; j < i; j++)
			ck_assert_str_ne(row->name, alarm_row((enum alarm)j)->name);
	}
	ck_assert_ptr_null(alarm_row(ALARM_COUNT));
}
END_TEST

START_TEST(line_has_source_and_fields)
{
	capture_start();
	event_log(EVENT_SESSION_DOWN, "192.0.2.10", 4200000000u, "hold timer expired");
	ck_assert_str_eq(capture_stop(),
	    "warning session-down peer=192.0.2.10 as=4200000000 "
	    "reason=\"hold timer expired\"\n");
}
END_TEST

START_TEST(line_takes_every_width)
{
	capture_start();
	event_log(EVENT_CONF_LOADED, "/etc/roost.yml", 7u, (size_t)12, (size_t)0);
	event_log(EVENT_PEER_RECOVERED, NULL, UINT64_MAX, (uint64_t)1);
	event_log(EVENT_CHILD_DIED, "rib", -1, "signal 9");
	ck_assert_ptr_nonnull(strstr(capture_stop(), "peers=12 warnings=0\n"));
}
END_TEST

START_TEST(line_without_source)
{
	capture_start();
	event_log(EVENT_PEER_RECOVERED, NULL, UINT64_MAX, (uint64_t)1);
	ck_assert_str_eq(
	    capture_stop(), "notice peer-recovered owed=18446744073709551615 after_s=1\n");
}
END_TEST

START_TEST(foreign_text_cannot_forge_a_line)
{
	const char *out;

	capture_start();
	event_log(EVENT_SESSION_DOWN, "x\ny", 1u, "bye\"\n2026-11-23T11:00:00.000Z critical x");
	out = capture_stop();
	ck_assert_uint_eq(lines_of(out), 1);
	ck_assert_ptr_nonnull(strstr(out, "bye\\\"\\x0a2026"));
}
END_TEST

START_TEST(level_silences_but_counts)
{
	uint64_t before = event_count(EVENT_SESSION_STATE);

	log_set_level(LOG_LEVEL_INFO);
	capture_start();
	event_log(EVENT_SESSION_STATE, "192.0.2.1", "Idle", "Connect", "start");
	ck_assert_str_eq(capture_stop(), "");
	log_set_level(LOG_LEVEL_DEBUG);
	capture_start();
	event_log(EVENT_SESSION_STATE, "192.0.2.1", "Idle", "Connect", "start");
	ck_assert_uint_eq(lines_of(capture_stop()), 1);
	ck_assert_uint_eq(event_count(EVENT_SESSION_STATE), before + 2);
}
END_TEST

START_TEST(repeated_lines_are_held_back_and_summed)
{
	const char *out;
	int i;

	capture_start();
	for (i = 0; i < 100; i++)
		event_log(EVENT_CONNECTION_UNKNOWN, "203.0.113.9", "192.0.2.1");
	event_flush(true);
	out = capture_stop();
	ck_assert_uint_eq(lines_of(out), event_row(EVENT_CONNECTION_UNKNOWN)->limit + 1);
	ck_assert_ptr_nonnull(strstr(out,
	    "notice suppressed source=203.0.113.9 "
	    "event=connection-unknown count=97 window_s=60\n"));
	ck_assert_uint_eq(event_count(EVENT_CONNECTION_UNKNOWN), 100);
}
END_TEST

struct sums {
	unsigned calls;
	uint64_t held_back;
	char source[64];
};

static void
note_sum(void *arg, enum event_kind event, const char *source, uint64_t held_back)
{
	struct sums *sums = arg;

	ck_assert(event < EVENT_COUNT);
	sums->calls++;
	sums->held_back += held_back;
	snprintf(sums->source, sizeof(sums->source), "%s", source);
}

START_TEST(limit_is_per_source_and_minute)
{
	struct sums sums = {0};
	struct event_limits *limits = event_limits_new(note_sum, &sums);
	unsigned i, limit = event_row(EVENT_GARBAGE)->limit;

	for (i = 0; i < limit; i++)
		ck_assert(event_limits_take(limits, EVENT_GARBAGE, "a", i));
	ck_assert(!event_limits_take(limits, EVENT_GARBAGE, "a", limit));
	ck_assert(event_limits_take(limits, EVENT_GARBAGE, "b", limit));
	ck_assert(event_limits_take(limits, EVENT_OPEN_REFUSED, "a", limit));
	ck_assert(!event_limits_take(limits, EVENT_GARBAGE, "a", MINUTE - 1));
	ck_assert_uint_eq(sums.calls, 0);
	ck_assert(event_limits_take(limits, EVENT_GARBAGE, "a", MINUTE));
	ck_assert_uint_eq(sums.calls, 1);
	ck_assert_uint_eq(sums.held_back, 2);
	ck_assert_str_eq(sums.source, "a");
	event_limits_free(limits);
}
END_TEST

START_TEST(no_limit_means_none)
{
	struct event_limits *limits = event_limits_new(note_sum, NULL);
	int i;

	ck_assert_uint_eq(event_row(EVENT_START)->limit, 0);
	for (i = 0; i < 1000; i++)
		ck_assert(event_limits_take(limits, EVENT_START, "a", 0));
	event_limits_free(limits);
}
END_TEST

START_TEST(many_sources_gain_nothing)
{
	struct sums sums = {0};
	struct event_limits *limits = event_limits_new(note_sum, &sums);
	unsigned i, let = 0,
		    total = event_row(EVENT_CONNECTION_UNKNOWN)->limit * EVENT_TOTAL_FACTOR;
	char source[32];

	for (i = 0; i < 100000; i++) {
		snprintf(source, sizeof(source), "source-%u", i);
		let += event_limits_take(limits, EVENT_CONNECTION_UNKNOWN, source, MINUTE + 1);
	}
	ck_assert_uint_eq(let, total);
	event_limits_flush(limits, MINUTE + 2, false);
	ck_assert_uint_eq(sums.calls, 0);
	event_limits_flush(limits, 2 * MINUTE + 1, false);
	ck_assert_uint_eq(sums.calls, 1);
	ck_assert_uint_eq(sums.held_back, 100000 - total);
	event_limits_free(limits);
}
END_TEST

/* Whatever order they come in, an event is either let through or in a sum, exactly once. */
START_TEST(nothing_is_lost_between_lines_and_sums)
{
	struct sums sums = {0};
	struct event_limits *limits = event_limits_new(note_sum, &sums);
	uint64_t now = 0, asked = 0, let = 0;
	uint32_t random = 12345;
	char source[128];
	int i;

	for (i = 0; i < 200000; i++) {
		enum event_kind event;

		random = random * 1664525 + 1013904223;
		event = (enum event_kind)((random >> 8) % EVENT_COUNT);
		if (event_row(event)->limit == 0)
			continue;
		snprintf(source, sizeof(source), "%0*u", (int)(random % 100), random >> 16);
		now += (random >> 4) % 100;
		asked++;
		let += event_limits_take(limits, event, source, now);
	}
	event_limits_flush(limits, now, true);
	ck_assert_uint_gt(sums.held_back, 0);
	ck_assert_uint_eq(let + sums.held_back, asked);
	event_limits_flush(limits, now, true);
	ck_assert_uint_eq(let + sums.held_back, asked);
	event_limits_free(limits);
}
END_TEST

START_TEST(alarm_stands_until_cleared)
{
	struct alarm_set *set = alarm_set_new(4);
	const struct alarm_entry *alarm;
	const char *out;

	capture_start();
	ck_assert(alarm_raise(set, ALARM_PEER_LAGGING, "192.0.2.1", "owed %d", 5));
	ck_assert(!alarm_raise(set, ALARM_PEER_LAGGING, "192.0.2.1", "owed %d", 6));
	ck_assert(alarm_raise(set, ALARM_PEER_LAGGING, "192.0.2.2", "owed %d", 1));
	ck_assert(alarm_raise(set, ALARM_NO_POLICY, "192.0.2.1", "none"));
	ck_assert_uint_eq(alarm_count(set), 3);
	alarm = alarm_get(set, 0);
	ck_assert_int_eq((int)alarm->alarm, ALARM_PEER_LAGGING);
	ck_assert_str_eq(alarm->source, "192.0.2.1");
	ck_assert_str_eq(alarm->text, "owed 6");
	ck_assert_uint_eq(alarm->raised, 2);
	ck_assert_uint_gt(alarm->since_ms, 0);
	ck_assert(alarm_clear(set, ALARM_PEER_LAGGING, "192.0.2.1"));
	ck_assert(!alarm_clear(set, ALARM_PEER_LAGGING, "192.0.2.1"));
	ck_assert_str_eq(alarm_get(set, 0)->source, "192.0.2.2");
	ck_assert_int_eq((int)alarm_get(set, 1)->alarm, ALARM_NO_POLICY);
	ck_assert_ptr_null(alarm_get(set, 2));
	out = capture_stop();
	ck_assert_uint_eq(lines_of(out), 4);
	ck_assert_ptr_nonnull(strstr(out,
	    "alarm-raised source=192.0.2.1 alarm=peer-lagging "
	    "text=\"owed 5\"\n"));
	ck_assert_ptr_nonnull(strstr(out, "alarm-cleared source=192.0.2.1 alarm=peer-lagging"));
	alarm_set_free(set);
}
END_TEST

START_TEST(alarm_set_is_bounded)
{
	struct alarm_set *set = alarm_set_new(2);
	char longest[1000];

	log_set_level(LOG_LEVEL_CRITICAL);
	memset(longest, 'x', sizeof(longest));
	longest[sizeof(longest) - 1] = '\0';
	ck_assert(alarm_raise(set, ALARM_NO_POLICY, longest, "%s", longest));
	ck_assert(!alarm_raise(set, ALARM_NO_POLICY, longest, "%s", longest));
	ck_assert(alarm_raise(set, ALARM_NO_POLICY, "b", "x"));
	ck_assert(!alarm_raise(set, ALARM_NO_POLICY, "c", "x"));
	ck_assert(!alarm_raise(set, ALARM_NO_POLICY, "b", "still known"));
	ck_assert_str_eq(alarm_get(set, 1)->text, "still known");
	ck_assert_uint_eq(alarm_count(set), 2);
	ck_assert_uint_eq(alarm_lost(set), 1);
	ck_assert(alarm_clear(set, ALARM_NO_POLICY, longest));
	ck_assert(alarm_raise(set, ALARM_NO_POLICY, "c", "x"));
	alarm_set_free(set);
}
END_TEST

START_TEST(muted_alarms_write_no_line)
{
	struct alarm_set *set = alarm_set_new(2);

	alarm_set_mute(set);
	capture_start();
	ck_assert(alarm_raise(set, ALARM_NO_POLICY, "a", "x"));
	ck_assert(alarm_clear(set, ALARM_NO_POLICY, "a"));
	ck_assert_str_eq(capture_stop(), "");
	alarm_set_free(set);
}
END_TEST

START_TEST(alarm_of_no_row_is_ignored)
{
	struct alarm_set *set = alarm_set_new(2);

	ck_assert(!alarm_raise(set, ALARM_COUNT, "a", "x"));
	ck_assert(!alarm_clear(set, ALARM_COUNT, "a"));
	ck_assert_uint_eq(alarm_count(set), 0);
	alarm_set_free(set);
}
END_TEST

static Suite *
event_suite(void)
{
	const TTest *const tests[] = {event_rows_are_sound, alarm_rows_are_sound,
	    line_has_source_and_fields, line_takes_every_width, line_without_source,
	    foreign_text_cannot_forge_a_line, level_silences_but_counts,
	    repeated_lines_are_held_back_and_summed, limit_is_per_source_and_minute,
	    no_limit_means_none, many_sources_gain_nothing, nothing_is_lost_between_lines_and_sums,
	    alarm_stands_until_cleared, alarm_set_is_bounded, muted_alarms_write_no_line,
	    alarm_of_no_row_is_ignored};
	Suite *suite = suite_create("event");
	TCase *tcase = tcase_create("event");
	size_t i;

	for (i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		tcase_add_test(tcase, tests[i]);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	SRunner *runner = srunner_create(event_suite());
	int failed;

	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
