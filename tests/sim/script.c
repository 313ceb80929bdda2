/*
 * Scripts, see script.h.
 *
 *   lines --> queue --> one command --+--> done: the next one
 *                                     +--> waits for a condition, looked at every POLL_NS
 *
 * A wrong command in a file ends the run, one from stdin is only answered. At the end of a file
 * the run ends, too, as it does when stdin is closed.
 */
#include "tests/sim/script.h"
#include "tests/sim/marks.h"
#include "tests/sim/report.h"
#include "tests/sim/routes.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#define POLL_NS	  (2 * NS_PER_MS)
#define WORDS_MAX 8

/* True when what is waited for has come. */
typedef bool condition_fn(struct sim *sim);

struct script {
	struct source source; /* stdin */
	struct buf input;
	bool is_stdin;
	bool is_ended;
	uint64_t start_ns;
	uint64_t timeout_ns;

	char line[65536]; /* of the command under way */
	char *command;	  /* behind "at MS" */
	uint64_t due_ns;
	bool is_pending; /* read, but not yet due */

	condition_fn *condition; /* NULL = waits for nothing */
	uint64_t since_ns;
	uint64_t wait_ns;
	size_t wait_count;
	struct member *wait_member;
};

/* One member or, with "all", each in turn. */
static const char *
each_member(struct sim *sim, const char *name, void (*act)(struct sim *sim, struct member *m))
{
	struct member *m = sim_find(sim, name);

	if (m == NULL && strcmp(name, "all") != 0)
		return "no such session";
	for (size_t i = 0; i < sim->member_count; i++)
		if (m == NULL || m == &sim->members[i])
			act(sim, &sim->members[i]);
	return NULL;
}

static void
shut(struct sim *sim, struct member *m)
{
	member_down(sim, m, false);
}

static void
cut(struct sim *sim, struct member *m)
{
	member_down(sim, m, true);
}

static void
stall(struct sim *sim, struct member *m)
{
	member_stall(sim, m, true);
}

static void
resume(struct sim *sim, struct member *m)
{
	member_stall(sim, m, false);
}

static void
refresh(struct sim *sim, struct member *m)
{
	if (m->state != MEMBER_ESTABLISHED)
		return;
	for (int i = 0; i < 2; i++)
		if (m->caps.families[i])
			refresh_encode(i == 0 ? 4 : 6, 0, &m->out);
	member_flush(sim, m);
}

static const char *
command_down(struct sim *sim, char *words[], size_t count)
{
	(void)count;
	return each_member(sim, words[1], shut);
}

static const char *
command_kill(struct sim *sim, char *words[], size_t count)
{
	(void)count;
	return each_member(sim, words[1], cut);
}

static const char *
command_up(struct sim *sim, char *words[], size_t count)
{
	(void)count;
	return each_member(sim, words[1], member_up);
}

static const char *
command_stall(struct sim *sim, char *words[], size_t count)
{
	(void)count;
	return each_member(sim, words[1], stall);
}

static const char *
command_resume(struct sim *sim, char *words[], size_t count)
{
	(void)count;
	return each_member(sim, words[1], resume);
}

static const char *
command_refresh(struct sim *sim, char *words[], size_t count)
{
	(void)count;
	return each_member(sim, words[1], refresh);
}

static const char *
command_announce(struct sim *sim, char *words[], size_t count)
{
	struct member *m = sim_find(sim, words[1]);
	uint32_t key, attrs;
	const char *error;

	(void)count;
	if (m == NULL)
		return "no such session";
	error = routes_parse(sim, words[2], &key, &attrs);
	if (error == NULL)
		announce_one(sim, m, key, attrs);
	return error;
}

static const char *
command_withdraw(struct sim *sim, char *words[], size_t count)
{
	struct member *m = sim_find(sim, words[1]);
	struct key key;

	(void)count;
	if (m == NULL)
		return "no such session";
	if (!routes_parse_prefix(words[2], &key))
		return "not a prefix";
	announce_one(sim, m, store_key(sim->store, &key), 0);
	return NULL;
}

static const char *
command_dump(struct sim *sim, char *words[], size_t count)
{
	(void)count;
	return report_dump(sim, words[1]) ? NULL : strerror(errno);
}

static const char *
command_play(struct sim *sim, char *words[], size_t count)
{
	churn_start(sim, words[1], count > 2 ? strtod(words[2], NULL) : 1);
	return NULL;
}

static const char *
command_mark(struct sim *sim, char *words[], size_t count)
{
	struct member *m = sim_find(sim, words[1]);
	unsigned long period = strtoul(words[2], NULL, 10);
	unsigned long times = count > 3 ? strtoul(words[3], NULL, 10) : 100;

	if (m == NULL)
		return "no such session";
	if (times == 0 || times > 10000000 || period > 1000000)
		return "a count or period out of range";
	marks_start(sim, m, (uint32_t)period, (uint32_t)times);
	return NULL;
}

static const char *
command_report(struct sim *sim, char *words[], size_t count)
{
	if (count > 1)
		return report_json(sim, words[1]) ? NULL : strerror(errno);
	report_print(sim, stdout);
	return NULL;
}

static const char *
command_quit(struct sim *sim, char *words[], size_t count)
{
	(void)words;
	(void)count;
	sim->is_stopping = true;
	return NULL;
}

static bool
is_up(struct sim *sim)
{
	size_t wanted = 0;

	if (sim->script->wait_count > 0)
		return sim->established >= sim->script->wait_count;
	for (size_t i = 0; i < sim->member_count; i++)
		wanted += sim->members[i].state != MEMBER_DOWN;
	return sim->established == wanted;
}

static bool
has_eor(struct sim *sim)
{
	for (size_t i = 0; i < sim->member_count; i++)
		if (sim->members[i].state != MEMBER_DOWN && sim->members[i].eor_ns == 0)
			return false;
	return true;
}

/* Nothing heard, nothing left to say, for as long as was asked for. */
static bool
is_quiet(struct sim *sim)
{
	struct script *s = sim->script;

	for (size_t i = 0; i < sim->member_count; i++)
		if (member_pending(&sim->members[i]) > 0)
			s->since_ns = sim->now_ns;
	if (sim->last_update_ns > s->since_ns)
		s->since_ns = sim->last_update_ns;
	return sim->now_ns - s->since_ns >= s->wait_ns;
}

static bool
has_count(struct sim *sim)
{
	return sim->script->wait_member->table.count == sim->script->wait_count;
}

static bool
is_satisfied(struct sim *sim)
{
	return sim->satisfied == sim->expecting;
}

static bool
is_played(struct sim *sim)
{
	return churn_is_done(sim);
}

static bool
is_marked(struct sim *sim)
{
	return marks_is_done(sim);
}

static bool
is_over(struct sim *sim)
{
	return sim->now_ns - sim->script->since_ns >= sim->script->wait_ns;
}

static const char *
command_wait(struct sim *sim, char *words[], size_t count)
{
	static const struct {
		const char *name;
		size_t words;
		condition_fn *condition;
	} conditions[] = {
	    {"up", 2, is_up},
	    {"eor", 2, has_eor},
	    {"quiet", 3, is_quiet},
	    {"count", 4, has_count},
	    {"expect", 2, is_satisfied},
	    {"play", 2, is_played},
	    {"marks", 2, is_marked},
	    {"ms", 3, is_over},
	};
	struct script *s = sim->script;

	for (size_t i = 0; i < sizeof(conditions) / sizeof(conditions[0]); i++) {
		if (strcmp(conditions[i].name, words[1]) != 0)
			continue;
		if (count < conditions[i].words)
			return "too few words";
		s->wait_member = count > 3 ? sim_find(sim, words[2]) : NULL;
		if (count > 3 && s->wait_member == NULL)
			return "no such session";
		s->wait_count = count > 2 ? strtoul(words[count > 3 ? 3 : 2], NULL, 10) : 0;
		s->wait_ns = s->wait_count * NS_PER_MS;
		s->since_ns = sim->now_ns;
		s->condition = conditions[i].condition;
		return NULL;
	}
	return "cannot wait for that";
}

static const struct {
	const char *name;
	size_t words; /* at least, the name included */
	size_t cut;   /* into how many words the line is cut at most */
	const char *(*run)(struct sim *sim, char *words[], size_t count);
	const char *help;
} commands[] = {
    {"up", 2, 2, command_up, "NAME|all: connect, or be ready to be connected to"},
    {"down", 2, 2, command_down, "NAME|all: close with NOTIFICATION Cease, stay down"},
    {"kill", 2, 2, command_kill, "NAME|all: close with a TCP reset, stay down"},
    {"stall", 2, 2, command_stall, "NAME|all: stop reading, keepalives go on"},
    {"resume", 2, 2, command_resume, "NAME|all: read again"},
    {"refresh", 2, 2, command_refresh, "NAME|all: ask for all routes again"},
    {"announce", 3, 3, command_announce, "NAME ROUTE: a line as in a file of routes"},
    {"withdraw", 3, 3, command_withdraw, "NAME PREFIX"},
    {"play", 2, 3, command_play, "FILE [SPEED]: churn in the background; SPEED 0: at once"},
    {"mark", 3, 4, command_mark, "NAME MS [COUNT]: markers in the background"},
    {"wait", 2, 4, command_wait, "up [N]|eor|quiet MS|count NAME N|expect|play|marks|ms MS"},
    {"dump", 2, 2, command_dump, "FILE: all that was received, sorted"},
    {"report", 1, 2, command_report, "[FILE]: the numbers, as JSON if into a file"},
    {"quit", 1, 1, command_quit, "end the run"},
};

#define COMMAND_COUNT (sizeof(commands) / sizeof(commands[0]))

void
script_print_commands(FILE *out)
{
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		fprintf(out, "  %-9s %s\n", commands[i].name, commands[i].help);
}

static void
answer(struct sim *sim, const char *error)
{
	struct script *s = sim->script;
	uint64_t ms = (sim->now_ns - s->start_ns) / NS_PER_MS;

	if (error == NULL)
		printf("ok %" PRIu64 " %.100s\n", ms, s->command);
	else
		printf("error %" PRIu64 " %.100s: %s\n", ms, s->command, error);
	fflush(stdout);
	if (error != NULL && !s->is_stdin)
		errx(SIM_USAGE, "script: %.100s: %s", s->command, error);
}

static const char *
run(struct sim *sim, const char *command)
{
	static char line[sizeof(sim->script->line)];
	char *words[WORDS_MAX];

	for (size_t i = 0; i < COMMAND_COUNT; i++) {
		size_t len = strlen(commands[i].name), count;

		if (strncmp(command, commands[i].name, len) != 0 ||
		    (command[len] != ' ' && command[len] != '\0'))
			continue;
		strcpy(line, command);
		count = split(line, ' ', words, commands[i].cut);
		if (count < commands[i].words)
			return "too few words";
		return commands[i].run(sim, words, count);
	}
	return "no such command";
}

/* Takes the next line out of the queue. False if there is none yet. */
static bool
take_line(struct sim *sim)
{
	struct script *s = sim->script;
	uint8_t *end = s->input.len > 0 ? memchr(s->input.data, '\n', s->input.len) : NULL;
	size_t len = end != NULL ? (size_t)(end - s->input.data) : s->input.len;

	if (end == NULL && !(s->is_ended && s->input.len > 0))
		return false;
	if (len >= sizeof(s->line))
		errx(SIM_USAGE, "script: a line is too long");
	memcpy(s->line, s->input.data, len);
	s->line[len] = '\0';
	buf_drop(&s->input, end != NULL ? len + 1 : len);
	s->command = s->line;
	s->due_ns = 0;
	if (strncmp(s->line, "at ", 3) == 0) {
		s->due_ns = s->start_ns + strtoull(s->line + 3, &s->command, 10) * NS_PER_MS;
		s->command += *s->command == ' ';
	}
	s->is_pending = *s->command != '\0' && *s->command != '#';
	return true;
}

static void
read_input(struct sim *sim, struct script *s, int fd)
{
	for (;;) {
		ssize_t n = read(fd, buf_reserve(&s->input, 4096), 4096);

		if (n == -1 && errno == EAGAIN)
			return;
		if (n == -1)
			err(SIM_USAGE, "script");
		if (n == 0)
			break;
		s->input.len += (size_t)n;
	}
	s->is_ended = true;
	if (s->is_stdin)
		epoll_ctl(sim->epoll, EPOLL_CTL_DEL, fd, NULL);
}

static void
stdin_ready(struct sim *sim, struct source *source, uint32_t events)
{
	(void)events;
	read_input(sim, sim->script, source->fd);
}

void
script_open(struct sim *sim, const char *path)
{
	struct script *s = sim->script = zalloc(1, sizeof(*s));

	s->start_ns = clock_ns();
	s->timeout_ns = 600 * NS_PER_S;
	s->is_stdin = strcmp(path, "-") == 0;
	s->source = (struct source){stdin_ready, 0};
	if (!s->is_stdin) {
		int fd = open(path, O_RDONLY | O_CLOEXEC);

		if (fd == -1)
			err(SIM_USAGE, "%s", path);
		read_input(sim, s, fd);
		close(fd);
		return;
	}
	fcntl(0, F_SETFL, fcntl(0, F_GETFL) | O_NONBLOCK);
	sim_watch(sim, &s->source, EPOLLIN, true);
}

void
script_free(struct sim *sim)
{
	if (sim->script != NULL)
		buf_fini(&sim->script->input);
	free(sim->script);
}

void
script_set_timeout(struct sim *sim, uint32_t timeout_s)
{
	sim->script->timeout_ns = timeout_s * NS_PER_S;
}

/* False while the command under way still waits. */
static bool
finish_wait(struct sim *sim, struct script *s)
{
	if (s->condition(sim)) {
		s->condition = NULL;
		answer(sim, NULL);
		return true;
	}
	if (s->wait_ns < s->timeout_ns && sim->now_ns - s->due_ns > s->timeout_ns) {
		fprintf(stderr, "roost-sim: waited too long: %s\n", s->command);
		sim->exit_code = SIM_TIMEOUT;
		sim->is_stopping = true;
	}
	return false;
}

uint64_t
script_step(struct sim *sim)
{
	struct script *s = sim->script;

	while (!sim->is_stopping) {
		const char *error;

		if (s->condition != NULL && !finish_wait(sim, s))
			return sim->now_ns + POLL_NS;
		if (!s->is_pending && !take_line(sim)) {
			sim->is_stopping = s->is_ended;
			return UINT64_MAX;
		}
		if (!s->is_pending)
			continue;
		if (s->due_ns > sim->now_ns)
			return s->due_ns;
		s->is_pending = false;
		error = run(sim, s->command);
		sim->now_ns = clock_ns();
		s->due_ns = sim->now_ns; /* from here on a wait counts */
		if (s->condition == NULL)
			answer(sim, error);
	}
	return UINT64_MAX;
}
