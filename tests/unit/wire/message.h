/*
 * Bodies of UPDATEs for the tests, put together from hexadecimal text: withdrawn routes, attributes
 * and NLRI; the length fields are filled in here.
 */
#ifndef TESTS_UNIT_WIRE_MESSAGE_H
#define TESTS_UNIT_WIRE_MESSAGE_H

#include "bgpd/wire/update.h"

#include "tests/unit/wire/suite.h"

#define ORIGIN	  "40 01 01 00 "
#define AS_PATH	  "40 02 06 02 01 0000fde9 "
#define AS_PATH_2 "40 02 04 02 01 fde9 "
#define NEXT_HOP  "40 03 04 c0000201 "
#define MANDATORY ORIGIN AS_PATH NEXT_HOP
/* 2001:db8::/32 from 2001:db8::1 */
#define MP_REACH   "80 0e 1a 0002 01 10 20010db8000000000000000000000001 00 20 20010db8 "
#define MP_UNREACH "80 0f 08 0002 01 20 20010db8 "
#define NLRI	   "18 c00002 " /* 192.0.2.0/24 */

struct message {
	uint8_t *body;
	size_t len;
};

static inline struct message
message(const char *withdrawn, const char *attributes, const char *nlri)
{
	uint8_t bytes[4096];
	struct wire_writer w = wire_writer_over(bytes, sizeof(bytes));
	const char *const parts[] = {withdrawn, attributes, nlri};

	for (size_t i = 0; i < 3; i++) {
		size_t len;
		uint8_t *part = hex(parts[i], &len);

		if (i < 2)
			wire_put_u16(&w, (uint16_t)len);
		wire_put_bytes(&w, part, len);
	}
	ck_assert(!w.failed);
	return (struct message){exact(bytes, wire_written(&w)), wire_written(&w)};
}

static uint8_t blocks[UPDATE_BLOCKS_MAX];

/* What most sessions agree upon. */
static const struct update_ctx both_families = {.as4 = true, .families = 3};

static inline enum update_result
judge(struct message m, const struct update_ctx *ctx, struct update *out)
{
	enum update_result result = update_decode(m.body, m.len, ctx, blocks, out);

	for (size_t i = 0; result != UPDATE_RESET && i < out->announce_count; i++) {
		const struct update_group *group = &out->announce[i];

		ck_assert(out->announce_is_withdraw == (group->block == NULL));
		ck_assert(
		    group->block == NULL || attrs_is_canonical(group->block, group->block_len));
	}
	return result;
}

#endif
