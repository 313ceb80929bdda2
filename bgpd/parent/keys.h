/*
 * TCP MD5 keys (RFC 2385) of listening sockets. The kernel keeps those of one socket in that
 * socket's option memory, net.core.optmem_max octets: some 150 keys by the default of older
 * kernels, some 960 by that of newer ones. A peer whose key does not fit gets no session, so it is
 * found out before: on sockets of our own that nobody can reach.
 *
 *   keys_check()   roostd -n, reload: every socket would take the keys of a whole configuration
 *   keys_set()     the start: they go onto a socket that does not listen yet
 *   keys_change()  a reload: from one configuration to the next, on a socket that listens
 *
 * Keys go by address and not by slot: an address that is given to another peer keeps one without a
 * moment in between. The parent; no state.
 */
#ifndef BGPD_PARENT_KEYS_H
#define BGPD_PARENT_KEYS_H

#include <stdbool.h>
#include <stddef.h>

#include "bgpd/conf/conf.h"

#define KEYS_TEXT_MAX 384

/* The first key that could not be set. */
struct keys_failure {
	const struct conf_peer *peer; /* whose; borrows the configuration */
	size_t set;		      /* keys that the socket has taken before */
	size_t wanted;		      /* by a socket of the family that wants most */
	int error;		      /* errno */
};

/* How many keys a socket of the family that has most of them needs. */
size_t keys_count(const struct conf *);

/* Gives a socket of the family all its keys. False with *failure: the socket is of no use then. */
bool keys_set(int fd, enum family, const struct conf *, struct keys_failure *);

/*
 * Takes back keys of addresses that have none in the new configuration, then sets those that are
 * new or other ones: never more keys at once than the larger configuration has. A key that can not
 * be set is reported to `failed`, and the others go on. `again` says of which slots of the new
 * configuration the key is to be set although it is the same; NULL: of none.
 */
typedef void keys_failed_cb(void *arg, const struct conf_peer *, const char *text);
void keys_change(int fd, enum family, const struct conf *from, const struct conf *to,
    const bool *again, keys_failed_cb *failed, void *arg);

/* Tries all of them. False with an error in the report, at the peer whose key does not fit. */
bool keys_check(const struct conf *, struct conf_report *);

/*
 * What is wrong and what to do about it; of option memory with the present limit and one that would
 * do: by what the keys that did fit have shown a key to cost.
 */
void keys_explain(const struct keys_failure *, char text[KEYS_TEXT_MAX]);

/* The same with the limit as a parameter, in octets; 0 = it is not known. */
void keys_explain_limit(const struct keys_failure *, size_t limit, char text[KEYS_TEXT_MAX]);

#endif
