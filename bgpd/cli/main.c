/*
 * roostctl: asks a running roostd over its control socket and shows the answer, as tables or, with
 * -j, as one JSON document, whatever happens: what went wrong is its "error". Exit status: 0
 * answered, 1 refused, no server, or a check that fails ("passes" is false), 2 wrong usage.
 */
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "bgpd/cli/layout.h"
#include "bgpd/cli/request.h"
#include "bgpd/conf/conf.h"

#define EXIT_USAGE 2

struct options {
	bool json;
	const char *socket;
	const char *instance;
};

/* An answer on its way: its head, then objects, then done or an error. */
struct answer {
	bool json;
	const struct request_display *display;
	bool is_list;
	bool begun;
	bool done;
	bool failed;
	bool says_no; /* the answer is that something would fail */
	size_t count;
	struct layout *layout;
};

static void
print_help(void)
{
	size_t count;
	const struct cli_command *commands = request_commands(&count);

	printf("usage: roostctl [-j] [-s SOCKET] [-i INSTANCE] COMMAND...\n\n"
	       "  -j, --json               answer as one JSON document\n"
	       "  -s, --socket PATH        control socket of the server\n"
	       "  -i, --instance NAME      server started with --instance NAME (main)\n"
	       "  -h, --help               this text\n"
	       "  -V, --version            version of roostctl\n\ncommands:\n");
	for (size_t i = 0; i < count; i++)
		printf("  %s%s%s\n      %s\n", commands[i].words, commands[i].args[0] ? " " : "",
		    commands[i].args, commands[i].help);
	printf(
	    "\nA peer is its address, or its AS number if it has one peer. A route is marked * "
	    "if it "
	    "is the\nserver's own best, x if it was rejected, t if it was rejected and is kept for "
	    "collectors, s if it\nis stale: its member is away, or has not said it again yet, g if "
	    "its session "
	    "is over and it is\nabout to go.\n");
}

/* Says what went wrong where nothing has been answered yet. */
static void complain(bool json, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void
complain(bool json, const char *format, ...)
{
	static char text[64 * 1024]; /* a configuration that was refused has much to say */
	json_t *object;
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	if (!json) {
		fprintf(stderr, "roostctl: %s\n", text);
		return;
	}
	object = json_pack("{s:s}", "error", text);
	if (object == NULL) /* words of the command line that are no UTF-8 */
		object = json_pack("{s:s}", "error", "what was said is no UTF-8");
	json_dumpf(object, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(object);
}

static int
parse_options(int argc, char **argv, struct options *o)
{
	static const struct option longs[] = {{"json", no_argument, NULL, 'j'},
	    {"socket", required_argument, NULL, 's'}, {"instance", required_argument, NULL, 'i'},
	    {"help", no_argument, NULL, 'h'}, {"version", no_argument, NULL, 'V'}, {0}};
	int c;

	/* The leading + ends the options at the first word: a text may begin with a dash. */
	while ((c = getopt_long(argc, argv, "+js:i:hV", longs, NULL)) != -1) {
		switch (c) {
		case 'j':
			o->json = true;
			break;
		case 's':
			o->socket = optarg;
			break;
		case 'i':
			o->instance = optarg;
			break;
		case 'h':
			print_help();
			exit(0);
		case 'V':
			printf("roostctl %s\n", ROOST_VERSION);
			exit(0);
		default:
			return -1;
		}
	}
	return 0;
}

static int
connect_to_server(const struct options *o)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd == -1) {
		complain(o->json, "no socket: %s", strerror(errno));
		return -1;
	}
	if (o->socket != NULL && strlen(o->socket) >= sizeof(sun.sun_path)) {
		complain(o->json, "the path of the socket is too long: %s", o->socket);
		close(fd);
		return -1;
	}
	if (o->socket != NULL)
		snprintf(sun.sun_path, sizeof(sun.sun_path), "%s", o->socket);
	else if (!conf_default_socket(o->instance, false, sun.sun_path)) {
		complain(o->json, "instance \"%s\" is no usable name", o->instance);
		close(fd);
		return -1;
	}
	if (connect(fd, (const struct sockaddr *)&sun, sizeof(sun)) == 0)
		return fd;
	complain(o->json, "no server at %s: %s. %s", sun.sun_path, strerror(errno),
	    errno == EACCES ? "Run as root or as a member of the socket's group."
			    : "Is roostd running? -s names its socket, -i its instance.");
	close(fd);
	return -1;
}

static void
begin(struct answer *a, const json_t *head)
{
	const char *name = json_string_value(json_object_get(head, "answer"));

	a->begun = true;
	a->is_list = json_is_true(json_object_get(head, "list"));
	if (!a->json)
		a->layout = layout_begin(a->display->layout != NULL ? a->display->layout : name,
		    a->display->is_detailed, stdout);
	else if (a->is_list)
		printf("{\"%s\":[", name);
	else
		printf("{\"%s\":", name);
}

static void
add(struct answer *a, json_t *object)
{
	if (json_is_false(json_object_get(object, "passes")))
		a->says_no = true;
	if (!a->json) {
		layout_add(a->layout, object);
	} else {
		printf("%s", a->is_list ? (a->count > 0 ? ",\n" : "\n") : "");
		json_dumpf(object, stdout, JSON_COMPACT);
	}
	a->count++;
}

/* Ends what begin() and add() have written; error may be NULL. */
static void
finish(struct answer *a, const char *error)
{
	json_t *text = error != NULL ? json_string(error) : NULL;

	a->done = true;
	if (a->layout != NULL)
		layout_end(a->layout);
	a->layout = NULL;
	if (!a->json)
		return;
	if (a->is_list)
		printf("%s],\"count\":%zu", a->count > 0 ? "\n" : "", a->count);
	else if (a->count == 0)
		printf("null");
	if (text != NULL) {
		printf(",\"error\":");
		json_dumpf(text, stdout, JSON_ENCODE_ANY);
	}
	printf("}\n");
	json_decref(text);
}

static void
fail(struct answer *a, const char *text)
{
	a->failed = a->done = true;
	if (!a->begun) {
		complain(a->json, "%s", text);
		return;
	}
	finish(a, text);
	fflush(stdout);
	fprintf(stderr, "roostctl: the answer is not complete: %s\n", text);
}

static void
take_line(struct answer *a, const char *line, size_t len)
{
	json_t *object = json_loadb(line, len, 0, NULL);
	const char *error = json_string_value(json_object_get(object, "error"));

	if (object == NULL)
		fail(a, "the server sent a line that is no JSON");
	else if (error != NULL && json_object_size(object) == 1)
		fail(a, error);
	else if (!a->begun)
		begin(a, object);
	else if (json_is_true(json_object_get(object, "done")))
		finish(a, NULL);
	else
		add(a, object);
	json_decref(object);
}

static bool
read_answer(FILE *in, struct answer *a)
{
	char *line = NULL;
	size_t room = 0;
	ssize_t len;

	while (!a->done && (len = getline(&line, &room, in)) > 0)
		take_line(a, line, (size_t)len);
	free(line);
	if (!a->done)
		fail(a, "the server closed the connection before the answer was complete");
	return !a->failed;
}

/* If the server has gone away, what it said before that can still be read. */
static void
send_request(int fd, const json_t *request)
{
	char *text = json_dumps(request, JSON_COMPACT);
	size_t len = text == NULL ? 0 : strlen(text);
	ssize_t n;

	if (text == NULL)
		abort();
	text[len++] = '\n'; /* in place of the zero */
	for (size_t sent = 0; sent < len; sent += (size_t)n) {
		n = send(fd, text + sent, len - sent, MSG_NOSIGNAL);
		if (n <= 0)
			break;
	}
	free(text);
}

/*
 * Says what is waited for, if that takes longer than a moment and somebody looks: a line that is
 * gone when the answer comes.
 */
static void
wait_for_answer(int fd, const char *what)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	unsigned seconds = 0;

	if (what == NULL || !isatty(STDERR_FILENO))
		return;
	while (poll(&p, 1, 1000) == 0)
		fprintf(stderr, "\r%s ... %u s", what, ++seconds);
	if (seconds > 0)
		fprintf(stderr, "\r\033[K");
}

static int
ask(const struct options *o, const json_t *request, const struct request_display *display)
{
	struct answer answer = {.json = o->json, .display = display};
	int fd = connect_to_server(o);
	bool good;
	FILE *in;

	if (fd == -1)
		return 1;
	send_request(fd, request); /* the answer says more than errno would */
	wait_for_answer(fd, display->waits_for);
	in = fdopen(fd, "r");
	if (in == NULL)
		abort();
	good = read_answer(in, &answer);
	fclose(in);
	if (fflush(stdout) == EOF) {
		fprintf(stderr, "roostctl: the answer could not be written: %s\n", strerror(errno));
		return 1;
	}
	return good && !answer.says_no ? 0 : 1;
}

int
main(int argc, char **argv)
{
	struct options options = {.instance = "main"};
	char error[REQUEST_ERROR_MAX];
	struct request_display display;
	json_t *request;
	int status;

	if (parse_options(argc, argv, &options) == -1)
		return EXIT_USAGE;
	if (argc - optind == 1 && strcmp(argv[optind], "help") == 0) {
		print_help();
		return 0;
	}
	request = request_parse(argv + optind, (size_t)(argc - optind), &display, error);
	if (request == NULL) {
		complain(options.json, "%s", error);
		return EXIT_USAGE;
	}
	status = ask(&options, request, &display);
	json_decref(request);
	return status;
}
