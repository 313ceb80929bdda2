/* Out-forms: what is added where, what is left out, what does not fit. */
#include "policy/outform.h"
#include "tests/unit/policy/noreach.h"
#include "tests/unit/rib/main.h"

#include <string.h>

/* next hop 192.0.2.1, ORIGIN IGP, AS_PATH 64501, attribute 10, ext rt:1:2 (partial), attribute 99
 */
static const uint8_t block[] = {4, 192, 0, 2, 1, 0x40, ATTR_ORIGIN, 0, 1, 0, 0x40, ATTR_AS_PATH, 0,
    6, AS_SEQUENCE, 1, 0, 0, 0xfb, 0xf5, 0xc0, 10, 0, 1, 5, 0xe0, ATTR_EXT_COMMUNITIES, 0, 8, 0, 2,
    0, 1, 0, 0, 0, 2, 0xc0, 99, 0, 0};

static uint8_t out[ATTRS_MAX];
static struct outform_list lists[COMMUNITY_FORMATS];

/* Builds, checks that it is canonical, and that attributes are those of `types` (ending with 0). */
static size_t
build(const struct outform *form, const uint8_t *types)
{
	size_t len = outform_build(form, block, sizeof(block), out), pos = 0;
	struct attr_view attr;

	ck_assert(attrs_is_canonical(out, len));
	for (; attrs_next(out, len, &pos, &attr); types++)
		ck_assert_uint_eq(attr.type, *types);
	ck_assert_uint_eq(*types, 0);
	return len;
}

static void
add(enum community_format format, uint32_t a, uint32_t b, uint32_t c)
{
	struct community_value v = {.format = (uint8_t)format, .part = {a, b, c}};

	v.ext_type = format == COMMUNITY_EXT ? 2 : 0;
	ck_assert(outform_list_add(&lists[format], &v));
}

START_TEST(nothing_changed_is_a_copy)
{
	struct outform form = {.prepend_count = 0};

	ck_assert_uint_eq(build(&form, (const uint8_t[]){1, 2, 10, 16, 99, 0}), sizeof(block));
	ck_assert_mem_eq(out, block, sizeof(block));
}
END_TEST

START_TEST(attributes_are_added_in_their_place)
{
	struct outform form = {.otc = 999, .std = {0xffffff01, 0xffffff02}, .std_count = 2};
	struct attr_view attr;
	size_t len = build(&form, (const uint8_t[]){1, 2, 8, 10, 16, 35, 99, 0});

	ck_assert(attrs_find(out, len, ATTR_COMMUNITIES, &attr));
	ck_assert_uint_eq(attr.len, 8);
	ck_assert_uint_eq(attr.flags, 0xc0);
	ck_assert_mem_eq(attr.value, "\xff\xff\xff\x01\xff\xff\xff\x02", 8);
	ck_assert(attrs_find(out, len, ATTR_OTC, &attr));
	ck_assert_mem_eq(attr.value, "\x00\x00\x03\xe7", 4);
	/* an OTC that is there stays */
	memmove(out + 200, out, len);
	form.otc = 5;
	len = outform_build(&form, out + 200, len, out + 400);
	ck_assert(attrs_find(out + 400, len, ATTR_OTC, &attr));
	ck_assert_mem_eq(attr.value, "\x00\x00\x03\xe7", 4);
	/* and so do communities that are there */
	ck_assert(attrs_find(out + 400, len, ATTR_COMMUNITIES, &attr));
	ck_assert_uint_eq(attr.len, 8);
}
END_TEST

START_TEST(lists_take_the_place_of_attributes)
{
	struct outform form = {.lists = lists};
	struct attr_view attr;
	size_t len = build(&form, (const uint8_t[]){1, 2, 10, 99, 0});

	ck_assert_uint_eq(len, sizeof(block) - 12);
	add(COMMUNITY_STD, 1, 2, 0);
	add(COMMUNITY_STD, 1, 2, 0); /* once */
	add(COMMUNITY_LARGE, 1, 2, 3);
	add(COMMUNITY_EXT, 7, 8, 0);
	len = build(&form, (const uint8_t[]){1, 2, 8, 10, 16, 32, 99, 0});
	ck_assert(attrs_find(out, len, ATTR_COMMUNITIES, &attr));
	ck_assert_uint_eq(attr.len, 4);
	ck_assert(attrs_find(out, len, ATTR_EXT_COMMUNITIES, &attr));
	ck_assert_uint_eq(attr.flags, 0xe0);
	ck_assert_mem_eq(attr.value, "\x00\x02\x00\x07\x00\x00\x00\x08", 8);
}
END_TEST

START_TEST(dropped_attributes_are_left_out)
{
	struct outform form = {.drop = (const uint8_t[32]){[10 / 8] = 1 << 10 % 8, [12] = 1 << 3}};

	ck_assert_uint_eq(build(&form, (const uint8_t[]){1, 2, 16, 0}), sizeof(block) - 5 - 4);
	form.otc = 7;
	build(&form, (const uint8_t[]){1, 2, 16, 35, 0});
}
END_TEST

START_TEST(removed_by_pattern)
{
	struct policy_community wild = {.format = COMMUNITY_STD, .wild = WILD_ANY, .part = {1}};
	struct policy_community exact = {.format = COMMUNITY_STD, .part = {2, 3}};

	add(COMMUNITY_STD, 1, 2, 0);
	add(COMMUNITY_STD, 2, 2, 0);
	add(COMMUNITY_STD, 1, 3, 0);
	add(COMMUNITY_STD, 2, 3, 0);
	outform_list_remove(&lists[COMMUNITY_STD], &wild);
	ck_assert_uint_eq(lists[COMMUNITY_STD].len, 8);
	outform_list_remove(&lists[COMMUNITY_STD], &exact);
	ck_assert_uint_eq(lists[COMMUNITY_STD].len, 4);
	ck_assert_mem_eq(lists[COMMUNITY_STD].octets, "\x00\x02\x00\x02", 4);
}
END_TEST

START_TEST(next_hop_and_path)
{
	static const uint8_t next_hop[16] = {0x20, 1};
	struct outform form = {
	    .next_hop = next_hop, .next_hop_len = 16, .prepend = {999, 64501}, .prepend_count = 2};
	size_t len = build(&form, (const uint8_t[]){1, 2, 10, 16, 99, 0});
	struct attrs_facts facts;

	ck_assert_uint_eq(len, sizeof(block) + 12 + 8);
	ck_assert_uint_eq(out[0], 16);
	ck_assert_mem_eq(out + 1, next_hop, 16);
	attrs_read_facts(out, len, &facts);
	ck_assert_uint_eq(facts.path_len, 3);
	ck_assert_uint_eq(facts.neighbour_as, 999);
	ck_assert_uint_eq(facts.origin_as, 64501);
}
END_TEST

START_TEST(what_does_not_fit_is_none)
{
	struct outform form = {.lists = lists};
	struct community_value v = {.format = COMMUNITY_STD, .part = {1, 2}};

	lists[COMMUNITY_STD].len = ATTRS_MAX - 3;
	ck_assert(!outform_list_add(&lists[COMMUNITY_STD], &v));
	lists[COMMUNITY_STD].len = 40000;
	lists[COMMUNITY_LARGE].len = 25440;
	ck_assert_uint_gt(outform_build(&form, block, sizeof(block), out), 65000);
	lists[COMMUNITY_LARGE].len = 25560;
	ck_assert_uint_eq(outform_build(&form, block, sizeof(block), out), 0);
	memset(lists, 0, sizeof(lists));
}
END_TEST

int
main(void)
{
	RUN_SUITE("outform", nothing_changed_is_a_copy, attributes_are_added_in_their_place,
	    lists_take_the_place_of_attributes, dropped_attributes_are_left_out, removed_by_pattern,
	    next_hop_and_path, what_does_not_fit_is_none);
}
