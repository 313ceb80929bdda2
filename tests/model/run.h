/*
 * What the files of the random run share: one world at a time, its table, its receivers.
 *
 *   test_model.c  events and worlds     policy.c  attributes and the test's own policy
 *   receive.c     emissions, queues, views and their comparison with naive.c
 */
#ifndef TESTS_MODEL_RUN_H
#define TESTS_MODEL_RUN_H

#include "rib/table.h"
#include "tests/model/naive.h"

#define ATTRS	      64
#define FORMS_OF_ATTR 4
#define PREFIXES      96
#define EVENT_KINDS   16

struct block {
	uint8_t octets[128];
	size_t len;
};

/* One emission as receivers read it. */
struct unread {
	struct unread *next;
	enum emission_kind kind;
	unsigned family;
	int form;
	size_t count;
	uint32_t *prefixes;
	uint32_t *ids;
};

struct held {
	uint32_t id;
	int form;
};

/* What a receiver has of one prefix. */
struct holding {
	size_t count, room;
	struct held *paths;
};

struct receiver {
	struct unread *first, **last;
	size_t unread;
	struct holding holds[PREFIXES];
	unsigned eor[2];
	bool cut;
	bool was_cut;
	bool held;
	unsigned paths[2]; /* announced by it */
	uint32_t limit;
};

struct run {
	struct table *table;
	struct naive_world world;
	struct naive_attrs attrs[ATTRS];
	struct block blocks[ATTRS][FORMS_OF_ATTR];
	struct receiver receivers[NAIVE_SLOTS];
	unsigned short_emits; /* of 100: how often emit() takes less than all */
	uint64_t digest;
	uint64_t checked;
	uint64_t steps[NAIVE_STEPS];
	uint64_t events[EVENT_KINDS];
};

extern struct run run;

/* Says what is wrong and aborts. */
_Noreturn void die(const char *what, unsigned slot, unsigned prefix);

/* ---- policy.c ---- */

void random_seed(uint64_t seed);
uint32_t rnd(uint32_t below);

struct prefix prefix_of(unsigned index);
unsigned index_of(const struct prefix *);

/* Writes the canonical block of attributes whose out-form has this number. */
void put_block(struct block *, const struct naive_attrs *, bool has_med, int form);
int form_of(const uint8_t *block, size_t len);
bool fits_class(int form, unsigned class, unsigned family);
void make_attrs(unsigned i);

/* For struct rib_policy. */
void judge(void *ctx, const struct path_view *, struct verdict *out);
void reach(void *ctx, const uint8_t *block, size_t len, uint32_t tags, struct reach_out *out);
uint8_t fits(void *ctx, const uint8_t *block, size_t len, enum family);

/* ---- receive.c ---- */

size_t emit(void *ctx, const struct emission *);
/* The receiver reads the first block of its queue. */
void read_one(struct receiver *);
/* Throws its queue away. */
void queue_reset(struct receiver *);
/* Compares the slot's view and counters with the model. */
void check_peer(unsigned slot);

#endif
