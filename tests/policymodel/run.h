/*
 * What the files of the run share: one exchange at a time, the table that is given its routes, and
 * what each receiver was told.
 *
 *   test_policymodel.c  events and exchanges      receive.c  emissions --> what receivers hold
 *   compare.c           the quiet moment: table, policy and receivers against the naive policy
 *   generation.c        another policy, other data, other peers, limits
 */
#ifndef TESTS_POLICYMODEL_RUN_H
#define TESTS_POLICYMODEL_RUN_H

#include "rib/table.h"
#include "tests/policymodel/compile.h"
#include "tests/policymodel/octets.h"
#include "tests/policymodel/world.h"

#define RUN_IDS	      2 /* received path ids 0, 1 */
#define RUN_REASONS   24
#define RUN_MALFORMED 17
#define RUN_TOO_MANY  21
#define RUN_NO_POLICY 23

struct run_path {
	bool is, malformed;
	uint32_t bgp_id;
	struct naive_attrs attrs;
};

/* A block that receivers hold, shared by them. */
struct run_block {
	unsigned refs;
	size_t len;
	uint8_t octets[];
};

struct run_held {
	uint32_t id;
	struct run_block *block;
};

struct run_holding {
	size_t count, room;
	struct run_held *paths;
};

struct run_session {
	bool up, add_path;
	bool families[2];
	uint32_t bgp_id;
	uint32_t limit[2]; /* in force */
	struct run_holding holds[WORLD_PREFIXES];
};

struct run {
	uint64_t seed;
	unsigned long event;
	bool compares; /* false: only the table runs */
	struct table *table;
	struct naive_world world;
	struct compiled *compiled;
	bool rejudging;	      /* not all paths are surely judged by the present policy */
	unsigned short_emits; /* of 100: how often emit() takes less than all */
	uint64_t digest;
	struct run_session sessions[NAIVE_PEERS];
	struct run_path paths[WORLD_PREFIXES][NAIVE_PEERS][RUN_IDS];
};

/* What all exchanges together have covered. */
struct run_totals {
	uint64_t accepted;
	uint64_t reasons[RUN_REASONS];
	uint64_t tagged, observed;
	uint64_t over_limit, over_reach;
	uint64_t steps[BY_COUNT];
	uint64_t decided[DECIDED_COUNT];
	uint64_t views, generations, rejudged_meanwhile;
};

extern struct run run;
extern struct run_totals totals;

/* Says where and what, and aborts. */
_Noreturn void run_fail(const char *what, unsigned slot, unsigned prefix);

/* ---- receive.c ---- */

size_t receive(void *ctx, const struct emission *);
void receive_forget(unsigned slot);

/* ---- generation.c ---- */

/* What the table asks. */
struct rib_policy generation_policy(void);
/* Tells the table who has the slot and what its limits are. */
void generation_describe(unsigned slot);
void generation_change(void);
void generation_measure(unsigned slot);

/* ---- compare.c ---- */

/* The table is idle: everything must be as the naive policy has it. */
void compare_all(void);
/* The verdict of the naive policy about one path. */
void compare_judge(unsigned slot, unsigned prefix, unsigned id, struct naive_verdict *);

/* ---- test_policymodel.c ---- */

void run_down(unsigned slot);
void run_up(unsigned slot);
unsigned run_prefix_index(const struct prefix *);

#endif
