/*
 * What becomes of a reject: the three reject policies, observing, quarantine, and the server's own
 * view of the communities. policy.md sections 1.5, 4 and 5.
 */
#include "policy/effect.h"
#include "tests/unit/policy/fixture.h"
#include "tests/unit/policy/noreach.h"
#include "tests/unit/rib/main.h"

#define ROUTE(...)                      \
	{                               \
		.med = "0", __VA_ARGS__ \
	}

static struct fix *f;
static struct fix_path path;

static struct verdict
judge(const struct fix_route *route)
{
	struct verdict v;

	fix_path(f, &path, route);
	policy_judge(f->policy, &path.view, &v);
	return v;
}

static void
put_text(void *ctx, const struct community_value *value)
{
	char text[COMMUNITY_TEXT_MAX];
	char *out = ctx;

	community_format_value(value, text);
	if (*out != '\0')
		strcat(out, " ");
	strcat(out, text);
}

/* The communities of the path in the server's view. */
static const char *
view(const struct fix_route *route)
{
	static char text[4096];
	struct verdict v = judge(route);

	text[0] = '\0';
	policy_view(f->policy, &path.view, &v, put_text, text);
	return text;
}

/* AS101 with mapped ASN, a bogon and all reject communities in all formats. */
static void
set_rejects(uint8_t policy)
{
	f = fix_init();
	f->general.bogons = fix_prefixes(f, "10.0.0.0/8");
	for (unsigned slot = 0; slot < FIX_PEERS; slot++)
		f->peers[slot].reject = policy;
	f->peers[1].asn = 4199999000;
	f->peers[1].mapped_asn = 64513;
	f->peers[2].asn = 4199999001;
	f->peers[2].mapped_asn = 0;
	fix_community(f, NAME_REJECT_CAUSE, 0, "999:dyn_val");
	fix_community(f, NAME_REJECT_CAUSE, 0, "999:1:dyn_val");
	fix_community(f, NAME_REJECT_CAUSE, 0, "rt:999:dyn_val");
	fix_community(f, NAME_REJECT_CAUSE_MAP, REASON_BOGON, "998:2");
	fix_community(f, NAME_REJECT_CAUSE_MAP, REASON_BOGON, "999:7:2");
	fix_community(f, NAME_REJECT_CAUSE_MAP, REASON_LENGTH, "998:13");
	fix_community(f, NAME_REJECTED_ROUTE_ANNOUNCED_BY, 0, "997:dyn_val");
	fix_community(f, NAME_REJECTED_ROUTE_ANNOUNCED_BY, 0, "999:2:dyn_val");
	fix_community(f, NAME_REJECTED_ROUTE_ANNOUNCED_BY, 0, "ro:999:dyn_val");
}

static const struct fix_route bogon = ROUTE(.prefix = "10.0.0.0/16", .std = "1:1");

#define BOGON_OF_AS101                                                                       \
	"1:1 999:0 999:2 998:2 997:101 999:1:0 999:1:2 999:7:2 999:2:101 rt:999:0 rt:999:2 " \
	"ro:999:101"

/* True if both have the same words, in any order. */
static bool
is_same_words(const char *a, const char *b)
{
	char word[64];
	size_t count = 0;
	size_t len = 0;

	while (fix_word(&a, word)) {
		char padded[70];
		char text[4100];

		snprintf(padded, sizeof(padded), " %s ", word);
		snprintf(text, sizeof(text), " %s ", b);
		if (strstr(text, padded) == NULL)
			return false;
		count++;
		len += strlen(word) + 1;
	}
	return len == strlen(b) + (count > 0);
}

static void
assert_view(const struct fix_route *route, const char *expected)
{
	const char *text = view(route);

	ck_assert_msg(is_same_words(text, expected), "view is '%s', expected '%s'", text, expected);
}

START_TEST(reject)
{
	struct verdict v;

	set_rejects(REJECT_REJECT);
	fix_open(f);
	v = judge(&bogon);
	ck_assert(!v.accept && !v.tagged);
	ck_assert_uint_eq(v.reason, REASON_BOGON);
	ck_assert_uint_eq(v.local_pref, 100);
	ck_assert_uint_eq(v.tags, 0);
	assert_view(&bogon, "1:1");
	fix_close(f);
}
END_TEST

START_TEST(tag)
{
	const struct effect *e;
	struct verdict v;

	set_rejects(REJECT_TAG);
	fix_open(f);
	v = judge(&bogon);
	ck_assert(!v.accept && v.tagged);
	ck_assert_uint_eq(v.reason, REASON_BOGON);
	ck_assert_uint_eq(v.local_pref, 1);
	ck_assert_uint_eq(v.tags & 0xffff, TAG_REJECTED);
	e = effect_get(f->policy->effects, v.tags >> TAG_EFFECT_SHIFT);
	ck_assert_uint_eq(e->reason, REASON_BOGON);
	ck_assert_uint_eq(e->announcer, 101);
	assert_view(&bogon, BOGON_OF_AS101);
	/* 32-bit ASNs: the mapped one in std, none without */
	assert_view(&(struct fix_route)ROUTE(.slot = 1, .prefix = "10.0.0.0/16"),
	    "999:0 999:2 998:2 997:64513 999:1:0 999:1:2 999:7:2 999:2:4199999000 rt:999:0 "
	    "rt:999:2 ro:999:4199999000");
	assert_view(&(struct fix_route)ROUTE(.slot = 2, .prefix = "10.0.0.0/16"),
	    "999:0 999:2 998:2 999:1:0 999:1:2 999:7:2 999:2:4199999001 rt:999:0 "
	    "rt:999:2 ro:999:4199999001");
	/* an accepted one has nothing of it */
	ck_assert(judge(&(struct fix_route)ROUTE()).accept);
	assert_view(&(struct fix_route)ROUTE(), "");
	fix_close(f);
}
END_TEST

START_TEST(tag_and_reject)
{
	struct verdict v;

	set_rejects(REJECT_TAG_AND_REJECT);
	fix_open(f);
	v = judge(&bogon);
	ck_assert(!v.accept && !v.tagged);
	ck_assert_uint_eq(v.reason, REASON_BOGON);
	assert_view(&bogon, BOGON_OF_AS101);
	fix_close(f);
}
END_TEST

/* A leak is never sent as a community. */
START_TEST(leaks_are_not_tagged)
{
	struct fix_route leak = ROUTE(.otc = "5", .std = "1:1");
	struct verdict v;

	set_rejects(REJECT_TAG);
	f->peers[0].flags |= PEER_ROLES;
	f->peers[0].role = ROLE_RS;
	f->general.reasons_map = REASONS_EURO_IX;
	fix_open(f);
	v = judge(&leak);
	ck_assert_uint_eq(v.reason, REASON_LEAK);
	ck_assert(!v.accept && !v.tagged);
	assert_view(&leak, "1:1");
	fix_close(f);
}
END_TEST

START_TEST(euro_ix)
{
	set_rejects(REJECT_REJECT);
	f->general.reasons_map = REASONS_EURO_IX;
	f->peers[1].reject = REJECT_TAG;
	f->peers[3].flags |= PEER_INVALID_ASN;
	fix_open(f);
	assert_view(&bogon, "1:1 999:1101:3");
	assert_view(&(struct fix_route)ROUTE(.slot = 3, .path = "104 64512"), "999:1101:4");
	ck_assert_ptr_nonnull(strstr(
	    view(&(struct fix_route)ROUTE(.slot = 1, .prefix = "10.0.0.0/16")), "999:1101:3"));
	/* no number of theirs for it; and it is ours to set */
	assert_view(&(struct fix_route)ROUTE(.path = "101 999"), "");
	assert_view(&(struct fix_route)ROUTE(.large = "999:1101:5 999:1102:5"), "999:1102:5");
	fix_close(f);
}
END_TEST

/* ---- observe, quarantine ---- */

START_TEST(observe)
{
	struct fix_route twice = ROUTE(.prefix = "10.0.0.0/25");

	f = fix_init();
	f->general.bogons = fix_prefixes(f, "10.0.0.0/8");
	f->peers[0].observe = 1U << REASON_BOGON;
	fix_open(f);
	ck_assert_uint_eq(judge(&bogon).reason, REASON_NONE);
	ck_assert_uint_eq(judge(&twice).reason, REASON_LENGTH); /* the next one decides */
	ck_assert_uint_eq(policy_observed(f->policy, 0, REASON_BOGON), 2);
	ck_assert_uint_eq(policy_observed(f->policy, 0, REASON_LENGTH), 0);
	ck_assert_uint_eq(policy_observed(f->policy, 1, REASON_BOGON), 0);
	ck_assert_uint_eq(
	    judge(&(struct fix_route)ROUTE(.slot = 1, .prefix = "10.0.0.0/16")).reason,
	    REASON_BOGON);
	ck_assert_uint_eq(policy_observed(f->policy, 1, REASON_BOGON), 0);
	ck_assert_uint_eq(policy_observed(f->policy, FIX_PEERS, REASON_BOGON), 0);
	ck_assert_uint_eq(policy_observed(f->policy, 0, REASON_END), 0);
	fix_close(f);
}
END_TEST

/* What protects the protocol is no observation, whatever the configuration says. */
START_TEST(observe_fixed)
{
	f = fix_init();
	f->general.communities_max = 1;
	f->peers[0].observe = UINT32_MAX;
	f->peers[0].flags |= PEER_ROLES;
	f->peers[0].role = ROLE_RS;
	f->peers[1].flags = 0;
	f->peers[1].observe = UINT32_MAX;
	fix_open(f);
	ck_assert_uint_eq(judge(&(struct fix_route)ROUTE(.path = "101 999")).reason, REASON_OWN_AS);
	ck_assert_uint_eq(judge(&(struct fix_route)ROUTE(.otc = "1")).reason, REASON_LEAK);
	ck_assert_uint_eq(
	    judge(&(struct fix_route)ROUTE(.std = "1:1 1:2")).reason, REASON_TOO_MANY);
	ck_assert_uint_eq(judge(&(struct fix_route)ROUTE(.slot = 1)).reason, REASON_NO_POLICY);
	ck_assert_uint_eq(
	    judge(&(struct fix_route)ROUTE(.path = "101 0")).reason, REASON_INVALID_ASN);
	ck_assert_uint_eq(judge(&(struct fix_route)ROUTE(.path = "5 6")).reason, REASON_NONE);
	fix_close(f);
}
END_TEST

START_TEST(transit_free_warning)
{
	f = fix_init();
	f->general.transit_free = TRANSIT_FREE_WARNING;
	f->general.transit_free_asns = fix_asns(f, "174");
	fix_open(f);
	ck_assert(judge(&(struct fix_route)ROUTE(.path = "101 174")).accept);
	ck_assert_uint_eq(policy_observed(f->policy, 0, REASON_TRANSIT_FREE), 1);
	fix_close(f);
}
END_TEST

START_TEST(quarantine)
{
	struct verdict v;

	set_rejects(REJECT_TAG);
	f->peers[0].flags |= PEER_QUARANTINE;
	fix_open(f);
	v = judge(&(struct fix_route)ROUTE());
	ck_assert(v.accept);
	/* It must not be the one best path that hides the others'. */
	ck_assert_uint_eq(v.local_pref, 0);
	ck_assert_uint_ne(
	    effect_get(f->policy->effects, v.tags >> TAG_EFFECT_SHIFT)->flags & EFFECT_QUARANTINE,
	    0);
	v = judge(&bogon);
	ck_assert_uint_eq(v.reason, REASON_BOGON);
	fix_close(f);
}
END_TEST

/* ---- the server's view ---- */

static void
set_view(void)
{
	f = fix_init();
	fix_community(f, NAME_PREFIX_PRESENT_IN_AS_SET, 0, "999:10");
	fix_community(f, NAME_PREFIX_NOT_PRESENT_IN_AS_SET, 0, "999:11");
	fix_community(f, NAME_ORIGIN_PRESENT_IN_AS_SET, 0, "999:12");
	fix_community(f, NAME_ORIGIN_NOT_PRESENT_IN_AS_SET, 0, "999:13");
	fix_community(f, NAME_ROUTE_VALIDATED_VIA_WHITE_LIST, 0, "999:14");
	fix_community(f, NAME_ROV_NOT_PERFORMED, 0, "999:20");
	fix_community(f, NAME_ROV_VALID, 0, "999:21");
	fix_community(f, NAME_ROV_UNKNOWN, 0, "999:22");
	fix_community(f, NAME_ROV_INVALID, 0, "999:23");
	fix_community(f, NAME_ASPA_UNKNOWN, 0, "999:31");
	fix_community(f, NAME_DO_NOT_ANNOUNCE_TO_PEER, 0, "0:peer_as");
	fix_community(f, NAME_BLACKHOLING, 0, "999:666");
	fix_custom(f, 0, "999:50");
	fix_custom(f, 0, "999:50:0");
	fix_custom(f, 1, "999:51");
	f->peers[0].customs = fix_asns(f, "0");
	f->general.blackhole[FAMILY_IPV4] = BLACKHOLE_UNCHANGED;
	f->general.black_list = fix_prefixes(f, "40.0.0.0/8");
	fix_vrp(f, "30.1.0.0/16", 16, 201);
	fix_vrp(f, "30.2.0.0/16", 16, 301);
	fix_route_object(f, 'i', "30.1.0.0/16", 101);
}

START_TEST(view_of_states)
{
	set_view();
	f->peers[0].white_routes = fix_prefixes(f, "30.2.0.0/16");
	f->general.flags |= GENERAL_ROV | GENERAL_ASPA | GENERAL_IRR_TAG;
	fix_open(f);
	assert_view(&(struct fix_route)ROUTE(.prefix = "30.1.0.0/16", .ext = "4300000000000002"),
	    "999:50 999:50:0 999:10 999:13 999:21 999:31 generic:0x43000000:0x00000000");
	fix_shut(f);
	f->general.flags &= ~(uint32_t)GENERAL_ASPA;
	fix_open(f);
	assert_view(&(struct fix_route)ROUTE(.prefix = "30.2.0.0/16"),
	    "999:50 999:50:0 999:11 999:13 999:14 999:23 generic:0x43000000:0x00000002");
	assert_view(&(struct fix_route)ROUTE(.prefix = "30.3.0.0/16"),
	    "999:50 999:50:0 999:11 999:13 999:22 generic:0x43000000:0x00000001");
	/* a blackhole request: as it came, and not performed */
	assert_view(&(struct fix_route)ROUTE(.prefix = "30.2.0.0/16", .std = "999:666"),
	    "999:666 999:50 999:50:0 999:11 999:13 999:14 999:20");
	fix_close(f);
}
END_TEST

/* Outbound, internal and custom ones are ours alone; what a client asks for stays in view. */
START_TEST(view_scrubbed)
{
	set_view();
	fix_open(f);
	assert_view(&(struct fix_route)ROUTE(.slot = 1,
			.std = "999:10 999:21 999:20 999:50 999:51 0:101 999:666 1:1 65535:0",
			.large = "999:50:0 999:50:1", .ext = "4300000000000000 rt:1:1"),
	    "0:101 999:666 1:1 65535:0 999:50:1 rt:1:1 999:20");
	fix_close(f);
}
END_TEST

/* What comes after the check that rejected is not there. */
START_TEST(view_of_rejects)
{
	set_view();
	f->general.flags |= GENERAL_IRR_TAG;
	f->peers[0].flags |= PEER_IRR_ORIGIN;
	fix_open(f);
	/* step 1: as it came */
	assert_view(
	    &(struct fix_route)ROUTE(.prefix = "2a00::/32", .std = "999:10 1:1"), "999:10 1:1");
	/* step 4: scrubbed, custom attached */
	assert_view(&(struct fix_route)ROUTE(.next_hop = "192.0.2.9", .std = "999:10 1:1"),
	    "1:1 999:50 999:50:0");
	/* step 12: IRR states, no ROV state */
	assert_view(
	    &(struct fix_route)ROUTE(.std = "999:10 1:1"), "1:1 999:50 999:50:0 999:11 999:13");
	/* step 15: all of them */
	assert_view(&(struct fix_route)ROUTE(.path = "101", .prefix = "50.0.0.0/32"),
	    "999:50 999:50:0 999:11 999:12 999:20");
	fix_close(f);
}
END_TEST

START_TEST(view_of_graceful_shutdown)
{
	set_view();
	f->general.flags |= GENERAL_GRACEFUL_SHUTDOWN;
	f->peers[1].flags |= PEER_GRACEFUL_SHUTDOWN;
	fix_open(f);
	assert_view(&(struct fix_route)ROUTE(.slot = 1, .std = "65535:0"), "65535:0 999:20");
	assert_view(&(struct fix_route)ROUTE(.slot = 2, .std = "65535:0"), "999:20");
	fix_close(f);
}
END_TEST

START_TEST(view_of_rules)
{
	set_view();
	f->actions[0] = (struct policy_action){
	    .kind = DO_ADD_COMMUNITY, .community = fix_rule_community(f, "5:5")};
	f->actions[1] = (struct policy_action){
	    .kind = DO_REMOVE_COMMUNITY, .community = fix_rule_community(f, "1:1:dyn_val")};
	f->actions[2] = (struct policy_action){
	    .kind = DO_ADD_COMMUNITY, .community = fix_rule_community(f, "6:6")};
	f->rules[0] = (struct policy_rule){.actions = {0, 2}};
	f->rules[1] = (struct policy_rule){.actions = {2, 1}};
	f->config.rule_count = 2;
	f->config.action_count = 3;
	f->general.import_rules = (struct policy_range){0, 1};
	f->general.export_rules = (struct policy_range){1, 1};
	fix_open(f);
	assert_view(
	    &(struct fix_route)ROUTE(.slot = 1, .large = "1:1:1 1:2:1 1:1:9"), "5:5 999:20 1:2:1");
	fix_close(f);
}
END_TEST

/* What rules before the rejecting one have changed is shown, whatever the reject policy. */
START_TEST(view_of_rules_before_a_reject)
{
	set_view();
	f->actions[0] = (struct policy_action){
	    .kind = DO_ADD_COMMUNITY, .community = fix_rule_community(f, "5:5")};
	f->actions[1] = (struct policy_action){.kind = DO_REJECT};
	f->rules[0] = (struct policy_rule){.actions = {0, 1}};
	f->rules[1] = (struct policy_rule){.actions = {1, 1}};
	f->config.rule_count = 2;
	f->config.action_count = 2;
	f->general.import_rules = (struct policy_range){0, 2};
	for (uint8_t policy = REJECT_REJECT; policy <= REJECT_TAG_AND_REJECT; policy++) {
		f->peers[1].reject = policy;
		fix_open(f);
		ck_assert_ptr_nonnull(strstr(view(&(struct fix_route)ROUTE(.slot = 1)), "5:5"));
		ck_assert_uint_eq(judge(&(struct fix_route)ROUTE(.slot = 1)).reason, REASON_RULE);
		fix_shut(f);
	}
	fix_open(f);
	fix_close(f);
}
END_TEST

int
main(void)
{
	RUN_SUITE("judge_reject", reject, tag, tag_and_reject, leaks_are_not_tagged, euro_ix,
	    observe, observe_fixed, transit_free_warning, quarantine, view_of_states, view_scrubbed,
	    view_of_rejects, view_of_graceful_shutdown, view_of_rules,
	    view_of_rules_before_a_reject);
}
