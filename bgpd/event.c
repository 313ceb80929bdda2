/*
 * Events and alarms: the tables of event.h made into rows, their lines, their limits. Any process.
 *
 * The limiter is a table of 128 buckets of 4 entries, one entry per (event, source):
 *
 *   hash(event, source) -> | entry | entry | entry | entry |   the one whose minute began first
 *                                                              makes room for a new one
 * and one window per event over all its sources. It never allocates and never grows. An event over
 * its total touches no entry, so that many sources cannot churn the table.
 */
#include "bgpd/event.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bgpd/clock.h"

#define WINDOW_MS      60000u
#define BUCKETS	       128u
#define BUCKET_ENTRIES 4u
#define SOURCE_MAX     64

static const struct event_row event_rows[EVENT_COUNT] = {
#define EVENT_ROW(e, name, level, key, fields, limit) \
	[EVENT_##e] = {name, LOG_LEVEL_##level, key, EVENT_##e##_format, limit},
    EVENT_ROWS(EVENT_ROW)
#undef EVENT_ROW
};

static const struct alarm_row alarm_rows[ALARM_COUNT] = {
#define ALARM_ROW(a, name, level, text, advice) \
	[ALARM_##a] = {name, LOG_LEVEL_##level, text, advice},
    ALARM_ROWS(ALARM_ROW)
#undef ALARM_ROW
};

/* A minute of one source, or of one event over all of them. */
struct window {
	uint64_t start_ms;
	uint64_t held_back;
	unsigned let_through;
};

struct entry {
	bool used;
	enum event_kind event;
	char source[SOURCE_MAX];
	struct window window;
};

struct event_limits {
	event_sum_cb *sum;
	void *arg;
	struct window totals[EVENT_COUNT];
	struct entry entries[BUCKETS][BUCKET_ENTRIES];
};

static void write_sum(void *arg, enum event_kind, const char *source, uint64_t held_back);

static struct event_limits process_limits = {.sum = write_sum};
static uint64_t counts[EVENT_COUNT];

const struct event_row *
event_row(enum event_kind event)
{
	return event < EVENT_COUNT ? &event_rows[event] : NULL;
}

const struct alarm_row *
alarm_row(enum alarm alarm)
{
	return alarm < ALARM_COUNT ? &alarm_rows[alarm] : NULL;
}

/* --- the limiter --- */

struct event_limits *
event_limits_new(event_sum_cb *sum, void *arg)
{
	struct event_limits *limits = calloc(1, sizeof(*limits));

	if (limits == NULL)
		abort();
	limits->sum = sum;
	limits->arg = arg;
	return limits;
}

void
event_limits_free(struct event_limits *limits)
{
	free(limits);
}

/* FNV-1a. Collisions cost a stranger's own lines, nothing else. */
static unsigned
bucket_of(enum event_kind event, const char *source)
{
	uint32_t hash = 2166136261u ^ (uint32_t)event;

	for (; *source != '\0'; source++)
		hash = (hash ^ (unsigned char)*source) * 16777619u;
	return (hash ^ hash >> 16) % BUCKETS;
}

static void
window_open(struct window *window, uint64_t now_ms)
{
	window->start_ms = now_ms;
	window->held_back = 0;
	window->let_through = 0;
}

static bool
window_is_over(const struct window *window, uint64_t now_ms)
{
	return now_ms - window->start_ms >= WINDOW_MS;
}

static void
entry_sum(struct event_limits *limits, struct entry *entry)
{
	if (entry->window.held_back > 0)
		limits->sum(limits->arg, entry->event, entry->source, entry->window.held_back);
	entry->window.held_back = 0;
}

/* The entry of (event, source), made where there is none. */
static struct entry *
entry_find(struct event_limits *limits, enum event_kind event, const char *source, uint64_t now_ms)
{
	struct entry *bucket = limits->entries[bucket_of(event, source)];
	struct entry *oldest = &bucket[0];
	unsigned i;

	for (i = 0; i < BUCKET_ENTRIES; i++) {
		if (bucket[i].used && bucket[i].event == event &&
		    strcmp(bucket[i].source, source) == 0)
			return &bucket[i];
		if (!oldest->used)
			continue;
		if (!bucket[i].used || bucket[i].window.start_ms < oldest->window.start_ms)
			oldest = &bucket[i];
	}
	if (oldest->used)
		entry_sum(limits, oldest);
	oldest->used = true;
	oldest->event = event;
	memcpy(oldest->source, source, strlen(source) + 1);
	window_open(&oldest->window, now_ms);
	return oldest;
}

bool
event_limits_take(
    struct event_limits *limits, enum event_kind event, const char *source, uint64_t now_ms)
{
	struct window *total = &limits->totals[event];
	unsigned limit = event_rows[event].limit;
	char key[SOURCE_MAX];
	struct entry *entry;

	if (limit == 0)
		return true;
	if (window_is_over(total, now_ms)) {
		if (total->held_back > 0)
			limits->sum(limits->arg, event, "(all)", total->held_back);
		window_open(total, now_ms);
	}
	if (total->let_through >= limit * EVENT_TOTAL_FACTOR) {
		total->held_back++;
		return false;
	}
	snprintf(key, sizeof(key), "%s", source == NULL ? "" : source);
	entry = entry_find(limits, event, key, now_ms);
	if (window_is_over(&entry->window, now_ms)) {
		entry_sum(limits, entry);
		window_open(&entry->window, now_ms);
	}
	if (entry->window.let_through >= limit) {
		entry->window.held_back++;
		return false;
	}
	entry->window.let_through++;
	total->let_through++;
	return true;
}

void
event_limits_flush(struct event_limits *limits, uint64_t now_ms, bool all)
{
	unsigned i;

	for (i = 0; i < EVENT_COUNT; i++) {
		struct window *total = &limits->totals[i];

		if (total->held_back > 0 && (all || window_is_over(total, now_ms))) {
			limits->sum(limits->arg, (enum event_kind)i, "(all)", total->held_back);
			total->held_back = 0;
		}
	}
	for (i = 0; i < BUCKETS * BUCKET_ENTRIES; i++) {
		struct entry *entry = &limits->entries[i / BUCKET_ENTRIES][i % BUCKET_ENTRIES];

		if (!entry->used || !(all || window_is_over(&entry->window, now_ms)))
			continue;
		entry_sum(limits, entry);
		if (window_is_over(&entry->window, now_ms))
			entry->used = false;
	}
}

/* --- lines --- */

static uint64_t
monotonic_ms(void)
{
	return clock_us() / 1000;
}

/* One conversion of a row's fields: d, i, u, x, c or s, its argument being size octets wide. */
struct conversion {
	char kind;
	char size; /* 'i' int, 'l' long, 'q' long long, 'z' size_t */
};

/* Reads the conversion behind a '%'; returns what follows it. */
static const char *
read_conversion(const char *p, struct conversion *out)
{
	out->size = 'i';
	for (; strchr("hlz", *p) != NULL && *p != '\0'; p++) {
		if (*p == 'l')
			out->size = out->size == 'l' ? 'q' : 'l';
		else if (*p == 'z')
			out->size = 'z';
	}
	out->kind = *p;
	return p + 1;
}

static intmax_t
take_signed(char size, va_list *args)
{
	switch (size) {
	case 'l':
		return va_arg(*args, long);
	case 'q':
		return va_arg(*args, long long);
	case 'z':
		return va_arg(*args, ssize_t);
	default:
		return va_arg(*args, int);
	}
}

static uintmax_t
take_unsigned(char size, va_list *args)
{
	switch (size) {
	case 'l':
		return va_arg(*args, unsigned long);
	case 'q':
		return va_arg(*args, unsigned long long);
	case 'z':
		return va_arg(*args, size_t);
	default:
		return va_arg(*args, unsigned);
	}
}

static void
add_argument(struct log_line *line, struct conversion conversion, va_list *args)
{
	char text[32];

	switch (conversion.kind) {
	case 's':
		log_add_value(line, va_arg(*args, const char *));
		return;
	case 'c':
		snprintf(text, sizeof(text), "%c", va_arg(*args, int));
		break;
	case 'd':
	case 'i':
		snprintf(text, sizeof(text), "%jd", take_signed(conversion.size, args));
		break;
	case 'x':
		snprintf(text, sizeof(text), "%jx", take_unsigned(conversion.size, args));
		break;
	case 'u':
		snprintf(text, sizeof(text), "%ju", take_unsigned(conversion.size, args));
		break;
	default:
		/* A row with another conversion is our own mistake; a unit test reads all rows. */
		abort();
	}
	log_add_value(line, text);
}

static void
add_fields(struct log_line *line, const char *format, va_list *args)
{
	struct conversion conversion;
	char literal[2] = "";

	while (*format != '\0') {
		if (*format != '%') {
			literal[0] = *format++;
			log_add(line, literal);
			continue;
		}
		format = read_conversion(format + 1, &conversion);
		add_argument(line, conversion, args);
	}
}

static void
begin_line(struct log_line *line, const struct event_row *row, const char *source)
{
	log_begin(line, row->level, row->name, clock_wall_ms());
	if (source != NULL) {
		log_add(line, " ");
		log_add(line, row->source_key);
		log_add(line, "=");
		log_add_value(line, source);
	}
	log_add(line, " ");
}

bool
event_write(enum event_kind event, const char *format, const char *source, ...)
{
	const struct event_row *row = &event_rows[event];
	struct log_line line;
	va_list args;

	counts[event]++;
	if (!log_is_on(row->level))
		return false;
	if (!event_limits_take(&process_limits, event, source, monotonic_ms()))
		return false;
	begin_line(&line, row, source);
	va_start(args, source);
	add_fields(&line, format, &args);
	va_end(args);
	log_end(&line);
	return true;
}

static void
write_sum(void *arg, enum event_kind event, const char *source, uint64_t held_back)
{
	(void)arg;
	event_log(EVENT_SUPPRESSED, source, event_rows[event].name, held_back, WINDOW_MS / 1000);
}

uint64_t
event_count(enum event_kind event)
{
	return event < EVENT_COUNT ? counts[event] : 0;
}

void
event_flush(bool all)
{
	event_limits_flush(&process_limits, monotonic_ms(), all);
}

/* --- alarms --- */

struct alarm_set {
	size_t max;
	size_t count;
	uint64_t lost;
	bool mute;
	struct alarm_entry entries[]; /* in the order of raising */
};

struct alarm_set *
alarm_set_new(size_t max)
{
	struct alarm_set *set = calloc(1, sizeof(*set) + max * sizeof(set->entries[0]));

	if (set == NULL)
		abort();
	set->max = max;
	return set;
}

void
alarm_set_free(struct alarm_set *set)
{
	free(set);
}

void
alarm_set_mute(struct alarm_set *set)
{
	set->mute = true;
}

/* The index of a standing alarm, or count. Sources are compared as far as they are kept. */
static size_t
alarm_find(const struct alarm_set *set, enum alarm alarm, const char *source)
{
	size_t i;

	for (i = 0; i < set->count; i++) {
		if (set->entries[i].alarm == alarm &&
		    strncmp(set->entries[i].source, source, ALARM_SOURCE_MAX - 1) == 0)
			break;
	}
	return i;
}

bool
alarm_raise(struct alarm_set *set, enum alarm alarm, const char *source, const char *format, ...)
{
	struct alarm_entry *entry;
	bool is_new;
	va_list args;
	size_t i;

	if (alarm >= ALARM_COUNT)
		return false;
	i = alarm_find(set, alarm, source);
	if (i == set->max) {
		set->lost++;
		return false;
	}
	entry = &set->entries[i];
	is_new = i == set->count;
	if (is_new) {
		set->count++;
		entry->alarm = alarm;
		snprintf(entry->source, sizeof(entry->source), "%s", source);
		entry->since_ms = clock_wall_ms();
		entry->raised = 0;
	}
	entry->raised++;
	va_start(args, format);
	vsnprintf(entry->text, sizeof(entry->text), format, args);
	va_end(args);
	if (is_new && !set->mute)
		event_log(EVENT_ALARM_RAISED, source, alarm_rows[alarm].name, entry->text);
	return is_new;
}

bool
alarm_clear(struct alarm_set *set, enum alarm alarm, const char *source)
{
	uint64_t now_ms = clock_wall_ms();
	struct alarm_entry *entry;
	uint64_t after_s;
	size_t i;

	if (alarm >= ALARM_COUNT)
		return false;
	i = alarm_find(set, alarm, source);
	if (i == set->count)
		return false;
	entry = &set->entries[i];
	after_s = now_ms > entry->since_ms ? (now_ms - entry->since_ms) / 1000 : 0;
	memmove(entry, entry + 1, (set->count - i - 1) * sizeof(*entry));
	set->count--;
	if (!set->mute)
		event_log(EVENT_ALARM_CLEARED, source, alarm_rows[alarm].name, after_s);
	return true;
}

const struct alarm_entry *
alarm_get(const struct alarm_set *set, size_t index)
{
	return index < set->count ? &set->entries[index] : NULL;
}

size_t
alarm_count(const struct alarm_set *set)
{
	return set->count;
}

uint64_t
alarm_lost(const struct alarm_set *set)
{
	return set->lost;
}
