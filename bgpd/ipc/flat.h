/*
 * Sections of records of fixed size in a sealed memfd: how checked configuration and data sets
 * travel to the processes that use them where they lie.
 *
 *   +------------+------------------------------------+-----------+-----------+----
 *   | memfd_head | {record_bytes, count, offset} x n  | section 0 | section 1 | ...
 *   +------------+------------------------------------+-----------+-----------+----
 *                                        every section begins at a multiple of 8 octets
 *
 * Nobody can write the memory any more once it is sealed. What the records say is the reader's to
 * check; that they lie within the memory is checked here.
 */
#ifndef BGPD_IPC_FLAT_H
#define BGPD_IPC_FLAT_H

#include <stddef.h>
#include <stdint.h>

#define FLAT_SECTIONS_MAX 32

struct flat_section {
	const void *records; /* may be NULL where count is 0 */
	uint32_t record_bytes;
	uint32_t count;
};

struct flat {
	void *map;
	size_t size;
};

/* Puts n sections into a memfd, sealed, close-on-exec. The descriptor is the caller's; -1 with
 * errno. */
int flat_seal(
    const char *name, uint32_t magic, uint32_t version, const struct flat_section *, size_t n);

/*
 * Maps them read-only. sections[i].record_bytes is what the caller expects; records and count are
 * filled in. Returns 0; -1 with errno, EINVAL where it is not such a memfd. The descriptor may be
 * closed afterwards.
 */
int flat_map(int fd, uint32_t magic, uint32_t version, struct flat_section *sections, size_t n,
    struct flat *out);
void flat_unmap(struct flat *);

#endif
