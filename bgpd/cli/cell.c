/* Values as text in a table: see cell.h. */
#include "bgpd/cli/cell.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define SHORT_PATH	  30 /* characters */
#define COMMUNITIES_WIDTH 100

void
cell_value(const json_t *v, char out[CELL_MAX])
{
	if (json_is_string(v))
		snprintf(out, CELL_MAX, "%s", json_string_value(v));
	else if (json_is_integer(v))
		snprintf(out, CELL_MAX, "%" JSON_INTEGER_FORMAT, json_integer_value(v));
	else if (json_is_real(v))
		snprintf(
		    out, CELL_MAX, json_real_value(v) < 1 ? "%.2f" : "%.1f", json_real_value(v));
	else if (json_is_boolean(v))
		snprintf(out, CELL_MAX, "%s", json_is_true(v) ? "yes" : "no");
	else
		snprintf(out, CELL_MAX, "%s", "-");
}

/* A list of texts or numbers with spaces between. */
void
cell_list(const json_t *v, char out[CELL_MAX])
{
	static char text[CELL_MAX];
	size_t len = 0, i;
	json_t *item;

	out[0] = '\0';
	json_array_foreach(v, i, item)
	{
		cell_value(item, text);
		if (len + strlen(text) + 6 > CELL_MAX) {
			snprintf(out + len, CELL_MAX - len, " ...");
			break;
		}
		len += (size_t)snprintf(out + len, CELL_MAX - len, "%s%s", i > 0 ? " " : "", text);
	}
}

/* How long ago: 3d04h, 2h05m, 1m07s. */
void
cell_age(const json_t *v, char out[CELL_MAX])
{
	struct tm tm = {0};
	long age_s;

	if (!json_is_string(v) ||
	    strptime(json_string_value(v), "%Y-%m-%dT%H:%M:%SZ", &tm) == NULL) {
		snprintf(out, CELL_MAX, "-");
		return;
	}
	age_s = (long)(time(NULL) - timegm(&tm));
	if (age_s < 0)
		age_s = 0;
	if (age_s >= 86400)
		snprintf(out, CELL_MAX, "%ldd%02ldh", age_s / 86400, age_s / 3600 % 24);
	else if (age_s >= 3600)
		snprintf(out, CELL_MAX, "%ldh%02ldm", age_s / 3600, age_s / 60 % 60);
	else
		snprintf(out, CELL_MAX, "%ldm%02lds", age_s / 60, age_s % 60);
}

/* The whole peer: its state, or why it has none. */
void
cell_state(const json_t *v, char out[CELL_MAX])
{
	const json_t *away = json_object_get(v, "away");

	if (json_is_object(away))
		snprintf(out, CELL_MAX, "away (stale routes, %" JSON_INTEGER_FORMAT " s left)",
		    json_integer_value(json_object_get(away, "left_s")));
	else if (!json_is_true(json_object_get(v, "disabled")))
		cell_value(json_object_get(v, "state"), out);
	else
		snprintf(out, CELL_MAX, "%s",
		    json_is_true(json_object_get(v, "over_limit")) ? "limit" : "shutdown");
}

/* The whole peer: what is special about it. */
void
cell_marks(const json_t *v, char out[CELL_MAX])
{
	static const struct {
		const char *key, *text;
	} marks[] = {
	    {"quarantine", "quarantine"}, {"collector", "collector"}, {"over_limit", "over limit"}};
	size_t len = 0;

	out[0] = '\0';
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (json_is_true(json_object_get(v, marks[i].key)))
			len += (size_t)snprintf(
			    out + len, CELL_MAX - len, "%s%s", len > 0 ? ", " : "", marks[i].text);
}

/* The whole route: * best, x rejected, t rejected and tagged, s stale, g gone: to be purged. */
void
cell_flags(const json_t *v, char out[CELL_MAX])
{
	snprintf(out, CELL_MAX, "%s%s%s%s", json_is_true(json_object_get(v, "best")) ? "*" : "",
	    json_is_true(json_object_get(v, "tagged"))		? "t"
		: json_is_false(json_object_get(v, "accepted")) ? "x"
								: "",
	    json_is_true(json_object_get(v, "stale")) ? "s" : "",
	    json_is_true(json_object_get(v, "gone")) ? "g" : "");
}

/* Cuts words out of the middle: "64500 3333 ... 1 2". */
static void
shorten(char *text, size_t max)
{
	size_t len = strlen(text), left = max / 2, right = len - (max - max / 2 - 5);

	if (len <= max || max < 8)
		return;
	while (left > 0 && text[left] != ' ')
		left--;
	while (right < len && text[right] != ' ')
		right++;
	memmove(text + left + 4, text + right, len - right + 1);
	memcpy(text + left, " ...", 4);
}

/* Sequence, then set, then the origin's letter as routers print it. */
void
cell_path_within(const json_t *v, char out[CELL_MAX], size_t max)
{
	const char *path = json_string_value(json_object_get(v, "as_path"));
	const char *set = json_string_value(json_object_get(v, "as_set"));
	const char *origin = json_string_value(json_object_get(v, "origin"));
	char letter = origin == NULL ? '?' : origin[0] == 'I' ? 'i' : origin[0] == 'E' ? 'e' : '?';
	bool is_empty = (path == NULL || path[0] == '\0') && set == NULL;

	snprintf(out, CELL_MAX, "%s%s%s%s%s%c", path != NULL ? path : "", set != NULL ? " {" : "",
	    set != NULL ? set : "", set != NULL ? "}" : "", is_empty ? "" : " ", letter);
	shorten(out, max);
}

/* The whole route. */
void
cell_path(const json_t *v, char out[CELL_MAX])
{
	cell_path_within(v, out, CELL_MAX);
}

void
cell_short_path(const json_t *v, char out[CELL_MAX])
{
	cell_path_within(v, out, SHORT_PATH);
}

/*
 * The whole route: as many of its communities as a line of a table has room for, and how many
 * others there are. A member can send hundreds, and one such cell would widen all lines.
 */
void
cell_communities(const json_t *v, char out[CELL_MAX])
{
	static const struct {
		const char *list, *left_out; /* by the server already */
	} keys[] = {{"communities", "communities_left_out"},
	    {"large_communities", "large_communities_left_out"},
	    {"ext_communities", "ext_communities_left_out"}};
	char text[CELL_MAX];
	size_t len = 0, others = 0, j;
	json_t *item;

	out[0] = '\0';
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		json_array_foreach(json_object_get(v, keys[i].list), j, item)
		{
			cell_value(item, text);
			if (others > 0 || len + strlen(text) >= COMMUNITIES_WIDTH)
				others++;
			else
				len += (size_t)snprintf(
				    out + len, CELL_MAX - len, "%s%s", len > 0 ? " " : "", text);
		}
		others += (size_t)json_integer_value(json_object_get(v, keys[i].left_out));
	}
	if (others > 0)
		snprintf(out + len, CELL_MAX - len, " ... and %zu more", others);
}

void
cell_reason(const json_t *v, char out[CELL_MAX])
{
	cell_value(json_object_get(json_array_get(v, 0), "name"), out);
	if (json_array_size(v) == 0)
		out[0] = '\0';
}

/* What is not there stands as nothing. */
void
cell_text(const json_t *v, char out[CELL_MAX])
{
	if (v == NULL || json_is_null(v))
		out[0] = '\0';
	else
		cell_value(v, out);
}

void
cell_reason_value(const json_t *v, char out[CELL_MAX])
{
	cell_text(json_object_get(json_array_get(v, 0), "value"), out);
}

/* "6/2 Administrative Shutdown"; returns the octets written, none for null. */
static size_t
put_notification(const json_t *n, char *out, size_t size)
{
	const char *name = json_string_value(json_object_get(n, "subcode_name"));

	if (!json_is_object(n))
		return 0;
	if (name == NULL)
		name = json_string_value(json_object_get(n, "name"));
	return (size_t)snprintf(out, size, "%" JSON_INTEGER_FORMAT "/%" JSON_INTEGER_FORMAT " %s",
	    json_integer_value(json_object_get(n, "code")),
	    json_integer_value(json_object_get(n, "subcode")), name != NULL ? name : "");
}

void
cell_notification(const json_t *v, char out[CELL_MAX])
{
	const json_t *carried = json_object_get(v, "carried");
	size_t len;

	out[0] = '\0';
	len = put_notification(json_object_get(v, "notification"), out, CELL_MAX);
	if (!json_is_object(carried) || len + 3 >= CELL_MAX)
		return;
	memcpy(out + len, " (", 3);
	len += 2;
	len += put_notification(carried, out + len, CELL_MAX - len);
	if (len + 1 < CELL_MAX)
		memcpy(out + len, ")", 2);
}

/* What was said, what stayed, and how often it happened. */
void
cell_words(const json_t *v, char out[CELL_MAX])
{
	const char *text = json_string_value(json_object_get(v, "text"));
	const char *last = json_string_value(json_object_get(v, "last"));
	json_int_t count = json_integer_value(json_object_get(v, "count"));
	json_int_t others = json_integer_value(json_object_get(v, "others"));
	size_t len = (size_t)snprintf(out, CELL_MAX / 2, "%s", text != NULL ? text : "");

	len = len < CELL_MAX / 2 ? len : CELL_MAX / 2 - 1;
	if (json_array_size(json_object_get(v, "kept_stale")) > 0)
		len += (size_t)snprintf(out + len, CELL_MAX - len, "; its routes stayed, as stale");
	if (count > 1)
		len += (size_t)snprintf(out + len, CELL_MAX - len,
		    "  x %" JSON_INTEGER_FORMAT ", last %.32s", count, last != NULL ? last : "");
	if (others > 0)
		snprintf(out + len, CELL_MAX - len,
		    "; then %" JSON_INTEGER_FORMAT " others within minutes", others);
}

/* A check's outcome as a mark in front of it. */
void
cell_outcome(const json_t *v, char out[CELL_MAX])
{
	const char *text = json_string_value(v);

	snprintf(out, CELL_MAX, "%s",
	    text == NULL			? ""
		: strcmp(text, "reject") == 0	? "x"
		: strcmp(text, "observed") == 0 ? "o"
						: "");
}

/* A setting: its value, a list with what was left out. */
void
cell_setting(const json_t *v, char out[CELL_MAX])
{
	const json_t *value = json_object_get(v, "value");
	json_int_t count = json_integer_value(json_object_get(v, "count"));
	size_t len;

	cell_any(value, out);
	len = strlen(out);
	if (json_is_array(value) && (size_t)count > json_array_size(value))
		snprintf(out + len, CELL_MAX - len, " (%" JSON_INTEGER_FORMAT " in all)", count);
}

void
cell_percent(const json_t *v, char out[CELL_MAX])
{
	if (json_is_integer(v))
		snprintf(out, CELL_MAX, "%" JSON_INTEGER_FORMAT "%%", json_integer_value(v));
	else
		snprintf(out, CELL_MAX, "-");
}

/* Control characters, also those of two octets (C1), would be orders to the terminal. */
void
cell_disarm(char *text)
{
	for (unsigned char *p = (unsigned char *)text; *p != '\0'; p++) {
		if (*p < ' ' || *p == 0x7f)
			*p = '?';
		if (*p == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0)
			p[0] = p[1] = '?';
	}
}

void
cell_any(const json_t *value, char out[CELL_MAX])
{
	(json_array_size(value) > 0 ? cell_list : cell_value)(value, out);
	cell_disarm(out);
}
