/* The TCP sockets of BGP; see tcp.h. The parent. */
#include "bgpd/parent/tcp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define ADVICE_OTHER "see that the address and the port are right"

struct advice {
	int error;
	const char *text;
};

static const struct advice bind_advices[] = {
    {EADDRINUSE,
	"another program holds this port (ss -ltnp shows which); stop it, or choose another "
	"daemon.port"},
    {EACCES,
	"ports below 1024 need rights: start as root, give the program CAP_NET_BIND_SERVICE, or "
	"set daemon.port to 1024 or more"},
    {EAFNOSUPPORT,
	"this host does not speak this family: leave its addresses out of daemon.listen"},
};

static const struct advice md5_advices[] = {
    {ENOMEM,
	"the kernel's memory for socket options is used up: raise net.core.optmem_max with "
	"sysctl -w"},
    {ENOPROTOOPT,
	"this kernel has no TCP MD5 (CONFIG_TCP_MD5SIG): use another, or take the passwords out"},
    {EPERM, "TCP MD5 is not allowed here (FIPS mode?): take the passwords out"},
};

static const char *
find_advice(const struct advice *rows, size_t count, int error)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (rows[i].error == error)
			return rows[i].text;
	return ADVICE_OTHER;
}

#define FIND_ADVICE(rows, error) find_advice(rows, sizeof(rows) / sizeof((rows)[0]), error)

const char *
tcp_bind_advice(int error)
{
	return FIND_ADVICE(bind_advices, error);
}

const char *
tcp_md5_advice(int error)
{
	return FIND_ADVICE(md5_advices, error);
}

void
tcp_address_set(
    struct channel_address *out, enum family family, const uint8_t addr[16], uint16_t port)
{
	memset(out, 0, sizeof(*out));
	out->family = (uint8_t)family;
	out->port = port;
	memcpy(out->addr, addr, family == FAMILY_IPV4 ? 4 : 16);
}

socklen_t
tcp_address_encode(const struct channel_address *address, struct sockaddr_storage *out)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(address->port)};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(address->port)};

	memset(out, 0, sizeof(*out));
	if (address->family == FAMILY_IPV4) {
		memcpy(&v4.sin_addr, address->addr, 4);
		memcpy(out, &v4, sizeof(v4));
		return sizeof(v4);
	}
	memcpy(&v6.sin6_addr, address->addr, 16);
	memcpy(out, &v6, sizeof(v6));
	return sizeof(v6);
}

bool
tcp_address_decode(const struct sockaddr_storage *in, struct channel_address *out)
{
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
	uint8_t addr[16] = {0};

	switch (in->ss_family) {
	case AF_INET:
		memcpy(&v4, in, sizeof(v4));
		memcpy(addr, &v4.sin_addr, 4);
		tcp_address_set(out, FAMILY_IPV4, addr, ntohs(v4.sin_port));
		return true;
	case AF_INET6:
		memcpy(&v6, in, sizeof(v6));
		memcpy(addr, &v6.sin6_addr, 16);
		tcp_address_set(out, FAMILY_IPV6, addr, ntohs(v6.sin6_port));
		return true;
	default:
		return false;
	}
}

void
tcp_address_format(const struct channel_address *address, char buf[TCP_ADDRESS_TEXT_MAX])
{
	int family = address->family == FAMILY_IPV4 ? AF_INET : AF_INET6;

	if (inet_ntop(family, address->addr, buf, TCP_ADDRESS_TEXT_MAX) == NULL)
		buf[0] = '\0';
}

void
tcp_address_format_port(const struct channel_address *address, char buf[TCP_ADDRESS_TEXT_MAX])
{
	const char *form = address->family == FAMILY_IPV4 ? "%s:%u" : "[%s]:%u";
	char text[INET6_ADDRSTRLEN];
	int family = address->family == FAMILY_IPV4 ? AF_INET : AF_INET6;

	if (inet_ntop(family, address->addr, text, sizeof(text)) == NULL)
		text[0] = '\0';
	/* Both forms are as long as "[text]:65535" at most. */
	if (snprintf(buf, TCP_ADDRESS_TEXT_MAX, form, text, address->port) < 0)
		buf[0] = '\0';
}

/* Closes and keeps errno. Returns -1. */
static int
fail(int fd)
{
	int saved = errno;

	close(fd);
	errno = saved;
	return -1;
}

static int
set_int(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof(value));
}

int
tcp_socket(enum family family)
{
	int domain = family == FAMILY_IPV4 ? AF_INET : AF_INET6;
	int fd = socket(domain, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd == -1)
		return -1;
	/* The mark is a courtesy to the network: without it the session works as well. */
	if (family == FAMILY_IPV4)
		(void)set_int(fd, IPPROTO_IP, IP_TOS, IPTOS_PREC_INTERNETCONTROL);
	else
		(void)set_int(fd, IPPROTO_IPV6, IPV6_TCLASS, IPTOS_PREC_INTERNETCONTROL);
	return fd;
}

/* Lets it be bound to an address that the host does not have yet. */
static int
set_freebind(int fd, uint8_t family)
{
	return family == FAMILY_IPV4 ? set_int(fd, IPPROTO_IP, IP_FREEBIND, 1)
				     : set_int(fd, IPPROTO_IPV6, IPV6_FREEBIND, 1);
}

int
tcp_bind(const struct channel_address *address)
{
	struct sockaddr_storage sa;
	socklen_t len = tcp_address_encode(address, &sa);
	int fd = tcp_socket((enum family)address->family);

	if (fd == -1)
		return -1;
	if (set_int(fd, SOL_SOCKET, SO_REUSEADDR, 1) == -1)
		return fail(fd);
	if (set_freebind(fd, address->family) == -1)
		return fail(fd);
	if (address->family == FAMILY_IPV6 && set_int(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1) == -1)
		return fail(fd);
	if (bind(fd, (struct sockaddr *)&sa, len) == -1)
		return fail(fd);
	return fd;
}

int
tcp_listen(int fd)
{
	return listen(fd, TCP_BACKLOG);
}

bool
tcp_is_local(const struct channel_address *address)
{
	int domain = address->family == FAMILY_IPV4 ? AF_INET : AF_INET6;
	struct channel_address any_port = *address;
	struct sockaddr_storage sa;
	bool is_local;
	int fd;

	any_port.port = 0;
	fd = socket(domain, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return errno != EAFNOSUPPORT;
	is_local = bind(fd, (struct sockaddr *)&sa, tcp_address_encode(&any_port, &sa)) == 0 ||
	    errno != EADDRNOTAVAIL;
	close(fd);
	return is_local;
}

int
tcp_set_md5(int fd, const struct channel_address *peer, const char *password)
{
	struct channel_address address = *peer;
	struct tcp_md5sig sig = {0};
	struct sockaddr_storage sa;
	size_t len = strlen(password);
	int rc;

	if (len > TCP_MD5SIG_MAXKEYLEN) {
		errno = EINVAL;
		return -1;
	}
	address.port = 0;
	tcp_address_encode(&address, &sa);
	memcpy(&sig.tcpm_addr, &sa, sizeof(sa));
	sig.tcpm_keylen = (uint16_t)len;
	memcpy(sig.tcpm_key, password, len);
	rc = setsockopt(fd, IPPROTO_TCP, TCP_MD5SIG, &sig, sizeof(sig));
	explicit_bzero(&sig, sizeof(sig));
	return rc;
}

int
tcp_set_hops(int fd, enum family family, uint8_t multihop, bool gtsm)
{
	int level = family == FAMILY_IPV4 ? IPPROTO_IP : IPPROTO_IPV6;
	int ttl_option = family == FAMILY_IPV4 ? IP_TTL : IPV6_UNICAST_HOPS;
	int least_option = family == FAMILY_IPV4 ? IP_MINTTL : IPV6_MINHOPCOUNT;
	int hops = multihop == 0 ? 1 : multihop;
	int ttl = gtsm ? 255 : multihop == 0 ? -1 : multihop; /* -1: the kernel's default */

	if (set_int(fd, level, ttl_option, ttl) == -1)
		return -1;
	return set_int(fd, level, least_option, gtsm ? 256 - hops : 0);
}

int
tcp_accept(int fd, struct channel_address *local, struct channel_address *remote)
{
	struct sockaddr_storage from = {0}, to = {0};
	socklen_t from_len = sizeof(from), to_len = sizeof(to);
	int conn = accept4(fd, (struct sockaddr *)&from, &from_len, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (conn == -1)
		return -1;
	if (getsockname(conn, (struct sockaddr *)&to, &to_len) == -1)
		return fail(conn);
	if (!tcp_address_decode(&from, remote) || !tcp_address_decode(&to, local)) {
		errno = EAFNOSUPPORT;
		return fail(conn);
	}
	return conn;
}

int
tcp_connect(const struct channel_address *local, const struct channel_address *remote,
    const char *password, uint8_t multihop, bool gtsm)
{
	struct sockaddr_storage sa;
	int fd = tcp_socket((enum family)remote->family);
	socklen_t len;

	if (fd == -1)
		return -1;
	if (password != NULL && tcp_set_md5(fd, remote, password) == -1)
		return fail(fd);
	if (tcp_set_hops(fd, (enum family)remote->family, multihop, gtsm) == -1)
		return fail(fd);
	if (local != NULL) {
		len = tcp_address_encode(local, &sa);
		if (bind(fd, (struct sockaddr *)&sa, len) == -1)
			return fail(fd);
	}
	len = tcp_address_encode(remote, &sa);
	if (connect(fd, (struct sockaddr *)&sa, len) == -1 && errno != EINPROGRESS)
		return fail(fd);
	return fd;
}

int
tcp_connected(int fd, struct channel_address *local)
{
	struct sockaddr_storage sa = {0};
	socklen_t len = sizeof(sa), error_len = sizeof(int);
	int error = 0;

	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &error_len) == -1)
		return -1;
	if (error != 0) {
		errno = error;
		return -1;
	}
	if (getsockname(fd, (struct sockaddr *)&sa, &len) == -1)
		return -1;
	if (!tcp_address_decode(&sa, local)) {
		errno = EAFNOSUPPORT;
		return -1;
	}
	return 0;
}

bool
tcp_is_unspoken(int fd)
{
	struct tcp_info info = {0};
	socklen_t len = sizeof(info);

	return getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) == 0 && info.tcpi_bytes_sent == 0;
}

void
tcp_reset(int fd)
{
	struct linger now = {.l_onoff = 1, .l_linger = 0};

	(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(fd);
}
