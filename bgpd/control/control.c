/*
 * The control sockets: clients, requests in, answers out. What is answered is the commands' own.
 *
 *   client: bufferevent <- lines -- request -> query --steps--> lines -> bufferevent
 *
 * Limits: CLIENTS_MAX clients, a request of REQUEST_MAX octets, BUFFER_MAX octets of answer that
 * wait for the client; a client that takes nothing for PATIENCE_S is dropped. One request of a
 * client runs at a time, further ones wait in its buffer.
 */
#include "bgpd/control/control.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bgpd/control/query.h"

#define CLIENTS_MAX  64
#define REQUEST_MAX  4096
#define BUFFER_MAX   (256 * 1024)
#define PATIENCE_S   30
#define STEPS_A_LOOK 8

struct client {
	struct control *control;
	struct bufferevent *stream; /* NULL: free place */
	bool is_restricted;
	bool busy;	 /* query is in progress */
	bool is_closing; /* ends once its answer has been written */
	struct query query;
};

struct listener {
	struct control *control;
	struct event *event;
	int fd;
	bool is_restricted;
};

struct control {
	struct core *core;
	struct listener listeners[2];
	struct client clients[CLIENTS_MAX];
	unsigned next;
};

static const char *
socket_name(const struct client *client)
{
	return client->is_restricted ? "restricted" : "full";
}

static void
client_free(struct client *client)
{
	if (client->busy)
		json_decref(client->query.args);
	bufferevent_free(client->stream);
	*client = (struct client){.control = client->control};
}

static void
put_line(struct client *client, json_t *object)
{
	char *text = json_dumps(object, JSON_COMPACT);

	if (text == NULL)
		abort();
	bufferevent_write(client->stream, text, strlen(text));
	bufferevent_write(client->stream, "\n", 1);
	free(text);
	json_decref(object);
}

void
query_answer(struct query *q, json_t *object)
{
	q->count++;
	put_line(q->client, object);
}

void
query_fail(struct query *q, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(q->error, sizeof(q->error), format, ap);
	va_end(ap);
}

static void
finish(struct client *client)
{
	struct query *q = &client->query;

	if (q->error[0] != '\0')
		put_line(client, json_pack("{s:s}", "error", q->error));
	else
		put_line(client, json_pack("{s:b,s:I}", "done", 1, "count", (json_int_t)q->count));
	json_decref(q->args);
	client->busy = false;
}

/* Finds the command of a request and begins its answer. */
static void
begin(struct client *client, json_t *request)
{
	struct query *q = &client->query;
	const char *name = json_string_value(json_object_get(request, "command"));
	json_t *args = json_object_get(request, "args");

	*q = (struct query){.core = client->control->core, .client = client, .from = -1, .to = -1};
	q->args = json_is_object(args) ? json_incref(args) : json_object();
	client->busy = true;
	if (name == NULL || (args != NULL && !json_is_object(args)))
		query_fail(q, "a request is an object with \"command\" and, if needed, \"args\"");
	else if ((q->command = command_find(name)) == NULL)
		query_fail(q, "no command \"%.40s\"; there are: %s", name, command_names());
	else if (client->is_restricted && !q->command->is_restricted)
		query_fail(q, "\"%s\" is not allowed on the restricted socket; use the full one",
		    q->command->name);
	else if (q->command->start != NULL)
		q->command->start(q);
	if (q->error[0] != '\0') {
		finish(client);
		return;
	}
	put_line(client,
	    json_pack("{s:s,s:b}", "answer", q->command->answer, "list", (int)q->command->is_list));
}

static void
take_line(struct client *client, const char *line, size_t len)
{
	json_error_t error;
	json_t *request = json_loadb(line, len, 0, &error);

	if (!json_is_object(request)) {
		put_line(
		    client, json_pack("{s:s}", "error", "a request is one JSON object a line"));
		json_decref(request);
		return;
	}
	begin(client, request);
	json_decref(request);
}

/* Takes requests while none is in progress. */
static void
take_requests(struct client *client)
{
	struct evbuffer *in = bufferevent_get_input(client->stream);

	while (!client->busy) {
		size_t len;
		char *line = evbuffer_readln(in, &len, EVBUFFER_EOL_LF);

		if (line == NULL)
			break;
		take_line(client, line, len);
		free(line);
	}
	if (!client->busy && evbuffer_get_length(in) >= REQUEST_MAX) {
		event_log(EVENT_CONTROL_DROPPED, socket_name(client), "a request is too long");
		client_free(client);
	}
}

static void
readable(struct bufferevent *stream, void *arg)
{
	(void)stream;
	take_requests(arg);
}

/* All has been written. */
static void
written(struct bufferevent *stream, void *arg)
{
	struct client *client = arg;

	(void)stream;
	if (client->is_closing && !client->busy)
		client_free(client);
}

static void
ended(struct bufferevent *stream, short what, void *arg)
{
	struct client *client = arg;

	if ((what & BEV_EVENT_TIMEOUT) != 0)
		event_log(EVENT_CONTROL_DROPPED, socket_name(client), "it does not read");
	/* A client that has said all may still want to hear the rest (shutdown of one side). */
	if ((what & (BEV_EVENT_ERROR | BEV_EVENT_TIMEOUT)) == 0 &&
	    (client->busy || evbuffer_get_length(bufferevent_get_output(stream)) > 0)) {
		client->is_closing = true;
		return;
	}
	client_free(client);
}

static struct client *
free_place(struct control *control)
{
	for (unsigned i = 0; i < CLIENTS_MAX; i++)
		if (control->clients[i].stream == NULL)
			return &control->clients[i];
	return NULL;
}

static void
acceptable(evutil_socket_t fd, short what, void *arg)
{
	static const struct timeval patience = {.tv_sec = PATIENCE_S};
	struct listener *listener = arg;
	struct client *client = free_place(listener->control);
	int s = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	(void)what;
	if (s == -1)
		return;
	if (client == NULL) {
		event_log(EVENT_CONTROL_DROPPED, listener->is_restricted ? "restricted" : "full",
		    "too many clients");
		close(s);
		return;
	}
	client->control = listener->control;
	client->is_restricted = listener->is_restricted;
	client->stream =
	    bufferevent_socket_new(listener->control->core->base, s, BEV_OPT_CLOSE_ON_FREE);
	if (client->stream == NULL)
		abort();
	bufferevent_setcb(client->stream, readable, written, ended, client);
	bufferevent_setwatermark(client->stream, EV_READ, 0, REQUEST_MAX);
	bufferevent_set_timeouts(client->stream, NULL, &patience);
	bufferevent_enable(client->stream, EV_READ | EV_WRITE);
}

/* Left to itself, jansson would open /dev/urandom at the first object; the sandbox forbids that. */
static void
seed_json(void)
{
	size_t seed = 0;

	if (getrandom(&seed, sizeof(seed), GRND_NONBLOCK) != sizeof(seed))
		seed = (size_t)core_now_us();
	json_object_seed(seed | 1); /* 0 would mean: find one yourself */
}

struct control *
control_new(struct core *core, int full_fd, int restricted_fd)
{
	struct control *control = calloc(1, sizeof(*control));
	int fds[2] = {full_fd, restricted_fd};

	if (control == NULL)
		abort();
	seed_json();
	control->core = core;
	for (unsigned i = 0; i < 2; i++) {
		struct listener *l = &control->listeners[i];

		*l = (struct listener){.control = control, .fd = fds[i], .is_restricted = i == 1};
		if (fds[i] == -1)
			continue;
		l->event = event_new(core->base, fds[i], EV_READ | EV_PERSIST, acceptable, l);
		event_add(l->event, NULL);
	}
	return control;
}

void
control_free(struct control *control)
{
	for (unsigned i = 0; i < CLIENTS_MAX; i++)
		if (control->clients[i].stream != NULL)
			client_free(&control->clients[i]);
	for (unsigned i = 0; i < 2; i++) {
		if (control->listeners[i].event == NULL)
			continue;
		event_free(control->listeners[i].event);
		close(control->listeners[i].fd);
	}
	free(control);
}

/* A few steps for one client. True if it could go on at once. */
static bool
client_slice(struct client *client)
{
	struct query *q = &client->query;

	for (unsigned n = 0; n < STEPS_A_LOOK; n++) {
		enum query_progress progress;

		if (evbuffer_get_length(bufferevent_get_output(client->stream)) > BUFFER_MAX)
			return false;
		progress = q->command->step(q);
		if (q->error[0] == '\0' && progress == QUERY_MORE)
			continue;
		finish(client);
		take_requests(client);
		return client->stream != NULL && client->busy;
	}
	return true;
}

bool
control_slice(struct control *control, uint64_t deadline_us)
{
	unsigned idle = 0;

	while (idle < CLIENTS_MAX) {
		struct client *client = &control->clients[control->next++ % CLIENTS_MAX];

		if (client->stream == NULL || !client->busy || !client_slice(client)) {
			idle++;
			continue;
		}
		idle = 0;
		if (core_now_us() >= deadline_us)
			return true;
	}
	return false;
}
