/*
 * The JSON stream: what is JSON is read, what is not is an error with its place; and the texts of
 * values.
 */
#include "bgpd/feed/object_name.h"
#include "tests/unit/feed/world.h"

/* A copy of exactly that length, so that the sanitizer sees one step too far. */
static char *
exact(const char *text, size_t len)
{
	char *copy = malloc(len == 0 ? 1 : len);

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, text, len);
	return copy;
}

static const char *const good[] = {
    "null",
    " true ",
    "false",
    "0",
    "-0.5e+10",
    "1E2",
    "\"\"",
    "\"a\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud83d\\ude00 \xc3\xa9\"",
    "[]",
    "{}",
    "[1, [2, {\"a\": [true, null]}], \"b\"]",
    "\t{\"a\" : 1 ,\r\n\"b\":{\"c\":[]}}",
    "\xef\xbb\xbf{}",
};

START_TEST(good_texts)
{
	size_t len = strlen(good[_i]);
	char *copy = exact(good[_i], len);
	struct jstream json;

	jstream_init(&json, copy, len);
	jstream_skip(&json);
	ck_assert_msg(jstream_end(&json), "%s: %s", good[_i], json.error);
	free(copy);
}
END_TEST

static const struct bad_text {
	const char *text;
	size_t at;
} bad[] = {
    {"", 0},
    {"nul", 0},
    {"truE", 0},
    {"01", 1},
    {"-", 1},
    {"+1", 0},
    {"1.", 2},
    {".5", 0},
    {"1e", 2},
    {"\"a", 2},
    {"\"a\nb\"", 2},
    {"\"\\x\"", 1},
    {"\"\\u12g4\"", 1},
    {"\"\\u123", 1},
    {"\"\\", 1},
    {"[", 1},
    {"[1", 2},
    {"[1 2]", 3},
    {"[1,]", 3},
    {"[,1]", 1},
    {"[1}", 2},
    {"{", 1},
    {"{\"a\"}", 4},
    {"{\"a\":}", 5},
    {"{\"a\":1,}", 7},
    {"{a:1}", 1},
    {"{1:1}", 1},
    {"{\"a\":1]", 6},
    {"[] []", 3},
    {"{}x", 2},
    {"nan", 0},
};

START_TEST(bad_texts)
{
	size_t len = strlen(bad[_i].text);
	char *copy = exact(bad[_i].text, len);
	struct jstream json;

	jstream_init(&json, copy, len);
	jstream_skip(&json);
	ck_assert_msg(!jstream_end(&json), "%s", bad[_i].text);
	ck_assert_uint_eq((size_t)(json.error_at - copy), bad[_i].at);
	free(copy);
}
END_TEST

START_TEST(depth_is_limited)
{
	char text[JSTREAM_DEPTH_MAX + 2];
	struct jstream json;

	memset(text, '[', sizeof(text));
	jstream_init(&json, text, sizeof(text));
	jstream_skip(&json);
	ck_assert(!jstream_end(&json));
	ck_assert_str_eq(json.error, "too many arrays and objects within each other");
}
END_TEST

static const struct decoded {
	const char *text;
	const char *value;
} decoded[] = {
    {"\"\"", ""},
    {"\"192.0.2.0\\/24\"", "192.0.2.0/24"},
    {"\"\\u0041\\u00e9\\u20ac\\ud83d\\ude00\"", "A\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"},
    {"\"\\ud83d\"", "?"},
    {"\"\\ud83dx\"", "?x"},
    {"\"\\ude00\\ud83d\"", "??"},
    {"\"\\ud83d\\u0041\"", "?A"},
    {"\"\\\"\\\\\\b\\f\\n\\r\\t\"", "\"\\\b\f\n\r\t"},
};

START_TEST(escapes)
{
	struct jstream_value value;
	struct jstream json;

	jstream_init(&json, decoded[_i].text, strlen(decoded[_i].text));
	jstream_value(&json, &value);
	ck_assert(jstream_end(&json));
	ck_assert_uint_eq(value.type, JSTREAM_STRING);
	ck_assert_msg(slice_is(value.text, decoded[_i].value), "%.*s", SLICE_QUOTED(value.text));
}
END_TEST

START_TEST(long_strings_with_escapes_are_nothing)
{
	char text[2 * JSTREAM_TEXT_MAX];
	struct jstream_value value;
	struct jstream json;

	memset(text, 'x', sizeof(text));
	text[0] = text[sizeof(text) - 1] = '"';
	jstream_init(&json, text, sizeof(text));
	jstream_value(&json, &value);
	ck_assert_uint_eq(value.text.len, sizeof(text) - 2);
	text[1] = '\\';
	text[2] = '/';
	jstream_init(&json, text, sizeof(text));
	jstream_value(&json, &value);
	ck_assert_uint_eq(value.text.len, 0);
	ck_assert(jstream_end(&json));
}
END_TEST

START_TEST(walking_in_order)
{
	static const char text[] = "{\"a\": [1, 2], \"b\": {\"c\": null}, \"d\": 3}";
	struct jstream_value value;
	struct jstream json;
	struct slice key;
	uint64_t sum = 0, number;

	jstream_init(&json, text, sizeof(text) - 1);
	ck_assert(!jstream_enter(&json, JSTREAM_ARRAY));
	ck_assert(jstream_enter(&json, JSTREAM_OBJECT));
	ck_assert(jstream_next_key(&json, &key) && slice_is(key, "a"));
	ck_assert(jstream_enter(&json, JSTREAM_ARRAY));
	while (jstream_next(&json)) {
		jstream_value(&json, &value);
		ck_assert(jstream_number(&value, 9, &number));
		sum += number;
	}
	ck_assert_uint_eq(sum, 3);
	ck_assert(jstream_next_key(&json, &key) && slice_is(key, "b"));
	jstream_skip(&json);
	ck_assert(jstream_next_key(&json, &key) && slice_is(key, "d"));
	jstream_value(&json, &value);
	ck_assert(!jstream_number(&value, 2, &number));
	ck_assert(!jstream_next_key(&json, &key));
	ck_assert(jstream_end(&json));
}
END_TEST

static const struct time_case {
	const char *text;
	uint64_t seconds; /* 0 = none */
} times[] = {
    {"2025-07-20T09:31:33Z", 1753003893},
    {"2025-07-20T09:31:33.123456Z", 1753003893},
    {"2025-07-20T09:31:33+00:00", 1753003893},
    {"2025-07-20T09:31:33+02:00", 0},
    {"2025-07-20T09:31:33", 0},
    {"2025-07-20 09:31:33Z", 0},
    {"2025-07-20T09:31:3xZ", 0},
    {"1969-12-31T23:59:59Z", 0},
    {"", 0},
};

START_TEST(times_of_metadata)
{
	struct slice s = {times[_i].text, strlen(times[_i].text)};
	uint64_t seconds = 0;

	ck_assert_int_eq(slice_time(s, &seconds), times[_i].seconds != 0);
	ck_assert_uint_eq(seconds, times[_i].seconds);
}
END_TEST

static const struct name_case {
	const char *text;
	enum object_kind kind;
	const char *source;
} names[] = {
    {"AS64500", OBJECT_ASN, ""},
    {"as4294967295", OBJECT_ASN, ""},
    {"RIPE::AS64500", OBJECT_ASN, "RIPE"},
    {"AS-FOO", OBJECT_SET, ""},
    {"As-Foo_1-2", OBJECT_SET, ""},
    {"AS64500:AS-FOO:AS-BAR", OBJECT_SET, ""},
    {"AS-FOO:AS64500", OBJECT_SET, ""},
    {"RADB::AS297:AS-CONE", OBJECT_SET, "RADB"},
    {"AS-ANY", OBJECT_ANY, ""},
    {"any", OBJECT_ANY, ""},
    {"RIPE::AS-ANY", OBJECT_ANY, "RIPE"},
    {"", OBJECT_WRONG, ""},
    {"64500", OBJECT_WRONG, ""},
    {"AS4294967296", OBJECT_WRONG, ""},
    {"AS64500:AS64501", OBJECT_WRONG, ""},
    {"AS-", OBJECT_WRONG, ""},
    {"AS-FOO:", OBJECT_WRONG, ""},
    {":AS-FOO", OBJECT_WRONG, ""},
    {"AS-FOO:::AS-BAR", OBJECT_WRONG, ""},
    {"::AS-FOO", OBJECT_WRONG, ""},
    {"RIPE::", OBJECT_WRONG, "RIPE"},
    {"A B::AS-FOO", OBJECT_WRONG, "A B"},
    {"RIPE::RADB::AS-FOO", OBJECT_WRONG, "RIPE"},
    {"RS-FOO", OBJECT_WRONG, ""},
    {"AS-F\xc3\xb6", OBJECT_WRONG, ""},
    {"AS-FOO@RIPE", OBJECT_WRONG, ""},
};

START_TEST(names_of_objects)
{
	const struct name_case *c = &names[_i];
	struct object_name name = object_name_parse((struct slice){c->text, strlen(c->text)});

	ck_assert_msg(name.kind == c->kind, "%s: %d", c->text, (int)name.kind);
	if (name.kind != OBJECT_WRONG)
		ck_assert_uint_eq(name.source.len, strlen(c->source));
}
END_TEST

START_TEST(names_become_numbers)
{
	struct names *all = names_new();
	char text[32];

	ck_assert_uint_eq(names_intern(all, (struct slice){"", 0}), 0);
	for (unsigned i = 1; i <= 5000; i++) {
		snprintf(text, sizeof(text), "as-%u", i);
		ck_assert_uint_eq(names_intern(all, (struct slice){text, strlen(text)}), i);
	}
	for (unsigned i = 5000; i >= 1; i--) {
		snprintf(text, sizeof(text), "As-%u", i);
		ck_assert_uint_eq(names_intern(all, (struct slice){text, strlen(text)}), i);
		text[1] = 'S';
		ck_assert_str_eq(names_text(all, i), text);
	}
	ck_assert_uint_eq(names_count(all), 5001);
	names_free(all);
}
END_TEST

int
main(void)
{
	const struct loop_test tests[] = {
	    {good_texts, COUNT(good)},
	    {bad_texts, COUNT(bad)},
	    {depth_is_limited, 0},
	    {escapes, COUNT(decoded)},
	    {long_strings_with_escapes_are_nothing, 0},
	    {walking_in_order, 0},
	    {times_of_metadata, COUNT(times)},
	    {names_of_objects, COUNT(names)},
	    {names_become_numbers, 0},
	};

	return run_suite("JSON stream and texts", tests, COUNT(tests));
}
