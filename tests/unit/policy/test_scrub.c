/* Scrubbing by class: each name, each wild part at its borders, in and out. */
#include "policy/scrub.h"
#include "tests/unit/policy/fixture.h"
#include "tests/unit/policy/noreach.h"
#include "tests/unit/rib/main.h"

static struct community_value
value_of(const char *text)
{
	uint8_t octets[16];
	struct policy_community p = fix_pattern(NAME_CUSTOM, 0, text);
	enum community_format format = (enum community_format)p.format;
	struct community_value v;

	fix_communities(text, format, octets);
	community_read(format, octets, &v);
	return v;
}

static void
check_value(const struct fix *f, const char *text, bool in, bool out)
{
	struct community_value v = value_of(text);

	ck_assert_msg(scrub_on_input(f->policy, &v) == in, "%s on input", text);
	ck_assert_msg(scrub_on_output(f->policy, &v) == out, "%s on output", text);
}

START_TEST(by_class)
{
	static const struct {
		enum community_class class;
		bool in, out;
	} classes[] = {{COMMUNITY_OUTBOUND, true, false}, {COMMUNITY_INTERNAL, true, true},
	    {COMMUNITY_INBOUND, false, true}, {COMMUNITY_CUSTOM, true, false}};
	struct fix *f = fix_init();
	char text[64];

	for (unsigned name = 0; name < NAME_CUSTOM; name++) {
		snprintf(text, sizeof(text), "%u:7", 1000 + name);
		fix_community(f, (enum community_name)name, 0, text);
	}
	fix_custom(f, 0, "2000:7");
	fix_open(f);
	for (unsigned name = 0; name <= NAME_CUSTOM; name++) {
		enum community_class class = community_row((enum community_name)name)->class;

		ck_assert_uint_eq(classes[class].class, class);
		snprintf(text, sizeof(text), "%u:7", name == NAME_CUSTOM ? 2000 : 1000 + name);
		check_value(f, text, classes[class].in, classes[class].out);
		snprintf(text, sizeof(text), "%u:8", name == NAME_CUSTOM ? 2000 : 1000 + name);
		check_value(f, text, false, false);
	}
	fix_close(f);
}
END_TEST

START_TEST(peer_as_is_members_numbers)
{
	struct fix *f = fix_init();

	f->peers[1].asn = 200000;
	f->peers[1].mapped_asn = 64600;
	f->peers[2].asn = 64999; /* is its own number, not a mapped one */
	f->peers[2].mapped_asn = 64999;
	fix_community(f, NAME_ANNOUNCE_TO_PEER, 0, "999:peer_as");
	fix_community(f, NAME_ANNOUNCE_TO_PEER, 0, "999:1:peer_as");
	fix_community(f, NAME_ANNOUNCE_TO_PEER, 0, "rt:999:peer_as");
	fix_open(f);
	check_value(f, "999:0", false, false);
	check_value(f, "999:1", false, true);
	check_value(f, "999:64511", false, true);
	check_value(f, "999:64512", false, false);
	check_value(f, "999:64600", false, true);
	check_value(f, "999:64999", false, false);
	check_value(f, "999:1:0", false, false);
	check_value(f, "999:1:64511", false, true);
	check_value(f, "999:1:64600", false, false);
	check_value(f, "999:1:131071", false, false);
	check_value(f, "999:1:131072", false, true);
	check_value(f, "999:1:4199999999", false, true);
	check_value(f, "999:1:4200000000", false, false);
	check_value(f, "rt:999:131072", false, true);
	check_value(f, "rt:999:64600", false, false);
	check_value(f, "ro:999:131072", false, false);
	check_value(f, "998:1", false, false);
	fix_close(f);
}
END_TEST

START_TEST(dyn_val_is_anything)
{
	struct fix *f = fix_init();

	fix_community(f, NAME_REJECT_CAUSE, 0, "65520:dyn_val");
	fix_community(f, NAME_ANNOUNCE_TO_RTT_LOWER, 0, "999:2:dyn_val");
	fix_open(f);
	check_value(f, "65520:0", true, true);
	check_value(f, "65520:65535", true, true);
	check_value(f, "999:2:4294967295", false, true);
	fix_close(f);
}
END_TEST

START_TEST(what_the_server_adds_without_a_name)
{
	struct fix *f = fix_init();
	struct community_value rov = {.format = COMMUNITY_EXT, .ext_type = 0x4300, .part = {0, 2}};

	fix_open(f);
	ck_assert(scrub_on_input(f->policy, &rov) && scrub_on_output(f->policy, &rov));
	check_value(f, "999:1101:5", false, false);
	fix_shut(f);
	f->general.reasons_map = REASONS_EURO_IX;
	fix_open(f);
	check_value(f, "999:1101:5", true, true);
	check_value(f, "998:1101:5", false, false);
	fix_close(f);
}
END_TEST

int
main(void)
{
	RUN_SUITE("scrub", by_class, peer_as_is_members_numbers, dyn_val_is_anything,
	    what_the_server_adds_without_a_name);
}
