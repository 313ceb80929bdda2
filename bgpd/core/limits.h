/*
 * Limits on prefixes (max_prefix): what the configuration says becomes the table's limit of a slot;
 * what the table says when it is passed becomes the action, and alarms before that. Runs in rib.
 *
 *   80 %, 90 %  alarm limit-near          beyond it  shutdown  Cease 6/1, down until an operator
 *   100 %       alarm limit-reached                            clears it
 *                                                    restart   Cease 6/1, back after a while
 *                                                    block     further routes are ignored
 *                                                    warning   alarm limit-reached alone
 *
 * The alarm of a threshold ends when the count has fallen 5 % of the limit below it, and with the
 * session, for then nothing counts, unless its routes stay as stale ones (restart.h): they count,
 * but go before they and what comes anew pass the limit together;
 * who is kept down has the alarm peer-limited, which the parent raises and keeps over restarts
 * (bgpd/parent/limited.c).
 *
 * Another configuration or other data: where every route counts, the new limit acts at once; where
 * accepted ones count, once all are judged again. Room that this makes for routes which had been
 * ignored is told to the member by asking for its routes again (RFC 2918).
 *
 * RFC 4271 section 6.7, RFC 4486 section 4.
 */
#ifndef BGPD_CORE_LIMITS_H
#define BGPD_CORE_LIMITS_H

#include <stdbool.h>
#include <stdint.h>

#include "rib/table.h"

struct core;

/* Of a slot in one family; all zero when a session begins, but for what stays (restart.h). */
struct core_limit {
	uint8_t percent;  /* the highest threshold that an alarm stands for: 0, 80, 90, 100 */
	uint8_t acted;	  /* enum policy_limit: what was done when it was passed; 0 = it is not */
	uint32_t refused; /* routes ignored because of it, in this session */
	bool missing;	  /* some of them are not there, though there may be room by now */
};

/* Fills in the limits of the slot's peer by the policy in force. */
void limits_set(struct core *, uint32_t slot, struct table_peer *out);
/* A route of the slot was refused for its limit: TABLE_OVER_LIMIT. */
void limits_refused(struct core *, uint32_t slot, enum family);
/* False once the limit has ended the session: the rest of a record is nobody's. */
bool limits_may_go_on(const struct core *, uint32_t slot);
/* The slot's routes have changed: looks how near it is to its limit; acts, raises, clears. */
void limits_watch(struct core *, uint32_t slot, enum family);
/* The same for all slots: limits, or verdicts, have changed. */
void limits_watch_all(struct core *);
/* A session begins, with stale routes of these families: what was told about them stands. */
void limits_session_begins(struct core *, uint32_t slot, uint8_t kept);
/* The slot's session is over, and nothing of it stays: nor does what was told about its limits. */
void limits_session_over(struct core *, uint32_t slot);

/* "shutdown", "restart", "block", "warning"; "none" for LIMIT_NONE. */
const char *limits_action_name(uint8_t action);

#endif
