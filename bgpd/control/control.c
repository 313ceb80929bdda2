/*
 * The control sockets: clients, requests in, answers out. What is answered is the commands' own.
 *
 *   client: bufferevent <- lines -- request -> query --steps--> lines -> bufferevent
 *
 * Limits: CLIENTS_MAX clients of each socket, so that those of the restricted one can not shut the
 * operator out; a request of REQUEST_MAX octets; BUFFER_MAX octets of answer that wait for the
 * client, and one step's more; a client that takes nothing for PATIENCE_S is dropped. One request
 * of a client runs at a time, further ones wait in its buffer.
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

#include "bgpd/clock.h"
#include "bgpd/control/query.h"
#include "bgpd/control/render.h"

#define CLIENTS_MAX 64
#define REQUEST_MAX 4096
#define BUFFER_MAX  (256 * 1024)
#define PATIENCE_S  30

enum which { FULL, RESTRICTED, SOCKETS };

static const char *const socket_names[SOCKETS] = {"full", "restricted"};

struct client {
	struct control *control;
	struct bufferevent *stream; /* NULL: free place */
	enum which which;
	bool busy;	 /* query is in progress */
	bool is_closing; /* ends once its answer has been written */
	struct query query;
};

struct listener {
	struct control *control;
	struct event *event; /* NULL: there is no such socket */
	int fd;
	enum which which;
	struct client clients[CLIENTS_MAX];
};

struct control {
	struct core *core;
	struct listener listeners[SOCKETS];
	unsigned next; /* client to go on with */
};

static void
end_query(struct query *q)
{
	json_decref(q->args);
	json_decref(q->sum);
	q->args = q->sum = NULL;
}

static void
client_free(struct client *client)
{
	if (client->busy)
		end_query(&client->query);
	bufferevent_free(client->stream);
	client->stream = NULL;
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

static void
put_error(struct client *client, const char *text)
{
	put_line(client, json_pack("{s:o}", "error", render_text(text)));
}

/* The head comes with the first object, so that what fails before is nothing but an error. */
static void
put_head(struct client *client)
{
	const struct command *command = client->query.command;

	put_line(client,
	    json_pack("{s:s,s:b}", "answer", command->answer, "list", (int)command->is_list));
}

void
query_answer(struct query *q, json_t *object)
{
	if (q->count++ == 0)
		put_head(q->client);
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

	if (q->error[0] == '\0' && q->count == 0)
		put_head(client);
	if (q->error[0] != '\0')
		put_error(client, q->error);
	else
		put_line(client, json_pack("{s:b,s:I}", "done", 1, "count", (json_int_t)q->count));
	end_query(q);
	client->busy = false;
}

/* Finds the command of a request and sees whether this client may give it, with these arguments. */
static void
find_command(struct query *q, const json_t *request, enum which which)
{
	const char *name = json_string_value(json_object_get(request, "command")), *arg;
	json_t *args = json_object_get(request, "args"), *value;

	q->args = json_is_object(args) ? json_incref(args) : json_object();
	if (name == NULL || (args != NULL && !json_is_object(args))) {
		query_fail(q, "a request is an object with \"command\" and, if needed, \"args\"");
		return;
	}
	q->command = command_find(name);
	if (q->command == NULL)
		query_fail(q, "no command \"%.40s\"; there are: %s", name, command_names());
	else if (which == RESTRICTED && !q->command->is_read_only)
		query_fail(q, "\"%s\" is not allowed on the restricted socket; use the full one",
		    q->command->name);
	if (q->error[0] != '\0')
		return;
	json_object_foreach(q->args, arg, value)
	{
		if (!command_takes(q->command, arg))
			query_fail(q, "\"%.40s\" is no argument of \"%s\", which takes %s", arg,
			    name, q->command->args[0] != '\0' ? q->command->args : "none");
	}
}

/* Begins the answer to a request. */
static void
begin(struct client *client, const json_t *request)
{
	struct query *q = &client->query;

	*q = (struct query){.core = client->control->core, .client = client, .from = -1, .to = -1};
	client->busy = true;
	find_command(q, request, client->which);
	if (q->error[0] == '\0' && !q->command->is_read_only)
		event_log(EVENT_CONTROL_COMMAND, socket_names[client->which], q->command->name);
	if (q->error[0] == '\0' && q->command->start != NULL)
		q->command->start(q);
	if (q->error[0] != '\0')
		finish(client);
}

static void
take_line(struct client *client, const char *line, size_t len)
{
	json_error_t error;
	json_t *request = json_loadb(line, len, 0, &error);

	if (json_is_object(request))
		begin(client, request);
	else
		put_error(client, "a request is one JSON object a line");
	json_decref(request);
}

/*
 * Takes requests while none is in progress. Nothing is read meanwhile: libevent calls back again
 * and again, without returning to its caller, for as long as the buffer of a stream that reads is
 * full.
 */
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
	if (client->busy) {
		bufferevent_disable(client->stream, EV_READ);
		return;
	}
	if (evbuffer_get_length(in) < REQUEST_MAX) {
		if (!client->is_closing)
			bufferevent_enable(client->stream, EV_READ);
		return;
	}
	event_log(EVENT_CONTROL_DROPPED, socket_names[client->which], "a request is too long");
	put_error(client, "a request is too long");
	bufferevent_disable(client->stream, EV_READ);
	client->is_closing = true;
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
		event_log(EVENT_CONTROL_DROPPED, socket_names[client->which], "it does not read");
	/* A client that has said all may still want to hear the rest (shutdown of one side). */
	if ((what & (BEV_EVENT_ERROR | BEV_EVENT_TIMEOUT)) == 0 &&
	    (client->busy || evbuffer_get_length(bufferevent_get_output(stream)) > 0)) {
		client->is_closing = true;
		return;
	}
	client_free(client);
}

static struct client *
free_place(struct listener *listener)
{
	for (unsigned i = 0; i < CLIENTS_MAX; i++)
		if (listener->clients[i].stream == NULL)
			return &listener->clients[i];
	return NULL;
}

/* Says why, as far as the socket takes it at once. */
static void
turn_away(const struct listener *listener, int s)
{
	static const char text[] = "{\"error\":\"too many clients\"}\n";

	event_log(EVENT_CONTROL_DROPPED, socket_names[listener->which], "too many clients");
	(void)send(s, text, sizeof(text) - 1, MSG_DONTWAIT | MSG_NOSIGNAL);
	close(s);
}

static void
acceptable(evutil_socket_t fd, short what, void *arg)
{
	static const struct timeval patience = {.tv_sec = PATIENCE_S};
	struct listener *listener = arg;
	struct client *client = free_place(listener);
	int s = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	(void)what;
	if (s == -1)
		return;
	if (client == NULL) {
		turn_away(listener, s);
		return;
	}
	*client = (struct client){.control = listener->control, .which = listener->which};
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
		seed = (size_t)clock_us();
	json_object_seed(seed | 1); /* 0 would mean: find one yourself */
}

struct control *
control_new(struct core *core, int full_fd, int restricted_fd)
{
	struct control *control = calloc(1, sizeof(*control));
	const int fds[SOCKETS] = {[FULL] = full_fd, [RESTRICTED] = restricted_fd};

	if (control == NULL)
		abort();
	seed_json();
	control->core = core;
	for (unsigned i = 0; i < SOCKETS; i++) {
		struct listener *l = &control->listeners[i];

		l->control = control;
		l->fd = fds[i];
		l->which = (enum which)i;
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
	for (unsigned i = 0; i < SOCKETS; i++) {
		struct listener *l = &control->listeners[i];

		for (unsigned n = 0; n < CLIENTS_MAX; n++)
			if (l->clients[n].stream != NULL)
				client_free(&l->clients[n]);
		if (l->event == NULL)
			continue;
		event_free(l->event);
		close(l->fd);
	}
	free(control);
}

/* One step for a client. False if there is none to be done now. */
static bool
client_step(struct client *client)
{
	struct query *q = &client->query;
	enum query_progress progress;

	if (client->stream == NULL || !client->busy ||
	    evbuffer_get_length(bufferevent_get_output(client->stream)) > BUFFER_MAX)
		return false;
	progress = q->command->step(q);
	if (progress == QUERY_WAIT)
		return false;
	if (q->error[0] != '\0' || progress == QUERY_DONE) {
		finish(client);
		take_requests(client);
	}
	return true;
}

void
control_reloaded(struct control *control, const struct channel_reloaded *reloaded, int text_fd)
{
	for (unsigned i = 0; control != NULL && i < CLIENTS_MAX; i++) {
		struct client *client = &control->listeners[FULL].clients[i];

		if (client->stream != NULL && client->busy && client->query.ticket != 0 &&
		    client->query.ticket <= reloaded->ticket)
			reload_answer(&client->query, reloaded, text_fd);
	}
}

bool
control_slice(struct control *control, uint64_t deadline_us)
{
	unsigned idle = 0;

	while (idle < SOCKETS * CLIENTS_MAX) {
		unsigned i = control->next++ % (SOCKETS * CLIENTS_MAX);

		if (!client_step(&control->listeners[i % SOCKETS].clients[i / SOCKETS])) {
			idle++;
			continue;
		}
		idle = 0;
		if (clock_us() >= deadline_us)
			return true;
	}
	return false;
}
