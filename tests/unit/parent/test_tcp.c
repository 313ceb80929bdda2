/* BGP's sockets as the parent makes them, on loopback: bgpd/parent/tcp.h. */
#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bgpd/parent/tcp.h"

static void
address(struct channel_address *out, const char *text, uint16_t port)
{
	uint8_t addr[16] = {0};
	enum family family = strchr(text, ':') != NULL ? FAMILY_IPV6 : FAMILY_IPV4;

	ck_assert_int_eq(inet_pton(family == FAMILY_IPV6 ? AF_INET6 : AF_INET, text, addr), 1);
	tcp_address_set(out, family, addr, port);
}

static uint16_t
port_of(int fd)
{
	struct sockaddr_storage sa;
	struct channel_address a;
	socklen_t len = sizeof(sa);

	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&sa, &len), 0);
	ck_assert(tcp_address_decode(&sa, &a));
	return a.port;
}

static bool
is_ready(int fd, short events, int wait_ms)
{
	struct pollfd p = {.fd = fd, .events = events};

	return poll(&p, 1, wait_ms) == 1;
}

static const char *const hosts[] = {"127.0.0.1", "::1"};

START_TEST(test_texts)
{
	struct channel_address a;
	char text[TCP_ADDRESS_TEXT_MAX];

	address(&a, "192.0.2.1", 179);
	tcp_address_format(&a, text);
	ck_assert_str_eq(text, "192.0.2.1");
	tcp_address_format_port(&a, text);
	ck_assert_str_eq(text, "192.0.2.1:179");
	address(&a, "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", 65535);
	tcp_address_format_port(&a, text);
	ck_assert_str_eq(text, "[2001:db8:ffff:ffff:ffff:ffff:ffff:ffff]:65535");
}
END_TEST

static int
option_of(int fd, bool is_v4, int v4, int v6)
{
	socklen_t len = sizeof(int);
	int value;

	ck_assert_int_eq(
	    getsockopt(fd, is_v4 ? IPPROTO_IP : IPPROTO_IPV6, is_v4 ? v4 : v6, &value, &len), 0);
	return value;
}

START_TEST(test_there_and_back)
{
	struct channel_address any, to, local, remote, own, want;
	int l, c, s;

	address(&any, _i == 0 ? "0.0.0.0" : "::", 0);
	l = tcp_bind(&any);
	ck_assert_int_ge(l, 0);
	ck_assert_int_eq(tcp_listen(l), 0);
	ck_assert_int_eq(tcp_accept(l, &local, &remote), -1);
	ck_assert_int_eq(errno, EAGAIN);
	address(&to, hosts[_i], port_of(l));
	address(&own, _i == 0 ? "127.0.0.9" : "::1", 0);
	c = tcp_connect(&own, &to, NULL, 0, false);
	ck_assert_int_ge(c, 0);
	ck_assert(is_ready(c, POLLOUT, 2000));
	ck_assert_int_eq(tcp_connected(c, &own), 0);
	ck_assert(is_ready(l, POLLIN, 2000));
	s = tcp_accept(l, &local, &remote);
	ck_assert_int_ge(s, 0);
	ck_assert_int_eq(memcmp(&remote, &own, sizeof(own)), 0);
	address(&want, hosts[_i], port_of(l));
	ck_assert_int_eq(memcmp(&local, &want, sizeof(want)), 0);
	ck_assert(fcntl(s, F_GETFL) & O_NONBLOCK);
	ck_assert(fcntl(s, F_GETFD) & FD_CLOEXEC);
	ck_assert_int_eq(option_of(l, _i == 0, IP_TOS, IPV6_TCLASS), IPTOS_PREC_INTERNETCONTROL);
	ck_assert_int_eq(option_of(c, _i == 0, IP_TOS, IPV6_TCLASS), IPTOS_PREC_INTERNETCONTROL);
	ck_assert_int_eq(option_of(s, _i == 0, IP_TOS, IPV6_TCLASS), IPTOS_PREC_INTERNETCONTROL);
	close(c);
	tcp_reset(s);
	close(l);
}
END_TEST

/* Both wildcards at one port: IPv6 leaves IPv4 alone. */
START_TEST(test_both_wildcards)
{
	struct channel_address v4, v6;
	int l4, l6;

	address(&v6, "::", 0);
	l6 = tcp_bind(&v6);
	ck_assert_int_ge(l6, 0);
	ck_assert_int_eq(tcp_listen(l6), 0);
	address(&v4, "0.0.0.0", port_of(l6));
	l4 = tcp_bind(&v4);
	ck_assert_int_ge(l4, 0);
	ck_assert_int_eq(tcp_listen(l4), 0);
	close(l4);
	close(l6);
}
END_TEST

/* 192.0.2.0/24 and 2001:db8::/32 are for documentation: no host of ours has one. */
START_TEST(test_address_that_is_not_there)
{
	static const char *const absent[] = {"192.0.2.254", "2001:db8::fe"};
	struct channel_address a, to;
	int l;

	address(&a, absent[_i], 0);
	ck_assert(!tcp_is_local(&a));
	l = tcp_bind(&a);
	ck_assert_int_ge(l, 0);
	ck_assert_int_eq(tcp_listen(l), 0);
	close(l);
	address(&to, hosts[_i], 179);
	ck_assert(tcp_is_local(&to));
	ck_assert_int_eq(tcp_connect(&a, &to, NULL, 0, false), -1);
	ck_assert_int_eq(errno, EADDRNOTAVAIL);
	address(&a, _i == 0 ? "0.0.0.0" : "::", 179);
	ck_assert(tcp_is_local(&a));
}
END_TEST

START_TEST(test_used_port)
{
	struct channel_address a;
	int first, second;

	address(&a, "127.0.0.1", 0);
	first = tcp_bind(&a);
	ck_assert_int_ge(first, 0);
	ck_assert_int_eq(tcp_listen(first), 0);
	a.port = port_of(first);
	second = tcp_bind(&a);
	if (second != -1) {
		ck_assert_int_eq(tcp_listen(second), -1);
		close(second);
	}
	ck_assert_int_eq(errno, EADDRINUSE);
	ck_assert_ptr_nonnull(strstr(tcp_bind_advice(EADDRINUSE), "another program"));
	close(first);
}
END_TEST

START_TEST(test_advices)
{
	ck_assert_ptr_nonnull(strstr(tcp_bind_advice(EACCES), "CAP_NET_BIND_SERVICE"));
	ck_assert_ptr_nonnull(strstr(tcp_md5_advice(ENOMEM), "optmem_max"));
	ck_assert_ptr_nonnull(tcp_bind_advice(12345));
}
END_TEST

START_TEST(test_refused_connection)
{
	struct channel_address to, local;
	int l, c;

	address(&to, "127.0.0.1", 0);
	l = tcp_bind(&to);
	to.port = port_of(l);
	close(l);
	c = tcp_connect(NULL, &to, NULL, 0, false);
	if (c == -1) {
		ck_assert_int_eq(errno, ECONNREFUSED);
		return;
	}
	ck_assert(is_ready(c, POLLOUT, 2000));
	ck_assert_int_eq(tcp_connected(c, &local), -1);
	ck_assert_int_eq(errno, ECONNREFUSED);
	close(c);
}
END_TEST

/* With the right key it connects; with a wrong one, or none, the kernel stays silent. */
START_TEST(test_md5)
{
	static const char *const keys[] = {"secret", "wrong", NULL};
	struct channel_address bound, to, own, local;
	bool connected;
	int l, c;

	address(&bound, _i < 3 ? "127.0.0.1" : "::1", 0);
	l = tcp_bind(&bound);
	address(&own, _i < 3 ? "127.0.0.7" : "::1", 0);
	if (tcp_set_md5(l, &own, "secret") == -1) {
		ck_assert_msg(errno == ENOPROTOOPT, "MD5: %s", strerror(errno));
		close(l);
		return;
	}
	ck_assert_int_eq(tcp_listen(l), 0);
	address(&to, _i < 3 ? "127.0.0.1" : "::1", port_of(l));
	c = tcp_connect(&own, &to, keys[_i % 3], 0, false);
	ck_assert_int_ge(c, 0);
	connected = is_ready(c, POLLOUT, 300) && tcp_connected(c, &local) == 0;
	ck_assert_int_eq(connected, _i % 3 == 0);
	close(c);
	close(l);
}
END_TEST

START_TEST(test_md5_too_long)
{
	struct channel_address a;
	char key[100];
	int fd;

	memset(key, 'x', sizeof(key) - 1);
	key[sizeof(key) - 1] = '\0';
	address(&a, "127.0.0.1", 0);
	fd = tcp_bind(&a);
	ck_assert_int_eq(tcp_set_md5(fd, &a, key), -1);
	ck_assert_int_eq(errno, EINVAL);
	close(fd);
}
END_TEST

static const struct {
	uint8_t multihop;
	bool gtsm;
	int ttl; /* 0 = the kernel's */
	int least;
} distances[] = {
    {0, false, 0, 0},
    {7, false, 7, 0},
    {255, false, 255, 0},
    {0, true, 255, 255},
    {1, true, 255, 255},
    {2, true, 255, 254},
    {255, true, 255, 1},
};

#define DISTANCES ((int)(sizeof(distances) / sizeof(distances[0])))

static void
check_distance(int fd, bool is_v4, int i, int usual)
{
	int ttl = distances[i].ttl == 0 ? usual : distances[i].ttl;

	ck_assert_int_eq(option_of(fd, is_v4, IP_TTL, IPV6_UNICAST_HOPS), ttl);
	ck_assert_int_eq(option_of(fd, is_v4, IP_MINTTL, IPV6_MINHOPCOUNT), distances[i].least);
}

/* On a socket that had another distance before, and on one that connects. */
START_TEST(test_hops)
{
	bool is_v4 = _i < DISTANCES;
	enum family family = is_v4 ? FAMILY_IPV4 : FAMILY_IPV6;
	struct channel_address a;
	int i = _i % DISTANCES, l, c, usual;

	address(&a, hosts[is_v4 ? 0 : 1], 0);
	l = tcp_bind(&a);
	ck_assert_int_ge(l, 0);
	usual = option_of(l, is_v4, IP_TTL, IPV6_UNICAST_HOPS);
	ck_assert_int_eq(tcp_set_hops(l, family, 9, true), 0);
	ck_assert_int_eq(tcp_set_hops(l, family, distances[i].multihop, distances[i].gtsm), 0);
	check_distance(l, is_v4, i, usual);
	ck_assert_int_eq(tcp_listen(l), 0);
	a.port = port_of(l);
	c = tcp_connect(NULL, &a, NULL, distances[i].multihop, distances[i].gtsm);
	ck_assert_int_ge(c, 0);
	check_distance(c, is_v4, i, usual);
	close(c);
	close(l);
}
END_TEST

/* Segments with a smaller TTL than the other side lets through come to nothing, SYN and ACK too. */
START_TEST(test_gtsm_on_the_wire)
{
	struct channel_address a, local;
	bool connected;
	int l, c;

	address(&a, hosts[_i / 2], 0);
	l = tcp_bind(&a);
	ck_assert_int_ge(l, 0);
	if (_i % 2 == 1)
		ck_assert_int_eq(tcp_set_hops(l, (enum family)a.family, 255, false), 0);
	ck_assert_int_eq(tcp_listen(l), 0);
	a.port = port_of(l);
	c = tcp_connect(NULL, &a, NULL, 0, true);
	ck_assert_int_ge(c, 0);
	connected = is_ready(c, POLLOUT, 300) && tcp_connected(c, &local) == 0;
	ck_assert_int_eq(connected, _i % 2 == 1);
	close(c);
	close(l);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("tcp");
	TCase *t = tcase_create("tcp");
	SRunner *r;
	int failed;

	tcase_add_test(t, test_texts);
	tcase_add_loop_test(t, test_there_and_back, 0, 2);
	tcase_add_test(t, test_both_wildcards);
	tcase_add_loop_test(t, test_address_that_is_not_there, 0, 2);
	tcase_add_test(t, test_used_port);
	tcase_add_test(t, test_advices);
	tcase_add_test(t, test_refused_connection);
	tcase_add_loop_test(t, test_md5, 0, 6);
	tcase_add_test(t, test_md5_too_long);
	tcase_add_loop_test(t, test_hops, 0, 2 * DISTANCES);
	tcase_add_loop_test(t, test_gtsm_on_the_wire, 0, 4);
	suite_add_tcase(suite, t);
	r = srunner_create(suite);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
