/* The listening unix sockets of the control protocol; see control_socket.h. The parent. */
#include "bgpd/parent/control_socket.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define BACKLOG 64

struct advice {
	int error;
	const char *text;
};

static const struct advice advices[] = {
    {ENOENT, "the directory does not exist: make it, or set another path"},
    {ENOTDIR, "a part of the path is not a directory: set another path"},
    {EACCES, "this user may not write there: change its rights, or set another path"},
    {EPERM, "this user may not write there: change its rights, or set another path"},
    {EROFS, "the file system is read-only: set another path"},
    {ENOSPC, "the file system is full: make room (space and inodes), or set another path"},
    {EDQUOT, "the quota is used up: make room, or set another path"},
    {ENAMETOOLONG, "the path is too long for a socket: set a shorter one"},
};

static const char *
find_advice(int error)
{
	size_t i;

	for (i = 0; i < sizeof(advices) / sizeof(advices[0]); i++)
		if (advices[i].error == error)
			return advices[i].text;
	return "see that the path is right";
}

__attribute__((format(printf, 2, 3))) static int
refuse(char *error, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(error, CONTROL_SOCKET_ERROR_MAX, format, args);
	va_end(args);
	return -1;
}

static int
refuse_errno(char *error, const char *what)
{
	int saved = errno;

	return refuse(error, "%s: %s: %s", what, strerror(saved), find_advice(saved));
}

/*
 * Makes the directory of the path. One in a place that everybody can write to (/tmp) may have been
 * put there by somebody else: it must be ours and closed to others' writing.
 */
static int
make_dir(const char *path, char *error)
{
	char dir[sizeof(((struct sockaddr_un *)0)->sun_path)];
	struct stat st;
	char *slash;

	snprintf(dir, sizeof(dir), "%s", path);
	slash = strrchr(dir, '/');
	if (slash == NULL || slash == dir)
		return 0;
	*slash = '\0';
	if (mkdir(dir, 0755) == -1 && errno != EEXIST)
		return refuse_errno(error, "cannot make the directory of the socket");
	if (lstat(dir, &st) == -1)
		return refuse_errno(error, "cannot look at the directory of the socket");
	if (!S_ISDIR(st.st_mode) || (st.st_uid != geteuid() && st.st_uid != 0) ||
	    (st.st_mode & 022) != 0)
		return refuse(error,
		    "the directory %s is not ours alone to write to: remove it, or set another "
		    "path",
		    dir);
	return 0;
}

/* True if somebody answers; errno otherwise says why not. */
static bool
is_alive(const struct sockaddr_un *sun)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int rc, saved;

	if (fd == -1)
		return false;
	rc = connect(fd, (const struct sockaddr *)sun, sizeof(*sun));
	saved = errno;
	close(fd);
	errno = saved;
	/* a full backlog: somebody listens and is busy */
	return rc == 0 || saved == EAGAIN;
}

/* Makes sure that there is no file at the path, or says who holds it. */
static int
clear_path(const struct sockaddr_un *sun, char *error)
{
	struct stat st;

	if (lstat(sun->sun_path, &st) == -1)
		return errno == ENOENT ? 0 : refuse_errno(error, "cannot look at the path");
	if (!S_ISSOCK(st.st_mode))
		return refuse(
		    error, "the file is there and is no socket: remove it, or set another path");
	if (is_alive(sun))
		return refuse(error,
		    "another roostd answers there: stop it, or give this one a name of its own "
		    "with --instance NAME");
	if (errno != ECONNREFUSED && errno != ENOENT)
		return refuse_errno(error, "cannot tell whether another roostd answers there");
	if (unlink(sun->sun_path) == -1 && errno != ENOENT)
		return refuse_errno(error, "cannot remove the socket that an earlier run left");
	return 0;
}

/* Binds with the mode from the first moment on, and remembers which file it is. */
static int
bind_socket(struct control_socket *s, const struct sockaddr_un *sun, mode_t mode)
{
	mode_t saved = umask(0777 & ~mode);
	int rc = bind(s->fd, (const struct sockaddr *)sun, sizeof(*sun));
	struct stat st;

	umask(saved);
	if (rc == -1 || lstat(s->path, &st) == -1)
		return -1;
	s->dev = st.st_dev;
	s->ino = st.st_ino;
	return 0;
}

int
control_socket_open(struct control_socket *s, const struct control_socket_options *options,
    char error[CONTROL_SOCKET_ERROR_MAX])
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};

	memset(s, 0, sizeof(*s));
	s->fd = -1;
	if (strlen(options->path) >= sizeof(sun.sun_path)) {
		errno = ENAMETOOLONG;
		return refuse_errno(error, "cannot make the control socket");
	}
	snprintf(sun.sun_path, sizeof(sun.sun_path), "%s", options->path);
	if (options->make_dir && make_dir(options->path, error) == -1)
		return -1;
	if (clear_path(&sun, error) == -1)
		return -1;
	s->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (s->fd == -1)
		return refuse_errno(error, "cannot make the control socket");
	snprintf(s->path, sizeof(s->path), "%s", options->path);
	if (bind_socket(s, &sun, options->mode) == -1 || listen(s->fd, BACKLOG) == -1 ||
	    (options->gid != (gid_t)-1 && chown(s->path, (uid_t)-1, options->gid) == -1)) {
		refuse_errno(error, "cannot make the control socket");
		control_socket_close(s);
		return -1;
	}
	return 0;
}

void
control_socket_close(struct control_socket *s)
{
	struct stat st;

	if (s->fd == -1)
		return;
	close(s->fd);
	s->fd = -1;
	if (s->ino != 0 && lstat(s->path, &st) == 0 && st.st_dev == s->dev && st.st_ino == s->ino)
		unlink(s->path);
}
