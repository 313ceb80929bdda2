/* Unit tests of bgpd/wire/notification.h. */
#include "bgpd/wire/notification.h"

#include "tests/unit/wire/suite.h"

static void
decode(const char *text, struct notification *out)
{
	size_t len;
	uint8_t *body = hex(text, &len);

	ck_assert(notification_decode(body, len, out));
}

START_TEST(code_subcode_and_data)
{
	struct notification n;

	decode("0201 0004", &n);
	ck_assert_uint_eq(n.code, 2);
	ck_assert_uint_eq(n.subcode, 1);
	ck_assert(!n.hard);
	ck_assert_uint_eq(n.data_len, 2);
	ck_assert_mem_eq(n.data, "\0\4", 2);
	ck_assert_str_eq(n.text, "");
	decode("0400", &n);
	ck_assert_uint_eq(n.data_len, 0);
	ck_assert(!notification_decode((const uint8_t *)"\6", 1, &n));
	ck_assert_uint_eq(n.code, 6);
	ck_assert(!notification_decode((const uint8_t *)"", 0, &n));
}
END_TEST

static const struct {
	const char *body;
	const char *text;
	bool bad;
} texts[] = {
    {"0602", "", false},
    {"0602 00", "", false},
    {"0602 03 616263", "abc", false},
    {"0604 02 c3a4", "\xc3\xa4", false},
    {"0602 04 f09f9880", "\xf0\x9f\x98\x80", false},
    {"0602 03 e282ac", "\xe2\x82\xac", false},
    {"0602 05 616263", "abc", true},	/* cut short */
    {"0602 03 61626364", "abc", false}, /* octets behind the text are nobody's */
    {"0602 03 610a62", "a?b", true},	/* control characters */
    {"0602 03 1b5b41", "?[A", true},
    {"0602 02 617f", "a?", true},
    {"0602 03 c29b41", "?A", true}, /* C1: CSI */
    {"0602 02 c080", "??", true},   /* not the shortest form */
    {"0602 03 e08080", "???", true},
    {"0602 03 eda080", "???", true},	/* a surrogate */
    {"0602 04 f4908080", "????", true}, /* above U+10FFFF */
    {"0602 02 61c3", "a?", true},	/* character cut short */
    {"0602 03 ff6180", "?a?", true},
    {"0602 03 610062", "a?b", true},  /* a zero */
    {"0602 04 61e280ae", "a?", true}, /* from here on right to left */
    {"0603 03 616263", "", false},    /* only 2 and 4 bear text */
    {"0302 03 616263", "", false},
};

START_TEST(shutdown_texts_are_cleaned)
{
	for (size_t i = 0; i < COUNT(texts); i++) {
		struct notification n;

		decode(texts[i].body, &n);
		ck_assert_str_eq(n.text, texts[i].text);
		ck_assert_msg(n.bad_text == texts[i].bad, "%s", texts[i].body);
	}
}
END_TEST

START_TEST(longest_text)
{
	uint8_t body[3 + 255];
	struct notification n;

	memset(body, 'x', sizeof(body));
	memcpy(body, "\6\2\xff", 3);
	ck_assert(notification_decode(exact(body, sizeof(body)), sizeof(body), &n));
	ck_assert_uint_eq(strlen(n.text), 255);
	memset(body + 3, 0xff, 255);
	ck_assert(notification_decode(exact(body, sizeof(body)), sizeof(body), &n));
	ck_assert_uint_eq(strlen(n.text), 255);
	ck_assert(n.bad_text);
}
END_TEST

START_TEST(hard_reset_shows_what_is_inside)
{
	struct notification n;
	char line[200];

	decode("0609 0602 02 6869", &n);
	ck_assert(n.hard);
	ck_assert_uint_eq(n.code, 6);
	ck_assert_uint_eq(n.subcode, 2);
	ck_assert_str_eq(n.text, "hi");
	notification_format(&n, line, sizeof(line));
	ck_assert_str_eq(line, "Hard Reset: Cease (6): Administrative Shutdown (2), \"hi\"");
	decode("0609", &n);
	ck_assert(!n.hard);
	ck_assert_uint_eq(n.subcode, 9);
	decode("0609 06", &n);
	ck_assert(!n.hard);
	ck_assert_uint_eq(n.data_len, 1);
}
END_TEST

START_TEST(encoding_and_its_limits)
{
	static uint8_t data[5000], out[MSG_EXTENDED_MAX_BYTES];
	struct wire_error error = {2, 1, 2, (const uint8_t *)"\0\4"};
	struct msg_header header;
	struct wire_error wrong;
	size_t len;
	uint8_t *wanted = hex("ffffffffffffffffffffffffffffffff 0017 03 02 01 0004", &len);

	ck_assert_uint_eq(notification_encode(&error, MSG_MAX_BYTES, out, sizeof(out)), len);
	ck_assert_mem_eq(out, wanted, len);
	ck_assert_uint_eq(notification_encode(&error, MSG_MAX_BYTES, out, len - 1), 0);
	error = (struct wire_error){3, 9, sizeof(data), data};
	ck_assert_uint_eq(notification_encode(&error, MSG_MAX_BYTES, out, sizeof(out)), 4096);
	ck_assert(msg_decode_header(out, MSG_MAX_BYTES, &header, &wrong));
	ck_assert_uint_eq(
	    notification_encode(&error, MSG_EXTENDED_MAX_BYTES, out, sizeof(out)), 5021);
	error = (struct wire_error){4, 0, 0, NULL};
	ck_assert_uint_eq(notification_encode(&error, MSG_MAX_BYTES, out, sizeof(out)), 21);
}
END_TEST

/* Encodes a Cease with the text and reads it again. */
static size_t
cease(uint8_t subcode, const char *text, struct notification *out)
{
	static uint8_t msg[MSG_MAX_BYTES];
	size_t len = notification_encode_cease(subcode, text, msg, sizeof(msg));

	ck_assert_uint_gt(len, 0);
	ck_assert(notification_decode(msg + MSG_HEADER_BYTES, len - MSG_HEADER_BYTES, out));
	return len;
}

START_TEST(cease_texts_are_cut_at_a_character)
{
	struct notification n;
	char text[300];

	cease(CEASE_SHUTDOWN, "back in 2 hours", &n);
	ck_assert_str_eq(n.text, "back in 2 hours");
	memset(text, 'x', 127);
	memcpy(text + 127, "\xc3\xa4", 3);
	cease(CEASE_RESET, text, &n);
	ck_assert_uint_eq(strlen(n.text), 127);
	ck_assert(!n.bad_text);
	memcpy(text + 126, "\xc3\xa4", 3);
	cease(CEASE_RESET, text, &n);
	ck_assert_uint_eq(strlen(n.text), 128);
	memset(text, 'x', 299);
	text[299] = '\0';
	cease(CEASE_SHUTDOWN, text, &n);
	ck_assert_uint_eq(strlen(n.text), 128);
	ck_assert_uint_eq(cease(CEASE_SHUTDOWN, NULL, &n), 22);
	ck_assert_uint_eq(cease(CEASE_SHUTDOWN, "", &n), 22);
	ck_assert_uint_eq(cease(CEASE_MAX_PREFIXES, "text", &n), 21);
}
END_TEST

/* The whole message: 6/9, within it what is meant, its text with its length. */
START_TEST(hard_reset_is_wrapped_around)
{
	uint8_t data[NOTIFICATION_TEXT_MAX], out[MSG_MAX_BYTES];
	struct wire_error error = {NOTIFICATION_CEASE, CEASE_SHUTDOWN, 0, data};
	static uint8_t much[5000];
	struct notification n;
	size_t len, got;
	uint8_t *wanted = hex("ffffffffffffffffffffffffffffffff 001a 03 06 09 06 02 02 6869", &len);

	error.data_len = notification_cease_data(CEASE_SHUTDOWN, "hi", 128, data);
	got = notification_encode_hard(&error, MSG_MAX_BYTES, out, sizeof(out));
	ck_assert_uint_eq(got, len);
	ck_assert_mem_eq(out, wanted, len);
	ck_assert_uint_eq(notification_encode_hard(&error, MSG_MAX_BYTES, out, len - 1), 0);
	ck_assert(notification_decode(out + MSG_HEADER_BYTES, got - MSG_HEADER_BYTES, &n));
	ck_assert(n.hard);
	ck_assert_str_eq(n.text, "hi");
	error = (struct wire_error){NOTIFICATION_UPDATE, 1, sizeof(much), much};
	ck_assert_uint_eq(
	    notification_encode_hard(&error, MSG_MAX_BYTES, out, sizeof(out)), MSG_MAX_BYTES);
}
END_TEST

/* However short a hard reset is cut, something true can be said of it. */
START_TEST(hard_reset_cut_short)
{
	static const uint8_t body[] = {6, 9, 6, 4, 20, 'b', 'a', 'c', 'k'};
	struct notification n;
	char line[200];

	for (size_t len = 0; len <= sizeof(body); len++) {
		ck_assert_int_eq(notification_decode(exact(body, len), len, &n), len >= 2);
		ck_assert_int_eq(n.hard, len >= 4);
		ck_assert_int_eq(n.bad_text, len >= 5);
		ck_assert_uint_eq(strlen(n.text), len > 5 ? len - 5 : 0);
		ck_assert_uint_gt(notification_format(&n, line, sizeof(line)), 0);
	}
}
END_TEST

START_TEST(long_texts_only_where_asked_for)
{
	uint8_t data[NOTIFICATION_TEXT_MAX];
	char text[300];

	memset(text, 'x', sizeof(text));
	memcpy(text + 254, "\xc3\xa4 and more", 12);
	text[299] = '\0';
	ck_assert_uint_eq(notification_cease_data(CEASE_RESET, text, 128, data), 129);
	ck_assert_uint_eq(data[0], 128);
	/* The character at its end would be cut in half. */
	ck_assert_uint_eq(notification_cease_data(CEASE_RESET, text, 255, data), 255);
	ck_assert_uint_eq(data[0], 254);
	ck_assert_uint_eq(data[254], 'x');
	ck_assert_uint_eq(notification_cease_data(CEASE_COLLISION, text, 255, data), 0);
}
END_TEST

START_TEST(names)
{
	ck_assert_str_eq(notification_code_name(1), "Message Header Error");
	ck_assert_str_eq(notification_code_name(8), "Send Hold Timer Expired");
	ck_assert_str_eq(notification_code_name(0), "unknown");
	ck_assert_str_eq(notification_code_name(9), "unknown");
	ck_assert_str_eq(notification_subcode_name(2, 11), "Role Mismatch");
	ck_assert_str_eq(notification_subcode_name(6, 10), "BFD Down");
	ck_assert_str_eq(notification_subcode_name(7, 1), "Invalid Message Length");
	ck_assert_str_eq(
	    notification_subcode_name(5, 3), "Receive Unexpected Message in Established State");
	ck_assert_str_eq(notification_subcode_name(6, 0), "unspecific");
	ck_assert_str_eq(notification_subcode_name(6, 99), "unknown");
}
END_TEST

START_TEST(format_is_cut_and_terminated)
{
	struct notification n;
	char line[64];

	decode("0602 03 616263", &n);
	for (size_t cap = 1; cap < sizeof(line); cap++) {
		memset(line, 'z', sizeof(line));
		ck_assert_uint_eq(notification_format(&n, line, cap), strlen(line));
		ck_assert_uint_lt(strlen(line), cap);
		ck_assert_int_eq(line[cap], 'z');
	}
	ck_assert_uint_eq(notification_format(&n, line, 0), 0);
	decode("0400", &n);
	notification_format(&n, line, sizeof(line));
	ck_assert_str_eq(line, "Hold Timer Expired (4)");
	decode("0606", &n);
	notification_format(&n, line, sizeof(line));
	ck_assert_str_eq(line, "Cease (6): Other Configuration Change (6)");
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {code_subcode_and_data, shutdown_texts_are_cleaned,
	    longest_text, hard_reset_shows_what_is_inside, hard_reset_is_wrapped_around,
	    hard_reset_cut_short, long_texts_only_where_asked_for, encoding_and_its_limits,
	    cease_texts_are_cut_at_a_character, names, format_is_cut_and_terminated};

	return run_suite("wire/notification", tests, COUNT(tests));
}
