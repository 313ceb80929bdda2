/* Sealed shared memory and the sleep line. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bgpd/ipc/memfd.h"
#include "bgpd/ipc/wake.h"

#define MAGIC	0x12345678u
#define VERSION 3u
#define SIZE	8192u

static void *
map(int fd, uint32_t magic, uint32_t version, size_t size_min)
{
	size_t size = 0;
	void *map = memfd_map(fd, PROT_READ | PROT_WRITE, magic, version, size_min, &size);

	if (map != NULL)
		ck_assert_uint_eq(size, SIZE);
	return map;
}

START_TEST(test_sealed)
{
	int fd = memfd_new("test", MAGIC, VERSION, SIZE);

	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(ftruncate(fd, 4096), -1);
	ck_assert_int_eq(errno, EPERM);
	ck_assert_int_eq(ftruncate(fd, 16384), -1);
	ck_assert_int_eq(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), -1);
	ck_assert_int_ne(fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
	close(fd);
}
END_TEST

START_TEST(test_map_checks)
{
	int fd = memfd_new("test", MAGIC, VERSION, SIZE);
	uint8_t *one = map(fd, MAGIC, VERSION, SIZE);
	uint8_t *two = map(fd, MAGIC, VERSION, 64);
	uint64_t lie = SIZE / 2;

	ck_assert_ptr_nonnull(one);
	ck_assert_ptr_nonnull(two);
	one[SIZE - 1] = 42;
	ck_assert_uint_eq(two[SIZE - 1], 42);

	ck_assert_ptr_null(map(fd, MAGIC + 1, VERSION, SIZE));
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_ptr_null(map(fd, MAGIC, VERSION + 1, SIZE));
	ck_assert_ptr_null(map(fd, MAGIC, VERSION, SIZE + 1));
	memcpy(one + offsetof(struct memfd_head, size), &lie, sizeof(lie));
	ck_assert_ptr_null(map(fd, MAGIC, VERSION, 64));
	memfd_unmap(one, SIZE);
	memfd_unmap(two, SIZE);
	close(fd);
}
END_TEST

START_TEST(test_unsealed_is_refused)
{
	struct memfd_head head = {.magic = MAGIC, .version = VERSION, .size = SIZE};
	int fd = memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	ck_assert_int_eq(ftruncate(fd, SIZE), 0);
	ck_assert_int_eq(pwrite(fd, &head, sizeof(head), 0), sizeof(head));
	ck_assert_ptr_null(map(fd, MAGIC, VERSION, SIZE));
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_int_eq(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL), 0);
	ck_assert_ptr_nonnull(map(fd, MAGIC, VERSION, SIZE));
	ck_assert_ptr_null(map(STDIN_FILENO, MAGIC, VERSION, SIZE));
	close(fd);
}
END_TEST

START_TEST(test_read_only)
{
	int fd = memfd_new("test", MAGIC, VERSION, SIZE);
	int reader = memfd_read_only(fd);
	size_t size;

	ck_assert_int_ne(reader, -1);
	ck_assert_ptr_nonnull(memfd_map(reader, PROT_READ, MAGIC, VERSION, SIZE, &size));
	ck_assert_ptr_null(map(reader, MAGIC, VERSION, SIZE));
	ck_assert_int_eq(errno, EACCES);
	ck_assert_int_eq(write(reader, "x", 1), -1);
	close(reader);
	close(fd);
}
END_TEST

START_TEST(test_const)
{
	char back[4] = "";
	int fd = memfd_new_const("test", "abc", 4);

	ck_assert_int_eq(pread(fd, back, 4, 0), 4);
	ck_assert_str_eq(back, "abc");
	ck_assert_int_eq(pwrite(fd, "x", 1, 0), -1);
	ck_assert_int_eq(errno, EPERM);
	ck_assert_int_eq(ftruncate(fd, 0), -1);
	close(fd);
}
END_TEST

START_TEST(test_wake_line)
{
	struct wake_line line = {0};
	uint32_t last = 0;

	ck_assert(!wake_line_is_due(&line, &last));
	wake_line_awake(&line);
	ck_assert(!wake_line_is_due(&line, &last));

	wake_line_sleep(&line);
	ck_assert(wake_line_is_due(&line, &last));
	ck_assert(!wake_line_is_due(&line, &last)); /* once per sleep */
	wake_line_sleep(&line);			    /* again without having been awake */
	ck_assert(wake_line_is_due(&line, &last));
	wake_line_awake(&line);
	ck_assert(!wake_line_is_due(&line, &last));
}
END_TEST

START_TEST(test_wake_eventfd)
{
	int fd = wake_new();

	for (int i = 0; i < 3; i++)
		wake_send(fd);
	wake_drain(fd);
	wake_drain(fd); /* does not block */
	ck_assert_int_eq(read(fd, &(uint64_t){0}, sizeof(uint64_t)), -1);
	wake_send(fd);
	ck_assert_int_eq(read(fd, &(uint64_t){0}, sizeof(uint64_t)), sizeof(uint64_t));
	close(fd);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("memfd");
	TCase *tc = tcase_create("memfd");
	SRunner *runner = srunner_create(s);
	int failed;

	suite_add_tcase(s, tc);
	tcase_add_test(tc, test_sealed);
	tcase_add_test(tc, test_map_checks);
	tcase_add_test(tc, test_unsealed_is_refused);
	tcase_add_test(tc, test_read_only);
	tcase_add_test(tc, test_const);
	tcase_add_test(tc, test_wake_line);
	tcase_add_test(tc, test_wake_eventfd);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
