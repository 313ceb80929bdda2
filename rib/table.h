/*
 * The table: every path of every peer, what each receiver is to have, and the way from a change to
 * the blocks that tell it. The one public header of rib/ beside prefix.h, attrs.h and slotset.h.
 *
 *   table_announce / withdraw / peer_up / peer_down / refresh / cut ...        (records in)
 *            |  entry: paths in rank order; changed entries go to the dirty list, each once
 *            v
 *   table_step:  purge -> share out -> compare with told -> group -> emit      (blocks out)
 *                walks (feeding, refresh) and owed prefixes take the same road
 *
 * The library is pure: time is a parameter, there is no socket, no log, no randomness; the same
 * calls give the same emissions, octet by octet. Running out of memory aborts.
 *
 * Words: slot, peer, path, entry, told, out-form, reach, walk, owed, lagging: docs/architecture.md.
 *
 * Peer states, per family (RFC 7947 knows none of this; it is how one told serves everybody):
 *
 *   DOWN --up--> FEEDING --own walk done, End-of-RIB emitted--> LIVE --down--> DOWN
 *   DOWN may have stale paths, which count and are told: the member is away (RFC 4724)
 *   FEEDING, LIVE + lagging: cut off the log; what changes is owed until table_drained() and the
 *   last owed prefix has been told.
 */
#ifndef RIB_TABLE_H
#define RIB_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rib/attrs.h"
#include "rib/prefix.h"

#define TABLE_SLOTS_MAX	  16384
#define TABLE_REASON_NONE 0

/*
 * A receiver class: what decides the octets of a message beside its attributes. A class number is
 * a combination of these bits; a mask of classes has bit (1 << class).
 */
enum class_bit {
	CLASS_AS4 = 1 << 0,	 /* 4-octet AS numbers (RFC 6793) */
	CLASS_ADD_PATH = 1 << 1, /* path identifiers (RFC 7911): several paths, see paths_told */
	CLASS_EXT_MSG = 1 << 2,	 /* messages up to 65,535 octets (RFC 8654) */
	CLASS_IPV6_NEXT_HOP = 1 << 3 /* IPv4 routes with IPv6 next hops (RFC 8950) */
};
#define CLASS_COUNT 16

/* Handle of an interned attribute block; 0 is none. */
typedef uint32_t attrs_id;

/* ---- policy, asked through function pointers; all pure ---- */

/*
 * A tagged path counts as rejected and is never a candidate, but what its reach names is told of
 * it: reach() names collectors alone. Tagged paths rank behind all accepted ones and before the
 * other rejected ones; a collector with path ids gets all of them, path hiding or not, one without
 * the best.
 */
struct verdict {
	uint32_t local_pref; /* 100 unless policy says otherwise */
	uint32_t tags;	     /* handed back to reach() */
	uint8_t reason;	     /* why not, TABLE_REASON_NONE if accepted */
	bool accept;
	bool tagged; /* not with accept */
};

struct path_view {
	const struct prefix *prefix;
	const uint8_t *block; /* canonical attributes */
	size_t block_len;
	const struct attrs_facts *facts;
	uint64_t block_serial; /* of the interned block, never reused; 0: not interned */
	uint16_t slot;	       /* who announced it */
};

/* Where reach() puts its (out-form, slot set) pairs; see reach_add(). */
struct reach_out;

struct rib_policy {
	void *ctx;
	/* Import policy's answer for one path. */
	void (*judge)(void *ctx, const struct path_view *, struct verdict *out);
	/*
	 * Export policy's answer for one block of attributes: calls reach_add() for disjoint sets.
	 * Asked once per distinct (block, tags), the answer is kept while a path uses it.
	 */
	void (*reach)(void *ctx, const uint8_t *block, size_t block_len, uint32_t tags,
	    struct reach_out *out);
	/*
	 * Mask of the classes whose messages can carry this out-form and one prefix. A matter of
	 * encoding: answers are kept with the block, table_set_policy() does not ask again.
	 */
	uint16_t (*fits)(void *ctx, const uint8_t *block, size_t block_len, enum family);
};

/*
 * Adds one pair. block NULL: leaves as it came. words NULL: everyone; otherwise nwords words, bit
 * (slot % 64) of word (slot / 64).
 */
void reach_add(struct reach_out *, const uint8_t *block, size_t block_len, const uint64_t *words,
    size_t nwords);

/*
 * No control community shaped this answer: it is no control combination, whatever its sets are, and
 * does not count against table_config.reach_limit.
 */
void reach_plain(struct reach_out *);

/* ---- emissions ---- */

enum emission_kind {
	EMIT_ANNOUNCE,
	EMIT_WITHDRAW, /* attrs, block: none */
	EMIT_EOR,      /* no prefixes: every block of the receivers' first table stands before it */
	/* No prefixes: around what answers a refresh (RFC 7313), for who understands them. */
	EMIT_BORR,
	EMIT_EORR
};

/* One group of prefixes with equal receivers and, announced, equal attributes. */
struct emission {
	enum emission_kind kind;
	enum family family;
	uint8_t class;	       /* combination of class_bit, the same for all receivers */
	const uint64_t *words; /* receivers */
	size_t nwords;
	const uint8_t *block; /* canonical attributes of the out-form */
	size_t block_len;
	const struct prefix *prefixes; /* in prefix_compare() order */
	const uint32_t *path_ids;      /* parallel; meaningful with CLASS_ADD_PATH */
	size_t count;
};

/*
 * Takes one emission and returns how many of its prefixes it took (without prefixes: 1 is all).
 * Less than count means no room now: the rest is offered again in a later table_step(), before
 * anything newer, its receivers shortened by those that went down or were cut in between. It must
 * not change the table.
 */
typedef size_t (*emit_fn)(void *ctx, const struct emission *);

/* ---- life ---- */

struct table_config {
	uint32_t slots;	  /* slots 0 .. slots-1 exist; at most TABLE_SLOTS_MAX */
	bool path_hiding; /* true: mitigation (RFC 7947 2.3) on, each receiver gets its own best */
	uint64_t hash_seed;
	uint32_t owed_max; /* more owed prefixes than this: walk everything again; 0 = 65536 */
	/*
	 * How many distinct control combinations the accepted paths of one session may have; 0 = no
	 * limit. A combination is the sets of a reach() result, whatever their out-forms; one pair
	 * for everyone is none, nor is one that reach() called plain. A path that would add one
	 * more is rejected with this reason until it is judged anew, and is not tagged. Counted
	 * are the paths that the present policy has judged.
	 */
	uint32_t reach_limit;
	uint8_t reach_limit_reason;
	struct rib_policy policy;
	emit_fn emit;
	void *emit_ctx;
};

struct table;

struct table *table_new(const struct table_config *);
void table_free(struct table *);

/* ---- peers ---- */

struct table_peer {
	uint32_t asn;
	uint8_t addr[16];	      /* for the last step of the decision; network order */
	uint8_t addr_family;	      /* enum family */
	uint32_t limit[FAMILY_COUNT]; /* paths of a session before over-limit; 0 = none */
	bool limit_accepted_only;     /* rejected paths (tagged ones too) do not count */
	bool limit_soft;	      /* only shown: nothing is refused */
	/*
	 * Towards it, with CLASS_ADD_PATH: at most so many of the paths of a prefix that it may
	 * have; 0 = all. First come those that no other of them beats by MED, then the beaten ones,
	 * both in rank order: with 1 it is its own RFC 4271 best path. Tagged ones do not count.
	 */
	uint16_t paths_told;
	/* From it: at most so many paths of a prefix (RFC 7911); 0 = no limit. */
	uint16_t paths_kept;
};

/* What a session settled; travels in the up record. */
struct table_session {
	uint32_t bgp_id;	     /* host order */
	uint8_t families;	     /* 1 << enum family */
	uint8_t class[FAMILY_COUNT]; /* combination of class_bit */
	bool enhanced_refresh;	     /* its refreshes are answered between BoRR and EoRR */
	/*
	 * 1 << enum family: stale paths of the session before (table_peer_lost()) stay until
	 * table_end_of_rib() or table_sweep(); of other families they go (RFC 4724 section 4.2).
	 */
	uint8_t kept;
};

/*
 * Describes a slot. Call before its first table_peer_up(), and again when limits change. Another
 * ASN or address is for a slot that is clean. No entry changes by it, but another paths_told of who
 * receives path ids shares every entry out anew: a job for TABLE_REJUDGE that asks policy nothing.
 */
void table_peer_set(struct table *, uint16_t slot, const struct table_peer *);

/*
 * The slot is nobody's any more: down, a receiver of nothing, its paths purged in slices. Bits of
 * it that told rows still have mean nothing, to the next holder of the slot either.
 */
void table_peer_remove(struct table *, uint16_t slot);
/* True if no session is up and no path is left: the slot may get another address. */
bool table_peer_is_clean(const struct table *, uint16_t slot);

/*
 * A session begins; implies table_peer_down() for one that was up. Paths of the session before are
 * purged in slices and never mistaken for new ones.
 */
void table_peer_up(struct table *, uint16_t slot, const struct table_session *);
void table_peer_down(struct table *, uint16_t slot);

/*
 * The session is over, but the member is expected back (RFC 4724 section 4.2): what it announced
 * in the families of the mask is stale from now on, and told as before; the rest goes as in
 * table_peer_down(). Paths that were stale already go, too, unless older says that they may stay
 * (RFC 8538 section 4.1). Ends at table_peer_up(), table_sweep() or table_peer_down().
 */
void table_peer_lost(struct table *, uint16_t slot, uint8_t families, bool older);

/* The member has sent End-of-RIB (RFC 4724 section 2): what is still stale of the family goes. */
void table_end_of_rib(struct table *, uint16_t slot, enum family);

/*
 * The member asks for everything again (RFC 2918). One walk runs, one more is remembered. Told rows
 * are re-sent unconditionally while live changes go on; between EMIT_BORR and EMIT_EORR if the
 * session has enhanced refresh, never before End-of-RIB (RFC 7313 section 4). A peer that is cut
 * off meanwhile gets the whole refresh anew once it has caught up. Call it, too, if a marker was in
 * a block that a cut peer never had whole: the table can not know which blocks were read.
 */
void table_refresh(struct table *, uint16_t slot, enum family);

/*
 * The member begins to announce everything again (BoRR): what it has announced is stale until it
 * comes again, and told as before (RFC 7313 section 4). Stale paths count like others.
 */
void table_refresh_begin(struct table *, uint16_t slot, enum family);
/*
 * Stale paths of the family go, in slices; the member has sent EoRR, or was waited for long enough.
 * Nothing without stale paths.
 */
void table_sweep(struct table *, uint16_t slot, enum family);

/*
 * While it is deferred no walk moves, so nobody is fed or refreshed, nor sent End-of-RIB but of a
 * walk that was over before (RFC 4724 section 4.1). Everybody who comes up is fed when it ends. May
 * be called at any time; sessions that are live already are told changes as ever, and what they are
 * owed. For TABLE_WALK there is nothing to do meanwhile.
 */
void table_defer(struct table *, bool defer);

/* ---- routes ---- */

/* Finds a block without interning it; 0 if it is not there. Does not count a reference. */
attrs_id table_attrs_find(const struct table *, const uint8_t *block, size_t len);

/* Interns a canonical block and counts one reference, given back with table_attrs_unref(). */
attrs_id table_attrs_ref(struct table *, const uint8_t *block, size_t len);
void table_attrs_unref(struct table *, attrs_id);

enum table_result {
	TABLE_OK,
	/*
	 * The peer's limit would be passed. Nothing of this path was kept; a rejected one that an
	 * accepted one would have replaced is gone. What ends, waits or goes on is the caller's
	 * choice: if it goes on, paths that leave make room.
	 */
	TABLE_OVER_LIMIT,
	/* The member has table_peer.paths_kept others of this prefix, and none that is stale. */
	TABLE_OVER_PATHS
};

/*
 * A path: new, or in place of the one with the same (slot, prefix, path_id). now_s is shown as the
 * time of receipt and decides nothing; said again unchanged, stale or not, a path keeps its time.
 * The slot must be up.
 */
enum table_result table_announce(struct table *, uint16_t slot, const struct prefix *,
    uint32_t path_id, attrs_id, uint32_t now_s);

/*
 * A path that the member lost by its own fault: kept as rejected with this reason, to be shown,
 * never judged. Replaces and is replaced, withdrawn and counted (as received and rejected) like
 * others.
 */
enum table_result table_announce_rejected(struct table *, uint16_t slot, const struct prefix *,
    uint32_t path_id, attrs_id, uint8_t reason, uint32_t now_s);

/* True if there was such a path. */
bool table_withdraw(struct table *, uint16_t slot, const struct prefix *, uint32_t path_id);

/* ---- policy that changes ---- */

/*
 * From now on these functions answer, and nothing calls the old context any more: verdicts and
 * reaches are stored. What was judged before stays as it is until table_rejudge() comes by or the
 * path is announced again; what reach() answered before is found by no new path. Call it also when
 * the same context begins to answer otherwise in reach().
 */
void table_set_policy(struct table *, const struct rib_policy *);

/*
 * Judges again what lies in scope (NULL: everything) and came from these slots (NULL: all): a job
 * for TABLE_REJUDGE. Each path gets a fresh verdict, and after table_set_policy() a fresh reach,
 * asked once per (block, tags); where both are as before nothing is told, else the differences are.
 * Paths that wait for their purge and those of table_announce_rejected() are left alone. A limit on
 * accepted paths may be passed by it: look at table_peer_view. Jobs beyond a number become one for
 * everything.
 */
void table_rejudge(
    struct table *, const struct prefix *scope, const uint64_t *slots, size_t nwords);
/*
 * Mitigation of path hiding on or off from now on. Every entry is shared out anew: a job for
 * TABLE_REJUDGE as well, which asks policy nothing.
 */
void table_set_path_hiding(struct table *, bool mitigate);
/* Another table_config.reach_limit. What is counted begins anew, as after table_set_policy(). */
void table_set_reach_limit(struct table *, uint32_t limit);
/* About how many entries are still to be looked at; 0 only if none are. For displays. */
uint64_t table_rejudge_left(const struct table *);

/* ---- lagging (all families of a slot at once) ---- */

/* The peer is cut off: no emission names it until it has drained. */
void table_cut(struct table *, uint16_t slot);
/* This was in a block the cut peer never had whole: it is owed. */
void table_owe(struct table *, uint16_t slot, const struct prefix *, uint32_t path_id);
void table_owe_eor(struct table *, uint16_t slot, enum family);
/* The cut peer can take messages again: what it is owed is told, unconditionally. */
void table_drained(struct table *, uint16_t slot);

/* ---- work ---- */

enum table_work {
	TABLE_COMMIT = 1 << 0, /* purge, dirty entries */
	TABLE_WALK = 1 << 1,   /* feeding and refresh walks */
	TABLE_OWED = 1 << 2,   /* owed prefixes of drained peers */
	TABLE_REJUDGE = 1 << 3 /* policy's verdicts anew; TABLE_COMMIT tells what comes of it */
};

enum table_progress {
	TABLE_IDLE,   /* nothing of the asked kinds is left */
	TABLE_MORE,   /* a slice was done, more is left */
	TABLE_NO_ROOM /* emit() took less than all; call again when there is room */
};

/*
 * Does one slice: about max_entries entries of the kinds of work in `what`. What an earlier slice
 * could not emit comes first.
 */
enum table_progress table_step(struct table *, unsigned what, unsigned max_entries);

/* True if there is something of these kinds to do. */
bool table_is_left(const struct table *, unsigned what);

/* Takes a peer out of the walk it shares, to go on alone and hold up nobody. */
void table_walk_split(struct table *, uint16_t slot);
/* A held peer's walk (whole, with all who share it) stands still. */
void table_walk_hold(struct table *, uint16_t slot, bool hold);

/* ---- looking ---- */

enum peer_state { PEER_DOWN, PEER_FEEDING, PEER_LIVE };

struct table_peer_view {
	enum peer_state state;
	bool lagging;
	bool eor_received;
	bool refreshing;
	uint32_t owed;	   /* prefixes */
	uint32_t received; /* paths held, rejected ones too */
	uint32_t accepted;
	uint32_t rejected; /* tagged ones too */
	uint32_t sent;	   /* told rows that name the slot */
	uint32_t limit;
	uint32_t counted;    /* against the limit: received or accepted */
	bool over_limit;     /* counted is above it, or at it and paths were refused */
	uint32_t reaches;    /* distinct control combinations of the slot, both families */
	uint32_t over_reach; /* paths rejected by table_config.reach_limit */
	uint32_t stale;	     /* of received */
	uint64_t over_paths; /* paths refused by paths_kept since the session began */
};

void table_peer_get(const struct table *, uint16_t slot, enum family, struct table_peer_view *);
/* The same without `sent`, which costs a sum over all sets: for loops over peers. */
void table_peer_get_state(
    const struct table *, uint16_t slot, enum family, struct table_peer_view *);

enum table_match {
	MATCH_EXACT,
	MATCH_LONGER,  /* the prefix and its more specifics */
	MATCH_SHORTER, /* the prefix and what covers it */
	MATCH_LONGEST  /* the longest that covers it */
};

/*
 * A place in a pass over entries; survives any change of the table between two calls, since it
 * remembers a key, not a pointer.
 */
struct table_cursor {
	struct prefix scope;
	enum table_match match;
	struct prefix last; /* the last one returned */
	bool started;
	bool ended;
};

/* Begins a pass over what matches scope; for a whole family MATCH_LONGER of its /0. */
void table_cursor_init(struct table_cursor *, const struct prefix *scope, enum table_match);

/* Borrowed views; valid until the next call that is not a look. */
struct table_entry_view {
	struct prefix prefix;
	uint32_t entry;
};

struct table_path_view {
	uint16_t slot;
	uint32_t path_id; /* as received */
	uint32_t sent_id; /* what its told rows bear as path_id */
	const uint8_t *block;
	size_t block_len;
	attrs_id attrs;
	struct verdict verdict;
	uint32_t received_s;
	bool stale; /* kept for a member that is away, or has not come by in its refresh */
	bool best;  /* the first in rank that is not beaten by MED: the server's own best path */
	bool fixed; /* of table_announce_rejected() */
	bool gone;  /* of a session that is over, or stale for too long: waits for its purge */
};

struct table_told_view {
	uint32_t path_id;
	const uint8_t *block;
	size_t block_len;
	const uint64_t *words;
	size_t nwords;
};

/* The next entry of the pass in prefix_compare() order (SHORTER: from the shortest); false at the
 * end. */
bool table_cursor_next(const struct table *, struct table_cursor *, struct table_entry_view *);

/* Paths in rank order, rejected ones last. *iter starts at 0. */
bool table_path_next(const struct table *, const struct table_entry_view *, uint32_t *iter,
    struct table_path_view *);
/* Told rows. *iter starts at 0. */
bool table_told_next(const struct table *, const struct table_entry_view *, uint32_t *iter,
    struct table_told_view *);

/* Interned blocks one after another: *id starts at 0; false at the end. */
bool table_attrs_next(
    const struct table *, attrs_id *id, const uint8_t **block, size_t *len, uint32_t *refs);

struct table_memory {
	uint64_t entries[FAMILY_COUNT];
	uint64_t paths;
	uint64_t attrs;
	uint64_t attrs_octets; /* of blocks */
	uint64_t sets;
	uint64_t reaches;
	uint64_t told_rows;
	uint64_t owed;
	uint64_t dirty;
	uint64_t octets; /* of everything, as taken from the system */
};

void table_memory_get(const struct table *, struct table_memory *);

/*
 * Walks everything and checks every invariant: tree, rank order, lists, references, sets, told
 * equal to what a fresh computation gives (where the entry is not dirty), owed, counters. Returns
 * NULL, or a static text that names the broken one. For tests and the auditor.
 */
const char *table_check(struct table *);

#endif
