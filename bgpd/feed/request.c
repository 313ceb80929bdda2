/*
 * A request in a sealed memfd, on its way from the parent to the child; see feed.h.
 *
 *   sections: one request_head, files, objects, anchors (offsets in text), ASNs, text
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bgpd/feed/array.h"
#include "bgpd/feed/feed.h"
#include "bgpd/ipc/bug.h"

#define REQUEST_MAGIC	0x52465251u /* "RFRQ" */
#define REQUEST_VERSION 1

struct request_head {
	uint64_t now_s;
	uint64_t rpki_age_s;
};

struct request_file {
	uint32_t kind;
	uint32_t path;
};

enum { HEAD, FILES, OBJECTS, ANCHORS, ASNS, TEXT, SECTIONS };

static const uint32_t record_bytes[SECTIONS] = {
    [HEAD] = sizeof(struct request_head),
    [FILES] = sizeof(struct request_file),
    [OBJECTS] = sizeof(uint32_t),
    [ANCHORS] = sizeof(uint32_t),
    [ASNS] = sizeof(uint32_t),
    [TEXT] = 1,
};

static uint32_t
add_text(struct array *text, const char *added)
{
	uint32_t offset = (uint32_t)text->count;

	array_add(text, added, strlen(added) + 1);
	return offset;
}

static void
add_texts(struct array *offsets, struct array *text, const char *const *texts, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		uint32_t offset = add_text(text, texts[i]);

		array_add(offsets, &offset, 1);
	}
}

int
feed_request_seal(const struct feed_request *request)
{
	struct request_head head = {request->now_s, request->rpki_age_s};
	struct flat_section sections[SECTIONS];
	struct array arrays[SECTIONS];
	int fd, saved;

	for (int i = 0; i < SECTIONS; i++)
		array_init(&arrays[i], record_bytes[i]);
	array_add(&arrays[HEAD], &head, 1);
	for (size_t i = 0; i < request->file_count; i++) {
		struct request_file file = {
		    request->files[i].kind, add_text(&arrays[TEXT], request->files[i].path)};

		array_add(&arrays[FILES], &file, 1);
	}
	add_texts(&arrays[OBJECTS], &arrays[TEXT], request->objects, request->object_count);
	add_texts(&arrays[ANCHORS], &arrays[TEXT], request->anchors, request->anchor_count);
	array_add(&arrays[ASNS], request->network_asns, request->network_asn_count);
	for (int i = 0; i < SECTIONS; i++)
		sections[i] = (struct flat_section){
		    arrays[i].records, record_bytes[i], (uint32_t)arrays[i].count};
	fd = flat_seal("roost-feed", REQUEST_MAGIC, REQUEST_VERSION, sections, SECTIONS);
	saved = errno;
	for (int i = 0; i < SECTIONS; i++)
		array_fini(&arrays[i]);
	errno = saved;
	return fd;
}

/* Pointers to the texts of the offsets; NULL where one does not lie within. */
static const char **
point(const struct flat_section *offsets, const struct flat_section *text)
{
	const char **texts = bug_calloc(offsets->count + 1, sizeof(*texts));
	const uint32_t *offset = offsets->records;

	for (uint32_t i = 0; i < offsets->count; i++) {
		if (offset[i] >= text->count) {
			free(texts);
			return NULL;
		}
		texts[i] = (const char *)text->records + offset[i];
	}
	return texts;
}

static struct feed_file *
point_files(const struct flat_section *section, const struct flat_section *text)
{
	struct feed_file *files = bug_calloc(section->count + 1, sizeof(*files));
	const struct request_file *file = section->records;

	for (uint32_t i = 0; i < section->count; i++) {
		if (file[i].path >= text->count || file[i].kind >= FEED_KINDS) {
			free(files);
			return NULL;
		}
		files[i] = (struct feed_file){
		    (enum feed_kind)file[i].kind, (const char *)text->records + file[i].path};
	}
	return files;
}

static bool
fill(struct feed_request *out, const struct flat_section sections[SECTIONS])
{
	const struct flat_section *text = &sections[TEXT];
	const struct request_head *head = sections[HEAD].records;

	if (sections[HEAD].count != 1 ||
	    (text->count > 0 && ((const char *)text->records)[text->count - 1] != '\0'))
		return false;
	out->files = point_files(&sections[FILES], text);
	out->objects = point(&sections[OBJECTS], text);
	out->anchors = point(&sections[ANCHORS], text);
	out->network_asns = sections[ASNS].records;
	out->file_count = sections[FILES].count;
	out->object_count = sections[OBJECTS].count;
	out->anchor_count = sections[ANCHORS].count;
	out->network_asn_count = sections[ASNS].count;
	out->now_s = head->now_s;
	out->rpki_age_s = head->rpki_age_s;
	return out->files != NULL && out->objects != NULL && out->anchors != NULL;
}

int
feed_request_map(int fd, struct feed_request_map *out)
{
	struct flat_section sections[SECTIONS] = {0};

	*out = (struct feed_request_map){0};
	for (int i = 0; i < SECTIONS; i++)
		sections[i].record_bytes = record_bytes[i];
	if (flat_map(fd, REQUEST_MAGIC, REQUEST_VERSION, sections, SECTIONS, &out->flat) == -1)
		return -1;
	if (fill(&out->request, sections))
		return 0;
	feed_request_unmap(out);
	errno = EINVAL;
	return -1;
}

void
feed_request_unmap(struct feed_request_map *map)
{
	union {
		const void *given;
		void *ours;
	} files = {map->request.files}, objects = {map->request.objects},
	  anchors = {map->request.anchors};

	free(files.ours);
	free(objects.ours);
	free(anchors.ours);
	flat_unmap(&map->flat);
	*map = (struct feed_request_map){0};
}
