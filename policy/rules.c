/* Site rules, see rules.h. Runs in rib; one struct rules per policy. */
#include "policy/rules.h"

#include <stdlib.h>
#include <string.h>

#include "policy/asnset.h"
#include "policy/pattern.h"
#include "policy/prefixlist.h"
#include "rib/bug.h"

/* The values of one match, ready to be asked; what its kind does not use is empty. */
struct matcher {
	struct asnset asns;
	struct prefixlist *prefixes;
	struct pattern_index patterns;
};

/* What is known of a match that depends on attributes alone, for the block of `serial`. */
enum known { KNOWN_NOT, KNOWN_FALSE, KNOWN_TRUE };

struct rules {
	const struct policy *policy;
	struct matcher *matchers; /* by match of the configuration */
	uint32_t *matched;	  /* the result's rules: room for all */
	uint8_t *known;		  /* by match: enum known */
	uint64_t serial;	  /* of the block; 0: of none */
};

/* The path that is judged. */
struct question {
	const struct policy *policy;
	const struct path_view *path;
	const struct policy_peer *peer; /* who announced it; NULL: unknown */
	uint32_t tags;
};

typedef bool (*match_fn)(const struct question *, const struct policy_match *, struct matcher *);

/* ---- the kinds of matches ---- */

static bool
match_prefix_list(const struct question *q, const struct policy_match *match, struct matcher *m)
{
	(void)match;
	return prefixlist_match(m->prefixes, q->path->prefix) != NULL;
}

static bool
match_peer(const struct question *q, const struct policy_match *match, struct matcher *m)
{
	(void)match;
	return q->peer != NULL && asnset_has(&m->asns, q->peer->asn);
}

static bool
match_peer_address(const struct question *q, const struct policy_match *match, struct matcher *m)
{
	const struct policy_address *addresses = q->policy->config->addresses + match->values.first;

	(void)m;
	for (uint32_t i = 0; i < match->values.count && q->peer != NULL; i++)
		if (addresses[i].family == q->peer->family &&
		    memcmp(addresses[i].addr, q->peer->addr, sizeof(q->peer->addr)) == 0)
			return true;
	return false;
}

static bool
match_path_contains(const struct question *q, const struct policy_match *match, struct matcher *m)
{
	struct attr_view path;
	const uint8_t *p, *end;

	(void)match;
	if (!attrs_find(q->path->block, q->path->block_len, ATTR_AS_PATH, &path))
		return false;
	for (p = path.value, end = p + path.len; p < end;) {
		unsigned count = p[1];

		for (p += 2; count > 0; count--, p += 4)
			if (asnset_has(&m->asns,
				(uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 |
				    p[3]))
				return true;
	}
	return false;
}

static bool
match_path_origin(const struct question *q, const struct policy_match *match, struct matcher *m)
{
	(void)match;
	return asnset_has(&m->asns, q->path->facts->origin_as);
}

static bool
match_path_neighbor(const struct question *q, const struct policy_match *match, struct matcher *m)
{
	(void)match;
	return asnset_has(&m->asns, q->path->facts->neighbour_as);
}

/* One look per community, however many patterns there are. */
static bool
match_community(const struct question *q, const struct policy_match *match, struct matcher *m)
{
	static const uint8_t types[COMMUNITY_FORMATS] = {[COMMUNITY_STD] = ATTR_COMMUNITIES,
	    [COMMUNITY_LARGE] = ATTR_LARGE_COMMUNITIES,
	    [COMMUNITY_EXT] = ATTR_EXT_COMMUNITIES};

	(void)match;
	for (unsigned format = 0; format < COMMUNITY_FORMATS; format++) {
		size_t bytes = community_bytes((enum community_format)format);
		struct attr_view attr;

		if (!attrs_find(q->path->block, q->path->block_len, types[format], &attr))
			continue;
		for (size_t at = 0; at + bytes <= attr.len; at += bytes) {
			struct community_value value;
			struct pattern_pass pass;
			uint32_t last;

			community_read((enum community_format)format, attr.value + at, &value);
			pattern_pass_init(&m->patterns, &pass, &value);
			if (pattern_pass_next(&m->patterns, &pass, &last) != NULL)
				return true;
		}
	}
	return false;
}

static bool
match_rov(const struct question *q, const struct policy_match *match, struct matcher *m)
{
	(void)m;
	return (match->low >> ((q->tags & TAG_ROV_MASK) >> TAG_ROV_SHIFT) & 1) != 0;
}

static bool
match_irr(const struct question *q, const struct policy_match *match, struct matcher *m)
{
	uint32_t bits = (q->tags & TAG_IRR_ORIGIN) != 0 ? IF_IRR_ORIGIN : IF_IRR_NO_ORIGIN;

	(void)m;
	bits |= (q->tags & TAG_IRR_PREFIX) != 0 ? IF_IRR_PREFIX : IF_IRR_NO_PREFIX;
	return (match->low & bits) != 0;
}

static bool
is_between(const struct policy_match *match, uint32_t number)
{
	return number >= match->low && number <= match->high;
}

static bool
match_length(const struct question *q, const struct policy_match *match, struct matcher *m)
{
	(void)m;
	return is_between(match, q->path->prefix->len);
}

static bool
match_path_length(const struct question *q, const struct policy_match *match, struct matcher *m)
{
	(void)m;
	return is_between(match, q->path->facts->path_len);
}

static bool
match_blackhole(const struct question *q, const struct policy_match *match, struct matcher *m)
{
	(void)m;
	return ((q->tags & TAG_BLACKHOLE) != 0) == (match->low != 0);
}

static bool
match_family(const struct question *q, const struct policy_match *match, struct matcher *m)
{
	(void)m;
	return q->path->prefix->family == match->low;
}

enum values { VALUES_NONE, VALUES_PREFIXES, VALUES_ASNS, VALUES_COMMUNITIES };

static const struct {
	match_fn matches;
	enum values values;    /* what is compiled of them */
	bool is_of_attributes; /* depends on nothing else: remembered */
} kinds[IF_KINDS] = {
    [IF_PREFIX_LIST] = {match_prefix_list, VALUES_PREFIXES, false},
    [IF_PEER] = {match_peer, VALUES_ASNS, false},
    [IF_PEER_ADDRESS] = {match_peer_address, VALUES_NONE, false},
    [IF_PATH_CONTAINS] = {match_path_contains, VALUES_ASNS, true},
    [IF_PATH_ORIGIN] = {match_path_origin, VALUES_ASNS, false},
    [IF_PATH_NEIGHBOR] = {match_path_neighbor, VALUES_ASNS, false},
    [IF_COMMUNITY] = {match_community, VALUES_COMMUNITIES, true},
    [IF_ROV] = {match_rov, VALUES_NONE, false},
    [IF_IRR] = {match_irr, VALUES_NONE, false},
    [IF_LENGTH] = {match_length, VALUES_NONE, false},
    [IF_PATH_LENGTH] = {match_path_length, VALUES_NONE, false},
    [IF_BLACKHOLE] = {match_blackhole, VALUES_NONE, false},
    [IF_FAMILY] = {match_family, VALUES_NONE, false},
};

/* ---- compiling ---- */

static void *
take_memory(size_t count, size_t size)
{
	void *p = calloc(count > 0 ? count : 1, size);

	if (p == NULL)
		rib_bug("no memory for site rules");
	return p;
}

static void
compile(const struct policy_config *config, const struct policy_match *match, struct matcher *m)
{
	struct policy_range values = match->values;

	switch (kinds[match->kind].values) {
	case VALUES_NONE:
		break;
	case VALUES_PREFIXES:
		m->prefixes = prefixlist_new(config->prefixes + values.first, values.count);
		break;
	case VALUES_ASNS:
		asnset_init(&m->asns, values.count);
		for (uint32_t i = 0; i < values.count; i++)
			asnset_add(&m->asns, config->asns[values.first + i]);
		break;
	case VALUES_COMMUNITIES:
		pattern_index_init(&m->patterns, values.count);
		for (uint32_t i = 0; i < values.count; i++)
			pattern_index_add(&m->patterns, &config->communities[values.first + i]);
		break;
	}
}

struct rules *
rules_new(const struct policy *policy)
{
	const struct policy_config *config = policy->config;
	struct rules *rules = take_memory(1, sizeof(*rules));

	rules->policy = policy;
	rules->matchers = take_memory(config->match_count, sizeof(*rules->matchers));
	rules->matched = take_memory(config->rule_count, sizeof(*rules->matched));
	rules->known = take_memory(config->match_count, sizeof(*rules->known));
	for (uint32_t i = 0; i < config->match_count; i++)
		compile(config, &config->matches[i], &rules->matchers[i]);
	return rules;
}

void
rules_free(struct rules *rules)
{
	if (rules == NULL)
		return;
	for (uint32_t i = 0; i < rules->policy->config->match_count; i++) {
		struct matcher *m = &rules->matchers[i];

		asnset_fini(&m->asns);
		prefixlist_free(m->prefixes);
		pattern_index_fini(&m->patterns);
	}
	free(rules->matchers);
	free(rules->matched);
	free(rules->known);
	free(rules);
}

/* ---- judging ---- */

/* Forgets what was known of another block. */
static void
turn_to_block(struct rules *rules, uint64_t serial)
{
	if (serial != 0 && serial == rules->serial)
		return;
	memset(rules->known, KNOWN_NOT, rules->policy->config->match_count);
	rules->serial = serial;
}

static bool
ask(struct rules *rules, const struct question *q, uint32_t index)
{
	const struct policy_match *match = &rules->policy->config->matches[index];
	bool yes;

	if (rules->known[index] != KNOWN_NOT)
		return rules->known[index] == KNOWN_TRUE;
	yes = kinds[match->kind].matches(q, match, &rules->matchers[index]) != (match->negate != 0);
	if (kinds[match->kind].is_of_attributes)
		rules->known[index] = yes ? KNOWN_TRUE : KNOWN_FALSE;
	return yes;
}

static bool
is_rule_matched(struct rules *rules, const struct question *q, const struct policy_rule *rule)
{
	for (uint32_t i = 0; i < rule->matches.count; i++)
		if (!ask(rules, q, rule->matches.first + i))
			return false;
	return true;
}

static bool
is_reject_observed(const struct question *q)
{
	return q->peer != NULL && (q->peer->observe >> REASON_RULE & 1) != 0;
}

/* Does what a matched rule says; true if it is the last. A reject that the peer only observes is
 * noted and ends nothing: the rules behind it may withhold the route. */
static bool
act(struct rules *rules, const struct question *q, uint32_t index, struct rules_result *out)
{
	const struct policy_config *config = rules->policy->config;
	struct policy_range actions = config->rules[index].actions;
	bool is_last = false, changes = false;

	for (uint32_t i = 0; i < actions.count && !is_last; i++) {
		const struct policy_action *action = &config->actions[actions.first + i];

		switch ((enum policy_action_kind)action->kind) {
		case DO_REJECT:
			if (!out->reject)
				out->reject_rule = index;
			out->reject = true;
			is_last = !is_reject_observed(q);
			break;
		case DO_ACCEPT:
			is_last = true;
			break;
		case DO_LOCAL_PREF:
			out->has_local_pref = true;
			out->local_pref = action->value;
			break;
		case DO_ADD_COMMUNITY:
		case DO_REMOVE_COMMUNITY:
		case DO_WITHHOLD_FROM:
		case DO_ONLY_TO:
			changes = true;
			break;
		case DO_KINDS:
			break;
		}
	}
	if (changes)
		rules->matched[out->rule_count++] = index;
	return is_last;
}

static void
ask_rules(struct rules *rules, const struct question *q, struct policy_range range,
    struct rules_result *out)
{
	for (uint32_t i = range.first; i < range.first + range.count; i++)
		if (is_rule_matched(rules, q, &rules->policy->config->rules[i]) &&
		    act(rules, q, i, out))
			return;
}

void
rules_judge(
    struct policy *policy, const struct path_view *path, uint32_t tags, struct rules_result *out)
{
	const struct policy_general *general = policy->general;
	struct question q = {
	    .policy = policy, .path = path, .peer = policy_peer(policy, path->slot), .tags = tags};

	*out = (struct rules_result){.rules = policy->rules->matched};
	if (general->import_rules.count == 0 && general->export_rules.count == 0)
		return;
	turn_to_block(policy->rules, path->block_serial);
	ask_rules(policy->rules, &q, general->import_rules, out);
	if (!out->reject || is_reject_observed(&q))
		ask_rules(policy->rules, &q, general->export_rules, out);
}

bool
rules_is_import(const struct policy_general *general, uint32_t index)
{
	return index - general->import_rules.first < general->import_rules.count;
}
