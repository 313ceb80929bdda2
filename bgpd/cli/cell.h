/* Values as text in a table. What came from members is harmless to a terminal once disarmed. */
#ifndef BGPD_CLI_CELL_H
#define BGPD_CLI_CELL_H

#include <jansson.h>
#include <stddef.h>

#define CELL_MAX 2048

typedef void (*cell_fn)(const json_t *value, char out[CELL_MAX]);

/* A text, a number, yes or no; "-" for what is not there, or nothing at all (cell_text). */
void cell_value(const json_t *, char out[CELL_MAX]);
void cell_text(const json_t *, char out[CELL_MAX]);
/* A list of such values with spaces between. */
void cell_list(const json_t *, char out[CELL_MAX]);
/* A value or a list, disarmed. */
void cell_any(const json_t *, char out[CELL_MAX]);
/* How long ago a time was. */
void cell_age(const json_t *, char out[CELL_MAX]);
void cell_percent(const json_t *, char out[CELL_MAX]);

/* Of a whole peer. */
void cell_state(const json_t *, char out[CELL_MAX]);
void cell_marks(const json_t *, char out[CELL_MAX]);

/* Of a whole route. */
void cell_flags(const json_t *, char out[CELL_MAX]);
void cell_path(const json_t *, char out[CELL_MAX]);
void cell_short_path(const json_t *, char out[CELL_MAX]);
/* Words are cut out of the middle of a path longer than max characters. */
void cell_path_within(const json_t *, char out[CELL_MAX], size_t max);
void cell_communities(const json_t *, char out[CELL_MAX]);

/* Of a list of reasons. */
void cell_reason(const json_t *, char out[CELL_MAX]);
void cell_reason_value(const json_t *, char out[CELL_MAX]);

/* Of a whole entry of a history: "6/9 Hard Reset (6/2 Administrative Shutdown)"; its words. */
void cell_notification(const json_t *, char out[CELL_MAX]);
void cell_words(const json_t *, char out[CELL_MAX]);

/* Of a check's outcome, of a whole setting. */
void cell_outcome(const json_t *, char out[CELL_MAX]);
void cell_setting(const json_t *, char out[CELL_MAX]);

/* Replaces octets that a terminal would obey. */
void cell_disarm(char *text);

#endif
