/* The file with what outlives the daemon: bgpd/parent/statefile.h. */
#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bgpd/parent/statefile.h"

static char dir[64], path[96], error[STATEFILE_ERROR_MAX];
static struct statefile state;

static void
setup(void)
{
	snprintf(dir, sizeof(dir), "/tmp/roost-test-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/made/x.state", dir);
}

static void
teardown(void)
{
	char made[80];

	statefile_fini(&state);
	snprintf(made, sizeof(made), "%s/made", dir);
	unlink(path);
	rmdir(made);
	/* nothing is left behind under another name */
	ck_assert_msg(rmdir(dir) == 0, "%s", strerror(errno));
}

static struct statefile_limit
limit(const char *address, uint32_t asn, uint64_t until_s, const char *text)
{
	struct statefile_limit l = {.asn = asn, .until_s = until_s};

	l.address.family = strchr(address, ':') == NULL ? FAMILY_IPV4 : FAMILY_IPV6;
	inet_pton(l.address.family == FAMILY_IPV4 ? AF_INET : AF_INET6, address, l.address.addr);
	snprintf(l.text, sizeof(l.text), "%s", text);
	return l;
}

static void
write_two(void)
{
	struct statefile_limit limits[] = {
	    limit("192.0.2.10", 65010, 0, "more than 1000 ipv4 prefixes"),
	    limit("2001:db8::10", 4200000010, 1795440000, "")};
	struct statefile out = {2, limits};

	ck_assert_msg(statefile_write(path, &out, error) == 0, "%s", error);
}

static char text[4096];

static size_t
slurp(void)
{
	FILE *f = fopen(path, "r");
	size_t n = fread(text, 1, sizeof(text) - 1, f);

	text[n] = '\0';
	fclose(f);
	return n;
}

static void
spit(size_t len)
{
	FILE *f = fopen(path, "w");

	ck_assert_uint_eq(fwrite(text, 1, len, f), len);
	fclose(f);
}

START_TEST(what_was_written_is_read)
{
	struct stat st;

	write_two();
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0600);
	ck_assert_int_eq(statefile_read(path, &state, error), 0);
	ck_assert_uint_eq(state.count, 2);
	ck_assert_uint_eq(state.limits[0].asn, 65010);
	ck_assert_uint_eq(state.limits[0].until_s, 0);
	ck_assert_str_eq(state.limits[0].text, "more than 1000 ipv4 prefixes");
	ck_assert_uint_eq(state.limits[0].address.family, FAMILY_IPV4);
	ck_assert_mem_eq(state.limits[0].address.addr, "\xc0\0\2\x0a", 4);
	ck_assert_uint_eq(state.limits[1].asn, 4200000010);
	ck_assert_uint_eq(state.limits[1].until_s, 1795440000);
	ck_assert_uint_eq(state.limits[1].address.family, FAMILY_IPV6);
	ck_assert_str_eq(state.limits[1].text, "");
}
END_TEST

START_TEST(an_empty_state)
{
	ck_assert_int_eq(statefile_read(path, &state, error), 0);
	ck_assert_uint_eq(state.count, 0);
	write_two();
	ck_assert_int_eq(statefile_write(path, &(struct statefile){0}, error), 0);
	ck_assert_int_eq(statefile_read(path, &state, error), 0);
	ck_assert_uint_eq(state.count, 0);
}
END_TEST

/* A text can not forge a line. */
START_TEST(texts_stay_in_their_line)
{
	struct statefile_limit l = limit("192.0.2.10", 1, 0, "a\nlimit 192.0.2.11 2 0 b\x80\x7f");
	struct statefile out = {1, &l};

	ck_assert_int_eq(statefile_write(path, &out, error), 0);
	ck_assert_int_eq(statefile_read(path, &state, error), 0);
	ck_assert_uint_eq(state.count, 1);
	ck_assert_str_eq(state.limits[0].text, "a?limit 192.0.2.11 2 0 b\?\?");
}
END_TEST

/* Cut off at any octet, any octet changed: nothing of it is believed. */
START_TEST(damage_is_seen)
{
	unsigned believed = 0;
	size_t len;

	write_two();
	len = slurp();
	for (size_t i = 1; i < len; i++) {
		spit(i);
		believed += statefile_read(path, &state, error) == 0;
		believed += state.count != 0;
	}
	for (size_t i = 0; i < len; i++) {
		text[i] ^= 1;
		spit(len);
		text[i] ^= 1;
		believed += statefile_read(path, &state, error) == 0;
		believed += state.count != 0;
	}
	spit(0);
	believed += statefile_read(path, &state, error) == 0;
	text[len] = '\n';
	spit(len + 1);
	believed += statefile_read(path, &state, error) == 0;
	ck_assert_uint_eq(believed, 0);
	ck_assert_ptr_nonnull(strstr(error, "damaged"));
	spit(len);
	ck_assert_int_eq(statefile_read(path, &state, error), 0);
}
END_TEST

START_TEST(what_cannot_be_read_or_written)
{
	char elsewhere[128];
	struct statefile none = {0};

	snprintf(elsewhere, sizeof(elsewhere), "%s/no/such/x.state", dir);
	ck_assert_int_eq(statefile_write(elsewhere, &none, error), -1);
	ck_assert_ptr_nonnull(strstr(error, "No such file or directory"));
	/* not through a link that somebody left there */
	write_two();
	snprintf(elsewhere, sizeof(elsewhere), "%s/link", dir);
	ck_assert_int_eq(symlink(path, elsewhere), 0);
	ck_assert_int_eq(statefile_read(elsewhere, &state, error), -1);
	unlink(elsewhere);
	ck_assert_int_eq(statefile_read(dir, &state, error), -1);
	ck_assert_ptr_nonnull(strstr(error, "not a file"));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("state file");
	TCase *t = tcase_create("state file");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, what_was_written_is_read);
	tcase_add_test(t, an_empty_state);
	tcase_add_test(t, texts_stay_in_their_line);
	tcase_add_test(t, damage_is_seen);
	tcase_add_test(t, what_cannot_be_read_or_written);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
