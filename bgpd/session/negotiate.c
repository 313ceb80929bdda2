/*
 * Our OPEN, and what theirs makes of it.
 */
#include "bgpd/session/negotiate.h"

#include <string.h>

#include "bgpd/wire/notification.h"

void
negotiate_open(
    const struct compiled_head *head, const struct compiled_slot *slot, struct open_msg *out)
{
	memset(out, 0, sizeof(*out));
	out->version = 4;
	out->asn = head->rs_as;
	out->bgp_id = head->router_id;
	out->hold_s = (uint16_t)head->hold_s;
	out->has_multiprotocol = true;
	out->families = slot->families;
	out->as4 = true;
	out->refresh = true;
	for (unsigned f = 0; f < FAMILY_COUNT; f++)
		if ((slot->flags & SLOT_ADD_PATH) != 0 && (slot->families >> f & 1) != 0)
			out->add_path[f] = OPEN_ADD_PATH_SEND;
}

/* The multiprotocol capabilities of the families, as they stand in an OPEN. */
static uint16_t
missing_capabilities(uint8_t families, uint8_t *out)
{
	uint16_t len = 0;

	for (unsigned f = 0; f < FAMILY_COUNT; f++) {
		const uint8_t capability[6] = {1, 4, 0, (uint8_t)msg_afi((enum family)f), 0, 1};

		if ((families >> f & 1) == 0)
			continue;
		memcpy(out + len, capability, sizeof(capability));
		len = (uint16_t)(len + sizeof(capability));
	}
	return len;
}

static bool
refuse(struct wire_error *error, uint8_t subcode, const uint8_t *data, uint16_t len)
{
	*error = (struct wire_error){NOTIFICATION_OPEN, subcode, len, data};
	return false;
}

bool
negotiate(const struct compiled_head *head, const struct compiled_slot *slot,
    const struct open_msg *theirs, struct negotiated *out, struct wire_error *error)
{
	static uint8_t missing[6 * FAMILY_COUNT];
	uint16_t ours_s = (uint16_t)head->hold_s;

	memset(out, 0, sizeof(*out));
	if (theirs->asn != slot->asn)
		return refuse(error, OPEN_ERROR_PEER_AS, NULL, 0);
	if (theirs->bgp_id == head->router_id && theirs->asn == head->rs_as)
		return refuse(error, OPEN_ERROR_BGP_ID, NULL, 0);
	out->families = theirs->families & slot->families;
	if (out->families == 0)
		return refuse(error, OPEN_ERROR_CAPABILITY, missing,
		    missing_capabilities(slot->families, missing));
	out->asn = theirs->asn;
	out->bgp_id = theirs->bgp_id;
	out->hold_s = theirs->hold_s < ours_s ? theirs->hold_s : ours_s;
	out->as4 = theirs->as4;
	out->refresh = theirs->refresh;
	for (unsigned f = 0; f < FAMILY_COUNT; f++)
		if ((slot->flags & SLOT_ADD_PATH) != 0 && (out->families >> f & 1) != 0 &&
		    (theirs->add_path[f] & OPEN_ADD_PATH_RECEIVE) != 0)
			out->add_path_tx |= (uint8_t)(1u << f);
	return true;
}

uint32_t
negotiate_keepalive_ms(uint16_t hold_s)
{
	return (uint32_t)hold_s * 1000 / 3;
}

enum direction
negotiate_survivor(uint32_t our_id, uint32_t our_as, uint32_t their_id, uint32_t their_as)
{
	if (our_id != their_id)
		return our_id > their_id ? DIRECTION_OUT : DIRECTION_IN;
	return our_as > their_as ? DIRECTION_OUT : DIRECTION_IN;
}
