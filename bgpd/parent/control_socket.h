/*
 * The listening unix sockets over which roostctl talks to rib. The parent makes them before it
 * starts rib, keeps them over rib's deaths, and removes their files at the end.
 *
 *   full        mode 0660, our own group or that of daemon.user: every command
 *   restricted  mode 0666: everybody on this host may look
 */
#ifndef BGPD_PARENT_CONTROL_SOCKET_H
#define BGPD_PARENT_CONTROL_SOCKET_H

#include <stdbool.h>
#include <sys/types.h>
#include <sys/un.h>

#define CONTROL_SOCKET_ERROR_MAX 512

struct control_socket {
	int fd; /* -1: none */
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
	dev_t dev; /* of the file we made: another one is not ours to remove */
	ino_t ino;
};

struct control_socket_options {
	const char *path;
	mode_t mode;
	gid_t gid;     /* (gid_t)-1: leave as it is */
	bool make_dir; /* make the last directory of the path where it is missing, mode 0755 */
};

/*
 * Makes and binds one. A socket file that nobody listens on any more is replaced. Returns 0, or -1
 * with a sentence that names path, reason and remedy in error; *out has fd -1 then.
 */
int control_socket_open(struct control_socket *out, const struct control_socket_options *,
    char error[CONTROL_SOCKET_ERROR_MAX]);

/* Closes it and removes the file if it is still ours. */
void control_socket_close(struct control_socket *);

#endif
