/*
 * Addresses, see address.h.
 */
#include "tests/sim/address.h"

#include <arpa/inet.h>
#include <err.h>
#include <linux/tcp.h>
#include <string.h>

bool
address_parse(const char *text, struct address *out)
{
	*out = (struct address){.family = strchr(text, ':') != NULL ? 6 : 4};
	return inet_pton(out->family == 6 ? AF_INET6 : AF_INET, text, out->octets) == 1;
}

void
address_format(const struct address *a, char out[INET6_ADDRSTRLEN])
{
	inet_ntop(a->family == 6 ? AF_INET6 : AF_INET, a->octets, out, INET6_ADDRSTRLEN);
}

bool
address_equal(const struct address *a, const struct address *b)
{
	return a->family == b->family && memcmp(a->octets, b->octets, sizeof(a->octets)) == 0;
}

socklen_t
address_fill(const struct address *a, uint16_t port, struct sockaddr_storage *out)
{
	struct sockaddr_in *in = (struct sockaddr_in *)out;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)out;

	memset(out, 0, sizeof(*out));
	if (a->family == 4) {
		in->sin_family = AF_INET;
		in->sin_port = htons(port);
		memcpy(&in->sin_addr, a->octets, 4);
		return sizeof(*in);
	}
	in6->sin6_family = AF_INET6;
	in6->sin6_port = htons(port);
	memcpy(&in6->sin6_addr, a->octets, 16);
	return sizeof(*in6);
}

void
address_take(const struct sockaddr_storage *addr, struct address *out)
{
	*out = (struct address){.family = addr->ss_family == AF_INET ? 4 : 6};
	if (out->family == 4)
		memcpy(out->octets, &((const struct sockaddr_in *)addr)->sin_addr, 4);
	else
		memcpy(out->octets, &((const struct sockaddr_in6 *)addr)->sin6_addr, 16);
}

void
address_set_md5(int fd, const struct address *peer, const char *key)
{
	struct tcp_md5sig sig = {.tcpm_keylen = (uint16_t)strlen(key)};

	if (sig.tcpm_keylen > TCP_MD5SIG_MAXKEYLEN)
		errx(2, "a TCP MD5 key is too long");
	address_fill(peer, 0, (struct sockaddr_storage *)&sig.tcpm_addr);
	memcpy(sig.tcpm_key, key, sig.tcpm_keylen);
	if (setsockopt(fd, IPPROTO_TCP, TCP_MD5SIG, &sig, sizeof(sig)) == -1)
		err(2, "TCP_MD5SIG");
}
