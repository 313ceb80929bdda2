/*
 * UPDATE, writing: canonical blocks and prefixes to messages; see update.h. rib runs this once per
 * change, out-form and class, so it is the hot path of the whole server: a plan is made with one
 * pass over the block, then everything is copied in runs.
 *
 *   header | 0 | attribute octets | [MP_REACH] ORIGIN AS_PATH [NEXT_HOP] ... | [NLRI]
 *
 * MP_REACH_NLRI comes first (RFC 7606 section 5.1), the others ascend by type. IPv4 with a 4-octet
 * next hop uses NEXT_HOP and the NLRI field, everything else MP_REACH_NLRI: IPv4 with an IPv6 next
 * hop (RFC 8950 section 3) with the 16 or 32 octets that came, for classes that take it.
 *
 * IPv4 is withdrawn in the field of RFC 4271, and its End-of-RIB is the empty message, whatever the
 * next hop was: both are of the family, not of the next hop, every implementation reads them, and
 * one form serves the receivers of all classes.
 */
#include "bgpd/wire/update.h"

#include "bgpd/wire/as_path.h"

#define FIXED_BYTES	    (MSG_HEADER_BYTES + 4) /* both length fields included */
#define MP_FIXED_BYTES	    5			   /* AFI, SAFI, length of the next hop, reserved */
#define UNREACH_FIXED_BYTES 3
#define SAFI_UNICAST	    1
#define AS4_FLAGS	    (ATTR_FLAG_OPTIONAL | ATTR_FLAG_TRANSITIVE)

/* How a block leaves for a class. */
struct plan {
	bool mp;	   /* MP_REACH_NLRI instead of NEXT_HOP and NLRI */
	bool narrow;	   /* the receiver has 2-octet AS numbers */
	bool has_as4_path; /* RFC 6793 section 4.2.2 */
	bool has_as4_aggregator;
	struct as_path path;
	const uint8_t *aggregator; /* 8 octets, NULL if there is none */
	size_t len; /* octets of all attributes but MP_REACH_NLRI, NEXT_HOP included */
};

static size_t
attribute_len(size_t value_len)
{
	return (value_len > UINT8_MAX ? 4 : 3) + value_len;
}

static bool
plan_next_hop(const struct update_class *class, uint8_t nh_len, struct plan *plan)
{
	bool is_ipv6 = nh_len == 16 || nh_len == 32;

	plan->mp = is_ipv6;
	if (class->family == FAMILY_IPV4)
		return nh_len == 4 || (is_ipv6 && class->ipv6_next_hop);
	return is_ipv6;
}

/* Octets of an attribute of the block when written for the plan's receiver. */
static size_t
planned_len(struct plan *plan, const struct attr_view *attr)
{
	if (!plan->narrow)
		return attribute_len(attr->len);
	if (attr->type == ATTR_AS_PATH) {
		plan->path = (struct as_path){attr->value, attr->len, 4};
		plan->has_as4_path = as_path_needs_4(plan->path);
		return attribute_len(as_path_narrow_len(plan->path)) +
		    (plan->has_as4_path ? attribute_len(attr->len) : 0);
	}
	if (attr->type == ATTR_AGGREGATOR) {
		plan->aggregator = attr->value;
		plan->has_as4_aggregator = wire_load_u32(attr->value) > UINT16_MAX;
		return attribute_len(6) + (plan->has_as4_aggregator ? attribute_len(8) : 0);
	}
	return attribute_len(attr->len);
}

/* False if the block can not be sent to the class at all. */
static bool
make_plan(
    const struct update_class *class, const uint8_t *block, size_t block_len, struct plan *plan)
{
	struct attr_view attr;
	size_t pos = 0;

	memset(plan, 0, sizeof(*plan));
	plan->narrow = !class->as4;
	if (!plan_next_hop(class, block[0], plan))
		return false;
	if (!plan->mp)
		plan->len = attribute_len(4);
	while (attrs_next(block, block_len, &pos, &attr))
		plan->len += planned_len(plan, &attr);
	return true;
}

/* Octets in front of the value of MP_REACH_NLRI or MP_UNREACH_NLRI. */
static size_t
mp_header_len(size_t value_len)
{
	return value_len > UINT8_MAX ? 4 : 3;
}

static size_t
base_len(const struct plan *plan, const uint8_t *block)
{
	size_t mp_len = plan->mp ? attribute_len(MP_FIXED_BYTES + (size_t)block[0]) : 0;

	return FIXED_BYTES + mp_len + plan->len;
}

size_t
update_announce_base_len(const struct update_class *class, const uint8_t *block, size_t block_len)
{
	struct plan plan;
	size_t len;

	if (!make_plan(class, block, block_len, &plan))
		return 0;
	len = base_len(&plan, block);
	return len <= UINT16_MAX ? len : 0;
}

static uint8_t *
put_header(uint8_t *out, uint8_t flags, uint8_t type, size_t len)
{
	if (len > UINT8_MAX) {
		out[0] = flags | ATTR_FLAG_EXTENDED;
		out[1] = type;
		wire_store_u16(out + 2, (uint16_t)len);
		return out + 4;
	}
	out[0] = flags;
	out[1] = type;
	out[2] = (uint8_t)len;
	return out + 3;
}

static uint8_t *
put_value(uint8_t *out, uint8_t flags, uint8_t type, const uint8_t *value, size_t len)
{
	out = put_header(out, flags, type, len);
	memcpy(out, value, len);
	return out + len;
}

static uint8_t *
put_narrow_path(uint8_t *out, uint8_t flags, const struct plan *plan)
{
	size_t len = as_path_narrow_len(plan->path);

	out = put_header(out, flags, ATTR_AS_PATH, len);
	as_path_narrow(plan->path, out);
	return out + len;
}

static uint8_t *
put_narrow_aggregator(uint8_t *out, uint8_t flags, const struct plan *plan)
{
	uint32_t asn = wire_load_u32(plan->aggregator);

	out = put_header(out, flags, ATTR_AGGREGATOR, 6);
	wire_store_u16(out, asn > UINT16_MAX ? AS_TRANS : (uint16_t)asn);
	memcpy(out + 2, plan->aggregator + 4, 4);
	return out + 6;
}

static uint8_t *
put_attribute(uint8_t *out, const struct plan *plan, const struct attr_view *attr)
{
	if (plan->narrow && attr->type == ATTR_AS_PATH)
		return put_narrow_path(out, attr->flags, plan);
	if (plan->narrow && attr->type == ATTR_AGGREGATOR)
		return put_narrow_aggregator(out, attr->flags, plan);
	return put_value(out, attr->flags, attr->type, attr->value, attr->len);
}

/*
 * Writes those attributes that no block has and whose types lie between the two: NEXT_HOP,
 * AS4_PATH and AS4_AGGREGATOR.
 */
static uint8_t *
put_between(
    uint8_t *out, const struct plan *plan, const uint8_t *block, unsigned after, unsigned before)
{
	if (!plan->mp && after < ATTR_NEXT_HOP && before > ATTR_NEXT_HOP)
		out = put_value(out, ATTR_FLAG_TRANSITIVE, ATTR_NEXT_HOP, block + 1, 4);
	if (plan->has_as4_path && after < ATTR_AS4_PATH && before > ATTR_AS4_PATH)
		out = put_value(out, AS4_FLAGS, ATTR_AS4_PATH, plan->path.value, plan->path.len);
	if (plan->has_as4_aggregator && after < ATTR_AS4_AGGREGATOR && before > ATTR_AS4_AGGREGATOR)
		out = put_value(out, AS4_FLAGS, ATTR_AS4_AGGREGATOR, plan->aggregator, 8);
	return out;
}

static uint8_t *
put_attributes(uint8_t *out, const struct plan *plan, const uint8_t *block, size_t block_len)
{
	struct attr_view attr;
	unsigned after = 0;
	size_t pos = 0;

	while (attrs_next(block, block_len, &pos, &attr)) {
		out = put_between(out, plan, block, after, attr.type);
		out = put_attribute(out, plan, &attr);
		after = attr.type;
	}
	return put_between(out, plan, block, after, UINT8_MAX + 1);
}

/* A run of prefixes to be written. */
struct run {
	const struct prefix *prefixes;
	const uint32_t *ids;
	size_t n;
	bool add_path;
};

/*
 * How many prefixes of the run fit into room octets, and how many octets they take. mp_fixed is 0
 * or what stands with them in an MP attribute, whose header is an octet longer once its value
 * exceeds 255; room is counted with the short one.
 */
static size_t
fit_run(const struct run *run, size_t room, size_t mp_fixed, size_t *bytes)
{
	size_t sum = 0, i;

	for (i = 0; i < run->n; i++) {
		size_t with = sum + nlri_bytes(&run->prefixes[i], run->add_path);
		bool grows = mp_fixed != 0 && mp_fixed + with > UINT8_MAX;

		if (with + grows > room)
			break;
		sum = with;
	}
	*bytes = sum;
	return i;
}

static uint8_t *
put_run(uint8_t *out, const struct run *run, size_t count)
{
	for (size_t i = 0; i < count; i++)
		out += nlri_encode(
		    &run->prefixes[i], run->add_path, run->add_path ? run->ids[i] : 0, out);
	return out;
}

/* Writes the message header; returns the place behind it. */
static uint8_t *
put_msg_header(uint8_t *out, size_t len)
{
	memset(out, 0xff, 16);
	wire_store_u16(out + 16, (uint16_t)len);
	out[18] = MSG_UPDATE;
	return out + MSG_HEADER_BYTES;
}

static size_t
limit_of(const struct update_class *class, size_t cap)
{
	return cap < class->max_len ? cap : class->max_len;
}

size_t
update_encode_announce(const struct update_class *class, const uint8_t *block, size_t block_len,
    const struct prefix *prefixes, const uint32_t *ids, size_t n, size_t *used, uint8_t *out,
    size_t cap)
{
	struct run run = {prefixes, ids, n, class->add_path};
	size_t limit = limit_of(class, cap);
	size_t base, mp_value, nlri_len, attrs_len;
	struct plan plan;
	uint8_t *p;

	*used = 0;
	if (!make_plan(class, block, block_len, &plan) || (base = base_len(&plan, block)) > limit)
		return 0;
	mp_value = plan.mp ? MP_FIXED_BYTES + (size_t)block[0] : 0;
	*used = fit_run(&run, limit - base, mp_value, &nlri_len);
	if (*used == 0)
		return 0;
	attrs_len = plan.len;
	if (plan.mp) {
		mp_value += nlri_len;
		attrs_len += mp_header_len(mp_value) + mp_value;
	}
	p = put_msg_header(out, FIXED_BYTES + attrs_len + (plan.mp ? 0 : nlri_len));
	wire_store_u16(p, 0);
	wire_store_u16(p + 2, (uint16_t)attrs_len);
	p += 4;
	if (plan.mp) {
		p = put_header(p, ATTR_FLAG_OPTIONAL, ATTR_MP_REACH_NLRI, mp_value);
		wire_store_u16(p, msg_afi(class->family));
		p[2] = SAFI_UNICAST;
		memcpy(p + 3, block, 1 + (size_t)block[0]); /* length and next hop */
		p += 4 + (size_t)block[0];
		*p++ = 0;
		p = put_run(p, &run, *used);
		p = put_attributes(p, &plan, block, block_len);
	} else {
		p = put_attributes(p, &plan, block, block_len);
		p = put_run(p, &run, *used);
	}
	return (size_t)(p - out);
}

static size_t
encode_withdraw_plain(const struct run *run, size_t limit, size_t *used, uint8_t *out)
{
	size_t nlri_len;
	uint8_t *p;

	*used = limit < FIXED_BYTES ? 0 : fit_run(run, limit - FIXED_BYTES, 0, &nlri_len);
	if (*used == 0)
		return 0;
	p = put_msg_header(out, FIXED_BYTES + nlri_len);
	wire_store_u16(p, (uint16_t)nlri_len);
	p = put_run(p + 2, run, *used);
	wire_store_u16(p, 0);
	return FIXED_BYTES + nlri_len;
}

/* MP_UNREACH_NLRI alone; with an empty run it is an End-of-RIB. */
static size_t
put_unreach(enum family family, const struct run *run, size_t count, size_t nlri_len, uint8_t *out)
{
	size_t value = UNREACH_FIXED_BYTES + nlri_len;
	size_t len = mp_header_len(value) + value;
	uint8_t *p = put_msg_header(out, FIXED_BYTES + len);

	wire_store_u16(p, 0);
	wire_store_u16(p + 2, (uint16_t)len);
	p = put_header(p + 4, ATTR_FLAG_OPTIONAL, ATTR_MP_UNREACH_NLRI, value);
	wire_store_u16(p, msg_afi(family));
	p[2] = SAFI_UNICAST;
	put_run(p + 3, run, count);
	return FIXED_BYTES + len;
}

size_t
update_encode_withdraw(const struct update_class *class, const struct prefix *prefixes,
    const uint32_t *ids, size_t n, size_t *used, uint8_t *out, size_t cap)
{
	struct run run = {prefixes, ids, n, class->add_path};
	size_t limit = limit_of(class, cap);
	size_t base = FIXED_BYTES + attribute_len(UNREACH_FIXED_BYTES);
	size_t nlri_len;

	if (class->family == FAMILY_IPV4)
		return encode_withdraw_plain(&run, limit, used, out);
	*used = limit < base ? 0 : fit_run(&run, limit - base, UNREACH_FIXED_BYTES, &nlri_len);
	return *used == 0 ? 0 : put_unreach(class->family, &run, *used, nlri_len, out);
}

size_t
update_encode_eor(enum family family, uint8_t *out, size_t cap)
{
	static const struct run empty;
	size_t len = FIXED_BYTES;

	if (family != FAMILY_IPV4)
		len += attribute_len(UNREACH_FIXED_BYTES);
	if (cap < len)
		return 0;
	if (family != FAMILY_IPV4)
		return put_unreach(family, &empty, 0, 0, out);
	memset(put_msg_header(out, len), 0, 4);
	return len;
}
