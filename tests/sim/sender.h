/*
 * The wire baseline: a route server without a route server.
 */
#ifndef SIM_SENDER_H
#define SIM_SENDER_H

#include "tests/sim/address.h"

#include <stddef.h>
#include <stdint.h>

struct sender_conf {
	struct address local;
	uint16_t port;
	uint32_t asn;
	const char *dir; /* of NAME.updates, as roost-sim --record wrote them */
	size_t sessions; /* to wait for before the first octet is sent */
};

/* Runs until all is sent and all sessions are closed by the other side. Returns an exit code. */
int sender_run(const struct sender_conf *conf);

#endif
