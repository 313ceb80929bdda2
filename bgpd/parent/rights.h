/*
 * What a child may not keep: the parent's user, files, capabilities, core dumps. The parent decides
 * (rights_find), the child does it for itself before it reads its first message (rights_give_up).
 *
 *   started as root   children become daemon.user, in an empty root directory
 *   as anybody else   they stay that user; capabilities that came along are dropped
 *
 * A user namespace in which the account does not exist counts as "anybody else" with a root
 * directory of its own. System calls are taken away last, by sandbox.h.
 */
#ifndef BGPD_PARENT_RIGHTS_H
#define BGPD_PARENT_RIGHTS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define RIGHTS_ERROR_MAX 160

struct rights {
	bool drop_user; /* become uid and gid */
	bool chroot;
	uid_t uid;
	gid_t gid;
};

/*
 * Decides for this process's children. Returns true; or false where we are root and children will
 * not become the account, with the reason in error: *out is usable all the same.
 */
bool rights_find(struct rights *out, const char *user, char error[RIGHTS_ERROR_MAX]);

/*
 * No core dumps (they would hold members' passwords) and room for that many descriptors: the limit
 * is raised as far as we may. Returns the limit that there is now.
 */
size_t rights_limit(size_t descriptors);

/*
 * Gives it all up, for good: root directory, groups, user, capabilities, new privileges by exec.
 * Returns NULL, or a static text that names the step that failed, with errno.
 */
const char *rights_give_up(const struct rights *);

#endif
