/* Scrubbing by class, see scrub.h. */
#include "policy/scrub.h"

#include "policy/exports.h"

#define EURO_IX_REASONS 1101 /* rs_as:1101:n says why a route was rejected */
#define RFC8097_TYPE	0x4300

/* ASNs that peer_as stands for when an action community is scrubbed. */
#define PEER_16BIT_LAST	 64511
#define PEER_32BIT_FIRST 131072
#define PEER_32BIT_LAST	 UINT32_C(4199999999)

static bool
is_peer_as(const struct exports *x, enum community_format format, uint32_t asn)
{
	if (asn >= 1 && asn <= PEER_16BIT_LAST)
		return true;
	if (format == COMMUNITY_STD)
		return asn <= UINT16_MAX && (x->mapped_asns[asn / 64] >> asn % 64 & 1) != 0;
	return asn >= PEER_32BIT_FIRST && asn <= PEER_32BIT_LAST;
}

/* What the server adds under no name of the configuration. */
static bool
is_ours(const struct policy_general *general, const struct community_value *value)
{
	if (value->format == COMMUNITY_EXT)
		return value->ext_type == RFC8097_TYPE;
	return value->format == COMMUNITY_LARGE && general->reasons_map == REASONS_EURO_IX &&
	    value->part[0] == general->rs_as && value->part[1] == EURO_IX_REASONS;
}

unsigned
scrub_look(struct exports *x, const struct community_value *value, bool act)
{
	const struct policy_community *pattern;
	struct pattern_pass pass;
	unsigned scrubs = 0;
	uint32_t last;

	if (is_ours(x->policy->general, value))
		scrubs = SCRUB_INPUT | SCRUB_OUTPUT;
	pattern_pass_init(&x->patterns, &pass, value);
	while ((pattern = pattern_pass_next(&x->patterns, &pass, &last)) != NULL) {
		switch (community_row((enum community_name)pattern->name)->class) {
		case COMMUNITY_OUTBOUND:
		case COMMUNITY_CUSTOM:
			scrubs |= SCRUB_INPUT;
			break;
		case COMMUNITY_INTERNAL:
			scrubs |= SCRUB_INPUT | SCRUB_OUTPUT;
			break;
		case COMMUNITY_INBOUND:
			if (act)
				actions_add(x, pattern, last);
			if (pattern->wild != WILD_PEER ||
			    is_peer_as(x, (enum community_format)pattern->format, last))
				scrubs |= SCRUB_OUTPUT;
			break;
		}
	}
	return scrubs;
}

bool
scrub_on_input(const struct policy *policy, const struct community_value *value)
{
	return (scrub_look(policy->exports, value, false) & SCRUB_INPUT) != 0;
}

bool
scrub_on_output(const struct policy *policy, const struct community_value *value)
{
	return (scrub_look(policy->exports, value, false) & SCRUB_OUTPUT) != 0;
}
