/*
 * Clients of the control sockets of a rib process that is turned by hand (tests/unit/core). The
 * listening sockets have no name in the file system: several tests run at once.
 */
#ifndef TESTS_UNIT_CONTROL_CLIENT_H
#define TESTS_UNIT_CONTROL_CLIENT_H

#include <errno.h>
#include <jansson.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "bgpd/control/control.h"
#include "tests/unit/core/fixture.h"

static struct sockaddr_un addresses[2]; /* full, restricted */
static socklen_t address_lens[2];

static inline int
listen_somewhere(unsigned i)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	addresses[i] = (struct sockaddr_un){.sun_family = AF_UNIX};
	address_lens[i] = sizeof(addresses[i]);
	ck_assert_int_eq(bind(fd, (const struct sockaddr *)&addresses[i], sizeof(sa_family_t)), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&addresses[i], &address_lens[i]), 0);
	ck_assert_int_eq(listen(fd, 128), 0);
	return fd;
}

static inline void
setup_control(void)
{
	int full, restricted;

	signal(SIGPIPE, SIG_IGN); /* as in every child of the parent */
	setup();
	full = listen_somewhere(0);
	restricted = listen_somewhere(1);
	core.control = control_new(&core, full, restricted);
}

/* A non-blocking connection; it is accepted at the next turn. */
static inline int
connect_to(unsigned which)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	ck_assert_int_eq(
	    connect(fd, (const struct sockaddr *)&addresses[which], address_lens[which]), 0);
	return fd;
}

static inline void
say(int fd, const char *text)
{
	ck_assert_int_eq(send(fd, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
}

/* One turn of events and work. True if there is more to do at once. */
static inline bool
turn_once(void)
{
	event_base_loop(core.base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
	return core_turn(&core);
}

static inline void
turns(unsigned n)
{
	while (n-- > 0)
		turn_once();
}

/* What a client has heard, taken apart into lines. */
struct heard_lines {
	char *text;
	size_t len;
	size_t at; /* lines before are taken */
	bool over; /* the server has closed */
};

static inline void
hear_more(struct heard_lines *h, int fd)
{
	char buf[65536];
	ssize_t n;

	if (h->at == h->len)
		h->at = h->len = 0;
	while ((n = recv(fd, buf, sizeof(buf), 0)) > 0) {
		h->text = realloc(h->text, h->len + (size_t)n);
		memcpy(h->text + h->len, buf, (size_t)n);
		h->len += (size_t)n;
	}
	h->over |= n == 0 || errno == ECONNRESET;
}

/* The next whole line as JSON, or NULL; every line must be an object. */
static inline json_t *
next_line(struct heard_lines *h)
{
	char *end = h->len == h->at ? NULL : memchr(h->text + h->at, '\n', h->len - h->at);
	json_t *object;

	if (end == NULL)
		return NULL;
	object = json_loadb(h->text + h->at, (size_t)(end - h->text) - h->at, 0, NULL);
	ck_assert(json_is_object(object));
	h->at = (size_t)(end - h->text) + 1;
	return object;
}

static inline void
forget(struct heard_lines *h)
{
	free(h->text);
	*h = (struct heard_lines){0};
}

static inline bool
ends_answer(const json_t *line)
{
	return json_is_true(json_object_get(line, "done")) ||
	    (json_object_get(line, "error") != NULL && json_object_size(line) == 1);
}

/* Turns until one answer is complete. Returns its lines; the last one is done or error. */
static inline json_t *
await_answer(int fd, struct heard_lines *h)
{
	json_t *lines = json_array(), *line;

	for (unsigned n = 0; n < 200000; n++) {
		while ((line = next_line(h)) != NULL) {
			json_array_append_new(lines, line);
			if (ends_answer(line))
				return lines;
		}
		if (h->over)
			break;
		turn_once();
		hear_more(h, fd);
	}
	return lines;
}

/* Asks on a connection of its own. Returns the lines of the answer. */
static inline json_t *
ask(unsigned which, const char *request)
{
	struct heard_lines h = {0};
	int fd = connect_to(which);
	json_t *lines;

	say(fd, request);
	say(fd, "\n");
	lines = await_answer(fd, &h);

	ck_assert_uint_eq(h.at, h.len);
	forget(&h);
	close(fd);
	return lines;
}

/* The error that an answer consists of, or "". Takes the answer over. */
static inline const char *
error_of(json_t *lines)
{
	static char text[1024];
	const char *error = json_string_value(json_object_get(json_array_get(lines, 0), "error"));

	snprintf(text, sizeof(text), "%s", error != NULL ? error : "");
	json_decref(lines);
	return text;
}

/* The objects of a good answer, without head and end. */
static inline json_t *
objects_of(json_t *lines, const char *answer)
{
	size_t n = json_array_size(lines);
	json_t *end = json_array_get(lines, n - 1);

	ck_assert_uint_ge(n, 2);
	ck_assert_str_eq(
	    json_string_value(json_object_get(json_array_get(lines, 0), "answer")), answer);
	ck_assert(json_is_true(json_object_get(end, "done")));
	ck_assert_int_eq(json_integer_value(json_object_get(end, "count")), (json_int_t)n - 2);
	json_array_remove(lines, n - 1);
	json_array_remove(lines, 0);
	return lines;
}

#endif
