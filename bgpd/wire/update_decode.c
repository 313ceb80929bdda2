/*
 * UPDATE, reading: a message is judged to its end, then canonical blocks are built; see update.h.
 *
 *   fields -> attributes -> MP_UNREACH, MP_REACH, NLRI -> what needs several of them -> blocks
 *
 * What RFC 7606 leaves open, and how it is answered here:
 *   - NLRI of a family that was not negotiated is passed over and counted. Nothing of it could be
 *     applied, and RFC 4760 section 7 allows to ignore a family; a reset would help nobody.
 *   - NLRI that can not be parsed is a reset, not "AFI/SAFI disable" (sections 3 j, 7.11).
 *   - "No reachable NLRI and an error" (section 5.2) is a reset, except where the error is only
 * that an attribute is not known: that is no doubt about the NLRI.
 */
#include "bgpd/wire/update.h"

#include "bgpd/wire/as_path.h"
#include "bgpd/wire/notification.h"
#include "bgpd/wire/unique.h"

/* More than all that stands in a message beside the block: header, lengths, family, one prefix. */
#define SURELY_ENOUGH_BYTES 256

/* The next hop of a group on its way into the block. */
struct next_hop {
	const uint8_t *value;
	uint8_t len;
};

/* Everything about the message at hand. */
struct decoding {
	const struct update_ctx *ctx;
	struct update *out;
	struct attr_scan scan;
	struct attr_set set;
	struct next_hop next_hops[2]; /* of out->announce[] */
	bool has_reachable;	      /* NLRI to announce, of any family */
};

static bool
is_negotiated(uint8_t mask, enum family family)
{
	return (mask >> family & 1) != 0;
}

static enum update_result
reset_with(struct decoding *d, struct wire_error error)
{
	d->out->finding = d->scan.finding;
	d->out->findings = d->scan.findings;
	d->out->error = error;
	return UPDATE_RESET;
}

/* A reset that no attribute is to blame for. */
static enum update_result
reset(struct decoding *d, uint8_t subcode, const char *text)
{
	attr_report(&d->scan, 0, OUTCOME_RESET, text);
	return reset_with(d, (struct wire_error){NOTIFICATION_UPDATE, subcode, 0, NULL});
}

/* RFC 4760 section 7: 3/9 with the attribute. */
static enum update_result
reset_mp(struct decoding *d, uint8_t type, const char *text)
{
	const struct attr_found *found = &d->set.found[type];
	size_t len = (size_t)(found->value - found->header) + found->len;

	attr_report(&d->scan, type, OUTCOME_RESET, text);
	return reset_with(d,
	    (struct wire_error){NOTIFICATION_UPDATE, UPDATE_ERROR_OPTIONAL_ATTRIBUTE, (uint16_t)len,
		found->header});
}

/* A group over NLRI, verified; false if it can not be parsed. */
static bool
make_group(
    const struct decoding *d, struct wire_reader *r, enum family family, struct update_group *out)
{
	size_t len = wire_left(r);
	const uint8_t *data = wire_get_bytes(r, len);

	*out = (struct update_group){
	    .nlri = nlri_over(data, len, family, is_negotiated(d->ctx->add_path, family)),
	    .family = (uint8_t)family,
	};
	return nlri_verify(out->nlri, &out->count);
}

static void
add_withdraw(struct update *out, const struct update_group *group)
{
	if (group->count > 0)
		out->withdraw[out->withdraw_count++] = *group;
}

static void
add_announce(struct decoding *d, const struct update_group *group, struct next_hop next_hop)
{
	struct update *out = d->out;

	if (group->count == 0)
		return;
	d->has_reachable = true;
	d->next_hops[out->announce_count] = next_hop;
	out->announce[out->announce_count++] = *group;
}

/* The two fields of RFC 4271, which are IPv4. False if one can not be parsed. */
static bool
read_plain(struct decoding *d, struct wire_reader *withdrawn, struct wire_reader *nlri)
{
	const struct attr_found *found = &d->set.found[ATTR_NEXT_HOP];
	struct next_hop next_hop = {NULL, 0};
	struct update_group group;

	if (!is_negotiated(d->ctx->families, FAMILY_IPV4)) {
		d->out->foreign_fields = (uint8_t)(d->out->foreign_fields +
		    (wire_left(withdrawn) > 0) + (wire_left(nlri) > 0));
		d->has_reachable |= wire_left(nlri) > 0;
		return true;
	}
	if (!make_group(d, withdrawn, FAMILY_IPV4, &group))
		return false;
	add_withdraw(d->out, &group);
	if (!make_group(d, nlri, FAMILY_IPV4, &group))
		return false;
	if (attr_has(&d->set, ATTR_NEXT_HOP))
		next_hop = (struct next_hop){found->value, (uint8_t)found->len};
	add_announce(d, &group, next_hop);
	return true;
}

/* AFI and SAFI in front of both MP attributes; false if the family is none of this session. */
static bool
read_family(const struct decoding *d, struct wire_reader *r, enum family *family)
{
	uint16_t afi = wire_get_u16(r);
	uint8_t safi = wire_get_u8(r);

	return msg_family(afi, safi, family) && is_negotiated(d->ctx->families, *family);
}

/* NULL, or what is wrong with MP_UNREACH_NLRI. */
static const char *
read_mp_unreach(struct decoding *d, bool plain_is_empty)
{
	const struct attr_found *found = &d->set.found[ATTR_MP_UNREACH_NLRI];
	struct wire_reader r = wire_reader_over(found->value, found->len);
	struct update_group group;
	enum family family;

	if (!read_family(d, &r, &family)) {
		d->out->foreign_fields++;
		return NULL;
	}
	if (!make_group(d, &r, family, &group))
		return "NLRI can not be parsed";
	add_withdraw(d->out, &group);
	if (group.count == 0 && plain_is_empty && !d->scan.has_other) /* RFC 4724 section 2 */
		d->out->eor |= (uint8_t)(1U << family);
	return NULL;
}

/* RFC 4760 section 3, RFC 2545 section 3, RFC 8950 section 3 */
static bool
is_next_hop_len(const struct decoding *d, enum family family, size_t len)
{
	bool is_ipv6 = len == 16 || len == 32;

	if (family == FAMILY_IPV6)
		return is_ipv6;
	return len == 4 || (is_ipv6 && is_negotiated(d->ctx->ext_nh, family));
}

/* NULL, or what is wrong with MP_REACH_NLRI. */
static const char *
read_mp_reach(struct decoding *d)
{
	const struct attr_found *found = &d->set.found[ATTR_MP_REACH_NLRI];
	struct wire_reader r = wire_reader_over(found->value, found->len);
	struct update_group group;
	struct next_hop next_hop;
	enum family family;

	if (!read_family(d, &r, &family)) {
		d->out->foreign_fields++;
		d->has_reachable = true;
		return NULL;
	}
	next_hop.len = wire_get_u8(&r);
	next_hop.value = wire_get_bytes(&r, next_hop.len);
	wire_get_u8(&r); /* reserved */
	if (wire_failed(&r))
		return "next hop exceeds the attribute";
	if (!is_next_hop_len(d, family, next_hop.len))
		return "wrong length of next hop"; /* RFC 7606 section 7.11 */
	if (!make_group(d, &r, family, &group))
		return "NLRI can not be parsed";
	add_announce(d, &group, next_hop);
	return NULL;
}

/*
 * True if the address can be no host's: 0/8, 127/8, multicast and class E; ::, ::1, ff00::/8. Of a
 * pair of IPv6 addresses the second is for the link and nobody else's business.
 */
static bool
is_martian(const struct next_hop *next_hop)
{
	static const uint8_t zero[15];
	const uint8_t *a = next_hop->value;

	if (next_hop->len == 4)
		return a[0] == 0 || a[0] == 127 || a[0] >= 224;
	return a[0] == 0xff || (memcmp(a, zero, sizeof(zero)) == 0 && a[15] <= 1);
}

/* RFC 7606 section 3 d: what has to be there, when something is announced. */
static void
check_mandatory(struct decoding *d)
{
	static const char missing[] = "missing";
	static const uint8_t types[] = {ATTR_ORIGIN, ATTR_AS_PATH};

	for (size_t i = 0; i < sizeof(types); i++) {
		if (!attr_has(&d->set, types[i]))
			attr_report(&d->scan, types[i], OUTCOME_WITHDRAW, missing);
	}
	for (size_t i = 0; i < d->out->announce_count; i++) {
		const struct next_hop *next_hop = &d->next_hops[i];

		if (next_hop->value == NULL)
			attr_report(&d->scan, ATTR_NEXT_HOP, OUTCOME_WITHDRAW, missing);
		else if (is_martian(next_hop))
			attr_report(&d->scan,
			    next_hop->len == 4 ? ATTR_NEXT_HOP : ATTR_MP_REACH_NLRI,
			    OUTCOME_WITHDRAW, "next hop can be no host's address");
	}
}

/*
 * RFC 6793 section 4.2.3, the part about AGGREGATOR: with an AGGREGATOR other than AS_TRANS both
 * AS4 attributes are ignored. AS4_AGGREGATOR alone says nothing.
 */
static void
settle_as4(struct decoding *d)
{
	const struct attr_found *aggregator = &d->set.found[ATTR_AGGREGATOR];

	if (!attr_has(&d->set, ATTR_AS4_AGGREGATOR))
		return;
	if (!attr_has(&d->set, ATTR_AGGREGATOR)) {
		attr_forget(&d->set, ATTR_AS4_AGGREGATOR);
	} else if (wire_load_u16(aggregator->value) != AS_TRANS) {
		attr_forget(&d->set, ATTR_AS4_AGGREGATOR);
		attr_forget(&d->set, ATTR_AS4_PATH);
	}
}

static void
put_as_path(const struct decoding *d, const struct attr_found *found, struct wire_writer *w)
{
	const struct attr_found *as4 = &d->set.found[ATTR_AS4_PATH];
	struct as_path path = {found->value, found->len, 2};
	struct as_path path4 = {NULL, 0, 4};

	if (d->ctx->as4) {
		wire_put_bytes(w, found->value, found->len);
		return;
	}
	if (attr_has(&d->set, ATTR_AS4_PATH))
		path4 = (struct as_path){as4->value, as4->len, 4};
	as_path_widen(path, path4, w);
}

static void
put_aggregator(const struct decoding *d, const struct attr_found *found, struct wire_writer *w)
{
	if (!d->ctx->as4 && attr_has(&d->set, ATTR_AS4_AGGREGATOR)) {
		wire_put_bytes(w, d->set.found[ATTR_AS4_AGGREGATOR].value, 8);
		return;
	}
	if (!d->ctx->as4)
		wire_put_u16(w, 0);
	wire_put_bytes(w, found->value, found->len);
}

static void
put_large_communities(const struct attr_found *found, struct wire_writer *w)
{
	uint8_t *room = wire_put_room(w, found->len);

	if (room != NULL)
		w->pos = room + unique_copy(found->value, found->len, 12, room);
}

/*
 * Optional and Transitive as sent, which the row has checked. Partial is kept where it means
 * something (RFC 4271 section 4.3: it is 0 on everything but optional transitive ones), and set on
 * what we pass on without knowing it (section 5).
 */
static uint8_t
canonical_flags(uint8_t type, uint8_t flags)
{
	const uint8_t optional_transitive = ATTR_FLAG_OPTIONAL | ATTR_FLAG_TRANSITIVE;

	if ((flags & optional_transitive) != optional_transitive)
		return flags & optional_transitive;
	if (attr_row(type) == NULL)
		flags |= ATTR_FLAG_PARTIAL;
	return flags & (optional_transitive | ATTR_FLAG_PARTIAL);
}

static void
put_attribute(const struct decoding *d, uint8_t type, struct wire_writer *w)
{
	const struct attr_found *found = &d->set.found[type];
	uint8_t *len;

	wire_put_u8(w, canonical_flags(type, found->flags));
	wire_put_u8(w, type);
	len = wire_put_len_u16(w);
	switch (type) {
	case ATTR_AS_PATH:
		put_as_path(d, found, w);
		break;
	case ATTR_AGGREGATOR:
		put_aggregator(d, found, w);
		break;
	case ATTR_LARGE_COMMUNITIES:
		put_large_communities(found, w);
		break;
	default:
		wire_put_bytes(w, found->value, found->len);
		break;
	}
	wire_patch_u16(w, len);
}

static void
put_next_hop(const struct next_hop *next_hop, struct wire_writer *w)
{
	wire_put_u8(w, next_hop->len);
	wire_put_bytes(w, next_hop->value, next_hop->len);
}

/* Writes the attributes in the order of their types. */
static void
put_attributes(struct decoding *d, struct wire_writer *w)
{
	static const uint8_t consumed[] = {ATTR_NEXT_HOP, ATTR_MP_REACH_NLRI, ATTR_MP_UNREACH_NLRI,
	    ATTR_AS4_PATH, ATTR_AS4_AGGREGATOR};
	uint64_t left[4];

	memcpy(left, d->set.present, sizeof(left));
	for (size_t i = 0; i < sizeof(consumed); i++)
		left[consumed[i] / 64] &= ~((uint64_t)1 << (consumed[i] % 64));
	for (unsigned i = 0; i < 4; i++) {
		for (; left[i] != 0; left[i] &= left[i] - 1)
			put_attribute(d, (uint8_t)(64 * i + (unsigned)__builtin_ctzll(left[i])), w);
	}
}

static size_t
longest_prefix_bytes(const struct update_group *group)
{
	struct nlri_cursor nlri = group->nlri;
	struct prefix prefix;
	size_t longest = 0;
	uint32_t id;

	while (nlri_next(&nlri, &prefix, &id))
		if (nlri_bytes(&prefix, false) > longest)
			longest = nlri_bytes(&prefix, false);
	return longest;
}

/* True if each prefix of the group can be told in a message, of the longest kind. */
static bool
fits_some_message(const struct update_group *group)
{
	struct update_class class = {.family = (enum family)group->family,
	    .as4 = true,
	    .ipv6_next_hop = true,
	    .max_len = MSG_EXTENDED_MAX_BYTES};
	size_t base;

	if (group->block_len < ATTRS_MAX - SURELY_ENOUGH_BYTES)
		return true;
	base = update_announce_base_len(&class, group->block, group->block_len);
	return base != 0 && base + longest_prefix_bytes(group) <= class.max_len;
}

/*
 * Builds a block per announced group; they differ in the next hop alone. False if one would exceed
 * ATTRS_MAX, or could be told to nobody: a path of 2-octet numbers grows when it is widened.
 */
static bool
build_blocks(struct decoding *d, uint8_t *blocks)
{
	const uint8_t *attributes = NULL;
	size_t attributes_len = 0;

	for (size_t i = 0; i < d->out->announce_count; i++) {
		struct wire_writer w = wire_writer_over(blocks + i * ATTRS_MAX, ATTRS_MAX);
		struct update_group *group = &d->out->announce[i];

		put_next_hop(&d->next_hops[i], &w);
		if (attributes == NULL) {
			attributes = w.pos;
			put_attributes(d, &w);
			attributes_len = (size_t)(w.pos - attributes);
		} else {
			wire_put_bytes(&w, attributes, attributes_len);
		}
		if (w.failed)
			return false;
		group->block = w.start;
		group->block_len = wire_written(&w);
		if (!fits_some_message(group))
			return false;
	}
	return true;
}

static enum update_result
finish(struct decoding *d, uint8_t *blocks)
{
	static const enum update_result results[] = {
	    [OUTCOME_FINE] = UPDATE_FINE,
	    [OUTCOME_DISCARD] = UPDATE_DISCARD,
	    [OUTCOME_WITHDRAW] = UPDATE_WITHDRAW,
	};
	struct update *out = d->out;

	if (d->has_reachable)
		check_mandatory(d);
	else if (d->scan.doubts_nlri) /* RFC 7606 section 5.2 */
		return reset(
		    d, UPDATE_ERROR_ATTRIBUTE_LIST, "malformed attribute and no reachable NLRI");
	settle_as4(d);
	if (d->scan.finding.outcome < OUTCOME_WITHDRAW && !build_blocks(d, blocks))
		attr_report(
		    &d->scan, ATTR_AS_PATH, OUTCOME_WITHDRAW, "too long with 4-octet numbers");
	if (d->scan.finding.outcome == OUTCOME_WITHDRAW) {
		out->announce_is_withdraw = true;
		for (size_t i = 0; i < out->announce_count; i++) {
			out->announce[i].block = NULL;
			out->announce[i].block_len = 0;
		}
	}
	out->finding = d->scan.finding;
	out->findings = d->scan.findings;
	out->ignored = d->scan.ignored;
	out->dropped = d->scan.dropped;
	memcpy(out->dropped_types, d->scan.dropped_types, sizeof(out->dropped_types));
	return results[out->finding.outcome];
}

enum update_result
update_decode(const uint8_t *body, size_t len, const struct update_ctx *ctx, uint8_t *blocks,
    struct update *out)
{
	struct attr_ctx attr_ctx = {.as4 = ctx->as4, .drop = ctx->drop};
	struct wire_reader r = wire_reader_over(body, len);
	struct wire_reader withdrawn, attributes;
	struct decoding d;
	bool plain_is_empty;
	const char *fault;

	memset(out, 0, sizeof(*out));
	d.ctx = ctx;
	d.out = out;
	d.has_reachable = false;
	memset(&d.scan, 0, sizeof(d.scan));
	withdrawn = wire_get_child(&r, wire_get_u16(&r));
	attributes = wire_get_child(&r, wire_get_u16(&r));
	if (wire_failed(&r)) /* RFC 7606 section 3 b */
		return reset(&d, UPDATE_ERROR_ATTRIBUTE_LIST, "length fields exceed the message");
	plain_is_empty = wire_left(&withdrawn) == 0 && wire_left(&r) == 0;
	if (plain_is_empty && wire_left(&attributes) == 0 &&
	    is_negotiated(ctx->families, FAMILY_IPV4))
		out->eor = 1U << FAMILY_IPV4; /* RFC 4724 section 2 */
	attr_scan(attributes.pos, wire_left(&attributes), &attr_ctx, &d.set, &d.scan);
	if (d.scan.finding.outcome == OUTCOME_RESET)
		return reset_with(&d, d.scan.error);
	if (!read_plain(&d, &withdrawn, &r))
		return reset(&d, UPDATE_ERROR_NETWORK_FIELD, "NLRI can not be parsed");
	if (attr_has(&d.set, ATTR_MP_UNREACH_NLRI) &&
	    (fault = read_mp_unreach(&d, plain_is_empty)) != NULL)
		return reset_mp(&d, ATTR_MP_UNREACH_NLRI, fault);
	if (attr_has(&d.set, ATTR_MP_REACH_NLRI) && (fault = read_mp_reach(&d)) != NULL)
		return reset_mp(&d, ATTR_MP_REACH_NLRI, fault);
	return finish(&d, blocks);
}
