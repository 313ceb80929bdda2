/* Rows, octets and texts of communities. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "policy/community.h"

/* policy.md 1.5 and 1.4, written down a second time. */
static const struct {
	const char *key;
	enum community_class class;
	enum community_wild wild;
} expected[] = {
    {"prefix_present_in_as_set", COMMUNITY_OUTBOUND, WILD_NONE},
    {"prefix_not_present_in_as_set", COMMUNITY_OUTBOUND, WILD_NONE},
    {"origin_present_in_as_set", COMMUNITY_OUTBOUND, WILD_NONE},
    {"origin_not_present_in_as_set", COMMUNITY_OUTBOUND, WILD_NONE},
    {"prefix_validated_via_rpki_roas", COMMUNITY_OUTBOUND, WILD_NONE},
    {"prefix_validated_via_arin_whois_db_dump", COMMUNITY_OUTBOUND, WILD_NONE},
    {"prefix_validated_via_registrobr_whois_db_dump", COMMUNITY_OUTBOUND, WILD_NONE},
    {"route_validated_via_white_list", COMMUNITY_OUTBOUND, WILD_NONE},
    {"rpki_bgp_origin_validation_not_performed", COMMUNITY_OUTBOUND, WILD_NONE},
    {"rpki_bgp_origin_validation_valid", COMMUNITY_INTERNAL, WILD_NONE},
    {"rpki_bgp_origin_validation_unknown", COMMUNITY_INTERNAL, WILD_NONE},
    {"rpki_bgp_origin_validation_invalid", COMMUNITY_INTERNAL, WILD_NONE},
    {"aspa_valid", COMMUNITY_INTERNAL, WILD_NONE},
    {"aspa_unknown", COMMUNITY_INTERNAL, WILD_NONE},
    {"aspa_invalid", COMMUNITY_INTERNAL, WILD_NONE},
    {"reject_cause", COMMUNITY_INTERNAL, WILD_ANY},
    {NULL, COMMUNITY_INTERNAL, WILD_NONE},
    {"rejected_route_announced_by", COMMUNITY_INTERNAL, WILD_ANY},
    {"blackholing", COMMUNITY_INBOUND, WILD_NONE},
    {"do_not_announce_to_any", COMMUNITY_INBOUND, WILD_NONE},
    {"do_not_announce_to_peer", COMMUNITY_INBOUND, WILD_PEER},
    {"do_not_announce_to_peers_with_rtt_lower_than", COMMUNITY_INBOUND, WILD_ANY},
    {"do_not_announce_to_peers_with_rtt_higher_than", COMMUNITY_INBOUND, WILD_ANY},
    {"announce_to_peer", COMMUNITY_INBOUND, WILD_PEER},
    {"announce_to_peers_with_rtt_lower_than", COMMUNITY_INBOUND, WILD_ANY},
    {"announce_to_peers_with_rtt_higher_than", COMMUNITY_INBOUND, WILD_ANY},
    {"prepend_once_to_any", COMMUNITY_INBOUND, WILD_NONE},
    {"prepend_twice_to_any", COMMUNITY_INBOUND, WILD_NONE},
    {"prepend_thrice_to_any", COMMUNITY_INBOUND, WILD_NONE},
    {"prepend_once_to_peer", COMMUNITY_INBOUND, WILD_PEER},
    {"prepend_twice_to_peer", COMMUNITY_INBOUND, WILD_PEER},
    {"prepend_thrice_to_peer", COMMUNITY_INBOUND, WILD_PEER},
    {"prepend_once_to_peers_with_rtt_lower_than", COMMUNITY_INBOUND, WILD_ANY},
    {"prepend_twice_to_peers_with_rtt_lower_than", COMMUNITY_INBOUND, WILD_ANY},
    {"prepend_thrice_to_peers_with_rtt_lower_than", COMMUNITY_INBOUND, WILD_ANY},
    {"prepend_once_to_peers_with_rtt_higher_than", COMMUNITY_INBOUND, WILD_ANY},
    {"prepend_twice_to_peers_with_rtt_higher_than", COMMUNITY_INBOUND, WILD_ANY},
    {"prepend_thrice_to_peers_with_rtt_higher_than", COMMUNITY_INBOUND, WILD_ANY},
    {"add_noexport_to_any", COMMUNITY_INBOUND, WILD_NONE},
    {"add_noadvertise_to_any", COMMUNITY_INBOUND, WILD_NONE},
    {"add_noexport_to_peer", COMMUNITY_INBOUND, WILD_PEER},
    {"add_noadvertise_to_peer", COMMUNITY_INBOUND, WILD_PEER},
    {NULL, COMMUNITY_CUSTOM, WILD_NONE},
};

START_TEST(rows_as_specified)
{
	ck_assert_uint_eq(sizeof(expected) / sizeof(expected[0]), NAME_COUNT);
	for (unsigned name = 0; name < NAME_COUNT; name++) {
		const struct community_row *row = community_row((enum community_name)name);

		if (expected[name].key == NULL) {
			ck_assert_ptr_null(row->key);
		} else {
			ck_assert_str_eq(row->key, expected[name].key);
			ck_assert_uint_eq(community_find(row->key), name);
		}
		ck_assert_msg(row->class == expected[name].class, "class of %u", name);
		ck_assert_msg(row->wild == expected[name].wild, "wild of %u", name);
		ck_assert_uint_gt(strlen(row->text), 10);
	}
}
END_TEST

START_TEST(unknown_keys)
{
	ck_assert_uint_eq(community_find(""), NAME_COUNT);
	ck_assert_uint_eq(community_find("reject_cause_map"), NAME_COUNT);
	ck_assert_uint_eq(community_find("Blackholing"), NAME_COUNT);
	ck_assert_uint_eq(community_find("blackholing "), NAME_COUNT);
}
END_TEST

static const struct {
	enum community_format format;
	uint8_t octets[12];
	uint16_t ext_type;
	uint32_t part[3];
	const char *text;
} values[] = {
    {COMMUNITY_STD, {0xfb, 0xf4, 0x00, 0x07}, 0, {64500, 7}, "64500:7"},
    {COMMUNITY_STD, {0xff, 0xff, 0x02, 0x9a}, 0, {65535, 666}, "65535:666"},
    {COMMUNITY_LARGE, {0, 1, 0, 0, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 9}, 0, {65536, 4294967295u, 9},
	"65536:4294967295:9"},
    {COMMUNITY_LARGE, {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, 0,
	{4294967295u, 4294967295u, 4294967295u}, "4294967295:4294967295:4294967295"},
    {COMMUNITY_EXT, {0x00, 0x02, 0xfb, 0xf4, 0, 1, 0x11, 0x70}, 0x0002, {64500, 70000},
	"rt:64500:70000"},
    {COMMUNITY_EXT, {0x00, 0x03, 0xfb, 0xf4, 0, 0, 0, 1}, 0x0003, {64500, 1}, "ro:64500:1"},
    {COMMUNITY_EXT, {0x02, 0x02, 0x00, 0x01, 0x11, 0x70, 0, 5}, 0x0202, {70000, 5}, "rt:70000:5"},
    {COMMUNITY_EXT, {0x02, 0x03, 0x00, 0x01, 0x11, 0x70, 0xff, 0xff}, 0x0203, {70000, 65535},
	"ro:70000:65535"},
    {COMMUNITY_EXT, {0x01, 0x02, 192, 0, 2, 1, 0, 5}, 0x0102, {0xc000, 0x02010005},
	"rt:192.0.2.1:5"},
    {COMMUNITY_EXT, {0x01, 0x03, 192, 0, 2, 1, 0xff, 5}, 0x0103, {0xc000, 0x0201ff05},
	"ro:192.0.2.1:65285"},
    {COMMUNITY_EXT, {0x43, 0x00, 0, 0, 0, 0, 0, 2}, 0x4300, {0, 2},
	"generic:0x43000000:0x00000002"},
    {COMMUNITY_EXT, {0x40, 0x02, 0xfb, 0xf4, 0, 0, 0, 2}, 0x4002, {64500, 2},
	"generic:0x4002fbf4:0x00000002"},
};

START_TEST(octets_parts_text)
{
	struct community_value value;
	char text[COMMUNITY_TEXT_MAX];
	uint8_t octets[13];
	size_t len = community_bytes(values[_i].format);

	community_read(values[_i].format, values[_i].octets, &value);
	ck_assert_uint_eq(value.format, values[_i].format);
	ck_assert_uint_eq(value.ext_type, values[_i].ext_type);
	for (size_t i = 0; i < 3; i++)
		ck_assert_uint_eq(value.part[i], values[_i].part[i]);
	memset(octets, 0xa5, sizeof(octets));
	community_write(&value, octets);
	ck_assert_mem_eq(octets, values[_i].octets, len);
	ck_assert_uint_eq(octets[len], 0xa5);
	ck_assert_uint_eq(community_format_value(&value, text), strlen(values[_i].text));
	ck_assert_str_eq(text, values[_i].text);
}
END_TEST

START_TEST(any_octets_come_back)
{
	struct community_value value;
	char text[COMMUNITY_TEXT_MAX];
	uint8_t in[12], out[12];
	unsigned wrong = 0;

	srandom(1);
	for (unsigned round = 0; round < 30000; round++) {
		enum community_format format = (enum community_format)(round % COMMUNITY_FORMATS);

		for (size_t i = 0; i < sizeof(in); i++)
			in[i] = (uint8_t)random();
		if (format == COMMUNITY_EXT && random() % 2 == 0)
			in[0] = (uint8_t)(random() % 4), in[1] = (uint8_t)(random() % 5);
		community_read(format, in, &value);
		community_write(&value, out);
		wrong += memcmp(in, out, community_bytes(format)) != 0;
		wrong += community_format_value(&value, text) >= sizeof(text);
		wrong += strlen(text) >= sizeof(text);
	}
	ck_assert_uint_eq(wrong, 0);
}
END_TEST

START_TEST(formats_have_sizes)
{
	ck_assert_uint_eq(community_bytes(COMMUNITY_STD), 4);
	ck_assert_uint_eq(community_bytes(COMMUNITY_LARGE), 12);
	ck_assert_uint_eq(community_bytes(COMMUNITY_EXT), 8);
}
END_TEST

static const struct {
	struct policy_community pattern;
	const char *text;
} patterns[] = {
    {{.part = {0, 64500}, .format = COMMUNITY_STD}, "0:64500"},
    {{.part = {0}, .format = COMMUNITY_STD, .wild = WILD_PEER}, "0:peer_as"},
    {{.part = {64500, 1, 7}, .format = COMMUNITY_LARGE}, "64500:1:7"},
    {{.part = {64500, 1}, .format = COMMUNITY_LARGE, .wild = WILD_PEER}, "64500:1:peer_as"},
    {{.part = {4294967295u, 4294967295u}, .format = COMMUNITY_LARGE, .wild = WILD_ANY},
	"4294967295:4294967295:dyn_val"},
    {{.part = {64500, 70000}, .format = COMMUNITY_EXT, .ext_type = 0x0002}, "rt:64500:70000"},
    {{.part = {64500}, .format = COMMUNITY_EXT, .ext_type = 0x0003, .wild = WILD_PEER},
	"ro:64500:peer_as"},
    {{.part = {70000}, .format = COMMUNITY_EXT, .ext_type = 0x0202, .wild = WILD_ANY},
	"rt:70000:dyn_val"},
};

START_TEST(patterns_fill_and_match)
{
	const struct policy_community *pattern = &patterns[_i].pattern;
	size_t end = pattern->format == COMMUNITY_LARGE ? 2 : 1;
	struct community_value value;
	uint32_t last = 99;
	char text[COMMUNITY_TEXT_MAX];

	community_format_pattern(pattern, text);
	ck_assert_str_eq(text, patterns[_i].text);

	community_fill(pattern, 1234, &value);
	ck_assert_uint_eq(value.part[end], pattern->wild == WILD_NONE ? pattern->part[end] : 1234);
	ck_assert(community_matches(pattern, &value, &last));
	ck_assert_uint_eq(last, value.part[end]);

	value.part[end]++;
	ck_assert(community_matches(pattern, &value, &last) == (pattern->wild != WILD_NONE));
	value.part[end]--;
	for (size_t i = 0; i < end; i++) {
		value.part[i]++;
		ck_assert(!community_matches(pattern, &value, &last));
		value.part[i]--;
	}
	value.ext_type++;
	ck_assert(!community_matches(pattern, &value, &last));
	value.ext_type--;
	value.format = (uint8_t)((value.format + 1) % COMMUNITY_FORMATS);
	ck_assert(!community_matches(pattern, &value, &last));
}
END_TEST

/* The same numbers with a four-octet AS are another community (RFC 5668 section 2). */
START_TEST(two_and_four_octet_as_differ)
{
	struct policy_community pattern = {
	    .part = {64500, 5}, .format = COMMUNITY_EXT, .ext_type = 0x0002};
	const uint8_t four[8] = {0x02, 0x02, 0x00, 0x00, 0xfb, 0xf4, 0x00, 0x05};
	const uint8_t two[8] = {0x00, 0x02, 0xfb, 0xf4, 0x00, 0x00, 0x00, 0x05};
	struct community_value value;
	uint32_t last;

	community_read(COMMUNITY_EXT, four, &value);
	ck_assert(!community_matches(&pattern, &value, &last));
	community_read(COMMUNITY_EXT, two, &value);
	ck_assert(community_matches(&pattern, &value, &last));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("community");
	TCase *tcase = tcase_create("community");
	SRunner *runner;
	int failed;

	tcase_add_test(tcase, rows_as_specified);
	tcase_add_test(tcase, unknown_keys);
	tcase_add_loop_test(tcase, octets_parts_text, 0, (int)(sizeof(values) / sizeof(values[0])));
	tcase_add_test(tcase, any_octets_come_back);
	tcase_add_test(tcase, formats_have_sizes);
	tcase_add_loop_test(
	    tcase, patterns_fill_and_match, 0, (int)(sizeof(patterns) / sizeof(patterns[0])));
	tcase_add_test(tcase, two_and_four_octet_as_differ);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
