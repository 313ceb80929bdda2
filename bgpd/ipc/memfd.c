/* Sealed shared memory; see memfd.h. */
#include "bgpd/ipc/memfd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* F_SEAL_WRITE is not among them: it would forbid shared writable mappings and hole punching. */
#define SEALS (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)

static int
close_failed(int fd)
{
	int saved = errno;

	close(fd);
	errno = saved;
	return -1;
}

static int
write_all(int fd, const void *data, size_t size)
{
	const uint8_t *from = data;

	while (size > 0) {
		ssize_t n = write(fd, from, size);

		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return -1;
		from += n;
		size -= (size_t)n;
	}
	return 0;
}

int
memfd_new(const char *name, uint32_t magic, uint32_t version, size_t size)
{
	struct memfd_head head = {.magic = magic, .version = version, .size = size};
	int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd == -1)
		return -1;
	if (ftruncate(fd, (off_t)size) == -1 || write_all(fd, &head, sizeof(head)) == -1 ||
	    fcntl(fd, F_ADD_SEALS, SEALS) == -1)
		return close_failed(fd);
	return fd;
}

int
memfd_new_const(const char *name, const void *data, size_t size)
{
	int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd == -1)
		return -1;
	if (write_all(fd, data, size) == -1 || fcntl(fd, F_ADD_SEALS, SEALS | F_SEAL_WRITE) == -1)
		return close_failed(fd);
	return fd;
}

int
memfd_read_only(int fd)
{
	char path[32];

	/* dup() would share the open file and its write access; opening it again does not. */
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return open(path, O_RDONLY | O_CLOEXEC);
}

/* The file's size, or 0 with errno where it could shrink or is too small. */
static size_t
sealed_size(int fd, size_t size_min)
{
	struct stat st;
	int seals = fcntl(fd, F_GET_SEALS);

	if (seals == -1 || fstat(fd, &st) == -1)
		return 0;
	if ((seals & SEALS) != SEALS || st.st_size <= 0 || (size_t)st.st_size < size_min ||
	    size_min < sizeof(struct memfd_head)) {
		errno = EINVAL;
		return 0;
	}
	return (size_t)st.st_size;
}

void *
memfd_map(int fd, int prot, uint32_t magic, uint32_t version, size_t size_min, size_t *size)
{
	struct memfd_head head;
	size_t real = sealed_size(fd, size_min);
	void *map;

	if (real == 0)
		return NULL;
	map = mmap(NULL, real, prot, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		return NULL;
	memcpy(&head, map, sizeof(head));
	if (head.magic != magic || head.version != version || head.size != real) {
		munmap(map, real);
		errno = EINVAL;
		return NULL;
	}
	if (madvise(map, real, MADV_DONTFORK) == -1) {
		munmap(map, real);
		return NULL;
	}
	*size = real;
	return map;
}

void
memfd_unmap(void *map, size_t size)
{
	munmap(map, size);
}
