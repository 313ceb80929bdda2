/* Values as JSON, for all commands alike. What is returned is a new reference. */
#ifndef BGPD_CONTROL_RENDER_H
#define BGPD_CONTROL_RENDER_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/community.h"
#include "rib/prefix.h"

/* Text from anywhere: what is no UTF-8 gets '?' for every octet that is not ASCII. */
json_t *render_text(const char *text);

/* "2026-11-23T11:00:00Z"; null for 0. */
json_t *render_time(uint64_t unix_s);

/* One community at its place in an attribute: "64500:1", "64500:1:2", "rt:64500:1", or as hex. */
json_t *render_community(enum community_format, const uint8_t *octets);

/* "192.0.2.1"; the octets of a family, network order. */
json_t *render_address(enum family, const uint8_t *addr);
json_t *render_prefix(const struct prefix *);

/*
 * The attributes of a canonical block: as_path, as_set, next_hop, origin, med, communities,
 * large_communities, ext_communities, otc, other_attributes where there are any.
 */
json_t *render_attributes(const uint8_t *block, size_t len);

#endif
