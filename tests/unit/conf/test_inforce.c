/*
 * What policy is told: each default, each value of ARouteServer's files, inheritance key by key,
 * older spellings.
 */
#include "policy/reason.h"
#include "tests/unit/conf/loaded.h"

START_TEST(defaults_are_those_of_arouteserver)
{
	struct conf *conf = load_pair("", "");
	const struct policy_general *g = general(conf);
	const struct policy_peer *p = peer(conf, 0);

	ck_assert_uint_eq(g->rs_as, 64500);
	ck_assert_uint_eq(
	    g->flags, GENERAL_IRR_TAG | GENERAL_NEVER_VIA_PEERING_DB | GENERAL_BLACKHOLE_NO_EXPORT);
	ck_assert_uint_eq(g->path_max, 32);
	ck_assert_uint_eq(g->gshut_local_pref, 0);
	ck_assert_uint_eq(g->reaches_max, POLICY_REACHES_MAX);
	ck_assert_uint_eq(g->communities_max, POLICY_COMMUNITIES_MAX);
	ck_assert_uint_eq(g->transit_free, TRANSIT_FREE_OFF);
	ck_assert_uint_eq(g->reasons_map, REASONS_AROUTESERVER);
	ck_assert_uint_eq(g->blackhole[FAMILY_IPV4], BLACKHOLE_OFF);
	ck_assert_uint_eq(g->blackhole[FAMILY_IPV6], BLACKHOLE_OFF);
	ck_assert_uint_eq(g->transit_free_asns.count + g->never_via_asns.count +
		g->black_list.count + g->bogons.count + g->rtt_thresholds.count +
		g->communities.count + g->customs.count + g->import_rules.count,
	    0);
	ck_assert_uint_eq(p->asn, 64501);
	ck_assert_uint_eq(p->flags,
	    PEER_HAS_POLICY | PEER_IRR_ORIGIN | PEER_IRR_PREFIX | PEER_INVALID_ASN |
		PEER_ROV_REJECT | PEER_TAKES_BLACKHOLE | PEER_COUNT_REJECTED |
		PEER_LIMIT_PEERING_DB);
	ck_assert_uint_eq(p->observe, 0);
	ck_assert_uint_eq(p->rtt_ms, POLICY_RTT_UNKNOWN);
	ck_assert_uint_eq(p->limit[FAMILY_IPV4], 0);
	ck_assert_uint_eq(p->limit[FAMILY_IPV6], 0);
	ck_assert_uint_eq(p->general_limit[FAMILY_IPV4], 170000);
	ck_assert_uint_eq(p->general_limit[FAMILY_IPV6], 12000);
	ck_assert_uint_eq(p->limit_increment, 100);
	ck_assert_uint_eq(p->limit_increment_percent, 15);
	ck_assert_uint_eq(p->restart_after_min, 15);
	ck_assert_uint_eq(p->mapped_asn, 64501);
	ck_assert_uint_eq(p->kind, PEER_CLIENT);
	ck_assert_uint_eq(p->family, FAMILY_IPV4);
	ck_assert_mem_eq(p->addr, "\xc0\x00\x02\x0b\0\0\0\0\0\0\0\0\0\0\0\0", 16);
	ck_assert_uint_eq(p->next_hop, NEXT_HOP_STRICT);
	ck_assert_uint_eq(p->reject, REJECT_REJECT);
	ck_assert_uint_eq(p->role, ROLE_NONE);
	ck_assert_uint_eq(p->limit_action, LIMIT_NONE);
	ck_assert_uint_eq(p->length_min[FAMILY_IPV4], 8);
	ck_assert_uint_eq(p->length_max[FAMILY_IPV4], 24);
	ck_assert_uint_eq(p->length_min[FAMILY_IPV6], 12);
	ck_assert_uint_eq(p->length_max[FAMILY_IPV6], 48);
	ck_assert_uint_eq(p->authorized.count + p->black_list.count + p->objects.count +
		p->white_prefixes.count + p->white_asns.count + p->white_routes.count +
		p->customs.count,
	    0);
	ck_assert_uint_eq(peer(conf, 1)->kind, PEER_UNUSED);
	ck_assert_uint_eq(conf_slots(conf), 128);
	conf_free(conf);
}
END_TEST

static const char *const trust_anchors[] = {"APNIC RPKI Root", "AfriNIC RPKI Root",
    "LACNIC RPKI Root", "RIPE NCC RPKI Root", "apnic", "afrinic", "lacnic", "ripe"};

START_TEST(feeds_have_defaults)
{
	struct conf *conf = load_pair("", "");
	const struct conf_feeds *feeds = conf_feeds(conf);
	size_t i;

	ck_assert_uint_eq(feeds->irr.count, 0);
	ck_assert_uint_eq(feeds->rpki.count, 0);
	ck_assert_ptr_null(feeds->arin);
	ck_assert_ptr_null(feeds->registrobr);
	ck_assert_ptr_null(feeds->peeringdb);
	ck_assert_ptr_null(feeds->rtt);
	ck_assert(!feeds->any_trust_anchor);
	ck_assert_uint_eq(feeds->rpki_max_age_s, 21600);
	ck_assert_uint_eq(feeds->trust_anchors.count, 8);
	for (i = 0; i < 8; i++)
		ck_assert_str_eq(feeds->trust_anchors.items[i], trust_anchors[i]);
	conf_free(conf);
}
END_TEST

/* ---- the realistic files in tests/conf/good/arouteserver ---- */

static struct conf *
load_files(void)
{
	struct conf *conf = conf_load("tests/conf/good/arouteserver.yml", "main", &report);

	ck_assert_msg(conf != NULL, "%s: %s", report.notes[0].file, report.notes[0].text);
	return conf;
}

START_TEST(general_values_arrive)
{
	struct conf *conf = load_files();
	struct policy_config c;
	const struct policy_general *g = general(conf);

	conf_policy(conf, &c);
	ck_assert_ptr_null(policy_config_error(&c));
	ck_assert_uint_eq(g->flags,
	    GENERAL_IRR_LONGER | GENERAL_IRR_TAG | GENERAL_IRR_PEERING_DB | GENERAL_IRR_ROAS |
		GENERAL_IRR_ARIN | GENERAL_IRR_REGISTROBR | GENERAL_ROV | GENERAL_ASPA |
		GENERAL_REJECT_AS_SET | GENERAL_BLACKHOLE_NO_EXPORT | GENERAL_GRACEFUL_SHUTDOWN |
		GENERAL_RFC1997 | GENERAL_NEVER_VIA_PEERING_DB);
	ck_assert_uint_eq(g->gshut_local_pref, 10);
	ck_assert_uint_eq(g->transit_free, TRANSIT_FREE_REJECT);
	ck_assert_uint_eq(g->transit_free_asns.count, 14);
	ck_assert_uint_eq(c.asns[g->transit_free_asns.first + 13], 12956);
	ck_assert_uint_eq(g->never_via_asns.count, 2);
	ck_assert_uint_eq(c.asns[g->never_via_asns.first], 64666);
	ck_assert_uint_eq(g->blackhole[FAMILY_IPV4], BLACKHOLE_UNCHANGED);
	ck_assert_uint_eq(g->blackhole[FAMILY_IPV6], BLACKHOLE_REWRITE);
	ck_assert_uint_eq(g->blackhole_next_hop[FAMILY_IPV6][15], 0xad);
	ck_assert_uint_eq(g->black_list.count, 2);
	ck_assert_uint_eq(g->bogons.count, 4);
	ck_assert_uint_eq(c.prefixes[g->bogons.first].le, 0);
	ck_assert_uint_eq(c.prefixes[g->bogons.first + 1].ge, 8);
	ck_assert_uint_eq(c.prefixes[g->bogons.first + 1].le, 32);
	ck_assert_uint_eq(c.prefixes[g->bogons.first + 3].le, 128);
	ck_assert_uint_eq(g->rtt_thresholds.count, 9);
	ck_assert_uint_eq(c.asns[g->rtt_thresholds.first + 8], 500);
	ck_assert_uint_gt(g->communities.count, 15);
	ck_assert_uint_eq(g->custom_names.count, 2);
	conf_free(conf);
}
END_TEST

START_TEST(client_values_arrive)
{
	struct conf *conf = load_files();
	const struct policy_peer *p = peer(conf, 1), *q = peer(conf, 2);
	struct policy_config c;

	conf_policy(conf, &c);
	ck_assert_uint_eq(p->flags,
	    PEER_HAS_POLICY | PEER_IRR_PREFIX | PEER_INVALID_ASN | PEER_LIMIT_PEERING_DB |
		PEER_ROLES);
	ck_assert_uint_eq(p->next_hop, NEXT_HOP_AUTHORIZED);
	ck_assert_uint_eq(p->authorized.count, 2);
	ck_assert_uint_eq(c.addresses[p->authorized.first + 1].addr[3], 23);
	ck_assert_uint_eq(p->length_min[FAMILY_IPV4], 8);
	ck_assert_uint_eq(p->length_max[FAMILY_IPV4], 25);
	ck_assert_uint_eq(c.prefixes[p->black_list.first].le, 24);
	ck_assert_uint_eq(p->objects.count, 2);
	ck_assert_str_eq(c.text + c.names[p->objects.first].text, "RIPE::AS-EXAMPLE-TWO");
	ck_assert_str_eq(c.text + c.names[p->objects.first + 1].text, "AS64502:AS-CUSTOMERS");
	ck_assert_uint_eq(c.prefixes[p->white_prefixes.first].ge, 24);
	ck_assert_uint_eq(c.prefixes[p->white_prefixes.first].le, 26);
	ck_assert_uint_eq(p->white_asns.count, 2);
	ck_assert_uint_eq(c.asns[p->white_asns.first + 1], 64511);
	ck_assert_uint_eq(p->white_routes.count, 2);
	ck_assert_uint_eq(c.prefixes[p->white_routes.first].asn, 64512);
	ck_assert_uint_eq(c.prefixes[p->white_routes.first].has_asn, 1);
	ck_assert_uint_eq(c.prefixes[p->white_routes.first].ge, 26);
	ck_assert_uint_eq(c.prefixes[p->white_routes.first + 1].has_asn, 0);
	ck_assert_uint_eq(p->limit[FAMILY_IPV4], 1000);
	ck_assert_uint_eq(p->limit[FAMILY_IPV6], 100);
	ck_assert_uint_eq(p->general_limit[FAMILY_IPV4], 150000);
	ck_assert_uint_eq(p->limit_action, LIMIT_SHUTDOWN);
	ck_assert_uint_eq(p->restart_after_min, 30);
	ck_assert_uint_eq(p->limit_increment, 50);
	ck_assert_uint_eq(p->limit_increment_percent, 20);
	ck_assert_uint_eq(p->role, ROLE_PEER);
	ck_assert_uint_eq(p->reject, REJECT_REJECT);
	ck_assert_uint_eq(p->customs.count, 2);
	ck_assert_uint_eq(c.asns[p->customs.first], 0);
	ck_assert_uint_eq(c.asns[p->customs.first + 1], 1);
	/* Its second address is the same client. */
	ck_assert_uint_eq(q->family, FAMILY_IPV6);
	ck_assert_uint_eq(q->objects.first, p->objects.first);
	ck_assert_uint_eq(q->flags, p->flags);
	conf_free(conf);
}
END_TEST

START_TEST(other_clients_arrive)
{
	struct conf *conf = load_files();
	struct policy_config c;

	conf_policy(conf, &c);
	/* The first has the AS-SETs of its ASN; the third and fourth have none: PeeringDB. */
	ck_assert_uint_eq(c.peers[0].objects.count, 1);
	ck_assert_str_eq(c.text + c.names[c.peers[0].objects.first].text, "AS-EXAMPLE-ONE");
	ck_assert_uint_eq(c.peers[3].objects.count, 0);
	ck_assert_uint_eq(c.peers[0].role, ROLE_RS);
	ck_assert_uint_eq(c.peers[0].reject, REJECT_TAG);
	ck_assert_uint_eq(c.peers[0].limit_action, LIMIT_RESTART);
	/* A stand-in is the ASN's, whichever entry has it. */
	ck_assert_uint_eq(c.peers[3].mapped_asn, 64513);
	ck_assert_uint_eq(c.peers[4].mapped_asn, 64513);
	ck_assert_uint_eq(c.peers[3].flags & PEER_LIMIT_PEERING_DB, 0);
	ck_assert_uint_eq(c.peers[4].rtt_ms, 18);
	ck_assert_uint_ne(c.peers[4].flags & PEER_QUARANTINE, 0);
	ck_assert_uint_eq(c.peers[5].kind, PEER_COLLECTOR);
	ck_assert_uint_eq(c.peers[5].asn, 64999);
	ck_assert_uint_eq(c.peers[5].role, ROLE_NONE);
	ck_assert(conf_peer(conf, 5)->is_collector);
	ck_assert(conf_peer(conf, 5)->cfg.add_path);
	ck_assert_uint_eq(c.peers[6].kind, PEER_UNUSED);
	ck_assert_uint_eq(conf_slots(conf), 64);
	conf_free(conf);
}
END_TEST

START_TEST(feeds_arrive)
{
	struct conf *conf = load_files();
	const struct conf_feeds *feeds = conf_feeds(conf);

	ck_assert_uint_eq(feeds->irr.count, 1);
	ck_assert_str_eq(feeds->irr.items[0], "tests/conf/good/arouteserver/irr.rpsl");
	ck_assert_uint_eq(feeds->rpki.count, 1);
	ck_assert_str_eq(feeds->rpki.items[0], "tests/conf/good/arouteserver/rpki.json");
	ck_assert_str_eq(feeds->arin, "tests/conf/good/arouteserver/arin.json");
	ck_assert_str_eq(feeds->peeringdb, "tests/conf/good/arouteserver/peeringdb.json");
	ck_assert_str_eq(feeds->rtt, "tests/conf/good/arouteserver/rtt.txt");
	ck_assert_uint_eq(feeds->trust_anchors.count, 2);
	ck_assert_str_eq(feeds->trust_anchors.items[1], "apnic");
	ck_assert_uint_eq(feeds->rpki_max_age_s, 43200);
	conf_free(conf);
}
END_TEST

/* ---- inheritance ---- */

/* A key that both may have: another value than the default, and the default. */
static const struct {
	const char *key; /* with %s for the value; under cfg */
	const char *value;
	const char *usual;
} both[] = {
    {"prepend_rs_as: %s", "yes", "no"},
    {"filters: %s", "none", NULL},
    {"filtering: {next_hop: {policy: %s}}", "same-as", "strict"},
    {"filtering: {ipv4_pref_len: {min: %s}}", "9", "8"},
    {"filtering: {ipv4_pref_len: {max: %s}}", "25", "24"},
    {"filtering: {ipv6_pref_len: {min: %s}}", "19", "12"},
    {"filtering: {ipv6_pref_len: {max: %s}}", "49", "48"},
    {"filtering: {reject_invalid_as_in_as_path: %s}", "False", "True"},
    {"filtering: {irrdb: {enforce_origin_in_as_set: %s}}", "False", "True"},
    {"filtering: {irrdb: {enforce_prefix_in_as_set: %s}}", "False", "True"},
    {"filtering: {rpki_bgp_origin_validation: {reject_invalid: %s}}", "False", "True"},
    {"filtering: {max_prefix: {action: %s}}", "block", NULL},
    {"filtering: {max_prefix: {restart_after: %s}}", "16", "15"},
    {"filtering: {max_prefix: {count_rejected_routes: %s}}", "False", "True"},
    {"filtering: {max_prefix: {peering_db: {enabled: %s}}}", "False", "True"},
    {"filtering: {max_prefix: {peering_db: {increment: {absolute: %s}}}}", "0", "100"},
    {"filtering: {max_prefix: {peering_db: {increment: {relative: %s}}}}", "0", "15"},
    {"filtering: {roles: {enabled: %s}}", "True", "False"},
    {"filtering: {reject_policy: {policy: %s}}", "tag", "reject"},
    {"filtering: {observe: %s}", "[length, bogon]", "[]"},
    {"blackhole_filtering: {announce_to_client: %s}", "False", "True"},
    {"graceful_shutdown: {enabled: %s}", "True", "False"},
};

/* The peer of a configuration where general and client say the key so; NULL = not at all. */
static struct policy_peer
peer_with(const char *key, const char *in_general, const char *in_client)
{
	char line[256], general_text[512] = "", client_text[512] = "";
	struct policy_peer out;
	struct conf *conf;

	if (in_general != NULL) {
		snprintf(line, sizeof(line), key, in_general);
		snprintf(general_text, sizeof(general_text), "    %s\n", line);
	}
	if (in_client != NULL) {
		snprintf(line, sizeof(line), key, in_client);
		snprintf(client_text, sizeof(client_text), "    cfg: {%s}\n", line);
	}
	conf = load_pair(general_text, client_text);
	out = *peer(conf, 0);
	conf_free(conf);
	return out;
}

START_TEST(clients_inherit_and_override)
{
	const char *key = both[_i].key, *value = both[_i].value, *usual = both[_i].usual;
	struct policy_peer plain = peer_with(key, NULL, NULL);
	struct policy_peer inherited = peer_with(key, value, NULL);
	struct policy_peer own = peer_with(key, NULL, value);
	struct policy_peer null = peer_with(key, value, "null");
	struct policy_peer back;

	ck_assert_mem_ne(&inherited, &plain, sizeof(plain));
	ck_assert_mem_eq(&own, &inherited, sizeof(own));
	ck_assert_mem_eq(&null, &inherited, sizeof(null));
	if (usual == NULL)
		return;
	back = peer_with(key, value, usual);
	ck_assert_mem_eq(&back, &plain, sizeof(back));
}
END_TEST

START_TEST(leaves_are_replaced_one_by_one)
{
	struct conf *conf = load_pair("    filtering: {ipv4_pref_len: {min: 10, max: 22}}\n",
	    "    cfg: {filtering: {ipv4_pref_len: {max: 26}}}\n");

	ck_assert_uint_eq(peer(conf, 0)->length_min[FAMILY_IPV4], 10);
	ck_assert_uint_eq(peer(conf, 0)->length_max[FAMILY_IPV4], 26);
	conf_free(conf);
}
END_TEST

/* A client's list stands instead of the general one. */
START_TEST(lists_are_replaced)
{
	struct conf *conf = load_pair("    filtering: {observe: [length, bogon]}\n",
	    "    cfg: {filtering: {observe: irr-origin}}\n");

	ck_assert_uint_eq(peer(conf, 0)->observe, 1u << REASON_IRR_ORIGIN);
	conf_free(conf);
}
END_TEST

/* ---- older spellings ---- */

static const struct {
	const char *older;
	const char *now;
	bool is_client;
} spellings[] = {
    {"filtering: {next_hop_policy: same-as}", "filtering: {next_hop: {policy: same-as}}", false},
    {"filtering: {next_hop_policy: same-as}", "filtering: {next_hop: {policy: same-as}}", true},
    {"filtering: {max_prefix: {peering_db: False}}",
	"filtering: {max_prefix: {peering_db: {enabled: False}}}", false},
    {"filtering: {max_prefix: {peering_db: no}}",
	"filtering: {max_prefix: {peering_db: {enabled: False}}}", true},
    {"filtering: {rpki: {enabled: yes, reject_invalid: no}}",
	"filtering: {rpki_bgp_origin_validation: {enabled: yes, reject_invalid: no}}", false},
    {"filtering: {rpki: {reject_invalid: no}}",
	"filtering: {rpki_bgp_origin_validation: {reject_invalid: no}}", true},
    {"filtering: {irrdb: {use_rpki_roas_as_route_objects: {source: rtr, enabled: yes}}}",
	"filtering: {irrdb: {use_rpki_roas_as_route_objects: {enabled: yes}}}", false},
    {"filtering: {transit_free: {action: reject, asns: '174, AS701'}}",
	"filtering: {transit_free: {action: reject, asns: [174, 701]}}", false},
    {"rtt_thresholds: 5, 10 ,20", "rtt_thresholds: [5, 10, 20]", false},
    {"filtering: {never_via_route_servers: {peering_db: 'False', asns: [1,2]}}",
	"filtering: {never_via_route_servers: {peering_db: False, asns: '1,2'}}", false},
};

/* Loads with one line under cfg of general or client. */
static struct conf *
load_line(const char *line, bool is_client)
{
	char text[512];

	snprintf(text, sizeof(text), is_client ? "    cfg: {%s}\n" : "    %s\n", line);
	return is_client ? load_pair("", text) : load_pair(text, "");
}

START_TEST(older_spellings_mean_the_same)
{
	struct conf *older = load_line(spellings[_i].older, spellings[_i].is_client);
	struct conf *now = load_line(spellings[_i].now, spellings[_i].is_client);
	struct policy_config a, b;

	conf_policy(older, &a);
	conf_policy(now, &b);
	ck_assert_mem_eq(a.general, b.general, sizeof(*a.general));
	ck_assert_mem_eq(a.peers, b.peers, sizeof(*a.peers));
	ck_assert_uint_eq(a.asn_count, b.asn_count);
	if (a.asn_count > 0)
		ck_assert_mem_eq(a.asns, b.asns, a.asn_count * sizeof(*a.asns));
	conf_free(older);
	conf_free(now);
}
END_TEST

static const struct {
	const char *line;
	bool any;
	size_t anchors;
} sources[] = {
    {"rpki_roas: {source: ripe-rpki-validator-cache}", false, 8},
    {"rpki_roas: {source: rtr}", true, 8},
    {"rpki_roas: {source: rtrlib}", true, 8},
    {"filtering: {rpki: {enabled: true}}", true, 8},
    {"filtering: {rpki: {enabled: false}}", false, 8},
    {"filtering: {rpki_bgp_origin_validation: {enabled: true}}", false, 8},
    {"{filtering: {rpki: {enabled: true}}, rpki_roas: {source: ripe-rpki-validator-cache}}", false,
	8},
    {"filtering: {irrdb: {use_rpki_roas_as_route_objects: {source: rtrlib}}}", true, 8},
    {"filtering: {irrdb: {use_rpki_roas_as_route_objects: {allowed_trust_anchors: [a]}}}", false,
	1},
    {"rpki_roas: {ripe_rpki_validator_url: 'https://a/', allowed_trust_anchors: [a, b]}", false, 2},
    {"rpki_roas: {ripe_rpki_validator_url: ['https://a/', 'https://b/']}", false, 8},
};

START_TEST(source_of_roas)
{
	char text[512];
	const char *line = sources[_i].line;
	struct conf *conf;

	if (line[0] == '{') /* two keys */
		snprintf(text, sizeof(text),
		    "    filtering: {rpki: {enabled: true}}\n"
		    "    rpki_roas: {source: ripe-rpki-validator-cache}\n");
	else
		snprintf(text, sizeof(text), "    %s\n", line);
	conf = load_pair(text, "");
	ck_assert_int_eq(conf_feeds(conf)->any_trust_anchor, sources[_i].any);
	ck_assert_uint_eq(conf_feeds(conf)->trust_anchors.count, sources[_i].anchors);
	conf_free(conf);
}
END_TEST

/* ---- further switches ---- */

static const struct {
	const char *line;
	uint32_t flag;
} switches[] = {
    {"filtering: {reject_as_set: yes}", GENERAL_REJECT_AS_SET},
    {"filtering: {aspa: {enabled: yes}}", GENERAL_ASPA},
    {"filtering: {aspa: {reject_invalid: yes}}", GENERAL_ASPA_REJECT},
    {"graceful_shutdown: {perform: yes}", GENERAL_SHUTTING_DOWN},
    {"graceful_shutdown: {enabled: yes}", GENERAL_GRACEFUL_SHUTDOWN},
    {"rtt: {use_measured: yes}", GENERAL_RTT_MEASURED},
    {"rfc1997_wellknown_communities: {policy: rfc1997}", GENERAL_RFC1997},
    {"filtering: {irrdb: {allow_longer_prefixes: yes}}", GENERAL_IRR_LONGER},
    {"filtering: {irrdb: {peering_db: yes}}", GENERAL_IRR_PEERING_DB},
    {"filtering: {irrdb: {use_rpki_roas_as_route_objects: {enabled: yes}}}", GENERAL_IRR_ROAS},
    {"filtering: {irrdb: {use_arin_bulk_whois_data: {enabled: yes}}}", GENERAL_IRR_ARIN},
    {"filtering: {irrdb: {use_registrobr_bulk_whois_data: {enabled: yes}}}",
	GENERAL_IRR_REGISTROBR},
    {"filtering: {rpki_bgp_origin_validation: {enabled: yes}}", GENERAL_ROV},
};

START_TEST(general_switches)
{
	struct conf *off = load_line("passive: yes", false);
	struct conf *on = load_line(switches[_i].line, false);

	ck_assert_uint_eq(general(off)->flags ^ general(on)->flags, switches[_i].flag);
	conf_free(off);
	conf_free(on);
}
END_TEST

START_TEST(general_numbers_and_words)
{
	struct conf *conf = load_pair("    reasons: euro-ix\n"
				      "    filtering:\n"
				      "      max_as_path_len: 64\n"
				      "      max_communities: 0\n"
				      "      max_control_combinations: 7\n"
				      "      transit_free: {action: warning, asns: 174}\n"
				      "    graceful_shutdown: {local_pref: 4294967295}\n",
	    "");

	ck_assert_uint_eq(general(conf)->reasons_map, REASONS_EURO_IX);
	ck_assert_uint_eq(general(conf)->path_max, 64);
	ck_assert_uint_eq(general(conf)->communities_max, 0);
	ck_assert_uint_eq(general(conf)->reaches_max, 7);
	ck_assert_uint_eq(general(conf)->transit_free, TRANSIT_FREE_WARNING);
	ck_assert_uint_eq(general(conf)->gshut_local_pref, UINT32_MAX);
	conf_free(conf);
}
END_TEST

START_TEST(invalid_routes_for_one_client)
{
	struct conf *conf = load_pair("",
	    "    cfg: {filtering: {rpki_bgp_origin_validation: {announce_invalid_to_client: "
	    "yes}}}\n");

	ck_assert_uint_ne(peer(conf, 0)->flags & PEER_TAKES_INVALID, 0);
	conf_free(conf);
}
END_TEST

/* A limit of 0 is none, whatever PeeringDB says; in the record 0 means that none was given. */
START_TEST(own_limit_of_zero_is_no_limit)
{
	struct conf *conf = load_pair("", "    cfg: {filtering: {max_prefix: {limit_ipv6: 0}}}\n");

	ck_assert_uint_eq(peer(conf, 0)->limit[FAMILY_IPV4], 0);
	ck_assert_uint_eq(peer(conf, 0)->limit[FAMILY_IPV6], UINT32_MAX);
	conf_free(conf);
}
END_TEST

static const struct {
	const char *text;
	uint32_t ms;
} rtts[] = {{"0", POLICY_RTT_UNKNOWN}, {"0.0", POLICY_RTT_UNKNOWN}, {"0.2", 1}, {"1", 1},
    {"1.4", 1}, {"1.5", 2}, {"17.49", 17}, {"99999", POLICY_RTT_MAX_MS}, {"60000", 60000},
    {"null", POLICY_RTT_UNKNOWN}};

START_TEST(rtt_is_normalised)
{
	char text[64];
	struct conf *conf;

	snprintf(text, sizeof(text), "    rtt: %s\n", rtts[_i].text);
	conf = load_pair("", text);
	ck_assert_uint_eq(peer(conf, 0)->rtt_ms, rtts[_i].ms);
	conf_free(conf);
}
END_TEST

/* What exists and is empty authorises AS<own> and nothing that PeeringDB may say. */
START_TEST(empty_as_sets_authorise_nothing_else)
{
	static const char *const clients[] = {"    cfg: {filtering: {irrdb: {as_sets: []}}}\n", ""};
	static const char *const sections[] = {"", "asns: {AS64501: {as_sets: []}}\n"};
	char text[512];
	struct policy_config c;
	struct conf *conf;

	snprintf(text, sizeof(text), "    filtering: {irrdb: {peering_db: yes}}\n%s", sections[_i]);
	conf = load_pair(text, clients[_i]);
	conf_policy(conf, &c);
	ck_assert_uint_eq(c.peers[0].objects.count, 1);
	ck_assert_str_eq(c.text + c.names[c.peers[0].objects.first].text, "AS64501");
	conf_free(conf);
}
END_TEST

START_TEST(own_as_sets_win)
{
	struct conf *conf = load_pair("asns: {AS64501: {as_sets: [AS-B]}, AS64502: null}\n",
	    "    cfg: {filtering: {irrdb: {as_sets: AS-A}}}\n");
	struct policy_config c;

	conf_policy(conf, &c);
	ck_assert_uint_eq(c.peers[0].objects.count, 1);
	ck_assert_str_eq(c.text + c.names[c.peers[0].objects.first].text, "AS-A");
	conf_free(conf);
}
END_TEST

static Suite *
inforce_suite(void)
{
	Suite *suite = suite_create("what policy is told");
	TCase *tcase = tcase_create("inforce");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, defaults_are_those_of_arouteserver);
	tcase_add_test(tcase, feeds_have_defaults);
	tcase_add_test(tcase, general_values_arrive);
	tcase_add_test(tcase, client_values_arrive);
	tcase_add_test(tcase, other_clients_arrive);
	tcase_add_test(tcase, feeds_arrive);
	tcase_add_loop_test(tcase, clients_inherit_and_override, 0, ROWS(both));
	tcase_add_test(tcase, leaves_are_replaced_one_by_one);
	tcase_add_test(tcase, lists_are_replaced);
	tcase_add_loop_test(tcase, older_spellings_mean_the_same, 0, ROWS(spellings));
	tcase_add_loop_test(tcase, source_of_roas, 0, ROWS(sources));
	tcase_add_loop_test(tcase, general_switches, 0, ROWS(switches));
	tcase_add_test(tcase, general_numbers_and_words);
	tcase_add_test(tcase, invalid_routes_for_one_client);
	tcase_add_test(tcase, own_limit_of_zero_is_no_limit);
	tcase_add_loop_test(tcase, rtt_is_normalised, 0, ROWS(rtts));
	tcase_add_loop_test(tcase, empty_as_sets_authorise_nothing_else, 0, 2);
	tcase_add_test(tcase, own_as_sets_win);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	SRunner *runner = srunner_create(inforce_suite());
	int failed;

	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
