/*
 * What a community may mean to this server: a row per name of policy's vocabulary (ARouteServer's
 * `communities`), with its class, what its last part may be, and, for actions, what it does. The
 * configuration, the scrubbing, reach() and the dictionary (`show communities`) read the same rows.
 *
 *   name --row--> class: OUTBOUND  server tells members: scrubbed in, sent
 *                        INTERNAL  of the server's own view: scrubbed in and out
 *                        INBOUND   a member asks: kept, acted on, scrubbed out
 *                        CUSTOM    of the site: scrubbed in, attached, sent
 *
 * A pattern (struct policy_community) is one value, or with a wild last part a family of values, of
 * one format. RFC 1997, 4360, 5668, 8092.
 */
#ifndef POLICY_COMMUNITY_H
#define POLICY_COMMUNITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum community_format { COMMUNITY_STD, COMMUNITY_LARGE, COMMUNITY_EXT, COMMUNITY_FORMATS };

enum community_class {
	COMMUNITY_OUTBOUND,
	COMMUNITY_INTERNAL,
	COMMUNITY_INBOUND,
	COMMUNITY_CUSTOM
};

/* What the last part of a pattern is. */
enum community_wild {
	WILD_NONE, /* a number */
	WILD_PEER, /* peer_as: the ASN of a member */
	WILD_ANY   /* dyn_val: an RTT threshold, a reject code, an ASN */
};

/* ARouteServer's names, in the order of the rows. */
enum community_name {
	/* outbound */
	NAME_PREFIX_PRESENT_IN_AS_SET,
	NAME_PREFIX_NOT_PRESENT_IN_AS_SET,
	NAME_ORIGIN_PRESENT_IN_AS_SET,
	NAME_ORIGIN_NOT_PRESENT_IN_AS_SET,
	NAME_PREFIX_VALIDATED_VIA_RPKI_ROAS,
	NAME_PREFIX_VALIDATED_VIA_ARIN,
	NAME_PREFIX_VALIDATED_VIA_REGISTROBR,
	NAME_ROUTE_VALIDATED_VIA_WHITE_LIST,
	NAME_ROV_NOT_PERFORMED,
	/* internal */
	NAME_ROV_VALID,
	NAME_ROV_UNKNOWN,
	NAME_ROV_INVALID,
	NAME_ASPA_VALID,
	NAME_ASPA_UNKNOWN,
	NAME_ASPA_INVALID,
	NAME_REJECT_CAUSE,
	NAME_REJECT_CAUSE_MAP, /* struct policy_community.index = the reject code */
	NAME_REJECTED_ROUTE_ANNOUNCED_BY,
	/* inbound */
	NAME_BLACKHOLING,
	NAME_DO_NOT_ANNOUNCE_TO_ANY,
	NAME_DO_NOT_ANNOUNCE_TO_PEER,
	NAME_DO_NOT_ANNOUNCE_TO_RTT_LOWER,
	NAME_DO_NOT_ANNOUNCE_TO_RTT_HIGHER,
	NAME_ANNOUNCE_TO_PEER,
	NAME_ANNOUNCE_TO_RTT_LOWER,
	NAME_ANNOUNCE_TO_RTT_HIGHER,
	NAME_PREPEND_ONCE_TO_ANY,
	NAME_PREPEND_TWICE_TO_ANY,
	NAME_PREPEND_THRICE_TO_ANY,
	NAME_PREPEND_ONCE_TO_PEER,
	NAME_PREPEND_TWICE_TO_PEER,
	NAME_PREPEND_THRICE_TO_PEER,
	NAME_PREPEND_ONCE_TO_RTT_LOWER,
	NAME_PREPEND_TWICE_TO_RTT_LOWER,
	NAME_PREPEND_THRICE_TO_RTT_LOWER,
	NAME_PREPEND_ONCE_TO_RTT_HIGHER,
	NAME_PREPEND_TWICE_TO_RTT_HIGHER,
	NAME_PREPEND_THRICE_TO_RTT_HIGHER,
	NAME_ADD_NOEXPORT_TO_ANY,
	NAME_ADD_NOADVERTISE_TO_ANY,
	NAME_ADD_NOEXPORT_TO_PEER,
	NAME_ADD_NOADVERTISE_TO_PEER,
	/* custom: struct policy_community.index = number of the custom community */
	NAME_CUSTOM,
	NAME_COUNT
};

struct community_row {
	const char *key; /* under cfg.communities; NULL for NAME_REJECT_CAUSE_MAP and NAME_CUSTOM */
	enum community_class class;
	enum community_wild wild; /* what the last part must be */
	const char *text;	  /* for people and the dictionary */
};

/* name < NAME_COUNT. */
const struct community_row *community_row(enum community_name name);
/* The name of a key of cfg.communities; NAME_COUNT if there is none. */
enum community_name community_find(const char *key);

/*
 * One pattern. Flat, without pointers: it travels in the compiled configuration.
 *   std   part[0]:part[1]            16 bits each
 *   large part[0]:part[1]:part[2]
 *   ext   ext_type:part[0]:part[1]   ext_type is the first two octets on the wire: 0x0002 rt,
 *                                    0x0003 ro (two-octet AS, 32-bit local part), 0x0202, 0x0203
 *                                    (four-octet AS, 16-bit local part)
 * With a wild last part its number is 0.
 */
struct policy_community {
	uint32_t part[3];
	uint32_t index;	   /* see enum community_name */
	uint16_t ext_type; /* COMMUNITY_EXT only */
	uint8_t name;	   /* enum community_name */
	uint8_t format;	   /* enum community_format */
	uint8_t wild;	   /* enum community_wild */
	uint8_t zero[3];
};

/* Octets of one value of a format in its attribute: 4, 12, 8. */
size_t community_bytes(enum community_format);

/* The values of the parts of one community at its place in an attribute; ext_type 0 if none. */
struct community_value {
	uint32_t part[3];
	uint16_t ext_type;
	uint8_t format;
};

/* Reads one; an extended one that is no AS-specific rt or ro has parts of its raw octets. */
void community_read(enum community_format, const uint8_t *octets, struct community_value *out);
/* Writes community_bytes() octets. */
void community_write(const struct community_value *, uint8_t *out);

/* True if the value is one of the pattern's; *last is its last part then. */
bool community_matches(
    const struct policy_community *, const struct community_value *, uint32_t *last);
/* The value of a pattern with its last part filled in (ignored for WILD_NONE). */
void community_fill(const struct policy_community *, uint32_t last, struct community_value *out);

#define COMMUNITY_TEXT_MAX 48
/* "64500:1", "64500:1:2", "rt:64500:1"; wild parts as "peer_as", "dyn_val". Returns the length. */
size_t community_format_pattern(const struct policy_community *, char buf[COMMUNITY_TEXT_MAX]);
size_t community_format_value(const struct community_value *, char buf[COMMUNITY_TEXT_MAX]);

/* Well-known communities (RFC 1997, 7999, 8326). */
#define COMMUNITY_GRACEFUL_SHUTDOWN 0xffff0000u
#define COMMUNITY_BLACKHOLE	    0xffff029au
#define COMMUNITY_NO_EXPORT	    0xffffff01u
#define COMMUNITY_NO_ADVERTISE	    0xffffff02u

#endif
