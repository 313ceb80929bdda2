/*
 * Judge and reach without filters: loops, RFC 8212, prepend_rs_as. reach_add() is the test's own,
 * so that what policy says is seen as it says it.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "policy/outform.h"
#include "policy/plain.h"
#include "policy/reason.h"

struct reach_out {
	size_t count;
	bool as_came[4];
	uint8_t block[4][256];
	size_t block_len[4];
	uint64_t word[4]; /* all ones: everyone */
};

void
reach_add(struct reach_out *out, const uint8_t *block, size_t block_len, const uint64_t *words,
    size_t nwords)
{
	size_t i = out->count++;

	ck_assert_uint_lt(i, 4);
	out->as_came[i] = block == NULL;
	out->block_len[i] = block_len;
	if (block != NULL)
		memcpy(out->block[i], block, block_len);
	out->word[i] = nwords > 0 ? words[0] : UINT64_MAX;
}

/* next hop 192.0.2.1, ORIGIN IGP, AS_PATH 64501 64502 */
static const uint8_t block[] = {4, 192, 0, 2, 1, 0x40, ATTR_ORIGIN, 0, 1, 0, 0x40, ATTR_AS_PATH, 0,
    10, AS_SEQUENCE, 2, 0, 0, 0xfb, 0xf5, 0, 0, 0xfb, 0xf6, 0x80, ATTR_MED, 0, 4, 0, 0, 0, 7};

static struct verdict
judge(struct plain *p, uint16_t slot)
{
	struct prefix prefix = {.family = FAMILY_IPV4, .len = 24, .addr = {198, 51, 100}};
	struct attrs_facts facts;
	struct path_view view = {.prefix = &prefix,
	    .block = block,
	    .block_len = sizeof(block),
	    .facts = &facts,
	    .slot = slot};
	struct verdict v;

	attrs_read_facts(block, sizeof(block), &facts);
	plain_judge(p, &view, &v);
	return v;
}

static struct plain *
policy_with(uint32_t rs_as)
{
	struct plain_peer peers[3] = {{.filters_none = true}, {.filters_none = false},
	    {.filters_none = true, .prepend_rs_as = true}};
	struct plain_config config = {.rs_as = rs_as, .peers = peers, .peer_count = 3};

	return plain_new(&config);
}

START_TEST(judge_table)
{
	static const struct {
		uint32_t rs_as;
		uint16_t slot;
		uint8_t reason;
	} cases[] = {
	    {64500, 0, REASON_NONE},
	    {64500, 1, REASON_NO_POLICY},
	    {64500, 2, REASON_NONE},
	    {64502, 0, REASON_OWN_AS},
	    {64501, 0, REASON_OWN_AS},
	    {64502, 1, REASON_OWN_AS}, /* a loop is a loop, policy or not */
	    {64500, 3, REASON_NO_POLICY},
	};
	struct plain *p = policy_with(cases[_i].rs_as);
	struct verdict v = judge(p, cases[_i].slot);

	ck_assert_uint_eq(v.reason, cases[_i].reason);
	ck_assert_uint_eq(v.accept, cases[_i].reason == REASON_NONE);
	ck_assert_uint_eq(v.local_pref, 100);
	ck_assert(v.accept || reason_get(v.reason) != NULL);
	plain_free(p);
}
END_TEST

START_TEST(reach_splits_by_prepend)
{
	struct plain *p = policy_with(64500);
	struct reach_out out = {0};
	struct attr_view path;

	plain_reach(p, block, sizeof(block), 0, &out);
	ck_assert_uint_eq(out.count, 2);
	ck_assert(out.as_came[0]);
	ck_assert_uint_eq(out.word[0], 3);
	ck_assert(!out.as_came[1]);
	ck_assert_uint_eq(out.word[1], 4);
	ck_assert(attrs_is_canonical(out.block[1], out.block_len[1]));
	ck_assert(attrs_find(out.block[1], out.block_len[1], ATTR_AS_PATH, &path));
	ck_assert_uint_eq(path.len, 14);
	ck_assert_mem_eq(
	    path.value, "\x02\x03\x00\x00\xfb\xf4\x00\x00\xfb\xf5\x00\x00\xfb\xf6", 14);
	plain_free(p);
}
END_TEST

START_TEST(reach_is_everyone_where_nobody_wants_prepends)
{
	struct plain_peer peer = {.filters_none = true};
	struct plain_config config = {.rs_as = 64500, .peers = &peer, .peer_count = 1};
	struct plain *p = plain_new(&config);
	struct reach_out out = {0};

	plain_reach(p, block, sizeof(block), 0, &out);
	ck_assert_uint_eq(out.count, 1);
	ck_assert(out.as_came[0]);
	ck_assert_uint_eq(out.word[0], UINT64_MAX);
	plain_free(p);
}
END_TEST

/* A full first segment, a set in front and an empty path each get a segment of their own. */
START_TEST(prepend_opens_a_segment)
{
	static uint8_t in[2048], out[ATTRS_MAX];
	static const struct {
		uint8_t segment_type, asns;
		uint8_t want_asns; /* in the first segment afterwards */
	} cases[] = {{AS_SEQUENCE, 254, 255}, {AS_SEQUENCE, 255, 1}, {AS_SET, 3, 1}, {0, 0, 1}};
	size_t value_len = cases[_i].segment_type == 0 ? 0 : 2 + 4u * cases[_i].asns;
	size_t len = 0, out_len;
	struct attr_view path;

	in[len++] = 0;
	memcpy(in + len, "\x40\x01\x00\x01\x00\x40\x02", 7);
	len += 7;
	in[len++] = (uint8_t)(value_len >> 8);
	in[len++] = (uint8_t)value_len;
	if (value_len > 0) {
		in[len] = cases[_i].segment_type;
		in[len + 1] = cases[_i].asns;
		memset(in + len + 2, 1, value_len - 2);
	}
	len += value_len;
	ck_assert(attrs_is_canonical(in, len));
	out_len = outform_prepend(in, len, 64500, 1, out);
	ck_assert(attrs_is_canonical(out, out_len));
	ck_assert(attrs_find(out, out_len, ATTR_AS_PATH, &path));
	ck_assert_uint_eq(path.value[0], AS_SEQUENCE);
	ck_assert_uint_eq(path.value[1], cases[_i].want_asns);
	ck_assert_mem_eq(path.value + 2, "\x00\x00\xfb\xf4", 4);
}
END_TEST

/* What would not fit is not made: into the block, or into the attribute. */
START_TEST(prepend_has_limits)
{
	static uint8_t in[ATTRS_MAX], out[ATTRS_MAX];
	size_t asns = 255, segments = 60, len = 8, path_len = segments * (2 + 4 * asns);
	size_t rest;

	memcpy(in, "\0\x40\x01\0\x01\0\x40\x02", 8);
	in[len++] = (uint8_t)(path_len >> 8);
	in[len++] = (uint8_t)path_len;
	for (size_t i = 0; i < segments; i++, len += 2 + 4 * asns) {
		in[len] = AS_SEQUENCE;
		in[len + 1] = (uint8_t)asns;
	}
	ck_assert(attrs_is_canonical(in, len));
	ck_assert_uint_eq(outform_prepend(in, len, 64500, 16, out), len + 2 + 4 * 16);
	/* An unknown attribute fills the block but for 5 octets: one ASN wants 6. */
	rest = ATTRS_MAX - len - 4 - 5;
	in[len] = 0xc0;
	in[len + 1] = 99;
	in[len + 2] = (uint8_t)(rest >> 8);
	in[len + 3] = (uint8_t)rest;
	len += 4 + rest;
	ck_assert(attrs_is_canonical(in, len));
	ck_assert_uint_eq(outform_prepend(in, len, 64500, 1, out), 0);
	ck_assert_uint_eq(outform_prepend(in, 6, 64500, 1, out), 0); /* no AS_PATH */
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("policy");
	TCase *t = tcase_create("policy");
	SRunner *r;
	int failed;

	tcase_add_loop_test(t, judge_table, 0, 7);
	tcase_add_test(t, reach_splits_by_prepend);
	tcase_add_test(t, reach_is_everyone_where_nobody_wants_prepends);
	tcase_add_loop_test(t, prepend_opens_a_segment, 0, 4);
	tcase_add_test(t, prepend_has_limits);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed > 0;
}
