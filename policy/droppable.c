/* The attributes that are never dropped, see droppable.h. Pure; any process. */
#include "policy/droppable.h"

#include <stddef.h>

#include "rib/attrs.h"

#define NEEDED	   "no route is without it (RFC 4271 section 5)"
#define MP	   "routes themselves are in it (RFC 4760)"
#define STEERS	   "members ask with it who may have a route, or for a blackhole; dropped, routes leak"
#define TRUE_PATH  "it has the true ASNs of members with 2-octet ASNs (RFC 6793 section 4.2.3)"
#define NEVER_KEPT "it is never kept of a member's route anyway (RFC 7606 section 7)"

static const struct {
	uint8_t type;
	const char *why;
} kept[] = {
    {0, "there is no attribute 0"},
    {ATTR_ORIGIN, NEEDED},
    {ATTR_AS_PATH, NEEDED},
    {ATTR_NEXT_HOP, NEEDED},
    {ATTR_LOCAL_PREF, NEVER_KEPT},
    {ATTR_ATOMIC_AGGREGATE, "who aggregated wants it passed on (RFC 4271 section 5.1.6)"},
    {ATTR_AGGREGATOR, "it says whether AS4_PATH is to be believed (RFC 6793 section 4.2.3)"},
    {ATTR_COMMUNITIES, STEERS},
    {ATTR_ORIGINATOR_ID, NEVER_KEPT},
    {ATTR_CLUSTER_LIST, NEVER_KEPT},
    {ATTR_MP_REACH_NLRI, MP},
    {ATTR_MP_UNREACH_NLRI, MP},
    {ATTR_EXT_COMMUNITIES, STEERS},
    {ATTR_AS4_PATH, TRUE_PATH},
    {ATTR_AS4_AGGREGATOR, TRUE_PATH},
    {ATTR_LARGE_COMMUNITIES, STEERS},
    {ATTR_OTC, "without it leaks are not seen, and nobody may alter that (RFC 9234 section 5)"},
};

const char *
droppable_why_not(uint8_t type)
{
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		if (kept[i].type == type)
			return kept[i].why;
	return NULL;
}
