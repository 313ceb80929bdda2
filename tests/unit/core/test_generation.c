/*
 * Generations in rib: prepared, committed, abandoned, taken apart; what a change means to members.
 */
#include <stdio.h>

#include "bgpd/clock.h"
#include "tests/unit/core/fixture.h"

/* The configuration of the fixture, to be changed and sent again. */
static struct compiled_head head;
static struct compiled_slot slots[SLOTS];

static void
begin(void)
{
	struct compiled config;
	int fd = make_config();

	ck_assert_int_eq(compiled_map(fd, &config), 0);
	close(fd);
	head = *config.head;
	memcpy(slots, config.slots, sizeof(slots));
	compiled_unmap(&config);
	setup();
}

/* The next answer of that type; the others before it are passed over. False if there is none. */
static bool
answered(enum channel_type type, struct channel_message *m)
{
	enum channel_result result;

	while ((result = channel_recv(parent, m)) == CHANNEL_MESSAGE)
		if (m->type == type)
			return true;
	ck_assert_int_eq(result, CHANNEL_EMPTY);
	return false;
}

/* True if rib has said that it is ready with that one. */
static bool
is_ready(uint32_t number)
{
	struct channel_message m;

	while (answered(CHANNEL_READY, &m))
		if (m.body.ready.generation == number)
			return !m.body.ready.refused;
	return false;
}

/* Why rib has refused that one. */
static const char *
refusal(uint32_t number)
{
	static struct channel_message m;

	do {
		ck_assert(answered(CHANNEL_READY, &m));
	} while (m.body.ready.generation != number);
	ck_assert(m.body.ready.refused);
	return m.body.ready.text;
}

static void
say(enum channel_type type, uint32_t number)
{
	struct channel_generation generation = {.generation = number};

	ck_assert_int_eq(channel_send(parent, type, &generation, NULL, 0), 0);
	parent_read(&core);
}

static void
prepare(uint32_t number)
{
	send_generation(number, seal_plain(&head, slots));
	parent_read(&core);
}

/* The whole way of a generation, in a rib that has time. */
static void
change(uint32_t number)
{
	struct channel_message m;

	prepare(number);
	turn();
	ck_assert(is_ready(number));
	say(CHANNEL_COMMIT, number);
	ck_assert(answered(CHANNEL_COMMITTED, &m));
	ck_assert_uint_eq(m.body.generation.generation, number);
	turn();
	ck_assert_ptr_null(core.next);
	ck_assert_ptr_null(core.gone);
	ck_assert_ptr_null(table_check(core.table));
}

/* What the log says from now on. */
static void
listen_anew(void)
{
	log_head_acquire(reader);
	while (log_header_at(reader, &position) != NULL)
		position = log_next(log_header_at(reader, &position), position);
}

static void
announce(uint16_t slot, uint32_t epoch)
{
	struct routes r = routes_of(slot, epoch, ROUTES_ANNOUNCE);

	put(slot % WORKERS, &r, r.r.head.len);
}

static bool
says_nothing(uint32_t slot)
{
	struct heard heard = hear(slot);

	return heard.announced + heard.withdrawn + heard.start + heard.eor + heard.cease == 0;
}

START_TEST(differences_alone_are_told)
{
	announce(0, bring_up(0));
	bring_up(1);
	bring_up(2);
	listen_anew();
	change(2); /* nothing is different */
	for (uint32_t slot = 0; slot < SLOTS; slot++)
		ck_assert(says_nothing(slot));
	/* RFC 8212: without a policy nothing is accepted */
	slots[0].flags &= (uint16_t)~SLOT_FILTERS_NONE;
	change(3);
	ck_assert_uint_eq(hear(1).withdrawn, 2);
	ck_assert_uint_eq(hear(2).withdrawn, 2);
	ck_assert(says_nothing(0));
	ck_assert_uint_eq(received(0), 2);
	listen_anew();
	slots[0].flags |= SLOT_FILTERS_NONE;
	change(4);
	ck_assert_uint_eq(hear(1).announced, 2);
	ck_assert_uint_eq(hear(1).withdrawn, 0);
	ck_assert(core.slots[0].up && core.slots[1].up && core.slots[2].up);
}
END_TEST

START_TEST(path_hiding_follows)
{
	announce(0, bring_up(0));
	announce(1, bring_up(1));
	listen_anew();
	head.path_hiding = 0;
	change(2);
	/* the best one is that of 0, who had the second best */
	ck_assert_uint_eq(hear(0).withdrawn, 2);
	ck_assert(says_nothing(1));
	listen_anew();
	head.path_hiding = 1;
	change(3);
	ck_assert_uint_eq(hear(0).announced, 2);
}
END_TEST

START_TEST(nothing_changes_before_commit)
{
	announce(0, bring_up(0));
	bring_up(1);
	listen_anew();
	slots[0].flags &= (uint16_t)~SLOT_FILTERS_NONE;
	prepare(2);
	turn();
	ck_assert(is_ready(2));
	ck_assert(says_nothing(1));
	ck_assert_uint_eq(core.now->number, 1);
}
END_TEST

/* Abandoned while it is built and when it is ready; a COMMIT that comes for it is nobody's. */
START_TEST(what_is_abandoned_is_taken_apart)
{
	struct channel_message m;

	slots[0].flags &= (uint16_t)~SLOT_FILTERS_NONE;
	for (uint32_t number = 2; number < 4; number++) {
		prepare(number);
		if (number == 3)
			turn();
		say(CHANNEL_ABANDON, number);
		ck_assert_ptr_null(core.next);
		say(CHANNEL_COMMIT, number);
		turn();
		ck_assert_ptr_null(core.gone);
		ck_assert_uint_eq(core.now->number, 1);
	}
	ck_assert(!answered(CHANNEL_COMMITTED, &m));
	/* one that is abandoned twice, or never was, is no matter */
	say(CHANNEL_ABANDON, 3);
	change(4);
}
END_TEST

START_TEST(the_last_configuration_counts)
{
	slots[0].flags &= (uint16_t)~SLOT_FILTERS_NONE;
	prepare(2);
	slots[0].flags |= SLOT_FILTERS_NONE;
	change(3);
	ck_assert_uint_eq(core.now->number, 3);
	say(CHANNEL_COMMIT, 2);
	ck_assert_uint_eq(core.now->number, 3);
}
END_TEST

/* A COMMIT that comes too early does nothing; the parent sends none before READY. */
START_TEST(what_is_not_built_is_not_put_in_force)
{
	prepare(2);
	say(CHANNEL_COMMIT, 2);
	ck_assert_uint_eq(core.now->number, 1);
	turn();
	say(CHANNEL_COMMIT, 2);
	ck_assert_uint_eq(core.now->number, 2);
}
END_TEST

START_TEST(what_cannot_be_is_refused)
{
	struct channel_generation generation = {.generation = 2};
	int fd = seal_plain(&head, slots);

	/* without data */
	ck_assert_int_eq(channel_send(parent, CHANNEL_CONFIG, &generation, &fd, 1), 0);
	close(fd);
	parent_read(&core);
	ck_assert_ptr_nonnull(strstr(refusal(2), "no data set"));
	/* other numbers of slots */
	head.slots = SLOTS - 1;
	prepare(3);
	ck_assert_ptr_nonnull(strstr(refusal(3), "slots"));
	head.slots = SLOTS;
	change(4);
}
END_TEST

/* ---- peers that come and go ---- */

START_TEST(a_removed_peer_leaves_nothing)
{
	struct record_up late = up_of(0);
	uint32_t epoch = bring_up(0);

	announce(0, epoch);
	bring_up(1);
	alarm_raise(core.alarms, ALARM_PEER_HELD_DOWN, core.slots[0].name, "for this test");
	alarm_raise(core.alarms, ALARM_PEER_HELD_DOWN, core.slots[1].name, "for this test");
	listen_anew();
	slots[0] = (struct compiled_slot){.flags = SLOT_UNUSED};
	change(2);
	ck_assert(!core.slots[0].up);
	ck_assert_uint_eq(received(0), 0);
	ck_assert_uint_eq(hear(1).withdrawn, 2);
	ck_assert(says_nothing(0)); /* its worker ends the session */
	ck_assert_uint_eq(alarm_count(core.alarms), 1);
	/* what was on its way is no offence */
	late.head.epoch = ++epochs;
	put(0, &late, sizeof(late));
	announce(0, epoch);
	ck_assert(!core.slots[0].up);
	ck_assert_uint_eq(core.workers[0].refused, 0);
}
END_TEST

/* Its routes are still there when the next one gets its slot: that has to wait. */
START_TEST(a_slot_changes_hands_when_it_is_clean)
{
	struct record_up up;

	announce(0, bring_up(0));
	bring_up(1);
	slots[0] = (struct compiled_slot){.flags = SLOT_UNUSED};
	prepare(2);
	turn();
	ck_assert(is_ready(2));
	say(CHANNEL_COMMIT, 2);
	ck_assert(!table_peer_is_clean(core.table, 0));
	slots[0] = (struct compiled_slot){.asn = 777,
	    .family = FAMILY_IPV4,
	    .families = 1 << FAMILY_IPV4,
	    .flags = SLOT_FILTERS_NONE,
	    .worker = 1, /* which the one before had not */
	    .addr = {192, 0, 2, 77}};
	prepare(3);
	for (int i = 0; i < 10; i++)
		generation_slice(&core, clock_us() + 1000);
	ck_assert(!is_ready(3));
	turn();
	ck_assert(is_ready(3));
	say(CHANNEL_COMMIT, 3);
	ck_assert_str_eq(core.slots[0].name, "192.0.2.77");
	up = up_of(0);
	up.asn = 777;
	put(1, &up, sizeof(up));
	ck_assert(core.slots[0].up);
	ck_assert_uint_eq(hear(0).announced, 0);
	ck_assert_ptr_null(table_check(core.table));
}
END_TEST

START_TEST(a_new_peer_has_everything)
{
	slots[2] = (struct compiled_slot){.slot = 2, .flags = SLOT_UNUSED};
	change(2);
	announce(0, bring_up(0));
	slots[2] = (struct compiled_slot){.slot = 2,
	    .asn = 102,
	    .family = FAMILY_IPV4,
	    .families = 1 << FAMILY_IPV4,
	    .flags = SLOT_FILTERS_NONE,
	    .addr = {192, 0, 2, 3}};
	change(3);
	bring_up(2);
	ck_assert_uint_eq(hear(2).announced, 2);
	ck_assert_uint_eq(hear(2).eor, 1);
}
END_TEST

/* ---- data ---- */

START_TEST(data_come_with_the_generation)
{
	char path[] = "/tmp/test_generation.XXXXXX";
	static const char text[] = "{\"roas\": [{\"prefix\": \"192.0.2.0/24\", \"maxLength\": 24, "
				   "\"asn\": 64500, \"ta\": \"ripe\"}]}";
	const struct feed_file file = {FEED_RPKI, path};
	const struct feed_request request = {.files = &file, .file_count = 1, .now_s = 1};
	struct channel_generation generation = {.generation = 2};
	struct feed_report report;
	int fd = mkstemp(path), data, config = seal_plain(&head, slots);

	ck_assert_int_eq(write(fd, text, sizeof(text) - 1), (ssize_t)sizeof(text) - 1);
	close(fd);
	feed_report_init(&report);
	data = feed_load(&request, &report);
	feed_report_fini(&report);
	unlink(path);
	ck_assert_uint_eq(core.now->data.data.vrp_count, 0);
	ck_assert_int_eq(channel_send(parent, CHANNEL_DATA, NULL, &data, 1), 0);
	ck_assert_int_eq(channel_send(parent, CHANNEL_CONFIG, &generation, &config, 1), 0);
	close(data);
	close(config);
	parent_read(&core);
	turn();
	say(CHANNEL_COMMIT, 2);
	ck_assert_uint_eq(dataset_records(policy_dataset(core.now->policy))->vrp_count, 1);
	change(3);
	ck_assert_uint_eq(core.now->data.data.vrp_count, 0);
}
END_TEST

/* The fixture's configuration with thresholds, by which measured times steer or do not. */
static int
seal_with_thresholds(bool measured)
{
	static const uint32_t thresholds[] = {10, 50};
	struct policy_general general = {.rs_as = head.rs_as,
	    .path_max = 64,
	    .flags = measured ? GENERAL_RTT_MEASURED : 0,
	    .rtt_thresholds = {0, 2}};
	struct policy_peer peers[SLOTS];
	struct policy_config policy = {.general = &general,
	    .peers = peers,
	    .peer_count = SLOTS,
	    .asns = thresholds,
	    .asn_count = 2,
	    .text = "",
	    .text_len = 1};

	for (uint32_t i = 0; i < SLOTS; i++)
		plain_peer_of(&slots[i], &peers[i]);
	return compiled_seal(&head, slots, &policy, NULL);
}

static void
put_in_force(uint32_t number, int config_fd)
{
	send_generation(number, config_fd);
	parent_read(&core);
	turn();
	say(CHANNEL_COMMIT, number);
	turn();
}

/* The worker measures, policy goes by it where that is switched on, also after a reload. */
START_TEST(a_measured_rtt_steers)
{
	struct record_rtt rtt = {.rtt_us = 30400};
	uint32_t epoch = bring_up(1);

	rtt.head = (struct record_head){RECORD_RTT, 1, epoch, sizeof(rtt), 0};
	put(1 % WORKERS, &rtt, sizeof(rtt));
	put_in_force(2, seal_with_thresholds(false));
	generation_look_at_rtt(&core, 1000000);
	ck_assert_uint_eq(policy_rtt(core.now->policy, 1), POLICY_RTT_UNKNOWN);
	put_in_force(3, seal_with_thresholds(true));
	generation_look_at_rtt(&core, 2000000);
	ck_assert_uint_eq(policy_rtt(core.now->policy, 1), 30);
	ck_assert_uint_eq(policy_rtt(core.now->policy, 2), POLICY_RTT_UNKNOWN);
	put_in_force(4, seal_with_thresholds(true));
	ck_assert_uint_eq(policy_rtt(core.now->policy, 1), 30);
	/* A record of a session that is over measures nothing. */
	rtt.head.epoch = epoch + 1000;
	rtt.rtt_us = 90000;
	put(1 % WORKERS, &rtt, sizeof(rtt));
	turn();
	ck_assert_uint_eq(core.slots[1].rtt.measured_us, 30400);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("generation");
	TCase *t = tcase_create("generation");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(t, begin, teardown);
	tcase_add_test(t, differences_alone_are_told);
	tcase_add_test(t, path_hiding_follows);
	tcase_add_test(t, nothing_changes_before_commit);
	tcase_add_test(t, what_is_abandoned_is_taken_apart);
	tcase_add_test(t, the_last_configuration_counts);
	tcase_add_test(t, what_is_not_built_is_not_put_in_force);
	tcase_add_test(t, what_cannot_be_is_refused);
	tcase_add_test(t, a_removed_peer_leaves_nothing);
	tcase_add_test(t, a_slot_changes_hands_when_it_is_clean);
	tcase_add_test(t, a_new_peer_has_everything);
	tcase_add_test(t, data_come_with_the_generation);
	tcase_add_test(t, a_measured_rtt_steers);
	suite_add_tcase(suite, t);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
