/*
 * The egress log's writer: see log.h for the drawing. Runs in rib.
 *
 * Each space has its end, where the next octet goes, and the chunks that are mapped for it:
 *
 *        first      end        mapped        (first and mapped count chunks, end octets)
 *     ----|----------|-----------|----------
 *         released   appended    next chunk to take from the pool
 *
 * Marks are the writer's own memory of where headers began and which bytes belonged to them, one
 * for every MARK_EVERY octets: what readers say is turned into a mark before anything is freed, so
 * a reader that says nonsense frees nothing but what it could have said in earnest.
 */
#include "bgpd/ipc/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bgpd/ipc/bug.h"
#include "bgpd/ipc/log_pool.h"
#include "bgpd/ipc/log_shared.h"

#define MARK_EVERY (LOG_CHUNK / 4)
#define WARM_KEPT  16u /* free chunks whose memory is kept: 2 MiB */

struct space {
	uint64_t end;	 /* position */
	uint64_t first;	 /* index of the first chunk that is mapped */
	uint64_t mapped; /* index behind the last one */
};

struct mark {
	uint64_t header;
	uint64_t bytes;
};

struct log_writer {
	int fd; /* for giving memory back */
	struct space space[LOG_SPACES];
	struct log_pool pool;
	uint32_t order_chunks; /* kept free for orders */

	size_t reserved;	/* octets of bytes; 0 = no reservation */
	size_t reserved_header; /* octets of header */

	struct mark tail;      /* everything below is freed */
	struct mark published; /* what readers can see */

	/* FIFO: marks[(first + i) & (capacity - 1)], i < count; all above tail, ascending. */
	struct mark *marks;
	size_t capacity, first, count;
};

int
log_create(size_t max_size)
{
	size_t n = max_size / LOG_CHUNK;

	if (n < LOG_CHUNKS_MIN)
		n = LOG_CHUNKS_MIN;
	if (n > LOG_CHUNKS_MAX)
		n = LOG_CHUNKS_MAX;
	return memfd_new(
	    "roost-log", LOG_MAGIC, LOG_VERSION, log_control_size((uint32_t)n) + n * LOG_CHUNK);
}

/* Between two marks lie MARK_EVERY octets of one space or the other: so many are enough. */
static size_t
marks_needed(uint32_t n)
{
	size_t need = ((size_t)n + LOG_SPACES) * (LOG_CHUNK / MARK_EVERY) * 2 + LOG_SPACES;
	size_t capacity = 64;

	while (capacity < need)
		capacity *= 2;
	return capacity;
}

static struct log_writer *
writer_new(int fd, uint32_t n)
{
	struct log_writer *w = bug_calloc(1, sizeof(*w));

	w->fd = fd;
	w->order_chunks = n / 16 < 1 ? 1 : n / 16 > 16 ? 16 : n / 16;
	log_pool_init(&w->pool, n);
	w->capacity = marks_needed(n);
	w->marks = bug_calloc(w->capacity, sizeof(*w->marks));
	return w;
}

void
log_writer_free(struct log_writer *w)
{
	if (w == NULL)
		return;
	log_pool_fini(&w->pool);
	free(w->marks);
	close(w->fd);
	free(w);
}

struct log *
log_map_writer(int fd)
{
	struct log *l = log_map(fd, PROT_READ | PROT_WRITE);
	int own;

	if (l == NULL)
		return NULL;
	own = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (own == -1 || l->head != 0) {
		int saved = own == -1 ? errno : EBUSY; /* a log has one writer in its life */

		if (own != -1)
			close(own);
		log_unmap(l);
		errno = saved;
		return NULL;
	}
	l->writer = writer_new(own, l->n);
	return l;
}

/* ---- room ---- */

static size_t
header_size(uint16_t nwords, size_t text_len)
{
	return (sizeof(struct log_header) + nwords * sizeof(uint64_t) + text_len + 7) & ~(size_t)7;
}

size_t
log_cost(size_t len_max, uint16_t nwords)
{
	return len_max + header_size(nwords, 0);
}

static size_t
rest_of_chunk(const struct space *s)
{
	return (size_t)(s->mapped * LOG_CHUNK - s->end);
}

size_t
log_room(const struct log *l)
{
	uint32_t spare = log_pool_free(&l->writer->pool);
	uint32_t kept = l->writer->order_chunks + LOG_SPACES;

	/*
	 * What is in one chunk and the first block of the next are together more than a chunk, so
	 * blocks fill at least half of what they take, but for one chunk in each space.
	 */
	return spare > kept ? (size_t)(spare - kept) * LOG_CHUNK / 2 : 0;
}

/* The chunks that must be taken for so much in each space. */
static uint32_t
chunks_wanted(const struct log_writer *w, size_t header, size_t bytes)
{
	return (header > rest_of_chunk(&w->space[LOG_HEADERS]) ? 1u : 0u) +
	    (bytes > rest_of_chunk(&w->space[LOG_BYTES]) ? 1u : 0u);
}

/* Goes on to a new chunk if there are not len octets left in this one. */
static void
make_room(struct log *l, enum log_space which, size_t len)
{
	struct space *s = &l->writer->space[which];
	size_t rest = rest_of_chunk(s);

	if (len <= rest)
		return;
	if (which == LOG_HEADERS && rest >= sizeof(struct log_header)) {
		struct log_header *pad = (void *)log_at(l, LOG_HEADERS, s->end);

		pad->kind = LOG_PAD;
	}
	s->end += rest;
	/* relaxed: published by the head, as everything else. */
	atomic_store_explicit(log_table_row(l, which, s->mapped), log_pool_take(&l->writer->pool),
	    memory_order_relaxed);
	s->mapped++;
}

uint8_t *
log_reserve(struct log *l, size_t len_max, uint16_t nwords)
{
	struct log_writer *w = l->writer;
	size_t header = header_size(nwords, 0);

	if (len_max == 0 || len_max > LOG_BLOCK_MAX || nwords > LOG_SET_WORDS)
		bug("log_reserve", "a block that can never fit");
	w->reserved = 0;
	if (chunks_wanted(w, header, len_max) + w->order_chunks > log_pool_free(&w->pool))
		return NULL;
	make_room(l, LOG_HEADERS, header);
	make_room(l, LOG_BYTES, len_max);
	w->reserved = len_max;
	w->reserved_header = header;
	return log_at(l, LOG_BYTES, w->space[LOG_BYTES].end);
}

/* ---- appending ---- */

static struct mark *
mark_at(const struct log_writer *w, size_t i)
{
	return &w->marks[(w->first + i) & (w->capacity - 1)];
}

/* Remembers where the next header begins, if the last mark is far away. */
static void
mark_end(struct log_writer *w)
{
	const struct mark *last = w->count > 0 ? mark_at(w, w->count - 1) : &w->tail;
	struct mark here = {w->space[LOG_HEADERS].end, w->space[LOG_BYTES].end};

	if (here.header - last->header < MARK_EVERY && here.bytes - last->bytes < MARK_EVERY)
		return;
	if (w->count == w->capacity)
		bug("log", "more marks than chunks");
	w->count++;
	*mark_at(w, w->count - 1) = here;
}

static void
write_header(struct log *l, const struct log_block *b, size_t size, size_t text_len, size_t len)
{
	struct log_writer *w = l->writer;
	struct log_header *h = (void *)log_at(l, LOG_HEADERS, w->space[LOG_HEADERS].end);

	*h = (struct log_header){
	    .bytes = w->space[LOG_BYTES].end,
	    .len = (uint32_t)len,
	    .size = (uint32_t)size,
	    .kind = b->kind,
	    .class = b->class,
	    .family = b->family,
	    .count = b->count,
	    .nwords = b->nwords,
	    .slot = b->slot,
	    .epoch = b->epoch,
	    .arg = b->arg,
	    .text_len = (uint16_t)text_len,
	};
	if (b->nwords > 0)
		memcpy(h->words, b->words, b->nwords * sizeof(uint64_t));
	if (text_len > 0) {
		char *text = (char *)&h->words[b->nwords];

		memcpy(text, b->text, text_len - 1);
		text[text_len - 1] = '\0';
	}
}

/* An order: no bytes, and it may take the last chunks. */
static bool
make_room_for_order(struct log *l, size_t size)
{
	struct log_writer *w = l->writer;

	if (chunks_wanted(w, size, 0) > log_pool_free(&w->pool))
		return false;
	make_room(l, LOG_HEADERS, size);
	return true;
}

bool
log_append(struct log *l, const struct log_block *b, size_t len_used)
{
	struct log_writer *w = l->writer;
	size_t text_len = b->text == NULL ? 0 : strnlen(b->text, LOG_TEXT_MAX - 1) + 1;
	size_t size = header_size(b->nwords, text_len);
	bool is_order = b->kind != LOG_ROUTES;

	if (b->nwords > LOG_SET_WORDS || is_order != (len_used == 0))
		bug("log_append", "a set too large, or an order with bytes");
	if (!is_order && (len_used > w->reserved || size > w->reserved_header))
		bug("log_append", "more than was reserved");
	if (is_order && !make_room_for_order(l, size))
		return false;
	mark_end(w);
	write_header(l, b, size, text_len, len_used);
	w->space[LOG_HEADERS].end += size;
	w->space[LOG_BYTES].end += len_used;
	w->reserved = 0;
	l->head = w->space[LOG_HEADERS].end;
	return true;
}

uint64_t
log_publish(struct log *l)
{
	struct log_writer *w = l->writer;

	if (w->published.header == l->head)
		return l->head;
	w->published = (struct mark){l->head, w->space[LOG_BYTES].end};
	/*
	 * seq_cst: releases all that was appended to who acquires the head, and stays before the
	 * look at the readers' sleep flags that follows (wake.h).
	 */
	atomic_store_explicit(&l->shared->head, l->head, memory_order_seq_cst);
	return l->head;
}

/* ---- releasing ---- */

/* The last mark at or below a position that some reader gave; the tail if there is none. */
static struct mark
mark_below(const struct log_writer *w, uint64_t position)
{
	size_t low = 0, high = w->count;

	if (position >= w->published.header)
		return w->published;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (mark_at(w, middle)->header <= position)
			low = middle + 1;
		else
			high = middle;
	}
	return low > 0 ? *mark_at(w, low - 1) : w->tail;
}

/* Gives back the chunks of a space that lie wholly below a position. */
static void
free_chunks(struct log *l, enum log_space which, uint64_t position)
{
	struct space *s = &l->writer->space[which];

	for (; s->first < position / LOG_CHUNK; s->first++)
		log_pool_give(&l->writer->pool,
		    atomic_load_explicit(log_table_row(l, which, s->first), memory_order_relaxed));
}

void
log_release(struct log *l, uint64_t position)
{
	struct log_writer *w = l->writer;
	struct mark tail = mark_below(w, position);

	if (tail.header <= w->tail.header)
		return;
	w->tail = tail;
	while (w->count > 0 && mark_at(w, 0)->header <= tail.header) {
		w->first = (w->first + 1) & (w->capacity - 1);
		w->count--;
	}
	free_chunks(l, LOG_HEADERS, tail.header);
	free_chunks(l, LOG_BYTES, tail.bytes);
}

unsigned
log_trim(struct log *l, unsigned max)
{
	struct log_writer *w = l->writer;
	uint32_t idle = log_pool_idle(&w->pool, WARM_KEPT);
	unsigned given = 0;

	for (; given < idle && given < max; given++) {
		off_t at = (off_t)log_control_size(l->n) +
		    (off_t)log_pool_cool(&w->pool) * (off_t)LOG_CHUNK;

		/* If it fails the memory stays: nothing is lost but memory. */
		(void)fallocate(w->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, at, LOG_CHUNK);
	}
	log_pool_rest(&w->pool);
	return given;
}

uint64_t
log_tail(const struct log *l)
{
	return l->writer->tail.header;
}

size_t
log_unread(const struct log *l, uint64_t position)
{
	const struct log_writer *w = l->writer;
	struct mark from = mark_below(w, position);

	return (size_t)(w->space[LOG_HEADERS].end - from.header) +
	    (size_t)(w->space[LOG_BYTES].end - from.bytes);
}

bool
log_is_header(const struct log *l, uint64_t position)
{
	uint64_t at = mark_below(l->writer, position).header;

	while (at < position) {
		const struct log_header *h = log_header_at(l, &at);

		if (h == NULL)
			break;
		if (at < position)
			at = log_next(h, at);
	}
	return at == position && position <= l->head;
}

size_t
log_used(const struct log *l)
{
	return log_unread(l, l->writer->tail.header);
}

size_t
log_size(const struct log *l)
{
	return (size_t)l->n * LOG_CHUNK;
}

size_t
log_resident(const struct log *l)
{
	return (size_t)(l->n - l->writer->pool.cold_count) * LOG_CHUNK;
}
