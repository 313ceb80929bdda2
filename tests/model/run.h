/*
 * What the files of the random run share: one world at a time, its table, its receivers.
 *
 *   test_model.c  events and worlds     policy.c  attributes and the test's own policy
 *   receive.c     emissions, queues, views and their comparison with naive.c
 *   reload.c      policy and limits that change    stale.c  members that are lost, or refresh
 */
#ifndef TESTS_MODEL_RUN_H
#define TESTS_MODEL_RUN_H

#include "rib/table.h"
#include "tests/model/naive.h"

#define ATTRS	      64
#define VERSIONS      32 /* of policy in a world */
#define FORMS_OF_ATTR 4
#define PREFIXES      96
#define EVENT_KINDS   32

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
	bool stale; /* not told since BoRR */
};

/* What a receiver has of one prefix. */
struct holding {
	size_t count, room;
	struct held *paths;
};

/* What a session has of one family: refresh.c. */
struct refreshing {
	bool asked;   /* no BoRR has been emitted since */
	bool begun;   /* BoRR was read, and no EoRR yet */
	bool broken;  /* and then it was cut */
	bool fed;     /* End-of-RIB has been emitted */
	bool was_fed; /* when the deferral began */
};

struct receiver {
	struct unread *first, **last;
	size_t unread;
	struct holding holds[PREFIXES];
	unsigned eor[2];
	bool cut;
	bool was_cut;
	bool held;
	bool enhanced; /* refreshes stand between markers */
	bool is_new;   /* its session began in the deferral */
	struct refreshing refreshing[2];
	unsigned paths[2]; /* announced by it */
	uint32_t limit;
	bool accepted_only;
	bool soft;
	bool blocks;  /* over the limit the session goes on */
	bool removed; /* the slot is nobody's */
	bool lost;    /* down, with stale paths */
	uint16_t paths_kept;
	uint64_t over_paths[2];
};

enum standing { JUDGED, KEPT, OVER_REACH };

enum { REASON_POLICY = 7, REASON_KEPT = 17, REASON_REACH = 21 };

struct run {
	struct table *table;
	struct naive_world world;
	unsigned version;
	unsigned versions[VERSIONS];		    /* contexts of policy: their numbers */
	struct naive_attrs attrs[VERSIONS * ATTRS]; /* the same with each version's policy */
	struct block blocks[ATTRS][FORMS_OF_ATTR];
	uint8_t standing[PREFIXES][NAIVE_SLOTS][NAIVE_IDS];
	bool stale[PREFIXES][NAIVE_SLOTS][NAIVE_IDS];
	/* Asked to be judged again: no path there is surely judged by the version before or now. */
	bool pending[PREFIXES][NAIVE_SLOTS];
	bool is_pending;
	uint32_t reach_limit;
	unsigned collector; /* slot; NAIVE_SLOTS: none */
	unsigned next_rank;
	bool deferred;
	struct receiver receivers[NAIVE_SLOTS];
	unsigned short_emits; /* of 100: how often emit() takes less than all */
	uint64_t digest;
};

/* What all worlds together have covered. */
struct totals {
	uint64_t checked; /* views */
	uint64_t steps[NAIVE_STEPS];
	uint64_t events[EVENT_KINDS];
	uint64_t over_limit;
	uint64_t over_reach;
	uint64_t rejudged;
	uint64_t refreshes; /* between markers */
	uint64_t deferred;
	uint64_t best_n; /* views that a limit made smaller */
	uint64_t swept;
	uint64_t over_paths;
	uint64_t made_room; /* stale paths for others of the prefix */
};

extern struct run run;
extern struct totals totals;

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
/* The next version of policy says something else of some attributes. */
void make_version(void);
/* The attributes as policy sees them now. */
int attrs_now(unsigned i);

/* For struct rib_policy. */
void judge(void *ctx, const struct path_view *, struct verdict *out);
void reach(void *ctx, const uint8_t *block, size_t len, uint32_t tags, struct reach_out *out);
uint16_t fits(void *ctx, const uint8_t *block, size_t len, enum family);

/* ---- reload.c ---- */

/* Tells the table who has the slot. */
void describe_peer(unsigned slot);
void random_limit(unsigned slot);
/* Says how the table judged a path that was announced just now. */
void note_announced(unsigned slot, unsigned prefix, unsigned id, int index);
/* Checks that the limit speaks against the path, and notes what remains. */
void note_over_limit(unsigned slot, unsigned prefix, unsigned id, int index);
/* All jobs are done: every path asked for is judged by the present version. */
void note_rejudged(void);
/* Compares every path's verdict with the model. */
void check_verdicts(void);

void event_policy(unsigned slot);
void event_rejudge(unsigned slot);
void event_hiding(unsigned slot);
void event_leave(unsigned slot);
void event_return(unsigned slot);
void event_malformed(unsigned slot);
void event_limit(unsigned slot);

/* ---- stale.c ---- */

/* Takes a path away, if it is there. */
void drop_path(unsigned slot, unsigned prefix, unsigned id);
unsigned stale_count(unsigned slot, unsigned family);
/* A session begins that keeps stale paths of these families (1 << family). */
void note_back(unsigned slot, unsigned kept);
/* True if the prefix may have this path of the slot; a stale one may have left for it. */
bool has_path_room(unsigned slot, unsigned prefix, unsigned id);

void event_lost(unsigned slot);
void event_back(unsigned slot);
void event_sweep(unsigned slot);
void event_end_of_rib(unsigned slot);
void event_refresh_begin(unsigned slot);

/* ---- refresh.c ---- */

/* A marker is on its way to the slot, or End-of-RIB. */
void marker_emitted(unsigned slot, enum emission_kind, unsigned family);
/* BoRR and EoRR are read. */
void begin_refresh(unsigned slot, unsigned family);
void end_refresh(unsigned slot, unsigned family);
/* The slot is cut: call before its queue is thrown away. */
void break_refreshes(unsigned slot);
/* After a quiet moment. */
void check_refreshed(unsigned slot, unsigned family);
/* With its session. */
void refresh_forget(unsigned slot);
void end_deferral(void);

void event_refresh(unsigned slot);
void event_defer(unsigned slot);

/* ---- test_model.c ---- */

/* What the member had read, and its session. */
void forget_receiver(unsigned slot);
/* That, and all that it announced. */
void forget_session(unsigned slot);
void event_up(unsigned slot);
unsigned prefix_for(unsigned slot);

/* ---- receive.c ---- */

size_t emit(void *ctx, const struct emission *);
/* The slot reads the first block of its queue. */
void read_one(unsigned slot);
/* Throws its queue away. */
void queue_reset(struct receiver *);
/* Compares the slot's view and counters with the model. */
void check_peer(unsigned slot);

#endif
