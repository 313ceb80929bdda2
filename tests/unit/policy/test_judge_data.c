/*
 * Checks that look at data: IRR (policy.md section 6), blackhole requests (7), origin validation,
 * ASPA, graceful shutdown (5), site rules; verdict and tags.
 */
#include "tests/unit/policy/fixture.h"
#include "tests/unit/policy/noreach.h"
#include "tests/unit/rib/main.h"

#define ENFORCE_BOTH (PEER_IRR_ORIGIN | PEER_IRR_PREFIX)
#define IRR	     (TAG_IRR | TAG_IRR_ORIGIN | TAG_IRR_PREFIX)

#define ROUTE(...)                      \
	{                               \
		.med = "0", __VA_ARGS__ \
	}
#define ROV(state)  ((uint32_t)(state) << TAG_ROV_SHIFT)
#define ASPA(state) ((uint32_t)(state) << TAG_ASPA_SHIFT)

static struct fix *f;

static struct verdict
judge(const struct fix_route *route)
{
	static struct fix_path path;
	struct verdict v;

	fix_path(f, &path, route);
	policy_judge(f->policy, &path.view, &v);
	return v;
}

struct case_of {
	struct fix_route route;
	uint8_t reason;
	uint32_t tags; /* without the effect */
};

/* Returns how many are wrong. */
static unsigned
count_wrong(const struct case_of *cases, size_t count)
{
	unsigned wrong = 0;

	for (size_t i = 0; i < count; i++) {
		struct verdict v = judge(&cases[i].route);
		uint32_t tags = v.tags & ((1U << TAG_EFFECT_SHIFT) - 1);

		if (v.reason == cases[i].reason && tags == cases[i].tags &&
		    v.accept == (v.reason == REASON_NONE))
			continue;
		fprintf(stderr, "case %zu: reason %u, tags %x, expected %u, %x\n", i, v.reason,
		    tags, cases[i].reason, cases[i].tags);
		wrong++;
	}
	return wrong;
}

#define CHECK_CASES(cases) \
	ck_assert_uint_eq(count_wrong(cases, sizeof(cases) / sizeof(*(cases))), 0)

/* ---- IRR ---- */

/* AS-ONE of AS101 has AS201 and a prefix without origin; the rest is for the exceptions. */
static void
set_irr(uint32_t peer_flags, uint32_t general_flags)
{
	f = fix_init();
	f->general.flags |= general_flags;
	f->peers[0].flags |= peer_flags;
	f->peers[0].objects = fix_names(f, "AS-ONE");
	fix_object(f, "AS-ONE", "201", "203.0.113.0/24=");
	fix_route_object(f, 'i', "198.51.100.0/24", 201);
	fix_route_object(f, 'i', "20.1.0.0/16", 101);
	fix_route_object(f, 'i', "20.9.0.0/16", 301);
	fix_route_object(f, 'a', "30.1.0.0/16", 201);
	fix_route_object(f, 'a', "30.1.0.0/16", 301);
	fix_route_object(f, 'b', "30.2.0.0/16", 201);
	fix_vrp(f, "30.3.0.0/16", 16, 201);
	fix_vrp(f, "30.3.0.0/16", 16, 301);
	f->peers[0].white_prefixes = fix_prefixes(f, "100.1.0.0/16= 100.2.0.0/16");
	f->peers[0].white_asns = fix_asns(f, "501");
	f->peers[0].white_routes = fix_prefixes(f, "100.3.0.0/16=@601 100.4.0.0/16");
}

START_TEST(irr_enforced)
{
	static const struct case_of cases[] = {
	    {ROUTE(), REASON_NONE, IRR},
	    /* AS<own> is authorised without being listed */
	    {ROUTE(.path = "101", .prefix = "20.1.0.0/16"), REASON_NONE, IRR},
	    /* a prefix of the object goes with any authorised origin */
	    {ROUTE(.path = "101", .prefix = "203.0.113.0/24"), REASON_NONE, IRR},
	    {ROUTE(.path = "101 301"), REASON_IRR_ORIGIN, TAG_IRR | TAG_IRR_PREFIX},
	    {ROUTE(.path = "101 301", .prefix = "20.9.0.0/16"), REASON_IRR_ORIGIN, TAG_IRR},
	    {ROUTE(.prefix = "20.9.0.0/16"), REASON_IRR_PREFIX, TAG_IRR | TAG_IRR_ORIGIN},
	    /* an AS_SET at the end is no origin, whoever stands before it */
	    {ROUTE(.path = "101 201 {201}"), REASON_IRR_ORIGIN, TAG_IRR | TAG_IRR_PREFIX},
	    /* no more specifics */
	    {ROUTE(.prefix = "20.1.1.0/24"), REASON_IRR_PREFIX, TAG_IRR | TAG_IRR_ORIGIN},
	    /* white_list_pref and white_list_asn are like IRR data */
	    {ROUTE(.prefix = "100.1.0.0/16"), REASON_NONE, IRR},
	    {ROUTE(.prefix = "100.1.1.0/24"), REASON_IRR_PREFIX, TAG_IRR | TAG_IRR_ORIGIN},
	    {ROUTE(.prefix = "100.2.1.0/24"), REASON_NONE, IRR},
	    {ROUTE(.path = "101 501"), REASON_NONE, IRR},
	    {ROUTE(.path = "101 501", .prefix = "20.9.0.0/16"), REASON_IRR_PREFIX,
		TAG_IRR | TAG_IRR_ORIGIN},
	    /* white_list_route is an exception */
	    {ROUTE(.path = "101 601", .prefix = "100.3.0.0/16"), REASON_NONE,
		TAG_IRR | TAG_VALID_WHITE_LIST},
	    {ROUTE(.path = "101 602", .prefix = "100.3.0.0/16"), REASON_IRR_ORIGIN, TAG_IRR},
	    {ROUTE(.path = "101 {601}", .prefix = "100.3.0.0/16"), REASON_IRR_ORIGIN, TAG_IRR},
	    {ROUTE(.path = "101 602", .prefix = "100.4.1.0/24"), REASON_NONE,
		TAG_IRR | TAG_VALID_WHITE_LIST},
	    {ROUTE(.path = "101 {602}", .prefix = "100.4.0.0/16"), REASON_NONE,
		TAG_IRR | TAG_VALID_WHITE_LIST},
	    /* the lists are the client's own */
	    {ROUTE(.slot = 1, .path = "102", .prefix = "100.4.0.0/16"), REASON_NONE,
		TAG_IRR | TAG_IRR_ORIGIN},
	};

	set_irr(ENFORCE_BOTH, GENERAL_IRR_TAG);
	fix_open(f);
	CHECK_CASES(cases);
	fix_close(f);
}
END_TEST

START_TEST(irr_longer)
{
	static const struct case_of cases[] = {
	    {ROUTE(.prefix = "198.51.0.0/16"), REASON_IRR_PREFIX, TAG_IRR | TAG_IRR_ORIGIN},
	    {ROUTE(.prefix = "20.1.1.0/24"), REASON_NONE, IRR},
	    {ROUTE(.prefix = "30.1.1.0/24"), REASON_NONE,
		TAG_IRR | TAG_IRR_ORIGIN | TAG_VALID_ARIN},
	};

	set_irr(ENFORCE_BOTH, GENERAL_IRR_TAG | GENERAL_IRR_LONGER | GENERAL_IRR_ARIN);
	fix_open(f);
	CHECK_CASES(cases);
	fix_close(f);
}
END_TEST

START_TEST(irr_other_sources)
{
	static const struct case_of cases[] = {
	    {ROUTE(.prefix = "30.1.0.0/16"), REASON_NONE,
		TAG_IRR | TAG_IRR_ORIGIN | TAG_VALID_ARIN},
	    {ROUTE(.prefix = "30.1.1.0/24"), REASON_IRR_PREFIX, TAG_IRR | TAG_IRR_ORIGIN},
	    {ROUTE(.prefix = "30.2.0.0/16"), REASON_NONE,
		TAG_IRR | TAG_IRR_ORIGIN | TAG_VALID_REGISTROBR},
	    {ROUTE(.prefix = "30.3.0.0/16"), REASON_NONE, TAG_IRR | TAG_IRR_ORIGIN | TAG_VALID_ROA},
	    /* they need an authorised origin */
	    {ROUTE(.path = "101 301", .prefix = "30.1.0.0/16"), REASON_IRR_ORIGIN, TAG_IRR},
	    {ROUTE(.path = "101 301", .prefix = "30.3.0.0/16"), REASON_IRR_ORIGIN, TAG_IRR},
	    /* all are looked at, prefix authorised or not; the white list only after them */
	    {ROUTE(.prefix = "100.4.7.0/24"), REASON_NONE,
		IRR | TAG_VALID_ROA | TAG_VALID_ARIN | TAG_VALID_REGISTROBR},
	    {ROUTE(.prefix = "100.4.8.0/24"), REASON_NONE,
		TAG_IRR | TAG_IRR_ORIGIN | TAG_VALID_WHITE_LIST},
	};

	set_irr(ENFORCE_BOTH,
	    GENERAL_IRR_TAG | GENERAL_IRR_ROAS | GENERAL_IRR_ARIN | GENERAL_IRR_REGISTROBR);
	fix_vrp(f, "100.4.7.0/24", 24, 201);
	fix_route_object(f, 'a', "100.4.7.0/24", 201);
	fix_route_object(f, 'b', "100.4.7.0/24", 201);
	fix_route_object(f, 'i', "100.4.7.0/24", 201);
	fix_open(f);
	CHECK_CASES(cases);
	fix_close(f);
}
END_TEST

START_TEST(irr_sources_off)
{
	static const struct case_of cases[] = {
	    {ROUTE(.prefix = "30.1.0.0/16"), REASON_IRR_PREFIX, TAG_IRR | TAG_IRR_ORIGIN},
	    {ROUTE(.prefix = "30.2.0.0/16"), REASON_IRR_PREFIX, TAG_IRR | TAG_IRR_ORIGIN},
	    {ROUTE(.prefix = "30.3.0.0/16"), REASON_IRR_PREFIX, TAG_IRR | TAG_IRR_ORIGIN},
	};

	set_irr(ENFORCE_BOTH, GENERAL_IRR_TAG);
	fix_open(f);
	CHECK_CASES(cases);
	fix_close(f);
}
END_TEST

START_TEST(irr_half_enforced)
{
	static const struct case_of prefix_only[] = {
	    {ROUTE(.path = "101 301", .prefix = "20.9.0.0/16"), REASON_IRR_PREFIX, TAG_IRR},
	    {ROUTE(.path = "101 301"), REASON_NONE, TAG_IRR | TAG_IRR_PREFIX},
	};
	static const struct case_of origin_only[] = {
	    {ROUTE(.path = "101 301"), REASON_IRR_ORIGIN, TAG_IRR | TAG_IRR_PREFIX},
	    {ROUTE(.prefix = "20.9.0.0/16"), REASON_NONE, TAG_IRR | TAG_IRR_ORIGIN},
	};
	static const struct case_of nothing[] = {
	    {ROUTE(.path = "101 301", .prefix = "20.9.0.0/16"), REASON_NONE, TAG_IRR},
	};
	/* Without tagging a verdict leaves no trace of what was found. */
	static const struct case_of untagged[] = {
	    {ROUTE(), REASON_NONE, 0},
	    {ROUTE(.path = "101 601", .prefix = "100.3.0.0/16"), REASON_NONE, 0},
	    {ROUTE(.path = "101 301"), REASON_IRR_ORIGIN, TAG_IRR_PREFIX},
	};

	set_irr(PEER_IRR_PREFIX, GENERAL_IRR_TAG);
	fix_open(f);
	CHECK_CASES(prefix_only);
	fix_close(f);
	set_irr(PEER_IRR_ORIGIN, GENERAL_IRR_TAG);
	fix_open(f);
	CHECK_CASES(origin_only);
	fix_close(f);
	set_irr(0, GENERAL_IRR_TAG);
	fix_open(f);
	CHECK_CASES(nothing);
	fix_close(f);
	set_irr(ENFORCE_BOTH, 0);
	fix_open(f);
	CHECK_CASES(untagged);
	fix_close(f);
}
END_TEST

/* No data must not mean no filter; PeeringDB's names are for who has none. */
START_TEST(irr_without_data)
{
	static const struct case_of denied[] = {
	    {ROUTE(.path = "101 201"), REASON_IRR_ORIGIN, 0},
	    {ROUTE(.path = "101"), REASON_IRR_PREFIX, TAG_IRR_ORIGIN},
	};
	static const struct case_of allowed[] = {
	    {ROUTE(.path = "101 201"), REASON_NONE, 0},
	};

	f = fix_init();
	f->peers[0].flags |= ENFORCE_BOTH;
	f->peers[0].objects = fix_names(f, "AS-NONE");
	fix_object(f, "AS-ONE", "201", "");
	fix_route_object(f, 'i', "198.51.100.0/24", 201);
	fix_network(f, 101)->objects = fix_names(f, "AS-TWO AS-ONE");
	fix_open(f);
	CHECK_CASES(denied);
	fix_shut(f);
	f->general.flags |= GENERAL_IRR_PEERING_DB;
	fix_open(f);
	CHECK_CASES(denied); /* it has names of its own */
	fix_shut(f);
	f->peers[0].objects.count = 0;
	fix_open(f);
	CHECK_CASES(allowed);
	fix_shut(f);
	f->general.flags &= ~(uint32_t)GENERAL_IRR_PEERING_DB;
	fix_open(f);
	CHECK_CASES(denied);
	fix_close(f);
}
END_TEST

START_TEST(authorities)
{
	size_t iter = 0;

	set_irr(ENFORCE_BOTH, 0);
	f->peers[4].objects = fix_names(f, "AS-ONE");
	f->peers[5].objects = fix_names(f, "AS-MISSING");
	f->peers[3].kind = PEER_COLLECTOR;
	fix_open(f);
	ck_assert_ptr_nonnull(policy_authority(f->policy, 0));
	ck_assert_ptr_eq(policy_authority(f->policy, 0), policy_authority(f->policy, 4));
	ck_assert_ptr_ne(policy_authority(f->policy, 1), policy_authority(f->policy, 5));
	ck_assert_str_eq(
	    authority_next_missing(policy_authority(f->policy, 5), &iter), "AS-MISSING");
	ck_assert_ptr_null(policy_authority(f->policy, 3));
	ck_assert_ptr_null(policy_authority(f->policy, FIX_PEERS));
	fix_close(f);
}
END_TEST

/* ---- blackhole requests ---- */

START_TEST(blackhole)
{
	static const struct case_of cases[] = {
	    {ROUTE(), REASON_NONE, ROV(ROV_UNKNOWN)},
	    {ROUTE(.std = "65535:666"), REASON_NONE, TAG_BLACKHOLE},
	    {ROUTE(.std = "1:1 999:66"), REASON_NONE, TAG_BLACKHOLE},
	    {ROUTE(.large = "999:666:0"), REASON_NONE, TAG_BLACKHOLE},
	    {ROUTE(.ext = "rt:999:666"), REASON_NONE, TAG_BLACKHOLE},
	    {ROUTE(.large = "999:666:1"), REASON_NONE, ROV(ROV_UNKNOWN)},
	    /* neither length nor ROA nor graceful shutdown */
	    {ROUTE(.prefix = "198.51.100.1/32", .std = "65535:666"), REASON_NONE, TAG_BLACKHOLE},
	    {ROUTE(.prefix = "198.51.100.1/32"), REASON_LENGTH, ROV(ROV_UNKNOWN)},
	    {ROUTE(.prefix = "30.0.0.0/24", .std = "65535:666"), REASON_NONE, TAG_BLACKHOLE},
	    {ROUTE(.prefix = "30.0.0.0/24"), REASON_ROV, ROV(ROV_INVALID)},
	    {ROUTE(.std = "65535:666 65535:0"), REASON_NONE, TAG_BLACKHOLE},
	    /* everything before */
	    {ROUTE(.std = "65535:666", .path = "102 201"), REASON_FIRST_AS, 0},
	    {ROUTE(.std = "65535:666", .prefix = "10.0.0.1/32"), REASON_BOGON, 0},
	    /* no policy for the family */
	    {ROUTE(.slot = 4, .prefix = "2a00::1/128", .std = "65535:666"), REASON_LENGTH,
		ROV(ROV_UNKNOWN)},
	};

	f = fix_init();
	f->general.blackhole[FAMILY_IPV4] = BLACKHOLE_UNCHANGED;
	f->general.flags |= GENERAL_ROV | GENERAL_GRACEFUL_SHUTDOWN;
	f->peers[0].flags |= PEER_ROV_REJECT | PEER_GRACEFUL_SHUTDOWN;
	f->general.bogons = fix_prefixes(f, "10.0.0.0/8");
	fix_community(f, NAME_BLACKHOLING, 0, "999:66");
	fix_community(f, NAME_BLACKHOLING, 0, "999:666:0");
	fix_community(f, NAME_BLACKHOLING, 0, "rt:999:666");
	fix_community(f, NAME_ROV_NOT_PERFORMED, 0, "999:67");
	fix_vrp(f, "30.0.0.0/16", 16, 201);
	fix_open(f);
	CHECK_CASES(cases);
	ck_assert_uint_eq(
	    judge(&(struct fix_route)ROUTE(.std = "65535:666 65535:0")).local_pref, 100);
	fix_close(f);
}
END_TEST

/* RFC 7999 asks for less; with more specifics not allowed a host route has to be listed. */
START_TEST(blackhole_irr)
{
	static const struct case_of cases[] = {
	    {ROUTE(.prefix = "198.51.100.1/32", .std = "65535:666"), REASON_IRR_PREFIX,
		TAG_IRR | TAG_IRR_ORIGIN},
	    {ROUTE(.prefix = "100.2.0.1/32", .std = "65535:666"), REASON_NONE, IRR | TAG_BLACKHOLE},
	    {ROUTE(.path = "101 301", .std = "65535:666"), REASON_IRR_ORIGIN,
		TAG_IRR | TAG_IRR_PREFIX},
	};

	set_irr(ENFORCE_BOTH, GENERAL_IRR_TAG);
	f->general.blackhole[FAMILY_IPV4] = BLACKHOLE_REWRITE;
	fix_open(f);
	CHECK_CASES(cases);
	fix_close(f);
}
END_TEST

/* ---- RPKI ---- */

static void
set_rov(uint32_t flags)
{
	f = fix_init();
	f->general.flags |= flags;
	f->peers[0].flags |= PEER_ROV_REJECT;
	fix_vrp(f, "30.1.0.0/16", 24, 201);
	fix_vrp(f, "30.2.0.0/16", 16, 301);
	fix_vrp(f, "30.3.0.0/16", 16, 0);
}

START_TEST(rov)
{
	static const struct case_of cases[] = {
	    {ROUTE(.prefix = "30.1.0.0/16"), REASON_NONE, ROV(ROV_VALID)},
	    {ROUTE(.prefix = "30.1.1.0/24"), REASON_NONE, ROV(ROV_VALID)},
	    {ROUTE(.prefix = "30.2.0.0/16"), REASON_ROV, ROV(ROV_INVALID)},
	    {ROUTE(.prefix = "30.3.0.0/16"), REASON_ROV, ROV(ROV_INVALID)},
	    {ROUTE(.prefix = "30.4.0.0/16"), REASON_NONE, ROV(ROV_UNKNOWN)},
	    /* an AS_SET matches nothing */
	    {ROUTE(.path = "101 {201}", .prefix = "30.1.0.0/16"), REASON_ROV, ROV(ROV_INVALID)},
	    {ROUTE(.path = "101 {201}", .prefix = "30.4.0.0/16"), REASON_NONE, ROV(ROV_UNKNOWN)},
	    /* accepted where the client does not reject it */
	    {ROUTE(.slot = 1, .path = "102 201", .prefix = "30.2.0.0/16"), REASON_NONE,
		ROV(ROV_INVALID)},
	};
	static const struct case_of off[] = {
	    {ROUTE(.prefix = "30.2.0.0/16"), REASON_NONE, ROV(ROV_NOT_PERFORMED)},
	    {ROUTE(.prefix = "30.1.0.0/16"), REASON_NONE, ROV(ROV_NOT_PERFORMED)},
	};

	set_rov(GENERAL_ROV);
	fix_open(f);
	CHECK_CASES(cases);
	fix_close(f);
	set_rov(0);
	fix_open(f);
	CHECK_CASES(off);
	fix_close(f);
}
END_TEST

START_TEST(aspa)
{
	static const struct case_of cases[] = {
	    {ROUTE(.path = "101"), REASON_NONE, ASPA(ASPA_VALID)},
	    {ROUTE(.path = "101 201"), REASON_NONE, ASPA(ASPA_VALID)},
	    {ROUTE(.path = "101 101 201 201"), REASON_NONE, ASPA(ASPA_VALID)},
	    {ROUTE(.path = "101 202"), REASON_NONE, ASPA(ASPA_UNKNOWN)},
	    {ROUTE(.path = "101 203"), REASON_ASPA, ASPA(ASPA_INVALID)},
	    {ROUTE(.path = "101 {201}"), REASON_ASPA, ASPA(ASPA_INVALID)},
	    {ROUTE(.path = "101 203", .std = "65535:666"), REASON_NONE, TAG_BLACKHOLE},
	};
	static const struct case_of tagged[] = {
	    {ROUTE(.path = "101 203"), REASON_NONE, ASPA(ASPA_INVALID)},
	};
	static const struct case_of first_as[] = {
	    {ROUTE(.path = "101 201"), REASON_NONE, ASPA(ASPA_VALID)},
	    {ROUTE(.path = "102 203"), REASON_NONE, ASPA(ASPA_INVALID)},
	};

	f = fix_init();
	f->general.flags |= GENERAL_ASPA | GENERAL_ASPA_REJECT;
	f->general.blackhole[FAMILY_IPV4] = BLACKHOLE_UNCHANGED;
	fix_aspa(f, 201, "101");
	fix_aspa(f, 203, "102");
	fix_open(f);
	CHECK_CASES(cases);
	fix_shut(f);
	f->general.flags &= ~(uint32_t)GENERAL_ASPA_REJECT;
	fix_open(f);
	CHECK_CASES(tagged);
	fix_shut(f);
	f->general.flags &= ~(uint32_t)GENERAL_ASPA;
	fix_open(f);
	ck_assert_uint_eq(judge(&(struct fix_route)ROUTE(.path = "101 203")).tags, 0);
	fix_shut(f);
	/* the left-most ASN must be the sender's for the draft, too */
	f->general.flags |= GENERAL_ASPA;
	f->peers[0].observe = 1 << REASON_FIRST_AS;
	fix_open(f);
	CHECK_CASES(first_as);
	fix_close(f);
}
END_TEST

/* ---- graceful shutdown ---- */

START_TEST(graceful_shutdown)
{
	static const struct case_of on[] = {
	    {ROUTE(), REASON_NONE, 0},
	    {ROUTE(.std = "65535:0"), REASON_NONE, TAG_GSHUT},
	    {ROUTE(.slot = 1, .path = "102", .std = "65535:0"), REASON_NONE, TAG_GSHUT_STRIP},
	    {ROUTE(.slot = 1, .path = "102"), REASON_NONE, 0},
	};
	struct fix_route gshut = ROUTE(.std = "1:1 65535:0");

	f = fix_init();
	f->general.flags |= GENERAL_GRACEFUL_SHUTDOWN;
	f->general.gshut_local_pref = 7;
	f->peers[0].flags |= PEER_GRACEFUL_SHUTDOWN;
	fix_open(f);
	CHECK_CASES(on);
	ck_assert_uint_eq(judge(&gshut).local_pref, 7);
	ck_assert_uint_eq(
	    judge(&(struct fix_route)ROUTE(.slot = 1, .path = "102", .std = "65535:0")).local_pref,
	    100);
	fix_shut(f);
	f->general.flags = 0;
	fix_open(f);
	ck_assert_uint_eq(judge(&gshut).tags, 0);
	ck_assert_uint_eq(judge(&gshut).local_pref, 100);
	fix_close(f);
}
END_TEST

/* ---- site rules ---- */

static uint32_t
add_rule(enum policy_match_kind kind, uint32_t low, struct policy_action action)
{
	struct policy_config *c = &f->config;

	f->matches[c->match_count] = (struct policy_match){.kind = (uint8_t)kind, .low = low};
	f->actions[c->action_count] = action;
	f->rules[c->rule_count] = (struct policy_rule){.text = fix_text(f, "a rule"),
	    .line = 12,
	    .matches = {c->match_count, 1},
	    .actions = {c->action_count, 1}};
	c->match_count++;
	c->action_count++;
	f->general.import_rules.count++;
	return c->rule_count++;
}

/* They see IRR states although nothing enforces or tags them, and blackhole requests. */
START_TEST(rules)
{
	static const struct case_of cases[] = {
	    {ROUTE(), REASON_NONE, 0},
	    {ROUTE(.prefix = "20.9.0.0/16"), REASON_RULE, TAG_IRR_ORIGIN},
	    {ROUTE(.prefix = "198.51.100.1/32", .std = "65535:666"), REASON_RULE,
		TAG_IRR_ORIGIN | TAG_BLACKHOLE},
	};

	set_irr(0, 0);
	f->general.blackhole[FAMILY_IPV4] = BLACKHOLE_UNCHANGED;
	f->general.flags |= GENERAL_GRACEFUL_SHUTDOWN;
	f->peers[0].flags |= PEER_GRACEFUL_SHUTDOWN;
	add_rule(IF_IRR, IF_IRR_NO_PREFIX, (struct policy_action){.kind = DO_REJECT});
	add_rule(
	    IF_FAMILY, FAMILY_IPV4, (struct policy_action){.kind = DO_LOCAL_PREF, .value = 250});
	fix_open(f);
	CHECK_CASES(cases);
	ck_assert_uint_eq(judge(&(struct fix_route)ROUTE(.std = "65535:0")).local_pref, 250);
	fix_shut(f);
	f->peers[0].flags |= PEER_FILTERS_NONE;
	fix_open(f);
	ck_assert_uint_eq(judge(&(struct fix_route)ROUTE()).reason, REASON_NONE);
	ck_assert_uint_eq(
	    judge(&(struct fix_route)ROUTE(.prefix = "20.9.0.0/16")).reason, REASON_RULE);
	fix_close(f);
}
END_TEST

int
main(void)
{
	RUN_SUITE("judge_data", irr_enforced, irr_longer, irr_other_sources, irr_sources_off,
	    irr_half_enforced, irr_without_data, authorities, blackhole, blackhole_irr, rov, aspa,
	    graceful_shutdown, rules);
}
