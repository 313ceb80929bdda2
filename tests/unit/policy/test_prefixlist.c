/* Lists of prefixes against a look at every entry. */
#include "policy/prefixlist.h"
#include "tests/unit/policy/fixture.h"
#include "tests/unit/rib/main.h"

static struct fix *f;

static const char *
match_text(const struct prefixlist *list, const char *prefix)
{
	static char text[PREFIX_TEXT_MAX];
	struct prefix p = fix_prefix(prefix);
	const struct policy_prefix *entry = prefixlist_match(list, &p);

	if (entry == NULL)
		return "none";
	prefix_format(&entry->prefix, text);
	return text;
}

static struct prefixlist *
list_of(const char *text)
{
	struct policy_range range = fix_prefixes(f, text);

	return prefixlist_new(f->prefixes + range.first, range.count);
}

START_TEST(matches)
{
	static const struct {
		const char *prefix;
		const char *entry;
	} cases[] = {
	    {"10.0.0.0/8", "10.0.0.0/8"},
	    {"10.255.0.0/16", "10.0.0.0/8"},
	    {"10.1.2.0/24", "10.1.0.0/16"},
	    {"10.1.2.0/25", "10.0.0.0/8"}, /* /16 admits up to 24 */
	    {"10.1.0.0/16", "10.0.0.0/8"}, /* and from 24 on */
	    {"11.0.0.0/8", "none"},
	    {"9.0.0.0/8", "none"},
	    {"0.0.0.0/0", "0.0.0.0/0"},
	    {"0.0.0.0/1", "none"},
	    {"192.0.2.0/24", "192.0.2.0/24"},
	    {"192.0.2.0/25", "none"},
	    {"2001:db8:1::/48", "2001:db8::/32"},
	    {"2001:db8:0:1:8000::/65", "2001:db8:0:1:8000::/65"},
	    {"2001:db8:0:1:c000::/66", "2001:db8:0:1:8000::/65"},
	    {"2001:db8:0:1::/64", "2001:db8::/32"},
	    {"2001:db9::/32", "none"},
	};
	struct prefixlist *list = list_of("192.0.2.0/24= 10.1.0.0/16+24-24 10.0.0.0/8 0.0.0.0/0= "
					  "2001:db8:0:1:8000::/65 2001:db8::/32");

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ck_assert_str_eq(match_text(list, cases[i].prefix), cases[i].entry);
	prefixlist_free(list);
}
END_TEST

START_TEST(no_entries)
{
	struct prefix p = fix_prefix("10.0.0.0/8");
	struct prefixlist *list;

	ck_assert_ptr_null(prefixlist_new(NULL, 0));
	ck_assert_ptr_null(prefixlist_match(NULL, &p));
	list = list_of("10.0.0.0/8");
	ck_assert_str_eq(match_text(list, "::/0"), "none");
	prefixlist_free(list);
	list = list_of("::/0");
	ck_assert_str_eq(match_text(list, "10.0.0.0/8"), "none");
	ck_assert_str_eq(match_text(list, "2001:db8::/32"), "::/0");
	prefixlist_free(list);
}
END_TEST

START_TEST(origins)
{
	struct prefixlist *list = list_of("10.0.0.0/8@7 10.1.0.0/16=@8 10.1.0.0/16=@9");
	struct prefix p = fix_prefix("10.1.0.0/16");

	ck_assert_uint_eq(prefixlist_match_origin(list, &p, true, 7)->asn, 7);
	ck_assert_uint_eq(prefixlist_match_origin(list, &p, true, 8)->asn, 8);
	ck_assert_uint_eq(prefixlist_match_origin(list, &p, true, 9)->asn, 9);
	ck_assert_ptr_null(prefixlist_match_origin(list, &p, true, 10));
	ck_assert_ptr_null(prefixlist_match_origin(list, &p, false, 0));
	prefixlist_free(list);
	list = list_of("10.1.0.0/16");
	ck_assert_ptr_nonnull(prefixlist_match_origin(list, &p, true, 10));
	ck_assert_ptr_nonnull(prefixlist_match_origin(list, &p, false, 0));
	prefixlist_free(list);
}
END_TEST

/* A prefix in a small corner of the address space, so that many cover each other. */
static struct prefix
random_prefix(uint64_t *seed)
{
	struct prefix p = {.family = (uint8_t)test_random(seed, 2)};
	unsigned max = prefix_max_len((enum family)p.family);
	unsigned first = p.family == FAMILY_IPV4 ? 1 : 7; /* about the middle of IPv6's 128 bits */

	if (test_random(seed, 2) == 0)
		p.addr[0] = (uint8_t)(test_random(seed, 4) << 6);
	p.len = (uint8_t)(test_random(seed, 3) == 0 ? test_random(seed, max + 1)
						    : first * 8 + test_random(seed, 12));
	if (p.len < 8)
		p.addr[0] &= (uint8_t)(0xff00 >> p.len);
	for (unsigned bit = first * 8; bit < p.len; bit++)
		p.addr[bit / 8] |= (uint8_t)(test_random(seed, 4) == 0 ? 0x80 >> bit % 8 : 0);
	return p;
}

/* The longest that matches, of equal ones the last. */
static const struct policy_prefix *
naive_match(
    const struct policy_prefix *entries, size_t count, const struct prefix *p, uint32_t origin)
{
	const struct policy_prefix *best = NULL;

	for (size_t i = 0; i < count; i++) {
		const struct policy_prefix *e = &entries[i];

		if (prefix_covers(&e->prefix, p) && e->ge <= p->len && p->len <= e->le &&
		    (origin == 0 || !e->has_asn || e->asn == origin) &&
		    (best == NULL || e->prefix.len >= best->prefix.len))
			best = e;
	}
	return best;
}

START_TEST(random_lists)
{
	uint64_t seed = 20;
	unsigned wrong = 0;
	unsigned found = 0;

	for (unsigned round = 0; round < 60; round++) {
		static struct policy_prefix entries[200];
		size_t count = 1 + test_random(&seed, 200);
		struct prefixlist *list;

		for (size_t i = 0; i < count; i++) {
			struct policy_prefix *e = &entries[i];
			unsigned span;

			e->prefix = random_prefix(&seed);
			span = prefix_max_len((enum family)e->prefix.family) - e->prefix.len;
			e->ge = (uint8_t)(e->prefix.len + test_random(&seed, span + 1) / 2);
			e->le = (uint8_t)(e->ge +
			    test_random(
				&seed, prefix_max_len((enum family)e->prefix.family) - e->ge + 1U));
			e->has_asn = test_random(&seed, 2);
			e->asn = 1 + test_random(&seed, 3);
		}
		list = prefixlist_new(entries, count);
		for (unsigned i = 0; i < 300; i++) {
			struct prefix p = random_prefix(&seed);
			uint32_t origin = 1 + test_random(&seed, 3);

			wrong += prefixlist_match(list, &p) != naive_match(entries, count, &p, 0);
			wrong += prefixlist_match_origin(list, &p, true, origin) !=
			    naive_match(entries, count, &p, origin);
			found += prefixlist_match(list, &p) != NULL;
		}
		prefixlist_free(list);
	}
	ck_assert_uint_eq(wrong, 0);
	ck_assert_uint_gt(found, 1000);
}
END_TEST

int
main(void)
{
	f = fix_init();
	RUN_SUITE("prefixlist", matches, no_entries, origins, random_lists);
}
