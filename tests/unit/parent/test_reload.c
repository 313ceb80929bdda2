/*
 * Reload in the parent, with children that refuse, die, or take their time: bgpd/parent/reload.c.
 *
 * What a child (stub.h) is to do next stands in a file that all of them map: a letter per role,
 * taken by the first child of the role that it is meant for.
 */
#include "tests/unit/parent/stub.h"

#include <dirent.h>
#include <sched.h>
#include <sys/mman.h>

#include "bgpd/feed/feed.h"

#define SLOW_MS 300

enum wish {
	NOTHING = 0,
	REFUSE = 'r',	     /* the next CONFIG */
	DIE_OF_CONFIG = 'd', /* of the next one */
	DIE_OF_ALL = 'D',    /* of this one and every later one */
	DIE_OF_COMMIT = 'c', /* of the next one but the first of a life */
	SLOW_COMMIT = 's',   /* rib: COMMITTED comes late */
	DIE = 'x',	     /* at once */
	DIE_FOR_LONG = 'w',  /* at once; the next one is not ready before the wish is gone */
	NOT_READY = 'n',     /* what is left of that */
	NOT_COMMITTED = 'm', /* rib: COMMITTED comes when the wish is gone */
	READER_DIES = 'a',   /* without an answer */
	READER_HANGS = 'h',  /* for ever */
	READER_IS_SLOW = 'l' /* SLOW_MS */
};

/* What the test wants of the children; shared by all processes. */
static struct orders {
	volatile char wishes[CHILD_ROLE_COUNT];
	volatile uint64_t tickets; /* rib asks for reloads up to this one */
} * orders;

static bool
is_wished(enum child_role role, char wish)
{
	if (orders->wishes[role] != wish)
		return false;
	orders->wishes[role] = NOTHING;
	return true;
}

static void
wait_while(enum child_role role, char wish)
{
	while (orders->wishes[role] == wish)
		nap(5);
}

/* ---- the children ---- */

/* what this child has done */
static uint64_t tickets;
static unsigned commits;

static void
take_config(struct stub *s, uint32_t generation)
{
	struct channel_ready ready = {.generation = generation};

	if (generation > 1 &&
	    (orders->wishes[s->role] == DIE_OF_ALL || is_wished(s->role, DIE_OF_CONFIG)))
		_exit(9);
	if (is_wished(s->role, REFUSE)) {
		ready.refused = 1;
		snprintf(ready.text, sizeof(ready.text), "the stub says no");
	}
	wait_while(s->role, NOT_READY);
	channel_send(s->channel, CHANNEL_READY, &ready, NULL, 0);
}

static void
take_commit(struct stub *s, uint32_t generation)
{
	struct channel_generation committed = {.generation = generation};

	if (commits++ > 0 && is_wished(s->role, DIE_OF_COMMIT))
		_exit(9);
	if (s->role != CHILD_RIB)
		return;
	if (is_wished(s->role, SLOW_COMMIT))
		nap(SLOW_MS);
	wait_while(s->role, NOT_COMMITTED);
	channel_send(s->channel, CHANNEL_COMMITTED, &committed, NULL, 0);
}

static void
take(struct stub *s, struct channel_message *m)
{
	switch (m->type) {
	case CHANNEL_CONFIG:
	case CHANNEL_COMMIT:
	case CHANNEL_ABANDON:
		say(s, "%s %u", channel_type_name(m->type), m->body.generation.generation);
		break;
	case CHANNEL_ADMIN:
		say(s, "admin slot=%u act=%u", m->body.admin.slot, m->body.admin.act);
		break;
	case CHANNEL_CONNECTION:
		say(s, "connection slot=%u", m->body.connection.slot);
		break;
	case CHANNEL_ALARM:
		say(s, "alarm raise=%u source=%s", m->body.alarm.raise, m->body.alarm.source);
		break;
	case CHANNEL_RELOADED:
		say(s, "reloaded ticket=%u refused=%u added=%u removed=%u reset=%u",
		    (unsigned)m->body.reloaded.ticket, m->body.reloaded.refused,
		    m->body.reloaded.added, m->body.reloaded.removed, m->body.reloaded.changed);
		break;
	default:
		break;
	}
	if (m->type == CHANNEL_CONFIG)
		take_config(s, m->body.generation.generation);
	else if (m->type == CHANNEL_COMMIT)
		take_commit(s, m->body.generation.generation);
}

static void
obey(struct stub *s)
{
	struct channel_number ticket;
	char for_long = DIE_FOR_LONG;

	if (is_wished(s->role, DIE))
		_exit(9);
	/* Only one of the workers takes the wish. */
	if (__atomic_compare_exchange_n(&orders->wishes[s->role], &for_long, NOT_READY, false,
		__ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
		_exit(9);
	while (s->role == CHILD_RIB && tickets < orders->tickets) {
		ticket.number = ++tickets;
		channel_send(s->channel, CHANNEL_RELOAD, &ticket, NULL, 0);
	}
}

static int
read_data(void)
{
	if (is_wished(CHILD_READER, READER_DIES))
		return EXIT_FAILURE;
	if (is_wished(CHILD_READER, READER_HANGS))
		pause();
	if (is_wished(CHILD_READER, READER_IS_SLOW))
		nap(SLOW_MS);
	return feed_main(CHILD_CHANNEL_FD);
}

static void
map_orders(void)
{
	int fd = open(getenv("ROOST_TEST_ORDERS"), O_RDWR | O_CLOEXEC);

	orders = mmap(NULL, sizeof(*orders), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (orders == MAP_FAILED)
		abort();
	close(fd);
}

static void
prepare_stub(struct stub *s)
{
	(void)s;
	map_orders();
}

static const struct stub_conduct conduct = {
    .prepare = prepare_stub,
    .read_data = read_data,
    .take = take,
    .obey = obey,
    .is_numbered = true,
};

/* ---- the test ---- */

#define FIRST  "{asn: 64501, ip: 127.0.0.11}"
#define SECOND "{asn: 64502, ip: 127.0.0.12}"

static void
prepare(void)
{
	char path[96];
	int fd;

	make_dir();
	in_dir("orders", path);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	ck_assert_int_eq(ftruncate(fd, sizeof(*orders)), 0);
	close(fd);
	setenv("ROOST_TEST_ORDERS", path, 1);
	map_orders();
	write_conf("64500", FIRST ", " SECOND);
}

static void
setup(void)
{
	prepare();
	fork_parent();
	await(" listening ", 1);
	await("commit 1", 3);
}

static void
teardown(void)
{
	static const char *const files[] = {"roost.yml", "log", "orders", "state"};

	stop_parent();
	remove_dir(files, sizeof(files) / sizeof(files[0]));
	munmap(orders, sizeof(*orders));
}

static void
wish(enum child_role role, char what)
{
	orders->wishes[role] = what;
}

static void
hup(void)
{
	ck_assert_int_eq(kill(parent, SIGHUP), 0);
}

static unsigned
descriptors(void)
{
	char path[32];
	unsigned n = 0;
	DIR *d;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)parent);
	d = opendir(path);
	ck_assert_ptr_nonnull(d);
	while (readdir(d) != NULL)
		n++;
	closedir(d);
	return n;
}

START_TEST(rib_first_then_the_workers)
{
	hup();
	await("conf-loaded in=parent", 2);
	await("commit 2", 3);
	in_order("<rib> config 2", "<rib> commit 2");
	in_order("<worker-0> config 2", "<rib> commit 2");
	in_order("<worker-1> config 2", "<rib> commit 2");
	in_order("<rib> commit 2", "<worker-0> commit 2");
	in_order("<rib> commit 2", "<worker-1> commit 2");
	/* nobody waits for an answer */
	ck_assert_uint_eq(count("reloaded"), 0);
}
END_TEST

START_TEST(a_refusal_changes_nothing)
{
	enum child_role role = _i == 0 ? CHILD_WORKER : CHILD_RIB;

	wish(role, REFUSE);
	hup();
	await("conf-refused", 1);
	await("abandon 2", 3);
	ck_assert_uint_eq(count("commit 2"), 0);
	ck_assert_uint_eq(count("the stub says no"), 1);
	await("<rib> alarm raise=1 source=", 1);
	hup();
	await("commit 3", 3);
	await("<rib> alarm raise=0 source=", 1);
}
END_TEST

/* A child that dies of it, or by chance: once more from the start. */
START_TEST(a_death_is_tried_again)
{
	static const struct {
		enum child_role role;
		char wish;
	} rows[] = {
	    {CHILD_WORKER, DIE_OF_CONFIG}, {CHILD_RIB, DIE_OF_CONFIG}, {CHILD_RIB, DIE_OF_COMMIT}};

	wish(rows[_i].role, rows[_i].wish);
	hup();
	await("child-died", 1);
	await("conf-loaded in=parent", 2);
	await("abandon 2", 1);
	await("commit 3", 3);
	ck_assert_uint_eq(count("conf-refused"), 0);
}
END_TEST

/* But not for ever: who dies of this configuration would do so again. */
START_TEST(what_kills_is_refused)
{
	enum child_role role = _i == 0 ? CHILD_WORKER : CHILD_RIB;

	wish(role, DIE_OF_ALL);
	hup();
	await("conf-refused", 1);
	ck_assert_uint_ge(count("died while the configuration was being changed"), 1);
	wish(role, NOTHING);
	ck_assert_uint_eq(count("conf-loaded in=parent"), 1);
	/* the replacement has what was in force */
	await("commit 1", 4);
	hup();
	await("conf-loaded in=parent", 2);
}
END_TEST

/* From COMMIT on rib's word counts alone: a worker that dies then is given what it turns out to be.
 */
START_TEST(a_worker_dies_while_rib_commits)
{
	wish(CHILD_RIB, SLOW_COMMIT);
	hup();
	await("<rib> commit 2", 1);
	wish(CHILD_WORKER, DIE);
	await("child-restarted", 1);
	await("commit 1", 4); /* it begins with what is in force */
	await("conf-loaded in=parent", 2);
	await("config 2", 4);
	await("commit 2", 3);
	ck_assert_uint_eq(count("conf-refused"), 0);
	hup();
	await("commit 3", 3);
}
END_TEST

START_TEST(a_worker_that_is_being_replaced_is_waited_for)
{
	wish(CHILD_WORKER, DIE);
	await("child-died", 1);
	hup();
	await("conf-loaded in=parent", 2);
	await("commit 2", 3);
	ck_assert_uint_eq(count("conf-refused"), 0);
}
END_TEST

START_TEST(without_an_answer_nothing_changes)
{
	wish(CHILD_READER, READER_DIES);
	hup();
	await("conf-refused", 1);
	ck_assert_uint_ge(count("ended without an answer"), 1);
	await("child-died in=parent process=reader", 1);
	hup();
	await("commit 2", 3);
}
END_TEST

/* Operators are answered by the reload that began after they asked. */
START_TEST(who_asks_later_is_answered_later)
{
	wish(CHILD_READER, READER_IS_SLOW);
	orders->tickets = 1;
	await(" reload in=parent by=roostctl", 1);
	write_conf("64500", FIRST);
	orders->tickets = 3;
	hup();
	await("reloaded ticket=3", 1);
	in_order("reloaded ticket=1 refused=0 added=0 removed=0 reset=0",
	    "reloaded ticket=3 refused=0 added=0 removed=1 reset=0");
	ck_assert_uint_eq(count("reloaded"), 2);
	ck_assert_uint_eq(count(" reload in=parent"), 2);
}
END_TEST

START_TEST(a_dead_rib_is_not_answered)
{
	wish(CHILD_READER, READER_IS_SLOW);
	orders->tickets = 1;
	await(" reload in=parent by=roostctl", 1);
	orders->tickets = 0;
	wish(CHILD_RIB, DIE);
	await("child-restarted", 1);
	await("commit 2", 3);
	ck_assert_uint_eq(count("reloaded"), 0);
	orders->tickets = 1;
	await("reloaded ticket=1", 1);
}
END_TEST

START_TEST(a_hanging_reader_does_not_keep_us)
{
	wish(CHILD_READER, READER_HANGS);
	hup();
	await(" reload in=parent", 1);
	nap(100);
	/* teardown: SIGTERM ends it, and the reader with it */
}
END_TEST

START_TEST(the_end_before_the_start)
{
	prepare();
	wish(CHILD_READER, READER_HANGS);
	fork_parent();
	for (unsigned i = 0; i < WAIT_MS / 10 && orders->wishes[CHILD_READER] != NOTHING; i++)
		nap(10);
	hup(); /* is remembered, and forgotten */
	nap(50);
	teardown();
	ck_assert_ptr_null(strstr(slurp(), "child-started"));
}
END_TEST

START_TEST(a_reload_before_the_start_comes_after_it)
{
	prepare();
	wish(CHILD_READER, READER_IS_SLOW);
	fork_parent();
	for (unsigned i = 0; i < WAIT_MS / 10 && orders->wishes[CHILD_READER] != NOTHING; i++)
		nap(10);
	hup();
	await("commit 1", 3);
	await("commit 2", 3);
	await("conf-loaded in=parent", 2);
	ck_assert_uint_eq(count("conf-refused"), 0);
	teardown();
}
END_TEST

START_TEST(peers_come_and_go)
{
	orders->tickets = 1;
	await("reloaded ticket=1", 1);
	write_conf("64500", "{asn: 64509, ip: 127.0.0.11}, " SECOND ", {asn: 3, ip: 127.0.0.13}");
	orders->tickets = 2;
	/* another ASN at an address is another peer */
	await("reloaded ticket=2 refused=0 added=2 removed=1 reset=0", 1);
	write_conf(
	    "64500", "{asn: 64509, ip: 127.0.0.11}, {asn: 64502, ip: 127.0.0.12, password: x}");
	orders->tickets = 3;
	await("reloaded ticket=3 refused=0 added=0 removed=1 reset=1", 1);
	await("admin slot=1 act=2", 1);
	write_conf(
	    "64511", "{asn: 64509, ip: 127.0.0.11}, {asn: 64502, ip: 127.0.0.12, password: x}");
	orders->tickets = 4;
	await("reloaded ticket=4 refused=0 added=0 removed=0 reset=2", 1);
	await("cfg.rs_as has changed: every session is reset", 1);
}
END_TEST

#define LIMIT_FILE "/proc/sys/net/core/optmem_max"

/* Octets of keys that a socket may have, of this network namespace alone; false: not to be set. */
static bool
set_key_room(const char *octets)
{
	FILE *f = fopen(LIMIT_FILE, "w");

	return f != NULL && fputs(octets, f) >= 0 && fclose(f) == 0;
}

/* Returns the socket. */
static int
connect_from(uint32_t host)
{
	struct sockaddr_in own, to;
	int fd = loopback(host, 0, &own);

	ck_assert_int_eq(bind(fd, (struct sockaddr *)&own, sizeof(own)), 0);
	close(loopback(1, port, &to));
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	return fd;
}

/* True if a member that hears nothing of less than TTL 255 gets through to us (RFC 5082). */
static bool
is_heard_by_gtsm(uint32_t host)
{
	struct sockaddr_in own, to;
	int fd = loopback(host, 0, &own), ttl = 255;
	struct pollfd ready = {.fd = fd, .events = POLLOUT};
	bool heard;

	ck_assert_int_eq(bind(fd, (struct sockaddr *)&own, sizeof(own)), 0);
	ck_assert_int_eq(setsockopt(fd, IPPROTO_IP, IP_TTL, &ttl, sizeof(ttl)), 0);
	ck_assert_int_eq(setsockopt(fd, IPPROTO_IP, IP_MINTTL, &ttl, sizeof(ttl)), 0);
	ck_assert_int_eq(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	close(loopback(1, port, &to));
	heard = connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0 || poll(&ready, 1, 300) == 1;
	close(fd);
	return heard;
}

/* SYN and ACK leave with TTL 255 while a peer has gtsm, and as usual when none has. */
START_TEST(a_listening_socket_goes_with_gtsm)
{
	ck_assert(!is_heard_by_gtsm(11));
	write_conf("64500", "{asn: 64501, ip: 127.0.0.11, cfg: {gtsm: true}}, " SECOND);
	hup();
	await("conf-loaded in=parent", 2);
	ck_assert(is_heard_by_gtsm(11));
	write_conf("64500", FIRST ", " SECOND);
	hup();
	await("conf-loaded in=parent", 3);
	ck_assert(!is_heard_by_gtsm(11));
}
END_TEST

/*
 * A connection that waits for its worker while a reload comes into force is passed on if it would
 * be let in like that again, and else reset.
 */
START_TEST(a_reload_while_connections_wait)
{
	static const struct {
		const char *clients;
		bool is_reset;
	} rows[] = {{FIRST ", " SECOND, false},
	    {"{asn: 64501, ip: 127.0.0.11, cfg: {passive: true}}, "
	     "{asn: 64502, ip: 127.0.0.12, cfg: {passive: true}}",
		false},
	    {"{asn: 64509, ip: 127.0.0.11}, {asn: 64510, ip: 127.0.0.12}", true},
	    {"{asn: 64503, ip: 127.0.0.13}", true},
	    {"{asn: 64501, ip: 127.0.0.11, password: x}, {asn: 64502, ip: 127.0.0.12, password: x}",
		true},
	    {"{asn: 64501, ip: 127.0.0.11, cfg: {gtsm: true}}, "
	     "{asn: 64502, ip: 127.0.0.12, cfg: {gtsm: true}}",
		true}};
	int fds[2];

	write_conf("64500", rows[_i].clients);
	wish(CHILD_RIB, NOT_COMMITTED);
	hup();
	await("<rib> commit 2", 1);
	wish(CHILD_WORKER, DIE_FOR_LONG);
	await("child-restarted in=parent process=worker-", 1);
	/* one of them is the other worker's */
	for (unsigned i = 0; i < 2; i++)
		fds[i] = connect_from(11 + i);
	await("connection slot=", 1);
	wish(CHILD_RIB, NOTHING);
	await("conf-loaded in=parent", 2);
	wish(CHILD_WORKER, NOTHING);
	await("commit 2", 3);
	if (rows[_i].is_reset)
		await("reason=\"the peer's configuration has changed\"", 1);
	else
		await("connection slot=", 2);
	ck_assert_uint_eq(count("connection slot="), rows[_i].is_reset ? 1 : 2);
	ck_assert_uint_eq(count("connection-refused"), rows[_i].is_reset ? 1 : 0);
	for (unsigned i = 0; i < 2; i++)
		close(fds[i]);
}
END_TEST

/* It had been tried, and fitted; then the operator lowered the limit. */
START_TEST(without_its_key_nobody_gets_in)
{
	if (unshare(CLONE_NEWNET) == -1 || system("ip link set lo up") != 0 ||
	    !set_key_room("131072"))
		return;
	setup();
	write_conf("64500", FIRST ", {asn: 64502, ip: 127.0.0.12, password: x}");
	wish(CHILD_RIB, SLOW_COMMIT);
	hup();
	await("<rib> commit 2", 1);
	ck_assert(set_key_room("100"));
	await("conf-loaded in=parent", 2);
	await("no room for the TCP MD5 key of 127.0.0.12", 1);
	await("alarm raise=1 source=127.0.0.12", 1);
	close(connect_from(12));
	await("connection-refused in=parent from=127.0.0.12 reason=\"its TCP MD5 key", 1);
	close(connect_from(11));
	nap(50);
	ck_assert_uint_eq(count("connection-refused"), 1);
	/* by then, a reload would be refused */
	hup();
	await("conf-refused", 1);
	ck_assert(set_key_room("131072"));
	hup();
	await("alarm raise=0 source=127.0.0.12", 1);
	await("conf-loaded in=parent", 3);
	teardown();
}
END_TEST

START_TEST(nothing_is_left_open)
{
	unsigned before;

	hup();
	await("commit 2", 3);
	nap(50);
	before = descriptors();
	for (unsigned n = 0; n < 12; n++) {
		unsigned ends = count("conf-loaded in=parent") + count("conf-refused");

		if (n % 4 == 1)
			wish(CHILD_WORKER, REFUSE);
		if (n % 4 == 2)
			wish(CHILD_READER, READER_DIES);
		hup();
		while (count("conf-loaded in=parent") + count("conf-refused") == ends)
			nap(5);
	}
	await("conf-refused", 6);
	nap(50);
	ck_assert_uint_eq(descriptors(), before);
}
END_TEST

static int
run_tests(void)
{
	Suite *s = suite_create("reload");
	TCase *t = tcase_create("reload"), *bare = tcase_create("start");

	tcase_set_timeout(t, TEST_SECONDS);
	tcase_set_timeout(bare, TEST_SECONDS);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, rib_first_then_the_workers);
	tcase_add_loop_test(t, a_refusal_changes_nothing, 0, 2);
	tcase_add_loop_test(t, a_death_is_tried_again, 0, 3);
	tcase_add_loop_test(t, what_kills_is_refused, 0, 2);
	tcase_add_test(t, a_worker_dies_while_rib_commits);
	tcase_add_test(t, a_worker_that_is_being_replaced_is_waited_for);
	tcase_add_test(t, without_an_answer_nothing_changes);
	tcase_add_test(t, who_asks_later_is_answered_later);
	tcase_add_test(t, a_dead_rib_is_not_answered);
	tcase_add_test(t, a_hanging_reader_does_not_keep_us);
	tcase_add_test(t, peers_come_and_go);
	tcase_add_loop_test(t, a_reload_while_connections_wait, 0, 6);
	tcase_add_test(t, a_listening_socket_goes_with_gtsm);
	tcase_add_test(t, nothing_is_left_open);
	tcase_add_test(bare, without_its_key_nobody_gets_in);
	tcase_add_test(bare, the_end_before_the_start);
	tcase_add_test(bare, a_reload_before_the_start_comes_after_it);
	suite_add_tcase(s, t);
	suite_add_tcase(s, bare);
	return run_suite(s);
}

int
main(int argc, char *argv[])
{
	return stub_or_tests(argc, argv, &conduct, run_tests);
}
