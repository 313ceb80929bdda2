/*
 * The TCP sockets of BGP, made by the parent alone: listening, accepted, outgoing, and their MD5
 * keys (RFC 2385). All non-blocking and close-on-exec, marked with precedence "internetwork
 * control" (RFC 4271 appendix E), which is DSCP 48, from the SYN on. No state.
 */
#ifndef BGPD_PARENT_TCP_H
#define BGPD_PARENT_TCP_H

#include <stdbool.h>
#include <sys/socket.h>

#include "bgpd/ipc/channel.h"
#include "rib/prefix.h"

/* "[2001:db8::1]:179", the terminating zero included */
#define TCP_ADDRESS_TEXT_MAX 56
#define TCP_BACKLOG	     4096

/* Fills in an address; port in host order. addr as everywhere: IPv4 in the first four octets. */
void tcp_address_set(struct channel_address *, enum family, const uint8_t addr[16], uint16_t port);

/* The way to the kernel and back. The latter is false for families that are not ours. */
socklen_t tcp_address_encode(const struct channel_address *, struct sockaddr_storage *out);
bool tcp_address_decode(const struct sockaddr_storage *, struct channel_address *out);

/* Writes the address, without and with its port. */
void tcp_address_format(const struct channel_address *, char buf[TCP_ADDRESS_TEXT_MAX]);
void tcp_address_format_port(const struct channel_address *, char buf[TCP_ADDRESS_TEXT_MAX]);

/* A socket of the family that is not bound. Returns it, or -1 with errno. */
int tcp_socket(enum family);

/*
 * A bound socket that does not listen yet, so that its keys can be set first: no moment without
 * them. IPv6 sockets do not take IPv4. The address need not be on this host: who listens is reached
 * as soon as it is (tcp_is_local()). Returns the socket, or -1 with errno.
 */
int tcp_bind(const struct channel_address *);
int tcp_listen(int fd);

/* False if this host does not have the address now; a wildcard it always has. */
bool tcp_is_local(const struct channel_address *);

/* What to do about a tcp_bind() or tcp_listen() that failed: a sentence for the operator. */
const char *tcp_bind_advice(int error);

/*
 * Lets fd talk to the address only with segments signed with the password (at most
 * TCP_MD5SIG_MAXKEYLEN octets). Returns 0, or -1 with errno.
 */
int tcp_set_md5(int fd, const struct channel_address *, const char *password);
const char *tcp_md5_advice(int error);

/*
 * How far away the peer may be. multihop is the number of hops, 0 = it is not said. With gtsm (RFC
 * 5082) segments leave with TTL 255, and those that have come further than these hops (0: one) are
 * not heard. Without it they leave with the TTL multihop, 0 = the kernel's. Returns 0, or -1 with
 * errno.
 */
int tcp_set_hops(int fd, enum family, uint8_t multihop, bool gtsm);

/* Takes one connection off a listening socket. Returns it, or -1 with errno (EAGAIN: none). */
int tcp_accept(int fd, struct channel_address *local, struct channel_address *remote);

/*
 * Begins a connection; local and password may be NULL, multihop and gtsm are as for tcp_set_hops().
 * Returns the socket, which becomes writable when it is decided (tcp_connected()), or -1 with
 * errno.
 */
int tcp_connect(const struct channel_address *local, const struct channel_address *remote,
    const char *password, uint8_t multihop, bool gtsm);

/*
 * After a socket of tcp_connect() has become writable: 0 and its own address, or -1 with errno of
 * what went wrong.
 */
int tcp_connected(int fd, struct channel_address *local);

/* True if no octet of ours has been sent on the connection, by whichever process has it. */
bool tcp_is_unspoken(int fd);

/* Closes at once, without a state that lingers: for connections nobody asked for. */
void tcp_reset(int fd);

#endif
