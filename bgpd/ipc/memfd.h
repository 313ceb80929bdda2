/*
 * Shared memory that cannot be pulled away: memfds sealed against shrink, growth and more seals.
 *
 *   parent: memfd_new --> fd --(channel)--> child: memfd_map --> checked octets
 *
 * Whoever maps one checks the seals first: without F_SEAL_SHRINK the other end could cut the file
 * and kill us by SIGBUS. Every region begins with struct memfd_head, so that a region of another
 * kind, version or size is refused at map time. The size used afterwards is the file's, never the
 * one written inside, which the other end may change.
 *
 * Mappings are MADV_DONTFORK: a forked snapshot of rib must not hold or touch them.
 */
#ifndef BGPD_IPC_MEMFD_H
#define BGPD_IPC_MEMFD_H

#include <stddef.h>
#include <stdint.h>

struct memfd_head {
	uint32_t magic;	  /* one per kind of region */
	uint32_t version; /* of the region's layout */
	uint64_t size;	  /* of the whole file in octets, this head included */
};

/*
 * Makes a memfd of size octets, all zero but for its head, sealed, close-on-exec. The name is for
 * /proc only. Returns the descriptor, or -1 with errno.
 */
int memfd_new(const char *name, uint32_t magic, uint32_t version, size_t size);

/* Makes a memfd that holds a copy of data and that nobody can write any more. -1 with errno. */
int memfd_new_const(const char *name, const void *data, size_t size);

/*
 * A second descriptor of the same memory through which it can only be read and mapped read-only:
 * what readers are given. Needs /proc. Returns it, or -1 with errno.
 */
int memfd_read_only(int fd);

/*
 * Maps all of a memfd with the protection given (PROT_READ, PROT_READ | PROT_WRITE) and checks
 * seals, magic, version, and that the size is at least size_min and what the head says. The
 * descriptor may be closed afterwards. Returns the memory and writes its size; NULL with errno,
 * EINVAL where it is not such a region.
 */
void *memfd_map(int fd, int prot, uint32_t magic, uint32_t version, size_t size_min, size_t *size);

void memfd_unmap(void *map, size_t size);

#endif
