/*
 * The file with what outlives the daemon: peers that are down because they had too many prefixes.
 * Only reads and writes it; the parent.
 *
 *   roost-state 1
 *   limit 192.0.2.10 65010 0 more than 1000 ipv4 prefixes
 *   limit 2001:db8::10 65010 1795440000 more than 100 ipv6 prefixes
 *   end 2 8f1c0a5e33b1d6e9
 *
 * A line per peer: its address and ASN, when it may come back (Unix time, 0 = when an operator says
 * so), why it is down. The last line has the number of them and a checksum (FNV-1a) of all that
 * stands before it. A file that is not whole to the last octet is not trusted at all.
 *
 * It is written under another name, synced and renamed: after a crash there is the old one or the
 * new one.
 */
#ifndef BGPD_PARENT_STATEFILE_H
#define BGPD_PARENT_STATEFILE_H

#include <stddef.h>
#include <stdint.h>

#include "bgpd/conf/conf.h"

#define STATEFILE_ERROR_MAX 512
#define STATEFILE_TEXT_MAX  256 /* terminating zero included */

struct statefile_limit {
	struct conf_address address;
	uint32_t asn;
	uint64_t until_s; /* Unix time; 0 = no end */
	char text[STATEFILE_TEXT_MAX];
};

struct statefile {
	size_t count;
	struct statefile_limit *limits;
};

/*
 * Reads the file; a path where nothing is gives an empty state. Returns 0, or -1 with what is wrong
 * and what that means in error; *out is empty then. statefile_fini() in any case.
 */
int statefile_read(const char *path, struct statefile *out, char error[STATEFILE_ERROR_MAX]);

/*
 * Puts the state in place of what the file has; makes its directory if only that is missing. Octets
 * of a text that would break its line become '?'. Returns 0, or -1 with the reason and what to do
 * in error: the old file is then still there.
 */
int statefile_write(const char *path, const struct statefile *, char error[STATEFILE_ERROR_MAX]);

void statefile_fini(struct statefile *);

#endif
