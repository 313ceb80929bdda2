/* One pass over a block of attributes, see blockfacts.h. */
#include "policy/blockfacts.h"

#include <stdio.h>
#include <string.h>

#include "policy/check.h"

#define IPV6_EXT_COMMUNITY_BYTES 20

static uint32_t
load_be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* policy.md section 5 step 7; RFC 7607, 6793, 5398, 6996, 7300. */
static bool
is_invalid_asn(uint32_t asn)
{
	return (asn >= 64496 && asn <= 131071) || asn >= 4200000000U || asn == 0 || asn == 23456;
}

/* Sets the flag; true if it was not set. */
static bool
set_first(struct blockfacts *facts, uint32_t flag)
{
	bool is_first = (facts->flags & flag) == 0;

	facts->flags |= flag;
	return is_first;
}

static void
look_at_listed(const struct checks *checks, uint32_t asn, uint32_t own, struct blockfacts *facts)
{
	if (asn != own && asnset_has(&checks->transit_free, asn) &&
	    set_first(facts, FACT_TRANSIT_FREE))
		facts->transit_free_asn = asn;
	if (asnset_has(&checks->never_via, asn) && set_first(facts, FACT_NEVER_VIA))
		facts->never_via_asn = asn;
}

static void
read_path(const struct policy *policy, const struct attr_view *path, uint32_t own,
    struct blockfacts *facts)
{
	const uint8_t *p = path->value;
	const uint8_t *end = p + path->len;
	uint32_t rs_as = policy->general->rs_as;
	uint32_t last = 0; /* what is prepended is looked at once */

	while (p < end) {
		size_t count = p[1];

		if (p[0] == AS_SET)
			facts->flags |= FACT_AS_SET;
		p += 2;
		for (size_t i = 0; i < count; i++, p += 4) {
			uint32_t asn = load_be32(p);

			if (asn == last && asn != 0)
				continue;
			last = asn;
			if (asn == rs_as)
				facts->flags |= FACT_OWN_AS;
			if (is_invalid_asn(asn)) {
				facts->flags |= asn == 0 ? FACT_AS0 : 0;
				if (set_first(facts, FACT_INVALID_ASN))
					facts->invalid_asn = asn;
			}
			if (asnset_has(&policy->checks->listed, asn))
				look_at_listed(policy->checks, asn, own, facts);
		}
	}
}

static void
read_communities(const struct checks *checks, const struct attr_view *attr,
    enum community_format format, struct blockfacts *facts)
{
	static const uint8_t gshut[4] = {0xff, 0xff, 0, 0};
	size_t bytes = community_bytes(format);
	size_t count = attr->len / bytes;

	facts->communities += (uint32_t)count;
	for (size_t i = 0; i < count; i++) {
		const uint8_t *value = attr->value + i * bytes;

		if (format == COMMUNITY_STD && memcmp(value, gshut, sizeof(gshut)) == 0)
			facts->flags |= FACT_GSHUT;
		for (size_t b = 0; b < checks->blackhole_count; b++) {
			const struct check_octets *wanted = &checks->blackholes[b];

			if (wanted->format == format && memcmp(value, wanted->octets, bytes) == 0)
				facts->flags |= FACT_BLACKHOLE;
		}
	}
}

static void
read_attr(const struct policy *policy, const struct attr_view *attr, uint32_t own,
    struct blockfacts *facts)
{
	switch (attr->type) {
	case ATTR_AS_PATH:
		read_path(policy, attr, own, facts);
		break;
	case ATTR_COMMUNITIES:
		read_communities(policy->checks, attr, COMMUNITY_STD, facts);
		break;
	case ATTR_EXT_COMMUNITIES:
		read_communities(policy->checks, attr, COMMUNITY_EXT, facts);
		break;
	case ATTR_IPV6_EXT_COMMUNITIES:
		facts->communities += attr->len / IPV6_EXT_COMMUNITY_BYTES;
		break;
	case ATTR_LARGE_COMMUNITIES:
		read_communities(policy->checks, attr, COMMUNITY_LARGE, facts);
		break;
	case ATTR_OTC:
		if (attr->len == 4) {
			facts->flags |= FACT_OTC;
			facts->otc = load_be32(attr->value);
		}
		break;
	}
}

struct blockfacts *
blockfacts_get(struct policy *policy, const struct path_view *path)
{
	struct checks *checks = policy->checks;
	struct blockfacts *facts = &checks->memo;
	const struct policy_peer *peer = policy_peer(policy, path->slot);
	uint32_t own = peer != NULL ? peer->asn : 0;
	struct attr_view attr;
	size_t pos = 0;

	if (facts->serial != 0 && facts->serial == path->block_serial &&
	    facts->slot == path->slot && facts->family == path->prefix->family)
		return facts;
	*facts = (struct blockfacts){
	    .serial = path->block_serial, .slot = path->slot, .family = path->prefix->family};
	while (attrs_next(path->block, path->block_len, &pos, &attr))
		read_attr(policy, &attr, own, facts);
	if (peer != NULL && check_is_next_hop_allowed(peer, &checks->peers[path->slot], path))
		facts->flags |= FACT_NEXT_HOP;
	return facts;
}

size_t
blockfacts_path(const struct path_view *path, uint32_t *out)
{
	struct attr_view attr;
	size_t n = 0;

	if (!attrs_find(path->block, path->block_len, ATTR_AS_PATH, &attr))
		return 0;
	for (size_t pos = 0; pos < attr.len;) {
		size_t count = attr.value[pos + 1];

		pos += 2;
		for (size_t i = 0; i < count; i++, pos += 4)
			out[n++] = load_be32(attr.value + pos);
	}
	return n;
}

/* "101 102" or "{1,2}"; returns how much of buf is used, size or more if it does not fit. */
static size_t
format_segment(const uint8_t *segment, char *buf, size_t size, size_t n)
{
	bool is_set = segment[0] == AS_SET;

	for (size_t i = 0; i < segment[1] && n < size; i++) {
		const char *before = n == 0 && i == 0 ? "" : is_set && i > 0 ? "," : " ";
		int len = snprintf(buf + n, size - n, "%s%s%u", before, is_set && i == 0 ? "{" : "",
		    load_be32(segment + 2 + 4 * i));

		n += (size_t)len;
	}
	if (is_set && n < size)
		n += (size_t)snprintf(buf + n, size - n, "}");
	return n;
}

size_t
blockfacts_format_path(const struct path_view *path, char *buf, size_t size)
{
	struct attr_view attr;
	size_t n = 0;

	buf[0] = '\0';
	if (!attrs_find(path->block, path->block_len, ATTR_AS_PATH, &attr) || attr.len == 0)
		return (size_t)snprintf(buf, size, "an empty path");
	for (size_t pos = 0; pos < attr.len && n < size; pos += 2 + 4 * (size_t)attr.value[pos + 1])
		n = format_segment(attr.value + pos, buf, size, n);
	if (n < size)
		return n;
	memcpy(buf + size - 4, "...", 4);
	return size - 1;
}
