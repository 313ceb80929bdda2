/*
 * Addresses without a port: text, socket addresses, TCP MD5 keys.
 */
#ifndef SIM_ADDRESS_H
#define SIM_ADDRESS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

struct address {
	uint16_t family;    /* 4 or 6, 0 = not set */
	uint8_t octets[16]; /* IPv4 in the first four, the rest zero */
};

bool address_parse(const char *text, struct address *out);
void address_format(const struct address *a, char out[INET6_ADDRSTRLEN]);
bool address_equal(const struct address *a, const struct address *b);
socklen_t address_fill(const struct address *a, uint16_t port, struct sockaddr_storage *out);
void address_take(const struct sockaddr_storage *addr, struct address *out);
/* RFC 2385: for connections with this peer; ends the program if the kernel refuses. */
void address_set_md5(int fd, const struct address *peer, const char *key);

#endif
