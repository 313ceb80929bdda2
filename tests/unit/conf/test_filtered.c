/*
 * When a client counts as filtered, what is said of protections that are off, and where each value
 * comes from.
 */
#include "bgpd/event.h"
#include "tests/unit/conf/loaded.h"

/* ---- who is filtered ---- */

enum { NONE = PEER_FILTERS_NONE, POLICY = PEER_HAS_POLICY };

static const struct {
	const char *section; /* "cfg" in roost.yml, or "general" */
	const char *in_general;
	const char *in_client;
	uint32_t expected; /* of PEER_FILTERS_NONE and PEER_HAS_POLICY; 0 = RFC 8212 */
} filtered[] = {
    {"cfg", "", "", 0},
    {"cfg", "passive: yes", "passive: no", 0},
    {"cfg", "filtering: {}", "filtering: {irrdb: {}}", 0},
    {"cfg", "filtering: {max_as_path_len: null}", "", 0},
    {"cfg", "filters: none", "", NONE},
    {"cfg", "", "filters: none", NONE},
    {"cfg", "filtering: {max_as_path_len: 32}", "", POLICY},
    {"cfg", "", "filtering: {ipv4_pref_len: {max: 24}}", POLICY},
    {"cfg", "filtering: {max_prefix: {action: block}}", "", POLICY},
    {"cfg", "filters: none", "filtering: {ipv4_pref_len: {max: 24}}", POLICY},
    {"cfg", "filters: none", "filtering: {max_prefix: {limit_ipv4: 5}}", NONE},
    {"cfg", "filtering: {max_as_path_len: 32}", "filters: none", NONE},
    {"cfg", "{filters: none, filtering: {roles: {enabled: yes}}}", "", NONE},
    {"general", "", "", POLICY},
    {"general", "filters: none", "", NONE},
    {"general", "", "filters: none", NONE},
    {"general", "filtering: {max_as_path_len: 3}", "", POLICY},
};

START_TEST(who_is_filtered)
{
	bool is_general = strcmp(filtered[_i].section, "general") == 0;
	const char *in_general = filtered[_i].in_general;
	char text[1024], inner[256];
	struct conf *conf;

	snprintf(inner, sizeof(inner), "%s", in_general + (in_general[0] == '{'));
	if (in_general[0] == '{')
		inner[strlen(inner) - 1] = '\0';
	snprintf(text, sizeof(text),
	    "%s{rs_as: 64500, router_id: 192.0.2.1%s%s}%s\n"
	    "clients: [{asn: 64501, ip: 192.0.2.11, cfg: {%s}}]\n",
	    is_general ? "general: {cfg: " : "cfg: ", *inner == '\0' ? "" : ", ", inner,
	    is_general ? "}" : "", filtered[_i].in_client);
	conf = load(text);
	ck_assert_uint_eq(
	    peer(conf, 0)->flags & (PEER_FILTERS_NONE | PEER_HAS_POLICY), filtered[_i].expected);
	ck_assert_int_eq(report.count > 0 && report.notes[0].alarm == ALARM_NO_POLICY,
	    filtered[_i].expected == 0);
	conf_free(conf);
}
END_TEST

/* Each protection that is off is an alarm of its own, so that one cannot hide another. */
START_TEST(protections_off_are_alarms)
{
	static const enum alarm expected[] = {ALARM_RPKI_ACCEPTS_INVALID, ALARM_RPKI_NO_DATA,
	    ALARM_IRR_ORIGIN_OFF, ALARM_IRR_PREFIX_OFF, ALARM_IRR_NO_DATA, ALARM_TRANSIT_FREE_OFF,
	    ALARM_NEVER_VIA_OFF, ALARM_INVALID_ASN_OFF, ALARM_CHECKS_OBSERVED};
	struct conf *conf =
	    conf_load("tests/conf/good/protections_of_clients.yml", "main", &report);
	size_t i, count = sizeof(expected) / sizeof(expected[0]);

	ck_assert_ptr_nonnull(conf);
	ck_assert_uint_gt(report.count, count);
	for (i = 0; i < report.count; i++)
		ck_assert_int_eq(report.notes[i].alarm, i < count ? (int)expected[i] : -1);
	conf_free(conf);
}
END_TEST

START_TEST(no_protection_at_all)
{
	static const enum alarm expected[] = {ALARM_RPKI_OFF, ALARM_IRR_NO_DATA,
	    ALARM_MAX_PREFIX_OFF, ALARM_TRANSIT_FREE_OFF, ALARM_NEVER_VIA_OFF, ALARM_BOGONS_OFF,
	    ALARM_BLACK_LIST_OFF, ALARM_UNFILTERED};
	struct conf *conf = conf_load("tests/conf/good/protections_off.yml", "main", &report);
	size_t i;

	ck_assert_ptr_nonnull(conf);
	ck_assert_uint_eq(report.count, 9);
	for (i = 0; i < 8; i++)
		ck_assert_int_eq(report.notes[i].alarm, (int)expected[i]);
	ck_assert_int_eq(report.notes[8].severity, CONF_NOTE);
	conf_free(conf);
}
END_TEST

/* A collector is named by no community: its ASN may be a stand-in. */
START_TEST(collectors_take_no_stand_ins)
{
	struct conf *conf = load("cfg: {rs_as: 64500, router_id: 192.0.2.1, filters: none}\n"
				 "clients: [{asn: 4200000001, ip: 192.0.2.11, 16bit_mapped_asn: "
				 "64999}]\n"
				 "collectors: [{asn: 64999, ip: 192.0.2.250}]\n");

	ck_assert_uint_eq(peer(conf, 0)->mapped_asn, 64999);
	conf_free(conf);
}
END_TEST

/* ---- where values come from ---- */

static enum conf_origin
origin_of(const struct conf *conf, size_t slot, const char *path)
{
	size_t i;

	for (i = 0; i < conf_origin_rows(); i++) {
		if (strcmp(conf_origin_name(i), path) == 0)
			return conf_origin(conf, slot, i);
	}
	ck_abort_msg("no row %s", path);
}

START_TEST(origins_are_known)
{
	struct conf *conf = load_pair("    passive: no\n    filtering: {next_hop_policy: strict}\n",
	    "    filters: none\n"
	    "  - {asn: 64502, ip: 192.0.2.12, cfg: {passive: no, filtering: {irrdb: {\n"
	    "      enforce_origin_in_as_set: null, enforce_prefix_in_as_set: yes}}}}\n");

	ck_assert_int_eq(origin_of(conf, 0, "cfg.passive"), CONF_OF_GENERAL);
	ck_assert_int_eq(origin_of(conf, 1, "cfg.passive"), CONF_OF_CLIENT);
	ck_assert_int_eq(origin_of(conf, 1, "cfg.filtering.next_hop.policy"), CONF_OF_GENERAL);
	ck_assert_int_eq(origin_of(conf, 1, "cfg.add_path"), CONF_OF_DEFAULT);
	ck_assert_int_eq(
	    origin_of(conf, 1, "cfg.filtering.irrdb.enforce_origin_in_as_set"), CONF_OF_DEFAULT);
	ck_assert_int_eq(
	    origin_of(conf, 1, "cfg.filtering.irrdb.enforce_prefix_in_as_set"), CONF_OF_CLIENT);
	ck_assert_int_eq(origin_of(conf, 0, "cfg.filters"), CONF_OF_CLIENT);
	ck_assert_int_eq(origin_of(conf, 1, "cfg.filters"), CONF_OF_DEFAULT);
	conf_free(conf);
}
END_TEST

static Suite *
filtered_suite(void)
{
	Suite *suite = suite_create("who is filtered");
	TCase *tcase = tcase_create("filtered");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, who_is_filtered, 0, ROWS(filtered));
	tcase_add_test(tcase, protections_off_are_alarms);
	tcase_add_test(tcase, no_protection_at_all);
	tcase_add_test(tcase, collectors_take_no_stand_ins);
	tcase_add_test(tcase, origins_are_known);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	SRunner *runner = srunner_create(filtered_suite());
	int failed;

	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
