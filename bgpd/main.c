/*
 * roostd's command line: what is asked for is found out here and done elsewhere. The same program
 * is the parent and, started by the parent with --role, each of its children.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bgpd/conf/conf.h"
#include "bgpd/core/core.h"
#include "bgpd/event.h"
#include "bgpd/feed/feed.h"
#include "bgpd/ipc/bug.h"
#include "bgpd/log.h"
#include "bgpd/parent/child.h"
#include "bgpd/parent/dryrun.h"
#include "bgpd/parent/keys.h"
#include "bgpd/parent/parent.h"
#include "bgpd/parent/sandbox.h"
#include "bgpd/session/worker.h"

#define EXIT_USAGE	 2
#define INSTANCE_DEFAULT "main"

static const char usage_text[] =
    "usage: roostd -c FILE [-n] [-d | -v LEVEL] [--instance NAME]\n"
    "       roostd --schema | --version | --help\n"
    "\n"
    "  -c, --config FILE      the configuration\n"
    "  -n, --check            check the configuration and the data files that it names, say\n"
    "                         what is wrong with them, and exit\n"
    "  -d, --debug            the same as -v debug\n"
    "  -v, --log-level LEVEL  debug, info, notice, warning, error or critical, whatever\n"
    "                         daemon.log_level says\n"
    "      --instance NAME    the name of this daemon among several on one host (" INSTANCE_DEFAULT
    ")\n"
    "      --schema           print every configuration key as a Markdown table\n"
    "      --version          print the version\n"
    "  -h, --help             print this\n"
    "\n"
    "roostd stays in the foreground and logs to standard error. SIGTERM and SIGINT end it:\n"
    "sessions are closed with Cease. Exit status: 0 good, 1 failed, 2 wrong usage.\n";

enum action { ACTION_RUN, ACTION_CHECK, ACTION_SCHEMA, ACTION_VERSION, ACTION_HELP };

struct arguments {
	enum action action;
	const char *conf;
	const char *instance;
	int level; /* enum log_level, -1: the configuration's */
};

enum { OPTION_INSTANCE = 256, OPTION_SCHEMA, OPTION_VERSION };

static const struct option options[] = {
    {"config", required_argument, NULL, 'c'},
    {"check", no_argument, NULL, 'n'},
    {"debug", no_argument, NULL, 'd'},
    {"log-level", required_argument, NULL, 'v'},
    {"instance", required_argument, NULL, OPTION_INSTANCE},
    {"schema", no_argument, NULL, OPTION_SCHEMA},
    {"version", no_argument, NULL, OPTION_VERSION},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

static int
set_level(struct arguments *a, const char *text)
{
	enum log_level level;

	if (!log_level_parse(text, &level)) {
		fprintf(stderr,
		    "roostd: %s is no log level: expected debug, info, notice, warning, error or "
		    "critical\n",
		    text);
		return -1;
	}
	a->level = (int)level;
	return 0;
}

/* One option. Returns 0, or -1 after a message. */
static int
take_option(struct arguments *a, int option)
{
	switch (option) {
	case 'c':
		a->conf = optarg;
		return 0;
	case 'n':
		a->action = ACTION_CHECK;
		return 0;
	case 'd':
		a->level = LOG_LEVEL_DEBUG;
		return 0;
	case 'v':
		return set_level(a, optarg);
	case OPTION_INSTANCE:
		a->instance = optarg;
		return 0;
	case OPTION_SCHEMA:
		a->action = ACTION_SCHEMA;
		return 0;
	case OPTION_VERSION:
		a->action = ACTION_VERSION;
		return 0;
	case 'h':
		a->action = ACTION_HELP;
		return 0;
	default: /* getopt has said what */
		return -1;
	}
}

static int
read_arguments(int argc, char *argv[], struct arguments *a)
{
	int option;

	while ((option = getopt_long(argc, argv, "c:ndv:h", options, NULL)) != -1)
		if (take_option(a, option) == -1)
			return -1;
	if (optind < argc) {
		fprintf(stderr, "roostd: what is %s? The configuration is given by -c FILE\n",
		    argv[optind]);
		return -1;
	}
	if (a->conf == NULL && a->action <= ACTION_CHECK) {
		fprintf(stderr, "roostd: no configuration: give one with -c FILE\n");
		return -1;
	}
	return 0;
}

static int
compare_asns(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static size_t
count_members(const struct conf *conf)
{
	size_t i, members = 0, peers = 0;
	uint32_t *asns = bug_calloc(conf_peer_count(conf) + 1, sizeof(*asns));

	for (i = 0; i < conf_slots(conf); i++)
		if (conf_peer(conf, i) != NULL)
			asns[peers++] = conf_peer(conf, i)->asn;
	qsort(asns, peers, sizeof(*asns), compare_asns);
	for (i = 0; i < peers; i++)
		members += i == 0 || asns[i] != asns[i - 1];
	free(asns);
	return members;
}

static const char *
plural(size_t count)
{
	return count == 1 ? "" : "s";
}

static void
print_good(const struct conf *conf)
{
	size_t peers = conf_peer_count(conf), members = count_members(conf);

	printf("configuration is good: %zu peer%s of %zu member%s\n", peers, plural(peers), members,
	    plural(members));
}

static int
check(const struct arguments *a)
{
	struct conf_report report;
	struct conf *conf;
	bool is_good;
	int result;

	conf_report_init(&report);
	conf = conf_load(a->conf, a->instance, &report);
	is_good = conf != NULL && keys_check(conf, &report);
	conf_report_print(&report, stderr);
	conf_report_fini(&report);
	if (!is_good) {
		conf_free(conf);
		return EXIT_FAILURE;
	}
	print_good(conf);
	result = dryrun_data(conf, stdout, stderr);
	conf_free(conf);
	return fflush(stdout) == 0 && result == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* What the configuration was found to be, as lines of the log. */
static void
log_report(const struct conf_report *report)
{
	char at[CONF_FILE_MAX + 32];
	size_t i;

	for (i = 0; i < report->count; i++) {
		const struct conf_note *n = &report->notes[i];

		snprintf(at, sizeof(at), "%s:%u:%u", n->file, n->line, n->col);
		if (n->severity == CONF_WARNING)
			event_log(EVENT_CONF_WARNING, at, n->text);
		else
			event_log(EVENT_CONF_NOTE, at, n->text);
	}
}

static int
run(const struct arguments *a)
{
	struct parent_options parent = {.conf_path = a->conf, .level = a->level};
	struct conf_report report;
	int status;

	conf_report_init(&report);
	parent.conf = conf_load(a->conf, a->instance, &report);
	parent.report = &report;
	if (parent.conf == NULL) {
		conf_report_print(&report, stderr);
		event_log(EVENT_CONF_REFUSED, a->conf, report.errors);
		conf_report_fini(&report);
		return EXIT_FAILURE;
	}
	log_init("parent",
	    a->level >= 0 ? (enum log_level)a->level
			  : (enum log_level)conf_daemon(parent.conf)->log_level);
	log_report(&report);
	status = parent_run(&parent);
	conf_report_fini(&report);
	return status;
}

static int
act(const struct arguments *a)
{
	switch (a->action) {
	case ACTION_HELP:
		fputs(usage_text, stdout);
		break;
	case ACTION_VERSION:
		printf("roostd %s\n", ROOST_VERSION);
		break;
	case ACTION_SCHEMA:
		conf_write_schema(stdout);
		break;
	case ACTION_CHECK:
		return check(a);
	case ACTION_RUN:
		return run(a);
	}
	if (fflush(stdout) == 0)
		return EXIT_SUCCESS;
	fprintf(stderr, "roostd: standard output: %s\n", strerror(errno));
	return EXIT_FAILURE;
}

static int
run_reader(void)
{
	if (sandbox_enter(SANDBOX_READER) == -1)
		event_log(EVENT_RIGHTS_KEPT, "reader", "seccomp", strerror(errno));
	return feed_main(CHILD_CHANNEL_FD);
}

static int
run_child(int argc, char *argv[])
{
	struct worker_start worker = {.channel_fd = CHILD_CHANNEL_FD};
	struct core_start core = {.channel_fd = CHILD_CHANNEL_FD};
	struct child_start start;

	if (child_parse(argc, argv, &start) == -1) {
		fprintf(stderr, "roostd: --role is for roostd itself; see roostd --help\n");
		return EXIT_USAGE;
	}
	if (child_enter(&start) == -1)
		return EXIT_FAILURE;
	if (start.role == CHILD_RIB)
		return core_main(&core);
	if (start.role == CHILD_READER)
		return run_reader();
	worker.index = start.index;
	return worker_main(&worker);
}

/* Descriptors 0 to 2 exist: none of our sockets shall ever be taken for standard error. */
static void
open_standard_descriptors(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDWR);
	} while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

int
main(int argc, char *argv[])
{
	struct arguments arguments = {.instance = INSTANCE_DEFAULT, .level = -1};

	if (child_is_meant(argc, argv))
		return run_child(argc, argv);
	open_standard_descriptors();
	if (read_arguments(argc, argv, &arguments) == -1) {
		fprintf(stderr, "roostd --help shows how\n");
		return EXIT_USAGE;
	}
	return act(&arguments);
}
