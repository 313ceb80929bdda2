/* Values as JSON, for all commands alike. What is returned is a new reference. */
#ifndef BGPD_CONTROL_RENDER_H
#define BGPD_CONTROL_RENDER_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

/* Text from anywhere: what is no UTF-8 gets '?' for every octet that is not ASCII. */
json_t *render_text(const char *text);

/* "2026-11-23T11:00:00Z"; null for 0. */
json_t *render_time(uint64_t unix_s);

/*
 * The attributes of a canonical block: as_path, as_set, next_hop, origin, med, communities,
 * large_communities, ext_communities, otc, other_attributes where there are any.
 */
json_t *render_attributes(const uint8_t *block, size_t len);

#endif
