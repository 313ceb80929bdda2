/*
 * Which communities are taken off a route by their class (policy.md section 1.5).
 *
 *                 received            in the server's view       sent
 *   outbound      scrubbed            attached                   yes
 *   internal      scrubbed            attached                   scrubbed
 *   inbound       kept                kept, acted on             scrubbed
 *   custom        scrubbed            attached                   yes
 *   RFC 8097      scrubbed            of the state               never: non-transitive
 *   all others    kept                kept                       yes
 *
 * Scrubbing an inbound pattern with peer_as takes 1 to 64511, every mapped ASN (standard) and the
 * 32-bit ASNs that may be in use (large, extended); dyn_val takes any value.
 */
#ifndef POLICY_SCRUB_H
#define POLICY_SCRUB_H

#include <stdbool.h>
#include <stdint.h>

#include "policy/state.h"

/* True if it is removed from what a member sends. */
bool scrub_on_input(const struct policy *, const struct community_value *);
/* True if it is removed from the server's view before it is sent to a member. */
bool scrub_on_output(const struct policy *, const struct community_value *);

struct exports;

enum scrub { SCRUB_INPUT = 1 << 0, SCRUB_OUTPUT = 1 << 1 };

/* Both at once by one look: enum scrub bits. act: takes in what an inbound community asks for
 * (actions_add()). */
unsigned scrub_look(struct exports *, const struct community_value *, bool act);

#endif
