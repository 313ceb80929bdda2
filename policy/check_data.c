/*
 * Rows of the table of checks that look at IRR and RPKI data, and those that find a state and
 * reject nothing: policy.md section 5 steps 3, 12 to 14a and 16, sections 6 and 7, site rules. Runs
 * in rib.
 */
#include <stdio.h>

#include "policy/check.h"

/* Appends to a text that is terminated and may be full; returns the new length. */
static size_t
append(char *buf, size_t size, size_t n, const char *before, const char *text)
{
	int len;

	if (n >= size)
		return n;
	len = snprintf(buf + n, size - n, "%s%s", before, text);
	return n + (size_t)len;
}

/* ---- custom communities ---- */

enum policy_outcome
check_customs(struct judging *j)
{
	if (j->peer->customs.count == 0)
		return check_skip(j, "none is configured for the client");
	return STEP_NOTE;
}

/* True if the peer's routes get the custom community of this number. */
static bool
has_custom(const struct judging *j, uint32_t number)
{
	const uint32_t *numbers = j->policy->config->asns + j->peer->customs.first;

	for (uint32_t i = 0; i < j->peer->customs.count; i++) {
		if (numbers[i] == number)
			return true;
	}
	return false;
}

void
say_customs(const struct judging *j, char *buf, size_t size)
{
	const struct policy_range *customs = &j->general->customs;
	size_t n = append(buf, size, 0, "attached", "");

	for (uint32_t i = 0; i < customs->count; i++) {
		const struct policy_community *c =
		    &j->policy->config->communities[customs->first + i];
		char text[COMMUNITY_TEXT_MAX];

		if (!has_custom(j, c->index))
			continue;
		community_format_pattern(c, text);
		n = append(buf, size, n, " ", text);
	}
}

/* ---- IRR ---- */

static bool
has_origin(const struct judging *j)
{
	return j->path->facts->origin_as != 0;
}

static enum policy_rov
find_rov(struct judging *j)
{
	if (!j->rov_known) {
		j->rov = (uint8_t)dataset_rov(
		    j->policy->data, j->path->prefix, has_origin(j), j->path->facts->origin_as);
		j->rov_known = true;
	}
	return (enum policy_rov)j->rov;
}

static bool
is_origin_authorised(const struct judging *j)
{
	uint32_t origin = j->path->facts->origin_as;

	if (!has_origin(j))
		return false;
	if (j->facts->origin_authorised == NOT_ASKED) {
		bool is = (j->lists->authority != NULL &&
			      authority_has_origin(j->lists->authority, origin)) ||
		    asnset_has(&j->lists->white_asns, origin);

		j->facts->origin_authorised = is ? ANSWER_YES : ANSWER_NO;
	}
	return j->facts->origin_authorised == ANSWER_YES;
}

static bool
is_prefix_authorised(const struct judging *j)
{
	bool longer = (j->general->flags & GENERAL_IRR_LONGER) != 0;

	return (j->lists->authority != NULL &&
		   authority_has_prefix(j->lists->authority, j->path->prefix, longer)) ||
	    prefixlist_match(j->lists->white_prefixes, j->path->prefix) != NULL;
}

/* What may stand in for an IRR object where the origin is authorised; policy.md section 6 step 2.
 * All are looked at, since each has a community of its own. */
static uint32_t
find_validations(struct judging *j)
{
	uint32_t flags = j->general->flags;
	uint32_t origin = j->path->facts->origin_as;
	const struct prefix *prefix = j->path->prefix;
	bool longer = (flags & GENERAL_IRR_LONGER) != 0;
	uint32_t tags = 0;

	if ((flags & GENERAL_IRR_ROAS) != 0 && find_rov(j) == ROV_VALID)
		tags |= TAG_VALID_ROA;
	if ((flags & GENERAL_IRR_ARIN) != 0 &&
	    dataset_arin(j->policy->data, prefix, origin, longer))
		tags |= TAG_VALID_ARIN;
	if ((flags & GENERAL_IRR_REGISTROBR) != 0 &&
	    dataset_registrobr(j->policy->data, prefix, origin, longer))
		tags |= TAG_VALID_REGISTROBR;
	return tags;
}

static bool
is_irr_tagged(const struct judging *j)
{
	return (j->general->flags & GENERAL_IRR_TAG) != 0 && (j->skip & SKIP_UNFILTERED) == 0;
}

static bool
is_irr_wanted(const struct judging *j)
{
	bool is_enforced = (j->peer->flags & (PEER_IRR_ORIGIN | PEER_IRR_PREFIX)) != 0 &&
	    (j->skip & SKIP_UNFILTERED) == 0;

	/* A rule would take what was never looked at for not authorised. */
	return is_enforced || is_irr_tagged(j) || j->policy->checks->rules_ask_irr;
}

enum policy_outcome
check_irr(struct judging *j)
{
	uint32_t found = 0;

	if (!is_irr_wanted(j))
		return check_skip(j, "nothing is enforced and tag_as_set is off");
	if (is_origin_authorised(j)) {
		j->tags |= TAG_IRR_ORIGIN;
		found = find_validations(j);
	}
	if (is_prefix_authorised(j))
		j->tags |= TAG_IRR_PREFIX;
	if (found == 0 &&
	    prefixlist_match_origin(j->lists->white_routes, j->path->prefix, has_origin(j),
		j->path->facts->origin_as) != NULL)
		found = TAG_VALID_WHITE_LIST;
	if (is_irr_tagged(j))
		j->tags |= TAG_IRR | found;
	j->irr_found = found;
	return STEP_NOTE;
}

void
say_irr(const struct judging *j, char *buf, size_t size)
{
	static const struct {
		uint32_t tag;
		const char *text;
	} rows[] = {
	    {TAG_VALID_ROA, "a ROA"},
	    {TAG_VALID_ARIN, "ARIN's data"},
	    {TAG_VALID_REGISTROBR, "Registro.br's data"},
	    {TAG_VALID_WHITE_LIST, "the white list"},
	};
	size_t n = append(buf, size, 0, "origin ",
	    (j->tags & TAG_IRR_ORIGIN) != 0 ? "authorised" : "not authorised");

	n = append(buf, size, n, ", prefix ",
	    (j->tags & TAG_IRR_PREFIX) != 0 ? "authorised" : "not authorised");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if ((j->irr_found & rows[i].tag) != 0)
			n = append(buf, size, n, ", validated by ", rows[i].text);
	}
}

enum policy_outcome
check_irr_origin(struct judging *j)
{
	if ((j->peer->flags & PEER_IRR_ORIGIN) == 0)
		return check_skip(j, "enforce_origin_in_as_set is off");
	return check_reject_if(j->irr_found == 0 && (j->tags & TAG_IRR_ORIGIN) == 0);
}

/* ", without data: AS-ONE AS-TWO" where objects of the client have none. */
static void
append_missing(const struct judging *j, char *buf, size_t size, size_t n)
{
	const char *before = ", without data: ";
	const char *name;
	size_t iter = 0;

	if (j->lists->authority == NULL)
		return;
	while ((name = authority_next_missing(j->lists->authority, &iter)) != NULL) {
		n = append(buf, size, n, before, name);
		before = " ";
	}
}

void
say_irr_origin(const struct judging *j, char *buf, size_t size)
{
	char text[64] = "no origin ASN";
	size_t n;

	if (has_origin(j))
		snprintf(text, sizeof(text), "origin AS%u", j->path->facts->origin_as);
	if ((j->tags & TAG_IRR_ORIGIN) != 0 || j->irr_found != 0) {
		append(buf, size, 0, text, "");
		return;
	}
	n = append(buf, size, 0, text, ", not in the client's AS-SETs");
	append_missing(j, buf, size, n);
}

enum policy_outcome
check_irr_prefix(struct judging *j)
{
	if ((j->peer->flags & PEER_IRR_PREFIX) == 0)
		return check_skip(j, "enforce_prefix_in_as_set is off");
	return check_reject_if(j->irr_found == 0 && (j->tags & TAG_IRR_PREFIX) == 0);
}

void
say_irr_prefix(const struct judging *j, char *buf, size_t size)
{
	char text[PREFIX_TEXT_MAX];
	size_t n;

	prefix_format(j->path->prefix, text);
	n = append(buf, size, 0, "prefix ", text);
	if ((j->tags & TAG_IRR_PREFIX) != 0 || j->irr_found != 0)
		return;
	n = append(buf, size, n, ", not in the client's AS-SETs", "");
	append_missing(j, buf, size, n);
}

/* ---- blackhole requests ---- */

enum policy_outcome
check_blackhole(struct judging *j)
{
	if (j->general->blackhole[j->path->prefix->family] == BLACKHOLE_OFF)
		return check_skip(j, "blackhole_filtering has no policy for the family");
	if ((j->facts->flags & FACT_BLACKHOLE) == 0)
		return check_skip(j, "no blackhole request");
	j->tags |= TAG_BLACKHOLE;
	j->skip |= SKIP_BLACKHOLE;
	return STEP_NOTE;
}

void
say_blackhole(const struct judging *j, char *buf, size_t size)
{
	(void)j;
	append(buf, size, 0, "blackhole request, accepted", "");
}

/* ---- RPKI ---- */

enum policy_outcome
check_rov(struct judging *j)
{
	enum policy_rov state;

	if ((j->general->flags & GENERAL_ROV) == 0)
		return check_skip(j, "rpki_bgp_origin_validation is off");
	state = find_rov(j);
	j->tags |= (uint32_t)state << TAG_ROV_SHIFT;
	return check_reject_if(state == ROV_INVALID && (j->peer->flags & PEER_ROV_REJECT) != 0);
}

void
say_rov(const struct judging *j, char *buf, size_t size)
{
	static const char *const texts[] = {"not performed", "valid", "not found", "invalid"};
	char prefix[PREFIX_TEXT_MAX];

	prefix_format(j->path->prefix, prefix);
	if (has_origin(j))
		snprintf(
		    buf, size, "AS%u for %s: %s", j->path->facts->origin_as, prefix, texts[j->rov]);
	else
		snprintf(buf, size, "no origin ASN for %s: %s", prefix, texts[j->rov]);
}

static enum policy_aspa
find_aspa(struct judging *j)
{
	struct checks *checks = j->policy->checks;
	size_t len;

	if (j->facts->aspa != ASPA_NOT_PERFORMED)
		return (enum policy_aspa)j->facts->aspa;
	len = blockfacts_path(j->path, checks->path);
	/* Neither an AS_SET nor an empty path can be verified: both are invalid. So is a path that
	 * does not begin with the sender, where that is only observed. */
	j->facts->aspa = len == 0 || (j->facts->flags & FACT_AS_SET) != 0 ||
		j->path->facts->neighbour_as != j->peer->asn
	    ? ASPA_INVALID
	    : (uint8_t)dataset_aspa(j->policy->data, checks->path, len);
	return (enum policy_aspa)j->facts->aspa;
}

enum policy_outcome
check_aspa(struct judging *j)
{
	enum policy_aspa state;

	if ((j->general->flags & GENERAL_ASPA) == 0)
		return check_skip(j, "aspa is off");
	state = find_aspa(j);
	j->tags |= (uint32_t)state << TAG_ASPA_SHIFT;
	return check_reject_if(
	    state == ASPA_INVALID && (j->general->flags & GENERAL_ASPA_REJECT) != 0);
}

void
say_aspa(const struct judging *j, char *buf, size_t size)
{
	static const char *const texts[] = {"not performed: ", "valid: ", "unknown: ", "invalid: "};
	size_t n = append(buf, size, 0, texts[j->facts->aspa], "");

	blockfacts_format_path(j->path, buf + n, size - n);
}

/* ---- graceful shutdown ---- */

/* RFC 8326. */
enum policy_outcome
check_gshut(struct judging *j)
{
	if ((j->general->flags & GENERAL_GRACEFUL_SHUTDOWN) == 0)
		return check_skip(j, "graceful_shutdown is off");
	if ((j->facts->flags & FACT_GSHUT) == 0)
		return check_skip(j, "no 65535:0");
	if ((j->peer->flags & PEER_GRACEFUL_SHUTDOWN) == 0) {
		j->tags |= TAG_GSHUT_STRIP;
		return STEP_NOTE;
	}
	j->tags |= TAG_GSHUT;
	j->local_pref = j->general->gshut_local_pref;
	return STEP_NOTE;
}

void
say_gshut(const struct judging *j, char *buf, size_t size)
{
	if ((j->tags & TAG_GSHUT) != 0)
		snprintf(buf, size, "65535:0, LOCAL_PREF %u", j->local_pref);
	else
		snprintf(buf, size, "65535:0 removed, graceful_shutdown is off for the client");
}

/* ---- site rules ---- */

enum policy_outcome
check_rules(struct judging *j)
{
	if (j->general->import_rules.count == 0 && j->general->export_rules.count == 0)
		return check_skip(j, "there are no rules");
	rules_judge(j->policy, j->path, j->tags, &j->rules);
	if (j->rules.has_local_pref)
		j->local_pref = j->rules.local_pref;
	return check_reject_if(j->rules.reject);
}

/* "line 12: no routes of the lab" */
static size_t
append_rule(const struct judging *j, uint32_t index, char *buf, size_t size, size_t n)
{
	const struct policy_rule *rule = &j->policy->config->rules[index];
	const char *text = j->policy->config->text + rule->text;
	char line[32];

	snprintf(line, sizeof(line), "line %u", rule->line);
	n = append(buf, size, n, n > 0 ? "; " : "", line);
	return *text == '\0' ? n : append(buf, size, n, ": ", text);
}

void
say_rules(const struct judging *j, char *buf, size_t size)
{
	size_t n = 0;

	if (j->rules.reject) {
		append_rule(j, j->rules.reject_rule, buf, size, 0);
		return;
	}
	for (uint32_t i = 0; i < j->rules.rule_count; i++)
		n = append_rule(j, j->rules.rules[i], buf, size, n);
	if (n == 0)
		append(buf, size, 0, "none matches", "");
}
