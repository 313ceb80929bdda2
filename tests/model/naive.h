/*
 * The naive model: what every receiver must hold, worked out receiver by receiver and prefix by
 * prefix with the steps of RFC 4271 section 9.1.2.2, without any of the table's ideas. It is the
 * judge of rib/ and includes none of its headers.
 *
 * A route of the model has no octets, only what the decision needs; out-forms are numbers.
 */
#ifndef TESTS_MODEL_NAIVE_H
#define TESTS_MODEL_NAIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NAIVE_SLOTS    96
#define NAIVE_PREFIXES 256
#define NAIVE_IDS      3 /* received path ids 0..2 */
#define NAIVE_NOTHING  (-1)

/* Attributes with all that policy says of them. */
struct naive_attrs {
	unsigned path_len;
	uint32_t neighbour_as;
	unsigned origin;
	unsigned med; /* 0 where absent */
	unsigned local_pref;
	bool accepted;
	bool tagged;		   /* rejected, but for collectors */
	unsigned partition;	   /* number of how its receivers are parted; 0: not at all */
	int out_form[NAIVE_SLOTS]; /* per receiver; NAIVE_NOTHING: not for it */
};

struct naive_peer {
	bool up;
	bool wants[2]; /* families of the session */
	bool add_path;
	unsigned paths_told; /* with add_path: at most so many, 0: all */
	bool collector;	     /* has tagged paths alone, all of them */
	unsigned class[2];   /* of the session, per family */
	uint32_t bgp_id;
	unsigned address_rank; /* order of peer addresses */
};

struct naive_world {
	unsigned slots;
	unsigned prefixes; /* even ones are IPv4, odd ones IPv6 */
	bool path_hiding_cured;
	const struct naive_attrs *attrs;
	/* Does the out-form fit the class? */
	bool (*fits)(int out_form, unsigned class, unsigned family);
	struct naive_peer peers[NAIVE_SLOTS];
	/* Attributes of the path from (slot, received id), NAIVE_NOTHING: no path. */
	int path[NAIVE_PREFIXES][NAIVE_SLOTS][NAIVE_IDS];
	/* Rejected, whatever policy says of its attributes. */
	bool barred[NAIVE_PREFIXES][NAIVE_SLOTS][NAIVE_IDS];
	/* The identifier that the session had which announced it. */
	uint32_t path_bgp_id[NAIVE_PREFIXES][NAIVE_SLOTS][NAIVE_IDS];
};

/* The step of the decision that left one path. */
enum naive_step {
	NAIVE_ONLY, /* there was but one */
	NAIVE_LOCAL_PREF,
	NAIVE_PATH_LEN,
	NAIVE_ORIGIN,
	NAIVE_MED,
	NAIVE_BGP_ID,
	NAIVE_ADDRESS,
	NAIVE_PATH_ID,
	NAIVE_STEPS
};

const char *naive_step_name(enum naive_step);

void naive_clear(struct naive_world *);
/* Takes all paths of a slot away. */
void naive_forget(struct naive_world *, unsigned slot);

/* True if there is such a path and it is accepted. */
bool naive_accepts(const struct naive_world *, unsigned slot, unsigned prefix, unsigned id);
unsigned naive_accepted(const struct naive_world *, unsigned slot, unsigned family);

/*
 * How many distinct partitions the slot's accepted paths have whose attributes are at or above
 * `from`, without the path (prefix, id). *has says whether the one asked for is among them.
 */
unsigned naive_partitions(const struct naive_world *, unsigned slot, int from, unsigned prefix,
    unsigned id, unsigned partition, bool *has);

/*
 * What the receiver must hold of the prefix: out-forms in ascending order, one at most unless it
 * takes several paths. Returns how many; *step says what decided where there was one best. *all is
 * how many it would have without a limit.
 */
size_t naive_view(const struct naive_world *, unsigned receiver, unsigned prefix,
    int out[NAIVE_SLOTS * NAIVE_IDS], enum naive_step *step, size_t *all);

#endif
