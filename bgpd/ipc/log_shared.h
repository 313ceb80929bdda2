/*
 * The inside of the egress log, for its writer (log.c) and its reader (log_read.c) alone; and for
 * the test that runs both in one process.
 */
#ifndef BGPD_IPC_LOG_SHARED_H
#define BGPD_IPC_LOG_SHARED_H

#include <stdatomic.h>

#include "bgpd/ipc/log.h"
#include "bgpd/ipc/memfd.h"

#define LOG_MAGIC   0x526f4c6fu /* "RoLo" */
#define LOG_VERSION 1u
#define LOG_PAD	    0xffffu /* kind of the header that fills what is left of a chunk */

/* The control area; chunks begin at the next multiple of LOG_PAGE. */
#define LOG_PAGE 4096u

struct log_shared {
	struct memfd_head memfd;
	_Alignas(64) _Atomic uint64_t head; /* end of the published headers */
	/* For headers, then for bytes: the chunk of position p is at (p / LOG_CHUNK) % n. */
	_Alignas(64) _Atomic uint32_t table[];
};

struct log_writer;

/* This process's view of a log. */
struct log {
	struct log_shared *shared;
	uint8_t *chunks;
	size_t map_size;
	uint32_t n;		   /* chunks */
	uint64_t head;		   /* log_header_at() stops here */
	struct log_writer *writer; /* NULL in a reader */
	bool is_borrowed;	   /* the mapping belongs to another view */
};

enum log_space { LOG_HEADERS, LOG_BYTES, LOG_SPACES };

/* Octets of the control area of a log with n chunks. */
size_t log_control_size(uint32_t n);

/* Maps with the protection given. NULL with errno. */
struct log *log_map(int fd, int prot);

/*
 * A reader over a mapping that is there already, which must outlive it: ThreadSanitizer takes two
 * mappings of one memory for two memories.
 */
struct log *log_borrow(const struct log *);

/* Frees what log_map_writer() added. */
void log_writer_free(struct log_writer *);

/* The memory of a position; it must be live. Aborts on a chunk number that cannot be. */
uint8_t *log_at(const struct log *, enum log_space, uint64_t position);

static inline _Atomic uint32_t *
log_table_row(const struct log *l, enum log_space space, uint64_t chunk_index)
{
	return &l->shared->table[(size_t)space * l->n + chunk_index % l->n];
}

#endif
