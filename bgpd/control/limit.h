/* The limit on prefixes of a peer in one family, and how far it is from it. Runs in rib. */
#ifndef BGPD_CONTROL_LIMIT_H
#define BGPD_CONTROL_LIMIT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "bgpd/core/state.h"

/*
 * {"family", "limit", "source", "action", "restart_after_min", "counts", "counted", "percent",
 * "exceeded"}. limit, and what depends on it, is null where there is none; source is "client",
 * "peeringdb" or "general".
 */
json_t *limit_render(const struct core *, uint32_t slot, enum family);

/* True if the peer has too many prefixes in some family, or is down for having had them. */
bool limit_is_exceeded(const struct core *, uint32_t slot, uint32_t session_flags);

#endif
