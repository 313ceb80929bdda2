/*
 * Every path attribute, each broken in every way there is. What has to come out stands in a table
 * here, written from the RFCs and not from the table that is tested.
 */
#include "bgpd/wire/attr.h"

#include "tests/unit/wire/message.h"

/* How a broken one is answered. */
#define D UPDATE_DISCARD
#define W UPDATE_WITHDRAW
#define R UPDATE_RESET
#define F UPDATE_FINE

static const struct expectation {
	uint8_t type;
	uint8_t flags;
	const char *value; /* a good one */
	bool kept;	   /* stands in the block then */
	int good;	   /* result for the good one */
	int flawed;	   /* result for wrong flags */
	int shorter;	   /* result with one octet less; F where any length will do */
	int longer;
	int empty;
} expectations[] = {
    {1, 0x40, "00", true, F, W, W, W, W},
    {2, 0x40, "02 01 0000fde9", true, F, W, W, W, F},
    {3, 0x40, "c0000201", false, F, W, W, W, W},
    {4, 0x80, "00000001", true, F, W, W, W, W},
    {5, 0x40, "00000064", false, D, D, D, D, D},
    {6, 0x40, "", true, F, D, F, D, F},
    {7, 0xc0, "0000fde9 c0000201", true, F, D, D, D, D},
    {8, 0xc0, "fde90001", true, F, W, W, W, W},
    {9, 0x80, "c0000201", false, D, D, D, D, D},
    {10, 0x80, "c0000201", false, D, D, D, D, D},
    {11, 0xc0, "fde900000001", true, F, D, D, D, D},
    {14, 0x80, "0002 01 10 20010db8000000000000000000000001 00 20 20010db8", false, F, R, R, R, R},
    {15, 0x80, "0002 01 20 20010db8", false, F, R, R, R, R},
    {16, 0xc0, "0002fde900000001", true, F, W, W, W, W},
    {17, 0xc0, "02 01 00010000", false, D, D, D, D, D},
    {18, 0xc0, "00010000 c0000201", false, D, D, D, D, D},
    {21, 0xc0, "05 00010000", true, F, D, D, D, D},
    {22, 0xc0, "00 00 000000", true, F, W, W, F, W},
    {23, 0xc0, "0008 0004 04 02 0000", true, F, W, W, W, W},
    {24, 0x80, "01 02 0000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000",
	false, F, W, W, F, W},
    {25, 0xc0, "0002 20010db8000000000000000000000001 0001", true, F, W, W, W, W},
    {26, 0x80, "01 000b 0000000000000001", false, F, D, F, F, F},
    {27, 0xc0, "c0000201 000010", true, F, W, W, W, W},
    {28, 0xc0, "", true, F, D, F, D, F},
    {29, 0x80, "0400 0000", false, F, D, F, F, F},
    {32, 0xc0, "0000fde9 00000001 00000002", true, F, W, W, W, W},
    {33, 0x80, "0008", false, F, W, F, F, F},
    {35, 0xc0, "0000fde9", true, F, W, W, W, W},
    {37, 0xc0, "02 0006 ff 03 0002 0040", true, F, W, W, W, W},
    {38, 0xc0, "01 00000001 01 04 c0000201", true, F, D, D, D, D},
    {40, 0xc0, "01 0007 00 0000 00000001", false, D, D, D, D, D},
    {128, 0xc0, "0000fde9 40 01 01 00", true, F, W, W, W, W},
};

/* An UPDATE that announces something, with this attribute in it once or twice. */
static struct message
carrying(uint8_t type, uint8_t flags, const uint8_t *value, size_t len, int times)
{
	static const char *const mandatory[] = {ORIGIN, AS_PATH, NEXT_HOP};
	uint8_t bytes[4096];
	struct wire_writer w = wire_writer_over(bytes, sizeof(bytes));
	uint8_t *total;

	wire_put_u16(&w, 0);
	total = wire_put_len_u16(&w);
	for (uint8_t i = 0; i < COUNT(mandatory); i++) {
		size_t part_len;
		uint8_t *part = hex(mandatory[i], &part_len);

		if (type != i + 1)
			wire_put_bytes(&w, part, part_len);
	}
	for (int i = 0; i < times && !w.failed; i++) {
		uint8_t *len_field;

		wire_put_u8(&w, flags);
		wire_put_u8(&w, type);
		len_field =
		    (flags & ATTR_FLAG_EXTENDED) != 0 ? wire_put_len_u16(&w) : wire_put_len_u8(&w);
		wire_put_bytes(&w, value, len);
		if ((flags & ATTR_FLAG_EXTENDED) != 0)
			wire_patch_u16(&w, len_field);
		else
			wire_patch_u8(&w, len_field);
	}
	wire_patch_u16(&w, total);
	wire_put_bytes(&w, "\x18\xc0\0\2", 4);
	ck_assert(!w.failed);
	return (struct message){exact(bytes, wire_written(&w)), wire_written(&w)};
}

/* Judges it and looks at what holds for every outcome. */
static void
expect(int wanted, const struct expectation *e, struct message m, const char *how)
{
	struct update out;
	int result = (int)judge(m, &both_families, &out);

	ck_assert_msg(result == wanted, "type %u, %s: %d instead of %d (%s)", e->type, how, result,
	    wanted, out.finding.text == NULL ? "" : out.finding.text);
	if (result == F) {
		ck_assert_uint_eq(out.findings, 0);
	} else {
		ck_assert_msg(out.finding.type == e->type, "type %u, %s: %u found", e->type, how,
		    out.finding.type);
		ck_assert_ptr_nonnull(out.finding.text);
	}
	if (result == R) {
		ck_assert_uint_eq(out.error.code, 3);
		ck_assert_uint_eq(out.error.subcode, 9);
		ck_assert_uint_eq(out.error.data[1], e->type);
		ck_assert(out.error.data + out.error.data_len <= m.body + m.len);
		return;
	}
	ck_assert_uint_eq(out.announce_count, e->type == ATTR_MP_REACH_NLRI ? 2 : 1);
	ck_assert(out.announce_is_withdraw == (result == W));
	if (result == W)
		return;
	for (size_t i = 0; i < out.announce_count; i++) {
		struct attr_view view;
		bool found =
		    attrs_find(out.announce[i].block, out.announce[i].block_len, e->type, &view);

		if (result == D || !e->kept)
			ck_assert_msg(!found, "type %u, %s: kept", e->type, how);
	}
}

START_TEST(good_ones)
{
	for (size_t i = 0; i < COUNT(expectations); i++) {
		const struct expectation *e = &expectations[i];
		struct update out;
		struct attr_view view;
		size_t len;
		uint8_t *value = hex(e->value, &len);
		struct message m = carrying(e->type, e->flags, value, len, 1);

		expect(e->good, e, m, "good");
		judge(m, &both_families, &out);
		if (!e->kept)
			continue;
		ck_assert(
		    attrs_find(out.announce[0].block, out.announce[0].block_len, e->type, &view));
		ck_assert_uint_eq(view.flags, e->flags);
		ck_assert_uint_eq(view.len, len);
		ck_assert(len == 0 || memcmp(view.value, value, len) == 0);
		/* Extended Length and the unused bits make no difference */
		expect(F, e, carrying(e->type, e->flags | 0x1f, value, len, 1), "extended");
		free_owned();
	}
}
END_TEST

START_TEST(wrong_flags)
{
	for (size_t i = 0; i < COUNT(expectations); i++) {
		const struct expectation *e = &expectations[i];
		size_t len;
		uint8_t *value = hex(e->value, &len);

		expect(e->flawed, e, carrying(e->type, e->flags ^ 0x80, value, len, 1), "Optional");
		expect(
		    e->flawed, e, carrying(e->type, e->flags ^ 0x40, value, len, 1), "Transitive");
		expect(e->flawed, e, carrying(e->type, e->flags ^ 0xc0, value, len, 1), "both");
		free_owned();
	}
}
END_TEST

START_TEST(wrong_lengths)
{
	for (size_t i = 0; i < COUNT(expectations); i++) {
		const struct expectation *e = &expectations[i];
		uint8_t longer[128] = {0};
		size_t len;
		uint8_t *value = hex(e->value, &len);

		memcpy(longer, value, len);
		/* NLRI with an octet more would be 0.0.0.0/0: make it one that can not be */
		longer[len] = e->type == 14 || e->type == 15 ? 0xff : 0;
		expect(e->longer, e, carrying(e->type, e->flags, longer, len + 1, 1), "longer");
		expect(e->empty, e, carrying(e->type, e->flags, value, 0, 1), "empty");
		if (len > 0)
			expect(e->shorter, e, carrying(e->type, e->flags, value, len - 1, 1),
			    "shorter");
		free_owned();
	}
}
END_TEST

/* RFC 7606 section 3 g: the first one counts, but two of MP_* are the end. */
START_TEST(duplicates)
{
	for (size_t i = 0; i < COUNT(expectations); i++) {
		const struct expectation *e = &expectations[i];
		struct update out;
		struct attr_view view;
		size_t len;
		uint8_t *value = hex(e->value, &len);
		enum update_result result =
		    judge(carrying(e->type, e->flags, value, len, 2), &both_families, &out);

		ck_assert_uint_eq(out.finding.type, e->type);
		if (e->type == 14 || e->type == 15) {
			ck_assert_uint_eq(result, R);
			ck_assert_uint_eq(out.error.subcode, 1);
			ck_assert_uint_eq(out.error.data_len, 0);
			continue;
		}
		ck_assert_uint_eq(result, D);
		if (!e->kept)
			continue;
		ck_assert(
		    attrs_find(out.announce[0].block, out.announce[0].block_len, e->type, &view));
		ck_assert_uint_eq(view.len, len);
		free_owned();
	}
}
END_TEST

START_TEST(of_duplicates_the_first_counts)
{
	struct update out;
	struct attrs_facts facts;
	struct message m =
	    message("", MANDATORY "80 04 04 00000007 80 04 04 00000008 80 04 01 09", NLRI);

	ck_assert_uint_eq(judge(m, &both_families, &out), D);
	attrs_read_facts(out.announce[0].block, out.announce[0].block_len, &facts);
	ck_assert_uint_eq(facts.med, 7);
	ck_assert_uint_eq(out.findings, 2);
	/* the first one is malformed: the second does not heal it */
	m = message("", MANDATORY "80 04 01 09 80 04 04 00000007", NLRI);
	ck_assert_uint_eq(judge(m, &both_families, &out), W);
}
END_TEST

START_TEST(missing_ones)
{
	static const struct {
		const char *attributes;
		uint8_t type;
		int result;
	} cases[] = {
	    {AS_PATH NEXT_HOP, 1, W},
	    {ORIGIN NEXT_HOP, 2, W},
	    {ORIGIN AS_PATH, 3, W},
	    {MANDATORY, 0, F},
	    {"", 1, W},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct update out;
		struct message m = message("", cases[i].attributes, NLRI);

		ck_assert_int_eq((int)judge(m, &both_families, &out), cases[i].result);
		ck_assert_uint_eq(out.finding.type, cases[i].type);
	}
	for (size_t i = 0; i < 2; i++) { /* without something to announce nothing is missing */
		struct update out;
		struct message m = message(i == 0 ? NLRI : "", i == 0 ? ORIGIN : MP_UNREACH, "");

		ck_assert_uint_eq(judge(m, &both_families, &out), F);
	}
}
END_TEST

static const struct {
	const char *attribute; /* instead of the good one where it is mandatory */
	bool as4;
	int result;
} corrupt[] = {
    {"40 01 01 03", true, W},
    {"40 01 01 ff", true, W},
    {"40 01 01 02", true, F},
    {"40 02 06 02 01 00000000", true, W}, /* RFC 7607 */
    {"40 02 06 01 01 00000000", true, W},
    {"40 02 04 02 01 0000", false, W},
    {"40 02 06 03 01 0000fde9", true, W}, /* confederations */
    {"40 02 06 04 01 0000fde9", true, W},
    {"40 02 06 05 01 0000fde9", true, W},
    {"40 02 06 00 01 0000fde9", true, W},
    {"40 02 02 02 00", true, W},
    {"40 02 06 02 02 0000fde9", true, W},
    {"40 02 07 02 01 0000fde9 02", true, W},
    {"40 02 04 02 01 fde9", true, W}, /* 2-octet numbers where there should be 4 */
    {"40 02 06 02 01 0000fde9", false, W},
    {"40 02 00", true, F},
    {"40 03 04 00000000", true, W},
    {"40 03 04 00000001", true, W},
    {"40 03 04 7f000001", true, W},
    {"40 03 04 e0000001", true, W},
    {"40 03 04 f0000001", true, W},
    {"40 03 04 ffffffff", true, W},
    {"40 03 04 dfffffff", true, F},
    {"c0 07 06 fde9 c0000201", true, D},
    {"c0 07 08 0000fde9 c0000201", false, D},
    {"c0 07 08 00000000 c0000201", true, D}, /* AS 0 */
    {"c0 07 06 0000 c0000201", false, D},
    {"c0 07 07 0000fde9 c00002", true, D},
    {"c0 08 06 fde90001 fde9", true, W},
    {"c0 10 0c 0002fde900000001 00000000", true, W},
    {"c0 11 06 02 01 00000000", false, D},
    {"c0 11 06 05 01 00000001", false, D},
    {"c0 11 06 02 02 00000001", false, D},
    {"c0 11 08 02 01 00000001 02 00", false, D},
    {"c0 11 06 03 01 00000001", false, F}, /* RFC 6793 section 6: the segment is dropped */
    {"c0 11 06 02 01 00010000", false, F},
    {"c0 12 08 00000000 c0000201", false, D},
    {"c0 12 08 00010000 c0000201", false, F},
    {"c0 17 04 0008 0000", true, F},
    {"c0 17 04 0008 0001", true, W},	      /* TLV exceeds the attribute */
    {"c0 17 07 0008 0003 04 02 00", true, W}, /* sub-TLV exceeds the TLV */
    {"c0 17 07 0008 0003 80 0000", true, F},  /* two octets of length from 128 on */
    {"c0 17 07 0008 0003 80 0001", true, W},
    {"c0 17 06 0008 0002 80 00", true, W},
    {"c0 1b 13 20010db8000000000000000000000001 000010", true, F},
    {"c0 1b 08 c0000201 000010 00", true, W},
    {"c0 20 18 0000fde9 00000001 00000002 0000fde9 00000001 00000002", true, F},
    {"c0 23 00", true, W}, /* October 2025: OTC of any length but 4 */
    {"c0 23 08 0000fde9 0000fde9", true, W},
    {"c0 25 06 01 0002 00 01 00", true, W},
    {"c0 26 05 01 00000001", true, F},
    {"c0 26 06 01 00000001 01", true, D},
    {"c0 26 07 01 00000001 01 01", true, D},
    {"c0 28 0a 00 0000 00 0000 00000000", true, D}, /* May 2025: all zero */
    {"c0 80 06 0000fde9 40 01", true, W},
    {"c0 80 08 0000fde9 50 01 0000", true, F},
    {"c0 80 08 0000fde9 40 01 0200", true, W},
};

START_TEST(corrupt_values)
{
	for (size_t i = 0; i < COUNT(corrupt); i++) {
		char attributes[400] = "";
		struct update_ctx ctx = {.as4 = corrupt[i].as4, .families = 3};
		struct update out;
		const char *a = corrupt[i].attribute;
		int result;

		snprintf(attributes, sizeof(attributes), "%s %s %s %s",
		    strncmp(a, "40 01", 5) == 0 ? "" : ORIGIN,
		    strncmp(a, "40 02", 5) == 0 ? ""
			: ctx.as4		? AS_PATH
						: AS_PATH_2,
		    strncmp(a, "40 03", 5) == 0 ? "" : NEXT_HOP, a);
		result = (int)judge(message("", attributes, NLRI), &ctx, &out);
		ck_assert_msg(result == corrupt[i].result, "%s: %d", a, result);
	}
}
END_TEST

START_TEST(unknown_ones)
{
	struct update out;
	struct attr_view view;

	/* optional transitive: kept, with Partial (RFC 4271 section 5) */
	ck_assert_uint_eq(
	    judge(message("", MANDATORY "c0 63 02 abcd", NLRI), &both_families, &out), F);
	ck_assert(attrs_find(out.announce[0].block, out.announce[0].block_len, 0x63, &view));
	ck_assert_uint_eq(view.flags, 0xe0);
	ck_assert_mem_eq(view.value, "\xab\xcd", 2);
	/* optional non-transitive: dropped quietly, and counted */
	ck_assert_uint_eq(
	    judge(message("", MANDATORY "80 63 02 abcd", NLRI), &both_families, &out), F);
	ck_assert(!attrs_find(out.announce[0].block, out.announce[0].block_len, 0x63, &view));
	ck_assert_uint_eq(out.ignored, 1);
	/* not optional: treat as withdraw instead of RFC 4271's reset */
	ck_assert_uint_eq(
	    judge(message("", MANDATORY "40 63 02 abcd", NLRI), &both_families, &out), W);
	ck_assert_uint_eq(
	    judge(message("", MANDATORY "00 63 02 abcd", NLRI), &both_families, &out), W);
	/* and no reset either where nothing is announced */
	ck_assert_uint_eq(judge(message(NLRI, "40 63 02 abcd", ""), &both_families, &out), W);
	ck_assert_uint_eq(out.withdraw_count, 1);
}
END_TEST

START_TEST(partial_is_kept_where_it_means_something)
{
	static const struct {
		const char *attribute;
		uint8_t type;
		uint8_t flags;
	} cases[] = {
	    {"e0 08 04 fde90001", 8, 0xe0},
	    {"c0 08 04 fde90001", 8, 0xc0},
	    {"a0 04 04 00000001", 4, 0x80},
	    {"60 06 00", 6, 0x40},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		char attributes[200];
		struct update out;
		struct attr_view view;

		snprintf(attributes, sizeof(attributes), MANDATORY "%s", cases[i].attribute);
		ck_assert_uint_eq(judge(message("", attributes, NLRI), &both_families, &out), F);
		ck_assert(attrs_find(
		    out.announce[0].block, out.announce[0].block_len, cases[i].type, &view));
		ck_assert_uint_eq(view.flags, cases[i].flags);
	}
}
END_TEST

START_TEST(repeated_large_communities_are_removed)
{
	struct update out;
	struct attr_view view;

	ck_assert_uint_eq(judge(message("",
				    MANDATORY "c0 20 30 000000010000000200000003 "
					      "000000010000000200000004 000000010000000200000003 "
					      "000000010000000200000004 c0 23 04 00000001",
				    NLRI),
			      &both_families, &out),
	    F);
	ck_assert(attrs_find(out.announce[0].block, out.announce[0].block_len, 32, &view));
	ck_assert_uint_eq(view.len, 24);
	ck_assert_mem_eq(view.value, "\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\1\0\0\0\2\0\0\0\4", 24);
	ck_assert(attrs_find(out.announce[0].block, out.announce[0].block_len, 35, &view));
}
END_TEST

/* The strongest outcome wins, RFC 7606 section 3 h; of equal ones the first is told. */
START_TEST(several_errors)
{
	struct update out;

	ck_assert_uint_eq(judge(message("", MANDATORY "40 06 01 00 c0 08 03 000000 c0 23 00", NLRI),
			      &both_families, &out),
	    W);
	ck_assert_uint_eq(out.findings, 3);
	ck_assert_uint_eq(out.finding.type, 8);
	ck_assert_uint_eq(judge(message("", MANDATORY "c0 08 03 000000 80 0f 02 0001", NLRI),
			      &both_families, &out),
	    R);
	ck_assert_uint_eq(out.finding.type, 15);
}
END_TEST

START_TEST(one_bad_attribute_does_not_move_the_next)
{
	struct update out;
	struct attr_view view;

	/* the discarded AGGREGATOR has octets that look like attributes */
	ck_assert_uint_eq(
	    judge(message("", MANDATORY "c0 07 07 80 04 04 00000001 c0 08 04 fde90001", NLRI),
		&both_families, &out),
	    D);
	ck_assert(!attrs_find(out.announce[0].block, out.announce[0].block_len, 4, &view));
	ck_assert(attrs_find(out.announce[0].block, out.announce[0].block_len, 8, &view));
}
END_TEST

/* RFC 7606 section 4 */
START_TEST(attributes_that_are_not_whole)
{
	static const struct {
		const char *attributes;
		const char *nlri;
		int result;
	} cases[] = {
	    {MANDATORY "c0 08 08 fde90001", NLRI, W},
	    {MANDATORY "c0", NLRI, W},
	    {MANDATORY "c0 08", NLRI, W},
	    {MANDATORY "d0 08 00", NLRI, W},
	    {MANDATORY "d0 08 0100 00", NLRI, W},
	    {MANDATORY "80 0e 30 0002 01", NLRI, R}, /* NLRI that can not be parsed */
	    {MANDATORY "80 0f 30 0002 01", NLRI, R},
	    {MANDATORY "c0 08 08 fde90001", "", R}, /* section 5.2 */
	    {MP_REACH ORIGIN AS_PATH "c0 08 08 fde90001", "", W},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct update out;
		struct message m = message("", cases[i].attributes, cases[i].nlri);
		int result = (int)judge(m, &both_families, &out);

		ck_assert_msg(result == cases[i].result, "%s: %d", cases[i].attributes, result);
	}
}
END_TEST

START_TEST(rows)
{
	size_t n;
	const struct attr_row *all = attr_rows(&n);

	ck_assert_uint_eq(n, COUNT(expectations));
	for (size_t i = 0; i < n; i++) {
		ck_assert_uint_eq(all[i].type, expectations[i].type);
		ck_assert_ptr_eq(attr_row(all[i].type), &all[i]);
		ck_assert_uint_eq(all[i].flags, expectations[i].flags);
	}
	ck_assert_ptr_null(attr_row(0));
	ck_assert_ptr_null(attr_row(255));
	ck_assert_str_eq(attr_name(8), "COMMUNITIES");
	ck_assert_str_eq(attr_name(99), "unknown");
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {good_ones, wrong_flags, wrong_lengths, duplicates,
	    of_duplicates_the_first_counts, missing_ones, corrupt_values, unknown_ones,
	    partial_is_kept_where_it_means_something, repeated_large_communities_are_removed,
	    several_errors, one_bad_attribute_does_not_move_the_next, attributes_that_are_not_whole,
	    rows};

	return run_suite("wire/attr", tests, COUNT(tests));
}
