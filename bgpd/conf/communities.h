/*
 * cfg.communities and cfg.custom_communities as patterns of policy. Parent only.
 *
 *   communities:                              custom_communities:
 *     announce_to_peer:                         colo_a:
 *       std: "rs_as:peer_as"   --pattern-->       lrg: "rs_as:9:1"
 *       lrg: "rs_as:1:peer_as"
 *     reject_cause_map:
 *       14: {lrg: "rs_as:1101:13"}
 *
 * What is taken has a meaning that nobody can doubt: no pattern of two names has a value in common
 * with another, but for what ARouteServer allows (0, the server's own and private ASNs beside
 * peer_as, codes of reject_cause_map that share a community).
 */
#ifndef BGPD_CONF_COMMUNITIES_H
#define BGPD_CONF_COMMUNITIES_H

#include "bgpd/conf/load.h"
#include "bgpd/conf/pool.h"

#define COMMUNITIES_CUSTOM_MAX 1000 /* custom communities of an exchange */

/*
 * Reads both maps (each NULL or a YAML null where it is not given) into the pool, sets communities,
 * customs and custom_names of the general part, whose reasons_map is known: Euro-IX's brings the
 * large communities rs_as:1000:n for RPKI states that have none. What is wrong is reported at its
 * place; the rest is read on, so that one run tells all. rs_as 0: the server's ASN is not known
 * (reported elsewhere), patterns with the word rs_as are left out.
 */
void communities_load(struct loader *, const struct node *communities, const struct node *customs,
    uint32_t rs_as, struct pool *, struct policy_general *);

/* The number of the custom community of a name (for struct policy_peer.customs), or -1. */
long communities_custom(const struct pool *, const struct policy_general *, const char *name);

/*
 * For a client's 16bit_mapped_asn, once communities are read: reports at node if "to peer" with
 * this number is also the fixed value of another name, so that the member could not be named.
 */
void communities_check_mapped(struct loader *, const struct node *, uint32_t mapped_asn,
    const struct pool *, const struct policy_general *);

#endif
