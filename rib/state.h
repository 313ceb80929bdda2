/*
 * What the table is made of. Private to rib/: the world sees table.h.
 *
 *   tree[family] -> node --value--> entry ----------------------------+
 *                      ^              |  paths: rank order,           | told: first row inside,
 *                      +---node-------+  accepted first               | more rows behind it
 *                                     v                               v
 *   peer[slot].family[f]           path -> path -> 0        {sent id, out-form, set} -> row -> 0
 *     paths_first ... paths_last <--+  list of the slot's paths: gone, stale, then fresh ones
 *                                   |
 *                                   +--> reach {attributes, tags} -> {out-form, set} pairs
 *
 *   dirty_first -> entry -> entry: changed since they were shared out last, each once
 *   walk -> cohort -> member slots: who is being fed or refreshed, from where
 *   owed: (slot, entry, sent id), first in first out per slot
 *   jobs: what is to be judged again, each with its place in the key space
 *   batch: changes of one slice, grouped, on their way to emit()
 *
 * All links are arena handles; 0 is none. Order never depends on hashes or addresses.
 */
#ifndef RIB_STATE_H
#define RIB_STATE_H

#include "rib/arena.h"
#include "rib/attrstore.h"
#include "rib/index.h"
#include "rib/radix.h"
#include "rib/slotset.h"
#include "rib/table.h"

/* A place between two keys: behind `last`, or before everything. */
struct place {
	bool any;
	struct prefix last;
};

/* One path as received. */
struct path {
	uint32_t next; /* in its entry */
	uint32_t entry;
	uint32_t peer_prev; /* in its slot's list */
	uint32_t peer_next;
	attrs_id attrs;
	uint32_t reach; /* 0 while rejected and not tagged */
	uint32_t path_id;
	uint32_t sent_id;
	uint32_t bgp_id;
	uint32_t local_pref;
	uint32_t received_s;
	uint32_t generation; /* of its peer's family when it was announced: see path.c */
	uint32_t tags;
	uint32_t partition; /* that it is counted in, or 0 */
	uint16_t slot;
	uint8_t reason;
	bool accepted : 1;
	bool tagged : 1;
	bool fixed : 1;	     /* never judged */
	bool over_reach : 1; /* rejected for one control combination too many */
};

struct told_row {
	uint32_t path_id; /* sent id */
	attrs_id form;
	set_id set;
	uint32_t next; /* told_row handle */
};

struct entry {
	uint32_t node;
	uint32_t paths;
	uint32_t dirty_next;
	uint32_t owed : 30; /* owed records that name it */
	uint32_t family : 1;
	uint32_t dirty : 1;   /* is on the dirty list */
	struct told_row told; /* set 0: no row */
};

/* What export policy answered for (attributes, tags). */
struct reach_pair {
	attrs_id form;
	set_id set;
	uint32_t next;
};

struct reach {
	struct index_link link;
	uint64_t partition; /* what its sets are, see partition.h; 0: none */
	attrs_id attrs;
	uint32_t refs; /* paths */
	uint32_t pairs;
	uint32_t tags;
	uint32_t policy; /* table.policy_serial when policy was asked */
};

/* A control combination that paths of a slot have: partition.h. */
struct partition {
	struct index_link link;
	uint64_t key; /* reach.partition */
	uint32_t era; /* of the slot */
	uint32_t refs;
	uint32_t next, prev;	     /* of the slot, in its era */
	uint32_t held[FAMILY_COUNT]; /* paths that are not gone */
	uint32_t stale[FAMILY_COUNT];
	uint16_t slot;
};

/* Paths to be judged again. */
struct rejudge_job {
	uint64_t *slots; /* table.nwords words, or NULL: of all slots */
	bool share;	 /* nothing is judged, entries are only shared out anew */
	bool scoped;
	bool started;
	struct prefix scope;
	uint8_t family; /* the one that it is in */
	struct place at;
	uint64_t seen; /* entries */
};

#define REJUDGE_JOBS 64

/* A path id of ours for the path id of a peer that sends several paths: TABLE_SLOTS_MAX + handle.
 */
struct pathid {
	struct index_link link;
	uint32_t received;
	uint32_t refs; /* paths, told rows */
	uint16_t slot;
};

struct cohort {
	uint32_t next;
	uint32_t walk;
	uint32_t members; /* first member: slot + 1 */
	bool wrapped;	  /* the walk has passed the end since it started */
	struct place start;
};

struct walk {
	uint32_t next;
	uint32_t cohorts;
	uint32_t blocked; /* members that are held or lagging: it stands still */
	uint8_t family;
	bool alone; /* nobody may join */
	struct place at;
};

struct owed {
	struct index_link link;
	uint32_t next; /* told later */
	uint32_t owner;
	uint32_t entry;
	uint32_t path_id;
};

/* A first in, first out list of owed records of one owner. */
struct owed_list {
	uint32_t first;
	uint32_t last;
	uint32_t count;
	uint32_t owner; /* never used twice */
};

struct path_counts {
	uint32_t received;
	uint32_t accepted;
	uint32_t over_reach;
};

/* A slot in one family. */
struct peer_family {
	uint32_t paths_first;
	uint32_t paths_last;
	uint32_t generation;	  /* that paths are announced in */
	uint32_t keep;		  /* paths of generations before it are gone */
	struct path_counts held;  /* not gone */
	struct path_counts stale; /* of these, of a generation before the present one */
	uint64_t over_paths;	  /* refused since the session began */
	uint32_t walk;
	uint32_t cohort;
	uint32_t cohort_prev; /* member slot + 1 */
	uint32_t cohort_next;
	struct owed_list owed;
	uint8_t class;
	bool able;    /* may have the family: told rows may name it */
	bool up;      /* the session has it */
	bool synced;  /* its feeding walk is over */
	bool blocked; /* counted in its walk's blocked */
	bool lagging;
	bool drained;	  /* lagging, but can take what is owed */
	bool retell;	  /* its walk also withdraws what is not told: too much was owed */
	bool reshare;	  /* told rows may not know its class yet */
	bool eor_due;	  /* End-of-RIB when its walk is over */
	bool eor_pending; /* End-of-RIB is in the batch */
	bool eor_owed;	  /* End-of-RIB behind the last owed prefix */
	bool eor_received;
	bool refresh_again;
	bool borr_due; /* BoRR before the next block of its walk */
	bool eorr_due; /* a refresh between markers: EoRR when its walk is over */
	bool refused;  /* the limit has kept paths out since there was room last */
};

struct peer {
	struct table_peer config;
	uint32_t bgp_id;
	uint32_t era;		  /* partitions of another one do not count */
	uint32_t partitions;	  /* with a path that is not gone */
	uint32_t partition_first; /* of the era */
	bool set;
	bool up;
	bool held;
	bool enhanced_refresh; /* of the session */
	struct peer_family family[FAMILY_COUNT];
};

/* ---- the batch ---- */

struct batch_change {
	uint64_t high, low; /* the prefix as two numbers, for sorting */
	uint32_t group;
	uint32_t path_id;
	uint8_t len;
};

struct batch_group {
	enum emission_kind kind;
	enum family family;
	uint8_t class;
	set_id set; /* a reference is held; 0: everybody left */
	attrs_id form;
	uint32_t chain; /* next in the same hash slot: group + 1 */
	uint32_t hash_slot;
	uint32_t first; /* of the prefixes not taken yet */
	uint32_t end;
};

#define BATCH_HASH 1024

struct batch {
	struct batch_change *changes, *sorted;
	uint32_t change_count, change_room, sorted_room;
	struct batch_group *groups;
	uint32_t group_count, group_room;
	uint32_t *order; /* of groups */
	uint32_t order_room;
	struct prefix *prefixes;
	uint32_t *path_ids;
	uint32_t prefix_room;
	uint32_t at; /* place in order */
	bool sealed;
	uint32_t hash[BATCH_HASH]; /* group + 1 */
};

/* ---- audience: who is told at once, by stretch of the key space ---- */

struct region {
	struct place from;
	bool ready;
	uint16_t classes;	/* with somebody in them */
	set_id to[CLASS_COUNT]; /* references are held */
	set_id lagging[2];	/* plain, with path ids */
};

struct audience {
	struct region *regions;
	uint32_t count, room;
	bool stale;
};

/* ---- the table ---- */

struct share_row {
	uint32_t path_id;
	attrs_id form;
	set_id set;
};

/* Of one path, to receivers with a limit. */
struct grant {
	set_id get;
	set_id beaten; /* may have it, but have better ones first */
};

struct share_rows {
	struct share_row *rows;
	uint32_t count, room;
};

/* Slots of the classes of a mask. Few masks occur: each has one place, a newer one takes it over.
 */
struct fit_set {
	set_id set;
	uint16_t classes;
	bool known;
};

/*
 * Receivers of path ids by how many paths of a prefix they are told: bestn.c. References are held.
 */
#define LIMIT_DIGITS 16

struct limits {
	bool known;
	unsigned digits; /* of the largest limit, in binary */
	set_id unlimited;
	set_id limited;
	set_id digit[LIMIT_DIGITS]; /* those whose limit has this binary digit */
};

#define FIT_SETS	 64
#define CLASSES_PLAIN	 0x3333 /* without path ids */
#define CLASSES_ADD_PATH 0xcccc

struct table {
	struct table_config config;
	size_t nwords; /* of a set of all slots */
	struct radix tree[FAMILY_COUNT];
	uint32_t entry_count[FAMILY_COUNT];
	struct arena entries, paths, rows, reaches, pairs, pathids, walks, cohorts, owed;
	struct arena partitions;
	struct index reach_index, pathid_index, owed_index, partition_index;
	struct attrstore attrs;
	struct slotsets sets;
	struct peer *peers;

	uint32_t dirty_first, dirty_last, dirty_count;

	/* Sets of slots as plain words, nwords each. */
	uint64_t *synced[FAMILY_COUNT];
	uint64_t *lagging[FAMILY_COUNT];
	uint64_t *purge[FAMILY_COUNT];	  /* has paths that are gone */
	uint64_t *to_drain[FAMILY_COUNT]; /* drained, with something owed */
	uint64_t *class[FAMILY_COUNT][CLASS_COUNT];
	uint32_t purge_count, to_drain_count;
	/* Whose turn it is: slots, and the family that had the last one. */
	uint32_t purge_at[FAMILY_COUNT], to_drain_at[FAMILY_COUNT];
	enum family purge_family, to_drain_family;
	struct fit_set fit[FAMILY_COUNT][FIT_SETS];
	struct limits limits[FAMILY_COUNT];
	struct audience audience[FAMILY_COUNT];

	uint32_t walk_first, walk_last;
	bool deferred;		  /* walks stand still */
	uint32_t walk_served;	  /* the last one that moved; 0: begin at the first */
	struct owed_list dropped; /* owed records of nobody any more */
	uint32_t owed_owner;
	uint32_t debts_made;		  /* in this slice */
	uint32_t retellers[FAMILY_COUNT]; /* slots whose walk tells everything again */
	bool sweep[FAMILY_COUNT];	  /* tombs are to be removed */
	struct place sweep_at[FAMILY_COUNT];

	uint32_t policy_serial; /* grows with every policy */
	uint32_t era;		/* given out last */
	struct rejudge_job jobs[REJUDGE_JOBS];
	uint32_t job_count;

	struct batch batch;
	struct share_rows fresh, old; /* scratch */
	struct grant *grants;	      /* scratch: by place of the path in its entry */
	uint32_t grant_count, grant_room;
	uint32_t *path_handles; /* scratch */
	uint32_t path_handle_room;
	uint64_t *scratch[4];
};

static inline struct path *
path_at(const struct table *t, uint32_t path)
{
	return arena_at(&t->paths, path);
}

static inline struct entry *
entry_at(const struct table *t, uint32_t entry)
{
	return arena_at(&t->entries, entry);
}

static inline struct told_row *
row_at(const struct table *t, uint32_t row)
{
	return arena_at(&t->rows, row);
}

static inline struct reach *
reach_at(const struct table *t, uint32_t reach)
{
	return arena_at(&t->reaches, reach);
}

static inline struct reach_pair *
pair_at(const struct table *t, uint32_t pair)
{
	return arena_at(&t->pairs, pair);
}

static inline struct peer_family *
peer_at(const struct table *t, unsigned slot, unsigned family)
{
	return &t->peers[slot].family[family];
}

static inline void
entry_prefix(const struct table *t, const struct entry *e, struct prefix *out)
{
	radix_prefix(&t->tree[e->family], e->node, out);
}

/* True if the key lies behind the place. */
static inline bool
place_is_before(const struct place *place, const struct prefix *key)
{
	return !place->any || prefix_compare(key, &place->last) > 0;
}

/* Makes room for one more element of a growing array. */
#define GROW(array, room, needed)                                                    \
	do {                                                                         \
		if ((needed) > (room)) {                                             \
			(room) = (room) == 0 ? 64 : (room);                          \
			while ((room) < (needed))                                    \
				(room) *= 2;                                         \
			(array) = arena_realloc((array), (room) * sizeof(*(array))); \
		}                                                                    \
	} while (0)

#endif
