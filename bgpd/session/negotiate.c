/*
 * Our OPEN, and what theirs makes of it.
 */
#include "bgpd/session/negotiate.h"

#include <stdio.h>
#include <string.h>

#include "bgpd/wire/notification.h"

#define GR_TIME_MAX_S 4095 /* 12 bits, RFC 4724 section 3 */

/* The configuration has the numbers of the capability. */
_Static_assert((int)ROLE_PROVIDER == OPEN_ROLE_PROVIDER && (int)ROLE_RS == OPEN_ROLE_RS &&
	(int)ROLE_RS_CLIENT == OPEN_ROLE_RS_CLIENT && (int)ROLE_CUSTOMER == OPEN_ROLE_CUSTOMER &&
	(int)ROLE_PEER == OPEN_ROLE_PEER,
    "roles are numbered alike");

/* RFC 9234 section 4.2, table 2: what they must be if we are this. */
static const uint8_t role_pairs[] = {[OPEN_ROLE_PROVIDER] = OPEN_ROLE_CUSTOMER,
    [OPEN_ROLE_RS] = OPEN_ROLE_RS_CLIENT,
    [OPEN_ROLE_RS_CLIENT] = OPEN_ROLE_RS,
    [OPEN_ROLE_CUSTOMER] = OPEN_ROLE_PROVIDER,
    [OPEN_ROLE_PEER] = OPEN_ROLE_PEER};

static uint8_t
bit(unsigned family)
{
	return (uint8_t)(1u << family);
}

static uint8_t
offered_add_path(const struct compiled_slot *slot)
{
	return (uint8_t)(((slot->flags & SLOT_ADD_PATH) != 0 ? OPEN_ADD_PATH_SEND : 0) |
	    (slot->paths_kept > 1 ? OPEN_ADD_PATH_RECEIVE : 0));
}

/*
 * RFC 4724 section 3. A route server forwards nothing: members send packets to one another, whether
 * or not it runs. So the forwarding state behind its routes is always preserved (F).
 */
static struct open_gr
offered_gr(const struct compiled_head *head, const struct compiled_slot *slot, bool restarted)
{
	return (struct open_gr){
	    .flags = (uint8_t)(OPEN_GR_NOTIFICATION | (restarted ? OPEN_GR_RESTARTED : 0)),
	    .time_s = head->restart_s < GR_TIME_MAX_S ? head->restart_s : GR_TIME_MAX_S,
	    .families = slot->families,
	    .forwarding = slot->families};
}

void
negotiate_open(const struct compiled_head *head, const struct compiled_slot *slot, bool restarted,
    struct open_msg *out)
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
	out->enhanced_refresh = true;
	out->ext_msg = (slot->flags & SLOT_EXTENDED_MESSAGES) != 0;
	if ((slot->flags & SLOT_IPV6_NEXT_HOPS) != 0)
		out->ext_nh = slot->families & bit(FAMILY_IPV4);
	for (unsigned f = 0; f < FAMILY_COUNT; f++)
		if ((slot->families & bit(f)) != 0)
			out->add_path[f] = offered_add_path(slot);
	out->has_gr = (slot->flags & SLOT_GRACEFUL_RESTART) != 0;
	if (out->has_gr)
		out->gr = offered_gr(head, slot, restarted);
	out->has_role = (slot->flags & SLOT_ROLES) != 0;
	out->role = out->has_role ? slot->role : 0;
}

/* The multiprotocol capabilities of the families, as they stand in an OPEN. */
static uint16_t
missing_capabilities(uint8_t families, uint8_t *out)
{
	uint16_t len = 0;

	for (unsigned f = 0; f < FAMILY_COUNT; f++) {
		const uint8_t capability[6] = {1, 4, 0, (uint8_t)msg_afi((enum family)f), 0, 1};

		if ((families & bit(f)) == 0)
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

/* RFC 9234 section 4.2. Who sends no role of its own looks at none. */
static bool
is_role_good(const struct compiled_slot *slot, const struct open_msg *theirs)
{
	if ((slot->flags & SLOT_ROLES) == 0)
		return true;
	if (!theirs->has_role)
		return (slot->flags & SLOT_ROLE_STRICT) == 0;
	return !theirs->role_conflict && theirs->role == role_pairs[slot->role];
}

/* RFC 7911 section 5: one side may send where the other has said that it receives. */
static uint8_t
add_path_families(const struct open_msg *sender, const struct open_msg *receiver)
{
	uint8_t families = 0;

	for (unsigned f = 0; f < FAMILY_COUNT; f++)
		if ((sender->add_path[f] & OPEN_ADD_PATH_SEND) != 0 &&
		    (receiver->add_path[f] & OPEN_ADD_PATH_RECEIVE) != 0)
			families |= bit(f);
	return families;
}

/* What holds because both have it (RFC 5492 section 3); out->families is known. */
static void
agree(const struct open_msg *ours, const struct open_msg *theirs, struct negotiated *out)
{
	out->hold_s = theirs->hold_s < ours->hold_s ? theirs->hold_s : ours->hold_s;
	out->as4 = ours->as4 && theirs->as4;
	out->refresh = ours->refresh && theirs->refresh;
	out->enhanced_refresh = ours->enhanced_refresh && theirs->enhanced_refresh;
	out->ext_msg = ours->ext_msg && theirs->ext_msg;
	out->ext_nh = ours->ext_nh & theirs->ext_nh & out->families;
	out->add_path_tx = add_path_families(ours, theirs) & out->families;
	out->add_path_rx = add_path_families(theirs, ours) & out->families;
	out->has_gr = ours->has_gr && theirs->has_gr;
	if (!out->has_gr)
		return;
	out->gr = theirs->gr;
	out->gr.families &= out->families;
	out->gr.forwarding &= out->families;
}

bool
negotiate(const struct compiled_head *head, const struct compiled_slot *slot,
    const struct open_msg *theirs, struct negotiated *out, struct wire_error *error)
{
	static uint8_t missing[6 * FAMILY_COUNT];
	struct open_msg ours;

	memset(out, 0, sizeof(*out));
	if (theirs->asn != slot->asn)
		return refuse(error, OPEN_ERROR_PEER_AS, NULL, 0);
	if (theirs->bgp_id == head->router_id && theirs->asn == head->rs_as)
		return refuse(error, OPEN_ERROR_BGP_ID, NULL, 0);
	out->families = theirs->families & slot->families;
	if (out->families == 0)
		return refuse(error, OPEN_ERROR_CAPABILITY, missing,
		    missing_capabilities(slot->families, missing));
	if (!is_role_good(slot, theirs))
		return refuse(error, OPEN_ERROR_ROLE, NULL, 0);
	out->asn = theirs->asn;
	out->bgp_id = theirs->bgp_id;
	negotiate_open(head, slot, false, &ours);
	agree(&ours, theirs, out);
	return true;
}

uint32_t
negotiate_agreed(const struct negotiated *n)
{
	const struct {
		bool holds;
		uint32_t bit;
	} rows[] = {
	    {(n->families & bit(FAMILY_IPV4)) != 0, AGREED_IPV4},
	    {(n->families & bit(FAMILY_IPV6)) != 0, AGREED_IPV6},
	    {n->as4, AGREED_AS4},
	    {n->refresh, AGREED_REFRESH},
	    {n->enhanced_refresh, AGREED_ENHANCED_REFRESH},
	    {(n->add_path_rx & bit(FAMILY_IPV4)) != 0, AGREED_ADD_PATH_IN_IPV4},
	    {(n->add_path_rx & bit(FAMILY_IPV6)) != 0, AGREED_ADD_PATH_IN_IPV6},
	    {(n->add_path_tx & bit(FAMILY_IPV4)) != 0, AGREED_ADD_PATH_OUT_IPV4},
	    {(n->add_path_tx & bit(FAMILY_IPV6)) != 0, AGREED_ADD_PATH_OUT_IPV6},
	    {n->ext_nh != 0, AGREED_IPV6_NEXT_HOPS},
	    {n->ext_msg, AGREED_EXTENDED_MESSAGES},
	    {n->has_gr, AGREED_GRACEFUL_RESTART},
	    /* we say N wherever we have graceful restart */
	    {(n->gr.flags & OPEN_GR_NOTIFICATION) != 0, AGREED_GR_NOTIFICATION},
	};
	uint32_t agreed = 0;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		agreed |= rows[i].holds ? rows[i].bit : 0;
	return agreed;
}

static void
explain_role(
    const struct compiled_slot *slot, const struct open_msg *theirs, char *buf, size_t size)
{
	const char *ours = open_role_name(slot->role);
	const char *wanted = open_role_name(role_pairs[slot->role]);

	if (!theirs->has_role)
		snprintf(buf, size,
		    "the member sends no role and strict_mode asks for %s (ours is %s)", wanted,
		    ours);
	else if (theirs->role_conflict)
		snprintf(buf, size,
		    "the member sends several roles that differ, it must be %s alone (ours is %s)",
		    wanted, ours);
	else
		snprintf(buf, size, "the member's role is %s (%u), it must be %s (ours is %s)",
		    open_role_name(theirs->role), theirs->role, wanted, ours);
}

void
negotiate_explain(const struct compiled_slot *slot, const struct open_msg *theirs,
    const struct wire_error *error, char *buf, size_t size)
{
	if (error->subcode == OPEN_ERROR_PEER_AS)
		snprintf(buf, size, "the member's AS number is %u, not %u", theirs->asn, slot->asn);
	else if (error->subcode == OPEN_ERROR_ROLE)
		explain_role(slot, theirs, buf, size);
	else
		snprintf(buf, size, "%s: %s", notification_code_name(error->code),
		    notification_subcode_name(error->code, error->subcode));
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
