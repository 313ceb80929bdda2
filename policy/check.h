/*
 * The table of checks: one row per question that judge asks of a path, in the order of policy.md
 * section 5. The first row that rejects decides. Explaining asks the same rows and lets each say
 * what it saw; there is no second table.
 *
 *   judge.c   for each row: skip? -> ask() -> observe? -> (trace: say()) -> rejected: stop
 *                                      |
 *     check_attrs.c  rows that look at attributes alone: bits of struct blockfacts
 *     check_prefix.c rows that look at the prefix
 *     check_data.c   rows that look at IRR and RPKI data, and rows that note
 *
 * Runs in rib. Nothing here formats a text unless it is explaining.
 */
#ifndef POLICY_CHECK_H
#define POLICY_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/asnset.h"
#include "policy/blockfacts.h"
#include "policy/prefixlist.h"
#include "policy/rules.h"
#include "policy/state.h"

/* What keeps a row from being asked. */
enum check_skip_bit {
	SKIP_UNFILTERED = 1 << 0, /* the peer has filters: none */
	SKIP_BLACKHOLE = 1 << 1	  /* the path is a blackhole request, accepted after step 13 */
};

struct check_peer {
	struct prefixlist *black_list;
	struct prefixlist *white_prefixes;
	struct prefixlist *white_routes;
	struct asnset white_asns;
	struct authority *authority; /* shared by peers with equal ASN and objects */
	bool owns_authority;
	const struct policy_address *next_hops; /* same-as, authorized: those allowed */
	uint32_t next_hop_count;
};

/* A value that makes a path a blackhole request, as its octets in the attribute. */
struct check_octets {
	uint8_t format; /* enum community_format */
	uint8_t octets[12];
};

/* A client on the way to what its member shares. */
struct check_client {
	uint32_t asn;
	uint32_t slot;
};

struct checks {
	struct asnset transit_free;
	struct asnset never_via;
	struct asnset listed; /* the union of both, which most ASNs are not in */
	struct prefixlist *black_list;
	struct prefixlist *bogons;
	struct check_octets *blackholes;
	size_t blackhole_count;
	struct policy_address *member_addresses; /* of clients, by ASN */
	struct check_peer *peers;		 /* by slot, and one more for unknown slots */
	uint32_t peer_count;
	struct check_client *clients; /* by ASN; NULL once all are compiled */
	size_t client_count;
	size_t clients_done;
	uint32_t peers_freed;
	bool rules_ask_irr; /* a rule matches IRR states */
	struct blockfacts memo;
	uint32_t path[ATTRS_MAX / 4]; /* of the path under verification */
};

/* One path on its way through the table. */
struct judging {
	struct policy *policy;
	const struct policy_general *general;
	const struct policy_peer *peer; /* never NULL */
	const struct check_peer *lists;
	const struct path_view *path;
	struct blockfacts *facts;
	uint32_t skip; /* enum check_skip_bit */
	uint32_t tags;
	uint32_t local_pref;
	uint32_t irr_found; /* TAG_VALID_*: what stands in for an IRR object */
	bool rov_known;
	uint8_t rov; /* enum policy_rov, where known */
	struct rules_result rules;
	/* for say() */
	const char *why;		   /* of a skip, or of what is special; static */
	const struct policy_prefix *entry; /* of a list, that matched */
};

struct check {
	uint8_t reason;	  /* enum reason; REASON_NONE for rows that only note */
	uint8_t skip;	  /* enum check_skip_bit */
	const char *note; /* the name of a row without reason */
	/* STEP_OBSERVED: would reject, but the configuration only warns. A skip sets why. */
	enum policy_outcome (*ask)(struct judging *);
	/* What was looked at, after ask(); not called for a skip. */
	void (*say)(const struct judging *, char *buf, size_t size);
};

extern const struct check check_rows[];
extern const size_t check_row_count;

/* Stable name of a row. */
const char *check_name(const struct check *);

static inline enum policy_outcome
check_reject_if(bool fails)
{
	return fails ? STEP_REJECT : STEP_PASS;
}

static inline enum policy_outcome
check_skip(struct judging *j, const char *why)
{
	j->why = why;
	return STEP_SKIPPED;
}

/* Rows, see the table in check.c. */
#define CHECK_ROW(name)                                     \
	enum policy_outcome check_##name(struct judging *); \
	void say_##name(const struct judging *, char *buf, size_t size)

CHECK_ROW(own_as);
CHECK_ROW(as_set);
CHECK_ROW(leak);
CHECK_ROW(too_many);
CHECK_ROW(no_policy);
CHECK_ROW(family);
CHECK_ROW(customs);
CHECK_ROW(next_hop);
CHECK_ROW(path_length);
CHECK_ROW(first_as);
CHECK_ROW(invalid_asn);
CHECK_ROW(transit_free);
CHECK_ROW(never_via);
CHECK_ROW(global_unicast);
CHECK_ROW(global_black_list);
CHECK_ROW(client_black_list);
CHECK_ROW(bogon);
CHECK_ROW(irr);
CHECK_ROW(irr_origin);
CHECK_ROW(irr_prefix);
CHECK_ROW(blackhole);
CHECK_ROW(rov);
CHECK_ROW(aspa);
CHECK_ROW(length);
CHECK_ROW(gshut);
CHECK_ROW(rules);

/* True if the next hop of the block is allowed for the peer; for blockfacts. */
bool check_is_next_hop_allowed(
    const struct policy_peer *, const struct check_peer *, const struct path_view *);

#endif
