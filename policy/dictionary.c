/*
 * Items of the dictionary: see dictionary.h.
 *
 *   *iter   0 ........ | .......... | ........ | ...... | .....
 *           patterns     customs      Euro-IX    well-    rules
 *           x codes                              known
 *
 * Each source has so many places; a place may be empty (a code that a pattern does not stand for).
 */
#include "policy/dictionary.h"

#include <stdio.h>
#include <string.h>

#include "policy/data.h"
#include "policy/reason.h"

#define RFC8097 0x4300 /* origin validation state (RFC 8097 section 2) */

static const char *const class_names[] = {
    [COMMUNITY_OUTBOUND] = "outbound",
    [COMMUNITY_INTERNAL] = "internal",
    [COMMUNITY_INBOUND] = "inbound",
    [COMMUNITY_CUSTOM] = "custom",
};

static const uint8_t class_directions[] = {
    [COMMUNITY_OUTBOUND] = DICTIONARY_SENT,
    [COMMUNITY_INTERNAL] = DICTIONARY_INTERNAL,
    [COMMUNITY_INBOUND] = DICTIONARY_UNDERSTOOD,
    [COMMUNITY_CUSTOM] = DICTIONARY_SENT,
};

/* Names that need a feature: all of the flags, and thresholds or a blackhole policy. */
static const struct {
	uint8_t first, last; /* enum community_name */
	uint32_t flags;
	bool needs_thresholds;
	bool needs_blackhole;
} needs[] = {
    {NAME_PREFIX_PRESENT_IN_AS_SET, NAME_ROUTE_VALIDATED_VIA_WHITE_LIST, GENERAL_IRR_TAG, false,
	false},
    {NAME_PREFIX_VALIDATED_VIA_RPKI_ROAS, NAME_PREFIX_VALIDATED_VIA_RPKI_ROAS, GENERAL_IRR_ROAS,
	false, false},
    {NAME_PREFIX_VALIDATED_VIA_ARIN, NAME_PREFIX_VALIDATED_VIA_ARIN, GENERAL_IRR_ARIN, false,
	false},
    {NAME_PREFIX_VALIDATED_VIA_REGISTROBR, NAME_PREFIX_VALIDATED_VIA_REGISTROBR,
	GENERAL_IRR_REGISTROBR, false, false},
    {NAME_ROV_VALID, NAME_ROV_INVALID, GENERAL_ROV, false, false},
    {NAME_ASPA_VALID, NAME_ASPA_INVALID, GENERAL_ASPA, false, false},
    {NAME_BLACKHOLING, NAME_BLACKHOLING, 0, false, true},
    {NAME_DO_NOT_ANNOUNCE_TO_RTT_LOWER, NAME_DO_NOT_ANNOUNCE_TO_RTT_HIGHER, 0, true, false},
    {NAME_ANNOUNCE_TO_RTT_LOWER, NAME_ANNOUNCE_TO_RTT_HIGHER, 0, true, false},
    {NAME_PREPEND_ONCE_TO_RTT_LOWER, NAME_PREPEND_THRICE_TO_RTT_HIGHER, 0, true, false},
};

static const struct {
	uint8_t first, last; /* enum community_name */
	uint8_t section;
} sections[] = {
    {NAME_REJECT_CAUSE, NAME_REJECT_CAUSE_MAP, SECTION_REJECTION_REASONS},
    {NAME_BLACKHOLING, NAME_BLACKHOLING, SECTION_BLACKHOLE},
    {NAME_DO_NOT_ANNOUNCE_TO_ANY, NAME_DO_NOT_ANNOUNCE_TO_RTT_HIGHER, SECTION_NOEXPORT_REASONS},
};

/* Alice-LG takes large communities alone for the states of RPKI. */
static const struct {
	uint8_t name;
	const char *key;
} rpki_keys[] = {
    {NAME_ROV_VALID, "valid"},
    {NAME_ROV_UNKNOWN, "unknown"},
    {NAME_ROV_NOT_PERFORMED, "not_checked"},
    {NAME_ROV_INVALID, "invalid"},
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static bool
has_blackhole(const struct policy_general *general)
{
	for (size_t family = 0; family < FAMILY_COUNT; family++)
		if (general->blackhole[family] != BLACKHOLE_OFF)
			return true;
	return false;
}

static bool
is_in_effect(const struct policy_general *general, uint8_t name)
{
	for (size_t i = 0; i < COUNT(needs); i++) {
		if (name < needs[i].first || name > needs[i].last)
			continue;
		if ((general->flags & needs[i].flags) != needs[i].flags ||
		    (needs[i].needs_thresholds && general->rtt_thresholds.count == 0) ||
		    (needs[i].needs_blackhole && !has_blackhole(general)))
			return false;
	}
	return true;
}

static uint8_t
section_of(const struct policy_community *pattern)
{
	for (size_t i = 0; i < COUNT(rpki_keys); i++)
		if (rpki_keys[i].name == pattern->name && pattern->format == COMMUNITY_LARGE)
			return SECTION_RPKI;
	for (size_t i = 0; i < COUNT(sections); i++)
		if (pattern->name >= sections[i].first && pattern->name <= sections[i].last)
			return sections[i].section;
	return SECTION_COMMUNITIES;
}

/* The pattern with "*" for a word; of a fixed one its text. */
static void
format_glob(const struct policy_community *pattern, char glob[COMMUNITY_TEXT_MAX])
{
	char *last;

	community_format_pattern(pattern, glob);
	if (pattern->wild == WILD_NONE)
		return;
	last = strrchr(glob, ':');
	if (last != NULL)
		strcpy(last + 1, "*");
}

static void
set_community(struct dictionary_item *item, const struct policy_community *pattern)
{
	item->community = *pattern;
	community_format_pattern(pattern, item->pattern);
	format_glob(pattern, item->glob);
}

static void
set_text(struct dictionary_item *item, const char *text)
{
	snprintf(item->text, sizeof(item->text), "%s", text);
}

/* Appends a text, with what stands between where there is one already. */
static void
add_text(struct dictionary_item *item, const char *between, const char *text)
{
	size_t len = strlen(item->text);

	snprintf(item->text + len, sizeof(item->text) - len, "%s%s", len > 0 ? between : "", text);
}

/* ---- patterns of the vocabulary ---- */

static const struct policy_community *
get_named(const struct policy_config *config, size_t index)
{
	return &config->communities[config->general->communities.first + index];
}

static bool
is_equal(const struct policy_community *a, const struct policy_community *b)
{
	return a->format == b->format && a->ext_type == b->ext_type && a->wild == b->wild &&
	    memcmp(a->part, b->part, sizeof(a->part)) == 0;
}

/* reject_cause with a code for its last part; some codes are for displays alone (RFC 9234 5). */
static bool
get_cause(const struct policy_community *pattern, uint8_t code, struct dictionary_item *item)
{
	const struct reason_row *row = reason_get(code);
	struct community_value value;
	struct policy_community fixed = *pattern;

	if ((code != REASON_NONE && row == NULL) || code == REASON_MALFORMED || code == REASON_LEAK)
		return false;
	community_fill(pattern, code, &value);
	memcpy(fixed.part, value.part, sizeof(fixed.part));
	fixed.wild = WILD_NONE;
	set_community(item, &fixed);
	set_text(item, row != NULL ? row->text : "the route is rejected");
	item->reason = code;
	return true;
}

/* An entry of reject_cause_map: its reason and those of later codes with the same community. */
static bool
get_mapped(const struct policy_config *config, size_t index, struct dictionary_item *item)
{
	const struct policy_community *pattern = get_named(config, index);

	for (size_t i = 0; i < config->general->communities.count; i++) {
		const struct policy_community *other = get_named(config, i);
		const struct reason_row *row = reason_get((uint8_t)other->index);

		if (other->name != NAME_REJECT_CAUSE_MAP || !is_equal(other, pattern) ||
		    row == NULL)
			continue;
		if (i < index)
			return false;
		add_text(item, "; or: ", row->text);
	}
	item->name = "reject_cause_map";
	item->reason = (uint8_t)pattern->index;
	return true;
}

static size_t
count_named(const struct policy_config *config)
{
	return (size_t)config->general->communities.count * REASON_END;
}

static bool
get_named_item(const struct policy_config *config, size_t place, struct dictionary_item *item)
{
	const struct policy_community *pattern = get_named(config, place / REASON_END);
	const struct community_row *row = community_row((enum community_name)pattern->name);
	uint8_t code = (uint8_t)(place % REASON_END);

	set_community(item, pattern);
	item->name = row->key;
	item->class = class_names[row->class];
	item->section = section_of(pattern);
	item->directions =
	    is_in_effect(config->general, pattern->name) ? class_directions[row->class] : 0;
	if (pattern->name == NAME_REJECT_CAUSE)
		return get_cause(pattern, code, item);
	if (code != 0)
		return false;
	if (pattern->name == NAME_REJECT_CAUSE_MAP)
		return get_mapped(config, place / REASON_END, item);
	set_text(item, row->text);
	return true;
}

/* ---- custom communities ---- */

static size_t
count_customs(const struct policy_config *config)
{
	return config->general->customs.count;
}

static bool
get_custom(const struct policy_config *config, size_t place, struct dictionary_item *item)
{
	const struct policy_general *general = config->general;
	const struct policy_community *pattern =
	    &config->communities[general->customs.first + place];
	const struct community_row *row = community_row(NAME_CUSTOM);

	set_community(item, pattern);
	item->name =
	    config->text + config->names[general->custom_names.first + pattern->index].text;
	item->class = class_names[row->class];
	item->directions = class_directions[row->class];
	item->section = SECTION_COMMUNITIES;
	set_text(item, row->text);
	add_text(item, ": ", item->name);
	return true;
}

/* ---- reasons of Euro-IX ---- */

static size_t
count_euro_ix(const struct policy_config *config)
{
	return config->general->reasons_map == REASONS_EURO_IX ? REASON_END : 0;
}

static bool
get_euro_ix(const struct policy_config *config, size_t place, struct dictionary_item *item)
{
	const struct reason_row *row = reason_get((uint8_t)place), *other;
	struct policy_community pattern = {.format = COMMUNITY_LARGE,
	    .name = NAME_REJECT_CAUSE_MAP,
	    .part = {config->general->rs_as, REASON_EURO_IX, 0}};

	if (row == NULL || row->euro_ix == 0)
		return false;
	pattern.part[2] = row->euro_ix;
	pattern.index = row->code;
	for (size_t i = 0; i < config->general->communities.count; i++)
		if (get_named(config, i)->name == NAME_REJECT_CAUSE_MAP &&
		    is_equal(get_named(config, i), &pattern))
			return false;
	for (uint8_t code = 1; code < REASON_END; code++) {
		other = reason_get(code);
		if (other->euro_ix != row->euro_ix)
			continue;
		if (code < row->code)
			return false;
		add_text(item, "; or: ", other->text);
	}
	set_community(item, &pattern);
	item->name = row->name;
	item->class = class_names[COMMUNITY_INTERNAL];
	item->directions = DICTIONARY_INTERNAL;
	item->section = SECTION_REJECTION_REASONS;
	item->reason = row->code;
	return true;
}

/* ---- well-known communities ---- */

static bool
has_names(const struct policy_config *config, uint8_t name, uint8_t other)
{
	for (size_t i = 0; i < config->general->communities.count; i++)
		if (get_named(config, i)->name == name || get_named(config, i)->name == other)
			return true;
	return false;
}

static bool
has_flag(const struct policy_config *config, uint32_t flag)
{
	return (config->general->flags & flag) != 0;
}

static uint8_t
use_gshut(const struct policy_config *config)
{
	return (uint8_t)((has_flag(config, GENERAL_GRACEFUL_SHUTDOWN) ? DICTIONARY_UNDERSTOOD : 0) |
	    (has_flag(config, GENERAL_SHUTTING_DOWN) ? DICTIONARY_SENT : 0));
}

static uint8_t
use_blackhole(const struct policy_config *config)
{
	return has_blackhole(config->general) ? DICTIONARY_UNDERSTOOD | DICTIONARY_SENT : 0;
}

static uint8_t
use_no_export(const struct policy_config *config)
{
	bool is_sent = has_names(config, NAME_ADD_NOEXPORT_TO_ANY, NAME_ADD_NOEXPORT_TO_PEER) ||
	    (has_blackhole(config->general) && has_flag(config, GENERAL_BLACKHOLE_NO_EXPORT));

	return (uint8_t)((has_flag(config, GENERAL_RFC1997) ? DICTIONARY_UNDERSTOOD : 0) |
	    (is_sent ? DICTIONARY_SENT : 0));
}

static uint8_t
use_no_advertise(const struct policy_config *config)
{
	bool is_sent = has_names(config, NAME_ADD_NOADVERTISE_TO_ANY, NAME_ADD_NOADVERTISE_TO_PEER);

	return (uint8_t)((has_flag(config, GENERAL_RFC1997) ? DICTIONARY_UNDERSTOOD : 0) |
	    (is_sent ? DICTIONARY_SENT : 0));
}

static uint8_t
use_rov_state(const struct policy_config *config)
{
	return has_flag(config, GENERAL_ROV) ? DICTIONARY_INTERNAL : 0;
}

#define WELL_KNOWN(number)                                              \
	{                                                               \
		.format = COMMUNITY_STD, .name = NAME_CUSTOM, .part = { \
			(number) >> 16,                                 \
			(number)&0xffff                                 \
		}                                                       \
	}
#define ROV_STATE(number)                                                                    \
	{                                                                                    \
		.format = COMMUNITY_EXT, .name = NAME_CUSTOM, .ext_type = RFC8097, .part = { \
			0,                                                                   \
			number                                                               \
		}                                                                            \
	}

static const struct {
	const char *name;
	struct policy_community community;
	uint8_t (*use)(const struct policy_config *);
	uint8_t section;
	const char *text;
} well_known[] = {
    {"graceful_shutdown", WELL_KNOWN(COMMUNITY_GRACEFUL_SHUTDOWN), use_gshut, SECTION_COMMUNITIES,
	"GRACEFUL_SHUTDOWN: the path will go away soon (RFC 8326)"},
    {"blackhole", WELL_KNOWN(COMMUNITY_BLACKHOLE), use_blackhole, SECTION_BLACKHOLE,
	"BLACKHOLE: discard traffic to the prefix (RFC 7999)"},
    {"no_export", WELL_KNOWN(COMMUNITY_NO_EXPORT), use_no_export, SECTION_COMMUNITIES,
	"NO_EXPORT: keep the route inside the AS that has it (RFC 1997)"},
    {"no_advertise", WELL_KNOWN(COMMUNITY_NO_ADVERTISE), use_no_advertise, SECTION_COMMUNITIES,
	"NO_ADVERTISE: tell nobody of the route (RFC 1997)"},
    {"rov_state_valid", ROV_STATE(0), use_rov_state, SECTION_COMMUNITIES,
	"RPKI origin validation: valid (RFC 8097)"},
    {"rov_state_unknown", ROV_STATE(1), use_rov_state, SECTION_COMMUNITIES,
	"RPKI origin validation: not found (RFC 8097)"},
    {"rov_state_invalid", ROV_STATE(2), use_rov_state, SECTION_COMMUNITIES,
	"RPKI origin validation: invalid (RFC 8097)"},
};

static size_t
count_well_known(const struct policy_config *config)
{
	(void)config;
	return COUNT(well_known);
}

static bool
get_well_known(const struct policy_config *config, size_t place, struct dictionary_item *item)
{
	item->directions = well_known[place].use(config);
	if (item->directions == 0)
		return false;
	set_community(item, &well_known[place].community);
	item->name = well_known[place].name;
	item->class = "well-known";
	item->section = well_known[place].section;
	set_text(item, well_known[place].text);
	return true;
}

/* ---- rules ---- */

/* A community of a rule, with what the rule does. */
struct use {
	uint32_t community;
	uint8_t directions;
	const char *text;
};

/* True if the *place-th of count uses is meant; otherwise takes them off *place. */
static bool
is_here(size_t *place, size_t count)
{
	if (*place < count)
		return true;
	*place -= count;
	return false;
}

/* Use number *place of a rule's matches and actions; takes off *place what there is. */
static bool
find_use(const struct policy_config *config, const struct policy_rule *rule, size_t *place,
    struct use *out)
{
	for (uint32_t i = 0; i < rule->matches.count; i++) {
		const struct policy_match *match = &config->matches[rule->matches.first + i];

		if (match->kind != IF_COMMUNITY || !is_here(place, match->values.count))
			continue;
		*out = (struct use){match->values.first + (uint32_t)*place, DICTIONARY_UNDERSTOOD,
		    "a rule of the exchange looks at it"};
		return true;
	}
	for (uint32_t i = 0; i < rule->actions.count; i++) {
		const struct policy_action *action = &config->actions[rule->actions.first + i];
		bool is_added = action->kind == DO_ADD_COMMUNITY;

		if ((!is_added && action->kind != DO_REMOVE_COMMUNITY) || !is_here(place, 1))
			continue;
		*out = (struct use){action->community,
		    is_added ? DICTIONARY_SENT : DICTIONARY_UNDERSTOOD,
		    is_added ? "a rule of the exchange adds it"
			     : "a rule of the exchange removes it"};
		return true;
	}
	return false;
}

static size_t
count_uses(const struct policy_config *config)
{
	size_t count = 0;

	for (uint32_t i = 0; i < config->match_count; i++)
		if (config->matches[i].kind == IF_COMMUNITY)
			count += config->matches[i].values.count;
	for (uint32_t i = 0; i < config->action_count; i++)
		if (config->actions[i].kind == DO_ADD_COMMUNITY ||
		    config->actions[i].kind == DO_REMOVE_COMMUNITY)
			count++;
	return count;
}

static bool
get_use(const struct policy_config *config, size_t place, struct dictionary_item *item)
{
	const struct policy_rule *rule;
	struct use use;

	for (uint32_t i = 0; i < config->rule_count; i++) {
		rule = &config->rules[i];
		if (!find_use(config, rule, &place, &use))
			continue;
		set_community(item, &config->communities[use.community]);
		item->name = rule->text != 0 ? config->text + rule->text : "rule";
		item->class = "rule";
		item->directions = use.directions;
		item->section = SECTION_COMMUNITIES;
		set_text(item, use.text);
		if (rule->text != 0)
			add_text(item, ": ", item->name);
		return true;
	}
	return false;
}

/* ---- public ---- */

static const struct {
	size_t (*count)(const struct policy_config *);
	/* False for an empty place. The item is zeroed. */
	bool (*get)(const struct policy_config *, size_t place, struct dictionary_item *);
} sources[] = {
    {count_named, get_named_item},
    {count_customs, get_custom},
    {count_euro_ix, get_euro_ix},
    {count_well_known, get_well_known},
    {count_uses, get_use},
};

bool
dictionary_next(const struct policy_config *config, size_t *iter, struct dictionary_item *out)
{
	size_t first = 0;

	for (size_t i = 0; i < COUNT(sources); i++) {
		size_t count = sources[i].count(config);

		while (*iter < first + count) {
			memset(out, 0, sizeof(*out));
			if (sources[i].get(config, (*iter)++ - first, out))
				return true;
		}
		first += count;
	}
	return false;
}

const char *
dictionary_direction(const struct dictionary_item *item)
{
	switch (item->directions) {
	case DICTIONARY_UNDERSTOOD:
		return "understood";
	case DICTIONARY_SENT:
		return "sent";
	case DICTIONARY_UNDERSTOOD | DICTIONARY_SENT:
		return "understood, sent";
	case DICTIONARY_INTERNAL:
		return "internal";
	default:
		return "not in effect";
	}
}

const char *
dictionary_section(const struct dictionary_item *item)
{
	static const char *const names[SECTION_COUNT] = {
	    [SECTION_REJECTION_REASONS] = "rejection_reasons",
	    [SECTION_NOEXPORT_REASONS] = "noexport_reasons",
	    [SECTION_RPKI] = "rpki",
	    [SECTION_BLACKHOLE] = "blackhole_communities",
	    [SECTION_COMMUNITIES] = "bgp_communities",
	};

	return names[item->section];
}

const char *
dictionary_key(const struct dictionary_item *item)
{
	for (size_t i = 0; item->section == SECTION_RPKI && i < COUNT(rpki_keys); i++)
		if (rpki_keys[i].name == item->community.name)
			return rpki_keys[i].key;
	return item->glob;
}
