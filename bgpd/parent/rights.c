/* Which rights children keep, and how they lose the others; see rights.h. Parent and children. */
#include "bgpd/parent/rights.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* True if the id is one of this user namespace: "inside outside count" lines of a map. */
static bool
is_mapped(const char *map, unsigned long id)
{
	unsigned long first, outside, count;
	FILE *f = fopen(map, "re");
	bool found = false;

	if (f == NULL)
		return true; /* no user namespaces: every id is */
	while (!found && fscanf(f, "%lu %lu %lu", &first, &outside, &count) == 3)
		found = id >= first && id - first < count;
	fclose(f);
	return found;
}

bool
rights_find(struct rights *out, const char *user, char error[RIGHTS_ERROR_MAX])
{
	struct passwd *pw;

	memset(out, 0, sizeof(*out));
	error[0] = '\0';
	if (geteuid() != 0)
		return true;
	out->chroot = true;
	pw = getpwnam(user);
	if (pw == NULL) {
		snprintf(error, RIGHTS_ERROR_MAX, "there is no account %s", user);
		return false;
	}
	if (pw->pw_uid == 0)
		return true;
	if (!is_mapped("/proc/self/uid_map", pw->pw_uid) ||
	    !is_mapped("/proc/self/gid_map", pw->pw_gid)) {
		snprintf(error, RIGHTS_ERROR_MAX,
		    "the account %s does not exist in this user namespace", user);
		return false;
	}
	out->drop_user = true;
	out->uid = pw->pw_uid;
	out->gid = pw->pw_gid;
	return true;
}

size_t
rights_limit(size_t descriptors)
{
	struct rlimit none = {0, 0}, files;

	(void)setrlimit(RLIMIT_CORE, &none);
	if (getrlimit(RLIMIT_NOFILE, &files) == -1)
		return 0;
	if (files.rlim_max < descriptors) {
		struct rlimit more = {descriptors, descriptors};

		if (setrlimit(RLIMIT_NOFILE, &more) == 0)
			return descriptors;
	}
	files.rlim_cur = files.rlim_max < descriptors ? files.rlim_max : descriptors;
	(void)setrlimit(RLIMIT_NOFILE, &files);
	return files.rlim_cur;
}

/*
 * An empty root directory that nobody can ever put anything into: one that is deleted already. It
 * leaves nothing behind on the disk either.
 */
static int
enter_empty_root(void)
{
	static const char *const places[] = {"/run/roost-XXXXXX", "/tmp/roost-XXXXXX"};
	char dir[32];
	size_t i;

	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		int rc;

		snprintf(dir, sizeof(dir), "%s", places[i]);
		if (mkdtemp(dir) == NULL)
			continue;
		rc = chdir(dir);
		if (rmdir(dir) == -1 || rc == -1)
			return -1;
		return chroot(".");
	}
	return -1;
}

static int
drop_user(const struct rights *rights)
{
	if (setgroups(0, NULL) == -1)
		return -1;
	if (setresgid(rights->gid, rights->gid, rights->gid) == -1)
		return -1;
	return setresuid(rights->uid, rights->uid, rights->uid);
}

static int
drop_capabilities(void)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {{0}};

	/* Kernels older than ambient capabilities have none to clear. */
	(void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	return (int)syscall(SYS_capset, &head, none);
}

const char *
rights_give_up(const struct rights *rights)
{
	if (rights->chroot && enter_empty_root() == -1)
		return "root directory";
	if (rights->drop_user && drop_user(rights) == -1)
		return "user";
	if (drop_capabilities() == -1)
		return "capabilities";
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		return "new privileges";
	return NULL;
}
