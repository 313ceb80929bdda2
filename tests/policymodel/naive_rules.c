/* Site rules: docs/rules.md, one match after another. */
#include <string.h>

#include "tests/policymodel/naive_policy.h"

static bool
is_in(uint32_t value, const struct naive_match *m)
{
	return value >= m->low && value <= m->high;
}

static bool
path_has_one_of(const struct naive_attrs *a, const struct naive_asns *asns)
{
	for (unsigned i = 0; i < a->hop_count; i++)
		if (naive_has_asn(asns, a->hops[i].asn))
			return true;
	return false;
}

static bool
has_community(const struct naive_attrs *a, const struct naive_pattern *pattern)
{
	uint32_t last;

	for (unsigned i = 0; i < a->communities.count; i++)
		if (naive_matches(pattern, &a->communities.all[i], &last))
			return true;
	return false;
}

static bool
irr_is_one_of(const struct naive_question *q, uint32_t bits)
{
	return ((bits & NAIVE_IRR_ORIGIN) != 0 && q->origin_ok) ||
	    ((bits & NAIVE_IRR_NO_ORIGIN) != 0 && !q->origin_ok) ||
	    ((bits & NAIVE_IRR_PREFIX) != 0 && q->prefix_ok) ||
	    ((bits & NAIVE_IRR_NO_PREFIX) != 0 && !q->prefix_ok);
}

static bool
holds(const struct naive_match *m, const struct naive_question *q)
{
	uint32_t asn;

	switch (m->kind) {
	case NAIVE_IF_PREFIX_LIST:
		return naive_find(&m->prefixes, q->prefix) != NULL;
	case NAIVE_IF_PEER:
		return naive_has_asn(&m->asns, q->peer->asn);
	case NAIVE_IF_PEER_ADDRESS:
		return m->address.family == q->peer->address.family &&
		    memcmp(m->address.addr, q->peer->address.addr, 16) == 0;
	case NAIVE_IF_CONTAINS:
		return path_has_one_of(q->attrs, &m->asns);
	case NAIVE_IF_ORIGIN:
		asn = naive_origin(q->attrs);
		return asn != 0 && naive_has_asn(&m->asns, asn);
	case NAIVE_IF_NEIGHBOUR:
		asn = naive_neighbour(q->attrs);
		return asn != 0 && naive_has_asn(&m->asns, asn);
	case NAIVE_IF_COMMUNITY:
		return has_community(q->attrs, &m->pattern);
	case NAIVE_IF_ROV:
		return (m->low >> q->rov & 1) != 0;
	case NAIVE_IF_IRR:
		return irr_is_one_of(q, m->low);
	case NAIVE_IF_LENGTH:
		return is_in(q->prefix->len, m);
	case NAIVE_IF_PATH_LENGTH:
		return is_in(naive_path_length(q->attrs), m);
	case NAIVE_IF_BLACKHOLE:
		return q->blackhole == (m->low != 0);
	case NAIVE_IF_FAMILY:
		return q->prefix->family == m->low;
	case NAIVE_IFS:
		break;
	}
	return false;
}

bool
naive_rule_matches(const struct naive_rule *rule, const struct naive_question *q)
{
	for (unsigned i = 0; i < rule->match_count; i++)
		if (holds(&rule->matches[i], q) == rule->matches[i].negate)
			return false;
	return true;
}

const struct naive_action *
naive_action_of(const struct naive_rule *rule, enum naive_do kind)
{
	for (unsigned i = 0; i < rule->action_count; i++)
		if (rule->actions[i].kind == kind)
			return &rule->actions[i];
	return NULL;
}

static bool
withholds(const struct naive_rule *rule, uint32_t asn)
{
	for (unsigned i = 0; i < rule->action_count; i++) {
		const struct naive_action *a = &rule->actions[i];

		if (a->kind == NAIVE_DO_WITHHOLD && naive_has_asn(&a->asns, asn))
			return true;
		if (a->kind == NAIVE_DO_ONLY_TO && !naive_has_asn(&a->asns, asn))
			return true;
	}
	return false;
}

bool
naive_rules_withhold(const struct naive_world *w, const struct naive_verdict *v, uint32_t asn)
{
	for (unsigned i = 0; i < w->import_count; i++)
		if ((v->import_matched >> i & 1) != 0 && withholds(&w->import_rules[i], asn))
			return true;
	for (unsigned i = 0; i < w->export_count; i++)
		if ((v->export_matched >> i & 1) != 0 && withholds(&w->export_rules[i], asn))
			return true;
	return false;
}
