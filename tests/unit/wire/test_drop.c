/*
 * Attributes that the operator has dropped: nothing of them is looked at but the length, so that
 * what is in them cannot harm, and everything else is judged as if they were not there.
 */
#include "tests/unit/wire/message.h"

static void
drop_type(uint8_t mask[ATTR_TYPES_BYTES], unsigned type)
{
	mask[type / 8] |= (uint8_t)(1u << (type % 8));
}

/* Mandatory attributes and these octets in the middle of them. */
static struct message
with(const uint8_t *octets, size_t len)
{
	static const uint8_t before[] = {0x40, 1, 1, 0, 0x40, 2, 6, 2, 1, 0, 0, 0xfd, 0xe9};
	static const uint8_t after[] = {0x40, 3, 4, 192, 0, 2, 1};
	uint8_t bytes[4096];
	struct wire_writer w = wire_writer_over(bytes, sizeof(bytes));

	wire_put_u16(&w, 0);
	wire_put_u16(&w, (uint16_t)(sizeof(before) + len + sizeof(after)));
	wire_put_bytes(&w, before, sizeof(before));
	wire_put_bytes(&w, octets, len);
	wire_put_bytes(&w, after, sizeof(after));
	wire_put_bytes(&w, "\x18\xc0\0\2", 4);
	ck_assert(!w.failed);
	return (struct message){exact(bytes, wire_written(&w)), wire_written(&w)};
}

static size_t
put_attribute(uint8_t *out, uint8_t flags, unsigned type, size_t len)
{
	size_t head = (flags & ATTR_FLAG_EXTENDED) != 0 ? 4 : 3;

	out[0] = flags;
	out[1] = (uint8_t)type;
	if (head == 4)
		wire_store_u16(out + 2, (uint16_t)len);
	else
		out[2] = (uint8_t)len;
	memset(out + head, 0xee, len);
	return head + len;
}

/* True if it is fine, counted, and the block is that of the same UPDATE without it. */
static bool
is_gone(struct message m, const uint8_t *drop, unsigned type, unsigned times)
{
	struct update_ctx ctx = {.as4 = true, .families = 3, .drop = drop};
	struct message plain = with(NULL, 0);
	uint8_t block[128];
	struct update out;
	size_t len;

	judge(plain, &both_families, &out);
	len = out.announce[0].block_len;
	memcpy(block, out.announce[0].block, len);
	return judge(m, &ctx, &out) == UPDATE_FINE && out.dropped == times &&
	    (out.dropped_types[type / 8] >> (type % 8) & 1) != 0 && out.ignored == 0 &&
	    out.announce_count == 1 && out.announce[0].block_len == len &&
	    memcmp(out.announce[0].block, block, len) == 0;
}

/* Any flags, any length, twice: every type but those of the routes themselves. */
START_TEST(nothing_of_it_matters)
{
	static const size_t lens[] = {0, 1, 4, 7, 300};
	static const uint8_t flags[] = {0x00, 0x40, 0x80, 0xc0, 0xe0, 0xff};
	unsigned wrong = 0, tried = 0;

	for (unsigned type = 4; type <= UINT8_MAX; type++) {
		uint8_t drop[ATTR_TYPES_BYTES] = {0}, octets[1024];

		drop_type(drop, type);
		for (size_t i = 0; i < COUNT(lens) * COUNT(flags); i++) {
			uint8_t f = flags[i / COUNT(lens)];
			size_t len = lens[i % COUNT(lens)], n;

			if (len > UINT8_MAX)
				f |= ATTR_FLAG_EXTENDED;
			n = put_attribute(octets, f, type, len);
			wrong += !is_gone(with(octets, n), drop, type, 1);
			n += put_attribute(octets + n, f, type, len);
			wrong += !is_gone(with(octets, n), drop, type, 2);
			tried++;
			free_owned();
		}
	}
	ck_assert_uint_eq(wrong, 0);
	ck_assert_uint_eq(tried, 252 * COUNT(lens) * COUNT(flags));
}
END_TEST

/* Its neighbours are judged as ever, whatever the number. */
START_TEST(others_are_judged)
{
	for (unsigned type = 4; type <= UINT8_MAX; type++) {
		uint8_t drop[ATTR_TYPES_BYTES] = {0}, octets[64];
		struct update_ctx ctx = {.as4 = true, .families = 3, .drop = drop};
		unsigned other = type == 8 ? 32 : 8;
		struct update out;
		size_t n;

		drop_type(drop, type);
		n = put_attribute(octets, 0xc0, type, 3);
		n += put_attribute(octets + n, 0xc0, other, 3); /* 3 octets are no communities */
		ck_assert_uint_eq(judge(with(octets, n), &ctx, &out), UPDATE_WITHDRAW);
		ck_assert_uint_eq(out.finding.type, other);
		ck_assert_uint_eq(out.dropped, 1);
		free_owned();
	}
}
END_TEST

/* RFC 7606 section 4: where the next one begins is not known any more. */
START_TEST(one_that_is_not_whole_is_an_error)
{
	uint8_t drop[ATTR_TYPES_BYTES] = {0};
	struct update_ctx ctx = {.as4 = true, .families = 3, .drop = drop};
	struct update out;

	drop_type(drop, 28);
	ck_assert_uint_eq(
	    judge(message("", MANDATORY "c0 1c 05 00", NLRI), &ctx, &out), UPDATE_WITHDRAW);
	ck_assert_uint_eq(out.finding.type, 28);
	ck_assert_uint_eq(out.dropped, 0);
	ck_assert_uint_eq(judge(message("", MANDATORY "c0 1c", NLRI), &ctx, &out), UPDATE_WITHDRAW);
	ck_assert_uint_eq(
	    judge(message("", MANDATORY "c0 1c 01 00", NLRI), &ctx, &out), UPDATE_FINE);
}
END_TEST

/* As if it were not there: beside it an End-of-RIB is one, and no error is without NLRI. */
START_TEST(what_is_left_counts)
{
	uint8_t drop[ATTR_TYPES_BYTES] = {0};
	struct update_ctx ctx = {.as4 = true, .families = 3, .drop = drop};
	struct update out;

	drop_type(drop, 99);
	judge(message("", "80 0f 03 0002 01 c0 63 01 00", ""), &ctx, &out);
	ck_assert_uint_eq(out.eor, 1u << FAMILY_IPV6);
	ck_assert_uint_eq(judge(message(NLRI, "40 63 01 00", ""), &ctx, &out), UPDATE_FINE);
	ck_assert_uint_eq(out.withdraw_count, 1);
	/* all of several, and each type is named */
	drop_type(drop, 40);
	ck_assert_uint_eq(
	    judge(message("", MANDATORY "c0 28 00 c0 63 00 c0 28 00", NLRI), &ctx, &out),
	    UPDATE_FINE);
	ck_assert_uint_eq(out.dropped, 3);
	for (unsigned i = 0; i < ATTR_TYPES_BYTES; i++)
		ck_assert_uint_eq(out.dropped_types[i], drop[i]);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {nothing_of_it_matters, others_are_judged,
	    one_that_is_not_whole_is_an_error, what_is_left_counts};

	return run_suite("wire/drop", tests, COUNT(tests));
}
