/* Authorities, IRR objects, ARIN's and Registro.br's records, against the naive way. */
#include <ctype.h>

#include "tests/unit/policy/generation.h"

static struct authority *
authority(struct dataset *dataset, uint32_t own, const char *const names[4])
{
	size_t n = 0;

	while (n < 4 && names[n] != NULL)
		n++;
	return authority_new(dataset, own, names, n);
}

#define NAMES(...)             \
	(const char *const[4]) \
	{                      \
		__VA_ARGS__    \
	}

static bool
has_prefix(const struct authority *a, const char *text, bool longer)
{
	struct prefix prefix = gen_prefix(text);

	return authority_has_prefix(a, &prefix, longer);
}

static void
small_world(struct generation *g)
{
	gen_object(g, "AS-FOO", (const uint32_t[]){10, 11, 12}, 3);
	gen_object(g, "RIPE::AS-FOO", (const uint32_t[]){10}, 1);
	gen_object(g, "AS64500:AS-CUSTOMERS", (const uint32_t[]){12, 20}, 2);
	gen_object(g, "AS-EMPTY", NULL, 0);
	gen_object(g, "AS-LISTS", NULL, 0);
	gen_entry(g, "198.51.100.0/22", 24, 24);
	gen_entry(g, "2001:db8::/32", 32, 48);
	gen_object(g, "AS77", NULL, 0);
	gen_entry(g, "192.0.2.0/24", 24, 24);
	gen_object(g, "AS78", (const uint32_t[]){78, 79}, 2);
	gen_object(g, "as-foo", (const uint32_t[]){99}, 1);
	gen_route(g, "10.0.0.0/8", 10);
	gen_route(g, "10.0.0.0/8", 99);
	gen_route(g, "10.1.0.0/16", 20);
	gen_route(g, "10.1.1.0/24", 77);
	gen_route(g, "10.2.0.0/16", 0);
}

struct origins_case {
	uint32_t own;
	const char *names[4];
	uint32_t origins[8]; /* all of them */
	const char *missing; /* with a space behind each */
};

static const struct origins_case origins_cases[] = {
    {1, {NULL}, {1}, ""},
    {0, {NULL}, {0}, ""},
    {1, {"AS-FOO"}, {1, 10, 11, 12}, ""},
    {1, {"as-Foo"}, {1, 10, 11, 12}, ""},
    {11, {"AS-FOO"}, {10, 11, 12}, ""},
    {1, {"RIPE::AS-FOO"}, {1, 10}, ""},
    {1, {"ripe::as-foo"}, {1, 10}, ""},
    {1, {"RADB::AS-FOO"}, {1, 10, 11, 12}, ""},
    {1, {"AS-FOO", "AS64500:AS-CUSTOMERS"}, {1, 10, 11, 12, 20}, ""},
    {1, {"AS64500:AS-CUSTOMERS", "AS-FOO", "AS-FOO"}, {1, 10, 11, 12, 20}, ""},
    {1, {"RIPE::AS64500:AS-CUSTOMERS"}, {1, 12, 20}, ""},
    {1, {"AS5"}, {1, 5}, ""},
    {1, {"as5", "RIPE::AS4294967295"}, {1, 5, 4294967295}, ""},
    {1, {"AS78"}, {1, 78, 79}, ""},
    {78, {NULL}, {78, 79}, ""},
    {77, {NULL}, {77}, ""},
    {1, {"AS-NONE", "AS-FOO", "AS-none", "RIPE::AS-NONE"}, {1, 10, 11, 12},
	"AS-NONE RIPE::AS-NONE "},
    {1, {"AS-EMPTY"}, {1}, "AS-EMPTY "},
    {1, {"AS-LISTS"}, {1}, ""},
    {1, {"AS0", "AS4294967301", "AS12x", "AS"}, {1}, "AS0 AS4294967301 AS12x AS "},
    {1, {"AS99999999999999999999"}, {1}, "AS99999999999999999999 "},
    {1, {"", "::", "64500", "AS-"}, {1}, " :: 64500 AS- "},
    {1, {"AS042"}, {1}, "AS042 "},
};

START_TEST(origins_and_missing_names)
{
	const struct origins_case *c = &origins_cases[_i];
	char missing[200] = "";
	struct generation g = {0};
	struct dataset *dataset;
	struct authority *a;
	const char *name;
	size_t iter = 0, count = 0;

	small_world(&g);
	dataset = gen_open(&g, 1);
	a = authority(dataset, c->own, c->names);
	for (; count < 8 && c->origins[count] != 0; count++)
		ck_assert_msg(authority_has_origin(a, c->origins[count]), "%u", c->origins[count]);
	ck_assert_uint_eq(authority_origin_count(a), count);
	for (uint32_t asn = 0; asn < 200; asn++) {
		bool expected = false;

		for (size_t i = 0; i < count; i++)
			expected |= c->origins[i] == asn;
		ck_assert_msg(authority_has_origin(a, asn) == expected, "%u", asn);
	}
	while ((name = authority_next_missing(a, &iter)) != NULL) {
		strcat(missing, name);
		strcat(missing, " ");
	}
	ck_assert_str_eq(missing, c->missing);
	authority_free(a);
	gen_close(&g, dataset);
}
END_TEST

struct prefix_case {
	uint32_t own;
	const char *names[4];
	const char *prefix;
	bool exact, longer; /* the answers */
};

static const struct prefix_case prefix_cases[] = {
    {1, {"AS-FOO"}, "10.0.0.0/8", true, true},
    {1, {"AS-FOO"}, "10.0.0.0/9", false, true},
    {1, {"AS-FOO"}, "8.0.0.0/6", false, false},
    {1, {"AS-FOO"}, "10.1.0.0/16", false, true}, /* the /16 is another's, the /8 covers it */
    {1, {"AS20"}, "10.1.0.0/16", true, true},
    {20, {NULL}, "10.1.0.0/16", true, true},
    {20, {NULL}, "10.1.1.0/24", false, true},
    {77, {"AS20"}, "10.1.1.0/24", true, true},
    {1, {"AS20"}, "10.0.0.0/8", false, false},
    {2, {NULL}, "10.0.0.0/8", false, false},
    {1, {"AS-EMPTY", "AS-NONE"}, "10.0.0.0/8", false, false},
    {0, {NULL}, "10.2.0.0/16", false, false}, /* AS 0 authorises nobody */
    {0, {"AS0"}, "10.2.0.0/16", false, false},
    {1, {"AS-LISTS"}, "198.51.100.0/24", true, true},
    {1, {"AS-LISTS"}, "198.51.101.0/24", true, true},
    {1, {"AS-LISTS"}, "198.51.100.0/22", false, false}, /* its /24s only */
    {1, {"AS-LISTS"}, "198.51.100.0/23", false, false},
    {1, {"AS-LISTS"}, "198.51.100.0/25", false, true},
    {1, {"AS-LISTS"}, "198.51.104.0/24", false, false},
    {1, {"AS-LISTS"}, "2001:db8::/32", true, true},
    {1, {"AS-LISTS"}, "2001:db8:1::/48", true, true},
    {1, {"AS-LISTS"}, "2001:db8:1::/49", false, true},
    {1, {"AS-LISTS"}, "2001:db9::/32", false, false},
    {1, {"AS-FOO"}, "198.51.100.0/24", false, false}, /* another object's list */
    {1, {"AS-FOO", "AS-LISTS"}, "198.51.100.0/24", true, true},
    {77, {NULL}, "192.0.2.0/24", true, true}, /* the list of the object AS77 */
    {1, {"AS77"}, "192.0.2.0/24", true, true},
    {1, {"AS78"}, "192.0.2.0/24", false, false},
};

START_TEST(prefixes)
{
	const struct prefix_case *c = &prefix_cases[_i];
	struct generation g = {0};
	struct dataset *dataset;
	struct authority *a;

	small_world(&g);
	dataset = gen_open(&g, 2);
	a = authority(dataset, c->own, c->names);
	ck_assert_msg(has_prefix(a, c->prefix, false) == c->exact, "%s", c->prefix);
	ck_assert_msg(has_prefix(a, c->prefix, true) == c->longer, "%s", c->prefix);
	authority_free(a);
	gen_close(&g, dataset);
}
END_TEST

START_TEST(equal_lists_share_memory)
{
	struct generation g = {0};
	static uint32_t asns[40000];
	struct authority *authorities[100];
	struct dataset *dataset;
	uint64_t before, one;

	for (uint32_t i = 0; i < 40000; i++)
		asns[i] = 100000 + i * 7;
	gen_object(&g, "AS-LARGE", asns, 40000);
	gen_object(&g, "AS-SMALL", asns, 3);
	dataset = gen_open(&g, 1000);
	before = dataset_octets(dataset);
	authorities[0] = authority(dataset, 1, NAMES("AS-LARGE", "AS-SMALL", "AS9"));
	one = dataset_octets(dataset) - before;
	ck_assert_uint_lt(one, 40000 * 12);
	for (uint32_t i = 1; i < 100; i++) {
		const char *const *names = i % 2 == 0 ? NAMES("AS9", "RIPE::as-small", "AS-Large")
						      : NAMES("AS-SMALL", "AS-LARGE", "AS9", "AS9");

		authorities[i] = authority(dataset, 1 + i, names);
	}
	ck_assert_uint_eq(dataset_octets(dataset), before + one);
	/* What is shared does not tell members apart; their own ASN does. */
	ck_assert(authority_has_origin(authorities[50], 51));
	ck_assert(!authority_has_origin(authorities[50], 52));
	ck_assert_uint_eq(authority_origin_count(authorities[50]), 40002);
	for (uint32_t i = 0; i < 40000; i += 13)
		ck_assert(authority_has_origin(authorities[99], asns[i]));
	for (uint32_t i = 0; i < 100; i++)
		authority_free(authorities[i]);
	ck_assert_uint_eq(dataset_octets(dataset), before);
	gen_close(&g, dataset);
}
END_TEST

START_TEST(different_lists_do_not_share)
{
	struct generation g = {0};
	struct dataset *dataset;
	struct authority *a, *b;

	small_world(&g);
	dataset = gen_open(&g, 1);
	a = authority(dataset, 1, NAMES("AS-FOO"));
	b = authority(dataset, 1, NAMES("AS64500:AS-CUSTOMERS"));
	ck_assert(authority_has_origin(a, 11) && !authority_has_origin(b, 11));
	ck_assert(authority_has_origin(b, 20) && !authority_has_origin(a, 20));
	authority_free(a);
	ck_assert(authority_has_origin(b, 20));
	authority_free(b);
	authority_free(NULL);
	gen_close(&g, dataset);
}
END_TEST

/* More lists of the same length than there are buckets. */
START_TEST(many_lists)
{
	struct generation g = {0};
	struct dataset *dataset = gen_open(&g, 1);
	struct authority *authorities[3000];
	unsigned wrong = 0;

	for (uint32_t i = 0; i < 3000; i++) {
		char name[16];
		const char *names[] = {name};

		snprintf(name, sizeof(name), "AS%u", 100 + i);
		authorities[i] = authority_new(dataset, 1, names, 1);
	}
	for (uint32_t i = 0; i < 3000; i++) {
		wrong += !authority_has_origin(authorities[i], 100 + i);
		wrong += authority_has_origin(authorities[i], 100 + (i + 1) % 3000);
	}
	ck_assert_uint_eq(wrong, 0);
	for (uint32_t i = 0; i < 3000; i++)
		authority_free(authorities[i]);
	gen_close(&g, dataset);
}
END_TEST

/* ---- random worlds ---- */

#define OBJECTS	     40
#define NAME_MAX_LEN 16

static void
object_name(uint32_t number, char name[NAME_MAX_LEN])
{
	snprintf(name, NAME_MAX_LEN, number % 5 == 0 ? "AS%u" : "AS-O%u", number + 1);
}

static void
random_world(struct generation *g)
{
	for (uint32_t i = 0; i < OBJECTS; i++) {
		char name[NAME_MAX_LEN];
		uint32_t asns[60], n = 0;

		object_name(i, name);
		for (uint32_t asn = 1; asn < 60 && gen_random(g, 6) != 0; asn++) {
			if (gen_random(g, 4) == 0)
				asns[n++] = asn;
		}
		gen_object(g, name, asns, n);
		for (uint32_t k = gen_random(g, 12); k > 0; k--) {
			struct prefix prefix = gen_random_prefix(g);
			unsigned max = prefix_max_len(prefix.family);
			unsigned ge = prefix.len + gen_random(g, max - prefix.len + 1);

			gen_entry_of(g, prefix, ge, ge + gen_random(g, max - ge + 1));
		}
	}
	/* Some objects have entries of their neighbours, too: ranges may overlap. */
	for (uint32_t i = 1; i < OBJECTS; i += 6) {
		struct data_object *objects = (void *)(uintptr_t)g->data.objects;

		objects[i].prefixes.count += objects[i + 1].prefixes.count / 2;
	}
	for (uint32_t i = 0; i < 400; i++)
		gen_route_of(g, gen_random_prefix(g), gen_random(g, 70));
}

static bool
naive_has_origin(const struct generation *g, const bool *listed, uint32_t own, uint32_t asn)
{
	if (asn == 0)
		return false;
	for (uint32_t i = 0; i < OBJECTS; i++) {
		const struct data_object *object = &g->data.objects[i];
		bool is_own = i % 5 == 0 && i + 1 == own;

		if (listed[i] && i % 5 == 0 && i + 1 == asn)
			return true;
		for (uint32_t k = 0; k < object->asns.count && (listed[i] || is_own); k++) {
			if (g->data.asns[object->asns.first + k] == asn)
				return true;
		}
	}
	return asn == own;
}

static bool
naive_entry_matches(const struct policy_prefix *entry, const struct prefix *prefix, bool longer)
{
	return prefix_covers(&entry->prefix, prefix) && prefix->len >= entry->ge &&
	    (longer || prefix->len <= entry->le);
}

static bool
naive_has_prefix(const struct generation *g, const bool *listed, uint32_t own,
    const struct prefix *prefix, bool longer)
{
	for (uint32_t i = 0; i < g->data.route_count; i++) {
		const struct data_route *route = &g->data.routes[i];

		if (prefix_covers(&route->prefix, prefix) &&
		    (longer || route->prefix.len == prefix->len) &&
		    naive_has_origin(g, listed, own, route->origin))
			return true;
	}
	for (uint32_t i = 0; i < OBJECTS; i++) {
		struct policy_range range = g->data.objects[i].prefixes;

		if (!listed[i] && !(i % 5 == 0 && i + 1 == own))
			continue;
		for (uint32_t k = 0; k < range.count; k++) {
			if (naive_entry_matches(&g->data.prefixes[range.first + k], prefix, longer))
				return true;
		}
	}
	return false;
}

/* One member with some of the objects; returns the number of wrong answers. */
static unsigned
ask_member(struct generation *g, struct dataset *dataset, unsigned seen[2])
{
	bool listed[OBJECTS] = {false};
	char names[OBJECTS][NAME_MAX_LEN];
	const char *list[OBJECTS];
	uint32_t own = gen_random(g, 70), n = gen_random(g, 6);
	unsigned wrong = 0, origins = 0;
	struct authority *a;

	for (uint32_t i = 0; i < n; i++) {
		uint32_t number = gen_random(g, OBJECTS);

		listed[number] = true;
		object_name(number, names[i]);
		for (char *c = names[i]; i % 2 == 0 && *c != '\0'; c++)
			*c = (char)tolower(*c);
		list[i] = names[i];
	}
	a = authority_new(dataset, own, list, n);
	for (uint32_t asn = 0; asn < 80; asn++) {
		wrong += authority_has_origin(a, asn) != naive_has_origin(g, listed, own, asn);
		origins += naive_has_origin(g, listed, own, asn);
	}
	wrong += authority_origin_count(a) != origins;
	for (unsigned i = 0; i < 60; i++) {
		struct prefix prefix = gen_random_prefix(g);
		bool longer = i % 2 == 0, expected;

		expected = naive_has_prefix(g, listed, own, &prefix, longer);
		wrong += authority_has_prefix(a, &prefix, longer) != expected;
		seen[expected]++;
	}
	authority_free(a);
	return wrong;
}

START_TEST(random_members)
{
	struct generation g = {.seed = (uint64_t)_i + 1000};
	unsigned wrong = 0, seen[2] = {0};
	struct dataset *dataset;

	random_world(&g);
	dataset = gen_open(&g, 31);
	for (unsigned i = 0; i < 40; i++)
		wrong += ask_member(&g, dataset, seen);
	ck_assert_uint_eq(wrong, 0);
	ck_assert_uint_gt(seen[0], 100);
	ck_assert_uint_gt(seen[1], 100);
	gen_close(&g, dataset);
}
END_TEST

/* ---- ARIN, Registro.br ---- */

static bool
naive_record(const struct data_route *records, uint32_t count, const struct prefix *prefix,
    uint32_t origin, bool longer)
{
	for (uint32_t i = 0; i < count; i++) {
		if (records[i].origin == origin && prefix_covers(&records[i].prefix, prefix) &&
		    (longer || records[i].prefix.len == prefix->len))
			return true;
	}
	return false;
}

START_TEST(records_of_arin_and_registrobr)
{
	struct generation g = {.seed = 4242};
	unsigned wrong = 0, seen[2] = {0};
	struct dataset *dataset;

	for (unsigned i = 0; i < 500; i++) {
		gen_route_of(&g, gen_random_prefix(&g), gen_random(&g, 5));
		gen_route_of(&g, gen_random_prefix(&g), gen_random(&g, 5));
	}
	/* Each half of the records is one source. */
	g.data.arin = g.data.routes;
	g.data.arin_count = 500;
	g.data.registrobr = g.data.routes + 500;
	g.data.registrobr_count = 500;
	dataset = gen_open(&g, 99);
	for (unsigned i = 0; i < 4000; i++) {
		struct prefix prefix = gen_random_prefix(&g);
		uint32_t origin = gen_random(&g, 6);
		bool longer = i % 2 == 0;
		bool expected = naive_record(g.data.arin, 500, &prefix, origin, longer);

		wrong += dataset_arin(dataset, &prefix, origin, longer) != expected;
		seen[expected]++;
		expected = naive_record(g.data.registrobr, 500, &prefix, origin, longer);
		wrong += dataset_registrobr(dataset, &prefix, origin, longer) != expected;
	}
	ck_assert_uint_eq(wrong, 0);
	ck_assert_uint_gt(seen[0], 100);
	ck_assert_uint_gt(seen[1], 100);
	g.data.arin = NULL;
	g.data.registrobr = NULL;
	gen_close(&g, dataset);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("irr");
	TCase *tcase = tcase_create("irr");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, origins_and_missing_names, 0,
	    (int)(sizeof(origins_cases) / sizeof(origins_cases[0])));
	tcase_add_loop_test(
	    tcase, prefixes, 0, (int)(sizeof(prefix_cases) / sizeof(prefix_cases[0])));
	tcase_add_test(tcase, equal_lists_share_memory);
	tcase_add_test(tcase, different_lists_do_not_share);
	tcase_add_test(tcase, many_lists);
	tcase_add_loop_test(tcase, random_members, 0, 10);
	tcase_add_test(tcase, records_of_arin_and_registrobr);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
