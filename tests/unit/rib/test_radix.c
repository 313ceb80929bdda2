/*
 * The prefix tree against a plain array: after every random insertion and removal the invariants
 * hold, and walks, covers and longest matches are those of the array.
 */
#include <stdint.h>
#include <string.h>

#include "rib/radix.h"
#include "tests/unit/rib/main.h"

#define MAX 400

struct naive {
	struct prefix prefixes[MAX]; /* in order */
	uint32_t values[MAX];
	size_t count;
};

static size_t
place_of(const struct naive *n, const struct prefix *p)
{
	size_t i = 0;

	while (i < n->count && prefix_compare(&n->prefixes[i], p) < 0)
		i++;
	return i;
}

static bool
naive_has(const struct naive *n, const struct prefix *p)
{
	size_t i = place_of(n, p);

	return i < n->count && prefix_compare(&n->prefixes[i], p) == 0;
}

static void
naive_toggle(struct naive *n, const struct prefix *p, uint32_t value)
{
	size_t i = place_of(n, p);

	if (naive_has(n, p)) {
		n->count--;
		memmove(&n->prefixes[i], &n->prefixes[i + 1], (n->count - i) * sizeof(*p));
		memmove(&n->values[i], &n->values[i + 1], (n->count - i) * sizeof(value));
		return;
	}
	memmove(&n->prefixes[i + 1], &n->prefixes[i], (n->count - i) * sizeof(*p));
	memmove(&n->values[i + 1], &n->values[i], (n->count - i) * sizeof(value));
	n->prefixes[i] = *p;
	n->values[i] = value;
	n->count++;
}

/* Few bits at the ends of the address, so that prefixes nest and differ at every depth. */
static struct prefix
random_prefix(uint64_t *state, enum family family)
{
	struct prefix p = {.family = (uint8_t)family};
	unsigned max = prefix_max_len(family);

	p.len = (uint8_t)(test_random(state, 2) == 0 ? test_random(state, 8)
						     : max - test_random(state, 8));
	p.addr[0] = (uint8_t)test_random(state, 256);
	if (p.len > 64)
		p.addr[8] = (uint8_t)(test_random(state, 3) << 6);
	p.addr[max / 8 - 1] = (uint8_t)test_random(state, 256);
	for (unsigned bit = p.len; bit < 128; bit++)
		p.addr[bit / 8] &= (uint8_t) ~(0x80U >> bit % 8);
	return p;
}

static uint32_t
value_at(const struct radix *r, uint32_t node)
{
	return node == 0 ? 0 : radix_at(r, node)->value;
}

static void
compare_walks(const struct radix *r, const struct naive *n, const struct prefix *key)
{
	struct radix_pass pass;
	size_t at = place_of(n, key);

	radix_pass_init(&pass, r, NULL, false);
	for (size_t i = 0; i < n->count; i++)
		ck_assert_uint_eq(value_at(r, radix_pass_next(&pass)), n->values[i]);
	ck_assert_uint_eq(radix_pass_next(&pass), 0);
	radix_pass_init(&pass, r, key, true);
	for (size_t i = at; i < n->count; i++)
		ck_assert_uint_eq(value_at(r, radix_pass_next(&pass)), n->values[i]);
	ck_assert_uint_eq(radix_pass_next(&pass), 0);
	radix_pass_init(&pass, r, key, false);
	for (size_t i = at + naive_has(n, key); i < n->count; i++)
		ck_assert_uint_eq(value_at(r, radix_pass_next(&pass)), n->values[i]);
	ck_assert_uint_eq(radix_pass_next(&pass), 0);
}

static void
compare_covers(const struct radix *r, const struct naive *n, const struct prefix *key)
{
	uint32_t longest = 0;
	unsigned min_len = 0;

	for (size_t i = 0; i < n->count; i++) {
		uint32_t node;

		if (!prefix_covers(&n->prefixes[i], key))
			continue;
		longest = n->values[i];
		node = radix_covering(r, key, min_len);
		ck_assert_uint_eq(value_at(r, node), longest);
		min_len = n->prefixes[i].len + 1U;
	}
	ck_assert_uint_eq(radix_covering(r, key, min_len), 0);
	ck_assert_uint_eq(value_at(r, radix_longest(r, key)), longest);
}

static void
play(enum family family, uint64_t seed, unsigned events)
{
	static struct naive n;
	struct radix r;

	n.count = 0;
	radix_init(&r, family);
	for (uint32_t i = 1; i <= events; i++) {
		struct prefix p = random_prefix(&seed, family), out;
		uint32_t found = radix_find(&r, &p);
		const char *broken;

		ck_assert_int_eq(found != 0, naive_has(&n, &p));
		if (found != 0 || n.count == MAX) {
			if (found == 0)
				p = n.prefixes[test_random(&seed, MAX)];
			radix_remove(&r, &p);
			naive_toggle(&n, &p, 0);
			ck_assert_uint_eq(radix_find(&r, &p), 0);
		} else {
			uint32_t node = radix_insert(&r, &p);

			ck_assert_uint_eq(radix_at(&r, node)->value, 0);
			radix_at(&r, node)->value = i;
			naive_toggle(&n, &p, i);
			ck_assert_uint_eq(radix_insert(&r, &p), node);
			radix_prefix(&r, node, &out);
			ck_assert_int_eq(prefix_compare(&out, &p), 0);
		}
		broken = radix_check(&r);
		ck_assert_msg(broken == NULL, "%s", broken == NULL ? "" : broken);
		if (i % 7 == 0) {
			p = random_prefix(&seed, family);
			compare_walks(&r, &n, &p);
			compare_covers(&r, &n, &p);
		}
	}
	while (n.count > 0) {
		struct prefix p = n.prefixes[test_random(&seed, (uint32_t)n.count)];

		radix_remove(&r, &p);
		naive_toggle(&n, &p, 0);
		ck_assert_ptr_null(radix_check(&r));
	}
	ck_assert_uint_eq(r.root, 0);
	ck_assert_uint_eq(r.nodes.live, 0);
	radix_fini(&r);
}

START_TEST(random_ipv4)
{
	play(FAMILY_IPV4, 1, 8000);
}
END_TEST

START_TEST(random_ipv6)
{
	play(FAMILY_IPV6, 2, 8000);
}
END_TEST

/* A walker that finds nothing is no walker: each broken invariant is named. */
START_TEST(the_checker_finds_what_is_broken)
{
	static const char *const texts[] = {"10.0.0.0/8", "10.0.0.0/16", "10.128.0.0/16"};
	struct radix r;
	struct radix_node *root;
	struct prefix p;

	radix_init(&r, FAMILY_IPV4);
	for (size_t i = 0; i < 3; i++) {
		ck_assert_int_eq(prefix_parse(texts[i], &p), 0);
		radix_at(&r, radix_insert(&r, &p))->value = 1;
	}
	ck_assert_ptr_null(radix_check(&r));
	root = radix_at(&r, r.root);
	root->key[3] = 1;
	ck_assert_ptr_nonnull(radix_check(&r));
	root->key[3] = 0;
	root->key[0] = 11;
	ck_assert_ptr_nonnull(radix_check(&r));
	root->key[0] = 10;
	root->child[1] = root->child[0];
	ck_assert_ptr_nonnull(radix_check(&r));
	root->child[1] = 0;
	ck_assert_ptr_nonnull(radix_check(&r));
	radix_fini(&r);
}
END_TEST

int
main(void)
{
	RUN_SUITE("rib/radix", random_ipv4, random_ipv6, the_checker_finds_what_is_broken);
}
