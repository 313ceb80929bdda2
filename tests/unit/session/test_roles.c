/*
 * Roles on a session (RFC 9234 section 4): what the worker sends, whom it refuses, what it shows.
 * Slot 0 has no roles, slot 1 our role rs, slot 2 the same in strict mode.
 */
#include "tests/unit/session/exchange.h"

#define ABSENT UINT8_MAX

static struct exchange e;

static void
setup(void)
{
	exchange_init(&e);
	e.slots[1].flags |= SLOT_ROLES;
	e.slots[2].flags |= SLOT_ROLES | SLOT_ROLE_STRICT;
	e.slots[1].role = e.slots[2].role = ROLE_RS;
	exchange_memory(&e, 1 << 20);
	exchange_configure(&e);
	for (unsigned i = 0; i < 4; i++)
		exchange_turn(&e);
}

static void
teardown(void)
{
	exchange_fini(&e);
}

/* Connects; reads our OPEN into *ours; answers with one that has the role. */
static void
exchange_opens(struct member *m, uint32_t slot, uint8_t role, struct open_msg *ours)
{
	struct open_msg open = {.asn = MEMBER_AS + slot,
	    .bgp_id = 0x0a000001,
	    .hold_s = 90,
	    .has_multiprotocol = true,
	    .families = 1u << FAMILY_IPV4,
	    .as4 = true,
	    .has_role = role != ABSENT,
	    .role = role};
	uint8_t message[MSG_MAX_BYTES];
	struct wire_error error;

	member_connect(m, &e, slot, true);
	ck_assert_uint_eq(member_receive(m, &e), MSG_OPEN);
	ck_assert(
	    open_decode(m->message + MSG_HEADER_BYTES, m->len - MSG_HEADER_BYTES, ours, &error));
	member_send(m, message, open_encode(&open, message, sizeof(message)));
}

static void
become_established(struct member *m)
{
	ck_assert_uint_eq(member_receive(m, &e), MSG_KEEPALIVE);
	member_send_keepalive(m);
	ck_assert_int_eq(exchange_record(&e), RECORD_UP);
}

/* Whether there is a session, for each slot and what its member may send. */
START_TEST(test_sessions)
{
	static const struct {
		uint32_t slot;
		uint8_t role;
		bool is_refused;
	} cases[] = {
	    {0, ABSENT, false},
	    {0, OPEN_ROLE_RS, false},
	    {1, ABSENT, false},
	    {1, OPEN_ROLE_RS_CLIENT, false},
	    {1, OPEN_ROLE_RS, true},
	    {2, OPEN_ROLE_RS_CLIENT, false},
	    {2, ABSENT, true},
	};
	struct member m;
	struct open_msg ours;

	for (unsigned i = 0; i < COUNT(cases); i++) {
		exchange_opens(&m, cases[i].slot, cases[i].role, &ours);
		ck_assert_uint_eq(ours.has_role, cases[i].slot != 0);
		ck_assert_uint_eq(ours.role, cases[i].slot != 0 ? OPEN_ROLE_RS : 0);
		if (cases[i].is_refused) {
			member_expect_notification(&m, &e, NOTIFICATION_OPEN, OPEN_ERROR_ROLE);
			ck_assert_int_eq(exchange_record(&e), RECORD_NOTE);
			while (exchange_row(&e, cases[i].slot).state != SESSION_ACTIVE)
				exchange_turn(&e);
			continue;
		}
		become_established(&m);
		member_close(&m);
		ck_assert_int_eq(exchange_record(&e), RECORD_DOWN);
	}
}
END_TEST

/* The role is shown of who has a session and of who is refused for it. */
START_TEST(test_shown)
{
	struct member m;
	struct open_msg ours;

	exchange_opens(&m, 1, OPEN_ROLE_RS_CLIENT, &ours);
	become_established(&m);
	ck_assert_ptr_nonnull(strstr(exchange_row(&e, 1).capabilities, "role rs-client (2)"));
	member_close(&m);
	exchange_opens(&m, 2, OPEN_ROLE_PROVIDER, &ours);
	member_expect_notification(&m, &e, NOTIFICATION_OPEN, OPEN_ERROR_ROLE);
	ck_assert_ptr_nonnull(strstr(exchange_row(&e, 2).capabilities, "role provider (0)"));
	ck_assert_str_eq(exchange_row(&e, 2).last_error,
	    "the member's role is provider (0), it must be rs-client (ours is rs)");
}
END_TEST

/* The configuration comes once more as it is, then changed; the member sends no role. */
static void
reconfigure(struct member *m, const struct compiled_slot *changed, struct open_msg *ours)
{
	exchange_opens(m, 1, ABSENT, ours);
	become_established(m);
	exchange_configure(&e);
	for (unsigned i = 0; i < 4; i++)
		exchange_turn(&e);
	ck_assert_uint_eq(exchange_row(&e, 1).state, SESSION_ESTABLISHED);
	e.slots[1] = *changed;
	exchange_configure(&e);
	member_expect_notification(m, &e, NOTIFICATION_CEASE, CEASE_CONFIG_CHANGE);
	ck_assert_int_eq(exchange_record(&e), RECORD_DOWN);
	exchange_opens(m, 1, ABSENT, ours);
}

START_TEST(test_made_strict)
{
	struct compiled_slot changed = e.slots[1];
	struct member m;
	struct open_msg ours;

	changed.flags |= SLOT_ROLE_STRICT;
	reconfigure(&m, &changed, &ours);
	ck_assert(ours.has_role);
	member_expect_notification(&m, &e, NOTIFICATION_OPEN, OPEN_ERROR_ROLE);
}
END_TEST

START_TEST(test_other_role)
{
	struct compiled_slot changed = e.slots[1];
	struct member m;
	struct open_msg ours;

	changed.role = ROLE_PEER;
	reconfigure(&m, &changed, &ours);
	ck_assert(ours.has_role);
	ck_assert_uint_eq(ours.role, OPEN_ROLE_PEER);
	become_established(&m);
	member_close(&m);
}
END_TEST

/* From provider, whose number is that of no role. */
START_TEST(test_roles_off)
{
	struct compiled_slot changed;
	struct member m;
	struct open_msg ours;

	e.slots[1].role = ROLE_PROVIDER;
	exchange_configure(&e);
	changed = e.slots[1];
	changed.flags &= (uint16_t)~SLOT_ROLES;
	reconfigure(&m, &changed, &ours);
	ck_assert(!ours.has_role);
	become_established(&m);
	member_close(&m);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
	    test_sessions, test_shown, test_made_strict, test_other_role, test_roles_off};

	return run_suite_with("roles", tests, COUNT(tests), setup, teardown);
}
