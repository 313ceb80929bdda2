/*
 * The rows of community.h, and patterns and values of the three formats as octets, numbers and
 * text. Pure; used by the parent (configuration), rib (judge, reach) and the command line.
 */
#include "policy/community.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* clang-format off */
static const struct community_row rows[NAME_COUNT] = {
    [NAME_PREFIX_PRESENT_IN_AS_SET] = {"prefix_present_in_as_set", COMMUNITY_OUTBOUND, WILD_NONE,
	"the prefix is in the announcing member's AS-SETs"},
    [NAME_PREFIX_NOT_PRESENT_IN_AS_SET] = {"prefix_not_present_in_as_set", COMMUNITY_OUTBOUND,
	WILD_NONE, "the prefix is not in the announcing member's AS-SETs"},
    [NAME_ORIGIN_PRESENT_IN_AS_SET] = {"origin_present_in_as_set", COMMUNITY_OUTBOUND, WILD_NONE,
	"the origin ASN is in the announcing member's AS-SETs"},
    [NAME_ORIGIN_NOT_PRESENT_IN_AS_SET] = {"origin_not_present_in_as_set", COMMUNITY_OUTBOUND,
	WILD_NONE, "the origin ASN is not in the announcing member's AS-SETs"},
    [NAME_PREFIX_VALIDATED_VIA_RPKI_ROAS] = {"prefix_validated_via_rpki_roas", COMMUNITY_OUTBOUND,
	WILD_NONE, "a ROA for the origin authorises the prefix in place of a route object"},
    [NAME_PREFIX_VALIDATED_VIA_ARIN] = {"prefix_validated_via_arin_whois_db_dump",
	COMMUNITY_OUTBOUND, WILD_NONE,
	"a record of ARIN's whois data authorises the prefix in place of a route object"},
    [NAME_PREFIX_VALIDATED_VIA_REGISTROBR] = {"prefix_validated_via_registrobr_whois_db_dump",
	COMMUNITY_OUTBOUND, WILD_NONE,
	"a record of Registro.br's whois data authorises the prefix in place of a route object"},
    [NAME_ROUTE_VALIDATED_VIA_WHITE_LIST] = {"route_validated_via_white_list", COMMUNITY_OUTBOUND,
	WILD_NONE, "the announcing member's white list authorises the route"},
    [NAME_ROV_NOT_PERFORMED] = {"rpki_bgp_origin_validation_not_performed", COMMUNITY_OUTBOUND,
	WILD_NONE, "RPKI origin validation was not performed"},

    [NAME_ROV_VALID] = {"rpki_bgp_origin_validation_valid", COMMUNITY_INTERNAL, WILD_NONE,
	"RPKI origin validation: valid"},
    [NAME_ROV_UNKNOWN] = {"rpki_bgp_origin_validation_unknown", COMMUNITY_INTERNAL, WILD_NONE,
	"RPKI origin validation: not found"},
    [NAME_ROV_INVALID] = {"rpki_bgp_origin_validation_invalid", COMMUNITY_INTERNAL, WILD_NONE,
	"RPKI origin validation: invalid"},
    [NAME_ASPA_VALID] = {"aspa_valid", COMMUNITY_INTERNAL, WILD_NONE,
	"ASPA verification of AS_PATH: valid"},
    [NAME_ASPA_UNKNOWN] = {"aspa_unknown", COMMUNITY_INTERNAL, WILD_NONE,
	"ASPA verification of AS_PATH: unknown"},
    [NAME_ASPA_INVALID] = {"aspa_invalid", COMMUNITY_INTERNAL, WILD_NONE,
	"ASPA verification of AS_PATH: invalid"},
    [NAME_REJECT_CAUSE] = {"reject_cause", COMMUNITY_INTERNAL, WILD_ANY,
	"the route is rejected (0), and why (the reject code)"},
    [NAME_REJECT_CAUSE_MAP] = {NULL, COMMUNITY_INTERNAL, WILD_NONE,
	"the route is rejected for this reason"},
    [NAME_REJECTED_ROUTE_ANNOUNCED_BY] = {"rejected_route_announced_by", COMMUNITY_INTERNAL,
	WILD_ANY, "the rejected route was announced by the member with this ASN"},

    [NAME_BLACKHOLING] = {"blackholing", COMMUNITY_INBOUND, WILD_NONE,
	"discard traffic to the prefix (blackhole)"},
    [NAME_DO_NOT_ANNOUNCE_TO_ANY] = {"do_not_announce_to_any", COMMUNITY_INBOUND, WILD_NONE,
	"do not announce to anybody"},
    [NAME_DO_NOT_ANNOUNCE_TO_PEER] = {"do_not_announce_to_peer", COMMUNITY_INBOUND, WILD_PEER,
	"do not announce to the member"},
    [NAME_DO_NOT_ANNOUNCE_TO_RTT_LOWER] = {"do_not_announce_to_peers_with_rtt_lower_than",
	COMMUNITY_INBOUND, WILD_ANY,
	"do not announce to members with a round-trip time up to that many ms"},
    [NAME_DO_NOT_ANNOUNCE_TO_RTT_HIGHER] = {"do_not_announce_to_peers_with_rtt_higher_than",
	COMMUNITY_INBOUND, WILD_ANY,
	"do not announce to members with a round-trip time above that many ms"},
    [NAME_ANNOUNCE_TO_PEER] = {"announce_to_peer", COMMUNITY_INBOUND, WILD_PEER,
	"announce to the member, whatever is said to all"},
    [NAME_ANNOUNCE_TO_RTT_LOWER] = {"announce_to_peers_with_rtt_lower_than", COMMUNITY_INBOUND,
	WILD_ANY, "announce to members with a round-trip time up to that many ms"},
    [NAME_ANNOUNCE_TO_RTT_HIGHER] = {"announce_to_peers_with_rtt_higher_than", COMMUNITY_INBOUND,
	WILD_ANY, "announce to members with a round-trip time above that many ms"},
    [NAME_PREPEND_ONCE_TO_ANY] = {"prepend_once_to_any", COMMUNITY_INBOUND, WILD_NONE,
	"prepend once to everybody"},
    [NAME_PREPEND_TWICE_TO_ANY] = {"prepend_twice_to_any", COMMUNITY_INBOUND, WILD_NONE,
	"prepend twice to everybody"},
    [NAME_PREPEND_THRICE_TO_ANY] = {"prepend_thrice_to_any", COMMUNITY_INBOUND, WILD_NONE,
	"prepend three times to everybody"},
    [NAME_PREPEND_ONCE_TO_PEER] = {"prepend_once_to_peer", COMMUNITY_INBOUND, WILD_PEER,
	"prepend once to the member"},
    [NAME_PREPEND_TWICE_TO_PEER] = {"prepend_twice_to_peer", COMMUNITY_INBOUND, WILD_PEER,
	"prepend twice to the member"},
    [NAME_PREPEND_THRICE_TO_PEER] = {"prepend_thrice_to_peer", COMMUNITY_INBOUND, WILD_PEER,
	"prepend three times to the member"},
    [NAME_PREPEND_ONCE_TO_RTT_LOWER] = {"prepend_once_to_peers_with_rtt_lower_than",
	COMMUNITY_INBOUND, WILD_ANY,
	"prepend once to members with a round-trip time up to that many ms"},
    [NAME_PREPEND_TWICE_TO_RTT_LOWER] = {"prepend_twice_to_peers_with_rtt_lower_than",
	COMMUNITY_INBOUND, WILD_ANY,
	"prepend twice to members with a round-trip time up to that many ms"},
    [NAME_PREPEND_THRICE_TO_RTT_LOWER] = {"prepend_thrice_to_peers_with_rtt_lower_than",
	COMMUNITY_INBOUND, WILD_ANY,
	"prepend three times to members with a round-trip time up to that many ms"},
    [NAME_PREPEND_ONCE_TO_RTT_HIGHER] = {"prepend_once_to_peers_with_rtt_higher_than",
	COMMUNITY_INBOUND, WILD_ANY,
	"prepend once to members with a round-trip time above that many ms"},
    [NAME_PREPEND_TWICE_TO_RTT_HIGHER] = {"prepend_twice_to_peers_with_rtt_higher_than",
	COMMUNITY_INBOUND, WILD_ANY,
	"prepend twice to members with a round-trip time above that many ms"},
    [NAME_PREPEND_THRICE_TO_RTT_HIGHER] = {"prepend_thrice_to_peers_with_rtt_higher_than",
	COMMUNITY_INBOUND, WILD_ANY,
	"prepend three times to members with a round-trip time above that many ms"},
    [NAME_ADD_NOEXPORT_TO_ANY] = {"add_noexport_to_any", COMMUNITY_INBOUND, WILD_NONE,
	"add NO_EXPORT to everybody"},
    [NAME_ADD_NOADVERTISE_TO_ANY] = {"add_noadvertise_to_any", COMMUNITY_INBOUND, WILD_NONE,
	"add NO_ADVERTISE to everybody"},
    [NAME_ADD_NOEXPORT_TO_PEER] = {"add_noexport_to_peer", COMMUNITY_INBOUND, WILD_PEER,
	"add NO_EXPORT to the member"},
    [NAME_ADD_NOADVERTISE_TO_PEER] = {"add_noadvertise_to_peer", COMMUNITY_INBOUND, WILD_PEER,
	"add NO_ADVERTISE to the member"},

    [NAME_CUSTOM] = {NULL, COMMUNITY_CUSTOM, WILD_NONE, "the exchange's own"},
};
/* clang-format on */

/* The AS-specific types with a name: RFC 4360 sections 4 and 5, RFC 5668 section 2. */
static const struct {
	uint16_t ext_type;
	bool four_octets; /* the AS; the local part has what is left of six */
	const char *text;
} ext_types[] = {
    {0x0002, false, "rt"},
    {0x0003, false, "ro"},
    {0x0202, true, "rt"},
    {0x0203, true, "ro"},
};

#define EXT_TYPE_COUNT (sizeof(ext_types) / sizeof(ext_types[0]))

static const size_t bytes[COMMUNITY_FORMATS] = {
    [COMMUNITY_STD] = 4,
    [COMMUNITY_LARGE] = 12,
    [COMMUNITY_EXT] = 8,
};

/* How many numbers each has. */
static const size_t parts[COMMUNITY_FORMATS] = {
    [COMMUNITY_STD] = 2,
    [COMMUNITY_LARGE] = 3,
    [COMMUNITY_EXT] = 2,
};

const struct community_row *
community_row(enum community_name name)
{
	return &rows[name];
}

enum community_name
community_find(const char *key)
{
	unsigned name;

	for (name = 0; name < NAME_COUNT; name++)
		if (rows[name].key != NULL && strcmp(rows[name].key, key) == 0)
			break;
	return (enum community_name)name;
}

size_t
community_bytes(enum community_format format)
{
	return bytes[format];
}

/* ---- octets ---- */

static uint32_t
get(const uint8_t *octets, size_t len)
{
	uint32_t number = 0;

	for (size_t i = 0; i < len; i++)
		number = number << 8 | octets[i];
	return number;
}

static void
put(uint8_t *octets, size_t len, uint32_t number)
{
	for (size_t i = len; i > 0; i--, number >>= 8)
		octets[i - 1] = (uint8_t)number;
}

/* Octets of the first number behind an extended community's type: 4 with a four-octet AS. */
static size_t
ext_first_bytes(uint16_t ext_type)
{
	for (size_t i = 0; i < EXT_TYPE_COUNT; i++)
		if (ext_types[i].ext_type == ext_type)
			return ext_types[i].four_octets ? 4 : 2;
	return 2;
}

void
community_read(enum community_format format, const uint8_t *octets, struct community_value *out)
{
	size_t first;

	memset(out, 0, sizeof(*out));
	out->format = (uint8_t)format;
	switch (format) {
	case COMMUNITY_STD:
		out->part[0] = get(octets, 2);
		out->part[1] = get(octets + 2, 2);
		break;
	case COMMUNITY_LARGE:
		for (size_t i = 0; i < 3; i++)
			out->part[i] = get(octets + 4 * i, 4);
		break;
	case COMMUNITY_EXT:
	case COMMUNITY_FORMATS:
		out->ext_type = (uint16_t)get(octets, 2);
		first = ext_first_bytes(out->ext_type);
		out->part[0] = get(octets + 2, first);
		out->part[1] = get(octets + 2 + first, 6 - first);
		break;
	}
}

void
community_write(const struct community_value *value, uint8_t *out)
{
	size_t first;

	switch ((enum community_format)value->format) {
	case COMMUNITY_STD:
		put(out, 2, value->part[0]);
		put(out + 2, 2, value->part[1]);
		break;
	case COMMUNITY_LARGE:
		for (size_t i = 0; i < 3; i++)
			put(out + 4 * i, 4, value->part[i]);
		break;
	case COMMUNITY_EXT:
	case COMMUNITY_FORMATS:
		first = ext_first_bytes(value->ext_type);
		put(out, 2, value->ext_type);
		put(out + 2, first, value->part[0]);
		put(out + 2 + first, 6 - first, value->part[1]);
		break;
	}
}

/* ---- patterns ---- */

bool
community_matches(
    const struct policy_community *pattern, const struct community_value *value, uint32_t *last)
{
	size_t end = parts[pattern->format] - 1;

	if (pattern->format != value->format || pattern->ext_type != value->ext_type)
		return false;
	for (size_t i = 0; i < end; i++)
		if (pattern->part[i] != value->part[i])
			return false;
	if (pattern->wild == WILD_NONE && pattern->part[end] != value->part[end])
		return false;
	*last = value->part[end];
	return true;
}

void
community_fill(const struct policy_community *pattern, uint32_t last, struct community_value *out)
{
	memset(out, 0, sizeof(*out));
	memcpy(out->part, pattern->part, sizeof(out->part));
	out->ext_type = pattern->ext_type;
	out->format = pattern->format;
	if (pattern->wild != WILD_NONE)
		out->part[parts[pattern->format] - 1] = last;
}

/* ---- text ---- */

/* Other types: rt and ro with an IPv4 address (RFC 4360 section 3.2), hexadecimal for the rest. */
static size_t
format_other(const struct community_value *value, char buf[COMMUNITY_TEXT_MAX])
{
	uint8_t o[8];
	int len;

	community_write(value, o);
	if (value->ext_type == 0x0102 || value->ext_type == 0x0103)
		len = snprintf(buf, COMMUNITY_TEXT_MAX, "%s:%u.%u.%u.%u:%" PRIu32,
		    value->ext_type == 0x0102 ? "rt" : "ro", o[2], o[3], o[4], o[5], get(o + 6, 2));
	else
		len = snprintf(buf, COMMUNITY_TEXT_MAX, "generic:0x%08" PRIx32 ":0x%08" PRIx32,
		    get(o, 4), get(o + 4, 4));
	return (size_t)len;
}

/* last: what stands for the last part, NULL = its number. */
static size_t
format_parts(const struct community_value *value, const char *last, char buf[COMMUNITY_TEXT_MAX])
{
	size_t len = 0, end = parts[value->format] - 1;
	const char *kind = NULL;

	if (value->format == COMMUNITY_EXT) {
		for (size_t i = 0; i < EXT_TYPE_COUNT; i++)
			if (ext_types[i].ext_type == value->ext_type)
				kind = ext_types[i].text;
		if (kind == NULL)
			return format_other(value, buf);
		len = (size_t)snprintf(buf, COMMUNITY_TEXT_MAX, "%s:", kind);
	}
	for (size_t i = 0; i < end; i++)
		len += (size_t)snprintf(
		    buf + len, COMMUNITY_TEXT_MAX - len, "%" PRIu32 ":", value->part[i]);
	if (last != NULL)
		len += (size_t)snprintf(buf + len, COMMUNITY_TEXT_MAX - len, "%s", last);
	else
		len += (size_t)snprintf(
		    buf + len, COMMUNITY_TEXT_MAX - len, "%" PRIu32, value->part[end]);
	return len;
}

size_t
community_format_pattern(const struct policy_community *pattern, char buf[COMMUNITY_TEXT_MAX])
{
	static const char *const words[] = {
	    [WILD_NONE] = NULL, [WILD_PEER] = "peer_as", [WILD_ANY] = "dyn_val"};
	struct community_value value;

	community_fill(pattern, 0, &value);
	return format_parts(&value, words[pattern->wild], buf);
}

size_t
community_format_value(const struct community_value *value, char buf[COMMUNITY_TEXT_MAX])
{
	return format_parts(value, NULL, buf);
}
