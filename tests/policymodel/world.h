/*
 * Random exchanges for the naive policy, how they change, and routes that members might announce.
 * Everything comes from small pools, so that lists, data and routes meet often.
 *
 *   world.c        what is configured        world_data.c   what is known of the Internet
 *   world_names.c  communities, rules        route.c        attributes
 */
#ifndef TESTS_POLICYMODEL_WORLD_H
#define TESTS_POLICYMODEL_WORLD_H

#include "tests/policymodel/naive_policy.h"

#define WORLD_PREFIXES 56 /* even ones are IPv4, odd ones IPv6 */

void world_make(struct naive_world *);
/* Some of it becomes otherwise; who the peers are stays. */
void world_change(struct naive_world *);
/* The slot gets a peer that the world does not have. */
void world_make_peer(struct naive_world *, unsigned slot);

struct naive_prefix world_prefix(unsigned index);
/* A route that the peer of the slot might announce for the prefix. */
void world_route(const struct naive_world *, unsigned slot, unsigned prefix, struct naive_attrs *);

/* ---- between the files ---- */

uint32_t world_member_asn(void);
uint32_t world_mapped_asn(uint32_t asn);
/* An ASN that originates prefixes; home: one of those that data have for this prefix. */
uint32_t world_origin(void);
uint32_t world_home(unsigned prefix);
/* Any ASN that a path may have, without faults. */
uint32_t world_any_asn(void);
void world_add_asn(struct naive_asns *, uint32_t asn);
/* In ascending order, each once. */
void world_sort(struct naive_asns *);
void world_make_list(struct naive_list *, unsigned max, bool with_asn);
void world_make_data(struct naive_world *);
void world_make_rtts(struct naive_world *);
void world_make_patterns(struct naive_world *);
void world_make_rules(struct naive_world *);
/* A community that means something here, or could. */
struct naive_community world_community(const struct naive_world *);

#endif
