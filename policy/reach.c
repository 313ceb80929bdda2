/*
 * Export policy: policy.md section 8, and of sections 1.5, 4, 7 and 11 what concerns sending. Runs
 * in rib, once per distinct (attributes, tags), never per prefix or receiver.
 *
 *   attributes --read_communities()--> lists (scrubbed), actions
 *   tags, effect --attach, rules-----> lists
 *   all clients --steps[]: each takes receivers out--> allowed
 *   allowed --ways[]: each splits--> groups --outform_build()--> (form, set)[]
 *
 * A tagged reject goes to collectors alone, in one form.
 */
#include "policy/reach.h"

#include <string.h>

#include "policy/attach.h"
#include "policy/scrub.h"
#include "rib/slotset.h"

/* One answer while it is worked on. */
struct work {
	struct policy *policy;
	struct exports *x;
	const struct effect *effect;
	const uint8_t *block;
	size_t block_len;
	uint32_t tags;
	uint32_t neighbour_as; /* what is prepended; 0 if the path begins with no ASN */
	bool is_changed;       /* lists differ from the block's */
	bool fits;	       /* lists had room for everything */
	bool has_well_known;   /* NO_EXPORT or NO_ADVERTISE received */
	bool has_otc;	       /* received, or put in on receipt */
	bool is_dropping;      /* it has an attribute that is dropped */
	unsigned split;	       /* 1 << enum way: ways[] that matter here */
	reach_fn put;
	void *ctx;
};

static const struct {
	uint8_t type;
	enum community_format format;
} attributes[] = {{ATTR_COMMUNITIES, COMMUNITY_STD}, {ATTR_EXT_COMMUNITIES, COMMUNITY_EXT},
    {ATTR_LARGE_COMMUNITIES, COMMUNITY_LARGE}};

#define ATTRIBUTE_COUNT (sizeof(attributes) / sizeof(attributes[0]))

static uint32_t
std_number(const struct community_value *value)
{
	return value->format == COMMUNITY_STD ? value->part[0] << 16 | value->part[1] : 0;
}

static bool
add_std(struct exports *x, uint32_t number)
{
	struct community_value value = {
	    .format = COMMUNITY_STD, .part = {number >> 16, number & 0xffff}};

	return outform_list_add(&x->lists[COMMUNITY_STD], &value);
}

/* ---- communities ---- */

/* True if a received community stays, given the kinds of scrubbing that are done. */
static bool
is_kept(struct work *work, const struct community_value *value, unsigned scrubs)
{
	uint32_t number = std_number(value);

	if (number == COMMUNITY_NO_EXPORT || number == COMMUNITY_NO_ADVERTISE)
		work->has_well_known = true;
	if (number == COMMUNITY_GRACEFUL_SHUTDOWN && (work->tags & TAG_GSHUT_STRIP) != 0)
		return false;
	return (scrub_look(work->x, value, (scrubs & SCRUB_OUTPUT) != 0) & scrubs) == 0;
}

/* Fills the lists with what stays of the block's communities. */
static void
read_communities(struct work *work, unsigned scrubs)
{
	for (size_t i = 0; i < ATTRIBUTE_COUNT; i++) {
		struct outform_list *list = &work->x->lists[attributes[i].format];
		size_t bytes = community_bytes(attributes[i].format);
		struct attr_view attr;

		list->len = 0;
		if (!attrs_find(work->block, work->block_len, attributes[i].type, &attr))
			continue;
		for (size_t at = 0; at + bytes <= attr.len; at += bytes) {
			struct community_value value;

			community_read(attributes[i].format, attr.value + at, &value);
			if (!is_kept(work, &value, scrubs))
				continue;
			memcpy(list->octets + list->len, attr.value + at, bytes);
			list->len += bytes;
		}
	}
}

/* Takes out of the lists what the server's own view has and members are not sent. */
static void
scrub_lists(struct work *work)
{
	for (size_t i = 0; i < ATTRIBUTE_COUNT; i++) {
		struct outform_list *list = &work->x->lists[attributes[i].format];
		size_t bytes = community_bytes(attributes[i].format), kept = 0;

		for (size_t at = 0; at < list->len; at += bytes) {
			struct community_value value;

			community_read(attributes[i].format, list->octets + at, &value);
			if ((scrub_look(work->x, &value, true) & SCRUB_OUTPUT) != 0)
				continue;
			memmove(list->octets + kept, list->octets + at, bytes);
			kept += bytes;
		}
		list->len = kept;
	}
}

static void
note_changes(struct work *work)
{
	for (size_t i = 0; i < ATTRIBUTE_COUNT; i++) {
		const struct outform_list *list = &work->x->lists[attributes[i].format];
		struct attr_view attr = {.len = 0};

		attrs_find(work->block, work->block_len, attributes[i].type, &attr);
		if (list->len != attr.len ||
		    (list->len > 0 && memcmp(list->octets, attr.value, list->len) != 0))
			work->is_changed = true;
	}
}

/* ---- site rules ---- */

/* What the rules of one direction, of those that matched, do to the communities. */
static void
apply_rules(struct work *work, bool import)
{
	const struct policy_config *config = work->policy->config;

	for (uint32_t i = 0; i < work->effect->rule_count; i++) {
		uint32_t index = work->effect->rules[i];
		struct policy_range range = config->rules[index].actions;

		if (rules_is_import(work->policy->general, index) != import)
			continue;
		for (uint32_t n = 0; n < range.count; n++) {
			const struct policy_action *action = &config->actions[range.first + n];
			const struct policy_community *pattern =
			    &config->communities[action->community];
			struct community_value value;

			if (action->kind == DO_REMOVE_COMMUNITY) {
				outform_list_remove(&work->x->lists[pattern->format], pattern);
			} else if (action->kind == DO_ADD_COMMUNITY) {
				community_fill(pattern, 0, &value);
				work->fits &=
				    outform_list_add(&work->x->lists[pattern->format], &value);
			}
		}
	}
}

static bool
has_import_rules(const struct work *work)
{
	return work->effect->rule_count > 0 &&
	    rules_is_import(work->policy->general, work->effect->rules[0]);
}

/* ---- the lists as a member is to have them ---- */

static void
add_blackhole(struct work *work)
{
	work->fits &= add_std(work->x, COMMUNITY_BLACKHOLE);
	if ((work->policy->general->flags & GENERAL_BLACKHOLE_NO_EXPORT) != 0)
		work->fits &= add_std(work->x, COMMUNITY_NO_EXPORT);
}

/*
 * Import rules act on the server's view of the route, so what they add can be an action; export
 * rules have the last word on what members see. Where there are no import rules, and nothing that
 * we attach has to be taken off again, one pass over the communities does both kinds of scrubbing.
 */
static void
make_lists(struct work *work)
{
	struct exports *x = work->x;
	bool scrubs_later = has_import_rules(work) || x->scrubs_own;

	read_communities(work, scrubs_later ? SCRUB_INPUT : SCRUB_INPUT | SCRUB_OUTPUT);
	work->fits &= attach_customs(x, work->effect);
	work->fits &= attach_states(x, work->tags, work->effect, false);
	if (scrubs_later) {
		apply_rules(work, true);
		scrub_lists(work);
	}
	apply_rules(work, false);
	if ((work->tags & TAG_BLACKHOLE) != 0)
		add_blackhole(work);
	if ((work->policy->general->flags & GENERAL_SHUTTING_DOWN) != 0)
		work->fits &= add_std(x, COMMUNITY_GRACEFUL_SHUTDOWN);
	note_changes(work);
}

/* Those of a tagged reject, for collectors: the server's own view. */
static void
make_reject_lists(struct work *work)
{
	read_communities(work, SCRUB_INPUT);
	work->fits &= attach_customs(work->x, work->effect);
	work->fits &= attach_states(work->x, work->tags, work->effect, true);
	apply_rules(work, true);
	work->fits &= attach_reject(work->x, work->effect);
	note_changes(work);
}

/* ---- who may have it ---- */

static void
keep(const struct work *work, uint64_t *set, enum export_set of)
{
	for (size_t i = 0; i < work->x->nwords; i++)
		set[i] &= work->x->sets[of][i];
}

static void
drop(const struct work *work, uint64_t *set, enum export_set of)
{
	for (size_t i = 0; i < work->x->nwords; i++)
		set[i] &= ~work->x->sets[of][i];
}

static void
drop_all(const struct work *work, uint64_t *set)
{
	memset(set, 0, work->x->nwords * sizeof(*set));
}

static void
refuse_quarantine(struct work *work, uint64_t *set)
{
	if ((work->effect->flags & EFFECT_QUARANTINE) != 0)
		drop_all(work, set);
	drop(work, set, SET_QUARANTINED);
}

static void
refuse_accepted(struct work *work, uint64_t *set)
{
	drop(work, set, SET_COLLECTORS);
}

static enum family
family_of(const struct work *work)
{
	bool is_ipv4 = work->block[0] == 4 || (work->effect->flags & EFFECT_IPV4_BY_IPV6) != 0;

	return is_ipv4 ? FAMILY_IPV4 : FAMILY_IPV6;
}

static bool
is_rewritten(const struct work *work)
{
	return (work->tags & (TAG_BLACKHOLE | TAG_REJECTED)) == TAG_BLACKHOLE &&
	    work->policy->general->blackhole[family_of(work)] == BLACKHOLE_REWRITE;
}

static bool
has_ipv6_blackhole(const struct work *work)
{
	static const uint8_t none[16];

	return memcmp(work->policy->general->blackhole_next_hop[FAMILY_IPV6], none, 16) != 0;
}

/* By the next hop that the receiver would be given. */
static void
refuse_next_hop(struct work *work, uint64_t *set)
{
	const struct exports *x = work->x;

	if (work->block[0] == 0) {
		drop_all(work, set);
	} else if (family_of(work) == FAMILY_IPV6) {
		keep(work, set, SET_IPV6_SESSIONS);
	} else if (is_rewritten(work)) {
		enum export_set ipv6 =
		    has_ipv6_blackhole(work) ? SET_IPV4_BY_IPV6 : SET_IPV4_NEXT_HOPS;

		for (size_t i = 0; i < x->nwords; i++)
			set[i] &= x->sets[SET_IPV4_NEXT_HOPS][i] | x->sets[ipv6][i];
	} else {
		keep(work, set, work->block[0] == 4 ? SET_IPV4_NEXT_HOPS : SET_IPV4_BY_IPV6);
	}
}

static void
refuse_blackhole(struct work *work, uint64_t *set)
{
	if ((work->tags & TAG_BLACKHOLE) != 0)
		keep(work, set, SET_TAKES_BLACKHOLE);
}

static void
refuse_invalid(struct work *work, uint64_t *set)
{
	if ((work->tags & TAG_BLACKHOLE) == 0 &&
	    (work->tags & TAG_ROV_MASK) == ROV_INVALID << TAG_ROV_SHIFT)
		keep(work, set, SET_TAKES_INVALID);
}

static void
refuse_well_known(struct work *work, uint64_t *set)
{
	if (work->has_well_known && (work->policy->general->flags & GENERAL_RFC1997) != 0)
		drop_all(work, set);
}

static void
refuse_leak(struct work *work, uint64_t *set)
{
	if (work->has_otc)
		drop(work, set, SET_OTC_REFUSE);
}

static void
refuse_by_community(struct work *work, uint64_t *set)
{
	actions_narrow(work->x, set);
}

static void
refuse_by_rule(struct work *work, uint64_t *set)
{
	const struct policy_config *config = work->policy->config;

	for (uint32_t i = 0; i < work->effect->rule_count; i++) {
		struct policy_range range = config->rules[work->effect->rules[i]].actions;

		for (uint32_t n = range.first; n < range.first + range.count; n++) {
			const uint64_t *named = work->x->withheld[n];
			uint64_t flip =
			    config->actions[n].kind == DO_WITHHOLD_FROM ? UINT64_MAX : 0;

			for (size_t w = 0; named != NULL && w < work->x->nwords; w++)
				set[w] &= named[w] ^ flip;
		}
	}
}

/* Each takes receivers out; the name is what policy_withheld() answers. */
static const struct step {
	const char *name;
	void (*refuse)(struct work *, uint64_t *set);
} steps[] = {
    {"collector", refuse_accepted},
    {"quarantine", refuse_quarantine},
    {"next-hop", refuse_next_hop},
    {"blackhole", refuse_blackhole},
    {"rov-invalid", refuse_invalid},
    {"well-known", refuse_well_known},
    {"otc", refuse_leak},
    {"control-community", refuse_by_community},
    {"rule", refuse_by_rule},
};

#define STEP_COUNT (sizeof(steps) / sizeof(steps[0]))

static bool
is_empty(const struct work *work, const uint64_t *set)
{
	uint64_t any = 0;

	for (size_t i = 0; i < work->x->nwords; i++)
		any |= set[i];
	return any == 0;
}

/* Takes out of `allowed` who may not have the route; the step that emptied it, or NULL. */
static const char *
refuse(struct work *work)
{
	for (size_t i = 0; i < STEP_COUNT; i++) {
		steps[i].refuse(work, work->x->allowed);
		if (is_empty(work, work->x->allowed))
			return steps[i].name;
	}
	return NULL;
}

/* ---- forms ---- */

/* In what the receivers of one route differ. */
enum way {
	WAY_PREPEND_ONCE,
	WAY_PREPEND_TWICE,
	WAY_PREPEND_THRICE,
	WAY_NO_EXPORT,
	WAY_NO_ADVERTISE,
	WAY_RS_AS,
	WAY_OTC,
	WAY_IPV6_HOP,
	WAY_COUNT
};
_Static_assert(WAY_COUNT == EXPORT_SPLIT_MAX, "a scratch set for each way");

static void
split_by_set(struct work *work, enum way way, enum export_set of)
{
	if ((work->x->used_sets >> of & 1) == 0)
		return;
	memcpy(work->x->split[way], work->x->sets[of], work->x->nwords * sizeof(uint64_t));
	work->split |= 1U << way;
}

/* Finds the ways that matter and who goes which. */
static void
find_ways(struct work *work)
{
	struct exports *x = work->x;

	if (work->neighbour_as != 0 && actions_prepend(x, x->allowed, x->split))
		work->split |=
		    1U << WAY_PREPEND_ONCE | 1U << WAY_PREPEND_TWICE | 1U << WAY_PREPEND_THRICE;
	if (actions_mark(x, ACTION_NO_EXPORT, x->split[WAY_NO_EXPORT]))
		work->split |= 1U << WAY_NO_EXPORT;
	if (actions_mark(x, ACTION_NO_ADVERTISE, x->split[WAY_NO_ADVERTISE]))
		work->split |= 1U << WAY_NO_ADVERTISE;
	split_by_set(work, WAY_RS_AS, SET_PREPEND_RS_AS);
	if (!work->has_otc)
		split_by_set(work, WAY_OTC, SET_OTC_ADD);
	if (is_rewritten(work) && family_of(work) == FAMILY_IPV4 && has_ipv6_blackhole(work))
		split_by_set(work, WAY_IPV6_HOP, SET_IPV6_HOP_FIRST);
}

static void
set_next_hop(const struct work *work, unsigned ways, struct outform *form)
{
	enum family family = family_of(work);

	if ((ways & 1U << WAY_IPV6_HOP) != 0)
		family = FAMILY_IPV6;
	form->next_hop = work->policy->general->blackhole_next_hop[family];
	form->next_hop_len = family == FAMILY_IPV4 ? 4 : 16;
}

/* Puts ASNs in front of the path, the last one first. */
static void
set_prepend(const struct work *work, unsigned ways, struct outform *form)
{
	if ((ways & 1U << WAY_RS_AS) != 0)
		form->prepend[form->prepend_count++] = work->policy->general->rs_as;
	for (unsigned times = 1; times <= 3; times++)
		for (unsigned i = 0; i < times && (ways >> (times - 1) & 1) != 0; i++)
			form->prepend[form->prepend_count++] = work->neighbour_as;
}

static void
put_group(struct work *work, const uint64_t *set, unsigned ways)
{
	struct exports *x = work->x;
	struct outform form = {.lists = x->lists, .drop = work->policy->general->drop_attributes};
	size_t len;

	if (ways == 0 && !work->is_changed && !work->is_dropping && work->effect->otc == 0 &&
	    !is_rewritten(work)) {
		work->put(work->ctx, NULL, 0, set, x->nwords);
		return;
	}
	if (is_rewritten(work))
		set_next_hop(work, ways, &form);
	set_prepend(work, ways, &form);
	if ((ways & 1U << WAY_NO_EXPORT) != 0)
		form.std[form.std_count++] = COMMUNITY_NO_EXPORT;
	if ((ways & 1U << WAY_NO_ADVERTISE) != 0)
		form.std[form.std_count++] = COMMUNITY_NO_ADVERTISE;
	form.otc = (ways & 1U << WAY_OTC) != 0 ? work->policy->general->rs_as : work->effect->otc;
	len = outform_build(&form, work->block, work->block_len, x->block);
	/* What has become too long for attributes is not told: never send what we would not
	 * accept. */
	if (len > 0)
		work->put(work->ctx, x->block, len, set, x->nwords);
}

/* Splits the receivers by one way after another; what is left at the end is a group. */
static void
split_group(struct work *work, const uint64_t *set, unsigned way, unsigned ways)
{
	struct exports *x = work->x;
	uint64_t *part;

	while (way < WAY_COUNT && (work->split >> way & 1) == 0)
		way++;
	if (way == WAY_COUNT) {
		put_group(work, set, ways);
		return;
	}
	part = x->receivers[way];
	for (unsigned is_in = 0; is_in < 2; is_in++) {
		for (size_t i = 0; i < x->nwords; i++)
			part[i] = set[i] & (is_in ? x->split[way][i] : ~x->split[way][i]);
		if (!is_empty(work, part))
			split_group(work, part, way + 1, ways | is_in << way);
	}
}

/* ---- the answer ---- */

static bool
has_dropped(const struct work *work)
{
	const uint8_t *drop = work->policy->general->drop_attributes;
	struct attr_view attr;
	size_t pos = 0;

	while (work->x->drops_any && attrs_next(work->block, work->block_len, &pos, &attr))
		if (attr_types_have(drop, attr.type))
			return true;
	return false;
}

static void
read_facts(struct work *work)
{
	struct attrs_facts facts;
	struct attr_view otc;

	attrs_read_facts(work->block, work->block_len, &facts);
	work->neighbour_as = facts.neighbour_as;
	work->has_otc =
	    work->effect->otc != 0 || attrs_find(work->block, work->block_len, ATTR_OTC, &otc);
	work->is_dropping = has_dropped(work);
}

/* Collectors, and of a tagged reject no one else. */
static const char *
work_reject(struct work *work)
{
	uint64_t *set = work->x->allowed;

	keep(work, set, SET_COLLECTORS);
	if (is_empty(work, set))
		return "rejected";
	refuse_quarantine(work, set);
	if (is_empty(work, set))
		return "quarantine";
	if ((work->effect->flags & EFFECT_IPV4_BY_IPV6) != 0)
		keep(work, set, SET_IPV4_BY_IPV6);
	if (is_empty(work, set))
		return "next-hop";
	make_reject_lists(work);
	if (work->fits)
		put_group(work, set, 0);
	return work->fits ? NULL : "too-large";
}

const char *
reach_work(
    struct policy *policy, const struct reach_route *route, uint32_t only, reach_fn put, void *ctx)
{
	struct exports *x = policy->exports;
	struct work work = {.policy = policy,
	    .x = x,
	    .effect = effect_get(policy->effects, route->tags >> TAG_EFFECT_SHIFT),
	    .block = route->block,
	    .block_len = route->block_len,
	    .tags = route->tags,
	    .fits = true,
	    .put = put,
	    .ctx = ctx};
	const char *refused_by;

	memset(x->allowed, 0, x->nwords * sizeof(*x->allowed));
	for (size_t i = 0; i < x->nwords && only == REACH_ALL; i++)
		x->allowed[i] = x->sets[SET_CLIENTS][i] | x->sets[SET_COLLECTORS][i];
	if (only != REACH_ALL)
		slotbits_add(x->allowed, only);
	read_facts(&work);
	actions_clear(x);
	if ((work.tags & TAG_REJECTED) != 0)
		return work_reject(&work);
	make_lists(&work);
	refused_by = refuse(&work);
	if (refused_by != NULL || !work.fits)
		return refused_by != NULL ? refused_by : "too-large";
	find_ways(&work);
	split_group(&work, x->allowed, 0, 0);
	return NULL;
}

static void
put_pair(void *ctx, const uint8_t *block, size_t block_len, const uint64_t *words, size_t nwords)
{
	reach_add(ctx, block, block_len, words, nwords);
}

void
policy_reach(
    void *ctx, const uint8_t *block, size_t block_len, uint32_t tags, struct reach_out *out)
{
	struct reach_route route = {.block = block, .block_len = block_len, .tags = tags};

	reach_work(ctx, &route, REACH_ALL, put_pair, out);
	/* Otherwise every member would begin with a combination used: that of a plain route. */
	if (!actions_are_some(((const struct policy *)ctx)->exports))
		reach_plain(out);
}
