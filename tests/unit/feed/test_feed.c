/*
 * The whole road: files on disk, a request in a memfd, a child that answers, data and report.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "tests/unit/feed/world.h"

static char folder[64];

static void
make_folder(void)
{
	snprintf(folder, sizeof(folder), "/tmp/test_feed.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
}

static void
remove_folder(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -r %s", folder);
	ck_assert_int_eq(system(command), 0);
}

/* The path of a file of the folder, in one of a few buffers. */
static const char *
path_of(const char *name)
{
	static char paths[8][128];
	static unsigned next;
	char *path = paths[next++ % COUNT(paths)];

	snprintf(path, sizeof(paths[0]), "%s/%s", folder, name);
	return path;
}

static struct feed_file
write_file(enum feed_kind kind, const char *name, const char *text)
{
	const char *path = path_of(name);
	FILE *file = fopen(path, "w");

	ck_assert_ptr_nonnull(file);
	ck_assert_int_ge(fputs(text, file), 0);
	ck_assert_int_eq(fclose(file), 0);
	return (struct feed_file){kind, path};
}

/* A request of everything there is. */
static struct feed_request
whole_request(struct feed_file files[6])
{
	static const char *const objects[] = {"AS-FOO", "RIPE::AS-BAR"};
	static const char *const anchors[] = {"ripe"};
	static const uint32_t asns[] = {64500};

	files[0] = write_file(FEED_IRR, "irr",
	    "as-set: AS-FOO\nmembers: AS64500\n\nroute: 192.0.2.0/24\norigin: AS64500\n");
	files[1] = write_file(FEED_RPKI, "rpki",
	    "{\"roas\": [{\"asn\": 1, \"prefix\": \"192.0.2.0/24\", \"ta\": \"RIPE\"},"
	    "{\"asn\": 1, \"prefix\": \"10.0.0.0/8\", \"ta\": \"arin\"}]}");
	files[2] = write_file(FEED_ARIN, "arin",
	    "{\"whois_records\": {\"v4\": [{\"originas\": \"AS2\", \"prefix\": \"10.0.0.0/8\"}]}}");
	files[3] = write_file(FEED_REGISTROBR, "registrobr", "AS3|a|b|10.0.0.0/8\n");
	files[4] = write_file(
	    FEED_PEERINGDB, "peeringdb", "[{\"asn\": 64500, \"irr_as_set\": \"AS-FOO\"}]");
	files[5] = write_file(FEED_RTT, "rtt", "192.0.2.1: 5\nrouter: 6\n");
	return (struct feed_request){
	    .files = files,
	    .objects = objects,
	    .anchors = anchors,
	    .network_asns = asns,
	    .file_count = 6,
	    .object_count = 2,
	    .anchor_count = 1,
	    .network_asn_count = 1,
	    .now_s = (uint64_t)time(NULL),
	    .rpki_age_s = 3600,
	};
}

static void
check_whole(int data_fd, const struct feed_report *report)
{
	struct feed_map map;

	ck_assert_int_ge(data_fd, 0);
	ck_assert_int_eq(feed_map(data_fd, &map), 0);
	ck_assert_uint_eq(map.data.route_count, 1);
	ck_assert_uint_eq(map.data.vrp_count, 1);
	ck_assert_uint_eq(map.data.arin_count, 1);
	ck_assert_uint_eq(map.data.registrobr_count, 1);
	ck_assert_uint_eq(map.data.network_count, 1);
	ck_assert_uint_eq(map.data.name_count, 1);
	ck_assert_uint_eq(map.data.rtt_count, 1);
	ck_assert_uint_eq(map.data.object_count, 1);
	feed_unmap(&map);
	ck_assert_uint_eq(report->notes.errors, 0);
	ck_assert_uint_eq(report->notes.warnings, 2);
	ck_assert_uint_eq(report->notes.count, 2);
	ck_assert_uint_eq(report->notes.notes[0].line, 2);
	ck_assert_str_eq(report->notes.notes[0].file, path_of("rtt"));
	ck_assert_ptr_nonnull(strstr(report->notes.notes[1].text, "RIPE::AS-BAR"));
	ck_assert_uint_eq(report->source_count, 6);
	ck_assert_str_eq(report->sources[1].path, path_of("rpki"));
	ck_assert_uint_eq(report->sources[1].excluded, 1);
	ck_assert_uint_eq(report->sources[5].bad, 1);
	ck_assert_uint_eq(report->sources[5].octets, 23);
}

START_TEST(files_are_loaded)
{
	struct feed_file files[6];
	struct feed_request request = whole_request(files);
	struct feed_report report;
	int fd;

	feed_report_init(&report);
	fd = feed_load(&request, &report);
	check_whole(fd, &report);
	close(fd);
	feed_report_fini(&report);
}
END_TEST

START_TEST(no_files_are_no_data)
{
	struct feed_request request = {.now_s = 1};
	struct feed_report report;
	struct feed_map map;
	int fd;

	feed_report_init(&report);
	fd = feed_load(&request, &report);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(feed_map(fd, &map), 0);
	ck_assert_uint_eq(map.data.vrp_count + map.data.route_count + map.data.object_count, 0);
	ck_assert_uint_eq(report.notes.count, 0);
	feed_unmap(&map);
	close(fd);
	feed_report_fini(&report);
}
END_TEST

START_TEST(files_that_cannot_be_read_are_errors)
{
	struct feed_file files[] = {{FEED_RPKI, path_of("none")}, {FEED_IRR, folder},
	    write_file(FEED_RTT, "rtt", "192.0.2.1: 5\n"), {FEED_RTT, "/dev/null"}};
	struct feed_request request = {.files = files, .file_count = COUNT(files), .now_s = 1};
	struct feed_report report;

	feed_report_init(&report);
	ck_assert_int_eq(feed_load(&request, &report), -1);
	ck_assert_uint_eq(report.notes.errors, 3);
	ck_assert_str_eq(report.notes.notes[0].file, path_of("none"));
	ck_assert_ptr_nonnull(strstr(report.notes.notes[0].text, "cannot be read: No such file"));
	ck_assert_ptr_nonnull(strstr(report.notes.notes[1].text, "is a directory"));
	ck_assert_ptr_nonnull(strstr(report.notes.notes[2].text, "is not a regular file"));
	feed_report_fini(&report);
}
END_TEST

START_TEST(age_is_that_of_the_file)
{
	struct feed_file file =
	    write_file(FEED_RPKI, "rpki", "{\"roas\": [{\"asn\": 1, \"prefix\": \"10.0.0.0/8\"}]}");
	struct feed_request request = {
	    .files = &file, .file_count = 1, .now_s = 2000000000, .rpki_age_s = 100};
	const struct timespec times[2] = {{.tv_sec = 1999999899}, {.tv_sec = 1999999899}};
	struct feed_report report;
	int fd;

	ck_assert_int_eq(utimensat(AT_FDCWD, file.path, times, 0), 0);
	feed_report_init(&report);
	ck_assert_int_eq(feed_load(&request, &report), -1);
	ck_assert_ptr_nonnull(strstr(report.notes.notes[1].text, "all RPKI files are too old"));
	feed_report_fini(&report);
	request.now_s--;
	feed_report_init(&report);
	fd = feed_load(&request, &report);
	ck_assert_int_ge(fd, 0);
	ck_assert_uint_eq(report.sources[0].time_s, 1999999899);
	close(fd);
	feed_report_fini(&report);
}
END_TEST

START_TEST(requests_arrive)
{
	struct feed_file files[6];
	struct feed_request request = whole_request(files);
	struct feed_request_map map;
	int fd = feed_request_seal(&request);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(feed_request_map(fd, &map), 0);
	close(fd);
	ck_assert_uint_eq(map.request.file_count, 6);
	ck_assert_uint_eq(map.request.files[3].kind, FEED_REGISTROBR);
	ck_assert_str_eq(map.request.files[3].path, files[3].path);
	ck_assert_uint_eq(map.request.object_count, 2);
	ck_assert_str_eq(map.request.objects[1], "RIPE::AS-BAR");
	ck_assert_uint_eq(map.request.anchor_count, 1);
	ck_assert_str_eq(map.request.anchors[0], "ripe");
	ck_assert_uint_eq(map.request.network_asn_count, 1);
	ck_assert_uint_eq(map.request.network_asns[0], 64500);
	ck_assert_uint_eq(map.request.now_s, request.now_s);
	ck_assert_uint_eq(map.request.rpki_age_s, 3600);
	feed_request_unmap(&map);
}
END_TEST

START_TEST(empty_requests_arrive)
{
	struct feed_request request = {.now_s = 7};
	struct feed_request_map map;
	int fd = feed_request_seal(&request);

	ck_assert_int_eq(feed_request_map(fd, &map), 0);
	close(fd);
	ck_assert_uint_eq(map.request.file_count, 0);
	ck_assert_uint_eq(map.request.now_s, 7);
	feed_request_unmap(&map);
}
END_TEST

static struct conf *
load_conf(const char *text)
{
	struct feed_file file = write_file(FEED_IRR, "roost.yml", text);
	struct conf_report report;
	struct conf *conf;

	conf_report_init(&report);
	conf = conf_load(file.path, "test", &report);
	ck_assert_msg(conf != NULL, "%s", report.notes[0].text);
	conf_report_fini(&report);
	return conf;
}

START_TEST(a_configuration_asks)
{
	struct conf *conf = load_conf(
	    "cfg:\n  rs_as: 64500\n  router_id: 192.0.2.1\n"
	    "  filtering: {irrdb: {peering_db: yes}}\n"
	    "  rpki_roas: {allowed_trust_anchors: [ripe, ARIN], "
	    "ignore_cache_files_older_than: 77}\n"
	    "feeds:\n  irr: [/d/a, /d/b]\n  rpki: [/d/c]\n  arin: /d/d\n  registrobr: /d/e\n"
	    "  peeringdb: /d/f\n  rtt: /d/g\n"
	    "clients:\n"
	    "  - {asn: 64501, ip: 192.0.2.11, cfg: {filtering: {irrdb: {as_sets: [AS-B, AS-A]}}}}\n"
	    "  - {asn: 64502, ip: 192.0.2.12, cfg: {filtering: {irrdb: {as_sets: [AS-A]}}}}\n"
	    "  - {asn: 64503, ip: [192.0.2.13, 192.0.2.14]}\n");
	struct feed_request *request = feed_request_new(conf, 99);

	ck_assert_uint_eq(request->file_count, 7);
	for (size_t i = 0; i < request->file_count; i++)
		ck_assert_int_eq(request->files[i].path[3], 'a' + (int)i);
	ck_assert_uint_eq(request->files[2].kind, FEED_RPKI);
	ck_assert_uint_eq(request->files[6].kind, FEED_RTT);
	ck_assert_uint_eq(request->object_count, 2);
	ck_assert_str_eq(request->objects[0], "AS-A");
	ck_assert_str_eq(request->objects[1], "AS-B");
	ck_assert_uint_eq(request->network_asn_count, 1);
	ck_assert_uint_eq(request->network_asns[0], 64503);
	ck_assert_uint_eq(request->anchor_count, 2);
	ck_assert_str_eq(request->anchors[1], "ARIN");
	ck_assert_uint_eq(request->rpki_age_s, 77);
	ck_assert_uint_eq(request->now_s, 99);
	feed_request_free(request);
	conf_free(conf);
}
END_TEST

static const struct anchor_case {
	const char *key;
	size_t count; /* at least */
	const char *first;
} anchor_cases[] = {
    {"", 4, "APNIC RPKI Root"},
    {"  rpki_roas: {allowed_trust_anchors: []}\n", 1, ""},
    {"  rpki_roas: {source: rtr}\n", 0, NULL},
};

START_TEST(a_configuration_allows_anchors)
{
	const struct anchor_case *c = &anchor_cases[_i];
	struct feed_request *request;
	struct conf *conf;
	char text[512];

	snprintf(text, sizeof(text),
	    "cfg:\n  rs_as: 64500\n  router_id: 192.0.2.1\n%sclients: []\n", c->key);
	conf = load_conf(text);
	request = feed_request_new(conf, 99);
	ck_assert_uint_ge(request->anchor_count, c->count);
	if (c->first == NULL)
		ck_assert_uint_eq(request->anchor_count, 0);
	else
		ck_assert_str_eq(request->anchors[0], c->first);
	ck_assert_uint_eq(request->file_count + request->object_count, 0);
	ck_assert_uint_eq(request->network_asn_count, 0);
	feed_request_free(request);
	conf_free(conf);
}
END_TEST

/* Starts a child at the other end; returns its process. */
static pid_t
start_child(int *socket_fd)
{
	int ends[2];
	pid_t pid;

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		close(ends[0]);
		_exit(feed_main(ends[1]));
	}
	close(ends[1]);
	*socket_fd = ends[0];
	return pid;
}

static int
exit_status(pid_t pid)
{
	int status;

	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	return WEXITSTATUS(status);
}

START_TEST(a_child_answers)
{
	struct feed_file files[6];
	struct feed_request request = whole_request(files);
	int socket_fd, request_fd = feed_request_seal(&request), data_fd;
	pid_t pid = start_child(&socket_fd);
	struct feed_report report;

	feed_report_init(&report);
	ck_assert_int_eq(feed_ask(socket_fd, request_fd), 0);
	ck_assert_int_eq(feed_answer(socket_fd, &report, &data_fd), 0);
	check_whole(data_fd, &report);
	ck_assert_int_eq(fcntl(data_fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	ck_assert_int_eq(exit_status(pid), EXIT_SUCCESS);
	close(data_fd);
	close(request_fd);
	close(socket_fd);
	feed_report_fini(&report);
}
END_TEST

START_TEST(a_child_tells_errors)
{
	struct feed_file file = {FEED_RPKI, path_of("none")};
	struct feed_request request = {.files = &file, .file_count = 1};
	int socket_fd, request_fd = feed_request_seal(&request), data_fd;
	pid_t pid = start_child(&socket_fd);
	struct feed_report report;

	feed_report_init(&report);
	ck_assert_int_eq(feed_ask(socket_fd, request_fd), 0);
	ck_assert_int_eq(feed_answer(socket_fd, &report, &data_fd), 0);
	ck_assert_int_eq(data_fd, -1);
	ck_assert_uint_eq(report.notes.errors, 1);
	ck_assert_str_eq(report.notes.notes[0].file, file.path);
	ck_assert_int_eq(exit_status(pid), EXIT_SUCCESS);
	close(request_fd);
	close(socket_fd);
	feed_report_fini(&report);
}
END_TEST

START_TEST(a_child_without_a_request_ends)
{
	int socket_fd, data_fd;
	pid_t pid = start_child(&socket_fd);
	struct feed_report report;

	feed_report_init(&report);
	ck_assert_int_eq(send(socket_fd, "hello", 5, 0), 5);
	ck_assert_int_eq(feed_answer(socket_fd, &report, &data_fd), -1);
	ck_assert_int_eq(errno, EPIPE);
	ck_assert_int_eq(exit_status(pid), EXIT_FAILURE);
	close(socket_fd);
	feed_report_fini(&report);
}
END_TEST

START_TEST(what_is_no_answer_is_refused)
{
	struct feed_request request = {0};
	struct feed_report report;
	int ends[2], data_fd, fd = feed_request_seal(&request);

	ck_assert_int_eq(
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends), 0);
	feed_report_init(&report);
	ck_assert_int_eq(feed_answer(ends[0], &report, &data_fd), -1);
	ck_assert_int_eq(errno, EAGAIN);
	ck_assert_int_eq(send(ends[1], "12345678", 8, 0), 8);
	ck_assert_int_eq(feed_answer(ends[0], &report, &data_fd), -1);
	ck_assert_int_eq(errno, EPROTO);
	/* a request is no report */
	ck_assert_int_eq(feed_ask(ends[1], fd), 0);
	ck_assert_int_eq(feed_answer(ends[0], &report, &data_fd), -1);
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_int_eq(data_fd, -1);
	close(ends[1]);
	ck_assert_int_eq(feed_answer(ends[0], &report, &data_fd), -1);
	ck_assert_int_eq(errno, EPIPE);
	ck_assert_int_eq(feed_ask(ends[0], fd), -1);
	ck_assert_int_eq(errno, EPIPE);
	close(ends[0]);
	close(fd);
	feed_report_fini(&report);
}
END_TEST

START_TEST(what_is_no_data_is_refused)
{
	struct feed_request request = {0};
	struct feed_request_map request_map;
	struct feed_map map;
	struct build build;
	struct data_vrp vrp = {.prefix = {FAMILY_IPV4, 24, {192, 0, 2}}, .max_len = 23};
	int fd = feed_request_seal(&request);

	ck_assert_int_eq(feed_map(fd, &map), -1);
	ck_assert_int_eq(errno, EINVAL);
	close(fd);
	build_init(&build);
	build_add(&build, SECTION_VRPS, &vrp, 1);
	fd = build_seal(&build);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(feed_map(fd, &map), -1);
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_int_eq(feed_request_map(fd, &request_map), -1);
	ck_assert_int_eq(errno, EINVAL);
	close(fd);
	build_fini(&build);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
	    files_are_loaded,
	    no_files_are_no_data,
	    files_that_cannot_be_read_are_errors,
	    age_is_that_of_the_file,
	    requests_arrive,
	    empty_requests_arrive,
	    a_configuration_asks,
	    a_child_answers,
	    a_child_tells_errors,
	    a_child_without_a_request_ends,
	    what_is_no_answer_is_refused,
	    what_is_no_data_is_refused,
	};
	Suite *suite = suite_create("feed");
	TCase *tcase = tcase_create("feed");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, make_folder, remove_folder);
	tcase_set_timeout(tcase, 60);
	for (size_t i = 0; i < COUNT(tests); i++)
		tcase_add_test(tcase, tests[i]);
	tcase_add_loop_test(tcase, a_configuration_allows_anchors, 0, (int)COUNT(anchor_cases));
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
