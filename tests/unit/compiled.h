/*
 * A compiled configuration for tests that need head and slots and have nothing to say about policy:
 * every slot is a client without limits, roles or lists, filtered unless it has SLOT_FILTERS_NONE.
 */
#ifndef TESTS_UNIT_COMPILED_H
#define TESTS_UNIT_COMPILED_H

#include <stdlib.h>
#include <string.h>

#include "bgpd/conf/compiled.h"

static inline void
plain_peer_of(const struct compiled_slot *slot, struct policy_peer *out)
{
	*out = (struct policy_peer){.role = ROLE_NONE};
	if ((slot->flags & SLOT_UNUSED) != 0)
		return;
	out->asn = slot->asn;
	out->flags = (slot->flags & SLOT_FILTERS_NONE) != 0 ? PEER_FILTERS_NONE : 0;
	if ((slot->flags & SLOT_PREPEND_RS_AS) != 0)
		out->flags |= PEER_PREPEND_RS_AS;
	out->flags |= PEER_TAKES_BLACKHOLE | PEER_COUNT_REJECTED;
	out->mapped_asn = slot->asn <= UINT16_MAX ? (uint16_t)slot->asn : 0;
	out->kind = (slot->flags & SLOT_COLLECTOR) != 0 ? PEER_COLLECTOR : PEER_CLIENT;
	out->family = slot->family;
	out->families = slot->families;
	if ((slot->flags & SLOT_IPV6_NEXT_HOPS) != 0)
		out->flags |= PEER_IPV6_NEXT_HOPS;
	else if (slot->family == FAMILY_IPV6 && (slot->families >> FAMILY_IPV4 & 1) != 0)
		out->flags |= PEER_IPV4_NEXT_HOPS;
	memcpy(out->addr, slot->addr, sizeof(out->addr));
	out->length_max[FAMILY_IPV4] = 32;
	out->length_max[FAMILY_IPV6] = 128;
}

static inline struct policy_general
plain_general(const struct compiled_head *head)
{
	return (struct policy_general){.rs_as = head->rs_as,
	    .path_max = 64,
	    .reaches_max = POLICY_REACHES_MAX,
	    .communities_max = POLICY_COMMUNITIES_MAX};
}

/* As compiled_seal(), with what is general given. */
static inline int
seal_general(const struct compiled_head *head, const struct compiled_slot *slots,
    const struct policy_general *general)
{
	struct policy_peer *peers = calloc(head->slots, sizeof(*peers));
	struct policy_config policy = {.general = general,
	    .peers = peers,
	    .peer_count = head->slots,
	    .text = "",
	    .text_len = 1};
	int fd;

	for (uint32_t i = 0; i < head->slots; i++)
		plain_peer_of(&slots[i], &peers[i]);
	fd = compiled_seal(head, slots, &policy, NULL);
	free(peers);
	return fd;
}

/* As compiled_seal(). */
static inline int
seal_plain(const struct compiled_head *head, const struct compiled_slot *slots)
{
	struct policy_general general = plain_general(head);

	return seal_general(head, slots, &general);
}

#endif
