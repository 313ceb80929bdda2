/*
 * Action communities as set operations: policy.md section 8, steps 3, 4 and 6. What a block's
 * communities ask for is collected once (actions_add() per community), then turned into sets of
 * slots; no step looks at a receiver.
 *
 *   community --row of the name--> target x what
 *                  to any:         a bit
 *                  to a peer:      slots of the ASN join the set of `what`
 *                  by RTT:         a bit at the threshold, if it is one of the configured
 */
#ifndef POLICY_ACTION_H
#define POLICY_ACTION_H

#include <stdbool.h>
#include <stdint.h>

#include "policy/community.h"

struct exports;

enum action {
	ACTION_DENY,
	ACTION_ALLOW,
	ACTION_PREPEND_ONCE,
	ACTION_PREPEND_TWICE,
	ACTION_PREPEND_THRICE,
	ACTION_NO_EXPORT,
	ACTION_NO_ADVERTISE,
	ACTION_COUNT
};

/* What the communities of one block ask for; sets of `peers` count where their bit in `to_peer` is
 * set, thresholds where any bit in `by_rtt` is. */
struct actions {
	uint8_t to_any;	 /* 1 << enum action */
	uint8_t to_peer; /* likewise */
	uint8_t by_rtt;
	uint64_t *peers[ACTION_COUNT];
	uint8_t *lower; /* by threshold: 1 << enum action */
	uint8_t *higher;
};

/* Forgets everything. */
void actions_clear(struct exports *);
/* True if anything was asked for. */
bool actions_are_some(const struct exports *);
/* Takes in a community of an inbound name; last is its last part. */
void actions_add(struct exports *, const struct policy_community *, uint32_t last);
/* Step 3: takes those out of the set who may not have the route. */
void actions_narrow(struct exports *, uint64_t *set);
/*
 * Step 4: splits `set` by how often the path is prepended: *out[0] once, [1] twice, [2] thrice;
 * disjoint. False if nobody's is, the sets are unset then.
 */
bool actions_prepend(struct exports *, const uint64_t *set, uint64_t *const out[3]);
/* Step 6: who gets it added (ACTION_NO_EXPORT, ACTION_NO_ADVERTISE); false: nobody, *out unset. */
bool actions_mark(const struct exports *, enum action, uint64_t *out);

#endif
