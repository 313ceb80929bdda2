/* Effects: one number for each content, in order of first use, until all are taken. */
#include "policy/effect.h"
#include "policy/state.h"
#include "tests/unit/policy/fixture.h"
#include "tests/unit/policy/noreach.h"
#include "tests/unit/rib/main.h"

static const uint32_t list[] = {3, 1, 2};

static uint32_t
intern(struct effects *effects, struct effect e)
{
	uint32_t number = 77;

	ck_assert(effect_intern(effects, &e, &number));
	return number;
}

START_TEST(nothing_is_number_0)
{
	struct effects *effects = effects_new(NULL);

	ck_assert_uint_eq(intern(effects, (struct effect){.otc = 0}), 0);
	ck_assert_uint_eq(effect_count(effects), 1);
	ck_assert_uint_eq(effect_get(effects, 0)->custom_count, 0);
	ck_assert_uint_eq(effect_get(effects, 4711)->rule_count, 0);
	effects_free(effects);
}
END_TEST

START_TEST(each_member_makes_another)
{
	const struct effect different[] = {
	    {.customs = list, .custom_count = 2},
	    {.customs = list, .custom_count = 3},
	    {.rules = list, .rule_count = 2},
	    {.customs = list, .custom_count = 1, .rules = list + 1, .rule_count = 1},
	    {.otc = 1},
	    {.announcer = 1},
	    {.mapped = 1},
	    {.reason = 1},
	    {.flags = EFFECT_QUARANTINE},
	    {.flags = EFFECT_IPV4_BY_IPV6},
	};
	uint32_t copy[] = {3, 1};
	struct effects *effects = effects_new(NULL);

	for (uint32_t round = 0; round < 2; round++)
		for (uint32_t i = 0; i < 10; i++)
			ck_assert_uint_eq(intern(effects, different[i]), i + 1);
	ck_assert_uint_eq(intern(effects, (struct effect){.customs = copy, .custom_count = 2}), 1);
	copy[0] = 9; /* its own copy */
	ck_assert_uint_eq(effect_get(effects, 1)->customs[0], 3);
	ck_assert_uint_eq(effect_get(effects, 4)->rules[0], 1);
	effects_free(effects);
}
END_TEST

START_TEST(no_more_than_tags_can_name)
{
	struct effects *effects = effects_new(NULL);
	struct effect e = {.otc = 0};
	uint32_t number, wrong = 0;

	for (uint32_t i = 1; i <= EFFECTS_MAX; i++) {
		e.otc = i;
		wrong += !effect_intern(effects, &e, &number) || number != i;
	}
	ck_assert_uint_eq(wrong, 0);
	e.otc = EFFECTS_MAX + 1;
	ck_assert(!effect_intern(effects, &e, &number));
	ck_assert_uint_eq(number, 0);
	e.otc = 5; /* those that exist still do */
	ck_assert(effect_intern(effects, &e, &number));
	ck_assert_uint_eq(number, 5);
	ck_assert_uint_eq(effect_get(effects, EFFECTS_MAX)->otc, EFFECTS_MAX);
	effects_free(effects);
}
END_TEST

START_TEST(of_a_path)
{
	static struct fix_path path;
	struct fix *f = fix_init();
	struct fix_route route = {.slot = 1, .prefix = "198.51.100.0/24", .path = "102 7"};
	struct rules_result rules = {.rules = list, .rule_count = 1};
	const struct effect *e;
	uint32_t number;

	f->peers[1].customs = fix_asns(f, "4 5");
	f->peers[1].flags |= PEER_QUARANTINE | PEER_ROLES;
	f->peers[1].role = ROLE_CUSTOMER;
	fix_open(f);
	fix_path(f, &path, &route);
	ck_assert(effect_of(f->policy, &path.view, &rules, REASON_NONE, &number));
	e = effect_get(f->policy->effects, number);
	ck_assert_uint_eq(e->custom_count, 2);
	ck_assert_uint_eq(e->customs[1], 5);
	ck_assert_uint_eq(e->rules[0], 3);
	ck_assert_uint_eq(e->flags, EFFECT_QUARANTINE);
	ck_assert_uint_eq(e->otc, 102);
	ck_assert_uint_eq(e->announcer, 0);
	/* rejected before custom communities were attached, and after */
	ck_assert(effect_of(f->policy, &path.view, &rules, REASON_FAMILY, &number));
	e = effect_get(f->policy->effects, number);
	ck_assert_uint_eq(e->custom_count, 0);
	ck_assert_uint_eq(e->reason, REASON_FAMILY);
	ck_assert_uint_eq(e->announcer, 102);
	ck_assert_uint_eq(e->otc, 0);
	ck_assert(effect_of(f->policy, &path.view, &rules, REASON_NEXT_HOP, &number));
	ck_assert_uint_eq(effect_get(f->policy->effects, number)->custom_count, 2);
	/* OTC that came is not another's to put in; IPv4 by IPv6 */
	route.otc = "102";
	route.next_hop = "2001:db8::1";
	fix_path(f, &path, &route);
	ck_assert(effect_of(f->policy, &path.view, &rules, REASON_NONE, &number));
	e = effect_get(f->policy->effects, number);
	ck_assert_uint_eq(e->otc, 0);
	ck_assert_uint_eq(e->flags, EFFECT_QUARANTINE | EFFECT_IPV4_BY_IPV6);
	/* who is not configured has none */
	path.view.slot = FIX_PEERS;
	ck_assert(effect_of(f->policy, &path.view, &rules, REASON_NONE, &number));
	ck_assert_uint_eq(number, 0);
	fix_close(f);
}
END_TEST

int
main(void)
{
	RUN_SUITE("effect", nothing_is_number_0, each_member_makes_another,
	    no_more_than_tags_can_name, of_a_path);
}
