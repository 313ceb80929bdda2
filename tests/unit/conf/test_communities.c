/* cfg.communities and cfg.custom_communities: every form, every complaint, overlaps. */
#include <inttypes.h>

#include "bgpd/conf/communities.h"
#include "bgpd/conf/pattern.h"
#include "tests/unit/conf/fixture.h"

static void
load_as(const char *text, uint32_t rs_as)
{
	const struct node *root = parse(text);

	communities_load(&loader, node_find(root, "communities"),
	    node_find(root, "custom_communities"), rs_as, &pool, &general);
	pool_view(&pool, &view);
}

static void
load(const char *text)
{
	load_as(text, 64500);
}

static void
load_euro_ix(const char *text)
{
	const struct node *root = parse(text);

	general.reasons_map = REASONS_EURO_IX;
	communities_load(&loader, node_find(root, "communities"),
	    node_find(root, "custom_communities"), 64500, &pool, &general);
	pool_view(&pool, &view);
}

static const struct policy_community *
named(size_t index)
{
	ck_assert_uint_lt(index, general.communities.count);
	return &view.communities[general.communities.first + index];
}

static const char *
text_of(const struct policy_community *pattern)
{
	static char text[COMMUNITY_TEXT_MAX];

	community_format_pattern(pattern, text);
	return text;
}

/* What ARouteServer's own "configure" proposes for BIRD. */
static const char proposed[] =
    "communities:\n"
    "  reject_cause: {std: '65520:dyn_val', ext: 'rt:65520:dyn_val', lrg: 'rs_as:65520:dyn_val'}\n"
    "  reject_cause_map:\n"
    "    1: {lrg: 'rs_as:1101:5'}\n"
    "    2: {lrg: 'rs_as:1101:3'}\n"
    "    '10': {lrg: 'rs_as:1101:3'}\n"
    "    14: {lrg: 'rs_as:1101:13'}\n"
    "  prefix_present_in_as_set: {std: '64512:11', ext: 'rt:64512:11', lrg: 'rs_as:64512:11'}\n"
    "  rpki_bgp_origin_validation_not_performed:\n"
    "    {std: '64512:50', ext: 'rt:64512:50', lrg: 'rs_as:1000:3'}\n"
    "  do_not_announce_to_any: {std: '0:rs_as', ext: 'rt:0:rs_as', lrg: 'rs_as:0:0'}\n"
    "  do_not_announce_to_peer: {std: '0:peer_as', ext: 'rt:0:peer_as', lrg: 'rs_as:0:peer_as'}\n"
    "  announce_to_peer:\n"
    "    {std: 'rs_as:peer_as', ext: 'rt:rs_as:peer_as', lrg: 'rs_as:1:peer_as'}\n"
    "  prepend_once_to_any: {std: '65501:rs_as', ext: 'rt:65501:rs_as', lrg: 'rs_as:101:0'}\n"
    "  prepend_once_to_peer:\n"
    "    {std: '65511:peer_as', ext: 'rt:65511:peer_as', lrg: 'rs_as:101:peer_as'}\n"
    "custom_communities:\n"
    "  colo_a: {std: '65501:65501'}\n"
    "  colo_b: {lrg: 'rs_as:65501:2', ext: 'ro:70000:5'}\n";

START_TEST(what_arouteserver_proposes)
{
	load(proposed);
	no_complaint();
	ck_assert_uint_eq(general.communities.count, 8 * 3 + 4);
	ck_assert_uint_eq(general.customs.count, 3);
	ck_assert_uint_eq(general.custom_names.count, 2);
	ck_assert_int_eq(communities_custom(&pool, &general, "colo_a"), 0);
	ck_assert_int_eq(communities_custom(&pool, &general, "colo_b"), 1);
	ck_assert_int_eq(communities_custom(&pool, &general, "colo"), -1);
	ck_assert_int_eq(communities_custom(&pool, &general, ""), -1);
	ck_assert_str_eq(text_of(named(0)), "65520:dyn_val");
	ck_assert_int_eq(named(0)->name, NAME_REJECT_CAUSE);
	ck_assert_str_eq(text_of(named(5)), "64500:1101:3");
	ck_assert_int_eq(named(5)->name, NAME_REJECT_CAUSE_MAP);
	ck_assert_uint_eq(named(5)->index, 10);
	sound();
}
END_TEST

START_TEST(customs_have_number_and_name)
{
	const struct policy_community *c;

	load(proposed);
	c = &view.communities[general.customs.first];
	ck_assert_str_eq(text_of(&c[0]), "65501:65501");
	ck_assert_uint_eq(c[0].index, 0);
	ck_assert_uint_eq(c[1].index, 1);
	ck_assert_str_eq(text_of(&c[2]), "ro:70000:5");
	ck_assert_uint_eq(c[2].index, 1);
	ck_assert_uint_eq(c[2].ext_type, 0x0203);
	for (size_t i = 0; i < 3; i++)
		ck_assert_uint_eq(c[i].name, NAME_CUSTOM);
	ck_assert_str_eq(view.text + view.names[general.custom_names.first + 1].text, "colo_b");
}
END_TEST

/* Every row in every format, with the word that it needs. */
START_TEST(every_name)
{
	static const char *const words[] = {"7", "peer_as", "dyn_val"};
	const struct community_row *row = community_row((enum community_name)_i);
	char text[512];
	const char *word = words[row->wild];

	if (row->key == NULL)
		return;
	snprintf(text, sizeof(text),
	    "communities:\n  %s: {std: '1:%s', lrg: ' rs_as : 2 : %s', ext: 'RT:70000:%s'}\n",
	    row->key, word, word, word);
	load(text);
	ck_assert_uint_eq(report.errors, 0);
	ck_assert_uint_eq(report.warnings, row->wild == WILD_PEER ? 1 : 0);
	ck_assert_uint_eq(general.communities.count, 3);
	for (size_t i = 0; i < 3; i++) {
		ck_assert_int_eq(named(i)->name, _i);
		ck_assert_int_eq(named(i)->wild, row->wild);
		ck_assert_int_eq(named(i)->format, (int)i);
	}
	ck_assert_uint_eq(named(1)->part[0], 64500);
	ck_assert_uint_eq(named(2)->ext_type, 0x0202);
	snprintf(text, sizeof(text), "1:%s", word);
	ck_assert_str_eq(text_of(named(0)), text);
}
END_TEST

/* And with each wrong last part. */
START_TEST(every_name_with_wrong_word)
{
	static const char *const words[] = {"7", "peer_as", "dyn_val", "*"};
	const struct community_row *row = community_row((enum community_name)_i);
	char text[512];

	if (row->key == NULL)
		return;
	for (size_t i = 0; i < 4; i++) {
		if (i == row->wild)
			continue;
		snprintf(text, sizeof(text), "communities:\n  %s:\n    lrg: 1:2:%s\n", row->key,
		    words[i]);
		load(text);
		ck_assert_uint_eq(report.errors, 1);
		ck_assert_uint_eq(report.notes[0].line, 3);
		ck_assert_uint_eq(report.notes[0].col, 10);
		ck_assert_ptr_nonnull(strstr(report.notes[0].text, row->key));
		ck_assert_uint_eq(general.communities.count, 0);
	}
}
END_TEST

static const struct {
	const char *text;
	unsigned line;
	const char *complaint;
} wrong[] = {
    {"communities: text\n", 1, "communities: got a text, expected a mapping"},
    {"communities:\n  blackholing: '1:2'\n", 2, "blackholing: got a text"},
    {"communities:\n  blackholing:\n    standard: '1:2'\n", 3, "unknown key standard"},
    {"communities:\n  blackholing:\n    std: [1, 2]\n", 3, "blackholing.std: got a list"},
    {"communities:\n  blackholling:\n    std: '1:2'\n", 2, "did you mean blackholing?"},
    {"communities:\n  my_own_colo:\n    std: '1:2'\n", 2, "belongs into custom_communities"},
    {"communities:\n  blackholing:\n    std: '1'\n", 3, "expected A:B"},
    {"communities:\n  blackholing:\n    std: '1:2:3'\n", 3, "expected A:B"},
    {"communities:\n  blackholing:\n    std: '1:2:'\n", 3, "expected A:B"},
    {"communities:\n  blackholing:\n    std: ':2'\n", 3, "expected A:B"},
    {"communities:\n  blackholing:\n    std: '1 1:2'\n", 3, "expected A:B"},
    {"communities:\n  blackholing:\n    std: 'a:2'\n", 3, "\"a\" is no number"},
    {"communities:\n  blackholing:\n    std: '-1:2'\n", 3, "\"-1\" is no number"},
    {"communities:\n  blackholing:\n    std: '65536:2'\n", 3, "65536 is too large"},
    {"communities:\n  blackholing:\n    std: '2:65536'\n", 3, "65536 is too large"},
    {"communities:\n  blackholing:\n    std: '65535:666'\n", 3, "well-known"},
    {"communities:\n  blackholing:\n    std: 'peer_as:1'\n", 3, "word peer_as is not allowed"},
    {"communities:\n  announce_to_peer:\n    std: 'peer_as:peer_as'\n", 3,
	"can only be the last part"},
    {"communities:\n  announce_to_peer:\n    std: '1:2'\n", 3, "expected the word peer_as"},
    {"communities:\n  announce_to_peer:\n    std: '1:rs_as'\n", 3, "expected the word peer_as"},
    {"communities:\n  reject_cause:\n    std: '1:peer_as'\n", 3, "expected the word dyn_val"},
    {"communities:\n  blackholing:\n    lrg: '1:2'\n", 3, "expected A:B:C"},
    {"communities:\n  blackholing:\n    lrg: '1:2:3:4'\n", 3, "expected A:B:C"},
    {"communities:\n  blackholing:\n    lrg: '1:2:4294967296'\n", 3, "too large"},
    {"communities:\n  blackholing:\n    lrg: '1:2:99999999999999999999'\n", 3, "expected A:B:C"},
    {"communities:\n  blackholing:\n    ext: '1:2:3'\n", 3, "expected rt or ro"},
    {"communities:\n  blackholing:\n    ext: 'rt:2'\n", 3, "expected rt:A:B"},
    {"communities:\n  blackholing:\n    ext: 'soo:1:2'\n", 3, "expected rt or ro"},
    {"communities:\n  blackholing:\n    ext: 'rt:65536:65536'\n", 3, "65536 is too large"},
    {"communities:\n  blackholing:\n    ext: 'rt:1:4294967296'\n", 3, "too large"},
    {"communities:\n  reject_cause_map: 5\n", 2, "reject_cause_map: got a text"},
    {"communities:\n  reject_cause_map:\n    0: {std: '1:2'}\n", 3, "from 1 to 22"},
    {"communities:\n  reject_cause_map:\n    23: {std: '1:2'}\n", 3, "from 1 to 22"},
    {"communities:\n  reject_cause_map:\n    bogon: {std: '1:2'}\n", 3, "no reject code"},
    {"communities:\n  reject_cause_map:\n    5: {std: '1:dyn_val'}\n", 3, "reject_cause_map.5.std"},
    {"custom_communities: 5\n", 1, "custom_communities: got a text"},
    {"custom_communities:\n  blackholing: {std: '1:2'}\n", 2, "is a name of communities"},
    {"custom_communities:\n  reject_cause_map: {std: '1:2'}\n", 2, "is a name of communities"},
    {"custom_communities:\n  a: {std: '1:peer_as'}\n", 2, "word peer_as is not allowed"},
    {"custom_communities:\n  a: {std: '1:dyn_val'}\n", 2, "word dyn_val is not allowed"},
    {"custom_communities:\n"
     "  a234567890123456789012345678901234567890123456789012345678901234567890: {std: '1:2'}\n",
	2, "a name of 70 octets, expected 1 to 64"},
    /* twice, overlapping */
    {"communities:\n  blackholing: {std: '1:2'}\n  do_not_announce_to_any: {std: '1:2'}\n", 3,
	"do_not_announce_to_any.std: 1:2 is used already, by blackholing at line 2"},
    {"communities:\n  blackholing: {std: '1:2'}\ncustom_communities:\n  a: {std: '1:2'}\n", 4,
	"a.std: 1:2 is used already, by blackholing at line 2"},
    {"custom_communities:\n  a: {lrg: '1:2:3'}\n  b: {lrg: '1:2:3'}\n", 3, "by a at line 2"},
    {"communities:\n  announce_to_peer: {std: '1:peer_as'}\n"
     "  prepend_once_to_peer: {std: '1:peer_as'}\n",
	3, "1:peer_as is used already, by announce_to_peer"},
    {"communities:\n  announce_to_peer: {std: '1:peer_as'}\n  blackholing: {std: '1:2'}\n", 3,
	"blackholing.std: 1:2 overlaps with 1:peer_as of announce_to_peer at line 2"},
    {"communities:\n  blackholing: {lrg: '1:2:666'}\n"
     "  announce_to_peer: {lrg: '1:2:peer_as'}\n",
	3, "overlaps with 1:2:666 of blackholing"},
    {"communities:\n  announce_to_peer: {ext: 'rt:1:peer_as'}\n"
     "custom_communities:\n  a: {ext: 'rt:1:131072'}\n",
	4, "overlaps with rt:1:peer_as"},
    {"communities:\n  announce_to_peer: {std: '1:peer_as'}\n"
     "  announce_to_peers_with_rtt_lower_than: {std: '1:dyn_val'}\n",
	3, "overlaps with 1:peer_as"},
    {"communities:\n  announce_to_peers_with_rtt_lower_than: {std: '1:dyn_val'}\n"
     "  blackholing: {std: '1:0'}\n",
	3, "overlaps with 1:dyn_val"},
    {"communities:\n  reject_cause: {std: '1:dyn_val'}\ncustom_communities:\n  a: {std: "
     "'1:rs_as'}\n",
	4, "overlaps with 1:dyn_val of reject_cause"},
    {"communities:\n  reject_cause_map:\n    1: {lrg: '1:2:3'}\n"
     "  blackholing: {lrg: '1:2:3'}\n",
	4, "by reject_cause_map.1 at line 3"},
    {"communities:\n  reject_cause: {std: '1:dyn_val'}\n"
     "  rejected_route_announced_by: {std: '1:dyn_val'}\n",
	3, "is used already"},
};

START_TEST(wrong_input)
{
	load(wrong[_i].text);
	ck_assert_uint_eq(report.errors, 1);
	ck_assert_uint_eq(report.count, 1);
	complaint(0, wrong[_i].line, wrong[_i].complaint);
}
END_TEST

static const struct {
	const char *text;
	size_t named, customs;
} fine[] = {
    {"other: 1\n", 0, 0},
    {"communities:\ncustom_communities: ~\n", 0, 0},
    {"communities: {}\ncustom_communities: {}\n", 0, 0},
    {"communities:\n  blackholing: ~\n  reject_cause: {}\n  reject_cause_map:\n", 0, 0},
    {"communities:\n  blackholing: {std: ~, lrg: '', ext: null}\n", 0, 0},
    {"communities:\n  blackholing:\n    std: 65534:666\n", 1, 0},
    {"communities:\n  reject_cause_map: {22: {std: '1:1', lrg: '1:1:1', ext: 'rt:1:1'}, 5: ~}\n", 3,
	0},
    {"custom_communities:\n  a: ~\n  b: {std: '1:1'}\n", 0, 1},
    /* values that no member is named by */
    {"communities:\n  announce_to_peer: {std: '1:peer_as'}\n"
     "custom_communities:\n  a: {std: '1:0'}\n  c: {std: '1:64512'}\n  d: {std: '1:65534'}\n",
	1, 3},
    {"communities:\n  announce_to_peer: {lrg: '1:2:peer_as'}\n"
     "custom_communities:\n  a: {lrg: '1:2:0'}\n  c: {lrg: '1:2:4200000000'}\n"
     "  d: {lrg: '1:2:4294967294'}\n",
	1, 3},
    /* alike, but for one thing */
    {"communities:\n  announce_to_peer: {std: '1:peer_as', ext: 'rt:1:peer_as'}\n"
     "  blackholing: {std: '2:7', lrg: '1:1:7', ext: 'ro:1:7'}\n",
	5, 0},
    {"communities:\n  blackholing: {lrg: '1:2:3'}\n  reject_cause: {lrg: '1:3:dyn_val'}\n", 2, 0},
    {"communities:\n  reject_cause_map:\n    2: {std: '1:3'}\n    10: {std: '1:3'}\n", 2, 0},
};

START_TEST(fine_input)
{
	load(fine[_i].text);
	no_complaint();
	ck_assert_uint_eq(general.communities.count, fine[_i].named);
	ck_assert_uint_eq(general.customs.count, fine[_i].customs);
	sound();
}
END_TEST

/* Where ARouteServer's "any value but ..." lets something by that deserves a word. */
START_TEST(warnings)
{
	load("communities:\n  reject_cause: {lrg: '1:2:dyn_val'}\n"
	     "  reject_cause_map: {5: {lrg: '1:2:3'}}\n"
	     "  announce_to_peer: {std: '7:peer_as'}\n"
	     "custom_communities:\n  a: {std: '7:rs_as'}\n");
	ck_assert_uint_eq(report.errors, 0);
	ck_assert_uint_eq(report.count, 2);
	complaint(0, 3, "overlaps with 1:2:dyn_val");
	complaint(1, 6, "scrubbed on output");
}
END_TEST

START_TEST(large_server_asn)
{
	load_as("communities:\n"
		"  blackholing: {std: 'rs_as:1', lrg: 'rs_as:1:1', ext: 'rt:rs_as:1'}\n"
		"  do_not_announce_to_any: {std: '0:rs_as', ext: 'rt:0:rs_as'}\n"
		"  prepend_once_to_any: {ext: 'rt:70000:rs_as'}\n",
	    4200000001u);
	ck_assert_uint_eq(report.errors, 3);
	for (size_t i = 0; i < 3; i++)
		ck_assert_ptr_nonnull(strstr(report.notes[i].text, "(64512 to 65534)"));
	ck_assert_uint_eq(general.communities.count, 3);
	ck_assert_uint_eq(named(1)->ext_type, 0x0202);
	ck_assert_str_eq(text_of(named(2)), "rt:0:4200000001");
}
END_TEST

START_TEST(unknown_server_asn)
{
	load_as(
	    "communities:\n  blackholing: {std: 'rs_as:1', lrg: 'rs_as:1:1', ext: 'rt:7:1'}\n", 0);
	ck_assert_uint_eq(report.count, 0);
	ck_assert_uint_eq(general.communities.count, 1);
}
END_TEST

START_TEST(too_many_customs)
{
	char *text, *p;

	p = text = malloc(64 + 40 * (COMMUNITIES_CUSTOM_MAX + 1));
	ck_assert_ptr_nonnull(text);
	p += sprintf(p, "custom_communities:\n");
	for (unsigned i = 0; i <= COMMUNITIES_CUSTOM_MAX; i++)
		p += sprintf(p, "  c%u: {lrg: '1:2:%u'}\n", i, i);
	load(text);
	free(text);
	ck_assert_uint_eq(report.errors, 1);
	ck_assert_uint_eq(report.notes[0].line, COMMUNITIES_CUSTOM_MAX + 2);
	ck_assert_uint_eq(general.customs.count, COMMUNITIES_CUSTOM_MAX);
}
END_TEST

START_TEST(mapped_asn)
{
	const struct node *root;

	load("communities:\n"
	     "  announce_to_peer: {std: '1:peer_as', lrg: '1:1:peer_as'}\n"
	     "  blackholing: {std: '1:65001', lrg: '1:1:65004'}\n"
	     "custom_communities:\n"
	     "  colo: {std: '1:65002'}\n");
	ck_assert_uint_eq(report.count, 0);
	root = tree_root(tree);
	communities_check_mapped(&loader, root, 65003, &pool, &general);
	communities_check_mapped(&loader, root, 65004, &pool, &general);
	ck_assert_uint_eq(report.count, 0);
	communities_check_mapped(&loader, root, 65001, &pool, &general);
	ck_assert_uint_eq(report.errors, 1);
	ck_assert_ptr_nonnull(strstr(report.notes[0].text,
	    "65001 makes announce_to_peer of this client 1:65001, which means blackholing"));
	communities_check_mapped(&loader, root, 65002, &pool, &general);
	ck_assert_uint_eq(report.errors, 2);
	ck_assert_ptr_nonnull(strstr(report.notes[1].text, "which means colo already"));
}
END_TEST

START_TEST(mapped_asn_without_communities)
{
	load("other: 1\n");
	communities_check_mapped(&loader, tree_root(tree), 65001, &pool, &general);
	ck_assert_uint_eq(report.count, 0);
}
END_TEST

START_TEST(euro_ix_brings_states)
{
	load("other: 1\n");
	ck_assert_uint_eq(general.communities.count, 0);
	load_euro_ix("other: 1\n");
	no_complaint();
	ck_assert_uint_eq(general.communities.count, 3);
	ck_assert_str_eq(text_of(named(0)), "64500:1000:1");
	ck_assert_int_eq(named(0)->name, NAME_ROV_VALID);
	ck_assert_str_eq(text_of(named(1)), "64500:1000:2");
	ck_assert_int_eq(named(1)->name, NAME_ROV_UNKNOWN);
	ck_assert_str_eq(text_of(named(2)), "64500:1000:4");
	ck_assert_int_eq(named(2)->name, NAME_ROV_INVALID);
}
END_TEST

/* What the configuration says counts more, and a value that it uses for something else. */
START_TEST(euro_ix_states_give_way)
{
	load_euro_ix("communities:\n"
		     "  rpki_bgp_origin_validation_valid: {lrg: 'rs_as:7:7'}\n"
		     "  rpki_bgp_origin_validation_unknown: {std: '7:7'}\n"
		     "  announce_to_peer: {std: '1:peer_as'}\n"
		     "custom_communities:\n  a: {lrg: 'rs_as:1000:4'}\n");
	no_complaint();
	ck_assert_uint_eq(general.communities.count, 4);
	ck_assert_str_eq(text_of(named(3)), "64500:1000:2");
	ck_assert_int_eq(named(3)->name, NAME_ROV_UNKNOWN);
	ck_assert_uint_eq(general.customs.count, 1);
	ck_assert_int_eq(view.communities[general.customs.first].name, NAME_CUSTOM);
}
END_TEST

START_TEST(euro_ix_reasons_are_taken)
{
	load_euro_ix("communities:\n"
		     "  reject_cause_map: {2: {lrg: 'rs_as:1101:3'}}\n"
		     "  blackholing: {lrg: 'rs_as:1101:666'}\n"
		     "  announce_to_peer: {lrg: 'rs_as:1102:peer_as'}\n"
		     "custom_communities:\n  a: {lrg: 'rs_as:1101:9'}\n");
	ck_assert_uint_eq(report.errors, 2);
	complaint(0, 3, "64500:1101:666 says why a route is rejected");
	complaint(1, 6, "64500:1101:9 says why a route is rejected");
	load("communities:\n  blackholing: {lrg: 'rs_as:1101:666'}\n");
	no_complaint();
}
END_TEST

/* ---- random patterns against values counted one by one ---- */

#define LAST_COUNT 7

/* Last parts that stand for the ranges there are. */
static const uint32_t lasts[LAST_COUNT] = {0, 7, 64500, 64511, 64512, 65534, 65535};

/* Members that "to peer" may name, of the last parts above; 64500 is the server. */
static bool
names_member(uint32_t last)
{
	return last == 7 || last == 64511 || last == 65535;
}

struct random_pattern {
	enum community_name name;
	uint32_t first;
	uint32_t last;
	enum community_wild wild;
};

static bool
stands_for(const struct random_pattern *p, uint32_t first, uint32_t last)
{
	if (p->first != first)
		return false;
	switch (p->wild) {
	case WILD_NONE:
		return p->last == last;
	case WILD_PEER:
		return names_member(last);
	case WILD_ANY:
		break;
	}
	return true;
}

static bool
naive_overlap(const struct random_pattern *a, const struct random_pattern *b)
{
	for (uint32_t first = 1; first <= 3; first++)
		for (size_t i = 0; i < LAST_COUNT; i++)
			if (stands_for(a, first, lasts[i]) && stands_for(b, first, lasts[i]))
				return true;
	return false;
}

START_TEST(random_overlaps)
{
	unsigned differ = 0, overlaps = 0;

	srandom(7);
	for (unsigned round = 0; round < 400; round++) {
		struct random_pattern p[2] = {{.name = NAME_COUNT}, {.name = NAME_COUNT}};
		char text[256], last[2][16];
		bool expected, both_internal;

		for (size_t i = 0; i < 2; i++) {
			do
				p[i].name = (enum community_name)(random() % NAME_COUNT);
			while (community_row(p[i].name)->key == NULL || p[i].name == p[1 - i].name);
			p[i].first = (uint32_t)(1 + random() % 3);
			p[i].last = lasts[random() % LAST_COUNT];
			p[i].wild = community_row(p[i].name)->wild;
			snprintf(last[i], sizeof(last[i]), "%" PRIu32, p[i].last);
			if (p[i].wild != WILD_NONE)
				strcpy(last[i], p[i].wild == WILD_PEER ? "peer_as" : "dyn_val");
		}
		snprintf(text, sizeof(text),
		    "communities:\n  %s: {std: '%u:%s'}\n  %s: {std: '%u:%s'}\n",
		    community_row(p[0].name)->key, p[0].first, last[0],
		    community_row(p[1].name)->key, p[1].first, last[1]);
		load(text);
		both_internal = community_row(p[0].name)->class == COMMUNITY_INTERNAL &&
		    community_row(p[1].name)->class == COMMUNITY_INTERNAL;
		expected = naive_overlap(&p[0], &p[1]);
		overlaps += expected;
		if (both_internal && p[0].wild != p[1].wild)
			differ += report.errors != 0;
		else
			differ += report.errors != (expected ? 1 : 0);
	}
	ck_assert_uint_eq(differ, 0);
	ck_assert_uint_gt(overlaps, 30);
}
END_TEST

/* Random patterns come back as the text that they were read from. */
START_TEST(random_round_trips)
{
	unsigned differ = 0;

	srandom(8);
	for (unsigned round = 0; round < 20000; round++) {
		enum community_format format = (enum community_format)(round % COMMUNITY_FORMATS);
		struct pattern_form form = {.format = format, .takes_well_known = true};
		struct policy_community pattern;
		uint32_t n[3];
		char text[64], back[COMMUNITY_TEXT_MAX], why[PATTERN_WHY_MAX];

		for (size_t i = 0; i < 3; i++)
			n[i] = (uint32_t)((uint64_t)random() * 3) >> (random() % 32);
		if (format == COMMUNITY_STD)
			snprintf(text, sizeof(text), "%u:%u", n[0] & 0xffff, n[1] & 0xffff);
		else if (format == COMMUNITY_LARGE)
			snprintf(text, sizeof(text), "%u:%u:%u", n[0], n[1], n[2]);
		else
			snprintf(text, sizeof(text), "%s:%u:%u", n[2] % 2 == 0 ? "rt" : "ro", n[0],
			    n[0] > 65535 ? n[1] & 0xffff : n[1]);
		if (!pattern_parse(&form, text, &pattern, why) || pattern_guess(text) != format) {
			differ++;
			continue;
		}
		community_format_pattern(&pattern, back);
		differ += strcmp(text, back) != 0;
	}
	ck_assert_uint_eq(differ, 0);
}
END_TEST

int
main(void)
{
	TCase *tcase = tcase_create("communities");

	tcase_add_test(tcase, what_arouteserver_proposes);
	tcase_add_test(tcase, customs_have_number_and_name);
	tcase_add_loop_test(tcase, every_name, 0, NAME_COUNT);
	tcase_add_loop_test(tcase, every_name_with_wrong_word, 0, NAME_COUNT);
	tcase_add_loop_test(tcase, wrong_input, 0, (int)(sizeof(wrong) / sizeof(wrong[0])));
	tcase_add_loop_test(tcase, fine_input, 0, (int)(sizeof(fine) / sizeof(fine[0])));
	tcase_add_test(tcase, warnings);
	tcase_add_test(tcase, large_server_asn);
	tcase_add_test(tcase, unknown_server_asn);
	tcase_add_test(tcase, too_many_customs);
	tcase_add_test(tcase, mapped_asn);
	tcase_add_test(tcase, mapped_asn_without_communities);
	tcase_add_test(tcase, euro_ix_brings_states);
	tcase_add_test(tcase, euro_ix_states_give_way);
	tcase_add_test(tcase, euro_ix_reasons_are_taken);
	tcase_add_test(tcase, random_overlaps);
	tcase_add_test(tcase, random_round_trips);
	return run(tcase, "communities");
}
