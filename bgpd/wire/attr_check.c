/* Checks of attribute values; see attr_check.h and the rows in attr.c. */
#include "bgpd/wire/attr_check.h"

#include "bgpd/wire/as_path.h"

#define ORIGIN_INCOMPLETE 2
#define SFP_HOP		  2

static const char as0[] = "AS 0"; /* RFC 7607 section 2 */

const char *
attr_check_origin(const struct attr_ctx *ctx, const uint8_t *value, size_t len)
{
	(void)ctx;
	(void)len;
	return value[0] <= ORIGIN_INCOMPLETE ? NULL : "undefined value";
}

const char *
attr_check_as_path(const struct attr_ctx *ctx, const uint8_t *value, size_t len)
{
	return as_path_check((struct as_path){value, len, ctx->as4 ? 4 : 2}, false);
}

const char *
attr_check_aggregator(const struct attr_ctx *ctx, const uint8_t *value, size_t len)
{
	if (len != (ctx->as4 ? 8 : 6))
		return "length does not fit the session's AS numbers";
	return (ctx->as4 ? wire_load_u32(value) : wire_load_u16(value)) == 0 ? as0 : NULL;
}

/* RFC 6793 section 4.1: between two speakers of 4-octet numbers these must not occur. */
static const char *
check_old_speaker(const struct attr_ctx *ctx)
{
	return ctx->as4 ? "from a speaker of 4-octet AS numbers" : NULL;
}

const char *
attr_check_as4_path(const struct attr_ctx *ctx, const uint8_t *value, size_t len)
{
	const char *wrong = check_old_speaker(ctx);

	return wrong != NULL ? wrong : as_path_check((struct as_path){value, len, 4}, true);
}

const char *
attr_check_as4_aggregator(const struct attr_ctx *ctx, const uint8_t *value, size_t len)
{
	const char *wrong = check_old_speaker(ctx);

	(void)len;
	if (wrong != NULL)
		return wrong;
	return wire_load_u32(value) == 0 ? as0 : NULL;
}

/* RFC 9012 sections 2, 3 and 13: the sub-TLVs fill the TLV to its last octet. */
static bool
has_good_subtlvs(struct wire_reader r)
{
	while (wire_left(&r) > 0) {
		uint8_t type = wire_get_u8(&r);
		size_t len = type < 128 ? wire_get_u8(&r) : wire_get_u16(&r);

		wire_get_bytes(&r, len);
	}
	return !wire_failed(&r);
}

const char *
attr_check_tunnel(const struct attr_ctx *ctx, const uint8_t *value, size_t len)
{
	struct wire_reader r = wire_reader_over(value, len);

	(void)ctx;
	while (wire_left(&r) > 0) {
		struct wire_reader tlv;

		wire_get_u16(&r);
		tlv = wire_get_child(&r, wire_get_u16(&r));
		if (wire_failed(&r))
			return "TLV exceeds the attribute";
		if (!has_good_subtlvs(tlv))
			return "sub-TLV exceeds its TLV";
	}
	return NULL;
}

/* RFC 6514: a PE address, IPv4 or IPv6 alike in all of them, with a label of 3 octets. */
const char *
attr_check_pe_labels(const struct attr_ctx *ctx, const uint8_t *value, size_t len)
{
	(void)ctx;
	(void)value;
	return len % 7 == 0 || len % 19 == 0 ? NULL : "no whole number of addresses and labels";
}

/* True if a Hop TLV has an index and at least one sub-TLV, all of them whole. */
static bool
is_good_hop(struct wire_reader r)
{
	wire_get_u8(&r);
	if (wire_left(&r) == 0)
		return false;
	while (wire_left(&r) > 0) {
		wire_get_u8(&r);
		wire_get_bytes(&r, wire_get_u16(&r));
	}
	return !wire_failed(&r);
}

/* RFC 9015 section 3.2.1: errors 4, 6 and 7; unknown TLVs are none. */
const char *
attr_check_sfp(const struct attr_ctx *ctx, const uint8_t *value, size_t len)
{
	struct wire_reader r = wire_reader_over(value, len);
	bool has_hop = false;

	(void)ctx;
	while (wire_left(&r) > 0) {
		uint8_t type = wire_get_u8(&r);
		struct wire_reader tlv = wire_get_child(&r, wire_get_u16(&r));

		if (wire_failed(&r))
			return "TLV exceeds the attribute";
		if (type == SFP_HOP && !is_good_hop(tlv))
			return "Hop TLV without a whole Sub-TLV";
		has_hop |= type == SFP_HOP;
	}
	return has_hop ? NULL : "no Hop TLV";
}

/* RFC 9026: mode, discriminator, TLVs */
const char *
attr_check_bfd(const struct attr_ctx *ctx, const uint8_t *value, size_t len)
{
	struct wire_reader r = wire_reader_over(value + 5, len - 5);

	(void)ctx;
	while (wire_left(&r) > 0) {
		wire_get_u8(&r);
		wire_get_bytes(&r, wire_get_u8(&r));
	}
	return wire_failed(&r) ? "TLV exceeds the attribute" : NULL;
}

/* RFC 6368: the origin AS and path attributes, whose own values nobody here reads. */
const char *
attr_check_attr_set(const struct attr_ctx *ctx, const uint8_t *value, size_t len)
{
	struct wire_reader r = wire_reader_over(value, len);

	(void)ctx;
	wire_get_u32(&r);
	while (wire_left(&r) > 0) {
		uint8_t flags = wire_get_u8(&r);

		wire_get_u8(&r);
		wire_get_bytes(
		    &r, (flags & ATTR_FLAG_EXTENDED) != 0 ? wire_get_u16(&r) : wire_get_u8(&r));
	}
	return wire_failed(&r) ? "inner attribute exceeds the set" : NULL;
}
