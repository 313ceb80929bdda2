/* Unit tests of bgpd/wire/as_path.h. */
#include "bgpd/wire/as_path.h"

#include "tests/unit/wire/suite.h"

static struct as_path
path(const char *text, unsigned width)
{
	size_t len;
	uint8_t *value = hex(text, &len);

	return (struct as_path){value, len, width};
}

static const struct {
	const char *bytes;
	unsigned width;
	bool confed_allowed;
	bool fine;
} checks[] = {
    {"", 2, false, true},
    {"", 4, false, true},
    {"02 01 fde9", 2, false, true},
    {"02 01 0000fde9", 4, false, true},
    {"01 02 00000001 00000002 02 01 00000003", 4, false, true},
    {"03 01 00000001", 4, false, false},
    {"04 01 00000001", 4, false, false},
    {"03 01 00000001 04 01 00000002", 4, true, true},
    {"00 01 00000001", 4, true, false},
    {"05 01 00000001", 4, true, false},
    {"02 00", 4, false, false},
    {"02 01 00000001 02 00", 4, false, false},
    {"02 02 00000001", 4, false, false},
    {"02 01 00000001 02", 4, false, false},
    {"02", 4, false, false},
    {"02 01 00000000", 4, false, false},
    {"02 02 0001 0000", 2, false, false},
    {"01 01 00000000", 4, false, false},
};

START_TEST(paths_are_checked)
{
	for (size_t i = 0; i < COUNT(checks); i++) {
		struct as_path p = path(checks[i].bytes, checks[i].width);
		const char *wrong = as_path_check(p, checks[i].confed_allowed);

		ck_assert_msg((wrong == NULL) == checks[i].fine, "%s", checks[i].bytes);
	}
}
END_TEST

/* RFC 6793 section 4.2.3 */
static const struct {
	const char *why;
	const char *path; /* numbers of 2 octets */
	const char *as4;
	const char *result;
} merges[] = {
    {"no AS4_PATH", "02 02 0001 5ba0", "", "02 02 00000001 00005ba0"},
    {"as many numbers", "02 03 0001 5ba0 0003", "02 03 00000001 00010000 00000003",
	"02 03 00000001 00010000 00000003"},
    {"old speakers in front", "02 04 0007 0001 5ba0 0003", "02 02 00010000 00000003",
	"02 04 00000007 00000001 00010000 00000003"},
    {"AS4_PATH is longer and ignored", "02 01 5ba0", "02 02 00000001 00010000", "02 01 00005ba0"},
    {"a set counts as one", "02 01 0007 01 02 0008 0009", "01 03 00010000 00000002 00000003",
	"02 01 00000007 01 03 00010000 00000002 00000003"},
    {"a set in the leading part", "01 02 0008 0009 02 01 5ba0", "02 01 00010000",
	"01 02 00000008 00000009 02 01 00010000"},
    {"part of the second segment", "02 01 0007 02 03 0008 0009 5ba0", "02 01 00010000",
	"02 01 00000007 02 03 00000008 00000009 00010000"},
    {"confederations are dropped", "02 02 0007 5ba0", "03 01 00000005 02 01 00010000",
	"02 02 00000007 00010000"},
    {"nothing but confederations", "02 01 0007", "03 01 00000005", "02 01 00000007"},
    {"segments of AS4_PATH stay apart", "02 02 5ba0 5ba0", "02 01 00010000 02 01 00010001",
	"02 01 00010000 02 01 00010001"},
    {"empty path", "", "02 01 00010000", ""},
};

START_TEST(old_and_new_paths_are_put_together)
{
	for (size_t i = 0; i < COUNT(merges); i++) {
		struct as_path old = path(merges[i].path, 2);
		struct as_path as4 = path(merges[i].as4, 4);
		struct as_path wanted = path(merges[i].result, 4);
		uint8_t out[200];
		struct wire_writer w = wire_writer_over(out, sizeof(out));

		ck_assert(as_path_check(old, false) == NULL && as_path_check(as4, true) == NULL);
		as_path_widen(old, as4, &w);
		ck_assert_msg(wire_written(&w) == wanted.len, "%s", merges[i].why);
		ck_assert_msg(memcmp(out, wanted.value, wanted.len) == 0, "%s", merges[i].why);
		for (size_t cap = 0; cap < wanted.len; cap++) {
			w = wire_writer_over(exact(NULL, cap), cap);
			as_path_widen(old, as4, &w);
			ck_assert(w.failed);
		}
	}
}
END_TEST

START_TEST(a_full_segment_is_not_joined)
{
	uint8_t *old = exact(NULL, 2 + 2 * 255), *as4 = exact(NULL, 2 + 4 * 254), *out;
	struct as_path path2 = {old, 2 + 2 * 255, 2}, path4 = {as4, 2 + 4 * 254, 4};
	struct wire_writer w;

	memset(old, 1, path2.len);
	memcpy(old, "\2\xff", 2);
	memset(as4, 1, path4.len);
	memcpy(as4, "\2\xfe", 2);
	out = exact(NULL, 2000);
	w = wire_writer_over(out, 2000);
	as_path_widen(path2, path4, &w); /* 1 and 254 make 255 */
	ck_assert_uint_eq(wire_written(&w), 2 + 4 * 255);
	ck_assert_uint_eq(out[1], 255);
	old = exact(NULL, 2 + 2 * 255 + 4);
	memset(old, 1, 2 + 2 * 255 + 4);
	memcpy(old, "\2\xff", 2);
	memcpy(old + 512, "\2\1", 2);
	path2 = (struct as_path){old, 2 + 2 * 255 + 4, 2};
	w = wire_writer_over(out, 2000);
	as_path_widen(path2, path4, &w); /* 2 and 254 do not fit into one */
	ck_assert_uint_eq(wire_written(&w), 2 + 4 * 2 + 2 + 4 * 254);
	ck_assert_uint_eq(out[1], 2);
}
END_TEST

START_TEST(narrowing)
{
	struct as_path wide = path("02 03 00000001 00010000 0000ffff 01 01 fffffffe", 4);
	struct as_path wanted = path("02 03 0001 5ba0 ffff 01 01 5ba0", 2);
	uint8_t *out = exact(NULL, wanted.len);

	ck_assert(as_path_needs_4(wide));
	ck_assert_uint_eq(as_path_count(wide), 4);
	ck_assert_uint_eq(as_path_narrow_len(wide), wanted.len);
	as_path_narrow(wide, out);
	ck_assert_mem_eq(out, wanted.value, wanted.len);
	ck_assert(!as_path_needs_4(path("02 01 0000ffff", 4)));
	ck_assert(!as_path_needs_4(path("", 4)));
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {paths_are_checked, old_and_new_paths_are_put_together,
	    a_full_segment_is_not_joined, narrowing};

	return run_suite("wire/as_path", tests, COUNT(tests));
}
