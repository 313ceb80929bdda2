/* Connections that wait for their worker: bgpd/parent/held.h. */
#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bgpd/parent/held.h"
#include "rib/prefix.h"

#define SLOTS	 3
#define WAIT_MS	 40
#define LATER_MS 5000

static struct event_base *base;
static struct held *held;

static void
begin(size_t max, unsigned wait_ms)
{
	base = event_base_new();
	ck_assert_ptr_nonnull(base);
	held = held_new(base, SLOTS, max, wait_ms);
}

static void
end(void)
{
	held_free(held);
	event_base_free(base);
}

/* Both ends of a TCP connection: ours in *ours, the member's is returned. */
static int
connect_member(struct held_connection *ours)
{
	struct sockaddr_in a = {.sin_family = AF_INET};
	socklen_t len = sizeof(a);
	int listener = socket(AF_INET, SOCK_STREAM, 0), member = socket(AF_INET, SOCK_STREAM, 0);

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ck_assert_int_eq(bind(listener, (struct sockaddr *)&a, sizeof(a)), 0);
	ck_assert_int_eq(listen(listener, 1), 0);
	ck_assert_int_eq(getsockname(listener, (struct sockaddr *)&a, &len), 0);
	ck_assert_int_eq(connect(member, (struct sockaddr *)&a, sizeof(a)), 0);
	*ours = (struct held_connection){.fd = accept(listener, NULL, NULL)};
	ours->remote.family = FAMILY_IPV4;
	ours->remote.port = 179;
	ck_assert_int_ge(ours->fd, 0);
	close(listener);
	return member;
}

/* A connection that is held. Returns the member's end. */
static int
keep(uint32_t slot)
{
	struct held_connection c;
	int member = connect_member(&c);

	ck_assert(held_keep(held, slot, &c));
	return member;
}

static bool
is_reset(int member)
{
	char octet;

	return read(member, &octet, 1) == -1 && errno == ECONNRESET;
}

static bool
is_open(int member)
{
	struct pollfd p = {.fd = member, .events = POLLIN | POLLRDHUP};

	return poll(&p, 1, 0) == 0;
}

START_TEST(what_is_said_waits)
{
	struct held_connection c;
	char text[8];
	int member;

	begin(SLOTS, LATER_MS);
	member = keep(1);
	ck_assert_int_eq(write(member, "open", 4), 4);
	ck_assert(!held_take(held, 0, &c));
	ck_assert(held_take(held, 1, &c));
	ck_assert(!held_take(held, 1, &(struct held_connection){0}));
	ck_assert_uint_eq(c.remote.port, 179);
	ck_assert_int_eq(read(c.fd, text, sizeof(text)), 4);
	ck_assert(is_open(member));
	close(c.fd);
	close(member);
	end();
}
END_TEST

START_TEST(the_newer_one_stays)
{
	struct held_connection c;
	int older, newer, other;

	begin(SLOTS, LATER_MS);
	older = keep(1);
	other = keep(2);
	newer = keep(1);
	ck_assert(is_reset(older));
	ck_assert(is_open(newer) && is_open(other));
	ck_assert(held_take(held, 1, &c));
	ck_assert_int_eq(write(c.fd, "x", 1), 1);
	ck_assert(!is_open(newer));
	close(c.fd);
	close(older);
	close(newer);
	close(other);
	end();
}
END_TEST

START_TEST(there_is_room_for_so_many)
{
	struct held_connection c, first;
	int a, b;

	begin(1, LATER_MS);
	a = keep(0);
	b = connect_member(&c);
	ck_assert(!held_keep(held, 1, &c));
	ck_assert(is_open(a) && is_open(b));
	/* in the place of the slot's own there is */
	close(keep(0));
	ck_assert(is_reset(a));
	held_drop(held, 0, "the test says so");
	ck_assert(held_keep(held, 1, &c));
	ck_assert(!held_take(held, 0, &first));
	close(a);
	close(b);
	end();
}
END_TEST

START_TEST(it_is_held_for_a_while)
{
	struct held_connection c;
	int member;

	begin(SLOTS, WAIT_MS);
	member = keep(1);
	event_base_loop(base, EVLOOP_ONCE); /* there is but this timer */
	ck_assert(is_reset(member));
	ck_assert(!held_take(held, 1, &c));
	close(member);
	end();
}
END_TEST

/* FIN, or RST: nobody gets it, and its descriptor is not left open. */
START_TEST(who_has_gone_is_forgotten)
{
	struct linger now = {.l_onoff = 1, .l_linger = 0};
	struct held_connection c;
	int member, before;

	begin(SLOTS, LATER_MS);
	before = dup(0);
	close(before);
	member = keep(1);
	ck_assert_int_eq(write(member, "open", 4), 4);
	if (_i == 1)
		setsockopt(member, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(member);
	ck_assert(!held_take(held, 1, &c));
	member = dup(0);
	ck_assert_int_eq(member, before);
	close(member);
	end();
}
END_TEST

START_TEST(the_end_and_a_change_reset)
{
	int dropped, left;

	begin(SLOTS, LATER_MS);
	dropped = keep(0);
	left = keep(2);
	held_drop(held, 0, "the test says so");
	held_drop(held, 1, "there is none");
	ck_assert(is_reset(dropped));
	ck_assert(is_open(left));
	end();
	ck_assert(is_reset(left));
	held_free(NULL);
	close(dropped);
	close(left);
}
END_TEST

/* A connection whose copy is lent; the worker's is *worker. Returns the member's end. */
static int
lend(uint32_t slot, uint32_t epoch, int *worker)
{
	struct held_connection c;
	int member = connect_member(&c);

	*worker = dup(c.fd);
	held_lend(held, slot, epoch, &c);
	return member;
}

/* What the worker has taken ends when the worker closes it; what it has not is there after it. */
START_TEST(what_is_not_taken_comes_back)
{
	int member[4], worker[4];
	struct held_connection c;

	begin(1, LATER_MS);
	for (uint32_t i = 0; i < 4; i++)
		member[i] = lend(i < 3 ? 1 : 2, i + 1, &worker[i]);
	held_taken(held, 1, 2);
	held_taken(held, 1, 4); /* the other slot's */
	held_taken(held, 0, 1);
	ck_assert_int_eq(write(worker[2], "open", 4), 4); /* nobody has heard that it was taken */
	for (unsigned i = 0; i < 4; i++)
		close(worker[i]);
	ck_assert(!is_open(member[1]));
	ck_assert(is_open(member[0]) && is_open(member[3]));
	ck_assert(held_reclaim(held, 1, &c));
	ck_assert_int_eq(write(c.fd, "x", 1), 1);
	ck_assert(!is_open(member[0]));
	ck_assert(!held_reclaim(held, 1, &(struct held_connection){0}));
	ck_assert_int_eq(read(member[2], (char[8]){0}, 8), 4);
	ck_assert_int_eq(read(member[2], (char[8]){0}, 8), 0);
	ck_assert(is_open(member[3]));
	end();
	ck_assert(!is_open(member[3]));
	close(c.fd);
	for (unsigned i = 0; i < 4; i++)
		close(member[i]);
}
END_TEST

/* A slot whose peer is another one by now gets nothing of the one before. */
START_TEST(what_is_dropped_does_not_come_back)
{
	struct held_connection c;
	int member, worker;

	begin(1, LATER_MS);
	member = lend(1, 1, &worker);
	held_drop(held, 1, "the test says so");
	ck_assert(is_open(member)); /* it is the worker's affair */
	ck_assert(!held_reclaim(held, 1, &c));
	close(worker);
	ck_assert(!is_open(member));
	close(member);
	end();
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("held");
	TCase *t = tcase_create("held");
	SRunner *r;
	int failed;

	tcase_add_test(t, what_is_said_waits);
	tcase_add_test(t, the_newer_one_stays);
	tcase_add_test(t, there_is_room_for_so_many);
	tcase_add_test(t, it_is_held_for_a_while);
	tcase_add_loop_test(t, who_has_gone_is_forgotten, 0, 2);
	tcase_add_test(t, the_end_and_a_change_reset);
	tcase_add_test(t, what_is_not_taken_comes_back);
	tcase_add_test(t, what_is_dropped_does_not_come_back);
	suite_add_tcase(suite, t);
	r = srunner_create(suite);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
