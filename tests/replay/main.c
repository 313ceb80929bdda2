/*
 * Runs scenarios against the daemon's own code on a clock of their own.
 *
 *   replay [-v] [-s TEXT] FILE.rpl ...
 *
 *   -v       writes what happened in each scenario, and the log of the daemon
 *   -s TEXT  runs those alone whose name has this text
 *
 * One line of TAP per scenario on standard output; what went wrong, and all that was said up to
 * there, on standard error. Exit status 1 where one failed, 2 where a file cannot be read.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/replay/steps.h"

static bool
run_line(struct world *w, const struct scenario *s, const struct line *l)
{
	struct words words = words_of(l);

	world_note(w, "%s:%u: %s", s->file, l->number, l->text);
	steps_take(w, &words);
	if (words.fault[0] == '\0' && w->fault[0] == '\0')
		return true;
	fprintf(stderr, "%s:%u: %s\n    %s\n", s->file, l->number,
	    words.fault[0] != '\0' ? words.fault : w->fault, l->text);
	return false;
}

static bool
run(const struct scenario *s, bool talks)
{
	struct world *w = world_new(talks);
	bool good = true;

	for (unsigned i = 0; i < s->count && good; i++)
		good = run_line(w, s, &s->lines[i]);
	if (good && !steps_end(w)) {
		fprintf(stderr, "%s:%u: at the end %s\n", s->file, s->number, w->fault);
		good = false;
	}
	if (!good || talks)
		fprintf(stderr, "%s:%u: \"%s\"\n%s\n", s->file, s->number, s->name,
		    w->transcript.s == NULL ? "" : w->transcript.s);
	world_free(w);
	return good;
}

static int
usage(void)
{
	fprintf(stderr, "usage: replay [-v] [-s TEXT] FILE.rpl ...\n");
	return 2;
}

int
main(int argc, char **argv)
{
	struct scenarios all = {0};
	const char *only = "", *wrong;
	unsigned number = 0, bad = 0;
	bool talks = false;
	int option;

	while ((option = getopt(argc, argv, "vs:")) != -1) {
		if (option == 'v')
			talks = true;
		else if (option == 's')
			only = optarg;
		else
			return usage();
	}
	if (optind == argc)
		return usage();
	for (; optind < argc; optind++)
		if ((wrong = scenarios_read(&all, argv[optind])) != NULL) {
			fprintf(stderr, "%s\n", wrong);
			scenarios_free(&all);
			return 2;
		}
	for (unsigned i = 0; i < all.count; i++) {
		const struct scenario *s = &all.all[i];
		bool good;

		if (strstr(s->name, only) == NULL)
			continue;
		/* Should the daemon abort, this tells where. */
		printf("# %s:%u\n", s->file, s->number);
		fflush(stdout);
		good = run(s, talks);
		bad += !good;
		printf("%s %u - %s\n", good ? "ok" : "not ok", ++number, s->name);
	}
	printf("1..%u\n", number);
	scenarios_free(&all);
	return bad > 0;
}
