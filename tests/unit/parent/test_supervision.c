/*
 * The parent with children that do what the test wants: bgpd/parent/children.c and messages.c.
 *
 * Workers (stub.h) obey the first octet that a member sends, rib the octets of a pipe.
 */
#include "tests/unit/parent/stub.h"

#include "bgpd/feed/feed.h"
#include "bgpd/ipc/session_table.h"
#include "bgpd/parent/slots.h"

/* ---- the children ---- */

enum command {
	COMMAND_DIE = 'D',	/* of this slot's input */
	COMMAND_DIE_IDLE = 'I', /* of nobody's input */
	COMMAND_CONNECT = 'C',	/* ask for a connection to this slot */
	COMMAND_FOREIGN = 'F',	/* speak about the other worker's slot */
	COMMAND_KEEP = 'K',	/* leave the connection open */
	COMMAND_LEAVE = 'L'	/* close the channel and stay */
};

/* of this child */
static struct session_table *table;
static int orders = -1;

static void
send_number(struct stub *s, enum channel_type type, uint64_t number)
{
	struct channel_number body = {.number = number};

	if (channel_send(s->channel, type, &body, NULL, 0) == -1)
		abort();
}

static void
obey(struct stub *s, const struct channel_connection *c, char command)
{
	struct channel_which closed = {.slot = c->slot, .epoch = c->epoch};

	switch (command) {
	case COMMAND_DIE:
		session_table_set_working_on(table, c->slot);
		abort();
	case COMMAND_DIE_IDLE:
		abort();
	case COMMAND_CONNECT:
		send_number(s, CHANNEL_CONNECT, c->slot);
		break;
	case COMMAND_FOREIGN:
		send_number(s, CHANNEL_CONNECT, c->slot ^ 1);
		send_number(s, CHANNEL_CONNECT, UINT64_MAX);
		break;
	case COMMAND_LEAVE:
		channel_free(s->channel);
		pause();
		break;
	default:
		break;
	}
	if (command != COMMAND_KEEP)
		channel_send(s->channel, CHANNEL_CLOSED, &closed, NULL, 0);
}

static void
take_connection(struct stub *s, struct channel_message *m)
{
	const struct channel_connection *c = &m->body.connection;
	struct channel_which which = {.slot = c->slot, .epoch = c->epoch};
	struct pollfd p = {.fd = m->fds[0], .events = POLLIN};
	char command = 0;

	channel_send(s->channel, CHANNEL_TAKEN, &which, NULL, 0);
	say(s, "connection slot=%u epoch=%u incoming=%u", c->slot, c->epoch, c->incoming);
	if (c->incoming && poll(&p, 1, WAIT_MS) == 1 && read(m->fds[0], &command, 1) == 1)
		obey(s, c, command);
	if (command == COMMAND_KEEP)
		m->nfds = 0;
}

static void
take(struct stub *s, struct channel_message *m)
{
	struct channel_ready ready = {.generation = m->body.generation.generation};

	say(s, "%s fds=%u", channel_type_name(m->type), m->nfds);
	if (m->type == CHANNEL_CONFIG)
		channel_send(s->channel, CHANNEL_READY, &ready, NULL, 0);
	else if (m->type == CHANNEL_TABLE) {
		session_table_unmap(table);
		table = session_table_map_writer(m->fds[0]);
	} else if (m->type == CHANNEL_ADMIN)
		say(s, "admin slot=%u act=%u", m->body.admin.slot, m->body.admin.act);
	else if (m->type == CHANNEL_ALARM)
		say(s, "alarm %u raise=%u source=%s", m->body.alarm.alarm, m->body.alarm.raise,
		    m->body.alarm.source);
	else if (m->type == CHANNEL_CONNECTION)
		take_connection(s, m);
}

/* What the test wants rib to say: one message per octet of the pipe. */
static void
obey_test(struct stub *s)
{
	struct channel_kill_worker kill_worker = {.index = 0, .text = "the test says so"};
	struct channel_admin admin = {.slot = 0, .text = "maintenance"};
	struct channel_admin limit = {.slot = 0, .act = CHANNEL_LIMIT, .text = "too many"};
	char command;

	while (orders != -1 && read(orders, &command, 1) == 1) {
		switch (command) {
		case 'k':
			channel_send(s->channel, CHANNEL_KILL_WORKER, &kill_worker, NULL, 0);
			break;
		case 'd':
		case 'e':
			admin.act = command == 'd' ? CHANNEL_DISABLE : CHANNEL_ENABLE;
			channel_send(s->channel, CHANNEL_ADMIN, &admin, NULL, 0);
			break;
		case 'l': /* too many prefixes, for good */
		case 'm': /* for two seconds */
			limit.after_s = command == 'l' ? 0 : 2;
			channel_send(s->channel, CHANNEL_ADMIN, &limit, NULL, 0);
			break;
		case 'c':
			admin.act = CHANNEL_CLEAR;
			channel_send(s->channel, CHANNEL_ADMIN, &admin, NULL, 0);
			break;
		case 'x':
			abort();
		default:
			break;
		}
	}
}

static void
prepare_stub(struct stub *s)
{
	if (s->role == CHILD_RIB && getenv("ROOST_TEST_COMMANDS") != NULL)
		orders = open(getenv("ROOST_TEST_COMMANDS"), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
}

static int
read_data(void)
{
	return feed_main(CHILD_CHANNEL_FD);
}

static const struct stub_conduct conduct = {
    .prepare = prepare_stub,
    .read_data = read_data,
    .take = take,
    .obey = obey_test,
};

/* ---- the test ---- */

static int commands;

/* A connection of the member whose slot that is; its command. Returns the socket. */
static int
command(unsigned slot, char what)
{
	struct sockaddr_in own, to;
	int fd = loopback(11 + slot, 0, &own);

	ck_assert_int_eq(bind(fd, (struct sockaddr *)&own, sizeof(own)), 0);
	close(loopback(1, port, &to));
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	/* one that was refused may be gone already */
	if (send(fd, &what, 1, MSG_NOSIGNAL) == -1)
		ck_assert(errno == EPIPE || errno == ECONNRESET);
	return fd;
}

static void
tell_rib(char what)
{
	ck_assert_int_eq(write(commands, &what, 1), 1);
}

/* The n-th one of the test. */
static void
start_parent(unsigned n)
{
	fork_parent();
	await(" listening ", n);
	await("commit fds=0", 3 * n);
}

static void
setup(void)
{
	char fifo[96];

	make_dir();
	in_dir("commands", fifo);
	ck_assert_int_eq(mkfifo(fifo, 0600), 0);
	commands = open(fifo, O_RDWR | O_CLOEXEC);
	setenv("ROOST_TEST_COMMANDS", fifo, 1);
	write_conf("64500", "{asn: 64501, ip: 127.0.0.11}, {asn: 64502, ip: 127.0.0.12}");
	start_parent(1);
}

static void
teardown(void)
{
	static const char *const files[] = {"roost.yml", "log", "commands", "state"};

	stop_parent();
	close(commands);
	remove_dir(files, sizeof(files) / sizeof(files[0]));
}

START_TEST(test_epochs_grow_over_deaths)
{
	close(command(0, COMMAND_DIE_IDLE));
	await("epoch=1 incoming=1", 1);
	await("child-restarted", 1);
	await("commit fds=0", 4);
	close(command(0, 'x'));
	await("epoch=2 incoming=1", 1);
	close(command(1, 'x'));
	await("slot=1 epoch=3 incoming=1", 1);
	/* rib heard of the death before it got the new ring */
	ck_assert_ptr_nonnull(strstr(slurp(), "<rib> worker-died fds=0\n"));
	ck_assert_ptr_nonnull(
	    strstr(strstr(slurp(), "<rib> worker-died fds=0\n"), "<rib> worker fds=4\n"));
	ck_assert_uint_eq(count("peer-held-down"), 0);
}
END_TEST

/* The worker of slot 0 is dead, and comes back after a second. */
static void
lose_worker(void)
{
	close(command(0, COMMAND_DIE_IDLE));
	await("child-restarted", 1);
	await("commit fds=0", 4);
	close(command(0, COMMAND_DIE_IDLE));
	await("child-died", 2);
}

/* True if it has been reset, without an octet. */
static bool
is_reset(int fd)
{
	char octet;

	return recv(fd, &octet, 1, 0) == -1 && errno == ECONNRESET;
}

/* Who comes back while its worker is replaced waits for the next one. */
START_TEST(test_a_connection_waits_for_the_next_worker)
{
	int older, fd;

	lose_worker();
	older = command(0, COMMAND_CONNECT);
	fd = command(0, COMMAND_KEEP);
	ck_assert(is_reset(older));
	close(command(1, 'x'));
	await("connection slot=1 ", 1);
	await("connection slot=0 ", 3);
	ck_assert_uint_eq(count("epoch=4 incoming=1"), 1);
	/* it counts among those that are open */
	for (unsigned i = 1; i < SLOTS_CONNECTIONS_MAX; i++) {
		close(command(0, COMMAND_KEEP));
		await("connection slot=0 ", 3 + i);
	}
	close(command(0, COMMAND_KEEP));
	await("too many connections", 1);
	ck_assert_uint_eq(count("connection-refused"), 2);
	ck_assert_uint_eq(count("connect-failed"), 0);
	close(older);
	close(fd);
}
END_TEST

static void
signal_workers(int signal)
{
	const char *at = slurp();

	while ((at = strstr(at, "child-started in=parent process=worker-")) != NULL) {
		int pid;

		at = strstr(at, "pid=");
		ck_assert_int_eq(sscanf(at, "pid=%d", &pid), 1);
		ck_assert_int_eq(kill(pid, signal), 0);
	}
}

/* A worker is dead before its parent knows: what it does not take is for the next one. */
START_TEST(test_a_connection_before_the_death_is_known)
{
	int fd;

	ck_assert_int_eq(kill(parent, SIGSTOP), 0);
	fd = command(0, COMMAND_KEEP); /* before the death: it is looked at before SIGCHLD is */
	signal_workers(SIGKILL);
	nap(100);
	ck_assert_int_eq(kill(parent, SIGCONT), 0);
	await("child-restarted in=parent process=worker-", 2);
	await("connection slot=0 ", 1);
	ck_assert_uint_eq(count("connection-refused"), 0);
	close(fd);
}
END_TEST

/* What a worker has been sent and has not read dies with it, but not the connection. */
START_TEST(test_a_connection_that_a_dead_worker_has_not_taken)
{
	int fd;

	signal_workers(SIGSTOP);
	fd = command(0, COMMAND_KEEP);
	nap(100); /* the parent has sent it on */
	signal_workers(SIGKILL);
	await("child-restarted in=parent process=worker-", 2);
	await("connection slot=0 ", 1);
	ck_assert_uint_eq(count("connection-refused"), 0);
	close(fd);
}
END_TEST

/* Who is not to connect any more when the worker runs, or has given up, does not get there. */
START_TEST(test_a_connection_that_waits_in_vain)
{
	int fd;

	lose_worker();
	fd = command(0, COMMAND_KEEP);
	if (_i == 0)
		tell_rib('d');
	else
		close(fd);
	await("commit fds=0", 5);
	if (_i == 0) {
		await("reason=\"the peer is shut down by the operator\"", 1);
		ck_assert(is_reset(fd));
		close(fd);
	}
	close(command(1, 'x'));
	await("slot=1 epoch=3 incoming=1", 1);
	ck_assert_uint_eq(count("connection slot=0 "), 2);
}
END_TEST

START_TEST(test_a_connection_that_waits_at_the_end)
{
	int fd;

	lose_worker();
	fd = command(0, COMMAND_KEEP);
	nap(50);
	stop_parent();
	ck_assert(is_reset(fd));
	close(fd);
	start_parent(2);
}
END_TEST

START_TEST(test_second_death_of_an_input_holds_the_slot)
{
	close(command(0, COMMAND_DIE));
	await("child-restarted", 1);
	await("commit fds=0", 4);
	ck_assert_uint_eq(count("peer-held-down"), 0);
	close(command(0, COMMAND_DIE));
	await("peer-held-down in=parent peer=127.0.0.11", 1);
	await("source=127.0.0.11", 1);
	await("<worker> admin slot=0 act=3", 1);
	await("commit fds=0", 5);
	close(command(0, COMMAND_DIE));
	await("connection-refused in=parent from=127.0.0.11", 1);
	close(command(1, 'x'));
	await("connection slot=1 ", 1);
	/* the operator lets it try again */
	tell_rib('e');
	await("<worker> admin slot=0 act=0", 1);
	close(command(0, 'x'));
	await("connection slot=0 ", 3);
}
END_TEST

START_TEST(test_death_of_rib)
{
	tell_rib('x');
	await("child-restarted in=parent process=rib", 1);
	await("drop-sessions", 2);
	/* both workers have new memory, and the next rib all of it */
	await("<worker> table fds=1", 4);
	await("<worker> ring fds=3", 4);
	await("<worker> log fds=1", 4);
	await("<rib> sockets fds=2", 2);
	await("<rib> worker fds=4", 4);
	await("raise=1 source=rib", 1);
	ck_assert_uint_eq(count(" child-died in=parent process=worker"), 0);
	close(command(0, 'x'));
	await("connection slot=0 ", 1);
}
END_TEST

START_TEST(test_rib_has_a_worker_killed)
{
	tell_rib('k');
	await("worker-killed in=parent process=worker-0", 1);
	await("child-restarted in=parent process=worker-0", 1);
	ck_assert_ptr_nonnull(strstr(slurp(), "reason=\"the test says so\""));
}
END_TEST

START_TEST(test_orders_outlive_the_worker_and_rib)
{
	tell_rib('d');
	await("peer-shutdown in=parent peer=127.0.0.11 by=roostctl text=maintenance", 1);
	await("<worker> admin slot=0 act=1", 1);
	close(command(0, COMMAND_DIE));
	await("connection-refused", 1);
	ck_assert_uint_eq(count("connection slot=0"), 0);
	tell_rib('k');
	tell_rib('x');
	await("child-restarted", 2);
	await("source=127.0.0.11", 2);
	tell_rib('e');
	await("peer-enabled in=parent peer=127.0.0.11", 1);
	await("raise=0 source=127.0.0.11", 1);
	await("commit fds=0", 5);
	close(command(0, 'x'));
	await("connection slot=0 ", 1);
}
END_TEST

/* A limit is not forgotten by anybody, however often what is started again. */
START_TEST(test_a_limit_outlives_everything)
{
	tell_rib('l');
	await("peer-limited in=parent peer=127.0.0.11 after_s=0 text=\"too many\"", 1);
	await("<worker> admin slot=0 act=4", 1);
	tell_rib('k');
	await("child-restarted", 1);
	await("<worker> admin slot=0 act=4", 2);
	stop_parent();
	start_parent(2);
	await("peer-limited in=parent peer=127.0.0.11 after_s=0 text=\"too many\"", 2);
	await("<worker> admin slot=0 act=4", 3);
	close(command(0, 'x'));
	await("connection-refused in=parent from=127.0.0.11", 1);
	close(command(1, 'x'));
	await("connection slot=1 ", 1);
	tell_rib('c');
	await("raise=0 source=127.0.0.11", 1);
	await("<worker> admin slot=0 act=0", 1);
	close(command(0, 'x'));
	await("connection slot=0 ", 1);
	stop_parent();
	start_parent(3);
	close(command(0, 'x'));
	await("connection slot=0 ", 2);
	ck_assert_uint_eq(count("peer-limited"), 2);
	ck_assert_uint_eq(count("state-file"), 0);
}
END_TEST

/* Time goes on while the daemon does not run. */
START_TEST(test_a_limit_for_some_time)
{
	tell_rib('m');
	await("peer-limited in=parent peer=127.0.0.11 after_s=2 ", 1);
	close(command(0, 'x'));
	await("connection-refused", 1);
	await("<worker> admin slot=0 act=0", 1);
	await("raise=0 source=127.0.0.11", 1);
	close(command(0, 'x'));
	await("connection slot=0 ", 1);
	tell_rib('m');
	await("<worker> admin slot=0 act=4", 2);
	stop_parent();
	start_parent(2);
	await("peer-limited", 3);
	await("<worker> admin slot=0 act=0", 2);
	stop_parent();
	start_parent(3);
	tell_rib('m');
	await("<worker> admin slot=0 act=4", 4);
	stop_parent();
	sleep(4);
	start_parent(4);
	ck_assert_uint_eq(count("peer-limited"), 4);
}
END_TEST

/* What the operator shut down stays so when the time of a limit is over. */
START_TEST(test_a_limit_ends_beside_the_operator)
{
	tell_rib('m');
	tell_rib('d');
	await("peer-shutdown", 1);
	await("raise=0 source=127.0.0.11", 1); /* the limit is over */
	close(command(0, 'x'));
	await("connection-refused", 1);
	ck_assert_uint_eq(count("<worker> admin slot=0 act=0"), 0);
	tell_rib('e');
	await("<worker> admin slot=0 act=0", 1);
	close(command(0, 'x'));
	await("connection slot=0 ", 1);
}
END_TEST

START_TEST(test_a_damaged_state_is_not_trusted)
{
	char path[96];

	tell_rib('l');
	await("peer-limited", 1);
	stop_parent();
	snprintf(path, sizeof(path), "%s/state", dir);
	ck_assert_int_eq(truncate(path, 40), 0);
	start_parent(2);
	await("warning state-file in=parent file=", 1);
	await("is damaged and not trusted", 1);
	close(command(0, 'x'));
	await("connection slot=0 ", 1);
	/* the next change mends it */
	tell_rib('l');
	await("peer-limited", 2);
	stop_parent();
	start_parent(3);
	await("peer-limited", 3);
	ck_assert_uint_eq(count("state-file"), 1);
}
END_TEST

START_TEST(test_worker_speaks_of_its_own_slots_only)
{
	close(command(0, COMMAND_FOREIGN));
	await("record-refused in=parent process=worker-", 2);
	ck_assert_uint_eq(count("connect-failed"), 0);
}
END_TEST

START_TEST(test_connects_where_asked)
{
	struct sockaddr_in a, from;
	socklen_t len = sizeof(from);
	int listener = loopback(11, port, &a), fd;

	/* nobody listens there yet */
	close(command(0, COMMAND_CONNECT));
	await("connect-failed in=parent peer=127.0.0.11 error=\"Connection refused\"", 1);
	await("<worker> connect-failed fds=0", 1);
	ck_assert_int_eq(bind(listener, (struct sockaddr *)&a, sizeof(a)), 0);
	ck_assert_int_eq(listen(listener, 1), 0);
	close(command(0, COMMAND_CONNECT));
	fd = accept(listener, (struct sockaddr *)&from, &len);
	ck_assert_int_ge(fd, 0);
	ck_assert_uint_eq(from.sin_addr.s_addr, htonl(INADDR_LOOPBACK));
	await("slot=0 epoch=3 incoming=0", 1);
	close(fd);
	close(listener);
}
END_TEST

START_TEST(test_connections_that_stay_open_are_limited)
{
	int fds[SLOTS_CONNECTIONS_MAX + 1];
	unsigned i;

	for (i = 0; i < SLOTS_CONNECTIONS_MAX; i++) {
		fds[i] = command(0, COMMAND_KEEP);
		await("connection slot=0 ", i + 1);
	}
	fds[i] = command(0, COMMAND_KEEP);
	await("too many connections", 1);
	for (i = 0; i <= SLOTS_CONNECTIONS_MAX; i++)
		close(fds[i]);
}
END_TEST

/* A child that has left its channel but does not end is ended. */
START_TEST(test_child_that_hangs)
{
	close(command(0, COMMAND_LEAVE));
	await("worker-killed", 1);
	await("child-restarted", 1);
	ck_assert_ptr_nonnull(strstr(slurp(), "left its channel"));
}
END_TEST

/* These children never say that they live. */
START_TEST(test_silent_children_are_replaced)
{
	sleep(5);
	ck_assert_uint_eq(count("worker-killed"), 0);
	await("has not said for 10 s that it lives", 3);
	await("child-restarted", 3);
}
END_TEST

static int
run_tests(void)
{
	Suite *s = suite_create("supervision");
	TCase *t = tcase_create("supervision");

	tcase_set_timeout(t, TEST_SECONDS);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, test_epochs_grow_over_deaths);
	tcase_add_test(t, test_a_connection_waits_for_the_next_worker);
	tcase_add_test(t, test_a_connection_before_the_death_is_known);
	tcase_add_test(t, test_a_connection_that_a_dead_worker_has_not_taken);
	tcase_add_loop_test(t, test_a_connection_that_waits_in_vain, 0, 2);
	tcase_add_test(t, test_a_connection_that_waits_at_the_end);
	tcase_add_test(t, test_second_death_of_an_input_holds_the_slot);
	tcase_add_test(t, test_death_of_rib);
	tcase_add_test(t, test_rib_has_a_worker_killed);
	tcase_add_test(t, test_orders_outlive_the_worker_and_rib);
	tcase_add_test(t, test_a_limit_outlives_everything);
	tcase_add_test(t, test_a_limit_for_some_time);
	tcase_add_test(t, test_a_limit_ends_beside_the_operator);
	tcase_add_test(t, test_a_damaged_state_is_not_trusted);
	tcase_add_test(t, test_worker_speaks_of_its_own_slots_only);
	tcase_add_test(t, test_connects_where_asked);
	tcase_add_test(t, test_connections_that_stay_open_are_limited);
	tcase_add_test(t, test_child_that_hangs);
	tcase_add_test(t, test_silent_children_are_replaced);
	suite_add_tcase(s, t);
	return run_suite(s);
}

int
main(int argc, char *argv[])
{
	return stub_or_tests(argc, argv, &conduct, run_tests);
}
