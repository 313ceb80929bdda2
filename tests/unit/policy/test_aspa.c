/*
 * Verification of paths by ASPAs: the worked examples that draft-ietf-sidrops-aspa-verification
 * refers to, the draft's words taken literally, and random paths.
 */
#include "tests/unit/policy/generation.h"

#define PATH_MAX_LEN 12

/*
 * "ASPA-based AS Path Verification Examples" (Sriram, Borchert, Matejka, 2025): letters are ASes.
 * Table 1: E and F have no ASPA, G's says that it has no providers. Table 3: J has none.
 */
static const struct {
	char customer;
	const char *providers; /* "0": AS 0 */
} topology[] = {
    {'A', "CD"},
    {'B', "E"},
    {'C', "F"},
    {'D', "FG"},
    {'G', "0"},
    {'H', "0"},
    {'K', "0"},
    {'L', "K"},
    {'P', "0"},
    {'Q', "0"},
    {'R', "Q"},
    {'S', "R"},
};

/* Paths from the neighbour to the origin; ramps as the document gives them, 0 = not given. */
static const struct example {
	const char *name;
	const char *path;
	unsigned max_up, min_up;
	enum policy_aspa expected;
} examples[] = {
    {"table 1 case 1", "FCA", 3, 3, ASPA_VALID},
    {"table 1 case 2", "DCA", 2, 2, ASPA_INVALID},
    {"table 1 case 3", "DFCA", 4, 3, ASPA_UNKNOWN},
    {"table 1 case 4", "DEB", 3, 2, ASPA_UNKNOWN},
    {"table 1 case 5", "ADEB", 3, 2, ASPA_INVALID},
    {"table 1 case 6", "ADGEB", 3, 2, ASPA_INVALID},
    {"table 1 case 7", "ACF", 2, 1, ASPA_INVALID},
    {"table 1 case 8", "ACFG", 1, 1, ASPA_INVALID},
    {"table 1 case 9", "EB", 2, 2, ASPA_VALID},
    {"table 3 case 1", "JH", 1, 1, ASPA_INVALID},
    {"table 3 case 4", "QP", 1, 1, ASPA_INVALID},
    {"one AS with an ASPA", "A", 1, 1, ASPA_VALID},
    {"one AS without", "E", 1, 1, ASPA_VALID},
    {"one AS that has no providers", "G", 1, 1, ASPA_VALID},
    {"no AS", "", 0, 0, ASPA_INVALID},
    {"prepended origin", "FCAAAA", 3, 3, ASPA_VALID},
    {"prepended everywhere", "FFFCCAA", 3, 3, ASPA_VALID},
    {"prepended, one AS", "AAAA", 1, 1, ASPA_VALID},
    {"prepended, no providers", "GGG", 1, 1, ASPA_VALID},
    {"prepended and unknown", "DDEEBB", 3, 2, ASPA_UNKNOWN},
    {"an AS again, not beside itself", "ACA", 2, 2, ASPA_INVALID},
    {"AS 0 is no provider of who says 0", "0G", 1, 1, ASPA_INVALID},
    {"AS 0 attests nothing", "A0", 2, 1, ASPA_UNKNOWN},
    {"an unknown step before a denied one", "AEB", 3, 2, ASPA_UNKNOWN},
    {"a denied step before an unknown one", "EFB", 1, 1, ASPA_INVALID},
};

static uint32_t
letter(char c)
{
	return c == '0' ? 0 : 64500 + (uint32_t)(c - 'A');
}

static size_t
read_path(const char *text, uint32_t path[PATH_MAX_LEN])
{
	size_t n = strlen(text);

	for (size_t i = 0; i < n; i++)
		path[i] = letter(text[i]);
	return n;
}

static struct dataset *
open_topology(struct generation *g)
{
	for (size_t i = 0; i < sizeof(topology) / sizeof(topology[0]); i++) {
		uint32_t providers[PATH_MAX_LEN];
		size_t n = read_path(topology[i].providers, providers);

		gen_aspa(g, letter(topology[i].customer), providers, (uint32_t)n);
	}
	return gen_open(g, 3);
}

struct ramps {
	unsigned n, max_up, min_up;
};

/*
 * The draft, word by word: repeats removed, AS(1) the origin; max_up_ramp is the smallest I for
 * which the step from AS(I) to AS(I+1) is "not provider+", min_up_ramp the smallest for which it is
 * that or "no attestation"; N if there is none.
 */
static struct ramps
find_ramps(const struct dataset *dataset, const uint32_t *path, size_t len)
{
	uint32_t as[PATH_MAX_LEN + 1];
	struct ramps ramps = {0};

	for (size_t i = len; i-- > 0;) {
		if (i + 1 == len || path[i] != path[i + 1])
			as[++ramps.n] = path[i];
	}
	ramps.max_up = ramps.min_up = ramps.n;
	for (unsigned i = ramps.n; i-- > 1;) {
		enum policy_hop hop = dataset_aspa_hop(dataset, as[i], as[i + 1]);

		if (hop == HOP_NOT_PROVIDER)
			ramps.max_up = i;
		if (hop != HOP_PROVIDER)
			ramps.min_up = i;
	}
	return ramps;
}

static enum policy_aspa
draft_outcome(const struct ramps *ramps)
{
	if (ramps->n == 0)
		return ASPA_INVALID;
	if (ramps->max_up < ramps->n)
		return ASPA_INVALID;
	return ramps->min_up < ramps->n ? ASPA_UNKNOWN : ASPA_VALID;
}

START_TEST(worked_examples)
{
	const struct example *e = &examples[_i];
	struct generation g = {0};
	struct dataset *dataset = open_topology(&g);
	uint32_t path[PATH_MAX_LEN];
	size_t n = read_path(e->path, path);
	struct ramps ramps = find_ramps(dataset, path, n);

	ck_assert_msg(dataset_aspa(dataset, path, n) == e->expected, "%s", e->name);
	ck_assert_msg(ramps.max_up == e->max_up && ramps.min_up == e->min_up, "%s: %u %u", e->name,
	    ramps.max_up, ramps.min_up);
	ck_assert_msg(draft_outcome(&ramps) == e->expected, "%s", e->name);
	gen_close(&g, dataset);
}
END_TEST

START_TEST(steps)
{
	struct generation g = {0};
	struct dataset *dataset = open_topology(&g);

	ck_assert_int_eq(dataset_aspa_hop(dataset, letter('A'), letter('C')), HOP_PROVIDER);
	ck_assert_int_eq(dataset_aspa_hop(dataset, letter('A'), letter('D')), HOP_PROVIDER);
	ck_assert_int_eq(dataset_aspa_hop(dataset, letter('A'), letter('E')), HOP_NOT_PROVIDER);
	ck_assert_int_eq(dataset_aspa_hop(dataset, letter('E'), letter('A')), HOP_NO_ATTESTATION);
	ck_assert_int_eq(dataset_aspa_hop(dataset, letter('G'), letter('F')), HOP_NOT_PROVIDER);
	ck_assert_int_eq(dataset_aspa_hop(dataset, letter('G'), 0), HOP_NOT_PROVIDER);
	gen_close(&g, dataset);
}
END_TEST

START_TEST(without_any_aspa_all_is_unknown)
{
	struct generation g = {0};
	struct dataset *dataset = gen_open(&g, 1);
	uint32_t path[] = {1, 2, 3};

	ck_assert_int_eq(dataset_aspa(dataset, path, 3), ASPA_UNKNOWN);
	ck_assert_int_eq(dataset_aspa(dataset, path, 1), ASPA_VALID);
	gen_close(&g, dataset);
}
END_TEST

START_TEST(an_aspa_without_providers_denies_all)
{
	struct generation g = {0};
	struct dataset *dataset;
	uint32_t path[] = {2, 1};

	gen_aspa(&g, 1, NULL, 0);
	dataset = gen_open(&g, 1);
	ck_assert_int_eq(dataset_aspa(dataset, path, 2), ASPA_INVALID);
	gen_close(&g, dataset);
}
END_TEST

/* The attested pairs as a matrix: attests[c] whether c has an ASPA, pairs[c][p] that p is in it. */
struct matrix {
	bool attests[20];
	bool pairs[20][20];
};

static void
random_matrix(struct generation *g, struct matrix *m)
{
	memset(m, 0, sizeof(*m));
	for (uint32_t c = 1; c < 20; c++) {
		uint32_t providers[20], n = 0;

		m->attests[c] = gen_random(g, 4) != 0;
		for (uint32_t p = 0; p < 20 && m->attests[c]; p++) {
			m->pairs[c][p] = gen_random(g, 3) != 0;
			if (m->pairs[c][p])
				providers[n++] = p;
		}
		if (m->attests[c])
			gen_aspa(g, c, providers, n);
	}
}

static enum policy_aspa
matrix_outcome(const struct matrix *m, const uint32_t *path, size_t len)
{
	bool unknown = false;

	for (size_t i = 0; i + 1 < len; i++) {
		uint32_t customer = path[i + 1], provider = path[i];

		if (customer == provider)
			continue;
		if (!m->attests[customer])
			unknown = true;
		else if (provider == 0 || !m->pairs[customer][provider])
			return ASPA_INVALID;
	}
	return unknown ? ASPA_UNKNOWN : ASPA_VALID;
}

START_TEST(random_paths)
{
	struct generation g = {.seed = (uint64_t)_i + 100};
	unsigned differences = 0, seen[4] = {0};
	struct dataset *dataset;
	struct matrix m;

	random_matrix(&g, &m);
	dataset = gen_open(&g, 1);
	for (unsigned i = 0; i < 3000; i++) {
		uint32_t path[PATH_MAX_LEN];
		size_t n = 1 + gen_random(&g, 5);
		enum policy_aspa outcome;
		struct ramps ramps;

		for (size_t k = 0; k < n; k++)
			path[k] =
			    k > 0 && gen_random(&g, 4) == 0 ? path[k - 1] : gen_random(&g, 20);
		outcome = dataset_aspa(dataset, path, n);
		ramps = find_ramps(dataset, path, n);
		differences += outcome != matrix_outcome(&m, path, n);
		differences += outcome != draft_outcome(&ramps);
		seen[outcome]++;
	}
	ck_assert_uint_eq(differences, 0);
	ck_assert_uint_gt(seen[ASPA_VALID], 50);
	ck_assert_uint_gt(seen[ASPA_UNKNOWN], 50);
	ck_assert_uint_gt(seen[ASPA_INVALID], 50);
	gen_close(&g, dataset);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("aspa");
	TCase *tcase = tcase_create("aspa");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(
	    tcase, worked_examples, 0, (int)(sizeof(examples) / sizeof(examples[0])));
	tcase_add_test(tcase, steps);
	tcase_add_test(tcase, without_any_aspa_all_is_unknown);
	tcase_add_test(tcase, an_aspa_without_providers_denies_all);
	tcase_add_loop_test(tcase, random_paths, 0, 10);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
