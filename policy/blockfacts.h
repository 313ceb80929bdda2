/*
 * What the rows of the table of checks that look at attributes alone need to know of a block from a
 * peer: read in one pass and remembered, so that the prefixes of an UPDATE pay once.
 *
 *   block, slot, family --blockfacts_get()--> struct blockfacts   (memo of one, by block serial)
 *
 * Flags say what is there; which of it is a reason is for the rows to say.
 */
#ifndef POLICY_BLOCKFACTS_H
#define POLICY_BLOCKFACTS_H

#include <stddef.h>
#include <stdint.h>

#include "policy/state.h"

enum blockfacts_flag {
	FACT_OWN_AS = 1 << 0,	    /* the server's ASN stands in AS_PATH */
	FACT_AS_SET = 1 << 1,	    /* an AS_SET does */
	FACT_INVALID_ASN = 1 << 2,  /* of policy.md section 5 step 7 */
	FACT_AS0 = 1 << 3,	    /* AS 0 (RFC 7607): no configuration lets it pass */
	FACT_TRANSIT_FREE = 1 << 4, /* a listed ASN that is not the peer's */
	FACT_NEVER_VIA = 1 << 5,
	FACT_OTC = 1 << 6,
	FACT_NEXT_HOP = 1 << 7,	 /* allowed for the peer */
	FACT_BLACKHOLE = 1 << 8, /* asks for it by community */
	FACT_GSHUT = 1 << 9	 /* 65535:0 */
};

enum blockfacts_answer { NOT_ASKED, ANSWER_NO, ANSWER_YES };

struct blockfacts {
	uint64_t serial; /* 0: nothing is remembered */
	uint16_t slot;
	uint8_t family;
	uint8_t origin_authorised; /* enum blockfacts_answer, asked when first wanted */
	uint8_t aspa;		   /* enum policy_aspa, ASPA_NOT_PERFORMED until asked */
	uint8_t has_effect;	   /* effect is that of an accepted path without rules */
	uint32_t flags;		   /* enum blockfacts_flag */
	uint32_t effect;
	uint32_t communities; /* how many, of all kinds */
	uint32_t otc;
	/* The first of each kind, where its flag is set. */
	uint32_t invalid_asn;
	uint32_t transit_free_asn;
	uint32_t never_via_asn;
};

struct checks;

/* Valid until the next call. */
struct blockfacts *blockfacts_get(struct policy *, const struct path_view *);

/* ASNs of AS_PATH in order, members of sets among them, into out; returns how many: less than
 * ATTRS_MAX / 4. */
size_t blockfacts_path(const struct path_view *, uint32_t *out);

/* AS_PATH as text, "101 102 {1,2}", cut with "..." where it does not fit; returns its length. */
size_t blockfacts_format_path(const struct path_view *, char *buf, size_t size);

#endif
