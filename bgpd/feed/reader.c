/* From files' octets to a memfd; see reader.h. */
#include "bgpd/feed/reader.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bgpd/conf/report.h"
#include "bgpd/ipc/bug.h"
#include "bgpd/utf8.h"

static const struct kind {
	const char *name;
	int (*read)(struct reader *, struct input *);
} kinds[FEED_KINDS] = {
    [FEED_IRR] = {"irr", irr_read},
    [FEED_RPKI] = {"rpki", rpki_read},
    [FEED_ARIN] = {"arin", arin_read},
    [FEED_REGISTROBR] = {"registrobr", registrobr_read},
    [FEED_PEERINGDB] = {"peeringdb", peeringdb_read},
    [FEED_RTT] = {"rtt", rtt_read},
};

const char *
feed_kind_name(enum feed_kind kind)
{
	return kinds[kind].name;
}

void
feed_report_init(struct feed_report *report)
{
	*report = (struct feed_report){0};
	conf_report_init(&report->notes);
}

void
feed_report_fini(struct feed_report *report)
{
	conf_report_fini(&report->notes);
	free(report->sources);
	*report = (struct feed_report){0};
}

void
reader_init(struct reader *reader, const struct feed_request *request, struct feed_report *report)
{
	*reader = (struct reader){.request = request, .report = report};
	build_init(&reader->build);
	objects_init(&reader->objects);
}

void
reader_fini(struct reader *reader)
{
	build_fini(&reader->build);
	objects_fini(&reader->objects);
}

static struct feed_source *
new_source(struct feed_report *report, const struct feed_file *file)
{
	struct feed_source *source;

	report->sources =
	    bug_reallocarray(report->sources, report->source_count + 1, sizeof(*report->sources));
	source = &report->sources[report->source_count++];
	memset(source, 0, sizeof(*source));
	source->kind = file->kind;
	utf8_clean(file->path, source->path, sizeof(source->path));
	return source;
}

void
reader_take(struct reader *reader, const struct feed_file *file, const char *octets, size_t len,
    uint64_t changed_s)
{
	struct feed_source *source = new_source(reader->report, file);
	struct input in;

	source->octets = len;
	source->time_s = changed_s;
	input_init(&in, octets, len, source, &reader->report->notes);
	if (kinds[file->kind].read(reader, &in) == 0)
		input_end(&in);
}

/* The path of the first file of a kind, or its name where there is none. */
static const char *
first_path(const struct feed_request *request, enum feed_kind kind)
{
	for (size_t i = 0; i < request->file_count; i++)
		if (request->files[i].kind == kind)
			return request->files[i].path;
	return feed_kind_name(kind);
}

static void
settle(struct reader *reader)
{
	struct conf_report *notes = &reader->report->notes;
	size_t networks = build_settle_networks(&reader->build);
	size_t rtts = build_settle_rtts(&reader->build);

	if (networks > 0)
		report_add(notes, CONF_WARNING, first_path(reader->request, FEED_PEERINGDB), 0, 0,
		    "networks that are there more than once: one record of each is used, %zu were "
		    "left out",
		    networks);
	if (rtts > 0)
		report_add(notes, CONF_WARNING, first_path(reader->request, FEED_RTT), 0, 0,
		    "addresses that are there more than once: the lowest time is used, %zu were "
		    "left out",
		    rtts);
}

/* An error where there are RPKI files, and all are too old: no data is not the same as none. */
static void
check_stale(const struct reader *reader)
{
	const struct feed_report *report = reader->report;
	size_t files = 0, stale = 0;

	for (size_t i = 0; i < report->source_count; i++) {
		files += report->sources[i].kind == FEED_RPKI;
		stale += report->sources[i].is_stale;
	}
	if (stale > 0 && stale == files)
		report_add(&reader->report->notes, CONF_ERROR,
		    first_path(reader->request, FEED_RPKI), 0, 0,
		    "all RPKI files are too old; see that the validator runs, or raise "
		    "rpki_roas.ignore_cache_files_older_than");
}

/* Policy takes so many and no more; that the memory does not hold them is another matter. */
static void
check_counts(const struct reader *reader)
{
	static const struct row {
		enum section section;
		enum feed_kind kind;
	} rows[] = {
	    {SECTION_VRPS, FEED_RPKI},
	    {SECTION_ROUTES, FEED_IRR},
	    {SECTION_PREFIXES, FEED_IRR},
	    {SECTION_ARIN, FEED_ARIN},
	    {SECTION_REGISTROBR, FEED_REGISTROBR},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (reader->build.sections[rows[i].section].count > FEED_RECORDS_MAX)
			report_add(&reader->report->notes, CONF_ERROR,
			    first_path(reader->request, rows[i].kind), 0, 0,
			    "more than %u prefixes in all %s files: give fewer", FEED_RECORDS_MAX,
			    feed_kind_name(rows[i].kind));
}

int
reader_end(struct reader *reader)
{
	struct conf_report *notes = &reader->report->notes;
	int fd;

	check_stale(reader);
	if (notes->errors > 0)
		return -1;
	settle(reader);
	objects_write(&reader->objects, reader->request, &reader->build, notes);
	check_counts(reader);
	if (notes->errors > 0)
		return -1;
	fd = build_seal(&reader->build);
	if (fd == -1)
		report_add(
		    notes, CONF_ERROR, "feed", 0, 0, "no memory for the data: %s", strerror(errno));
	return fd;
}
