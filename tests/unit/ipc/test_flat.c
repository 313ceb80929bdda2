/* Sections of records in sealed memory: what goes in comes out, what does not fit is refused. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bgpd/ipc/flat.h"
#include "bgpd/ipc/memfd.h"

#define MAGIC	0x74736574u
#define VERSION 3

struct record {
	uint32_t a;
	uint8_t b[3];
};

static const struct record records[] = {{1, "ab"}, {2, "cd"}, {3, "ef"}};
static const char text[] = "a text of odd length";

static int
seal_some(void)
{
	const struct flat_section sections[] = {
	    {text, 1, sizeof(text)}, {NULL, 16, 0}, {records, sizeof(records[0]), 3}};
	int fd = flat_seal("test", MAGIC, VERSION, sections, 3);

	ck_assert_int_ge(fd, 0);
	return fd;
}

static void
wanted(struct flat_section sections[3])
{
	sections[0] = (struct flat_section){.record_bytes = 1};
	sections[1] = (struct flat_section){.record_bytes = 16};
	sections[2] = (struct flat_section){.record_bytes = sizeof(struct record)};
}

START_TEST(test_round_trip)
{
	struct flat_section sections[3];
	struct flat flat;
	int fd = seal_some();

	wanted(sections);
	ck_assert_int_eq(flat_map(fd, MAGIC, VERSION, sections, 3, &flat), 0);
	ck_assert_uint_eq(sections[0].count, sizeof(text));
	ck_assert_str_eq(sections[0].records, text);
	ck_assert_uint_eq(sections[1].count, 0);
	ck_assert_uint_eq(sections[2].count, 3);
	ck_assert_mem_eq(sections[2].records, records, sizeof(records));
	ck_assert_uint_eq((uintptr_t)sections[2].records % 8, 0);
	flat_unmap(&flat);
	ck_assert_int_eq(write(fd, "x", 1), -1);
	close(fd);
}
END_TEST

static void
refused(int fd, uint32_t magic, uint32_t version, uint32_t record_bytes)
{
	struct flat_section sections[3];
	struct flat flat;

	wanted(sections);
	sections[2].record_bytes = record_bytes;
	errno = 0;
	ck_assert_int_eq(flat_map(fd, magic, version, sections, 3, &flat), -1);
	ck_assert_int_eq(errno, EINVAL);
}

START_TEST(test_other_kinds)
{
	int fd = seal_some();

	refused(fd, MAGIC + 1, VERSION, sizeof(struct record));
	refused(fd, MAGIC, VERSION + 1, sizeof(struct record));
	refused(fd, MAGIC, VERSION, sizeof(struct record) + 4);
	close(fd);
}
END_TEST

/* The same octets in memory that somebody could still write. */
START_TEST(test_not_sealed)
{
	struct flat_section sections[3];
	struct flat flat;
	int fd = seal_some(), copy = memfd_create("copy", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	wanted(sections);
	ck_assert_int_eq(flat_map(fd, MAGIC, VERSION, sections, 3, &flat), 0);
	ck_assert_int_eq(write(copy, flat.map, flat.size), (ssize_t)flat.size);
	refused(copy, MAGIC, VERSION, sizeof(struct record));
	flat_unmap(&flat);
	close(copy);
	close(fd);
}
END_TEST

/* Every octet of the head changed: never more than what lies within the memory. */
START_TEST(test_damaged)
{
	struct flat_section sections[3];
	struct flat flat;
	uint8_t *octets;
	size_t size, bad = 0;
	int fd = seal_some();

	wanted(sections);
	ck_assert_int_eq(flat_map(fd, MAGIC, VERSION, sections, 3, &flat), 0);
	size = flat.size;
	octets = malloc(size);
	ck_assert_ptr_nonnull(octets);
	memcpy(octets, flat.map, size);
	flat_unmap(&flat);
	for (size_t i = 0; i < 64; i++) {
		int damaged;

		octets[i] ^= 0x80;
		damaged = memfd_new_const("damaged", octets, size);
		octets[i] ^= 0x80;
		wanted(sections);
		if (flat_map(damaged, MAGIC, VERSION, sections, 3, &flat) == 0) {
			for (size_t s = 0; s < 3; s++)
				bad += (const char *)sections[s].records +
					(size_t)sections[s].record_bytes * sections[s].count >
				    (const char *)flat.map + flat.size;
			flat_unmap(&flat);
		}
		close(damaged);
	}
	ck_assert_uint_eq(bad, 0);
	free(octets);
	close(fd);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("flat");
	TCase *tests = tcase_create("flat");
	SRunner *runner;
	int failed;

	tcase_add_test(tests, test_round_trip);
	tcase_add_test(tests, test_other_kinds);
	tcase_add_test(tests, test_not_sealed);
	tcase_add_test(tests, test_damaged);
	suite_add_tcase(suite, tests);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
