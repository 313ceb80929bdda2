/*
 * UPDATE: a message judged whole, before anything of it is applied, and the way back from canonical
 * attributes and prefixes to messages. RFC 4271 sections 4.3 and 6.3, RFC 4760, 6793, 7606, 7911,
 * 8654, 8950. Pure, no allocation; decoding runs in workers, encoding in rib.
 *
 *   +-----------+-----------+------------+------------+------+
 *   | withdrawn | withdrawn | attributes | attributes | NLRI |
 *   | length 2  | routes    | length 2   |            |      |
 *   +-----------+-----------+------------+------------+------+
 *
 * A message can announce twice (NLRI and MP_REACH_NLRI) and withdraw twice (withdrawn routes and
 * MP_UNREACH_NLRI); both may be of the same family. So the result holds up to two groups of each.
 */
#ifndef BGPD_WIRE_UPDATE_H
#define BGPD_WIRE_UPDATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bgpd/wire/attr.h"
#include "bgpd/wire/msg.h"
#include "bgpd/wire/nlri.h"
#include "rib/attrs.h"
#include "rib/prefix.h"

/* Room for the blocks of both announced groups. */
#define UPDATE_BLOCKS_MAX (2 * (size_t)ATTRS_MAX)

/* What was agreed upon in this session. Masks have the bits 1 << enum family. */
struct update_ctx {
	bool as4;	  /* both sides have 4-octet AS numbers */
	uint8_t families; /* negotiated; NLRI of others is passed over and counted */
	uint8_t add_path; /* families whose NLRI from this peer bear path identifiers */
	uint8_t ext_nh;	  /* families that may have IPv6 next hops: RFC 8950, for IPv4 */
	/*
	 * Attributes that are dropped unread, whatever is in them (attr_types_have()). NULL: none.
	 * Counted in dropped.
	 */
	const uint8_t *drop;
};

enum update_result {
	UPDATE_FINE,
	UPDATE_DISCARD,	 /* fine but for attributes that were discarded */
	UPDATE_WITHDRAW, /* every announced prefix is to be withdrawn: RFC 7606 section 2 */
	UPDATE_RESET	 /* nothing may be applied; error says why */
};

/* Prefixes of one family; nlri has been verified and borrows the message. */
struct update_group {
	struct nlri_cursor nlri;
	size_t count;	      /* prefixes in nlri */
	const uint8_t *block; /* canonical attributes, in the caller's buffer; NULL if withdrawn */
	size_t block_len;
	uint8_t family; /* enum family */
};

/*
 * Apply withdraw[] first, then announce[]: a prefix in both is announced (RFC 4271 section 4.3).
 * With announce_is_withdraw the groups in announce[] have no block and are withdrawn too.
 */
struct update {
	struct update_group announce[2];
	struct update_group withdraw[2];
	uint8_t announce_count;
	uint8_t withdraw_count;
	bool announce_is_withdraw;
	uint8_t eor;		/* bit 1 << family: this was its End-of-RIB, RFC 4724 */
	uint8_t foreign_fields; /* NLRI fields of families not negotiated, passed over */
	uint16_t findings;	/* how many; finding is the first of the strongest outcome */
	uint16_t ignored;	/* optional non-transitive attributes dropped quietly */
	uint16_t dropped;	/* attributes dropped by update_ctx.drop */
	uint8_t dropped_types[ATTR_TYPES_BYTES];
	struct attr_finding finding;
	struct wire_error error; /* of UPDATE_RESET; borrows the message */
};

/*
 * Judges the body of an UPDATE (what follows the header). blocks is the caller's buffer of
 * UPDATE_BLOCKS_MAX octets. On every result but UPDATE_RESET *out is filled; on UPDATE_RESET only
 * error and finding are. Borrows body and blocks.
 */
enum update_result update_decode(const uint8_t *body, size_t len, const struct update_ctx *,
    uint8_t *blocks, struct update *out);

/* A kind of receiver: all of one class understand the same octets. */
struct update_class {
	enum family family;
	bool as4;
	bool add_path;
	bool ipv6_next_hop; /* IPv4 routes may have one: RFC 8950 */
	uint16_t max_len;   /* of a message: 4096 or 65535 */
};

/*
 * Octets of one UPDATE that carries these attributes and no prefix at all, header included; 0 if
 * there is none: a next hop that the family can not have, or more octets than UINT16_MAX.
 * A prefix fits if this and nlri_bytes() are at most max_len. block is canonical.
 */
size_t update_announce_base_len(
    const struct update_class *, const uint8_t *block, size_t block_len);

/*
 * Writes one UPDATE, header included, that announces as many of the n prefixes as fit, in order.
 * ids has their path identifiers, NULL without ADD-PATH; all prefixes are of the class's family.
 * Returns the octets and says in *used how many prefixes they carry; 0 if not even one fits.
 * cap need not exceed max_len.
 */
size_t update_encode_announce(const struct update_class *, const uint8_t *block, size_t block_len,
    const struct prefix *, const uint32_t *ids, size_t n, size_t *used, uint8_t *out, size_t cap);

/* The same for withdrawals. */
size_t update_encode_withdraw(const struct update_class *, const struct prefix *,
    const uint32_t *ids, size_t n, size_t *used, uint8_t *out, size_t cap);

/* Writes the family's End-of-RIB (RFC 4724 section 2); returns its octets, 0 if cap is less. */
size_t update_encode_eor(enum family, uint8_t *out, size_t cap);

#endif
