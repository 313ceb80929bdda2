/* A data set as a whole: slices, memory, networks and RTT values; records that are refused. */
#include "tests/unit/policy/generation.h"

#include <sys/wait.h>
#include <unistd.h>

/* A generation with records of every kind, and every kind of range. */
static void
every_kind(struct generation *g)
{
	struct data_network *network;
	struct data_rtt *rtt;

	gen_vrp(g, "10.0.0.0/16", 24, 64500);
	gen_vrp(g, "2001:db8::/32", 48, 64500);
	gen_aspa(g, 64500, (const uint32_t[]){64501, 64502}, 2);
	gen_route(g, "10.0.0.0/16", 64500);
	*(struct data_route *)GEN_APPEND_TO(g, arin, arin_count) =
	    (struct data_route){.prefix = gen_prefix("10.2.0.0/16"), .origin = 64500};
	*(struct data_route *)GEN_APPEND_TO(g, registrobr, registrobr_count) =
	    (struct data_route){.prefix = gen_prefix("10.3.0.0/16"), .origin = 64500};
	gen_object(g, "AS-FOO", (const uint32_t[]){64500, 64501}, 2);
	gen_entry(g, "10.4.0.0/16", 16, 24);
	((struct policy_name *)GEN_APPEND(g, name))->text = gen_text(g, "AS-FOO");
	network = GEN_APPEND(g, network);
	*network = (struct data_network){
	    .asn = 64500, .prefixes = {100, 10}, .has_prefixes = {1, 1}, .objects = {0, 1}};
	rtt = GEN_APPEND(g, rtt);
	*rtt = (struct data_rtt){.rtt_ms = 17};
	rtt->address.addr[0] = 10;
}

/* ---- policy_data_error() ---- */

#define CHANGE(name, statement)                                       \
	static void name(struct generation *g, struct policy_data *d) \
	{                                                             \
		(void)g;                                              \
		statement;                                            \
	}
#define MUTABLE(type, records) ((type *)(uintptr_t)(records))

CHANGE(vrp_family, MUTABLE(struct data_vrp, d->vrps)[1].prefix.family = FAMILY_COUNT)
CHANGE(vrp_len, MUTABLE(struct data_vrp, d->vrps)[0].prefix.len = 33)
CHANGE(vrp_host_bits, MUTABLE(struct data_vrp, d->vrps)[0].prefix.addr[2] = 1)
CHANGE(vrp_max_len_short, MUTABLE(struct data_vrp, d->vrps)[0].max_len = 15)
CHANGE(vrp_max_len_long, MUTABLE(struct data_vrp, d->vrps)[0].max_len = 33)
CHANGE(vrp_max_len_long6, MUTABLE(struct data_vrp, d->vrps)[1].max_len = 129)
CHANGE(vrp_zero, MUTABLE(struct data_vrp, d->vrps)[1].zero = 1)
CHANGE(aspa_range, MUTABLE(struct data_aspa, d->aspas)[0].providers.count = 99)
CHANGE(aspa_first, MUTABLE(struct data_aspa, d->aspas)[0].providers.first = d->asn_count)
CHANGE(aspa_wraps, MUTABLE(struct data_aspa, d->aspas)[0].providers.first = UINT32_MAX)
CHANGE(aspa_wraps_too, MUTABLE(struct data_aspa, d->aspas)[0].providers.count = UINT32_MAX)
CHANGE(asns_descend, MUTABLE(uint32_t, d->asns)[1] = 64500)
CHANGE(asns_repeat, MUTABLE(uint32_t, d->asns)[1] = 64501)
CHANGE(route_prefix, MUTABLE(struct data_route, d->routes)[0].prefix.addr[9] = 1)
CHANGE(route_zero, MUTABLE(struct data_route, d->routes)[0].zero[1] = 1)
CHANGE(arin_prefix, MUTABLE(struct data_route, d->arin)[0].prefix.len = 200)
CHANGE(registrobr_prefix, MUTABLE(struct data_route, d->registrobr)[0].prefix.len = 3)
CHANGE(object_name, MUTABLE(struct data_object, d->objects)[0].name = d->text_len)
CHANGE(object_no_name, MUTABLE(struct data_object, d->objects)[0].name = 0)
CHANGE(object_asns, MUTABLE(struct data_object, d->objects)[0].asns.first = d->asn_count - 1)
CHANGE(object_wraps, MUTABLE(struct data_object, d->objects)[0].asns.count = UINT32_MAX)
CHANGE(object_asns_order, MUTABLE(uint32_t, d->asns)[3] = 1)
CHANGE(object_prefixes, MUTABLE(struct data_object, d->objects)[0].prefixes.count = 2)
CHANGE(object_prefixes_first, MUTABLE(struct data_object, d->objects)[0].prefixes.first = 1)
CHANGE(entry_prefix, MUTABLE(struct policy_prefix, d->prefixes)[0].prefix.addr[3] = 1)
CHANGE(entry_ge, MUTABLE(struct policy_prefix, d->prefixes)[0].ge = 15)
CHANGE(entry_le, MUTABLE(struct policy_prefix, d->prefixes)[0].le = 33)
CHANGE(entry_crossed, MUTABLE(struct policy_prefix, d->prefixes)[0].ge = 25)
CHANGE(entry_has_asn, MUTABLE(struct policy_prefix, d->prefixes)[0].has_asn = 1)
CHANGE(name_offset, MUTABLE(struct policy_name, d->names)[0].text = d->text_len)
CHANGE(network_objects, MUTABLE(struct data_network, d->networks)[0].objects.count = 2)
CHANGE(network_flag, MUTABLE(struct data_network, d->networks)[0].never_via_route_servers = 2)
CHANGE(network_has, MUTABLE(struct data_network, d->networks)[0].has_prefixes[1] = 7)
CHANGE(network_zero, MUTABLE(struct data_network, d->networks)[0].zero = 7)
CHANGE(rtt_family, MUTABLE(struct data_rtt, d->rtts)[0].address.family = 2)
CHANGE(rtt_zero, MUTABLE(struct data_rtt, d->rtts)[0].address.zero[2] = 2)
CHANGE(rtt_address, MUTABLE(struct data_rtt, d->rtts)[0].address.addr[4] = 2)
CHANGE(rtt_none, MUTABLE(struct data_rtt, d->rtts)[0].rtt_ms = 0)
CHANGE(rtt_large, MUTABLE(struct data_rtt, d->rtts)[0].rtt_ms = POLICY_RTT_MAX_MS + 1)
CHANGE(text_begin, MUTABLE(char, d->text)[0] = 'x')
CHANGE(text_end, MUTABLE(char, d->text)[d->text_len - 1] = 'x')
CHANGE(text_gone, d->text_len = 0)
CHANGE(vrps_gone, d->vrps = NULL)
CHANGE(text_null, d->text = NULL)
CHANGE(names_gone, d->name_count = 0)
CHANGE(asns_gone, d->asn_count = 0)
CHANGE(prefixes_gone, d->prefix_count = 0)
CHANGE(too_many_vrps, d->vrp_count = UINT32_C(1) << 24)
CHANGE(too_many_objects, d->object_count = UINT32_MAX)

/* A thousand ASPAs with the same two providers, of two in all. */
static void
shared_too_much(struct generation *g, struct policy_data *d)
{
	for (uint32_t i = 0; i < 999; i++) {
		gen_aspa(g, 1, NULL, 0);
		MUTABLE(struct data_aspa, d->aspas)[i].providers = d->objects[0].asns;
	}
}

static const struct hostile {
	void (*change)(struct generation *, struct policy_data *);
	const char *says; /* a part of the text */
} hostile[] = {
    {vrp_family, "VRP's prefix"},
    {vrp_len, "VRP's prefix"},
    {vrp_host_bits, "VRP's prefix"},
    {vrp_max_len_short, "longest length"},
    {vrp_max_len_long, "longest length"},
    {vrp_max_len_long6, "longest length"},
    {vrp_zero, "not zero"},
    {aspa_range, "range of ASNs"},
    {aspa_first, "range of ASNs"},
    {aspa_wraps, "range of ASNs"},
    {aspa_wraps_too, "range of ASNs"},
    {asns_descend, "ascend"},
    {asns_repeat, "ascend"},
    {route_prefix, "route object's prefix"},
    {route_zero, "not zero"},
    {arin_prefix, "route object's prefix"},
    {registrobr_prefix, "route object's prefix"},
    {object_name, "without a name"},
    {object_no_name, "without a name"},
    {object_asns, "range of ASNs"},
    {object_wraps, "range of ASNs"},
    {object_asns_order, "ascend"},
    {object_prefixes, "range of prefixes"},
    {object_prefixes_first, "range of prefixes"},
    {entry_prefix, "object's prefix"},
    {entry_ge, "lengths"},
    {entry_le, "lengths"},
    {entry_crossed, "lengths"},
    {entry_has_asn, "origin"},
    {name_offset, "a name leads out"},
    {network_objects, "range of names"},
    {network_flag, "flag"},
    {network_has, "flag"},
    {network_zero, "flag"},
    {rtt_family, "RTT's address"},
    {rtt_zero, "RTT's address"},
    {rtt_address, "RTT's address"},
    {rtt_none, "RTT is out"},
    {rtt_large, "RTT is out"},
    {text_begin, "pool of texts"},
    {text_end, "pool of texts"},
    {text_gone, "without a name"},
    {vrps_gone, "not there"},
    {text_null, "not there"},
    {names_gone, "range of names"},
    {asns_gone, "range of ASNs"},
    {prefixes_gone, "range of prefixes"},
    {too_many_vrps, "more records"},
    {too_many_objects, "more records"},
    {shared_too_much, "share"},
};

START_TEST(hostile_records_are_refused)
{
	struct generation g = {0};
	struct policy_data kept;
	const char *error;

	every_kind(&g);
	ck_assert_ptr_null(policy_data_error(&g.data));
	kept = g.data;
	hostile[_i].change(&g, &g.data);
	error = policy_data_error(&g.data);
	ck_assert_msg(error != NULL, "case %d passes", _i);
	ck_assert_msg(strstr(error, hostile[_i].says) != NULL, "case %d: %s", _i, error);
	g.data.vrps = kept.vrps;
	g.data.text = kept.text;
	gen_fini(&g);
}
END_TEST

START_TEST(nothing_is_a_generation)
{
	struct generation g = {0};
	struct dataset *dataset = gen_open(&g, 1);
	struct prefix prefix = gen_prefix("10.0.0.0/8");
	const uint8_t addr[16] = {0};

	ck_assert_int_eq(dataset_rov(dataset, &prefix, true, 1), ROV_UNKNOWN);
	ck_assert(!dataset_arin(dataset, &prefix, 1, true));
	ck_assert(!dataset_registrobr(dataset, &prefix, 1, true));
	ck_assert_ptr_null(dataset_network(dataset, 1));
	ck_assert_uint_eq(dataset_rtt(dataset, FAMILY_IPV4, addr), POLICY_RTT_UNKNOWN);
	ck_assert(!dataset_step(dataset, 1));
	gen_close(&g, dataset);
	dataset_free(NULL);
}
END_TEST

START_TEST(every_kind_of_record_is_found)
{
	struct generation g = {0};
	struct prefix vrp = gen_prefix("2001:db8::/32"), arin = gen_prefix("10.2.0.0/16");
	struct prefix registrobr = gen_prefix("10.3.0.0/16"), entry = gen_prefix("10.4.4.0/24");
	const uint8_t addr[16] = {10};
	const char *names[] = {"AS-FOO"};
	struct dataset *dataset;
	struct authority *a;

	every_kind(&g);
	dataset = gen_open(&g, 1);
	ck_assert_int_eq(dataset_rov(dataset, &vrp, true, 64500), ROV_VALID);
	ck_assert_int_eq(dataset_aspa_hop(dataset, 64500, 64502), HOP_PROVIDER);
	ck_assert(dataset_arin(dataset, &arin, 64500, false));
	ck_assert(!dataset_arin(dataset, &registrobr, 64500, false));
	ck_assert(dataset_registrobr(dataset, &registrobr, 64500, false));
	ck_assert_uint_eq(dataset_network(dataset, 64500)->prefixes[FAMILY_IPV6], 10);
	ck_assert_uint_eq(dataset_rtt(dataset, FAMILY_IPV4, addr), 17);
	ck_assert_uint_eq(dataset_rtt(dataset, FAMILY_IPV6, addr), POLICY_RTT_UNKNOWN);
	ck_assert_uint_eq(dataset_records(dataset)->vrp_count, 2);
	a = authority_new(dataset, 1, names, 1);
	ck_assert(authority_has_prefix(a, &entry, false));
	authority_free(a);
	gen_close(&g, dataset);
}
END_TEST

START_TEST(many_networks_and_rtts)
{
	struct generation g = {.seed = 12};
	struct dataset *dataset;
	unsigned wrong = 0;

	for (uint32_t i = 0; i < 5000; i++) {
		struct data_network *network = GEN_APPEND(&g, network);
		struct data_rtt *rtt = GEN_APPEND(&g, rtt);
		uint32_t value = i * 3;

		network->asn = i * 65536 + i;
		network->prefixes[0] = i;
		rtt->rtt_ms = i + 1;
		rtt->address.family = i % 2;
		memcpy(rtt->address.addr + (i % 2 == 0 ? 0 : 12), &value, sizeof(value));
	}
	dataset = gen_open(&g, 7);
	for (uint32_t i = 0; i < 5000; i++) {
		const struct data_network *network = dataset_network(dataset, i * 65536 + i);
		const struct policy_address *address = &g.data.rtts[i].address;

		wrong += network == NULL || network->prefixes[0] != i;
		wrong += dataset_rtt(dataset, address->family, address->addr) != i + 1;
		wrong += dataset_network(dataset, i * 65536 + i + 1) != NULL;
	}
	ck_assert_uint_eq(wrong, 0);
	gen_close(&g, dataset);
}
END_TEST

/* 10.0.0.n is not a00:n00::, in whatever slot they meet. */
START_TEST(addresses_of_another_family_do_not_count)
{
	for (uint8_t i = 0; i < 64; i++) {
		struct generation g = {0};
		struct data_rtt *rtt = GEN_APPEND(&g, rtt);
		const uint8_t addr[16] = {10, 0, 0, i};
		enum family family = i % 2 == 0 ? FAMILY_IPV4 : FAMILY_IPV6;
		enum family other = i % 2 == 0 ? FAMILY_IPV6 : FAMILY_IPV4;
		struct dataset *dataset;

		rtt->rtt_ms = 5;
		rtt->address.family = (uint8_t)family;
		memcpy(rtt->address.addr, addr, sizeof(addr));
		dataset = gen_open(&g, 1);
		ck_assert_uint_eq(dataset_rtt(dataset, family, addr), 5);
		ck_assert_uint_eq(dataset_rtt(dataset, other, addr), POLICY_RTT_UNKNOWN);
		gen_close(&g, dataset);
	}
}
END_TEST

START_TEST(of_two_records_of_a_key_the_first_counts)
{
	struct generation g = {0};
	const uint8_t addr[16] = {0};
	struct dataset *dataset;

	for (uint32_t i = 1; i <= 3; i++) {
		((struct data_network *)GEN_APPEND(&g, network))->prefixes[0] = i;
		((struct data_rtt *)GEN_APPEND(&g, rtt))->rtt_ms = i;
		gen_aspa(&g, 5, &i, 1);
	}
	dataset = gen_open(&g, 1);
	ck_assert_uint_eq(dataset_network(dataset, 0)->prefixes[0], 1);
	ck_assert_uint_eq(dataset_rtt(dataset, FAMILY_IPV4, addr), 1);
	ck_assert_int_eq(dataset_aspa_hop(dataset, 5, 1), HOP_PROVIDER);
	ck_assert_int_eq(dataset_aspa_hop(dataset, 5, 2), HOP_NOT_PROVIDER);
	gen_close(&g, dataset);
}
END_TEST

/* About 17 octets per IPv4 prefix and 5 per VRP stay; what the sort needed is gone. */
START_TEST(memory_is_that_of_the_records)
{
	struct generation g = {.seed = 8};
	uint64_t building, ready, empty;
	struct generation none = {0};
	struct dataset *dataset;
	unsigned slices = 1;

	for (uint32_t i = 0; i < 50000; i++) {
		struct prefix prefix = {.family = FAMILY_IPV4};

		prefix.addr[0] = (uint8_t)gen_random(&g, 224);
		prefix.addr[1] = (uint8_t)gen_random(&g, 256);
		prefix.addr[2] = (uint8_t)gen_random(&g, 256);
		gen_vrp_of(&g, gen_cut(prefix, 24), 24, i);
	}
	dataset = gen_open(&none, 1);
	empty = dataset_octets(dataset);
	gen_close(&none, dataset);
	dataset = dataset_new(&g.data);
	for (building = 0; dataset_step(dataset, 1000);) {
		if (dataset_octets(dataset) > building)
			building = dataset_octets(dataset);
	}
	ready = dataset_octets(dataset);
	ck_assert_uint_lt(ready - empty, 50000 * 24);
	ck_assert_uint_gt(building, ready);
	while (dataset_free_step(dataset, 1))
		slices++;
	ck_assert_uint_gt(slices, 3);
	gen_fini(&g);
}
END_TEST

/* A generation that is given up before it is ready leaves nothing behind. */
START_TEST(given_up_half_way)
{
	struct generation g = {.seed = 6};

	every_kind(&g);
	for (unsigned i = 0; i < 500; i++)
		gen_vrp_of(&g, gen_random_prefix(&g), 128, 1);
	for (unsigned steps = 0; steps < 120; steps += 7) {
		struct dataset *dataset = dataset_new(&g.data);

		for (unsigned i = 0; i < steps; i++)
			dataset_step(dataset, 100);
		dataset_free(dataset);
	}
	gen_fini(&g);
}
END_TEST

static void
free_before_its_authority(void)
{
	struct generation g = {0};
	struct dataset *dataset = gen_open(&g, 1);

	authority_new(dataset, 1, NULL, 0);
	dataset_free(dataset);
}

START_TEST(authorities_go_first)
{
	pid_t child = fork();
	int status = 0;

	if (child == 0) {
		if (freopen("/dev/null", "w", stderr) != NULL)
			free_before_its_authority();
		_exit(0);
	}
	waitpid(child, &status, 0);
	ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("dataset");
	TCase *tcase = tcase_create("dataset");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(
	    tcase, hostile_records_are_refused, 0, (int)(sizeof(hostile) / sizeof(hostile[0])));
	tcase_add_test(tcase, nothing_is_a_generation);
	tcase_add_test(tcase, every_kind_of_record_is_found);
	tcase_add_test(tcase, many_networks_and_rtts);
	tcase_add_test(tcase, addresses_of_another_family_do_not_count);
	tcase_add_test(tcase, of_two_records_of_a_key_the_first_counts);
	tcase_add_test(tcase, memory_is_that_of_the_records);
	tcase_add_test(tcase, given_up_half_way);
	tcase_add_test(tcase, authorities_go_first);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
