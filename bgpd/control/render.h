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

/* Of one kind and route; displays of more would keep rib from its work. */
#define RENDER_COMMUNITIES_MAX 1024

/*
 * Adds one community, at its place in an attribute, to the list of its kind in an object that has
 * "communities", "large_communities" and "ext_communities": "64500:1", "64500:1:2", "rt:64500:1",
 * or as hex. What finds no room is counted in "communities_left_out" and so on.
 */
void render_add_community(json_t *to, enum community_format, const uint8_t *octets);

/* ["ipv4", "ipv6"]; families is 1 << enum family. */
json_t *render_families(uint8_t families);

/* "192.0.2.1"; the octets of a family, network order. */
json_t *render_address(enum family, const uint8_t *addr);
json_t *render_prefix(const struct prefix *);

/*
 * The attributes of a canonical block: as_path, as_set, next_hop, origin, med, communities,
 * large_communities, ext_communities, otc, other_attributes where there are any. Of a malformed
 * UPDATE (bgpd/core/malformed.h) all are empty, and malformed has {attribute, text, octets}.
 */
json_t *render_attributes(const uint8_t *block, size_t len);

#endif
