/* What rib remembers of each peer's sessions: the ring by itself, and what records make of it. */
#include "bgpd/core/history.h"

#include "tests/unit/core/fixture.h"

#define NOW 1000000u

static struct history_entry
refused(uint8_t subcode, const char *text)
{
	return (struct history_entry){
	    .what = HISTORY_REFUSED, .end = END_SENT, .code = 2, .subcode = subcode, .text = text};
}

START_TEST(the_last_sixteen_stay)
{
	struct history *h = NULL;
	char text[32];

	ck_assert_uint_eq(history_count(h), 0);
	for (unsigned i = 0; i < 100; i++) {
		snprintf(text, sizeof(text), "end %u", i);
		history_add(
		    &h, &(struct history_entry){.what = HISTORY_DOWN, .text = text}, NOW + i);
		ck_assert_uint_eq(history_count(h), i < HISTORY_MAX ? i + 1 : HISTORY_MAX);
	}
	ck_assert_str_eq(history_get(h, 0)->text, "end 84");
	ck_assert_uint_eq(history_get(h, 0)->first_s, NOW + 84);
	ck_assert_str_eq(history_get(h, HISTORY_MAX - 1)->text, "end 99");
	history_free(h);
}
END_TEST

/* Equal ends of sessions are news each time; equal refusals are one entry. */
START_TEST(equal_refusals_are_counted)
{
	struct history_entry e = refused(2, "AS 7, not 8"), other = refused(3, "identifier");
	struct history *h = NULL;

	for (unsigned i = 0; i < 7; i++) {
		history_add(&h, &e, NOW + i * 100);
		if (i % 2 == 0)
			history_add(&h, &other, NOW + i * 100);
	}
	ck_assert_uint_eq(history_count(h), 2);
	ck_assert_uint_eq(history_get(h, 0)->count, 7);
	ck_assert_uint_eq(history_get(h, 0)->first_s, NOW);
	ck_assert_uint_eq(history_get(h, 0)->last_s, NOW + 600);
	ck_assert_uint_eq(history_get(h, 1)->count, 4);
	/* A session between them: what comes then is told anew. */
	history_add(&h, &(struct history_entry){.what = HISTORY_UP, .text = ""}, NOW + 700);
	history_add(&h, &e, NOW + 800);
	ck_assert_uint_eq(history_count(h), 4);
	ck_assert_uint_eq(history_get(h, 3)->count, 1);
	history_free(h);
}
END_TEST

/* Whoever is refused for something else each time does not push the rest out at once. */
START_TEST(different_refusals_are_few_in_a_minute)
{
	struct history *h = NULL;
	char text[32];

	history_add(&h, &(struct history_entry){.what = HISTORY_DOWN, .text = "it began"}, NOW);
	for (unsigned i = 0; i < 100; i++) {
		struct history_entry e = refused(2, text);

		snprintf(text, sizeof(text), "AS %u", i);
		history_add(&h, &e, NOW);
	}
	ck_assert_uint_eq(history_count(h), 1 + HISTORY_NOTES_MAX);
	ck_assert_uint_eq(history_get(h, HISTORY_NOTES_MAX)->others, 100 - HISTORY_NOTES_MAX);
	ck_assert_str_eq(history_get(h, 0)->text, "it began");
	history_add(
	    &h, &(struct history_entry){.what = HISTORY_REFUSED, .text = "later"}, NOW + 60);
	ck_assert_uint_eq(history_count(h), 2 + HISTORY_NOTES_MAX);
	ck_assert_uint_eq(history_get(h, 1 + HISTORY_NOTES_MAX)->others, 0);
	history_free(h);
}
END_TEST

/* Nor after a while: what else there was keeps half of the places. */
START_TEST(refusals_leave_half_to_the_rest)
{
	struct history *h = NULL;
	char text[32];

	for (unsigned i = 0; i < HISTORY_MAX; i++)
		history_add(
		    &h, &(struct history_entry){.what = HISTORY_DOWN, .text = "it ended"}, NOW);
	for (unsigned i = 0; i < 100; i++) {
		struct history_entry e = refused(2, text);

		snprintf(text, sizeof(text), "AS %u", i);
		history_add(&h, &e, NOW + i * 60);
	}
	ck_assert_uint_eq(history_count(h), HISTORY_MAX);
	ck_assert_int_eq(history_get(h, HISTORY_MAX / 2 - 1)->what, HISTORY_DOWN);
	ck_assert_str_eq(history_get(h, HISTORY_MAX / 2)->text, "AS 92");
	ck_assert_str_eq(history_get(h, HISTORY_MAX - 1)->text, "AS 99");
	/* What is no refusal takes the place of the oldest, whatever that is. */
	history_add(&h, &(struct history_entry){.what = HISTORY_UP, .text = "up"}, NOW + 9000);
	ck_assert_uint_eq(history_count(h), HISTORY_MAX);
	ck_assert_str_eq(history_get(h, HISTORY_MAX / 2 - 1)->text, "AS 92");
	history_free(h);
}
END_TEST

/* ---- from records ---- */

static const struct history_entry *
newest(uint32_t slot)
{
	unsigned count = history_count(core.slots[slot].history);

	ck_assert_uint_gt(count, 0);
	return history_get(core.slots[slot].history, count - 1);
}

static void
end_session(uint16_t slot, uint32_t epoch, const char *reason)
{
	struct record_down down = {.head = {RECORD_DOWN, slot, epoch, sizeof(down), 0},
	    .end = END_RECEIVED,
	    .code = 6,
	    .subcode = 9,
	    .inner_code = 6,
	    .inner_subcode = 2};

	snprintf(down.reason, sizeof(down.reason), "%s", reason);
	put(slot % WORKERS, &down, sizeof(down));
}

START_TEST(sessions_come_and_go)
{
	const struct history_entry *e;
	uint32_t epoch;

	ck_assert_ptr_null(core.slots[0].history);
	epoch = bring_up(0);
	e = newest(0);
	ck_assert_int_eq(e->what, HISTORY_UP);
	ck_assert_uint_gt(e->first_s, 1700000000);
	ck_assert_str_eq(e->text, "IPv4, hold time 90 s");
	end_session(0, epoch,
	    "Gr\xc3\xbc\xc3\x9f"
	    "e \x1b[31m\xff");
	e = newest(0);
	ck_assert_uint_eq(history_count(core.slots[0].history), 2);
	ck_assert_int_eq(e->what, HISTORY_DOWN);
	ck_assert_int_eq(e->end, END_RECEIVED);
	ck_assert_uint_eq(e->code, 6);
	ck_assert_uint_eq(e->subcode, 9);
	ck_assert_uint_eq(e->inner_code, 6);
	ck_assert_uint_eq(e->inner_subcode, 2);
	ck_assert_str_eq(e->text,
	    "Gr\xc3\xbc\xc3\x9f"
	    "e ?[31m?");
	/* Nobody else has anything. */
	ck_assert_ptr_null(core.slots[1].history);
	/* Of a session that was before, a late word is none. */
	bring_up(0);
	end_session(0, epoch, "late");
	ck_assert_int_eq(newest(0)->what, HISTORY_UP);
	ck_assert_uint_eq(core.workers[0].refused, 0);
}
END_TEST

/* rib has ended it already; its worker says how that was done. */
START_TEST(what_rib_ends_is_told_by_the_worker)
{
	uint32_t epoch = bring_up(0);

	egress_cease(&core, 0, 6, 8, "did not read for too long");
	ck_assert_uint_eq(history_count(core.slots[0].history), 1);
	end_session(0, epoch, "did not read for too long");
	ck_assert_int_eq(newest(0)->what, HISTORY_DOWN);
	ck_assert_str_eq(newest(0)->text, "did not read for too long");
}
END_TEST

START_TEST(refused_handshakes)
{
	struct record_note note = {.head = {RECORD_NOTE, 1, 77, sizeof(note), 0},
	    .end = END_SENT,
	    .code = 2,
	    .subcode = 2};

	memset(note.reason, 'x', sizeof(note.reason)); /* not terminated */
	for (unsigned i = 0; i < 3; i++)
		put(1, &note, sizeof(note));
	ck_assert_uint_eq(history_count(core.slots[1].history), 1);
	ck_assert_int_eq(newest(1)->what, HISTORY_REFUSED);
	ck_assert_uint_eq(newest(1)->count, 3);
	ck_assert_uint_eq(strlen(newest(1)->text), RECORD_TEXT_MAX - 1);
	ck_assert_uint_eq(core.workers[1].refused, 0);
	/* Another worker's peer is none of its business. */
	put(0, &note, sizeof(note));
	ck_assert_uint_eq(core.workers[0].refused, 1);
	ck_assert_uint_eq(newest(1)->count, 3);
}
END_TEST

START_TEST(a_worker_that_dies_is_remembered)
{
	struct channel_number died = {.number = 0};

	bring_up(0);
	bring_up(1);
	ck_assert_int_eq(channel_send(parent, CHANNEL_WORKER_DIED, &died, NULL, 0), 0);
	parent_read(&core);
	ck_assert_int_eq(newest(0)->what, HISTORY_DOWN);
	ck_assert_uint_eq(newest(0)->code, 0);
	ck_assert_str_eq(newest(0)->text, "its session process died");
	ck_assert_int_eq(newest(1)->what, HISTORY_UP);
	/* Who had no session has lost none. */
	ck_assert_ptr_null(core.slots[2].history);
}
END_TEST

static void
put_in_force(uint32_t generation, uint32_t unused)
{
	struct channel_generation commit = {.generation = generation};
	struct compiled_slot slots[SLOTS];
	struct compiled_head head;
	struct compiled plain;
	int fd = make_config();

	ck_assert_int_eq(compiled_map(fd, &plain), 0);
	close(fd);
	head = *plain.head;
	head.generation = generation;
	memcpy(slots, plain.slots, sizeof(slots));
	if (unused < SLOTS)
		slots[unused] = (struct compiled_slot){.slot = unused, .flags = SLOT_UNUSED};
	fd = seal_plain(&head, slots);
	compiled_unmap(&plain);
	send_generation(generation, fd);
	parent_read(&core);
	while (generation_slice(&core, clock_us() + 1000))
		continue;
	ck_assert_int_eq(channel_send(parent, CHANNEL_COMMIT, &commit, NULL, 0), 0);
	parent_read(&core);
	ck_assert_uint_eq(core.now->number, generation);
}

START_TEST(a_reload_keeps_it_and_a_removal_does_not)
{
	uint32_t epoch = bring_up(0);

	bring_up(1);
	put_in_force(2, SLOTS);
	ck_assert_uint_eq(history_count(core.slots[0].history), 1);
	put_in_force(3, 0);
	ck_assert_ptr_null(core.slots[0].history);
	ck_assert_uint_eq(history_count(core.slots[1].history), 1);
	/* Its worker hears of it later, and what it says then is nobody's. */
	end_session(0, epoch, "the peer has been removed");
	ck_assert_ptr_null(core.slots[0].history);
	turn();
	put_in_force(4, SLOTS);
	ck_assert_ptr_null(core.slots[0].history);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("history");
	TCase *ring = tcase_create("ring"), *records = tcase_create("records");
	SRunner *r;
	int failed;

	tcase_add_test(ring, the_last_sixteen_stay);
	tcase_add_test(ring, equal_refusals_are_counted);
	tcase_add_test(ring, different_refusals_are_few_in_a_minute);
	tcase_add_test(ring, refusals_leave_half_to_the_rest);
	suite_add_tcase(s, ring);
	tcase_add_checked_fixture(records, setup, teardown);
	tcase_set_timeout(records, 60);
	tcase_add_test(records, sessions_come_and_go);
	tcase_add_test(records, what_rib_ends_is_told_by_the_worker);
	tcase_add_test(records, refused_handshakes);
	tcase_add_test(records, a_worker_that_dies_is_remembered);
	tcase_add_test(records, a_reload_keeps_it_and_a_removal_does_not);
	suite_add_tcase(s, records);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed > 0;
}
