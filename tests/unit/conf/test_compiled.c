/*
 * The records that children map: what the configuration says arrives; anything else is refused.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bgpd/conf/compiled.h"
#include "bgpd/conf/conf.h"
#include "rib/prefix.h"

static const char text[] = "daemon:\n"
			   "  workers: 3\n"
			   "  hold_time: 30\n"
			   "  connect_retry: 31\n"
			   "  idle_hold: 4\n"
			   "  idle_hold_max: 33\n"
			   "  send_hold: 500\n"
			   "  log_size: 64M\n"
			   "  ring_size: 4M\n"
			   "  log_level: notice\n"
			   "cfg:\n"
			   "  rs_as: 4200000000\n"
			   "  router_id: 192.0.2.1\n"
			   "  path_hiding: no\n"
			   "clients:\n"
			   "  - asn: 64501\n"
			   "    ip: [192.0.2.11, '2001:db8::11']\n"
			   "    description: \"Z\\xfcrich\\e[31m\\n\\u202e end\"\n"
			   "    password: hidden-from-children\n"
			   "    filters: none\n"
			   "  - asn: 4200000001\n"
			   "    ip: 192.0.2.12\n"
			   "    cfg: {passive: no, prepend_rs_as: yes, add_path: yes}\n";

static struct conf *
load(void)
{
	char path[] = "/tmp/test_compiled.XXXXXX";
	struct conf_report report;
	struct conf *conf;
	int fd = mkstemp(path);

	ck_assert_int_eq(write(fd, text, sizeof(text) - 1), (ssize_t)sizeof(text) - 1);
	close(fd);
	conf_report_init(&report);
	conf = conf_load(path, "rs1", &report);
	unlink(path);
	ck_assert_msg(conf != NULL, "%s", report.notes[0].text);
	conf_report_fini(&report);
	return conf;
}

START_TEST(everything_arrives)
{
	struct conf *conf = load();
	struct compiled compiled;
	int fd = conf_compile(conf, 77);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(compiled_map(fd, &compiled), 0);
	close(fd);
	ck_assert_uint_eq(compiled.head->generation, 77);
	ck_assert_uint_eq(compiled.head->rs_as, 4200000000);
	ck_assert_uint_eq(compiled.head->router_id, 0xc0000201);
	ck_assert_uint_eq(compiled.head->slots, 3);
	ck_assert_uint_eq(compiled.head->workers, 3);
	ck_assert_uint_eq(compiled.head->hold_s, 30);
	ck_assert_uint_eq(compiled.head->connect_retry_s, 31);
	ck_assert_uint_eq(compiled.head->idle_hold_s, 4);
	ck_assert_uint_eq(compiled.head->idle_hold_max_s, 33);
	ck_assert_uint_eq(compiled.head->send_hold_s, 500);
	ck_assert_uint_eq(compiled.head->log_size, 64u << 20);
	ck_assert_uint_eq(compiled.head->ring_size, 4u << 20);
	ck_assert_uint_eq(compiled.head->path_hiding, 0);
	ck_assert_uint_eq(compiled.head->log_level, LOG_LEVEL_NOTICE);
	ck_assert_str_eq(compiled.head->instance, "rs1");
	ck_assert_uint_eq(compiled.slots[0].asn, 64501);
	ck_assert_uint_eq(compiled.slots[0].family, FAMILY_IPV4);
	ck_assert_uint_eq(compiled.slots[0].families, 1 << FAMILY_IPV4);
	ck_assert_uint_eq(compiled.slots[0].flags, SLOT_PASSIVE | SLOT_FILTERS_NONE);
	ck_assert_mem_eq(compiled.slots[0].addr, "\xc0\x00\x02\x0b\0\0\0\0\0\0\0\0\0\0\0\0", 16);
	ck_assert_uint_eq(compiled.slots[1].slot, 1);
	ck_assert_uint_eq(compiled.slots[1].family, FAMILY_IPV6);
	ck_assert_uint_eq(compiled.slots[1].families, 1 << FAMILY_IPV6);
	ck_assert_uint_eq(compiled.slots[1].addr[15], 0x11);
	ck_assert_uint_ne(compiled.slots[1].worker, compiled.slots[0].worker);
	ck_assert_uint_eq(compiled.slots[2].asn, 4200000001);
	ck_assert_uint_eq(compiled.slots[2].flags, SLOT_PREPEND_RS_AS | SLOT_ADD_PATH);
	compiled_unmap(&compiled);
	ck_assert_ptr_null(compiled.head);
	conf_free(conf);
}
END_TEST

START_TEST(descriptions_are_fit_for_displays)
{
	struct conf *conf = load();
	struct compiled compiled;
	int fd = conf_compile(conf, 1);

	ck_assert_int_eq(compiled_map(fd, &compiled), 0);
	ck_assert_str_eq(compiled.slots[0].description, "Z\xc3\xbcrich?[31m ? end");
	ck_assert_str_eq(compiled.slots[2].description, "");
	compiled_unmap(&compiled);
	close(fd);
	conf_free(conf);
}
END_TEST

START_TEST(passwords_stay_in_the_parent)
{
	struct conf *conf = load();
	int fd = conf_compile(conf, 1);
	struct compiled compiled;

	ck_assert_str_eq(conf_peer(conf, 0)->password, "hidden-from-children");
	ck_assert_int_eq(compiled_map(fd, &compiled), 0);
	ck_assert_ptr_null(memmem(compiled.head, compiled.size, "hidden", 6));
	compiled_unmap(&compiled);
	close(fd);
	conf_free(conf);
}
END_TEST

START_TEST(nobody_can_change_it)
{
	struct conf *conf = load();
	int fd = conf_compile(conf, 1);

	ck_assert_int_eq(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	ck_assert_int_eq(write(fd, "x", 1), -1);
	ck_assert_int_eq(ftruncate(fd, 0), -1);
	ck_assert_int_eq(ftruncate(fd, 1 << 20), -1);
	ck_assert_ptr_eq(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0), MAP_FAILED);
	close(fd);
	conf_free(conf);
}
END_TEST

/* A sound head with two slots, to spoil. */
struct image {
	struct compiled_head head;
	struct compiled_slot slots[2];
};

static void
image_init(struct image *image)
{
	memset(image, 0, sizeof(*image));
	image->head.magic = COMPILED_MAGIC;
	image->head.version = COMPILED_VERSION;
	image->head.size = sizeof(*image);
	image->head.rs_as = 64500;
	image->head.router_id = 1;
	image->head.slots = 2;
	image->head.workers = 2;
	image->head.path_hiding = 1;
	image->slots[0].asn = 1;
	image->slots[0].families = 1 << FAMILY_IPV4;
	image->slots[1].slot = 1;
	image->slots[1].worker = 1;
	image->slots[1].asn = 2;
	image->slots[1].family = FAMILY_IPV6;
	image->slots[1].families = 3;
	memset(image->slots[1].addr, 0xfe, 16);
}

static int
map_image(const void *image, size_t size, int seals)
{
	struct compiled compiled;
	int fd = memfd_create("test", MFD_ALLOW_SEALING), result, saved;

	ck_assert_int_eq(write(fd, image, size), (ssize_t)size);
	ck_assert_int_eq(fcntl(fd, F_ADD_SEALS, seals), 0);
	errno = 0;
	result = compiled_map(fd, &compiled);
	saved = errno;
	close(fd);
	if (result == 0)
		compiled_unmap(&compiled);
	errno = saved;
	return result;
}

#define ALL_SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

/* Where to put which octet to spoil a sound image. */
#define HEAD_AT(member) offsetof(struct compiled_head, member)
#define SLOT_AT(i, member)                                                   \
	(sizeof(struct compiled_head) + (i) * sizeof(struct compiled_slot) + \
	    offsetof(struct compiled_slot, member))

static const struct {
	const char *what;
	size_t at;
	size_t count;
	uint8_t octet;
} spoils[] = {
    {"magic", HEAD_AT(magic), 1, 0},
    {"version", HEAD_AT(version), 1, 99},
    {"size", HEAD_AT(size), 1, 7},
    {"slots", HEAD_AT(slots), 1, 3},
    {"slots overflowing", HEAD_AT(slots), 4, 0xff},
    {"no workers", HEAD_AT(workers), 1, 0},
    {"workers", HEAD_AT(workers) + 1, 1, 9},
    {"rs_as", HEAD_AT(rs_as), 4, 0},
    {"router_id", HEAD_AT(router_id), 4, 0},
    {"path_hiding", HEAD_AT(path_hiding), 1, 2},
    {"log_level", HEAD_AT(log_level), 1, 6},
    {"zero", HEAD_AT(zero), 1, 1},
    {"instance", HEAD_AT(instance), COMPILED_NAME_MAX, 'a'},
    {"slot number", SLOT_AT(1, slot), 1, 0},
    {"worker", SLOT_AT(1, worker), 1, 2},
    {"asn", SLOT_AT(1, asn), 4, 0},
    {"family", SLOT_AT(1, family), 1, FAMILY_COUNT},
    {"no families", SLOT_AT(1, families), 1, 0},
    {"families", SLOT_AT(1, families), 1, 4},
    {"flags", SLOT_AT(1, flags) + 1, 1, 0x80},
    {"host octets of IPv4", SLOT_AT(0, addr) + 4, 1, 1},
    {"description", SLOT_AT(1, description), COMPILED_DESCRIPTION_MAX, 'a'},
};

START_TEST(spoiled_records_are_refused)
{
	struct image image;

	image_init(&image);
	ck_assert_int_eq(map_image(&image, sizeof(image), ALL_SEALS), 0);
	memset((uint8_t *)&image + spoils[_i].at, spoils[_i].octet, spoils[_i].count);
	ck_assert_msg(
	    map_image(&image, sizeof(image), ALL_SEALS) == -1, "%s was accepted", spoils[_i].what);
	ck_assert_int_eq(errno, EINVAL);
}
END_TEST

START_TEST(cut_or_unsealed_records_are_refused)
{
	struct image image;
	size_t size;

	image_init(&image);
	for (size = 0; size < sizeof(image); size += 13)
		ck_assert_int_eq(map_image(&image, size, ALL_SEALS), -1);
	ck_assert_int_eq(map_image(&image, sizeof(image), ALL_SEALS & ~F_SEAL_WRITE), -1);
	ck_assert_int_eq(map_image(&image, sizeof(image), ALL_SEALS & ~F_SEAL_SHRINK), -1);
	ck_assert_int_eq(errno, EINVAL);
}
END_TEST

START_TEST(seal_fills_in_the_head)
{
	struct image image;
	struct compiled compiled;
	int fd;

	image_init(&image);
	image.head.magic = 0;
	image.head.version = 0;
	image.head.size = 0;
	fd = compiled_seal(&image.head, image.slots);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(compiled_map(fd, &compiled), 0);
	ck_assert_uint_eq(compiled.size, sizeof(image));
	ck_assert_mem_eq(compiled.slots, image.slots, sizeof(image.slots));
	compiled_unmap(&compiled);
	close(fd);
}
END_TEST

START_TEST(what_is_no_memfd_is_refused)
{
	struct compiled compiled;
	int ends[2];

	ck_assert_int_eq(compiled_map(-1, &compiled), -1);
	ck_assert_int_eq(errno, EBADF);
	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(compiled_map(ends[0], &compiled), -1);
	close(ends[0]);
	close(ends[1]);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("compiled configuration");
	TCase *tcase = tcase_create("compiled");
	SRunner *runner;
	int failed;

	tcase_add_test(tcase, everything_arrives);
	tcase_add_test(tcase, descriptions_are_fit_for_displays);
	tcase_add_test(tcase, passwords_stay_in_the_parent);
	tcase_add_test(tcase, nobody_can_change_it);
	tcase_add_loop_test(
	    tcase, spoiled_records_are_refused, 0, (int)(sizeof(spoils) / sizeof(spoils[0])));
	tcase_add_test(tcase, cut_or_unsealed_records_are_refused);
	tcase_add_test(tcase, seal_fills_in_the_head);
	tcase_add_test(tcase, what_is_no_memfd_is_refused);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
