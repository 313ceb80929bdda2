/* The rows of reason.h. */
#include "policy/reason.h"

#include <stddef.h>
#include <string.h>

/* clang-format off */
static const struct reason_row rows[] = {
    [REASON_PATH_LENGTH] = {1, 5, "path-length", "AS_PATH is too long", ""},
    [REASON_BOGON] = {2, 3, "bogon", "bogon prefix", "RFC 7454 6.1.1"},
    [REASON_GLOBAL_BLACK_LIST] = {3, 0, "global-black-list",
	"the prefix is on the exchange's black list", ""},
    [REASON_FAMILY] = {4, 0, "family", "address family not enabled on the session", ""},
    [REASON_NEXT_HOP] = {5, 8, "next-hop", "next hop is not allowed", "RFC 7948 4.8"},
    [REASON_FIRST_AS] = {6, 7, "first-as", "left-most ASN is not the client's", "RFC 4271 6.3"},
    [REASON_INVALID_ASN] = {7, 4, "invalid-asn", "invalid ASN in AS_PATH", "RFC 7607 2"},
    [REASON_TRANSIT_FREE] = {8, 14, "transit-free", "transit-free ASN in AS_PATH", ""},
    [REASON_IRR_ORIGIN] = {9, 10, "irr-origin", "origin ASN is not in the client's AS-SETs", ""},
    [REASON_NOT_GLOBAL_UNICAST] = {10, 3, "not-global-unicast",
	"IPv6 prefix outside of 2000::/3", "RFC 7454 6.1.1"},
    [REASON_CLIENT_BLACK_LIST] = {11, 0, "client-black-list",
	"the prefix is on the client's black list", ""},
    [REASON_IRR_PREFIX] = {12, 9, "irr-prefix", "prefix is not in the client's AS-SETs", ""},
    [REASON_LENGTH] = {13, 1, "length", "prefix length out of range", "RFC 7454 6.1.3"},
    [REASON_ROV] = {14, 13, "rpki-invalid", "RPKI makes the route invalid", "RFC 6811 2"},
    [REASON_NEVER_VIA] = {15, 14, "never-via",
	"an ASN in AS_PATH is never reached via route servers", ""},
    [REASON_OWN_AS] = {16, 0, "own-as", "the route server's own ASN is in AS_PATH",
	"RFC 4271 9.1.2"},
    [REASON_MALFORMED] = {17, 0, "malformed", "malformed UPDATE, treated as a withdrawal",
	"RFC 7606 2"},
    [REASON_AS_SET] = {18, 0, "as-set", "AS_SET in AS_PATH", "RFC 9774"},
    [REASON_ASPA] = {19, 0, "aspa-invalid", "ASPA makes the path invalid", ""},
    [REASON_LEAK] = {20, 0, "otc-leak", "route leak by OTC", "RFC 9234 5"},
    [REASON_TOO_MANY] = {21, 15, "too-many",
	"too many communities, or more distinct control combinations than a member may have", ""},
    [REASON_RULE] = {22, 0, "rule", "a rule of the exchange", ""},
    [REASON_NO_POLICY] = {23, 0, "no-policy",
	"no import policy is configured for the peer; accept its routes with filters: none",
	"RFC 8212 3"},
};
/* clang-format on */

const struct reason_row *
reason_get(uint8_t code)
{
	return code != REASON_NONE && code < REASON_END ? &rows[code] : NULL;
}

const struct reason_row *
reason_find(const char *name)
{
	for (uint8_t code = 1; code < REASON_END; code++)
		if (strcmp(rows[code].name, name) == 0)
			return &rows[code];
	return NULL;
}
