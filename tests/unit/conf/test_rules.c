/* The section rules: every key with its record, every complaint. */
#include <arpa/inet.h>

#include "bgpd/conf/rules.h"
#include "policy/data.h"
#include "tests/unit/conf/fixture.h"

static struct conf_peer peers[] = {{.asn = 64503}, {.asn = 64501}, {.asn = 4200000001u}};
static struct conf conf;

static void
load(const char *text)
{
	const struct node *root = parse(text);

	memset(&conf, 0, sizeof(conf));
	conf.peers = peers;
	conf.peer_count = sizeof(peers) / sizeof(peers[0]);
	loader.conf = &conf;
	general.rs_as = 64500;
	rules_load(&loader, node_find(root, "rules"), &pool, &general);
	pool_view(&pool, &view);
}

/* A rule of import with this match (or action) at line 4, accept as its action. */
static void
load_match(const char *match)
{
	char text[2048];

	snprintf(text, sizeof(text),
	    "rules:\n  import:\n  - action: {accept: true}\n    match: %s\n", match);
	load(text);
}

static void
load_action(const char *direction, const char *action)
{
	char text[2048];

	snprintf(text, sizeof(text), "rules:\n  %s:\n  - match: {family: ipv6}\n    action: %s\n",
	    direction, action);
	load(text);
}

static const struct policy_match *
match_of(size_t index)
{
	const struct policy_rule *rule = &view.rules[general.import_rules.first];

	no_complaint();
	ck_assert_uint_lt(index, rule->matches.count);
	return &view.matches[rule->matches.first + index];
}

static const struct policy_action *
action_of(size_t index)
{
	const struct policy_rule *rule =
	    &view.rules[general.import_rules.count > 0 ? general.import_rules.first
						       : general.export_rules.first];

	no_complaint();
	ck_assert_uint_lt(index, rule->actions.count);
	return &view.actions[rule->actions.first + index];
}

START_TEST(none)
{
	static const char *const texts[] = {"other: 1\n", "rules:\n", "rules: ~\n", "rules: {}\n",
	    "rules: {import: ~, export: []}\n"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		load(texts[i]);
		no_complaint();
		ck_assert_uint_eq(general.import_rules.count, 0);
		ck_assert_uint_eq(general.export_rules.count, 0);
	}
}
END_TEST

START_TEST(rules_in_order)
{
	load("rules:\n"
	     "  export:\n"
	     "  - name: only Berlin\n"
	     "    match: {peer: 64501}\n"
	     "    action: {only_to: [64503]}\n"
	     "  import:\n"
	     "  - {name: a, match: {family: ipv4}, action: {reject: no   IPv4 today}}\n"
	     "  - {action: {local_pref: 90}}\n");
	no_complaint();
	ck_assert_uint_eq(general.import_rules.count, 2);
	ck_assert_uint_eq(general.export_rules.count, 1);
	ck_assert_uint_eq(view.rule_count, 3);
	ck_assert_str_eq(view.text + view.rules[general.import_rules.first].text, "no IPv4 today");
	ck_assert_uint_eq(view.rules[general.import_rules.first].line, 7);
	ck_assert_uint_eq(view.rules[general.import_rules.first + 1].text, 0);
	ck_assert_uint_eq(view.rules[general.import_rules.first + 1].matches.count, 0);
	ck_assert_uint_eq(view.rules[general.import_rules.first + 1].actions.count, 1);
	ck_assert_str_eq(view.text + view.rules[general.export_rules.first].text, "only Berlin");
}
END_TEST

START_TEST(match_prefixes)
{
	const struct policy_match *match;

	load_match("{prefix_list: [{prefix: 10.0.0.0, length: 8}, "
		   "{prefix: '2001:db8::', length: 32, exact: true}]}");
	match = match_of(0);
	ck_assert_uint_eq(match->kind, IF_PREFIX_LIST);
	ck_assert_uint_eq(match->negate, 0);
	ck_assert_uint_eq(match->values.count, 2);
	ck_assert_uint_eq(view.prefixes[match->values.first].prefix.len, 8);
	ck_assert_uint_eq(view.prefixes[match->values.first].le, 32);
	ck_assert_uint_eq(view.prefixes[match->values.first + 1].le, 32);
}
END_TEST

START_TEST(match_asns)
{
	static const struct {
		const char *key;
		enum policy_match_kind kind;
	} keys[] = {{"peer", IF_PEER}, {"as_path_contains", IF_PATH_CONTAINS},
	    {"as_path_origin", IF_PATH_ORIGIN}, {"as_path_neighbor", IF_PATH_NEIGHBOR}};
	const struct policy_match *match;
	char text[128];

	for (size_t i = 0; i < 4; i++) {
		snprintf(text, sizeof(text), "{%s: [64501, AS4200000001]}", keys[i].key);
		load_match(text);
		match = match_of(0);
		ck_assert_uint_eq(match->kind, keys[i].kind);
		ck_assert_uint_eq(match->values.count, 2);
		ck_assert_uint_eq(view.asns[match->values.first], 64501);
		ck_assert_uint_eq(view.asns[match->values.first + 1], 4200000001u);
	}
}
END_TEST

START_TEST(match_addresses)
{
	const struct policy_match *match;
	uint8_t addr[16] = {0};

	load_match("{peer_address: [192.0.2.1, '2001:db8::1']}");
	match = match_of(0);
	ck_assert_uint_eq(match->kind, IF_PEER_ADDRESS);
	ck_assert_uint_eq(match->values.count, 2);
	ck_assert_uint_eq(view.addresses[match->values.first].family, FAMILY_IPV4);
	inet_pton(AF_INET6, "2001:db8::1", addr);
	ck_assert_mem_eq(view.addresses[match->values.first + 1].addr, addr, 16);
}
END_TEST

START_TEST(match_communities)
{
	static const char *const texts[] = {
	    "64500:7", "64500:*", "64500:1:*", "64500:1:2", "rt:64500:*", "ro:70000:7", "65535:*"};
	const struct policy_match *match;
	char text[COMMUNITY_TEXT_MAX], expected[COMMUNITY_TEXT_MAX];

	load_match("{community: ['rs_as:7', '64500:*', 'rs_as:1:*', 64500:1:2, 'rt:64500:*', "
		   "'ro:70000:7', '65535:*']}");
	match = match_of(0);
	ck_assert_uint_eq(match->kind, IF_COMMUNITY);
	ck_assert_uint_eq(match->values.count, 7);
	for (uint32_t i = 0; i < 7; i++) {
		const char *star = strchr(texts[i], '*');

		community_format_pattern(&view.communities[match->values.first + i], text);
		snprintf(expected, sizeof(expected), "%.*s%s",
		    (int)(star == NULL ? (size_t)COMMUNITY_TEXT_MAX : (size_t)(star - texts[i])),
		    texts[i], star == NULL ? "" : "dyn_val");
		ck_assert_str_eq(text, expected);
	}
	load_match("{community: 'rs_as:7'}");
	ck_assert_uint_eq(match_of(0)->values.count, 1);
	sound();
}
END_TEST

static const struct {
	const char *text;
	enum policy_match_kind kind;
	uint32_t low, high;
} simple[] = {
    {"{rov: valid}", IF_ROV, 1 << ROV_VALID, 0},
    {"{rov: unknown}", IF_ROV, 1 << ROV_UNKNOWN, 0},
    {"{rov: invalid}", IF_ROV, 1 << ROV_INVALID, 0},
    {"{rov: [not_performed, valid]}", IF_ROV, 1 << ROV_NOT_PERFORMED | 1 << ROV_VALID, 0},
    {"{irr: origin}", IF_IRR, IF_IRR_ORIGIN, 0},
    {"{irr: [no_origin]}", IF_IRR, IF_IRR_NO_ORIGIN, 0},
    {"{irr: [prefix, no_prefix]}", IF_IRR, IF_IRR_PREFIX | IF_IRR_NO_PREFIX, 0},
    {"{length: 24}", IF_LENGTH, 24, 24},
    {"{length: {min: 25}}", IF_LENGTH, 25, 128},
    {"{length: {max: 0}}", IF_LENGTH, 0, 0},
    {"{length: {max: 24, min: 20}}", IF_LENGTH, 20, 24},
    {"{as_path_length: {min: 10}}", IF_PATH_LENGTH, 10, 65535},
    {"{as_path_length: 1}", IF_PATH_LENGTH, 1, 1},
    {"{blackhole: true}", IF_BLACKHOLE, 1, 0},
    {"{blackhole: no}", IF_BLACKHOLE, 0, 0},
    {"{family: ipv4}", IF_FAMILY, FAMILY_IPV4, 0},
    {"{family: ipv6}", IF_FAMILY, FAMILY_IPV6, 0},
};

START_TEST(match_simple)
{
	load_match(simple[_i].text);
	ck_assert_uint_eq(match_of(0)->kind, simple[_i].kind);
	ck_assert_uint_eq(match_of(0)->low, simple[_i].low);
	ck_assert_uint_eq(match_of(0)->high, simple[_i].high);
	ck_assert_uint_eq(match_of(0)->negate, 0);
	sound();
}
END_TEST

START_TEST(match_several_and_not)
{
	load_match("{peer: 64501, not: {rov: valid, peer: [64503]}, family: ipv4}");
	ck_assert_uint_eq(view.rules[general.import_rules.first].matches.count, 4);
	ck_assert_uint_eq(match_of(0)->kind, IF_PEER);
	ck_assert_uint_eq(match_of(0)->negate, 0);
	ck_assert_uint_eq(match_of(1)->kind, IF_ROV);
	ck_assert_uint_eq(match_of(1)->negate, 1);
	ck_assert_uint_eq(match_of(2)->kind, IF_PEER);
	ck_assert_uint_eq(match_of(2)->negate, 1);
	ck_assert_uint_eq(match_of(3)->kind, IF_FAMILY);
	ck_assert_uint_eq(match_of(3)->negate, 0);
}
END_TEST

/* Whatever the order of the keys: remove, add, set, send, and the last word at the end. */
START_TEST(actions_have_an_order)
{
	static const uint8_t kinds[] = {DO_REMOVE_COMMUNITY, DO_ADD_COMMUNITY, DO_ADD_COMMUNITY,
	    DO_LOCAL_PREF, DO_WITHHOLD_FROM, DO_ONLY_TO, DO_ACCEPT};
	char text[COMMUNITY_TEXT_MAX];

	load_action("import",
	    "{accept: yes, only_to: [64501, 64503], withhold_from: 4200000001, local_pref: 0, "
	    "add_community: ['rs_as:9:1', 65535:65281], remove_community: 'rs_as:9:*'}");
	for (size_t i = 0; i < sizeof(kinds); i++)
		ck_assert_uint_eq(action_of(i)->kind, kinds[i]);
	ck_assert_uint_eq(view.rules[general.import_rules.first].actions.count, sizeof(kinds));
	community_format_pattern(&view.communities[action_of(0)->community], text);
	ck_assert_str_eq(text, "64500:9:dyn_val");
	community_format_pattern(&view.communities[action_of(1)->community], text);
	ck_assert_str_eq(text, "64500:9:1");
	community_format_pattern(&view.communities[action_of(2)->community], text);
	ck_assert_str_eq(text, "65535:65281");
	ck_assert_uint_eq(view.asns[action_of(4)->values.first], 4200000001u);
	ck_assert_uint_eq(action_of(5)->values.count, 2);
	sound();
}
END_TEST

START_TEST(action_values)
{
	load_action("import", "{local_pref: 4294967295}");
	ck_assert_uint_eq(action_of(0)->value, 4294967295u);
	load_action("import", "{reject: 'true'}");
	ck_assert_uint_eq(action_of(0)->kind, DO_REJECT);
	ck_assert_str_eq(view.text + view.rules[general.import_rules.first].text, "true");
	load_action("export", "{withhold_from: [64501], add_community: '1:1'}");
	ck_assert_uint_eq(action_of(0)->kind, DO_ADD_COMMUNITY);
	load_action("export", "{accept: true}");
	ck_assert_uint_eq(action_of(0)->kind, DO_ACCEPT);
}
END_TEST

static const struct {
	const char *text;
	const char *complaint;
} wrong_matches[] = {
    {"text", "rules.import.match: got a text"},
    {"{}", "an empty mapping"},
    {"{peers: 64501}", "unknown key peers; did you mean peer?"},
    {"{xyzzy: 64501}", "unknown key xyzzy; expected one of prefix_list"},
    {"{not: {}}", "rules.import.match.not: got an empty mapping"},
    {"{not: {not: {peer: 64501}}}", "rules.import.match.not: unknown key not"},
    {"{not: {famly: ipv4}}", "did you mean family?"},
    {"{prefix_list: []}", "match.prefix_list: an empty list matches nothing"},
    {"{prefix_list: 10.0.0.0/8}", "match.prefix_list: got a text, expected a list"},
    {"{prefix_list: [{prefix: 10.0.0.1, length: 8}]}", "did you mean 10.0.0.0/8?"},
    {"{peer: []}", "match.peer: an empty list matches nothing"},
    {"{peer: ~}", "match.peer: got nothing, expected an ASN"},
    {"{peer: {}}", "match.peer: got a mapping"},
    {"{peer: abc}", "match.peer: \"abc\" is not an ASN"},
    {"{as_path_origin: 0}", "match.as_path_origin: \"0\" is not an ASN"},
    {"{as_path_contains: 4294967296}", "is not an ASN"},
    {"{peer_address: 192.0.2.0/24}", "is not an IPv4 or IPv6 address"},
    {"{community: []}", "match.community: an empty list"},
    {"{community: {a: b}}", "match.community: got a mapping"},
    {"{community: [[1]]}", "match.community: got a list"},
    {"{community: '1:2:3:4'}", "\"1:2:3:4\": expected A:B:C"},
    {"{community: '*:1'}", "the word * can only be the last part"},
    {"{community: '1:peer_as'}", "the word peer_as is not allowed here"},
    {"{rov: bad}", "match.rov: got \"bad\", expected one or more of: valid unknown invalid"},
    {"{rov: []}", "match.rov: an empty list"},
    {"{rov: {}}", "match.rov: got a mapping"},
    {"{irr: [origin, valid]}", "expected one or more of: origin no_origin prefix no_prefix"},
    {"{length: 129}", "match.length: expected a number from 0 to 128"},
    {"{length: -1}", "match.length: expected a number from 0 to 128"},
    {"{length: {}}", "expected a number, or a mapping with min, max or both"},
    {"{length: [1, 2]}", "expected a number, or a mapping with min, max or both"},
    {"{length: {from: 1}}", "unknown key from; expected min or max"},
    {"{length: {min: 25, max: 24}}", "min 25 is above max 24, which matches nothing"},
    {"{length: {max: 129}}", "match.length: max: expected a number from 0 to 128"},
    {"{as_path_length: {min: 65536}}", "min: expected a number from 0 to 65535"},
    {"{blackhole: 5}", "match.blackhole: expected true or false"},
    {"{blackhole: []}", "match.blackhole: expected true or false"},
    {"{family: ipv5}", "match.family: expected ipv4 or ipv6"},
    {"{family: [ipv4, ipv6]}", "match.family: expected ipv4 or ipv6"},
};

START_TEST(wrong_match)
{
	load_match(wrong_matches[_i].text);
	ck_assert_uint_eq(report.errors, 1);
	complaint(0, 4, wrong_matches[_i].complaint);
}
END_TEST

static const struct {
	const char *direction;
	const char *text;
	const char *complaint;
} wrong_actions[] = {
    {"import", "text", "rules.import.action: got a text"},
    {"import", "{}", "rules.import.action: got an empty mapping"},
    {"import", "{rejct: x}", "unknown key rejct; did you mean reject?"},
    {"import", "{xyzzy: x}", "unknown key xyzzy; expected reject, accept"},
    {"import", "{reject: ~}", "action.reject: expected the reason"},
    {"import", "{reject: ''}", "action.reject: expected the reason"},
    {"import", "{reject: true}", "action.reject: expected the reason"},
    {"import", "{reject: [a]}", "action.reject: expected the reason"},
    {"import",
	"{reject: 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
	"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx'}",
	"octets, expected the reason"},
    {"import", "{accept: false}", "action.accept: expected true"},
    {"import", "{accept: maybe}", "action.accept: expected true"},
    {"import", "{reject: no, accept: true}", "accept stands beside reject"},
    {"import", "{reject: bad, add_community: '1:1'}", "add_community stands beside reject"},
    {"import", "{add_community: []}", "action.add_community: an empty list"},
    {"import", "{add_community: '1:*'}", "the word * is not allowed here"},
    {"import", "{add_community: {std: '1:1'}}", "action.add_community: got a mapping"},
    {"import", "{remove_community: '65536:1'}", "65536 is too large"},
    {"import", "{local_pref: -1}", "action.local_pref: expected a number"},
    {"import", "{local_pref: 4294967296}", "action.local_pref: expected a number"},
    {"import", "{local_pref: [1]}", "action.local_pref: expected a number"},
    {"import", "{withhold_from: []}", "action.withhold_from: an empty list"},
    {"import", "{only_to: nobody}", "action.only_to: \"nobody\" is not an ASN"},
    {"export", "{reject: bad}", "reject does not exist in export"},
    {"export", "{local_pref: 5}", "local_pref does not exist in export"},
};

START_TEST(wrong_action)
{
	load_action(wrong_actions[_i].direction, wrong_actions[_i].text);
	ck_assert_uint_ge(report.errors, 1);
	complaint(0, 4, wrong_actions[_i].complaint);
}
END_TEST

static const struct {
	const char *text;
	unsigned line;
	const char *complaint;
} wrong_sections[] = {
    {"rules: 5\n", 1, "rules: got a text, expected a mapping with import, export or both"},
    {"rules: []\n", 1, "rules: got a list"},
    {"rules:\n  imports: []\n", 2, "unknown key imports; did you mean import?"},
    {"rules:\n  xyzzy: []\n", 2, "expected import or export"},
    {"rules:\n  import: {}\n", 2, "rules.import: got a mapping, expected a list of rules"},
    {"rules:\n  export:\n  - text\n", 3, "rules.export: got a text, expected a mapping"},
    {"rules:\n  export:\n  - {}\n", 3, "rules.export: got an empty mapping"},
    {"rules:\n  export:\n  - {match: {family: ipv4}}\n", 3, "this rule has no action"},
    {"rules:\n  export:\n  - {match: {family: ipv4}, action: ~}\n", 3, "has no action"},
    {"rules:\n  export:\n  - {mach: {family: ipv4}, action: {accept: 1}}\n", 3,
	"unknown key mach; did you mean match?"},
    {"rules:\n  export:\n  - name: [a]\n    action: {accept: true}\n", 3,
	"rules.export.name: expected a name"},
};

START_TEST(wrong_section)
{
	load(wrong_sections[_i].text);
	ck_assert_uint_ge(report.errors, 1);
	complaint(0, wrong_sections[_i].line, wrong_sections[_i].complaint);
}
END_TEST

/* One run tells everything that is wrong. */
START_TEST(all_complaints_at_once)
{
	load("rules:\n"
	     "  import:\n"
	     "  - match: {rov: bad, length: 200}\n"
	     "    action: {local_pref: x}\n"
	     "  - {}\n");
	ck_assert_uint_eq(report.errors, 4);
}
END_TEST

START_TEST(warnings)
{
	load("rules:\n"
	     "  import:\n"
	     "  - action: {only_to: [64501, 64999]}\n"
	     "  - match: {peer: 64998}\n"
	     "    action: {withhold_from: 64997, accept: true}\n"
	     "  - action: {accept: true}\n"
	     "  - action: {local_pref: 7}\n"
	     "  - action: {local_pref: 8}\n");
	ck_assert_uint_eq(report.errors, 0);
	ck_assert_uint_eq(report.count, 5);
	complaint(0, 3, "rules.import.action.only_to: AS64999 is no client's");
	complaint(1, 4, "AS64998 is no client's");
	complaint(2, 5, "AS64997 is no client's");
	complaint(3, 7, "never tried");
	complaint(4, 8, "never tried");
}
END_TEST

START_TEST(too_many_rules)
{
	char *text = malloc(64 + 40 * (RULES_MAX + 2)), *p = text;

	ck_assert_ptr_nonnull(text);
	p += sprintf(p, "rules:\n  import:\n");
	for (unsigned i = 0; i < RULES_MAX - 1; i++)
		p += sprintf(p, "  - action: {local_pref: %u}\n", i);
	p += sprintf(p, "  export:\n");
	for (unsigned i = 0; i < 3; i++)
		p += sprintf(p, "  - action: {add_community: '1:%u'}\n", i);
	load(text);
	free(text);
	ck_assert_uint_eq(report.errors, 1);
	complaint(0, RULES_MAX + 4, "more than 1000 rules");
	ck_assert_uint_eq(general.import_rules.count, RULES_MAX - 1);
	ck_assert_uint_eq(general.export_rules.count, 1);
}
END_TEST

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

int
main(void)
{
	TCase *tcase = tcase_create("rules");

	tcase_add_test(tcase, none);
	tcase_add_test(tcase, rules_in_order);
	tcase_add_test(tcase, match_prefixes);
	tcase_add_test(tcase, match_asns);
	tcase_add_test(tcase, match_addresses);
	tcase_add_test(tcase, match_communities);
	tcase_add_loop_test(tcase, match_simple, 0, COUNT(simple));
	tcase_add_test(tcase, match_several_and_not);
	tcase_add_test(tcase, actions_have_an_order);
	tcase_add_test(tcase, action_values);
	tcase_add_loop_test(tcase, wrong_match, 0, COUNT(wrong_matches));
	tcase_add_loop_test(tcase, wrong_action, 0, COUNT(wrong_actions));
	tcase_add_loop_test(tcase, wrong_section, 0, COUNT(wrong_sections));
	tcase_add_test(tcase, all_complaints_at_once);
	tcase_add_test(tcase, warnings);
	tcase_add_test(tcase, too_many_rules);
	return run(tcase, "rules");
}
