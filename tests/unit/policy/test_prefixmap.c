/* Maps of prefixes, and the sets of ASNs beside them, against the naive way. */
#include "policy/asnset.h"
#include "policy/prefixmap.h"

#include "tests/unit/policy/generation.h"

struct built {
	struct prefixmap map;
	struct blocks blocks;
};

static struct prefixmap_source
source_of(const struct generation *g)
{
	return (struct prefixmap_source){.records = g->data.vrps,
	    .count = g->data.vrp_count,
	    .stride = sizeof(*g->data.vrps),
	    .value_at = offsetof(struct data_vrp, asn),
	    .extra_at = offsetof(struct data_vrp, max_len)};
}

static void
build(struct built *b, const struct generation *g, unsigned slice)
{
	const struct prefixmap_source source = source_of(g);

	*b = (struct built){0};
	prefixmap_init(&b->map, &source, &b->blocks);
	while (prefixmap_step(&b->map, slice))
		continue;
	ck_assert_ptr_null(prefixmap_check(&b->map));
}

static void
fini(struct built *b)
{
	while (blocks_free_step(&b->blocks, 1))
		continue;
	ck_assert_uint_eq(b->blocks.octets, 0);
}

/* Sum over the covering VRPs that means something else for each of them. */
static uint64_t
naive_sum(const struct generation *g, const struct prefix *prefix, unsigned *longest)
{
	uint64_t sum = 0;

	*longest = 999;
	for (uint32_t i = 0; i < g->data.vrp_count; i++) {
		const struct data_vrp *vrp = &g->data.vrps[i];

		if (!prefix_covers(&vrp->prefix, prefix))
			continue;
		sum += (uint64_t)vrp->asn * 1000 + vrp->max_len;
		if (*longest == 999 || vrp->prefix.len > *longest)
			*longest = vrp->prefix.len;
	}
	return sum;
}

static uint64_t
map_sum(const struct prefixmap *map, const struct prefix *prefix, unsigned *longest)
{
	const struct prefixmap_family *in = &map->families[prefix->family];
	const struct prefixmap_node *node = prefixmap_longest(map, prefix);
	uint64_t sum = 0;

	*longest = node == NULL ? 999 : node->len;
	for (; node != NULL; node = prefixmap_up(in, node)) {
		for (uint32_t i = node[0].first; i < node[1].first; i++)
			sum += (uint64_t)in->values[i] * 1000 + in->extras[i];
	}
	return sum;
}

static unsigned
count_differences(struct generation *g, const struct prefixmap *map, unsigned queries)
{
	unsigned differences = 0, a, b;

	for (unsigned i = 0; i < queries; i++) {
		struct prefix prefix = gen_random_prefix(g);

		if (g->data.vrp_count > 0 && i % 4 == 0)
			prefix = g->data.vrps[gen_random(g, g->data.vrp_count)].prefix;
		differences += naive_sum(g, &prefix, &a) != map_sum(map, &prefix, &b) || a != b;
	}
	return differences;
}

START_TEST(finds_what_a_search_through_all_finds)
{
	static const unsigned counts[] = {0, 1, 2, 7, 8, 9, 63, 64, 65, 500, 600, 5000};
	unsigned count = counts[_i % 12], slice = (unsigned[]){1, 3, 64, 100000}[_i % 4];
	struct generation g = {.seed = (uint64_t)_i};
	struct built b;

	for (unsigned i = 0; i < count; i++) {
		struct prefix prefix = gen_random_prefix(&g);

		gen_vrp_of(&g, prefix, prefix.len + gen_random(&g, 20), 1 + gen_random(&g, 100000));
	}
	build(&b, &g, slice);
	ck_assert_uint_eq(count_differences(&g, &b.map, count > 1000 ? 500 : 3000), 0);
	fini(&b);
	gen_fini(&g);
}
END_TEST

/* 0.0.0.0/0 covers 128.0.0.0/1 covers ... covers 255.255.255.255/32; the same for IPv6. */
START_TEST(a_prefix_may_be_covered_by_all_lengths)
{
	struct generation g = {0};
	struct prefix ones = {.family = (uint8_t)_i}, other;
	unsigned max = prefix_max_len((enum family)_i), longest;
	struct built b;

	memset(ones.addr, 0xff, max / 8);
	for (unsigned len = 0; len <= max; len++)
		gen_vrp_of(&g, gen_cut(ones, len), len, len + 1);
	build(&b, &g, 10);
	ones.len = (uint8_t)max;
	ck_assert_uint_eq(map_sum(&b.map, &ones, &longest), naive_sum(&g, &ones, &longest));
	ck_assert_uint_eq(longest, max);
	for (unsigned len = 0; len < max; len++) {
		other = ones;
		other.addr[len / 8] ^= (uint8_t)(0x80U >> (len % 8));
		map_sum(&b.map, &other, &longest);
		ck_assert_uint_eq(longest, len);
	}
	fini(&b);
	gen_fini(&g);
}
END_TEST

START_TEST(prefixes_longer_than_64_bits)
{
	struct generation g = {.seed = 5};
	struct built b;

	for (unsigned i = 0; i < 400; i++) {
		struct prefix prefix = gen_prefix("2001:db8::1/128");

		for (unsigned octet = 8; octet < 16; octet++)
			prefix.addr[octet] = (uint8_t)gen_random(&g, 3);
		prefix.addr[7] = (uint8_t)gen_random(&g, 2);
		gen_vrp_of(&g, gen_cut(prefix, 60 + gen_random(&g, 69)), 128, i + 1);
	}
	build(&b, &g, 50);
	for (unsigned i = 0, a, c; i < 400; i++) {
		struct prefix prefix = g.data.vrps[i].prefix;

		ck_assert_uint_eq(map_sum(&b.map, &prefix, &a), naive_sum(&g, &prefix, &c));
		prefix.addr[15] ^= 2;
		prefix.addr[12] ^= 1;
		prefix = gen_cut(prefix, 62 + i % 67);
		ck_assert_uint_eq(map_sum(&b.map, &prefix, &a), naive_sum(&g, &prefix, &c));
		ck_assert_uint_eq(a, c);
	}
	fini(&b);
	gen_fini(&g);
}
END_TEST

START_TEST(values_keep_the_order_of_their_records)
{
	struct generation g = {0};
	const struct prefixmap_node *node;
	struct prefix prefix = gen_prefix("10.0.0.0/8");
	struct built b;

	for (uint32_t i = 0; i < 300; i++)
		gen_vrp(&g,
		    i % 3 == 0	     ? "10.0.0.0/8"
			: i % 3 == 1 ? "11.0.0.0/8"
				     : "10.0.0.0/9",
		    9, i);
	build(&b, &g, 7);
	node = prefixmap_longest(&b.map, &prefix);
	ck_assert_uint_eq(node[1].first - node[0].first, 100);
	for (uint32_t i = 0; i < 100; i++)
		ck_assert_uint_eq(b.map.families[0].values[node[0].first + i], i * 3);
	fini(&b);
	gen_fini(&g);
}
END_TEST

/* Whatever the slices are, the arrays are the same, octet by octet. */
START_TEST(slices_do_not_matter)
{
	struct generation g = {.seed = 77};
	struct built a, b;

	for (unsigned i = 0; i < 3000; i++)
		gen_vrp_of(&g, gen_random_prefix(&g), 128, i);
	build(&a, &g, 1);
	build(&b, &g, 1000000);
	for (unsigned family = 0; family < FAMILY_COUNT; family++) {
		const struct prefixmap_family *x = &a.map.families[family];
		const struct prefixmap_family *y = &b.map.families[family];
		uint32_t last = x->level_at[x->levels - 1] + x->level_count[x->levels - 1];

		ck_assert_uint_gt(x->count, 100);
		ck_assert_uint_eq(x->count, y->count);
		ck_assert_mem_eq(x->keys, y->keys, last * sizeof(*x->keys));
		ck_assert_mem_eq(x->nodes, y->nodes, (x->count + 1) * sizeof(*x->nodes));
		ck_assert_mem_eq(
		    x->values, y->values, x->nodes[x->count].first * sizeof(*x->values));
	}
	fini(&a);
	fini(&b);
	gen_fini(&g);
}
END_TEST

START_TEST(a_slice_is_no_longer_than_asked_for)
{
	struct generation g = {.seed = 9};
	const struct prefixmap_source *source = NULL;
	struct blocks blocks = {0};
	struct prefixmap map;
	unsigned steps = 0;

	for (unsigned i = 0; i < 1000; i++)
		gen_vrp_of(&g, gen_random_prefix(&g), 128, i);
	source = &(const struct prefixmap_source){
	    .records = g.data.vrps, .count = 1000, .stride = sizeof(*g.data.vrps)};
	prefixmap_init(&map, source, &blocks);
	while (prefixmap_step(&map, 10))
		steps++;
	/* Count, split, distinct and nodes look at each record, the sort at most 17 times. */
	ck_assert_uint_ge(steps, 4 * 100);
	ck_assert_uint_le(steps, 22 * 100 + 100);
	while (blocks_free_step(&blocks, 1))
		continue;
	gen_fini(&g);
}
END_TEST

START_TEST(a_broken_map_is_found)
{
	struct generation g = {.seed = 3};
	struct prefixmap_family *in;
	struct built b;

	for (unsigned i = 0; i < 100; i++)
		gen_vrp_of(&g, gen_random_prefix(&g), 128, i);
	gen_vrp(&g, "10.0.0.0/8", 8, 1);
	gen_vrp(&g, "10.1.0.0/16", 16, 1);
	build(&b, &g, 1000);
	in = &b.map.families[FAMILY_IPV4];
	for (uint32_t i = 1; i < in->count; i++) {
		uint32_t up = in->nodes[i].up;

		in->nodes[i].up = (i + 1) & 0xffffff;
		ck_assert_ptr_nonnull(prefixmap_check(&b.map));
		in->nodes[i].up = up & 0xffffff;
	}
	in->keys[1] = UINT64_MAX;
	ck_assert_ptr_nonnull(prefixmap_check(&b.map));
	fini(&b);
	gen_fini(&g);
}
END_TEST

START_TEST(blocks_are_aligned_zeroed_and_counted)
{
	struct blocks blocks = {0};
	unsigned char *arrays[20];
	uint64_t before;

	ck_assert_ptr_null(blocks_alloc(&blocks, 0, 8));
	for (size_t i = 0; i < 20; i++) {
		arrays[i] = blocks_alloc(&blocks, i * 1000 + 1, 3);
		ck_assert_uint_eq((uintptr_t)arrays[i] % BLOCKS_LINE, 0);
		for (size_t n = 0; n < (i * 1000 + 1) * 3; n++)
			ck_assert_uint_eq(arrays[i][n], 0);
		memset(arrays[i], 0xff, (i * 1000 + 1) * 3);
	}
	before = blocks.octets;
	blocks_release(&blocks, arrays[10]);
	ck_assert_uint_eq(blocks.octets, before - 30003 - 128);
	blocks_release(&blocks, arrays[19]);
	blocks_release(&blocks, arrays[0]);
	ck_assert(blocks_free_step(&blocks, 1));
	while (blocks_free_step(&blocks, 10000))
		continue;
	ck_assert_uint_eq(blocks.octets, 0);
}
END_TEST

START_TEST(sets_of_asns)
{
	struct generation g = {.seed = (uint64_t)_i};
	static bool has[1 << 16];
	struct asnset set;
	size_t n = (size_t)gen_random(&g, 3000), iter = 0, listed = 0, count = 0;
	uint32_t scale = _i % 2 == 0 ? 1 : 65537, asn, differences = 0;

	memset(has, 0, sizeof(has));
	asnset_init(&set, n);
	for (size_t i = 0; i < n; i++) {
		asn = gen_random(&g, 1 << 16);
		asnset_add(&set, asn * scale);
		count += asn != 0 && !has[asn];
		has[asn] = asn != 0;
	}
	for (asn = 0; asn < 1 << 16; asn++)
		differences += asnset_has(&set, asn * scale) != has[asn];
	ck_assert_uint_eq(differences, 0);
	ck_assert_uint_eq(set.count, count);
	while ((asn = asnset_next(&set, &iter)) != 0)
		listed += has[asn / scale];
	ck_assert_uint_eq(listed, count);
	ck_assert_uint_le(asnset_octets(&set), 16 + n * 12);
	asnset_fini(&set);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("prefixmap");
	TCase *tcase = tcase_create("prefixmap");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tcase, finds_what_a_search_through_all_finds, 0, 48);
	tcase_add_loop_test(tcase, a_prefix_may_be_covered_by_all_lengths, 0, FAMILY_COUNT);
	tcase_add_test(tcase, prefixes_longer_than_64_bits);
	tcase_add_test(tcase, values_keep_the_order_of_their_records);
	tcase_add_test(tcase, slices_do_not_matter);
	tcase_add_test(tcase, a_slice_is_no_longer_than_asked_for);
	tcase_add_test(tcase, a_broken_map_is_found);
	tcase_add_test(tcase, blocks_are_aligned_zeroed_and_counted);
	tcase_add_loop_test(tcase, sets_of_asns, 0, 10);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
