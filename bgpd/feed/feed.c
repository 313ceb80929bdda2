/* Reading data files; see feed.h. Runs in the feed child, or in the parent for roostd -n. */
#include "bgpd/feed/feed.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bgpd/conf/report.h"
#include "bgpd/conf/source.h"
#include "bgpd/feed/reader.h"

/* Root, who wrote the configuration, can read it; whoever reads data for the daemon can not. */
static const char *
hint(const char *path)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);

	if (fd != -1)
		close(fd);
	return fd == -1 && errno == EACCES
	    ? "; data files are read as the account of daemon.user, which must be allowed to"
	    : "";
}

static void
load_file(struct reader *reader, const struct feed_file *file, struct conf_report *notes)
{
	char why[CONF_TEXT_MAX];
	bool is_world_readable;
	struct stat st = {0};
	size_t len;
	char *octets;

	/* Before it is read: a file that is replaced meanwhile counts as the older one. */
	if (stat(file->path, &st) == -1)
		st.st_mtime = 0;
	octets = source_slurp(file->path, FEED_FILE_MAX, &len, &is_world_readable, why);
	if (octets == NULL)
		report_add(notes, CONF_ERROR, file->path, 0, 0, "the %s file %s%s",
		    feed_kind_name(file->kind), why, hint(file->path));
	else
		reader_take(reader, file, octets, len, st.st_mtime > 0 ? (uint64_t)st.st_mtime : 0);
	free(octets);
}

int
feed_load(const struct feed_request *request, struct feed_report *report)
{
	struct reader reader;
	int fd;

	reader_init(&reader, request, report);
	for (size_t i = 0; i < request->file_count; i++)
		load_file(&reader, &request->files[i], &report->notes);
	fd = reader_end(&reader);
	reader_fini(&reader);
	return fd;
}
