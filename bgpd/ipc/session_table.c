/* What a worker publishes of itself: see session_table.h. */
#include "bgpd/ipc/session_table.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "bgpd/ipc/bug.h"
#include "bgpd/ipc/memfd.h"
#include "bgpd/ipc/wake.h"
#include "bgpd/utf8.h"

#define TABLE_MAGIC   0x526f5365u /* "RoSe" */
#define TABLE_VERSION 2u
#define ROW_WORDS     (sizeof(struct session_row) / sizeof(uint64_t))
#define READ_TRIES    32

_Static_assert(sizeof(struct session_row) == 536, "whole words, nothing unsaid between them");

struct shared_row {
	_Atomic uint32_t seq; /* odd while it is written; 0 = never written */
	uint32_t zero;
	_Atomic uint64_t cursor; /* a multiple of 8; bit 0: has unread blocks */
	_Atomic uint64_t words[ROW_WORDS];
};

struct shared_table {
	struct memfd_head memfd;
	struct wake_line sleeps;
	_Alignas(64) _Atomic uint64_t released;
	_Atomic uint64_t beats;
	_Atomic uint64_t cpu_us;
	_Atomic uint64_t longest_slice_us;
	_Atomic uint64_t pid;
	_Atomic uint32_t working_on; /* slot + 1, so that a new table says nobody */
	_Alignas(64) struct shared_row rows[];
};

struct session_table {
	struct shared_table *shared;
	size_t map_size;
	uint32_t slots;
	uint32_t woken; /* rib: the last sleep that was woken */
};

int
session_table_create(unsigned slots)
{
	if (slots == 0 || slots > SESSION_TABLE_SLOTS_MAX) {
		errno = EINVAL;
		return -1;
	}
	return memfd_new("roost-table", TABLE_MAGIC, TABLE_VERSION,
	    sizeof(struct shared_table) + (size_t)slots * sizeof(struct shared_row));
}

static struct session_table *
map(int fd, int prot)
{
	size_t map_size;
	struct shared_table *shared = memfd_map(fd, prot, TABLE_MAGIC, TABLE_VERSION,
	    sizeof(struct shared_table) + sizeof(struct shared_row), &map_size);
	struct session_table *t;

	if (shared == NULL)
		return NULL;
	t = bug_calloc(1, sizeof(*t));
	t->shared = shared;
	t->map_size = map_size;
	t->slots = (uint32_t)((map_size - sizeof(*shared)) / sizeof(struct shared_row));
	return t;
}

struct session_table *
session_table_map_writer(int fd)
{
	return map(fd, PROT_READ | PROT_WRITE);
}

struct session_table *
session_table_map_reader(int fd)
{
	return map(fd, PROT_READ);
}

void
session_table_unmap(struct session_table *t)
{
	if (t == NULL)
		return;
	memfd_unmap(t->shared, t->map_size);
	free(t);
}

unsigned
session_table_slots(const struct session_table *t)
{
	return t->slots;
}

/* ---- worker ---- */

static struct shared_row *
own_row(struct session_table *t, uint32_t slot)
{
	if (slot >= t->slots)
		bug("session_table", "no such slot");
	return &t->shared->rows[slot];
}

void
session_table_write(struct session_table *t, uint32_t slot, const struct session_row *row)
{
	struct shared_row *shared = own_row(t, slot);
	uint32_t seq = atomic_load_explicit(&shared->seq, memory_order_relaxed);
	uint64_t words[ROW_WORDS];

	memcpy(words, row, sizeof(words));
	/* relaxed: ordered before the words by their release. */
	atomic_store_explicit(&shared->seq, seq | 1, memory_order_relaxed);
	/* release: who acquires a new word also sees the odd seq when it looks again. */
	for (size_t i = 0; i < ROW_WORDS; i++)
		atomic_store_explicit(&shared->words[i], words[i], memory_order_release);
	/* release: who sees the even seq sees all words. */
	atomic_store_explicit(&shared->seq, (seq | 1) + 1, memory_order_release);
}

void
session_table_set_cursor(struct session_table *t, uint32_t slot, uint64_t position, bool has_unread)
{
	uint64_t word = (position & ~(uint64_t)7) | (has_unread ? 1 : 0);

	/* relaxed: decides whom to cut, not what may be overwritten. */
	atomic_store_explicit(&own_row(t, slot)->cursor, word, memory_order_relaxed);
}

void
session_table_set_released(struct session_table *t, uint64_t position)
{
	/* release: our reads of the log below are over before rib overwrites it. */
	atomic_store_explicit(&t->shared->released, position, memory_order_release);
}

void
session_table_set_working_on(struct session_table *t, uint32_t slot)
{
	/* relaxed: the parent reads it when we are dead, and a death orders everything. */
	atomic_store_explicit(&t->shared->working_on, slot + 1, memory_order_relaxed);
}

void
session_table_set_pulse(struct session_table *t, const struct worker_pulse *p)
{
	/* relaxed: four numbers to look at, each whole by itself. */
	atomic_store_explicit(&t->shared->beats, p->beats, memory_order_relaxed);
	atomic_store_explicit(&t->shared->cpu_us, p->cpu_us, memory_order_relaxed);
	atomic_store_explicit(
	    &t->shared->longest_slice_us, p->longest_slice_us, memory_order_relaxed);
	atomic_store_explicit(&t->shared->pid, p->pid, memory_order_relaxed);
}

void
session_table_sleep(struct session_table *t)
{
	wake_line_sleep(&t->shared->sleeps);
}

void
session_table_awake(struct session_table *t)
{
	wake_line_awake(&t->shared->sleeps);
}

/* ---- rib: nothing of what it reads is believed ---- */

/* One attempt to copy the row; false if it was being written, or never has been. */
static bool
copy_row(const struct shared_row *shared, struct session_row *out)
{
	/* acquire: the words are at least as new as this seq. */
	uint32_t before = atomic_load_explicit(&shared->seq, memory_order_acquire);
	uint64_t words[ROW_WORDS];

	if (before == 0 || (before & 1) != 0)
		return false;
	/* acquire: keeps the second look at seq behind, and brings the odd seq with a new word. */
	for (size_t i = 0; i < ROW_WORDS; i++)
		words[i] = atomic_load_explicit(&shared->words[i], memory_order_acquire);
	if (atomic_load_explicit(&shared->seq, memory_order_relaxed) != before)
		return false;
	memcpy(out, words, sizeof(*out));
	return true;
}

bool
session_table_read(const struct session_table *t, uint32_t slot, struct session_row *out)
{
	memset(out, 0, sizeof(*out));
	if (slot >= t->slots)
		return false;
	for (int tries = 0; tries < READ_TRIES; tries++) {
		if (!copy_row(&t->shared->rows[slot], out))
			continue;
		utf8_disarm(out->last_error, sizeof(out->last_error));
		utf8_disarm(out->capabilities, sizeof(out->capabilities));
		if (out->state >= SESSION_STATE_COUNT)
			out->state = SESSION_IDLE;
		return true;
	}
	return false;
}

uint64_t
session_table_cursor(const struct session_table *t, uint32_t slot, bool *has_unread)
{
	uint64_t word = 0;

	if (slot < t->slots)
		word = atomic_load_explicit(&t->shared->rows[slot].cursor, memory_order_relaxed);
	*has_unread = (word & 1) != 0;
	return word & ~(uint64_t)7;
}

uint64_t
session_table_released(const struct session_table *t)
{
	/* acquire: the mirror image of session_table_set_released(). */
	return atomic_load_explicit(&t->shared->released, memory_order_acquire);
}

uint32_t
session_table_working_on(const struct session_table *t)
{
	return atomic_load_explicit(&t->shared->working_on, memory_order_relaxed) - 1;
}

void
session_table_pulse(const struct session_table *t, struct worker_pulse *out)
{
	const struct shared_table *s = t->shared;

	out->beats = atomic_load_explicit(&s->beats, memory_order_relaxed);
	out->cpu_us = atomic_load_explicit(&s->cpu_us, memory_order_relaxed);
	out->longest_slice_us = atomic_load_explicit(&s->longest_slice_us, memory_order_relaxed);
	out->pid = atomic_load_explicit(&s->pid, memory_order_relaxed);
}

bool
session_table_is_due(struct session_table *t)
{
	return wake_line_is_due(&t->shared->sleeps, &t->woken);
}
