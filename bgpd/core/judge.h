/*
 * What the table asks of policy, passed on to the policy in force; rejected routes are logged on
 * their way in: the first REJECTS_TOLD of a peer and minute with the offending value, the rest as
 * one sum by the log's own limit.
 */
#ifndef BGPD_CORE_JUDGE_H
#define BGPD_CORE_JUDGE_H

#include "rib/table.h"

struct core;

/* The functions for the table; ctx is the core. */
struct rib_policy judge_policy(struct core *);

#endif
