/*
 * roost-sim: many members of an exchange in one process on one core.
 *
 * Options, the loop, the end. The parts: plan.c and synthetic.c say who the members are, member.c
 * keeps their sessions, announce.c and receive.c speak and hear, script.c says what happens when,
 * report.c and dump.c tell what was seen, sender.c is the wire baseline. README.md tells more.
 */
#include "tests/sim/listen.h"
#include "tests/sim/marks.h"
#include "tests/sim/plan.h"
#include "tests/sim/report.h"
#include "tests/sim/routes.h"
#include "tests/sim/script.h"
#include "tests/sim/sender.h"
#include "tests/sim/sim.h"

#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define TICK_NS	   (100 * NS_PER_MS)
#define EVENTS_MAX 256
#define RX_TOTAL   (256 * 1024 + MSG_MAX_EXTENDED + 1)

struct options {
	const char *plan;
	const char *script;
	const char *json;
	const char *dump;
	const char *expect;
	const char *write_plan;
	const char *sender;
	size_t synthetic[3]; /* members, routes, share */
	struct address base;
	struct address server;
	struct member_conf defaults;
	uint32_t asn; /* of the sender */
	uint32_t seconds;
	uint32_t timeout_s;
	size_t sessions;
	bool until_complete;
};

static volatile sig_atomic_t interrupted;

static void
interrupt(int signal_number)
{
	(void)signal_number;
	interrupted = 1;
}

uint64_t
clock_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * NS_PER_S + (uint64_t)t.tv_nsec;
}

struct member *
sim_find(struct sim *sim, const char *name)
{
	for (size_t i = 0; i < sim->member_count; i++)
		if (strcmp(sim->members[i].conf.name, name) == 0)
			return &sim->members[i];
	return NULL;
}

void
sim_watch(struct sim *sim, struct source *source, uint32_t events, bool is_new)
{
	struct epoll_event ev = {.events = events, .data.ptr = source};

	if (epoll_ctl(sim->epoll, is_new ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, source->fd, &ev) == -1)
		err(SIM_USAGE, "epoll_ctl");
}

void
sim_accuse(struct sim *sim, struct member *m, const char *what, const uint8_t *bytes, size_t len)
{
	fprintf(stderr, "roost-sim: PROTOCOL ERROR of the other side, session %s (AS%u): %s\n",
	    m->conf.name, m->conf.asn, what);
	fprintf(stderr, "roost-sim: message of %zu octets:", len);
	for (size_t i = 0; i < len; i++)
		fprintf(stderr, "%s%02x", i % 32 == 0 ? "\n  " : "", bytes[i]);
	fprintf(stderr, "\n");
	sim->exit_code = SIM_PROTOCOL;
	sim->is_stopping = true;
}

static void
load_expectations(struct sim *sim, const char *path)
{
	FILE *file = fopen(path, "r");
	char name[128];
	size_t count;

	if (file == NULL)
		err(SIM_USAGE, "%s", path);
	while (fscanf(file, "%127s %zu", name, &count) == 2) {
		struct member *m = sim_find(sim, name);

		if (m == NULL)
			errx(SIM_USAGE, "%s: no session %s", path, name);
		sim->expecting += m->is_expecting ? 0 : 1;
		m->is_expecting = true;
		m->expected = count;
	}
	if (!feof(file))
		errx(SIM_USAGE, "%s: a line must be: session count", path);
	fclose(file);
}

/* One option; what it does to a run. */
struct option_row {
	const char *name;
	const char *value; /* what the help calls it, NULL = has none */
	void (*set)(struct sim *sim, struct options *o, const char *value);
	const char *help;
};

static unsigned long
take_number(const char *text, unsigned long max)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	if (*text < '0' || *text > '9' || *end != '\0' || value > max)
		errx(SIM_USAGE, "%s is not a number up to %lu", text, max);
	return value;
}

static void
take_address(const char *text, struct address *out)
{
	if (!address_parse(text, out))
		errx(SIM_USAGE, "%s is not an address", text);
}

static void
set_plan(struct sim *sim, struct options *o, const char *value)
{
	(void)sim;
	o->plan = value;
}

static void
set_synthetic(struct sim *sim, struct options *o, const char *value)
{
	(void)sim;
	if (sscanf(value, "%zu,%zu,%zu", &o->synthetic[0], &o->synthetic[1], &o->synthetic[2]) != 3)
		errx(SIM_USAGE, "--synthetic wants MEMBERS,ROUTES,SHARE");
}

static void
set_base(struct sim *sim, struct options *o, const char *value)
{
	(void)sim;
	take_address(value, &o->base);
}

static void
set_peer(struct sim *sim, struct options *o, const char *value)
{
	(void)sim;
	take_address(value, &o->server);
}

static void
set_port(struct sim *sim, struct options *o, const char *value)
{
	(void)sim;
	o->defaults.port = (uint16_t)take_number(value, 65535);
}

static void
set_write_plan(struct sim *sim, struct options *o, const char *value)
{
	(void)sim;
	o->write_plan = value;
}

static void
set_script(struct sim *sim, struct options *o, const char *value)
{
	(void)sim;
	o->script = value;
}

static void
set_timeout(struct sim *sim, struct options *o, const char *value)
{
	(void)sim;
	o->timeout_s = (uint32_t)take_number(value, 1000000);
}

static void
set_seconds(struct sim *sim, struct options *o, const char *value)
{
	(void)sim;
	o->seconds = (uint32_t)take_number(value, 1000000);
}

static void
set_until_complete(struct sim *sim, struct options *o, const char *value)
{
	(void)sim;
	(void)value;
	o->until_complete = true;
}

static void
set_expect(struct sim *sim, struct options *o, const char *value)
{
	(void)sim;
	o->expect = value;
}

static void
set_together(struct sim *sim, struct options *o, const char *value)
{
	(void)o;
	(void)value;
	sim->is_together = true;
}

static void
set_count_only(struct sim *sim, struct options *o, const char *value)
{
	(void)o;
	(void)value;
	sim->count_only = true;
}

static void
set_dump(struct sim *sim, struct options *o, const char *value)
{
	(void)sim;
	o->dump = value;
}

static void
set_json(struct sim *sim, struct options *o, const char *value)
{
	(void)sim;
	o->json = value;
}

static void
set_record(struct sim *sim, struct options *o, const char *value)
{
	(void)o;
	sim->record_dir = value;
}

static void
set_sender(struct sim *sim, struct options *o, const char *value)
{
	(void)sim;
	o->sender = value;
}

static void
set_sessions(struct sim *sim, struct options *o, const char *value)
{
	(void)sim;
	o->sessions = take_number(value, 1000000);
}

static void
set_asn(struct sim *sim, struct options *o, const char *value)
{
	(void)sim;
	o->asn = (uint32_t)take_number(value, UINT32_MAX);
}

static void
set_keys(struct sim *sim, struct options *o, const char *value)
{
	(void)sim;
	(void)o;
	(void)value;
	plan_print_keys(stdout);
	exit(SIM_OK);
}

static void
set_commands(struct sim *sim, struct options *o, const char *value)
{
	(void)sim;
	(void)o;
	(void)value;
	script_print_commands(stdout);
	exit(SIM_OK);
}

static const struct option_row rows[] = {
    {"plan", "FILE", set_plan, "who the members are (--keys: what a plan may say)"},
    {"synthetic", "M,R,S", set_synthetic,
	"M members, R routes each, half of the prefixes from S members each"},
    {"base", "ADDRESS", set_base, "first member's address, synthetic (10.99.1.0)"},
    {"peer", "ADDRESS", set_peer, "the route server, synthetic and sender (10.99.0.1)"},
    {"port", "N", set_port, "its port, synthetic and sender (179)"},
    {"write-plan", "DIR", set_write_plan, "write the synthetic plan and its routes, and end"},
    {"script", "FILE", set_script, "what to do (--commands), - is stdin"},
    {"timeout", "SECONDS", set_timeout, "longest wait of a script (600)"},
    {"seconds", "N", set_seconds, "end after N seconds"},
    {"until-complete", NULL, set_until_complete, "end when all have as many routes as expected"},
    {"expect", "FILE", set_expect, "lines \"session count\""},
    {"together", NULL, set_together, "announce only when all sessions are established"},
    {"count-only", NULL, set_count_only, "count routes, keep no tables"},
    {"dump", "FILE", set_dump, "at the end, all that was received"},
    {"json", "FILE", set_json, "at the end, the numbers"},
    {"record", "DIR", set_record, "keep the UPDATEs that each session received"},
    {"sender", "DIR", set_sender, "be the wire baseline: send what --record kept"},
    {"sessions", "N", set_sessions, "sessions that the sender waits for"},
    {"asn", "N", set_asn, "the sender's AS number (64500)"},
    {"keys", NULL, set_keys, "print the keys of a plan"},
    {"commands", NULL, set_commands, "print the commands of a script"},
};

#define ROW_COUNT (sizeof(rows) / sizeof(rows[0]))

static void
print_usage(FILE *out)
{
	fprintf(out,
	    "usage: roost-sim --plan FILE | --synthetic MEMBERS,ROUTES,SHARE [options]\n"
	    "       roost-sim --sender DIR --peer ADDRESS --sessions N [--port N] [--asn N]\n");
	for (size_t i = 0; i < ROW_COUNT; i++)
		fprintf(out, "  --%-14s %-8s %s\n", rows[i].name,
		    rows[i].value != NULL ? rows[i].value : "", rows[i].help);
	fprintf(out,
	    "exit code: 0, 1 the other side broke the protocol, 2 usage, "
	    "3 waited too long\n");
}

static void
read_options(struct sim *sim, struct options *o, int argc, char *argv[])
{
	struct option long_options[ROW_COUNT + 2] = {0};
	int option, row = 0;

	for (size_t i = 0; i < ROW_COUNT; i++) {
		long_options[i].name = rows[i].name;
		long_options[i].has_arg = rows[i].value != NULL ? required_argument : no_argument;
	}
	long_options[ROW_COUNT] = (struct option){"help", no_argument, NULL, 'h'};
	*o = (struct options){.timeout_s = 600, .asn = 64500};
	plan_conf_init(&o->defaults);
	take_address("10.99.1.0", &o->base);
	take_address("10.99.0.1", &o->server);
	while ((option = getopt_long(argc, argv, "h", long_options, &row)) != -1) {
		if (option == 'h' || option == '?') {
			print_usage(option == 'h' ? stdout : stderr);
			exit(option == 'h' ? SIM_OK : SIM_USAGE);
		}
		rows[row].set(sim, o, optarg);
	}
	if (optind < argc || (o->plan != NULL) + (o->synthetic[0] > 0) + (o->sender != NULL) != 1) {
		print_usage(stderr);
		exit(SIM_USAGE);
	}
	o->defaults.peer = o->server;
}

static void
allow_files(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

static void
prepare(struct sim *sim, const struct options *o)
{
	sim->store = store_new();
	sim->rx = grow(NULL, RX_TOTAL);
	sim->epoll = epoll_create1(EPOLL_CLOEXEC);
	sim->start_ns = sim->now_ns = clock_ns();
	if (sim->epoll == -1)
		err(SIM_USAGE, "epoll_create1");
	if (o->plan != NULL)
		plan_load(sim, o->plan);
	else
		synthetic_make(
		    sim, &o->defaults, o->synthetic[0], o->synthetic[1], o->synthetic[2], &o->base);
	if (o->expect != NULL)
		load_expectations(sim, o->expect);
	if (sim->record_dir != NULL && mkdir(sim->record_dir, 0777) == -1 && errno != EEXIST)
		err(SIM_USAGE, "%s", sim->record_dir);
}

static void
start(struct sim *sim, const struct options *o)
{
	if (o->script != NULL) {
		script_open(sim, o->script);
		script_set_timeout(sim, o->timeout_s);
	}
	listen_start(sim);
	sim->start_ns = sim->now_ns = clock_ns();
	for (size_t i = 0; i < sim->member_count; i++) {
		receive_judge(sim, &sim->members[i]);
		member_up(sim, &sim->members[i]);
	}
}

static int
wait_ms(const struct sim *sim, uint64_t due_ns)
{
	uint64_t ms =
	    due_ns <= sim->now_ns ? 0 : (due_ns - sim->now_ns + NS_PER_MS - 1) / NS_PER_MS;

	return ms > 100 ? 100 : (int)ms;
}

static uint64_t
earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static void
loop(struct sim *sim, const struct options *o)
{
	struct epoll_event events[EVENTS_MAX];
	uint64_t tick_ns = sim->now_ns + TICK_NS;
	uint64_t end_ns = o->seconds > 0 ? sim->now_ns + o->seconds * NS_PER_S : UINT64_MAX;

	while (!sim->is_stopping && interrupted == 0 && sim->now_ns < end_ns) {
		uint64_t due = earlier(churn_step(sim), marks_step(sim));
		int count;

		if (sim->script != NULL)
			due = earlier(due, script_step(sim));
		if (sim->is_stopping || (o->until_complete && sim->complete_ns != 0))
			break;
		count = epoll_wait(sim->epoll, events, EVENTS_MAX, wait_ms(sim, due));
		sim->now_ns = clock_ns();
		for (int i = 0; i < count && !sim->is_stopping; i++) {
			struct source *source = events[i].data.ptr;

			source->ready(sim, source, events[i].events);
		}
		if (sim->now_ns >= tick_ns) {
			tick_ns = sim->now_ns + TICK_NS;
			member_tick(sim);
		}
	}
}

static void
finish(struct sim *sim, const struct options *o)
{
	if (o->dump != NULL && !report_dump(sim, o->dump))
		err(SIM_USAGE, "%s", o->dump);
	if (o->json != NULL && !report_json(sim, o->json))
		err(SIM_USAGE, "%s", o->json);
	report_print(sim, stdout);
	fflush(stdout);
	for (size_t i = 0; i < sim->member_count; i++) {
		struct member *m = &sim->members[i];

		member_down(sim, m, false);
		if (m->record != NULL && fclose(m->record) != 0)
			err(SIM_USAGE, "recording of %s", m->conf.name);
	}
	listen_stop(sim);
}

int
main(int argc, char *argv[])
{
	static struct sim sim;
	struct options o;

	read_options(&sim, &o, argc, argv);
	allow_files();
	signal(SIGPIPE, SIG_IGN);
	sigaction(SIGINT, &(struct sigaction){.sa_handler = interrupt}, NULL);
	sigaction(SIGTERM, &(struct sigaction){.sa_handler = interrupt}, NULL);
	if (o.sender != NULL)
		return sender_run(
		    &(struct sender_conf){o.server, o.defaults.port, o.asn, o.sender, o.sessions});
	prepare(&sim, &o);
	if (o.write_plan != NULL) {
		synthetic_write(&sim, o.write_plan);
		return SIM_OK;
	}
	start(&sim, &o);
	loop(&sim, &o);
	finish(&sim, &o);
	return sim.exit_code;
}
