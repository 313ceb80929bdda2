/*
 * The communities of a path in the server's own view: what displays show and what a collector would
 * get of a tagged reject. policy.md sections 1.5, 4, 5 and 6. Runs in rib, for displays alone.
 *
 *   received --scrubbed--> + custom + states (IRR, ROV, RFC 8097, ASPA) --import rules--> + reject
 *
 * What a path was rejected before is not there: rejected in step 1, it is shown as it came.
 */
#include <string.h>

#include "policy/attach.h"
#include "policy/exports.h"
#include "policy/scrub.h"
#include "policy/state.h"

#define RFC8097_TYPE 0x4300

static const struct {
	uint8_t type;
	enum community_format format;
} attributes[] = {{ATTR_COMMUNITIES, COMMUNITY_STD}, {ATTR_LARGE_COMMUNITIES, COMMUNITY_LARGE},
    {ATTR_EXT_COMMUNITIES, COMMUNITY_EXT}};

#define ATTRIBUTE_COUNT (sizeof(attributes) / sizeof(attributes[0]))

static bool
is_stripped(const struct community_value *value, uint32_t tags)
{
	return (tags & TAG_GSHUT_STRIP) != 0 && value->format == COMMUNITY_STD &&
	    value->part[0] == COMMUNITY_GRACEFUL_SHUTDOWN >> 16 &&
	    value->part[1] == (COMMUNITY_GRACEFUL_SHUTDOWN & 0xffff);
}

/* What stays of the received communities. */
static void
read_received(struct policy *policy, const struct path_view *path, const struct verdict *verdict)
{
	bool is_scrubbed = !check_is_before((enum reason)verdict->reason, REASON_NEXT_HOP);

	for (size_t i = 0; i < ATTRIBUTE_COUNT; i++) {
		struct outform_list *list = &policy->exports->lists[attributes[i].format];
		size_t bytes = community_bytes(attributes[i].format);
		struct attr_view attr;

		list->len = 0;
		if (!attrs_find(path->block, path->block_len, attributes[i].type, &attr))
			continue;
		for (size_t at = 0; at + bytes <= attr.len; at += bytes) {
			struct community_value value;

			community_read(attributes[i].format, attr.value + at, &value);
			if ((is_scrubbed && scrub_on_input(policy, &value)) ||
			    is_stripped(&value, verdict->tags))
				continue;
			memcpy(list->octets + list->len, attr.value + at, bytes);
			list->len += bytes;
		}
	}
}

/* RFC 8097 section 2: non-transitive, the state in the last octet. */
static void
attach_rov(struct exports *exports, uint32_t tags)
{
	static const uint8_t states[] = {[ROV_VALID] = 0, [ROV_UNKNOWN] = 1, [ROV_INVALID] = 2};
	uint32_t rov = (tags & TAG_ROV_MASK) >> TAG_ROV_SHIFT;
	uint8_t octets[8] = {RFC8097_TYPE >> 8, RFC8097_TYPE & 0xff};
	struct community_value value;

	if (rov == ROV_NOT_PERFORMED)
		return;
	octets[7] = states[rov];
	community_read(COMMUNITY_EXT, octets, &value);
	outform_list_add(&exports->lists[COMMUNITY_EXT], &value);
}

static void
apply_action(struct policy *policy, const struct policy_action *action)
{
	const struct policy_community *pattern = &policy->config->communities[action->community];
	struct community_value value;

	if (action->kind == DO_REMOVE_COMMUNITY) {
		outform_list_remove(&policy->exports->lists[pattern->format], pattern);
	} else if (action->kind == DO_ADD_COMMUNITY) {
		community_fill(pattern, 0, &value);
		outform_list_add(&policy->exports->lists[pattern->format], &value);
	}
}

static void
apply_import_rules(struct policy *policy, const struct effect *effect)
{
	const struct policy_config *config = policy->config;

	for (uint32_t i = 0; i < effect->rule_count; i++) {
		const struct policy_range *range = &config->rules[effect->rules[i]].actions;

		if (!rules_is_import(policy->general, effect->rules[i]))
			continue;
		for (uint32_t n = 0; n < range->count; n++)
			apply_action(policy, &config->actions[range->first + n]);
	}
}

/* The effect of a path: interned by judge, or of a reject that judge has not kept; until the next
 * call. */
static struct effect
effect_of_verdict(
    struct policy *policy, const struct path_view *path, const struct verdict *verdict)
{
	const struct policy_peer *peer = policy_peer(policy, path->slot);
	struct effect effect = {.reason = verdict->reason};

	if (verdict->accept || verdict->tagged)
		return *effect_get(policy->effects, verdict->tags >> TAG_EFFECT_SHIFT);
	if (peer == NULL)
		return effect;
	effect.announcer = peer->asn;
	effect.mapped = peer->mapped_asn;
	if (!check_is_before((enum reason)verdict->reason, REASON_NEXT_HOP)) {
		effect.customs = policy->config->asns + peer->customs.first;
		effect.custom_count = peer->customs.count;
	}
	/* Rules before the one that rejected have done their work. */
	if (verdict->reason == REASON_RULE) {
		struct rules_result rules;

		rules_judge(policy, path, verdict->tags, &rules);
		effect.rules = rules.rules;
		effect.rule_count = rules.rule_count;
	}
	return effect;
}

/* For displays a reject has Euro-IX's reason whatever the reject policy, if that map is chosen. */
static void
attach_euro_ix(struct policy *policy, uint8_t reason)
{
	const struct reason_row *row = reason_get(reason);
	struct community_value value = {.format = COMMUNITY_LARGE,
	    .part = {policy->general->rs_as, REASON_EURO_IX, row != NULL ? row->euro_ix : 0}};

	if (policy->general->reasons_map == REASONS_EURO_IX && value.part[2] != 0)
		outform_list_add(&policy->exports->lists[COMMUNITY_LARGE], &value);
}

static void
attach_rejected(struct policy *policy, const struct path_view *path, const struct effect *effect)
{
	const struct policy_peer *peer = policy_peer(policy, path->slot);
	bool is_tagged = peer != NULL && peer->kind == PEER_CLIENT &&
	    peer->reject != REJECT_REJECT && effect->reason != REASON_MALFORMED &&
	    effect->reason != REASON_LEAK;

	if (is_tagged)
		attach_reject(policy->exports, effect);
	attach_euro_ix(policy, effect->reason);
}

static void
put_lists(const struct exports *exports, void (*put)(void *ctx, const struct community_value *),
    void *ctx)
{
	for (size_t i = 0; i < ATTRIBUTE_COUNT; i++) {
		const struct outform_list *list = &exports->lists[attributes[i].format];
		size_t bytes = community_bytes(attributes[i].format);

		for (size_t at = 0; at + bytes <= list->len; at += bytes) {
			struct community_value value;

			community_read(attributes[i].format, list->octets + at, &value);
			put(ctx, &value);
		}
	}
}

void
policy_view(struct policy *policy, const struct path_view *path, const struct verdict *verdict,
    void (*put)(void *ctx, const struct community_value *), void *ctx)
{
	struct effect effect = effect_of_verdict(policy, path, verdict);

	read_received(policy, path, verdict);
	attach_customs(policy->exports, &effect);
	attach_states(policy->exports, verdict->tags, &effect, true);
	attach_rov(policy->exports, verdict->tags);
	apply_import_rules(policy, &effect);
	if (!verdict->accept)
		attach_rejected(policy, path, &effect);
	put_lists(policy->exports, put, ctx);
}
