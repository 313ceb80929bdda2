/*
 * Interned slot sets: see slotset.h.
 */
#include "rib/slotset.h"

#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "rib/bug.h"

#define IDLE_MAX   4096
#define MEMO_SLOTS 16384 /* a power of two */

struct set {
	struct index_link link;
	uint64_t serial;
	uint32_t refs;
	uint32_t uses[FAMILY_COUNT];
	uint32_t words;	    /* handle in words[size] */
	uint32_t idle_prev; /* while refs is 0 */
	uint32_t idle_next;
	uint16_t nwords;
	uint8_t size; /* holds 1 << size words */
};

enum operation { AND, OR, MINUS, MINUS_SLOT };

/*
 * A remembered result. Serials are never used twice, so an operand that was released and whose
 * handle bears another set now cannot match; the result is compared by serial too.
 */
struct slotset_memo {
	uint64_t a;
	uint64_t b; /* serial or slot */
	uint64_t serial;
	set_id result;
	uint32_t operation;
};

static struct set *
set_at(const struct slotsets *s, set_id id)
{
	return arena_at(&s->sets, id);
}

static uint64_t *
words_at(const struct slotsets *s, const struct set *set)
{
	return arena_at(&s->words[set->size], set->words);
}

void
slotset_init(struct slotsets *s, unsigned slots, uint64_t seed)
{
	uint64_t ones[SLOTSET_WORDS_MAX];

	*s = (struct slotsets){.seed = seed, .serial = 1, .nwords = (slots + 63) / 64};
	if (s->nwords > SLOTSET_WORDS_MAX)
		rib_bug("more slots than a set can have");
	arena_init(&s->sets, sizeof(struct set));
	for (size_t i = 0; i < SLOTSET_SIZES; i++)
		arena_init(&s->words[i], sizeof(uint64_t) << i);
	index_init(&s->index, &s->sets, offsetof(struct set, link));
	s->memo = arena_malloc(MEMO_SLOTS * sizeof(*s->memo));
	memset(s->memo, 0, MEMO_SLOTS * sizeof(*s->memo));
	memset(ones, 0xff, sizeof(ones));
	s->everyone = slotset_intern(s, ones, s->nwords);
	slotset_ref(s, s->everyone);
}

void
slotset_fini(struct slotsets *s)
{
	free(s->memo);
	index_fini(&s->index);
	for (size_t i = 0; i < SLOTSET_SIZES; i++)
		arena_fini(&s->words[i]);
	arena_fini(&s->sets);
}

/* ---- idle sets ---- */

static void
idle_add(struct slotsets *s, set_id id)
{
	struct set *set = set_at(s, id);

	set->idle_prev = s->idle_last;
	set->idle_next = 0;
	if (s->idle_last != 0)
		set_at(s, s->idle_last)->idle_next = id;
	else
		s->idle_first = id;
	s->idle_last = id;
	s->idle++;
}

static void
idle_remove(struct slotsets *s, set_id id)
{
	const struct set *set = set_at(s, id);

	if (set->idle_prev != 0)
		set_at(s, set->idle_prev)->idle_next = set->idle_next;
	else
		s->idle_first = set->idle_next;
	if (set->idle_next != 0)
		set_at(s, set->idle_next)->idle_prev = set->idle_prev;
	else
		s->idle_last = set->idle_prev;
	s->idle--;
}

void
slotset_ref(struct slotsets *s, set_id id)
{
	if (id == SLOTSET_EMPTY)
		return;
	if (set_at(s, id)->refs++ == 0)
		idle_remove(s, id);
}

void
slotset_unref(struct slotsets *s, set_id id)
{
	struct set *set;

	if (id == SLOTSET_EMPTY)
		return;
	set = set_at(s, id);
	if (set->refs == 0)
		rib_bug("a slot set lost a reference that it never had");
	if (--set->refs == 0)
		idle_add(s, id);
}

void
slotset_trim(struct slotsets *s)
{
	while (s->idle > IDLE_MAX) {
		set_id id = s->idle_first;
		const struct set *set = set_at(s, id);

		idle_remove(s, id);
		index_remove(&s->index, id);
		arena_free(&s->words[set->size], set->words);
		arena_free(&s->sets, id);
	}
}

/* ---- interning ---- */

static set_id
find(const struct slotsets *s, uint32_t hash, const uint64_t *words, size_t nwords)
{
	set_id id = 0;

	while ((id = index_find(&s->index, hash, id)) != 0) {
		const struct set *set = set_at(s, id);

		if (set->nwords == nwords &&
		    memcmp(words_at(s, set), words, nwords * sizeof(*words)) == 0)
			return id;
	}
	return 0;
}

set_id
slotset_intern(struct slotsets *s, const uint64_t *words, size_t nwords)
{
	struct set *set;
	uint32_t hash;
	set_id id;

	while (nwords > 0 && words[nwords - 1] == 0)
		nwords--;
	if (nwords == 0)
		return SLOTSET_EMPTY;
	if (nwords > s->nwords)
		rib_bug("a slot set has slots that do not exist");
	hash = (uint32_t)XXH3_64bits_withSeed(words, nwords * sizeof(*words), s->seed);
	id = find(s, hash, words, nwords);
	if (id != 0)
		return id;
	id = arena_alloc(&s->sets);
	set = set_at(s, id);
	set->serial = s->serial++;
	set->nwords = (uint16_t)nwords;
	while (((size_t)1 << set->size) < nwords)
		set->size++;
	set->words = arena_alloc(&s->words[set->size]);
	memcpy(words_at(s, set), words, nwords * sizeof(*words));
	index_insert(&s->index, id, hash);
	idle_add(s, id);
	return id;
}

set_id
slotset_of(struct slotsets *s, unsigned slot)
{
	uint64_t words[SLOTSET_WORDS_MAX] = {0};

	slotbits_add(words, slot);
	return slotset_intern(s, words, slot / 64 + 1);
}

/* ---- operations ---- */

static set_id
and_now(struct slotsets *s, const struct set *a, const struct set *b)
{
	const uint64_t *x = words_at(s, a), *y = words_at(s, b);
	size_t n = a->nwords < b->nwords ? a->nwords : b->nwords;
	uint64_t out[SLOTSET_WORDS_MAX];

	for (size_t i = 0; i < n; i++)
		out[i] = x[i] & y[i];
	return slotset_intern(s, out, n);
}

static set_id
or_now(struct slotsets *s, const struct set *a, const struct set *b)
{
	uint64_t out[SLOTSET_WORDS_MAX];
	const uint64_t *y;

	if (a->nwords < b->nwords) {
		const struct set *longer = b;

		b = a;
		a = longer;
	}
	memcpy(out, words_at(s, a), a->nwords * sizeof(*out));
	y = words_at(s, b);
	for (size_t i = 0; i < b->nwords; i++)
		out[i] |= y[i];
	return slotset_intern(s, out, a->nwords);
}

static set_id
minus_now(struct slotsets *s, const struct set *a, const struct set *b)
{
	size_t n = a->nwords < b->nwords ? a->nwords : b->nwords;
	uint64_t out[SLOTSET_WORDS_MAX];
	const uint64_t *y = words_at(s, b);

	memcpy(out, words_at(s, a), a->nwords * sizeof(*out));
	for (size_t i = 0; i < n; i++)
		out[i] &= ~y[i];
	return slotset_intern(s, out, a->nwords);
}

static set_id
minus_slot_now(struct slotsets *s, const struct set *a, unsigned slot)
{
	uint64_t out[SLOTSET_WORDS_MAX];

	memcpy(out, words_at(s, a), a->nwords * sizeof(*out));
	slotbits_remove(out, slot);
	return slotset_intern(s, out, a->nwords);
}

static struct slotset_memo *
memo_at(struct slotsets *s, enum operation operation, uint64_t a, uint64_t b)
{
	uint64_t mix = (a * 4 + operation) * UINT64_C(0x9e3779b97f4a7c15) ^
	    (b + 1) * UINT64_C(0xc2b2ae3d27d4eb4f);

	return &s->memo[(mix >> 40) & (MEMO_SLOTS - 1)];
}

/* True if the result is remembered and its set has not been released since. */
static bool
memo_hits(const struct slotsets *s, const struct slotset_memo *memo, enum operation operation,
    uint64_t a, uint64_t b)
{
	if (memo->a != a || memo->b != b || memo->operation != operation)
		return false;
	if (memo->result == SLOTSET_EMPTY)
		return true;
	return arena_is_live(&s->sets, memo->result) &&
	    set_at(s, memo->result)->serial == memo->serial;
}

static set_id
compute(struct slotsets *s, enum operation operation, set_id a, set_id b)
{
	const struct set *x = set_at(s, a), *y = set_at(s, b);
	struct slotset_memo *memo = memo_at(s, operation, x->serial, y->serial);
	set_id result;

	if (memo_hits(s, memo, operation, x->serial, y->serial))
		return memo->result;
	if (operation == AND)
		result = and_now(s, x, y);
	else if (operation == OR)
		result = or_now(s, x, y);
	else
		result = minus_now(s, x, y);
	*memo = (struct slotset_memo){
	    x->serial, y->serial, slotset_serial(s, result), result, operation};
	return result;
}

set_id
slotset_and(struct slotsets *s, set_id a, set_id b)
{
	if (a == b || b == s->everyone)
		return a;
	if (a == s->everyone)
		return b;
	if (a == SLOTSET_EMPTY || b == SLOTSET_EMPTY)
		return SLOTSET_EMPTY;
	return compute(s, AND, a, b);
}

set_id
slotset_or(struct slotsets *s, set_id a, set_id b)
{
	if (a == b || b == SLOTSET_EMPTY)
		return a;
	if (a == SLOTSET_EMPTY)
		return b;
	return compute(s, OR, a, b);
}

set_id
slotset_minus(struct slotsets *s, set_id a, set_id b)
{
	if (a == b || a == SLOTSET_EMPTY)
		return SLOTSET_EMPTY;
	if (b == SLOTSET_EMPTY)
		return a;
	return compute(s, MINUS, a, b);
}

set_id
slotset_minus_slot(struct slotsets *s, set_id a, unsigned slot)
{
	const struct set *x;
	struct slotset_memo *memo;
	set_id result;

	if (!slotset_has(s, a, slot))
		return a;
	x = set_at(s, a);
	memo = memo_at(s, MINUS_SLOT, x->serial, slot);
	if (memo_hits(s, memo, MINUS_SLOT, x->serial, slot))
		return memo->result;
	result = minus_slot_now(s, x, slot);
	*memo =
	    (struct slotset_memo){x->serial, slot, slotset_serial(s, result), result, MINUS_SLOT};
	return result;
}

/* ---- looking ---- */

const uint64_t *
slotset_words(const struct slotsets *s, set_id id, size_t *nwords)
{
	if (id == SLOTSET_EMPTY) {
		*nwords = 0;
		return NULL;
	}
	*nwords = set_at(s, id)->nwords;
	return words_at(s, set_at(s, id));
}

bool
slotset_has(const struct slotsets *s, set_id id, unsigned slot)
{
	size_t nwords;
	const uint64_t *words = slotset_words(s, id, &nwords);

	return slotbits_has(words, nwords, slot);
}

uint64_t
slotset_serial(const struct slotsets *s, set_id id)
{
	return id == SLOTSET_EMPTY ? 0 : set_at(s, id)->serial;
}

uint32_t
slotset_refs(const struct slotsets *s, set_id id)
{
	return set_at(s, id)->refs;
}

void
slotset_use(struct slotsets *s, set_id id, enum family family, int change)
{
	struct set *set = set_at(s, id);

	set->uses[family] += (uint32_t)change;
}

uint32_t
slotset_uses(const struct slotsets *s, set_id id, enum family family)
{
	return set_at(s, id)->uses[family];
}

uint32_t
slotset_uses_of(const struct slotsets *s, unsigned slot, enum family family)
{
	uint32_t sum = 0;

	for (set_id id = 0; (id = arena_next(&s->sets, id)) != 0;) {
		const struct set *set = set_at(s, id);

		if (set->uses[family] != 0 && slotset_has(s, id, slot))
			sum += set->uses[family];
	}
	return sum;
}

uint64_t
slotset_octets(const struct slotsets *s)
{
	uint64_t octets = arena_octets(&s->sets) + index_octets(&s->index);

	for (size_t i = 0; i < SLOTSET_SIZES; i++)
		octets += arena_octets(&s->words[i]);
	return octets + MEMO_SLOTS * sizeof(*s->memo);
}

const char *
slotset_check(const struct slotsets *s)
{
	uint32_t idle = 0;

	for (set_id id = 0; (id = arena_next(&s->sets, id)) != 0;) {
		const struct set *set = set_at(s, id);
		const uint64_t *words = words_at(s, set);

		if (words[set->nwords - 1] == 0)
			return "slotset: trailing zeros";
		if (find(s, set->link.hash, words, set->nwords) != id)
			return "slotset: a set that is not found, or twice";
		if (set->refs == 0)
			idle++;
		if (set->refs == 0 && (set->uses[0] != 0 || set->uses[1] != 0))
			return "slotset: a set in use without a reference";
	}
	if (idle != s->idle)
		return "slotset: the count of idle sets is wrong";
	for (set_id id = s->idle_first; id != 0; id = set_at(s, id)->idle_next) {
		if (set_at(s, id)->refs != 0 || idle-- == 0)
			return "slotset: the idle list is broken";
	}
	return idle == 0 ? NULL : "slotset: the idle list is short";
}
