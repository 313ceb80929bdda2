/*
 * What a session has agreed upon, as rib acts on it: nothing that the slot is not configured for is
 * believed, IPv6 next hops and path ids come and go only where they were agreed upon, refreshes
 * stand between their marks. Slots 0 and 1 are configured for everything that IPv4 can have, slot 2
 * is an IPv6 peer with both families, slot 4 an IPv6 peer with both and IPv6 next hops for IPv4.
 */
#include "tests/unit/core/fixture.h"

static void
with_everything(struct compiled_head *head, struct compiled_slot *slots)
{
	head->stale_s = 180;
	for (unsigned i = 0; i < 2; i++) {
		slots[i].flags |= SLOT_ADD_PATH | SLOT_EXTENDED_MESSAGES | SLOT_GRACEFUL_RESTART;
		slots[i].paths_kept = 2;
	}
	slots[1].paths_told = 3;
	slots[2].family = FAMILY_IPV6;
	memset(slots[2].addr, 0, sizeof(slots[2].addr));
	memcpy(slots[2].addr, (uint8_t[]){0x20, 0x01, 0x0d, 0xb8}, 4);
	slots[2].addr[15] = 3;
	slots[4].families = slots[2].families = 1 << FAMILY_IPV4 | 1 << FAMILY_IPV6;
	slots[4].flags |= SLOT_IPV6_NEXT_HOPS;
	slots[2].flags |= SLOT_IPV6_NEXT_HOPS;
}

static void
setup_everything(void)
{
	change_slots = with_everything;
	setup();
}

static bool
has_class(uint16_t slot, enum family family, uint8_t class)
{
	return core.slots[slot].up && core.slots[slot].class[family] == class;
}

static struct record_up
both_families_up(uint16_t slot, bool ext_nh)
{
	struct record_up up = up_of(slot);

	up.families = 1 << FAMILY_IPV4 | 1 << FAMILY_IPV6;
	up.ext_nh = ext_nh ? 1 << FAMILY_IPV4 : 0;
	return up;
}

/* ---- UP ---- */

START_TEST(an_up_becomes_a_class)
{
	struct record_up up = up_of(0);

	up.as4 = 0;
	put(0, &up, sizeof(up));
	ck_assert(has_class(0, FAMILY_IPV4, 0));
	up = up_of(0);
	up.add_path_tx = up.add_path_rx = 1 << FAMILY_IPV4;
	up.ext_msg = 1;
	put(0, &up, sizeof(up));
	ck_assert(has_class(0, FAMILY_IPV4, CLASS_AS4 | CLASS_ADD_PATH | CLASS_EXT_MSG));
	up = both_families_up(4, true);
	put(0, &up, sizeof(up));
	ck_assert(has_class(4, FAMILY_IPV4, CLASS_AS4 | CLASS_IPV6_NEXT_HOP));
	ck_assert(has_class(4, FAMILY_IPV6, CLASS_AS4));
	ck_assert_uint_eq(core.workers[0].refused, 0);
}
END_TEST

enum lie {
	LIE_ADD_PATH_TX,
	LIE_ADD_PATH_RX,
	LIE_NEXT_HOPS,
	LIE_MESSAGES,
	LIE_RESTART,
	LIES_OF_3, /* the slot is not configured for these; slot 0 is, and contradicts itself */
	LIE_OTHER_FAMILY = LIES_OF_3,
	LIE_OTHER_PATHS,
	LIE_FORWARDING,
	LIE_NOTIFICATION,
	LIE_WITHOUT,
	LIES
};

START_TEST(what_is_not_configured_is_not_believed)
{
	uint16_t slot = _i < LIES_OF_3 ? 3 : 0;
	struct record_up up = up_of(slot);

	up.gr = slot == 0;
	switch ((enum lie)_i) {
	case LIE_ADD_PATH_TX:
		up.add_path_tx = 1;
		break;
	case LIE_ADD_PATH_RX:
		up.add_path_rx = 1;
		break;
	case LIE_NEXT_HOPS:
		up.ext_nh = 1;
		break;
	case LIE_MESSAGES:
		up.ext_msg = 1;
		break;
	case LIE_RESTART:
		up.gr = 1;
		break;
	case LIE_OTHER_FAMILY:
		up.gr_families = 1 << FAMILY_IPV6;
		break;
	case LIE_OTHER_PATHS:
		up.add_path_tx = 1 << FAMILY_IPV6;
		break;
	case LIE_FORWARDING:
		up.gr_forwarding = 1;
		break;
	case LIE_NOTIFICATION:
		up.gr = 0;
		up.gr_notification = 1;
		break;
	default:
		up.gr = 0;
		up.gr_restarted = 1;
		break;
	}
	put(slot % WORKERS, &up, sizeof(up));
	ck_assert(!core.slots[slot].up);
	ck_assert_uint_eq(core.workers[slot % WORKERS].refused, 1);
}
END_TEST

/* ---- IPv6 next hops ---- */

/* next hop 2001:db8::9, fe80::9, ORIGIN IGP, AS_PATH 100 */
static const uint8_t by_ipv6[] = {32, 0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9,
    0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9, 0x40, ATTR_ORIGIN, 0, 1, 0, 0x40,
    ATTR_AS_PATH, 0, 6, AS_SEQUENCE, 1, 0, 0, 0, 100};

static struct routes
routes_by_ipv6(uint16_t slot, uint32_t epoch)
{
	struct routes r = routes_of(slot, epoch, ROUTES_ANNOUNCE);

	memcpy(r.attrs, by_ipv6, sizeof(by_ipv6));
	r.r.attrs_len = sizeof(by_ipv6);
	r.r.head.len = (uint32_t)(offsetof(struct routes, attrs) + sizeof(by_ipv6));
	return r;
}

/* The octets of the only next hop in the log for the slot. */
static const uint8_t *
next_hop_told(uint32_t slot)
{
	const struct log_header *h;
	uint64_t at = position;

	for (; (h = log_header_at(reader, &at)) != NULL; at = log_next(h, at)) {
		const uint8_t *octets = log_bytes(reader, h);

		/* Behind the message's header and lengths: MP_REACH_NLRI, its header and family. */
		if (h->kind == LOG_ROUTES && log_has_slot(h, slot) && h->len > 60 &&
		    octets[24] == ATTR_MP_REACH_NLRI)
			return octets + 30;
	}
	return NULL;
}

START_TEST(ipv6_next_hops_go_to_who_takes_them)
{
	struct record_up up2 = both_families_up(2, true), up4 = both_families_up(4, true);
	struct routes r;

	put(0, &up2, sizeof(up2));
	put(0, &up4, sizeof(up4));
	bring_up(1);
	r = routes_by_ipv6(4, up4.head.epoch);
	put(0, &r, r.r.head.len);
	ck_assert_uint_eq(received(4), 2);
	ck_assert_uint_eq(hear(2).announced, 2);
	ck_assert_uint_eq(hear(1).announced, 0);
	ck_assert_mem_eq(next_hop_told(2), by_ipv6 + 1, 32);
	ck_assert_uint_eq(core.workers[0].refused, 0);
	/* It is configured for them, and its next session has not agreed upon them. */
	up2 = both_families_up(2, false);
	position = log_head_acquire(reader);
	put(0, &up2, sizeof(up2));
	ck_assert_uint_eq(hear(2).announced, 0);
	ck_assert_uint_eq(hear(2).eor, 1);
	r.r.kind = ROUTES_WITHDRAW;
	r.r.head.len = (uint32_t)offsetof(struct routes, attrs);
	r.r.attrs_len = 0;
	put(0, &r, r.r.head.len);
	ck_assert_uint_eq(received(4), 0);
}
END_TEST

/* Attributes that are in the table already come in from no session that could not have sent them.
 */
START_TEST(ipv6_next_hops_come_from_who_may_have_them)
{
	struct record_up up2 = both_families_up(2, false), up4 = both_families_up(4, true);
	struct routes r;

	put(0, &up2, sizeof(up2));
	put(0, &up4, sizeof(up4));
	r = routes_by_ipv6(2, up2.head.epoch);
	put(0, &r, r.r.head.len);
	ck_assert_uint_eq(core.workers[0].refused, 1);
	r = routes_by_ipv6(4, up4.head.epoch);
	put(0, &r, r.r.head.len);
	ck_assert_uint_eq(received(4), 2);
	r = routes_by_ipv6(2, up2.head.epoch);
	put(0, &r, r.r.head.len);
	ck_assert_uint_eq(received(2), 0);
	ck_assert_uint_eq(core.workers[0].refused, 2);
	/* With them an IPv4 next hop is as good as ever. */
	bring_up(1);
	r = routes_of(4, up4.head.epoch, ROUTES_ANNOUNCE);
	put(0, &r, r.r.head.len);
	ck_assert_uint_eq(hear(1).announced, 2);
	ck_assert_uint_eq(core.workers[0].refused, 2);
}
END_TEST

START_TEST(fits_names_the_classes_that_can)
{
	unsigned wrong = 0;

	for (uint8_t class = 0; class < CLASS_COUNT; class ++) {
		bool takes = (class & CLASS_IPV6_NEXT_HOP) != 0;
		uint16_t bit = (uint16_t)(1u << class);

		wrong += ((egress_fits(NULL, by_ipv6, sizeof(by_ipv6), FAMILY_IPV4) & bit) != 0) !=
		    takes;
		wrong += (egress_fits(NULL, by_ipv6, sizeof(by_ipv6), FAMILY_IPV6) & bit) == 0;
		wrong += (egress_fits(NULL, block, sizeof(block), FAMILY_IPV4) & bit) == 0;
		wrong += (egress_fits(NULL, block, sizeof(block), FAMILY_IPV6) & bit) != 0;
	}
	ck_assert_uint_eq(wrong, 0);
}
END_TEST

/* ---- several paths ---- */

START_TEST(path_ids_come_from_who_may_send_them)
{
	struct routes r = routes_of(0, bring_up(0), ROUTES_ANNOUNCE);
	struct record_up up = up_of(1);
	struct table_peer_view v;

	r.route[1].path_id = 7;
	put(0, &r, r.r.head.len);
	ck_assert_uint_eq(core.workers[0].refused, 1);
	ck_assert_uint_eq(received(0), 0);
	up.add_path_rx = 1 << FAMILY_IPV4;
	put(1, &up, sizeof(up));
	for (uint32_t id = 0; id < 3; id++) {
		r = routes_of(1, up.head.epoch, ROUTES_ANNOUNCE);
		r.route[0].path_id = r.route[1].path_id = id;
		put(1, &r, r.r.head.len);
	}
	/* Two paths of a prefix are kept; the third is no offence of the worker's. */
	ck_assert_uint_eq(core.workers[1].refused, 0);
	table_peer_get(core.table, 1, FAMILY_IPV4, &v);
	ck_assert_uint_eq(v.received, 4);
	ck_assert_uint_eq(v.over_paths, 2);
	ck_assert_uint_eq(event_count(EVENT_PATH_REFUSED), 2);
}
END_TEST

/* ---- refresh ---- */

static void
ask_for_refresh(uint16_t slot, uint32_t epoch, enum refresh_subtype subtype)
{
	struct record_refresh r = {.head = {RECORD_REFRESH, slot, epoch, sizeof(r), 0},
	    .family = FAMILY_IPV4,
	    .subtype = (uint8_t)subtype};

	put(slot % WORKERS, &r, sizeof(r));
}

START_TEST(a_refresh_stands_between_its_marks)
{
	struct routes r = routes_of(0, bring_up(0), ROUTES_ANNOUNCE);
	struct record_up up = up_of(1);
	uint32_t e2 = bring_up(3);

	up.enhanced_refresh = up.refresh = 1;
	put(0, &r, r.r.head.len);
	put(1, &up, sizeof(up));
	position = log_head_acquire(reader);
	ask_for_refresh(1, up.head.epoch, REFRESH_REQUEST);
	ck_assert_uint_eq(hear(1).borr, 1);
	ck_assert_uint_eq(hear(1).announced, 2);
	ck_assert_uint_eq(hear(1).eorr, 1);
	/* Who has not agreed upon them gets no marks, and may send none. */
	position = log_head_acquire(reader);
	ask_for_refresh(3, e2, REFRESH_REQUEST);
	ck_assert_uint_eq(hear(3).announced, 2);
	ck_assert_uint_eq(hear(3).borr + hear(3).eorr, 0);
	ck_assert_uint_eq(core.workers[1].refused, 0);
	ask_for_refresh(3, e2, REFRESH_BEGIN);
	ask_for_refresh(1, up.head.epoch, 3);
	ck_assert_uint_eq(core.workers[1].refused, 2);
}
END_TEST

/* Workers count by the header: what they send is not looked at. */
START_TEST(a_mark_is_counted_as_what_it_is)
{
	struct record_up up = up_of(1);
	const struct log_header *h;
	unsigned refreshes = 0, wrong = 0;
	uint64_t at = position;

	up.enhanced_refresh = 1;
	put(1, &up, sizeof(up));
	ask_for_refresh(1, up.head.epoch, REFRESH_REQUEST);
	log_head_acquire(reader);
	for (; (h = log_header_at(reader, &at)) != NULL; at = log_next(h, at)) {
		bool is_refresh = h->kind == LOG_ROUTES && h->len == REFRESH_MSG_BYTES &&
		    log_bytes(reader, h)[18] == MSG_ROUTE_REFRESH;

		refreshes += is_refresh;
		wrong += h->kind == LOG_ROUTES && h->arg != is_refresh;
	}
	ck_assert_uint_eq(refreshes, 2);
	ck_assert_uint_eq(wrong, 0);
}
END_TEST

/* A mark in a block that a cut peer never had: the whole refresh is sent again. */
START_TEST(a_mark_that_was_missed_comes_again)
{
	struct routes r = routes_of(0, bring_up(0), ROUTES_ANNOUNCE);
	struct record_up up = up_of(1);
	struct record_head drained;
	struct record_cut cut;
	uint64_t from;

	up.enhanced_refresh = up.refresh = 1;
	put(0, &r, r.r.head.len);
	put(1, &up, sizeof(up));
	from = log_head_acquire(reader);
	session_table_set_cursor(sessions[1], 1, from, true);
	session_table_set_released(sessions[1], from);
	ask_for_refresh(1, up.head.epoch, REFRESH_REQUEST);
	cut = (struct record_cut){
	    .head = {RECORD_CUT, 1, up.head.epoch, sizeof(cut), 0}, .position = from};
	put(1, &cut, sizeof(cut));
	ck_assert_int_eq(core.slots[1].cut, SLOT_CUT);
	session_table_set_cursor(sessions[1], 1, 0, false);
	position = log_head_acquire(reader);
	drained = (struct record_head){RECORD_DRAINED, 1, up.head.epoch, sizeof(drained), 0};
	put(1, &drained, sizeof(drained));
	room_make(&core, clock_us());
	turn();
	ck_assert_int_eq(core.slots[1].cut, SLOT_IN_LOG);
	ck_assert_uint_eq(hear(1).borr, 1);
	ck_assert_uint_eq(hear(1).eorr, 1);
	ck_assert_uint_ge(hear(1).announced, 2);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("core/negotiated");
	TCase *t = tcase_create("negotiated");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(t, setup_everything, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, an_up_becomes_a_class);
	tcase_add_loop_test(t, what_is_not_configured_is_not_believed, 0, LIES);
	tcase_add_test(t, ipv6_next_hops_go_to_who_takes_them);
	tcase_add_test(t, ipv6_next_hops_come_from_who_may_have_them);
	tcase_add_test(t, fits_names_the_classes_that_can);
	tcase_add_test(t, path_ids_come_from_who_may_send_them);
	tcase_add_test(t, a_refresh_stands_between_its_marks);
	tcase_add_test(t, a_mark_is_counted_as_what_it_is);
	tcase_add_test(t, a_mark_that_was_missed_comes_again);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed > 0;
}
