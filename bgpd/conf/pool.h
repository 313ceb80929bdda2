/*
 * The arrays of a policy configuration while it is being read: everything that lists of prefixes,
 * ASNs, communities, rules refer to by range. Parent only.
 */
#ifndef BGPD_CONF_POOL_H
#define BGPD_CONF_POOL_H

#include <stddef.h>
#include <stdint.h>

#include "policy/config.h"

enum pool_kind {
	POOL_PREFIXES,	  /* struct policy_prefix */
	POOL_ASNS,	  /* uint32_t */
	POOL_ADDRESSES,	  /* struct policy_address */
	POOL_COMMUNITIES, /* struct policy_community */
	POOL_NAMES,	  /* struct policy_name */
	POOL_RULES,	  /* struct policy_rule */
	POOL_MATCHES,	  /* struct policy_match */
	POOL_ACTIONS,	  /* struct policy_action */
	POOL_TEXT,	  /* char; offset 0 is "" */
	POOL_KINDS
};

struct pool_array {
	void *records;
	size_t count;
	size_t room;
};

struct pool {
	struct pool_array arrays[POOL_KINDS];
};

void pool_init(struct pool *);
void pool_fini(struct pool *);

/* Octets of a record of the kind. */
size_t pool_record_bytes(enum pool_kind);

/* Appends a copy of count records, at most UINT32_MAX in all; returns where they stand. */
struct policy_range pool_add(struct pool *, enum pool_kind, const void *records, size_t count);

/* Appends a text with its terminating zero; returns its offset. "" is 0. */
uint32_t pool_text(struct pool *, const char *text);

/* Points the arrays and counts of a configuration at the pool; general and peers stay. */
void pool_view(const struct pool *, struct policy_config *);

#endif
