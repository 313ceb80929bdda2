/*
 * Unit tests of the encoders of bgpd/wire/update.h. Never send what we would not accept: every
 * message here is read again by update_decode() and must come out as it went in.
 */
#include "rib/table.h"
#include "tests/unit/wire/message.h"

#define PREFIXES 3000

static uint32_t seed = 1;

static uint32_t
any(uint32_t below)
{
	seed = seed * 1664525 + 1013904223;
	return (uint32_t)(((uint64_t)seed * below) >> 32);
}

static struct prefix prefixes[PREFIXES];
static uint32_t ids[PREFIXES];

static void
make_prefixes(enum family family)
{
	for (size_t i = 0; i < PREFIXES; i++) {
		struct prefix *p = &prefixes[i];
		uint8_t max = (uint8_t)prefix_max_len(family);

		memset(p, 0, sizeof(*p));
		p->family = (uint8_t)family;
		p->len = (uint8_t)any(max + 1U);
		for (unsigned j = 0; j < (p->len + 7U) / 8; j++)
			p->addr[j] = (uint8_t)any(256);
		if (p->len % 8 != 0)
			p->addr[p->len / 8] &= (uint8_t)(0xff00 >> (p->len % 8));
		ids[i] = any(UINT32_MAX);
	}
}

static void
put_attribute(struct wire_writer *w, uint8_t flags, uint8_t type, const void *value, size_t len)
{
	wire_put_u8(w, flags);
	wire_put_u8(w, type);
	wire_put_u16(w, (uint16_t)len);
	if (value != NULL) {
		wire_put_bytes(w, value, len);
		return;
	}
	for (size_t i = 0; i < len; i++)
		wire_put_u8(w, (uint8_t)(1 + any(255)));
}

static void
put_path(struct wire_writer *w)
{
	uint8_t *len;
	uint32_t segments = any(5) == 0 ? 0 : 1 + any(3);

	wire_put_u16(w, 0x4002);
	len = wire_put_len_u16(w);
	for (uint32_t i = 0; i < segments; i++) {
		uint8_t count = (uint8_t)(1 + any(any(8) == 0 ? 255 : 6));

		wire_put_u8(w, any(4) == 0 ? AS_SET : AS_SEQUENCE);
		wire_put_u8(w, count);
		for (uint32_t j = 0; j < count; j++)
			wire_put_u32(w, 1 + any(any(3) == 0 ? 4200000000 : 65000));
	}
	wire_patch_u16(w, len);
}

/* Large communities that differ, since repeated ones would be removed. */
static void
put_large_communities(struct wire_writer *w)
{
	uint8_t value[12 * 30];
	size_t n = 1 + any(30);

	for (size_t i = 0; i < n; i++) {
		wire_store_u32(value + 12 * i, any(UINT32_MAX));
		wire_store_u32(value + 12 * i + 4, any(UINT32_MAX));
		wire_store_u32(value + 12 * i + 8, (uint32_t)i);
	}
	put_attribute(w, 0xc0, ATTR_LARGE_COMMUNITIES, value, 12 * n);
}

/* A canonical block as update_decode() gives it. */
static size_t
random_block(uint8_t nh_len, uint8_t *out)
{
	struct wire_writer w = wire_writer_over(out, ATTRS_MAX);
	uint8_t origin = (uint8_t)any(3);
	uint8_t optional = any(2) == 0 ? 0xc0 : 0xe0;

	wire_put_u8(&w, nh_len);
	for (unsigned i = 0; i < nh_len; i++)
		wire_put_u8(&w, (uint8_t)(1 + any(120)));
	put_attribute(&w, 0x40, ATTR_ORIGIN, &origin, 1);
	put_path(&w);
	if (any(2) == 0)
		put_attribute(&w, 0x80, ATTR_MED, NULL, 4);
	if (any(4) == 0)
		put_attribute(&w, 0x40, ATTR_ATOMIC_AGGREGATE, NULL, 0);
	if (any(3) == 0)
		put_attribute(&w, optional, ATTR_AGGREGATOR,
		    any(2) == 0 ? "\0\0\xfd\xe9\xc0\0\2\1" : "\0\1\0\0\xc0\0\2\1", 8);
	if (any(2) == 0)
		put_attribute(&w, optional, ATTR_COMMUNITIES, NULL, 4 * (size_t)(1 + any(100)));
	if (any(3) == 0)
		put_attribute(&w, optional, ATTR_EXT_COMMUNITIES, NULL, 8 * (size_t)(1 + any(40)));
	if (any(4) == 0)
		put_attribute(&w, 0xc0, ATTR_IPV6_EXT_COMMUNITIES, NULL, 20 * (size_t)(1 + any(3)));
	if (any(2) == 0)
		put_large_communities(&w);
	if (any(4) == 0)
		put_attribute(&w, 0xc0, ATTR_OTC, NULL, 4);
	if (any(4) == 0)
		put_attribute(&w, 0xe0, 200, NULL, any(400));
	ck_assert(attrs_is_canonical(out, wire_written(&w)));
	return wire_written(&w);
}

static struct update_ctx
ctx_of(const struct update_class *class)
{
	return (struct update_ctx){.as4 = class->as4,
	    .families = 3,
	    .add_path = class->add_path ? 3 : 0,
	    .ext_nh = class->ipv6_next_hop ? 1U << FAMILY_IPV4 : 0};
}

/* Every class in both families: what decides the octets beside attributes and prefixes. */
static struct update_class classes[FAMILY_COUNT * CLASS_COUNT];

static void
make_classes(void)
{
	for (uint8_t i = 0; i < COUNT(classes); i++)
		classes[i] = (struct update_class){
		    .family = i / CLASS_COUNT == 0 ? FAMILY_IPV4 : FAMILY_IPV6,
		    .as4 = (i & CLASS_AS4) != 0,
		    .add_path = (i & CLASS_ADD_PATH) != 0,
		    .ipv6_next_hop = (i & CLASS_IPV6_NEXT_HOP) != 0,
		    .max_len = (i & CLASS_EXT_MSG) != 0 ? 65535 : 4096};
}

/* The length of a next hop that the class can have. */
static uint8_t
any_next_hop_len(const struct update_class *class)
{
	static const uint8_t lens[] = {4, 16, 32};

	if (class->family == FAMILY_IPV6)
		return lens[1 + any(2)];
	return class->ipv6_next_hop ? lens[any(3)] : 4;
}

/* Reads a message again: the prefixes given, announced with the block or withdrawn. */
static void
expect(const struct update_class *class, const uint8_t *msg, size_t len, const uint8_t *block,
    size_t block_len, size_t first, size_t used)
{
	struct update_ctx ctx = ctx_of(class);
	const uint8_t *body = exact(msg + MSG_HEADER_BYTES, len - MSG_HEADER_BYTES);
	struct wire_error error;
	struct msg_header header;
	struct update out;
	struct nlri_cursor c;
	const struct update_group *group;
	struct prefix p;
	uint32_t id;

	ck_assert_uint_le(len, class->max_len);
	ck_assert(msg_decode_header(msg, class->max_len, &header, &error));
	ck_assert_uint_eq(header.len, len);
	ck_assert_uint_eq(header.type, MSG_UPDATE);
	ck_assert_uint_eq(
	    update_decode(body, len - MSG_HEADER_BYTES, &ctx, blocks, &out), UPDATE_FINE);
	ck_assert_uint_eq(out.announce_count, block != NULL);
	ck_assert_uint_eq(out.withdraw_count, block == NULL);
	ck_assert(!(out.ignored || out.findings || out.foreign_fields || out.eor));
	group = block != NULL ? &out.announce[0] : &out.withdraw[0];
	ck_assert_uint_eq(group->count, used);
	ck_assert_uint_eq(group->family, class->family);
	if (block != NULL) {
		ck_assert_uint_eq(group->block_len, block_len);
		ck_assert_mem_eq(group->block, block, block_len);
	}
	c = group->nlri;
	for (size_t i = first; i < first + used; i++) {
		ck_assert(nlri_next(&c, &p, &id));
		ck_assert_int_eq(prefix_compare(&p, &prefixes[i]), 0);
		ck_assert_uint_eq(id, class->add_path ? ids[i] : 0);
	}
	free_owned();
}

/* Announces or withdraws n prefixes in as many messages as it takes; each as full as can be. */
static void
send_all(const struct update_class *class, const uint8_t *block, size_t block_len, size_t n)
{
	static uint8_t msg[MSG_EXTENDED_MAX_BYTES];
	size_t done = 0;

	while (done < n) {
		size_t used = 99999, len, next;
		uint32_t *some_ids = class->add_path ? ids + done : NULL;

		memset(msg, 0x5a, sizeof(msg));
		len = block != NULL
		    ? update_encode_announce(class, block, block_len, prefixes + done, some_ids,
			  n - done, &used, msg, sizeof(msg))
		    : update_encode_withdraw(
			  class, prefixes + done, some_ids, n - done, &used, msg, sizeof(msg));
		ck_assert_uint_gt(len, 0);
		ck_assert_uint_gt(used, 0);
		ck_assert_uint_le(used, n - done);
		expect(class, msg, len, block, block_len, done, used);
		done += used;
		if (done == n)
			break;
		/* one more would not have fitted; the MP attribute's header may grow by one */
		next = nlri_bytes(&prefixes[done], class->add_path);
		ck_assert_uint_gt(len + next + 1, class->max_len);
	}
}

START_TEST(random_blocks_come_back)
{
	static uint8_t block[ATTRS_MAX];

	for (int round = 0; round < 20; round++) {
		for (size_t i = 0; i < COUNT(classes); i++) {
			const struct update_class *class = &classes[i];
			size_t len = random_block(any_next_hop_len(class), block);
			size_t base = update_announce_base_len(class, block, len);

			ck_assert_uint_gt(base, 0);
			if (prefixes[0].family != class->family)
				make_prefixes(class->family);
			if (base + 21 <= class->max_len)
				send_all(class, block, len, 1 + any(any(20) == 0 ? 2000 : 300));
		}
	}
}
END_TEST

START_TEST(withdrawals_come_back)
{
	for (int round = 0; round < 3; round++) {
		for (size_t i = 0; i < COUNT(classes); i++) {
			make_prefixes(classes[i].family);
			send_all(&classes[i], NULL, 0, 1 + any(PREFIXES));
		}
	}
}
END_TEST

/* The length with one prefix is the base and that prefix; one octet less does not do. */
START_TEST(base_length_is_exact)
{
	static uint8_t block[ATTRS_MAX], msg[MSG_EXTENDED_MAX_BYTES];

	for (int round = 0; round < 50; round++) {
		struct update_class class = classes[any(COUNT(classes))];
		size_t len = random_block(any_next_hop_len(&class), block), used;
		size_t base = update_announce_base_len(&class, block, len);
		size_t with;

		make_prefixes(class.family);
		with = base + nlri_bytes(&prefixes[0], class.add_path);
		class.max_len = (uint16_t)with;
		ck_assert_uint_eq(
		    update_encode_announce(&class, block, len, prefixes, ids, 1, &used, msg, 65535),
		    with);
		ck_assert_uint_eq(used, 1);
		class.max_len--;
		ck_assert_uint_eq(
		    update_encode_announce(&class, block, len, prefixes, ids, 1, &used, msg, 65535),
		    0);
		ck_assert_uint_eq(used, 0);
		class.max_len = (uint16_t)(base - 1);
		ck_assert_uint_eq(
		    update_encode_announce(&class, block, len, prefixes, ids, 1, &used, msg, 65535),
		    0);
		class.max_len = 65535; /* the buffer limits it as well */
		ck_assert_uint_eq(update_encode_announce(&class, block, len, prefixes, ids, 1,
				      &used, exact(NULL, with), with),
		    with);
		ck_assert_uint_eq(update_encode_announce(&class, block, len, prefixes, ids, 1,
				      &used, exact(NULL, with - 1), with - 1),
		    0);
		free_owned();
	}
}
END_TEST

/* Every limit around the place where the MP attribute's header grows by an octet. */
START_TEST(every_limit_is_kept)
{
	static uint8_t block[ATTRS_MAX];
	struct update_class class = {FAMILY_IPV6, true, false, false, 4096};
	size_t len = random_block(16, block), used;
	size_t base = update_announce_base_len(&class, block, len);

	make_prefixes(FAMILY_IPV6);
	for (size_t room = 1; room < 400; room++) {
		size_t cap = base + room, n;
		uint8_t *msg = exact(NULL, cap);

		n = update_encode_announce(
		    &class, block, len, prefixes, NULL, PREFIXES, &used, msg, cap);
		ck_assert_uint_le(n, cap);
		if (n > 0)
			expect(&class, msg, n, block, len, 0, used);
		msg = exact(NULL, 30 + room);
		n = update_encode_withdraw(&class, prefixes, NULL, PREFIXES, &used, msg, 30 + room);
		ck_assert_uint_le(n, 30 + room);
		if (n > 0)
			expect(&class, msg, n, NULL, 0, 0, used);
		free_owned();
	}
}
END_TEST

START_TEST(what_a_family_can_not_have)
{
	uint8_t block[64], msg[4096];
	size_t len, used;
	struct update_class ipv4 = {FAMILY_IPV4, true, false, false, 4096};
	struct update_class ipv6 = {FAMILY_IPV6, true, false, false, 4096};
	uint8_t *bytes = hex("00 40 01 0001 00 40 02 0000", &len);

	make_prefixes(FAMILY_IPV4);
	ck_assert_uint_eq(update_announce_base_len(&ipv4, bytes, len), 0);
	ck_assert_uint_eq(update_announce_base_len(&ipv6, bytes, len), 0);
	ck_assert_uint_eq(
	    update_encode_announce(&ipv4, bytes, len, prefixes, ids, 1, &used, msg, sizeof(msg)),
	    0);
	bytes = hex("04 c0000201 40 01 0001 00 40 02 0000", &len);
	memcpy(block, bytes, len);
	ck_assert_uint_eq(update_announce_base_len(&ipv6, block, len), 0);
	ck_assert_uint_eq(update_announce_base_len(&ipv4, block, len), 19 + 4 + 4 + 3 + 7);
	ck_assert_uint_eq(
	    update_encode_announce(&ipv4, block, len, prefixes, ids, 0, &used, msg, sizeof(msg)),
	    0);
}
END_TEST

START_TEST(octets_of_ipv4)
{
	size_t block_len, len, used;
	uint8_t *block =
	    hex("04 c0000201 40 01 0001 00 40 02 000e 02 03 0000fde9 00010000 00000003 "
		"80 04 0004 00000007 c0 07 0008 00010000 c0000202 c0 23 0004 00000009",
		&block_len);
	uint8_t *wide = hex("ffffffffffffffffffffffffffffffff 0050 02 0000 0035 40 01 01 00 "
			    "40 02 0e 02 03 0000fde9 00010000 00000003 40 03 04 c0000201 "
			    "80 04 04 00000007 c0 07 08 00010000 c0000202 c0 23 04 00000009 "
			    "18 c00002",
	    &len);
	struct update_class class = {FAMILY_IPV4, true, false, false, 4096};
	uint8_t out[4096];

	ck_assert_int_eq(prefix_parse("192.0.2.0/24", &prefixes[0]), 0);
	ck_assert_uint_eq(update_encode_announce(
			      &class, block, block_len, prefixes, NULL, 1, &used, out, sizeof(out)),
	    len);
	ck_assert_mem_eq(out, wide, len);
	wide = hex("ffffffffffffffffffffffffffffffff 0064 02 0000 0049 40 01 01 00 "
		   "40 02 08 02 03 fde9 5ba0 0003 40 03 04 c0000201 "
		   "80 04 04 00000007 c0 07 06 5ba0 c0000202 "
		   "c0 11 0e 02 03 0000fde9 00010000 00000003 c0 12 08 00010000 c0000202 "
		   "c0 23 04 00000009 18 c00002",
	    &len);
	class.as4 = false;
	ck_assert_uint_eq(update_encode_announce(
			      &class, block, block_len, prefixes, NULL, 1, &used, out, sizeof(out)),
	    len);
	ck_assert_mem_eq(out, wide, len);
}
END_TEST

/* RFC 6793 section 4.2.2: AS4_PATH must not be sent where it says nothing new. */
START_TEST(no_as4_attributes_for_small_numbers)
{
	size_t block_len, len, used;
	uint8_t *block = hex("04 c0000201 40 01 0001 00 40 02 0006 02 01 0000fde9 "
			     "c0 07 0008 0000fde9 c0000202",
	    &block_len);
	uint8_t *wanted = hex("ffffffffffffffffffffffffffffffff 0036 02 0000 001b 40 01 01 00 "
			      "40 02 04 02 01 fde9 40 03 04 c0000201 c0 07 06 fde9 c0000202 "
			      "18 c00002",
	    &len);
	struct update_class class = {FAMILY_IPV4, false, false, false, 4096};
	uint8_t out[4096];

	ck_assert_int_eq(prefix_parse("192.0.2.0/24", &prefixes[0]), 0);
	ck_assert_uint_eq(update_encode_announce(
			      &class, block, block_len, prefixes, NULL, 1, &used, out, sizeof(out)),
	    len);
	ck_assert_mem_eq(out, wanted, len);
}
END_TEST

/* MP_REACH_NLRI is the first attribute: RFC 7606 section 5.1 */
START_TEST(octets_of_ipv6)
{
	size_t block_len, len, used;
	uint8_t *block = hex("10 20010db8000000000000000000000001 40 01 0001 00 "
			     "40 02 0006 02 01 0000fde9",
	    &block_len);
	uint8_t *wanted = hex("ffffffffffffffffffffffffffffffff 0041 02 0000 002a "
			      "80 0e 1a 0002 01 10 20010db8000000000000000000000001 00 20 20010db8 "
			      "40 01 01 00 40 02 06 02 01 0000fde9",
	    &len);
	struct update_class class = {FAMILY_IPV6, true, false, false, 4096};
	uint8_t out[4096];

	ck_assert_int_eq(prefix_parse("2001:db8::/32", &prefixes[0]), 0);
	ck_assert_uint_eq(update_encode_announce(
			      &class, block, block_len, prefixes, NULL, 1, &used, out, sizeof(out)),
	    len);
	ck_assert_mem_eq(out, wanted, len);
	wanted =
	    hex("ffffffffffffffffffffffffffffffff 0022 02 0000 000b 80 0f 08 0002 01 20 20010db8",
		&len);
	ck_assert_uint_eq(
	    update_encode_withdraw(&class, prefixes, NULL, 1, &used, out, sizeof(out)), len);
	ck_assert_mem_eq(out, wanted, len);
}
END_TEST

/* RFC 8950 section 3: AFI 1, the next hop as it came, link-local part and all. */
START_TEST(octets_of_ipv4_by_ipv6)
{
	size_t block_len, len, used;
	uint8_t *block = hex("20 20010db8000000000000000000000001 fe800000000000000000000000000001 "
			     "40 01 0001 00 40 02 0006 02 01 0000fde9",
	    &block_len);
	uint8_t *wanted =
	    hex("ffffffffffffffffffffffffffffffff 0050 02 0000 0039 "
		"80 0e 29 0001 01 20 20010db8000000000000000000000001 "
		"fe800000000000000000000000000001 00 18 c00002 40 01 01 00 40 02 06 02 01 0000fde9",
		&len);
	struct update_class class = {FAMILY_IPV4, true, false, true, 4096};
	uint8_t out[4096];

	ck_assert_int_eq(prefix_parse("192.0.2.0/24", &prefixes[0]), 0);
	ck_assert_uint_eq(update_encode_announce(
			      &class, block, block_len, prefixes, NULL, 1, &used, out, sizeof(out)),
	    len);
	ck_assert_mem_eq(out, wanted, len);
	/* Withdrawn like any other route of the family. */
	wanted = hex("ffffffffffffffffffffffffffffffff 001b 02 0004 18 c00002 0000", &len);
	ck_assert_uint_eq(
	    update_encode_withdraw(&class, prefixes, NULL, 1, &used, out, sizeof(out)), len);
	ck_assert_mem_eq(out, wanted, len);
	class.ipv6_next_hop = false;
	ck_assert_uint_eq(update_announce_base_len(&class, block, block_len), 0);
	ck_assert_uint_eq(update_encode_announce(
			      &class, block, block_len, prefixes, NULL, 1, &used, out, sizeof(out)),
	    0);
}
END_TEST

START_TEST(end_of_rib)
{
	static const size_t lens[] = {[FAMILY_IPV4] = 23, [FAMILY_IPV6] = 29};

	for (unsigned i = 0; i < FAMILY_COUNT; i++) {
		uint8_t msg[40];
		struct update out;
		struct msg_header header;
		struct wire_error error;
		size_t len = update_encode_eor((enum family)i, msg, sizeof(msg));

		ck_assert_uint_eq(len, lens[i]);
		ck_assert(msg_decode_header(msg, 4096, &header, &error));
		ck_assert_uint_eq(header.len, len);
		ck_assert_uint_eq(
		    update_decode(msg + 19, len - 19, &both_families, blocks, &out), UPDATE_FINE);
		ck_assert_uint_eq(out.eor, 1U << i);
		ck_assert_uint_eq(update_encode_eor((enum family)i, msg, len - 1), 0);
	}
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {random_blocks_come_back, withdrawals_come_back,
	    base_length_is_exact, every_limit_is_kept, what_a_family_can_not_have, octets_of_ipv4,
	    no_as4_attributes_for_small_numbers, octets_of_ipv6, octets_of_ipv4_by_ipv6,
	    end_of_rib};

	make_classes();
	return run_suite("wire/update_encode", tests, COUNT(tests));
}
