/* Checking data files without running a daemon: see dryrun.h. */
#include "bgpd/parent/dryrun.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "bgpd/clock.h"
#include "bgpd/feed/feed.h"
#include "bgpd/ipc/bug.h"
#include "bgpd/parent/rights.h"

/* Files that root can read and the daemon's reader can not shall not be found good. */
static void
give_up_rights(const struct conf *conf)
{
	char error[RIGHTS_ERROR_MAX];
	struct rights rights;

	/* Without the account the daemon keeps its rights, too, with an alarm. */
	(void)rights_find(&rights, conf_daemon(conf)->user, error);
	rights.chroot = false;
	(void)rights_give_up(&rights);
}

static int
compare_names(const void *a, const void *b)
{
	return strcasecmp(*(const char *const *)a, *(const char *const *)b);
}

/* The names of objects that have members or prefixes, sorted. */
static const char **
names_with_data(const struct policy_data *data, size_t *count)
{
	const char **names = bug_calloc(data->object_count + (size_t)1, sizeof(*names));

	*count = 0;
	for (uint32_t i = 0; i < data->object_count; i++)
		if (data->objects[i].asns.count > 0 || data->objects[i].prefixes.count > 0)
			names[(*count)++] = data->text + data->objects[i].name;
	qsort(names, *count, sizeof(*names), compare_names);
	return names;
}

/* "AS64500", or that of a source: stands for itself, whatever the data say. */
static bool
is_asn(const char *name)
{
	const char *bare = strstr(name, "::");

	bare = bare == NULL ? name : bare + 2;
	return strncasecmp(bare, "AS", 2) == 0 && bare[2] != '\0' &&
	    strspn(bare + 2, "0123456789") == strlen(bare + 2);
}

/* AS-SETs of the configuration for which the data have nothing: they authorise nobody. */
static size_t
count_missing(const struct feed_request *request, const struct policy_data *data)
{
	size_t count, missing = 0;
	const char **names = names_with_data(data, &count);

	for (size_t i = 0; i < request->object_count; i++)
		missing += !is_asn(request->objects[i]) &&
		    bsearch(&request->objects[i], names, count, sizeof(*names), compare_names) ==
			NULL;
	free(names);
	return missing;
}

static void
print_count(FILE *out, size_t count, const char *one, const char *many, const char *end)
{
	fprintf(out, "%zu %s%s", count, count == 1 ? one : many, end);
}

/* Returns 0, or -1 after a message: the records are not what the reader promises, our own fault. */
static int
print_counts(const struct feed_request *request, int data_fd, FILE *out, FILE *errors)
{
	const struct policy_data *data;
	struct feed_map map;

	if (feed_map(data_fd, &map) == -1) {
		fprintf(errors, "roostd: the data that were read cannot be used: %s\n",
		    strerror(errno));
		return -1;
	}
	data = &map.data;
	fprintf(out, "data files are good: ");
	print_count(out, data->vrp_count, "VRP", "VRPs", ", ");
	print_count(out, data->aspa_count, "ASPA", "ASPAs", ", ");
	print_count(out, data->route_count, "route object", "route objects", ", ");
	print_count(out, data->object_count, "AS-SET", "AS-SETs", ", ");
	print_count(out, count_missing(request, data), "name", "names", " without data\n");
	feed_unmap(&map);
	return 0;
}

int
dryrun_data(const struct conf *conf, FILE *out, FILE *errors)
{
	struct feed_request *request = feed_request_new(conf, clock_wall_ms() / 1000);
	struct feed_report report;
	int data_fd, result = -1;

	if (request->file_count == 0) {
		feed_request_free(request);
		return 0;
	}
	give_up_rights(conf);
	feed_report_init(&report);
	data_fd = feed_load(request, &report);
	conf_report_print(&report.notes, errors);
	if (data_fd != -1) {
		result = print_counts(request, data_fd, out, errors);
		close(data_fd);
	}
	feed_report_fini(&report);
	feed_request_free(request);
	return result;
}
