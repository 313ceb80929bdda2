/*
 * Fuzz target: a data file. The first octet says of which kind (enum feed_kind), the rest is the
 * file. Whatever the octets are, there are either data that policy can take in, or errors.
 */
#include "tests/fuzz/fuzz.h"

#include <string.h>
#include <unistd.h>

#include "bgpd/feed/reader.h"

static void
check_data(int fd)
{
	struct feed_map map;

	MUST(feed_map(fd, &map) == 0);
	touch(map.data.text, map.data.text_len);
	feed_unmap(&map);
	close(fd);
}

static void
check_report(const struct feed_report *report, size_t size)
{
	MUST(report->notes.count <= CONF_ERRORS_MAX + CONF_WARNINGS_MAX);
	for (size_t i = 0; i < report->notes.count; i++) {
		const struct conf_note *note = &report->notes.notes[i];

		MUST(note->text[0] != '\0' && note->file[0] != '\0');
		MUST(strpbrk(note->text, "\n\r\t\x1b") == NULL);
		MUST(note->line <= size + 1 && note->col <= size + 1);
	}
	MUST(report->source_count == 1 && report->sources[0].octets == size);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const objects[] = {"AS-FOO", "RIPE::AS-FOO", "AS-A", "AS1:AS-B", "AS1"};
	static const char *const anchors[] = {"ripe", "APNIC RPKI Root"};
	static const uint32_t asns[] = {1, 64500};
	struct feed_file file = {FEED_IRR, "fuzz"};
	const struct feed_request request = {
	    .files = &file,
	    .objects = objects,
	    .anchors = anchors,
	    .network_asns = asns,
	    .file_count = 1,
	    .object_count = sizeof(objects) / sizeof(objects[0]),
	    .anchor_count = 2,
	    .network_asn_count = 2,
	    .now_s = 1800000000,
	    .rpki_age_s = 3600,
	};
	struct feed_report report;
	struct reader reader;
	int fd;

	if (size == 0)
		return 0;
	file.kind = (enum feed_kind)(data[0] % FEED_KINDS);
	feed_report_init(&report);
	reader_init(&reader, &request, &report);
	reader_take(&reader, &file, (const char *)data + 1, size - 1, request.now_s);
	fd = reader_end(&reader);
	MUST((fd == -1) == (report.notes.errors > 0));
	if (fd != -1)
		check_data(fd);
	check_report(&report, size - 1);
	reader_fini(&reader);
	feed_report_fini(&report);
	return 0;
}
