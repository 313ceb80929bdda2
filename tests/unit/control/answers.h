/*
 * Answers of an exchange whose members have announced routes with all kinds of verdicts, and what
 * is at which place in them.
 */
#ifndef TESTS_UNIT_CONTROL_ANSWERS_H
#define TESTS_UNIT_CONTROL_ANSWERS_H

#include "tests/unit/control/exchange.h"

#define COUNT(array) (int)(sizeof(array) / sizeof((array)[0]))

static inline void
setup_routes(void)
{
	setup_exchange();
	announce_as(0, "193.0.0.0/21", PATH(3333), 0, 0);
	announce_as(0, "193.0.10.0/24", PATH(3333), 0, 0);
	announce_as(0, "193.0.12.0/24", PATH(3333), 0, 8859); /* 0:8859 */
	announce_as(0, "193.0.13.0/24", PATH(3333), 77, 0);
	announce_as(0, "8.8.8.0/24", PATH(3333, 15169), 0, 0);
	announce_as(0, "9.1.0.0/16", PATH(3333), 0, 0);
	announce_as(1, "193.0.20.0/24", PATH(2121), 0, 0);
	announce_as(1, "8.8.4.0/24", PATH(2121, 15169), 0, 0);
	announce_as(2, "193.0.0.0/21", PATH(8859, 3333), 0, 0);
	settle();
}

/* The objects of an answer to a command with these arguments, which are the inside of an object. */
static inline json_t *
list_of(const char *command, const char *args, const char *answer)
{
	char request[512];

	snprintf(request, sizeof(request), "{\"command\":\"%s\",\"args\":{%s}}", command, args);
	return objects_of(ask(1, request), answer);
}

static inline json_t *
one_of(const char *command, const char *args, const char *answer)
{
	json_t *list = list_of(command, args, answer), *object;

	ck_assert_uint_eq(json_array_size(list), 1);
	object = json_incref(json_array_get(list, 0));
	json_decref(list);
	return object;
}

/* The text at a path like "withheld.name" or "checks.3.value"; "" where there is none. */
static inline const char *
text_at(const json_t *object, const char *path)
{
	char key[64];

	while (*path != '\0' && object != NULL) {
		size_t len = strcspn(path, ".");

		snprintf(key, sizeof(key), "%.*s", (int)len, path);
		object = json_is_array(object) ? json_array_get(object, (size_t)atoi(key))
					       : json_object_get(object, key);
		path += len;
		path += *path == '.';
	}
	return json_is_string(object) ? json_string_value(object) : "";
}

static inline json_int_t
number_at(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

/* The element of a list whose key has this text. */
static inline json_t *
find_in(const json_t *list, const char *key, const char *text)
{
	json_t *item;
	size_t i;

	json_array_foreach(list, i, item)
	{
		if (strcmp(text_at(item, key), text) == 0)
			return item;
	}
	return NULL;
}

static inline bool
has_text(const json_t *list, const char *text)
{
	json_t *item;
	size_t i;

	json_array_foreach(list, i, item)
	{
		if (strcmp(json_string_value(item), text) == 0)
			return true;
	}
	return false;
}

#endif
