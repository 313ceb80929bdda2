/* The file with what outlives the daemon: see statefile.h. The parent. */
#include "bgpd/parent/statefile.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bgpd/ipc/bug.h"

#define FIRST_LINE     "roost-state 1"
#define FILE_MAX_BYTES (8u << 20) /* more than all slots with the longest texts need */

__attribute__((format(printf, 2, 3))) static int
fail(char *error, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(error, STATEFILE_ERROR_MAX, format, args);
	va_end(args);
	return -1;
}

void
statefile_fini(struct statefile *s)
{
	free(s->limits);
	*s = (struct statefile){0};
}

static uint64_t
checksum(const char *text, size_t len)
{
	uint64_t hash = UINT64_C(14695981039346656037);

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ (unsigned char)text[i]) * UINT64_C(1099511628211);
	return hash;
}

/* ---- reading ---- */

/* The whole file as a text. NULL with errno; 0 there: it is not a file of ours. */
static char *
slurp(const char *path)
{
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC), saved;
	struct stat st;
	char *text = NULL;
	ssize_t n = -1;

	if (fd == -1)
		return NULL;
	if (fstat(fd, &st) == 0) {
		errno = 0;
		/* In a directory like /tmp anybody could have put it there. */
		if (S_ISREG(st.st_mode) && st.st_size <= FILE_MAX_BYTES &&
		    (st.st_uid == geteuid() || st.st_uid == 0)) {
			text = bug_calloc(1, (size_t)st.st_size + 1);
			n = read(fd, text, (size_t)st.st_size);
		}
	}
	saved = errno;
	close(fd);
	errno = saved;
	if (n >= 0)
		return text;
	free(text);
	return NULL;
}

/* "192.0.2.10 65010 0 text" */
static bool
parse_limit(const char *line, struct statefile_limit *out)
{
	char addr[INET6_ADDRSTRLEN];
	int at = 0;

	memset(out, 0, sizeof(*out));
	if (sscanf(line, "%45s %" SCNu32 " %" SCNu64 "%n", addr, &out->asn, &out->until_s, &at) !=
		3 ||
	    line[at] != ' ')
		return false;
	snprintf(out->text, sizeof(out->text), "%s", line + at + 1);
	out->address.family = strchr(addr, ':') == NULL ? FAMILY_IPV4 : FAMILY_IPV6;
	return inet_pton(out->address.family == FAMILY_IPV4 ? AF_INET : AF_INET6, addr,
		   out->address.addr) == 1;
}

/* The lines between the first and the last; true if all are good and as many as that. */
static bool
parse_limits(char *text, size_t count, struct statefile *out)
{
	char *rest = text, *line;

	out->limits = bug_calloc(count + 1, sizeof(*out->limits));
	while ((line = strsep(&rest, "\n")) != NULL && rest != NULL) {
		if (strncmp(line, "limit ", 6) != 0 || out->count == count ||
		    !parse_limit(line + 6, &out->limits[out->count]))
			return false;
		out->count++;
	}
	return out->count == count;
}

static bool
parse(char *text, struct statefile *out)
{
	size_t len = strlen(text), first = strlen(FIRST_LINE "\n"), count;
	uint64_t sum;
	char *end, line[64];

	if (len < first || strncmp(text, FIRST_LINE "\n", first) != 0)
		return false;
	/* the last line, whole: what was cut off has no newline, or another one at its end */
	end = text + len - 1;
	while (end > text && end[-1] != '\n')
		end--;
	if (end < text + first || sscanf(end, "end %zu %" SCNx64, &count, &sum) != 2 ||
	    count > len || sum != checksum(text, (size_t)(end - text)))
		return false;
	snprintf(line, sizeof(line), "end %zu %016" PRIx64 "\n", count, sum);
	if (strcmp(end, line) != 0)
		return false;
	*end = '\0';
	return parse_limits(text + first, count, out);
}

int
statefile_read(const char *path, struct statefile *out, char error[STATEFILE_ERROR_MAX])
{
	char *text = slurp(path);

	*out = (struct statefile){0};
	if (text == NULL && errno == ENOENT)
		return 0;
	if (text == NULL)
		return fail(error,
		    "cannot be read (%s): peers that were down for their limit may come back",
		    errno == 0 ? "not a file of this user's or root's" : strerror(errno));
	if (!parse(text, out)) {
		statefile_fini(out);
		free(text);
		return fail(error,
		    "is damaged and not trusted: peers that were down for their limit may come "
		    "back; it is replaced at the next change");
	}
	free(text);
	return 0;
}

/* ---- writing ---- */

static void
print_limit(FILE *f, const struct statefile_limit *l)
{
	char addr[INET6_ADDRSTRLEN], text[STATEFILE_TEXT_MAX];

	inet_ntop(l->address.family == FAMILY_IPV4 ? AF_INET : AF_INET6, l->address.addr, addr,
	    sizeof(addr));
	snprintf(text, sizeof(text), "%s", l->text);
	for (char *p = text; *p != '\0'; p++)
		if (*p < ' ' || *p > '~')
			*p = '?';
	fprintf(f, "limit %s %" PRIu32 " %" PRIu64 " %s\n", addr, l->asn, l->until_s, text);
}

/* The whole text; the caller's to free. */
static char *
print(const struct statefile *s, size_t *len)
{
	char *text = NULL;
	FILE *f = open_memstream(&text, len);

	if (f == NULL)
		bug("statefile", "no memory");
	fprintf(f, FIRST_LINE "\n");
	for (size_t i = 0; i < s->count; i++)
		print_limit(f, &s->limits[i]);
	fflush(f);
	fprintf(f, "end %zu %016" PRIx64 "\n", s->count, checksum(text, *len));
	fclose(f);
	return text;
}

/* The directory part of a path. */
static void
directory_of(const char *path, char *dir, size_t size)
{
	const char *slash = strrchr(path, '/');

	if (slash == NULL)
		snprintf(dir, size, ".");
	else
		snprintf(dir, size, "%.*s", slash == path ? 1 : (int)(slash - path), path);
}

/* A rename is for ever once the directory is. */
static int
sync_directory(const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc, saved;

	if (fd == -1)
		return -1;
	rc = fsync(fd);
	saved = errno;
	close(fd);
	errno = saved;
	return rc;
}

/* A new file with this text, synced. */
static int
put_file(const char *path, const char *text, size_t len)
{
	int fd, rc, saved;
	ssize_t n;

	/* left by a daemon that died here */
	unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd == -1)
		return -1;
	n = write(fd, text, len);
	if (n >= 0 && (size_t)n != len)
		errno = ENOSPC;
	rc = n >= 0 && (size_t)n == len && fsync(fd) == 0 ? 0 : -1;
	saved = errno;
	if (close(fd) == -1 && rc == 0)
		return -1;
	errno = saved;
	return rc;
}

int
statefile_write(const char *path, const struct statefile *s, char error[STATEFILE_ERROR_MAX])
{
	size_t len, room = strlen(path) + sizeof(".new");
	char *text = print(s, &len), *beside = bug_calloc(1, room), *dir = bug_calloc(1, room);
	const char *what = NULL;
	int saved;

	snprintf(beside, room, "%s.new", path);
	directory_of(path, dir, room);
	if (mkdir(dir, 0755) == -1 && errno != EEXIST)
		what = "its directory cannot be made";
	else if (put_file(beside, text, len) == -1)
		what = "cannot be written";
	else if (rename(beside, path) == -1)
		what = "cannot be put in place";
	else if (sync_directory(dir) == -1)
		what = "may not outlive a power failure";
	saved = errno;
	free(text);
	free(beside);
	free(dir);
	if (what == NULL)
		return 0;
	return fail(error,
	    "%s (%s): see that the directory is there, may be written to and has room, or set "
	    "daemon.state_file; peers that are down for their limit come back with a restart",
	    what, strerror(saved));
}
