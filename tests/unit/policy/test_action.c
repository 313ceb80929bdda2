/*
 * Action communities: the truth table {standard, large, extended} x {16-bit ASN, 32-bit with a
 * mapped one, 32-bit without} x {to a peer, to any, by RTT}, each cell for each action.
 */
#include "tests/unit/policy/answer.h"
#include "tests/unit/rib/main.h"

#define FIRST 300 /* first number of the patterns of an action */

/* Members of slots 0 to 2: the kinds of ASN. */
static const uint32_t asns[3] = {101, 200102, 200103};
static const uint16_t mapped[3] = {101, 64602, 0};

/* What an action does to a route that, for actions that allow, is refused to everybody. */
enum outcome { REFUSED, SENT, ONCE, TWICE, THRICE, NO_EXPORT, NO_ADVERTISE };

static const struct {
	enum community_name to_peer, to_any, to_lower, to_higher; /* NAME_COUNT: there is none */
	enum outcome outcome;
} actions[] = {
    {NAME_DO_NOT_ANNOUNCE_TO_PEER, NAME_DO_NOT_ANNOUNCE_TO_ANY, NAME_DO_NOT_ANNOUNCE_TO_RTT_LOWER,
	NAME_DO_NOT_ANNOUNCE_TO_RTT_HIGHER, REFUSED},
    {NAME_ANNOUNCE_TO_PEER, NAME_COUNT, NAME_ANNOUNCE_TO_RTT_LOWER, NAME_ANNOUNCE_TO_RTT_HIGHER,
	SENT},
    {NAME_PREPEND_ONCE_TO_PEER, NAME_PREPEND_ONCE_TO_ANY, NAME_PREPEND_ONCE_TO_RTT_LOWER,
	NAME_PREPEND_ONCE_TO_RTT_HIGHER, ONCE},
    {NAME_PREPEND_TWICE_TO_PEER, NAME_PREPEND_TWICE_TO_ANY, NAME_PREPEND_TWICE_TO_RTT_LOWER,
	NAME_PREPEND_TWICE_TO_RTT_HIGHER, TWICE},
    {NAME_PREPEND_THRICE_TO_PEER, NAME_PREPEND_THRICE_TO_ANY, NAME_PREPEND_THRICE_TO_RTT_LOWER,
	NAME_PREPEND_THRICE_TO_RTT_HIGHER, THRICE},
    {NAME_ADD_NOEXPORT_TO_PEER, NAME_ADD_NOEXPORT_TO_ANY, NAME_COUNT, NAME_COUNT, NO_EXPORT},
    {NAME_ADD_NOADVERTISE_TO_PEER, NAME_ADD_NOADVERTISE_TO_ANY, NAME_COUNT, NAME_COUNT,
	NO_ADVERTISE},
};

#define ACTION_ROWS (sizeof(actions) / sizeof(actions[0]))

/* The community of a name in a format, as text; last part in words or as a number. */
static const char *
text_of(enum community_name name, unsigned format, const char *last)
{
	static char text[2][64];
	static unsigned turn;
	char *to = text[turn++ % 2];

	snprintf(to, sizeof(text[0]),
	    format == COMMUNITY_STD	    ? "%u:%s"
		: format == COMMUNITY_LARGE ? "999:%u:%s"
					    : "rt:%u:%s",
	    FIRST + name, last);
	return to;
}

static const char *
number_text(uint32_t number)
{
	static char text[16];

	snprintf(text, sizeof(text), "%u", number);
	return text;
}

static struct fix *
open_exchange(void)
{
	struct fix *f = fix_init();

	for (unsigned slot = 0; slot < FIX_PEERS; slot++) {
		f->peers[slot].kind = slot < 3 ? PEER_CLIENT : PEER_UNUSED;
		f->peers[slot].asn = asns[slot % 3];
		f->peers[slot].mapped_asn = mapped[slot % 3];
		f->peers[slot].rtt_ms = 20 * slot; /* unknown, 20, 40 */
	}
	f->general.rtt_thresholds = fix_asns(f, "20 30");
	for (unsigned format = 0; format < COMMUNITY_FORMATS; format++)
		for (size_t i = 0; i < ACTION_ROWS; i++) {
			const enum community_name names[] = {actions[i].to_peer, actions[i].to_any,
			    actions[i].to_lower, actions[i].to_higher};
			const char *last[] = {"peer_as", "5", "dyn_val", "dyn_val"};

			for (unsigned n = 0; n < 4; n++)
				if (names[n] != NAME_COUNT)
					fix_community(
					    f, names[n], 0, text_of(names[n], format, last[n]));
		}
	fix_open(f);
	return f;
}

/* One community; what is to be allowed is refused to everybody beside it. */
static struct reach_out
ask(struct fix *f, enum outcome outcome, unsigned format, const char *text)
{
	static char std[160];

	snprintf(std, sizeof(std), "%s %s",
	    outcome == SENT ? text_of(NAME_DO_NOT_ANNOUNCE_TO_ANY, COMMUNITY_STD, "5") : "",
	    format == COMMUNITY_STD ? text : "");
	return answer(f, std, format == COMMUNITY_LARGE ? text : NULL,
	    format == COMMUNITY_EXT ? text : NULL, (uint32_t)ROV_UNKNOWN << TAG_ROV_SHIFT);
}

/* True if what the slot got is the outcome, or, not meant, what it gets without the community. */
static bool
is_right(const struct reach_out *out, unsigned slot, enum outcome outcome, bool meant)
{
	bool is_sent = (out->sent >> slot & 1) != 0;

	if (outcome == REFUSED || outcome == SENT)
		return is_sent == ((outcome == SENT) == meant);
	if (!is_sent)
		return false;
	return out->path_len[slot] ==
	    2 + (meant && outcome >= ONCE && outcome <= THRICE ? outcome - ONCE + 1U : 0) &&
	    out->has_no_export[slot] == (meant && outcome == NO_EXPORT) &&
	    out->has_no_advertise[slot] == (meant && outcome == NO_ADVERTISE);
}

START_TEST(to_a_peer)
{
	struct fix *f = open_exchange();

	for (unsigned format = 0; format < COMMUNITY_FORMATS; format++)
		for (size_t i = 0; i < ACTION_ROWS; i++)
			for (unsigned member = 0; member < 3; member++)
				for (unsigned real = 0; real < 2; real++) {
					/* by its real number, then by the mapped one */
					uint32_t number = real ? asns[member] : mapped[member];
					bool known =
					    number != 0 && (real || mapped[member] != asns[member]);
					bool fits = format != COMMUNITY_STD || number <= 65535;
					bool meant = (format == COMMUNITY_STD) ==
						(number == mapped[member]) ||
					    mapped[member] == asns[member];
					struct reach_out out;

					if (!known || !fits)
						continue;
					out = ask(f, actions[i].outcome, format,
					    text_of(
						actions[i].to_peer, format, number_text(number)));
					for (unsigned slot = 0; slot < 3; slot++)
						ck_assert_msg(
						    is_right(&out, slot, actions[i].outcome,
							meant && slot == member),
						    "format %u, action %zu, number %u, slot %u",
						    format, i, number, slot);
				}
	fix_close(f);
}
END_TEST

START_TEST(to_any)
{
	struct fix *f = open_exchange();

	for (unsigned format = 0; format < COMMUNITY_FORMATS; format++)
		for (size_t i = 0; i < ACTION_ROWS; i++) {
			struct reach_out out;

			if (actions[i].to_any == NAME_COUNT)
				continue;
			out = ask(
			    f, actions[i].outcome, format, text_of(actions[i].to_any, format, "5"));
			for (unsigned slot = 0; slot < 3; slot++)
				ck_assert(is_right(&out, slot, actions[i].outcome, true));
		}
	fix_close(f);
}
END_TEST

/* RTT 20 is not above 20 and up to 20; unknown is neither; 25 is no threshold. */
START_TEST(by_rtt)
{
	static const struct {
		const char *threshold;
		bool lower[3], higher[3]; /* meant, by slot */
	} cases[] = {
	    {"20", {false, true, false}, {false, false, true}},
	    {"30", {false, true, false}, {false, false, true}},
	    {"25", {false, false, false}, {false, false, false}},
	    {"0", {false, false, false}, {false, false, false}},
	};
	struct fix *f = open_exchange();

	for (unsigned format = 0; format < COMMUNITY_FORMATS; format++)
		for (size_t i = 0; i < ACTION_ROWS; i++)
			for (size_t c = 0; c < 4 && actions[i].to_lower != NAME_COUNT; c++) {
				struct reach_out lower = ask(f, actions[i].outcome, format,
				    text_of(actions[i].to_lower, format, cases[c].threshold));
				struct reach_out higher = ask(f, actions[i].outcome, format,
				    text_of(actions[i].to_higher, format, cases[c].threshold));

				for (unsigned slot = 0; slot < 3; slot++) {
					ck_assert(is_right(&lower, slot, actions[i].outcome,
					    cases[c].lower[slot]));
					ck_assert(is_right(&higher, slot, actions[i].outcome,
					    cases[c].higher[slot]));
				}
			}
	fix_close(f);
}
END_TEST

START_TEST(measured_rtt_moves_a_member)
{
	struct fix *f = open_exchange();
	char text[64];

	strcpy(text, text_of(NAME_DO_NOT_ANNOUNCE_TO_RTT_HIGHER, COMMUNITY_STD, "30"));
	ck_assert_uint_eq(ask(f, REFUSED, COMMUNITY_STD, text).sent, 3);
	fix_shut(f);
	f->general.flags |= GENERAL_RTT_MEASURED;
	fix_open(f);
	ck_assert(policy_set_measured_rtt(f->policy, 0, 31));
	ck_assert_uint_eq(ask(f, REFUSED, COMMUNITY_STD, text).sent, 2);
	ck_assert(policy_set_measured_rtt(f->policy, 0, 30));
	ck_assert_uint_eq(ask(f, REFUSED, COMMUNITY_STD, text).sent, 3);
	fix_close(f);
}
END_TEST

int
main(void)
{
	RUN_SUITE("action", to_a_peer, to_any, by_rtt, measured_rtt_moves_a_member);
}
