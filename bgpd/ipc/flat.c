/* Sections of records in a sealed memfd: see flat.h. Written by the parent or a reader of data. */
#include "bgpd/ipc/flat.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bgpd/ipc/memfd.h"

#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)
#define ALIGN 8u

struct flat_row {
	uint32_t record_bytes;
	uint32_t count;
	uint64_t offset;
};

struct flat_head {
	struct memfd_head head;
	struct flat_row rows[FLAT_SECTIONS_MAX];
};

static uint64_t
aligned(uint64_t octets)
{
	return (octets + ALIGN - 1) / ALIGN * ALIGN;
}

static bool
write_at(int fd, const void *octets, size_t len, uint64_t offset)
{
	const char *p = octets;

	while (len > 0) {
		ssize_t written = pwrite(fd, p, len, (off_t)offset);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return false;
		p += written;
		offset += (uint64_t)written;
		len -= (size_t)written;
	}
	return true;
}

static bool
write_sections(int fd, const struct flat_head *head, const struct flat_section *sections, size_t n)
{
	if (ftruncate(fd, (off_t)head->head.size) == -1 || !write_at(fd, head, sizeof(*head), 0))
		return false;
	for (size_t i = 0; i < n; i++) {
		size_t len = (size_t)sections[i].record_bytes * sections[i].count;

		if (!write_at(fd, sections[i].records, len, head->rows[i].offset))
			return false;
	}
	return true;
}

int
flat_seal(const char *name, uint32_t magic, uint32_t version, const struct flat_section *sections,
    size_t n)
{
	struct flat_head head = {.head = {.magic = magic, .version = version}};
	uint64_t size = aligned(sizeof(head));
	int fd, saved;

	for (size_t i = 0; i < n; i++) {
		head.rows[i] = (struct flat_row){sections[i].record_bytes, sections[i].count, size};
		size += aligned((uint64_t)sections[i].record_bytes * sections[i].count);
	}
	head.head.size = size;
	fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0)
		return -1;
	if (write_sections(fd, &head, sections, n) && fcntl(fd, F_ADD_SEALS, SEALS) == 0)
		return fd;
	saved = errno;
	close(fd);
	errno = saved;
	return -1;
}

/* Fills in the sections; false where they do not lie within the memory. */
static bool
find_sections(const struct flat *flat, struct flat_section *sections, size_t n)
{
	const struct flat_head *head = flat->map;

	for (size_t i = 0; i < n; i++) {
		const struct flat_row *row = &head->rows[i];
		uint64_t len = (uint64_t)row->record_bytes * row->count;

		if (row->record_bytes != sections[i].record_bytes || row->offset % ALIGN != 0 ||
		    row->offset > flat->size || len > flat->size - row->offset)
			return false;
		sections[i].records = (const char *)flat->map + row->offset;
		sections[i].count = row->count;
	}
	return true;
}

static bool
is_sound(const struct flat *flat, uint32_t magic, uint32_t version)
{
	const struct flat_head *head = flat->map;

	return head->head.magic == magic && head->head.version == version &&
	    head->head.size == flat->size;
}

int
flat_map(int fd, uint32_t magic, uint32_t version, struct flat_section *sections, size_t n,
    struct flat *out)
{
	struct stat st;
	int seals = fcntl(fd, F_GET_SEALS);

	if (seals < 0 || fstat(fd, &st) < 0)
		return -1;
	errno = EINVAL;
	if ((seals & SEALS) != SEALS || (size_t)st.st_size < sizeof(struct flat_head))
		return -1;
	/* Kernels before 6.7 refuse shared mappings of what is sealed against writing. */
	out->size = (size_t)st.st_size;
	out->map = mmap(NULL, out->size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (out->map == MAP_FAILED)
		return -1;
	if (is_sound(out, magic, version) && find_sections(out, sections, n))
		return 0;
	flat_unmap(out);
	errno = EINVAL;
	return -1;
}

void
flat_unmap(struct flat *flat)
{
	if (flat->map != NULL)
		munmap(flat->map, flat->size);
	*flat = (struct flat){0};
}
