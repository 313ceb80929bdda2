/*
 * Limits on prefixes (max_prefix): what the configuration says becomes the table's limit of a slot;
 * what the table says when it is reached becomes the action, and alarms before that.
 *
 *   80 %, 90 %  alarm limit-near          at the limit  shutdown  Cease 6/1, down until an operator
 *                                                                 clears it
 *                                                       restart   Cease 6/1, back after a while
 *                                                       block     further routes are ignored
 *                                                       warning   alarm limit-reached alone
 *
 * RFC 4271 section 6.7, RFC 4486 section 4.
 */
#ifndef BGPD_CORE_LIMITS_H
#define BGPD_CORE_LIMITS_H

#include <stdbool.h>
#include <stdint.h>

#include "rib/table.h"

struct core;

/* What has been told about the limit of a slot in one family. */
struct core_limit {
	uint8_t percent; /* the highest threshold that an alarm stands for: 0, 80, 90, 100 */
};

/* Fills in the limits of the slot's peer by the policy in force. */
void limits_set(struct core *, uint32_t slot, struct table_peer *out);
/* A route of the slot would pass its limit. */
void limits_reached(struct core *, uint32_t slot, enum family);
/* False once the limit has ended the session: the rest of a record is nobody's. */
bool limits_may_go_on(const struct core *, uint32_t slot);
/* Looks how near the slot is to its limit; raises and clears alarms. */
void limits_watch(struct core *, uint32_t slot, enum family);
/* After a change of policy: limits_watch(), and the action where the limit is passed by now. */
void limits_look(struct core *, uint32_t slot, enum family);
/* The slot has no peer any more: its alarms are over. */
void limits_forget(struct core *, uint32_t slot);

#endif
