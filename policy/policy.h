/*
 * Policy as the table asks for it: judge() for import, reach() for export. Pure functions over a
 * configuration and a data set that stay the same while the policy lives.
 *
 *   struct policy_config --+--policy_new()--> struct policy --judge(path)--> verdict
 *   struct dataset --------+                                --reach(attributes, tags)-->
 *                                                               (out-form, set)[]
 *
 * There is one judge: import, reload, explain and what-if call the same function, explaining with a
 * trace. What differs between two paths with equal attributes (IRR and ROV state of the prefix, the
 * announcing peer's custom communities, site rules that matched) travels from judge to reach in
 * `tags`:
 *
 *   31          16 15                        0
 *   +-------------+--------------------------+
 *   | effect      | enum policy_tag          |
 *   +-------------+--------------------------+
 *      number of an interned set of effects: custom communities to attach, rules that matched
 */
#ifndef POLICY_POLICY_H
#define POLICY_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/config.h"
#include "policy/data.h"
#include "policy/reason.h"
#include "rib/table.h"

enum policy_tag {
	TAG_IRR = 1 << 0,	 /* IRR was looked at and is to be tagged */
	TAG_IRR_ORIGIN = 1 << 1, /* origin authorised */
	TAG_IRR_PREFIX = 1 << 2, /* prefix authorised */
	TAG_VALID_ROA = 1 << 3,	 /* validated by a ROA as route object */
	TAG_VALID_ARIN = 1 << 4,
	TAG_VALID_REGISTROBR = 1 << 5,
	TAG_VALID_WHITE_LIST = 1 << 6,
	TAG_ROV_SHIFT = 7, /* two bits: enum policy_rov */
	TAG_ROV_MASK = 3 << 7,
	TAG_ASPA_SHIFT = 9, /* two bits: enum policy_aspa */
	TAG_ASPA_MASK = 3 << 9,
	TAG_BLACKHOLE = 1 << 11,   /* a blackhole request */
	TAG_GSHUT = 1 << 12,	   /* LOCAL_PREF was lowered by 65535:0 */
	TAG_GSHUT_STRIP = 1 << 13, /* 65535:0 is removed: on in general, off for the client */
	TAG_REJECTED = 1 << 14	   /* tagged, for collectors alone; the effect has the reason */
};
#define TAG_EFFECT_SHIFT 16

struct policy;

/*
 * Both are borrowed and must outlive the policy. Returns a policy to be freed with policy_free();
 * aborts without memory. The configuration has passed policy_config_error().
 */
struct policy *policy_new(const struct policy_config *, struct dataset *);
void policy_free(struct policy *);
/*
 * The same in slices. A policy that was begun can be asked nothing until policy_step() is false; a
 * step is the AS-SETs of one member. Freeing may begin at any time; a step is up to max slots, the
 * last one (false) frees the handle.
 */
struct policy *policy_begin(const struct policy_config *, struct dataset *);
bool policy_step(struct policy *);
bool policy_free_step(struct policy *, unsigned max);

/* For struct rib_policy, with ctx the policy. */
void policy_judge(void *ctx, const struct path_view *, struct verdict *out);
void policy_reach(
    void *ctx, const uint8_t *block, size_t block_len, uint32_t tags, struct reach_out *out);

/* ---- explaining ---- */

enum policy_outcome {
	STEP_PASS,
	STEP_REJECT,
	STEP_OBSERVED, /* would be rejected, but the check only observes */
	STEP_SKIPPED,  /* not asked: off, another family, a blackhole request, ... */
	STEP_NOTE      /* no check: a state that was found, a community that was attached */
};

#define POLICY_VALUE_MAX 160

/* One row of the table of checks, asked. */
struct policy_step {
	uint8_t reason;	   /* enum reason of the row; REASON_NONE for a note */
	uint8_t outcome;   /* enum policy_outcome */
	const char *check; /* stable name */
	const char *value; /* what was looked at: "AS64500", "10.0.0.0/8", ...; valid in the call */
};

typedef void (*policy_trace_fn)(void *ctx, const struct policy_step *);

/*
 * policy_judge() with every step told to the trace; stops where judge stops. Gives the same verdict
 * by the same code.
 */
void policy_explain(struct policy *, const struct path_view *, struct verdict *out, policy_trace_fn,
    void *trace_ctx);

/* Paths judged that a check which only observes would have rejected, by slot and reason. */
uint64_t policy_observed(const struct policy *, uint16_t slot, enum reason);

/*
 * The communities of a path in the server's own view: as received, scrubbed, with those that were
 * attached (custom, IRR and ROV states, reject reasons). Calls put() for each.
 */
void policy_view(struct policy *, const struct path_view *, const struct verdict *,
    void (*put)(void *ctx, const struct community_value *), void *ctx);

/* Why a receiver is not sent a path that judge accepted; NULL if it is. Stable names:
 * "source", "control-community", "blackhole", "rov-invalid", "rejected", "next-hop", "quarantine",
 * "rule", "well-known", "otc" (RFC 9234 section 5), "collector" (gets tagged rejects alone),
 * "too-large" (the form would be longer than attributes may be), "not-configured". */
const char *policy_withheld(struct policy *, const uint8_t *block, size_t block_len,
    const struct path_view *, const struct verdict *, uint16_t receiver);

/*
 * How a path would leave for a receiver that policy_withheld() does not withhold it from: calls
 * put() once with canonical attributes, borrowed until it returns. Whether a message to that
 * receiver can carry them is not policy's to say. Not called where it is withheld.
 */
void policy_leaving(struct policy *, const uint8_t *block, size_t block_len, const struct verdict *,
    uint16_t receiver, void (*put)(void *ctx, const uint8_t *block, size_t block_len), void *ctx);

/* ---- what is in force ---- */

/* The limit on prefixes of a peer; 0 = none. policy.md section 10. */
uint32_t policy_limit(const struct policy *, uint16_t slot, enum family);

/* RTT of a peer as reach() uses it: configured, then file, then measured if that steers. */
uint32_t policy_rtt(const struct policy *, uint16_t slot);
/* A measured RTT, normalised; true if what reach() answers may have changed by it. */
bool policy_set_measured_rtt(struct policy *, uint16_t slot, uint32_t rtt_ms);

const struct policy_config *policy_config(const struct policy *);
const struct dataset *policy_dataset(const struct policy *);
/* The authorised set of a slot; NULL for what is not a client. */
const struct authority *policy_authority(const struct policy *, uint16_t slot);

#endif
