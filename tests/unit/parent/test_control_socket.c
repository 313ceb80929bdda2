/* The listening control sockets: bgpd/parent/control_socket.h. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bgpd/parent/control_socket.h"

static char dir[] = "/tmp/roost-test-XXXXXX";
static char path[64];
static char error[CONTROL_SOCKET_ERROR_MAX];
static struct control_socket s;

static void
setup(void)
{
	strcpy(dir + sizeof(dir) - 7, "XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/r/sock", dir);
	error[0] = '\0';
}

static void
teardown(void)
{
	char sub[64];

	unlink(path);
	snprintf(sub, sizeof(sub), "%s/r", dir);
	rmdir(sub);
	unlink(sub);
	rmdir(dir);
}

static int
open_it(mode_t mode, bool make_dir)
{
	struct control_socket_options options = {
	    .path = path, .mode = mode, .gid = (gid_t)-1, .make_dir = make_dir};

	return control_socket_open(&s, &options, error);
}

START_TEST(test_modes_and_removal)
{
	static const mode_t modes[] = {0660, 0666};
	struct stat st;

	ck_assert_msg(open_it(modes[_i], true) == 0, "%s", error);
	ck_assert_int_eq(lstat(path, &st), 0);
	ck_assert(S_ISSOCK(st.st_mode));
	ck_assert_uint_eq(st.st_mode & 0777, modes[_i]);
	control_socket_close(&s);
	ck_assert_int_eq(lstat(path, &st), -1);
	ck_assert_int_eq(s.fd, -1);
}
END_TEST

START_TEST(test_directory_is_made_only_where_told)
{
	ck_assert_int_eq(open_it(0660, false), -1);
	ck_assert_ptr_nonnull(strstr(error, "No such file or directory"));
	ck_assert_ptr_nonnull(strstr(error, "does not exist"));
	ck_assert_int_eq(s.fd, -1);
}
END_TEST

START_TEST(test_alive_is_left_alone)
{
	struct control_socket first;

	ck_assert_int_eq(open_it(0660, true), 0);
	first = s;
	ck_assert_int_eq(open_it(0660, true), -1);
	ck_assert_ptr_nonnull(strstr(error, "another roostd"));
	ck_assert_int_eq(access(path, F_OK), 0);
	control_socket_close(&first);
}
END_TEST

START_TEST(test_busy_is_alive_too)
{
	struct control_socket first;
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	int fds[256];
	unsigned n = 0;

	ck_assert_int_eq(open_it(0660, true), 0);
	first = s;
	snprintf(sun.sun_path, sizeof(sun.sun_path), "%s", path);
	do {
		fds[n] = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	} while (connect(fds[n], (struct sockaddr *)&sun, sizeof(sun)) == 0 && ++n < 255);
	ck_assert_int_eq(errno, EAGAIN);
	ck_assert_int_eq(open_it(0660, true), -1);
	ck_assert_ptr_nonnull(strstr(error, "another roostd"));
	while (n > 0)
		close(fds[--n]);
	control_socket_close(&first);
}
END_TEST

START_TEST(test_stale_is_replaced)
{
	struct control_socket first;

	ck_assert_int_eq(open_it(0660, true), 0);
	first = s;
	close(first.fd);
	ck_assert_msg(open_it(0660, true) == 0, "%s", error);
	/* the one that left it must not remove its successor's file */
	if (s.ino != first.ino) {
		first.fd = dup(s.fd);
		control_socket_close(&first);
		ck_assert_int_eq(access(path, F_OK), 0);
	}
	control_socket_close(&s);
}
END_TEST

START_TEST(test_other_file_is_left_alone)
{
	ck_assert_int_eq(open_it(0660, true), 0);
	control_socket_close(&s);
	close(open(path, O_CREAT | O_WRONLY, 0600));
	ck_assert_int_eq(open_it(0660, true), -1);
	ck_assert_ptr_nonnull(strstr(error, "is no socket"));
	ck_assert_int_eq(access(path, F_OK), 0);
}
END_TEST

START_TEST(test_directory_of_others)
{
	char sub[64];

	snprintf(sub, sizeof(sub), "%s/r", dir);
	ck_assert_int_eq(mkdir(sub, 0700), 0);
	ck_assert_int_eq(chmod(sub, 0777), 0);
	ck_assert_int_eq(open_it(0660, true), -1);
	ck_assert_ptr_nonnull(strstr(error, sub));
	/* a path that the operator chose is the operator's to judge */
	ck_assert_int_eq(open_it(0660, false), 0);
	control_socket_close(&s);
}
END_TEST

START_TEST(test_symlink_for_directory)
{
	char sub[64];

	snprintf(sub, sizeof(sub), "%s/r", dir);
	ck_assert_int_eq(symlink("/tmp", sub), 0);
	ck_assert_int_eq(open_it(0660, true), -1);
	ck_assert_ptr_nonnull(strstr(error, sub));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("control_socket");
	TCase *t = tcase_create("control_socket");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, test_modes_and_removal, 0, 2);
	tcase_add_test(t, test_directory_is_made_only_where_told);
	tcase_add_test(t, test_alive_is_left_alone);
	tcase_add_test(t, test_busy_is_alive_too);
	tcase_add_test(t, test_stale_is_replaced);
	tcase_add_test(t, test_other_file_is_left_alone);
	tcase_add_test(t, test_directory_of_others);
	tcase_add_test(t, test_symlink_for_directory);
	suite_add_tcase(suite, t);
	r = srunner_create(suite);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
