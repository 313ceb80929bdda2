/* What has become of a peer's sessions, as JSON. Runs in rib. */
#ifndef BGPD_CONTROL_HISTORY_H
#define BGPD_CONTROL_HISTORY_H

#include <jansson.h>
#include <stdint.h>

#include "bgpd/core/state.h"

/*
 * The last entries of the slot, the newest at the end: {"time", "last", "count", "others", "event",
 * "by", "notification", "carried", "kept_stale", "text"}. event is "up", "down" or "refused" (in
 * the handshake); by is "member" or "server", null where nobody said anything; notification and
 * carried (by a hard reset) are {"code", "subcode", "name", "subcode_name"} or null.
 */
json_t *history_render(const struct core *, uint32_t slot, unsigned last);

#endif
