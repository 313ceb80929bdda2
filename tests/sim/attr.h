/*
 * Path attributes: from the wire into the simulator's own form, from there to the wire and to text.
 *
 * Own form: attributes one after the other, ascending by type, none twice:
 *
 *   +-------+------+----------+-------+----
 *   | flags | type | len (be) | value | ... next
 *   +-------+------+----------+-------+----
 *
 * AS numbers have 4 octets (AS4_PATH and AS4_AGGREGATOR are merged in, RFC 6793 section 4.2.3),
 * the next hop is always NEXT_HOP (3) with 4, 16 or 32 octets, whatever attribute carried it, and
 * the Extended Length flag is 0. Two routes with the same attributes have the same bytes.
 *
 * Text is what the data set uses, nine fields with '|' between them:
 *   as_path|origin|next_hop|med|communities|ext|large|otc|other
 * "other" holds what has no field of its own, as flags:type:value in hexadecimal.
 *
 * The checks are strict, for they judge a route server: what it may never send is an error, even
 * where a receiver would have to be liberal (RFC 7606).
 */
#ifndef SIM_ATTR_H
#define SIM_ATTR_H

#include "tests/sim/buf.h"

#include <stdbool.h>
#include <stdint.h>

#define ATTR_TEXT_FIELDS 9

/* What one UPDATE's attributes said beside the attributes proper. */
struct attr_found {
	struct view reach; /* NLRI of MP_REACH_NLRI */
	struct view unreach;
	uint16_t reach_family; /* 4, 6, or 0 if the attribute is absent */
	uint16_t unreach_family;
	bool has_next_hop; /* NEXT_HOP itself was present */
	size_t count;	   /* attributes other than the two MP ones */
};

struct attr_rules {
	bool as4;	/* AS numbers have 4 octets on this session */
	bool allow_as0; /* for route servers that do not know RFC 7607 */
};

/*
 * Reads the path attributes of an UPDATE. out gets the own form (it is emptied first).
 * Returns NULL, or what is wrong with them.
 */
const char *attr_decode(
    struct view wire, const struct attr_rules *rules, struct attr_found *found, struct buf *out);

/* Mandatory attributes of a message that announces something: NULL, or what is missing. */
const char *attr_check_mandatory(const uint8_t *own, size_t len);

/*
 * Appends the attributes as they go on the wire. NEXT_HOP is left out where mp is true, it then
 * belongs into MP_REACH_NLRI.
 */
void attr_encode(const uint8_t *own, size_t len, bool as4, bool mp, struct buf *out);

/* The next hop's octets and their number, NULL if there is none. */
const uint8_t *attr_get_next_hop(const uint8_t *own, size_t len, size_t *nh_len);
/* MED, 0 if absent. */
uint32_t attr_get_med(const uint8_t *own, size_t len);

/*
 * Reads count text fields (4 to 9, the rest counts as empty) and puts the own form into out.
 * Returns NULL, or what is wrong.
 */
const char *attr_from_text(char *fields[], size_t count, struct buf *out);
/* Appends the nine fields. */
void attr_to_text(const uint8_t *own, size_t len, struct buf *out);

#endif
