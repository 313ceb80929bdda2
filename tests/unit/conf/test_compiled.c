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

/* Sessions with everything that a member's router may bring, and what leaves it alone. */
static const char protocol[] = "daemon: {workers: 1}\n"
			       "cfg:\n"
			       "  rs_as: 64500\n"
			       "  router_id: 192.0.2.1\n"
			       "  filters: none\n"
			       "  rfc8950: true\n"
			       "  add_path: true\n"
			       "  add_path_paths: 4\n"
			       "  add_path_receive: 8\n"
			       "  extended_messages: true\n"
			       "  long_shutdown_text: true\n"
			       "  graceful_restart: {enabled: true, restart_time: 4095,\n"
			       "    stale_time: 3600, deferral_time: 1}\n"
			       "clients:\n"
			       "  - asn: 64501\n"
			       "    ip: [192.0.2.11, '2001:db8::11']\n"
			       "  - asn: 64502\n"
			       "    ip: '2001:db8::12'\n"
			       "    cfg: {families: [ipv6], add_path_paths: 0,\n"
			       "      add_path_receive: 1, graceful_restart: {enabled: no}}\n"
			       "  - asn: 64503\n"
			       "    ip: [192.0.2.13, '2001:db8::13']\n"
			       "    cfg: {families: 'ipv4, ipv6', add_path: no, rfc8950: no,\n"
			       "      extended_messages: no, long_shutdown_text: no}\n"
			       "  - asn: 64504\n"
			       "    ip: ['2001:db8::14', 192.0.2.14]\n"
			       "    cfg: {families: [ipv6, ipv4]}\n"
			       "collectors:\n"
			       "  - {asn: 64599, ip: 192.0.2.99}\n";

static struct conf *
load_text(const char *yaml)
{
	char path[] = "/tmp/test_compiled.XXXXXX";
	struct conf_report report;
	struct conf *conf;
	int fd = mkstemp(path);

	ck_assert_int_eq(write(fd, yaml, strlen(yaml)), (ssize_t)strlen(yaml));
	close(fd);
	conf_report_init(&report);
	conf = conf_load(path, "rs1", &report);
	unlink(path);
	ck_assert_msg(conf != NULL, "%s", report.notes[0].text);
	conf_report_fini(&report);
	return conf;
}

static struct conf *
load(void)
{
	return load_text(text);
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
	ck_assert_uint_eq(compiled.head->slots, 128);
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
	ck_assert_uint_eq(compiled.slots[3].flags, SLOT_UNUSED);
	ck_assert_uint_eq(compiled.slots[127].slot, 127);
	ck_assert_uint_eq(compiled.policy.peer_count, 128);
	ck_assert_uint_eq(compiled.policy.general->rs_as, 4200000000);
	ck_assert_uint_eq(compiled.policy.peers[0].asn, 64501);
	ck_assert_uint_eq(compiled.policy.peers[0].kind, PEER_CLIENT);
	ck_assert_uint_eq(compiled.policy.peers[3].kind, PEER_UNUSED);
	compiled_unmap(&compiled);
	ck_assert_ptr_null(compiled.head);
	conf_free(conf);
}
END_TEST

#define BOTH (1 << FAMILY_IPV4 | 1 << FAMILY_IPV6)
#define GENERAL_PROTOCOL \
	(SLOT_ADD_PATH | SLOT_EXTENDED_MESSAGES | SLOT_LONG_SHUTDOWN_TEXT | SLOT_GRACEFUL_RESTART)

static const struct {
	uint8_t families;
	uint16_t flags; /* of the slot, but SLOT_PASSIVE and SLOT_FILTERS_NONE */
	uint16_t told, kept;
	uint32_t how; /* of policy's flags: IPv4 over IPv6 */
} protocol_slots[] = {
    {1 << FAMILY_IPV4, GENERAL_PROTOCOL, 4, 8, 0},
    {BOTH, GENERAL_PROTOCOL | SLOT_IPV6_NEXT_HOPS, 4, 8, PEER_IPV6_NEXT_HOPS},
    {1 << FAMILY_IPV6, GENERAL_PROTOCOL & ~SLOT_GRACEFUL_RESTART, 0, 1, 0},
    {BOTH, SLOT_GRACEFUL_RESTART, 0, 8, 0},
    {BOTH, SLOT_GRACEFUL_RESTART, 0, 8, PEER_IPV4_NEXT_HOPS},
    {BOTH, GENERAL_PROTOCOL | SLOT_IPV6_NEXT_HOPS, 4, 8, PEER_IPV6_NEXT_HOPS | PEER_IPV4_NEXT_HOPS},
    {BOTH, GENERAL_PROTOCOL, 4, 8, 0},
    {1 << FAMILY_IPV4, GENERAL_PROTOCOL | SLOT_COLLECTOR, 0, 0, 0},
};

START_TEST(protocol_arrives)
{
	struct conf *conf = load_text(protocol);
	struct compiled c;
	int fd = conf_compile(conf, 1);

	ck_assert_int_eq(compiled_map(fd, &c), 0);
	close(fd);
	ck_assert_uint_eq(c.head->restart_s, 4095);
	ck_assert_uint_eq(c.head->stale_s, 3600);
	ck_assert_uint_eq(c.head->deferral_s, 1);
	for (size_t i = 0; i < sizeof(protocol_slots) / sizeof(protocol_slots[0]); i++) {
		const struct compiled_slot *slot = &c.slots[i];
		const uint32_t how = PEER_IPV6_NEXT_HOPS | PEER_IPV4_NEXT_HOPS;

		ck_assert_msg(slot->families == protocol_slots[i].families &&
			(slot->flags & ~(SLOT_PASSIVE | SLOT_FILTERS_NONE)) ==
			    protocol_slots[i].flags &&
			slot->paths_told == protocol_slots[i].told &&
			slot->paths_kept == protocol_slots[i].kept &&
			c.policy.peers[i].families == slot->families &&
			(c.policy.peers[i].flags & how) == protocol_slots[i].how,
		    "slot %zu: families %u, flags %x, paths told %u, kept %u", i, slot->families,
		    slot->flags, slot->paths_told, slot->paths_kept);
	}
	compiled_unmap(&c);
	conf_free(conf);
}
END_TEST

START_TEST(protocol_is_off_by_default)
{
	struct conf *conf = load();
	struct compiled c;
	int fd = conf_compile(conf, 1);

	ck_assert_int_eq(compiled_map(fd, &c), 0);
	close(fd);
	ck_assert_uint_eq(c.head->restart_s, 120);
	ck_assert_uint_eq(c.head->stale_s, 180);
	ck_assert_uint_eq(c.head->deferral_s, 120);
	for (unsigned i = 0; i < 3; i++) {
		ck_assert_uint_eq(c.slots[i].paths_told, 0);
		ck_assert_uint_eq(c.slots[i].paths_kept, 0);
		ck_assert_uint_eq(c.slots[i].flags &
			(SLOT_IPV6_NEXT_HOPS | SLOT_EXTENDED_MESSAGES | SLOT_GRACEFUL_RESTART |
			    SLOT_LONG_SHUTDOWN_TEXT),
		    0);
	}
	compiled_unmap(&c);
	conf_free(conf);
}
END_TEST

/* What another OPEN, or another member, makes another session; the rest changes on the way. */
static const struct {
	const char *what;
	struct compiled_slot slot; /* against one with nothing */
	bool is_other;
} other_sessions[] = {
    {"nothing", {.asn = 0}, false},
    {"ASN", {.asn = 1}, true},
    {"family", {.family = 1}, true},
    {"families", {.families = 2}, true},
    {"address", {.addr = {1}}, true},
    {"role", {.role = 1}, true},
    {"multihop", {.multihop = 1}, true},
    {"a peer", {.flags = SLOT_UNUSED}, true},
    {"ADD-PATH towards it", {.flags = SLOT_ADD_PATH}, true},
    {"collector", {.flags = SLOT_COLLECTOR}, true},
    {"roles", {.flags = SLOT_ROLES}, true},
    {"strict roles", {.flags = SLOT_ROLE_STRICT}, true},
    {"TTL security", {.flags = SLOT_GTSM}, true},
    {"IPv6 next hops", {.flags = SLOT_IPV6_NEXT_HOPS}, true},
    {"extended messages", {.flags = SLOT_EXTENDED_MESSAGES}, true},
    {"graceful restart", {.flags = SLOT_GRACEFUL_RESTART}, true},
    {"ADD-PATH from it", {.paths_kept = 2}, true},
    {"one path from it", {.paths_kept = 1}, false},
    {"paths told", {.paths_told = 9}, false},
    {"shutdown text", {.flags = SLOT_LONG_SHUTDOWN_TEXT}, false},
    {"passive", {.flags = SLOT_PASSIVE}, false},
    {"no filters", {.flags = SLOT_FILTERS_NONE}, false},
    {"own ASN in front", {.flags = SLOT_PREPEND_RS_AS}, false},
    {"description", {.description = "x"}, false},
};

START_TEST(sessions_that_end_on_reload)
{
	static const struct compiled_slot plain;
	const struct compiled_slot *slot = &other_sessions[_i].slot;

	ck_assert_msg(compiled_is_other_session(&plain, slot) == other_sessions[_i].is_other &&
		compiled_is_other_session(slot, &plain) == other_sessions[_i].is_other,
	    "%s", other_sessions[_i].what);
}
END_TEST

START_TEST(more_or_fewer_paths_are_the_same_session)
{
	struct compiled_slot a = {.paths_kept = 2}, b = {.paths_kept = 64};

	ck_assert(!compiled_is_other_session(&a, &b));
}
END_TEST

START_TEST(times_are_no_other_server)
{
	struct compiled_head a = {.rs_as = 1, .router_id = 1, .restart_s = 120}, b = a;

	b.restart_s = b.stale_s = b.deferral_s = 7;
	b.path_hiding = 1;
	ck_assert(!compiled_is_other_server(&a, &b));
	b.rs_as = 2;
	ck_assert(compiled_is_other_server(&a, &b));
	b = a;
	b.router_id = 2;
	ck_assert(compiled_is_other_server(&a, &b));
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
	ck_assert_ptr_null(memmem(compiled.flat.map, compiled.flat.size, "hidden", 6));
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

/* A sound configuration with three slots, the last one unused, to spoil. */
struct image {
	struct compiled_head head;
	struct compiled_slot slots[3];
	struct policy_general general;
	struct policy_peer peers[3];
	uint8_t origins[6];
	char names[4];
	uint32_t origins_rows;
};

static void
image_init(struct image *image)
{
	memset(image, 0, sizeof(*image));
	image->head.rs_as = 64500;
	image->head.router_id = 1;
	image->head.slots = 3;
	image->head.workers = 2;
	image->head.path_hiding = 1;
	image->head.restart_s = COMPILED_RESTART_MAX_S;
	image->head.stale_s = image->head.deferral_s = COMPILED_STALE_MAX_S;
	image->slots[0].asn = 1;
	image->slots[0].families = 1 << FAMILY_IPV4;
	image->slots[1].slot = 1;
	image->slots[1].worker = 1;
	image->slots[1].asn = 2;
	image->slots[1].family = FAMILY_IPV6;
	image->slots[1].families = 3;
	image->slots[1].flags = SLOT_IPV6_NEXT_HOPS | SLOT_ADD_PATH | SLOT_EXTENDED_MESSAGES |
	    SLOT_GRACEFUL_RESTART | SLOT_LONG_SHUTDOWN_TEXT;
	image->slots[1].paths_told = COMPILED_TOLD_MAX;
	image->slots[1].paths_kept = COMPILED_KEPT_MAX;
	memset(image->slots[1].addr, 0xfe, 16);
	image->slots[2].slot = 2;
	image->slots[2].flags = SLOT_UNUSED;
	image->general.rs_as = 64500;
	image->peers[0] =
	    (struct policy_peer){.asn = 1, .kind = PEER_CLIENT, .families = 1 << FAMILY_IPV4};
	image->peers[1] = (struct policy_peer){.asn = 2,
	    .kind = PEER_CLIENT,
	    .family = FAMILY_IPV6,
	    .families = 3,
	    .flags = PEER_IPV6_NEXT_HOPS | PEER_IPV4_NEXT_HOPS};
	memset(image->peers[1].addr, 0xfe, 16);
	memcpy(image->names, "a\0b", 4);
	image->origins_rows = 2;
}

static int
image_seal(const struct image *image)
{
	struct policy_config policy = {.general = &image->general,
	    .peers = image->peers,
	    .peer_count = 3,
	    .text = "",
	    .text_len = 1};
	struct compiled_origins origins = {.origins = image->origins,
	    .names = image->names,
	    .rows = image->origins_rows,
	    .names_len = sizeof(image->names)};

	return compiled_seal(&image->head, image->slots, &policy, &origins);
}

static int
map_image(const struct image *image)
{
	struct compiled compiled;
	int fd = image_seal(image), result, saved;

	ck_assert_int_ge(fd, 0);
	errno = 0;
	result = compiled_map(fd, &compiled);
	saved = errno;
	close(fd);
	if (result == 0)
		compiled_unmap(&compiled);
	errno = saved;
	return result;
}

/* Where to put which octet to spoil a sound image. */
#define HEAD_AT(member) (offsetof(struct image, head) + offsetof(struct compiled_head, member))
#define SLOT_AT(i, member) \
	(offsetof(struct image, slots[i]) + offsetof(struct compiled_slot, member))
#define PEER_AT(i, member) (offsetof(struct image, peers[i]) + offsetof(struct policy_peer, member))

static const struct {
	const char *what;
	size_t at;
	size_t count;
	uint8_t octet;
} spoils[] = {
    {"no workers", HEAD_AT(workers), 1, 0},
    {"workers", HEAD_AT(workers) + 1, 1, 9},
    {"rs_as", HEAD_AT(rs_as), 4, 0},
    {"rs_as of policy", HEAD_AT(rs_as), 1, 7},
    {"router_id", HEAD_AT(router_id), 4, 0},
    {"path_hiding", HEAD_AT(path_hiding), 1, 2},
    {"log_level", HEAD_AT(log_level), 1, 6},
    {"instance", HEAD_AT(instance), COMPILED_NAME_MAX, 'a'},
    {"slot number", SLOT_AT(1, slot), 1, 0},
    {"worker", SLOT_AT(1, worker), 1, 2},
    {"asn", SLOT_AT(1, asn), 4, 0},
    {"family", SLOT_AT(1, family), 1, FAMILY_COUNT},
    {"no families", SLOT_AT(1, families), 1, 0},
    {"families", SLOT_AT(1, families), 1, 4},
    {"families without that of the address", SLOT_AT(1, families), 1, 1 << FAMILY_IPV4},
    {"families that policy does not know of", SLOT_AT(0, families), 1, 3},
    {"families of policy alone", PEER_AT(0, families), 1, 3},
    {"a flag that is none", SLOT_AT(1, flags) + 1, 1, 0x3e},
    {"a flag of policy alone", SLOT_AT(1, flags) + 1, 1, 0x1c},
    {"IPv6 next hops of policy alone", PEER_AT(0, flags) + 1, 1, PEER_IPV6_NEXT_HOPS >> 8},
    {"restart_s", HEAD_AT(restart_s) + 1, 1, 0x10},
    {"stale_s", HEAD_AT(stale_s) + 1, 1, 0x0f},
    {"deferral_s", HEAD_AT(deferral_s) + 1, 1, 0x0f},
    {"paths_told", SLOT_AT(1, paths_told) + 1, 1, 1},
    {"paths_told without ADD-PATH", SLOT_AT(0, paths_told), 1, 1},
    {"paths_kept", SLOT_AT(1, paths_kept), 1, COMPILED_KEPT_MAX + 1},
    {"an unused slot with paths", SLOT_AT(2, paths_kept), 1, 2},
    {"role", SLOT_AT(1, role), 1, 5},
    {"zero of a slot", SLOT_AT(1, zero), 1, 1},
    {"host octets of IPv4", SLOT_AT(0, addr) + 4, 1, 1},
    {"description", SLOT_AT(1, description), COMPILED_DESCRIPTION_MAX, 'a'},
    {"an unused slot with an ASN", SLOT_AT(2, asn), 1, 1},
    {"an unused slot with another flag", SLOT_AT(2, flags), 1, SLOT_UNUSED | SLOT_PASSIVE},
    {"an unused slot with a peer", PEER_AT(2, kind), 1, PEER_CLIENT},
    {"a slot without a peer", PEER_AT(1, kind), 1, PEER_UNUSED},
    {"a client as a collector", PEER_AT(1, kind), 1, PEER_COLLECTOR},
    {"another ASN", PEER_AT(1, asn), 1, 9},
    {"another address", PEER_AT(1, addr), 1, 9},
    {"what policy refuses", PEER_AT(1, next_hop), 1, 9},
    {"fewer origins than names", offsetof(struct image, origins_rows), 1, 1},
    {"an endless name", offsetof(struct image, names) + 3, 1, 'b'},
};

/* As many slots as the head says, and as many peers. */
START_TEST(slots_and_peers_are_counted)
{
	struct image image;

	image_init(&image);
	image.head.slots = 2;
	ck_assert_int_eq(map_image(&image), -1);
	image.head.slots = 0;
	ck_assert_int_eq(map_image(&image), -1);
}
END_TEST

START_TEST(spoiled_records_are_refused)
{
	struct image image;

	image_init(&image);
	ck_assert_int_eq(map_image(&image), 0);
	memset((uint8_t *)&image + spoils[_i].at, spoils[_i].octet, spoils[_i].count);
	ck_assert_msg(map_image(&image) == -1, "%s was accepted", spoils[_i].what);
	ck_assert_int_eq(errno, EINVAL);
}
END_TEST

/* Copies a sealed configuration into another memfd, cut and with other seals. */
static int
map_copy(int fd, size_t size, int seals)
{
	struct compiled compiled;
	uint8_t octets[8192];
	int copy = memfd_create("test", MFD_ALLOW_SEALING), result, saved;

	ck_assert_int_eq(pread(fd, octets, size, 0), (ssize_t)size);
	ck_assert_int_eq(write(copy, octets, size), (ssize_t)size);
	ck_assert_int_eq(fcntl(copy, F_ADD_SEALS, seals), 0);
	result = compiled_map(copy, &compiled);
	saved = errno;
	close(copy);
	if (result == 0)
		compiled_unmap(&compiled);
	errno = saved;
	return result;
}

#define ALL_SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

START_TEST(cut_or_unsealed_records_are_refused)
{
	struct image image;
	size_t size, whole;
	int fd;

	image_init(&image);
	fd = image_seal(&image);
	whole = (size_t)lseek(fd, 0, SEEK_END);
	ck_assert_int_eq(map_copy(fd, whole, ALL_SEALS), 0);
	for (size = 0; size < whole; size += 13)
		ck_assert_int_eq(map_copy(fd, size, ALL_SEALS), -1);
	ck_assert_int_eq(map_copy(fd, whole, ALL_SEALS & ~F_SEAL_WRITE), -1);
	ck_assert_int_eq(map_copy(fd, whole, ALL_SEALS & ~F_SEAL_SHRINK), -1);
	ck_assert_int_eq(errno, EINVAL);
	close(fd);
}
END_TEST

/* The configuration in force may be unmapped only once, whoever passed it on. */
START_TEST(what_is_passed_on_stays)
{
	struct image image;
	struct compiled next, config;
	int fd;

	image_init(&image);
	fd = image_seal(&image);
	ck_assert_int_eq(compiled_map(fd, &next), 0);
	close(fd);
	config = next;
	next.head = NULL;
	compiled_unmap(&next);
	ck_assert_uint_eq(config.head->rs_as, 64500);
	compiled_unmap(&config);
	compiled_unmap(&config);
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
	tcase_add_test(tcase, protocol_arrives);
	tcase_add_test(tcase, protocol_is_off_by_default);
	tcase_add_loop_test(tcase, sessions_that_end_on_reload, 0,
	    (int)(sizeof(other_sessions) / sizeof(other_sessions[0])));
	tcase_add_test(tcase, more_or_fewer_paths_are_the_same_session);
	tcase_add_test(tcase, times_are_no_other_server);
	tcase_add_test(tcase, descriptions_are_fit_for_displays);
	tcase_add_test(tcase, passwords_stay_in_the_parent);
	tcase_add_test(tcase, nobody_can_change_it);
	tcase_add_loop_test(
	    tcase, spoiled_records_are_refused, 0, (int)(sizeof(spoils) / sizeof(spoils[0])));
	tcase_add_test(tcase, slots_and_peers_are_counted);
	tcase_add_test(tcase, cut_or_unsealed_records_are_refused);
	tcase_add_test(tcase, what_is_passed_on_stays);
	tcase_add_test(tcase, what_is_no_memfd_is_refused);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
