/*
 * For tests of what a whole configuration comes to: it is loaded from a text, its peers and general
 * settings are looked at as policy is told them.
 */
#ifndef TESTS_UNIT_CONF_LOADED_H
#define TESTS_UNIT_CONF_LOADED_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bgpd/conf/conf.h"

#define ROWS(array) (int)(sizeof(array) / sizeof((array)[0]))

static struct conf_report report;

static inline void
setup(void)
{
	conf_report_init(&report);
}

static inline void
teardown(void)
{
	conf_report_fini(&report);
}

static inline struct conf *
load(const char *text)
{
	char path[] = "/tmp/test_inforce.XXXXXX";
	int fd = mkstemp(path);
	struct conf *conf;

	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
	conf = conf_load(path, "main", &report);
	unlink(path);
	ck_assert_msg(conf != NULL, "%u: %s\n%s", report.notes[0].line, report.notes[0].text, text);
	return conf;
}

/* One client; what general.yml and the client's cfg say beside the required. */
static inline struct conf *
load_pair(const char *general, const char *client)
{
	char text[4096];

	snprintf(text, sizeof(text),
	    "general:\n  cfg:\n    rs_as: 64500\n    router_id: 192.0.2.1\n%s"
	    "clients:\n  - asn: 64501\n    ip: 192.0.2.11\n%s",
	    general, client);
	return load(text);
}

static inline const struct policy_peer *
peer(const struct conf *conf, uint32_t slot)
{
	struct policy_config policy;

	conf_policy(conf, &policy);
	ck_assert_uint_lt(slot, policy.peer_count);
	return &policy.peers[slot];
}

static inline const struct policy_general *
general(const struct conf *conf)
{
	struct policy_config policy;

	conf_policy(conf, &policy);
	return policy.general;
}

#endif
