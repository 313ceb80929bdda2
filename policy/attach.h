/*
 * Communities that the server puts on a route: a row per state of judge, the announcer's custom
 * communities, and why a route was rejected. Each in all formats that the configuration gives it.
 */
#ifndef POLICY_ATTACH_H
#define POLICY_ATTACH_H

#include <stdbool.h>
#include <stdint.h>

#include "policy/effect.h"
#include "policy/exports.h"

/*
 * All three want exports->lists filled with the communities of the route; false if there is no room
 * for one more.
 */
bool attach_customs(struct exports *, const struct effect *);
/* What the tags say; internal: states that are for the server's own view as well. */
bool attach_states(struct exports *, uint32_t tags, const struct effect *, bool internal);
/* reject_cause, its map, rejected_route_announced_by, the Euro-IX reason. */
bool attach_reject(struct exports *, const struct effect *);

#endif
