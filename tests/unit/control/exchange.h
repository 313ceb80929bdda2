/*
 * A rib process with real policy, turned by hand: a configuration as an operator writes it, with
 * files of IRR and RPKI data, loaded and compiled as the parent does.
 *
 *   slot 0  192.0.2.1  AS3333  AS-RIPE, tagged rejects, limit of 8, site rule
 *   slot 1  192.0.2.2  AS2121  quarantine; rpki-invalid is only observed; AS-SET without data
 *   slot 2  192.0.2.3  AS8859  filters: none
 *   slot 3  192.0.2.4  AS1200  filters: none, has an RTT
 *   slot 4  192.0.2.5  AS5607  down
 *   slot 5  192.0.2.9  collector
 */
#ifndef TESTS_UNIT_CONTROL_EXCHANGE_H
#define TESTS_UNIT_CONTROL_EXCHANGE_H

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "bgpd/clock.h"
#include "bgpd/conf/conf.h"
#include "bgpd/feed/feed.h"
#include "tests/unit/control/client.h"

#define EXCHANGE_SLOTS 8

static const char exchange_yml[] =
    "daemon: {workers: 2, max_peers: 8, listen: [127.0.0.1], log_size: 4M, ring_size: 2M,\n"
    "  log_level: critical, socket: ./s, restricted_socket: ./r}\n"
    "feeds: {irr: [irr.rpsl], rpki: [rpki.json]}\n"
    "cfg:\n"
    "  rs_as: 64500\n"
    "  router_id: 192.0.2.254\n"
    "  path_hiding: true\n"
    "  rtt_thresholds: [10, 50]\n"
    "  extended_messages: true\n"
    "  graceful_restart: {stale_time: 60}\n"
    "  filtering:\n"
    "    drop_attributes: [40, 28]\n"
    "    global_black_list_pref: [{prefix: 192.0.2.0, length: 24}]\n"
    "    irrdb: {tag_as_set: true}\n"
    "    rpki_bgp_origin_validation: {enabled: true, reject_invalid: true}\n"
    "    max_prefix: {action: block, general_limit_ipv4: 100, peering_db: false}\n"
    "    reject_policy: {policy: tag}\n"
    "  communities:\n"
    "    do_not_announce_to_peer: {std: '0:peer_as', lrg: 'rs_as:0:peer_as'}\n"
    "    reject_cause: {lrg: 'rs_as:65520:dyn_val'}\n"
    "    reject_cause_map: {12: {lrg: 'rs_as:1101:9'}}\n"
    "    rpki_bgp_origin_validation_valid: {lrg: 'rs_as:1000:1'}\n"
    "    rpki_bgp_origin_validation_unknown: {lrg: 'rs_as:1000:2'}\n"
    "    rpki_bgp_origin_validation_invalid: {lrg: 'rs_as:1000:4'}\n"
    "    prefix_present_in_as_set: {lrg: 'rs_as:64512:11'}\n"
    "  custom_communities:\n"
    "    colo_berlin: {lrg: 'rs_as:9:1'}\n"
    "rules:\n"
    "  import:\n"
    "    - name: no nines\n"
    "      match: {peer: [3333], prefix_list: [{prefix: 9.0.0.0, length: 8}]}\n"
    "      action: {reject: 'no nines please'}\n"
    "clients:\n"
    "  - asn: 3333\n"
    "    ip: 192.0.2.1\n"
    "    description: RIPE NCC\n"
    "    cfg:\n"
    "      attach_custom_communities: [colo_berlin]\n"
    "      families: [ipv6, ipv4]\n"
    "      add_path_receive: 4\n"
    "      graceful_restart: {enabled: true}\n"
    "      filtering:\n"
    "        irrdb: {as_sets: [AS-RIPE]}\n"
    "        max_prefix: {limit_ipv4: 8}\n"
    "  - asn: 2121\n"
    "    ip: 192.0.2.2\n"
    "    quarantine: true\n"
    "    cfg:\n"
    "      filtering: {observe: [rpki-invalid], irrdb: {as_sets: [AS-NOBODY]}}\n"
    "  - {asn: 8859, ip: 192.0.2.3, filters: none}\n"
    "  - {asn: 1200, ip: 192.0.2.4, filters: none, rtt: 12}\n"
    "  - {asn: 5607, ip: 192.0.2.5, filters: none}\n"
    "collectors:\n"
    "  - {asn: 64510, ip: 192.0.2.9}\n";

static const char exchange_irr[] = "as-set: AS-RIPE\nmembers: AS3333, AS12654\n\n"
				   "route: 193.0.0.0/21\norigin: AS3333\n\n"
				   "route: 193.0.10.0/24\norigin: AS3333\n\n"
				   "route: 193.0.12.0/24\norigin: AS3333\n\n"
				   "route: 193.0.20.0/24\norigin: AS2121\n\n"
				   "route: 9.1.0.0/16\norigin: AS3333\n\n";

static const char exchange_rpki[] =
    "{\"roas\":[{\"prefix\":\"193.0.10.0/24\",\"maxLength\":24,\"asn\":\"AS1\",\"ta\":\"ripe\"},"
    "{\"prefix\":\"193.0.0.0/21\",\"maxLength\":21,\"asn\":\"AS3333\",\"ta\":\"ripe\"},"
    "{\"prefix\":\"193.0.20.0/24\",\"maxLength\":24,\"asn\":\"AS1\",\"ta\":\"ripe\"}]}";

static inline void
write_file(const char *name, const char *text)
{
	FILE *f = fopen(name, "w");

	ck_assert_ptr_nonnull(f);
	ck_assert_int_ge(fputs(text, f), 0);
	fclose(f);
}

/* Configuration and data as memfds, made in a folder that is gone afterwards. */
static inline void
load_exchange(const char *yml, int *config_fd, int *data_fd)
{
	char dir[] = "/tmp/roost-test-XXXXXX";
	struct conf_report report;
	struct feed_report feeds;
	struct feed_request *request;
	struct conf *conf;

	ck_assert_ptr_nonnull(mkdtemp(dir));
	ck_assert_int_eq(chdir(dir), 0);
	write_file("roost.yml", yml);
	write_file("irr.rpsl", exchange_irr);
	write_file("rpki.json", exchange_rpki);
	conf_report_init(&report);
	conf = conf_load("roost.yml", "test", &report);
	ck_assert_msg(conf != NULL, "%s", report.count > 0 ? report.notes[0].text : "?");
	feed_report_init(&feeds);
	request = feed_request_new(conf, (uint64_t)time(NULL));
	*data_fd = feed_load(request, &feeds);
	*config_fd = conf_compile(conf, 1);
	ck_assert_msg(*data_fd >= 0 && *config_fd >= 0, "%s",
	    feeds.notes.count > 0 ? feeds.notes.notes[0].text : "?");
	feed_request_free(request);
	feed_report_fini(&feeds);
	conf_report_fini(&report);
	conf_free(conf);
	unlink("roost.yml");
	unlink("irr.rpsl");
	unlink("rpki.json");
	ck_assert_int_eq(chdir("/"), 0);
	ck_assert_int_eq(rmdir(dir), 0);
}

static inline void
give_exchange(uint32_t number, const char *yml)
{
	struct channel_generation generation = {.generation = number};
	int config_fd, data_fd;

	load_exchange(yml, &config_fd, &data_fd);
	ck_assert_int_eq(channel_send(parent, CHANNEL_DATA, NULL, &data_fd, 1), 0);
	ck_assert_int_eq(channel_send(parent, CHANNEL_CONFIG, &generation, &config_fd, 1), 0);
	close(config_fd);
	close(data_fd);
	parent_read(&core);
	while (generation_slice(&core, clock_us() + 1000))
		continue;
}

static inline void
give_exchange_worker(uint32_t index)
{
	struct channel_worker worker = {.index = index, .pid = 1};
	int fds[4] = {ring_create(RING_SIZE, EXCHANGE_SLOTS), session_table_create(EXCHANGE_SLOTS),
	    wake_new(), wake_new()};

	ck_assert_int_eq(channel_send(parent, CHANNEL_WORKER, &worker, fds, 4), 0);
	parent_read(&core);
	rings[index] = ring_map(fds[0]);
	sessions[index] = session_table_map_writer(fds[1]);
	for (unsigned i = 0; i < 4; i++)
		close(fds[i]);
}

/* A session of IPv4; the table is told directly, and rib what it would know of it. */
static inline void
bring_up_member(uint16_t slot)
{
	struct table_session session = {
	    .bgp_id = 100u + slot, .families = 1 << FAMILY_IPV4, .class = {CLASS_AS4}};

	core.slots[slot].up = true;
	core.slots[slot].session.families = 1 << FAMILY_IPV4;
	table_peer_up(core.table, slot, &session);
}

static inline void
setup_exchange(void)
{
	int ends[2], fd;

	signal(SIGPIPE, SIG_IGN);
	memset(&core, 0, sizeof(core));
	log_init("test", LOG_LEVEL_CRITICAL);
	ck_assert_int_eq(channel_pair(ends), 0);
	parent = channel_new(ends[0], CHANNEL_PARENT_TO_RIB, CHANNEL_RIB_TO_PARENT);
	ck_assert_int_eq(core_init(&core, ends[1]), 0);
	give_exchange(1, exchange_yml);
	fd = log_create(LOG_SIZE);
	ck_assert_int_eq(channel_send(parent, CHANNEL_LOG, NULL, &fd, 1), 0);
	reader = log_map_reader(memfd_read_only(fd));
	close(fd);
	parent_read(&core);
	ck_assert_ptr_nonnull(core.table);
	for (uint32_t i = 0; i < WORKERS; i++)
		give_exchange_worker(i);
	core.control = control_new(&core, listen_somewhere(0), listen_somewhere(1));
	for (uint16_t slot = 0; slot < 6; slot++)
		if (slot != 4)
			bring_up_member(slot);
}

/* The time of a test ends it where something never comes. */
static inline void
settle(void)
{
	core.commit_due_us = clock_us();
	while (core_turn(&core))
		continue;
}

static inline size_t
put_attribute(uint8_t *out, uint8_t flags, uint8_t type, const void *value, size_t len)
{
	out[0] = flags;
	out[1] = type;
	out[2] = (uint8_t)(len >> 8);
	out[3] = (uint8_t)len;
	memcpy(out + 4, value, len);
	return 4 + len;
}

/* ORIGIN IGP; a path of ASNs, 0 ends it; one standard community or 0. */
static inline size_t
make_block(
    uint8_t out[256], uint8_t last_octet_of_next_hop, const uint32_t *asns, uint32_t community)
{
	uint8_t path[128] = {AS_SEQUENCE}, std[4];
	const uint8_t next_hop[] = {4, 192, 0, 2, last_octet_of_next_hop};
	size_t len = sizeof(next_hop), n = 0;

	memcpy(out, next_hop, sizeof(next_hop));
	len += put_attribute(out + len, 0x40, ATTR_ORIGIN, "", 1);
	for (; asns[n] != 0; n++)
		for (unsigned i = 0; i < 4; i++)
			path[2 + 4 * n + i] = (uint8_t)(asns[n] >> (24 - 8 * i));
	path[1] = (uint8_t)n;
	len += put_attribute(out + len, 0x40, ATTR_AS_PATH, path, 2 + 4 * n);
	for (unsigned i = 0; i < 4; i++)
		std[i] = (uint8_t)(community >> (24 - 8 * i));
	if (community != 0)
		len += put_attribute(out + len, 0xc0, ATTR_COMMUNITIES, std, 4);
	return len;
}

/* The member's own next hop unless another octet is given. */
static inline void
announce_as(uint16_t slot, const char *text, const uint32_t *asns, uint8_t hop, uint32_t community)
{
	uint8_t octets[256];
	size_t len = make_block(octets, hop != 0 ? hop : (uint8_t)(slot + 1), asns, community);
	attrs_id attrs = table_attrs_ref(core.table, octets, len);
	struct prefix prefix;

	ck_assert_int_eq(prefix_parse(text, &prefix), 0);
	ck_assert_int_eq(table_announce(core.table, slot, &prefix, 0, attrs, 1767225600), TABLE_OK);
	table_attrs_unref(core.table, attrs);
}

#define PATH(...) ((const uint32_t[]){__VA_ARGS__, 0})

#endif
