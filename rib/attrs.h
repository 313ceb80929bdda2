/*
 * The canonical form of path attributes: what workers hand over, what the table interns, what
 * policy reads and what the encoder turns into the bytes of one receiver class.
 *
 *   +--------+------------------+-------+------+-----------+---------+----
 *   | nh_len | next hop         | flags | type | len (be)  | value   | ... next attribute
 *   | 1      | 0, 4, 16 or 32   | 1     | 1    | 2         | len     |
 *   +--------+------------------+-------+------+-----------+---------+----
 *
 * Invariants of a canonical block:
 *   - attributes ascend by type, none twice, values fill the block exactly;
 *   - the next hop stands in front, whatever attribute carried it; so NEXT_HOP (3),
 *     MP_REACH_NLRI (14) and MP_UNREACH_NLRI (15) never occur as attributes;
 *   - AS numbers are 4 octets: AS_PATH (2) has 4-octet segments, AGGREGATOR (7) is 8 octets;
 *     AS4_PATH (17) and AS4_AGGREGATOR (18) never occur, RFC 6793 section 4.2.3 has been done;
 *   - LOCAL_PREF (5) never occurs: it is ignored on external sessions (RFC 4271 section 5.1.5);
 *   - flags: the Extended Length bit is always 0 here, the low four bits are 0; Partial is kept;
 *   - ORIGIN (1) and AS_PATH (2) are always present.
 *
 * A block is at most ATTRS_MAX octets. The functions here are pure and never allocate.
 */
#ifndef RIB_ATTRS_H
#define RIB_ATTRS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rib/attr_types.h"

#define ATTRS_MAX 65535

enum attr_type {
	ATTR_ORIGIN = 1,
	ATTR_AS_PATH = 2,
	ATTR_NEXT_HOP = 3,
	ATTR_MED = 4,
	ATTR_LOCAL_PREF = 5,
	ATTR_ATOMIC_AGGREGATE = 6,
	ATTR_AGGREGATOR = 7,
	ATTR_COMMUNITIES = 8,
	ATTR_ORIGINATOR_ID = 9,
	ATTR_CLUSTER_LIST = 10,
	ATTR_MP_REACH_NLRI = 14,
	ATTR_MP_UNREACH_NLRI = 15,
	ATTR_EXT_COMMUNITIES = 16,
	ATTR_AS4_PATH = 17,
	ATTR_AS4_AGGREGATOR = 18,
	ATTR_IPV6_EXT_COMMUNITIES = 25,
	ATTR_LARGE_COMMUNITIES = 32,
	ATTR_OTC = 35
};

enum attr_flag {
	ATTR_FLAG_OPTIONAL = 0x80,
	ATTR_FLAG_TRANSITIVE = 0x40,
	ATTR_FLAG_PARTIAL = 0x20,
	ATTR_FLAG_EXTENDED = 0x10
};

enum as_segment_type { AS_SET = 1, AS_SEQUENCE = 2 };

/* One attribute inside a canonical block; value points into the block. */
struct attr_view {
	uint8_t flags;
	uint8_t type;
	uint16_t len; /* octets of value */
	const uint8_t *value;
};

/* What the decision process needs of a block, read once when it is interned. */
struct attrs_facts {
	uint32_t path_len;     /* RFC 4271 9.1.2.2 a: an AS_SET counts 1 */
	uint32_t neighbour_as; /* left-most ASN; 0 if the path is empty or begins with a set */
	uint32_t origin_as;    /* right-most ASN; 0 if there is none or the path ends in a set */
	uint32_t med;	       /* 0 where absent */
	uint8_t origin;	       /* 0 IGP, 1 EGP, 2 INCOMPLETE */
	uint8_t nh_len;	       /* 0, 4, 16 or 32 */
	bool has_med;
};

/*
 * True if the block has all invariants of the canonical form. The structure is checked to the last
 * octet; what an attribute's value means beyond AS_PATH's segments, ORIGIN and MED is the wire
 * code's business.
 */
bool attrs_is_canonical(const uint8_t *block, size_t len);

/* The functions below want a block for which attrs_is_canonical() holds. */

/* Steps through the attributes: *pos starts at 0; false at the end. */
bool attrs_next(const uint8_t *block, size_t len, size_t *pos, struct attr_view *out);

/* Finds one attribute; false if it is absent. */
bool attrs_find(const uint8_t *block, size_t len, uint8_t type, struct attr_view *out);

void attrs_read_facts(const uint8_t *block, size_t len, struct attrs_facts *out);

/* True if the ASN stands anywhere in AS_PATH, in a sequence or a set. */
bool attrs_path_has(const uint8_t *block, size_t len, uint32_t asn);

#endif
