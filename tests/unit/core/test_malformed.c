/* Routes of malformed UPDATEs: bgpd/core/malformed.h, and how rib keeps them. */
#include "bgpd/control/render.h"
#include "bgpd/core/malformed.h"
#include "policy/reason.h"
#include "tests/unit/core/fixture.h"

/* The path of the slot at 198.51.100.0/24, false if there is none. */
static bool
find_path(uint16_t slot, struct table_path_view *out)
{
	const struct prefix prefix = {FAMILY_IPV4, 24, {198, 51, 100}};
	struct table_cursor cursor;
	struct table_entry_view e;
	uint32_t iter = 0;

	table_cursor_init(&cursor, &prefix, MATCH_EXACT);
	if (!table_cursor_next(core.table, &cursor, &e))
		return false;
	while (table_path_next(core.table, &e, &iter, out))
		if (out->slot == slot)
			return true;
	return false;
}

static void
give(struct routes *r)
{
	put(r->r.head.slot % WORKERS, r, r->r.head.len);
}

START_TEST(a_malformed_route_is_shown_and_told_to_nobody)
{
	struct routes r = routes_of(0, bring_up(0), ROUTES_MALFORMED);
	struct malformed_view m;
	struct table_path_view p;

	bring_up(1);
	give(&r);
	ck_assert(find_path(0, &p));
	ck_assert(!p.verdict.accept && p.fixed && !p.best);
	ck_assert_uint_eq(p.verdict.reason, REASON_MALFORMED);
	ck_assert(attrs_is_canonical(p.block, p.block_len));
	ck_assert(malformed_read(p.block, p.block_len, &m));
	ck_assert_uint_eq(m.attribute, ATTR_ORIGIN);
	ck_assert_uint_eq(m.text_len, 3);
	ck_assert_mem_eq(m.text, "bad", 3);
	ck_assert_uint_eq(m.octets_len, 4);
	ck_assert_mem_eq(m.octets, finding + 5, 4);
	ck_assert_uint_eq(hear(1).announced, 0);
	ck_assert_uint_eq(core.slots[0].malformed, 2);
	/* a policy that changes does not judge what was never read */
	table_rejudge(core.table, NULL, NULL, 0);
	turn();
	ck_assert(find_path(0, &p) && p.verdict.reason == REASON_MALFORMED);
}
END_TEST

START_TEST(good_and_bad_replace_each_other)
{
	struct routes good = routes_of(0, bring_up(0), ROUTES_ANNOUNCE);
	struct routes bad = routes_of(0, good.r.head.epoch, ROUTES_MALFORMED);
	struct routes gone = routes_of(0, good.r.head.epoch, ROUTES_WITHDRAW);
	struct table_path_view p;

	bring_up(1);
	give(&good);
	give(&bad);
	ck_assert_uint_eq(hear(1).announced, 2);
	ck_assert_uint_eq(hear(1).withdrawn, 2);
	ck_assert_uint_eq(received(0), 2);
	give(&good);
	ck_assert_uint_eq(hear(1).announced, 4);
	ck_assert(find_path(0, &p) && p.verdict.accept);
	give(&bad);
	give(&gone);
	ck_assert_uint_eq(received(0), 0);
	ck_assert(!find_path(0, &p));
}
END_TEST

/* Lengths that do not add up are of a worker that is no longer ours. */
START_TEST(a_false_record_is_refused)
{
	struct routes r = routes_of(0, bring_up(0), ROUTES_MALFORMED);

	r.attrs[1] = 8; /* of text; there are 7 octets */
	give(&r);
	ck_assert_uint_eq(core.workers[0].refused, 1);
	r.attrs[1] = 7;
	give(&r);
	ck_assert_uint_eq(core.workers[0].refused, 1);
	r.r.attrs_len = 1;
	r.r.head.len = (uint32_t)offsetof(struct routes, attrs) + 1;
	give(&r);
	r.r.attrs_len = 0;
	r.r.head.len = (uint32_t)offsetof(struct routes, attrs);
	give(&r);
	ck_assert_uint_eq(core.workers[0].refused, 3);
	ck_assert_uint_eq(received(0), 2);
}
END_TEST

/* A worker in strange hands can not announce what stands for a malformed route. */
START_TEST(nobody_can_announce_one)
{
	struct routes bad = routes_of(0, bring_up(0), ROUTES_MALFORMED);
	struct routes r = routes_of(0, bad.r.head.epoch, ROUTES_ANNOUNCE);
	struct table_path_view p;

	bring_up(1);
	give(&bad);
	ck_assert(find_path(0, &p));
	ck_assert_uint_le(p.block_len, sizeof(r.attrs));
	memcpy(r.attrs, p.block, p.block_len);
	r.r.attrs_len = (uint32_t)p.block_len;
	r.r.head.len = (uint32_t)(offsetof(struct routes, attrs) + p.block_len);
	give(&r);
	ck_assert_uint_eq(core.workers[0].refused, 1);
	ck_assert_uint_eq(hear(1).announced, 0);
}
END_TEST

/* What a member can leave in the table by sending rubbish has an end. */
START_TEST(kept_octets_are_limited)
{
	enum { LEN = 4096, SENT = 600 };
	static struct {
		struct record_routes r;
		struct record_route route;
		uint8_t attrs[LEN];
	} m;
	uint32_t epoch = bring_up(0);
	unsigned whole = 0, empty = 0;
	struct malformed_view v;
	uint32_t position_of = 0, refs;
	const uint8_t *octets;
	size_t len;

	for (unsigned i = 0; i < SENT; i++) {
		m.r = (struct record_routes){.head = {RECORD_ROUTES, 0, epoch, sizeof(m), 0},
		    .kind = ROUTES_MALFORMED,
		    .family = FAMILY_IPV4,
		    .count = 1,
		    .attrs_len = LEN};
		m.route.prefix =
		    (struct prefix){FAMILY_IPV4, 24, {10, (uint8_t)(i >> 8), (uint8_t)i}};
		memcpy(m.attrs + LEN - sizeof(i), &i, sizeof(i));
		put(0, &m, sizeof(m));
	}
	ck_assert_uint_eq(received(0), SENT);
	while (table_attrs_next(core.table, &position_of, &octets, &len, &refs)) {
		ck_assert(malformed_read(octets, len, &v));
		whole += v.octets_len == LEN - sizeof(struct record_finding);
		empty += v.octets_len == 0;
	}
	ck_assert_uint_eq(whole, (1 << 20) / malformed_block_bytes(0, LEN - 2));
	ck_assert_uint_eq(empty, 1);
	ck_assert_uint_eq(core.workers[0].refused, 0);
}
END_TEST

START_TEST(any_block_is_read)
{
	struct malformed_view m = {.attribute = 7, .text = "", .octets = block, .octets_len = 9};
	uint8_t out[64];
	size_t len = malformed_block_bytes(0, 9);

	ck_assert(!malformed_read(block, sizeof(block), &m));
	m.octets_len = 9;
	malformed_make(&m, out);
	ck_assert(attrs_is_canonical(out, len));
	ck_assert(malformed_read(out, len, &m));
	ck_assert_uint_eq(m.attribute, 7);
	ck_assert_uint_eq(m.octets_len, 9);
	ck_assert_mem_eq(m.octets, block, 9);
	/* attribute 255 of a member has a next hop in front */
	memmove(out + 5, out + 1, len - 1);
	out[0] = 4;
	ck_assert(attrs_is_canonical(out, len + 4));
	ck_assert(!malformed_read(out, len + 4, &m));
}
END_TEST

/* What is shown: what was wrong and what was sent, no attributes that nobody has read. */
START_TEST(it_is_rendered)
{
	struct malformed_view m = {.attribute = ATTR_ORIGIN,
	    .text_len = 4,
	    .text = "b\xffx\n",
	    .octets = finding + 5,
	    .octets_len = 4};
	uint8_t out[64];
	json_t *json, *shown;

	malformed_make(&m, out);
	json = render_attributes(out, malformed_block_bytes(4, 4));
	shown = json_object_get(json, "malformed");
	ck_assert_int_eq(json_integer_value(json_object_get(shown, "attribute")), ATTR_ORIGIN);
	ck_assert_str_eq(json_string_value(json_object_get(shown, "text")), "b?x\n");
	ck_assert_str_eq(json_string_value(json_object_get(shown, "octets")), "40010107");
	ck_assert_str_eq(json_string_value(json_object_get(json, "origin")), "");
	ck_assert_ptr_null(json_object_get(json, "other_attributes"));
	json_decref(json);
	json = render_attributes(block, sizeof(block));
	ck_assert_ptr_null(json_object_get(json, "malformed"));
	json_decref(json);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("malformed routes");
	TCase *t = tcase_create("malformed routes");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_malformed_route_is_shown_and_told_to_nobody);
	tcase_add_test(t, good_and_bad_replace_each_other);
	tcase_add_test(t, a_false_record_is_refused);
	tcase_add_test(t, nobody_can_announce_one);
	tcase_add_test(t, kept_octets_are_limited);
	tcase_add_test(t, any_block_is_read);
	tcase_add_test(t, it_is_rendered);
	suite_add_tcase(suite, t);
	r = srunner_create(suite);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
