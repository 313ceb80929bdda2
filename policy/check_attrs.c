/*
 * Rows of the table of checks that look at attributes alone: what stands in struct blockfacts.
 * policy.md: section 5 steps 0 and 4 to 9, section 11 on input. Runs in rib.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "policy/check.h"

/* "AS174 in 101 174 3" where the flag is set, otherwise the path. */
static void
say_asn_in_path(const struct judging *j, uint32_t flag, uint32_t asn, char *buf, size_t size)
{
	size_t n = 0;

	if ((j->facts->flags & flag) != 0)
		n = (size_t)snprintf(buf, size, "AS%u in ", asn);
	blockfacts_format_path(j->path, buf + n, size - n);
}

enum policy_outcome
check_own_as(struct judging *j)
{
	return check_reject_if((j->facts->flags & FACT_OWN_AS) != 0);
}

void
say_own_as(const struct judging *j, char *buf, size_t size)
{
	say_asn_in_path(j, FACT_OWN_AS, j->general->rs_as, buf, size);
}

static bool
is_filtered(const struct policy_peer *peer)
{
	return peer->kind == PEER_CLIENT &&
	    (peer->flags & (PEER_HAS_POLICY | PEER_FILTERS_NONE)) == PEER_HAS_POLICY;
}

/* RFC 9774. By default nothing is asked of who has no filters; who writes the key means all. */
enum policy_outcome
check_as_set(struct judging *j)
{
	if ((j->general->flags & GENERAL_REJECT_AS_SET) == 0)
		return check_skip(j, "reject_as_set is off");
	if ((j->general->flags & GENERAL_AS_SET_IF_FILTERED) != 0 && !is_filtered(j->peer))
		return check_skip(j, "no filters, and reject_as_set is not given");
	return check_reject_if((j->facts->flags & FACT_AS_SET) != 0);
}

void
say_as_set(const struct judging *j, char *buf, size_t size)
{
	blockfacts_format_path(j->path, buf, size);
}

/*
 * RFC 9234 section 5, ingress: from a customer or an rs-client any OTC is a leak, from a peer one
 * that is not its own. What comes from a provider or an rs cannot be one.
 */
enum policy_outcome
check_leak(struct judging *j)
{
	bool has_otc = (j->facts->flags & FACT_OTC) != 0;

	if ((j->peer->flags & PEER_ROLES) == 0)
		return check_skip(j, "roles are off");
	switch (j->peer->role) {
	case ROLE_RS:
	case ROLE_PROVIDER:
		return check_reject_if(has_otc);
	case ROLE_PEER:
		return check_reject_if(has_otc && j->facts->otc != j->peer->asn);
	default:
		return STEP_PASS;
	}
}

static const char *
role_text(uint8_t role)
{
	static const char *const texts[] = {[ROLE_PROVIDER] = "provider",
	    [ROLE_RS] = "rs",
	    [ROLE_RS_CLIENT] = "rs-client",
	    [ROLE_CUSTOMER] = "customer",
	    [ROLE_PEER] = "peer"};

	return role < sizeof(texts) / sizeof(texts[0]) ? texts[role] : "none";
}

void
say_leak(const struct judging *j, char *buf, size_t size)
{
	if ((j->facts->flags & FACT_OTC) == 0)
		snprintf(buf, size, "no OTC, our role %s", role_text(j->peer->role));
	else
		snprintf(buf, size, "OTC %u from AS%u, our role %s", j->facts->otc, j->peer->asn,
		    role_text(j->peer->role));
}

enum policy_outcome
check_too_many(struct judging *j)
{
	if (j->general->communities_max == 0)
		return check_skip(j, "communities are not limited");
	return check_reject_if(j->facts->communities > j->general->communities_max);
}

void
say_too_many(const struct judging *j, char *buf, size_t size)
{
	snprintf(buf, size, "%u communities, allowed %u", j->facts->communities,
	    j->general->communities_max);
}

/* RFC 8212 section 3: nothing is taken from a peer that nobody wrote a policy for. */
enum policy_outcome
check_no_policy(struct judging *j)
{
	return check_reject_if(j->peer->kind != PEER_CLIENT ||
	    (j->peer->flags & (PEER_HAS_POLICY | PEER_FILTERS_NONE)) == 0);
}

void
say_no_policy(const struct judging *j, char *buf, size_t size)
{
	const char *text = "filters are configured";

	if (j->peer->kind == PEER_COLLECTOR)
		text = "a collector announces nothing";
	else if (j->peer->kind != PEER_CLIENT)
		text = "no client is configured";
	else if ((j->peer->flags & PEER_FILTERS_NONE) != 0)
		text = "filters: none";
	else if ((j->peer->flags & PEER_HAS_POLICY) == 0)
		text = "no filters are configured";
	snprintf(buf, size, "%s", text);
}

static bool
is_next_hop(const struct path_view *path, uint8_t family, const uint8_t addr[16])
{
	const uint8_t *block = path->block;

	/* Of 32 octets the first 16 are the global address, which alone counts. */
	if (family == FAMILY_IPV4)
		return block[0] == 4 && memcmp(block + 1, addr, 4) == 0;
	return block[0] >= 16 && memcmp(block + 1, addr, 16) == 0;
}

/*
 * True if next hops of the other family than the session's address may be addresses of clients of
 * its ASN: by same-as with RFC 8950 any, otherwise where `families` has that family on the session.
 * IPv4 that is there by RFC 8950 alone has next hops of IPv6.
 */
static bool
has_next_hops_of_both(const struct policy_peer *peer)
{
	if ((peer->flags & PEER_IPV4_NEXT_HOPS) != 0)
		return true;
	if ((peer->flags & PEER_IPV6_NEXT_HOPS) != 0)
		return peer->next_hop == NEXT_HOP_SAME_AS;
	return peer->families == (1 << FAMILY_IPV4 | 1 << FAMILY_IPV6);
}

/* One of what a client may have as next hops: addresses of its ASN, or those of its list. */
static bool
is_candidate(const struct policy_peer *peer, const struct policy_address *address)
{
	if (peer->next_hop == NEXT_HOP_AUTHORIZED)
		return true;
	if (address->family != peer->family)
		return has_next_hops_of_both(peer);
	return peer->next_hop == NEXT_HOP_SAME_AS ||
	    memcmp(address->addr, peer->addr, sizeof(peer->addr)) == 0;
}

/* An IPv6 next hop of an IPv4 route where the session has none (RFC 8950 section 4). */
static bool
is_foreign_next_hop(const struct policy_peer *peer, const struct path_view *path)
{
	return path->prefix->family == FAMILY_IPV4 && path->block[0] > 4 &&
	    (peer->flags & PEER_IPV6_NEXT_HOPS) == 0;
}

bool
check_is_next_hop_allowed(
    const struct policy_peer *peer, const struct check_peer *lists, const struct path_view *path)
{
	if (is_foreign_next_hop(peer, path))
		return false;
	for (uint32_t i = 0; i < lists->next_hop_count; i++) {
		const struct policy_address *address = &lists->next_hops[i];

		if (is_candidate(peer, address) &&
		    is_next_hop(path, address->family, address->addr))
			return true;
	}
	return false;
}

enum policy_outcome
check_next_hop(struct judging *j)
{
	return check_reject_if((j->facts->flags & FACT_NEXT_HOP) == 0);
}

static const char *
format_address(unsigned bytes, const uint8_t *addr, char buf[INET6_ADDRSTRLEN])
{
	if (bytes == 0)
		return strcpy(buf, "absent");
	inet_ntop(bytes == 4 ? AF_INET : AF_INET6, addr, buf, INET6_ADDRSTRLEN);
	return buf;
}

static void
say_expected_next_hop(const struct judging *j, char *buf, size_t size)
{
	bool is_ipv4 = j->path->block[0] == 4, is_ipv4_session = j->peer->family == FAMILY_IPV4;
	char wants[INET6_ADDRSTRLEN];

	if (is_foreign_next_hop(j->peer, j->path))
		snprintf(buf, size, ", expected an IPv4 address: no rfc8950 on this session");
	else if (j->peer->next_hop == NEXT_HOP_STRICT && is_ipv4 != is_ipv4_session &&
	    has_next_hops_of_both(j->peer))
		snprintf(buf, size, ", expected an %s address of a client of AS%u",
		    is_ipv4 ? "IPv4" : "IPv6", j->peer->asn);
	else if (j->peer->next_hop == NEXT_HOP_STRICT)
		snprintf(buf, size, ", expected %s",
		    format_address(is_ipv4_session ? 4 : 16, j->peer->addr, wants));
	else if (j->peer->next_hop == NEXT_HOP_SAME_AS)
		snprintf(buf, size, ", expected an address of a client of AS%u", j->peer->asn);
	else
		snprintf(buf, size, ", expected one of the %u authorized addresses",
		    j->lists->next_hop_count);
}

void
say_next_hop(const struct judging *j, char *buf, size_t size)
{
	const uint8_t *block = j->path->block;
	char has[INET6_ADDRSTRLEN];
	int n = snprintf(buf, size, "next hop %s", format_address(block[0], block + 1, has));

	if ((j->facts->flags & FACT_NEXT_HOP) == 0)
		say_expected_next_hop(j, buf + n, size - (size_t)n);
}

enum policy_outcome
check_path_length(struct judging *j)
{
	return check_reject_if(j->path->facts->path_len > j->general->path_max);
}

void
say_path_length(const struct judging *j, char *buf, size_t size)
{
	snprintf(buf, size, "%u ASNs, allowed %u", j->path->facts->path_len, j->general->path_max);
}

/* An empty path and one that begins with an AS_SET have no left-most ASN. */
enum policy_outcome
check_first_as(struct judging *j)
{
	uint32_t first = j->path->facts->neighbour_as;

	return check_reject_if(first == 0 || first != j->peer->asn);
}

void
say_first_as(const struct judging *j, char *buf, size_t size)
{
	char path[96];

	blockfacts_format_path(j->path, path, sizeof(path));
	snprintf(buf, size, "left-most ASN of %s, expected AS%u", path, j->peer->asn);
}

enum policy_outcome
check_invalid_asn(struct judging *j)
{
	if ((j->facts->flags & FACT_AS0) != 0)
		return STEP_REJECT;
	if ((j->peer->flags & PEER_INVALID_ASN) == 0)
		return check_skip(j, "reject_invalid_as_in_as_path is off");
	return check_reject_if((j->facts->flags & FACT_INVALID_ASN) != 0);
}

void
say_invalid_asn(const struct judging *j, char *buf, size_t size)
{
	say_asn_in_path(j, FACT_INVALID_ASN,
	    (j->facts->flags & FACT_AS0) != 0 ? 0 : j->facts->invalid_asn, buf, size);
}

enum policy_outcome
check_transit_free(struct judging *j)
{
	if (j->general->transit_free == TRANSIT_FREE_OFF)
		return check_skip(j, "transit_free has no action");
	if ((j->facts->flags & FACT_TRANSIT_FREE) == 0)
		return STEP_PASS;
	return j->general->transit_free == TRANSIT_FREE_WARNING ? STEP_OBSERVED : STEP_REJECT;
}

void
say_transit_free(const struct judging *j, char *buf, size_t size)
{
	say_asn_in_path(j, FACT_TRANSIT_FREE, j->facts->transit_free_asn, buf, size);
}

enum policy_outcome
check_never_via(struct judging *j)
{
	return check_reject_if((j->facts->flags & FACT_NEVER_VIA) != 0);
}

void
say_never_via(const struct judging *j, char *buf, size_t size)
{
	say_asn_in_path(j, FACT_NEVER_VIA, j->facts->never_via_asn, buf, size);
}
