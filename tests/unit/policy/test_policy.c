/*
 * A policy as a whole: limits and round-trip times in force, and explaining against judging, with
 * and without the memo of blocks, on random routes under random configurations.
 */
#include "tests/unit/policy/fixture.h"
#include "tests/unit/policy/noreach.h"
#include "tests/unit/rib/main.h"

#define ROUTE(...)                      \
	{                               \
		.med = "0", __VA_ARGS__ \
	}

static struct fix *f;

/* ---- limits, policy.md section 10 ---- */

START_TEST(limits)
{
	struct data_network *network;

	f = fix_init();
	for (unsigned slot = 0; slot < 4; slot++) {
		struct policy_peer *peer = &f->peers[slot];

		peer->limit_action = LIMIT_WARNING;
		peer->flags |= PEER_LIMIT_PEERING_DB;
		peer->general_limit[FAMILY_IPV4] = 1000;
		peer->general_limit[FAMILY_IPV6] = 200;
		peer->limit_increment = 100;
		peer->limit_increment_percent = 15;
	}
	f->peers[0].limit[FAMILY_IPV4] = 7;
	f->peers[1].limit_action = LIMIT_NONE;
	f->peers[1].limit[FAMILY_IPV4] = 9;
	network = fix_network(f, 101);
	network->prefixes[FAMILY_IPV4] = 50;
	network->has_prefixes[FAMILY_IPV4] = 1;
	network = fix_network(f, 103);
	network->prefixes[FAMILY_IPV4] = 30;
	network->has_prefixes[FAMILY_IPV4] = 1;
	fix_open(f);
	/* the client's own */
	ck_assert_uint_eq(policy_limit(f->policy, 0, FAMILY_IPV4), 7);
	/* a record without a number takes the general limit in its place: (200 + 100) * 1.15 */
	ck_assert_uint_eq(policy_limit(f->policy, 0, FAMILY_IPV6), 345);
	/* no action, no limit */
	ck_assert_uint_eq(policy_limit(f->policy, 1, FAMILY_IPV4), 0);
	/* (30 + 100) * 1.15 = 149.5 */
	ck_assert_uint_eq(policy_limit(f->policy, 2, FAMILY_IPV4), 150);
	/* no record */
	ck_assert_uint_eq(policy_limit(f->policy, 3, FAMILY_IPV4), 1000);
	ck_assert_uint_eq(policy_limit(f->policy, FIX_PEERS, FAMILY_IPV4), 0);
	fix_shut(f);
	f->peers[2].flags &= ~(uint32_t)PEER_LIMIT_PEERING_DB;
	f->peers[0].general_limit[FAMILY_IPV6] = 0;
	fix_open(f);
	ck_assert_uint_eq(policy_limit(f->policy, 2, FAMILY_IPV4), 1000);
	ck_assert_uint_eq(policy_limit(f->policy, 0, FAMILY_IPV6), 0);
	fix_shut(f);
	f->peers[2].flags |= PEER_LIMIT_PEERING_DB;
	f->networks[1].prefixes[FAMILY_IPV4] = UINT32_MAX;
	fix_open(f);
	ck_assert_uint_eq(policy_limit(f->policy, 2, FAMILY_IPV4), UINT32_MAX);
	fix_close(f);
}
END_TEST

/* ---- round-trip times ---- */

START_TEST(rtt)
{
	f = fix_init();
	f->general.rtt_thresholds = fix_asns(f, "10 20");
	f->peers[0].rtt_ms = 5;
	fix_rtt(f, "192.0.2.1", 50);
	fix_rtt(f, "192.0.2.2", 60);
	fix_open(f);
	ck_assert_uint_eq(policy_rtt(f->policy, 0), 5);
	ck_assert_uint_eq(policy_rtt(f->policy, 1), 60);
	ck_assert_uint_eq(policy_rtt(f->policy, 2), POLICY_RTT_UNKNOWN);
	ck_assert_uint_eq(policy_rtt(f->policy, FIX_PEERS), POLICY_RTT_UNKNOWN);
	/* shown elsewhere, it steers nothing */
	ck_assert(!policy_set_measured_rtt(f->policy, 2, 15));
	ck_assert_uint_eq(policy_rtt(f->policy, 2), POLICY_RTT_UNKNOWN);
	fix_shut(f);
	f->general.flags |= GENERAL_RTT_MEASURED;
	fix_open(f);
	ck_assert(policy_set_measured_rtt(f->policy, 2, 15));
	ck_assert_uint_eq(policy_rtt(f->policy, 2), 15);
	ck_assert(!policy_set_measured_rtt(f->policy, 2, 20)); /* "lower" includes 20 */
	ck_assert(policy_set_measured_rtt(f->policy, 2, 21));
	ck_assert(!policy_set_measured_rtt(f->policy, 2, 70000));
	ck_assert_uint_eq(policy_rtt(f->policy, 2), POLICY_RTT_MAX_MS);
	ck_assert(policy_set_measured_rtt(f->policy, 2, POLICY_RTT_UNKNOWN));
	ck_assert(!policy_set_measured_rtt(f->policy, 0, 15));
	ck_assert(!policy_set_measured_rtt(f->policy, 1, 15));
	ck_assert(!policy_set_measured_rtt(f->policy, FIX_PEERS, 15));
	ck_assert_uint_eq(policy_rtt(f->policy, 1), 60);
	fix_close(f);
}
END_TEST

START_TEST(accessors)
{
	f = fix_init();
	fix_open(f);
	ck_assert_ptr_eq(policy_config(f->policy), &f->config);
	ck_assert_ptr_eq(policy_dataset(f->policy), f->dataset);
	policy_free(NULL);
	fix_close(f);
}
END_TEST

/* ---- explaining ---- */

struct told {
	unsigned rows;
	unsigned rejects;
	uint8_t last_outcome;
	uint8_t last_reason;
	uint32_t observed; /* 1 << reason */
	char text[8192];   /* "check:value\n" of each */
};

static void
tell(void *ctx, const struct policy_step *step)
{
	struct told *told = ctx;
	size_t n = strlen(told->text);

	told->rows++;
	told->rejects += step->outcome == STEP_REJECT;
	told->last_outcome = step->outcome;
	told->last_reason = step->reason;
	if (step->outcome == STEP_OBSERVED)
		told->observed |= 1U << step->reason;
	snprintf(told->text + n, sizeof(told->text) - n, "%s:%u:%s\n", step->check, step->outcome,
	    step->value);
}

static struct told *
explain(const struct fix_route *route, struct verdict *v)
{
	static struct fix_path path;
	static struct told told;

	memset(&told, 0, sizeof(told));
	fix_path(f, &path, route);
	policy_explain(f->policy, &path.view, v, tell, &told);
	return &told;
}

/* The value that the check which rejected has told. */
static const char *
offending(const struct fix_route *route)
{
	struct verdict v;
	char *text = explain(route, &v)->text;
	char *line = text;
	char *value;

	text[strlen(text) - 1] = '\0';
	if (strrchr(text, '\n') != NULL)
		line = strrchr(text, '\n') + 1;
	value = strstr(line, ":1:");
	return value != NULL ? value + 3 : line;
}

static void
set_much(void)
{
	f = fix_init();
	f->general.flags |= GENERAL_REJECT_AS_SET | GENERAL_ROV | GENERAL_IRR_TAG | GENERAL_ASPA |
	    GENERAL_ASPA_REJECT | GENERAL_GRACEFUL_SHUTDOWN;
	f->general.communities_max = 4;
	f->general.path_max = 5;
	f->general.gshut_local_pref = 3;
	f->general.transit_free = TRANSIT_FREE_REJECT;
	f->general.transit_free_asns = fix_asns(f, "174");
	f->general.never_via_asns = fix_asns(f, "666");
	f->general.black_list = fix_prefixes(f, "20.0.0.0/8");
	f->general.bogons = fix_prefixes(f, "10.0.0.0/8 172.16.0.0/12+16-24 192.0.2.0/24=");
	f->general.blackhole[FAMILY_IPV4] = BLACKHOLE_UNCHANGED;
	for (unsigned slot = 0; slot < FIX_PEERS; slot++) {
		f->peers[slot].flags |= PEER_INVALID_ASN | PEER_IRR_ORIGIN | PEER_IRR_PREFIX |
		    PEER_ROV_REJECT | PEER_GRACEFUL_SHUTDOWN | PEER_ROLES;
		f->peers[slot].role = ROLE_RS;
		f->peers[slot].objects = fix_names(f, "AS-ONE AS-NONE");
	}
	f->peers[0].black_list = fix_prefixes(f, "30.0.0.0/8");
	fix_object(f, "AS-ONE", "201 202 203", "40.0.0.0/8 2a00::/16");
	fix_route_object(f, 'i', "198.51.100.0/24", 201);
	fix_vrp(f, "40.1.0.0/16", 16, 201);
	fix_vrp(f, "40.2.0.0/16", 16, 1);
	fix_aspa(f, 202, "7");
	fix_custom(f, 0, "999:5");
	f->peers[0].customs = fix_asns(f, "0");
	f->config.rule_count = f->config.match_count = f->config.action_count = 1;
	f->general.import_rules = (struct policy_range){0, 1};
	f->matches[0] = (struct policy_match){.kind = IF_LENGTH, .low = 20, .high = 20};
	f->actions[0] = (struct policy_action){.kind = DO_REJECT};
	f->rules[0] = (struct policy_rule){
	    .text = fix_text(f, "no /20"), .line = 12, .matches = {0, 1}, .actions = {0, 1}};
}

START_TEST(offending_values)
{
	static const struct {
		struct fix_route route;
		const char *value;
	} cases[] = {
	    {ROUTE(.path = "101 999 3"), "AS999 in 101 999 3"},
	    {ROUTE(.path = "101 {3,4} 5"), "101 {3,4} 5"},
	    {ROUTE(.otc = "77"), "OTC 77 from AS101, our role rs"},
	    {ROUTE(.std = "1:1 1:2 1:3 1:4 1:5"), "5 communities, allowed 4"},
	    {ROUTE(.prefix = "2a00::/32"), "IPv6 on an IPv4 session"},
	    {ROUTE(.next_hop = "192.0.2.9"), "next hop 192.0.2.9, expected 192.0.2.1"},
	    {ROUTE(.slot = 5, .path = "102 1", .next_hop = "192.0.2.9"),
		"next hop 192.0.2.9, expected an IPv4 address of a client of AS102"},
	    {ROUTE(.slot = 5, .path = "102 1"),
		"next hop 2001:db8::2, expected an IPv4 address: no rfc8950 on this session"},
	    {ROUTE(.path = "101 1 2 3 4 5"), "6 ASNs, allowed 5"},
	    {ROUTE(.path = "102 101"), "left-most ASN of 102 101, expected AS101"},
	    {ROUTE(.path = ""), "left-most ASN of an empty path, expected AS101"},
	    {ROUTE(.path = "101 1 64500"), "AS64500 in 101 1 64500"},
	    {ROUTE(.path = "101 174 3356"), "AS174 in 101 174 3356"},
	    {ROUTE(.path = "101 666"), "AS666 in 101 666"},
	    {ROUTE(.slot = 4, .prefix = "fc00::/32"), "prefix fc00::/32 outside 2000::/3"},
	    {ROUTE(.prefix = "20.1.0.0/16"), "prefix 20.1.0.0/16 matches black list 20.0.0.0/8-32"},
	    {ROUTE(.prefix = "30.1.0.0/16"),
		"prefix 30.1.0.0/16 matches the client's black list 30.0.0.0/8-32"},
	    {ROUTE(.prefix = "10.0.0.0/8"), "prefix 10.0.0.0/8 matches bogon 10.0.0.0/8-32"},
	    {ROUTE(.prefix = "172.16.0.0/16"),
		"prefix 172.16.0.0/16 matches bogon 172.16.0.0/12-16-24"},
	    {ROUTE(.prefix = "192.0.2.0/24"), "prefix 192.0.2.0/24 matches bogon 192.0.2.0/24"},
	    {ROUTE(.path = "101 5"),
		"origin AS5, not in the client's AS-SETs, without data: AS-NONE"},
	    {ROUTE(.prefix = "50.0.0.0/8"),
		"prefix 50.0.0.0/8, not in the client's AS-SETs, without data: AS-NONE"},
	    {ROUTE(.prefix = "40.2.0.0/16"), "AS201 for 40.2.0.0/16: invalid"},
	    {ROUTE(.path = "101 202"), "invalid: 101 202"},
	    {ROUTE(.prefix = "40.1.0.0/25", .path = "101 203"), "AS203 for 40.1.0.0/25: invalid"},
	    {ROUTE(.prefix = "40.3.0.0/25"), "length 25, allowed 8..24"},
	    {ROUTE(.prefix = "40.3.0.0/20"), "line 12: no /20"},
	};
	unsigned wrong = 0;

	set_much();
	fix_both_families(&f->peers[5], PEER_IPV4_NEXT_HOPS);
	fix_open(f);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *value = offending(&cases[i].route);

		if (strcmp(value, cases[i].value) == 0)
			continue;
		fprintf(stderr, "'%s', expected '%s'\n", value, cases[i].value);
		wrong++;
	}
	ck_assert_uint_eq(wrong, 0);
	fix_close(f);
}
END_TEST

/* A row is told whether it was asked or not, and why not. */
START_TEST(every_row)
{
	struct verdict v;
	const char *text;

	set_much();
	fix_open(f);
	text = explain(&(struct fix_route)ROUTE(.std = "65535:0"), &v)->text;
	ck_assert(v.accept);
	ck_assert_str_eq(text,
	    "own-as:0:101 201\n"
	    "as-set:0:101 201\n"
	    "otc-leak:0:no OTC, our role rs\n"
	    "too-many:0:1 communities, allowed 4\n"
	    "no-policy:0:filters are configured\n"
	    "family:0:IPv4 on an IPv4 session\n"
	    "custom-communities:4:attached 999:5\n"
	    "next-hop:0:next hop 192.0.2.1\n"
	    "path-length:0:2 ASNs, allowed 5\n"
	    "first-as:0:left-most ASN of 101 201, expected AS101\n"
	    "invalid-asn:0:101 201\n"
	    "transit-free:0:101 201\n"
	    "never-via:0:101 201\n"
	    "not-global-unicast:3:IPv4\n"
	    "global-black-list:0:prefix 198.51.100.0/24\n"
	    "client-black-list:0:prefix 198.51.100.0/24\n"
	    "bogon:0:prefix 198.51.100.0/24\n"
	    "irr:4:origin authorised, prefix authorised\n"
	    "irr-origin:0:origin AS201\n"
	    "irr-prefix:0:prefix 198.51.100.0/24\n"
	    "blackhole:3:no blackhole request\n"
	    "rpki-invalid:0:AS201 for 198.51.100.0/24: not found\n"
	    "aspa-invalid:0:unknown: 101 201\n"
	    "length:0:length 24, allowed 8..24\n"
	    "graceful-shutdown:4:65535:0, LOCAL_PREF 3\n"
	    "rule:0:none matches\n");
	text = explain(&(struct fix_route)ROUTE(.std = "65535:666"), &v)->text;
	ck_assert_ptr_nonnull(strstr(text,
	    "blackhole:4:blackhole request, accepted\n"
	    "rpki-invalid:3:a blackhole request\n"
	    "aspa-invalid:3:a blackhole request\n"
	    "length:3:a blackhole request\n"
	    "graceful-shutdown:3:a blackhole request\n"
	    "rule:0:none matches\n"));
	fix_shut(f);
	f->peers[0].flags = PEER_FILTERS_NONE;
	fix_open(f);
	text = explain(&(struct fix_route)ROUTE(), &v)->text;
	ck_assert_ptr_nonnull(strstr(text, "\nnext-hop:3:filters: none\n"));
	ck_assert_ptr_nonnull(strstr(text, "no-policy:0:filters: none\n"));
	fix_close(f);
}
END_TEST

/* A path too long for the value is cut, and says so. */
START_TEST(long_values)
{
	static char text[20000] = "101";
	size_t n = 3;
	struct fix_route route = ROUTE(.path = text);
	const char *value;

	for (unsigned i = 0; i < 1000; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, " %u", 2000 + i);
	snprintf(text + n, sizeof(text) - n, " 999 {1,2}");
	set_much();
	f->general.communities_max = 0;
	fix_open(f);
	value = offending(&route);
	ck_assert_uint_eq(strlen(value), POLICY_VALUE_MAX - 1);
	ck_assert(strncmp(value, "AS999 in 101 2000 2001 ", 23) == 0);
	ck_assert_str_eq(value + POLICY_VALUE_MAX - 4, "...");
	fix_close(f);
}
END_TEST

/* ---- random ---- */

#define PICK(seed, array) ((array)[test_random((seed), sizeof(array) / sizeof(*(array)))])

static void
random_route(uint64_t *seed, struct fix_route *out)
{
	static const char *const paths[] = {"101 201", "101 201", "101", "102 202", "102 203",
	    "103 201", "104", "101 999", "101 {201,202}", "101 201 {7}", "102 64512", "101 174 201",
	    "103 666", "", "101 1 2 3 4 5 6", "101 202", "101 0", "102 301"};
	static const char *const prefixes[] = {"198.51.100.0/24", "198.51.100.0/25", "10.1.0.0/16",
	    "20.0.0.0/8", "30.0.0.0/9", "40.1.0.0/16", "40.2.0.0/16", "40.3.0.0/20", "40.1.1.0/24",
	    "2a00::/32", "2a00:1::/48", "fc00::/32", "2a00::/64", "0.0.0.0/0", "::/0",
	    "40.7.7.7/32"};
	static const char *const stds[] = {NULL, NULL, "65535:666", "65535:0", "1:1 1:2",
	    "1:1 1:2 1:3 1:4 1:5", "65535:0 65535:666"};
	static const char *const otcs[] = {NULL, NULL, NULL, NULL, NULL, NULL, "101"};
	static const char *const hops[] = {NULL, NULL, NULL, NULL, "192.0.2.1", "2001:db8::1"};

	*out = (struct fix_route){.slot = (uint16_t)test_random(seed, FIX_PEERS),
	    .path = PICK(seed, paths),
	    .prefix = PICK(seed, prefixes),
	    .std = PICK(seed, stds),
	    .otc = PICK(seed, otcs),
	    .next_hop = PICK(seed, hops)};
}

static void
random_config(uint64_t *seed)
{
	static const uint32_t general[] = {GENERAL_REJECT_AS_SET, GENERAL_ROV, GENERAL_IRR_TAG,
	    GENERAL_ASPA, GENERAL_ASPA_REJECT, GENERAL_GRACEFUL_SHUTDOWN, GENERAL_IRR_LONGER,
	    GENERAL_IRR_ROAS};
	static const uint32_t peer[] = {PEER_INVALID_ASN, PEER_IRR_ORIGIN, PEER_IRR_PREFIX,
	    PEER_ROV_REJECT, PEER_GRACEFUL_SHUTDOWN, PEER_ROLES, PEER_QUARANTINE};
	static const uint32_t how[] = {
	    PEER_IPV6_NEXT_HOPS, PEER_IPV4_NEXT_HOPS, PEER_IPV6_NEXT_HOPS | PEER_IPV4_NEXT_HOPS};

	set_much();
	for (unsigned i = 0; i < sizeof(general) / sizeof(general[0]); i++)
		f->general.flags ^= test_random(seed, 3) == 0 ? general[i] : 0;
	f->general.transit_free = (uint8_t)test_random(seed, 3);
	for (unsigned slot = 0; slot < FIX_PEERS; slot++) {
		for (unsigned i = 0; i < sizeof(peer) / sizeof(peer[0]); i++)
			f->peers[slot].flags ^= test_random(seed, 4) == 0 ? peer[i] : 0;
		if (test_random(seed, 3) == 0)
			f->peers[slot].observe = 1U << test_random(seed, REASON_END) |
			    1U << test_random(seed, REASON_END);
		if (test_random(seed, 8) == 0)
			f->peers[slot].flags |= PEER_FILTERS_NONE;
		f->peers[slot].reject = (uint8_t)test_random(seed, 3);
		f->peers[slot].next_hop = (uint8_t)test_random(seed, 2);
		if (test_random(seed, 4) == 0)
			fix_both_families(&f->peers[slot],
			    f->peers[slot].family == FAMILY_IPV6 ? PICK(seed, how) : 0);
	}
}

static bool
is_same_verdict(const struct verdict *a, const struct verdict *b)
{
	return a->accept == b->accept && a->reason == b->reason && a->tags == b->tags &&
	    a->local_pref == b->local_pref && a->tagged == b->tagged;
}

/* What the trace says agrees with the verdict. */
static bool
agrees(const struct told *told, const struct verdict *v)
{
	bool ends_in_reject = told->last_outcome == STEP_REJECT;

	return told->rejects == (v->reason != REASON_NONE) && ends_in_reject == !v->accept &&
	    (v->accept || told->last_reason == v->reason);
}

struct seen {
	uint64_t reasons[REASON_END];
	uint64_t observed;
	uint64_t wrong;
};

static void
judge_one(uint64_t *seed, struct seen *seen)
{
	static struct fix_path path;
	struct fix_route route;
	struct verdict judged;
	struct verdict explained;
	struct told *told;
	uint64_t before[REASON_END];

	random_route(seed, &route);
	for (unsigned r = 0; r < REASON_END; r++)
		before[r] = policy_observed(f->policy, route.slot, (enum reason)r);
	told = explain(&route, &explained);
	for (unsigned r = 0; r < REASON_END; r++)
		seen->wrong += before[r] != policy_observed(f->policy, route.slot, (enum reason)r);
	fix_path(f, &path, &route);
	policy_judge(f->policy, &path.view, &judged);
	for (unsigned r = 0; r < REASON_END; r++) {
		uint64_t more = policy_observed(f->policy, route.slot, (enum reason)r) - before[r];

		seen->wrong += more != (told->observed >> r & 1);
		seen->observed += more;
	}
	seen->wrong += !is_same_verdict(&judged, &explained) || !agrees(told, &judged);
	seen->reasons[judged.reason]++;
}

START_TEST(explain_equals_judge)
{
	static struct seen seen;
	uint64_t seed = 12;

	for (unsigned round = 0; round < 20; round++) {
		random_config(&seed);
		fix_open(f);
		for (unsigned i = 0; i < 500; i++)
			judge_one(&seed, &seen);
		fix_close(f);
	}
	ck_assert_uint_eq(seen.wrong, 0);
	ck_assert_uint_gt(seen.observed, 100);
	/* The random routes came everywhere. */
	for (unsigned r = 0; r < REASON_END; r++) {
		if (r != REASON_MALFORMED && r != REASON_NO_POLICY)
			ck_assert_msg(seen.reasons[r] > 0, "no route for reason %u", r);
	}
}
END_TEST

/* Blocks come again from other peers and with other prefixes; what is remembered of the last one
 * must never show: a policy that is told no serials remembers nothing. */
START_TEST(memo_does_not_show)
{
	enum { BLOCKS = 12 };

	static struct fix_path paths[BLOCKS];
	static struct fix_path other;
	uint64_t seed = 5;
	unsigned wrong = 0;

	for (unsigned round = 0; round < 10; round++) {
		struct fix_route route;
		struct policy *reference;
		size_t block = 0;
		uint16_t slot = 0;

		random_config(&seed);
		fix_open(f);
		reference = policy_new(&f->config, f->dataset);
		for (unsigned i = 0; i < BLOCKS; i++) {
			random_route(&seed, &route);
			fix_path(f, &paths[i], &route);
		}
		for (unsigned i = 0; i < 3000; i++) {
			struct path_view view;
			struct verdict v[2];

			if (test_random(&seed, 5) == 0)
				block = test_random(&seed, BLOCKS);
			if (test_random(&seed, 5) == 0)
				slot = (uint16_t)test_random(&seed, FIX_PEERS);
			random_route(&seed, &route);
			fix_path(f, &other, &route);
			view = paths[block].view;
			view.prefix = &other.prefix;
			view.slot = slot;
			policy_judge(reference, &view, &v[0]);
			view.block_serial = 1 + block;
			policy_judge(f->policy, &view, &v[1]);
			wrong += !is_same_verdict(&v[0], &v[1]);
		}
		policy_free(reference);
		fix_close(f);
	}
	ck_assert_uint_eq(wrong, 0);
}
END_TEST

int
main(void)
{
	RUN_SUITE("policy", limits, rtt, accessors, offending_values, every_row, long_values,
	    explain_equals_judge, memo_does_not_show);
}
