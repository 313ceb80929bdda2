/*
 * Generations: a configuration with its data set and the policy made of both, in rib.
 *
 *   DATA, CONFIG --> next: records mapped --> data set built in slices --> policy made
 *                      |                        --> slots that change hands are clean --> READY
 *                      +-- ABANDON, another CONFIG: gone
 *   COMMIT --> next becomes now; the table asks the new policy and judges everything again in
 *              slices --> COMMITTED; what was now is gone
 *   gone   --> taken apart in slices, one after another
 *
 * The first generation takes effect as soon as it is built: there is nothing that it could disturb.
 */
#ifndef BGPD_CORE_GENERATION_H
#define BGPD_CORE_GENERATION_H

#include <stdbool.h>
#include <stdint.h>

#include "bgpd/conf/compiled.h"
#include "bgpd/feed/feed.h"
#include "policy/policy.h"

struct core;

/* On the heap and never moved: policy and data set borrow its records. */
struct generation {
	uint32_t number;
	uint64_t since_s; /* Unix time since when it is in force; 0 = not yet */
	struct compiled config;
	struct feed_map data;
	struct dataset *dataset;
	struct policy *policy; /* NULL until the data set is built; then it is built itself */
	bool is_built;
	bool is_ready;		 /* the parent has been told */
	struct generation *left; /* the next one that is gone */
};

/* Takes the data set of the next configuration; fd stays the caller's. */
void generation_take_data(struct core *, int fd);
/* Begins to build the next generation; fd stays the caller's. Answers READY, sooner or later. */
void generation_begin(struct core *, uint32_t number, int fd);
void generation_abandon(struct core *, uint32_t number);
/* Puts the next generation in force. */
void generation_commit(struct core *, uint32_t number);

/* Builds what comes and takes apart what was, until the deadline. True if there is more. */
bool generation_slice(struct core *, uint64_t deadline_us);

/* Once a second: measured round-trip times that may steer now. */
void generation_look_at_rtt(struct core *, uint64_t now_us);

/* Frees everything at once: the end of the process. */
void generation_fini(struct core *);

#endif
