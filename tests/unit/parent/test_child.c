/*
 * What a child is told and what it has left: bgpd/parent/child.h, bgpd/parent/rights.h. The steps
 * that root alone can take are tried where the test runs as root.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bgpd/parent/child.h"
#include "bgpd/parent/rights.h"

START_TEST(test_names)
{
	char name[CHILD_NAME_MAX];

	child_name(CHILD_RIB, 0, name);
	ck_assert_str_eq(name, "rib");
	child_name(CHILD_WORKER, 12, name);
	ck_assert_str_eq(name, "worker-12");
}
END_TEST

START_TEST(test_describe)
{
	char text[CHILD_DESCRIBE_MAX];

	child_describe(3 << 8, text);
	ck_assert_str_eq(text, "exit status 3");
	child_describe(SIGKILL, text);
	ck_assert_str_eq(text, "signal 9 (Killed)");
}
END_TEST

START_TEST(test_parse)
{
	char *argv[] = {(char[]){"x"}, (char[]){"--role"}, (char[]){"worker"}, (char[]){"2"},
	    (char[]){"1"}, (char[]){"77"}, (char[]){"1"}, (char[]){"0"}, (char[]){"100"},
	    (char[]){"4294967294"}, NULL};
	char bad[] = "7x", none[] = "", negative[] = "-1", role[] = "root";
	struct child_start start;

	ck_assert(child_is_meant(10, argv));
	ck_assert_int_eq(child_parse(10, argv, &start), 0);
	ck_assert_int_eq(start.role, CHILD_WORKER);
	ck_assert_uint_eq(start.index, 2);
	ck_assert_uint_eq(start.level, 1);
	ck_assert_int_eq(start.parent, 77);
	ck_assert(start.rights.chroot);
	ck_assert(!start.rights.drop_user);
	ck_assert_uint_eq(start.rights.uid, 100);
	ck_assert_uint_eq(start.rights.gid, 4294967294u);
	ck_assert_int_eq(child_parse(9, argv, &start), -1);
	argv[3] = bad;
	ck_assert_int_eq(child_parse(10, argv, &start), -1);
	argv[3] = none;
	ck_assert_int_eq(child_parse(10, argv, &start), -1);
	argv[3] = negative;
	ck_assert_int_eq(child_parse(10, argv, &start), -1);
	argv[3] = argv[4];
	argv[2] = role;
	ck_assert_int_eq(child_parse(10, argv, &start), -1);
	argv[1] = role;
	ck_assert(!child_is_meant(10, argv));
}
END_TEST

/* Runs body in a process of its own; its exit status. */
static int
apart(int (*body)(void))
{
	pid_t pid = fork();
	int status;

	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		_exit(body());
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_msg(WIFEXITED(status), "status 0x%x", (unsigned)status);
	return WEXITSTATUS(status);
}

static bool
has_capabilities(void)
{
	char line[128];
	FILE *f = fopen("/proc/self/status", "re");
	bool has = true;

	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		if (strncmp(line, "CapPrm:", 7) == 0)
			has = strtoull(line + 7, NULL, 16) != 0;
	if (f != NULL)
		fclose(f);
	return has;
}

static int
keep_user(void)
{
	struct rights rights = {0};

	if (rights_give_up(&rights) != NULL)
		return 1;
	if (has_capabilities())
		return 2;
	return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? 0 : 3;
}

START_TEST(test_capabilities_go)
{
	ck_assert_int_eq(apart(keep_user), 0);
}
END_TEST

static int
become_nobody(void)
{
	struct rights rights = {.drop_user = true, .chroot = true, .uid = 65534, .gid = 65534};
	char path[64];

	if (rights_give_up(&rights) != NULL)
		return 1;
	if (getuid() != 65534 || geteuid() != 65534 || getegid() != 65534 ||
	    getgroups(0, NULL) != 0)
		return 2;
	if (setuid(0) == 0)
		return 3;
	if (open("/etc/passwd", O_RDONLY) != -1 || open("/proc/self/status", O_RDONLY) != -1)
		return 4;
	/* the root directory is there, empty, and cannot be filled */
	if (getcwd(path, sizeof(path)) == NULL && errno != ENOENT)
		return 5;
	return open("/x", O_WRONLY | O_CREAT, 0600) == -1 ? 0 : 6;
}

START_TEST(test_root_becomes_nobody)
{
	if (geteuid() != 0)
		return;
	ck_assert_int_eq(apart(become_nobody), 0);
}
END_TEST

START_TEST(test_find)
{
	char error[RIGHTS_ERROR_MAX];
	struct rights rights;
	bool found = rights_find(&rights, "root", error);

	ck_assert(found);
	ck_assert(!rights.drop_user);
	ck_assert_int_eq(rights.chroot, geteuid() == 0);
	found = rights_find(&rights, "no-such-account", error);
	ck_assert_int_eq(found, geteuid() != 0);
	if (!found)
		ck_assert_ptr_nonnull(strstr(error, "no-such-account"));
}
END_TEST

static int
limit(void)
{
	struct rlimit core, files;

	if (rights_limit(300) != 300)
		return 1;
	getrlimit(RLIMIT_CORE, &core);
	getrlimit(RLIMIT_NOFILE, &files);
	return core.rlim_max == 0 && files.rlim_cur == 300 ? 0 : 2;
}

START_TEST(test_limits)
{
	ck_assert_int_eq(apart(limit), 0);
}
END_TEST

/* The child must notice that its parent is gone, even if that happened before it could ask. */
static int
orphan(void)
{
	struct child_start start = {.role = CHILD_WORKER, .parent = getppid() + 1, .level = 5};

	return child_enter(&start) == -1 ? 0 : 1;
}

static int
tied(void)
{
	struct child_start start = {.role = CHILD_WORKER, .parent = getppid(), .level = 5};
	int number = 0;

	if (child_enter(&start) == -1)
		return 1;
	prctl(PR_GET_PDEATHSIG, &number, 0, 0, 0);
	return number == SIGKILL ? 0 : 2;
}

START_TEST(test_tied_to_parent)
{
	ck_assert_int_eq(apart(orphan), 0);
	ck_assert_int_eq(apart(tied), 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("child");
	TCase *t = tcase_create("child");
	SRunner *r;
	int failed;

	tcase_add_test(t, test_names);
	tcase_add_test(t, test_describe);
	tcase_add_test(t, test_parse);
	tcase_add_test(t, test_capabilities_go);
	tcase_add_test(t, test_root_becomes_nobody);
	tcase_add_test(t, test_find);
	tcase_add_test(t, test_limits);
	tcase_add_test(t, test_tied_to_parent);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
