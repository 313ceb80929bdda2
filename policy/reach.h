/*
 * Export policy worked out: which receivers get a route, and in which forms. policy_reach() and
 * policy_withheld() are two ways to look at the one answer. Private to policy/.
 */
#ifndef POLICY_REACH_H
#define POLICY_REACH_H

#include "policy/effect.h"
#include "policy/exports.h"

/* One block of attributes and what judge said of it. */
struct reach_route {
	const uint8_t *block;
	size_t block_len;
	uint32_t tags;
};

/* Takes one group of receivers; block NULL: as it came. Sets are disjoint. */
typedef void (*reach_fn)(
    void *ctx, const uint8_t *block, size_t block_len, const uint64_t *words, size_t nwords);

/*
 * Works a route out for all receivers, or for one. What cannot be sent to a group (longer than
 * attributes may be) is not given to `put`.
 *
 * Returns NULL, or with only != REACH_ALL the stable name of the step that refused this receiver.
 */
#define REACH_ALL UINT32_MAX
const char *reach_work(
    struct policy *, const struct reach_route *, uint32_t only, reach_fn put, void *ctx);

#endif
