/*
 * Sets of slots: immutable, interned, behind handles. Equal sets have equal handles.
 *
 *   handle -> { hash link, references, serial, words --> [w0][w1]... trailing zeros trimmed }
 *
 * Handle 0 is the empty set. "Everyone" is all ones up to the capacity, which is the number of
 * slots rounded up to 64. Results of and, or, minus are remembered in a bounded cache, so that
 * sharing out the same sets for a thousand prefixes costs a thousand look-ups.
 *
 * A set without references is not released at once but idles, to be found again when the next batch
 * asks for it; slotset_trim() releases the oldest of them. So a handle that an operation returns is
 * good until the next slotset_trim() even if nobody counts a reference. Serials only grow and are
 * what sorts where an order is needed: nothing depends on hashes or on the cache.
 */
#ifndef RIB_SLOTSET_H
#define RIB_SLOTSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rib/arena.h"
#include "rib/index.h"
#include "rib/prefix.h"

/* ---- plain words: bit (slot % 64) of word (slot / 64) ---- */

static inline void
slotbits_add(uint64_t *words, unsigned slot)
{
	words[slot / 64] |= UINT64_C(1) << (slot % 64);
}

static inline void
slotbits_remove(uint64_t *words, unsigned slot)
{
	words[slot / 64] &= ~(UINT64_C(1) << (slot % 64));
}

static inline bool
slotbits_has(const uint64_t *words, size_t nwords, unsigned slot)
{
	return slot / 64 < nwords && (words[slot / 64] >> (slot % 64) & 1) != 0;
}

/* The lowest slot at or above from; nwords * 64 if there is none. */
static inline unsigned
slotbits_next(const uint64_t *words, size_t nwords, unsigned from)
{
	size_t i = from / 64;
	uint64_t word;

	if (i >= nwords)
		return (unsigned)nwords * 64;
	word = words[i] & (UINT64_MAX << (from % 64));
	while (word == 0) {
		if (++i == nwords)
			return (unsigned)nwords * 64;
		word = words[i];
	}
	return (unsigned)(i * 64) + (unsigned)__builtin_ctzll(word);
}

/* The same, but from below `from` where there is none above: for turns. */
static inline unsigned
slotbits_next_round(const uint64_t *words, size_t nwords, unsigned from)
{
	unsigned slot = slotbits_next(words, nwords, from);

	return slot < nwords * 64 ? slot : slotbits_next(words, nwords, 0);
}

/* ---- interned sets ---- */

typedef uint32_t set_id;

#define SLOTSET_EMPTY	  0
#define SLOTSET_WORDS_MAX 256
#define SLOTSET_SIZES	  9 /* 1, 2, 4 ... 256 words */

struct slotset_memo;

struct slotsets {
	struct arena sets;
	struct arena words[SLOTSET_SIZES];
	struct index index;
	struct slotset_memo *memo;
	uint64_t seed;
	uint64_t serial;     /* of the next set */
	size_t nwords;	     /* capacity */
	uint32_t idle_first; /* sets without references, the oldest first */
	uint32_t idle_last;
	uint32_t idle;
	set_id everyone;
};

void slotset_init(struct slotsets *, unsigned slots, uint64_t seed);
void slotset_fini(struct slotsets *);

/* Words beyond the capacity must be zero. Counts no reference. */
set_id slotset_intern(struct slotsets *, const uint64_t *words, size_t nwords);
set_id slotset_of(struct slotsets *, unsigned slot);

void slotset_ref(struct slotsets *, set_id);
void slotset_unref(struct slotsets *, set_id);
/* Releases idle sets beyond a bound. Only when no handle without reference is being used. */
void slotset_trim(struct slotsets *);

set_id slotset_and(struct slotsets *, set_id, set_id);
set_id slotset_or(struct slotsets *, set_id, set_id);
set_id slotset_minus(struct slotsets *, set_id, set_id);
set_id slotset_minus_slot(struct slotsets *, set_id, unsigned slot);

/* Borrowed words of a set; none and 0 for the empty one. */
const uint64_t *slotset_words(const struct slotsets *, set_id, size_t *nwords);
bool slotset_has(const struct slotsets *, set_id, unsigned slot);
uint64_t slotset_serial(const struct slotsets *, set_id);
uint32_t slotset_refs(const struct slotsets *, set_id);

/* How many told rows of a family bear a set: counted here, used to sum up what a slot was sent. */
void slotset_use(struct slotsets *, set_id, enum family, int change);
/* The sum of these counts over all sets that have the slot. */
uint32_t slotset_uses_of(const struct slotsets *, unsigned slot, enum family);
uint32_t slotset_uses(const struct slotsets *, set_id, enum family);

uint64_t slotset_octets(const struct slotsets *);
/* Checks structure and idle list: NULL, or a static text naming the broken invariant. */
const char *slotset_check(const struct slotsets *);

#endif
