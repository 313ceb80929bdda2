/* The state machine: every state and event against a grid drawn from RFC 4271 section 8.2.2. */
#include <string.h>

#include "bgpd/session/fsm.h"
#include "tests/unit/session/suite.h"

/*
 * A column per event, in the order of enum fsm_event:
 *
 *   start, passive start, stop, automatic stop | retry, hold, keepalive, send hold timers |
 *   connected, TCP failed | OPEN, bad header, bad OPEN, collision lost, Cease, NOTIFICATION |
 *   KEEPALIVE, UPDATE, bad UPDATE, REFRESH, bad REFRESH
 */
static const struct {
	const char *next;    /* I C A S F E */
	const char *says;    /* r reject, n what came with the event, f FSM error, h hold, s send */
	const char *penalty; /* p */
} grid[SESSION_STATE_COUNT] = {
    [SESSION_IDLE] = {"CAII IIII II IIIIII IIIII", "---- ---- r- ------ -----",
	"---- ---- -- ------ -----"},
    [SESSION_CONNECT] = {"CCII CIII SA IIIIII IIIII", "---- ---- -- ------ -----",
	"---- ---- -- ------ -----"},
    [SESSION_ACTIVE] = {"AAII CIII SA IIIIII IIIII", "---- ---- -- ------ -----",
	"---- ---- -- ------ -----"},
    [SESSION_OPENSENT] = {"SSII IIII SA FIIIII IIIII", "--nn fhff r- -nnn-- fffff",
	"---p pppp -- -pp--p ppppp"},
    [SESSION_OPENCONFIRM] = {"FFII IIFI FI IIIIII EIIII", "--nn fh-s r- fnnn-- -ffff",
	"---p pp-p -- ppp--p -pppp"},
    [SESSION_ESTABLISHED] = {"EEII IIEI EI IIIIII EEIEI", "--nn fh-s r- fnnn-- --n-n",
	"---p pp-p -- ppp--p --p-p"},
};

/* The column of an event, blanks left out. */
static char
cell(const char *row, unsigned event)
{
	for (unsigned n = 0; *row != '\0'; row++)
		if (*row != ' ' && n++ == event)
			return *row;
	ck_abort_msg("the grid is too short");
	return '\0';
}

static char
says(uint32_t actions)
{
	static const struct {
		uint32_t action;
		char letter;
	} letters[] = {{FSM_DO_REJECT, 'r'}, {FSM_DO_NOTIFY, 'n'}, {FSM_DO_NOTIFY_FSM, 'f'},
	    {FSM_DO_NOTIFY_HOLD, 'h'}, {FSM_DO_NOTIFY_SEND, 's'}};
	char said = '-';

	for (unsigned i = 0; i < COUNT(letters); i++) {
		if ((actions & letters[i].action) == 0)
			continue;
		ck_assert_int_eq(said, '-');
		said = letters[i].letter;
	}
	return said;
}

START_TEST(test_grid)
{
	for (unsigned s = 0; s < SESSION_STATE_COUNT; s++) {
		for (unsigned e = 0; e < FSM_EVENT_COUNT; e++) {
			const struct fsm_row *row = fsm_row(s, e);
			bool penalty = (row->actions & FSM_DO_PENALTY) != 0;

			ck_assert_msg("ICASFE"[row->next] == cell(grid[s].next, e),
			    "%s, %s: next is %s", fsm_state_name(s), fsm_event_name(e),
			    fsm_state_name(row->next));
			ck_assert_msg(says(row->actions) == cell(grid[s].says, e),
			    "%s, %s: says %c", fsm_state_name(s), fsm_event_name(e),
			    says(row->actions));
			ck_assert_msg((penalty ? 'p' : '-') == cell(grid[s].penalty, e),
			    "%s, %s: penalty", fsm_state_name(s), fsm_event_name(e));
		}
	}
}
END_TEST

/* What holds for every cell, whatever the grid says. */
START_TEST(test_invariants)
{
	const uint32_t last_words = FSM_DO_NOTIFY | FSM_DO_NOTIFY_FSM | FSM_DO_NOTIFY_HOLD |
	    FSM_DO_NOTIFY_SEND | FSM_DO_PENALTY | FSM_DO_DOWN;

	for (unsigned s = 0; s < SESSION_STATE_COUNT; s++) {
		for (unsigned e = 0; e < FSM_EVENT_COUNT; e++) {
			const struct fsm_row *row = fsm_row(s, e);
			uint32_t a = row->actions;
			bool was_up = s == SESSION_ESTABLISHED;
			bool is_up = row->next == SESSION_ESTABLISHED;

			ck_assert_int_eq((a & FSM_DO_UP) != 0, !was_up && is_up);
			ck_assert_int_eq((a & FSM_DO_DOWN) != 0, was_up && !is_up);
			if (s >= SESSION_OPENSENT)
				ck_assert_int_eq(
				    (a & FSM_DO_CLOSE) != 0, row->next < SESSION_OPENSENT);
			if ((a & last_words) != 0)
				ck_assert((a & FSM_DO_CLOSE) != 0);
			ck_assert_int_eq((a & FSM_DO_CONNECT) != 0,
			    row->next == SESSION_CONNECT &&
				(s != SESSION_CONNECT || e == FSM_RETRY_EXPIRED));
			ck_assert_int_eq((a & FSM_DO_OPEN) != 0,
			    s < SESSION_OPENSENT && row->next == SESSION_OPENSENT);
			ck_assert_str_ne(fsm_event_name(e), "");
		}
	}
}
END_TEST

START_TEST(test_timers)
{
	static const enum fsm_event alive[] = {FSM_KEEPALIVE, FSM_UPDATE, FSM_REFRESH};

	for (unsigned i = 0; i < COUNT(alive); i++)
		ck_assert_uint_eq(
		    fsm_row(SESSION_ESTABLISHED, alive[i])->actions, (uint32_t)FSM_DO_HOLD);
	ck_assert_uint_eq(
	    fsm_row(SESSION_ESTABLISHED, FSM_KEEPALIVE_DUE)->actions, (uint32_t)FSM_DO_KEEPALIVE);
	ck_assert_uint_eq(fsm_row(SESSION_OPENSENT, FSM_OPEN)->actions,
	    (uint32_t)(FSM_DO_KEEPALIVE | FSM_DO_HOLD));
	ck_assert_uint_eq(fsm_row(SESSION_OPENSENT, FSM_TCP_FAILED)->actions,
	    (uint32_t)(FSM_DO_CLOSE | FSM_DO_RETRY_START));
	ck_assert_uint_eq(fsm_row(SESSION_IDLE, FSM_START)->actions,
	    (uint32_t)(FSM_DO_RETRY_START | FSM_DO_CONNECT));
}
END_TEST

START_TEST(test_jitter)
{
	uint64_t seed = 1, low = UINT64_MAX, high = 0;

	for (unsigned i = 0; i < 10000; i++) {
		uint64_t ms =
		    fsm_jitter_ms(30000, (uint32_t)random_below(&seed, (uint64_t)1 << 32));

		low = ms < low ? ms : low;
		high = ms > high ? ms : high;
	}
	ck_assert_uint_ge(low, 22500);
	ck_assert_uint_lt(low, 22600);
	ck_assert_uint_le(high, 30000);
	ck_assert_uint_gt(high, 29900);
}
END_TEST

START_TEST(test_backoff)
{
	struct fsm_backoff b = {0};
	static const uint32_t expected[] = {5, 10, 20, 40, 60, 60};

	for (unsigned i = 0; i < COUNT(expected); i++)
		ck_assert_uint_eq(fsm_backoff_add(&b, 5, 60), expected[i]);
	fsm_backoff_up(&b, 59);
	ck_assert_uint_eq(fsm_backoff_add(&b, 5, 60), 60);
	fsm_backoff_up(&b, 60);
	ck_assert_uint_eq(fsm_backoff_add(&b, 5, 60), 5);
	ck_assert_uint_eq(fsm_backoff_add(&b, UINT32_MAX, UINT32_MAX), 10);
	b.idle_s = UINT32_MAX;
	ck_assert_uint_eq(fsm_backoff_add(&b, 5, UINT32_MAX), UINT32_MAX);
}
END_TEST

START_TEST(test_send_hold)
{
	ck_assert_uint_eq(fsm_send_hold_s(0, 90), 480);
	ck_assert_uint_eq(fsm_send_hold_s(0, 240), 480);
	ck_assert_uint_eq(fsm_send_hold_s(0, 300), 600);
	ck_assert_uint_eq(fsm_send_hold_s(20, 300), 20);
	ck_assert_uint_eq(fsm_send_hold_s(20, 0), 0);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
	    test_grid, test_invariants, test_timers, test_jitter, test_backoff, test_send_hold};

	return run_suite("fsm", tests, COUNT(tests));
}
