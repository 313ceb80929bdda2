/* Unit tests of update_decode(): fields, families, next hops, what is reset. */
#include "tests/unit/wire/message.h"

#define F UPDATE_FINE
#define D UPDATE_DISCARD
#define W UPDATE_WITHDRAW
#define R UPDATE_RESET

/* All prefixes of the groups as text: "192.0.2.0/24 2001:db8::/32". */
static const char *
show(const struct update_group *groups, size_t n)
{
	static char text[1000];
	size_t at = 0;

	text[0] = '\0';
	for (size_t i = 0; i < n; i++) {
		struct nlri_cursor c = groups[i].nlri;
		struct prefix p;
		uint32_t id;
		size_t count = 0;

		while (nlri_next(&c, &p, &id)) {
			char one[PREFIX_TEXT_MAX];

			ck_assert_uint_eq(p.family, groups[i].family);
			prefix_format(&p, one);
			at += (size_t)snprintf(
			    text + at, sizeof(text) - at, "%s%s", at > 0 ? " " : "", one);
			if (c.add_path)
				at += (size_t)snprintf(text + at, sizeof(text) - at, "@%u", id);
			count++;
		}
		ck_assert_uint_eq(count, groups[i].count);
	}
	return text;
}

static const struct {
	const char *withdrawn, *attributes, *nlri;
	int result;
	const char *withdraws, *announces;
} cases[] = {
    {"", MANDATORY, NLRI, F, "", "192.0.2.0/24"},
    {NLRI "08 0a", "", "", F, "192.0.2.0/24 10.0.0.0/8", ""},
    {"08 0a", MANDATORY, NLRI, F, "10.0.0.0/8", "192.0.2.0/24"},
    {"", MP_REACH ORIGIN AS_PATH, "", F, "", "2001:db8::/32"},
    {"", ORIGIN AS_PATH MP_REACH, "", F, "", "2001:db8::/32"},
    {"", MP_UNREACH, "", F, "2001:db8::/32", ""},
    /* everything at once: RFC 7606 section 5.1 asks to be prepared */
    {"08 0a", MP_REACH MP_UNREACH MANDATORY, NLRI, F, "10.0.0.0/8 2001:db8::/32",
	"192.0.2.0/24 2001:db8::/32"},
    /* NEXT_HOP is ignored where only MP_REACH_NLRI announces: RFC 4760 section 3 */
    {"", MP_REACH ORIGIN AS_PATH "40 03 04 00000000", "", F, "", "2001:db8::/32"},
    /* IPv4 in MP attributes with an IPv4 next hop */
    {"", "80 0e 0d 0001 01 04 c0000201 00 18 c00002" ORIGIN AS_PATH, "", F, "", "192.0.2.0/24"},
    {"", "80 0f 07 0001 01 18 c00002", "", F, "192.0.2.0/24", ""},
    {"", "80 0e 0d 0001 01 04 c0000201 00 18 c00003" MANDATORY, NLRI, F, "",
	"192.0.2.0/24 192.0.3.0/24"},
    /* two next hops of IPv6, the second for the link */
    {"",
	"80 0e 2a 0002 01 20 20010db8000000000000000000000001 fe800000000000000000000000000001 00 "
	"20 20010db8" ORIGIN AS_PATH,
	"", F, "", "2001:db8::/32"},
    /* MP_REACH_NLRI without NLRI announces nothing */
    {"", "80 0e 15 0002 01 10 20010db8000000000000000000000001 00" ORIGIN AS_PATH, "", F, "", ""},
    {"", MANDATORY, "", F, "", ""},
    /* treat as withdraw takes all families of the message */
    {"08 0a", MP_REACH MANDATORY "c0 08 00", NLRI, W, "10.0.0.0/8", "192.0.2.0/24 2001:db8::/32"},
    {"", MP_REACH ORIGIN AS_PATH, NLRI, W, "", "192.0.2.0/24 2001:db8::/32"},
    /* next hops that are no host's */
    {"", "80 0e 1a 0002 01 10 00000000000000000000000000000000 00 20 20010db8" ORIGIN AS_PATH, "",
	W, "", "2001:db8::/32"},
    {"", "80 0e 1a 0002 01 10 00000000000000000000000000000001 00 20 20010db8" ORIGIN AS_PATH, "",
	W, "", "2001:db8::/32"},
    {"", "80 0e 1a 0002 01 10 ff020000000000000000000000000001 00 20 20010db8" ORIGIN AS_PATH, "",
	W, "", "2001:db8::/32"},
    {"", "80 0e 0d 0001 01 04 e0000001 00 18 c00002" ORIGIN AS_PATH, "", W, "", "192.0.2.0/24"},
    {"", "80 0e 1a 0002 01 10 00000000000000000000000000000002 00 20 20010db8" ORIGIN AS_PATH, "",
	F, "", "2001:db8::/32"},
};

START_TEST(what_is_announced_and_withdrawn)
{
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct update out;
		struct message m = message(cases[i].withdrawn, cases[i].attributes, cases[i].nlri);
		int result = (int)judge(m, &both_families, &out);

		ck_assert_msg(result == cases[i].result, "%zu: %d", i, result);
		ck_assert_str_eq(show(out.withdraw, out.withdraw_count), cases[i].withdraws);
		ck_assert_str_eq(show(out.announce, out.announce_count), cases[i].announces);
		ck_assert(out.announce_is_withdraw == (result == W));
		ck_assert_uint_eq(out.eor, 0);
	}
}
END_TEST

START_TEST(each_group_has_its_own_next_hop)
{
	struct update out;
	struct message m = message("", MP_REACH MANDATORY, NLRI);
	const struct update_group *plain = &out.announce[0], *mp = &out.announce[1];

	ck_assert_uint_eq(judge(m, &both_families, &out), F);
	ck_assert_uint_eq(out.announce_count, 2);
	ck_assert_uint_eq(plain->family, FAMILY_IPV4);
	ck_assert_mem_eq(plain->block, "\4\xc0\0\2\1", 5);
	ck_assert_uint_eq(mp->family, FAMILY_IPV6);
	ck_assert_mem_eq(mp->block, "\x10\x20\1\xd\xb8\0\0\0\0\0\0\0\0\0\0\0\1", 17);
	ck_assert_uint_eq(plain->block_len - 5, mp->block_len - 17);
	ck_assert_mem_eq(plain->block + 5, mp->block + 17, plain->block_len - 5);
}
END_TEST

START_TEST(the_canonical_block)
{
	/* in any order, with extended lengths, and things that do not belong there */
	struct message m = message("",
	    "c0 08 04 fde90001" NEXT_HOP "50 02 0006 02 01 0000fde9" ORIGIN "80 04 04 00000007"
	    "80 0f 03 0002 01",
	    NLRI);
	size_t len;
	uint8_t *wanted = hex("04 c0000201 40 01 0001 00 40 02 0006 02 01 0000fde9 "
			      "80 04 0004 00000007 c0 08 0004 fde90001",
	    &len);
	struct update out;

	ck_assert_uint_eq(judge(m, &both_families, &out), F);
	ck_assert_uint_eq(out.announce[0].block_len, len);
	ck_assert_mem_eq(out.announce[0].block, wanted, len);
}
END_TEST

static const struct {
	const char *body;
	uint8_t subcode;
	uint8_t type; /* whose attribute is the data; 0: none */
} resets[] = {
    {"0005 0000", 1, 0}, /* RFC 7606 section 3 b */
    {"0000 0001", 1, 0},
    {"0001 00 0001", 1, 0},
    {"0000", 1, 0},
    {"0002 2100 0000", 10, 0}, /* withdrawn: length above 32 */
    {"0002 1800 0000", 10, 0},
    {"0000 0000 21 c000020100", 10, 0},
    {"0000 0000 18 c000", 10, 0},
    {"0000 0000 18", 10, 0},
    {"0000 0005 80 0f 02 0002", 9, 15}, /* shorter than 3 */
    {"0000 0008 80 0f 05 0002 01 81 00", 9, 15},
    {"0000 0008 80 0f 05 0002 01 20 20", 9, 15},
    {"0000 0007 c0 0f 04 0002 01 00", 9, 15}, /* RFC 7606 section 5.3: flags */
    {"0000 0007 80 0e 04 0002 01 00", 9, 14}, /* shorter than 5 */
    {"0000 0008 80 0e 05 0002 01 00 00", 9, 14},
    {"0000 000c 80 0e 09 0002 01 04 c0000201 00", 9, 14}, /* IPv4 next hop for IPv6 */
    {"0000 0008 80 0e 05 0002 01 10 00", 9, 14},	  /* next hop exceeds it */
    {"0000 0019 80 0e 16 0002 01 10 20010db8000000000000000000000001 00 20", 9, 14},
    /* IPv6 next hop for IPv4 without RFC 8950 */
    {"0000 0018 80 0e 15 0001 01 10 20010db8000000000000000000000001 00", 9, 14},
};

START_TEST(what_is_reset)
{
	for (size_t i = 0; i < COUNT(resets); i++) {
		struct update out;
		struct message m;

		m.body = hex(resets[i].body, &m.len);
		ck_assert_msg(judge(m, &both_families, &out) == UPDATE_RESET, "%s", resets[i].body);
		ck_assert_uint_eq(out.error.code, 3);
		ck_assert_msg(out.error.subcode == resets[i].subcode, "%s: %u", resets[i].body,
		    out.error.subcode);
		ck_assert_uint_eq(out.finding.outcome, OUTCOME_RESET);
		ck_assert_ptr_nonnull(out.finding.text);
		if (resets[i].type != 0) {
			ck_assert_uint_eq(out.error.data_len, m.len - 4);
			ck_assert_mem_eq(out.error.data, m.body + 4, m.len - 4);
			ck_assert_uint_eq(out.finding.type, resets[i].type);
		} else {
			ck_assert_uint_eq(out.error.data_len, 0);
		}
	}
}
END_TEST

/* RFC 7606 section 5.2 */
START_TEST(an_error_without_reachable_nlri_is_a_reset)
{
	struct update out;

	ck_assert_uint_eq(judge(message(NLRI, "c0 08 00", ""), &both_families, &out), R);
	ck_assert_uint_eq(out.error.subcode, 1);
	ck_assert_uint_eq(
	    judge(message("", MP_UNREACH "40 01 01 07", ""), &both_families, &out), R);
	/* to discard something is no such error */
	ck_assert_uint_eq(judge(message(NLRI, "40 05 04 00000064", ""), &both_families, &out), D);
	ck_assert_uint_eq(out.withdraw_count, 1);
}
END_TEST

START_TEST(end_of_rib)
{
	struct update_ctx only_ipv6 = {.as4 = true, .families = 1U << FAMILY_IPV6};
	struct update_ctx only_ipv4 = {.as4 = true, .families = 1U << FAMILY_IPV4};
	struct update out;

	ck_assert_uint_eq(judge(message("", "", ""), &both_families, &out), F);
	ck_assert_uint_eq(out.eor, 1U << FAMILY_IPV4);
	judge(message("", "80 0f 03 0002 01", ""), &both_families, &out);
	ck_assert_uint_eq(out.eor, 1U << FAMILY_IPV6);
	judge(message("", "80 0f 03 0001 01", ""), &both_families, &out);
	ck_assert_uint_eq(out.eor, 1U << FAMILY_IPV4);
	judge(message("", "", ""), &only_ipv6, &out);
	ck_assert_uint_eq(out.eor, 0);
	judge(message("", "80 0f 03 0002 01", ""), &only_ipv4, &out);
	ck_assert_uint_eq(out.eor, 0);
	ck_assert_uint_eq(out.foreign_fields, 1);
	/* with anything else it is none */
	judge(message("", "80 0f 03 0002 01" MANDATORY, NLRI), &both_families, &out);
	ck_assert_uint_eq(out.eor, 0);
	judge(message(NLRI, "80 0f 03 0002 01", ""), &both_families, &out);
	ck_assert_uint_eq(out.eor, 0);
	judge(message("", "80 0f 03 0002 01" ORIGIN, ""), &both_families, &out);
	ck_assert_uint_eq(out.eor, 0);
}
END_TEST

/* Families that were not negotiated are passed over and counted. */
START_TEST(foreign_families)
{
	struct update_ctx only_ipv6 = {.as4 = true, .families = 1U << FAMILY_IPV6};
	struct update_ctx only_ipv4 = {.as4 = true, .families = 1U << FAMILY_IPV4};
	struct update out;

	ck_assert_uint_eq(judge(message("08 0a", MP_REACH MANDATORY, NLRI), &only_ipv6, &out), F);
	ck_assert_uint_eq(out.foreign_fields, 2);
	ck_assert_uint_eq(out.withdraw_count, 0);
	ck_assert_str_eq(show(out.announce, out.announce_count), "2001:db8::/32");
	ck_assert_uint_eq(
	    judge(message("", MP_REACH MP_UNREACH MANDATORY, NLRI), &only_ipv4, &out), F);
	ck_assert_uint_eq(out.foreign_fields, 2);
	ck_assert_str_eq(show(out.announce, out.announce_count), "192.0.2.0/24");
	/* VPN-IPv4, whose next hop and NLRI nobody here can read */
	ck_assert_uint_eq(judge(message("", "80 0e 09 0001 80 02 abcd 00 ffff" ORIGIN AS_PATH, ""),
			      &both_families, &out),
	    F);
	ck_assert_uint_eq(out.foreign_fields, 1);
	ck_assert_uint_eq(out.announce_count, 0);
	/* an error is no reset then: there is something reachable, though not for us */
	ck_assert_uint_eq(
	    judge(message("", "80 0e 09 0001 80 02 abcd 00 ffff" ORIGIN AS_PATH "c0 08 00", ""),
		&both_families, &out),
	    W);
}
END_TEST

START_TEST(next_hops_for_ipv6)
{
	for (unsigned len = 0; len <= 64; len++) {
		char field[400];
		struct update out;
		int n = snprintf(field, sizeof(field), "80 0e %02x 0002 01 %02x", 5 + len + 5, len);

		for (unsigned i = 0; i < len; i++)
			n += snprintf(field + n, sizeof(field) - (size_t)n, " 20");
		snprintf(field + n, sizeof(field) - (size_t)n, " 00 20 20010db8 " ORIGIN AS_PATH);
		ck_assert_uint_eq(judge(message("", field, ""), &both_families, &out),
		    len == 16 || len == 32 ? F : R);
	}
}
END_TEST

START_TEST(ipv6_next_hops_for_ipv4)
{
	struct update_ctx ctx = {.as4 = true, .families = 3, .ext_nh = 1U << FAMILY_IPV4};
	struct update out;
	struct message m = message("",
	    "80 0e 19 0001 01 10 20010db8000000000000000000000001 00 18 c00002" ORIGIN AS_PATH, "");

	ck_assert_uint_eq(judge(m, &both_families, &out), R);
	ck_assert_uint_eq(judge(m, &ctx, &out), F);
	ck_assert_str_eq(show(out.announce, out.announce_count), "192.0.2.0/24");
	ck_assert_uint_eq(out.announce[0].block[0], 16);
}
END_TEST

START_TEST(path_identifiers)
{
	struct update_ctx ctx = {.as4 = true, .families = 3, .add_path = 1U << FAMILY_IPV4};
	struct update out;

	ck_assert_uint_eq(judge(message("00000001 08 0a", MP_REACH MANDATORY,
				    "00000007 18 c00002 00000008 18 c00002"),
			      &ctx, &out),
	    F);
	ck_assert_str_eq(show(out.withdraw, 1), "10.0.0.0/8@1");
	ck_assert_str_eq(show(out.announce, 2), "192.0.2.0/24@7 192.0.2.0/24@8 2001:db8::/32");
	ck_assert_uint_eq(judge(message("", MANDATORY, NLRI), &ctx, &out), R);
}
END_TEST

/* RFC 6793 section 4.2.3 */
static const struct {
	const char *attributes;
	const char *path;
	const char *aggregator;
} mixed[] = {
    {"40 02 04 02 01 fde9", "02 01 0000fde9", ""},
    {"40 02 06 02 02 fde9 5ba0 c0 11 0a 02 02 0000fde9 00010000", "02 02 0000fde9 00010000", ""},
    {"40 02 04 02 01 fde9 c0 07 06 fde9 c0000201", "02 01 0000fde9", "0000fde9 c0000201"},
    {"40 02 04 02 01 5ba0 c0 07 06 5ba0 c0000201 c0 11 06 02 01 00010000 "
     "c0 12 08 00010000 c0000202",
	"02 01 00010000", "00010000 c0000202"},
    /* AGGREGATOR was replaced by an old speaker: both AS4 attributes are ignored */
    {"40 02 04 02 01 5ba0 c0 07 06 fde9 c0000201 c0 11 06 02 01 00010000 "
     "c0 12 08 00010000 c0000202",
	"02 01 00005ba0", "0000fde9 c0000201"},
    /* AS4_AGGREGATOR alone */
    {"40 02 04 02 01 5ba0 c0 11 06 02 01 00010000 c0 12 08 00010000 c0000202", "02 01 00010000",
	""},
};

START_TEST(sessions_of_2_octet_numbers)
{
	struct update_ctx ctx = {.as4 = false, .families = 3};

	for (size_t i = 0; i < COUNT(mixed); i++) {
		char attributes[400];
		struct update out;
		struct attr_view view;
		size_t path_len, aggregator_len;
		uint8_t *path = hex(mixed[i].path, &path_len);
		uint8_t *aggregator = hex(mixed[i].aggregator, &aggregator_len);
		const struct update_group *group = &out.announce[0];

		snprintf(attributes, sizeof(attributes), ORIGIN NEXT_HOP "%s", mixed[i].attributes);
		ck_assert_uint_eq(judge(message("", attributes, NLRI), &ctx, &out), F);
		ck_assert(attrs_find(group->block, group->block_len, ATTR_AS_PATH, &view));
		ck_assert_uint_eq(view.len, path_len);
		ck_assert_mem_eq(view.value, path, path_len);
		ck_assert(attrs_find(group->block, group->block_len, ATTR_AGGREGATOR, &view) ==
		    (aggregator_len > 0));
		ck_assert(
		    aggregator_len == 0 || memcmp(view.value, aggregator, aggregator_len) == 0);
	}
}
END_TEST

/* A path of 2-octet numbers may be too long once it is widened. */
START_TEST(a_path_too_long_for_a_block)
{
	struct update_ctx ctx = {.as4 = false, .families = 3};
	size_t segments = 80, path_len = segments * 512;
	uint8_t *body = exact(NULL, 65516);
	struct wire_writer w = wire_writer_over(body, 65516);
	size_t len;
	uint8_t *mandatory = hex(ORIGIN NEXT_HOP, &len);
	struct update out;

	wire_put_u16(&w, 0);
	wire_put_u16(&w, (uint16_t)(len + 4 + path_len));
	wire_put_bytes(&w, mandatory, len);
	wire_put_u16(&w, 0x5002);
	wire_put_u16(&w, (uint16_t)path_len);
	for (size_t i = 0; i < segments; i++) {
		uint8_t *segment = wire_put_room(&w, 512);

		memset(segment, 1, 512);
		memcpy(segment, "\2\xff", 2);
	}
	wire_put_bytes(&w, "\x18\xc0\0\2", 4);
	ck_assert_uint_eq(
	    judge((struct message){body, wire_written(&w)}, &ctx, &out), UPDATE_WITHDRAW);
	ck_assert_uint_eq(out.finding.type, ATTR_AS_PATH);
	ck_assert(out.announce_is_withdraw);
}
END_TEST

/*
 * From a speaker of 2-octet numbers, around the limit: what is fine can be told, in one message for
 * each prefix (RFC 8654), and what cannot is treated as withdraw.
 */
START_TEST(what_grows_fits_a_message_or_is_withdrawn)
{
	static uint8_t bytes[MSG_EXTENDED_MAX_BYTES], told[MSG_EXTENDED_MAX_BYTES];
	struct update_ctx ctx = {.as4 = false, .families = 3};
	struct update_class class = {
	    .family = FAMILY_IPV4, .as4 = true, .max_len = MSG_EXTENDED_MAX_BYTES};
	struct prefix prefixes[2];
	unsigned fine = 0, withdrawn = 0, wrong = 0;
	uint32_t id;

	for (unsigned communities = 16250; communities < 16320; communities++) {
		struct wire_writer w = wire_writer_over(bytes, sizeof(bytes) - MSG_HEADER_BYTES);
		struct nlri_cursor nlri;
		struct update out;
		enum update_result result;
		uint8_t *total;
		size_t used;

		wire_put_u16(&w, 0);
		total = wire_put_len_u16(&w);
		wire_put_bytes(&w, "\x40\1\1\0\x50\2\0\xca\2\x64", 10); /* 100 numbers */
		memset(wire_put_room(&w, 200), 1, 200);
		wire_put_bytes(&w, "\x40\3\4\xc0\0\2\1\xd0\x8", 9);
		wire_put_u16(&w, (uint16_t)(4 * communities));
		memset(wire_put_room(&w, 4 * communities), 1, 4 * communities);
		wire_patch_u16(&w, total);
		wire_put_bytes(&w, "\x8\xa\x20\xc0\0\2\1", 7); /* 10.0.0.0/8 192.0.2.1/32 */
		wrong += w.failed;
		result = update_decode(bytes, wire_written(&w), &ctx, blocks, &out);
		nlri = out.announce[0].nlri;
		nlri_next(&nlri, &prefixes[0], &id);
		nlri_next(&nlri, &prefixes[1], &id);
		if (result == UPDATE_WITHDRAW) {
			withdrawn++;
			wrong += out.finding.type != ATTR_AS_PATH;
			continue;
		}
		fine++;
		wrong += withdrawn > 0 || result != UPDATE_FINE;
		for (unsigned i = 0; i < 2; i++)
			wrong += update_encode_announce(&class, out.announce[0].block,
				     out.announce[0].block_len, &prefixes[i], NULL, 1, &used, told,
				     sizeof(told)) == 0;
	}
	ck_assert_uint_gt(fine, 10);
	ck_assert_uint_gt(withdrawn, 10);
	ck_assert_uint_eq(wrong, 0);
}
END_TEST

/* RFC 8654: one message of 65,535 octets, all of it prefixes, or all of it attributes. */
START_TEST(the_longest_messages)
{
	size_t len = MSG_EXTENDED_MAX_BYTES - MSG_HEADER_BYTES;
	uint8_t *body = exact(NULL, len);
	struct wire_writer w = wire_writer_over(body, len);
	struct update out;
	uint8_t *mandatory = hex(MANDATORY, &(size_t){0});

	wire_put_u16(&w, 0);
	wire_put_u16(&w, 20);
	wire_put_bytes(&w, mandatory, 20);
	while (wire_written(&w) < len)
		wire_put_u8(&w, 0); /* 0.0.0.0/0, again and again */
	ck_assert_uint_eq(judge((struct message){body, len}, &both_families, &out), UPDATE_FINE);
	ck_assert_uint_eq(out.announce[0].count, len - 24);
	w = wire_writer_over(body, len);
	wire_put_u16(&w, 0);
	wire_put_u16(&w, (uint16_t)(len - 4 - 4));
	wire_put_bytes(&w, mandatory, 20);
	wire_put_u16(&w, 0xd063); /* one that nobody knows */
	wire_put_u16(&w, (uint16_t)(len - 4 - 4 - 20 - 4));
	wire_put_room(&w, len - 4 - 4 - 20 - 4);
	wire_put_bytes(&w, "\x18\xc0\0\2", 4);
	ck_assert(!w.failed && wire_written(&w) == len);
	ck_assert_uint_eq(judge((struct message){body, len}, &both_families, &out), UPDATE_FINE);
	ck_assert_uint_gt(out.announce[0].block_len, 65480);
}
END_TEST

/* RFC 8950 section 3 with path identifiers, and both forms of next hop; RFC 7911 section 3. */
START_TEST(ipv6_next_hops_and_path_identifiers)
{
	struct update_ctx ctx = {
	    .as4 = true, .families = 3, .add_path = 1U << FAMILY_IPV4, .ext_nh = 1U << FAMILY_IPV4};
	struct update out;

	ck_assert_uint_eq(
	    judge(message("",
		      "80 0e 2d 0001 01 20 20010db8000000000000000000000001 "
		      "fe800000000000000000000000000001 00 00000009 18 c00002" ORIGIN AS_PATH
			  NEXT_HOP,
		      "0000000a 18 c00003"),
		&ctx, &out),
	    F);
	ck_assert_str_eq(show(out.announce, out.announce_count), "192.0.3.0/24@10 192.0.2.0/24@9");
	ck_assert_uint_eq(out.announce[0].block[0], 4);
	ck_assert_uint_eq(out.announce[1].block[0], 32);
	/* withdrawn in either field */
	ck_assert_uint_eq(
	    judge(message("00000003 08 0a", "80 0f 0b 0001 01 00000004 18 c00002", ""), &ctx, &out),
	    F);
	ck_assert_str_eq(show(out.withdraw, 2), "10.0.0.0/8@3 192.0.2.0/24@4");
	/* other lengths than 4, 16 and 32 stay a reset, as do martians a withdrawal */
	ck_assert_uint_eq(
	    judge(
		message("", "80 0e 11 0001 01 08 20010db800000000 00 18 c00002" ORIGIN AS_PATH, ""),
		&ctx, &out),
	    R);
	ck_assert_uint_eq(judge(message("",
				    "80 0e 1d 0001 01 10 ff020000000000000000000000000001 00 "
				    "00000001 18 c00002" ORIGIN AS_PATH,
				    ""),
			      &ctx, &out),
	    W);
	/* IPv4 next hops for IPv6 it does not allow */
	ck_assert_uint_eq(
	    judge(message("", "80 0e 0e 0002 01 04 c0000201 00 20 20010db8" ORIGIN AS_PATH, ""),
		&ctx, &out),
	    R);
}
END_TEST

START_TEST(cut_messages_never_read_too_far)
{
	struct message m =
	    message("08 0a", MP_REACH MP_UNREACH MANDATORY "c0 08 04 fde90001", NLRI);

	for (size_t len = 0; len < m.len; len++) {
		struct update out;

		judge((struct message){exact(m.body, len), len}, &both_families, &out);
	}
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {what_is_announced_and_withdrawn,
	    each_group_has_its_own_next_hop, the_canonical_block, what_is_reset,
	    an_error_without_reachable_nlri_is_a_reset, end_of_rib, foreign_families,
	    next_hops_for_ipv6, ipv6_next_hops_for_ipv4, path_identifiers,
	    sessions_of_2_octet_numbers, a_path_too_long_for_a_block,
	    what_grows_fits_a_message_or_is_withdrawn, the_longest_messages,
	    ipv6_next_hops_and_path_identifiers, cut_messages_never_read_too_far};

	return run_suite("wire/update_decode", tests, COUNT(tests));
}
