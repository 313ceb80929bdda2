/* Communities that the server puts on a route, see attach.h. */
#include "policy/attach.h"

#include "policy/reason.h"

#define EURO_IX_REASONS 1101

/* A state of judge and the name of its communities. */
static const struct {
	uint32_t mask;
	uint32_t value; /* of the tags under the mask */
	enum community_name name;
} states[] = {
    {TAG_IRR | TAG_IRR_ORIGIN, TAG_IRR | TAG_IRR_ORIGIN, NAME_ORIGIN_PRESENT_IN_AS_SET},
    {TAG_IRR | TAG_IRR_ORIGIN, TAG_IRR, NAME_ORIGIN_NOT_PRESENT_IN_AS_SET},
    {TAG_IRR | TAG_IRR_PREFIX, TAG_IRR | TAG_IRR_PREFIX, NAME_PREFIX_PRESENT_IN_AS_SET},
    {TAG_IRR | TAG_IRR_PREFIX, TAG_IRR, NAME_PREFIX_NOT_PRESENT_IN_AS_SET},
    {TAG_IRR | TAG_VALID_ROA, TAG_IRR | TAG_VALID_ROA, NAME_PREFIX_VALIDATED_VIA_RPKI_ROAS},
    {TAG_IRR | TAG_VALID_ARIN, TAG_IRR | TAG_VALID_ARIN, NAME_PREFIX_VALIDATED_VIA_ARIN},
    {TAG_IRR | TAG_VALID_REGISTROBR, TAG_IRR | TAG_VALID_REGISTROBR,
	NAME_PREFIX_VALIDATED_VIA_REGISTROBR},
    {TAG_IRR | TAG_VALID_WHITE_LIST, TAG_IRR | TAG_VALID_WHITE_LIST,
	NAME_ROUTE_VALIDATED_VIA_WHITE_LIST},
    {TAG_ROV_MASK, ROV_NOT_PERFORMED << TAG_ROV_SHIFT, NAME_ROV_NOT_PERFORMED},
    {TAG_ROV_MASK, ROV_VALID << TAG_ROV_SHIFT, NAME_ROV_VALID},
    {TAG_ROV_MASK, ROV_UNKNOWN << TAG_ROV_SHIFT, NAME_ROV_UNKNOWN},
    {TAG_ROV_MASK, ROV_INVALID << TAG_ROV_SHIFT, NAME_ROV_INVALID},
    {TAG_ASPA_MASK, ASPA_VALID << TAG_ASPA_SHIFT, NAME_ASPA_VALID},
    {TAG_ASPA_MASK, ASPA_UNKNOWN << TAG_ASPA_SHIFT, NAME_ASPA_UNKNOWN},
    {TAG_ASPA_MASK, ASPA_INVALID << TAG_ASPA_SHIFT, NAME_ASPA_INVALID},
};

static bool
attach(struct exports *x, const struct policy_community *pattern, uint32_t last)
{
	struct community_value value;

	community_fill(pattern, last, &value);
	return outform_list_add(&x->lists[pattern->format], &value);
}

/* All formats of a name. */
static bool
attach_name(struct exports *x, enum community_name name, uint32_t last)
{
	const struct policy_community *const *patterns;
	uint32_t count = exports_patterns_of(x, name, &patterns);
	bool fits = true;

	for (uint32_t i = 0; i < count; i++)
		fits &= attach(x, patterns[i], last);
	return fits;
}

bool
attach_customs(struct exports *x, const struct effect *effect)
{
	bool fits = true;

	for (uint32_t i = 0; i < effect->custom_count; i++) {
		const struct policy_community *const *patterns;
		uint32_t count = exports_custom_patterns_of(x, effect->customs[i], &patterns);

		for (uint32_t n = 0; n < count; n++)
			fits &= attach(x, patterns[n], 0);
	}
	return fits;
}

bool
attach_states(struct exports *x, uint32_t tags, const struct effect *effect, bool internal)
{
	bool fits = true;

	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		if ((tags & states[i].mask) != states[i].value)
			continue;
		if (!internal && community_row(states[i].name)->class == COMMUNITY_INTERNAL)
			continue;
		/* A route that was rejected before has no such state. */
		if (states[i].name == NAME_ROV_NOT_PERFORMED &&
		    check_is_before((enum reason)effect->reason, REASON_ROV))
			continue;
		fits &= attach_name(x, states[i].name, 0);
	}
	return fits;
}

/* The number that a format has room for: 16 bits in the local part of a four-octet AS. */
static bool
can_carry(const struct policy_community *pattern, uint32_t asn)
{
	bool is_narrow = pattern->format == COMMUNITY_STD ||
	    (pattern->format == COMMUNITY_EXT && pattern->ext_type >> 8 == 0x02);

	return asn != 0 && (!is_narrow || asn <= UINT16_MAX);
}

static bool
attach_announcer(struct exports *x, const struct effect *effect)
{
	const struct policy_community *const *patterns;
	uint32_t count = exports_patterns_of(x, NAME_REJECTED_ROUTE_ANNOUNCED_BY, &patterns);
	bool fits = true;

	for (uint32_t i = 0; i < count; i++) {
		uint32_t asn =
		    patterns[i]->format == COMMUNITY_STD ? effect->mapped : effect->announcer;

		if (can_carry(patterns[i], asn))
			fits &= attach(x, patterns[i], asn);
	}
	return fits;
}

/* The reason itself; 20 is for displays alone (RFC 9234 section 5). */
static bool
attach_reason(struct exports *x, uint8_t reason)
{
	const struct reason_row *row = reason_get(reason);
	const struct policy_community *const *patterns;
	uint32_t count = exports_patterns_of(x, NAME_REJECT_CAUSE_MAP, &patterns);
	bool fits = true;

	if (row == NULL || reason == REASON_LEAK)
		return true;
	fits &= attach_name(x, NAME_REJECT_CAUSE, reason);
	for (uint32_t i = 0; i < count; i++)
		if (patterns[i]->index == reason)
			fits &= attach(x, patterns[i], 0);
	if (x->policy->general->reasons_map == REASONS_EURO_IX && row->euro_ix != 0) {
		struct community_value value = {.format = COMMUNITY_LARGE,
		    .part = {x->policy->general->rs_as, EURO_IX_REASONS, row->euro_ix}};

		fits &= outform_list_add(&x->lists[COMMUNITY_LARGE], &value);
	}
	return fits;
}

bool
attach_reject(struct exports *x, const struct effect *effect)
{
	bool fits = attach_name(x, NAME_REJECT_CAUSE, 0);

	fits &= attach_reason(x, effect->reason);
	return attach_announcer(x, effect) && fits;
}
