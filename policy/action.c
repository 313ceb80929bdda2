/* Action communities, see action.h. Each set operation runs over all words of the slots. */
#include "policy/action.h"

#include <string.h>

#include "policy/exports.h"
#include "rib/slotset.h"

enum target { TO_NOBODY, TO_ANY, TO_PEER, TO_RTT_LOWER, TO_RTT_HIGHER };

/* clang-format off */
static const struct {
	uint8_t target; /* enum target */
	uint8_t action; /* enum action */
} rows[NAME_COUNT] = {
	[NAME_DO_NOT_ANNOUNCE_TO_ANY] = {TO_ANY, ACTION_DENY},
	[NAME_DO_NOT_ANNOUNCE_TO_PEER] = {TO_PEER, ACTION_DENY},
	[NAME_DO_NOT_ANNOUNCE_TO_RTT_LOWER] = {TO_RTT_LOWER, ACTION_DENY},
	[NAME_DO_NOT_ANNOUNCE_TO_RTT_HIGHER] = {TO_RTT_HIGHER, ACTION_DENY},
	[NAME_ANNOUNCE_TO_PEER] = {TO_PEER, ACTION_ALLOW},
	[NAME_ANNOUNCE_TO_RTT_LOWER] = {TO_RTT_LOWER, ACTION_ALLOW},
	[NAME_ANNOUNCE_TO_RTT_HIGHER] = {TO_RTT_HIGHER, ACTION_ALLOW},
	[NAME_PREPEND_ONCE_TO_ANY] = {TO_ANY, ACTION_PREPEND_ONCE},
	[NAME_PREPEND_TWICE_TO_ANY] = {TO_ANY, ACTION_PREPEND_TWICE},
	[NAME_PREPEND_THRICE_TO_ANY] = {TO_ANY, ACTION_PREPEND_THRICE},
	[NAME_PREPEND_ONCE_TO_PEER] = {TO_PEER, ACTION_PREPEND_ONCE},
	[NAME_PREPEND_TWICE_TO_PEER] = {TO_PEER, ACTION_PREPEND_TWICE},
	[NAME_PREPEND_THRICE_TO_PEER] = {TO_PEER, ACTION_PREPEND_THRICE},
	[NAME_PREPEND_ONCE_TO_RTT_LOWER] = {TO_RTT_LOWER, ACTION_PREPEND_ONCE},
	[NAME_PREPEND_TWICE_TO_RTT_LOWER] = {TO_RTT_LOWER, ACTION_PREPEND_TWICE},
	[NAME_PREPEND_THRICE_TO_RTT_LOWER] = {TO_RTT_LOWER, ACTION_PREPEND_THRICE},
	[NAME_PREPEND_ONCE_TO_RTT_HIGHER] = {TO_RTT_HIGHER, ACTION_PREPEND_ONCE},
	[NAME_PREPEND_TWICE_TO_RTT_HIGHER] = {TO_RTT_HIGHER, ACTION_PREPEND_TWICE},
	[NAME_PREPEND_THRICE_TO_RTT_HIGHER] = {TO_RTT_HIGHER, ACTION_PREPEND_THRICE},
	[NAME_ADD_NOEXPORT_TO_ANY] = {TO_ANY, ACTION_NO_EXPORT},
	[NAME_ADD_NOADVERTISE_TO_ANY] = {TO_ANY, ACTION_NO_ADVERTISE},
	[NAME_ADD_NOEXPORT_TO_PEER] = {TO_PEER, ACTION_NO_EXPORT},
	[NAME_ADD_NOADVERTISE_TO_PEER] = {TO_PEER, ACTION_NO_ADVERTISE},
};
/* clang-format on */

static uint32_t
threshold_count(const struct exports *x)
{
	return x->policy->general->rtt_thresholds.count;
}

void
actions_clear(struct exports *x)
{
	struct actions *a = &x->actions;

	if (a->by_rtt != 0) {
		memset(a->lower, 0, threshold_count(x));
		memset(a->higher, 0, threshold_count(x));
	}
	a->to_any = a->to_peer = a->by_rtt = 0;
}

/* The slots of "this client": the mapped ASN in standard communities, the real one elsewhere. */
static void
add_peer(struct exports *x, enum action action, enum community_format format, uint32_t asn)
{
	struct actions *a = &x->actions;
	const uint16_t *slots;
	uint32_t count =
	    exports_slots_of(x, format == COMMUNITY_STD ? ASN_MAPPED : ASN_REAL, asn, &slots);

	if (count == 0)
		return;
	if ((a->to_peer >> action & 1) == 0)
		memset(a->peers[action], 0, x->nwords * sizeof(uint64_t));
	a->to_peer |= (uint8_t)(1U << action);
	for (uint32_t i = 0; i < count; i++)
		slotbits_add(a->peers[action], slots[i]);
}

/* The number of a threshold, or the count of all if the configuration does not have it. */
static uint32_t
find_threshold(const struct exports *x, uint32_t rtt_ms)
{
	const uint32_t *ms = x->policy->config->asns + x->policy->general->rtt_thresholds.first;
	uint32_t low = 0, high = threshold_count(x);

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (ms[middle] < rtt_ms)
			low = middle + 1;
		else
			high = middle;
	}
	return low < threshold_count(x) && ms[low] == rtt_ms ? low : threshold_count(x);
}

static void
add_rtt(struct exports *x, enum action action, uint8_t *thresholds, uint32_t rtt_ms)
{
	uint32_t at = find_threshold(x, rtt_ms);

	if (at == threshold_count(x))
		return;
	thresholds[at] |= (uint8_t)(1U << action);
	x->actions.by_rtt |= (uint8_t)(1U << action);
}

bool
actions_are_some(const struct exports *x)
{
	return (x->actions.to_any | x->actions.to_peer | x->actions.by_rtt) != 0;
}

void
actions_add(struct exports *x, const struct policy_community *pattern, uint32_t last)
{
	enum action action = (enum action)rows[pattern->name].action;

	switch ((enum target)rows[pattern->name].target) {
	case TO_NOBODY:
		break;
	case TO_ANY:
		x->actions.to_any |= (uint8_t)(1U << action);
		break;
	case TO_PEER:
		add_peer(x, action, (enum community_format)pattern->format, last);
		break;
	case TO_RTT_LOWER:
		add_rtt(x, action, x->actions.lower, last);
		break;
	case TO_RTT_HIGHER:
		add_rtt(x, action, x->actions.higher, last);
		break;
	}
}

static bool
has(uint8_t actions, enum action action)
{
	return (actions >> action & 1) != 0;
}

/* Takes the slots of `from` that are still undecided, and those of `undecided` with them. */
static void
decide(size_t nwords, uint64_t *undecided, const uint64_t *from, uint64_t *refused)
{
	for (size_t i = 0; i < nwords; i++) {
		uint64_t taken = undecided[i] & from[i];

		undecided[i] ^= taken;
		if (refused != NULL)
			refused[i] &= ~taken;
	}
}

static void
decide_by_rtt(struct exports *x, enum action action, uint64_t *undecided, uint64_t *refused)
{
	if (!has(x->actions.by_rtt, action))
		return;
	for (uint32_t i = 0; i < threshold_count(x); i++) {
		if (has(x->actions.higher[i], action))
			decide(x->nwords, undecided, x->rtt_higher + i * x->nwords, refused);
		if (has(x->actions.lower[i], action))
			decide(x->nwords, undecided, x->rtt_lower + i * x->nwords, refused);
	}
}

void
actions_narrow(struct exports *x, uint64_t *set)
{
	const struct actions *a = &x->actions;
	uint64_t *undecided = x->decided;

	if (!has(a->to_any | a->to_peer | a->by_rtt, ACTION_DENY))
		return;
	memcpy(undecided, set, x->nwords * sizeof(*set));
	if (has(a->to_peer, ACTION_DENY))
		decide(x->nwords, undecided, a->peers[ACTION_DENY], set);
	if (has(a->to_peer, ACTION_ALLOW))
		decide(x->nwords, undecided, a->peers[ACTION_ALLOW], NULL);
	decide_by_rtt(x, ACTION_DENY, undecided, set);
	decide_by_rtt(x, ACTION_ALLOW, undecided, NULL);
	if (has(a->to_any, ACTION_DENY))
		decide(x->nwords, undecided, undecided, set);
}

/* Moves the slots of `from` that have no prepend yet. */
static void
take(size_t nwords, uint64_t *left, const uint64_t *from, uint64_t *out)
{
	for (size_t i = 0; i < nwords; i++) {
		uint64_t taken = left[i] & from[i];

		left[i] ^= taken;
		out[i] |= taken;
	}
}

/* One threshold: once, twice, thrice. */
static void
take_threshold(
    size_t nwords, uint8_t actions, uint64_t *left, const uint64_t *from, uint64_t *const out[3])
{
	for (unsigned times = 0; times < 3; times++)
		if (has(actions, ACTION_PREPEND_ONCE + times))
			take(nwords, left, from, out[times]);
}

bool
actions_prepend(struct exports *x, const uint64_t *set, uint64_t *const out[3])
{
	const struct actions *a = &x->actions;
	uint8_t prepends =
	    1U << ACTION_PREPEND_ONCE | 1U << ACTION_PREPEND_TWICE | 1U << ACTION_PREPEND_THRICE;
	uint64_t *left = x->decided;
	size_t bytes = x->nwords * sizeof(*set);

	if (((a->to_any | a->to_peer | a->by_rtt) & prepends) == 0)
		return false;
	memcpy(left, set, bytes);
	for (unsigned times = 0; times < 3; times++)
		memset(out[times], 0, bytes);
	for (unsigned times = 0; times < 3; times++)
		if (has(a->to_peer, ACTION_PREPEND_ONCE + times))
			take(x->nwords, left, a->peers[ACTION_PREPEND_ONCE + times], out[times]);
	if ((a->by_rtt & prepends) != 0) {
		for (uint32_t i = threshold_count(x); i-- > 0;)
			take_threshold(
			    x->nwords, a->higher[i], left, x->rtt_higher + i * x->nwords, out);
		for (uint32_t i = 0; i < threshold_count(x); i++)
			take_threshold(
			    x->nwords, a->lower[i], left, x->rtt_lower + i * x->nwords, out);
	}
	take_threshold(x->nwords, a->to_any, left, left, out);
	return true;
}

bool
actions_mark(const struct exports *x, enum action action, uint64_t *out)
{
	const struct actions *a = &x->actions;

	if (has(a->to_any, action))
		memset(out, 0xff, x->nwords * sizeof(*out));
	else if (has(a->to_peer, action))
		memcpy(out, a->peers[action], x->nwords * sizeof(*out));
	else
		return false;
	return true;
}
