/* Parent and child: every type both ways, what does not fit, queues, descriptors, the end. */
#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bgpd/ipc/channel.h"
#include "tests/unit/ipc/helper.h"

static struct channel *parent, *child;

/* The two ends of one way and its opposite. */
static void
open_pair(enum channel_way down, enum channel_way up)
{
	int fds[2];

	ck_assert_int_eq(channel_pair(fds), 0);
	parent = channel_new(fds[0], down, up);
	child = channel_new(fds[1], up, down);
}

static void
set_up(void)
{
	open_pair(CHANNEL_PARENT_TO_WORKER, CHANNEL_WORKER_TO_PARENT);
}

static void
tear_down(void)
{
	channel_free(parent);
	channel_free(child);
}

static int
open_fds(void)
{
	DIR *d = opendir("/proc/self/fd");
	int n = 0;

	while (readdir(d) != NULL)
		n++;
	closedir(d);
	return n;
}

/* Every type, the ways it may go, how long it is and how many descriptors come with it. */
static const struct {
	enum channel_type type;
	unsigned ways;
	size_t len;
	unsigned nfds;
} types[] = {
    {CHANNEL_CONFIG, 1 | 4, 4, 1},
    {CHANNEL_COMMIT, 1 | 4, 4, 0},
    {CHANNEL_ABANDON, 1 | 4, 4, 0},
    {CHANNEL_RING, 1, 0, 3},
    {CHANNEL_LOG, 1 | 4, 0, 1},
    {CHANNEL_TABLE, 1, 0, 1},
    {CHANNEL_CONNECTION, 1, sizeof(struct channel_connection), 1},
    {CHANNEL_CONNECT_FAILED, 1, 8, 0},
    {CHANNEL_ADMIN, 1 | 8, sizeof(struct channel_admin), 0},
    {CHANNEL_DROP_SESSIONS, 1, CHANNEL_TEXT_MAX, 0},
    {CHANNEL_LOG_LEVEL, 1 | 4 | 8, 8, 0},
    {CHANNEL_STOP, 1 | 4, CHANNEL_TEXT_MAX, 0},
    {CHANNEL_CONNECT, 2, 8, 0},
    {CHANNEL_TAKEN, 2, 8, 0},
    {CHANNEL_CLOSED, 2, 8, 0},
    {CHANNEL_READY, 2 | 8, sizeof(struct channel_ready), 0},
    {CHANNEL_ALIVE, 2 | 8, 8, 0},
    {CHANNEL_WORKER, 4, 8, 4},
    {CHANNEL_WORKER_DIED, 4, 8, 0},
    {CHANNEL_SOCKETS, 4, 0, 2},
    {CHANNEL_ALARM, 4, sizeof(struct channel_alarm), 0},
    {CHANNEL_KILL_WORKER, 8, sizeof(struct channel_kill_worker), 0},
    {CHANNEL_DATA, 4, 0, 1},
    {CHANNEL_COMMITTED, 8, 4, 0},
    {CHANNEL_RELOAD, 8, sizeof(struct channel_number), 0},
    {CHANNEL_RELOADED, 4, sizeof(struct channel_reloaded), 1},
};

#define TYPES (sizeof(types) / sizeof(types[0]))

START_TEST(test_every_type)
{
	static const int some[CHANNEL_FDS_MAX] = {0, 1, 2, 0};
	int before;

	ck_assert_uint_eq(TYPES, CHANNEL_TYPE_COUNT - 1);
	for (unsigned way = 1; way <= 8; way *= 2) {
		if ((types[_i].ways & way) == 0)
			continue;
		open_pair(way, 0);
		before = open_fds();
		uint8_t body[CHANNEL_PAYLOAD_MAX];
		struct channel_message m;

		memset(body, 'x', sizeof(body));
		ck_assert_int_eq(
		    channel_send(parent, types[_i].type, body, some, types[_i].nfds), 0);
		ck_assert_int_eq(channel_recv(child, &m), CHANNEL_MESSAGE);
		ck_assert_int_eq(m.type, types[_i].type);
		ck_assert_uint_eq(m.nfds, types[_i].nfds);
		if (types[_i].len > CHANNEL_TEXT_MAX - 1) /* a text was terminated */
			body[types[_i].len - 1] = '\0';
		if (types[_i].type == CHANNEL_ALARM)
			body[offsetof(struct channel_alarm, text) - 1] = '\0';
		if (types[_i].type != CHANNEL_CONNECTION)
			ck_assert_mem_eq(&m.body, body, types[_i].len);
		for (unsigned i = 0; i < m.nfds; i++) {
			ck_assert_int_ne(fcntl(m.fds[i], F_GETFD) & FD_CLOEXEC, 0);
			close(m.fds[i]);
		}
		ck_assert_int_eq(channel_recv(child, &m), CHANNEL_EMPTY);
		ck_assert_int_eq(open_fds(), before);
		ck_assert_str_ne(channel_type_name(types[_i].type), "unknown");
		tear_down();
	}
}
END_TEST

/* ---- what does not fit, sent past channel_send() ---- */

static void
send_raw(const void *packet, size_t len, unsigned nfds)
{
	struct iovec iov = {.iov_base = (void *)(uintptr_t)packet, .iov_len = len};
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(16 * sizeof(int))] = {0};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};

	if (nfds > 0) {
		msg.msg_control = control;
		msg.msg_controllen = CMSG_SPACE(nfds * sizeof(int));
		CMSG_FIRSTHDR(&msg)->cmsg_level = SOL_SOCKET;
		CMSG_FIRSTHDR(&msg)->cmsg_type = SCM_RIGHTS;
		CMSG_FIRSTHDR(&msg)->cmsg_len = CMSG_LEN(nfds * sizeof(int));
	}
	ck_assert_int_eq(sendmsg(channel_fd(child), &msg, 0), (ssize_t)len);
}

struct raw {
	uint16_t type, zero;
	uint32_t len;
	uint8_t body[600];
};

static const struct {
	const char *what;
	uint16_t type;
	uint32_t len;
	size_t packet;
	unsigned nfds;
} misfits[] = {
    {"wrong way", CHANNEL_COMMIT, 4, 12, 0},
    {"wrong way with descriptors", CHANNEL_CONFIG, 4, 12, 1},
    {"no type", 0, 8, 16, 0},
    {"unknown type", CHANNEL_TYPE_COUNT, 8, 16, 0},
    {"far unknown type", 65535, 8, 16, 0},
    {"too short for its type", CHANNEL_CONNECT, 4, 12, 0},
    {"too long for its type", CHANNEL_CONNECT, 12, 20, 0},
    {"length lies", CHANNEL_CONNECT, 8, 12, 0},
    {"length lies the other way", CHANNEL_CONNECT, 8, 20, 0},
    {"length is huge", CHANNEL_CONNECT, UINT32_MAX, 16, 0},
    {"half a head", CHANNEL_CONNECT, 8, 4, 0},
    {"larger than any", CHANNEL_CONNECT, 8, sizeof(struct raw), 0},
    {"descriptors where none belong", CHANNEL_CONNECT, 8, 16, 2},
    {"more descriptors than any", CHANNEL_CONNECT, 8, 16, 16},
};

START_TEST(test_misfits)
{
	struct raw raw = {.type = misfits[_i].type, .len = misfits[_i].len};
	struct channel_message m;
	struct channel_number slot = {7};
	int before;

	set_up();
	before = open_fds();
	send_raw(&raw, misfits[_i].packet, misfits[_i].nfds);
	ck_assert_msg(channel_recv(parent, &m) == CHANNEL_REFUSED, "%s", misfits[_i].what);
	ck_assert_uint_eq(channel_refused(parent), 1);
	ck_assert_int_eq(open_fds(), before); /* nothing stays open */

	/* The channel works on. */
	ck_assert_int_eq(channel_send(child, CHANNEL_CONNECT, &slot, NULL, 0), 0);
	ck_assert_int_eq(channel_recv(parent, &m), CHANNEL_MESSAGE);
	ck_assert_uint_eq(m.body.number.number, 7);
	tear_down();
}
END_TEST

START_TEST(test_garbage)
{
	uint64_t seed = 29;
	int before;
	unsigned accepted = 0;

	set_up();
	before = open_fds();
	for (int i = 0; i < ROUNDS(100000); i++) {
		struct raw raw;
		struct channel_message m;
		size_t len = 1 + random_below(&seed, 40);

		for (size_t j = 0; j < sizeof(raw) / 8; j++) {
			uint64_t word = random_next(&seed);
			memcpy((uint8_t *)&raw + j * 8, &word, 8);
		}
		raw.type = (uint16_t)random_below(&seed, CHANNEL_TYPE_COUNT + 2);
		raw.len = (uint32_t)(len > 8 ? len - 8 : 0);
		send_raw(&raw, len, (unsigned)random_below(&seed, 4));
		accepted += channel_recv(parent, &m) == CHANNEL_MESSAGE;
	}
	ck_assert_int_eq(open_fds(), before);
	ck_assert_uint_gt(accepted, 0);
	ck_assert_uint_gt(channel_refused(parent), accepted);
	tear_down();
}
END_TEST

START_TEST(test_our_own_misfit_aborts)
{
	set_up();
	channel_send(parent, CHANNEL_CONNECT, &(struct channel_number){1}, NULL, 0);
}
END_TEST

/* ---- a child that does not read ---- */

START_TEST(test_queue_keeps_order_and_descriptors)
{
	struct channel_connection c = {0};
	struct channel_message m;
	uint32_t sent = 0, got = 0;
	int fds[2];

	set_up();
	while (sent < 3000) {
		ck_assert_int_eq(pipe2(fds, O_CLOEXEC), 0);
		c.slot = sent;
		ck_assert_int_eq(write(fds[1], &sent, sizeof(sent)), sizeof(sent));
		ck_assert_int_eq(channel_send(parent, CHANNEL_CONNECTION, &c, fds, 1), 0);
		sent++;
		close(fds[0]); /* ours; what is queued is a duplicate */
		close(fds[1]);
		if (channel_has_queue(parent) && sent % 500 == 0)
			break;
	}
	ck_assert(channel_has_queue(parent));
	while (got < sent) {
		uint32_t number;

		if (channel_recv(child, &m) == CHANNEL_EMPTY) {
			ck_assert(channel_has_queue(parent));
			ck_assert_int_eq(channel_flush(parent), 0);
			continue;
		}
		ck_assert_uint_eq(m.body.connection.slot, got);
		ck_assert_int_eq(read(m.fds[0], &number, sizeof(number)), sizeof(number));
		ck_assert_uint_eq(number, got);
		close(m.fds[0]);
		got++;
	}
	ck_assert(!channel_has_queue(parent));
	tear_down();
}
END_TEST

START_TEST(test_queue_has_a_limit)
{
	struct channel_number n = {0};
	struct channel_message m;
	uint64_t sent = 0, got = 0;
	int before;

	set_up();
	before = open_fds();
	while (channel_send(child, CHANNEL_CONNECT, &n, NULL, 0) == 0)
		n.number = ++sent;
	ck_assert_int_eq(errno, ENOBUFS);
	ck_assert_uint_gt(sent, CHANNEL_QUEUE_MAX);
	ck_assert_uint_lt(sent, 2 * CHANNEL_QUEUE_MAX);
	for (; got < sent; got++) { /* what was taken is delivered */
		ck_assert_int_eq(channel_flush(child), 0);
		ck_assert_int_eq(channel_recv(parent, &m), CHANNEL_MESSAGE);
		ck_assert_uint_eq(m.body.number.number, got);
	}
	ck_assert_int_eq(open_fds(), before);
	tear_down();
}
END_TEST

START_TEST(test_free_with_a_queue)
{
	int before = open_fds();

	set_up();
	for (int i = 0; i < 600; i++) /* descriptors in the socket and in the queue */
		ck_assert_int_eq(channel_send(parent, CHANNEL_LOG, NULL, (const int[]){0}, 1), 0);
	tear_down();
	ck_assert_int_eq(open_fds(), before);
}
END_TEST

/* ---- the end ---- */

START_TEST(test_last_words_are_heard)
{
	struct channel_message m;
	pid_t pid;
	int status;

	set_up();
	pid = fork();
	if (pid == 0) {
		channel_send(child, CHANNEL_ALIVE, &(struct channel_number){1}, NULL, 0);
		channel_send(child, CHANNEL_ALIVE, &(struct channel_number){2}, NULL, 0);
		raise(SIGKILL);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(
	    channel_send(parent, CHANNEL_LOG_LEVEL, &(struct channel_number){1}, NULL, 0), 0);
	channel_free(child);
	child = NULL;
	for (uint64_t i = 1; i <= 2; i++) {
		ck_assert_int_eq(channel_recv(parent, &m), CHANNEL_MESSAGE);
		ck_assert_uint_eq(m.body.number.number, i);
	}
	ck_assert_int_eq(channel_recv(parent, &m), CHANNEL_OVER);
	ck_assert_int_eq(channel_recv(parent, &m), CHANNEL_OVER);
	tear_down();
}
END_TEST

/* No SIGPIPE, whoever of the two is gone. */
START_TEST(test_nobody_listens)
{
	struct channel_number n = {1};
	struct channel_message m;

	set_up();
	channel_free(parent);
	parent = NULL;
	ck_assert_int_eq(channel_send(child, CHANNEL_ALIVE, &n, NULL, 0), -1);
	ck_assert_int_eq(errno, EPIPE);
	ck_assert_int_eq(channel_recv(child, &m), CHANNEL_OVER);
	tear_down();

	set_up();
	while (!channel_has_queue(parent))
		ck_assert_int_eq(channel_send(parent, CHANNEL_LOG_LEVEL, &n, NULL, 0), 0);
	channel_free(child);
	child = NULL;
	ck_assert_int_eq(channel_flush(parent), -1);
	ck_assert_int_eq(errno, EPIPE);
	tear_down();
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("channel");
	TCase *tc = tcase_create("channel");
	SRunner *runner = srunner_create(s);
	int failed;

	suite_add_tcase(s, tc);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, test_every_type, 0, TYPES);
	tcase_add_loop_test(tc, test_misfits, 0, sizeof(misfits) / sizeof(misfits[0]));
	tcase_add_test(tc, test_garbage);
	tcase_add_test_raise_signal(tc, test_our_own_misfit_aborts, SIGABRT);
	tcase_add_test(tc, test_queue_keeps_order_and_descriptors);
	tcase_add_test(tc, test_queue_has_a_limit);
	tcase_add_test(tc, test_free_with_a_queue);
	tcase_add_test(tc, test_last_words_are_heard);
	tcase_add_test(tc, test_nobody_listens);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
