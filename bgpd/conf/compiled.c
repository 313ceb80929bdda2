/*
 * The configuration as flat records in a sealed memfd: see compiled.h. Written by the parent,
 * mapped by every child.
 */
#include "bgpd/conf/compiled.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bgpd/log.h"
#include "rib/prefix.h"

#define SEALS	   (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

#define SLOT_FLAGS (SLOT_PASSIVE | SLOT_FILTERS_NONE | SLOT_PREPEND_RS_AS | SLOT_ADD_PATH)

_Static_assert(sizeof(struct compiled_head) % _Alignof(struct compiled_slot) == 0,
    "slots follow the head without a gap");

static bool
write_all(int fd, const void *octets, size_t len)
{
	const char *p = octets;
	ssize_t written;

	while (len > 0) {
		written = write(fd, p, len);
		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return false;
		p += written;
		len -= (size_t)written;
	}
	return true;
}

int
compiled_seal(const struct compiled_head *head, const struct compiled_slot *slots)
{
	struct compiled_head filled = *head;
	int fd, saved;

	filled.magic = COMPILED_MAGIC;
	filled.version = COMPILED_VERSION;
	filled.size = sizeof(filled) + (uint64_t)filled.slots * sizeof(*slots);
	fd = memfd_create("roost-conf", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0)
		return -1;
	if (write_all(fd, &filled, sizeof(filled)) &&
	    write_all(fd, slots, filled.slots * sizeof(*slots)) &&
	    fcntl(fd, F_ADD_SEALS, SEALS) == 0)
		return fd;
	saved = errno;
	close(fd);
	errno = saved;
	return -1;
}

static bool
is_zero(const uint8_t *octets, size_t len)
{
	while (len > 0 && octets[len - 1] == 0)
		len--;
	return len == 0;
}

static bool
is_sound_head(const struct compiled_head *head, size_t size)
{
	return head->magic == COMPILED_MAGIC && head->version == COMPILED_VERSION &&
	    head->size == size && head->slots <= COMPILED_SLOTS_MAX &&
	    size == sizeof(*head) + head->slots * sizeof(struct compiled_slot) &&
	    head->workers >= 1 && head->workers <= COMPILED_WORKERS_MAX && head->rs_as != 0 &&
	    head->router_id != 0 && head->path_hiding <= 1 && head->log_level < LOG_LEVEL_COUNT &&
	    is_zero(head->zero, sizeof(head->zero)) &&
	    memchr(head->instance, '\0', sizeof(head->instance)) != NULL;
}

static bool
is_sound_slot(const struct compiled_head *head, const struct compiled_slot *slot, uint32_t number)
{
	return slot->slot == number && slot->worker < head->workers && slot->asn != 0 &&
	    slot->family < FAMILY_COUNT && slot->families != 0 &&
	    slot->families < 1 << FAMILY_COUNT && (slot->flags & ~SLOT_FLAGS) == 0 &&
	    (slot->family == FAMILY_IPV6 || is_zero(slot->addr + 4, 12)) &&
	    memchr(slot->description, '\0', sizeof(slot->description)) != NULL;
}

static bool
is_sound(const struct compiled *compiled)
{
	uint32_t i;

	if (!is_sound_head(compiled->head, compiled->size))
		return false;
	for (i = 0; i < compiled->head->slots; i++) {
		if (!is_sound_slot(compiled->head, &compiled->slots[i], i))
			return false;
	}
	return true;
}

int
compiled_map(int fd, struct compiled *out)
{
	struct stat st;
	void *memory;
	int seals = fcntl(fd, F_GET_SEALS);

	if (seals < 0 || fstat(fd, &st) < 0)
		return -1;
	if ((seals & SEALS) != SEALS || (size_t)st.st_size < sizeof(struct compiled_head)) {
		errno = EINVAL;
		return -1;
	}
	/* Kernels before 6.7 refuse shared mappings of what is sealed against writing. */
	memory = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (memory == MAP_FAILED)
		return -1;
	out->head = memory;
	out->slots = (const struct compiled_slot *)(out->head + 1);
	out->size = (size_t)st.st_size;
	if (is_sound(out))
		return 0;
	compiled_unmap(out);
	errno = EINVAL;
	return -1;
}

void
compiled_unmap(struct compiled *compiled)
{
	union {
		const struct compiled_head *mapped;
		void *memory;
	} place = {.mapped = compiled->head};

	if (compiled->head != NULL)
		munmap(place.memory, compiled->size);
	memset(compiled, 0, sizeof(*compiled));
}
