/*
 * Export policy against the naive evaluation of naive.h, receiver by receiver, of random exchanges
 * and routes: every form octet by octet.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/policy/naive.h"

#define CONFIGS 60
#define ROUTES	400

/* ---- what policy says ---- */

struct reach_out {
	const uint8_t *received;
	size_t received_len;
	bool is_sent[SLOTS];
	uint8_t block[SLOTS][BLOCK_MAX];
	size_t len[SLOTS];
	unsigned groups;
	unsigned twice;	 /* slots named by two groups */
	unsigned beyond; /* bits that are no slot */
	unsigned bad;	 /* forms that are not canonical */
};

void
reach_plain(struct reach_out *out)
{
	(void)out;
}

void
reach_add(struct reach_out *out, const uint8_t *block, size_t block_len, const uint64_t *words,
    size_t nwords)
{
	out->groups++;
	out->bad += block != NULL && !attrs_is_canonical(block, block_len);
	out->beyond += nwords != NWORDS;
	for (unsigned bit = 0; bit < nwords * 64; bit++) {
		if ((words[bit / 64] >> bit % 64 & 1) == 0)
			continue;
		if (bit >= SLOTS) {
			out->beyond++;
			continue;
		}
		out->twice += out->is_sent[bit];
		out->is_sent[bit] = true;
		out->len[bit] = block != NULL ? block_len : out->received_len;
		ck_assert_uint_le(out->len[bit], BLOCK_MAX);
		memcpy(out->block[bit], block != NULL ? block : out->received, out->len[bit]);
	}
}

static struct reach_out out;
static uint64_t sent_count, group_count, differences, withheld_wrong;

static void
print_block(const char *what, const uint8_t *block, size_t len)
{
	fprintf(stderr, "  %s", what);
	for (size_t i = 0; i < len; i++)
		fprintf(stderr, "%s%02x", i % 4 == 0 ? " " : "", block[i]);
	fprintf(stderr, "\n");
}

static void
report(const struct world *w, const struct naive *n, unsigned slot, bool expected,
    const struct reach_out *o, const uint8_t *form, size_t form_len)
{
	if (differences++ > 3)
		return;
	print_block("received", o->received, o->received_len);
	print_block("naive   ", form, form_len);
	print_block("reach   ", o->block[slot], o->is_sent[slot] ? o->len[slot] : 0);
	fprintf(stderr, "slot %u asn %u kind %u: naive %s, reach %s, tags %x, rejected %u\n", slot,
	    w->peers[slot].asn, w->peers[slot].kind, expected ? "sends" : "withholds",
	    o->is_sent[slot] ? "sends" : "withholds", n->tags, n->found->reason);
}

static void
compare(struct world *w, unsigned number, const struct route *r, const struct found *found,
    uint32_t tags)
{
	static uint8_t block[BLOCK_MAX], expected[BLOCK_MAX];
	size_t len = write_route(r, r, block);
	uint32_t all_tags = tags | intern_found(w, found);
	struct verdict verdict = {.accept = (tags & TAG_REJECTED) == 0,
	    .tagged = (tags & TAG_REJECTED) != 0,
	    .tags = all_tags};
	struct path_view path = {.block = block, .block_len = len, .slot = SLOTS + 1};
	struct route form;

	ck_assert(attrs_is_canonical(block, len));
	memset(out.is_sent, 0, sizeof(out.is_sent));
	out.received = block;
	out.received_len = len;
	policy_reach(&w->policy, block, len, all_tags, &out);
	for (unsigned slot = 0; slot < SLOTS; slot++) {
		struct naive n = {
		    .w = w, .received = r, .found = found, .tags = tags, .to = &w->peers[slot]};
		bool sends;
		size_t expected_len;

		/* Every receiver of some routes, some receivers of every route. */
		if (number % 16 != 0 && slot % 13 != number % 13)
			continue;
		sends = w->peers[slot].kind != PEER_UNUSED && evaluate(&n, &form);
		expected_len = sends ? write_route(&form, r, expected) : 0;

		sent_count += sends;
		if (sends != out.is_sent[slot] ||
		    (sends &&
			(expected_len != out.len[slot] ||
			    memcmp(expected, out.block[slot], expected_len) != 0)))
			report(w, &n, slot, sends, &out, expected, expected_len);
		if (slot % 13 == number % 13)
			withheld_wrong += sends !=
			    (policy_withheld(
				 &w->policy, block, len, &path, &verdict, (uint16_t)slot) == NULL);
	}
}

START_TEST(every_receiver_gets_what_the_naive_evaluation_says)
{
	for (unsigned c = 0; c < CONFIGS; c++) {
		struct world *w = make_world();

		for (unsigned i = 0; i < ROUTES; i++) {
			struct route r = random_route(w);
			uint32_t tags = random_tags();
			struct found found = random_found(w, &r, tags);

			compare(w, i, &r, &found, tags);
		}
		group_count += out.groups;
		out.groups = 0;
		free_world(w);
	}
	ck_assert_uint_eq(differences, 0);
	ck_assert_uint_eq(withheld_wrong, 0);
	ck_assert_uint_eq(out.twice, 0);
	ck_assert_uint_eq(out.beyond, 0);
	ck_assert_uint_eq(out.bad, 0);
	/* The routes have something to decide: many are sent, in several forms. */
	ck_assert_uint_gt(sent_count, CONFIGS * ROUTES * 2);
	ck_assert_uint_gt(group_count, CONFIGS * ROUTES * 2);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("reach_random");
	TCase *tc = tcase_create("reach_random");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, every_receiver_gets_what_the_naive_evaluation_says);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
