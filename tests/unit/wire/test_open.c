/* Unit tests of bgpd/wire/open.h. */
#include "bgpd/wire/open.h"

#include "tests/unit/wire/suite.h"

/* version, AS 65001, hold time 90, identifier 192.0.2.1 */
#define FIXED "04 fde9 005a c0000201 "

static bool
decode(const char *text, struct open_msg *out, struct wire_error *error)
{
	size_t len;
	uint8_t *body = hex(text, &len);

	*error = (struct wire_error){0};
	return open_decode(body, len, out, error);
}

/* Decodes what must be fine; capabilities alone, as one parameter. */
static struct open_msg
with_capabilities(const char *capabilities)
{
	size_t len;
	char text[4096];
	struct open_msg m;
	struct wire_error error;

	hex(capabilities, &len);
	ck_assert_uint_lt(len, 254);
	snprintf(text, sizeof(text), FIXED "%02zx 02 %02zx %s", len + 2, len, capabilities);
	ck_assert_msg(decode(text, &m, &error), "%s", text);
	return m;
}

START_TEST(without_parameters)
{
	struct open_msg m;
	struct wire_error error;

	ck_assert(decode(FIXED "00", &m, &error));
	ck_assert_uint_eq(m.version, 4);
	ck_assert_uint_eq(m.asn, 65001);
	ck_assert_uint_eq(m.hold_s, 90);
	ck_assert_uint_eq(m.bgp_id, 0xc0000201);
	ck_assert(!m.has_multiprotocol);
	ck_assert_uint_eq(m.families, 1U << FAMILY_IPV4);
	ck_assert(!m.as4 && !m.refresh && !m.ext_msg && !m.has_role && !m.has_gr);
}
END_TEST

static const struct {
	const char *body;
	int subcode;
	const char *data;
} errors[] = {
    {"03 fde9 005a c0000201 00", 1, "0004"},
    {"05 fde9 005a c0000201 00", 1, "0004"},
    {"04 0000 005a c0000201 00", 2, ""},
    {"04 0000 005a c0000201 08 02 06 41 04 0000fde9", 2, ""},
    {"04 fde9 005a c0000201 08 02 06 41 04 00000000", 2, ""},
    {"04 fde9 005a c0000201 08 02 06 41 04 0000fdea", 2, ""},
    {"04 fde9 005a c0000201 08 02 06 41 04 00010000", 2, ""},
    {"04 5ba0 005a c0000201 0e 02 0c 41 04 00010000 41 04 00010001", 2, ""},
    {"04 fde9 005a 00000000 00", 3, ""},
    {"04 fde9 0001 c0000201 00", 6, ""},
    {"04 fde9 0002 c0000201 00", 6, ""},
    {FIXED "03 01 01 00", 4, ""},    /* authentication, deprecated */
    {FIXED "02 ff 00", 0, ""},	     /* RFC 9072, cut short */
    {FIXED "04 02 00 ff 00", 4, ""}, /* 255 elsewhere is no parameter */
    {FIXED "ff ff 0003 ff 0000", 4, ""},
    {FIXED "01 02", 0, ""},
    {FIXED "02 02 01", 0, ""},
    {FIXED "03 02 01 41", 0, ""},
    {FIXED "04 02 02 02 01", 0, ""},	    /* capability exceeds its parameter */
    {FIXED "07 02 05 41 03 00fde9", 0, ""}, /* 4-octet AS of 3 octets */
    {FIXED "05 02 02 02 00", 0, ""},	    /* parameters exceed the message */
    {FIXED "03 02 02 02 00", 0, ""},	    /* and fall short of it */
    {FIXED "00 00", 0, ""},
    {FIXED "ff ff 0005 02 0002 02 00 00", 0, ""},
    {FIXED "ff ff 0006 02 0002 02 00", 0, ""},
    {FIXED "ff ff 00", 0, ""},
    {FIXED, 0, ""},
    {"04 fd", 0, ""},
    {"", 0, ""},
};

START_TEST(errors_name_their_subcode)
{
	for (size_t i = 0; i < COUNT(errors); i++) {
		struct open_msg m;
		struct wire_error error;
		size_t data_len;
		uint8_t *data = hex(errors[i].data, &data_len);

		ck_assert_msg(!decode(errors[i].body, &m, &error), "%s", errors[i].body);
		ck_assert_uint_eq(error.code, 2);
		ck_assert_msg(
		    error.subcode == errors[i].subcode, "%s: %u", errors[i].body, error.subcode);
		ck_assert_uint_eq(error.data_len, data_len);
		ck_assert(data_len == 0 || memcmp(error.data, data, data_len) == 0);
	}
}
END_TEST

START_TEST(hold_times)
{
	struct open_msg m;
	struct wire_error error;

	ck_assert(decode("04 fde9 0000 c0000201 00", &m, &error));
	ck_assert(decode("04 fde9 0003 c0000201 00", &m, &error));
	ck_assert(decode("04 fde9 ffff c0000201 00", &m, &error));
	ck_assert_uint_eq(m.hold_s, 65535);
}
END_TEST

START_TEST(as_numbers_of_4_octets)
{
	struct open_msg m;
	struct wire_error error;

	ck_assert(decode("04 5ba0 005a c0000201 08 02 06 41 04 00010000", &m, &error));
	ck_assert(m.as4);
	ck_assert_uint_eq(m.asn, 65536);
	m = with_capabilities("41 04 0000fde9");
	ck_assert_uint_eq(m.asn, 65001);
	m = with_capabilities("41 04 0000fde9 41 04 0000fde9");
	ck_assert_uint_eq(m.asn, 65001);
	ck_assert(decode("04 5ba0 005a c0000201 08 02 06 41 04 0000fde9", &m, &error));
	ck_assert_uint_eq(m.asn, 65001);
}
END_TEST

START_TEST(each_capability)
{
	struct open_msg m = with_capabilities("01 04 0001 00 01 01 04 0002 ff 01 01 04 0019 00 46");

	ck_assert(m.has_multiprotocol);
	ck_assert_uint_eq(m.families, 1U << FAMILY_IPV4 | 1U << FAMILY_IPV6);
	ck_assert_uint_eq(m.other_families, 1);
	m = with_capabilities("01 04 0002 00 01");
	ck_assert_uint_eq(m.families, 1U << FAMILY_IPV6);
	m = with_capabilities("02 00 46 00 06 00");
	ck_assert(m.refresh && m.enhanced_refresh && m.ext_msg);
	m = with_capabilities("05 06 0001 0001 0002");
	ck_assert_uint_eq(m.ext_nh, 1U << FAMILY_IPV4);
	m = with_capabilities("05 12 0001 0002 0002 0002 0001 0002 0001 0001 0001");
	ck_assert_uint_eq(m.ext_nh, 0);
}
END_TEST

/* RFC 9234 sections 4.1 and 4.2: one octet; the same value repeated is one capability. */
START_TEST(roles)
{
	static const struct {
		const char *capabilities;
		bool has_role, conflict;
		uint8_t role, malformed;
		const char *text;
	} cases[] = {
	    {"02 00", false, false, 0, 0, "route refresh"},
	    {"09 01 02", true, false, 2, 0, "role rs-client (2)"},
	    {"09 01 02 09 01 02 09 01 02", true, false, 2, 0, "role rs-client (2)"},
	    {"09 01 03 09 01 02", true, true, 3, 0, "role customer (3) and another"},
	    {"09 01 02 09 01 02 09 01 00", true, true, 2, 0, "role rs-client (2) and another"},
	    {"09 01 00 09 01 01 09 01 00", true, true, 0, 0, "role provider (0) and another"},
	    {"09 01 ff", true, false, 255, 0, "role unknown (255)"},
	    {"09 00", false, false, 0, 1, "malformed role (RFC 9234)"},
	    {"09 02 0202", false, false, 0, 1, "malformed role (RFC 9234)"},
	    {"09 01 01 09 00", true, false, 1, 1, "role rs (1), malformed role (RFC 9234)"},
	};
	char line[200];

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct open_msg m = with_capabilities(cases[i].capabilities);

		ck_assert_int_eq(m.has_role, cases[i].has_role);
		ck_assert_int_eq(m.role_conflict, cases[i].conflict);
		ck_assert_uint_eq(m.role, cases[i].role);
		ck_assert_uint_eq(m.malformed, cases[i].malformed);
		open_format_capabilities(&m, line, sizeof(line));
		ck_assert_str_eq(line, cases[i].text);
	}
}
END_TEST

/* They may stand in parameters of their own. */
START_TEST(roles_in_several_parameters)
{
	struct open_msg m;
	struct wire_error error;

	ck_assert(decode(FIXED "0a 02 03 09 01 02 02 03 09 01 02", &m, &error));
	ck_assert(m.has_role && !m.role_conflict);
	ck_assert(decode(FIXED "0a 02 03 09 01 02 02 03 09 01 03", &m, &error));
	ck_assert(m.has_role && m.role_conflict);
}
END_TEST

START_TEST(graceful_restart_and_add_path)
{
	struct open_msg m = with_capabilities("40 02 c078");

	ck_assert(m.has_gr);
	ck_assert_uint_eq(m.gr.flags, OPEN_GR_RESTARTED | OPEN_GR_NOTIFICATION);
	ck_assert_uint_eq(m.gr.time_s, 120);
	ck_assert_uint_eq(m.gr.families, 0);
	m = with_capabilities("40 06 c078 0002 01 80 40 0a 0fff 0001 01 80 0002 01 00");
	ck_assert_uint_eq(m.gr.flags, 0); /* the last one counts */
	ck_assert_uint_eq(m.gr.time_s, 4095);
	ck_assert_uint_eq(m.gr.families, 3);
	ck_assert_uint_eq(m.gr.forwarding, 1U << FAMILY_IPV4);
	m = with_capabilities("45 08 0001 01 01 0002 01 03");
	ck_assert_uint_eq(m.add_path[FAMILY_IPV4], OPEN_ADD_PATH_RECEIVE);
	ck_assert_uint_eq(m.add_path[FAMILY_IPV6], OPEN_ADD_PATH_RECEIVE | OPEN_ADD_PATH_SEND);
	m = with_capabilities("45 08 0001 01 04 0002 01 00");
	ck_assert_uint_eq(m.add_path[FAMILY_IPV4], 0);
	ck_assert_uint_eq(m.add_path[FAMILY_IPV6], 0);
}
END_TEST

/*
 * RFC 5492 section 4: the same again changes nothing; what another value means is each capability's
 * own matter. In one parameter or in several is the same.
 */
START_TEST(of_several_instances)
{
	struct open_msg m = with_capabilities("01 04 0001 00 01 01 04 0002 00 01 01 04 0002 00 01 "
					      "02 00 02 00 06 00 06 00 46 00 46 00");

	ck_assert_uint_eq(m.families, 3);
	ck_assert_uint_eq(m.other_families, 0);
	ck_assert(m.refresh && m.ext_msg && m.enhanced_refresh);
	ck_assert_uint_eq(m.malformed, 0);
	m = with_capabilities("05 06 0001 0001 0002 05 06 0001 0080 0002 05 00");
	ck_assert_uint_eq(m.ext_nh, 1U << FAMILY_IPV4);
	/* RFC 8950 section 4: no other combination means anything */
	m = with_capabilities("05 12 0002 0001 0001 0001 0001 0001 0002 0001 0002");
	ck_assert_uint_eq(m.ext_nh, 0);
	/* RFC 7911 section 4 wants one; of a family the last word counts, none is no word */
	m = with_capabilities("45 08 0001 01 03 0002 01 01 45 04 0001 01 02 45 04 0002 01 07");
	ck_assert_uint_eq(m.add_path[FAMILY_IPV4], OPEN_ADD_PATH_SEND);
	ck_assert_uint_eq(m.add_path[FAMILY_IPV6], OPEN_ADD_PATH_RECEIVE);
	/* RFC 4724 section 3: all but the last one are ignored, with their families */
	m = with_capabilities("40 0a 8078 0001 01 80 0002 01 80 40 06 0064 0002 01 00");
	ck_assert_uint_eq(m.gr.flags, 0);
	ck_assert_uint_eq(m.gr.time_s, 100);
	ck_assert_uint_eq(m.gr.families, 1U << FAMILY_IPV6);
	ck_assert_uint_eq(m.gr.forwarding, 0);
}
END_TEST

START_TEST(names_are_bounded_and_printable)
{
	struct open_msg m = with_capabilities("49 09 03 727331 04 6c616e00");
	char capability[400] = "4b 96 ";

	ck_assert_str_eq(m.host, "rs1");
	ck_assert_str_eq(m.domain, "lan?");
	m = with_capabilities("4b 05 04 42495244");
	ck_assert_str_eq(m.software, "BIRD");
	m = with_capabilities("4b 04 42495244"); /* without the length in front */
	ck_assert_str_eq(m.software, "BIRD");
	m = with_capabilities("4b 04 03 1bff41");
	ck_assert_str_eq(m.software, "??A");
	for (size_t i = 0; i < 150; i++)
		strcat(capability, "41");
	m = with_capabilities(capability);
	ck_assert_uint_eq(strlen(m.software), OPEN_NAME_MAX - 1);
	m = with_capabilities("49 03 03 7273");
	ck_assert_str_eq(m.host, "");
	ck_assert_uint_eq(m.malformed, 1);
}
END_TEST

START_TEST(malformed_and_unknown_ones_are_counted)
{
	struct open_msg m = with_capabilities("01 03 000100 02 01 00 05 05 0001000100 06 01 00 "
					      "09 00 40 01 00 40 03 000000 45 03 000101 46 01 00 "
					      "49 01 00 4b 00");
	char line[400], many[400] = "";

	ck_assert_uint_eq(m.malformed, 11);
	ck_assert_uint_eq(m.malformed_code, 1);
	ck_assert(!m.has_multiprotocol && !m.refresh && !m.ext_msg && !m.has_role && !m.has_gr);
	open_format_capabilities(&m, line, sizeof(line));
	ck_assert_str_eq(line, "malformed multiprotocol (RFC 4760) and 10 more malformed");
	m = with_capabilities("80 00 47 07 00010180000078");
	ck_assert_uint_eq(m.unknown_count, 2);
	ck_assert_uint_eq(m.unknown[0], 128);
	ck_assert_uint_eq(m.unknown[1], 71);
	for (int i = 0; i < 40; i++)
		strcat(many, "f0 00 ");
	m = with_capabilities(many);
	ck_assert_uint_eq(m.unknown_count, 40);
	open_format_capabilities(&m, line, sizeof(line));
	ck_assert_ptr_nonnull(strstr(line, ", 24 more unknown"));
}
END_TEST

START_TEST(parameters_in_every_arrangement)
{
	static const char *const bodies[] = {
	    FIXED "08 02 06 41 04 0000fde9",
	    FIXED "0c 02 02 02 00 02 06 41 04 0000fde9",
	    FIXED "0a 02 00 02 06 41 04 0000fde9",
	    FIXED "ff ff 0009 02 0006 41 04 0000fde9",
	    FIXED "01 ff 0009 02 0006 41 04 0000fde9", /* the length is ignored: RFC 9072 */
	    FIXED "ff ff 000e 02 0002 02 00 02 0006 41 04 0000fde9",
	};

	for (size_t i = 0; i < COUNT(bodies); i++) {
		struct open_msg m;
		struct wire_error error;

		ck_assert_msg(decode(bodies[i], &m, &error), "%s", bodies[i]);
		ck_assert(m.as4);
	}
}
END_TEST

START_TEST(cut_messages_are_refused)
{
	size_t len;
	uint8_t *body =
	    hex(FIXED "1a 02 18 01 04 0001 00 01 41 04 0000fde9 40 02 0078 45 04 0001 01 01 02 00",
		&len);
	struct open_msg m;
	struct wire_error error;

	ck_assert(open_decode(body, len, &m, &error));
	for (size_t n = 0; n < len; n++)
		ck_assert(!open_decode(exact(body, n), n, &m, &error));
}
END_TEST

static struct open_msg
everything(void)
{
	struct open_msg m = {.version = 4,
	    .asn = 4200000001,
	    .bgp_id = 0xc0000201,
	    .hold_s = 90,
	    .has_multiprotocol = true,
	    .families = 3,
	    .ext_nh = 1,
	    .add_path = {3, 1},
	    .as4 = true,
	    .refresh = true,
	    .enhanced_refresh = true,
	    .ext_msg = true,
	    .has_role = true,
	    .role = OPEN_ROLE_RS,
	    .has_gr = true,
	    .gr = {OPEN_GR_NOTIFICATION, 120, 3, 1},
	    .host = "rs1",
	    .domain = "example.net",
	    .software = "Roost 0.1.0"};

	return m;
}

/* Encodes, checks the header, decodes and compares everything. */
static size_t
round_trip(const struct open_msg *m)
{
	uint8_t out[MSG_MAX_BYTES];
	struct msg_header header;
	struct wire_error error;
	struct open_msg read;
	size_t len = open_encode(m, out, sizeof(out));

	ck_assert_uint_gt(len, 0);
	ck_assert(msg_decode_header(out, MSG_MAX_BYTES, &header, &error));
	ck_assert_uint_eq(header.type, MSG_OPEN);
	ck_assert_uint_eq(header.len, len);
	ck_assert(open_decode(exact(out + 19, len - 19), len - 19, &read, &error));
	ck_assert_uint_eq(read.asn, m->asn);
	ck_assert_uint_eq(read.bgp_id, m->bgp_id);
	ck_assert_uint_eq(read.hold_s, m->hold_s);
	ck_assert_uint_eq(read.has_multiprotocol, m->has_multiprotocol);
	ck_assert_uint_eq(read.families, m->families);
	ck_assert_uint_eq(read.ext_nh, m->ext_nh);
	ck_assert_mem_eq(read.add_path, m->add_path, sizeof(m->add_path));
	ck_assert_uint_eq(read.as4, m->as4);
	ck_assert_uint_eq(read.refresh, m->refresh);
	ck_assert_uint_eq(read.enhanced_refresh, m->enhanced_refresh);
	ck_assert_uint_eq(read.ext_msg, m->ext_msg);
	ck_assert_uint_eq(read.has_role, m->has_role);
	ck_assert_uint_eq(read.role, m->role);
	ck_assert_uint_eq(read.has_gr, m->has_gr);
	ck_assert_mem_eq(&read.gr, &m->gr, sizeof(m->gr));
	ck_assert_str_eq(read.host, m->host);
	ck_assert_str_eq(read.domain, m->domain);
	ck_assert_str_eq(read.software, m->software);
	ck_assert_uint_eq(read.malformed, 0);
	ck_assert_uint_eq(read.unknown_count, 0);
	return len;
}

START_TEST(what_is_written_can_be_read)
{
	struct open_msg m = everything();
	struct open_msg least = {
	    .asn = 65001, .bgp_id = 1, .hold_s = 0, .families = 1U << FAMILY_IPV4};
	uint8_t out[MSG_MAX_BYTES];
	size_t len = round_trip(&m);

	for (size_t cap = 0; cap < len; cap++)
		ck_assert_uint_eq(open_encode(&m, out, cap), 0);
	ck_assert_uint_eq(round_trip(&least), 29);
	m.families = 1U << FAMILY_IPV6;
	m.asn = 65001;
	m.add_path[FAMILY_IPV4] = 0;
	m.domain[0] = '\0';
	round_trip(&m);
}
END_TEST

START_TEST(long_parameters_use_the_extended_form)
{
	struct open_msg m = everything();
	uint8_t out[MSG_MAX_BYTES];
	size_t len;

	memset(m.host, 'h', OPEN_NAME_MAX - 1);
	memset(m.domain, 'd', OPEN_NAME_MAX - 1);
	memset(m.software, 's', OPEN_NAME_MAX - 1);
	len = round_trip(&m);
	ck_assert_uint_gt(len, 29 + 255);
	ck_assert_uint_eq(open_encode(&m, out, sizeof(out)), len);
	ck_assert_mem_eq(out + 28, "\xff\xff", 2);
}
END_TEST

START_TEST(nothing_is_said_that_was_not_asked_for)
{
	struct open_msg m = {.asn = 65001, .bgp_id = 1, .hold_s = 90, .families = 3};
	uint8_t out[64];

	ck_assert_uint_eq(open_encode(&m, out, sizeof(out)), 29);
	ck_assert_uint_eq(out[28], 0);
}
END_TEST

START_TEST(capabilities_as_text)
{
	struct open_msg m = everything();
	char line[500], small[20];
	size_t len = open_format_capabilities(&m, line, sizeof(line));

	ck_assert_uint_eq(len, strlen(line));
	ck_assert_str_eq(line,
	    "ipv4, ipv6, route refresh, ipv4 with ipv6 next hop, extended message, role rs (1), "
	    "graceful restart 120 s notification ipv4+ ipv6, 4-octet AS 4200000001, "
	    "add-path ipv4 send and receive, add-path ipv6 receive, enhanced route refresh, "
	    "name rs1.example.net, software Roost 0.1.0");
	ck_assert_uint_eq(open_format_capabilities(&m, small, sizeof(small)), sizeof(small) - 1);
	ck_assert_uint_eq(strlen(small), sizeof(small) - 1);
	m = (struct open_msg){.families = 1};
	open_format_capabilities(&m, line, sizeof(line));
	ck_assert_str_eq(line, "none");
	m = with_capabilities("80 00 09 01 02 09 01 07 01 04 0019 00 46");
	open_format_capabilities(&m, line, sizeof(line));
	ck_assert_str_eq(line, "1 other families, role rs-client (2) and another, unknown 128");
	ck_assert_str_eq(open_role_name(4), "peer");
	ck_assert_str_eq(open_role_name(5), "unknown");
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {without_parameters, errors_name_their_subcode, hold_times,
	    as_numbers_of_4_octets, each_capability, roles, roles_in_several_parameters,
	    graceful_restart_and_add_path, of_several_instances, names_are_bounded_and_printable,
	    malformed_and_unknown_ones_are_counted, parameters_in_every_arrangement,
	    cut_messages_are_refused, what_is_written_can_be_read,
	    long_parameters_use_the_extended_form, nothing_is_said_that_was_not_asked_for,
	    capabilities_as_text};

	return run_suite("wire/open", tests, COUNT(tests));
}
