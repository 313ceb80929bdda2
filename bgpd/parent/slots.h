/*
 * What the parent remembers of each slot over the deaths of its worker: shut down by the operator,
 * held down because its input killed the worker, connections that are open. Pure.
 *
 *   accept --slots_refusal()--> NULL: slots_opened(), CONNECTION to the worker; of one that has
 *                               to wait for its worker (held.h) when it is passed on
 *                               text: closed at once, the text is the reason
 *   CLOSED from the worker: slots_closed();  death of the worker: slots_worker_died()
 */
#ifndef BGPD_PARENT_SLOTS_H
#define BGPD_PARENT_SLOTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Open connections of one slot: an established one, a collision (RFC 4271 section 6.8), one whose
 * closing we have not heard of yet, and one to spare.
 */
#define SLOTS_CONNECTIONS_MAX 4
/*
 * New connections of one slot: so many at once, then so many each second. Epochs are 32 bits wide
 * and must last.
 */
#define SLOTS_BURST_MAX 30
#define SLOTS_PER_S	2
/* So many deaths of its worker while that looked at the slot's input hold the slot down. */
#define SLOTS_DEATHS_MAX 2

#define SLOTS_NO_WORKER	 UINT32_MAX /* of a slot without a peer */

struct slots;

/* workers[i] is the worker of slot i, SLOTS_NO_WORKER where it has no peer; copied. */
struct slots *slots_new(size_t count, const uint32_t *workers);
void slots_free(struct slots *);
size_t slots_count(const struct slots *);
uint32_t slots_worker(const struct slots *, uint32_t slot);
/* Another peer gets the slot, or none: everything about the one before is forgotten. */
void slots_reset(struct slots *, uint32_t slot, uint32_t worker);

/* The operator's words. A text may be NULL; it is copied. Enabling also ends a hold-down. */
void slots_disable(struct slots *, uint32_t slot, const char *text);
void slots_enable(struct slots *, uint32_t slot);
bool slots_is_disabled(const struct slots *, uint32_t slot);
bool slots_is_held_down(const struct slots *, uint32_t slot);
/*
 * The slot had too many prefixes: no session until that time (slots_limit_over()), or, with
 * UINT64_MAX, until slots_enable(). 0 ends it. text says why, may be NULL and is copied.
 */
void slots_limit(struct slots *, uint32_t slot, uint64_t until_ms, const char *text);
bool slots_is_limited(const struct slots *, uint32_t slot);
uint64_t slots_limit_until_ms(const struct slots *, uint32_t slot);
const char *slots_limit_text(const struct slots *, uint32_t slot);
/* The next slot from `from` on whose time is over: it is limited no more. -1 if there is none. */
long slots_limit_over(struct slots *, uint32_t from, uint64_t now_ms);
/* The operator's text, "" where there is none. */
const char *slots_text(const struct slots *, uint32_t slot);

/* Why the slot may not have another connection now; NULL if it may. */
const char *slots_refusal(const struct slots *, uint32_t slot, uint64_t now_ms);

void slots_opened(struct slots *, uint32_t slot, uint64_t now_ms);
void slots_closed(struct slots *, uint32_t slot);

/*
 * All connections of the worker's slots are gone. suspect: the slot whose input it looked at, or
 * any number that is no slot of this worker for nobody. True if that slot is held down from now on.
 */
bool slots_worker_died(struct slots *, uint32_t worker, uint32_t suspect);

#endif
