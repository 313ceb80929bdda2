/*
 * Names of IRR objects that stand for AS numbers (RFC 2622 section 5): "AS64500", "AS-FOO",
 * "AS64500:AS-FOO:AS-BAR", "RIPE::AS-FOO". Pure.
 */
#ifndef BGPD_FEED_OBJECT_NAME_H
#define BGPD_FEED_OBJECT_NAME_H

#include <stdint.h>

#include "bgpd/feed/slice.h"

#define OBJECT_NAME_MAX 128 /* octets, source included */

enum object_kind {
	OBJECT_WRONG, /* none of these: a route-set, an e-mail address, ... */
	OBJECT_ASN,
	OBJECT_SET,
	OBJECT_ANY /* AS-ANY, ANY: everybody */
};

struct object_name {
	enum object_kind kind;
	uint32_t asn;	     /* OBJECT_ASN */
	struct slice source; /* what stands before "::", or nothing */
	struct slice name;   /* the rest */
};

struct object_name object_name_parse(struct slice);

#endif
