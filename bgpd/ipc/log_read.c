/* The egress log as its readers see it: see log.h. Runs in workers, and in rib for its own scans.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "bgpd/ipc/bug.h"
#include "bgpd/ipc/log_shared.h"

size_t
log_control_size(uint32_t n)
{
	size_t size = sizeof(struct log_shared) + (size_t)n * LOG_SPACES * sizeof(uint32_t);

	return (size + LOG_PAGE - 1) / LOG_PAGE * LOG_PAGE;
}

/* The number of chunks of a log whose file has this size; 0 if there is none. */
static uint32_t
chunks_of(size_t map_size)
{
	size_t n = map_size / LOG_CHUNK;

	/* The control area takes less than one chunk per LOG_CHUNK / 8 chunks. */
	for (size_t less = 0; less <= LOG_CHUNKS_MAX / (LOG_CHUNK / 8) + 1 && less < n; less++) {
		size_t guess = n - less;

		if (guess >= LOG_CHUNKS_MIN && guess <= LOG_CHUNKS_MAX &&
		    log_control_size((uint32_t)guess) + guess * LOG_CHUNK == map_size)
			return (uint32_t)guess;
	}
	return 0;
}

struct log *
log_map(int fd, int prot)
{
	size_t map_size;
	struct log_shared *shared =
	    memfd_map(fd, prot, LOG_MAGIC, LOG_VERSION, LOG_CHUNKS_MIN * LOG_CHUNK, &map_size);
	uint32_t n;
	struct log *l;

	if (shared == NULL)
		return NULL;
	n = chunks_of(map_size);
	if (n == 0) {
		memfd_unmap(shared, map_size);
		errno = EINVAL;
		return NULL;
	}
	l = bug_calloc(1, sizeof(*l));
	l->shared = shared;
	l->map_size = map_size;
	l->n = n;
	l->chunks = (uint8_t *)shared + log_control_size(n);
	log_head_acquire(l);
	return l;
}

struct log *
log_map_reader(int fd)
{
	return log_map(fd, PROT_READ);
}

struct log *
log_borrow(const struct log *other)
{
	struct log *l = bug_calloc(1, sizeof(*l));

	l->shared = other->shared;
	l->map_size = other->map_size;
	l->n = other->n;
	l->chunks = other->chunks;
	l->is_borrowed = true;
	log_head_acquire(l);
	return l;
}

void
log_unmap(struct log *l)
{
	if (l == NULL)
		return;
	log_writer_free(l->writer);
	if (!l->is_borrowed)
		memfd_unmap(l->shared, l->map_size);
	free(l);
}

uint64_t
log_head_acquire(struct log *l)
{
	/*
	 * Acquires the headers, bytes and table rows below it. seq_cst and not less: this is also
	 * the look that follows session_table_sleep() (wake.h). The writer sees all it appended.
	 */
	if (l->writer == NULL)
		l->head = atomic_load_explicit(&l->shared->head, memory_order_seq_cst);
	return l->head;
}

uint8_t *
log_at(const struct log *l, enum log_space space, uint64_t position)
{
	/* relaxed: a row is written before the head that leads to it, and read after it. */
	uint32_t chunk = atomic_load_explicit(
	    log_table_row(l, space, position / LOG_CHUNK), memory_order_relaxed);

	if (chunk >= l->n)
		bug("log", "a chunk that does not exist");
	return l->chunks + (size_t)chunk * LOG_CHUNK + position % LOG_CHUNK;
}

static bool
is_sound(const struct log_header *h, uint64_t rest)
{
	return h->size <= rest && h->size % 8 == 0 && h->text_len <= LOG_TEXT_MAX &&
	    h->size >= sizeof(*h) + h->nwords * sizeof(uint64_t) + h->text_len;
}

const struct log_header *
log_header_at(const struct log *l, uint64_t *position)
{
	while (*position < l->head) {
		uint64_t rest = LOG_CHUNK - *position % LOG_CHUNK;

		/* A piece too short for a header is a pad without being written. */
		if (rest >= sizeof(struct log_header)) {
			const struct log_header *h =
			    (const void *)log_at(l, LOG_HEADERS, *position);

			if (h->kind != LOG_PAD) {
				if (!is_sound(h, rest))
					bug("log_header_at", "a header that cannot be");
				return h;
			}
		}
		*position += rest;
	}
	return NULL;
}

uint64_t
log_next(const struct log_header *h, uint64_t position)
{
	return position + h->size;
}

const uint8_t *
log_bytes(const struct log *l, const struct log_header *h)
{
	if (h->len > LOG_CHUNK - h->bytes % LOG_CHUNK)
		bug("log_bytes", "a block that straddles its chunk");
	return log_at(l, LOG_BYTES, h->bytes);
}

bool
log_has_slot(const struct log_header *h, uint32_t slot)
{
	if (h->nwords == 0)
		return h->slot == slot;
	return slot / 64 < h->nwords && (h->words[slot / 64] >> slot % 64 & 1) != 0;
}

const char *
log_text(const struct log_header *h)
{
	return h->text_len == 0 ? "" : (const char *)&h->words[h->nwords];
}
