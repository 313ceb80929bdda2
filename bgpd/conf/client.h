/*
 * One entry of clients or collectors, as it is read: becomes one struct conf_peer per address.
 * Parent only.
 */
#ifndef BGPD_CONF_CLIENT_H
#define BGPD_CONF_CLIENT_H

#include "bgpd/conf/conf.h"

struct client {
	uint32_t asn;
	struct conf_addresses ip;
	char *description;
	char *password;
	char *password_file;
	uint32_t filters;    /* enum conf_filters */
	uint32_t mapped_asn; /* 0 = none */
	uint32_t rtt_ms;     /* POLICY_RTT_UNKNOWN = none */
	bool quarantine;
	bool is_collector;
	struct policy_range customs; /* asns: indexes of custom communities */
};

#endif
