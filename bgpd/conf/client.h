/*
 * One entry of clients, as it is read: becomes one struct conf_peer per address. Parent only.
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
	uint32_t filters; /* enum conf_filters */
};

#endif
